"""Stories: coroutines that go on side by side on one pump, each waiting for a condition or a moment.

A story is an ordinary `async def`; what it awaits is a `Wait`. There is no event loop behind it but the pump,
so stories run in a fixed order: those whose moment has come by tick and then by the order of waiting, then
those whose condition holds in the order of waiting.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from trunkbench.conditions import Condition, Elapsed
from trunkbench.errors import CallFailed
from trunkbench.pump import Pump
from trunkwire.ticks import Duration, Tick, seconds

FOREVER: Tick = 1 << 62

Story = Coroutine["Wait", None, Any]


@dataclass(slots=True)
class Wait:
    """What a story awaits: a condition, and the tick by which it must hold (None: no limit)."""

    condition: Condition
    deadline: Tick | None = None
    within: Duration | None = None

    def __await__(self) -> Generator[Wait, None, None]:
        yield self


@dataclass(slots=True)
class _Waiting:
    wait: Wait
    story: Story | None = None
    index: int = 0


class Driver:
    """Runs stories, or one plain wait, to their end.

    `explain` gives the table of who is where for a wait that has failed; `epoch` is the tick from which line
    time is told; `watch` is called after every step.
    """

    def __init__(
        self, pump: Pump, epoch: Tick, explain: Callable[[], str], watch: Callable[[], None] | None
    ) -> None:
        self._pump = pump
        self._epoch = epoch
        self._explain = explain
        self._watch = watch
        self._waiting: list[_Waiting] = []
        self._sleeping: list[tuple[Tick, int, _Waiting]] = []
        self._count = 0
        self._results: list[Any] = []

    def wait(self, wait: Wait) -> None:
        """Run until one wait is over. Raises CallFailed when it fails."""
        self._add(_Waiting(wait))
        self._drive()

    def run(self, stories: Sequence[Story]) -> list[Any]:
        """Run the stories; what they returned, in their order. The first error of one ends all."""
        self._results = [None] * len(stories)
        try:
            for index, story in enumerate(stories):
                self._resume(story, index)
            self._drive()
        finally:
            for story in stories:
                story.close()
        return self._results

    def _drive(self) -> None:
        pump = self._pump
        while True:
            now = pump.now
            while self._sleeping and self._sleeping[0][0] <= now:
                self._go_on(heapq.heappop(self._sleeping)[2])
            for entry in tuple(self._waiting):
                if entry.wait.condition.check(now) is not None:
                    self._waiting.remove(entry)
                    self._go_on(entry)
            if not self._waiting and not self._sleeping:
                return
            pump.step(self._limit(now))
            if self._watch is not None:
                self._watch()

    def _limit(self, now: Tick) -> Tick:
        """The tick at which to look again at the latest. Raises CallFailed when a wait has failed."""
        limit = self._sleeping[0][0] if self._sleeping else FOREVER
        for entry in self._waiting:
            wait = entry.wait
            reason = wait.condition.failed()
            if reason is not None:
                raise self._failure(entry, reason)
            if wait.deadline is not None:
                if now >= wait.deadline:
                    raise self._failure(entry, f"not within {wait.within}")
                limit = min(limit, wait.deadline)
            look = wait.condition.next_look(now)
            if look is not None and look < limit:
                limit = max(look, now)
        return limit

    def _failure(self, entry: _Waiting, reason: str) -> CallFailed:
        who = f"{getattr(entry.story, '__qualname__', 'story')}: " if entry.story is not None else ""
        at = f"at {seconds(self._pump.now - self._epoch):.3f} s of line time"
        return CallFailed(f"{who}{entry.wait.condition.describe()}: {reason} ({at})\n{self._explain()}")

    def _go_on(self, entry: _Waiting) -> None:
        if entry.story is not None:
            self._resume(entry.story, entry.index)

    def _resume(self, story: Story, index: int) -> None:
        """Let a story go on to its next wait; one whose condition holds already goes on at once."""
        while True:
            try:
                wait = story.send(None)
            except StopIteration as stop:
                self._results[index] = stop.value
                return
            if wait.condition.check(self._pump.now) is None:
                self._add(_Waiting(wait, story, index))
                return

    def _add(self, entry: _Waiting) -> None:
        condition = entry.wait.condition
        if isinstance(condition, Elapsed):
            self._count += 1
            heapq.heappush(self._sleeping, (condition.at, self._count, entry))
        else:
            self._waiting.append(entry)
