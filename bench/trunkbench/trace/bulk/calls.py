"""`--calls` in bulk: the rows of `trunkbench.trace.callrows`, from what each message tells for a row.

Supervisory frames tell nothing and are passed over; of a message what stands behind its call reference is
remembered, if it carries no digits and no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trunkbench.trace.bulk.batches import Batch, Taken, record
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
from trunkbench.trace.bulk.parts import Parts, Shapes
from trunkbench.trace.callrows import CallRow, CallRows, Growing, Told, grow, told_of
from trunkbench.trace.calls import SAME_SETUP, TracedCall
from trunkbench.trace.decoder import Decoded, Decoder
from trunkbench.trace.layer2 import MODULUS
from trunkbench.trace.record import FrameRecord
from trunkbench.trace.sequence import AGAIN, Sent
from trunkbench.trace.sides import SUPERVISORY
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side

_NETWORK = Side.NETWORK
_SETUP, _RELEASE_COMPLETE = int(MessageType.SETUP), int(MessageType.RELEASE_COMPLETE)


Table = dict[bytes, Growing]
"""The rows of calls by the octets of the call reference, with its flag as one side sends it."""
Usual = tuple[Sent, int, int, Table, dict[bytes, Told], Shapes, int, Side]
"""What a usual frame is followed with: what its sender has sent, its N(S), the next, the rows of the link's
calls, what messages of this sender tell, and those with digits, TEI, sender."""
Body = tuple[Told, tuple[str, ...]]
"""A message from its type on, sent by one side: what it tells, and what is wrong with it by itself."""


class CallsTap(FollowedTap):
    """The frames of one kind of packet."""

    __slots__ = ("heads", "sent", "usual")

    def __init__(self, pattern: FrameRecord, decoder: Decoder) -> None:
        super().__init__(pattern, decoder)
        self.heads: dict[bytes, tuple[Head, bool, bool]] = {}
        """By the first six octets; with each whether a frame of four of them at most can be passed over, and
        whether a message with a call reference of two octets begins."""
        self.usual: dict[bytes, Usual] = {}
        """By the first four octets of frames with messages that were met before."""
        self.sent: dict[bytes, Usual] = {}
        """The same by the first three octets, whatever the N(R)."""


class CallsBulk:
    """Makes the rows of one trace. The decoder is the one that has the other frames."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._idle: set[object] = set()
        self._rows = CallRows()
        self._ready: list[CallRow] = []
        self._bodies: tuple[dict[bytes, Body], dict[bytes, Body]] = ({}, {})
        """By who sent: the user, the network."""
        self._told: tuple[dict[bytes, Told], dict[bytes, Told]] = ({}, {})
        """What those of the bodies tell that nothing is wrong with."""
        self._tables: dict[tuple[str, int, int], tuple[Table, Table]] = {}
        """The rows of the calls of each data link: as the user, as the network sends their references."""
        self._parts = Parts()
        self._shapes = (Shapes(self._parts), Shapes(self._parts))
        self._clean: tuple[set[tuple[int, bytes]], set[tuple[int, bytes]]] = (set(), set())
        """Message types with the identifiers of elements that are right there."""

    def tap(self, pattern: FrameRecord) -> CallsTap:
        """For `batches.read_frames`."""
        return CallsTap(pattern, self._decoder)

    def feed(self, frame: Decoded) -> Iterator[CallRow]:
        """Take a frame that the decoder has read; the rows that have become ready."""
        if self._decoder.special:
            self._idle.clear()  # what was passed over has to be looked at now, too
        self._forget(frame.closed)
        return self._rows.feed(frame)

    def finish(self) -> Iterator[CallRow]:
        """The trace is over: the rest of the rows."""
        return self._rows.finish(self._decoder.finish())

    def rows(self, batch: Batch[CallsTap]) -> list[CallRow]:
        """The rows that become ready with a batch."""
        calls, setup, release_complete = self._decoder.calls, _SETUP, _RELEASE_COMPLETE
        special, due = self._decoder.special, calls.due_ns
        window, unit, self._idle = batch.window, batch.unit, batch.idle
        before: CallsTap | None = None
        last_second = since = 0
        find = dict[bytes, Usual]().get
        for packet in batch.packets:
            number, second, fraction, size, head, begins, reference, end, tap = packet
            if tap is not before:
                before, find = tap, tap.usual.get
            usual = find(head) if size > 8 and begins == BEGINS and not special else None
            if usual is None:
                self._unusual(batch, packet)
                special, due = self._decoder.special, calls.due_ns
                continue
            sent, n_s, following, table, tells, shapes, tei, sender = usual
            information = window[end - size + 4 : end]
            tail = information[4:]
            told = tells.get(tail) or shapes.told(tail)
            if told is None or sent.due != n_s:
                self._unusual(batch, packet)
                special, due = self._decoder.special, calls.due_ns
                continue
            if second != last_second:
                last_second, since = second, second * NS
            at_ns = since + fraction * unit
            if at_ns > due:
                calls.expire(at_ns)
                self._close()
                due = calls.due_ns
            row = table.get(reference)
            kind = told.kind
            if row is None or kind == setup:
                if row is not None or not self._begin(tap, usual, told, number, at_ns, information):
                    self._unusual(batch, packet)
                    special, due = self._decoder.special, calls.due_ns
                continue
            sent.frames[n_s] = information
            sent.due = following
            grow(row, told, number, at_ns, sender, tei)
            if kind == release_complete:
                calls.end(row.call, at_ns)
                due = calls.due_ns
        ready, self._ready = self._ready, []
        return ready

    def _unusual(self, batch: Batch[CallsTap], packet: Taken[CallsTap]) -> None:
        """Any frame; rows that become ready by it go to `_ready`."""
        frame, tap = batch.frame(packet), packet[8]
        head, idle, begins = tap.heads.get(frame[:6]) or self._head(tap, frame[:6])
        if self._decoder.special:
            self._ready += self.feed(self._decoder.decode(record(batch, packet)))
        elif idle and len(frame) <= 4:
            head.sequence.modulus = MODULUS  # which a supervisory frame tells
            batch.ignore(packet)
        elif begins and len(frame) > 8 and frame[8] != SEGMENT:
            self._message(tap, head, packet[0], batch.at_ns(packet), frame)
        else:
            self._ready += self.feed(self._decoder.decode(record(batch, packet)))

    def _head(self, tap: CallsTap, octets: bytes) -> tuple[Head, bool, bool]:
        head = read_head(self._decoder, tap, octets[:4])
        if len(tap.heads) >= MOST_HEADS:
            tap.heads.clear()
            tap.usual.clear()
            tap.sent.clear()
        idle = head.usable and head.layer2.kind in SUPERVISORY and not head.layer2.p_f
        known = tap.heads[octets] = (head, idle, head.carries and octets[4:] == BEGINS)
        return known

    def _tables_of(self, tap: CallsTap, tei: int) -> tuple[Table, Table]:
        return self._tables.setdefault((*tap.channel, tei), ({}, {}))

    def _becomes_usual(self, tap: CallsTap, head: Head, octets: bytes, sender: Side) -> None:
        """Frames that begin like this one, which was followed, are followed at once from now on."""
        sent, n_s, tei, side = head.sequence.sent(sender), head.n_s, head.address[2], sender is _NETWORK
        table, told = self._tables_of(tap, tei)[side], self._told[side]
        usual = (sent, n_s, (n_s + 1) % MODULUS, table, told, self._shapes[side], tei, sender)
        tap.usual[octets] = tap.sent.setdefault(octets[:3], usual)

    def _message(self, tap: CallsTap, head: Head, number: int, at_ns: int, frame: bytes) -> None:
        """Take an I frame with a message; rows that become ready by it go to `_ready`."""
        sender = head.sender if head.fixed else head.follow(tap)
        assert sender is not None  # I frames are commands (Q.921 3.6.1)
        octets, tail = frame[4:], frame[8:]
        odd = head.sequence.numbered(head.n_s, octets, sender)
        if head.certain and frame[:4] not in tap.usual:
            self._becomes_usual(tap, head, frame[:4], sender)
        tells, anomalies = self._bodies[sender is _NETWORK].get(tail) or self._body(tail, sender)
        reference = frame[6] << 8 | frame[7]
        flag = reference >= FLAG
        calls, tei = self._decoder.calls, head.address[2]
        message = Message(reference - FLAG if flag else reference, tells.kind, (), flag)
        call, strange = calls.follow(message, octets, tap.channel, sender, at_ns, tei)
        if calls.closed:
            self._close()
        if call is None:
            return
        repeated = False
        if odd or strange:
            repeated = odd.endswith(AGAIN) or strange == SAME_SETUP
            told = ("" if odd.endswith(AGAIN) else odd, "" if strange == SAME_SETUP else strange)
            anomalies = (*filter(None, told), *anomalies)
        row = self._rows.take(call, tells, number, at_ns, sender, tei, repeated, anomalies)
        if call.key[4] == tei:  # not one terminal of several
            self._enter(self._tables_of(tap, tei), row, frame[6:8], sender)

    def _begin(
        self, tap: CallsTap, usual: Usual, told: Told, number: int, at_ns: int, information: bytes
    ) -> bool:
        """Take the SETUP of a new call, whose N(S) was due; False if it is not certain to be one."""
        sent, n_s, following, _, _, _, tei, sender = usual
        reference = information[2] << 8 | information[3]
        if told.kind != _SETUP or not 0 < reference < FLAG:
            return False
        key = (*tap.channel, reference, sender, tei)
        call = self._decoder.calls.begin(key, information, at_ns)
        if call is None:
            return False
        sent.frames[n_s] = call.setup
        sent.due = following
        self._enter(self._tables_of(tap, tei), self._rows.begin(call, told, number), information[2:4], sender)
        return True

    def _enter(self, tables: tuple[Table, Table], row: Growing, reference: bytes, sender: Side) -> None:
        """Find a call's row by its reference from now on, as its message has it and as the other side's."""
        side = sender is _NETWORK
        tables[side][reference] = tables[not side][bytes((reference[0] ^ 0x80, reference[1]))] = row

    def _close(self) -> None:
        """Rows of calls that have been closed."""
        closed = self._decoder.calls.closed
        self._forget(closed)
        self._ready += self._rows.close(closed)
        closed.clear()

    def _forget(self, closed: Iterable[TracedCall]) -> None:
        """No message can belong to these calls any more."""
        for call in closed:
            span, slot, reference, allocator, tei = call.key
            tables = self._tables.get((span, slot, tei))
            if tables is not None and reference < FLAG:
                user, network = tables
                flag = 0 if allocator is _NETWORK else FLAG
                network.pop((reference | flag).to_bytes(2, "big"), None)
                user.pop((reference | FLAG ^ flag).to_bytes(2, "big"), None)

    def _body(self, tail: bytes, sender: Side) -> Body:
        """A message from its type on, that was not met before."""
        kind, side = tail[0], sender is _NETWORK
        known = self._shapes[side].told(tail)
        if known is not None:
            return known, ()
        found = self._parts.message(tail, 1)
        if found is not None and (kind, found[1]) in self._clean[side]:
            body: Body = (self._parts.told(kind, found[0]), ())
            if found[2]:
                self._shapes[side].learn(tail, body[0])
        else:
            message, faults, remarks = self._decoder.read(HEADER + tail, sender, 4)
            wrong = (*remarks, *(f"octet {fault.offset}: {fault.text}" for fault in faults))
            body = (told_of(message), wrong)
            if found is not None and not wrong:
                if len(self._clean[side]) >= MOST_MESSAGES:
                    self._clean[side].clear()
                self._clean[side].add((kind, found[1]))
        if found is None or not found[2]:
            bodies = self._bodies[side]
            if len(bodies) >= MOST_MESSAGES:
                bodies.clear()
                self._told[side].clear()
            bodies[tail] = body
            if not body[1]:
                self._told[side][tail] = body[0]
        return body
