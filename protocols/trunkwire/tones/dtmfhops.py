"""What each 5 ms hop of a line holds of the eight DTMF frequencies (ITU-T Q.23), for the receiver to judge.

Theory of operation. Every 5 ms a Hann window of 20 ms is correlated with the eight frequencies. A window this
long keeps the other group and a dial tone 40 dB away; what lies within 100 Hz of a nominal frequency turns up
there, and how its phase advances from hop to hop tells its true frequency to a fraction of a hertz. The
amplitude follows the filling of the window, so a tone begins and ends where it crosses one half.

Samples, and the windows that they are multiplied by, are whole numbers: every sum is exact, so the result
does not depend on how many hops are looked at at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkwire.g711 import Law
from trunkwire.tones.dtmf import COLUMNS_HZ, ROWS_HZ
from trunkwire.tones.products import product

WINDOW = 160
HOP = 40
RATE = 8000
FREQS_HZ = (*ROWS_HZ, *COLUMNS_HZ)
HUM_HZ = (0.0, 50.0, 100.0)
"""Direct current and the mains are nobody's signal."""
DIAL_HZ = (250.0, 300.0, 350.0, 400.0, 450.0, 500.0, 550.0)
"""Multiples of 50 Hz hold, over a window, all the energy of a dial tone of 350 to 450 Hz (ITU-T E.180)."""

_SCALE = 2048
_TONES = len(FREQS_HZ)
_NOMINAL = np.array(FREQS_HZ)
_GROUPS = np.array([0, len(ROWS_HZ)])

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hops:
    """Features of n hops.

    amplitude: (n, 8) of each frequency, as if it were nominal, in steps of the law. best: (n, 2) index into
    `FREQS_HZ` of the strongest of each group. power: (n, 2) their mean squares, at their true frequencies.
    off: (n, 2) how far these are off, as a share of the nominal ones. sound: (n,) mean square of the whole
    but hum. dial: (n,) that of a dial tone within it.
    """

    amplitude: Floats
    best: NDArray[np.intp]
    power: Floats
    off: Floats
    sound: Floats
    dial: Floats


class HopMeter:
    """Measures the hops of one line, in order; it remembers the phases of the last one."""

    def __init__(self, law: Law) -> None:
        at = np.arange(WINDOW) - (WINDOW - 1) / 2
        window = 0.5 + 0.5 * np.cos(2 * np.pi * at / WINDOW)
        grid = np.array((*FREQS_HZ, *HUM_HZ, *DIAL_HZ))
        angle = at[:, None] * (2 * np.pi / RATE * grid)
        shaped = window[:, None]
        self._basis = np.rint(_SCALE * np.hstack([shaped * np.cos(angle), -shaped * np.sin(angle)]))
        self._energy_window = np.rint(_SCALE * window**2)
        self._amplitude_gain = 2 / (_SCALE * float(window.sum()))
        self._power_gain = 1 / float(self._energy_window.sum())
        # Parseval: a window's energy is that of its 160 bins, and those but the first are there twice.
        bins = np.full(len(HUM_HZ) + len(DIAL_HZ), 2.0)
        bins[0] = 1.0
        self._bin_gain = bins / WINDOW / _SCALE**2 / float((window**2).sum())
        self._turn = np.exp(-2j * np.pi * HOP / RATE * np.array(FREQS_HZ))
        self._last = np.zeros(_TONES, np.complex128)
        self.samples = law.decode(bytes(range(256))).astype(np.float64) / law.unit
        """The value of each octet in steps of the law."""

    def skip(self) -> None:
        """Before the next hop there was silence: only quiet hops, which need not be measured."""
        self._last = np.zeros(_TONES, np.complex128)

    def powers(self, samples: Floats) -> Floats:
        """The mean square of each hop of samples (40·n + 120)."""
        return product(_frames(samples * samples), self._energy_window[:, None])[:, 0] * self._power_gain

    def measure(self, samples: Floats, powers: Floats, quiet: float) -> Hops:
        """The features of the hops of samples (40·n + 120), of those mean squares.

        Those of less than `quiet` are taken for silence, so that it makes no difference to leave them out.
        """
        sums = product(_frames(samples), self._basis)
        sums[powers < quiet] = 0.0
        kinds = sums.shape[1] // 2
        phasors = sums[:, :_TONES] + 1j * sums[:, kinds : kinds + _TONES]
        squares = sums[:, _TONES:kinds] ** 2 + sums[:, kinds + _TONES :] ** 2
        parts = squares * self._bin_gain
        hum = parts[:, : len(HUM_HZ)].sum(1)
        dial = parts[:, len(HUM_HZ) :].sum(1)
        amplitude = np.abs(phasors) * self._amplitude_gain
        before = np.vstack([self._last, phasors[:-1]])
        self._last = phasors[-1].copy()
        best = amplitude.reshape(-1, 2, _TONES // 2).argmax(2) + _GROUPS
        at = np.arange(len(best))[:, None]
        advance = np.angle(phasors[at, best] * before[at, best].conj() * self._turn[best])
        off_hz = advance * (RATE / (2 * np.pi * HOP))
        power = amplitude[at, best] ** 2 / (2 * _droop(off_hz))
        sound = np.maximum(powers - hum, 0.0)
        return Hops(amplitude, best, power, off_hz / _NOMINAL[best], sound, dial)


def _frames(samples: Floats) -> Floats:
    """The windows of the samples, one each hop."""
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP])


def _droop(off_hz: Floats) -> Floats:
    """The share of its power that a tone shows that is so many hertz beside the frequency looked at."""
    bins = np.clip(off_hz * (WINDOW / RATE), -0.95, 0.95)
    return np.asarray((np.sinc(bins) / (1 - bins * bins)) ** 2)
