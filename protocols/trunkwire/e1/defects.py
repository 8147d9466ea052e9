"""Loss of signal and AIS, seen on the line's bits before alignment (G.775 clauses 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trunkwire.e1.crc4 import Octets
from trunkwire.e1.frame import FRAME_BITS

LOS_BITS = 255
"""Pulse positions without a pulse that are a loss of signal (G.775 4.2: 10 to 255)."""
AIS_ZEROS = 2
"""At most so many zeros in a double frame of 512 bits are AIS (G.775 5.2)."""
AIS_PERSISTENCE = 2
"""Consecutive double frames that begin or end AIS (G.775 5.2)."""

_ONES = np.array([bin(value).count("1") for value in range(256)], np.uint16)


@dataclass(slots=True)
class LineSignal:
    """The defects of the signal itself. Rows are stretches of 256 bits, two of them a double frame."""

    los: bool = False
    ais: bool = False
    zero_run: int = 0
    """Zeros at the end of what was seen."""
    persistence: int = 0
    """Double frames in a row that speak against the present state of AIS."""
    zeros: int = 0
    """Zeros in the even row of a double frame whose odd row is still to come."""

    @property
    def undisturbed(self) -> bool:
        """No defect, and none on its way."""
        return not self.los and not self.ais and not self.persistence

    def rows(self, line: Octets, first: int, *, framed: bool) -> Iterator[tuple[str, int, bool]]:
        """What begins or ends in the rows (n, 32) of `line`, the first being row `first`: (name, row, on).

        `framed` says that timeslot 0 was right in all of them: then neither defect can be there, since a
        frame alignment signal has three zeros and no frame is without a pulse.
        """
        if not len(line):
            return
        if framed and self.undisturbed:
            self.zeros = FRAME_BITS - int(_ONES.take(line[-1]).sum()) if (first + len(line)) % 2 else 0
            self.zero_run = _trailing_zeros(line[-1])
            return
        yield from self._loss(line, first)
        yield from self._alarm_indication(line, first)

    def _loss(self, line: Octets, first: int) -> Iterator[tuple[str, int, bool]]:
        for index, row in enumerate(line):
            value = int.from_bytes(row.tobytes(), "big")
            leading = FRAME_BITS - value.bit_length()
            run = max(self.zero_run + leading, _longest_run(row, value))
            self.zero_run = run if not value else _trailing_zeros(row)
            if not self.los and run >= LOS_BITS:
                self.los = True
                yield "LOS", first + index, True
            elif self.los and value and self.zero_run < LOS_BITS:
                self.los = False
                yield "LOS", first + index, False

    def _alarm_indication(self, line: Octets, first: int) -> Iterator[tuple[str, int, bool]]:
        zeros = FRAME_BITS - _ONES.take(line).sum(axis=1)
        for index, count in enumerate(zeros.tolist()):
            if (first + index) % 2 == 0:
                self.zeros = count
                continue
            full = self.zeros + count <= AIS_ZEROS
            self.zeros = 0
            self.persistence = self.persistence + 1 if full is not self.ais else 0
            if self.persistence == AIS_PERSISTENCE:
                self.ais, self.persistence = full, 0
                yield "AIS", first + index, full


def _trailing_zeros(row: Octets) -> int:
    value = int.from_bytes(row.tobytes(), "big")
    return (value & -value).bit_length() - 1 if value else FRAME_BITS


def _longest_run(row: Octets, value: int) -> int:
    """The longest run of zeros inside a row, if it may be a loss: all but one bit zero has two of them."""
    if value.bit_count() > 1:
        return 0
    return max(FRAME_BITS - value.bit_length(), _trailing_zeros(row))
