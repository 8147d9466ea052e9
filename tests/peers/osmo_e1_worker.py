"""The worker process of the E1 peer test: libosmocore reads lines that the Wire rendered.

It computes the CRC-4 of each sub-multiframe (`osmo_crc8gen` with x^4 + x + 1) and decodes the D channel
(`osmo_isdnhdlc`); nothing of ours takes part in reading the line.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt
from hdlc_peers import Osmocore
from peerlib import worker_main

from trunkbench.device import LineFault, Mode, Source
from trunkbench.ports.wire import Toward, Wire
from trunkwire.g711 import Law

FRAMES = 16 * 250
SLOT = 16


class _Crc(ctypes.Structure):
    """struct osmo_crc8gen_code."""

    _fields_ = (
        ("bits", ctypes.c_int),
        ("poly", ctypes.c_uint8),
        ("init", ctypes.c_uint8),
        ("remainder", ctypes.c_uint8),
    )


def wrong_checks(line: npt.NDArray[np.uint8]) -> list[int]:
    """The sub-multiframes of `line` (8k, 32) that carry another CRC-4 than the one before has."""
    library = ctypes.CDLL("libosmocore.so.19")
    compute = library.osmo_crc8gen_compute_bits
    compute.restype, compute.argtypes = ctypes.c_uint8, [ctypes.POINTER(_Crc), ctypes.c_char_p, ctypes.c_int]
    code = _Crc(4, 0b0011, 0, 0)
    wrong, expected = [], None
    for index, block in enumerate(np.unpackbits(line, axis=1).reshape(-1, 8, 256)):
        carried = int("".join(map(str, block[::2, 0])), 2)
        if expected is not None and carried != expected:
            wrong.append(index)
        block[::2, 0] = 0
        bits = block.tobytes()
        expected = compute(ctypes.byref(code), bits, len(bits))
    return wrong


def noise_from(noise: bytes, offset: int) -> Source:
    """A source that says `noise` from that octet on."""
    return lambda first, n: noise[offset + first : offset + first + n]


def rendered(request: dict[str, Any]) -> dict[str, Any]:
    """A busy line of both directions, and what libosmocore makes of it."""
    rng = np.random.default_rng(request["seed"])
    wire = Wire(law=Law.ALAW, depth=request["depth"])
    noise = rng.integers(0, 256, 2 * FRAMES, dtype=np.uint8).tobytes()
    sent: dict[Toward, list[bytes]] = {Toward.FAR: [], Toward.NEAR: []}
    ends = ((wire.near, Toward.FAR), (wire.far, Toward.NEAR))
    for end, _ in ends:
        end.open(SLOT, Mode.FRAMES)
        for slot in (1, 5, 17, 31):
            end.open(slot, Mode.OCTETS)
            end.play(slot, noise_from(noise, slot), 0)
    if request["spoil"]:
        wire.near.insert(LineFault("bit-errors", 8 * 1600, 0, None, tuple(request["spoil"])))
    for tick in range(0, 8 * FRAMES - 4000, 300):
        for end, toward in ends:
            list(end.poll(tick))
            if rng.integers(3):
                frame = rng.integers(0, 256, int(rng.integers(3, 40)), dtype=np.uint8).tobytes()
                frame = frame if rng.integers(4) else b"\xff" * len(frame)
                end.send(SLOT, frame)
                sent[toward].append(frame)
    wire.advance(8 * FRAMES)
    result: dict[str, Any] = {"frames": 0, "blocks": FRAMES // 8}
    for _, toward in ends:
        line = wire.render(toward, 0, FRAMES)
        result["frames"] += len(sent[toward])
        result[toward.name] = {
            "wrong_crc4": wrong_checks(line),
            "same_frames": Osmocore().decode(line[:, SLOT].tobytes()) == sent[toward],
        }
    return result


if __name__ == "__main__":
    worker_main(rendered)
