"""What a simulation may claim: batch means with a confidence interval that heeds autocorrelation.

Whether a call is blocked depends on the calls before it, so single calls must not be counted as independent.
The run is cut into batches that are long against a holding time; their means are close to independent, and
Student's t over them gives the interval. Whether they are is measured (correlation of neighbours), and
batches are joined in pairs until it has gone (A. M. Law, Simulation Modeling and Analysis, chapter 9).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

BATCHES = 64
"""Batches that a run is cut into at first; joining them leaves at least `FEWEST`."""

FEWEST = 8

_T99 = {7: 3.4995, 15: 2.9467, 31: 2.7440, 63: 2.6561}
"""Student's t, two-sided 99 %, by degrees of freedom: of 8, 16, 32 and 64 batches."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 99 % interval (`value` ± `half`); `correlation` is that of neighbouring batches."""

    value: float
    half: float
    batches: int
    correlation: float

    def covers(self, truth: float) -> bool:
        """Whether the interval holds that value."""
        return abs(self.value - truth) <= self.half


def estimate(sums: Sequence[float], counts: Sequence[int]) -> Estimate:
    """The ratio of sums to counts over 64 batches (their number must be a power of two from 8 to 64).

    Neighbours are joined while their correlation exceeds what chance explains (two standard errors).
    Without any count the estimate is not a number and its interval endless.
    """
    sums, counts = list(sums), list(counts)
    while True:
        value, deviations = _ratio(sums, counts)
        correlation = _lag_one(deviations)
        if correlation <= 2 / math.sqrt(len(sums)) or len(sums) == FEWEST:
            break
        sums = [a + b for a, b in zip(sums[::2], sums[1::2], strict=True)]
        counts = [a + b for a, b in zip(counts[::2], counts[1::2], strict=True)]
    n = len(sums)
    total = sum(counts)
    if not total:
        return Estimate(math.nan, math.inf, n, 0.0)
    mean_count = total / n
    variance = sum(d * d for d in deviations) / (n - 1)
    half = _T99[n - 1] * math.sqrt(variance / n) / mean_count
    return Estimate(value, half, n, correlation)


def _ratio(sums: Sequence[float], counts: Sequence[int]) -> tuple[float, list[float]]:
    """The ratio over all batches, and how far each batch's sum lies off it (ratio estimator)."""
    total = sum(counts)
    value = sum(sums) / total if total else math.nan
    return value, [s - value * c if total else 0.0 for s, c in zip(sums, counts, strict=True)]


def _lag_one(deviations: Sequence[float]) -> float:
    power = sum(d * d for d in deviations)
    if not power:
        return 0.0
    return sum(a * b for a, b in itertools.pairwise(deviations)) / power
