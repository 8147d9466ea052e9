"""The runner of `make bench`: every module of this folder in a process of its own, one after the other.

A module has `run(quick: bool) -> Result` (or a list of them): it makes its workload, compares the outputs of
the ways that it is about to time, times them in the same run, and gives the figure that the target speaks of.
`--quick` shrinks the workloads and judges no target; a full run writes docs/performance.md.

The exit code is 1 when a benchmark broke, its outputs differed, or (in a full run) a target was missed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.result import Result, as_markdown, from_json

FOLDER = Path(__file__).parent
REPORT = FOLDER.parent / "docs" / "performance.md"
BUDGET_S = 300
_NOT_BENCHMARKS = {"capture", "result"}


def names() -> list[str]:
    """The benchmarks there are."""
    found = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
    return [name for name in found if name not in _NOT_BENCHMARKS]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmarks named (by default all); the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(names())}")
    parser.add_argument(
        "--quick", action="store_true", help="small workloads, no target judged, nothing written"
    )
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    unknown = sorted(set(arguments.names) - set(names()))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(names())}")
    if arguments.in_this_process:
        (name,) = arguments.names
        print(json.dumps([result.as_json() for result in measure(name, arguments.quick)]))
        return 0
    return run_all(
        arguments.names or names(), arguments.quick, record=not (arguments.quick or arguments.names)
    )


def measure(name: str, quick: bool) -> list[Result]:
    """The results of one benchmark, run in this process."""
    outcome: Result | list[Result] = importlib.import_module(f"benchmarks.{name}").run(quick)
    return outcome if isinstance(outcome, list) else [outcome]


def run_all(chosen: Sequence[str], quick: bool, *, record: bool) -> int:
    """Run each benchmark in a process of its own and print it; the exit code."""
    began = time.monotonic()
    results: list[Result] = []
    for name in chosen:
        left = BUDGET_S - (time.monotonic() - began)
        for result in in_own_process(name, quick, timeout=max(left, 1)):
            print(result.line(), flush=True)
            results.append(result)
    elapsed = time.monotonic() - began
    print(f"{len(results)} results in {elapsed:.0f} s")
    if not results:
        print("there is nothing to measure", file=sys.stderr)
        return 1
    broken = [result for result in results if result.error]
    missed = [result for result in results if result.missed and not quick]
    for result in missed:
        print(f"target missed: {result.name}", file=sys.stderr)
    if record and not broken:
        REPORT.write_text(as_markdown(results, machine(), elapsed), encoding="utf-8")
        print(f"written: {REPORT.relative_to(FOLDER.parent)}")
    return 1 if broken or missed else 0


def in_own_process(name: str, quick: bool, *, timeout: float) -> list[Result]:
    """The results of one benchmark; one with `error` when it ended otherwise."""
    command = [sys.executable, "-m", "benchmarks", "--in-this-process", name, *(["--quick"] if quick else [])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=FOLDER.parent)
    except subprocess.TimeoutExpired:
        return [Result(name, error=f"not done within the {BUDGET_S} s that all of them have")]
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        return [Result(name, error=lines[-1] if lines else f"exit status {done.returncode}")]
    return from_json(done.stdout.splitlines()[-1])


def machine() -> str:
    """What was measured on, in one line."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
        model = next(
            (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model
        )
    return f"{model}, {os.cpu_count()} cores, CPython {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
