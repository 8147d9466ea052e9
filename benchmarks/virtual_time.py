"""`vt-busy` and `vt-idle`: how much faster than the line a bench in virtual time runs.

Busy: thirty callers share one span for 600 s; each talks for a minute, hangs up and dials again. Every frame
crosses as octets through HDLC arithmetic, LAPD and codec at both ends, and every party speaks its
identification tone. Idle: one call of ten hours. The ratio is line time over wall time of the same run;
all runs must leave the same timeline.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from benchmarks.result import Result
from trunkbench.bench import Bench
from trunkbench.timeline import FrameEntry
from trunkwire.ticks import ticks

BUSY_TARGET, BUSY_GOAL = 2_000.0, 5_000.0
IDLE_TARGET = 100_000.0
ROUNDS = 5

Play = Callable[[Bench], None]


async def caller(bench: Bench, until: int) -> None:
    """Call after call of a minute, as long as there is time for another."""
    while bench.now < until:
        call = bench.near.dial("300")
        await bench.until(call.active, within="10s")
        await bench.sleep("60s")
        call.hang_up()
        await bench.until(call.cleared, within="10s")


def busy(seconds: int) -> Play:
    """Thirty callers for that long."""

    def play(bench: Bench) -> None:
        bench.far.number("300").answers()
        bench.run(*(caller(bench, ticks(seconds)) for _ in range(30)))
        assert len(bench.near.calls) == 30 * (seconds // 60), len(bench.near.calls)

    return play


def idle(hours: int) -> Play:
    """One call of that many hours."""

    def play(bench: Bench) -> None:
        bench.far.number("300").answers()
        call = bench.near.dial("300")
        bench.run_until(call.active, within="10s")
        bench.run_for(f"{hours}h")
        call.hang_up()
        bench.run_until(call.cleared, within="10s")

    return play


def measure(play: Play) -> tuple[float, float, str, int, int]:
    """Line time and wall time in seconds, digest, frames and calls of one run on a fresh bench."""
    with Bench() as bench:
        gc.collect()
        began = time.perf_counter()
        play(bench)
        wall = time.perf_counter() - began
        frames = sum(isinstance(entry, FrameEntry) for entry in bench.timeline.entries)
        return bench.now / ticks(1), wall, bench.digest(), frames, len(bench.near.calls)


def run(quick: bool) -> list[Result]:
    """Both figures; `quick` shortens the lines' lives."""
    busy_play, idle_play = busy(120 if quick else 600), idle(1 if quick else 10)
    return [
        _result("vt-busy", busy_play, BUSY_TARGET, BUSY_GOAL, "30 callers, one-minute calls, 600 s"),
        _result("vt-idle", idle_play, IDLE_TARGET, None, "one call of 10 h"),
    ]


def _result(name: str, play: Play, target: float, goal: float | None, what: str) -> Result:
    runs = [measure(play) for _ in range(ROUNDS)]
    assert len({digest for _, _, digest, _, _ in runs}) == 1, "runs of one seed left different timelines"
    ratios = sorted(line / wall for line, wall, _, _, _ in runs)
    line, _, _, frames, calls = runs[0]
    return Result(
        name=name,
        value=ratios[len(ratios) // 2],
        unit="× real time",
        what=what,
        detail=f"{calls} calls, {frames} frames, {line:.0f} s of line time; median of {ROUNDS}",
        target=target,
        goal=goal,
    )
