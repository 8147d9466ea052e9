"""One data link connection endpoint of a D channel (Q.921 clause 5): both sides, modulo 128.

Theory of operation. `receive` reads a frame by its one declaration, names the event it is, and looks up the
row for state and event; the row's procedures run in order, then its next state holds. After each event the I
queue is sent as far as the window and the peer allow, and what is still unacknowledged gets an RR. The
machine has no clock: give the time with each call, then drain `poll_output`, then ask `next_deadline`.
"""

from __future__ import annotations

import msgspec

from trunkwire.lapd import table
from trunkwire.lapd.connection import Connection
from trunkwire.lapd.events import (
    GROUP_TEI,
    STATES_WITHOUT_TEI,
    Counters,
    ErrorCode,
    Event,
    LapdMisuse,
    LapdSettings,
    Output,
    State,
)
from trunkwire.lapd.frames import (
    Frame,
    InformationFrame,
    InvalidFrame,
    SupervisoryFrame,
    SupervisoryFunction,
    UnnumberedFrame,
    UnnumberedFunction,
    parse,
)
from trunkwire.lapd.procedures import Argument
from trunkwire.side import Side
from trunkwire.ticks import Tick

_SUPERVISORY_EVENTS = {
    (SupervisoryFunction.RR, False): Event.RR,
    (SupervisoryFunction.RR, True): Event.RR_FINAL,
    (SupervisoryFunction.RNR, False): Event.RNR,
    (SupervisoryFunction.RNR, True): Event.RNR_FINAL,
    (SupervisoryFunction.REJ, False): Event.REJ,
    (SupervisoryFunction.REJ, True): Event.REJ_FINAL,
}
_COMMAND_EVENTS = {
    UnnumberedFunction.SABME: Event.SABME,
    UnnumberedFunction.DISC: Event.DISC,
    UnnumberedFunction.UI: Event.UI,
    UnnumberedFunction.XID: Event.XID,
}
_RESPONSE_EVENTS = {
    (UnnumberedFunction.UA, False): Event.UA,
    (UnnumberedFunction.UA, True): Event.UA_FINAL,
    (UnnumberedFunction.DM, False): Event.DM,
    (UnnumberedFunction.DM, True): Event.DM_FINAL,
    (UnnumberedFunction.FRMR, False): Event.FRMR,
    (UnnumberedFunction.FRMR, True): Event.FRMR,
    (UnnumberedFunction.XID, False): Event.XID,
    (UnnumberedFunction.XID, True): Event.XID,
}
_WITH_INFORMATION = frozenset((Event.UI, Event.XID, Event.FRMR))

_DATA, _INFORMATION, _ESTABLISHED = Event.DATA, Event.I, State.MULTIPLE_FRAME_ESTABLISHED

_AT_REST = frozenset((State.TEI_UNASSIGNED, State.TEI_ASSIGNED, State.MULTIPLE_FRAME_ESTABLISHED))

_MEMO_LIMIT = 2048
"""More supervisory frames than one connection can meet, unless the spare bits vary."""

FRMR_INFORMATION = 5
"""Octets of the information field of FRMR, modulo 128 (Q.921 3.6.11, Figure 6)."""


class LapdLink:
    """The machine of one connection endpoint.

    `side` decides the C/R bit and nothing else. Raises ValueError for settings out of range (LapdSettings).
    """

    def __init__(self, side: Side, settings: LapdSettings | None = None) -> None:
        self.side = side
        self.settings = settings or LapdSettings()
        self._transitions = table.TRANSITIONS
        self._link = Connection(side, self.settings)
        self._addresses = {} if self.settings.tei is None else self._addressed(self.settings.tei)
        self._supervisory: dict[bytes, tuple[Event, Argument]] = {}
        """Supervisory frames that have come: every other frame of a busy link is one of a few hundred."""

    # What the user asks for

    def establish(self, now: Tick) -> None:
        """DL-ESTABLISH request:

        Established or Released will follow. Raises LapdMisuse while a release is on.
        """
        self._request(Event.ESTABLISH, None, now)

    def release(self, now: Tick) -> None:
        """DL-RELEASE request:

        Released(requested=True) will follow. Raises LapdMisuse while a release is on.
        """
        self._request(Event.RELEASE, None, now)

    def send(self, data: bytes, now: Tick) -> None:
        """DL-DATA request: queue `data` for acknowledged transfer.

        Raises LapdMisuse if the link is not up, ValueError if `data` is longer than N201.
        """
        self._request(_DATA, self._fitting(data), now)

    def send_unit(self, data: bytes, now: Tick) -> None:
        """DL-UNIT DATA request: send `data` in a UI frame. Raises ValueError if it is longer than N201."""
        self._request(Event.UNIT_DATA, self._fitting(data), now)

    def set_own_busy(self, busy: bool, now: Tick) -> None:
        """Say whether this side can take I frames (5.6.6). Raises LapdMisuse if the link is not up."""
        self._request(Event.OWN_BUSY if busy else Event.OWN_READY, None, now)

    def send_exchange(self, data: bytes, now: Tick, *, command: bool, pf: bool) -> None:
        """Send an XID frame (5.4). Raises LapdMisuse without a TEI, ValueError if longer than N201."""
        link = self._link
        fitting = self._fitting(data)
        if link.state in STATES_WITHOUT_TEI:
            raise LapdMisuse(link.state, Event.XID)
        link.now = now
        link.send_unnumbered(UnnumberedFunction.XID, pf=pf, command=command, data=fitting)

    # What management asks for

    def assign(self, tei: int, now: Tick) -> None:
        """MDL-ASSIGN request: the link's TEI. Raises LapdMisuse if it has one, ValueError if not 0 to 126."""
        if not 0 <= tei < GROUP_TEI:
            raise ValueError(f"TEI {tei}: a point-to-point link has one of 0 to {GROUP_TEI - 1}")
        self._request(Event.ASSIGN, tei, now)
        self._addresses = self._addressed(tei)

    def remove(self, now: Tick) -> None:
        """MDL-REMOVE request: the link loses its TEI. Raises LapdMisuse if it has none."""
        self._request(Event.REMOVE, None, now)
        self._addresses = {}

    def refuse_tei(self, now: Tick) -> None:
        """MDL-ERROR response: there is no TEI to be had. Raises LapdMisuse unless the link waits for one."""
        self._request(Event.ERROR_RESPONSE, None, now)

    def deactivate(self, now: Tick) -> None:
        """Layer 1 has been inactive for long (persistent deactivation)."""
        self._request(Event.DEACTIVATE, None, now)

    def agree(self, settings: LapdSettings) -> None:
        """Use these parameters from now on, as negotiated (5.4), but for their `tei` and `sapi`."""
        kept = {"tei": self.settings.tei, "sapi": self.settings.sapi}
        self.settings = self._link.settings = msgspec.structs.replace(settings, **kept)

    # What happens to it

    def receive(self, frame: bytes, now: Tick) -> None:
        """A frame came, address to end of information, its FCS checked and taken off."""
        link = self._link
        link.now = now
        link.counters.frames_received += 1
        command = self._addresses.get(frame[:2])
        if command is None:
            link.counters.foreign += 1
            return
        known = self._supervisory.get(frame)
        if known is None:
            try:
                known = self._read(frame, command)
            except InvalidFrame:
                link.counters.invalid += 1
                return
        link.command = command
        self._dispatch(*known)
        self._proceed()

    def handle_timer(self, now: Tick) -> None:
        """Time has come to `now`: what expired at or before it acts."""
        link = self._link
        link.now = now
        if link.t200 is not None and link.t200 <= now:
            link.t200 = None
            # In state 7 the expiry begins a count, whatever the last one came to.
            counted = link.state is not State.MULTIPLE_FRAME_ESTABLISHED
            last = counted and link.rc >= self.settings.n200
            self._dispatch(Event.T200_LAST if last else Event.T200, None)
        if link.t203 is not None and link.t203 <= now:
            link.t203 = None
            self._dispatch(Event.T203, None)
        if link.retry is not None and link.retry <= now:
            link.retry = None
            self._dispatch(Event.ESTABLISH, None)
        self._proceed()

    def poll_output(self) -> Output | None:
        """The next thing to act on, or None."""
        outputs = self._link.outputs
        return outputs.popleft() if outputs else None

    def next_deadline(self) -> Tick | None:
        """When `handle_timer` is due, or None."""
        link = self._link
        if link.retry is None:
            if link.t203 is None:
                return link.t200
            if link.t200 is None:
                return link.t203
        return min((d for d in (link.t200, link.t203, link.retry) if d is not None), default=None)

    # What can be seen of it

    @property
    def state(self) -> State:
        """The state of Annex B."""
        return self._link.state

    @property
    def tei(self) -> int | None:
        """The TEI of the link, or None while it has none."""
        return None if self._link.state in STATES_WITHOUT_TEI else self._link.tei

    @property
    def addresses(self) -> frozenset[bytes]:
        """The two addresses of the frames that are for this link; none without a TEI."""
        return frozenset(self._addresses)

    @property
    def counters(self) -> Counters:
        """What was counted so far."""
        return self._link.counters

    @property
    def queued(self) -> int:
        """I frames that are queued or not acknowledged."""
        return len(self._link.queue) + len(self._link.sent)

    @property
    def queued_units(self) -> int:
        """UI frames that wait for a TEI."""
        return len(self._link.units)

    @property
    def variables(self) -> tuple[int, int, int]:
        """V(S), V(A), V(R)."""
        return self._link.vs, self._link.va, self._link.vr

    def armed_timers(self) -> tuple[str, ...]:
        """The names of the timers that run."""
        link = self._link
        timers = (("T200", link.t200), ("T203", link.t203), ("reestablish", link.retry))
        return tuple(name for name, deadline in timers if deadline is not None)

    def audit(self) -> list[str]:
        """What a link at rest does not have:

        transitional states, unacknowledged data, conditions, a wrong timer.
        """
        link = self._link
        found = []
        if link.state not in _AT_REST:
            found.append(f"LAPD link is in state {link.state.title}")
        if link.sent:
            found.append(f"LAPD link has {len(link.sent)} I frames that are not acknowledged")
        if link.queue:
            found.append(f"LAPD link has {len(link.queue)} I frames queued")
        if link.units:
            found.append(f"LAPD link has {len(link.units)} UI frames queued")
        conditions = {
            "own receiver busy": link.own_busy,
            "peer receiver busy": link.peer_busy,
            "reject exception": link.reject_exception,
            "acknowledgement pending": link.ack_pending,
            "undrained outputs": bool(link.outputs),
        }
        found += [f"LAPD link has {name}" for name, holds in conditions.items() if holds]
        expected = ("T203",) if link.state is State.MULTIPLE_FRAME_ESTABLISHED else ()
        if self.armed_timers() != expected and not found:
            found.append(f"LAPD link at rest has timers {self.armed_timers()} instead of {expected}")
        return found

    # How it works

    def _addressed(self, tei: int) -> dict[bytes, bool]:
        """The two addresses that frames from the peer bear, and whether each means a command (3.3.2)."""
        found = {}
        for cr in (False, True):
            frame = UnnumberedFrame(
                sapi=self.settings.sapi, cr=cr, tei=tei, modifier_high=0, pf=False, modifier_low=0
            )
            # Commands of the network, and responses of the user, have C/R = 1.
            found[UnnumberedFrame.layout.build(frame)[:2]] = cr is (self.side is Side.USER)
        return found

    def _fitting(self, data: bytes) -> bytes:
        if len(data) > self.settings.n201:
            raise ValueError(f"information of {len(data)} octets: N201 of this link is {self.settings.n201}")
        return bytes(data)

    def _request(self, event: Event, argument: Argument, now: Tick) -> None:
        link = self._link
        if event not in self._transitions[link.state]:
            raise LapdMisuse(link.state, event)
        link.now = now
        self._dispatch(event, argument)
        self._proceed()

    def _dispatch(self, event: Event, argument: Argument) -> None:
        link = self._link
        row = self._transitions[link.state].get(event)
        if row is None:
            raise LookupError(f"no row for {event.name} in state {link.state.title}: the table lacks it")
        for action in row.actions:
            further = action(link, argument)
            if further is not None:
                self._dispatch(further, argument)
                return
        link.state = row.next_state

    def _proceed(self) -> None:
        """Send what the window allows (5.6.1), then acknowledge what no I frame has (5.6.2.2)."""
        link = self._link
        if link.queue and link.state is _ESTABLISHED and not link.peer_busy:
            while link.queue and len(link.sent) < self.settings.k:
                link.send_information()
        if link.ack_pending:
            link.send_status(pf=False, command=False)

    def _read(self, octets: bytes, command: bool) -> tuple[Event, Argument]:
        """The event that the frame in these octets is, and what comes with it. Raises InvalidFrame."""
        frame = parse(octets)
        what = self._classify(frame, command)
        if isinstance(what, ErrorCode):
            return Event.FRAME_ERROR, what
        if isinstance(frame, SupervisoryFrame):
            if len(self._supervisory) >= _MEMO_LIMIT:
                self._supervisory.clear()
            self._supervisory[octets] = what, frame
        return what, frame

    def _classify(self, frame: Frame, command: bool) -> Event | ErrorCode:
        """The event that a frame is, or the code of what is wrong with it (5.8.5, Table II.1)."""
        if isinstance(frame, InformationFrame):
            if not command:
                return ErrorCode.L
            return ErrorCode.O if len(frame.information) > self.settings.n201 else _INFORMATION
        if isinstance(frame, SupervisoryFrame):
            event = _SUPERVISORY_EVENTS.get((frame.function, frame.pf and not command))
            if event is None:
                return ErrorCode.L
            return ErrorCode.N if frame.surplus else event
        return self._classify_unnumbered(frame, command)

    def _classify_unnumbered(self, frame: UnnumberedFrame, command: bool) -> Event | ErrorCode:
        function = frame.function
        if function is None:
            return ErrorCode.L
        event = _COMMAND_EVENTS.get(function) if command else _RESPONSE_EVENTS.get((function, frame.pf))
        if event is None:
            return ErrorCode.L
        if event is Event.FRMR:
            return event if len(frame.information) == FRMR_INFORMATION else ErrorCode.N
        if frame.information and event not in _WITH_INFORMATION:
            return ErrorCode.M
        return ErrorCode.O if len(frame.information) > self.settings.n201 else event
