"""What a benchmark found, and the table of docs/performance.md."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """One figure. Higher is better; `target` must be reached, `goal` is where it should go.

    `what` says what was measured against what; `detail` has the parts of a ratio. `skipped` and `error` say
    why there is no figure.
    """

    name: str
    value: float | None = None
    unit: str = "×"
    what: str = ""
    target: float | None = None
    goal: float | None = None
    detail: str = ""
    skipped: str = ""
    error: str = ""

    @property
    def missed(self) -> bool:
        """Whether there is a target and the figure is below it."""
        return self.value is not None and self.target is not None and self.value < self.target

    @property
    def figure(self) -> str:
        """The figure with its unit, or why there is none."""
        if self.value is None:
            return f"skipped: {self.skipped}" if self.skipped else f"failed: {self.error}"
        return f"{_number(self.value)} {self.unit}".strip()

    @property
    def asked(self) -> str:
        """Target and goal."""
        parts = []
        if self.target is not None:
            parts.append(f"≥ {_number(self.target)}")
        if self.goal is not None:
            parts.append(f"goal {_number(self.goal)}")
        return ", ".join(parts)

    def line(self) -> str:
        """One line for the terminal."""
        return f"{self.name:14} {self.figure:>24}  {self.asked:24} {self.detail}".rstrip()

    def as_json(self) -> dict[str, Any]:
        """For the way between processes."""
        return dataclasses.asdict(self)


def from_json(text: str) -> list[Result]:
    """The results that another process printed."""
    return [Result(**entry) for entry in json.loads(text)]


def as_markdown(results: Sequence[Result], machine: str, elapsed_s: float) -> str:
    """docs/performance.md."""
    rows = [
        f"| `{result.name}` | {result.what} | {result.figure} | {result.asked} | {result.detail} |"
        for result in results
    ]
    return "\n".join(
        [
            "# Performance",
            "",
            "Written by `make bench`. Ratios are of two ways timed in one run, with equal outputs.",
            "",
            f"Measured on: {machine}. The whole run took {elapsed_s:.0f} s.",
            "",
            "| benchmark | what | measured | asked | parts |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _number(value: float) -> str:
    """Three significant digits for small figures, whole numbers for large ones."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
