"""Building what a config describes: the spans, and who runs at each end of them.

A span on the loopback is a `Wire` with two ends. Which stack runs at an end is a choice of whoever opens
the bench (`Ends`); by default it is ours at both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from trunkbench.config import BenchConfig, Depth, SpanConfig
from trunkbench.device import Port
from trunkbench.errors import ConfigError
from trunkbench.ports.wire import Wire
from trunkbench.pump import Pump
from trunkbench.span import End, Peer, PeerEnd, SpanEnd
from trunkbench.timeline import Timeline
from trunkwire.g711 import Law
from trunkwire.side import Side
from trunkwire.ticks import Tick

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
    wrap_near: PortWrapper | None = None
    wrap_far: PortWrapper | None = None


@dataclass(slots=True)
class Trunk:
    """The spans of a bench: the wires (loopback spans only), and the ends, in the order of the config."""

    wires: list[Wire] = field(default_factory=list)
    near: list[End] = field(default_factory=list)
    far: list[End] = field(default_factory=list)


def build_trunk(config: BenchConfig, depth: Depth, pump: Pump, timeline: Timeline, ends: Ends) -> Trunk:
    """The trunk of `config`, opened, with its ports attached to the pump.

    Raises ConfigError for a port that this version cannot open.
    """
    trunk = Trunk()
    for index, span in enumerate(config.spans):
        if not span.is_loopback:
            raise ConfigError(
                f"{config.source}: span.{index}.port: there is no back end for {span.port!r}; use 'loopback'"
            )
        wire = Wire(law=Law(span.law), crc4=span.crc4, depth=depth, history=HISTORY)
        trunk.wires.append(wire)
        for is_near, side, group in ((True, span.near, trunk.near), (False, span.near.peer, trunk.far)):
            port: Port = wire.near if is_near else wire.far
            wrap = ends.wrap_near if is_near else ends.wrap_far
            factory = ends.near if is_near else ends.far
            if wrap is not None:
                port = wrap(port)
            group.append(_end(index, span, side, port, pump, timeline, is_near, config, factory))
    return trunk


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
    return PeerEnd(index, span, side, port, pump, timeline, is_near=is_near, peer=factory(span, side))


def own_ends(ends: Sequence[End]) -> list[SpanEnd]:
    """Those of the ends that run our own stack."""
    return [end for end in ends if isinstance(end, SpanEnd)]
