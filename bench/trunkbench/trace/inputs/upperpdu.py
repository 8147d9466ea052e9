"""Wireshark's upper PDUs (link type 252): a message with the name of the dissector that it is for.

Tags come first: type and length of two octets each, in network byte order, and the value; type 0 ends them.
Messages for "q931" are read, and frames for "lapd"; `trunkbench decode --pcapng` writes the former where a
trace has no layer 2.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from typing import TYPE_CHECKING

from trunkbench.trace.capture import Packet
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.record import Direction, Foreign, FrameRecord, Layer
from trunkwire.side import Side

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace

_TAG = struct.Struct(">HH")
_END, _DISSECTOR = 0, 12
_LAYERS = {"q931": Layer.Q931, "lapd": Layer.LAPD, "mtp2": Layer.MTP2}
_DIRECTIONS = {1: Direction.IN, 2: Direction.OUT}
_SIDE = re.compile(r"recorded at the (network|user) side")
_TIMESLOT = re.compile(r"timeslot (\d{1,2})\b")


class UpperPdus:
    """The packets of one interface."""

    def take(self, packet: Packet) -> Iterable[Item]:
        """The packet's message."""
        name, begin = _dissector(packet.data)
        layer = _LAYERS.get(name)
        data = packet.data[begin:]
        if layer is None or not data:
            what = f"an upper PDU for {name!r}" if name else "an upper PDU without a dissector's name"
            return (Foreign(packet.number, packet.at_ns, packet.offset, what),)
        side, slot = _SIDE.search(packet.description), _TIMESLOT.search(packet.description)
        original = packet.original - begin
        record = FrameRecord(
            packet.at_ns,
            _DIRECTIONS.get(packet.direction, Direction.UNKNOWN),
            data,
            packet.name or (f"interface {packet.interface}" if packet.interface else ""),
            int(slot[1]) if slot else 0,
            Side(side[1]) if side else None,
            packet.number,
            packet.offset,
            original if original > len(data) else None,
            layer=layer,
        )
        return (record,)

    def finish(self) -> Iterable[Item]:
        """Nothing is kept."""
        return ()


def _dissector(data: bytes) -> tuple[str, int]:
    """The dissector's name, "" if there is none, and where the message begins."""
    at, name = 0, ""
    while at + _TAG.size <= len(data):
        tag, length = _TAG.unpack_from(data, at)
        at += _TAG.size
        if tag == _END:
            return name, at
        if tag == _DISSECTOR:
            name = data[at : at + length].rstrip(b"\0").decode("ascii", "replace")
        at += length
    return "", len(data)


def carrier(link_type: int, options: InputOptions, trace: Trace) -> UpperPdus:
    """What takes the packets of one interface."""
    return UpperPdus()
