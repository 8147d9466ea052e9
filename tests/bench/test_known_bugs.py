"""Known bugs of other stacks: each scenario passes on our far end, and names the bug when that has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from trunkbench.bench import Bench
from trunkbench.cli import main
from trunkbench.config import load_config
from trunkbench.misbehaviour import MISBEHAVIOURS
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.known_bugs import KNOWN_BUGS
from trunkbench.scenarios.runner import play

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scenarios.md"

VERDICTS = {
    "setup-repeated-shorter": "the first one again: it lacks or changes: calling party number",
    "channel-stays-busy": "channel 1 carries calls again after the link was lost: "
    "the far end still has it busy: refused with cause 44",
    "progress-without-indicator": "indicator, which is mandatory (table 3-9): 1 of 1 have none",
    "busy-as-16": "with cause 17: it is reported with cause 16 (normal call clearing)",
    "promised-tone-missing": "DISCONNECT with progress 8: the caller hears busy tone",
}


def test_each_known_bug_is_one_that_the_far_end_can_have() -> None:
    assert {scenario.name for scenario in KNOWN_BUGS} == set(MISBEHAVIOURS) == set(VERDICTS)


@pytest.mark.parametrize("name", VERDICTS)
def test_the_bug_is_named(name: str) -> None:
    result = play(SCENARIOS[name], load_config(), prepare=MISBEHAVIOURS[name])
    assert result.verdict == "failed"
    assert VERDICTS[name].casefold() in result.reason.casefold()
    assert result.exit_code == (4 if name == "promised-tone-missing" else 1)


@pytest.mark.parametrize("bug", VERDICTS)
@pytest.mark.parametrize("name", VERDICTS)
def test_no_bug_is_taken_for_another(name: str, bug: str) -> None:
    if name == bug:
        pytest.skip("that is its own")
    assert play(SCENARIOS[name], load_config(), prepare=MISBEHAVIOURS[bug]).verdict == "passed"


def test_a_far_end_that_sends_no_setup_at_all_is_told_of() -> None:
    def mute(bench: Bench) -> None:
        bench.far.spans[0].link.send = lambda data, now: None  # type: ignore[method-assign]

    result = play(SCENARIOS["setup-repeated-shorter"], load_config(), prepare=mute)
    assert result.verdict == "failed"
    assert result.reason.endswith("repeated once when T303 expires: it was sent 0 times")


def test_the_command_lets_the_far_end_have_a_bug(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "busy-as-16", "--far-bug", "busy-as-16"]) == 1
    told = capsys.readouterr().out
    assert "busy-as-16" in told
    assert "cause 16 (normal call clearing)" in " ".join(told.lower().split())
    assert main(["run", "busy-as-16", "--far-bug", "no-such-bug"]) == 2
    assert "choose from setup-repeated-shorter" in capsys.readouterr().err


def test_the_page_shows_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", "busy-as-16", "--far-bug", "busy-as-16"])
    (verdict,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("busy-as-16: ")]
    assert verdict in " ".join(PAGE.read_text(encoding="utf-8").split())


def test_every_scenario_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in SCENARIOS if f"| `{name}` |" not in text] == []
