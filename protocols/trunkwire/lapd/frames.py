"""LAPD frames, modulo 128 (Q.921 clause 3): one declaration, read and written by it.

Octets are numbered as in the Recommendation's figures: octet 1 is the flag, 2 and 3 are the address, 4 and 5
the control field. What is read and written here lacks flags, inserted zeros and FCS; `trunkwire.hdlc` does
those.
"""

from __future__ import annotations

import enum
from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Record, Rest


class SupervisoryFunction(enum.IntEnum):
    """The supervisory function bits of an S frame (Q.921 Table 5)."""

    RR = 0
    RNR = 1
    REJ = 2


class UnnumberedFunction(enum.Enum):
    """The modifier function bits of a U frame: bits 8 to 6 and bits 4 to 3 of octet 4 (Q.921 Table 5)."""

    SABME = (3, 3)
    DM = (0, 3)
    UI = (0, 0)
    DISC = (2, 0)
    UA = (3, 0)
    FRMR = (4, 1)
    XID = (5, 3)


class InformationFrame(Record, frozen=True, kw_only=True):
    """A numbered information frame (Q.921 3.4.1)."""

    layout: ClassVar[Layout[InformationFrame]]

    sapi: Annotated[int, Bits("2", 8, 3, ws="lapd.sapi")]
    cr: Annotated[bool, Bits("2", 2, 2, ws="lapd.cr")]
    ea_first: Annotated[int, Bits("2", 1, 1, ws="lapd.ea1")] = 0
    tei: Annotated[int, Bits("3", 8, 2, ws="lapd.tei")]
    ea_second: Annotated[int, Bits("3", 1, 1, ws="lapd.ea2")] = 1
    ns: Annotated[int, Bits("4", 8, 2, ws="lapd.control.n_s")]
    format: Annotated[int, Bits("4", 1, 1, ws="lapd.control.ftype")] = 0
    nr: Annotated[int, Bits("5", 8, 2, ws="lapd.control.n_r")]
    pf: Annotated[bool, Bits("5", 1, 1, ws="lapd.control.p")]
    information: Annotated[bytes, Rest("6")]


class SupervisoryFrame(Record, frozen=True, kw_only=True):
    """RR, RNR or REJ (Q.921 3.4.2). `surplus` is what must not be there: octets behind the control field."""

    layout: ClassVar[Layout[SupervisoryFrame]]

    sapi: Annotated[int, Bits("2", 8, 3, ws="lapd.sapi")]
    cr: Annotated[bool, Bits("2", 2, 2, ws="lapd.cr")]
    ea_first: Annotated[int, Bits("2", 1, 1, ws="lapd.ea1")] = 0
    tei: Annotated[int, Bits("3", 8, 2, ws="lapd.tei")]
    ea_second: Annotated[int, Bits("3", 1, 1, ws="lapd.ea2")] = 1
    spare: Annotated[int, Bits("4", 8, 5)] = 0
    function: Annotated[SupervisoryFunction, Bits("4", 4, 3, ws="lapd.control.s_ftype")]
    format: Annotated[int, Bits("4", 2, 1, ws="lapd.control.ftype")] = 1
    nr: Annotated[int, Bits("5", 8, 2, ws="lapd.control.n_r")]
    pf: Annotated[bool, Bits("5", 1, 1)]
    surplus: Annotated[bytes, Rest("6")] = b""


class UnnumberedFrame(Record, frozen=True, kw_only=True):
    """SABME, DM, UI, DISC, UA, FRMR or XID (Q.921 3.4.3)."""

    layout: ClassVar[Layout[UnnumberedFrame]]

    sapi: Annotated[int, Bits("2", 8, 3, ws="lapd.sapi")]
    cr: Annotated[bool, Bits("2", 2, 2, ws="lapd.cr")]
    ea_first: Annotated[int, Bits("2", 1, 1, ws="lapd.ea1")] = 0
    tei: Annotated[int, Bits("3", 8, 2, ws="lapd.tei")]
    ea_second: Annotated[int, Bits("3", 1, 1, ws="lapd.ea2")] = 1
    modifier_high: Annotated[int, Bits("4", 8, 6)]
    pf: Annotated[bool, Bits("4", 5, 5)]
    modifier_low: Annotated[int, Bits("4", 4, 3)]
    format: Annotated[int, Bits("4", 2, 1, ws="lapd.control.ftype")] = 3
    information: Annotated[bytes, Rest("5")] = b""

    @property
    def function(self) -> UnnumberedFunction | None:
        """What the modifier bits mean, or None if the Recommendation does not define them."""
        return _UNNUMBERED.get((self.modifier_high, self.modifier_low))


Frame = InformationFrame | SupervisoryFrame | UnnumberedFrame

_UNNUMBERED = {function.value: function for function in UnnumberedFunction}

InformationFrame.layout = Layout(InformationFrame)
SupervisoryFrame.layout = Layout(SupervisoryFrame)
UnnumberedFrame.layout = Layout(UnnumberedFrame)

SHORTEST = 3
"""Octets of the shortest frame: two of address and one of control (Q.921 2.9 b, less the FCS)."""

SHORTEST_NUMBERED = 4
"""Octets of the shortest frame with sequence numbers (Q.921 2.9 b, less the FCS)."""


class InvalidFrame(ValueError):
    """The octets are not a LAPD frame at all; a receiver discards them without a word (Q.921 2.9, 5.8.4)."""


def parse(data: bytes) -> Frame:
    """The frame in `data`, its octets from address to end of information.

    Raises InvalidFrame when it is too short for its format or its address is not two octets long (Q.921 2.9,
    3.3.1).
    """
    if len(data) < SHORTEST:
        raise InvalidFrame(f"{len(data)} octets: a LAPD frame has at least {SHORTEST} before its FCS")
    control = data[2]
    frame: Frame
    if control % 4 == 3:
        frame = UnnumberedFrame.layout.parse(data)
    elif len(data) < SHORTEST_NUMBERED:
        raise InvalidFrame(
            f"{len(data)} octets: a frame with sequence numbers has at least {SHORTEST_NUMBERED}"
        )
    elif control % 2:
        frame = SupervisoryFrame.layout.parse(data)
    else:
        frame = InformationFrame.layout.parse(data)
    if frame.ea_first != 0 or frame.ea_second != 1:
        raise InvalidFrame(f"address {data[:2].hex()}: its extension bits must be 0, then 1")
    return frame


def build(frame: Frame) -> bytes:
    """The octets of `frame`. Raises EncodeError naming the field whose value does not fit."""
    if isinstance(frame, InformationFrame):
        return InformationFrame.layout.build(frame)
    if isinstance(frame, SupervisoryFrame):
        return SupervisoryFrame.layout.build(frame)
    return UnnumberedFrame.layout.build(frame)
