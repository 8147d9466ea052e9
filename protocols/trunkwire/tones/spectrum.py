"""What each 20 ms block of a line contains: level, and one or two steady frequencies if it is a tone.

Blocks are 160 samples on the line's absolute grid. A block is a tone when one sine, or one of the known
pairs, explains nine tenths of its power (a SINAD of 10 dB). The frequency comes from the phase by which the
second half of the block leads the first, so it is good to about 1 Hz. A known pair is reported at its nominal
frequencies, which it matches within some 8 Hz.

Theory of operation, for speed and sameness: octets are looked up two at a time, which yields the sum of two
neighbouring samples (half the rate, and a gentle low pass) and the sum of their squares. Samples, and the
cosines that they are multiplied by, are small integers, so that every sum of products is exact: the result
does not depend on how many blocks are analysed at once, nor on whose matrix multiplication it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkwire.g711 import Law, Octets, octet_array
from trunkwire.tones.level import dbm0_to_power, power_to_dbm0
from trunkwire.tones.products import product
from trunkwire.tones.zones import ZONES, Zone

BLOCK_SAMPLES = 160
BLOCK_MS = 20
HALF = 80
ACTIVE_DBM0 = -45.0
"""Weaker than this is silence, and not looked at."""
PURITY = 0.9
"""The share of a block's power that a tone must explain."""
PAIR_PURITY = 0.96
"""The same for two: they also fit one sine that begins or ends within the block, if not as well."""
PAIR_LOW = 1.5
"""The least energy, beside that of the samples, in sums of two samples of a pair below 1.3 kHz."""
CLEAN = 0.985
"""One sine that explains this much is certainly no pair."""
CHUNK = 512
"""Blocks looked at in one go: what stays in a second level cache."""
TWIST = 0.063
"""The weaker of two frequencies has at least this share of the stronger one's power (-12 dB)."""
CLOSE_TWIST = 0.25
"""The same (-6 dB) where one sine would explain the block nearly as well."""
BINS = tuple(float(f) for f in (*range(300, 500, 25), *range(500, 1951, 50)))

REACH_HZ = 30.0
"""How far a tone may be from the frequency that it is looked for at."""
FIRST_REACH_HZ = 12.0
"""The same where there is only one to look at: nearer, since what is off is measured less well."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BlockFeatures:
    """Features of blocks, arrays of shape (lines, blocks) or, for one line, (blocks,).

    energy: sum of squares, in units of `law.unit` squared: a whole number. tonal: whether the block is a
    steady tone. freq, second: its frequencies in Hz, 0 where there is none. bass: of a sound that is no
    tone, the share of power that is low (about 1 for speech, one half for white noise); 0 elsewhere.
    """

    energy: Floats
    tonal: NDArray[np.bool_]
    freq: Floats
    second: Floats
    bass: Floats

    def line(self, index: int) -> BlockFeatures:
        """The features of one line, arrays of shape (blocks,)."""
        return BlockFeatures(
            self.energy[index], self.tonal[index], self.freq[index], self.second[index], self.bass[index]
        )

    def level_dbm0(self, law: Law) -> Floats:
        """The level of each block in dBm0; same shape."""
        levels = [energy_to_dbm0(e, law) for e in self.energy.ravel().tolist()]
        return np.array(levels, np.float64).reshape(self.energy.shape)


def energy_to_dbm0(energy: float, law: Law) -> float:
    """The level of a block of that energy."""
    return power_to_dbm0(energy * law.unit**2 / BLOCK_SAMPLES, law)


def dbm0_to_energy(level_dbm0: float, law: Law) -> float:
    """The energy of a block of that level."""
    return dbm0_to_power(level_dbm0, law) * BLOCK_SAMPLES / law.unit**2


class _Halves:
    """Correlates the halves of blocks with some frequencies."""

    def __init__(self, freqs: tuple[float, ...], scale: int, reach_hz: float) -> None:
        self.freqs = np.array(freqs)
        self._reach = 2 * np.pi * HALF / 8000 * reach_hz
        omega = 2 * np.pi * self.freqs / 8000
        at = 2.0 * np.arange(HALF // 2) - (HALF // 2 - 1)  # samples from the middle of the half
        angle = at[:, None] * omega
        self.basis = np.rint(scale * np.hstack([np.cos(angle), np.sin(angle)])).astype(np.float32)
        droop = 2 * np.cos(omega / 2)  # of the sum of two neighbouring samples
        self._cos_gain = 1 / (droop * np.einsum("ij,ij->j", self.basis[:, : len(freqs)], np.cos(angle)))
        self._sin_gain = 1 / (droop * np.einsum("ij,ij->j", self.basis[:, len(freqs) :], np.sin(angle)))
        self._turn = HALF * omega

    def measure(self, pairs: NDArray[np.float32]) -> tuple[Floats, Floats]:
        """Of blocks (n, 80) of sums of two samples: the strongest frequency of each, and its sine's power."""
        n, f = len(pairs), len(self.freqs)
        sums = product(pairs.reshape(-1, HALF // 2), self.basis).reshape(n, 2, 2, f)
        best = np.zeros(n if f > 1 else 1, np.intp)
        if f > 1:
            squares = (sums * sums).reshape(n, 4, f)
            power = squares[:, 0] + squares[:, 1]
            power += squares[:, 2]
            power += squares[:, 3]
            best = power.argmax(1)
            sums = sums[np.arange(n), :, :, best][..., None]
        sums = sums.astype(np.float64)
        cos_gain, sin_gain = self._cos_gain[best], self._sin_gain[best]
        re1, im1 = sums[:, 0, 0, 0] * cos_gain, sums[:, 0, 1, 0] * -sin_gain
        re2, im2 = sums[:, 1, 0, 0] * cos_gain, sums[:, 1, 1, 0] * -sin_gain
        lead = np.arctan2(re1 * im2 - im1 * re2, re1 * re2 + im1 * im2) - self._turn[best]
        lead -= 2 * np.pi * np.rint(lead / (2 * np.pi))
        freq = self.freqs[best] + lead * (8000 / (2 * np.pi * HALF))
        # A tone beside the frequency correlates less: sin x / x, with x the phase at the end of the half.
        x2 = (lead / 2) ** 2
        loss = 1 - x2 / 6 + x2 * x2 / 120
        amplitude = (np.sqrt(re1 * re1 + im1 * im1) + np.sqrt(re2 * re2 + im2 * im2)) / (2 * loss)
        # Half a bin more would be the next bin's alias.
        explained = np.where(np.abs(lead) <= self._reach, amplitude * amplitude / 2, 0.0)
        return np.rint(freq * 64) / 64, explained


class _Pairs:
    """The share of a block that two given sines explain, by projection on the space that they span.

    For several pairs at once: their bases stand side by side in one matrix.
    """

    def __init__(self, pairs: Sequence[tuple[float, float]], scale: int) -> None:
        self.low, self.high = (np.array(freqs) for freqs in zip(*pairs, strict=True))
        at = 2.0 * np.arange(HALF) - (HALF - 1)
        bases, self._unmix = [], np.zeros((len(pairs), 4, 4))
        for index, pair in enumerate(pairs):
            omega = 2 * np.pi * np.array(pair) / 8000
            angle = at[:, None] * omega
            waves = np.hstack([np.cos(angle), np.sin(angle)]) * np.tile(2 * np.cos(omega / 2), 2)
            basis, mix = np.linalg.qr(waves)
            self._unmix[index] = np.linalg.inv(mix)
            bases.append(basis)
        whole = np.hstack(bases)
        self._scale = scale / np.abs(whole).max()
        self.basis = np.rint(self._scale * whole).astype(np.float32)

    def explained(self, sums: NDArray[np.float32], twist: Floats) -> Floats:
        """How much of the sum of squares of each block (n, 80) each pair accounts for, (n, pairs).

        None of it if the weaker sine has less than the share `twist` (n) of the stronger one's power.
        """
        parts = product(sums, self.basis).astype(np.float64).reshape(len(sums), -1, 4) / self._scale
        waves = np.einsum("npj,pkj->npk", parts, self._unmix)
        power = waves[:, :, :2] ** 2 + waves[:, :, 2:] ** 2
        first, other = power[:, :, 0], power[:, :, 1]
        both = np.minimum(first, other) >= twist[:, None] * np.maximum(first, other)
        return np.where(both, np.einsum("npj,npj->np", parts, parts), 0.0)


def _known_pairs(zones: Iterable[Zone]) -> list[tuple[float, float]]:
    segments = (s for zone in zones for spec in zone.tones.values() for s in spec.segments)
    return sorted({(s.freqs[0], s.freqs[1]) for s in segments if len(s.freqs) == 2})


class Analyser:
    """Analyses blocks of one law. Hold on to one: its tables take a few milliseconds to make.

    `zone` says which single frequencies to try first; what is found does not depend on it beyond rounding.
    """

    def __init__(self, law: Law, zone: Zone) -> None:
        self.law = law
        samples = law.decode(bytes(range(256))).astype(np.float64) / law.unit
        # Symmetric in the two octets, so the byte order of the machine does not matter.
        self._sums = (samples[:, None] + samples).ravel().astype(np.float32)
        self._squares = (samples[:, None] ** 2 + samples**2).ravel()
        scale = 64 if law is Law.ALAW else 32  # keeps every sum of products below 2**24
        segments = (s for spec in zone.tones.values() for s in spec.segments)
        first = sorted({s.freqs[0] for s in segments if len(s.freqs) == 1})
        self._first = _Halves(tuple(first[:1]), scale, FIRST_REACH_HZ)
        self._all = _Halves(tuple(sorted({*BINS, *first})), scale, REACH_HZ)
        self._pairs = _Pairs(_known_pairs(ZONES.values()), scale // 2)
        self._active = dbm0_to_energy(ACTIVE_DBM0, law)

    def analyse(self, octets: Octets) -> BlockFeatures:
        """The features of whole blocks: n·160 octets give arrays (1, n), an array (lines, n·160) (lines, n).

        Raises ValueError if the octets are not whole blocks.
        """
        array = octet_array(octets)
        rows = array.reshape(1, -1) if array.ndim == 1 else array
        if rows.ndim != 2 or rows.shape[1] % BLOCK_SAMPLES:
            raise ValueError(f"octets of shape {array.shape} are not lines of whole {BLOCK_SAMPLES}s")
        shape = (rows.shape[0], rows.shape[1] // BLOCK_SAMPLES)
        rows = np.ascontiguousarray(rows)
        # A digital exchange's tone of whole 50 Hz is the same 160 octets again and again, and so is silence:
        # what a block contains depends on nothing but its octets, so only new ones need a look.
        longs = rows.view(np.uint64).reshape(-1, BLOCK_SAMPLES // 8)
        fresh = np.ones(len(longs), np.bool_)
        fresh[1:] = (longs[1:] != longs[:-1]).any(axis=1)
        words = rows.view(np.uint16).reshape(-1, HALF)[fresh]
        found = self._analyse(words)
        times = np.diff(np.flatnonzero(np.append(fresh, True)))
        return BlockFeatures(*(np.repeat(a, times).reshape(shape) for a in found))

    def _analyse(self, words: NDArray[np.uint16]) -> tuple[Floats, NDArray[np.bool_], Floats, Floats, Floats]:
        """The features of blocks (n, 80) of two octets each."""
        n = len(words)
        energies, freq, second, bass = np.zeros((4, n))
        out = BlockFeatures(energies, np.zeros(n, np.bool_), freq, second, bass)
        rest = [self._usual(out, words, start) for start in range(0, n, CHUNK)]
        # Few blocks need more, and their share costs more by the call than by the block: gather them.
        blocks = np.concatenate(rest) if rest else np.zeros(0, np.intp)
        for start in range(0, len(blocks), CHUNK):
            self._unusual(out, words, blocks[start : start + CHUNK])
        return energies, out.tonal, freq, second, bass

    def _usual(self, out: BlockFeatures, words: NDArray[np.uint16], start: int) -> NDArray[np.intp]:
        """Fill in the energy of a chunk and the usual tone of the zone; the blocks that need more."""
        chunk = words[start : start + CHUNK]
        energy = np.einsum("ij->i", np.take(self._squares, chunk, mode="clip"))
        out.energy[start : start + CHUNK] = energy
        active = np.flatnonzero(energy > self._active)
        if not len(active):
            return active
        energy = energy[active]
        pairs = np.take(self._sums, chunk[active], mode="clip")
        active += start
        power = self._single(out, self._first, active, pairs, energy)
        again: NDArray[np.intp] = active[power < CLEAN * energy]
        return again

    @staticmethod
    def _single(
        out: BlockFeatures,
        halves: _Halves,
        blocks: NDArray[np.intp],
        pairs: NDArray[np.float32],
        energy: Floats,
    ) -> Floats:
        """Fill in which of the blocks are one sine; the energy that it explains of each."""
        freq, power = halves.measure(pairs)
        power *= BLOCK_SAMPLES
        tone = power >= PURITY * energy
        hit = blocks[tone]
        out.tonal[hit] = True
        out.freq[hit] = freq[tone]
        return power

    def _unusual(self, out: BlockFeatures, words: NDArray[np.uint16], blocks: NDArray[np.intp]) -> None:
        """Fill in these blocks: one sine of any frequency, a known pair, or no tone."""
        energy = out.energy[blocks]
        pairs = np.take(self._sums, words[blocks], mode="clip")
        power = self._single(out, self._all, blocks, pairs, energy)
        rest = np.flatnonzero(power < CLEAN * energy)
        if not len(rest):
            return
        blocks, pairs, energy = blocks[rest], pairs[rest], energy[rest]
        low = np.einsum("ij,ij->i", pairs.astype(np.float64), pairs)
        out.bass[blocks] = np.where(out.tonal[blocks], 0, low / (2 * energy))
        # White noise has about as much here as in its samples, every known pair has more.
        rest = np.flatnonzero(low >= PAIR_LOW * energy)
        if len(rest):
            self._paired(out, blocks[rest], pairs[rest], low[rest])

    def _paired(
        self, out: BlockFeatures, blocks: NDArray[np.intp], pairs: NDArray[np.float32], low: Floats
    ) -> None:
        """Fill in which of these blocks are a known pair."""
        # Two frequencies within 50 Hz look like one at the height of their beat, but not a clean one. The
        # other way round, one sine that ends within the block looks like two very unequal ones.
        single = out.tonal[blocks]
        explained = self._pairs.explained(pairs, np.where(single, CLOSE_TWIST, TWIST))
        best = explained.argmax(axis=1)
        least = np.where(single, CLEAN, PAIR_PURITY) * low
        found = np.flatnonzero(explained[np.arange(len(best)), best] >= least)
        hit, best = blocks[found], best[found]
        out.tonal[hit] = True
        out.freq[hit], out.second[hit] = self._pairs.low[best], self._pairs.high[best]
        out.bass[hit] = 0


def analyse(octets: Octets, law: Law, zone: Zone | None = None) -> BlockFeatures:
    """`Analyser.analyse` for once; whoever analyses more than once holds an `Analyser`."""
    return Analyser(law, zone or ZONES["cn"]).analyse(octets)
