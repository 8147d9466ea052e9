"""The layout primitive Number: an unsigned integer of several octets, in every view of a layout."""

from __future__ import annotations

from typing import Annotated, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkwire.codec import Bits, DecodeError, EncodeError, Layout, Number, Record, Rest, compile_layout


class Reading(Record, frozen=True, kw_only=True):
    """A kind, a count of three octets and what follows."""

    layout: ClassVar[Layout[Reading]]

    kind: Annotated[int, Bits("1", 8, 1)]
    count: Annotated[int, Number("2", 3)]
    rest: Annotated[bytes, Rest("5")] = b""


Reading.layout = compile_layout(Reading)


def test_the_most_significant_octet_comes_first() -> None:
    value = Reading(kind=7, count=0x010203, rest=b"x")
    assert Reading.layout.build(value) == bytes.fromhex("07010203") + b"x"
    assert Reading.layout.parse(bytes.fromhex("0701020378")) == value
    assert Reading.layout.tree.build(value) == Reading.layout.build(value)


@given(st.binary(max_size=8))
def test_parser_and_construct_agree_on_every_body(body: bytes) -> None:
    try:
        declared = Reading.layout.tree.parse(body)
    except DecodeError:
        with pytest.raises(DecodeError, match="Reading"):
            Reading.layout.parse(body)
        assert any(field.error for field in Reading.layout.walk(body))
    else:
        assert Reading.layout.parse(body) == declared
        assert Reading.layout.build(declared) == body
        assert not any(field.error for field in Reading.layout.walk(body))


def test_a_number_that_is_not_whole_is_named() -> None:
    with pytest.raises(DecodeError, match=r"Reading\.count, octet offset 1: octet 2 is not whole"):
        Reading.layout.parse(bytes(3))


@pytest.mark.parametrize("count", [-1, 1 << 24, None, "1"])
def test_a_number_that_does_not_fit_is_named(count: object) -> None:
    with pytest.raises(EncodeError, match=r"Reading\.count"):
        Reading.layout.build(Reading(kind=0, count=count))  # type: ignore[arg-type]  # the point of the test


def test_a_number_has_octets() -> None:
    with pytest.raises(ValueError, match="one octet or more"):
        Number("1", 0)
