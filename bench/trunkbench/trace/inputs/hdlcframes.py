"""What an HDLC frame of an unknown channel is: LAPD (Q.921 3), MTP2 (Q.703 2.2) or something else.

A frame alone may be either: an RR of LAPD has the length that a link status signal unit claims. So a channel
is judged by its frames that can be only one of them, and the others follow.
"""

from __future__ import annotations

from trunkbench.trace.record import Layer

_MTP2_HEADER = 3
_LONG = 63
"""A length indicator that means 63 octets or more (Q.703 2.3.3)."""
_SUPERVISORY = frozenset({0x01, 0x05, 0x09})
"""RR, RNR, REJ (Q.921 table 5)."""
_UNNUMBERED = frozenset({0x6F, 0x0F, 0x03, 0x43, 0x63, 0x87, 0xAF})
"""SABME, DM, UI, DISC, UA, FRMR, XID without their P/F bit (Q.921 table 5)."""


def may_be_lapd(data: bytes) -> bool:
    """Whether address and control field are such as Q.921 clause 3 has."""
    if len(data) < 3 or data[0] & 1 or not data[1] & 1:
        return False
    control = data[2]
    if not control & 1:
        return len(data) >= 4
    if control & 3 == 1:
        return control in _SUPERVISORY and len(data) == 4
    return control & ~0x10 in _UNNUMBERED


def may_be_mtp2(data: bytes) -> bool:
    """Whether the length indicator of a signal unit fits (Q.703 2.3.3)."""
    if len(data) < _MTP2_HEADER:
        return False
    length = data[2] & 0x3F
    behind = len(data) - _MTP2_HEADER
    return length == behind or (length == _LONG and behind > _LONG)


class ChannelKind:
    """What one HDLC channel carries, as its frames tell it."""

    def __init__(self) -> None:
        self._lapd = 0
        self._mtp2 = 0

    def layer(self, data: bytes) -> Layer:
        """What this frame is, and remember it."""
        lapd, mtp2 = may_be_lapd(data), may_be_mtp2(data)
        if lapd and mtp2:
            return Layer.LAPD if self._lapd >= self._mtp2 else Layer.MTP2
        self._lapd += lapd
        self._mtp2 += mtp2
        if lapd:
            # Every fourth signal unit has octets that would do as an address.
            return Layer.LAPD if 4 * self._lapd >= self._mtp2 else Layer.MTP2
        return Layer.MTP2 if mtp2 else Layer.OTHER
