"""The array receiver and encoder equal the scalar ones on any line, with bit errors, in any portions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.hdlc import (
    BitEncoder,
    BulkReceiver,
    Fill,
    GoodFrame,
    HdlcEvent,
    Limits,
    Receiver,
    encode_frames,
)

limits = st.sampled_from((Limits(), Limits(3, 20), Limits(8, 8)))


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A channel's octets: frames and fill, some frames broken off, some bits wrong, or plain noise."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    encoder = BitEncoder(draw(st.sampled_from(Fill)))
    octets = b""
    for size in draw(st.lists(st.sampled_from((1, 5, 40, 150)), max_size=8)):
        content = st.binary(min_size=1, max_size=50) | st.sampled_from((b"\xff" * 30, b"\x7e" * 9, bytes(12)))
        for frame in draw(st.lists(content, max_size=3)):
            encoder.queue(frame)
        octets += encoder.octets(size)
        if draw(st.integers(0, 4)) == 0:
            encoder.abort()
    hurt = bytearray(octets)
    if hurt:
        for place in draw(st.lists(st.integers(0, 8 * len(hurt) - 1), max_size=20)):
            hurt[place // 8] ^= 1 << place % 8
    return bytes(hurt)


@settings(max_examples=50, deadline=None)
@given(st.lists(lines(), min_size=1, max_size=4), limits, st.data())
def test_bulk_equals_scalar(streams: list[bytes], bounds: Limits, data: st.DataObject) -> None:
    expected = [Receiver(bounds).receive(stream) for stream in streams]
    bulk = BulkReceiver(len(streams), bounds)
    got: list[list[HdlcEvent]] = [[] for _ in streams]
    at = [0] * len(streams)
    while any(place < len(stream) for place, stream in zip(at, streams, strict=True)):
        blocks = []
        for number, stream in enumerate(streams):
            size = data.draw(st.sampled_from((0, 1, 2, 3, 17, 160, 1000)))
            blocks.append(stream[at[number] : at[number] + size])
            at[number] += size
        if not any(blocks):
            continue
        for events, more in zip(got, bulk.receive(blocks), strict=True):
            events += more
    assert got == expected


def test_idle_channels_in_blocks_of_20_ms_keep_their_positions() -> None:
    frame = bytes.fromhex("0201010a")
    encoders = [BitEncoder(Fill.FLAGS if number % 2 else Fill.MARK) for number in range(30)]
    for number, encoder in enumerate(encoders):
        encoder.octets(number)  # every phase of the idle pattern against the blocks
        encoder.queue(frame)
    bulk, scalar = BulkReceiver(30), [Receiver() for _ in range(30)]
    for block_number in range(50):
        if block_number == 30:
            encoders[7].queue(frame)
            encoders[8].queue(frame)
        blocks = [encoder.octets(160) for encoder in encoders]
        expected = [receiver.receive(block) for receiver, block in zip(scalar, blocks, strict=True)]
        assert bulk.receive(blocks) == expected


def test_arrays_and_long_streams_are_taken_whole() -> None:
    frames = [bytes([number % 256]) * (3 + number % 60) for number in range(3000)]
    bits = encode_frames(frames, flags_between=2)
    octets = np.packbits(bits)
    array = np.stack([octets, octets])
    events = BulkReceiver(2).receive(array)
    scalar = Receiver().receive(octets.tobytes())
    assert len(scalar) >= 2999
    assert events == [scalar, scalar]


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=6), st.integers(1, 3))
def test_bulk_encoder_equals_the_bit_encoder(frames: list[bytes], flags: int) -> None:
    bits = encode_frames(frames, flags)
    encoder = BitEncoder()
    if flags == 1:
        for frame in frames:
            encoder.queue(frame)
        whole = len(bits) // 8
        assert encoder.octets(whole) == np.packbits(bits[: 8 * whole]).tobytes()
    events = Receiver(Limits(3)).receive(np.packbits(np.append(bits, [0] * 8)).tobytes())
    assert [event.data for event in events if isinstance(event, GoodFrame)] == frames
    assert len(events) == len(frames)


def test_misuse_is_named() -> None:
    with pytest.raises(ValueError, match="2 blocks for 3 HDLC channels"):
        BulkReceiver(3).receive([b"", b""])
    with pytest.raises(ValueError, match="0 flags between frames"):
        encode_frames([], 0)
