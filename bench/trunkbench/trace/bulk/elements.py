"""Information elements as JSON, remembered: by their octets where they recur, by what stands before the text
where they carry digits or text.

An element whose layout is some octets and then text has the same JSON but for the text and the octets, as
long as its identifier, its length and the octets in front of the text are the same; so those are the key of a
memory of beginnings.
"""

from __future__ import annotations

import re
from binascii import hexlify

from msgspec.json import encode

from trunkbench.trace.facilities import FACILITIES
from trunkbench.trace.objects import element_object
from trunkwire.codec.layout import Run
from trunkwire.codec.primitives import Marked, Text
from trunkwire.q931.ies import BY_IDENTIFIER
from trunkwire.q931.view import ElementView, view

_MOST = 16_384
_HEADER = bytes.fromhex("08 02 00 01 05")
"""What the elements of a message stand behind; which message it is makes no difference to them."""
_SHIFT = 0x90
_SINGLE = 0x80
_SAFE = re.compile(rb"[ !#-\[\]-~]*")
"""Text that stands in JSON as it stands in the element."""


def text_field(identifier: int) -> str:
    """The field that holds the text of an element of codeset 0 that is octets and then text; "" if it is
    not of that kind."""
    cls = BY_IDENTIFIER.get(identifier)
    if cls is None or identifier >= _SINGLE:
        return ""
    items = cls.layout.plan.items
    last = items[-1] if items else None
    if not isinstance(last, Run) or last.presence is not None or not isinstance(last.field.place, Text):
        return ""
    # Where a mark in an octet says whether it is there, the text itself decides where it begins.
    return "" if any(isinstance(item.presence, Marked) for item in items) else last.field.name


class Elements:
    """The JSON of elements of codeset 0 that nothing is wrong with."""

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {}
        self._beginnings: dict[bytes, bytes] = {}
        self._fields: dict[int, str] = {}
        self._ends: dict[int, tuple[int, ...]] = {}
        """Where the text of an identifier's elements has been found to begin."""

    def message(self, octets: bytes, at: int) -> tuple[bytes, bytes, bool] | None:
        """What the elements of a message from offset `at` are.

        Their JSON, separated by commas; their identifiers; whether one of them carries text: then the message
        will hardly come again. None if there is a shift or a facility among them, or something wrong.
        """
        found: list[bytes] = []
        order = bytearray()
        varied = False
        end = len(octets)
        known, ends = self._known, self._ends
        while at < end:
            identifier = octets[at]
            if identifier >= _SINGLE:
                stop = at + 1
            elif at + 1 < end:
                stop = at + 2 + octets[at + 1]
            else:
                return None
            whole = octets[at:stop]
            told = known.get(whole)
            if told is None:
                if stop > end or identifier & 0xF0 == _SHIFT:
                    return None
                if identifier in ends:
                    varied = True
                    told = self._beginning(identifier, whole)
                told = told or self._read(identifier, whole)
                if told is None:
                    return None
            found.append(told)
            order.append(identifier)
            at = stop
        return b",".join(found), bytes(order), varied

    def _beginning(self, identifier: int, whole: bytes) -> bytes | None:
        """An element of text, from an earlier one that began in the same way."""
        for end in self._ends[identifier]:
            begun = self._beginnings.get(whole[:end])
            if begun is not None:
                text = whole[end:]
                if _SAFE.fullmatch(text) is None:
                    return None
                return b'%b%b","octets":"%b"}' % (begun, text, hexlify(whole))
        return None

    def _read(self, identifier: int, whole: bytes) -> bytes | None:
        """An element that was not met before; None if something is wrong with it."""
        elements = view(_HEADER + whole).elements
        if type(elements[0].value).__name__ in FACILITIES:  # its components may be wrong where it is not
            return None
        if len(elements) != 1 or elements[0].error or any(field.error for field in elements[0].fields):
            return None
        told = encode(element_object(elements[0]))
        name = self._fields.get(identifier)
        if name is None:
            name = self._fields[identifier] = text_field(identifier)
        if name:
            self._ends.setdefault(identifier, ())
            self._begin(name, elements[0], told)
        else:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[whole] = told
        return told

    def _begin(self, name: str, element: ElementView, told: bytes) -> None:
        """Remember how an element of text begins."""
        last = element.fields[-1] if element.fields else None
        if last is None or last.name != name:
            return
        end = last.offset - element.offset
        text = element.octets[end:]
        rest = b'%b","octets":"%b"}' % (text, hexlify(element.octets))
        if last.length != len(text) or _SAFE.fullmatch(text) is None or not told.endswith(rest):
            return
        if len(self._beginnings) >= _MOST:
            self._beginnings.clear()
        self._beginnings[element.octets[:end]] = told.removesuffix(rest)
        ends = self._ends[element.identifier]
        if end not in ends:
            self._ends[element.identifier] = (*ends, end)
