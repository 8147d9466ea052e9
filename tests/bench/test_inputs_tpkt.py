"""H.323's Q.931 messages in TPKT on TCP connections: order, loss, repetition, and what is none."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise

import carried
import pytest
from carried import CONNECT, SETUP, ether, ipv4, tcp, tpkt
from hypothesis import given
from hypothesis import strategies as st

from trunkbench.trace.inputs import Item, open_trace
from trunkbench.trace.inputs.tcpflows import FLOWS, SEGMENTS, WAITING, Connections
from trunkbench.trace.record import Direction, Foreign, FrameRecord, Layer

START = 2**32 - 20
"""A sequence number that soon begins anew."""


def segment(data: bytes, at: int, flags: int = 0x18, port: int = 1720) -> bytes:
    """A segment from the caller, its octets `at` octets behind the beginning."""
    return ether(ipv4(tcp(data, (START + at) % 2**32, flags, 40_000, port), 6))


def answer(data: bytes, at: int, flags: int = 0x18, port: int = 1720) -> bytes:
    """A segment from the called end."""
    return ether(ipv4(tcp(data, (777 + at) % 2**32, flags, port, 40_000), 6, back=True), back=True)


def read(packets: Sequence[bytes]) -> list[Item]:
    """What a capture of these packets holds."""
    return list(open_trace(io.BytesIO(carried.pcap(packets)), "x"))


def messages(items: Sequence[Item]) -> list[tuple[int, bytes]]:
    """Packet number and octets of the Q.931 messages."""
    return [(item.number, item.data) for item in items if isinstance(item, FrameRecord)]


@pytest.mark.parametrize("port", [1720, 5555])
def test_a_call_is_read_with_its_directions(port: int) -> None:
    items = read(
        [
            segment(b"", -1, 0x02, port),
            answer(b"", -1, 0x12, port),
            segment(tpkt(SETUP), 0, port=port),
            answer(tpkt(CONNECT), 0, port=port),
        ]
    )
    assert messages(items) == [(3, SETUP), (4, CONNECT)]
    setup, connect = items[2:]
    assert isinstance(setup, FrameRecord)
    assert isinstance(connect, FrameRecord)
    assert (setup.direction, connect.direction) == (Direction.OUT, Direction.IN)
    assert setup.span == connect.span == f"10.0.0.1:40000 to 10.0.0.2:{port}"
    assert setup.layer is Layer.Q931
    assert [item.what for item in items if isinstance(item, Foreign)] == ["TCP SYN", "TCP SYN ACK"]


def test_without_the_beginning_the_port_tells_who_called() -> None:
    items = read([answer(tpkt(CONNECT), 0), segment(tpkt(SETUP), 0)])
    assert [item.direction for item in items if isinstance(item, FrameRecord)] == [
        Direction.IN,
        Direction.OUT,
    ]


def test_what_the_capture_tells_of_the_direction_counts() -> None:
    packets = [(segment(tpkt(SETUP), 0), 1), (answer(tpkt(CONNECT), 0), 2)]
    items = list(open_trace(io.BytesIO(carried.pcapng(packets)), "x"))
    assert [item.direction for item in items if isinstance(item, FrameRecord)] == [
        Direction.IN,
        Direction.OUT,
    ]


def test_several_messages_in_a_segment_and_a_message_in_several() -> None:
    stream = tpkt(SETUP) + tpkt(b"") + tpkt(CONNECT)
    whole = read([segment(stream, 0)])
    assert messages(whole) == [(1, SETUP), (1, CONNECT)]
    one_by_one = read([segment(stream[at : at + 1], at) for at in range(len(stream))])
    assert [data for _, data in messages(one_by_one)] == [SETUP, CONNECT]
    assert len(one_by_one) == len(stream)


@given(
    st.lists(st.sampled_from([SETUP, CONNECT, carried.RELEASE_COMPLETE]), min_size=1, max_size=6),
    st.lists(st.integers(1, 200), max_size=12),
    st.randoms(),
)
def test_order_and_repetition_do_not_matter(sent: list[bytes], cuts: list[int], random: object) -> None:
    stream = b"".join(map(tpkt, sent))
    ends = sorted({cut for cut in cuts if cut < len(stream)} | {len(stream)})
    pieces = list(zip([0, *ends[:-1]], ends, strict=True))
    pieces += [*pieces[:3], (0, len(stream) // 2)]  # again, and in other cuts
    random.shuffle(pieces)  # type: ignore[attr-defined]
    items = read([segment(b"", -1, 0x02), *(segment(stream[at:end], at) for at, end in pieces)])
    assert [data for _, data in messages(items)] == sent


def test_what_becomes_of_segments_without_a_message_is_told() -> None:
    stream = tpkt(SETUP) + tpkt(CONNECT)
    pieces = [(0, 25), (0, 10), (30, len(stream)), (25, 28), (28, 30)]
    items = read([segment(stream[at:end], at) for at, end in pieces])
    assert [data for _, data in messages(items)] == [SETUP, CONNECT]
    assert [item.what for item in items if isinstance(item, Foreign)] == [
        "TCP, 10 octets that came again",
        f"TCP, {len(stream) - 30} octets that came before what they follow",
        "TCP, 3 octets that came as part of a message",
    ]


def test_what_was_lost_is_said_and_reading_goes_on() -> None:
    packets = [segment(tpkt(SETUP), 0)]
    later = tpkt(SETUP + bytes(60_000))
    at = len(tpkt(SETUP)) + 500  # 500 octets never came
    packets += [
        segment(later, at),
        segment(tpkt(CONNECT), at + len(later)),
        segment(bytes(30_000), at + 70_000),
    ]
    items = read([*packets, segment(b"", at + 100_000, 0x11)])
    assert [data for _, data in messages(items)] == [SETUP, SETUP + bytes(60_000), CONNECT]
    assert at + len(later) > WAITING // 2


def test_segments_that_wait_are_bounded_in_number() -> None:
    early = [segment(b"x", 100 + 2 * n) for n in range(SEGMENTS + 1)]
    items = read([segment(tpkt(SETUP), 0), *early])
    assert "octets are missing" in items[-1].what  # type: ignore[union-attr]
    assert items[-2].what == "TCP, 1 octets that came before what they follow"  # type: ignore[union-attr]


def test_a_message_whose_beginning_is_lost_is_left_out() -> None:
    half = tpkt(SETUP)[20:]
    at = len(tpkt(CONNECT))
    packets = [segment(tpkt(CONNECT), 0), segment(half, at + 20), segment(tpkt(SETUP), at + 20 + len(half))]
    items = read([*packets, segment(b"", at + 500, 0x14)])
    assert [data for _, data in messages(items)] == [CONNECT, SETUP]


def test_other_connections_are_left_alone() -> None:
    http = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
    h245 = tpkt(b"\x02\x70\x01\x06\x00\x08\x81\x75\x00\x04\x80\x16")
    items = read(
        [segment(http, 0, port=80), segment(tpkt(SETUP), len(http), port=80), segment(h245, 0, port=2000)]
    )
    assert messages(items) == []
    assert [item.what for item in items if isinstance(item, Foreign)] == [
        f"TCP ACK, {len(http)} octets",
        f"TCP ACK, {len(tpkt(SETUP))} octets",
        f"TCP ACK, {len(h245)} octets",
    ]


def test_broken_envelopes_do_not_stop_reading() -> None:
    broken = b"\x03\x00\x00\x02\x08\x02\x00\x01\x05"
    items = read([segment(broken, 0), segment(tpkt(SETUP), len(broken))])
    assert messages(items) == [(2, SETUP)]
    assert "broken" in items[0].what  # type: ignore[union-attr]


@pytest.mark.parametrize("words", [0, 4, 15])
def test_a_broken_tcp_header_is_said(words: int) -> None:
    packet = bytearray(segment(tpkt(SETUP)[:8], 0))
    packet[14 + 20 + 12] = words << 4
    (item,) = read([bytes(packet)])
    assert item.what.startswith("TCP with a broken header length")  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [1, 2, 4, 5])
def test_small_first_segments_on_any_port(size: int) -> None:
    stream = tpkt(SETUP)
    cuts = [*range(0, 10, size), len(stream)]
    packets = [segment(b"", -1, 0x02, 5555)]
    packets += [segment(stream[at:end], at, port=5555) for at, end in pairwise(cuts)]
    assert [data for _, data in messages(read(packets))] == [SETUP]


@pytest.mark.parametrize("first", [b"\x03", b"\x03\0", b"\x04\0\0\x19\x08", b"\x03\0\0\x08\x08"])
def test_first_octets_that_begin_no_message(first: bytes) -> None:
    packets = [segment(first, 0, port=5555), segment(b"HELO" * 9, len(first), port=5555)]
    packets.append(segment(tpkt(SETUP), len(first) + 36, port=5555))
    assert messages(read(packets)) == []


def test_connections_are_bounded_and_the_oldest_is_forgotten() -> None:
    connections = Connections()
    half = tcp(tpkt(SETUP)[:10], 0)
    rest = tcp(tpkt(SETUP)[10:], 10)
    for number in range(FLOWS):
        connections.take(half, f"host {number}", "far")
    assert connections.take(rest, "host 1", "far")[1] == [SETUP]
    connections.take(half, "one more", "far")
    assert connections.take(rest, "host 0", "far")[1] != [SETUP]


def test_a_connection_made_anew_begins_anew() -> None:
    half = tpkt(SETUP)[:12]
    packets = [segment(half, 0), segment(b"", 4999, 0x02), segment(tpkt(CONNECT), 5000)]
    assert [data for _, data in messages(read(packets))] == [CONNECT]
