"""Hunting: which line of a group rings next.

Linear begins at the first line every time, circular behind the line taken last, uniform with the line idle
longest; simultaneous rings all that are idle, and whoever answers takes the call that waits longest. A group
never rings a line that is engaged, and rings at most as many calls as it has idle lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from trunkbench.access.lines import Line
from trunkwire.ticks import Tick

Hunting = Literal["linear", "circular", "uniform", "simultaneous"]


class Group:
    """Lines behind one number. It remembers which line it took last (circular)."""

    def __init__(self, lines: Sequence[Line], hunting: Hunting) -> None:
        self.lines = tuple(lines)
        self.hunting: Hunting = hunting
        self._last = -1

    def next(self, tried: Sequence[Line] = ()) -> Line | None:
        """The line that rings now, leaving out those that this call has tried; None: all are engaged."""
        free = [n for n, line in enumerate(self.lines) if line.free and line not in tried]
        if not free:
            return None
        if self.hunting == "circular":
            chosen = next((n for n in free if n > self._last), free[0])
        elif self.hunting == "uniform":
            chosen = min(free, key=lambda n: (self.lines[n].idle_since, n))
        else:
            chosen = free[0]
        self._last = chosen
        return self.lines[chosen]


class RingingPool:
    """The lines of a group that ring together: every idle line rings while a call waits.

    `calls` wait in the order in which they came. The pool itself holds the lines that ring.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = tuple(lines)
        self.calls: list[object] = []

    @property
    def ringing(self) -> list[Line]:
        """The lines that ring now."""
        return [line for line in self.lines if line.holder is self]

    @property
    def has_room(self) -> bool:
        """Whether a line is left for one more call."""
        able = sum(line.holder is self or line.free for line in self.lines)
        return len(self.calls) < able

    def admit(self, call: object) -> None:
        """Let the call ring. Raises ValueError when every line is engaged or spoken for."""
        if not self.has_room:
            raise ValueError("every line of the group is engaged, or rings for another call")
        self.calls.append(call)
        self._ring()

    def answer(self, line: Line, wanted: object | None = None) -> object:
        """The call that this ringing line takes, which holds the line now: the one that it rang for
        (`wanted`) if that waits still, else the one that waits longest.

        Raises ValueError when the line does not ring.
        """
        if line.holder is not self or not self.calls:
            raise ValueError(f"{line.describe()} does not ring")
        call = self.calls.pop(self.calls.index(wanted) if wanted in self.calls else 0)
        line.holder = call
        return call

    def withdraw(self, call: object) -> None:
        """The call does not wait any longer."""
        if call in self.calls:
            self.calls.remove(call)

    def settle(self, now: Tick) -> None:
        """Let lines ring or rest as the calls that wait ask for; to be called after anything has changed."""
        if self.calls:
            self._ring()
        else:
            for line in self.ringing:
                # It was idle all along, as far as anybody who counts idle time is concerned.
                line.holder = None

    def _ring(self) -> None:
        for line in self.lines:
            if line.free:
                line.holder = self
