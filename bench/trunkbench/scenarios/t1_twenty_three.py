"""`t1-twenty-three`: a T1 carries twenty-three calls, each heard on its own channel; the twenty-fourth is
refused.

First near calls far, then far calls near. The D channel has timeslot 24 (23B+D), so the last caller finds the
trunk full in the own exchange (cause 34) and hears the zone's tone for it.
"""

from __future__ import annotations

from trunkbench.call import Call
from trunkbench.conditions import all_of, any_of
from trunkbench.errors import CallFailed
from trunkbench.exchange import Exchange
from trunkbench.scenarios.stage import Scenario, Stage
from trunkwire.q931.call import ChannelChoice
from trunkwire.q931.causes import Cause

CALLED = "300"
TOGETHER = "5s"


def play(stage: Stage) -> None:
    """Both directions, one after the other."""
    bench = stage.bench
    _fill(stage, bench.near, bench.far)
    if bench.far.dials:
        _fill(stage, bench.far, bench.near)
    else:
        stage.note("far to near was not played: the far end is not ours to dial from")


def _fill(stage: Stage, caller: Exchange, callee: Exchange) -> None:
    bench, which = stage.bench, f"{caller.end} to {callee.end}"
    wanted = caller.capacity
    callee.number(CALLED).answers()
    before = len(callee.calls)
    calls = caller.dial_many(CALLED, wanted)
    stage.show(f"{which}: dialling", 0, wanted)
    try:
        bench.run_until(all_of(any_of([call.active, call.ended]) for call in calls), within="10s")
    except CallFailed as failure:
        stage.note(str(failure).partition("\n")[0])
    start = bench.pump.now
    extra = caller.dial(CALLED, choice=ChannelChoice.EXCLUSIVE)
    _refused(stage, extra, f"{which}: caller {wanted + 1}")
    bench.run_for(TOGETHER)
    talking = sum(bool(call.active) for call in calls)
    stage.check(
        talking == wanted,
        f"{which}: {wanted} calls active together for {TOGETHER}",
        kind="target",
        detail=f"{talking} of {wanted} are active",
    )
    end = bench.pump.now
    parties = [*calls, *callee.calls[before:]]
    stage.hear_each_other(which, parties, start, end)
    for call in (*calls, extra):
        call.hang_up()
    stage.show(f"{which}: clearing", 0, wanted)
    bench.run_until(all_of(call.cleared for call in calls), within="60s")
    stage.check_idle()
    stage.show(f"{which}: idle again", wanted, wanted)


def _refused(stage: Stage, extra: Call, which: str) -> None:
    """There is no channel for it: its own exchange says so, and the line hears it."""
    stage.hears(extra, extra.exchange.lines.no_circuit, which, within="6s")
    outcome = extra.outcome
    stage.check(
        outcome.cause is Cause.NO_CIRCUIT and outcome.decided_by == extra.end and extra.q931 is None,
        f"{which}: cause 34, decided by the {extra.end} end, and nothing is sent",
        detail=f"cause {outcome.cause}, decided by {outcome.decided_by}",
    )


T1_TWENTY_THREE = Scenario(
    "t1-twenty-three",
    "a T1's twenty-three channels talk at once, both ways; the twenty-fourth caller is refused",
    play,
    kind="t1",
)
