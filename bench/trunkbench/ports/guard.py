"""What a port on the public network may send: enforced on its D channel, below everything that places calls.

`Guard` reads each message before it goes out. SETUP, and INFORMATION that adds digits, are let through only
while the digits dialled so far lead to a number of the allowlist, or are one; emergency numbers never are.
Calls at the same time, calls a minute and the length of a call are bounded too. Whoever gets around the
bench's own verbs, by driving call control, the data link or the port itself, meets the guard all the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from trunkbench.config import EMERGENCY_NUMBERS, SafetyConfig
from trunkbench.device import Caps, Counting, Event, Fds, Frame, LineFault, Mode, Port, Source
from trunkbench.errors import PortError
from trunkwire.q931.ies import CalledNumberIE, KeypadIE, SendingCompleteIE
from trunkwire.q931.message import HeaderError, Message, MessageCodec
from trunkwire.q931.messages import MessageType
from trunkwire.ticks import SECOND, Tick, seconds

MINUTE: Tick = 60 * SECOND
_I_HEADER, _UI_HEADER = 4, 3  # octets before the information field (Q.921 2.2, modulo 128)
_ENDS_CALL = frozenset({MessageType.RELEASE, MessageType.RELEASE_COMPLETE})


class DialRefused(PortError):
    """A public port does not send this; the message says why."""


class _Dialled:
    """One call that a public port has placed."""

    __slots__ = ("began", "digits", "setup", "told")

    def __init__(self, setup: bytes, digits: str, began: Tick) -> None:
        self.setup = setup
        self.digits = digits
        self.began = began
        self.told = False


class Guard:
    """The rules of one public port. `name` is the span's, for messages."""

    def __init__(self, safety: SafetyConfig, name: str) -> None:
        self._safety = safety
        self._name = name
        self._codec = MessageCodec()
        self._calls: dict[int, _Dialled] = {}
        self._recent: deque[Tick] = deque()

    def check_number(self, digits: str, *, complete: bool) -> None:
        """Raise DialRefused unless the digits are an allowed number, or (not `complete`) may become one."""
        if digits in EMERGENCY_NUMBERS:
            raise DialRefused(f"span {self._name}: {digits} is an emergency number: it is never dialled")
        allowed = self._safety.allow
        if digits in allowed:
            return
        if not complete and any(number.startswith(digits) for number in allowed):
            return
        raise DialRefused(
            f"span {self._name} is public and {digits or 'no number'} is not on its allowlist; "
            "add it to allow in [safety] if it may be called"
        )

    def outgoing(self, octets: bytes, now: Tick) -> None:
        """Look at a Q.931 message that is about to be sent. Raises DialRefused; it must not be sent then."""
        message = self._message(octets)
        if message is None or message.reference == 0:
            return
        if message.type == MessageType.SETUP:
            self._setup(message, octets, now)
        elif message.type == MessageType.INFORMATION and not message.to_originator:
            call = self._calls.get(message.reference)
            digits = (call.digits if call is not None else "") + _digits(message)
            if _digits(message):
                self.check_number(digits, complete=message.get(SendingCompleteIE) is not None)
            if call is not None:
                call.digits = digits
        elif message.type in _ENDS_CALL and not message.to_originator:
            self._calls.pop(message.reference, None)

    def incoming(self, octets: bytes) -> None:
        """Look at a message that was received: it may end a call."""
        message = self._message(octets)
        if message is not None and message.to_originator and message.type in _ENDS_CALL:
            self._calls.pop(message.reference, None)

    def check_room(self, now: Tick) -> None:
        """Raise DialRefused when no further call may be placed now."""
        safety = self._safety
        if len(self._calls) >= safety.max_calls:
            raise DialRefused(
                f"span {self._name}: {safety.max_calls} calls are up, the most that [safety] max_calls allows"
            )
        while self._recent and self._recent[0] <= now - MINUTE:
            self._recent.popleft()
        if len(self._recent) >= safety.calls_per_minute:
            wait = seconds(self._recent[0] + MINUTE - now)
            raise DialRefused(
                f"span {self._name}: {safety.calls_per_minute} calls were placed within a minute, the most "
                f"that [safety] calls_per_minute allows; the next may go in {wait:.0f} s"
            )

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

    def _setup(self, message: Message, octets: bytes, now: Tick) -> None:
        known = self._calls.get(message.reference)
        if known is not None and known.setup == octets:
            return  # the same SETUP again, by T303 or by the data link
        digits = _digits(message)
        self.check_number(digits, complete=message.get(SendingCompleteIE) is not None)
        self.check_room(now)
        self._recent.append(now)
        self._calls[message.reference] = _Dialled(octets, digits, now)

    def _message(self, octets: bytes) -> Message | None:
        try:
            return self._codec.parse(octets)
        except HeaderError:
            return None


def message_of(frame: bytes) -> bytes:
    """The octets behind the LAPD header of an I or UI frame, whatever its address says; empty for others."""
    if len(frame) > _I_HEADER and not frame[2] & 1:
        return frame[_I_HEADER:]
    if len(frame) > _UI_HEADER and frame[2] & 3 == 3:
        return frame[_UI_HEADER:]
    return b""


def _digits(message: Message) -> str:
    called = message.get(CalledNumberIE)
    keypad = message.get(KeypadIE)
    return (called.digits if called is not None else "") + (keypad.keys if keypad is not None else "")


class GuardedPort:
    """A public port behind its guard; otherwise the port itself."""

    def __init__(self, port: Port, guard: Guard, d_slot: int) -> None:
        self.port = port
        self.guard = guard
        self._d_slot = d_slot
        self._now: Tick = 0

    @property
    def caps(self) -> Caps:
        """The port's."""
        return self.port.caps

    def fds(self) -> Fds:
        """The port's."""
        return self.port.fds()

    def open(self, slot: int, mode: Mode) -> None:
        """As the port; a D channel may be opened as FRAMES only, so that the guard can read it."""
        if slot == self._d_slot and mode is not Mode.FRAMES:
            raise PortError(
                f"timeslot {slot} of a public port is opened as frames only: "
                "octets would pass the guard unread"
            )
        self.port.open(slot, mode)

    def send(self, slot: int, frame: bytes) -> None:
        """As the port. Raises DialRefused for what the guard refuses; nothing is sent then."""
        self.guard.outgoing(message_of(frame), self._now)
        self.port.send(slot, frame)

    def play(self, slot: int, source: Source | None, start: Tick) -> None:
        """As the port."""
        self.port.play(slot, source, start)

    def cas(self, slot: int, abcd: int) -> None:
        """As the port."""
        self.port.cas(slot, abcd)

    def insert(self, fault: LineFault) -> None:
        """As the port."""
        self.port.insert(fault)

    def horizon(self, slot: int) -> Tick:
        """As the port."""
        return self.port.horizon(slot)

    def heard(self, slot: int, first: int, n: int) -> bytes:
        """As the port."""
        return self.port.heard(slot, first, n)

    def next_deadline(self) -> Tick | None:
        """The port's."""
        return self.port.next_deadline()

    def counted(self) -> Tick:
        """The port's, if it counts samples; else the time of the latest poll."""
        return self.port.counted() if isinstance(self.port, Counting) else self._now

    def lost(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        """The port's, if it counts what it loses."""
        return self.port.lost(slot, first, n) if isinstance(self.port, Counting) else []

    def poll(self, now: Tick) -> Iterator[Event]:
        """The port's events."""
        self._now = now
        for event in self.port.poll(now):
            if isinstance(event, Frame):
                self.guard.incoming(message_of(event.data))
            yield event

    def close(self) -> None:
        """The port's."""
        self.port.close()
