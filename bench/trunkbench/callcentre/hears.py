"""Hearing *that* recording, and *that* agent: conditions on a call for what only a call centre plays.

Tones and speech are told by `trunkbench.hearing`; which announcement it is, is a matter of comparison. What
was heard in a window is correlated with the whole recording at every offset, so that neither the beginning
nor the delay on the way matters, nor level, polarity, or a change of law; silence is never alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trunkbench.callcentre.sounds import SAMPLE_RATE, Recording
from trunkbench.ear import BLOCK, BLOCK_SAMPLES
from trunkwire.g711 import Law
from trunkwire.ticks import SAMPLE, Tick
from trunkwire.tones.level import dbm0_to_power

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.device import Source

WINDOW_BLOCKS = 40
"""How much is compared at a time: 0.8 s, some four syllables or three notes."""
HOP_BLOCKS = 20
"""How often: every 0.4 s, until it is alike."""
SHORTEST_BLOCKS = 10
"""Shorter recordings are alike to too much."""
ALIKE = 0.75
"""The correlation from which on it is that recording. Law to law gives 0.99 and more; another recording, a
tone or an identification tone stays below 0.5."""
QUIETEST_DBM0 = -45.0
"""Windows with less are silence: nothing is concluded from them."""
LATEST = SAMPLE_RATE // 4
"""How much later than it was played a source may be heard, in samples: 250 ms."""

Floats = NDArray[np.float64]


def alike_recording(heard: Floats, recording: Recording) -> float:
    """The greatest correlation, 0 … 1, of what was heard with any stretch of that length of the recording,
    whose beginning follows upon its end. `heard` is linear samples, not more than the recording has. Where
    one of them is silent they are not alike.
    """
    n, whole = len(heard), len(recording.samples)
    product = np.fft.irfft(recording.spectrum * np.conj(np.fft.rfft(heard, whole)), whole)
    return _greatest(product, recording.powers(n), heard)


def alike_source(heard: Floats, played: Floats) -> float:
    """The same for any stretch of `played`, which has more samples than were heard."""
    n = len(heard)
    sums = np.concatenate([[0.0], np.cumsum(played**2)])
    return _greatest(np.correlate(played, heard, "valid"), sums[n:] - sums[:-n], heard)


def _greatest(products: Floats, powers: Floats, heard: Floats) -> float:
    power = float(np.dot(heard, heard))
    floor = len(heard) * dbm0_to_power(QUIETEST_DBM0, Law.ALAW)
    there = powers >= floor
    if power < floor or not there.any():
        return 0.0
    return float(np.max(np.abs(products[there]) / np.sqrt(powers[there] * power)))


class SoundMeter:
    """Compares what lines hear with one recording (at any place of it) or one source (at its own time)."""

    def __init__(self, sound: Recording | Source, law: Law) -> None:
        """Raises ValueError for a recording shorter than 0.2 s."""
        self.sound, self.law = sound, law
        self.blocks = WINDOW_BLOCKS
        """How many blocks are compared at a time."""
        self.name = "that source"
        if isinstance(sound, Recording):
            self.name = sound.name
            self.blocks = min(WINDOW_BLOCKS, len(sound.samples) // BLOCK_SAMPLES)
            if self.blocks < SHORTEST_BLOCKS:
                raise ValueError(f"{sound!r} is too short to be told from others: 0.2 s at least")

    def compare(self, heard: bytes, first: int) -> float:
        """How alike `heard` is, octets from sample `first` of the line's axis on: 0 … 1."""
        samples = self._linear(heard)
        samples -= samples.mean()
        if isinstance(self.sound, Recording):
            return alike_recording(samples, self.sound)
        return alike_source(samples, self._linear(self.sound(first - LATEST, len(heard) + LATEST)))

    def _linear(self, octets: bytes) -> Floats:
        return self.law.decode(octets).astype(np.float64)


class HearsSound:
    """The line of a call hears a recording or a source: true from the end of the window that is alike."""

    def __init__(self, call: Call, sound: Recording | Source) -> None:
        self._call = call
        self._meter = SoundMeter(sound, call.exchange.lines.law)
        self._first = -(-call.exchange.now // BLOCK)
        self._since: Tick | None = None
        self.best = 0.0
        """The greatest likeness so far."""

    def check(self, upto: Tick) -> Tick | None:
        """The end of the window."""
        until = min(self._call.last_sample() // BLOCK_SAMPLES, upto // BLOCK)
        blocks = self._meter.blocks
        while self._since is None and self._first + blocks <= until:
            first, n = self._first * BLOCK_SAMPLES, blocks * BLOCK_SAMPLES
            self._first += HOP_BLOCKS
            ear = self._call.ear
            if ear.lost(first, n) or ear.quiet(first, n):
                continue
            likeness = self._meter.compare(ear.octets(first, n), first)
            self.best = max(self.best, likeness)
            if likeness >= ALIKE:
                self._since = (first + n) * SAMPLE
        return self._since if self._since is not None and self._since <= upto else None

    def failed(self) -> str | None:
        """Not on hook, and not after the call."""
        call = self._call
        if call.hung_up_at is not None:
            return f"{call.name} is on hook and hears nothing"
        if call.cleared_at is not None:
            return f"{call.name} has no channel any more"
        return None

    def describe(self) -> str:
        """Who is to hear what, and how alike it was."""
        return f"{self._call.name} hears {self._meter.name} (at best {self.best:.0%} alike)"

    def next_look(self, now: Tick) -> Tick | None:
        """The end of the window that is going on, once the line is on the trunk."""
        if not self._call.on_trunk:
            return None
        return max((self._first + self._meter.blocks) * BLOCK, (now // BLOCK + 1) * BLOCK)


def hears_sound(call: Call, sound: Recording | Source) -> HearsSound:
    """The caller hears that recording, from now on. Raises ValueError for one shorter than 0.2 s."""
    return HearsSound(call, sound)


def likeness(call: Call, sound: Recording | Source, since: Tick) -> float:
    """How alike what the call's line heard from tick `since` on (the pump's) was at best: 0 … 1.

    For what must *not* be heard; 0.75 and more is that sound.
    """
    meter = SoundMeter(sound, call.exchange.lines.law)
    block, end = -(-since // BLOCK), call.last_sample() // BLOCK_SAMPLES
    best, n = 0.0, meter.blocks * BLOCK_SAMPLES
    while block + meter.blocks <= end:
        first = block * BLOCK_SAMPLES
        if not call.ear.lost(first, n):
            best = max(best, meter.compare(call.ear.octets(first, n), first))
        block += HOP_BLOCKS
    return best
