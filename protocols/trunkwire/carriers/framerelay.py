"""Frame relay (Q.922 Annex A) with RFC 2427's encapsulation: the header of a frame with two octets of
address."""

from __future__ import annotations

from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Record, Rest


class FrameRelay(Record, frozen=True, kw_only=True):
    """Address, control field (3: UI) and network layer protocol identifier."""

    layout: ClassVar[Layout[FrameRelay]]

    dlci_high: Annotated[int, Bits("1", 8, 3)]
    cr: Annotated[bool, Bits("1", 2, 2, ws="fr.cr")] = False
    ea_first: Annotated[int, Bits("1", 1, 1)] = 0
    dlci_low: Annotated[int, Bits("2", 8, 5)]
    fecn: Annotated[bool, Bits("2", 4, 4, ws="fr.fecn")] = False
    becn: Annotated[bool, Bits("2", 3, 3, ws="fr.becn")] = False
    discard_eligible: Annotated[bool, Bits("2", 2, 2, ws="fr.de")] = False
    ea_second: Annotated[int, Bits("2", 1, 1)] = 1
    control: Annotated[int, Bits("3", 8, 1, ws="fr.control")] = 3
    nlpid: Annotated[int, Bits("4", 8, 1, ws="fr.nlpid")]
    payload: Annotated[bytes, Rest("5")]

    @property
    def dlci(self) -> int:
        """The data link connection identifier, 10 bits."""
        return self.dlci_high * 16 + self.dlci_low


FrameRelay.layout = Layout(FrameRelay)
