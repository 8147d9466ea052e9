"""Information elements of Q.931 basic call control (clause 4.5), each declared once as an annotated class."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trunkwire.codec.slots import SlotMap
from trunkwire.q931.ies.call import (
    CallStateIE,
    CauseIE,
    ChannelIdentificationIE,
    DisplayIE,
    KeypadIE,
    NotificationIndicatorIE,
    ProgressIndicatorIE,
    RestartIndicatorIE,
    SendingCompleteIE,
    ShiftIE,
    UserUserIE,
)
from trunkwire.q931.ies.compatibility import (
    BearerCapabilityIE,
    HighLayerCompatibilityIE,
    LowLayerCompatibilityIE,
)
from trunkwire.q931.ies.element import IE, RawIE
from trunkwire.q931.ies.numbers import CalledNumberIE, CallingNumberIE, ConnectedNumberIE
from trunkwire.q931.ies.values import (
    CallStateValue,
    ChannelType,
    Coding,
    HighLayer,
    Layer1,
    Layer2,
    Layer3,
    Location,
    NotificationDescription,
    NumberingPlan,
    NumberType,
    Presentation,
    ProgressDescription,
    RestartClass,
    Screening,
    Selection,
    TransferCapability,
    TransferMode,
    TransferRate,
    UserProtocol,
)

DECLARED: tuple[type[IE], ...] = (
    BearerCapabilityIE,
    CauseIE,
    CallStateIE,
    ChannelIdentificationIE,
    ProgressIndicatorIE,
    NotificationIndicatorIE,
    DisplayIE,
    KeypadIE,
    ConnectedNumberIE,
    CallingNumberIE,
    CalledNumberIE,
    RestartIndicatorIE,
    LowLayerCompatibilityIE,
    HighLayerCompatibilityIE,
    UserUserIE,
    SendingCompleteIE,
    ShiftIE,
)
"""All declared elements, by identifier within variable-length and single-octet ones."""

BY_IDENTIFIER: Mapping[int, type[IE]] = MappingProxyType({cls.identifier: cls for cls in DECLARED})

__all__ = [
    "BY_IDENTIFIER",
    "DECLARED",
    "IE",
    "BearerCapabilityIE",
    "CallStateIE",
    "CallStateValue",
    "CalledNumberIE",
    "CallingNumberIE",
    "CauseIE",
    "ChannelIdentificationIE",
    "ChannelType",
    "Coding",
    "ConnectedNumberIE",
    "DisplayIE",
    "HighLayer",
    "HighLayerCompatibilityIE",
    "KeypadIE",
    "Layer1",
    "Layer2",
    "Layer3",
    "Location",
    "LowLayerCompatibilityIE",
    "NotificationDescription",
    "NotificationIndicatorIE",
    "NumberType",
    "NumberingPlan",
    "Presentation",
    "ProgressDescription",
    "ProgressIndicatorIE",
    "RawIE",
    "RestartClass",
    "RestartIndicatorIE",
    "Screening",
    "Selection",
    "SendingCompleteIE",
    "ShiftIE",
    "SlotMap",
    "TransferCapability",
    "TransferMode",
    "TransferRate",
    "UserProtocol",
    "UserUserIE",
]
