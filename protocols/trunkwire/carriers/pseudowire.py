"""TDM pseudowires: SAToP (RFC 4553), which carries a line's bits as they are, and CESoPSN (RFC 5086), which
carries some of its timeslots; their control words, and the RTP header (RFC 3550) that may stand beside.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Number, Record, Rest


class SatopWord(Record, frozen=True, kw_only=True):
    """SAToP's control word (RFC 4553 4.3)."""

    layout: ClassVar[Layout[SatopWord]]

    zero: Annotated[int, Bits("1", 8, 5, ws="pwsatop.cw.bits03")] = 0
    local_failure: Annotated[bool, Bits("1", 4, 4, ws="pwsatop.cw.lbit")] = False
    remote_loss: Annotated[bool, Bits("1", 3, 3, ws="pwsatop.cw.rbit")] = False
    reserved: Annotated[int, Bits("1", 2, 1, ws="pwsatop.cw.rsv")] = 0
    fragmentation: Annotated[int, Bits("2", 8, 7, ws="pwsatop.cw.frag")] = 0
    length: Annotated[int, Bits("2", 6, 1, ws="pwsatop.cw.length")] = 0
    sequence: Annotated[int, Number("3", 2, ws="pwsatop.cw.seqno")]
    payload: Annotated[bytes, Rest("5")]


class CesopsnWord(Record, frozen=True, kw_only=True):
    """CESoPSN's control word (RFC 5086 4.3)."""

    layout: ClassVar[Layout[CesopsnWord]]

    zero: Annotated[int, Bits("1", 8, 5, ws="pwcesopsn.cw.bits03")] = 0
    local_failure: Annotated[bool, Bits("1", 4, 4)] = False
    remote_loss: Annotated[bool, Bits("1", 3, 3, ws="pwcesopsn.cw.rbit")] = False
    modifier: Annotated[int, Bits("1", 2, 1)] = 0
    fragmentation: Annotated[int, Bits("2", 8, 7, ws="pwcesopsn.cw.frag")] = 0
    length: Annotated[int, Bits("2", 6, 1, ws="pwcesopsn.cw.length")] = 0
    sequence: Annotated[int, Number("3", 2, ws="pwcesopsn.cw.seqno")]
    payload: Annotated[bytes, Rest("5")]


class RtpHeader(Record, frozen=True, kw_only=True):
    """RTP without contributing sources, as both RFCs want it (RFC 3550 5.1, RFC 4553 4.3.2)."""

    layout: ClassVar[Layout[RtpHeader]]

    version: Annotated[int, Bits("1", 8, 7, ws="rtp.version")] = 2
    padding: Annotated[bool, Bits("1", 6, 6, ws="rtp.padding")] = False
    extension: Annotated[bool, Bits("1", 5, 5, ws="rtp.ext")] = False
    contributing: Annotated[int, Bits("1", 4, 1, ws="rtp.cc")] = 0
    marker: Annotated[bool, Bits("2", 8, 8, ws="rtp.marker")] = False
    payload_type: Annotated[int, Bits("2", 7, 1, ws="rtp.p_type")]
    sequence: Annotated[int, Number("3", 2, ws="rtp.seq")]
    timestamp: Annotated[int, Number("5", 4, ws="rtp.timestamp")]
    source: Annotated[int, Number("9", 4, ws="rtp.ssrc")]
    payload: Annotated[bytes, Rest("13")]


SatopWord.layout = Layout(SatopWord)
CesopsnWord.layout = Layout(CesopsnWord)
RtpHeader.layout = Layout(RtpHeader)
