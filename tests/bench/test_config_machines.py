"""A configuration that the machines or the scenarios could not live with is refused, and every other one is
served: a trunk of one channel, and an end that leaves the choice of the channel to the other.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkbench.config import BenchConfig
from trunkbench.errors import ConfigError
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.runner import play

MakeConfig = Callable[..., BenchConfig]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('[timers]\nT303 = "0s"', r"timers: T303 = 0 ticks: a timer must be positive"),
        ('[timers]\nT200 = "10s"', r"timers: LAPD .*T203 must be longer than T200"),
        ('[timers]\nT200 = "2s"\nT203 = "2s"', r"timers: LAPD .*T203 must be longer than T200"),
        ('[near]\ncalling = "12*"', r"near.calling: .*\^\[0-9\]"),
        ('[near]\ncalling = "1234567890123456"', r"near.calling: "),
    ],
)
def test_what_the_machines_refuse_is_refused_with_the_configuration(
    make_config: MakeConfig, more: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        make_config(more=more)


@pytest.mark.parametrize("scenario", [name for name, each in SCENARIOS.items() if each.kind is None])
@pytest.mark.parametrize(
    ("span", "more"),
    [
        ("b_channels = [7]", ""),
        ("b_channels = [7, 9]", ""),
        ("", '[near]\nchannel = "any"\n[far]\nchannel = "any"'),
        ("", '[near]\nchannel = "preferred"\nselection = "round-robin"'),
    ],
)
def test_every_scenario_passes_on_any_trunk(
    make_config: MakeConfig, scenario: str, span: str, more: str
) -> None:
    result = play(SCENARIOS[scenario], make_config(span=span, more=more))
    if scenario == "hold" and span == "b_channels = [7]":
        assert (result.verdict, result.reason[:18]) == ("skipped", "needs two channels")
        return
    assert (result.verdict, result.reason) == ("passed", "")
