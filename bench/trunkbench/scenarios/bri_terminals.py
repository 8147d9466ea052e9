"""`bri-terminals`: several terminals share a basic access, and a line to one user beside it.

On the bus: a number that several terminals have rings at all that can take the call, the first to answer has
it and hears its caller, the others are released (cause 26), and one that cannot serve the call stays silent.
Two calls talk at once, a third finds no channel (cause 34), one to a terminal that is talking finds it busy
(17). Then terminals call out. On the line: two calls at once, the third refused here and there.
"""

from __future__ import annotations

from trunkbench.bri.config import TerminalConfig
from trunkbench.bri.end import TerminalEnd
from trunkbench.call import Call
from trunkbench.conditions import all_of, any_of
from trunkbench.errors import CallFailed
from trunkbench.hearing import misheard
from trunkbench.scenarios.stage import Scenario, Skip, Stage
from trunkbench.spanconfig import SpanConfig
from trunkwire.q931.call import ChannelChoice
from trunkwire.q931.causes import Cause

CALLER = "1000"
LINE_NUMBER = "300"
TOGETHER = "3s"


def play(stage: Stage) -> None:
    """Each basic access of the bench, a bus as a bus and a line as a line."""
    if not stage.bench.far.dials or not stage.bench.far.ours:
        raise Skip("needs terminals of the bench's own at the far end")
    for span in stage.bench.config.spans:
        if span.is_bus:
            _bus(stage, span)
        elif span.kind == "bri":
            _line(stage, span)


# -- a bus -------------------------------------------------------------------------------------------------


def _bus(stage: Stage, span: SpanConfig) -> None:
    phones = [each for each in span.terminals if "speech" in each.bearer and each.msn]
    if len(phones) < 2:
        raise Skip(f"span {span.name}: needs two terminals for speech with numbers of their own")
    talking = _ring(stage, span, phones)
    if talking is not None:
        _second_and_third(stage, span, phones, talking)
    _calling_out(stage, span, phones)
    stage.check_idle()
    stage.show(f"{span.name}: idle", 1, 1)


def _ring(stage: Stage, span: SpanConfig, phones: list[TerminalConfig]) -> Call | None:
    """A call to the number that most terminals have; the call that is talking then."""
    bench = stage.bench
    number = max((msn for each in phones for msn in each.msn), key=lambda msn: _having(phones, msn))
    ringing = {each.name for each in phones if number in each.msn}
    winner = next(each.name for each in phones if number in each.msn)
    bench.far.number(number).never_answers()
    bench.far.terminal(winner).number(number).answers(after="1s")
    before = len(bench.far.calls)
    call = bench.near.dial(number, span=span.name)
    stage.show(f"{span.name}: {number} rings", 0, len(ringing))
    _until(stage, call)
    bench.run_for("500ms")
    arrived = bench.far.calls[before:]
    rang = {_station(each) for each in arrived}
    stage.check(
        rang == ringing, f"{number} rings at {_listed(ringing)}", detail=f"it rang at {_listed(rang)}"
    )
    for silent in sorted({each.name for each in span.terminals if number in each.msn} - ringing):
        stage.check(silent not in rang, f"{silent} cannot serve the call and stays silent", detail="it rang")
    answered = {_station(each) for each in arrived if each.active}
    stage.check(
        bool(call.active) and answered == {winner},
        f"{winner} answers first and has the call",
        kind="target",
        detail=f"the call is {call.phase.value}; talking: {_listed(answered)}",
    )
    for other in arrived:
        if _station(other) != winner:
            stage.check(
                other.cause == Cause.NON_SELECTED_USER_CLEARING,
                f"{_station(other)} is released with cause 26",
                detail=f"{other.phase.value}, cause {other.cause}",
            )
    return call if call.active else None


def _second_and_third(stage: Stage, span: SpanConfig, phones: list[TerminalConfig], first: Call) -> None:
    bench = stage.bench
    engaged = next(_station(each) for each in bench.far.calls if each.active)
    busy = next(each for each in phones if each.name == engaged)
    free = next(each for each in phones if each.name != engaged)
    if busy.calls == 1 and _having(phones, _own(phones, busy)) == 1:
        refused = bench.near.dial(_own(phones, busy), span=span.name)
        _until(stage, refused)
        _refused(stage, refused, f"a call to {engaged}, which is talking", Cause.USER_BUSY, "far")
    number = _own(phones, free)
    bench.far.terminal(free.name).number(number).answers()
    second = bench.near.dial(number, span=span.name)
    _until(stage, second)
    third = bench.near.dial(number, span=span.name, choice=ChannelChoice.EXCLUSIVE)
    _refused(stage, third, "a third call on the bus", Cause.NO_CIRCUIT, "near")
    _talk_and_clear(stage, f"{span.name}: two calls at once", [first, second])


def _calling_out(stage: Stage, span: SpanConfig, phones: list[TerminalConfig]) -> None:
    bench = stage.bench
    bench.near.number(CALLER).answers()
    calls = [bench.far.terminal(each.name).dial(CALLER) for each in phones[:2]]
    for call in calls:
        _until(stage, call)
    if len(phones) > 2:
        third = bench.far.terminal(phones[2].name).dial(CALLER)
        _until(stage, third)
        _refused(stage, third, f"{phones[2].name} calls out as the third", Cause.NO_CIRCUIT, "near")
    names = _listed({each.name for each in phones[:2]})
    _talk_and_clear(stage, f"{span.name}: {names} call out at once", calls)


# -- a line ------------------------------------------------------------------------------------------------


def _line(stage: Stage, span: SpanConfig) -> None:
    bench = stage.bench
    bench.far.number(LINE_NUMBER).answers()
    bench.near.number(CALLER).answers()
    for caller, callee in ((bench.near, LINE_NUMBER), (bench.far, CALLER)):
        which = f"{span.name}: {caller.end} calls {callee}"
        calls = [caller.dial(callee, span=span.name) for _ in range(2)]
        for call in calls:
            _until(stage, call)
        third = caller.dial(callee, span=span.name, choice=ChannelChoice.EXCLUSIVE)
        _refused(stage, third, f"{which} a third time", Cause.NO_CIRCUIT, caller.end)
        asked = caller.dial(callee, span=span.name, choice=ChannelChoice.ANY)
        _until(stage, asked)
        _refused(stage, asked, f"{which} on any channel", Cause.NO_CIRCUIT, caller.other)
        _talk_and_clear(stage, f"{which} twice at once", calls)
    stage.check_idle()
    stage.show(f"{span.name}: idle", 1, 1)


# -- both --------------------------------------------------------------------------------------------------


def _until(stage: Stage, call: Call) -> None:
    """Wait until the call talks or is over."""
    try:
        stage.bench.run_until(any_of([call.active, call.ended]), within="10s")
    except CallFailed as failure:
        stage.note(str(failure).partition("\n")[0])


def _refused(stage: Stage, call: Call, which: str, cause: Cause, decided_by: str) -> None:
    outcome = call.outcome
    stage.check(
        outcome.cause == cause and outcome.decided_by == decided_by,
        f"{which}: cause {int(cause)}, decided by the {decided_by} end",
        detail=f"cause {outcome.cause}, decided by {outcome.decided_by}",
    )
    call.hang_up()
    stage.bench.run_until(call.cleared, within="60s")


def _talk_and_clear(stage: Stage, which: str, calls: list[Call]) -> None:
    """The calls talk together, each heard by the other party and nobody else; then they are cleared."""
    bench = stage.bench
    start = bench.pump.now
    stage.show(which, 0, len(calls))
    bench.run_for(TOGETHER)
    end = bench.pump.now
    talking = sum(bool(call.active) for call in calls)
    stage.check(
        talking == len(calls),
        f"{which}: {len(calls)} talk for {TOGETHER}",
        kind="target",
        detail=f"{talking} of {len(calls)} are active",
    )
    parties = [each for each in (*bench.near.calls, *bench.far.calls) if each.active]
    stage.judge_later(lambda: _heard(stage, which, parties, start, end))
    for call in calls:
        call.hang_up()
    bench.run_until(all_of(call.cleared for call in (*calls, *parties)), within="60s")
    stage.show(which, len(calls), len(calls))


def _heard(stage: Stage, which: str, parties: list[Call], start: int, end: int) -> None:
    wrong = misheard(parties, start, end)
    stage.check(not wrong, f"{which}: each hears the other party", kind="media", detail="; ".join(wrong))


def _having(phones: list[TerminalConfig], msn: str) -> int:
    return sum(msn in each.msn for each in phones)


def _own(phones: list[TerminalConfig], terminal: TerminalConfig) -> str:
    """The number of a terminal that it shares with the fewest others."""
    return min(terminal.msn, key=lambda msn: _having(phones, msn))


def _station(call: Call) -> str:
    return call.span.terminal.name if isinstance(call.span, TerminalEnd) else ""


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


BRI_TERMINALS = Scenario(
    "bri-terminals",
    "a bus of terminals: the first to answer has the call, two talk, the third is refused; and a line",
    play,
    kind="bri",
)
