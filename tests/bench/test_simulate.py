"""Simulation: the models under random load agree with the formulas, and what is claimed of them is honest."""

from __future__ import annotations

import json
import math
import random
import re
from pathlib import Path
from typing import Any

import pytest

from trunkbench.access.config import (
    AccessConfig,
    AnalogGroupTable,
    AtTable,
    DigitalTrunkTable,
    OneNumberTable,
    build_network,
)
from trunkbench.access.network import Network
from trunkbench.callcentre.centre import CallCentre, CentreSettings
from trunkbench.cli import main
from trunkbench.errors import UsageError
from trunkbench.traffic.formulas import erlang_b, erlang_c
from trunkbench.traffic.simulation import Load, Measured, Simulation, exponential, lognormal, recorded
from trunkbench.traffic.statistics import BATCHES, estimate
from trunkwire.q931.causes import Cause
from trunkwire.ticks import SECOND

ROOT = Path(__file__).resolve().parents[2]
MEAN = 180.0


def trunk(channels: int) -> Network:
    return build_network(AccessConfig(digital_trunk=(DigitalTrunkTable("1", ("t",)),)), {"t": channels})


def simulated(net: Network, number: str, erlangs: float, count: int = 19_200, **more: Any) -> Measured:
    holding = more.pop("holding", exponential(MEAN))
    load = Load(number, erlangs / MEAN, holding, MEAN, count, more.pop("retries", 0.0))
    measured = Simulation(net, load, seed=more.pop("seed", 3), **more).run()
    assert net.audit() == []
    return measured


def agents(n: int, **settings: Any) -> CallCentre:
    centre = CallCentre([str(k) for k in range(n)], CentreSettings(**settings))
    for name in centre.agents:
        centre.log_in(name, 0)
    return centre


def test_thirty_channels_at_25_erlangs_agree_with_erlang_b() -> None:
    measured = simulated(trunk(30), "1", 25)
    assert measured.blocking.covers(erlang_b(30, 25))
    assert measured.blocking.half < 0.02
    assert set(measured.causes) == {Cause.NO_CIRCUIT}
    assert measured.carried == pytest.approx(25 * (1 - erlang_b(30, 25)), rel=0.04)


def test_ten_agents_agree_with_erlang_c() -> None:
    centre = agents(10)
    measured = simulated(trunk(500), "1", 7, centre=centre)
    theory = erlang_c(10, 7)
    assert measured.waited is not None
    assert measured.mean_wait is not None
    assert measured.waited.covers(theory.waits)
    assert measured.mean_wait.covers(theory.mean * MEAN)
    assert measured.waited.half < 0.05
    assert (centre.talking, centre.waiting) == ({}, ())


def test_wrap_up_takes_the_agent_and_not_the_channel() -> None:
    measured = simulated(trunk(500), "1", 5, centre=agents(10, wrap_up=72 * SECOND))
    theory = erlang_c(10, 7)  # 5 erlangs of talk and 2 of wrap-up
    assert measured.waited is not None
    # The sum of an exponential and a fixed time waits less than an exponential of the same mean.
    assert 0.5 * theory.waits < measured.waited.value < theory.waits
    assert measured.carried == pytest.approx(5, rel=0.04)


@pytest.mark.parametrize("distribution", ["order", "rotating", "simultaneous"])
def test_how_lines_are_chosen_does_not_change_how_many_get_through(distribution: Any) -> None:
    lines = tuple(f"200{n}" for n in range(5))
    net = build_network(AccessConfig(one_number=(OneNumberTable("9", lines, distribution),)), {})
    assert simulated(net, "9", 3, 20_000).blocking.covers(erlang_b(5, 3))


def test_a_pilot_with_its_members_is_a_group_of_six() -> None:
    members = tuple(f"200{n}" for n in range(5))
    net = build_network(AccessConfig(analog_group=(AnalogGroupTable("9", members, "uniform"),)), {})
    measured = simulated(net, "9", 4, 20_000)
    assert measured.blocking.covers(erlang_b(6, 4))
    assert set(measured.causes) == {Cause.USER_BUSY}


def test_blocking_depends_on_the_mean_of_the_holding_times_only() -> None:
    for holding in (lognormal(MEAN, 1.5), recorded([90.0, 270.0])):
        assert simulated(trunk(10), "1", 7, 40_000, holding=holding).blocking.covers(erlang_b(10, 7))


def test_callers_who_try_again_make_it_worse() -> None:
    once = simulated(trunk(10), "1", 8, 20_000).blocking.value
    assert simulated(trunk(10), "1", 8, 20_000, retries=0.8).blocking.value > once + 0.02


def test_a_queue_that_is_full_turns_away() -> None:
    measured = simulated(trunk(500), "1", 4, 10_000, centre=agents(4, queue_length=2))
    assert measured.causes["queue full"] > 100
    assert measured.blocking.value == 0


def test_the_same_seed_is_the_same_run() -> None:
    assert simulated(trunk(5), "1", 4, 6400, seed=7) == simulated(trunk(5), "1", 4, 6400, seed=7)
    assert simulated(trunk(5), "1", 4, 6400, seed=7) != simulated(trunk(5), "1", 4, 6400, seed=8)


# -- what is claimed ---------------------------------------------------------------------------------------


def test_intervals_of_independent_batches_hold_the_truth_99_times_in_100() -> None:
    chance = random.Random(1)
    covered = 0
    for _ in range(400):
        sums = [float(sum(chance.random() < 0.3 for _ in range(50))) for _ in range(BATCHES)]
        covered += estimate(sums, [50] * BATCHES).covers(0.3)
    assert covered >= 388  # three standard deviations below 99 %


def test_correlated_batches_are_joined_and_the_interval_grows() -> None:
    chance = random.Random(2)
    level, sums = 0.0, []
    for _ in range(BATCHES):
        level = 0.95 * level + chance.gauss(0, 1)
        sums.append(100 + level)
    found = estimate(sums, [1] * BATCHES)
    assert found.batches < BATCHES
    shuffled = sums[:]
    chance.shuffle(shuffled)
    assert found.half > 2 * estimate(shuffled, [1] * BATCHES).half


def test_one_simulation_interval_in_a_hundred_may_miss_and_not_more() -> None:
    truth = erlang_b(5, 4)
    runs = [simulated(trunk(5), "1", 4, 6400, seed=seed).blocking for seed in range(16)]
    assert sum(not run.covers(truth) for run in runs) <= 1
    assert all(run.half < 0.06 for run in runs)


def test_nothing_counted_is_no_estimate() -> None:
    found = estimate([0.0] * BATCHES, [0] * BATCHES)
    assert math.isnan(found.value)
    assert found.half == math.inf


# -- the command line --------------------------------------------------------------------------------------

PLAN = """
[bench]
name = "plan"
[[span]]
name = "E1"
[access]
area = "028"
[[access.one_number]]
number = "028-86082660"
lines = ["11111111", "22222222", "33333333", "44444444"]
[[access.digital_trunk]]
number = "62300000"
spans = ["E1"]
[[access.service_number]]
number = "400-800-1234"
[[access.service_number.to]]
number = "62300000"
"""


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["simulate", "--json", "--count", "6400", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_number_of_the_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN)
    plan = ["--hw", str(file), "--number"]
    assert told(capsys, *plan, "400-800-1234", "--erlangs", "25")["channels"] == 30
    found = told(capsys, *plan, "86082660", "--calls", "60", "--holding", "3m")
    assert (found["channels"], found["offered_erlangs"]) == (4, pytest.approx(3))
    assert found["formula_blocking"] == pytest.approx(erlang_b(4, 3))
    assert found["causes"] == {"cause 17 (user busy)": pytest.approx(6400 * erlang_b(4, 3), rel=0.2)}
    assert main(["simulate", *plan, "12345", "--erlangs", "1"]) == 2
    assert "nobody has the number 12345; there are 02886082660" in capsys.readouterr().err


BY_AREA = """
[bench]
name = "by-area"
[[span]]
name = "E1"
[access]
area = "028"
[[access.one_number]]
number = "028-86082660"
lines = ["11111111", "22222222", "33333333", "44444444"]
[[access.digital_trunk]]
number = "62310000"
spans = ["E1"]
use = "outgoing"
[[access.service_number]]
number = "400-600-1000"
[[access.service_number.to]]
number = "86082660"
areas = ["021", "010"]
[[access.service_number.to]]
number = "55555555"
areas = ["028"]
hours = "18:00-08:00"
[[access.service_number]]
number = "800-810-8888"
[[access.service_number.to]]
number = "86082660"
[[access.service_number]]
number = "400-700-1000"
[[access.service_number.to]]
number = "62310000"
share = 75
[[access.service_number.to]]
number = "86082660"
share = 25
[[access.mobile]]
number = "13800138000"
line = "55555555"
[[access.forwarding]]
number = "13800138000"
busy = "86082660"
[[access.fixed_line]]
number = "62301237"
[[access.fixed_line]]
number = "62301238"
[[access.forwarding]]
number = "62301237"
unconditional = "62301238"
[[access.forwarding]]
number = "62301238"
unconditional = "62301237"
"""


@pytest.fixture
def by_area(tmp_path: Path) -> list[str]:
    file = tmp_path / "by-area.toml"
    file.write_text(BY_AREA)
    return ["--hw", str(file), "--erlangs", "3", "--number"]


@pytest.mark.parametrize(
    ("arguments", "channels"),
    [
        (["400-600-1000", "--area", "021"], 4),
        (["400-600-1000", "--area", "010", "--at", "20:00", "--mobile"], 4),
        (["400-600-1000", "--at", "20:00"], 1),
        (["800-810-8888", "--area", "0755"], 4),
        (["13800138000"], 5),  # its own line, and on busy the four of the one-number service
    ],
)
def test_channels_are_those_that_the_caller_can_reach(
    by_area: list[str], arguments: list[str], channels: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, *by_area, *arguments)
    assert found["channels"] == channels
    assert found["blocking"]["value"] == pytest.approx(erlang_b(channels, 3), abs=0.03)
    assert found["formula_blocking"] == pytest.approx(erlang_b(channels, 3))
    assert found["area"] == (arguments[arguments.index("--area") + 1] if "--area" in arguments else "028")
    assert found["at"] == ("20:00" if "--at" in arguments else "10:00")
    assert found["mobile"] is ("--mobile" in arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["400-600-1000"], "from area 028 at 10:00: 4006001000 serves nobody from there at this time"),
        (["400-600-1000"], "; give --area 021 or 010, or give --at 00:00 or 18:00"),
        (["400-600-1000", "--area", "0755"], "from area 0755 at 10:00"),
        (["800-810-8888", "--mobile"], "from mobiles in area 028 at 10:00"),
        (["800-810-8888", "--mobile"], "; leave out --mobile"),
        (["62301237"], "a loop: 62301237 → 62301238 → 62301237\n"),
        (["62310000"], "for outgoing calls only\n"),
    ],
)
def test_a_number_that_cannot_be_reached_from_there_is_not_simulated(
    by_area: list[str], arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *by_area, *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err


def test_no_formula_stands_beside_callers_who_are_refused_while_there_is_room(
    by_area: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *by_area, "400-700-1000", "--count", "6400"]) == 0
    out = capsys.readouterr().out
    assert "with 0 of 4 channels in use one is refused: trunk E1 is for outgoing calls only" in out
    assert "blocking    75." in out
    assert "Erlang" not in out.partition("blocking")[2]


def test_leased_channels_are_those_of_the_time_that_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN + '[[access.leased]]\nspan = "E1"\nchannels = [30, 31]\nhours = "18:00-08:00"\n')
    plan = ["--hw", str(file), "--number", "62300000", "--erlangs", "25"]
    assert [told(capsys, *plan, "--at", at)["channels"] for at in ("17:59", "18:00")] == [30, 28]


def test_the_page_shows_what_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)  # where the plan that the page names is
    page = (ROOT / "docs" / "simulate.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ trunkbench (simulate --hw .*)\n((?:.*\n)*?)\.\.\.\n", page, re.MULTILINE)
    assert len(commands) == 2
    for command, shown in commands:
        assert main(command.split()) == 0
        assert capsys.readouterr().out.startswith(shown)


def test_the_time_of_day_stands_still() -> None:
    night = AtTable("22:00-06:00", ("2000",))
    net = build_network(AccessConfig(one_number=(OneNumberTable("9", ("2001", "2002"), at=(night,)),)), {})
    load = Load("9", 1 / MEAN, exponential(MEAN), MEAN, 20_000, time_of_day=22 * 3600 * SECOND)
    measured = Simulation(net, load, seed=1).run()
    assert measured.seconds > 30 * 86400
    assert measured.blocking.covers(erlang_b(1, 1))


@pytest.mark.parametrize(("agents", "offered"), [(10, "12"), (10, "10"), (1, "1.5")])
def test_too_few_agents_have_a_queue_that_grows_without_end(
    agents: int, offered: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--channels", "30", "--erlangs", offered, "--agents", str(agents)]
    assert main(["simulate", *arguments, "--count", "6400"]) == 0
    out = capsys.readouterr().out
    who = "10 agents" if agents == 10 else "1 agent"
    assert f"{who} for {float(offered):.2f} erlangs of work: the queue grows without end" in out
    assert "Erlang C: without end" in out
    assert " inf" not in out
    assert told(capsys, *arguments)["formula_mean_wait_s"] is None


def test_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["simulate", "--channels", "100", "--calls", "140", "--agents", "10", "--count", "6400"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "7.00 erlangs offered to 100 channels, 10 agents" in out
    assert "Erlang C: 22.173%" in out
    assert "seed 1;" in out


def test_recorded_holding_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "times"
    file.write_text("10\n20\n30\n")
    found = told(capsys, "--channels", "5", "--calls", "360", "--distribution", str(file))
    assert found["offered_erlangs"] == pytest.approx(2)
    file.write_text("10\nten\n")
    assert main(["simulate", "--channels", "5", "--calls", "360", "--distribution", str(file)]) == 2
    assert main(["simulate", "--channels", "5", "--calls", "360", "--distribution", "none"]) == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--channels", "3", "--erlangs", "2", "--queue", "3"], "belong to --agents"),
        (["--channels", "3", "--erlangs", "2", "--hw", "x"], "--number"),
        (["--number", "3", "--erlangs", "2"], "needs --hw"),
        (["--channels", "3", "--erlangs", "2", "--area", "028"], "belong to --number"),
        (["--channels", "3", "--erlangs", "2", "--mobile"], "belong to --number"),
        (["--channels", "3", "--erlangs", "2", "--at", "09:00"], "belong to --number"),
        (["--channels", "3", "--erlangs", "0"], "above zero"),
        (["--channels", "3", "--erlangs", "2", "--count", "10"], "64 calls"),
        (["--channels", "3", "--erlangs", "2", "--distribution", "lognormal:x"], "lognormal:CV"),
        (["--channels", "3", "--erlangs", "2", "--holding", "0s"], "takes some time"),
    ],
)
def test_misuse(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--at", "24:00"], ["--at", "9:00"], ["--area", "Chengdu"]])
def test_what_is_no_time_or_area(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["simulate", "--number", "1", "--hw", "x", "--erlangs", "1", *wrong])
    assert "write it" in capsys.readouterr().err


def test_recorded_times_must_be_some() -> None:
    for wrong in ([], [-1.0, 2.0], [0.0]):
        with pytest.raises(UsageError):
            recorded(wrong)


def test_the_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (the extra `plot`)")
    file = tmp_path / "measured.svg"
    arguments = ["simulate", "--channels", "3", "--erlangs", "2", "--count", "6400", "--plot", str(file)]
    assert main(arguments) == 0
    assert b"<svg" in file.read_bytes()[:1000]
