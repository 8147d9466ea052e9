"""Bugs that other people's stacks have, for our own far end to have on purpose (`trunkbench run --far-bug`).

Each makes the far end of the software loopback do what has been seen in the field, so that the scenario
about it can be seen to fail, and its verdict read, without a device that has the bug.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from trunkbench.errors import NotOnThisBench
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import CallingNumberIE, CauseIE, ProgressIndicatorIE
from trunkwire.q931.message import Element, Message, build, parse
from trunkwire.q931.messages import MessageType

if TYPE_CHECKING:
    from trunkbench.bench import Bench
    from trunkbench.span import SpanEnd

Change = Callable[[Message], Message]
"""What is said instead of a message."""


def _ends(bench: Bench) -> tuple[SpanEnd, ...]:
    ends = bench.far.spans
    if not ends:
        raise NotOnThisBench("the far end is not ours: it has the bugs that it has")
    return ends


def _says(change: Change) -> Callable[[Bench], None]:
    """The far end says something else than its call control does."""

    def misbehave(bench: Bench) -> None:
        for end in _ends(bench):
            end.spoken = lambda octets: build(change(parse(octets)))

    return misbehave


def _without(message: Message, kind: type[Element]) -> Message:
    kept = tuple(element for element in message.ies if not isinstance(element, kind))
    return msgspec.structs.replace(message, ies=kept)


def repeats_setup_without_caller(bench: Bench) -> None:
    """The SETUP that T303 repeats lacks the calling party number that the first one had."""
    for end in _ends(bench):
        seen: set[int] = set()

        def speak(octets: bytes, seen: set[int] = seen) -> bytes:
            message = parse(octets)
            if message.type != MessageType.SETUP:
                return octets
            if message.reference not in seen:
                seen.add(message.reference)
                return octets
            return build(_without(message, CallingNumberIE))

        end.spoken = speak


def keeps_channels_of_a_lost_link(bench: Bench) -> None:
    """Calls that end because the data link is lost leave their B channels busy."""
    for end in _ends(bench):
        channels, free = end.control.channels, end.control.channels.free

        def give_back(
            number: int, owner: object, end: SpanEnd = end, free: Callable[..., None] = free
        ) -> None:
            if end.in_service:
                free(number, owner)

        channels.free = give_back  # type: ignore[method-assign]


def _bare_progress(message: Message) -> Message:
    return _without(message, ProgressIndicatorIE) if message.type == MessageType.PROGRESS else message


def _busy_as_16(message: Message) -> Message:
    return msgspec.structs.replace(message, ies=tuple(_normal(element) for element in message.ies))


def _normal(element: Element) -> Element:
    if isinstance(element, CauseIE) and element.value is Cause.USER_BUSY:
        return msgspec.structs.replace(element, value=Cause.NORMAL_CLEARING)
    return element


def promises_a_tone_and_is_silent(bench: Bench) -> None:
    """DISCONNECT says that there is a tone to hear (progress 8), and nothing is played."""
    _ends(bench)
    bench.far.answering.tamper = lambda plan: replace(plan, sound=None) if plan.in_band else plan


MISBEHAVIOURS: Mapping[str, Callable[[Bench], None]] = MappingProxyType(
    {
        "setup-repeated-shorter": repeats_setup_without_caller,
        "channel-stays-busy": keeps_channels_of_a_lost_link,
        "progress-without-indicator": _says(_bare_progress),
        "busy-as-16": _says(_busy_as_16),
        "promised-tone-missing": promises_a_tone_and_is_silent,
    }
)
"""What the far end can be made to do wrong, by the name of the scenario that finds it."""
