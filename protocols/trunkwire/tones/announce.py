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
        self.loud_until = 0
        """The block after the last one with a sound."""
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
        block, end = first_block, first_block + len(energies)
        while block < end:
            at = block - first_block
            if energies[at] > floor:
                loud = next((i for i in range(at, len(energies)) if energies[i] <= floor), len(energies))
                if self._count < ENOUGH:  # stop where there is enough of it to report
                    loud = min(loud, at + ENOUGH - self._count)
                self._add(block, energies[at:loud], basses[at:loud])
                block = first_block + loud
                if self._count == ENOUGH and not self._reported:
                    self._reported = True
                    yield self._report(block - 1, ended=False)
            else:
                if self.first_block is not None and block - self._last >= PAUSE:
                    yield from self.end(block)
                block += 1

    def _add(self, block: int, energies: Sequence[float], basses: Sequence[float]) -> None:
        """Sound from that block on."""
        if self.first_block is None:
            self.first_block = block
        self._last = block + len(energies) - 1
        self.loud_until = self._last + 1
        self._count += len(energies)
        previous, low = self._previous, self._low
        for energy, bass in zip(energies, basses, strict=True):
            if energy > previous * 2 or energy * 2 < previous:
                self._changes += 1
            low += energy * bass
            previous = energy
        self._previous, self._low = previous, low
        self._energy += sum(energies)

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
