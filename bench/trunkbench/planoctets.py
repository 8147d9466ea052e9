"""Every bit of a declared layout as a named value, both ways: for packet tools that edit and rebuild frames.

`trunkwire`'s own views leave out what carries no meaning (extension bits, spare bits, markers) and refuse
what does not fit. Here all of it has a name, and octets that do not fit are kept, so that `write` gives back
any octets that `read` was given, and whatever else the values are made to say.

Names beside those of the declared fields: `ext_3` the extension bit of octet 3 (0: another octet follows),
`spare_3` its spare bits, `mark_3` the bits that identify it, `undeclared_3` extension octets that its group
does not declare, `trailing` octets behind the layout.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Any

from trunkwire.codec.layout import Item, Octet, Plan, Run
from trunkwire.codec.primitives import Counted, Each, Fixed, IfMore, Marked, Number, Septets, When
from trunkwire.codec.septets import read_septets, write_septets

Values = dict[str, Any]

MORE = 0x80
"""Octets below have extension bit 0."""


def label(item: Item) -> str:
    """The octet's label as part of a name: "5b/v110" is 5b_v110."""
    return item.label.replace("/", "_").replace(".", "_")


def named_masks(item: Octet) -> Iterator[tuple[str, int]]:
    """(name, mask) of everything in an octet that is no declared field."""
    if item.extension:
        yield f"ext_{label(item)}", MORE
    mark = item.presence
    if isinstance(mark, Marked | Fixed):
        yield f"mark_{label(item)}", _marked(mark)
    if item.spare:
        yield f"spare_{label(item)}", item.spare


def undeclared(item: Item) -> str:
    """The name of the extension octets behind the item's group."""
    return f"undeclared_{label(item)}"


def _marked(mark: Marked | Fixed) -> int:
    return (1 << mark.high) - (1 << mark.low - 1)


def _lowest(mask: int) -> int:
    """The place of the lowest bit of a mask."""
    return (mask & -mask).bit_length() - 1


class _Reader:
    """One pass over octets by a plan."""

    def __init__(self, plan: Plan, body: bytes) -> None:
        self.plan, self.body = plan, body
        self.at = 0
        self.values: Values = {}
        self.last: Octet | None = None
        """The octet read last, if its extension bit says that more follow."""

    def run(self) -> Values:
        group = ""
        for item in self.plan.items:
            if item.group != group:
                self.beyond()
                group = item.group
            if not self.present(item):
                continue
            if not (self.octet(item) if isinstance(item, Octet) else self.run_of(item)):
                break
        self.beyond()
        if self.at < len(self.body):
            self.values["trailing"] = self.body[self.at :]
        return self.values

    def present(self, item: Item) -> bool:
        if isinstance(item, Octet) and item.position:
            if self.last is None or self.last.position + 1 != item.position:
                return False
            return not isinstance(item.presence, When) or item.presence.holds(self.values)
        wanted = item.presence
        if isinstance(wanted, When):
            return wanted.holds(self.values)
        if isinstance(wanted, IfMore):
            return self.at < len(self.body)
        if isinstance(wanted, Marked):
            held = self.body[self.at : self.at + 1]
            return bool(held) and held[0] & _marked(wanted) == wanted.value << wanted.low - 1
        return True

    def octet(self, item: Octet) -> bool:
        if self.at >= len(self.body):
            return False
        octet = self.body[self.at]
        if isinstance(item.presence, Fixed):
            mark = item.presence
            if octet & _marked(mark) != mark.value << mark.low - 1:
                return False
        self.at += 1
        for field, shift, mask in item.fields:
            self.values[field.name] = (octet & mask) >> shift
        for name, mask in named_masks(item):
            self.values[name] = (octet & mask) >> _lowest(mask)
        self.last = item if item.extension and octet < MORE else None
        return True

    def beyond(self) -> None:
        """Extension octets that the group does not declare."""
        if self.last is None:
            return
        end = self.at
        while end < len(self.body) and self.body[end] < MORE:
            end += 1
        octets = self.body[self.at : end + 1]
        if octets:
            self.values[undeclared(self.last)] = octets
        self.at += len(octets)
        self.last = None

    def run_of(self, item: Run) -> bool:
        rest = self.body[self.at :]
        place = item.field.place
        whole = True
        if isinstance(place, Each):
            end = next((n + 1 for n, octet in enumerate(rest) if octet >= MORE), len(rest))
            rest = rest[:end]
        elif isinstance(place, Number):
            whole = len(rest) >= place.octets
            rest = rest[: place.octets]
        elif isinstance(place, Counted):
            count = max(0, self.values.get(place.by, 0) - place.less)
            whole = len(rest) >= count
            rest = rest[:count]
        elif isinstance(place, Septets):
            try:
                rest = rest[: read_septets(rest, 0, place.octets, place.limit)[1]]
            except IndexError:
                whole = False
        if not whole and isinstance(place, Number | Septets):
            return False
        self.at += len(rest)
        self.values[item.field.name] = shown(item, rest)
        return whole


def shown(item: Run, octets: bytes) -> Any:
    """The value of a run: a number or a list of numbers if that says all, else its octets."""
    place = item.field.place
    value: Any = octets
    if isinstance(place, Number):
        value = int.from_bytes(octets, "big")
    elif isinstance(place, Each):
        value = [octet & MORE - 1 for octet in octets]
    elif isinstance(place, Septets):
        value = read_septets(octets, 0, place.octets, place.limit)[0]
    return value if written(item, value) == octets else octets


def written(item: Run, value: Any) -> bytes:
    """The octets of a run's value. Raises ValueError for a number that does not fit."""
    place = item.field.place
    if isinstance(value, str):
        return value.encode("latin-1")
    if isinstance(place, Each) and isinstance(value, tuple | list):
        octets = bytearray(number % MORE for number in value)
        if octets:
            octets[-1] |= MORE
        return bytes(octets)
    if isinstance(place, Number) and isinstance(value, int):
        try:
            return value.to_bytes(place.octets, "big")
        except OverflowError:
            raise ValueError(f"{item.field.name}: {value} does not fit {place.octets} octets") from None
    if isinstance(place, Septets) and isinstance(value, int):
        return write_septets(value, place.octets, place.limit)
    return bytes(value)


def read(plan: Plan, body: bytes) -> Values:
    """Everything in `body` by name; what is absent has no name in the result. Never raises."""
    return _Reader(plan, body).run()


def write(plan: Plan, values: Mapping[str, Any]) -> bytes:
    """The octets that the values say; an octet is there if any of its names has a value that is not None.

    Extension bits that are not given are set as the octets behind them ask for. Bits that do not fit are cut
    off. Raises ValueError for a number of several octets that does not fit.
    """
    out = bytearray()
    items = plan.items
    for index, item in enumerate(items):
        if isinstance(item, Run):
            if values.get(item.field.name) is not None:
                out += written(item, values[item.field.name])
            continue
        if given(item, values):
            following = items[index + 1] if index + 1 < len(items) else None
            out.append(_octet(item, values, following))
        out += values.get(undeclared(item)) or b""
    return bytes(out + (values.get("trailing") or b""))


def given(item: Item, values: Mapping[str, Any]) -> bool:
    """Whether any part of the item has a value."""
    names = [item.field.name] if isinstance(item, Run) else [field.name for field, _, _ in item.fields]
    if isinstance(item, Octet):
        names += [name for name, _ in named_masks(item)]
    return any(values.get(name) is not None for name in names)


def _octet(item: Octet, values: Mapping[str, Any], following: Item | None) -> int:
    octet = 0
    for field, shift, mask in item.fields:
        octet |= int(values.get(field.name) or 0) << shift & mask
    for name, mask in named_masks(item):
        value = values.get(name)
        if value is None:
            value = item.fixed >> _lowest(mask) if name.startswith("mark_") else 0
            if name.startswith("ext_"):
                value = 0 if _extended(item, values, following) else 1
        octet |= int(value) << _lowest(mask) & mask
    return octet


def _extended(item: Octet, values: Mapping[str, Any], following: Item | None) -> bool:
    """Whether another octet of the group follows."""
    if values.get(undeclared(item)):
        return True
    lettered = isinstance(following, Octet) and following.position == item.position + 1
    return lettered and following is not None and following.group == item.group and given(following, values)


def default_of(item: Item, default: Any) -> Any:
    """The value of a field that is not given: None where the item may be absent, else the record's own
    `default`, else nothing or 0."""
    always = item.presence is None or isinstance(item.presence, Fixed)
    if not always or (isinstance(item, Octet) and item.position):
        return None
    if isinstance(default, int):
        return int(default)
    if isinstance(item, Run) and not isinstance(item.field.place, Number):
        return None if isinstance(item.field.place, Each | Septets) else b""
    return 0


def enumeration(members: tuple[Any, ...]) -> dict[int, str]:
    """The names of an enumeration's values."""
    return {int(member): member.name.lower() for member in members if isinstance(member, enum.IntEnum)}
