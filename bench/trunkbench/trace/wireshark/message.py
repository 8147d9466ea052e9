"""How tshark 4.0 reads a message of Q.931: header (4.2 to 4.4), codesets (4.5.2), segments (Annex H).

Reading stops where an octet is missing that tshark wants, and what it has found by then stays.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import msgspec

from trunkbench.trace.wireshark.elements import FACILITY, HANDED_ON, OTHER, READINGS, SINGLE, SINGLE_VALUED
from trunkbench.trace.wireshark.h225 import gets_through
from trunkbench.trace.wireshark.names import FORMS
from trunkbench.trace.wireshark.steps import Fields, read

Pairs = tuple[tuple[str, str], ...]

MAINTENANCE = 3
"""The discriminator of AT&T's maintenance messages."""
SEGMENT = 0x60
SEGMENTED_MESSAGE = 0x00
USER_USER = 0x7E
_ASN1 = b"\x05"
"""The protocol discriminator of a user-user element that is H.225.0's, with a length of two octets."""
_SHIFT = 0x90
MOST_HELD = 32 << 20
"""Octets of memory for segments whose last one has not come; beyond it all of them are given up."""
_NON_LOCKING = 0x08


class Element(msgspec.Struct, frozen=True):
    """One element: its fields, and whether tshark gives the whole message up over it."""

    fields: Pairs
    broken: bool = False


def read_element(codeset: int, octets: bytes) -> Element:
    """The element in `octets`: identifier, length if it has one, contents; a pure function of the two.

    A shift and a segmented message element, which change how the others are read, are `message_fields`'s.
    """
    identifier = octets[0]
    if identifier & 0x80:
        return Element((_single(codeset, identifier),))
    body = octets[2:]
    if len(octets) < 2 or len(body) < octets[1]:
        return Element((), True)
    if (codeset, identifier) == FACILITY:
        return _facility(octets)
    if (codeset, identifier) in HANDED_ON:
        return Element(())
    return Element(_lead(identifier, octets[1]) + read(READINGS.get((codeset, identifier), OTHER), body))


def element_fields(codeset: int, octets: bytes) -> Pairs:
    """The fields of an element, as `read_element`."""
    return read_element(codeset, octets).fields


def _facility(octets: bytes) -> Element:
    from trunkbench.trace.wireshark.facility import facility  # large tables

    reader = MessageReader()
    fields: Fields = []
    try:
        whole = facility(octets, lambda inside: reader.embedded(inside, fields))
    except _Broken:
        whole = False
    return Element(tuple(fields), not whole)


def _lead(identifier: int, length: int) -> Pairs:
    return (("q931.information_element", str(identifier)), ("q931.information_element_len", str(length)))


def _single(codeset: int, octet: int) -> tuple[str, str]:
    if codeset == 0 and octet in SINGLE:
        return f"q931.{SINGLE[octet]}", "1"
    if codeset == 0 and (name := SINGLE_VALUED.get(octet & 0xF0)):
        return f"q931.{name}", FORMS[f"q931.{name}"].of(octet)
    return "q931.information_element.unknown", "1"


class _Broken(Exception):
    """An octet is missing: tshark gives the message up."""


class Piece(msgspec.Struct, frozen=True):
    """One segment: its frame, its octets, and how many octets of it the capture did not keep."""

    number: int
    octets: bytes
    cut: int

    @property
    def cost(self) -> int:
        """About how much memory it takes."""
        return len(self.octets) + 200


class Segments(msgspec.Struct, eq=False):
    """Segments of messages that are not whole yet, by call reference, as tshark collects them over a
    capture: the frames' numbers and the octets."""

    waiting: dict[tuple[object, int], list[Piece]] = msgspec.field(default_factory=dict)
    held: int = 0

    def add(self, key: tuple[object, int], piece: Piece, first: bool, more: bool) -> list[Piece] | None:
        """All segments, once the last one has come.

        One of which the capture kept only a part is left out; if it is the first to come, the message never
        gets whole.
        """
        if first:
            self._drop(key)
        begun = key in self.waiting
        if not begun and not more:
            return [piece]
        collected = self.waiting.setdefault(key, [])
        if piece.cut:
            if not begun:
                collected.append(piece)
            return None
        collected.append(piece)
        self.held += piece.cost
        if self.held > MOST_HELD:
            self.waiting.clear()
            self.held = 0
            return None
        return None if more or collected[0].cut else self._drop(key)

    def _drop(self, key: tuple[object, int]) -> list[Piece]:
        pieces = self.waiting.pop(key, [])
        self.held -= sum(piece.cost for piece in pieces if not piece.cut)
        return pieces


Reader = Callable[[int, bytes], Element]


class MessageReader(msgspec.Struct, eq=False):
    """Reads one message after another; `element` may be a memo around `read_element`."""

    element: Reader = read_element
    segments: Segments = msgspec.field(default_factory=Segments)
    whole: bool = True
    """Whether tshark got to the end of the last message."""

    def read(
        self, octets: bytes, number: int = 1, *, cut: int = 0, over_ip: bool = False, path: object = None
    ) -> Fields:
        """The fields of the message in frame `number`, of which the capture did not keep the last `cut`
        octets. `path` tells senders apart whose segments must not be joined."""
        fields: Fields = []
        self.whole = False
        with contextlib.suppress(_Broken):
            self._message(_Octets(octets, cut), number, over_ip, path, fields)
            self.whole = True
        return fields

    def elements(self, octets: bytes) -> Fields:
        """The fields of elements that stand outside a message, in codeset 0."""
        fields: Fields = []
        self.whole = False
        with contextlib.suppress(_Broken):
            self._elements(_Octets(octets, 0), 0, False, fields)
            self.whole = True
        return fields

    def embedded(self, octets: bytes, fields: Fields) -> None:
        """Add the fields of elements that stand in an argument."""
        self._elements(_Octets(octets, 0), 0, False, fields)

    def _message(self, octets: _Octets, number: int, over_ip: bool, path: object, fields: Fields) -> None:
        discriminator = octets.at(0)
        fields.append(("q931.disc", f"0x{discriminator:02x}"))
        length = octets.at(1) & 0xF
        fields.append(("q931.call_ref_len", str(length)))
        reference = octets.exactly(2, length)
        if length:
            fields.append(("q931.call_ref_flag", str(reference[0] >> 7)))
            value = bytes((reference[0] & 0x7F,)) + reference[1:]
            fields.append(("q931.call_ref", value.hex()))
        at = 2 + length
        kind = octets.at(at)
        name = "q931.maintenance_message_type" if discriminator == MAINTENANCE else "q931.message_type"
        fields.append((name, f"0x{kind:02x}"))
        at += 1
        if kind == SEGMENT and octets.left(at) > 4:
            identifier, size = octets.at(at), octets.at(at + 1)
            if identifier == SEGMENTED_MESSAGE and size >= 2:
                key = (path, int.from_bytes(reference[:4], "big"))
                self._segment(octets, at, key, number, over_ip, fields)
                return
        self._elements(octets, at, over_ip, fields)

    def _segment(
        self,
        octets: _Octets,
        at: int,
        key: tuple[object, int],
        number: int,
        over_ip: bool,
        fields: Fields,
    ) -> None:
        size = octets.at(at + 1)
        octets.exactly(at, 2 + size)
        self._segmented_message(octets, at, fields)
        octet = octets.at(at + 2)
        rest = octets.data[at + 2 + size :]
        piece = Piece(number, rest, octets.cut)
        pieces = self.segments.add(key, piece, octet >= 0x80, octet & 0x7F != 0)
        if pieces is None:
            return
        if len(pieces) > 1:
            rest = b"".join(piece.octets for piece in pieces)
            fields.append(("q931.segments", "1"))
            fields += [("q931.segment", str(piece.number)) for piece in pieces]
            fields.append(("q931.segment.count", str(len(pieces))))
            fields.append(("q931.reassembled.length", str(len(rest))))
        self._elements(_Octets(rest, octets.cut), 0, over_ip, fields)

    def _segmented_message(self, octets: _Octets, at: int, fields: Fields) -> None:
        """The contents of a segmented message element (4.5.27)."""
        size = octets.at(at + 1)
        fields += _lead(SEGMENTED_MESSAGE, size)
        if size != 2:
            fields.append(("q931.invalid_length", "1"))
            return
        octet = octets.at(at + 2)
        name = "q931.segment.first" if octet >= 0x80 else "q931.segment.not_first"
        fields.append((name, str(octet & 0x7F)))
        fields.append(("q931.segment_type", f"0x{octets.at(at + 3):02x}"))

    def _elements(self, octets: _Octets, at: int, over_ip: bool, fields: Fields) -> None:
        codeset = locked = 0
        first_segment = False
        while octets.left(at) > 0:
            identifier = octets.at(at)
            if identifier & 0xF0 == _SHIFT:
                codeset = identifier & 7
                locked = locked if identifier & _NON_LOCKING else codeset
                fields.append(("q931.locking_codeset", str(codeset)))
                at += 1
                continue
            if over_ip and codeset == 0 and identifier == USER_USER and octets.data[at + 3 : at + 4] == _ASN1:
                at += 3 + self._h225(octets, at, fields)
            elif identifier & 0x80:
                fields += self.element(codeset, bytes((identifier,))).fields
                at += 1
            else:
                size = octets.at(at + 1)
                if first_segment and octets.left(at + 2) < size:
                    fields.append(("q931.incomplete_ie", "1"))
                    return
                whole = octets.exactly(at, 2 + size)
                if codeset == 0 and identifier == SEGMENTED_MESSAGE:
                    self._segmented_message(octets, at, fields)
                    octets.at(at + 3)
                    if octets.at(at + 2) < 0x80:
                        octets.at(at + 4)
                        fields.append(("q931.message_segment", octets.data[at + 4 :].hex()))
                        at += octets.left(at + 4)
                    else:
                        first_segment = True
                else:
                    element = self.element(codeset, whole)
                    fields += element.fields
                    if element.broken:
                        raise _Broken
                at += 2 + size
            codeset = locked

    def _h225(self, octets: _Octets, at: int, fields: Fields) -> int:
        """A user-user element as H.225.0 has it, with two octets of length, which are handed back."""
        size = int.from_bytes(octets.exactly(at + 1, 2), "big")
        body = octets.exactly(at, 3 + size)[4:]
        fields += _lead(USER_USER, size)
        fields.append(("q931.user.protocol_discriminator", "0x05"))
        if not gets_through(body):
            raise _Broken
        return size


class _Octets(msgspec.Struct, frozen=True):
    """Octets of a message, of which `cut` more were on the line."""

    data: bytes
    cut: int

    def at(self, offset: int) -> int:
        """One octet; it ends the reading if it is not there."""
        if offset >= len(self.data):
            raise _Broken
        return self.data[offset]

    def exactly(self, offset: int, count: int) -> bytes:
        """`count` octets, all of which have to be there."""
        if offset + count > len(self.data):
            raise _Broken
        return self.data[offset : offset + count]

    def left(self, offset: int) -> int:
        """How many octets the line had from `offset` on."""
        return len(self.data) + self.cut - offset


def message_fields(octets: bytes) -> Pairs:
    """The fields of a message that stands for itself (no segments before it)."""
    return tuple(MessageReader().read(octets))
