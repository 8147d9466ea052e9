"""Features of many lines, cut into runs: steady tone, or no tone.

Sums over a run are differences of prefix sums. All summands are whole numbers (frequencies: of 1/64 Hz), so
that prefix sums are exact wherever a run is cut.
"""

from __future__ import annotations

import itertools

import numpy as np

from trunkwire.tones.spectrum import BlockFeatures, Floats

STEADY_HZ = 12.0
"""A change of frequency of more than this, from block to block, is a new tone."""


class Rows:
    """The blocks of some lines, one line after the other, with prefix sums."""

    def __init__(self, features: BlockFeatures) -> None:
        self.tonal = features.tonal.ravel()
        self.freq = features.freq.ravel()
        self.second = features.second.ravel()
        self.energy = features.energy.ravel()
        self.bass = features.bass.ravel()
        self.freq_sum = _prefix(self.freq)
        self.energy_sum = _prefix(self.energy)

    def pieces(self, lines: int) -> list[list[tuple[int, int]]]:
        """For each line the (start, stop) of its runs."""
        n = len(self.tonal)
        if not n:
            return [[] for _ in range(lines)]
        change = self.tonal[1:] != self.tonal[:-1]
        change |= np.abs(self.freq[1:] - self.freq[:-1]) > STEADY_HZ
        change |= np.abs(self.second[1:] - self.second[:-1]) > STEADY_HZ
        blocks = n // lines
        change[blocks - 1 :: blocks] = True
        starts = [0, *(np.flatnonzero(change) + 1).tolist(), n]
        out: list[list[tuple[int, int]]] = [[] for _ in range(lines)]
        for start, stop in itertools.pairwise(starts):
            out[start // blocks].append((start, stop))
        return out


def _prefix(values: Floats) -> Floats:
    out = np.zeros(len(values) + 1)
    np.cumsum(values, out=out[1:])
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
        self.freq += float(rows.freq_sum[stop] - rows.freq_sum[start])
        self.energy += float(rows.energy_sum[stop] - rows.energy_sum[start])
        self.last_freq, self.last_second = float(rows.freq[stop - 1]), float(rows.second[stop - 1])

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
