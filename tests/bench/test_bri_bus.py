"""The passive bus: who gets the D channel (I.430 6.1), what all terminals hear, and what they say
together.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_traffic import Speech

from trunkbench.bri.bus import QUEUE_LIMIT, Bus, Tap
from trunkbench.bri.wire import BUS_GAP, BasicPort, BasicWire
from trunkbench.device import Device, Frame, LineFault, Mode, Port
from trunkbench.errors import PortError, QueueFull
from trunkbench.ports.wire import Depth
from trunkwire.g711 import Law
from trunkwire.hdlc import fcs16, stuffed_bits

SABME = bytes.fromhex("00817f")


def bits(frame: bytes) -> int:
    """D bits from the opening flag to the closing one."""
    return 8 + stuffed_bits(frame) + 8


class Stage:
    """A bus with three taps, and everything that arrives at the network and at each of them."""

    def __init__(self, depth: Depth = "event") -> None:
        self.wire = BasicWire(law=Law.ALAW, depth=depth, gap=BUS_GAP)
        port = self.wire.far
        assert isinstance(port, BasicPort)
        self.bus = Bus(port, ("a", "b", "c"))
        self.a, self.b, self.c = self.bus.taps
        self.network: list[tuple[int, bytes]] = []
        self.heard: dict[str, list[tuple[int, bytes]]] = {tap.name: [] for tap in self.bus.taps}
        ports: tuple[Port, ...] = (self.wire.near, *self.bus.taps)
        for end in ports:
            end.open(3, Mode.FRAMES)
            end.open(1, Mode.OCTETS)
            end.open(2, Mode.OCTETS)

    def run(self, until: int) -> list[tuple[int, bytes]]:
        """Go on to that tick; what the network has received so far."""
        devices: tuple[Device, ...] = (self.wire.near, self.bus, *self.bus.taps)
        while True:
            deadlines = [tick for each in devices if (tick := each.next_deadline()) is not None]
            now = max(min([*deadlines, until]), self.wire.now)
            for event in self.wire.near.poll(now):
                assert isinstance(event, Frame)
                self.network.append((event.at, event.data))
            assert list(self.bus.poll(now)) == []
            for tap in self.bus.taps:
                self._take(tap, now)
            if now >= until:
                return self.network

    def _take(self, tap: Tap, now: int) -> None:
        events: Iterator[object] = tap.poll(now)
        for event in events:
            assert isinstance(event, Frame)
            self.heard[tap.name].append((event.at, event.data))


def test_taps_are_ports() -> None:
    stage = Stage()
    for tap in stage.bus.taps:
        assert isinstance(tap, Port)
        assert tap.caps.slots == (1, 2, 3)
        assert tap.fds() == ()


def test_what_the_network_sends_reaches_every_terminal_at_the_same_tick() -> None:
    stage = Stage()
    stage.run(100)
    stage.wire.near.send(3, SABME)
    stage.run(2000)
    arrival = 104 + 4 * bits(SABME) - 1
    assert stage.heard == {name: [(arrival, SABME)] for name in "abc"}
    assert stage.network == []


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_at_rest_the_channel_is_free_at_once(depth: Depth) -> None:
    stage = Stage(depth)
    stage.run(1000)
    stage.b.send(3, SABME)
    assert stage.run(3000) == [(1004 + 4 * bits(SABME) - 1, SABME)]
    assert stage.heard["a"] == [], "terminals do not hear each other"


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_of_two_that_begin_together_the_first_zero_wins_and_the_other_waits(depth: Depth) -> None:
    stage = Stage(depth)
    stage.run(1000)
    high, low = bytes.fromhex("00c37f"), bytes.fromhex("00857f")  # TEI 97 = 1100001 and 66 = 1000010
    stage.a.send(3, high)
    stage.b.send(3, low)
    stage.run(6000)
    # Low bits go first: the second octets 11000011 and 10000101 are sent as 1100… and 1010…
    end = 1004 + 4 * bits(low)
    assert stage.network == [(end - 1, low), (end + 4 * (8 + bits(high)) - 1, high)]
    assert (stage.a.collisions, stage.b.collisions, stage.c.collisions) == (1, 0, 0)


def test_a_terminal_that_has_sent_waits_for_nine_ones_and_lets_others_by() -> None:
    stage = Stage()
    stage.run(1000)
    first, second, other = b"\x00\x81\x01", b"\x00\x81\x02", b"\x00\xff\x7f"
    stage.a.send(3, first)
    stage.a.send(3, second)
    stage.run(1100)
    stage.b.send(3, other)
    stage.run(9000)
    end = 1004 + 4 * bits(first)
    b_end = end + 4 * (8 + bits(other))
    assert stage.network == [
        (end - 1, first),
        (b_end - 1, other),  # eight ones are enough for it, though it was handed over last
        (b_end + 4 * (8 + bits(second)) - 1, second),  # the lower level ended with the ninth one before
    ]
    assert stage.a.collisions == 0


def test_alone_it_keeps_nine_ones_between_its_frames() -> None:
    stage = Stage()
    stage.run(1000)
    for _ in range(2):
        stage.c.send(3, SABME)
    end = 1004 + 4 * bits(SABME)
    assert [at for at, _ in stage.run(5000)] == [end - 1, end + 4 * (9 + bits(SABME)) - 1]


def test_after_nine_ones_its_level_is_normal_again() -> None:
    for later, begins in ((0, 36), (31, 36), (32, 36), (35, 36), (36, 40)):
        stage = Stage()
        stage.run(1000)
        stage.c.send(3, SABME)
        end = 1004 + 4 * bits(SABME)
        stage.run(end + later)
        stage.c.send(3, SABME)
        assert [at for at, _ in stage.run(9000)] == [end - 1, end + begins + 4 * bits(SABME) - 1]


def test_equal_frames_are_one_on_the_bus() -> None:
    stage = Stage()
    stage.run(1000)
    for tap in (stage.a, stage.c):
        tap.send(3, SABME)
    stage.b.send(3, b"\x00\xff\x7f")
    stage.run(6000)
    assert [data for _, data in stage.network] == [SABME, b"\x00\xff\x7f"]
    assert (stage.a.collisions, stage.c.collisions, stage.b.collisions) == (0, 0, 1)


@pytest.mark.parametrize(
    ("further", "shorter_wins"), [(b"\xff", True), (b"\x00", False), (b"\x7e", False), (b"\x1e", False)]
)
def test_where_a_frame_ends_its_flag_decides_against_one_that_goes_on(
    further: bytes, shorter_wins: bool
) -> None:
    """The longer frame repeats the shorter one with its FCS; then 01111110 stands against its next bits."""
    stage = Stage()
    stage.run(1000)
    shorter = b"\x00\x81\x01"
    longer = shorter + fcs16(shorter).to_bytes(2, "little") + further
    stage.a.send(3, longer)
    stage.b.send(3, shorter)
    order = [data for _, data in stage.run(9000)]
    assert order == ([shorter, longer] if shorter_wins else [longer, shorter])


@given(
    st.lists(
        st.tuples(st.integers(0, 6000), st.integers(0, 2), st.binary(min_size=3, max_size=12)), max_size=14
    )
)
@settings(max_examples=40, deadline=None)
def test_nothing_is_lost_and_each_terminal_keeps_its_order(plan: list[tuple[int, int, bytes]]) -> None:
    plan = [(tick, tap, bytes((tap, n)) + data) for n, (tick, tap, data) in enumerate(plan)]
    runs = []
    for depth in ("event", "bits"):
        stage = Stage(depth)
        for tick, tap, data in sorted(plan, key=lambda entry: entry[0]):
            stage.run(tick)
            stage.bus.taps[tap].send(3, data)
        runs.append(stage.run(80_000))
    assert runs[0] == runs[1]
    for tap in range(3):
        handed = [data for _, who, data in sorted(plan, key=lambda entry: entry[0]) if who == tap]
        assert [data for _, data in runs[0] if data[0] == tap] == handed
    ends = [(at + 1 - 4 * bits(data), at) for at, data in runs[0]]
    assert all(begin - end - 1 >= 32 for (_, end), (begin, _) in pairwise(ends))


def test_what_terminals_play_together_is_anded_and_silence_of_one_leaves_the_other() -> None:
    stage = Stage()
    one, other = Speech(3), Speech(77)
    stage.a.play(1, one, 0)
    stage.b.play(1, other, 800)
    stage.a.play(1, None, 1600)
    stage.c.play(1, None, 2400)
    stage.b.play(1, None, 3200)
    stage.run(4800)
    both = bytes(x & y for x, y in zip(one(100, 100), other(100, 100), strict=True))
    silence = bytes((Law.ALAW.silence,))
    assert stage.wire.near.heard(1, 0, 600) == one(0, 100) + both + other(200, 200) + silence * 200
    assert stage.wire.near.heard(2, 0, 600) == silence * 600


def test_ones_of_all_are_ones() -> None:
    stage = Stage()
    stage.a.play(2, lambda first, n: b"\xff" * n, 0)
    stage.b.play(2, lambda first, n: b"\xff" * n, 0)
    stage.run(800)
    assert stage.wire.near.heard(2, 0, 7) == b"\xff" * 7


def test_all_hear_the_same_audio() -> None:
    stage = Stage()
    stage.wire.near.play(2, Speech(5), 0)
    stage.run(1600)
    for tap in stage.bus.taps:
        assert tap.horizon(2) == 1600
        assert tap.heard(2, 0, 100) == Speech(5)(0, 100)


def test_a_terminal_that_leaves_takes_its_frames_and_its_voice_with_it_and_the_last_closes_the_port() -> None:
    stage = Stage()
    stage.a.play(1, Speech(1), 0)
    stage.run(800)
    stage.a.send(3, SABME)
    stage.a.close()
    stage.a.close()
    assert stage.run(4000) == []
    assert set(stage.wire.near.heard(1, 101, 300)) == {Law.ALAW.silence}
    stage.b.send(3, SABME)
    assert len(stage.run(8000)) == 1
    with pytest.raises(PortError, match="slot 3 is not open as frames"):
        stage.a.send(3, SABME)
    stage.b.close()
    stage.c.close()
    with pytest.raises(PortError, match="closed"):
        stage.wire.far.horizon(3)


def test_what_a_tap_refuses() -> None:
    stage = Stage()
    with pytest.raises(PortError, match="a: slot 3 is open already, as frames"):
        stage.a.open(3, Mode.FRAMES)
    with pytest.raises(PortError, match="slot 1 is not open as frames"):
        stage.a.send(1, SABME)
    with pytest.raises(PortError, match="slot 3 is not open as octets"):
        stage.a.play(3, None, 0)
    with pytest.raises(PortError, match="no mode cas"):
        stage.a.cas(1, 0)
    with pytest.raises(PortError, match="unknown here"):
        stage.a.insert(LineFault("ais", 100, 100))
    for _ in range(QUEUE_LIMIT):
        stage.a.send(3, SABME)
    with pytest.raises(QueueFull, match="64 frames wait for the D channel"):
        stage.a.send(3, SABME)
    assert len(stage.run(64_000)) == QUEUE_LIMIT


def test_terminals_open_a_slot_alike() -> None:
    wire = BasicWire(law=Law.ALAW)
    assert isinstance(wire.far, BasicPort)
    bus = Bus(wire.far, ("a", "b"))
    bus.taps[0].open(1, Mode.OCTETS)
    with pytest.raises(PortError, match="slot 1 is open as octets for another terminal"):
        bus.taps[1].open(1, Mode.FRAMES)
