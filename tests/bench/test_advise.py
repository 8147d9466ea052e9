"""Advice and its command line: channels, agents, services and what they cost."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from trunkbench.cli import main
from trunkbench.errors import ConfigError, UsageError
from trunkbench.traffic.advice import Demand, advise, options, rent
from trunkbench.traffic.formulas import engset, erlang_b, erlang_c
from trunkbench.traffic.tariff import load_tariff


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["advise", "--json", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("service", ["one-number", "analog-group"])
def test_one_pilot_and_five_bound_lines_at_80_are_480_a_month(service: str) -> None:
    assert rent(load_tariff(), service, 5) == 480


def test_the_default_tariff_says_what_a_trunk_is_reckoned_with() -> None:
    tariff = load_tariff()
    assert tariff.price("e1") == Decimal("2.5") * 80
    assert any("two to three times a plain line's" in note for note in tariff.notes)


def test_six_calls_at_once_on_a_pilot_with_five_members() -> None:
    advice = advise(Demand(calls=40, holding=180, blocking=0.02))
    assert advice.channels == 6  # 2 erlangs
    (group,) = [option for option in options(advice, load_tariff()) if option.service == "analog-group"]
    assert (group.bought, group.channels, group.monthly, group.carries) == (
        "1 pilot and 5 lines",
        6,
        Decimal(480),
        True,
    )


def test_channels_are_the_least_that_meet_the_target() -> None:
    advice = advise(Demand(calls=500, holding=180))
    assert advice.offered == 25
    assert erlang_b(advice.channels, 25) <= 0.01 < erlang_b(advice.channels - 1, 25)
    assert advice.plain == advice.channels == 36
    assert advise(Demand(calls=500, holding=180, retries=0.7)).channels == 36
    assert advise(Demand(calls=500, holding=180, blocking=0.1, retries=0.7)).channels == 29
    assert advise(Demand(calls=500, holding=180, blocking=0.1)).channels == 28


def test_few_callers_need_fewer_channels() -> None:
    advice = advise(Demand(calls=500, holding=180, sources=60))
    assert advice.plain == 36
    assert advice.channels < 36
    assert engset(advice.channels, 60, 25).call <= 0.01 < engset(advice.channels - 1, 60, 25).call


def test_agents_are_the_least_that_answer_in_time() -> None:
    advice = advise(Demand(calls=200, holding=150, wrap_up=30, answered=0.8))
    assert advice.agents is not None
    assert advice.agents == advice.needed_agents
    served = {n: 1 - erlang_c(n, 10).longer_than(20 / 180) for n in (13, 14)}
    assert advice.agents.count == 14
    assert served[13] < 0.8 <= served[14] == pytest.approx(advice.agents.answered)
    assert advice.agents.mean_wait == pytest.approx(erlang_c(14, 10).mean * 180)
    # A caller holds a channel while waiting, and not while the agent wraps up.
    assert advice.offered == pytest.approx(200 * (150 + advice.agents.mean_wait) / 3600)


def test_agents_that_are_given_decide_how_long_channels_are_held() -> None:
    needed = advise(Demand(calls=200, holding=150, wrap_up=30, answered=0.8))
    short = advise(Demand(calls=200, holding=150, wrap_up=30, answered=0.8, agents=11))
    assert short.needed_agents == needed.agents
    assert short.agents is not None
    assert short.agents.count == 11
    assert short.offered > needed.offered
    with pytest.raises(UsageError, match="11 agents are the least"):
        advise(Demand(calls=200, holding=150, wrap_up=30, agents=10))


def test_what_carries_comes_first_and_the_cheapest_of_it() -> None:
    advice = advise(Demand(calls=500, holding=180))
    found = options(advice, load_tariff())
    assert [option.carries for option in found] == [True] * 5 + [False]
    prices = [option.monthly for option in found if option.carries]
    assert prices == sorted(prices, key=lambda price: price or 0)
    by_name = {option.service: option for option in found}
    assert by_name["e1"].channels == 60
    assert by_name["t1"].channels == 46
    assert by_name["bri"].channels == 36
    assert by_name["fixed-line"].blocking == pytest.approx(25 / 26)


def test_a_tariff_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "t.toml"
    file.write_text(
        'currency = "EUR"\nplain_line = 20\n[e1]\nmonthly = 9.5\n[fixed_line]\ntimes_plain_line = 1\n'
    )
    found = told(capsys, "--calls", "500", "--holding", "3m", "--tariff", str(file))
    assert found["currency"] == "EUR"
    assert [(each["service"], each["monthly"]) for each in found["services"]] == [
        ("e1", "570"),
        ("fixed-line", "20"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("currency = 1\nplain_line = 1", "currency"),
        ('currency = "EUR"', "plain_line"),
        ('currency = "EUR"\nplain_line = 1\n[e2]\nmonthly = 1', "e2"),
        ('currency = "EUR"\nplain_line = 1\n[e1]\nnote = ""', "one of them only"),
        ('currency = "EUR"\nplain_line = 1\n[e1]\nmonthly = 1\ntimes_plain_line = 2', "one of them only"),
        ('currency = "EUR"\nplain_line = 1\n[e1]\nmonthly = -1', "not negative"),
        ("currency", "Expected"),
    ],
)
def test_a_wrong_tariff_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "t.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said) as refused:
        load_tariff(file)
    assert str(file) in str(refused.value)
    with pytest.raises(ConfigError, match="cannot be opened"):
        load_tariff(tmp_path / "none.toml")


def test_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--calls",
        "300",
        "--holding",
        "3m",
        "--wrap-up",
        "30s",
        "--answered",
        "80%",
        "--agents",
        "20",
    ]
    assert main(["advise", *arguments, "--retries", "0.5"]) == 0
    out = capsys.readouterr().out
    assert "300 calls in the busy hour, 3 min each: 15.00 erlangs of talk" in out
    assert "agents needed: 22" in out
    assert "agents there: 20" in out
    assert "一号通" in out
    rows = [line for line in out.splitlines() if "analog trunk group" in line or "one-number" in line]
    assert len(rows) == 2
    assert "too small" in next(line for line in out.splitlines() if line.startswith("fixed-line"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--calls", "x", "--holding", "3m"],
        ["--calls", "-1", "--holding", "3m"],
        ["--calls", "nan", "--holding", "3m"],
        ["--calls", "1", "--holding", "3"],
        ["--calls", "1", "--holding", "3m", "--blocking", "101%"],
        ["--calls", "1", "--holding", "3m", "--blocking", "one"],
        ["--calls", "1", "--holding", "3m", "--agents", "0"],
        ["--calls", "1"],
    ],
)
def test_misuse_is_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["advise", *arguments])
    assert ended.value.code == 2
    assert "advise" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_plot(tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (the extra `plot`)")
    file = tmp_path / f"blocking.{suffix}"
    assert main(["advise", "--calls", "500", "--holding", "3m", "--plot", str(file)]) == 0
    assert str(file) in capsys.readouterr().out
    head = file.read_bytes()[:1000]
    assert b"<svg" in head if suffix == "svg" else head.startswith(b"\x89PNG")


def test_a_plot_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (the extra `plot`)")
    demand = ["advise", "--calls", "5", "--holding", "3m", "--plot"]
    assert main([*demand, str(tmp_path / "x.nothing")]) == 2
    assert main([*demand, str(tmp_path / "none" / "x.svg")]) == 5
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["advise", "--calls", "5"], ["simulate", "--channels", "3", "--erlangs", "2"]]
)
def test_without_matplotlib_that_is_said_before_anything_else(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main([*command, "--holding", "3m", "--plot", "x.svg"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "pip install 'trunkbench[plot]'" in told.err
