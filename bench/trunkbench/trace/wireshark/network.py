"""Q.931 in packets of IP networks, as tshark 4.0 finds it: H.323's on TCP in TPKT, and on SCTP.

On TCP it is found by its look alone: a TPKT header (RFC 1006 6) and a discriminator of 8 or 3 behind it, on
any port that no other protocol keeps, unless an earlier message named the address, which then is one for
H.245. IUA (RFC 4233) does not count: by default tshark takes what it carries for GSM's. What TCP delivers is
put together again as tshark does by default: segments in order, a message in the packet that brings its last
octet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from trunkbench.trace.capture import Packet
from trunkbench.trace.wireshark.message import MessageReader
from trunkbench.trace.wireshark.ports import TAKEN
from trunkbench.trace.wireshark.steps import Fields
from trunkwire.carriers.ethernet import EthernetHeader, VlanTag
from trunkwire.carriers.internet import IPv4Header, IPv6Extension, IPv6Header, Protocol, TcpHeader
from trunkwire.carriers.sctp import ChunkType, DataChunk, SctpHeader
from trunkwire.carriers.tpkt import HEADER, PORT, VERSION, Tpkt
from trunkwire.codec.errors import DecodeError
from trunkwire.codec.layout import Layout, R

ETHERNET, COOKED, COOKED_2 = 1, 113, 276
INTERNET = (12, 14, 101, 228, 229)
"""Raw IP, whose version the packet tells."""
NULL, LOOPBACK = 0, 108
PPP, PPP_HDLC, CISCO_HDLC = 9, 50, 104

_IPV4, _IPV6 = 0x0800, 0x86DD
_VLANS = (0x8100, 0x88A8, 0x9100)
_H323 = 13
"""The SCTP payload protocol identifier of H.323."""
_CALL_CONTROL = (8, 3)
_SHORTEST = 3
"""Octets of the shortest message: discriminator, length of the call reference, message type."""
_OSI_IN_PPP, _IPV4_IN_PPP, _IPV6_IN_PPP = 0x23, 0x21, 0x57
_CISCO = (b"\x0f\x00", b"\x8f\x00")
"""What a packet of Cisco's HDLC begins with: to one, to all."""
_OSI_IN_LLC = b"\xfe\xfe\x03"
_LONGEST_LLC = 1500
_EXTENSIONS = (0, 43, 60)
"""Hop-by-hop options, routing, destination options."""
_SEQUENCES = 1 << 32
_REMEMBERED = 1 << 16
_MOST_CHUNKS, _MOST_STREAMS = 1 << 18, 1 << 14
"""Beyond these what is known of chunks and connections is forgotten, so that noise cannot fill the memory."""

Flow = tuple[int, int, int, int]
"""Source, source port, destination, destination port."""


@dataclass(slots=True)
class _Stream:
    """One direction of a TCP connection: the next octet's number, and what waits for its rest.

    `wanted` is how many octets the waiting message has, 0 as long as its header is not whole. `spoilt` is how
    many octets are still to come of a message that lost some.
    """

    following: int
    waiting: bytes = b""
    wanted: int = 0
    spoilt: int = 0

    def skip(self, missing: int) -> None:
        """Octets are missing."""
        left = self.wanted - len(self.waiting) if self.wanted else self.spoilt
        self.following = (self.following + missing) % _SEQUENCES
        self.waiting, self.wanted, self.spoilt = b"", 0, max(left - missing, 0)


@dataclass(slots=True)
class Network:
    """The IP packets of one capture."""

    reader: MessageReader
    streams: dict[Flow, _Stream] = field(default_factory=dict)
    chunks: set[tuple[Flow, int]] = field(default_factory=set)
    named: bytes = b""
    """The latest messages' octets, in which addresses stand as IP address and port."""

    def packet(self, packet: Packet) -> Fields:
        """The fields of all messages that end in the packet."""
        try:
            return self.link_types[packet.link_type](self, packet.data, packet.number)
        except DecodeError:
            return []

    def _ethernet(self, data: bytes, number: int) -> Fields:
        header = _parsed(EthernetHeader.layout, data)
        if header.type <= _LONGEST_LLC:
            return self._osi(header.payload[: header.type], _OSI_IN_LLC, number)
        return self._typed(header.type, header.payload, number)

    def _osi(self, octets: bytes, head: bytes, number: int) -> Fields:
        """OSI's network layer protocols tell themselves apart by their first octet, which is Q.931's
        discriminator."""
        if not octets.startswith(head + b"\x08"):
            return []
        return self.reader.read(octets[len(head) :], number)

    def _loopback(self, data: bytes, number: int) -> Fields:
        return self._internet(data[4:], number)

    def _cisco(self, data: bytes, number: int) -> Fields:
        """Cisco's HDLC: address, control, and a type as Ethernet has it."""
        return self._typed(int.from_bytes(data[2:4], "big"), data[4:], number)

    def _typed(self, kind: int, payload: bytes, number: int) -> Fields:
        while kind in _VLANS:
            tag = _parsed(VlanTag.layout, payload)
            kind, payload = tag.type, tag.payload
        if kind not in (_IPV4, _IPV6):
            return []
        return self._internet(payload, number)

    def _cooked(self, data: bytes, number: int) -> Fields:
        return self._typed(int.from_bytes(data[14:16], "big"), data[16:], number)

    def _cooked_2(self, data: bytes, number: int) -> Fields:
        return self._typed(int.from_bytes(data[:2], "big"), data[20:], number)

    def _ppp(self, data: bytes, number: int) -> Fields:
        """PPP (RFC 1661 2), maybe framed as in RFC 1662 3.1; Cisco's HDLC is told from it."""
        if data[:2] in _CISCO:
            return self._cisco(data, number)
        if data[:2] == b"\xff\x03":
            data = data[2:]
        size = 1 if data and data[0] & 1 else 2
        kind, data = int.from_bytes(data[:size], "big"), data[size:]
        if kind in (_IPV4_IN_PPP, _IPV6_IN_PPP):
            return self._internet(data, number)
        return self._osi(data, b"", number) if kind == _OSI_IN_PPP else []

    def _internet(self, data: bytes, number: int) -> Fields:
        if data[:1] and data[0] >> 4 == 6:
            six = _parsed(IPv6Header.layout, data)
            kind, rest = six.next_header, six.rest[: six.length]
            while kind in _EXTENSIONS:
                extension = _parsed(IPv6Extension.layout, rest)
                kind, rest = extension.next_header, rest[8 * (extension.length + 1) :]
            return self._transport(six, kind, rest, number)
        header = _parsed(IPv4Header.layout, data)
        if header.version != 4 or header.more or header.offset_high or header.offset_low:
            return []
        size = header.header_words * 4
        return self._transport(header, header.protocol, data[size : header.length or None], number)

    def _transport(
        self, header: IPv4Header | IPv6Header, protocol: int, payload: bytes, number: int
    ) -> Fields:
        if protocol == Protocol.TCP:
            tcp = _parsed(TcpHeader.layout, payload)
            flow = (header.source, tcp.source, header.destination, tcp.destination)
            return self._segment(flow, tcp, payload[tcp.header_words * 4 :], number)
        if protocol == Protocol.SCTP:
            sctp = _parsed(SctpHeader.layout, payload)
            flow = (header.source, sctp.source, header.destination, sctp.destination)
            return self._chunks(flow, sctp.chunks, number)
        return []

    def _chunks(self, flow: Flow, octets: bytes, number: int) -> Fields:
        fields: Fields = []
        while len(octets) >= 4:
            length = int.from_bytes(octets[2:4], "big")
            if length < 4:
                break
            if octets[0] == ChunkType.DATA and length >= 16:
                chunk = _parsed(DataChunk.layout, octets[:length])
                whole = chunk.beginning and chunk.ending
                if chunk.protocol == _H323 and whole and (flow, chunk.tsn) not in self.chunks:
                    fields += self.reader.read(chunk.data, number, over_ip=True, path=flow[::2])
                if len(self.chunks) >= _MOST_CHUNKS:
                    self.chunks.clear()
                self.chunks.add((flow, chunk.tsn))
            octets = octets[(length + 3) // 4 * 4 :]
        return fields

    def _segment(self, flow: Flow, tcp: TcpHeader, payload: bytes, number: int) -> Fields:
        """A segment; a gap spoils the message that waits for it.

        One that begins before the octet expected was sent again, and tshark looks at nothing of it, new
        octets either, unless it begins with the last octet, as what follows a keep-alive does (RFC 9293
        3.8.4).
        """
        if flow not in self.streams and len(self.streams) >= _MOST_STREAMS:
            self.streams.clear()
        if tcp.syn:
            self.streams[flow] = _Stream((tcp.sequence + 1) % _SEQUENCES)
            return []
        if (
            not payload
            or not TAKEN.isdisjoint(flow[1::2])
            or (PORT not in flow and any(end in self.named for end in _ends(flow)))
        ):
            return []
        stream = self.streams.setdefault(flow, _Stream(tcp.sequence))
        old = (stream.following - tcp.sequence) % _SEQUENCES
        if old >= _SEQUENCES // 2:
            stream.skip(_SEQUENCES - old)
            old = 0
        if old > 1 or (old and len(payload) == 1):
            if old < len(payload):
                stream.skip(len(payload) - old)
            return []
        stream.following = (stream.following + len(payload) - old) % _SEQUENCES
        if stream.waiting or stream.spoilt:
            payload = payload[old:]
        spoilt = min(stream.spoilt, len(payload))
        stream.spoilt -= spoilt
        return self._continued(stream, payload[spoilt:], number, flow) if len(payload) > spoilt else []

    def _continued(self, stream: _Stream, payload: bytes, number: int, flow: Flow) -> Fields:
        """What the next octets complete. What follows the message that waited is looked at afresh."""
        octets = stream.waiting + payload
        if not stream.waiting or not stream.wanted:
            return self._delivered(stream, octets, number, flow)
        if len(octets) < stream.wanted:
            stream.waiting = octets
            return []
        wanted = stream.wanted
        fields = self._delivered(stream, octets[:wanted], number, flow)
        if len(octets) > wanted:
            fields += self._delivered(stream, octets[wanted:], number, flow)
        return fields

    def _delivered(self, stream: _Stream, octets: bytes, number: int, flow: Flow) -> Fields:
        """The messages in `octets`; what has to wait for more is left in the stream."""
        fields: Fields = []
        stream.waiting, stream.wanted = b"", 0
        if not _looks_like_call_control(octets):
            return fields
        patient = True
        while octets and octets[0] == VERSION:
            length = int.from_bytes(octets[2:4], "big")
            missing = max(length - len(octets), 0)
            if len(octets) < HEADER or (missing and patient):
                stream.waiting = octets if patient else b""
                stream.wanted = length if len(octets) >= HEADER else 0
                break
            if length < HEADER:
                break
            packet = _parsed(Tpkt.layout, octets[:length])
            fields += self.reader.read(packet.payload, number, cut=missing, over_ip=True, path=flow[::2])
            patient = patient and self.reader.whole  # behind a broken message tshark waits for nothing
            self.named = (self.named + packet.payload)[-_REMEMBERED:]
            octets = octets[length:]
        return fields

    link_types: ClassVar = {
        ETHERNET: _ethernet,
        COOKED: _cooked,
        COOKED_2: _cooked_2,
        **dict.fromkeys(INTERNET, _internet),
        NULL: _loopback,
        LOOPBACK: _loopback,
        PPP: _ppp,
        PPP_HDLC: _ppp,
        CISCO_HDLC: _cisco,
    }


def _looks_like_call_control(octets: bytes) -> bool:
    if len(octets) < HEADER or octets[:2] != bytes((VERSION, 0)):
        return False
    if int.from_bytes(octets[2:4], "big") < HEADER + _SHORTEST:
        return False
    return len(octets) == HEADER or (len(octets) >= HEADER + _SHORTEST and octets[HEADER] in _CALL_CONTROL)


def _ends(flow: Flow) -> tuple[bytes, bytes]:
    """Both ends as H.225.0 writes a transport address: IPv4 address and port."""
    source, source_port, destination, destination_port = flow
    if max(source, destination) >> 32:
        return (b"\0" * 32,) * 2
    return tuple(
        address.to_bytes(4, "big") + port.to_bytes(2, "big")
        for address, port in ((source, source_port), (destination, destination_port))
    )  # type: ignore[return-value]


def _parsed(layout: Layout[R], octets: bytes) -> R:
    return layout.parse(octets)
