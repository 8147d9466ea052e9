"""Whole Q.931 messages (clause 4): header, information elements in wire order, and what is wrong with them.

`MessageCodec` parses and builds strictly: a header that cannot be used raises (5.8.1 to 5.8.3), everything
else becomes an `Issue` for the procedures of 5.8.4 to 5.8.7 while the octets are kept, so that a message
builds back as it came. The tolerant view of the same octets is in `trunkwire.q931.view`.
"""

from __future__ import annotations

import builtins
import enum
import functools
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

import msgspec

from trunkwire.codec.errors import CodecError, DecodeError, EncodeError
from trunkwire.q931 import lengths
from trunkwire.q931.ies import (
    BY_IDENTIFIER,
    CATALOGUE,
    IE,
    CongestionLevelIE,
    MoreDataIE,
    RawIE,
    RepeatIndicatorIE,
    SendingCompleteIE,
    ShiftIE,
)
from trunkwire.q931.messages import STANDS_FOR, TABLES, Id, MessageType, Row
from trunkwire.side import Side

DISCRIMINATOR = 0x08
MAX_REFERENCE_LENGTH = 2
"""Longest call reference: one octet is used on basic, two on primary rate interfaces (4.3)."""

Element = IE | RawIE
E = TypeVar("E", bound=Element)

_TYPES = {int(member): member for member in MessageType}
_USER = Side.USER
_SINGLE_OCTET = 0x80
_MEMO_LIMIT = 4096


class HeaderError(CodecError):
    """The octets are no message that could be handled; the Recommendation has them ignored.

    `rule` is "discriminator" (5.8.1), "too_short" (5.8.2) or "call_reference" (5.8.3.1); `offset` counts
    octets.
    """

    def __init__(self, rule: str, offset: int, reason: str) -> None:
        super().__init__(f"message header, octet offset {offset}: {reason}")
        self.rule = rule
        self.offset = offset


class IssueKind(enum.Enum):
    """What can be wrong with a message whose header is right, with the clause that says what is to be
    done."""

    UNKNOWN_MESSAGE = "unknown message type (5.8.4)"
    OUT_OF_SEQUENCE = "element out of sequence (5.8.5.1)"
    DUPLICATE = "element repeated more often than allowed (5.8.5.2)"
    MISSING_MANDATORY = "mandatory element missing (5.8.6.1)"
    INVALID_MANDATORY = "contents of a mandatory element (5.8.6.2)"
    UNRECOGNISED_IE = "element not recognised (5.8.7.1)"
    COMPREHENSION_REQUIRED = "element not recognised, comprehension required (5.8.7.1)"
    INVALID_OPTIONAL = "contents of an optional element (5.8.7.2)"
    UNEXPECTED_IE = "element known but not expected in this message (5.8.7.3)"
    UNREAD_IE = "contents of an element that call control does not act upon (5.8.7.2)"
    TRUNCATED = "the message ends within an element"


class Issue(msgspec.Struct, frozen=True):
    """One thing that is wrong: the element's identifier and codeset, and where in the message it begins."""

    kind: IssueKind
    identifier: int
    codeset: int
    offset: int
    detail: str


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message. `to_originator` is the call reference flag: False from the side that allocated the
    reference."""

    reference: int
    type: int
    ies: tuple[Element, ...] = ()
    to_originator: bool = False
    reference_length: int = 2
    issues: tuple[Issue, ...] = ()

    def get(self, cls: builtins.type[E]) -> E | None:
        """The first element of a class, or None."""
        for element in self.ies:
            if type(element) is cls:  # no element class has another below it
                return element
        return None

    def all(self, cls: builtins.type[E]) -> tuple[E, ...]:
        """All elements of a class, in order."""
        return tuple(element for element in self.ies if isinstance(element, cls))


class MessageCodec:
    """Parser and builder with a bounded memory of element bodies and element sequences that it has met.

    The memory belongs to the instance, holds immutable values only and never changes a result; elements that
    carry digits, text or free octets are not remembered. One instance serves one user at a time (a D channel,
    a reader of a trace).
    """

    def __init__(self, tables: Mapping[int, Mapping[int, Row]] = TABLES) -> None:
        """`tables` are what messages are held against: call control's own, or `EVERY_TABLE` for a trace."""
        self._tables = tables
        self._free = _Free()
        self._parsed: dict[bytes, Element] = {}
        self._built: dict[Element, bytes] = {}
        self._clean: tuple[set[tuple[int, bytes]], ...] = (set(), set(), set())
        """(message type, identifiers) with nothing wrong, sent by anyone, by the user, by the network."""

    def parse(self, data: bytes, sender: Side | None = None) -> Message:
        """The message in `data`, the octets after the LAPD header (protocol discriminator first).

        `sender` decides what is mandatory and expected in that direction; without it only what holds in both
        directions is checked. Raises HeaderError; every other fault is in `issues`.
        """
        reference, flag, length, kind, at = _header(data)
        quick = self._quick(data, at)
        clean = self._clean[0 if sender is None else 1 if sender is _USER else 2]
        if quick is not None and (kind, quick[1]) in clean:
            return Message(reference, _TYPES[kind], quick[0], flag, length)
        reader = _Reader(data)
        reader.run(at)
        issues = tuple(_Judge(kind, reader, sender, self._tables).issues())
        if quick is not None and not issues:
            if len(clean) >= _MEMO_LIMIT:
                clean.clear()
            clean.add((kind, quick[1]))
        elements = tuple(reader.elements) if quick is None else quick[0]
        return Message(reference, _TYPES.get(kind, kind), elements, flag, length, issues)

    def _quick(self, data: bytes, at: int) -> tuple[tuple[Element, ...], bytes] | None:
        """(elements, identifiers) of a message without shifts whose elements all fit; None for any other."""
        end = len(data)
        parsed, free = self._parsed, self._free
        elements: list[Element] = []
        order = bytearray()
        try:
            while at < end:
                identifier = data[at]
                order.append(identifier)
                if identifier >= _SINGLE_OCTET:
                    if identifier & 0xF0 == Id.SHIFT:
                        return None
                    elements.append(SINGLES.get(identifier) or RawIE(0, identifier))
                    at += 1
                    continue
                begin = at + 2
                stop = begin + data[at + 1]
                reader = free[identifier]
                if reader is not None:
                    elements.append(reader(data[begin:stop]))
                else:
                    whole = data[at:stop]
                    known = parsed.get(whole)
                    elements.append(self._remember(identifier, whole) if known is None else known)
                at = stop
        except (IndexError, DecodeError):
            return None
        return (tuple(elements), bytes(order)) if at == end else None

    def _remember(self, identifier: int, whole: bytes) -> Element:
        cls = _KNOWN.get(identifier)
        if cls is None:
            return RawIE(0, identifier, whole[2:])
        known: IE = lengths.checked(identifier, cls.layout.reader)(whole[2:])
        if len(self._parsed) >= _MEMO_LIMIT:
            self._parsed.clear()
        self._parsed[whole] = known
        return known

    def build(self, message: Message) -> bytes:
        """The octets of a message, elements in the order given.

        Raises EncodeError naming the field that does not fit, or an element that stands where another codeset
        is in force.
        """
        out = _build_header(message)
        built = self._built
        locked = current = 0
        for index, element in enumerate(message.ies):
            known = built.get(element)
            if known is not None and not current:
                out += known
            elif isinstance(element, ShiftIE):
                out += ShiftIE.layout.build(element)
                current = element.codeset
                if not element.non_locking:
                    locked = current = max(locked, current)
                continue
            else:
                octets = _octets(element, current, index)
                out += octets
                if not isinstance(element, RawIE) and element.layout.remembers:
                    if len(built) >= _MEMO_LIMIT:
                        built.clear()
                    built[element] = octets
            current = locked
        return bytes(out)


def _header(data: bytes) -> tuple[int, bool, int, int, int]:
    """(reference, flag, length, message type, offset of the first element)."""
    if data and data[0] != DISCRIMINATOR:
        raise HeaderError("discriminator", 0, f"protocol discriminator 0x{data[0]:02x} is not Q.931's 0x08")
    if len(data) < 3:
        raise HeaderError("too_short", len(data), f"{len(data)} octets cannot hold a message type")
    length = data[1]
    if length > MAX_REFERENCE_LENGTH:
        raise HeaderError(
            "call_reference",
            1,
            f"a call reference length octet of 0x{length:02x} is not allowed",
        )
    if len(data) < 3 + length:
        raise HeaderError(
            "too_short",
            len(data),
            f"{len(data)} octets cannot hold a call reference of {length} and a message type",
        )
    if length == 2:  # every message of a primary rate interface
        high = data[2]
        return (high & 0x7F) << 8 | data[3], high >= 0x80, 2, data[4], 5
    value = int.from_bytes(data[2 : 2 + length], "big")
    flag_bit = 1 << 8 * length - 1 if length else 0
    return value & ~flag_bit, bool(value & flag_bit), length, data[2 + length], 3 + length


class _Reader:
    """One pass over the elements of a message, following shifts."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.elements: list[Element] = []
        self.issues: list[Issue] = []
        self.where: list[tuple[int, int, int]] = []
        """(identifier, codeset, offset), shifts left out."""

    def run(self, at: int) -> None:
        data, elements, where = self.data, self.elements, self.where
        end = len(data)
        locked = current = 0
        while at < end:
            identifier = data[at]
            if identifier >= _SINGLE_OCTET:
                if identifier & 0xF0 == Id.SHIFT:
                    locked, current = self.shift(identifier, at, locked)
                    at += 1
                    continue
                where.append((identifier, current, at))
                known = None if current else SINGLES.get(identifier)
                elements.append(known or RawIE(current, identifier))
                at += 1
            else:
                begin = at + 2
                stop = begin + data[at + 1] if begin <= end else end + 1
                if stop > end:
                    self.truncated(identifier, current, at)
                    return
                where.append((identifier, current, at))
                elements.append(self.variable(identifier, current, at, data[begin:stop]))
                at = stop
            current = locked

    def variable(self, identifier: int, codeset: int, at: int, body: bytes) -> Element:
        cls = None if codeset else _KNOWN.get(identifier)
        if cls is None:
            return RawIE(codeset, identifier, body)
        try:
            lengths.check(identifier, body)
            return cls.layout.parse(body)  # type: ignore[no-any-return]
        except DecodeError as error:
            acted_upon = identifier in BY_IDENTIFIER
            kind = IssueKind.INVALID_OPTIONAL if acted_upon else IssueKind.UNREAD_IE
            self.issues.append(Issue(kind, identifier, 0, at, str(error)))
            return RawIE(0, identifier, body)

    def shift(self, octet: int, at: int, locked: int) -> tuple[int, int]:
        shift: ShiftIE = ShiftIE.layout.parse(bytes([octet]))
        self.elements.append(shift)
        if shift.non_locking:
            return locked, shift.codeset
        if shift.codeset < locked:
            detail = f"a locking shift from codeset {locked} down to {shift.codeset} is not allowed (4.5.3)"
            self.issues.append(Issue(IssueKind.INVALID_OPTIONAL, Id.SHIFT, locked, at, detail))
            return locked, locked
        return shift.codeset, shift.codeset

    def truncated(self, identifier: int, codeset: int, at: int) -> None:
        left = len(self.data) - at - 2
        said = f"says {self.data[at + 1]} octets, {left} are left" if left >= 0 else "has no length octet"
        self.where.append((identifier, codeset, at))
        self.elements.append(RawIE(codeset, identifier, self.data[at + 2 :]))
        self.issues.append(
            Issue(IssueKind.TRUNCATED, identifier, codeset, at, f"element 0x{identifier:02x} {said}")
        )


class _Judge:
    """Holds a message against its table (5.8.4 to 5.8.7)."""

    def __init__(
        self, kind: int, reader: _Reader, sender: Side | None, tables: Mapping[int, Mapping[int, Row]]
    ) -> None:
        self.kind = kind
        self.reader = reader
        self.sender = sender
        self.table = tables.get(kind)

    def issues(self) -> Iterable[Issue]:
        if self.kind not in _TYPES:
            detail = f"message type 0x{self.kind:02x} is not known"
            yield Issue(IssueKind.UNKNOWN_MESSAGE, 0, 0, 0, detail)
            yield from self.reader.issues
            return
        yield from self.contents()
        yield from self.sequence()
        yield from self.members()

    def mandatory(self, identifier: int) -> bool:
        row = self.table.get(identifier) if self.table is not None else None
        if row is None:
            return False
        return self.sender in row.mandatory_from if self.sender else row.mandatory_from == frozenset(Side)

    def contents(self) -> Iterable[Issue]:
        for issue in self.reader.issues:
            if issue.codeset == 0 and self.mandatory(issue.identifier):
                detail = issue.detail
                yield Issue(IssueKind.INVALID_MANDATORY, issue.identifier, 0, issue.offset, detail)
            else:
                yield issue

    def sequence(self) -> Iterable[Issue]:
        highest: dict[int, int] = {}
        for identifier, codeset, offset in self.reader.where:
            if identifier >= _SINGLE_OCTET:
                continue
            before = highest.get(codeset, -1)
            if identifier < before:
                detail = f"element 0x{identifier:02x} stands behind 0x{before:02x}"
                yield Issue(IssueKind.OUT_OF_SEQUENCE, identifier, codeset, offset, detail)
            highest[codeset] = max(before, identifier)

    def members(self) -> Iterable[Issue]:
        seen: dict[int, int] = {}
        for identifier, codeset, offset in self.reader.where:
            if codeset:
                continue
            known = _type_of(identifier)
            count = seen[known] = seen.get(known, 0) + 1
            issue = self.member(known, identifier, offset, count)
            if issue is not None:
                yield issue
        for identifier in self.table or ():
            missing = identifier not in seen and STANDS_FOR.get(identifier) not in seen
            if missing and self.mandatory(identifier):
                detail = f"{Id(identifier).title} is missing"
                yield Issue(IssueKind.MISSING_MANDATORY, identifier, 0, len(self.reader.data), detail)

    def member(self, known: int, identifier: int, offset: int, count: int) -> Issue | None:
        if known not in _IDENTIFIERS:
            required = identifier < 0x10
            kind = IssueKind.COMPREHENSION_REQUIRED if required else IssueKind.UNRECOGNISED_IE
            return Issue(kind, identifier, 0, offset, f"element 0x{identifier:02x} is not known")
        if self.table is None:
            return None
        row = self.table.get(known)
        title = Id(known).title
        if row is None or (self.sender is not None and self.sender not in row.sent_by):
            return Issue(IssueKind.UNEXPECTED_IE, identifier, 0, offset, f"{title} is not expected here")
        if count > row.most:
            detail = f"{title} number {count}, where {row.most} may stand"
            return Issue(IssueKind.DUPLICATE, identifier, 0, offset, detail)
        return None


_VALUED: tuple[type[IE], ...] = (CongestionLevelIE, RepeatIndicatorIE)
"""Single-octet elements of type 1: bits 4 to 1 are their contents (4.5.1)."""

SINGLES: Mapping[int, Element] = MappingProxyType(
    {
        int(Id.SENDING_COMPLETE): SendingCompleteIE(),
        int(Id.MORE_DATA): MoreDataIE(),
    }
    | {
        cls.identifier + value: cls.layout.parse(bytes((cls.identifier + value,)))
        for cls in _VALUED
        for value in range(16)
    }
)
"""The declared single-octet elements by their octet, the shifts left out."""
_KNOWN = {identifier: cls for (codeset, identifier), cls in CATALOGUE.items() if not codeset}
"""The elements of codeset 0 by identifier; what stands in another is up to the network."""
_IDENTIFIERS = frozenset(int(member) for member in Id)


@functools.cache
class _Free(dict[int, Callable[[bytes], Element] | None]):
    """Parsers of the elements that are not remembered, by identifier; None for the others. Each is made when
    it is first asked for."""

    def __missing__(self, identifier: int) -> Callable[[bytes], Element] | None:
        cls = _KNOWN.get(identifier)
        reader = None
        if cls is not None and not cls.layout.remembers:
            reader = lengths.checked(identifier, cls.layout.reader)
        self[identifier] = reader
        return reader


def _type_of(identifier: int) -> int:
    """The identifier without the contents of a single-octet element of type 1 (bits 4 to 1)."""
    if identifier < _SINGLE_OCTET or identifier & 0xF0 == Id.MORE_DATA:
        return identifier
    return identifier & 0xF0


def parse(data: bytes, sender: Side | None = None) -> Message:
    """One message by a codec of its own; see `MessageCodec.parse`. Whoever reads many keeps a
    `MessageCodec`."""
    return MessageCodec().parse(data, sender)


def build(message: Message) -> bytes:
    """The octets of a message by a codec of its own; see `MessageCodec.build`."""
    return MessageCodec().build(message)


def reveal(element: Element) -> Element:
    """The declared value of an element of another codeset, which a message keeps as bytes, or the element
    itself if there is none or its octets do not fit."""
    cls = CATALOGUE.get((element.codeset, element.identifier)) if isinstance(element, RawIE) else None
    if cls is None or not isinstance(element, RawIE):
        return element
    try:
        return cls.layout.parse(element.body)  # type: ignore[no-any-return]
    except DecodeError:
        return element


def _build_header(message: Message) -> bytearray:
    length, reference, kind = message.reference_length, message.reference, message.type
    if length == 2 and 0 <= reference < 0x8000 and 0 <= kind <= 0xFF:  # every message of a primary rate one
        high = reference >> 8 | 0x80 if message.to_originator else reference >> 8
        return bytearray((DISCRIMINATOR, 2, high, reference & 0xFF, kind))
    if not 0 <= length <= MAX_REFERENCE_LENGTH:
        raise EncodeError("Message.reference_length", f"{length} is not 0, 1 or 2")
    limit = 1 << 8 * length - 1 if length else 1
    if not 0 <= message.reference < limit:
        raise EncodeError("Message.reference", f"{message.reference} is not within 0 to {limit - 1}")
    if not 0 <= message.type <= 0xFF:
        raise EncodeError("Message.type", f"{message.type} is not one octet")
    value = message.reference + (limit if message.to_originator and length else 0)
    out = bytearray((DISCRIMINATOR, length))
    out += value.to_bytes(length, "big")
    out.append(message.type)
    return out


def _octets(element: Element, codeset: int, index: int) -> bytes:
    """One element with identifier and length."""
    where = f"Message.ies[{index}]"
    own = element.codeset if isinstance(element, RawIE) else element.of_codeset
    if own != codeset:
        raise EncodeError(where, f"an element of codeset {own} stands where codeset {codeset} is in force")
    body = element.body if isinstance(element, RawIE) else element.layout.build(element)
    identifier = element.identifier
    if isinstance(element, _VALUED):
        return body
    if not 0 <= identifier <= 0xFF:
        raise EncodeError(where, f"identifier {identifier} is not one octet")
    if identifier >= _SINGLE_OCTET:
        if body or identifier & 0xF0 == Id.SHIFT:
            raise EncodeError(
                where, f"0x{identifier:02x} as a single-octet element has no body and is no shift"
            )
        return bytes((identifier,))
    if len(body) > 0xFF:
        raise EncodeError(where, f"{len(body)} octets are more than a length octet can say")
    return bytes((identifier, len(body))) + body
