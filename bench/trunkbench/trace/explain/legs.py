"""A call that goes in on one trunk and out on another, or out again on the same: what got lost between them.

Two calls count as legs of one when they begin within seconds of each other in opposite directions or on
different D channels, with the same calling number and called digits of which one ends with the other.
"""

from __future__ import annotations

from collections import deque

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.explain.finding import Kind, Severity
from trunkbench.trace.explain.stories import SECOND, Story
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.telling import words
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CalledSubaddressIE,
    CallingNumberIE,
    CallingSubaddressIE,
    HighLayerCompatibilityIE,
    LowLayerCompatibilityIE,
    NumberType,
    UserUserIE,
)
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType as Type

WITHIN_NS = 5 * SECOND
_DIGITS = 4

BEARER = Kind(
    "bearer-changed",
    "the bearer capability differs between two legs of a call",
    Severity.FAULT,
    79,
    "Q.931 4.5.5",
    "What came in with one bearer went out with another, or with none of its layers: a data or fax call "
    "becomes speech, is refused with cause 65 or 88, or gets echo cancellers into its way.",
    ("the PBX or gateway between the legs: it sets the bearer by its route instead of passing it on",),
)
LOST = Kind(
    "element-lost",
    "elements get lost between two legs of a call",
    Severity.SUSPECT,
    44,
    "Q.931 5.1.9, 5.2",
    "The outgoing SETUP has not what the incoming one had.",
    ("the PBX or gateway between the legs: which elements it passes on",),
)
CALLER = Kind(
    "caller-type-changed",
    "the calling number changes its type between two legs",
    Severity.SUSPECT,
    42,
    "Q.931 4.5.10; E.164 6",
    "The same digits with another type of number, without the prefix that goes with it: the called party "
    "cannot call back.",
    ("the PBX or gateway between the legs: a national number of type unknown needs its trunk prefix",),
)

_PASSED_ON = (
    HighLayerCompatibilityIE,
    LowLayerCompatibilityIE,
    CalledSubaddressIE,
    CallingSubaddressIE,
    UserUserIE,
)


class LegTheme(Theme):
    """Watches SETUPs that belong together."""

    checked = "legs of transit calls"
    kinds = (BEARER, LOST, CALLER)

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._recent: deque[tuple[int, Story]] = deque(maxlen=200)

    def message(self, frame: Decoded, story: Story | None, replaced: Story | None) -> None:
        """A SETUP is compared with those shortly before it."""
        message = frame.message
        if message is None or story is None or message.type != Type.SETUP or story.setups:
            return
        at_ns = frame.record.at_ns
        while self._recent and at_ns - self._recent[0][0] > WITHIN_NS:
            self._recent.popleft()
        for _, other in self._recent:
            if _legs(other, story, message) and other.setup is not None:
                self._compare(frame, other, other.setup, story, message)
                break
        self._recent.append((at_ns, story))

    def _compare(self, frame: Decoded, first: Story, before: Message, second: Story, after: Message) -> None:
        numbers = (first.setups[0].number,)
        had, has = before.get(BearerCapabilityIE), after.get(BearerCapabilityIE)
        if had is not None and had != has:
            text = f"{_bearer(had)} became {_bearer(has)}"
            self.book.add(BEARER, frame, text, frames=numbers, call=second.name)
        lost = [cls.title for cls in _PASSED_ON if before.get(cls) is not None and after.get(cls) is None]
        if lost:
            self.book.add(LOST, frame, f"lost: {', '.join(lost)}", frames=numbers, call=second.name)
        one, two = before.get(CallingNumberIE), after.get(CallingNumberIE)
        if one is None or two is None or one.digits != two.digits or two.digits.startswith("0"):
            return
        if one.kind != NumberType.UNKNOWN and two.kind == NumberType.UNKNOWN:
            text = f"{one.digits} was {words(one.kind)} and became {words(two.kind)}"
            self.book.add(CALLER, frame, text, frames=numbers, call=second.name)


def _legs(first: Story, second: Story, message: Message) -> bool:
    """Whether a SETUP continues another call."""
    before = first.setup
    if (
        before is None
        or not first.live
        or (first.where, first.originator) == (second.where, second.originator)
    ):
        return False
    one, two = before.get(CallingNumberIE), message.get(CallingNumberIE)
    if (
        one is None
        or two is None
        or len(one.digits) < _DIGITS
        or one.digits.lstrip("0") != two.digits.lstrip("0")
    ):
        return False
    called, again = before.get(CalledNumberIE), message.get(CalledNumberIE)
    if called is None or again is None or min(len(called.digits), len(again.digits)) < _DIGITS:
        return False
    return called.digits.endswith(again.digits) or again.digits.endswith(called.digits)


def _bearer(ie: BearerCapabilityIE | None) -> str:
    if ie is None:
        return "none"
    layers = [words(layer) for layer in (ie.layer1, ie.layer2, ie.layer3) if layer is not None]
    return " ".join((words(ie.capability), *(f"({layer})" for layer in layers)))
