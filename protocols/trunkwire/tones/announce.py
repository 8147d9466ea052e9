"""Sounds that are no tones: announcements, music, noise. Carriers often speak where others beep.

The rule of thumb: a sound is a run of blocks that are loud enough and no tone, with no pause of a second.
It is called speech if its level keeps changing (in one block out of eight at least, by a factor of two in
power) and three quarters of its power are low (speech has most of it below 1 kHz); everything else is
`OTHER`. Music often passes for speech; a caller could say which, this does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkwire.g711 import Law
from trunkwire.tones.heard import HeardSound, SoundKind
from trunkwire.tones.spectrum import energy_to_dbm0

ENOUGH = 40
"""So many blocks of sound are reported as one (0.8 s)."""
PAUSE = 50
"""So many blocks without end it (1 s)."""
RESTLESS = 8
"""One change of level in so many blocks, at least, is speech."""
LOW_SHARE = 0.75


class SoundTracker:
    """Follows the sounds of one line that are no tones, block by block."""

    def __init__(self, law: Law) -> None:
        self._law = law
        self._reset()

    def _reset(self) -> None:
        self.first_block: int | None = None
        self._last = 0
        self._count = 0
        self._changes = 0
        self._energy = 0.0
        self._low = 0.0
        self._previous = 0.0
        self._reported = False

    def feed(
        self, first_block: int, energies: Sequence[float], basses: Sequence[float], floor: float
    ) -> Iterator[HeardSound]:
        """Blocks that are no tone, from `first_block` on; sound is what has more energy than `floor`."""
        for block, (energy, bass) in enumerate(zip(energies, basses, strict=True), first_block):
            if energy > floor:
                if self.first_block is None:
                    self.first_block = block
                self._last = block
                self._count += 1
                self._changes += not self._previous / 2 <= energy <= self._previous * 2
                self._energy += energy
                self._low += energy * bass
                self._previous = energy
                if self._count == ENOUGH:
                    self._reported = True
                    yield self._report(block, ended=False)
            elif self.first_block is not None and block - self._last >= PAUSE:
                yield from self.end(block)

    def end(self, block: int) -> Iterator[HeardSound]:
        """The sound, if any, is over: silence, or a tone, at `block`."""
        if self._reported:
            yield self._report(block, ended=True)
        self._reset()

    def _report(self, block: int, *, ended: bool) -> HeardSound:
        first = self.first_block if self.first_block is not None else block
        restless = self._changes * RESTLESS >= self._count
        speech = restless and self._low >= LOW_SHARE * self._energy
        level = energy_to_dbm0(self._energy / self._count, self._law)
        kind = SoundKind.SPEECH if speech else SoundKind.OTHER
        return HeardSound(kind, first, self._last - first + 1, round(level, 1), block, ended)
