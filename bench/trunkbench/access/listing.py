"""The numbers of one configuration as a table: service, calls at once, what is behind, what it looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkbench.access.classify import INSTALL, Language, classify, is_installed
from trunkbench.access.config import AccessConfig, build_network, digits
from trunkbench.access.leasing import leases_on
from trunkbench.access.services import DigitalTrunk

if TYPE_CHECKING:
    from trunkbench.config import BenchConfig

MOST_SHOWN = 5
"""Lines behind a number that are named one by one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One number. `looks` is empty where nothing recognises it."""

    number: str
    service: str
    calls: int
    behind: str
    looks: str


def listed(config: BenchConfig, where: Language | None = None) -> list[Row]:
    """A row for every number that can be dialled: services first, then what trunks own besides their own
    number, then lines of their own.

    `where` asks for the place of each number, in that language.
    """
    access = config.access
    if access is None:
        return []
    network = build_network(access, {span.name: len(span.slots) for span in config.spans})
    behind = dict(_behind(config, access))
    rows = []
    for key, number in access.numbers():
        service = key.partition("[")[0].replace("_", " ")
        rows.append((number, service, network.promised(number), _shown(behind[number])))
    for table in access.digital_trunk:
        own = digits(table.number)
        for number in dict.fromkeys(map(digits, table.owns)):
            found = network.find(number)
            if isinstance(found, DigitalTrunk) and (found.direct, found.trunk.number) == (number, own):
                rows.append((number, "owned by a trunk", network.promised(number), own))
    told = {row[0] for row in rows}
    for number, line in sorted(network.lines.items()):
        if number not in told:
            rows.append((number, f"line, {line.use.value}", int(line.use.takes), ""))
    return [Row(*row, _looks(row[0], access, where)) for row in rows]


def leases_listed(config: BenchConfig) -> list[str]:
    """A line for every span with leased channels, such as "E1: timeslots 30, 31 for good"."""
    found = []
    for span in config.spans:
        leases = leases_on(config.access, span.name)
        by_hours: dict[str, list[str]] = {}
        for slot, hours in leases.hours.items():
            by_hours.setdefault("for good" if hours is None else hours.describe(), []).append(str(slot))
        for when, slots in by_hours.items():
            found.append(f"{span.name}: timeslot{'s' if len(slots) > 1 else ''} {', '.join(slots)} {when}")
    return found


def remark(rows: Sequence[Row]) -> str | None:
    """What to say of numbers that nothing recognised; None when there is nothing to be done."""
    if all(row.looks for row in rows) or is_installed():
        return None
    return f"not classified: {INSTALL} for the rest"


def _looks(number: str, access: AccessConfig, where: Language | None) -> str:
    known = classify(number, access.country, area=access.area, where=where)
    return "" if known is None else known.describe()


def _behind(config: BenchConfig, access: AccessConfig) -> Iterator[tuple[str, Sequence[str]]]:
    """(number, the lines, spans or numbers behind it) of each service."""
    for fixed in access.fixed_line:
        yield digits(fixed.number), ("a line",)
    for one in access.one_number:
        yield digits(one.number), [digits(line) for line in one.lines]
    for group in access.analog_group:
        yield digits(group.pilot), [digits(line) for line in (group.pilot, *group.members)]
    for trunk in access.digital_trunk:
        kinds = {span.name: span.of_kind.name.upper() for span in config.spans}
        yield digits(trunk.number), [f"span {name} ({kinds[name]})" for name in trunk.spans]
    for service in access.service_number:
        yield digits(service.number), [digits(to.number) for to in service.to]
    for mobile in access.mobile:
        yield digits(mobile.number), [f"a device on line {digits(mobile.line)}"]


def _shown(behind: Sequence[str]) -> str:
    more = f" and {len(behind) - MOST_SHOWN} more" if len(behind) > MOST_SHOWN else ""
    return ", ".join(behind[:MOST_SHOWN]) + more
