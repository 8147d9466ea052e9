"""A row a call: who called whom, when and how the call was answered and cleared, and what was odd about it.

`CallRows` is fed with the messages of a trace in their order and gives a row when a call is closed (see
`trunkbench.trace.calls`). Rows come in the order in which the calls began. A call that stays open delays the
rows behind it, but not more than `WAITING` of them at a time: then the oldest of these goes first, so that
memory stays bounded whatever the trace.

Messages that are sent again count as retransmissions and tell nothing new. Times are those of the messages as
they were recorded. What a call's digits are when they come one by one, and which terminal of several has the
call, follows Q.931 5.1.3 and 5.2.9.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import msgspec
from msgspec.structs import astuple

from trunkbench.trace.calls import End, TracedCall
from trunkbench.trace.decoder import Decoded
from trunkbench.trace.record import UNTIMED
from trunkbench.trace.telling import bearer_of, digits_of
from trunkwire.lapd import GROUP_TEI
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    Coding,
    KeypadIE,
)
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType

WAITING = 1024
"""Rows that wait for a call that began before theirs."""
MOST_ANOMALIES = 20
"""Anomalies that are kept of a call; the rest is counted."""

AT_BEGINNING = "begun before the trace"
AT_END = "not ended when the trace ends"
REUSED = "its call reference was used again before it was cleared"

_ADDS_DIGITS = frozenset({MessageType.SETUP, MessageType.INFORMATION})
_ALERTING, _CONNECT = int(MessageType.ALERTING), int(MessageType.CONNECT)
_CONNECT_ACKNOWLEDGE = int(MessageType.CONNECT_ACKNOWLEDGE)
_RELEASE_COMPLETE = int(MessageType.RELEASE_COMPLETE)
_CLEARING = frozenset({MessageType.DISCONNECT, MessageType.RELEASE, MessageType.RELEASE_COMPLETE})


class CallRow(msgspec.Struct, frozen=True, gc=False):
    """One call. Times are nanoseconds since 1970, None where the trace does not have the message.

    `number` counts calls from 1 as they begin; `origin` and `cleared_by` are "network" or "user", or "out" or
    "in" where only the direction is known, or "". `channel` is the last single channel that was named,
    `cause` the first cause of the clearing, None without one or for one in another coding than the ITU's.
    `messages` counts messages without repetitions, `retransmissions` the repetitions. `first` and `last` are
    numbers of frames. `cut` says that the trace does not have all of the call.
    """

    number: int
    reference: int
    origin: str
    span: str
    slot: int
    tei: int | None
    caller: str
    called: str
    channel: int | None
    bearer: str
    setup_ns: int | None
    alerting_ns: int | None
    answer_ns: int | None
    clear_ns: int | None
    end_ns: int | None
    cleared_by: str
    cause: int | None
    messages: int
    retransmissions: int
    anomalies: tuple[str, ...]
    first: int
    last: int
    cut: str

    @property
    def duration_ns(self) -> int | None:
        """From the answer to the beginning of the clearing, None for a call that lacks one of them."""
        answer, clear = self.answer_ns, self.clear_ns
        return None if answer is None or clear is None or UNTIMED in (answer, clear) else clear - answer

    @property
    def meaning(self) -> str:
        """What the cause means (Q.850)."""
        if self.cause is None:
            return ""
        return _MEANINGS.get(self.cause, "not in Q.850")


_MEANINGS: Mapping[int, str] = MappingProxyType({int(cause): cause.meaning for cause in Cause})


class Told(msgspec.Struct, frozen=True, gc=False):
    """What one message tells for a row, whatever its call reference; may be remembered by its octets."""

    kind: int
    caller: str = ""
    called: str = ""
    keys: str = ""
    channel: int | None = None
    bearer: str = ""
    cause: int | None = None
    clears: bool = False
    has_texts: bool = False
    """Whether it tells of a number or a bearer."""


def told_of(message: Message) -> Told:
    """What a message tells for a row."""
    calling, called = message.get(CallingNumberIE), message.get(CalledNumberIE)
    keypad, channel = message.get(KeypadIE), message.get(ChannelIdentificationIE)
    bearer, cause = message.get(BearerCapabilityIE), message.get(CauseIE)
    adds = message.type in _ADDS_DIGITS
    clears = message.type in _CLEARING
    texts = (
        "" if calling is None else digits_of(calling.digits),
        digits_of(called.digits) if adds and called is not None else "",
        digits_of(keypad.keys) if adds and keypad is not None else "",
    )
    speech = "" if bearer is None else bearer_of(bearer)
    return Told(
        message.type,
        *texts,
        channel.channels[0] if channel is not None and len(channel.channels) == 1 else None,
        speech,
        int(cause.value) if clears and cause is not None and cause.coding == Coding.ITU else None,
        clears,
        any((*texts, speech)),
    )


class _Clearing(msgspec.Struct, gc=False):
    """How one terminal's part of a call was cleared."""

    at_ns: int
    by: str
    cause: int | None


class Growing(msgspec.Struct):
    """A call while it is up."""

    call: TracedCall
    first: int
    last: int = 0
    caller: str = ""
    called: str = ""
    keys: str = ""
    channel: int | None = None
    bearer: str = ""
    alerting_ns: int | None = None
    answer_ns: int | None = None
    end_ns: int | None = None
    taken: int | None = None
    clearings: dict[int, _Clearing] = {}
    messages: int = 0
    retransmissions: int = 0
    anomalies: list[str] = []
    unsaid: int = 0


def grow(row: Growing, told: Told, number: int, at_ns: int, end: End | None, tei: int) -> None:
    """Take one message that nothing is odd about."""
    row.last = number
    row.messages += 1
    if told.channel is not None:
        row.channel = told.channel
    kind = told.kind
    if told.clears:
        known = row.clearings.get(tei)
        if known is None:
            row.clearings[tei] = _Clearing(at_ns, "" if end is None else end._value_, told.cause)
        elif known.cause is None:
            known.cause = told.cause
        if kind == _RELEASE_COMPLETE:
            row.end_ns = at_ns
    elif kind == _ALERTING:
        row.alerting_ns = at_ns if row.alerting_ns is None else row.alerting_ns
    elif kind == _CONNECT:
        row.answer_ns = at_ns if row.answer_ns is None else row.answer_ns
    elif kind == _CONNECT_ACKNOWLEDGE and row.taken is None:
        row.taken = tei
    if told.has_texts:
        row.caller = row.caller or told.caller
        row.called += told.called
        row.keys += told.keys
        row.bearer = row.bearer or told.bearer


class CallRows:
    """The rows of one trace."""

    def __init__(self) -> None:
        self._growing: dict[int, Growing] = {}
        self._ready: list[tuple[int, CallRow]] = []

    def feed(self, frame: Decoded) -> Iterator[CallRow]:
        """Take a frame; the rows that have become ready."""
        if frame.closed:
            yield from self.close(frame.closed)
        if frame.call is not None and frame.message is not None:
            record = frame.record
            number = record.number or frame.order + 1
            told = told_of(frame.completes or frame.message)
            tei, odd = frame.layer2.tei, anomalies_of(frame)
            self.take(frame.call, told, number, record.at_ns, frame.end, tei, frame.repeated, odd)

    def begin(self, call: TracedCall, told: Told, number: int) -> Growing:
        """Take a SETUP that nothing is odd about, the first message of a call. The call's row."""
        row = self._growing[call.number] = Growing(
            call, number, number, told.caller, told.called, told.keys, told.channel, told.bearer, messages=1
        )
        return row

    def take(
        self,
        call: TracedCall,
        told: Told,
        number: int,
        at_ns: int,
        end: End | None,
        tei: int,
        repeated: bool = False,
        anomalies: tuple[str, ...] = (),
    ) -> Growing:
        """Take one message of a call: what it tells, its frame's number and time, who sent it. The call's
        row as it is now."""
        row = self._growing.get(call.number)
        if row is None:
            row = self._growing[call.number] = Growing(call, number)
        for text in anomalies:
            if len(row.anomalies) < MOST_ANOMALIES:
                row.anomalies.append(f"frame {number}: {text}")
            else:
                row.unsaid += 1
        if repeated:
            row.last = number
            row.retransmissions += 1
        else:
            grow(row, told, number, at_ns, end, tei)
        return row

    def close(self, calls: Iterable[TracedCall]) -> list[CallRow]:
        """Calls to which no message can belong any more, in the order of `Decoded.closed`; the rows that have
        become ready."""
        for call in calls:
            row = self._growing.pop(call.number, None)
            if row is not None:
                cut = AT_BEGINNING if call.setup_ns is None else ""
                heapq.heappush(self._ready, (call.number, _row(row, cut, () if call.ended else (REUSED,))))
        # The rows that wait for none, or have waited too long.
        eldest = next(iter(self._growing), None)  # calls begin to grow in the order of their numbers
        ready, found = self._ready, []
        while ready and (eldest is None or ready[0][0] < eldest or len(ready) > WAITING):
            found.append(heapq.heappop(ready)[1])
        return found

    def finish(self, calls: Iterable[TracedCall]) -> Iterator[CallRow]:
        """The trace is over: the rest, with what `Decoder.finish` gave."""
        for call in calls:
            row = self._growing.pop(call.number, None)
            if row is not None:
                cuts = (AT_BEGINNING if call.setup_ns is None else "", "" if call.ended else AT_END)
                heapq.heappush(self._ready, (call.number, _row(row, "; ".join(filter(None, cuts)), ())))
        while self._ready:
            yield heapq.heappop(self._ready)[1]


def anomalies_of(frame: Decoded) -> tuple[str, ...]:
    """What is odd or broken about a frame, without its being a repetition."""
    odd = tuple(text for text in frame.warnings if text not in frame.repetition)
    return (*odd, *frame.remarks, *(f"octet {fault.offset}: {fault.text}" for fault in frame.faults))


def _row(row: Growing, cut: str, more: tuple[str, ...]) -> CallRow:
    # Taken apart at once, which takes a third of the time of one member after another.
    (
        call, first, last, caller, called, keys, channel, bearer, alerting_ns, answer_ns, end_ns, taken,
        clearings, messages, retransmissions, anomalies, unsaid,
    ) = astuple(row)  # fmt: skip
    number, (span, slot, reference, origin, tei), setup_ns, _, ended, _ = astuple(call)
    at_ns, by, cause = None, "", None
    if clearings:
        clearing = next(iter(clearings.values())) if taken is None else clearings.get(taken)
        if clearing is not None:
            at_ns, by, cause = clearing.at_ns, clearing.by, clearing.cause
    if taken is not None:
        tei = taken
    if anomalies or more:
        more = (*anomalies, *more, f"and {unsaid} more") if unsaid else (*anomalies, *more)
    # By position, which takes half the time of names: in the order of the members.
    return CallRow(
        number,
        reference,
        "" if origin is None else origin._value_,
        span,
        slot,
        tei if 0 <= tei <= GROUP_TEI else None,
        caller,
        called or keys,
        channel,
        bearer,
        setup_ns,
        alerting_ns,
        answer_ns,
        at_ns,
        end_ns if ended else None,
        by,
        cause,
        messages,
        retransmissions,
        more,
        first,
        last,
        cut,
    )
