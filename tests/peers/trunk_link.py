"""A D channel between two ends: 64 kbit/s in each direction, every frame kept with its ticks.

The simplest line that is true to time: a frame occupies the line for its bits, stuffing and flags included,
and is delivered when its closing flag has passed. One frame waits for the one before. The ends are anything
with `receive(frame, now)`, `handle_timer(now)`, `poll_output() -> bytes | None` and `next_deadline()`.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from trunkwire.hdlc import stuffed_bits

_FLAG_BITS = 8
_MOST_STEPS_AT_ONE_TICK = 10_000


class End(Protocol):
    """One end of the D channel."""

    def receive(self, frame: bytes, now: int) -> None:
        """A frame has arrived."""
        ...

    def handle_timer(self, now: int) -> None:
        """Its deadline has come."""
        ...

    def poll_output(self) -> bytes | None:
        """The next frame to send."""
        ...

    def next_deadline(self) -> int | None:
        """When to call `handle_timer`."""
        ...


@dataclass(frozen=True, slots=True)
class Crossed:
    """A frame that crossed, or that the line lost (`delivered_at` None)."""

    sent_at: int
    delivered_at: int | None
    from_near: bool
    frame: bytes


class TrunkLink:
    """The link of two ends and the loop that runs them; `lose(from_near, frame) -> bool` drops frames."""

    def __init__(self, near: End, far: End, lose: Callable[[bool, bytes], bool] | None = None) -> None:
        self.near, self.far = near, far
        self.now = 0
        self.frames: list[Crossed] = []
        self.lose = lose
        self._free_at = {True: 0, False: 0}
        self._flying: list[tuple[int, int, bool, bytes]] = []
        self._order = 0
        self._steps = 0

    def run_until(self, done: Callable[[], bool], within: int) -> bool:
        """Run until `done()` or for `within` ticks; says whether it was done."""
        end = self.now + within
        self._drain()
        while not done():
            due = self._next()
            if due is None or due > end:
                self.now = end
                return done()
            self._step(due)
        return True

    def run_for(self, ticks: int) -> None:
        """Run for that long."""
        self.run_until(lambda: False, ticks)

    def settle(self, limit: int = 64_000 * 60) -> None:
        """Run until nothing is on the line. Raises RuntimeError at the limit."""
        self._drain()
        if not self.run_until(lambda: not self._flying, limit):
            raise RuntimeError(f"the line is not quiet after {limit} ticks")

    def digest(self) -> str:
        """A fingerprint of all frames with their directions and ticks."""
        text = "\n".join(f"{c.sent_at} {c.delivered_at} {c.from_near} {c.frame.hex()}" for c in self.frames)
        return hashlib.sha256(text.encode()).hexdigest()

    def _next(self) -> int | None:
        times = [deadline for end in (self.near, self.far) if (deadline := end.next_deadline()) is not None]
        if self._flying:
            times.append(self._flying[0][0])
        return max(self.now, min(times)) if times else None

    def _step(self, due: int) -> None:
        self._steps = self._steps + 1 if due == self.now else 0
        if self._steps > _MOST_STEPS_AT_ONE_TICK:
            raise RuntimeError(f"no progress at tick {due}: an end's deadline does not move")
        self.now = due
        while self._flying and self._flying[0][0] <= due:
            _, _, from_near, frame = heapq.heappop(self._flying)
            (self.far if from_near else self.near).receive(frame, due)
            self._drain()
        for end in (self.near, self.far):
            deadline = end.next_deadline()
            if deadline is not None and deadline <= due:
                end.handle_timer(due)
        self._drain()

    def _drain(self) -> None:
        for from_near, end in ((True, self.near), (False, self.far)):
            while (frame := end.poll_output()) is not None:
                self._send(from_near, frame)

    def _send(self, from_near: bool, frame: bytes) -> None:
        start = max(self.now, self._free_at[from_near])
        arrival = start + stuffed_bits(frame) + _FLAG_BITS
        self._free_at[from_near] = arrival
        if self.lose is not None and self.lose(from_near, frame):
            self.frames.append(Crossed(start, None, from_near, frame))
            return
        self.frames.append(Crossed(start, arrival, from_near, frame))
        self._order += 1
        heapq.heappush(self._flying, (arrival, self._order, from_near, frame))
