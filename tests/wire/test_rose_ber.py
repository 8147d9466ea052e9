"""Elements of the basic encoding rules: every form of X.690 8.1, truncations, nesting and noise."""

from __future__ import annotations

import pytest
from berwrite import integer, oid, tlv
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.rose.ber import DEEPEST, Element, TagClass, read
from trunkwire.rose.schema import LONGEST_INTEGER, integer_of, oid_of


def flat(elements: tuple[Element, ...]) -> list[Element]:
    """All elements, the outer before the inner."""
    return [found for element in elements for found in (element, *flat(element.children))]


def test_the_definite_and_the_indefinite_form_hold_the_same() -> None:
    inside = tlv(2, b"\x05") + tlv(4, b"abc")
    (definite,) = read(tlv(0x30, inside), 10)
    (indefinite,) = read(tlv(0x30, inside, indefinite=True), 10)
    assert definite.contents == indefinite.contents == inside
    assert [child.contents for child in definite.children] == [b"\x05", b"abc"]
    assert [child.offset for child in definite.children] == [12, 15]
    assert [child.offset for child in indefinite.children] == [12, 15]
    assert (definite.length, indefinite.length) == (10, 12)
    assert not definite.error
    assert not indefinite.error


def test_indefinite_lengths_nest_and_what_follows_is_read() -> None:
    inner = tlv(0xA1, tlv(2, b"\1"), indefinite=True)
    outer = tlv(0xA2, inner + tlv(2, b"\2"), indefinite=True)
    first, second = read(outer + tlv(5, b""))
    assert [child.length for child in first.children] == [7, 3]
    assert (second.number, second.offset) == (5, len(outer))
    assert not any(element.error for element in flat((first, second)))


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 70_000])
def test_lengths_of_every_form(size: int) -> None:
    octets = tlv(4, b"x" * size)
    (element,) = read(octets)
    assert (len(element.contents), element.length, element.error) == (size, len(octets), "")


def test_a_long_length_may_have_leading_zeros() -> None:
    (element,) = read(bytes.fromhex("04 84 00 00 00 02 61 62"))
    assert (element.contents, element.error) == (b"ab", "")


def test_universal_tags_are_those_of_x680_table_1() -> None:
    names = {
        0: "END OF CONTENTS", 1: "BOOLEAN", 2: "INTEGER", 3: "BIT STRING", 4: "OCTET STRING", 5: "NULL",
        6: "OBJECT IDENTIFIER", 10: "ENUMERATED", 12: "UTF8 STRING", 16: "SEQUENCE", 17: "SET",
        18: "NUMERIC STRING", 19: "PRINTABLE STRING", 20: "TELETEX STRING", 22: "IA5 STRING", 23: "UTC TIME",
        24: "GENERALIZED TIME", 26: "VISIBLE STRING", 27: "GENERAL STRING", 30: "BMP STRING",
        9: "[UNIVERSAL 9]",
    }  # fmt: skip
    assert {number: read(bytes((number, 0)))[0].tag for number in names} == names
    assert [read(bytes((octet, 0)))[0].tag for octet in (0x45, 0x85, 0xC5)] == [
        "[APPLICATION 5]",
        "[5]",
        "[PRIVATE 5]",
    ]


def test_tags_beyond_thirty() -> None:
    (element,) = read(bytes.fromhex("9f 81 63 01 07"))
    assert (element.tag_class, element.number, element.contents, element.tag) == (2, 227, b"\x07", "[227]")


@pytest.mark.parametrize(
    ("octets", "error"),
    [
        ("02", "the octets end before the length"),
        ("02 05 01", "length 5, but 1 octets are left"),
        ("9f", "the octets end within a tag"),
        ("9f 81", "the octets end within a tag"),
        ("9f 81 82 83 84 05 00", "a tag number of more than 4 octets"),
        ("02 ff 00", "reserved"),
        ("02 82 01", "2 octets of length, but 1 are left"),
        ("02 88 ff ff ff ff ff ff ff ff 00", "length 18446744073709551615, but 1 octets are left"),
        ("02 80 00 00", "the indefinite length is for constructed elements only"),
        ("30 80 02 01 05", "its end-of-contents octets are missing"),
    ],
)
def test_what_is_broken_is_kept_with_its_reason(octets: str, error: str) -> None:
    data = bytes.fromhex(octets)
    elements = read(data, 3)
    assert error in elements[0].error
    assert elements[0].offset == 3
    assert sum(element.length for element in elements) == len(data)


def test_a_broken_element_within_leaves_its_neighbours() -> None:
    (outer,) = read(tlv(0x30, tlv(2, b"\1") + b"\x04\x7fab"))
    assert [child.error for child in outer.children] == ["", "length 127, but 2 octets are left"]
    assert outer.children[1].contents == b"ab"


@pytest.mark.parametrize("opening", [b"\x30\x80", b"\xa1\x80"])
def test_nesting_is_bounded(opening: bytes) -> None:
    elements = read(opening * 50_000)
    deepest = flat(elements)[-1]
    assert len(flat(elements)) == DEEPEST
    assert f"nested more than {DEEPEST} deep" in deepest.error


def test_definite_nesting_is_bounded_and_complete_up_to_the_bound() -> None:
    octets = b""
    for _ in range(DEEPEST):
        octets = tlv(0x30, octets)
    assert [element.error for element in flat(read(octets))[:-1]] == [""] * (DEEPEST - 1)
    assert len(flat(read(tlv(0x30, octets)))) == DEEPEST


@given(st.binary(max_size=80), st.integers(0, 1000))
@settings(deadline=None, max_examples=150)
def test_noise_is_read_whole_and_never_raises(octets: bytes, base: int) -> None:
    elements = read(octets, base)
    assert sum(element.length for element in elements) == len(octets)
    at = base
    for element in elements:
        assert element.offset == at
        at += element.length
    for element in flat(elements):
        assert base <= element.offset <= element.start <= base + len(octets)
        assert element.tag_class in tuple(TagClass)


@given(st.integers(-(2**100), 2**100))
@settings(deadline=None, max_examples=40)
def test_integers(value: int) -> None:
    assert integer_of(integer(value)) == value


def test_an_integer_has_octets_but_not_too_many() -> None:
    with pytest.raises(ValueError, match="without octets"):
        integer_of(b"")
    with pytest.raises(ValueError, match="17 octets"):
        integer_of(b"\1" * (LONGEST_INTEGER + 1))


@pytest.mark.parametrize(
    "text", ["0.4.0.359.1.1", "1.3.12.9", "1.0.13868.1", "1.39", "0.39", "2.999.3", "0.0", "2.40"]
)
def test_object_identifiers(text: str) -> None:
    assert oid_of(oid(text)) == text


@pytest.mark.parametrize(
    ("octets", "reason"), [("", "ends"), ("04 80", "ends"), ("81" * 80 + "01", "81 oct")]
)
def test_broken_object_identifiers(octets: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        oid_of(bytes.fromhex(octets))
