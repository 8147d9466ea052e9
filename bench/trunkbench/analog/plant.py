"""All analog lines of a bench: their pairs, and the Wires on which they sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkbench.analog.circuit import CircuitEnd
from trunkbench.analog.station import StationEnd
from trunkbench.device import Mode
from trunkbench.errors import ConfigError
from trunkbench.ports.wire import Wire
from trunkbench.spankind import LINES
from trunkwire.g711 import Law
from trunkwire.loopstart import LoopSettings
from trunkwire.ticks import Tick
from trunkwire.tones.ident import SPANS

if TYPE_CHECKING:
    from trunkbench.pump import Pump
    from trunkbench.timeline import Timeline


@dataclass(eq=False)
class AnalogLine:
    """One line. `index` and `slot` number its Wire and its place there."""

    number: str
    index: int
    slot: int
    caller_id: str = "v23"
    """The modem that tells who calls (`trunkwire.callerid`), or "none"."""
    settings: LoopSettings = field(default_factory=LoopSettings)
    cut: bool = False
    """Whether the pair is broken: nothing that is done to it arrives."""


class LinePlant:
    """The lines by number, their circuits at the near end and their sets at the far end."""

    def __init__(
        self,
        numbers: Iterable[str],
        law: Law,
        pump: Pump,
        timeline: Timeline,
        *,
        first_index: int,
        history: Tick,
        caller_id: str = "v23",
    ) -> None:
        """`first_index` is the first number for identification tones that no span has.

        Raises ConfigError for more lines than there are such tones.
        """
        self.wires: list[Wire] = []
        self.lines: dict[str, AnalogLine] = {}
        self.circuits: dict[str, CircuitEnd] = {}
        self.sets: dict[str, StationEnd] = {}
        for n, number in enumerate(numbers):
            bundle, place = divmod(n, len(LINES.slots))
            index = first_index + bundle
            if index >= SPANS:
                room = (SPANS - first_index) * len(LINES.slots)
                raise ConfigError(f"access: there is room for {room} analog lines beside the spans")
            if place == 0:
                wire = Wire(law=law, kind=LINES, depth="event", history=history)
                self.wires.append(wire)
                pump.attach(wire.near, lambda event: None)
                pump.attach(wire.far, lambda event: None)
            line = AnalogLine(number, index, LINES.slots[place], caller_id)
            wire.near.open(line.slot, Mode.OCTETS)
            wire.far.open(line.slot, Mode.OCTETS)
            self.lines[number] = line
            circuit = CircuitEnd(line, wire.near, law, pump, timeline)
            station = StationEnd(line, wire.far, law, pump, timeline)
            circuit.opposite, station.opposite = station, circuit
            self.circuits[number], self.sets[number] = circuit, station

    def cut(self, number: str) -> None:
        """Break the pair of that line: a dead line, which looks idle and never answers."""
        self.lines[number].cut = True

    def cross(self, one: str, other: str) -> None:
        """Plug the pairs of two lines into each other's sets. They have to be at rest."""
        first, second = self.sets[one], self.sets[other]
        first.slot, second.slot = second.slot, first.slot
        first.port, second.port = second.port, first.port
        first.opposite, second.opposite = second.opposite, first.opposite
        for station in (first, second):
            assert station.opposite is not None
            station.opposite.opposite = station

    def ends(self) -> Iterator[CircuitEnd | StationEnd]:
        """Every end."""
        yield from self.circuits.values()
        yield from self.sets.values()

    def close(self) -> None:
        """Give the Wires back. Idempotent."""
        for wire in self.wires:
            wire.near.close()
            wire.far.close()
