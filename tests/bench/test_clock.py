"""Clocks: the virtual one jumps and refuses descriptors, the paced one keeps the host's time, exactly."""

from __future__ import annotations

import itertools
import os
import select
import time
from collections.abc import Callable, Iterator

import pytest

from trunkbench import Bench
from trunkbench.build import Ends
from trunkbench.clock import PacedClock, VirtualClock
from trunkbench.device import Fds, Port
from trunkbench.errors import PortError
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.stage import Stage
from trunkwire.ticks import MILLISECOND, SECOND

MakeBench = Callable[..., Bench]


class HostTime:
    """A monotonic clock that stands still unless it is told or asked often."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 1000.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe with something to read."""
    ends = os.pipe()
    os.write(ends[1], b"x")
    yield ends
    for end in ends:
        os.close(end)


def test_the_virtual_clock_ends_every_wait_at_once() -> None:
    clock = VirtualClock()
    assert clock.wait(10**12, ()) == 10**12
    assert not clock.paced


def test_the_virtual_clock_refuses_descriptors_as_infrastructure() -> None:
    with pytest.raises(PortError, match="clock = 'paced'") as refused:
        VirtualClock().wait(10, [(0, select.POLLIN)])
    assert refused.value.exit_code == 5


def test_a_device_with_descriptors_cannot_be_opened_on_virtual_time(make_bench: MakeBench) -> None:
    class WithDescriptor:
        def __init__(self, port: Port) -> None:
            self._port = port

        def fds(self) -> Fds:
            return [(0, select.POLLIN)]

        def __getattr__(self, name: str) -> object:
            return getattr(self._port, name)

    with pytest.raises(PortError, match="file descriptors"):
        make_bench(ends=Ends(wrap_far=WithDescriptor))  # type: ignore[arg-type]


def test_the_paced_clock_begins_with_its_first_wait_and_tells_how_late_it_is() -> None:
    host = HostTime()
    clock = PacedClock(monotonic=host)
    assert clock.paced
    assert clock.wait(0, ()) == 0
    host.now += 0.25
    assert clock.wait(SECOND // 8, ()) == SECOND // 8
    assert clock.latest == SECOND // 8
    assert clock.wait(SECOND // 4, ()) == SECOND // 4
    assert clock.latest == 0


def test_speed_scales_the_host_s_time() -> None:
    host = HostTime()
    clock = PacedClock(monotonic=host, speed=100)
    clock.wait(0, ())
    host.now += 0.5
    assert clock.wait(50 * SECOND, ()) == 50 * SECOND
    assert clock.latest == 0


def test_a_ready_descriptor_ends_the_wait_early_at_the_time_of_day(pipe: tuple[int, int]) -> None:
    host = HostTime(step=1 / 128)
    clock = PacedClock(monotonic=host)
    clock.wait(0, ())
    assert clock.wait(3600 * SECOND, [(pipe[0], select.POLLIN)]) == 3 * SECOND // 128


def test_a_wait_never_ends_after_what_was_asked_for(pipe: tuple[int, int]) -> None:
    times = itertools.chain([0.0, 0.0, 0.999], itertools.repeat(1.5))
    clock = PacedClock(monotonic=lambda: next(times))
    clock.wait(0, ())
    assert clock.wait(SECOND, [(pipe[0], select.POLLIN)]) == SECOND


def test_the_paced_clock_does_wait() -> None:
    clock = PacedClock()
    clock.wait(0, ())
    began = time.monotonic()
    assert clock.wait(20 * MILLISECOND, ()) == 20 * MILLISECOND
    assert time.monotonic() - began > 0.015


@pytest.mark.parametrize("name", ["busy-tone", "restart"])
def test_paced_and_virtual_leave_the_same_timeline(make_bench: MakeBench, name: str) -> None:
    digests = []
    for clock in (VirtualClock(), PacedClock(monotonic=HostTime(step=1.0), speed=1000)):
        bench = make_bench(clock=clock)
        stage = Stage(bench)
        SCENARIOS[name].play(stage)
        assert all(check.held for check in stage.checks)
        digests.append((bench.digest(), bench.now))
    assert digests[0] == digests[1]


def test_a_call_at_twenty_times_real_time(make_bench: MakeBench) -> None:
    began = time.monotonic()
    bench = make_bench(clock=PacedClock(speed=20))
    bench.far.number("300").answers(after="500ms")
    call = bench.near.dial("300")
    bench.run_until(call.active, within="5s")
    call.hang_up()
    bench.run_until(call.cleared, within="5s")
    assert time.monotonic() - began >= bench.pump.now / SECOND / 20
    assert bench.audit() == []


def test_the_config_chooses_the_clock(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(make_bench().pump.clock, VirtualClock)
    monkeypatch.setattr(PacedClock, "wait", lambda clock, until, fds: until)
    assert isinstance(make_bench(bench='clock = "paced"').pump.clock, PacedClock)
