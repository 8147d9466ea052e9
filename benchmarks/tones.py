"""`tones`: call progress tones on thirty channels, by our ears and by spandsp's.

Both get the same A-law octets of a digital line, in pieces of ten seconds. spandsp decodes them
(`g711_decode`) and runs its call progress detector (`super_tone_rx`), told the six tones of China that its
patterns can express, on each channel; C does all the work, in one call a channel and piece. Ours analyses
the blocks of all channels in one go and tracks the cadence of each, for the eleven tones of the zone, with
frequency, level and edges measured, and announcements noticed. Which tones were heard on which channel is
found equal before anything is timed; rounds alternate, and processor time counts.

Ours looks at a block again only if its octets are new, which the steady tones of a digital exchange are
not. The details give our speed with noise on every line, where every block is new; spandsp's detector hears
no cadence through that noise, so there is no ratio.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.result import Result
from trunkwire.g711 import Law
from trunkwire.tones import (
    BUSY,
    CONGESTION,
    DIAL,
    RINGBACK,
    Analyser,
    CadenceTracker,
    ToneKind,
    feed_lines,
    tone_source,
    zone,
)

TARGET = 3.0
_PEERS = Path(__file__).parent.parent / "tests" / "peers"
CHANNELS = 30
SECOND = 8000
PIECE = 10 * SECOND
LAW = Law.ALAW
NOISE = 160.0  # -40 dBm0
ON_CHANNELS: tuple[ToneKind | None, ...] = (BUSY, BUSY, RINGBACK, CONGESTION, DIAL, None)
"""What the channels carry, in turn; None is bursts of noise and silence in equal parts."""

Pieces = list[NDArray[np.uint8]]


def lines(seconds: int, noise: float = 0.0) -> Pieces:
    """The octets of all channels, (30, 80000) a piece; `noise` is the RMS of noise added to the tones."""
    rng = np.random.default_rng(450)
    rows = []
    for channel in range(CHANNELS):
        kind = ON_CHANNELS[channel % len(ON_CHANNELS)]
        count = seconds * SECOND
        if kind is None:
            samples = rng.normal(0, 1500, count) * np.repeat(rng.random(seconds * 4) < 0.5, SECOND // 4)
        else:
            octets = tone_source(zone("cn")[kind], LAW, 37 * channel)(0, count)
            samples = LAW.decode(octets) + rng.normal(0, noise, count)
        rows.append(LAW.encode(np.clip(samples, -32768, 32767).astype(np.int16)))
    whole = np.stack(rows)
    return [np.ascontiguousarray(whole[:, at : at + PIECE]) for at in range(0, seconds * SECOND, PIECE)]


def ours(octets: Pieces, analyser: Analyser) -> list[set[str]]:
    """The names of the tones heard on each channel."""
    trackers = [CadenceTracker(zone("cn"), LAW) for _ in range(CHANNELS)]
    for piece in octets:
        feed_lines(trackers, analyser.analyse(piece))
    return [{tone.kind.value for tone in tracker.tones() if tone.kind} for tracker in trackers]


def theirs(octets: Pieces, spandsp: Any) -> list[set[str]]:
    """The same by spandsp."""
    heard: list[list[str]] = [[] for _ in range(CHANNELS)]
    detectors = [spandsp.detector(names) for names in heard]
    samples = np.zeros(PIECE, np.int16)
    for piece in octets:
        for channel, detector in enumerate(detectors):
            spandsp.detect(detector, spandsp.decode(piece[channel], LAW.value, samples[: piece.shape[1]]))
    return [set(names) for names in heard]


def run(quick: bool = False) -> Result:
    """Our speed over spandsp's, or why there is none."""
    what = "30 channels of call progress tones, ours against spandsp's super_tone_rx"
    sys.path.insert(0, str(_PEERS))
    from spandsp_media import Spandsp

    try:
        spandsp = Spandsp("libspandsp.so.2")
    except OSError as error:
        return Result("tones", what=what, target=TARGET, skipped=f"libspandsp2 is absent: {error}")
    analyser = Analyser(LAW, zone("cn"))
    seconds = 20 if quick else 60
    octets = lines(seconds)
    expected = [{kind.value} if kind else set() for kind in ON_CHANNELS] * (CHANNELS // len(ON_CHANNELS))
    for name, heard in (("ours", ours(octets, analyser)), ("spandsp", theirs(octets, spandsp))):
        if heard != expected:
            return Result("tones", what=what, target=TARGET, error=f"{name} heard {heard}")
    noisy = lines(seconds, NOISE)
    ways: dict[str, Callable[[], object]] = {
        "ours": lambda: ours(octets, analyser),
        "spandsp": lambda: theirs(octets, spandsp),
        "ours with noise": lambda: ours(noisy, analyser),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(2 if quick else 12):
        for name, way in ways.items():
            gc.collect()
            began = time.process_time()
            way()
            best[name] = min(best[name], time.process_time() - began)
    times_real = {name: seconds / took for name, took in best.items()}
    detail = ", ".join(f"{name} {times:,.0f} × real time" for name, times in times_real.items())
    return Result(
        "tones", times_real["ours"] / times_real["spandsp"], what=what, target=TARGET, detail=detail
    )
