"""What arguments are declared with: ASN.1 types (X.680), each reading its own elements (X.690).

A type reads an element into an `Argument`, a named tree with values, places and errors. It never raises: what
does not fit the declaration is kept as it is, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from trunkwire.rose.ber import Element, TagClass, Universal


class Argument(msgspec.Struct, frozen=True, gc=False):
    """One named value.

    `value` is an int, bool, str, bytes or None (NULL, and where `children` hold the value); `word` the name
    of a number that has one. `offset` and `length` count the octets of the whole element. `error` is "" or
    what is wrong, and `value` then holds the octets that are there. `kind` is the ASN.1 type.
    """

    name: str
    value: Any = None
    word: str = ""
    offset: int = 0
    length: int = 0
    kind: str = ""
    children: tuple[Argument, ...] = ()
    error: str = ""

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Argument]]:
        """This value and all below it, with their depth."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def find(self, name: str) -> Argument | None:
        """The first value of that name, this one or below it."""
        return next((found for _, found in self.walk() if found.name == name), None)

    def child(self, name: str) -> Argument | None:
        """The value of that name directly below this one."""
        return next((found for found in self.children if found.name == name), None)

    @property
    def errors(self) -> tuple[tuple[int, str], ...]:
        """(offset, what is wrong) of this value and of all below it."""
        return tuple(
            (found.offset, f"{found.name}: {found.error}") for _, found in self.walk() if found.error
        )


class Type(msgspec.Struct, frozen=True, gc=False):
    """Base of the types. `kind` is its name in ASN.1."""

    kind: str

    def takes(self, element: Element) -> bool:
        """Whether the element bears a tag of this type."""
        raise NotImplementedError

    def read(self, element: Element, name: str) -> Argument:
        """The value of the element, whatever tag it bears."""
        raise NotImplementedError


class Simple(Type, frozen=True):
    """A type whose contents octets are the value."""

    tag: int
    decode: Callable[[bytes], Any]
    names: Mapping[int, str] = MappingProxyType({})

    def takes(self, element: Element) -> bool:
        return element.has_tag(TagClass.UNIVERSAL, self.tag)

    def read(self, element: Element, name: str) -> Argument:
        octets, error = _joined(element) if element.constructed else (element.contents, element.error)
        value: Any = octets
        if not error:
            try:
                value = self.decode(octets)
            except ValueError as refused:
                error = str(refused)
        word = self.names.get(value, "") if isinstance(value, int) else ""
        if not error and self.kind == "ENUMERATED" and not word:
            error = f"{value} is not declared"
        return _made(element, name, self.kind, value, word=word, error=error)


class Flags(Type, frozen=True):
    """A BIT STRING with named bits; the value is the names of those that are set."""

    names: Mapping[int, str]

    def takes(self, element: Element) -> bool:
        return element.has_tag(TagClass.UNIVERSAL, Universal.BIT_STRING)

    def read(self, element: Element, name: str) -> Argument:
        if element.constructed or not element.contents:
            error = element.error or "the octets of a bit string are missing"
            return _made(element, name, self.kind, element.contents, error=error)
        bits = "".join(f"{octet:08b}" for octet in element.contents[1:])
        unused = element.contents[0]
        error = element.error or ("" if unused < 8 and unused <= len(bits) else f"{unused} unused bits")
        held = bits[: len(bits) - unused] if not error else bits
        word = ", ".join(self.names.get(n, f"bit {n}") for n, bit in enumerate(held) if bit == "1")
        return _made(element, name, self.kind, element.contents if error else held, word=word, error=error)


class Field(msgspec.Struct, frozen=True, gc=False):
    """A component of a SEQUENCE; `optional` also stands for one with a default."""

    name: str
    type: Type
    optional: bool


class Fields(Type, frozen=True):
    """SEQUENCE or SET of named components."""

    fields: tuple[Field, ...]

    def takes(self, element: Element) -> bool:
        return element.has_tag(TagClass.UNIVERSAL, Universal[self.kind])

    def read(self, element: Element, name: str) -> Argument:
        if not element.constructed:
            return _refused(element, name, self.kind)
        found: list[Argument] = []
        waiting = list(self.fields)
        for child in element.children:
            index = next((n for n, field in enumerate(waiting) if field.type.takes(child)), None)
            if index is None:
                found.append(raw(child, "undeclared", error=f"{child.tag} is not declared here"))
                continue
            field = waiting[index]
            skipped, waiting = (
                (waiting[:index], waiting[index + 1 :])
                if self.kind == "SEQUENCE"
                else ([], waiting[:index] + waiting[index + 1 :])
            )
            found += _missing(skipped, child.offset)
            found.append(field.type.read(child, field.name))
        found += _missing(waiting, element.start + len(element.contents))
        return _made(element, name, self.kind, None, children=tuple(found), error=element.error)


class Many(Type, frozen=True):
    """SEQUENCE OF or SET OF; the members bear the name `member`."""

    of: Type
    member: str

    def takes(self, element: Element) -> bool:
        return element.has_tag(TagClass.UNIVERSAL, Universal[self.kind.partition(" ")[0]])

    def read(self, element: Element, name: str) -> Argument:
        if not element.constructed:
            return _refused(element, name, self.kind)
        children = tuple(
            self.of.read(child, self.member)
            if self.of.takes(child)
            else raw(child, self.member, error=f"{child.tag} is not what the list is of")
            for child in element.children
        )
        return _made(element, name, self.kind, None, children=children, error=element.error)


class Choice(Type, frozen=True):
    """CHOICE: the value of the alternative, below the name of the choice."""

    alternatives: tuple[Field, ...]

    def takes(self, element: Element) -> bool:
        return any(field.type.takes(element) for field in self.alternatives)

    def read(self, element: Element, name: str) -> Argument:
        for field in self.alternatives:
            if field.type.takes(element):
                chosen = field.type.read(element, field.name)
                return _made(element, name, self.kind, None, word=field.name, children=(chosen,))
        return raw(element, name, error=f"{element.tag} is none of the alternatives")


class Tagged(Type, frozen=True):
    """A type behind a tag of its own, in place of its tag or (`explicit`) around it."""

    number: int
    type: Type
    explicit: bool
    tag_class: int = int(TagClass.CONTEXT)

    def takes(self, element: Element) -> bool:
        return element.has_tag(self.tag_class, self.number)

    def read(self, element: Element, name: str) -> Argument:
        if not self.explicit:
            return self.type.read(element, name)
        if not element.constructed or element.error:
            return raw(element, name, error=element.error or f"{element.tag} does not hold an element")
        if len(element.children) != 1:
            return raw(element, name, error=f"{element.tag} holds {len(element.children)} elements, not one")
        inner = element.children[0]
        if not self.type.takes(inner):
            return raw(element, name, error=f"{element.tag} holds {inner.tag}")
        value = self.type.read(inner, name)
        return msgspec.structs.replace(value, offset=element.offset, length=element.length)


class Anything(Type, frozen=True):
    """A type that is defined elsewhere: shown by its tags."""

    def takes(self, element: Element) -> bool:
        return True

    def read(self, element: Element, name: str) -> Argument:
        return raw(element, name)


def raw(element: Element, name: str, error: str = "") -> Argument:
    """An element that no declaration speaks of: universal types by their kind, the others as octets."""
    error = error or element.error
    if element.constructed and element.children:
        children = tuple(raw(child, child.tag) for child in element.children)
        return _made(element, name, element.tag, None, children=children, error=error)
    simple = None if error or element.tag_class != TagClass.UNIVERSAL else _BY_TAG.get(element.number)
    if simple is not None:
        return simple.read(element, name)
    return _made(element, name, element.tag, element.contents, error=error)


def _made(
    element: Element,
    name: str,
    kind: str,
    value: Any,
    *,
    word: str = "",
    children: tuple[Argument, ...] = (),
    error: str = "",
) -> Argument:
    return Argument(name, value, word, element.offset, element.length, kind, children, error)


def _refused(element: Element, name: str, kind: str) -> Argument:
    return _made(
        element, name, kind, element.contents, error=element.error or f"{element.tag} holds no elements"
    )


def _missing(fields: list[Field], offset: int) -> list[Argument]:
    return [
        Argument(field.name, b"", "", offset, 0, field.type.kind, (), "it is missing")
        for field in fields
        if not field.optional
    ]


def _joined(element: Element) -> tuple[bytes, str]:
    """The octets of a string in constructed form (X.690 8.7.3), and what is wrong with them."""
    error = element.error
    octets = b""
    for child in element.children:
        piece, wrong = _joined(child) if child.constructed else (child.contents, child.error)
        octets += piece
        error = error or wrong
    return octets, error


def integer_of(octets: bytes) -> int:
    """INTEGER and ENUMERATED (X.690 8.3). Raises ValueError without octets, and with more than any has."""
    if not octets:
        raise ValueError("an integer without octets")
    if len(octets) > LONGEST_INTEGER:
        raise ValueError(f"an integer of {len(octets)} octets")
    return int.from_bytes(octets, "big", signed=True)


def _boolean(octets: bytes) -> bool:
    if len(octets) != 1:
        raise ValueError(f"a boolean of {len(octets)} octets")
    return octets != b"\0"


def _null(octets: bytes) -> None:
    if octets:
        raise ValueError(f"{len(octets)} octets where there are none")


def _latin(octets: bytes) -> str:
    return octets.decode("latin-1")


def _utf8(octets: bytes) -> str:
    return octets.decode("utf-8")


def _bmp(octets: bytes) -> str:
    return octets.decode("utf-16-be")


def _bits(octets: bytes) -> bytes:
    if not octets:
        raise ValueError("a bit string without octets")
    return octets[1:]


def oid_of(octets: bytes) -> str:
    """OBJECT IDENTIFIER in dots (X.690 8.19). Raises ValueError when its octets end within an arc."""
    if not octets or octets[-1] >= 0x80:
        raise ValueError("an object identifier that ends within an arc")
    if len(octets) > LONGEST_OID:
        raise ValueError(f"an object identifier of {len(octets)} octets")
    arcs: list[int] = []
    arc = 0
    for octet in octets:
        more, digit = divmod(octet, 128)
        arc = arc * 128 + digit
        if not more:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


LONGEST_INTEGER = 16
"""Octets of an integer that are read."""

LONGEST_OID = 64
"""Octets of an object identifier that are read."""

INTEGER = Simple("INTEGER", Universal.INTEGER, integer_of)
BOOLEAN = Simple("BOOLEAN", Universal.BOOLEAN, _boolean)
NULL = Simple("NULL", Universal.NULL, _null)
CHARACTERS = Simple("OCTET STRING", Universal.OCTET_STRING, _latin)
"""Octets that are text; another character set than ISO 8859-1 is for the reader to apply."""
OCTETS = Simple("OCTET STRING", Universal.OCTET_STRING, bytes)
BITS = Simple("BIT STRING", Universal.BIT_STRING, _bits)
OID = Simple("OBJECT IDENTIFIER", Universal.OBJECT_IDENTIFIER, oid_of)
NUMERIC = Simple("NumericString", Universal.NUMERIC_STRING, _latin)
PRINTABLE = Simple("PrintableString", Universal.PRINTABLE_STRING, _latin)
IA5 = Simple("IA5String", Universal.IA5_STRING, _latin)
UTF8 = Simple("UTF8String", Universal.UTF8_STRING, _utf8)
BMP = Simple("BMPString", Universal.BMP_STRING, _bmp)
TIME = Simple("GeneralizedTime", Universal.GENERALIZED_TIME, _latin)
UTC = Simple("UTCTime", Universal.UTC_TIME, _latin)
ANY = Anything("ANY")
NUMBER = Simple("ENUMERATED number", Universal.ENUMERATED, integer_of)
"""An ENUMERATED whose names are not known."""
_BY_TAG: Mapping[int, Simple] = MappingProxyType(
    {
        simple.tag: simple
        for simple in (
            INTEGER, BOOLEAN, NULL, OCTETS, BITS, OID, NUMERIC, PRINTABLE, IA5, UTF8, BMP, TIME, UTC, NUMBER,
        )
    }
)  # fmt: skip


class Optional(msgspec.Struct, frozen=True, gc=False):
    """A component that may be left out."""

    type: Type


def optional(type_: Type) -> Optional:
    """A component that is OPTIONAL or has a DEFAULT."""
    return Optional(type_)


def _fields(components: Mapping[str, Type | Optional]) -> tuple[Field, ...]:
    return tuple(
        Field(name.replace("_", "-"), component.type, True)
        if isinstance(component, Optional)
        else Field(name.replace("_", "-"), component, False)
        for name, component in components.items()
    )


def sequence(**components: Type | Optional) -> Fields:
    """SEQUENCE; an underscore in a name stands for the hyphen of ASN.1."""
    return Fields("SEQUENCE", _fields(components))


def sequence_of(member: str, type_: Type) -> Many:
    """SEQUENCE OF."""
    return Many("SEQUENCE OF", type_, member)


def set_of(member: str, type_: Type) -> Many:
    """SET OF."""
    return Many("SET OF", type_, member)


def choice(**alternatives: Type) -> Choice:
    """CHOICE."""
    return Choice("CHOICE", _fields(alternatives))


def implicit(number: int, type_: Type) -> Tagged:
    """`[number] IMPLICIT`: the tag stands in place of the type's own."""
    return Tagged(type_.kind, number, type_, False)


def explicit(number: int, type_: Type) -> Tagged:
    """`[number] EXPLICIT`, and a tag before any CHOICE: the element holds one of the type's own tag."""
    return Tagged(type_.kind, number, type_, True)


def application(number: int, type_: Type) -> Tagged:
    """`[APPLICATION number] IMPLICIT`."""
    return Tagged(type_.kind, number, type_, False, int(TagClass.APPLICATION))


def enumerated(*names: str, **numbered: int) -> Simple:
    """ENUMERATED: `names` from 0 on, `numbered` with their numbers."""
    return Simple("ENUMERATED", Universal.ENUMERATED, integer_of, _numbers(names, numbered))


def integer(*names: str, **numbered: int) -> Simple:
    """INTEGER with named numbers."""
    return Simple("INTEGER", Universal.INTEGER, integer_of, _numbers(names, numbered))


def flags(**bits: int) -> Flags:
    """BIT STRING with named bits."""
    return Flags("BIT STRING", _numbers((), bits))


def _numbers(names: tuple[str, ...], numbered: Mapping[str, int]) -> Mapping[int, str]:
    found = dict(enumerate(names))
    found.update({number: name.replace("_", "-") for name, number in numbered.items()})
    return MappingProxyType(found)
