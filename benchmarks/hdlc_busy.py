"""`hdlc-busy`: our bulk HDLC receiver beside spandsp and libosmocore, on lines busy with frames.

Thirty channels, each full of D-channel frames with one flag between them: LAPD acknowledgements, Q.931
messages, and some of the largest information fields. All three get the same octets and hand each frame over
as `bytes`; their lists of frames are found equal before anything is timed. Rounds alternate, so that the
machine's mood meets all. spandsp calls back into Python for each frame, as any user of it from Python must;
what it takes without any delivery (a C function that ignores the frame) is in the details.
"""

from __future__ import annotations

import random
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.result import Result
from trunkwire.hdlc import BulkReceiver, GoodFrame, encode_frames

_PEERS = Path(__file__).parent.parent / "tests" / "peers"
CHANNELS = 30
SPANDSP_TARGET, OSMOCORE_TARGET = 1.0, 2.5
SIZES = (4, 4, 4, 8, 12, 16, 25, 40, 60, 264)
"""Octets from address to end of information: RR, CONNECT ACK, RELEASE … SETUP, N201 + 4."""


def lines(frames_a_channel: int) -> tuple[list[bytes], list[list[bytes]]]:
    """The octets of each channel and the frames in them."""
    rng = random.Random(921)
    octets, frames = [], []
    for _ in range(CHANNELS):
        channel = [rng.randbytes(rng.choice(SIZES)) for _ in range(frames_a_channel)]
        closing = [0, 1, 1, 1, 1, 1, 1, 0] * 8
        octets.append(np.packbits(np.append(encode_frames(channel), closing).astype(np.uint8)).tobytes())
        frames.append(channel)
    return octets, frames


def by_ours(octets: list[bytes]) -> list[list[bytes]]:
    """The frames of each channel, by `BulkReceiver`."""
    events = BulkReceiver(len(octets)).receive(octets)
    return [[event.data for event in channel if isinstance(event, GoodFrame)] for channel in events]


def best_of(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The shortest processor time of each way in seconds, rounds alternating."""
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.thread_time()
            way()
            best[name] = min(best[name], time.thread_time() - began)
    return best


def run(quick: bool = False) -> list[Result]:
    """The two ratios, or why there are none."""
    sys.path.insert(0, str(_PEERS))
    names = ("hdlc-busy", "hdlc-busy-osmo")
    try:
        from hdlc_peers import Osmocore, Spandsp

        spandsp, osmocore = Spandsp(), Osmocore()
    except OSError as error:
        return [Result(name, skipped=str(error)) for name in names]
    octets, frames = lines(20 if quick else 500)
    ways: dict[str, Callable[[], list[list[bytes]]]] = {
        "ours": lambda: by_ours(octets),
        "spandsp": lambda: [spandsp.decode(channel) for channel in octets],
        "osmocore": lambda: [osmocore.decode(channel) for channel in octets],
    }
    for name, way in ways.items():
        if way() != frames:
            return [Result(which, error=f"the frames of {name} are others than sent") for which in names]
    timed: dict[str, Callable[[], object]] = {
        **ways,
        "ours": lambda: BulkReceiver(CHANNELS).receive(octets),
        "silent": lambda: deque(map(spandsp.run, octets), 0),
    }
    best = best_of(timed, 2 if quick else 15)
    bits = 8 * sum(map(len, octets)) / 1e6
    speeds = {name: bits / seconds for name, seconds in best.items()}
    detail = ", ".join(f"{name} {speed:,.0f} Mbit/s" for name, speed in speeds.items())
    what = f"{CHANNELS} channels busy with frames, decoded to bytes: ours beside"
    return [
        Result(
            names[0],
            speeds["ours"] / speeds["spandsp"],
            what=f"{what} spandsp",
            target=SPANDSP_TARGET,
            detail=detail,
        ),
        Result(
            names[1],
            speeds["ours"] / speeds["osmocore"],
            what=f"{what} libosmocore",
            target=OSMOCORE_TARGET,
            detail=detail,
        ),
    ]
