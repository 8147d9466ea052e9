"""Numbers (Q.931 clause 4.5.8, 4.5.10; E.164): prefixes that contradict the type, digits that got lost."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeVar

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.explain.finding import Kind, Severity, number_of
from trunkbench.trace.explain.stories import CLEARING, Story, calling_of, cause_value, complete
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.telling import clean, words
from trunkwire.q931.ies import (
    CalledNumberIE,
    CallingNumberIE,
    ConnectedNumberIE,
    KeypadIE,
    NumberType,
    RedirectingNumberIE,
    Screening,
)
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType as Type

T = TypeVar("T")
_KEPT = 5000
_SUFFIX = 6
_COUNTRY, _SIGNIFICANT = 3, 8
"""Most digits of a country code (E.164 6.2.1), fewest of a national number that is compared without it."""
_INCOMPLETE = 28
_DIALLED = frozenset("0123456789*#")
_REFUSALS = frozenset({1, 2, 3, 5, 22, 28})
_BARRED = frozenset({21, 31, 50, 57, 63})

PREFIX = Kind(
    "number-prefix",
    "a prefix that does not go with the type of number",
    Severity.SUSPECT,
    52,
    "Q.931 4.5.8, 4.5.10; E.164 6",
    "A number of type national has no trunk prefix (0), one of type international no 00 and no +: the type "
    "says what the prefix would say. An exchange may look up the number with the prefix and not find it.",
    (
        "the dial plan of the sender: take the prefix off, or send type unknown",
        "countries whose national numbers begin with 0 (Italy): there it is right",
    ),
)
TWO_FORMS = Kind(
    "number-two-forms",
    "a number is refused in one form and accepted in another",
    Severity.FAULT,
    80,
    "Q.931 4.5.8; E.164 6",
    "The same subscriber was called with and without a prefix, or as another type of number, and only one "
    "form "
    "works: the exchange does not expect the other.",
    ("the sender's dial plan: use the form that works everywhere",),
)
TRUNCATED = Kind(
    "number-truncated",
    "a number was refused that is the beginning of one that works",
    Severity.FAULT,
    78,
    "Q.931 4.5.8",
    "Digits are missing at the end of the refused number.",
    (
        "en-bloc or overlap: a sender that starts too early, with a timer or a digit map that is too short",
        "digits that were to follow in INFORMATION",
    ),
)
DIGITS = Kind(
    "number-digits",
    "a number with characters that nobody can dial",
    Severity.SUSPECT,
    50,
    "Q.931 4.5.8, 4.5.10",
    "Digits are 0 to 9, * and #. A plus sign or spaces make the number one that no exchange knows.",
    ("what feeds the dial plan: numbers from SIP (+49…) or a directory",),
)
NOT_OWNED = Kind(
    "caller-not-verified",
    "the calling number does not belong to the caller",
    Severity.SUSPECT,
    55,
    "Q.931 4.5.10, octet 3a",
    "The network says: provided by the user, verified and failed. Other networks may refuse the call or show "
    "another number.",
    ("the number that the PBX sends as calling party: it has to be of the range that was ordered",),
)
CALLER_BARRED = Kind(
    "caller-refused",
    "only calls from one calling number are refused",
    Severity.FAULT,
    75,
    "Q.931 4.5.10; Q.850 causes 21, 50, 57, 63",
    "Every call with this calling number was refused, and calls with another one went through: it is the "
    "calling number that is not accepted.",
    ("whether the number belongs to the line (screening); its type and prefix; a barring of that extension",),
)
LATE_DIGITS = Kind(
    "digits-after-complete",
    "digits after the number was said to be complete",
    Severity.SUSPECT,
    48,
    "Q.931 5.1.1, 5.1.3",
    "SETUP had the sending complete element, or the other side said CALL PROCEEDING, and INFORMATION with "
    "digits followed: they are not used.",
    ("the sender's overlap dialling: these digits are missing at the destination",),
)

Number = CalledNumberIE | CallingNumberIE | ConnectedNumberIE | RedirectingNumberIE


@dataclass(slots=True)
class _Outcome:
    """How calls to (or from) a number went: the frames of the last refusal and of the last success."""

    refused: tuple[int, ...] = ()
    passed: tuple[int, ...] = ()
    refusals: int = 0
    call: tuple[int, int] | None = None


@dataclass(slots=True)
class _Forms:
    """The forms in which numbers with the same last digits were called: (digits, type) to outcome."""

    forms: dict[tuple[str, int], _Outcome] = field(default_factory=dict)


class NumberTheme(Theme):
    """Watches numbers and how calls to and from them went."""

    checked = "numbers"
    kinds = (TWO_FORMS, TRUNCATED, CALLER_BARRED, NOT_OWNED, PREFIX, DIGITS, LATE_DIGITS)

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._called: OrderedDict[str, _Forms] = OrderedDict()
        self._begun: OrderedDict[str, _Outcome] = OrderedDict()
        """How calls to whole numbers went, to find longer ones of those that are refused."""
        self._longer: OrderedDict[str, tuple[str, tuple[int, ...]]] = OrderedDict()
        """Beginnings of numbers that passed, to find shorter ones that are refused."""
        self._callers: OrderedDict[str, _Outcome] = OrderedDict()

    def message(self, frame: Decoded, story: Story | None, replaced: Story | None) -> None:
        """Any message."""
        message = frame.message
        if message is None:
            return
        for cls in (CalledNumberIE, CallingNumberIE, ConnectedNumberIE, RedirectingNumberIE):
            ie = message.get(cls)
            if isinstance(ie, Number) and ie.digits:
                self._form(frame, ie, story)
        if story is None:
            return
        if message.type == Type.INFORMATION and frame.end is story.originator:
            self._late(frame, message, story)
        passes = message.type in (Type.ALERTING, Type.CONNECT)
        if not story.whole or not ({Type.ALERTING, Type.CONNECT}.isdisjoint(story.seen)):
            return
        if passes:
            self._outcome(frame, story, None)
        elif message.type in CLEARING and story.clearing is None and frame.end is not story.originator:
            self._outcome(frame, story, cause_value(message))

    def _form(self, frame: Decoded, ie: Number, story: Story | None) -> None:
        """Whether digits and type go together."""
        call = None if story is None else story.name
        title, kind = ie.title, ie.kind
        wrong = set(ie.digits) - _DIALLED
        if wrong:
            text = f"the {title} {clean(ie.digits)}"
            self.book.add(DIGITS, frame, text, side=frame.end, call=call)
        elif (kind == NumberType.NATIONAL and ie.digits.startswith("0")) or (
            kind == NumberType.INTERNATIONAL and ie.digits.startswith("0")
        ):
            text = f"the {title} {ie.digits} is of type {words(kind)}"
            self.book.add(PREFIX, frame, text, side=frame.end, call=call)
        if getattr(ie, "screening", None) == Screening.USER_VERIFIED_FAILED:
            text = f"the {title} {clean(ie.digits)}: verified and failed"
            self.book.add(NOT_OWNED, frame, text, side=frame.end, call=call)

    def _late(self, frame: Decoded, message: Message, story: Story) -> None:
        called, keypad = message.get(CalledNumberIE), message.get(KeypadIE)
        digits = called.digits if called else keypad.keys if keypad else ""
        said = story.setup is not None and complete(story.setup)
        taken = Type.CALL_PROCEEDING in story.seen and keypad is None
        if digits and (said or taken) and story.connected is None:
            text = f"{clean(digits)} after {'sending complete' if said else 'CALL PROCEEDING'}"
            self.book.add(LATE_DIGITS, frame, text, side=frame.end, call=story.name)

    def _outcome(self, frame: Decoded, story: Story, cause: int | None) -> None:
        """How a call went: `cause` is that of its refusal, None when it passed."""
        setup = story.setup
        called = None if setup is None else setup.get(CalledNumberIE)
        numbers = (story.setups[0].number, number_of(frame))
        kind = 0 if called is None else int(called.kind)
        fewest = 2 if cause in (None, _INCOMPLETE) else 3
        if len(story.digits) >= fewest and (cause is None or cause in _REFUSALS):
            self._compare_forms(frame, story, kind, numbers, refused=cause is not None)
            self._compare_beginnings(frame, story, numbers, refused=cause is not None)
        calling = calling_of(setup)
        if calling and (cause is None or cause in _BARRED):
            self._compare_callers(frame, story, calling, numbers, refused=cause is not None)

    def _compare_forms(
        self, frame: Decoded, story: Story, kind: int, numbers: tuple[int, ...], *, refused: bool
    ) -> None:
        if len(story.digits) < _SUFFIX:
            return
        known = _entry(self._called, story.digits[-_SUFFIX:], _Forms())
        mine = known.forms.setdefault((story.digits, kind), _Outcome(call=story.name))
        if refused:
            mine.refused = numbers
        else:
            mine.passed = numbers
        if len(known.forms) > 8:
            known.forms.clear()
            return
        for (digits, other_kind), outcome in known.forms.items():
            there = outcome.passed if refused else outcome.refused
            same = _same((digits, other_kind), (story.digits, kind))
            if there and outcome is not mine and same and not (mine.passed and mine.refused):
                works, fails = ((digits, other_kind), (story.digits, kind))
                if not refused:
                    works, fails = fails, works
                text = f"{_form(*fails)} is refused, {_form(*works)} works"
                self.book.add(TWO_FORMS, frame, text, frames=(*there, numbers[0]), call=story.name)

    def _compare_beginnings(
        self, frame: Decoded, story: Story, numbers: tuple[int, ...], *, refused: bool
    ) -> None:
        if refused:
            entry = _entry(self._begun, story.digits, _Outcome())
            entry.refused, entry.call = numbers, story.name
            longer = self._longer.get(story.digits)
            if longer is not None and not entry.passed:
                text = f"{story.digits} is refused, {longer[0]} works"
                frames = (*longer[1], numbers[0])
                self.book.add(TRUNCATED, frame, text, frames=frames, call=story.name)
            return
        _entry(self._begun, story.digits, _Outcome()).passed = numbers
        for length in range(2, len(story.digits)):
            _entry(self._longer, story.digits[:length], (story.digits, numbers))
            entry = self._begun.get(story.digits[:length]) or _Outcome()
            if entry.refused and not entry.passed:
                text = f"{story.digits[:length]} is refused, {story.digits} works"
                frames = (*entry.refused, numbers[0])
                self.book.add(TRUNCATED, frame, text, frames=frames, call=entry.call)

    def _compare_callers(
        self, frame: Decoded, story: Story, calling: str, numbers: tuple[int, ...], *, refused: bool
    ) -> None:
        entry = _entry(self._callers, calling, _Outcome())
        entry.call = story.name
        if refused:
            entry.refused = (*entry.refused, *numbers)[-8:]
            entry.refusals += 1
        else:
            entry.passed = numbers

    def end(self, at_ns: int) -> None:
        """Calling numbers that were refused every time while others passed."""
        passed = [calling for calling, entry in self._callers.items() if entry.passed]
        for calling, entry in self._callers.items():
            if entry.refusals >= 2 and not entry.passed and passed:
                text = f"{clean(calling)} was refused {entry.refusals} times, {clean(passed[0])} passed"
                self.book.note(CALLER_BARRED, text, at_ns, entry.refused, call=entry.call)


def _same(one: tuple[str, int], other: tuple[str, int]) -> bool:
    """Whether two forms, digits and type of number, are of one subscriber: apart from prefixes, and from the
    country code where the form without it is a national one.
    """
    long, short = _bare(*one), _bare(*other)
    if len(long) < len(short):
        long, short, other = short, long, one
    digits, kind = other
    national = kind == NumberType.NATIONAL or (digits.startswith("0") and not digits.startswith("00"))
    coded = national and len(short) >= _SIGNIFICANT and len(long) - len(short) <= _COUNTRY
    return long == short or (coded and long.endswith(short))


def _bare(digits: str, kind: int) -> str:
    """A number without prefixes, as far as they can be told without knowing the country."""
    return (
        digits.lstrip("0")
        if kind in (NumberType.UNKNOWN, NumberType.NATIONAL, NumberType.INTERNATIONAL)
        else digits
    )


def _form(digits: str, kind: int) -> str:
    name = words(NumberType(kind)) if kind in set(NumberType) else f"type {kind}"
    return f"{digits} ({name})"


def _entry(kept: OrderedDict[str, T], key: str, fresh: T) -> T:
    entry = kept.get(key)
    if entry is None:
        entry = kept[key] = fresh
        if len(kept) > _KEPT:
            kept.popitem(last=False)
    return entry
