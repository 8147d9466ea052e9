"""Lines with DTMF on them, as good or as bad as wanted: sines, noise and pauses, in samples and octets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkwire.g711 import Law
from trunkwire.tones.dtmf import COLUMNS_HZ, KEYS, ROWS_HZ
from trunkwire.tones.level import reference_rms

Samples = NDArray[np.float64]

DIGITS = "".join(KEYS)
RATE = 8000
FULL_LOAD = reference_rms(Law.ALAW)
"""The root mean square of 0 dBm0; that of µ-law differs by less than 0.01 dB."""


def frequencies(digit: str) -> tuple[float, float]:
    """The two nominal frequencies of a digit in Hz."""
    row = next(index for index, keys in enumerate(KEYS) if digit in keys)
    return ROWS_HZ[row], COLUMNS_HZ[KEYS[row].index(digit)]


def sine(hz: float, dbm0: float, ms: float, phase: float = 0.0) -> Samples:
    """A sine of that level; the phase is in turns."""
    at = np.arange(round(ms * RATE / 1000))
    wave = np.sin(2 * np.pi * (hz / RATE * at + phase))
    return np.asarray(FULL_LOAD * np.sqrt(2) * 10 ** (dbm0 / 20) * wave)


def dtmf(
    digit: str,
    ms: float = 50.0,
    dbm0: float = -10.0,
    *,
    twist_db: float = 0.0,
    low_off: float = 0.0,
    high_off: float = 0.0,
    phase: float = 0.0,
) -> Samples:
    """A digit: `dbm0` is the level of its stronger frequency, `twist_db` that of the high less the low."""
    low, high = frequencies(digit)
    low_dbm0, high_dbm0 = dbm0 - max(twist_db, 0.0), dbm0 + min(twist_db, 0.0)
    return sine(low * (1 + low_off), low_dbm0, ms, phase) + sine(high * (1 + high_off), high_dbm0, ms)


def silence(ms: float) -> Samples:
    """Nothing."""
    return np.zeros(round(ms * RATE / 1000))


def noise(rng: Any, dbm0: float, samples: int) -> Samples:
    """White noise of that level."""
    return np.asarray(rng.normal(0.0, FULL_LOAD * 10 ** (dbm0 / 20), samples))


def line(*parts: Samples) -> Samples:
    """One after the other."""
    return np.concatenate(parts)


def linear(samples: Samples) -> NDArray[np.int16]:
    """As 16-bit samples, clipped."""
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def octets(samples: Samples, law: Law) -> bytes:
    """As G.711 octets."""
    return law.encode(linear(samples)).tobytes()
