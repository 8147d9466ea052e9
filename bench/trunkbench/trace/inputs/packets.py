"""pcap and pcapng captures: each packet handed to what its link type carries.

Every packet yields at least one item. A link type that carries nothing that is read here makes a capture be
refused, unless another interface's does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from trunkbench.trace import pcapng as ng
from trunkbench.trace.capture import Damage, Packet, read_capture
from trunkbench.trace.inputs.linktypes import KNOWN, name_of
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
    carriers: dict[tuple[int, int], Carrier] = {}
    unknown: dict[int, str] = {}
    for item in read_capture(cast(BinaryIO, source), name):
        if isinstance(item, Damage):
            yield item
            continue
        make = KNOWN.get(item.link_type)
        if make is None:
            what = f"link type {item.link_type} ({name_of(item.link_type)})"
            unknown[item.link_type] = what
            yield Foreign(item.number, item.at_ns, item.offset, what)
            continue
        # One per interface, since what is learnt (an FCS, a side) is learnt of a line.
        key = (item.interface, item.link_type)
        carrier = carriers.get(key)
        if carrier is None:
            carrier = carriers[key] = make(item.link_type, options, trace)
        yield from carrier.take(item)
    for carrier in carriers.values():
        yield from carrier.finish()
    if unknown and not carriers:
        from trunkbench.trace.inputs.opening import refusal

        raise refusal(name, f"a capture of {', '.join(unknown.values())}")
