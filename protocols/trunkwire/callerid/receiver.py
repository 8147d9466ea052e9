"""A receiver of messages sent by frequency shift keying (ETSI EN 300 659-1; ITU-T V.23, Bell 202).

Theory of operation, all of it on whole arrays: an analytic band pass around the centre frequency leaves a
phasor; how far it turns from one sample to the next, weighted with its power, is negative while there is mark
and positive while there is space. Its crossings from mark to space are where start bits may begin, and ten
bits are read behind every one of them at once. Only then is it followed, crossing by crossing, which of
those characters belong to a message: the first crossing behind a steady mark of the right frequency begins
it, its second octet says how many there are.

Each start bit is the time base of its own character, so the bit rate may be off by a few per cent.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from trunkwire.callerid.message import HEADER, LONGEST, checksum
from trunkwire.callerid.modem import (
    BIT_RATE,
    CHARACTER_BITS,
    MARK_BITS,
    SAMPLE_RATE,
    SEIZURE_BITS,
    TAIL_BITS,
    Modem,
    modem,
)
from trunkwire.g711 import Law, Octets, octet_array
from trunkwire.tones.level import dbm0_to_power, power_to_dbm0

Floats = NDArray[np.float64]

WEAKEST_DBM0 = -43.0
"""Weaker than this is nothing: well below the -36 dBm0 at which a message has to be read."""
FADE = 0.1
"""The carrier is there while its power is at least this share of that of the mark (-10 dB)."""
SHORTEST_MARK_BITS = 40
"""So much mark announces a message: it is 55 bits or more during a call, 155 on the hook."""
MARK_REACH_HZ = 60.0
"""How far the frequency of the mark may be off: ±1.5 % of it, and noise."""
LONGEST_GAP_BITS = 20
"""More mark than this behind a character, and the message has broken off (ten are allowed)."""
SAMPLES_PER_BIT = SAMPLE_RATE / BIT_RATE

LONGEST_MESSAGE = HEADER + LONGEST + 1
LONGEST_SAMPLES = int(
    (SEIZURE_BITS + MARK_BITS + TAIL_BITS + CHARACTER_BITS * LONGEST_MESSAGE) * SAMPLES_PER_BIT * 1.05
)
"""A transmission does not last longer, but for gaps between its characters."""
QUIET_SAMPLES = 400
"""A line that has been quiet for 50 ms has said what it had to say."""

_PIECE = 80
_TAPS = 17
_CUTOFF_HZ = 1100.0


class Found(msgspec.Struct, frozen=True):
    """A message, or the beginning of one that broke off.

    first_sample: where its carrier began; last_sample: the last one of the stop bit of its last octet; both
    on the axis of what was searched. message: its octets from the type to the checksum, what there was of
    them. checksum_ok: it is whole and adds up. level_dbm0, mark_hz, mark_bits: of the mark before it.
    """

    first_sample: int
    last_sample: int
    message: bytes
    checksum_ok: bool
    level_dbm0: float
    mark_hz: float
    mark_bits: int


@dataclass(frozen=True, slots=True)
class _Demodulated:
    """What the demodulator makes of the line, by samples, and of its crossings from mark to space."""

    power: Floats
    turn: NDArray[np.complex128]
    crossings: Floats
    """Where mark becomes space, in samples and fractions."""
    marked: NDArray[np.int64]
    """For every crossing the first sample of the mark before it."""
    characters: list[int]
    """For every crossing the octet behind its start bit; -1 where that is no character."""


class FskReceiver:
    """Finds messages in octets of `law`, sent with one of the standards of `trunkwire.callerid.modem`.

    `find` searches an array as a whole. `feed` is for a line that goes on: it keeps what it needs.
    """

    def __init__(self, law: Law, standard: str | Modem = "v23") -> None:
        self.law = law
        self.modem = modem(standard)
        n = np.arange(_TAPS) - _TAPS // 2
        low = np.sinc(2 * _CUTOFF_HZ / SAMPLE_RATE * n) * np.hamming(_TAPS)
        turn = 2 * np.pi / SAMPLE_RATE
        # With √2 the squared magnitude of the phasor is the power of a sine at the centre frequency.
        self._band = np.sqrt(2) * low / low.sum() * np.exp(1j * turn * self.modem.centre_hz * n)
        self._still = np.exp(-1j * turn * self.modem.centre_hz)
        self._gain = float(abs(np.sum(self._band * np.exp(-1j * turn * self.modem.mark_hz * n))) ** 2 / 2)
        self._offsets = (1.5 + np.arange(CHARACTER_BITS - 1)) * SAMPLES_PER_BIT
        self._held = np.zeros(0, np.uint8)
        self._held_first = 0
        self._told = -1

    def feed(self, first_sample: int, octets: Octets) -> list[Found]:
        """Go on with `octets` from `first_sample` on; the messages that are over by now, each once.

        They are reported when the line has fallen quiet, or when enough has come that they must be whole. A
        jump of `first_sample` forgets what came before.
        """
        block = octet_array(octets)
        if first_sample != self._held_first + len(self._held):
            self._held, self._held_first = block[:0], first_sample
        held = self._held = np.concatenate([self._held, block])
        loud = self._loud(held)
        quiet = len(held) - loud >= QUIET_SAMPLES
        if not loud:
            self._drop(QUIET_SAMPLES)
        if not loud or not (quiet or len(held) >= 2 * LONGEST_SAMPLES):
            return []
        found = [one for one in self.find(held, self._held_first) if one.first_sample > self._told]
        self._told = max([self._told, *(one.last_sample for one in found)])
        self._drop(QUIET_SAMPLES if quiet else LONGEST_SAMPLES)
        return found

    def find(self, octets: Octets, first_sample: int = 0) -> list[Found]:
        """The messages in `octets`, of which the first is sample `first_sample`.

        One that is still being sent where the octets end is not among them.
        """
        samples = self.law.decode(octets).astype(np.float64)
        if len(samples) < SHORTEST_MARK_BITS * SAMPLES_PER_BIT:
            return []
        return list(self._messages(self._demodulate(samples), first_sample))

    def _loud(self, octets: NDArray[np.uint8]) -> int:
        """How many of the octets there are up to the last that is not quiet; 0 if all are."""
        edges = np.arange(0, len(octets), _PIECE)
        if not len(edges):
            return 0
        energy = np.add.reduceat(self.law.decode(octets).astype(np.float64) ** 2, edges)
        loud = np.flatnonzero(energy >= _PIECE * dbm0_to_power(WEAKEST_DBM0, self.law))
        return min((int(loud[-1]) + 1) * _PIECE, len(octets)) if len(loud) else 0

    def _drop(self, keep: int) -> None:
        surplus = max(len(self._held) - keep, 0)
        self._held, self._held_first = self._held[surplus:], self._held_first + surplus

    def _demodulate(self, samples: Floats) -> _Demodulated:
        real = np.convolve(samples, self._band.real, "same")
        imaginary = np.convolve(samples, self._band.imag, "same")
        phasor = real + 1j * imaginary
        turn = np.zeros(len(samples), np.complex128)
        turn[1:] = phasor[1:] * np.conj(phasor[:-1]) * self._still
        power = real**2 + imaginary**2
        pitch = np.convolve(turn.imag, np.ones(5), "same")
        space = pitch > 0
        risen = np.flatnonzero(space[1:] & ~space[:-1])
        fallen = np.flatnonzero(space[:-1] & ~space[1:]) + 1
        before, behind = pitch[risen], pitch[risen + 1]
        crossings = risen + before / (before - behind)
        marked = np.concatenate([[0], fallen])[np.searchsorted(fallen, risen, "right")]
        return _Demodulated(power, turn, crossings, marked, self._characters(pitch, crossings))

    def _characters(self, pitch: Floats, crossings: Floats) -> list[int]:
        """The octet behind each crossing, read in the middle of its bits; -1 where its stop bit is space."""
        where = crossings[:, None] + self._offsets
        inside = where[:, -1] < len(pitch) - 1 if len(crossings) else np.zeros(0, bool)
        index = np.minimum(where.astype(np.int64), len(pitch) - 2)
        share = where - index
        bits = (pitch[index] * (1 - share) + pitch[index + 1] * share) < 0
        octets = np.packbits(bits[:, :8], axis=1, bitorder="little")[:, 0].astype(np.int64)
        found: list[int] = np.where(inside & bits[:, 8], octets, -1).tolist()
        return found

    def _messages(self, line: _Demodulated, first: int) -> Iterator[Found]:
        shortest = SHORTEST_MARK_BITS * SAMPLES_PER_BIT
        last = 0.0
        for start in np.flatnonzero(line.crossings - line.marked >= shortest).tolist():
            begin = float(line.crossings[start])
            if begin < last:
                continue
            # The filter must not see the start bit yet, nor the bit before the mark.
            steady = slice(int(begin - shortest) + _TAPS, int(begin) - _TAPS // 2)
            power = float(np.mean(line.power[steady])) / self._gain
            mark_hz = self._frequency(line.turn[steady])
            if power < dbm0_to_power(WEAKEST_DBM0, self.law):
                continue
            if abs(mark_hz - self.modem.mark_hz) > MARK_REACH_HZ:
                continue
            carrier = line.power >= FADE * power * self._gain
            octets, last = self._octets(line, carrier, start)
            whole = len(octets) == _wanted(octets)
            going_on = (
                carrier[-_TAPS]
                and len(carrier) - last < (CHARACTER_BITS + LONGEST_GAP_BITS) * SAMPLES_PER_BIT
            )
            if not octets or (going_on and not whole):
                continue
            off = np.flatnonzero(~carrier[: int(begin)])
            yield Found(
                first + (int(off[-1]) + 1 if len(off) else 0),
                first + int(last) - 1,
                octets,
                whole and checksum(octets[:-1]) == octets[-1],
                power_to_dbm0(power, self.law),
                mark_hz,
                round((begin - float(line.marked[start])) / SAMPLES_PER_BIT),
            )

    def _octets(self, line: _Demodulated, carrier: NDArray[np.bool_], start: int) -> tuple[bytes, float]:
        """The octets from that crossing on, and where the stop bit of the last one ends."""
        crossings: list[float] = line.crossings.tolist()
        octets = bytearray()
        last = crossings[start]
        while start < len(crossings) and crossings[start] - last <= LONGEST_GAP_BITS * SAMPLES_PER_BIT:
            octet, stop = line.characters[start], crossings[start] + self._offsets[-1]
            if octet < 0 or not carrier[int(stop)]:
                break
            octets.append(octet)
            last = crossings[start] + CHARACTER_BITS * SAMPLES_PER_BIT
            if len(octets) == _wanted(octets):
                break
            start = bisect_left(crossings, stop, start + 1)
        return bytes(octets), last

    def _frequency(self, turn: NDArray[np.complex128]) -> float:
        return float(np.angle(np.sum(turn)) / (2 * np.pi) * SAMPLE_RATE + self.modem.centre_hz)


def _wanted(octets: bytes | bytearray) -> int:
    """How many octets the message has by its length octet; 0 while that has not come."""
    return octets[1] + HEADER + 1 if len(octets) >= HEADER else 0
