"""Lines to listen to: tones, noise and speech-like sound in octets, for the tests of detection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trunkwire.g711 import Law
from trunkwire.tones import Analyser, CadenceTracker, Heard, HeardTone, ToneSpec, Zone, tone_source
from trunkwire.tones.level import reference_rms
from trunkwire.tones.spectrum import BLOCK_SAMPLES


def samples_of(
    *parts: tuple[str, float], law: Law = Law.ALAW, level_dbm0: float = -10.0
) -> NDArray[np.float64]:
    """Tones one after the other, each as (`450/350,0/350`, ms); an empty text is silence."""
    pieces = []
    for text, ms in parts:
        count = round(8 * ms)
        if text:
            octets = tone_source(ToneSpec.parse(text, level_dbm0), law)(0, count)
            pieces.append(law.decode(octets).astype(np.float64))
        else:
            pieces.append(np.zeros(count))
    return np.concatenate(pieces)


def with_noise(
    samples: NDArray[np.float64], level_dbm0: float, seed: int, law: Law = Law.ALAW
) -> NDArray[np.float64]:
    """The samples with white noise of that level added."""
    rms = reference_rms(law) * 10 ** (level_dbm0 / 20)
    return samples + np.random.default_rng(seed).normal(0, rms, len(samples))


def octets_of(samples: NDArray[np.float64], law: Law = Law.ALAW) -> NDArray[np.uint8]:
    """Whole blocks of octets of these samples."""
    whole = samples[: len(samples) // BLOCK_SAMPLES * BLOCK_SAMPLES]
    return law.encode(np.clip(np.rint(whole), -32768, 32767).astype(np.int16))


def speech_like(seconds: float, seed: int) -> NDArray[np.float64]:
    """Syllables: a gliding pitch, its harmonics shaped by two formants, with hiss and pauses between."""
    rng = np.random.default_rng(seed)
    pieces: list[NDArray[np.float64]] = []
    while sum(map(len, pieces)) < seconds * 8000:
        n = int(rng.integers(600, 2400))
        t = np.arange(n) / 8000
        pitch = rng.uniform(90, 220) * (1 + rng.uniform(-0.3, 0.3) * t / t[-1])
        phase = 2 * np.pi * np.cumsum(pitch) / 8000
        first, second = rng.uniform(300, 800), rng.uniform(900, 2200)
        voice = np.zeros(n)
        for harmonic in range(1, 18):
            at = harmonic * pitch
            gain = 1 / (1 + ((at - first) / 120) ** 2) + 0.5 / (1 + ((at - second) / 180) ** 2)
            voice += gain * np.cos(harmonic * phase + rng.uniform(0, 6))
        pieces.append(rng.uniform(1500, 6000) * voice * np.sqrt(np.abs(np.sin(np.pi * t / t[-1]))))
        pieces.append(rng.normal(0, 400, int(rng.integers(0, 800))))
        pieces.append(np.zeros(int(rng.integers(0, 1200))))
    return np.concatenate(pieces)[: int(seconds * 8000)]


def hear(
    octets: NDArray[np.uint8], zone: Zone, law: Law = Law.ALAW, chunks: list[int] | None = None
) -> tuple[list[Heard], list[HeardTone]]:
    """What a tracker reports of a line, fed in chunks of so many blocks, and the tones at the end."""
    analyser, tracker = Analyser(law, zone), CadenceTracker(zone, law)
    blocks = len(octets) // BLOCK_SAMPLES
    heard: list[Heard] = []
    at = 0
    for size in [*(chunks or []), blocks]:
        end = min(at + size, blocks)
        heard += tracker.feed(analyser.analyse(octets[at * BLOCK_SAMPLES : end * BLOCK_SAMPLES]))
        at = end
    return heard, tracker.tones()
