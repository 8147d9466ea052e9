"""The pytest plugin: header, options, the life of `bench`, the audit, and what is kept of a failed test."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

QUIET = ("-p", "no:randomly", "-p", "no:cacheprovider")


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    """Run `source` as a test module of its own, in this process."""
    pytester.makepyfile(source)
    return pytester.runpytest_inprocess(*QUIET, *options)


def test_header_names_configuration_and_back_end(
    pytester: pytest.Pytester, log: list[str], hardware: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "def test_nothing(): pass"
    run(pytester, source).stdout.fnmatch_lines("trunkbench: packaged loopback.toml on the software loopback")
    run(pytester, source, "--depth", "bits").stdout.fnmatch_lines("trunkbench: * loopback, depth bits")
    expected = "trunkbench: rig (*rig.toml): dut-pbx, 1 span on fake"
    run(pytester, source, "--hw", str(hardware)).stdout.fnmatch_lines(expected)
    monkeypatch.setenv("TRUNKBENCH_HW", "rig.toml")
    run(pytester, source).stdout.fnmatch_lines(expected)
    assert log == []


def test_unusable_configuration_stops_before_anything_runs(pytester: pytest.Pytester, log: list[str]) -> None:
    (pytester.path / "bad.toml").write_text('[bench]\nname = "b"\n[[spam]]\n')
    result = run(pytester, "def test_nothing(bench): pass", "--hw", "bad.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*bad.toml: the configuration is unusable:", "*spam: unknown key; did you mean 'span'?"]
    )
    assert log == []


def test_depth_belongs_to_the_loopback(pytester: pytest.Pytester, log: list[str], hardware: Path) -> None:
    result = run(pytester, "def test_nothing(bench): pass", "--hw", str(hardware), "--depth", "bits")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("*--depth renders the software loopback's line*")


TWO_TESTS = "def test_a(bench): pass\ndef test_b(bench): pass\n"


def test_loopback_gives_each_test_a_new_bench(pytester: pytest.Pytester, log: list[str]) -> None:
    run(pytester, TWO_TESTS).assert_outcomes(passed=2)
    assert log == ["open loopback None", "audit", "close"] * 2


def test_hardware_is_opened_once_and_reset(pytester: pytest.Pytester, log: list[str], hardware: Path) -> None:
    run(pytester, TWO_TESTS, "--hw", str(hardware)).assert_outcomes(passed=2)
    assert log == ["open rig None", "audit", "reset", "audit", "close"]


def test_hardware_left_in_disorder_is_opened_anew(
    pytester: pytest.Pytester, log: list[str], hardware: Path
) -> None:
    source = "def test_a(bench): bench.left_over = ['channel 9 in use']\ndef test_b(bench): pass\n"
    run(pytester, source, "--hw", str(hardware)).assert_outcomes(passed=2, errors=1)
    assert log == [
        "open rig None",
        "audit",
        "save",
        "close",
        "open rig None",
        "audit",
        "close",
    ]


def test_absent_hardware_skips_with_its_reason(
    pytester: pytest.Pytester, log: list[str], hardware: Path
) -> None:
    hardware.write_text(hardware.read_text().replace("fake:1", "absent:1"))
    result = run(pytester, TWO_TESTS, "--hw", str(hardware), "-rs")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines("*absent:1: no such card; plug it in")
    assert log == []


def test_what_is_left_over_is_an_error_of_that_test(pytester: pytest.Pytester, log: list[str]) -> None:
    source = """
        def test_leaves(bench):
            bench.left_over = ["near span1: channel 9 is still in use", "far span1: T308 is armed"]
        def test_tidy(bench):
            pass
    """
    result = run(pytester, source)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_leaves*",
            "*the test is over, and the bench is not idle:",
            "*near span1: channel 9 is still in use",
            "*far span1: T308 is armed",
            "*artefacts: *test_leaves",
        ]
    )


def test_audit_also_follows_a_failed_test(pytester: pytest.Pytester, log: list[str]) -> None:
    result = run(pytester, "def test_fails(bench):\n    bench.left_over = ['T305']\n    assert False\n")
    result.assert_outcomes(failed=1, errors=1)
    assert log == ["open loopback None", "save", "audit", "close"]


def test_calls_that_cannot_be_cleared_are_named(pytester: pytest.Pytester, log: list[str]) -> None:
    result = run(pytester, "def test_stuck(bench):\n    bench.stuck = 'no RELEASE COMPLETE on channel 3'\n")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines("*the calls could not be cleared: no RELEASE COMPLETE on channel 3")
    assert log[-1] == "close"


def test_artefacts_of_a_failed_test_are_kept_and_named(pytester: pytest.Pytester, log: list[str]) -> None:
    folder = (
        pytester.path / "kept" / "failed" / "test_artefacts_of_a_failed_test_are_kept_and_named.py-test_x-a-b"
    )
    folder.mkdir(parents=True)
    (folder / "stale.wav").touch()
    source = """
        import pytest
        @pytest.mark.parametrize("case", ["a/b"])
        def test_x(bench, case): assert False, "heard ringback"
        def test_y(bench): pass
    """
    result = run(pytester, source, "--trunkbench-artifacts", "kept")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*- trunkbench -*", f"artefacts: {folder}"])
    assert [path.name for path in folder.iterdir()] == ["timeline.jsonl"]
    assert len(list(folder.parent.iterdir())) == 1


def test_artefacts_that_cannot_be_kept_hide_nothing(pytester: pytest.Pytester, log: list[str]) -> None:
    source = "def test_x(bench):\n    bench.unwritable = True\n    assert False, 'heard ringback'\n"
    result = run(pytester, source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*heard ringback*", "artefacts could not be kept in *: OSError: disk full"])


def test_junit_properties(pytester: pytest.Pytester, log: list[str]) -> None:
    run(pytester, "def test_x(bench): assert False\n", "--junit-xml", "report.xml")
    found = {
        element.get("name"): element.get("value")
        for element in ET.parse(pytester.path / "report.xml").iter("property")
    }
    artefacts = found.pop("trunkbench.artifacts")
    assert found == {
        "trunkbench.config": "packaged loopback.toml",
        "trunkbench.bench": "loopback",
        "trunkbench.depth": "event",
        "trunkbench.seed": "1",
        "trunkbench.line_time_s": "1.0",
        "trunkbench.digest": "0000",
    }
    assert artefacts is not None
    assert Path(artefacts).is_dir()


def test_latency_on_hardware_is_told_by_test_and_in_the_end(
    pytester: pytest.Pytester, log: list[str], hardware: Path
) -> None:
    result = run(pytester, TWO_TESTS, "--hw", str(hardware), "--junit-xml", "report.xml")
    result.stdout.fnmatch_lines(
        [
            "*= trunkbench latency =*",
            "D channel, until acknowledged: p50 up to *, p99 up to 20.0, max 20.0 ms of 4 in 2 tests",
        ]
    )
    properties = ET.parse(pytester.path / "report.xml").iter("property")
    found = [
        prop.get("value") for prop in properties if prop.get("name") == "trunkbench.latency.d_channel.max_ms"
    ]
    assert found == ["20.0", "20.0"]


def test_the_loopback_has_no_latency_to_tell_of(pytester: pytest.Pytester, log: list[str]) -> None:
    run(pytester, TWO_TESTS).stdout.no_fnmatch_line("*trunkbench latency*")


def test_plugin_imports_nothing_heavy_by_itself(pytester: pytest.Pytester) -> None:
    code = (
        "import sys, pytest_trunkbench.plugin as plugin\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}"
        " & {'trunkbench', 'trunkwire', 'numpy', 'msgspec', 'construct', 'scapy', 'rich'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
