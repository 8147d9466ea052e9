"""V.120 terminal adaption on a B channel (V.120 2.2, 2.3): its address and control fields, which are Q.921's
with a logical link identifier in place of SAPI and TEI."""

from __future__ import annotations

from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Record, Rest


class V120Frame(Record, frozen=True, kw_only=True):
    """The address (V.120 2.2.1) and what follows."""

    layout: ClassVar[Layout[V120Frame]]

    link_high: Annotated[int, Bits("1", 8, 3)]
    cr: Annotated[bool, Bits("1", 2, 2)]
    ea_first: Annotated[int, Bits("1", 1, 1)] = 0
    link_low: Annotated[int, Bits("2", 8, 2)]
    ea_second: Annotated[int, Bits("2", 1, 1)] = 1
    control: Annotated[bytes, Rest("3")]

    @property
    def link(self) -> int:
        """The logical link identifier, 13 bits."""
        return self.link_high * 128 + self.link_low


class V120Header(Record, frozen=True, kw_only=True):
    """The first octet of the information field (V.120 2.3.1.1, figure 5)."""

    layout: ClassVar[Layout[V120Header]]

    last: Annotated[bool, Bits("1", 8, 8)]
    """No control state octet follows (extension bit)."""
    break_hdlc_idle: Annotated[bool, Bits("1", 7, 7)] = False
    reserved: Annotated[int, Bits("1", 6, 5)] = 0
    error_2: Annotated[bool, Bits("1", 4, 4)] = False
    error_1: Annotated[bool, Bits("1", 3, 3)] = False
    beginning: Annotated[bool, Bits("1", 2, 2)]
    ending: Annotated[bool, Bits("1", 1, 1)]
    rest: Annotated[bytes, Rest("2")] = b""


V120Frame.layout = Layout(V120Frame)
V120Header.layout = Layout(V120Header)
