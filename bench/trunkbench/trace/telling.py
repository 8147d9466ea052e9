"""What matters of a Q.931 message in a few words: channel, numbers, cause with its meaning, progress, and so
on.

Text from the line is shown with everything unprintable escaped, so that a trace cannot drive the terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    Coding,
    ConnectedNumberIE,
    ExtendedFacilityIE,
    FacilityIE,
    Layer1,
    Location,
    Presentation,
    ProgressDescription,
    ProgressIndicatorIE,
    RawIE,
    RedirectingNumberIE,
    SegmentedMessageIE,
    Selection,
    TransferCapability,
)
from trunkwire.q931.ies.coded import Titled
from trunkwire.q931.message import Element, Message, reveal
from trunkwire.q931.messages import MessageType

_LOCATIONS: dict[int, str] = {
    Location.USER: "user",
    Location.PRIVATE_LOCAL: "local private network",
    Location.PUBLIC_LOCAL: "local public network",
    Location.TRANSIT: "transit network",
    Location.PUBLIC_REMOTE: "remote public network",
    Location.PRIVATE_REMOTE: "remote private network",
    Location.INTERNATIONAL: "international network",
    Location.BEYOND_INTERWORKING: "beyond interworking",
}
_PROGRESS: dict[int, str] = {
    ProgressDescription.NOT_END_TO_END_ISDN: "not end-to-end ISDN",
    ProgressDescription.DESTINATION_NON_ISDN: "destination is not ISDN",
    ProgressDescription.ORIGINATION_NON_ISDN: "origination is not ISDN",
    ProgressDescription.RETURNED_TO_ISDN: "returned to ISDN",
    ProgressDescription.SERVICE_CHANGE: "change of service",
    ProgressDescription.INBAND_INFORMATION: "in-band information",
    ProgressDescription.DELAY_AT_CALLED_INTERFACE: "delay at the called interface",
}
_CAPABILITIES: dict[int, str] = {
    TransferCapability.SPEECH: "speech",
    TransferCapability.UNRESTRICTED_DIGITAL: "unrestricted digital",
    TransferCapability.RESTRICTED_DIGITAL: "restricted digital",
    TransferCapability.AUDIO_3K1: "3.1 kHz audio",
    TransferCapability.DIGITAL_WITH_TONES: "unrestricted digital with tones",
    TransferCapability.VIDEO: "video",
}
_LAWS: dict[int | None, str] = {Layer1.G711_A_LAW: ", A-law", Layer1.G711_MU_LAW: ", µ-law"}
_NAMED_ELEMENT = frozenset(
    {
        Cause.MANDATORY_IE_MISSING,
        Cause.UNKNOWN_IE,
        Cause.INVALID_IE_CONTENTS,
        Cause.ACCESS_INFORMATION_DISCARDED,
    }
)
_NAMED_MESSAGE = frozenset({97, 98, 101})


def clean(text: str) -> str:
    """The text in quotes with every unprintable character escaped."""
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return f'"{shown}"'


def digits_of(text: str) -> str:
    """The digits of a number, with everything unprintable escaped."""
    return text if text.isascii() and text.isprintable() else clean(text)[1:-1]


def words(value: object) -> str:
    """An enumeration member by its title if that is a figure, else in lower-case words; any other value as
    it is."""
    if isinstance(value, Titled):
        return value.title
    name = getattr(value, "name", None)
    return name.replace("_", " ").lower() if isinstance(name, str) else str(value)


def element_name(identifier: int, codeset: int = 0) -> str:
    """An information element's name, or its identifier where it has none."""
    from trunkwire.q931.view import element_title  # what lines need seldom is imported then

    return element_title(identifier, codeset)


def ranges(numbers: tuple[int, ...]) -> str:
    """Channel numbers with runs shortened: "1-15,17"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ",".join("-".join(map(str, run)) for run in runs)


def _channel(ie: ChannelIdentificationIE) -> str:
    if ie.d_channel:
        return "D channel"
    if not ie.channels:
        return {Selection.ANY: "any channel", Selection.NO_CHANNEL: "no channel"}.get(
            ie.selection, "channel implied"
        )
    plural = "s" if len(ie.channels) > 1 else ""
    interface = "" if ie.interface is None else f" of interface {'.'.join(map(str, ie.interface))}"
    way = " exclusive" if ie.exclusive else " preferred"
    return f"channel{plural} {ranges(ie.channels)}{interface}{way}"


def _cause(ie: CauseIE) -> str:
    place = _LOCATIONS.get(ie.location, f"location {int(ie.location)}")
    text = f"{_meaning(ie)} ({place})"
    return f"{text}: {_diagnostics(ie)}" if ie.diagnostics else text


def _meaning(ie: CauseIE) -> str:
    if ie.coding != Coding.ITU:
        return f"cause {int(ie.value)} in {words(ie.coding)} coding"
    return f"cause {int(ie.value)} {ie.value.meaning if isinstance(ie.value, Cause) else 'not in Q.850'}"


def _diagnostics(ie: CauseIE) -> str:
    """The diagnostics of a cause (Q.850 table 1): which element, message or timer it is about."""
    if ie.value in _NAMED_ELEMENT:
        return ", ".join(f"{element_name(octet)} ({octet:#04x})" for octet in ie.diagnostics)
    if ie.value in _NAMED_MESSAGE:
        kind = ie.diagnostics[0]
        return MessageType(kind).title if kind in set(MessageType) else f"message {kind:#04x}"
    if ie.value == Cause.TIMER_EXPIRY:
        return "timer T" + clean(ie.diagnostics.decode("latin-1"))[1:-1]
    return ie.diagnostics.hex(" ")


def _number(ie: CallingNumberIE | CalledNumberIE | ConnectedNumberIE | RedirectingNumberIE) -> str:
    digits = ie.digits if ie.digits.isascii() and ie.digits.isalnum() else clean(ie.digits)
    hidden = getattr(ie, "presentation", None)
    return f"{digits} ({words(hidden)})" if hidden not in (None, Presentation.ALLOWED) else digits


def _segment(ie: SegmentedMessageIE) -> str:
    return f"{'first segment' if ie.first else 'segment'}, {ie.remaining} to come"


def bearer_of(ie: BearerCapabilityIE) -> str:
    """What a bearer capability asks for, such as "speech, A-law"."""
    capability = _CAPABILITIES.get(ie.capability, f"bearer {int(ie.capability)}")
    return capability + _LAWS.get(ie.layer1, "")


def _facility(ie: FacilityIE | ExtendedFacilityIE) -> str:
    from trunkwire.rose import facility_view  # the tables of operations are large

    body: bytes = ie.layout.build(ie)
    facility = facility_view(body)
    return f"facility {clean(facility.summary())[1:-1]}" if facility.components else "facility"


def _progress(ie: ProgressIndicatorIE) -> str:
    return f"progress {int(ie.description)} {_PROGRESS.get(ie.description, 'of unknown meaning')}"


_SAY: Mapping[str, tuple[int, Callable[[Any], str]]] = MappingProxyType(
    {
        "ChannelIdentificationIE": (0, _channel),
        "CauseIE": (1, _cause),
        "CallStateIE": (2, lambda ie: f"state {int(ie.state)} {words(ie.state)}"),
        "RestartIndicatorIE": (2, lambda ie: words(ie.restart_class)),
        "ProgressIndicatorIE": (3, _progress),
        "CallingNumberIE": (4, lambda ie: f"from {_number(ie)}"),
        "CongestionLevelIE": (4, lambda ie: words(ie.level)),
        "SegmentedMessageIE": (4, _segment),
        "ChangeStatusIE": (4, lambda ie: words(ie.status)),
        "CalledNumberIE": (5, lambda ie: f"to {_number(ie)}"),
        "ConnectedNumberIE": (5, lambda ie: f"connected to {_number(ie)}"),
        "RedirectingNumberIE": (5, lambda ie: f"redirected from {_number(ie)}{_reason(ie)}"),
        "NetworkRedirectingNumberIE": (5, lambda ie: f"redirected from {_number(ie)}{_reason(ie)}"),
        "RedirectionNumberIE": (5, lambda ie: f"redirected to {_number(ie)}"),
        "SendingCompleteIE": (6, lambda ie: "number complete"),
        "KeypadIE": (6, lambda ie: f"keypad {clean(ie.keys)}"),
        "CallIdentityIE": (6, lambda ie: f"call identity {ie.identity.hex(' ') or 'none'}"),
        "DisplayIE": (7, lambda ie: f"display {clean(ie.text)}"),
        "NetworkDisplayIE": (7, lambda ie: f"display {clean(ie.text)}"),
        "NotificationIndicatorIE": (7, lambda ie: words(ie.description)),
        "FacilityIE": (7, _facility),
        "ExtendedFacilityIE": (7, _facility),
        "BearerCapabilityIE": (8, bearer_of),
        "SignalIE": (9, lambda ie: f"signal {words(ie.signal)}"),
        "TransitNetworkIE": (9, lambda ie: f"by network {digits_of(ie.network)}"),
        "UserUserIE": (9, lambda ie: f"user-user {len(ie.data)} octets"),
        "RawIE": (9, lambda ie: element_name(ie.identifier, ie.codeset)),
        "ShiftIE": (-1, lambda ie: ""),
        "LowLayerCompatibilityIE": (-1, lambda ie: ""),
        "HighLayerCompatibilityIE": (-1, lambda ie: ""),
    }
)
"""How each element is told and how early (never: -1); one that is not listed is told last, by its title."""


def _reason(ie: Any) -> str:
    return "" if ie.reason is None else f" ({words(ie.reason)})"


def _say(ie: Element) -> tuple[int, str]:
    """How early an element is told, and what is told of it."""
    if isinstance(ie, RawIE):
        ie = reveal(ie)
    early, say = _SAY.get(type(ie).__name__, (9, lambda ie: str(ie.title)))
    return early, say(ie) if early >= 0 else ""


def facts_of(message: Message) -> tuple[str, ...]:
    """The telling elements of a message, the most telling first."""
    told = sorted(map(_say, message.ies), key=lambda entry: entry[0])
    return tuple(text for _, text in told if text)


def channel_of(message: Message) -> str:
    """The one channel that the message is about, as "channel 5"; "" if it names none or several."""
    ie = message.get(ChannelIdentificationIE)
    if ie is None or len(ie.channels) != 1:
        return ""
    return f"channel {ie.channels[0]}"


def cause_of(message: Message) -> str:
    """The first cause of the message with its meaning, "" without one."""
    ie = message.get(CauseIE)
    return "" if ie is None else _meaning(ie)


def parties_of(message: Message) -> str:
    """Who calls whom: "4830258590 to 32248580", "" if the message names neither."""
    calling, called = message.get(CallingNumberIE), message.get(CalledNumberIE)
    told: list[str] = [_number(calling)] if calling is not None and calling.digits else []
    if called is not None and called.digits:
        told.append(f"to {_number(called)}")
    return " ".join(told)
