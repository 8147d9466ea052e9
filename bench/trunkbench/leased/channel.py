"""One leased channel: a timeslot of a span that is connected for data, permanently or at certain hours.

Nothing is signalled on it. While it is connected, call control at our ends of the span has no such channel.
A semi-permanent channel on which a call is still up when its hours begin is connected when that call is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from trunkbench.conditions import When
from trunkbench.ear import Ear, TrunkFeed, first_sample
from trunkbench.errors import UsageError
from trunkbench.leased.patterntest import PatternTest
from trunkbench.span import SpanEnd
from trunkwire.prbs import Pattern, pattern_named
from trunkwire.q931.channels import ChannelState
from trunkwire.ticks import SAMPLE, Tick

if TYPE_CHECKING:
    from trunkbench.access.services import Hours
    from trunkbench.device import Source
    from trunkbench.end import End
    from trunkbench.leased.leasing import Leasing

EndName = Literal["near", "far"]


class LeasedChannel:
    """`ends` are those that the bench serves, by their names; with one only, what is beyond loops back."""

    def __init__(
        self, leasing: Leasing, index: int, ends: dict[EndName, tuple[End, int]], hours: Hours | None
    ) -> None:
        self.leasing = leasing
        self.index = index
        self.ends = ends
        self.hours = hours
        """When it is connected; None: for good."""
        first, self.channel = next(iter(ends.values()))
        self.span: str = first.config.name
        self.wanted = False
        """Whether it is to be connected now."""
        self.since: Tick | None = None
        """Since when it has been connected; None while it is not."""

    @property
    def name(self) -> str:
        """Such as "E1:31": span and timeslot."""
        return f"{self.span}:{self.channel}"

    def party(self, end: EndName) -> str:
        """Who sends there, such as "far E1:31"; through a device the far end has another timeslot."""
        if end not in self.ends:
            return f"{end} {self.name}"
        span, slot = self.ends[end]
        return f"{end} {span.config.name}:{slot}"

    @property
    def connected(self) -> When:
        """Whether it is connected now; something to wait for, too."""
        return When(f"leased channel {self.name} is connected", lambda: self.since, lambda: None)

    def send(self, source: Source | int | None, *, end: EndName = "near") -> None:
        """Send this into the channel at that end: a source of octets, one octet over and over, or nothing.

        Raises UsageError for an end that is not the bench's, and while the channel is not connected.
        """
        span, slot = self._end(end)
        self.must_be_connected()
        if isinstance(source, int):
            octet = bytes((source,))
            span.port.play(slot, lambda _first, n: octet * n, self._next())
        else:
            span.port.play(slot, source, self._next())

    def heard(self, first: int, n: int, *, end: EndName = "far") -> bytes:
        """`n` octets that arrived at that end from sample `first` of the line on (sample 0 is at tick 0)."""
        span, slot = self._end(end)
        return span.port.heard(slot, first, n)

    def test(self, pattern: Pattern | str | None = None) -> PatternTest:
        """Send a pattern at every end of the bench's from now on, and measure what arrives at each.

        By default it is O.152's 2^11-1, or a longer one where so many channels and such a delay need it.
        Raises UsageError while the channel is not connected or is under test, and for a pattern that there is
        not.
        """
        self.must_be_connected()
        if any(test.channel is self for test in self.leasing.tests):
            raise UsageError(f"leased channel {self.name} is under test already: stop() that test first")
        if isinstance(pattern, str):
            try:
                pattern = pattern_named(pattern)
            except ValueError as error:
                raise UsageError(str(error)) from None
        return PatternTest(self, self.leasing.plan(pattern), self.leasing.pump)

    def must_be_connected(self) -> None:
        """Raise UsageError unless it is."""
        self.leasing.pump.check_open()
        if self.since is None:
            raise UsageError(f"leased channel {self.name} is not connected: {self.why_not()}")

    def why_not(self) -> str:
        """Why it is not connected now."""
        if self.wanted:
            return "a call still has it"
        return "it is connected at certain hours only ([[access.leased]] hours), and this is none of them"

    def ear(self, end: EndName) -> Ear:
        """What arrives at that end."""
        span, slot = self._end(end)
        ear = Ear(span.law)
        ear.connect(TrunkFeed(span.port, slot, span.other), self.leasing.pump.now)
        return ear

    # -- what the hours do --------------------------------------------------------------------------------

    def claim(self) -> None:
        """Its hours begin: no call gets it any more."""
        self.wanted = True
        for control, number in self._controls():
            control.channels.lease(number)

    @property
    def is_free(self) -> bool:
        """Whether no call has it any more at either end."""
        states = [control.channels.state(number) for control, number in self._controls()]
        return all(state is ChannelState.LEASED for state in states)

    def give_back(self) -> None:
        """Its hours are over: it is for calls again."""
        self.wanted, self.since = False, None
        for end in self.ends:
            span, slot = self.ends[end]
            span.port.play(slot, None, self._next())
        for control, number in self._controls():
            control.channels.end_lease(number)

    # -- inside -------------------------------------------------------------------------------------------

    def _controls(self) -> list[tuple[Any, int]]:
        """Call control at each end that has one, and the number that it knows the channel by."""
        found = []
        for span, slot in self.ends.values():
            if isinstance(span, SpanEnd):
                found += [(span.control, number) for number, each in span.slot_of.items() if each == slot]
        return found

    def _end(self, end: EndName) -> tuple[End, int]:
        if end not in self.ends:
            raise UsageError(f"leased channel {self.name}: the bench does not serve its {end} end")
        return self.ends[end]

    def _next(self) -> Tick:
        return first_sample(self.leasing.pump.now) * SAMPLE
