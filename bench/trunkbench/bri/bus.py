"""The passive bus of a point-to-multipoint access: one user-side port shared by several terminals (I.430).

Every terminal has a `Tap`, a port of its own. What the network sends reaches all taps at the same tick. What
the terminals send goes onto the one D channel towards the network, to which I.430 6.1 controls the access:

* A terminal begins only after it has seen so many ones in a row on the D echo channel: 8 at the normal level
of priority class 1 (signalling, the only class here), 9 at the lower level. It is at the lower level from the
end of a frame that it has sent until 9 ones in a row have passed.
* Terminals that begin with the same bit compare each bit of the echo with their own. At the first difference
the one that sent a zero goes on, since a zero wins on the bus; the other stops and waits for its ones again.
Two frames that are equal bit by bit are one frame on the bus, and both terminals have sent it.

The echo itself is not rendered: of terminals that collide, the bits of the winner are all that is ever on the
line, so that the outcome can be decided when the frame begins. The B channels are wired-AND too: what several
terminals play into one channel at a time is combined bit by bit, a zero winning.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from trunkbench.bri.frame import D
from trunkbench.bri.lane import D_BIT
from trunkbench.bri.wire import BasicPort
from trunkbench.device import Caps, Event, Fds, LineFault, Mode, Source
from trunkbench.errors import PortError, QueueFull
from trunkwire import hdlc
from trunkwire.ticks import Tick

NORMAL, LOWER = 8, 9
"""Ones on the echo channel before a frame of signalling (I.430 6.1)."""

CLOSING = bytes((0, 1, 1, 1, 1, 1, 1, 0))
"""The bits of the flag that ends a frame."""

QUEUE_LIMIT = 64
"""Frames that a terminal may have waiting; one more is refused."""


class Tap:
    """One terminal's port on the bus. The bus, which the pump must serve first, moves its frames."""

    def __init__(self, bus: Bus, name: str) -> None:
        self.bus = bus
        self.name = name
        self.caps: Caps = bus.port.caps
        self.collisions = 0
        """How often another terminal's frame has won the D channel."""
        self._modes: dict[int, Mode] = {}
        self._waiting: deque[tuple[Tick, bytes]] = deque()  # (tick of handing over, frame)
        self._arrived: deque[Event] = deque()
        self._last_end: Tick | None = None  # of a frame of ours
        self._closed = False

    def __repr__(self) -> str:
        return f"<Tap {self.name}, {len(self._waiting)} frames waiting>"

    def fds(self) -> Fds:
        """None."""
        return ()

    def next_deadline(self) -> Tick | None:
        """None: the bus wakes the pump."""
        return None

    def poll(self, now: Tick) -> Iterator[Event]:
        """What the bus has received up to now on the slots that this terminal has open."""
        events = [event for event in self._arrived if getattr(event, "slot", D) in self._modes]
        self._arrived.clear()
        return iter(() if self._closed else events)

    def open(self, slot: int, mode: Mode) -> None:
        """Open B1 (1), B2 (2) or the D channel (3). Raises PortError if this terminal has it open already."""
        if slot in self._modes:
            raise PortError(f"{self.name}: slot {slot} is open already, as {self._modes[slot].value}")
        self.bus.open(slot, mode)
        self._modes[slot] = mode

    def send(self, slot: int, frame: bytes) -> None:
        """Queue one frame for the D channel. Raises PortError for another slot, QueueFull when too many
        wait.
        """
        if self._modes.get(slot) is not Mode.FRAMES or self._closed:
            raise PortError(f"{self.name}: slot {slot} is not open as frames; a terminal sends on slot {D}")
        if len(self._waiting) >= QUEUE_LIMIT:
            raise QueueFull(
                f"{self.name}: {QUEUE_LIMIT} frames wait for the D channel; send again when some have gone"
            )
        self._waiting.append((self.bus.port.wire.now, frame))
        self.bus.changed()

    def play(self, slot: int, source: Source | None, start: Tick) -> None:
        """Play into a B channel from tick `start` on, together with whoever else does; None is silence."""
        if self._modes.get(slot) is not Mode.OCTETS or self._closed:
            raise PortError(f"{self.name}: slot {slot} is not open as octets; a terminal plays into 1 or 2")
        self.bus.play(self, slot, source, start)

    def cas(self, slot: int, abcd: int) -> None:
        """A basic access has no channel-associated signalling: raises PortError."""
        self.bus.port.cas(slot, abcd)

    def insert(self, fault: LineFault) -> None:
        """Insert a fault into what the bus sends to the network (`trunkbench.bri.faults`)."""
        self.bus.port.insert(fault)

    def horizon(self, slot: int) -> Tick:
        """As the bus: all terminals hear the same."""
        return self.bus.port.horizon(slot)

    def heard(self, slot: int, first: int, n: int) -> bytes:
        """As the bus: all terminals hear the same."""
        return self.bus.port.heard(slot, first, n)

    def close(self) -> None:
        """Leave the bus: nothing waits to be sent or played any more; the last to leave closes it.
        Idempotent.
        """
        if not self._closed:
            self._closed = True
            self._waiting.clear()
            self.bus.leave(self)

    # What the bus wants to know.

    def arrive(self, events: list[Event]) -> None:
        """The bus has received something."""
        self._arrived.extend(events)

    def begin(self, quiet_since: Tick) -> Tick | None:
        """Where the next frame of this terminal would begin if nobody else sent; None without a frame."""
        if not self._waiting:
            return None
        handed = self._waiting[0][0]
        soonest = (handed // D_BIT + 1) * D_BIT
        lower = self._last_end == quiet_since and soonest <= quiet_since + LOWER * D_BIT
        return max(soonest, quiet_since + (LOWER if lower else NORMAL) * D_BIT)

    @property
    def frame(self) -> bytes:
        """The frame that waits first."""
        return self._waiting[0][1]

    def sent(self, end: Tick) -> None:
        """The frame that waited first is on the line, up to tick `end`."""
        self._waiting.popleft()
        self._last_end = end


class Bus:
    """The terminals' side of a basic access, with a tap for each terminal in the order of `names`.

    Serve it before its taps: it polls the line, hands out what came, and decides who sends.
    """

    def __init__(self, port: BasicPort, names: tuple[str, ...]) -> None:
        self.port = port
        self.taps = tuple(Tap(self, name) for name in names)
        self._modes: dict[int, Mode] = {}
        self._sounds: dict[int, dict[Tap, Source]] = {}
        self._deadline: Tick | None = None
        self._left: set[Tap] = set()

    def fds(self) -> Fds:
        """None."""
        return ()

    def next_deadline(self) -> Tick | None:
        """The next arrival, or when the D channel is to be given to a terminal."""
        arrival, access = self.port.next_deadline(), self._deadline
        return access if arrival is None or (access is not None and access < arrival) else arrival

    def poll(self, now: Tick) -> Iterator[Event]:
        """Take what has arrived, for the taps to give out, and give the D channel to whose turn it is."""
        events = list(self.port.poll(now))
        if events:
            for tap in self.taps:
                tap.arrive(events)
        if self._deadline is not None and self._deadline <= now:
            self._give(now)
        return iter(())

    def close(self) -> None:
        """Close the port. Idempotent."""
        self.port.close()

    # What the taps want.

    def open(self, slot: int, mode: Mode) -> None:
        """Open a slot of the port for the first terminal that asks, alike for the others."""
        if slot not in self._modes:
            self.port.open(slot, mode)
            self._modes[slot] = mode
        elif self._modes[slot] is not mode:
            raise PortError(f"bus: slot {slot} is open as {self._modes[slot].value} for another terminal")

    def changed(self) -> None:
        """A terminal has something to send: when does the next frame begin?"""
        begin = self._next_begin()
        # The bit before is the last moment to hand a frame over for that bit.
        self._deadline = None if begin is None else max(begin - 1, self.port.wire.now)

    def play(self, tap: Tap, slot: int, source: Source | None, start: Tick) -> None:
        """Combine what the terminals play into a slot, from tick `start` on."""
        sounds = self._sounds.setdefault(slot, {})
        if source is not None:
            sounds[tap] = source
        elif sounds.pop(tap, None) is None:
            return  # it has been silent before, and others may be speaking
        self.port.play(slot, _combined(tuple(sounds.values())), start)

    def leave(self, tap: Tap) -> None:
        """A terminal is unplugged."""
        self._left.add(tap)
        now = self.port.wire.now
        for slot in tuple(self._sounds):
            self.play(tap, slot, None, -(-now // 8) * 8)
        self.changed()
        if len(self._left) == len(self.taps):
            self.port.close()

    # Access to the D channel.

    def _next_begin(self) -> Tick | None:
        quiet = self.port.quiet_since()
        begins = [begin for tap in self.taps if (begin := tap.begin(quiet)) is not None]
        return min(begins, default=None)

    def _give(self, now: Tick) -> None:
        quiet = self.port.quiet_since()
        begin = self._next_begin()
        if begin is not None and begin - 1 <= now:
            rivals = [tap for tap in self.taps if tap.begin(quiet) == begin]
            lines = {tap: hdlc.encode(tap.frame) + CLOSING for tap in rivals}
            winner = min(lines.values())  # bit by bit: at the first difference the zero
            frame = next(tap.frame for tap in rivals if lines[tap] == winner)
            self.port.send(D, frame)
            end = self.port.quiet_since()
            for tap in rivals:
                if lines[tap] == winner:
                    tap.sent(end)
                else:
                    tap.collisions += 1
        self.changed()


def _combined(sources: tuple[Source, ...]) -> Source | None:
    """What several terminals make of a B channel: a zero of any of them wins."""
    if len(sources) < 2:
        return sources[0] if sources else None

    def octets(first: int, n: int) -> bytes:
        together = -1
        for source in sources:
            together &= int.from_bytes(source(first, n), "big")
        return together.to_bytes(n, "big")

    return octets
