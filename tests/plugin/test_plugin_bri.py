"""The plugin on a bus of terminals: its clearing and its audit cover each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

# As in test_plugin_bench: what is imported here stays imported between the runs.
import trunkbench.artifacts
import trunkbench.bench  # noqa: F401

ROOT = Path(__file__).parents[2]
QUIET = ("-p", "no:randomly", "-p", "no:cacheprovider", "--hw", str(ROOT / "hw-config" / "bri.toml"))


@pytest.fixture(autouse=True)
def _without_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUNKBENCH_HW", raising=False)


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(source)
    return pytester.runpytest_inprocess(*QUIET, *options)


def test_terminals_that_ring_and_talk_when_a_test_ends_are_cleared(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest
        from trunkbench import Bench

        @pytest.mark.trunk(caps=["bri"], channels=4)
        def test_ringing(bench: Bench) -> None:
            bench.far.number("200").never_answers()
            call = bench.near.dial("200", span="bus")
            bench.run_until(call.alerting, within="2s")

        def test_talking(bench: Bench) -> None:
            bench.near.number("1000").answers()
            call = bench.far.terminal("hall").dial("1000")
            bench.run_until(call.active, within="2s")

        @pytest.mark.trunk(caps=["e1"])
        def test_of_an_e1(bench: Bench) -> None:
            raise AssertionError
        """,
    )
    result.assert_outcomes(passed=2, skipped=1)


@pytest.mark.parametrize(
    ("leak", "found"),
    [
        (
            'bench.far.terminal("office").end.control.channels.to_maintenance(2)',
            "far: bus far terminal office: channel 2 is maintenance",
        ),
        (
            "bench.trunk.near[0].terminals = ()",
            "near: bus near (network side): TEI 5 is assigned, and no terminal",
        ),
    ],
)
def test_what_a_terminal_still_holds_is_an_error(pytester: pytest.Pytester, leak: str, found: str) -> None:
    result = run(pytester, f"def test_leak(bench):\n    {leak}\n")
    result.assert_outcomes(failed=0, passed=1, errors=1)
    result.stdout.fnmatch_lines(f"*{found.replace('[', '?')}*")


def test_a_failed_test_keeps_the_trace_of_the_bus(pytester: pytest.Pytester) -> None:
    source = """
    def test_call(bench):
        bench.far.number("200").answers(after="1s")
        call = bench.near.dial("200", span="bus")
        bench.run_until(call.active, within="2s")
        assert call is None
    """
    result = run(pytester, source, "--trunkbench-artifacts", "kept", "--depth", "bits")
    result.assert_outcomes(failed=1)
    (folder,) = (pytester.path / "kept" / "failed").iterdir()
    ladder = (folder / "ladder.txt").read_text(encoding="utf-8")
    assert "to all" in ladder
    assert "TEI 5" in ladder
