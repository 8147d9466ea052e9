"""Our HDLC over a clear channel: two ends that exchange octets, in any portions, with garbage and losses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.device import BadFrame, Frame
from trunkbench.errors import QueueFull
from trunkbench.ports.hdlcslot import HdlcSlot
from trunkwire.hdlc import BitEncoder
from trunkwire.ticks import SAMPLE

SABME = bytes.fromhex("00017f")
SLOT = 16


def slot(queue_limit: int = 256) -> HdlcSlot:
    return HdlcSlot("test, timeslot 16", SLOT, lead=120, queue_limit=queue_limit)


def test_nothing_is_owed_before_the_card_has_given_octets() -> None:
    end = slot()
    assert end.owed() == 0
    end.receive(b"\x7e" * 40, 40 * SAMPLE)
    assert end.owed() == 120


def test_octets_are_owed_as_octets_come_in() -> None:
    end = slot()
    end.receive(b"\x7e" * 40, 320)
    assert end.transmit(end.owed()) == b"\x7e" * 120
    assert end.owed() == 0
    end.receive(b"\x7e" * 40, 640)
    assert end.owed() == 40


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.binary(min_size=3, max_size=60), max_size=8),
    st.lists(st.integers(1, 70), min_size=1, max_size=6),
)
def test_frames_arrive_whole_in_any_portions(frames: list[bytes], portions: list[int]) -> None:
    end = slot()
    encoder = BitEncoder()
    for frame in frames:
        encoder.queue(frame)
    got: list[bytes] = []
    now, index, last = 0, 0, 0
    while not encoder.idle or index % len(portions):
        n = portions[index % len(portions)]
        index += 1
        now += n * SAMPLE
        for event in end.receive(encoder.octets(n), now):
            assert isinstance(event, Frame)
            assert event.slot == SLOT
            assert last <= event.at <= now
            last = event.at
            got.append(event.data)
    got += [event.data for event in end.receive(encoder.octets(4), now + 32)]
    assert got == frames
    assert end.bad == {}


def test_a_frame_is_dated_by_its_last_bit() -> None:
    end = slot()
    encoder = BitEncoder()
    encoder.queue(SABME)
    (frame,) = end.receive(encoder.octets(100), 8000)
    begin = 8000 - 100 * SAMPLE
    line_bits = 8 + 8 * 5 + 1 + 8  # flag, three octets and FCS, a zero inserted into 7F, flag
    assert frame.at == begin + line_bits - 1


def test_garbage_gives_bad_frames_by_name_and_never_stops_the_good() -> None:
    end = slot()
    broken, whole = BitEncoder(), BitEncoder()
    broken.queue(SABME)
    octets = bytearray(broken.octets(20))
    octets[2] ^= 0x10
    events = end.receive(bytes(octets), 2000)
    assert [event.error for event in events if isinstance(event, BadFrame)] != []
    whole.queue(SABME)
    events = end.receive(b"\xff" * 40 + whole.octets(40), 4000)
    assert [event.data for event in events if isinstance(event, Frame)] == [SABME]
    assert sum(end.bad.values()) >= 1


def test_a_full_queue_is_refused_and_nothing_is_lost() -> None:
    end = slot(queue_limit=3)
    for number in range(3):
        end.queue(bytes((number, 1, 2)))
    with pytest.raises(QueueFull, match="timeslot 16: 3 frames wait"):
        end.queue(SABME)
    assert end.queued == 3
    far = slot()
    events = far.receive(end.transmit(100), 8000)
    assert [event.data for event in events] == [b"\0\1\2", b"\1\1\2", b"\2\1\2"]


def test_a_loss_hunts_anew_and_dates_anew() -> None:
    end = slot()
    encoder = BitEncoder()
    encoder.queue(bytes(50))
    end.receive(encoder.octets(20), 160)
    end.lose(1600)
    assert end.owed() == 0
    encoder.octets(60)  # lost, and with them the end of the frame
    end.receive(encoder.octets(10), 7000)
    encoder.queue(SABME)
    (frame,) = end.receive(encoder.octets(40), 8000)
    assert isinstance(frame, Frame)
    assert frame.data == SABME
    assert 7000 < frame.at <= 8000
