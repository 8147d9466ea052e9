"""Ethernet (IEEE 802.3), its VLAN tag (802.1Q), LLC/SNAP (802.2), and the cooked headers that Linux puts in
their place when it captures on any interface (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2).
"""

from __future__ import annotations

import enum
from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Number, Record, Rest


class EtherType(enum.IntEnum):
    """What an Ethernet frame carries (IEEE registry), as far as it matters here."""

    IPV4 = 0x0800
    ARP = 0x0806
    VLAN = 0x8100
    SERVICE_VLAN = 0x88A8
    OLD_DOUBLE_VLAN = 0x9100
    IPV6 = 0x86DD
    PPPOE_DISCOVERY = 0x8863
    PPPOE = 0x8864
    MPLS = 0x8847
    CIRCUIT_EMULATION = 0x88D8
    LLDP = 0x88CC
    TDMOE = 0xD00D


FIRST_TYPE = 0x0600
"""The least value that is a type; what is less is a length (802.3 3.2.6)."""


class EthernetHeader(Record, frozen=True, kw_only=True):
    """An Ethernet frame from its addresses on; `type` may be a length."""

    layout: ClassVar[Layout[EthernetHeader]]

    destination: Annotated[int, Number("1", 6, ws="eth.dst")]
    source: Annotated[int, Number("7", 6, ws="eth.src")]
    type: Annotated[int, Number("13", 2, ws="eth.type")]
    payload: Annotated[bytes, Rest("15")]


class VlanTag(Record, frozen=True, kw_only=True):
    """What follows the type of a tagged frame (802.1Q 9.6)."""

    layout: ClassVar[Layout[VlanTag]]

    priority: Annotated[int, Bits("1", 8, 6, ws="vlan.priority")]
    drop_eligible: Annotated[bool, Bits("1", 5, 5, ws="vlan.dei")] = False
    identifier_high: Annotated[int, Bits("1", 4, 1)]
    identifier_low: Annotated[int, Bits("2", 8, 1)]
    type: Annotated[int, Number("3", 2, ws="vlan.etype")]
    payload: Annotated[bytes, Rest("5")]


class LlcHeader(Record, frozen=True, kw_only=True):
    """LLC type 1 (802.2 3.2), unnumbered."""

    layout: ClassVar[Layout[LlcHeader]]

    destination: Annotated[int, Bits("1", 8, 1, ws="llc.dsap")]
    source: Annotated[int, Bits("2", 8, 1, ws="llc.ssap")]
    control: Annotated[int, Bits("3", 8, 1, ws="llc.control")]
    payload: Annotated[bytes, Rest("4")]


SNAP = 0xAA
"""The service access point of SNAP."""


class SnapHeader(Record, frozen=True, kw_only=True):
    """SNAP behind LLC: an organisation, and what is an EtherType if the organisation is 0."""

    layout: ClassVar[Layout[SnapHeader]]

    organisation: Annotated[int, Number("1", 3, ws="llc.oui")]
    type: Annotated[int, Number("4", 2, ws="llc.type")]
    payload: Annotated[bytes, Rest("6")]


class CookedHeader(Record, frozen=True, kw_only=True):
    """LINKTYPE_LINUX_SLL: what a packet captured on "any" interface begins with."""

    layout: ClassVar[Layout[CookedHeader]]

    packet_type: Annotated[int, Number("1", 2, ws="sll.pkttype")]
    hardware: Annotated[int, Number("3", 2, ws="sll.hatype")]
    address_length: Annotated[int, Number("5", 2, ws="sll.halen")]
    address: Annotated[int, Number("7", 8)]
    type: Annotated[int, Number("15", 2, ws="sll.etype")]
    payload: Annotated[bytes, Rest("17")]


class CookedHeader2(Record, frozen=True, kw_only=True):
    """LINKTYPE_LINUX_SLL2, which also tells the interface."""

    layout: ClassVar[Layout[CookedHeader2]]

    type: Annotated[int, Number("1", 2, ws="sll.etype")]
    reserved: Annotated[int, Number("3", 2)] = 0
    interface: Annotated[int, Number("5", 4, ws="sll.ifindex")]
    hardware: Annotated[int, Number("9", 2, ws="sll.hatype")]
    packet_type: Annotated[int, Bits("11", 8, 1, ws="sll.pkttype")]
    address_length: Annotated[int, Bits("12", 8, 1, ws="sll.halen")]
    address: Annotated[int, Number("13", 8)]
    payload: Annotated[bytes, Rest("21")]


SENT_BY_US = 4
"""The packet type of what the recording host itself sent."""

EthernetHeader.layout = Layout(EthernetHeader)
VlanTag.layout = Layout(VlanTag)
LlcHeader.layout = Layout(LlcHeader)
SnapHeader.layout = Layout(SnapHeader)
CookedHeader.layout = Layout(CookedHeader)
CookedHeader2.layout = Layout(CookedHeader2)
