"""Packets of Ethernet, cooked captures, loopbacks and raw IP: what within them carries D channels.

IUA over SCTP, H.323's Q.931 over TCP, E1 pseudowires over UDP, TDMoE over Ethernet. Everything else is a
`Foreign` that says what it is.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from trunkbench.trace.capture import Packet
from trunkbench.trace.inputs.fragments import Fragments
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.inputs.upper import Upper
from trunkbench.trace.record import Direction, Foreign
from trunkwire.carriers import ethernet as eth
from trunkwire.carriers import mpls
from trunkwire.carriers.ethernet import EtherType
from trunkwire.carriers.internet import IPv4Header, IPv6Extension, IPv6Fragment, IPv6Header, Protocol

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace

_TAGS = frozenset({EtherType.VLAN, EtherType.SERVICE_VLAN, EtherType.OLD_DOUBLE_VLAN})
_TAGS_DEEP = 8
"""Tags, tunnels and extension headers that are followed before a packet is given up."""
_EXTENSIONS = frozenset({Protocol.HOP_BY_HOP, Protocol.ROUTING, Protocol.DESTINATION})
_FAMILY_OCTETS = 4
_IP_FAMILIES = frozenset({2, 10, 23, 24, 28, 30})
"""IPv4 everywhere; IPv6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS (LINKTYPE_NULL)."""
_DIRECTIONS = {1: Direction.IN, 2: Direction.OUT}
_SAPS = {0x42: "spanning tree", 0xFE: "OSI", 0xF0: "NetBIOS", 0xE0: "IPX"}


class Told(NamedTuple):
    """What is known of a packet beside its payload."""

    number: int
    at_ns: int
    offset: int
    direction: Direction


Found = Iterable[Item | str]
"""Items, and words for what is none."""


class Network:
    """The packets of one interface."""

    def __init__(self, unwrap: Callable[[Network, Packet, Told], Found], upper: Upper) -> None:
        self._unwrap = unwrap
        self._upper = upper
        self._fragments = Fragments()

    def take(self, packet: Packet) -> Iterable[Item]:
        """What the packet holds: items, or one Foreign with all that was seen."""
        told = Told(
            packet.number, packet.at_ns, packet.offset, _DIRECTIONS.get(packet.direction, Direction.UNKNOWN)
        )
        items: list[Item] = []
        words: list[str] = []
        try:
            for found in self._unwrap(self, packet, told):
                if isinstance(found, str):
                    words.append(found)
                else:
                    items.append(found)
        except IndexError:
            words.append("a packet that ends within its headers")
        if not items:
            cut = "" if packet.original == len(packet.data) else f" (cut to {len(packet.data)} octets)"
            what = ", ".join(dict.fromkeys(words)) or "nothing known"
            items.append(Foreign(packet.number, packet.at_ns, packet.offset, what + cut))
        return items

    def finish(self) -> Iterable[Item]:
        """What pseudowires still hold."""
        return self._upper.finish()

    def ether(self, kind: int, payload: bytes, told: Told, source: int = 0) -> Found:
        """What an EtherType carries."""
        for _ in range(_TAGS_DEEP):
            if kind not in _TAGS:
                break
            tag = eth.VlanTag.layout.reader(payload)
            kind, payload = tag.type, tag.payload
        if kind == EtherType.IPV4:
            return self.ipv4(payload, told)
        if kind == EtherType.IPV6:
            return self.ipv6(payload, told)
        if kind == EtherType.MPLS:
            return self._mpls(payload, told)
        if kind == EtherType.CIRCUIT_EMULATION:
            circuit = mpls.EmulatedCircuit.layout.reader(payload)
            return self._upper.emulated(circuit.rest, f"emulated circuit {circuit.identifier}", told)
        if kind == EtherType.TDMOE:
            return self._upper.tdmoe(payload, told, source)
        if kind < eth.FIRST_TYPE:
            return self._llc(payload[:kind], told)
        return (_ether_name(kind),)

    def _llc(self, payload: bytes, told: Told) -> Found:
        header = eth.LlcHeader.layout.reader(payload)
        if header.destination != eth.SNAP:
            return (f"LLC, {_SAPS.get(header.destination, f'access point {header.destination:#04x}')}",)
        snap = eth.SnapHeader.layout.reader(header.payload)
        if snap.organisation == 0 and snap.type >= eth.FIRST_TYPE:
            return self.ether(snap.type, snap.payload, told)
        return (f"SNAP, organisation {snap.organisation:06x} type {snap.type:#06x}",)

    def _mpls(self, payload: bytes, told: Told) -> Found:
        """Below the labels stands IP, or a pseudowire whose control word begins with 0 (RFC 4385)."""
        for _ in range(_TAGS_DEEP):
            entry = mpls.LabelEntry.layout.reader(payload)
            payload = entry.rest
            if entry.bottom:
                if payload[0] >> 4 in (4, 6):
                    return self.ip(payload, told)
                return self._upper.emulated(payload, f"MPLS label {entry.label}", told)
        return ("MPLS with too many labels",)

    def ip(self, payload: bytes, told: Told) -> Found:
        """An IP packet of either version."""
        version = payload[0] >> 4
        if version == 4:
            return self.ipv4(payload, told)
        if version == 6:
            return self.ipv6(payload, told)
        return (f"raw IP of version {version}",)

    def ipv4(self, payload: bytes, told: Told, deep: int = 0) -> Found:
        """RFC 791; octets behind its length (Ethernet's padding) do not belong to it."""
        header = IPv4Header.layout.reader(payload)
        start = 4 * header.header_words
        if header.version != 4 or start < 20 or start > len(payload):
            return ("IPv4 with a broken header",)
        # A length of 0 is what a host shows that leaves segmentation to its network card.
        body = payload[start : header.length or len(payload)]
        ends = str(ipaddress.IPv4Address(header.source)), str(ipaddress.IPv4Address(header.destination))
        offset = 8 * (256 * header.offset_high + header.offset_low)
        if offset or header.more:
            key = (4, *ends, header.protocol, header.identification)
            whole = self._fragments.add(key, offset, header.more, body)
            if whole is None:
                return (f"IPv4 fragment at octet {offset}",)
            body = whole
        return self._protocol(header.protocol, body, ends, told, deep)

    def ipv6(self, payload: bytes, told: Told, deep: int = 0) -> Found:
        """RFC 8200 with its extension headers."""
        header = IPv6Header.layout.reader(payload)
        if header.version != 6:
            return ("IPv6 with a broken header",)
        body = header.rest[: header.length or len(header.rest)]
        ends = str(ipaddress.IPv6Address(header.source)), str(ipaddress.IPv6Address(header.destination))
        kind = header.next_header
        for _ in range(_TAGS_DEEP):
            if kind in _EXTENSIONS:
                extension = IPv6Extension.layout.reader(body)
                kind, body = extension.next_header, body[8 + 8 * extension.length :]
            elif kind == Protocol.FRAGMENT:
                piece = IPv6Fragment.layout.reader(body)
                offset = 8 * (32 * piece.offset_high + piece.offset_low)
                kind, whole = piece.next_header, piece.rest
                if offset or piece.more:
                    key = (6, *ends, piece.identification)
                    joined = self._fragments.add(key, offset, piece.more, piece.rest)
                    if joined is None:
                        return (f"IPv6 fragment at octet {offset}",)
                    whole = joined
                body = whole
            else:
                break
        return self._protocol(kind, body, ends, told, deep)

    def _protocol(self, kind: int, body: bytes, ends: tuple[str, str], told: Told, deep: int) -> Found:
        if kind == Protocol.SCTP:
            return self._upper.sctp(body, ends, told)
        if kind == Protocol.TCP:
            return self._upper.tcp(body, ends, told)
        if kind == Protocol.UDP:
            return self._upper.udp(body, ends, told)
        if kind in (4, Protocol.IPV6) and deep < _TAGS_DEEP:  # a tunnel
            inner = self.ipv4 if kind == 4 else self.ipv6
            return inner(body, told, deep + 1)
        known = kind in Protocol._value2member_map_
        return (Protocol(kind).name if known else f"IP protocol {kind}",)


def _ether_name(kind: int) -> str:
    known = kind in EtherType._value2member_map_
    return EtherType(kind).name.replace("_", " ") if known else f"EtherType {kind:#06x}"


def _ethernet(network: Network, packet: Packet, told: Told) -> Found:
    frame = eth.EthernetHeader.layout.reader(packet.data)
    return network.ether(frame.type, frame.payload, told, frame.source)


def _cooked(network: Network, packet: Packet, told: Told) -> Found:
    frame = eth.CookedHeader.layout.reader(packet.data)
    direction = Direction.OUT if frame.packet_type == eth.SENT_BY_US else Direction.IN
    return network.ether(frame.type, frame.payload, told._replace(direction=direction), frame.address >> 16)


def _cooked_2(network: Network, packet: Packet, told: Told) -> Found:
    frame = eth.CookedHeader2.layout.reader(packet.data)
    direction = Direction.OUT if frame.packet_type == eth.SENT_BY_US else Direction.IN
    return network.ether(frame.type, frame.payload, told._replace(direction=direction), frame.address >> 16)


def _raw(network: Network, packet: Packet, told: Told) -> Found:
    return network.ip(packet.data, told)


def _loopback(network: Network, packet: Packet, told: Told) -> Found:
    """IP behind the number that the recording system gives its address family, in that system's byte order
    (LINKTYPE_NULL), or the highest octet first (LINKTYPE_LOOP).
    """
    family = packet.data[:_FAMILY_OCTETS]
    if len(family) < _FAMILY_OCTETS:
        return ("a loopback packet that ends within its header",)
    number = min(int.from_bytes(family, "big"), int.from_bytes(family, "little"))
    payload = packet.data[_FAMILY_OCTETS:]
    return network.ip(payload, told) if number in _IP_FAMILIES else (f"loopback, address family {number}",)


def carrier(link_type: int, options: InputOptions, trace: Trace) -> Network:
    """What takes the packets of one interface."""
    unwrap = {1: _ethernet, 113: _cooked, 276: _cooked_2, 0: _loopback, 108: _loopback}.get(link_type, _raw)
    return Network(unwrap, Upper(options, trace))
