"""What a port on the public network may send: enforced on its D channel, below everything that places calls.

`Guard` reads each Q.931 message before it goes out. SETUP, and INFORMATION that adds digits, are let through
only while the digits dialled so far lead to a number of the allowlist, or are one; emergency numbers never
are. Calls at the same time, calls a minute and the length of a call are bounded too. Whatever the guard
cannot read could dial, and is refused: other protocols, elements it does not know, message types that are
not of basic call control. A call counts until the network says that it is over. `GuardedPort`
(`trunkbench.ports.guarded`) puts a guard in front of a port, frame by frame.
"""

from __future__ import annotations

from collections import deque

from trunkbench.config import SafetyConfig
from trunkbench.emergency import emergency_in
from trunkbench.errors import ConfigError, PortError
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CallStateIE,
    CauseIE,
    ChannelIdentificationIE,
    ConnectedNumberIE,
    DisplayIE,
    HighLayerCompatibilityIE,
    KeypadIE,
    LowLayerCompatibilityIE,
    NotificationIndicatorIE,
    NumberingPlan,
    NumberType,
    ProgressIndicatorIE,
    RestartIndicatorIE,
    SendingCompleteIE,
    UserUserIE,
)
from trunkwire.q931.message import HeaderError, Message, MessageCodec
from trunkwire.q931.messages import MessageType
from trunkwire.ticks import SECOND, Tick, seconds

MINUTE: Tick = 60 * SECOND

GRACE: Tick = 45 * SECOND
"""How long after its longest duration a call may take to be cleared (T305, then T308 twice, Q.931 5.3.3)
before the port itself cuts the line."""

_BASIC = frozenset(
    {
        MessageType.ALERTING,
        MessageType.CALL_PROCEEDING,
        MessageType.PROGRESS,
        MessageType.SETUP,
        MessageType.CONNECT,
        MessageType.SETUP_ACKNOWLEDGE,
        MessageType.CONNECT_ACKNOWLEDGE,
        MessageType.DISCONNECT,
        MessageType.RELEASE,
        MessageType.RELEASE_COMPLETE,
        MessageType.RESTART,
        MessageType.RESTART_ACKNOWLEDGE,
        MessageType.NOTIFY,
        MessageType.STATUS_ENQUIRY,
        MessageType.INFORMATION,
        MessageType.STATUS,
    }
)
"""Basic call control. FACILITY, REGISTER, HOLD, SEGMENT … can transfer, divert or hide a call."""

_PLAIN = (
    BearerCapabilityIE,
    CallStateIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    ConnectedNumberIE,
    DisplayIE,
    HighLayerCompatibilityIE,
    KeypadIE,
    LowLayerCompatibilityIE,
    NotificationIndicatorIE,
    ProgressIndicatorIE,
    RestartIndicatorIE,
    SendingCompleteIE,
    UserUserIE,
)
"""Elements that hold no number and no service, or whose number is judged here. Subaddresses, redirecting
numbers, transit networks, network-specific facilities, shifts and bytes that no layout reads are not among
them.
"""

_GLOBAL = frozenset({MessageType.RESTART, MessageType.RESTART_ACKNOWLEDGE, MessageType.STATUS})
"""What may be sent with the global call reference (Q.931 4.3, 5.5)."""

_DIALS = frozenset({MessageType.SETUP, MessageType.INFORMATION})
_ENDS_CALL = frozenset({MessageType.RELEASE, MessageType.RELEASE_COMPLETE})
_RESTARTS = frozenset({MessageType.RESTART, MessageType.RESTART_ACKNOWLEDGE})


class DialRefused(PortError):
    """A public port does not send this; the message says why."""


class _Dialled:
    """One call that a public port has placed."""

    __slots__ = ("began", "channels", "digits", "setup", "told")

    def __init__(self, setup: bytes, digits: str, channels: tuple[int, ...], began: Tick) -> None:
        self.setup = setup
        self.digits = digits
        self.channels = channels
        self.began = began
        self.told = False


class Guard:
    """The rules of one public port. `name` is the span's, for messages.

    Raises ConfigError for an allowlist that could reach an emergency number.
    """

    def __init__(self, safety: SafetyConfig, name: str) -> None:
        self._safety = safety
        self._name = name
        self._codec = MessageCodec()
        self._calls: dict[int, _Dialled] = {}
        self._recent: deque[Tick] = deque()
        for number in safety.allow:
            reached = emergency_in(number)
            if reached is not None:
                raise ConfigError(f"span {name}: {number} may reach {reached}: take it off allow in [safety]")

    # -- what may go out ----------------------------------------------------------------------------------

    def check_number(self, digits: str, *, complete: bool) -> None:
        """Raise DialRefused unless the digits are an allowed number, or (not `complete`) may become one."""
        allowed = self._safety.allow  # none of which can reach an emergency number
        if digits in allowed:
            return
        if not complete and any(number.startswith(digits) for number in allowed):
            return
        reached = emergency_in(digits)
        if reached is not None:
            raise self._refused(f"{digits} may reach the emergency number {reached}: it is never dialled")
        raise DialRefused(
            f"span {self._name} is public and {digits or 'no number'} is not on its allowlist; "
            "add it to allow in [safety] if it may be called"
        )

    def check_room(self, now: Tick) -> None:
        """Raise DialRefused when no further call may be placed now."""
        safety = self._safety
        if len(self._calls) >= safety.max_calls:
            calls = "1 call is up" if safety.max_calls == 1 else f"{safety.max_calls} calls are up"
            raise self._refused(f"{calls}, the most that [safety] max_calls allows")
        while self._recent and self._recent[0] <= now - MINUTE:
            self._recent.popleft()
        if len(self._recent) >= safety.calls_per_minute:
            wait = seconds(self._recent[0] + MINUTE - now)
            raise self._refused(
                f"{safety.calls_per_minute} calls were placed within a minute, the most "
                f"that [safety] calls_per_minute allows; the next may go in {wait:.0f} s"
            )

    def outgoing(self, octets: bytes, now: Tick) -> None:
        """Look at a Q.931 message that is about to be sent. Raises DialRefused; it must not be sent then."""
        message = self._readable(octets)
        digits = self._dialled_by(message)
        if message.type == MessageType.SETUP:
            self._setup(message, octets, digits or "", now)
        elif digits is not None:
            call = self._calls.get(message.reference)
            if call is None or message.to_originator:
                raise self._refused(f"digits {digits!r} belong to no call that this port has placed")
            whole = call.digits + digits
            self.check_number(whole, complete=message.get(SendingCompleteIE) is not None)
            call.digits = whole

    # -- what has happened --------------------------------------------------------------------------------

    def incoming(self, octets: bytes) -> None:
        """Look at a message that was received: only the network says that a call is over."""
        try:
            message = self._codec.parse(octets)
        except HeaderError:
            return
        if message.reference == 0:
            if message.type in _RESTARTS:
                self._restarted(message.get(ChannelIdentificationIE))
            return
        call = self._calls.get(message.reference)
        if call is None or not message.to_originator:
            return
        state = message.get(CallStateIE)
        if message.type in _ENDS_CALL or (
            message.type == MessageType.STATUS and state is not None and int(state.state) == 0
        ):
            del self._calls[message.reference]
            return
        channel = message.get(ChannelIdentificationIE)
        if channel is not None and channel.channels:
            call.channels = channel.channels

    def overdue(self, now: Tick) -> list[int]:
        """The call references of calls that have lasted longer than they may; each is told once."""
        late = [
            reference
            for reference, call in self._calls.items()
            if not call.told and now - call.began >= self._safety.max_call
        ]
        for reference in late:
            self._calls[reference].told = True
        return late

    def next_deadline(self) -> Tick | None:
        """When the first call reaches its longest duration."""
        began = [call.began for call in self._calls.values() if not call.told]
        return min(began) + self._safety.max_call if began else None

    def cut_off_at(self) -> Tick | None:
        """When the line is to be cut, because nobody has cleared a call that has lasted too long."""
        began = [call.began for call in self._calls.values()]
        return min(began) + self._safety.max_call + GRACE if began else None

    # -- inside -------------------------------------------------------------------------------------------

    def _refused(self, why: str) -> DialRefused:
        return DialRefused(f"span {self._name}: {why}")

    def _readable(self, octets: bytes) -> Message:
        """The message, if it is of basic call control and nothing in it is unknown or wrong."""
        try:
            message = self._codec.parse(octets)
        except HeaderError as error:
            raise self._refused(
                f"a public port sends Q.931 only, and this cannot be read: {error}"
            ) from error
        if message.type not in _BASIC:
            name = getattr(message.type, "title", f"message type {message.type:#04x}")
            raise self._refused(f"{name} is not of basic call control; a public port sends nothing else")
        if message.reference == 0 and message.type not in _GLOBAL:
            name = MessageType(message.type).title
            raise self._refused(f"{name} with the global call reference is no call's")
        for element in message.ies:
            if not isinstance(element, _PLAIN):
                raise self._refused(
                    f"element {element.identifier:#04x} could hold a number or a service: "
                    "a public port sends the elements of basic call control only"
                )
        if message.issues:
            raise self._refused(f"the message is not in order ({message.issues[0].detail})")
        return message

    def _dialled_by(self, message: Message) -> str | None:
        """The digits that the message dials; None if it dials none."""
        called, keypad = message.all(CalledNumberIE), message.all(KeypadIE)
        if not called and not keypad:
            return None
        if message.type not in _DIALS:
            raise self._refused(f"{MessageType(message.type).title} has no business with digits")
        if len(called) + len(keypad) > 1:
            raise self._refused("digits in two elements: what the network makes of them is not known")
        if keypad:
            return keypad[0].keys
        number = called[0]
        if number.kind != NumberType.UNKNOWN or number.plan not in (
            NumberingPlan.E164,
            NumberingPlan.UNKNOWN,
        ):
            raise self._refused(
                f"{number.digits} with type of number {int(number.kind)}, plan {int(number.plan)} is another "
                "number than the allowlist means; send it with type unknown"
            )
        return number.digits

    def _setup(self, message: Message, octets: bytes, digits: str, now: Tick) -> None:
        if message.to_originator:
            raise self._refused("SETUP has the call reference flag of an answer")
        known = self._calls.get(message.reference)
        if known is not None:
            if known.setup == octets:
                return  # the same SETUP again, by T303
            raise self._refused(f"call reference {message.reference} is in use by a call that is not over")
        self.check_number(digits, complete=message.get(SendingCompleteIE) is not None)
        self.check_room(now)
        self._recent.append(now)
        channel = message.get(ChannelIdentificationIE)
        channels = channel.channels if channel is not None else ()
        self._calls[message.reference] = _Dialled(octets, digits, channels, now)

    def _restarted(self, channel: ChannelIdentificationIE | None) -> None:
        """The network has restarted these channels (no element: all of them): their calls are gone."""
        gone = [
            reference
            for reference, call in self._calls.items()
            if channel is None or set(call.channels) & set(channel.channels)
        ]
        for reference in gone:
            del self._calls[reference]
