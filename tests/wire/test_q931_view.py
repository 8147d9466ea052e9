"""The tolerant view in detail: where each field stands, and what is said of octets that do not fit."""

from __future__ import annotations

import pytest

from trunkwire.q931.ies import CauseIE, ChannelIdentificationIE, RawIE, SlotMap
from trunkwire.q931.view import MessageView, view

SETUP = "08 02 8041 05 04 03 8090a3 18 03 a98381 6c 04 2183 3132 a1"


def lines(seen: MessageView) -> list[str]:
    """A message in one line a field: offset+length, octet and bits, name, value."""
    told = []
    for field in (*seen.header, *(field for element in seen.elements for field in element.fields)):
        value = field.value.hex() if isinstance(field.value, bytes) else field.value
        shown = int(value) if isinstance(value, int) else value
        error = f" ! {field.error}" if field.error else ""
        place = f"{field.offset}+{field.length} {field.octet}[{field.high}-{field.low}]"
        told.append(f"{place} {field.name}={shown}{error}")
    return told


def test_each_field_has_its_octet_bits_and_offset() -> None:
    seen = view(bytes.fromhex(SETUP))
    assert seen.title == "SETUP"
    assert (seen.reference, seen.to_originator, seen.errors) == (0x41, True, ())
    assert lines(seen) == [
        "0+1 1[8-1] discriminator=8",
        "1+1 2[8-1] reference_length=2",
        "2+1 3[8-8] to_originator=1",
        "2+2 3[7-1] reference=65",
        "4+1 [8-1] type=5",
        "7+1 3[7-6] coding=0",
        "7+1 3[5-1] capability=0",
        "8+1 4[7-6] mode=0",
        "8+1 4[5-1] rate=16",
        "9+1 5[7-6] mark=1",
        "9+1 5[5-1] layer1=3",
        "12+1 3[7-7] interface_given=0",
        "12+1 3[6-6] primary=1",
        "12+1 3[4-4] exclusive=1",
        "12+1 3[3-3] d_channel=0",
        "12+1 3[2-1] selection=1",
        "13+1 3.2[7-6] coding=0",
        "13+1 3.2[5-5] is_map=0",
        "13+1 3.2[4-1] channel_type=3",
        "14+1 3.3[8-1] numbers=(1,)",
        "17+1 3[7-5] kind=2",
        "17+1 3[4-1] plan=1",
        "18+1 3a[7-6] presentation=0",
        "18+1 3a[2-1] screening=3",
        "19+2 4[8-1] digits=12",
    ]
    assert [element.title for element in seen.elements] == [
        "bearer capability",
        "channel identification",
        "calling number",
        "sending complete",
    ]
    assert [element.offset for element in seen.elements] == [5, 10, 15, 21]


def test_what_builds_would_not_write_is_shown() -> None:
    (element,) = view(bytes.fromhex("08 00 45 08 04 10809199")).elements
    assert not element.error
    assert lines(MessageView(b"", (), elements=(element,))) == [
        "5+1 3[7-6] coding=0",
        "5+1 3[4-1] location=0",
        "5+1 3[8-1] spare=16",
        "6+1 3a[7-1] recommendation=0",
        "7+1 4[7-1] value=17",
        "8+1 5[8-1] ccbs=153",
    ]


def test_trailing_and_undeclared_octets_are_fields() -> None:
    (element,) = view(bytes.fromhex("08 00 46 79 04 07028600")).elements
    assert lines(MessageView(b"", (), elements=(element,))) == [
        "5+1 3[3-1] restart_class=7",
        "6+2 3[8-1] undeclared=0286",
        "8+1 [8-1] trailing=00",
    ]


@pytest.mark.parametrize(
    ("octets", "errors"),
    [
        ("", [(0, "the message is empty")]),
        ("41 02", [(0, "protocol discriminator 0x41 is not Q.931's 0x08")]),
        ("03 02", [(2, "the message ends before its message type")]),
        ("08", [(1, "the message ends before its call reference length")]),
        ("08 02 00", [(3, "the message ends before its message type")]),
        ("08 03 000001 45", [(1, "a call reference length octet of 0x03 is not allowed")]),
        ("08 00 77", [(2, "message type 0x77 is not known")]),
        ("08 00 45 08 02 80", [(3, "length 2, but 1 octets are left")]),
        ("08 00 45 08", [(3, "the message ends before the length octet")]),
        ("08 00 45 08 01 80", [(3, "CauseIE.value, octet offset 1: octet 4 is missing")]),
        ("08 00 45 96 95", [(4, "a locking shift from codeset 6 down to 5 is not allowed (4.5.3)")]),
    ],
)
def test_errors_with_their_offsets(octets: str, errors: list[tuple[int, str]]) -> None:
    assert list(view(bytes.fromhex(octets)).errors) == errors


def test_a_broken_element_keeps_octets_and_the_fields_before_the_error() -> None:
    seen = view(bytes.fromhex("08 00 45 08 02 8091 18 05 a99380 00"))
    cause, channel = seen.elements
    assert cause.value == CauseIE(value=17)
    assert channel.value == RawIE(0, 0x18, bytes.fromhex("a9938000"))
    assert channel.octets == bytes.fromhex("1805a9938000")
    assert [field.name for field in channel.fields if field.error] == ["slot_map"]
    assert channel.fields[-1].value == bytes.fromhex("8000")


def test_a_slot_map_is_told_as_slots() -> None:
    (element,) = view(bytes.fromhex("08 00 02 18 06 a993 80000202")).elements
    assert element.fields[-1].value == SlotMap((1, 9, 31), 4)
    assert isinstance(element.value, ChannelIdentificationIE)
    assert element.value.channels == (1, 9, 31)


def test_elements_of_other_codesets_and_unknown_ones_have_titles() -> None:
    seen = view(bytes.fromhex("08 00 7b 55 00 e1 b4 a0 9e 28 00 d1 a1 96 01 00"))
    assert [element.title for element in seen.elements] == [
        "element 0x55",
        "element 0xe1",
        "congestion level",
        "more data",
        "shift",
        "display",
        "repeat indicator",
        "sending complete",
        "shift",
        "originating line information",
    ]
    assert seen.errors == ()


def test_after_a_refused_shift_the_codeset_stays() -> None:
    seen = view(bytes.fromhex("08 00 45 96 95 01 00 02 00"))
    assert [element.codeset for element in seen.elements] == [0, 6, 6, 6]


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        ("", ["0+0 1[8-1] discriminator= ! the message is empty"]),
        ("41", ["0+1 1[8-1] discriminator=65 ! protocol discriminator 0x41 is not Q.931's 0x08"]),
        (
            "41 02 00",
            [
                "0+1 1[8-1] discriminator=65 ! protocol discriminator 0x41 is not Q.931's 0x08",
                "1+2 [8-1] octets=0200",
            ],
        ),
        (
            "08 02 00",
            [
                "0+1 1[8-1] discriminator=8",
                "1+1 2[8-1] reference_length=2",
                "3+0 [8-1] message_type=00 ! the message ends before its message type",
            ],
        ),
    ],
)
def test_a_broken_header_is_told_as_far_as_it_goes(octets: str, told: list[str]) -> None:
    assert lines(view(bytes.fromhex(octets))) == told


def test_a_missing_field_has_no_length() -> None:
    (element,) = view(bytes.fromhex("08 00 45 08 01 80")).elements
    assert lines(MessageView(b"", (), elements=(element,))) == [
        "5+1 3[7-6] coding=0",
        "5+1 3[4-1] location=0",
        "6+0 4[8-1] value= ! octet 4 is missing",
    ]


def test_a_shift_to_the_codeset_in_force_is_no_error() -> None:
    assert view(bytes.fromhex("08 00 45 96 96 01 00")).errors == ()
