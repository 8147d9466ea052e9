"""A worker's run shared by many tests: made when first asked for, once, whether it succeeds or fails."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import pytest


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
