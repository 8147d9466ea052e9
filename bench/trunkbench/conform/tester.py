"""The tester's end of a D channel: a data link of its own, raw frames, and waiting in line time.

`Station` is what stands at the port (`trunkbench.span.Peer`): it keeps every frame, and carries messages over
a `LapdLink` unless a case of layer 2 speaks to the line itself. `Tester` is what the steps of a case use; the
verdict of a step is an exception.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from trunkbench.conform.pixit import ConformConfig
from trunkbench.conform.upper import Upper
from trunkbench.pump import Pump
from trunkbench.trace.record import Direction, FrameRecord, record_at
from trunkwire import lapd
from trunkwire.lapd import LapdLink, LapdSettings
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick, seconds

LINK_PATIENCE: Tick = 30 * SECOND
"""How long a data link may take to come up: some rounds of N200 times T200 (Q.921 5.5.1)."""


class Failed(Exception):
    """The implementation under test does not do what the clause says; `frame` has decided it."""

    def __init__(self, reason: str, frame: int | None = None) -> None:
        super().__init__(reason)
        self.frame = frame


class Inconclusive(Exception):
    """Nothing can be said: the state was not reached, or something is missing on this bench."""

    def __init__(self, reason: str, frame: int | None = None) -> None:
        super().__init__(reason)
        self.frame = frame


class Arrival(NamedTuple):
    """A frame or a message that has come: when, the index of its frame in the record, and its octets."""

    at: Tick
    frame: int
    data: bytes


class Station:
    """What stands at the tester's port. `side` is the tester's; with `raw` no data link answers the line."""

    def __init__(self, side: Side, settings: LapdSettings, span: str) -> None:
        self.side = side
        self.settings = settings
        self.span = span
        self.raw = False
        self.up = False
        self.link = LapdLink(side, settings)
        self.frames: deque[Arrival] = deque()
        self.messages: deque[Arrival] = deque()
        self.resets = 0
        """How often the data link was established anew while it was up."""
        self.records: list[FrameRecord] = []
        self.epoch: Tick = 0
        self.deaf = False
        """Whether what comes is recorded and goes no further."""
        self.muted = False
        """Whether the line is cut: nothing is sent and nothing heard."""
        self._output: deque[bytes] = deque()
        self._now: Tick = 0

    def begin(self, now: Tick) -> None:
        """A new case: forget what came before."""
        self._now = self.epoch = now
        self.records.clear()
        self.frames.clear()
        self.messages.clear()

    # -- the surface of a peer ----------------------------------------------------------------------------

    def receive(self, frame: bytes, now: Tick) -> None:
        """A frame has come."""
        self._now = now
        if self.muted:
            return
        self._record(Direction.IN, frame)
        self.frames.append(Arrival(now, len(self.records) - 1, frame))
        if not self.raw and not self.deaf:
            self.link.receive(frame, now)
            self._drain()

    def handle_timer(self, now: Tick) -> None:
        """The data link's timers."""
        self._now = now
        self.link.handle_timer(now)
        self._drain()

    def poll_output(self) -> bytes | None:
        """The next frame to send; it goes into the record as it leaves."""
        while self._output:
            frame = self._output.popleft()
            if not self.muted:
                self._record(Direction.OUT, frame)
                return frame
        return None

    def next_deadline(self) -> Tick | None:
        """The data link's, unless a case has the line to itself."""
        return None if self.raw else self.link.next_deadline()

    @property
    def in_service(self) -> bool:
        """Whether the tester's data link is established."""
        return self.up

    def audit(self) -> list[str]:
        """A tester holds nothing."""
        return []

    def close(self) -> None:
        """Send nothing more."""
        self._output.clear()

    # -- for the tester -----------------------------------------------------------------------------------

    def queue(self, frame: bytes, now: Tick) -> None:
        """Send a raw frame: address to the end of information, without FCS."""
        self._now = now
        self._output.append(frame)

    def message(self, data: bytes, now: Tick) -> None:
        """Send the octets of a message over the data link."""
        self._now = now
        self.link.send(data, now)
        self._drain()

    def establish(self, now: Tick) -> None:
        """Ask for the data link, anew if it is up (SABME)."""
        self._now = now
        self.link.establish(now)
        self._drain()

    def settle(self) -> None:
        """Take what the data link has ready."""
        self._drain()

    def renew(self) -> None:
        """A data link that knows nothing: what the line said before is forgotten."""
        self.link = LapdLink(self.side, self.settings)
        self.up = False

    def _drain(self) -> None:
        while (output := self.link.poll_output()) is not None:
            match output:
                case lapd.Transmit(frame=frame):
                    self._output.append(frame)
                case lapd.Data(data=data):
                    self.messages.append(Arrival(self._now, len(self.records) - 1, data))
                case lapd.Established():
                    self.resets += self.up
                    self.up = True
                case lapd.Released():
                    self.up = False
                case _:  # errors and unit data are no part of a case of layer 3
                    pass

    def _record(self, direction: Direction, frame: bytes) -> None:
        self.records.append(record_at(self._now - self.epoch, direction, frame, self.span, side=self.side))


class Tester:
    """What a step works with. `flush` sends what the station has queued."""

    def __init__(
        self,
        station: Station,
        pump: Pump,
        flush: Callable[[], None],
        pixit: ConformConfig,
        upper: Upper,
    ) -> None:
        self.station = station
        self.pump = pump
        self.pixit = pixit
        self.upper = upper
        self.role = station.side.peer
        """The role of the implementation under test."""
        self._flush = flush
        self.mark: Tick = 0
        """When the latest step sent or got what it was about: timers are measured from here."""
        self.tei = 0
        """Cases of layer 2: the TEI under test."""
        self.other_tei = 0
        """Cases of layer 2 with two terminals: the other's."""
        self.numbered_from = 0
        """Cases of layer 2: the I frames that the implementation had sent when the script began."""
        self.requested_ri = 0
        """Cases of layer 2: Ri of its latest identity request."""
        self.repeated_at: Tick = 0
        """Cases of layer 2: when the frame came that it repeats each T200."""

    @property
    def now(self) -> Tick:
        """Line time."""
        return self.pump.now

    def begin(self) -> None:
        """A new case."""
        self.station.begin(self.now)
        self.mark = self.repeated_at = self.now
        self.tei = self.other_tei = self.numbered_from = self.requested_ri = 0

    # -- layer 2 ------------------------------------------------------------------------------------------

    def send_frame(self, frame: bytes) -> None:
        """Put a raw frame on the line (address to the end of information)."""
        self.station.queue(frame, self.now)
        self.flush()
        self.mark = self.now

    def next_frame(self, until: Tick) -> Arrival | None:
        """The next frame that comes, None if none has come by `until`."""
        return self._next(self.station.frames, until)

    def bring_up(self) -> None:
        """Have the tester's data link in multiple-frame operation. Raises Inconclusive if it does not come
        up.
        """
        station = self.station
        station.raw = False
        if not station.up:
            station.establish(self.now)
            self.flush()
        limit = self.now + LINK_PATIENCE
        while not station.up and self.now < limit:
            self.pump.step(limit)
        if not station.up:
            raise Inconclusive(f"the data link did not come up within {seconds(LINK_PATIENCE):g} s")

    def reset_link(self, prompt: Callable[[], None]) -> None:
        """Establish the data link anew while it is up. Raises Inconclusive if it does not come up again.

        What the implementation has sent by `prompt` stays unacknowledged before: a reset is told to layer 3
        only when something was under way (Q.921 5.7.2, Annex B: V(S) is not V(A)).
        """
        station, before = self.station, self.station.resets
        station.deaf = True
        prompt()
        self.run_until(self.now + self.pixit.wait // 4)
        station.deaf = False
        station.establish(self.now)
        self.flush()
        limit = self.now + LINK_PATIENCE
        while station.resets == before and self.now < limit:
            self.pump.step(limit)
        if station.resets == before:
            raise Inconclusive("the data link was not established anew")
        self.mark = self.now

    def release_link(self, *, mute: bool) -> None:
        """DISC, and UA; with `mute` the line is then cut. Raises Inconclusive without an answer."""
        station = self.station
        station.link.release(self.now)
        station.settle()
        self.flush()
        limit = self.now + self.pixit.wait
        while station.up and self.now < limit:
            self.pump.step(limit)
        if station.up:
            raise Inconclusive("DISC got no answer")
        station.muted = mute
        self.mark = self.now

    # -- waiting ------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Send what is queued."""
        self._flush()

    def next_message(self, until: Tick) -> Arrival | None:
        """The next message over the tester's data link, None if none has come by `until`."""
        return self._next(self.station.messages, until)

    def run_until(self, until: Tick) -> None:
        """Let line time pass."""
        while self.now < until:
            self.pump.step(until)

    def _next(self, queue: deque[Arrival], until: Tick) -> Arrival | None:
        while not queue:
            if self.now >= until:
                return None
            self.pump.step(until)
        return queue.popleft()
