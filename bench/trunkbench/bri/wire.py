"""The Wire of a basic access: two B channels (slots 1 and 2) and a D channel of 16 kbit/s (slot 3).

Everything else is as on `trunkbench.ports.wire.Wire`: frames cross by event jump at exact ticks, or are
decoded from the rendered bits of B1, B2 and D at depth "bits", and faults switch to bits on demand.
"""

from __future__ import annotations

from dataclasses import replace

from trunkbench.bri import faults
from trunkbench.bri.faults import BasicFaults
from trunkbench.bri.frame import BasicFraming, D
from trunkbench.bri.lane import D_BIT, D_OCTET, DLane, packed
from trunkbench.device import LineFault, Mode
from trunkbench.errors import PortError
from trunkbench.ports.framing import Framing
from trunkbench.ports.lanes import FrameLane
from trunkbench.ports.port import WirePort, caps_of
from trunkbench.ports.way import Due, Way
from trunkbench.ports.wire import Companding, Depth, Wire
from trunkbench.spankind import BRI
from trunkwire.ticks import SAMPLE, SECOND, Tick

TERMINAL_GAP = 9
"""Ones that the only terminal of a line leaves behind a frame of its own: the lower level of priority class 1
(I.430 6.1)."""

BUS_GAP = 8
"""The same between frames of different terminals: the normal level."""


class BasicWay(Way):
    """One direction of a basic access."""

    def __init__(self, idle: int) -> None:
        super().__init__(idle)
        self.faults = BasicFaults(idle)

    def send(self, slot: int, data: bytes, now: Tick) -> LineFault | None:
        """As `Way.send`; a bit that a fault corrupts is one of the D channel there."""
        error = super().send(slot, data, now)
        return faults.in_d_bits(error) if error is not None and slot == D else error

    def heard_from(self, due: Due) -> Tick:
        """Since when a receiver must have listened to get that frame: from its opening flag on."""
        _, slot, _, frame = due
        return frame.before if slot == D else super().heard_from(due)

    def busy_slots(self) -> list[int]:
        """The D channel is never like an idle B channel."""
        return sorted({*super().busy_slots(), D})

    def declared(self, slot: int, first: int, n: int) -> bytes:
        """As `Way.declared`; a D channel that nobody has opened rests at one."""
        if slot == D and D not in self.frames:
            return b"\3" * n
        return super().declared(slot, first, n)

    def bit_ticks(self, slot: int) -> Tick:
        """How long a bit of the slot lasts."""
        return D_BIT if slot == D else 1

    def hdlc_octets(self, slot: int, octets: bytes) -> bytes:
        """What was received on a slot, eight bits an octet."""
        return packed(octets) if slot == D else octets


class BasicPort(WirePort):
    """One end of a basic access."""

    _grid = D_OCTET * SAMPLE

    caps = replace(caps_of(BRI), alarms=frozenset({"LOS"}), faults=faults.KINDS)

    def __init__(self, wire: Wire, name: str, out: Way, into: Way) -> None:
        super().__init__(wire, name, out, into)
        self.caps = BasicPort.caps

    def open(self, slot: int, mode: Mode) -> None:
        """As `WirePort.open`; the D channel carries frames only."""
        if slot == D and mode is not Mode.FRAMES:
            raise PortError(f"{self.name} end: slot {D} is a D channel; it can be opened as frames only")
        super().open(slot, mode)

    def _frame_lane(self, slot: int, since: Tick) -> FrameLane:
        return DLane(since, self._gap) if slot == D else FrameLane(since)

    def _check(self, fault: LineFault) -> None:
        faults.check(fault)

    @property
    def _gap(self) -> int:
        wire = self.wire
        assert isinstance(wire, BasicWire)
        return wire.gaps.get(self.name, 0)

    def quiet_since(self) -> Tick:
        """Since when this end's D channel has rested at one, or will when what was sent is over."""
        return self._out.frames[D].boundary


class BasicWire(Wire):
    """A basic access with two ends; `terminals` names the end ("near" or "far") of the user side, whose
    frames keep the distance that I.430 6.1 asks for: `gap` ones.
    """

    def __init__(
        self,
        *,
        law: Companding,
        depth: Depth = "event",
        history: Tick = 3600 * SECOND,
        terminals: str = "far",
        gap: int = TERMINAL_GAP,
    ) -> None:
        self.gaps = {terminals: gap}
        super().__init__(law=law, kind=BRI, depth=depth, history=history)

    def _framing(self) -> Framing:
        return BasicFraming()

    def _way(self, idle: int) -> Way:
        return BasicWay(idle)

    def _port(self, name: str, out: Way, into: Way) -> WirePort:
        return BasicPort(self, name, out, into)
