"""What can be dialled, and where a call may go: numbers, the choice of a channel (Q.931 5.1.2), spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trunkbench.bri.compatibility import BEARERS, bearer_element, subaddress_element
from trunkbench.bri.config import Bearer
from trunkbench.errors import UsageError
from trunkbench.span import SpanEnd
from trunkwire.g711 import Law
from trunkwire.q931.call import ChannelChoice, SetupRequest
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledSubaddressIE,
    CallingNumberIE,
    Presentation,
    Screening,
)
from trunkwire.q931.message import Element

MOST_DIGITS = 32
"""The longest number: the 15 digits of E.164 with any prefix in front of them, and room to spare."""

_CHOICES = tuple(each.value for each in ChannelChoice)


def dialable(digits: str) -> str:
    """`digits`. Raises UsageError for what no telephone can dial."""
    if not isinstance(digits, str):
        raise UsageError(f"number {digits!r}: write it as a string, in quotes")
    if not digits or len(digits) > MOST_DIGITS or not set(digits) <= set("0123456789*#"):
        raise UsageError(f"number {digits!r}: write digits, '*' and '#' only, at most {MOST_DIGITS}")
    return digits


@dataclass(frozen=True, slots=True)
class Wishes:
    """What goes into SETUP beside the numbers."""

    bearer: BearerCapabilityIE
    subaddress: CalledSubaddressIE | None
    channel: int | None
    choice: ChannelChoice
    complete: bool

    def request(
        self, called: str, caller: str | CallingNumberIE, ies: tuple[Element, ...] = ()
    ) -> SetupRequest:
        """The SETUP to ask call control for; `ies` are further elements."""
        return SetupRequest(
            called=called,
            calling=caller,
            bearer=self.bearer,
            channel=self.channel,
            choice=self.choice,
            sending_complete=self.complete,
            ies=ies if self.subaddress is None else (self.subaddress, *ies),
        )


def withheld_element(caller: str) -> CallingNumberIE:
    """A caller's own number that is not to be shown to whoever is called (CLIR, Q.951)."""
    return CallingNumberIE(
        presentation=Presentation.RESTRICTED, screening=Screening.USER_NOT_SCREENED, digits=caller
    )


def bearer_of(bearer: Bearer, law: Law) -> BearerCapabilityIE:
    """The bearer capability of that name. Raises UsageError for a name that there is not."""
    if bearer not in BEARERS:
        raise UsageError(f"bearer {bearer!r}: write {', '.join(BEARERS)}")
    return bearer_element(bearer, law)


def subaddress_of(text: str | None) -> CalledSubaddressIE | None:
    """The called party subaddress. Raises UsageError for what cannot be one."""
    try:
        return None if text is None else subaddress_element(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


def placed_on(spans: Sequence[SpanEnd], span: str | None, terminal: str | None) -> Sequence[SpanEnd]:
    """The ends of spans on which a call may be placed: all, or those of a span or terminal by its name.

    Raises UsageError for a name that none has.
    """
    if span is None and terminal is None:
        return spans
    found = [
        each
        for each in spans
        if (span is None or each.config.name == span) and (terminal is None or each.station == terminal)
    ]
    if not found:
        wanted = " ".join(
            f"{what} {name!r}" for what, name in (("span", span), ("terminal", terminal)) if name
        )
        raise UsageError(f"{wanted}: there is none here; {', '.join(each.name for each in spans)}")
    return found


def wish_for(
    channel: int | None, choice: ChannelChoice | str | None, default: str, spans: Sequence[SpanEnd]
) -> ChannelChoice:
    """How binding the channel is: `choice`, or what the first span or else the config has by `default`, where
    that goes with the channel.

    Raises UsageError for a channel that none of the spans has, and a choice that does not exist or
    contradicts the channel.
    """
    default = spans[0].default_choice or default
    name = choice.value if isinstance(choice, ChannelChoice) else choice or default
    if name not in _CHOICES:
        raise UsageError(f"channel choice {name!r}: write {', '.join(_CHOICES)}")
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
