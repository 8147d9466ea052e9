"""`--json` in bulk: the bytes of `trunkbench.trace.objects`, put together from pieces that recur.

Layer 2 is remembered by its octets, messages by what stands behind their call reference, elements as
`elements` tells. What depends on the frames before (sender, call, sequence numbers) is asked of the decoder's
own watches, for every frame. I frames with a message of Q.931 with a call reference of two octets and whole
frames of four octets at most are taken here; every other frame is decoded in the general way.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Iterator

import msgspec
from msgspec.json import encode

from trunkbench.trace.bulk.batches import Batch, Taken, record
from trunkbench.trace.bulk.elements import Elements
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
from trunkbench.trace.calls import TracedCall
from trunkbench.trace.decoder import Decoder
from trunkbench.trace.layer2 import MODULUS
from trunkbench.trace.objects import body_object, json_line, lapd_object, place_object, seconds
from trunkbench.trace.record import UNTIMED, FrameRecord
from trunkbench.trace.sides import SUPERVISORY, How
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType
from trunkwire.q931.view import view
from trunkwire.side import Side

_CHUNK = 2048
"""Lines that are joined at a time: what is small stays in the processor's caches."""
_NETWORK = Side.NETWORK


class JsonTap(FollowedTap):
    """The frames of one kind of packet."""

    __slots__ = ("heads", "place")

    def __init__(self, pattern: FrameRecord, decoder: Decoder) -> None:
        super().__init__(pattern, decoder)
        self.place = encode(place_object(pattern))[1:-1] + b","
        self.heads: dict[bytes, _JsonHead] = {}


class _JsonHead(msgspec.Struct, eq=False):
    """A head, and what is told of frames that begin so."""

    head: Head
    lapd: bytes
    sender: Side | None = None
    how: How | None = None
    told: bytes = b""
    """From the place to layer 2, for `sender` and `how`."""
    line: bytes = b""
    """A frame without information from its place to its end, where nothing else can be said of it."""


class _Body(msgspec.Struct, frozen=True, eq=False):
    """A message from its type on, sent by one side, with its faults and remarks."""

    type: int
    text: bytes


class JsonBulk:
    """Makes the lines of the batches of one trace. The decoder is the one that has the other frames."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._calls = decoder.calls
        self._elements = Elements()
        self._bodies: tuple[dict[bytes, _Body], ...] = ({}, {}, {})
        """By who sent: nobody knows, the network, the user."""
        self._clean: tuple[set[tuple[int, bytes]], ...] = (set(), set(), set())
        """Message types with the identifiers of elements that are right there."""

    def tap(self, pattern: FrameRecord) -> JsonTap:
        """For `batches.read_frames`."""
        return JsonTap(pattern, self._decoder)

    def lines(self, batch: Batch[JsonTap]) -> Iterator[bytes]:
        """The lines of a batch, some at a time, each with its end."""
        decoder = self._decoder
        special = decoder.special
        out: list[bytes] = []
        add = out.append
        for packet, second, nano, frame, tap in batch.frames():
            number = packet[0]
            key = frame if len(frame) <= 4 else frame[:4]
            known = tap.heads.get(key) or self._head(tap, key)
            if special:
                add(self._general(batch, packet))
                special = decoder.special
            elif known.line and key is frame:
                add(b'{"n":%d,"t":"%d.%09d",%b' % (number, second, nano, known.line))
            elif known.head.carries and frame[4:6] == BEGINS and len(frame) > 8 and frame[8] != SEGMENT:
                add(self._message(tap, known, number, second, nano, frame))
            elif known.head.usable and key is frame:
                add(self._short(tap, known, number, second, nano, frame))
            else:
                add(self._general(batch, packet))
                special = decoder.special
            if len(out) == _CHUNK:
                yield b"".join(out)
                out.clear()
        yield b"".join(out)

    def _general(self, batch: Batch[JsonTap], packet: Taken[JsonTap]) -> bytes:
        return json_line(self._decoder.decode(record(batch, packet))) + b"\n"

    def _head(self, tap: JsonTap, octets: bytes) -> _JsonHead:
        head = read_head(self._decoder, tap, octets)
        lapd = b""
        if head.usable:
            decoded = Decoder().decode(FrameRecord(0, tap.direction, octets))
            lapd = b',"lapd":%b,"q931":' % encode(lapd_object(decoded))
        if len(tap.heads) >= MOST_HEADS:
            tap.heads.clear()
        known = tap.heads[octets] = _JsonHead(head, lapd)
        if head.usable and head.fixed:
            self._tell(tap, known)
            if head.layer2.kind in SUPERVISORY:
                head.sequence.modulus = MODULUS  # which a supervisory frame tells
                known.line = self._rest(known, octets, "")
        return known

    def _sender(self, tap: JsonTap, known: _JsonHead) -> Side | None:
        """Who sent a frame."""
        head = known.head
        sender = head.follow(tap)
        if sender is not known.sender or head.how is not known.how:
            self._tell(tap, known)
        return sender

    def _tell(self, tap: JsonTap, known: _JsonHead) -> None:
        """Put together what is told of the sender that is known now."""
        known.sender, known.how = known.head.sender, known.head.how
        side = {
            "sender": None if known.sender is None else known.sender.value,
            "sender_is": "" if known.how is None else known.how.value,
        }
        known.told = tap.place + encode(side)[1:-1] + known.lapd

    def _rest(self, known: _JsonHead, frame: bytes, odd: str) -> bytes:
        """The line of a frame without information from its place on."""
        warnings = encode([odd]) if odd else b"[]"
        return (
            b'%bnull,"faults":[],"remarks":[],"call":null,"since_setup":null,"warnings":%b,"octets":"%b"}\n'
        ) % (known.told, warnings, hexlify(frame))

    def _short(
        self, tap: JsonTap, known: _JsonHead, number: int, second: int, nano: int, frame: bytes
    ) -> bytes:
        """The line of a frame without information."""
        sender = self._sender(tap, known)
        odd = "" if sender is None else known.head.sequence.follow(known.head.layer2, sender)
        return b'{"n":%d,"t":"%d.%09d",%b' % (number, second, nano, self._rest(known, frame, odd))

    def _message(
        self, tap: JsonTap, known: _JsonHead, number: int, second: int, nano: int, frame: bytes
    ) -> bytes:
        """The line of an I frame with a message."""
        head = known.head
        sender = head.sender if head.fixed else self._sender(tap, known)
        assert sender is not None  # I frames are commands (Q.921 3.6.1)
        call, odd, strange = self._follow(tap, head, second * NS + nano, frame, sender)
        tail = frame[8:]
        told = 1 if sender is _NETWORK else 2
        body = self._bodies[told].get(tail) or self._body(tail, sender, told)
        reference = frame[6] << 8 | frame[7]
        flag = reference >= FLAG
        if flag:
            reference -= FLAG
        warnings = encode([text for text in (odd, strange) if text]) if odd or strange else b"[]"
        place = b'"call":null,"since_setup":null' if call is None else _place(call, second * NS + nano)
        return (
            b'{"n":%d,"t":"%d.%09d",%b{"discriminator":8,"reference_length":2,'
            b'"to_originator":%b,"reference":%d,%b,%b,"warnings":%b,"octets":"%b"}\n'
        ) % (
            number,
            second,
            nano,
            known.told,
            b"true" if flag else b"false",
            reference,
            body.text,
            place,
            warnings,
            hexlify(frame),
        )

    def _follow(
        self, tap: JsonTap, head: Head, at_ns: int, frame: bytes, sender: Side
    ) -> tuple[TracedCall | None, str, str]:
        """The call of an I frame with a message, and what is odd about the frame and about the message."""
        octets = frame[4:]
        odd = head.sequence.numbered(head.n_s, octets, sender)
        reference = frame[6] << 8 | frame[7]
        flag = reference >= FLAG
        message = Message(reference - FLAG if flag else reference, frame[8], (), flag)
        calls = self._calls
        call, strange = calls.follow(message, octets, tap.channel, sender, at_ns, head.address[2])
        if calls.closed:
            calls.closed.clear()
        return call, odd, strange

    def pass_over(self, batch: Batch[JsonTap]) -> None:
        """Take a batch of which the lines are made elsewhere: follow what later frames depend on."""
        decoder = self._decoder
        special = decoder.special
        for packet, second, nano, frame, tap in batch.frames():
            key = frame if len(frame) <= 4 else frame[:4]
            known = tap.heads.get(key) or self._head(tap, key)
            head = known.head
            if known.line and key is frame and not special:
                continue
            if special or not (head.usable and (key is frame or head.carries)):
                decoder.decode(record(batch, packet))
                special = decoder.special
            elif key is frame:
                sender = self._sender(tap, known)
                if sender is not None:
                    head.sequence.follow(head.layer2, sender)
            elif frame[4:6] == BEGINS and len(frame) > 8 and frame[8] != SEGMENT:
                sender = head.sender if head.fixed else self._sender(tap, known)
                assert sender is not None  # I frames are commands (Q.921 3.6.1)
                self._follow(tap, head, second * NS + nano, frame, sender)
            else:
                decoder.decode(record(batch, packet))
                special = decoder.special

    def _body(self, tail: bytes, sender: Side, told: int) -> _Body:
        """A message from its type on, that was not met before."""
        kind = tail[0]
        found = self._elements.message(tail, 1)
        clean = self._clean[told]
        octets = HEADER + tail
        if found is not None and (kind, found[1]) in clean:
            name, ies = MessageType(kind).title.encode(), b",".join(found[0])
            text = b'"type":%d,"message":"%b","ies":[%b]},"faults":[],"remarks":[]' % (kind, name, ies)
            body = _Body(kind, text)
        else:
            message, faults, remarks = self._decoder.read(octets, sender, 4)
            if found is not None and not faults and not remarks and kind in set(MessageType):
                if len(clean) >= MOST_MESSAGES:
                    clean.clear()
                clean.add((kind, found[1]))
            broken = encode([{"at": fault.offset, "what": fault.text} for fault in faults])
            whole = encode(body_object(view(octets)))[1:]
            text = b'%b,"faults":%b,"remarks":%b' % (whole, broken, encode(list(remarks)))
            body = _Body(message.type, text)
        if found is None or not found[2]:
            bodies = self._bodies[told]
            if len(bodies) >= MOST_MESSAGES:
                bodies.clear()
            bodies[tail] = body
        return body


def _place(call: TracedCall, at_ns: int) -> bytes:
    """Which call it is, and how long ago it began."""
    if call.setup_ns is None or call.setup_ns == UNTIMED:
        return b'"call":%d,"since_setup":null' % call.number
    since = at_ns - call.setup_ns
    if since < 0:
        return b'"call":%d,"since_setup":"%b"' % (call.number, seconds(since).encode())
    return b'"call":%d,"since_setup":"%d.%09d"' % (call.number, since // NS, since % NS)
