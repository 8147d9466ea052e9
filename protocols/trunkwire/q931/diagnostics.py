"""What the diagnostics of a cause say (Q.850 table 1 and its notes), in the ITU's coding."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import CauseIE, Coding
from trunkwire.q931.messages import Id, MessageType

_IDENTIFIERS = frozenset(
    {
        Cause.ACCESS_INFORMATION_DISCARDED,
        Cause.INCOMPATIBLE_DESTINATION,
        Cause.MANDATORY_IE_MISSING,
        Cause.UNKNOWN_IE,
        Cause.INVALID_IE_CONTENTS,
    }
)
_MESSAGES = frozenset(
    {Cause.UNKNOWN_MESSAGE_TYPE, Cause.WRONG_MESSAGE_FOR_STATE, Cause.MESSAGE_NOT_COMPATIBLE}
)
_ELEMENT_TITLES: Mapping[int, str] = MappingProxyType({int(member): member.title for member in Id})
_MESSAGE_TITLES: Mapping[int, str] = MappingProxyType({int(member): member.title for member in MessageType})


def elements_named(cause: CauseIE) -> tuple[int, ...]:
    """Identifiers of the elements that the diagnostics name (causes 43, 88, 96, 99, 100); else none.

    A locking shift in front of an identifier of another codeset stands as it came.
    """
    return tuple(cause.diagnostics) if _has(cause, _IDENTIFIERS) else ()


def message_named(cause: CauseIE) -> int | None:
    """The message type that the diagnostics name (causes 97, 98, 101)."""
    return cause.diagnostics[0] if cause.diagnostics and _has(cause, _MESSAGES) else None


def timer_named(cause: CauseIE) -> str:
    """The timer that the diagnostics of cause 102 name, such as "T303"; "" where they name none."""
    if not _has(cause, frozenset({Cause.TIMER_EXPIRY})):
        return ""
    digits = cause.diagnostics.decode("latin-1")
    return f"T{digits}" if digits.isascii() and digits.isdigit() else ""


def explain(cause: CauseIE) -> str:
    """The diagnostics in words, or in hexadecimal where nothing is known of them; "" if there are none."""
    if not cause.diagnostics:
        return ""
    message = message_named(cause)
    if message is not None:
        return _MESSAGE_TITLES.get(message, f"message type 0x{message:02x}")
    named = elements_named(cause)
    if named:
        return ", ".join(_ELEMENT_TITLES.get(element, f"element 0x{element:02x}") for element in named)
    return timer_named(cause) or cause.diagnostics.hex(" ")


def _has(cause: CauseIE, causes: frozenset[Cause]) -> bool:
    return cause.coding is Coding.ITU and cause.value in causes
