"""`--fields` in bulk: the bytes of `trunkbench.trace.wireshark`, for the columns that are asked for.

What a column depends on is one of four: the packet (number and time), the first four octets of the frame,
the call reference, or the rest of the message. Neighbouring columns of one kind are one piece, with the tabs
around them, so that a line is a few pieces put together. Segments, messages with a call reference that is not
of two octets, and information of other frames than I frames take the general way, in their order, since
segments are collected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import cast

from trunkbench.trace.bulk.batches import Batch, Taken
from trunkbench.trace.bulk.columns import MARK, Cells, Columns
from trunkbench.trace.bulk.memory import shape
from trunkbench.trace.capture import Packet
from trunkbench.trace.wireshark.lapd import CALL_CONTROL, information, lapd_fields, sapi
from trunkbench.trace.wireshark.message import SEGMENT, MessageReader
from trunkbench.trace.wireshark.names import NUMBER, TIME
from trunkbench.trace.wireshark.packets import PacketFields, PacketTexts, epoch, frame_in, line
from trunkwire.side import Side

_MOST_HEADS = 65_536
_MOST_MESSAGES = 16_384
_BEGINS = b"\x08\x02"
"""Protocol discriminator and length of the call reference (Q.931 4.2, 4.3)."""
_REFERENCE = b"\x00\x01"
_KINDS = {NUMBER: "number", TIME: "time", "q931.call_ref_flag": "flag", "q931.call_ref": "reference"}
"""Columns that stand for themselves; what the others depend on tells their protocol."""
_TEXTS = {
    "number": "{number}",
    "time": "{time}",
    "flag": "{reference[0] >> 7}",
    "reference": "{references[reference]}",
}
"""How these are printed."""
_THOUSAND = tuple(f"{number:03d}" for number in range(1000))

Pieces = tuple[str, ...]
Body = Callable[[bytes], Pieces | None]
Line = Callable[["Batch[FieldsTap]", "Taken[FieldsTap]"], str]
Lines = Callable[["Batch[FieldsTap]", dict[bytes, Pieces], Body, Line], list[str]]
"""The lines of a batch, from the pieces of messages that are remembered and of any message, and the line of
any packet."""
Put = Callable[[int, str, Pieces | None, Pieces, Pieces, bytes], str]
"""One line, from number, time, and either the pieces around them or those of frame and message and the call
reference."""

_LOOP = """
def lines(batch, bodies, body, line):
    found = []
    add, window, before = found.append, batch.window, -1
    for packet in batch.packets:
        number, second, fraction, size, head, begins, reference, end, tap = packet
        if second != before:
            before, stamp = second, f"{{second}}."
        if size == 4 and (around := tap.alone.get(head)):
            add(f"{alone}")
        elif (
            size > 8
            and begins == BEGINS
            and (frame := tap.messages.get(head)) is not None
            and (
                (message := bodies.get(window[end - size + 8 : end])) is not None
                or (message := body(window[end - size + 8 : end])) is not None
            )
        ):
            add(f"{whole}")
        else:
            add(line(batch, packet))
    return found
"""
"""What makes the lines of ordinary frames, with the texts of one layout in it: half of the time goes into
putting pieces together, and a call for each would double it."""


class FieldsTap:
    """The frames of one kind of packet, and who sent them as far as tshark tells."""

    __slots__ = ("alone", "heads", "messages", "sender")

    def __init__(self, sender: Side | None) -> None:
        self.sender = sender
        self.heads: dict[bytes, _Head] = {}
        """By the first six octets, or a whole shorter frame."""
        self.alone: dict[bytes, Pieces] = {}
        """Of those that are whole frames of four octets: the pieces of their lines."""
        self.messages: dict[bytes, Pieces] = {}
        """Of those that a message stands behind, by their first four octets: the frame's pieces."""


class _Head:
    """What a frame begins with: the frame's pieces, or instead, when nothing follows that tshark reads, those
    of the whole line; whether what follows is a message with a call reference of two octets."""

    __slots__ = ("alone", "message", "pieces")

    def __init__(self, pieces: Pieces, alone: Pieces | None, message: bool) -> None:
        self.pieces = pieces
        self.alone = alone
        self.message = message


class _References(dict[bytes, str]):
    """The text of a call reference by its octets with the flag."""

    def __missing__(self, octets: bytes) -> str:
        text = self[octets] = f"{octets[0] & 0x7F:02x}{octets[1]:02x}"
        return text


class _Layout:
    """The columns as groups of neighbours of one kind. A piece has the tab in front of it, and the one behind
    it where the column there stands for itself."""

    def __init__(self, names: Sequence[str]) -> None:
        kinds = [_KINDS.get(name) or ("frame" if name.startswith("lapd.") else "message") for name in names]
        self._groups: list[tuple[str, list[int]]] = []
        for kind, members in groupby(range(len(names)), key=kinds.__getitem__):
            indices = list(members)
            if kind in _TEXTS:
                self._groups += [(kind, [index]) for index in indices]
            else:
                self._groups.append((kind, indices))

    def pieces(self, kind: str, row: Sequence[str]) -> Pieces:
        """The pieces of one kind from a row with all columns."""
        found = []
        for place, (its, indices) in enumerate(self._groups):
            if its == kind:
                before = "\t" if place else ""
                behind = (
                    "\t" if place + 1 < len(self._groups) and self._groups[place + 1][0] in _TEXTS else ""
                )
                cells = "\t".join(row[indices[0] : indices[-1] + 1])
                found.append(f"{before}{cells}{behind}")
        return tuple(found)

    def lines(self, unit: int) -> Lines:
        """What makes the lines of batches in which a fraction counts so many nanoseconds."""
        names = {"three": _THOUSAND, "references": _References(), "BEGINS": _BEGINS}
        exec(_LOOP.format(alone=self._alone(_time(unit)), whole=self._whole(_time(unit))), names)
        return cast(Lines, names["lines"])

    def line(self) -> Put:
        """What makes one line."""
        source = (
            "lambda number, time, around, frame, message, reference: "
            f"f'{self._whole('{time}')}' if around is None else f'{self._alone('{time}')}'"
        )
        return cast(Put, eval(source, {"references": _References()}))

    def _whole(self, time: str) -> str:
        """The line with a message, as between the quotes of an f-string."""
        texts = {**_TEXTS, "time": time}
        parts, counts, before = [], {"frame": 0, "message": 0}, ""
        for kind, _ in self._groups:
            if kind in texts:
                parts.append(("\\t" if before in texts else "") + texts[kind])
            else:
                parts.append(f"{{{kind}[{counts[kind]}]}}")
                counts[kind] += 1
            before = kind
        return "".join(parts) + "\\n"

    def _alone(self, time: str) -> str:
        """The line of a frame without a message, likewise."""
        texts = {**_TEXTS, "time": time}
        stamps = [kind for kind, _ in self._groups if kind in ("number", "time")]
        parts = [f"{texts[stamp]}{{around[{place}]}}" for place, stamp in enumerate(stamps, 1)]
        first = "{around[0]}" if not stamps or self._groups[0][0] != stamps[0] else ""
        return first + "".join(parts)

    def around(self, row: Sequence[str]) -> Pieces:
        """The pieces around number and time in the line of a frame without a message."""
        found = [""]
        for kind, indices in self._groups:
            found[-1] += "\t" if indices[0] else ""
            if kind in ("number", "time"):
                found.append("")
            else:
                found[-1] += "\t".join(row[indices[0] : indices[-1] + 1])
        return (*found[:-1], f"{found[-1]}\n")


def _time(unit: int) -> str:
    """How a time is printed of which `stamp` are the seconds and `fraction` counts so many nanoseconds."""
    if unit == 1000:
        return "{stamp}{three[fraction // 1000]}{three[fraction % 1000]}000"
    return "{stamp}{three[fraction // 1000000]}{three[fraction // 1000 % 1000]}{three[fraction % 1000]}"


class _Shape:
    """Messages that differ in digits only: their pieces, and of which texts the marks in those stand for."""

    __slots__ = ("forms",)

    def __init__(self, pieces: Pieces, texts: Sequence[slice]) -> None:
        self.forms: list[tuple[str, tuple[slice, ...]]] = []
        for piece in pieces:
            places = [ord(letter) - MARK for letter in piece if MARK <= ord(letter) < MARK + len(texts)]
            form = piece.replace("%", "%%") if places else piece
            for place in places:
                form = form.replace(chr(MARK + place), "%s")
            self.forms.append((form, tuple(texts[place] for place in places)))

    def fill(self, octets: bytes) -> Pieces:
        """The pieces of one of them."""
        text = octets.decode("latin-1")
        return tuple(
            [
                form % tuple([text[place] for place in places]) if places else form
                for form, places in self.forms
            ]
        )


class FieldsBulk:
    """Makes the lines of the batches of one capture; `fields` is what reads its other packets."""

    def __init__(self, names: Sequence[str], fields: PacketFields) -> None:
        self._names = names
        self._fields = fields
        layout = self._layout = _Layout(names)
        self._columns = Columns(names)
        self._put = layout.line()
        self._lines: dict[int, Lines] = {}
        """By the unit of the fractions."""
        self._shapes: dict[bytes, _Shape] = {}
        self._bodies: dict[bytes, Pieces] = {}
        self._starts: dict[int, Cells] = {}

    def tap(self, packet: Packet) -> FieldsTap | None:
        """For `batches.read_batches`."""
        found = frame_in(packet)
        return None if found is None else FieldsTap(found[1])

    def lines(self, batch: Batch[FieldsTap]) -> bytes:
        """The lines of a batch, each with its end."""
        make = self._lines.get(batch.unit)
        if make is None:
            make = self._lines[batch.unit] = self._layout.lines(batch.unit)
        return "".join(make(batch, self._bodies, self._body, self._line)).encode()

    def pass_over(self, batch: Batch[FieldsTap]) -> None:
        """Take a batch of which the lines are made elsewhere: only segments matter to what follows."""
        for packet, _, _, frame, tap in batch.frames():
            head = tap.heads.get(frame[:6]) or self._head(tap, frame[:6])
            if head.alone is None and not (head.message and len(frame) > 8 and frame[8] != SEGMENT):
                self._fields.lapd(frame, packet[0], tap.sender)

    def _line(self, batch: Batch[FieldsTap], packet: Taken[FieldsTap]) -> str:
        """The line of any packet."""
        frame, number, tap, at_ns = batch.frame(packet), packet[0], packet[8], batch.at_ns(packet)
        head = tap.heads.get(frame[:6]) or self._head(tap, frame[:6])
        if head.alone is not None:
            return self._put(number, epoch(at_ns), head.alone, (), (), b"")
        body = self._body(frame[8:]) if head.message else None
        if body is None:
            return self._general(number, at_ns, frame, tap)
        return self._put(number, epoch(at_ns), None, head.pieces, body, frame[6:8])

    def _general(self, number: int, at_ns: int, frame: bytes, tap: FieldsTap) -> str:
        texts: PacketTexts = {NUMBER: [str(number)], TIME: [epoch(at_ns)]}
        for name, text in self._fields.lapd(frame, number, tap.sender):
            texts.setdefault(name, []).append(text)
        return line(texts, self._names) + "\n"

    def _head(self, tap: FieldsTap, octets: bytes) -> _Head:
        """The first six octets of a frame, or a whole shorter one, that were not met before."""
        row = self._columns.row([self._columns.cells(lapd_fields(octets, tap.sender))])
        pieces = self._layout.pieces("frame", row)
        inside = information(octets)
        calls = len(octets) > 1 and sapi(octets) == CALL_CONTROL
        # What is shorter than six octets is whole.
        message = inside == _BEGINS and calls and len(octets) == 6
        nothing = len(octets) > 1 and (inside is None or (inside == b"" and len(octets) < 6) or not calls)
        if len(tap.heads) >= _MOST_HEADS:
            tap.heads.clear()
            tap.alone.clear()
            tap.messages.clear()
        head = tap.heads[octets] = _Head(pieces, self._layout.around(row) if nothing else None, message)
        if head.alone is not None and len(octets) == 4:
            tap.alone[octets] = head.alone
        if message:
            tap.messages[octets[:4]] = pieces
        return head

    def _body(self, tail: bytes) -> Pieces | None:
        """The pieces of a message, from its type on; None for a segment, or where there is no type."""
        if not tail or tail[0] == SEGMENT:
            return None
        known = self._shapes.get(shape(tail))
        if known is not None:
            return known.fill(tail)
        found = self._columns.message(tail, 1)
        cells = [self._start(tail[0]), *found[0]] if found is not None else [self._read(tail)]
        pieces = self._layout.pieces("message", self._columns.row(cells))
        if found is None or not found[2]:
            if len(self._bodies) >= _MOST_MESSAGES:
                self._bodies.clear()
            self._bodies[tail] = pieces
        else:
            self._learn(tail, pieces)
        return pieces

    def _learn(self, tail: bytes, pieces: Pieces) -> None:
        """Remember the shape of a message with digits."""
        marked = self._columns.marked(tail, 1)
        if marked is None:
            return
        cells, texts = marked
        row = self._columns.row([self._start(tail[0]), *cells])
        known = _Shape(self._layout.pieces("message", row), texts)
        if known.fill(tail) == pieces:
            if len(self._shapes) >= _MOST_MESSAGES:
                self._shapes.clear()
            self._shapes[shape(tail)] = known

    def _start(self, kind: int) -> Cells:
        """What a message of this type begins with."""
        if kind not in self._starts:
            self._starts[kind] = self._read(bytes((kind,)))
        return self._starts[kind]

    def _read(self, tail: bytes) -> Cells:
        """A message as it is read in the general way."""
        return self._columns.cells(MessageReader().read(_BEGINS + _REFERENCE + tail))
