"""What a number plan promises, told by the plan itself: who a call reaches, who pays, and when it is refused.

The exchange's model (`trunkbench.access`) is asked on paper, on a copy that no line of the bench is connected
to: what the real exchange does, or the bench's own with a fault in it, is compared with that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from trunkbench.access.calls import Caller, Failure, Payer
from trunkbench.access.config import build_network
from trunkbench.access.hunting import RingingPool
from trunkbench.access.lines import Line, Trunk
from trunkbench.access.network import Attempt, Network
from trunkbench.access.services import (
    DAY,
    Asked,
    DigitalTrunk,
    FixedLine,
    LineGroup,
    Mobile,
    Service,
    Translated,
)
from trunkbench.config import BenchConfig
from trunkbench.errors import UsageError
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import RedirectionReason
from trunkwire.ticks import SECOND, Tick

OUTSIDE = "02187654321"
"""An outside subscriber: who calls in, and who is called from the premises."""

Reason = Literal["unconditional", "busy", "no_answer", "chain"]
"""Why a call is sent on; a chain: always, and from there on busy."""

MOST = 1000
"""More calls at once than any trunk of a bench carries."""


def network_of(config: BenchConfig) -> Network:
    """The plan as it was ordered. Raises UsageError for a configuration without one."""
    if config.access is None:
        raise UsageError(
            f"{config.source} has no [access] plan: there is nothing to accept; "
            "`trunkbench services` explains the tables that it may have"
        )
    return build_network(config.access, {span.name: len(span.slots) for span in config.spans})


@dataclass(frozen=True, slots=True)
class Expected:
    """What becomes of one call. `places` are the lines that may ring (one, unless several ring together), or
    the trunk; without any it is refused with `cause`.
    """

    places: tuple[str, ...]
    cause: Cause | None
    payer: Payer
    path: tuple[str, ...]
    redirected_from: tuple[str, ...]
    reason: RedirectionReason | None = None
    """Why it was sent on last."""


def place_of(target: Line | Trunk) -> str:
    """A line by its number, a trunk by the names of its spans."""
    return target.number if isinstance(target, Line) else target.name


class Paper:
    """Calls on paper: each is answered at once by what it is offered to, and lasts until it is ended."""

    def __init__(self, config: BenchConfig, *, time_of_day: Tick | None = None) -> None:
        self.network = network_of(config)
        if time_of_day is not None:
            self.network.midnight = -time_of_day
        self._calls: list[Attempt] = []
        self._now: Tick = 0

    def call(self, number: str, caller: Caller, *, fails: Sequence[Failure] = ()) -> Expected:
        """One more call; the first targets offered fail as told, the next one answers."""
        self._now += SECOND
        attempt = self.network.call(number, caller, self._now)
        for failure in fails:
            if attempt.state == "rings":
                attempt.failed(failure, self._now)
        self._calls.append(attempt)
        visit = attempt.visit
        places: tuple[str, ...] = ()
        if attempt.offer is not None:
            places = tuple(self._taken(attempt))
        return Expected(
            places,
            None if attempt.refusal is None else attempt.refusal.cause,
            visit.payer,
            tuple(visit.path),
            tuple(each.number for each in visit.redirections),
            visit.redirections[-1].reason if visit.redirections else None,
        )

    def end(self, index: int) -> None:
        """The call of that place in the order of dialling is over."""
        self._now += SECOND
        self._calls[index].clear(self._now)

    def _taken(self, attempt: Attempt) -> Iterator[str]:
        assert attempt.offer is not None
        target = attempt.offer.target
        if not isinstance(target, RingingPool):
            attempt.answered(self._now)
            yield place_of(target)
            return
        ringing = list(target.ringing)
        yield from (line.number for line in ringing)
        self.network.answer(ringing[0], self._now)


def callers_of(config: BenchConfig, number: str) -> list[Caller]:
    """Callers of every kind that the number makes a difference between: one of each area it names, or one."""
    access = config.access
    assert access is not None
    service = network_of(config).find(number)
    areas: list[str] = []
    if isinstance(service, Translated):
        areas = list(dict.fromkeys(area for to in service.destinations for area in to.areas))
    return [Caller(f"{area}7654321", area) for area in areas] or [Caller(OUTSIDE, OUTSIDE[:3])]


def promised(config: BenchConfig, number: str, caller: Caller) -> int:
    """How many such callers get through at once, at the time of day at which the bench begins."""
    paper = Paper(config)
    return next(n for n in range(MOST) if not paper.call(number, caller).places)


def refused(config: BenchConfig, number: str, caller: Caller) -> Cause:
    """The cause that the first caller gets who is one too many."""
    paper = Paper(config)
    while True:
        expected = paper.call(number, caller)
        if expected.cause is not None:
            return expected.cause


def first_destination(config: BenchConfig, number: str, caller: Caller) -> str:
    """The number that the first call to a number which stands for others is passed on to; "" if to none."""
    expected = Paper(config).call(number, caller)
    return expected.path[1] if expected.places and len(expected.path) > 1 else ""


def overflow(config: BenchConfig, number: str, caller: Caller, why: Literal["busy", "no answer"]) -> Expected:
    """What becomes of a call when its first destination is engaged, or does not answer."""
    paper, first = Paper(config), first_destination(config, number, caller)
    if why == "no answer":
        return paper.call(number, caller, fails=[Failure.NO_ANSWER])
    for _ in range(paper.network.promised(first)):
        paper.call(first, caller)
    return paper.call(number, caller)


def forwarded(config: BenchConfig, number: str, caller: Caller, reason: Reason) -> Expected:
    """What becomes of a call to a number that sends its calls on, always or when it cannot take them."""
    paper = Paper(config)
    if reason == "no_answer":
        return paper.call(number, caller, fails=[Failure.NO_ANSWER])
    first = engaged_first(config, number, reason)
    for _ in range(own_capacity(paper.network, first)):
        paper.call(first, caller)
    return paper.call(number, caller)


def engaged_first(config: BenchConfig, number: str, reason: Reason) -> str:
    """The number that has to be engaged for a call to be sent on for that reason; "" for none."""
    if reason == "busy":
        return number
    forwarding = network_of(config).forwardings.get(number)
    to = None if forwarding is None else forwarding.unconditional
    return to if reason == "chain" and to is not None else ""


def own_capacity(network: Network, number: str) -> int:
    """How many calls a number takes before it sends any on."""
    service = network.find(number)
    asked = Asked("", -network.midnight % DAY)
    return 0 if service is None else sum(service.reach(network, asked).values())


def first_places(config: BenchConfig, number: str, caller: Caller) -> tuple[str, ...]:
    """Where a call to the number rings first."""
    return Paper(config).call(number, caller).places


def lines_behind(network: Network, service: Service, seen: frozenset[str] = frozenset()) -> Iterator[Line]:
    """The analog lines that a service can ring, those of its destinations among them."""
    if isinstance(service, FixedLine | Mobile):
        yield service.line
    elif isinstance(service, LineGroup):
        for choice in (service.lines, *(lines for _hours, lines in service.by_hours)):
            yield from choice.lines
    for each in _beyond(network, service, seen):
        yield from lines_behind(network, each, seen | {service.number})


def trunks_behind(network: Network, service: Service, seen: frozenset[str] = frozenset()) -> Iterator[Trunk]:
    """The digital trunks that calls to a service can go to."""
    if isinstance(service, DigitalTrunk):
        yield service.trunk
    for each in _beyond(network, service, seen):
        yield from trunks_behind(network, each, seen | {service.number})


def _beyond(network: Network, service: Service, seen: frozenset[str]) -> Iterator[Service]:
    """Where a service, or the forwarding of its number, passes calls on to."""
    numbers: list[str | None] = []
    if isinstance(service, Translated):
        numbers += [to.number for to in service.destinations]
    forwarding = network.forwardings.get(service.number)
    if forwarding is not None:
        numbers += [forwarding.unconditional, forwarding.busy, forwarding.no_answer]
    for number in numbers:
        found = None if number is None else network.find(number)
        if found is not None and found.number not in seen and found is not service:
            yield found
