"""What the fields of an element mean beside one another (Q.931 4.5), for traces: the coding standard says
whose code points they are, the interface type what a channel selection is, the protocol what user information
is, an octet before it what a display is.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from trunkwire.codec.walk import FieldView
from trunkwire.q931.ies import (
    IE,
    BearerCapabilityIE,
    CallStateIE,
    CauseIE,
    ChannelIdentificationIE,
    Coding,
    DisplayIE,
    HighLayerCompatibilityIE,
    LowLayerCompatibilityIE,
    ProgressIndicatorIE,
    UserProtocol,
    UserUserIE,
)
from trunkwire.q931.ies.call import DisplayPrefix

Fields = tuple[FieldView, ...]


class BasicSelection(enum.IntEnum):
    """Information channel selection on a basic interface (4.5.13)."""

    NO_CHANNEL = 0
    B1 = 1
    B2 = 2
    ANY = 3


def interpreted(cls: type[IE], fields: Fields, body: bytes) -> Fields:
    """The fields of an element of class `cls` with the values that they have beside one another."""
    say = _SAY.get(cls)
    return fields if say is None else say(fields, body)


def _value(fields: Fields, name: str) -> Any:
    return next((field.value for field in fields if field.name == name and not field.error), None)


def _opaque(fields: Fields, body: bytes) -> Fields:
    """Of an element whose octets another standard lays out only whose standard that is."""
    if _value(fields, "coding") in (None, Coding.ITU):
        return fields
    return (fields[0], FieldView("contents", body, fields[0].offset, len(body), "3"))


def _opaque_characteristics(fields: Fields, body: bytes) -> Fields:
    """The same of high layer compatibility, whose octet 3 is the same in every coding."""
    if _value(fields, "coding") in (None, Coding.ITU):
        return fields
    kept = [field for field in fields if field.octet == "3"]
    at = kept[0].offset + 1
    return (*kept, *([FieldView("contents", body[1:], at, len(body) - 1, "4")] if len(body) > 1 else ()))


def _unnamed(fields: Fields, body: bytes) -> Fields:
    """Code points of another standard, in the ITU's layout, are numbers: their names would be the ITU's."""
    if _value(fields, "coding") in (None, Coding.ITU):
        return fields
    kept = ("coding", "location")
    return tuple(
        msgspec.structs.replace(field, value=int(field.value))
        if isinstance(field.value, enum.IntEnum) and field.name not in kept
        else field
        for field in fields
    )


def _selected(fields: Fields, body: bytes) -> Fields:
    """On a basic interface the selection itself names the channel."""
    if _value(fields, "primary") is not False:
        return fields
    return tuple(
        msgspec.structs.replace(field, value=BasicSelection(field.value))
        if field.name == "selection"
        else field
        for field in fields
    )


def _text(fields: Fields, body: bytes) -> Fields:
    """User information in IA5 is text."""
    if _value(fields, "protocol") != UserProtocol.IA5:
        return fields
    *before, data = fields
    return (*before, msgspec.structs.replace(data, value=data.value.decode("latin-1")))


def _prefixed(fields: Fields, body: bytes) -> Fields:
    """The octet before the text says what is displayed."""
    first, *rest = fields
    if first.name == "mark" and rest:
        first, *rest = rest
    if first.name != "charset" or first.error:
        return fields
    return (*DisplayPrefix.layout.walk(body[:1], first.offset), *rest)


_SAY: Mapping[type[IE], Callable[[Fields, bytes], Fields]] = MappingProxyType(
    {
        BearerCapabilityIE: _opaque,
        LowLayerCompatibilityIE: _opaque,
        HighLayerCompatibilityIE: _opaque_characteristics,
        CauseIE: _unnamed,
        CallStateIE: _unnamed,
        ProgressIndicatorIE: _unnamed,
        ChannelIdentificationIE: _selected,
        UserUserIE: _text,
        DisplayIE: _prefixed,
    }
)
