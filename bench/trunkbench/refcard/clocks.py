"""The clocks of two reference cards on one cable, and what frames suffer where they differ (G.822, G.823).

A card that makes its clock counts by its own oscillator; one that recovers it counts as the other end sends.
A receiver writes what comes into an elastic buffer by the sender's clock, and reads it by its own: when that
has run dry a frame is repeated, when it is full one is lost, a controlled slip each. The cable between the
cards counts time as the near card does, so what differs is put right where the far card meets it.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import msgspec

from trunkbench.device import BadFrame, Caps, Event, Fds, Frame, LineFault, Mode, Port, Source
from trunkwire.hdlc import BadKind, stuffed_bits
from trunkwire.ticks import MILLISECOND, SAMPLE, Tick

LEAST, MOST = SAMPLE, 3 * SAMPLE
"""What an elastic buffer holds, in ticks: from one frame to three; it begins with two."""

STEP: Tick = 10 * MILLISECOND
"""How finely it is looked when a buffer has to slip, however long nobody has looked."""

RECENT = 4
"""So many slips back a frame is looked for that one of them has hit."""


class Slipped(NamedTuple):
    """A controlled slip: at which sample of the receiver, and whether it repeated a frame (or lost one)."""

    sample: int
    repeated: bool


class CardTime:
    """A card's count of ticks. `ppm` is what its oscillator is off by, `recover` whether it is not used."""

    def __init__(self, ppm: float = 0.0) -> None:
        self.ppm = ppm
        self.recover = False
        self._rate = 1 + ppm / 1e6
        self._since: Tick = 0
        self._counted = 0.0

    def count(self, now: Tick) -> Tick:
        """The count at tick `now` of true time."""
        return int(self._counted + (now - self._since) * self._rate)

    def when(self, count: Tick) -> Tick:
        """The first tick of true time at which the count is that far."""
        at = self._since + int((count - self._counted) / self._rate)
        while self.count(at) < count:
            at += 1
        return at

    def run_at(self, ppm: float, now: Tick) -> None:
        """From `now` on count so much fast."""
        rate = 1 + ppm / 1e6
        if rate != self._rate:
            self._counted += (now - self._since) * self._rate
            self._since, self._rate = now, rate


class ElasticBuffer:
    """What a receiver reads: its sample k is the sender's sample k + `shift` (of k)."""

    def __init__(self) -> None:
        self.slips: list[Slipped] = []
        self._told = 0
        self._from = [0]
        self._shifts = [-2]

    def news(self) -> list[Slipped]:
        """The slips since this was asked last."""
        news = self.slips[self._told :]
        self._told += len(news)
        return news

    @property
    def shift(self) -> int:
        """What holds for the samples to come."""
        return self._shifts[-1]

    def run(self, written: Tick, read: Tick) -> None:
        """Sender and receiver have counted so far."""
        held = written - read - self.shift * SAMPLE
        while not LEAST <= held <= MOST:
            repeated = held < LEAST
            self.slips.append(Slipped(read // SAMPLE, repeated))
            self._from.append(read // SAMPLE)
            self._shifts.append(self.shift + (-1 if repeated else 1))
            held += SAMPLE if repeated else -SAMPLE

    def pieces(self, first: int, n: int) -> Iterator[tuple[int, int]]:
        """The (sender's sample, count) stretches of which the receiver's `n` samples from `first` on are."""
        at = bisect.bisect_right(self._from, first) - 1
        while n > 0:
            end = self._from[at + 1] if at + 1 < len(self._from) else first + n
            count = min(n, end - first)
            if count > 0:
                yield first + self._shifts[max(at, 0)], count
            first, n, at = first + count, n - count, at + 1


class LineClocks:
    """Both cards' clocks, and both receivers."""

    def __init__(self, near_ppm: float = 0.0, far_ppm: float = 0.0) -> None:
        self.near, self.far = CardTime(near_ppm), CardTime(far_ppm)
        self.at_near, self.at_far = ElasticBuffer(), ElasticBuffer()
        self.on_cable: Tick = 0
        """The cable's count."""
        self._run_to: Tick = 0

    def run(self, now: Tick) -> None:
        """True time has gone on. A pair of cards that both recover runs by the near one's oscillator."""
        near, far = self.near, self.far
        now = max(now, self._run_to)
        follows = near.recover and not far.recover
        near_rate = far.ppm if follows else near.ppm
        near.run_at(near_rate, now)
        far.run_at(near_rate if far.recover else far.ppm, now)
        for at in (*range(self._run_to + STEP, now, STEP), now):
            here, there = near.count(at), far.count(at)
            self.at_near.run(written=there, read=here)
            self.at_far.run(written=here, read=there)
        self._run_to, self.on_cable = now, near.count(now)


class ClockedPort:
    """One end of the cable as its card sees it, by the card's own count. `far`: whether it is the far one."""

    def __init__(self, port: Port, clocks: LineClocks, *, far: bool) -> None:
        self._port = port
        self._far = far
        self._clocks = clocks
        self._reader = clocks.at_far if far else clocks.at_near

    @property
    def caps(self) -> Caps:
        """Those of the cable's end."""
        return self._port.caps

    def fds(self) -> Fds:
        """Those of the cable's end."""
        return self._port.fds()

    def next_deadline(self) -> Tick | None:
        """By the card's count."""
        due = self._port.next_deadline()
        if due is None or not self._far:
            return due
        return self._clocks.far.count(self._clocks.near.when(due)) + 1

    def poll(self, now: Tick) -> Iterator[Event]:
        """What the cable's end tells; a frame that a slip has hit is a bad one."""
        for event in self._port.poll(self._clocks.on_cable):
            yield self._by_card(event, now)

    def close(self) -> None:
        """Close the cable's end."""
        self._port.close()

    def open(self, slot: int, mode: Mode) -> None:
        """Open a timeslot."""
        self._port.open(slot, mode)

    def send(self, slot: int, frame: bytes) -> None:
        """Queue a frame."""
        self._port.send(slot, frame)

    def play(self, slot: int, source: Source | None, start: Tick) -> None:
        """Transmit from the card's tick `start` on."""
        if not self._far:
            self._port.play(slot, source, start)
            return
        reader = self._clocks.at_near

        def on_cable(first: int, n: int) -> bytes:
            assert source is not None
            return b"".join(source(at, count) for at, count in reader.pieces(first, n))

        begin = max(start - reader.shift * SAMPLE, -(-self._clocks.on_cable // SAMPLE) * SAMPLE)
        self._port.play(slot, None if source is None else on_cable, begin)

    def cas(self, slot: int, abcd: int) -> None:
        """Send ABCD bits."""
        self._port.cas(slot, abcd)

    def insert(self, fault: LineFault) -> None:
        """Insert a fault at the card's tick."""
        start = fault.start
        if self._far:
            start = max(self._clocks.near.count(self._clocks.far.when(start)), self._clocks.on_cable + 1)
        self._port.insert(replace(fault, start=start))

    def horizon(self, slot: int) -> Tick:
        """What has been heard is final before this tick of the card."""
        return self._port.horizon(slot) - (self._reader.shift * SAMPLE if self._far else 0)

    def heard(self, slot: int, first: int, n: int) -> bytes:
        """What came out of the receiver's buffer."""
        if not self._far:  # the far card's samples were put into its order when it sent them
            return self._port.heard(slot, first, n)
        return b"".join(self._port.heard(slot, at, count) for at, count in self._reader.pieces(first, n))

    def _by_card(self, event: Event, now: Tick) -> Event:
        at = event.at
        if self._far:
            at = min(self._clocks.far.count(self._clocks.near.when(at)), now)
        if isinstance(event, Frame):
            began = at - stuffed_bits(event.data) - 8
            if any(began <= sample * SAMPLE < at for sample, _ in self._reader.slips[-RECENT:]):
                return BadFrame(at, event.slot, BadKind.BAD_FCS.value, b"")
        carded: Event = msgspec.structs.replace(event, at=at)
        return carded
