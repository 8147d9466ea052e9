"""A stream of T1 bits (G.704 2.1): its alignment, superframe or extended superframe, and every D channel.

A frame is one F bit and 24 octets. In the superframe of 12 frames the F bits are 100011011100; in the
extended one of 24 frames every fourth is a frame alignment bit, 001011. A pattern that shows without an error
over `LOOKED_AT` frames is believed: of all the places and phases it could have, noise has one once in 2^35.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trunkbench.trace.inputs.options import Item
from trunkbench.trace.inputs.slotline import SlotLine
from trunkbench.trace.record import Direction, Happening

FRAME_BITS = 193
SLOTS = 24
LOOKED_AT = 192
LEAST = LOOKED_AT * FRAME_BITS // 8 + 1
"""Octets in which alignment can be found."""
PADDED = 25
"""Octets that carry one frame's bits and seven of padding (RFC 4553, octet-aligned T1)."""
BIT_RATE = 1_544_000
_SUPERFRAME = np.array([int(bit) for bit in "100011011100"], np.uint8)
_EXTENDED = np.array([int(bit) for bit in "001011"], np.uint8)
_EVERY = 4
_CHECKED = 48
_ERRORED_AT_MOST = 12
"""Wrong F bits of `_CHECKED` with which a line still counts as aligned."""
_KEPT = 64 * 1024

Bits = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class FoundT1:
    """Where frames begin, and the F bits that are expected there: `step` frames apart, from `phase` on."""

    bit: int
    words: str
    pattern: Bits
    step: int
    phase: int


def bits_of(octets: bytes, padded: bool) -> Bits:
    """The bits of the line, without padding."""
    bits = np.unpackbits(np.frombuffer(octets, np.uint8))
    return bits.reshape(-1, 8 * PADDED)[:, :FRAME_BITS].reshape(-1) if padded else bits


def find_t1(bits: Bits) -> FoundT1 | None:
    """The alignment of a stream, None if there is none in its first `LOOKED_AT` frames."""
    if len(bits) < LOOKED_AT * FRAME_BITS:
        return None
    frames = bits[: LOOKED_AT * FRAME_BITS].reshape(LOOKED_AT, FRAME_BITS)
    for words, pattern, step in (("extended superframe", _EXTENDED, _EVERY), ("superframe", _SUPERFRAME, 1)):
        for phase in range(step):
            rows = frames[phase::step]
            for turned in range(len(pattern)):
                wanted = np.resize(np.roll(pattern, -turned), len(rows))
                fits = np.flatnonzero((rows == wanted[:, None]).all(axis=0))
                if len(fits):
                    return FoundT1(int(fits[0]), words, np.roll(pattern, -turned), step, phase)
    return None


class T1Line:
    """The receiving end of a recorded T1; `findings` says what was found out about it."""

    def __init__(
        self, *, span: str, direction: Direction, start_ns: int, audio: bool, padded: bool = False
    ) -> None:
        self.findings: list[str] = []
        self._span = span
        self._start_ns = start_ns
        self._padded = padded
        self._line = SlotLine(SLOTS, span, direction, start_ns, audio=audio)
        self._bits: Bits = np.zeros(0, np.uint8)
        self._done = 0  # bits of the line that have been worked on
        self._found: FoundT1 | None = None
        self._lost_at: int | None = None
        self._row = 0
        self._wrong = self._checked = 0

    def feed(self, octets: bytes, number: int = 0) -> list[Item]:
        """Take the next octets of the line; what is known by now."""
        self._bits = np.concatenate((self._bits, bits_of(octets, self._padded)))
        items: list[Item] = []
        if self._found is None:
            items += self._align()
        if self._found is not None:
            items += self._frames(number)
        return items

    def finish(self) -> list[Item]:
        """The end of the stream: what was still held back, and the last findings."""
        if not self.findings:
            self.findings.append("no T1 frame alignment was found")
        items = self._line.finish()
        self.findings += self._line.findings()
        return items

    def _at(self) -> int:
        return self._start_ns + self._done * 1_000_000_000 // BIT_RATE

    def _take(self, count: int) -> Bits:
        taken, self._bits = self._bits[:count], self._bits[count:]
        self._done += count
        return taken

    def _align(self) -> list[Item]:
        found = find_t1(self._bits)
        if found is None:
            if len(self._bits) > _KEPT:
                self._take(len(self._bits) - LOOKED_AT * FRAME_BITS)
            return []
        self._take(found.bit)
        self._found = found
        self._wrong = self._checked = 0
        self._row = 0
        self.findings.append(f"T1, {found.words}, frames aligned at bit {self._done}")
        if self._lost_at is None:
            return []
        items = self._line.lose((self._done - self._lost_at) // FRAME_BITS)
        return [*items, Happening(self._at(), "T1 frame alignment found", self._span, alarm=False)]

    def _frames(self, number: int) -> list[Item]:
        """Work on all whole frames."""
        whole = len(self._bits) // FRAME_BITS
        if not whole or self._found is None:
            return []
        at_ns = self._at()
        rows = self._take(whole * FRAME_BITS).reshape(whole, FRAME_BITS)
        block = np.ascontiguousarray(np.packbits(rows[:, 1:], axis=1).T)
        items = self._line.feed(block, number, 0, at_ns)
        return items + self._watch(rows[:, 0])

    def _watch(self, given: Bits) -> list[Item]:
        """Compare F bits with what the pattern wants; where too many are wrong, alignment is lost."""
        found = self._found
        assert found is not None
        rows = np.arange(self._row, self._row + len(given))
        self._row += len(given)
        mine = rows % found.step == found.phase
        wanted = found.pattern[(rows[mine] // found.step) % len(found.pattern)]
        self._wrong += int((given[mine] != wanted).sum())
        self._checked += int(mine.sum())
        if self._checked < _CHECKED:
            return []
        lost = self._wrong * _CHECKED > _ERRORED_AT_MOST * self._checked
        self._wrong = self._checked = 0
        if not lost:
            return []
        self._found, self._lost_at = None, self._done
        return [Happening(self._at(), "loss of T1 frame alignment", self._span, alarm=True)]
