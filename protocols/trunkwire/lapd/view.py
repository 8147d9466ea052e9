"""Tolerant view of what unnumbered frames carry, for traces: TEI management (Q.921 5.3.6), XID (5.4, ISO/IEC
8885) and the rejected frame in an FRMR (3.6.11), each field with its octet, its bits and its error.

Octets are numbered as in the Recommendation's figures, where the control field is octet 4. Nothing here
raises, whatever the octets.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar

import msgspec

from trunkwire.codec import Bits, Counted, FieldView, Layout, Number, Record, Rest
from trunkwire.lapd.events import MANAGEMENT_SAPI
from trunkwire.lapd.management import LAYER_MANAGEMENT, ActionIndicator, ManagementMessage, ManagementType

Fields = tuple[FieldView, ...]

SAPI_TITLES: Mapping[int, str] = MappingProxyType(
    {
        0: "call control",
        1: "packet mode by Q.931",
        12: "teleaction",
        16: "X.25 packet layer",
        62: "operation and maintenance of a GSM base station",
        MANAGEMENT_SAPI: "layer 2 management",
    }
)
"""Service access points of an ISDN (Q.921 table 2), and the one of GSM's Abis (3GPP TS 48.056)."""

_MANAGED = 5  # octets of the shortest message of TEI management


class XidParameterName(enum.IntEnum):
    """Parameter identifiers of the negotiation group (ISO/IEC 8885)."""

    SET = 0
    CLASSES_OF_PROCEDURES = 2
    OPTIONAL_FUNCTIONS = 3
    N201_SENT = 5
    N201_RECEIVED = 6
    K_SENT = 7
    K_RECEIVED = 8
    T200 = 9
    N200 = 10


class XidFormat(Record, frozen=True, kw_only=True):
    """How an XID's information field is coded."""

    layout: ClassVar[Layout[XidFormat]]

    format: Annotated[int, Bits("5", 8, 1)]
    groups: Annotated[bytes, Rest("6")] = b""


class XidGroup(Record, frozen=True, kw_only=True):
    """A group of parameters at the start of those that remain."""

    layout: ClassVar[Layout[XidGroup]]

    group: Annotated[int, Bits("6", 8, 1)]
    length: Annotated[int, Number("7", 2)]
    parameters: Annotated[bytes, Counted("9", "length")] = b""
    groups: Annotated[bytes, Rest("10")] = b""


class XidParameter(Record, frozen=True, kw_only=True):
    """A parameter at the start of those that remain."""

    layout: ClassVar[Layout[XidParameter]]

    parameter: Annotated[XidParameterName | int, Bits("9", 8, 1)]
    length: Annotated[int, Bits("10", 8, 1)]
    value: Annotated[bytes, Counted("11", "length")] = b""
    parameters: Annotated[bytes, Rest("12")] = b""


class FrameReject(Record, frozen=True, kw_only=True):
    """What an FRMR says of the frame that it rejects, and where its sender stood (figure 6)."""

    layout: ClassVar[Layout[FrameReject]]

    rejected: Annotated[int, Number("5", 2)]
    vs: Annotated[int, Bits("7", 8, 2)]
    vr: Annotated[int, Bits("8", 8, 2)]
    response: Annotated[bool, Bits("8", 1, 1)]
    spare: Annotated[int, Bits("9", 8, 5)] = 0
    invalid_nr: Annotated[bool, Bits("9", 4, 4)]
    too_long: Annotated[bool, Bits("9", 3, 3)]
    no_information: Annotated[bool, Bits("9", 2, 2)]
    undefined: Annotated[bool, Bits("9", 1, 1)]


class BasicFrameReject(Record, frozen=True, kw_only=True):
    """The same on a link that counts modulo 8 (ITU-T X.25 2.3.4.10)."""

    layout: ClassVar[Layout[BasicFrameReject]]

    rejected: Annotated[int, Bits("5", 8, 1)]
    vr: Annotated[int, Bits("6", 8, 6)]
    response: Annotated[bool, Bits("6", 5, 5)]
    vs: Annotated[int, Bits("6", 4, 2)]
    spare: Annotated[int, Bits("7", 8, 5)] = 0
    invalid_nr: Annotated[bool, Bits("7", 4, 4)]
    too_long: Annotated[bool, Bits("7", 3, 3)]
    no_information: Annotated[bool, Bits("7", 2, 2)]
    undefined: Annotated[bool, Bits("7", 1, 1)]


XidFormat.layout = Layout(XidFormat)
XidGroup.layout = Layout(XidGroup)
XidParameter.layout = Layout(XidParameter)
FrameReject.layout = Layout(FrameReject)
BasicFrameReject.layout = Layout(BasicFrameReject)


def information_fields(kind: str, sapi: int, information: bytes, base: int) -> Fields:
    """The fields of what an unnumbered frame carries; `kind` is "UI", "XID" or "FRMR", `base` the place of
    the first octet in the frame. Empty for what is not layer 2's own."""
    if kind == "XID" and information:
        return xid_fields(information, base)
    if kind == "FRMR":
        return reject_fields(information, base)
    if kind == "UI" and sapi == MANAGEMENT_SAPI:
        return management_fields(information, base)
    return ()


def management_fields(information: bytes, base: int) -> Fields:
    """A message of TEI management; of another management entity only which one it is."""
    if information and information[0] != LAYER_MANAGEMENT:
        entity = FieldView("entity", information[0], base, 1, "5", ws="tei.entity")
        error = f"management entity 0x{information[0]:02x} is not TEI management's 0x0f (5.3.6.2)"
        rest = FieldView("octets", information[1:], base + 1, len(information) - 1, "6", error=error)
        return (entity, rest)
    found: list[FieldView] = []
    for field in ManagementMessage.layout.walk(information, base):
        if field.name == "type" and field.value not in set(ManagementType) and not field.error:
            field = msgspec.structs.replace(field, error=f"message type {field.value} is not known (5.3.6.4)")
        if field.name != "further":
            found.append(field)
    at = _MANAGED
    last = at > len(information) or bool(found[-1].value)
    while at < len(information) and not last:
        fields = ActionIndicator.layout.walk(information[at : at + 1], base + at)
        found += (msgspec.structs.replace(field, octet=str(at + 5)) for field in fields)
        last = bool(fields[-1].value)
        at += 1
    if at < len(information):
        surplus = information[at:]
        error = "octets behind the last action indicator"
        found.append(FieldView("surplus", surplus, base + at, len(surplus), str(at + 5), error=error))
    return tuple(found)


def xid_fields(information: bytes, base: int) -> Fields:
    """Format, groups and parameters of an XID frame."""
    found = list(XidFormat.layout.walk(information, base))
    at = len(information) - len(found.pop().value)
    while at < len(information):
        fields = XidGroup.layout.walk(information[at:], base + at)
        held = {field.name: field for field in fields}
        parameters = held.get("parameters")
        if parameters is None or parameters.error:
            return (*found, *fields)
        found += (held["group"], held["length"])
        found += _parameters(parameters.value, parameters.offset)
        at = parameters.offset + parameters.length - base
    return tuple(found)


def _parameters(octets: bytes, base: int) -> list[FieldView]:
    """The parameters of a group."""
    found: list[FieldView] = []
    at = 0
    while at < len(octets):
        fields = XidParameter.layout.walk(octets[at:], base + at)
        held = {field.name: field for field in fields}
        value = held.get("value")
        if value is None or value.error:
            return found + list(fields)
        number = int.from_bytes(value.value, "big")
        found += (held["parameter"], held["length"], msgspec.structs.replace(value, value=number))
        at = value.offset + value.length - base
    return found


def reject_fields(information: bytes, base: int) -> Fields:
    """The information field of an FRMR, modulo 8 if it has three octets, else modulo 128."""
    basic = len(information) == 3
    return (BasicFrameReject.layout if basic else FrameReject.layout).walk(information, base)
