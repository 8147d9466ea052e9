"""Layer 2 management of a terminal (Q.921 5.3, user side): how it gets, defends and loses its TEI.

`TABLE` is the specification. WANTED, VERIFY and DEACTIVATE come from the terminal's own data links; the rest
from the network's messages and from T202. What the terminal does is left in `outputs`.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from trunkwire.lapd import rows
from trunkwire.lapd.events import GROUP_TEI, LapdSettings, Transmit
from trunkwire.lapd.management import AUTOMATIC_TEIS, ManagementMessage, ManagementType, management_frame
from trunkwire.lapd.primitives import AssignRequest, ErrorResponse, Primitive, RemoveRequest
from trunkwire.lapd.rows import NamedState
from trunkwire.side import Side
from trunkwire.ticks import Tick


class TerminalState(NamedState):
    """Where a terminal stands with its TEI."""

    NO_TEI = 10
    AWAITING_TEI = 20
    TEI_HELD = 30
    VERIFYING_TEI = 40
    """An identity verify was sent."""
    VERIFYING_TEI_AGAIN = 50
    """It was sent a second time."""


class TerminalEvent(enum.IntEnum):
    """What a row answers."""

    WANTED = 1
    """MDL-ASSIGN indication, the TEI is automatic."""
    WANTED_FIXED = 2
    """MDL-ASSIGN indication, the TEI is fixed in the terminal."""
    VERIFY = 3
    """There is reason to think that another terminal has the same TEI."""
    DEACTIVATE = 4
    T202 = 10
    T202_LAST = 11
    """T202 expired and N202 identity requests were sent."""
    ASSIGNED = 20
    """Identity assigned with our Ri."""
    ASSIGNED_TO_OTHER = 21
    """Identity assigned with another Ri, and another TEI than ours."""
    ASSIGNED_TWICE = 22
    """Identity assigned with another Ri and our TEI."""
    DENIED = 23
    """Identity denied with our Ri."""
    CHECK = 24
    """Identity check request for our TEI or all."""
    REMOVE = 25
    """Identity remove for our TEI or all."""


class Terminal:
    """The management entity of one terminal: one TEI, for all its SAPIs.

    `random` gives Ri, 0 to 65535 (5.3.2); without it Ri is 0, which only a terminal of a fixed TEI may have.
    """

    def __init__(self, settings: LapdSettings, random: Callable[[], int] | None) -> None:
        if settings.tei is None and random is None:
            raise ValueError("an automatic TEI is asked for under a random reference number: give `random`")
        self.settings = settings
        self.state = TerminalState.NO_TEI if settings.tei is None else TerminalState.TEI_HELD
        self.tei = settings.tei
        self.outputs: deque[Primitive] = deque()
        self.t202: Tick | None = None
        self.reference: int | None = None
        """Ri of the last identity request."""
        self.attempts = 0
        self.now: Tick = 0
        self._random = random
        self._transitions = TRANSITIONS

    def want(self, now: Tick) -> None:
        """MDL-ASSIGN indication of a data link."""
        fixed = self.settings.tei is not None
        self._dispatch(TerminalEvent.WANTED_FIXED if fixed else TerminalEvent.WANTED, None, now)

    def verify(self, now: Tick) -> None:
        """Ask the network whether others use our TEI too (5.3.5); nothing to do without one."""
        if self.tei is not None:
            self._dispatch(TerminalEvent.VERIFY, None, now)

    def deactivate(self, now: Tick) -> None:
        """Persistent deactivation of layer 1."""
        self._dispatch(TerminalEvent.DEACTIVATE, None, now)

    def receive(self, message: ManagementMessage, now: Tick) -> None:
        """A message of TEI management; those that are not for a terminal, or not for us, do nothing."""
        event = self._classify(message)
        if event is not None:
            self._dispatch(event, message, now)

    def handle_timer(self, now: Tick) -> None:
        """Time has come to `now`."""
        if self.t202 is not None and self.t202 <= now:
            self.t202 = None
            waits = self.state is TerminalState.AWAITING_TEI
            last = waits and self.attempts >= self.settings.n202
            self._dispatch(TerminalEvent.T202_LAST if last else TerminalEvent.T202, None, now)

    def next_deadline(self) -> Tick | None:
        """When `handle_timer` is due, or None."""
        return self.t202

    def draw_reference(self) -> int:
        """A new Ri."""
        return 0 if self._random is None else self._random()

    def send(self, kind: ManagementType, tei: int, reference: int = 0) -> None:
        """Send a message of TEI management."""
        self.outputs.append(Transmit(management_frame(Side.USER, kind, tei, reference)))

    def _classify(self, message: ManagementMessage) -> TerminalEvent | None:
        ours = self.tei is not None and (self.tei in message.teis or message.tei == GROUP_TEI)
        requested = self.state is TerminalState.AWAITING_TEI and message.reference == self.reference
        match message.type:
            case ManagementType.IDENTITY_ASSIGNED:
                return self._classify_assigned(message, requested)
            case ManagementType.IDENTITY_DENIED if requested:
                return TerminalEvent.DENIED
            case ManagementType.IDENTITY_CHECK_REQUEST if ours:
                return TerminalEvent.CHECK
            case ManagementType.IDENTITY_REMOVE if ours:
                return TerminalEvent.REMOVE
        return None

    def _classify_assigned(self, message: ManagementMessage, requested: bool) -> TerminalEvent:
        if requested and message.tei in AUTOMATIC_TEIS:
            return TerminalEvent.ASSIGNED
        # The line may bring the answer to our own request once more.
        if message.tei == self.tei and message.reference != self.reference:
            return TerminalEvent.ASSIGNED_TWICE
        return TerminalEvent.ASSIGNED_TO_OTHER

    def _dispatch(self, event: TerminalEvent, message: ManagementMessage | None, now: Tick) -> None:
        self.now = now
        row = self._transitions[self.state].get(event)
        if row is None:
            raise LookupError(f"no row for {event.name} in state {self.state.title}: the table lacks it")
        for action in row.actions:
            action(self, message)
        self.state = row.next_state


Procedure = Callable[[Terminal, "ManagementMessage | None"], None]


def begin_attempts(terminal: Terminal, message: ManagementMessage | None) -> None:
    """Begin to count identity requests."""
    terminal.attempts = 0


def send_request(terminal: Terminal, message: ManagementMessage | None) -> None:
    """Identity request for any TEI under a new Ri, start T202 (5.3.2)."""
    terminal.attempts += 1
    terminal.reference = terminal.draw_reference()
    terminal.send(ManagementType.IDENTITY_REQUEST, GROUP_TEI, terminal.reference)
    start_t202(terminal, message)


def start_t202(terminal: Terminal, message: ManagementMessage | None) -> None:
    """Start T202."""
    terminal.t202 = terminal.now + terminal.settings.t202


def stop_t202(terminal: Terminal, message: ManagementMessage | None) -> None:
    """Stop T202."""
    terminal.t202 = None


def take_tei(terminal: Terminal, message: ManagementMessage | None) -> None:
    """The TEI of the message is ours: MDL-ASSIGN request (5.3.2)."""
    assert message is not None
    terminal.tei = message.tei
    terminal.outputs.append(AssignRequest(message.tei))


def take_fixed_tei(terminal: Terminal, message: ManagementMessage | None) -> None:
    """The TEI that the terminal was made with: MDL-ASSIGN request (5.3.1)."""
    assert terminal.settings.tei is not None
    terminal.tei = terminal.settings.tei
    terminal.outputs.append(AssignRequest(terminal.tei))


def refuse_tei(terminal: Terminal, message: ManagementMessage | None) -> None:
    """MDL-ERROR response (5.3.2.1)."""
    terminal.outputs.append(ErrorResponse())


def lose_tei(terminal: Terminal, message: ManagementMessage | None) -> None:
    """MDL-REMOVE request (5.3.4)."""
    assert terminal.tei is not None
    terminal.outputs.append(RemoveRequest(terminal.tei))
    terminal.tei = None


def send_check_response(terminal: Terminal, message: ManagementMessage | None) -> None:
    """Identity check response with our TEI, under a random Ri (5.3.3.2)."""
    assert terminal.tei is not None
    terminal.send(ManagementType.IDENTITY_CHECK_RESPONSE, terminal.tei, terminal.draw_reference())


def send_verify(terminal: Terminal, message: ManagementMessage | None) -> None:
    """Identity verify for our TEI, start T202 (5.3.5.2)."""
    assert terminal.tei is not None
    terminal.send(ManagementType.IDENTITY_VERIFY, terminal.tei)
    start_t202(terminal, message)


class Row(rows.Row[TerminalState, TerminalEvent, Procedure], frozen=True):
    """One cell of the table of a terminal."""


NONE = TerminalState.NO_TEI
WAIT = TerminalState.AWAITING_TEI
HELD = TerminalState.TEI_HELD
V1 = TerminalState.VERIFYING_TEI
V2 = TerminalState.VERIFYING_TEI_AGAIN
On = TerminalEvent

TABLE: tuple[Row, ...] = (
    Row(NONE, On.WANTED, (begin_attempts, send_request), WAIT, "5.3.2"),
    Row(NONE, On.WANTED_FIXED, (take_fixed_tei,), HELD, "5.3.1"),
    Row(NONE, On.ASSIGNED_TO_OTHER, (), NONE, "5.3.2"),
    Row(NONE, On.DEACTIVATE, (), NONE, "Annex B, state 1"),
    Row(WAIT, On.WANTED, (), WAIT, "5.3.2"),
    Row(WAIT, On.T202, (send_request,), WAIT, "5.3.2.1"),
    Row(WAIT, On.T202_LAST, (refuse_tei,), NONE, "5.3.2.1"),
    Row(WAIT, On.ASSIGNED, (stop_t202, take_tei), HELD, "5.3.2"),
    Row(WAIT, On.ASSIGNED_TO_OTHER, (), WAIT, "5.3.2"),
    Row(WAIT, On.DENIED, (), WAIT, "5.3.2.1"),  # T202 goes on, and brings the next request
    Row(WAIT, On.DEACTIVATE, (stop_t202,), NONE, "Annex B, states 2 and 3"),
    Row(HELD, On.VERIFY, (send_verify,), V1, "5.3.5.2"),
    Row(HELD, On.ASSIGNED_TO_OTHER, (), HELD, "5.3.2"),
    Row(HELD, On.ASSIGNED_TWICE, (send_verify,), V1, "5.3.2"),
    Row(HELD, On.CHECK, (send_check_response,), HELD, "5.3.3.2"),
    Row(HELD, On.REMOVE, (lose_tei,), NONE, "5.3.4"),
    Row(HELD, On.DEACTIVATE, (), HELD, "Annex B, state 4"),
    Row(V1, On.VERIFY, (), V1, "5.3.5.2"),
    Row(V1, On.T202, (send_verify,), V2, "5.3.5.3"),
    Row(V1, On.ASSIGNED_TO_OTHER, (), V1, "5.3.2"),
    Row(V1, On.ASSIGNED_TWICE, (), V1, "5.3.2"),
    Row(V1, On.CHECK, (stop_t202, send_check_response), HELD, "5.3.5.2"),
    Row(V1, On.REMOVE, (stop_t202, lose_tei), NONE, "5.3.4"),
    Row(V1, On.DEACTIVATE, (stop_t202,), HELD, "Annex B, state 4"),
    Row(V2, On.VERIFY, (), V2, "5.3.5.2"),
    Row(V2, On.T202, (lose_tei,), NONE, "5.3.5.3"),
    Row(V2, On.ASSIGNED_TO_OTHER, (), V2, "5.3.2"),
    Row(V2, On.ASSIGNED_TWICE, (), V2, "5.3.2"),
    Row(V2, On.CHECK, (stop_t202, send_check_response), HELD, "5.3.5.2"),
    Row(V2, On.REMOVE, (stop_t202, lose_tei), NONE, "5.3.4"),
    Row(V2, On.DEACTIVATE, (stop_t202,), HELD, "Annex B, state 4"),
)

Transitions = Mapping[TerminalState, Mapping[TerminalEvent, Row]]


def compile_table(table: Iterable[Row]) -> Transitions:
    """The rows by state and event. Raises ValueError if two rows answer the same event in the same state."""
    return rows.compile_rows(table, TerminalState)


TRANSITIONS = compile_table(TABLE)
