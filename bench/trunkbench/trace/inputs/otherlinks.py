"""Link types of synchronous lines that carry no D channel: each packet says what it is.

PPP (RFC 1661), Cisco HDLC, frame relay (Q.922, RFC 2427), MTP3 (Q.704).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from trunkbench.trace.capture import Packet
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.otherlayers import mtp3_words
from trunkbench.trace.record import Foreign
from trunkwire.carriers.ciscohdlc import CiscoHdlc, Slarp
from trunkwire.carriers.framerelay import FrameRelay

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace

_TYPES = {0x0800: "IPv4", 0x0806: "ARP", 0x86DD: "IPv6", 0x8035: "SLARP", 0x2000: "CDP", 0x8847: "MPLS"}
_PPP = {0x0021: "IPv4", 0x0057: "IPv6", 0xC021: "LCP", 0xC023: "PAP", 0xC223: "CHAP", 0x8021: "IPCP"}
_PPP |= {0x8057: "IPV6CP", 0x80FD: "CCP", 0x00FD: "compressed", 0x003D: "multilink", 0xC025: "LQR"}
_SLARP = {0: "request", 1: "reply", 2: "keep-alive"}
_NLPIDS = {0x08: "Q.933", 0x80: "SNAP", 0x81: "ISO CLNP", 0x82: "ISO ES-IS", 0xB1: "FRF.12", 0xCC: "IPv4"}
_NLPIDS |= {0x8E: "IPv6", 0xCF: "PPP", 0x83: "ISO IS-IS"}
_Q933 = {0x75: "STATUS ENQUIRY", 0x7D: "STATUS", 0x7B: "STATUS UPDATE", 0x05: "SETUP", 0x07: "CONNECT"}
_Q933 |= {0x5A: "RELEASE COMPLETE", 0x4D: "RELEASE", 0x45: "DISCONNECT", 0x02: "CALL PROCEEDING"}


def _ppp(data: bytes) -> str:
    rest = data[2:] if data[:2] == b"\xff\x03" else data
    kind = int.from_bytes(rest[:2], "big")
    return f"PPP, {_PPP.get(kind, f'protocol {kind:#06x}')}"


def _cisco(data: bytes) -> str:
    header = CiscoHdlc.layout.reader(data)
    if header.type == 0x8035:
        packet = Slarp.layout.reader(header.payload)
        return f"Cisco HDLC, SLARP {_SLARP.get(packet.code, packet.code)}"
    return f"Cisco HDLC, {_TYPES.get(header.type, f'type {header.type:#06x}')}"


def _frame_relay(data: bytes) -> str:
    header = FrameRelay.layout.reader(data)
    if header.ea_first or not header.ea_second:
        return "frame relay with an address that is not two octets long"
    told = f"frame relay, DLCI {header.dlci}"
    if header.control != 3:
        return f"{told}, control {header.control:#04x}"
    name = _NLPIDS.get(header.nlpid, f"NLPID {header.nlpid:#04x}")
    if header.nlpid == 0x08 and len(header.payload) >= 2:
        # Q.933 5.1: call reference length, call reference, message type, as in Q.931 4.
        kind = header.payload[1 + (header.payload[0] & 15) :][:1]
        told_kind = _Q933.get(kind[0], f"message {kind[0]:#04x}") if kind else "cut off"
        return f"{told}, {name} {told_kind}"
    return f"{told}, {name}"


def _mtp3(data: bytes) -> str:
    return f"MTP3, {mtp3_words(data)}"


_READ: dict[int, Callable[[bytes], str]] = {9: _ppp, 50: _ppp, 104: _cisco, 107: _frame_relay, 141: _mtp3}


class OtherLink:
    """The packets of one interface."""

    def __init__(self, read: Callable[[bytes], str], name: str) -> None:
        self._read = read
        self._name = name

    def take(self, packet: Packet) -> Iterable[Item]:
        """What the packet is."""
        try:
            what = self._read(packet.data)
        except IndexError:
            what = f"{self._name}, a packet of {len(packet.data)} octets that ends within its header"
        return (Foreign(packet.number, packet.at_ns, packet.offset, what),)

    def finish(self) -> Iterable[Item]:
        """Nothing is kept."""
        return ()


def carrier(link_type: int, options: InputOptions, trace: Trace) -> OtherLink:
    """What takes the packets of one interface."""
    from trunkbench.trace.inputs.linktypes import name_of

    return OtherLink(_READ[link_type], name_of(link_type))
