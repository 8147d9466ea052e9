"""Files of probes and cards (EyeSDN, i4btrace), MTP2 signal units, and lines that carry no D channel."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Sequence
from pathlib import Path

import carried
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkbench.trace.capture import Damage
from trunkbench.trace.inputs import InputOptions, Item, i4btrace, open_trace
from trunkbench.trace.otherlayers import words_of
from trunkbench.trace.record import Audio, Direction, Foreign, FrameRecord, Happening, Layer
from trunkwire.side import Side

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
FRAME = bytes.fromhex("00010000") + carried.SETUP
AT = 1_000_000_000_000_000 + 123_456
"""Microseconds."""


def read(data: bytes, options: InputOptions | None = None) -> list[Item]:
    """What a file holds."""
    return list(open_trace(io.BytesIO(data), "x", options))


def capture(name: str) -> bytes:
    """A real capture, or skip."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"capture {name} is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    return path.read_bytes()


def frames(items: Sequence[Item]) -> list[FrameRecord]:
    """The frames among items."""
    return [item for item in items if isinstance(item, FrameRecord)]


def test_eyesdn_frames_have_time_direction_and_their_octets() -> None:
    data = bytes(range(256))
    first, second = frames(read(carried.eyesdn([(AT, 0, 1, data), (AT + 1, 0, 0, FRAME)])))
    assert first.data == data
    assert second.data == FRAME
    assert (first.at_ns, second.at_ns) == (AT * 1000, AT * 1000 + 1000)
    assert (first.side, first.direction) == (Side.USER, Direction.OUT)
    assert (second.side, second.direction) == (Side.USER, Direction.IN)
    assert (first.number, first.offset, second.number) == (1, 6, 2)


@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 255), st.binary(max_size=60)), max_size=6))
def test_eyesdn_octets_survive_their_escapes(records: list[tuple[int, int, bytes]]) -> None:
    items = read(carried.eyesdn([(micros, 0, kind & 1, data) for micros, kind, data in records]))
    assert [item.data for item in frames(items)] == [data for _, _, data in records]
    assert len(items) == len(records)


@pytest.mark.parametrize(
    ("kind", "channel", "layer", "span", "slot"),
    [
        (0, 0, Layer.LAPD, "", 0),
        (0, 2, Layer.OTHER, "B2", 2),
        (2, 0, Layer.OTHER, "LAPB", 0),
        (4, 0, Layer.MTP2, "MTP2", 0),
        (5, 0, Layer.OTHER, "DPNSS", 0),
        (6, 0, Layer.OTHER, "DASS 2", 0),
        (8, 0, Layer.OTHER, "V5 envelope", 0),
    ],
)
def test_eyesdn_kinds(kind: int, channel: int, layer: Layer, span: str, slot: int) -> None:
    (frame,) = frames(read(carried.eyesdn([(AT, channel, 2 * kind, FRAME)])))
    assert (frame.layer, frame.span, frame.slot) == (layer, span, slot)


@pytest.mark.parametrize(("kind", "what"), [(3, "ATM cell"), (7, "BACnet"), (99, "EyeSDN record of kind 99")])
def test_eyesdn_records_that_are_no_frames(kind: int, what: str) -> None:
    (item,) = read(carried.eyesdn([(AT, 0, 2 * kind, bytes(53))]))
    assert item == Foreign(1, AT * 1000, 6, f"{what}, 53 octets")


@pytest.mark.parametrize(
    ("text", "alarm"),
    [
        ("Signal detected", False),
        ("G.704 locked", False),
        ("Layer 1 UP", False),
        ("G.704 lock lost", True),
        ("Layer 1 DOWN", True),
        ("RAI", True),
        ("probe started", None),
    ],
)
def test_eyesdn_events_are_happenings(text: str, alarm: bool | None) -> None:
    (item,) = read(carried.eyesdn([(AT, 0, 3, text.encode())]))
    assert item == Happening(AT * 1000, f"TE side: {text}", number=1, offset=6, alarm=alarm)


def test_eyesdn_damage_is_said_and_reading_goes_on() -> None:
    good = carried.eyesdn([(AT, 0, 0, FRAME)])
    record = good[6:]
    items = read(good + record[:15] + record + b"noise" + record)
    assert [item.data for item in frames(items)] == [FRAME] * 3
    assert [item.number for item in frames(items)] == [1, 2, 3]
    assert [item.problem[:16] for item in items if isinstance(item, Damage)] == [
        "a record is cut ",
        "5 octets that ar",
    ]


def test_flags_without_records_are_one_damage() -> None:
    record = carried.eyesdn([(AT, 0, 0, FRAME)])[6:]
    items = read(b"EyeSDN" + b"\xff" * 70_000 + record + b"\xff" * 3)
    assert [item.data for item in frames(items)] == [FRAME]
    assert next(item.problem for item in items if isinstance(item, Damage)) == "70000 flags without a record"
    assert len(items) <= 4


def test_every_cut_of_an_eyesdn_file() -> None:
    whole = carried.eyesdn([(AT, 0, 0, FRAME), (AT, 0, 1, b"\xff\xfe\xfd" * 5)])
    for size in range(6, len(whole)):
        items = read(whole[:size])
        assert len(frames(items)) < 2
        assert len(items) <= 2


@pytest.mark.parametrize("order", ["<", ">"])
def test_i4b_frames(order: str) -> None:
    data = carried.i4b([(AT, 1, 0, FRAME), (AT + 5, 1, 1, FRAME[:3])], order=order, unit=2)
    first, second = frames(read(data))
    assert (first.data, first.at_ns, first.span, first.slot) == (FRAME, AT * 1000, "unit 2", 0)
    assert (first.side, first.direction, second.direction) == (Side.USER, Direction.OUT, Direction.IN)
    assert (second.offset, second.number, second.layer) == (32 + len(FRAME), 2, Layer.LAPD)


def test_i4b_layer_1() -> None:
    items = read(carried.i4b([(AT, 0, 0, b"\x04"), (AT, 0, 1, b"\x03"), (AT, 0, 1, b"\x99")]))
    assert [item.what for item in items if isinstance(item, Happening)] == [
        "layer 1: INFO 3 from the TE",
        "layer 1: INFO 2 from the NT",
        "layer 1: event 99 from the NT",
    ]


def test_i4b_frames_of_a_b_channel_are_v120_or_octets() -> None:
    items = read(carried.i4b([(AT, 2, 0, bytes.fromhex("08017f")), (AT, 3, 1, b"\xff\x03\xc0\x21\x01")]))
    first, second = frames(items)
    assert (first.layer, first.span, first.slot) == (Layer.OTHER, "B1", 1)
    assert (second.layer, second.span, second.slot) == (Layer.OTHER, "B2", 2)
    assert words_of(first) == "V.120, link 256, SABME"
    assert words_of(second) == "5 octets: ff 03 c0 21 01"


def test_i4b_audio_is_turned_round_and_its_gaps_show() -> None:
    octets = carried.speech(1, 512)
    assert octets[0] & 1 or not octets[1] & 1  # no address
    packets = [(AT + 64_000, 2, 1, octets), (AT + 128_000, 2, 1, octets), (AT + 10_000_000, 2, 1, octets)]
    without = read(carried.i4b([(AT, 1, 0, FRAME), *packets]))
    assert [type(item) for item in without] == [FrameRecord, Foreign, Foreign, Foreign]
    items = read(carried.i4b([(AT, 1, 0, FRAME), *packets]), InputOptions(audio=True))
    heard = [item for item in items if isinstance(item, Audio)]
    assert [item.first for item in heard] == [0, 512, 80_000 - 512]
    assert heard[0].octets == bytes(int(f"{one:08b}"[::-1], 2) for one in octets)
    assert (heard[0].slot, heard[0].direction) == (1, Direction.IN)


def test_i4b_damage() -> None:
    good = carried.i4b([(AT, 1, 0, FRAME)] * 9)
    for data, numbers in ((good + bytes(40), 9), (good[:-3], 8), (good + b"\x28", 9)):
        items = read(data)
        assert [item.number for item in frames(items)] == list(range(1, numbers + 1))
        assert isinstance(items[-1], Damage)
        assert items[-1].fatal


def test_i4b_octets_left_out_are_told() -> None:
    data = bytearray(carried.i4b([(AT, 1, 0, FRAME)]))
    data[16:20] = struct.pack("<I", 100)
    (frame,) = frames(read(bytes(data)))
    assert frame.original == len(FRAME) + 100


FISU = bytes((0xFF, 0x81, 0x00))
LSSU = bytes((0xFF, 0x81, 0x01, 0x03))
IAM = bytes((0x8A, 0x8B, 0x14, 0x85, 0x01, 0x40, 0x00, 0x50, 0x05, 0x00, 0x01)) + bytes(12)


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        (FISU, "FISU BSN 127 BIB 1 FSN 1 FIB 1 LI 0"),
        (LSSU, "LSSU BSN 127 BIB 1 FSN 1 FIB 1 LI 1, status SIOS"),
        (IAM, "MSU BSN 10 BIB 1 FSN 11 FIB 1 LI 20, ISUP NI 2 1 to 1 SLS 5, CIC 5 IAM"),
        (FISU + b"\0", "FISU BSN 127 BIB 1 FSN 1 FIB 1 LI 0 (but 1 octets follow)"),
        (b"\x01", "MTP2, a signal unit of 1 octets: it has at least 3"),
        (bytes((0, 0, 3, 0x85, 1, 2)), "MSU BSN 0 BIB 0 FSN 0 FIB 0 LI 3, 3 octets, too short for a label"),
    ],
)
def test_signal_units_with_and_without_fcs(unit: bytes, words: str) -> None:
    (plain,) = frames(read(carried.pcap([unit], carried.MTP2)))
    (right,) = frames(read(carried.pcap([unit + carried.x25_fcs(unit)], carried.MTP2)))
    assert (plain.data, plain.fcs, plain.layer) == (unit, None, Layer.MTP2)
    assert (right.data, right.fcs) == (
        (unit, True) if len(unit) > 1 else (unit + carried.x25_fcs(unit), None)
    )
    assert words_of(plain) == words


def test_the_mtp2_pseudo_header_tells_direction_and_link() -> None:
    sent, received = frames(
        read(carried.pcap([struct.pack(">BBH", 1, 0, 3) + LSSU, struct.pack(">BBH", 0, 0, 3) + FISU], 139))
    )
    assert (sent.data, sent.direction, sent.span) == (LSSU, Direction.OUT, "link 3")
    assert (received.data, received.direction) == (FISU, Direction.IN)


def test_every_fcs_of_the_real_signal_units_is_right() -> None:
    items = read(capture("e1/isup_load_generator.pcap"))
    assert len(items) == 5265
    assert {item.fcs for item in frames(items)} == {True}
    assert all("MTP2" not in words_of(frame) for frame in frames(items))


@pytest.mark.parametrize(
    ("link", "packet", "what"),
    [
        (104, bytes.fromhex("8f00803500000002"), "Cisco HDLC, SLARP keep-alive"),
        (104, bytes.fromhex("0f000800") + bytes(20), "Cisco HDLC, IPv4"),
        (104, bytes.fromhex("0f00"), "Cisco HDLC, a packet of 2 octets that ends within its header"),
        (107, bytes.fromhex("0001030800757f"), "frame relay, DLCI 0, Q.933 STATUS ENQUIRY"),
        (107, bytes.fromhex("184103cc") + bytes(20), "frame relay, DLCI 100, IPv4"),
        (107, bytes.fromhex("01020304"), "frame relay with an address that is not two octets long"),
        (9, bytes.fromhex("ff03c02101010004"), "PPP, LCP"),
        (50, bytes.fromhex("0021") + bytes(20), "PPP, IPv4"),
        (
            141,
            bytes((0x85, 0x01, 0x40, 0x00, 0x50, 0x05, 0x00, 0x0C)),
            "MTP3, ISUP NI 2 1 to 1 SLS 5, CIC 5 REL",
        ),
        (1, bytes(12) + b"\x08\x06" + bytes(28), "ARP"),
        (1, bytes(12) + b"\x88\xcc" + bytes(28), "LLDP"),
        (1, bytes(12) + b"\x99\x99" + bytes(28), "EtherType 0x9999"),
        (1, bytes(12) + b"\x00\x26\x42\x42\x03" + bytes(35), "LLC, spanning tree"),
        (
            1,
            bytes(12) + b"\x00\x26\xaa\xaa\x03\x00\x00\x0c\x20\x00" + bytes(28),
            "SNAP, organisation 00000c type 0x2000",
        ),
        (1, carried.ether(carried.ipv4(bytes(8), 1)), "ICMP"),
        (1, carried.ether(carried.ipv4(bytes(8), 250)), "IP protocol 250"),
        (1, carried.ether(carried.ipv6(bytes(8), 58), 0x86DD), "ICMPV6"),
        (1, carried.ether(carried.ipv4(carried.udp(b"x", 53, 4000), 17)), "UDP, DNS"),
        (1, bytes(9), "a packet that ends within its headers"),
        (101, b"\x55" * 30, "raw IP of version 5"),
        (101, b"\x41" * 30, "IPv4 with a broken header"),
    ],
)
def test_what_carries_no_d_channel_is_named(link: int, packet: bytes, what: str) -> None:
    (item,) = read(carried.pcap([packet], link))
    assert item == Foreign(1, 1000 * 10**9, 24, what)


def test_a_real_trace_of_v120() -> None:
    found = frames(read(capture("bri/i4b.trace")))
    assert [frame.layer for frame in found].count(Layer.OTHER) == 68
    assert words_of(found[16]) == "V.120, link 256, SABME"
    assert words_of(found[62]) == "V.120, link 256, REJ N(R)=0"


def test_a_real_trace_of_dpnss() -> None:
    items = read(capture("e1/dpnss-eyesdn.trc"))
    words = [words_of(frame) for frame in frames(items)]
    assert words[:2] == [
        "DPNSS, real channel 31, ISRM(I) .*1#*19*P#*50*3000#3011",
        "DPNSS, real channel 31, acknowledgement",
    ]
    assert sum(word.endswith("acknowledgement") for word in words) * 2 == len(words)
    assert [item.what for item in items if isinstance(item, Happening) and item.alarm] == [
        "NT side: G.704 lock lost",
        "TE side: G.704 lock lost",
    ]


def test_eyesdn_has_the_directions_of_b_channels_the_other_way_round() -> None:
    (d_channel, b_channel) = frames(read(carried.eyesdn([(AT, 0, 1, FRAME), (AT, 1, 1, FRAME)])))
    assert (d_channel.direction, b_channel.direction) == (Direction.OUT, Direction.IN)


@pytest.mark.parametrize(
    ("place", "value", "recognised"),
    [
        (0, 31, False),
        (0, 16_385, False),
        (4, 16, False),
        (4, 15, True),
        (8, 4, False),
        (12, 2, False),
        (16, 65_536, False),
        (28, 1_000_000, False),
        (28, 999_999, True),
    ],
)
@pytest.mark.parametrize("which", [0, 7])
def test_i4b_is_recognised_by_its_first_headers(place: int, value: int, recognised: bool, which: int) -> None:
    data = bytearray(carried.i4b([(AT, 1, 0, FRAME)] * 9))
    at = which * (32 + len(FRAME)) + place
    data[at : at + 4] = struct.pack("<I", value)
    assert (i4btrace.recognise(bytes(data)) is not None) is recognised


def test_i4b_looks_at_eight_headers_and_no_more() -> None:
    good = carried.i4b([(AT, 1, 0, FRAME)] * 8)
    assert i4btrace.recognise(good + bytes(40)) == "ISDN4BSD i4btrace, least significant octet first"
    assert i4btrace.recognise(good[:40]) is not None
    assert i4btrace.recognise(good[:31]) is None


def test_i4b_octets_of_a_b_channel_are_what_most_of_them_are() -> None:
    audio = carried.speech(1, 200)
    lookalike = bytes.fromhex("08010000") + carried.speech(2, 100)  # an address by chance
    long_frame = bytes.fromhex("08010000") + bytes(100)
    first = read(carried.i4b([(AT, 2, 0, data) for data in (audio, lookalike, audio, lookalike)]))
    assert [type(item) for item in first] == [Foreign] * 4
    second = read(carried.i4b([(AT, 2, 0, data) for data in (long_frame, long_frame, audio, long_frame)]))
    assert [type(item) for item in second] == [FrameRecord] * 4
    each = read(carried.i4b([(AT, 2, 0, audio), (AT, 2, 1, long_frame), (AT, 3, 0, long_frame)]))
    assert [type(item) for item in each] == [Foreign, FrameRecord, FrameRecord]


@pytest.mark.parametrize(("size", "what"), [(63, FrameRecord), (64, Foreign)])
def test_i4b_short_packets_of_a_b_channel_are_frames(size: int, what: type) -> None:
    (item,) = read(carried.i4b([(AT, 2, 0, bytes((0xFF,)) * size)]))
    assert type(item) is what
