"""The calling number beside what was promised: what is wrong in each octet is told with its clause."""

from __future__ import annotations

from typing import Any

import pytest

from trunkbench.access.callingnumber import NumberingArea, judge_calling, meaning_of
from trunkbench.access.network import Shown
from trunkwire.q931.ies import CallingNumberIE, NumberingPlan, NumberType, Presentation, Screening

CHENGDU = NumberingArea(area="028")
BERLIN = NumberingArea(country="49", area="030")
PROMISED = Shown("62300000", Screening.NETWORK)
INTERNATIONAL, NATIONAL, SUBSCRIBER = NumberType.INTERNATIONAL, NumberType.NATIONAL, NumberType.SUBSCRIBER


def element(digits: str = "62300000", **fields: Any) -> CallingNumberIE:
    fields = {"presentation": Presentation.ALLOWED, "screening": Screening.NETWORK, **fields}
    return CallingNumberIE(digits=digits, **fields)


def told(got: CallingNumberIE | None, expected: Shown | None = PROMISED, **how: Any) -> list[tuple[str, str]]:
    found = judge_calling(expected, got, place=CHENGDU, **how)
    return [(each.kind, each.describe()) for each in found]


@pytest.mark.parametrize(
    ("digits", "kind"),
    [
        ("62300000", NumberType.UNKNOWN),
        ("62300000", SUBSCRIBER),
        ("2862300000", NATIONAL),
        ("02862300000", NumberType.UNKNOWN),
        ("862862300000", INTERNATIONAL),
        ("00862862300000", NumberType.UNKNOWN),
        ("+862862300000", NumberType.UNKNOWN),
    ],
)
def test_one_number_in_all_its_forms(digits: str, kind: NumberType) -> None:
    found = told(element(digits, kind=kind))
    assert [name for name, _text in found] == (["form"] if digits.startswith("+") else [])
    assert meaning_of(digits, kind, CHENGDU) == "02862300000"


@pytest.mark.parametrize(
    ("digits", "kind", "place", "meaning"),
    [
        ("13800138000", NumberType.UNKNOWN, CHENGDU, "13800138000"),
        ("13800138000", NATIONAL, CHENGDU, "13800138000"),
        ("8613800138000", INTERNATIONAL, CHENGDU, "13800138000"),
        ("1062345678", NATIONAL, CHENGDU, "01062345678"),
        ("4008001234", NATIONAL, CHENGDU, "4008001234"),
        ("95566", NumberType.UNKNOWN, CHENGDU, "95566"),
        ("493012345678", INTERNATIONAL, CHENGDU, "+493012345678"),
        ("0493012345678", NumberType.UNKNOWN, CHENGDU, "0493012345678"),
        ("12345678", NumberType.UNKNOWN, BERLIN, "03012345678"),
        ("3012345678", NATIONAL, BERLIN, "03012345678"),
        ("62300000", NumberType.UNKNOWN, NumberingArea(), "62300000"),
    ],
)
def test_what_digits_mean(digits: str, kind: NumberType, place: NumberingArea, meaning: str) -> None:
    assert meaning_of(digits, kind, place) == meaning


@pytest.mark.parametrize(
    ("got", "how", "kind", "said"),
    [
        (None, {}, "missing", "octet 1: the element is missing; 62300000 was promised (Q.951.3)"),
        (element(""), {}, "missing", "octet 4: no digits; 62300000 was promised"),
        (element("62309999"), {}, "wrong", "62300000 was promised, 62309999 came (Q.931 4.5.10)"),
        (
            element("62300000"),
            {"wished": "62300001", "expected": Shown("62300001", Screening.NETWORK)},
            "replaced",
            "replaced: 62300001 was asked for and promised, 62300000 came",
        ),
        (
            element("13900000000"),
            {"wished": "13900000000"},
            "wrong",
            "13900000000 came as asked for; 62300000 was to replace it",
        ),
        (
            element("2886082660", kind=NATIONAL),
            {"virtual": ["02886082660"]},
            "virtual",
            "2886082660 is shown, a number that no line has",
        ),
        (
            element(presentation=Presentation.RESTRICTED),
            {},
            "withheld",
            "octet 3a: withheld (presentation restricted), and the caller did not ask for it",
        ),
        (
            element("", presentation=Presentation.NOT_AVAILABLE, plan=NumberingPlan.UNKNOWN),
            {},
            "unavailable",
            "not available: lost where networks meet",
        ),
        (element(presentation=3), {}, "withheld", "presentation indicator 3 is reserved"),
        (
            element("2862300000", kind=NATIONAL),
            {"kind": SUBSCRIBER},
            "type",
            "octet 3: type national where subscriber was expected (Q.931 4.5.8)",
        ),
        (element(kind=5), {"kind": NumberType.UNKNOWN}, "type", "type 5 (reserved) where unknown"),
        (
            element(plan=NumberingPlan.PRIVATE),
            {},
            "plan",
            "plan private where E.164 was expected (Q.931 4.5.8)",
        ),
        (element(plan=7), {}, "plan", "plan 7 (reserved) where E.164"),
        (
            element("02862300000", kind=NATIONAL),
            {},
            "form",
            "type national, and yet 02862300000 begins with the prefix 0",
        ),
        (
            element(screening=Screening.USER_NOT_SCREENED),
            {},
            "screening",
            "3a: screening says user provided, not screened, where network provided was expected (Q.951.3)",
        ),
        (
            element(screening=Screening.USER_VERIFIED_FAILED),
            {"expected": Shown("62300000", Screening.USER_VERIFIED_PASSED)},
            "screening",
            "user provided, verified and failed, where user provided, verified and passed was expected",
        ),
        (
            element(presentation=None, screening=None),
            {},
            "screening",
            "octet 3a is missing, which says user provided, not screened",
        ),
    ],
)
def test_each_octet_that_is_wrong(
    got: CallingNumberIE | None, how: dict[str, Any], kind: str, said: str
) -> None:
    ((found, text),) = told(got, **how)
    assert found == kind
    assert text.startswith("calling number, octet ")
    assert said in text


def test_plans_and_types_can_be_left_open() -> None:
    assert told(element(plan=NumberingPlan.UNKNOWN), plan=None) == []
    assert told(element(kind=SUBSCRIBER), kind=SUBSCRIBER) == []


def test_a_caller_who_asks_not_to_be_shown() -> None:
    withheld = element("", presentation=Presentation.RESTRICTED)
    assert told(withheld, withheld=True) == []
    assert told(None, expected=None, withheld=True) == []
    ((kind, text),) = told(element(), withheld=True)
    assert (kind, "may be shown, and the caller asked to withhold it" in text) == ("shown", True)
    ((kind, text),) = told(element(presentation=Presentation.RESTRICTED), withheld=True)
    assert (kind, "withheld, and its digits came all the same: 62300000" in text) == ("shown", True)
    ((kind, text),) = told(element(""), expected=None)
    assert (kind, "none was to come, and an empty one did" in text) == ("shown", True)


def test_several_things_at_once_are_all_told() -> None:
    got = element("123", kind=NATIONAL, plan=NumberingPlan.PRIVATE, screening=Screening.USER_NOT_SCREENED)
    assert [kind for kind, _text in told(got, kind=SUBSCRIBER)] == ["wrong", "type", "plan", "screening"]


def test_a_number_with_other_characters() -> None:
    ((kind, text),) = told(element("62-30"), expected=Shown("62-30", Screening.NETWORK))
    assert (kind, "'62-30' has characters that no telephone can dial" in text) == ("form", True)
