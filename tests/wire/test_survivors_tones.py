"""Tone detection: when exactly an unknown cadence is decided, and how its figures are rounded."""

from __future__ import annotations

import pytest
from tones_lines import hear, octets_of, samples_of

from trunkwire.tones import zone

CN = zone("cn")


@pytest.mark.parametrize("ms", [300, 500, 800])
def test_a_cadence_that_the_zone_lacks_is_decided_when_it_has_repeated(ms: int) -> None:
    """Two sounds and two pauses, and what it takes to see that the third sound is there."""
    (tone,) = hear(octets_of(samples_of(("", 40), (f"425/{ms},0/{ms}", 6000))), CN)[1]
    assert tone.first_block == 2
    decided_ms = 20 * (tone.decided_block + 1) - 40
    assert 4 * ms <= decided_ms <= 4 * ms + 100


@pytest.mark.parametrize("level", [-10.0, -17.0, -23.5])
def test_a_level_is_told_in_tenths(level: float) -> None:
    (tone,) = hear(octets_of(samples_of(("", 40), ("450/350,0/350", 4000), level_dbm0=level)), CN)[1]
    assert tone.level_dbm0 == pytest.approx(level, abs=0.3)
    assert tone.level_dbm0 == round(tone.level_dbm0, 1)


@pytest.mark.parametrize("gone_ms", [50, 130, 200, 290])
def test_a_stretch_that_began_before_we_listened_is_not_measured(gone_ms: int) -> None:
    octets = octets_of(samples_of(("450/350,0/350", 6000))[8 * gone_ms :])
    (tone,) = hear(octets, CN)[1]
    assert (tone.on_ms, tone.off_ms) == pytest.approx((350, 350), abs=6)
