"""A worker's run shared by many tests: made when first asked for, once, whether it succeeds or fails."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any

import pytest
from clockhook import why_no_virtual_time
from peerlib import run_worker


class Once:
    """Results of runs by key. A run that failed fails every test that asks for it, without running again."""

    def __init__(self) -> None:
        self._done: dict[Hashable, Any] = {}

    def of(self, key: Hashable, run: Callable[[], Any]) -> Any:
        """The result of `run`, made now or before. Raises what `pytest.fail` raised in it."""
        if key not in self._done:
            try:
                self._done[key] = run()
            except pytest.fail.Exception as failure:
                self._done[key] = failure
        result = self._done[key]
        if isinstance(result, pytest.fail.Exception):
            raise result
        return result


class SwitchRuns:
    """One run of a worker over libpri's switch types for all tests, however they are ordered.

    `trace` is where the worker leaves what crossed.
    """

    def __init__(self, worker: Path, switches: Mapping[str, Any], trace: Path) -> None:
        self.trace = trace
        self._worker = worker
        self._switches = dict(switches)
        self._once = Once()

    def results(self) -> dict[str, Any]:
        """What the worker says, by the keys that it uses."""
        request = {
            "switches": self._switches,
            "paced": why_no_virtual_time() is not None,
            "trace": str(self.trace),
        }
        results: dict[str, Any] = self._once.of("all", lambda: run_worker(self._worker, request))
        return results
