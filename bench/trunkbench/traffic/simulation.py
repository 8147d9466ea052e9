"""Calls at random through the bench's own models: who is lost and who waits, measured in virtual time.

The exchange (`trunkbench.access`) and the call centre (`trunkbench.callcentre`) are models that know no line.
Nothing is signalled here and nothing is heard: a call arrives, finds a line or not, waits or not, talks, and
is over.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trunkbench.access.calls import Caller, Refusal, Visit
from trunkbench.access.hunting import RingingPool
from trunkbench.access.network import Attempt, Network
from trunkbench.callcentre.centre import CallCentre, Connect, Ring, TurnAway
from trunkbench.errors import UsageError
from trunkbench.traffic.statistics import BATCHES, Estimate, estimate
from trunkwire.q931.causes import Cause
from trunkwire.ticks import SECOND, Tick

WARM_UP = 20
"""Mean holding times that pass before anything is counted: by then the empty start is forgotten."""

NOBODY = Caller("")
"""A caller of whom nothing is known."""

Holding = Callable[[random.Random], float]
"""Draws how long a call talks, in seconds."""


def exponential(mean: float) -> Holding:
    """Without memory: what the formulas of Erlang are derived for (blocking depends on the mean only)."""
    return lambda chance: chance.expovariate(1 / mean)


def lognormal(mean: float, cv: float) -> Holding:
    """Of that mean, and that coefficient of variation (standard deviation by mean): as calls really are."""
    sigma = math.sqrt(math.log(1 + cv * cv))
    mu = math.log(mean) - sigma * sigma / 2
    return lambda chance: chance.lognormvariate(mu, sigma)


def recorded(seconds: Sequence[float]) -> Holding:
    """Drawn from durations that were recorded. Raises UsageError without any, or with one below zero."""
    kept = tuple(seconds)
    if not kept or min(kept) < 0 or not sum(kept):
        raise UsageError("recorded holding times: give one or more, none negative, and not all zero")
    return lambda chance: chance.choice(kept)


@dataclass(frozen=True, slots=True)
class Load:
    """What arrives: calls a second to `number`, their holding times and `mean` seconds, and how many calls.

    The share `retries` of the blocked tries again at once, after a pause drawn around `retry_after` seconds.
    `time_of_day` (ticks since midnight) stands still while they call; without it the day passes.
    """

    number: str
    rate: float
    holding: Holding
    mean: float
    calls: int
    retries: float = 0.0
    retry_after: float = 30.0
    caller: Caller = NOBODY
    time_of_day: Tick | None = None

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.mean <= 0 or self.calls < BATCHES:
            raise UsageError(f"give a load above zero, and {BATCHES} calls or more")

    def call(self, network: Network, now: Tick) -> Attempt:
        """One of the calls; a line or trunk that it rings takes it at once."""
        if self.time_of_day is None:
            attempt = network.call(self.number, self.caller, now)
        else:
            attempt = Attempt(network, Visit(self.number, self.caller, now, self.time_of_day))
        if attempt.offer is not None:
            if isinstance(attempt.offer.target, RingingPool):
                network.answer(attempt.offer.target.ringing[0], now)
            else:
                attempt.answered(now)
        return attempt


def calls_at_once(network: Network, load: Load) -> tuple[int, Refusal]:
    """How many of the calls an idle network carries before it refuses one, and that refusal. It is idle again
    then, but groups and shares have moved on."""
    up = []
    while (attempt := load.call(network, 0)).refusal is None:
        up.append(attempt)
    for call in up:
        call.clear(0)
    return len(up), attempt.refusal


@dataclass(frozen=True, slots=True)
class Measured:
    """What came out. Shares are of the attempts counted; waiting times in seconds."""

    attempts: int
    blocking: Estimate
    causes: dict[Cause | str, int]
    waited: Estimate | None
    """The share of the calls let in that had to wait for an agent; None without a call centre."""
    mean_wait: Estimate | None
    carried: float
    """Erlangs, from the holding times of the calls counted."""
    seconds: float
    """Virtual time that was counted."""


class _Batches:
    """Sums and counts by batch of attempts."""

    def __init__(self, per_batch: int) -> None:
        self.per_batch = per_batch
        self.counts = [0] * BATCHES
        self.sums = [0.0] * BATCHES

    def add(self, batch: int, value: float) -> None:
        self.counts[batch] += 1
        self.sums[batch] += value

    def estimate(self) -> Estimate:
        return estimate(self.sums, self.counts)


class _Call:
    """One call under way: its way through the exchange, and the batch it counts in (-1: warm-up)."""

    __slots__ = ("arrived", "attempt", "batch")

    def __init__(self, attempt: Attempt, batch: int, arrived: Tick) -> None:
        self.attempt, self.batch, self.arrived = attempt, batch, arrived


class Simulation:
    """One run. Same models, same seed, same figures, in any process."""

    def __init__(
        self,
        network: Network,
        load: Load,
        *,
        seed: int,
        centre: CallCentre | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """`centre` has its agents logged in; its calls wait for an agent as soon as a line took them.
        `progress` is told the number of attempts so far now and then."""
        self.network, self.load, self.centre = network, load, centre
        self._chance = random.Random(seed)
        self._progress = progress
        self._events: list[tuple[Tick, int, int, _Call | None]] = []
        self._order = 0
        self._per_batch = load.calls // BATCHES
        self._blocked = _Batches(self._per_batch)
        self._waited = _Batches(self._per_batch)
        self._waits = _Batches(self._per_batch)
        self._causes: Counter[Cause | str] = Counter()
        self._held = 0

    def run(self) -> Measured:
        """Let everything happen; what was measured."""
        load, events = self.load, self._events
        warm = int(WARM_UP * load.mean * SECOND)
        attempts = 0
        wanted = self._per_batch * BATCHES
        begun: Tick | None = None
        self._later(self._gap(), _ARRIVAL, None)
        now = 0
        while attempts < wanted:
            if self.centre is not None and self._timer_before(events[0][0]):
                continue
            now, _order, kind, call = heapq.heappop(events)
            if kind == _DEPARTURE:
                assert call is not None
                self._depart(call, now)
                continue
            if kind == _ARRIVAL:
                self._later(now + self._gap(), _ARRIVAL, None)
            batch = -1
            if now >= warm:
                begun = now if begun is None else begun
                batch = attempts // self._per_batch
                attempts += 1
                if self._progress is not None and not attempts % 4096:
                    self._progress(attempts)
            self._arrive(now, batch)
        self._finish(now)
        span = max(now - (begun or 0), 1)
        return Measured(
            attempts,
            self._blocked.estimate(),
            dict(self._causes),
            None if self.centre is None else self._waited.estimate(),
            None if self.centre is None else self._waits.estimate(),
            self._held / span,
            span / SECOND,
        )

    # -- events -------------------------------------------------------------------------------------------

    def _gap(self) -> Tick:
        return round(self._chance.expovariate(self.load.rate) * SECOND)

    def _later(self, at: Tick, kind: int, call: _Call | None) -> None:
        self._order += 1
        heapq.heappush(self._events, (at, self._order, kind, call))

    def _arrive(self, now: Tick, batch: int) -> None:
        attempt = self.load.call(self.network, now)
        if attempt.refusal is not None:
            self._lost(attempt.refusal.cause, now, batch)
            return
        call = _Call(attempt, batch, now)
        if self.centre is None:
            self._talk(call, now)
        else:
            self.centre.arrive(call, now)
            self._serve(now)
        if batch >= 0:
            self._blocked.add(batch, 0.0)

    def _lost(self, cause: Cause | str, now: Tick, batch: int) -> None:
        if batch >= 0:
            self._blocked.add(batch, 1.0)
            self._causes[cause] += 1
        if self.load.retries and self._chance.random() < self.load.retries:
            pause = self._chance.expovariate(1 / self.load.retry_after)
            self._later(now + round(pause * SECOND), _RETRY, None)

    def _talk(self, call: _Call, now: Tick) -> None:
        holding = round(self.load.holding(self._chance) * SECOND)
        if call.batch >= 0:
            self._held += holding
        self._later(now + holding, _DEPARTURE, call)

    def _depart(self, call: _Call, now: Tick) -> None:
        call.attempt.clear(now)
        if self.centre is not None:
            self.centre.hang_up(call, now)
            self._serve(now)

    # -- the call centre ----------------------------------------------------------------------------------

    def _timer_before(self, until: Tick) -> bool:
        """Let the centre's next timer run out if it does not come after that tick; whether it did."""
        assert self.centre is not None
        deadline = self.centre.next_deadline()
        if deadline is None or deadline > until:
            return False
        self.centre.handle_timer(deadline)
        self._serve(deadline)
        return True

    def _serve(self, now: Tick) -> None:
        """Do what the centre says; its agents pick up at once."""
        assert self.centre is not None
        while (output := self.centre.poll_output()) is not None:
            call = output.call
            assert isinstance(call, _Call)
            if isinstance(output, Connect):
                if call.batch >= 0:
                    self._waited.add(call.batch, float(output.waited > 0))
                    self._waits.add(call.batch, output.waited / SECOND)
                self._talk(call, now)
            elif isinstance(output, TurnAway):
                call.attempt.clear(now)
                if call.batch >= 0:
                    self._causes[output.why] += 1
            elif isinstance(output, Ring):
                self.centre.answer(output.agent, now)

    def _finish(self, now: Tick) -> None:
        """Clear what is still up: nothing may be left over."""
        while self._events:  # an agent who is free takes a call that waits, which then departs in its turn
            _at, _order, _kind, call = heapq.heappop(self._events)
            if call is not None:
                self._depart(call, now)


_ARRIVAL, _RETRY, _DEPARTURE = range(3)
