"""The sound of caller identification: levels, noise, speed, cuts, what is none; and digits in its place."""

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
    decode_digits,
    encode,
    encode_digits,
    fsk_source,
)
from trunkwire.callerid.modem import line_bits
from trunkwire.g711 import Law
from trunkwire.tones import DIAL, DtmfReceiver, ToneSpec, level_dbm0, tone_source, zone
from trunkwire.tones.dtmf import dtmf_source

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
    assert found.message == MESSAGE
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
            assert (found.message, found.checksum_ok) == (MESSAGE, True), (level, speed)
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
    assert (found.message, found.checksum_ok) == (octets, True)


@BOTH
def test_without_seizure_as_during_a_call(modem: Modem) -> None:
    source = fsk_source(MESSAGE, Law.ALAW, 100, modem, seizure_bits=0, mark_bits=80)
    (found,) = RECEIVERS[Law.ALAW, modem].find(source(0, 8000))
    assert found.message == MESSAGE
    assert found.mark_bits == pytest.approx(80, abs=1)


def keyed(bits: NDArray[np.uint8], modem: Modem) -> bytes:
    """A-law octets of any bits, with continuous phase, and quiet behind them."""
    at = (np.arange(len(bits) * 20 // 3) * 3 // 20).clip(max=len(bits) - 1)
    turns = np.cumsum(np.where(bits[at], modem.mark_hz, modem.space_hz)) / 8000
    wave = 4000 * np.sin(2 * np.pi * turns)
    return Law.ALAW.encode(wave.astype(np.int16)).tobytes() + Law.ALAW.silent(2000)


def gaps(bits: int) -> NDArray[np.uint8]:
    """The bits of the message with so many more bits of mark between its octets."""
    characters = (line_bits(bytes([octet]), 0, bits)[:-5] for octet in MESSAGE)
    tail = np.ones(5, np.uint8)
    return np.concatenate([line_bits(b"", 300, 180)[:-5], *characters, tail])


@BOTH
def test_mark_between_octets(modem: Modem) -> None:
    """Ten bits are allowed; where it goes on for longer, the message has broken off."""
    receiver = RECEIVERS[Law.ALAW, modem]
    for allowed in (0, 1, 7, 10, 19):
        (found,) = receiver.find(keyed(gaps(allowed), modem))
        assert (found.message, found.checksum_ok) == (MESSAGE, True)
    (broken, *_) = receiver.find(keyed(gaps(25), modem))
    assert (broken.message, broken.checksum_ok) == (MESSAGE[:1], False)


@BOTH
def test_the_mark_announces_a_message(modem: Modem) -> None:
    """55 bits are the least that is sent (80 less 25); a few bits of mark begin nothing."""
    receiver = RECEIVERS[Law.ALAW, modem]
    for bits, count in ((55, 1), (45, 1), (35, 0), (10, 0)):
        sound = fsk_source(MESSAGE, Law.ALAW, 500, modem, mark_bits=bits)(0, 9000)
        assert len(receiver.find(sound)) == count, bits


@pytest.mark.parametrize(("off_hz", "count"), [(-40, 1), (40, 1), (-75, 0), (75, 0)])
def test_how_far_the_mark_may_be_off(off_hz: int, count: int) -> None:
    off = Modem("off", V23.mark_hz + off_hz, V23.space_hz + off_hz)
    assert len(RECEIVERS[Law.ALAW, V23].find(fsk_source(MESSAGE, Law.ALAW, 500, off)(0, 9000))) == count


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
        assert MESSAGE.startswith(found.message)
        assert kept - 1 <= len(found.message) <= kept
        assert not found.checksum_ok
    assert receiver.find(source(0, octet) + Law.ALAW.silent(4000)) == []


@BOTH
def test_what_is_still_being_sent_is_not_told_yet(modem: Modem) -> None:
    source = fsk_source(MESSAGE, Law.ALAW, 400, modem)
    over = source.end_sample - int(4 * 20 / 3)
    for end in [*range(0, over - 20, 97), over - 20]:
        assert RECEIVERS[Law.ALAW, modem].find(source(0, end)) == []
    (found,) = RECEIVERS[Law.ALAW, modem].find(source(0, over))
    assert found.checksum_ok


def test_a_damaged_octet_does_not_add_up() -> None:
    damaged = bytearray(MESSAGE)
    damaged[5] ^= 4
    (found,) = RECEIVERS[Law.ALAW, V23].find(fsk_source(bytes(damaged), Law.ALAW, 50)(0, 9000))
    assert (found.message, found.checksum_ok) == (bytes(damaged), False)


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
    assert [found.message for found in RECEIVERS[law, V23].find(bytes(line))] == [MESSAGE, second]


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
    assert (found.message, found.last_sample) == (whole.message, whole.last_sample)
    assert found.first_sample == pytest.approx(whole.first_sample, abs=4)
    assert told_at <= 7000 + source.end_sample + 500 + block


def test_a_line_that_is_never_quiet_gives_each_message_once() -> None:
    law = Law.ALAW
    line = bytearray(tone_source(ToneSpec.parse("450"), law)(0, 120_000))
    for begin in (30_000, 60_000):
        source = fsk_source(MESSAGE, law, begin)
        line[begin : source.end_sample] = source(begin, source.samples)
    found = fed(bytes(line), 160)
    assert [one.message for _, one in found] == [MESSAGE, MESSAGE]
    assert all(one.checksum_ok for _, one in found)


def test_the_longest_message_on_a_line_that_is_never_quiet() -> None:
    law = Law.ALAW
    octets = bytes([0x80, 255]) + bytes(range(255))
    octets += bytes([-sum(octets) % 256])
    line = bytearray(tone_source(ToneSpec.parse("450"), law)(0, 100_000))
    for begin in (20_500, 55_000):
        source = fsk_source(octets, law, begin, bit_rate=1182)
        line[begin : source.end_sample] = source(begin, source.samples)
    assert [one.message for _, one in fed(bytes(line), 800)] == [octets, octets]


def test_what_is_told_is_told_when_the_line_has_been_quiet_for_50_ms() -> None:
    source = fsk_source(MESSAGE, Law.ALAW, 1500)
    ((told_at, _),) = fed(source(0, 20_000), 8)
    assert 400 <= told_at - source.end_sample <= 500


def test_a_jump_forgets_what_came_before() -> None:
    source = fsk_source(MESSAGE, Law.ALAW, 0)
    receiver = FskReceiver(Law.ALAW)
    assert receiver.feed(0, source(0, 4000)) == []
    assert receiver.feed(9000, source(4000, 8000)) == []
    (found,) = receiver.feed(20_000, source(0, 9000))
    assert found.message == MESSAGE
    assert decode(found.message).calling == "02812345678"


@LAWS
def test_digits_carry_it_too(law: Law) -> None:
    sent = CallSetup(calling="02812345678", redirecting="4001234567")
    receiver = DtmfReceiver(law)
    receiver.feed(dtmf_source(encode_digits(sent), law, 777)(0, 40_000))
    assert decode_digits(receiver.digits) == sent
