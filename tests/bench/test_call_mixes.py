"""Hundreds of calls at random moments, both ways, on one trunk: both ends agree, and nothing is left.

Parties answer, are busy, refuse, ring or never existed; callers dial en bloc or in overlap, ask for any, a
preferred or an exclusive channel (also one in use), hang up before, while and after being served; lines
answer and reject when they may not. The mix follows from its seed.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

import pytest

from trunkbench import Bench, Call
from trunkbench.config import Depth
from trunkbench.errors import UsageError
from trunkbench.exchange import Exchange
from trunkwire.q931.errors import ProtocolMisuse
from trunkwire.ticks import MILLISECOND, SECOND, Tick

pytestmark = pytest.mark.long

NUMBERS = [str(digits) for digits in range(300, 330)]
CHANNELS = (*range(1, 16), *range(17, 32))


class Mix:
    """One bench, one seed."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench = bench
        self.random = random.Random(seed)
        self.planned: list[tuple[Tick, int, Callable[[], None]]] = []
        self.order = 0
        self.refused = 0
        """Requests that a call's state did not allow."""
        for end in (bench.near, bench.far):
            for digits in NUMBERS:
                self._program(end, digits)

    def run(self, calls: int) -> None:
        """Dial so many times, then let everybody finish."""
        bench, rng = self.bench, self.random
        for _ in range(calls):
            self._dial(rng.choice((bench.near, bench.far)))
            if rng.random() < 0.4:
                self._disturb(rng.choice((bench.near, bench.far)))
            self._run_to(bench.pump.now + rng.choice((0, rng.randrange(SECOND // 2))))
        while self.planned:
            self._run_to(self.planned[0][0])

    def _program(self, end: Exchange, digits: str) -> None:
        number, rng = end.number(digits), self.random
        after = rng.choice((0, rng.randrange(100), rng.randrange(20_000))) / 1000
        kind = rng.randrange(7)
        if kind < 3:
            number.answers(after=after)
        elif kind == 3:
            number.busy(tone=rng.random() < 0.5, after=after)
        elif kind == 4:
            number.rejects(rng.choice((1, 21, 27, 34, 38, 41, 42, 88)))
        elif kind == 5:
            number.never_answers()

    def _dial(self, end: Exchange) -> None:
        rng = self.random
        channel = rng.choice((None, None, rng.choice(CHANNELS)))
        choice = rng.choice((None, "preferred", "exclusive") if channel else (None, "preferred", "any"))
        digits = rng.choice((*NUMBERS, "299"))
        overlap = rng.random() < 0.2
        call = end.dial(
            digits[0] if overlap else digits,
            channel=channel,
            choice=choice,
            complete=not overlap,
            insist=channel is not None and rng.random() < 0.2,
        )
        if overlap:
            self._plan(rng.randrange(SECOND), lambda: call.more_digits(digits[1:]))
        if rng.random() < 0.8:
            at_once, soon, later = 0, rng.randrange(100 * MILLISECOND), rng.randrange(30 * SECOND)
            self._plan(rng.choice((at_once, soon, later)), call.hang_up)

    def _disturb(self, end: Exchange) -> None:
        """Somebody does something that may not be his to do."""
        live = [call for call in end.calls if call.hung_up_at is None]
        if live:
            call, rng = self.random.choice(live), self.random
            self._plan(rng.randrange(SECOND // 2), rng.choice((call.hang_up, call.answer, call.reject)))

    def _plan(self, after: Tick, action: Callable[[], None]) -> None:
        self.order += 1
        heapq.heappush(self.planned, (self.bench.pump.now + after, self.order, action))

    def _run_to(self, tick: Tick) -> None:
        bench = self.bench
        while self.planned and self.planned[0][0] <= tick:
            at, _, action = heapq.heappop(self.planned)
            bench.run_for(max(0, at - bench.pump.now) / SECOND)
            try:
                action()
            except (ProtocolMisuse, UsageError):
                self.refused += 1
        bench.run_for(max(0, tick - bench.pump.now) / SECOND)


def played(seed: int, calls: int, depth: Depth = "event") -> tuple[str, Mix]:
    with Bench.from_config(seed=seed, depth=depth) as bench:
        mix = Mix(bench, seed)
        mix.run(calls)
        assert bench.audit() == []
        return bench.digest(), mix


def partners(bench: Bench) -> list[tuple[Call, Call]]:
    """The two handles of every call that crossed the trunk."""
    found = []
    for caller, called in ((bench.near, bench.far), (bench.far, bench.near)):
        arrived = {(c.q931.reference, c.dialled_at): c for c in called.calls if not c.outgoing and c.q931}
        for call in caller.calls:
            if call.outgoing and call.q931 is not None:
                later = [
                    (at, other)
                    for (reference, at), other in arrived.items()
                    if reference == call.q931.reference and at >= call.dialled_at
                ]
                if later:
                    found.append((call, min(later, key=lambda pair: pair[0])[1]))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_both_ends_agree_and_nothing_is_left(seed: int) -> None:
    with Bench.from_config(seed=seed) as bench:
        mix = Mix(bench, seed)
        mix.run(150)
        assert bench.audit() == []
        assert mix.refused > 0
        assert len(bench.near.calls) + len(bench.far.calls) > 250
        assert all(call.cleared for end in (bench.near, bench.far) for call in end.calls)
        pairs = partners(bench)
        assert len(pairs) > 80
        for caller, called in pairs:
            assert caller.caller == called.caller
            assert called.channel is None or caller.channel in (None, called.channel)
            if caller.active_at is not None and called.active_at is not None:
                assert caller.channel == called.channel


def test_a_mix_follows_from_its_seed_alone() -> None:
    assert played(7, 40)[0] == played(7, 40)[0] != played(8, 40)[0]


def test_a_mix_is_the_same_in_bits() -> None:
    assert played(11, 15)[0] == played(11, 15, "bits")[0]


def test_the_same_bench_serves_one_mix_after_another() -> None:
    """Frames are numbered on and call references count on, so the timeline is another one each time."""
    with Bench.from_config(seed=5) as bench:
        for seed in (5, 5, 6):
            Mix(bench, seed).run(30)
            bench.reset()
            assert bench.near.calls == bench.far.calls == []
            assert bench.pump.bookings() == 0
            assert bench.now == 0
