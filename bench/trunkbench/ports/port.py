"""One end of the Wire: a `Port` (trunkbench.device) that is exact to the bit."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TYPE_CHECKING

from trunkbench.device import Caps, Event, Fds, LineFault, Mode, Source, TimeBase
from trunkbench.errors import PortError, QueueFull
from trunkbench.ports import faults
from trunkbench.ports.bits import ALARMS
from trunkbench.ports.lanes import ALWAYS, AudioLane, FrameLane
from trunkbench.ports.way import Tap, Way
from trunkbench.spankind import E1, SpanKind
from trunkwire.hdlc import Limits
from trunkwire.ticks import SAMPLE, Tick

if TYPE_CHECKING:
    from trunkbench.ports.wire import Wire

_FCS_OCTETS = 2
_SHORTEST = Limits().min_octets - _FCS_OCTETS
_LONGEST = Limits().max_octets - _FCS_OCTETS


def caps_of(kind: SpanKind) -> Caps:
    """What an end of a line of that kind can do: without a model of the framing no alarm, no fault of it."""
    return Caps(
        modes=frozenset({Mode.FRAMES, Mode.OCTETS}),
        slots=kind.slots,
        alarms=ALARMS if kind.framed else frozenset(),
        faults=faults.KINDS if kind.framed else faults.KINDS - faults.WHOLE_LINE,
        time=TimeBase.EXACT,
    )


class WirePort:
    """One end of a Wire. Its pump calls `poll(now)`, or the Wire's `advance(now)`, before it sends or plays
    at `now`.

    `taps` is a list of callbacks for recorders, see `Tap`.
    """

    caps = caps_of(E1)

    _grid: Tick = SAMPLE
    """Where a slot that is opened while the line runs may begin: at multiples of this."""

    def __init__(self, wire: Wire, name: str, out: Way, into: Way) -> None:
        self.wire = wire
        self.name = name
        self.caps = caps_of(wire.kind)
        self.taps: list[Tap] = []
        self._out = out
        self._in = into
        self._modes: dict[int, Mode] = {}
        self._closed = False
        into.receiver_taps = self.taps
        out.sender_taps = self.taps

    def __repr__(self) -> str:
        return f"<WirePort {self.name}, tick {self.wire.now}>"

    def fds(self) -> Fds:
        """None: the Wire has no descriptors."""
        return ()

    def open(self, slot: int, mode: Mode) -> None:
        """Open a timeslot of the line as FRAMES or OCTETS; once line time runs, from the next E1 frame on.

        Raises PortError if it is open already, or the slot or the mode is not in `caps`.
        """
        self._alive("open a slot")
        if slot not in self.caps.slots:
            last = self.caps.slots[-1]
            raise PortError(f"{self.name} end: there is no timeslot {slot} to open; choose 1 to {last}")
        if mode not in self.caps.modes:
            raise PortError(
                f"{self.name} end, timeslot {slot}: the Wire has no mode {mode.value}; use frames or octets"
            )
        if slot in self._modes:
            raise PortError(f"{self.name} end: timeslot {slot} is open already, as {self._modes[slot].value}")
        wire = self.wire
        since = (wire.now // self._grid + 1) * self._grid if wire.started else ALWAYS
        self._modes[slot] = mode
        self._in.heard_slots.add(slot)
        if mode is Mode.FRAMES:
            self._out.frames[slot] = self._frame_lane(slot, since)
            self._in.listeners[slot] = since
        else:
            self._out.audio[slot] = AudioLane(self._out.idle)
        if slot in self._out.frames or slot in self._out.listeners:
            wire.bits.schedule(wire.now if wire.started else -1)
        wire.changed()

    def send(self, slot: int, frame: bytes) -> None:
        """Put one HDLC frame, without FCS, onto the line behind those already queued.

        Raises PortError for a slot that is not open as FRAMES or a frame that no receiver would take,
        QueueFull when too many frames wait.
        """
        lane = self._out.frames.get(slot)
        if lane is None or self._closed:
            raise self._not_open(slot, Mode.FRAMES, "send")
        if not _SHORTEST <= len(frame) <= _LONGEST:
            raise PortError(
                f"{self.name} end, timeslot {slot}: a frame of {len(frame)} octets cannot be sent; "
                f"HDLC receivers take {_SHORTEST} to {_LONGEST}"
            )
        wire = self.wire
        now = wire.now
        if lane.holds(wire.queue_limit, now):
            raise QueueFull(
                f"{self.name} end, timeslot {slot}: {wire.queue_limit} frames wait for the line, "
                f"which is taken until tick {lane.boundary}; send again when some have gone"
            )
        error = self._out.send(slot, frame, now)
        wire.changed()
        if error is not None:
            self._insert(error)

    def play(self, slot: int, source: Source | None, start: Tick) -> None:
        """Transmit `source` on the slot from tick `start` on; None is silence. Replaces what was planned
        later.

        Raises PortError for a slot that is not open as OCTETS, and for a start in the past or inside an
        octet.
        """
        if self._modes.get(slot) is not Mode.OCTETS or self._closed:
            raise self._not_open(slot, Mode.OCTETS, "play")
        if start % SAMPLE:
            raise PortError(
                f"{self.name} end, timeslot {slot}: tick {start} lies in an octet; use a multiple of {SAMPLE}"
            )
        if start < self.wire.now:
            raise PortError(
                f"{self.name} end, timeslot {slot}: tick {start} has passed, it is {self.wire.now}; "
                "start now or later"
            )
        self._out.audio[slot].play(source, start // SAMPLE)
        self.wire.changed()

    def cas(self, slot: int, abcd: int) -> None:
        """The Wire carries no channel-associated signalling (see `caps`): raises PortError."""
        raise PortError(
            f"{self.name} end, timeslot {slot}: the Wire has no mode cas, so no ABCD bits can be sent"
        )

    def insert(self, fault: LineFault) -> None:
        """Insert a fault (`trunkbench.ports.faults`) into what this end transmits.

        Raises PortError for an unknown kind, wrong arguments, or a start that line time has passed.
        """
        self._alive("insert a fault")
        try:
            self._check(fault)
        except PortError as error:
            raise PortError(f"{self.name} end: {error}") from None
        if fault.start < self.wire.now + self.wire.started:
            raise PortError(
                f"{self.name} end: fault {fault.kind!r} at tick {fault.start} comes too late, it is tick "
                f"{self.wire.now}; schedule it before line time gets there"
            )
        self._insert(fault)

    # What another kind of line does otherwise.

    def _frame_lane(self, slot: int, since: Tick) -> FrameLane:
        return FrameLane(since)

    def _check(self, fault: LineFault) -> None:
        faults.check(fault, self.wire.kind)

    def _insert(self, fault: LineFault) -> None:
        self._out.faults.add(fault)
        self.wire.changed()
        self.wire.bits.schedule(self.wire.now if self.wire.started else -1)

    def promise(self, until: Tick) -> None:
        """Nothing will be sent, played or inserted at either end before tick `until` (`Wire.promise`)."""
        self.wire.promise(until)

    def horizon(self, slot: int) -> Tick:
        """Audio received on the slot is final before this tick: line time now, or what was promised.

        Raises PortError for a slot that is not open.
        """
        if slot not in self._modes or self._closed:
            raise self._not_open(slot, Mode.OCTETS, "listen")
        return self.wire.promised

    def heard(self, slot: int, first: int, n: int) -> bytes:
        """The `n` octets received on the slot from sample `first` on.

        Raises PortError for a slot that is not open, samples beyond the horizon, or before the history.
        """
        if slot not in self._modes or self._closed:
            raise self._not_open(slot, Mode.OCTETS, "listen")
        wire = self.wire
        end = (first + n) * SAMPLE
        if end > wire.promised:
            raise PortError(
                f"{self.name} end, timeslot {slot}: samples {first} to {first + n - 1} are not all here; "
                f"the horizon is tick {wire.promised}, sample {wire.promised // SAMPLE}"
            )
        if first * SAMPLE < wire.now - wire.history:
            raise PortError(
                f"{self.name} end, timeslot {slot}: sample {first} is too old; {wire.history} ticks are kept"
            )
        if wire.bits.wanted:
            wire.bits.reach(end - 1)
        return self._in.received(slot, first, n)

    def expected(self, slot: int, first: int, n: int) -> bytes:
        """The `n` octets put on the line for this end from sample `first` on, those still to come as declared
        by now: for somebody who passes them on. Faults of the slot are in, those of the line are not.
        """
        return self._in.carried(slot, first, n)

    def next_deadline(self) -> Tick | None:
        """The tick of the next event, or at which rendering must begin; None when nothing is on its way."""
        if self._closed:
            return None
        into = self._in
        soonest = into.due[0][0] if into.due else None
        bits = self.wire.bits
        if bits.wanted:
            other = bits.next_deadline(into)
            if soonest is None or (other is not None and other < soonest):
                return other
        return soonest

    def poll(self, now: Tick) -> Iterator[Event]:
        """The events up to and including tick `now`, ordered. Raises PortError if time would run
        backwards."""
        wire = self.wire
        if now != wire.now or not wire.started:
            wire.advance(now)
        into = self._in
        events: list[Event] = []
        due = into.due
        while due and due[0][0] <= now:
            into.arrive(heapq.heappop(due), events)
        if into.shadowed or into.decoded:
            into.pass_decoded(now, events)
        if self._closed:
            events.clear()
        return iter(events)

    def close(self) -> None:
        """Give this end back: it falls silent once what is queued has gone. Idempotent."""
        if self._closed:
            return
        self._closed = True
        start = -(-self.wire.now // SAMPLE)
        for lane in self._out.audio.values():
            lane.play(None, start)
        self.wire.changed()

    def _alive(self, what: str) -> None:
        if self._closed:
            raise PortError(f"{self.name} end: cannot {what}, it was closed; make a new Wire")

    def _not_open(self, slot: int, mode: Mode, what: str) -> PortError:
        if self._closed:
            return PortError(
                f"{self.name} end, timeslot {slot}: cannot {what}, it was closed; make a new Wire"
            )
        state = self._modes[slot].value if slot in self._modes else "closed"
        return PortError(
            f"{self.name} end, timeslot {slot}: cannot {what}, it is {state}; open it as {mode.value} first"
        )
