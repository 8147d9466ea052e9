"""The calling number as it arrived, beside the one that was promised: octet by octet (Q.931 4.5.10, Q.951).

Octet 3 of the element has type and plan of the number, octet 3a whether it may be shown and who vouches for
it, octet 4 the digits. The same number can be written in several ways: 02886082660 of unknown type,
2886082660 of type national, 86082660 of type subscriber within its area. Digits are compared as what they
mean; that the type is another one than was expected is a finding of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from trunkwire.q931.ies import NumberingPlan, NumberType, Presentation, Screening

if TYPE_CHECKING:
    from trunkbench.access.network import Shown
    from trunkwire.q931.ies import CallingNumberIE

Kind = Literal[
    "missing",
    "withheld",
    "shown",
    "unavailable",
    "replaced",
    "virtual",
    "wrong",
    "form",
    "type",
    "plan",
    "screening",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as promised: in which octet, in words, and by which clause."""

    kind: Kind
    octet: str
    text: str
    clause: str

    def describe(self) -> str:
        """Such as "calling number, octet 3a: … (Q.931 4.5.10)"."""
        return f"calling number, octet {self.octet}: {self.text} ({self.clause})"


@dataclass(frozen=True, slots=True)
class NumberingArea:
    """How numbers are dialled there: country code, area code with its prefix, and that prefix."""

    country: str = "86"
    area: str = ""
    trunk_prefix: str = "0"
    international_prefix: str = "00"


def judge_calling(
    expected: Shown | None,
    got: CallingNumberIE | None,
    *,
    wished: str | None = None,
    virtual: Collection[str] = (),
    withheld: bool = False,
    kind: NumberType | None = None,
    plan: NumberingPlan | None = NumberingPlan.E164,
    place: NumberingArea | None = None,
) -> list[Finding]:
    """What is wrong with the calling number of a call; [] when it is what was promised.

    `expected` is what the called party is to be told (None: nothing is to arrive), `wished` what the caller
    asked to show. `virtual` are numbers that no call may ever show. `withheld` says that the caller asks not
    to be shown (Q.951.4). `kind` and `plan` are the type and the plan to expect; None leaves them open.
    """
    place = place or NumberingArea()
    if got is None:
        return [] if expected is None else [_missing(expected)]
    if expected is None:
        return [
            _finding("shown", "4", f"none was to come, and {got.digits or 'an empty one'} did", "Q.951.4")
        ]
    found = list(_presentation(got, withheld))
    if got.digits or not withheld:
        found += _digits(expected, got, wished, {meaning_of(each, place=place) for each in virtual}, place)
    if got.digits:  # without any, their type and plan are unknown
        found += _octet_3(got, kind, plan)
        found += _form(got, place)
    if not (withheld and not got.digits):
        found += _screening(expected, got)
    return found


def meaning_of(
    digits: str, kind: NumberType | int = NumberType.UNKNOWN, place: NumberingArea | None = None
) -> str:
    """The number in one form, whatever its type: the trunk prefix, area code and number; abroad, +country.

    Numbers that have no such form (short codes, 400 and 800) stay as they are.
    """
    place = place or NumberingArea()
    if kind == NumberType.INTERNATIONAL:
        return _from_abroad(digits.removeprefix(place.international_prefix), place)
    if kind == NumberType.NATIONAL:
        return digits if digits.startswith(place.trunk_prefix) else _nationally(digits, place)
    if kind == NumberType.SUBSCRIBER:
        return place.area + digits
    if digits.startswith("+"):
        return _from_abroad(digits[1:], place)
    if place.international_prefix and digits.startswith(place.international_prefix):
        return _from_abroad(digits.removeprefix(place.international_prefix), place)
    if place.area and not digits.startswith(place.trunk_prefix) and _is_local(digits, place):
        return place.area + digits
    return digits


def _from_abroad(digits: str, place: NumberingArea) -> str:
    if not digits.startswith(place.country):
        return f"+{digits}"
    return _nationally(digits.removeprefix(place.country), place)


def _nationally(digits: str, place: NumberingArea) -> str:
    """A national number as it is dialled: mobiles and service numbers of China have no trunk prefix."""
    if place.country == "86" and ((len(digits) == 11 and digits[0] == "1") or digits[:3] in ("400", "800")):
        return digits
    return place.trunk_prefix + digits


def _is_local(digits: str, place: NumberingArea) -> bool:
    """Seven or eight digits that begin as subscribers' do; in other countries, any short number."""
    if place.country == "86":
        return len(digits) in (7, 8) and digits[0] in "23456789"
    return 4 <= len(digits) <= 8


def _finding(kind: Kind, octet: str, text: str, clause: str = "Q.931 4.5.10") -> Finding:
    return Finding(kind, octet, text, clause)


def _missing(expected: Shown) -> Finding:
    return _finding("missing", "1", f"the element is missing; {expected.number} was promised", "Q.951.3")


def _presentation(got: CallingNumberIE, withheld: bool) -> Iterator[Finding]:
    # Without octet 3a the number may be shown (4.5.10).
    presentation = Presentation.ALLOWED if got.presentation is None else got.presentation
    if presentation == Presentation.NOT_AVAILABLE:
        yield _finding(
            "unavailable", "3a", "not available: lost where networks meet (presentation indicator 2)"
        )
    elif presentation == Presentation.RESTRICTED and not withheld:
        yield _finding(
            "withheld", "3a", "withheld (presentation restricted), and the caller did not ask for it"
        )
    elif presentation == Presentation.ALLOWED and withheld and got.digits:
        yield _finding("shown", "3a", "may be shown, and the caller asked to withhold it", "Q.951.4")
    elif presentation == Presentation.RESTRICTED and got.digits:
        yield _finding("shown", "4", f"withheld, and its digits came all the same: {got.digits}", "Q.951.4")
    elif presentation not in tuple(Presentation):
        yield _finding("withheld", "3a", f"presentation indicator {int(presentation)} is reserved")


def _digits(
    expected: Shown, got: CallingNumberIE, wished: str | None, virtual: Collection[str], place: NumberingArea
) -> Iterator[Finding]:
    if not got.digits:
        if got.presentation in (None, Presentation.ALLOWED):
            yield _finding("missing", "4", f"no digits; {expected.number} was promised", "Q.951.3")
        return
    meant, promised = meaning_of(got.digits, got.kind, place), meaning_of(expected.number, place=place)
    if meant == promised:
        return
    asked = None if wished is None else meaning_of(wished, place=place)
    if meant in virtual:
        yield _finding("virtual", "4", f"{got.digits} is shown, a number that no line has: it never must be")
    elif asked is not None and asked == promised:
        yield _finding("replaced", "4", f"replaced: {wished} was asked for and promised, {got.digits} came")
    elif asked is not None and asked == meant:
        yield _finding("wrong", "4", f"{got.digits} came as asked for; {expected.number} was to replace it")
    else:
        yield _finding("wrong", "4", f"{expected.number} was promised, {got.digits} came")


def _octet_3(got: CallingNumberIE, kind: NumberType | None, plan: NumberingPlan | None) -> Iterator[Finding]:
    if kind is not None and got.kind != kind:
        yield _finding("type", "3", f"type {_type(got.kind)} where {_type(kind)} was expected", "Q.931 4.5.8")
    if plan is not None and got.plan != plan:
        yield _finding("plan", "3", f"plan {_plan(got.plan)} where {_plan(plan)} was expected", "Q.931 4.5.8")


def _form(got: CallingNumberIE, place: NumberingArea) -> Iterator[Finding]:
    """Digits that contradict their type: prefixes belong to numbers of unknown type (4.5.8, note)."""
    if set(got.digits) - set("0123456789*#"):
        yield _finding("form", "4", f"{got.digits!r} has characters that no telephone can dial")
    prefixes = {
        NumberType.INTERNATIONAL: place.international_prefix,
        NumberType.NATIONAL: place.trunk_prefix,
        NumberType.SUBSCRIBER: place.trunk_prefix,
    }
    prefix = prefixes.get(got.kind) if isinstance(got.kind, NumberType) else None
    if prefix and got.digits.startswith(prefix):
        text = f"type {_type(got.kind)}, and yet {got.digits} begins with the prefix {prefix}"
        yield _finding("form", "4", text, "Q.931 4.5.8")


def _screening(expected: Shown, got: CallingNumberIE) -> Iterator[Finding]:
    # Without octet 3a the user provided it and nobody screened it (4.5.10).
    screening = Screening.USER_NOT_SCREENED if got.screening is None else got.screening
    if screening != expected.screening:
        said, wanted = (
            _SCREENING.get(screening, f"{int(screening)}, reserved"),
            _SCREENING[expected.screening],
        )
        where = "octet 3a is missing, which says" if got.screening is None else "screening says"
        yield _finding("screening", "3a", f"{where} {said}, where {wanted} was expected", "Q.951.3")


_SCREENING: dict[int, str] = {
    Screening.USER_NOT_SCREENED: "user provided, not screened",
    Screening.USER_VERIFIED_PASSED: "user provided, verified and passed",
    Screening.USER_VERIFIED_FAILED: "user provided, verified and failed",
    Screening.NETWORK: "network provided",
}


def _type(kind: NumberType | int) -> str:
    return kind.name.lower().replace("_", " ") if isinstance(kind, NumberType) else f"{kind} (reserved)"


def _plan(plan: NumberingPlan | int) -> str:
    return plan.title if isinstance(plan, NumberingPlan) else f"{plan} (reserved)"
