"""The network side of a basic interface and several terminals on one bus, with messages under way.

Time is virtual. A message to one terminal goes over its own data link, a broadcast to all of them; data links
are brought up when a machine asks for them, a little later.
"""

from __future__ import annotations

import functools
import heapq
from collections.abc import Callable, Sequence
from dataclasses import replace

from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.events import Broadcast, EstablishLink, Indication, ReleaseLink, SendData
from trunkwire.q931.message import Message, parse
from trunkwire.q931.settings import CallControlSettings
from trunkwire.side import Side
from trunkwire.ticks import MILLISECOND, Tick

DELAY: Tick = 20 * MILLISECOND

React = Callable[[CallControl, Indication, Tick], None]

SETTINGS = CallControlSettings(channels=(1, 2), reference_length=1, point_to_multipoint=True)


class TerminalBus:
    """`network`, and a terminal of the user side for each TEI."""

    def __init__(self, react: React, teis: Sequence[int] = (64, 65, 66)) -> None:
        self.network = CallControl(Side.NETWORK, SETTINGS)
        self.terminals = {tei: CallControl(Side.USER, replace(SETTINGS)) for tei in teis}
        self.react = react
        self.now: Tick = 0
        self.sent: list[tuple[int | None, Message]] = []
        """(TEI from which or to which, None to all; message) in the order of sending."""
        self.told: list[tuple[CallControl, Indication]] = []
        self._under_way: list[tuple[Tick, int, Callable[[Tick], None]]] = []
        self._order = 0

    def tei_of(self, machine: CallControl) -> int | None:
        """The TEI of a terminal's machine; None for the network."""
        return next((tei for tei, each in self.terminals.items() if each is machine), None)

    @property
    def machines(self) -> tuple[CallControl, ...]:
        """Every end."""
        return (self.network, *self.terminals.values())

    def settle(self, until: Tick) -> None:
        """Run until nothing is under way and no timer runs, or until that tick."""
        self._drain()
        while (due := self._next()) is not None and due <= until:
            self.now = due
            while self._under_way and self._under_way[0][0] <= due:
                heapq.heappop(self._under_way)[2](due)
                self._drain()
            for machine in self.machines:
                deadline = machine.next_deadline()
                if deadline is not None and deadline <= due:
                    machine.handle_timer(due)
                    self._drain()
        self.now = until

    def audit(self) -> list[str]:
        """What any end still holds."""
        return [line for machine in self.machines for line in machine.audit()]

    def _next(self) -> Tick | None:
        times = [machine.next_deadline() for machine in self.machines]
        if self._under_way:
            times.append(self._under_way[0][0])
        return min((time for time in times if time is not None), default=None)

    def _drain(self) -> None:
        busy = True
        while busy:
            busy = False
            for machine in self.machines:
                while (output := machine.poll_output()) is not None:
                    busy = True
                    self._carry(machine, output)

    def _carry(self, machine: CallControl, output: object) -> None:
        own = self.tei_of(machine)
        match output:
            case Broadcast(data=data):
                self.sent.append((None, parse(data)))
                for terminal in self.terminals.values():
                    self._later(functools.partial(terminal.receive, data, broadcast=True))
            case SendData(data=data, tei=tei):
                self.sent.append((tei if own is None else own, parse(data)))
                if own is not None:
                    self._later(lambda now: self.network.receive(data, now, tei=own))
                elif tei in self.terminals:
                    self._later(lambda now: self.terminals[tei].receive(data, now))
            case EstablishLink(tei=tei):
                self._later(lambda now: self._link_up(tei if own is None else own, now))
            case Indication():
                self.told.append((machine, output))
                self.react(machine, output, self.now)
            case _:
                assert isinstance(output, ReleaseLink)

    def _link_up(self, tei: int, now: Tick) -> None:
        self.network.link_established(now, tei=tei)
        self.terminals[tei].link_established(now, tei=tei)

    def _later(self, what: Callable[[Tick], None]) -> None:
        self._order += 1
        heapq.heappush(self._under_way, (self.now + DELAY, self._order, what))
