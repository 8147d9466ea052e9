"""Packets of other networks for comparing `--fields` with tshark: H.323's messages on TCP, cut anywhere, and
on SCTP; every link type; ISUP.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

import fields_frames as made
from fields_capture import ETHERNET, MTP2, Parts, Sent, of
from h225_setup import setup_information

from trunkbench.trace.wireshark.ports import TAKEN

_IPV4 = bytes(12) + b"\x08\x00"


def internet(protocol: int, payload: bytes) -> bytes:
    """An Ethernet frame with a packet of IPv4."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0)
    return _IPV4 + head + bytes((10, 0, 0, 1, 10, 0, 0, 2)) + payload


def segment(port: int, sequence: int, payload: bytes, flags: int = 0x18, to: int = 1720) -> bytes:
    """A segment of TCP."""
    head = struct.pack(">HHII", port, to, sequence % (1 << 32), 1)
    return internet(6, head + struct.pack(">BBHHH", 0x50, flags, 1000, 0, 0) + payload)


def tpkt(message: bytes) -> bytes:
    """A message in its envelope (RFC 1006 6)."""
    return struct.pack(">BBH", 3, 0, 4 + len(message)) + message


def messages() -> list[bytes]:
    """Messages, broken ones among them; none with a user-user element, which is H.225.0's here."""
    frames = made.garbage(5, 400)
    found = [frame[4:] for frame in frames if len(frame) > 8 and frame[4] == 8 and not frame[2] & 1]
    return [message for message in found if b"\x7e" not in message]


def connection(chance: random.Random, port: int, stock: list[bytes]) -> Iterator[bytes]:
    """The segments of one connection, some of them sent again, some overlapping what was sent; in one of five
    connections a segment is lost."""
    octets = b"".join(tpkt(chance.choice(stock)) for _ in range(chance.randrange(1, 6)))
    begin = chance.choice((1000, 0x7FFFFFF0))
    sizes = (1460,) if port % 4 == 0 else (1, 2, 3, 4, 5, 10, 30, 100, 1000)
    if port % 3:
        yield segment(port, begin - 1, b"", 0x02)
    at = 0
    while at < len(octets):
        piece = octets[at : at + chance.choice(sizes)]
        if at and port % 5 == 0 and chance.random() < 0.2:
            at += len(piece)
            continue
        yield segment(port, begin + at, piece)
        if chance.random() < 0.1:
            yield segment(port, begin + at, piece)
        if at and chance.random() < 0.1:
            yield segment(port, begin + at - 1, octets[at - 1 : at + len(piece)])
        at += len(piece)


def on_tcp(seed: int) -> list[bytes]:
    """150 connections."""
    chance = random.Random(seed)
    stock = messages()
    return [frame for port in range(20_000, 20_150) for frame in connection(chance, port, stock)]


def sent_again(seed: int, connections: int) -> Iterator[bytes]:
    """Segments that overlap what was sent and bring more; in every second connection two are swapped."""
    chance = random.Random(seed)
    stock = messages()
    for port in range(22_000, 22_000 + connections):
        octets = b"".join(tpkt(chance.choice(stock)) for _ in range(chance.randrange(1, 5)))
        segments = []
        at = 0
        while at < len(octets):
            end = at + chance.choice((3, 5, 10, 30, 100, 1000))
            begin = max(at - chance.choice((0, 0, 0, 1, 2, 5)), 0)
            segments.append(segment(port, 1000 + begin, octets[begin:end]))
            at = end
        if port % 2 and len(segments) > 3:
            first = chance.randrange(1, len(segments) - 1)
            segments[first : first + 2] = reversed(segments[first : first + 2])
        yield from segments


def on_ports(ports: range | None = None) -> Iterator[bytes]:
    """A message from each port and one to it; by default those that other protocols keep, and beside them."""
    whole = tpkt(MESSAGE)
    beside = {port + near for port in TAKEN for near in (-1, 0, 1)}
    for port in ports or sorted(beside | set(range(1, 65_536, 997))):
        yield segment(port, 1000, whole, to=61_234)
        yield segment(61_235, 1000, whole, to=port)


def setups_of_h225() -> Iterator[bytes]:
    """Elements behind H.323's user-user element tell whether tshark went on."""
    aliases = ["00" + "0000001" + "0" * 6 + "1000" + "1001", "11" + "0" * 22, "1" * 24, "01" + "0" * 38]
    for port, alias in enumerate(aliases, 29_000):
        body = b"\x05" + setup_information(alias)
        message = made.message(b"\x7e" + struct.pack(">H", len(body)) + body + made.BEHIND)
        yield segment(port, 1000, tpkt(message))


def chunk(number: int, protocol: int, data: bytes) -> bytes:
    """A DATA chunk of SCTP."""
    octets = struct.pack(">BBHIHHI", 0, 3, 16 + len(data), number, 1, number, protocol) + data
    return octets + bytes(-len(octets) % 4)


def iua(message: bytes) -> bytes:
    """A message of IUA: data of SAPI 0, TEI 0 (RFC 4233 3.3.1.1)."""

    def parameter(tag: int, value: bytes) -> bytes:
        octets = struct.pack(">HH", tag, 4 + len(value)) + value
        return octets + bytes(-len(octets) % 4)

    body = parameter(1, b"\0\0\0\1") + parameter(5, b"\0\1\0\0") + parameter(14, message)
    return struct.pack(">BBBBI", 1, 0, 5, 1, 8 + len(body)) + body


def on_sctp() -> list[bytes]:
    """H.323's messages, one of them sent again, and what IUA carries."""
    whole = made.message(made.BEHIND)
    chunks = [(1, 13, whole), (2, 1, iua(whole)), (3, 13, whole[:-2]), (1, 13, whole), (4, 13, whole)]
    packets = [chunks[:1], chunks[1:2], chunks[2:], [(9, 13, whole), (10, 13, whole)]]
    head = struct.pack(">HHII", 9900, 9900, 1, 0)
    return [internet(132, head + b"".join(chunk(*one) for one in packet)) for packet in packets]


MESSAGE = made.message(b"\x28\x01A\xa1")
_SEGMENT = segment(30_000, 1000, tpkt(MESSAGE))[34:]
IPV4 = segment(30_000, 1000, tpkt(MESSAGE))[14:]
IPV4_OPTIONS = b"\x46" + IPV4[1:2] + struct.pack(">H", len(IPV4) + 4) + IPV4[4:20] + b"\1\1\1\0" + _SEGMENT
_ADDRESSES = bytes(15) + b"\1" + bytes(15) + b"\2"
IPV6 = struct.pack(">IHBB", 0x60000000, len(_SEGMENT), 6, 64) + _ADDRESSES + _SEGMENT
IPV6_OPTIONS = (
    struct.pack(">IHBB", 0x60000000, len(_SEGMENT) + 8, 0, 64)
    + _ADDRESSES
    + bytes((6, 0, 1, 4, 0, 0, 0, 0))
    + _SEGMENT
)
_MACS = bytes(12)
LINKS: list[tuple[int, bytes]] = [
    (1, _MACS + b"\x08\x00" + IPV4 + bytes(20)),
    (1, _MACS + b"\x08\x00" + IPV4_OPTIONS),
    (1, _MACS + b"\x86\xdd" + IPV6_OPTIONS),
    (1, _MACS + b"\x88\xa8\0\5\x81\0\0\6\x08\0" + IPV4),
    (1, _MACS + struct.pack(">H", 3 + len(MESSAGE)) + b"\xfe\xfe\x03" + MESSAGE),
    (1, _MACS + b"\x08\x00" + IPV4[:30]),
    (1, bytes(10)),
    (113, struct.pack(">HHHQH", 0, 1, 6, 0, 0x0800) + IPV4),
    (276, struct.pack(">HHIHBBQ", 0x86DD, 0, 1, 1, 0, 6, 0) + IPV6),
    *((kind, IPV4) for kind in (12, 101, 228)),
    *((kind, IPV6) for kind in (101, 229)),
    (0, b"\2\0\0\0" + IPV4),
    (108, b"\0\0\0\2" + IPV4),
    (9, b"\x00\x23" + MESSAGE),
    (9, b"\x21" + IPV4),
    (9, b"\xff\x03\x00\x57" + IPV6),
    (50, b"\xff\x03\x00\x23" + MESSAGE),
    (50, b"\x0f\x00\x08\x00" + IPV4),
    (104, b"\x0f\x00\x08\x00" + IPV4),
    (104, b"\x0f\x00\x00\xfe" + MESSAGE),
    (107, b"\x18\x41\x03" + MESSAGE),
]


def of_every_link_type() -> Iterator[Sent]:
    """Each packet with ports of its own: none is one sent again."""
    for port, (link_type, data) in enumerate(LINKS, 30_000):
        yield Sent(data.replace(struct.pack(">HH", 30_000, 1720), struct.pack(">HH", port, 1720)), link_type)


_PARAMETERS = (0x03, 0x12, 0x1D, 0x20, 0x30, 0x34)
"""Access transport, cause indicators, user service information, user-to-user information, user service
information prime, user teleservice information (Q.763 3)."""


def unit(kind: int, body: bytes) -> bytes:
    """A signal unit with a message of ISUP on circuit 1."""
    message = bytes((0x85, 1, 0x40, 0, 0, 1, 0, kind)) + body
    return bytes((0, 0, min(63, len(message)))) + message


def of_isup() -> list[bytes]:
    """Messages with parameters that are elements of Q.931."""
    chance = random.Random(763)

    def optional() -> bytes:
        octets = b""
        for _ in range(chance.randrange(4)):
            size = chance.choice((0, 1, 2, 3, 4, 6, 8))
            content = bytes(chance.randrange(256) | chance.choice((0, 0x80)) for _ in range(size))
            octets += bytes((chance.choice(_PARAMETERS), size)) + content
        return octets + b"\0"

    called = b"\x02\x06\x04\x83\x10\x21\x43"
    frames = [unit(1, bytes(5) + called + optional()) for _ in range(300)]
    formats = ((12, 0, True), (6, 2, False), (9, 0, False), (44, 1, False), (47, 0, True), (45, 0, True))
    for kind, fixed, variable in formats:
        for _ in range(60):
            content = chance.randbytes(chance.randrange(2, 6))
            first = bytes((2, 2 + len(content), len(content))) + content if variable else b"\1"
            frames.append(unit(kind, bytes(fixed) + first + optional()))
    return frames


def parts() -> Parts:
    """All of these."""
    return {
        "messages on TCP": of(ETHERNET, on_tcp(1)),
        "segments sent again": of(ETHERNET, sent_again(4, 100)),
        "ports": of(ETHERNET, on_ports()),
        "H.225.0": of(ETHERNET, setups_of_h225()),
        "messages on SCTP": of(ETHERNET, on_sctp()),
        "link types": list(of_every_link_type()),
        "ISUP": of(MTP2, of_isup()),
    }
