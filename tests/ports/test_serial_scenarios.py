"""The scenarios, unchanged, over two serial cards in virtual time: at full capacity, on slower cards, on a
bad serial line, and with cards that start anew in the middle of calls."""

from __future__ import annotations

import pytest
from serialstage import CardedPort

from trunkbench.bench import Bench
from trunkbench.build import Ends
from trunkbench.config import parse_config
from trunkbench.refcard import Harm
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.runner import play
from trunkwire.ticks import MILLISECOND, SECOND, Tick

FEW = (1, 2, 3, 16)

CONFIG = """
[bench]
name = "serial cards on lines in memory"
[[span]]
name = "span1"
[timing]
slack = "500ms"
"""


def ends(
    slots: tuple[int, ...] = tuple(range(1, 32)),
    *,
    harm: Harm | None = None,
    near_resets: tuple[Tick, ...] = (),
) -> Ends:
    """A card with its serial line in front of each end of the wire."""
    return Ends(
        wrap_near=lambda port: CardedPort(port, slots=slots, harm=harm, seed=1, reset_at=near_resets),
        wrap_far=lambda port: CardedPort(port, slots=slots, harm=harm, seed=2),
    )


@pytest.mark.parametrize(
    "slots",
    [
        pytest.param(FEW, id="3 channels"),
        pytest.param(tuple(range(1, 32)), id="30 channels", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("name", ["thirty-calls", "busy-tone", "no-channel", "restart"])
def test_scenario(name: str, slots: tuple[int, ...]) -> None:
    result = play(SCENARIOS[name], parse_config(CONFIG, "test"), ends=ends(slots))
    assert result.verdict == "passed", result.reason


def calls_hold_over(bench: Bench, duration: str) -> list[str]:
    """Make three calls and hold them for so long; the states they are in then."""
    bench.far.number("300").answers()
    calls = [bench.near.dial("300") for _ in range(3)]
    for call in calls:
        bench.run_until(call.active, within="10s")
    bench.run_for(duration)
    return [str(call) for call in calls if call.cleared]


@pytest.mark.parametrize("seed", range(2))
def test_no_corruption_of_the_serial_line_loses_a_call(seed: int) -> None:
    harm = Harm(drop=0.0005, corrupt=0.001)
    with Bench.from_config(parse_config(CONFIG, "test"), ends=ends(FEW, harm=harm), seed=seed) as bench:
        assert calls_hold_over(bench, "12s") == []
        assert bench.audit() == []


def test_a_card_that_starts_anew_costs_audio_and_no_call() -> None:
    resets = tuple(4 * SECOND + n * 3 * SECOND + 7 * MILLISECOND for n in range(4))
    with Bench.from_config(parse_config(CONFIG, "test"), ends=ends(FEW, near_resets=resets)) as bench:
        assert calls_hold_over(bench, "15s") == []
        near = bench.trunk.near[0].port
        assert isinstance(near, CardedPort)
        assert near.stats()["card resets"] == 4
        assert near.stats()["lost samples"] > 0
        assert bench.audit() == []
