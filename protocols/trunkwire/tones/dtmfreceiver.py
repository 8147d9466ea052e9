"""A DTMF receiver: which digits are sent in a channel, from when to when (ITU-T Q.23, Q.24; ES 201 235-3).

Every figure of ITU-T Q.24 table A-1 is met by what is required of any of its administrations (NTT, AT&T,
Denmark, Australia, Brazil) wherever they do not contradict each other:

=================== ============================================= ==========================================
what                Q.24, must be taken / must not be taken       here
=================== ============================================= ==========================================
frequency           ±1.5 % + 4 Hz (Australia) / ±3.0 % (NTT)      ±2.4 %
level, each         0 to -27 dBm / -55 dBm (AT&T)                 +3 to -40 dBm0
level difference    ±10 dB (Australia) / none                     ±10.5 dB
signal              40 ms / 25 ms (Australia)                     28 ms
pause between two   30 ms (NTT, Brazil)                           25 ms
interruption        20 ms (Denmark)                               25 ms in a digit, 12 ms before it is taken
=================== ============================================= ==========================================

Denmark, NTT and Australia would have weak signals (below -29 to -36 dBm) ignored, AT&T would have those of
-25 dBm taken and leaves open what is weaker; so does this receiver, for a trunk may lose a few dB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from trunkwire.g711 import Law, Octets, octet_array
from trunkwire.tones.dtmf import KEYS
from trunkwire.tones.dtmfhops import FREQS_HZ, HOP, RATE, WINDOW, Floats, HopMeter, Hops
from trunkwire.tones.level import dbm0_to_power, power_to_dbm0

LEVEL_DBM0 = -40.0
"""The weakest that each of the two frequencies may be."""
TWIST_DB = 10.5
"""How much stronger one frequency may be than the other, either way."""
FREQUENCY = 0.024
"""How far a frequency may be off, as a share of it, on the average."""
HOP_FREQUENCY = 0.03
"""The same within one hop."""
SHARE = 0.8
"""The share of a hop's power, but hum and a dial tone heard before, that the two frequencies must have."""
HARMONIC = 0.1
"""The most power that the second harmonic of either may have beside it: more of it is a voice."""
SIGNAL_MS = 28.0
PAUSE_MS = 25.0
EARLY_PAUSE_MS = 12.0
"""A pause before the digit is taken: longer ones, and it begins again."""
DIAL_SHARE = 0.9
"""A hop with so much of its power at 250 to 550 Hz is one of dial tone."""
DIAL_MS = 50
"""What lasts for so long is a dial tone."""
DIAL_MEMORY_MS = 2000
"""A dial tone may go on under the digits for so long after it was last heard alone."""

_HOP_MS = 1000 * HOP / RATE
_SIGNAL = SIGNAL_MS / _HOP_MS
_PAUSE = PAUSE_MS / _HOP_MS
_EARLY_PAUSE = EARLY_PAUSE_MS / _HOP_MS
_CORE = 3
"""So many hops must be the two frequencies and nothing else, as they are where the window is full."""
_HISTORY = 24
"""Hops remembered, to find where a digit began."""


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
    unbroken: bool = True
    """No hop of the present pause was without the digit."""
    solid: float = 0.0
    """How long the stretches before lasted."""
    clean: int = 0
    other: int = 0
    """Hops that were the digit and nothing else, and those that were not."""
    low_power: float = 0.0
    high_power: float = 0.0
    low_off: float = 0.0
    high_off: float = 0.0
    steady: int = 0
    """Sums over so many clean hops."""
    best: int = 0
    best_level: float = 0.0
    """The hop where it was strongest."""
    received: int | None = None
    """Its place among the digits received."""

    @property
    def key(self) -> tuple[int, int]:
        return self.low, self.high


class DtmfReceiver:
    """Listens to one line from `first_sample` on. Hold on to one per line: it owns its tables."""

    def __init__(self, law: Law, first_sample: int = 0) -> None:
        self.law = law
        self._first = first_sample
        self._meter = HopMeter(law)
        self._unit_power = dbm0_to_power(0.0, law) / law.unit**2
        self._min_power = dbm0_to_power(LEVEL_DBM0, law) / law.unit**2
        # Before the line there was silence; the first window ends 5 ms into it.
        self._samples: Floats = np.zeros(_HISTORY * HOP + WINDOW - HOP)
        self._amplitude: Floats = np.zeros((_HISTORY, len(FREQS_HZ)))
        self._hop = 0  # the one that comes next
        self._floor = 0  # a digit cannot have begun before this hop
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
            if powers.max() < self._min_power:
                self._skip(hops)
            else:
                self._take(self._meter.measure(ready, powers), samples)
            self._hop += hops
        self._samples = samples[HOP * hops :]
        return self._received[count:]

    def _skip(self, hops: int) -> None:
        """So many hops are silent."""
        self._meter.forget()
        silence = np.zeros((hops, len(FREQS_HZ)))
        self._amplitude = np.vstack([self._amplitude, silence])
        self._dial_run = 0
        for hop in range(min(hops, _HISTORY)):
            if self._digit is None and self._candidate is None:
                break
            self._follow(_HISTORY + hop, None)
        self._amplitude = self._amplitude[-_HISTORY:]

    def _take(self, hops: Hops, samples: Floats) -> None:
        """Hops that are not all silent."""
        self._amplitude = np.vstack([self._amplitude, hops.amplitude])
        both = hops.low_power + hops.high_power
        twist = 10 ** (TWIST_DB / 10)
        fits = (np.minimum(hops.low_power, hops.high_power) >= self._min_power) & (
            np.maximum(np.abs(hops.low_off), np.abs(hops.high_off)) <= HOP_FREQUENCY
        )
        fits &= (hops.low_power <= twist * hops.high_power) & (hops.high_power <= twist * hops.low_power)
        clean = (fits & (both >= SHARE * hops.sound)).tolist()
        over_dial = (fits & (both >= SHARE * (hops.sound - hops.dial))).tolist()
        dial = ((hops.dial >= DIAL_SHARE * hops.sound) & (hops.sound >= self._min_power)).tolist()
        lows, highs = hops.low.tolist(), hops.high.tolist()
        figures = np.stack([hops.low_power, hops.high_power, hops.low_off, hops.high_off], 1)
        for index in range(len(clean)):
            hop = self._hop + index
            self._dial_run = self._dial_run + 1 if dial[index] else 0
            if self._dial_run * _HOP_MS >= DIAL_MS:
                self._dial_until = hop + int(DIAL_MEMORY_MS / _HOP_MS)
            key = None
            if clean[index] or (over_dial[index] and hop <= self._dial_until):
                key = (lows[index], highs[index])
            if key or self._digit or self._candidate:
                self._listen(_HISTORY + index, key, figures[index].tolist() if key else (), samples)
        self._amplitude = self._amplitude[-_HISTORY:]

    def _listen(
        self, row: int, key: tuple[int, int] | None, figures: Sequence[float], samples: Floats
    ) -> None:
        """The hop in that row of the amplitudes, with the digit that it clearly is, if any."""
        if key and not any(track and track.key == key for track in (self._digit, self._candidate)):
            self._candidate = _Track(self._number(row), *key)
        for track in (self._digit, self._candidate):
            if track and track.key == key:
                self._add(track, row, figures)
        self._follow(row, key)
        track = self._candidate
        if track and self._long_enough(track, self._number(row)):
            self._candidate = None
            if self._proper(track, samples):
                self._accept(track)
            self._floor = self._number(row)

    def _number(self, row: int) -> int:
        return self._hop + row - _HISTORY

    def _add(self, track: _Track, row: int, figures: Sequence[float]) -> None:
        """A clean hop of that digit."""
        low, high = self._amplitude[row, track.low], self._amplitude[row, track.high]
        track.low_ref, track.high_ref = max(track.low_ref, low), max(track.high_ref, high)
        if track.received is not None:
            return
        track.clean += 1
        if low * high > track.best_level:
            track.best, track.best_level = self._number(row), low * high
        if track.clean > 1:  # the first one's phase is still settling
            track.steady += 1
            track.low_power += figures[0]
            track.high_power += figures[1]
            track.low_off += figures[2]
            track.high_off += figures[3]

    def _envelope(self, track: _Track, row: int) -> float:
        """How full the window is of the digit, 0 … 1."""
        low, high = self._amplitude[row, track.low], self._amplitude[row, track.high]
        return float(min(low / track.low_ref, high / track.high_ref))

    def _follow(self, row: int, key: tuple[int, int] | None) -> None:
        """Whether what was there goes on in this hop."""
        hop = self._number(row)
        for track in (self._digit, self._candidate):
            if track is None:
                continue
            now = self._envelope(track, row)
            if track.end is None:
                track.other += track.key != key
                if now < 0.5:
                    track.end = self._crossing(track, row)
                    begin = self._begin(track)
                    track.started = begin if track.started is None else track.started
                    track.solid += track.end - begin
                    track.unbroken = track.key == key
                continue
            track.unbroken &= track.key == key
            limit = _PAUSE if track.received is not None else _EARLY_PAUSE
            if now >= 0.5 and (up := self._crossing(track, row)) - track.end <= limit:
                track.begin, track.end = up, None
            elif hop - track.end > limit:
                self._give_up(track, row)

    def _give_up(self, track: _Track, row: int) -> None:
        """The pause has become too long."""
        if track is self._candidate:
            self._candidate = None
        elif track.unbroken:  # no pause at all, only much weaker than before
            track.low_ref, track.high_ref = (float(self._amplitude[row, i]) for i in track.key)
            track.begin, track.end = track.end, None
        else:
            self._end(track)

    def _crossing(self, track: _Track, row: int) -> float:
        """Where, between the hop before and this one, the window was half full."""
        before, now = self._envelope(track, row - 1), self._envelope(track, row)
        part = (before - 0.5) / (before - now) if before != now else 1.0
        return self._number(row) - 1 + min(max(part, 0.0), 1.0)

    def _begin(self, track: _Track) -> float:
        """When the present stretch began, in hops."""
        if track.begin is not None:
            return track.begin
        row = track.first - self._hop + _HISTORY
        while row > 1 and self._number(row) > self._floor and self._envelope(track, row - 1) >= 0.5:
            row -= 1
        return self._crossing(track, row) if self._number(row) > self._floor else float(self._floor)

    def _long_enough(self, track: _Track, hop: int) -> bool:
        if track.clean < _CORE:
            return False
        lasted = track.solid + (hop - self._begin(track) if track.end is None else 0.0)
        return lasted >= _SIGNAL

    def _proper(self, track: _Track, samples: Floats) -> bool:
        """Whether the frequencies are right and the sound is no voice."""
        if track.other > track.clean:
            return False
        offs = track.low_off / track.steady, track.high_off / track.steady
        if max(map(abs, offs)) > FREQUENCY:
            return False
        start = (track.best - self._hop + _HISTORY) * HOP
        low, high = (FREQS_HZ[i] * (1 + off) for i, off in zip(track.key, offs, strict=True))
        return _harmonics(samples[start : start + WINDOW], low, high) <= HARMONIC

    def _accept(self, track: _Track) -> None:
        if self._digit:
            self._end(self._digit)
        low, high = track.low_power / track.steady, track.high_power / track.steady
        track.received = len(self._received)
        if track.started is None:
            track.started = track.begin = self._begin(track)
        level = power_to_dbm0((low + high) * self.law.unit**2, self.law)
        twist = float(10 * np.log10(high / low))
        digit = KEYS[track.low][track.high - 4]
        self._received.append(
            DtmfDigit(digit, self._sample(track.started), None, round(level, 2), round(twist, 2))
        )
        self._digit = track

    def _end(self, track: _Track) -> None:
        """The digit is over."""
        assert track.received is not None
        end = track.end if track.end is not None else float(self._floor)
        last = self._sample(end) - 1
        digit = self._received[track.received]
        self._received[track.received] = msgspec.structs.replace(digit, last_sample=last)
        self._digit = None

    def _sample(self, hop: float) -> int:
        """The sample in the middle of the window of that hop."""
        return self._first + round(HOP * hop + WINDOW // 2 - (WINDOW - HOP))


def _harmonics(samples: Floats, low_hz: float, high_hz: float) -> float:
    """The share of power that a second harmonic has beside its sine, of two the larger; by least squares."""
    at = np.arange(len(samples)) - len(samples) / 2
    freqs = np.array((low_hz, high_hz, 2 * low_hz, 2 * high_hz))
    angle = at[:, None] * (2 * np.pi / RATE * freqs)
    window = (0.5 + 0.5 * np.cos(2 * np.pi * at / len(samples)))[:, None]
    basis = window * np.hstack([np.cos(angle), np.sin(angle), np.ones((len(samples), 1))])
    fit = np.linalg.solve(basis.T @ basis, basis.T @ (window[:, 0] * samples))
    powers = fit[:4] ** 2 + fit[4:8] ** 2
    return float(max(powers[2] / powers[0], powers[3] / powers[1]))
