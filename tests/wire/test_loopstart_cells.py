"""Loop-start signalling: every row of both tables, and times to the tick (GR-506-CORE, ES 201 970,
EN 300 659-1)."""

from __future__ import annotations

from typing import Any

import pytest
from lapd_bus import Recorder, lines

from trunkwire.loopstart import (
    LineCircuit,
    LoopMisuse,
    LoopSettings,
    LoopState,
    Pair,
    Station,
    circuit,
    station,
)
from trunkwire.loopstart.line import Machine
from trunkwire.ticks import MILLISECOND, SECOND, Tick

TIMES = LoopSettings()

CIRCUIT = {
    "idle": """
ring                     | ringing current              | ringing   | timer
lift                     | off hook                     | dialling  | timer
clear                    |                              | =         |
flash                    |                              | =         |
""",
    "ringing": """
expire                   | no ringing current           | before caller | timer
lift                     | no ringing current; answered | connected |
clear                    | no ringing current; idle again | idle    |
expire; expire; expire; expire | no ringing current     | pause     | timer
""",
    "before caller": """
expire                   | now the caller's number      | pause     | timer
lift                     | answered                     | connected |
clear                    | idle again                   | idle      |
""",
    "pause": """
expire                   | ringing current              | ringing   | timer
lift                     | answered                     | connected |
clear                    | idle again                   | idle      |
""",
    "dialling": """
route                    |                              | calling   |
hook                     | on hook                      | idle      |
expire                   | no number in time            | parked    |
clear                    |                              | parked    |
flash                    |                              | =         | timer
""",
    "calling": """
answer                   | feed reversed                | connected |
hook                     | on hook                      | idle      |
clear                    |                              | parked    |
""",
    "connected": """
hook                     | feed normal; on hook         | idle      |
clear                    | feed open                    | feed open | timer
flash                    | flash                        | =         |
""",
    "feed open": """
expire                   | feed; feed normal            | parked    |
open; expire             | feed; feed normal; idle again | idle     |
clear                    |                              | =         | timer
""",
    "parked": """
hook                     | idle again                   | idle      |
clear                    |                              | =         |
""",
}
REACH_CIRCUIT = {
    "idle": "",
    "ringing": "ring",
    "before caller": "ring; expire",
    "pause": "ring; expire; expire",
    "dialling": "lift",
    "calling": "lift; route",
    "connected": "ring; lift",
    "feed open": "ring; lift; clear",
    "parked": "lift; clear",
}
STATION = {
    "on hook": """
RING                     |                              | first ring |
lift                     | loop closed                  | off hook  |
hang up                  |                              | =         |
QUIET                    |                              | =         |
NORMAL                   |                              | =         |
""",
    "first ring": """
QUIET                    |                              | =         | timer
caller                   | it rings                     | ringing   |
RING                     | it rings                     | ringing   |
QUIET; RING              | it rings                     | ringing   |
QUIET; expire            |                              | on hook   |
lift                     | loop closed                  | off hook  |
""",
    "ringing": """
QUIET                    |                              | =         | timer
QUIET; RING              |                              | =         |
QUIET; expire            | it rings no more             | on hook   |
answer                   | loop closed                  | talking   |
""",
    "off hook": """
REVERSED                 | the called party has answered | talking  |
OPEN_FEED                |                              | =         | timer
OPEN_FEED; FEED          |                              | =         |
OPEN_FEED; expire        | the exchange has let go      | released  |
hang up                  | loop open                    | on hook   |
""",
    "talking": """
OPEN_FEED                |                              | =         | timer
OPEN_FEED; FEED          |                              | =         |
OPEN_FEED; expire        | the exchange has let go      | released  |
hang up                  | loop open                    | on hook   |
""",
    "released": """
hang up                  | loop open                    | on hook   |
FEED                     |                              | =         |
""",
}
REACH_STATION = {
    "on hook": "",
    "first ring": "RING",
    "ringing": "RING; QUIET; RING",
    "off hook": "lift",
    "talking": "RING; QUIET; RING; answer",
    "released": "lift; OPEN_FEED; expire",
}
CIRCUIT_LINES = list(lines(CIRCUIT))
STATION_LINES = list(lines(STATION))


class Talk:
    """One machine and steps in words; `now` is where line time stands."""

    def __init__(self, machine: Machine[Any, Any], reach: str) -> None:
        self.machine: Any = machine
        self.now: Tick = 0
        self.steps(reach)

    def steps(self, text: str) -> list[str]:
        """Run the steps; what the last one brought out, in words."""
        out: list[Any] = []
        for part in filter(None, (step.strip() for step in text.split(";"))):
            self.machine.outputs.clear()
            self._step(part)
            out = list(self.machine.outputs)
        self.machine.outputs.clear()
        return [output.value for output in out]

    def _step(self, part: str) -> None:
        machine = self.machine
        if part in Pair.__members__:
            machine.receive(Pair[part], self.now)
        elif part == "expire":
            self.expire()
        elif part == "caller":
            machine.caller_received(self.now)
        elif isinstance(machine, LineCircuit) and part in ("lift", "hook", "flash", "open"):
            self._loop(part)
        else:
            getattr(machine, part.replace(" ", "_"))(self.now)

    def _loop(self, part: str) -> None:
        """What is seen of the loop: closed, open for good, open for a moment, open without being believed."""
        machine = self.machine
        if part == "lift":
            machine.receive(LoopState.CLOSED, self.now)
            self.now += TIMES.closed_after
            machine.handle_timer(self.now)
            return
        machine.receive(LoopState.OPEN, self.now)
        if part == "hook":
            self.now += TIMES.open_after
            machine.handle_timer(self.now)
        elif part == "flash":
            self.now += 90 * MILLISECOND
            machine.receive(LoopState.CLOSED, self.now)
            self.now += 0 if machine.off_hook else -90 * MILLISECOND
            if not machine.off_hook:  # from an idle line: a touch of the pair, gone before it counts
                machine.receive(LoopState.OPEN, self.now)

    def expire(self) -> None:
        """Let the timer run out."""
        due = self.machine.due
        assert due is not None
        self.now = due
        self.machine.handle_timer(due)


def a_circuit(state: str) -> Talk:
    """A circuit that was brought to that state."""
    return Talk(LineCircuit(), REACH_CIRCUIT[state])


def a_station(state: str) -> Talk:
    """A set that was brought to that state."""
    return Talk(Station(), REACH_STATION[state])


def _check(talk: Talk, state: str, steps: str, out: list[str], following: str, timer: bool) -> None:
    assert talk.machine.state.title == state
    assert talk.steps(steps) == out
    assert talk.machine.state.title == following
    assert (talk.machine.due is not None) is timer


@pytest.mark.parametrize(
    ("state", "steps", "out", "following", "timer"),
    CIRCUIT_LINES,
    ids=[f"{c[0]}: {c[1]}" for c in CIRCUIT_LINES],
)
def test_circuit(state: str, steps: str, out: list[str], following: str, timer: bool) -> None:
    _check(a_circuit(state), state, steps, out, following, timer)


@pytest.mark.parametrize(
    ("state", "steps", "out", "following", "timer"),
    STATION_LINES,
    ids=[f"{c[0]}: {c[1]}" for c in STATION_LINES],
)
def test_station(state: str, steps: str, out: list[str], following: str, timer: bool) -> None:
    _check(a_station(state), state, steps, out, following, timer)


@pytest.mark.parametrize(
    ("module", "rows", "make"),
    [(circuit, CIRCUIT_LINES, a_circuit), (station, STATION_LINES, a_station)],
    ids=["circuit", "station"],
)
def test_every_row_is_exercised(module: Any, rows: Any, make: Any) -> None:
    seen: set[tuple[str, str]] = set()
    table = module.compile_table(module.TABLE)
    for state, steps, *_ in rows:
        talk = make(state)
        talk.machine._transitions = {key: Watched(of, seen) for key, of in table.items()}
        talk.steps(steps)
    assert seen == {(row.state.name, row.event.name) for row in module.TABLE}
    with pytest.raises(ValueError, match="two rows for"):
        module.compile_table((*module.TABLE, module.TABLE[0]))


class Watched(Recorder):
    """Rows that may be missing: a signal that a state has no row for."""

    def get(self, key: Any, default: object = None) -> Any:
        return super().get(key, default) if key in self else default


@pytest.mark.parametrize(
    ("make", "state", "wish"),
    [
        (a_circuit, "ringing", "ring"),
        (a_circuit, "connected", "ring"),
        (a_circuit, "idle", "route"),
        (a_circuit, "connected", "route"),
        (a_circuit, "idle", "answer"),
        (a_circuit, "dialling", "answer"),
        (a_station, "on hook", "answer"),
        (a_station, "first ring", "answer"),
        (a_station, "talking", "answer"),
        (a_station, "talking", "lift"),
        (a_station, "ringing", "lift"),
    ],
)
def test_what_is_impossible_names_wish_and_state_and_changes_nothing(
    make: Any, state: str, wish: str
) -> None:
    talk = make(state)
    due = talk.machine.due
    with pytest.raises(LoopMisuse, match=f"{wish}: impossible while {state}"):
        talk.steps(wish)
    assert (talk.machine.state.title, talk.machine.due, list(talk.machine.outputs)) == (state, due, [])


def test_a_line_rings_one_second_in_five_and_the_number_comes_600_ms_after_the_first_ring() -> None:
    talk = a_circuit("idle")
    talk.steps("ring")
    at = {}
    for name in ("quiet", "caller", "ring again", "quiet again", "third ring"):
        talk.expire()
        at[name] = talk.now / SECOND
    assert at == {"quiet": 1.0, "caller": 1.6, "ring again": 5.0, "quiet again": 6.0, "third ring": 10.0}


@pytest.mark.parametrize(("lasts", "seen"), [(19, False), (20, True)])
def test_a_loop_is_closed_after_20_ms(lasts: int, seen: bool) -> None:
    machine = LineCircuit()
    machine.receive(LoopState.CLOSED, 0)
    assert machine.next_deadline() == 20 * MILLISECOND
    machine.handle_timer(lasts * MILLISECOND)
    assert machine.off_hook is seen


@pytest.mark.parametrize(("lasts", "hangs_up"), [(249, False), (250, True)])
def test_a_loop_open_for_less_than_250_ms_is_a_flash(lasts: int, hangs_up: bool) -> None:
    talk = a_circuit("connected")
    talk.machine.receive(LoopState.OPEN, talk.now)
    talk.machine.handle_timer(talk.now + lasts * MILLISECOND)
    if not hangs_up:
        talk.machine.receive(LoopState.CLOSED, talk.now + lasts * MILLISECOND)
    talk.machine.handle_timer(talk.now + SECOND)
    assert talk.machine.state.title == ("idle" if hangs_up else "connected")


def test_a_set_that_is_not_rung_for_six_seconds_takes_the_caller_for_gone() -> None:
    talk = a_station("ringing")
    talk.steps("QUIET")
    assert talk.machine.next_deadline() == talk.now + 6 * SECOND
    talk.machine.handle_timer(talk.now + 6 * SECOND - 1)
    assert talk.machine.state.title == "ringing"


def test_the_same_loop_state_twice_is_seen_once() -> None:
    talk = a_circuit("connected")
    talk.machine.receive(LoopState.CLOSED, talk.now)
    assert not talk.machine.outputs
    assert talk.machine.next_deadline() is None


@pytest.mark.parametrize(
    ("times", "wrong"),
    [
        ({"released_after": 600 * MILLISECOND}, "released_after"),
        ({"gone_after": 4 * SECOND}, "gone_after"),
        ({"before_caller": 4 * SECOND}, "before_caller"),
    ],
)
def test_times_that_cannot_work_are_refused(times: dict[str, Tick], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        LoopSettings(**times)
