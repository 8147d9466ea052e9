"""HDLC framing of a D channel (Q.921 clause 2): flags, zero insertion, abort, FCS-16.

`encode`, `stuffed_bits` and `fcs16` work on one frame, `BitEncoder` and `Receiver` on one live channel.
Octets of a timeslot are always given as on the line, most significant bit first; frames are plain octets,
from the address to the end of the information, without FCS. `BulkReceiver` and `encode_frames` work on
arrays; numpy is imported when one of them is asked for, not before, and so are the channels' tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkwire.hdlc.events import BadFrame, BadKind, GoodFrame, HdlcEvent, Limits
from trunkwire.hdlc.fcs import fcs16, stuffed_bits

if TYPE_CHECKING:
    from trunkwire.hdlc.bulk import BulkReceiver, encode_frames
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

_ON_ARRAYS = ("BulkReceiver", "encode_frames")
_ON_CHANNELS = ("BitEncoder", "Fill", "Receiver", "encode")


def __getattr__(name: str) -> Any:
    """What works on channels and on arrays, imported at its first use (PEP 562)."""
    if name in _ON_CHANNELS:
        from trunkwire.hdlc import framer

        return getattr(framer, name)
    if name in _ON_ARRAYS:
        from trunkwire.hdlc import bulk

        return getattr(bulk, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
