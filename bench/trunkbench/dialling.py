"""What can be dialled, and where a call may go: numbers, the choice of a channel (Q.931 5.1.2), spans."""

from __future__ import annotations

from collections.abc import Sequence

from trunkbench.errors import UsageError
from trunkbench.span import SpanEnd
from trunkwire.q931.call import ChannelChoice

MOST_DIGITS = 32
"""The longest number: the 15 digits of E.164 with any prefix in front of them, and room to spare."""


def dialable(digits: str) -> str:
    """`digits`. Raises UsageError for what no telephone can dial."""
    if not isinstance(digits, str):
        raise UsageError(f"number {digits!r}: write it as a string, in quotes")
    if not digits or len(digits) > MOST_DIGITS or not set(digits) <= set("0123456789*#"):
        raise UsageError(f"number {digits!r}: write digits, '*' and '#' only, at most {MOST_DIGITS}")
    return digits


def wish_for(
    channel: int | None, choice: ChannelChoice | str | None, default: str, spans: Sequence[SpanEnd]
) -> ChannelChoice:
    """How binding the channel is: `choice`, or the config's `default`, where that goes with the channel.

    Raises UsageError for a channel that none of the spans has, and a choice that does not exist or
    contradicts the channel.
    """
    valid = [each.value for each in ChannelChoice]
    name = choice.value if isinstance(choice, ChannelChoice) else choice or default
    if name not in valid:
        raise UsageError(f"channel choice {name!r}: write {', '.join(valid)}")
    wish = ChannelChoice(name)
    if channel is None:
        return wish
    if not any(channel in span.slot_of for span in spans):
        raise UsageError(f"channel {channel}: no span has a B channel of that number")
    if wish is ChannelChoice.ANY:
        if choice is not None:
            raise UsageError(f"channel {channel} with the choice 'any': leave out one of the two")
        return ChannelChoice.EXCLUSIVE
    return wish


def candidates(spans: Sequence[SpanEnd], channel: int | None, wish: ChannelChoice) -> list[SpanEnd]:
    """The spans in service on which a call can be tried, in the order of the config."""
    up = [span for span in spans if span.in_service]
    if channel is not None:
        return [span for span in up if channel in span.slot_of]
    if wish is ChannelChoice.ANY:
        return up
    return [span for span in up if span.control.channels.pick() is not None]
