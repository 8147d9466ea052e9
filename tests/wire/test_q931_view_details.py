"""The tolerant view of diagnostics, of other codesets, of national message types, and of segments."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.q931.ies import CATALOGUE, CauseIE, RawIE, SegmentedMessageIE
from trunkwire.q931.ies.diagnostics import BY_CAUSE, LAYOUTS
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import OTHER_TITLES, Id, MessageType, message_title
from trunkwire.q931.segmentation import segments_of
from trunkwire.q931.view import element_title, view


def diagnostics(cause: int, octets: str, octet3: int = 0x80) -> list[str]:
    """The fields behind octet 4 of a cause: offset+length, octet and bits, name, value."""
    body = bytes((octet3, 0x80 | cause)) + bytes.fromhex(octets)
    (element,) = view(bytes((8, 0, MessageType.STATUS, Id.CAUSE, len(body))) + body).elements
    assert not element.error
    assert isinstance(element.value, CauseIE)
    lines = []
    for field in element.fields[3:]:
        value = field.value.hex() if isinstance(field.value, bytes) else field.value
        shown = getattr(value, "name", value)
        error = f" ! {field.error}" if field.error else ""
        place = f"{field.offset}+{field.length} {field.octet}[{field.high}-{field.low}]"
        lines.append(f"{place} {field.name}={shown}{error}")
    return lines


@pytest.mark.parametrize(
    ("cause", "octets", "lines"),
    [
        (1, "8e", ["7+1 5[4-4] user=True", "7+1 5[3-3] abnormal=True", "7+1 5[2-1] condition=TRANSIENT"]),
        (3, "81", ["7+1 5[4-4] user=False", "7+1 5[3-3] abnormal=False", "7+1 5[2-1] condition=PERMANENT"]),
        (17, "01", ["7+1 5[8-1] ccbs=POSSIBLE"]),
        (21, "81", ["7+1 5[7-3] reason=USER_SPECIFIC", "7+1 5[2-1] condition=PERMANENT"]),
        (
            21,
            "80 4142",
            [
                "7+1 5[7-3] reason=USER_SPECIFIC",
                "7+1 5[2-1] condition=UNKNOWN",
                "8+2 6[8-1] user_specific=4142",
            ],
        ),
        (
            21,
            "86 18",
            [
                "7+1 5[7-3] reason=ELEMENT_MISSING",
                "7+1 5[2-1] condition=TRANSIENT",
                "8+1 5[8-1] element=CHANNEL_IDENTIFICATION",
            ],
        ),
        (
            22,
            "70 03 81 34 32",
            ["9+1 3[7-5] kind=UNKNOWN", "9+1 3[4-1] plan=E164", "10+2 4[8-1] digits=42"],
        ),
        (2, "78 01 a1", ["9+1 3[7-5] kind=NATIONAL", "9+1 3[4-1] plan=CARRIER", "10+0 4[8-1] network="]),
        (22, "70 05 81", ["7+3 5[8-1] diagnostics=700581"]),
        (22, "55", ["7+1 5[8-1] diagnostics=55"]),
        (57, "b1", ["7+1 5[7-1] attribute=TRANSFER_CAPABILITY"]),
        (
            65,
            "33 10 91",
            ["7+1 5[7-1] attribute=TRANSFER_RATE", "8+1 5a[7-1] rejected=16", "9+1 5b[7-1] available=17"],
        ),
        (66, "88", ["7+1 5[4-1] channel_type=H11"]),
        (100, "18", ["7+1 5[8-1] element=CHANNEL_IDENTIFICATION"]),
        (
            99,
            "1c 96 55",
            ["7+1 5[8-1] element=FACILITY", "8+1 5[8-1] element=150", "9+1 5[8-1] element=85"],
        ),
        (97, "77", ["7+1 5[8-1] message_type=119"]),
        (101, "62", ["7+1 5[8-1] message_type=FACILITY"]),
        (102, "333033", ["7+3 5[8-1] timer=303"]),
        (16, "", []),
        (38, "0102", ["7+2 5[8-1] diagnostics=0102"]),
    ],
)
def test_diagnostics_of_each_kind(cause: int, octets: str, lines: list[str]) -> None:
    shown = diagnostics(cause, octets)
    assert (shown if octets else shown[1:]) == lines


def test_every_layout_of_diagnostics_is_some_causes() -> None:
    assert set(BY_CAUSE.values()) == set(LAYOUTS)


def test_diagnostics_in_another_coding_are_octets() -> None:
    assert diagnostics(100, "18", 0xE0) == ["7+1 5[8-1] diagnostics=18"]


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 127), st.binary(max_size=6))
def test_diagnostics_of_any_octets_lie_within_the_element(cause: int, octets: bytes) -> None:
    body = bytes((0x80, 0x80 | cause)) + octets
    (element,) = view(bytes((8, 0, MessageType.STATUS, Id.CAUSE, len(body))) + body).elements
    assert not element.error
    end = 5 + len(body)
    assert all(5 <= field.offset <= field.offset + field.length <= end for field in element.fields)


def test_a_national_message_type_stands_in_the_next_octet() -> None:
    seen = view(bytes.fromhex("08 01 01 00 0d 08 02 8090"))
    assert seen.title == "ESCAPE"
    assert [(field.name, field.value) for field in seen.header][-1] == ("national_type", 0x0D)
    assert [element.title for element in seen.elements] == ["cause"]
    assert [field.name for field in view(bytes.fromhex("08 01 01 00")).header][-1] == "type"


def test_message_types_beyond_the_recommendation_have_names() -> None:
    assert {message_title(kind) for kind in OTHER_TITLES} >= {"GROUP SERVICE", "FACILITY REJECT"}
    seen = view(bytes.fromhex("08 00 6a"))
    assert seen.title == "FACILITY ACKNOWLEDGE"
    assert list(seen.errors) == [(2, "message type 0x6a is not known")]
    assert message_title(MessageType.SETUP) == "SETUP"
    assert message_title(0x77) == "message type 0x77"


def test_a_segment_shows_its_part_and_no_elements_of_it() -> None:
    display = RawIE(0, Id.DISPLAY, b"0123456789" * 3)
    whole = build(Message(7, MessageType.SETUP, (display, RawIE(0, Id.CALLED_NUMBER, b"\x81300"))))
    pieces = segments_of(whole, 24)
    parts = []
    for piece in pieces:
        (element,) = view(piece).elements
        assert isinstance(element.value, SegmentedMessageIE)
        assert element.fields[-1].name == "segment"
        assert element.fields[-1].offset + element.fields[-1].length == len(piece)
        parts.append(element.fields[-1].value)
    assert b"".join(parts) == whole[5:]


def test_a_segment_without_its_first_element_is_shown_as_it_is() -> None:
    assert [element.title for element in view(bytes.fromhex("08 01 01 60 28 01 41")).elements] == ["display"]
    assert [e.title for e in view(bytes.fromhex("08 01 01 60 00 01 82 28 01 41")).elements] == [
        "segmented message",
        "display",
    ]
    assert view(bytes.fromhex("08 01 01 60")).elements == ()


def test_elements_of_other_codesets_show_their_fields_where_they_fit() -> None:
    seen = view(bytes.fromhex("08 00 05 9d 32 01 83 9e 7b 00 96 28 02 4869"))
    category, appearance, display = (element for element in seen.elements if element.title != "shift")
    assert [(field.name, field.value) for field in category.fields] == [("category", 3)]
    assert (appearance.title, appearance.fields, appearance.error) == ("call appearance", (), "")
    assert [(field.name, field.value) for field in display.fields] == [("text", "Hi")]
    assert display.value == RawIE(6, 0x28, b"Hi")
    assert seen.errors == ()


def test_titles_of_elements() -> None:
    assert element_title(0x04) == "bearer capability"
    assert element_title(0x31, 4) == "transit counter"
    assert element_title(0x05, 7) == "element 0x05 of codeset 7"
    assert all(element_title(identifier, codeset) for codeset, identifier in CATALOGUE)


def values(octets: str) -> dict[str, object]:
    """The fields of the one element of a message by name."""
    (element,) = view(bytes.fromhex("08 00 05" + octets)).elements
    assert not element.error
    return {field.name: field.value for field in element.fields}


def placed(octets: str) -> list[str]:
    """Where each field of the one element of a message stands: offset+length, octet, name."""
    (element,) = view(bytes.fromhex("08 00 05" + octets)).elements
    return [f"{field.offset}+{field.length} {field.octet} {field.name}" for field in element.fields]


def test_interpreted_fields_stay_where_they_are() -> None:
    assert placed("04 03 c0 90 a3") == ["5+1 3 coding", "5+3 3 contents"]
    assert placed("7d 03 da b5 b6")[2:] == ["5+1 3 profile", "6+2 4 contents"]
    assert placed("7d 01 da") == ["5+1 3 coding", "5+1 3 interpretation", "5+1 3 profile"]
    assert placed("28 03 b1 4869") == ["5+1 3 information", "5+1 3 kind", "6+2 4 text"]
    assert placed("7e 03 04 4869") == ["5+1 3 protocol", "6+2 4 data"]


@pytest.mark.parametrize("identifier", ["04", "7c"])
def test_what_another_standard_lays_out_is_octets(identifier: str) -> None:
    assert values(f"{identifier} 03 c0 90 a3") == {"coding": 2, "contents": bytes.fromhex("c090a3")}
    assert "contents" not in values(f"{identifier} 02 80 90")


def test_of_another_standards_high_layer_octet_3_is_known() -> None:
    assert values("7d 02 da b5") == {"coding": 2, "interpretation": 6, "profile": 2, "contents": b"\xb5"}
    assert "contents" not in values("7d 02 91 81")


def test_code_points_of_another_standard_are_numbers() -> None:
    for octets, name in (("08 02 e2 91", "value"), ("1e 02 e2 88", "description"), ("14 01 ca", "state")):
        held = values(octets)
        assert type(held[name]) is int
        assert getattr(held["coding"], "name", "") in ("NETWORK",)
    assert getattr(values("08 02 e2 91")["location"], "name", "") == "PUBLIC_LOCAL"
    assert type(values("08 02 82 91")["value"]) is not int


def test_a_basic_interface_selects_b1_and_b2() -> None:
    assert getattr(values("18 01 89")["selection"], "name", "") == "B1"
    assert getattr(values("18 01 8a")["selection"], "name", "") == "B2"
    assert getattr(values("18 01 8b")["selection"], "name", "") == "ANY"
    assert getattr(values("18 01 88")["selection"], "name", "") == "NO_CHANNEL"
    assert getattr(values("18 03 a9 83 81")["selection"], "name", "") == "AS_INDICATED"


def test_the_octet_before_a_display_says_what_is_displayed() -> None:
    held = values("28 03 b1 4869")
    assert [getattr(held[name], "name", held[name]) for name in ("information", "kind", "text")] == [
        "INCLUDED",
        "CALLING_PARTY_NAME",
        "Hi",
    ]
    assert list(values("28 02 4869")) == ["text"]


def test_user_information_in_ia5_is_text() -> None:
    assert values("7e 03 04 4869")["data"] == "Hi"
    assert values("7e 03 00 4869")["data"] == b"Hi"


@settings(deadline=None, max_examples=300)
@given(st.sampled_from([8, 3, 0x43]), st.binary(max_size=30))
def test_the_view_of_any_octets_lies_within_them(discriminator: int, octets: bytes) -> None:
    data = bytes((discriminator,)) + octets
    seen = view(data)
    fields = [*seen.header, *(field for element in seen.elements for field in element.fields)]
    assert all(0 <= field.offset <= field.offset + field.length <= len(data) for field in fields)
    assert sum(len(element.octets) for element in seen.elements) <= len(data)
