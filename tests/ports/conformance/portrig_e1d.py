"""osmo-e1d in both roles: two clients of our server on a pair of lines; a client and the bench behind it.

Server and clients run in this process, on one pump, in virtual time: sockets are real, waiting is not.
"""

from __future__ import annotations

import select
from pathlib import Path

from portrigs import D_SLOT, MS, Harming, Rig, RigEnd, Starving, Traits, Vanishing

from trunkbench.device import Clock, Event, Fds, LineFault, Port
from trunkbench.e1dserver import E1dServer, Line, bench_line, line_pair
from trunkbench.ports.e1d import E1dPort, socket_backlog
from trunkbench.ports.e1dcontrol import Control
from trunkbench.ports.e1dproto import HDLC_OCTETS
from trunkbench.ports.wire import Wire, WirePort
from trunkwire.g711 import Law
from trunkwire.ticks import SAMPLE, SECOND, Tick


class SocketClock:
    """Virtual time beside sockets: a wait ends at once, and a millisecond on when a descriptor is ready."""

    def __init__(self) -> None:
        self._now: Tick = 0

    def wait(self, until: Tick, fds: Fds) -> Tick:
        """`until`, or earlier when a descriptor is ready."""
        poller = select.poll()
        for fd, mask in fds:
            poller.register(fd, mask)
        self._now = min(until, self._now + MS) if poller.poll(0) else until
        return self._now


CLIENT = Traits(E1dPort.caps, longest=HDLC_OCTETS, counts=True, tells_bad=False)


class E1dRig(Rig, Harming, Vanishing, Starving):
    """Two clients on a pair of lines of our server."""

    name = "e1d"
    title = "osmo-e1d, client at both ends"
    near_traits = far_traits = CLIENT
    means = frozenset({"harm", "vanish", "starve", "mixed"})

    def make_clock(self) -> Clock:
        """Virtual, with sockets."""
        return SocketClock()

    def connect(self) -> tuple[Port, Port]:
        """Interfaces 0 and 1 of the server are connected to each other."""
        lines = line_pair()
        for line in lines:
            self.pump.attach(line.port, line.received)
        self._serve([[line] for line in lines])
        self.wire = lines[0].port.wire
        return self._client(0), self._client(1)

    def _serve(self, interfaces: list[list[Line]]) -> None:
        self.path = self.folder / "e1d.ctl"
        self.server = E1dServer(self.path, interfaces)
        self.pump.attach(self.server, _nothing)

    def _client(self, intf: int) -> E1dPort:
        control = Control(Path(self.path), wait=self._wait, monotonic=self._seconds)
        return E1dPort(control, intf, 0, idle=Law.ALAW.silence, wait=self._wait, monotonic=self._seconds)

    def _wait(self, fd: int, seconds: float) -> bool:
        """Let the server answer; no time passes."""
        list(self.server.poll(self.now))
        poller = select.poll()
        poller.register(fd, select.POLLIN)
        return bool(poller.poll(0))

    def _seconds(self) -> float:
        return self.pump.now / SECOND

    def harm(self, end: RigEnd, kind: str, duration: Tick) -> None:
        """The server's wire has a fault."""
        ways = {"near": self.wire.near, "far": self.wire.far}
        ways[end.name].insert(LineFault(kind, self.now + MS, duration))

    def vanish(self) -> None:
        """The server dies."""
        self.server.close()

    def starving_time(self) -> Tick:
        """Until the data socket is full, and half a second more."""
        return socket_backlog() * SAMPLE + SECOND // 2

    def disconnect(self) -> None:
        """End the server."""
        self.server.close()


class E1dServerRig(E1dRig):
    """The bench's own end of an offered line, and the client that uses it."""

    name = "e1d-server"
    title = "osmo-e1d, our server and a client"
    near_traits = Traits(WirePort.caps, longest=2046, counts=False, tells_bad=True)
    far_traits = CLIENT
    means = frozenset({"harm", "vanish", "starve", "mixed"})

    def connect(self) -> tuple[Port, Port]:
        """The near end of the wire is the bench's; interface 0 of the server is its far end."""
        self.wire = Wire(law=Law.ALAW, history=self.history or 3600 * SECOND)
        line = bench_line(self.wire, D_SLOT)
        self.pump.attach(self.wire.far, line.received)
        self._serve([[line]])
        return self.wire.near, self._client(0)


def _nothing(event: Event) -> None:
    """The server has no events of its own."""
