"""`thirty-calls`: every B channel of the trunk carries a call at the same time, and each party hears its own.

For ten seconds of line time all calls are active together; then what each line heard in that time is
compared with the identification tone of the party on its channel. First near calls far, then far calls
near.
"""

from __future__ import annotations

from trunkbench.call import Call
from trunkbench.conditions import all_of, any_of
from trunkbench.errors import CallFailed
from trunkbench.exchange import Exchange
from trunkbench.scenarios.stage import Scenario, Stage

CALLED = "300"
TOGETHER = "10s"


def play(stage: Stage) -> None:
    """Both directions, one after the other."""
    bench = stage.bench
    _one_way(stage, bench.near, bench.far)
    if bench.far.dials:
        _one_way(stage, bench.far, bench.near)
    else:
        stage.note("far to near was not played: the far end is not ours to dial from")


def _one_way(stage: Stage, caller: Exchange, callee: Exchange) -> None:
    bench = stage.bench
    which = f"{caller.end} to {callee.end}"
    wanted = caller.capacity
    callee.number(CALLED).answers(after="2s")
    before = len(callee.calls)
    calls = caller.dial_many(CALLED, wanted)
    stage.show(f"{which}: dialling", 0, wanted)
    if not _all_talk(stage, which, calls):
        stage.check_idle()
        return
    stage.show(f"{which}: talking", wanted, wanted)
    start = bench.pump.now
    bench.run_for(TOGETHER)
    still = sum(bool(call.active) for call in calls)
    stage.check(
        still == wanted,
        f"{which}: {wanted} calls active together for {TOGETHER}",
        kind="target",
        detail=f"{still} of {wanted} were still active",
    )
    end = bench.pump.now
    parties = [*calls, *callee.calls[before:]]
    stage.hear_each_other(which, parties, start, end)
    for call in calls:
        call.hang_up()
    stage.show(f"{which}: clearing", 0, wanted)
    bench.run_until(all_of(call.cleared for call in calls), within="60s")
    stage.check_idle()
    stage.show(f"{which}: idle again", wanted, wanted)


def _all_talk(stage: Stage, which: str, calls: list[Call]) -> bool:
    """Wait until every call talks or has failed; whether all talk."""
    try:
        stage.bench.run_until(all_of(any_of([call.active, call.ended]) for call in calls), within="10s")
        reason = ""
    except CallFailed as failure:
        reason = f"; {_first_line(failure)}"
    silent = [call for call in calls if not call.active]
    return stage.check(
        not silent,
        f"{which}: {len(calls)} calls active together",
        kind="target",
        detail=f"{len(calls) - len(silent)} of {len(calls)} reached it{reason}; "
        + "; ".join(call.where() for call in silent),
    )


def _first_line(failure: CallFailed) -> str:
    return str(failure).partition("\n")[0]


THIRTY_CALLS = Scenario(
    "thirty-calls", "every B channel carries a call at once, both ways, each heard on its own channel", play
)
