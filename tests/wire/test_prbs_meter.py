"""The receiving side of a pattern test: errors are counted one by one, slips and losses where they were."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.g711 import Law
from trunkwire.prbs import (
    O151_15,
    O152_11,
    SEQUENCES,
    Alteration,
    FixedOctet,
    Pattern,
    PatternMeter,
    Performance,
    Second,
    Slip,
    altered,
    availability,
    pattern_source,
    performance,
)
from trunkwire.prbs.sequence import Octets
from trunkwire.prbs.transparency import story


def sent(n: int, pattern: Pattern = O152_11) -> Octets:
    return np.frombuffer(pattern_source(pattern)(0, n), np.uint8).copy()


def measured(octets: Octets, pattern: Pattern = O152_11) -> PatternMeter:
    meter = PatternMeter(pattern)
    meter.receive(octets)
    meter.flush()
    return meter


@pytest.mark.parametrize("pattern", [*SEQUENCES.values(), FixedOctet(0x7E)], ids=lambda each: each.name)
def test_a_clean_channel(pattern: Pattern) -> None:
    meter = measured(sent(16_000, pattern), pattern)
    assert (meter.bits, meter.errors, meter.lost, meter.slips, meter.losses) == (128_000, 0, 0, [], [])
    assert meter.performance() == Performance(seconds=2, errored=0, severely_errored=0, unavailable=0)
    assert (meter.late, meter.found_at, meter.in_sync) == (0, 0, True)


@pytest.mark.parametrize("late", [1, 5, 40, 79, 80, 300, 2046])
def test_the_delay_is_that_of_the_path(late: int) -> None:
    meter = measured(np.concatenate([np.full(late, 0xD5, np.uint8), sent(8000)]))
    assert (meter.late, meter.errors, meter.lost) == (late, 0, 0)
    assert meter.found_at is not None
    assert late <= meter.found_at <= late + 40  # half a block must show it


@settings(deadline=None, max_examples=40)
@given(
    wrong=st.sets(st.integers(320, 63_999), max_size=40),
    cuts=st.lists(st.integers(0, 8000), max_size=6),
)
def test_every_wrong_bit_is_counted_however_the_octets_come(wrong: set[int], cuts: list[int]) -> None:
    octets = sent(8000)
    for bit in wrong:
        octets[bit // 8] ^= 0x80 >> bit % 8
    meter = PatternMeter(O152_11)
    for first, stop in pairwise([0, *sorted(cuts), 8000]):
        meter.receive(octets[first:stop].tobytes())
    meter.flush()
    assert (meter.errors, meter.bits, meter.lost, meter.slips) == (len(wrong), 64_000, 0, [])
    assert meter.performance().errored == (1 if wrong else 0)


@settings(deadline=None, max_examples=40)
@given(at=st.integers(200, 7000), octets=st.integers(-200, 200).filter(bool))
def test_a_slip_is_seen_where_it_was_and_nothing_else(at: int, octets: int) -> None:
    clean = sent(9000)
    slipped = np.concatenate([clean[:at], clean[at - octets :]])
    meter = measured(slipped[:8000])
    (slip,) = meter.slips
    assert slip.octets == octets
    assert abs(slip.at - at) <= abs(octets) + 2
    assert (meter.errors, meter.losses) == (0, [])
    assert "repeated" in slip.describe() if octets > 0 else "left out" in slip.describe()


def test_two_slips_that_make_up_for_each_other_are_two() -> None:
    clean = sent(8000)
    meter = measured(np.concatenate([clean[:2000], clean[2001:5000], clean[4999:]]))
    assert [slip.octets for slip in meter.slips] == [-1, 1]
    assert meter.late == 0


def test_octets_that_are_no_octets_any_more() -> None:
    bits = np.unpackbits(sent(8000))
    moved = np.packbits(np.concatenate([bits[:32_000], bits[32_003:-5]]))
    (slip,) = measured(moved).slips
    assert (slip.octets, slip.bits) == (0, -3)
    assert "moved by -3 bits" in slip.describe()


@pytest.mark.parametrize("gone", [(3000, 6000), (3010, 6071), (79, 160), (7000, 7999)])
def test_an_interruption_is_lost_synchronisation_for_as_long(gone: tuple[int, int]) -> None:
    octets = sent(16_000)
    octets[gone[0] : gone[1]] = 0xD5
    meter = measured(octets)
    assert len(meter.losses) == 1
    assert abs(meter.losses[0] - gone[0]) <= 2
    assert abs(meter.lost - (gone[1] - gone[0])) <= 4
    assert meter.slips == []
    assert meter.performance() == Performance(seconds=2, errored=1, severely_errored=1, unavailable=0)


def test_an_interruption_that_costs_octets_is_a_slip_as_well() -> None:
    clean = sent(16_000)
    meter = measured(np.concatenate([clean[:4000], np.zeros(1000, np.uint8), clean[5007:]]))
    assert (len(meter.losses), [slip.octets for slip in meter.slips]) == (1, [-7])


def test_what_is_not_known_is_not_judged() -> None:
    octets = sent(16_000)
    meter = PatternMeter(O152_11)
    meter.receive(octets[:5003])
    meter.skip(4000)
    meter.receive(octets[9003:])
    meter.flush()
    assert (meter.errors, meter.bits, meter.lost, meter.slips) == (0, 96_000, 0, [])


def test_a_burst_in_which_the_pattern_goes_on_is_errors() -> None:
    octets = sent(8000)
    octets[4000:4030] ^= 0xFF
    meter = measured(octets)
    assert (meter.errors, meter.losses, meter.slips) == (240, [], [])
    assert meter.performance().severely_errored == 1


def test_one_bit_in_a_hundred_is_still_the_pattern() -> None:
    octets = sent(80_000, O151_15)
    noise = np.packbits(np.random.default_rng(3).random(640_000) < 0.01)
    wrong = int(np.unpackbits(noise).sum())
    meter = measured(octets ^ noise, O151_15)
    assert meter.errors == pytest.approx(wrong, abs=10)  # those before it was found were not compared
    assert (meter.losses, meter.slips) == ([], [])
    assert meter.performance() == Performance(10, 0, 0, unavailable=10)


def converted(octets: Octets, law: Law, to: Law) -> Octets:
    return to.encode(law.decode(octets))


def amplified(octets: Octets, law: Law, decibels: float) -> Octets:
    linear = np.round(law.decode(octets) * 10 ** (decibels / 20))
    return law.encode(np.clip(linear, -32768, 32767).astype(np.int16))


def echo_cancelled(octets: Octets) -> Octets:
    linear = Law.ALAW.decode(octets).astype(np.float64)
    rest = 0.6 * linear + 0.3 * np.roll(linear, 40) + np.random.default_rng(1).normal(0, 1500, len(linear))
    return Law.ALAW.encode(np.clip(rest, -32768, 32767).astype(np.int16))


@pytest.mark.parametrize("alteration", Alteration)
def test_alterations_that_can_be_undone_are_named_and_measured_through(alteration: Alteration) -> None:
    meter = measured(alteration.apply(sent(8000)))
    assert (meter.alteration, meter.errors, meter.late) == (alteration, 0, 0)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (lambda x: converted(x, Law.ALAW, Law.ULAW), "converted from A-law to µ-law (G.711 3.2)"),
        (lambda x: converted(x, Law.ULAW, Law.ALAW), "converted from µ-law to A-law (G.711 3.2)"),
        (
            lambda x: converted(converted(x, Law.ALAW, Law.ULAW), Law.ULAW, Law.ALAW),
            "converted from A-law to µ-law and back (G.711 3.2)",
        ),
        (
            lambda x: converted(converted(x, Law.ULAW, Law.ALAW), Law.ALAW, Law.ULAW),
            "converted from µ-law to A-law and back (G.711 3.2)",
        ),
        (lambda x: amplified(x, Law.ALAW, -6), "a loss of 6.0 dB (A-law)"),
        (lambda x: amplified(x, Law.ULAW, 3), "a gain of 3.0 dB (µ-law)"),
        (
            lambda x: np.where(x == 0, 2, x).astype(np.uint8),
            "zero code suppression: bit 7 of octet 00 is set",
        ),
        (lambda x: x | np.uint8(1), "bit 8 is always one: a channel of 56 kbit/s"),
        (lambda x: x ^ np.uint8(0x24), "bits 3, 6 inverted"),
        (
            lambda x: x | (np.arange(len(x)) % 6 == 4).astype(np.uint8),
            "bit 8 of every sixth frame is not what was sent: robbed-bit signalling",
        ),
        (echo_cancelled, "speech processing, such as an echo canceller or compression"),
        (
            lambda x: converted(x, Law.ALAW, Law.ULAW) ^ np.uint8(0xFF),
            "converted from A-law to µ-law (G.711 3.2), and the polarity reversed",
        ),
        (lambda x: np.full(len(x), 0xFF, np.uint8), "nothing but ones: an alarm indication signal"),
        (lambda x: np.full(len(x), 0x37, np.uint8), "nothing but octet 37"),
        (lambda x: np.random.default_rng(2).integers(0, 256, len(x)).astype(np.uint8), "not to be found"),
    ],
)
def test_what_the_path_does_to_the_octets_is_named(path: object, named: str) -> None:
    assert callable(path)
    meter = measured(path(sent(8000)))
    if meter.origin is None:
        assert named in story(O152_11, np.concatenate(list(meter.unmatched)))
    else:
        assert altered(list(meter.errored)) == named


def test_bit_errors_alone_are_no_alteration() -> None:
    octets = sent(8000)
    octets[50::50] ^= 0x10
    meter = measured(octets)
    assert meter.errors == 159
    assert altered(list(meter.errored)) is None
    assert altered([]) is None
    assert altered([(0, octets, octets)]) is None


def spoilt(octets: Octets, ratio: float) -> Octets:
    return octets ^ np.packbits(np.random.default_rng(7).random(8 * len(octets)) < ratio)


@pytest.mark.parametrize("ratio", [1e-4, 1e-2, 0.05, 0.1])
def test_chance_errors_are_neither_slips_nor_an_alteration(ratio: float) -> None:
    meter = measured(spoilt(sent(40_000), ratio))
    assert meter.errors / meter.bits == pytest.approx(ratio, rel=0.3)
    assert (meter.slips, meter.losses, meter.alteration) == ([], [], Alteration.NONE)
    assert altered(list(meter.errored)) is None


def test_a_pattern_with_a_fifth_of_its_bits_wrong_is_told_as_such() -> None:
    meter = measured(spoilt(sent(8000), 0.2))
    assert (meter.origin, meter.bits) == (None, 0)
    assert story(O152_11, np.concatenate(list(meter.unmatched))) == "20% of its bits are wrong"


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_comes_every_octet_is_accounted_for(seed: int) -> None:
    draw = np.random.default_rng(seed)
    octets = sent(6000)
    for _ in range(draw.integers(0, 6)):
        at, n = int(draw.integers(0, len(octets) - 700)), int(draw.integers(1, 600))
        match draw.integers(0, 5):
            case 0:
                octets = np.concatenate([octets[:at], octets[at + n :]])
            case 1:
                octets[at : at + n] = draw.integers(0, 256)
            case 2:
                octets[at : at + n] = draw.integers(0, 256, n)
            case 3:
                octets[at:] = list(Alteration)[draw.integers(0, len(Alteration))].apply(octets[at:])
            case _:
                octets = np.packbits(np.unpackbits(octets)[int(draw.integers(1, 8)) :])
    meter, at, skipped = PatternMeter(O152_11), 0, 0
    while at < len(octets):
        n = min(int(draw.choice([1, 7, 80, 81, 1000])), len(octets) - at)
        if draw.random() < 0.02:
            meter.skip(n)
            skipped += n
        else:
            meter.receive(octets[at : at + n])
        at += n
    meter.flush()
    assert meter.position == len(octets)
    known = meter.bits + 8 * meter.lost
    since = len(octets) if meter.found_at is None else meter.found_at
    assert 8 * (len(octets) - since - skipped) <= known <= 8 * (len(octets) - since)


def severe(text: str) -> list[bool]:
    return [each == "S" for each in text]


@pytest.mark.parametrize(
    ("seconds", "unavailable"),
    [
        ("." * 20, ""),
        ("." * 5 + "S" * 9 + "." * 5, ""),
        ("." * 5 + "S" * 10 + "." * 9, "." * 5 + "U" * 19),
        ("." * 5 + "S" * 10 + "." * 10 + "S", "." * 5 + "U" * 10 + "." * 11),
        ("S" * 12 + "." * 3 + "S" * 2 + "." * 11, "U" * 17 + "." * 11),
    ],
)
def test_unavailable_time_begins_and_ends_with_ten_seconds(seconds: str, unavailable: str) -> None:
    there = availability(severe(seconds))
    assert "".join("." if each else "U" for each in there) == (unavailable or "." * len(seconds))


def test_a_second_is_severely_errored_from_one_bit_in_a_thousand_on() -> None:
    assert not Second(64_000, 0).errored
    assert Second(64_000, 1).errored
    assert not Second(64_000, 63).severely_errored
    assert Second(64_000, 64).severely_errored
    assert Second(63_000, 0, lost=1).severely_errored
    assert Second(64_000, 0, slips=1).errored
    found = performance([Second(64_000, 1), Second(), Second(64_000, 70), Second(64_000)])
    assert found == Performance(seconds=3, errored=2, severely_errored=1, unavailable=0)
    assert (found.errored_ratio, found.severely_errored_ratio) == pytest.approx((2 / 3, 1 / 3))
    assert Performance(0, 0, 0, 0).errored_ratio == 0 == Performance(0, 0, 0, 0).severely_errored_ratio


def test_a_slip_of_a_fixed_octet_cannot_be_seen_and_a_turn_can() -> None:
    pattern = FixedOctet(0x7E)
    octets = np.concatenate([pattern.octets(0, 4000), pattern.octets(2, 4000)])
    meter = measured(octets, pattern)
    assert [(slip.octets, slip.bits) for slip in meter.slips] in ([(0, -2)], [(0, 6)])
    assert Slip(0, 1).describe() == "1 octet repeated"
