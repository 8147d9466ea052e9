"""Which call a Q.931 message belongs to, when that call began, and when it is over.

A call is known by its data link, its call reference value and the end that allocated the reference (Q.931
clause 4.3): the call reference flag is 0 in messages of that end. A SETUP by broadcast belongs with the
terminals' answers on data links of their own (5.2). A new SETUP after RELEASE COMPLETE, or one
with other contents, begins a new call with the same reference; the same SETUP again is a retransmission
(T303, 5.1.1). A call that has ended is kept a while for messages that are repeated, then it is closed and
forgotten, so that a trace of any length needs the memory of the calls that are up.
"""

from __future__ import annotations

import math
from collections import deque

import msgspec

from trunkbench.trace.record import Direction
from trunkwire.lapd import GROUP_TEI
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side

End = Side | Direction
"""An end of the interface: its side, or where the trace tells no side, which way its frames went."""

CallKey = tuple[str, int, int, End | None, int]
"""Span, timeslot, call reference value, end that allocated it (None: not known), TEI."""

SAME_SETUP = "the same SETUP again"
"""What `CallWatch.follow` says of a SETUP that is repeated."""
_SETUP, _RELEASE_COMPLETE = int(MessageType.SETUP), int(MessageType.RELEASE_COMPLETE)
LINGER_NS = 10_000_000_000
"""How long an ended call waits for repetitions: more than T308 twice over (Q.931 tables 9-1, 9-2)."""
MOST_LINGERING = 4096
"""Ended calls that wait at a time, however little time goes by (a log without times)."""


class TracedCall(msgspec.Struct, eq=False, weakref=True):
    """One call of a trace. `setup_ns` is None when the trace begins after its SETUP; `closed` says that no
    message can belong to it any more.
    """

    number: int
    key: CallKey
    setup_ns: int | None = None
    setup: bytes = b""
    ended: bool = False
    closed: bool = False

    @property
    def reference(self) -> int:
        """The call reference value."""
        return self.key[2]

    @property
    def origin(self) -> End | None:
        """The end that allocated the call reference: where the call came from."""
        return self.key[3]

    @property
    def allocated_by(self) -> Side | None:
        """The side that allocated the call reference, where sides are known."""
        return self.key[3] if isinstance(self.key[3], Side) else None


class CallWatch:
    """The calls of a trace, in the order in which they began.

    `closed` collects the calls that have been closed since it was emptied.
    """

    def __init__(self) -> None:
        self._calls: dict[CallKey, TracedCall] = {}
        self._count = 0
        self._lingering: deque[tuple[int, TracedCall]] = deque()
        self.closed: list[TracedCall] = []
        self.due_ns: float = math.inf
        """The time after which `expire` closes a call: nanoseconds since 1970, or infinite."""

    def follow(
        self,
        message: Message,
        octets: bytes,
        channel: tuple[str, int],
        sender: End | None,
        at_ns: int,
        tei: int = 0,
    ) -> tuple[TracedCall | None, str]:
        """The message's call, None for the global or dummy reference, and what is odd about it or ""."""
        if at_ns > self.due_ns:
            self.expire(at_ns)
        if message.reference == 0:
            return None, ""
        kind = message.type
        allocator = None if sender is None else peer_of(sender) if message.to_originator else sender
        key = (*channel, message.reference, allocator, tei)
        call = self._calls.get(key)
        if call is None and kind != _SETUP:
            call = self._calls.get((*key[:4], GROUP_TEI))
        odd = ""
        if kind == _SETUP:
            if message.to_originator:
                odd = "a SETUP with call reference flag 1 (the side that sends SETUP allocates the reference)"
            if call is not None and not call.ended and call.setup == octets:
                return call, SAME_SETUP
            call = self._new(key, octets, at_ns)
        elif call is None:
            call = self._new(key)
            if (*channel, message.reference, peer_of(allocator) if allocator else None, tei) in self._calls:
                odd = "the call reference flag belongs to no call; the other flag does"
        if kind == _RELEASE_COMPLETE and call.key[4] == tei:  # not one terminal of several
            self.end(call, at_ns)
        return call, odd

    def begin(self, key: CallKey, octets: bytes, at_ns: int) -> TracedCall | None:
        """The call of a SETUP that the side which allocates the reference sent, as `follow` has it; None if
        `follow` has to be asked, as a call has the reference already or calls wait to be closed."""
        if at_ns > self.due_ns or key in self._calls:
            return None
        return self._new(key, octets, at_ns)

    def end(self, call: TracedCall, at_ns: int) -> None:
        """A call's RELEASE COMPLETE, the first or a repeated one."""
        if not call.ended:
            call.ended = True
            waiting = self._lingering
            waiting.append((at_ns, call))
            if len(waiting) == 1 or len(waiting) > MOST_LINGERING:  # what waits longest has not changed
                self._wait()

    def __len__(self) -> int:
        """How many calls are remembered."""
        return len(self._calls)

    def close_all(self) -> None:
        """The trace is over: every call that is left is closed, in the order in which they began."""
        for call in sorted(self._calls.values(), key=lambda call: call.number):
            self._close(call)
        self._calls.clear()
        self._lingering.clear()
        self._wait()

    def _new(self, key: CallKey, setup: bytes = b"", setup_ns: int | None = None) -> TracedCall:
        before = self._calls.get(key)
        if before is not None:
            self._close(before)
        self._count += 1
        call = self._calls[key] = TracedCall(self._count, key, setup_ns, setup)
        return call

    def expire(self, now_ns: int) -> None:
        """Close ended calls that have waited long enough; to be called when `due_ns` is over."""
        waiting = self._lingering
        while now_ns > self.due_ns:
            _, call = waiting.popleft()
            self._wait()
            if not call.closed:
                del self._calls[call.key]
                self._close(call)

    def _wait(self) -> None:
        """Find out when the next ended call has waited long enough."""
        waiting = self._lingering
        if len(waiting) > MOST_LINGERING:
            self.due_ns = -math.inf
        else:
            self.due_ns = waiting[0][0] + LINGER_NS if waiting else math.inf

    def _close(self, call: TracedCall) -> None:
        call.closed = True
        call.setup = b""
        self.closed.append(call)


def peer_of(end: End) -> End:
    """The other end."""
    if end is Side.NETWORK:
        return Side.USER
    if end is Side.USER:
        return Side.NETWORK
    return Direction.IN if end is Direction.OUT else Direction.OUT
