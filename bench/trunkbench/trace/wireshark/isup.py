"""What tshark 4.0 shows of Q.931 in packets of Signalling System No. 7.

Some parameters of ISUP are elements of Q.931 without identifier and length (Q.763 3.12, 3.57, 3.59, 3.60),
one holds whole elements (3.3).
"""

from __future__ import annotations

from dataclasses import dataclass

from trunkbench.trace.capture import Packet
from trunkbench.trace.wireshark.elements import BEARER, CAUSE, HIGH_LAYER, USER_USER, Reading
from trunkbench.trace.wireshark.message import MessageReader
from trunkbench.trace.wireshark.steps import Fields, read
from trunkwire.carriers.mtp2 import IsupHead, MessageUnit, PseudoHeader, ServiceIndicator, SignalUnit
from trunkwire.codec.errors import DecodeError

MTP2, MTP2_WITH_HEADER, MTP3 = 140, 139, 141
LINK_TYPES = (MTP2, MTP2_WITH_HEADER, MTP3)

_MESSAGE = "MSU"
_ACCESS_TRANSPORT = 0x03
_CAUSE = 0x12
_USER_USER = 0x20
_PARAMETERS: dict[int, Reading] = {
    _CAUSE: CAUSE,
    0x1D: BEARER,
    _USER_USER: USER_USER,
    0x30: BEARER,
    0x34: HIGH_LAYER,
}
_OWN_VALUE = "q931.cause_value"
"""ISUP has a name of its own for it."""


@dataclass(frozen=True, slots=True)
class _Format:
    """A message (Q.763 clause 4): octets of its fixed part, its variable parameters, and whether optional
    ones follow."""

    fixed: int = 0
    variable: tuple[int, ...] = ()
    optional: bool = True


_ANY = -1
"""A variable parameter that has nothing of Q.931."""
_FORMATS: dict[int, _Format] = (
    dict.fromkeys((8, 9, 16, 50, 51, 54, 55, 56, 64, 65, 66, 67), _Format())
    | dict.fromkeys((13, 14, 31, 32, 44), _Format(1))
    | dict.fromkeys((3, 4, 6, 7), _Format(2))
    | {
        1: _Format(5, (_ANY,)),
        2: _Format(0, (_ANY,)),
        12: _Format(0, (_CAUSE,)),
        33: _Format(1, (_CAUSE,)),
        45: _Format(0, (_USER_USER,)),
        47: _Format(0, (_CAUSE,)),
    }
)


@dataclass(frozen=True, slots=True)
class Isup:
    """The ISUP messages of one capture."""

    reader: MessageReader

    def packet(self, packet: Packet) -> Fields:
        """The fields of the message in a packet."""
        if packet.link_type == MTP3:
            return self._routed(packet.data)
        if packet.link_type == MTP2:
            return self.unit(packet.data)
        try:
            return self.unit(PseudoHeader.layout.parse(packet.data).unit)
        except DecodeError:
            return []

    def unit(self, octets: bytes) -> Fields:
        """The fields of the message in a signal unit (Q.703 2.2)."""
        try:
            unit = SignalUnit.layout.parse(octets)
        except DecodeError:
            return []
        return self._routed(unit.rest) if unit.kind == _MESSAGE else []

    def _routed(self, octets: bytes) -> Fields:
        try:
            message = MessageUnit.layout.parse(octets)
            if message.service is not ServiceIndicator.ISUP:
                return []
            head = IsupHead.layout.parse(message.rest)
        except DecodeError:
            return []
        fields: Fields = []
        if head.type in _FORMATS:
            self._message(_FORMATS[head.type], head.rest, fields)
        return fields

    def _message(self, form: _Format, octets: bytes, fields: Fields) -> None:
        at = form.fixed
        for parameter in form.variable:
            if at >= len(octets):
                return
            where = at + octets[at]
            if where >= len(octets):
                return
            self._parameter(parameter, octets[where + 1 : where + 1 + octets[where]], fields)
            at += 1
        if not form.optional or at >= len(octets) or not octets[at]:
            return
        at += octets[at]
        while at + 1 < len(octets) and octets[at]:
            parameter, size = octets[at], octets[at + 1]
            self._parameter(parameter, octets[at + 2 : at + 2 + size], fields)
            if parameter == _ACCESS_TRANSPORT and not self.reader.whole:
                return
            at += 2 + size

    def _parameter(self, parameter: int, body: bytes, fields: Fields) -> None:
        if parameter == _ACCESS_TRANSPORT:
            fields += self.reader.elements(body)
        elif parameter in _PARAMETERS:
            fields += [pair for pair in read(_PARAMETERS[parameter], body) if pair[0] != _OWN_VALUE]
