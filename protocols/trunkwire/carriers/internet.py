"""IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768) and TCP (RFC 9293): their fixed headers."""

from __future__ import annotations

import enum
from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Number, Record, Rest


class Protocol(enum.IntEnum):
    """What an IP packet carries (IANA protocol numbers), as far as it matters here."""

    HOP_BY_HOP = 0
    ICMP = 1
    IGMP = 2
    TCP = 6
    UDP = 17
    IPV6 = 41
    ROUTING = 43
    FRAGMENT = 44
    GRE = 47
    ESP = 50
    AH = 51
    ICMPV6 = 58
    NONE = 59
    DESTINATION = 60
    OSPF = 89
    VRRP = 112
    SCTP = 132


class IPv4Header(Record, frozen=True, kw_only=True):
    """RFC 791 3.1. The 13 bits of the fragment offset, in units of 8 octets, lie in two octets."""

    layout: ClassVar[Layout[IPv4Header]]

    version: Annotated[int, Bits("1", 8, 5, ws="ip.version")] = 4
    header_words: Annotated[int, Bits("1", 4, 1, ws="ip.hdr_len")] = 5
    service: Annotated[int, Bits("2", 8, 1, ws="ip.dsfield")] = 0
    length: Annotated[int, Number("3", 2, ws="ip.len")]
    identification: Annotated[int, Number("5", 2, ws="ip.id")] = 0
    reserved: Annotated[bool, Bits("7", 8, 8, ws="ip.flags.rb")] = False
    whole: Annotated[bool, Bits("7", 7, 7, ws="ip.flags.df")] = False
    more: Annotated[bool, Bits("7", 6, 6, ws="ip.flags.mf")] = False
    offset_high: Annotated[int, Bits("7", 5, 1)] = 0
    offset_low: Annotated[int, Bits("8", 8, 1)] = 0
    lifetime: Annotated[int, Bits("9", 8, 1, ws="ip.ttl")] = 64
    protocol: Annotated[int, Bits("10", 8, 1, ws="ip.proto")]
    checksum: Annotated[int, Number("11", 2, ws="ip.checksum")] = 0
    source: Annotated[int, Number("13", 4, ws="ip.src")]
    destination: Annotated[int, Number("17", 4, ws="ip.dst")]
    rest: Annotated[bytes, Rest("21")]
    """Options and payload."""


class IPv6Header(Record, frozen=True, kw_only=True):
    """RFC 8200 3."""

    layout: ClassVar[Layout[IPv6Header]]

    version: Annotated[int, Bits("1", 8, 5, ws="ipv6.version")] = 6
    service_high: Annotated[int, Bits("1", 4, 1)] = 0
    flow: Annotated[int, Number("2", 3)] = 0
    length: Annotated[int, Number("5", 2, ws="ipv6.plen")]
    next_header: Annotated[int, Bits("7", 8, 1, ws="ipv6.nxt")]
    hops: Annotated[int, Bits("8", 8, 1, ws="ipv6.hlim")] = 64
    source: Annotated[int, Number("9", 16, ws="ipv6.src")]
    destination: Annotated[int, Number("25", 16, ws="ipv6.dst")]
    rest: Annotated[bytes, Rest("41")]


class IPv6Extension(Record, frozen=True, kw_only=True):
    """Hop-by-hop, destination options and routing headers (RFC 8200 4.3, 4.4, 4.6): what they begin with.

    `length` counts units of 8 octets behind the first 8.
    """

    layout: ClassVar[Layout[IPv6Extension]]

    next_header: Annotated[int, Bits("1", 8, 1, ws="ipv6.nxt")]
    length: Annotated[int, Bits("2", 8, 1)] = 0
    rest: Annotated[bytes, Rest("3")]


class IPv6Fragment(Record, frozen=True, kw_only=True):
    """RFC 8200 4.5."""

    layout: ClassVar[Layout[IPv6Fragment]]

    next_header: Annotated[int, Bits("1", 8, 1, ws="ipv6.fraghdr.nxt")]
    reserved: Annotated[int, Bits("2", 8, 1)] = 0
    offset_high: Annotated[int, Bits("3", 8, 1)] = 0
    offset_low: Annotated[int, Bits("4", 8, 4)] = 0
    reserved_bits: Annotated[int, Bits("4", 3, 2)] = 0
    more: Annotated[bool, Bits("4", 1, 1, ws="ipv6.fraghdr.more")] = False
    identification: Annotated[int, Number("5", 4, ws="ipv6.fraghdr.ident")]
    rest: Annotated[bytes, Rest("9")]


class UdpHeader(Record, frozen=True, kw_only=True):
    """RFC 768."""

    layout: ClassVar[Layout[UdpHeader]]

    source: Annotated[int, Number("1", 2, ws="udp.srcport")]
    destination: Annotated[int, Number("3", 2, ws="udp.dstport")]
    length: Annotated[int, Number("5", 2, ws="udp.length")]
    checksum: Annotated[int, Number("7", 2, ws="udp.checksum")] = 0
    payload: Annotated[bytes, Rest("9")]


class TcpHeader(Record, frozen=True, kw_only=True):
    """RFC 9293 3.1."""

    layout: ClassVar[Layout[TcpHeader]]

    source: Annotated[int, Number("1", 2, ws="tcp.srcport")]
    destination: Annotated[int, Number("3", 2, ws="tcp.dstport")]
    sequence: Annotated[int, Number("5", 4, ws="tcp.seq_raw")]
    acknowledgement: Annotated[int, Number("9", 4, ws="tcp.ack_raw")] = 0
    header_words: Annotated[int, Bits("13", 8, 5, ws="tcp.hdr_len")] = 5
    reserved: Annotated[int, Bits("13", 4, 1)] = 0
    congestion: Annotated[int, Bits("14", 8, 7)] = 0
    urgent: Annotated[bool, Bits("14", 6, 6, ws="tcp.flags.urg")] = False
    ack: Annotated[bool, Bits("14", 5, 5, ws="tcp.flags.ack")] = False
    push: Annotated[bool, Bits("14", 4, 4, ws="tcp.flags.push")] = False
    reset: Annotated[bool, Bits("14", 3, 3, ws="tcp.flags.reset")] = False
    syn: Annotated[bool, Bits("14", 2, 2, ws="tcp.flags.syn")] = False
    fin: Annotated[bool, Bits("14", 1, 1, ws="tcp.flags.fin")] = False
    window: Annotated[int, Number("15", 2, ws="tcp.window_size_value")] = 0
    checksum: Annotated[int, Number("17", 2, ws="tcp.checksum")] = 0
    urgent_pointer: Annotated[int, Number("19", 2, ws="tcp.urgent_pointer")] = 0
    rest: Annotated[bytes, Rest("21")]
    """Options and payload."""


IPv4Header.layout = Layout(IPv4Header)
IPv6Header.layout = Layout(IPv6Header)
IPv6Extension.layout = Layout(IPv6Extension)
IPv6Fragment.layout = Layout(IPv6Fragment)
UdpHeader.layout = Layout(UdpHeader)
TcpHeader.layout = Layout(TcpHeader)
