"""Levels in dBm0, by the digital reference sequence of G.711: its power is 0 dBm0 (clause 4)."""

from __future__ import annotations

import math

import numpy as np

from trunkwire.g711 import Law, Octets

FLOOR_DBM0 = -90.0
"""What digital silence is reported as: it has no level."""


def reference_rms(law: Law) -> float:
    """The root mean square, on the 16-bit scale, of a signal of 0 dBm0."""
    return law.milliwatt_rms


def power_to_dbm0(mean_square: float, law: Law) -> float:
    """The level of a mean square on the 16-bit scale; `FLOOR_DBM0` if it has none."""
    if mean_square <= 0:
        return FLOOR_DBM0
    return max(10 * math.log10(mean_square / reference_rms(law) ** 2), FLOOR_DBM0)


def dbm0_to_power(level_dbm0: float, law: Law) -> float:
    """The mean square, on the 16-bit scale, of a signal of that level."""
    return float(reference_rms(law) ** 2 * 10 ** (level_dbm0 / 10))


def level_dbm0(octets: Octets, law: Law) -> float:
    """The level of some octets in dBm0. Raises ValueError if there are none."""
    samples = law.decode(octets).astype(np.float64)
    if not samples.size:
        raise ValueError("no octets, so no level")
    # A-law silence is +8 all the time: half a step of offset, which no ear hears and no meter should show.
    return power_to_dbm0(float(np.var(samples)) if samples.size > 1 else 0.0, law)
