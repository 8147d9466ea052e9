"""What both ends of an analog line share: what the pair can say, its times, and how a table is run."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from trunkwire.ticks import MILLISECOND, SECOND, Tick


class Pair(enum.Enum):
    """What the exchange does to the pair."""

    RING = "ringing current"
    QUIET = "no ringing current"
    OPEN_FEED = "feed open"
    FEED = "feed"
    REVERSED = "feed reversed"
    NORMAL = "feed normal"


class LoopState(enum.Enum):
    """What the set does to the loop."""

    CLOSED = "loop closed"
    OPEN = "loop open"


class LoopSettings(msgspec.Struct, frozen=True):
    """Times in ticks. The cadence is that of the public network of China and of most others in Asia and
    America's half of it: 1 s of ringing in 5 s (GB/T 3380; ITU-T E.182 lists the national ones)."""

    ring: Tick = SECOND
    pause: Tick = 4 * SECOND
    before_caller: Tick = 600 * MILLISECOND
    """From the end of the first ring to the caller's number: 500 ms or more (EN 300 659-1, 6.1)."""
    closed_after: Tick = 20 * MILLISECOND
    """A loop closed so long is off hook: ring trip, seizure."""
    open_after: Tick = 250 * MILLISECOND
    """A loop open so long is on hook; what is shorter is a flash (register recall, ES 201 729: 50 to 130 ms)
    or a bounce."""
    feed_open: Tick = 600 * MILLISECOND
    """How long the feed is opened when the other party has gone (GR-506-CORE: 600 ms at least)."""
    gone_after: Tick = 6 * SECOND
    """A set that was not rung for so long takes the caller for gone: longer than any pause."""
    released_after: Tick = 200 * MILLISECOND
    """A set that has no feed for so long takes the call for over."""
    dialling: Tick = 20 * SECOND
    """How long the exchange waits for a number before it parks the line (Q.35; E.180)."""

    def __post_init__(self) -> None:
        if not 0 < self.released_after < self.feed_open:
            raise ValueError("released_after must be shorter than feed_open, or no set sees the feed open")
        if self.gone_after <= self.pause:
            raise ValueError("gone_after must be longer than pause, or a set stops ringing between two rings")
        if self.before_caller >= self.pause:
            raise ValueError("before_caller must be shorter than pause: the number comes between two rings")


class LoopMisuse(ValueError):
    """What the user of a machine asks for is impossible in its state."""


class NamedState(enum.IntEnum):
    """Base of the states of both machines."""

    @property
    def title(self) -> str:
        """The state's name in words."""
        return self.name.lower().replace("_", " ")


S = TypeVar("S", bound=NamedState)
E = TypeVar("E", bound=enum.IntEnum)
M = TypeVar("M")


class Row(msgspec.Struct, Generic[S, E, M], frozen=True):
    """One cell of a table: in `state`, `event` causes `actions` and leads to `next_state`, by `clause`."""

    state: S
    event: E
    actions: tuple[Callable[[M], None], ...]
    next_state: S
    clause: str

    def __str__(self) -> str:
        """The row as one line of a page."""
        actions = ", ".join(action.__name__ for action in self.actions) or "nothing"
        return (
            f"{self.state.title}, {self.event.name}: {actions}; then {self.next_state.title} ({self.clause})"
        )


Transitions = Mapping[Any, Mapping[Any, Row[Any, Any, Any]]]


def compile_rows(table: Iterable[Row[S, E, M]], states: Iterable[S]) -> Transitions:
    """The rows by state and event. Raises ValueError if two rows answer the same event in the same state."""
    transitions: dict[Any, dict[Any, Row[Any, Any, Any]]] = {state: {} for state in states}
    for row in table:
        if row.event in transitions[row.state]:
            raise ValueError(f"two rows for {row.event.name} in state {row.state.title}")
        transitions[row.state][row.event] = row
    return transitions


class Machine(Generic[S, E]):
    """A machine run by a table with one timer. What it does to the line and what it reports is in `outputs`.

    Signals of the line that a state has no row for change nothing; local wishes without a row are misuse.
    """

    local: frozenset[Any] = frozenset()
    """The events that are wishes of the machine's user."""

    def __init__(self, state: S, transitions: Transitions, settings: LoopSettings) -> None:
        self.state = state
        self.settings = settings
        self.outputs: deque[Any] = deque()
        self.now: Tick = 0
        self.due: Tick | None = None
        """When the timer of the state runs out."""
        self._transitions = transitions

    def next_deadline(self) -> Tick | None:
        """When `handle_timer` is to be called."""
        return self.due

    def start(self, duration: Tick) -> None:
        """Start the timer anew."""
        self.due = self.now + duration

    def stop(self) -> None:
        """Stop the timer."""
        self.due = None

    def dispatch(self, event: E, now: Tick) -> None:
        """Run the row of this state for the event. Raises LoopMisuse for a wish that has none."""
        self.now = now
        row = self._transitions[self.state].get(event)
        if row is None:
            if event in self.local:
                raise LoopMisuse(
                    f"{event.name.lower().replace('_', ' ')}: impossible while {self.state.title}"
                )
            return
        for action in row.actions:
            action(self)
        self.state = row.next_state


def stop_timer(machine: Machine[Any, Any]) -> None:
    """Nothing is waited for."""
    machine.stop()


RINGING_CLAUSE = "GR-506 ringing"
CALLER_CLAUSE = "EN 300 659-1 6.1"
LOOP_CLAUSE = "ES 201 970 loop"
OPEN_CLAUSE = "GR-506 open interval"
"""Where the rows of both tables come from."""
