"""Elements of the basic encoding rules as a sender writes them (X.690), and samples of any declared type."""

from __future__ import annotations

import random
from collections.abc import Iterator

from trunkwire.rose.addresses import Q931_ELEMENTS
from trunkwire.rose.ber import Universal
from trunkwire.rose.schema import (
    Anything,
    Choice,
    Fields,
    Flags,
    Many,
    Optional,
    Simple,
    Tagged,
    Type,
)

Leaf = tuple[str, object]
"""Name and value of a primitive element, as the reader is to find them."""

MANUFACTURERS = ("xtension", "extensions", "Ext")
BEARER = bytes.fromhex("04 03 80 90 a3")
"""A bearer capability, which is what embedded elements of Q.931 are sampled with."""
TIMES = {"GeneralizedTime": b"20240229235959Z", "UTCTime": b"240229235959Z"}


def tlv(identifier: int, contents: bytes, *, indefinite: bool = False) -> bytes:
    """An element; `indefinite` applies to constructed ones (bit 6 of the identifier)."""
    if indefinite and f"{identifier:08b}"[2] == "1":
        return bytes((identifier, 0x80)) + contents + b"\0\0"
    size = len(contents)
    if size < 0x80:
        return bytes((identifier, size)) + contents
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((identifier, 0x80 + len(octets))) + octets + contents


def integer(value: int) -> bytes:
    """The contents octets of an INTEGER."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def oid(text: str) -> bytes:
    """The contents octets of an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, text.split("."))
    octets = b""
    for arc in (40 * first + second, *rest):
        digits = [arc % 128]
        while arc := arc // 128:
            digits.append(128 + arc % 128)
        octets += bytes(reversed(digits))
    return octets


def code(value: int | str) -> bytes:
    """An operation or error value."""
    if isinstance(value, int):
        return tlv(Universal.INTEGER, integer(value))
    return tlv(Universal.OBJECT_IDENTIFIER, oid(value))


class Sampler:
    """Valid elements of declared types, chosen by a seeded generator; `leaves` are those of the last one."""

    def __init__(self, seed: int, *, indefinite: bool = False, everything: bool = False) -> None:
        self.random = random.Random(seed)
        self.indefinite = indefinite
        self.everything = everything
        """Whether optional components are always there."""
        self.leaves: list[Leaf] = []

    def sample(self, type_: Type | Optional, name: str) -> bytes:
        """An element of the type, and its leaves in `leaves`."""
        self.leaves = []
        return self.element(type_.type if isinstance(type_, Optional) else type_, name)

    def element(self, type_: Type, name: str) -> bytes:
        if isinstance(type_, Choice):
            field = self.random.choice(type_.alternatives)
            return self.element(field.type, field.name)
        if isinstance(type_, Anything):
            self.leaves.append((name, 7))
            return tlv(Universal.INTEGER, b"\7")
        if isinstance(type_, Tagged):
            leading = 0x40 * type_.tag_class
            if type_.explicit:
                return self.write(leading + 0x20, type_.number, self.element(type_.type, name))
            if type_ is Q931_ELEMENTS:
                self.leaves.append((name, BEARER))
                return self.write(leading, type_.number, BEARER)
            inner, contents = self.untagged(type_.type, name)
            return self.write(leading + 0x20 * inner, type_.number, contents)
        constructed, contents = self.untagged(type_, name)
        return self.write(0x20 * constructed, self.tag(type_), contents)

    def write(self, leading: int, number: int, contents: bytes) -> bytes:
        if number < 31:
            return tlv(leading + number, contents, indefinite=self.indefinite)
        behind = tlv(leading + 31, contents)
        return behind[:1] + bytes((number,)) + behind[1:]

    @staticmethod
    def tag(type_: Type) -> int:
        if isinstance(type_, Simple):
            return type_.tag
        return Universal.BIT_STRING if isinstance(type_, Flags) else Universal[type_.kind.partition(" ")[0]]

    def untagged(self, type_: Type, name: str) -> tuple[bool, bytes]:
        """Whether the type's encoding is constructed, and its contents octets."""
        if isinstance(type_, Fields):
            return True, b"".join(self.components(type_))
        if isinstance(type_, Many):
            count = self.random.randint(1, 2)
            return True, b"".join(self.element(type_.of, type_.member) for _ in range(count))
        if isinstance(type_, Flags):
            bits = "".join(self.random.choice("01") for _ in range(max(type_.names) + 1))
            self.leaves.append((name, bits))
            padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
            octets = int(padded, 2).to_bytes(len(padded) // 8, "big")
            return False, bytes((len(padded) - len(bits),)) + octets
        assert isinstance(type_, Simple)
        value, octets = self.simple(type_)
        self.leaves.append((name, value))
        return False, octets

    def components(self, type_: Fields) -> Iterator[bytes]:
        for field in type_.fields:
            if field.optional and field.name.endswith(MANUFACTURERS):
                continue  # what a manufacturer adds is tested on its own
            if not field.optional or self.everything or self.random.random() < 0.5:
                yield self.element(field.type, field.name)

    def simple(self, type_: Simple) -> tuple[object, bytes]:
        if type_.names and type_.kind == "ENUMERATED":
            number = self.random.choice(sorted(type_.names))
            return number, integer(number)
        if type_.kind == "INTEGER":
            number = self.random.choice(sorted(type_.names)) if type_.names else self.random.randint(1, 100)
            return number, integer(number)
        if type_.kind == "BOOLEAN":
            truth = self.random.random() < 0.5
            return truth, b"\xff" if truth else b"\0"
        if type_.kind == "NULL":
            return None, b""
        if type_.kind == "OBJECT IDENTIFIER":
            return "1.3.12.9", oid("1.3.12.9")
        if type_.kind in TIMES:
            octets = TIMES[type_.kind]
            return octets.decode(), octets
        digits = "".join(self.random.choice("0123456789") for _ in range(self.random.randint(1, 4)))
        if type_.kind == "BMPString":
            return digits, digits.encode("utf-16-be")
        return type_.decode(digits.encode()), digits.encode()


def invoke(value: int | str, argument: bytes = b"", *, number: int = 1, indefinite: bool = False) -> bytes:
    """An invoke component."""
    contents = tlv(Universal.INTEGER, integer(number)) + code(value) + argument
    return tlv(0xA1, contents, indefinite=indefinite)


def returned(value: int | str, result: bytes, *, number: int = 1, indefinite: bool = False) -> bytes:
    """A return result component with a result."""
    inside = tlv(0x30, code(value) + result, indefinite=indefinite)
    return tlv(0xA2, tlv(Universal.INTEGER, integer(number)) + inside, indefinite=indefinite)


def failed(value: int | str, parameter: bytes = b"", *, number: int = 1) -> bytes:
    """A return error component."""
    return tlv(0xA3, tlv(Universal.INTEGER, integer(number)) + code(value) + parameter)


def rejected(blamed: int, problem: int, *, number: int | None = 1) -> bytes:
    """A reject component; `blamed` is the context tag of the problem."""
    who = tlv(Universal.NULL, b"") if number is None else tlv(Universal.INTEGER, integer(number))
    return tlv(0xA4, who + tlv(0x80 + blamed, integer(problem)))


ROSE = b"\x91"
EXTENSIONS = b"\x9f"
QSIG_HEAD = EXTENSIONS + bytes.fromhex("aa06 8001 00 8201 00 8b01 00")
"""Networking extensions from end to end, unrecognised invokes discarded."""
