"""MTP level 2 (Q.703 2.2, 2.3): signal units between two flags, and what their information field begins with
on level 3 (Q.704 2.2, 14.2)."""

from __future__ import annotations

import enum
from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Number, Record, Rest

LONGEST_INDICATED = 63
"""A length indicator that stands for 63 octets or more (Q.703 2.3.3)."""


class LinkStatus(enum.IntEnum):
    """The status field of an LSSU (Q.703 10.1.3)."""

    SIO = 0
    SIN = 1
    SIE = 2
    SIOS = 3
    SIPO = 4
    SIB = 5


class ServiceIndicator(enum.IntEnum):
    """Who gets an MSU (Q.704 14.2.1)."""

    MANAGEMENT = 0
    TESTING = 1
    SPECIAL_TESTING = 2
    SCCP = 3
    TUP = 4
    ISUP = 5
    DUP_CALL = 6
    DUP_FACILITY = 7
    MTP_TESTING = 8
    BISUP = 9
    SISUP = 10


class SignalUnit(Record, frozen=True, kw_only=True):
    """The header of every signal unit (Q.703 2.3)."""

    layout: ClassVar[Layout[SignalUnit]]

    bib: Annotated[bool, Bits("1", 8, 8, ws="mtp2.bib")]
    bsn: Annotated[int, Bits("1", 7, 1, ws="mtp2.bsn")]
    fib: Annotated[bool, Bits("2", 8, 8, ws="mtp2.fib")]
    fsn: Annotated[int, Bits("2", 7, 1, ws="mtp2.fsn")]
    spare: Annotated[int, Bits("3", 8, 7, ws="mtp2.spare")] = 0
    length: Annotated[int, Bits("3", 6, 1, ws="mtp2.li")]
    rest: Annotated[bytes, Rest("4")] = b""

    @property
    def kind(self) -> str:
        """FISU, LSSU or MSU, by the length indicator (Q.703 2.3.3)."""
        return "FISU" if self.length == 0 else "LSSU" if self.length <= 2 else "MSU"


class StatusUnit(Record, frozen=True, kw_only=True):
    """The status field of an LSSU."""

    layout: ClassVar[Layout[StatusUnit]]

    spare: Annotated[int, Bits("1", 8, 4)] = 0
    status: Annotated[LinkStatus, Bits("1", 3, 1, ws="mtp2.sf")]
    rest: Annotated[bytes, Rest("2")] = b""


class MessageUnit(Record, frozen=True, kw_only=True):
    """The service information octet of an MSU and the standard routing label of ITU networks (Q.704 2.2.2).

    The label's fields are sent least significant octet first, so they cross octets: see `destination`,
    `origin` and `selection`.
    """

    layout: ClassVar[Layout[MessageUnit]]

    network: Annotated[int, Bits("1", 8, 7, ws="mtp3.network_indicator")]
    priority: Annotated[int, Bits("1", 6, 5, ws="mtp3.priority")] = 0
    service: Annotated[ServiceIndicator, Bits("1", 4, 1, ws="mtp3.service_indicator")]
    dpc_low: Annotated[int, Bits("2", 8, 1)]
    opc_low: Annotated[int, Bits("3", 8, 7)]
    dpc_high: Annotated[int, Bits("3", 6, 1)]
    opc_middle: Annotated[int, Bits("4", 8, 1)]
    sls: Annotated[int, Bits("5", 8, 5, ws="mtp3.sls")]
    opc_high: Annotated[int, Bits("5", 4, 1)]
    rest: Annotated[bytes, Rest("6")] = b""

    @property
    def destination(self) -> int:
        """The destination point code, 14 bits."""
        return self.dpc_high * 256 + self.dpc_low

    @property
    def origin(self) -> int:
        """The originating point code, 14 bits."""
        return self.opc_high * 1024 + self.opc_middle * 4 + self.opc_low


class IsupHead(Record, frozen=True, kw_only=True):
    """What every ISUP message begins with (Q.763 1.2, 1.3): the circuit, low octet first, and the type."""

    layout: ClassVar[Layout[IsupHead]]

    cic_low: Annotated[int, Bits("1", 8, 1)]
    spare: Annotated[int, Bits("2", 8, 5)] = 0
    cic_high: Annotated[int, Bits("2", 4, 1)]
    type: Annotated[int, Bits("3", 8, 1, ws="isup.message_type")]
    rest: Annotated[bytes, Rest("4")] = b""

    @property
    def circuit(self) -> int:
        """The circuit identification code."""
        return self.cic_high * 256 + self.cic_low


ISUP_MESSAGES = {
    1: "IAM",
    2: "SAM",
    3: "INR",
    4: "INF",
    5: "COT",
    6: "ACM",
    7: "CON",
    8: "FOT",
    9: "ANM",
    12: "REL",
    13: "SUS",
    14: "RES",
    16: "RLC",
    17: "CCR",
    18: "RSC",
    19: "BLO",
    20: "UBL",
    21: "BLA",
    22: "UBA",
    23: "GRS",
    24: "CGB",
    25: "CGU",
    26: "CGBA",
    27: "CGUA",
    31: "FAR",
    32: "FAA",
    33: "FRJ",
    36: "LPA",
    40: "PAM",
    41: "GRA",
    42: "CQM",
    43: "CQR",
    44: "CPG",
    45: "USR",
    46: "UCIC",
    47: "CFN",
    48: "OLM",
    49: "CRG",
    50: "NRM",
    51: "FAC",
    52: "UPT",
    53: "UPA",
    54: "IDR",
    55: "IRS",
    56: "SGM",
}
"""Q.763 table 4."""


class PseudoHeader(Record, frozen=True, kw_only=True):
    """What link type 139 puts before a signal unit (LINKTYPE_MTP2_WITH_PHDR)."""

    layout: ClassVar[Layout[PseudoHeader]]

    sent: Annotated[int, Bits("1", 8, 1)]
    """1 if the recording end sent it."""
    annex_a: Annotated[int, Bits("2", 8, 1)]
    """Whether sequence numbers have 12 bits (Q.703 Annex A): 0 no, 1 yes, 2 not known."""
    link: Annotated[int, Number("3", 2)]
    unit: Annotated[bytes, Rest("5")]


SignalUnit.layout = Layout(SignalUnit)
StatusUnit.layout = Layout(StatusUnit)
MessageUnit.layout = Layout(MessageUnit)
IsupHead.layout = Layout(IsupHead)
PseudoHeader.layout = Layout(PseudoHeader)
