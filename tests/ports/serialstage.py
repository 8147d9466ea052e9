"""Serial cards without hardware and without waiting: reference cards on lines in memory, in injected time.

`SerialStage` is two ports and two cross-connected cards, stepped by the millisecond. `CardedPort` puts a card
and its serial line in front of one end of a Wire, so that a whole bench runs over it in virtual time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trunkbench.device import Event, Frame, Gap, Mode, Port
from trunkbench.ports.serialcard import SerialCardPort
from trunkbench.refcard import CardPlan, Harm, MemoryLine, RefBench, RefCard
from trunkbench.refcard.line import CardLine
from trunkwire.g711 import Law
from trunkwire.ticks import MILLISECOND, SECOND, Tick

IDLE = Law.ALAW.silence
D_SLOT = 16
SABME = bytes.fromhex("00017f")


class SerialStage:
    """Near and far port on near and far card. `events` is what each port has told, near first."""

    def __init__(
        self,
        near: CardPlan | None = None,
        far: CardPlan | None = None,
        *,
        seed: int = 1,
        recover: tuple[bool, bool] = (False, False),
    ) -> None:
        self.now: Tick = 0
        self.cards = RefBench(near, far, seed=seed, monotonic=self.seconds, make_line=memory_line)
        self.near = self._port("near", self.lines[0], recover[0])
        self.far = self._port("far", self.lines[1], recover[1])
        self.events: dict[SerialCardPort, list[Event]] = {self.near: [], self.far: []}
        assert self.run_until(lambda: self.near.card is not None and self.far.card is not None)

    @property
    def lines(self) -> list[MemoryLine]:
        """The serial lines, near first."""
        return [line for line in self.cards.lines if isinstance(line, MemoryLine)]

    def seconds(self) -> float:
        """The clock of everything here; a quarter of a tick keeps rounding from running it back."""
        return (self.now + 0.25) / SECOND

    def run(self, duration: Tick) -> None:
        """Let so much time pass."""
        until = self.now + duration
        while self.now < until:
            self.now = min(self.now + MILLISECOND, until)
            self.cards.poll()
            for port, events in self.events.items():
                told = list(port.poll(self.now))
                events += told
                assert [event.at for event in events[-len(told) - 1 :]] == sorted(
                    event.at for event in events[-len(told) - 1 :]
                )

    def run_until(self, condition: Callable[[], bool], within: Tick = 5 * SECOND) -> bool:
        """Let time pass until the condition holds; whether it did."""
        until = self.now + within
        while not condition() and self.now < until:
            self.run(MILLISECOND)
        return condition()

    def open(self, slot: int, mode: Mode) -> None:
        """Open a slot at both ends, and wait until the cards run it."""
        for port in (self.near, self.far):
            port.open(slot, mode)
        assert self.run_until(lambda: all(slot in line.card.modes for line in self.lines))
        self.run(5 * MILLISECOND)  # the receivers have seen a flag

    def frames(self, port: SerialCardPort) -> list[bytes]:
        """The frames that a port was given."""
        return [event.data for event in self.events[port] if isinstance(event, Frame)]

    def gaps(self, port: SerialCardPort) -> list[Gap]:
        """The gaps that a port has told of."""
        return [event for event in self.events[port] if isinstance(event, Gap)]

    def _port(self, name: str, line: MemoryLine, recover: bool) -> SerialCardPort:
        return SerialCardPort(
            name,
            line.host,
            idle=IDLE,
            recover=recover,
            incarnation=100 + len(name),
            monotonic=self.seconds,
        )


def memory_line(card: RefCard, plan: CardPlan, seed: int) -> CardLine:
    """A line in memory, as a plan says."""
    return MemoryLine(card, seed=seed, harm=plan.harm)


class CardedPort(SerialCardPort):
    """A port on a card whose other side is `behind`; it runs the card and the line between, too."""

    def __init__(
        self,
        behind: Port,
        *,
        slots: tuple[int, ...] = tuple(range(1, 32)),
        harm: Harm | None = None,
        seed: int = 1,
        reset_at: tuple[Tick, ...] = (),
    ) -> None:
        self.tick: Tick = 0
        self._resets = list(reset_at)
        self.serial = MemoryLine(RefCard(behind, incarnation=7, slots=slots), seed=seed, harm=Harm())
        super().__init__("carded", self.serial.host, idle=IDLE, incarnation=8, monotonic=self._clock)
        while self.card is None:
            self.serial.poll(0)
            assert not list(super().poll(0))
        if harm is not None:  # what is wrong with the line goes wrong from now on
            ours = self.serial.harm
            ours.drop, ours.corrupt, ours.baud = harm.drop, harm.corrupt, harm.baud

    def poll(self, now: Tick) -> Iterator[Event]:
        """Let the card have its turn first."""
        self.tick = max(self.tick, now)
        if self._resets and now >= self._resets[0]:
            self.serial.card = self.serial.card.restarted(1000 + self._resets.pop(0), now)
        self.serial.poll(now)
        return super().poll(now)

    def next_deadline(self) -> Tick | None:
        """The card's, the port's, and at once when something is on the line in memory."""
        due = self.serial.next_deadline(self.tick)
        if self.serial.busy and self.tick >= self.serial.harm.stalled_until:
            due = self.tick
        ours = super().next_deadline()
        return due if ours is None else min(due, ours)

    def _clock(self) -> float:
        return (self.tick + 0.25) / SECOND
