"""Information elements as JSON, remembered."""

from __future__ import annotations

import re
from binascii import hexlify

from msgspec.json import encode

from trunkbench.trace.bulk.memory import SINGLE_OCTET, Memory
from trunkbench.trace.facilities import FACILITIES
from trunkbench.trace.objects import element_object
from trunkwire.codec.layout import Run
from trunkwire.codec.primitives import Marked, Text
from trunkwire.q931.ies import BY_IDENTIFIER
from trunkwire.q931.view import ElementView, view

_HEADER = bytes.fromhex("08 02 00 01 05")
"""What the elements of a message stand behind; which message it is makes no difference to them."""


def text_field(identifier: int) -> str:
    """The field that holds the text of an element of codeset 0 that is octets and then text; "" if it is
    not of that kind."""
    cls = BY_IDENTIFIER.get(identifier)
    if cls is None or identifier >= SINGLE_OCTET:
        return ""
    items = cls.layout.plan.items
    last = items[-1] if items else None
    if not isinstance(last, Run) or last.presence is not None or not isinstance(last.field.place, Text):
        return ""
    # A mark in an octet that is there or not may be taken for text, unless it has bit 8, as no safe text has.
    marks = [item.presence for item in items if isinstance(item.presence, Marked)]
    if any(mark.high < 8 or not mark.value >> 8 - mark.low for mark in marks):
        return ""
    return last.field.name


def element_of(whole: bytes) -> ElementView | None:
    """The element of codeset 0 in these octets, if nothing is wrong with it; None for facilities too, whose
    components may be."""
    elements = view(_HEADER + whole).elements
    if len(elements) != 1 or elements[0].error or any(field.error for field in elements[0].fields):
        return None
    return None if type(elements[0].value).__name__ in FACILITIES else elements[0]


class Elements(Memory[bytes, bytes]):
    """The JSON of elements that nothing is wrong with; that of one with text up to its text."""

    safe = re.compile(rb"[ !#-\[\]-~]*")
    """Text that stands in JSON as it stands in the element."""

    def __init__(self) -> None:
        super().__init__()
        self._fields: dict[int, str] = {}

    def read(self, identifier: int, whole: bytes) -> bytes | None:
        element = element_of(whole)
        if element is None:
            return None
        told = encode(element_object(element))
        name = self._fields.get(identifier)
        if name is None:
            name = self._fields[identifier] = text_field(identifier)
        if not name:
            self.keep(whole, told)
            return told
        self.of_text(identifier)
        last = element.fields[-1] if element.fields else None
        if last is not None and last.name == name:
            end = last.offset - element.offset
            rest = self.complete(b"", whole, end)
            if last.length == len(whole) - end and self.safe.fullmatch(whole, end) and told.endswith(rest):
                self.begin(whole, end, told.removesuffix(rest))
        return told

    def complete(self, begun: bytes, whole: bytes, end: int) -> bytes:
        return b'%b%b","octets":"%b"}' % (begun, whole[end:], hexlify(whole))
