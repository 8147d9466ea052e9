"""The leased channels of a bench: which there are, when they are connected, and the tests that run on them.

It lives on the pump: hours begin and end at their tick of line time, and tests listen once a second, so that
no port has to keep what they have not heard yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from trunkbench.access.config import digits, nailed_up, time_of_day
from trunkbench.access.services import DAY
from trunkbench.device import TimeBase
from trunkbench.end import ACROSS, EARLY
from trunkbench.leased.channel import EndName, LeasedChannel
from trunkbench.leased.patterntest import Plan
from trunkwire.prbs import O151_15, O152_11, O153_20, Pattern, Sequence
from trunkwire.ticks import SECOND, Tick

if TYPE_CHECKING:
    from trunkbench.access.network import Network
    from trunkbench.bench import Bench
    from trunkbench.end import End
    from trunkbench.leased.patterntest import PatternTest

LISTEN_EVERY: Tick = SECOND

NEAR_ENOUGH = 16
"""Octets, 2 ms: how late a pattern may come on a line of exact time."""


class Leasing:
    """A machine of the pump (`trunkbench.pump.Machine`)."""

    def __init__(self, bench: Bench) -> None:
        self.pump = bench.pump
        self.timeline = bench.timeline
        self.access = bench.config.access
        self.channels: tuple[LeasedChannel, ...] = ()
        self.tests: list[PatternTest] = []
        """Those that go on."""
        self.network: Callable[[], Network | None] = lambda: bench.network
        """The exchange's model, which counts the channels of its trunks."""
        self._exact = all(
            end.port.caps.time is TimeBase.EXACT and end.other is not None for end in bench.trunk.ends
        )
        """Whether nothing is between the ends but a line of exact time."""
        self._starts = 0 if self.access is None else time_of_day(self.access.starts)
        self._next_listen: Tick | None = None
        self._edge: Tick | None = None
        self.channels = tuple(self._channels(bench))

    def begin(self) -> None:
        """Line time begins: connect what is connected at that hour."""
        for test in tuple(self.tests):
            test.stop()
        for channel in self.channels:
            if channel.hours is None:
                channel.wanted, channel.since = True, self.pump.now
            elif channel.wanted:
                channel.give_back()
        self._hours()

    def plan(self, wished: Pattern | None) -> Plan:
        """The pattern for a test, and how far apart those of the channels begin, so that each is known by
        its place.
        """
        # Looped back it comes through two pairs of jitter buffers, and by another axis (`trunkbench.end`).
        early = 0 if self._exact else EARLY
        room = NEAR_ENOUGH if self._exact else EARLY + 2 * ACROSS
        count = 2 * len(self.channels)
        if wished is None:
            wished = next((each for each in (O152_11, O151_15) if each.period // count >= room), O153_20)
        if not isinstance(wished, Sequence) or wished.period // count < room:
            return Plan(wished, 0, room, early)
        return Plan(wished, wished.period // count, room, early)

    def whose(self, mark: int) -> tuple[LeasedChannel, EndName]:
        """The channel and the end whose pattern begins at that mark."""
        return self.channels[mark // 2], "near" if mark % 2 == 0 else "far"

    # -- on the pump --------------------------------------------------------------------------------------

    def next_deadline(self) -> Tick | None:
        """The next time at which hours begin or end, a channel is to be connected, or tests listen."""
        if any(channel.wanted and channel.since is None and channel.is_free for channel in self.channels):
            return self.pump.now
        listen = self._next_listen if self.tests else None
        due = [tick for tick in (self._edge, listen) if tick is not None]
        return min(due) if due else None

    def handle_timer(self, now: Tick) -> None:
        """Connect, disconnect, listen."""
        if self._edge is not None and self._edge <= now:
            self._hours()
        for channel in self.channels:
            if channel.wanted and channel.since is None and channel.is_free:
                self._connect(channel)
        if self.tests and self._next_listen is not None and self._next_listen <= now:
            for test in self.tests:
                test.listen(now)
            self._next_listen = now + LISTEN_EVERY

    def started(self, test: PatternTest) -> None:
        """A test begins: it is to be listened to."""
        self.tests.append(test)
        if self._next_listen is None or self._next_listen <= self.pump.now:
            self._next_listen = self.pump.now + LISTEN_EVERY

    # -- inside -------------------------------------------------------------------------------------------

    def _channels(self, bench: Bench) -> Iterator[LeasedChannel]:
        """Both ends of a timeslot where the bench has them; through a device, those of the same rank."""
        trunk = bench.trunk
        if bench.config.bench.topology == "through-dut":
            here, there = _leased(trunk.near), _leased(trunk.far)
            pairs: list[tuple[tuple[End, int] | None, tuple[End, int] | None]] = [
                (here[n] if n < len(here) else None, there[n] if n < len(there) else None)
                for n in range(max(len(here), len(there)))
            ]
        else:
            pairs = [
                ((end, slot), None if end.other is None else (end.other, slot))
                for end, slot in _leased(trunk.near)
            ]
        for index, (near, far) in enumerate(pairs):
            ends: dict[EndName, tuple[End, int]] = {}
            if near is not None:
                ends["near"] = near
            if far is not None:
                ends["far"] = far
            end, slot = next(iter(ends.values()))
            yield LeasedChannel(self, index, ends, end.leases.hours[slot])

    def _hours(self) -> None:
        """Which channels are to be connected now, and when that changes next."""
        now = self.pump.now
        today = (self._starts + now - self.timeline.epoch) % DAY
        changes: list[Tick] = []
        for channel in self.channels:
            if channel.hours is None:
                continue
            holds = channel.hours.holds(today)
            if holds and not channel.wanted:
                channel.claim()
                if channel.is_free:
                    self._connect(channel)
                else:
                    self._tell(channel, "waits: a call still has it")
            elif channel.wanted and not holds:
                self._disconnect(channel)
            changes += [(edge - today - 1) % DAY + 1 for edge in (channel.hours.begin, channel.hours.end)]
        self._edge = now + min(changes) if changes else None
        self._count(today)

    def _connect(self, channel: LeasedChannel) -> None:
        channel.since = self.pump.now
        self._tell(channel, "connected for data")

    def _disconnect(self, channel: LeasedChannel) -> None:
        for test in [test for test in self.tests if test.channel is channel]:
            test.stop()
        channel.give_back()
        self._tell(channel, "for calls again")

    def _count(self, today: Tick) -> None:
        """The model's trunks have so many channels fewer now."""
        network = self.network()
        if network is None or self.access is None:
            return
        for table in self.access.digital_trunk:
            network.trunk(digits(table.number)).nailed = nailed_up(self.access, table.spans, today)

    def _tell(self, channel: LeasedChannel, what: str) -> None:
        self.timeline.note(self.pump.now, f"leased {channel.name}", what)


def _leased(ends: list[End]) -> list[tuple[End, int]]:
    """Every leased timeslot of those ends that their ports have."""
    return [(end, slot) for end in ends for slot in end.leases.hours if slot in end.port.caps.slots]
