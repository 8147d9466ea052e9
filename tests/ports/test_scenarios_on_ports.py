"""The scenarios and README's first test, unchanged, by command, in real time, with the counterpart a process.

`make test-ports` runs them (`pytest --long`): on osmo-e1d, two clients of `trunkbench e1d-serve --pair`; and
on the serial card, two reference cards behind ptys. DAHDI's are in tests/vm, the loopback's in tests/bench.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from documents import blocks
from sources import ROOT

from trunkbench.bench import Bench
from trunkbench.config import load_config
from trunkbench.scenarios import SCENARIOS

pytestmark = [pytest.mark.long, pytest.mark.realtime]

HW = ROOT / "hw-config"
IN_TIME_S = 100

WAITING = {"link-loss", "overlap", "channel-stays-busy"}
"""A minute and more for T309 or T302: nothing in them depends on the line. tests/bench plays them."""

NOTHING_SAID = {"setup-repeated-shorter"}
"""The near end leaves everything without an answer: no message of its own is acknowledged."""


@contextmanager
def running(*command: str, lines: int) -> Iterator[list[str]]:
    """A command of ours in a process of its own, once it has printed so many lines; ended afterwards."""
    with subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield [process.stdout.readline().strip() for _ in range(lines)]
            assert process.poll() is None, "the counterpart has ended by itself"
        finally:
            process.terminate()


@contextmanager
def osmo_e1d(folder: Path) -> Iterator[Path]:
    """hw-config/e1d.toml on a server of ours."""
    ctl = folder / "e1d.ctl"
    with running("trunkbench", "e1d-serve", "--pair", "--socket", str(ctl), lines=1):
        text = (HW / "e1d.toml").read_text(encoding="utf-8")
        config = folder / "e1d.toml"
        config.write_text(text.replace('"e1d:', f'"e1d:{ctl}:'), encoding="utf-8")
        yield config


@contextmanager
def serial_card(folder: Path) -> Iterator[Path]:
    """hw-config/serial-card.toml on two reference cards."""
    with running("trunkbench.refcard", lines=2) as devices:
        text = (HW / "serial-card.toml").read_text(encoding="utf-8")
        for name, device in zip(("/dev/ttyACM0", "/dev/ttyACM1"), devices, strict=True):
            text = text.replace(f"serial:{name}", f"serial:{device}")
        config = folder / "serial-card.toml"
        config.write_text(text, encoding="utf-8")
        yield config


BACK_ENDS = {"e1d": osmo_e1d, "serial": serial_card}


@pytest.fixture(scope="module", params=BACK_ENDS)
def hw(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The configuration of a back end whose counterpart runs."""
    back_end: Callable[[Path], object] = BACK_ENDS[request.param]
    with back_end(tmp_path_factory.mktemp(request.param)) as config:  # type: ignore[attr-defined]
        yield config


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, or fail."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=IN_TIME_S,
    )


@pytest.mark.parametrize(
    "name", [name for name, each in SCENARIOS.items() if each.kind is None and name not in WAITING]
)
def test_scenario(hw: Path, name: str, tmp_path: Path) -> None:
    """Passed, at full capacity, and on hardware's time."""
    done = run(["trunkbench", "run", "--hw", str(hw), "--json", name], tmp_path)
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["verdict"] == "passed", done.stdout
    assert done.returncode == 0, done.stdout
    if name == "thirty-calls":
        answered = [call for call in result["calls"] if call["outcome"] == "answered"]
        assert {call["channel"] for call in answered} == {*range(1, 16), *range(17, 32)}
        assert result["latency"]["audio"]["count"] >= 15  # each on which nothing was lost meanwhile
        assert 40 <= result["latency"]["audio"]["p50_ms"] <= 600
    assert ("d_channel" in result["latency"]) is (name not in NOTHING_SAID)
    if name not in NOTHING_SAID:
        assert 0 < result["latency"]["d_channel"]["p50_ms"] <= 500


def test_the_first_test_of_the_readme(hw: Path, tmp_path: Path) -> None:
    """As a user writes it, with `--hw`."""
    first = next(block for block in blocks(ROOT / "README.md", "python") if "def test_" in block.text)
    (tmp_path / "test_first.py").write_text(first.text, encoding="utf-8")
    done = run(["pytest", "-q", "-p", "no:cacheprovider", "--hw", str(hw), "test_first.py"], tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout, done.stdout
    assert "= trunkbench latency =" in done.stdout, done.stdout
    assert "D channel, until acknowledged: p50" in done.stdout, done.stdout


def test_next_run_after_a_kill(hw: Path, tmp_path: Path) -> None:
    """SIGKILL with thirty calls up: the next run is in service within five seconds, on an idle line."""
    command = [sys.executable, "-m", "trunkbench", "run", "thirty-calls", "--hw", str(hw)]
    victim = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert victim.stderr is not None
    talking = any("talking (30 of 30)" in line for line in victim.stderr)
    victim.kill()
    victim.communicate()
    assert talking
    began = time.monotonic()
    with Bench.from_config(load_config(hw)) as bench:
        assert time.monotonic() - began < 5
        assert bench.near.calls == bench.far.calls == []
        bench.far.number("300").answers()
        call = bench.near.dial("300")
        bench.run_until(call.active, within="3s")
        call.hang_up()
        bench.run_until(call.cleared, within="3s")
        assert bench.audit() == []
