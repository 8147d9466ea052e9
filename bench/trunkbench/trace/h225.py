"""Messages of H.225.0 call signalling (H.323): Q.931 whose last element has a length of two octets.

Its user-user element (H.225.0 clause 7.2.2.31) carries ASN.1 and outgrows one octet of length. Read as plain
Q.931 everything behind that octet is nonsense; so a message is read up to the element, and the element for
itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from trunkwire.codec.walk import FieldView
from trunkwire.q931.ies import RawIE, UserProtocol
from trunkwire.q931.messages import Id

if TYPE_CHECKING:
    from trunkbench.trace.decoder import Decoded
    from trunkwire.q931.view import MessageView

TITLE = "user-user of H.225.0"
HEAD = 3
"""Octets in front of the contents: identifier and length."""


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


def message_view(frame: Decoded) -> MessageView:
    """The view of a frame's octets of call control, with H.225.0's element where it has one."""
    from trunkwire.q931.view import ElementView, view

    octets = frame.layer2.information
    end = frame.signalling_end
    if end is None:
        return view(octets)
    length = int.from_bytes(octets[end + 1 : end + HEAD], "big")
    behind = end + HEAD + length
    fields = (
        FieldView("length", length, end + 1, 2),
        FieldView("protocol", UserProtocol.ASN1, end + HEAD, 1),
        FieldView("data", octets[end + HEAD + 1 : behind], end + HEAD + 1, length - 1),
    )
    found = octets[end:behind]
    value = RawIE(0, Id.USER_USER, found[HEAD:])
    element = ElementView(TITLE, int(Id.USER_USER), 0, end, found, value, fields)
    message = view(octets[:end])
    return msgspec.structs.replace(message, data=octets, elements=(*message.elements, element))
