"""HDLC bit by bit (Q.921 clause 2): known frames, each kind of bad frame, fill, and any chunking."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.hdlc import (
    BadFrame,
    BadKind,
    BitEncoder,
    Fill,
    GoodFrame,
    Limits,
    Receiver,
    encode,
    fcs16,
    stuffed_bits,
)

FLAG = "01111110"
frames_of_any_kind = st.lists(
    st.lists(st.sampled_from((0x00, 0x7E, 0xFF, 0x1F, 0xF8, 0xAA)), min_size=3, max_size=40).map(bytes)
    | st.binary(min_size=3, max_size=40),
    max_size=8,
)


def line(*parts: str | bytes) -> bytes:
    """Timeslot octets of line bits (text) and frames (bytes), filled up with flags."""
    bits = "".join(
        part if isinstance(part, str) else "".join(map(str, encode(part))) for part in (*parts, FLAG, FLAG)
    )
    whole = len(bits) // 8
    return int(bits[: 8 * whole], 2).to_bytes(whole, "big")


def bit_length(*parts: str | bytes) -> int:
    return sum(len(part) if isinstance(part, str) else len(encode(part)) for part in parts)


@pytest.mark.parametrize(
    ("frame", "octets"),
    [
        ("00017f", "6454"),  # SABME of a user, TEI 0, P = 1, with its FCS as libpri and spandsp have it
        ("313233343536373839", "6e90"),  # the check value of CRC-16/X-25, 0x906E, low octet first
    ],
)
def test_fcs_of_known_frames(frame: str, octets: str) -> None:
    assert fcs16(bytes.fromhex(frame)).to_bytes(2, "little").hex() == octets


def test_sabme_on_the_line() -> None:
    # 00 01 7f 64 54, least significant bit first; a zero behind the five ones of 7f.
    bits = "00000000100000001111101100010011000101010"
    assert "".join(map(str, encode(bytes.fromhex("00017f")))) == bits
    assert stuffed_bits(bytes.fromhex("00017f")) == 41


@given(st.binary(max_size=300))
def test_stuffed_bits_is_the_length_of_the_encoding(frame: bytes) -> None:
    bits = encode(frame)
    assert stuffed_bits(frame) == len(bits)
    assert b"\1" * 6 not in bits


def test_end_bit_is_behind_the_closing_flag() -> None:
    frame = bytes.fromhex("00017f")
    [event] = Receiver().receive(line(FLAG, frame, FLAG))
    assert event == GoodFrame(frame, 8 + 41 + 8)


FRAME = bytes.fromhex("020100000802000105")
WRONG = "".join(map(str, encode(FRAME))).replace("1", "0", 1)


@pytest.mark.parametrize(
    ("parts", "kind", "octets"),
    [
        ((FLAG, "0100", "1111111"), BadKind.ABORT, 0),
        ((FLAG, FRAME, "01111111"), BadKind.ABORT, 11),
        ((FLAG, "00000001" * 3, FLAG), BadKind.TOO_SHORT, 3),
        ((FLAG, "1", FLAG), BadKind.TOO_SHORT, 0),
        ((FLAG, "00000001" * 5, "0", FLAG), BadKind.NOT_OCTET_ALIGNED, 5),
        ((FLAG, WRONG, FLAG), BadKind.BAD_FCS, 11),
        ((FLAG, "00000001" * 21, FLAG), BadKind.TOO_LONG, 21),
        ((FLAG, "00000001" * 20, "1", FLAG), BadKind.TOO_LONG, 21),
        ((FLAG, "00000001" * 500, FLAG), BadKind.TOO_LONG, 21),
        ((FLAG, "00000010" * 500, "1111111"), BadKind.ABORT, 21),
    ],
)
def test_each_bad_frame_has_its_name_and_the_next_frame_lives(
    parts: tuple[str | bytes, ...], kind: BadKind, octets: int
) -> None:
    events = Receiver(Limits(max_octets=20)).receive(line(*parts, FLAG, FRAME, FLAG))
    assert events == [
        BadFrame(kind, octets, bit_length(*parts)),
        GoodFrame(FRAME, bit_length(*parts, FLAG, FRAME, FLAG)),
    ]


@pytest.mark.parametrize(
    "fill",
    [
        FLAG,  # one flag closes and opens
        FLAG * 3,
        "0111111" * 5 + "0",  # flags that share their zeros
        FLAG + "1" * 15 + FLAG,  # mark idle between
        FLAG + "1" * 7 + FLAG,
    ],
)
def test_fill_between_frames_is_not_reported(fill: str) -> None:
    events = Receiver().receive(line(FLAG, FRAME, fill, FRAME, FLAG))
    assert [event.data for event in events if isinstance(event, GoodFrame)] == [FRAME, FRAME]
    assert len(events) == 2


def test_nothing_is_a_frame_before_the_first_flag() -> None:
    assert Receiver().receive(b"\x00\x55\xff\x0f" * 20) == []


@pytest.mark.parametrize("fill", list(Fill))
@pytest.mark.parametrize("phase", range(8))
def test_idle_skip_counts_every_bit(fill: Fill, phase: int) -> None:
    idle = FLAG if fill is Fill.FLAGS else "1" * 8
    octets = line("0" * phase, FLAG, FRAME, FLAG, idle * 5000, FLAG, FRAME, FLAG)
    receiver = Receiver()
    events = receiver.receive(octets)
    gap = bit_length(FLAG, FRAME, FLAG)
    assert [event.end_bit for event in events] == [phase + gap, phase + gap + 40_000 + gap]
    assert receiver.position == 8 * len(octets)


@settings(max_examples=20)
@given(frames_of_any_kind, st.sampled_from(Fill), st.data())
def test_frames_cross_encoder_and_receiver_in_any_portions(
    frames: list[bytes], fill: Fill, data: st.DataObject
) -> None:
    encoder, receiver = BitEncoder(fill), Receiver()
    waiting, got = list(frames), []
    while waiting or not encoder.idle:
        for _ in range(data.draw(st.integers(0, 3))):
            if waiting:
                encoder.queue(waiting.pop(0))
        got += receiver.receive(encoder.octets(data.draw(st.integers(1, 50))))
    got += receiver.receive(encoder.octets(2))
    assert [event.data for event in got if isinstance(event, GoodFrame)] == frames
    assert len(got) == len(frames)
    assert encoder.position == receiver.position


@given(st.binary(max_size=400), st.lists(st.integers(0, 40), max_size=30))
def test_chunking_does_not_matter(octets: bytes, cuts: list[int]) -> None:
    whole, parts = Receiver(), Receiver()
    expected = whole.receive(octets)
    got, at = [], 0
    for cut in (*cuts, len(octets)):
        got += parts.receive(octets[at : at + cut])
        at += cut
    assert got == expected
    assert parts.state == whole.state


def test_an_abort_breaks_off_the_frame_under_way_only() -> None:
    encoder, receiver = BitEncoder(), Receiver()
    assert not encoder.abort()
    encoder.queue(FRAME)
    encoder.queue(FRAME)
    events = receiver.receive(encoder.octets(4))
    assert encoder.abort()
    assert encoder.queued == 1
    events += receiver.receive(encoder.octets(30))
    assert [type(event) for event in events] == [BadFrame, GoodFrame]
    assert isinstance(events[0], BadFrame)
    assert events[0].kind is BadKind.ABORT


def test_receivers_agree_again_after_a_flag() -> None:
    clean, hurt = Receiver(), Receiver()
    octets = line(FLAG, FRAME, FLAG)
    clean.receive(octets)
    hurt.receive(bytes([octets[0] ^ 0x10]) + octets[1:])
    assert clean.state == hurt.state


@pytest.mark.parametrize(("low", "high"), [(2, 10), (11, 10), (0, 0)])
def test_limits_that_make_no_sense_are_refused(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="the shortest must be"):
        Limits(low, high)
