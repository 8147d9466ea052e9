"""The services behind a number: each is a way for a call (`trunkbench.access.calls.Way`).

A service offers one target after the other and ends with the cause that the caller gets. Numbers that a
service passes a call on to are looked up in the network again, so services can stand behind one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from trunkbench.access.calls import Failure, Offer, Payer, Refusal, Visit, Way
from trunkbench.access.hunting import Group, RingingPool
from trunkbench.access.lines import Line, Trunk
from trunkwire.q931.causes import Cause
from trunkwire.ticks import SECOND, Tick

if TYPE_CHECKING:
    from trunkbench.access.network import Network

DAY: Tick = 24 * 3600 * SECOND


Reach = dict[Line | Trunk, int]
"""Where calls can end, and how many at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom and when it is asked what a number is worth; `seen` are the numbers asked already."""

    area: str
    time_of_day: Tick
    mobile: bool = False
    seen: frozenset[str] = frozenset()


class Service(Protocol):
    """What is behind a number."""

    @property
    def number(self) -> str:
        """Its number, with the area code where the plan has one."""

    @property
    def virtual(self) -> bool:
        """Whether no line has this number, so that no call can ever show it."""

    def way(self, network: Network, visit: Visit) -> Way:
        """Where a call to the number goes."""

    def reach(self, network: Network, asked: Asked) -> Reach:
        """The lines and trunks at which a call to it can end, and how many calls each takes."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From one time of day to another, in ticks since midnight; the second may lie after midnight."""

    begin: Tick
    end: Tick

    def describe(self) -> str:
        """Such as "08:00-18:00"."""
        return "-".join(
            f"{tick // SECOND // 3600:02}:{tick // SECOND // 60 % 60:02}" for tick in (self.begin, self.end)
        )

    def holds(self, time_of_day: Tick) -> bool:
        """Whether it is within them; the last tick is not."""
        if self.begin <= self.end:
            return self.begin <= time_of_day < self.end
        return time_of_day >= self.begin or time_of_day < self.end


def _hunt(group: Group, visit: Visit, dialled: str | None = None) -> Way:
    """One line of the group after the other, until one takes the call or none is idle."""
    tried: list[Line] = []
    unanswered = False
    while (line := group.next(tried)) is not None:
        tried.append(line)
        failure = yield Offer(line, dialled or line.number, visit.redirections, visit.ring_for)
        if failure is Failure.NO_ANSWER:
            return Refusal(Cause.NO_ANSWER, f"{line.describe()} did not answer")
        if failure is Failure.REFUSED:
            return Refusal(Cause.CALL_REJECTED, f"{line.describe()} refused the call")
        unanswered = unanswered or failure is Failure.UNREACHABLE
    if unanswered:
        return Refusal(Cause.DESTINATION_OUT_OF_ORDER, f"no line of {visit.path[-1]} could be rung")
    return Refusal(Cause.USER_BUSY, f"every line of {visit.path[-1]} is engaged")


def _ring_all(pool: RingingPool, visit: Visit, dialled: str) -> Way:
    """Every idle line of the pool."""
    if not pool.has_room:
        return Refusal(Cause.USER_BUSY, f"every line of {visit.path[-1]} is engaged")
    yield Offer(pool, dialled, visit.redirections, visit.ring_for)
    return Refusal(Cause.NO_ANSWER, f"no line of {visit.path[-1]} answered")


@dataclass(slots=True)
class FixedLine:
    """A number that is one analog line's: the second caller hears busy."""

    line: Line
    virtual: bool = False

    @property
    def number(self) -> str:
        """The line's own number."""
        return self.line.number

    def way(self, network: Network, visit: Visit) -> Way:
        """The line, or busy."""
        if not self.line.use.takes:
            return Refusal(Cause.CALL_REJECTED, f"{self.line.describe()} is for outgoing calls only")
        return (yield from _hunt(Group((self.line,), "linear"), visit))

    def reach(self, network: Network, asked: Asked) -> Reach:
        """The line."""
        return {self.line: 1} if self.line.use.takes else {}


@dataclass(slots=True)
class LineGroup:
    """A number with lines behind it: an analog trunk group, or (`virtual`) a one-number service.

    The pilot of an analog trunk group is a line itself and stands among the lines. `by_hours` replaces the
    lines at certain times of day; the first that holds counts.
    """

    number: str
    lines: Group | RingingPool
    virtual: bool
    by_hours: tuple[tuple[Hours, Group | RingingPool], ...] = ()

    def at(self, time_of_day: Tick) -> Group | RingingPool:
        """The lines at that time of day."""
        return next((lines for hours, lines in self.by_hours if hours.holds(time_of_day)), self.lines)

    def way(self, network: Network, visit: Visit) -> Way:
        """The idle lines, in the group's order."""
        lines = self.at(visit.time_of_day)
        if isinstance(lines, RingingPool):
            return (yield from _ring_all(lines, visit, self.number))
        return (yield from _hunt(lines, visit))

    def reach(self, network: Network, asked: Asked) -> Reach:
        """The lines at that time of day."""
        return {line: 1 for line in self.at(asked.time_of_day).lines if line.use.takes}


@dataclass(slots=True)
class DigitalTrunk:
    """A number that is a digital trunk's: as many calls as channels. `direct` is one of those that it owns
    besides its own (direct dialling in): the PBX is told it."""

    trunk: Trunk
    direct: str = ""
    virtual: bool = False

    @property
    def number(self) -> str:
        """The number that is called."""
        return self.direct or self.trunk.number

    def way(self, network: Network, visit: Visit) -> Way:
        """A channel of the trunk, or no circuit."""
        trunk = self.trunk
        if not trunk.use.takes:
            return Refusal(Cause.CALL_REJECTED, f"{trunk.describe()} is for outgoing calls only")
        if not trunk.free:
            return Refusal(Cause.NO_CIRCUIT, f"every channel of {trunk.describe()} is in use")
        failure = yield Offer(trunk, self.number, visit.redirections, visit.ring_for)
        return Refusal(_CAUSES[failure], f"{trunk.describe()}: {failure.value}")

    def reach(self, network: Network, asked: Asked) -> Reach:
        """The trunk's channels."""
        return {self.trunk: self.trunk.capacity} if self.trunk.use.takes else {}


_CAUSES = {
    Failure.BUSY: Cause.USER_BUSY,
    Failure.NO_ANSWER: Cause.NO_ANSWER,
    Failure.UNREACHABLE: Cause.DESTINATION_OUT_OF_ORDER,
    Failure.REFUSED: Cause.CALL_REJECTED,
}
"""What the caller gets when the only target failed."""


@dataclass(slots=True)
class Mobile:
    """A mobile number, turned into a wired line by a device: switched off or out of reach it cannot ring."""

    number: str
    line: Line
    reachable: bool = True
    virtual: bool = False

    def way(self, network: Network, visit: Visit) -> Way:
        """The device's line."""
        if not self.reachable:
            return Refusal(Cause.SUBSCRIBER_ABSENT, f"mobile {self.number} is switched off or out of reach")
        return (yield from _hunt(Group((self.line,), "linear"), visit, self.number))

    def reach(self, network: Network, asked: Asked) -> Reach:
        """The device's line, while the mobile can be reached."""
        return {self.line: 1} if self.reachable and self.line.use.takes else {}


@dataclass(frozen=True, slots=True)
class Destination:
    """A number that calls are translated to: `areas` and `hours` say for whom and when, `share` how many."""

    number: str
    share: int = 0
    areas: tuple[str, ...] = ()
    hours: Hours | None = None

    def serves(self, area: str, time_of_day: Tick) -> bool:
        """Whether a call from that area may go there at that time."""
        return (not self.areas or area in self.areas) and (
            self.hours is None or self.hours.holds(time_of_day)
        )


@dataclass(slots=True)
class Translated:
    """A number that stands for others: 400, 800, or a short code.

    Calls go to the first destination that serves them, or by percentage where shares are given; on busy and
    after `ring_for` without answer they flow over to the next ones. `payer` goes into the call record.
    """

    number: str
    destinations: tuple[Destination, ...]
    payer: Payer = "caller"
    ring_for: Tick | None = None
    mobiles: bool = True
    virtual: bool = True
    _counts: dict[str, int] = field(default_factory=dict)

    def enter(self, visit: Visit) -> Refusal | None:
        """Whether the caller may come in, and who pays: what the number that was dialled says counts, also
        where the call is sent on from there."""
        if visit.caller.mobile and not self.mobiles:
            return Refusal(Cause.CALL_REJECTED, f"{self.number} cannot be reached from mobiles")
        if visit.path == [self.number]:
            visit.payer = self.payer
        return None

    def way(self, network: Network, visit: Visit) -> Way:
        """One destination after the other, for a caller who was let in."""
        refusal = Refusal(Cause.CALL_REJECTED, f"{self.number} serves nobody from there at this time")
        path, redirections, ring_for = list(visit.path), visit.redirections, visit.ring_for
        for destination in self._order(visit):
            visit.path[:], visit.redirections = path, redirections
            visit.ring_for = ring_for if self.ring_for is None else self.ring_for
            refusal = yield from network.way(destination.number, visit)
            if refusal.cause not in OVERFLOWS:
                break
        visit.ring_for = ring_for
        return refusal

    def reach(self, network: Network, asked: Asked) -> Reach:
        """What its destinations reach together, for a caller whom it lets in."""
        found: Reach = {}
        if asked.mobile and not self.mobiles:
            return found
        for each in self.destinations:
            if each.serves(asked.area, asked.time_of_day):
                found |= network.reach(each.number, asked)
        return found

    def _order(self, visit: Visit) -> Iterator[Destination]:
        """Those that serve the call; by percentage, the one furthest behind its share first."""
        area, time_of_day = visit.caller.area, visit.time_of_day
        serving = [each for each in self.destinations if each.serves(area, time_of_day)]
        if any(each.share for each in serving):
            serving = self._by_share(serving)
        yield from serving

    def _by_share(self, serving: Sequence[Destination]) -> list[Destination]:
        """Smooth weighted turns: exact shares without chance, so that a run can be repeated."""
        whole = sum(each.share for each in serving)
        for each in serving:
            self._counts[each.number] = self._counts.get(each.number, 0) + each.share
        order = sorted(serving, key=lambda each: -self._counts[each.number])
        self._counts[order[0].number] -= whole
        return order


OVERFLOWS = frozenset(
    {
        Cause.USER_BUSY,
        Cause.NO_ANSWER,
        Cause.NO_CIRCUIT,
        Cause.DESTINATION_OUT_OF_ORDER,
        Cause.SUBSCRIBER_ABSENT,
    }
)
"""The causes with which a call flows over to the next destination."""
