"""MPLS (RFC 3032): an entry of the label stack; and circuit emulation over Ethernet (MEF 8), whose
identifier stands in its place.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Number, Record, Rest


class LabelEntry(Record, frozen=True, kw_only=True):
    """One entry (RFC 3032 2.1); the 20 bits of the label lie in three octets."""

    layout: ClassVar[Layout[LabelEntry]]

    label_high: Annotated[int, Number("1", 2)]
    label_low: Annotated[int, Bits("3", 8, 5)]
    traffic_class: Annotated[int, Bits("3", 4, 2, ws="mpls.exp")] = 0
    bottom: Annotated[bool, Bits("3", 1, 1, ws="mpls.bottom")]
    lifetime: Annotated[int, Bits("4", 8, 1, ws="mpls.ttl")] = 64
    rest: Annotated[bytes, Rest("5")]

    @property
    def label(self) -> int:
        """The label, 20 bits."""
        return self.label_high * 16 + self.label_low


class EmulatedCircuit(Record, frozen=True, kw_only=True):
    """MEF 8's emulated circuit identifier, 20 bits, and 12 bits that are always 102 hexadecimal."""

    layout: ClassVar[Layout[EmulatedCircuit]]

    identifier_high: Annotated[int, Number("1", 2)]
    identifier_low: Annotated[int, Bits("3", 8, 5)]
    reserved_high: Annotated[int, Bits("3", 4, 1)] = 1
    reserved_low: Annotated[int, Bits("4", 8, 1)] = 2
    rest: Annotated[bytes, Rest("5")]

    @property
    def identifier(self) -> int:
        """The identifier."""
        return self.identifier_high * 16 + self.identifier_low


LabelEntry.layout = Layout(LabelEntry)
EmulatedCircuit.layout = Layout(EmulatedCircuit)
