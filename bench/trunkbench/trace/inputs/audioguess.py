"""Whether octets are audio, and how it is coded: G.711 in either bit order, or 16-bit linear.

Speech, tones and room noise at 8 kHz change little from one sample to the next and have no steady part; with
a wrong law or bit order, and in anything that is not audio, that is not so. The measure is the correlation of
neighbouring samples, which is 0 for noise and compressed or encrypted data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkwire.g711 import Law
from trunkwire.hdlc.fcs import MIRROR

LEAST = 1600
"""Samples from which it is judged: 0.2 s."""
_LEAST_ACTIVE = 800
"""Octets that are left of these without idle fill."""
_CORRELATION = 0.6
_LINEAR_CORRELATION = 0.45
_STEADY = 0.25
"""Mean by standard deviation above which it is no audio."""
_SIGNS = 0.2
"""Share of samples that must have either sign."""
_ACTIVE = 0.02
_RUN = 8
"""Equal octets in a row that are idle fill and no audio."""
_CONTROLS = 0.01
"""Share of control characters below which 16-bit samples are taken for text."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How audio is coded: G.711 of a law, or (law None) 16-bit linear. `swapped`: bits or octets reversed."""

    law: Law | None
    swapped: bool
    correlation: float

    def describe(self) -> str:
        """For the user."""
        if self.law is None:
            return f"16-bit linear, {'big' if self.swapped else 'little'} endian"
        name = "A-law" if self.law is Law.ALAW else "µ-law"
        return f"{name}, {'least' if self.swapped else 'most'} significant bit first"

    def octets(self, data: bytes) -> bytes:
        """The data as G.711 octets, most significant bit first; linear audio becomes A-law."""
        if self.law is not None:
            return data.translate(MIRROR) if self.swapped else data
        samples = np.frombuffer(data[: len(data) // 2 * 2], ">i2" if self.swapped else "<i2")
        return Law.ALAW.encode(samples.astype(np.int16)).tobytes()

    @property
    def width(self) -> int:
        """Octets of a sample."""
        return 2 if self.law is None else 1


def guess(data: bytes) -> Coding | None:
    """How the audio in `data` is coded; None if it is none."""
    if len(data) < 2 * LEAST:
        return None
    data = _without_fill(data)
    if len(data) < _LEAST_ACTIVE:
        return None
    found = []
    for swapped in (False, True):
        octets = np.frombuffer(data.translate(MIRROR) if swapped else data, np.uint8)
        for law in Law:
            correlation = _correlation(law.decode(octets))
            if correlation >= _CORRELATION:
                found.append(Coding(law, swapped, correlation))
        samples = np.frombuffer(data[: len(data) // 2 * 2], ">i2" if swapped else "<i2")
        correlation = _correlation(samples)
        if correlation >= _LINEAR_CORRELATION and not _is_text(data):
            found.append(Coding(None, swapped, correlation))
    return max(found, key=lambda coding: coding.correlation) if found else None


def _without_fill(data: bytes) -> bytes:
    """The data without pairs of octets that only repeat what was before (an idle channel)."""
    octets = np.frombuffer(data[: len(data) // 2 * 2], np.uint8)
    same = np.concatenate(([False], octets[1:] == octets[:-1]))
    changes = np.flatnonzero(~same)
    lengths = np.diff(np.append(changes, len(octets)))
    kept = np.repeat(lengths < _RUN, lengths).reshape(-1, 2)
    # Pairs, so that 16-bit samples stay whole.
    return octets.reshape(-1, 2)[kept.any(axis=1)].tobytes()


def _is_text(data: bytes) -> bool:
    """Whether octets are rather text in an encoding of its own: samples hold control characters by chance."""
    controls = sum(data.count(bytes((octet,))) for octet in range(32) if octet not in b"\t\n\f\r\x1b\0")
    return controls < _CONTROLS * len(data)


def _correlation(samples: NDArray[np.int16]) -> float:
    """Of neighbouring samples; 0 for what cannot be audio."""
    values = samples.astype(np.float64)
    mean, deviation = float(values.mean()), float(values.std())
    if not deviation or abs(mean) > _STEADY * deviation:
        return 0.0
    positive, negative = float((values > 0).mean()), float((values < 0).mean())
    quiet = 1 - positive - negative
    if min(positive, negative) < _SIGNS * (1 - quiet) or 1 - quiet < _ACTIVE:
        return 0.0
    values -= mean
    return float((values[1:] * values[:-1]).sum() / (values**2).sum())
