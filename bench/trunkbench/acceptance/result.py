"""What came of one row: a verdict, the checks behind it, figures, and where each call was taken.

The structs are the JSON that `trunkbench accept --json` writes, and what a test hands to whoever reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Verdict = Literal["held", "failed", "skipped"]

LEFT_OVER = "nothing is left over"
"""The check that ends every row: channels, lines, call references, timers, descriptors."""


class CheckResult(msgspec.Struct, frozen=True):
    """One thing that had to hold; `detail` says what was found instead."""

    text: str
    held: bool
    detail: str = ""


class PlaceResult(msgspec.Struct, frozen=True):
    """A line or a channel that took a call, and whether the two parties heard each other on it."""

    place: str
    caller: str
    caller_hears: str
    premises_hears: str
    held: bool


class RowResult(msgspec.Struct, frozen=True):
    """One row. `measured` is in a few words what was reached; `reason` why it failed or was not run."""

    row: str
    number: str
    service: str
    aspect: str
    promise: str
    verdict: Verdict
    measured: str = ""
    reason: str = ""
    checks: tuple[CheckResult, ...] = ()
    figures: Mapping[str, Any] = {}
    places: tuple[PlaceResult, ...] = ()
    calls: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    line_time_s: float = 0.0
    wall_s: float = 0.0
    artifacts: str = ""
    """The folder in which trace, ladder and audio of a row that failed were kept."""

    def story(self) -> str:
        """The row with every check that did not hold, one a line."""
        lines = [f"{self.row}: {self.measured}" if self.measured else self.row]
        lines += [f"  {_told(check)}" for check in self.checks if not check.held]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


def _told(check: CheckResult) -> str:
    return f"{check.text}: {check.detail}" if check.detail else check.text
