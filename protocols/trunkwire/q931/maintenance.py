"""The maintenance messages SERVICE and SERVICE ACKNOWLEDGE (AT&T TR 41459, 5ESS, DMS-100; National ISDN).

They have a protocol discriminator and message types of their own.

Both kinds carry a change status element and, when they are about channels, a channel identification, under
the global call reference.
"""

from __future__ import annotations

import enum

import msgspec

from trunkwire.codec.errors import DecodeError
from trunkwire.q931.ies import ChangeStatusIE, ChannelIdentificationIE, ChannelStatus

_GLOBAL_REFERENCE = b"\x02\x00\x00"
_GLOBAL_ANSWER = b"\x02\x80\x00"
_REFERENCES = (_GLOBAL_REFERENCE, _GLOBAL_ANSWER)


class Maintenance(enum.Enum):
    """Whose maintenance protocol: (discriminator, SERVICE, SERVICE ACKNOWLEDGE)."""

    ATT = (0x03, 0x0F, 0x07)
    NATIONAL = (0x43, 0x07, 0x0F)

    @property
    def discriminator(self) -> int:
        """The protocol discriminator."""
        return self.value[0]

    @property
    def titles(self) -> dict[int, str]:
        """The names of its message types."""
        return {self.value[1]: "SERVICE", self.value[2]: "SERVICE ACKNOWLEDGE"}

    def title_of(self, data: bytes) -> str:
        """The name of a message of this protocol, whatever its call reference; "" for anything else."""
        at = 2 + data[1] if len(data) > 1 and data[0] == self.discriminator else len(data)
        return self.titles.get(data[at], f"maintenance message 0x{data[at]:02x}") if at < len(data) else ""


class ServiceMessage(msgspec.Struct, frozen=True):
    """One maintenance message. Without `channel` it is about the whole interface."""

    acknowledge: bool
    status: ChangeStatusIE
    channel: ChannelIdentificationIE | None = None


def build(kind: Maintenance, message: ServiceMessage) -> bytes:
    """The octets of a message. Raises EncodeError for an element that does not fit."""
    _discriminator, service, acknowledge = kind.value
    out = bytearray((kind.discriminator,))
    out += _GLOBAL_ANSWER if message.acknowledge else _GLOBAL_REFERENCE
    out.append(acknowledge if message.acknowledge else service)
    for element in (message.status, message.channel):
        if element is not None:
            body = element.layout.build(element)
            out += bytes((element.identifier, len(body))) + body
    return bytes(out)


def parse(kind: Maintenance, data: bytes) -> ServiceMessage:
    """The message in `data`. Elements in any order; other elements are skipped.

    Raises DecodeError naming the octet offset for what is no such message.
    """
    _discriminator, service, acknowledge = kind.value
    if len(data) < 5 or data[0] != kind.discriminator:
        raise DecodeError("discriminator", 0, "no maintenance message of this protocol")
    if data[1:4] not in _REFERENCES:
        raise DecodeError("call reference", 1, "a maintenance message has the global call reference")
    if data[4] not in (service, acknowledge):
        raise DecodeError("message type", 4, f"0x{data[4]:02x} is neither SERVICE nor its answer")
    found: dict[int, bytes] = {}
    at = 5
    while at < len(data):
        if data[at] >= 0x80:
            at += 1
            continue
        stop = at + 2 + (data[at + 1] if at + 1 < len(data) else 0)
        if stop > len(data):
            raise DecodeError("element", at, "the message ends within an element")
        found.setdefault(data[at], data[at + 2 : stop])
        at = stop
    if ChangeStatusIE.identifier not in found:
        raise DecodeError("change status", len(data), "the element is missing")
    status: ChangeStatusIE = ChangeStatusIE.layout.parse(found[ChangeStatusIE.identifier])
    if status.status not in frozenset(ChannelStatus):
        raise DecodeError("change status", 5, f"status {int(status.status)} means nothing")
    body = found.get(ChannelIdentificationIE.identifier)
    channel: ChannelIdentificationIE | None = (
        None if body is None else ChannelIdentificationIE.layout.parse(body)
    )
    if status.channel and channel is None:
        raise DecodeError("channel identification", len(data), "the status of a channel, and none is named")
    return ServiceMessage(data[4] == acknowledge, status, channel)
