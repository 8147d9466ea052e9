"""The public exchange: numbers, what is behind them, forwarding between them, and calls from the lines.

Numbers are looked up as they are dialled: whole, or within the exchange's own area without the area code.
What no table names is unallocated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from trunkbench.access.calls import Caller, Failure, Offer, Redirection, Refusal, Visit, Way
from trunkbench.access.hunting import RingingPool
from trunkbench.access.lines import Line, Trunk
from trunkbench.access.services import (
    DAY,
    Asked,
    DigitalTrunk,
    FixedLine,
    Reach,
    Service,
    Translated,
)
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import RedirectionReason, Screening
from trunkwire.ticks import Tick

HOPS = 5
"""How often a call may be sent on, unless the configuration says otherwise (Q.732 allows five at most)."""


MOST_STEPS = 100
"""How many numbers one call is tried at before the exchange gives up: plans that fan out have an end."""


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Where a number's calls are sent on to; `after` is how long it rings before "no answer"."""

    unconditional: str | None = None
    busy: str | None = None
    no_answer: str | None = None
    after: Tick | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The calling number that the called party is told, and who vouches for it (Q.931 4.5.10)."""

    number: str
    screening: Screening
    withheld: bool = False
    """Whether the caller does not want it shown to whoever is called (CLIR, Q.951)."""


_ENGAGED = frozenset({Cause.USER_BUSY, Cause.NO_CIRCUIT})
"""The causes of a number that is busy: a line that is engaged, a trunk with no channel left."""

Foreign = Literal["replace", "bar", "pass"]
"""What the carrier does with a calling number that the trunk does not own."""


class Network:
    """All numbers of one exchange, and the calls that are up."""

    def __init__(
        self,
        services: Mapping[str, Service],
        lines: Mapping[str, Line],
        *,
        forwardings: Mapping[str, Forwarding] = MappingProxyType({}),
        area: str = "",
        hops: int = HOPS,
        midnight: Tick = 0,
        foreign: Foreign = "replace",
    ) -> None:
        """`midnight` is the tick of a midnight, so that times of day are known."""
        self.services = dict(services)
        self.lines = dict(lines)
        self.forwardings = dict(forwardings)
        self.area = area
        self.hops = hops
        self.midnight = midnight
        self.foreign: Foreign = foreign
        self._pools: dict[Line, list[RingingPool]] = {}
        for service in self.services.values():
            self._know_pools(service)

    # -- numbers ------------------------------------------------------------------------------------------

    def numbers(self) -> Iterator[str]:
        """Every number that can be dialled, and how it can be dialled within the area."""
        for number in (*self.services, *self.lines):
            yield number
            if self.area and number.startswith(self.area):
                yield number.removeprefix(self.area)

    def areas(self) -> tuple[str, ...]:
        """The area codes that the plan knows: its own, and those that services ask callers for."""
        asked = (
            area
            for service in self.services.values()
            for destination in getattr(service, "destinations", ())
            for area in destination.areas
        )
        return tuple(dict.fromkeys(filter(None, (self.area, *asked))))

    def pools(self) -> tuple[RingingPool, ...]:
        """The groups whose lines ring together."""
        return tuple({id(pool): pool for pools in self._pools.values() for pool in pools}.values())

    def trunk(self, number: str) -> Trunk:
        """The trunk of that number. Raises KeyError for one that has none."""
        service = self.services[number]
        if not isinstance(service, DigitalTrunk):
            raise KeyError(f"{number} is no digital trunk's number")
        return service.trunk

    def find(self, dialled: str) -> Service | None:
        """What is behind a number as it is dialled; None when it is unallocated."""
        for digits in (dialled, self.area + dialled, dialled.removeprefix(self.area)):
            if digits in self.services:
                return self.services[digits]
            if digits in self.lines:
                return FixedLine(self.lines[digits])
        return None

    def promised(
        self,
        number: str,
        *,
        area: str | None = None,
        time_of_day: Tick | None = None,
        mobile: bool = False,
    ) -> int:
        """How many calls at once a number is worth to callers of that area (None: of the area, and at the
        time of day, for which it is worth most); 0 for a number that does not exist. What forwarding adds is
        not counted, but for a number that sends every call on.
        """
        areas = ("", *self.areas()) if area is None else (area,)
        times = self.hours() if time_of_day is None else (time_of_day,)
        asked = (Asked(where, when, mobile) for where in areas for when in times)
        return max(sum(self.reach(number, each).values()) for each in asked)

    def reach(self, number: str, asked: Asked) -> Reach:
        """The lines and trunks at which a call to the number can end, and how many calls each takes."""
        service = self.find(number)
        if service is None or service.number in asked.seen:
            return {}
        within = replace(asked, seen=asked.seen | {service.number})
        forwarding = self.forwardings.get(service.number)
        if forwarding is not None and forwarding.unconditional is not None:
            return self.reach(forwarding.unconditional, within)
        return service.reach(self, within)

    def hours(self) -> tuple[Tick, ...]:
        """A time of day for each way in which the plan's hours can hold: each begins at one of these."""
        begins = {0}
        for service in self.services.values():
            for hours, _lines in getattr(service, "by_hours", ()):
                begins |= {hours.begin, hours.end % DAY}
            for destination in getattr(service, "destinations", ()):
                if destination.hours is not None:
                    begins |= {destination.hours.begin, destination.hours.end % DAY}
        return tuple(sorted(begins))

    def way(self, number: str, visit: Visit) -> Way:
        """The way of a call to a number: its service, and its forwardings."""
        service = self.find(number)
        if service is None:
            return Refusal(Cause.UNALLOCATED, f"nobody has the number {number}")
        own = service.number
        visit.steps += 1
        if visit.steps > MOST_STEPS:
            return Refusal(Cause.EXCHANGE_ROUTING_ERROR, f"given up at {own} after {MOST_STEPS} numbers")
        if own in visit.path:
            return Refusal(Cause.EXCHANGE_ROUTING_ERROR, f"a loop: {' → '.join((*visit.path, own))}")
        visit.path.append(own)
        barred = service.enter(visit) if isinstance(service, Translated) else None
        if barred is not None:
            return barred
        forwarding = self.forwardings.get(own)
        if forwarding is None:
            return (yield from service.way(self, visit))
        if forwarding.unconditional is not None:
            return (yield from self._send_on(own, forwarding.unconditional, "UNCONDITIONAL", visit))
        before = visit.ring_for
        if forwarding.no_answer is not None:
            visit.ring_for = forwarding.after
        refusal = yield from service.way(self, visit)
        visit.ring_for = before
        if refusal.cause in _ENGAGED and forwarding.busy is not None:
            return (yield from self._send_on(own, forwarding.busy, "BUSY", visit))
        if refusal.cause == Cause.NO_ANSWER and forwarding.no_answer is not None:
            return (yield from self._send_on(own, forwarding.no_answer, "NO_REPLY", visit))
        return refusal

    def _send_on(self, own: str, to: str, reason: str, visit: Visit) -> Way:
        """The call, redirected: the number that sent it on is carried along."""
        if len(visit.redirections) >= self.hops:
            return Refusal(
                Cause.EXCHANGE_ROUTING_ERROR, f"sent on more than {self.hops} times, last by {own}"
            )
        visit.redirections += (Redirection(own, RedirectionReason[reason]),)
        return (yield from self.way(to, visit))

    # -- calls --------------------------------------------------------------------------------------------

    def call(self, called: str, caller: Caller, now: Tick) -> Attempt:
        """A call to a number; `state` says at once whether it rings or was refused."""
        visit = Visit(called, caller, now, (now - self.midnight) % DAY)
        return Attempt(self, visit)

    def shown(self, source: Line | Trunk, wished: str | None = None) -> Shown | Refusal:
        """The calling number of a call that is placed from a line or a trunk.

        A line always shows its own number. A trunk may show the numbers it owns; with any other the carrier
        does what its rule says: put the trunk's number in its place, bar the call, or pass it unscreened.
        """
        if isinstance(source, Line):
            return Shown(source.number, Screening.NETWORK)
        if wished is None or self._same(wished, source.number):
            return Shown(source.number, Screening.NETWORK)
        for owned in source.owned:
            if self._same(wished, owned):
                return Shown(owned, Screening.USER_VERIFIED_PASSED)
        if self.foreign == "bar":
            return Refusal(Cause.CALL_REJECTED, f"{source.describe()} does not own {wished}")
        if self.foreign == "pass":
            return Shown(wished, Screening.USER_NOT_SCREENED)
        return Shown(source.number, Screening.NETWORK)

    def _same(self, one: str, other: str) -> bool:
        """Whether both are one number: within its area it can be written without the code."""
        return one.removeprefix(self.area) == other.removeprefix(self.area)

    def answer(self, line: Line, now: Tick, wanted: Attempt | None = None) -> Attempt:
        """A line that rings for a group is answered: the call that it takes, `wanted` if that waits still.
        Raises ValueError if there is none.
        """
        pool = line.holder
        if not isinstance(pool, RingingPool):
            raise ValueError(f"{line.describe()} does not ring for a group")
        attempt = pool.answer(line, wanted)
        assert isinstance(attempt, Attempt)
        attempt.taken(line, now)
        pool.settle(now)
        return attempt

    def settle(self, line: Line, now: Tick) -> None:
        """A line has become idle: groups in which calls wait let it ring."""
        for pool in self._pools.get(line, ()):
            pool.settle(now)

    def audit(self) -> list[str]:
        """Lines and channels that are still held; [] when every call is over."""
        found = [line.describe() for line in self.lines.values() if line.holder is not None]
        trunks = {service.trunk for service in self.services.values() if hasattr(service, "trunk")}
        return found + [
            f"{trunk.describe()}: {len(trunk.holders)} channels" for trunk in trunks if trunk.holders
        ]

    def _know_pools(self, service: Service) -> None:
        choices = (
            getattr(service, "lines", None),
            *(lines for _h, lines in getattr(service, "by_hours", ())),
        )
        for pool in choices:
            if isinstance(pool, RingingPool):
                for line in pool.lines:
                    self._pools.setdefault(line, []).append(pool)


class Attempt:
    """One call on its way: it rings, talks, or is over. It holds what it rings and what it talks on."""

    def __init__(self, network: Network, visit: Visit) -> None:
        self.network = network
        self.visit = visit
        self.offer: Offer | None = None
        self.refusal: Refusal | None = None
        self.talks_on: Line | Trunk | None = None
        self._way = network.way(visit.called, visit)
        self._step(None)

    @property
    def state(self) -> Literal["rings", "talks", "over"]:
        """Where the call is."""
        if self.talks_on is not None:
            return "talks"
        return "rings" if self.offer is not None else "over"

    def failed(self, failure: Failure, now: Tick) -> None:
        """What was offered the call did not take it: the next one is tried. Raises ValueError unless it
        rings."""
        if self.offer is None or self.talks_on is not None:
            raise ValueError(f"the call to {self.visit.called} does not ring")
        self._let_go(now)
        self.visit.now = now
        self._step(failure)

    def answered(self, now: Tick) -> None:
        """The line or trunk that rings takes the call. Raises ValueError unless one of its own rings."""
        if self.offer is None or self.talks_on is not None or isinstance(self.offer.target, RingingPool):
            raise ValueError(f"the call to {self.visit.called} rings on no line of its own")
        self.taken(self.offer.target, now)

    def taken(self, target: Line | Trunk, now: Tick) -> None:
        """It talks on that line or trunk from now on."""
        self.talks_on = target
        self.visit.now = now

    def clear(self, now: Tick) -> None:
        """It is over, whoever hung up. Idempotent."""
        self._let_go(now)
        self._way.close()
        self.offer = self.talks_on = None

    def _step(self, failure: Failure | None) -> None:
        """Ask the services on, and hold what they offer."""
        try:
            self.offer = next(self._way) if failure is None else self._way.send(failure)
        except StopIteration as ended:
            self.offer, self.refusal = None, ended.value
            return
        target = self.offer.target
        if isinstance(target, RingingPool):
            target.admit(self)
        else:
            target.seize(self)

    def _let_go(self, now: Tick) -> None:
        """Give back what is held; lines that become idle may ring for others at once."""
        target = self.talks_on or (self.offer.target if self.offer is not None else None)
        if isinstance(target, RingingPool):
            target.withdraw(self)
            target.settle(now)
        elif isinstance(target, Trunk):
            target.leave(self)
        elif target is not None:
            target.release(now)
            self.network.settle(target, now)


class Outgoing:
    """A call from a line or a trunk of the exchange: it holds its own end, whatever becomes of the call."""

    def __init__(
        self,
        network: Network,
        source: Line | Trunk,
        called: str,
        now: Tick,
        wished: str | None = None,
        *,
        outside: bool = False,
    ) -> None:
        """`wished` is the number that a trunk wants to show; `outside` says that the number called is none of
        this network's, and is reached otherwise."""
        self.network, self.source, self.called = network, source, called
        self.attempt: Attempt | None = None
        self.shown: Shown | None = None
        self.refusal: Refusal | None = None
        able = source.can_place if isinstance(source, Trunk) else source.use.makes and source.holder is None
        if not able:
            why = "is for incoming calls only" if not source.use.makes else "is engaged"
            self.refusal = Refusal(Cause.NO_CIRCUIT, f"{source.describe()} {why}")
            return
        shown = network.shown(source, wished)
        if isinstance(shown, Refusal):
            self.refusal = shown
            return
        source.seize(self)
        self.shown = shown
        if not outside:
            self.attempt = network.call(called, Caller(shown.number, network.area), now)

    def clear(self, now: Tick) -> None:
        """It is over, whoever hung up. Idempotent."""
        if self.attempt is not None:
            self.attempt.clear(now)
        if isinstance(self.source, Trunk):
            self.source.leave(self)
        elif self.source.holder is self:
            self.source.release(now)
            self.network.settle(self.source, now)
