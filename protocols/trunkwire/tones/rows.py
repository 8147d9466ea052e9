"""Features of many lines, cut into runs: steady tone, or no tone.

What is summed over a run are whole numbers (frequencies: of 1/64 Hz), so that sums are exact wherever it is
cut.
"""

from __future__ import annotations

import itertools

import numpy as np

from trunkwire.tones.spectrum import BlockFeatures

STEADY_HZ = 12.0
"""A change of frequency of more than this, from block to block, is a new tone."""


class Rows:
    """The blocks of some lines, one line after the other.

    Trackers look at single blocks and short stretches, for which lists are several times as fast as arrays.
    """

    def __init__(self, features: BlockFeatures) -> None:
        self.tonal = features.tonal.ravel()
        self._freq = features.freq.ravel()
        self._second = features.second.ravel()
        self._bass = features.bass.ravel()
        self.freq: list[float] = self._freq.tolist()
        self.energy: list[float] = features.energy.ravel().tolist()
        pairs = bool(self._second.any())
        self.second: list[float] = self._second.tolist() if pairs else [0.0] * len(self.freq)

    def bass(self, start: int, stop: int) -> list[float]:
        """The share of low power of some blocks (rarely asked for)."""
        share: list[float] = self._bass[start:stop].tolist()
        return share

    def pieces(self, lines: int) -> list[list[tuple[int, int]]]:
        """For each line the (start, stop) of its runs."""
        n = len(self.tonal)
        if not n:
            return [[] for _ in range(lines)]
        change = self.tonal[1:] != self.tonal[:-1]
        change |= np.abs(self._freq[1:] - self._freq[:-1]) > STEADY_HZ
        change |= np.abs(self._second[1:] - self._second[:-1]) > STEADY_HZ
        blocks = n // lines
        change[blocks - 1 :: blocks] = True
        starts = [0, *(np.flatnonzero(change) + 1).tolist(), n]
        out: list[list[tuple[int, int]]] = [[] for _ in range(lines)]
        for start, stop in itertools.pairwise(starts):
            out[start // blocks].append((start, stop))
        return out


class Run:
    """Tonal blocks in a row of the same frequencies: how many, and the sums of what was measured."""

    __slots__ = ("energy", "freq", "last_freq", "last_second", "n", "second", "start")

    def __init__(self, start: int, freq: float, second: float) -> None:
        self.start = start
        self.n = 0
        self.freq = 0.0
        self.energy = 0.0
        self.second = second
        self.last_freq, self.last_second = freq, second

    def add(self, rows: Rows, start: int, stop: int) -> None:
        """The rows from start to stop belong to it."""
        self.n += stop - start
        self.freq += sum(rows.freq[start:stop])
        self.energy += sum(rows.energy[start:stop])
        self.last_freq, self.last_second = rows.freq[stop - 1], rows.second[stop - 1]

    def continues(self, freq: float, second: float) -> bool:
        """Whether a block of these frequencies carries on where the last one stopped."""
        return abs(freq - self.last_freq) <= STEADY_HZ and abs(second - self.last_second) <= STEADY_HZ

    def same(self, freq: float, second: float) -> bool:
        """Whether a block of these frequencies is the same tone, after a gap."""
        return abs(freq - self.freq / self.n) <= STEADY_HZ and abs(second - self.second) <= STEADY_HZ

    @property
    def freqs(self) -> tuple[float, ...]:
        """The mean frequency, and the second one of a pair (nominal, see `spectrum.py`)."""
        mean = self.freq / self.n
        return (mean, self.second) if self.second else (mean,)
