"""A set on an analog line: a telephone, or a PBX's port for exchange lines (loop start).

It tells of a call when it knows who calls, or at the second ring when no number came (EN 300 659-1 6.1), and
takes the call for over when the feed was open for a while (GR-506-CORE).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from trunkwire.loopstart.line import (
    CALLER_CLAUSE,
    LOOP_CLAUSE,
    OPEN_CLAUSE,
    RINGING_CLAUSE,
    LoopSettings,
    LoopState,
    Machine,
    NamedState,
    Pair,
    Row,
    Transitions,
    compile_rows,
    stop_timer,
)
from trunkwire.ticks import Tick


class StationState(NamedState):
    """Where a set stands."""

    ON_HOOK = 0
    FIRST_RING = 10
    """It has rung once; who calls is not known yet."""
    RINGING = 11
    OFF_HOOK = 20
    """It wants to call, or calls."""
    TALKING = 30
    RELEASED = 40
    """The exchange has let go, and it is still off hook."""


class StationEvent(enum.IntEnum):
    """What a row answers."""

    LIFT = 1
    """Go off hook to place a call."""
    ANSWER = 2
    HANG_UP = 3
    CALLER = 4
    """The caller's number has been received."""
    RING = 10
    QUIET = 11
    OPEN_FEED = 12
    FEED = 13
    REVERSED = 14
    NOT_RUNG = 20
    NO_FEED = 21


class StationReport(enum.Enum):
    """What the set tells its owner."""

    CALLED = "it rings"
    GONE = "it rings no more"
    ANSWERED = "the called party has answered"
    RELEASED = "the exchange has let go"


_SIGNALS = {
    Pair.RING: StationEvent.RING,
    Pair.QUIET: StationEvent.QUIET,
    Pair.OPEN_FEED: StationEvent.OPEN_FEED,
    Pair.FEED: StationEvent.FEED,
    Pair.REVERSED: StationEvent.REVERSED,
}


class Station(Machine[StationState, StationEvent]):
    """One set. `outputs` holds `LoopState` values for the line and `StationReport` for its owner."""

    local = frozenset({StationEvent.LIFT, StationEvent.ANSWER})

    def __init__(self, settings: LoopSettings | None = None) -> None:
        super().__init__(StationState.ON_HOOK, TRANSITIONS, settings or LoopSettings())

    def lift(self, now: Tick) -> None:
        """Go off hook to place a call. Raises LoopMisuse when it is off hook, or rings."""
        self.dispatch(StationEvent.LIFT, now)

    def answer(self, now: Tick) -> None:
        """Take the call that rings. Raises LoopMisuse when none does."""
        self.dispatch(StationEvent.ANSWER, now)

    def hang_up(self, now: Tick) -> None:
        """Go on hook. Harmless when it is."""
        self.dispatch(StationEvent.HANG_UP, now)

    def caller_received(self, now: Tick) -> None:
        """The caller's number was received."""
        self.dispatch(StationEvent.CALLER, now)

    def receive(self, pair: Pair, now: Tick) -> None:
        """The exchange does this to the pair."""
        event = _SIGNALS.get(pair)
        if event is not None:
            self.dispatch(event, now)

    def handle_timer(self, now: Tick) -> None:
        """Time has come to `now`."""
        if self.due is not None and self.due <= now:
            self.due = None
            rings = self.state in (StationState.FIRST_RING, StationState.RINGING)
            self.dispatch(StationEvent.NOT_RUNG if rings else StationEvent.NO_FEED, now)


def close_loop(station: Station) -> None:
    """Close the loop."""
    station.stop()
    station.outputs.append(LoopState.CLOSED)


def open_loop(station: Station) -> None:
    """Open the loop."""
    station.stop()
    station.outputs.append(LoopState.OPEN)


def await_ring(station: Station) -> None:
    """It may ring again, or not."""
    station.start(station.settings.gone_after)


def time_the_feed(station: Station) -> None:
    """The feed may come back at once."""
    station.start(station.settings.released_after)


def report_call(station: Station) -> None:
    """Tell of the call."""
    station.outputs.append(StationReport.CALLED)


def report_gone(station: Station) -> None:
    """Tell that the caller has gone."""
    station.outputs.append(StationReport.GONE)


def report_answer(station: Station) -> None:
    """Tell of the answer."""
    station.outputs.append(StationReport.ANSWERED)


def report_release(station: Station) -> None:
    """Tell that the exchange has let go."""
    station.outputs.append(StationReport.RELEASED)


Cell = Row[StationState, StationEvent, Station]
"""One cell of the table."""


ON_HOOK, FIRST_RING, RINGING = StationState.ON_HOOK, StationState.FIRST_RING, StationState.RINGING
OFF_HOOK, TALKING, RELEASED = StationState.OFF_HOOK, StationState.TALKING, StationState.RELEASED
On = StationEvent

TABLE: tuple[Cell, ...] = (
    Cell(ON_HOOK, On.RING, (), FIRST_RING, RINGING_CLAUSE),
    Cell(ON_HOOK, On.LIFT, (close_loop,), OFF_HOOK, LOOP_CLAUSE),
    Cell(FIRST_RING, On.QUIET, (await_ring,), FIRST_RING, CALLER_CLAUSE),
    Cell(FIRST_RING, On.CALLER, (report_call,), RINGING, CALLER_CLAUSE),
    Cell(FIRST_RING, On.RING, (stop_timer, report_call), RINGING, CALLER_CLAUSE),
    Cell(FIRST_RING, On.NOT_RUNG, (), ON_HOOK, RINGING_CLAUSE),
    Cell(FIRST_RING, On.LIFT, (close_loop,), OFF_HOOK, LOOP_CLAUSE),
    Cell(RINGING, On.RING, (stop_timer,), RINGING, RINGING_CLAUSE),
    Cell(RINGING, On.QUIET, (await_ring,), RINGING, RINGING_CLAUSE),
    Cell(RINGING, On.NOT_RUNG, (report_gone,), ON_HOOK, RINGING_CLAUSE),
    Cell(RINGING, On.ANSWER, (close_loop,), TALKING, LOOP_CLAUSE),
    Cell(OFF_HOOK, On.REVERSED, (report_answer,), TALKING, "ES 201 970 polarity"),
    Cell(OFF_HOOK, On.OPEN_FEED, (time_the_feed,), OFF_HOOK, OPEN_CLAUSE),
    Cell(OFF_HOOK, On.FEED, (stop_timer,), OFF_HOOK, OPEN_CLAUSE),
    Cell(OFF_HOOK, On.NO_FEED, (report_release,), RELEASED, OPEN_CLAUSE),
    Cell(OFF_HOOK, On.HANG_UP, (open_loop,), ON_HOOK, LOOP_CLAUSE),
    Cell(TALKING, On.OPEN_FEED, (time_the_feed,), TALKING, OPEN_CLAUSE),
    Cell(TALKING, On.FEED, (stop_timer,), TALKING, OPEN_CLAUSE),
    Cell(TALKING, On.NO_FEED, (report_release,), RELEASED, OPEN_CLAUSE),
    Cell(TALKING, On.HANG_UP, (open_loop,), ON_HOOK, LOOP_CLAUSE),
    Cell(RELEASED, On.HANG_UP, (open_loop,), ON_HOOK, LOOP_CLAUSE),
)


def compile_table(table: Iterable[Cell]) -> Transitions:
    """The rows by state and event. Raises ValueError if two rows answer the same event in the same state."""
    return compile_rows(table, StationState)


TRANSITIONS = compile_table(TABLE)
