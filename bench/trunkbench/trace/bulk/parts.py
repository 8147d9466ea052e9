"""What information elements tell for the row of a call, remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from trunkbench.trace.bulk.elements import element_of, text_field
from trunkbench.trace.bulk.memory import Memory, Text, digits_in, shape
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


MOST_SHAPES = 16_384


class Shape(msgspec.Struct, frozen=True, gc=False):
    """Messages that differ in digits only, all of them within texts: what they tell, and where the texts are
    that go with it, if there are any."""

    told: Told
    caller: slice
    called: slice
    keys: slice
    varies: bool

    def fill(self, octets: bytes) -> Told:
        """What one of them tells."""
        if not self.varies:
            return self.told
        told = self.told
        return Told(
            told.kind,
            octets[self.caller].decode("ascii"),
            octets[self.called].decode("ascii"),
            octets[self.keys].decode("ascii"),
            told.channel,
            told.bearer,
            told.cause,
            told.clears,
            told.has_texts,
        )


class Shapes:
    """A memory of messages by their octets with every digit made 0, of one sender."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known: dict[bytes, Shape] = {}

    def told(self, octets: bytes) -> Told | None:
        """What a message from its type on tells, None if none like it was met."""
        known = self._known.get(shape(octets))
        return None if known is None else known.fill(octets)

    def learn(self, octets: bytes, told: Told) -> None:
        """A message that nothing is wrong with tells this."""
        parts = self._parts.parts(octets, 1)
        texts = [part for part in parts or () if isinstance(part, Text)]
        if parts is None or not digits_in(octets, texts):
            return
        places = {text.begun: slice(text.start, text.stop) for text in reversed(texts)}
        nowhere = slice(0, 0)
        caller, called, keys = (
            places.get(name, nowhere) if getattr(told, name) else nowhere
            for name in ("caller", "called", "keys")
        )
        varies = any(place is not nowhere for place in (caller, called, keys))
        known = Shape(told, caller, called, keys, varies)
        if known.fill(octets) == told:
            if len(self._known) >= MOST_SHAPES:
                self._known.clear()
            self._known[shape(octets)] = known


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
        texts = (
            get("caller", ""),
            get("called", "") if adds else "",
            get("keys", "") if adds else "",
        )
        bearer, cause = get("bearer", ""), get("cause") if clears else None
        return Told(kind, *texts, get("channel"), bearer, cause, clears, any((*texts, bearer)))


def _part(ie: IE) -> Part:
    """What one element tells in any message."""
    member = _MEMBERS.get(type(ie))
    if member is None:
        return NOTHING
    kind = MessageType.DISCONNECT if member == "cause" else MessageType.SETUP
    return member, getattr(told_of(Message(1, kind, (ie,))), member)
