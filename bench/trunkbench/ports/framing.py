"""How the frames of a line are made and taken apart at depth "bits", by the kind of the line.

An E1 has the frame alignment, CRC-4 and defects of G.704 clause 2.3 and G.706. A line without framing stands
for those whose framing the bench does not model yet: its row holds the same slots behind one octet of framing
that is all ones, is never searched for, and has no defects.
"""

from __future__ import annotations

import copy
from typing import Protocol

import numpy as np

from trunkbench.ports.lanes import Octets
from trunkbench.spankind import SpanKind
from trunkwire.e1 import Framer, Received
from trunkwire.e1.mux import Signals, frame_basic, frame_crc4

FRAMING_OCTET = 0xFF
"""Octet 0 of a frame without framing: what a T1's F bit would be is constant."""


class Deframer(Protocol):
    """The receiving end of a line: what `BitLine` wants of `trunkwire.e1.Framer`."""

    crc4: bool

    @property
    def in_service(self) -> bool:
        """Whether the line is aligned."""
        ...

    @property
    def remainder(self) -> int | None:
        """The CRC-4 of the last sub-multiframe received."""
        ...

    def undisturbed(self) -> bool:
        """Whether its state is that of a line that never had an error."""
        ...

    def copy(self) -> Deframer:
        """One in the same state, which goes on by itself."""
        ...

    def receive(self, line: Octets) -> Received:
        """Take the next rows of the line."""
        ...


class Unframed:
    """The receiving end of a line whose frames are taken as they come: always aligned."""

    crc4 = False
    in_service = True
    remainder = None

    def undisturbed(self) -> bool:
        """Always: there is no state that an error could change."""
        return True

    def copy(self) -> Unframed:
        """Another one."""
        return copy.copy(self)

    def receive(self, line: Octets) -> Received:
        """Take the next rows (n, octets of a frame)."""
        return Received(np.ascontiguousarray(line.T))


class Framing:
    """The framing of one line: `octets` in a rendered frame, of which octet 0 is not a slot."""

    def __init__(self, kind: SpanKind, *, crc4: bool) -> None:
        self.octets = kind.octets
        self.crc4 = crc4
        self.aligned = kind.framed

    def deframer(self, first_row: int) -> Deframer:
        """A receiving end that knows nothing yet; rows count from `first_row`."""
        return Framer(crc4=self.crc4, first_row=first_row) if self.aligned else Unframed()

    def frame(self, slots: Octets, signals: Signals, previous: int) -> int:
        """Write row 0 of `slots` (octets, 16k), whose column 0 begins a multiframe.

        `previous` and the result are CRC-4 remainders: of the sub-multiframe before, and of the last one.
        """
        if self.crc4:
            return frame_crc4(slots, signals, previous)
        if self.aligned:
            frame_basic(slots, signals)
        else:
            slots[0] = FRAMING_OCTET
        return 0
