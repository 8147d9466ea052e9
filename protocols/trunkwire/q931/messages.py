"""Message types of Q.931 (clause 4.4, table 4-2) and Q.932, and which elements each message of call control
carries.

The tables follow clause 3.1 (messages for circuit-mode connection control), 3.4.1 and 3.4.2 (RESTART) and
Q.932 for the Facility element. Each row: the element, how often at most, and for either direction whether it
is mandatory.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from trunkwire.side import Side


class MessageType(enum.IntEnum):
    """Message types; values without a member are kept as plain integers."""

    ESCAPE = 0x00
    ALERTING = 0x01
    CALL_PROCEEDING = 0x02
    PROGRESS = 0x03
    SETUP = 0x05
    CONNECT = 0x07
    SETUP_ACKNOWLEDGE = 0x0D
    CONNECT_ACKNOWLEDGE = 0x0F
    USER_INFORMATION = 0x20
    SUSPEND_REJECT = 0x21
    RESUME_REJECT = 0x22
    HOLD = 0x24
    SUSPEND = 0x25
    RESUME = 0x26
    HOLD_ACKNOWLEDGE = 0x28
    SUSPEND_ACKNOWLEDGE = 0x2D
    RESUME_ACKNOWLEDGE = 0x2E
    HOLD_REJECT = 0x30
    RETRIEVE = 0x31
    RETRIEVE_ACKNOWLEDGE = 0x33
    RETRIEVE_REJECT = 0x37
    DETACH = 0x40
    DISCONNECT = 0x45
    RESTART = 0x46
    DETACH_ACKNOWLEDGE = 0x48
    RELEASE = 0x4D
    RESTART_ACKNOWLEDGE = 0x4E
    RELEASE_COMPLETE = 0x5A
    SEGMENT = 0x60
    FACILITY = 0x62
    REGISTER = 0x64
    NOTIFY = 0x6E
    STATUS_ENQUIRY = 0x75
    CONGESTION_CONTROL = 0x79
    INFORMATION = 0x7B
    STATUS = 0x7D

    @property
    def title(self) -> str:
        """The name in the Recommendation's spelling, such as "CALL PROCEEDING"."""
        return self.name.replace("_", " ")


OTHER_TITLES: Mapping[int, str] = MappingProxyType(
    {
        0x06: "GROUP SERVICE",
        0x08: "RESYNC REQUEST",
        0x09: "RESYNC RESPONSE",
        0x0A: "VERSION",
        0x0B: "GROUP SERVICE ACKNOWLEDGE",
        0x6A: "FACILITY ACKNOWLEDGE",
        0x72: "FACILITY REJECT",
    }
)
"""Message types of networks and of earlier issues of Q.932, which call control does not know: names only."""


def message_title(kind: int) -> str:
    """The name of a message type, or the type in hexadecimal."""
    try:
        return MessageType(kind).title
    except ValueError:
        return OTHER_TITLES.get(kind, f"message type 0x{kind:02x}")


class Id(enum.IntEnum):
    """Information element identifiers of codeset 0 (Q.931 table 4-3, Q.932 table 8-3 and the ETSI
    services)."""

    SEGMENTED_MESSAGE = 0x00
    BEARER_CAPABILITY = 0x04
    CAUSE = 0x08
    EXTENDED_FACILITY = 0x0D
    CALL_IDENTITY = 0x10
    CALL_STATE = 0x14
    CHANNEL_IDENTIFICATION = 0x18
    FACILITY = 0x1C
    PROGRESS_INDICATOR = 0x1E
    NETWORK_SPECIFIC_FACILITIES = 0x20
    NOTIFICATION_INDICATOR = 0x27
    DISPLAY = 0x28
    DATE_TIME = 0x29
    KEYPAD_FACILITY = 0x2C
    INFORMATION_REQUEST = 0x32
    SIGNAL = 0x34
    SWITCHHOOK = 0x36
    FEATURE_ACTIVATION = 0x38
    FEATURE_INDICATION = 0x39
    SERVICE_PROFILE_IDENTIFICATION = 0x3A
    ENDPOINT_IDENTIFIER = 0x3B
    INFORMATION_RATE = 0x40
    END_TO_END_TRANSIT_DELAY = 0x42
    TRANSIT_DELAY = 0x43
    PACKET_LAYER_BINARY_PARAMETERS = 0x44
    PACKET_LAYER_WINDOW_SIZE = 0x45
    PACKET_SIZE = 0x46
    CLOSED_USER_GROUP = 0x47
    REVERSE_CHARGING = 0x4A
    CONNECTED_NUMBER = 0x4C
    CONNECTED_SUBADDRESS = 0x4D
    CALLING_NUMBER = 0x6C
    CALLING_SUBADDRESS = 0x6D
    CALLED_NUMBER = 0x70
    CALLED_SUBADDRESS = 0x71
    REDIRECTING_NUMBER = 0x74
    REDIRECTION_NUMBER = 0x76
    TRANSIT_NETWORK_SELECTION = 0x78
    RESTART_INDICATOR = 0x79
    LOW_LAYER_COMPATIBILITY = 0x7C
    HIGH_LAYER_COMPATIBILITY = 0x7D
    USER_USER = 0x7E
    ESCAPE = 0x7F
    SHIFT = 0x90
    MORE_DATA = 0xA0
    SENDING_COMPLETE = 0xA1
    CONGESTION_LEVEL = 0xB0
    REPEAT_INDICATOR = 0xD0

    @property
    def title(self) -> str:
        """The name in the Recommendation's spelling, such as "bearer capability"."""
        return self.name.replace("_", " ").lower()


class Row(msgspec.Struct, frozen=True):
    """One element of a message: how often it may stand, and who must send it (None: either side)."""

    most: int = 1
    mandatory_from: frozenset[Side] = frozenset()
    sent_by: frozenset[Side] = frozenset(Side)


_OPTIONAL = Row()
_TWICE = Row(2)
_MANY = Row(99)
_MANDATORY = Row(mandatory_from=frozenset(Side))
_NETWORK_MANDATORY = Row(mandatory_from=frozenset({Side.NETWORK}))
_FROM_NETWORK = Row(sent_by=frozenset({Side.NETWORK}))
_FROM_USER = Row(sent_by=frozenset({Side.USER}))
_ANYWHERE: Mapping[int, Row] = MappingProxyType(
    {Id.DISPLAY: _FROM_NETWORK, Id.FACILITY: _MANY, Id.EXTENDED_FACILITY: _MANY}
)


def _table(*optional: Id, **rows: Row) -> Mapping[int, Row]:
    table: dict[int, Row] = dict(_ANYWHERE)
    table.update({int(identifier): _OPTIONAL for identifier in optional})
    table.update({int(Id[name.upper()]): row for name, row in rows.items()})
    return MappingProxyType(table)


_ANSWER = (
    Id.CHANNEL_IDENTIFICATION,
    Id.SIGNAL,
    Id.HIGH_LAYER_COMPATIBILITY,
    Id.USER_USER,
    Id.NOTIFICATION_INDICATOR,
)

TABLES: Mapping[int, Mapping[int, Row]] = MappingProxyType(
    {
        # 3.1.1
        MessageType.ALERTING: _table(
            *_ANSWER,
            Id.BEARER_CAPABILITY,
            progress_indicator=_TWICE,
            connected_number=_OPTIONAL,
            redirection_number=_OPTIONAL,
        ),
        # 3.1.2
        MessageType.CALL_PROCEEDING: _table(
            Id.BEARER_CAPABILITY,
            Id.CHANNEL_IDENTIFICATION,
            Id.HIGH_LAYER_COMPATIBILITY,
            Id.NOTIFICATION_INDICATOR,
            progress_indicator=_TWICE,
        ),
        # 3.1.3
        MessageType.CONNECT: _table(
            *_ANSWER,
            Id.BEARER_CAPABILITY,
            Id.LOW_LAYER_COMPATIBILITY,
            Id.CONNECTED_NUMBER,
            Id.CONNECTED_SUBADDRESS,
            progress_indicator=_TWICE,
            date_time=_FROM_NETWORK,
        ),
        # 3.1.4
        MessageType.CONNECT_ACKNOWLEDGE: _table(signal=_FROM_NETWORK),
        # 3.1.5
        MessageType.DISCONNECT: _table(
            Id.USER_USER,
            Id.NOTIFICATION_INDICATOR,
            cause=Row(2, frozenset(Side)),
            progress_indicator=_TWICE,
            signal=_FROM_NETWORK,
        ),
        # 3.1.6
        MessageType.INFORMATION: _table(
            Id.SENDING_COMPLETE,
            Id.KEYPAD_FACILITY,
            Id.CALLED_NUMBER,
            cause=_FROM_NETWORK,
            signal=_FROM_NETWORK,
            feature_activation=_FROM_USER,
            feature_indication=_FROM_NETWORK,
            information_request=_FROM_NETWORK,
        ),
        # 3.1.7
        MessageType.NOTIFY: _table(
            Id.BEARER_CAPABILITY,
            Id.REDIRECTION_NUMBER,
            notification_indicator=Row(9, frozenset(Side)),
        ),
        # 3.1.8
        MessageType.PROGRESS: _table(
            Id.BEARER_CAPABILITY,
            Id.CAUSE,
            Id.HIGH_LAYER_COMPATIBILITY,
            Id.USER_USER,
            Id.NOTIFICATION_INDICATOR,
            progress_indicator=Row(2, frozenset(Side)),
        ),
        # 3.1.9; the cause is mandatory when this message begins the clearing (5.3.2)
        MessageType.RELEASE: _table(
            Id.USER_USER,
            cause=_TWICE,
            signal=_FROM_NETWORK,
        ),
        # 3.1.10
        MessageType.RELEASE_COMPLETE: _table(
            Id.USER_USER,
            cause=_TWICE,
            signal=_FROM_NETWORK,
        ),
        # 3.1.14; the channel is mandatory towards the user, and on a primary rate interface only there
        MessageType.SETUP: _table(
            Id.SENDING_COMPLETE,
            Id.KEYPAD_FACILITY,
            Id.INFORMATION_RATE,
            Id.END_TO_END_TRANSIT_DELAY,
            Id.TRANSIT_DELAY,
            Id.PACKET_LAYER_BINARY_PARAMETERS,
            Id.PACKET_LAYER_WINDOW_SIZE,
            Id.PACKET_SIZE,
            Id.CLOSED_USER_GROUP,
            Id.REVERSE_CHARGING,
            Id.CALLING_NUMBER,
            Id.CALLING_SUBADDRESS,
            Id.CALLED_NUMBER,
            Id.CALLED_SUBADDRESS,
            Id.REDIRECTING_NUMBER,
            Id.USER_USER,
            Id.REPEAT_INDICATOR,
            bearer_capability=Row(2, frozenset(Side)),
            channel_identification=_NETWORK_MANDATORY,
            progress_indicator=_TWICE,
            network_specific_facilities=Row(4),
            notification_indicator=_TWICE,
            date_time=_FROM_NETWORK,
            signal=_FROM_NETWORK,
            transit_network_selection=Row(4, sent_by=frozenset({Side.USER})),
            low_layer_compatibility=_TWICE,
            high_layer_compatibility=_TWICE,
        ),
        # 3.1.15
        MessageType.SETUP_ACKNOWLEDGE: _table(
            Id.CHANNEL_IDENTIFICATION,
            progress_indicator=_TWICE,
            signal=_FROM_NETWORK,
        ),
        # 3.1.16
        MessageType.STATUS: _table(cause=_MANDATORY, call_state=_MANDATORY),
        # 3.1.17
        MessageType.STATUS_ENQUIRY: _table(),
        # 3.1.11 to 3.1.13
        MessageType.RESUME: _table(Id.CALL_IDENTITY),
        MessageType.RESUME_ACKNOWLEDGE: _table(channel_identification=_MANDATORY),
        MessageType.RESUME_REJECT: _table(cause=_MANDATORY),
        # 3.1.18 to 3.1.20
        MessageType.SUSPEND: _table(Id.CALL_IDENTITY),
        MessageType.SUSPEND_ACKNOWLEDGE: _table(),
        MessageType.SUSPEND_REJECT: _table(cause=_MANDATORY),
        # 3.3.3, 3.3.13
        MessageType.CONGESTION_CONTROL: _table(congestion_level=_MANDATORY, cause=_MANDATORY),
        MessageType.USER_INFORMATION: _table(Id.MORE_DATA, user_user=_MANDATORY),
        # Q.932 7.1; the services send further elements in FACILITY, which are not judged here
        MessageType.HOLD: _table(),
        MessageType.HOLD_ACKNOWLEDGE: _table(),
        MessageType.HOLD_REJECT: _table(cause=_MANDATORY),
        MessageType.RETRIEVE: _table(Id.CHANNEL_IDENTIFICATION),
        MessageType.RETRIEVE_ACKNOWLEDGE: _table(Id.CHANNEL_IDENTIFICATION),
        MessageType.RETRIEVE_REJECT: _table(cause=_MANDATORY),
        # 3.4.1, 3.4.2
        MessageType.RESTART: _table(Id.CHANNEL_IDENTIFICATION, restart_indicator=_MANDATORY),
        MessageType.RESTART_ACKNOWLEDGE: _table(
            Id.CHANNEL_IDENTIFICATION,
            restart_indicator=_MANDATORY,
        ),
    }
)
"""Elements by message type and identifier; call control does not check a message type that is not here."""

_SERVICE_ELEMENTS: Mapping[int, Row] = MappingProxyType({int(member): _MANY for member in Id})
"""The services of Q.950 onwards put any element into the messages that carry them."""

EVERY_TABLE: Mapping[int, Mapping[int, Row]] = MappingProxyType(
    {
        **TABLES,
        # Annex H; what stands behind the element is a part of another message
        MessageType.SEGMENT: MappingProxyType({int(Id.SEGMENTED_MESSAGE): _MANDATORY}),
        # Q.932 7.1
        MessageType.FACILITY: MappingProxyType(
            {**_SERVICE_ELEMENTS, int(Id.FACILITY): Row(99, frozenset(Side))}
        ),
        MessageType.REGISTER: _SERVICE_ELEMENTS,
        # earlier issues of Q.931
        MessageType.DETACH: _table(Id.CAUSE),
        MessageType.DETACH_ACKNOWLEDGE: _table(Id.CAUSE),
    }
)
"""`TABLES` and those of the messages that call control leaves to others: every message but ESCAPE, for
whoever judges a trace."""

STANDS_FOR: Mapping[int, int] = MappingProxyType({int(Id.FACILITY): int(Id.EXTENDED_FACILITY)})
"""What may stand in a mandatory element's place (Q.932 8.2)."""
