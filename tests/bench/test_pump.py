"""The pump: one fixed order at a tick, nothing before its time, and bookings that can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from trunkbench.clock import VirtualClock
from trunkbench.device import Event, Fds, Frame
from trunkbench.errors import PortError
from trunkbench.pump import Pump
from trunkwire.ticks import Tick

Log = list[tuple[str, Tick]]


class Fake:
    """A device and a machine in one: due at the ticks given; writes down when it was served."""

    def __init__(self, name: str, log: Log, *due: Tick, fds: Fds = ()) -> None:
        self.name = name
        self.log = log
        self.due = list(due)
        self._fds = fds

    def fds(self) -> Fds:
        """Its descriptors."""
        return self._fds

    def next_deadline(self) -> Tick | None:
        """The first that is due."""
        return self.due[0] if self.due else None

    def poll(self, now: Tick) -> Iterator[Event]:
        """A frame for each that is due."""
        while self.due and self.due[0] <= now:
            yield Frame(self.due.pop(0), 16, self.name.encode())

    def handle_timer(self, now: Tick) -> None:
        """Everything that is due."""
        self.due = [tick for tick in self.due if tick > now]
        self.log.append((self.name, now))

    def close(self) -> None:
        """Nothing to give back."""


class Late(VirtualClock):
    """A clock whose waits end early, as when a descriptor becomes ready."""

    def __init__(self, *ends: Tick) -> None:
        self.ends = list(ends)
        self.asked: list[tuple[Tick, Fds]] = []

    def wait(self, until: Tick, fds: Fds) -> Tick:
        """The next of `ends`, if there is one."""
        self.asked.append((until, fds))
        return self.ends.pop(0) if self.ends else until


@pytest.fixture
def log() -> Log:
    """What was served, and when."""
    return []


def attach(pump: Pump, device: Fake) -> None:
    pump.attach(device, lambda event: device.log.append((device.name, event.at)))


def note(pump: Pump, log: Log, name: str) -> Callable[[], None]:
    return lambda: log.append((name, pump.now))


def test_at_one_tick_devices_come_first_then_machines_then_the_agenda(log: Log) -> None:
    pump = Pump(VirtualClock())
    pump.at(10, note(pump, log, "booked first"))
    pump.at(10, note(pump, log, "booked second"))
    for name in ("machine b", "machine a"):
        pump.add(Fake(name, log, 10))
    for name in ("device b", "device a"):
        attach(pump, Fake(name, log, 10))
    pump.step(100)
    assert pump.now == 10
    assert [name for name, _ in log] == [
        "device b", "device a", "machine b", "machine a", "booked first", "booked second",
    ]  # fmt: skip


def test_a_step_stops_at_what_comes_first_and_at_its_limit(log: Log) -> None:
    pump = Pump(VirtualClock())
    attach(pump, Fake("device", log, 30))
    pump.add(Fake("machine", log, 20))
    pump.at(10, note(pump, log, "booking"))
    for expected in (10, 20, 25, 30, 40):
        pump.step({25: 25, 40: 40}.get(expected, 100))
        assert pump.now == expected
    assert log == [("booking", 10), ("machine", 20), ("device", 30)]
    assert pump.steps == 5


def test_machines_that_are_not_due_are_left_alone(log: Log) -> None:
    pump = Pump(VirtualClock())
    idle, later = Fake("idle", log), Fake("later", log, 11)
    pump.add(idle)
    pump.add(later)
    pump.step(10)
    assert log == []
    pump.step(20)
    assert log == [("later", 11)]


def test_a_booking_for_the_past_runs_at_the_next_step_without_time_going_back(log: Log) -> None:
    pump = Pump(VirtualClock())
    pump.step(50)
    assert pump.at(20, note(pump, log, "late")).at == 50
    pump.step(90)
    assert (pump.now, log) == (50, [("late", 50)])


def test_a_cancelled_booking_neither_runs_nor_holds_up_time(log: Log) -> None:
    pump = Pump(VirtualClock())
    first = pump.at(10, note(pump, log, "cancelled"))
    pump.at(20, note(pump, log, "kept"))
    assert pump.bookings() == 2
    first.cancel()
    assert pump.bookings() == 1
    pump.step(100)
    assert (pump.now, log) == (20, [("kept", 20)])
    assert pump.bookings() == 0
    first.cancel()


def test_a_booking_cancelled_by_another_at_the_same_tick_does_not_run(log: Log) -> None:
    pump = Pump(VirtualClock())
    pump.at(10, lambda: victim.cancel())
    victim = pump.at(10, note(pump, log, "victim"))
    pump.step(100)
    assert (pump.now, log) == (10, [])


def test_what_is_booked_for_now_while_it_is_now_runs_now(log: Log) -> None:
    pump = Pump(VirtualClock())

    def book() -> None:
        log.append(("outer", pump.now))
        pump.at(pump.now, note(pump, log, "inner"))
        pump.at(pump.now + 1, note(pump, log, "next"))

    pump.at(10, book)
    pump.step(100)
    assert log == [("outer", 10), ("inner", 10)]
    pump.step(100)
    assert log[-1] == ("next", 11)


def test_descriptors_of_all_devices_go_to_the_clock_and_its_early_end_is_believed(log: Log) -> None:
    clock = Late(7)
    pump = Pump(clock)
    attach(pump, Fake("one", log, 7, 30, fds=((3, 1),)))
    attach(pump, Fake("two", log, 40, fds=((4, 1), (5, 4))))
    pump.step(100)
    assert clock.asked == [(7, [(3, 1), (4, 1), (5, 4)])]
    clock.ends.append(12)
    pump.step(100)
    assert (pump.now, log) == (12, [("one", 7)])
    pump.step(100)
    assert (pump.now, log[-1]) == (30, ("one", 30))


def test_an_error_of_a_handler_comes_out_and_the_pump_goes_on_afterwards(log: Log) -> None:
    pump = Pump(VirtualClock())

    def burst() -> None:
        raise PortError("gone")

    pump.at(10, burst)
    pump.at(10, note(pump, log, "after"))
    with pytest.raises(PortError, match="gone"):
        pump.step(100)
    assert pump.now == 10
    pump.step(100)
    assert log == [("after", 10)]
