"""From captured packets to D-channel frames: link types 203 and 177, and a trailing FCS.

Link type 203 is a LAPD frame and nothing else. Link type 177 puts the 16 octets of a Linux "cooked" header
before it: packet type (4 = sent by the recording host), hardware type, address length, address (first octet
not 0 = the recording host is the network side), protocol. Numbers are in network byte order.

Whether frames still carry their FCS (Q.921 clause 2.7) is seldom told by the file, so it is found out by
checking it: see `FcsWatch`.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from trunkbench.trace import pcapng as ng
from trunkbench.trace.capture import NO_PACKET, Damage, NotACapture, Packet, read_capture
from trunkbench.trace.record import Direction, FrameRecord
from trunkwire.hdlc.fcs import fcs16
from trunkwire.side import Side

_SLL = struct.Struct(">HHH8sH")
_SENT_BY_US = 4
_PROTOCOL_LAPD = 0x0030
FCS_LENGTHS = (2, 16)
"""What announces Q.921's FCS: two octets, which some writers of if_fcslen give in bits."""
_DIRECTIONS = {ng.FLAG_INBOUND: Direction.IN, ng.FLAG_OUTBOUND: Direction.OUT}
_SIDE = re.compile(r"recorded at the (network|user) side")
_TIMESLOT = re.compile(r"timeslot (\d{1,2})\b")

LINK_TYPES = {ng.LINKTYPE_LAPD: "LAPD", ng.LINKTYPE_LINUX_LAPD: "Linux LAPD"}
"""The link types that `read_frames` knows, with their names."""

_FOREIGN = {
    1: "Ethernet",
    50: "PPP with HDLC framing",
    101: "raw IP",
    104: "Cisco HDLC",
    107: "frame relay",
    113: "Linux cooked capture",
    139: "MTP2 with pseudo header",
    140: "MTP2",
    141: "MTP3",
}


class FcsWatch:
    """Finds out whether the frames of one interface still end with their FCS.

    A frame whose last two octets are the right FCS of the others loses them, unless frames without one
    clearly prevail: two octets agree by chance once in 65,536 frames. Once right ones prevail, a wrong one is
    reported.
    """

    def __init__(self) -> None:
        self.right = 0
        self.wrong = 0

    def strip(self, data: bytes, told: bool) -> tuple[bytes, bool | None]:
        """The frame without FCS, and True (right), False (wrong) or None (there is none).

        `told` says that the capture file itself announces an FCS.
        """
        fits = len(data) >= 4 and fcs16(data[:-2]) == int.from_bytes(data[-2:], "little")
        believed = told or self.right > self.wrong
        if fits and (believed or self.wrong <= 3 * (1 + self.right)):
            self.right += 1
            return data[:-2], True
        self.wrong += 1
        if believed and len(data) >= 4:
            return data[:-2], False
        return data, None

    @property
    def settled(self) -> bool:
        """Whether `strip` has nothing to say any more, unless the file itself announces an FCS: then no frame
        has one, whatever its last octets are."""
        return self.wrong > 3 * (1 + self.right)


def read_frames(file: BinaryIO, name: str = "capture") -> Iterator[FrameRecord | Damage]:
    """Yield the LAPD frames of a capture in the file's order, and the damage found in the file.

    Raises NotACapture when the file is neither pcap nor pcapng, or has packets but none of link type 203 or
    177. Packets of other link types among LAPD ones are left out, and reported once at the end.
    """
    watches: dict[int, FcsWatch] = {}
    foreign: Counter[int] = Counter()
    first_foreign = 0
    frames = 0
    for item in read_capture(file, name):
        if isinstance(item, Damage):
            yield item
        elif item.link_type == NO_PACKET:
            continue
        elif item.link_type not in LINK_TYPES:
            first_foreign = first_foreign or item.offset
            foreign[item.link_type] += 1
        else:
            frames += 1
            yield frame_of(item, watches.setdefault(item.interface, FcsWatch()))
    if not foreign:
        return
    kinds = ", ".join(f"{kind} ({_FOREIGN.get(kind, 'not LAPD')})" for kind in sorted(foreign))
    if not frames:
        raise NotACapture(
            f"{name}: every packet is of link type {kinds}; decode knows 203 (LAPD) and 177 (Linux LAPD)"
        )
    problem = f"{foreign.total()} packets of link type {kinds}"
    yield Damage(first_foreign, problem, "they were left out", False)


def frame_of(packet: Packet, watch: FcsWatch) -> FrameRecord | Damage:
    """The frame in a packet of link type 203 (or any that is nothing but a frame) or 177."""
    data, original = packet.data, packet.original
    direction = _DIRECTIONS.get(packet.direction, Direction.UNKNOWN)
    side_told = _SIDE.search(packet.description)
    side = Side(side_told[1]) if side_told else None
    if packet.link_type == ng.LINKTYPE_LINUX_LAPD:
        if len(data) < _SLL.size:
            problem = f"packet {packet.number} has {len(data)} octets, less than a Linux LAPD header"
            return Damage(packet.offset, problem, "it was left out", False)
        kind, _hardware, _length, address, protocol = _SLL.unpack_from(data)
        if protocol != _PROTOCOL_LAPD:
            problem = f"packet {packet.number} is of protocol {protocol:#06x}, not LAPD (0x0030)"
            return Damage(packet.offset, problem, "it was left out", False)
        direction = Direction.OUT if kind == _SENT_BY_US else Direction.IN
        side = Side.NETWORK if address[0] else Side.USER
        data, original = data[_SLL.size :], original - _SLL.size
    cut = original > len(data)
    fcs: bool | None = None
    if not cut:  # what was cut off at the end took the FCS with it
        data, fcs = watch.strip(data, packet.fcs_length in FCS_LENGTHS)
    slot = _TIMESLOT.search(packet.description)
    return FrameRecord(
        at_ns=packet.at_ns,
        direction=direction,
        data=data,
        span=packet.name or (f"interface {packet.interface}" if packet.interface else ""),
        slot=int(slot[1]) if slot else 0,
        side=side,
        number=packet.number,
        offset=packet.offset,
        original=original if cut else None,
        fcs=fcs,
    )
