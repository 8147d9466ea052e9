"""Cisco HDLC, the framing of Cisco's synchronous lines, and its address resolution (SLARP)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Number, Record, Rest


class CiscoHdlc(Record, frozen=True, kw_only=True):
    """The header of every frame; `type` is an EtherType or one of Cisco's own."""

    layout: ClassVar[Layout[CiscoHdlc]]

    address: Annotated[int, Bits("1", 8, 1, ws="chdlc.address")]
    control: Annotated[int, Bits("2", 8, 1)] = 0
    type: Annotated[int, Number("3", 2, ws="chdlc.protocol")]
    payload: Annotated[bytes, Rest("5")]


class Slarp(Record, frozen=True, kw_only=True):
    """A SLARP packet."""

    layout: ClassVar[Layout[Slarp]]

    code: Annotated[int, Number("1", 4, ws="slarp.ptype")]
    rest: Annotated[bytes, Rest("5")]


CiscoHdlc.layout = Layout(CiscoHdlc)
Slarp.layout = Layout(Slarp)
