"""What unnumbered frames carry, as a trace shows it: TEI management, XID, FRMR, and names of SAPIs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.codec import DecodeError, FieldView, Record
from trunkwire.lapd import parameters
from trunkwire.lapd.events import LapdSettings
from trunkwire.lapd.management import ManagementMessage, ManagementType
from trunkwire.lapd.view import (
    SAPI_TITLES,
    BasicFrameReject,
    FrameReject,
    XidFormat,
    XidGroup,
    XidParameter,
    XidParameterName,
    information_fields,
)

BASE = 3  # where the information field of an unnumbered frame begins


def told(fields: tuple[FieldView, ...]) -> list[str]:
    """A line a field: place, octet, bits, name, value or error."""
    lines = []
    for field in fields:
        value = field.value.hex() if isinstance(field.value, bytes) else int(field.value)
        error = f" ! {field.error}" if field.error else ""
        place = f"{field.offset}+{field.length} {field.octet}[{field.high}-{field.low}]"
        lines.append(f"{place} {field.name}={value}{error}")
    return lines


@pytest.mark.parametrize("kind", ManagementType, ids=lambda kind: str(kind.name))
def test_every_message_of_tei_management(kind: ManagementType) -> None:
    octets = ManagementMessage.layout.build(ManagementMessage(reference=0xC81E, type=kind, tei=64))
    assert told(information_fields("UI", 63, octets, BASE)) == [
        "3+1 5[8-1] entity=15",
        "4+2 6[8-1] reference=51230",
        f"6+1 8[8-1] type={int(kind)}",
        "7+1 9[8-2] tei=64",
        "7+1 9[1-1] last=1",
    ]


def test_a_check_response_with_several_indicators() -> None:
    octets = bytes.fromhex("0f 0001 05 80 82 85 ff")
    assert told(information_fields("UI", 63, octets, BASE))[3:] == [
        "7+1 9[8-2] tei=64",
        "7+1 9[1-1] last=0",
        "8+1 10[8-2] tei=65",
        "8+1 10[1-1] last=0",
        "9+1 11[8-2] tei=66",
        "9+1 11[1-1] last=1",
        "10+1 12[8-1] surplus=ff ! octets behind the last action indicator",
    ]


@pytest.mark.parametrize(
    ("octets", "lines"),
    [
        ("", ["3+0 5[8-1] entity= ! octet 5 is missing"]),
        ("0f00", ["3+1 5[8-1] entity=15", "4+1 6[8-1] reference=00 ! octet 6 is not whole"]),
        (
            "0f000009ff",
            [
                "3+1 5[8-1] entity=15",
                "4+2 6[8-1] reference=0",
                "6+1 8[8-1] type=9 ! message type 9 is not known (5.3.6.4)",
                "7+1 9[8-2] tei=127",
                "7+1 9[1-1] last=1",
            ],
        ),
        (
            "0e0102",
            [
                "3+1 5[8-1] entity=14",
                "4+2 6[8-1] octets=0102 ! management entity 0x0e is not TEI management's 0x0f (5.3.6.2)",
            ],
        ),
    ],
)
def test_bad_messages_of_management(octets: str, lines: list[str]) -> None:
    assert told(information_fields("UI", 63, bytes.fromhex(octets), BASE)) == lines


def test_an_offer_of_parameters() -> None:
    octets = parameters.offer(LapdSettings())
    assert told(information_fields("XID", 0, octets, BASE)) == [
        "3+1 5[8-1] format=130",
        "4+1 6[8-1] group=128",
        "5+2 7[8-1] length=14",
        "7+1 9[8-1] parameter=5",
        "8+1 10[8-1] length=2",
        "9+2 11[8-1] value=260",
        "11+1 9[8-1] parameter=6",
        "12+1 10[8-1] length=2",
        "13+2 11[8-1] value=260",
        "15+1 9[8-1] parameter=7",
        "16+1 10[8-1] length=1",
        "17+1 11[8-1] value=7",
        "18+1 9[8-1] parameter=9",
        "19+1 10[8-1] length=1",
        "20+1 11[8-1] value=10",
    ]
    names = [field.value for field in information_fields("XID", 0, octets, 0) if field.name == "parameter"]
    assert names[2] is XidParameterName.K_SENT


def test_two_groups_and_a_user_data_group_that_is_cut_off() -> None:
    octets = bytes.fromhex("82 80 0000 f0 0003 01 01 02 ff 00")
    assert told(information_fields("XID", 0, octets, 0))[3:] == [
        "4+1 6[8-1] group=240",
        "5+2 7[8-1] length=3",
        "7+1 9[8-1] parameter=1",
        "8+1 10[8-1] length=1",
        "9+1 11[8-1] value=2",
        "10+1 6[8-1] group=255",
        "11+1 7[8-1] length=00 ! octet 7 is not whole",
    ]


def test_parameters_that_are_cut_off() -> None:
    octets = bytes.fromhex("82 80 0003 05 02 01")
    assert told(information_fields("XID", 0, octets, 0))[-1] == (
        "6+1 11[8-1] value=01 ! octet 11: 2 octets announced, 1 left"
    )
    octets = bytes.fromhex("82 80 0009 05 02 01")
    assert told(information_fields("XID", 0, octets, 0))[-1] == (
        "4+3 9[8-1] parameters=050201 ! octet 9: 9 octets announced, 3 left"
    )


def test_the_frame_that_an_frmr_rejects() -> None:
    assert told(information_fields("FRMR", 0, bytes.fromhex("0a0c 06 09 0a"), BASE)) == [
        "3+2 5[8-1] rejected=2572",
        "5+1 7[8-2] vs=3",
        "6+1 8[8-2] vr=4",
        "6+1 8[1-1] response=1",
        "7+1 9[8-5] spare=0",
        "7+1 9[4-4] invalid_nr=1",
        "7+1 9[3-3] too_long=0",
        "7+1 9[2-2] no_information=1",
        "7+1 9[1-1] undefined=0",
    ]
    assert told(information_fields("FRMR", 0, bytes.fromhex("21 d4 05"), BASE)) == [
        "3+1 5[8-1] rejected=33",
        "4+1 6[8-6] vr=6",
        "4+1 6[5-5] response=1",
        "4+1 6[4-2] vs=2",
        "5+1 7[8-5] spare=0",
        "5+1 7[4-4] invalid_nr=0",
        "5+1 7[3-3] too_long=1",
        "5+1 7[2-2] no_information=0",
        "5+1 7[1-1] undefined=1",
    ]


def test_what_is_not_layer_2s_own_has_no_fields() -> None:
    assert information_fields("UI", 0, b"\x0f", 0) == ()
    assert information_fields("XID", 0, b"", 0) == ()
    assert information_fields("UA", 63, b"\x0f", 0) == ()


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(["UI", "XID", "FRMR"]), st.binary(max_size=24))
def test_the_fields_of_any_octets_lie_within_them_in_order(kind: str, octets: bytes) -> None:
    fields = information_fields(kind, 63, octets, BASE)
    places = [field.offset for field in fields]
    assert places == sorted(places)
    assert all(BASE <= field.offset <= field.offset + field.length <= BASE + len(octets) for field in fields)
    covered = {n for field in fields for n in range(field.offset, field.offset + field.length)}
    broken = [field for field in fields if field.error]
    assert broken or kind == "UI" or covered == set(range(BASE, BASE + len(octets)))


@pytest.mark.parametrize("cls", [XidFormat, XidGroup, XidParameter, FrameReject, BasicFrameReject])
@settings(deadline=None, max_examples=60)
@given(body=st.binary(max_size=10))
def test_kernel_and_construct_agree(cls: type[Record], body: bytes) -> None:
    try:
        value = cls.layout.tree.parse(body)
    except DecodeError:
        with pytest.raises(DecodeError):
            cls.layout.parse(body)
        return
    assert cls.layout.parse(body) == value
    assert cls.layout.build(value) == body


def test_names_of_service_access_points() -> None:
    assert [SAPI_TITLES.get(sapi, "") for sapi in (0, 1, 12, 16, 62, 63, 61)] == [
        "call control",
        "packet mode by Q.931",
        "teleaction",
        "X.25 packet layer",
        "operation and maintenance of a GSM base station",
        "layer 2 management",
        "",
    ]


def test_names_of_parameters() -> None:
    assert " ".join(f"{int(name)}:{name.name}" for name in XidParameterName) == (
        "0:SET 2:CLASSES_OF_PROCEDURES 3:OPTIONAL_FUNCTIONS 5:N201_SENT 6:N201_RECEIVED 7:K_SENT "
        "8:K_RECEIVED 9:T200 10:N200"
    )


def test_spare_bits_are_not_needed_to_build_a_reject() -> None:
    value = FrameReject(
        rejected=0x0A0C,
        vs=3,
        vr=4,
        response=True,
        invalid_nr=False,
        too_long=False,
        no_information=False,
        undefined=True,
    )
    assert FrameReject.layout.build(value) == bytes.fromhex("0a0c 06 09 01")
