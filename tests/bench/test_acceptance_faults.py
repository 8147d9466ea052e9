"""Deliberate faults of exchange and lines: each fails the row that is about what is broken, and says why."""

from __future__ import annotations

import functools

import pytest
from sources import ROOT

from trunkbench.acceptance import RowResult, measure, rows_of
from trunkbench.acceptance.faults import FAULTS, check, commit
from trunkbench.bench import Bench
from trunkbench.cli import main
from trunkbench.config import BenchConfig, load_config, parse_config
from trunkbench.errors import UsageError

FILE = ROOT / "hw-config" / "loopback-call-centre.toml"

BROKEN = {
    "dead-line": (
        "028-86082660 one-number: capacity 4",
        "4 callers at once get through: 3 of 4; caller 2: in-progress",
    ),
    "crossed-line": (
        "028-86082660 one-number: capacity 4",
        "hear each other, each on its own line: near call 1",
    ),
    "crossed-channel": ("62300000 digital-trunk: capacity 30", "crossed: it hears near end, span 0"),
    "left-out": (
        "028-86082660 one-number: capacity 4",
        "4 callers at once get through: 3 of 4; caller 4: busy, cause 17",
    ),
    "virtual-shown": (
        "028-86082660 one-number: a call from 33333333 shows 33333333",
        "the called party is shown 33333333: 02886082660",
    ),
    "no-ringback": (
        "99999999 analog-group: ringback while it rings",
        "the caller hears ringback: it hears nothing",
    ),
    "announcement": (
        "028-86082660 one-number: caller 5 hears busy",
        "caller 5 hears busy tone: it hears speech",
    ),
    "channel-short": (
        "62300000 digital-trunk: capacity 30",
        "30 callers at once get through: 29 of 30; caller 30: no-circuit, cause 34",
    ),
}
"""The row that has to fail of each, and what it has to say."""

UNHARMED = {
    "dead-line": "99999999 analog-group: capacity 5",
    "crossed-line": "99999999 analog-group: capacity 5",
    "crossed-channel": "62310000 digital-trunk: capacity 23",
    "left-out": "99999999 analog-group: capacity 5",
    "virtual-shown": "99999999 analog-group: a call from 91111111 shows 91111111",
    "no-ringback": "028-86082660 one-number: caller 5 hears busy",
    "announcement": "028-86082660 one-number: ringback while it rings",
    "channel-short": "62310000 digital-trunk: caller 24 hears busy",
}
"""A row beside it, which still holds."""


@functools.cache
def config() -> BenchConfig:
    return load_config(FILE)


def measured(title: str, fault: str) -> RowResult:
    (row,) = [row for row in rows_of(config()) if row.title == title]
    with Bench(config()) as bench:
        commit(bench, fault)
        return measure(bench, row)


def test_every_fault_has_its_row() -> None:
    assert set(BROKEN) == set(UNHARMED) == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_its_row_and_says_why(fault: str) -> None:
    title, why = BROKEN[fault]
    result = measured(title, fault)
    assert result.verdict == "failed"
    assert why in result.story()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_other_rows_alone(fault: str) -> None:
    result = measured(UNHARMED[fault], fault)
    assert (result.verdict, result.reason) == ("held", "")


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS)
def test_the_command_exits_1_and_names_the_row(fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    title, why = BROKEN[fault]
    assert main(["accept", "--hw", str(FILE), "--number", title.partition(" ")[0], "--fault", fault]) == 1
    out = capsys.readouterr().out
    assert f"✗ {title}" in out
    assert why in out


@pytest.mark.parametrize(
    ("title", "fault", "why"),
    [
        ("62301234 fixed-line: capacity 1", "dead-line:62301234", "1 caller at once get through: 0 of 1"),
        ("13800138000 mobile: capacity 1", "dead-line:5555-5555", "1 caller at once get through: 0 of 1"),
        ("62301234 fixed-line: capacity 1", "crossed-line:62301234", "1 caller at once get through: 0 of 1"),
        (
            "028-86082660 one-number: capacity 4",
            "crossed-line:11111111",
            "on line 11111111: crossed: it hears line ",
        ),
        ("77777777 analog-group: capacity 3", "left-out:72222222", "2 of 3"),
        ("62310000 digital-trunk: capacity 23", "channel-short:62310000", "22 of 23"),
        (
            "62320000 digital-trunk: capacity 2",
            "crossed-channel:62320000",
            "crossed: it hears near end, span 2",
        ),
    ],
)
def test_any_line_and_any_trunk_can_be_broken(title: str, fault: str, why: str) -> None:
    result = measured(title, fault)
    assert result.verdict == "failed"
    assert why in result.story()


def test_a_number_that_cannot_be_broken_so() -> None:
    with pytest.raises(UsageError, match=r"has no line 110; there are .*62301234"):
        check(config(), "dead-line:110")
    with pytest.raises(UsageError, match="has no number with several lines of which 62301234 is one"):
        check(config(), "left-out:62301234")
    with pytest.raises(UsageError, match="of the whole exchange: name no number"):
        check(config(), "no-ringback:62301234")


def test_a_fault_that_there_is_not() -> None:
    with pytest.raises(UsageError, match=r"no fault 'rust'.*dead-line"):
        check(config(), "rust")


def test_a_plan_without_what_would_be_broken() -> None:
    text = '[bench]\nname = "b"\n[[span]]\nname = "E1"\n[[access.fixed_line]]\nnumber = "62301234"\n'
    plain = parse_config(text, "plain.toml")
    for fault in ("dead-line", "left-out", "crossed-line"):
        with pytest.raises(UsageError, match=r"plain\.toml has no number with several lines"):
            check(plain, fault)
    with pytest.raises(UsageError, match="has no one-number service"):
        check(plain, "virtual-shown")
    with pytest.raises(UsageError, match="has no digital trunk"):
        check(plain, "channel-short")
    check(plain, "no-ringback")


def test_hardware_cannot_be_broken_on_purpose() -> None:
    text = (
        '[bench]\nname = "b"\nclock = "card"\ntopology = "dut-pbx"\n[[span]]\nname = "E1"\nport = "dahdi:1"\n'
        '[[access.digital_trunk]]\nnumber = "62300000"\nspans = ["E1"]\n'
    )
    with pytest.raises(UsageError, match="only the software loopback"):
        check(parse_config(text, "rig.toml"), "channel-short")
