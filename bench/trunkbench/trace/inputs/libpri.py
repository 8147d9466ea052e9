"""What libpri prints under `pri set debug`: its messages, its frames in words and its frames as octets.

With octets (`hex`) each frame stands there whole and its explanation is passed over. With words of layer 2
(`intense`) the frame is put together from them; they give every bit of its header. Without either (`on`) the
messages are all there is. The elements of a message come from the octets in brackets; what has only words is
rebuilt (see `libpriwords`) or stays words.

"DL-DATA request" announces a message that is printed again when it is sent. It comes out marked as a request;
`libprirequests` drops it when it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from trunkbench.trace.inputs.libprirequests import NOT_SEEN_SENT
from trunkbench.trace.inputs.libpriwords import element_name, rebuild
from trunkbench.trace.record import Direction, FrameRecord, Layer
from trunkwire.lapd import frames as lapd
from trunkwire.lapd.management import ManagementMessage

_OCTETS = re.compile(r"^\[ ?((?:[0-9a-fA-F]{2} ?)+)(\]?)\s*$")
_MORE_OCTETS = re.compile(r"^((?:[0-9a-fA-F]{2} ?)+)(\]?)\s*$")
_RAW = re.compile(r"^\[ (?:[0-9a-fA-F]{2} )*[0-9a-fA-F]{2} \]\s*$")
_DISCRIMINATOR = re.compile(r"^Protocol Discriminator:.*\((\d{1,3})\)\s+len\s*=\s*(\d{1,5})")
_REFERENCE = re.compile(
    r"Call Ref: len\s*=\s*(\d{1,2})\s*\(reference (\d{1,10})/0x[0-9a-fA-F]+\)(?: \(([^)]*)\))?"
)
_MESSAGE = re.compile(r"^Message [Tt]ype: (.*?)\s*\((0x[0-9a-fA-F]{1,2}|\d{1,3})\)")
_FRAME = re.compile(r"^(Unnumbered|Supervisory|Informational) frame:")
_DATA = re.compile(r"^(\d{1,5}) bytes of data")
_FIELD = re.compile(r"(SAPI|C/R|TEI|N\(S\)|N\(R\)|P/F|P|M3|M2|S|Ri|Ai|E|MDL Message): *(\d+)")
_LARGEST = 16 * 1024
_LONGEST_WORDS = 1000
_MOST_WORDS = 200
"""Lines of an element, and elements in words, that are kept."""
_MANAGEMENT = {"MDL Message", "Ri", "Ai", "E"}
_SUPERVISORY = {function.value: function for function in lapd.SupervisoryFunction}
_STATE = re.compile(r"^(?:TEI: \d+ State|V\(A\)=|K=\d|T200_id=)")
_FLAG_OF = {"terminator": True, "sent to originator": True}


@dataclass(slots=True)
class _Message:
    """A message of which lines are being read."""

    at_ns: int
    direction: Direction
    number: int
    offset: int
    discriminator: int
    length: int
    silent: bool
    """Whether it only explains what is known already."""
    requested: bool = False
    """Whether it was announced, not sent."""
    reference: tuple[int, int, bool] | None = None
    type: int | None = None
    elements: list[bytes] = field(default_factory=list)
    octets: int = 0
    words: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    rebuilt: bool = False
    open: bytes | None = None
    """Octets of an element whose bracket has not closed yet."""
    fresh: bool = False
    """Whether the last thing was the octets of an element: the words that follow explain them."""
    known: bool = False
    """Whether the words belong to an element with octets."""

    def header(self) -> bytes | None:
        """Discriminator, call reference and message type (Q.931 4.2 to 4.4)."""
        if self.reference is None or self.type is None:
            return None
        size, value, flag = self.reference
        if size > 15 or value >= 1 << 8 * size:
            return None
        octets = value.to_bytes(size, "big") if size else b""
        if flag and size:
            octets = bytes((octets[0] | 0x80,)) + octets[1:]
        return bytes((self.discriminator & 0xFF, size)) + octets + bytes((self.type & 0xFF,))

    @property
    def full(self) -> bool:
        """Whether more came than any message holds: the log is not what it seems."""
        return self.octets > _LARGEST or len(self.kept) > _MOST_WORDS

    def told(self) -> tuple[str, ...]:
        """What is known of it in words only."""
        return ((NOT_SEEN_SENT,) if self.requested else ()) + tuple(self.kept)

    def size(self) -> int:
        """Octets that are known."""
        return len(self.header() or b"") + self.octets

    def add(self, element: bytes) -> None:
        """An element is complete."""
        self.elements.append(element)
        self.octets += len(element)

    def close_words(self) -> None:
        """The words of one element are complete: rebuild it unless its octets are there."""
        words, self.words = self.words, []
        if not words or self.known:
            return
        text = "\n".join(words)
        octets = rebuild(text)
        if octets is None:
            self.kept.append(" ".join(text.split())[:_LONGEST_WORDS])
        else:
            self.add(octets)
            self.rebuilt = True


@dataclass(slots=True)
class _Words:
    """A frame in words of layer 2."""

    at_ns: int
    direction: Direction
    number: int
    offset: int
    kind: str
    silent: bool
    octets: int = 0
    """Octets of its information field, as printed."""
    fields: dict[str, int] = field(default_factory=dict)

    def frame(self, information: bytes) -> bytes | None:
        """Its octets (Q.921 3)."""
        told = self.fields
        if not {"SAPI", "C/R", "TEI"} <= told.keys() or told["SAPI"] > 63 or told["TEI"] > 127:
            return None
        sapi, cr, tei = told["SAPI"], bool(told["C/R"]), told["TEI"]
        pf = bool(told.get("P/F", told.get("P", 0)))
        nr = told.get("N(R)", 0) & 0x7F
        frame: lapd.Frame
        if self.kind == "Informational":
            ns = told.get("N(S)", 0) & 0x7F
            frame = lapd.InformationFrame(
                sapi=sapi, cr=cr, tei=tei, ns=ns, nr=nr, pf=pf, information=information
            )
        elif self.kind == "Supervisory":
            function = _SUPERVISORY.get(told.get("S", 0))
            if function is None:
                return None
            frame = lapd.SupervisoryFrame(sapi=sapi, cr=cr, tei=tei, function=function, nr=nr, pf=pf)
        else:
            high, low = told.get("M3", 0) & 7, told.get("M2", 0) & 3
            frame = lapd.UnnumberedFrame(
                sapi=sapi,
                cr=cr,
                tei=tei,
                modifier_high=high,
                modifier_low=low,
                pf=pf,
                information=information,
            )
        return lapd.build(frame)

    def missing(self, information: bytes) -> int:
        """Octets of the information field that the log does not give."""
        return max(self.octets - len(information), 0)


class LibpriWords:
    """The lines that libpri prints about one D channel, without what a log puts before them."""

    def __init__(self, span: str = "") -> None:
        self._span = span
        self._message: _Message | None = None
        self._words: _Words | None = None
        self._raw: dict[Direction, bytes] = {}
        self._announced = False

    def line(
        self, direction: Direction, text: str, at_ns: int, number: int, offset: int
    ) -> Iterator[FrameRecord]:
        """A line that libpri marked with a direction; the frames that are whole with it."""
        text = text.strip()
        if self._message is not None and self._message.direction is not direction:
            yield from self.finish()
        if _RAW.match(text):
            yield from self._octets(direction, text, at_ns, number, offset)
        elif match := _FRAME.match(text):
            yield from self.finish()
            known = self._raw.get(direction)
            silent = known is not None and _kind_of(known) == match[1]
            if silent and match[1] != "Informational":
                del self._raw[direction]
            self._words = _Words(at_ns, direction, number, offset, match[1], silent)
        elif match := _DISCRIMINATOR.match(text):
            yield from self._begin(direction, match, at_ns, number, offset)
        elif text.startswith(("DL-DATA request", "DL-UNIT DATA request", "DL-UNIT-DATA request")):
            yield from self.finish()
            self._announced = True
        elif _STATE.match(text):
            yield from self.finish()
        elif self._message is not None:
            yield from self._content(self._message, text)
        elif self._words is not None:
            yield from self._layer2(self._words, text)

    def more(self, text: str) -> Iterator[FrameRecord]:
        """A line without a direction that may be the rest of the line before, wrapped by a mailer."""
        message = self._message
        if message is None or not text:
            return
        words = "".join(message.words)
        if message.open is not None or words.count("[") > words.count("]"):
            yield from self._content(message, text.strip(), wrapped=True)

    def finish(self) -> Iterator[FrameRecord]:
        """What is being read is complete, or there will be no more of it."""
        message, words = self._message, self._words
        self._message = self._words = None
        if message is None:
            if words is not None and not words.silent:
                yield from self._frame(words, b"")
            return
        message.close_words()
        if message.silent:
            return
        header = message.header()
        if header is None:
            return
        octets = header + b"".join(message.elements)
        if words is not None and not words.silent:
            yield from self._frame(words, octets, message)
        elif words is None or message.discriminator in (3, 8):
            yield self._record(message, octets, Layer.Q931, message)

    def _octets(
        self, direction: Direction, text: str, at_ns: int, number: int, offset: int
    ) -> Iterator[FrameRecord]:
        yield from self.finish()
        data = bytes.fromhex(text.strip("[] "))
        self._raw = {direction: data}
        self._announced = False
        yield FrameRecord(at_ns, direction, data, self._span, number=number, offset=offset)

    def _begin(
        self, direction: Direction, match: re.Match[str], at_ns: int, number: int, offset: int
    ) -> Iterator[FrameRecord]:
        if self._message is not None:
            yield from self.finish()
        length = int(match[2])
        known = self._raw.pop(direction, None)
        requested, self._announced = self._announced, False
        silent = known is not None and known[-length:][:1] == bytes((int(match[1]) & 0xFF,))
        words = self._words
        if words is not None:
            at_ns, number, offset = words.at_ns, words.number, words.offset
        self._message = _Message(at_ns, direction, number, offset, int(match[1]), length, silent, requested)

    def _content(self, message: _Message, text: str, wrapped: bool = False) -> Iterator[FrameRecord]:
        """A line about the message."""
        if message.open is not None:
            match = _MORE_OCTETS.match(text)
            if match is not None and len(message.open) < _LARGEST:
                message.open += bytes.fromhex(match[1])
                self._element(message, bool(match[2]))
                yield from self._complete(message)
                return
            message.open = None
        if message.type is None and (match := _REFERENCE.search(text)):
            size, value = int(match[1]), int(match[2])
            flag = (match[3] or "").strip().lower() in _FLAG_OF
            flag_bit = 1 << 8 * size - 1 if size else 0
            if size and value & flag_bit and value < 2 * flag_bit:
                value, flag = value & ~flag_bit, True
            message.reference = size, value, flag
        elif match := _MESSAGE.match(text):
            message.type = int(match[2], 0)
            yield from self._complete(message)
        elif match := _OCTETS.match(text):
            message.close_words()
            message.open = bytes.fromhex(match[1])
            self._element(message, bool(match[2]))
            yield from self._complete(message)
        elif not wrapped and element_name(text) is not None:
            message.close_words()
            if message.full:
                yield from self.finish()
                return
            # libpri prints all octets of an element first, then its words.
            message.known, message.fresh = message.fresh, False
            message.words.append(text)
        elif 0 < len(message.words) < _MOST_WORDS:
            message.words.append(text)

    @staticmethod
    def _element(message: _Message, closed: bool) -> None:
        if closed and message.open is not None:
            message.add(message.open)
            message.open, message.fresh = None, True

    def _complete(self, message: _Message) -> Iterator[FrameRecord]:
        """Give the message at once if as many octets are there as it has."""
        whole = message.type is not None and message.size() >= message.length and not message.kept
        if whole or message.full:
            yield from self.finish()

    def _layer2(self, words: _Words, text: str) -> Iterator[FrameRecord]:
        for name, value in _FIELD.findall(text):
            words.fields.setdefault(name, int(value[:6]))
        if match := _DATA.match(text):
            words.octets = int(match[1])
        if (match and (words.silent or not words.octets)) or words.fields.keys() >= _MANAGEMENT:
            yield from self.finish()

    def _frame(
        self, words: _Words, information: bytes, message: _Message | None = None
    ) -> Iterator[FrameRecord]:
        told = words.fields
        if told.keys() >= _MANAGEMENT:
            information = ManagementMessage.layout.build(
                ManagementMessage(
                    type=told["MDL Message"] & 0xFF,  # type: ignore[arg-type]
                    reference=told["Ri"] & 0xFFFF,
                    tei=told["Ai"] & 0x7F,
                    last=bool(told["E"]),
                )
            )
        data = words.frame(information)
        if data is not None:
            missing = words.missing(information) if message is None else 0
            yield self._record(words, data, Layer.LAPD, message, missing)
        elif message is not None:
            yield self._record(message, information, Layer.Q931, message)

    def _record(
        self,
        where: _Message | _Words,
        data: bytes,
        layer: Layer,
        message: _Message | None,
        missing: int = 0,
    ) -> FrameRecord:
        if message is not None and not message.kept:
            missing = max(message.length - message.size(), 0)
        return FrameRecord(
            where.at_ns,
            where.direction,
            data,
            self._span,
            number=where.number,
            offset=where.offset,
            original=len(data) + missing if missing else None,
            layer=layer,
            words=message.told() if message else (),
            rebuilt=message.rebuilt if message else False,
        )


def _kind_of(frame: bytes) -> str:
    """The kind of frame, in libpri's word."""
    if len(frame) < 3:
        return ""
    control = frame[2]
    return "Informational" if not control & 1 else "Unnumbered" if control & 3 == 3 else "Supervisory"
