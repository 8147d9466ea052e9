"""Building the ends of a basic access on the loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.bri.bus import Bus
from trunkbench.bri.end import NetworkEnd, TerminalEnd
from trunkbench.bri.wire import BUS_GAP, TERMINAL_GAP, BasicPort, BasicWire
from trunkbench.config import BenchConfig, Depth
from trunkbench.device import Port
from trunkbench.end import End
from trunkbench.peerend import PeerEnd
from trunkbench.pump import Pump
from trunkbench.spanconfig import SpanConfig
from trunkbench.timeline import Timeline
from trunkwire.g711 import Law
from trunkwire.side import Side
from trunkwire.ticks import Tick

if TYPE_CHECKING:
    from trunkbench.build import Ends


def basic_wire(span: SpanConfig, depth: Depth, history: Tick) -> BasicWire:
    """The line of a basic access."""
    return BasicWire(
        law=Law(span.law),
        depth=depth,
        history=history,
        terminals="near" if span.near is Side.USER else "far",
        gap=BUS_GAP if span.is_bus else TERMINAL_GAP,
    )


def bus_ends(
    index: int,
    span: SpanConfig,
    wire: BasicWire,
    pump: Pump,
    timeline: Timeline,
    config: BenchConfig,
    ends: Ends,
) -> tuple[End, list[End]]:
    """The network, and the terminals in the order of the config."""
    near: Port = wire.near if ends.wrap_near is None else ends.wrap_near(wire.near)
    network: End
    if ends.near is None:
        network = NetworkEnd(index, span, span.near, near, pump, timeline, is_near=True, bench=config)
    else:
        peer = ends.near(span, span.near)
        network = PeerEnd(index, span, span.near, near, pump, timeline, is_near=True, peer=peer)
    assert isinstance(wire.far, BasicPort)
    bus = Bus(wire.far, tuple(terminal.name for terminal in span.terminals))
    pump.attach(bus, lambda event: None)  # ahead of its taps, which give out what it has received
    far: list[End] = []
    for terminal, tap in zip(span.terminals, bus.taps, strict=True):
        port: Port = tap if ends.wrap_far is None else ends.wrap_far(tap)
        factory = ends.terminals.get(terminal.name, ends.far)
        end: End
        if factory is None:
            end = TerminalEnd(
                index, span, Side.USER, port, pump, timeline, is_near=False, bench=config, terminal=terminal
            )
        else:
            peer = factory(span, Side.USER)
            end = PeerEnd(index, span, Side.USER, port, pump, timeline, is_near=False, peer=peer)
            end.name = f"{span.name} far terminal {terminal.name}"
        end.other = network
        far.append(end)
    if isinstance(network, NetworkEnd):
        network.terminals = tuple(end for end in far if isinstance(end, TerminalEnd))
        network.all_ours = len(network.terminals) == len(far)
    return network, far
