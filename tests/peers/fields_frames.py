"""Frames for comparing `--fields` with tshark: every message, element, octet group, and how they break.

Everything is made from a seed, so a difference can be made again. Frames are LAPD from the address field on.
"""

from __future__ import annotations

import functools
import random
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from trunkwire.q931.ies.element import IE
from trunkwire.q931.ies.golden import GOLDEN, Golden
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType

REFERENCE = b"\x12\x34"
SETUP = 0x05
SEGMENT = 0x60
FACILITY = 0x1C
"""Its contents are looked at apart."""
BEHIND = bytes.fromhex("34 01 3f a1")
"""Elements behind the one in question: they tell whether tshark went on."""

BODIES = """
    01 c7 | 01 80 | 02 00 | 04 80 90 a3 | 04 88 90 | 04 88 98 82 a3 | 04 80 90 21 8f | 04 88 90 21 48 40 bb
    04 88 90 21 48 40 40 bb 91 | 04 88 90 21 48 40 40 3b 91 | 04 88 90 28 48 00 60 00 d1 | 04 88 c0 c6 e6
    04 88 90 30 40 bb | 04 a0 90 a3 | 04 c0 | 08 82 90 | 08 02 80 90 | 08 82 81 81 | 08 82 83 c2
    08 82 b1 40 | 08 82 95 00 41 | 08 82 95 84 18 | 08 82 ab 18 1e | 08 82 d8 04 | 08 82 e0 18 | 08 82 e1 7b
    08 82 e3 28 2c | 08 82 e4 18 | 08 82 e5 01 | 08 82 e6 33 30 33 | 08 82 e6 33 30 | 08 82 9f 01 02
    08 a2 90 | 08 c2 90 | 08 e0 | 0c 00 11 | 10 01 | 14 0a | 14 4a | 14 ca | 18 83 | 18 a9 83 81
    18 e9 81 83 85 | 18 e9 01 02 83 83 85 | 18 81 | 18 a9 93 00 00 80 00 | 18 a9 83 01 02 83 84
    18 a9 a3 81 | 18 e1 7f 7f 7f 7f 7f 7f 83 81 | 18 61 7f 7f | 1e 82 88 | 1e a2 88 | 1e c2 | 20 00 e5
    20 02 a1 32 e5 | 20 04 a1 32 38 38 85 | 20 7f a1 32 | 24 01 | 28 42 65 6e 63 68 | 28 b1 42 65
    28 09 0a 0d 08 0c 0b 5c 2c 22 | 28 41 00 42 | 28 00 | 28 c3 a9 ff | 29 1a 0b 17 0c 1e 3b
    29 1a 0b 17 0c 1e | 29 1a 0b | 2c 31 2a 23 | 32 81 | 34 3f | 34 40 41 | 40 84 85 86 87 | 40 84 85 86
    42 00 01 82 00 03 84 00 05 86 | 42 03 7f ff 83 | 42 00 01 02 | 43 01 02 83 | 43 81 | 43 00 81 | 44 97
    45 87 88 | 46 87 88 | 47 81 31 32 33 | 4a 81 | 4c 21 83 34 39 | 4c a1 34 | 4d 80 50 34 | 5c 01 | 60 01
    64 01 | 68 01 | 6a 01 | 6c 21 83 31 32 | 6c 21 03 81 31 32 | 6c a1 31 32 | 6c 21 03 01 31
    6d 80 50 34 32 | 6d a8 12 34 | 70 81 33 30 30 | 70 a1 00 31 | 71 80 50 31 | 74 21 01 8f 31 32
    74 21 01 0f 31 | 74 a1 31 | 78 a1 32 38 38 | 78 02 a1 32 | 79 87 | 79 80 81 | 7b 81 | 7c 88 90 21 8f
    7c 08 80 90 21 8f | 7c 88 90 42 47 | 7c 88 90 50 05 87 | 7c 88 90 50 85 | 7c 88 90 66 20 07 82
    7c 88 90 67 a0 | 7c 88 90 70 89 | 7c 88 90 6b 4c cc | 7c 88 90 6b cc | 7c 88 90 6b 4c | 7d 91 81
    7d 91 01 81 | 7d 91 60 82 | 7d 91 5e 81 | 7d 91 5f 01 | 7d 92 81 | 7d b1 81 | 7d 90 | 7e 00 41 42
    7e 04 41 42 | 7e 04 00 | 7e 05 20 80 | 7e 40 01 | 7e 04 | 7f 01
"""
"""Contents behind each identifier: every octet group of every element that tshark reads."""


@functools.cache
def bodies() -> list[bytes]:
    """Identifier and contents, from the list above and from our own golden vectors."""
    written = [bytes.fromhex(part) for row in BODIES.strip().splitlines() for part in row.split("|")]
    golden = [golden_octets for golden_octets in map(_golden, GOLDEN) if golden_octets]
    return list(dict.fromkeys(written + golden))


def _golden(vector: Golden) -> bytes:
    if isinstance(vector.value, IE) and vector.value.of_codeset:
        return b""
    octets = build(Message(1, MessageType.SETUP, (vector.value,)))[5:]
    return b"" if octets[0] >= 0x80 or octets[0] == FACILITY else octets[:1] + octets[2:]


def framed(message: bytes, sent: int = 0) -> bytes:
    """An I frame of SAPI 0, TEI 0."""
    return bytes((0, 1, sent % 128 * 2, 0)) + message


def message(
    elements: bytes, kind: int = SETUP, reference: bytes = REFERENCE, discriminator: int = 8
) -> bytes:
    """A message with the given octets behind its header."""
    return bytes((discriminator, len(reference))) + reference + bytes((kind,)) + elements


def element(body: bytes, length: int | None = None) -> bytes:
    """An element from identifier and contents, with the right length or another."""
    return bytes((body[0], len(body) - 1 if length is None else length)) + body[1:]


def truncated_elements() -> Iterator[bytes]:
    """Each element, each of its truncations with a matching length, and lengths that are wrong."""
    for body in bodies():
        for end in range(1, len(body) + 1):
            yield framed(message(element(body[:end]) + BEHIND))
        for length in (len(body) - 2, len(body), len(body) + 1, 255):
            if length >= 0:
                yield framed(message(element(body, length) + BEHIND))


def every_value() -> Iterator[bytes]:
    """Each octet of each element with each of its bits turned over."""
    for body in bodies():
        for at in range(1, len(body)):
            for bit in range(8):
                changed = body[:at] + bytes((body[at] ^ 1 << bit,)) + body[at + 1 :]
                yield framed(message(element(changed) + BEHIND))


def every_identifier() -> Iterator[bytes]:
    """Each identifier in each codeset, locking and not, and all single octets."""
    for codeset in range(8):
        for shift in (0x90, 0x98):
            for identifier in range(256):
                if identifier == FACILITY and codeset == 0:
                    continue
                here = bytes((identifier,)) + (b"\x02\x81\x35" if identifier < 0x80 else b"")
                yield framed(message(bytes((shift | codeset,)) + here + BEHIND))


def messages() -> Iterator[bytes]:
    """Each message type, call references of each length, each discriminator, and all truncations."""
    several = b"".join(map(element, bodies()[2:9])) + BEHIND
    for kind in range(256):
        yield framed(message(several, kind))
    for length in range(16):
        for first in (0x00, 0x80):
            yield framed(message(several, reference=bytes((first | 1,) * length)))
    for discriminator in range(256):
        yield framed(message(BEHIND, 0x07, discriminator=discriminator))
    maintenance = element(b"\x01\xc7") + element(b"\x18\xa9\x83\x85")
    for discriminator in (3, 0x43):
        for kind in (0x07, 0x0F):
            whole = framed(message(maintenance, kind, discriminator=discriminator))
            yield from (whole[:end] for end in range(1, len(whole) + 1))
    whole = framed(message(several))
    yield from (whole[:end] for end in range(1, len(whole) + 1))


def segments() -> Iterator[bytes]:
    """Segmented messages: in order, with gaps, abandoned, mixed, and segmented message elements elsewhere."""

    def segment(first: bool, left: int, octets: bytes, reference: bytes = REFERENCE, size: int = 2) -> bytes:
        head = bytes((0, size, (first << 7) | left, SETUP)) + bytes(max(size - 2, 0))
        return framed(message(head[: 2 + size] + octets, SEGMENT, reference))

    display = element(b"\x28Bench") + BEHIND
    for cut in range(len(display) + 1):
        yield segment(True, 1, display[:cut])
        yield segment(False, 0, display[cut:])
    yield from (segment(True, 2, b"\x34\x01"), segment(False, 1, b"\x05\x34"), segment(False, 0, b"\x01\x06"))
    yield from (segment(False, 0, display), segment(True, 0, display), segment(True, 1, display))
    yield from (segment(True, 1, BEHIND), segment(False, 1, display), segment(False, 0, BEHIND))
    for reference in (b"", b"\x05", b"\x00\x05", b"\x80\x05", b"\x00\x00\x05", b"\0\0\0\5", b"\0\0\0\5\6"):
        yield segment(True, 1, b"\x34\x01", reference)
    for reference in (b"\0\0\0\5\7", b"", b"\x05", b"\x00\x05", b"\x80\x05", b"\x00\x00\x05"):
        yield segment(False, 0, b"\x07" + BEHIND, reference)
    for size in range(6):
        for first in (True, False):
            yield segment(first, 0, display, size=size)
            for octets in (b"", b"\x05", b"\x05" + display, b"\x05\x34\x02\x01"):
                head = bytes((0, size, first << 7))
                yield framed(message(head + octets))
                yield framed(message(head + octets, SEGMENT))


def layer2() -> Iterator[bytes]:
    """Every control octet, short frames, wrong extension bits, other SAPIs, TEI management, XID."""
    for control in range(256):
        for following in (b"", b"\x00", b"\x01", b"\xfe\x08"):
            yield bytes((0x02, 0x81, control)) + following
    for address in (
        b"\x00\x00",
        b"\x01\x01",
        b"\x03\xff",
        b"\x40\x01",
        b"\x41\x01",
        b"\xfc\xff",
        b"\xfe\xff",
    ):
        yield from (address[:1], address, address + b"\x03")
        yield from (
            address + control + message(BEHIND) for control in (b"\0\0", b"\x03", b"\x13", b"\x01\x01")
        )
    for sapi in range(64):
        yield bytes((sapi << 2, 1, 0, 0)) + message(BEHIND)
    for kind in range(1, 8):
        yield bytes.fromhex("fe ff 03 0f 12 34") + bytes((kind, 0x81))
    yield bytes.fromhex("02 81 af 82 80 00 09 05 01 04 06 01 04 07 01 07 09 02 00 c8")
    whole = framed(message(BEHIND))
    yield from (whole + tail for tail in (b"\x00", b"\x47\x0f", b"\xff\xff"))


def garbage(seed: int, count: int) -> Iterator[bytes]:
    """Random messages of random elements, some cut off, some with wrong lengths, and plain noise."""
    chance = random.Random(seed)
    identifiers = [body[0] for body in bodies()]

    def octets(count: int) -> bytes:
        kinds = (
            lambda: chance.randrange(256),
            lambda: chance.randrange(128, 256),
            lambda: chance.randrange(128),
        )
        return bytes(chance.choice(kinds)() for _ in range(count))

    def one() -> bytes:
        kind = chance.random()
        if kind < 0.15:
            return bytes((chance.choice((0x90, 0x98, 0xA0, 0xB0, 0xD0, 0xE0)) | chance.randrange(16),))
        size = chance.choice((0, 1, 2, 3, 4, 6, 9, 20))
        told = max(0, size + chance.choice((0,) * 12 + (-1, 1, 40)))
        return bytes((chance.choice(identifiers) if kind < 0.95 else 2, told)) + octets(size)

    for number in range(count):
        if number % 10 == 0:
            yield octets(chance.randrange(1, 24))
            continue
        length = chance.choice((1, 2, 2, 2, 2, 0, 3, 5, 15))
        kind = chance.choice((1, 5, 7, 15, 69, 77, 90, 125, SEGMENT, chance.randrange(256)))
        body = b"".join(one() for _ in range(chance.randrange(6)))
        whole = framed(message(body, kind, octets(length), chance.choice((8,) * 9 + (3,))), number)
        yield whole[: chance.randrange(1, len(whole))] if number % 7 == 0 else whole


def write_capture(path: Path, frames: Sequence[bytes], link_type: int, lost: Sequence[int] = ()) -> None:
    """A pcap of the frames; `lost` says how many octets more each had on the line."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link_type))
        for number, frame in enumerate(frames):
            more = lost[number] if lost else 0
            stamp = (number, number * 7919 % 1_000_000)
            file.write(struct.pack("<IIII", *stamp, len(frame), len(frame) + more) + frame)


def cooked(frame: bytes, kind: int, network: bool) -> bytes:
    """A packet of link type 177: sent to us (0), by another (3), by us (4), recorded at one side."""
    return struct.pack(">HHHB7xH", kind, 0x2003, 1, network, 0x30) + frame


def _tlv(tag: int, contents: bytes) -> bytes:
    size = bytes((len(contents),)) if len(contents) < 128 else bytes((0x81, len(contents)))
    return bytes((tag,)) + size + contents


_TAGS = bytes.fromhex("02 0a 04 30 05 01 06 80 a0 81 a1 82 a2 83 a3 84 a4 40 60 12 13 31")
_SIGNS = bytes((0, 1, 2, 3, 5, 0x30, 0x80, 0x81, 0xFF))
_ECMA = b"\x2b\x0c\x09"
_ALMOST = (b"", b"\x2b\x0c", b"\x2b\x0c\x0a", b"\x2b\x0c\x09\x01", b"\x2b\x0c\x09\x80", b"\x2b\x0c\x09\x81")
"""What QSIG's object identifiers begin with, and what is no such thing."""
OPERATIONS = 122
"""One more than the largest operation value of QSIG."""


def facilities(seed: int, count: int) -> Iterator[bytes]:
    """Facility elements with elements behind them: every operation of QSIG as invoke and as result, with
    arguments of random types and depth, some of them damaged; errors, rejects, noise."""
    chance = random.Random(seed)

    def anything(depth: int = 0) -> bytes:
        tag = chance.choice(_TAGS) if chance.random() < 0.95 else chance.randrange(256)
        if tag & 0x20 and depth < 4:
            return _tlv(tag, b"".join(anything(depth + 1) for _ in range(chance.randrange(4))))
        if tag & 0x40 and chance.random() < 0.5:
            return _tlv(tag, chance.choice((b"\x18\x03\xa9\x83\x81", b"\xa1", b"\x96\x28\x01A", b"\x08\x02")))
        return _tlv(tag, chance.randbytes(chance.choice((0, 1, 1, 1, 2, 3))))

    def component(number: int) -> bytes:
        identity = _tlv(2, chance.randbytes(1))
        argument = b"".join(anything() for _ in range(chance.choice((0, 1, 1, 1, 2))))
        code = _tlv(2, bytes((number % OPERATIONS,)))
        if chance.random() < 0.3:
            code = _tlv(6, chance.choice((_ECMA,) * 6 + _ALMOST) + bytes((number % OPERATIONS,)))
        kind = chance.random()
        if kind < 0.5:
            return _tlv(0xA1, identity + code + argument)
        if kind < 0.8:
            return _tlv(0xA2, identity + _tlv(0x30, code + argument))
        if kind < 0.9:
            return _tlv(0xA3, identity + chance.choice((code, b"\x02\x02\x03\xf0")) + argument)
        profile = bytes.fromhex("aa 06 80 01 00 82 01 00 8b 01 00 92 01 00")
        return profile + _tlv(0xA4, identity + _tlv(0x80 | chance.randrange(4), b"\1"))

    for number in range(count):
        octets = bytearray(b"\x91" + component(number))
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            octets[chance.randrange(len(octets))] = chance.choice((*_SIGNS, chance.randrange(256)))
        if number % 9 == 0:
            octets = octets[: chance.randrange(len(octets) + 1)]
        elif number % 11 == 0:
            octets = bytearray(chance.randbytes(chance.randrange(30)))
        if len(octets) < 250:
            yield framed(message(element(bytes((FACILITY,)) + octets) + BEHIND))
