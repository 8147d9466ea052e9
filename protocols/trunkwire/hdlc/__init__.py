"""HDLC framing of a D channel (Q.921 clause 2): flags, zero insertion, abort, FCS-16.

`encode`, `stuffed_bits` and `fcs16` work on one frame, `BitEncoder` and `Receiver` on one live channel.
Octets of a timeslot are always given as on the line, most significant bit first; frames are plain octets,
from the address to the end of the information, without FCS.
"""

from __future__ import annotations

from trunkwire.hdlc.bulk import BulkReceiver, encode_frames
from trunkwire.hdlc.events import BadFrame, BadKind, GoodFrame, HdlcEvent, Limits
from trunkwire.hdlc.fcs import fcs16, stuffed_bits
from trunkwire.hdlc.framer import BitEncoder, Fill, Receiver, encode

__all__ = [
    "BadFrame",
    "BadKind",
    "BitEncoder",
    "BulkReceiver",
    "Fill",
    "GoodFrame",
    "HdlcEvent",
    "Limits",
    "Receiver",
    "encode",
    "encode_frames",
    "fcs16",
    "stuffed_bits",
]
