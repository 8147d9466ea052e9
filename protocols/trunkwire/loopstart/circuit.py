"""The line circuit of an exchange: rings, sees the loop, feeds it, and lets go (loop start).

Sources: ETSI ES 201 970 (the interface), EN 300 659-1 6.1 (the caller's number between the first and the
second ring), GR-506-CORE (ring trip, open feed as the sign that the other party has gone).
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


class CircuitState(NamedState):
    """Where a line circuit stands."""

    IDLE = 0
    RINGING = 10
    BEFORE_CALLER = 11
    """Between the first ring and the caller's number."""
    PAUSE = 12
    DIALLING = 20
    """Off hook: it is given dial tone, and listened to."""
    CALLING = 21
    """The number is complete; the call is on its way."""
    CONNECTED = 30
    FEED_OPEN = 40
    PARKED = 41
    """Off hook, and nobody is there."""


class CircuitEvent(enum.IntEnum):
    """What a row answers."""

    RING = 1
    """A call for the line."""
    ROUTE = 2
    """The digits are a number."""
    ANSWER = 3
    """The party that the line has called answers."""
    CLEAR = 4
    """The call is over, as far as the exchange is concerned."""
    OFF_HOOK = 10
    ON_HOOK = 11
    FLASH = 12
    FIRST_RING_OVER = 20
    RING_OVER = 21
    PAUSE_OVER = 22
    CALLER_DUE = 23
    TOO_SLOW = 24
    FEED_OPEN_OVER = 25
    """It is time to feed the line again, and the loop is closed."""
    FEED_OPEN_OVER_ON_HOOK = 26
    """It is time to feed the line again, and the loop is open."""


class CircuitReport(enum.Enum):
    """What the circuit tells the exchange."""

    SEIZED = "off hook"
    ANSWERED = "answered"
    ON_HOOK = "on hook"
    FLASHED = "flash"
    PRESENT_CALLER = "now the caller's number"
    TOO_SLOW = "no number in time"
    IDLE = "idle again"
    """The exchange had cleared, and the line has come to rest."""


class LineCircuit(Machine[CircuitState, CircuitEvent]):
    """One line circuit. `outputs` holds `Pair` values for the line and `CircuitReport` for the exchange."""

    local = frozenset({CircuitEvent.RING, CircuitEvent.ROUTE, CircuitEvent.ANSWER})

    def __init__(self, settings: LoopSettings | None = None) -> None:
        super().__init__(CircuitState.IDLE, TRANSITIONS, settings or LoopSettings())
        self.loop = LoopState.OPEN
        """What the pair shows at this moment."""
        self.off_hook = False
        """What was made of it."""
        self.rings = 0
        """How often it was rung for this call."""
        self._changes: Tick | None = None
        """When what the pair shows has lasted long enough to be believed."""
        self._opened: Tick = 0

    # -- wishes of the exchange ---------------------------------------------------------------------------

    def ring(self, now: Tick) -> None:
        """Ring the line. Raises LoopMisuse unless it is idle."""
        self.dispatch(CircuitEvent.RING, now)

    def route(self, now: Tick) -> None:
        """The digits are a number. Raises LoopMisuse unless digits were awaited."""
        self.dispatch(CircuitEvent.ROUTE, now)

    def answer(self, now: Tick) -> None:
        """The called party answers. Raises LoopMisuse unless a call from the line is on its way."""
        self.dispatch(CircuitEvent.ANSWER, now)

    def clear(self, now: Tick) -> None:
        """The call is over for the exchange. Harmless on an idle line."""
        self.dispatch(CircuitEvent.CLEAR, now)

    # -- the line -----------------------------------------------------------------------------------------

    def receive(self, loop: LoopState, now: Tick) -> None:
        """The pair shows this from now on; it is believed after a while."""
        if loop is self.loop:
            return
        self.loop = loop
        if loop is LoopState.OPEN:
            self._opened = now
            self._changes = now + self.settings.open_after if self.off_hook else None
        elif not self.off_hook:
            self._changes = now + self.settings.closed_after
        else:
            self._changes = None
            self.dispatch(CircuitEvent.FLASH, now)

    def next_deadline(self) -> Tick | None:
        """When `handle_timer` is to be called."""
        if self._changes is None or (self.due is not None and self.due < self._changes):
            return self.due
        return self._changes

    def handle_timer(self, now: Tick) -> None:
        """Time has come to `now`."""
        if self._changes is not None and self._changes <= now:
            self._changes = None
            self.off_hook = self.loop is LoopState.CLOSED
            self.dispatch(CircuitEvent.OFF_HOOK if self.off_hook else CircuitEvent.ON_HOOK, now)
        if self.due is not None and self.due <= now:
            self.due = None
            self.dispatch(self._what_ran_out(), now)

    def _what_ran_out(self) -> CircuitEvent:
        match self.state:
            case CircuitState.RINGING:
                return CircuitEvent.FIRST_RING_OVER if self.rings == 1 else CircuitEvent.RING_OVER
            case CircuitState.BEFORE_CALLER:
                return CircuitEvent.CALLER_DUE
            case CircuitState.PAUSE:
                return CircuitEvent.PAUSE_OVER
            case CircuitState.DIALLING:
                return CircuitEvent.TOO_SLOW
            case _:
                # While the feed is open no current flows: the loop is looked at when it is fed again.
                self._changes, self.off_hook = None, self.loop is LoopState.CLOSED
                return CircuitEvent.FEED_OPEN_OVER if self.off_hook else CircuitEvent.FEED_OPEN_OVER_ON_HOOK


def begin_ringing(circuit: LineCircuit) -> None:
    """Ring for the first time."""
    circuit.rings = 0
    ring(circuit)


def ring(circuit: LineCircuit) -> None:
    """Ring once."""
    circuit.rings += 1
    circuit.outputs.append(Pair.RING)
    circuit.start(circuit.settings.ring)


def stop_ringing(circuit: LineCircuit) -> None:
    """No ringing current."""
    circuit.outputs.append(Pair.QUIET)
    circuit.stop()


def await_caller(circuit: LineCircuit) -> None:
    """The caller's number is due a while after the first ring."""
    circuit.start(circuit.settings.before_caller)


def present_caller(circuit: LineCircuit) -> None:
    """The caller's number, in what is left of the pause."""
    circuit.outputs.append(CircuitReport.PRESENT_CALLER)
    circuit.start(circuit.settings.pause - circuit.settings.before_caller)


def pause(circuit: LineCircuit) -> None:
    """Nothing until the next ring."""
    circuit.start(circuit.settings.pause)


def report_answer(circuit: LineCircuit) -> None:
    """Tell that the called line has answered."""
    circuit.stop()
    circuit.outputs.append(CircuitReport.ANSWERED)


def report_seizure(circuit: LineCircuit) -> None:
    """Tell that the line wants to call."""
    circuit.start(circuit.settings.dialling)
    circuit.outputs.append(CircuitReport.SEIZED)


def report_on_hook(circuit: LineCircuit) -> None:
    """Tell that the line has hung up."""
    circuit.stop()
    circuit.outputs.append(CircuitReport.ON_HOOK)


def report_idle(circuit: LineCircuit) -> None:
    """Tell that the line has come to rest after the exchange has cleared."""
    circuit.stop()
    circuit.outputs.append(CircuitReport.IDLE)


def report_slowness(circuit: LineCircuit) -> None:
    """Tell that no number came in time."""
    circuit.outputs.append(CircuitReport.TOO_SLOW)


def report_flash(circuit: LineCircuit) -> None:
    """Tell of a flash."""
    circuit.outputs.append(CircuitReport.FLASHED)


def reverse_feed(circuit: LineCircuit) -> None:
    """Answer supervision: reverse the feed."""
    circuit.outputs.append(Pair.REVERSED)


def normal_feed(circuit: LineCircuit) -> None:
    """The feed as on an idle line."""
    circuit.outputs.append(Pair.NORMAL)


def open_feed(circuit: LineCircuit) -> None:
    """Open the feed for a moment."""
    circuit.outputs.append(Pair.OPEN_FEED)
    circuit.start(circuit.settings.feed_open)


def feed(circuit: LineCircuit) -> None:
    """Feed the line again."""
    circuit.outputs.append(Pair.FEED)


Cell = Row[CircuitState, CircuitEvent, LineCircuit]
"""One cell of the table."""


IDLE, RINGING, BEFORE, PAUSE = (
    CircuitState.IDLE,
    CircuitState.RINGING,
    CircuitState.BEFORE_CALLER,
    CircuitState.PAUSE,
)
DIALLING, CALLING, CONNECTED = CircuitState.DIALLING, CircuitState.CALLING, CircuitState.CONNECTED
FEED_OPEN, PARKED = CircuitState.FEED_OPEN, CircuitState.PARKED
On = CircuitEvent

TABLE: tuple[Cell, ...] = (
    Cell(IDLE, On.RING, (begin_ringing,), RINGING, RINGING_CLAUSE),
    Cell(IDLE, On.OFF_HOOK, (report_seizure,), DIALLING, LOOP_CLAUSE),
    Cell(RINGING, On.FIRST_RING_OVER, (stop_ringing, await_caller), BEFORE, CALLER_CLAUSE),
    Cell(RINGING, On.RING_OVER, (stop_ringing, pause), PAUSE, RINGING_CLAUSE),
    Cell(RINGING, On.OFF_HOOK, (stop_ringing, report_answer), CONNECTED, "GR-506 ring trip"),
    Cell(RINGING, On.CLEAR, (stop_ringing, report_idle), IDLE, RINGING_CLAUSE),
    Cell(BEFORE, On.CALLER_DUE, (present_caller,), PAUSE, CALLER_CLAUSE),
    Cell(BEFORE, On.OFF_HOOK, (report_answer,), CONNECTED, "GR-506 ring trip"),
    Cell(BEFORE, On.CLEAR, (report_idle,), IDLE, RINGING_CLAUSE),
    Cell(PAUSE, On.PAUSE_OVER, (ring,), RINGING, RINGING_CLAUSE),
    Cell(PAUSE, On.OFF_HOOK, (report_answer,), CONNECTED, "GR-506 ring trip"),
    Cell(PAUSE, On.CLEAR, (report_idle,), IDLE, RINGING_CLAUSE),
    Cell(DIALLING, On.ROUTE, (stop_timer,), CALLING, LOOP_CLAUSE),
    Cell(DIALLING, On.ON_HOOK, (report_on_hook,), IDLE, LOOP_CLAUSE),
    Cell(DIALLING, On.TOO_SLOW, (report_slowness,), PARKED, LOOP_CLAUSE),
    Cell(DIALLING, On.CLEAR, (stop_timer,), PARKED, LOOP_CLAUSE),
    Cell(CALLING, On.ANSWER, (reverse_feed,), CONNECTED, "ES 201 970 polarity"),
    Cell(CALLING, On.ON_HOOK, (report_on_hook,), IDLE, LOOP_CLAUSE),
    Cell(CALLING, On.CLEAR, (), PARKED, LOOP_CLAUSE),
    Cell(CONNECTED, On.FLASH, (report_flash,), CONNECTED, "ES 201 729"),
    Cell(CONNECTED, On.ON_HOOK, (normal_feed, report_on_hook), IDLE, LOOP_CLAUSE),
    Cell(CONNECTED, On.CLEAR, (open_feed,), FEED_OPEN, OPEN_CLAUSE),
    Cell(FEED_OPEN, On.FEED_OPEN_OVER, (feed, normal_feed), PARKED, OPEN_CLAUSE),
    Cell(FEED_OPEN, On.FEED_OPEN_OVER_ON_HOOK, (feed, normal_feed, report_idle), IDLE, OPEN_CLAUSE),
    Cell(PARKED, On.ON_HOOK, (report_idle,), IDLE, LOOP_CLAUSE),
)


def compile_table(table: Iterable[Cell]) -> Transitions:
    """The rows by state and event. Raises ValueError if two rows answer the same event in the same state."""
    return compile_rows(table, CircuitState)


TRANSITIONS = compile_table(TABLE)
