"""Identification tones: each one is told from all the others, alone; mixtures, tones and speech are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tones_lines import hear, octets_of, samples_of, speech_like, with_noise

from trunkwire.g711 import Law
from trunkwire.tones import ZONES, HeardTone, Ident, IdentMeter, ToneSpec, ident_source, identify, tone_source
from trunkwire.tones.ident import CHANNELS, SET_A, SET_B, SPANS, one_ident

EVERY = [Ident.of(index) for index in range(2 * SPANS * CHANNELS)]
METERS = {law: IdentMeter(law) for law in Law}


def test_every_channel_has_a_pair_of_its_own() -> None:
    assert len({ident.freqs for ident in EVERY}) == len(EVERY) == 992
    assert [ident.index for ident in EVERY] == list(range(992))
    for pair in (ident.freqs for ident in EVERY):
        assert all(f % 50 == 0 and 200 <= f <= 3450 and not 350 <= f <= 450 for f in pair)
        assert {f in SET_A for f in pair} == {f in SET_B for f in pair} == {True, False}


def test_channels_of_one_side_of_a_span_share_no_frequency() -> None:
    for group in range(2 * SPANS):
        used = [f for ident in EVERY[group * CHANNELS : (group + 1) * CHANNELS] for f in ident.freqs]
        assert len(used) == len(set(used)) == 2 * CHANNELS


def test_a_common_frequency_that_cancels_leaves_nobody() -> None:
    first = Ident("near", 0, 1)
    second = next(i for i in EVERY if i != first and set(i.freqs) & set(first.freqs))
    law = Law.ALAW
    (common,) = set(first.freqs) & set(second.freqs)
    samples = sum(samples_of((f"{f}", 200)) for f in {*first.freqs, *second.freqs} - {common})
    assert METERS[law].identify(octets_of(np.asarray(samples))) is None


@pytest.mark.parametrize("law", Law)
@pytest.mark.parametrize("level", [-30, -13, -3])
def test_none_is_taken_for_another(law: Law, level: int) -> None:
    """All 992, off the grid of blocks, with noise 22 dB below, within 200 ms."""
    lines = []
    for ident in EVERY:
        octets = tone_source(ToneSpec(ident.spec.segments, level), law, 45)(0, 1600)
        lines.append(
            octets_of(with_noise(law.decode(octets).astype(float), level - 22, ident.index, law), law)
        )
    assert METERS[law].identify_lines(np.stack(lines)) == EVERY


def test_sixty_milliseconds_are_enough_and_forty_are_not() -> None:
    source = ident_source(Ident("near", 0, 17), Law.ALAW)
    assert identify(source(0, 480), Law.ALAW) == Ident("near", 0, 17)
    assert identify(source(0, 320), Law.ALAW) is None
    assert identify(b"", Law.ALAW) is None


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 991), st.integers(0, 991), st.floats(-10, 0), st.integers(0, 8000))
def test_a_mixture_of_two_is_neither(first: int, second: int, weaker_by: float, shift: int) -> None:
    if first == second:
        return
    law = Law.ALAW
    loud = law.decode(ident_source(EVERY[first], law)(0, 1600)).astype(float)
    soft = law.decode(ident_source(EVERY[second], law)(shift, 1600)).astype(float) * 10 ** (weaker_by / 20)
    assert METERS[law].identify(octets_of(loud + soft)) is None


def test_faint_crosstalk_does_not_hide_the_channel() -> None:
    law = Law.ALAW
    loud = law.decode(ident_source(EVERY[3], law)(0, 1600)).astype(float)
    soft = law.decode(ident_source(EVERY[4], law)(0, 1600)).astype(float)
    assert METERS[law].identify(octets_of(loud + 0.1 * soft)) == EVERY[3]


def test_two_channels_in_turn_are_not_one() -> None:
    first, second = (ident_source(EVERY[i], Law.ALAW)(0, 800) for i in (10, 11))
    assert METERS[Law.ALAW].identify(first + second) is None
    assert METERS[Law.ALAW].identify(first + Law.ALAW.silent(800)) == EVERY[10]


def test_call_progress_tones_speech_and_silence_are_no_idents() -> None:
    meter = METERS[Law.ALAW]
    for zone in ZONES.values():
        for spec in zone.tones.values():
            assert (meter.blocks(tone_source(spec, Law.ALAW)(0, 16000)) == -1).all()
    assert (meter.blocks(Law.ALAW.silent(1600)) == -1).all()
    for low in (697, 770, 852, 941):
        for high in (1209, 1336, 1477, 1633):
            digit = octets_of(samples_of((f"{low}+{high}", 400)))
            assert meter.identify(digit) is None
    for seed in range(4):
        assert meter.identify(octets_of(speech_like(8, seed))) is None


def test_idents_are_no_call_progress_tones() -> None:
    lines = [np.frombuffer(ident_source(EVERY[i], Law.ALAW)(0, 24000), np.uint8) for i in range(0, 992, 41)]
    for line in lines:
        assert not [h for h in hear(line, ZONES["cn"])[0] if isinstance(h, HeardTone) and h.kind]


def test_bad_idents_and_input() -> None:
    for bad in (("left", 0, 1), ("near", 16, 1), ("near", -1, 1), ("far", 0, 0), ("far", 0, 32)):
        with pytest.raises(ValueError, match="identification tone"):
            Ident(*bad)
    with pytest.raises(ValueError, match="992"):
        Ident.of(992)
    with pytest.raises(ValueError, match="whole 160s"):
        METERS[Law.ALAW].blocks(b"\xd5" * 100)
    assert str(Ident("far", 2, 9)) == "far end, span 2, channel 9"
    assert one_ident([-1, 5, 5, -1, 5, 5]) is None
    assert one_ident([7, 5, 5, 5]) == Ident.of(5)


def test_level() -> None:
    octets = ident_source(EVERY[0], Law.ALAW)(0, 1600)
    assert METERS[Law.ALAW].level_dbm0(octets) == pytest.approx(-13, abs=0.2)
