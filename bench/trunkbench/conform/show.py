"""What a person sees of a conformance run: progress, a table of groups, and each case that did not pass."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from trunkbench.conform.case import CaseResult, Summary, Verdict

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Watcher:
    """Live progress: a bar on a terminal, a line a group elsewhere."""

    def __init__(self, *, enabled: bool = True) -> None:
        self._enabled = enabled
        self._terminal = enabled and sys.stderr.isatty()
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._counts = dict.fromkeys(Verdict, 0)
        self._group = ""

    def __enter__(self) -> Self:
        if self._terminal:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TextColumn("{task.fields[told]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._progress.start()
            self._task = self._progress.add_task("conform", total=None, told="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, result: CaseResult, done: int, total: int) -> None:
        """One case is over."""
        self._counts[result.verdict] += 1
        if not self._enabled:
            return
        told = f"{self._counts[Verdict.FAIL]} failed, {self._counts[Verdict.INCONCLUSIVE]} inconclusive"
        if self._progress is not None and self._task is not None:
            self._progress.update(
                self._task, description=result.case.group, completed=done, total=total, told=told
            )
        elif result.case.group != self._group or done == total:
            self._group = result.case.group
            print(f"conform: {done} of {total}: {self._group}: {told}", file=sys.stderr, flush=True)


def group_table(summary: Summary) -> str:
    """The groups, and how many of their cases have which verdict, as an aligned table."""
    rows: list[tuple[str, ...]] = [("group", "cases", "pass", "fail", "inconclusive")]
    for group, counts in summary.by_group().items():
        rows.append(
            (group, str(sum(counts.values())), *(str(counts[v]) if counts[v] else "–" for v in Verdict))
        )
    totals = [summary.count(verdict) for verdict in Verdict]
    rows.append(("all", str(sum(totals)), *(str(count) if count else "–" for count in totals)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if not index else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    rule = "  ".join("─" * width for width in widths)
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def account(result: CaseResult, *, ladder: bool) -> str:
    """A case as a person reads it: what it is for, what came of it, by which frame, and how it went."""
    case = result.case
    lines = [
        f"{case.id}  {case.path}: {result.verdict.value.upper()}",
        f"  {case.purpose} ({case.clause})",
    ]
    if result.reason:
        lines.append(f"  {result.reason}")
    if result.frame is not None:
        at = result.records[result.frame].at_ns / 1e9
        lines.append(f"  decided by frame {result.frame + 1} at {at:.6f} s: {result.decided_by}")
    lines += [f"  note: {note}" for note in result.notes]
    if ladder:
        lines += ["", *("  " + line for line in result.ladder().rstrip().splitlines()), ""]
    return "\n".join(lines)


def closing(summary: Summary, asked: int, name: str, wall_s: float) -> str:
    """The last line: what all came to, of the cases that were asked for."""
    passed, failed, open_ = (summary.count(verdict) for verdict in Verdict)
    total = len(summary.results)
    line_time_s = sum(result.line_time_s for result in summary.results)
    if failed:
        verdict = f"{failed} of {total} cases failed"
    elif open_:
        verdict = f"no case failed, {open_} of {total} gave no verdict"
    else:
        verdict = f"all {total} cases passed"
    if total < asked:
        verdict = f"broken off, {total} of {asked} cases were run: {verdict}"
    tail = f" ({passed} passed, {open_} inconclusive)" if failed else ""
    return f"{name}: {verdict}{tail}; {line_time_s:.0f} s of line time in {wall_s:.1f} s"
