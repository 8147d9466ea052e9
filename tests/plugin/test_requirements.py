"""The `trunk` marker: what a bench lacks skips the test, and what no bench could have fails it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_trunkbench.requirements import missing
from trunkbench.config import BenchConfig, load_config


@pytest.fixture
def rig(hardware: Path) -> BenchConfig:
    """A bench of one span with three channels and a device under test, on hardware."""
    return load_config(hardware)


def needs(config: BenchConfig, **kwargs: object) -> str | None:
    """What that bench lacks of the marker's needs."""
    return missing(pytest.mark.trunk(**kwargs).mark, config)


def test_loopback_has_what_a_crossover_test_needs() -> None:
    assert (
        needs(load_config(), topology="crossover", channels=30, spans=1, caps=["loopback", "alaw", "crc4"])
        is None
    )


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"topology": "crossover"}, "needs topology crossover; bench 'rig' is dut-pbx"),
        (
            {"topology": ["carrier", "crossover"]},
            "needs topology carrier or crossover; bench 'rig' is dut-pbx",
        ),
        ({"channels": 30}, "needs 30 B channels; bench 'rig' has 3"),
        ({"spans": 2}, "needs 2 spans; bench 'rig' has 1"),
        ({"caps": ["alaw", "crc4", "loopback"]}, "needs crc4, loopback, which bench 'rig' lacks"),
        ({"caps": "dut"}, "needs dut, which bench 'rig' lacks"),
        ({"caps": ["access"]}, "needs access, which bench 'rig' lacks"),
        ({"caps": ["call-centre"]}, "needs call-centre, which bench 'rig' lacks"),
        ({"topology": ("dut-pbx", "crossover"), "channels": 3, "caps": ["hardware"]}, None),
    ],
)
def test_what_a_rig_lacks(rig: BenchConfig, asked: dict[str, object], reason: str | None) -> None:
    assert needs(rig, **asked) == reason


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"topology": "crosover"}, "unknown topology 'crosover'; did you mean 'crossover'?"),
        ({"caps": ["crc-4"]}, "unknown capability 'crc-4'; did you mean 'crc4'?"),
        ({"channel": 30}, "unknown need 'channel'; did you mean 'channels'?"),
        ({"caps": ["zzz"]}, "unknown capability 'zzz'; there are loopback, "),
    ],
)
def test_a_misspelt_need_fails_the_test(asked: dict[str, object], message: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"^@pytest\.mark\.trunk: ") as caught:
        needs(load_config(), **asked)
    assert message in str(caught.value)


def test_the_marker_takes_names_only() -> None:
    with pytest.raises(pytest.fail.Exception, match="takes names only"):
        missing(pytest.mark.trunk(30).mark, load_config())


def test_skips_before_the_bench_is_opened(pytester: pytest.Pytester, log: list[str], hardware: Path) -> None:
    pytester.makepyfile(
        """
        import pytest
        @pytest.mark.trunk(channels=30)
        def test_many(bench): pass
        @pytest.mark.trunk(channels=2)
        def test_few(): pass
        """
    )
    result = pytester.runpytest_inprocess(
        "-p", "no:randomly", "--hw", str(hardware), "--strict-markers", "-rs"
    )
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines("*needs 30 B channels; bench 'rig' has 3")
    assert log == []
