"""Several pytest processes on one bench: they take turns on hardware, and nobody is left waiting for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

SHARED_CONFTEST = """
import os, pathlib
from pytest_trunkbench import rig
from trunkbench.latency import Latency

class Exclusive:
    # A bench that is in one process's hands at a time: its mark can be made once only.
    mark = pathlib.Path("in-use")
    def __init__(self, config):
        os.close(os.open(self.mark, os.O_CREAT | os.O_EXCL))
        self.config, self.depth, self.seed, self.now = config, "event", 1, 0
    def reset(self): pass
    def audit(self): return []
    def digest(self): return ""
    def latency(self): return Latency()
    def close(self): self.mark.unlink()

rig.open_bench = lambda config, depth: Exclusive(config)
"""
TESTS = "import pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_x(bench, n): pass\n"


@pytest.fixture
def project(pytester: pytest.Pytester, hardware: Path) -> pytest.Pytester:
    """A folder with six tests and a bench that two processes must not have at once."""
    pytester.makeconftest(SHARED_CONFTEST)
    pytester.makepyfile(TESTS)
    return pytester


@pytest.mark.long
def test_workers_of_one_run_take_turns(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("-n", "2", "--hw", "rig.toml", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=6)


def test_two_runs_take_turns(project: pytest.Pytester) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--hw", "rig.toml", "-p", "no:cacheprovider"]
    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    reports = [run.communicate(timeout=100)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], "\n".join(reports)
    assert all("6 passed" in report for report in reports)


def test_a_run_says_what_it_waits_for(project: pytest.Pytester) -> None:
    holder = (
        "import sys\nfrom trunkbench.config import load_config\nfrom trunkbench.lock import BenchLock\n"
        "with BenchLock(load_config('rig.toml')):\n    print('holds', flush=True)\n    sys.stdin.read()\n"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    assert first.stdout.readline() == "holds\n"
    command = [sys.executable, "-u", "-m", "pytest", "--hw", "rig.toml", "-p", "no:cacheprovider"]
    second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert second.stdout is not None
    waiting = next(line for line in second.stdout if "waiting for" in line)
    assert waiting.strip().endswith(f"trunkbench: waiting for fake:1, held by process {first.pid}")
    first.communicate(timeout=100)
    report, _ = second.communicate(timeout=100)
    assert "6 passed" in report
