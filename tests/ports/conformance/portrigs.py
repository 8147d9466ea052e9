"""What the conformance suite runs on: two ports of a back end joined by a line, and how time passes there.

A `Rig` is one back end's pair. What it and its ports can do is declared (`Traits`, `means`), so that a case
that does not apply is known, with its reason, before anything is opened; the suite checks the declared
capabilities against the ports' own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from trunkbench.clock import VirtualClock
from trunkbench.device import Caps, Clock, Event, Fds, Frame, LineFault, Mode, Port
from trunkbench.errors import PortError, QueueFull
from trunkbench.ports.wire import Depth, Wire, WirePort
from trunkbench.pump import Pump
from trunkwire.g711 import Law
from trunkwire.ticks import SAMPLE, SECOND, Tick

D_SLOT = 16
MS: Tick = SECOND // 1000

STUCK_POLLS = 50
"""A deadline that so many polls in a row leave where it is, at or before the present, never goes away."""

MEANS = {
    "harm": "the line can be cut, or filled with ones",
    "vanish": "the device can be taken away",
    "starve": "what nobody reads in time is lost",
    "mixed": "the ends may open a timeslot in different modes",
}
"""What can be done to a rig from outside; a case that needs more than a rig has is skipped with this."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What one end of a rig declares: its capabilities, the longest frame it carries, whether it counts
    samples (`Counting`), and whether it tells of bad frames.
    """

    caps: Caps
    longest: int
    counts: bool
    tells_bad: bool


class RigEnd:
    """One port, as a device on the rig's pump, with everything that its polls have said."""

    def __init__(self, name: str, port: Port, traits: Traits) -> None:
        self.name = name
        self.port = port
        self.traits = traits
        self.asleep = False
        """Nobody polls the port while this is set."""
        self.polls: list[tuple[Tick, list[Event]]] = []
        """(now, events) of every poll that had any."""
        self.problems: list[str] = []
        """Where the port broke a rule that holds in every case."""
        self._latest: Tick = 0
        self._stuck = 0

    @property
    def events(self) -> list[Event]:
        """Every event so far."""
        return [event for _, events in self.polls for event in events]

    def frames(self, slot: int = D_SLOT) -> list[bytes]:
        """The good frames received on a slot."""
        return [event.data for event in self.events if isinstance(event, Frame) and event.slot == slot]

    def fds(self) -> Fds:
        """The port's, while it is polled."""
        return () if self.asleep else self.port.fds()

    def next_deadline(self) -> Tick | None:
        """The port's, while it is polled."""
        return None if self.asleep else self.port.next_deadline()

    def poll(self, now: Tick) -> Iterator[Event]:
        """The port's events; they are kept, and the order of their ticks is checked."""
        if self.asleep:
            return iter(())
        events = list(self.port.poll(now))
        for event in events:
            if not self._latest <= event.at <= now:
                self.problems.append(f"{event} was told at tick {now}, behind one at {self._latest}")
            self._latest = max(self._latest, event.at)
        if events:
            self.polls.append((now, events))
        deadline = self.port.next_deadline()
        self._stuck = self._stuck + 1 if deadline is not None and deadline <= now else 0
        if self._stuck == STUCK_POLLS:
            self.problems.append(f"{STUCK_POLLS} polls have left the deadline at {deadline}; it is {now}")
        return iter(events)

    def close(self) -> None:
        """The port's."""
        self.port.close()


class Rig(ABC):
    """Two ports joined by a line. `folder` is for what a back end has to put somewhere."""

    name: ClassVar[str]
    title: ClassVar[str]
    near_traits: ClassVar[Traits]
    far_traits: ClassVar[Traits]
    means: ClassVar[frozenset[str]]
    audio_slots: ClassVar[tuple[int, ...]] = tuple(slot for slot in range(1, 32) if slot != D_SLOT)
    here: ClassVar[bool] = True
    """Whether it can run wherever the suite runs; otherwise it is named by `--port-pair`."""
    opening: ClassVar[Tick] = 0
    """How long a timeslot takes to be in use once it was opened."""
    warm_up: ClassVar[Tick] = 400 * MS
    """How long after being opened slots carry audio both ways."""
    most_delay: ClassVar[Tick] = 200 * MS
    """By how much audio may arrive later than it was played; 0 where time is exact."""

    def __init__(self, folder: Path, *, history: Tick | None = None) -> None:
        self.folder = folder
        self.history = history
        self.pump = Pump(self.make_clock())
        near, far = self.connect()
        self.near = RigEnd("near", near, self.near_traits)
        self.far = RigEnd("far", far, self.far_traits)
        for end in self.ends:
            self.pump.attach(end, _kept)

    @property
    def ends(self) -> tuple[RigEnd, RigEnd]:
        """Both ends."""
        return self.near, self.far

    @property
    def ways(self) -> Sequence[tuple[RigEnd, RigEnd]]:
        """(sending end, receiving end), both ways."""
        return (self.near, self.far), (self.far, self.near)

    @property
    def now(self) -> Tick:
        """Line time."""
        return self.pump.now

    # -- what a back end provides -------------------------------------------------------------------------

    def make_clock(self) -> Clock:
        """The clock of the pump: by default time is free."""
        return VirtualClock()

    @abstractmethod
    def connect(self) -> tuple[Port, Port]:
        """Make the two ports, and attach to the pump what stands between them."""

    def disconnect(self) -> None:  # noqa: B027  # most rigs have nothing behind their ports
        """Give back what `connect` has made, behind the ports."""

    # -- what cases do ------------------------------------------------------------------------------------

    def open(self, slot: int, mode: Mode) -> None:
        """Open a slot at both ends, and let time pass until it is in use."""
        for end in self.ends:
            end.port.open(slot, mode)
        if self.opening:
            self.run(self.opening)

    def open_audio(self, *slots: int) -> None:
        """Open slots for audio at both ends, and let time pass until they carry it."""
        for slot in slots:
            for end in self.ends:
                end.port.open(slot, Mode.OCTETS)
        self.run(self.opening + self.warm_up)

    def run(self, duration: Tick) -> None:
        """Let so much time pass."""
        limit = self.pump.now + duration
        while self.pump.now < limit:
            self.pump.step(limit)

    def run_until(self, condition: Callable[[], bool], within: Tick) -> bool:
        """Let time pass until the condition holds; whether it came to hold in time."""
        limit = self.pump.now + within
        while not condition():
            if self.pump.now >= limit:
                return False
            self.pump.step(min(limit, self.pump.now + 20 * MS))
        return True

    def soon(self) -> Tick:
        """A tick from which on audio can be played: ahead of what jitter buffers have sent already."""
        ahead = self.pump.now + (self.most_delay if self.most_delay else SAMPLE)
        return -(-ahead // SAMPLE) * SAMPLE

    def carry(self, near: Sequence[bytes] = (), far: Sequence[bytes] = (), slot: int = D_SLOT) -> None:
        """Send the frames of both ends, as fast as the queues take them, until all of them have arrived.

        Fails unless they arrive in order and intact, with nothing else among them.
        """
        ways = [(self.near, self.far, list(near)), (self.far, self.near, list(far))]
        before = [len(receiver.frames(slot)) for _, receiver, _ in ways]
        octets = sum(len(frame) + 6 for _, _, frames in ways for frame in frames)
        limit = self.pump.now + 2 * SECOND + 3 * octets * SAMPLE
        left = [list(frames) for _, _, frames in ways]

        def arrived(index: int) -> list[bytes]:
            return ways[index][1].frames(slot)[before[index] :]

        while any(left) or any(len(arrived(index)) < len(ways[index][2]) for index in (0, 1)):
            for index, (sender, _, _) in enumerate(ways):
                while left[index] and sent(sender, slot, left[index][0]):
                    del left[index][0]
            assert self.pump.now < limit, "; ".join(
                self.missing(receiver, arrived(index), frames)
                for index, (_, receiver, frames) in enumerate(ways)
            )
            self.pump.step(min(limit, self.pump.now + 5 * MS))
        self.run(20 * MS)
        for index, (_, _, frames) in enumerate(ways):
            assert arrived(index) == frames

    @staticmethod
    def missing(receiver: RigEnd, got: Sequence[bytes], frames: Sequence[bytes]) -> str:
        """Which of those frames an end has not got, and what else it has told of."""
        lacking = [
            f"{number} ({len(frame)} octets)" for number, frame in enumerate(frames) if frame not in got
        ]
        others = [event for event in receiver.events if not isinstance(event, Frame)]
        return (
            f"the {receiver.name} end has {len(got)} of {len(frames)} frames, not {', '.join(lacking)}; "
            f"otherwise it told of {others[:5]}"
        )

    def close(self) -> None:
        """Close both ports, then what stands between them."""
        for end in self.ends:
            end.port.close()
        self.disconnect()


class Harming(ABC):
    """A rig with the means "harm"."""

    @abstractmethod
    def harm(self, end: RigEnd, kind: str, duration: Tick) -> None:
        """Have a fault of the line ("cut" or "ais") in what `end` transmits for that long, beginning soon."""


class Vanishing(ABC):
    """A rig with the means "vanish"."""

    @abstractmethod
    def vanish(self) -> None:
        """Take the far end's device away."""


class Starving(ABC):
    """A rig with the means "starve"."""

    @abstractmethod
    def starving_time(self) -> Tick:
        """For how long nobody may read the far end before something is lost."""


HOW = {"harm": Harming, "vanish": Vanishing, "starve": Starving}
"""What a rig that declares a means has to be."""


def sent(end: RigEnd, slot: int, frame: bytes) -> bool:
    """Send a frame; False when the queue is full."""
    try:
        end.port.send(slot, frame)
    except QueueFull:
        return False
    return True


def _kept(event: Event) -> None:
    """The end that told of the event has kept it."""


class LoopbackRig(Rig, Harming):
    """The two ends of a Wire, by event jump."""

    name = "loopback"
    title = "software loopback"
    near_traits = far_traits = Traits(WirePort.caps, longest=2046, counts=False, tells_bad=True)
    means = frozenset({"harm", "mixed"})
    warm_up = 0
    most_delay = 0
    depth: ClassVar[Depth] = "event"

    def connect(self) -> tuple[Port, Port]:
        """A Wire has two ends already."""
        history = self.history or 3600 * SECOND
        wire = Wire(law=Law.ALAW, depth=self.depth, history=history)
        return wire.near, wire.far

    def harm(self, end: RigEnd, kind: str, duration: Tick) -> None:
        """The Wire's own fault."""
        end.port.insert(LineFault(kind, self.now + MS, duration))


class BitsRig(LoopbackRig):
    """The two ends of a Wire whose bits are all rendered and decoded."""

    name = "loopback-bits"
    title = "software loopback, every bit rendered"
    depth = "bits"


def refused(action: Callable[..., object], *arguments: object) -> str:
    """The text of the PortError that the action ends in, or "" if it does not."""
    try:
        action(*arguments)
    except PortError as error:
        return str(error)
    return ""


def assert_names(text: str, end: RigEnd, slot: int) -> None:
    """A message names the port and the timeslot."""
    assert f"timeslot {slot}" in text, text
    assert end.port.name in text, text  # type: ignore[attr-defined]
