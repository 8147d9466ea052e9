"""Wireshark's names and text without tshark beside: what the package itself promises, by octets and words."""

from __future__ import annotations

import pytest
from h225_setup import setup_information

from trunkbench.trace.capture import Packet
from trunkbench.trace.record import Direction, FrameRecord, Layer
from trunkbench.trace.wireshark import (
    NAMES,
    MessageReader,
    PacketFields,
    column,
    element_fields,
    lapd_fields,
    line,
    message_fields,
    read_element,
)
from trunkbench.trace.wireshark.h225 import gets_through
from trunkbench.trace.wireshark.names import FORMS, MISSING
from trunkbench.trace.wireshark.packets import epoch
from trunkwire.side import Side

SETUP = "08 02 12 34 05"


def packet(
    octets: str, link_type: int = 203, number: int = 1, at_ns: int = 1_000_000_001, direction: int = 0
) -> Packet:
    data = bytes.fromhex(octets)
    return Packet(number, 0, at_ns, link_type, 0, "", "", direction, data, len(data), None)


def test_every_name_has_one_form() -> None:
    assert len(NAMES) == len(set(NAMES)) == 178
    assert set(NAMES) == set(FORMS)
    assert NAMES[:2] == ("frame.number", "frame.time_epoch")


def test_a_column_escapes_five_characters_and_joins_with_commas() -> None:
    assert column(["a\tb\nc\r\f\b", "\\\x0b\x1b"]) == "a\\tb\\nc\\r\\f\\b,\\\x0b\x1b"


def test_a_line_has_empty_columns_for_what_is_absent() -> None:
    texts = PacketFields().packet(packet("00 01 00 00 08 02 12 34 05 a1"))
    names = ["frame.number", "q931.signal", "q931.sending_complete", "frame.time_epoch"]
    assert line(texts, names) == "1\t\t1\t1.000000001"


@pytest.mark.parametrize(
    ("octets", "wanted"),
    [
        ("08 02 82 90", {"cause_location": "2", "cause_value": "16", "coding_standard": "0x00"}),
        ("18 03 a9 83 85", {"channel.number": "5", "channel.exclusive": "1", "channel.selection": "0x01"}),
        ("18 03 e9 01 85", {"channel.interface_id": "133"}),
        ("6c 04 21 83 31 32", {"calling_party_number.digits": "12", "screening_ind": "0x03"}),
        ("28 03 e9 41 00", {"display_information": "\ufffdA"}),
        ("02 00", {"data": MISSING}),
        ("a1", {"sending_complete": "1"}),
        ("b7", {"congestion_level": "0x07"}),
        ("42 03 01 02 83", {"cumulative_transit_delay": str(1 << 14 | 2 << 7 | 3)}),
        ("42 02 01 82", {"invalid_length": "1"}),
        ("7c 06 88 90 6b 4c cc 00", {"uil3_additional": "0x00cc"}),
    ],
)
def test_elements(octets: str, wanted: dict[str, str]) -> None:
    found = dict(element_fields(0, bytes.fromhex(octets)))
    assert {name: found.get(f"q931.{name}") for name in wanted} == wanted


def test_an_element_beyond_the_message_ends_it() -> None:
    assert read_element(0, b"\x28\x05ab").broken
    names = [name for name, _ in message_fields(bytes.fromhex(SETUP + "a1 28 05 61"))]
    assert names[-1] == "q931.sending_complete"


def test_a_broken_facility_ends_the_message_and_a_whole_one_does_not() -> None:
    whole = bytes.fromhex("1c 0b 91 a1 08 02 01 01 02 01 00 80 00")
    assert not read_element(0, whole).broken
    assert read_element(0, bytes.fromhex("1c 03 91 a1 05")).broken


def test_elements_in_an_argument_of_qsig_count() -> None:
    """wtmiEnquiry (54): a number, and elements as an octet string of the application's."""
    octets = "1c 15 91 a1 12 02 01 01 02 01 36 30 0a 80 01 31 40 05 18 03 a9 83 85"
    assert ("q931.channel.number", "5") in element_fields(0, bytes.fromhex(octets))


def test_segments_meet_in_the_last_one() -> None:
    reader = MessageReader()
    first = reader.read(bytes.fromhex("08 02 00 01 60 00 02 81 05 34 01"), 7)
    last = reader.read(bytes.fromhex("08 02 00 01 60 00 02 00 05 3f a1"), 9)
    assert ("q931.signal", "0x3f") in last
    assert not any(name == "q931.signal" for name, _ in first)
    assert [text for name, text in last if name == "q931.segment"] == ["7", "9"]
    assert ("q931.reassembled.length", "4") in last


@pytest.mark.parametrize(
    ("octets", "sender", "wanted"),
    [
        ("02 01 1f", None, {"u_modifier_cmd": "0x03", "p": "1"}),
        ("02 01 1f", Side.USER, {"u_modifier_resp": "0x03", "f": "1"}),
        ("02 01 1f", Side.NETWORK, {"u_modifier_cmd": "0x03", "p": "1"}),
        ("02 01 01 0b", Side.USER, {"n_r": "5", "f": "1", "s_ftype": "0x0000"}),
        ("00 01 04 03", Side.NETWORK, {"n_s": "2", "n_r": "1", "p": "1"}),
    ],
)
def test_control_fields(octets: str, sender: Side | None, wanted: dict[str, str]) -> None:
    found = dict(lapd_fields(bytes.fromhex(octets), sender))
    assert {name: found.get(f"lapd.control.{name}") for name in wanted} == wanted
    assert ("lapd.direction" in found) is (sender is not None)


def test_times() -> None:
    assert [epoch(at) for at in (0, 1_500_000_000, -1)] == ["0.000000000", "1.500000000", "-0.000000001"]


def test_records_of_other_traces() -> None:
    fields = PacketFields()
    message = FrameRecord(5, Direction.IN, bytes.fromhex(SETUP + "a1"), number=3, layer=Layer.Q931)
    assert fields.records([message])["q931.sending_complete"] == ["1"]
    frame = FrameRecord(5, Direction.IN, b"\x02\x01\x1f", side=Side.USER, number=4)
    assert fields.records([frame])["lapd.direction"] == ["1"]


def test_a_setup_of_h225_is_followed_to_its_alias_addresses() -> None:
    assert gets_through(setup_information("00" + "0000001" + "0" * 6 + "1000" + "1001"))
    assert not gets_through(setup_information("11" + "0" * 22))
    assert gets_through(b"")


def test_endless_segments_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trunkbench.trace.wireshark.message.MOST_HELD", 1000)
    reader = MessageReader()
    for number in range(50):
        head = bytes.fromhex("08 02 00 01 60 00 02") + bytes((0x81 if not number else 1, 5))
        reader.read(head + b"\xa1" * 20, number)
        assert reader.segments.held <= 1000
    assert reader.segments.held == sum(
        piece.cost for pieces in reader.segments.waiting.values() for piece in pieces
    )
    last = reader.read(bytes.fromhex("08 02 00 01 60 00 02 00 05 a1"), 51)
    assert ("q931.sending_complete", "1") in last
