"""The construct tree of a layout, made from the same plan: the declaration that the generated code must agree
with."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import construct as cs

from trunkwire.codec.errors import DecodeError
from trunkwire.codec.layout import Item, Octet, Plan, Record, Run
from trunkwire.codec.primitives import (
    Counted,
    Each,
    Fixed,
    IfMore,
    Marked,
    Number,
    Rest,
    Septets,
    Slots,
    Text,
    When,
)
from trunkwire.codec.slots import decode_slots, encode_slots

R = TypeVar("R", bound=Record)


class Tree(Generic[R]):
    """A construct `Struct` of the class, with the way from its containers to values and back.

    `struct` has one member an octet, "o" and its label ("o3", "o3a", "o5b_v110"), None where the octet is
    absent; runs go by their field's name.
    """

    def __init__(self, cls: type[R], plan: Plan) -> None:
        self.cls = cls
        self.plan = plan
        self.struct = _struct(plan)

    def parse(self, body: bytes) -> R:
        """The value in `body`; raises DecodeError when construct does not accept it."""
        try:
            container = self.struct.parse(body)
        except cs.ConstructError as error:
            raise DecodeError(self.plan.name, 0, str(error)) from None
        values = self._values(container)
        value = self.cls(**values)
        if self._build(values) != body:
            value = self.cls(received=body, **values)
        return value

    def build(self, value: R) -> bytes:
        """The octets that construct builds from the fields of `value`, whatever it was received as."""
        return self._build({field.name: getattr(value, field.name) for field in self.plan.fields})

    def _build(self, values: dict[str, Any]) -> bytes:
        return bytes(self.struct.build(self._container(values)))

    def _values(self, container: Any) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for item in self.plan.items:
            held = container[_member(item)]
            if isinstance(item, Run):
                values[item.field.name] = _from_run(item, held)
            else:
                for field, _, _ in item.fields:
                    values[field.name] = None if held is None else field.convert(int(held[field.name]))
        return values

    def _container(self, values: dict[str, Any]) -> dict[str, Any]:
        container: dict[str, Any] = {"trailing": b""}
        for item in self.plan.items:
            if isinstance(item, Run):
                container[_member(item)] = _to_run(item, values[item.field.name])
                continue
            held = {field.name: values[field.name] for field, _, _ in item.fields}
            present = any(value is not None for value in held.values())
            container[_member(item)] = {**held, "ext": 1} if present else None
            container[f"more{item.group}"] = None
            if present and item.position:
                before = [
                    o for o in _same_group(self.plan, item) if container.get(_member(o)) and o is not item
                ]
                container[_member(before[-1])]["ext"] = 0
        return container


def _member(item: Item) -> str:
    return item.field.name if isinstance(item, Run) else "o" + item.label.replace("/", "_")


def _same_group(plan: Plan, item: Item) -> list[Octet]:
    return [other for other in plan.items if isinstance(other, Octet) and other.group == item.group]


def _struct(plan: Plan) -> Any:
    parts = []
    for index, item in enumerate(plan.items):
        inner = _run(plan, item) if isinstance(item, Run) else _octet(item)
        if isinstance(item.presence, When | IfMore | Marked) or (isinstance(item, Octet) and item.position):
            inner = cs.If(_present(plan, item), inner)
        parts.append(_member(item) / inner)
        last = index + 1 == len(plan.items) or plan.items[index + 1].group != item.group
        if last and isinstance(item, Octet):
            over = cs.RepeatUntil(lambda octet, _list, _context: octet >= 0x80, cs.Byte)
            continues = _continues(_same_group(plan, item))
            parts.append(f"more{item.group}" / cs.If(continues, over))
    if not plan.ends_open:
        parts.append("trailing" / cs.GreedyBytes)
    return cs.Struct(*parts)


def _octet(item: Octet) -> Any:
    spans = [(mask, field.name) for field, _, mask in item.fields]
    if isinstance(item.presence, Marked | Fixed):
        spans.append(((1 << item.presence.high) - (1 << item.presence.low - 1), ""))
    spans.sort(reverse=True)
    parts: list[Any] = ["ext" / cs.Bit] if item.extension else []
    at = 7 if item.extension else 8
    for mask, name in spans:
        high, low = mask.bit_length(), (mask & -mask).bit_length()
        parts.append(cs.Padding(at - high))
        if name:
            parts.append(name / cs.BitsInteger(high - low + 1))
        else:
            assert isinstance(item.presence, Marked | Fixed)
            parts.append(cs.Const(item.presence.value, cs.BitsInteger(high - low + 1)))
        at = low - 1
    parts.append(cs.Padding(at))
    return cs.BitStruct(*parts)


def _run(plan: Plan, item: Run) -> Any:
    place = item.field.place
    if isinstance(place, Counted):
        return cs.Bytes(_count(plan, item, place))
    if isinstance(place, Each) or (isinstance(place, Septets) and not place.octets):
        number = cs.BitStruct("ext" / cs.Bit, "value" / cs.BitsInteger(7))

        def last(octet: Any, _list: Any, context: Any) -> bool:
            return bool(octet["ext"] == 1 or (context._parsing and _ended(context)))

        return cs.RepeatUntil(last, number)
    if isinstance(place, Number):
        return cs.BytesInteger(place.octets)
    if isinstance(place, Septets):
        group = cs.BitStruct("ext" / cs.Bit, "value" / cs.BitsInteger(7))
        ends = [0] * (place.octets - 1) + [1]
        return cs.ExprValidator(
            cs.Array(place.octets, group), lambda groups, _context: [g["ext"] for g in groups] == ends
        )
    if isinstance(place, Text | Rest):
        return cs.GreedyBytes
    assert isinstance(place, Slots)
    return cs.ExprValidator(cs.GreedyBytes, lambda octets, _context: len(octets) in (3, 4))


def _from_run(item: Run, held: Any) -> Any:
    if held is None:
        return None
    place = item.field.place
    if isinstance(place, Each):
        return tuple(int(octet.value) for octet in held)
    if isinstance(place, Septets):
        number = 0
        for octet in held:
            number = number * 128 + int(octet.value)
        return number % place.limit if place.limit else number
    if isinstance(place, Text) or (isinstance(place, Counted) and place.text):
        return held.decode("latin-1")
    return decode_slots(held) if isinstance(place, Slots) else held


def _to_run(item: Run, value: Any) -> Any:
    if value is None:
        return None
    place = item.field.place
    if isinstance(place, Each):
        return [{"ext": int(n + 1 == len(value)), "value": number} for n, number in enumerate(value)]
    if isinstance(place, Septets):
        groups = [value % 128]
        while (value := value // 128) or len(groups) < place.octets:
            groups.insert(0, value % 128)
        return [{"ext": int(n + 1 == len(groups)), "value": group} for n, group in enumerate(groups)]
    if isinstance(place, Text) or (isinstance(place, Counted) and place.text):
        return value.encode("latin-1")
    return encode_slots(value) if isinstance(place, Slots) else value


def _count(plan: Plan, item: Run, place: Counted) -> Any:
    """The number of octets of a counted run, from the field before it that says so."""
    earlier = plan.items[: plan.items.index(item)]

    def count(context: Any) -> int:
        run = any(isinstance(other, Run) and other.field.name == place.by for other in earlier)
        said = context[place.by] if run else _flat(context, earlier)[place.by]
        return max(0, int(said) - place.less)

    return count


def _ended(context: Any) -> bool:
    stream = context._io
    here = stream.tell()
    more = stream.read(1)
    stream.seek(here)
    return not more


def _continues(octets: list[Octet], position: int | None = None) -> Any:
    """Whether the last octet present of a group extends to another and, if asked, has that position."""

    def test(context: Any) -> bool:
        there = [octet for octet in octets if context[_member(octet)] is not None]
        if not there or (position is not None and there[-1].position != position):
            return False
        return there[-1].extension and context[_member(there[-1])]["ext"] == 0

    return test


def _present(plan: Plan, item: Item) -> Any:
    wanted = item.presence
    earlier = plan.items[: plan.items.index(item)]
    before = [o for o in earlier if isinstance(o, Octet) and o.group == item.group]
    chain = _continues(before, item.position - 1 if isinstance(item, Octet) else None)

    def test(context: Any) -> bool:
        if isinstance(item, Octet) and item.position and not chain(context):
            return False
        if isinstance(wanted, When):
            return wanted.holds(_flat(context, earlier))
        if context._building:
            return context[_member(item)] is not None
        if isinstance(wanted, IfMore):
            return not _ended(context)
        if isinstance(wanted, Marked):
            held = 0 if _ended(context) else _next(context) >> wanted.low - 1 & _ones(wanted)
            return not _ended(context) and held == wanted.value
        return True

    return test


def _ones(mark: Marked) -> int:
    return (1 << mark.high - mark.low + 1) - 1


def _next(context: Any) -> int:
    stream = context._io
    here = stream.tell()
    octet = stream.read(1)[0]
    stream.seek(here)
    return int(octet)


def _flat(context: Any, items: tuple[Item, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for item in items:
        if isinstance(item, Octet) and context[_member(item)] is not None:
            values.update({field.name: context[_member(item)][field.name] for field, _, _ in item.fields})
    return values
