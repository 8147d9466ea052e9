"""Frames as the cases of layer 2 name them (Q.921 3.4 to 3.6): to be sent, and to be expected.

Sequence numbers are relative: N(R) that the tester sends, and N(S) that it expects, count from the I frames
that the implementation had sent before the script began; the other two count from the establishment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from trunkwire.lapd.frames import (
    InformationFrame,
    InvalidFrame,
    SupervisoryFrame,
    SupervisoryFunction,
    UnnumberedFrame,
    UnnumberedFunction,
    build,
    parse,
)
from trunkwire.side import Side

MODULUS = 128
BROADCAST = 127
"""The TEI of the broadcast data link (Q.921 3.3.4.1)."""
MANAGEMENT = 63
"""The SAPI of layer 2 management (Q.921 3.3.3)."""
PAYLOAD = b"\x55trunkbench"
"""Information that no layer 3 takes for its own: a reserved protocol discriminator (Q.931 4.2, 5.8.1)."""

_RESPONSES = frozenset(("UA", "DM", "FRMR"))
_SUPERVISORY = frozenset(function.name for function in SupervisoryFunction)


@dataclass(frozen=True, slots=True)
class Fr:
    """A frame. `command` None is what its kind is by nature; S frames are commands unless said otherwise."""

    kind: str
    pf: bool = False
    nr: int = 0
    ns: int = 0
    info: bytes | None = None
    command: bool | None = None
    tei: int | None = None
    """None: the TEI under test."""
    sapi: int = 0

    @property
    def is_command(self) -> bool:
        """Whether it is a command (Q.921 Table 5)."""
        return self.kind not in _RESPONSES if self.command is None else self.command

    @property
    def information(self) -> bytes:
        """What it carries when it is sent."""
        if self.info is None:
            return PAYLOAD if self.kind in ("I", "UI") else b""
        return self.info

    def octets(self, side: Side, tei: int, numbered_from: int) -> bytes:
        """Address to end of information, sent by `side`; C/R by Q.921 3.3.2."""
        cr = self.is_command is (side is Side.NETWORK)
        own = tei if self.tei is None else self.tei
        nr = (self.nr + numbered_from) % MODULUS
        if self.kind == "I":
            return build(
                InformationFrame(
                    sapi=self.sapi,
                    cr=cr,
                    tei=own,
                    ns=self.ns % MODULUS,
                    nr=nr,
                    pf=self.pf,
                    information=self.information,
                )
            )
        if self.kind in _SUPERVISORY:
            function = SupervisoryFunction[self.kind]
            return build(
                SupervisoryFrame(
                    sapi=self.sapi,
                    cr=cr,
                    tei=own,
                    function=function,
                    nr=nr,
                    pf=self.pf,
                    surplus=self.information,
                )
            )
        high, low = UnnumberedFunction[self.kind].value
        return build(
            UnnumberedFrame(
                sapi=self.sapi,
                cr=cr,
                tei=own,
                modifier_high=high,
                pf=self.pf,
                modifier_low=low,
                information=self.information,
            )
        )

    def __str__(self) -> str:
        bit = ("P" if self.is_command else "F") + f"={int(self.pf)}"
        told = [self.kind, bit] if self.command is None else [self.kind, self._title(), bit]
        if self.kind == "I":
            told.append(f"N(S)={self.ns}")
        if self.kind == "I" or self.kind in _SUPERVISORY:
            told.append(f"N(R)={self.nr}")
        if self.tei is not None:
            told.append(f"TEI {self.tei}")
        if self.sapi:
            told.append(f"SAPI {self.sapi}")
        if self.info and self.info != PAYLOAD:
            told.append(f"{len(self.info)} octets")
        return " ".join(told)

    def _title(self) -> str:
        return "command" if self.is_command else "response"


def command(kind: str, *, p: bool = False, nr: int = 0) -> Fr:
    """A supervisory command."""
    return Fr(kind, pf=p, nr=nr, command=True)


def response(kind: str, *, f: bool = False, nr: int = 0) -> Fr:
    """A supervisory response."""
    return Fr(kind, pf=f, nr=nr, command=False)


def read(octets: bytes, side: Side, numbered_from: int) -> Fr | None:
    """What `side` has sent, None if it is no frame. All is given: nothing is left to what a kind is by
    nature.
    """
    try:
        frame = parse(octets)
    except InvalidFrame:
        return None
    is_command = frame.cr is (side is Side.NETWORK)
    common = Fr("", pf=frame.pf, command=is_command, tei=frame.tei, sapi=frame.sapi)
    if isinstance(frame, InformationFrame):
        ns = (frame.ns - numbered_from) % MODULUS
        return replace(common, kind="I", nr=frame.nr, ns=ns, info=frame.information)
    if isinstance(frame, SupervisoryFrame):
        known = isinstance(frame.function, SupervisoryFunction)
        kind = SupervisoryFunction(frame.function).name if known else "an undefined S frame"
        return replace(common, kind=kind, nr=frame.nr, info=frame.surplus)
    kind = "an undefined U frame" if frame.function is None else frame.function.name
    return replace(common, kind=kind, info=frame.information)


def same(wanted: Fr, got: Fr, tei: int) -> bool:
    """Whether what came is what is wanted: kind, address, C/R, P/F and the numbers it has.

    The information of I and UI frames is compared only when it is given; others have none but FRMR and XID.
    """
    own = tei if wanted.tei is None else wanted.tei
    if (wanted.kind, own, wanted.sapi) != (got.kind, got.tei, got.sapi):
        return False
    if (wanted.pf, wanted.is_command) != (got.pf, got.is_command):
        return False
    if wanted.kind in _SUPERVISORY | {"I"} and wanted.nr % MODULUS != got.nr:
        return False
    if wanted.kind == "I" and wanted.ns % MODULUS != got.ns:
        return False
    if wanted.info is not None:
        return wanted.info == got.info
    return wanted.kind in ("I", "UI", "FRMR", "XID") or not got.info


def either(wanted: Iterable[Fr]) -> str:
    """Several as a text."""
    return " or ".join(str(each) for each in wanted)
