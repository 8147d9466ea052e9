"""The runs of the bench explained: known bugs of the far end are found in their traces, good runs clean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trunkbench.cli import main

BUGS = {
    "setup-repeated-shorter": ("setup-changed", "lacks calling number of the first"),
    "channel-stays-busy": ("channel-stuck", "channel 1 is refused; for the user side call 1 still holds it"),
    "progress-without-indicator": ("progress-without-indicator", "PROGRESS has no progress indicator"),
    "busy-as-16": ("busy-as-16", "the user side cleared before it rang"),
}
CLEAN = ("busy-tone", "progress-without-indicator", "busy-as-16", "promised-tone-missing", "t1-twenty-three")
EXPECTED = {
    "glare": {"glare", "cause-network"},
    "overlap": {"overlap-timeout", "cause-provisioning"},
    "restart": {"restart-with-calls"},
    "no-channel": {"channel-reused", "cause-network"},
    "channel-stays-busy": {"link-unanswered", "poll-unanswered", "link-reset-with-calls"},
    "bri-terminals": {"cause-network"},
}
"""Scenarios that do something wrong on purpose, and all that is found in their traces."""


def findings(
    scenario: str, folder: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> list[dict[str, Any]]:
    main(["run", scenario, "--artifacts", str(folder), *options])
    capsys.readouterr()
    assert main(["explain", str(folder / scenario / "trace.pcapng"), "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["findings"]
    return found


@pytest.mark.parametrize("bug", BUGS)
def test_a_known_bug_is_found_in_its_trace(
    bug: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind, text = BUGS[bug]
    found = {one["kind"]: one for one in findings(bug, tmp_path, capsys, "--far-bug", bug)}
    assert text in found[kind]["text"]
    assert (found[kind]["side"], found[kind]["ours"]) == ("user", False)


@pytest.mark.parametrize("scenario", CLEAN)
def test_a_good_run_is_clean(scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert findings(scenario, tmp_path, capsys) == []


@pytest.mark.parametrize("scenario", EXPECTED)
def test_what_is_wrong_on_purpose_and_nothing_else(
    scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {one["kind"] for one in findings(scenario, tmp_path, capsys)} == EXPECTED[scenario]
