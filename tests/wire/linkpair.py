"""Two ends of call control on a link that carries messages in order, or loses, doubles and swaps them by a
seed.

Q.931 stands on a link that does none of that; a link that does shows that the machines neither hang nor
leak, and that every loss is healed by a timer. Time is virtual: `run` goes from event to event.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.events import EstablishLink, Indication, SendData
from trunkwire.q931.message import DISCRIMINATOR, Message, parse
from trunkwire.q931.settings import CallControlSettings
from trunkwire.side import Side
from trunkwire.ticks import MILLISECOND, Tick

DELAY: Tick = 20 * MILLISECOND

React = Callable[[CallControl, Indication, Tick], None]


class LinkPair:
    """The network side and the user side, with the messages under way between them."""

    def __init__(
        self,
        react: React,
        *,
        network: CallControlSettings | None = None,
        user: CallControlSettings | None = None,
        seed: int = 0,
        fault_rate: float = 0.0,
    ) -> None:
        self.network = CallControl(Side.NETWORK, network)
        self.user = CallControl(Side.USER, user)
        self.react = react
        self.now: Tick = 0
        self.sent: list[tuple[Side, Message]] = []
        self.told: list[tuple[Side, Indication]] = []
        self.fault_rate = fault_rate
        self._random = random.Random(seed)
        self._under_way: list[tuple[Tick, int, CallControl, bytes]] = []
        self._order = 0
        for end in (self.network, self.user):
            end.link_established(0)

    def peer(self, end: CallControl) -> CallControl:
        """The other end."""
        return self.user if end is self.network else self.network

    def drain(self) -> None:
        """Carry out what both ends want."""
        for end in (self.network, self.user):
            while (output := end.poll_output()) is not None:
                if isinstance(output, SendData):
                    if output.data[0] == DISCRIMINATOR:
                        self.sent.append((end.side, parse(output.data)))
                    self._launch(self.peer(end), output.data)
                elif isinstance(output, Indication):
                    self.told.append((end.side, output))
                    self.react(end, output, self.now)
                else:
                    assert isinstance(output, EstablishLink)

    def settle(self, until: Tick) -> None:
        """Run until nothing is under way and no timer runs, or until that tick."""
        self._drain_all()
        while (due := self._next()) is not None and due <= until:
            self.now = due
            while self._under_way and self._under_way[0][0] <= due:
                _, _, end, data = heapq.heappop(self._under_way)
                end.receive(data, due)
                self._drain_all()
            for end in (self.network, self.user):
                deadline = end.next_deadline()
                if deadline is not None and deadline <= due:
                    end.handle_timer(due)
                    self._drain_all()
        self.now = until

    def audit(self) -> list[str]:
        """What either end still holds."""
        return self.network.audit() + self.user.audit()

    def _drain_all(self) -> None:
        before = -1
        while before != len(self.sent) + len(self.told):
            before = len(self.sent) + len(self.told)
            self.drain()

    def _next(self) -> Tick | None:
        times = [end.next_deadline() for end in (self.network, self.user)]
        if self._under_way:
            times.append(self._under_way[0][0])
        return min((time for time in times if time is not None), default=None)

    def _launch(self, to: CallControl, data: bytes) -> None:
        copies, delay = 1, DELAY
        if self._random.random() < self.fault_rate:
            copies, delay = self._random.choice(((0, DELAY), (2, DELAY), (1, 5 * DELAY)))
        for _ in range(copies):
            self._order += 1
            heapq.heappush(self._under_way, (self.now + delay, self._order, to, data))
