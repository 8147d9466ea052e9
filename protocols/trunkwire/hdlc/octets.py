"""What one timeslot octet means to HDLC, for each count of ones in a row before it: tables for `bulk`.

Worked out bit by bit from Q.921 2.2 (flag), 2.6 (zero insertion) and 2.10 (abort), once at import. The count
of ones before an octet follows from the octet before it alone, because a run of ones that matters (seven at
most) either begins in that octet or has filled it.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Mark(enum.IntEnum):
    """What ends in an octet."""

    NONE = 0
    FLAG = 1
    ABORT = 2
    """The seventh one in a row."""
    FLAG_ABORT = 3
    """A flag in the first bit, the seventh one behind it in the last."""


class _Meaning(NamedTuple):
    content: int
    value: int
    mark: Mark
    first_end: int
    before: int


def _meaning(ones: int, octet: int) -> _Meaning:
    """Content bits (count, value: first bit lowest) and ends in `octet` after `ones` ones.

    Where a flag or abort ends, the content counted is what follows it; `before` is what came ahead of its
    first end. The ends are bit positions, just behind the bit.
    """
    count = value = before = first_end = 0
    mark = Mark.NONE
    for place in range(8):
        one = octet >> (7 - place) & 1
        ended = Mark.NONE
        if one:
            ones = min(ones + 1, 7) if ones < 7 else 8
            if ones == 7:
                ended = Mark.ABORT
            elif ones < 6:
                value |= 1 << count
                count += 1
        else:
            if ones == 6:
                ended = Mark.FLAG
            elif ones < 5:
                count += 1
            ones = 0
        if ended:
            if not mark:
                first_end, before, mark = place + 1, count, ended
            elif ended is Mark.ABORT:
                mark = Mark.FLAG_ABORT
            count = value = 0
    return _Meaning(count, value, mark, first_end, before)


def _trailing_ones(octet: int) -> int:
    """How many ones in a row end the octet, seven at most."""
    return min(len(f"{octet:08b}") - len(f"{octet:08b}".rstrip("1")), 7)


_MEANINGS = [_meaning(ones, octet) for ones in range(8) for octet in range(256)]


COUNT_SHIFT, MARK_SHIFT = 8, 12
VALUE_MASK, COUNT_MASK = np.uint16(0xFF), np.uint8(0x0F)

# Each is indexed by 256 * ones + octet.
PACKED: NDArray[np.uint16] = np.array(
    [m.value | m.content << COUNT_SHIFT | m.mark << MARK_SHIFT for m in _MEANINGS], np.uint16
)
"""Content bits in the lowest octet, how many there are above `COUNT_SHIFT`, the `Mark` above `MARK_SHIFT`."""
FIRST_END: NDArray[np.int64] = np.array([m.first_end for m in _MEANINGS], np.int64)
BEFORE: NDArray[np.int64] = np.array([m.before for m in _MEANINGS], np.int64)

ROW: NDArray[np.intp] = np.array([256 * _trailing_ones(octet) for octet in range(256)], np.intp)
"""256 times the ones that end an octet: where the rows for the octet behind it begin."""

FLAG_FILL = frozenset(int(("01111110" * 2)[turn : turn + 8], 2) for turn in range(8))
"""The octets that idle flags can look like."""

IS_FILL: NDArray[np.bool_] = np.array([octet in FLAG_FILL or octet == 0xFF for octet in range(256)])
"""Octets that change nothing when both octets before were the same: idle flags, or mark."""
