"""What a person sees of an acceptance: progress, a table of the numbers, and each row that did not hold."""

from __future__ import annotations

import sys
import textwrap
from types import TracebackType
from typing import TYPE_CHECKING, Self

from trunkbench.acceptance.report import Report, Summary
from trunkbench.acceptance.result import RowResult

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_MARKS = {"held": "✓", "failed": "✗", "skipped": "–"}


class Watcher:
    """Live progress: a bar on a terminal, a line a row elsewhere."""

    def __init__(self, *, enabled: bool = True) -> None:
        self._enabled = enabled
        self._terminal = enabled and sys.stderr.isatty()
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._total: int | None = None
        self._done = self._failed = 0

    def __enter__(self) -> Self:
        if self._terminal:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            self._progress = Progress(
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[failed]}"),
                TextColumn("{task.description}", markup=False),
                console=Console(stderr=True),
                transient=True,
            )
            self._progress.start()
            self._task = self._progress.add_task("starting", total=None, failed="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def total(self, rows: int) -> None:
        """How many rows there are."""
        self._total = rows
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, total=rows)

    def begins(self, title: str) -> None:
        """A row is being measured."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=title)

    def ends(self, result: RowResult) -> None:
        """A row has been measured."""
        self._done += 1
        self._failed += result.verdict == "failed"
        if self._progress is not None and self._task is not None:
            told = f"{self._failed} failed" if self._failed else ""
            self._progress.update(self._task, completed=self._done, failed=told)
            if result.verdict == "failed":
                self._progress.console.print(row_line(result), markup=False, highlight=False)
        elif self._enabled:
            place = f"[{self._done}/{self._total or '?'}]"
            print(f"accept: {place} {row_line(result)}", file=sys.stderr, flush=True)


def row_line(result: RowResult) -> str:
    """A row in one line: the verdict, the promise, what was measured or why not."""
    told = result.measured if result.verdict == "held" else result.reason.partition("\n")[0]
    return f"{_MARKS[result.verdict]} {result.row}" + (f": {told}" if told else "")


_HEADS = ("number", "service", "calls", "one more hears", "caller ID in", "delay", "ASR", "verdict")


def numbers_table(report: Report, columns: int | None = None) -> str:
    """A row a number, aligned; where that is wider than `columns`, a few lines a number."""
    rows = [_HEADS, *(_row(each) for each in report.summaries())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if columns is not None and sum(widths) + 2 * (len(widths) - 1) > columns:
        return "\n".join(line for row in rows[1:] for line in _narrow(row, columns))
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def _narrow(row: tuple[str, ...], columns: int) -> list[str]:
    """A number with what was measured of it, below one another."""
    number, service, *cells, verdict = row
    texts = [f"{verdict} {number} {service}"]
    texts += [f"  {head}: {cell}" for head, cell in zip(_HEADS[2:-1], cells, strict=True) if cell != "–"]
    return [
        line for text in texts for line in textwrap.wrap(text, max(columns, 20), subsequent_indent="    ")
    ]


def _row(summary: Summary) -> tuple[str, ...]:
    delay, ratio = summary.post_dial_delay_ms, summary.answer_seizure_ratio
    return (
        summary.number,
        ", ".join(summary.services),
        reached(summary),
        summary.one_more.partition(" (")[0] or "–",
        summary.caller_id_in or "–",
        "–" if delay is None else f"{delay:.0f} ms",
        "–" if ratio is None else f"{ratio:.0%}",
        _MARKS[summary.verdict] + (f" {len(summary.failed)} failed" if summary.failed else ""),
    )


def reached(summary: Summary) -> str:
    """The capacity: "30 of 30"."""
    if summary.promised is None:
        return "–"
    return f"{summary.reached} of {summary.promised}"


def story(report: Report, columns: int | None = None) -> str:
    """The table, the rows that failed with their checks, those that were skipped, and the verdict. `columns`
    is how wide the terminal is, where there is one.
    """
    parts = [numbers_table(report, columns)] if report.rows else []
    for row in report.of("failed"):
        parts.append(f"✗ {row.story()}" + (f"\n  artefacts: {row.artifacts}" if row.artifacts else ""))
    skipped: dict[str, list[str]] = {}
    for row in report.of("skipped"):
        skipped.setdefault(row.reason, []).append(row.row)
    for reason, rows in skipped.items():
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        parts.append(f"– {rows[0]}{more}: skipped: {reason}")
    parts += [f"error: {error}" for error in report.errors]
    return "\n".join([*parts, report.headline()])
