"""`--calls` in bulk: the rows of `trunkbench.trace.callrows`, from what each message tells for a row.

Supervisory frames tell nothing and are passed over; of a message what stands behind its call reference is
remembered, if it carries no digits and no text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trunkbench.trace.bulk.batches import Batch, record
from trunkbench.trace.bulk.heads import (
    BEGINS,
    FLAG,
    HEADER,
    MOST_HEADS,
    MOST_MESSAGES,
    NS,
    SEGMENT,
    FollowedTap,
    Head,
    read_head,
)
from trunkbench.trace.bulk.parts import Parts
from trunkbench.trace.callrows import CallRow, CallRows, Told, told_of
from trunkbench.trace.calls import SAME_SETUP
from trunkbench.trace.decoder import Decoded, Decoder
from trunkbench.trace.record import FrameRecord
from trunkbench.trace.sequence import AGAIN
from trunkbench.trace.sides import SUPERVISORY
from trunkwire.q931.message import Message
from trunkwire.side import Side

_NETWORK = Side.NETWORK


class CallsTap(FollowedTap):
    """The frames of one kind of packet."""

    __slots__ = ("heads",)

    def __init__(self, pattern: FrameRecord, decoder: Decoder) -> None:
        super().__init__(pattern, decoder)
        self.heads: dict[bytes, tuple[Head, bool, bool]] = {}
        """By the first six octets; with each whether a frame of four of them at most can be passed over, and
        whether a message with a call reference of two octets begins."""


@dataclass(frozen=True, slots=True)
class _Body:
    """A message from its type on, sent by one side: what it tells, and what is wrong with it by itself."""

    told: Told
    anomalies: tuple[str, ...]


class CallsBulk:
    """Makes the rows of one trace. The decoder is the one that has the other frames."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._rows = CallRows()
        self._ready: list[CallRow] = []
        self._bodies: tuple[dict[bytes, _Body], dict[bytes, _Body]] = ({}, {})
        """By who sent: the user, the network."""
        self._parts = Parts()
        self._clean: tuple[set[tuple[int, bytes]], set[tuple[int, bytes]]] = (set(), set())
        """Message types with the identifiers of elements that are right there."""

    def tap(self, pattern: FrameRecord) -> CallsTap:
        """For `batches.read_frames`."""
        return CallsTap(pattern, self._decoder)

    def feed(self, frame: Decoded) -> Iterator[CallRow]:
        """Take a frame that the decoder has read; the rows that have become ready."""
        return self._rows.feed(frame)

    def finish(self) -> Iterator[CallRow]:
        """The trace is over: the rest of the rows."""
        return self._rows.finish(self._decoder.finish())

    def rows(self, batch: Batch[CallsTap]) -> Iterator[CallRow]:
        """The rows that become ready with a batch."""
        decoder = self._decoder
        special = decoder.special
        number = batch.first - 1
        columns = zip(batch.seconds, batch.nanos, batch.frames, batch.taps, strict=True)
        for second, nano, frame, tap in columns:
            number += 1
            head, idle, begins = tap.heads.get(frame[:6]) or self._head(tap, frame[:6])
            if idle and not special and len(frame) <= 4:
                continue
            if begins and not special and len(frame) > 8 and frame[8] != SEGMENT:
                self._message(tap, head, number, second * NS + nano, frame)
                if self._ready:
                    yield from self._ready
                    self._ready.clear()
            else:
                yield from self.feed(decoder.decode(record(batch, number - batch.first)))
                special = decoder.special

    def _head(self, tap: CallsTap, octets: bytes) -> tuple[Head, bool, bool]:
        head = read_head(self._decoder, tap, octets[:4])
        if len(tap.heads) >= MOST_HEADS:
            tap.heads.clear()
        idle = head.usable and head.fixed and head.layer2.kind in SUPERVISORY
        known = tap.heads[octets] = (head, idle, head.carries and octets[4:] == BEGINS)
        return known

    def _message(self, tap: CallsTap, head: Head, number: int, at_ns: int, frame: bytes) -> None:
        """Take an I frame with a message; rows that become ready by it go to `_ready`."""
        sender = head.sender if head.fixed else head.follow(tap)
        assert sender is not None  # I frames are commands (Q.921 3.6.1)
        octets, tail = frame[4:], frame[8:]
        odd = head.sequence.numbered(head.n_s, octets, sender)
        body = self._bodies[sender is _NETWORK].get(tail) or self._body(tail, sender)
        reference = frame[6] << 8 | frame[7]
        flag = reference >= FLAG
        calls, tei = self._decoder.calls, head.address[2]
        message = Message(reference - FLAG if flag else reference, body.told.kind, (), flag)
        call, strange = calls.follow(message, octets, tap.channel, sender, at_ns, tei)
        if calls.closed:
            self._ready += self._rows.close(calls.closed)
            calls.closed.clear()
        if call is None:
            return
        anomalies, repeated = body.anomalies, False
        if odd or strange:
            repeated = odd.endswith(AGAIN) or strange == SAME_SETUP
            told = ("" if odd.endswith(AGAIN) else odd, "" if strange == SAME_SETUP else strange)
            anomalies = (*filter(None, told), *anomalies)
        self._rows.take(call, body.told, number, at_ns, sender, tei, repeated, anomalies)

    def _body(self, tail: bytes, sender: Side) -> _Body:
        """A message from its type on, that was not met before."""
        kind, side = tail[0], sender is _NETWORK
        found = self._parts.message(tail, 1)
        if found is not None and (kind, found[1]) in self._clean[side]:
            body = _Body(self._parts.told(kind, found[0]), ())
        else:
            message, faults, remarks = self._decoder.read(HEADER + tail, sender, 4)
            wrong = (*remarks, *(f"octet {fault.offset}: {fault.text}" for fault in faults))
            body = _Body(told_of(message), wrong)
            if found is not None and not wrong:
                if len(self._clean[side]) >= MOST_MESSAGES:
                    self._clean[side].clear()
                self._clean[side].add((kind, found[1]))
        if found is None or not found[2]:
            bodies = self._bodies[side]
            if len(bodies) >= MOST_MESSAGES:
                bodies.clear()
            bodies[tail] = body
        return body
