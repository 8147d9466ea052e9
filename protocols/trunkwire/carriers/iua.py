"""IUA, the ISDN Q.921-User Adaptation layer (RFC 4233): Q.921's primitives carried over SCTP."""

from __future__ import annotations

import enum
from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Number, Record, Rest

PPID = 1
"""SCTP's payload protocol identifier of IUA (IANA registry)."""
PORT = 9900
"""Its registered port (IANA registry)."""
VERSION = 1


class MessageName(enum.Enum):
    """Class (0 MGMT, 3 ASPSM, 4 ASPTM, 5 QPTM) and type of each message (RFC 4233 3.1.2)."""

    ERROR = (0, 0)
    NOTIFY = (0, 1)
    TEI_STATUS_REQUEST = (0, 2)
    TEI_STATUS_CONFIRM = (0, 3)
    TEI_STATUS_INDICATION = (0, 4)
    TEI_QUERY_REQUEST = (0, 5)
    ASP_UP = (3, 1)
    ASP_DOWN = (3, 2)
    HEARTBEAT = (3, 3)
    ASP_UP_ACK = (3, 4)
    ASP_DOWN_ACK = (3, 5)
    HEARTBEAT_ACK = (3, 6)
    ASP_ACTIVE = (4, 1)
    ASP_INACTIVE = (4, 2)
    ASP_ACTIVE_ACK = (4, 3)
    ASP_INACTIVE_ACK = (4, 4)
    DATA_REQUEST = (5, 1)
    DATA_INDICATION = (5, 2)
    UNIT_DATA_REQUEST = (5, 3)
    UNIT_DATA_INDICATION = (5, 4)
    ESTABLISH_REQUEST = (5, 5)
    ESTABLISH_CONFIRM = (5, 6)
    ESTABLISH_INDICATION = (5, 7)
    RELEASE_REQUEST = (5, 8)
    RELEASE_CONFIRM = (5, 9)
    RELEASE_INDICATION = (5, 10)

    @property
    def words(self) -> str:
        """Its name in words."""
        return self.name.replace("_", " ")


class ParameterTag(enum.IntEnum):
    """RFC 4233 3.1.5, 3.2 and 3.3."""

    INTEGER_INTERFACE_IDENTIFIER = 0x0001
    TEXT_INTERFACE_IDENTIFIER = 0x0003
    INFO_STRING = 0x0004
    DLCI = 0x0005
    DIAGNOSTIC = 0x0007
    INTERFACE_IDENTIFIER_RANGE = 0x0008
    HEARTBEAT_DATA = 0x0009
    TRAFFIC_MODE = 0x000B
    ERROR_CODE = 0x000C
    STATUS = 0x000D
    PROTOCOL_DATA = 0x000E
    RELEASE_REASON = 0x000F
    TEI_STATUS = 0x0010
    ASP_IDENTIFIER = 0x0011


class IuaHeader(Record, frozen=True, kw_only=True):
    """The common message header (RFC 4233 3.1); `length` includes these eight octets and all parameters."""

    layout: ClassVar[Layout[IuaHeader]]

    version: Annotated[int, Bits("1", 8, 1, ws="iua.version")] = VERSION
    reserved: Annotated[int, Bits("2", 8, 1, ws="iua.reserved")] = 0
    message_class: Annotated[int, Bits("3", 8, 1, ws="iua.message_class")]
    message_type: Annotated[int, Bits("4", 8, 1, ws="iua.message_type")]
    length: Annotated[int, Number("5", 4, ws="iua.message_length")]
    parameters: Annotated[bytes, Rest("9")] = b""

    @property
    def message(self) -> MessageName | None:
        """The message by name, None for what RFC 4233 does not define."""
        return _MESSAGES.get((self.message_class, self.message_type))


class IuaParameter(Record, frozen=True, kw_only=True):
    """A parameter (RFC 4233 3.1.5); `length` includes these four octets, not the padding to four."""

    layout: ClassVar[Layout[IuaParameter]]

    tag: Annotated[int, Number("1", 2, ws="iua.parameter_tag")]
    length: Annotated[int, Number("3", 2, ws="iua.parameter_length")]
    value: Annotated[bytes, Rest("5")] = b""


class Dlci(Record, frozen=True, kw_only=True):
    """The value of a DLCI parameter (RFC 4233 3.2): Q.921's address field without its C/R bit."""

    layout: ClassVar[Layout[Dlci]]

    sapi: Annotated[int, Bits("1", 8, 3, ws="iua.dlci_sapi")]
    spare_first: Annotated[int, Bits("1", 2, 2, ws="iua.dlci_spare_bit")] = 0
    zero: Annotated[int, Bits("1", 1, 1, ws="iua.dlci_zero_bit")] = 0
    tei: Annotated[int, Bits("2", 8, 2, ws="iua.dlci_tei")]
    one: Annotated[int, Bits("2", 1, 1, ws="iua.dlci_one_bit")] = 1
    spare: Annotated[int, Number("3", 2, ws="iua.dlci_spare")] = 0


class StatusValue(Record, frozen=True, kw_only=True):
    """The value of a NOTIFY's status (RFC 4233 3.3.3.2)."""

    layout: ClassVar[Layout[StatusValue]]

    kind: Annotated[int, Number("1", 2, ws="iua.status_type")]
    identification: Annotated[int, Number("3", 2, ws="iua.status_identification")]


_MESSAGES = {name.value: name for name in MessageName}

RELEASE_REASONS = {
    0: "management",
    1: "physical alarm",
    2: "DM received",
    3: "other",
}
"""RFC 4233 3.3.1.2."""

TEI_STATES = {0: "assigned", 1: "unassigned"}
"""RFC 4233 3.3.3.3."""

ERROR_CODES = {
    0x01: "invalid version",
    0x02: "invalid interface identifier",
    0x03: "unsupported message class",
    0x04: "unsupported message type",
    0x05: "unsupported traffic mode",
    0x06: "unexpected message",
    0x07: "protocol error",
    0x08: "unsupported interface identifier type",
    0x09: "invalid stream identifier",
    0x0A: "unassigned TEI",
    0x0B: "unrecognised SAPI",
    0x0C: "invalid TEI/SAPI combination",
    0x0D: "refused for management reasons",
    0x0E: "ASP identifier required",
    0x0F: "invalid ASP identifier",
}
"""RFC 4233 3.3.3.1."""

STATES = {
    (1, 1): "AS down",
    (1, 2): "AS inactive",
    (1, 3): "AS active",
    (1, 4): "AS pending",
    (2, 1): "insufficient ASP resources active in AS",
    (2, 2): "alternate ASP active",
    (2, 3): "ASP failure",
}
"""RFC 4233 3.3.3.2: status type and identification."""

IuaHeader.layout = Layout(IuaHeader)
IuaParameter.layout = Layout(IuaParameter)
Dlci.layout = Layout(Dlci)
StatusValue.layout = Layout(StatusValue)
