"""Reading pcap and pcapng capture files block by block, trusting no length in them.

pcap: draft-ietf-opsawg-pcap, both byte orders, microseconds and nanoseconds. pcapng:
draft-ietf-opsawg-pcapng, any number of sections (each in its own byte order) and interfaces; enhanced, simple
and obsolete packet blocks; everything else is skipped.

`read_capture` streams: it yields a `Packet` a frame and a `Damage` wherever the file is not what it ought to
be. A fatal `Damage` is the last item (the next block cannot be found); everything before it has been yielded.
Nothing here knows what the packets contain.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from trunkbench.errors import UsageError
from trunkbench.trace import pcapng as ng

LARGEST_PACKET = 262_144
"""More octets than any capture program keeps of one packet; a larger length is damage."""
LARGEST_BLOCK = 16 * 1024 * 1024

_PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_SECTION_MAGIC = b"\x0a\x0d\x0d\x0a"
_NS = 1_000_000_000


class NotACapture(UsageError):
    """The file is neither pcap nor pcapng, or has no link type that was asked for."""


class Packet(msgspec.Struct, frozen=True, gc=False):
    """One captured packet: `at_ns` since 1970, `original` octets on the line, `direction` 1 in, 2 out, 0 not
    told.

    `number` counts packets from 1; `offset` is where the packet's block begins in the file. `fcs_length` is
    what the file says about a trailing FCS (octets), None when it says nothing.
    """

    number: int
    offset: int
    at_ns: int
    link_type: int
    interface: int
    name: str
    description: str
    direction: int
    data: bytes
    original: int
    fcs_length: int | None


class Damage(msgspec.Struct, frozen=True, gc=False):
    """Something wrong with the capture file itself at `offset`; nothing could be read after it if `fatal`."""

    offset: int
    problem: str
    advice: str
    fatal: bool

    def describe(self, name: str) -> str:
        """One sentence naming the file, where, what, and what to do."""
        return f"{name}: at octet {self.offset}: {self.problem}; {self.advice}"


class _Interface(msgspec.Struct, gc=False):
    """What an interface description block (or a pcap file header) says that packets need."""

    link_type: int
    snap: int
    units_per_second: int = 1_000_000
    offset_ns: int = 0
    name: str = ""
    description: str = ""
    fcs_length: int | None = None


class _Stop(Exception):
    """The file cannot be followed any further; carries the Damage."""

    def __init__(self, offset: int, problem: str, advice: str) -> None:
        self.damage = Damage(offset, problem, advice, True)


class _Octets:
    """The file with a running offset; short reads are noticed here and nowhere else."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.offset = 0

    def read(self, count: int) -> bytes:
        """Up to `count` octets; fewer only at the end of the file."""
        data = self._file.read(count)
        while data and len(data) < count:  # a raw or interactive stream may give less than asked for
            more = self._file.read(count - len(data))
            if not more:
                break
            data += more
        self.offset += len(data)
        return data

    def exactly(self, count: int, start: int, what: str) -> bytes:
        """`count` octets, or _Stop saying that the block that began at `start` is cut off."""
        data = self.read(count)
        if len(data) < count:
            raise _Stop(
                start,
                f"the file ends inside {what}, {count - len(data)} of its octets are missing",
                "it was cut off while being written or copied: copy it again, or go on with what was read",
            )
        return data


def read_capture(file: BinaryIO, name: str = "capture") -> Iterator[Packet | Damage]:
    """Yield the packets of a pcap or pcapng file, and what is wrong with it where it is.

    `file` is read once from its current position and needs no seek. Raises NotACapture when its first octets
    are those of neither format.
    """
    octets = _Octets(file)
    magic = octets.read(4)
    if magic in _PCAP_MAGICS:
        yield from _until_stopped(_read_pcap(octets, *_PCAP_MAGICS[magic]))
    elif magic == _SECTION_MAGIC:
        yield from _until_stopped(_Pcapng(octets).packets())
    elif not magic:
        raise NotACapture(f"{name}: the file is empty; give a pcap or pcapng capture")
    else:
        raise NotACapture(
            f"{name}: this is neither pcap nor pcapng (it begins with the octets {magic.hex(' ')}); "
            "give a capture of link type 203 (LAPD) or 177 (Linux LAPD)"
        )


def _until_stopped(items: Iterator[Packet | Damage]) -> Iterator[Packet | Damage]:
    try:
        yield from items
    except _Stop as stop:
        yield stop.damage


def _read_pcap(octets: _Octets, order: str, ns_per_unit: int) -> Iterator[Packet | Damage]:
    header = octets.exactly(20, 0, "the file header")
    _major, _minor, _zone, _digits, _snap, network = struct.unpack(order + "HHiIII", header)
    # Bit 26 says that the length of the FCS, in 16-bit words, stands in the four bits above 28.
    fcs_length = (network >> 28) * 2 if network & 0x0400_0000 else None
    record = struct.Struct(order + "IIII")
    number = 0
    while True:
        start = octets.offset
        head = octets.read(16)
        if not head:
            return
        if len(head) < 16:
            head += octets.exactly(16 - len(head), start, "a packet header")
        seconds, fraction, captured, original = record.unpack(head)
        if captured > LARGEST_PACKET:
            raise _Stop(
                start,
                f"packet {number + 1} claims {captured} octets, more than any capture keeps",
                "the file is damaged from here on; what stands before was read",
            )
        data = octets.exactly(captured, start, f"packet {number + 1}")
        number += 1
        at_ns = seconds * _NS + fraction * ns_per_unit
        link_type = network & 0xFFFF
        yield Packet(number, start, at_ns, link_type, 0, "", "", 0, data, max(original, captured), fcs_length)


class _Pcapng:
    """The state of reading one pcapng file: the byte order and interfaces of the section it is in."""

    def __init__(self, octets: _Octets) -> None:
        self._octets = octets
        self._order = "<"
        self._interfaces: list[_Interface] = []
        self._interfaces_before = 0  # of earlier sections, so that an interface has one number in the file
        self._number = 0

    def packets(self) -> Iterator[Packet | Damage]:
        """All packets of the file whose first four octets have been read already."""
        start, kind_octets = 0, _SECTION_MAGIC
        while kind_octets:
            if len(kind_octets) < 4:
                kind_octets += self._octets.exactly(4 - len(kind_octets), start, "a block header")
            kind, body = self._block(start, kind_octets)
            try:
                item = self._take(kind, body, start)
            except ValueError as error:
                advice = "this block was left out; the capture is damaged or its writer is wrong"
                item = Damage(start, f"a block of type {kind} has {error}", advice, False)
            if item is not None:
                yield item
            start = self._octets.offset
            kind_octets = self._octets.read(4)

    def _block(self, start: int, kind_octets: bytes) -> tuple[int, bytes]:
        """The type and body of the block at `start`, its two totals compared."""
        length_octets = self._octets.exactly(4, start, "a block header")
        rest = b""
        if kind_octets == _SECTION_MAGIC:  # the same in both byte orders; the order stands behind the length
            rest = self._octets.exactly(4, start, "a section header")
            orders = {
                ng.BYTE_ORDER_MAGIC.to_bytes(4, "little"): "<",
                ng.BYTE_ORDER_MAGIC.to_bytes(4, "big"): ">",
            }
            if rest not in orders:
                problem = f"a section header with the byte-order magic {rest.hex(' ')}"
                raise _Stop(start, problem, "the file is damaged from here on; what stands before was read")
            self._order = orders[rest]
        (kind,) = struct.unpack(self._order + "I", kind_octets)
        (total,) = struct.unpack(self._order + "I", length_octets)
        smallest = 28 if kind == ng.SECTION_HEADER else 12
        if total < smallest or total % 4 or total > LARGEST_BLOCK:
            raise _Stop(
                start,
                f"a block of type {kind} claims a length of {total} octets "
                f"(must be a multiple of 4 from {smallest} to {LARGEST_BLOCK})",
                "the next block cannot be found; what stands before was read",
            )
        body = rest + self._octets.exactly(total - 12 - len(rest), start, f"a block of {total} octets")
        (again,) = struct.unpack(
            self._order + "I", self._octets.exactly(4, start, f"a block of {total} octets")
        )
        if again != total:
            raise _Stop(
                start,
                f"a block of type {kind} has the length {total} at its start and {again} at its end",
                "the next block cannot be found for certain; what stands before was read",
            )
        return kind, body

    def _take(self, kind: int, body: bytes, start: int) -> Packet | Damage | None:
        """What a block yields. Raises ValueError when its body contradicts itself."""
        if kind == ng.SECTION_HEADER:
            major, minor = self._fields("4xHH", body)
            self._interfaces_before += len(self._interfaces)
            self._interfaces = []
            if major != 1:
                problem = f"a section in version {major}.{minor} of pcapng"
                raise _Stop(
                    start, problem, "only version 1 is known: save the capture with a current program"
                )
            return None
        if kind == ng.INTERFACE_DESCRIPTION:
            # Kept even if its options are broken: the numbering of the interfaces must not shift.
            interface = _Interface(-1, 0)
            self._interfaces.append(interface)
            interface.link_type, interface.snap = self._fields("H2xI", body)
            self._describe(interface, self._options(body, 8))
            return None
        if kind == ng.ENHANCED_PACKET:
            index, high, low, captured, original = self._fields("IIIII", body)
            return self._packet(index, high << 32 | low, captured, original, body, 20, start)
        if kind == ng.PACKET_OBSOLETE:
            index, high, low, captured, original = self._fields("H2xIIII", body)
            return self._packet(index, high << 32 | low, captured, original, body, 20, start)
        if kind == ng.SIMPLE_PACKET:
            (original,) = self._fields("I", body)
            captured = min(original, len(body) - 4)
            if self._interfaces and self._interfaces[0].snap:
                captured = min(captured, self._interfaces[0].snap)
            return self._packet(0, 0, captured, original, body, 4, start)
        return None

    def _fields(self, layout: str, body: bytes) -> tuple[int, ...]:
        """The integers that a block's body begins with, in the section's byte order."""
        fields = struct.Struct(self._order + layout)
        if len(body) < fields.size:
            raise ValueError(f"a body of {len(body)} octets where at least {fields.size} must stand")
        return fields.unpack_from(body)

    def _packet(
        self, index: int, stamp: int, captured: int, original: int, body: bytes, header: int, start: int
    ) -> Packet:
        if index >= len(self._interfaces):
            raise ValueError(f"a packet of interface {index}, which no interface description has introduced")
        if captured > len(body) - header:
            raise ValueError(f"a packet of {captured} octets in a body of {len(body)}")
        self._number += 1
        interface = self._interfaces[index]
        data = body[header : header + captured]
        flags = 0
        for code, value in self._options(body, header + captured + (-captured % 4)):
            if code == ng.EPB_FLAGS and len(value) == 4:
                (flags,) = struct.unpack(self._order + "I", value)
        stamped = stamp * _NS // interface.units_per_second + interface.offset_ns
        return Packet(
            number=self._number,
            offset=start,
            at_ns=stamped,
            link_type=interface.link_type,
            interface=self._interfaces_before + index,
            name=interface.name,
            description=interface.description,
            direction=flags & 3,
            data=data,
            original=max(original, captured),
            fcs_length=(flags >> 5 & 0xF) or interface.fcs_length,
        )

    def _options(self, body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
        """The options from offset `at`; stops silently where they end or break, which costs no packet."""
        while at + 4 <= len(body):
            code, length = struct.unpack_from(self._order + "HH", body, at)
            if code == ng.OPT_END or at + 4 + length > len(body):
                return
            yield code, body[at + 4 : at + 4 + length]
            at += 4 + length + (-length % 4)

    def _describe(self, interface: _Interface, options: Iterator[tuple[int, bytes]]) -> None:
        for code, value in options:
            if code == ng.IF_NAME:
                interface.name = value.rstrip(b"\0").decode("utf-8", "replace")
            elif code == ng.IF_DESCRIPTION:
                interface.description = value.rstrip(b"\0").decode("utf-8", "replace")
            elif code == ng.IF_TSRESOL and len(value) == 1:
                exponent = value[0] & 0x7F  # the top bit chooses between powers of 2 and of 10
                interface.units_per_second = (2 if value[0] & 0x80 else 10) ** exponent
            elif code == ng.IF_TSOFFSET and len(value) == 8:
                interface.offset_ns = struct.unpack(self._order + "q", value)[0] * _NS
            elif code == ng.IF_FCSLEN and len(value) == 1:
                interface.fcs_length = value[0]
