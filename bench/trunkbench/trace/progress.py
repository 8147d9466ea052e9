"""How far reading has come: share, rate and time to go, on standard error, on a terminal, after a second.

rich is imported only when there is something to show. Nobody's output changes by it: where lines of output
and the bar would share the terminal, there is no bar.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

PATIENCE_S = 1.0
"""Work that takes no longer than this shows no progress."""
_INTERVAL_S = 0.2
_STRIDE = 256
"""Steps between two looks at the clock."""


class Progress:
    """Progress over `file`, by the octets that have been read of it; nothing is shown where it is None.

    `step` is called for each thing done; `pause` makes room for a message; `stop` takes the bar away.
    """

    def __init__(self, file: BinaryIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._begin = clock() if file is not None else 0.0
        self._looked = self._begin
        self._steps = 0
        self._total = _size(file) if file is not None else None
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def step(self, count: int = 1) -> None:
        """So many frames more have been read."""
        if self._file is None:
            return
        before = self._steps
        self._steps += count
        if before // _STRIDE != self._steps // _STRIDE:
            self._look()

    def pause(self) -> None:
        """Take the bar away for a message; it comes back with the next step that is due."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def stop(self) -> None:
        """It is over."""
        self.pause()
        self._file = None

    def _look(self) -> None:
        now = self._clock()
        if now - self._begin < PATIENCE_S or now - self._looked < _INTERVAL_S:
            return
        self._looked = now
        if self._bar is None:
            self._bar, self._task = _bar(self._total)
        rate = self._steps / (now - self._begin)
        assert self._task is not None
        self._bar.update(self._task, completed=self._place(), rate=f"{rate:,.0f} frames/s")

    def _place(self) -> int:
        try:
            return self._file.tell() if self._file is not None else 0
        except (OSError, ValueError):
            return 0


def _size(file: BinaryIO) -> int | None:
    """The octets of a file, None for a pipe."""
    try:
        return os.fstat(file.fileno()).st_size if file.seekable() else None
    except (OSError, ValueError, io.UnsupportedOperation):
        return None


def _bar(total: int | None) -> tuple[Bar, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    bar.start()
    return bar, bar.add_task("reading", total=total, rate="")


def wanted(streams: bool) -> bool:
    """Whether a bar may be shown: on a terminal that the output does not share while reading goes on."""
    return sys.stderr.isatty() and not (streams and sys.stdout.isatty())
