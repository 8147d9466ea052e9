"""LAPD over time: timers to the tick, the window, recovery, two ends over a bad line, and rubbish."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapd_talk import REACH, SETTINGS, Talk, reach

from trunkwire.lapd import (
    Data,
    Error,
    Established,
    LapdLink,
    LapdSettings,
    Released,
    State,
    Transmit,
)
from trunkwire.lapd.events import STATES_WITHOUT_TEI
from trunkwire.side import Side
from trunkwire.ticks import SECOND

UP = "establish; UA F"
WITH_TEI = [state for state in State if state not in STATES_WITHOUT_TEI]


@pytest.mark.parametrize("steps", [REACH[state] for state in WITH_TEI if REACH[state]] + [f"{UP}; data"])
@pytest.mark.parametrize("late", [0, 1])
def test_a_timer_expires_at_its_tick_and_not_before(steps: str, late: int) -> None:
    talk = Talk()
    talk.steps(steps)
    deadline = talk.link.next_deadline()
    assert deadline is not None
    armed = talk.link.armed_timers()
    assert deadline == talk.now + (SETTINGS.t203 if armed == ("T203",) else SETTINGS.t200)
    talk.link.handle_timer(deadline - 1)
    assert talk.drain() == []
    assert talk.link.next_deadline() == deadline
    talk.link.handle_timer(deadline + late)
    assert len(talk.drain()) == 1
    assert talk.link.next_deadline() == deadline + late + SETTINGS.t200


def test_reestablishment_waits_its_time_to_the_tick() -> None:
    settings = LapdSettings(reestablish_after=500)
    talk = Talk(settings=settings)
    assert talk.steps(f"{UP}; DISC P") == ["> UA F", "released by peer"]
    assert talk.link.armed_timers() == ("reestablish",)
    assert talk.link.next_deadline() == 500
    talk.link.handle_timer(499)
    assert talk.drain() == []
    talk.link.handle_timer(500)
    assert talk.drain() == ["> SABME P"]
    assert talk.step("UA F") == ["established"]
    assert talk.link.armed_timers() == ("T203",)


@pytest.mark.parametrize("way", ["release", "SABME P", "establish"])
def test_reestablishment_is_dropped_when_it_is_settled_otherwise(way: str) -> None:
    talk = Talk(settings=LapdSettings(reestablish_after=500))
    talk.steps(f"{UP}; DISC P; {way}")
    assert "reestablish" not in talk.link.armed_timers()


def test_layer_3_keeps_its_link_down_after_a_release_it_asked_for() -> None:
    talk = Talk(settings=LapdSettings(reestablish_after=500))
    assert talk.steps(f"{UP}; release; UA F") == ["released as requested"]
    assert talk.link.armed_timers() == ()


def test_the_window_is_k_frames_and_moves() -> None:
    talk = reach(State.MULTIPLE_FRAME_ESTABLISHED)
    assert talk.step("data +61") == ["> I ns=0 nr=0 +61"]
    assert talk.step("data +62") == ["> I ns=1 nr=0 +62"]
    assert talk.step("data +63") == []
    assert talk.link.queued == 3
    assert talk.step("RR response nr=2") == ["> I ns=2 nr=0 +63"]
    assert talk.step("RR response nr=3") == []
    assert talk.link.audit() == []


def test_sequence_numbers_wrap_at_128() -> None:
    talk = reach(State.MULTIPLE_FRAME_ESTABLISHED)
    for number in range(300):
        place, following = number % 128, (number + 1) % 128
        assert talk.step("data +61") == [f"> I ns={place} nr={place} +61"]
        reply = f"I command ns={place} nr={following} +62"
        assert talk.step(reply) == ["data 62", f"> RR response nr={following}"]
    assert talk.link.variables == (300 % 128,) * 3
    assert talk.link.audit() == []


def test_an_i_frame_in_the_queue_carries_the_acknowledgement() -> None:
    talk = reach(State.MULTIPLE_FRAME_ESTABLISHED)
    talk.steps("data +61; data +62; data +63")
    assert talk.step("I command ns=0 nr=1 +64") == ["data 64", "> I ns=2 nr=1 +63"]


def test_a_lost_i_frame_is_found_by_enquiry_and_sent_again() -> None:
    talk = reach(State.MULTIPLE_FRAME_ESTABLISHED)
    talk.steps("data +61; data +62")
    assert talk.step("expire") == ["> RR command P nr=0"]
    assert talk.step("RR response F nr=1") == ["> I ns=1 nr=0 +62"]
    assert talk.link.counters.retransmissions == 1
    assert talk.step("RR response nr=2") == []
    assert talk.link.audit() == []


def test_an_enquiry_is_repeated_n200_times() -> None:
    talk = reach(State.MULTIPLE_FRAME_ESTABLISHED)
    talk.step("data +61")
    out = [talk.step("expire") for _ in range(4)]
    assert out[:2] == [["> RR command P nr=0"]] * 2
    assert out[2] == ["error I", "> SABME P"]
    assert talk.link.state is State.AWAITING_REESTABLISHMENT
    # The I frame is in doubt, so layer 3 is told of the reset and the frame is not sent twice.
    assert talk.step("UA F") == ["established by peer reset"]
    assert talk.link.queued == 0


def test_a_count_that_ended_in_establishment_does_not_shorten_recovery() -> None:
    talk = Talk()
    talk.steps("establish; expire; expire; UA F; data; expire")
    assert talk.link.state is State.TIMER_RECOVERY
    assert talk.step("expire") == ["> RR command P nr=0"]


def test_a_busy_peer_is_asked_until_it_is_ready() -> None:
    talk = reach(State.MULTIPLE_FRAME_ESTABLISHED)
    talk.steps("RNR response nr=0; data +61")
    for _ in range(10):
        assert talk.step("expire") == ["> RR command P nr=0"]
        assert talk.step("RNR response F nr=0") == []
    assert talk.step("RR response nr=0") == ["> I ns=0 nr=0 +61"]


def test_own_busy_discards_and_the_peer_sends_again() -> None:
    talk = reach(State.MULTIPLE_FRAME_ESTABLISHED)
    assert talk.step("busy") == ["> RNR response nr=0"]
    assert talk.step("I command ns=0 nr=0 +61") == []
    assert talk.link.audit() == ["LAPD link has own receiver busy"]
    assert talk.step("ready") == ["> RR response nr=0"]
    assert talk.step("I command ns=0 nr=0 +61") == ["data 61", "> RR response nr=1"]


def test_what_is_addressed_elsewhere_or_no_frame_is_counted_and_ignored() -> None:
    talk = reach(State.MULTIPLE_FRAME_ESTABLISHED)
    for octets in ("", "00", "fc017f", "02037f", "02007f", "03017f", "0201", "020101"):
        talk.link.receive(bytes.fromhex(octets), 0)
        assert talk.drain() == []
    counters = talk.link.counters
    assert (counters.foreign, counters.invalid) == (6, 2)


def test_audit_names_what_is_not_at_rest() -> None:
    talk = reach(State.TIMER_RECOVERY)
    talk.steps("data; data")
    assert talk.link.audit() == [
        "LAPD link is in state 8 timer recovery",
        "LAPD link has 2 I frames queued",
    ]
    talk = reach(State.MULTIPLE_FRAME_ESTABLISHED)
    talk.steps("data; RNR response nr=0; I command ns=5 nr=0")
    assert talk.link.audit() == [
        "LAPD link has 1 I frames that are not acknowledged",
        "LAPD link has peer receiver busy",
        "LAPD link has reject exception",
    ]
    talk = reach(State.MULTIPLE_FRAME_ESTABLISHED)
    talk.step("RNR response nr=0")
    talk.link.receive(b"\x02\x01\x03", 0)
    assert "LAPD link has undrained outputs" in talk.link.audit()


@pytest.mark.parametrize(
    ("name", "value"),
    [("k", 0), ("k", 128), ("tei", 128), ("sapi", 64), ("n200", 0), ("t200", 0), ("n201", 0)],
)
def test_settings_out_of_range_are_named(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name} = {value}"):
        LapdSettings(**{name: value})
    with pytest.raises(ValueError, match="T203 must be longer"):
        LapdSettings(t200=SECOND, t203=SECOND)
    with pytest.raises(ValueError, match="at least one tick"):
        LapdSettings(reestablish_after=0)


def test_information_beyond_n201_is_refused_and_nothing_is_queued() -> None:
    talk = reach(State.MULTIPLE_FRAME_ESTABLISHED)
    for send in (talk.link.send, talk.link.send_unit):
        with pytest.raises(ValueError, match="261 octets: N201 of this link is 260"):
            send(bytes(261), 0)
    assert (talk.link.queued, talk.drain()) == (0, [])


# Two ends


class Line:
    """Two links over a line with delay; `fate` says for each frame when its copies arrive, hurt or whole."""

    def __init__(self, fate: Callable[[bytes, int], Iterator[tuple[int, bytes]]]) -> None:
        settings = LapdSettings(k=7, n200=3, t200=2000, t203=20_000)
        self.ends = (LapdLink(Side.USER, settings), LapdLink(Side.NETWORK, settings))
        self.fate = fate
        self.now = self.count = 0
        self.flying: list[tuple[int, int, int, bytes]] = []
        self.data: tuple[list[bytes], list[bytes]] = ([], [])
        self.notices: tuple[list[object], list[object]] = ([], [])

    def drain(self) -> None:
        """Put what the ends have to say on the line."""
        for end, link in enumerate(self.ends):
            while (output := link.poll_output()) is not None:
                if isinstance(output, Transmit):
                    for arrival, octets in self.fate(output.frame, self.now):
                        self.count += 1
                        heapq.heappush(self.flying, (arrival, self.count, 1 - end, octets))
                elif isinstance(output, Data):
                    self.data[end].append(output.data)
                else:
                    self.notices[end].append(output)

    def run(self, until: int) -> None:
        """Let time pass to `until`."""
        while True:
            self.drain()
            times = [deadline for link in self.ends if (deadline := link.next_deadline()) is not None]
            if self.flying:
                times.append(self.flying[0][0])
            if not times or min(times) > until:
                self.now = until
                return
            self.now = min(times)
            while self.flying and self.flying[0][0] <= self.now:
                _, _, end, octets = heapq.heappop(self.flying)
                self.ends[end].receive(octets, self.now)
                self.drain()
            for link in self.ends:
                link.handle_timer(self.now)


def bad_line(seed: int, loss: float) -> Callable[[bytes, int], Iterator[tuple[int, bytes]]]:
    """A line that keeps the order, as a wire does, and loses frames (a wrong FCS is a loss)."""
    rng = random.Random(seed)
    last = 0

    def fate(frame: bytes, now: int) -> Iterator[tuple[int, bytes]]:
        nonlocal last
        last = max(last, now + rng.randrange(1, 400))
        if rng.random() >= loss:
            yield last, frame

    return fate


@pytest.mark.parametrize("loss", [0.0, 0.02, 0.1, 0.3])
@pytest.mark.parametrize("seed", range(8))
def test_data_arrives_once_and_in_order_or_the_reset_is_reported(seed: int, loss: float) -> None:
    line = Line(bad_line(seed, loss))
    rng = random.Random(seed + 1000)
    line.ends[0].establish(0)
    epochs: list[list[bytes]] = [[], []]
    for number in range(120):
        line.run(line.now + rng.randrange(1, 900))
        for end, link in enumerate(line.ends):
            if link.state in (State.MULTIPLE_FRAME_ESTABLISHED, State.TIMER_RECOVERY) and rng.random() < 0.6:
                epochs[end].append(bytes((end, number)))
                link.send(epochs[end][-1], line.now)
        if rng.random() < 0.05 and line.ends[0].state is State.TEI_ASSIGNED:
            line.ends[0].establish(line.now)
    line.run(line.now + 600_000)
    for end in (0, 1):
        got = line.data[1 - end]
        disturbed = any(
            isinstance(notice, Error | Released) or (isinstance(notice, Established) and notice.reset)
            for notice in (*line.notices[0], *line.notices[1])
        )
        # In order and never twice, whatever happens; complete unless a reset or an error was reported.
        assert got == [data for data in epochs[end] if data in set(got)]
        assert disturbed or got == epochs[end]
    if loss == 0.0:
        assert [type(notice) for notices in line.notices for notice in notices] == [Established] * 2
        assert [link.audit() for link in line.ends] == [[], []]
        assert all(link.counters.retransmissions == 0 for link in line.ends)


@pytest.mark.parametrize("seed", range(10))
def test_a_line_that_doubles_swaps_and_garbles_frames_never_stops_the_machine(seed: int) -> None:
    rng = random.Random(seed)

    def fate(frame: bytes, now: int) -> Iterator[tuple[int, bytes]]:
        for _ in range(rng.choice((0, 1, 1, 1, 1, 2))):
            hurt = bytearray(frame)
            if rng.random() < 0.1:
                hurt[rng.randrange(len(hurt))] ^= 1 << rng.randrange(8)
            yield (
                now + rng.randrange(1, 3000),
                bytes(hurt[: rng.randrange(len(hurt) + 1)]) if rng.random() < 0.05 else bytes(hurt),
            )

    line = Line(fate)
    for number in range(200):
        line.run(line.now + 500)
        for end, link in enumerate(line.ends):
            if link.state is State.TEI_ASSIGNED:
                link.establish(line.now)
            elif link.state is State.MULTIPLE_FRAME_ESTABLISHED and link.queued < 20:
                link.send(bytes((end, number)), line.now)
    line.fate = bad_line(seed, 0.0)
    line.run(line.now + 200_000)
    for link in line.ends:
        if link.state is State.TEI_ASSIGNED:
            link.establish(line.now)
    line.run(line.now + 200_000)
    for link in line.ends:
        link.send(b"still alive", line.now)
    line.run(line.now + 200_000)
    assert [data[-1] for data in line.data] == [b"still alive"] * 2
    assert [link.audit() for link in line.ends] == [[], []]


def test_both_sides_call_at_once() -> None:
    line = Line(bad_line(1, 0.0))
    for link in line.ends:
        link.establish(0)
    line.run(5000)
    assert all(link.state is State.MULTIPLE_FRAME_ESTABLISHED for link in line.ends)
    assert line.notices == ([Established(by_peer=False)], [Established(by_peer=False)])


@given(
    st.sampled_from(State),
    st.lists(st.binary(max_size=12) | st.tuples(st.sampled_from((b"\0\1", b"\2\1")), st.binary(max_size=8))),
)
def test_rubbish_raises_nothing_and_grows_nothing(
    state: State, frames: list[bytes | tuple[bytes, bytes]]
) -> None:
    talk = reach(state)
    for frame in frames:
        talk.link.receive(b"".join(frame) if isinstance(frame, tuple) else frame, talk.now)
        talk.drain()
    assert talk.link.queued == 0
    assert len(talk.link.armed_timers()) <= 1
