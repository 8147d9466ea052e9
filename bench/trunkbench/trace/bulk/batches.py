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
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, Generic, TypeVar, cast

import msgspec

from trunkbench.trace import pcapng as ng
from trunkbench.trace.capture import (
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
from trunkbench.trace.inputs.packets import Carriers
from trunkbench.trace.record import FrameRecord

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.source import Source

WINDOW = 1 << 18
"""Octets looked at in one go."""
_NS = 1_000_000_000
_COOKED = 16
"""Octets of the header of link type 177."""
_SKIPS = {ng.LINKTYPE_LAPD: 0, ng.LINKTYPE_LINUX_LAPD: _COOKED}
_MOST_TAPS = 4096


class Tap:
    """What ordinary packets of one kind have in common; a view keeps with it what it remembers of them."""

    __slots__ = ("direction", "side", "slot", "span")

    def __init__(self, pattern: FrameRecord) -> None:
        self.direction = pattern.direction
        self.side = pattern.side
        self.span = pattern.span
        self.slot = pattern.slot


T = TypeVar("T")
AnyTap = TypeVar("AnyTap", bound=Tap)
Learn = Callable[[Packet], T | None]
"""What packets like one have in common, None where that is not certain."""


class Batch(msgspec.Struct, Generic[T], eq=False):
    """A run of ordinary packets; the lists have one entry a packet.

    `first` is the number of the first. `seconds` and `nanos` make the time, `frames` are LAPD frames from the
    address field to the end, at least one octet each. Their packets begin at `offsets` in the file; where
    that list is empty, the first at `begins` and each of the others behind the one before it, `head` octets
    standing in front of each frame.
    """

    first: int
    seconds: list[int] = msgspec.field(default_factory=list)
    nanos: list[int] = msgspec.field(default_factory=list)
    frames: list[bytes] = msgspec.field(default_factory=list)
    taps: list[T] = msgspec.field(default_factory=list)
    offsets: list[int] = msgspec.field(default_factory=list)
    begins: int = 0
    head: int = 0

    def offset(self, index: int) -> int:
        """Where a packet begins in the file."""
        if not self.offsets:
            lengths = (len(frame) + self.head for frame in self.frames)
            self.offsets.extend(itertools.accumulate(lengths, initial=self.begins))
        return self.offsets[index]


def record(batch: Batch[AnyTap], index: int) -> FrameRecord:
    """A frame of a batch as the general reader has it."""
    tap = batch.taps[index]
    return FrameRecord(
        at_ns=batch.seconds[index] * _NS + batch.nanos[index],
        direction=tap.direction,
        data=batch.frames[index],
        span=tap.span,
        slot=tap.slot,
        side=tap.side,
        number=batch.first + index,
        offset=batch.offset(index),
    )


def read_batches(source: Source, name: str, learn: Learn[T]) -> Iterator[Batch[T] | Packet | Damage]:
    """The packets of a capture, runs of ordinary ones as batches.

    `learn` is asked about each packet of link type 203 or 177 that comes by itself, after it has been yielded
    and dealt with. Raises NotACapture as `read_capture` does.
    """
    octets = Octets(cast(BinaryIO, source))
    capture = open_capture(octets, name)
    scan: _PcapScan[T] | _PcapngScan[T]
    scan = _PcapScan(capture) if isinstance(capture, PcapFile) else _PcapngScan(capture)
    window, begins = b"", octets.offset
    while True:
        if scan.usable and not capture.ended:
            at = octets.offset - begins
            batch: Batch[T] = Batch(capture.number + 1)
            end = scan.run(window, at, batch, begins)
            if end > at:
                octets.read(end - at)
                capture.number += len(batch.frames)
                yield batch
                continue
            if scan.short and (at or not window):
                window, begins = source.peek(WINDOW), octets.offset
                if window:
                    continue
        item = capture.next()
        if item is None:
            return
        yield item
        if isinstance(item, Packet) and item.link_type in _SKIPS and (tap := learn(item)) is not None:
            scan.learn(item, tap)


def read_frames(
    source: Source, name: str, options: InputOptions, trace: Trace, make: Callable[[FrameRecord], AnyTap]
) -> Iterator[Batch[AnyTap] | Item]:
    """What `inputs.packets.read` yields, runs of ordinary frames as batches with the taps that `make` makes.

    Raises NotACapture as that does.
    """
    carriers = Carriers(name, options, trace)

    def learn(packet: Packet) -> AnyTap | None:
        carrier = carriers.of(packet)
        pattern = carrier.pattern(packet) if isinstance(carrier, LapdPackets) else None
        return None if pattern is None else make(pattern)

    for item in read_batches(source, name, learn):
        if isinstance(item, Packet):
            yield from carriers.take(item)
        else:
            yield item
    yield from carriers.finish()


class _PcapScan(Generic[T]):
    """Runs of ordinary packets in pcap. The octets in front of the frame tell the tap."""

    def __init__(self, capture: PcapFile) -> None:
        self._capture = capture
        self._header = struct.Struct(capture.order + "IIII")
        self._taps: dict[bytes, T] = {}
        self.short = False
        """Whether the last run ended because the window did."""

    @property
    def usable(self) -> bool:
        """Whether ordinary packets can come next."""
        return self._capture.link_type in _SKIPS

    def run(self, window: bytes, at: int, batch: Batch[T], begins: int) -> int:
        """Take ordinary packets from offset `at` of a window that begins at `begins` in the file; the offset
        behind the last."""
        skip, unit = _SKIPS[self._capture.link_type or 0], self._capture.ns_per_unit
        batch.begins, batch.head = begins + at, 16 + skip
        unpack, known, end = self._header.unpack_from, self._taps, len(window)
        only = known.get(b"")
        limit = _NS // unit
        seconds, nanos, frames, taps = batch.seconds, batch.nanos, batch.frames, batch.taps
        second, nano, frame = seconds.append, nanos.append, frames.append
        last, behind = end - 16, 0
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
        self.short = at > last or behind > end
        if only is not None:
            taps += [only] * len(frames)
        return at

    def learn(self, packet: Packet, tap: T) -> None:
        """Remember what packets like this one have in common."""
        if len(self._taps) < _MOST_TAPS:
            self._taps[packet.data[: _SKIPS[packet.link_type]]] = tap


class _PcapngScan(Generic[T]):
    """Runs of ordinary enhanced packet blocks in pcapng, within one section.

    The tap is told by the interface, the octets in front of the frame, and everything behind the packet: its
    options and the block's second length, which thereby has been found right for each length once.
    """

    def __init__(self, capture: PcapngFile) -> None:
        self._capture = capture
        self._taps: dict[tuple[int, int, bytes, bytes], T] = {}
        self._section: list[Interface] | None = None
        self._header = struct.Struct("<7I")
        self.short = False
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

    def run(self, window: bytes, at: int, batch: Batch[T], begins: int) -> int:
        """As `_PcapScan.run`."""
        unpack, known, end = self._header.unpack_from, self._taps, len(window)
        interfaces = self._capture.interfaces
        known_indices = len(interfaces)
        self._pending, self.short = None, False
        while at + 32 <= end:
            kind, total, index, high, low, captured, original = unpack(window, at)
            after = at + total
            self.short = after > end
            if kind != ng.ENHANCED_PACKET or index >= known_indices or self.short:
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
        self.short = self.short or at + 32 > end
        return at

    def learn(self, packet: Packet, tap: T) -> None:
        """Remember what packets like this one have in common."""
        if self._pending is not None and len(self._taps) < _MOST_TAPS:
            self._taps[self._pending] = tap
