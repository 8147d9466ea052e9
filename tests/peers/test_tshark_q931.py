"""Our tolerant view against tshark's dissection: all golden elements, all messages, causes and channels."""

from __future__ import annotations

import itertools
import struct
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from peerlib import require_program

from trunkwire.codec import FieldView, SlotMap
from trunkwire.q931 import maintenance
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    CATALOGUE,
    IE,
    CalledNumberIE,
    CauseIE,
    ChangeStatusIE,
    ChannelIdentificationIE,
    ChannelStatus,
    ExtendedFacilityIE,
    FacilityIE,
    Location,
    RawIE,
    SegmentedMessageIE,
    SendingCompleteIE,
    ShiftIE,
)
from trunkwire.q931.ies.golden import GOLDEN
from trunkwire.q931.maintenance import Maintenance, ServiceMessage
from trunkwire.q931.message import Message, build, parse
from trunkwire.q931.messages import TABLES, MessageType
from trunkwire.q931.segmentation import segments_of
from trunkwire.q931.view import MessageView, view

LINKTYPE_LAPD = 203
HEADER = ("q931.call_ref_len", "q931.call_ref_flag", "q931.call_ref", "q931.message_type")
RATE_ADAPTION = """
    rate_adaption_header multiple_frame_establishment mode_of_operation protocol_negotiation
    message_originator negotiation_is_done bearer_capability.intermediate_rate
    send_data_net_independent_clock accept_data_net_independent_clock send_data_flow_control
    accept_data_flow_control bearer_capability.stop_bits bearer_capability.data_bits bearer_capability.parity
    bearer_capability.duplex bearer_capability.modem_type
"""
NUMBER = (
    "number_type numbering_plan presentation_ind screening_ind extension.reason redirecting_number.digits"
)
LAYERS = tuple(f"q931.{name}" for name in ("layer_ident", "uil1", "uil2", "bearer_capability.mode"))
DIFFERENCES: dict[str, tuple[str, ...]] = {
    # tshark takes the first octet 5b for V.110's and the next for V.120's, whatever octet 5 says
    "04 06 88 90 21 48 40 bb": tuple(f"q931.{name}" for name in RATE_ADAPTION.split()),
    "04 05 88 90 28 00 e0": tuple(f"q931.{name}" for name in RATE_ADAPTION.split()),
    "04 05 88 90 28 4b aa": tuple(f"q931.{name}" for name in RATE_ADAPTION.split()),
    "04 07 88 90 28 4b 54 4d 91": tuple(f"q931.{name}" for name in RATE_ADAPTION.split()),
    # tshark does not know octets 4a and 4b
    "04 04 80 10 4d d1": LAYERS,
    "04 04 80 10 10 93": LAYERS,
    # tshark does not look into what another standard than the ITU's codes
    "7d 02 da b5": ("q931.high_layer_characteristics",),
    # and then lacks an octet, which it takes from layer 2
    "04 07 90 90 23 43 00 72 d3": tuple(
        f"q931.{name}" for name in (*RATE_ADAPTION.split(), "uil2", "layer_ident")
    ),
    # tshark looks for the coding standard of a call state in bits 7 and 6; it is in bits 8 and 7 (4.5.7)
    "14 01 3e": ("q931.coding_standard", "q931.call_state"),
    # tshark prints the description, but leaves the field that it declares for it empty
    "27 01 80": ("q931.notification_description",),
    # tshark takes the character set octet of national variants for a character
    "28 06 b1 42 65 6e 63 68": ("q931.display_information",),
    # tshark reads an X.25 packet size from the octet of a user-specified layer 3 protocol
    "7c 06 80 90 50 85 70 89": ("q931.bearer_capability.default_packet_size",),
    # tshark joins the halves of a network layer protocol's identifier, which stand in two octets
    "7c 05 80 90 6b 0c 8c": ("q931.uil3_additional",),
    # tshark does not look into a connected party subaddress
    "4d 04 80 50 34 32": tuple(f"q931.party_subaddr{name}" for name in ("", ".type", ".odd_even")),
    # tshark names the elements of codeset 6 without reading them
    "9e 74 04 01 03 84 37": tuple(f"q931.{name}" for name in NUMBER.split()),
    "9e 75 03 80 50 31": tuple(f"q931.party_subaddr{name}" for name in ("", ".type", ".odd_even")),
    # tshark's own party category is not reached: its QSIG dissector takes the element
    "9d 32 01 83": ("q931.party_category",),
    # tshark takes octet 3 of a transit network selection for a length, as network-specific facilities have it
    "78 04 a1 32 38 38": tuple(f"q931.netid{name}" for name in ("", ".type", ".plan", ".length")),
}
"""Where tshark 4.0 leaves the Recommendation: the element's octets, and the fields that are not compared."""


APART = (SegmentedMessageIE, FacilityIE, ExtendedFacilityIE)
"""What is compared elsewhere: a segment without its fellows, components (which tshark takes for QSIG's)."""


def wireshark_names() -> list[str]:
    """Every Wireshark field that our declarations name."""
    names = dict.fromkeys(HEADER)
    for cls in CATALOGUE.values():
        names.update(dict.fromkeys(field.place.ws for field in cls.layout.plan.fields if field.place.ws))
    return list(names)


def write_pcap(path: Path, messages: Sequence[bytes]) -> None:
    """The messages as LAPD I frames (SAPI 0, TEI 0, from the user), link type LAPD."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINKTYPE_LAPD))
        for number, data in enumerate(messages):
            frame = bytes((0, 1, number % 128 * 2, 0)) + data
            file.write(struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame)


def dissect(path: Path, names: Sequence[str]) -> list[dict[str, list[str]]]:
    """For each frame, the values of each field in wire order."""
    command = [require_program("tshark", "tshark"), "-n", "-r", str(path), "-T", "fields"]
    command += ["-E", "occurrence=a", "-E", "aggregator=\x1f"]
    for name in names:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    return [
        {
            name: value.split("\x1f") if value else []
            for name, value in zip(names, line.split("\t"), strict=True)
        }
        for line in done.stdout.splitlines()
    ]


def ours(seen: MessageView) -> dict[str, list[object]]:
    """The values of our view by Wireshark's field names, in wire order."""
    found: dict[str, list[object]] = {}
    fields: Iterator[FieldView] = itertools.chain(seen.header, *(element.fields for element in seen.elements))
    for field in fields:
        assert not field.error, field
        value = field.value
        if isinstance(value, SlotMap):
            value = tuple(seen.data[field.offset : field.offset + field.length])
        if field.ws and field.length:  # tshark has no field for text without characters
            found.setdefault(field.ws, []).extend(value if isinstance(value, tuple) else [value])
    return found


def same(name: str, mine: object, theirs: str) -> bool:
    """Whether a value of ours is what tshark prints."""
    if name == "q931.call_ref":
        return mine == int(theirs, 16)
    if isinstance(mine, int):
        return bool(mine) is (theirs == "True") if theirs in ("True", "False") else mine == int(theirs, 0)
    if isinstance(mine, bytes):
        return mine.hex() == theirs.replace(":", "")
    return mine == theirs


def shifted(value: IE) -> tuple[IE, ...]:
    """The element, behind the shift that its codeset needs."""
    return (ShiftIE(non_locking=True, codeset=value.of_codeset), value) if value.of_codeset else (value,)


def compared(tmp_path: Path, messages: Sequence[Message]) -> int:
    """Compare all fields of all messages; how many values agreed."""
    path = tmp_path / "made.pcap"
    octets = [build(message) for message in messages]
    write_pcap(path, octets)
    names = wireshark_names()
    theirs = dissect(path, [*names, "_ws.malformed", "_ws.expert.message"])
    assert len(theirs) == len(messages)
    count = 0
    for data, fields in zip(octets, theirs, strict=True):
        assert not fields["_ws.malformed"], (data.hex(" "), fields["_ws.expert.message"])
        mine = ours(view(data))
        excused = {
            name for octets, which in DIFFERENCES.items() if bytes.fromhex(octets) in data for name in which
        }
        for name in sorted(set(names) - excused):
            held = mine.get(name, [])
            agree = len(held) == len(fields[name]) and all(map(same, [name] * len(held), held, fields[name]))
            assert agree, f"{data.hex(' ')}: {name} is {held!r} here and {fields[name]!r} in tshark"
            count += len(held)
    return count


def test_every_golden_vector(tmp_path: Path) -> None:
    values = [golden.value for golden in GOLDEN if not isinstance(golden.value, APART)]
    messages = [Message(n + 1, MessageType.SETUP, shifted(value)) for n, value in enumerate(values)]
    assert compared(tmp_path, messages) > 4 * len(messages)


def test_every_difference_is_met() -> None:
    """No excuse outlives its vector."""
    built = b"".join(build(Message(1, MessageType.SETUP, shifted(golden.value))) for golden in GOLDEN)
    assert all(bytes.fromhex(octets) in built for octets in DIFFERENCES)


def test_every_message_with_all_that_it_may_carry(tmp_path: Path) -> None:
    """Each message of call control in both directions, with each declared element that its table lists."""
    by_identifier: dict[int, list[Any]] = {}
    for golden in GOLDEN:
        if golden.value.of_codeset or isinstance(golden.value, APART):
            continue
        by_identifier.setdefault(golden.value.identifier, []).append(golden.value)
    messages = []
    for kind, number, flag in itertools.product(TABLES, range(4), (False, True)):
        allowed = sorted(identifier for identifier in TABLES[kind] if identifier in by_identifier)
        chosen = [by_identifier[identifier] for identifier in allowed]
        elements = tuple(values[number % len(values)] for values in chosen)
        message = Message(0x1234, MessageType(kind), elements, flag)
        assert parse(build(message)).ies == elements
        messages.append(message)
    assert {message.type for message in messages} == set(TABLES)
    assert compared(tmp_path, messages) >= 8 * len(messages)


def test_every_cause_from_every_location(tmp_path: Path) -> None:
    pairs = list(itertools.product(Cause, Location))
    messages = [
        Message(n + 1, MessageType.DISCONNECT, (CauseIE(location=location, value=cause),))
        for n, (cause, location) in enumerate(pairs)
    ]
    assert compared(tmp_path, messages) == 7 * len(pairs)


def test_every_channel_by_number_and_by_map(tmp_path: Path) -> None:
    numbers = [n for n in range(1, 32) if n != 16]
    makers = (ChannelIdentificationIE.of, ChannelIdentificationIE.of_map)
    messages = [
        Message(n, MessageType.CALL_PROCEEDING, (make(n, exclusive=exclusive),), to_originator=True)
        for n, make, exclusive in itertools.product(numbers, makers, (False, True))
    ]
    assert compared(tmp_path, messages) > 12 * len(messages)


def test_elements_of_other_codesets_do_not_disturb(tmp_path: Path) -> None:
    tail = (CalledNumberIE(digits="300"), SendingCompleteIE())
    shifted = (ShiftIE(non_locking=True, codeset=6), RawIE(6, 0x01, b"\x80"))
    locked = (ShiftIE(codeset=6), RawIE(6, 0x02, b"\x80"))
    messages = [
        Message(1, MessageType.SETUP, (*shifted, *tail)),
        Message(2, MessageType.SETUP, (*tail, *locked)),
    ]
    path = tmp_path / "made.pcap"
    write_pcap(path, [build(message) for message in messages])
    theirs = dissect(path, ["q931.called_party_number.digits", "_ws.malformed"])
    assert [fields["q931.called_party_number.digits"] for fields in theirs] == [["300"], ["300"]]
    assert not any(fields["_ws.malformed"] for fields in theirs)


def test_a_segmented_message_is_whole_again_in_tshark(tmp_path: Path) -> None:
    """Annex H: tshark reassembles what we cut, and finds every field of the message in the last segment."""
    digits = CalledNumberIE(digits="0123456789" * 3)
    whole = build(Message(7, MessageType.SETUP, (digits, SendingCompleteIE())))
    path = tmp_path / "made.pcap"
    pieces = segments_of(whole, 24)
    assert len(pieces) == 3
    write_pcap(path, pieces)
    names = ["q931.message_type", "q931.segment_type", "q931.called_party_number.digits", "_ws.malformed"]
    theirs = dissect(path, names)
    assert [fields["q931.segment_type"] for fields in theirs] == [["0x05"]] * 3
    assert theirs[-1]["q931.called_party_number.digits"] == [digits.digits]
    assert not any(fields["_ws.malformed"] for fields in theirs)


@pytest.mark.parametrize("status", ChannelStatus, ids=lambda status: str(status.name))
def test_service_of_the_at_t_protocol(status: ChannelStatus, tmp_path: Path) -> None:
    """tshark knows the maintenance messages of discriminator 3; those of 0x43 it takes for national use."""
    whole = ServiceMessage(False, ChangeStatusIE(channel=False, status=status))
    one = ServiceMessage(True, ChangeStatusIE(status=status), ChannelIdentificationIE.of(5))
    path = tmp_path / "made.pcap"
    write_pcap(path, [maintenance.build(Maintenance.ATT, message) for message in (whole, one)])
    names = ["maintenance_message_type", "extension_ind_new_status", "channel.number", "call_ref_flag"]
    theirs = dissect(path, [*(f"q931.{name}" for name in names), "_ws.malformed"])
    assert [list(fields.values()) for fields in theirs] == [
        [["0x0f"], [str(int(status))], [], ["0"], []],
        [["0x07"], [str(int(status))], ["5"], ["1"], []],
    ]
