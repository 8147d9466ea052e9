"""The layout primitives: presence, extension chains, runs, and declarations that contradict themselves."""

from __future__ import annotations

import enum
from typing import Annotated

import pytest

from trunkwire.codec import (
    Bits,
    DecodeError,
    Each,
    EncodeError,
    Fixed,
    IfMore,
    Layout,
    Marked,
    Record,
    Rest,
    SlotMap,
    Slots,
    Text,
    When,
    compile_layout,
)


class Colour(enum.IntEnum):
    RED = 1


class Optional(Record, frozen=True, kw_only=True):
    """An octet that may be missing at the end, then free octets."""

    first: Annotated[Colour | int, Bits("1", 8, 5)]
    flag: Annotated[bool, Bits("1", 1, 1)] = False
    second: Annotated[int | None, Bits("2", 7, 1)] = None
    third: Annotated[int | None, Bits("2a", 7, 4)] = None
    rest: Annotated[bytes, Rest("3")] = b""


class Chosen(Record, frozen=True, kw_only=True):
    """A field that says what follows."""

    kind: Annotated[int, Bits("1", 2, 1)]
    numbers: Annotated[tuple[int, ...] | None, Each("2")] = None
    slots: Annotated[SlotMap | None, Slots("2/map")] = None
    text: Annotated[str | None, Text("2/text")] = None
    rest: Annotated[bytes | None, Rest("2/rest")] = None


OPTIONAL = compile_layout(Optional, {"2": IfMore()})
CHOSEN = compile_layout(
    Chosen,
    {
        "1": Fixed(8, 5, 0b1010),
        "2": When(kind=0),
        "2/map": When(kind=1),
        "2/text": When(kind=2),
        "2/rest": When(kind=3),
    },
)


class Widened(Optional, frozen=True, kw_only=True):
    """Octets in the midst of those that it inherits."""

    between: Annotated[int, Bits("1.1", 8, 1)]
    flag_of_second: Annotated[bool | None, Bits("2b", 7, 7)] = None


WIDENED = compile_layout(Widened, {"2": IfMore()})


@pytest.mark.parametrize(
    ("layout", "value", "body"),
    [
        (OPTIONAL, Optional(first=Colour.RED), "10"),
        (OPTIONAL, Optional(first=15, flag=True), "f1"),
        (OPTIONAL, Optional(first=1, second=5), "10 85"),
        (OPTIONAL, Optional(first=1, second=5, third=2, rest=b"\x01\x02"), "10 05 90 01 02"),
        (WIDENED, Widened(first=1, between=0xAA, second=5, third=2), "10 aa 05 90"),
        (
            WIDENED,
            Widened(first=1, between=0xAA, second=5, third=2, flag_of_second=True, rest=b"\x01"),
            "10 aa 05 10 c0 01",
        ),
        (CHOSEN, Chosen(kind=0, numbers=(1, 127)), "a0 01 ff"),
        (CHOSEN, Chosen(kind=1, slots=SlotMap((0, 31))), "a1 80 00 00 01"),
        (CHOSEN, Chosen(kind=2, text="ab"), "a2 61 62"),
        (CHOSEN, Chosen(kind=3, rest=b"\0"), "a3 00"),
    ],
)
def test_values_and_octets(layout: Layout[Record], value: Record, body: str) -> None:
    octets = bytes.fromhex(body)
    assert layout.build(value) == layout.tree.build(value) == octets
    assert layout.parse(octets) == layout.tree.parse(octets) == value
    assert not [field for field in layout.walk(octets) if field.error]


def test_an_enumeration_keeps_what_it_does_not_know() -> None:
    assert OPTIONAL.parse(b"\x10").first is Colour.RED
    assert OPTIONAL.parse(b"\x20").first == 2


@pytest.mark.parametrize(
    ("layout", "body", "where", "offset", "reason"),
    [
        (OPTIONAL, "", "Optional.first", 0, "octet 1 is missing"),
        (OPTIONAL, "10 05", "Optional.third", 2, "octet 2a is missing"),
        (OPTIONAL, "10 05 10", "Optional.undeclared", 3, "announces an octet that is missing"),
        (CHOSEN, "50", "Chosen.mark", 0, "bits 8 to 5 hold 5, not 10"),
        (CHOSEN, "a0", "Chosen.numbers", 1, "octet 2 is missing"),
        (CHOSEN, "a1 00", "Chosen.slots", 1, "3 octets"),
    ],
)
def test_octets_that_do_not_fit(
    layout: Layout[Record], body: str, where: str, offset: int, reason: str
) -> None:
    octets = bytes.fromhex(body)
    with pytest.raises(DecodeError) as refused:
        layout.parse(octets)
    assert (refused.value.where, refused.value.offset) == (where, offset)
    assert reason in refused.value.reason
    with pytest.raises(DecodeError):
        layout.tree.parse(octets)


@pytest.mark.parametrize(
    ("layout", "value", "where"),
    [
        (OPTIONAL, Optional(first=1, rest=b"\x01"), "Optional"),
        (OPTIONAL, Optional(first=1, third=1), "Optional.third"),
        (OPTIONAL, Optional(first=1, second=128), "Optional.second"),
        (CHOSEN, Chosen(kind=0), "Chosen.numbers"),
        (CHOSEN, Chosen(kind=0, numbers=()), "Chosen.numbers"),
        (CHOSEN, Chosen(kind=0, numbers=(1,), text="a"), "Chosen.text"),
    ],
)
def test_values_that_do_not_fit(layout: Layout[Record], value: Record, where: str) -> None:
    with pytest.raises(EncodeError) as refused:
        layout.build(value)
    assert refused.value.where == where


class Overlap(Record, frozen=True, kw_only=True):
    a: Annotated[int, Bits("1", 4, 1)]
    b: Annotated[int, Bits("1", 5, 4)]


class Orphan(Record, frozen=True, kw_only=True):
    a: Annotated[int | None, Bits("1a", 4, 1)] = None


class NeedsNone(Record, frozen=True, kw_only=True):
    a: Annotated[int, Bits("1", 4, 1)]
    b: Annotated[int, Bits("1a", 4, 1)]


class TextFirst(Record, frozen=True, kw_only=True):
    a: Annotated[str, Text("1")]
    b: Annotated[int, Bits("2", 4, 1)]


class OddLabel(Record, frozen=True, kw_only=True):
    a: Annotated[int, Bits("one", 4, 1)]


class Mixed(Record, frozen=True, kw_only=True):
    a: Annotated[int, Bits("1", 4, 1)]
    b: Annotated[bytes, Rest("1")]


class Plain(Record, frozen=True, kw_only=True):
    a: Annotated[int | None, Bits("1", 4, 1)] = None
    b: Annotated[int | None, Bits("1a", 4, 1)] = None
    c: Annotated[bytes | None, Rest("2")] = None


@pytest.mark.parametrize(
    ("cls", "octets", "reason"),
    [
        (Overlap, {}, r"Overlap\.b: octet 1 bits 5 to 4 are taken"),
        (Orphan, {}, "octet 1a does not follow"),
        (NeedsNone, {}, "their types need None"),
        (TextFirst, {}, "octet 1 takes all that remains"),
        (OddLabel, {}, "'one' is not like"),
        (Mixed, {}, "octet 1 holds bits and a run"),
        (Plain, {"9": IfMore()}, "no field sits in octet 9"),
        (Plain, {"1": When(b=1)}, "depends on a field that is not before it"),
        (Plain, {"1a": IfMore()}, "takes no other presence than When"),
        (Plain, {"2": IfMore()}, "needs no IfMore"),
        (Plain, {"2": Marked(8, 8, 1)}, "bear no marker"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(
    cls: type[Record], octets: dict[str, When | IfMore | Marked | Fixed], reason: str
) -> None:
    with pytest.raises(TypeError, match=reason):
        compile_layout(cls, octets)


@pytest.mark.parametrize(("high", "low"), [(9, 1), (3, 4), (1, 0)])
def test_bits_are_8_to_1(high: int, low: int) -> None:
    with pytest.raises(ValueError, match="not within 8 to 1"):
        Bits("1", high, low)
