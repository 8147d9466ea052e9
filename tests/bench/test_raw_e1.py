"""Raw E1 in every form: octets in both bit orders at any bit offset, text of bits, slips, errors, alarms.

The lines are made here: BitEncoder puts frames on timeslots, the multiplexer frames them (G.704), and bits
are moved, mirrored, lost or turned over.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.trace.capture import Damage
from trunkbench.trace.inputs import InputOptions, open_trace
from trunkbench.trace.inputs.bitdump import INVERTED, POLARITY
from trunkbench.trace.inputs.e1align import LEAST, find_e1
from trunkbench.trace.inputs.e1raw import recognise
from trunkbench.trace.inputs.e1stream import E1Stream
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.record import Audio, FrameRecord, Happening, Layer
from trunkwire.e1 import frame_basic, frame_crc4, multiplex
from trunkwire.e1.crc4 import Octets
from trunkwire.e1.mux import CLEAR, signal
from trunkwire.hdlc import BitEncoder
from trunkwire.hdlc.fcs import MIRROR

FRAMES = 1280
PLACES = [(0, True), (1, False), (13, True), (255, False), (255, True), (511, False)]
"""Bits that the dump begins behind, and whether each octet has its first bit lowest; `long` tries all."""
ALL_PLACES = [
    (offset, mirrored) for offset in (0, 1, 7, 8, 13, 250, 255, 256, 300, 511) for mirrored in (False, True)
]
LONG_PLACES = [pytest.param(*place, marks=pytest.mark.long) for place in ALL_PLACES if place not in PLACES]
SABME, UA = bytes.fromhex("00017f"), bytes.fromhex("000173")
DISCONNECT = bytes.fromhex("0001000008028041450802819 0".replace(" ", ""))
FISU = bytes.fromhex("ffff00")


def slots_with(channels: dict[int, Sequence[bytes]], frames: int = FRAMES, seed: int = 1) -> Octets:
    """Slots (32, frames) of noise, the D channels carrying flags and their frames spread out."""
    slots = np.random.default_rng(seed).integers(0, 256, (32, frames), dtype=np.uint8)
    for slot, sent in channels.items():
        encoder = BitEncoder()
        portions = []
        for frame in sent:
            portions.append(encoder.octets(300))
            encoder.queue(frame)
        done = sum(map(len, portions))
        slots[slot] = np.frombuffer(b"".join(portions) + encoder.octets(frames - done), np.uint8)
    return slots


def line_of(slots: Octets, *, crc4: bool = True, alarm: bool = False) -> bytes:
    """The octets of the line, most significant bit first."""
    slots = slots.copy()
    signals = np.full(slots.shape[1] // 16, signal(remote_alarm=alarm, e1=1, e2=1), np.uint8)
    if crc4:
        frame_crc4(slots, signals, 0)
    else:
        frame_basic(slots, signals)
    return multiplex(slots).tobytes()


def moved(line: bytes, bits: int) -> bytes:
    """The line from its bit `bits` on; the last octet is padded."""
    return np.packbits(np.unpackbits(np.frombuffer(line, np.uint8))[bits:]).tobytes()


def items_of(octets: bytes, *, audio: bool = False) -> tuple[list[Item], list[str], str]:
    trace = open_trace(io.BytesIO(octets), "line.bin", InputOptions(audio=audio))
    items = list(trace)
    return items, trace.findings, trace.format


def frames_of(items: Sequence[Item]) -> list[FrameRecord]:
    return [item for item in items if isinstance(item, FrameRecord)]


def happenings(items: Sequence[Item]) -> list[str]:
    return [item.what for item in items if isinstance(item, Happening)]


LINE = line_of(slots_with({16: [SABME, UA, DISCONNECT], 31: [SABME, DISCONNECT]}))


@pytest.mark.parametrize(("offset", "mirrored"), [*PLACES, *LONG_PLACES])
def test_alignment_at_any_bit_in_either_order(offset: int, mirrored: bool) -> None:
    octets = moved(LINE, offset)
    if mirrored:
        octets = octets.translate(MIRROR)
    found = find_e1(octets[: 64 * 1024])
    assert found is not None
    assert (found.mirrored, found.bit, found.crc4) == (mirrored, -offset % 512, True)
    items, findings, words = items_of(octets)
    frames = frames_of(items)
    assert [f.data for f in frames if f.slot == 16] == [SABME, UA, DISCONNECT]
    assert [f.data for f in frames if f.slot == 31] == [SABME, DISCONNECT]
    assert {f.slot for f in frames} == {16, 31}
    assert f"aligned at bit {-offset % 512}" in findings[0]
    assert ("least" if mirrored else "most") in words
    assert any("timeslot 16 carries HDLC: 3 LAPD frames" in finding for finding in findings)


def test_frames_have_the_time_of_their_closing_flag() -> None:
    """300 octets of flags, then the frame of 5 octets: its closing flag ends in octet 300 + 1 + 5 + 1."""
    octets = line_of(slots_with({16: [bytes.fromhex("000153")]}))
    (frame,) = frames_of(items_of(octets)[0])
    first_ns = (300 * 256 + 16 * 8) * 1_000_000_000 // 2_048_000
    behind = frame.at_ns - first_ns
    assert 5 * 125_000 <= behind <= 7 * 125_000
    assert frame.slot == 16
    assert frame.fcs is True
    assert frame.offset == pytest.approx(frame.at_ns * 2.048e6 / 8e9, abs=1)


def test_without_crc4() -> None:
    items, findings, _words = items_of(line_of(slots_with({16: [SABME]}), crc4=False))
    assert POLARITY not in findings
    assert [f.data for f in frames_of(items)] == [SABME]
    assert "no CRC-4" in findings[0]


def test_text_of_bits() -> None:
    bits = "".join(f"{octet:08b}" for octet in LINE[: 32 * 1200])
    text = "\r\n".join(bits[at : at + 61] for at in range(5, len(bits), 61))
    items, findings, words = items_of(text.encode())
    assert [f.data for f in frames_of(items) if f.slot == 16] == [SABME, UA, DISCONNECT]
    assert "bits as text" in words
    assert "aligned at bit 507" in findings[0]


def test_odd_sign_in_text_of_bits_is_told() -> None:
    bits = "".join(f"{octet:08b}" for octet in LINE[: 32 * 1200])
    items, _findings, _words = items_of((bits[:200_000] + "x" + bits[200_000:]).encode())
    assert len(frames_of(items)) == 5
    assert [item.offset for item in items if isinstance(item, Damage)] == [200_000]


@pytest.mark.parametrize("lead", [0, 13, 70_000])
def test_one_bit_an_octet(lead: int) -> None:
    bits = np.unpackbits(np.frombuffer(LINE[: 32 * 1200], np.uint8))[7:]
    dump = bytes(lead) + bits.tobytes()
    items, findings, words = items_of(dump)
    assert [f.data for f in frames_of(items) if f.slot == 16] == [SABME, UA, DISCONNECT]
    assert words == "raw E1 bits, one an octet"
    assert any(f"aligned at bit {505 + lead}," in finding for finding in findings)
    odd = dump[:200_000] + b"\x02" + dump[200_000:]
    assert [item.offset for item in items_of(odd)[0] if isinstance(item, Damage)] == [200_000]


@pytest.mark.parametrize("form", ["octets", "mirrored", "text", "unpacked"])
def test_inverted_polarity(form: str) -> None:
    octets = moved(LINE[: 32 * 1200], 3).translate(INVERTED)
    bits = np.unpackbits(np.frombuffer(octets, np.uint8))
    dump = {
        "octets": octets,
        "mirrored": octets.translate(MIRROR),
        "text": "".join(map(str, bits.tolist())).encode(),
        "unpacked": bits.tobytes(),
    }[form]
    items, findings, words = items_of(dump)
    assert [f.data for f in frames_of(items) if f.slot == 16] == [SABME, UA, DISCONNECT]
    assert words.endswith(", polarity inverted")
    assert POLARITY in findings


@pytest.mark.parametrize("lost", [8, 3, 256, 240])
def test_alignment_is_found_again_behind_a_slip(lost: int) -> None:
    octets = LINE[: 32 * 700]
    slip = octets + moved(LINE[32 * 700 :], lost)
    items, _findings, _words = items_of(slip)
    told = happenings(items)
    assert "LOF: loss of frame alignment" in told
    words = {8: "1 octet earlier", 3: "3 bits earlier", 256: "one frame earlier", 240: "30 octets earlier"}
    assert f"slip: frames lie {words[lost]} than before" in told
    assert DISCONNECT in [f.data for f in frames_of(items)]


def test_bit_errors_are_told_by_the_second() -> None:
    line = bytearray(LINE)
    for at in (20_003, 30_007, 30_900):
        line[at] ^= 0x10
    told = happenings(items_of(bytes(line))[0])
    assert "3 errored CRC-4 blocks within a second" in told


def test_alarms() -> None:
    ais = b"\xff" * 32 * 200
    silence = bytes(32 * 200)
    octets = LINE[: 32 * 1200] + ais + silence + LINE
    items, _findings, _words = items_of(octets)
    told = happenings(items)
    assert told.index("AIS: alarm indication signal (all ones)") < told.index("LOS: loss of signal")
    assert "LOS ended" in told
    assert "frame alignment found, with CRC-4" in told
    alarms = [item for item in items if isinstance(item, Happening) and item.what.startswith("AIS:")]
    assert alarms[0].alarm is True
    assert abs(alarms[0].at_ns - 1200 * 125_000) < 1_000_000
    assert [f.data for f in frames_of(items) if f.slot == 16].count(SABME) == 2
    items, _findings, _words = items_of(line_of(slots_with({16: [SABME]}), alarm=True))
    assert "RAI: remote alarm indication" in happenings(items)


def test_line_that_is_wired_anew_is_found_in_its_new_order() -> None:
    octets = LINE + bytes(600 * 1024) + LINE.translate(MIRROR)
    items, findings, _words = items_of(octets)
    assert len(frames_of(items)) == 10
    assert sum("E1 octets" in finding for finding in findings) == 2


def test_other_layers_are_told_apart() -> None:
    frames = [FISU] * 3 + [bytes.fromhex("81a205") + bytes(5)]
    slots = slots_with({1: frames, 2: [b"\xff\x03\xc0\x21\x01\x01\x00\x04"] * 2, 16: [SABME, UA]})
    records = frames_of(items_of(line_of(slots))[0])
    layers = {record.slot: record.layer for record in records}
    assert layers == {1: Layer.MTP2, 2: Layer.OTHER, 16: Layer.LAPD}


def test_audio_of_other_timeslots_is_given_when_asked_for() -> None:
    slots = slots_with({16: [SABME]})
    slots[7] = 0xD5
    octets = moved(line_of(slots), 77)
    items, _findings, _words = items_of(octets, audio=True)
    audio = [item for item in items if isinstance(item, Audio)]
    assert {item.slot for item in audio} == set(range(1, 32)) - {7, 16}
    heard = b"".join(item.octets for item in audio if item.slot == 5)
    assert heard in slots[5].tobytes()
    assert len(heard) >= FRAMES - 2
    assert not any(isinstance(item, Audio) for item in items_of(octets)[0])


def test_gap_of_alignment_shows_in_the_audio() -> None:
    octets = LINE + bytes(32 * 800) + LINE
    items, _findings, _words = items_of(octets, audio=True)
    audio = sorted(
        (item for item in items if isinstance(item, Audio) and item.slot == 5), key=lambda item: item.first
    )
    gaps = [b.first - (a.first + len(a.octets)) for a, b in pairwise(audio)]
    assert all(gap >= 0 for gap in gaps)
    assert 790 <= max(gaps) <= 900


def test_channel_associated_signalling() -> None:
    slots = slots_with({}, frames=2048)
    signalling = np.full(2048, 0b11011101, np.uint8)
    signalling[3::16] = 0b00001011
    signalling[8::16][40:] = 0b01011101  # channel of timeslot 5, from multiframe 40 on
    slots[16] = signalling
    items, findings, _words = items_of(line_of(slots))
    told = happenings(items)
    assert "timeslot 5: a b c d = 0101 (was 1101)" in told
    assert sum("(was" in what for what in told) == 1
    assert any("channel associated signalling: 1 changes" in finding for finding in findings)
    changed = next(item for item in items if isinstance(item, Happening) and "(was" in item.what)
    assert abs(changed.at_ns - (40 * 16 + 8 + 16) * 125_000) < 250_000


def test_no_d_channel_is_seen_in_noise_and_noise_is_no_e1() -> None:
    octets = line_of(slots_with({}, seed=9))
    assert not frames_of(items_of(octets)[0])
    noise = np.random.default_rng(3).integers(0, 256, 64 * 1024, dtype=np.uint8).tobytes()
    assert recognise(noise) is None
    assert recognise(bytes(64 * 1024)) is None
    assert recognise(b"\xff" * 64 * 1024) is None
    assert recognise(b"The quick brown fox jumps over the lazy dog. " * 500) is None
    assert recognise(LINE[: LEAST - 100]) is None


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 511), st.booleans(), st.lists(st.integers(1, 9000), min_size=1, max_size=8))
def test_portions_make_no_difference(offset: int, mirrored: bool, sizes: list[int]) -> None:
    octets = moved(LINE, offset).translate(MIRROR) if mirrored else moved(LINE, offset)
    whole = E1Stream()
    expected = frames_of(whole.feed(octets) + whole.finish())
    stream, items, at = E1Stream(), [], 0
    while at < len(octets):
        size = sizes[at % len(sizes)]
        items += stream.feed(octets[at : at + size])
        at += size
    items += stream.finish()
    assert sorted(map(repr, frames_of(items))) == sorted(map(repr, expected))


@settings(max_examples=5, deadline=None)
@given(st.binary(max_size=3000), st.integers(0, 40_000))
def test_whatever_is_on_the_line_nothing_breaks(noise: bytes, at: int) -> None:
    stream = E1Stream(audio=True)
    items = stream.feed(LINE[:at] + noise + LINE[at:]) + stream.finish()
    assert stream.found is not None
    assert DISCONNECT in [f.data for f in frames_of(items)]
    assert all(item.at_ns >= 0 for item in items if isinstance(item, FrameRecord | Happening | Audio))


def test_packets_give_their_numbers() -> None:
    stream, items = E1Stream(span="pw"), []
    for number in range(len(LINE) // 256):
        items += stream.feed(LINE[256 * number : 256 * number + 256], number + 1)
    items += stream.finish()
    for frame in frames_of(items):
        assert frame.number == frame.offset // 256 + 1
        assert frame.span == "pw"


def test_clear_signal_is_what_the_lines_are_made_with() -> None:
    assert signal(remote_alarm=False, e1=1, e2=1) == CLEAR
