"""HDLC frames with sequence numbers modulo 8 behind a LAPD address: one octet of control.

Q.921 numbers modulo 128 only (3.4). Links that begin with SABM instead of SABME use the basic control field
of HDLC (ISO/IEC 13239 5.3; X.25 2.3.2.1), of which a trace has to tell, and a LAPD entity nothing.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Record, Rest
from trunkwire.lapd.frames import SupervisoryFunction

SABM = (1, 3)
"""Modifier function bits of SABM, which is none of Q.921's."""


class BasicInformationFrame(Record, frozen=True, kw_only=True):
    """A numbered information frame, N(S) and N(R) in one octet."""

    layout: ClassVar[Layout[BasicInformationFrame]]

    sapi: Annotated[int, Bits("2", 8, 3)]
    cr: Annotated[bool, Bits("2", 2, 2)]
    ea_first: Annotated[int, Bits("2", 1, 1)] = 0
    tei: Annotated[int, Bits("3", 8, 2)]
    ea_second: Annotated[int, Bits("3", 1, 1)] = 1
    nr: Annotated[int, Bits("4", 8, 6)]
    pf: Annotated[bool, Bits("4", 5, 5)]
    ns: Annotated[int, Bits("4", 4, 2)]
    format: Annotated[int, Bits("4", 1, 1)] = 0
    information: Annotated[bytes, Rest("5")] = b""


class BasicSupervisoryFrame(Record, frozen=True, kw_only=True):
    """RR, RNR or REJ in one octet. `surplus` is what must not be there."""

    layout: ClassVar[Layout[BasicSupervisoryFrame]]

    sapi: Annotated[int, Bits("2", 8, 3)]
    cr: Annotated[bool, Bits("2", 2, 2)]
    ea_first: Annotated[int, Bits("2", 1, 1)] = 0
    tei: Annotated[int, Bits("3", 8, 2)]
    ea_second: Annotated[int, Bits("3", 1, 1)] = 1
    nr: Annotated[int, Bits("4", 8, 6)]
    pf: Annotated[bool, Bits("4", 5, 5)]
    function: Annotated[SupervisoryFunction, Bits("4", 4, 3)]
    format: Annotated[int, Bits("4", 2, 1)] = 1
    surplus: Annotated[bytes, Rest("5")] = b""


BasicInformationFrame.layout = Layout(BasicInformationFrame)
BasicSupervisoryFrame.layout = Layout(BasicSupervisoryFrame)
