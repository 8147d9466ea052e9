"""What is no DTMF makes no digits: voices, music, noise, call progress tones, identification tones."""

from __future__ import annotations

import numpy as np
import pytest
from dtmf_lines import FULL_LOAD, RATE, Samples, noise, octets, sine

from trunkwire.g711 import Law
from trunkwire.tones import ZONES, DtmfReceiver, Ident, ident_source, tone_source

FORMANTS = ((300, 870, 2240), (270, 2290, 3010), (530, 1840, 2480), (730, 1090, 2440), (570, 840, 2410))
"""The first three of five vowels, in Hz (Peterson and Barney, 1952)."""


def digits_in(sent: bytes, law: Law = Law.ALAW) -> str:
    receiver = DtmfReceiver(law)
    receiver.feed(sent)
    return receiver.digits


def voice(rng: np.random.Generator, seconds: float) -> Samples:
    """A voice that changes its pitch and its vowel all the time: harmonics under three resonances."""
    n, steps = int(seconds * RATE), int(seconds * 6) + 1
    at = np.linspace(0, steps, n)
    pitch = np.interp(at, np.arange(steps + 1), rng.uniform(80, 350, steps + 1))
    vowels = np.array(FORMANTS)[rng.integers(len(FORMANTS), size=steps + 1)]
    formants = [np.interp(at, np.arange(steps + 1), vowels[:, i]) for i in range(3)]
    loudness = np.interp(at, np.arange(steps + 1), rng.choice([0.0, 0.5, 1.0], steps + 1))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    wave = np.zeros(n)
    for harmonic in range(1, 20):
        hz = harmonic * pitch
        gain = sum(1 / (1 + ((hz - formant) / 60) ** 2) / (i + 1) for i, formant in enumerate(formants))
        wave += gain * (hz < 3400) * np.sin(harmonic * phase)
    return np.asarray(wave * loudness / np.sqrt(np.mean(wave**2)) * FULL_LOAD * 10 ** (-12 / 20))


def chords(rng: np.random.Generator, count: int) -> Samples:
    """Music: chords of three notes with their overtones, each dying away in a quarter of a second."""
    fade = np.exp(-np.arange(2000) / 1000)
    parts = []
    for _ in range(count):
        notes = 110 * 2 ** (rng.integers(0, 40, 3) / 12)
        tones = (sine(k * note, -14 - 6 * k, 250) for note in notes for k in (1, 2, 3) if k * note < 3400)
        parts.append(fade * sum(tones))
    return np.concatenate(parts)


@pytest.mark.parametrize("seed", range(3))
def test_voices(seed: int) -> None:
    assert digits_in(octets(voice(np.random.default_rng(seed), 15), Law.ALAW)) == ""


def test_music() -> None:
    assert digits_in(octets(chords(np.random.default_rng(1), 120), Law.ALAW)) == ""


def test_noise_that_comes_and_goes() -> None:
    rng = np.random.default_rng(2)
    bursts = np.repeat(10 ** (rng.uniform(-3, 0, 300) / 2), 800)
    assert digits_in(octets(noise(rng, -3, len(bursts)) * bursts, Law.ULAW), Law.ULAW) == ""


@pytest.mark.parametrize("name", ZONES)
def test_call_progress_tones(name: str) -> None:
    for spec in ZONES[name].tones.values():
        assert digits_in(tone_source(spec, Law.ALAW)(0, 16_000)) == "", str(spec)


def test_identification_tones() -> None:
    sent = b"".join(ident_source(Ident.of(index), Law.ALAW)(0, 1000) for index in range(992))
    assert digits_in(sent) == ""


@pytest.mark.long
def test_twelve_minutes_of_voices() -> None:
    """Such voices are bare harmonics, harder than real ones: spandsp too finds two digits in an hour."""
    made = [digits_in(octets(voice(np.random.default_rng(seed), 60), Law.ALAW)) for seed in range(12)]
    assert sum(map(len, made)) <= 1
