"""Teletraffic formulas: who is lost and who waits when calls come at random (ITU-T E.501, E.521).

Traffic is in erlangs: calls per unit of time multiplied by the mean holding time in that unit. Every formula
is a short recursion over the number of servers, so that nothing overflows whatever the sizes.

- Erlang B: calls that find every channel busy are lost, and do not come again (A. K. Erlang, 1917).
- Extended Erlang B: a share of the lost callers dials again at once (J. H. Jewett et al., 1980).
- Erlang C: calls that find every agent busy wait, however long it takes (A. K. Erlang, 1917).
- Engset: the callers are few, so those who talk do not call (T. Engset, 1918).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from trunkbench.errors import UsageError

MOST_SERVERS = 100_000
"""More channels or agents than any search goes through."""

_CLOSE = 1e-12


def erlang_b(servers: int, offered: float) -> float:
    """The share of calls lost (blocking) with that many channels and that many erlangs offered.

    Raises UsageError for a negative number of channels or negative traffic.
    """
    _check(servers, offered)
    if offered == 0:
        return 0.0 if servers else 1.0
    blocking = 1.0
    for n in range(1, servers + 1):
        blocking = offered * blocking / (n + offered * blocking)
    return blocking


@dataclass(frozen=True, slots=True)
class Retried:
    """Extended Erlang B: the blocking that each attempt meets, and the erlangs with the attempts repeated."""

    blocking: float
    offered: float


def erlang_b_with_retries(servers: int, offered: float, retries: float) -> Retried:
    """Blocking when the share `retries` (0 to 1) of the blocked attempts is made again at once.

    The traffic with repeated attempts is the one that equals the first attempts plus the share of itself
    that is blocked and comes again; it is unique, because what is not repeated grows with what is offered.
    Raises UsageError for a share outside 0 to 1, and where nothing can be carried and everybody dials again
    (then the attempts have no end).
    """
    _check(servers, offered)
    if not 0 <= retries <= 1:
        raise UsageError(f"retries {retries}: the share of blocked callers who dial again is 0 to 1")
    if retries == 1 and offered >= servers and offered > 0:
        raise UsageError(
            f"{offered:g} erlangs on {servers} channels with every blocked caller dialling again: the "
            "attempts have no end; let some callers give up, or add channels"
        )

    def missing(total: float) -> float:
        return offered + retries * total * erlang_b(servers, total) - total

    low, high = offered, max(offered, 1.0)
    while missing(high) > 0:
        high *= 2
    total = _root(missing, low, high)
    return Retried(erlang_b(servers, total), total)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Erlang C: `waits` is the share of calls that wait; `mean` the mean wait of *all* calls and
    `mean_waiting` that of those who wait, in units of the holding time."""

    waits: float
    mean: float
    mean_waiting: float
    slack: float
    """Free agents in the mean: the rate at which a queue drains, per holding time."""

    def longer_than(self, wait: float) -> float:
        """The share of all calls that wait longer than `wait` (in holding times)."""
        return self.waits * math.exp(-self.slack * wait)


def erlang_c(servers: int, offered: float) -> Waiting:
    """Waiting with that many agents and that many erlangs offered, nobody giving up.

    With as many erlangs as agents, or more, the queue grows without end: everybody waits, for ever (inf).
    Raises UsageError for a negative number of agents or negative traffic.
    """
    _check(servers, offered)
    if offered >= servers:
        return Waiting(1.0, math.inf, math.inf, 0.0) if offered else Waiting(0.0, 0.0, 0.0, 0.0)
    blocking = erlang_b(servers, offered)
    waits = servers * blocking / (servers - offered * (1 - blocking))
    slack = servers - offered
    return Waiting(waits, waits / slack, 1 / slack, slack)


@dataclass(frozen=True, slots=True)
class Finite:
    """Engset: `time` is the share of time in which every channel is busy, `call` the share of attempts lost,
    `carried` the erlangs that talk."""

    time: float
    call: float
    carried: float


def engset(servers: int, sources: int, offered: float) -> Finite:
    """Congestion when `sources` callers, each of whom is idle or talks, offer `offered` erlangs together.

    Offered traffic is what they would carry with a channel for each: per idle source
    offered / (sources - offered). Raises UsageError where they offer as much as there are sources, or more.
    """
    _check(servers, offered)
    if sources < 1 or not 0 <= offered < sources:
        raise UsageError(f"{offered:g} erlangs of {sources} callers: each offers less than one erlang")
    idle = offered / (sources - offered)
    time = _engset_time(servers, sources, idle)
    call = _engset_time(servers, sources - 1, idle)
    # Each idle source calls at the rate `idle`; (sources - carried) are idle and (1 - call) get through.
    carried = sources * idle * (1 - call) / (1 + idle * (1 - call))
    return Finite(time, call, carried)


def _engset_time(servers: int, sources: int, idle: float) -> float:
    """The share of time in which all are busy: Erlang's recursion, with the calling rate of those left."""
    if servers > sources or idle == 0:
        return 1.0 if servers == 0 and sources >= 0 else 0.0
    busy = 1.0
    for n in range(1, servers + 1):
        rate = (sources - n + 1) * idle
        busy = rate * busy / (n + rate * busy)
    return busy


def least_servers(enough: Callable[[int], bool], start: int = 0) -> int:
    """The smallest number, from `start`, for which `enough` is true; it must stay true from there on.

    Raises UsageError when MOST_SERVERS are not enough.
    """
    low, step = start, 1
    if enough(low):
        return low
    while not enough(low + step):
        low, step = low + step, step * 2
        if low > MOST_SERVERS:
            raise UsageError(f"more than {MOST_SERVERS} would be needed; is the target one that can be met?")
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def traffic_for(servers: int, blocking: float) -> float:
    """The erlangs that Erlang B lets that many channels be offered at that blocking (a table's entry).

    Raises UsageError for a blocking outside 0 to 1 (both excluded).
    """
    if not 0 < blocking < 1 or servers < 1:
        raise UsageError(
            f"blocking {blocking} on {servers} channels: give more than 0, less than 1, and a channel"
        )
    high = 1.0
    while erlang_b(servers, high) < blocking:
        high *= 2
    return _root(lambda offered: blocking - erlang_b(servers, offered), 0.0, high)


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that falls from `low` to `high` crosses 0, by halving."""
    while high - low > _CLOSE * max(1.0, high):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2


def _check(servers: int, offered: float) -> None:
    if servers < 0 or not 0 <= offered < math.inf:
        raise UsageError(f"{servers} servers and {offered:g} erlangs: neither can be negative, nor endless")
