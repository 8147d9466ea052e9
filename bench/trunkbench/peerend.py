"""An end of a span at which somebody else's stack runs.

A peer is any object with the sans-I/O surface of `Peer`, so that an independent stack (libpri, say) is judged
by the same scenarios as ours, in virtual time too.
"""

from __future__ import annotations

from typing import Protocol

from trunkbench.access.leasing import NONE, Leases
from trunkbench.device import Port
from trunkbench.end import End
from trunkbench.pump import Pump
from trunkbench.spanconfig import SpanConfig
from trunkbench.timeline import Timeline
from trunkwire.side import Side
from trunkwire.ticks import Tick


class Peer(Protocol):
    """A stack that is not ours: LAPD frames in, LAPD frames out (both without FCS)."""

    def receive(self, frame: bytes, now: Tick) -> None:
        """A frame has arrived."""
        ...

    def handle_timer(self, now: Tick) -> None:
        """`next_deadline` has come."""
        ...

    def poll_output(self) -> bytes | None:
        """The next frame to send; None when there is none."""
        ...

    def next_deadline(self) -> Tick | None:
        """When it wants `handle_timer`."""
        ...

    @property
    def in_service(self) -> bool:
        """Whether its data link is established."""
        ...

    def audit(self) -> list[str]:
        """What it still holds (calls, channels), by its own count; [] when it is idle."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class PeerEnd(End):
    """Somebody else's stack. Its audio is its own affair: nothing is played into its B channels."""

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
        peer: Peer,
        leases: Leases = NONE,
    ) -> None:
        self.peer = peer
        super().__init__(index, config, side, port, pump, timeline, is_near=is_near, leases=leases)

    @property
    def in_service(self) -> bool:
        """What the peer says of its link."""
        return self.peer.in_service

    def _link_gone(self) -> str:
        return "; its peer was not told"

    def start(self, now: Tick) -> None:
        """The peer starts by itself; send what it has ready."""
        self.drain()

    def _received(self, frame: bytes, now: Tick) -> None:
        self.peer.receive(frame, now)
        self.drain()

    def next_deadline(self) -> Tick | None:
        """The peer's."""
        return self.peer.next_deadline()

    def handle_timer(self, now: Tick) -> None:
        """Let the peer's timers expire."""
        self.peer.handle_timer(now)
        self.drain()

    def drain(self) -> None:
        """Send every frame that the peer has ready; call it after asking the peer for something."""
        while (frame := self.peer.poll_output()) is not None:
            self._transmit(frame)

    def audit(self) -> list[str]:
        """What the peer still holds, by its own count."""
        return [f"{self.name}: {line}" for line in self.peer.audit()]

    def close(self) -> None:
        """Close the peer and give the port back."""
        self.peer.close()
        self.port.close()
