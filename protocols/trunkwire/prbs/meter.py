"""The receiving side of a pattern test: bit errors, slips, losses of synchronisation, second by second.

What is received is compared in blocks of 10 ms. A block of which a fifth of the bits are wrong is searched
for the pattern: found at another place, octets were repeated or left out (a slip, G.822) at the very octet
that fits both sides best; found nowhere, synchronisation is lost until the pattern is found again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkwire.prbs.performance import Performance, Second, performance
from trunkwire.prbs.search import Alteration, Found, find, find_altered
from trunkwire.prbs.sequence import FixedOctet, Octets, Pattern

BLOCK = 80
"""Octets that are judged together."""

OCTETS_A_SECOND = 8000

LOST = 0.2
"""The ratio of wrong bits from which on a block has lost the pattern; by chance half of them are wrong."""

KEPT = 4096
"""Octets that are kept for a diagnosis: two periods of the pattern of O.152."""

_HOPELESS = np.uint8(2)
"""Wrong bits in an octet, half as many as chance gives, with which it counts as one without the pattern."""

_ALIKE = 4
"""Octets without error with which a pattern begins."""

_ONES = np.array([value.bit_count() for value in range(256)], np.uint8)


@dataclass(frozen=True, slots=True)
class Slip:
    """From octet `at` on the pattern comes later by so many octets (earlier, if negative).

    `bits` counts instead when it is no whole number of octets, which no slip of a frame is.
    """

    at: int
    octets: int
    bits: int = 0

    def describe(self) -> str:
        """What was seen, such as "1 octet left out"."""
        if self.bits:
            return f"moved by {self.bits} bits: the octets are not where they were"
        count = abs(self.octets)
        return f"{count} octet{'s' if count > 1 else ''} {'repeated' if self.octets > 0 else 'left out'}"


class PatternMeter:
    """Compares what is received with a pattern that it finds by itself. Octets are counted from 0."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self.seconds: list[Second] = []
        self.slips: list[Slip] = []
        self.losses: list[int] = []
        """The octets at which synchronisation was lost."""
        self.alteration = Alteration.NONE
        """What was done to every octet on the way, while the pattern was last found."""
        self.found_at: int | None = None
        """The octet at which the pattern was found first."""
        self.origin: int | None = None
        """The bit of the pattern at octet 0, as it is now, or was when it was last found."""
        self.in_sync = False
        self.position = 0
        """The octet that comes next."""
        self.unmatched: deque[Octets] = deque(maxlen=KEPT // BLOCK)
        """The latest blocks in which the pattern was not found."""
        self.errored: deque[tuple[int, Octets, Octets]] = deque(maxlen=KEPT // BLOCK)
        """The latest blocks with errors: (first octet, expected, received)."""
        self._rest: Octets = np.empty(0, np.uint8)
        self._held: Octets | None = None
        """The block before those in hand: a slip near its end shows in the next one only."""

    def receive(self, octets: bytes | Octets) -> None:
        """Octets that follow those before."""
        new = np.frombuffer(octets, np.uint8) if isinstance(octets, bytes) else octets
        data = np.concatenate([self._rest, new])
        whole = len(data) // BLOCK * BLOCK
        self._rest = data[whole:].copy()
        self._blocks(data[:whole].reshape(-1, BLOCK))

    def skip(self, n: int) -> None:
        """`n` octets of which nothing is known; the pattern has gone on meanwhile."""
        self.flush()
        self.position += n

    def flush(self) -> None:
        """Judge what is still held back: nothing follows, or not at once."""
        if self._held is not None:
            self._commit(self._held)
            self._held = None
        if len(self._rest):
            rest, self._rest = self._rest, np.empty(0, np.uint8)
            if self.in_sync and (len(rest) < BLOCK // 4 or self._ratio(rest, self.position) < LOST):
                self._commit(rest)
            else:
                self._unmatched(rest)

    # -- results ------------------------------------------------------------------------------------------

    @property
    def bits(self) -> int:
        """Bits that were compared."""
        return sum(second.bits for second in self.seconds)

    @property
    def errors(self) -> int:
        """Bits among them that were wrong."""
        return sum(second.errors for second in self.seconds)

    @property
    def lost(self) -> int:
        """Octets that came while the pattern was not to be found."""
        return sum(second.lost for second in self.seconds) // 8

    def performance(self) -> Performance:
        """Errored seconds and the like (G.821)."""
        return performance(self.seconds)

    @property
    def late(self) -> int | None:
        """By how many octets the pattern came later than one that began at octet 0, round the period.

        None while it was never found. Of a fixed octet it is how many bits it was turned.
        """
        if self.origin is None:
            return None
        if isinstance(self.pattern, FixedOctet):
            return self.origin
        return -self.origin * self.pattern.eighth % self.pattern.period

    # -- inside -------------------------------------------------------------------------------------------

    def _expected(self, n: int, position: int) -> Octets:
        assert self.origin is not None
        return self.pattern.octets(self.origin + 8 * position, n)

    def _wrong(self, data: Octets, position: int) -> NDArray[np.uint8]:
        """Wrong bits in each octet."""
        wrong: NDArray[np.uint8] = _ONES[self.alteration.apply(data) ^ self._expected(len(data), position)]
        return wrong

    def _ratio(self, data: Octets, position: int) -> float:
        return float(self._wrong(data, position).sum()) / (8 * len(data))

    def _blocks(self, blocks: Octets) -> None:
        """Judge whole blocks; the last one is held back while the pattern is there."""
        at = 0
        while at < len(blocks):
            if not self.in_sync:
                self._hunt(blocks[at])
                at += 1
                continue
            start = self.position + (0 if self._held is None else BLOCK)
            wrong = self._wrong(blocks[at:].reshape(-1), start).reshape(-1, BLOCK).sum(axis=1)
            bad = np.flatnonzero(wrong >= LOST * 8 * BLOCK)
            good = len(wrong) if not len(bad) else int(bad[0])
            if good:
                ready = blocks[at : at + good - 1].reshape(-1)
                if self._held is not None:
                    self._commit(self._held)
                if len(ready):
                    self._commit(ready)
                self._held = blocks[at + good - 1]
                at += good
            if at < len(blocks):
                self._disturbed(blocks[at])
                at += 1

    def _hunt(self, block: Octets) -> None:
        """A block while the pattern is nowhere: it may begin in it, at the octet from which on it fits."""
        end = block[BLOCK // 2 :]
        found = None if _monotonous(end, self.pattern) else find(self.pattern, end)
        if found is None:
            self._unmatched(block)
            return
        before = self.origin
        self._take(found, self.position + BLOCK // 2)
        wrong = self._wrong(block, self.position)
        cut = _cut(np.full(BLOCK, _HOPELESS), wrong)
        if before is None:  # idle octets may resemble its first ones
            while wrong[cut : cut + _ALIKE].any():
                cut += 1
            self.position += cut
            self.found_at = self.position
        else:
            self._unmatched(block[:cut])
            self._note_slip(before, self.position)
        self._commit(block[cut:])

    def _disturbed(self, block: Octets) -> None:
        """A block in which the pattern is not where it was."""
        data = block if self._held is None else np.concatenate([self._held, block])
        self._held = None
        before = self.origin
        assert before is not None
        old = self._wrong(data, self.position)
        # With a fifth of the block wrong, a slip lies in its first three fifths: its end is at the new place.
        end = block[BLOCK // 2 :]
        found = None if _monotonous(end, self.pattern) else find_altered(self.pattern, end, self.alteration)
        if found is not None:
            self._take(found, self.position + len(data) - len(end))
            if self.origin == before:  # a burst of errors, and the pattern goes on as before
                self._commit(data)
                return
            new = self._wrong(data, self.position)
            cut = _cut(old, new)
            if int(old[:cut].sum()) + int(new[cut:].sum()) < LOST * 8 * len(data) / 2:
                self._slipped(data, cut, before)
                return
            self.origin = before
        cut = _cut(old, np.full(len(data), _HOPELESS))
        self._commit(data[:cut])
        self.losses.append(self.position)
        self.in_sync = False
        self._unmatched(data[cut:])

    def _slipped(self, data: Octets, cut: int, before: int) -> None:
        """The pattern goes on elsewhere from octet `cut` of the data on."""
        after, self.origin = self.origin, before
        self._commit(data[:cut])
        self.origin = after
        self._note_slip(before, self.position)
        self._commit(data[cut:])

    def _take(self, found: Found, position: int) -> None:
        self.in_sync = True
        self.alteration = found.alteration
        self.origin = (found.bit - 8 * position) % self.pattern.period

    def _note_slip(self, before: int, at: int) -> None:
        """The pattern is elsewhere than it was, by its origin before."""
        assert self.origin is not None
        period = self.pattern.period
        bits = (before - self.origin) % period
        if not bits:
            return
        bits -= period if bits > period // 2 else 0
        if isinstance(self.pattern, FixedOctet) or abs(bits) < 8:
            slip = Slip(at, 0, bits)
        else:
            octets = (before - self.origin) * self.pattern.eighth % period
            slip = Slip(at, octets - period if octets > period // 2 else octets)
        self.slips.append(slip)
        self._second(at // OCTETS_A_SECOND).slips += 1

    def _commit(self, data: Octets) -> None:
        """Octets that are where they should be: count what is wrong with them."""
        wrong = self._wrong(data, self.position)
        for number, first, stop in _by_second(self.position, len(data)):
            second = self._second(number)
            second.bits += 8 * (stop - first)
            second.errors += int(wrong[first:stop].sum())
        if wrong.any():
            self._keep_errored(data, wrong)
        self.position += len(data)

    def _keep_errored(self, data: Octets, wrong: NDArray[np.uint8]) -> None:
        for block in np.unique(np.flatnonzero(wrong) // BLOCK)[-(KEPT // BLOCK) :].tolist():
            first, stop = block * BLOCK, min((block + 1) * BLOCK, len(data))
            at = self.position + first
            expected = self._expected(stop - first, at)
            self.errored.append((at, expected, self.alteration.apply(data[first:stop])))

    def _unmatched(self, data: Octets) -> None:
        if self.origin is not None:  # before the pattern has come for the first time nothing is lost
            for number, first, stop in _by_second(self.position, len(data)):
                self._second(number).lost += 8 * (stop - first)
        if len(data):
            self.unmatched.append(data)
        self.position += len(data)

    def _second(self, number: int) -> Second:
        while len(self.seconds) <= number:
            self.seconds.append(Second())
        return self.seconds[number]


def _cut(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> int:
    """From which octet on `after` counts instead of `before`, so that the fewest bits are wrong."""
    wrong = np.concatenate([[0], np.cumsum(before, dtype=np.int64)])
    left = np.concatenate([[0], np.cumsum(after, dtype=np.int64)])
    return int(np.argmin(wrong + left[-1] - left))


def _monotonous(block: Octets, pattern: Pattern) -> bool:
    """Whether it is one octet over and over, in which no sequence can be: the line is idle, dead, or AIS."""
    return not isinstance(pattern, FixedOctet) and bool((block == block[0]).all())


def _by_second(position: int, n: int) -> list[tuple[int, int, int]]:
    """(number of the second, first, stop) of the pieces of `n` octets from `position` on."""
    pieces, at = [], 0
    while at < n:
        number = (position + at) // OCTETS_A_SECOND
        stop = min((number + 1) * OCTETS_A_SECOND - position, n)
        pieces.append((number, at, stop))
        at = stop
    return pieces
