"""The reference card: a serial trunk card in software, for tests and for writers of firmware.

`card.RefCard` speaks the card's side of docs/serial-card.md in front of any Port, such as one end of a Wire;
`line` is its serial line, a pty or in memory, that also limits the rate, harms octets and stalls; and
`bench.RefBench` is two cards with a crossover cable between them. `python -m trunkbench.refcard` runs that.
"""

from __future__ import annotations

from trunkbench.refcard.bench import CardPlan, RefBench
from trunkbench.refcard.card import RefCard
from trunkbench.refcard.line import CardLine, Harm, MemoryLine, PtyLine

__all__ = ["CardLine", "CardPlan", "Harm", "MemoryLine", "PtyLine", "RefBench", "RefCard"]
