"""Logs of Cisco IOS: `debug isdn q931` and `debug isdn q921`, in the formats of its many versions.

A message is a line `ISDN Se0/0:15 Q931: TX -> SETUP pd = 8  callref = 0x0001` and a line an element behind
it, `Channel ID i = 0xA98381`. A frame is `ISDN Se0/0:15 Q921: User TX -> RRp sapi=0 tei=0 nr=3`. IOS prints
no octets of headers, but all they hold; of elements it prints the octets. Where an INFO frame and the message
in it are both printed, one after the other, they are one frame here.

C/R bits follow from the side that IOS says it is on; where it does not say it, it is taken for the user side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from trunkbench.trace.inputs.ioswords import bearer_of, element_of, frame_of, message_type, value_of
from trunkbench.trace.inputs.stamps import Stamps
from trunkbench.trace.inputs.textlines import Line, head_lines, lines_of
from trunkbench.trace.record import Direction, FrameRecord, Happening, Layer
from trunkwire.lapd.frames import build
from trunkwire.side import Side

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.options import InputOptions, Item
    from trunkbench.trace.inputs.source import Source

_INTERFACE = r"ISDN\s+(?P<interface>[A-Za-z][\w/.-]*(?::\d+)?)\s*:?"
_ALONE = re.compile(rf"^\s*{_INTERFACE}\s*$")
_EVENT = re.compile(
    rf"^\s*(?:{_INTERFACE}\s*)?(?:(?P<layer>Q9[23]1):?\s*)?(?:(?P<role>User|Net|Network)\s+)?"
    r"(?P<way>TX\s*->|RX\s*<-)\s*(?P<name>[A-Za-z][\w/]*)\s*(?P<rest>.*)$"
)
_DISCRIMINATOR = re.compile(r"\bpd\s*=\s*(\d{1,3})")
_REFERENCE = re.compile(r"\bcallref\s*=\s*0x([0-9A-Fa-f]{1,8})")
_FIELD = re.compile(r"\b(sapi|tei|ns|nr|ri|ai)\s*=\s*(\d{1,5})")
_BAD = re.compile(r"^FRAME\s*\(0x((?:[0-9A-Fa-f]{2}){2,512})\)\s*(.*)$")
"""The rest of `RX <- BAD FRAME(0x00017F)Line may be looped!`."""
_DATA = re.compile(r"\bi\s*=\s*0x\s*((?:[0-9A-Fa-f]{2}\s*)+)")
_ELEMENT = re.compile(r"^\s*(?P<name>[A-Za-z][\w/ .()-]*?)\s+i\s*=\s*(?P<value>\S.*)$")
_SHIFT = re.compile(r"^\s*(?P<non>Non-?)?(?:Locking )?Shift to Codeset (?P<set>[4-7])", re.IGNORECASE)
_SINGLE = {"sending complete": 0xA1, "more data": 0xA0}
_EXPLAINED = re.compile(r"^\s*(Standard|Transfer Capability|Transfer Mode|Transfer Rate) = (.*?)\s*$")
_ROLE = re.compile(r"\binterface\s*=\s*(User|Network)\b")
_ENDS = re.compile(r"\s*(?:ISDN\s|%[A-Z])")
"""How lines begin behind which no element of the message before can come."""
_HEX_ONLY = re.compile(r"^\s*((?:[0-9A-Fa-f]{2}\s?)+)\s*$")

_TELLING: tuple[tuple[re.Pattern[str], bool | None], ...] = tuple(
    (re.compile(text), alarm)
    for text, alarm in (
        (r"%(?:CONTROLLER|LINK|LINEPROTO|ISDN|DSX1|MARS)\S*: .*\bdown\b", True),
        (r"%(?:CONTROLLER|LINK|LINEPROTO|ISDN|DSX1|MARS)\S*: .*\bup\b", False),
        (r"%ISDN-\S+: ", None),
        (r"\b(?:DL|MDL|PH)_\w+_(?:IND|REQ|CONF)\b|L2_EstablishDataLink|Layer 2 (?:UP|DOWN)", None),
        (r"\bT\d{3}\b.*(?:expir|time ?out|TIMEOUT)|(?:expir|time ?out|TIMEOUT)\S*\b.*\bT\d{3}\b", None),
    )
)
_LONGEST = 240
_LOOKED_AT = 400
"""Characters of a line in which an event is looked for."""
_MOST = 1000
"""Elements and words of a message that are kept."""


@dataclass(slots=True)
class _Message:
    """A message whose elements are being read."""

    interface: str
    direction: Direction
    at_ns: int
    number: int
    offset: int
    header: bytes
    elements: list[bytes] = field(default_factory=list)
    explained: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    rebuilt: bool = False

    def octets(self) -> bytes:
        """The message."""
        return self.header + b"".join(self.elements)


@dataclass(slots=True)
class _Info:
    """An INFO frame whose information field the log has not given yet."""

    interface: str
    direction: Direction
    at_ns: int
    number: int
    offset: int
    name: str
    fields: dict[str, int]


def recognise(head: bytes) -> str | None:
    """The format in words, or None."""
    lines = head_lines(head)
    layers = set()
    for line in lines or ():
        match = _EVENT.match(Stamps().take(line)[1])
        if match is None:
            continue
        if _DISCRIMINATOR.search(match["rest"]) and _REFERENCE.search(match["rest"]):
            layers.add("q931")
        elif _FIELD.search(match["rest"]) and frame_of(match["name"], {}, b"", False) is not None:
            layers.add("q921")
    return f"Cisco IOS log, debug isdn {' and '.join(sorted(layers))}" if layers else None


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """The messages and frames of all interfaces, layer events and alarms, in the log's order."""
    log = _Log()
    for line in lines_of(source):
        yield from log.line(line)
    yield from log.finish()
    if not log.stamps.seen:
        trace.findings.append("the log has no time stamps: every time is 0")
    for interface in sorted(log.guessed):
        trace.findings.append(f"{interface}: the log does not say its side: taken for the user side")


class _Log:
    """A log under way."""

    def __init__(self) -> None:
        self.stamps = Stamps()
        self.guessed: set[str] = set()
        self._roles: dict[str, Side] = {}
        self._interface = ""
        self._at_ns = 0
        self._message: _Message | None = None
        self._info: _Info | None = None
        self._given: tuple[str, Direction, bytes] | None = None
        """The information field of the frame that came last."""

    def line(self, line: Line) -> Iterator[Item]:
        """What is known with this line."""
        at_ns, text = self.stamps.take(line.text)
        self._at_ns = self._at_ns if at_ns is None else at_ns
        if match := _ALONE.match(text):
            self._interface = match["interface"]
        elif match := _EVENT.match(text):
            yield from self._event(match, line)
        elif self._message is None or not self._element(self._message, text):
            yield from self._other(line, text)

    def finish(self) -> Iterator[Item]:
        """No more will come of what is being read."""
        message, self._message = self._message, None
        info, self._info = self._info, None
        if message is not None:
            self._bearer(message)
            octets = message.octets()
            if info is not None:
                yield self._frame(info, octets, message)
            elif not self._is_given(message):
                yield self._record(message, octets, Layer.Q931, message)
            self._given = None
        elif info is not None:
            yield self._frame(info, b"", None)

    def _is_given(self, message: _Message) -> bool:
        """Whether the frame that came last has carried this message."""
        if self._given is None:
            return False
        interface, direction, octets = self._given
        same = (interface, direction) == (message.interface, message.direction)
        return same and octets.startswith(message.header)

    def _event(self, match: re.Match[str], line: Line) -> Iterator[Item]:
        self._interface = match["interface"] or self._interface
        interface, rest = self._interface, match["rest"]
        if match["role"]:
            self._roles[interface] = Side.USER if match["role"] == "User" else Side.NETWORK
        direction = Direction.OUT if match["way"].startswith("TX") else Direction.IN
        discriminator, reference = _DISCRIMINATOR.search(rest), _REFERENCE.search(rest)
        if discriminator is not None:
            info = self._info
            if info is None or (info.interface, info.direction) != (interface, direction):
                yield from self.finish()
            header = _header(match["name"], int(discriminator[1]), reference[1] if reference else "")
            if header is None:
                yield self._unknown(match, interface, line)
                return
            self._message = _Message(interface, direction, self._at_ns, line.number, line.offset, header)
        elif match["layer"] != "Q931":
            yield from self._q921(match, interface, direction, line)
        else:
            yield from self.finish()
            yield self._unknown(match, interface, line)

    def _unknown(self, match: re.Match[str], interface: str, line: Line) -> Happening:
        """Something that crossed and has no known name."""
        what = " ".join(f"{match['way']} {match['name']} {match['rest']}".split())[:_LONGEST]
        return Happening(self._at_ns, what, interface, 0, line.number, line.offset)

    def _q921(self, match: re.Match[str], interface: str, direction: Direction, line: Line) -> Iterator[Item]:
        rest = match["rest"]
        fields = {name: int(value) for name, value in _FIELD.findall(rest)}
        info = _Info(interface, direction, self._at_ns, line.number, line.offset, match["name"], fields)
        if frame_of(match["name"], fields, b"", False) is None:
            yield from self.finish()
            yield self._unknown(match, interface, line)
            if match["name"] == "BAD" and (bad := _BAD.match(rest)):
                words = (" ".join(f"IOS calls it a bad frame. {bad[2]}".split())[:_LONGEST],)
                record = self._record(info, bytes.fromhex(bad[1]), Layer.LAPD, None, words)
                # Mostly its C/R bit is that of the receiver's own side (a loop, two sides of the same kind),
                # so what it says of the sides counts, not what IOS says.
                yield replace(record, side=None)
            return
        data = _DATA.search(rest)
        octets = bytes.fromhex(data[1]) if data else b""
        message = self._message
        same = message is not None and (message.interface, message.direction) == (interface, direction)
        if match["name"].startswith("INFO"):
            if message is not None and same and direction is Direction.OUT and self._info is None:
                self._message = None
                self._bearer(message)
                whole = octets or message.octets()
                yield self._frame(info, whole, None if octets else message)
                return
            yield from self.finish()
            if octets:
                self._given = (interface, direction, octets)
                yield self._frame(info, octets, None)
            else:
                self._info = info
            return
        yield from self.finish()
        yield self._frame(info, octets, None)

    def _element(self, message: _Message, text: str) -> bool:
        """Whether the line belongs to the message; if so, what it says is added."""
        if len(message.elements) + len(message.words) > _MOST:
            return False
        if match := _ELEMENT.match(text):
            identifier, value = element_of(match["name"]), value_of(match["value"])
            if identifier is None or value is None or len(value) > 255:
                message.words.append(" ".join(text.split()))
            else:
                message.elements.append(bytes((identifier, len(value))) + value)
                message.explained = {"": ""} if identifier == 0x04 else message.explained
            return True
        plain = text.strip().lower()
        if plain in _SINGLE:
            message.elements.append(bytes((_SINGLE[plain],)))
            return True
        if match := _SHIFT.match(text):
            message.elements.append(bytes((0x90 | (8 if match["non"] else 0) | int(match["set"]),)))
            return True
        if match := _EXPLAINED.match(text):
            if "" not in message.explained:
                message.explained[match[1].lower()] = match[2]
            return True
        if message.elements and (match := _HEX_ONLY.match(text)):
            # A long value that was wrapped.
            whole = message.elements[-1][2:] + bytes.fromhex(match[1])
            if len(message.elements[-1]) > 2 and len(whole) < 256:
                message.elements[-1] = bytes((message.elements[-1][0], len(whole))) + whole
            return True
        return bool(text[:1].isspace() and ("," in text or "=" in text or ":" in text))

    @staticmethod
    def _bearer(message: _Message) -> None:
        """Put together the bearer capability of which the log lost the line with the octets."""
        told = message.explained
        if not told or "" in told:
            return
        octets = bearer_of(told)
        message.words += [f"{name} = {value}" for name, value in told.items()]
        if octets is not None:
            message.elements.insert(0, octets)
            message.rebuilt = True
        message.explained = {}

    def _other(self, line: Line, text: str) -> Iterator[Item]:
        """A line that is none of these: an event, or another program's."""
        if _ENDS.match(text):
            yield from self.finish()
        if match := _ROLE.search(text):
            interface = re.search(_INTERFACE, text)
            name = interface["interface"] if interface else self._interface
            self._roles[name] = Side.USER if match[1] == "User" else Side.NETWORK
        start = text[:_LOOKED_AT]
        told = next(((pattern, alarm) for pattern, alarm in _TELLING if pattern.search(start)), None)
        if told is not None:
            interface = re.search(_INTERFACE, text)
            span = interface["interface"] if interface else ""
            what = " ".join(text.split())[:_LONGEST]
            yield Happening(self._at_ns, what, span, 0, line.number, line.offset, told[1])

    def _frame(self, info: _Info, data: bytes, message: _Message | None) -> FrameRecord:
        side = self._roles.get(info.interface)
        if side is None:
            self.guessed.add(info.interface)
        network = (side or Side.USER) is Side.NETWORK
        frame = frame_of(info.name, info.fields, data, network == (info.direction is Direction.OUT))
        assert frame is not None, "asked for before"
        words = () if data or not info.name.startswith("INFO") else ("the log lacks the information field",)
        return self._record(info, build(frame), Layer.LAPD, message, words)

    def _record(
        self,
        where: _Message | _Info,
        data: bytes,
        layer: Layer,
        message: _Message | None,
        words: tuple[str, ...] = (),
    ) -> FrameRecord:
        slot = re.search(r":(\d{1,2})$", where.interface)
        return FrameRecord(
            where.at_ns,
            where.direction,
            data,
            where.interface,
            int(slot[1]) + 1 if slot and int(slot[1]) < 31 else 0,
            self._roles.get(where.interface),
            where.number,
            where.offset,
            layer=layer,
            words=words + (tuple(message.words) if message else ()),
            rebuilt=message.rebuilt if message else False,
        )


def _header(name: str, discriminator: int, reference: str) -> bytes | None:
    """Discriminator, call reference and message type, None for a message without a known name."""
    kind = message_type(name, discriminator)
    if kind is None or discriminator > 255:
        return None
    octets = bytes.fromhex(reference if len(reference) % 2 == 0 else "0" + reference)
    return bytes((discriminator, len(octets))) + octets + bytes((kind,))
