"""How the procedures of Q.931 clause 5 are written down: rows of events, actions and next states.

A table is a tuple of `Row`, grouped by state as the SDL diagrams of Annex A are. Each row names the states
in which it holds, the events that it answers, the condition (`when`) that must be true, the actions in
their order, the next state, and the clause that asks for it. For one state and event, the first row whose
condition holds is taken.

Events are integers from four disjoint ranges, so that one dictionary look-up finds the rows of a state:
received messages (their message type), requests of the local user, timer expiries, and what happens below
or beside the call (data link, restart).

An action that sends stands first in its row: building the message is the only step that can fail, and
nothing has changed yet when it does.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from trunkwire.q931.states import CallState, HoldState, RestartState, ServiceState

Action = Callable[[Any, Any, Any], None]
"""(machine, call, what came with the event) -> None."""

Guard = Callable[[Any, Any, Any], bool]
"""(machine, call, what came with the event) -> whether the row holds."""

State = CallState | RestartState | HoldState | ServiceState


class Received(enum.IntEnum):
    """A message from the peer; the value is its message type (4.4, table 4-2)."""

    ALERTING = 0x01
    CALL_PROCEEDING = 0x02
    PROGRESS = 0x03
    SETUP = 0x05
    CONNECT = 0x07
    SETUP_ACKNOWLEDGE = 0x0D
    CONNECT_ACKNOWLEDGE = 0x0F
    USER_INFORMATION = 0x20
    SUSPEND_REJECT = 0x21
    RESUME_REJECT = 0x22
    HOLD = 0x24
    SUSPEND = 0x25
    RESUME = 0x26
    HOLD_ACKNOWLEDGE = 0x28
    SUSPEND_ACKNOWLEDGE = 0x2D
    RESUME_ACKNOWLEDGE = 0x2E
    HOLD_REJECT = 0x30
    RETRIEVE = 0x31
    RETRIEVE_ACKNOWLEDGE = 0x33
    RETRIEVE_REJECT = 0x37
    DISCONNECT = 0x45
    RESTART = 0x46
    RELEASE = 0x4D
    RESTART_ACKNOWLEDGE = 0x4E
    RELEASE_COMPLETE = 0x5A
    FACILITY = 0x62
    NOTIFY = 0x6E
    STATUS_ENQUIRY = 0x75
    CONGESTION_CONTROL = 0x79
    INFORMATION = 0x7B
    STATUS = 0x7D
    # what the error procedures make of a message
    UNEXPECTED = 0x100  # a known type that the state has no row for (5.8.4)
    UNKNOWN = 0x101  # a type that this machine does not implement (5.8.4)
    FAULTY = 0x102  # a mandatory element is missing or broken, not while clearing (5.8.6)
    FAULTY_SETUP = 0x103  # the same, in SETUP (5.8.6)
    # the maintenance protocol has types of its own, under another discriminator
    SERVICE = 0x110
    SERVICE_ACKNOWLEDGE = 0x111


class Request(enum.IntEnum):
    """What the local user of the machine asks for (the primitives of Annex A)."""

    SETUP = 0x200
    MORE_INFO = enum.auto()
    INFORMATION = enum.auto()
    PROCEEDING = enum.auto()
    PROGRESS = enum.auto()
    ALERTING = enum.auto()
    CONNECT = enum.auto()
    ACKNOWLEDGE = enum.auto()
    DISCONNECT = enum.auto()
    RELEASE = enum.auto()
    REJECT = enum.auto()
    NOTIFY = enum.auto()
    STATUS_ENQUIRY = enum.auto()
    RESTART = enum.auto()
    CONFIRM_RESTART = enum.auto()
    IGNORE = enum.auto()
    # supplementary (Q.932, Q.931 5.6, 7; maintenance)
    HOLD = enum.auto()
    HOLD_ACKNOWLEDGE = enum.auto()
    HOLD_REJECT = enum.auto()
    RETRIEVE = enum.auto()
    RETRIEVE_ACKNOWLEDGE = enum.auto()
    RETRIEVE_REJECT = enum.auto()
    SUSPEND = enum.auto()
    SUSPEND_ACKNOWLEDGE = enum.auto()
    SUSPEND_REJECT = enum.auto()
    RESUME = enum.auto()
    RESUME_ACKNOWLEDGE = enum.auto()
    RESUME_REJECT = enum.auto()
    USER_INFORMATION = enum.auto()
    CONGESTION_CONTROL = enum.auto()
    FACILITY = enum.auto()
    SERVICE = enum.auto()
    CONFIRM_SERVICE = enum.auto()


class Timer(enum.IntEnum):
    """The timers of tables 9-1 and 9-2; as an event, the expiry of that timer."""

    T301 = 0x300
    T302 = enum.auto()
    T303 = enum.auto()
    T304 = enum.auto()
    T305 = enum.auto()
    T306 = enum.auto()
    T307 = enum.auto()
    T308 = enum.auto()
    T309 = enum.auto()
    T310 = enum.auto()
    T312 = enum.auto()
    T313 = enum.auto()
    T316 = enum.auto()
    T317 = enum.auto()
    T318 = enum.auto()
    T319 = enum.auto()
    T322 = enum.auto()
    T_HOLD = enum.auto()  # Q.932
    T_RETRIEVE = enum.auto()  # Q.932
    T_SERVICE = enum.auto()  # the maintenance protocol's wait for SERVICE ACKNOWLEDGE


class Link(enum.IntEnum):
    """What happens to the data link (5.8.8, 5.8.9), and the restart of a call's channel (5.5)."""

    UP = 0x400
    DOWN = enum.auto()
    RESET = enum.auto()
    CHANNEL_RESTARTED = enum.auto()


class Answer(enum.IntEnum):
    """What a terminal's answer to a broadcast SETUP means to the call, and the call's word to it (5.2)."""

    MORE_INFO = 0x500  # a terminal wants more digits
    PROCEEDING = enum.auto()
    ALERTING = enum.auto()
    CONNECT = enum.auto()
    NONE_LEFT = enum.auto()  # T312 has expired, and every terminal that had answered has cleared
    WITHDRAWN = enum.auto()  # the terminal that had answered first has cleared before it was connected
    SETTLED = enum.auto()  # the last terminal of a call that is over has cleared
    DIGITS = enum.auto()  # to a terminal: digits for it
    DISMISSED = enum.auto()  # to a terminal: the call is no longer offered


Event = Received | Request | Timer | Link | Answer


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: in these states, on these events, if the condition holds, do this and go there."""

    states: tuple[State, ...]
    events: tuple[Event, ...]
    when: Guard | None
    actions: tuple[Action, ...]
    to: State | None  # None: the state stays as it is
    clause: str

    def __str__(self) -> str:
        condition = f" when {name_of(self.when)}" if self.when else ""
        steps = ", ".join(name_of(action) for action in self.actions) or "nothing"
        states = " ".join(state.name for state in self.states)
        events = " or ".join(event_name(event) for event in self.events)
        to = "same" if self.to is None else self.to.name
        return f"{states}: {events}{condition}: {steps} -> {to} [{self.clause}]"


Table = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class On:
    """A row without its states: what `in_state` completes."""

    events: tuple[Event, ...]
    actions: tuple[Action, ...]
    to: State | None
    clause: str
    when: Guard | None


def on(
    events: Event | tuple[Event, ...],
    actions: Iterable[Action],
    to: State | None,
    clause: str,
    when: Guard | None = None,
) -> On:
    """A row of the state block that it stands in; `to=None` keeps the state."""
    return On(events if isinstance(events, tuple) else (events,), tuple(actions), to, clause, when)


def in_state(states: State | tuple[State, ...], *rows: On) -> Table:
    """The rows of one block of states, as the Recommendation's diagrams group them."""
    which = states if isinstance(states, tuple) else (states,)
    return tuple(Row(which, row.events, row.when, row.actions, row.to, row.clause) for row in rows)


Cells = dict[int, dict[int, tuple[Row, ...]]]
"""state -> event -> the rows to try, in the order of the table."""


@functools.lru_cache(maxsize=32)
def cells(table: Table) -> Cells:
    """The table by state and event."""
    found: Cells = {}
    for row in table:
        for state in row.states:
            of_state = found.setdefault(state, {})
            for event in row.events:
                of_state[event] = (*of_state.get(event, ()), row)
    return found


def event_name(event: int) -> str:
    """The event as the tables and the errors name it."""
    for kind in (Received, Request, Timer, Link, Answer):
        try:
            member = kind(event)
        except ValueError:
            continue
        if kind is Timer:
            return f"{member.name} expiry"
        return f"{kind.__name__.lower()} {member.name.replace('_', ' ')}"
    return f"event {event:#x}"


def name_of(step: Callable[..., object] | None) -> str:
    """An action or condition as a reader of the table sees it."""
    return getattr(step, "__name__", str(step)).replace("_", " ").strip()
