"""Timeslots of the e1d server: who has them, and what crosses a pair of lines in frames and in octets."""

from __future__ import annotations

import os
import struct

import pytest
from e1draw import HDLC, INTF_QUERY, RAW, open_request, packet
from e1dstage import PERIOD, SABME, UA, Stage, read

from trunkwire import hdlc
from trunkwire.ticks import SECOND


def test_busy_timeslot(pair: Stage) -> None:
    """A second TS_OPEN is refused whoever asks; the first keeps the timeslot, without its connection too."""
    first, second = pair.client(), pair.client()
    pair.open(first, 16, HDLC)
    for client in (first, second):
        reply = pair.ask(client, open_request(16, HDLC))
        assert reply is not None
        assert (reply.payload, reply.fds) == (b"", [])
    first.close()
    pair.run()
    reply = pair.ask(second, open_request(16, HDLC))
    assert reply is not None
    assert reply.fds == []


def test_force_takes_the_timeslot_away(pair: Stage) -> None:
    first, second = pair.client(), pair.client()
    mine = pair.open(first, 16, HDLC)
    reply = pair.ask(second, open_request(16, HDLC, flags=0x80))
    assert reply is not None
    assert len(reply.fds) == 1
    assert os.read(mine, 10) == b""  # the end of it
    assert pair.ask(first, packet(INTF_QUERY)) is not None


@pytest.mark.parametrize("mode", [RAW, HDLC])
def test_closing_the_data_socket_frees_the_timeslot(pair: Stage, mode: int) -> None:
    client = pair.client()
    fd = pair.open(client, 5, mode)
    pair.run()
    pair.close_fd(fd)
    pair.run(0)
    reply = pair.ask(client, open_request(5, mode))
    assert reply is not None
    assert len(reply.fds) == 1


def test_frames_cross_the_pair(pair: Stage) -> None:
    client = pair.client()
    one, other = pair.open(client, 16, HDLC), pair.open(client, 16, HDLC, intf=1)
    os.write(one, SABME)
    os.write(one, UA)
    pair.run(SECOND // 100)
    assert os.read(other, 1000) == SABME
    assert os.read(other, 1000) == UA
    assert read(one) == b""
    os.write(other, UA)
    pair.run(SECOND // 100)
    assert os.read(one, 1000) == UA


def test_frame_takes_the_time_of_its_bits(pair: Stage) -> None:
    client = pair.client()
    one, other = pair.open(client, 16, HDLC), pair.open(client, 16, HDLC, intf=1)
    frame = bytes(range(200))
    pair.run()
    os.write(one, frame)
    pair.run(hdlc.stuffed_bits(frame))
    assert read(other) == b""
    pair.run(32)
    assert read(other) == frame


def test_frames_of_262_octets_and_not_one_more(pair: Stage) -> None:
    """The longest crosses; a longer one vanishes, and what follows it does not."""
    client = pair.client()
    one, other = pair.open(client, 16, HDLC), pair.open(client, 16, HDLC, intf=1)
    for length in (262, 263, 264, 4):
        os.write(one, bytes(length))
    pair.run(SECOND // 2)
    assert [len(read(other)) for _ in range(3)] == [262, 4, 0]


def test_flood_of_frames_is_held_back(pair: Stage) -> None:
    """A client that writes more than the line takes is slowed down; nothing is lost or put out of order."""
    client = pair.client()
    one, other = pair.open(client, 16, HDLC), pair.open(client, 16, HDLC, intf=1)
    sent = received = 0
    total = 600
    for _ in range(4000):
        while sent < total:
            try:
                os.write(one, struct.pack("=I", sent) * 10)
            except BlockingIOError:
                break
            sent += 1
        pair.run(SECOND // 100)
        while data := read(other):
            assert data == struct.pack("=I", received) * 10
            received += 1
        if received == total:
            break
    assert received == total


def pattern(first: int, n: int) -> bytes:
    return bytes(sample * 7 % 251 for sample in range(first, first + n))


def test_octets_cross_the_pair(pair: Stage) -> None:
    """In the chunks that were asked for, idle before and after."""
    client = pair.client()
    one, other = pair.open(client, 1, RAW), pair.open(client, 1, RAW, intf=1, size=80)
    os.write(one, pattern(0, 800))
    heard = b""
    for _ in range(10):
        pair.run(PERIOD)
        chunk = read(other)
        assert len(chunk) % 80 == 0
        heard += chunk
    at = heard.index(pattern(0, 1))
    assert heard[at : at + 800] == pattern(0, 800)
    assert set(heard[:at] + heard[at + 800 :]) <= {0xFF}
    assert abs(len(heard) - 10 * 160) <= 160


def test_octets_come_at_8000_a_second(pair: Stage) -> None:
    fd = pair.open(pair.client(), 1, RAW)
    total = 0
    for _ in range(100):
        pair.run(SECOND // 100)
        total += len(read(fd))
    assert abs(total - 8000) <= 160


def test_underrun_is_idle_and_counted(pair: Stage) -> None:
    client = pair.client()
    one, other = pair.open(client, 1, RAW), pair.open(client, 1, RAW, intf=1)
    os.write(one, bytes(200))
    pair.run(4 * PERIOD)
    heard = read(other)
    assert heard.count(0) == 200
    assert heard.count(0xFF) == len(heard) - 200
    (line,) = pair.offer.server.interfaces[0]
    assert line.counters["underruns"] > 0


def test_client_that_does_not_read(pair: Stage) -> None:
    """What it does not read is lost, counted, and harms nobody else."""
    client = pair.client()
    deaf, other = pair.open(client, 1, RAW), pair.open(client, 2, RAW)
    total = 0
    for _ in range(10):
        pair.run(SECOND)
        total += len(read(other))
    assert abs(total - 80_000) <= 160
    (line,) = pair.offer.server.interfaces[0]
    assert line.counters["overruns"] > 0
    assert len(read(deaf)) > 0


def test_hdlc_of_the_client_on_a_slot_of_octets(pair: Stage) -> None:
    """One end has RAW and does HDLC itself, the other lets the server do it: bit for bit the same line."""
    client = pair.client()
    raw, framed = pair.open(client, 16, RAW), pair.open(client, 16, HDLC, intf=1)
    encoder, receiver = hdlc.BitEncoder(), hdlc.Receiver()
    encoder.queue(SABME)
    os.write(framed, UA)
    heard: list[hdlc.HdlcEvent] = []
    for _ in range(6):
        os.write(raw, encoder.octets(160))
        pair.run(PERIOD)
        heard += receiver.receive(read(raw))
    assert read(framed) == SABME
    assert [event.data for event in heard if isinstance(event, hdlc.GoodFrame)] == [UA]


def test_octets_of_the_client_on_a_slot_of_frames(pair: Stage) -> None:
    client = pair.client()
    framed, raw = pair.open(client, 16, HDLC), pair.open(client, 16, RAW, intf=1)
    encoder, receiver = hdlc.BitEncoder(), hdlc.Receiver()
    encoder.queue(SABME)
    os.write(framed, UA)
    heard: list[hdlc.HdlcEvent] = []
    for _ in range(6):
        os.write(raw, encoder.octets(160))
        pair.run(PERIOD)
        heard += receiver.receive(read(raw))
    assert read(framed) == SABME
    assert [event.data for event in heard if isinstance(event, hdlc.GoodFrame)] == [UA]
