"""Cadence tracking: the tones of every zone, wrong tones, time of decision, chunks, other sounds."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tones_lines import hear, octets_of, samples_of, speech_like, with_noise

from trunkwire.g711 import Law
from trunkwire.tones import (
    BUSY,
    CONGESTION,
    DIAL,
    RINGBACK,
    SPECIAL_DIAL,
    UNOBTAINABLE,
    ZONES,
    Analyser,
    CadenceTracker,
    HeardSound,
    HeardTone,
    SoundKind,
    ToneKind,
    ToneSpec,
    feed_lines,
    tone_source,
    zone,
)

CN = zone("cn")
EVERY_TONE = [(name, kind) for name in ZONES for kind in ZONES[name].tones]


@pytest.mark.parametrize(("name", "kind"), EVERY_TONE, ids=[f"{n}-{k.value}" for n, k in EVERY_TONE])
def test_every_tone_of_every_zone(name: str, kind: ToneKind) -> None:
    """Off the grid of blocks, weak and strong, with noise 27 dB below, in both laws."""
    spec = ZONES[name][kind]
    for law, level, offset_ms in ((Law.ALAW, -35, 113.375), (Law.ULAW, -10, 41.5), (Law.ALAW, 0, 27.875)):
        seconds = 3 + 2.2 * min(spec.period_ms, 5500) / 1000
        samples = samples_of(("", offset_ms), (str(spec), 1000 * seconds), law=law, level_dbm0=level)
        noisy = with_noise(samples, level - 27, 7, law)
        heard, tones = hear(octets_of(noisy, law), ZONES[name], law)
        assert [h.kind for h in heard] == [
            ZONES[name].alike(kind)[0] if kind is not SPECIAL_DIAL else _first(name)
        ]
        (tone,) = tones
        assert kind in tone.kinds
        assert tone.level_dbm0 == pytest.approx(level, abs=1)
        assert tone.freqs == pytest.approx(spec.freqs, abs=2)
        assert tone.first_block == pytest.approx(offset_ms / 20, abs=1.5)
        wanted = [s.ms for s in spec.segments][: len(tone.cadence)]
        assert list(tone.cadence) == pytest.approx(wanted, abs=10) if wanted != [0] else tone.cadence == ()


def _first(name: str) -> ToneKind:
    return next(k for k in ZONES[name].tones if SPECIAL_DIAL in ZONES[name].alike(k))


@pytest.mark.parametrize(
    ("kind", "at_most_ms"),
    [(BUSY, 1150), (CONGESTION, 2200), (RINGBACK, 2100), (UNOBTAINABLE, 1150), (DIAL, 1250)],
)
def test_time_to_decide(kind: ToneKind, at_most_ms: int) -> None:
    for offset in (0.125, 7, 19.9):
        heard, _ = hear(octets_of(samples_of(("", 40 + offset), (str(CN[kind]), 5000))), CN)
        decided_ms = 20 * (heard[0].decided_block + 1) - 40 - offset
        assert heard[0].kind is kind
        assert decided_ms <= at_most_ms


@pytest.mark.parametrize(
    ("text", "freqs", "cadence"),
    [
        ("425/500,0/500", (425,), (500, 500)),
        ("425/350,0/350", (425,), (350, 350)),
        ("475/350,0/350", (475,), (350, 350)),
        ("450/500,0/500", (450,), (500, 500)),
        ("450/350,0/700", (450,), (350, 700)),
        ("450/1000,0/1000", (450,), (1000, 1000)),
        ("480+620/500,0/500", (480, 620), (500, 500)),
        ("450/100,0/100,450/100,0/700", (450,), (100, 100, 100, 700)),
        ("950/330,1400/330,1800/330,0/1000", (950,), (330, 330, 330, 1000)),
        ("500", (500,), ()),
        ("350+440", (350, 440), ()),
    ],
)
def test_what_the_zone_does_not_have_is_reported_as_what_it_is(
    text: str, freqs: tuple[float, ...], cadence: tuple[int, ...]
) -> None:
    heard, tones = hear(octets_of(samples_of(("", 33), (text, 8000))), CN)
    assert [h.kind for h in heard] == [None]
    (tone,) = tones
    assert tone.kinds == ()
    assert tone.freqs == pytest.approx(freqs, abs=2)
    assert list(tone.cadence) == pytest.approx(list(cadence), abs=10)
    assert "unknown tone" in tone.describe()


def test_425_hz_500_500_is_never_busy_in_china_and_is_in_europe() -> None:
    octets = octets_of(samples_of(("", 10), ("425/500,0/500", 6000)))
    (tone,) = hear(octets, CN)[1]
    assert (tone.kind, round(tone.freq_hz), tone.on_ms, tone.off_ms) == (None, 425, 500, 500)
    assert hear(octets, zone("etsi"))[0][0].kind is BUSY


def test_a_ringback_whose_pause_turns_out_short_is_taken_back() -> None:
    octets = octets_of(samples_of(("", 33), ("450/1000,0/2000", 9000)))
    heard, tones = hear(octets, CN)
    assert [(h.kind, h.first_block) for h in heard] == [(RINGBACK, 2), (None, 2)]
    assert isinstance(heard[0], HeardTone)
    assert heard[0].off_ms is None
    assert [(t.kind, t.on_ms, t.off_ms) for t in tones] == [(None, 1000, 2000)]


def test_one_tone_after_another() -> None:
    octets = octets_of(
        samples_of(
            ("", 20),
            ("450", 3000),
            ("", 900),
            ("450/1000,0/4000", 7500),
            ("450/350,0/350", 2950),
            ("450/700,0/700", 6000),
        )
    )
    tones = hear(octets, CN)[1]
    assert [t.kind for t in tones] == [DIAL, RINGBACK, BUSY, CONGESTION]
    assert tones[0].kinds == (DIAL, SPECIAL_DIAL)


def test_a_lone_beep_and_silence() -> None:
    heard, _ = hear(octets_of(samples_of(("", 50), ("450", 200), ("", 6000))), CN)
    assert [(h.kind, h.on_ms, h.off_ms) for h in heard if isinstance(h, HeardTone)] == [(None, 200, None)]
    tracker = CadenceTracker(CN, Law.ALAW, first_block=1000)
    assert tracker.skip(500) == []
    assert (tracker.next_block, tracker.silent_ms) == (1500, 10_000)


def test_listening_may_begin_in_the_middle_of_a_tone() -> None:
    for cut in range(0, 5600, 433):
        octets = octets_of(samples_of(("450/350,0/350", 4000))[cut:])
        assert hear(octets, CN)[0][0].kind is BUSY


def test_a_click_does_not_end_a_tone() -> None:
    samples = samples_of(("", 30), ("450/350,0/350", 4000))
    samples[8 * 130 : 8 * 130 + 6] = 30000
    samples[8 * 900 : 8 * 900 + 6] = -30000
    assert [h.kind for h in hear(octets_of(samples), CN)[0]] == [BUSY]


def test_too_weak_is_not_heard() -> None:
    octets = octets_of(samples_of(("", 30), ("450/350,0/350", 4000), level_dbm0=-43))
    assert hear(octets, CN) == ([], [])


@settings(deadline=None, max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["450/350,0/350", "450/1000,0/2000", "450", "425/500,0/500", "", "950/330,1400/200,0/90"]
            ),
            st.integers(30, 2500),
        ),
        min_size=1,
        max_size=5,
    ),
    st.lists(st.integers(0, 40), max_size=40),
    st.integers(0, 2**16),
)
def test_chunks_make_no_difference(parts: list[tuple[str, int]], chunks: list[int], seed: int) -> None:
    samples = samples_of(*parts)
    middle = len(samples) // 2
    samples = np.concatenate([samples[:middle], speech_like(1.5, seed), samples[middle:]])
    octets = octets_of(with_noise(samples, -42, seed))
    whole = hear(octets, CN)
    assert hear(octets, CN, chunks=chunks) == whole
    assert hear(octets, CN, chunks=[1] * (len(octets) // 160)) == whole


def test_many_lines_at_once_are_as_many_lines_alone() -> None:
    kinds = list(CN.tones)
    lines = np.stack(
        [octets_of(samples_of(("", 7 * i), (str(CN[k]), 6000))[:48000]) for i, k in enumerate(kinds)]
    )
    analyser = Analyser(Law.ALAW, CN)
    trackers = [CadenceTracker(CN, Law.ALAW) for _ in kinds]
    together = feed_lines(trackers, analyser.analyse(lines))
    assert together == [hear(line, CN)[0] for line in lines]
    with pytest.raises(ValueError, match="one tracker a line"):
        feed_lines(trackers[:2], analyser.analyse(lines))


@pytest.mark.parametrize("name", ["cn", "us"])
def test_speech_is_no_tone(name: str) -> None:
    for seed in range(6):
        heard, _ = hear(octets_of(speech_like(12, seed)), ZONES[name])
        assert not [h for h in heard if isinstance(h, HeardTone)]
        sounds = [h for h in heard if isinstance(h, HeardSound)]
        assert sounds
        assert {s.kind for s in sounds} == {SoundKind.SPEECH}
        assert not sounds[0].ended


def test_an_announcement_has_a_duration() -> None:
    line = np.concatenate(
        [np.zeros(4000), speech_like(4, 3), np.zeros(16000), samples_of(("450/350,0/350", 3000))]
    )
    heard, tones = hear(octets_of(line), CN)
    speech = [h for h in heard if isinstance(h, HeardSound)]
    assert [s.ended for s in speech] == [False, True]
    assert speech[1].kind is SoundKind.SPEECH
    assert speech[1].duration_ms == pytest.approx(4000, abs=400)
    assert 20 * speech[1].first_block == pytest.approx(500, abs=60)
    assert [t.kind for t in tones] == [BUSY]
    assert "speech of" in speech[1].describe()


def test_steady_noise_is_another_sound() -> None:
    heard, _ = hear(octets_of(with_noise(np.zeros(32000), -20, 6)), CN)
    assert [(type(h), h.kind) for h in heard] == [(HeardSound, SoundKind.OTHER)]


def test_dtmf_and_speech_over_a_tone_are_no_busy() -> None:
    digits = np.concatenate(
        [samples_of((f"{low}+{high}", 80), ("", 80)) for low in (697, 852) for high in (1209, 1477)] * 8
    )
    assert not [h for h in hear(octets_of(digits), CN)[0] if isinstance(h, HeardTone) and h.kind]
    spoken = samples_of(("450/350,0/350", 8000)) + speech_like(8, 2)
    assert not [h for h in hear(octets_of(spoken), CN)[0] if isinstance(h, HeardTone) and h.kind]


def test_a_real_b_channel_has_no_call_progress_tone() -> None:
    """A call with speech and a melody; the chip stored each octet least significant bit first."""
    default = Path(__file__).resolve().parents[3] / "shared" / "captures"
    path = (
        Path(os.environ.get("TRUNKBENCH_CAPTURES") or default)
        / "audio"
        / "bri-b-channel-alaw-bitreversed.raw"
    )
    if not path.exists():
        pytest.skip(f"capture {path.name} is absent (TRUNKBENCH_CAPTURES)")
    stored = np.frombuffer(path.read_bytes(), np.uint8)
    octets = np.packbits(np.unpackbits(stored.reshape(-1, 1), axis=1)[:, ::-1], axis=1).ravel()
    octets = octets[: len(octets) // 160 * 160]
    for spec_zone in ZONES.values():
        heard, _ = hear(octets, spec_zone)
        assert not [h for h in heard if isinstance(h, HeardTone) and h.kind]
        assert [h for h in heard if isinstance(h, HeardSound) and h.kind is SoundKind.SPEECH and h.ended]


def test_describe_names_the_figures() -> None:
    source = tone_source(ToneSpec.parse("450/350,0/350"), Law.ALAW, 100)
    (tone,) = hear(np.frombuffer(source(0, 24000), np.uint8), CN)[0]
    assert tone.describe() == "busy (450 Hz, 350/350 ms, -10.0 dBm0)"
