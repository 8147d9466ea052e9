"""Our own layer 2 as the implementation under test of the cases of Q.921: nothing above it but their stimuli.

It stands on the other side of the line from the tester, as `ours` does for Q.931.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from trunkbench.config import SpanConfig
from trunkbench.conform.pixit import ConformConfig
from trunkbench.conform.q921.upper import LinkUpper
from trunkbench.conform.upper import NotPossible
from trunkbench.peerend import Peer
from trunkbench.pump import Pump
from trunkwire.lapd import (
    Established,
    LapdEntity,
    LapdMisuse,
    LapdSettings,
    Released,
    Transmit,
)
from trunkwire.side import Side
from trunkwire.ticks import Tick

NAME = "trunkwire.lapd"


class OurLink:
    """A `LapdEntity` behind the surface of a peer: one link of TEI 0, on a basic access TEI management."""

    def __init__(self, side: Side, settings: LapdSettings) -> None:
        self.entity = LapdEntity(side, settings, random=self._reference)
        self.up = False
        self._drawn = 0
        self._frames: deque[bytes] = deque()

    def _reference(self) -> int:
        """Ri: different each time, and the same in each run."""
        self._drawn += 1
        return self._drawn * 0x9E37 % 0x10000

    def receive(self, frame: bytes, now: Tick) -> None:
        """A frame has come."""
        self.entity.receive(frame, now)

    def handle_timer(self, now: Tick) -> None:
        """A timer has expired."""
        self.entity.handle_timer(now)

    def poll_output(self) -> bytes | None:
        """The next frame to send."""
        while (output := self.entity.poll_output()) is not None:
            match output:
                case Transmit(frame=frame):
                    return frame
                case Established():
                    self.up = True
                case Released():
                    self.up = False
                case _:  # what comes in is nobody's here
                    pass
        return None

    def next_deadline(self) -> Tick | None:
        """The earliest of its timers."""
        return self.entity.next_deadline()

    @property
    def in_service(self) -> bool:
        """Whether its data link is established."""
        return self.up

    def audit(self) -> list[str]:
        """Every case has an entity of its own: what it is left with is nobody's."""
        return []

    def close(self) -> None:
        """Nothing to give back."""


class OurLinkUpper(LinkUpper):
    """The user above it."""

    def __init__(self, peer: OurLink, pump: Pump, drain: Callable[[], None]) -> None:
        self._entity = peer.entity
        self._pump = pump
        self._drain = drain

    def _ask(self, request: Callable[[Tick], None]) -> None:
        try:
            request(self._pump.now)
        except (LapdMisuse, LookupError) as refusal:
            raise NotPossible(str(refusal)) from refusal
        self._drain()

    def establish_link(self) -> None:
        """DL-ESTABLISH request."""
        self._ask(self._entity.establish)

    def release_link(self) -> None:
        """DL-RELEASE request."""
        self._ask(self._entity.release)

    def send_data(self, data: bytes) -> None:
        """DL-DATA request."""
        self._ask(lambda now: self._entity.send(data, now))

    def set_busy(self, busy: bool) -> None:
        """Own receiver busy."""
        self._ask(lambda now: self._entity.set_own_busy(busy, now))

    def send_unit(self, data: bytes) -> None:
        """DL-UNIT DATA request."""
        terminal = self._entity.side is Side.USER
        send = self._entity.send_unit if terminal else self._entity.broadcast
        self._ask(lambda now: send(data, now))

    def check_tei(self, tei: int | None) -> None:
        """A check."""
        self._ask(lambda now: self._entity.check(now, tei))

    def remove_tei(self, tei: int) -> None:
        """A removal."""
        self._ask(lambda now: self._entity.remove(now, tei))

    def verify_tei(self) -> None:
        """An identity verify."""
        self._ask(self._entity.verify)


def link_maker(timers: Mapping[str, int]) -> Callable[[SpanConfig, Side], OurLink]:
    """Makes our layer 2 for the far end of a span, with those timers."""

    def make(span: SpanConfig, side: Side) -> OurLink:
        tei = None if span.kind == "bri" else 0
        return OurLink(side, LapdSettings(tei=tei, **timers))

    return make


def link_upper(peer: Peer, pump: Pump, drain: Callable[[], None]) -> OurLinkUpper:
    """The hand that moves it."""
    assert isinstance(peer, OurLink)
    return OurLinkUpper(peer, pump, drain)


LINK_PIXIT = ConformConfig(stimulus="bench")
"""It serves no call: there are no numbers."""
