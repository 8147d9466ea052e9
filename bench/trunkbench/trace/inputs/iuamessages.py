"""IUA messages (RFC 4233): Q.931 messages as records, everything else as happenings.

Requests go from the application server process towards the line, indications come from it; so the message
itself tells the direction, whichever host recorded it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trunkbench.trace.inputs.options import Item
from trunkbench.trace.inputs.sctpflows import Address, UserMessage
from trunkbench.trace.record import Direction, FrameRecord, Happening, Layer
from trunkwire.carriers.iua import (
    ERROR_CODES,
    RELEASE_REASONS,
    STATES,
    TEI_STATES,
    VERSION,
    Dlci,
    IuaHeader,
    IuaParameter,
    MessageName,
    ParameterTag,
    StatusValue,
)

_HEADER = 8
_PARAMETER = 4
_REQUESTS = frozenset({MessageName.DATA_REQUEST, MessageName.UNIT_DATA_REQUEST})
_INDICATIONS = frozenset({MessageName.DATA_INDICATION, MessageName.UNIT_DATA_INDICATION})
_CALL_CONTROL = 0
"""The SAPI of Q.931 (Q.921 table 2)."""
_PHYSICAL = 1
_ALARMS = {(2, 1): True, (2, 3): True, (1, 3): False}
_IDENTIFIERS = (ParameterTag.INTEGER_INTERFACE_IDENTIFIER, ParameterTag.TEXT_INTERFACE_IDENTIFIER)


@dataclass(slots=True)
class _Read:
    """What the parameters of one message say."""

    interface: str | None = None
    dlci: Dlci | None = None
    data: bytes | None = None
    words: list[str] = field(default_factory=list)
    alarm: bool | None = None
    broken: str = ""


class IuaMessages:
    """The IUA messages of one capture's interface."""

    def __init__(self) -> None:
        self._gateways: dict[str, Address] = {}

    def take(self, message: UserMessage, number: int, at_ns: int, offset: int) -> Item:
        """What one message is."""
        octets = message.data
        if len(octets) < _HEADER:
            return Happening(
                at_ns, f"IUA message of {len(octets)} octets, cut off", number=number, offset=offset
            )
        header = IuaHeader.layout.reader(octets)
        name = header.message
        told = name.words if name else f"class {header.message_class} type {header.message_type}"
        read = _parameters(octets[_HEADER : max(header.length, _HEADER)])
        if header.version != VERSION:
            read.words.append(f"version {header.version}")
        if header.length > len(octets):
            read.broken = (
                read.broken or f"its length {header.length} beyond the {len(octets)} octets there are"
            )
        gateway = message.source if name in _INDICATIONS else message.destination
        span = self._span(read, gateway)
        if name is not None and read.data is not None and name in _REQUESTS | _INDICATIONS:
            return FrameRecord(
                at_ns,
                Direction.OUT if name in _REQUESTS else Direction.IN,
                read.data,
                span,
                number=number,
                offset=offset,
                layer=Layer.Q931 if read.dlci is None or read.dlci.sapi == _CALL_CONTROL else Layer.OTHER,
            )
        if name in _REQUESTS | _INDICATIONS and not read.broken:
            read.broken = "without protocol data"
        what = ", ".join((f"IUA {told}", *read.words, *([read.broken] if read.broken else ())))
        return Happening(at_ns, what, span, number=number, offset=offset, alarm=read.alarm)

    def _span(self, read: _Read, gateway: Address) -> str:
        """The interface by its identifier; with its gateway if another's has the same one."""
        if read.interface is None:
            return ""
        span = f"IUA interface {read.interface}"
        if self._gateways.setdefault(read.interface, gateway) != gateway:
            span += f" of {gateway[0]}"
        if read.dlci is not None and read.dlci.tei:
            span += f", TEI {read.dlci.tei}"  # call references are each terminal's own
        return span


def _parameters(octets: bytes) -> _Read:
    """Read the parameters as far as they can be followed."""
    read = _Read()
    while len(octets) >= _PARAMETER:
        parameter = IuaParameter.layout.reader(octets)
        if not _PARAMETER <= parameter.length <= len(octets):
            read.broken = f"parameter {parameter.tag:#06x} with the length {parameter.length} is broken"
            return read
        _parameter(read, parameter.tag, octets[_PARAMETER : parameter.length])
        octets = octets[parameter.length + -parameter.length % 4 :]
    return read


def _parameter(read: _Read, tag: int, value: bytes) -> None:
    number = int.from_bytes(value[:4], "big")
    if tag in _IDENTIFIERS:
        is_text = tag == ParameterTag.TEXT_INTERFACE_IDENTIFIER
        read.interface = _text(value) if is_text else str(number)
    elif tag == ParameterTag.DLCI and len(value) >= 2:
        read.dlci = Dlci.layout.reader(value.ljust(4, b"\0"))
        read.words.append(f"SAPI {read.dlci.sapi} TEI {read.dlci.tei}")
    elif tag == ParameterTag.PROTOCOL_DATA:
        read.data = value
    elif tag == ParameterTag.RELEASE_REASON:
        read.words.append(f"reason {RELEASE_REASONS.get(number, number)}")
        read.alarm = True if number == _PHYSICAL else None
    elif tag == ParameterTag.ERROR_CODE:
        read.words.append(ERROR_CODES.get(number, f"error {number}"))
    elif tag == ParameterTag.TEI_STATUS:
        read.words.append(f"TEI {TEI_STATES.get(number, number)}")
    elif tag == ParameterTag.STATUS and len(value) >= 4:
        status = StatusValue.layout.reader(value)
        key = (status.kind, status.identification)
        read.words.append(STATES.get(key, f"status {key[0]} {key[1]}"))
        read.alarm = _ALARMS.get(key)
    elif tag == ParameterTag.INFO_STRING:
        read.words.append(f'"{_text(value)}"')


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode("utf-8", "replace")
