"""Reading pcap and pcapng capture files block by block, trusting no length in them.

pcap: draft-ietf-opsawg-pcap, both byte orders, microseconds and nanoseconds. pcapng:
draft-ietf-opsawg-pcapng, any number of sections (each in its own byte order) and interfaces; enhanced, simple
and obsolete packet blocks. Blocks that Wireshark numbers like packets, though they are none, are counted too;
everything else is skipped.

`read_capture` streams: it yields a `Packet` a frame and a `Damage` wherever the file is not what it ought to
be. A fatal `Damage` is the last item (the next block cannot be found); everything before it has been yielded.
Nothing here knows what the packets contain.
"""

from __future__ import annotations

import re
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from trunkbench.errors import UsageError
from trunkbench.trace import pcapng as ng
from trunkbench.trace.record import UNTIMED

LARGEST_PACKET = 262_144
"""More octets than any capture program keeps of one packet; a larger length is damage."""
LARGEST_BLOCK = 16 * 1024 * 1024

INTERFACES = 65_536
"""Interfaces that one section of a pcapng file may have."""
ZEROS = 64
"""Packet headers of nothing but zeros, one after the other, that are a hole in the file and no packets."""

NO_PACKET = -1
"""The link type of a block that is no packet and yet has a number, as Wireshark counts."""
_EVENTS = {0x204: 24, 0x216: 28, 0x221: 28}
"""Blocks with an event of the machine, by sysdig: their shortest bodies."""
_CUSTOM = {0x0BAD: 4, 0x4000_0BAD: 4}
_JOURNAL, _SHORTEST_ENTRY = 9, 23
_JOURNAL_TIME = re.compile(rb"__REALTIME_TIMESTAMP=(\d{1,16})")
"""An entry of systemd's journal: microseconds since 1970."""

_PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_SECTION_MAGIC = b"\x0a\x0d\x0d\x0a"
_NS = 1_000_000_000
_OVERFLOW = 1 << 64
"""From where on tshark loses the high bits of a fraction in nanoseconds."""


class NotACapture(UsageError):
    """The file is neither pcap nor pcapng, or has no link type that was asked for."""


class Packet(msgspec.Struct, frozen=True, gc=False):
    """One captured packet: `at_ns` since 1970, `original` octets on the line, `direction` 1 in, 2 out, 0 not
    told.

    `number` counts packets from 1; `at_ns` is UNTIMED in a simple packet block; `offset` is where a packet's
    block begins in the file. `fcs_length` is what the file says about a trailing FCS (octets), None when it
    says nothing. `clock` is tshark's text of
    the time where that is not `at_ns` (none in a simple packet block, a fraction of more than a second, steps
    of less than a nanosecond). A `link_type` of NO_PACKET is a block that only counts.
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
    clock: str | None = None


class Damage(msgspec.Struct, frozen=True, gc=False):
    """Something wrong with the capture file itself at `offset`; nothing could be read after it if `fatal`."""

    offset: int
    problem: str
    advice: str
    fatal: bool

    def describe(self, name: str) -> str:
        """One sentence naming the file, where, what, and what to do."""
        return f"{name}: at octet {self.offset}: {self.problem}; {self.advice}"


class Interface(msgspec.Struct, gc=False):
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


class Octets:
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
    capture = open_capture(Octets(file), name)
    while (item := capture.next()) is not None:
        yield item


def open_capture(octets: Octets, name: str) -> PcapFile | PcapngFile:
    """The file in `octets`, of which nothing was read yet. Raises NotACapture as `read_capture` does."""
    magic = octets.read(4)
    if magic in _PCAP_MAGICS:
        return PcapFile(octets, *_PCAP_MAGICS[magic])
    if magic == _SECTION_MAGIC:
        return PcapngFile(octets)
    if not magic:
        raise NotACapture(f"{name}: the file is empty; give a pcap or pcapng capture")
    raise NotACapture(
        f"{name}: this is neither pcap nor pcapng (it begins with the octets {magic.hex(' ')}); "
        "give a capture of link type 203 (LAPD) or 177 (Linux LAPD)"
    )


class _File(ABC):
    """What both formats share: one item after the other, a fatal damage as the last."""

    def __init__(self, octets: Octets) -> None:
        self.octets = octets
        self.number = 0
        """Packets read so far."""
        self.ended = False

    def next(self) -> Packet | Damage | None:
        """The next packet or damage; None at the end."""
        if self.ended:
            return None
        try:
            item = self._next()
        except _Stop as stop:
            self.ended = True
            return stop.damage
        self.ended = item is None
        return item

    @abstractmethod
    def _next(self) -> Packet | Damage | None: ...


class PcapFile(_File):
    """A pcap file whose first four octets have been read: `order` and `ns_per_unit` are what they say."""

    def __init__(self, octets: Octets, order: str, ns_per_unit: int) -> None:
        super().__init__(octets)
        self.order = order
        self.ns_per_unit = ns_per_unit
        self.link_type: int | None = None
        """None until the file header has been read."""
        self._fcs_length: int | None = None
        self._record = struct.Struct(order + "IIII")
        self._zeros = 0

    def begin(self) -> None:
        """Read the file header."""
        header = self.octets.exactly(20, 0, "the file header")
        _major, _minor, _zone, _digits, _snap, network = struct.unpack(self.order + "HHiIII", header)
        # Bit 26 says that the length of the FCS, in 16-bit words, stands in the four bits above 28.
        self._fcs_length = (network >> 28) * 2 if network & 0x0400_0000 else None
        self.link_type = network & 0xFFFF

    def _next(self) -> Packet | None:
        if self.link_type is None:
            self.begin()
        link_type = self.link_type or 0
        octets, start = self.octets, self.octets.offset
        head = octets.read(16)
        if not head:
            return None
        if len(head) < 16:
            head += octets.exactly(16 - len(head), start, "a packet header")
        seconds, fraction, captured, original = self._record.unpack(head)
        self._zeros = 0 if seconds or original or captured else self._zeros + 1
        if self._zeros == ZEROS:
            raise _Stop(
                start,
                f"the file holds nothing but zeros where packet {self.number + 1} ought to stand",
                "it was not written to its end: what stands before was read",
            )
        if captured > LARGEST_PACKET:
            raise _Stop(
                start,
                f"packet {self.number + 1} claims {captured} octets, more than any capture keeps",
                "the file is damaged from here on; what stands before was read",
            )
        data = octets.exactly(captured, start, f"packet {self.number + 1}")
        self.number += 1
        nanoseconds = fraction * self.ns_per_unit
        at_ns = seconds * _NS + nanoseconds
        original, fcs = max(original, captured), self._fcs_length
        clock = f"{seconds}.{nanoseconds}" if nanoseconds >= _NS else None
        return Packet(self.number, start, at_ns, link_type, 0, "", "", 0, data, original, fcs, clock)


class PcapngFile(_File):
    """A pcapng file whose first four octets have been read: the byte order and interfaces of the section it
    is in.
    """

    def __init__(self, octets: Octets) -> None:
        super().__init__(octets)
        self.order = "<"
        self.interfaces: list[Interface] = []
        self._interfaces_before = 0  # of earlier sections, so that an interface has one number in the file
        self._begun = _SECTION_MAGIC

    def _next(self) -> Packet | Damage | None:
        item = None
        while item is None:
            start = self.octets.offset - len(self._begun)
            kind_octets, self._begun = self._begun or self.octets.read(4), b""
            if not kind_octets:
                return None
            if len(kind_octets) < 4:
                kind_octets += self.octets.exactly(4 - len(kind_octets), start, "a block header")
            kind, body = self._block(start, kind_octets)
            try:
                item = self._take(kind, body, start)
            except ValueError as error:
                advice = "this block was left out; the capture is damaged or its writer is wrong"
                item = Damage(start, f"a block of type {kind} has {error}", advice, False)
        return item

    def _block(self, start: int, kind_octets: bytes) -> tuple[int, bytes]:
        """The type and body of the block at `start`, its two totals compared."""
        length_octets = self.octets.exactly(4, start, "a block header")
        rest = b""
        if kind_octets == _SECTION_MAGIC:  # the same in both byte orders; the order stands behind the length
            rest = self.octets.exactly(4, start, "a section header")
            orders = {
                ng.BYTE_ORDER_MAGIC.to_bytes(4, "little"): "<",
                ng.BYTE_ORDER_MAGIC.to_bytes(4, "big"): ">",
            }
            if rest not in orders:
                problem = f"a section header with the byte-order magic {rest.hex(' ')}"
                raise _Stop(start, problem, "the file is damaged from here on; what stands before was read")
            self.order = orders[rest]
        (kind,) = struct.unpack(self.order + "I", kind_octets)
        (total,) = struct.unpack(self.order + "I", length_octets)
        smallest = 28 if kind == ng.SECTION_HEADER else 12
        if total < smallest or total % 4 or total > LARGEST_BLOCK:
            raise _Stop(
                start,
                f"a block of type {kind} claims a length of {total} octets "
                f"(must be a multiple of 4 from {smallest} to {LARGEST_BLOCK})",
                "the next block cannot be found; what stands before was read",
            )
        body = rest + self.octets.exactly(total - 12 - len(rest), start, f"a block of {total} octets")
        (again,) = struct.unpack(
            self.order + "I", self.octets.exactly(4, start, f"a block of {total} octets")
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
            self._interfaces_before += len(self.interfaces)
            self.interfaces = []
            if major != 1:
                problem = f"a section in version {major}.{minor} of pcapng"
                raise _Stop(
                    start, problem, "only version 1 is known: save the capture with a current program"
                )
            return None
        if kind == ng.INTERFACE_DESCRIPTION:
            if len(self.interfaces) >= INTERFACES:
                raise _Stop(
                    start,
                    f"interface {INTERFACES + 1} of a section, more than any machine has",
                    "the file is damaged or malicious; what stands before was read",
                )
            # Kept even if its options are broken: the numbering of the interfaces must not shift.
            interface = Interface(-1, 0)
            self.interfaces.append(interface)
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
            if self.interfaces and self.interfaces[0].snap:
                captured = min(captured, self.interfaces[0].snap)
            packet = self._packet(0, 0, captured, original, body, 4, start)
            return msgspec.structs.replace(packet, at_ns=UNTIMED, clock="")
        if kind in _EVENTS or kind in _CUSTOM or kind == _JOURNAL:
            return self._no_packet(kind, body, start)
        return None

    def _no_packet(self, kind: int, body: bytes, start: int) -> Packet:
        """A block that is no packet, with the time that Wireshark shows of it; it has no octets here."""
        shortest = (_EVENTS | _CUSTOM).get(kind, _SHORTEST_ENTRY)
        if len(body) < shortest:
            raise ValueError(f"a body of {len(body)} octets where at least {shortest} must stand")
        at_ns = 0
        if kind in _EVENTS:
            (at_ns,) = self._fields("2xQ", body)
        elif kind == _JOURNAL and (told := _JOURNAL_TIME.search(body)):
            at_ns = int(told[1]) * 1_000
        self.number += 1
        clock = None if at_ns else ""
        return Packet(self.number, start, at_ns, NO_PACKET, -1, "", "", 0, b"", 0, None, clock)

    def _fields(self, layout: str, body: bytes) -> tuple[int, ...]:
        """The integers that a block's body begins with, in the section's byte order."""
        fields = struct.Struct(self.order + layout)
        if len(body) < fields.size:
            raise ValueError(f"a body of {len(body)} octets where at least {fields.size} must stand")
        return fields.unpack_from(body)

    def _packet(
        self, index: int, stamp: int, captured: int, original: int, body: bytes, header: int, start: int
    ) -> Packet:
        if index >= len(self.interfaces):
            raise ValueError(f"a packet of interface {index}, which no interface description has introduced")
        if captured > len(body) - header:
            raise ValueError(f"a packet of {captured} octets in a body of {len(body)}")
        self.number += 1
        interface = self.interfaces[index]
        data = body[header : header + captured]
        flags = 0
        for code, value in self._options(body, header + captured + (-captured % 4)):
            if code == ng.EPB_FLAGS and len(value) == 4:
                (flags,) = struct.unpack(self.order + "I", value)
        seconds, rest = divmod(stamp, interface.units_per_second)
        nanoseconds = rest * _NS // interface.units_per_second
        stamped = seconds * _NS + nanoseconds + interface.offset_ns
        clock = None
        if rest * _NS >= _OVERFLOW:
            wrapped = rest * _NS % _OVERFLOW // interface.units_per_second
            clock = f"{seconds + interface.offset_ns // _NS}.{wrapped:09d}"
        return Packet(
            number=self.number,
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
            clock=clock,
        )

    def _options(self, body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
        """The options from offset `at`; stops silently where they end or break, which costs no packet."""
        while at + 4 <= len(body):
            code, length = struct.unpack_from(self.order + "HH", body, at)
            if code == ng.OPT_END or at + 4 + length > len(body):
                return
            yield code, body[at + 4 : at + 4 + length]
            at += 4 + length + (-length % 4)

    def _describe(self, interface: Interface, options: Iterator[tuple[int, bytes]]) -> None:
        for code, value in options:
            if code == ng.IF_NAME:
                interface.name = value.rstrip(b"\0").decode("utf-8", "replace")
            elif code == ng.IF_DESCRIPTION:
                interface.description = value.rstrip(b"\0").decode("utf-8", "replace")
            elif code == ng.IF_TSRESOL and len(value) == 1:
                exponent = value[0] & 0x7F  # the top bit chooses between powers of 2 and of 10
                interface.units_per_second = (2 if value[0] & 0x80 else 10) ** exponent
            elif code == ng.IF_TSOFFSET and len(value) == 8:
                interface.offset_ns = struct.unpack(self.order + "q", value)[0] * _NS
            elif code == ng.IF_FCSLEN and len(value) == 1:
                interface.fcs_length = value[0]
