"""The Wire of a basic access: where D-channel frames lie at 16 kbit/s, what is heard and rendered, and
faults.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_traffic import Observed, Speech, pump

from trunkbench.bri.lane import packed
from trunkbench.bri.wire import BUS_GAP, BasicWire
from trunkbench.device import Alarm, BadFrame, Frame, LineFault, Mode, Port
from trunkbench.errors import PortError
from trunkbench.ports.wire import Depth, Toward
from trunkbench.trace.record import Direction
from trunkwire.g711 import Law
from trunkwire.hdlc import GoodFrame, Receiver

SABME = bytes.fromhex("00017f")
SABME_BITS = 8 + 41 + 8  # flag; 40 bits of frame and FCS with one inserted zero; flag
FOREVER = 1 << 40
SILENCE = bytes((Law.ALAW.silence,))


def opened(depth: Depth = "event", *, gap: int = BUS_GAP) -> BasicWire:
    wire = BasicWire(law=Law.ALAW, depth=depth, gap=gap)
    for end in (wire.near, wire.far):
        end.open(3, Mode.FRAMES)
        end.open(1, Mode.OCTETS)
        end.open(2, Mode.OCTETS)
    return wire


def test_the_ends_are_ports_with_two_b_channels_and_a_d_channel() -> None:
    wire = opened()
    for end in (wire.near, wire.far):
        assert isinstance(end, Port)
        assert end.caps.slots == (1, 2, 3)
        assert "ais" not in end.caps.faults
    assert wire.kind.d_bits == 2
    with pytest.raises(PortError, match="no timeslot 4"):
        wire.near.open(4, Mode.OCTETS)
    with pytest.raises(PortError, match="slot 3 is a D channel; it can be opened as frames only"):
        BasicWire(law=Law.ALAW).near.open(3, Mode.OCTETS)


@pytest.mark.parametrize("depth", ["event", "bits"])
@pytest.mark.parametrize(("now", "first_bit"), [(0, 4), (3, 4), (4, 8), (7, 8), (8, 12)])
def test_a_frame_begins_with_the_next_d_bit_and_a_bit_lasts_four_ticks(
    depth: Depth, now: int, first_bit: int
) -> None:
    wire = opened(depth)
    wire.advance(now)
    wire.near.send(3, SABME)
    arrival = first_bit + 4 * SABME_BITS - 1
    assert list(wire.far.poll(arrival - 1)) == []
    assert wire.far.next_deadline() == arrival
    assert list(wire.far.poll(arrival)) == [Frame(arrival, 3, SABME)]
    assert wire.far.next_deadline() is None


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_the_network_sends_back_to_back_and_terminals_leave_their_ones(depth: Depth) -> None:
    for gap in (8, 9):
        wire = opened(depth, gap=gap)
        for end in (wire.near, wire.far):
            end.send(3, SABME)
            end.send(3, SABME)
        log = pump(wire, 4000)
        ends = [4 + 4 * SABME_BITS - 1, 4 + 8 * SABME_BITS - 1]
        assert [event.at for end, _, event in log if end == "far"] == ends
        assert [event.at for end, _, event in log if end == "near"] == [ends[0], ends[1] + 4 * gap]


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_a_frame_handed_over_soon_after_another_waits_for_eight_ones(depth: Depth) -> None:
    """Fewer than eight ones between two flags would be content."""
    boundary = 4 + 4 * SABME_BITS
    for handed, begins in (
        (boundary - 1, boundary),
        (boundary, boundary + 32),
        (boundary + 27, boundary + 32),
        (boundary + 28, boundary + 32),
        (boundary + 31, boundary + 32),
        (boundary + 32, boundary + 36),
    ):
        wire = opened(depth)
        wire.near.send(3, SABME)
        first = pump(wire, handed)
        wire.near.send(3, SABME)
        events = [event for _, _, event in first + pump(wire, 4000)]
        assert [type(event) for event in events] == [Frame, Frame]
        assert events[1].at == begins + 4 * SABME_BITS - 1


def test_the_d_bits_that_are_rendered_decode_to_what_was_sent() -> None:
    wire = opened()
    frames = [SABME, bytes(range(40)), b"\xff" * 30]
    for frame in frames:
        wire.far.send(3, frame)
    wire.far.play(2, Speech(9), 80)
    pump(wire, 16_000)
    line = wire.render(Toward.NEAR, 0, 2000)
    assert line.shape == (2000, 4)
    assert (line[:, 0] == 1).all()
    assert line[:, 2].tobytes() == SILENCE * 10 + Speech(9)(10, 1990)
    assert line[:, 1].tobytes() == SILENCE * 2000
    bits = "".join(f"{pair:02b}" for pair in line[:, 3].tolist())
    assert bits.startswith("1" + "01111110")
    assert bits.endswith("1" * 100)
    octets = int(bits, 2).to_bytes(500, "big")
    assert packed(line[:, 3].tobytes()) == octets
    assert [event.data for event in Receiver().receive(octets) if isinstance(event, GoodFrame)] == frames
    assert wire.near.heard(3, 0, 2000) == line[:, 3].tobytes()
    idle = wire.render(Toward.FAR, 0, 100)
    assert (idle[:, 3] == 3).all()


def test_a_d_channel_that_nobody_has_opened_rests_at_one() -> None:
    wire = BasicWire(law=Law.ULAW)
    wire.advance(800)
    assert wire.render(Toward.FAR, 0, 100).tolist() == [[1, 0xFF, 0xFF, 3]] * 100


def _frame(rng: random.Random) -> bytes:
    kind = rng.random()
    if kind < 0.2:
        return b"\xff" * rng.randrange(3, 40)  # the most inserted zeros
    return b"\x7e" * rng.randrange(3, 20) if kind < 0.3 else rng.randbytes(rng.choice((3, 4, 20, 60)))


def run(depth: Depth, seed: int, faults: tuple[tuple[int, LineFault], ...] = ()) -> Observed:
    """Random traffic on a line with `faults` ((end, fault), inserted before the line runs)."""
    rng, until = random.Random(seed), 24_000
    wire = opened(depth)
    ends = (wire.near, wire.far)
    observed = Observed()
    for end in ends:

        def tap(at: int, way: Direction, slot: int, data: bytes, name: str = end.name) -> None:
            observed.taps.append((name, at, way, slot, data))

        end.taps.append(tap)
    for number, fault in faults:
        ends[number].insert(fault)
    for tick in sorted(rng.randrange(until) for _ in range(14)):
        pump(wire, tick, observed)
        end = rng.choice(ends)
        if rng.random() < 0.3:
            end.play(rng.choice((1, 2)), Speech(rng.randrange(256)), -(-wire.now // 8) * 8)
        else:
            for _ in range(rng.choice((1, 1, 3))):
                end.send(3, _frame(rng))
    pump(wire, until + 8000, observed)
    observed.heard = [end.heard(slot, 0, until // 8) for end in ends for slot in (1, 2, 3)]
    observed.rendered = [wire.render(toward, 0, until // 8).tobytes() for toward in Toward]
    return observed


def same(one: Observed, other: Observed) -> None:
    for name in (item.name for item in dataclasses.fields(Observed)):
        assert getattr(one, name) == getattr(other, name), name


@given(st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_event_jump_and_bits_cannot_be_told_apart(seed: int) -> None:
    event = run("event", seed)
    same(event, run("bits", seed))
    assert all(at == happening.at for _, at, happening in event.events)
    sent = [(at, data) for _, at, way, _, data in event.taps if way is Direction.OUT]
    assert [(at, data) for _, at, way, _, data in event.taps if way is Direction.IN] == sent


def some_fault(rng: random.Random) -> tuple[int, LineFault]:
    start, duration = rng.randrange(100, 16_000), rng.randrange(8, 6000)
    makers: list[Callable[[], LineFault]] = [
        lambda: LineFault("cut", start, duration),
        lambda: LineFault("slot-cross", start, FOREVER, None, (1, 2)),
        lambda: LineFault("slot-dead", start, duration, rng.choice((1, 2, 3))),
        lambda: LineFault("bit-errors", start, 0, 3, tuple(rng.sample(range(400), 3))),
        lambda: LineFault("bit-errors", start, 0, None, tuple(rng.sample(range(8000), 30))),
        lambda: LineFault("bit-error-rate", start, duration, None, (3000, rng.randrange(99))),
        lambda: LineFault("frame-corrupt", 0, FOREVER, 3, (rng.randrange(1, 4), rng.randrange(90))),
        lambda: LineFault("frame-drop", 0, FOREVER, 3, (rng.randrange(1, 4),)),
    ]
    return rng.randrange(2), rng.choice(makers)()


@given(st.integers(0, 2**32), st.integers(1, 3))
@settings(max_examples=15, deadline=None)
def test_faults_on_demand_equal_forced_rendering(seed: int, count: int) -> None:
    rng = random.Random(seed)
    faults = tuple(some_fault(rng) for _ in range(count))
    same(run("event", seed, faults), run("bits", seed, faults))


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_a_cut_is_loss_of_signal_there_after_two_frames_of_i430(depth: Depth) -> None:
    wire = opened(depth)
    wire.near.play(1, Speech(7), 0)
    wire.near.insert(LineFault("cut", 8000, 800))
    log = pump(wire, 16_000)
    # The cut takes frames 1000 to 1099: lost with the fourth of them, found with the sixth behind them.
    assert [(end, event) for end, _, event in log] == [
        ("far", Alarm(1003 * 8 + 7, "LOS", True)),
        ("far", Alarm(1105 * 8 + 7, "LOS", False)),
    ]
    assert wire.far.heard(1, 990, 130) == Speech(7)(990, 10) + b"\xff" * 106 + Speech(7)(1106, 14)
    assert not wire.bits.wanted or depth == "bits"


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_a_gap_of_three_frames_is_no_loss_of_signal(depth: Depth) -> None:
    wire = opened(depth)
    wire.near.insert(LineFault("cut", 8000, 24))
    assert pump(wire, 16_000) == []


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_a_bit_error_on_the_d_channel_hits_the_bit_that_lasts_at_its_tick(depth: Depth) -> None:
    for position, hit in ((4 + 32 + 20, True), (4 + 4 * SABME_BITS + 120, False)):
        wire = opened(depth)
        wire.near.send(3, SABME)
        wire.near.insert(LineFault("bit-errors", 4, 0, 3, (position - 4, position - 3)))  # one bit, once
        [event] = [event for _, _, event in pump(wire, 2000)]
        assert isinstance(event, BadFrame if hit else Frame)
        line = wire.render(Toward.FAR, 0, 80)[:, 3]
        clean = opened()
        clean.near.send(3, SABME)
        pump(clean, 2000)
        differs = line ^ clean.render(Toward.FAR, 0, 80)[:, 3]
        assert np.flatnonzero(differs).tolist() == [position // 8]
        assert differs[position // 8] == (1 if position % 8 >= 4 else 2)


@pytest.mark.parametrize(("within", "pair"), [(0, 1), (3, 1), (4, 2), (7, 2)])
def test_a_d_bit_lasts_four_ticks_for_errors_too(within: int, pair: int) -> None:
    wire = opened()
    wire.near.insert(LineFault("bit-errors", 80 + within, 0, 3, (0,)))
    assert pump(wire, 800) == []
    assert wire.render(Toward.FAR, 9, 3)[:, 3].tolist() == [3, pair, 3]


@pytest.mark.parametrize("slot", [1, 2])
def test_a_bit_error_on_a_b_channel_hits_the_bit_at_its_tick(slot: int) -> None:
    wire = opened()
    wire.near.insert(LineFault("bit-errors", 41 * 8, 0, slot, (0, 15, 83)))
    pump(wire, 800)
    line = wire.render(Toward.FAR, 0, 60)
    quiet = np.array([1, SILENCE[0], SILENCE[0], 3], np.uint8)
    assert (wire.render(Toward.FAR, 37, 20) == line[37:57]).all()
    assert np.flatnonzero((line != quiet).any(axis=1)).tolist() == [41, 42, 51]
    assert (line ^ quiet)[[41, 42, 51]].tolist() == [
        [0, *(mask if each == slot else 0 for each in (1, 2)), 0] for mask in (0x80, 0x01, 0x10)
    ]
    assert wire.far.heard(slot, 41, 2) == bytes((SILENCE[0] ^ 0x80, SILENCE[0] ^ 0x01))


@pytest.mark.parametrize("position", [0, 18 * 16 - 1, 18 * 16])
def test_the_first_and_the_last_bit_of_sixteen_frames(position: int) -> None:
    wire = opened()
    wire.near.insert(LineFault("bit-errors", 16 * 8, 0, None, (position,)))
    pump(wire, 800)
    line = wire.render(Toward.FAR, 16, 16)
    expected = np.tile(np.array([1, SILENCE[0], SILENCE[0], 3], np.uint8), (16, 1))
    if position == 0:
        expected[0, 1] ^= 0x80
    elif position < 18 * 16:
        expected[15, 3] = 2
    assert (line == expected).all()
    assert wire.render(Toward.FAR, 32, 1)[0, 1] == SILENCE[0] ^ (0x80 if position == 18 * 16 else 0)


def test_line_positions_count_eighteen_bits_a_frame() -> None:
    wire = opened()
    frame = 18 * 5
    wire.near.insert(LineFault("bit-errors", 80, 0, None, (frame, frame + 8, frame + 9, frame + 17)))
    pump(wire, 800)
    line = wire.render(Toward.FAR, 0, 40)
    quiet = np.array([1, SILENCE[0], SILENCE[0], 3], np.uint8)
    assert np.flatnonzero((line != quiet).any(axis=1)).tolist() == [15]
    assert line[15].tolist() == [1, SILENCE[0] ^ 0x80, SILENCE[0] ^ 0x80, 0]


def test_an_error_rate_of_one_inverts_every_bit_of_its_frames_and_no_other() -> None:
    wire = opened()
    wire.near.insert(LineFault("bit-error-rate", 42 * 8, 10 * 8, None, (1_000_000, 7)))
    pump(wire, 800)
    line = wire.render(Toward.FAR, 0, 60)
    assert (wire.render(Toward.FAR, 37, 20) == line[37:57]).all()
    touched = np.flatnonzero((line[:, 1] != SILENCE[0]) | (line[:, 2] != SILENCE[0]) | (line[:, 3] != 3))
    assert touched.tolist() == list(range(42, 52))
    assert line[42:52].tolist() == [[1, SILENCE[0] ^ 0xFF, SILENCE[0] ^ 0xFF, 0]] * 10


def test_frame_faults_count_bits_of_the_d_channel() -> None:
    # Bit 41 of SABME is the first of its closing flag; bit 3 lies in the address.
    for bit, kind in ((3, "bad-fcs"), (3 + 41 + 8, "bad-fcs")):
        wire = opened()
        wire.near.insert(LineFault("frame-corrupt", 0, FOREVER, 3, (1, bit)))
        wire.near.send(3, SABME)
        [event] = [event for _, _, event in pump(wire, 2000)]
        assert isinstance(event, BadFrame)
        assert event.error == kind


def test_crossed_and_dead_channels() -> None:
    wire = opened()
    wire.near.play(1, Speech(1), 0)
    wire.near.play(2, Speech(2), 0)
    wire.near.insert(LineFault("slot-cross", 800, 800, None, (1, 2)))
    pump(wire, 4000)
    expected = Speech(1)(0, 100) + Speech(2)(100, 100) + Speech(1)(200, 100)
    assert wire.far.heard(1, 0, 300) == expected
    wire.near.insert(LineFault("slot-dead", 4800, 8000, 3, (0,)))
    pump(wire, 4801)
    wire.near.send(3, SABME)
    assert pump(wire, 8000) == []
    assert set(wire.far.heard(3, 600, 400)) == {3}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (LineFault("ais", 100, 8), "fault 'ais' is unknown here"),
        (LineFault("slot-cross", 100, 8, None, (1, 3)), "the D channel cannot take"),
        (LineFault("slot-dead", 100, 8, 4), "its slot must be 1 to 3"),
    ],
)
def test_faults_that_a_basic_access_does_not_have_are_refused(fault: LineFault, reason: str) -> None:
    with pytest.raises(PortError, match=reason):
        opened().near.insert(fault)
