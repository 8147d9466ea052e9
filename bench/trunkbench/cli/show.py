"""What a person sees of a run: progress while it goes on, a table of calls, and the verdict."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from trunkwire.q931.causes import Cause
from trunkwire.ticks import seconds

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from trunkbench.bench import Bench
    from trunkbench.scenarios import Result


class Watcher:
    """Live progress of one scenario: a bar on a terminal, a line a stage elsewhere."""

    def __init__(self, name: str, *, enabled: bool = True) -> None:
        self._name = name
        self._enabled = enabled
        self._terminal = enabled and sys.stderr.isatty()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._terminal:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TextColumn("{task.fields[line_time]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._progress.start()
            self._task = self._progress.add_task(self._name, total=None, line_time="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, bench: Bench, what: str, done: int, total: int) -> None:
        """One stage of the scenario has been reached."""
        if not self._enabled:
            return
        line_time = f"{seconds(bench.now):8.3f} s of line time"
        if self._progress is None or self._task is None:
            print(f"{self._name}: {line_time}: {what} ({done} of {total})", file=sys.stderr, flush=True)
            return
        self._progress.update(
            self._task,
            description=f"{self._name}: {what}",
            completed=done,
            total=total,
            line_time=line_time,
        )
        bench.progress = self._step

    def _step(self, bench: Bench) -> None:
        """Between stages: how many calls are up, and the time."""
        if self._progress is None or self._task is None:
            return
        up = sum(bool(call.active) for exchange in (bench.near, bench.far) for call in exchange.calls)
        self._progress.update(
            self._task, line_time=f"{seconds(bench.now):8.3f} s of line time, {up // 2} calls talking"
        )


_COLUMNS = (
    ("caller", "caller"),
    ("called", "called"),
    ("from", "from"),
    ("span", "span"),
    ("channel", "ch"),
    ("active", "active (s)"),
    ("outcome", "outcome"),
    ("cause", "cause"),
    ("decided_by", "by"),
    ("heard", "heard"),
)

_FOLDED = 4
"""So many calls in a row that fared alike are shown as one row."""

_WIDTH = 100


def calls_table(calls: Sequence[Mapping[str, Any]], *, fold: bool = True) -> str:
    """The calls as an aligned table, with the causes that occur in it explained.

    With `fold`, calls in a row that fared alike are one row: all their callers and channels, and the time
    in which all of them were active.
    """
    groups: list[list[Mapping[str, Any]]] = []
    for _, group in groupby(calls, _fate):
        alike = list(group)
        groups += [alike] if fold and len(alike) >= _FOLDED else [[call] for call in alike]
    rows = [[head for _, head in _COLUMNS]]
    rows += [[_cell(group, key) for key, _ in _COLUMNS] for group in groups]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    widths[-1] = max(13, min(widths[-1], _WIDTH - sum(width + 2 for width in widths[:-1])))
    lines = []
    for row in rows:
        *cells, heard = row
        first, *more = _wrapped(heard, widths[-1])
        padded = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False))
        lines.append(f"{padded}  {first}".rstrip())
        lines += [" " * (len(padded) + 2) + line for line in more]
    lines.insert(1, "  ".join("─" * width for width in widths))
    causes = sorted({call["cause"] for call in calls if call["cause"] is not None})
    return "\n".join([*lines, *(f"cause {cause_text(cause)}" for cause in causes)])


def _fate(call: Mapping[str, Any]) -> str:
    """Equal for calls of which a reader wants to know no more than which they were."""
    told = {
        key: call[key] for key in ("called", "from", "span", "outcome", "cause", "decided_by", "cleared_by")
    }
    return repr((told, [_sound(sound) for sound in call["heard"]], call["active_from_s"] is None))


def _cell(group: Sequence[Mapping[str, Any]], key: str) -> str:
    call = group[0]
    if key == "active":
        starts, ends = ([each[edge] for each in group] for edge in ("active_from_s", "active_to_s"))
        if starts[0] is None:
            return "–"
        end = "" if None in ends else f"{min(ends):.3f}"
        return f"{max(starts):.3f}–{end}"
    if key == "channel":
        return _ranges([each["channel"] for each in group if each["channel"] is not None]) or "–"
    if key == "caller" and len(group) > 1:
        return f"{call['caller']}–{group[-1]['caller']} ({len(group)})"
    if key == "heard":
        return ", ".join(_sound(sound) for sound in call["heard"]) or "–"
    value = call[key]
    return "–" if value is None else str(value)


def _ranges(numbers: Sequence[int]) -> str:
    """1, 2, 3, 5 as "1–3,5"."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines of that width, broken between sounds where it can be."""
    lines = [""]
    for word in text.split(", "):
        joined = f"{lines[-1]}, {word}" if lines[-1] else word
        if len(joined) <= width or not lines[-1]:
            lines[-1] = joined
        else:
            lines[-1] += ","
            lines.append(word)
    return lines


def cause_text(value: int | None) -> str:
    """A cause with its meaning."""
    if value is None:
        return "–"
    try:
        return f"{value} {Cause(value).meaning}"
    except ValueError:
        return str(value)


def _sound(sound: Mapping[str, Any]) -> str:
    text = str(sound["kind"])
    if sound["freq_hz"] is not None and sound["kind"] != "ident":
        text += f" {sound['freq_hz']:.0f} Hz"
        if sound["on_ms"] and sound["off_ms"]:
            text += f" {sound['on_ms']:.0f}/{sound['off_ms']:.0f}"
    return f"{text} ({sound['via']})"


def verdict_lines(result: Result) -> list[str]:
    """The checks and the verdict."""
    lines = [
        f"  {'✓' if check.held else '✗'} {check.text}" + (f": {check.detail}" if check.detail else "")
        for check in result.checks
    ]
    lines += [f"  note: {note}" for note in result.notes]
    lines += [f"  latency: {told}" for told in result.latency.lines()]
    speed = seconds(result.line_time) / result.wall_s if result.wall_s else 0.0
    first_line = result.reason.partition("\n")[0]
    lines.append(f"{result.scenario}: {result.verdict.upper()}" + (f": {first_line}" if first_line else ""))
    line_time = seconds(result.line_time)
    lines.append(
        f"  {line_time:.1f} s of line time in {result.wall_s:.2f} s ({speed:.0f} × real time), "
        f"depth {result.depth}, seed {result.seed}, digest {result.digest}"
    )
    return lines
