"""Fast parser and builder of a layout: Python source written from the plan and compiled once.

The parser raises IndexError where the octets end too early; the builder raises TypeError or ValueError for a
value that does not fit. `Layout` turns both into errors that name the field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from trunkwire.codec.layout import Field, Octet, Plan, Record, Run
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
from trunkwire.codec.septets import read_septets, write_septets
from trunkwire.codec.slots import decode_slots, encode_slots

R = TypeVar("R", bound=Record)


class _Source:
    """Lines of a function body under construction."""

    def __init__(self, head: str) -> None:
        self.lines = [head]

    def add(self, depth: int, *lines: str) -> None:
        self.lines += [" " * depth + line for line in lines]

    def compile(self, name: str, scope: dict[str, Any]) -> Any:
        exec(compile("\n".join(self.lines), f"<layout of {name}>", "exec"), scope)
        return scope["function"]


def _names(item: Octet | Run) -> list[str]:
    return [item.field.name] if isinstance(item, Run) else [field.name for field, _, _ in item.fields]


def _condition(when: When) -> str:
    terms = [f"f_{name} in {allowed!r}" for name, allowed in when.fields]
    return " and ".join(terms)


def _last_of_group(plan: Plan, index: int) -> bool:
    return index + 1 == len(plan.items) or plan.items[index + 1].group != plan.items[index].group


def make_reader(cls: type[R], plan: Plan) -> Callable[[bytes], R]:
    """The parser: body to value."""
    scope: dict[str, Any] = {"new": cls, "decode_slots": decode_slots, "septets": read_septets}
    source = _Source("def function(b):")
    source.add(1, "n = len(b)", "i = s = 0")
    for index, item in enumerate(plan.items):
        if isinstance(item, Run):
            _read_run(source, plan, item)
        else:
            _read_octet(source, item, scope)
            if _last_of_group(plan, index) and any(o.extension for o in _group(plan, item)):
                source.add(1, "if not x:", " while b[i] < 128: i += 1", " i += 1", " s = 1")
    if not plan.ends_open:
        source.add(1, "if i < n: s = 1")
    arguments = "".join(f", {field.name}=f_{field.name}" for field in plan.fields)
    source.add(1, f"return new(received=b if s else b''{arguments})")
    function: Callable[[bytes], R] = source.compile(plan.name, scope)
    return function


def _group(plan: Plan, item: Octet) -> list[Octet]:
    return [other for other in plan.items if isinstance(other, Octet) and other.group == item.group]


def _read_octet(source: _Source, item: Octet, scope: dict[str, Any]) -> None:
    tests = []
    if item.position:
        tests.append(f"not x and c == {item.position - 1}")
    elif isinstance(item.presence, When | IfMore | Marked):
        source.add(1, "x = 128")
    if isinstance(item.presence, When):
        tests.append(_condition(item.presence))
    elif isinstance(item.presence, IfMore):
        tests.append("i < n")
    elif isinstance(item.presence, Marked):
        mask = (1 << item.presence.high) - (1 << item.presence.low - 1)
        tests.append(f"i < n and b[i] & {mask} == {item.fixed}")
    depth = 1
    if tests:
        source.add(
            1, " = ".join(f"f_{name}" for name in _names(item)) + " = None", f"if {' and '.join(tests)}:"
        )
        depth = 2
    source.add(depth, "v = b[i]", "i += 1")
    source.add(depth, "x = v & 128" if item.extension else "x = 128", f"c = {item.position}")
    if isinstance(item.presence, Fixed):
        mask = (1 << item.presence.high) - (1 << item.presence.low - 1)
        source.add(depth, f"if v & {mask} != {item.fixed}: raise IndexError")
    for field, shift, mask in item.fields:
        source.add(depth, f"f_{field.name} = {_converted(field, shift, mask, scope)}")
    if item.spare:
        source.add(depth, f"if v & {item.spare}: s = 1")


def _converted(field: Field, shift: int, mask: int, scope: dict[str, Any]) -> str:
    if field.boolean:
        return f"v & {mask} != 0"
    number = f"(v & {mask}) >> {shift}" if shift else f"v & {mask}"
    if field.members is None:
        return number
    scope[f"t_{field.name}"] = field.members
    return f"t_{field.name}[{number}]"


def _read_run(source: _Source, plan: Plan, item: Run) -> None:
    name, place, depth = f"f_{item.field.name}", item.field.place, 1
    if isinstance(item.presence, When):
        source.add(1, f"{name} = None", f"if {_condition(item.presence)}:")
        depth = 2
    elif isinstance(item.presence, IfMore):
        source.add(1, f"{name} = None", "if i < n:")
        depth = 2
    if isinstance(place, Each):
        source.add(depth, "j = i", "while b[i] < 128 and i + 1 < n: i += 1", "i += 1")
        source.add(depth, "if b[i - 1] < 128: s = 1", f"{name} = tuple([v & 127 for v in b[j:i]])")
    elif isinstance(place, Number):
        source.add(depth, f"if i + {place.octets} > n: raise IndexError")
        source.add(depth, f"{name} = int.from_bytes(b[i:i + {place.octets}], 'big')", f"i += {place.octets}")
    elif isinstance(place, Text):
        source.add(depth, f"{name} = b[i:].decode('latin-1')", "i = n")
    elif isinstance(place, Rest):
        source.add(depth, f"{name} = b[i:]", "i = n")
    elif isinstance(place, Slots):
        where = f"{plan.name}.{item.field.name}"
        source.add(depth, f"{name} = decode_slots(b[i:], {where!r}, i)", "i = n")
    elif isinstance(place, Septets):
        source.add(depth, f"{name}, i, v = septets(b, i, {place.octets}, {place.limit})", "if v: s = 1")
    elif isinstance(place, Counted):
        read = ".decode('latin-1')" if place.text else ""
        source.add(depth, f"v = i + max(0, f_{place.by} - {place.less})", "if v > n: raise IndexError")
        source.add(depth, f"{name} = b[i:v]{read}", "i = v")


def make_writer(plan: Plan) -> Callable[[Any], bytes]:
    """The builder: value to body."""
    source = _Source("def function(r):")
    source.add(1, "o = bytearray()", "e = -1")
    for item in plan.items:
        source.add(1, *(f"f_{name} = r.{name}" for name in _names(item)))
        given = " or ".join(f"f_{name} is not None" for name in _names(item))
        if isinstance(item, Octet) and item.position:
            _write_lettered(source, item, given)
            continue
        depth = 1
        if isinstance(item.presence, When):
            source.add(
                1,
                "c = -1",
                f"if not ({_condition(item.presence)}):",
                f" if {given}: raise ValueError",
                "else:",
            )
            depth = 2
        elif isinstance(item.presence, IfMore | Marked):
            source.add(1, "c = -1")
            if isinstance(item.presence, IfMore):
                source.add(1, f"if e < 0 and not ({given}): e = len(o)")
            source.add(1, f"if {given}:")
            depth = 2
        if isinstance(item, Run):
            _write_run(source, depth, plan, item)
        else:
            _write_octet(source, depth, item)
    source.add(1, "if e >= 0 and len(o) != e: raise ValueError('an octet before the last one is missing')")
    source.add(1, "return bytes(o)")
    function: Callable[[Any], bytes] = source.compile(
        plan.name, {"encode_slots": encode_slots, "septets": write_septets}
    )
    return function


def _write_lettered(source: _Source, item: Octet, given: str) -> None:
    refuse = f"c != {item.position - 1}"
    if isinstance(item.presence, When):
        refuse += f" or not ({_condition(item.presence)})"
    source.add(1, f"if {given}:", f" if {refuse}: raise ValueError", " o[-1] &= 127")
    _write_octet(source, 2, item)


def _write_octet(source: _Source, depth: int, item: Octet) -> None:
    terms = [str(item.fixed | (128 if item.extension else 0))]
    tests = []
    for field, shift, mask in item.fields:
        terms.append(f"f_{field.name} << {shift}" if shift else f"f_{field.name}")
        tests.append(f"0 <= f_{field.name} <= {mask >> shift}")
    if tests:
        source.add(depth, f"if not ({' and '.join(tests)}): raise ValueError")
    source.add(depth, f"o.append({' | '.join(terms)})", f"c = {item.position}")


def _write_run(source: _Source, depth: int, plan: Plan, item: Run) -> None:
    name, place = f"f_{item.field.name}", item.field.place
    if isinstance(place, Each):
        source.add(
            depth,
            f"if not {name} or max({name}) > 127: raise ValueError",
            f"o += bytes({name})",
            "o[-1] |= 128",
        )
    elif isinstance(place, Number):
        source.add(depth, f"if not 0 <= {name} < {256**place.octets}: raise ValueError")
        source.add(depth, f"o += {name}.to_bytes({place.octets}, 'big')")
    elif isinstance(place, Text):
        source.add(depth, f"o += {name}.encode('latin-1')")
    elif isinstance(place, Rest):
        source.add(depth, f"o += {name}")
    elif isinstance(place, Slots):
        source.add(depth, f"o += encode_slots({name}, {plan.name + '.' + item.field.name!r})")
    elif isinstance(place, Septets):
        source.add(depth, f"o += septets({name}, {place.octets}, {place.limit})")
    elif isinstance(place, Counted):
        written = ".encode('latin-1')" if place.text else ""
        source.add(depth, f"if len({name}) != max(0, f_{place.by} - {place.less}): raise ValueError")
        source.add(depth, f"o += {name}{written}")
