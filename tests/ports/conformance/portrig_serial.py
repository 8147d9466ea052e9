"""The serial card: two ports on two joined reference cards, over lines in memory, in virtual time."""

from __future__ import annotations

from collections.abc import Iterator

from portrigs import MS, Harming, Rig, RigEnd, Starving, Traits, Vanishing
from serialstage import memory_line

from trunkbench.device import Caps, Event, Fds, LineFault, Mode, Port, TimeBase
from trunkbench.ports import faults
from trunkbench.ports.serialcard import SerialCardPort
from trunkbench.refcard import MemoryLine, RefBench
from trunkwire.g711 import Law
from trunkwire.ticks import SECOND, Tick

CARD = Caps(
    modes=frozenset({Mode.FRAMES, Mode.OCTETS}),
    slots=tuple(range(1, 32)),
    alarms=frozenset({"LOS", "LOF", "AIS", "RAI"}),
    faults=faults.KINDS,
    time=TimeBase.CARD,
)
"""What the reference card declares of itself over the link."""


class Cards:
    """Both cards as one device on the pump."""

    def __init__(self, cards: RefBench) -> None:
        self._cards = cards

    def fds(self) -> Fds:
        """None: the lines are in memory."""
        return ()

    def next_deadline(self) -> Tick | None:
        """When a card is due, or a line has octets that nobody has taken; a line that is stuck or was pulled
        is looked at every millisecond.
        """
        now = self._cards.now()
        busy = any(isinstance(line, MemoryLine) and line.busy for line in self._cards.lines)
        due = min(line.next_deadline(now) for line in self._cards.lines)
        return now + MS if busy or due <= now else due

    def poll(self, now: Tick) -> Iterator[Event]:
        """Both cards' turn."""
        self._cards.poll()
        return iter(())

    def close(self) -> None:
        """Both cards are pulled."""
        self._cards.close()


class SerialRig(Rig, Harming, Vanishing, Starving):
    """Two reference cards with a crossover cable, a serial line and a port each."""

    name = "serial"
    title = "serial card"
    near_traits = far_traits = Traits(CARD, longest=2046, counts=True, tells_bad=True)
    means = frozenset({"harm", "vanish", "starve", "mixed"})
    opening = 30 * MS

    def connect(self) -> tuple[Port, Port]:
        """Both ports have met their cards."""
        self.cards = RefBench(monotonic=self._seconds, make_line=memory_line)
        self.pump.attach(Cards(self.cards), _nothing)
        near, far = (
            SerialCardPort(
                f"serial:{name}", line.host, idle=Law.ALAW.silence, incarnation=9, monotonic=self._seconds
            )
            for name, line in zip(("near", "far"), self.cards.lines, strict=True)
            if isinstance(line, MemoryLine)
        )
        while near.card is None or far.card is None:
            self.cards.poll()
            assert [*near.poll(0), *far.poll(0)] == []
        return near, far

    def _seconds(self) -> float:
        # Once time runs, a quarter of a tick more keeps rounding from running it back.
        return (self.pump.now + 0.25 if self.pump.now else 0) / SECOND

    def harm(self, end: RigEnd, kind: str, duration: Tick) -> None:
        """The cable between the cards has a fault."""
        ways = {"near": self.cards.wire.near, "far": self.cards.wire.far}
        ways[end.name].insert(LineFault(kind, self.now + MS, duration))

    def vanish(self) -> None:
        """The far card is pulled."""
        self.cards.far.close()

    def starving_time(self) -> Tick:
        """More than the line and the card's link hold."""
        return 3 * SECOND

    def disconnect(self) -> None:
        """Pull both cards."""
        self.cards.close()


def _nothing(event: Event) -> None:
    """The cards have no events of their own."""
