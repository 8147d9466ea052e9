"""Building what a config describes: the spans, and who runs at each end of them.

A span on the loopback is a `Wire` with two ends; on hardware it is a port, or two with a crossover cable
between them (docs/design.md, "Topologies"). Which stack runs at an end is a choice of whoever opens the bench
(`Ends`); by default it is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from trunkbench.access.leasing import leases_on
from trunkbench.bri.build import basic_wire, bus_ends
from trunkbench.clock import CardClock, PacedClock, VirtualClock
from trunkbench.config import BenchConfig, Depth, SpanConfig
from trunkbench.device import Clock, Counting, Port
from trunkbench.errors import ConfigError
from trunkbench.ports.audio import BLOCK_SAMPLES
from trunkbench.ports.guard import Guard
from trunkbench.ports.guarded import guarded
from trunkbench.ports.registry import back_end
from trunkbench.ports.wire import Wire
from trunkbench.pump import Pump
from trunkbench.span import End, Peer, PeerEnd, SpanEnd
from trunkbench.timeline import Timeline
from trunkwire.g711 import Law
from trunkwire.side import Side
from trunkwire.ticks import SAMPLE, Tick

HISTORY: Tick = 1 << 62
"""How long a wire keeps its trace: for the whole run, as the timeline does, so that any call can say what it
heard.
"""

PeerFactory = Callable[[SpanConfig, Side], Peer]
"""Makes the stack that runs at one end of a span, given the span and the side of the interface it has to
play.
"""

PortWrapper = Callable[[Port], Port]
"""Puts something between a port and the machines on it, such as a fault injector."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Who runs at the ends of every span: a peer's factory, or None for our own stack."""

    near: PeerFactory | None = None
    far: PeerFactory | None = None
    terminals: Mapping[str, PeerFactory] = field(default_factory=dict)
    """By the names of terminals on a bus: whose stack runs there rather than that of `far`."""
    wrap_near: PortWrapper | None = None
    wrap_far: PortWrapper | None = None


@dataclass(slots=True)
class Trunk:
    """The spans of a bench: wires and ports, and the ends, in the order of the config.

    `ports` are the hardware ports, the first of which is the reference of the card clock.
    """

    wires: list[Wire] = field(default_factory=list)
    ports: list[Port] = field(default_factory=list)
    near: list[End] = field(default_factory=list)
    far: list[End] = field(default_factory=list)

    @property
    def ends(self) -> tuple[End, ...]:
        """The ends of every span that are ours to serve."""
        return (*self.near, *self.far)

    def close(self) -> None:
        """Give every end and every port back. Idempotent."""
        for end in self.ends:
            end.close()
        for port in self.ports:
            port.close()


def build_trunk(config: BenchConfig, depth: Depth, pump: Pump, timeline: Timeline, ends: Ends) -> Trunk:
    """The trunk of `config`, opened, with its ports attached to the pump.

    Raises ConfigError for a back end that does not exist, PortError for a port that cannot be opened; nothing
    is left open then.
    """
    trunk = Trunk()
    try:
        for index, span in enumerate(config.spans):
            if span.is_bus:
                wire = basic_wire(span, depth, HISTORY)
                trunk.wires.append(wire)
                network, terminals = bus_ends(index, span, wire, pump, timeline, config, ends)
                trunk.near.append(network)
                trunk.far += terminals
                continue
            pair: list[End] = []
            for is_near, side, port in _ports(config, span, depth, trunk):
                wrap = ends.wrap_near if is_near else ends.wrap_far
                factory = ends.near if is_near else ends.far
                wrapped = port if wrap is None else wrap(port)
                end = _end(index, span, side, wrapped, pump, timeline, is_near, config, factory)
                (trunk.near if is_near else trunk.far).append(end)
                pair.append(end)
            if len(pair) == 2:
                pair[0].other, pair[1].other = pair[1], pair[0]
    except BaseException:
        trunk.close()
        raise
    return trunk


def _ports(
    config: BenchConfig, span: SpanConfig, depth: Depth, trunk: Trunk
) -> Iterator[tuple[bool, Side, Port]]:
    """The (is near, side, port) of the span's ends that the bench serves."""
    topology = config.bench.topology
    if span.is_loopback:
        if topology in ("through-dut", "carrier"):
            raise ConfigError(
                f"{config.source}: topology {topology!r} needs hardware ports: on the loopback there is "
                "neither a device to call through nor a carrier"
            )
        wire = _wire(span, depth)
        trunk.wires.append(wire)
        yield True, span.near, wire.near
        yield False, span.near.peer, wire.far
        return
    # Whichever end of the span it is, `near` in the config names the side that the bench plays at `port`.
    yield span.end == "near", span.near, _open(span.port, span, config, trunk)
    if span.far_port is not None:
        there = msgspec.structs.replace(span, clock=span.clock_at_far_port)
        yield False, span.near.peer, _open(span.far_port, there, config, trunk)


def _wire(span: SpanConfig, depth: Depth) -> Wire:
    if span.kind == "bri":
        return basic_wire(span, depth, HISTORY)
    return Wire(law=Law(span.law), kind=span.of_kind, crc4=span.crc4, depth=depth, history=HISTORY)


def _open(spec: str, span: SpanConfig, config: BenchConfig, trunk: Trunk) -> Port:
    """The port, with its guard next to it if it is public, so that nothing stands between the two."""
    name, _, address = spec.partition(":")
    port = back_end(name).open_port(address, span)
    if span.public:
        try:
            port = guarded(port, Guard(config.safety, span.name), span.d_channel)
        except BaseException:
            port.close()
            raise
    trunk.ports.append(port)
    return port


def make_clock(config: BenchConfig, trunk: Trunk) -> Clock:
    """The clock that the config asks for. Raises ConfigError if no port counts samples for the card clock."""
    if config.bench.clock == "virtual":
        return VirtualClock()
    if config.bench.clock == "paced":
        return PacedClock()
    reference = next((port for port in trunk.ports if isinstance(port, Counting)), None)
    if reference is None:
        raise ConfigError(
            f'{config.source}: bench.clock: no port of this bench counts samples; write clock = "paced"'
        )
    return CardClock(reference.counted, block=BLOCK_SAMPLES * SAMPLE)


def _end(
    index: int,
    span: SpanConfig,
    side: Side,
    port: Port,
    pump: Pump,
    timeline: Timeline,
    is_near: bool,
    config: BenchConfig,
    factory: PeerFactory | None,
) -> End:
    if factory is None:
        return SpanEnd(index, span, side, port, pump, timeline, is_near=is_near, bench=config)
    leases, peer = leases_on(config.access, span.name), factory(span, side)
    return PeerEnd(index, span, side, port, pump, timeline, is_near=is_near, peer=peer, leases=leases)
