"""Playing scenarios: a fresh bench for each, its artefacts, and one result a scenario."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from trunkbench.bench import Bench, all_calls
from trunkbench.build import Ends
from trunkbench.config import BenchConfig, Depth, packaged_config
from trunkbench.errors import CallFailed, NotOnThisBench
from trunkbench.lock import BenchLock
from trunkbench.ports.guard import DialRefused
from trunkbench.scenarios.stage import Check, Result, Scenario, Skip, Stage, call_row, judge
from trunkbench.span import SpanEnd
from trunkwire.q931.variants import VARIANTS

_WITH_SERVICE: Final = "ni2"
"""A switch variant with SERVICE messages."""

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
    config, instead = _bench_for(scenario, config)
    with BenchLock(config, waiting), Bench.from_config(config, depth=depth, seed=seed, ends=ends) as bench:
        if prepare is not None:
            prepare(bench)
        stage = Stage(bench)
        if instead:
            stage.note(instead)
        if progress is not None:
            stage.progress = lambda what, done, total: progress(bench, what, done, total)
        skipped = ""
        try:
            _need_kind(scenario, config)
            _need_ends(scenario, bench)
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
        result = _result(scenario, stage, skipped, time.perf_counter() - began)
        if artifacts is not None:
            bench.save_artifacts(artifacts)
    return result


def _result(scenario: Scenario, stage: Stage, skipped: str, wall_s: float) -> Result:
    bench = stage.bench
    verdict, reason, exit_code = judge(stage.checks)
    calls = [call for call in all_calls((bench.near, bench.far)) if call.outgoing]
    return Result(
        scenario=scenario.name,
        verdict="skipped" if skipped else verdict,
        reason=skipped or reason,
        depth=bench.depth,
        seed=bench.seed,
        line_time=bench.now,
        wall_s=wall_s,
        digest=bench.digest(),
        exit_code=exit_code,
        checks=tuple(stage.checks),
        notes=(*stage.notes, *bench.reservations()),
        calls=tuple(call_row(call, bench.timeline.epoch) for call in calls),
        latency=bench.latency(),
    )


def _bench_for(scenario: Scenario, config: BenchConfig) -> tuple[BenchConfig, str]:
    """The bench that a scenario about one kind of span is played on, and what to say if it is not the one
    given: seed, depth and clock stay.
    """
    if scenario.kind is None or config.hardware_ports or _suits(scenario, config):
        return config, ""
    own = packaged_config(f"{scenario.kind}.toml")
    given = config.bench
    bench = msgspec.structs.replace(own.bench, seed=given.seed, depth=given.depth, clock=given.clock)
    spans = own.spans
    if scenario.maintenance:
        spans = tuple(msgspec.structs.replace(span, switch=_WITH_SERVICE) for span in spans)
    note = f"played on the {own.source}: {config.source} has no {_wanted(scenario)}"
    return msgspec.structs.replace(own, bench=bench, spans=spans), note


def _need_kind(scenario: Scenario, config: BenchConfig) -> None:
    if not _suits(scenario, config):
        raise Skip(f"needs a {_wanted(scenario)}; bench {config.bench.name!r} has none")


def _need_ends(scenario: Scenario, bench: Bench) -> None:
    ends = bench.trunk.ends
    if scenario.facing and not all(isinstance(end, SpanEnd) and end.other is not None for end in ends):
        raise Skip(
            "both ends of each span have to be ours, with nothing but the line between them: "
            "it does and watches things at both"
        )


def _suits(scenario: Scenario, config: BenchConfig) -> bool:
    if scenario.maintenance:  # whatever its kind: it is the switch that counts
        return any(VARIANTS[span.switch].maintenance is not None for span in config.spans)
    return scenario.kind is None or any(span.kind == scenario.kind for span in config.spans)


def _wanted(scenario: Scenario) -> str:
    if scenario.maintenance:
        return "span whose switch has SERVICE messages"
    return f"span of kind {scenario.kind!r}"


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
