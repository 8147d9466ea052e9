"""The sample clocks of several ports beside the reference: their offset in samples, and their rate in ppm.

Ports on one bench may have clocks of their own. Line time follows the reference; what the others are off by
is looked at once a second and shown with the run, since it explains slips and gaps.
"""

from __future__ import annotations

from collections.abc import Sequence

from trunkbench.device import Counting
from trunkbench.ports.audio import Drift
from trunkwire.ticks import SAMPLE, SECOND, Tick

NOTABLE_PPM = 100.0
"""Twice what G.703 lets an E1 clock be off by (50 ppm): two lawful clocks may differ by that much."""


class ClockWatch:
    """Compares every counting port with the first one; a machine on the pump."""

    def __init__(self, ports: Sequence[object]) -> None:
        self.ports = [port for port in ports if isinstance(port, Counting)]
        self.drifts = [Drift() for _ in self.ports[1:]]
        self._due: Tick = SECOND

    def next_deadline(self) -> Tick | None:
        """Once a second, when there is something to compare."""
        return self._due if self.drifts else None

    def handle_timer(self, now: Tick) -> None:
        """Note where the counters stand."""
        self._due = now + SECOND
        reference = self.ports[0].counted() // SAMPLE
        for port, drift in zip(self.ports[1:], self.drifts, strict=True):
            drift.note(reference, port.counted() // SAMPLE)

    def report(self) -> list[str]:
        """One line a port beside the reference."""
        lines = []
        for port, drift in zip(self.ports[1:], self.drifts, strict=True):
            rate = drift.ppm
            if rate is None:
                continue
            ppm, doubt = rate
            name = getattr(port, "name", type(port).__name__)
            text = f"clock of {name}: {drift.offset:+d} samples beside the reference, "
            text += f"{ppm:+.0f} ± {doubt:.0f} ppm"
            if abs(ppm) - doubt > NOTABLE_PPM:
                text += (
                    "; lawful clocks differ by 100 ppm at most: let one end recover its clock from the line"
                )
            lines.append(text)
        return lines
