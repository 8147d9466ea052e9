"""TPKT (RFC 1006 6; H.225.0 Annex E calls for it): the envelope of H.323's Q.931 messages on a TCP
connection."""

from __future__ import annotations

from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Number, Record, Rest

PORT = 1720
"""H.225.0's call signalling port."""
VERSION = 3
HEADER = 4


class Tpkt(Record, frozen=True, kw_only=True):
    """One packet; `length` includes its own four octets."""

    layout: ClassVar[Layout[Tpkt]]

    version: Annotated[int, Bits("1", 8, 1, ws="tpkt.version")] = VERSION
    reserved: Annotated[int, Bits("2", 8, 1, ws="tpkt.reserved")] = 0
    length: Annotated[int, Number("3", 2, ws="tpkt.length")]
    payload: Annotated[bytes, Rest("5")]


Tpkt.layout = Layout(Tpkt)
