"""`[access]` of a bench's configuration: the numbers people can dial, a table for each service.

The structs are the definition of the tables; `build_network` makes the exchange's model of them. Numbers may
be written with dashes and spaces ("028-86082660").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Literal

import msgspec

from trunkbench.access.hunting import Group, Hunting, RingingPool
from trunkbench.access.lines import Line, Trunk, Use
from trunkbench.access.network import HOPS, Forwarding, Network
from trunkbench.access.services import (
    DAY,
    Destination,
    DigitalTrunk,
    Hours,
    LineGroup,
    Mobile,
    Service,
    Translated,
)
from trunkwire.ticks import SECOND, Tick

NumberText = Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9][0-9 -]*$")]
HoursText = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
AreaText = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+$")]
DurationText = Annotated[Tick, msgspec.Meta(description="a duration as text")]
_Share = Annotated[int, msgspec.Meta(ge=0, le=100)]
_Pays = Literal["caller", "called", "shared"]

_HUNTING: Mapping[str, Hunting] = {
    "order": "linear",
    "rotating": "circular",
    "simultaneous": "simultaneous",
}


def digits(number: str) -> str:
    """The number as it is dialled, without dashes and spaces."""
    return re.sub(r"[ -]", "", number)


class LineTable(msgspec.Struct, frozen=True):
    """`[[access.line]]`: an analog line that has something to say about itself; others need no table."""

    number: NumberText
    use: Literal["incoming", "outgoing", "bothway"] = "bothway"


class FixedLineTable(msgspec.Struct, frozen=True):
    """`[[access.fixed_line]]`: one number, one line."""

    number: NumberText
    use: Literal["incoming", "outgoing", "bothway"] = "bothway"


class AtTable(msgspec.Struct, frozen=True):
    """`[[access.one_number.at]]`: other lines at certain hours."""

    hours: HoursText
    lines: tuple[NumberText, ...]


class OneNumberTable(msgspec.Struct, frozen=True):
    """`[[access.one_number]]`: a virtual number with lines bound to it (一号通)."""

    number: NumberText
    lines: Annotated[tuple[NumberText, ...], msgspec.Meta(min_length=1)]
    distribution: Literal["order", "rotating", "simultaneous"] = "order"
    at: tuple[AtTable, ...] = ()


class AnalogGroupTable(msgspec.Struct, frozen=True):
    """`[[access.analog_group]]`: a pilot number, itself a line, and its members."""

    pilot: NumberText
    members: Annotated[tuple[NumberText, ...], msgspec.Meta(min_length=1)]
    hunting: Hunting = "linear"


class DigitalTrunkTable(msgspec.Struct, frozen=True):
    """`[[access.digital_trunk]]`: a number on the spans named; thirty calls at once on an E1."""

    number: NumberText
    spans: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    signalling: Literal["pri", "r2"] = "pri"
    """R2 can be planned and simulated; the bench does not play it yet, and nobody is reached by it."""
    use: Literal["incoming", "outgoing", "bothway"] = "bothway"
    owns: tuple[NumberText, ...] = ()
    """Further numbers that may be shown on its calls."""


class ToTable(msgspec.Struct, frozen=True):
    """`[[access.service_number.to]]`: a number that calls are translated to."""

    number: NumberText
    share: _Share = 0
    areas: tuple[AreaText, ...] = ()
    hours: HoursText | None = None


class ServiceNumberTable(msgspec.Struct, frozen=True):
    """`[[access.service_number]]`: 400, 800 and short codes. Without `pays` and `mobiles` the number decides:
    400 shares the cost, 800 is paid by the called party and cannot be reached from mobiles."""

    number: NumberText
    to: Annotated[tuple[ToTable, ...], msgspec.Meta(min_length=1)]
    pays: _Pays | None = None
    mobiles: bool | None = None
    no_answer_after: DurationText | None = None
    short: bool = False
    """A short code: three to eight digits that begin with 1 or 9."""


class MobileTable(msgspec.Struct, frozen=True):
    """`[[access.mobile]]`: a mobile number that a device turns into a wired line."""

    number: NumberText
    line: NumberText
    reachable: bool = True


class ForwardingTable(msgspec.Struct, frozen=True):
    """`[[access.forwarding]]`: where the calls of a number are sent on to."""

    number: NumberText
    unconditional: NumberText | None = None
    busy: NumberText | None = None
    no_answer: NumberText | None = None
    after: DurationText = 20 * SECOND


class LeasedTable(msgspec.Struct, frozen=True):
    """`[[access.leased]]`: timeslots of a span, connected for data permanently or at certain hours."""

    span: str
    channels: Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=31)], ...], msgspec.Meta(min_length=1)]
    hours: HoursText | None = None
    """Semi-permanent: only then; without it for good."""


class AccessConfig(msgspec.Struct, frozen=True):
    """`[access]`: the public exchange and its numbers."""

    area: Annotated[str, msgspec.Meta(pattern=r"^[0-9]*$")] = ""
    """The exchange's area code with its prefix ("028"): within it numbers can be dialled without."""
    country: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")] = "CN"
    """Whose numbering plan tells what a number looks like: two letters (ISO 3166-1)."""
    starts: Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "10:00"
    """The time of day at which line time begins."""
    hops: Annotated[int, msgspec.Meta(ge=0, le=20)] = HOPS
    foreign_number: Literal["replace", "bar", "pass"] = "replace"
    """What happens to a calling number that a trunk does not own."""
    line: tuple[LineTable, ...] = ()
    fixed_line: tuple[FixedLineTable, ...] = ()
    one_number: tuple[OneNumberTable, ...] = ()
    analog_group: tuple[AnalogGroupTable, ...] = ()
    digital_trunk: tuple[DigitalTrunkTable, ...] = ()
    service_number: tuple[ServiceNumberTable, ...] = ()
    mobile: tuple[MobileTable, ...] = ()
    forwarding: tuple[ForwardingTable, ...] = ()
    leased: tuple[LeasedTable, ...] = ()

    def numbers(self) -> Iterator[tuple[str, str]]:
        """(key path, number) of everything that can be dialled as a service."""
        for index, fixed in enumerate(self.fixed_line):
            yield f"fixed_line[{index}].number", digits(fixed.number)
        for index, one in enumerate(self.one_number):
            yield f"one_number[{index}].number", digits(one.number)
        for index, group in enumerate(self.analog_group):
            yield f"analog_group[{index}].pilot", digits(group.pilot)
        for index, trunk in enumerate(self.digital_trunk):
            yield f"digital_trunk[{index}].number", digits(trunk.number)
        for index, service in enumerate(self.service_number):
            yield f"service_number[{index}].number", digits(service.number)
        for index, mobile in enumerate(self.mobile):
            yield f"mobile[{index}].number", digits(mobile.number)

    def local(self, number: str) -> str:
        """The number as it is dialled within the area: with the area's code and without it is the same."""
        return number.removeprefix(self.area) or number

    def line_numbers(self) -> Iterator[tuple[str, str]]:
        """(key path, number) of every analog line, wherever a table names it."""
        for index, line in enumerate(self.line):
            yield f"line[{index}].number", digits(line.number)
        for index, fixed in enumerate(self.fixed_line):
            yield f"fixed_line[{index}].number", digits(fixed.number)
        for index, one in enumerate(self.one_number):
            for number in one.lines:
                yield f"one_number[{index}].lines", digits(number)
            for n, at in enumerate(one.at):
                for number in at.lines:
                    yield f"one_number[{index}].at[{n}].lines", digits(number)
        for index, group in enumerate(self.analog_group):
            yield f"analog_group[{index}].pilot", digits(group.pilot)
            for number in group.members:
                yield f"analog_group[{index}].members", digits(number)
        for index, mobile in enumerate(self.mobile):
            yield f"mobile[{index}].line", digits(mobile.line)

    def line_uses(self) -> dict[str, Use]:
        """Every analog line that some table names, by its number, and which calls it carries."""
        named = [digits(number) for one in self.one_number for number in one.lines]
        named += [digits(number) for one in self.one_number for at in one.at for number in at.lines]
        for group in self.analog_group:
            named += [digits(group.pilot), *(digits(number) for number in group.members)]
        named += [digits(mobile.line) for mobile in self.mobile]
        uses = dict.fromkeys(named, Use.BOTHWAY)
        uses |= {digits(line.number): Use(line.use) for line in self.line}
        return uses | {digits(fixed.number): Use(fixed.use) for fixed in self.fixed_line}

    def spelled_alike(self) -> AccessConfig:
        """The same plan with every number written as where it stands first, the services' own numbers before
        all: what names a number with the area's code and without it then means the same one."""
        spelling: dict[str, str] = {}
        named = [number for _path, number in (*self.numbers(), *self.line_numbers())]
        for number in (*named, *(digits(number) for trunk in self.digital_trunk for number in trunk.owns)):
            spelling.setdefault(self.local(number), number)

        def alike(number: str) -> str:
            return spelling.get(self.local(digits(number)), number)

        def all_alike(numbers: Iterable[str]) -> tuple[str, ...]:
            return tuple(alike(number) for number in numbers)

        def way(number: str | None) -> str | None:
            return None if number is None else alike(number)

        new = msgspec.structs.replace
        return new(
            self,
            line=tuple(new(line, number=alike(line.number)) for line in self.line),
            one_number=tuple(
                new(
                    one,
                    lines=all_alike(one.lines),
                    at=tuple(new(at, lines=all_alike(at.lines)) for at in one.at),
                )
                for one in self.one_number
            ),
            analog_group=tuple(new(group, members=all_alike(group.members)) for group in self.analog_group),
            digital_trunk=tuple(new(trunk, owns=all_alike(trunk.owns)) for trunk in self.digital_trunk),
            service_number=tuple(
                new(table, to=tuple(new(to, number=alike(to.number)) for to in table.to))
                for table in self.service_number
            ),
            mobile=tuple(new(mobile, line=alike(mobile.line)) for mobile in self.mobile),
            forwarding=tuple(
                new(
                    entry,
                    number=alike(entry.number),
                    unconditional=way(entry.unconditional),
                    busy=way(entry.busy),
                    no_answer=way(entry.no_answer),
                )
                for entry in self.forwarding
            ),
        )


# -- the model ---------------------------------------------------------------------------------------------


def build_network(config: AccessConfig, spans: Mapping[str, int]) -> Network:
    """The exchange's model; `spans` has the B channels of each span by its name."""
    lines = {number: Line(number, use) for number, use in config.line_uses().items()}
    services: dict[str, Service] = {}

    def behind(numbers: tuple[str, ...], hunting: Hunting) -> Group | RingingPool:
        chosen = [lines[digits(number)] for number in dict.fromkeys(numbers)]
        return RingingPool(chosen) if hunting == "simultaneous" else Group(chosen, hunting)

    for one in config.one_number:
        hunting = _HUNTING[one.distribution]
        by_hours = tuple((hours_of(at.hours), behind(at.lines, hunting)) for at in one.at)
        number = digits(one.number)
        services[number] = LineGroup(number, behind(one.lines, hunting), True, by_hours)
    for group in config.analog_group:
        number = digits(group.pilot)
        services[number] = LineGroup(number, behind((number, *group.members), group.hunting), False)
    for table in config.digital_trunk:
        number = digits(table.number)
        channels = sum(spans[name] for name in table.spans)
        nailed = nailed_up(config, table.spans, time_of_day(config.starts))
        owned = frozenset(map(digits, table.owns))
        name = ", ".join(table.spans)
        trunk = Trunk(number, name, channels, Use(table.use), owned, nailed, table.signalling)
        services[number] = DigitalTrunk(trunk)
        services |= {
            direct: DigitalTrunk(trunk, direct) for direct in sorted(owned - services.keys() - lines.keys())
        }
    for mobile in config.mobile:
        number = digits(mobile.number)
        services[number] = Mobile(number, lines[digits(mobile.line)], mobile.reachable)
    for service in config.service_number:
        number = digits(service.number)
        services[number] = _translated(number, service)
    return Network(
        services,
        lines,
        forwardings={digits(entry.number): _forwarding(entry) for entry in config.forwarding},
        area=config.area,
        hops=config.hops,
        midnight=-time_of_day(config.starts),
        foreign=config.foreign_number,
    )


def nailed_up(config: AccessConfig, spans: Collection[str], at: Tick) -> int:
    """How many channels of those spans are connected for data at that time of day."""
    return sum(
        len(leased.channels)
        for leased in config.leased
        if leased.span in spans and (leased.hours is None or hours_of(leased.hours).holds(at))
    )


def _translated(number: str, table: ServiceNumberTable) -> Translated:
    tos = tuple(
        Destination(digits(to.number), to.share, to.areas, None if to.hours is None else hours_of(to.hours))
        for to in table.to
    )
    pays = table.pays or {"400": "shared", "800": "called"}.get(number[:3], "caller")
    mobiles = not number.startswith("800") if table.mobiles is None else table.mobiles
    return Translated(number, tos, pays, table.no_answer_after, mobiles)  # type: ignore[arg-type]


def _forwarding(table: ForwardingTable) -> Forwarding:
    def plain(number: str | None) -> str | None:
        return None if number is None else digits(number)

    return Forwarding(plain(table.unconditional), plain(table.busy), plain(table.no_answer), table.after)


def time_of_day(text: str) -> Tick:
    """Ticks since midnight of "09:30"."""
    hours, _, minutes = text.partition(":")
    return (int(hours) * 60 + int(minutes)) * 60 * SECOND


def hours_of(text: str) -> Hours:
    """The hours of "09:00-17:30"; "24:00" is the end of the day."""
    begin, _, end = text.partition("-")
    return Hours(time_of_day(begin), min(time_of_day(end), DAY))
