"""Messages of H.225.0 call signalling (H.323): Q.931 whose last element has a length of two octets.

Its user-user element (H.225.0 clause 7.2.2.31) carries ASN.1 and outgrows one octet of length. Read as plain
Q.931 everything behind that octet is nonsense; here the message ends before it.
"""

from __future__ import annotations

import copy

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.record import Layer
from trunkwire.q931.ies import UserProtocol
from trunkwire.q931.message import HeaderError, Message, MessageCodec
from trunkwire.q931.messages import Id


def signalling_end(octets: bytes) -> int | None:
    """Where the user-user element of an H.225.0 message begins, None for a message of plain Q.931."""
    at = 3 + octets[1] if len(octets) > 1 else len(octets)
    while at + 4 <= len(octets):
        identifier = octets[at]
        if identifier == Id.USER_USER:
            length = int.from_bytes(octets[at + 1 : at + 3], "big")
            asn1 = octets[at + 3] == UserProtocol.ASN1
            return at if asn1 and at + 3 + length <= len(octets) else None
        at += 1 if identifier >= 0x80 else 2 + octets[at + 1]
    return None


def plain(frame: Decoded, codec: MessageCodec) -> Decoded:
    """The frame with its message as far as it is Q.931's; the same frame if that is all of it."""
    if frame.record.layer is not Layer.Q931 or frame.message is None:
        return frame
    end = signalling_end(frame.record.data)
    if end is None:
        return frame
    try:
        return bearing(frame, codec.parse(frame.record.data[:end]))
    except HeaderError:
        return frame


def bearing(frame: Decoded, message: Message) -> Decoded:
    """The frame as if it bore another message."""
    other = copy.copy(frame)
    other.message = message
    return other
