"""What a number plan promises, reckoned from its tables: who a call reaches, who pays, when it is refused."""

from __future__ import annotations

from typing import Literal

from trunkbench.acceptance.reckoning import Expected, Paper
from trunkbench.acceptance.tables import Plan, Stands
from trunkbench.access.calls import Caller, Failure
from trunkbench.access.config import digits
from trunkbench.config import BenchConfig
from trunkwire.q931.causes import Cause
from trunkwire.ticks import SECOND, Tick

OUTSIDE = "02187654321"
"""An outside subscriber: who calls in, and who is called from the premises."""

MOBILE = "13900001111"
"""A caller on a mobile network."""

ELSEWHERE = "09990000000"
"""A caller of an area that no plan names."""

Reason = Literal["unconditional", "busy", "no_answer", "chain"]
"""Why a call is sent on; a chain: always, and from there on busy."""

MOST = 1000
"""More calls at once than any trunk of a bench carries."""

_CADENCE: Tick = 16 * SECOND
"""Long enough for the caller ID between the first two rings, and for the cadence of ringback, 1 s and 4 s."""


def callers_of(config: BenchConfig, number: str) -> list[Caller]:
    """Callers of every kind that the number makes a difference between: one of each area it names, or one."""
    entry = Plan(config).find(number)
    areas: list[str] = []
    if isinstance(entry, Stands):
        areas = list(dict.fromkeys(area for to in entry.table.to for area in to.areas))
    return [Caller(f"{area}7654321", area) for area in areas] or [Caller(OUTSIDE, OUTSIDE[:3])]


def stranger(config: BenchConfig, number: str) -> Caller | None:
    """A caller of an area that the number serves nobody of; None where there is no such area."""
    entry = Plan(config).find(number)
    if not isinstance(entry, Stands) or not any(to.areas for to in entry.table.to):
        return None
    caller = Caller(ELSEWHERE, ELSEWHERE[:4])
    return None if any(not to.areas for to in entry.table.to) else caller


def promised(config: BenchConfig, number: str, caller: Caller) -> int:
    """How many such callers get through at once, at the time of day at which the bench begins."""
    paper = Paper(config)
    return next(n for n in range(MOST) if not paper.call(number, caller).places)


def refusal(config: BenchConfig, number: str, caller: Caller) -> Expected:
    """What becomes of the first caller who is one too many."""
    paper = Paper(config)
    while True:
        expected = paper.call(number, caller)
        if expected.cause is not None:
            return expected


def refused(config: BenchConfig, number: str, caller: Caller) -> Cause:
    """The cause that the first caller gets who is one too many."""
    cause = refusal(config, number, caller).cause
    assert cause is not None
    return cause


def first_destination(config: BenchConfig, number: str, caller: Caller) -> str:
    """The number that the first call to a number which stands for others is passed on to; "" if to none."""
    expected = Paper(config).call(number, caller)
    return expected.path[1] if expected.places and len(expected.path) > 1 else ""


def first_places(config: BenchConfig, number: str, caller: Caller) -> tuple[str, ...]:
    """Where a call to the number rings first."""
    return Paper(config).call(number, caller).places


def overflow(config: BenchConfig, number: str, caller: Caller, why: Literal["busy", "no answer"]) -> Expected:
    """What becomes of a call when its first destination is engaged, or does not answer."""
    paper, first = Paper(config), first_destination(config, number, caller)
    if why == "no answer":
        return paper.call(number, caller, fails=[Failure.NO_ANSWER])
    for _ in range(own_capacity(config, first, caller)):
        paper.call(first, caller)
    return paper.call(number, caller)


def forwarded(config: BenchConfig, number: str, caller: Caller, reason: Reason) -> Expected:
    """What becomes of a call to a number that sends its calls on, always or when it cannot take them."""
    paper = Paper(config)
    if reason == "no_answer":
        return paper.call(number, caller, fails=[Failure.NO_ANSWER])
    first = engaged_first(config, number, reason)
    for _ in range(own_capacity(config, first, caller)):
        paper.call(first, caller)
    return paper.call(number, caller)


def engaged_first(config: BenchConfig, number: str, reason: Reason) -> str:
    """The number that has to be engaged for a call to be sent on for that reason; "" for none."""
    if reason == "busy":
        return number
    forwarding = Plan(config).forwardings.get(number)
    to = None if forwarding is None else forwarding.unconditional
    return digits(to) if reason == "chain" and to is not None else ""


def own_capacity(config: BenchConfig, number: str, caller: Caller) -> int:
    """How many calls a number takes before it sends any on."""
    paper = Paper(config, sent_on=False)
    return next(n for n in range(MOST) if not paper.call(number, caller).places)


def left_beside(config: BenchConfig, number: str, caller: Caller, source: str) -> int:
    """How many such callers get through while a call from that line or trunk is up, which takes its place."""
    paper = Paper(config)
    paper.placed(source)
    return next(n for n in range(MOST) if not paper.call(number, caller).places)


def all_places(config: BenchConfig, number: str, caller: Caller) -> list[Expected]:
    """Where as many calls as are promised arrive, at the time of day at which the bench begins."""
    paper = Paper(config)
    found: list[Expected] = []
    while (expected := paper.call(number, caller)).places:
        found.append(expected)
    return found


def rings_at_most(config: BenchConfig, number: str) -> Tick:
    """How long telephones may ring in a measurement: a while, and less where the plan sends calls on that
    nobody answers.
    """
    return min([_CADENCE, *Plan(config).timers(number)])


def on_mobile(config: BenchConfig, number: str, caller: Caller) -> Expected:
    """What becomes of a call from a mobile network."""
    return Paper(config).call(number, Caller(MOBILE, caller.area, mobile=True))
