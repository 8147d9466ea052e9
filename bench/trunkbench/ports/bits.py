"""The Wire as bits: both directions rendered, harmed, framed, demultiplexed and decoded, where that is
wanted.

Theory of operation. The line is run in windows of whole multiframes, both directions together, because what
one end receives shows in timeslot 0 of what it sends (A and E bits) one multiframe later. A window is run
under the assumption that those bits stay as they are, and cut short behind the first multiframe that changes
them. What lies ahead of line time is run as if nothing more were sent, and run again when something is; so
the tick of the next event is known before it comes. A window is final when line time has passed it.

The line is *clean* while no fault touches it and both framers and all HDLC receivers are in the state that
they would have had without any. At depth "event" bits are run from the multiframe of the first touched bit
until the line is clean again. While it is clean the event trace predicts what will be decoded, and when.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import numpy as np

from trunkbench.device import Alarm, BadFrame, Event, Frame
from trunkbench.ports.framing import Deframer, Framing
from trunkbench.ports.lanes import NEVER
from trunkbench.ports.render import slots_of
from trunkbench.ports.way import Way
from trunkwire.e1 import Received, multiplex, signal
from trunkwire.e1.frame import MULTIFRAME
from trunkwire.e1.mux import CLEAR, Signals
from trunkwire.hdlc import GoodFrame, HdlcEvent, Receiver
from trunkwire.ticks import SAMPLE, SECOND, Tick

ALARMS = frozenset({"LOS", "LOF", "AIS", "RAI"})

RUN_IN = 4 * MULTIFRAME
"""Frames rendered ahead of the first one that counts: 8 ms, in which a framer finds both alignments (G.706
4.2)."""

_LARGEST = 256 * MULTIFRAME  # a clean window
_LOOK_AHEAD = 8 * MULTIFRAME  # 16 ms: how far events are looked for on a disturbed line
_LAG = 2 * SECOND  # how far a clean line may stay behind line time
_OUT_OF_SERVICE = signal(remote_alarm=True, e1=0, e2=0)


@dataclass(slots=True)
class _Receiving:
    """The receiving end of one direction, and what its sending end carries over from one window to the
    next."""

    framer: Deframer
    remainder: int
    """CRC-4 of the last sub-multiframe sent."""
    signal: int
    """What timeslot 0 will say in the next multiframe sent in this direction."""
    receivers: dict[int, Receiver] = field(default_factory=dict)
    shadows: dict[int, Receiver] = field(default_factory=dict)
    """The receivers as they would be without faults, while the line is disturbed."""

    def copy(self) -> _Receiving:
        return _Receiving(
            self.framer.copy(),
            self.remainder,
            self.signal,
            copy.deepcopy(self.receivers),
            copy.deepcopy(self.shadows),
        )

    def undisturbed(self) -> bool:
        """Whether this end is in the state that it would have had without faults.

        A sub-multiframe that was received with errors is found out by the next one only (G.706 4.3.1).
        """
        if self.framer.crc4 and self.framer.remainder != self.remainder:
            return False
        states = (receiver.state == self.shadows[slot].state for slot, receiver in self.receivers.items())
        return self.signal == CLEAR and self.framer.undisturbed() and all(states)


@dataclass(slots=True)
class _State:
    """The line just before E1 frame `frame`."""

    frame: int
    ends: tuple[_Receiving, _Receiving]
    disturbed: bool = False


@dataclass(slots=True)
class _Window:
    """What was run: the state behind it, and for each direction the events in order of ticks."""

    first: int
    after: _State
    events: tuple[list[Event], list[Event]]


class BitLine:
    """Two directions, run as bits from where `schedule` finds that they must be, or `always`."""

    def __init__(self, forth: Way, back: Way, *, framing: Framing, always: bool) -> None:
        self.wanted = always
        """Whether bits are run, or will be."""
        self._ways = (forth, back)
        self._framing = framing
        self._always = always
        self._begin = 0 if always else NEVER // SAMPLE
        self._now: Tick = -1
        self._state: _State | None = None
        self._windows: list[_Window] = []
        self._touched: list[tuple[int, int]] = []
        if always:
            for way in self._ways:
                way.render_from(0)

    # What the Wire calls.

    def schedule(self, now: Tick) -> None:
        """Faults have changed: find out where bits must be run. Everything up to `now` has passed."""
        self._now = now
        self._touched = sorted(touched for way in self._ways for touched in way.touched_frames())
        if self._always or (self._state is not None and self._begin * SAMPLE <= now):
            return
        begin = self._next_touched(now // SAMPLE)
        for way in self._ways:
            way.jump_from(now + 1)
        self.wanted = begin is not None
        if begin is not None:
            begin -= begin % MULTIFRAME
            self._begin = begin
            for way in self._ways:
                way.render_from(max(begin * SAMPLE, now + 1))

    def advance(self, now: Tick) -> None:
        """Line time is `now`: pass on what was decoded up to it."""
        self._now = now
        if now < self._begin * SAMPLE:
            return
        if self._pressing(now):
            self.reach(now)
        for direction, way in enumerate(self._ways):
            for window in self._windows:
                way.decoded.extend(
                    event for event in window.events[direction] if way.passed < event.at <= now
                )
            way.passed = now
        while self._windows and self._windows[0].after.frame * SAMPLE - 1 <= now:
            self._state = self._windows.pop(0).after
        if self._state is not None and self._state.disturbed and self._settled(self._state):
            self._settle(self._state)

    def discard(self, now: Tick) -> None:
        """What is sent behind tick `now` has changed."""
        self._now = now
        keep = [window for window in self._windows if window.after.frame * SAMPLE - 1 <= now]
        dropped = self._windows[len(keep) :]
        if dropped:
            self._windows = keep
            self._forget(dropped[0].first)
        if now < self._begin * SAMPLE:
            self._state = None

    def reach(self, until: Tick) -> None:
        """Run bits up to tick `until`, as if nothing more were sent before it."""
        if until < self._begin * SAMPLE:
            return
        state = self._windows[-1].after if self._windows else self._state
        if state is None:
            state = self._state = self._run_in(self._begin)
        while state.frame * SAMPLE <= until:
            window = self._run(state, self._window_end(state, until))
            self._windows.append(window)
            state = window.after

    def next_deadline(self, way: Way) -> Tick | None:
        """The tick of the next event for the receiving end of `way`, or at which more must be known."""
        if way.decoded:
            return way.decoded[0].at
        if self._now < self._begin * SAMPLE and not self._always:
            return self._begin * SAMPLE
        touched = self._next_touched(self._line_end())
        if not self._is_disturbed() and (touched is None or touched * SAMPLE > self._now):
            predicted = way.shadowed[0][0] if way.shadowed else NEVER
            soonest = min(predicted, NEVER if touched is None else touched * SAMPLE)
            return None if soonest == NEVER else soonest
        direction = self._ways.index(way)
        until = self._now + _LOOK_AHEAD * SAMPLE
        while True:
            for window in self._windows:
                for event in window.events[direction]:
                    if event.at > way.passed:
                        return event.at
            end = self._line_end() * SAMPLE
            if end > until:
                return end
            self.reach(end)

    # Where the line is, and in what state.

    def _line_end(self) -> int:
        """The first frame that was not run."""
        state = self._windows[-1].after if self._windows else self._state
        return self._begin if state is None else state.frame

    def _is_disturbed(self) -> bool:
        """Whether what comes next cannot be predicted from the event trace."""
        state = self._windows[-1].after if self._windows else self._state
        return not self._always if state is None else state.disturbed

    def _pressing(self, now: Tick) -> bool:
        """Whether bits must be run now, or can wait: a clean line without arrivals can."""
        if self._is_disturbed() or now - self._line_end() * SAMPLE > _LAG:
            return True
        if any(way.shadowed and way.shadowed[0][0] <= now for way in self._ways):
            return True
        touched = self._next_touched(self._line_end())
        return touched is not None and touched * SAMPLE <= now

    def _next_touched(self, frame: int) -> int | None:
        """The first frame of the multiframe in which the next fault that ends behind `frame` begins to be
        seen.

        For a fault that has begun before that is `frame` itself.
        """
        begins = [max(frame, first - first % MULTIFRAME) for first, end in self._touched if end > frame]
        return min(begins, default=None)

    def _settled(self, state: _State) -> bool:
        """Whether the line is as if nothing had ever been wrong, and will be so for a while."""
        touched = self._next_touched(state.frame)
        reached = max(state.frame, self._now // SAMPLE + 1)  # line time may be in the window behind the state
        free = touched is None or touched >= reached + RUN_IN + MULTIFRAME
        return free and all(end.undisturbed() for end in state.ends)

    def _settle(self, state: _State) -> None:
        """The line is clean from `state` on."""
        self._windows.clear()
        self._forget(state.frame)
        state.disturbed = False
        for end in state.ends:
            end.shadows.clear()
        if self._always:
            return
        self._state, self._begin, self.wanted = None, NEVER // SAMPLE, False
        self.schedule(self._now)

    def _forget(self, frame: int) -> None:
        for way in self._ways:
            way.forget_rendered(frame)

    # Running.

    def _run_in(self, begin: int) -> _State:
        """The line just before frame `begin`, from a run-in without faults."""
        first = begin - RUN_IN
        clear = np.full(RUN_IN // MULTIFRAME, CLEAR, np.uint8)
        ends = []
        for way in self._ways:
            framer = self._framing.deframer(first)
            slots = slots_of(way, first, RUN_IN, self._framing.octets)
            remainder = self._framing.frame(slots, clear, 0)
            framer.receive(multiplex(slots))
            ends.append(_Receiving(framer, remainder, CLEAR, _receivers(way, begin)))
        return _State(begin, (ends[0], ends[1]))

    def _window_end(self, state: _State, until: Tick) -> int:
        """Where the window that begins at `state` should end: enough for tick `until`, if it can be had at
        once."""
        if state.disturbed:
            return state.frame + (MULTIFRAME << min(len(self._windows), 4))
        wanted = min(until // SAMPLE + 1 - state.frame, _LARGEST)
        end = state.frame + -(-wanted // MULTIFRAME) * MULTIFRAME
        touched = self._next_touched(state.frame)
        return end if touched is None or touched <= state.frame else min(end, touched)

    def _run(self, before: _State, end: int) -> _Window:
        """Run frames `before.frame` … `end` - 1, or as many of them as pass without a change in A or E
        bits."""
        first, n = before.frame, end - before.frame
        ends = (before.ends[0].copy(), before.ends[1].copy())
        touched = self._next_touched(first)
        disturbed = before.disturbed or (touched is not None and touched <= first)
        if disturbed and not before.disturbed:
            for receiving in ends:
                receiving.shadows = copy.deepcopy(receiving.receivers)
        runs = [
            _Run(way, receiving, first, n, self._framing)
            for way, receiving in zip(self._ways, ends, strict=True)
        ]
        forth, back = (run.answers() for run in runs)
        changes = np.flatnonzero((forth[:-1] != ends[1].signal) | (back[:-1] != ends[0].signal))
        if len(changes):
            return self._run(before, first + (int(changes[0]) + 1) * MULTIFRAME)
        for way, receiving, run in zip(self._ways, ends, runs, strict=True):
            if receiving.signal != CLEAR:
                way.signals.update(
                    (first // MULTIFRAME + index, receiving.signal) for index in range(n // MULTIFRAME)
                )
            run.keep_exceptions()
        events = (runs[0].events(shadowed=disturbed), runs[1].events(shadowed=disturbed))
        ends[1].signal, ends[0].signal = int(forth[-1]), int(back[-1])
        return _Window(first, _State(end, ends, disturbed), events)


class _Run:
    """One direction in one window: from what was sent to what was received."""

    def __init__(self, way: Way, receiving: _Receiving, first: int, n: int, framing: Framing) -> None:
        self._way, self._receiving, self._first, self._n = way, receiving, first, n
        self._sent = slots_of(way, first, n, framing.octets)
        signals = np.full(n // MULTIFRAME, receiving.signal, np.uint8)
        receiving.remainder = framing.frame(self._sent, signals, receiving.remainder)
        line = multiplex(self._sent)
        way.faults.spoil(line, first)
        self._served_before = receiving.framer.in_service
        self._received: Received = receiving.framer.receive(line)

    def answers(self) -> Signals:
        """What this receiving end says in timeslot 0 behind each multiframe of the window (G.704 2.3.2,
        2.3.3.4)."""
        rows = np.arange(self._n) + self._first
        served = np.full(self._n, self._served_before)
        for defect in self._received.defects:
            if defect.name == "LOF":
                served[rows >= defect.row] = not defect.on
        at_end = served[MULTIFRAME - 1 :: MULTIFRAME]
        answers: Signals = np.where(at_end, CLEAR, _OUT_OF_SERVICE).astype(np.uint8)
        for errored in self._received.errored:
            index = (errored.row - self._first) // MULTIFRAME
            if at_end[index]:
                answers[index] &= ~np.uint8(1 if errored.half else 2)
        return answers

    def keep_exceptions(self) -> None:
        """Keep what was received where it is not what was sent."""
        differs = (self._received.slots[1:] != self._sent[1:]).any(axis=1)
        for slot in (np.flatnonzero(differs) + 1).tolist():
            if slot in self._way.heard_slots:
                self._way.differs(slot, self._first, self._received.slots[slot].tobytes())

    def events(self, *, shadowed: bool) -> list[Event]:
        """Alarms, and what the HDLC receivers decoded, in order of ticks; at one tick alarms come first."""
        events: list[Event] = [
            Alarm(defect.row * SAMPLE + SAMPLE - 1, defect.name, defect.on)
            for defect in self._received.defects
        ]
        receiving = self._receiving
        for slot, since in sorted(self._way.listeners.items()):
            first = max(self._first, since // SAMPLE)
            skip = first - self._first
            if skip >= self._n:
                continue
            received = self._received.slots[slot, skip:].tobytes()
            events += _decode(self._way, receiving.receivers, slot, received, first)
            if shadowed:
                meant = self._way.hdlc_octets(slot, self._way.declared(slot, first, self._n - skip))
                receiving.shadows.setdefault(slot, Receiver()).receive(meant)
        events.sort(key=lambda event: event.at)
        return events


def _decode(way: Way, receivers: dict[int, Receiver], slot: int, octets: bytes, first: int) -> list[Event]:
    """Feed the receiver of `slot` (a new one if it has none) with what came from frame `first` on."""
    receiver = receivers.setdefault(slot, Receiver())
    bit = way.bit_ticks(slot)
    offset = first * SAMPLE - receiver.position * bit
    decoded = receiver.receive(way.hdlc_octets(slot, octets))
    return [_event(event, slot, event.end_bit * bit - 1 + offset) for event in decoded]


def _event(event: HdlcEvent, slot: int, at: Tick) -> Event:
    if isinstance(event, GoodFrame):
        return Frame(at, slot, event.data)
    return BadFrame(at, slot, event.kind.value, b"")


def _receivers(way: Way, begin: int) -> dict[int, Receiver]:
    """The HDLC receivers of a direction as they are just before frame `begin` on a line without faults."""
    receivers = {}
    for slot, since in way.listeners.items():
        if since // SAMPLE < begin:
            lane = way.frames.get(slot)
            first = begin - RUN_IN if lane is None else lane.flag_before(begin * SAMPLE) // SAMPLE
            first = max(first, since // SAMPLE)
            receivers[slot] = Receiver()
            receivers[slot].receive(way.hdlc_octets(slot, way.carried(slot, first, begin - first)))
    return receivers
