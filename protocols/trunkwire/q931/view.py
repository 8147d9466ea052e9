"""Tolerant view of a Q.931 message, for traces: every field with its value or its error, and where it stands.

Never raises on any octets. An element that cannot be read is kept as bytes with the error and its offset.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from trunkwire.codec.errors import DecodeError
from trunkwire.codec.walk import FieldView
from trunkwire.q931 import lengths
from trunkwire.q931.ies import (
    CATALOGUE,
    IE,
    CauseIE,
    ChangeStatusIE,
    Coding,
    RawIE,
    SegmentedMessageIE,
    ShiftIE,
)
from trunkwire.q931.ies.diagnostics import (
    BY_CAUSE,
    WHOLE_ELEMENTS,
    ElementDiagnostic,
    RejectionReason,
)
from trunkwire.q931.maintenance import Maintenance
from trunkwire.q931.meanings import interpreted
from trunkwire.q931.message import DISCRIMINATOR, MAX_REFERENCE_LENGTH, SINGLES
from trunkwire.q931.messages import Id, MessageType, message_title

_SINGLE_OCTET = 0x80
_Declared = Mapping[tuple[int, int], type[IE]]
_MAINTAINED: _Declared = MappingProxyType({**CATALOGUE, (0, ChangeStatusIE.identifier): ChangeStatusIE})
_MAINTENANCE = {protocol.discriminator: protocol for protocol in Maintenance}
_BY_ELEMENT = (RejectionReason.ELEMENT_MISSING, RejectionReason.ELEMENT_CONTENTS_NOT_SUFFICIENT)
_TITLES = {int(member): member.title for member in Id}
_TYPES = {int(member): member for member in MessageType}


class ElementView(msgspec.Struct, frozen=True):
    """One information element as it was found.

    `offset` is where its identifier stands in the message, `octets` everything from there to its end, `value`
    the declared value, or a `RawIE` where there is none or another codeset is in force. `error` is "" or the
    first thing that is wrong with it.
    """

    title: str
    identifier: int
    codeset: int
    offset: int
    octets: bytes
    value: IE | RawIE
    fields: tuple[FieldView, ...] = ()
    error: str = ""


class MessageView(msgspec.Struct, frozen=True):
    """One message as it was found. Header values are None where the octets end before them."""

    data: bytes
    header: tuple[FieldView, ...]
    reference: int | None = None
    to_originator: bool = False
    type: int | None = None
    elements: tuple[ElementView, ...] = ()
    error: str = ""
    name: str = ""
    """Its name, if it is a maintenance message, which has no `type` of Q.931's."""

    @property
    def title(self) -> str:
        """The message's name, such as "CALL PROCEEDING", or its type in hexadecimal."""
        if self.name:
            return self.name
        if self.type is None:
            return "no message type"
        return message_title(self.type)

    @property
    def errors(self) -> tuple[tuple[int, str], ...]:
        """(octet offset, what is wrong), in wire order."""
        header = [(field.offset, field.error) for field in self.header if field.error]
        return (*header, *((element.offset, element.error) for element in self.elements if element.error))


def view(data: bytes) -> MessageView:
    """Everything that can be said about `data`, the octets after the LAPD header. Never raises."""
    if not data or (data[0] != DISCRIMINATOR and data[0] not in _MAINTENANCE):
        error = (
            f"protocol discriminator 0x{data[0]:02x} is not Q.931's 0x08" if data else "the message is empty"
        )
        first = FieldView(
            "discriminator", data[0] if data else b"", 0, len(data[:1]), "1", ws="q931.disc", error=error
        )
        rest = (FieldView("octets", data[1:], 1, len(data) - 1),) if len(data) > 1 else ()
        return MessageView(data, (first, *rest), error=error)
    header = [FieldView("discriminator", data[0], 0, 1, "1", ws="q931.disc")]
    if len(data) < 2:
        return _short(data, header, "call reference length", 1)
    length = data[1]
    fault = (
        ""
        if length <= MAX_REFERENCE_LENGTH
        else f"a call reference length octet of 0x{length:02x} is not allowed"
    )
    header.append(FieldView("reference_length", length, 1, 1, "2", ws="q931.call_ref_len", error=fault))
    if len(data) < 3 + length:
        return _short(data, header, "message type", len(data))
    value = int.from_bytes(data[2 : 2 + length], "big")
    half = 1 << 8 * length - 1 if length else 1
    flag = bool(length) and value >= half
    reference = value - half if flag else value
    if length:
        header.append(FieldView("to_originator", flag, 2, 1, "3", 8, 8, "q931.call_ref_flag"))
        header.append(FieldView("reference", reference, 2, length, "3", 7, 1, "q931.call_ref"))
    if data[0] in _MAINTENANCE:
        return _service(data, tuple(header), reference, flag, fault)
    return _call(data, header, reference, flag, fault)


def _call(data: bytes, header: list[FieldView], reference: int, flag: bool, fault: str) -> MessageView:
    """A message of Q.931 or Q.932 from its type onwards."""
    at = 2 + data[1]
    kind = data[at]
    unknown = "" if kind in _TYPES else f"message type 0x{kind:02x} is not known"
    header.append(FieldView("type", _TYPES.get(kind, kind), at, 1, ws="q931.message_type", error=unknown))
    at += 1
    if kind == MessageType.ESCAPE and at < len(data):  # 4.4: the type is national and in the next octet
        header.append(FieldView("national_type", data[at], at, 1))
        at += 1
    elements = _segment(data, at) if kind == MessageType.SEGMENT else None
    return MessageView(
        data, tuple(header), reference, flag, kind, elements or _elements(data, at), fault or unknown
    )


def _service(
    data: bytes, header: tuple[FieldView, ...], reference: int, flag: bool, fault: str
) -> MessageView:
    """SERVICE or SERVICE ACKNOWLEDGE (`maintenance`), or another message of these protocols."""
    at = 2 + data[1]
    kind = data[at]
    known = _MAINTENANCE[data[0]].titles.get(kind)
    unknown = "" if known else f"maintenance message type 0x{kind:02x} is not known"
    ws = "q931.maintenance_message_type" if data[0] == Maintenance.ATT.discriminator else "q931.message_type"
    name = known or f"maintenance message 0x{kind:02x}"
    shown = FieldView("type", known or kind, at, 1, ws=ws, error=unknown)
    elements = _elements(data, at + 1, _MAINTAINED)
    error = fault or unknown
    return MessageView(data, (*header, shown), reference, flag, None, elements, error, name)


def _segment(data: bytes, at: int) -> tuple[ElementView, ...] | None:
    """The segmented message element, and with it the part of the message that the segment carries (Annex H);
    None where no such element stands first."""
    element = _element(data, at, 0, CATALOGUE) if at < len(data) else None
    if element is None or not isinstance(element.value, SegmentedMessageIE):
        return None
    begin = at + len(element.octets)
    part = FieldView("segment", data[begin:], begin, len(data) - begin, ws="q931.message_segment")
    return (msgspec.structs.replace(element, fields=(*element.fields, part)),)


def _short(data: bytes, header: list[FieldView], missing: str, offset: int) -> MessageView:
    error = f"the message ends before its {missing}"
    last = FieldView(missing.replace(" ", "_"), data[2:], offset, 0, error=error)
    return MessageView(data, (*header, last), error=error)


def _elements(data: bytes, at: int, declared: _Declared = CATALOGUE) -> tuple[ElementView, ...]:
    found: list[ElementView] = []
    locked = current = 0
    while at < len(data):
        element = _element(data, at, current, declared)
        found.append(element)
        at += len(element.octets)
        if not isinstance(element.value, ShiftIE):
            current = locked
            continue
        shift = element.value
        if shift.non_locking:
            current = shift.codeset
        elif shift.codeset < locked:
            error = f"a locking shift from codeset {locked} down to {shift.codeset} is not allowed (4.5.3)"
            found[-1] = msgspec.structs.replace(element, error=error)
            current = locked
        else:
            locked = current = shift.codeset
    return tuple(found)


def _element(data: bytes, at: int, codeset: int, declared: _Declared) -> ElementView:
    identifier = data[at]
    cls = declared.get((codeset, identifier))
    title = ChangeStatusIE.title if cls is ChangeStatusIE else element_title(identifier, codeset)
    if identifier >= _SINGLE_OCTET:
        return _single(data[at : at + 1], at, codeset, title)
    length = data[at + 1] if at + 1 < len(data) else 0
    octets = data[at : at + 2 + length]
    body = octets[2:]
    error = ""
    if at + 1 >= len(data):
        error = "the message ends before the length octet"
    elif len(body) < length:
        error = f"length {length}, but {len(body)} octets are left"
    if cls is None or at + 1 >= len(data):
        return ElementView(
            title, identifier, codeset, at, octets, RawIE(codeset, identifier, body), error=error
        )
    fields = interpreted(cls, cls.layout.walk(body, at + 2), body)
    value: IE | RawIE = RawIE(codeset, identifier, body)
    if codeset:  # what stands here is up to the network: octets that do not fit are no fault
        fields = () if any(field.error for field in fields) else fields
        return ElementView(title, identifier, codeset, at, octets, value, fields, error)
    try:
        if not error:
            lengths.check(identifier, body)
            value = cls.layout.parse(body)
    except DecodeError as refused:
        error = str(refused)
    if isinstance(value, CauseIE) and value.diagnostics and value.coding is Coding.ITU:
        fields = (*fields[:-1], *_diagnostics(value, at + len(octets) - len(value.diagnostics)))
    return ElementView(title, identifier, codeset, at, octets, value, fields, error)


def _diagnostics(cause: CauseIE, at: int) -> tuple[FieldView, ...]:
    """The fields of a cause's diagnostics (Q.850 2.2.6), which begin at `at`."""
    octets = cause.diagnostics
    cls = BY_CAUSE.get(int(cause.value))
    elements = _elements(octets, 0) if cause.value in WHOLE_ELEMENTS else ()
    if elements and not any(element.error for element in elements):
        return tuple(
            msgspec.structs.replace(field, offset=field.offset + at)
            for element in elements
            for field in element.fields
        )
    if cls is None:
        return (FieldView("diagnostics", octets, at, len(octets), "5", ws="q931.cause_call.diagnostic"),)
    if cls is ElementDiagnostic:
        return _elements_named(octets, at)
    fields = cls.layout.walk(octets, at)
    last = fields[-1]
    if last.name == "user_specific" and fields[0].value in _BY_ELEMENT:
        fields = (*fields[:-1], *_elements_named(last.value, last.offset))
    return tuple(field for field in fields if field.length)


def _elements_named(octets: bytes, at: int) -> tuple[FieldView, ...]:
    """One field for each identifier."""
    layout = ElementDiagnostic.layout
    return tuple(field for n in range(len(octets)) for field in layout.walk(octets[n : n + 1], at + n))


def _single(octet: bytes, at: int, codeset: int, title: str) -> ElementView:
    identifier = octet[0]
    if identifier & 0xF0 == Id.SHIFT:
        layout = ShiftIE.layout
        return ElementView(title, identifier, codeset, at, octet, layout.parse(octet), layout.walk(octet, at))
    known = SINGLES.get(identifier) if codeset == 0 else None
    if isinstance(known, IE):
        fields = known.layout.walk(octet, at) if known.layout.plan.fields else ()
        return ElementView(title, identifier, codeset, at, octet, known, fields)
    return ElementView(title, identifier, codeset, at, octet, RawIE(codeset, identifier))


def element_title(identifier: int, codeset: int = 0) -> str:
    """The name of an information element, or its identifier where it has none."""
    if identifier & 0xF0 == Id.SHIFT:
        return "shift"
    if codeset:
        known = CATALOGUE.get((codeset, identifier))
        return known.title if known is not None else f"element 0x{identifier:02x} of codeset {codeset}"
    whole = identifier < _SINGLE_OCTET or identifier & 0xF0 == Id.MORE_DATA
    return _TITLES.get(identifier if whole else identifier & 0xF0, f"element 0x{identifier:02x}")
