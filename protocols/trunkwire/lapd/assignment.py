"""The assignment source point (Q.921 5.3, network side): which TEIs are in use, and who is asked about it.

`TABLE` is the specification, for one TEI; the point runs it for each TEI from 0 to 126. What it does is left
in `outputs`.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from trunkwire.lapd import rows
from trunkwire.lapd.events import GROUP_TEI, LapdSettings, Transmit
from trunkwire.lapd.management import AUTOMATIC_TEIS, ManagementMessage, ManagementType, management_frame
from trunkwire.lapd.primitives import AssignRequest, Primitive, RemoveRequest
from trunkwire.lapd.rows import NamedState
from trunkwire.side import Side
from trunkwire.ticks import Tick


class TeiState(NamedState):
    """What the network knows of a TEI."""

    FREE = 10
    ASSIGNED = 20
    CHECKING = 30
    """An identity check request was sent."""
    CHECKING_AGAIN = 40
    """It was sent a second time."""


class TeiEvent(enum.IntEnum):
    """What a row answers."""

    CHECK = 1
    """Management wants to know how many terminals have the TEI."""
    REMOVE = 2
    """Management takes the TEI away."""
    REQUESTED = 10
    """An identity request gets this TEI."""
    REQUESTED_AGAIN = 11
    """The request that got this TEI came again: doubled by the line, or two terminals drew the same Ri."""
    VERIFY = 12
    """Identity verify."""
    RESPONSE = 13
    """The first identity check response of a period."""
    RESPONSE_TWICE = 14
    """A second one, of another terminal."""
    FIXED_SEEN = 15
    """A frame with this TEI, which is fixed in a terminal (0 to 63)."""
    STRANGER_SEEN = 16
    """A frame with this automatic TEI, which nobody was given."""
    T201 = 20
    T201_SILENT = 21
    """The second period is over, and no terminal has answered in either."""
    T201_ANSWERED = 22
    """The second period is over, and one terminal has answered."""


@dataclass(slots=True)
class TeiEntry:
    """One TEI that is not free, or about which terminals are being asked."""

    tei: int
    state: TeiState = TeiState.FREE
    t201: Tick | None = None
    answers: int = 0
    """Identity check responses of this period."""
    answered: bool = False
    """Whether there was one in any period of this check."""
    all_asked: bool = False
    """Whether this check goes to all TEIs at once."""


class AssignmentPoint:
    """The management entity of the network side of one D channel."""

    def __init__(self, settings: LapdSettings) -> None:
        self.settings = settings
        self.outputs: deque[Primitive] = deque()
        self.entries: dict[int, TeiEntry] = {}
        self.now: Tick = 0
        self.reference = 0
        """Ri of the message in hand."""
        self.asking_all = False
        """Whether the check that begins now is one of all TEIs in use."""
        self._recent: dict[int, tuple[int, Tick]] = {}
        self._last = AUTOMATIC_TEIS[-1]
        self._all_asked_at: Tick | None = None
        self._transitions = TRANSITIONS

    # What management and the data links ask for

    def check(self, tei: int | None, now: Tick) -> None:
        """Find out how many terminals have `tei` (None: each TEI in use, by one request for all) (5.3.3)."""
        self.now = now
        self.asking_all = tei is None
        for each in tuple(self.entries) if tei is None else (tei,):
            self._dispatch(self._entry(each), TeiEvent.CHECK)
        self.asking_all = False

    def remove(self, tei: int, now: Tick) -> None:
        """Take `tei` away from whoever has it (5.3.4)."""
        self.now = now
        self._dispatch(self._entry(tei), TeiEvent.REMOVE)

    def seen(self, tei: int, now: Tick) -> None:
        """A frame came on a data link that does not exist."""
        self.now = now
        stranger = tei in AUTOMATIC_TEIS
        self._dispatch(self._entry(tei), TeiEvent.STRANGER_SEEN if stranger else TeiEvent.FIXED_SEEN)

    # What comes from the terminals

    def receive(self, message: ManagementMessage, now: Tick) -> None:
        """A message of TEI management; those that only a network sends do nothing."""
        self.now = now
        self.reference = message.reference
        match message.type:
            case ManagementType.IDENTITY_REQUEST:
                self._requested(message)
            case ManagementType.IDENTITY_CHECK_RESPONSE:
                for tei in message.teis:
                    if tei != GROUP_TEI:
                        entry = self._entry(tei)
                        twice = entry.answers > 0
                        self._dispatch(entry, TeiEvent.RESPONSE_TWICE if twice else TeiEvent.RESPONSE)
            case ManagementType.IDENTITY_VERIFY if message.tei != GROUP_TEI:
                self._dispatch(self._entry(message.tei), TeiEvent.VERIFY)

    def handle_timer(self, now: Tick) -> None:
        """Time has come to `now`."""
        self.now = now
        due = [e for e in self.entries.values() if e.t201 is not None and e.t201 <= now]
        for entry in due:
            entry.t201 = None
            event = TeiEvent.T201
            if entry.state is TeiState.CHECKING_AGAIN:
                event = TeiEvent.T201_ANSWERED if entry.answered else TeiEvent.T201_SILENT
            self._dispatch(entry, event)

    def next_deadline(self) -> Tick | None:
        """When `handle_timer` is due, or None."""
        return min((e.t201 for e in self.entries.values() if e.t201 is not None), default=None)

    # How it works

    def send(self, kind: ManagementType, tei: int, reference: int = 0) -> None:
        """Send a message of TEI management."""
        self.outputs.append(Transmit(management_frame(Side.NETWORK, kind, tei, reference)))

    def ask(self, entry: TeiEntry) -> None:
        """Identity check request, for one TEI or for all of them: then once for all those asked now."""
        if not entry.all_asked:
            self.send(ManagementType.IDENTITY_CHECK_REQUEST, entry.tei)
        elif self._all_asked_at != self.now:
            self._all_asked_at = self.now
            self.send(ManagementType.IDENTITY_CHECK_REQUEST, GROUP_TEI)

    def remember(self, tei: int) -> None:
        """That the request in hand got `tei`."""
        self._last = tei
        self._recent[self.reference] = (tei, self.now)

    def _entry(self, tei: int) -> TeiEntry:
        return self.entries.get(tei) or TeiEntry(tei)

    def _requested(self, message: ManagementMessage) -> None:
        """Select a TEI, deny, or ignore (5.3.2)."""
        limit = self.now - self.settings.t202
        self._recent = {ri: found for ri, found in self._recent.items() if found[1] > limit}
        if message.tei != GROUP_TEI and message.tei not in AUTOMATIC_TEIS:
            return
        before = self._recent.get(message.reference)
        if before is not None and before[0] in self.entries:
            self._dispatch(self.entries[before[0]], TeiEvent.REQUESTED_AGAIN)
            return
        if message.tei != GROUP_TEI:
            self.send(ManagementType.IDENTITY_DENIED, message.tei, message.reference)
            return
        count, first = len(AUTOMATIC_TEIS), AUTOMATIC_TEIS[0]
        after = (first + (self._last + 1 - first + step) % count for step in range(count))
        tei = next((each for each in after if each not in self.entries), None)
        if tei is None:
            self.send(ManagementType.IDENTITY_DENIED, GROUP_TEI, message.reference)
            self.check(None, self.now)
        else:
            self._dispatch(TeiEntry(tei), TeiEvent.REQUESTED)

    def _dispatch(self, entry: TeiEntry, event: TeiEvent) -> None:
        row = self._transitions[entry.state].get(event)
        if row is None:
            raise LookupError(f"no row for {event.name} in state {entry.state.title}: the table lacks it")
        for action in row.actions:
            action(self, entry)
        entry.state = row.next_state
        if entry.state is TeiState.FREE:
            self.entries.pop(entry.tei, None)
        else:
            self.entries[entry.tei] = entry


Procedure = Callable[[AssignmentPoint, TeiEntry], None]


def assign(point: AssignmentPoint, entry: TeiEntry) -> None:
    """MDL-ASSIGN request; nothing new to a data link that has the TEI already."""
    point.outputs.append(AssignRequest(entry.tei))


def send_assigned(point: AssignmentPoint, entry: TeiEntry) -> None:
    """Identity assigned with the Ri of the request (5.3.2)."""
    point.remember(entry.tei)
    point.send(ManagementType.IDENTITY_ASSIGNED, entry.tei, point.reference)


def begin_check(point: AssignmentPoint, entry: TeiEntry) -> None:
    """Forget the answers of earlier checks; ask for this TEI, or for all."""
    entry.answered = False
    entry.all_asked = point.asking_all


def send_check(point: AssignmentPoint, entry: TeiEntry) -> None:
    """Identity check request, start T201 and count answers anew (5.3.3.2)."""
    entry.answers = 0
    entry.t201 = point.now + point.settings.t201
    point.ask(entry)


def note_answer(point: AssignmentPoint, entry: TeiEntry) -> None:
    """One terminal has this TEI."""
    entry.answers += 1
    entry.answered = True


def end_check(point: AssignmentPoint, entry: TeiEntry) -> None:
    """Stop T201; the check is over."""
    entry.t201 = None
    entry.answers = 0


def remove(point: AssignmentPoint, entry: TeiEntry) -> None:
    """MDL-REMOVE request."""
    point.outputs.append(RemoveRequest(entry.tei))


def send_remove_twice(point: AssignmentPoint, entry: TeiEntry) -> None:
    """Identity remove, twice in succession since one may be lost (5.3.4)."""
    for _ in range(2):
        point.send(ManagementType.IDENTITY_REMOVE, entry.tei)


class Row(rows.Row[TeiState, TeiEvent, Procedure], frozen=True):
    """One cell of the table of a TEI."""


FREE = TeiState.FREE
HELD = TeiState.ASSIGNED
C1 = TeiState.CHECKING
C2 = TeiState.CHECKING_AGAIN
On = TeiEvent

TABLE: tuple[Row, ...] = (
    Row(FREE, On.CHECK, (begin_check, send_check), C1, "5.3.3.2"),
    Row(FREE, On.REMOVE, (send_remove_twice,), FREE, "5.3.4"),
    Row(FREE, On.REQUESTED, (assign, send_assigned), HELD, "5.3.2"),
    Row(FREE, On.VERIFY, (begin_check, send_check), C1, "5.3.5.2"),
    Row(FREE, On.RESPONSE, (), FREE, "5.3.3.2"),
    Row(FREE, On.FIXED_SEEN, (assign,), HELD, "5.3.1"),
    Row(FREE, On.STRANGER_SEEN, (begin_check, send_check), C1, "5.3.3.1"),
    Row(HELD, On.CHECK, (begin_check, send_check), C1, "5.3.3.2"),
    Row(HELD, On.REMOVE, (remove, send_remove_twice), FREE, "5.3.4"),
    Row(HELD, On.REQUESTED_AGAIN, (begin_check, send_check), C1, "5.3.2"),
    Row(HELD, On.VERIFY, (begin_check, send_check), C1, "5.3.5.2"),
    Row(HELD, On.RESPONSE, (), HELD, "5.3.3.2"),
    Row(C1, On.CHECK, (), C1, "5.3.3.2"),
    Row(C1, On.REMOVE, (end_check, remove, send_remove_twice), FREE, "5.3.4"),
    Row(C1, On.REQUESTED_AGAIN, (), C1, "5.3.2"),
    Row(C1, On.VERIFY, (), C1, "5.3.5.2"),
    Row(C1, On.RESPONSE, (note_answer,), C1, "5.3.3.2"),
    Row(C1, On.RESPONSE_TWICE, (end_check, remove, send_remove_twice), FREE, "5.3.4.2"),
    Row(C1, On.STRANGER_SEEN, (), C1, "5.3.3.1"),
    Row(C1, On.FIXED_SEEN, (assign,), C1, "5.3.1"),
    Row(C1, On.T201, (send_check,), C2, "5.3.3.2"),
    Row(C2, On.CHECK, (), C2, "5.3.3.2"),
    Row(C2, On.REMOVE, (end_check, remove, send_remove_twice), FREE, "5.3.4"),
    Row(C2, On.REQUESTED_AGAIN, (), C2, "5.3.2"),
    Row(C2, On.VERIFY, (), C2, "5.3.5.2"),
    Row(C2, On.RESPONSE, (note_answer,), C2, "5.3.3.2"),
    Row(C2, On.RESPONSE_TWICE, (end_check, remove, send_remove_twice), FREE, "5.3.4.2"),
    Row(C2, On.STRANGER_SEEN, (), C2, "5.3.3.1"),
    Row(C2, On.FIXED_SEEN, (assign,), C2, "5.3.1"),
    Row(C2, On.T201_SILENT, (end_check, remove), FREE, "5.3.3.2"),
    Row(C2, On.T201_ANSWERED, (end_check, assign), HELD, "5.3.3.2"),
)

Transitions = Mapping[TeiState, Mapping[TeiEvent, Row]]


def compile_table(table: Iterable[Row]) -> Transitions:
    """The rows by state and event. Raises ValueError if two rows answer the same event in the same state."""
    return rows.compile_rows(table, TeiState)


TRANSITIONS = compile_table(TABLE)
