"""The worker process of the HDLC peer test:

the same frames and lines through spandsp, libosmocore and ours.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hdlc_peers import Osmocore, Spandsp
from peerlib import worker_main

from trunkbench.bri.lane import packed
from trunkbench.bri.wire import BasicWire
from trunkbench.device import Mode
from trunkbench.ports.wire import Toward
from trunkwire.g711 import Law
from trunkwire.hdlc import BulkReceiver, GoodFrame, HdlcEvent, Limits, Receiver, encode_frames, fcs16

LIMITS = Limits(min_octets=3)
FILL = b"\x7e" * 8


def workload(seed: int, count: int) -> list[bytes]:
    """Frames of 3 to 60 octets, rich in ones, flags and zeros."""
    rng = random.Random(seed)
    likely = (0xFF, 0x7E, 0x00, 0x1F, 0xF8)
    return [
        bytes(rng.choice((*likely, rng.randrange(256))) for _ in range(rng.randrange(3, 60)))
        for _ in range(count)
    ]


def good(events: list[HdlcEvent]) -> list[bytes]:
    """The data of the good frames."""
    return [event.data for event in events if isinstance(event, GoodFrame)]


def ours(octets: bytes) -> tuple[list[bytes], list[bytes]]:
    """What the scalar and the bulk receiver take from a line."""
    [bulk] = BulkReceiver(1, LIMITS).receive([octets])
    return good(Receiver(LIMITS).receive(octets)), good(bulk)


def fcs(request: dict[str, Any]) -> dict[str, Any]:
    """FCS of spandsp and ours."""
    peer = Spandsp()
    frames = [bytes.fromhex("00017f"), *workload(request["seed"], 500)]
    return {
        "theirs": [peer.with_fcs(frame)[-2:].hex() for frame in frames],
        "ours": [fcs16(frame).to_bytes(2, "little").hex() for frame in frames],
    }


def lines(request: dict[str, Any]) -> dict[str, Any]:
    """Our lines decoded by the peers and theirs by us, whole."""
    frames = workload(request["seed"], 400)
    peers: dict[str, Spandsp | Osmocore] = {"spandsp": Spandsp(), "libosmocore": Osmocore()}
    octets = np.packbits(encode_frames(frames, 2)).tobytes() + FILL
    return {
        name: {
            "decodes": peer.decode(octets) == frames,
            "is_decoded": ours(peer.encode(frames) + FILL) == (frames, frames),
        }
        for name, peer in peers.items()
    }


def errors(request: dict[str, Any]) -> dict[str, Any]:
    """Lines with bit errors: the frames that each receiver still takes."""
    rng = random.Random(request["seed"])
    peers: dict[str, Spandsp | Osmocore] = {"spandsp": Spandsp(), "libosmocore": Osmocore()}
    differing = dict.fromkeys((*peers, "bulk"), 0)
    taken = 0
    for number in range(request["lines"]):
        hurt = bytearray(np.packbits(encode_frames(workload(number, 60), rng.randrange(1, 3))).tobytes())
        for _ in range(rng.randrange(1, 40)):
            hurt[rng.randrange(len(hurt))] ^= 1 << rng.randrange(8)
        octets = bytes(hurt) + FILL
        scalar, bulk = ours(octets)
        taken += len(scalar)
        differing["bulk"] += bulk != scalar
        for name, peer in peers.items():
            differing[name] += peer.decode(octets) != scalar
    return {"differing": differing, "taken": taken}


def basic(request: dict[str, Any]) -> dict[str, bool]:
    """The D channel of a basic access as rendered, ones between its frames, decoded by the peers."""
    wire = BasicWire(law=Law.ALAW)
    for end in (wire.near, wire.far):
        end.open(3, Mode.FRAMES)
    frames = workload(request["seed"], 200)
    for number, frame in enumerate(frames):
        wire.advance(wire.now + (number % 3) * 900)  # at once, behind the one before, or after a pause
        wire.far.send(3, frame)
    until = wire.now + 64_000 * 10
    wire.advance(until)
    octets = packed(wire.render(Toward.NEAR, 0, until // 32 * 4)[:, 3].tobytes())
    peers: dict[str, Spandsp | Osmocore] = {"spandsp": Spandsp(), "libosmocore": Osmocore()}
    return {name: peer.decode(octets) == frames for name, peer in peers.items()}


WORK = {work.__name__: work for work in (fcs, lines, errors, basic)}

if __name__ == "__main__":
    worker_main(lambda request: WORK[request["what"]](request))
