"""Two reference cards with a crossover cable between them, each with its own clock and serial line."""

from __future__ import annotations

import random
import secrets
import select
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trunkbench.device import Fds
from trunkbench.ports.wire import Wire
from trunkbench.refcard.card import RefCard
from trunkbench.refcard.clocks import ClockedPort, LineClocks
from trunkbench.refcard.line import CardLine, Harm, PtyLine
from trunkwire.g711 import Law
from trunkwire.ticks import MILLISECOND, SECOND, Tick

HISTORY: Tick = 30 * SECOND


@dataclass(frozen=True, slots=True)
class CardPlan:
    """How one card is: where its device is linked to, its timeslots, and what is wrong with its line."""

    link: Path | None = None
    slots: tuple[int, ...] = tuple(range(1, 32))
    harm: Harm = field(default_factory=Harm)
    reset_every: Tick | None = None
    ppm: float = 0.0
    """By how many millionths its oscillator is fast."""


class RefBench:
    """Near and far card on one Wire. `monotonic` is the clock of both cards, in seconds.

    `make_line` makes the serial line of a card from its plan and a seed: by default a pty.
    """

    def __init__(
        self,
        near: CardPlan | None = None,
        far: CardPlan | None = None,
        *,
        law: Law = Law.ALAW,
        make_line: Callable[[RefCard, CardPlan, int], CardLine] | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.wire = Wire(law=law, history=HISTORY)
        self._random = random.Random(seed)
        self._monotonic = monotonic
        self._began = monotonic()
        self._plans = (near or CardPlan(), far or CardPlan())
        self.clocks = LineClocks(*(plan.ppm for plan in self._plans))
        self.lines: list[CardLine] = []
        try:
            for plan, card in zip(self._plans, self._cards(), strict=True):
                self.lines.append((make_line or _pty)(card, plan, self._random.randrange(1 << 30)))
        except BaseException:
            self.close()
            raise
        self._reset_at = [plan.reset_every for plan in self._plans]

    def __enter__(self) -> RefBench:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    @property
    def near(self) -> CardLine:
        """The near card's line."""
        return self.lines[0]

    @property
    def far(self) -> CardLine:
        """The far card's line."""
        return self.lines[1]

    @property
    def paths(self) -> list[str]:
        """The devices of both cards, where their lines are ptys."""
        return [line.path for line in self.lines if isinstance(line, PtyLine)]

    def now(self) -> Tick:
        """Line time of the cable between the cards."""
        return int((self._monotonic() - self._began) * SECOND)

    def poll(self) -> None:
        """Serve both cards as far as they can go now."""
        now = self.now()
        self.clocks.run(now)
        for index, line in enumerate(self.lines):
            at = self._reset_at[index]
            if at is not None and now >= at:
                self._reset_at[index] = now + (self._plans[index].reset_every or 0)
                self.reset(index)
            line.poll(now)

    def reset(self, index: int) -> None:
        """The card (0 near, 1 far) starts anew: it knows nothing, and its count begins at 0 again."""
        line = self.lines[index]
        line.card = line.card.restarted(self._incarnation(), self.now())

    def wait(self, most: Tick = 20 * MILLISECOND) -> None:
        """Wait until there is something to do, at most for `most`."""
        now = self.now()
        until = min([now + most, *(line.next_deadline(now) for line in self.lines)])
        poller = select.poll()
        for fd, mask in self.fds():
            poller.register(fd, mask)
        poller.poll(max(until - now, 0) / SECOND * 1000)

    def fds(self) -> Fds:
        """The descriptors of both lines."""
        now = self.now()
        return [fd for line in self.lines for fd in line.fds(now)]

    def close(self) -> None:
        """Both devices vanish. Idempotent."""
        for line in self.lines:
            line.close()

    def _cards(self) -> Iterator[RefCard]:
        """Near and far; with one clock for both where neither oscillator is off."""
        apart, clocks = any(plan.ppm for plan in self._plans), self.clocks
        ends = ((self.wire.near, clocks.near, clocks.at_near), (self.wire.far, clocks.far, clocks.at_far))
        for plan, (port, time_, receiver) in zip(self._plans, ends, strict=True):
            yield RefCard(
                ClockedPort(port, clocks, far=port is self.wire.far) if apart else port,
                incarnation=self._incarnation(),
                slots=plan.slots,
                time=time_,
                receiver=receiver,
            )

    def _incarnation(self) -> int:
        return 1 + secrets.randbelow((1 << 32) - 1)


def _pty(card: RefCard, plan: CardPlan, seed: int) -> CardLine:
    return PtyLine(card, seed=seed, harm=plan.harm, link=plan.link)
