"""What a number looks like: by the library, by the rules of China without it, and in the list of a plan."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from trunkbench.access import classify as module
from trunkbench.access.classify import Classified, area_of, classify, is_mobile
from trunkbench.access.listing import leases_listed, listed, remark
from trunkbench.cli import main
from trunkbench.config import parse_config

PLAN = """
[bench]
name = "x"
[[span]]
name = "E1"
[access]
area = "028"
[[access.digital_trunk]]
number = "62300000"
spans = ["E1"]
[[access.one_number]]
number = "028-86082660"
lines = ["61111111", "62222222", "63333333", "64444444", "65555555", "66666666"]
[[access.service_number]]
number = "400-800-1234"
[[access.service_number.to]]
number = "62300000"
[[access.mobile]]
number = "13800138000"
line = "67777777"
[[access.fixed_line]]
number = "1"
[[access.leased]]
span = "E1"
channels = [31, 30]
[[access.leased]]
span = "E1"
channels = [5]
hours = "22:30-06:00"
"""

EVERYWHERE = [
    ("13800138000", "mobile"),
    ("19912345678", "mobile"),
    ("4008001234", "shared cost"),
    ("8008101234", "toll-free"),
    ("95566", "short code"),
    ("10086", "short code"),
    ("01062345678", "fixed line"),
    ("076922345678", "fixed line"),
    ("62300000", "fixed line"),
    ("99", None),
    ("12800138000", None),
    ("5551234567890", None),
]


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_installed", lambda: False)
    monkeypatch.setattr("trunkbench.access.listing.is_installed", lambda: False)


@pytest.mark.parametrize(("number", "kind"), EVERYWHERE)
def test_kinds_by_the_rules(without_library: None, number: str, kind: str | None) -> None:
    assert classify(number) == (None if kind is None else Classified(kind))


@pytest.mark.parametrize(("number", "kind"), EVERYWHERE)
def test_kinds_by_the_library(number: str, kind: str | None) -> None:
    pytest.importorskip("phonenumbers")
    assert classify(number, area="028") == (None if kind is None else Classified(kind))


def test_other_countries_are_the_librarys(without_library: None) -> None:
    assert classify("13800138000", "DE") is None
    assert not is_mobile("15112345678", "DE")


def test_a_mobile_of_another_country() -> None:
    pytest.importorskip("phonenumbers")
    assert is_mobile("015112345678", "DE")
    assert not is_mobile("030123456", "DE")
    assert classify("110", "CN") == Classified("emergency number")
    assert classify("+8613800138000", "DE") == Classified("mobile")
    assert classify("x", "DE") is None


@pytest.mark.parametrize(
    ("number", "mobile"),
    [
        ("13800138000", True),
        ("+8613800138000", True),
        ("8619912345678", True),
        ("12800138000", False),
        ("1380013800", False),
        ("02886082660", False),
    ],
)
def test_mobiles_of_china(number: str, mobile: bool) -> None:
    assert is_mobile(number) is mobile


def test_the_area_of_a_caller_is_the_longest_code_that_fits() -> None:
    assert area_of("02886082660", ["02", "028", "010"]) == "028"
    assert area_of("62300000", ["028"]) == ""
    assert area_of("62300000", []) == ""


def test_every_number_of_a_plan_is_listed() -> None:
    config = parse_config(PLAN, "plan.toml")
    rows = {row.number: row for row in listed(config)}
    assert len(rows) == 12
    assert (rows["62300000"].service, rows["62300000"].calls) == ("digital trunk", 28)
    assert rows["62300000"].behind == "span E1 (E1)"
    assert rows["02886082660"].behind == "61111111, 62222222, 63333333, 64444444, 65555555 and 1 more"
    assert rows["4008001234"].looks == "shared cost"
    assert rows["13800138000"].behind == "a device on line 67777777"
    assert (rows["1"].calls, rows["1"].behind, rows["1"].looks) == (1, "a line", "")
    assert rows["61111111"].service == "line, bothway"
    assert leases_listed(config) == ["E1: timeslot 5 22:30-06:00", "E1: timeslots 30, 31 for good"]
    assert listed(parse_config('[bench]\nname = "x"\n[[span]]\nname = "E1"\n', "none.toml")) == []


def test_without_the_library_the_list_says_how_to_get_it(
    without_library: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN, encoding="utf-8")
    assert main(["services", "--hw", str(file)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].split() == ["number", "service", "calls", "at", "once", "behind", "looks", "like"]
    assert out[-3:] == [
        "leased: E1: timeslot 5 22:30-06:00",
        "leased: E1: timeslots 30, 31 for good",
        "not classified: pip install 'trunkbench[numbers]' for the rest",
    ]
    rows = listed(parse_config(PLAN, "plan.toml"))
    assert remark([row for row in rows if row.looks]) is None


def test_places_are_told_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    phonenumbers = pytest.importorskip("phonenumbers")
    asked: list[tuple[int, str]] = []

    class Geocoder:
        @staticmethod
        def description_for_number(parsed: object, language: str) -> str:
            asked.append((parsed.national_number, language))  # type: ignore[attr-defined]
            return "Chengdu"

    # Its map of the world takes a second and 100 MB to load.
    monkeypatch.setitem(sys.modules, "phonenumbers.geocoder", Geocoder)
    monkeypatch.setattr(phonenumbers, "geocoder", Geocoder, raising=False)
    known = classify("86082660", area="028", where="zh")
    assert known is not None
    assert known.describe() == "fixed line, Chengdu"
    assert asked == [(2886082660, "zh")]


def test_areas_without_a_plan_are_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["services", "--areas"]) == 2
    assert "--areas belongs to --hw FILE" in capsys.readouterr().err
