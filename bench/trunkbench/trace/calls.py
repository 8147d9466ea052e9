"""Which call a Q.931 message belongs to, and when that call began.

A call is known by its data link, its call reference value and the side that allocated the reference (Q.931
clause 4.3): the call reference flag is 0 in messages of that side. A SETUP by broadcast belongs with the
terminals' answers on data links of their own (5.2). A new SETUP after RELEASE COMPLETE, or one
with other contents, begins a new call with the same reference; the same SETUP again is a retransmission
(T303, 5.1.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from trunkwire.lapd import GROUP_TEI
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side

CallKey = tuple[str, int, int, Side | None, int]
"""Span, timeslot, call reference value, side that allocated it (None: not known), TEI."""


@dataclass(slots=True)
class TracedCall:
    """One call of a trace. `setup_ns` is None when the trace begins after its SETUP."""

    number: int
    key: CallKey
    setup_ns: int | None = None
    setup: bytes = b""
    ended: bool = False

    @property
    def reference(self) -> int:
        """The call reference value."""
        return self.key[2]

    @property
    def allocated_by(self) -> Side | None:
        """The side that allocated the call reference: where the call came from."""
        return self.key[3]


class CallWatch:
    """The calls of a trace, in the order in which they began."""

    def __init__(self) -> None:
        self._calls: dict[CallKey, TracedCall] = {}
        self._count = 0

    def follow(
        self,
        message: Message,
        octets: bytes,
        channel: tuple[str, int],
        sender: Side | None,
        at_ns: int,
        tei: int = 0,
    ) -> tuple[TracedCall | None, str]:
        """The message's call, None for the global or dummy reference, and what is odd about it or ""."""
        if message.reference == 0:
            return None, ""
        allocator = None if sender is None else sender.peer if message.to_originator else sender
        key = (*channel, message.reference, allocator, tei)
        call = self._calls.get(key)
        if call is None and message.type != MessageType.SETUP:
            call = self._calls.get((*key[:4], GROUP_TEI))
        odd = ""
        if message.type == MessageType.SETUP:
            if message.to_originator:
                odd = "a SETUP with call reference flag 1 (the side that sends SETUP allocates the reference)"
            if call is not None and not call.ended and call.setup == octets:
                return call, "the same SETUP again"
            call = self._new(key)
            call.setup_ns, call.setup = at_ns, octets
        elif call is None:
            call = self._new(key)
            if (*channel, message.reference, allocator.peer if allocator else None, tei) in self._calls:
                odd = "the call reference flag belongs to no call; the other flag does"
        if message.type == MessageType.RELEASE_COMPLETE and call.key[4] == tei:  # not one terminal of several
            call.ended = True
        return call, odd

    def _new(self, key: CallKey) -> TracedCall:
        self._count += 1
        call = self._calls[key] = TracedCall(self._count, key)
        return call
