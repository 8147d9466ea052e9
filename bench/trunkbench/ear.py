"""An ear: what the party on a line hears, sample by sample, and where it comes from.

A line is connected to one feed after another: nothing, a tone of the local exchange, or a timeslot of a
trunk. An `Ear` keeps that history; the octets themselves are only fetched when somebody listens. Blocks are
160 samples (20 ms) on an absolute grid, the unit of all detection (`trunkwire.tones`).
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Protocol

from trunkbench.device import Counting, Port, Source
from trunkbench.outcome import Via
from trunkwire.g711 import Law
from trunkwire.ticks import SAMPLE, Tick

BLOCK_SAMPLES = 160
BLOCK: Tick = BLOCK_SAMPLES * SAMPLE


@dataclass(frozen=True, slots=True)
class LocalFeed:
    """A tone that the local exchange plays to its own subscriber."""

    source: Source
    name: str


class Speaker(Protocol):
    """The other end of a span, which may fail to send in time."""

    def not_sent(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        """The (first sample, length) stretches of those samples in which it may not have been heard."""
        ...


@dataclass(frozen=True, slots=True)
class TrunkFeed:
    """What a port receives on one timeslot; `speaker` is the end that sends it, if the bench has it too."""

    port: Port
    slot: int
    speaker: Speaker | None = None


Feed = LocalFeed | TrunkFeed | None


def first_sample(tick: Tick) -> int:
    """The first sample that begins at or after the tick."""
    return -(-tick // SAMPLE)


class Ear:
    """The listening side of one line."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self._starts: list[int] = []
        self._feeds: list[Feed] = []

    def connect(self, feed: Feed, at: Tick) -> None:
        """From tick `at` on the line is connected to `feed`; None is silence."""
        start = first_sample(at)
        while self._starts and self._starts[-1] >= start:
            self._starts.pop()
            self._feeds.pop()
        if not self._feeds or self._feeds[-1] != feed:
            self._starts.append(start)
            self._feeds.append(feed)

    @property
    def feed(self) -> Feed:
        """What the line is connected to now."""
        return self._feeds[-1] if self._feeds else None

    @property
    def span(self) -> tuple[int, int] | None:
        """The first sample of the first and of the last feed; None when nothing was ever connected."""
        return (self._starts[0], self._starts[-1]) if self._starts else None

    def via(self, sample: int) -> Via:
        """Whether that sample comes over the trunk or from the local exchange (silence is local)."""
        index = bisect.bisect_right(self._starts, sample) - 1
        return "trunk" if index >= 0 and isinstance(self._feeds[index], TrunkFeed) else "local"

    def final(self, now: Tick) -> int:
        """Samples before this one will not change any more.

        A card delivers what it heard some blocks late, also for a line that has left the trunk since.
        """
        final = now // SAMPLE
        until = final
        for start, feed in zip(reversed(self._starts), reversed(self._feeds), strict=True):
            if isinstance(feed, TrunkFeed):
                horizon = feed.port.horizon(feed.slot) // SAMPLE
                if horizon < until:
                    final = min(final, max(horizon, start))
            until = min(until, start)
        return final

    def segments(self, first: int, n: int) -> list[tuple[int, int, Feed]]:
        """The (first sample, count, feed) pieces that make up `n` samples from `first` on."""
        pieces: list[tuple[int, int, Feed]] = []
        at, end = first, first + n
        index = bisect.bisect_right(self._starts, first) - 1
        while at < end:
            until = self._starts[index + 1] if index + 1 < len(self._starts) else end
            until = min(until, end)
            if until > at:
                pieces.append((at, until - at, self._feeds[index] if index >= 0 else None))
            at, index = max(at, until), index + 1
        return pieces

    def octets(self, first: int, n: int) -> bytes:
        """`n` octets in the line's law from sample `first` on; all of it must lie before `final(now)`."""
        parts = []
        for at, count, feed in self.segments(first, n):
            if isinstance(feed, TrunkFeed):
                parts.append(feed.port.heard(feed.slot, at, count))
            elif isinstance(feed, LocalFeed):
                parts.append(feed.source(at, count))
            else:
                parts.append(bytes((self.law.silence,)) * count)
        return b"".join(parts)

    def missing(self, first: int, n: int) -> list[tuple[int, int]]:
        """The (first sample, length) stretches that a port lost, in order: nothing was received there."""
        found: list[tuple[int, int]] = []
        for at, count, feed in self.segments(first, n):
            if isinstance(feed, TrunkFeed) and isinstance(feed.port, Counting):
                found += feed.port.lost(feed.slot, at, count)
        return sorted(found)

    def lost(self, first: int, n: int) -> list[tuple[int, int]]:
        """What is missing, and the stretches that the other end may not have sent in time, in order: nothing
        is concluded from silence there.
        """
        found = self.missing(first, n)
        for at, count, feed in self.segments(first, n):
            if isinstance(feed, TrunkFeed) and feed.speaker is not None:
                found += feed.speaker.not_sent(feed.slot, at, count)
        return sorted(found)

    def quiet(self, first: int, n: int) -> bool:
        """Whether nothing at all is connected over those samples, so that nobody needs to listen."""
        return all(feed is None for _, _, feed in self.segments(first, n))
