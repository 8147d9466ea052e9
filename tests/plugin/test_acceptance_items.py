"""`pytest --pyargs pytest_trunkbench.acceptance`: one item a promise, and fixtures for tests of one's own."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from pytest_trunkbench.acceptance.__main__ import Events
from trunkbench.acceptance import faults, measure, rows_of
from trunkbench.bench import Bench
from trunkbench.config import parse_config
from trunkbench.ports.registry import back_end

FAULT = "channel-short"

MODULE = ("--pyargs", "pytest_trunkbench.acceptance", "-p", "no:randomly", "-q")

PLAN = """
[bench]
name = "plan"
[[span]]
name = "BRI"
kind = "bri"
[[access.one_number]]
number = "028-86082660"
lines = ["11111111", "22222222"]
[[access.digital_trunk]]
number = "62300000"
spans = ["BRI"]
"""


@pytest.fixture(scope="module", autouse=True)
def everything_is_imported() -> None:
    """Runs within this process forget the modules that they import: what half of the bench still holds would
    be imported a second time.
    """
    back_end("dahdi")
    config = parse_config(PLAN, "plan.toml")
    faults.check(config, FAULT)
    for row in rows_of(config):
        with Bench(config) as bench:
            measure(bench, row)


@pytest.fixture
def plan(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("TRUNKBENCH_HW", raising=False)
    path = pytester.path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def test_promises_are_items_and_their_names_are_the_rows(pytester: pytest.Pytester, plan: Path) -> None:
    result = pytester.runpytest(*MODULE, "--hw", str(plan), "--collect-only")
    result.stdout.fnmatch_lines(
        [
            "*::test_access[[]028-86082660 one-number: capacity 2[]]",
            "*::test_access[[]028-86082660 one-number: caller 3 hears busy[]]",
            "*::test_access[[]62300000 digital-trunk: a call from it leaves 1[]]",
        ]
    )
    assert result.ret == 0


def test_one_number_is_measured_and_told_in_the_report(pytester: pytest.Pytester, plan: Path) -> None:
    result = pytester.runpytest(
        *MODULE, "--hw", str(plan), "--accept-number", "028-86082660", "--junit-xml", "junit.xml"
    )
    result.assert_outcomes(passed=9)
    junit = (pytester.path / "junit.xml").read_text(encoding="utf-8")
    assert "2 of 2 connected, 4 of 4 parties hear each other" in junit


def test_a_row_that_does_not_hold_is_a_failed_test_that_says_why(
    pytester: pytest.Pytester, plan: Path
) -> None:
    result = pytester.runpytest(
        *MODULE, "--hw", str(plan), "--accept-number", "62300000", "--accept-fault", FAULT
    )
    result.stdout.fnmatch_lines(
        [
            "62300000 digital-trunk: capacity 2: 1 of 2 connected, 2 of 2 parties hear each other",
            "  2 callers at once get through: 1 of 2; caller 2: no-circuit, cause 34 (*), hears busy *",
            "artefacts: *capacity-2*",
        ]
    )
    assert result.ret == 1


def test_without_a_plan_there_is_nothing_to_dial(pytester: pytest.Pytester, plan: Path) -> None:
    result = pytester.runpytest(*MODULE, "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*packaged loopback.toml has no [[]access[]] plan: no numbers to dial"])


def test_a_number_that_the_plan_does_not_have(pytester: pytest.Pytester, plan: Path) -> None:
    result = pytester.runpytest(*MODULE, "--hw", str(plan), "--accept-number", "110")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*no row is about 110*"])


def test_what_a_bench_has_no_port_for_is_skipped_unopened(pytester: pytest.Pytester, plan: Path) -> None:
    text = PLAN.replace('kind = "bri"', 'port = "absent:1"').replace(
        'name = "plan"', 'name = "rig"\nclock = "card"\ntopology = "dut-pbx"'
    )
    plan.write_text(text, encoding="utf-8")
    result = pytester.runpytest(*MODULE, "--hw", str(plan), "--accept-number", "028-86082660", "-rs")
    result.assert_outcomes(skipped=9)
    result.stdout.fnmatch_lines(["*needs analog line 11111111; bench 'rig' has no port for one"])


def test_ones_own_tests_can_have_the_numbers_and_the_rows(pytester: pytest.Pytester, plan: Path) -> None:
    pytester.makepyfile(
        """
        from trunkbench import all_of

        def test_everybody_talks(bench, access_number):
            for line in (*access_number.lines, *access_number.trunks):
                bench.far.number(line).answers(after="1s")
            calls = bench.near.dial_many(access_number.digits, access_number.capacity)
            bench.run_until(all_of(call.active for call in calls), within="10s")

        def test_capacities_only(access_row, accept):
            if access_row.aspect.value == "capacity":
                result = accept(access_row)
                assert result.figures["reached"] == access_row.count
        """
    )
    result = pytester.runpytest("-v", "-p", "no:randomly", "--hw", str(plan))
    result.stdout.fnmatch_lines(
        [
            "*test_everybody_talks[[]028-86082660 one-number[]] PASSED*",
            "*test_everybody_talks[[]62300000 digital-trunk[]] PASSED*",
            "*test_capacities_only[[]028-86082660 one-number: capacity 2[]] PASSED*",
        ]
    )
    assert result.ret == 0


def events_of(pytester: pytest.Pytester, plan: Path, *more: str) -> list[dict[str, Any]]:
    """What is told line by line of a run."""
    out = io.StringIO()
    arguments = ["--pyargs", "pytest_trunkbench.acceptance", "-p", "no:randomly", "--hw", str(plan), *more]
    pytester.inline_run(*arguments, plugins=[Events(out)])
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_what_goes_on_is_told_line_by_line(pytester: pytest.Pytester, plan: Path) -> None:
    events = events_of(pytester, plan, "--accept-number", "62300000", "--accept-fault", FAULT)
    assert events[0] == {"rows": [event["begins"] for event in events if "begins" in event]}
    results = [event["row"] for event in events if "row" in event]
    assert len(results) == len(events[0]["rows"]) == 8
    assert (results[0]["row"], results[0]["verdict"]) == ("62300000 digital-trunk: capacity 2", "failed")
    assert results[0]["artifacts"].endswith("capacity-2")
    assert {result["verdict"] for result in results[2:4]} == {"held"}
    assert not any("error" in event for event in events)


def test_a_bench_that_cannot_be_had_is_an_error_and_no_verdict(
    pytester: pytest.Pytester, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNKBENCH_LOCK_DIR", str(pytester.path))
    text = PLAN.replace('kind = "bri"', 'port = "dahdi:99"').replace(
        'name = "plan"', 'name = "rig"\nclock = "card"\ntopology = "dut-pbx"'
    )
    plan.write_text(text, encoding="utf-8")
    events = events_of(pytester, plan)
    errors = [event["error"] for event in events if "error" in event]
    assert errors
    assert all("dahdi" in error for error in errors)
    rows = [event["row"] for event in events if "row" in event]
    assert {row["verdict"] for row in rows} == {"skipped"}
    assert len(rows) == len(events[0]["rows"])


def test_rows_that_a_bench_lacks_something_for_are_no_errors(pytester: pytest.Pytester, plan: Path) -> None:
    plan.write_text(
        PLAN.replace('kind = "bri"', 'port = "dahdi:99"').replace(
            'name = "plan"', 'name = "rig"\nclock = "card"\ntopology = "dut-pbx"'
        ),
        encoding="utf-8",
    )
    events = events_of(pytester, plan, "--accept-number", "028-86082660")
    assert not any("error" in event for event in events)
    (reason,) = {event["row"]["reason"] for event in events if "row" in event}
    assert reason == "needs analog line 11111111; bench 'rig' has no port for one"


def test_what_cannot_be_collected_is_an_error(pytester: pytest.Pytester, plan: Path) -> None:
    (event,) = [each for each in events_of(pytester, plan, "--accept-number", "110") if "error" in each]
    assert "no row is about 110" in event["error"]
