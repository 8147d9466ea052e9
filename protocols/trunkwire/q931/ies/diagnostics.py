"""The diagnostics of a cause (Q.850 2.2.6), by cause value, in the ITU's coding."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from trunkwire.codec.layout import Layout, Record
from trunkwire.codec.primitives import Bits, Rest, Text
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies.values import ChannelType
from trunkwire.q931.messages import Id, MessageType


class Condition(enum.IntEnum):
    """For how long a cause holds."""

    UNKNOWN = 0
    PERMANENT = 1
    TRANSIENT = 2


class RejectionReason(enum.IntEnum):
    """Why a call was rejected."""

    USER_SPECIFIC = 0
    ELEMENT_MISSING = 1
    ELEMENT_CONTENTS_NOT_SUFFICIENT = 2


class Ccbs(enum.IntEnum):
    """Whether the caller may be called back when the line is free."""

    POSSIBLE = 1
    NOT_POSSIBLE = 2


class Attribute(enum.IntEnum):
    """Which attribute of the bearer capability a network cannot give."""

    TRANSFER_CAPABILITY = 0x31
    TRANSFER_MODE = 0x32
    TRANSFER_RATE = 0x33
    STRUCTURE = 0x34
    CONFIGURATION = 0x35
    ESTABLISHMENT = 0x36
    SYMMETRY = 0x37
    TRANSFER_RATE_BACKWARD = 0x38
    LAYER_IDENTIFICATION = 0x39
    RATE_MULTIPLIER = 0x3A


class Diagnostic(Record, frozen=True, kw_only=True):
    """Base of the diagnostics."""

    layout: ClassVar[Layout[Any]]


class ConditionDiagnostic(Diagnostic, frozen=True, kw_only=True):
    """Who says so (`user`: the user, else the provider) and for how long (2.2.6.1)."""

    user: Annotated[bool, Bits("5", 4, 4, ws="q931.network_service")] = False
    abnormal: Annotated[bool, Bits("5", 3, 3, ws="q931.extension_condition_type")] = False
    condition: Annotated[Condition | int, Bits("5", 2, 1, ws="q931.extension_condition")]


class CcbsDiagnostic(Diagnostic, frozen=True, kw_only=True):
    """Completion of calls to a busy subscriber (2.2.6.3)."""

    ccbs: Annotated[Ccbs | int, Bits("5", 8, 1)]


class RejectionDiagnostic(Diagnostic, frozen=True, kw_only=True):
    """Why, for how long, and by which element or in the user's own words (2.2.6.4)."""

    reason: Annotated[RejectionReason | int, Bits("5", 7, 3, ws="q931.cause_call.rejection_reason")]
    condition: Annotated[Condition | int, Bits("5", 2, 1, ws="q931.cause_call.condition")]
    user_specific: Annotated[bytes, Rest("6", ws="q931.cause_call.user_specific_diagnostic")] = b""


class AttributeDiagnostic(Diagnostic, frozen=True, kw_only=True):
    """An attribute, what was asked and what can be had, both coded as in the bearer capability (2.2.6.7)."""

    attribute: Annotated[Attribute | int, Bits("5", 7, 1)]
    rejected: Annotated[int | None, Bits("5a", 7, 1)] = None
    available: Annotated[int | None, Bits("5b", 7, 1)] = None


class ChannelTypeDiagnostic(Diagnostic, frozen=True, kw_only=True):
    """The channel type that is not there (2.2.6.8)."""

    channel_type: Annotated[ChannelType | int, Bits("5", 4, 1)]


class ElementDiagnostic(Diagnostic, frozen=True, kw_only=True):
    """One element that is meant; as many octets as there are elements (2.2.6.9 and table 1)."""

    element: Annotated[Id | int, Bits("5", 8, 1, ws="q931.information_element")]


class TimerDiagnostic(Diagnostic, frozen=True, kw_only=True):
    """The number of the timer in IA5 digits (2.2.6.10)."""

    timer: Annotated[str, Text("5", ws="q931.cause_call.rec_timer")]


class MessageDiagnostic(Diagnostic, frozen=True, kw_only=True):
    """The type of the message that is meant (2.2.6.11)."""

    message_type: Annotated[MessageType | int, Bits("5", 8, 1, ws="q931.cause_call.message_type")]
    further: Annotated[bytes, Rest("6")] = b""


LAYOUTS: tuple[type[Diagnostic], ...] = (
    ConditionDiagnostic,
    CcbsDiagnostic,
    RejectionDiagnostic,
    AttributeDiagnostic,
    ChannelTypeDiagnostic,
    ElementDiagnostic,
    TimerDiagnostic,
    MessageDiagnostic,
)
for _cls in LAYOUTS:
    _cls.layout = Layout(_cls)

BY_CAUSE: Mapping[int, type[Diagnostic]] = MappingProxyType(
    {int(cause): ConditionDiagnostic for cause in (1, 3, 16, 49)}
    | {int(cause): CcbsDiagnostic for cause in (17, 34)}
    | {int(Cause.CALL_REJECTED): RejectionDiagnostic}
    | {int(cause): AttributeDiagnostic for cause in (57, 58, 65)}
    | {66: ChannelTypeDiagnostic}
    | {int(cause): ElementDiagnostic for cause in (43, 88, 96, 99, 100)}
    | {int(Cause.TIMER_EXPIRY): TimerDiagnostic}
    | {int(cause): MessageDiagnostic for cause in (97, 98, 101)}
)
"""The diagnostics by cause; those of another cause are bytes."""

WHOLE_ELEMENTS = frozenset({2, 22})
"""Causes whose diagnostics are whole elements: a transit network selection (2.2.6.2), a number (2.2.6.5)."""
