"""A line that the server offers: one end of a Wire, with the timeslots that clients have open on it."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable

from trunkbench.device import Alarm, Event, Frame, Mode
from trunkbench.e1dserver.timeslot import DataSlot, idle
from trunkbench.ports.e1dproto import IDLE, OPEN_STATUS, LineMode, TsInfo, TsMode
from trunkbench.ports.wire import Wire, WirePort
from trunkwire.ticks import SAMPLE, SECOND, Tick

PERIOD_SAMPLES = 160
"""Octets are moved every 20 ms, or more often when a client has asked for smaller chunks."""

SHORTEST_PERIOD = 16

HISTORY: Tick = 10 * SECOND
"""How long a wire of the server keeps its trace: nobody looks back further."""

SETTLE: Tick = 16
"""So long after a timeslot was opened on the Wire, no frame finds its receiver still hunting for a flag."""

Carrier = Callable[[int, Mode], Mode]
"""Has a timeslot opened on the Wire, in that mode unless it is already; the mode that it has."""


class Line:
    """One line of an interface. `carrier` opens timeslots of the Wire."""

    def __init__(self, port: WirePort, carrier: Carrier) -> None:
        self.port = port
        self.mode = LineMode.CHANNELIZED
        self.sa_bits = 0xFF
        self.slots: dict[int, DataSlot] = {}
        self.counters: Counter[str] = Counter()
        self.notify: Callable[[Alarm], None] = lambda alarm: None
        self.closed: Callable[[int], None] = lambda fd: None
        """Told the descriptor of a data socket just before it is closed."""
        self.opened: Callable[[int], None] = lambda slot: None
        """Told of a timeslot that a client has opened."""
        self._carrier = carrier
        self._next: Tick | None = None

    # -- what the control protocol asks for ---------------------------------------------------------------

    def info(self, slot: int) -> TsInfo:
        """What TS_QUERY tells of a timeslot."""
        open_slot = self.slots.get(slot)
        if open_slot is None:
            return TsInfo(slot, TsMode.OFF, 0, 0, 0)
        return TsInfo(slot, open_slot.mode, 0, open_slot.bufsize, OPEN_STATUS)

    def open(self, slot: int, mode: TsMode, bufsize: int, now: Tick) -> tuple[DataSlot, int]:
        """Open a timeslot that is closed; it, and the client's end of the data socket. Raises OSError."""
        carried = self._carrier(slot, Mode.FRAMES if mode is TsMode.HDLCFCS else Mode.OCTETS)
        kind = socket.SOCK_SEQPACKET if mode is TsMode.HDLCFCS else socket.SOCK_STREAM
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        opened = DataSlot(slot, mode, bufsize, self.port, carried, ours, self.counters, now, now + SETTLE)
        self.slots[slot] = opened
        self.opened(slot)
        if opened.by_sample:
            if self._next is None:
                self._next = now
            else:  # join the others: idle until they are served next
                opened.serve(now // SAMPLE, self._next // SAMPLE)
        return opened, theirs.detach()

    def close_slot(self, slot: int, now: Tick) -> None:
        """Close a timeslot; harmless if it is closed."""
        opened = self.slots.pop(slot, None)
        if opened is not None:
            self.closed(opened.sock.fileno())
            opened.close(now)
            if not any(other.by_sample for other in self.slots.values()):
                self._next = None

    def close(self, now: Tick) -> None:
        """Close every timeslot."""
        for slot in list(self.slots):
            self.close_slot(slot, now)

    # -- as line time passes ------------------------------------------------------------------------------

    def received(self, event: Event) -> None:
        """An event of the Wire at this end."""
        if isinstance(event, Alarm):
            self.notify(event)
        elif isinstance(event, Frame):
            opened = self.slots.get(event.slot)
            if opened is not None and not opened.deliver(event.data):
                self.close_slot(event.slot, event.at)

    def next_deadline(self) -> Tick | None:
        """When octets have to be moved next, or a frame tried again that found the line full."""
        held = any(opened.held is not None for opened in self.slots.values())
        soon = self.port.wire.now + SETTLE if held else None
        if self._next is None or (soon is not None and soon < self._next):
            return soon
        return self._next

    def serve(self, now: Tick) -> None:
        """Do what has become due."""
        for slot, opened in list(self.slots.items()):
            if opened.held is not None and not opened.take_packets(now):
                self.close_slot(slot, now)
        if self._next is None or now < self._next:
            return
        period = self._period()
        upto = now // SAMPLE
        self._next = (upto + period) * SAMPLE
        for slot, opened in list(self.slots.items()):
            if opened.by_sample and not opened.serve(upto, upto + period):
                self.close_slot(slot, now)

    def _period(self) -> int:
        asked = min(opened.bufsize for opened in self.slots.values() if opened.by_sample)
        return min(max(asked, SHORTEST_PERIOD), PERIOD_SAMPLES)


class _IdleLaw:
    """What a slot carries that nobody has opened, in place of a law."""

    silence = IDLE


def bench_line(wire: Wire, d_channel: int) -> Line:
    """The far end of a wire at whose near end our exchange runs, with its D channel on that timeslot."""
    modes: dict[int, Mode] = {}

    def carrier(slot: int, wanted: Mode) -> Mode:
        return modes[slot]

    port = wire.far
    for slot in range(1, 32):
        modes[slot] = Mode.FRAMES if slot == d_channel else Mode.OCTETS
        port.open(slot, modes[slot])
        if slot != d_channel:
            port.play(slot, idle, 0)
    return Line(port, carrier)


def line_pair() -> tuple[Line, Line]:
    """Two lines that are connected to each other, like osmo-e1d's `virtual-e1-pair`.

    A timeslot is carried as whoever opens it first wants it.
    """
    wire = Wire(law=_IdleLaw(), history=HISTORY)
    modes: dict[int, Mode] = {}

    def carrier(slot: int, wanted: Mode) -> Mode:
        if slot not in modes:
            modes[slot] = wanted
            wire.near.open(slot, wanted)
            wire.far.open(slot, wanted)
        return modes[slot]

    return Line(wire.near, carrier), Line(wire.far, carrier)
