"""Elements of the basic encoding rules (X.690 8.1), read tolerantly.

Whatever the octets are, what can be read is read, and what cannot is kept with the reason and its place.
Nesting is followed down to `DEEPEST` levels, so that no octets can exhaust the stack; every element takes two
octets at least, so that their number is bounded by the octets.
"""

from __future__ import annotations

import enum
from typing import Annotated, ClassVar

import msgspec

from trunkwire.codec import Bits, Layout, Record

DEEPEST = 24
"""Levels of nesting that are followed. The deepest component of a declared operation has eight."""

LONGEST_TAG = 4
"""Octets of a tag number that are read: up to 2^28 (no standard here goes beyond 30)."""


class TagClass(enum.IntEnum):
    """The class of a tag (X.690 8.1.2.2)."""

    UNIVERSAL = 0
    APPLICATION = 1
    CONTEXT = 2
    PRIVATE = 3


class Universal(enum.IntEnum):
    """Universal tags (X.680 table 1) of the types that occur in supplementary services."""

    END_OF_CONTENTS = 0
    BOOLEAN = 1
    INTEGER = 2
    BIT_STRING = 3
    OCTET_STRING = 4
    NULL = 5
    OBJECT_IDENTIFIER = 6
    ENUMERATED = 10
    UTF8_STRING = 12
    SEQUENCE = 16
    SET = 17
    NUMERIC_STRING = 18
    PRINTABLE_STRING = 19
    TELETEX_STRING = 20
    IA5_STRING = 22
    UTC_TIME = 23
    GENERALIZED_TIME = 24
    VISIBLE_STRING = 26
    GENERAL_STRING = 27
    BMP_STRING = 30


class IdentifierOctet(Record, frozen=True, kw_only=True):
    """The leading identifier octet (X.690 8.1.2.3); a `number` of 31 announces further octets."""

    layout: ClassVar[Layout[IdentifierOctet]]

    tag_class: Annotated[TagClass, Bits("1", 8, 7)]
    constructed: Annotated[bool, Bits("1", 6, 6)]
    number: Annotated[int, Bits("1", 5, 1)]


class TagOctet(Record, frozen=True, kw_only=True):
    """A subsequent identifier octet: seven bits of the tag number (X.690 8.1.2.4)."""

    layout: ClassVar[Layout[TagOctet]]

    more: Annotated[bool, Bits("2", 8, 8)]
    digit: Annotated[int, Bits("2", 7, 1)]


class LengthOctet(Record, frozen=True, kw_only=True):
    """The initial length octet (X.690 8.1.3): the length itself, or how many octets of it follow.

    `long` with a `value` of 0 is the indefinite form, which ends with end-of-contents octets (8.1.3.6).
    """

    layout: ClassVar[Layout[LengthOctet]]

    long: Annotated[bool, Bits("3", 8, 8)]
    value: Annotated[int, Bits("3", 7, 1)]


IdentifierOctet.layout = Layout(IdentifierOctet)
TagOctet.layout = Layout(TagOctet)
LengthOctet.layout = Layout(LengthOctet)

_FURTHER = 31
_DIGITS = 128
_RESERVED = 127
_END = b"\0\0"


class Element(msgspec.Struct, frozen=True, gc=False):
    """One element as it was found.

    `offset` is where its identifier octet stands, `length` all its octets with header and end-of-contents,
    `contents` the octets between those. `children` are the elements of a constructed one. `error` is "" or
    the first thing that is wrong with the element itself (not with its children).
    """

    tag_class: int
    number: int
    constructed: bool
    offset: int
    length: int
    contents: bytes
    start: int
    """Where the contents start."""
    children: tuple[Element, ...] = ()
    indefinite: bool = False
    error: str = ""

    def has_tag(self, tag_class: int, number: int) -> bool:
        """Whether the element bears this tag."""
        return self.number == number and self.tag_class == tag_class

    @property
    def tag(self) -> str:
        """The tag in X.680's notation, such as "[1]" or "INTEGER"; "octets" where none could be read."""
        if self.start == self.offset:
            return "octets"
        if self.tag_class == TagClass.CONTEXT:
            return f"[{self.number}]"
        if self.tag_class == TagClass.UNIVERSAL:
            known = _UNIVERSAL.get(self.number)
            return known if known is not None else f"[UNIVERSAL {self.number}]"
        return f"[{TagClass(self.tag_class).name} {self.number}]"


_UNIVERSAL = {int(member): member.name.replace("_", " ") for member in Universal}


class _Broken(Exception):
    """An element's header cannot be read."""


def read(octets: bytes, base: int = 0) -> tuple[Element, ...]:
    """All elements of `octets`, one behind the other, with offsets counted from `base`. Never raises.

    The last one bears the error if the octets end within it; nothing is left out.
    """
    return _Reader(octets, base).elements(0, len(octets), 1, False)[0]


class _Reader:
    """One pass over octets."""

    def __init__(self, octets: bytes, base: int) -> None:
        self.octets = octets
        self.base = base

    def elements(self, at: int, end: int, depth: int, until_end: bool) -> tuple[tuple[Element, ...], int]:
        """The elements from `at`, and where they end: at `end`, or `until_end` before end-of-contents."""
        found: list[Element] = []
        while at < end:
            if until_end and self.octets.startswith(_END, at, end):
                break
            element = self.element(at, end, depth)
            found.append(element)
            at += element.length
        return tuple(found), at

    def element(self, at: int, end: int, depth: int) -> Element:
        """The element at `at`; one whose header is broken takes all octets up to `end`."""
        try:
            head, number, behind = self.identifier(at, end)
            start, length = self.length(behind, end)
        except _Broken as broken:
            contents = self.octets[at:end]
            return Element(0, 0, False, self.base + at, end - at, contents, self.base + at, error=str(broken))
        error = ""
        indefinite = length is None
        stop = end if length is None else start + length
        if stop > end:
            error = f"length {length}, but {end - start} octets are left"
            stop = end
        if length is None and not head.constructed:
            error = "the indefinite length is for constructed elements only (X.690 8.1.3.2)"
        behind = stop
        children: tuple[Element, ...] = ()
        if head.constructed and depth >= DEEPEST:
            error = error or f"nested more than {DEEPEST} deep: its contents are not read"
        elif head.constructed:
            children, stop = self.elements(start, stop, depth + 1, indefinite)
            behind = stop
            if indefinite and self.octets.startswith(_END, stop, end):
                behind += len(_END)
            elif indefinite:
                error = error or "its end-of-contents octets are missing (X.690 8.1.3.6)"
        return Element(
            int(head.tag_class),
            number,
            head.constructed,
            self.base + at,
            behind - at,
            self.octets[start:stop],
            self.base + start,
            children,
            indefinite,
            error,
        )

    def identifier(self, at: int, end: int) -> tuple[IdentifierOctet, int, int]:
        """The leading octet, the tag number, and where the length octets begin."""
        head = IdentifierOctet.layout.reader(self.octets[at : at + 1])
        at += 1
        if head.number != _FURTHER:
            return head, head.number, at
        number = 0
        for octet in self.octets[at : min(end, at + LONGEST_TAG)]:
            further = TagOctet.layout.reader(bytes((octet,)))
            number = number * _DIGITS + further.digit
            at += 1
            if not further.more:
                return head, number, at
        if at >= end:
            raise _Broken("the octets end within a tag")
        raise _Broken(f"a tag number of more than {LONGEST_TAG} octets")

    def length(self, at: int, end: int) -> tuple[int, int | None]:
        """Where the contents begin, and how many octets they have: None for the indefinite form."""
        if at >= end:
            raise _Broken("the octets end before the length")
        first = LengthOctet.layout.reader(self.octets[at : at + 1])
        at += 1
        if not first.long:
            return at, first.value
        if first.value == 0:
            return at, None
        if first.value == _RESERVED:
            raise _Broken("the length octet ff is reserved (X.690 8.1.3.5 c)")
        if at + first.value > end:
            raise _Broken(f"{first.value} octets of length, but {end - at} are left")
        return at + first.value, int.from_bytes(self.octets[at : at + first.value], "big")
