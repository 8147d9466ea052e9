"""The access services in words: each is explained in both languages, and its example is a working table."""

from __future__ import annotations

from pathlib import Path

import pytest

from trunkbench.access.catalogue import Entry, catalogue, folded, page
from trunkbench.access.config import AccessConfig, build_network
from trunkbench.cli import main
from trunkbench.config import parse_config

ROOT = Path(__file__).resolve().parents[2]
HEAD = '[bench]\nname = "x"\n[[span]]\nname = "E1"\n'
WHOLE = (
    HEAD
    + "\n".join(entry.example for entry in catalogue() if entry.key not in ("fixed-line", "short-code"))
    + '\n[[access.service_number]]\nnumber = "95566"\nshort = true\n'
    + '[[access.service_number.to]]\nnumber = "62300000"\n'
)


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.key)
def test_every_service_is_a_table_and_told_in_two_languages(entry: Entry) -> None:
    assert entry.table in AccessConfig.__struct_fields__
    assert f"[[access.{entry.table}]]" in entry.example
    assert entry.text.endswith(".")
    assert entry.text_zh.endswith("。")
    assert any(ord(each) > 0x4E00 for each in entry.title_zh)


def test_every_table_is_told_of() -> None:
    told = {entry.table for entry in catalogue()} | {"line"}  # [[access.line]] says more of a line of a group
    tables = set(AccessConfig.__struct_fields__) - {"area", "country", "starts", "hops", "foreign_number"}
    assert tables == told


def test_the_examples_together_are_a_plan() -> None:
    config = parse_config(WHOLE, "examples")
    assert config.access is not None
    network = build_network(config.access, {"E1": 30})
    promised = {number: network.promised(number) for _path, number in config.access.numbers()}
    assert promised == {
        "02886082660": 4,
        "99999999": 5,
        "62300000": 28,  # two channels are leased
        "13800138000": 1,
        "4008001234": 33,
        "95566": 28,
    }


def test_the_page_is_the_catalogues() -> None:
    assert (ROOT / "docs" / "services.md").read_text(encoding="utf-8") == page()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["services"]) == 0
    out = capsys.readouterr().out
    assert all(f"{entry.key}: {entry.title} ({entry.title_zh})" in out for entry in catalogue())
    assert max(sum(2 if ord(each) > 0x2E80 else 1 for each in line) for line in out.splitlines()) <= 102
    assert main(["services", "one-number", "--lang", "en"]) == 0
    out = capsys.readouterr().out
    assert "the fifth hears busy" in " ".join(out.split())
    assert "四" not in out
    assert 'distribution = "order"' in out
    assert main(["services", "two-number"]) == 2
    assert "there are fixed-line, one-number" in capsys.readouterr().err


def test_the_numbers_of_a_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(WHOLE, encoding="utf-8")
    assert main(["services", "--hw", str(file)]) == 0
    rows = {tuple(line.split()[:4]) for line in capsys.readouterr().out.splitlines()}
    assert ("62300000", "digital", "trunk", "28") in rows
    assert ("44444444", "line,", "incoming", "1") in rows
    assert main(["services", "--hw", str(file), "mobile"]) == 2
    file.write_text(HEAD)
    assert main(["services", "--hw", str(file)]) == 2
    assert "no [access] plan" in capsys.readouterr().err


def test_a_plan_without_numbers_is_told_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(HEAD + '[access]\narea = "028"\n')
    assert main(["services", "--hw", str(file)]) == 0
    said = f"the [access] plan of {file} has no numbers: nobody can be called by it\n"
    assert capsys.readouterr().out == said
    file.write_text(HEAD + '[[access.leased]]\nspan = "E1"\nchannels = [31]\n')
    assert main(["services", "--hw", str(file)]) == 0
    assert capsys.readouterr().out == said + "leased: E1: timeslot 31 for good\n"


def test_numbers_that_a_trunk_owns_are_listed_where_they_are_the_trunks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.toml"
    more = '[[access.fixed_line]]\nnumber = "62300002"\n'
    file.write_text(WHOLE + more)
    assert main(["services", "--hw", str(file)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[1:7] for row in rows if row[0] == "62300001"] == [
        ["owned", "by", "a", "trunk", "28", "62300000"]
    ]
    assert [row[1:4] for row in rows if row[0] == "62300002"] == [["fixed", "line", "1"]]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            '[[access.digital_trunk]]\nnumber = "1"\nspans = ["E2"]',
            "digital_trunk[0].spans: there is no span 'E2'",
        ),
        ('[[access.leased]]\nspan = "E2"\nchannels = [1]', "leased[0].span"),
        ('[[access.fixed_line]]\nnumber = "110"', "emergency number"),
        (
            '[[access.fixed_line]]\nnumber = "12"\n[[access.fixed_line]]\nnumber = "1 2"',
            "belongs to 2 services",
        ),
        (
            '[[access.service_number]]\nnumber = "4"\n[[access.service_number.to]]\nnumber = "5"',
            "nobody has the",
        ),
        ('[[access.forwarding]]\nnumber = "5"\nbusy = "6"', "nobody has the number 5"),
        ('[[access.fixed_line]]\nnumber = "5"\n[[access.forwarding]]\nnumber = "5"', "give unconditional"),
        (
            '[[access.fixed_line]]\nnumber = "5"\n[[access.service_number]]\nnumber = "2000"\nshort = true\n'
            '[[access.service_number.to]]\nnumber = "5"',
            "begins with 1 or 9",
        ),
        (
            '[[access.fixed_line]]\nnumber = "5"\n[[access.service_number]]\nnumber = "2000"\n'
            '[[access.service_number.to]]\nnumber = "5"\nshare = 60',
            "100 together, not 60",
        ),
        ('[[access.one_number]]\nnumber = "x"\nlines = ["1"]', "one_number[0].number"),
        ('[access]\nstarts = "25:00"', "access.starts"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(table: str, said: str) -> None:
    with pytest.raises(Exception, match="unusable") as refused:
        parse_config(HEAD + table, "plan")
    assert said in str(refused.value)


def test_chinese_breaks_between_characters_and_not_before_a_mark() -> None:
    lines = folded("一二三四五，六七 028-86082660 八", 10)
    assert lines == ["一二三四五，", "六七", "028-86082660", "八"]
