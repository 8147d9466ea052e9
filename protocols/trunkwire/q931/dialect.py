"""Messages of ours in the words of a switch variant (`trunkwire.q931.variants`).

What call control adds of its own accord is put as the variant has it, or left out: sending complete, a
progress indicator, a cause that it lacks, the channel's interface. What the user of the machine has asked for
and the variant does not have is refused before anything is sent or changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from trunkwire.q931.causes import Cause
from trunkwire.q931.errors import NotInVariant
from trunkwire.q931.ies import (
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    DisplayIE,
    ProgressIndicatorIE,
    RawIE,
)
from trunkwire.q931.message import Element, Message
from trunkwire.q931.messages import Id, MessageType
from trunkwire.q931.variants import Variant, unspecified

_LEFT_OUT = frozenset({Id.SENDING_COMPLETE})
"""What call control adds itself where the variant has it; elsewhere nothing is lost without it."""

_NO_ELEMENTS: frozenset[int] = frozenset()


def _is_foreign(element: Element) -> bool:
    """Whether the element belongs to another codeset, of which the variant says nothing."""
    return isinstance(element, RawIE) and element.codeset != 0


class Dialect:
    """What one side of an interface sends in a variant. `interface` is named in every channel identification
    (one D channel for several interfaces); None leaves it implicit.
    """

    def __init__(self, variant: Variant, interface: int | None = None) -> None:
        """Raises ValueError for an interface where the variant has none to name."""
        if interface is not None and not variant.explicit_interface:
            raise ValueError(f"interface {interface}: {variant.title} leaves the interface implicit")
        self.variant = variant
        self.interface = interface
        self._open = (
            interface is None
            and variant.causes is None
            and variant.progress is None
            and variant.display_charset is None
        )
        """Whether elements are never put otherwise, only refused or left out."""
        self.plain = self._open and not (
            variant.messages_without or variant.elements_without or variant.within
        )
        """Whether everything is sent as it is."""

    def elements(self, message_type: MessageType, elements: Sequence[Element]) -> tuple[Element, ...]:
        """The elements as the variant has them. Raises NotInVariant for a message or an element that it does
        not have.
        """
        variant = self.variant
        if message_type in variant.messages_without:
            raise NotInVariant(variant.title, message_type.title, None)
        if not elements:
            return ()
        within = variant.within.get(message_type, _NO_ELEMENTS)
        without = variant.elements_without
        kept: list[Element] = []
        for element in elements:
            identifier = element.identifier
            if (identifier in without or identifier in within) and not _is_foreign(element):
                if identifier not in _LEFT_OUT:
                    raise NotInVariant(variant.title, message_type.title, Id(identifier).title)
            elif self._open:
                kept.append(element)
            elif (put := self._put(message_type, element)) is not None:
                kept.append(put)
        return tuple(kept)

    def _put(self, message_type: MessageType, element: Element) -> Element | None:
        """The element as the variant has it; None leaves it out."""
        variant = self.variant
        if isinstance(element, CauseIE):
            if variant.causes is None or element.value in variant.causes:
                return element
            return msgspec.structs.replace(element, value=Cause(unspecified(element.value)), diagnostics=b"")
        if isinstance(element, ProgressIndicatorIE):
            if variant.progress is None or element.description in variant.progress:
                return element
            if message_type is MessageType.PROGRESS:  # it is all that PROGRESS has to say (3.1.8)
                said = f"progress description {int(element.description)}"
                raise NotInVariant(variant.title, message_type.title, said)
            return None
        if isinstance(element, DisplayIE) and variant.display_charset is not None:
            return msgspec.structs.replace(element, charset=variant.display_charset)
        if isinstance(element, ChannelIdentificationIE):
            return self.channel(element)
        return element

    def channel(self, element: ChannelIdentificationIE) -> ChannelIdentificationIE:
        """The element with the interface named, if this interface is."""
        if self.interface is None or element.interface_given:
            return element
        return msgspec.structs.replace(element, interface_given=True, interface=(self.interface,))

    def message(self, message: Message) -> Message:
        """A whole message of ours (RESTART and its answer) as the variant has it."""
        return msgspec.structs.replace(message, ies=self.elements(MessageType(message.type), message.ies))

    def received(self, message: Message) -> Message:
        """A received message, in which a channel of this very interface is named as an implicit one."""
        if self.interface is None:
            return message
        return msgspec.structs.replace(message, ies=tuple(self._implicit(element) for element in message.ies))

    def _implicit(self, element: Element) -> Element:
        ours = isinstance(element, ChannelIdentificationIE) and element.interface == (self.interface,)
        return msgspec.structs.replace(element, interface_given=False, interface=None) if ours else element

    def called(self, digits: str) -> CalledNumberIE:
        """A called number of which only the digits are given."""
        return CalledNumberIE(kind=self.variant.called.kind, plan=self.variant.called.plan, digits=digits)

    def calling(self, digits: str) -> CallingNumberIE:
        """A calling number of which only the digits are given."""
        return CallingNumberIE(kind=self.variant.calling.kind, plan=self.variant.calling.plan, digits=digits)
