"""Both directions of a span in the order of time.

Each direction is worked on in portions of its own, and what is held until a stream is recognised comes out
of it at once. So the items of a span wait until every direction of it is known up to their time; but for no
direction longer than `PATIENCE_NS` of line time, since one that has stopped is known no further.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Protocol

from trunkbench.trace.inputs.options import Item

PATIENCE_NS = 1_000_000_000
"""Line time for which a direction is waited for: more than any portion that is worked on at once."""
_SLACK_NS = 2_000_000
"""A multiframe of an E1 (G.704 2.3.3): how far a framer may look back."""
HELD = 65536
"""Items that wait at most."""


class Line(Protocol):
    """One direction of a span."""

    @property
    def known_ns(self) -> int:
        """The time up to which the line has been worked on: no later item is of before."""


class Merged:
    """The items of one span."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._waiting: list[tuple[int, int, Item]] = []
        self._count = 0

    def join(self, line: Line, instead_of: Line | None = None) -> None:
        """One more direction, or one that takes the place of another."""
        self._lines = [one for one in self._lines if one is not instead_of]
        self._lines.append(line)

    def keep(self, items: Iterable[Item]) -> None:
        """Items of one direction."""
        for item in items:
            self._count += 1
            heappush(self._waiting, (getattr(item, "at_ns", 0), self._count, item))

    def ripe(self) -> list[Item]:
        """The items that none of before can follow any more."""
        if not self._waiting:
            return []
        if len(self._lines) < 2:
            return self.all()
        known = [line.known_ns for line in self._lines]
        limit = max(min(known) - _SLACK_NS, max(known) - PATIENCE_NS)
        items = []
        while self._waiting and (self._waiting[0][0] <= limit or len(self._waiting) > HELD):
            items.append(heappop(self._waiting)[2])
        return items

    def all(self) -> list[Item]:
        """Every item that waits."""
        items = [item for _, _, item in sorted(self._waiting, key=lambda entry: entry[:2])]
        self._waiting.clear()
        return items
