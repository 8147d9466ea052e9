"""What information elements tell for the row of a call, remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from trunkbench.trace.bulk.elements import element_of, text_field
from trunkbench.trace.bulk.memory import Memory
from trunkbench.trace.callrows import Told, told_of
from trunkwire.q931.ies import (
    IE,
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    KeypadIE,
)
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType

Part = tuple[str, Any]
"""A member of `Told` and its value; no member of an element that tells nothing."""
NOTHING: Part = ("", None)

_MEMBERS: Mapping[type, str] = MappingProxyType(
    {
        CallingNumberIE: "caller",
        CalledNumberIE: "called",
        KeypadIE: "keys",
        ChannelIdentificationIE: "channel",
        BearerCapabilityIE: "bearer",
        CauseIE: "cause",
    }
)
_ANY_DIGITS = (CalledNumberIE(digits="1"), KeypadIE(keys="1"))


class Parts(Memory[Part, str]):
    """What elements tell that nothing is wrong with; of one with text which member its text is."""

    safe = re.compile(rb"[ -~]+")
    """Text that a row has as it stands in the element."""

    def __init__(self) -> None:
        super().__init__()
        self._kinds: dict[int, tuple[bool, bool]] = {}

    def read(self, identifier: int, whole: bytes) -> Part | None:
        element = element_of(whole)
        if element is None:
            return None
        told = _part(element.value) if isinstance(element.value, IE) else NOTHING
        name = text_field(identifier)
        if not name:
            self.keep(whole, told)
            return told
        self.of_text(identifier)
        last = element.fields[-1] if element.fields else None
        if last is not None and last.name == name:
            end = last.offset - element.offset
            if last.length == len(whole) - end and self.safe.fullmatch(whole, end):
                self.begin(whole, end, told[0])
        return told

    def complete(self, begun: str, whole: bytes, end: int) -> Part:
        return (begun, whole[end:].decode("ascii")) if begun else NOTHING

    def told(self, kind: int, parts: list[Part]) -> Told:
        """What a message of this type tells whose elements tell this: of several of one kind the first."""
        found = dict(reversed(parts))
        if kind not in self._kinds:
            probe = told_of(Message(kind, kind, _ANY_DIGITS))
            self._kinds[kind] = (bool(probe.called), probe.clears)
        adds, clears = self._kinds[kind]
        get = found.get
        return Told(
            kind,
            get("caller", ""),
            get("called", "") if adds else "",
            get("keys", "") if adds else "",
            get("channel"),
            get("bearer", ""),
            get("cause") if clears else None,
            clears,
        )


def _part(ie: IE) -> Part:
    """What one element tells in any message."""
    member = _MEMBERS.get(type(ie))
    if member is None:
        return NOTHING
    kind = MessageType.DISCONNECT if member == "cause" else MessageType.SETUP
    return member, getattr(told_of(Message(1, kind, (ie,))), member)
