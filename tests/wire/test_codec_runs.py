"""The layout primitives Septets and Counted, in every view of a layout."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trunkwire.codec import (
    Bits,
    Counted,
    DecodeError,
    EncodeError,
    IfMore,
    Layout,
    Number,
    Record,
    Rest,
    Septets,
    compile_layout,
)


class Delay(Record, frozen=True, kw_only=True):
    """A number of 16 bits in three octets, and another of any length that may be absent."""

    layout: ClassVar[Layout[Delay]]

    least: Annotated[int, Septets("1", 3, 16)]
    most: Annotated[int | None, Septets("2")] = None


class Name(Record, frozen=True, kw_only=True):
    """Text whose length is said before it, less one; octets that a number counts; the rest."""

    layout: ClassVar[Layout[Name]]

    length: Annotated[int, Bits("1", 8, 1)]
    text: Annotated[str, Counted("2", "length", 1, text=True)] = ""
    count: Annotated[int, Number("3", 1)] = 0
    octets: Annotated[bytes, Counted("4", "count")] = b""
    rest: Annotated[bytes, Rest("5")] = b""


Delay.layout = compile_layout(Delay, {"2": IfMore()})
Name.layout = compile_layout(Name)


def layout_of(record: Record | type[Record]) -> Layout[Any]:
    """Its layout."""
    return record.layout


@pytest.mark.parametrize(
    ("value", "body"),
    [
        (Delay(least=0), "000080"),
        (Delay(least=300), "0002ac"),
        (Delay(least=0xFFFF, most=0), "037fff 80"),
        (Delay(least=1, most=127), "000081 ff"),
        (Delay(least=1, most=128), "000081 0180"),
        (Delay(least=1, most=1 << 21), "000081 01000080"),
        (Name(length=0), "00 00"),
        (Name(length=4, text="288", count=2, octets=b"\x01\x02", rest=b"\x03"), "04 323838 02 0102 03"),
    ],
)
def test_values_and_their_octets(value: Record, body: str) -> None:
    octets = bytes.fromhex(body)
    assert layout_of(value).build(value) == layout_of(value).tree.build(value) == octets
    assert layout_of(value).parse(octets) == layout_of(value).tree.parse(octets) == value
    assert not [field for field in layout_of(value).walk(octets) if field.error]


@settings(deadline=None, max_examples=200)
@given(st.sampled_from([Delay, Name]), st.lists(st.sampled_from(b"\x00\x01\x02\x04\x7f\x80\xff"), max_size=9))
@example(cls=Delay, body=[0, 0, 0x80, 0, 0x81])
@example(cls=Delay, body=[0, 0, 0x80, 1])
@example(cls=Delay, body=[0x7F, 0, 0x80])
@example(cls=Delay, body=[0x04, 0, 0x80])
def test_all_views_agree(cls: type[Record], body: list[int]) -> None:
    octets = bytes(body)
    fields = layout_of(cls).walk(octets)
    try:
        declared = layout_of(cls).tree.parse(octets)
    except DecodeError:
        with pytest.raises(DecodeError):
            layout_of(cls).parse(octets)
        assert [field for field in fields if field.error]
        return
    value = layout_of(cls).parse(octets)
    assert value == declared
    assert layout_of(cls).build(value) == octets
    seen = {field.name: field.value for field in fields if not field.error}
    assert all(seen.get(field.name) == getattr(value, field.name) for field in layout_of(cls).plan.fields)


@pytest.mark.parametrize(
    ("cls", "body", "error"),
    [
        (Delay, "", "Delay.least, octet offset 0: octet 1 is missing"),
        (Delay, "80", "Delay.least, octet offset 0: octet 1 is one of 1 octets, not of 3"),
        (Delay, "000080 00", ""),
        (Delay, "00000080", "Delay.least, octet offset 0: octet 1 is one of 4 octets, not of 3"),
        (Name, "05 3233", "Name.text, octet offset 1: octet 2: 4 octets announced, 2 left"),
        (Name, "01 03 00", "Name.octets, octet offset 2: octet 4: 3 octets announced, 1 left"),
    ],
)
def test_what_does_not_fit_is_named(cls: type[Record], body: str, error: str) -> None:
    octets = bytes.fromhex(body)
    if not error:
        assert layout_of(cls).parse(octets).received == octets
        return
    with pytest.raises(DecodeError) as refused:
        layout_of(cls).parse(octets)
    assert str(refused.value) == error


@pytest.mark.parametrize(
    ("value", "where", "reason"),
    [
        (Delay(least=1 << 16), "Delay.least", "not an integer of 0 to 65535"),
        (Delay(least=-1), "Delay.least", "not an integer of 0 to 65535"),
        (Delay(least=0, most=-1), "Delay.most", "not an integer of 0 to any size"),
        (Name(length=3, text="1"), "Name.text", "1 octets, where length says 2"),
        (Name(length=0, count=0, octets=b"1"), "Name.octets", "1 octets, where count says 0"),
    ],
)
def test_what_cannot_be_written_is_named(value: Record, where: str, reason: str) -> None:
    with pytest.raises(EncodeError) as refused:
        layout_of(value).build(value)
    assert refused.value.where == where
    assert reason in refused.value.reason


def test_declarations_that_contradict_themselves() -> None:
    with pytest.raises(ValueError, match="22 bits do not fit 3 octets of 7"):
        Septets("1", 3, 22)
    with pytest.raises(ValueError, match="do not fit"):
        Septets("1", -1)

    class Early(Record, frozen=True, kw_only=True):
        text: Annotated[str, Counted("1", "length", text=True)] = ""
        length: Annotated[int, Bits("2", 8, 1)] = 0

    with pytest.raises(TypeError, match="octet 1 is counted by length, which is not before it"):
        compile_layout(Early)
