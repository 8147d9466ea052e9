"""The call centre's own audio: announcements that an ear takes for speech, and a melody that it does not.

Nobody has spoken these. An announcement is a row of syllables, each a vowel between two consonants: a voice
whose pitch falls, its harmonics weighed by three formants (frequencies of the vowels after Peterson and
Barney, 1952), and hiss. So it has what a hearing goes by (`trunkwire.tones.announce`): level that changes all
the time, most of it low. The melody is three voices that never pause, most of it above 1 kHz: steady.
"""

from __future__ import annotations

from functools import cache, cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from trunkbench.callcentre.sounds import SAMPLE_RATE, Recording
from trunkwire.g711 import Law
from trunkwire.tones.level import dbm0_to_power

Floats = NDArray[np.float64]

SPEECH_DBM0 = -16.0
MUSIC_DBM0 = -19.0
"""Means over the whole recording, in A-law; well below what a network takes for too loud (G.223)."""

_VOWELS = MappingProxyType(
    {
        "a": (730.0, 1090.0, 2440.0),
        "e": (530.0, 1840.0, 2480.0),
        "i": (390.0, 1990.0, 2550.0),
        "o": (570.0, 840.0, 2410.0),
        "u": (440.0, 1020.0, 2240.0),
    }
)
_GAINS = (1.0, 0.35, 0.12)
_WIDTHS_HZ = (110.0, 140.0, 200.0)
_SYLLABLE = 0.19
"""Seconds: some five syllables a second, as people speak."""

_ALL_BUSY = "aeoa iae uoa,oieau eoi aeu,iaoe auoi"
_MENU = "oa eia,uoe iaeo,aiu oea"
"""Syllables; a space is a pause of one, a comma of two."""

_TEMPO = 0.24
"""Seconds a note."""
_MELODY = (
    0,
    4,
    7,
    12,
    11,
    7,
    4,
    2,
    5,
    9,
    14,
    12,
    9,
    5,
    7,
    11,
    12,
    7,
    16,
    14,
    12,
    9,
    11,
    7,
    4,
    5,
    2,
    7,
    0,
    4,
    -1,
    2,
)
_BASE_HZ = 1318.5
"""Semitones above E6."""


class BuiltIn:
    """The recordings that come with the bench, each made when it is first asked for."""

    @cached_property
    def announcement(self) -> Recording:
        """To those who wait: all agents are busy."""
        return Recording("announcement", _spoken(_ALL_BUSY, 128.0))

    @cached_property
    def prompt(self) -> Recording:
        """Asks for a digit."""
        return Recording("prompt", _spoken(_MENU, 196.0))

    @cached_property
    def music(self) -> Recording:
        """For those who wait, over and over."""
        return Recording("music", _played())


def _levelled(wave: Floats, level_dbm0: float) -> NDArray[np.int16]:
    gain = np.sqrt(dbm0_to_power(level_dbm0, Law.ALAW) / np.mean(wave**2))
    samples: NDArray[np.int16] = np.clip(np.rint(gain * wave), -32768, 32767).astype(np.int16)
    samples.setflags(write=False)
    return samples


@cache  # the same for every bench of a process, and never changed
def _spoken(text: str, pitch_hz: float) -> NDArray[np.int16]:
    """Syllables one after the other, spoken at about that pitch."""
    length = round(_SYLLABLE * SAMPLE_RATE)
    parts = []
    for place, letter in enumerate(text):
        if letter not in _VOWELS:
            parts.append(np.zeros(length * (2 if letter == "," else 1)))
            continue
        # A phrase begins high and falls; every other syllable is stressed.
        into = place - max(text.rfind(",", 0, place), text.rfind(" ", 0, place))
        stressed = 1.0 if place % 2 else 0.7
        parts.append(stressed * _syllable(_VOWELS[letter], pitch_hz * (1.12 - 0.05 * into), length, place))
    return _levelled(np.concatenate(parts), SPEECH_DBM0)


def _syllable(formants: tuple[float, ...], pitch_hz: float, length: int, place: int) -> Floats:
    at = np.arange(length) / length
    pitch = pitch_hz * (1.06 - 0.16 * at)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    voice = np.zeros(length)
    for harmonic in range(1, int(3400 / pitch_hz)):
        freq = harmonic * pitch
        weight = sum(
            gain / (1 + ((freq - formant) / width) ** 2)
            for gain, formant, width in zip(_GAINS, formants, _WIDTHS_HZ, strict=True)
        )
        voice += weight * np.sin(harmonic * phase + 0.7 * harmonic * harmonic)
    # Opens, stays for a moment, and closes; the consonant before it hisses.
    envelope = np.sin(np.pi * np.clip((at - 0.12) / 0.86, 0, 1)) ** 1.5
    hiss = np.sin(2 * np.pi * np.cumsum(1900 + 1100 * np.sin((211 + 17 * place) * at**2)) / SAMPLE_RATE)
    return envelope * voice + 0.05 * np.clip(1 - at / 0.16, 0, 1) * np.sqrt(at) * hiss


@cache
def _played() -> NDArray[np.int16]:
    """The melody over two slower voices, each note tied to the next without a break in its phase."""
    length = round(_TEMPO * SAMPLE_RATE)
    semitones = np.repeat(np.array(_MELODY, np.float64), length)
    slow = np.repeat(np.array(_MELODY[::4], np.float64), 4 * length)
    wave = np.zeros(len(semitones))
    for notes, octave, loudness in ((semitones, 1.0, 1.0), (slow, 0.75, 0.62), (slow, 0.5, 0.5)):
        freq = _BASE_HZ * octave * 2 ** (notes / 12)
        # The last note leads into the first: the phase comes to whole turns at the end.
        turns = np.cumsum(freq) / SAMPLE_RATE
        turns *= np.rint(turns[-1]) / turns[-1]
        wave += loudness * np.sin(2 * np.pi * turns)
    return _levelled(wave, MUSIC_DBM0)
