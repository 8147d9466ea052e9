"""`accept`: thirty calls at once with verdicts by ear, and all that the bench with every service promises.

Thirty callers of one trunk are connected, each party listens for a second to its own channel, everybody hangs
up, and the bench is audited. Compared first: thirty of thirty connected, sixty of sixty hear each other.
"""

from __future__ import annotations

import statistics
import sys
import time

from benchmarks.result import Result
from trunkbench.acceptance import Row, RowResult, measure, rows_of
from trunkbench.bench import Bench
from trunkbench.config import BenchConfig, packaged_config

ALLOWED_S = 1.0
"""Seconds that thirty calls with their verdicts may take."""

_THIRTY = "62300000 digital-trunk: capacity 30"


def timed(config: BenchConfig, row: Row) -> tuple[float, RowResult]:
    """Seconds for one row on a bench of its own, opened and closed in that time, and what it measured."""
    began = time.perf_counter()
    with Bench(config) as bench:
        result = measure(bench, row)
    return time.perf_counter() - began, result


def thirty(config: BenchConfig, rows: list[Row], rounds: int) -> Result:
    """Thirty calls with audio verdicts, beside the second that they may take."""
    (row,) = [each for each in rows if each.title == _THIRTY]
    runs = [timed(config, row) for _ in range(rounds + 1)][1:]
    what = (
        f"{ALLOWED_S:g} s against thirty calls at once, both parties of each heard for a second, and an audit"
    )
    for _spent, result in runs:
        if result.measured != "30 of 30 connected, 60 of 60 parties hear each other":
            return Result("accept-thirty", what=what, error=result.story())
    spent = statistics.median(seconds for seconds, _result in runs)
    detail = f"{spent * 1000:.0f} ms; median of {rounds}"
    return Result("accept-thirty", value=ALLOWED_S / spent, what=what, target=1.0, detail=detail)


def whole(config: BenchConfig, rows: list[Row]) -> Result:
    """Every row of the packaged plan."""
    what = "rows a second of the packaged plan with every service, each on a bench of its own"
    spent, calls = 0.0, 0
    for row in rows:
        seconds, result = timed(config, row)
        if result.verdict != "held":
            return Result("accept-plan", what=what, error=result.story())
        spent += seconds
        calls += len(result.calls)
    detail = f"{len(rows)} rows, {calls} calls, {spent:.1f} s"
    return Result("accept-plan", value=len(rows) / spent, unit="rows/s", what=what, detail=detail)


def run(quick: bool = False) -> list[Result]:
    """Both figures."""
    config = packaged_config("loopback-call-centre.toml")
    rows = rows_of(config)
    return [thirty(config, rows, 3 if quick else 15), whole(config, rows[:20] if quick else rows)]


if __name__ == "__main__":
    for result in run("--quick" in sys.argv):
        print(result.line())
