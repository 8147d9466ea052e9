"""The engine under call control: fires the rows of the tables, keeps timers, and sends (Q.931 clause 5).

`fire` is all there is to the tables of `procedure`: the owner of a state (a call, a terminal's answer to a
broadcast, a restart machine) brings the cells it obeys, and the first row whose condition holds is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from trunkwire.q931 import (
    table_broadcast,
    table_hold,
    table_network,
    table_restart,
    table_service,
    table_user,
)
from trunkwire.q931.broadcast import Offer
from trunkwire.q931.call import Call
from trunkwire.q931.causes import Cause
from trunkwire.q931.channels import ChannelTable
from trunkwire.q931.dialect import Dialect
from trunkwire.q931.elements import call_state_element, cause_element, in_order
from trunkwire.q931.events import Broadcast, EstablishLink, Output, SendData
from trunkwire.q931.ies import CauseIE
from trunkwire.q931.message import Element, Message, MessageCodec
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Cells, Row, Timer, cells
from trunkwire.q931.restart import RestartMachine
from trunkwire.q931.segmentation import T314, Reassembler, segments_of
from trunkwire.q931.service import ServiceMachine
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.states import CallState
from trunkwire.q931.timers import TimerBank
from trunkwire.side import Side
from trunkwire.ticks import Tick

Observer = Callable[[Any, int, Row], None]
"""Called with the owner, the event and the row, before the row's actions run."""

_UNLIMITED = 1 << 30
"""More octets than any message has."""

_DIAGNOSTICS = {int(timer): timer.name[1:].encode("ascii") for timer in Timer}


class Engine:
    """What the requests, the received messages and the tables' actions of one D-channel work on."""

    def __init__(self, side: Side, settings: CallControlSettings | None = None) -> None:
        """Raises ValueError for settings that cannot hold (a timer of 0, a channel named twice)."""
        self.side = side
        self.settings = settings or CallControlSettings()
        self.on_demand = self.settings.point_to_multipoint
        """Whether the data link is established when there is something to send."""
        self.multipoint = self.on_demand and side is Side.NETWORK
        """Whether there is a data link for each of several terminals."""
        self.channels = ChannelTable(self.settings.channels, self.settings.selection)
        self.calls: dict[int, Call] = {}
        self.offers: dict[int, Offer] = {}
        self.ignored: dict[str, int] = {}
        self.observer: Observer | None = None
        self.dialect = Dialect(self.settings.variant, self.settings.interface)
        as_user = side is Side.USER or self.settings.variant.symmetric
        own = self.settings.variant.locations[side is Side.NETWORK]
        self.location: int = own if self.settings.location is None else self.settings.location
        self.timers = TimerBank(self.settings.durations(side))
        self.codec = MessageCodec()
        self.link_up = False
        self.tei = 0
        """User side: the TEI of the data link that was established last."""
        self.now: Tick = 0
        self.event: int = 0
        self._peer = None if self.settings.variant.symmetric else side.peer
        self._null = CallState.U0 if as_user else CallState.N0
        self.call_cells: Cells = cells(table_user.TABLE if as_user else table_network.TABLE)
        self.broadcast_cells: Cells = cells(table_broadcast.CALL)
        self.terminal_cells: Cells = cells(table_broadcast.TERMINAL)
        self.offer_cells: Cells = cells(table_broadcast.OFFER)
        restart_cells = cells(table_restart.TABLE)
        self.asking = RestartMachine(True, restart_cells)
        self.answering = RestartMachine(False, restart_cells)
        self.hold_cells: Cells = cells(table_hold.AUXILIARY)
        self.suspended: dict[bytes, Call] = {}
        """Network side: the suspended calls by their identity (5.6.2)."""
        self.cleared_identities: dict[bytes, None] = {}
        """Identities of suspended calls that have been cleared since (5.6.5), the oldest first."""
        self.services: dict[int | None, ServiceMachine] = {}
        """The changes of service, by channel; None for the whole interface."""
        self._service_cells: Cells = cells(table_service.TABLE)
        self._longest = self.settings.n201 if self.settings.segmentation else _UNLIMITED
        self._segmented = self.settings.segmentation
        self._t314 = T314 if self.settings.t314 is None else self.settings.t314
        self._reassembling: dict[int, Reassembler] = {}
        self._links: set[int] = set()
        self._waiting: deque[SendData] = deque()
        self._outputs: deque[Output] = deque()
        self._last_reference = 0

    # time

    def next_deadline(self) -> Tick | None:
        """When the next timer expires; None when none is running."""
        first = self.timers.next_deadline()
        if not self._reassembling:
            return first
        for reassembler in self._reassembling.values():
            at = reassembler.next_deadline()
            first = at if first is None or (at is not None and at < first) else first
        return first

    def handle_timer(self, now: Tick) -> None:
        """Let every timer expire that is due at `now`."""
        self.now = now
        while (due := self.timers.expire(now)) is not None:
            timer, owner = due
            self.fire(owner, timer, None)
        for tei, reassembler in tuple(self._reassembling.items()):
            reassembler.handle_timer(now)
            self._settle_segments(tei, reassembler)

    def poll_output(self) -> Output | None:
        """The next thing to do, or None."""
        return self._outputs.popleft() if self._outputs else None

    # what is there

    def armed_timers(self) -> tuple[str, ...]:
        """The running timers with their owners, for a leak audit."""
        return tuple(f"{timer.name} of {owner!r}" for timer, owner, _at in self.timers.running())

    def audit(self) -> list[str]:
        """Everything that is not idle, a line each; empty when all is at rest."""
        found = [repr(call) for call in self.calls.values()]
        found += [repr(offer) for offer in self.offers.values()]
        found += [f"{call!r} is suspended" for call in self.suspended.values()]
        found += [repr(call.hold) for call in self.calls.values() if call.hold and call.hold.state.number]
        found += [repr(machine) for machine in self.services.values() if machine.state.number]
        found += [f"segments of TEI {tei} are missing" for tei in self._reassembling]
        found += [f"channel {number} is {state.value}" for number, state in self.channels.busy()]
        found += [f"{name} is running" for name in self.armed_timers()]
        machines = (self.asking, self.answering)
        found += [repr(machine) for machine in machines if machine.state.number]
        if self._outputs:
            found.append(f"{len(self._outputs)} outputs have not been taken")
        if self._waiting:
            found.append(f"{len(self._waiting)} messages wait for a data link")
        return found

    # for the actions of the tables

    def fire(self, owner: Any, event: int, arg: Any) -> bool:
        """Do the first row of the owner's state that takes the event; False if none does."""
        of_state = owner.cells.get(owner.state)
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

    def encode(self, call: Call, message_type: MessageType, elements: Sequence[Element]) -> bytes:
        """The octets of a message of the call. Raises EncodeError for an element that does not fit,
        NotInVariant for one that the switch variant does not have.
        """
        if not self.dialect.plain:
            elements = self.dialect.elements(message_type, elements)
        ordered = in_order(tuple(elements))
        return self.codec.build(
            Message(call.reference, message_type, ordered, not call.outgoing, call.reference_length)
        )

    def transmit(self, call: Call, message_type: MessageType, elements: Sequence[Element]) -> bytes:
        """Build a message of the call and send it; its octets."""
        data = self.encode(call, message_type, elements)
        self.transmit_data(data, call.tei)
        return data

    def transmit_status(self, call: Call, cause: Cause, diagnostics: bytes) -> None:
        """Send STATUS with the call's present state."""
        elements = (cause_element(cause, self.location, diagnostics), call_state_element(call.state.number))
        self.transmit(call, MessageType.STATUS, elements)

    def transmit_data(self, data: bytes, tei: int = 0) -> None:
        """Send octets that are a message already.

        Without a data link they are lost on a point-to-point interface, where the link is always meant to
        be there. On a point-to-multipoint one it is established when it is needed, and they wait. With the
        setting `segmentation`, a message longer than N201 goes out in segments (Annex H); raises TooLong for
        one that eight cannot hold.
        """
        if len(data) > self._longest:
            for piece in segments_of(data, self._longest):
                self.transmit_data(piece, tei)
            return
        if self.link_up and (not self.multipoint or tei in self._links):
            self._outputs.append(SendData(data, tei))
        elif self.on_demand:
            if all(waiting.tei != tei for waiting in self._waiting):
                self._outputs.append(EstablishLink(tei))
            self._waiting.append(SendData(data, tei))

    def service_machine(self, channel: int | None) -> ServiceMachine:
        """The machine of a channel's service, or with None of the interface's."""
        machine = self.services.get(channel)
        if machine is None:
            machine = self.services[channel] = ServiceMachine(channel, self._service_cells)
        return machine

    def _settle_segments(self, tei: int, reassembler: Reassembler) -> None:
        """Keep the reassembler while it waits, and count what it has lost (H.3)."""
        for reason, count in reassembler.lost.items():
            self.ignored[f"segment: {reason}"] = self.ignored.get(f"segment: {reason}", 0) + count
        reassembler.lost.clear()
        if reassembler.waiting:
            self._reassembling[tei] = reassembler
        else:
            self._reassembling.pop(tei, None)

    def transmit_broadcast(self, data: bytes) -> None:
        """Send octets that are a message already to every terminal (DL-UNIT-DATA)."""
        self._outputs.append(Broadcast(data))

    def cause_of(self, value: int) -> CauseIE:
        """A cause element of ours; for 102 the diagnostics name the timer that expired (Q.850 table 1)."""
        expired = value == Cause.TIMER_EXPIRY and self.event in _DIAGNOSTICS
        return cause_element(value, self.location, _DIAGNOSTICS[self.event] if expired else b"")
