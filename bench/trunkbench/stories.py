"""Stories: coroutines that go on side by side on one pump, each waiting for a condition or a moment.

A story is an ordinary `async def`; what it awaits is a `Wait`. There is no event loop behind it but the pump,
so stories run in a fixed order: those whose moment has come by tick and then by the order of waiting, then
those whose condition holds in the order of waiting. What one story does may let others go on at the same
tick: line time moves only when none can. A wait that fails raises CallFailed in the story, at its `await`.
"""

from __future__ import annotations

import heapq
import inspect
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from trunkbench.conditions import Condition, Elapsed, condition_of
from trunkbench.errors import CallFailed, UsageError
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

    def __post_init__(self) -> None:
        """Raises UsageError for what is no condition."""
        condition_of(self.condition)

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
        self._resumed = 0
        self._results: list[Any] = []

    def wait(self, wait: Wait) -> None:
        """Run until one wait is over. Raises CallFailed when it fails."""
        self._add(_Waiting(wait))
        self._drive()

    def run(self, stories: Sequence[Story]) -> list[Any]:
        """Run the stories; what they returned, in their order. The first error of one ends all.

        Raises UsageError for what is no story, and for a story that awaits anything but a `Wait`.
        """
        self._results = [None] * len(stories)
        try:
            for story in stories:
                if not inspect.iscoroutine(story):
                    raise UsageError(
                        f"{story!r} is no story: call an `async def` function and give what it returns"
                    )
            for index, story in enumerate(stories):
                self._resume(story, index)
            self._drive()
        except BaseException as error:
            for note in end_all(stories):
                error.add_note(note)
            raise
        return self._results

    def _drive(self) -> None:
        pump = self._pump
        while True:
            while self._go_on_at(pump.now):
                pass
            if not self._waiting and not self._sleeping:
                return
            if self._fail_at(pump.now):
                continue
            pump.step(self._limit(pump.now))
            if self._watch is not None:
                self._watch()

    def _go_on_at(self, now: Tick) -> bool:
        """Let every story go on whose wait is over; whether there was one."""
        before = self._resumed
        while self._sleeping and self._sleeping[0][0] <= now:
            self._go_on(heapq.heappop(self._sleeping)[2])
        for entry in tuple(self._waiting):
            if entry.wait.condition.check(now) is not None:
                self._waiting.remove(entry)
                self._go_on(entry)
        return self._resumed > before

    def _fail_at(self, now: Tick) -> bool:
        """Tell the first story whose wait has failed; whether there was one.

        A plain wait raises CallFailed.
        """
        for entry in self._waiting:
            wait = entry.wait
            reason = wait.condition.failed()
            if reason is None and wait.deadline is not None and now >= wait.deadline:
                reason = f"not within {wait.within}"
            if reason is not None:
                self._waiting.remove(entry)
                self._go_on(entry, self._failure(entry, reason))
                return True
        return False

    def _limit(self, now: Tick) -> Tick:
        """The tick at which to look again at the latest."""
        limit = self._sleeping[0][0] if self._sleeping else FOREVER
        for entry in self._waiting:
            wait = entry.wait
            if wait.deadline is not None and wait.deadline < limit:
                limit = wait.deadline
            look = wait.condition.next_look(now)
            if look is not None and look < limit:
                limit = max(look, now)
        return limit

    def _failure(self, entry: _Waiting, reason: str) -> CallFailed:
        who = f"{_name(entry.story)}: " if entry.story is not None else ""
        at = f"at {seconds(self._pump.now - self._epoch):.3f} s of line time"
        return CallFailed(f"{who}{entry.wait.condition.describe()}: {reason} ({at})\n{self._explain()}")

    def _go_on(self, entry: _Waiting, failure: CallFailed | None = None) -> None:
        self._resumed += 1
        if entry.story is not None:
            self._resume(entry.story, entry.index, failure)
        elif failure is not None:
            raise failure

    def _resume(self, story: Story, index: int, failure: CallFailed | None = None) -> None:
        """Let a story go on to its next wait; one whose condition holds already goes on at once."""
        while True:
            try:
                wait = story.send(None) if failure is None else story.throw(failure)
            except StopIteration as stop:
                self._results[index] = stop.value
                return
            failure = None
            if not isinstance(wait, Wait):
                raise UsageError(
                    f"{_name(story)} awaits {wait!r}: a story can await bench.until(…) and bench.sleep(…)"
                )
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


def end_all(stories: Sequence[Story]) -> list[str]:
    """End the stories that have not: every `finally` block runs. What went wrong in them, a line each."""
    found = []
    for story in filter(inspect.iscoroutine, stories):
        try:
            story.close()
        except BaseException as error:
            found.append(f"and when {_name(story)} was ended for that: {error!r}")
    return found


def _name(story: Story) -> str:
    return str(getattr(story, "__qualname__", "story"))
