"""The averages of what was heard of one tone, however long it lasts: frequencies, cadence, level."""

from __future__ import annotations

from collections.abc import Iterable

from trunkwire.tones.pattern import Stretch

SAME_HZ = 25.0
"""Sounds within this of the first one count for its mean frequency."""


class Figures:
    """Adds up stretches by their position in a cadence of `size` stretches, beginning with `rotation`."""

    def __init__(self, size: int, rotation: int, stretches: Iterable[Stretch]) -> None:
        self._size = size
        self._position = rotation
        self._whole: dict[int, tuple[float, int]] = {}
        self._partly: dict[int, float] = {}
        self._freqs: tuple[float, ...] = ()
        self._freq_sums = [0.0, 0.0]
        self._freq_blocks = 0
        self._energy = 0.0
        self._blocks = 0
        for stretch in stretches:
            self.add(stretch)

    @property
    def position(self) -> int:
        """The position of the stretch that comes next, counted on through the repetitions."""
        return self._position

    def add(self, stretch: Stretch) -> None:
        """The next stretch."""
        at = self._position % self._size
        self._position += 1
        if stretch.whole:
            ms, n = self._whole.get(at, (0.0, 0))
            self._whole[at] = ms + stretch.ms, n + 1
        else:
            self._partly[at] = stretch.ms
        if not stretch.freqs:
            return
        self._blocks += stretch.blocks
        self._energy += stretch.power * stretch.blocks
        first = self._freqs = self._freqs or stretch.freqs
        if len(first) == len(stretch.freqs) and abs(first[0] - stretch.freqs[0]) < SAME_HZ:
            self._freq_blocks += stretch.blocks
            for index, freq in enumerate(stretch.freqs):
                self._freq_sums[index] += freq * stretch.blocks

    @property
    def freqs(self) -> tuple[float, ...]:
        """The mean frequencies, in Hz, of the sounds that are like the first."""
        return tuple(round(self._freq_sums[i] / self._freq_blocks, 1) for i in range(len(self._freqs)))

    @property
    def energy(self) -> float:
        """The mean energy of a block while it sounds."""
        return self._energy / self._blocks

    def cadence(self) -> tuple[int, ...]:
        """The mean length in ms of each stretch, in the order of the cadence once all have been heard.

        A stretch whose ends were not both heard counts only as long as there is no better one.
        """
        lengths = {at: self._partly[at] for at in self._partly}
        lengths |= {at: ms / n for at, (ms, n) in self._whole.items()}
        # Until all have been heard: in the order of hearing, which begins with a sound.
        start = 0 if len(lengths) == self._size else self._position - len(lengths)
        order = (at % self._size for at in range(start, start + len(lengths)))
        return tuple(round(lengths[at]) for at in order)
