"""How a stream of octets lies on a T1: order of the bits, where frames begin, ESF or SF (G.704 2.1).

A frame is an F bit and 24 octets, 193 bits. Of the extended superframe (ESF) every fourth F bit of 24 spells
001011, between them are a CRC-6 and a data link; of the superframe (SF) the F bits of 12 frames spell
100011011100. Either is looked for at every bit in both orders, and believed when six superframes in a row are
right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]

FRAME = 193
SLOTS = 24
ESF_FRAMES, SF_FRAMES = 24, 12
ESF_PATTERN = np.array([0, 0, 1, 0, 1, 1], np.uint8)
"""F bits of frames 4, 8 … 24 of the extended superframe (G.704 table 1)."""
SF_PATTERN = np.array([1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0], np.uint8)
"""F bits of frames 1 to 12 of the superframe: terminal and signalling frame alignment (G.704 table 3)."""
_BELIEVED = 6
"""Superframes in a row."""
LEAST = ((_BELIEVED + 1) * ESF_FRAMES + 1) * FRAME // 8 + 1
"""Octets in which alignment can be found wherever frames begin."""


@dataclass(frozen=True, slots=True)
class T1Found:
    """Where frames lie: `bit` is the F bit that a superframe begins with, counted from the stream's first."""

    mirrored: bool
    bit: int
    esf: bool
    lead: int = 0
    """Frames before the superframe that are right too."""

    @property
    def frames(self) -> int:
        """Frames of a superframe."""
        return ESF_FRAMES if self.esf else SF_FRAMES

    def describe(self) -> str:
        """One sentence for the user."""
        order = "least" if self.mirrored else "most"
        kind = "extended superframe (ESF)" if self.esf else "superframe (SF)"
        return f"T1 octets, {order} significant bit first, {kind} aligned at bit {self.bit}"


def find_t1(octets: bytes) -> T1Found | None:
    """The alignment in `octets`, None if there is none; at least `LEAST` octets are needed."""
    best: T1Found | None = None
    for mirrored in (False, True):
        array = np.frombuffer(octets, np.uint8)
        found = find_in(np.unpackbits(array, bitorder="little" if mirrored else "big"))
        if found is not None and (best is None or found[0] < best.bit):
            best = T1Found(mirrored, *found)
    return best


def find_in(bits: Bits) -> tuple[int, bool, int] | None:
    """The first bit of the first superframe in `bits`, whether it is an extended one, frames before it."""
    rows = len(bits) // FRAME
    matrix = bits[: rows * FRAME].reshape(rows, FRAME)
    found = []
    for esf, frames, places, pattern in (
        (True, ESF_FRAMES, range(3, ESF_FRAMES, 4), ESF_PATTERN),
        (False, SF_FRAMES, range(SF_FRAMES), SF_PATTERN),
    ):
        first = _first(matrix, frames, places, pattern)
        if first is not None:
            row, column = first
            signs = dict(zip(places, pattern.tolist(), strict=True))
            lead = 0
            while lead < min(row, frames - 1):
                wanted = signs.get(frames - 1 - lead)
                if wanted is not None and matrix[row - 1 - lead, column] != wanted:
                    break
                lead += 1
            found.append((row * FRAME + column, esf, lead))
    return min(found) if found else None


def _first(matrix: Bits, frames: int, places: range, pattern: Bits) -> tuple[int, int] | None:
    """Row and column of the first F bit of the first superframe that is believed."""
    count = len(matrix) - _BELIEVED * frames + 1
    if count <= 0:
        return None
    # Where one superframe would begin; several of them in a row are asked of those places only.
    one = len(matrix) - frames + 1
    right = np.ones((one, FRAME), np.bool_)
    for place, sign in zip(places, pattern.tolist(), strict=True):
        right &= matrix[place : place + one] == sign
    believed = right[:count].copy()
    for number in range(1, _BELIEVED):
        believed &= right[number * frames : number * frames + count]
    at = int(np.argmax(believed))
    if not believed.reshape(-1)[at]:
        return None
    row, column = divmod(at, FRAME)
    return row, column
