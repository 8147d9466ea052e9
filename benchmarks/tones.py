"""`tones`: call progress tones on thirty channels, by our ears and by spandsp's.

Both get the same A-law octets, a second of all channels at a time, as a bench that keeps up would. spandsp
decodes them (`g711_decode`) and runs its call progress detector (`super_tone_rx`), told the six tones of
China that its patterns can express, on each channel; C does all the work, in one call for each channel and
second. Ours analyses the blocks of all channels in one go and tracks the cadence of each, for the eleven
tones of the zone, with frequency, level and edges measured, announcements included. Which tones were heard
on which channel is found equal before anything is timed; rounds alternate, and processor time counts.
"""

from __future__ import annotations

import sys
import time
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
LAW = Law.ALAW
ON_CHANNELS: tuple[ToneKind | None, ...] = (BUSY, BUSY, RINGBACK, CONGESTION, DIAL, None)
"""What the channels carry, in turn; None is bursts of noise and silence in equal parts."""

Seconds = list[NDArray[np.uint8]]


def lines(seconds: int) -> Seconds:
    """The octets of all channels, (30, 8000) for each second, with the faint noise that spandsp can bear."""
    rng = np.random.default_rng(450)
    rows = []
    for channel in range(CHANNELS):
        kind = ON_CHANNELS[channel % len(ON_CHANNELS)]
        count = seconds * SECOND
        if kind is None:
            samples = rng.normal(0, 1500, count) * np.repeat(rng.random(seconds * 4) < 0.5, SECOND // 4)
        else:
            octets = tone_source(zone("cn")[kind], LAW, 37 * channel)(0, count)
            samples = LAW.decode(octets)
        rows.append(LAW.encode(np.clip(samples, -32768, 32767).astype(np.int16)))
    whole = np.stack(rows)
    return [np.ascontiguousarray(whole[:, at : at + SECOND]) for at in range(0, seconds * SECOND, SECOND)]


def ours(octets: Seconds) -> list[set[str]]:
    """The names of the tones heard on each channel."""
    china = zone("cn")
    analyser = Analyser(LAW, china)
    trackers = [CadenceTracker(china, LAW) for _ in range(CHANNELS)]
    for second in octets:
        feed_lines(trackers, analyser.analyse(second))
    return [{tone.kind.value for tone in tracker.tones() if tone.kind} for tracker in trackers]


def theirs(octets: Seconds, spandsp: Any) -> list[set[str]]:
    """The same by spandsp."""
    heard: list[list[str]] = [[] for _ in range(CHANNELS)]
    detectors = [spandsp.detector(names) for names in heard]
    samples = np.zeros(SECOND, np.int16)
    for second in octets:
        for channel, detector in enumerate(detectors):
            spandsp.detect(detector, spandsp.decode(second[channel], LAW.value, samples))
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
    octets = lines(12 if quick else 60)
    expected = [{kind.value} if kind else set() for kind in ON_CHANNELS] * (CHANNELS // len(ON_CHANNELS))
    for name, heard in (("ours", ours(octets)), ("spandsp", theirs(octets, spandsp))):
        if heard != expected:
            return Result("tones", what=what, target=TARGET, error=f"{name} heard {heard}")
    best = {"ours": float("inf"), "theirs": float("inf")}
    for _ in range(2 if quick else 7):
        for name in best:
            began = time.process_time()
            _ = ours(octets) if name == "ours" else theirs(octets, spandsp)
            best[name] = min(best[name], time.process_time() - began)
    real = {name: len(octets) / took for name, took in best.items()}
    detail = f"ours {real['ours']:,.0f} × real time on 30 channels, spandsp {real['theirs']:,.0f} ×"
    return Result("tones", real["ours"] / real["theirs"], what=what, target=TARGET, detail=detail)
