"""The modems that carry the messages: frequency shift keying at 1200 bit/s (ITU-T V.23; Bell 202).

A transmission is the channel seizure (alternating bits that begin with 0), the mark, and octets of a start
bit (0), eight bits, the least significant first, and a stop bit (1): ETSI EN 300 659-1, Telcordia GR-30-CORE.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from trunkwire.g711 import Law
from trunkwire.tones.level import reference_rms

SAMPLE_RATE = 8000
BIT_RATE = 1200
SEIZURE_BITS = 300
MARK_BITS = 180
"""EN 300 659-1: 180 ± 25 bits on the hook."""
TAIL_BITS = 5
"""One to ten bits of mark behind the checksum, so that the receiver gets its stop bit whole."""
LEVEL_DBM0 = -13.5
CHARACTER_BITS = 10


class Modem(msgspec.Struct, frozen=True):
    """A pair of frequencies: `mark` is a 1, `space` a 0."""

    name: str
    mark_hz: float
    space_hz: float

    @property
    def centre_hz(self) -> float:
        """Halfway between the two."""
        return (self.mark_hz + self.space_hz) / 2


V23 = Modem("v23", 1300.0, 2100.0)
"""ITU-T V.23 forward channel, mode 2: what EN 300 659-1 asks for."""
BELL202 = Modem("bell202", 1200.0, 2200.0)
"""GR-30-CORE, and most of China's networks (YDN 069)."""
MODEMS = {modem.name: modem for modem in (V23, BELL202)}


def modem(standard: str | Modem) -> Modem:
    """The modem of that name. Raises ValueError naming those that there are."""
    if isinstance(standard, Modem):
        return standard
    try:
        return MODEMS[standard]
    except KeyError:
        raise ValueError(f"no modem {standard!r}: choose from {', '.join(MODEMS)}") from None


def line_bits(octets: bytes, seizure_bits: int, mark_bits: int) -> NDArray[np.uint8]:
    """The bits on the line, the first one first."""
    characters = np.ones((len(octets), CHARACTER_BITS), np.uint8)
    characters[:, 0] = 0
    characters[:, 1:9] = np.unpackbits(np.frombuffer(octets, np.uint8)[:, None], axis=1, bitorder="little")
    seizure = np.arange(seizure_bits, dtype=np.uint8) % 2
    return np.concatenate(
        [seizure, np.ones(mark_bits, np.uint8), characters.ravel(), np.ones(TAIL_BITS, np.uint8)]
    )


class FskSource:
    """The octets of one transmission from `start_sample` on, silence before and after.

    Call it with (first sample, count); it is a pure function of them.
    """

    def __init__(self, sound: bytes, law: Law, start_sample: int) -> None:
        self.law = law
        self.start_sample = start_sample
        self._sound = sound

    @property
    def samples(self) -> int:
        """How long it lasts."""
        return len(self._sound)

    @property
    def end_sample(self) -> int:
        """The first sample that is silent again."""
        return self.start_sample + len(self._sound)

    def starting_at(self, start_sample: int) -> FskSource:
        """The same transmission, from another sample on."""
        return FskSource(self._sound, self.law, start_sample)

    def __call__(self, first: int, n: int) -> bytes:
        """`n` octets from sample `first` (on the line's axis) on. Raises ValueError if `n` is negative."""
        if n < 0:
            raise ValueError(f"cannot render {n} samples")
        offset = first - self.start_sample
        before = min(max(-offset, 0), n)
        sound = self._sound[max(offset, 0) : max(offset + n, 0)]
        return self.law.silent(before) + sound + self.law.silent(n - before - len(sound))


def fsk_source(
    octets: bytes,
    law: Law,
    start_sample: int = 0,
    standard: str | Modem = "v23",
    *,
    level_dbm0: float = LEVEL_DBM0,
    seizure_bits: int = SEIZURE_BITS,
    mark_bits: int = MARK_BITS,
    bit_rate: float = BIT_RATE,
) -> FskSource:
    """A source that sends `octets` (a whole message, its checksum included) once.

    The phase is continuous. Without seizure (`seizure_bits=0`, `mark_bits=80`) it is the transmission during
    a call; `bit_rate` sends it too fast or too slow. Raises ValueError for a modem that is none.
    """
    pair = modem(standard)
    bits = line_bits(octets, seizure_bits, mark_bits)
    cycles = np.where(bits, pair.mark_hz, pair.space_hz) / bit_rate
    elapsed = np.concatenate([[0.0], np.cumsum(cycles)])
    count = int(np.ceil(len(bits) * SAMPLE_RATE / bit_rate))
    turns = np.interp(np.arange(count) * (bit_rate / SAMPLE_RATE), np.arange(len(elapsed)), elapsed)
    amplitude = reference_rms(law) * np.sqrt(2) * 10 ** (level_dbm0 / 20)
    wave = np.clip(np.rint(amplitude * np.sin(2 * np.pi * turns)), -32768, 32767)
    return FskSource(law.encode(wave.astype(np.int16)).tobytes(), law, start_sample)
