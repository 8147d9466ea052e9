"""The server of osmo-e1d's protocol, asked by a client that shares no code with it: requests and refusals."""

from __future__ import annotations

import struct

import pytest
from e1draw import (
    ANY,
    HDLC,
    INTF_QUERY,
    LINE_CONFIG,
    LINE_QUERY,
    RAW,
    SABITS,
    TS_OPEN,
    TS_QUERY,
    Reply,
    open_request,
    packet,
)
from e1dstage import Stage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# -- queries -----------------------------------------------------------------------------------------------


def test_queries(pair: Stage) -> None:
    client = pair.client()
    reply = pair.ask(client, packet(INTF_QUERY))
    assert reply == Reply(0x80, ANY, ANY, ANY, bytes((0, 1, 1, 1)))
    reply = pair.ask(client, packet(INTF_QUERY, 1))
    assert reply is not None
    assert reply.payload == bytes((1, 1))
    reply = pair.ask(client, packet(LINE_QUERY, 0))
    assert reply == Reply(0x81, 0, ANY, ANY, bytes((0, 0x20, 0)))
    reply = pair.ask(client, packet(TS_QUERY, 0, 0))
    assert reply is not None
    assert reply.payload == b"".join(bytes((slot, 0, 0, 0, 0, 0)) for slot in range(32))


def test_query_tells_what_is_open(pair: Stage) -> None:
    client = pair.client()
    reply = pair.ask(client, open_request(16, HDLC, size=320))
    assert reply is not None
    assert reply.payload == struct.pack("=BBBHB", 16, HDLC, 0, 320, 0xA5)
    assert len(reply.fds) == 1
    reply = pair.ask(client, packet(TS_QUERY, 0, 0, 16))
    assert reply is not None
    assert reply.payload == struct.pack("=BBBHB", 16, HDLC, 0, 320, 0xA5)


@pytest.mark.parametrize(
    "request_",
    [
        packet(INTF_QUERY, 2),
        packet(LINE_QUERY, 2),
        packet(LINE_QUERY, 0, 1),
        packet(TS_QUERY, 0, 1),
        packet(TS_QUERY, 0, 0, 32),
        packet(LINE_CONFIG, 0, 0, payload=b"\x21"),
        packet(LINE_CONFIG, 0, 0, payload=b"\x55"),
        packet(LINE_CONFIG, 7, 0, payload=b"\x20"),
        open_request(0, RAW),
        open_request(32, RAW),
        open_request(0xFE, RAW),
        open_request(1, 0x00),
        open_request(1, 0x12),
        open_request(1, RAW, size=0),
        open_request(16, HDLC, size=0),
        open_request(1, RAW, intf=9),
        open_request(1, RAW, line=1),
        packet(SABITS, 9, 0, payload=b"\xff"),
    ],
    ids=lambda data: data.hex(),
)
def test_what_cannot_be_done_has_an_empty_response(pair: Stage, request_: bytes) -> None:
    client = pair.client()
    reply = pair.ask(client, request_)
    assert reply is not None
    assert (reply.kind, reply.payload, reply.fds) == (request_[4] | 0x80, b"", [])
    assert pair.ask(client, packet(INTF_QUERY)) is not None  # the connection lives on


def test_line_config_to_the_mode_that_there_is(pair: Stage) -> None:
    reply = pair.ask(pair.client(), packet(LINE_CONFIG, 1, 0, payload=b"\x20"))
    assert reply is not None
    assert reply.payload == bytes((0, 0x20, 0))


# -- malformed ---------------------------------------------------------------------------------------------

MALFORMED = {
    "shorter than a header": b"\xe1\x01\x05\x00\x00",
    "one octet": b"\xe1",
    "wrong magic": packet(INTF_QUERY, magic=0x00E1),
    "length too small": packet(INTF_QUERY, length=7),
    "length too large": packet(INTF_QUERY, length=9),
    "unknown type": packet(0x06),
    "a response": packet(0x80),
    "an event": packet(0x40, 0, 0),
    "payload that must not be": packet(INTF_QUERY, payload=b"\x00"),
    "INTF_QUERY with a line": packet(INTF_QUERY, 0, 0),
    "INTF_QUERY with a timeslot": packet(INTF_QUERY, 0, ANY, 0),
    "LINE_QUERY without an interface": packet(LINE_QUERY),
    "LINE_QUERY with a timeslot": packet(LINE_QUERY, 0, 0, 1),
    "TS_QUERY without a line": packet(TS_QUERY, 0),
    "LINE_CONFIG without payload": packet(LINE_CONFIG, 0, 0),
    "LINE_CONFIG with a timeslot": packet(LINE_CONFIG, 0, 0, 1, b"\x20"),
    "TS_OPEN without payload": packet(TS_OPEN, 0, 0, 1),
    "TS_OPEN with a short payload": packet(TS_OPEN, 0, 0, 1, b"\x10\x00\xa0"),
    "TS_OPEN with a long payload": packet(TS_OPEN, 0, 0, 1, b"\x10\x00\xa0\x00\x00"),
    "TS_OPEN without a timeslot": packet(TS_OPEN, 0, 0, ANY, b"\x10\x00\xa0\x00"),
    "SABITS without payload": packet(SABITS, 0, 0),
    "SABITS with a timeslot": packet(SABITS, 0, 0, 1, b"\xff"),
    "more than a packet may hold": packet(INTF_QUERY, payload=bytes(5000)),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_closes_the_connection(pair: Stage, name: str) -> None:
    """And no other: whoever else is connected is served as before."""
    bystander, client = pair.client(), pair.client()
    assert pair.ask(client, MALFORMED[name]) is None
    assert pair.ask(bystander, packet(INTF_QUERY)) is not None
    assert pair.offer.server.counters["malformed requests"] == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=40), st.booleans())
def test_no_packet_harms_the_server(pair: Stage, data: bytes, plausible: bool) -> None:
    client = pair.client()
    if plausible and len(data) > 3:
        data = struct.pack("=HH", 0x01E1, len(data) + 4) + data
    pair.ask(client, data)
    client.close()
    pair.run(0)
    other = pair.client()
    assert pair.ask(other, packet(INTF_QUERY)) is not None
    other.close()
