"""Captures made by hand: packets of every carrier, written with struct from the standards' figures.

Independent of the code under test: nothing of trunkwire or trunkbench is used here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import cache

LAPD, LINUX_LAPD, MTP2, MTP2_PHDR, ETHERNET, RAW, SLL, SLL2 = 203, 177, 140, 139, 1, 101, 113, 276
NEAR, FAR = b"\x02\x00\x00\x00\x00\x01", b"\x02\x00\x00\x00\x00\x02"
SETUP = bytes.fromhex("0802000105a104038090a31803a98381700381 3231")
CONNECT = bytes.fromhex("0802800107")
RELEASE_COMPLETE = bytes.fromhex("080280015a08028090")


def pcap(packets: Iterable[bytes], link: int = ETHERNET, *, order: str = "<", step_us: int = 1000) -> bytes:
    """A pcap file whose packets follow each other every `step_us` microseconds from second 1000 on."""
    out = [struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link)]
    for index, packet in enumerate(packets):
        seconds, micro = divmod(1000 * 1_000_000 + index * step_us, 1_000_000)
        out.append(struct.pack(order + "IIII", seconds, micro, len(packet), len(packet)) + packet)
    return b"".join(out)


def pcapng(packets: Sequence[tuple[bytes, int]], link: int = ETHERNET) -> bytes:
    """A pcapng file of (packet, epb_flags), nanosecond stamps one microsecond apart."""

    def block(kind: int, body: bytes) -> bytes:
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    out = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    out.append(block(1, struct.pack("<HHI", link, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 9, 0, 0)))
    for index, (packet, flags) in enumerate(packets):
        high, low = divmod(1000 * 10**9 + index * 1000, 1 << 32)
        body = (
            struct.pack("<IIIII", 0, high, low, len(packet), len(packet)) + packet + bytes(-len(packet) % 4)
        )
        out.append(block(6, body + struct.pack("<HHIHH", 2, 4, flags, 0, 0)))
    return b"".join(out)


def ether(payload: bytes, kind: int = 0x0800, *, tags: Sequence[int] = (), back: bool = False) -> bytes:
    """An Ethernet II frame from the near host to the far one, or `back`, with VLAN tags."""
    ends = FAR + NEAR if not back else NEAR + FAR
    return (
        ends + b"".join(struct.pack(">HH", 0x8100, tag) for tag in tags) + struct.pack(">H", kind) + payload
    )


def ipv4(
    payload: bytes, protocol: int, *, back: bool = False, ident: int = 1, offset: int = 0, more: bool = False
) -> bytes:
    """An IPv4 packet from 10.0.0.1 to 10.0.0.2, or `back`."""
    ends = (b"\x0a\0\0\x01", b"\x0a\0\0\x02")
    head = struct.pack(
        ">BBHHHBBH", 0x45, 0, 20 + len(payload), ident, more << 13 | offset // 8, 64, protocol, 0
    )
    return head + b"".join(ends[::-1] if back else ends) + payload


def ipv6(payload: bytes, protocol: int, *, back: bool = False) -> bytes:
    """An IPv6 packet from fd00::1 to fd00::2, or `back`."""
    ends = [b"\xfd" + bytes(14) + bytes((last,)) for last in ((2, 1) if back else (1, 2))]
    return struct.pack(">IHBB", 0x6000_0000, len(payload), protocol, 64) + b"".join(ends) + payload


def udp(payload: bytes, source: int = 5000, destination: int = 5001) -> bytes:
    """A UDP datagram."""
    return struct.pack(">HHHH", source, destination, 8 + len(payload), 0) + payload


def tcp(payload: bytes, sequence: int, flags: int = 0x18, source: int = 40_000, to: int = 1720) -> bytes:
    """A TCP segment: flags 0x18 is PSH ACK, 0x02 SYN."""
    return struct.pack(">HHIIBBHHH", source, to, sequence, 0, 0x50, flags, 8192, 0, 0) + payload


def tpkt(payload: bytes) -> bytes:
    """RFC 1006 6."""
    return struct.pack(">BBH", 3, 0, 4 + len(payload)) + payload


def sctp(*chunks: bytes, source: int = 9900, destination: int = 9900) -> bytes:
    """An SCTP packet."""
    return struct.pack(">HHII", source, destination, 0x1234, 0) + b"".join(chunks)


def chunk(kind: int, value: bytes = b"", flags: int = 0) -> bytes:
    """Any chunk with its padding."""
    return struct.pack(">BBH", kind, flags, 4 + len(value)) + value + bytes(-len(value) % 4)


def data_chunk(tsn: int, data: bytes, *, flags: int = 3, protocol: int = 1) -> bytes:
    """DATA: flags 3 is a whole message, 2 its beginning, 1 its end, 0 in between."""
    return chunk(0, struct.pack(">IHHI", tsn, 1, 0, protocol) + data, flags)


def iua(kind: tuple[int, int], *parameters: tuple[int, bytes]) -> bytes:
    """An IUA message of (class, type)."""
    body = b"".join(
        struct.pack(">HH", tag, 4 + len(value)) + value + bytes(-len(value) % 4) for tag, value in parameters
    )
    return struct.pack(">BBBBI", 1, 0, *kind, 8 + len(body)) + body


def interface(identifier: int) -> tuple[int, bytes]:
    """IUA's integer interface identifier."""
    return 1, struct.pack(">I", identifier)


def dlci(sapi: int = 0, tei: int = 0) -> tuple[int, bytes]:
    """IUA's DLCI."""
    return 5, struct.pack(">BBH", sapi << 2, tei << 1 | 1, 0)


def data_request(message: bytes, identifier: int = 7, tei: int = 0) -> bytes:
    """IUA's DATA REQUEST."""
    return iua((5, 1), interface(identifier), dlci(0, tei), (14, message))


def data_indication(message: bytes, identifier: int = 7, tei: int = 0) -> bytes:
    """IUA's DATA INDICATION."""
    return iua((5, 2), interface(identifier), dlci(0, tei), (14, message))


def x25_fcs(data: bytes) -> bytes:
    """The FCS of Q.921 2.7, bit by bit."""
    register = 0xFFFF
    for octet in data:
        for place in range(8):
            mix = (register ^ octet >> place) & 1
            register = register >> 1 ^ (0x8408 if mix else 0)
    return struct.pack("<H", register ^ 0xFFFF)


def hdlc_slot(frames: Sequence[bytes], octets: int, *, lead: int = 12, gap: int = 20) -> bytes:
    """`octets` octets of a timeslot: `lead` flags, then frames, `gap` flags behind each of them; first bit on
    the line highest.
    """
    flag = [0, 1, 1, 1, 1, 1, 1, 0]
    bits = flag * lead
    for frame in frames:
        ones = 0
        for octet in frame + x25_fcs(frame):
            for place in range(8):
                bit = octet >> place & 1
                bits.append(bit)
                ones = ones + 1 if bit else 0
                if ones == 5:
                    bits.append(0)
                    ones = 0
        bits += flag * gap
    bits += flag * (octets - len(bits) // 8 + 1)
    return int("".join(map(str, bits[: 8 * octets])), 2).to_bytes(octets, "big")


@cache
def speech(slot: int, octets: int) -> bytes:
    """Octets that are neither constant nor HDLC, the same each time."""
    state, out = 12_345 + 977 * slot, bytearray()
    for _ in range(octets):
        state = (state * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        out.append(state >> 16 & 0xFF)
    return bytes(out)


def slots(count: int, d_channel: int, frames: Sequence[bytes], octets: int) -> list[bytes]:
    """Timeslots 1 to `count`, one of them the D channel."""
    return [
        hdlc_slot(frames, octets) if slot == d_channel else speech(slot, octets)
        for slot in range(1, count + 1)
    ]


def e1_line(timeslots: Sequence[bytes]) -> bytes:
    """E1 octets (G.704 2.3, no CRC-4): FAS 9B and NFAS DF in turn, and 31 timeslots."""
    out = bytearray()
    for index, row in enumerate(zip(*timeslots, strict=True)):
        out.append(0x9B if index % 2 == 0 else 0xDF)
        out += bytes(row)
    return bytes(out)


def t1_line(timeslots: Sequence[bytes], *, extended: bool = True, padded: bool = False) -> bytes:
    """T1 octets (G.704 2.1): the F bit of the superframe or of the extended one, then 24 timeslots.

    The extended superframe's other F bits are data and checks, here 1 and 0 in turn. With `padded` each frame
    takes 25 octets.
    """
    bits = []
    rows = zip(*timeslots, strict=True)
    for index, row in enumerate(rows):
        if not extended:
            f_bit = "100011011100"[index % 12]
        elif index % 4 == 3:
            f_bit = "001011"[index // 4 % 6]
        else:
            f_bit = "10"[index % 2]
        bits.append(f_bit + f"{int.from_bytes(bytes(row), 'big'):0{8 * len(row)}b}" + "0" * 7 * padded)
    line = "".join(bits)
    line += "0" * (-len(line) % 8)
    return int(line, 2).to_bytes(len(line) // 8, "big")


def shifted(octets: bytes, bits: int) -> bytes:
    """The same line read from `bits` bits later."""
    number = int.from_bytes(octets, "big")
    size = 8 * len(octets)
    return ((number << bits) & ((1 << size) - 1)).to_bytes(len(octets), "big")


def pseudowire(line: bytes, size: int, *, rtp: bool = False, first: int = 65_530) -> list[bytes]:
    """Payloads of SAToP or CESoPSN: a control word (RFC 4553 4.3), RTP before it if asked for."""
    out = []
    for index, at in enumerate(range(0, len(line) - size + 1, size)):
        number = (first + index) % 65_536
        whole = size + 4 + (12 if rtp else 0)
        head = struct.pack(">BBHII", 0x80, 96, number, index * size, 0xCAFE) if rtp else b""
        word = struct.pack(">BBH", 0, whole if whole < 64 else 0, number)
        out.append(head + word + line[at : at + size])
    return out


def tdmoe(
    timeslots: Sequence[bytes], *, signalling: Sequence[int] | None = None, span: int = 0
) -> list[bytes]:
    """TDMoE packets of eight samples of each channel."""
    out = []
    for index in range(len(timeslots[0]) // 8):
        head = struct.pack(">HBBHH", span, 8, 2 if signalling else 0, index % 65_536, len(timeslots))
        if signalling:
            padded = [*signalling, *([0] * (-len(signalling) % 4))]
            for at in range(0, len(padded), 4):
                low = padded[at : at + 4]
                head += struct.pack(">H", low[0] | low[1] << 4 | low[2] << 8 | low[3] << 12)
        out.append(head + b"".join(slot[8 * index : 8 * index + 8] for slot in timeslots))
    return out


def eyesdn(records: Iterable[tuple[int, int, int, bytes]]) -> bytes:
    """An EyeSDN file of (microseconds since 1970, channel, kind and direction, data)."""
    out = [b"EyeSDN"]
    for micros, channel, kind, data in records:
        seconds, micro = divmod(micros, 1_000_000)
        head = (
            micro.to_bytes(3, "big")
            + seconds.to_bytes(5, "big")
            + struct.pack(">BBH", channel, kind, len(data))
        )
        escaped = b"".join(bytes((0xFE, one - 2)) if one >= 0xFE else bytes((one,)) for one in head + data)
        out.append(b"\xff" + escaped)
    return b"".join(out)


def i4b(packets: Iterable[tuple[int, int, int, bytes]], *, order: str = "<", unit: int = 0) -> bytes:
    """An i4btrace file of (microseconds since 1970, channel, direction, data)."""
    out = []
    for index, (micros, channel, direction, data) in enumerate(packets):
        seconds, micro = divmod(micros, 1_000_000)
        head = (32 + len(data), unit, channel, direction, 0, index + 1, seconds, micro)
        out.append(struct.pack(order + "8I", *head) + data)
    return b"".join(out)
