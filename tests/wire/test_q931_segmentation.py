"""Messages that are cut into segments and put together again (Q.931 Annex H)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.q931.ies import SegmentedMessageIE, UserUserIE
from trunkwire.q931.message import Message, build, parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.segmentation import N201, T314, Reassembler, TooLong, segments_of

LIMIT = 40
HEADER = 4  # discriminator, length octet and call reference


def message(octets: int, reference: int = 7) -> bytes:
    """A message of so many octets."""
    element = UserUserIE(protocol=4, data=b"abcdefghij" * 20)
    data = build(Message(reference, MessageType.SETUP, (element, element)))
    return data[:octets]


WHOLE = message(100)
PIECES = segments_of(WHOLE, LIMIT)


def told(reassembler: Reassembler, pieces: list[bytes], now: int = 0) -> list[bytes | None]:
    return [reassembler.receive(piece, now) for piece in pieces]


def test_a_message_that_fits_is_not_cut() -> None:
    assert segments_of(message(LIMIT), LIMIT) == [message(LIMIT)]
    assert len(segments_of(message(LIMIT + 1), LIMIT)) == 2
    assert segments_of(message(N201)) == [message(N201)]
    assert len(segments_of(message(N201 + 1))) == 2


def test_segments_as_the_annex_draws_them() -> None:
    """Room in a segment of 40 octets: 40 less header, type and element, 31; 95 octets of elements in 4."""
    assert [len(piece) for piece in PIECES] == [40, 40, 40, 9 + 95 - 3 * 31]
    assert [piece[:HEADER] for piece in PIECES] == [WHOLE[:HEADER]] * 4
    assert [piece[4:9].hex(" ") for piece in PIECES] == [
        "60 00 02 83 05",
        "60 00 02 02 05",
        "60 00 02 01 05",
        "60 00 02 00 05",
    ]
    assert WHOLE[:5] + b"".join(piece[9:] for piece in PIECES) == WHOLE
    first = parse(PIECES[0]).ies[0]
    assert first == SegmentedMessageIE(first=True, remaining=3, message_type=MessageType.SETUP)


def test_eight_segments_are_sent_and_nine_are_not() -> None:
    room = LIMIT - 9
    assert len(segments_of(message(5 + 8 * room), LIMIT)) == 8
    with pytest.raises(TooLong, match="need 9 segments of 40, where 8"):
        segments_of(message(5 + 8 * room + 1), LIMIT)


def test_a_limit_without_room_is_refused() -> None:
    assert len(segments_of(message(12), 10)) == 7
    with pytest.raises(ValueError, match="limit of 9 octets leaves no room"):
        segments_of(message(12), 9)


def test_the_message_is_whole_with_its_last_segment_only() -> None:
    reassembler = Reassembler()
    assert told(reassembler, PIECES) == [None, None, None, WHOLE]
    assert reassembler.next_deadline() is None
    assert not reassembler.waiting
    assert reassembler.lost == {}


def test_other_messages_pass() -> None:
    reassembler = Reassembler()
    short = message(20)
    for data in (short, b"", b"\x08", b"\x08\x02\x00", b"\x03\x02\x00\x01\x60", b"\x08\x03\x00\x01\x02\x60"):
        assert reassembler.receive(data, 0) == data
    assert reassembler.lost == {}


@pytest.mark.parametrize("have", [1, 2, 3])
def test_t314_runs_anew_with_each_segment_and_discards(have: int) -> None:
    reassembler = Reassembler()
    for index in range(have):
        reassembler.receive(PIECES[index], 1000 * index)
    at = 1000 * (have - 1) + T314
    assert reassembler.next_deadline() == at
    reassembler.handle_timer(at - 1)
    assert reassembler.waiting
    reassembler.handle_timer(at)
    assert not reassembler.waiting
    assert reassembler.next_deadline() is None
    assert reassembler.lost == {"T314": 1}
    assert told(reassembler, PIECES[have:], at) == [None] * (4 - have)
    assert reassembler.lost == {"T314": 1, "no first segment": 4 - have}


@pytest.mark.parametrize(
    ("order", "lost"),
    [
        ((1, 2, 3), {"no first segment": 3}),
        ((0, 2, 3), {"segments out of order": 1, "no first segment": 1}),
        ((0, 1, 1, 2, 3), {"segments out of order": 1, "no first segment": 2}),
        ((0, 0, 1, 2), {"a first segment before the last": 1}),
    ],
)
def test_segments_missing_doubled_or_swapped(order: tuple[int, ...], lost: dict[str, int]) -> None:
    reassembler = Reassembler()
    assert told(reassembler, [PIECES[index] for index in order]) == [None] * len(order)
    assert reassembler.lost == lost
    reassembler.reset()
    assert told(reassembler, PIECES)[-1] == WHOLE


def test_a_first_segment_begins_anew() -> None:
    reassembler = Reassembler()
    assert told(reassembler, [PIECES[0], *PIECES])[-1] == WHOLE
    assert reassembler.lost == {"a first segment before the last": 1}


def test_a_message_between_segments_passes_and_ends_the_reassembly() -> None:
    reassembler = Reassembler()
    other = message(30, reference=9)
    assert told(reassembler, [PIECES[0], other, PIECES[1]]) == [None, other, None]
    assert reassembler.lost == {"another message between segments": 1, "no first segment": 1}


@pytest.mark.parametrize("octet", [3, 8])
def test_a_segment_of_another_call_or_another_message(octet: int) -> None:
    reassembler = Reassembler()
    changed = bytearray(PIECES[1])
    changed[octet] ^= 2
    assert told(reassembler, [PIECES[0], bytes(changed)]) == [None, None]
    assert reassembler.lost == {"segments out of order": 1}


@pytest.mark.parametrize("length", range(5, 9))
def test_a_segment_without_its_element_is_discarded(length: int) -> None:
    reassembler = Reassembler()
    assert reassembler.receive(PIECES[0][:length], 0) is None
    assert reassembler.receive(PIECES[0][:5] + b"\x28" + PIECES[0][6:], 0) is None
    assert reassembler.lost == {"no segmented message element": 2}


def test_a_ninth_segment_is_not_waited_for() -> None:
    reassembler = Reassembler()
    head = PIECES[0][:5]
    for left in range(10, 2, -1):
        first = 0x80 if left == 10 else 0
        assert reassembler.receive(head + bytes((0, 2, first + left, 5)) + b"x", 0) is None
    assert not reassembler.waiting
    assert reassembler.lost == {"more than eight segments": 1}


def test_a_timer_must_be_positive() -> None:
    with pytest.raises(ValueError, match="T314 = 0 ticks"):
        Reassembler(0)


@settings(deadline=None, max_examples=60)
@given(octets=st.integers(5, 250), limit=st.integers(40, 120), reference=st.integers(1, 0x7FFF))
def test_what_is_cut_is_whole_again(octets: int, limit: int, reference: int) -> None:
    whole = message(octets, reference)
    pieces = segments_of(whole, limit)
    assert all(len(piece) <= limit for piece in pieces)
    assert told(Reassembler(), pieces) == [None] * (len(pieces) - 1) + [whole]


@settings(deadline=None, max_examples=100)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)), max_size=12))
def test_nothing_that_is_received_raises(received: list[bytes]) -> None:
    reassembler = Reassembler()
    for data in received:
        out = reassembler.receive(data, 0)
        assert out is None or out in (data, WHOLE)
        assert reassembler.waiting == (reassembler.next_deadline() is not None)
