"""What the tables of `[access]` say against each other: told with key path and remedy, before anything runs.

A number written with and without the code of the exchange's area is one number in every check.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence

from trunkbench.access.config import AccessConfig, ServiceNumberTable, digits, hours_of
from trunkbench.emergency import EMERGENCY_NUMBERS

_WITHOUT_LINE = {
    "one_number": "a one-number service",
    "digital_trunk": "a digital trunk",
    "service_number": "a service number",
    "mobile": "a mobile",
}
"""The tables whose numbers no analog line has, and what they are; a fixed line and a pilot are lines."""

_VIRTUAL = ("one_number", "service_number")
_OUTSIDE = "a number outside can stand in the plan as [[access.fixed_line]] or [[access.mobile]]"


def plan_contradictions(access: AccessConfig, spans: Mapping[str, int]) -> Iterator[str]:
    """A sentence for each contradiction; `spans` has the B channels of each span by its name."""
    services = {access.local(number): path for path, number in reversed([*access.numbers()])}
    yield from _taken_twice(access)
    yield from _lines_that_are_none(access, services)
    yield from _groups(access, services)
    yield from _uses(access)
    yield from _trunks(access, services, spans)
    yield from _hours(access)
    yield from _dead_ends(access, services)
    yield from _forwardings(access)
    for index, service in enumerate(access.service_number):
        yield from _service(f"service_number[{index}]", service)
    yield from _circles(access)
    for index, leased in enumerate(access.leased):
        if leased.span not in spans:
            yield f"leased[{index}].span: there is no span {leased.span!r}"


def _taken_twice(access: AccessConfig) -> Iterator[str]:
    """Numbers of several services, and those that nobody may have."""
    holders: dict[str, list[str]] = {}
    for path, number in access.numbers():
        holders.setdefault(access.local(number), []).append(path)
    for path, number in access.numbers():
        sharing = holders[access.local(number)]
        if len(sharing) > 1:
            others = ", ".join(other for other in sharing if other != path)
            yield f"{path}: {number} belongs to {len(sharing)} services ({others} too); a number has one"
    owned = (
        (f"digital_trunk[{index}].owns", digits(number))
        for index, trunk in enumerate(access.digital_trunk)
        for number in trunk.owns
    )
    for path, number in dict.fromkeys((*access.numbers(), *access.line_numbers(), *owned)):
        if access.local(number) in EMERGENCY_NUMBERS:
            yield f"{path}: {number} is an emergency number; choose another"


def _lines_that_are_none(access: AccessConfig, services: Mapping[str, str]) -> Iterator[str]:
    """Lines with the number of something that is no line: a call to it could not tell which is meant."""
    for path, number in dict.fromkeys(access.line_numbers()):
        holder = services.get(access.local(number), "")
        kind = holder.partition("[")[0]
        if kind not in _WITHOUT_LINE:
            continue
        if kind == "one_number" and path.startswith(holder.removesuffix("number")):
            yield f"{path}: {number} is the virtual number itself; bind lines with numbers of their own"
        else:
            what = f"{_WITHOUT_LINE[kind]} ({holder})"
            yield f"{path}: {number} is the number of {what}; a line needs a number of its own"


def _groups(access: AccessConfig, services: Mapping[str, str]) -> Iterator[str]:
    """Lists with a line twice, and members that are pilots: who dials a member must not hunt."""
    for index, one in enumerate(access.one_number):
        yield from _repeated(access, f"one_number[{index}].lines", one.lines)
        for n, at in enumerate(one.at):
            yield from _repeated(access, f"one_number[{index}].at[{n}].lines", at.lines)
    for index, group in enumerate(access.analog_group):
        path = f"analog_group[{index}]"
        yield from _repeated(access, f"{path}.members", group.members)
        for number in dict.fromkeys(group.members):
            holder = services.get(access.local(digits(number)), "")
            if access.local(digits(number)) == access.local(digits(group.pilot)):
                yield f"{path}.members: {number} is the pilot, a line of the group already; leave it out"
            elif holder.startswith("analog_group["):
                yield f"{path}.members: {number} is another group's pilot ({holder}); a member never hunts"


def _repeated(access: AccessConfig, path: str, numbers: Sequence[str]) -> Iterator[str]:
    for number, times in Counter(access.local(digits(number)) for number in numbers).items():
        if times > 1:
            yield f"{path}: line {number} stands here {times} times; name it once"


def _uses(access: AccessConfig) -> Iterator[str]:
    """Lines of which two tables speak."""
    told = {access.local(digits(fixed.number)): fixed.use for fixed in access.fixed_line}
    paths = {
        access.local(digits(fixed.number)): f"fixed_line[{n}]" for n, fixed in enumerate(access.fixed_line)
    }
    for index, line in enumerate(access.line):
        number = access.local(digits(line.number))
        if paths.get(number, "").startswith("line["):
            yield f"line[{index}].number: {paths[number]} speaks of line {line.number} already; keep one"
        elif told.get(number, line.use) != line.use:
            yield f"line[{index}].use: {line.use!r}, but {paths[number]} says {told[number]!r}; keep one"
        told.setdefault(number, line.use)
        paths.setdefault(number, f"line[{index}]")


def _trunks(access: AccessConfig, services: Mapping[str, str], spans: Mapping[str, int]) -> Iterator[str]:
    """Spans that are not there or carry two trunks, and virtual numbers among those that calls may show."""
    carried: dict[str, str] = {}
    for index, trunk in enumerate(access.digital_trunk):
        path = f"digital_trunk[{index}]"
        for name in trunk.spans:
            if name not in spans:
                yield f"{path}.spans: there is no span {name!r}"
            elif carried.get(name) == path:
                yield f"{path}.spans: span {name!r} stands here twice; name it once"
            elif name in carried:
                remedy = f"name further numbers under {carried[name]}.owns, or give this trunk another span"
                yield f"{path}.spans: span {name!r} carries {carried[name]} already; {remedy}"
            carried.setdefault(name, path)
        for number in dict.fromkeys(trunk.owns):
            holder = services.get(access.local(digits(number)), "")
            kind = holder.partition("[")[0]
            if kind in _VIRTUAL:
                what = f"{_WITHOUT_LINE[kind]} ({holder})"
                yield f"{path}.owns: {number} is the number of {what}, which no call ever shows; leave it out"


def _hours(access: AccessConfig) -> Iterator[str]:
    """Hours that never hold."""
    given = [
        (f"one_number[{index}].at[{n}].hours", at.hours)
        for index, one in enumerate(access.one_number)
        for n, at in enumerate(one.at)
    ]
    given += [
        (f"service_number[{index}].to[{n}].hours", to.hours)
        for index, service in enumerate(access.service_number)
        for n, to in enumerate(service.to)
        if to.hours is not None
    ]
    for path, text in given:
        hours = hours_of(text)
        if hours.begin == hours.end:
            yield f'{path}: {text} is no time at all; the whole day is "00:00-24:00"'


def _dead_ends(access: AccessConfig, services: Mapping[str, str]) -> Iterator[str]:
    """Numbers that nobody has."""
    known = {*services, *(access.local(number) for _path, number in access.line_numbers())}
    known |= {access.local(digits(number)) for trunk in access.digital_trunk for number in trunk.owns}
    onward = [
        (f"service_number[{index}].to[{n}].number", to.number)
        for index, service in enumerate(access.service_number)
        for n, to in enumerate(service.to)
    ]
    for index, entry in enumerate(access.forwarding):
        path = f"forwarding[{index}]"
        if access.local(digits(entry.number)) not in known:
            yield f"{path}.number: nobody has the number {entry.number}; forward one that has a table"
        ways = (("unconditional", entry.unconditional), ("busy", entry.busy), ("no_answer", entry.no_answer))
        onward += [(f"{path}.{key}", to) for key, to in ways if to is not None]
    for path, number in onward:
        if access.local(digits(number)) not in known:
            yield f"{path}: nobody has the number {number}; {_OUTSIDE}"


def _forwardings(access: AccessConfig) -> Iterator[str]:
    """Entries that say nothing, or of a number that has one. Circles are no contradiction: the exchange ends
    them."""
    seen: dict[str, int] = {}
    for index, entry in enumerate(access.forwarding):
        if entry.unconditional is entry.busy is entry.no_answer is None:
            yield f"forwarding[{index}]: give unconditional, busy or no_answer"
        first = seen.setdefault(access.local(digits(entry.number)), index)
        if first != index:
            yield f"forwarding[{index}].number: {entry.number} has forwarding[{first}] already; make it one"


def _service(path: str, service: ServiceNumberTable) -> Iterator[str]:
    number = digits(service.number)
    if service.short and not re.fullmatch(r"[19]\d{2,7}", number):
        yield f"{path}.number: a short code has three to eight digits and begins with 1 or 9, not {number}"
    shares = [to.share for to in service.to]
    if any(shares) and (not all(shares) or sum(shares) != 100):
        yield f"{path}.to: shares are percentages: one for each destination, 100 together, not {sum(shares)}"


def _circles(access: AccessConfig) -> Iterator[str]:
    """Service numbers that are translated to themselves, at once or through others; a circle is told once."""
    paths = {access.local(digits(table.number)): n for n, table in enumerate(access.service_number)}
    onward = {
        number: [access.local(digits(to.number)) for to in access.service_number[n].to]
        for number, n in paths.items()
    }
    told: set[str] = set()
    for number, n in paths.items():
        circle = () if number in told else _way_back(number, onward)
        if circle:
            told |= {*circle}
            way = " → ".join(circle)
            first = onward[number].index(circle[1])
            yield (
                f"service_number[{n}].to[{first}].number: leads back to {number} ({way}); "
                "translate it to a line, a group or a trunk"
            )


def _way_back(number: str, onward: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The shortest way from a number through translations to itself; () when there is none."""
    seen: set[str] = set()
    ways: deque[tuple[str, ...]] = deque([(number,)])
    while ways:
        way = ways.popleft()
        for following in onward.get(way[-1], ()):
            if following == number:
                return (*way, number)
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return ()
