"""Segments of a trace put together: whole, twice, out of order, cut off, and never without bound."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.q931.ies import CalledNumberIE
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.q931.reassembly import Segment, SegmentCollector
from trunkwire.q931.segmentation import MOST_SEGMENTS, segments_of

SETUP = MessageType.SETUP


def whole(reference: int = 7, length: int = 50) -> bytes:
    """A SETUP with a number of `length` digits."""
    digits = ("0123456789" * 20)[:length]
    return build(Message(reference, SETUP, (CalledNumberIE(digits=digits),)))


def test_segments_become_the_message() -> None:
    pieces = segments_of(whole(), 24)
    collector = SegmentCollector()
    seen = [collector.feed(piece) for piece in pieces]
    assert seen[:-1] == [Segment(SETUP, n + 1, len(pieces) - 1 - n) for n in range(len(pieces) - 1)]
    assert seen[-1] == Segment(SETUP, len(pieces), 0, whole())
    assert len(collector) == 0


def test_calls_directions_and_reference_lengths_are_kept_apart() -> None:
    collector = SegmentCollector()
    one, two = segments_of(whole(1), 24), segments_of(whole(2), 24)
    ends = []
    for first, second in zip(one, two, strict=True):
        for piece, key in ((first, "out"), (second, "out"), (first, "in")):
            segment = collector.feed(piece, key)
            assert segment is not None
            assert not segment.error
            ends.append(segment.whole)
    assert ends[-3:] == [whole(1), whole(2), whole(1)]


def test_what_is_no_segment_is_none_and_ends_the_message_of_its_call_only() -> None:
    collector = SegmentCollector()
    first, second, *_ = segments_of(whole(1), 24)
    other = build(Message(2, MessageType.STATUS_ENQUIRY))
    assert collector.feed(first) == Segment(SETUP, 1, 3)
    assert collector.feed(other) is None
    assert collector.feed(second) == Segment(SETUP, 2, 2)
    assert collector.feed(build(Message(1, MessageType.STATUS_ENQUIRY))) is None
    assert collector.feed(second) == Segment(SETUP, 0, 2, error="the first segment is not in the trace")


@pytest.mark.parametrize(
    ("order", "errors"),
    [
        ([0, 0, 1], ["", "a first segment, where 3 were to come (H.2 e)", ""]),
        ([0, 1, 1, 2], ["", "", "the same segment again", ""]),
        ([0, 2], ["", "1 segments to come, where 2 were due"]),
        ([2], ["the first segment is not in the trace"]),
        ([0, 3, 1], ["", "0 segments to come, where 2 were due", "the first segment is not in the trace"]),
    ],
)
def test_segments_twice_lost_and_out_of_order(order: list[int], errors: list[str]) -> None:
    pieces = segments_of(whole(), 24)
    collector = SegmentCollector()
    seen = [collector.feed(pieces[n]) for n in order]
    assert [segment.error for segment in seen if segment] == errors


def test_a_segment_of_another_message_is_named() -> None:
    pieces = segments_of(whole(), 24)
    collector = SegmentCollector()
    collector.feed(pieces[0])
    other = pieces[1][:8] + bytes((MessageType.CONNECT,)) + pieces[1][9:]
    segment = collector.feed(other)
    assert segment is not None
    assert segment.error == "a segment of message type 0x07, where one of 0x05 was due"


def test_more_segments_than_a_message_may_have_are_given_up_at_once() -> None:
    collector = SegmentCollector()
    segment = collector.feed(bytes.fromhex("08 01 01 60 00 02 ff 05 00"))
    assert segment == Segment(SETUP, 1, 127, error="128 segments, where 8 may be sent (H.2 a)")
    assert len(collector) == 0
    assert collector.feed(bytes((8, 1, 1, 0x60, 0, 2, 0x80 | MOST_SEGMENTS - 1, 5))) == Segment(SETUP, 1, 7)


@pytest.mark.parametrize(
    ("octets", "error"),
    [
        ("08 01 01 60", "no segmented message element stands first (H.2 b)"),
        ("08 01 01 60 04 02 80 90", "no segmented message element stands first (H.2 b)"),
        ("08 01 01 60 00", "octet 3 is missing"),
        ("08 01 01 60 00 01 82", "octet 4 is missing"),
    ],
)
def test_segments_without_their_element(octets: str, error: str) -> None:
    collector = SegmentCollector()
    assert collector.feed(bytes.fromhex(octets)) == Segment(-1, 0, 0, error=error)


def test_the_oldest_message_is_given_up_for_another() -> None:
    collector = SegmentCollector(2)
    starts = {reference: segments_of(whole(reference), 24) for reference in (1, 2, 3)}
    for pieces in starts.values():
        collector.feed(pieces[0])
    assert len(collector) == 2
    assert [bool(segment.error) for pieces in starts.values() if (segment := collector.feed(pieces[1]))] == [
        True,
        False,
        False,
    ]
    with pytest.raises(ValueError, match="room for one"):
        SegmentCollector(0)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.lists(st.sampled_from(b"\x08\x01\x02\x60\x00\x05\x80\x81\x82\xff"), max_size=10), max_size=20)
)
def test_any_octets_are_fed_without_harm(messages: list[list[int]]) -> None:
    collector = SegmentCollector(3)
    for octets in messages:
        collector.feed(bytes(octets))
        assert len(collector) <= 3
