"""Loss of signal and AIS, seen on the line's bits before alignment (G.775 clauses 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
    zeros: int = FRAME_BITS
    """Zeros in the even row of a double frame whose odd row is still to come, many if there is none."""
    _told_los: bool = False

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
        if not (framed and self.undisturbed):
            yield from self._loss(line, first)
            yield from self._alarm_indication(line, first)
        self.zero_run = _trailing_zeros(line[-1])
        self.zeros = _zeros(line[-1]) if (first + len(line)) % 2 else FRAME_BITS

    def _loss(self, line: Octets, first: int) -> Iterator[tuple[str, int, bool]]:
        index = 0
        suspects = _suspects(line)
        while index < len(line):
            # Without LOS only rows with many zeros matter, with it only rows with a pulse.
            rows: npt.NDArray[np.bool_] = line[index:].max(axis=1) > 0 if self.los else suspects[index:]
            ahead = int(rows.argmax())
            if not rows[ahead]:
                return
            index += ahead
            if self.los:
                self.los = _trailing_zeros(line[index]) >= LOS_BITS
            else:
                before = _trailing_zeros(line[index - 1]) if index else self.zero_run
                self.los = before + _leading_zeros(line[index]) >= LOS_BITS or _hides_loss(line[index])
            if self.los is not self._told_los:
                self._told_los = self.los
                yield "LOS", first + index, self.los
            index += 1

    def _alarm_indication(self, line: Octets, first: int) -> Iterator[tuple[str, int, bool]]:
        # Two zeros spoil two octets at most, so that of four in a row two at least are all ones.
        samples = [(line[:, place] == 0xFF).view(np.uint8) for place in (0, 8, 16, 24)]
        full = samples[0] + samples[1] + samples[2] + samples[3] >= 2
        possible = bool((full[:-1] & full[1:]).any()) or self.zeros <= AIS_ZEROS
        if not possible and not self.ais and not self.persistence:
            return
        zeros = FRAME_BITS - _ONES.take(line).sum(axis=1)
        even = self.zeros
        for row, count in enumerate(zeros.tolist(), first):
            if row % 2 == 0:
                even = count
                continue
            all_ones = even + count <= AIS_ZEROS
            self.persistence = self.persistence + 1 if all_ones is not self.ais else 0
            if self.persistence == AIS_PERSISTENCE:
                self.ais, self.persistence = all_ones, 0
                yield "AIS", row, all_ones


def _suspects(line: Octets) -> npt.NDArray[np.bool_]:
    """The rows in which a run of 255 zeros may end.

    It covers 30 whole octets at least: octet 0 of the row in which it ends, or octets 8, 16 and 24 of a row
    and then no more than 7 bits of the next.
    """
    inside = (line[:, 8] | line[:, 16] | line[:, 24]) == 0
    suspects: npt.NDArray[np.bool_] = (line[:, 0] == 0) | inside
    suspects[1:] |= inside[:-1]
    suspects[0] = True  # what came before is not at hand
    return suspects


def _zeros(row: Octets) -> int:
    return FRAME_BITS - int.from_bytes(row.tobytes(), "big").bit_count()


def _leading_zeros(row: Octets) -> int:
    return FRAME_BITS - int.from_bytes(row.tobytes(), "big").bit_length()


def _trailing_zeros(row: Octets) -> int:
    value = int.from_bytes(row.tobytes(), "big")
    return (value & -value).bit_length() - 1 if value else FRAME_BITS


def _hides_loss(row: Octets) -> bool:
    """Whether 255 of its 256 bits are a run of zeros: then the one that is not is its first or its last."""
    return max(_leading_zeros(row), _trailing_zeros(row)) >= LOS_BITS
