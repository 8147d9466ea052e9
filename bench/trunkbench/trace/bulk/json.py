"""`--json` in bulk: the bytes of `trunkbench.trace.objects`, put together from pieces that recur.

Layer 2 is remembered by its octets, messages by what stands behind their call reference, elements as
`elements` tells. What depends on the frames before (sender, call, sequence numbers) is asked of the decoder's
own watches, for every frame. I frames with a message of Q.931 with a call reference of two octets and whole
frames of four octets at most are taken here; every other frame is decoded in the general way.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.json import encode

from trunkbench.trace.bulk.batches import Batch, Tap, record
from trunkbench.trace.bulk.elements import Elements
from trunkbench.trace.calls import TracedCall
from trunkbench.trace.decoder import CALL_CONTROL_SAPI, Decoder
from trunkbench.trace.layer2 import BASIC, Layer2, read_layer2
from trunkbench.trace.objects import body_object, json_line, lapd_object, place_object, seconds
from trunkbench.trace.record import FrameRecord
from trunkbench.trace.sequence import SequenceWatch
from trunkbench.trace.sides import SUPERVISORY, How
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType
from trunkwire.q931.view import view
from trunkwire.side import Side

_CHUNK = 2048
"""Lines that are joined at a time: what is small stays in the processor's caches."""
_MOST_HEADS = 65_536
_MOST_MESSAGES = 16_384
_NS = 1_000_000_000
_NETWORK = Side.NETWORK
_FLAG = 1 << 15
"""The call reference flag, in front of a call reference of two octets."""
_SEGMENT = int(MessageType.SEGMENT)
_BEGINS = b"\x08\x02"
"""Protocol discriminator and length of the call reference (Q.931 4.2, 4.3)."""


class JsonTap(Tap):
    """The frames of one kind of packet."""

    __slots__ = ("channel", "heads", "place", "sides")

    def __init__(self, pattern: FrameRecord, decoder: Decoder) -> None:
        super().__init__(pattern)
        self.channel = (self.span, self.slot)
        self.sides = decoder.sides(self.channel)
        self.place = encode(place_object(pattern))[1:-1] + b","
        self.heads: dict[bytes, _Head] = {}


@dataclass(slots=True)
class _Head:
    """The first four octets of an I frame, or a whole shorter frame."""

    layer2: Layer2
    address: tuple[int, int, int]
    n_s: int
    sequence: SequenceWatch
    lapd: bytes
    usable: bool
    carries: bool
    """Whether the frame has a layer 3 that is call control."""
    fixed: bool
    """Whether the sender is the same for each of these frames."""
    sender: Side | None = None
    how: How | None = None
    told: bytes = b""
    """From the place to layer 2 as JSON, for `sender` and `how`."""
    line: bytes = b""
    """A frame without information from its place to its end, where nothing else can be said of it."""


@dataclass(frozen=True, slots=True)
class _Body:
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
        number = batch.first - 1
        columns = zip(batch.seconds, batch.nanos, batch.frames, batch.taps, strict=True)
        for second, nano, frame, tap in columns:
            number += 1
            key = frame if len(frame) <= 4 else frame[:4]
            head = tap.heads.get(key) or self._head(tap, key)
            if special:
                add(self._general(batch, number))
                special = decoder.special
            elif key is frame and head.usable:
                if head.line:
                    add(b'{"n":%d,"t":"%d.%09d",%b' % (number, second, nano, head.line))
                else:
                    add(self._short(tap, head, number, second, nano, frame))
            elif head.carries and frame[4:6] == _BEGINS and len(frame) > 8 and frame[8] != _SEGMENT:
                add(self._message(tap, head, number, second, nano, frame))
            else:
                add(self._general(batch, number))
                special = decoder.special
            if len(out) == _CHUNK:
                yield b"".join(out)
                out.clear()
        yield b"".join(out)

    def _general(self, batch: Batch[JsonTap], number: int) -> bytes:
        return json_line(self._decoder.decode(record(batch, number - batch.first))) + b"\n"

    def _head(self, tap: JsonTap, octets: bytes) -> _Head:
        layer2 = read_layer2(octets)
        address = (layer2.sapi, layer2.c_r, layer2.tei)
        sequence = self._decoder.sequence((*tap.channel, layer2.sapi, layer2.tei))
        usable = bool(layer2.kind) and not layer2.faults and not layer2.information
        usable = usable and layer2.modulus != BASIC
        carries = usable and layer2.kind == "I" and layer2.sapi == CALL_CONTROL_SAPI
        lapd = b""
        if usable:
            decoded = Decoder().decode(FrameRecord(0, tap.direction, octets))
            lapd = b',"lapd":%b,"q931":' % encode(lapd_object(decoded))
        fixed = tap.sides.fixed(layer2.kind, address, layer2.p_f, tap.direction, tap.side)
        if len(tap.heads) >= _MOST_HEADS:
            tap.heads.clear()
        head = _Head(layer2, address, layer2.n_s, sequence, lapd, usable, carries, fixed)
        tap.heads[octets] = head
        if usable and fixed:
            self._sender(tap, head)
            if layer2.kind in SUPERVISORY:
                head.line = self._rest(head, octets, "")
        return head

    def _sender(self, tap: JsonTap, head: _Head) -> Side | None:
        """Who sent a frame; the decoder's watch learns of it."""
        layer2 = head.layer2
        sender, how = tap.sides.sender(layer2.kind, head.address, layer2.p_f, tap.direction, tap.side)
        if sender is not head.sender or how is not head.how:
            head.sender, head.how = sender, how
            side = {"sender": None if sender is None else sender.value, "sender_is": how.value}
            head.told = tap.place + encode(side)[1:-1] + head.lapd
        return sender

    def _rest(self, head: _Head, frame: bytes, odd: str) -> bytes:
        """The line of a frame without information from its place on."""
        warnings = encode([odd]) if odd else b"[]"
        return (
            b'%bnull,"faults":[],"remarks":[],"call":null,"since_setup":null,"warnings":%b,"octets":"%b"}\n'
        ) % (head.told, warnings, hexlify(frame))

    def _short(self, tap: JsonTap, head: _Head, number: int, second: int, nano: int, frame: bytes) -> bytes:
        """The line of a frame without information."""
        sender = self._sender(tap, head)
        odd = "" if sender is None else head.sequence.follow(head.layer2, sender)
        return b'{"n":%d,"t":"%d.%09d",%b' % (number, second, nano, self._rest(head, frame, odd))

    def _message(self, tap: JsonTap, head: _Head, number: int, second: int, nano: int, frame: bytes) -> bytes:
        """The line of an I frame with a message."""
        sender = head.sender if head.fixed else self._sender(tap, head)
        assert sender is not None  # I frames are commands (Q.921 3.6.1)
        octets, tail = frame[4:], frame[8:]
        odd = head.sequence.numbered(head.n_s, octets, sender)
        told = 1 if sender is _NETWORK else 2
        body = self._bodies[told].get(tail) or self._body(tail, sender, told)
        reference = frame[6] << 8 | frame[7]
        flag = reference >= _FLAG
        if flag:
            reference -= _FLAG
        at_ns = second * _NS + nano
        calls = self._calls
        message = Message(reference, body.type, (), flag)
        call, strange = calls.follow(message, octets, tap.channel, sender, at_ns, head.address[2])
        if calls.closed:
            calls.closed.clear()
        warnings = encode([text for text in (odd, strange) if text]) if odd or strange else b"[]"
        place = b'"call":null,"since_setup":null' if call is None else _place(call, at_ns)
        return (
            b'{"n":%d,"t":"%d.%09d",%b{"discriminator":8,"reference_length":2,'
            b'"to_originator":%b,"reference":%d,%b,%b,"warnings":%b,"octets":"%b"}\n'
        ) % (
            number,
            second,
            nano,
            head.told,
            b"true" if flag else b"false",
            reference,
            body.text,
            place,
            warnings,
            hexlify(frame),
        )

    def _body(self, tail: bytes, sender: Side, told: int) -> _Body:
        """A message from its type on, that was not met before."""
        kind = tail[0]
        found = self._elements.message(tail, 1)
        clean = self._clean[told]
        octets = _BEGINS + b"\x00\x01" + tail
        if found is not None and (kind, found[1]) in clean:
            name = MessageType(kind).title.encode()
            text = b'"type":%d,"message":"%b","ies":[%b]},"faults":[],"remarks":[]' % (kind, name, found[0])
            body = _Body(kind, text)
        else:
            message, faults, remarks = self._decoder.read(octets, sender, 4)
            if found is not None and not faults and not remarks and kind in set(MessageType):
                if len(clean) >= _MOST_MESSAGES:
                    clean.clear()
                clean.add((kind, found[1]))
            broken = encode([{"at": fault.offset, "what": fault.text} for fault in faults])
            whole = encode(body_object(view(octets)))[1:]
            text = b'%b,"faults":%b,"remarks":%b' % (whole, broken, encode(list(remarks)))
            body = _Body(message.type, text)
        if found is None or not found[2]:
            bodies = self._bodies[told]
            if len(bodies) >= _MOST_MESSAGES:
                bodies.clear()
            bodies[tail] = body
        return body


def _place(call: TracedCall, at_ns: int) -> bytes:
    """Which call it is, and how long ago it began."""
    if call.setup_ns is None:
        return b'"call":%d,"since_setup":null' % call.number
    since = at_ns - call.setup_ns
    if since < 0:
        return b'"call":%d,"since_setup":"%b"' % (call.number, seconds(since).encode())
    return b'"call":%d,"since_setup":"%d.%09d"' % (call.number, since // _NS, since % _NS)
