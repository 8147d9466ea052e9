"""The octets of one frame, each of them once, with the fields that are in it.

Columns: the octet's place in the frame (from 0), octets in hexadecimal, names and values. Fields that share
an octet share a line; octets that no field claims have a line of their own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.facilities import FACILITIES, facility_of
from trunkbench.trace.h225 import TITLE, message_view
from trunkbench.trace.layer2 import layer2_fields
from trunkbench.trace.record import Layer
from trunkbench.trace.tree import WIDTH, elements_of, field_text, title_of
from trunkwire.codec.walk import FieldView
from trunkwire.q931.view import ElementView

PER_LINE = 8
_TEXT_AT = 6 + PER_LINE * 3 + 2

Claim = tuple[int, int, str]
"""Offset in the frame, number of octets, what is said of them."""


def octet_table(frame: Decoded, epoch_ns: int) -> str:
    """The table of a frame, ending with an empty line; `epoch_ns` is the trace's first time stamp."""
    data = frame.record.data
    lines = [title_of(frame, epoch_ns)]
    for at, octets, texts in _rows(sorted(_claims(frame), key=lambda claim: claim[0]), data):
        lines += _row(at, octets, texts)
    return "\n".join(lines) + "\n"


def _claims(frame: Decoded) -> Iterator[Claim]:
    """What the fields of a frame say of its octets, layer by layer."""
    data = frame.record.data
    if frame.record.layer is Layer.LAPD:
        yield from _of_fields(layer2_fields(data, frame.layer2.modulus), 0)
    if not frame.has_message:
        return
    octets = frame.layer2.information
    start = len(data) - len(octets)
    message = message_view(frame)
    yield from _of_fields(message.header, start)
    for element in elements_of(message):
        at = start + element.offset
        codeset = f", codeset {element.codeset}" if element.codeset else ""
        error = f" !! {element.error}" if element.error else ""
        single = len(element.octets) == 1
        if not (single and element.fields):
            yield at, 1, f"{element.title} ({element.identifier:#04x}{codeset}){error}"
        if not single and element.title != TITLE:
            yield at + 1, 1, f"length: {element.octets[1]}"
        if type(element.value).__name__ in FACILITIES and not element.error:
            yield from _of_facility(element, start)
        else:
            yield from _of_fields(element.fields, start)


def _of_facility(element: ElementView, start: int) -> Iterator[Claim]:
    """What components say; one that has others within it claims what stands before the first of them."""
    rows = [field for _, field in facility_of(element).rows()]
    for field, follower in zip(rows, [*rows[1:], None], strict=True):
        length = field.length
        if follower is not None and field.offset < follower.offset < field.offset + field.length:
            length = follower.offset - field.offset
        yield start + field.offset, length, field_text(field, bare=True)


def _of_fields(fields: Iterable[FieldView], start: int) -> Iterator[Claim]:
    for field in fields:
        yield start + field.offset, field.length, field_text(field)


def _rows(claims: Iterable[Claim], data: bytes) -> Iterator[tuple[int, bytes, list[str]]]:
    """(place, octets, texts): claims that overlap are one row, what nobody claims is one too."""
    begin = end = 0
    texts: list[str] = []
    for offset, length, text in claims:
        offset = min(offset, len(data))
        if offset >= end or (not length and not texts):
            if texts:
                yield begin, data[begin:end], texts
            if offset > end:
                yield end, data[end:offset], []
            begin, end, texts = offset, offset, []
        end = max(end, min(offset + length, len(data)))
        texts.append(text)
    if texts:
        yield begin, data[begin:end], texts
    if end < len(data):
        yield end, data[end:], []


def _row(at: int, octets: bytes, texts: list[str]) -> Iterator[str]:
    """One row: its octets at the left, eight a line, its texts at the right."""
    left = [
        f"{at + n:4}  {octets[n : n + PER_LINE].hex(' ')}" for n in range(0, max(len(octets), 1), PER_LINE)
    ]
    if not octets:
        left = [f"{at:4}"]
    right = textwrap.wrap("; ".join(texts), WIDTH - _TEXT_AT)
    for n in range(max(len(left), len(right))):
        first = left[n] if n < len(left) else ""
        yield f"{first:{_TEXT_AT}}{right[n] if n < len(right) else ''}".rstrip()
