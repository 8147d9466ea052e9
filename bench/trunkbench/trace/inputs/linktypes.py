"""The link types of captures (the registry of tcpdump.org): their names, and what takes each apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from trunkbench.trace.inputs.options import InputOptions

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.packets import Carrier

USER0 = 147
USERS = range(USER0, USER0 + 16)

_NAMES = {
    0: "BSD loopback",
    1: "Ethernet",
    6: "token ring",
    9: "PPP",
    50: "PPP with HDLC framing",
    51: "PPP over Ethernet",
    104: "Cisco HDLC",
    105: "IEEE 802.11",
    107: "frame relay",
    108: "OpenBSD loopback",
    12: "raw IP",
    14: "raw IP",
    101: "raw IP",
    113: "Linux cooked capture",
    119: "IEEE 802.11 with Prism header",
    127: "IEEE 802.11 with radiotap header",
    139: "MTP2 with pseudo header",
    140: "MTP2",
    141: "MTP3",
    142: "SCCP",
    166: "PPP with direction",
    177: "Linux LAPD",
    187: "Bluetooth HCI",
    189: "USB",
    195: "IEEE 802.15.4",
    203: "LAPD",
    209: "IPMB",
    220: "USB",
    227: "CAN",
    228: "IPv4",
    229: "IPv6",
    249: "USBPcap",
    252: "Wireshark upper PDU",
    276: "Linux cooked capture 2",
}


def name_of(link_type: int) -> str:
    """Its name, for a person."""
    if link_type in USERS:
        return f"USER{link_type - USER0}"
    return _NAMES.get(link_type, "not known here")


Maker = Callable[[int, InputOptions, "Trace"], "Carrier"]


def _within(module: str) -> Maker:
    """The maker of a carrier whose module is imported when a packet needs it."""

    def make(link_type: int, options: InputOptions, trace: Trace) -> Carrier:
        maker: Maker = import_module(f"trunkbench.trace.inputs.{module}").carrier
        return maker(link_type, options, trace)

    return make


KNOWN: Mapping[int, Maker] = {
    203: _within("lapdpackets"),
    177: _within("lapdpackets"),
    **{kind: _within("lapdpackets") for kind in USERS},
    139: _within("signalunits"),
    140: _within("signalunits"),
    252: _within("upperpdu"),
    **{kind: _within("network") for kind in (0, 1, 12, 14, 101, 108, 113, 228, 229, 276)},
    **{kind: _within("otherlinks") for kind in (9, 50, 104, 107, 141)},
}
