"""Clocks: where line time comes from (docs/design.md, "Line time").

`VirtualClock` jumps: nothing waits, so a run is exact and as fast as the machine. `PacedClock` follows the
host's monotonic clock with one selector. A clock never says a tick later than the one it was asked to wait
for, so that every timer of the stack fires on its own tick in both.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable

from trunkbench.device import Fds
from trunkbench.errors import PortError
from trunkwire.ticks import SECOND, Tick


class VirtualClock:
    """Time is free: every wait ends at once, at the tick asked for."""

    paced = False

    def wait(self, until: Tick, fds: Fds) -> Tick:
        """`until`. Raises PortError if a device has file descriptors: they live in real time."""
        if fds:
            raise PortError(
                "a device with file descriptors cannot run on the virtual clock; "
                "set clock = 'paced' in [bench]"
            )
        return until


class PacedClock:
    """One second of line time takes one second (or 1/`speed` of it)."""

    paced = True

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic, speed: float = 1.0) -> None:
        self._monotonic = monotonic
        self._speed = speed
        self._start: float | None = None
        self.latest: Tick = 0
        """How many ticks late the latest wait ended, as far as the host's clock can tell."""

    def wait(self, until: Tick, fds: Fds) -> Tick:
        """Wait for `until` or for a descriptor; the tick now, at most `until`."""
        if self._start is None:
            self._start = self._monotonic()
        poller = select.poll()
        for fd, mask in fds:
            poller.register(fd, mask)
        while True:
            now = self._now()
            if now >= until:
                self.latest = now - until
                return until
            remaining_ms = (until - now) / SECOND / self._speed * 1000
            if poller.poll(remaining_ms):
                return min(self._now(), until)

    def _now(self) -> Tick:
        assert self._start is not None
        return int((self._monotonic() - self._start) * SECOND * self._speed)


class CardClock:
    """Line time is the sample count of one card: the reference.

    `counted` gives the reference's line time as of its latest block. Between two blocks the host's clock
    fills in, but never beyond the end of the block that is under way, so time neither jumps nor runs back.
    """

    paced = True

    def __init__(
        self,
        counted: Callable[[], Tick],
        *,
        block: Tick,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._counted = counted
        self._block = block
        self._monotonic = monotonic
        self._base: Tick = 0
        self._base_at = 0.0
        self._now: Tick = 0

    def wait(self, until: Tick, fds: Fds) -> Tick:
        """Wait for `until` or for a descriptor; the tick now, at most `until`."""
        now = self._look()
        if now >= until:
            return until
        poller = select.poll()
        for fd, mask in fds:
            poller.register(fd, mask)
        # Time only moves on when a block is read, so never sleep past the next one.
        poller.poll(min(until - now, self._block) / SECOND * 1000)
        return min(self._look(), until)

    def _look(self) -> Tick:
        counted, at = self._counted(), self._monotonic()
        if counted != self._base:
            self._base, self._base_at = counted, at
        passed = int((at - self._base_at) * SECOND)
        self._now = max(self._now, self._base + min(passed, self._block - 1))
        return self._now
