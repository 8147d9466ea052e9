"""The runner of `make bench`: what it runs, how it judges, what it writes, and a benchmark that breaks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sources import ROOT

FAST = """
from benchmarks.result import Result
def run(quick):
    return [
        Result("fast", 3000, "× real time", "calls", target=2000, goal=5000, detail="30 calls"),
        Result("peer", skipped="libpri is absent"),
    ]
"""
SLOW = "from benchmarks.result import Result\ndef run(quick): return Result('slow', 0.2, target=0.25)\n"
BROKEN = "def run(quick): raise ValueError('outputs differ at frame 7')\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the runner and no benchmarks yet."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "benchmarks").mkdir()
    for name in ("__init__.py", "__main__.py", "result.py"):
        shutil.copy(ROOT / "benchmarks" / name, tmp_path / "benchmarks")
    return tmp_path


def bench(project: Path, *arguments: str, **modules: str) -> tuple[int, str, str]:
    """Exit code and output of the runner with those benchmarks."""
    for name, source in modules.items():
        (project / "benchmarks" / f"{name}.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_a_full_run_writes_the_table(project: Path) -> None:
    code, out, _ = bench(project, fast=FAST)
    assert code == 0
    assert "3,000 × real time" in out
    report = (project / "docs" / "performance.md").read_text(encoding="utf-8")
    assert "| `fast` | calls | 3,000 × real time | ≥ 2,000, goal 5,000 | 30 calls |" in report
    assert "| `peer` |  | skipped: libpri is absent |" in report
    assert "CPython" in report


def test_a_missed_target_fails_a_full_run_only(project: Path) -> None:
    code, _, err = bench(project, slow=SLOW, fast=FAST)
    assert (code, err) == (1, "target missed: slow\n")
    assert bench(project, "--quick")[0] == 0


def test_a_short_run_writes_nothing(project: Path) -> None:
    assert bench(project, "--quick", fast=FAST)[0] == 0
    assert bench(project, "fast")[0] == 0
    assert list((project / "docs").iterdir()) == []


def test_a_broken_benchmark_is_named_and_nothing_is_written(project: Path) -> None:
    code, out, _ = bench(project, broken=BROKEN, fast=FAST)
    assert code == 1
    assert "failed: ValueError: outputs differ at frame 7" in out
    assert "3,000" in out
    assert list((project / "docs").iterdir()) == []


def test_nothing_to_measure_and_unknown_names(project: Path) -> None:
    assert bench(project)[0] == 1
    code, _, err = bench(project, "fst", fast=FAST)
    assert code == 2
    assert "no benchmark fst; there are fast" in err
