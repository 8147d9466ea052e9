"""Raw T1: both superframes, both bit orders, any bit offset, slips, errors, alarms."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.trace.inputs import InputOptions, open_trace
from trunkbench.trace.inputs.bitdump import POLARITY
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.inputs.t1align import ESF_PATTERN, FRAME, LEAST, SF_PATTERN, Bits, find_t1
from trunkbench.trace.inputs.t1raw import recognise
from trunkbench.trace.inputs.t1stream import T1Stream
from trunkbench.trace.record import Audio, FrameRecord, Happening
from trunkwire.hdlc import BitEncoder
from trunkwire.hdlc.fcs import MIRROR

SABME, UA = bytes.fromhex("00017f"), bytes.fromhex("000173")
DISCONNECT = bytes.fromhex("00010000080280414508028190")
SENT = [SABME, UA, DISCONNECT]
FRAMES = 24 * 32
PLACES = [(0, False), (1, True), (193, False), (4631, True)]
"""Bits that the dump begins behind, and whether each octet has its first bit lowest; `long` tries all."""
ALL_PLACES = [(offset, mirrored) for offset in (0, 1, 8, 192, 193, 1000, 4631) for mirrored in (False, True)]
LONG_PLACES = [pytest.param(*place, marks=pytest.mark.long) for place in ALL_PLACES if place not in PLACES]


def crc6(block: Bits) -> Bits:
    """The remainder by x^6 + x + 1 of a superframe whose F bits count as 1, bit by bit (G.704 2.1.3.1.2)."""
    register = 0
    counted = block.copy()
    counted[::FRAME] = 1
    for bit in [*counted.tolist(), *[0] * 6]:
        register = register << 1 | bit
        if register & 0x40:
            register ^= 0b1000011
    return np.array([register >> place & 1 for place in (5, 4, 3, 2, 1, 0)], np.uint8)


def line_bits(*, esf: bool, frames: int = FRAMES, yellow: bool = False, seed: int = 1) -> Bits:
    """Bits of a line: noise on 23 slots, flags and three frames on timeslot 24."""
    encoder = BitEncoder()
    parts = []
    for frame in SENT:
        parts.append(encoder.octets(200))
        encoder.queue(frame)
    data = b"".join(parts)
    data += encoder.octets(frames - len(data))
    bits = np.random.default_rng(seed).integers(0, 2, (frames, FRAME), dtype=np.uint8)
    bits[:, 1 + 23 * 8 :] = np.unpackbits(np.frombuffer(data, np.uint8)).reshape(-1, 8)
    if not esf:
        bits[:, 0] = np.resize(SF_PATTERN, frames)
        if yellow:
            bits[:, 2::8] = 0
        return bits.reshape(-1)
    bits[3::4, 0] = np.resize(ESF_PATTERN, frames // 4)
    if yellow:
        bits[::2, 0] = np.resize([1] * 8 + [0] * 8, frames // 2)
    check = np.zeros(6, np.uint8)
    for block in bits.reshape(-1, 24 * FRAME):
        block[FRAME :: 4 * FRAME] = check
        check = crc6(block)
    return bits.reshape(-1)


ESF, SF = line_bits(esf=True), line_bits(esf=False)


def octets_of(bits: Bits, mirrored: bool = False) -> bytes:
    octets = np.packbits(bits).tobytes()
    return octets.translate(MIRROR) if mirrored else octets


def read(octets: bytes, *, audio: bool = False) -> tuple[list[Item], list[str], str]:
    trace = open_trace(io.BytesIO(octets), "t1.bin", InputOptions(audio=audio))
    items = list(trace)
    return items, trace.findings, trace.format


def frames(items: Sequence[Item]) -> list[FrameRecord]:
    return [item for item in items if isinstance(item, FrameRecord)]


def told(items: Sequence[Item]) -> list[str]:
    return [item.what for item in items if isinstance(item, Happening)]


@pytest.mark.parametrize(("offset", "mirrored"), [*PLACES, *LONG_PLACES])
@pytest.mark.parametrize("esf", [False, True])
def test_alignment_at_any_bit_in_either_order(offset: int, mirrored: bool, esf: bool) -> None:
    octets = octets_of((ESF if esf else SF)[offset:], mirrored)
    found = find_t1(octets[: 64 * 1024])
    assert found is not None
    size = (24 if esf else 12) * FRAME
    assert (found.mirrored, found.esf, found.bit) == (mirrored, esf, -offset % size)
    items, findings, words = read(octets)
    assert [frame.data for frame in frames(items)] == SENT
    assert {frame.slot for frame in frames(items)} == {24}
    assert ("ESF" if esf else "SF") in words
    assert "timeslot 24 carries HDLC: 3 LAPD frames" in findings
    assert not told(items)


def test_inverted_polarity_and_one_bit_an_octet() -> None:
    items, findings, words = read((1 - ESF[77:]).tobytes())
    assert [frame.data for frame in frames(items)] == SENT
    assert words == "raw T1 bits, one an octet, polarity inverted, ESF"
    assert POLARITY in findings
    assert not told(items)


def test_times_and_audio() -> None:
    items, _findings, _words = read(octets_of(ESF), audio=True)
    first = frames(items)[0]
    assert first.at_ns == pytest.approx((200 + 7) * 125_000, abs=130_000)
    audio = [item for item in items if isinstance(item, Audio)]
    assert {item.slot for item in audio} == set(range(1, 24))
    assert {item.law for item in audio} == {"ulaw"}
    heard = b"".join(item.octets for item in audio if item.slot == 3)
    expected = np.packbits(ESF.reshape(-1, FRAME)[:, 17:25], axis=1).tobytes()
    assert expected.startswith(heard)
    assert len(heard) == FRAMES


@pytest.mark.parametrize("esf", [False, True])
def test_alignment_is_found_again_behind_a_slip(esf: bool) -> None:
    bits = ESF if esf else SF
    slip = np.concatenate((bits[: FRAME * 650 + 40], bits[FRAME * 650 + 48 :], bits))
    items, _findings, _words = read(octets_of(slip))
    assert told(items)[0] == "LOF: loss of frame alignment"
    assert told(items)[1] == "frame alignment found"
    assert [frame.data for frame in frames(items)].count(DISCONNECT) == 2
    at = [item.at_ns for item in items if isinstance(item, Happening)]
    assert abs(at[0] - 650 * 125_000) < 4_000_000


def test_crc6_errors_are_told() -> None:
    bits = ESF.copy()
    bits[[FRAME * 30 + 5, FRAME * 100 + 5, FRAME * 101 + 50]] ^= 1
    assert told(read(octets_of(bits))[0]) == ["2 CRC-6 errors within a second"]


@pytest.mark.parametrize("esf", [False, True])
def test_alarms(esf: bool) -> None:
    yellow = line_bits(esf=esf, yellow=True)
    assert "RAI: remote alarm indication" in told(read(octets_of(yellow))[0])
    octets = octets_of(ESF if esf else SF)
    items, _findings, _words = read(octets + b"\xff" * 60_000 + bytes(60_000) + octets)
    words = told(items)
    begun = words.index("AIS: alarm indication signal (all ones)")
    assert words[begun + 1 : begun + 4] == ["AIS ended", "LOS: loss of signal", "LOS ended"]
    assert len(frames(items)) == 6


def test_noise_is_no_t1() -> None:
    noise = np.random.default_rng(3).integers(0, 256, 64 * 1024, dtype=np.uint8).tobytes()
    for octets in (
        noise,
        bytes(65536),
        b"\xff" * 65536,
        b"\x55" * 65536,
        b"words and words " * 4000,
        noise[:300],
    ):
        assert recognise(octets) is None
    assert recognise(octets_of(ESF)[: LEAST // 2]) is None
    bits = "".join(map(str, ESF[:100_000].tolist()))
    assert recognise(bits.encode()) == "raw T1 bits as text, ESF"


@settings(max_examples=4, deadline=None)
@given(st.booleans(), st.lists(st.integers(1, 9000), min_size=1, max_size=6), st.integers(0, 4631))
def test_portions_make_no_difference(esf: bool, sizes: list[int], offset: int) -> None:
    octets = octets_of((ESF if esf else SF)[offset:])
    stream, items, at, step = T1Stream(), [], 0, 0
    while at < len(octets):
        size = sizes[step % len(sizes)]
        items += stream.feed(octets[at : at + size])
        at, step = at + size, step + 1
    items += stream.finish()
    assert [frame.data for frame in frames(items)] == SENT


@settings(max_examples=4, deadline=None)
@given(st.binary(max_size=2000), st.integers(0, 18_000))
def test_whatever_is_on_the_line_nothing_breaks(noise: bytes, at: int) -> None:
    octets = octets_of(ESF)
    stream = T1Stream(audio=True)
    items = stream.feed(octets[:at] + noise + octets[at:] + octets) + stream.finish()
    assert DISCONNECT in [frame.data for frame in frames(items)]
