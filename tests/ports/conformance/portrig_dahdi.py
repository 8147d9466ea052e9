"""DAHDI: two joined spans of the real driver, in real time, in the virtual machine of tests/vm only."""

from __future__ import annotations

import gc

from dahdi_spans import FAR, IN_GUEST, NEAR, WHY_NOT, PulledCard, ensure_spans
from portrigs import MS, Rig, Starving, Traits, Vanishing

from trunkbench.clock import PacedClock
from trunkbench.config import SpanConfig
from trunkbench.device import Clock, Port
from trunkbench.ports.dahdi import LONGEST, open_port
from trunkbench.ports.dahdi_faults import SLOT_LOOP
from trunkbench.ports.dahdi_line import capabilities
from trunkwire.ticks import SECOND, Tick


class DahdiRig(Rig, Vanishing, Starving):
    """Two dynamic spans that the driver joins; a port leaves their channels as it found them."""

    name = "dahdi"
    title = "DAHDI, the real driver in a virtual machine"
    near_traits = far_traits = Traits(
        capabilities(frozenset({SLOT_LOOP})), longest=LONGEST, counts=True, tells_bad=True
    )
    means = frozenset({"vanish", "starve", "mixed"})
    here = False
    opening = 30 * MS
    warm_up = 300 * MS

    def make_clock(self) -> Clock:
        """The guest's own."""
        return PacedClock()

    def connect(self) -> tuple[Port, Port]:
        """Both spans, made when they are missing."""
        if not IN_GUEST:
            raise RuntimeError(WHY_NOT)
        self._pulled: PulledCard | None = None
        gc.collect()
        gc.freeze()  # a full collection in the guest takes longer than the driver's buffers last
        ensure_spans()
        span = SpanConfig(name="span1")
        return open_port(str(NEAR), span), open_port(str(FAR), span)

    def vanish(self) -> None:
        """The far span is taken out of the driver, as when a card is pulled."""
        self._pulled = PulledCard(FAR)

    def starving_time(self) -> Tick:
        """More than the driver's buffers hold."""
        return SECOND

    def disconnect(self) -> None:
        """Put the span back that was taken away."""
        if self._pulled is not None:
            self._pulled.back()
