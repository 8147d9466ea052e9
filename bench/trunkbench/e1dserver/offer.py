"""What the server offers: the far ends of a bench's spans with our exchange behind them, or pairs of lines.

`offer_bench` takes a configuration with loopback spans: interface i, line 0 is the far end of span i, and at
its near end runs our own stack, with the numbers that the configuration gives it. `offer_pair` is a crossover
cable: interfaces 0 and 1, connected to each other, like osmo-e1d's `virtual-e1-pair`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trunkbench.clock import PacedClock
from trunkbench.config import BenchConfig
from trunkbench.device import Clock, Event
from trunkbench.e1dserver.line import HISTORY, SETTLE, Line, bench_line, line_pair
from trunkbench.e1dserver.server import E1dServer
from trunkbench.errors import ConfigError
from trunkbench.exchange import Exchange
from trunkbench.ports.wire import Wire
from trunkbench.pump import Pump
from trunkbench.span import SpanEnd
from trunkbench.timeline import Timeline
from trunkwire.g711 import Law
from trunkwire.ticks import SECOND, Tick

FORGET_ENTRIES = 10_000
"""A timeline of more entries is begun anew as soon as no call is up: a server may run for weeks."""


class Offer:
    """A server with what stands behind it, on one pump. Use it as a context manager, or `close()` it."""

    def __init__(self, server: E1dServer, pump: Pump, near: Exchange | None, wires: list[Wire]) -> None:
        self.server = server
        self.pump = pump
        self.near = near
        self.wires = wires

    def __enter__(self) -> Offer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, until: Tick) -> None:
        """Serve until line time is `until`."""
        while self.pump.now < until:
            self.pump.step(min(until, self.pump.now + SECOND))
            self._forget()

    def close(self) -> None:
        """Disconnect the clients, give everything back and remove the socket. Idempotent."""
        if self.near is not None:
            for end in self.near.ends:
                end.close()
        self.server.close()

    def _forget(self) -> None:
        near = self.near
        if near is not None and len(near.timeline.entries) > FORGET_ENTRIES and near.quiet():
            near.reset()
            near.timeline.begin(self.pump.now)


def offer_bench(config: BenchConfig, path: Path, *, clock: Clock | None = None) -> Offer:
    """Offer the far ends of the spans of `config` on the socket `path`.

    Raises ConfigError for a span that is not on the loopback, PortError when there can be no socket.
    """
    for index, span in enumerate(config.spans):
        if not span.is_loopback:
            raise ConfigError(
                f"{config.source}: span[{index}].port: {span.port!r} is a port of its own; only a span on "
                "the loopback can be offered"
            )
        if span.kind != "e1":
            raise ConfigError(
                f"{config.source}: span[{index}].kind: osmo-e1d has E1 lines only; {span.kind!r} cannot be "
                "offered"
            )
    pump, timeline = Pump(clock or PacedClock()), Timeline(config.bench.seed)
    wires: list[Wire] = []
    ends: list[SpanEnd] = []
    lines: list[Line] = []
    for index, span in enumerate(config.spans):
        wire = Wire(law=Law(span.law), crc4=span.crc4, history=HISTORY)
        wires.append(wire)
        end = SpanEnd(index, span, span.near, wire.near, pump, timeline, is_near=True, bench=config)
        ends.append(end)
        lines.append(bench_line(wire, span.d_channel))
        pump.attach(wire.far, lines[-1].received)
    server = E1dServer(path, [[line] for line in lines])
    pump.attach(server, _nothing)
    near = Exchange("near", config.near, config, ends, pump, timeline)
    for line, end in zip(lines, ends, strict=True):
        line.opened = _starter(end, pump)
    return Offer(server, pump, near, wires)


def offer_pair(path: Path, *, clock: Clock | None = None) -> Offer:
    """Offer interfaces 0 and 1, line 0 each, connected to each other, on the socket `path`.

    Raises PortError when there can be no socket.
    """
    pump = Pump(clock or PacedClock())
    pair = line_pair()
    for line in pair:
        pump.attach(line.port, line.received)
    server = E1dServer(path, [[line] for line in pair])
    pump.attach(server, _nothing)
    return Offer(server, pump, None, [pair[0].port.wire])


def _starter(end: SpanEnd, pump: Pump) -> Callable[[int], None]:
    """Has our side ask for the data link when its D channel gets a listener, and not while there is none.

    A SABME that nobody hears would leave us waiting for T200 when the client is up (Q.921 5.5.1.2).
    """
    started = False

    def opened(slot: int) -> None:
        nonlocal started
        if slot == end.config.d_channel and not started:
            started = True
            pump.at(pump.now + SETTLE, lambda: end.start(pump.now))

    return opened


def _nothing(event: Event) -> None:
    """The server has no events of its own."""
