"""Hex dumps: with offsets as text2pcap reads them, and plain lines of which each is a frame.

With offsets: a line whose offset is 0 begins a frame, one whose offset is what has come so far goes on with
it (a lower offset takes back what lies behind it), any other ends it. Octets are pairs of digits; what is no
pair ends the line. Behind an offset with a colon, octets may stand together as `xxd` prints them. Text before
an offset, on its line or the lines before, may hold a time stamp (`stamps`) and a direction: I or O, `<` or
`>`, RX or TX. `#` begins a comment. Offsets are hexadecimal, octal or decimal, whichever fits the file.

A frame that begins with discriminator, call reference and message type is a message without layer 2, any
other is LAPD. A right FCS at the end of frames is found and taken off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkbench.trace.capture import LARGEST_PACKET, Damage
from trunkbench.trace.frames import FcsWatch
from trunkbench.trace.inputs.hdlcframes import may_be_lapd
from trunkbench.trace.inputs.stamps import Stamps
from trunkbench.trace.inputs.textlines import Line, head_lines, lines_of
from trunkbench.trace.record import Direction, FrameRecord, Layer
from trunkwire.q931.messages import MessageType

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.options import InputOptions, Item
    from trunkbench.trace.inputs.source import Source

_TOKEN = re.compile(r"\S+")
_OFFSET = re.compile(r"([0-9a-fA-F]{3,16})(:?)\Z")
_PAIR = re.compile(r"[0-9a-fA-F]{2}\Z")
_PAIRS = re.compile(r"(?:[0-9a-fA-F]{2})+\Z")
_PLAIN = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2}[ \t:,-]{0,3}(?:0x)?)*[0-9a-fA-F]{2}\Z")
_PLAIN_SIGNS = "0123456789abcdefABCDEFx \t:,;-"
_WAY = re.compile(
    r"(?:^|[\s\[(])(?P<way>I|O|IN|OUT|In|Out|in|out|RX|TX|Rx|Tx|rx|tx|R|S|[Rr]eceived|[Ss]ent|<-*|-*>|<=|=>)(?=$|[\s\]):])"
)
_IN = frozenset({"i", "in", "rx", "r", "received"})
_RADIXES = {"hexadecimal": 16, "octal": 8, "decimal": 10}
_UNLIKELY = 2048
"""A first frame longer than this is no D-channel frame but a dump of some file."""
_PREAMBLE = 400
_SAPIS = frozenset({0, 1, 16, 62, 63})


@dataclass(slots=True)
class _Row:
    """A line with an offset."""

    offset: str
    octets: bytes
    before: str


def _row(text: str) -> _Row | None:
    """A line with an offset and its octets, None if it has none."""
    colon = False
    offset, before, octets, end = "", "", bytearray(), 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if not offset:
            found = _OFFSET.match(token)
            if found is not None:
                offset, colon, before = found[1], bool(found[2]), text[: match.start()]
                end = match.end()
            continue
        grouped = colon and len(token) <= 32 and _PAIRS.match(token)
        if colon and octets and match.start() - end > 1 and not _PAIR.match(token):
            break  # the text column of xxd
        if not _PAIR.match(token) and not grouped:
            break
        octets += bytes.fromhex(token)
        end = match.end()
    return _Row(offset, bytes(octets), before) if offset else None


def _radix(rows: Iterable[_Row]) -> tuple[str, int]:
    """The radix in which the offsets of the file go on from each other."""
    fits = dict.fromkeys(_RADIXES, 0)
    for name, base in _RADIXES.items():
        length: int = 0
        for row in rows:
            try:
                offset = int(row.offset, base)
            except ValueError:
                fits[name] -= 1
                continue
            if offset == length > 0:
                fits[name] += 1
            length = offset + len(row.octets) if offset in (0, length) else length
    best = max(_RADIXES, key=lambda name: fits[name])
    return best, _RADIXES[best]


def _plain(text: str) -> tuple[str, bytes] | None:
    """What stands before the octets of a line without offset, and the octets."""
    at = len(text.rstrip(_PLAIN_SIGNS))
    body = text[at:]
    if at and text[at - 1].isalnum():
        body = body.lstrip(_PLAIN_SIGNS.replace(" ", "").replace("\t", ""))
    for _ in range(3):
        body = body.strip(" \t:,;-")
        if _PLAIN.match(body):
            before = text[: text.rindex(body)]
            return before, bytes.fromhex(re.sub(r"0x|[^0-9a-fA-F]", "", body))
        body = body.partition(" ")[2]
    return None


def _is_message(data: bytes) -> bool:
    """Whether the octets begin like a message of Q.931 (4.2 to 4.4)."""
    if len(data) < 3 or data[0] not in (3, 8, 0x43) or data[1] > 2 or len(data) < 3 + data[1]:
        return False
    return data[2 + data[1]] in MessageType._value2member_map_ or data[0] != 8


def _likely(data: bytes) -> bool:
    """Whether a frame without context looks like one of a D channel (SAPIs of Q.921 table 2 and GSM)."""
    return _is_message(data) or (may_be_lapd(data) and data[0] >> 2 in _SAPIS)


def layer_of(data: bytes) -> Layer:
    """What a frame without a label begins with."""
    return Layer.Q931 if _is_message(data) else Layer.LAPD


def _is_comment(text: str) -> bool:
    return text.lstrip().startswith("#")


def _content(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if line.strip() and not _is_comment(line)]


def _rows_of(lines: Iterable[str]) -> list[_Row]:
    return [row for row in map(_row, lines) if row is not None]


def _begins(row: _Row) -> bool:
    return not row.offset.strip("0") and bool(row.octets)


def recognise(head: bytes) -> str | None:
    """The format in words, or None."""
    lines = head_lines(head)
    content = _content(lines or ())
    if not content:
        return None
    rows = _rows_of(content)
    if any(map(_begins, rows)):
        if not 2 * len(rows) >= len(content):
            return None
        name, base = _radix(rows)
        frames = [data for data in _assembled(rows, base) if data]
        likely = any(map(_likely, frames))
        if frames and (likely or max(map(len, frames)) <= _UNLIKELY):
            return f"hex dump with {name} offsets"
        return None
    stamps = Stamps()
    behind = ((stamps.take(f"{line} ")[1], line) for line in content)
    found = [octets for rest, line in behind if (octets := _plain(rest) or _plain(line)) is not None]
    frames = [octets for _before, octets in found if len(octets) >= 3]
    if not frames or 10 * len(frames) < 9 * len(content):
        return None
    return "hex dump, a frame a line" if 2 * sum(map(_likely, frames)) >= len(frames) else None


def _assembled(rows: Iterable[_Row], base: int) -> Iterator[bytes]:
    """The frames of some rows, for recognition."""
    data = b""
    for row in rows:
        try:
            offset = int(row.offset, base)
        except ValueError:
            continue
        if not offset:
            yield data
            data = b""
        if offset <= len(data):
            data = data[:offset] + row.octets
    yield data


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """The frames of the dump, in its order."""
    head = head_lines(source.waiting[: 64 * 1024]) or []
    rows = _rows_of(_content(head))
    arrows = any(line.lstrip().startswith("<") for line in head)
    dump = _Dump(_radix(rows)[1] if any(map(_begins, rows)) else None, arrows)
    for line in lines_of(source):
        if not _is_comment(line.text):
            yield from dump.line(line)
    yield from dump.finish()
    if not dump.stamps.seen:
        trace.findings.append("the dump has no time stamps: every time is 0")


class _Dump:
    """A dump under way; `base` is the radix of its offsets, None if it has none."""

    def __init__(self, base: int | None, arrows: bool) -> None:
        self.stamps = Stamps()
        self._base = base
        self._arrows = arrows
        self._watch = FcsWatch()
        self._frames = 0
        self._at_ns = 0
        self._direction = Direction.UNKNOWN
        self._preamble: list[str] = []
        self._data: bytearray | None = None
        self._begun = 0
        self._about: tuple[int, Direction] = (0, Direction.UNKNOWN)

    def line(self, line: Line) -> Iterator[Item]:
        """What is known with this line."""
        if self._base is None:
            at_ns, text = self._stamp(line.text)
            found = _plain(text) if at_ns is not None else None
            found, at_ns = (found, at_ns) if found else (_plain(line.text), None)
            if found is None:
                self._remember(line.text)
                return
            self._at_ns = self._at_ns if at_ns is None else at_ns
            self._remember(found[0])
            self._begin(line)
            self._data = bytearray(found[1])
            yield from self.finish()
            return
        row = _row(line.text)
        offset = -1
        if row is not None:
            try:
                offset = int(row.offset, self._base)
            except ValueError:
                row = None
        if row is None:
            self._remember(line.text)
        elif offset == 0:
            yield from self.finish()
            self._remember(row.before)
            self._begin(line)
            self._data = bytearray(row.octets)
        elif self._data is not None and offset <= len(self._data) <= LARGEST_PACKET:
            self._data[offset:] = row.octets
        elif self._data is not None:
            problem = f"line {line.number} has offset {row.offset} where {len(self._data)} octets have come"
            yield from self.finish()
            yield Damage(line.offset, problem, "the rest of the frame was left out", False)

    def finish(self) -> Iterator[Item]:
        """The frame is complete."""
        data, self._data = self._data, None
        if not data:
            return
        self._frames += 1
        octets, fcs = bytes(data), None
        layer = layer_of(octets)
        if layer is Layer.LAPD:
            octets, fcs = self._watch.strip(octets, False)
        at_ns, direction = self._about
        yield FrameRecord(
            at_ns, direction, octets, number=self._frames, offset=self._begun, fcs=fcs, layer=layer
        )

    def _remember(self, text: str) -> None:
        """Text that is no octets: it may tell the time and direction of the next frame."""
        if text.strip():
            self._preamble.append(text[:_PREAMBLE])
            del self._preamble[:-4]

    def _begin(self, line: Line) -> None:
        """A frame begins: its time and direction are what stood before it."""
        direction = Direction.UNKNOWN
        for text in self._preamble:
            at_ns, rest = self._stamp(text)
            self._at_ns = self._at_ns if at_ns is None else at_ns
            direction = self._way(rest) or direction
        self._preamble.clear()
        self._begun = line.offset
        self._about = self._at_ns, direction

    def _stamp(self, text: str) -> tuple[int | None, str]:
        """The time stamp of a text, which may stand behind the direction; and the text without it."""
        at_ns, rest = self.stamps.take(text + " ")
        if at_ns is None and (match := _WAY.match(text)):
            at_ns, behind = self.stamps.take(text[match.end() :] + " ")
            rest = text[: match.end()] + " " + behind
        return at_ns, rest

    def _way(self, text: str) -> Direction | None:
        for match in _WAY.finditer(text):
            way = match["way"].lower()
            if "<" in way or ">" in way:
                if self._arrows:
                    return Direction.IN if "<" in way else Direction.OUT
                continue
            return Direction.IN if way in _IN else Direction.OUT
        return None
