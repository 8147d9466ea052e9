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

WINDOW = 1 << 16
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


Taken = tuple[int, int, int, int, bytes, bytes, bytes, int, T]
"""A packet: its number, seconds, fraction of the second, octets of its frame, the first four of them, the
next two, and the two behind those (what a shorter frame lacks of these is taken from what stands behind it),
where in the window the frame ends, and the tap."""


class Batch(msgspec.Struct, Generic[T], eq=False):
    """A run of ordinary packets, found while `packets` is iterated over, which is to be done once and to its
    end.

    `first` is the number of the first. A fraction counts `unit` nanoseconds. Frames stand in the `window`,
    which begins at octet `begins` of the file: LAPD from the address field to the end, at least one octet,
    `head` octets behind the beginning of their packet. `end` is where in the window the packet behind the
    last that was found begins, and `count` how many were found, those included that were passed over.
    """

    first: int
    unit: int
    head: int
    window: bytes
    begins: int
    end: int
    idle: set[object]
    """What is passed over, see `ignore`; the same for all batches of a capture."""
    same: int = 0
    """How many octets up to a frame's end tell that it is passed over; 0: its tap and its octets do."""
    count: int = 0
    packets: Iterator[Taken[T]] = iter(())

    def ignore(self, packet: Taken[T]) -> None:
        """Pass over frames like this one of four octets, from now until `idle` is cleared."""
        end = packet[7]
        self.idle.add(self.window[end - self.same : end] if self.same else (packet[8], packet[4]))

    def at_ns(self, packet: Taken[T]) -> int:
        """The time of a packet."""
        return packet[1] * _NS + packet[2] * self.unit

    def frame(self, packet: Taken[T]) -> bytes:
        """The frame in a packet."""
        return self.window[packet[7] - packet[3] : packet[7]]

    def frames(self) -> Iterator[tuple[Taken[T], int, int, bytes, T]]:
        """Each packet, its seconds and nanoseconds, its frame and its tap."""
        window, unit = self.window, self.unit
        for packet in self.packets:
            _, second, fraction, size, _, _, _, end, tap = packet
            yield packet, second, fraction * unit, window[end - size : end], tap


def record(batch: Batch[AnyTap], packet: Taken[AnyTap]) -> FrameRecord:
    """A frame of a batch as the general reader has it."""
    number, _, _, size, _, _, _, end, tap = packet
    return FrameRecord(
        at_ns=batch.at_ns(packet),
        direction=tap.direction,
        data=batch.frame(packet),
        span=tap.span,
        slot=tap.slot,
        side=tap.side,
        number=number,
        offset=batch.begins + end - size - batch.head,
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
            batch = scan.batch(capture.number + 1, window, begins, at)
            packets = scan.run(batch)
            first = next(packets, None)
            if first is not None or batch.end > at:
                batch.packets = packets if first is None else itertools.chain((first,), packets)
                yield batch
                octets.read(batch.end - at)
                capture.number += batch.count
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
    source: Source,
    name: str,
    options: InputOptions,
    trace: Trace,
    make: Callable[[FrameRecord], AnyTap],
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
        self._idle: set[object] = set()
        self._skip = 0
        self._row: struct.Struct | None = None
        self._taps: dict[bytes, T] = {}
        self.short = False
        """Whether the last run ended because the window did."""

    @property
    def usable(self) -> bool:
        """Whether ordinary packets can come next."""
        return self._row is not None

    def batch(self, first: int, window: bytes, begins: int, at: int) -> Batch[T]:
        """A batch of packets from number `first` on, of which nothing was looked at yet: from offset `at` of
        a window on that begins at octet `begins` of the file."""
        return Batch(
            first, self._capture.ns_per_unit, 16 + self._skip, window, begins, at, self._idle, 12 + self._skip
        )

    def run(self, batch: Batch[T]) -> Iterator[Taken[T]]:
        """The batch's packets."""
        assert self._row is not None
        unpack, window, skip, known = self._row.unpack_from, batch.window, self._skip, self._taps
        only, limit, idle = known.get(b""), _NS // batch.unit, batch.idle
        number, at, short = batch.first - 1, batch.end, 20 + skip
        low = 8 if self._capture.order == "<" else 11
        size = end = len(window)
        last = size - self._row.size
        while at <= last:
            # What is passed over has both lengths, the octets before the frame, and the frame the same.
            if idle and window[at + low] == short - 16 and window[at + 8 : at + short] in idle:
                at += short
                number += 1
                continue
            second, fraction, captured, original, front, head, begins, reference = unpack(window, at)
            end = at + 16 + captured
            tap = only or known.get(front)
            if tap is None or captured != original or fraction >= limit or end > size or captured <= skip:
                break
            at = end
            number += 1
            yield number, second, fraction, captured - skip, head, begins, reference, end, tap
        self.short = at > last or end > size
        batch.end, batch.count = at, number - batch.first + 1

    def learn(self, packet: Packet, tap: T) -> None:
        """Remember what packets like this one have in common."""
        if self._row is None:
            self._skip = _SKIPS[packet.link_type]
            self._row = struct.Struct(f"{self._capture.order}4I{self._skip}s4s2s2s")
        if len(self._taps) < _MOST_TAPS:
            self._taps[packet.data[: self._skip]] = tap


class _PcapngScan(Generic[T]):
    """Runs of ordinary enhanced packet blocks in pcapng, within one section, of one of the link types.

    The tap is told by the interface, the octets in front of the frame, and everything behind the packet: its
    options and the block's second length, which thereby has been found right for each length once.
    """

    def __init__(self, capture: PcapngFile) -> None:
        self._capture = capture
        self._idle: set[object] = set()
        self._taps: dict[tuple[int, int, bytes, bytes], T] = {}
        self._section: list[Interface] | None = None
        self._skip = 0
        self._block: struct.Struct | None = None
        self.short = False
        self._pending: tuple[int, int, bytes, bytes] | None = None

    @property
    def usable(self) -> bool:
        """Whether ordinary packets can come next."""
        if self._section is not self._capture.interfaces:  # another section, maybe in the other byte order
            self._section = self._capture.interfaces
            self._taps.clear()
            self._block = None
        if self._block is None:
            for interface in self._capture.interfaces:
                if interface.link_type in _SKIPS:
                    self._skip = _SKIPS[interface.link_type]
                    self._block = struct.Struct(f"{self._capture.order}7I{self._skip}s4s2s2s")
                    break
        return self._block is not None

    def batch(self, first: int, window: bytes, begins: int, at: int) -> Batch[T]:
        """As `_PcapScan.batch`."""
        return Batch(first, 1, 28 + self._skip, window, begins, at, self._idle)

    def run(self, batch: Batch[T]) -> Iterator[Taken[T]]:
        """As `_PcapScan.run`."""
        assert self._block is not None
        unpack, window, skip, known = self._block.unpack_from, batch.window, self._skip, self._taps
        interfaces, idle, short = self._capture.interfaces, batch.idle, 4 + skip
        known_indices = len(interfaces)
        number, at = batch.first - 1, batch.end
        size = after = len(window)
        last = size - self._block.size
        self._pending = None
        while at <= last:
            kind, total, index, high, low, captured, original, front, head, begins, reference = unpack(
                window, at
            )
            after = at + total
            if kind != ng.ENHANCED_PACKET or index >= known_indices or after > size:
                break
            end = at + 28 + captured
            key = (index, total, window[end + (-captured & 3) : after], front)
            tap = known.get(key)
            interface = interfaces[index]
            at_ns = (high << 32 | low) * _NS // interface.units_per_second + interface.offset_ns
            if tap is None or captured != original or captured <= skip or at_ns < 0:
                self._pending = key
                break
            at = after
            number += 1
            if not idle or captured != short or (tap, head) not in idle:
                second, nanos = divmod(at_ns, _NS)
                yield number, second, nanos, captured - skip, head, begins, reference, end, tap
        self.short = at > last or after > size
        batch.end, batch.count = at, number - batch.first + 1

    def learn(self, packet: Packet, tap: T) -> None:
        """Remember what packets like this one have in common."""
        if self._pending is None or _SKIPS[packet.link_type] != self._skip:
            return
        if len(self._taps) < _MOST_TAPS:
            self._taps[self._pending] = tap
