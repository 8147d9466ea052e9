"""Recordings: audio of a definite length, from a WAV file or made by us, played once or over and over.

A recording is 16-bit linear samples at 8 kHz. Played, it is octets of the line's law: a pure source of the
sample index like a tone (docs/design.md, "Audio").
"""

from __future__ import annotations

import wave
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkbench.errors import ConfigError
from trunkwire.g711 import Law

SAMPLE_RATE = 8000

Samples = NDArray[np.int16]


class Recording:
    """A piece of audio. `name` is how events and messages call it."""

    def __init__(self, name: str, samples: NDArray[Any]) -> None:
        """Raises ValueError without samples, TypeError unless they are one row of int16."""
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise TypeError(f"recording {name}: give one row of int16 samples, not {samples.dtype}")
        if not len(samples):
            raise ValueError(f"recording {name}: it has no samples")
        self.name = name
        self.samples: Samples = samples
        self._octets: dict[Law, bytes] = {}
        self._powers: dict[int, NDArray[np.float64]] = {}

    @cached_property
    def spectrum(self) -> NDArray[np.complex128]:
        """Of all of it as one period: for correlation at every offset."""
        return np.fft.rfft(self.samples.astype(np.float64))

    def powers(self, n: int) -> NDArray[np.float64]:
        """The sum of squares of the `n` samples from each sample on, the beginning following upon the end."""
        powers = self._powers.get(n)
        if powers is None:
            squares = np.concatenate([self.samples, self.samples[:n]]).astype(np.float64) ** 2
            sums = np.concatenate([[0.0], np.cumsum(squares)])
            powers = self._powers[n] = (sums[n:] - sums[:-n])[: len(self.samples)]
        return powers

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / SAMPLE_RATE

    def octets(self, law: Law) -> bytes:
        """All of it in that law; made once."""
        octets = self._octets.get(law)
        if octets is None:
            octets = self._octets[law] = law.encode(self.samples).tobytes()
        return octets

    def playing(self, law: Law, start_sample: int, then: Recording | None = None) -> Playing:
        """A source: this recording once from that sample on, and behind it `then`, over and over."""
        return Playing(law, start_sample, (self,), then)

    def __repr__(self) -> str:
        return f"<recording {self.name}, {self.seconds:.1f} s>"


class Playing:
    """The octets of recordings one after the other from `start_sample` on, and of one that then repeats for
    ever; silence before, and behind if nothing repeats. Call it with (first sample, count).
    """

    def __init__(
        self, law: Law, start_sample: int, once: tuple[Recording, ...], then: Recording | None = None
    ) -> None:
        self.law = law
        self.start_sample = start_sample
        self.once, self.then = once, then
        self._once = b"".join(recording.octets(law) for recording in once)
        self._then = b"" if then is None else then.octets(law)

    @property
    def repeats_from(self) -> int:
        """The sample at which what is played once is over."""
        return self.start_sample + len(self._once)

    def __call__(self, first: int, n: int) -> bytes:
        """`n` octets from sample `first` (on the line's axis) on. Raises ValueError if `n` is negative."""
        if n < 0:
            raise ValueError(f"cannot render {n} samples")
        before = min(max(self.start_sample - first, 0), n)
        offset = max(first - self.start_sample, 0)
        once = self._once[offset : offset + n - before]
        left = n - before - len(once)
        parts = [self.law.silent(before), once]
        if left and self._then:
            at = (offset + len(once) - len(self._once)) % len(self._then)
            parts.append((self._then * ((at + left - 1) // len(self._then) + 1))[at : at + left])
        elif left:
            parts.append(self.law.silent(left))
        return b"".join(parts)


def read_wav(path: Path, key: str) -> Recording:
    """The recording in a WAV file: PCM of 8 or 16 bit at 8 kHz; of several channels the first.

    `key` is the configuration's key that names it. Raises ConfigError for a file that cannot be played.
    """
    try:
        with wave.open(str(path), "rb") as file:
            rate, width, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise ConfigError(f"{key}: {path}: cannot be read as a WAV file of PCM: {error}") from error
    if rate != SAMPLE_RATE or width not in (1, 2):
        raise ConfigError(
            f"{key}: {path}: has {rate} samples a second of {8 * width} bit; give it 8000 of 8 or 16 bit"
        )
    if width == 1:
        samples = (np.frombuffer(data, np.uint8).astype(np.int16) - 128) * 256
    else:
        samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int16)
    samples = np.ascontiguousarray(samples[::channels])
    if not len(samples):
        raise ConfigError(f"{key}: {path}: has no samples")
    return Recording(path.stem, samples)
