"""The Wire by event jump: when frames arrive, what is heard, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_traffic import Speech, opened, pump

from trunkbench.device import Frame, LineFault, Mode, Port, TimeBase
from trunkbench.errors import PortError, QueueFull
from trunkbench.ports.wire import Toward, Wire
from trunkbench.trace.record import Direction
from trunkwire.g711 import Law
from trunkwire.hdlc import fcs16

SABME = bytes.fromhex("00017f")


def line_bits(frame: bytes) -> str:
    """Frame and FCS on the line, zeros inserted bit by bit (Q.921 2.6)."""
    octets = frame + fcs16(frame).to_bytes(2, "little")
    out, ones = "", 0
    for octet in octets:
        for place in range(8):
            bit = octet >> place & 1
            out += str(bit)
            ones = ones + 1 if bit else 0
            if ones == 5:
                out, ones = out + "0", 0
    return out


def test_both_ends_are_ports_exact_to_the_bit() -> None:
    wire = opened()
    for end in (wire.near, wire.far):
        assert isinstance(end, Port)
        assert end.caps.time is TimeBase.EXACT
        assert end.fds() == ()
        assert end.caps.slots == tuple(range(1, 32))


def test_a_frame_begins_behind_the_flag_under_way_and_arrives_with_its_closing_flag() -> None:
    wire = opened()
    wire.near.send(16, SABME)
    # Flag at ticks 0 to 7; SABME and FCS 54 64 are 40 bits with one inserted zero (7f); flag of 8 behind it.
    assert len(line_bits(SABME)) == 41
    assert wire.far.next_deadline() == 8 + 41 + 8 - 1
    assert list(wire.far.poll(55)) == []
    assert list(wire.far.poll(56)) == [Frame(56, 16, SABME)]
    assert wire.far.next_deadline() is None


def test_the_bit_at_the_present_tick_is_on_the_line_already() -> None:
    wire = opened()
    for now, first_bit in ((15, 16), (16, 24)):
        wire = opened()
        wire.advance(now)
        wire.near.send(16, SABME)
        assert wire.far.next_deadline() == first_bit + 48


def test_frames_back_to_back_share_one_flag_and_idle_flags_follow_without_a_gap() -> None:
    wire = opened()
    wire.near.send(16, SABME)
    wire.near.send(16, SABME)
    assert [event.at for _, _, event in pump(wire, 105)] == [56, 56 + 41 + 8]
    # The flag boundary behind the second frame is 106; the next two are 114 and 122.
    wire.advance(120)
    wire.near.send(16, SABME)
    assert wire.far.next_deadline() == 122 + 48


@given(st.lists(st.tuples(st.integers(0, 2000), st.binary(min_size=3, max_size=40)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_arrival_follows_from_a_bit_by_bit_reckoning(frames: list[tuple[int, bytes]]) -> None:
    wire = opened()
    expected: list[int] = []
    boundary = 0
    for tick, frame in sorted(frames, key=lambda entry: entry[0]):
        wire.advance(tick)
        wire.near.send(16, frame)
        while boundary <= tick:
            boundary += 8
        boundary += len(line_bits(frame)) + 8
        expected.append(boundary - 1)
    assert [event.at for _, _, event in pump(wire, 20_000)] == expected


def test_each_direction_and_slot_is_its_own() -> None:
    wire = opened()
    wire.near.send(16, SABME)
    wire.near.send(7, SABME)
    wire.far.send(16, SABME)
    assert [(end, event) for end, _, event in pump(wire, 100)] == [
        ("near", Frame(56, 16, SABME)),
        ("far", Frame(56, 7, SABME)),
        ("far", Frame(56, 16, SABME)),
    ]


def test_a_frame_for_a_slot_that_is_not_open_over_there_is_lost() -> None:
    wire = Wire(law=Law.ALAW)
    wire.near.open(16, Mode.FRAMES)
    wire.near.send(16, SABME)
    assert pump(wire, 100) == []
    wire.far.open(16, Mode.FRAMES)  # from tick 104 on, in the middle of the flag ahead of the next frame
    wire.near.send(16, SABME)
    assert pump(wire, 300) == []
    wire.near.send(16, SABME)
    [(_, _, event)] = pump(wire, 500)
    assert isinstance(event, Frame)


def test_audio_is_pulled_from_the_other_end() -> None:
    wire = opened()
    speech, other = Speech(3), Speech(90)
    wire.far.play(5, speech, 80)
    wire.far.play(5, other, 800)
    wire.far.play(5, None, 1600)
    wire.advance(4000)
    silence = bytes((Law.ALAW.silence,))
    expected = silence * 10 + speech(10, 90) + other(100, 100) + silence * 300
    assert wire.near.heard(5, 0, 500) == expected
    assert wire.near.heard(5, 95, 10) == expected[95:105]
    assert wire.near.heard(17, 0, 500) == silence * 500
    assert wire.far.heard(5, 0, 500) == silence * 500


def test_a_later_wish_replaces_what_was_planned_from_there_on() -> None:
    wire = opened()
    wire.far.play(5, Speech(1), 800)
    wire.far.play(5, Speech(2), 400)
    wire.advance(1600)
    assert wire.near.heard(5, 50, 100) == Speech(2)(50, 100)


def test_the_horizon_is_now_or_what_was_promised_and_falls_back() -> None:
    wire = opened()
    wire.far.play(5, Speech(1), 0)
    wire.near.poll(800)
    assert wire.near.horizon(5) == 800
    with pytest.raises(PortError, match="samples 0 to 100 are not all here"):
        wire.near.heard(5, 0, 101)
    wire.near.promise(8000)
    assert wire.near.horizon(5) == wire.far.horizon(5) == 8000
    assert wire.near.heard(5, 900, 100) == Speech(1)(900, 100)
    wire.far.poll(1600)
    assert wire.near.horizon(5) == 1600
    wire.near.promise(8000)
    wire.near.send(16, SABME)
    assert wire.near.horizon(5) == 1600
    with pytest.raises(PortError, match="tick 100 is over"):
        wire.promise(100)


def test_taps_tell_of_each_frame_when_its_closing_flag_ends() -> None:
    wire = opened()
    seen: list[tuple[str, int, Direction, int, bytes]] = []
    wire.near.taps.append(lambda at, way, slot, data: seen.append(("near", at, way, slot, data)))
    wire.far.taps.append(lambda at, way, slot, data: seen.append(("far", at, way, slot, data)))
    wire.near.send(16, SABME)
    pump(wire, 100)
    assert seen == [("near", 56, Direction.OUT, 16, SABME), ("far", 56, Direction.IN, 16, SABME)]


@pytest.mark.parametrize("slot", [0, 32, -1])
def test_only_timeslots_1_to_31_can_be_opened(slot: int) -> None:
    with pytest.raises(PortError, match=f"near end: there is no timeslot {slot}"):
        opened().near.open(slot, Mode.OCTETS)


def test_opening_twice_names_the_slot_and_how_it_is_open() -> None:
    with pytest.raises(PortError, match="far end: timeslot 16 is open already, as frames"):
        opened().far.open(16, Mode.OCTETS)


@pytest.mark.parametrize("mode", [Mode.CAS, Mode.BITS])
def test_modes_that_the_wire_lacks_are_refused(mode: Mode) -> None:
    wire = opened()
    assert mode not in wire.near.caps.modes
    with pytest.raises(PortError, match=f"no mode {mode.value}"):
        wire.near.open(2, mode)
    with pytest.raises(PortError, match="no mode cas"):
        wire.near.cas(2, 0b1001)


def test_misuse_is_named() -> None:
    wire = opened()
    with pytest.raises(PortError, match="timeslot 5: cannot send, it is octets; open it as frames first"):
        wire.near.send(5, SABME)
    with pytest.raises(PortError, match="timeslot 3: cannot send, it is closed"):
        wire.near.send(3, SABME)
    with pytest.raises(PortError, match="timeslot 16: cannot play, it is frames"):
        wire.near.play(16, None, 0)
    with pytest.raises(PortError, match="timeslot 9: cannot listen"):
        wire.near.heard(9, 0, 1)
    with pytest.raises(PortError, match="tick 12 lies in an octet"):
        wire.near.play(5, None, 12)
    with pytest.raises(PortError, match="a frame of 2 octets cannot be sent"):
        wire.near.send(16, b"\0\1")
    with pytest.raises(PortError, match="3 to 2046"):
        wire.near.send(16, bytes(2047))
    wire.advance(80)
    with pytest.raises(PortError, match="tick 72 has passed, it is 80"):
        wire.near.play(5, None, 72)
    with pytest.raises(PortError, match="cannot run back from tick 80 to 79"):
        wire.near.poll(79)
    with pytest.raises(PortError, match="depth 'deep': choose 'event' or 'bits'"):
        Wire(law=Law.ALAW, depth="deep")  # type: ignore[arg-type]


def test_a_source_of_the_wrong_length_is_named() -> None:
    wire = opened()
    wire.far.play(5, lambda first, n: b"x", 0)
    wire.advance(800)
    with pytest.raises(ValueError, match="gave 1 octets for samples 0 to 9"):
        wire.near.heard(5, 0, 10)


def test_a_full_queue_takes_nothing_of_a_frame_and_empties_with_time() -> None:
    wire = Wire(law=Law.ALAW, queue_limit=3)
    for end in (wire.near, wire.far):
        end.open(16, Mode.FRAMES)
    for _ in range(3):
        wire.near.send(16, SABME)
    with pytest.raises(QueueFull, match="timeslot 16: 3 frames wait for the line"):
        wire.near.send(16, SABME)
    assert len(pump(wire, 56)) == 1
    wire.near.send(16, SABME)
    assert len(pump(wire, 1000)) == 3


def test_close_is_idempotent_and_later_use_a_clear_error() -> None:
    wire = opened()
    wire.near.play(5, Speech(1), 0)
    wire.near.send(16, SABME)
    wire.advance(8)
    wire.near.close()
    wire.near.close()
    assert wire.near.next_deadline() is None
    assert list(wire.near.poll(16)) == []
    for use in (
        lambda: wire.near.send(16, SABME),
        lambda: wire.near.play(5, None, 800),
        lambda: wire.near.heard(5, 0, 1),
        lambda: wire.near.open(9, Mode.OCTETS),
        lambda: wire.near.insert(LineFault("cut", 800, 8)),
    ):
        with pytest.raises(PortError, match=r"near end.* it was closed"):
            use()
    # What was queued goes out; what played falls silent.
    assert [event for _, _, event in pump(wire, 800)] == [Frame(56, 16, SABME)]
    assert wire.far.heard(5, 0, 100) == Speech(1)(0, 1) + bytes((Law.ALAW.silence,)) * 99


def test_what_is_older_than_the_history_is_gone() -> None:
    wire = Wire(law=Law.ALAW, history=8000)
    for end in (wire.near, wire.far):
        end.open(16, Mode.FRAMES)
        end.open(5, Mode.OCTETS)
    for tick in range(0, 400_000, 2000):
        wire.advance(tick)
        wire.near.play(5, Speech(tick % 251), tick)
        wire.near.send(16, SABME)
        pump(wire, tick + 500)
    assert len(wire._ways[Toward.FAR].frames[16].sent) < 8
    assert wire.far.heard(5, wire.now // 8 - 900, 800)
    with pytest.raises(PortError, match="sample 0 is too old; 8000 ticks are kept"):
        wire.far.heard(5, 0, 10)
    with pytest.raises(PortError, match="frame 0 is older than the history"):
        wire.render(Toward.FAR, 0, 16)
