"""Host and card of the serial link on a line of octets that drops, corrupts, doubles and stalls by a seed.

Time is virtual: `run` goes from event to event. The line keeps the order, as a serial line does.
"""

from __future__ import annotations

import random
from collections import deque

from trunkwire.seriallink import LinkSettings, Output, Received, SerialLink, Transmit
from trunkwire.seriallink.messages import LogLine, Severity
from trunkwire.ticks import MILLISECOND, SECOND, Tick

DELAY: Tick = 5 * MILLISECOND


class Line:
    """One direction. `drop`, `corrupt` and `double` are chances per octet or, for `double`, per chunk."""

    def __init__(self, rng: random.Random, drop: float = 0, corrupt: float = 0, double: float = 0) -> None:
        self.rng = rng
        self.drop, self.corrupt, self.double = drop, corrupt, double
        self.stalled_until: Tick = 0
        self.under_way: deque[tuple[Tick, bytes]] = deque()

    def carry(self, octets: bytes, now: Tick) -> None:
        """Put octets onto the line."""
        rng = self.rng
        harmed = bytearray()
        for octet in octets:
            chance = rng.random()
            if chance < self.drop:
                continue
            harmed.append(octet ^ (1 << rng.randrange(8)) if chance < self.drop + self.corrupt else octet)
        at = max(now + DELAY, self.stalled_until, self.under_way[-1][0] if self.under_way else 0)
        for _ in range(2 if rng.random() < self.double else 1):
            self.under_way.append((at, bytes(harmed)))


class SerialPair:
    """Both ends; `got` is what each handed out beside Transmit, by role."""

    def __init__(
        self,
        seed: int = 0,
        *,
        drop: float = 0,
        corrupt: float = 0,
        double: float = 0,
        settings: LinkSettings | None = None,
    ) -> None:
        self.rng = random.Random(seed)
        self.settings = settings
        self.now: Tick = 0
        self.ends = {card: self._end(card) for card in (False, True)}
        self.lines = {card: Line(self.rng, drop, corrupt, double) for card in (False, True)}
        """By who sends."""
        self.got: dict[bool, list[Output]] = {False: [], True: []}
        self.room = {False: True, True: True}

    @property
    def host(self) -> SerialLink:
        """The host's end."""
        return self.ends[False]

    @property
    def card(self) -> SerialLink:
        """The card's end."""
        return self.ends[True]

    def start(self) -> SerialPair:
        """Start both and let them find each other."""
        for end in self.ends.values():
            end.start(self.now)
        self.drain()
        self.run(SECOND)
        return self

    def restart(self, card: bool) -> None:
        """This end forgets everything and starts anew; what is on the line arrives all the same."""
        self.ends[card] = self._end(card)
        self.ends[card].start(self.now)
        self.drain()

    def drain(self) -> None:
        """Hand on every output."""
        for card, end in self.ends.items():
            while (output := end.poll_output(self.room[card])) is not None:
                if isinstance(output, Transmit):
                    self.lines[card].carry(output.octets, self.now)
                else:
                    self.got[card].append(output)

    def run(self, duration: Tick) -> None:
        """Let line time pass."""
        until = self.now + duration
        while (at := self._next()) is not None and at <= until:
            self.now = max(at, self.now)
            for card, line in self.lines.items():
                while line.under_way and line.under_way[0][0] <= self.now:
                    self.ends[not card].receive(line.under_way.popleft()[1], self.now)
                    self.drain()
            for card, end in self.ends.items():
                deadline = end.next_deadline(self.room[card])
                if deadline is not None and deadline <= self.now:
                    end.handle_timer(self.now)
                    self.drain()
        self.now = until

    def texts(self, card: bool) -> list[str]:
        """The texts of the log lines that arrived at an end."""
        return [
            output.message.text
            for output in self.got[card]
            if isinstance(output, Received) and isinstance(output.message, LogLine)
        ]

    def _next(self) -> Tick | None:
        times = [line.under_way[0][0] for line in self.lines.values() if line.under_way]
        deadlines = (end.next_deadline(self.room[card]) for card, end in self.ends.items())
        times += [tick for tick in deadlines if tick is not None]
        return min(times, default=None)

    def _end(self, card: bool) -> SerialLink:
        return SerialLink(card=card, incarnation=self.rng.randrange(1, 1 << 32), settings=self.settings)


def log(text: str) -> LogLine:
    """A numbered message with a text."""
    return LogLine(severity=Severity.INFO, text=text)
