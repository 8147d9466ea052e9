"""The Wire: an in-process line between two ends (docs/design.md, "Time, devices, ports").

Two depths, one behaviour. By event jump a frame crosses as the octets that were sent, and arrives at the tick
that its flags and inserted zeros give (`trunkbench.ports.lanes` says where a frame lies). At depth "bits" the
octets of both directions are rendered, framed, harmed, aligned, demultiplexed, and what is delivered is
what our HDLC receiver decoded from them. Faults that touch framing or a D channel switch the line to bits on
demand, from the first touched multiframe until both ends are back in the state that they would have had.

Both ends are aligned at tick 0: a run-in precedes it. The line has no delay: the bit sent at a tick arrives
at it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Literal, Protocol

from trunkbench.errors import PortError
from trunkbench.ports.bits import BitLine
from trunkbench.ports.framing import Framing
from trunkbench.ports.lanes import Octets
from trunkbench.ports.port import WirePort
from trunkbench.ports.render import render
from trunkbench.ports.way import Tap, Way
from trunkbench.spankind import E1, SpanKind
from trunkwire.ticks import SAMPLE, SECOND, Tick

__all__ = ["QUEUE_LIMIT", "Companding", "Depth", "Tap", "Toward", "Wire", "WirePort"]

Depth = Literal["event", "bits"]

QUEUE_LIMIT = 256
"""Frames on a slot that are not yet wholly on the line; one more is refused."""


class Toward(enum.Enum):
    """The direction of transmission on a Wire."""

    FAR = "near to far"
    NEAR = "far to near"


class Companding(Protocol):
    """What the Wire wants of a law (`trunkwire.g711.Law`)."""

    @property
    def silence(self) -> int:
        """The octet that a silent timeslot carries."""
        ...


class Wire:
    """A line with two ends, `near` and `far`; `kind` says which slots it has, `law` gives their idle octet.

    With `crc4` an E1 carries the CRC-4 multiframe (G.704 2.3.3), else FAS and NFAS only; by default it is as
    the kind says. `history` is for how many ticks the trace is kept for `heard` and `render`. Raises
    PortError for a depth that there is not, and for CRC-4 on a line without that framing.
    """

    def __init__(
        self,
        *,
        law: Companding,
        kind: SpanKind = E1,
        crc4: bool | None = None,
        depth: Depth = "event",
        history: Tick = 3600 * SECOND,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        if depth not in ("event", "bits"):
            raise PortError(f"wire depth {depth!r}: choose 'event' or 'bits'")
        if crc4 and not kind.framed:
            raise PortError(f"wire of kind {kind.name!r}: it has no CRC-4, which is a matter of E1 framing")
        self.kind = kind
        self.crc4 = kind.crc4 if crc4 is None else crc4
        self.framing = self._framing()
        self.depth: Depth = depth
        self.history = history
        self.queue_limit = queue_limit
        self.now: Tick = 0
        self.promised: Tick = 0
        self.followers: list[Callable[[], None]] = []
        """Told whenever what an end transmits has changed: lines that pass it on (`trunkbench.access`)."""
        self.started = False
        """Whether line time has begun to run; what was opened before has been so since the run-in."""
        self._next_cleanup = history
        forth, back = self._way(law.silence), self._way(law.silence)
        self._ways = {Toward.FAR: forth, Toward.NEAR: back}
        self.bits = BitLine(forth, back, framing=self.framing, always=depth == "bits")
        """The line as rendered bits, where and while they are run."""
        self.near = self._port("near", forth, back)
        self.far = self._port("far", back, forth)

    # What another kind of line does otherwise.

    def _framing(self) -> Framing:
        return Framing(self.kind, crc4=self.crc4)

    def _way(self, idle: int) -> Way:
        return Way(idle)

    def _port(self, name: str, out: Way, into: Way) -> WirePort:
        return WirePort(self, name, out, into)

    def advance(self, now: Tick) -> None:
        """Line time is `now`: everything up to the bit at that tick is on the line.

        Raises PortError when time would run backwards.
        """
        if now < self.now:
            raise PortError(f"wire: line time cannot run back from tick {self.now} to {now}")
        self.started = True
        self.now = self.promised = now
        if self.bits.wanted:
            self.bits.advance(now)
        if now >= self._next_cleanup:
            self._next_cleanup = now + self.history // 8
            for way in self._ways.values():
                way.forget(now - self.history)

    def promise(self, until: Tick) -> None:
        """Nothing will be sent, played or inserted before tick `until`: audio is final up to there.

        Holds until line time advances or something is sent. Raises PortError for a tick in the past.
        """
        if until < self.now:
            raise PortError(f"wire: tick {until} is over, it is {self.now}; promise a tick from now on")
        self.promised = until

    def changed(self) -> None:
        """What an end transmits has changed: what was promised or rendered ahead of line time is void."""
        self.promised = self.now
        self.reconsider()
        for follower in self.followers:
            follower()

    def reconsider(self) -> None:
        """What was rendered ahead of line time is void."""
        if self.bits.wanted:
            self.bits.discard(self.now)

    def render(self, toward: Toward, first_frame: int, n: int) -> Octets:
        """The octets (n, octets of a frame) of frames `first_frame` … + n - 1, with framing and line faults.

        A row is what a frame of 125 us carries: 32 timeslots of an E1, or an octet of framing and the slots.

        Frame f lies at ticks 8f … 8f + 7; negative frames belong to the run-in. The frames must be over.
        Raises PortError for frames to come, and for those before the history.
        """
        if (first_frame + n) * SAMPLE > max(self.promised, self.now + 1):
            raise PortError(
                f"wire: frames up to {first_frame + n - 1} cannot be rendered yet: at tick {self.now} "
                f"{(self.now + 1) // SAMPLE} frames are over"
            )
        if first_frame * SAMPLE < self.now - self.history:
            raise PortError(f"wire: frame {first_frame} is older than the history of {self.history} ticks")
        if self.bits.wanted:
            self.bits.reach((first_frame + n) * SAMPLE - 1)
        return render(self._ways[toward], first_frame, n, self.framing)
