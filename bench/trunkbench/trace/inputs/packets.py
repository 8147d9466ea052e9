"""pcap and pcapng captures: each packet handed to what its link type carries.

Every packet yields at least one item. A link type that carries nothing that is read here makes a capture be
refused, unless another interface's does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from trunkbench.trace import pcapng as ng
from trunkbench.trace.capture import NO_PACKET, Damage, Packet, read_capture
from trunkbench.trace.inputs.linktypes import KNOWN, name_of
from trunkbench.trace.inputs.numbering import numbered
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.record import Foreign

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.source import Source

CAPTURES = (
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x0a\x0d\x0d\x0a",
)
"""What captures begin with: pcap of two resolutions in two byte orders, and pcapng."""
CARRIERS = 1024
"""Interfaces of which something is remembered; the oldest give way."""
_PCAP_ORDERS = {0xD4: "<", 0xA1: ">", 0x4D: "<"}


class Carrier(Protocol):
    """What takes the packets of one link type apart; it may keep pieces for a later packet."""

    def take(self, packet: Packet) -> Iterable[Item]:
        """What a packet holds, at least one item."""

    def finish(self) -> Iterable[Item]:
        """What is left at the end of the capture."""


def recognise(head: bytes) -> str | None:
    """ "pcap, link type 177 (Linux LAPD)"; None for captures of nothing that is read."""
    if head[:4] == b"\x0a\x0d\x0d\x0a":
        return _pcapng_words(head)
    if len(head) < 24:
        return "pcap"
    (network,) = struct.unpack_from(_PCAP_ORDERS[head[0]] + "I", head, 20)
    kind = network & 0xFFFF
    return f"pcap, link type {kind} ({name_of(kind)})" if kind in KNOWN else None


def link_types(head: bytes) -> list[int]:
    """The link types that a capture's first octets declare, in their order."""
    if head[:4] != b"\x0a\x0d\x0d\x0a":
        (network,) = struct.unpack_from(_PCAP_ORDERS[head[0]] + "I", head, 20)
        return [network & 0xFFFF]
    order = "<" if head[8:12] == ng.BYTE_ORDER_MAGIC.to_bytes(4, "little") else ">"
    kinds: list[int] = []
    at = 0
    while at + 12 <= len(head):
        kind, total = struct.unpack_from(order + "II", head, at)
        if total < 12 or total % 4:
            break
        if kind == ng.INTERFACE_DESCRIPTION:
            kinds.append(struct.unpack_from(order + "H", head, at + 8)[0])
        at += total
    return list(dict.fromkeys(kinds))


def _pcapng_words(head: bytes) -> str | None:
    kinds = link_types(head)
    if kinds and not KNOWN.keys() & set(kinds) and len(head) < 65536:
        return None
    told = ", ".join(f"{kind} ({name_of(kind)})" for kind in kinds)
    return f"pcapng, link type {told}" if told else "pcapng"


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """The items of all packets. Raises NotACapture at the end if no interface carried what is read."""
    carriers = Carriers(name, options, trace)
    for item in read_capture(cast(BinaryIO, source), name):
        if isinstance(item, Damage):
            yield item
        else:
            yield from carriers.take(item)
    yield from carriers.finish()


class Carriers:
    """What takes the packets of one capture apart, by interface and link type."""

    def __init__(self, name: str, options: InputOptions, trace: Trace) -> None:
        self._name = name
        self._options = options
        self._trace = trace
        self._carriers: dict[tuple[int, int], Carrier] = {}
        self._unknown: dict[int, str] = {}
        self._last = 0, 0
        self._left: list[Item] = []
        """What carriers held that gave way to newer ones."""

    def of(self, packet: Packet) -> Carrier | None:
        """The packet's carrier, None for a link type that carries nothing that is read."""
        # One per interface, since what is learnt (an FCS, a side) is learnt of a line.
        key = (packet.interface, packet.link_type)
        carrier = self._carriers.get(key)
        if carrier is None and packet.link_type in KNOWN:
            make = KNOWN[packet.link_type]
            if len(self._carriers) >= CARRIERS:
                self._left += self._carriers.pop(next(iter(self._carriers))).finish()
            carrier = self._carriers[key] = make(packet.link_type, self._options, self._trace)
        return carrier

    def take(self, packet: Packet) -> Iterable[Item]:
        """What a packet holds, at least one item; nothing of a block that is none."""
        if packet.link_type == NO_PACKET:
            return ()
        self._last = packet.number, packet.offset
        carrier = self.of(packet)
        if carrier is not None:
            found = carrier.take(packet)
            if self._left:
                left, self._left = numbered(self._left, *self._last), []
                return (*left, *found)
            return found
        what = f"link type {packet.link_type} ({name_of(packet.link_type)})"
        self._unknown[packet.link_type] = what
        return (Foreign(packet.number, packet.at_ns, packet.offset, what),)

    def finish(self) -> Iterator[Item]:
        """What is left at the end. Raises NotACapture if no interface carried what is read."""
        for carrier in self._carriers.values():
            yield from numbered(carrier.finish(), *self._last)
        if self._unknown and not self._carriers:
            from trunkbench.trace.inputs.opening import refusal

            raise refusal(self._name, f"a capture of {', '.join(self._unknown.values())}")
