"""What the local user of call control may ask for (Q.931 clause 5; the request primitives of Annex A).

A request builds its message before anything changes, so that an element that does not fit its layout
(`EncodeError`) leaves the call as it was. One that the call's state has no row for raises `ProtocolMisuse`
and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from trunkwire.q931.broadcast import Offer
from trunkwire.q931.call import (
    BROADCAST_TEI,
    Call,
    ChannelChoice,
    SetupRequest,
    called_elements,
    digits_of,
    setup_elements,
)
from trunkwire.q931.elements import cause_element, in_order
from trunkwire.q931.engine import Engine
from trunkwire.q931.errors import (
    LinkNotEstablished,
    NoChannelAvailable,
    NoReferenceAvailable,
    ProtocolMisuse,
)
from trunkwire.q931.ies import ProgressDescription, ProgressIndicatorIE
from trunkwire.q931.message import Element
from trunkwire.q931.procedure import Request, event_name
from trunkwire.q931.restart import RestartMachine, restart_message
from trunkwire.q931.states import RestartState
from trunkwire.ticks import Tick


class Requests(Engine):
    """The requests of the local user."""

    def setup(
        self, request: SetupRequest, now: Tick, *, insist: bool = False, tei: int | None = None
    ) -> Call:
        """Send SETUP (5.1.1, 5.2.1).

        `insist` names the channel of the request even if this side has it in use, to see how the peer
        refuses it. At the network side of a point-to-multipoint interface the call is offered to all
        terminals by broadcast, its channel exclusively (5.2.3.2), or with `tei` to one terminal. Raises
        NoChannelAvailable, NoReferenceAvailable, LinkNotEstablished, and EncodeError for an element that does
        not fit; nothing has changed then.
        """
        self._need_link()
        broadcast = self.multipoint and tei is None
        exclusive = broadcast or self.settings.variant.exclusive_only
        if exclusive and request.choice is not ChannelChoice.EXCLUSIVE:
            request = msgspec.structs.replace(request, choice=ChannelChoice.EXCLUSIVE)
        channel = request.channel if insist else self._channel_for(request)
        call = Call(
            self._free_reference(),
            True,
            self._null,
            self.settings.reference_length,
            cells=self.broadcast_cells if broadcast else self.call_cells,
            tei=BROADCAST_TEI if broadcast else self.tei if tei is None else tei,
        )
        if broadcast:
            call.broadcast = True
            call.offer = Offer(call, self.offer_cells, self.terminal_cells)
        call.choice = request.choice
        call.channel = None if insist and channel is not None and not self.channels.idle(channel) else channel
        self.now = now
        elements = in_order(setup_elements(request, channel, self.dialect, self.settings.basic))
        if not self.fire(call, Request.SETUP, elements):
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
        self._request(call, Request.INFORMATION, (*called_elements(digits, self.dialect), *ies), now)

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

    def ignore(self, call: Call, now: Tick) -> None:
        """User side: leave a call that arrived by broadcast to other terminals, without a word (5.2.2)."""
        self._request(call, Request.IGNORE, (), now)

    def status_enquiry(self, call: Call, now: Tick) -> None:
        """Ask for the peer's call state; the answer is checked against ours (5.8.10, 5.8.11)."""
        self._request(call, Request.STATUS_ENQUIRY, (), now)

    def restart(
        self, channels: Iterable[int] | None, now: Tick, *, all_interfaces: bool = False, tei: int = 0
    ) -> None:
        """Restart these channels, or with None the whole interface (5.5.1); calls on them end at once.

        `all_interfaces` says with None that every interface which this D-channel serves is meant (restart
        class 7). Raises ProtocolMisuse while an earlier restart of ours goes on, NoChannelAvailable for a
        channel that the interface does not have, LinkNotEstablished.
        """
        self._need_link()
        chosen = None if channels is None else tuple(channels)
        for number in chosen or ():
            if number not in self.channels:
                raise NoChannelAvailable(number, f"channel {number}: the interface has no such channel")
        if chosen == ():
            raise ValueError("restart of no channels: name at least one, or None for all")
        if chosen is not None and all_interfaces:
            raise ValueError("restart of all interfaces: name no channels with it")
        self.now = now
        if self.asking.state is RestartState.R0:
            self.asking.tei = tei
        message = restart_message(
            chosen,
            self.settings.reference_length,
            all_interfaces=all_interfaces,
            basic=self.settings.basic,
        )
        self._fire_request(self.asking, Request.RESTART, message, "the restart of ours")

    def confirm_restart(self, now: Tick) -> None:
        """With `auto_restart` off: the peer's restart is done here (5.5.2)."""
        self._need_link()
        self.now = now
        self._fire_request(self.answering, Request.CONFIRM_RESTART, None, "the restart of the peer")

    def _request(self, call: Call, event: Request, elements: Sequence[Element], now: Tick) -> None:
        self.now = now
        if not self.link_up and event is not Request.DISCONNECT:
            self._need_link()
        self.event = event
        if not self.fire(call, event, tuple(elements)):
            raise ProtocolMisuse(str(call.state), event_name(event), f"call {call.reference}")

    def _fire_request(self, owner: Call | RestartMachine, event: Request, arg: Any, subject: str) -> None:
        self.event = event
        if not self.fire(owner, event, arg):
            raise ProtocolMisuse(str(owner.state), event_name(event), subject)

    def _need_link(self) -> None:
        if not self.link_up and not self.on_demand:
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
        last = (1 << 8 * self.settings.reference_length - 1) - 1
        for _ in range(last):
            reference = reference % last + 1
            if reference not in self.calls and reference not in self.offers:
                return reference
        raise NoReferenceAvailable(f"all {last} call references are in use")

    def _progress(self, description: int) -> ProgressIndicatorIE:
        return ProgressIndicatorIE(location=self.location, description=description)

    def _maybe_progress(self, description: int | None) -> tuple[Element, ...]:
        return () if description is None else (self._progress(description),)
