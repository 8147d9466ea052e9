"""The armed timers of all calls of one D channel (Q.931 clause 9).

Each timer has one duration, so those armed later expire later: a timer's owners stand in a dictionary in
the order of expiry, and starting or stopping one touches nothing else. Nothing stale is ever left behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from trunkwire.q931.procedure import Timer
from trunkwire.ticks import Tick


class Owner(Protocol):
    """What a timer belongs to: a call or a restart machine. It carries its own armed timers."""

    armed: dict[Timer, Tick]


class TimerBank:
    """The running timers; `now` must not go backwards from one call to the next."""

    def __init__(self, durations: Mapping[Timer, Tick]) -> None:
        self._durations = dict(durations)
        self._queues: dict[Timer, dict[Owner, Tick]] = {timer: {} for timer in durations}
        self._next: Tick | None = None
        self._stale = False

    def start(self, timer: Timer, owner: Owner, now: Tick) -> None:
        """Start the timer, or start it anew."""
        deadline = now + self._durations[timer]
        if timer in owner.armed:
            self.stop(timer, owner)
        self._queues[timer][owner] = deadline
        owner.armed[timer] = deadline
        if self._next is None or deadline < self._next:
            self._next = deadline

    def stop(self, timer: Timer, owner: Owner) -> None:
        """Stop the timer; one that is not running stays so."""
        deadline = owner.armed.pop(timer, None)
        if deadline is not None:
            del self._queues[timer][owner]
            if deadline == self._next:
                self._stale = True

    def stop_all(self, owner: Owner) -> None:
        """Stop every timer of the owner."""
        if owner.armed:
            for timer in tuple(owner.armed):
                self.stop(timer, owner)

    def next_deadline(self) -> Tick | None:
        """The tick at which the first running timer expires."""
        if self._stale:
            firsts = [next(iter(queue.values())) for queue in self._queues.values() if queue]
            self._next = min(firsts) if firsts else None
            self._stale = False
        return self._next

    def expire(self, now: Tick) -> tuple[Timer, Owner] | None:
        """Take the first timer that is due at `now` out of the bank; of several due at one tick, that of the
        lowest number, and of its owners the one that started first.
        """
        deadline = self.next_deadline()
        if deadline is None or deadline > now:
            return None
        for timer, queue in self._queues.items():
            if queue:
                owner, first = next(iter(queue.items()))
                if first == deadline:
                    self.stop(timer, owner)
                    return timer, owner
        raise AssertionError("the earliest deadline belongs to a queue")

    def running(self) -> list[tuple[Timer, Owner, Tick]]:
        """Everything that runs, by timer and then by deadline."""
        return [(timer, owner, at) for timer, queue in self._queues.items() for owner, at in queue.items()]
