"""The plugin with the real bench: artefacts, the audit's own findings, and absent hardware."""

from __future__ import annotations

import json
import wave
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

# pytester forgets after each run what that run imported. What is imported here stays: otherwise two runs in
# this process would each have modules, and enumerations, of their own.
import trunkbench.artifacts
import trunkbench.bench  # noqa: F401

QUIET = ("-p", "no:randomly", "-p", "no:cacheprovider")

ONE_CALL = """
    from trunkbench import Bench

    def test_call(bench: Bench) -> None:
        bench.far.number("300").answers(after="1s")
        call = bench.near.dial("300")
        bench.run_until(call.active, within="5s")
        bench.run_for("2s")
"""


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    """Run `source` as a test module of its own, in this process, whatever bench this one is on."""
    pytester.makepyfile(source)
    return pytester.runpytest_inprocess(*QUIET, *options)


@pytest.fixture(autouse=True)
def _on_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUNKBENCH_HW", raising=False)


def test_calls_that_are_up_when_a_test_ends_are_cleared_and_no_leak(pytester: pytest.Pytester) -> None:
    run(pytester, ONE_CALL).assert_outcomes(passed=1)


def test_depth_is_the_benchs_and_the_run_is_the_same(pytester: pytest.Pytester) -> None:
    def properties(depth: str) -> dict[str | None, str | None]:
        run(pytester, ONE_CALL, "--depth", depth, "--junit-xml", "report.xml").assert_outcomes(passed=1)
        found = ET.parse(pytester.path / "report.xml").iter("property")
        return {element.get("name"): element.get("value") for element in found}

    event, bits = properties("event"), properties("bits")
    assert (event.pop("trunkbench.depth"), bits.pop("trunkbench.depth")) == ("event", "bits")
    assert len(event["trunkbench.digest"] or "") == 16
    assert event == bits


def test_a_failed_test_leaves_the_whole_folder(pytester: pytest.Pytester) -> None:
    result = run(pytester, ONE_CALL + "        assert call is None\n", "--trunkbench-artifacts", "kept")
    result.assert_outcomes(failed=1)
    (folder,) = (pytester.path / "kept" / "failed").iterdir()
    result.stdout.fnmatch_lines(f"artefacts: {folder}")
    assert {path.name for path in folder.iterdir()} == {
        "audio",
        "ladder.txt",
        "timeline.jsonl",
        "trace.pcapng",
    }
    assert (folder / "trace.pcapng").stat().st_size > 500
    ladder = (folder / "ladder.txt").read_text(encoding="utf-8")
    assert [name in ladder for name in ("SETUP", "ALERTING", "CONNECT")] == [True] * 3
    rows = [json.loads(line) for line in (folder / "timeline.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all({"line_time_s", "since_setup_s"} <= row.keys() for row in rows)
    assert rows[-1]["line_time_s"] > 1
    assert recorded_seconds(folder) >= [2.0]


def recorded_seconds(folder: Path) -> list[float]:
    """The length of each caller's recording."""
    lengths = []
    for path in sorted((folder / "audio").glob("*.wav")):
        with wave.open(str(path)) as recording:
            lengths.append(recording.getnframes() / recording.getframerate())
    return lengths


def test_what_the_audit_finds_is_an_error(pytester: pytest.Pytester) -> None:
    source = "def test_forgetful(bench):\n    bench.pump.at(bench.pump.now + 10**12, print)\n"
    result = run(pytester, source)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the bench is not idle:", "*1 bookings left on the agenda*"])


DEVICE = """
    [bench]
    name = "device"
    topology = "dut-pbx"
    [[span]]
    name = "s"
    [dut.plan]
    answers = ["300"]
"""


def test_what_the_device_cannot_do_skips_the_test_with_the_reason(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", device=DEVICE)
    source = """
        import pytest

        def test_answers(bench):
            bench.far.number("300").answers()
            bench.run_until(bench.near.dial("300").active, within="5s")

        def test_busy(bench):
            bench.far.number("200").busy()

        def test_dials_from_the_device(bench):
            bench.far.dial("1000")

        @pytest.fixture
        def rejecting(bench):
            bench.far.number("400").rejects()

        def test_in_a_fixture(rejecting): ...
    """
    result = run(pytester, source, "--hw", "device.toml", "-rs")
    result.assert_outcomes(passed=1, skipped=3)
    result.stdout.fnmatch_lines_random(
        [
            "SKIPPED*the device's plan names no number under busy, not 200:*",
            "SKIPPED*the far end is not ours: somebody else's stack runs there*",
            "SKIPPED*the device's plan names no number under rejects, not 400:*",
        ]
    )
