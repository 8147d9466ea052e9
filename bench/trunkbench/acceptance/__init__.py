"""Acceptance: is what was ordered what was delivered? One row a promise, measured by real calls on a bench.

`rows_of(config)` reads the promises out of the number plan (`[access]`), `measure(bench, row)` keeps one to
its word, and `Report` holds what came of all of them. `trunkbench accept` and the ready-made tests of
`pytest_trunkbench.acceptance` are made of these.
"""

from __future__ import annotations

from trunkbench.acceptance.measuring import measure
from trunkbench.acceptance.report import Report
from trunkbench.acceptance.result import CheckResult, PlaceResult, RowResult
from trunkbench.acceptance.row import AccessNumber, Aspect, Row
from trunkbench.acceptance.rows import numbers_of, rows_of

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
