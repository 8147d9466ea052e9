"""What every end of a span has, whoever's stack runs there: port, trace, and the numbering of channels."""

from __future__ import annotations

from abc import ABC, abstractmethod

from trunkbench.access.leasing import NONE, Leases
from trunkbench.device import Alarm, BadFrame, Event, Frame, Gap, Gone, Mode, Port
from trunkbench.errors import PortError
from trunkbench.pump import Pump
from trunkbench.slips import SLIP
from trunkbench.spanconfig import SpanConfig
from trunkbench.timeline import Timeline
from trunkwire.g711 import Law
from trunkwire.side import Side
from trunkwire.ticks import Tick

UNDERRUN = "underrun"
"""How the cause of a `Gap` begins that concerns what we sent."""

ACROSS = 2000
"""Samples, 250 ms: how late the other end may hear what was sent, through both jitter buffers."""

EARLY = 800
"""Samples, 100 ms: how much earlier it may hear it by its own axis: each port places the first block that it
reads at the moment of reading."""


class End(ABC):
    """What both kinds of end share: the port, the trace, and the numbering of channels."""

    def __init__(
        self,
        index: int,
        config: SpanConfig,
        side: Side,
        port: Port,
        pump: Pump,
        timeline: Timeline,
        *,
        is_near: bool,
        leases: Leases = NONE,
    ) -> None:
        self.index = index
        self.config = config
        self.side = side
        self.port = port
        self.pump = pump
        self.timeline = timeline
        self.is_near = is_near
        self.name = f"{config.name} {'near' if is_near else 'far'} ({side.value} side)"
        self.law = Law(config.law)
        self.gone = False
        """Whether the port's device has vanished."""
        self.lost_samples: dict[int, int] = {}
        """Timeslot -> samples that the port lost on their way to us."""
        self.alarms: set[str] = set()
        """The defects and failures of the line that last, by their names."""
        self.slips: list[Tick] = []
        """When the port reported that its clock and the line's had run apart by a frame (G.822)."""
        self.other: End | None = None
        """The other end of the span, where that is on this bench too."""
        self.unsent: dict[int, list[tuple[int, int]]] = {}
        """Timeslot -> the (first sample, length) stretches that this end did not send in time."""
        self._traced = is_near or config.end == "far"  # one end of each span goes into the trace
        self._d_slot = config.d_channel
        slots = tuple(slot for slot in config.slots if slot in port.caps.slots)
        """A port may carry fewer channels than the line has (a slow serial card): those it has are used."""
        logical = config.channel_numbering == "logical"
        self.leases = leases
        """The timeslots that are connected for data."""
        self.slot_of = {
            (n if logical else slot): slot
            for n, slot in enumerate(sorted(slots), 1)
            if slot not in leases.permanent
        }
        """Channel number on the D channel -> timeslot, of those that carry calls."""
        port.open(self._d_slot, Mode.FRAMES)
        for slot in slots:
            port.open(slot, Mode.OCTETS)
        pump.attach(port, self._event)
        pump.add(self)

    def _event(self, event: Event) -> None:
        match event:
            case Frame():
                if self._traced:
                    self.timeline.frame(event.at, self.index, False, event.data)
                self._received(event.data, self.pump.now)
            case BadFrame():
                self.timeline.note(event.at, self.name, f"bad frame: {event.error}")
            case Alarm():
                (self.alarms.add if event.on else self.alarms.discard)(event.name)
                self.timeline.note(event.at, self.name, f"{event.name} {'on' if event.on else 'off'}")
            case Gap():
                self._gap(event)
            case Gone():
                self._port_gone(event)
            case _:
                self.timeline.note(event.at, self.name, type(event).__name__)

    def _gap(self, gap: Gap) -> None:
        """Samples of ours that were not sent in time, or of the other end that did not reach us; slips."""
        if gap.cause == SLIP:
            self._slip(gap)
            return
        if gap.cause.startswith(UNDERRUN):
            self.unsent.setdefault(gap.slot, []).append((gap.first, gap.n))
        self.lost_samples[gap.slot] = self.lost_samples.get(gap.slot, 0) + gap.n
        self.timeline.note(gap.at, self.name, f"gap of {gap.n} samples on {gap.slot}: {gap.cause}")

    def _slip(self, gap: Gap) -> None:
        """A frame repeated or left out costs one sample of each slot, from which something can be concluded
        all the same. Every slot of the line slips at once, and is told of.
        """
        if self.slips[-1:] != [gap.at]:
            self.slips.append(gap.at)
            self.timeline.note(gap.at, self.name, f"slip of {gap.n} frame{'s' if gap.n > 1 else ''}")

    def not_sent(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        """The (first sample, length) stretches of those samples in which the other end may have heard nothing
        because this one sent nothing in time; the way across is allowed `ACROSS` samples, and the other end's
        axis `EARLY`.
        """
        return [
            (at - EARLY, EARLY + count + ACROSS)
            for at, count in self.unsent.get(slot, ())
            if at - EARLY < first + n and at + count + ACROSS > first
        ]

    def _port_gone(self, event: Gone) -> None:
        """The device has vanished. What it carried ends as with a lost data link; whoever waits is told."""
        if self.gone:
            return
        self.gone = True
        self.timeline.note(event.at, self.name, f"the port has gone: {event.reason}")
        carried = self._link_gone()
        raise PortError(f"{self.name}: the port has gone: {event.reason}{carried}")

    def _transmit(self, frame: bytes) -> None:
        if self.gone:
            return
        if self._traced:
            self.timeline.frame(self.pump.now, self.index, True, frame)
        self.port.send(self._d_slot, frame)

    @abstractmethod
    def _received(self, frame: bytes, now: Tick) -> None: ...

    @abstractmethod
    def _link_gone(self) -> str:
        """Let the stack know that the line is gone; what it carried, for the message (or nothing)."""

    @abstractmethod
    def start(self, now: Tick) -> None:
        """Begin to bring the data link up."""

    @property
    @abstractmethod
    def in_service(self) -> bool:
        """Whether the data link is established."""

    @abstractmethod
    def next_deadline(self) -> Tick | None:
        """When `handle_timer` is due."""

    @abstractmethod
    def handle_timer(self, now: Tick) -> None:
        """Let the timers that are due expire, and send what they ask for."""

    @abstractmethod
    def audit(self) -> list[str]:
        """What is not idle; [] when nothing is held."""

    @abstractmethod
    def close(self) -> None:
        """Give the port back. Idempotent."""
