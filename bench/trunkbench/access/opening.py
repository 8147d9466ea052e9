"""What `[access]` of a configuration becomes on a bench: the near end is the public exchange of that number
plan, and on the loopback its analog lines are there, with a set at each.

On a carrier's trunk the carrier is the exchange, and through a device the device is: there the plan only says
what is promised.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trunkbench.access.config import DigitalTrunkTable, build_network, digits
from trunkbench.access.switching import Switch
from trunkbench.analog import LinePlant
from trunkbench.build import HISTORY

if TYPE_CHECKING:
    from trunkbench.access.network import Network
    from trunkbench.bench import Bench
    from trunkbench.exchange import Exchange
    from trunkbench.span import SpanEnd

_OURS = ("crossover", "dut-pbx")
"""The topologies in which the bench is the public exchange."""


def open_access(bench: Bench) -> tuple[Network | None, LinePlant | None]:
    """The network's model and the analog lines of a bench that is being built; None where there is none."""
    config = bench.config
    if config.access is None:
        return None, None
    network = _network(bench)
    if config.bench.topology not in _OURS or not bench.near.spans:
        return network, None
    if not network.services and not network.lines:  # leased channels only: what is dialled is as without plan
        return network, None
    plant = None
    if not bench.trunk.ports and network.lines:
        plant = LinePlant(
            network.lines,
            bench.near.lines.law,
            bench.pump,
            bench.timeline,
            first_index=len(config.spans),
            history=HISTORY,
            caller_id=config.line.caller_id_standard,
        )
        bench.near.connect_lines(plant.circuits)
        bench.far.connect_lines(plant.sets)
    _install(bench, network, plant)
    for exchange, use in ((bench.near, "outgoing"), (bench.far, "incoming")):
        _close(exchange, [table for table in config.access.digital_trunk if table.use == use])
    return network, plant


def _close(exchange: Exchange, tables: Sequence[DigitalTrunkTable]) -> None:
    """The spans of these trunks are for calls of the other direction only."""
    exchange.closed = frozenset(name for table in tables for name in table.spans)
    spans = {span.index: span for span in exchange.spans if span.config.name in exchange.closed}
    exchange.capacity -= sum(len(span.slot_of) - span.leases.away_at_first for span in spans.values())


def renew(bench: Bench) -> Network:
    """The model as new, for a bench that is reset: groups begin with their first line again."""
    network = _network(bench)
    _install(bench, network, bench.plant)
    return network


def _install(bench: Bench, network: Network, plant: LinePlant | None) -> None:
    assert bench.config.access is not None
    switch = bench.near.switch = Switch(
        bench.near, network, _trunks(bench), plant, country=bench.config.access.country
    )
    switch.private = lambda called: called in bench.far.plans


def _network(bench: Bench) -> Network:
    assert bench.config.access is not None
    return build_network(bench.config.access, {span.name: len(span.slots) for span in bench.config.spans})


def _trunks(bench: Bench) -> dict[str, list[SpanEnd]]:
    assert bench.config.access is not None
    trunks = {}
    for table in bench.config.access.digital_trunk:
        spans = [span for span in bench.near.spans if span.config.name in table.spans]
        trunks[digits(table.number)] = spans
    return trunks
