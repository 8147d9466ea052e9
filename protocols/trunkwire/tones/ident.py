"""Identification tones: a tone a call end and channel, so that an ear can prove *which* channel it is on.

Every (side, span, channel) has two frequencies of its own, whole multiples of 50 Hz: over a block of 160
samples they are orthogonal, so one block tells all of them apart exactly. One comes from set A, one from
set B, and the channels of one side of a span share none. So two channels mixed show three or four
frequencies; should a common one cancel, what is left is two of the same set, which is nobody's. A block is
identified only if its pair is nearly all of its energy (crosstalk down to about -13 dB makes it nobody's).
The call progress tones of 350 to 450 Hz are avoided, and the frequencies nearest to other known pairs
(DTMF, howler) are all in set A.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from trunkwire.g711 import Law, Octets, octet_array
from trunkwire.tones.products import product
from trunkwire.tones.source import ToneSource, tone_source
from trunkwire.tones.spectrum import BLOCK_SAMPLES, dbm0_to_energy, energy_to_dbm0
from trunkwire.tones.zones import Segment, ToneSpec

SPANS = 16
CHANNELS = 31
FREQS = (200, 250, 300, *range(500, 3451, 50))
"""63 frequencies in Hz: 32 of them are set A, 31 set B."""
_KNOWN = (700, 750, 800, 850, 950, 1200, 1350, 1400, 1500, 1650, 2050)
_OTHERS = tuple(f for f in FREQS if f not in _KNOWN)
SET_A = tuple(sorted({*_KNOWN, *_OTHERS[: 2 * (32 - len(_KNOWN)) : 2]}))
SET_B = tuple(f for f in FREQS if f not in SET_A)
LEVEL_DBM0 = -13.0
PURITY = 0.97
"""The share of a block's energy that the pair must have (SINAD of 15 dB)."""
TWIST = 0.3
"""The weaker frequency has at least this share of the stronger one's energy (-5 dB)."""
MIN_LEVEL_DBM0 = -40.0
MIN_BLOCKS = 3
"""So many blocks in a row must agree: 60 ms."""


class Ident(msgspec.Struct, frozen=True, order=True):
    """What a tone identifies: the end that sends it (near or far), span (0 … 15) and channel (1 … 31)."""

    side: str
    span: int
    channel: int

    def __post_init__(self) -> None:
        if self.side not in ("near", "far"):
            raise ValueError(f"identification tone of side {self.side!r}: it is 'near' or 'far'")
        if not 0 <= self.span < SPANS:
            raise ValueError(f"identification tone of span {self.span}: there are {SPANS}, 0 to {SPANS - 1}")
        if not 1 <= self.channel <= CHANNELS:
            raise ValueError(f"identification tone of channel {self.channel}: it is 1 to {CHANNELS}")

    @property
    def index(self) -> int:
        """Its number, 0 … 991."""
        side = 0 if self.side == "near" else 1
        return (side * SPANS + self.span) * CHANNELS + self.channel - 1

    @classmethod
    def of(cls, index: int) -> Ident:
        """The one of that number. Raises ValueError if there is none."""
        rest, channel = divmod(index, CHANNELS)
        side, span = divmod(rest, SPANS)
        if not 0 <= side < 2:
            raise ValueError(f"there is no identification tone {index}")
        return cls("far" if side else "near", span, channel + 1)

    @property
    def freqs(self) -> tuple[int, int]:
        """Its two frequencies in Hz."""
        # A different member of B for each channel, and of A too, turned on by one from span to span.
        group = self.index // CHANNELS
        low, high = sorted((SET_A[(group + 5 * self.channel) % len(SET_A)], SET_B[self.channel - 1]))
        return low, high

    @property
    def spec(self) -> ToneSpec:
        """How it sounds."""
        low, high = self.freqs
        return ToneSpec((Segment((float(low), float(high)), 0),), LEVEL_DBM0)

    def __str__(self) -> str:
        return f"{self.side} end, span {self.span}, channel {self.channel}"


def ident_source(ident: Ident, law: Law, start_sample: int = 0) -> ToneSource:
    """A source of that identification tone, from `start_sample` on."""
    return tone_source(ident.spec, law, start_sample)


@cache
def _index_of_pair() -> NDArray[np.int32]:
    """The index of the tone that has each two of the frequencies, -1 where none has; not to be written to."""
    of_pair = np.full((len(FREQS), len(FREQS)), -1, np.int32)
    for index in range(2 * SPANS * CHANNELS):
        low, high = (FREQS.index(freq) for freq in Ident.of(index).freqs)
        of_pair[low, high] = of_pair[high, low] = index
    of_pair.setflags(write=False)
    return of_pair


class IdentMeter:
    """Recognises identification tones on any number of lines. Hold on to one: it owns its tables."""

    def __init__(self, law: Law) -> None:
        self.law = law
        at = np.arange(BLOCK_SAMPLES)[:, None] * (2 * np.pi * np.array(FREQS) / 8000)
        # Whole numbers, so that sums are exact and no result depends on how many blocks are looked at.
        self._basis = np.rint(2048 * np.hstack([np.cos(at), np.sin(at)]))
        self._gain = 2 / BLOCK_SAMPLES / 2048.0**2
        samples = law.decode(bytes(range(256))).astype(np.float64) / law.unit
        self._samples = samples
        self._min_energy = dbm0_to_energy(MIN_LEVEL_DBM0, law)
        self._of_pair = _index_of_pair()

    def blocks(self, octets: Octets) -> NDArray[np.int32]:
        """The index (`Ident.of`) heard in each whole block, -1 for none; shape (lines, blocks).

        `octets`: n·160 of one line, or an array (lines, n·160). Raises ValueError for anything else.
        """
        array = octet_array(octets)
        rows = array.reshape(1, -1) if array.ndim == 1 else array
        if rows.ndim != 2 or rows.shape[1] % BLOCK_SAMPLES:
            raise ValueError(f"octets of shape {array.shape} are not lines of whole {BLOCK_SAMPLES}s")
        x = np.take(self._samples, rows.reshape(-1, BLOCK_SAMPLES), mode="clip")
        out = np.full(len(x), -1, np.int32)
        energy = np.einsum("ij,ij->i", x, x)
        active = np.flatnonzero(energy >= self._min_energy)
        if len(active):
            sums = product(x[active], self._basis)
            parts = (sums[:, : len(FREQS)] ** 2 + sums[:, len(FREQS) :] ** 2) * self._gain
            best = np.argsort(parts, axis=1)[:, -2:]
            strong, weak = (np.take_along_axis(parts, best[:, i : i + 1], 1)[:, 0] for i in (1, 0))
            clean = (strong + weak >= PURITY * energy[active]) & (weak >= TWIST * strong)
            out[active] = np.where(clean, self._of_pair[best[:, 0], best[:, 1]], -1)
        return out.reshape(rows.shape[0], rows.shape[1] // BLOCK_SAMPLES)

    def identify(self, octets: Octets) -> Ident | None:
        """The one identification tone heard in these whole blocks of one line, None if it is not exactly one.

        It counts once three blocks in a row agree; blocks at its edges may be anything.
        """
        return self.identify_lines(octet_array(octets).reshape(1, -1))[0]

    def identify_lines(self, octets: NDArray[np.uint8]) -> list[Ident | None]:
        """`identify` for each line of an array (lines, n·160)."""
        return [one_ident(line) for line in self.blocks(octets).tolist()]

    def level_dbm0(self, octets: Octets) -> float:
        """The level of whole blocks of one line."""
        x = np.take(self._samples, octet_array(octets).reshape(-1, BLOCK_SAMPLES), mode="clip")
        return energy_to_dbm0(float(np.einsum("ij,ij->", x, x)) / max(len(x), 1), self.law)


def one_ident(indices: Sequence[int]) -> Ident | None:
    """The only identification tone that lasts for three blocks in a row among the indices of some blocks."""
    runs = zip(*(indices[at:] for at in range(MIN_BLOCKS)), strict=False)
    found = {run[0] for run in runs if run[0] >= 0 and len(set(run)) == 1}
    return Ident.of(found.pop()) if len(found) == 1 else None


def identify(octets: Octets, law: Law) -> Ident | None:
    """`IdentMeter.identify` for once; whoever listens more than once holds an `IdentMeter`."""
    return IdentMeter(law).identify(octets)
