"""Captures for the fast paths of the decoder: frames of calls and of everything else, ordinary and broken, in
every container that is read in bulk.
"""

from __future__ import annotations

import struct

from hypothesis import strategies as st

FRAMES = tuple(
    bytes.fromhex(text.replace(" ", ""))
    for text in (
        "00017f",  # SABME, UA
        "000173",
        "02010000 08020001 05 04038090a3 1803a9838b 6c0721833132333435 70048133303030 a1",
        "02010200 08020002 05 04038090a3 1803a98381 2805416e6e2022 6c0721833534333231 70048133303031 a1",
        "02010400 08020003 05 04038090a3 1803a98382 2804c3a4ff5c 6c0721a3000a333435 700481332c3031",
        "02010400 08020003 05 04038090a3 1803a98382 6c09 2103 8031323334353637 7002 8133",
        "00010002 08028001 02 1803a9838b",
        "00010202 08028001 01 1e028188",
        "00010402 08028001 07 4c0721803132333435",
        "00010402 08028001 07 4c0721803133333435 2900",
        "02010606 0802000f 0f",
        "02010806 08020001 45 08028190",
        "02010806 08020001 45 0802819f 08028191",
        "00010608 08028001 4d",
        "02010a08 08020001 5a 08028090",
        "02010a08 08020001 5a",
        "02010a08 08020001 45",
        "02010102",
        "00010102",
        "00010103",
        "02010107",
        "0001050f",
        "02010102ff",
        "fcff030f1234 01ff",
        "fcff030f1234 02c7",
        "0001af 82800c0102030405060708",
        "02010c08 08020001 7d 08028090 140108",
        "02010e08 08020000 46 1803a9838b 790187",
        "02010e08 0800 7b 700131",
        "02010e08 0801 01 05 04038090a3 70028131",
        "02010e08 0803 000001 05",
        "02011008 08020001 62 1c12 91a10f020101020122 300aa10830060a01000a0100",
        "02011008 08020001 62 1c03 91a1ff",
        "02011208 08020001 60 0003 81 05 08 0504038090a318",
        "02011408 08020001 60 0002 00 05 03a9838b",
        "02011208 08020001 7b 95 2a0231 32 96 7601 32 9e 280141",
        "02011208 08020001 7b 28ff414243",
        "02011208 08020001 7b 2c03313233 2c0131 7e0304 4142",
        "02011208 03020000 0f 010183",
        "02011208 41",
        "02011208",
        "0201",
        "f801000002",
        "00010008 08028001 6b",
        "02010008 08020102 05 0408 1803",
        "0001 02 080101 05 04038090a3",  # one octet of control: modulo 8
        "00013f",
        "000001020304",
        "ffffffffffff",
    )
)
"""LAPD frames without FCS."""


def _mutated(frame: bytes, kind: int, at: int, value: int) -> bytes:
    """The frame, or one that something happened to."""
    place = at % max(len(frame), 1)
    if kind == 0:
        return frame[:place] + bytes((value,)) + frame[place + 1 :]
    if kind == 1:
        return frame[:place]
    if kind == 2:
        return frame[:place] + bytes((value,)) + frame[place:]
    return frame


FRAME = st.builds(
    _mutated, st.sampled_from(FRAMES), st.integers(0, 9), st.integers(0, 60), st.integers(0, 255)
)
MOMENT = st.tuples(st.integers(0, 0x7FFF_FFFF), st.integers(0, 999_999))
COOKED = st.sampled_from(
    [
        struct.pack(">HHHB7xH", kind, 0x2004, 0, network, protocol)
        for kind, network, protocol in (
            *((kind, network, 0x30) for kind in (0, 3, 4) for network in (0, 1)),
            (4, 1, 0x800),
        )
    ]
)
PACKET = st.tuples(FRAME, MOMENT, COOKED, st.sampled_from([0, 0, 0, 0, 1, 5]), st.sampled_from([0, 1, 2]))
"""Frame, time, cooked header, octets that were cut off, direction."""
Packets = list[tuple[bytes, tuple[int, int], bytes, int, int]]
_OPENING = struct.pack(">HHHB7xH", 4, 0x2004, 0, 1, 0x30)
OPENING: Packets = [(bytes.fromhex("02010100"), (0, n), _OPENING, 0, 0) for n in range(5)]
"""What tells the reader that frames have no FCS, so that it reads the others in bulk."""


def pcap(packets: Packets, order: str, magic: int, link: int) -> bytes:
    """A pcap file of link type 203 or 177."""
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)]
    for frame, (seconds, fraction), cooked, cut, _ in packets:
        data = (cooked if link == 177 else b"") + frame
        kept = data[: max(len(data) - cut, 0)]
        out.append(struct.pack(order + "IIII", seconds, fraction, len(kept), len(data)) + kept)
    return b"".join(out)


def pcapng(packets: Packets, order: str, link: int, described: bytes) -> bytes:
    """A pcapng file with two interfaces, the second of nanoseconds; `described` are the first's options."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        total = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", kind) + total + body + total

    nanoseconds = struct.pack(order + "HHB3x", 9, 1, 9)
    out = [
        block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)),
        block(1, struct.pack(order + "HHI", link, 0, 0) + described),
    ]
    for number, (frame, (seconds, fraction), cooked, cut, direction) in enumerate(packets):
        if number == 3:
            out.append(block(1, struct.pack(order + "HHI", 203, 0, 0) + nanoseconds))
        index = 1 if number > 3 and direction == 2 else 0
        stamp = seconds * (1_000_000_000 if index else 1_000_000) + fraction
        data = (cooked if link == 177 and not index else b"") + frame
        kept = data[: max(len(data) - cut, 0)]
        body = struct.pack(order + "IIIII", index, stamp >> 32, stamp & 0xFFFFFFFF, len(kept), len(data))
        flags = struct.pack(order + "HHIHH", 2, 4, direction, 0, 0) if direction else b""
        out.append(block(6, body + kept + bytes(-len(kept) % 4) + flags))
    return b"".join(out)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


DESCRIBED = st.sampled_from(
    [
        b"",
        _option(2, b"span A") + _option(3, b"timeslot 16, recorded at the network side"),
        _option(13, b"\2"),
    ]
)
"""Options of an interface: none, its name and what it recorded, an announced FCS."""
PACKETS = st.one_of(
    st.lists(PACKET, max_size=8), st.lists(PACKET, max_size=40).map(lambda packets: OPENING + packets)
)
ORDERS = st.sampled_from("<>")
WHOLE = st.one_of(
    st.builds(
        pcap,
        PACKETS,
        ORDERS,
        st.sampled_from([0xA1B2C3D4, 0xA1B23C4D]),
        st.sampled_from([203, 177]),
    ),
    st.builds(pcapng, PACKETS, ORDERS, st.sampled_from([203, 177]), DESCRIBED),
)
"""Captures that are well formed, of frames that may not be."""


def _damaged(data: bytes, at: int, value: int | None) -> bytes:
    at %= len(data)
    return data[:at] if value is None else data[:at] + bytes((value,)) + data[at + 1 :]


DAMAGED = st.builds(_damaged, WHOLE, st.integers(0, 1 << 16), st.one_of(st.none(), st.integers(0, 255)))
"""Captures cut off or with one octet changed."""
