"""The sound of caller identification: levels, noise, speed, cuts, what is none; and its digits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from trunkwire.callerid import (
    BELL202,
    V23,
    CallSetup,
    Found,
    FskReceiver,
    Modem,
    Moment,
    decode,
    encode,
    find_digits,
    fsk_source,
)
from trunkwire.callerid.modem import line_bits
from trunkwire.g711 import Law, octet_array
from trunkwire.tones import DIAL, ToneSpec, level_dbm0, tone_source, zone
from trunkwire.tones.dtmf import COLUMNS_HZ, KEYS, ROWS_HZ, dtmf_source

MESSAGE = encode(CallSetup(calling="02812345678", when=Moment(11, 23, 6, 20), name="Zhang San"))
RECEIVERS = {(law, modem): FskReceiver(law, modem) for law in Law for modem in (V23, BELL202)}
BOTH = pytest.mark.parametrize("modem", [V23, BELL202], ids=lambda modem: modem.name)
LAWS = pytest.mark.parametrize("law", Law)


def noisy(octets: bytes, law: Law, level_dbm0: float, seed: int) -> NDArray[np.uint8]:
    """The octets with white noise of that level."""
    noise = np.random.default_rng(seed).normal(0, law.milliwatt_rms * 10 ** (level_dbm0 / 20), len(octets))
    mixed = law.decode(octets) + noise
    return law.encode(np.clip(np.rint(mixed), -32768, 32767).astype(np.int16))


@BOTH
@LAWS
def test_a_message_is_found_where_it_was_sent(law: Law, modem: Modem) -> None:
    source = fsk_source(MESSAGE, law, 3000, modem)
    (found,) = RECEIVERS[law, modem].find(source(1000, 16000), 1000)
    assert found.octets == MESSAGE
    assert found.checksum_ok
    assert found.first_sample == pytest.approx(3000, abs=4)
    assert source.end_sample - 5 * 20 / 3 == pytest.approx(found.last_sample, abs=2)
    assert found.level_dbm0 == pytest.approx(-13.5, abs=0.2)
    assert found.mark_hz == pytest.approx(modem.mark_hz, abs=1)
    assert found.mark_bits == pytest.approx(180, abs=1)


@BOTH
@LAWS
def test_levels_speeds_phases_and_noise(law: Law, modem: Modem) -> None:
    """-10 to -36 dBm0, 1.5 % too slow or too fast, noise 25 dB below, wherever it begins."""
    begin = 0
    for level in (-10.0, -23.0, -36.0):
        for speed in (0.985, 1.0, 1.015):
            begin += 333
            source = fsk_source(MESSAGE, law, begin, modem, level_dbm0=level, bit_rate=1200 * speed)
            heard = noisy(source(0, 12000), law, level - 25, begin)
            (found,) = RECEIVERS[law, modem].find(heard)
            assert (found.octets, found.checksum_ok) == (MESSAGE, True), (level, speed)
            assert found.level_dbm0 == pytest.approx(level, abs=0.5)


@settings(deadline=None, max_examples=30)
@given(
    st.binary(min_size=0, max_size=255),
    st.sampled_from([V23, BELL202]),
    st.integers(0, 500),
    st.floats(-40, -3),
    st.floats(1182, 1218),
    st.integers(0, 2**32 - 1),
)
def test_any_octets_cross(
    contents: bytes, modem: Modem, begin: int, level: float, bit_rate: float, seed: int
) -> None:
    octets = bytes([0x80, len(contents)]) + contents
    octets += bytes([-sum(octets) % 256])
    source = fsk_source(octets, Law.ALAW, begin, modem, level_dbm0=level, bit_rate=bit_rate)
    heard = noisy(source(0, source.end_sample + 500), Law.ALAW, level - 25, seed)
    (found,) = RECEIVERS[Law.ALAW, modem].find(heard)
    assert (found.octets, found.checksum_ok) == (octets, True)


@BOTH
def test_without_seizure_as_during_a_call(modem: Modem) -> None:
    source = fsk_source(MESSAGE, Law.ALAW, 100, modem, seizure_bits=0, mark_bits=80)
    (found,) = RECEIVERS[Law.ALAW, modem].find(source(0, 8000))
    assert found.octets == MESSAGE
    assert found.mark_bits == pytest.approx(80, abs=1)


def test_a_source_is_a_function_of_the_sample() -> None:
    source = fsk_source(MESSAGE, Law.ULAW, 777)
    whole = source(0, 9000)
    assert b"".join(source(first, 125) for first in range(0, 9000, 125)) == whole
    assert whole[:777] == Law.ULAW.silent(777)
    assert set(whole[source.end_sample :]) == {Law.ULAW.silence}
    assert source.starting_at(0)(0, source.samples) == whole[777 : source.end_sample]
    assert source(5, 0) == b""
    with pytest.raises(ValueError, match="-1 samples"):
        source(0, -1)


def test_its_bits_are_those_of_the_recommendation() -> None:
    bits = line_bits(b"\x80", 300, 180)
    assert bits[:4].tolist() == [0, 1, 0, 1]
    assert bits[298:301].tolist() == [0, 1, 1]
    assert bits[300:480].all()
    assert bits[480:490].tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert len(fsk_source(b"\x80", Law.ALAW)(0, 5000)) == 5000
    assert fsk_source(b"\x80", Law.ALAW).samples == -(-495 * 20 // 3)


@LAWS
def test_its_level_is_what_was_asked_for(law: Law) -> None:
    for level in (-36.0, -13.5, -3.0):
        source = fsk_source(MESSAGE, law, level_dbm0=level)
        assert level_dbm0(source(0, source.samples), law) == pytest.approx(level, abs=0.1)


def test_the_other_modem_is_not_understood() -> None:
    """V.23 read as Bell 202 has its mark 100 Hz off, which a receiver of one of them must not take."""
    for sent, listening in ((V23, BELL202), (BELL202, V23)):
        assert RECEIVERS[Law.ALAW, listening].find(fsk_source(MESSAGE, Law.ALAW, 0, sent)(0, 9000)) == []


def test_an_unknown_modem_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="choose from v23, bell202"):
        FskReceiver(Law.ALAW, "v32")


def test_a_cut_message_is_told_as_one() -> None:
    source = fsk_source(MESSAGE, Law.ALAW, 400)
    octet = source.end_sample - int((5 + 10 * len(MESSAGE)) * 20 / 3)
    receiver = RECEIVERS[Law.ALAW, V23]
    for kept in (1, 2, 10, len(MESSAGE) - 1):
        line = source(0, octet + int(10 * kept * 20 / 3)) + Law.ALAW.silent(4000)
        (found,) = receiver.find(line)
        assert MESSAGE.startswith(found.octets)
        assert kept - 1 <= len(found.octets) <= kept
        assert not found.checksum_ok
    assert receiver.find(source(0, octet) + Law.ALAW.silent(4000)) == []


def test_a_damaged_octet_does_not_add_up() -> None:
    damaged = bytearray(MESSAGE)
    damaged[5] ^= 4
    (found,) = RECEIVERS[Law.ALAW, V23].find(fsk_source(bytes(damaged), Law.ALAW, 50)(0, 9000))
    assert (found.octets, found.checksum_ok) == (bytes(damaged), False)


SOUNDS: dict[str, Callable[[Law], bytes]] = {
    "dial tone": lambda law: tone_source(zone("cn")[DIAL], law)(0, 24000),
    "1300 Hz": lambda law: tone_source(ToneSpec.parse("1300/500,0/300"), law)(0, 24000),
    "2100 Hz": lambda law: tone_source(ToneSpec.parse("2100/500,0/300"), law)(0, 24000),
    "DTMF": lambda law: dtmf_source("0123456789*#ABCD", law)(0, 24000),
    "noise": lambda law: noisy(law.silent(24000), law, -20, 1).tobytes(),
    "quiet": lambda law: law.silent(24000),
    "below -43 dBm0": lambda law: fsk_source(MESSAGE, law, 400, level_dbm0=-46)(0, 24000),
    "too short": lambda law: law.silent(10),
}


@LAWS
@pytest.mark.parametrize("sound", SOUNDS)
def test_what_is_no_message_gives_none(sound: str, law: Law) -> None:
    heard = SOUNDS[sound](law)
    for modem in (V23, BELL202):
        assert RECEIVERS[law, modem].find(heard) == []


def test_two_messages_and_a_ring_between() -> None:
    law = Law.ALAW
    second = encode(CallSetup(calling="4001234567"))
    line = bytearray(fsk_source(MESSAGE, law, 500)(0, 24000))
    line[8500:10500] = tone_source(ToneSpec.parse("450"), law)(0, 2000)
    other = fsk_source(second, law, 12000)
    line[12000 : other.end_sample] = other(12000, other.samples)
    assert [found.octets for found in RECEIVERS[law, V23].find(bytes(line))] == [MESSAGE, second]


def fed(line: bytes, block: int, first: int = 0) -> list[tuple[int, Found]]:
    """What a receiver reports, with the sample at which it does."""
    receiver = FskReceiver(Law.ALAW)
    pieces = ((at, line[at : at + block]) for at in range(0, len(line), block))
    return [
        (first + at + len(piece), found) for at, piece in pieces for found in receiver.feed(first + at, piece)
    ]


@pytest.mark.parametrize("block", [1, 37, 160, 5000, 40000])
def test_a_line_in_pieces_gives_the_same(block: int) -> None:
    source = fsk_source(MESSAGE, Law.ALAW, 1500)
    line = source(0, 40000) if block > 1 else source(0, source.end_sample + 500)
    ((told_at, found),) = fed(line, block, 7000)
    (whole,) = RECEIVERS[Law.ALAW, V23].find(line, 7000)
    assert (found.octets, found.last_sample) == (whole.octets, whole.last_sample)
    assert found.first_sample == pytest.approx(whole.first_sample, abs=4)
    assert told_at <= 7000 + source.end_sample + 500 + block


def test_a_line_that_is_never_quiet_gives_each_message_once() -> None:
    law = Law.ALAW
    line = bytearray(tone_source(ToneSpec.parse("450"), law)(0, 120_000))
    for begin in (30_000, 60_000):
        source = fsk_source(MESSAGE, law, begin)
        line[begin : source.end_sample] = source(begin, source.samples)
    found = fed(bytes(line), 160)
    assert [one.octets for _, one in found] == [MESSAGE, MESSAGE]
    assert all(one.checksum_ok for _, one in found)


def test_a_jump_forgets_what_came_before() -> None:
    source = fsk_source(MESSAGE, Law.ALAW, 0)
    receiver = FskReceiver(Law.ALAW)
    assert receiver.feed(0, source(0, 4000)) == []
    assert receiver.feed(9000, source(4000, 8000)) == []
    (found,) = receiver.feed(20_000, source(0, 9000))
    assert found.octets == MESSAGE
    assert decode(found.octets).calling == "02812345678"


@LAWS
def test_digits_are_heard_where_they_are(law: Law) -> None:
    keys = "0123456789ABCD*#112233"
    heard = find_digits(dtmf_source(keys, law, 777)(0, 30000), law, 0)
    assert "".join(digit.key for digit in heard) == keys
    for index, digit in enumerate(heard):
        assert digit.first_sample == pytest.approx(777 + 1120 * index, abs=60)
        assert digit.last_sample == pytest.approx(777 + 1120 * index + 560, abs=60)


def beeps(
    key: str, law: Law, on_ms: int, *, off: float = 0.0, twist_db: float = 0.0, level: float = -10
) -> bytes:
    """A key held for so long, its frequencies off by that share, its column weaker than its row."""
    row = next(index for index, keys in enumerate(KEYS) if key in keys)
    pair = (ROWS_HZ[row] * (1 + off), COLUMNS_HZ[KEYS[row].index(key)] * (1 - off))
    turns = 2 * np.pi / 8000 * np.arange(8 * on_ms)
    amplitude = law.milliwatt_rms * 10 ** (level / 20)
    wave = amplitude * (np.sin(turns * pair[0]) + 10 ** (-twist_db / 20) * np.sin(turns * pair[1]))
    return law.silent(400) + law.encode(wave.astype(np.int16)).tobytes() + law.silent(400)


@LAWS
def test_digits_at_the_limits_of_the_receiver(law: Law) -> None:
    """ITU-T Q.24 and ES 201 235-3: 40 ms, 1.5 % off, 8 dB of twist, weak, with noise."""
    for key in "".join(KEYS):
        for sound in (
            beeps(key, law, 40),
            beeps(key, law, 60, off=0.015),
            beeps(key, law, 60, twist_db=8),
            beeps(key, law, 60, twist_db=-8),
            beeps(key, law, 60, level=-33),
        ):
            assert [digit.key for digit in find_digits(sound, law)] == [key]
        assert [digit.key for digit in find_digits(noisy(beeps(key, law, 60), law, -25, 3), law)] == [key]


@LAWS
def test_what_is_no_digit_gives_none(law: Law) -> None:
    for key in "15D":
        for sound in (beeps(key, law, 20), beeps(key, law, 60, off=0.035), beeps(key, law, 60, twist_db=20)):
            assert find_digits(sound, law) == []
    assert find_digits(fsk_source(MESSAGE, law, 500)(0, 9000), law) == []
    assert find_digits(tone_source(zone("cn")[DIAL], law)(0, 9000), law) == []
    assert find_digits(noisy(law.silent(9000), law, -20, 2), law) == []
    assert find_digits(b"", law) == []


def test_a_short_break_does_not_make_two_digits() -> None:
    sound = octet_array(beeps("5", Law.ALAW, 80)).copy()
    sound[700:740] = Law.ALAW.silence
    (digit,) = find_digits(sound, Law.ALAW)
    assert digit.key == "5"
