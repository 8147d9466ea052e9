"""Which line rings: the order in which a number's lines are taken, members by themselves, one-way lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trunkbench.acceptance.capacity import BUSY_WITHIN
from trunkbench.acceptance.promise import OUTSIDE, left_beside, promised
from trunkbench.acceptance.reckoning import Paper
from trunkbench.acceptance.tables import Many
from trunkbench.acceptance.trial import Trial, fate, is_at, place_name, sounds
from trunkbench.access.config import time_of_day
from trunkbench.errors import CallFailed
from trunkwire.q931.causes import Cause
from trunkwire.ticks import Duration
from trunkwire.tones import BUSY

if TYPE_CHECKING:
    from trunkbench.call import Call

_SCRIPT: Sequence[int | None] = (None, None, 0, None, 1, 2, None, None, 4, 3, None)
"""Calls (None) and ends of calls, by their place: in it linear, circular and uniform hunting all differ."""

_STOPPED: Duration = "7s"
"""A set knows that ringing has stopped when the next ring does not come: 1 s on, 4 s off, and some."""


def distribution(trial: Trial) -> None:
    """Calls come and go: each is taken by the line that the configured order says."""
    trial.answers(after="500ms")
    if _rings_together(trial):
        _all_ring(trial)
        return
    paper, able = Paper(trial.config), promised(trial.config, trial.row.digits, trial.caller)
    calls: list[Call] = []
    expected: list[str] = []
    taken: list[str] = []
    up: set[int] = set()
    for step in _SCRIPT:
        if step is None and len(up) < able:
            up.add(len(calls))
            expected.append(paper.call(trial.row.digits, trial.caller).places[0])
            calls.append(trial.dial())
            trial.settled(calls[-1:])
            half = trial.half(calls[-1]) if trial.talking(calls[-1:]) else None
            taken.append("none" if half is None else place_name(half))
        elif step is not None and step in up:
            up.discard(step)
            paper.end(step)
            trial.end([calls[step]])
    trial.measured = ", ".join(taken)
    wrong = [
        f"call {n}: {took} instead of {wanted}"
        for n, (took, wanted) in enumerate(zip(taken, expected, strict=True), 1)
        if took != wanted
    ]
    text = f"each call is taken by the line whose turn it is ({', '.join(expected)})"
    trial.check(not wrong, text, "; ".join(wrong))
    trial.figures |= {"taken": taken, "expected": expected}


def _rings_together(trial: Trial) -> bool:
    entry = trial.plan.find(trial.row.digits)
    return isinstance(entry, Many) and entry.always.order == "simultaneous"


def _all_ring(trial: Trial) -> None:
    """Every idle line rings for a call; the others stop when one answers."""
    paper = Paper(trial.config)
    told = []
    for n in (1, 2):
        expected = paper.call(trial.row.digits, trial.caller).places
        if not expected:
            break
        before = len(trial.arrived())
        trial.never_answers(trial.premises())
        trial.answers(after="1s", numbers=expected[:1])
        call = trial.dial()
        trial.settled([call])
        rung = [place_name(each) for each in trial.arrived()[before:]]
        told.append(f"call {n}: {', '.join(rung) or 'none'}")
        lacking = [line for line in expected if line not in rung]
        trial.check(not lacking, f"every idle line rings for call {n}", f"{', '.join(lacking)} did not")
        more = [line for line in rung if line not in expected]
        trial.check(not more, f"no other line rings for call {n}", f"{', '.join(more)} did")
        trial.check(bool(trial.talking([call])), f"call {n} is connected", fate(call))
        trial.bench.run_for(_STOPPED)
        still = [
            each.where()
            for each in trial.arrived()[before:]
            if each.active_at is None and each.ended_at is None
        ]
        trial.check(not still, f"the other lines stop ringing when call {n} is answered", "; ".join(still))
    trial.measured = "; ".join(told)


def hours(trial: Trial) -> None:
    """At those hours the call goes to the lines that the plan names for them."""
    begin = time_of_day(trial.row.detail.partition("-")[0])
    trial.answers()
    trial.set_time_of_day(begin)
    expected = Paper(trial.config, time_of_day=begin).call(trial.row.digits, trial.caller)
    call = trial.dial()
    trial.settled([call])
    half = trial.half(call)
    where = "nowhere" if half is None else place_name(half)
    trial.measured = f"{where} at {trial.row.detail.partition('-')[0]}"
    places = ", ".join(expected.places)
    trial.check(is_at(half, expected.places), f"at {trial.row.detail} the call goes to {places}", where)


def member(trial: Trial) -> None:
    """Who dials a member reaches that line only, or hears busy; the pilot finds free lines all the same."""
    line = trial.row.subject
    trial.answers(engaged=line)
    trial.answers(numbers=(line,))
    first = trial.dial(line)
    trial.settled([first])
    trial.check(bool(trial.talking([first])), f"a caller of {line} gets through", fate(first))
    rung = [place_name(each) for each in trial.arrived()]
    trial.check(rung == [line], f"line {line} rings, and no other", ", ".join(rung) or "none rang")
    second = trial.dial(line)
    trial.settled([second])
    cause = second.outcome.cause
    trial.check(cause is Cause.USER_BUSY, f"the next caller of {line} is told busy, cause 17", fate(second))
    _hears_busy(trial, second, f"the next caller of {line} hears busy tone")
    more = [place_name(each) for each in trial.arrived()][len(rung) :]
    trial.check(not more, "no line rings for a member that is engaged", ", ".join(more))
    trial.end([second])
    if left_beside(trial.config, trial.row.digits, trial.caller, line) > 0:
        pilot = trial.dial()
        trial.settled([pilot])
        half = trial.half(pilot)
        found = "" if half is None else place_name(half)
        text = f"a caller of {trial.row.number} still finds a free line"
        trial.check(bool(trial.talking([pilot])) and found != line, text, fate(pilot))
        trial.measured = f"{', '.join(rung)}; then busy; the pilot finds {found or 'none'}"
    else:
        trial.measured = f"{', '.join(rung)}; then busy"


def _hears_busy(trial: Trial, call: Call, text: str) -> None:
    try:
        trial.bench.run_until(call.hears(BUSY), within=BUSY_WITHIN)
    except CallFailed:
        trial.check(False, text, f"it hears {sounds(call.outcome.heard) or 'nothing'}")
    else:
        trial.check(True, text)


def use(trial: Trial) -> None:
    """A line or trunk for one direction carries no calls in the other."""
    {"takes none": _takes_none, "makes none": _makes_none, "not rung": _not_rung}[trial.row.detail](trial)


def _takes_none(trial: Trial) -> None:
    trial.answers(numbers=())
    call = trial.dial()
    trial.hears_out(call)
    trial.check(call.active_at is None, "a call to it does not get through", fate(call))
    trial.check(not trial.arrived(), "nothing rings", f"{len(trial.arrived())} calls came in")
    trial.measured = fate(call)


def _makes_none(trial: Trial) -> None:
    trial.bench.near.number(OUTSIDE).answers()
    call = trial.place_from(trial.row.subject)
    trial.settled([call], within="20s")
    trial.check(call.active_at is None, f"no call can be placed from {trial.row.subject}", fate(call))
    rung = [
        each.caller for each in trial.bench.near.calls if not each.outgoing and each.alerting_at is not None
    ]
    trial.check(not rung, "nobody outside is rung", f"rung by {', '.join(rung)}")
    trial.measured = fate(call)


def _not_rung(trial: Trial) -> None:
    trial.answers(everybody=True)
    calls = [trial.dial() for _ in range(promised(trial.config, trial.row.digits, trial.caller) + 1)]
    trial.settled(calls)
    rung = {place_name(each) for each in trial.arrived()}
    trial.check(trial.row.subject not in rung, f"line {trial.row.subject} is for outgoing calls", "it rang")
    trial.measured = f"rung: {', '.join(sorted(rung)) or 'none'}"
