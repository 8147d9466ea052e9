"""MTP2 signal units (Q.703) of link types 140 and 139, and MTP3 messages (141)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from trunkbench.trace.capture import Packet
from trunkbench.trace.frames import FcsWatch
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.record import Direction, Foreign, FrameRecord, Layer
from trunkwire.carriers.mtp2 import PseudoHeader

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace

_WITH_HEADER = 139
_HEADER = 4
_FCS_LENGTHS = (2, 16)
_DIRECTIONS = {1: Direction.IN, 2: Direction.OUT}


class SignalUnits:
    """The signal units of one interface; a trailing FCS is found out by checking it."""

    def __init__(self, link_type: int) -> None:
        self._with_header = link_type == _WITH_HEADER
        self._watches: dict[str, FcsWatch] = {}

    def take(self, packet: Packet) -> Iterable[Item]:
        """The packet's signal unit."""
        data, original = packet.data, packet.original
        direction = _DIRECTIONS.get(packet.direction, Direction.UNKNOWN)
        span = packet.name or (f"interface {packet.interface}" if packet.interface else "")
        if self._with_header:
            if len(data) < _HEADER:
                what = f"an MTP2 pseudo header of {len(data)} octets, cut off"
                return (Foreign(packet.number, packet.at_ns, packet.offset, what),)
            header = PseudoHeader.layout.reader(data)
            direction = Direction.OUT if header.sent else Direction.IN
            span = f"link {header.link}"
            data, original = header.unit, original - _HEADER
        if not data:
            return (Foreign(packet.number, packet.at_ns, packet.offset, "an empty packet"),)
        fcs: bool | None = None
        cut = original > len(data)
        if not cut:
            watch = self._watches.setdefault(span, FcsWatch())
            data, fcs = watch.strip(data, packet.fcs_length in _FCS_LENGTHS)
        record = FrameRecord(
            packet.at_ns,
            direction,
            data,
            span,
            number=packet.number,
            offset=packet.offset,
            original=original if cut else None,
            fcs=fcs,
            layer=Layer.MTP2,
        )
        return (record,)

    def finish(self) -> Iterable[Item]:
        """Nothing is kept."""
        return ()


def carrier(link_type: int, options: InputOptions, trace: Trace) -> SignalUnits:
    """What takes the packets of one interface."""
    return SignalUnits(link_type)
