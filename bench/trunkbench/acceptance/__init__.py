"""Acceptance: is what was ordered what was delivered? One row a promise, measured by real calls on a bench.

`rows_of(config)` reads the promises out of the number plan (`[access]`), `measure(bench, row)` keeps one to
its word, and `Report` holds what came of all of them. `trunkbench accept` and the ready-made tests of
`pytest_trunkbench.acceptance` are made of these.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkbench.acceptance.measuring import measure
    from trunkbench.acceptance.report import Report
    from trunkbench.acceptance.result import CheckResult, PlaceResult, RowResult
    from trunkbench.acceptance.row import AccessNumber, Aspect, Row
    from trunkbench.acceptance.rows import numbers_of, rows_of

_HOMES = {
    "AccessNumber": "row",
    "Aspect": "row",
    "CheckResult": "result",
    "PlaceResult": "result",
    "Report": "report",
    "Row": "row",
    "RowResult": "result",
    "measure": "measuring",
    "numbers_of": "rows",
    "rows_of": "rows",
}
"""Each name and its module, imported when it is first used: whoever only reads rows needs no ears."""

__all__ = [
    "AccessNumber",
    "Aspect",
    "CheckResult",
    "PlaceResult",
    "Report",
    "Row",
    "RowResult",
    "measure",
    "numbers_of",
    "rows_of",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
