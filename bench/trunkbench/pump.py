"""The pump: one loop that serves every device and machine of a bench.

Rules of the loop:

1. *Sans-I/O.* Machines never read a clock or a socket. The pump asks each for its next deadline, waits on the
   clock for the earliest, and hands out what has become due.
2. *One mutation, then drain.* Whoever mutates a machine drains its outputs before anything else runs.
3. *Order is fixed*: at one tick devices are polled in the order of attachment, then timers of machines, then
   the agenda in the order of booking. Nothing depends on hashes, ids or threads, so the same seed gives the
   same run.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Protocol

from trunkbench.device import Clock, Device, Event
from trunkbench.errors import UsageError
from trunkwire.ticks import Tick


class Machine(Protocol):
    """Anything with timers that lives on the pump."""

    def next_deadline(self) -> Tick | None:
        """When `handle_timer` wants to be called; None for never."""
        ...

    def handle_timer(self, now: Tick) -> None:
        """Do what has become due, and drain the outputs."""
        ...


class Booking:
    """One entry of the agenda; `cancel()` takes it back."""

    __slots__ = ("action", "at")

    def __init__(self, at: Tick, action: Callable[[], None]) -> None:
        self.at = at
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Take the booking back; harmless when it has run."""
        self.action = None


class Pump:
    """Moves line time forward from one event to the next."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.now: Tick = 0
        self.steps = 0
        self._closed = ""
        self._devices: list[tuple[Device, Callable[[Event], None]]] = []
        self._machines: list[Machine] = []
        self._agenda: list[tuple[Tick, int, Booking]] = []
        self._booked = 0
        self._soonest: Tick | None = None
        """When the first machine is due, as it was before the step."""

    def attach(self, device: Device, sink: Callable[[Event], None]) -> None:
        """Serve a device; its events go to `sink`."""
        self._devices.append((device, sink))

    def add(self, machine: Machine) -> None:
        """Serve a machine's timers."""
        self._machines.append(machine)

    def close(self, why: str) -> None:
        """What it served is given back: line time stands still from now on, and `why` says what to do."""
        self._closed = why

    def check_open(self) -> None:
        """Raise UsageError if the pump has been closed."""
        if self._closed:
            raise UsageError(self._closed)

    def at(self, tick: Tick, action: Callable[[], None]) -> Booking:
        """Run `action` at that tick (at the current one if it has passed)."""
        booking = Booking(max(tick, self.now), action)
        self._booked += 1
        heapq.heappush(self._agenda, (booking.at, self._booked, booking))
        return booking

    def bookings(self) -> int:
        """How many bookings are open."""
        return sum(booking.action is not None for _, _, booking in self._agenda)

    def step(self, limit: Tick) -> None:
        """Advance to the next thing that happens, at most to `limit`, and let it happen.

        Raises whatever a handler raises; line time has then already advanced. Raises UsageError when it
        has been closed.
        """
        self.check_open()
        until = self._next(limit)
        fds = [fd for device, _ in self._devices for fd in device.fds()]
        now = self.now = self.clock.wait(until, fds)
        self.steps += 1
        for device, sink in self._devices:
            for event in device.poll(now):
                sink(event)
        # A timer that an event of this step has started runs into a later one, if it is at the same tick.
        if self._soonest is not None and self._soonest <= now:
            for machine in self._machines:
                deadline = machine.next_deadline()
                if deadline is not None and deadline <= now:
                    machine.handle_timer(now)
        agenda = self._agenda
        while agenda and agenda[0][0] <= now:
            action = heapq.heappop(agenda)[2].action
            if action is not None:
                action()

    def _next(self, limit: Tick) -> Tick:
        until = limit
        for device, _ in self._devices:
            deadline = device.next_deadline()
            if deadline is not None and deadline < until:
                until = deadline
        soonest: Tick | None = None
        for machine in self._machines:
            deadline = machine.next_deadline()
            if deadline is not None and (soonest is None or deadline < soonest):
                soonest = deadline
        self._soonest = soonest
        if soonest is not None and soonest < until:
            until = soonest
        agenda = self._agenda
        while agenda and agenda[0][2].action is None:
            heapq.heappop(agenda)
        if agenda and agenda[0][0] < until:
            until = agenda[0][0]
        return max(until, self.now)
