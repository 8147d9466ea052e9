"""Reading pcap and pcapng: both byte orders, all block kinds, and files that lie about themselves."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkbench.trace.capture import NO_PACKET, Damage, NotACapture, Packet, read_capture
from trunkbench.trace.frames import read_frames
from trunkbench.trace.inputs import open_trace
from trunkbench.trace.record import UNTIMED, FrameRecord

FRAME = bytes.fromhex("0001000008020001 05".replace(" ", ""))


def read(data: bytes) -> tuple[list[Packet], list[Damage]]:
    items = list(read_capture(io.BytesIO(data), "t"))
    packets = [item for item in items if isinstance(item, Packet)]
    return packets, [item for item in items if isinstance(item, Damage)]


def pcap(order: str = "<", magic: int = 0xA1B2C3D4, network: int = 203) -> bytes:
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, network)


def pcap_record(
    order: str, seconds: int, fraction: int, data: bytes = FRAME, captured: int | None = None
) -> bytes:
    n = len(data) if captured is None else captured
    return struct.pack(order + "IIII", seconds, fraction, n, len(data)) + data


def block(order: str, kind: int, body: bytes, total: int | None = None, again: int | None = None) -> bytes:
    body += bytes(-len(body) % 4)
    n = 12 + len(body) if total is None else total
    return struct.pack(order + "II", kind, n) + body + struct.pack(order + "I", n if again is None else again)


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<", major: int = 1) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, major, 0, -1))


def interface(order: str = "<", link: int = 203, options: bytes = b"", snap: int = 0) -> bytes:
    return block(order, 1, struct.pack(order + "HHI", link, 0, snap) + options)


def enhanced(order: str, index: int, stamp: int, data: bytes = FRAME, options: bytes = b"") -> bytes:
    head = struct.pack(order + "IIIII", index, stamp >> 32, stamp & 0xFFFF_FFFF, len(data), len(data))
    return block(order, 6, head + data + bytes(-len(data) % 4) + options)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "unit"), [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_pcap_in_both_orders_and_resolutions(order: str, magic: int, unit: int) -> None:
    data = (
        pcap(order, magic) + pcap_record(order, 1_246_900_000, 5) + pcap_record(order, 1_246_900_001, 6, b"")
    )
    packets, damage = read(data)
    assert not damage
    assert [(p.number, p.offset, p.at_ns, p.data) for p in packets] == [
        (1, 24, 1_246_900_000_000_000_000 + 5 * unit, FRAME),
        (2, 24 + 16 + len(FRAME), 1_246_900_001_000_000_000 + 6 * unit, b""),
    ]
    assert {p.link_type for p in packets} == {203}


def test_pcap_link_type_field_may_announce_an_fcs() -> None:
    network = 1 << 28 | 1 << 26 | 203  # FCS of one 16-bit word
    packets, _ = read(pcap(network=network) + pcap_record("<", 0, 0))
    assert (packets[0].link_type, packets[0].fcs_length) == (203, 2)


def event(order: str) -> bytes:
    """What sysdig writes of an event: processor, nanoseconds since 1970, thread, length, type."""
    return struct.pack(order + "HQQIHxx", 1, 1_700_000_000_000_000_007, 5, 32, 3) + bytes(4)


JOURNAL = b"MESSAGE=hello\n__REALTIME_TIMESTAMP=1700000000000123\n"
COUNTED: list[tuple[int, bytes, int, int]] = [
    (0x0BAD, struct.pack("<I", 32473), 4, 0),
    (0x4000_0BAD, struct.pack("<I", 32473) + b"private", 4, 0),
    (0x204, b"", 24, 1_700_000_000_000_000_007),
    (0x216, b"", 28, 1_700_000_000_000_000_007),
    (0x221, b"", 28, 1_700_000_000_000_000_007),
    (9, JOURNAL, 23, 1_700_000_000_000_123_000),
    (9, b"MESSAGE=an entry without a time\n", 23, 0),
]
"""Blocks that are no packets and have numbers: type, body (or an event), shortest body, time."""


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "body", "shortest", "at_ns"), COUNTED)
def test_pcapng_blocks_that_only_count(order: str, kind: int, body: bytes, shortest: int, at_ns: int) -> None:
    counted = body or event(order)
    data = section(order) + interface(order) + enhanced(order, 0, 5) + block(order, kind, counted)
    packets, damage = read(data + enhanced(order, 0, 6))
    assert [packet.number for packet in packets] == [1, 2, 3]
    assert [packet.link_type for packet in packets] == [203, NO_PACKET, 203]
    assert (packets[1].at_ns, packets[1].clock, packets[1].data) == (at_ns, None if at_ns else "", b"")
    assert damage == []
    filled = bytes((shortest + 3) // 4 * 4)
    assert read(section(order) + block(order, kind, filled))[1] == []
    _, [told] = read(section(order) + block(order, kind, filled[4:]))
    assert f"where at least {shortest} must stand" in told.problem


def test_blocks_that_only_count_are_no_frames() -> None:
    data = section() + interface() + block("<", 0x0BAD, bytes(8)) + enhanced("<", 0, 6)
    frames = list(read_frames(io.BytesIO(data)))
    assert [(type(frame), getattr(frame, "number", 0)) for frame in frames] == [(FrameRecord, 2)]
    items = list(open_trace(io.BytesIO(data), "t"))
    assert [(type(item), getattr(item, "number", 0)) for item in items] == [(FrameRecord, 2)]


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_interfaces_options_and_block_kinds(order: str) -> None:
    names = option(order, 2, b"span 1") + option(order, 3, b"near") + option(order, 9, b"\x09")
    flags = option(order, 1, b"a comment") + option(order, 2, struct.pack(order + "I", 2))
    fcs = option(order, 2, struct.pack(order + "I", 1 | 2 << 5))
    obsolete = struct.pack(order + "HHIIII", 1, 0, 0, 3_000_000, len(FRAME), len(FRAME)) + FRAME
    data = (
        section(order)
        + interface(order, 203, names + option(order, 0, b""))
        + interface(order, 177)
        + block(order, 5, b"statistics, skipped")
        + block(order, 0x0BAE, b"unknown, skipped as well")
        + enhanced(order, 0, 7, options=flags)
        + enhanced(order, 1, 2_000_000, options=fcs)
        + block(order, 2, obsolete)
        + block(order, 3, struct.pack(order + "I", len(FRAME)) + FRAME)
    )
    packets, damage = read(data)
    assert not damage
    assert [p.data for p in packets] == [FRAME] * 4
    assert [p.at_ns for p in packets] == [7, 2_000_000_000, 3_000_000_000, UNTIMED]
    assert [p.link_type for p in packets] == [203, 177, 177, 203]
    assert [p.direction for p in packets] == [2, 1, 0, 0]
    assert [p.name for p in packets] == ["span 1", "", "", "span 1"]
    assert packets[0].description == "near"
    assert packets[1].fcs_length == 2


@pytest.mark.parametrize(
    ("resolution", "stamp", "at_ns"),
    [
        (b"\x06", 1, 1_000),
        (b"\x00", 1, 10**9),
        (b"\x8a", 1024, 10**9),
        (b"\x0c", 5_000, 5),
        (b"\x7f", 1, 0),
        (b"\xff", 1, 0),
    ],
)
def test_time_stamp_resolutions(resolution: bytes, stamp: int, at_ns: int) -> None:
    """if_tsresol: a power of ten, or of two when the top bit is set; if_tsoffset in seconds is added."""
    options = option("<", 9, resolution) + option("<", 14, struct.pack("<q", 100))
    packets, damage = read(section() + interface(options=options) + enhanced("<", 0, stamp))
    assert not damage
    assert packets[0].at_ns == at_ns + 100 * 10**9


def test_options_of_a_wrong_length_are_passed_over() -> None:
    """A resolution of two octets or an offset of four say nothing that could be trusted."""
    options = option("<", 9, b"\x09\x00") + option("<", 14, b"\x01\0\0\0") + option("<", 13, b"\x10\0")
    packets, damage = read(section() + interface(options=options) + enhanced("<", 0, 7))
    assert not damage
    assert (packets[0].at_ns, packets[0].fcs_length) == (7_000, None)


def test_sections_have_their_own_order_and_interfaces() -> None:
    data = section("<") + interface("<", 203) + enhanced("<", 0, 1)
    data += section(">") + interface(">", 177) + enhanced(">", 0, 2)
    packets, damage = read(data)
    assert not damage
    assert [(p.link_type, p.interface, p.number) for p in packets] == [(203, 0, 1), (177, 1, 2)]


def test_a_simple_packet_is_as_long_as_the_snap_length_lets_it() -> None:
    data = section() + interface(snap=4) + block("<", 3, struct.pack("<I", len(FRAME)) + FRAME[:4])
    packets, damage = read(data)
    assert not damage
    assert (packets[0].data, packets[0].original) == (FRAME[:4], len(FRAME))


GOOD = section() + interface() + enhanced("<", 0, 1)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (enhanced("<", 3, 1), "interface 3"),
        (block("<", 6, b"\0" * 8), "at least 20"),
        (block("<", 6, struct.pack("<IIIII", 0, 0, 0, 0xFFFF_FFFF, 1)), "4294967295 octets in a body of 20"),
        (block("<", 2, b"\0" * 16), "at least 20"),
        (block("<", 3, b""), "at least 4"),
    ],
)
def test_a_block_that_contradicts_itself_costs_only_itself(bad: bytes, says: str) -> None:
    packets, damage = read(GOOD + bad + enhanced("<", 0, 2))
    assert [p.at_ns for p in packets] == [1000, 2000]
    assert len(damage) == 1
    assert says in damage[0].problem
    assert damage[0].offset == len(GOOD)
    assert not damage[0].fatal
    assert damage[0].describe("x.pcapng").startswith(f"x.pcapng: at octet {len(GOOD)}: a block of type")


def test_a_broken_interface_block_keeps_its_number() -> None:
    packets, damage = read(section() + block("<", 1, b"") + interface(link=177) + enhanced("<", 1, 1))
    assert len(damage) == 1
    assert packets[0].link_type == 177


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (block("<", 6, b"", total=8), "claims a length of 8"),
        (block("<", 6, b"", total=13), "claims a length of 13"),
        (block("<", 6, b"", total=0xFFFF_FFFC), "claims a length of 4294967292"),
        (block("<", 6, b"\0" * 8, again=24), "the length 20 at its start and 24 at its end"),
        (struct.pack("<III", 0x0A0D0D0A, 28, 0x12345678), "byte-order magic"),
        (section(major=2), "version 2.0"),
        (b"\x06", "ends inside a block header"),
        (struct.pack("<II", 6, 400), "ends inside a block of 400 octets"),
    ],
)
def test_a_block_without_a_believable_end_stops_the_reading_there(bad: bytes, says: str) -> None:
    packets, damage = read(GOOD + bad + (b"" if says.startswith("ends inside") else enhanced("<", 0, 2)))
    assert [p.at_ns for p in packets] == [1000]
    assert [d.fatal for d in damage] == [True]
    assert damage[0].offset == len(GOOD)
    assert says in damage[0].problem


def test_pcap_with_an_absurd_size() -> None:
    packets, damage = read(pcap() + pcap_record("<", 0, 0) + pcap_record("<", 0, 0, captured=0x7FFF_FFFF))
    assert len(packets) == 1
    assert "packet 2 claims 2147483647 octets" in damage[0].problem
    assert damage[0].offset == 24 + 16 + len(FRAME)


@pytest.mark.parametrize("data", [b"", b"\x00", b"hello, world", bytes(64)])
def test_other_files_are_refused_by_name(data: bytes) -> None:
    says = "the file is empty" if not data else f"neither pcap nor pcapng .*{data[:4].hex(' ')}"
    with pytest.raises(NotACapture, match=rf"^t: .*{says}") as caught:
        read(data)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("whole", [pcap() + pcap_record("<", 1, 2) * 3, GOOD + enhanced("<", 0, 2) + GOOD])
def test_every_truncation_keeps_what_stands_before_it(whole: bytes) -> None:
    complete, _ = read(whole)
    ends = {24 + k * (16 + len(FRAME)) for k in range(4)} | {len(whole)}
    for size in range(4, len(whole)):
        packets, damage = read(whole[:size])
        assert packets == complete[: len(packets)]
        if not damage:  # cut exactly between two blocks
            assert whole[:4] != pcap()[:4] or size in ends
        else:
            assert damage[0].fatal
            assert damage[0].offset < size or size < 24


class Trickle(io.RawIOBase):
    """A raw stream that gives a few octets at a time, as a pipe may; asking for too many is a fault."""

    def __init__(self, data: bytes, most: int) -> None:
        self._data = io.BytesIO(data)
        self._most = most

    def read(self, size: int = -1) -> bytes:
        assert 0 < size < 100
        return self._data.read(min(size, self._most))


@pytest.mark.parametrize("most", [1, 3, 5])
def test_a_stream_that_gives_little_at_a_time(most: int) -> None:
    items = list(read_capture(Trickle(GOOD * 2, most)))  # type: ignore[arg-type]
    assert [item.at_ns for item in items if isinstance(item, Packet)] == [1000, 1000]
    assert len(items) == 2


@given(st.binary(max_size=200), st.sampled_from([b"", pcap(), pcap(">"), section(), GOOD]))
def test_any_octets_give_packets_damage_or_one_clear_refusal(tail: bytes, head: bytes) -> None:
    try:
        packets, damage = read(head + tail)
    except NotACapture:
        return
    assert len([d for d in damage if d.fatal]) <= 1
    assert all(len(p.data) <= len(tail) + len(head) for p in packets)


@given(st.data())
def test_flipped_octets_never_raise(data: st.DataObject) -> None:
    octets = bytearray(data.draw(st.sampled_from([GOOD + GOOD, pcap() + pcap_record("<", 1, 2) * 3])))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(4, len(octets) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(octets))
