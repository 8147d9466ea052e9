"""The acceptance tests as a process of their own, followed line by line (`pytest_trunkbench.acceptance`)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import msgspec

from trunkbench.acceptance.result import RowResult

_MODULE = "pytest_trunkbench.acceptance"
_PLUGIN = "pytest_trunkbench.plugin"
_TOO_LONG = 90.0
"""Seconds that the child has to leave when it was asked to: on a trunk as long as clearing takes."""


class Child:
    """One run. Use it as a context manager, and go through its events; `code` is pytest's exit code then."""

    def __init__(self, arguments: Sequence[str]) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        # Nothing of the user's own test suite has a say: neither its plugins nor its settings.
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        self._process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, "-p", _PLUGIN, *arguments],
            stdout=subprocess.PIPE,
            env=environment,
            encoding="utf-8",
            errors="replace",
            process_group=0,  # Ctrl-C at a terminal reaches this process alone, which passes it on
        )
        self.code: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdout is not None
        if self._process.poll() is None:
            # Once, since clearing must not be interrupted; and what it still tells has to go somewhere.
            self._process.send_signal(signal.SIGINT)
            rest = threading.Thread(target=self._process.stdout.read, daemon=True)
            rest.start()
            if not self._leaves(_TOO_LONG):
                self._process.kill()
                self._process.wait()
            rest.join()
        self._process.stdout.close()

    def _leaves(self, within: float) -> bool:
        """Whether it ends by then. What it still says is read: a child whose pipe is full cannot end."""
        try:
            self._process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def events(self) -> Iterator[dict[str, Any]]:
        """What it tells, as it comes; what is no event of its own goes by."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                yield event
        self.code = self._process.wait()


def row_of(event: dict[str, Any]) -> RowResult:
    """The result that an event carries."""
    return msgspec.convert(event["row"], RowResult)
