"""`--fields` in bulk: the bytes of `trunkbench.trace.wireshark`, for the columns that are asked for.

What a column depends on is one of four: the packet (number and time), the first four octets of the frame,
the call reference, or the rest of the message. Neighbouring columns of one kind are one piece, so that a
line is a few pieces put together. Segments, messages with a call reference that is not of two octets, and
information of other frames than I frames take the general way, in their order, since segments are collected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import cast

from trunkbench.trace.bulk.batches import Batch
from trunkbench.trace.bulk.columns import Cells, Columns
from trunkbench.trace.capture import Packet
from trunkbench.trace.wireshark.lapd import CALL_CONTROL, information, lapd_fields, sapi
from trunkbench.trace.wireshark.message import SEGMENT, MessageReader
from trunkbench.trace.wireshark.names import NUMBER, TIME
from trunkbench.trace.wireshark.packets import PacketFields, PacketTexts, epoch, frame_in, line
from trunkwire.side import Side

_NS = 1_000_000_000
_CHUNK = 2048
"""Lines that are joined at a time: what is small stays in the processor's caches."""
_MOST_HEADS = 65_536
_MOST_MESSAGES = 16_384
_BEGINS = b"\x08\x02"
"""Protocol discriminator and length of the call reference (Q.931 4.2, 4.3)."""
_REFERENCE = b"\x00\x01"
_FLAG, _VALUE = "q931.call_ref_flag", "q931.call_ref"
_KINDS = {NUMBER: "number", TIME: "time", _FLAG: "flag", _VALUE: "reference"}
"""Columns that stand for themselves; what the others depend on tells their protocol."""
_FORMS = {
    "number": ("%d", "number"),
    "time": ("%d.%09d", "second, nano"),
    "flag": ("%d", "reference >> 15"),
    "reference": ("%04x", "reference & 0x7fff"),
}
"""How a column is printed, and from what."""

Pieces = tuple[bytes, ...]
Whole = Callable[[int, int, int, Pieces, Pieces, int], bytes]
"""Number, seconds, nanoseconds, pieces of the frame's head and of the message, call reference and flag."""


class FieldsTap:
    """The frames of one kind of packet, and who sent them as far as tshark tells."""

    __slots__ = ("heads", "sender")

    def __init__(self, sender: Side | None) -> None:
        self.sender = sender
        self.heads: dict[bytes, _Head] = {}


class _Head:
    """The first six octets of a frame, or a whole shorter one: the frame's pieces, or instead, when nothing
    follows that tshark reads, the line to be completed with number and time; whether what follows is a
    message with a call reference of two octets."""

    __slots__ = ("line", "message", "pieces")

    def __init__(self, pieces: Pieces, line: bytes, message: bool) -> None:
        self.pieces = pieces
        self.line = line
        self.message = message


class _Layout:
    """The columns as groups of neighbours of one kind."""

    def __init__(self, names: Sequence[str]) -> None:
        kinds = [_KINDS.get(name) or ("frame" if name.startswith("lapd.") else "message") for name in names]
        self._groups: list[tuple[str, list[int]]] = []
        for kind, members in groupby(range(len(names)), key=kinds.__getitem__):
            indices = list(members)
            if kind in _FORMS:
                self._groups += [(kind, [index]) for index in indices]
            else:
                self._groups.append((kind, indices))

        self.stamped = [kind for kind, _ in self._groups if kind in ("number", "time")]
        """What of the packet is asked for, in the order of the columns."""
        self._spans = {
            kind: [slice(indices[0], indices[-1] + 1) for its, indices in self._groups if its == kind]
            for kind in ("frame", "message")
        }

    def pieces(self, kind: str, row: Sequence[bytes]) -> Pieces:
        """The pieces of one kind from a row with all columns."""
        return tuple([b"\t".join(row[span]) for span in self._spans[kind]])

    def whole(self) -> Whole:
        """What puts a line with a message together."""
        values = [
            _FORMS[kind][1]
            if kind in _FORMS
            else f"{kind}[{self._spans[kind].index(slice(at[0], at[-1] + 1))}]"
            for kind, at in self._groups
        ]
        forms = [_FORMS[kind][0] if kind in _FORMS else "%b" for kind, _ in self._groups]
        template = "\t".join(forms).encode() + b"\n"
        arguments = "number, second, nano, frame, message, reference"
        return cast(Whole, eval(f"lambda {arguments}: {template!r} % ({', '.join(values)},)", {}))

    def alone(self, frame: Pieces) -> bytes:
        """The line of a frame without a message, to be completed with what `stamped` says."""
        left = iter(frame)
        forms: list[bytes] = []
        for kind, indices in self._groups:
            if kind == "frame":
                forms.append(next(left).replace(b"%", b"%%"))
            elif kind in ("number", "time"):
                forms.append(_FORMS[kind][0].encode())
            else:
                forms.append(b"\t" * (len(indices) - 1))
        return b"\t".join(forms) + b"\n"


class FieldsBulk:
    """Makes the lines of the batches of one capture; `fields` is what reads its other packets."""

    def __init__(self, names: Sequence[str], fields: PacketFields) -> None:
        self._names = names
        self._fields = fields
        layout = self._layout = _Layout(names)
        self._columns = Columns(names)
        self._whole = layout.whole()
        self._usual = layout.stamped == ["number", "time"]
        self._bodies: dict[bytes, Pieces] = {}
        self._starts: dict[int, Cells] = {}

    def tap(self, packet: Packet) -> FieldsTap | None:
        """For `batches.read_batches`."""
        found = frame_in(packet)
        return None if found is None else FieldsTap(found[1])

    def lines(self, batch: Batch[FieldsTap]) -> Iterator[bytes]:
        """The lines of a batch, some at a time, each with its end."""
        out: list[bytes] = []
        add, bodies, whole, usual = out.append, self._bodies, self._whole, self._usual
        number = batch.first - 1
        columns = zip(batch.seconds, batch.nanos, batch.frames, batch.taps, strict=True)
        for second, nano, frame, tap in columns:
            number += 1
            key = frame if len(frame) <= 6 else frame[:6]
            head = tap.heads.get(key) or self._head(tap, key)
            if head.line:
                add(head.line % ((number, second, nano) if usual else self._stamp(number, second, nano)))
            elif head.message and (body := bodies.get(frame[8:]) or self._body(frame[8:])):
                add(whole(number, second, nano, head.pieces, body, frame[6] << 8 | frame[7]))
            else:
                add(self._general(number, second * _NS + nano, frame, tap))
            if len(out) == _CHUNK:
                yield b"".join(out)
                out.clear()
        yield b"".join(out)

    def pass_over(self, batch: Batch[FieldsTap]) -> None:
        """Take a batch of which the lines are made elsewhere: only segments matter to what follows."""
        number = batch.first - 1
        for frame, tap in zip(batch.frames, batch.taps, strict=True):
            number += 1
            key = frame if len(frame) <= 6 else frame[:6]
            head = tap.heads.get(key) or self._head(tap, key)
            if not head.line and not (head.message and len(frame) > 8 and frame[8] != SEGMENT):
                self._fields.lapd(frame, number, tap.sender)

    def _stamp(self, number: int, second: int, nano: int) -> tuple[int, ...]:
        """Number and time as they are asked for."""
        values = {"number": (number,), "time": (second, nano)}
        return tuple(value for kind in self._layout.stamped for value in values[kind])

    def _general(self, number: int, at_ns: int, frame: bytes, tap: FieldsTap) -> bytes:
        texts: PacketTexts = {NUMBER: [str(number)], TIME: [epoch(at_ns)]}
        for name, text in self._fields.lapd(frame, number, tap.sender):
            texts.setdefault(name, []).append(text)
        return line(texts, self._names).encode() + b"\n"

    def _head(self, tap: FieldsTap, octets: bytes) -> _Head:
        cells = self._columns.cells(lapd_fields(octets, tap.sender))
        pieces = self._layout.pieces("frame", self._columns.row([cells]))
        inside = information(octets)
        calls = len(octets) > 1 and sapi(octets) == CALL_CONTROL
        # What is shorter than six octets is whole.
        message = inside == _BEGINS and calls and len(octets) == 6
        nothing = len(octets) > 1 and (inside is None or (inside == b"" and len(octets) < 6) or not calls)
        if len(tap.heads) >= _MOST_HEADS:
            tap.heads.clear()
        head = _Head(pieces, self._layout.alone(pieces) if nothing else b"", message)
        tap.heads[octets] = head
        return head

    def _body(self, tail: bytes) -> Pieces | None:
        """The pieces of a message, from its type on, that was not met before; None for a segment, or where
        there is no type."""
        if not tail or tail[0] == SEGMENT:
            return None
        found = self._columns.message(tail, 1)
        cells = [self._start(tail[0]), *found[0]] if found is not None else [self._read(tail)]
        pieces = self._layout.pieces("message", self._columns.row(cells))
        if found is None or not found[2]:
            if len(self._bodies) >= _MOST_MESSAGES:
                self._bodies.clear()
            self._bodies[tail] = pieces
        return pieces

    def _start(self, kind: int) -> Cells:
        """What a message of this type begins with."""
        if kind not in self._starts:
            self._starts[kind] = self._read(bytes((kind,)))
        return self._starts[kind]

    def _read(self, tail: bytes) -> Cells:
        """A message as it is read in the general way."""
        return self._columns.cells(MessageReader().read(_BEGINS + _REFERENCE + tail))
