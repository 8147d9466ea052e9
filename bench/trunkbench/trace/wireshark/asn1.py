"""How far tshark 4.0 gets in octets of the basic encoding rules (X.690) that a declared type should describe.

Nothing here makes fields of values: what counts is whether tshark meets an octet that is not there, for then
it gives the whole message up, and the elements of Q.931 that some types hold. tshark checks tags late and
lengths seldom; each function says by its steps where.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from trunkwire.rose.addresses import PARTY_NUMBER, Q931_ELEMENTS
from trunkwire.rose.ber import TagClass, Universal
from trunkwire.rose.schema import Anything, Choice, Fields, Flags, Many, Simple, Tagged, Type

DEEPEST = 500
_ANY = -1
_WORD = 1 << 32
_REAL = 9
_NSAP = 2
"""The alternative of a party's number that tshark does not know in QSIG."""


class OutOfBounds(Exception):
    """tshark wants an octet that is not there."""


@dataclass(frozen=True, slots=True)
class View:
    """Octets that are there, and how many there are said to be."""

    octets: bytes
    size: int

    def at(self, offset: int) -> int:
        """One octet."""
        self.need(offset, 1)
        return self.octets[offset]

    def need(self, offset: int, count: int) -> None:
        """All of `count` octets have to be there."""
        if offset < 0 or count < 0 or offset + count > len(self.octets):
            raise OutOfBounds

    def left(self, offset: int) -> int:
        """How many octets are said to be left."""
        return max(self.size - offset, 0)

    def part(self, offset: int, count: int) -> View:
        """A part that ends with the whole at the latest."""
        count = min(count, self.left(offset))
        if count < 0 or not 0 <= offset <= len(self.octets):
            raise OutOfBounds
        return View(self.octets[offset : offset + count], count)


@dataclass(frozen=True, slots=True)
class Header:
    """Identifier and length octets; `length` of an indefinite form includes end-of-contents."""

    tag_class: int
    constructed: bool
    tag: int
    length: int
    indefinite: bool
    start: int

    @property
    def end(self) -> int:
        """Where the element ends."""
        return self.start + self.length


def identifier(view: View, at: int) -> tuple[int, bool, int, int]:
    """Class, form, number, and where the length stands."""
    octet = view.at(at)
    tag = octet & 0x1F
    at += 1
    if tag == 0x1F:
        tag = 0
        while True:
            further = view.at(at)
            at += 1
            tag = tag << 7 | further & 0x7F
            if further < 0x80:
                break
    return octet >> 6, bool(octet & 0x20), tag, at


def _length(view: View, at: int, depth: int = 0) -> tuple[int, bool, int]:
    if depth > DEEPEST:
        raise OutOfBounds
    octet = view.at(at)
    at += 1
    if octet < 0x80:
        return octet, False, at
    count = octet & 0x7F
    if count:
        view.need(at, count)
        return int.from_bytes(view.octets[at : at + count], "big") % _WORD, False, at + count
    begin = at
    while view.at(at) or view.at(at + 1):
        before = at
        inside, _, behind = _length(view, identifier(view, at)[3], depth + 1)
        at = behind + signed(inside)
        if at <= before:
            raise OutOfBounds
    return at - begin + 2, True, begin


def signed(number: int) -> int:
    """A length as tshark adds it to an offset: 32 bits, with a sign."""
    return number - _WORD if number >= _WORD // 2 else number


def header(view: View, at: int) -> Header:
    """The identifier and length octets at `at`."""
    tag_class, constructed, tag, behind = identifier(view, at)
    length, indefinite, start = _length(view, behind)
    return Header(tag_class, constructed, tag, signed(length), indefinite, start)


@dataclass(frozen=True, slots=True)
class Slot:
    """What a component or alternative bears: class and tag (`_ANY` for whatever), whether its reader reads
    the tag itself, whether the tag stands in place of the type's own."""

    tag_class: int
    tag: int
    own: bool
    implicit: bool
    type: Type


def slot(type_: Type) -> Slot:
    """How tshark's tables describe a type as a part of another."""
    if isinstance(type_, Tagged) and type_.tag_class == TagClass.CONTEXT:
        return Slot(type_.tag_class, type_.number, False, not type_.explicit, type_.type)
    if isinstance(type_, Tagged):
        return Slot(type_.tag_class, type_.number, True, False, type_)
    if isinstance(type_, Choice | Anything):
        return Slot(_ANY, _ANY, True, False, type_)
    return Slot(TagClass.UNIVERSAL, universal(type_), True, False, type_)


def universal(type_: Type) -> int:
    """The universal tag of a type that has one."""
    if isinstance(type_, Simple):
        return type_.tag
    if isinstance(type_, Flags):
        return Universal.BIT_STRING
    return Universal[type_.kind.partition(" ")[0]]


@dataclass(slots=True)
class Dissection:
    """One pass. `elements` is told of octets that are elements of Q.931."""

    elements: Callable[[bytes], None]
    last: Header = field(default_factory=lambda: Header(0, False, 0, 0, False, 0))
    depth: int = 0
    octets: bytes | None = None

    def header(self, view: View, at: int) -> Header:
        """As the function, and remembered: strings behind another tag ask for it again."""
        self.last = header(view, at)
        return self.last

    def read(self, type_: Type, view: View, at: int, implicit: bool) -> int:
        """Read a value; where it ends. `implicit`: its tag is gone, and `view` is its contents."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise OutOfBounds
        try:
            return self._read(type_, view, at, implicit)
        finally:
            self.depth -= 1

    def _read(self, type_: Type, view: View, at: int, implicit: bool) -> int:
        if isinstance(type_, Fields):
            return self._sequence(type_, view, at, implicit)
        if isinstance(type_, Many):
            return self._list(type_, view, at, implicit)
        if isinstance(type_, Choice):
            return self._choice(type_, view, at)
        if isinstance(type_, Tagged):
            return self._tagged(type_, view, at, implicit)
        if isinstance(type_, Anything):
            return self._unknown(view, at)
        return self._simple(type_, view, at, implicit)

    def _unknown(self, view: View, at: int) -> int:
        """An element of a type that is not known; where tshark goes on behind it."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise OutOfBounds
        head = self.header(view, at)
        end, tag = head.end, head.tag
        if not 0 <= head.length <= view.left(head.start):
            end = view.size
        elif head.constructed:
            inside = head.start
            while inside < end:
                inside = self._unknown(view, inside)
            end = inside
        elif head.tag_class == TagClass.UNIVERSAL and tag in (Universal.NULL, Universal.END_OF_CONTENTS):
            end = head.start  # tshark forgets the contents
        elif (head.tag_class, tag) == (TagClass.UNIVERSAL, Universal.BOOLEAN):
            end = self._boolean(view, at, False)
        elif (head.tag_class, tag) == (TagClass.UNIVERSAL, _REAL):
            self._real(view, head)
        self.depth -= 1
        return end

    def _real(self, view: View, head: Header) -> None:
        """tshark fails over a binary REAL."""
        if head.length > 1 and view.at(head.start) & 0x80:
            raise OutOfBounds

    def _tagged(self, type_: Tagged, view: View, at: int, implicit: bool) -> int:
        if implicit:
            end = self.read(type_.type, view, at, not type_.explicit)
        else:
            head = self.header(view, at)
            end = head.end
            if type_.explicit:
                self.read(type_.type, view, head.start, False)
            else:
                view = view.part(head.start, head.length)
                self.read(type_.type, view, 0, True)
        if type_ is Q931_ELEMENTS and self.octets:
            self.elements(self.octets)
        return end

    def _sequence(self, type_: Fields, view: View, at: int, implicit: bool) -> int:
        indefinite = False
        end = at + view.left(at)
        if not implicit:
            head = self.header(view, at)
            indefinite = head.indefinite
            end = head.end - 2 * indefinite
            if head.tag_class not in (TagClass.APPLICATION, TagClass.PRIVATE) and (
                not head.constructed or (head.tag_class, head.tag) != (TagClass.UNIVERSAL, universal(type_))
            ):
                view.need(at, 2)
                return end
            at = head.start
        at = self._components(type_, view, at, end)
        if at != end:
            view.need(at - 2, 2)
        return end + 2 * indefinite

    def _components(self, type_: Fields, view: View, at: int, end: int) -> int:
        waiting = [(slot(component.type), component.optional) for component in type_.fields]
        while at < end:
            if view.at(at) == 0 and view.at(at + 1) == 0:
                return end
            begin = at
            head = self.header(view, at)
            if head.end <= begin:
                raise OutOfBounds
            at = head.end
            while waiting:
                expected, optional = waiting[0]
                if expected.tag_class != _ANY and (expected.tag_class, expected.tag) != (
                    head.tag_class,
                    head.tag,
                ):
                    del waiting[0]
                    if optional:
                        continue
                    break
                inside, begin = self._inside(expected, view, begin, head)
                eaten = self.read(expected.type, inside, 0, expected.implicit)
                del waiting[0]
                if head.length and not eaten and optional:
                    continue
                break
        return at

    def _inside(self, expected: Slot, view: View, begin: int, head: Header) -> tuple[View, int]:
        """What a component's reader gets to see."""
        if expected.own:
            return view.part(begin, head.end - begin), begin
        if head.indefinite and head.length == 2:
            return view.part(head.start, head.length), head.end
        return view.part(head.start, head.length - 2 * head.indefinite), head.start

    def _choice(self, type_: Choice, view: View, at: int) -> int:
        if not view.left(at):
            return at
        head = self.header(view, at)
        slots = [slot(alternative.type) for alternative in type_.alternatives]
        if type_ is PARTY_NUMBER:
            slots = [one for one in slots if one.tag != _NSAP]
        chosen = [one for one in slots if (one.tag_class, one.tag) == (head.tag_class, head.tag)]
        for one in chosen[:1] + [one for one in slots if one.tag_class == _ANY]:
            if one.own:
                inside = view.part(at, head.end - at)
            else:
                inside = view.part(head.start, head.length - 2 * head.indefinite)
            eaten = self.read(one.type, inside, 0, one.implicit)
            if eaten or one.tag_class != _ANY:
                return head.end
        return at

    def _list(self, type_: Many, view: View, at: int, implicit: bool) -> int:
        end = at + view.left(at)
        if not implicit:
            head = self.header(view, at)
            end = head.end
            if head.tag_class not in (TagClass.APPLICATION, TagClass.PRIVATE) and (
                not head.constructed or (head.tag_class, head.tag) != (TagClass.UNIVERSAL, universal(type_))
            ):
                view.need(at, 2)
                return end
            at = head.start
        self._count(view, at, end)
        expected = slot(type_.of)
        while at < end:
            if view.at(at) == 0 and view.at(at + 1) == 0:
                return at + 2
            begin = at
            head = self.header(view, at)
            if head.end <= begin:
                raise OutOfBounds
            at = head.end
            if (head.tag_class, head.tag) == (TagClass.UNIVERSAL, Universal.END_OF_CONTENTS):
                return at
            if expected.tag_class != _ANY and (expected.tag_class, expected.tag) != (
                head.tag_class,
                head.tag,
            ):
                continue
            if not expected.own:
                begin = head.start
            self.read(expected.type, view.part(begin, at - begin), 0, expected.implicit)
        if at != end:
            view.need(at - 2, 2)
        return end

    def _count(self, view: View, at: int, end: int) -> None:
        """tshark counts the members before it reads them, if it has all octets."""
        if len(view.octets) < view.size:
            return
        while at < end and (view.at(at) or view.at(at + 1)):
            before, at = at, header(view, at).end
            if at <= before:
                return

    def _simple(self, type_: Type, view: View, at: int, implicit: bool) -> int:
        tag = universal(type_)
        if tag in (Universal.INTEGER, Universal.ENUMERATED):
            return self._integer(view, at, implicit)
        if tag == Universal.BOOLEAN:
            return self._boolean(view, at, implicit)
        if tag == Universal.NULL:
            end = at if implicit else self.header(view, at).end
            view.need(end, 0)
            return end
        if tag not in _NO_STRINGS and tag not in _TIMES:
            return self._string(tag, view, at, implicit)
        return self._octets(tag, view, at, implicit)

    def _boolean(self, view: View, at: int, implicit: bool) -> int:
        length = view.left(at)
        if not implicit:
            head = self.header(view, at)
            length, at = head.length, head.start
        if length != 1:
            return at
        view.need(at, 1)
        return at + 1

    def _integer(self, view: View, at: int, implicit: bool) -> int:
        length = view.left(at)
        if not implicit:
            head = self.header(view, at)
            length, at = head.length, head.start
        view.need(at, length)
        return at + length

    def _octets(self, tag: int, view: View, at: int, implicit: bool) -> int:
        """BIT STRING, OBJECT IDENTIFIER and the times: all octets are fetched."""
        length = view.left(at)
        if not implicit:
            head = self.header(view, at)
            length = head.length
            if (head.tag_class, head.tag) != (TagClass.UNIVERSAL, tag):
                view.need(at, 2)
                return head.end
            if tag == Universal.BIT_STRING and (head.constructed or not length):
                return head.end if length else head.start
            at = head.start
        if tag == Universal.GENERALIZED_TIME and not _SHORTEST_TIME <= length <= _LONGEST_TIME:
            return at + length
        view.need(at, length)
        return at + length

    def _string(self, tag: int, view: View, at: int, implicit: bool) -> int:
        """OCTET STRING and the character strings; their octets are left in `octets`."""
        self.octets = None
        if implicit:
            head = self.last
            left = view.left(at)
            shortened = head.indefinite and left == head.length - 2
            if left < head.length and not shortened:
                return at + head.length
            length = head.length - 2 * shortened
            if head.constructed:
                end, self.octets = self._pieces(view, at, length, head.indefinite and not shortened)
                return end
            view.need(at, min(length, left))
            self.octets = view.part(at, length).octets
            return at + length
        head = self.header(view, at)
        if tag != Universal.OCTET_STRING and (head.tag_class, head.tag) != (TagClass.UNIVERSAL, tag):
            view.need(at, 2)
            return head.end
        end, self.octets = self._piece(view, at)
        return end

    def _piece(self, view: View, at: int) -> tuple[int, bytes | None]:
        """A string with its tag: where it ends, and its octets; None if it is none."""
        head = self.header(view, at)
        outside = head.tag_class in (TagClass.APPLICATION, TagClass.PRIVATE)
        if not outside and (head.tag_class != TagClass.UNIVERSAL or head.tag in _NO_STRINGS):
            view.need(at, 2)
            return head.end, None
        if head.constructed:
            return self._pieces(view, head.start, head.length, head.indefinite)
        view.need(head.start, min(head.length, view.left(head.start)))
        return head.end, view.part(head.start, head.length).octets

    def _pieces(self, view: View, at: int, length: int, indefinite: bool) -> tuple[int, bytes | None]:
        """A string in constructed form, as `_piece`."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise OutOfBounds
        begin = at
        whole: bytes | None = None
        while length:
            first = at == begin
            at, piece = self._piece(view, at)
            if piece is None:
                raise OutOfBounds
            last = not indefinite and at - begin >= length
            if indefinite and view.at(at) == 0 and view.at(at + 1) == 0:
                last = True
                at += 2
            if not (first and last) and not piece:
                raise OutOfBounds
            whole = (whole or b"") + piece
            if last:
                break
        self.depth -= 1
        return at, whole


_NO_STRINGS = frozenset(range(Universal.NUMERIC_STRING)) - {Universal.OCTET_STRING, Universal.UTF8_STRING}
_TIMES = (Universal.UTC_TIME, Universal.GENERALIZED_TIME)
_SHORTEST_TIME, _LONGEST_TIME = 14, 23
