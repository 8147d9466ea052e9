"""The tree of one frame: every field of LAPD and Q.931 with its octet, its bits, its value, and what is
wrong.

Columns: the octet's place in the frame (from 0), its label in the Recommendation's figure, its bits (those of
other fields as dots), name and value. An octet string stands in hexadecimal.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from trunkbench.trace.decoder import CALL_CONTROL_SAPI, Decoded
from trunkbench.trace.facilities import FACILITIES, facility_of
from trunkbench.trace.h225 import message_view
from trunkbench.trace.layer2 import carried, layer2_fields
from trunkbench.trace.lines import elapsed, reference
from trunkbench.trace.otherlayers import words_of
from trunkbench.trace.record import Direction, Layer
from trunkbench.trace.telling import clean, ranges, words
from trunkwire.codec.slots import SlotMap
from trunkwire.codec.walk import FieldView
from trunkwire.lapd.events import MANAGEMENT_SAPI
from trunkwire.lapd.view import SAPI_TITLES
from trunkwire.q931.causes import Cause
from trunkwire.q931.view import ElementView, MessageView, view

WIDTH = 100
_INDENT = " " * 6
DEEPEST = 12
"""Levels of a component that are set in; what lies deeper stands there too."""
_NAMES = {
    "sapi": "SAPI",
    "tei": "TEI",
    "cr": "C/R",
    "pf": "P/F",
    "ns": "N(S)",
    "nr": "N(R)",
    "vs": "V(S)",
    "vr": "V(R)",
    "ea_first": "EA",
    "ea_second": "EA",
    "layer1": "layer 1 protocol",
    "layer2": "layer 2 protocol",
    "layer3": "layer 3 protocol",
}
"""Field names that are not words."""
_BIT_NAMES = frozenset({"cr", "pf"})
"""Fields that the Recommendations call by the value of their bit."""


def tree(frame: Decoded, epoch_ns: int) -> str:
    """The tree of a frame, ending with an empty line; `epoch_ns` is the trace's first time stamp."""
    lines = [title_of(frame, epoch_ns)]
    lines += [f"  ! {warning}" for warning in frame.warnings + frame.remarks]
    lines += [f"  !! octet {fault.offset}: {fault.text}" for fault in frame.faults]
    lines += [f"  in words: {clean(text)[1:-1]}" for text in frame.record.words]
    data = frame.record.data
    if frame.record.layer is Layer.LAPD:
        lines.append(f"  LAPD {frame.lapd}{_point(frame)}")
        lines += _fields(layer2_fields(data, frame.layer2.modulus), data, 0)
    octets = frame.layer2.information
    start = len(data) - len(octets)
    if frame.record.layer in (Layer.MTP2, Layer.OTHER):
        lines.append(f"  {words_of(frame.record)}")
        lines += _octets(data, 0)
    elif frame.has_message:
        lines += _message(frame, octets, start)
    elif octets and not carried(frame.layer2):
        lines.append(f"  {len(octets)} octets of information")
        lines += _octets(octets, start)
    elif frame.layer2.faults:
        lines.append(f"  all {len(data)} octets")
        lines += _octets(data, 0)
    return "\n".join(lines) + "\n"


def _point(frame: Decoded) -> str:
    """Whose service access point it is, unless it is one of every D channel."""
    layer2 = frame.layer2
    known = layer2.kind and layer2.sapi not in (CALL_CONTROL_SAPI, MANAGEMENT_SAPI)
    title = SAPI_TITLES.get(layer2.sapi) if known else None
    return f", {title}" if title else ""


def title_of(frame: Decoded, epoch_ns: int) -> str:
    record = frame.record
    told = {Direction.OUT: ", sent", Direction.IN: ", received", Direction.UNKNOWN: ""}[record.direction]
    sender = f", from the {frame.sender.value} side ({frame.how.value})" if frame.sender else ""
    where = f" on {record.span}" if record.span else ""
    slot = f", timeslot {record.slot}" if record.slot else ""
    place = f", at octet {record.offset} of the file" if record.offset else ""
    number = record.number or frame.order + 1
    time = elapsed(record.at_ns, epoch_ns)
    sender += ", octets rebuilt from words" if record.rebuilt else ""
    fcs = {True: " and a right FCS", False: " and a wrong FCS", None: ""}[record.fcs]
    return f"Frame {number}: {len(record.data)} octets{fcs} at {time} s{where}{slot}{told}{sender}{place}"


def _message(frame: Decoded, octets: bytes, start: int) -> Iterator[str]:
    """The Q.931 header and elements."""
    message = message_view(frame)
    yield f"  Q.931 {message.title}" + (f", {reference(frame)}" if frame.message is not None else "")
    yield from _contents(message, frame.record.data, start)
    if frame.completes is not None:
        yield f"  put together: Q.931 {view(frame.whole).title}, {len(frame.whole)} octets"
        yield from _contents(view(frame.whole), frame.whole, 0)


def _contents(message: MessageView, data: bytes, start: int) -> Iterator[str]:
    yield from _fields(message.header, data, start)
    for element in elements_of(message):
        yield from _element(element, data, start)


def elements_of(message: MessageView) -> Iterable[ElementView]:
    """The elements of a message in their order."""
    return message.elements


def field_text(field: FieldView, bare: bool = False) -> str:
    """A field's name and value, or what is wrong with it; a `bare` text stands without quotes."""
    name = _NAMES.get(field.name) or field.name.replace("_", " ")
    if field.error:
        kept = f" ({field.value.hex(' ')})" if isinstance(field.value, bytes) and field.value else ""
        return f"{name} !! {field.error}{kept}"
    value = int(field.value) if field.name in _BIT_NAMES else field.value
    if bare and isinstance(value, str):
        return f"{name}: {clean(value)[1:-1]}".removesuffix(": ")
    return f"{name}: {_value(value)}".rstrip()


def _element(element: ElementView, data: bytes, start: int) -> Iterator[str]:
    single = len(element.octets) == 1
    size = "" if single else f", {max(len(element.octets) - 2, 0)} octets"
    codeset = f", codeset {element.codeset}" if element.codeset else ""
    contents = f": {element.octets[2:].hex(' ')}" if element.fields and len(element.octets) <= 18 else ""
    identity = f"{element.title} ({element.identifier:#04x}{codeset})"
    yield f"    {identity} at octet {start + element.offset}{size}{contents}"
    if element.error:
        yield f"{_INDENT}!! {element.error}"
    elif type(element.value).__name__ in FACILITIES:
        yield from _facility(element, data, start)
        return
    yield from _fields(element.fields, data, start)
    if not element.fields and not single:
        yield from _octets(element.octets[2:], start + element.offset + 2)


def _facility(element: ElementView, data: bytes, start: int) -> Iterator[str]:
    """The components, whose they are, and all that is in them."""
    facility = facility_of(element)
    yield f"{_INDENT}{facility.flavour.value}: {facility.why}"
    if facility.error:
        yield f"{_INDENT}!! {facility.error}"
    for depth, field in facility.rows():
        yield from _fields([field], data, start, "  " * min(depth, DEEPEST), bare=True)


def _fields(
    fields: Iterable[FieldView], data: bytes, start: int, indent: str = "", bare: bool = False
) -> Iterator[str]:
    for field in fields:
        at = start + field.offset
        head = f"{_INDENT}{at:4} {field.octet.partition('/')[0]:>4}  {_bits(field, data, at):9}{indent}"
        lines = textwrap.wrap(field_text(field, bare), WIDTH - len(head) - 2, break_long_words=True) or [""]
        yield f"{head}  {lines[0]}"
        yield from (" " * (len(head) + 4) + line for line in lines[1:])
        if isinstance(field.value, Cause):
            yield from _explain(field.value, len(head) + 4)


def _bits(field: FieldView, data: bytes, at: int) -> str:
    """The field's bits of its octet, the others as dots, as "...0 0011"; "" for a field of several octets."""
    if field.length != 1 or at >= len(data):
        return ""
    octet = f"{data[at]:08b}"
    shown = "".join(bit if field.low <= 8 - n <= field.high else "." for n, bit in enumerate(octet))
    return f"{shown[:4]} {shown[4:]}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Cause):
        return f"{int(value)} {value.meaning}"
    if isinstance(value, int):
        text = words(value)
        return text if text == str(int(value)) else f"{int(value)} {text}"
    if isinstance(value, bytes):
        return value.hex(" ") or "none"
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, SlotMap):
        return f"channels {ranges(value.slots)}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def _explain(cause: Cause, indent: int) -> Iterator[str]:
    """What usually produces a cause."""
    for line in textwrap.wrap(f"usually: {cause.usually}", WIDTH - indent):
        yield " " * indent + line


def _octets(octets: bytes, at: int) -> Iterator[str]:
    """Octets in hexadecimal, sixteen a line, with the place of the first."""
    for first in range(0, len(octets), 16):
        yield f"{_INDENT}{at + first:4}  {octets[first : first + 16].hex(' ')}"
