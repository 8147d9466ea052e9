"""Tones as sources: pure functions of the sample index (docs/design.md, "Audio").

A source owns nothing but tables, so any stretch of it may be asked for, in any order and any number of times,
and silence before the start costs nothing. The phase runs on through pauses and across calls.
"""

from __future__ import annotations

import copy
import math

import numpy as np
from numpy.typing import NDArray

from trunkwire.g711 import Law
from trunkwire.tones.level import reference_rms
from trunkwire.tones.zones import Segment, ToneSpec

SAMPLES_PER_MS = 8


class ToneSource:
    """The octets of a tone that begins at `start_sample`: call it with (first sample, count)."""

    def __init__(self, spec: ToneSpec, law: Law, start_sample: int = 0) -> None:
        self.spec = spec
        self.law = law
        self.start_sample = start_sample
        self._period = spec.period_ms * SAMPLES_PER_MS
        self._pieces: list[tuple[int, int, Segment, bytes]] = []  # from, to, what, its table
        position = 0
        for segment in spec.segments:
            end = position + segment.ms * SAMPLES_PER_MS
            self._pieces.append((position, end, segment, self._table(segment)))
            position = end

    def starting_at(self, start_sample: int) -> ToneSource:
        """The same tone, with the same tables, from another sample on."""
        again = copy.copy(self)
        again.start_sample = start_sample
        return again

    def __call__(self, first: int, n: int) -> bytes:
        """`n` octets from sample `first` (on the line's axis) on. Raises ValueError if `n` is negative."""
        if n < 0:
            raise ValueError(f"cannot render {n} samples")
        before = min(max(self.start_sample - first, 0), n)
        parts = [self.law.silent(before)] if before else []
        index = first + before - self.start_sample
        left = n - before
        while left:
            octets = self._stretch(index, left)
            parts.append(octets)
            index += len(octets)
            left -= len(octets)
        return b"".join(parts) if len(parts) != 1 else parts[0]

    def _stretch(self, index: int, n: int) -> bytes:
        """Up to `n` octets from the index-th sample of the tone on, ending with their segment."""
        if not self._period:
            _, _, segment, table = self._pieces[0]
            return self._sound(segment, table, index, n)
        offset = index % self._period
        for _start, end, segment, table in self._pieces:
            if offset < end:
                n = min(n, end - offset)
                return self._sound(segment, table, index, n) if segment.freqs else self.law.silent(n)
        raise AssertionError("an offset lies within its period")

    def _sound(self, segment: Segment, table: bytes, index: int, n: int) -> bytes:
        if not table:
            return self._render(segment.freqs, np.arange(index, index + n)).tobytes()
        offset = index % len(table)
        return (table * ((offset + n - 1) // len(table) + 1))[offset : offset + n]

    def _table(self, segment: Segment) -> bytes:
        """One period of the waveform, if it has one: whole Hz repeat within a second. Empty if it has not."""
        if not segment.freqs or self.spec.rise_ms or not all(f == int(f) for f in segment.freqs):
            return b""
        length = 8000 // math.gcd(8000, *(int(f) for f in segment.freqs))
        return self._render(segment.freqs, np.arange(length)).tobytes()

    def _render(self, freqs: tuple[float, ...], index: NDArray[np.int64]) -> NDArray[np.uint8]:
        level = np.full(len(index), self.spec.level_dbm0)
        if self.spec.rise_ms:
            level += self.spec.rise_db * np.minimum(index / (self.spec.rise_ms * SAMPLES_PER_MS), 1.0)
        # A sine of amplitude a has the power a²/2; n of them share the power of the tone.
        amplitude = reference_rms(self.law) * np.sqrt(2 / len(freqs)) * 10 ** (level / 20)
        wave = np.zeros(len(index))
        for freq in freqs:
            wave += np.sin(2 * np.pi / 8000 * ((freq * index) % 8000))
        return self.law.encode(np.clip(np.rint(amplitude * wave), -32768, 32767).astype(np.int16))


def tone_source(spec: ToneSpec, law: Law, start_sample: int = 0) -> ToneSource:
    """A source of that tone, from `start_sample` on (silence before), in octets of `law`."""
    return ToneSource(spec, law, start_sample)
