"""Zone data and tone sources: notation, levels, purity of the function, phase."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.g711 import Law
from trunkwire.tones import BUSY, DIAL, HOWLER, RINGBACK, SPECIAL_DIAL, ZONES, ToneKind, ToneSpec, zone
from trunkwire.tones.level import level_dbm0
from trunkwire.tones.source import tone_source

# GB/T 3380, as the table of call progress tones gives it.
CHINA = {
    "dial": "450",
    "special-dial": "450",
    "busy": "450/350,0/350",
    "ringback": "450/1000,0/4000",
    "congestion": "450/700,0/700",
    "unobtainable": "450/100,0/100,450/100,0/100,450/100,0/100,450/400,0/400",
    "call-waiting": "450/400,0/4000",
    "record": "950/400,0/10000",
    "howler": "950",
    "long-distance": "450/200,0/200,450/200,0/600",
    "reminder": "1400/400,0/10000",
}


def test_china_is_the_default_and_is_gbt_3380() -> None:
    assert zone() is ZONES["cn"]
    assert {kind.value: str(spec) for kind, spec in zone().tones.items()} == CHINA
    assert all(spec.level_dbm0 == -10 for spec in zone().tones.values())


@pytest.mark.parametrize("name", ZONES)
def test_every_zone_has_the_tones_of_a_call(name: str) -> None:
    tones = ZONES[name].tones
    assert {"dial", "busy", "ringback", "congestion", "unobtainable"} <= {kind.value for kind in tones}
    assert all(ToneSpec.parse(str(spec)).segments == spec.segments for spec in tones.values())


def test_every_pair_is_low_enough_to_be_heard() -> None:
    """Detection looks for pairs below 1.3 kHz only (`PAIR_LOW`)."""
    segments = [s for zone_ in ZONES.values() for spec in zone_.tones.values() for s in spec.segments]
    assert max(s.freqs[1] for s in segments if len(s.freqs) == 2) < 1300


def test_kinds_that_no_ear_tells_apart() -> None:
    assert zone("cn").alike(DIAL) == (DIAL, SPECIAL_DIAL)
    assert zone("cn").alike(BUSY) == (BUSY,)


def test_errors_name_what_there_is() -> None:
    with pytest.raises(ValueError, match="did you mean 'etsi'"):
        zone("etsl")
    with pytest.raises(KeyError, match="zone 'us' has no reminder tone; it has dial"):
        zone("us")[ToneKind.REMINDER]
    for bad in ("", "0/100", "450/x", "450/350,0", "450/0,0/350", "1+2+3", "5000"):
        with pytest.raises(ValueError, match=r"450|4000|duration"):
            ToneSpec.parse(bad)


def test_parts_of_a_spec() -> None:
    ringing = zone("uk")[RINGBACK]
    assert (ringing.freqs, ringing.on_ms, ringing.off_ms, ringing.period_ms) == ((400, 450), 400, 200, 3000)
    dial = zone("cn")[DIAL]
    assert (dial.continuous, dial.on_ms, dial.off_ms, dial.period_ms) == (True, 0, 0, 0)


@pytest.mark.parametrize("law", Law)
@pytest.mark.parametrize("name", ["cn", "uk", "us"])
def test_sending_levels(law: Law, name: str) -> None:
    for spec in ZONES[name].tones.values():
        octets = tone_source(spec, law)(0, 8 * spec.segments[0].ms or 4000)
        if not spec.rise_ms:
            assert level_dbm0(octets, law) == pytest.approx(spec.level_dbm0, abs=0.15)


def test_a_howler_rises() -> None:
    source = tone_source(zone("cn")[HOWLER], Law.ALAW)
    levels = [level_dbm0(source(second * 8000, 800), Law.ALAW) for second in (0, 6, 12, 15, 60)]
    assert levels == pytest.approx([-10, -6, -2, 0, 0], abs=0.2)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(
        ["450/350,0/350", "480+620/500,0/500", "450", "413.7/100,0/45", "950/330,1400/330,0/1000"]
    ),
    st.integers(-3000, 3000),
    st.integers(-5000, 40000),
    st.lists(st.integers(0, 900), min_size=1, max_size=6),
)
def test_a_source_is_a_pure_function_of_the_sample(
    text: str, start: int, first: int, cuts: list[int]
) -> None:
    source = tone_source(ToneSpec.parse(text), Law.ALAW, start)
    whole = source(first, sum(cuts))
    pieces, at = [], first
    for n in cuts:
        pieces.append(source(at, n))
        at += n
    assert b"".join(pieces) == whole
    assert len(whole) == sum(cuts)
    if first < start:
        before = min(start - first, len(whole))
        assert whole[:before] == Law.ALAW.silent(before)


@pytest.mark.parametrize("kind", [RINGBACK, HOWLER])
def test_a_tone_may_begin_at_another_sample(kind: ToneKind) -> None:
    spec = zone("cn").tones[kind]
    tone = tone_source(spec, Law.ALAW, 100)
    moved = tone.starting_at(7000)
    assert moved(6000, 40_000) == tone_source(spec, Law.ALAW, 7000)(6000, 40_000)
    assert tone(0, 9000) == tone_source(spec, Law.ALAW, 100)(0, 9000)


def test_phase_runs_on_through_pauses() -> None:
    """450 Hz x 350 ms is half a cycle too much: a phase that starts anew would show."""
    source = tone_source(zone("cn")[BUSY], Law.ALAW, 7)
    octets = source(7, 8000)
    wave = np.sin(2 * np.pi * 450 * np.arange(8000) / 8000)
    heard = Law.ALAW.decode(octets).astype(float)
    on = (np.arange(8000) // 2800) % 2 == 0
    assert np.corrcoef(heard[on], wave[on])[0, 1] > 0.999
    assert set(octets[2800:5600]) == {0xD5}


def test_rendering_backwards_and_nothing() -> None:
    source = tone_source(zone()[BUSY], Law.ULAW)
    assert source(5, 0) == b""
    with pytest.raises(ValueError, match="-1"):
        source(0, -1)
