"""`overlap`: numbers that arrive digit by digit, complete and not, from either end (Q.931 5.1.3, 5.2.4).

A number whose last digit makes it known; one that the caller ends with sending complete; one that could go
on, and that only T302 ends; one that stays incomplete until T302 ends it, with cause 28 and the tone for
it; and a caller who hangs up in the midst of dialling.
"""

from __future__ import annotations

from trunkbench.call import Call
from trunkbench.conditions import any_of
from trunkbench.exchange import Exchange
from trunkbench.scenarios.stage import Scenario, Stage
from trunkwire.q931.causes import Cause
from trunkwire.q931.procedure import Timer
from trunkwire.ticks import SECOND, Tick, seconds
from trunkwire.tones import UNOBTAINABLE

SHORT, LONG = "30", "300"
"""A number, and one that begins with it."""
BETWEEN_DIGITS = "500ms"


def play(stage: Stage) -> None:
    """Near dials far, then far dials near."""
    near, far = stage.bench.near, stage.bench.far
    _from(stage, near, far)
    _from(stage, far, near)


def _from(stage: Stage, caller: Exchange, callee: Exchange) -> None:
    which = f"{caller.end} to {callee.end}"
    callee.number(LONG).answers()
    plays = (_last_digit, _sending_complete, _ended_by_t302, _incomplete, _given_up)
    for done, case in enumerate(plays):
        stage.show(f"{which}: {case.__doc__}", done, len(plays))
        case(stage, caller, callee, which)
        stage.check_idle()
    stage.show(f"{which}: idle again", len(plays), len(plays))


def _dial(stage: Stage, caller: Exchange, digits: str) -> Call:
    """Dial digit by digit, the first with SETUP."""
    call = caller.dial(digits[0], complete=False)
    for digit in digits[1:]:
        stage.bench.run_for(BETWEEN_DIGITS)
        call.more_digits(digit)
    return call


def _t302(callee: Exchange) -> Tick:
    """How long that end waits for another digit."""
    span = callee.spans[0]
    return span.control.settings.durations(span.side)[Timer.T302]


def _talks(stage: Stage, call: Call, callee: Exchange, what: str, digits: str, *, within: float) -> None:
    bench = stage.bench
    bench.run_until(any_of([call.active, call.ended]), within=within)
    arrived = callee.calls[-1]
    stage.check(
        bool(call.active) and arrived.called == digits,
        f"{what}: the called party gets all the digits, and answers",
        detail=f"{call.where()}; the other end has collected {arrived.called!r}",
    )
    call.hang_up()
    bench.run_until(call.cleared, within="60s")


def _last_digit(stage: Stage, caller: Exchange, callee: Exchange, which: str) -> None:
    """the last digit makes the number known"""
    call = _dial(stage, caller, LONG)
    _talks(stage, call, callee, f"{which}, the last digit makes {LONG} known", LONG, within=5.0)


def _sending_complete(stage: Stage, caller: Exchange, callee: Exchange, which: str) -> None:
    """the caller says that the number is complete"""
    callee.number(SHORT).answers()
    call = _dial(stage, caller, SHORT)
    stage.bench.run_for(BETWEEN_DIGITS)
    call.more_digits("", complete=True)
    _talks(stage, call, callee, f"{which}, {SHORT} with sending complete", SHORT, within=5.0)


def _ended_by_t302(stage: Stage, caller: Exchange, callee: Exchange, which: str) -> None:
    """the number could go on, and T302 ends it"""
    call = _dial(stage, caller, SHORT)
    _talks(stage, call, callee, f"{which}, {SHORT} until T302", SHORT, within=seconds(_t302(callee)) + 5)


def _incomplete(stage: Stage, caller: Exchange, callee: Exchange, which: str) -> None:
    """no number begins so and ends here: T302 clears"""
    what = f"{which}, one digit and no more"
    call = _dial(stage, caller, LONG[0])
    stage.hears(call, UNOBTAINABLE, what, within=seconds(_t302(callee) + 10 * SECOND))
    stage.check(
        call.outcome.cause is Cause.INVALID_NUMBER_FORMAT and call.outcome.decided_by == callee.end,
        f"{what}: cause 28, decided by the {callee.end} end",
        detail=f"cause {call.outcome.cause}, decided by {call.outcome.decided_by}",
    )
    call.hang_up()
    stage.bench.run_until(call.cleared, within="60s")


def _given_up(stage: Stage, caller: Exchange, callee: Exchange, which: str) -> None:
    """the caller hangs up in the midst of dialling"""
    call = _dial(stage, caller, LONG[0])
    stage.bench.run_for(BETWEEN_DIGITS)
    arrived = callee.calls[-1]
    call.hang_up()
    stage.bench.run_until(call.cleared, within="60s")
    stage.check(
        call.outcome.cleared_by == caller.end and arrived.active_at is None,
        f"{which}, hung up while dialling: nobody answered",
        detail=f"{call.where()}; {arrived.where()}",
    )


OVERLAP = Scenario(
    "overlap",
    "numbers digit by digit: complete, ended by sending complete or by T302, incomplete, given up",
    play,
    facing=True,
)
