"""The DTMF receiver: what it must take and what it must not, by ITU-T Q.24 table A-1, and its figures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from dtmf_lines import DIGITS, Samples, dtmf, frequencies, line, noise, octets, silence, sine
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.g711 import Law
from trunkwire.tones import DtmfReceiver
from trunkwire.tones.dtmf import dtmf_source

GAP = silence(60)


def heard(samples: Samples, law: Law = Law.ALAW) -> str:
    """The digits that a receiver makes of a line."""
    receiver = DtmfReceiver(law)
    receiver.feed(octets(samples, law))
    return receiver.digits


def all_digits(make: Callable[[str], Samples], law: Law = Law.ALAW) -> str:
    """What is heard of all sixteen digits, made so, with pauses of 60 ms and a few samples."""
    parts = [part for i, digit in enumerate(DIGITS) for part in (make(digit), GAP, np.zeros(7 * i + 3))]
    return heard(line(GAP, *parts, GAP), law)


@pytest.mark.parametrize("law", Law)
@pytest.mark.parametrize("chunk", [37, 160, 20_000])
def test_every_digit_is_heard_with_its_beginning_and_end(law: Law, chunk: int) -> None:
    sent = dtmf_source(DIGITS, law, 100)(0, 20_000)
    receiver = DtmfReceiver(law, 5000)
    taken = [digit for at in range(0, len(sent), chunk) for digit in receiver.feed(sent[at : at + chunk])]
    assert "".join(digit.digit for digit in taken) == receiver.digits == DIGITS
    for index, digit in enumerate(receiver.received):
        assert abs(digit.first_sample - (5100 + index * 1120)) <= 8
        assert digit.last_sample is not None
        assert abs(digit.last_sample - (5100 + index * 1120 + 559)) <= 8
        assert abs(digit.level_dbm0 + 7) < 0.2
        assert abs(digit.twist_db) < 0.2


def test_a_digit_is_told_once_as_soon_as_it_is_certain() -> None:
    sent = octets(line(dtmf("7", 200), silence(100)), Law.ALAW)
    receiver = DtmfReceiver(Law.ALAW)
    assert receiver.feed(sent[: 28 * 8]) == []
    assert receiver.sounding is None
    (digit,) = receiver.feed(sent[28 * 8 : 45 * 8])
    assert (digit.digit, digit.last_sample) == ("7", None)
    assert receiver.sounding == digit
    assert receiver.feed(sent[45 * 8 : 1500]) == []
    assert receiver.received == (digit,)
    assert receiver.feed(sent[1500:]) == []
    assert receiver.sounding is None
    (ended,) = receiver.received
    assert ended.first_sample == digit.first_sample
    assert ended.last_sample is not None
    assert abs(ended.last_sample - 1599) <= 8


def test_octets_are_octets_and_none_are_nothing() -> None:
    receiver = DtmfReceiver(Law.ULAW)
    assert receiver.feed(b"") == []
    with pytest.raises(TypeError, match="octets are uint8"):
        receiver.feed(np.zeros(10, np.int16))
    assert receiver.digits == ""


# What must be taken, by the strictest of the administrations of Q.24 table A-1.


@pytest.mark.parametrize("law", Law)
@pytest.mark.parametrize("dbm0", [3.0, 0.0, -10.0, -25.0, -29.0, -35.0, -39.0])
def test_levels(law: Law, dbm0: float) -> None:
    assert all_digits(lambda digit: dtmf(digit, 40, dbm0), law) == DIGITS


@pytest.mark.parametrize("twist_db", [-10.0, -8.0, -4.0, 4.0, 8.0, 10.0])
@pytest.mark.parametrize("dbm0", [0.0, -25.0])
def test_twist(twist_db: float, dbm0: float) -> None:
    receiver = DtmfReceiver(Law.ALAW)
    for digit in DIGITS:
        receiver.feed(octets(line(dtmf(digit, 40, dbm0, twist_db=twist_db), GAP), Law.ALAW))
    assert receiver.digits == DIGITS
    # At 0 dBm0 both together are limited by the coder, which compresses the weaker one.
    assert all(abs(digit.twist_db - twist_db) < (1.0 if dbm0 < 0 else 6.0) for digit in receiver.received)


@pytest.mark.parametrize("share", [0.015, 0.018])
@pytest.mark.parametrize("low_sign", [-1, 0, 1])
@pytest.mark.parametrize("high_sign", [-1, 0, 1])
def test_frequencies_that_are_off(share: float, low_sign: int, high_sign: int) -> None:
    """Q.24: 1.5 % (AT&T) and 1.8 % (NTT, Brazil), one or both, either way."""
    offs = low_sign * share, high_sign * share
    assert all_digits(lambda digit: dtmf(digit, 40, low_off=offs[0], high_off=offs[1])) == DIGITS


@pytest.mark.parametrize("sign", [-1, 1])
def test_frequencies_off_by_one_and_a_half_percent_and_four_hertz(sign: int) -> None:
    """Q.24, Australia: one of them, or both the same way."""

    def off(digit: str, low_sign: int, high_sign: int) -> Samples:
        low, high = frequencies(digit)
        offs = low_sign * (0.015 + 4 / low), high_sign * (0.015 + 4 / high)
        return dtmf(digit, 40, low_off=offs[0], high_off=offs[1])

    assert all_digits(lambda digit: off(digit, sign, 0)) == DIGITS
    assert all_digits(lambda digit: off(digit, 0, sign)) == DIGITS
    assert all_digits(lambda digit: off(digit, sign, sign)) == DIGITS


@pytest.mark.parametrize("snr_db", [20, 15, 12])
def test_noise(snr_db: int) -> None:
    rng = np.random.default_rng(snr_db)

    def noisy(digit: str) -> Samples:
        return dtmf(digit, 40, phase=rng.random()) + noise(rng, -7 - snr_db, 320)

    assert all_digits(noisy) == DIGITS


@pytest.mark.parametrize("freqs", [(450,), (425,), (400,), (350, 440)])
@pytest.mark.parametrize("dbm0", [-3.0, -10.0, -20.0, -25.0])
def test_the_first_digits_are_heard_over_dial_tone(freqs: tuple[int, ...], dbm0: float) -> None:
    samples = line(silence(300), *(part for digit in DIGITS for part in (dtmf(digit, 50, dbm0), GAP)))
    for freq in freqs:
        samples = samples + sine(freq, -13 - 3 * (len(freqs) - 1), len(samples) / 8)
    assert heard(samples) == DIGITS


def test_a_dial_tone_is_no_excuse_when_it_was_never_heard_alone() -> None:
    assert heard(line(dtmf("5", 200, -20) + sine(450, -13, 200), GAP)) == ""


@pytest.mark.parametrize("ms", [30, 35, 40, 60])
def test_a_pause_separates_equal_digits(ms: int) -> None:
    assert heard(line(*(part for digit in DIGITS for part in (dtmf(digit), silence(ms)) * 2))) == "".join(
        2 * digit for digit in DIGITS
    )


def test_different_digits_need_no_pause() -> None:
    pairs = [(a, b) for a in DIGITS for b in DIGITS if a != b]
    samples = line(*(part for a, b in pairs for part in (dtmf(a, 40), dtmf(b, 40), GAP)))
    assert heard(samples) == "".join(a + b for a, b in pairs)


@pytest.mark.parametrize("ms", [1, 5, 10, 15, 20])
def test_an_interruption_of_up_to_twenty_ms_does_not_split(ms: int) -> None:
    assert all_digits(lambda digit: line(dtmf(digit), silence(ms), dtmf(digit))) == DIGITS


@pytest.mark.parametrize("ms", [2, 5, 10, 12])
def test_a_digit_may_be_interrupted_before_it_is_taken(ms: int) -> None:
    """Q.24, NTT, AT&T, Brazil: 10 ms; Australia: 12 ms."""
    assert all_digits(lambda digit: line(dtmf(digit, 20), silence(ms), dtmf(digit, 20))) == DIGITS


@pytest.mark.parametrize("delay_ms", [5, 10, 20])
def test_echoes_ten_db_down_are_tolerated(delay_ms: int) -> None:
    def echoing(digit: str) -> Samples:
        samples = line(dtmf(digit), silence(40), dtmf(digit), silence(delay_ms))
        return samples + 10 ** (-10 / 20) * line(silence(delay_ms), samples[: -8 * delay_ms])

    assert all_digits(echoing) == "".join(2 * digit for digit in DIGITS)


@pytest.mark.parametrize("drop_db", [3, 7, 12])
def test_a_digit_that_becomes_weaker_or_louder_is_one(drop_db: int) -> None:
    fade = np.repeat([1.0, 10 ** (-drop_db / 20), 1.0], 800)
    assert all_digits(lambda digit: dtmf(digit, 300) * fade) == DIGITS


# What must not be taken.


@pytest.mark.parametrize("ms", [5, 10, 15, 20, 23, 25])
def test_short_signals(ms: int) -> None:
    assert all_digits(lambda digit: dtmf(digit, ms)) == ""


@pytest.mark.parametrize("ms", [40, 500])
@pytest.mark.parametrize("off", [-0.05, -0.035, -0.03, 0.03, 0.035, 0.05])
def test_frequencies_off_by_three_percent(ms: int, off: float) -> None:
    assert all_digits(lambda digit: dtmf(digit, ms, low_off=off)) == ""
    assert all_digits(lambda digit: dtmf(digit, ms, high_off=off)) == ""


def test_weak_signals_and_much_twist() -> None:
    assert all_digits(lambda digit: dtmf(digit, 100, -43)) == ""
    assert all_digits(lambda digit: dtmf(digit, 100, twist_db=12)) == ""
    assert all_digits(lambda digit: dtmf(digit, 100, twist_db=-12)) == ""


def test_one_frequency_alone_or_a_third() -> None:
    for digit in DIGITS:
        low, high = frequencies(digit)
        assert heard(line(sine(low, -10, 100), GAP, sine(high, -10, 100), GAP)) == ""
        for third in (570.0, 620.0, 1060.0, 2000.0, 2750.0):
            assert heard(line(dtmf(digit, 100) + sine(third, -12, 100), GAP)) == ""


@pytest.mark.parametrize(("dbm0", "taken"), [(-22.0, True), (-18.0, False)])
def test_a_second_harmonic_is_a_voice(dbm0: float, taken: bool) -> None:
    """-12 dB beside its fundamental at -10 dBm0 is taken; at -8 dB it is not."""
    for digit in DIGITS:
        for freq in frequencies(digit):
            voiced = dtmf(digit, 100) + sine(2 * freq, dbm0, 100, 0.3)
            assert heard(line(voiced, GAP)) == (digit if taken else "")


# How it is fed makes no difference, and what is sent is what is heard.


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_the_size_of_chunks_makes_no_difference(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    parts = []
    for _ in range(5):
        sound = dtmf(DIGITS[rng.integers(16)], rng.uniform(15, 80), rng.uniform(-42, 0))
        sound += noise(rng, rng.uniform(-60, -20), len(sound))
        parts += [sound, silence(rng.uniform(0, 60)), noise(rng, rng.uniform(-60, -30), 150)]
    sent = octets(line(*parts), Law.ALAW)
    whole = DtmfReceiver(Law.ALAW)
    whole.feed(sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=40)))
    pieces = DtmfReceiver(Law.ALAW)
    told = [
        digit for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True) for digit in pieces.feed(sent[a:b])
    ]
    assert pieces.received == whole.received
    assert [digit.first_sample for digit in told] == [digit.first_sample for digit in whole.received]


SIGNALS = st.tuples(
    st.sampled_from(DIGITS),
    st.integers(40, 120),
    st.integers(40, 120),
    st.integers(-30, 0),
    st.integers(-8, 4),
    st.floats(-0.015, 0.015),
    st.floats(-0.015, 0.015),
)


@settings(deadline=None, max_examples=25)
@given(st.lists(SIGNALS, min_size=1, max_size=8), st.integers(0, 500), st.sampled_from(Law))
def test_what_is_sent_is_what_is_heard(
    signals: list[tuple[str, int, int, int, int, float, float]], lead: int, law: Law
) -> None:
    parts, begins, at = [np.zeros(lead)], [], lead
    for digit, on, off, dbm0, twist, low_off, high_off in signals:
        parts += [dtmf(digit, on, dbm0, twist_db=twist, low_off=low_off, high_off=high_off), silence(off)]
        begins.append(at)
        at += 8 * (on + off)
    receiver = DtmfReceiver(law)
    receiver.feed(octets(line(*parts), law))
    assert receiver.digits == "".join(signal[0] for signal in signals)
    for taken, signal, begin in zip(receiver.received, signals, begins, strict=True):
        assert abs(taken.first_sample - begin) <= 16
        assert taken.last_sample is not None
        assert abs(taken.last_sample + 1 - begin - 8 * signal[1]) <= 16


def test_the_figures_that_its_description_gives() -> None:
    """Just inside and just outside of each, which Q.24 leaves open."""

    def off(hz: float, group: int) -> Callable[[str], Samples]:
        def make(digit: str) -> Samples:
            share = 0.015 + hz / frequencies(digit)[group]
            return dtmf(digit, 60, low_off=share) if group == 0 else dtmf(digit, 60, high_off=-share)

        return make

    taken: list[tuple[Callable[[str], Samples], Callable[[str], Samples]]] = [
        (lambda digit: dtmf(digit, 35), lambda digit: dtmf(digit, 31)),
        (lambda digit: dtmf(digit, 60, -39), lambda digit: dtmf(digit, 60, -41)),
        (lambda digit: dtmf(digit, 60, twist_db=-10.2), lambda digit: dtmf(digit, 60, twist_db=-10.8)),
        (lambda digit: dtmf(digit, 60, twist_db=10.2), lambda digit: dtmf(digit, 60, twist_db=10.8)),
        (off(5, 0), off(7, 0)),
        (off(5, 1), off(7, 1)),
        (
            lambda digit: dtmf(digit, 60, low_off=0.018, high_off=-0.018),
            lambda digit: dtmf(digit, 60, low_off=0.0187, high_off=-0.0187),
        ),
        (
            lambda digit: line(dtmf(digit, 24), silence(12), dtmf(digit, 24)),
            lambda digit: line(dtmf(digit, 24), silence(15), dtmf(digit, 24)),
        ),
    ]
    assert [(all_digits(inside), all_digits(outside)) for inside, outside in taken] == [(DIGITS, "")] * 8
    assert all_digits(lambda digit: line(dtmf(digit), silence(24), dtmf(digit))) == DIGITS
    doubled = "".join(2 * digit for digit in DIGITS)
    assert all_digits(lambda digit: line(dtmf(digit), silence(27), dtmf(digit))) == doubled


def test_a_dial_tone_is_remembered_for_two_seconds() -> None:
    """Once it has been heard alone for 50 ms."""
    tone = sine(450, -13, 2500)
    early, late = np.zeros(20_000), np.zeros(20_000)
    early[1600:2080] = late[600:1080] = dtmf("5", 60, -20)
    assert heard(line(early[:4000] + tone[:4000], GAP)) == "5"
    assert heard(line(late[300:4000] + tone[300:4000], GAP)) == ""
    hidden = line(sine(450, -13, 100), noise(np.random.default_rng(1), -20, 17_000))
    assert heard(line(hidden, dtmf("5", 60, -20) + sine(450, -13, 60), GAP)) == ""
