"""The scenarios: they pass on the loopback, at both depths with the same timeline, and in any process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trunkbench.config import load_config
from trunkbench.scenarios import SCENARIOS, Result
from trunkbench.scenarios.full_house import FULL_HOUSE
from trunkbench.scenarios.runner import play

BASIC = ["thirty-calls", "busy-tone"]
NAMES = [*SCENARIOS, FULL_HOUSE.name]
IN_BITS = [name if name in BASIC else pytest.param(name, marks=pytest.mark.long) for name in NAMES]
"""At depth bits the others are left to `make soak`: rendering every bit takes its time."""

CALL_KEYS = {
    "caller", "called", "from", "span", "channel", "active_from_s", "active_to_s", "outcome", "cause",
    "decided_by", "heard", "t_first_response_ms", "pdd_ms", "t_connect_ms", "cleared_by",
}  # fmt: skip


@pytest.fixture(scope="module")
def result_of() -> Any:
    """Plays a scenario once a module and depth."""
    played: dict[tuple[str, str], Result] = {}

    def get(name: str, depth: str) -> Result:
        if (name, depth) not in played:
            scenario = SCENARIOS.get(name, FULL_HOUSE)
            played[name, depth] = play(scenario, load_config(), depth=depth)  # type: ignore[arg-type]
        return played[name, depth]

    return get


@pytest.mark.parametrize("name", NAMES)
def test_it_passes(result_of: Any, name: str) -> None:
    result = result_of(name, "event")
    assert result.verdict == "passed", result.reason
    assert result.exit_code == 0
    assert result.checks


@pytest.mark.parametrize("name", IN_BITS)
def test_both_depths_leave_the_same_timeline(result_of: Any, name: str) -> None:
    event, bits = result_of(name, "event"), result_of(name, "bits")
    assert (bits.verdict, bits.exit_code) == ("passed", 0), bits.reason
    assert event.digest == bits.digest
    assert event.line_time == bits.line_time
    assert event.calls == bits.calls


def test_thirty_calls_are_thirty_each_way_and_all_together(result_of: Any) -> None:
    calls = result_of("thirty-calls", "event").calls
    for end in ("near", "far"):
        mine = [call for call in calls if call["from"] == end]
        assert len({call["channel"] for call in mine}) == 30
        together = min(call["active_to_s"] for call in mine) - max(call["active_from_s"] for call in mine)
        assert together >= 10
        assert all([sound["kind"] for sound in call["heard"]] == ["ident"] for call in mine)


def test_the_json_object_has_what_it_promises(result_of: Any) -> None:
    row = json.loads(json.dumps(result_of("busy-tone", "event").to_json()))
    assert set(row) >= {"scenario", "verdict", "reason", "depth", "seed", "line_time_s", "wall_s", "digest"}
    local, in_band = row["calls"]
    assert set(local) >= CALL_KEYS
    assert [local["heard"][0]["via"], in_band["heard"][0]["via"]] == ["local", "trunk"]
    assert local["cause"] == in_band["cause"] == 17
    assert local["t_first_response_ms"] > 0
    assert local["pdd_ms"] >= local["t_first_response_ms"]
    assert local["t_connect_ms"] is None


def test_no_channel_meets_all_four_refusals(result_of: Any) -> None:
    refused = [call for call in result_of("no-channel", "event").calls if call["outcome"] != "answered"]
    told = [(call["cause"], call["decided_by"], call["heard"][-1]["kind"]) for call in refused]
    assert told == [
        (34, "near", "busy"),
        (34, "near", "congestion"),
        (34, "far", "busy"),
        (44, "far", "busy"),
    ]


def test_the_seed_is_part_of_the_digest() -> None:
    one, two = (play(SCENARIOS["busy-tone"], load_config(), seed=seed) for seed in (1, 2))
    assert one.digest != two.digest


def test_two_processes_with_different_hash_seeds_leave_the_same_timeline() -> None:
    digests = []
    for hash_seed in ("1", "4242"):
        command = [sys.executable, "-m", "trunkbench", "run", "--json", "busy-tone", "restart"]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        digests.append([json.loads(line)["digest"] for line in done.stdout.splitlines()])
    assert digests[0] == digests[1]
    assert len(digests[0]) == 2


def test_a_small_trunk_is_filled_with_as_many_calls_as_it_has(tmp_path: Path) -> None:
    config = tmp_path / "small.toml"
    config.write_text(
        '[bench]\nname = "small"\n[[span]]\nname = "a"\nb_channels = [1, 2, 17]\n'
        '[[span]]\nname = "b"\nb_channels = [5]\nlaw = "alaw"\n'
    )
    for name in NAMES:
        result = play(SCENARIOS.get(name, FULL_HOUSE), load_config(config))
        assert result.verdict == "passed", (name, result.reason)
    assert {(call["span"], call["channel"]) for call in result.calls} > {("a", 17), ("b", 5)}


def test_logical_numbering_and_a_user_side_near_end_pass_too(tmp_path: Path) -> None:
    config = tmp_path / "logical.toml"
    config.write_text(
        '[bench]\nname = "logical"\n[[span]]\nname = "a"\nchannel_numbering = "logical"\nnear = "user"\n'
    )
    result = play(SCENARIOS["thirty-calls"], load_config(config))
    assert result.verdict == "passed", result.reason
    assert {call["channel"] for call in result.calls} == set(range(1, 31))
