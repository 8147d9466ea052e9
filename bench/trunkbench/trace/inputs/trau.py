"""TRAU frames on 16 kbit/s sub-slots: coded speech between a base station and its transcoder (GSM 08.60).

A frame is 320 bits, 20 ms. It begins with 16 zeros, and every 16th bit after them is 1 (08.60 3.1, 4.8.1);
bits C1 to C5 behind the first of these say what it carries (3.5). No D channel is in them: what is told is
what runs where, and when it changes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]

FRAME = 320
_ZEROS = 16
_CONTROL = 17
_TYPES = {
    "00010": "full rate speech, uplink",
    "11100": "full rate speech, downlink",
    "00011": "half rate speech, uplink",
    "11101": "half rate speech, downlink",
    "11010": "enhanced full rate speech",
    "00110": "adaptive multi-rate speech",
    "00101": "operation and maintenance, uplink",
    "11011": "operation and maintenance, downlink",
    "01000": "data, uplink",
    "10110": "data, downlink",
    "10100": "data 14.5 kbit/s synchronisation",
    "11111": "extended data",
    "10000": "idle speech, uplink",
    "01110": "idle speech, downlink",
}


def starts(bits: Bits) -> npt.NDArray[np.intp]:
    """Where a frame may begin that is whole in `bits`: zeros and ones are where they must be."""
    count = len(bits) - FRAME + 1
    if count <= 0:
        return np.empty(0, np.intp)
    fits = np.ones(count, np.bool_)
    for place in range(_ZEROS):
        fits &= bits[place : place + count] == 0
    for place in range(_ZEROS, FRAME, 16):
        fits &= bits[place : place + count] == 1
    return np.flatnonzero(fits)


def count_frames(bits: Bits) -> int:
    """How many frames follow another at the right distance."""
    found = starts(bits)
    return int(np.isin(found + FRAME, found).sum())


def type_of(frame: Bits) -> str:
    """What a frame carries, in words."""
    control = "".join(map(str, frame[_CONTROL : _CONTROL + 5].tolist()))
    return _TYPES.get(control, f"type {control}")


class TrauWatch:
    """One sub-slot, fed bit by bit in portions of any size."""

    def __init__(self) -> None:
        self.frames = 0
        self._kept: Bits = np.empty(0, np.uint8)
        self._base = 0
        self._next: int | None = None
        self._type = ""

    def receive(self, bits: Bits) -> Iterator[tuple[int, str]]:
        """What changed in the next bits: (bit of the sub-slot, words)."""
        kept = np.concatenate((self._kept, bits))
        at = 0
        for start in starts(kept).tolist():
            if start < at:
                continue
            where = self._base + start
            if self._next is not None and where != self._next:
                yield self._next, "TRAU frames are lost"
                self._type = ""
            told = type_of(kept[start:])
            if told != self._type:
                yield where, f"TRAU frames (GSM 08.60): {told}"
                self._type = told
            self.frames += 1
            at = start + FRAME
            self._next = where + FRAME
        # A frame that is not whole yet begins at most so far back.
        begin = max(at, len(kept) - FRAME + 1, 0)
        self._base += begin
        self._kept = kept[begin:]
