"""The line of a basic access as the loopback renders it, and its receiving end (ITU-T I.430 5.4, 6.2, 6.3).

A row is what 125 us carry: octet 0 says whether there is a signal with the framing of I.430 (1) or none (0),
octets 1 and 2 are B1 and B2, octet 3 holds the two D bits as a number 0 to 3. Framing bits, balance bits, the
D echo and activation by INFO signals are not rendered: layer 1 is up whenever there is a signal.
"""

from __future__ import annotations

import copy

import numpy as np

from trunkbench.ports.framing import Framing
from trunkbench.ports.lanes import Octets
from trunkbench.spankind import BRI
from trunkwire.e1 import Received
from trunkwire.e1.framer import Defect
from trunkwire.e1.mux import Signals

B1, B2, D = 1, 2, 3

FRAMING = 0

LOST_AFTER = 4
"""Frames of 125 us without framing: two frames of I.430, after which alignment is lost (I.430 6.3)."""

FOUND_AFTER = 6
"""Frames of 125 us with framing: three frames of I.430, after which it is there again (I.430 6.3)."""

NO_SIGNAL = bytes((0, 0xFF, 0xFF, 3))
"""The row of a line without signal: INFO 0 reads as ones everywhere (I.430 6.2)."""


class Aligner:
    """The receiving end: reports LOS while frame alignment is lost, and ones in every channel meanwhile."""

    crc4 = False
    in_service = True  # of timeslot 0, which there is none of: no alarm of its own goes back
    remainder = None

    def __init__(self, row: int) -> None:
        self.row = row
        self._lost = False
        self._run = 0  # frames in a row that speak against the present state

    def undisturbed(self) -> bool:
        """Whether a line that never had an error would leave it in this state."""
        return not self._lost and not self._run

    def copy(self) -> Aligner:
        """One in the same state, which goes on by itself."""
        return copy.copy(self)

    def receive(self, line: Octets) -> Received:
        """Take the next rows of the line."""
        received = Received(np.ascontiguousarray(line.T))
        if self.undisturbed() and line[:, FRAMING].all():
            self.row += len(line)
            return received
        for column, present in enumerate(line[:, FRAMING].tolist()):
            self._run = self._run + 1 if bool(present) is self._lost else 0
            if self._lost:
                received.slots[:, column] = np.frombuffer(NO_SIGNAL, np.uint8)
            if self._run == (FOUND_AFTER if self._lost else LOST_AFTER):
                self._lost, self._run = not self._lost, 0
                received.defects.append(Defect(self.row, "LOS", self._lost))
            self.row += 1
        return received


class BasicFraming(Framing):
    """Sending and receiving rows of a basic access."""

    def __init__(self) -> None:
        super().__init__(BRI, crc4=False)

    def deframer(self, first_row: int) -> Aligner:
        """A receiving end in alignment."""
        return Aligner(first_row)

    def frame(self, slots: Octets, signals: Signals, previous: int) -> int:
        """Write row 0 of `slots` (4, frames): there is a signal."""
        slots[FRAMING] = 1
        return 0
