"""What the local user of call control may ask for beside the basic call: hold and retrieve, suspend and
resume, user information, facility, and the service of channels (Q.932; Q.931 5.6, clause 7; SERVICE).

As with the requests of the basic call, one that does not fit raises and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trunkwire.q931.call import Call, ChannelChoice
from trunkwire.q931.channels import ChannelTable
from trunkwire.q931.elements import cause_element, channel_element
from trunkwire.q931.errors import NoChannelAvailable, ProtocolMisuse
from trunkwire.q931.ies import (
    CallIdentityIE,
    ChannelStatus,
    CongestionLevel,
    CongestionLevelIE,
    MoreDataIE,
    NotificationDescription,
    NotificationIndicatorIE,
    UserProtocol,
    UserUserIE,
)
from trunkwire.q931.lengths import LONGEST
from trunkwire.q931.message import Element
from trunkwire.q931.messages import Id
from trunkwire.q931.procedure import Request, event_name
from trunkwire.q931.requests import Requests
from trunkwire.q931.states import HoldState
from trunkwire.ticks import Tick


class SupplementaryRequests(Requests):
    """The supplementary requests of the local user."""

    # hold and retrieve

    def hold(self, call: Call, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Put the call on hold: HOLD (Q.932 6); HELD or HOLD_REJECTED will be indicated."""
        self._request(call, Request.HOLD, ies, now)

    def hold_acknowledge(self, call: Call, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Let the peer hold the call: HOLD ACKNOWLEDGE."""
        self._request(call, Request.HOLD_ACKNOWLEDGE, ies, now)

    def hold_reject(self, call: Call, cause: int, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Refuse to let the peer hold the call: HOLD REJECT."""
        self._request(call, Request.HOLD_REJECT, (cause_element(cause, self.location), *ies), now)

    def retrieve(
        self,
        call: Call,
        now: Tick,
        *,
        channel: int | None = None,
        exclusive: bool = False,
        ies: Sequence[Element] = (),
    ) -> None:
        """Take a held call back: RETRIEVE, with the channel named, or else the one reserved, or an idle one.

        RETRIEVED or RETRIEVE_REJECTED will be indicated. Raises NoChannelAvailable when there is none.
        """
        elements: tuple[Element, ...] = tuple(ies)
        if call.hold is not None and call.hold.state is HoldState.HELD:
            number = self._retrieval_channel(call, channel)
            elements = (channel_element(number, exclusive, self.settings.basic), *elements)
        self._request(call, Request.RETRIEVE, elements, now)

    def retrieve_acknowledge(self, call: Call, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Give the peer its held call back: RETRIEVE ACKNOWLEDGE with the channel."""
        self._request(call, Request.RETRIEVE_ACKNOWLEDGE, ies, now)

    def retrieve_reject(self, call: Call, cause: int, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Refuse to give the held call back: RETRIEVE REJECT; it stays held."""
        self._request(call, Request.RETRIEVE_REJECT, (cause_element(cause, self.location), *ies), now)

    # suspend and resume

    def suspend(self, call: Call, now: Tick, *, identity: bytes = b"", ies: Sequence[Element] = ()) -> None:
        """User side: suspend the call under that identity (5.6.1); SUSPENDED and RELEASED, or
        SUSPEND_REJECTED will be indicated. Raises ValueError for an identity of more than 8 octets.
        """
        self._request(call, Request.SUSPEND, (*_identity(identity), *ies), now)

    def suspend_accept(self, call: Call, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Network side with `auto_suspend` off: SUSPEND ACKNOWLEDGE; the call is kept while T307 runs.

        Until it is resumed, `disconnect` clears it from this side.
        """
        self._request(call, Request.SUSPEND_ACKNOWLEDGE, ies, now)

    def suspend_reject(self, call: Call, cause: int, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Network side with `auto_suspend` off: SUSPEND REJECT; the call stays active."""
        self._request(call, Request.SUSPEND_REJECT, (cause_element(cause, self.location), *ies), now)

    def resume(self, now: Tick, *, identity: bytes = b"", ies: Sequence[Element] = ()) -> Call:
        """User side: resume the call that was suspended under that identity (5.6.4), with a new reference.

        RESUMED will be indicated, or RESUME_REJECTED and RELEASED. Raises ProtocolMisuse at the network side.
        """
        self._need_link()
        self.now = now
        call = Call(
            self._free_reference(),
            True,
            self._null,
            self.settings.reference_length,
            cells=self.call_cells,
            tei=self.tei,
        )
        call.choice = ChannelChoice.ANY
        if not self.fire(call, Request.RESUME, (*_identity(identity), *ies)):
            raise ProtocolMisuse(str(self._null), event_name(Request.RESUME), "a new call")
        self._last_reference = call.reference
        return call

    def resume_accept(self, call: Call, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Network side with `auto_suspend` off: RESUME ACKNOWLEDGE with the channel."""
        self._request(call, Request.RESUME_ACKNOWLEDGE, ies, now)

    def resume_reject(self, call: Call, cause: int, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Network side with `auto_suspend` off: RESUME REJECT; the call stays suspended, T307 anew."""
        self._request(call, Request.RESUME_REJECT, (cause_element(cause, self.location), *ies), now)

    def notify_suspended(self, other: Call, now: Tick, *, resumed: bool = False) -> None:
        """Tell the other party of a suspended (or resumed) call: NOTIFY on its own call (5.6.2, 5.6.4)."""
        which = NotificationDescription.USER_RESUMED if resumed else NotificationDescription.USER_SUSPENDED
        self.notify(other, now, ies=(NotificationIndicatorIE(description=which),))

    def notify_held(self, other: Call, now: Tick, *, retrieved: bool = False) -> None:
        """Tell the other party of a held (or retrieved) call: NOTIFY on its own call (5.9, Q.953)."""
        which = NotificationDescription.REMOTE_RETRIEVAL if retrieved else NotificationDescription.REMOTE_HOLD
        self.notify(other, now, ies=(NotificationIndicatorIE(description=which),))

    # information between users, and through the call

    def user_information(
        self,
        call: Call,
        data: bytes,
        now: Tick,
        *,
        protocol: int = UserProtocol.USER_SPECIFIC,
        more: bool = False,
        ies: Sequence[Element] = (),
    ) -> None:
        """Send USER INFORMATION; `more` says that the next one carries on (4.5.20).

        Raises ProtocolMisuse while the peer has said that it is not ready to receive.
        """
        elements = (*((MoreDataIE(),) if more else ()), UserUserIE(protocol=protocol, data=data), *ies)
        self._request(call, Request.USER_INFORMATION, elements, now)

    def congestion_control(
        self, call: Call, level: CongestionLevel, cause: int, now: Tick, *, ies: Sequence[Element] = ()
    ) -> None:
        """Say whether USER INFORMATION is taken: CONGESTION CONTROL (3.3.3)."""
        elements = (CongestionLevelIE(level=level), cause_element(cause, self.location), *ies)
        self._request(call, Request.CONGESTION_CONTROL, elements, now)

    def facility(self, call: Call, now: Tick, *, ies: Sequence[Element]) -> None:
        """Send FACILITY with the elements given (Q.932)."""
        self._request(call, Request.FACILITY, ies, now)

    # the service of channels

    def service(self, channels: Iterable[int] | None, status: ChannelStatus, now: Tick) -> None:
        """Take channels (None: the whole interface) out of service or back: SERVICE, one for each channel.

        SERVICE_CHANGED or SERVICE_FAILED will be indicated. Calls on the channels go on until they end.
        Raises ValueError without the setting `maintenance`, NoChannelAvailable for a channel that is not
        there, ProtocolMisuse while the service of one of them is being changed, LinkNotEstablished.
        """
        self._need_link()
        if self.settings.maintenance is None:
            raise ValueError("no maintenance protocol is set: choose one by CallControlSettings.maintenance")
        chosen = (None,) if channels is None else tuple(channels)
        if not chosen:
            raise ValueError("service of no channels: name at least one, or None for all")
        for number in chosen:
            if number is not None and number not in self.channels:
                raise NoChannelAvailable(number, f"channel {number}: the interface has no such channel")
        machines = [self.service_machine(number) for number in chosen]
        for machine in machines:
            if Request.SERVICE not in machine.cells.get(machine.state, {}):
                raise ProtocolMisuse(str(machine.state), event_name(Request.SERVICE), repr(machine))
        self.now = now
        for machine in machines:
            self.fire(machine, Request.SERVICE, ChannelStatus(status))

    def confirm_service(self, channel: int | None, now: Tick) -> None:
        """With `auto_service` off: acknowledge what the peer has said of the channel (None: interface)."""
        self._need_link()
        self.now = now
        machine = self.service_machine(channel)
        if not self.fire(machine, Request.CONFIRM_SERVICE, None):
            raise ProtocolMisuse(str(machine.state), event_name(Request.CONFIRM_SERVICE), repr(machine))

    def _retrieval_channel(self, call: Call, channel: int | None) -> int:
        table: ChannelTable = self.channels
        if channel is not None:
            if channel not in table:
                raise NoChannelAvailable(channel, f"channel {channel}: the interface has no such channel")
            if channel != call.channel and not table.idle(channel):
                raise NoChannelAvailable(channel, f"channel {channel} is {table.state(channel).value}")
            return channel
        picked = table.pick() if call.channel is None else call.channel
        if picked is None:
            raise NoChannelAvailable(None, "no idle channel for the held call")
        return picked


def _identity(identity: bytes) -> tuple[Element, ...]:
    if len(identity) > LONGEST[Id.CALL_IDENTITY]:
        raise ValueError(f"call identity {identity!r}: at most {LONGEST[Id.CALL_IDENTITY]} octets (3.1.18)")
    return (CallIdentityIE(identity=identity),) if identity else ()
