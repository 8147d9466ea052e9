"""What the tables of `[access]` say of each number, read without the exchange's model: an acceptance that
asked the model what to expect of it would not notice what is wrong there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trunkbench.access.config import AccessConfig, ForwardingTable, ServiceNumberTable, digits, time_of_day
from trunkbench.access.lines import Use
from trunkbench.config import BenchConfig
from trunkbench.errors import UsageError
from trunkwire.ticks import SECOND, Tick

DAY: Tick = 24 * 3600 * SECOND

Order = Literal["linear", "circular", "uniform", "simultaneous"]
"""In which order the lines of a number ring."""

_ORDERS: dict[str, Order] = {"order": "linear", "rotating": "circular", "simultaneous": "simultaneous"}


def holds(hours: str | None, at: Tick) -> bool:
    """Whether a time of day, in ticks since midnight, is within "09:00-17:30"; None holds always. The second
    time may lie after midnight, and is outside.
    """
    if hours is None:
        return True
    begin, end = map(time_of_day, hours.split("-"))
    return (at - begin) % DAY < ((end - begin) % DAY or DAY)


@dataclass(frozen=True, slots=True)
class LinePlan:
    """An analog line."""

    number: str
    use: Use

    @property
    def takes(self) -> bool:
        """Whether it can be called."""
        return self.use is not Use.OUTGOING

    @property
    def makes(self) -> bool:
        """Whether calls can be placed from it."""
        return self.use is not Use.INCOMING


@dataclass(frozen=True, slots=True)
class TrunkPlan:
    """A digital trunk: `channels` carry calls, those that are leased at the beginning are not among them."""

    number: str
    spans: tuple[str, ...]
    channels: int
    use: Use
    signalling: str
    owns: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its spans."""
        return ", ".join(self.spans)


@dataclass(frozen=True, slots=True)
class Choice:
    """Lines of which one is chosen, or all ring."""

    lines: tuple[LinePlan, ...]
    order: Order


@dataclass(frozen=True, slots=True)
class OneLine:
    """A number that is one line's; a mobile has that of its device, and can be out of reach."""

    number: str
    line: LinePlan
    mobile: bool = False
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Many:
    """A number with lines: a one-number service (`virtual`) or the pilot of a group. Of `by_hours` the first
    that holds is in the place of `always`.
    """

    number: str
    always: Choice
    by_hours: tuple[tuple[str, Choice], ...] = ()
    virtual: bool = False

    def at(self, time: Tick) -> Choice:
        """The lines at that time of day."""
        return next((choice for hours, choice in self.by_hours if holds(hours, time)), self.always)


@dataclass(frozen=True, slots=True)
class Digital:
    """A number that is a trunk's, its own or one for dialling in."""

    number: str
    trunk: TrunkPlan


@dataclass(frozen=True, slots=True)
class Stands:
    """A number that stands for others: 400, 800, a short code."""

    number: str
    table: ServiceNumberTable

    @property
    def payer(self) -> Literal["caller", "called", "shared"]:
        """Who pays: of a 400 both, of an 800 the called party, unless the table says otherwise."""
        if self.table.pays is not None:
            return self.table.pays
        return "shared" if self.number[:3] == "400" else "called" if self.number[:3] == "800" else "caller"

    @property
    def mobiles(self) -> bool:
        """Whether it is open to mobiles: an 800 is not, unless the table says so."""
        return self.number[:3] != "800" if self.table.mobiles is None else self.table.mobiles


Behind = OneLine | Many | Digital | Stands


class Plan:
    """The tables of a configuration. Raises UsageError for one without `[access]`."""

    def __init__(self, config: BenchConfig) -> None:
        if config.access is None:
            raise UsageError(
                f"{config.source} has no [access] plan: there is nothing to accept; "
                "`trunkbench services` explains the tables that it may have"
            )
        self.access: AccessConfig = config.access
        self.area = config.access.area
        self.starts = time_of_day(config.access.starts)
        self.lines = {number: LinePlan(number, use) for number, use in self.access.line_uses().items()}
        self.trunks: list[TrunkPlan] = []
        self.forwardings: dict[str, ForwardingTable] = {
            digits(entry.number): entry for entry in self.access.forwarding
        }
        self._entries: dict[str, Behind] = {}
        self._read({span.name: len(span.slots) for span in config.spans})

    def _read(self, slots: dict[str, int]) -> None:
        for one in self.access.one_number:
            order = _ORDERS[one.distribution]
            by_hours = tuple((at.hours, self._choice(at.lines, order)) for at in one.at)
            self._add(Many(digits(one.number), self._choice(one.lines, order), by_hours, virtual=True))
        for group in self.access.analog_group:
            lines = (group.pilot, *group.members)
            self._add(Many(digits(group.pilot), self._choice(lines, group.hunting)))
        for table in self.access.digital_trunk:
            leased = sum(
                len(each.channels)
                for each in self.access.leased
                if each.span in table.spans and holds(each.hours, self.starts)
            )
            channels = sum(slots[name] for name in table.spans) - leased
            owns = tuple(map(digits, table.owns))
            number, use = digits(table.number), Use(table.use)
            trunk = TrunkPlan(number, table.spans, channels, use, table.signalling, owns)
            self.trunks.append(trunk)
            for each in (number, *owns):
                if each == number or (each not in self._entries and each not in self.lines):
                    self._add(Digital(each, trunk))
        for mobile in self.access.mobile:
            line = self.lines[digits(mobile.line)]
            self._add(OneLine(digits(mobile.number), line, True, mobile.reachable))
        for service in self.access.service_number:
            self._add(Stands(digits(service.number), service))

    def _add(self, entry: Behind) -> None:
        self._entries[entry.number] = entry

    def _choice(self, numbers: tuple[str, ...], order: Order) -> Choice:
        return Choice(tuple(self.lines[digits(number)] for number in dict.fromkeys(numbers)), order)

    def find(self, dialled: str) -> Behind | None:
        """What is behind a number, with or without the area's code; None for a number that nobody has."""
        for number in (dialled, self.area + dialled, dialled.removeprefix(self.area)):
            if number in self._entries:
                return self._entries[number]
            if number in self.lines:
                return OneLine(number, self.lines[number])
        return None

    def pools(self) -> Iterator[Choice]:
        """The lines that ring together, group by group."""
        for entry in self._entries.values():
            if isinstance(entry, Many):
                for choice in (entry.always, *(choice for _hours, choice in entry.by_hours)):
                    if choice.order == "simultaneous":
                        yield choice

    def virtual(self) -> list[str]:
        """The numbers that no line and no trunk has, so that no call may ever show them."""
        entries = self._entries.values()
        return [
            entry.number
            for entry in entries
            if isinstance(entry, Stands) or (isinstance(entry, Many) and entry.virtual)
        ]

    def lines_behind(self, number: str, *, sent_on: bool = True) -> list[LinePlan]:
        """The lines that a call to the number can ring, with those that calls are `sent_on` to."""
        found: dict[LinePlan, None] = {}
        for entry in self._reached(number, sent_on, set()):
            if isinstance(entry, OneLine):
                found[entry.line] = None
            elif isinstance(entry, Many):
                for choice in (entry.always, *(choice for _hours, choice in entry.by_hours)):
                    found |= dict.fromkeys(choice.lines)
        return list(found)

    def trunks_behind(self, number: str, *, sent_on: bool = True) -> list[TrunkPlan]:
        """The digital trunks that a call to the number can go to."""
        entries = self._reached(number, sent_on, set())
        return list(dict.fromkeys(entry.trunk for entry in entries if isinstance(entry, Digital)))

    def timers(self, number: str) -> list[Tick]:
        """After how long without an answer a call to the number is tried elsewhere."""
        found: list[Tick] = []
        for entry in self._reached(number, True, set()):
            if isinstance(entry, Stands) and entry.table.no_answer_after is not None:
                found.append(entry.table.no_answer_after)
            forwarding = self.forwardings.get(entry.number)
            if forwarding is not None and forwarding.no_answer is not None:
                found.append(forwarding.after)
        return found

    def _reached(self, number: str, sent_on: bool, seen: set[str]) -> Iterator[Behind]:
        entry = self.find(number)
        if entry is None or entry.number in seen:
            return
        seen.add(entry.number)
        yield entry
        onward = [digits(to.number) for to in entry.table.to] if isinstance(entry, Stands) else []
        forwarding = self.forwardings.get(entry.number) if sent_on else None
        if forwarding is not None:
            ways = (forwarding.unconditional, forwarding.busy, forwarding.no_answer)
            onward += [digits(to) for to in ways if to is not None]
        for each in onward:
            yield from self._reached(each, sent_on, seen)
