"""What came of all rows of a number plan: verdict, exit code, and one line a number that sums it up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from trunkbench.acceptance.result import LEFT_OVER, RowResult, Verdict
from trunkbench.acceptance.row import Aspect

FAILED, NOT_REACHED, INFRASTRUCTURE = 1, 3, 5
"""Exit codes: a row failed; not all rows were run, or none could be; the bench is not to be had."""


class Summary(msgspec.Struct, frozen=True):
    """One number, summed up. Texts are what was measured, "" where no row measured it."""

    number: str
    services: tuple[str, ...]
    verdict: Verdict
    promised: int | None = None
    reached: int | None = None
    one_more: str = ""
    caller_id_in: str = ""
    caller_id_out: str = ""
    places: int = 0
    """Lines and channels on which both parties were listened to."""
    places_well: int = 0
    first_response_ms: float | None = None
    post_dial_delay_ms: float | None = None
    connect_ms: float | None = None
    answer_seizure_ratio: float | None = None
    left_over: bool = False
    failed: tuple[str, ...] = ()
    """The rows that failed, by what they promise."""


@dataclass(slots=True)
class Report:
    """A run of `trunkbench accept`. `asked` is how many rows there were to measure."""

    bench: str
    source: str
    topology: str = ""
    depth: str = ""
    seed: int = 0
    fault: str = ""
    version: str = ""
    when: str = ""
    """When it was begun, by the host's clock."""
    asked: int = 0
    rows: list[RowResult] = field(default_factory=list)
    wall_s: float = 0.0
    errors: list[str] = field(default_factory=list)
    """What went wrong beside the rows, so that some of them were not measured."""

    def of(self, verdict: Verdict) -> list[RowResult]:
        """The rows with that verdict."""
        return [row for row in self.rows if row.verdict == verdict]

    @property
    def exit_code(self) -> int:
        """0 all held, 1 a row failed, 3 rows were left out or nothing could be measured at all, 5 something
        went wrong beside the rows.
        """
        if self.of("failed"):
            return FAILED
        if self.errors:
            return INFRASTRUCTURE
        if len(self.rows) < self.asked or not self.of("held"):
            return NOT_REACHED
        return 0

    def headline(self) -> str:
        """What all came to, in one line."""
        held, failed, skipped = (len(self.of(verdict)) for verdict in ("held", "failed", "skipped"))
        if failed:
            told = f"{failed} of {len(self.rows)} rows failed"
        elif not held:
            told = f"none of {max(self.asked, len(self.rows))} rows could be measured"
        else:
            told = f"all {held} rows held" if not skipped else f"{held} rows held"
        if skipped:
            told += f", {skipped} skipped"
        if len(self.rows) < self.asked:
            told += f"; {self.asked - len(self.rows)} of {self.asked} were not run"
        line_time = sum(row.line_time_s for row in self.rows)
        calls = sum(len(row.calls) for row in self.rows)
        return f"{self.bench}: {told}; {calls} calls, {line_time:.0f} s of line time in {self.wall_s:.1f} s"

    def summaries(self) -> list[Summary]:
        """One a number, in the order of the plan."""
        numbers = dict.fromkeys(row.number for row in self.rows)
        return [_summary(number, [row for row in self.rows if row.number == number]) for number in numbers]

    def to_json(self) -> dict[str, Any]:
        """The object that `trunkbench accept --json` writes."""
        return {
            "bench": self.bench,
            "config": self.source,
            "topology": self.topology,
            "depth": self.depth,
            "seed": self.seed,
            "fault": self.fault or None,
            "version": self.version,
            "when": self.when,
            "exit_code": self.exit_code,
            "headline": self.headline(),
            "asked": self.asked,
            "errors": list(self.errors),
            "numbers": [msgspec.to_builtins(each) for each in self.summaries()],
            "rows": [msgspec.to_builtins(row) for row in self.rows],
            "wall_s": round(self.wall_s, 3),
        }


_FULL = (Aspect.CAPACITY.value, Aspect.CALL_CENTRE.value)
"""The rows in which as many call at once as were promised."""


def _summary(number: str, rows: list[RowResult]) -> Summary:
    full = [row for row in rows if row.aspect in _FULL]
    figures = [row.figures for row in full]
    capacity = [each for each in figures if "reached" in each]
    shown = [row for row in rows if row.aspect == Aspect.SHOWN.value and row.verdict != "skipped"]
    places = [place for row in rows for place in row.places]
    run = [row for row in rows if row.verdict != "skipped"]
    failed = tuple(row.promise for row in rows if row.verdict == "failed")
    answered, seized = (_sum(capacity, name) for name in ("answered", "seized"))
    return Summary(
        number=number,
        services=tuple(dict.fromkeys(row.service for row in rows)),
        verdict="failed" if failed else ("held" if run else "skipped"),
        promised=max((each["promised"] for each in capacity), default=None),
        reached=max((each["reached"] for each in capacity), default=None),
        one_more=_measured(rows, Aspect.ONE_MORE),
        caller_id_in=_measured(rows, Aspect.CALLER_ID),
        caller_id_out=", ".join(dict.fromkeys(row.measured for row in shown if row.measured)),
        places=len(places),
        places_well=sum(place.held for place in places),
        first_response_ms=_longest(rows, "first_response_ms"),
        post_dial_delay_ms=_longest(rows, "post_dial_delay_ms"),
        connect_ms=_longest(full, "connect_ms"),
        answer_seizure_ratio=round(answered / seized, 4) if seized else None,
        left_over=any(not check.held and check.text == LEFT_OVER for row in rows for check in row.checks),
        failed=failed,
    )


def _measured(rows: Iterable[RowResult], aspect: Aspect) -> str:
    return next((row.measured for row in rows if row.aspect == aspect.value and row.measured), "")


def _sum(figures: Iterable[Any], name: str) -> int:
    return sum(each.get(name, 0) for each in figures)


def _longest(rows: Iterable[RowResult], name: str) -> float | None:
    return max((row.figures[name] for row in rows if name in row.figures), default=None)
