"""Playing scenarios: a fresh bench for each, its artefacts, and one result a scenario."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from trunkbench.bench import Bench, all_calls
from trunkbench.build import Ends
from trunkbench.config import BenchConfig, Depth
from trunkbench.errors import CallFailed, NotOnThisBench
from trunkbench.lock import BenchLock
from trunkbench.ports.guard import DialRefused
from trunkbench.scenarios.stage import Check, Result, Scenario, Skip, Stage, call_row, judge

Progress = Callable[[Bench, str, int, int], None]
"""Told of (the bench, what is going on, how many have got there, how many there are)."""


def play(
    scenario: Scenario,
    config: BenchConfig,
    *,
    depth: Depth | None = None,
    seed: int | None = None,
    ends: Ends | None = None,
    artifacts: Path | None = None,
    progress: Progress | None = None,
    prepare: Callable[[Bench], None] | None = None,
    waiting: Callable[[str, str], None] | None = None,
) -> Result:
    """Play one scenario on a fresh bench; its result. `artifacts` is the folder for what it leaves behind.

    `prepare` is let loose on the bench before the play, to put faults into it. Hardware ports are locked for
    as long as the play lasts; `waiting` is told of one that somebody else holds, and who.

    Raises ConfigError or PeerError when the bench does not come into service. Ctrl-C clears every call,
    closes every capture whole, and is raised again with notes of what was cleared and what was left.
    """
    began = time.perf_counter()
    with BenchLock(config, waiting), Bench.from_config(config, depth=depth, seed=seed, ends=ends) as bench:
        if prepare is not None:
            prepare(bench)
        stage = Stage(bench)
        if progress is not None:
            stage.progress = lambda what, done, total: progress(bench, what, done, total)
        skipped = ""
        try:
            scenario.play(stage)
            for judgement in stage.judgements:
                judgement()
        except (Skip, NotOnThisBench, DialRefused) as skip:
            skipped = str(skip)
            bench.settle()
        except CallFailed as failure:
            stage.checks.append(Check("the scenario runs to its end", False, "call", str(failure)))
            bench.settle()
        except KeyboardInterrupt as interrupt:
            _clear(bench, scenario, artifacts, interrupt)
            raise
        verdict, reason, exit_code = judge(stage.checks)
        calls = [call for call in all_calls((bench.near, bench.far)) if call.outgoing]
        result = Result(
            scenario=scenario.name,
            verdict="skipped" if skipped else verdict,
            reason=skipped or reason,
            depth=bench.depth,
            seed=bench.seed,
            line_time=bench.now,
            wall_s=time.perf_counter() - began,
            digest=bench.digest(),
            exit_code=exit_code,
            checks=tuple(stage.checks),
            notes=(*stage.notes, *bench.reservations()),
            calls=tuple(call_row(call, bench.timeline.epoch) for call in calls),
        )
        if artifacts is not None:
            bench.save_artifacts(artifacts)
    return result


def _clear(bench: Bench, scenario: Scenario, artifacts: Path | None, interrupt: KeyboardInterrupt) -> None:
    """Clear every call and keep the artefacts, after Ctrl-C; notes say what was cleared and what was left."""
    up = sum(call.cleared_at is None for call in all_calls((bench.near, bench.far)) if call.outgoing)
    try:
        left = bench.audit()
        calls = f"{up} call{'' if up == 1 else 's'} cleared"
        interrupt.add_note(f"{scenario.name}: {calls}, {'left over:' if left else 'nothing is left over'}")
        for line in left:
            interrupt.add_note(f"  {line}")
    finally:
        if artifacts is not None:
            bench.save_artifacts(artifacts)
            interrupt.add_note(f"  artefacts up to here in {artifacts}")
