"""A pattern on one leased channel, in every direction of which the bench has an end.

Each channel and end sends the same sequence from another place on. So what arrives says whose it is: that of
the other end, of a channel that was crossed, or its own, looped back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkbench.ear import first_sample
from trunkbench.leased.verdict import LeasedVerdict, judge
from trunkwire.prbs import BLOCK, OCTETS_A_SECOND, Pattern, PatternMeter, pattern_source
from trunkwire.ticks import SAMPLE, Tick

if TYPE_CHECKING:
    from trunkbench.leased.channel import EndName, LeasedChannel
    from trunkbench.pump import Pump

LOOK: Tick = BLOCK * SAMPLE
"""How often a condition listens: every block of the meter."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent: a pattern, and by how many octets those of neighbours are apart (0: all are alike).

    `room` is how many octets late it may come, counted from `early` octets before it could.
    """

    pattern: Pattern
    spacing: int
    room: int
    early: int = 0


class Direction:
    """What arrives at one end of the channel."""

    def __init__(self, test: PatternTest, end: EndName, speaker: EndName, start: int) -> None:
        self.test = test
        self.end = end
        self.speaker = speaker
        self.start = self.at = start
        self.ear = test.channel.ear(end)
        self.meter = PatternMeter(test.plan.pattern)
        self.missing = 0
        """Octets of which the ports cannot say what became of them."""
        self.synchronised: Tick | None = None
        self.disturbed: Tick | None = None

    @property
    def name(self) -> str:
        """Such as "near to far"."""
        return "looped back" if self.speaker == self.end else f"{self.speaker} to {self.end}"

    def listen(self, now: Tick) -> None:
        """Everything that has arrived by now and will not change any more."""
        until = self.ear.final(now)
        while self.at < until:
            # Block by block until the pattern has come, so that this is known at its tick.
            step = BLOCK if self.meter.origin is None else OCTETS_A_SECOND
            n = min(step, until - self.at)
            lost = self.ear.lost(self.at, n)
            if lost:
                begin = max(lost[0][0], self.at)
                n = begin - self.at
                if not n:
                    self._skip(min(lost[0][0] + lost[0][1], until) - self.at)
                    continue
            if n:
                self.meter.receive(self.ear.octets(self.at, n))
                self.at += n
            self._note()

    def _skip(self, n: int) -> None:
        self.meter.skip(n)
        self.missing += n
        self.at += n

    def _note(self) -> None:
        if self.synchronised is None and self.meter.origin is not None:
            self.synchronised = self.at * SAMPLE
        meter = self.meter
        if self.disturbed is None and (meter.errors or meter.slips or meter.losses):
            self.disturbed = self.at * SAMPLE


class PatternTest:
    """Sends from the moment that it is made, until `stop`."""

    def __init__(self, channel: LeasedChannel, plan: Plan, pump: Pump) -> None:
        self.channel = channel
        self.plan = plan
        self.verdicts: list[LeasedVerdict] = []
        """What was found, once it was stopped."""
        self._stopped = False
        start = first_sample(pump.now)
        for n, end in enumerate(("near", "far")):
            if end in channel.ends:
                ahead = -(2 * channel.index + n) * plan.spacing
                channel.send(pattern_source(plan.pattern, ahead), end=end)
        speakers = tuple(channel.ends)
        listeners = speakers[::-1]  # where there is one end only, it hears itself
        self.directions = tuple(
            Direction(self, end, speaker, start) for speaker, end in zip(speakers, listeners, strict=True)
        )
        channel.leasing.started(self)

    @property
    def synchronised(self) -> Synchronised:
        """A condition: the pattern has come at every end."""
        return Synchronised(self)

    @property
    def disturbed(self) -> Disturbed:
        """A condition: something was wrong after it had come, a bit error, a slip or an interruption."""
        return Disturbed(self)

    @property
    def stopped(self) -> bool:
        """Whether it is over."""
        return self._stopped

    def listen(self, now: Tick) -> None:
        """Take in what has arrived by now."""
        if not self._stopped:
            for direction in self.directions:
                direction.listen(now)

    def stop(self) -> list[LeasedVerdict]:
        """End it: the channel falls idle. The verdict of each direction; the same ones when asked again.

        Raises UsageError when the bench has been closed meanwhile.
        """
        if not self._stopped:
            leasing = self.channel.leasing
            leasing.pump.check_open()
            self.listen(leasing.pump.now)
            self._stopped = True
            leasing.tests.remove(self)
            for end in self.channel.ends:
                self.channel.send(None, end=end)
            for direction in self.directions:
                direction.meter.flush()
                self.verdicts.append(judge(direction))
        return self.verdicts


class _Heard:
    """What both conditions have in common."""

    def __init__(self, test: PatternTest) -> None:
        self._test = test

    def failed(self) -> str | None:
        """Nothing more comes when the test is over."""
        return f"the test of {self._test.channel.name} was stopped" if self._test.stopped else None

    def next_look(self, now: Tick) -> Tick | None:
        """The end of the block that is going on."""
        return (now // LOOK + 1) * LOOK


class Synchronised(_Heard):
    """Every direction has found the pattern."""

    def check(self, upto: Tick) -> Tick | None:
        """The tick at which the last direction found it."""
        self._test.listen(upto)
        found = [direction.synchronised for direction in self._test.directions]
        ticks = [tick for tick in found if tick is not None and tick <= upto]
        return max(ticks) if len(ticks) == len(found) else None

    def describe(self) -> str:
        """Where the pattern has not come yet."""
        waiting = [each.name for each in self._test.directions if each.synchronised is None]
        where = f" (not yet: {', '.join(waiting)})" if waiting else ""
        return f"the pattern arrives on leased channel {self._test.channel.name}{where}"


class Disturbed(_Heard):
    """One direction at least has seen something wrong."""

    def check(self, upto: Tick) -> Tick | None:
        """The tick at which that was known."""
        self._test.listen(upto)
        found = [direction.disturbed for direction in self._test.directions]
        ticks = [tick for tick in found if tick is not None and tick <= upto]
        return min(ticks) if ticks else None

    def describe(self) -> str:
        """Which channel."""
        return f"a disturbance on leased channel {self._test.channel.name}"
