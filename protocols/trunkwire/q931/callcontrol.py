"""All calls of one D-channel, seen from one side: basic call control as a machine (Q.931 clause 5).

Two rules:

1. **Sans-I/O.** The data link hands messages to `receive` and says when it comes and goes; `handle_timer` and
   `next_deadline` carry the time; `poll_output` gives, one at a time, what is to be done: messages for the
   data link and indications for the user of the machine. One mutation, then drain all outputs, then ask for
   the next deadline.
2. **The tables are the specification.** `table_user`, `table_network` and `table_restart` say for each
   state which events it takes, what is done, and where it goes. A request that the state has no row for
   raises `ProtocolMisuse` and changes nothing. A message that it has no row for is unexpected, and follows
   clause 5.8 like everything else that a peer can get wrong: nothing that is received raises.

A request builds its message before anything changes, so that an element that does not fit its layout
(`EncodeError`) leaves the call as it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from trunkwire.q931 import table_network, table_restart, table_user
from trunkwire.q931.call import (
    PEER_ALLOCATED,
    Call,
    ChannelChoice,
    SetupRequest,
    called_elements,
    digits_of,
    setup_elements,
)
from trunkwire.q931.causes import Cause
from trunkwire.q931.channels import ChannelTable
from trunkwire.q931.elements import (
    call_state_element,
    cause_element,
    in_order,
)
from trunkwire.q931.errors import (
    CallControlError,
    LinkNotEstablished,
    NoChannelAvailable,
    NoReferenceAvailable,
    ProtocolMisuse,
)
from trunkwire.q931.events import EstablishLink, Indication, IndicationKind, Output, ReleaseLink, SendData
from trunkwire.q931.faults import fault_of, remark_of
from trunkwire.q931.ies import (
    CauseIE,
    Location,
    ProgressDescription,
    ProgressIndicatorIE,
)
from trunkwire.q931.message import Element, HeaderError, Message, MessageCodec
from trunkwire.q931.messages import Id, MessageType
from trunkwire.q931.procedure import Link, Received, Request, Row, Timer, cells, event_name
from trunkwire.q931.restart import RestartMachine, restart_message
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.states import CallState
from trunkwire.q931.timers import TimerBank
from trunkwire.side import Side
from trunkwire.ticks import Tick

__all__ = [
    "Call",
    "CallControl",
    "CallControlError",
    "CallControlSettings",
    "CallState",
    "ChannelChoice",
    "EstablishLink",
    "Indication",
    "IndicationKind",
    "LinkNotEstablished",
    "NoChannelAvailable",
    "NoReferenceAvailable",
    "Output",
    "ProtocolMisuse",
    "ReleaseLink",
    "SendData",
    "SetupRequest",
]

_LAST_REFERENCE = 0x7FFF
_CLEARING = (Received.DISCONNECT, Received.RELEASE, Received.RELEASE_COMPLETE)
_IMPLEMENTED = frozenset(int(event) for event in Received if event < Received.UNEXPECTED)

Observer = Callable[[Call | RestartMachine, int, Row], None]
"""Called with the owner, the event and the row, before the row's actions run."""


class CallControl:
    """Call control of one D-channel.

    `channels` is the table of B-channels; `calls` the calls by `Call.key`, the call reference as this side
    sends it; `asking` and `answering` the two restart machines; `ignored` counts what 5.8.1 to 5.8.3 have
    discarded, by rule.
    """

    def __init__(self, side: Side, settings: CallControlSettings | None = None) -> None:
        """Raises ValueError for settings that cannot hold (a timer of 0, a channel named twice)."""
        self.side = side
        self.settings = settings or CallControlSettings()
        self.channels = ChannelTable(self.settings.channels, self.settings.selection)
        self.calls: dict[int, Call] = {}
        self.asking = RestartMachine(asks=True)
        self.answering = RestartMachine(asks=False)
        self.ignored: dict[str, int] = {}
        self.observer: Observer | None = None
        own = Location.USER if side is Side.USER else Location.PUBLIC_LOCAL
        self.location: int = own if self.settings.location is None else self.settings.location
        self.timers = TimerBank(self.settings.durations(side))
        self.codec = MessageCodec()
        self.link_up = False
        self.now: Tick = 0
        self.event: int = 0
        self._peer = side.peer
        self._null = CallState.U0 if side is Side.USER else CallState.N0
        table = table_user.TABLE if side is Side.USER else table_network.TABLE
        self._cells: Mapping[int, Mapping[int, tuple[Row, ...]]] = {
            **cells(table),
            **cells(table_restart.TABLE),
        }
        self._outputs: deque[Output] = deque()
        self._last_reference = 0

    # the data link

    def establish_link(self, now: Tick) -> None:
        """Ask for the data link to be established."""
        self.now = now
        self.emit(EstablishLink())

    def release_link(self, now: Tick) -> None:
        """Ask for the data link to be released; calls are cleared when `link_released` says that it is."""
        self.now = now
        self.emit(ReleaseLink())

    def link_established(self, now: Tick) -> None:
        """The data link is in multiple-frame operation, for the first time, again, or after a reset (5.8.8,
        5.8.9).
        """
        self.now = now
        event = Link.RESET if self.link_up else Link.UP
        self.link_up = True
        for call in tuple(self.calls.values()):
            self.fire(call, event, None)

    def link_released(self, now: Tick) -> None:
        """The data link is lost: calls that are not active end, the others wait for T309 (5.8.9)."""
        self.now = now
        if not self.link_up:
            return
        self.link_up = False
        for call in tuple(self.calls.values()):
            self.fire(call, Link.DOWN, None)
        if self.calls:
            self.emit(EstablishLink())

    def receive(self, data: bytes, now: Tick) -> None:
        """A message from the data link. Never raises; what is wrong with it follows 5.8."""
        self.now = now
        try:
            message = self.codec.parse(data, self._peer)
        except HeaderError as error:
            self._ignore(error.rule)
            return
        if message.reference_length == 0:
            self._ignore("dummy call reference")
        elif message.reference == 0:
            self._receive_global(message)
        else:
            self._receive_call(message)

    # time

    def next_deadline(self) -> Tick | None:
        """When the next timer expires; None when none is running."""
        return self.timers.next_deadline()

    def handle_timer(self, now: Tick) -> None:
        """Let every timer expire that is due at `now`."""
        self.now = now
        while (due := self.timers.expire(now)) is not None:
            timer, owner = due
            self.fire(owner, timer, None)

    def poll_output(self) -> Output | None:
        """The next thing to do, or None."""
        return self._outputs.popleft() if self._outputs else None

    # requests of the local user

    def setup(self, request: SetupRequest, now: Tick, *, insist: bool = False) -> Call:
        """Send SETUP (5.1.1, 5.2.1).

        `insist` names the channel of the request even if this side has it in use, to see how the peer
        refuses it. Raises NoChannelAvailable, NoReferenceAvailable, LinkNotEstablished, and EncodeError for
        an element that does not fit; nothing has changed then.
        """
        self._need_link()
        channel = request.channel if insist else self._channel_for(request)
        call = Call(self._free_reference(), True, self._null)
        call.choice = request.choice
        call.channel = None if insist and channel is not None and not self.channels.idle(channel) else channel
        self.now = now
        if not self.fire(call, Request.SETUP, in_order(setup_elements(request, channel))):
            raise ProtocolMisuse(str(self._null), event_name(Request.SETUP), "a new call")
        self._last_reference = call.reference
        call.called = digits_of(request.called)
        call.calling = digits_of(request.calling)
        return call

    def more_info(self, call: Call, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Ask for more digits: SETUP ACKNOWLEDGE (5.1.3, 5.2.4)."""
        self._request(call, Request.MORE_INFO, ies, now)

    def information(self, call: Call, digits: str, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Send INFORMATION with the next digits of the called number, or with other elements only."""
        self._request(call, Request.INFORMATION, (*called_elements(digits), *ies), now)

    def proceeding(self, call: Call, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Say that the number is complete: CALL PROCEEDING (5.1.5, 5.2.5.2)."""
        self._request(call, Request.PROCEEDING, ies, now)

    def progress(
        self,
        call: Call,
        now: Tick,
        *,
        description: int = ProgressDescription.INBAND_INFORMATION,
        ies: Sequence[Element] = (),
    ) -> None:
        """Send PROGRESS with that description, by default in-band information (5.1.6, 5.4)."""
        self._request(call, Request.PROGRESS, (self._progress(description), *ies), now)

    def alerting(
        self, call: Call, now: Tick, *, progress: int | None = None, ies: Sequence[Element] = ()
    ) -> None:
        """Say that the called user is alerted; `progress` adds a progress indicator (5.1.7, 5.2.5.2)."""
        self._request(call, Request.ALERTING, (*self._maybe_progress(progress), *ies), now)

    def connect(self, call: Call, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Answer the call: CONNECT (5.1.8, 5.2.7)."""
        self._request(call, Request.CONNECT, ies, now)

    def acknowledge(self, call: Call, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Network side with `auto_acknowledge` off: connect the user that has answered (5.2.8)."""
        self._request(call, Request.ACKNOWLEDGE, ies, now)

    def notify(self, call: Call, now: Tick, *, ies: Sequence[Element]) -> None:
        """Send NOTIFY with a notification indicator (5.9)."""
        self._request(call, Request.NOTIFY, ies, now)

    def disconnect(
        self, call: Call, cause: int, now: Tick, *, progress: int | None = None, ies: Sequence[Element] = ()
    ) -> None:
        """Begin to clear: DISCONNECT; `progress` 8 promises a tone, which the network ends by `release` or
        T306.
        """
        elements = (cause_element(cause, self.location), *self._maybe_progress(progress), *ies)
        self._request(call, Request.DISCONNECT, elements, now)

    def release(self, call: Call, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """After DISCONNECT: send RELEASE (5.3.3, 5.3.4)."""
        self._request(call, Request.RELEASE, ies, now)

    def reject(self, call: Call, cause: int, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Refuse an arrived call as the first response: RELEASE COMPLETE (5.3.2)."""
        self._request(call, Request.REJECT, (cause_element(cause, self.location), *ies), now)

    def status_enquiry(self, call: Call, now: Tick) -> None:
        """Ask for the peer's call state; the answer is checked against ours (5.8.10, 5.8.11)."""
        self._request(call, Request.STATUS_ENQUIRY, (), now)

    def restart(self, channels: Iterable[int] | None, now: Tick) -> None:
        """Restart these channels, or with None the whole interface (5.5.1); calls on them end at once.

        Raises ProtocolMisuse while an earlier restart of ours goes on, NoChannelAvailable for a channel
        that the interface does not have, LinkNotEstablished.
        """
        self._need_link()
        chosen = None if channels is None else tuple(channels)
        for number in chosen or ():
            if number not in self.channels:
                raise NoChannelAvailable(number, f"channel {number}: the interface has no such channel")
        if chosen == ():
            raise ValueError("restart of no channels: name at least one, or None for all")
        self.now = now
        self._fire_request(self.asking, Request.RESTART, restart_message(chosen), "the restart of ours")

    def confirm_restart(self, now: Tick) -> None:
        """With `auto_restart` off: the peer's restart is done here (5.5.2)."""
        self._need_link()
        self.now = now
        self._fire_request(self.answering, Request.CONFIRM_RESTART, None, "the restart of the peer")

    # what is there

    def armed_timers(self) -> tuple[str, ...]:
        """The running timers with their owners, for a leak audit."""
        return tuple(f"{timer.name} of {owner!r}" for timer, owner, _at in self.timers.running())

    def audit(self) -> list[str]:
        """Everything that is not idle, a line each; empty when all is at rest."""
        found = [repr(call) for call in self.calls.values()]
        found += [f"channel {number} is {state.value}" for number, state in self.channels.busy()]
        found += [f"{name} is running" for name in self.armed_timers()]
        machines = (self.asking, self.answering)
        found += [repr(machine) for machine in machines if machine.state.number]
        if self._outputs:
            found.append(f"{len(self._outputs)} outputs have not been taken")
        return found

    # the engine: for the actions of the tables

    def fire(self, owner: Any, event: int, arg: Any) -> bool:
        """Do the first row of the owner's state that takes the event; False if none does."""
        of_state = self._cells.get(owner.state)
        rows = of_state.get(event) if of_state is not None else None
        if rows is None:
            return False
        for row in rows:
            if row.when is None or row.when(self, owner, arg):
                if self.observer is not None:
                    self.observer(owner, event, row)
                self.event = event
                for action in row.actions:
                    action(self, owner, arg)
                if row.to is not None:
                    owner.state = row.to
                return True
        return False

    def emit(self, output: Output) -> None:
        """Queue an output."""
        self._outputs.append(output)

    def transmit(self, call: Call, message_type: MessageType, elements: Sequence[Element]) -> bytes:
        """Build a message of the call and send it; its octets."""
        ordered = in_order(tuple(elements))
        data = self.codec.build(
            Message(call.reference, message_type, ordered, not call.outgoing, call.reference_length)
        )
        self.transmit_data(data)
        return data

    def transmit_status(self, call: Call, cause: Cause, diagnostics: bytes) -> None:
        """Send STATUS with the call's present state."""
        elements = (cause_element(cause, self.location, diagnostics), call_state_element(call.state.number))
        self.transmit(call, MessageType.STATUS, elements)

    def transmit_data(self, data: bytes) -> None:
        """Send octets that are a message already; without a data link they are lost."""
        if self.link_up:
            self._outputs.append(SendData(data))

    def cause_of(self, value: int) -> CauseIE:
        """A cause element of ours; for 102 the diagnostics name the timer that expired (Q.850 table 1)."""
        expired = value == Cause.TIMER_EXPIRY and self.event in _TIMER_DIAGNOSTICS
        return cause_element(value, self.location, _TIMER_DIAGNOSTICS[self.event] if expired else b"")

    # received messages

    def _receive_call(self, message: Message) -> None:
        reference = message.reference
        key = reference if message.to_originator else reference | PEER_ALLOCATED
        call = self.calls.get(key)
        if call is None:
            if message.type == Received.SETUP and message.to_originator:
                self._ignore("SETUP with the call reference flag of an answer")  # 5.8.3.2 d)
                return
            call = Call(reference, message.to_originator, self._null, message.reference_length)
        if message.issues or message.type == Received.RELEASE:
            self._receive_suspect(call, message)
        elif not self.fire(call, message.type, message):
            self._unexpected(call, message)

    def _receive_suspect(self, call: Call, message: Message) -> None:
        """A message with something wrong in it, in the order of 5.8.4 to 5.8.7."""
        kind = message.type
        if kind not in self._cells.get(call.state, {}):
            self._unexpected(call, message)
            return
        if kind == Received.SETUP and call.key in self.calls:  # ignored whatever it holds (5.8.3.2)
            self.fire(call, kind, message)
            return
        fault = fault_of(message.issues)
        remark = remark_of(message.issues)
        if kind == Received.RELEASE and call.cause is None and message.get(CauseIE) is None:
            # it begins the clearing, so its cause is mandatory (3.1.9)
            fault = fault or remark or (Cause.MANDATORY_IE_MISSING, bytes((Id.CAUSE,)))
        if kind in _CLEARING:
            call.fault = fault or remark
            self.fire(call, kind, message)
            return
        call.fault = fault
        if fault is not None:
            self.fire(call, Received.FAULTY_SETUP if kind == Received.SETUP else Received.FAULTY, message)
            call.fault = None
            return
        self.fire(call, kind, message)
        if remark is not None and self.settings.report_ignored and call.key in self.calls:
            self.transmit_status(call, *remark)

    def _unexpected(self, owner: Call | RestartMachine, message: Message) -> None:
        known = message.type in _IMPLEMENTED
        self.fire(owner, Received.UNEXPECTED if known else Received.UNKNOWN, message)

    def _receive_global(self, message: Message) -> None:
        machine = self.asking if message.to_originator else self.answering
        if message.type not in self._cells.get(machine.state, {}):
            self._unexpected(machine, message)
            return
        machine.fault = fault_of(message.issues)
        if machine.fault is not None:
            self.fire(machine, Received.FAULTY, message)
        else:
            self.fire(machine, message.type, message)

    def _ignore(self, rule: str) -> None:
        self.ignored[rule] = self.ignored.get(rule, 0) + 1

    # requests

    def _request(self, call: Call, event: Request, elements: Sequence[Element], now: Tick) -> None:
        self.now = now
        if not self.link_up and event is not Request.DISCONNECT:
            self._need_link()
        self._fire_request(call, event, tuple(elements), f"call {call.reference}")

    def _fire_request(self, owner: Call | RestartMachine, event: Request, arg: Any, subject: str) -> None:
        self.event = event
        if not self.fire(owner, event, arg):
            raise ProtocolMisuse(str(owner.state), event_name(event), subject)

    def _need_link(self) -> None:
        if not self.link_up:
            raise LinkNotEstablished("the data link is not established: wait for it before placing calls")

    def _channel_for(self, request: SetupRequest) -> int | None:
        number = request.channel
        if request.choice is ChannelChoice.ANY:
            if number is not None:
                raise ValueError(f"channel {number} with the choice ANY: name a channel or leave the choice")
            return None
        if number is not None:
            if number not in self.channels:
                raise NoChannelAvailable(number, f"channel {number}: the interface has no such channel")
            if self.channels.idle(number):
                return number
            if request.choice is ChannelChoice.EXCLUSIVE:
                state = self.channels.state(number).value
                raise NoChannelAvailable(number, f"channel {number} is {state}, and no other would do")
        picked = self.channels.pick()
        if picked is None:
            total = len(self.channels.numbers)
            raise NoChannelAvailable(None, f"no idle channel: all {total} of the interface are taken")
        return picked

    def _free_reference(self) -> int:
        reference = self._last_reference
        for _ in range(_LAST_REFERENCE):
            reference = reference % _LAST_REFERENCE + 1
            if reference not in self.calls:
                return reference
        raise NoReferenceAvailable(f"all {_LAST_REFERENCE} call references are in use")

    def _progress(self, description: int) -> ProgressIndicatorIE:
        return ProgressIndicatorIE(location=self.location, description=description)

    def _maybe_progress(self, description: int | None) -> tuple[Element, ...]:
        return () if description is None else (self._progress(description),)


_TIMER_DIAGNOSTICS = {int(timer): timer.name[1:].encode("ascii") for timer in Timer}
