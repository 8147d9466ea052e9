"""Reading captures in bulk: runs of ordinary packets as columns, everything else as the general reader has
it.

An ordinary packet is a whole frame of link type 203 or 177 that lost nothing and carries no FCS. What the
general reader makes of such a packet apart from time, number, offset and octets depends on the octets in
front of the frame alone (a cooked header, the options behind a pcapng packet), so it is asked once for each
and remembered as a `Tap`. The first packets of an interface are read by the general reader too: it has to
find out whether there is an FCS.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

from trunkbench.trace import pcapng as ng
from trunkbench.trace.capture import (
    LARGEST_PACKET,
    Damage,
    Interface,
    Octets,
    Packet,
    PcapFile,
    PcapngFile,
    open_capture,
)
from trunkbench.trace.inputs.lapdpackets import LapdPackets
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.inputs.packets import Carrier, Carriers
from trunkbench.trace.record import Direction, FrameRecord
from trunkwire.side import Side

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.source import Source

WINDOW = 1 << 20
"""Octets looked at in one go."""
_NS = 1_000_000_000
_COOKED = 16
"""Octets of the header of link type 177."""
_SKIPS = {ng.LINKTYPE_LAPD: 0, ng.LINKTYPE_LINUX_LAPD: _COOKED}
_MOST_TAPS = 4096


@dataclass(frozen=True, slots=True)
class Tap:
    """What ordinary packets of one kind have in common."""

    direction: Direction
    side: Side | None
    span: str
    slot: int


@dataclass(slots=True)
class Batch:
    """A run of ordinary packets; the lists have one entry a packet.

    `first` is the number of the first. `seconds` and `nanos` make the time, `frames` are LAPD frames from the
    address field to the end, at least one octet each. Their packets begin at `offsets` in the file; where
    that list is empty, the first at `begins` and each of the others behind the one before it, `head` octets
    standing in front of each frame.
    """

    first: int
    seconds: list[int] = field(default_factory=list)
    nanos: list[int] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    taps: list[Tap] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    begins: int = 0
    head: int = 0

    def offset(self, index: int) -> int:
        """Where a packet begins in the file."""
        if not self.offsets:
            lengths = (len(frame) + self.head for frame in self.frames)
            self.offsets.extend(itertools.accumulate(lengths, initial=self.begins))
        return self.offsets[index]

    def record(self, index: int) -> FrameRecord:
        """The frame as the general reader has it."""
        tap = self.taps[index]
        return FrameRecord(
            at_ns=self.seconds[index] * _NS + self.nanos[index],
            direction=tap.direction,
            data=self.frames[index],
            span=tap.span,
            slot=tap.slot,
            side=tap.side,
            number=self.first + index,
            offset=self.offset(index),
        )


def read_batches(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Batch | Item]:
    """What `inputs.packets.read` yields, runs of ordinary frames as batches."""
    octets = Octets(cast(BinaryIO, source))
    capture = open_capture(octets, name)
    carriers = Carriers(name, options, trace)
    scan = _PcapScan(capture) if isinstance(capture, PcapFile) else _PcapngScan(capture)
    window, begins = b"", octets.offset
    while True:
        at = octets.offset - begins
        if scan.usable:
            if len(window) - at < LARGEST_PACKET + _COOKED:
                window, begins, at = source.peek(WINDOW), octets.offset, 0
            batch = Batch(capture.number + 1)
            end = scan.run(window, at, batch, begins)
            if end > at:
                octets.read(end - at)
                capture.number += len(batch.frames)
                yield batch
                continue
        item = capture.next()
        if item is None:
            break
        if isinstance(item, Damage):
            yield item
            continue
        yield from carriers.take(item)
        scan.learn(item, carriers.of(item))
    yield from carriers.finish()


def _tap(packet: Packet, carrier: Carrier | None) -> Tap | None:
    """What packets like this one have in common, if that is certain."""
    pattern = carrier.pattern(packet) if isinstance(carrier, LapdPackets) else None
    return None if pattern is None else Tap(pattern.direction, pattern.side, pattern.span, pattern.slot)


class _PcapScan:
    """Runs of ordinary packets in pcap. The octets in front of the frame tell the tap."""

    def __init__(self, capture: PcapFile) -> None:
        self._capture = capture
        self._header = struct.Struct(capture.order + "IIII")
        self._taps: dict[bytes, Tap] = {}

    @property
    def usable(self) -> bool:
        """Whether ordinary packets can come next."""
        return self._capture.link_type in _SKIPS

    def run(self, window: bytes, at: int, batch: Batch, begins: int) -> int:
        """Take ordinary packets from offset `at` of a window that begins at `begins` in the file; the offset
        behind the last."""
        skip, unit = _SKIPS[self._capture.link_type or 0], self._capture.ns_per_unit
        batch.begins, batch.head = begins + at, 16 + skip
        unpack, known, end = self._header.unpack_from, self._taps, len(window)
        only = known.get(b"")
        limit = _NS // unit
        seconds, nanos, frames, taps = batch.seconds, batch.nanos, batch.frames, batch.taps
        second, nano, frame = seconds.append, nanos.append, frames.append
        last = end - 16
        while at <= last:
            stamp, fraction, captured, original = unpack(window, at)
            start = at + 16
            behind = start + captured
            body = start + skip
            tap = only or known.get(window[start:body])
            if tap is None or captured != original or fraction >= limit or behind > end or behind <= body:
                break
            second(stamp)
            nano(fraction * unit)
            frame(window[body:behind])
            if skip:
                taps.append(tap)
            at = behind
        if only is not None:
            taps += [only] * len(frames)
        return at

    def learn(self, packet: Packet, carrier: Carrier | None) -> None:
        """Remember what packets like this one have in common."""
        tap = _tap(packet, carrier)
        if tap is not None and len(self._taps) < _MOST_TAPS:
            self._taps[packet.data[: _SKIPS[packet.link_type]]] = tap


class _PcapngScan:
    """Runs of ordinary enhanced packet blocks in pcapng, within one section.

    The tap is told by the interface, the octets in front of the frame, and everything behind the packet: its
    options and the block's second length, which thereby has been found right for each length once.
    """

    def __init__(self, capture: PcapngFile) -> None:
        self._capture = capture
        self._taps: dict[tuple[int, int, bytes, bytes], Tap] = {}
        self._section: list[Interface] | None = None
        self._header = struct.Struct("<7I")
        self._pending: tuple[int, int, bytes, bytes] | None = None

    @property
    def usable(self) -> bool:
        """Whether ordinary packets can come next."""
        interfaces = self._capture.interfaces
        if self._section is not interfaces:  # a section of its own, maybe in the other byte order
            self._section = interfaces
            self._taps.clear()
            self._header = struct.Struct(self._capture.order + "7I")
        return any(interface.link_type in _SKIPS for interface in interfaces)

    def run(self, window: bytes, at: int, batch: Batch, begins: int) -> int:
        """As `_PcapScan.run`."""
        unpack, known, end = self._header.unpack_from, self._taps, len(window)
        interfaces = self._capture.interfaces
        known_indices = len(interfaces)
        self._pending = None
        while at + 32 <= end:
            kind, total, index, high, low, captured, original = unpack(window, at)
            after = at + total
            if kind != ng.ENHANCED_PACKET or index >= known_indices or after > end:
                break
            interface = interfaces[index]
            start = at + 28
            body = start + _SKIPS.get(interface.link_type, 0)
            behind = start + captured
            key = (index, total, window[behind + (-captured & 3) : after], window[start:body])
            tap = known.get(key)
            at_ns = (high << 32 | low) * _NS // interface.units_per_second + interface.offset_ns
            if tap is None or captured != original or behind <= body or at_ns < 0:
                self._pending = key
                break
            seconds, nanos = divmod(at_ns, _NS)
            batch.seconds.append(seconds)
            batch.nanos.append(nanos)
            batch.frames.append(window[body:behind])
            batch.taps.append(tap)
            batch.offsets.append(begins + at)
            at = after
        return at

    def learn(self, packet: Packet, carrier: Carrier | None) -> None:
        """Remember what packets like this one have in common."""
        key = self._pending
        if key is None or packet.link_type not in _SKIPS:
            return
        tap = _tap(packet, carrier)
        if tap is not None and len(self._taps) < _MOST_TAPS:
            self._taps[key] = tap
