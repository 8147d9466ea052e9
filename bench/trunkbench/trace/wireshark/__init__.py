"""What Wireshark calls the fields of LAPD and Q.931, and what tshark 4.0 prints for them, right or wrong.

`--fields` is compared octet for octet with `tshark -T fields`; every other view tells what is right. The
readings declared here are tshark's own, see docs/decisions/0013-wireshark-text.md.
"""

from __future__ import annotations

from trunkbench.trace.wireshark.lapd import lapd_fields
from trunkbench.trace.wireshark.message import MessageReader, element_fields, message_fields, read_element
from trunkbench.trace.wireshark.names import NAMES, column
from trunkbench.trace.wireshark.packets import PacketFields, PacketTexts, line

__all__ = [
    "NAMES",
    "MessageReader",
    "PacketFields",
    "PacketTexts",
    "column",
    "element_fields",
    "lapd_fields",
    "line",
    "message_fields",
    "read_element",
]
