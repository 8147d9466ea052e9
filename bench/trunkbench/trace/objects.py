"""What a trace says as JSON: one object a frame, with every field of LAPD and Q.931; docs/decode-json.md
explains each member.

This is the definition. `trunkbench.trace.bulk.json` makes the same bytes faster.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Any

from msgspec.json import encode

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.facilities import FACILITIES, facility_of
from trunkbench.trace.h225 import message_view
from trunkbench.trace.layer2 import layer2_fields
from trunkbench.trace.record import UNTIMED, Direction, Foreign, FrameRecord, Happening, Layer
from trunkbench.trace.segments import head_of
from trunkbench.trace.telling import words
from trunkwire.codec.slots import SlotMap
from trunkwire.codec.walk import FieldView
from trunkwire.q931.causes import Cause
from trunkwire.q931.view import ElementView, MessageView, view

Object = dict[str, Any]

_NS = 1_000_000_000
_NOT_FIELDS = frozenset({"information", "surplus"})


def json_line(item: Decoded | Happening | Foreign) -> bytes:
    """The object of an item in one line, without its end."""
    if isinstance(item, Decoded):
        return encode(frame_object(item))
    return encode(happening_object(item) if isinstance(item, Happening) else foreign_object(item))


def frame_object(frame: Decoded) -> Object:
    """A frame."""
    record = frame.record
    q931 = None
    if frame.has_message:
        whole = frame.signalling_end is not None
        q931 = message_object(message_view(frame) if whole else view(head_of(frame.layer2.information)))
        if frame.whole:
            q931["completes"] = body_object(view(frame.whole))
    return {
        "n": record.number or frame.order + 1,
        "t": instant(record.at_ns),
        **place_object(record),
        "sender": None if frame.sender is None else frame.sender.value,
        "sender_is": frame.how.value,
        "lapd": lapd_object(frame),
        "q931": q931,
        "faults": [{"at": fault.offset, "what": fault.text} for fault in frame.faults],
        "remarks": list(frame.remarks),
        "call": None if frame.call is None else frame.call.number,
        "since_setup": _since_setup(frame),
        "warnings": list(frame.warnings),
        "octets": record.data.hex(),
    }


def _since_setup(frame: Decoded) -> str | None:
    if frame.call is None or frame.call.setup_ns is None:
        return None
    if UNTIMED in (frame.call.setup_ns, frame.record.at_ns):
        return None
    return seconds(frame.record.at_ns - frame.call.setup_ns)


def place_object(record: FrameRecord) -> Object:
    """Where and how a frame was recorded."""
    told: Object = {
        "layer": record.layer.value,
        "dir": None if record.direction is Direction.UNKNOWN else record.direction.value,
        "span": record.span,
        "slot": record.slot or None,
    }
    if record.original is not None:
        told["original"] = record.original
    if record.fcs is not None:
        told["fcs"] = record.fcs
    if record.words:
        told["words"] = list(record.words)
    if record.rebuilt:
        told["rebuilt"] = True
    return told


def lapd_object(frame: Decoded) -> Object | None:
    """Layer 2 of a frame, None where there is none."""
    if frame.record.layer is not Layer.LAPD:
        return None
    layer2 = frame.layer2
    walk = layer2_fields(frame.record.data, layer2.modulus)
    fields = [field for field in walk if field.name not in _NOT_FIELDS]
    behind = len(frame.record.data) - len(layer2.information)
    told = {"kind": layer2.kind or None, **fields_object(field for field in fields if field.offset < behind)}
    if inside := fields_object(field for field in fields if field.offset >= behind):
        told["information"] = inside
    return told


def message_object(message: MessageView) -> Object:
    """A message: its header, then what stands behind its call reference."""
    return {**header_object(message), **body_object(message)}


def header_object(message: MessageView) -> Object:
    """The message up to its call reference."""
    fields = fields_object(field for field in message.header if field.name != "type")
    return {name: value for name, value in fields.items() if name != "meaning"}


def body_object(message: MessageView) -> Object:
    """The message from its type on."""
    found = [plain(field.value) for field in message.header if field.name == "type"]
    return {
        "type": message.type if message.type is not None else found[0] if found else None,
        "message": message.title,
        "ies": [element_object(element) for element in message.elements],
    }


def element_object(element: ElementView) -> Object:
    """An information element."""
    told: Object = {"id": element.identifier, "codeset": element.codeset, "ie": element.title}
    if element.error:
        told["error"] = element.error
    told.update(fields_object(element.fields))
    if type(element.value).__name__ in FACILITIES and not element.error:
        told["facility"] = facility_of(element).tree()
    told["octets"] = element.octets.hex()
    return told


def fields_object(fields: Iterable[FieldView]) -> Object:
    """Fields by their names; a name that comes again has a number behind it ("number_2").

    `meaning` has what coded values stand for, `errors` what is wrong with a field; both before the fields.
    """
    values: Object = {}
    meanings: Object = {}
    errors: Object = {}
    for field in fields:
        name, count = field.name, 1
        while name in values:
            count += 1
            name = f"{field.name}_{count}"
        values[name] = plain(field.value)
        if field.error:
            errors[name] = field.error
        elif told := meaning(field.value):
            meanings[name] = told
    leading = {"errors": errors} if errors else {}
    return {**leading, **({"meaning": meanings} if meanings else {}), **values}


def plain(value: object) -> Any:
    """A field's value as JSON has it: octets in hexadecimal, channels of a map as a list."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, SlotMap):
        return list(value.slots)
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return words(value)


def meaning(value: object) -> str:
    """What a coded value stands for, "" for a value that stands for itself."""
    if isinstance(value, Cause):
        return value.meaning
    return words(value) if isinstance(value, enum.IntEnum) else ""


def happening_object(item: Happening) -> Object:
    """Something that the trace tells beside its frames."""
    told: Object = {"n": item.number or None, "t": instant(item.at_ns), "happening": item.what}
    return {**told, "span": item.span, "slot": item.slot or None, "alarm": item.alarm}


def foreign_object(item: Foreign) -> Object:
    """A packet in which there is nothing to decode."""
    return {"n": item.number, "t": instant(item.at_ns), "foreign": item.what}


def instant(at_ns: int) -> str | None:
    """A time stamp as `seconds`, None where the trace tells no time."""
    return None if at_ns == UNTIMED else seconds(at_ns)


def seconds(ns: int) -> str:
    """Nanoseconds as seconds with nine decimals, exactly."""
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    return f"{sign}{ns // _NS}.{ns % _NS:09d}"
