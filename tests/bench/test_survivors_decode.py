"""Decoding: what mutations of the readers and of the telling had left unnoticed, each by its own case."""

from __future__ import annotations

import io
import itertools
import struct

import pytest

from trunkbench.trace import Direction, FrameRecord, ladder
from trunkbench.trace.capture import Damage, Packet, read_capture
from trunkbench.trace.frames import FcsWatch, read_frames
from trunkbench.trace.layer2 import describe_management, layer2_fields, management, read_layer2
from trunkbench.trace.sides import How, SideWatch
from trunkbench.trace.telling import facts_of
from trunkwire.hdlc import fcs16
from trunkwire.lapd.frames import InformationFrame
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    IE,
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CallStateIE,
    CallStateValue,
    CauseIE,
    ChannelIdentificationIE,
    ConnectedNumberIE,
    DisplayIE,
    KeypadIE,
    NotificationIndicatorIE,
    ProgressDescription,
    ProgressIndicatorIE,
    RawIE,
    RestartClass,
    RestartIndicatorIE,
    SendingCompleteIE,
    UserUserIE,
)
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side

RR = bytes.fromhex("00010102")


def pcap_header(network: int = 203) -> bytes:
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, network)


def pcap_packet(data: bytes, at_s: int = 0) -> bytes:
    return struct.pack("<IIII", at_s, 0, len(data), len(data)) + data


def block(kind: int, body: bytes) -> bytes:
    return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))


def pcapng(options: bytes = b"", data: bytes = RR) -> bytes:
    """One interface of link type 203 with those options, and one packet (of a multiple of four octets)."""
    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = block(1, struct.pack("<HHI", 203, 0, 0) + options)
    return section + interface + block(6, struct.pack("<IIIII", 0, 0, 0, len(data), len(data)) + data)


def option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def items(data: bytes) -> list[Packet | Damage]:
    return list(read_capture(io.BytesIO(data)))


# -- capture files -----------------------------------------------------------------------------------------


def test_a_file_cut_off_in_its_header_is_damaged_from_its_first_octet_on() -> None:
    (damage,) = items(pcap_header()[:20])
    assert isinstance(damage, Damage)
    assert (damage.offset, damage.fatal) == (0, True)
    assert "inside the file header, 4 of its octets are missing" in damage.problem


def test_the_interface_behind_the_last_one_is_unknown() -> None:
    stray = block(6, struct.pack("<IIIII", 1, 0, 0, len(RR), len(RR)) + RR)
    packet, damage, again = items(pcapng() + stray + block(6, struct.pack("<IIIII", 0, 0, 0, 0, 0)))
    assert isinstance(packet, Packet)
    assert isinstance(damage, Damage)
    assert "a packet of interface 1, which no interface description has introduced" in damage.problem
    assert isinstance(again, Packet)


@pytest.mark.parametrize("there", [1, 2, 3])
def test_what_is_missing_of_a_block_header_is_counted(there: int) -> None:
    *_, damage = items(pcapng() + bytes(there))
    assert isinstance(damage, Damage)
    assert f"inside a block header, {4 - there} of its octets are missing" in damage.problem


@pytest.mark.parametrize(
    ("network", "fcs_length"), [(203, None), (203 | 0x2000_0000, None), (203 | 0x2400_0000, 4)]
)
def test_pcap_announces_an_fcs_by_bit_26_alone(network: int, fcs_length: int | None) -> None:
    (packet,) = items(pcap_header(network) + pcap_packet(RR))
    assert isinstance(packet, Packet)
    assert (packet.link_type, packet.fcs_length) == (203, fcs_length)


@pytest.mark.parametrize(("options", "fcs_length"), [(b"", None), (option(13, b"\x02"), 2)])
def test_pcapng_announces_an_fcs_by_an_option_of_the_interface(options: bytes, fcs_length: int) -> None:
    (packet,) = items(pcapng(options))
    assert isinstance(packet, Packet)
    assert packet.fcs_length == fcs_length


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (option(2, b"a") + option(0, b"") + option(2, b"late"), "a"),
        (option(2, b"a") + struct.pack("<HH", 2, 9) + b"no such", "a"),
        (option(2, b"whole"), "whole"),
    ],
)
def test_options_end_at_their_end_and_where_one_is_cut_off(options: bytes, name: str) -> None:
    options += bytes(-len(options) % 4)
    (packet,) = items(pcapng(options))
    assert isinstance(packet, Packet)
    assert packet.name == name


def test_an_obsolete_packet_block_has_a_time_stamp_of_64_bits() -> None:
    head = struct.pack("<HHIIII", 0, 0, 1, 5, len(RR), len(RR))
    packet = items(pcapng() + block(2, head + RR))[-1]
    assert isinstance(packet, Packet)
    assert packet.at_ns == ((1 << 32) + 5) * 1000
    assert packet.data == RR


def test_what_was_read_cannot_be_changed() -> None:
    for item in (*items(pcapng()), *items(pcap_header()[:20]), read_layer2(RR)):
        with pytest.raises(AttributeError, match="immutable"):
            item.offset = 1  # type: ignore[misc, union-attr]


# -- frames ------------------------------------------------------------------------------------------------


def sll(data: bytes = b"") -> bytes:
    return struct.pack(">HHHB7xH", 4, 8445, 0, 0, 0x30) + data


def test_a_linux_lapd_packet_with_nothing_behind_its_header_is_a_frame_without_octets() -> None:
    (frame,) = read_frames(io.BytesIO(pcap_header(177) + pcap_packet(sll())))
    assert isinstance(frame, FrameRecord)
    assert (frame.data, frame.direction) == (b"", Direction.OUT)


@pytest.mark.parametrize(("options", "span"), [(b"", "interface 0"), (option(2, b"span7"), "span7")])
def test_a_span_has_the_name_of_its_interface(options: bytes, span: str) -> None:
    """The number stands in for a name only; interface 0 of a pcap file has neither."""
    (frame,) = read_frames(io.BytesIO(pcapng(options)))
    assert isinstance(frame, FrameRecord)
    assert frame.span == (span if options else "")
    second = pcapng(options)
    both = list(read_frames(io.BytesIO(second + second)))
    assert [frame.span for frame in both if isinstance(frame, FrameRecord)] == [
        span if options else "",
        span if options else "interface 1",
    ]


# -- layer 2 -----------------------------------------------------------------------------------------------


def test_what_is_no_lapd_has_neither_poll_nor_numbers() -> None:
    layer2 = read_layer2(b"\x00")
    assert (layer2.kind, layer2.p_f, layer2.n_s, layer2.n_r, layer2.information) == ("", False, 0, 0, b"")
    assert layer2.summary(None) == "not LAPD"


@pytest.mark.parametrize("frame", ["00017f", "000173", "000103aa"])
def test_an_unnumbered_frame_has_no_numbers(frame: str) -> None:
    layer2 = read_layer2(bytes.fromhex(frame))
    assert (layer2.n_s, layer2.n_r) == (0, 0)


def test_each_message_of_tei_management_by_its_number() -> None:
    """Q.921 table 8."""
    told = []
    for number in range(1, 8):
        message = management(read_layer2(bytes.fromhex("feff030f0001") + bytes((number, 0x81))))
        assert message is not None
        told.append(describe_management(message).partition(",")[0])
    assert told == [
        "identity request",
        "identity assigned",
        "identity denied",
        "identity check request",
        "identity check response",
        "identity remove",
        "identity verify",
    ]


def test_the_first_eight_octets_that_do_not_belong_are_shown() -> None:
    (fault,) = read_layer2(RR + bytes(range(10))).faults
    assert fault == (4, "10 octets in a frame without information field (00 01 02 03 04 05 06 07)")
    (fault,) = read_layer2(bytes.fromhex("00017f0102")).faults
    assert fault == (3, "2 octets in a frame without information field (01 02)")


@pytest.mark.parametrize("control", range(256))
def test_the_control_field_chooses_the_figure(control: int) -> None:
    """Q.921 3.5: bit 1 is 0 in an I frame; bits 2 and 1 are 01 in an S frame and 11 in a U frame."""
    named = {field.name for field in layer2_fields(bytes((0, 1, control, 0)))}
    if control & 1 == 0:
        assert {"ns", "nr", "pf"} <= named
    elif control & 3 == 1:
        assert {"function", "nr", "pf"} <= named
        assert "ns" not in named
    else:
        assert "pf" in named
        assert not {"nr", "ns"} & named


# -- in words ----------------------------------------------------------------------------------------------

BY_IMPORTANCE: list[list[IE | RawIE]] = [
    [ChannelIdentificationIE.of(3)],
    [CauseIE(value=Cause.USER_BUSY)],
    [
        CallStateIE(state=CallStateValue.ACTIVE),
        RestartIndicatorIE(restart_class=RestartClass.INDICATED_CHANNELS),
    ],
    [ProgressIndicatorIE(description=ProgressDescription.INBAND_INFORMATION)],
    [CallingNumberIE(digits="1")],
    [CalledNumberIE(digits="2"), ConnectedNumberIE(digits="3")],
    [SendingCompleteIE(), KeypadIE(keys="4")],
    [DisplayIE(text="5"), NotificationIndicatorIE(description=0), RawIE(0, 0x1C, b"\x91")],
    [BearerCapabilityIE()],
    [UserUserIE(protocol=4, data=b"6")],
]


@pytest.mark.parametrize("first", range(len(BY_IMPORTANCE) - 1))
def test_of_each_two_neighbours_the_more_telling_stands_first(first: int) -> None:
    """And those of one rank in the order of the message."""
    for early, late in itertools.product(BY_IMPORTANCE[first], BY_IMPORTANCE[first + 1]):
        told = facts_of(Message(1, MessageType.SETUP, (late, early)))
        assert told == facts_of(Message(1, MessageType.SETUP, (early, late)))
        assert told[:1] == facts_of(Message(1, MessageType.SETUP, (early,)))
    for equal in itertools.permutations(BY_IMPORTANCE[first]):
        alone = [facts_of(Message(1, MessageType.SETUP, (ie,)))[0] for ie in equal]
        assert list(facts_of(Message(1, MessageType.SETUP, tuple(equal)))) == alone


@pytest.mark.parametrize("cause", [97, 98, 101])
def test_causes_about_a_message_name_it(cause: int) -> None:
    """Q.850 2.2.7: their diagnostic is the message type."""
    said = CauseIE(value=Cause(cause), diagnostics=b"\x7b")
    assert facts_of(Message(1, MessageType.STATUS, (said,)))[0].endswith(": INFORMATION")


# -- ladders -----------------------------------------------------------------------------------------------


def test_a_frame_of_an_unknown_sender_has_no_arrowhead() -> None:
    """XID is a command or a response, and where no direction was recorded nothing tells which."""
    setup = build(Message(5, MessageType.SETUP, (BearerCapabilityIE(), ChannelIdentificationIE.of(1))))
    frames = [
        InformationFrame.layout.build(
            InformationFrame(sapi=0, cr=True, tei=0, ns=ns, nr=0, pf=False, information=setup)
        )
        for ns in (0, 1)
    ]
    octets = [frames[0], bytes.fromhex("0001af"), frames[1]]
    records = [FrameRecord(at, Direction.UNKNOWN, data, "s", 16, None) for at, data in enumerate(octets)]
    lines = ladder(records, layer2=True).splitlines()
    rungs = [line for line in lines if line.partition("│")[0].strip() and "│" in line]
    assert [("▶" in rung or "◀" in rung) for rung in rungs] == [True, False, True]
    assert rungs[1].count("│") == 2
    assert rungs[1].index("│") == rungs[0].index("│")
    assert rungs[1].rindex("│") == rungs[0].index("│", rungs[0].index("▶"))


def one_setup(text: str) -> list[FrameRecord]:
    ies = (BearerCapabilityIE(), ChannelIdentificationIE.of(1), DisplayIE(text=text))
    information = build(Message(5, MessageType.SETUP, ies))
    frame = InformationFrame(sapi=0, cr=True, tei=0, ns=0, nr=0, pf=False, information=information)
    octets = InformationFrame.layout.build(frame)
    return [FrameRecord(0, Direction.OUT, octets, "s", 16, Side.NETWORK)]


def test_a_ladder_fills_its_width_and_is_a_hundred_columns_wide() -> None:
    """A fact that grows by a letter each time just fits once."""
    longest = {
        width: max(
            len(line)
            for n in range(1, 40)
            for line in ladder(one_setup("x" * n), width=width).splitlines()
            if "│" in line
        )
        for width in (80, 99, 100)
    }
    assert longest == {80: 80, 99: 99, 100: 100}
    for n in range(1, 40):
        assert ladder(one_setup("x" * n)) == ladder(one_setup("x" * n), width=100)
    # Beside the arrow there are 48 columns; the other facts and the quotation marks take 39 of them.
    rows = [sum("│" in line for line in ladder(one_setup("x" * n)).splitlines()) for n in (9, 10)]
    assert rows == [1, 2]


def test_only_a_poll_makes_a_final_bit_an_answer() -> None:
    """Sides by C/R and polls alone (Q.921 3.3.2, 5.6.2): after an I frame without P, RR with it is a poll."""
    for polled, sender in ((False, Side.NETWORK), (True, Side.USER)):
        watch = SideWatch()
        assert watch.sender("I", (0, 1, 0), polled, Direction.UNKNOWN, None) == (Side.NETWORK, How.C_R)
        assert watch.sender("RR", (0, 1, 0), True, Direction.UNKNOWN, None) == (sender, How.POLL)


def test_where_no_side_was_told_none_is_contradicted() -> None:
    watch = SideWatch()
    assert watch.sender("I", (0, 1, 0), False, Direction.OUT, None) == (Side.NETWORK, How.SIDE)
    assert watch.contradictions == 0
    assert watch.sender("I", (0, 1, 0), False, Direction.OUT, Side.USER) == (Side.NETWORK, How.SIDE)
    assert watch.contradictions == 1


def test_long_names_of_the_ends_stay_apart() -> None:
    drawn = ladder(one_setup(""), ends=("n" * 30, "far"))
    assert f"{'n' * 30} (network) far (user)" in drawn


def test_the_shortest_frame_with_its_fcs_loses_it() -> None:
    data = bytes.fromhex("0001")
    fcs = fcs16(data).to_bytes(2, "little")
    assert FcsWatch().strip(data + fcs, True) == (data, True)
    assert FcsWatch().strip(data[1:] + fcs, True) == (data[1:] + fcs, None)


@pytest.mark.parametrize("length", [0, 1, 2])
def test_fields_of_what_ends_before_its_control_field(length: int) -> None:
    assert any(field.error for field in layer2_fields(bytes(length)))
