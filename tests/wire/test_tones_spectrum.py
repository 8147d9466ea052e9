"""Block analysis: frequency, level, purity, pairs, and that nothing depends on the batch."""

from __future__ import annotations

import numpy as np
import pytest
from tones_lines import octets_of, samples_of, speech_like, with_noise

from trunkwire.g711 import Law
from trunkwire.tones import Analyser, analyse, zone
from trunkwire.tones.spectrum import BlockFeatures


@pytest.fixture(scope="module", params=list(Law), ids=lambda law: law.value)
def analyser(request: pytest.FixtureRequest) -> Analyser:
    return Analyser(request.param, zone("cn"))


@pytest.mark.parametrize("level", [-35, -10, 0])
@pytest.mark.parametrize("freq", [310, 400, 413.5, 425, 437.5, 444, 450, 462, 475, 500, 777, 950, 1400, 1800])
def test_frequency_and_level_of_one_sine(analyser: Analyser, freq: float, level: int) -> None:
    samples = samples_of((f"{freq}", 2000), law=analyser.law, level_dbm0=level)
    noisy = with_noise(samples, level - 25, seed=int(freq), law=analyser.law)
    features = analyser.analyse(octets_of(noisy, analyser.law))
    assert features.tonal.all()
    assert not features.second.any()
    assert np.abs(features.freq - freq).max() < 3
    assert features.freq.mean() == pytest.approx(freq, abs=0.6)
    assert features.level_dbm0(analyser.law) == pytest.approx(level, abs=1)


@pytest.mark.parametrize("level", [-35, -10])
@pytest.mark.parametrize("pair", [(350, 440), (480, 620), (440, 480), (400, 450)])
def test_known_pairs(analyser: Analyser, pair: tuple[int, int], level: int) -> None:
    samples = samples_of((f"{pair[0]}+{pair[1]}", 2000), law=analyser.law, level_dbm0=level)
    features = analyser.analyse(octets_of(with_noise(samples, level - 25, 3, analyser.law), analyser.law))
    assert features.tonal.all()
    assert set(features.freq[0]) == {pair[0]}
    assert set(features.second[0]) == {pair[1]}


def test_noise_and_silence_are_no_tones(analyser: Analyser) -> None:
    noise = analyser.analyse(octets_of(with_noise(np.zeros(80_000), -20, 1), analyser.law))
    assert not noise.tonal.any()
    assert noise.bass.mean() == pytest.approx(0.5, abs=0.02)
    silence = analyser.analyse(analyser.law.silent(1600))
    assert not silence.tonal.any()
    assert set(silence.level_dbm0(analyser.law)[0]) <= {-90.0, silence.level_dbm0(analyser.law)[0, 0]}
    assert silence.level_dbm0(analyser.law).max() < -60


def test_speech_is_low_and_mostly_no_tone(analyser: Analyser) -> None:
    features = analyser.analyse(octets_of(speech_like(10, 4), analyser.law))
    loud = features.energy > features.energy.max() / 1000
    assert features.tonal.sum() < 0.1 * loud.sum()
    assert features.bass[(features.bass > 0) & loud].mean() > 0.75


def test_each_block_is_analysed_for_itself(analyser: Analyser) -> None:
    """One block at a time, one line at a time, all at once: the same bits."""
    mixed = np.concatenate(
        [
            samples_of(("450/350,0/350", 1507), ("440+480", 300), ("425/100,0/33", 800)),
            speech_like(2, 9),
            with_noise(samples_of(("950", 500)), -20, 2),
        ]
    )
    octets = octets_of(mixed, analyser.law)
    lines = np.stack([octets, octets[::-1], np.roll(octets, 77)])
    whole = analyser.analyse(lines)
    for row, line in enumerate(lines):
        _assert_same(analyser.analyse(line).line(0), whole.line(row))
        one_by_one = [analyser.analyse(block.tobytes()).line(0) for block in line.reshape(-1, 160)]
        for index, block in enumerate(one_by_one):
            _assert_same(block, _block(whole.line(row), index))


def _block(features: BlockFeatures, index: int) -> BlockFeatures:
    return features.line(slice(index, index + 1))  # type: ignore[arg-type]


def _assert_same(first: BlockFeatures, second: BlockFeatures) -> None:
    for name in ("energy", "tonal", "freq", "second", "bass"):
        assert (getattr(first, name) == getattr(second, name)).all(), name


def test_shapes_and_bad_input() -> None:
    assert analyse(b"\xd5" * 320, Law.ALAW).energy.shape == (1, 2)
    assert analyse(np.full((3, 480), 0xD5, np.uint8), Law.ALAW).tonal.shape == (3, 3)
    assert analyse(b"", Law.ALAW).energy.shape == (1, 0)
    for bad in (b"\xd5" * 161, np.zeros((2, 159), np.uint8), np.zeros((2, 2, 160), np.uint8)):
        with pytest.raises(ValueError, match="whole 160s"):
            analyse(bad, Law.ALAW)
