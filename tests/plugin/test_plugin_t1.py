"""The plugin on a T1: the same suite, twenty-three channels, and what a test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

# pytester forgets after each run what that run imported; what is imported here stays (see test_plugin_bench).
import trunkbench.artifacts
import trunkbench.bench  # noqa: F401

HW = Path(__file__).resolve().parents[2] / "hw-config" / "t1.toml"

SUITE = """
    import pytest
    from trunkbench import Bench, all_of
    from trunkwire.tones import CONGESTION

    @pytest.mark.trunk(topology="crossover", channels=23, caps=["t1", "ulaw"])
    def test_all_channels(bench: Bench) -> None:
        bench.far.number("300").answers()
        calls = bench.near.dial_many("300", 24)
        bench.run_until(all_of(call.active for call in calls[:23]), within="5s")
        bench.run_until(calls[23].hears(CONGESTION), within="5s")
        assert [call.channel for call in calls[:23]] == list(range(1, 24))

    @pytest.mark.trunk(channels=24)
    def test_twenty_four() -> None: ...

    @pytest.mark.trunk(caps=["e1"])
    def test_e1() -> None: ...

    @pytest.mark.trunk(caps=["crc4"])
    def test_crc4() -> None: ...

    @pytest.mark.trunk(caps=["line-faults"])
    def test_faults_of_the_framing() -> None: ...
"""


@pytest.mark.parametrize("depth", ["event", pytest.param("bits", marks=pytest.mark.long)])
def test_a_suite_on_a_t1(pytester: pytest.Pytester, depth: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUNKBENCH_HW", raising=False)
    pytester.makepyfile(SUITE)
    quiet = ("-p", "no:randomly", "-p", "no:cacheprovider", "-rs")
    result = pytester.runpytest_inprocess(*quiet, "--hw", str(HW), "--depth", depth)
    result.assert_outcomes(passed=1, skipped=4)
    result.stdout.fnmatch_lines(f"trunkbench: t1 ({HW}): crossover, 1 span on loopback, depth {depth}")
    for reason in ("24 B channels; bench 't1' has 23", "e1, which", "crc4, which", "line-faults, which"):
        result.stdout.fnmatch_lines(f"*needs {reason}*")


def test_on_an_e1_it_is_skipped(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUNKBENCH_HW", raising=False)
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider", "-rs")
    result.assert_outcomes(passed=4, skipped=1)
    result.stdout.fnmatch_lines("*needs t1, ulaw, which bench 'loopback' lacks*")
