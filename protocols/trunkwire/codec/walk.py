"""Tolerant view of a layout: the plan walked octet by octet, each field with its value or its error.

Used for traces, and to say exactly what is wrong with octets or values that the generated code refused.
"""

from __future__ import annotations

from typing import Any

import msgspec

from trunkwire.codec.errors import DecodeError
from trunkwire.codec.layout import Item, Octet, Plan, Run
from trunkwire.codec.primitives import (
    Bits,
    Counted,
    Each,
    Fixed,
    IfMore,
    Marked,
    Number,
    Place,
    Septets,
    Slots,
    Text,
    When,
)
from trunkwire.codec.septets import read_septets
from trunkwire.codec.slots import decode_slots


class FieldView(msgspec.Struct, frozen=True):
    """One field as it was found.

    `offset` and `length` count octets, `octet` is the figure's label, `high` and `low` the bits within it (8
    and 1 for whole octets), `ws` Wireshark's field name ("" where it has none). `error` is "" for a field
    that could be read; else `value` holds the octets that are there (bytes, maybe empty).
    """

    name: str
    value: Any
    offset: int
    length: int = 1
    octet: str = ""
    high: int = 8
    low: int = 1
    ws: str = ""
    error: str = ""


class _Walk:
    """One pass over a body."""

    def __init__(self, plan: Plan, body: bytes, base: int) -> None:
        self.plan, self.body, self.base = plan, body, base
        self.at = 0
        self.continues = False
        self.position = 0
        self.values: dict[str, Any] = {}
        self.found: list[FieldView] = []

    def run(self) -> tuple[FieldView, ...]:
        group = ""
        for item in self.plan.items:
            if item.group != group:
                if not self.undeclared(group):
                    return tuple(self.found)
                group, self.continues = item.group, False
            if not self.present(item):
                continue
            if not (self.octet(item) if isinstance(item, Octet) else self.octets(item)):
                return tuple(self.found)
        if self.undeclared(group) and self.at < len(self.body):
            self.add("trailing", self.body[self.at :], len(self.body) - self.at)
        return tuple(self.found)

    def present(self, item: Item) -> bool:
        follows = self.continues and isinstance(item, Octet) and item.position == self.position + 1
        if isinstance(item, Octet) and item.position and not follows:
            return False
        wanted = item.presence
        if isinstance(wanted, When):
            return wanted.holds(self.values)
        if isinstance(wanted, IfMore):
            return self.at < len(self.body)
        if isinstance(wanted, Marked):
            mask = (1 << wanted.high) - (1 << wanted.low - 1)
            return self.at < len(self.body) and self.body[self.at] & mask == wanted.value << wanted.low - 1
        return True

    def add(
        self, name: str, value: Any, length: int, *, error: str = "", octet: str = "", ws: str = ""
    ) -> None:
        self.found.append(FieldView(name, value, self.base + self.at, length, octet, ws=ws, error=error))

    def octet(self, item: Octet) -> bool:
        if self.at >= len(self.body):
            for field, _, _ in item.fields:
                error = f"octet {item.label} is missing"
                self.add(field.name, b"", 0, error=error, octet=item.label, ws=field.place.ws)
            return False
        octet, offset = self.body[self.at], self.base + self.at
        mark = item.presence
        if isinstance(mark, Marked | Fixed):
            held = (octet & (1 << mark.high) - 1) >> mark.low - 1
            error = (
                "" if held == mark.value else f"bits {mark.high} to {mark.low} hold {held}, not {mark.value}"
            )
            if error or mark.ws:
                found = FieldView("mark", held, offset, 1, item.label, mark.high, mark.low, mark.ws, error)
                self.found.append(found)
            if error:
                return False
        for field, shift, mask in item.fields:
            place = field.place
            assert isinstance(place, Bits)
            value = self.values[field.name] = field.convert((octet & mask) >> shift)
            self.found.append(
                FieldView(field.name, value, offset, 1, item.label, place.high, place.low, place.ws)
            )
        if octet & item.spare:
            self.found.append(FieldView("spare", octet & item.spare, offset, 1, item.label))
        self.continues = item.extension and octet < 0x80
        self.position = item.position
        self.at += 1
        return True

    def undeclared(self, group: str) -> bool:
        """Read over extension octets that the layout does not declare; False when the body ends among
        them."""
        if not self.continues:
            return True
        self.continues = False
        end = self.at
        while end < len(self.body) and self.body[end] < 0x80:
            end += 1
        octets = self.body[self.at : end + 1]
        error = (
            ""
            if end < len(self.body)
            else f"octet {group}: the extension bit announces an octet that is missing"
        )
        self.add("undeclared", octets, len(octets), error=error, octet=group)
        self.at += len(octets)
        return not error

    def octets(self, item: Run) -> bool:
        place, name = item.field.place, item.field.name
        value, rest, error = self.value(place, item.label)
        self.values[name] = value
        self.add(name, rest if error else value, len(rest), error=error, octet=item.label, ws=place.ws)
        self.at += len(rest)
        return not error

    def value(self, place: Place, label: str) -> tuple[Any, bytes, str]:
        """(value, its octets, what is wrong) of a run that begins here."""
        rest = self.body[self.at :]
        if isinstance(place, Each | Septets):
            end = next((n for n, octet in enumerate(rest) if octet >= 0x80), len(rest) - 1) + 1
            rest = rest[:end]
            if not rest:
                return b"", rest, f"octet {label} is missing"
            if isinstance(place, Each):
                return tuple(octet & 0x7F for octet in rest), rest, ""
            try:
                return read_septets(rest, 0, place.octets, place.limit)[0], rest, ""
            except IndexError:
                return rest, rest, f"octet {label} is one of {len(rest)} octets, not of {place.octets}"
        if isinstance(place, Number):
            rest = rest[: place.octets]
            error = "" if len(rest) == place.octets else f"octet {label} is not whole"
            return int.from_bytes(rest, "big"), rest, error
        if isinstance(place, Counted):
            count = max(0, int(self.values[place.by]) - place.less)
            error = "" if len(rest) >= count else f"octet {label}: {count} octets announced, {len(rest)} left"
            rest = rest[:count]
            return rest.decode("latin-1") if place.text else rest, rest, error
        if isinstance(place, Text):
            return rest.decode("latin-1"), rest, ""
        if isinstance(place, Slots):
            try:
                return decode_slots(rest), rest, ""
            except DecodeError as refused:
                return rest, rest, refused.reason
        return rest, rest, ""


def walk(plan: Plan, body: bytes, base: int = 0) -> tuple[FieldView, ...]:
    """All fields of `body`, in wire order, with offsets counted from `base`. Never raises."""
    return _Walk(plan, body, base).run()


def misfit(plan: Plan, value: object) -> tuple[str, str] | None:
    """(field path, reason) for the first field of `value` that its layout has no room for; None if none is
    seen."""
    values = {field.name: getattr(value, field.name) for field in plan.fields}
    for item in plan.items:
        wanted = not isinstance(item.presence, When) or item.presence.holds(values)
        fields = [item.field] if isinstance(item, Run) else [field for field, _, _ in item.fields]
        given = [field for field in fields if values[field.name] is not None]
        for field in fields:
            where, held = f"{plan.name}.{field.name}", values[field.name]
            if held is not None and not wanted:
                return where, f"given, but octet {item.label} has no place beside the fields before it"
            if held is None and (given or (not field.optional and wanted)):
                return where, f"octet {item.label} needs it, and it is None"
            if held is None and isinstance(item.presence, When) and wanted and not _lettered(item):
                return where, f"octet {item.label} is called for by the fields before it, and it is None"
            if held is not None and (reason := _unfit(field.place, held, values)):
                return where, reason
        if given and _lettered(item) and not _predecessor_given(plan, item, values):
            return f"{plan.name}.{given[0].name}", f"octet {item.label} is given without the octet before it"
    return None


def _lettered(item: Item) -> bool:
    return isinstance(item, Octet) and item.position > 0


def _predecessor_given(plan: Plan, item: Item, values: dict[str, Any]) -> bool:
    assert isinstance(item, Octet)
    before = [
        other
        for other in plan.items
        if isinstance(other, Octet) and other.group == item.group and other.position == item.position - 1
    ]
    return any(values[field.name] is not None for other in before for field, _, _ in other.fields)


def _unfit(place: object, held: Any, values: dict[str, Any]) -> str:
    if isinstance(place, Bits):
        top = (1 << place.high - place.low + 1) - 1
        if not isinstance(held, int) or not 0 <= held <= top:
            return f"{held!r} is not an integer of 0 to {top}"
    elif isinstance(place, Each):
        if not held or not all(isinstance(n, int) and 0 <= n <= 127 for n in held):
            return f"{held!r} is not a tuple of one or more integers of 0 to 127"
    elif isinstance(place, Number):
        if not isinstance(held, int) or not 0 <= held < 256**place.octets:
            return f"{held!r} is not an integer of 0 to {256**place.octets - 1}"
    elif isinstance(place, Septets):
        if not isinstance(held, int) or held < 0 or (place.limit and held >= place.limit):
            return f"{held!r} is not an integer of 0 to {place.limit - 1 if place.limit else 'any size'}"
    elif isinstance(place, Counted) and len(held) != max(0, values[place.by] - place.less):
        return f"{len(held)} octets, where {place.by} says {max(0, values[place.by] - place.less)}"
    elif isinstance(place, Text) and not (isinstance(held, str) and all(ord(c) < 256 for c in held)):
        return f"{held!r} is not text of one octet a character"
    return ""
