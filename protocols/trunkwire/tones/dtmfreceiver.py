"""A DTMF receiver: which digits are sent in a channel, from when to when (ITU-T Q.23, Q.24; ES 201 235-3).

It meets what any administration of ITU-T Q.24 table A-1 (NTT, AT&T, Denmark, Australia, Brazil) asks for, as
far as they do not contradict each other; ES 201 235-3 lies within that:

=================== ============================================= ==========================================
what                Q.24, must be taken / must not be taken       here
=================== ============================================= ==========================================
frequency           ±1.5 % + 4 Hz (Australia) / ±3.0 % (NTT)      ±1.5 % + 6 Hz, both together 3.65 % apart
level, each         0 to -27 dBm / -55 dBm (AT&T)                 +3 to -40 dBm0
level difference    ±10 dB (Australia) / none                     ±10.5 dB
signal              40 ms / 25 ms (Australia)                     32 to 34 ms
pause between two   30 ms (NTT, Brazil)                           25 to 26 ms
interruption        20 ms (Denmark)                               25 ms in a digit, 13 ms before it is taken
echo                20 ms later, 10 dB down (AT&T)                the same
=================== ============================================= ==========================================

Noise may be 10 dB down. Denmark, NTT, Australia and Brazil would have weak signals (below -29 to -50 dBm)
ignored; AT&T leaves open what lies below -25 dBm, and so does this receiver, for a trunk may lose a few dB.

Theory of operation. A hop (`dtmfhops.py`) is clean if it holds two frequencies of the plan and hardly
anything else. The first clean hop makes a candidate. Its beginning is traced back to where the window was
half full; once it has lasted long enough with enough clean hops, it is a digit if its frequencies are right
on the average and steady, and if neither has a second harmonic as voices have. It ends where the window is
half empty, if that lasts for longer than an interruption and is no echo.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean as mean

import msgspec
import numpy as np

from trunkwire.g711 import Law, Octets, octet_array
from trunkwire.tones.dtmf import KEYS
from trunkwire.tones.dtmfhops import FREQS_HZ, HOP, RATE, WINDOW, Floats, HopMeter, Hops
from trunkwire.tones.level import dbm0_to_power, power_to_dbm0

LEVEL_DBM0 = -40.0
"""The weakest that each of the two frequencies may be."""
QUIET_DBM0 = -50.0
"""A hop of less is silence: no signal begins so faintly."""
TWIST_DB = 10.5
"""How much stronger one frequency may be than the other, either way."""
OFF = 0.015
OFF_HZ = 6.0
"""How far a frequency may be off on the average: so much of it, and so many hertz more."""
APART = 0.0365
"""How far both may be off towards or from each other: 1.8 % each (NTT, Brazil), measured with a little error.

Voices pass for a digit most often with 5:3 for 1 or 2:1 for 2, which is 4 % beside the true ratio.
"""
HOP_FREQUENCY = 0.03
"""The same within one hop, as a share of it."""
SHARE = 0.8
"""The share of a hop's power, but hum and a dial tone heard before, that the two frequencies must have."""
PURITY = 0.88
"""The same on the average."""
UNSTEADY = 2.5
"""The most power, beside the least, of either frequency in the hops that count (4 dB)."""
DRIFT = 0.015
"""How far either frequency may wander from hop to hop, as a share of it."""
HARMONIC = 0.1
"""The most power that the second harmonic of either may have beside it: more of it is a voice."""
NEAR_HZ = 50.0
"""Frequencies nearer than this cannot be told apart in 20 ms."""
FULL = 0.75
"""A hop with this share of a digit's amplitude, or more, should have nothing else."""
GONE = 0.15
"""A hop with less of it (-16 dB) is a pause for certain; an echo may be 10 dB down (Q.24)."""
ECHO_MS = 40.0
"""What does not fall so low for so long is no pause and no echo, but a digit that has become weaker."""
SIGNAL_MS = 32.0
PAUSE_MS = 25.0
EARLY_PAUSE_MS = 13.5
"""A pause before the digit is taken: longer ones, and it begins again."""
DIAL_SHARE = 0.9
"""A hop with so much of its power at 250 to 550 Hz is one of dial tone."""
DIAL_MS = 50
"""What lasts for so long is a dial tone."""
DIAL_MEMORY_MS = 2000
"""A dial tone may go on under the digits for so long after it was last heard alone."""

_HOP_MS = 1000 * HOP / RATE
_SIGNAL = SIGNAL_MS / _HOP_MS
_DIAL = DIAL_MS / _HOP_MS
_DIAL_MEMORY = int(DIAL_MEMORY_MS / _HOP_MS)
_PAUSE = PAUSE_MS / _HOP_MS
_ECHO = ECHO_MS / _HOP_MS
_EARLY_PAUSE = EARLY_PAUSE_MS / _HOP_MS
_CORE = 4
"""So many hops must be the two frequencies and nothing else, as they are where the window is full."""
_LONGEST = 16
"""After so many hops what has not become a digit may begin again."""
_HISTORY = 24
"""Hops remembered, to find where a digit began."""
_NONE = [0.0] * len(FREQS_HZ)


class DtmfDigit(msgspec.Struct, frozen=True):
    """A digit heard: from when to when, the level of both frequencies together and their difference.

    Samples are counted on the line's axis; `last_sample` is None while the digit lasts. `twist_db` is the
    level of the high frequency less that of the low one.
    """

    digit: str
    first_sample: int
    last_sample: int | None
    level_dbm0: float
    twist_db: float


@dataclass(slots=True)
class _Track:
    """A digit, or what may become one: hops of the same two frequencies. Times are in hops."""

    first: int
    """The first clean hop."""
    low: int
    high: int
    low_ref: float = 0.0
    high_ref: float = 0.0
    """Their amplitudes when the window is full."""
    started: float | None = None
    begin: float | None = None
    """Of the first and of the present stretch; None as long as it is not certain."""
    end: float | None = None
    """Of the last stretch, if there is a pause at the moment."""
    weakest: float = 1.0
    """The least envelope in it."""
    solid: float = 0.0
    """How long the stretches before lasted."""
    clean: int = 0
    other: int = 0
    """How many hops were the digit and nothing else, and how many full ones were not."""
    last: int = -1
    """The last clean one."""
    steady: list[Sequence[float]] = field(default_factory=list)
    """Powers and deviations of low and high in clean hops behind another: in the first, phases settle."""
    best: int = 0
    best_level: float = 0.0
    """The hop where it was strongest."""
    received: int | None = None
    """Its place among the digits received."""
    key: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.key = (self.low, self.high)

    def strengthen(self, amplitudes: Sequence[float]) -> None:
        """A clean hop of these amplitudes."""
        self.low_ref = max(self.low_ref, amplitudes[self.low])
        self.high_ref = max(self.high_ref, amplitudes[self.high])

    def add(self, hop: int, amplitudes: Sequence[float], figures: Sequence[float]) -> None:
        """A clean hop that counts, as long as the digit is not yet taken."""
        if self.last == hop - 1:
            self.steady.append(figures)
        self.last = hop
        self.clean += 1
        level = amplitudes[self.low] * amplitudes[self.high]
        if level > self.best_level:
            self.best, self.best_level = hop, level

    def envelope(self, amplitudes: Sequence[float]) -> float:
        """How full a window of these amplitudes is of the digit, 0 … 1."""
        return min(amplitudes[self.low] / self.low_ref, amplitudes[self.high] / self.high_ref)


class DtmfReceiver:
    """Listens to one line from `first_sample` on. Hold on to one per line: it owns its tables."""

    def __init__(self, law: Law, first_sample: int = 0) -> None:
        self.law = law
        self._first = first_sample
        self._meter = HopMeter(law)
        self._quiet = dbm0_to_power(QUIET_DBM0, law) / law.unit**2
        self._min_power = dbm0_to_power(LEVEL_DBM0, law) / law.unit**2
        # Before the line there was silence; the first window ends 5 ms into it.
        self._samples: Floats = np.zeros(_HISTORY * HOP + WINDOW - HOP)
        self._amplitudes = [_NONE] * _HISTORY
        self._hop = 0  # the one that comes next
        self._floor = -_HISTORY  # a digit cannot have begun before this hop
        self._dial_run = 0
        self._dial_until = -1
        self._digit: _Track | None = None
        self._candidate: _Track | None = None
        self._received: list[DtmfDigit] = []

    @property
    def digits(self) -> str:
        """All digits so far."""
        return "".join(digit.digit for digit in self._received)

    @property
    def received(self) -> tuple[DtmfDigit, ...]:
        """All digits so far, each with its end if that has been heard."""
        return tuple(self._received)

    @property
    def sounding(self) -> DtmfDigit | None:
        """The digit that lasts at the moment (or paused too short a time ago to be over)."""
        track = self._digit
        return self._received[track.received] if track and track.received is not None else None

    def feed(self, octets: Octets) -> list[DtmfDigit]:
        """The next octets of the line, any number of them; the digits accepted within them, each once.

        A digit is accepted about 40 ms after its beginning, so its `last_sample` is known only if it has also
        ended within these octets; `received` has it later. Raises TypeError if `octets` are none.
        """
        count = len(self._received)
        new = np.take(self._meter.samples, octet_array(octets).ravel(), mode="clip")
        samples = np.concatenate([self._samples, new])
        ready = samples[_HISTORY * HOP :]
        hops = (len(ready) - WINDOW) // HOP + 1 if len(ready) >= WINDOW else 0
        if hops:
            ready = ready[: HOP * (hops - 1) + WINDOW]
            powers = self._meter.powers(ready)
            if powers.max() < self._quiet:
                self._skip(hops)
            else:
                self._take(self._meter.measure(ready, powers, self._quiet), samples)
            self._hop += hops
        self._samples = samples[HOP * hops :]
        return self._received[count:]

    def _skip(self, hops: int) -> None:
        """So many hops are silent."""
        self._meter.skip()
        self._amplitudes += [_NONE] * min(hops, _HISTORY)
        self._dial_run = 0
        for row in range(_HISTORY, len(self._amplitudes)):
            for track in (self._digit, self._candidate):
                if track:
                    self._follow(track, row, None)
        del self._amplitudes[:-_HISTORY]

    def _take(self, hops: Hops, samples: Floats) -> None:
        """Hops that are not all silent."""
        self._amplitudes += hops.amplitude.tolist()
        both, weaker = hops.power.sum(1), hops.power.min(1)
        fits = (weaker >= self._min_power) & (np.abs(hops.off).max(1) <= HOP_FREQUENCY)
        fits &= hops.power.max(1) <= 10 ** (TWIST_DB / 10) * weaker
        share = both / np.maximum(hops.sound, self._quiet)
        over_dial = both / np.maximum(hops.sound - hops.dial, self._quiet)
        dial = ((hops.dial >= DIAL_SHARE * hops.sound) & (hops.sound >= self._min_power)).tolist()
        keys, fit = hops.best.tolist(), fits.tolist()
        figures = np.hstack([hops.power, hops.off, share[:, None], over_dial[:, None]])
        for index, figure in enumerate(figures.tolist()):
            hop = self._hop + index
            self._dial_run = self._dial_run + 1 if dial[index] else 0
            if self._dial_run >= _DIAL:
                self._dial_until = hop + _DIAL_MEMORY
            if hop <= self._dial_until:
                figure[4] = figure[5]
            key = tuple(keys[index]) if fit[index] and figure[4] >= SHARE else None
            if key or self._digit or self._candidate:
                self._listen(_HISTORY + index, key, figure, samples)
        del self._amplitudes[:-_HISTORY]

    def _listen(
        self, row: int, key: tuple[int, int] | None, figures: Sequence[float], samples: Floats
    ) -> None:
        """The hop in that row of the amplitudes, with the digit that it clearly is, if any."""
        digit, track, hop = self._digit, self._candidate, self._number(row)
        if key and (digit is None or digit.key != key) and (track is None or track.key != key):
            self._candidate = track = _Track(hop, *key)
        if digit:
            if digit.key == key:
                digit.strengthen(self._amplitudes[row])
            self._follow(digit, row, key)
        if track is None:
            return
        if track.key == key:
            track.strengthen(self._amplitudes[row])
            track.add(hop, self._amplitudes[row], figures)
        self._follow(track, row, key)
        decided = self._candidate is track and self._long_enough(track, hop)
        if decided and self._proper(track, samples):
            self._accept(track)
        if decided or hop - track.first > _LONGEST:
            self._candidate = None
            self._floor = hop

    def _number(self, row: int) -> int:
        return self._hop + row - _HISTORY

    def _follow(self, track: _Track, row: int, key: tuple[int, int] | None) -> None:
        """Whether a digit that was there goes on in this hop."""
        now = track.envelope(self._amplitudes[row])
        if track.end is None:
            track.other += track.key != key and now >= FULL
            if now < 0.5:
                track.end = self._crossing(track, row)
                begin = self._begin(track)
                track.started = begin if track.started is None else track.started
                track.solid += track.end - begin
                track.weakest = now
            return
        track.weakest = min(track.weakest, now)
        limit = _PAUSE if track.received is not None else _EARLY_PAUSE
        if now >= 0.5 and (up := self._crossing(track, row)) - track.end <= limit:
            track.begin, track.end = up, None
        elif self._number(row) - track.end > limit:
            self._give_up(track, row)

    def _give_up(self, track: _Track, row: int) -> None:
        """The pause has become too long."""
        if track is self._candidate:
            self._candidate = None
        elif track.weakest < GONE:
            self._end(track, self._number(row))
        elif self._number(row) - (track.end or 0.0) > _ECHO:  # no pause at all, only weaker than before
            track.low_ref, track.high_ref = (self._amplitudes[row][i] for i in track.key)
            track.begin, track.end = track.end, None

    def _crossing(self, track: _Track, row: int) -> float:
        """Where, between the hop before and this one, the window was half full."""
        before, now = (track.envelope(self._amplitudes[at]) for at in (row - 1, row))
        part = (before - 0.5) / (before - now) if before != now else 1.0
        return self._number(row) - 1 + min(max(part, 0.0), 1.0)

    def _begin(self, track: _Track) -> float:
        """When the present stretch began, in hops."""
        if track.begin is not None:
            return track.begin
        row = track.first - self._hop + _HISTORY
        floor = max(self._floor, self._number(1))
        while self._number(row) > floor and track.envelope(self._amplitudes[row - 1]) >= 0.5:
            row -= 1
        return self._crossing(track, row) if self._number(row) > floor else float(floor)

    def _long_enough(self, track: _Track, hop: int) -> bool:
        if track.clean < _CORE:
            return False
        lasted = track.solid + (hop - self._begin(track) if track.end is None else 0.0)
        return lasted >= _SIGNAL

    def _proper(self, track: _Track, samples: Floats) -> bool:
        """Whether the frequencies are right and the sound is no voice."""
        if 2 * track.other > track.clean or len(track.steady) < 2:
            return False
        *powers, low_offs, high_offs, shares, _ = zip(*track.steady, strict=True)
        if any(max(power) > UNSTEADY * min(power) for power in powers):
            return False
        if any(max(offs) - min(offs) > DRIFT for offs in (low_offs, high_offs)):
            return False
        offs = mean(low_offs), mean(high_offs)
        nominal = [FREQS_HZ[i] for i in track.key]
        if any(abs(off) > OFF + OFF_HZ / hz for hz, off in zip(nominal, offs, strict=True)):
            return False
        if abs(offs[0] - offs[1]) > APART or mean(shares) < PURITY:
            return False
        low, high = (hz * (1 + off) for hz, off in zip(nominal, offs, strict=True))
        start = (track.best - self._hop + _HISTORY) * HOP
        return _harmonics(samples[start : start + WINDOW], low, high) <= HARMONIC

    def _accept(self, track: _Track) -> None:
        if track.started is None:
            track.started = track.begin = self._begin(track)
        if self._digit:
            self._end(self._digit, track.started)
        low, high, *_ = map(mean, zip(*track.steady, strict=True))
        track.received = len(self._received)
        level = power_to_dbm0((low + high) * self.law.unit**2, self.law)
        twist = 10 * math.log10(high / low)
        digit = KEYS[track.low][track.high - 4]
        self._received.append(
            DtmfDigit(digit, self._sample(track.started), None, round(level, 2), round(twist, 2))
        )
        self._digit = track

    def _end(self, track: _Track, latest: float) -> None:
        """The digit is over, at that hop if it has not been before."""
        assert track.received is not None
        last = self._sample(latest if track.end is None else track.end) - 1
        digit = self._received[track.received]
        self._received[track.received] = msgspec.structs.replace(digit, last_sample=last)
        self._digit = None

    def _sample(self, hop: float) -> int:
        """The sample in the middle of the window of that hop."""
        return self._first + round(HOP * hop + WINDOW // 2 - (WINDOW - HOP))


_AT = np.arange(WINDOW) - (WINDOW - 1) / 2
_WINDOW = 0.5 + 0.5 * np.cos(2 * np.pi * _AT / WINDOW)


def _harmonics(samples: Floats, low_hz: float, high_hz: float) -> float:
    """The share of power that a second harmonic has beside its sine, of two the larger; by least squares.

    That of the low frequency is left out if it is as good as the high one: of 2, 6 and C, if they are off.
    """
    low, high = np.exp(2j * np.pi / RATE * low_hz * _AT), np.exp(2j * np.pi / RATE * high_hz * _AT)
    sines = np.stack([low, high, high * high, low * low]) * _WINDOW
    if abs(2 * low_hz - high_hz) < NEAR_HZ:
        sines = sines[:3]
    basis = np.concatenate([sines.real, sines.imag])
    fit = np.linalg.solve(basis @ basis.T, basis @ (_WINDOW * samples))
    low_power, high_power, *doubles = (fit[: len(sines)] ** 2 + fit[len(sines) :] ** 2).tolist()
    return float(max(double / power for double, power in zip(doubles, (high_power, low_power), strict=False)))
