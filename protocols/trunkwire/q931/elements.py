"""The elements that call control itself writes and reads: cause, call state, channel, progress, and their
order.
"""

from __future__ import annotations

import functools

from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    CallStateIE,
    CauseIE,
    ChannelIdentificationIE,
    ChannelType,
    Location,
    ProgressDescription,
    ProgressIndicatorIE,
    RawIE,
    Selection,
    ShiftIE,
)
from trunkwire.q931.message import Element

_B_CHANNEL = (ChannelType.B, None)
_OPEN = (Selection.ANY, Selection.NO_CHANNEL)
_ANY_CHANNEL = {primary: ChannelIdentificationIE.any_channel(primary=primary) for primary in (True, False)}


@functools.lru_cache(maxsize=256)
def cause_element(value: int, location: Location | int, diagnostics: bytes = b"") -> CauseIE:
    """The cause element; equal ones are one object, so that the codec finds its octets again."""
    return CauseIE(location=location, value=_named(value), diagnostics=diagnostics)


@functools.lru_cache(maxsize=64)
def call_state_element(number: int) -> CallStateIE:
    """The call state element for the number of a state (4.5.7)."""
    return CallStateIE(state=number)


@functools.lru_cache(maxsize=256)
def channel_element(number: int | None, exclusive: bool, basic: bool = False) -> ChannelIdentificationIE:
    """One B-channel by its number, or with None any, of a primary rate or a basic interface (4.5.13)."""
    if number is None:
        return _ANY_CHANNEL[not basic]
    if basic:
        return ChannelIdentificationIE.of_basic(number, exclusive=exclusive)
    return ChannelIdentificationIE.of(number, exclusive=exclusive)


def _named(value: int) -> Cause | int:
    try:
        return Cause(value)
    except ValueError:
        return value


def wished_channel(element: ChannelIdentificationIE | None) -> tuple[int | None, bool]:
    """(channel number, exclusive) that SETUP asks for; number None: any will do (also without the element).

    A channel that cannot be one of ours (more than one, an H channel, another interface) is
    number -1, exclusively: the interface has no such channel.
    """
    if element is None or element.selection in _OPEN:
        return None, False
    number = indicated_channel(element)
    return (-1, True) if number is None else (number, element.exclusive)


def offers_no_channel(element: ChannelIdentificationIE | None) -> bool:
    """Whether SETUP says that there is no channel for the call (call waiting; 5.2.3.1)."""
    return element is not None and element.selection is Selection.NO_CHANNEL


def indicated_channel(element: ChannelIdentificationIE | None) -> int | None:
    """The one B-channel that the element names; None if it names none, or anything else."""
    if element is None or element.d_channel or element.interface_given:
        return None
    if element.channel_type not in _B_CHANNEL:
        return None
    channels = element.channels
    return channels[0] if len(channels) == 1 else None


def offers_tones(element: ProgressIndicatorIE | None) -> bool:
    """Whether in-band information is promised (progress description 8; 5.3.4.1, 5.4)."""
    return element is not None and element.description == ProgressDescription.INBAND_INFORMATION


def in_order(elements: tuple[Element, ...]) -> tuple[Element, ...]:
    """The elements in ascending order of their identifiers (4.5.1), but for what stands behind a shift."""
    before = -1
    for element in elements:
        kind = type(element)
        if kind is ShiftIE or kind is RawIE or element.identifier < before:
            break
        before = element.identifier
    else:
        return elements  # as most are: nothing to sort
    first = next((at for at, element in enumerate(elements) if isinstance(element, ShiftIE)), len(elements))
    return (*sorted(elements[:first], key=_identifier), *elements[first:])


def _identifier(element: Element) -> tuple[int, int]:
    return (element.codeset if isinstance(element, RawIE) else 0, element.identifier)
