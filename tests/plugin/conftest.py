"""A stand-in bench for the tests of the plugin: it records what the plugin does with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_trunkbench import rig
from trunkbench.config import BenchConfig, Depth
from trunkbench.errors import PortError, TrunkbenchError
from trunkbench.latency import Latency
from trunkwire.ticks import MILLISECOND, SECOND, Tick


class StandInBench:
    """Behaves as the plugin expects of a bench; `log` has what was called, in order."""

    def __init__(self, config: BenchConfig, depth: Depth | None, log: list[str]) -> None:
        self.config = config
        self.depth = depth or config.bench.depth
        self.seed = config.bench.seed
        self.now: Tick = SECOND
        self.left_over: list[str] = []
        self.stuck = ""
        self.unwritable = False
        self._log = log
        log.append(f"open {config.bench.name} {depth}")

    def reset(self) -> None:
        """Noted."""
        self._log.append("reset")

    def audit(self) -> list[str]:
        """What the test left over; fails as told."""
        self._log.append("audit")
        if self.stuck:
            raise TrunkbenchError(self.stuck)
        return self.left_over

    def save_artifacts(self, folder: Path) -> None:
        """One file, so that the folder can be looked at."""
        self._log.append("save")
        if self.unwritable:
            raise OSError("disk full")
        (folder / "timeline.jsonl").write_text("{}\n")

    def latency(self) -> Latency:
        """As if a card had been under the test."""
        return Latency((10 * MILLISECOND, 20 * MILLISECOND)) if self.config.hardware_ports else Latency()

    def digest(self) -> str:
        """The digest of nothing."""
        return "0000"

    def close(self) -> None:
        """Noted."""
        self._log.append("close")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the stand-in benches of this test were asked to do; a port named `absent:…` cannot be opened."""
    calls: list[str] = []

    def open_bench(config: BenchConfig, depth: Depth | None) -> StandInBench:
        for port in config.hardware_ports:
            if port.startswith("absent:"):
                raise PortError(f"{port}: no such card; plug it in")
        return StandInBench(config, depth, calls)

    monkeypatch.setattr(rig, "open_bench", open_bench)
    monkeypatch.delenv("TRUNKBENCH_HW", raising=False)
    return calls


HARDWARE = """
[bench]
name = "rig"
clock = "paced"
topology = "dut-pbx"
[[span]]
name = "a"
port = "fake:1"
b_channels = [1, 2, 3]
crc4 = false
"""


@pytest.fixture
def hardware(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a bench on a hardware port, whose lock lies in the test's own folder."""
    monkeypatch.setenv("TRUNKBENCH_LOCK_DIR", str(pytester.path))
    path = pytester.path / "rig.toml"
    path.write_text(HARDWARE, encoding="utf-8")
    return path
