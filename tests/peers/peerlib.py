"""What every peer test shares: finding a peer's library or program, and running it in a process of its own.

A peer is an independent stack from a Debian package, driven by ctypes or as a program. Where it is absent the
test skips with the reason; under `TRUNKBENCH_REQUIRE_PEERS=1` it fails instead. Libraries with global state
(hooked clocks, static tables) never meet in one process: a test names a worker script, which gets a JSON
request and hands back a JSON result (`run_worker`, `worker_main`).
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

REQUIRE = "TRUNKBENCH_REQUIRE_PEERS"
RESULTS = "TRUNKBENCH_PEER_RESULTS"
_STDERR_LINES = 40


def peers_required() -> bool:
    """Whether an absent peer is a failure (continuous integration) and not a skip."""
    return os.environ.get(REQUIRE, "") not in ("", "0")


def absent(reason: str) -> NoReturn:
    """Skip the test for `reason`, or fail it when peers are required."""
    if peers_required():
        pytest.fail(f"{reason} ({REQUIRE} is set)", pytrace=False)
    pytest.skip(reason)


def require_library(soname: str, package: str) -> str:
    """`soname` if the dynamic loader finds it; otherwise skip or fail, naming the Debian package.

    The library is tried in another process, so that this one stays free of its state.
    """
    problem = _load_problem(soname)
    if problem is not None:
        absent(f"{soname} cannot be loaded (Debian package {package}): {problem}")
    return soname


def require_program(name: str, package: str) -> str:
    """The path of the program `name`; otherwise skip or fail, naming the Debian package."""
    path = shutil.which(name)
    if path is None:
        absent(f"the program {name} is not on PATH (Debian package {package})")
    return path


@functools.cache
def _load_problem(soname: str) -> str | None:
    """Why `soname` does not load, or None if it does."""
    code = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"
    tried = subprocess.run([sys.executable, "-c", code, soname], capture_output=True, text=True, timeout=60)
    if tried.returncode == 0:
        return None
    lines = tried.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit status {tried.returncode}"


def run_worker(script: Path, request: Mapping[str, Any] | None = None, *, timeout: float = 100) -> Any:
    """Run the worker `script` in a process of its own; what it handed back.

    `request` reaches the function given to `worker_main`. Fails the test, with the worker's last lines, if it
    ends other than by handing back a result within `timeout` seconds of the host.
    """
    with tempfile.TemporaryDirectory(prefix="trunkbench-peer-") as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, str(script), str(result)]
        here = Path(__file__).parent
        path = os.pathsep.join(
            filter(None, [str(here), str(here.parent / "rigs"), os.environ.get("PYTHONPATH")])
        )
        try:
            done = subprocess.run(
                command,
                input=json.dumps(request or {}),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout,
                env={**os.environ, "PYTHONPATH": path},
            )
        except subprocess.TimeoutExpired as error:
            stderr = (
                error.stderr.decode(errors="replace")
                if isinstance(error.stderr, bytes)
                else error.stderr or ""
            )
            pytest.fail(f"{script.name}: no result within {timeout:g} s\n{_tail(stderr)}", pytrace=False)
        if done.returncode != 0 or not result.exists():
            pytest.fail(f"{script.name}: exit status {done.returncode}\n{_tail(done.stderr)}", pytrace=False)
        return json.loads(result.read_text(encoding="utf-8"))


def worker_main(work: Callable[[dict[str, Any]], Any]) -> None:
    """The main function of a worker script: hand `work` the request and its result to the test.

    The result travels in a file, since C libraries like to print on standard output.
    """
    request = json.loads(sys.stdin.read() or "{}")
    Path(sys.argv[1]).write_text(json.dumps(work(request)), encoding="utf-8")


def record_result(name: str, result: Mapping[str, Any]) -> Path:
    """Keep what a peer run showed (peer, version, calls, causes seen, malformed frames …); the file written.

    The folder is that of `TRUNKBENCH_PEER_RESULTS`, by default `.trunkbench/peers` of the checkout.
    """
    default = Path(__file__).resolve().parents[2] / ".trunkbench" / "peers"
    folder = Path(os.environ.get(RESULTS) or default)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return path


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_STDERR_LINES:])
