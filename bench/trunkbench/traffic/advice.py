"""Advice: from a busy hour to channels, agents, services and their price.

Channels are reckoned for what holds them: the talk, the waiting in the queue and nothing else (wrap-up needs
an agent, not a channel). `docs/advise.md` has the formulas with their sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from trunkbench.errors import UsageError
from trunkbench.traffic.formulas import (
    Finite,
    Retried,
    Waiting,
    engset,
    erlang_b,
    erlang_b_with_retries,
    erlang_c,
    least_servers,
)
from trunkbench.traffic.tariff import Tariff


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked. Times in seconds; shares 0 to 1.

    `calls` in the busy hour hold a channel for `holding` seconds of talk in the mean; at most `blocking` of
    them may hear busy; the share `retries` of those dials again at once; `sources` is how many callers there
    are, None for many. With `answered` and `within`, agents are reckoned: that share of the calls is to be
    answered within so many seconds, and each call keeps its agent for `wrap_up` seconds more. `agents` is how
    many there are, if that is fixed.
    """

    calls: float
    holding: float
    blocking: float = 0.01
    retries: float = 0.0
    sources: int | None = None
    agents: int | None = None
    answered: float | None = None
    within: float = 20.0
    wrap_up: float = 0.0

    def __post_init__(self) -> None:
        if self.calls < 0 or self.holding <= 0 or self.wrap_up < 0 or self.within < 0:
            raise UsageError(
                "calls, wrap-up and waiting times cannot be negative, and a call takes some time"
            )
        if not 0 < self.blocking < 1:
            raise UsageError(
                f"blocking {self.blocking:g}: give a share of more than 0 and less than 1 (100 %)"
            )
        if self.answered is not None and not 0 < self.answered < 1:
            raise UsageError(
                f"answered {self.answered:g}: give a share of more than 0 and less than 1 (100 %)"
            )
        if self.agents is not None and self.agents < 1:
            raise UsageError(f"{self.agents} agents: one agent is a call centre, none is not")

    @property
    def talk(self) -> float:
        """Erlangs of talk."""
        return self.calls * self.holding / 3600

    @property
    def work(self) -> float:
        """Erlangs of agents: talk and wrap-up."""
        return self.calls * (self.holding + self.wrap_up) / 3600


@dataclass(frozen=True, slots=True)
class Agents:
    """How a number of agents serves the demand: `answered` within the time asked, `mean_wait` in seconds."""

    count: int
    answered: float
    waits: float
    mean_wait: float
    occupancy: float


@dataclass(frozen=True, slots=True)
class Advice:
    """What the demand needs. `offered` is what the channels are offered: talk and waiting, in erlangs."""

    demand: Demand
    offered: float
    channels: int
    blocking: float
    plain: int
    """Channels by Erlang B alone, nobody dialling again and callers without number."""
    retried: Retried | None
    finite: Finite | None
    agents: Agents | None
    needed_agents: Agents | None


def advise(demand: Demand) -> Advice:
    """Reckon channels and agents. Raises UsageError where no number of them can do it."""
    needed = None
    if demand.answered is not None:
        goal = demand.answered

        def enough(count: int) -> bool:
            return staffed(demand, count).answered >= goal

        needed = staffed(demand, least_servers(enough, 1))
    agents = needed if demand.agents is None else staffed(demand, demand.agents)
    offered = demand.talk
    if agents is not None:
        if agents.mean_wait == float("inf"):
            raise UsageError(
                f"{agents.count} agents for {demand.work:.2f} erlangs of work: the queue grows without end; "
                f"{int(demand.work) + 1} agents are the least"
            )
        offered = demand.calls * (demand.holding + agents.mean_wait) / 3600
    plain = least_servers(lambda n: erlang_b(n, offered) <= demand.blocking, 1)

    def blocked(channels: int) -> float:
        return blocking_of(demand, offered, channels)

    channels = least_servers(lambda n: blocked(n) <= demand.blocking, 1)
    retried = None
    if demand.retries and demand.sources is None:
        retried = erlang_b_with_retries(channels, offered, demand.retries)
    finite = None if demand.sources is None else engset(channels, demand.sources, offered)
    return Advice(demand, offered, channels, blocked(channels), plain, retried, finite, agents, needed)


def blocking_of(demand: Demand, offered: float, channels: int) -> float:
    """The share of attempts that hear busy on so many channels, by the formula that fits the demand."""
    if demand.sources is not None:
        return engset(channels, demand.sources, offered).call
    if demand.retries:
        if demand.retries == 1 and offered >= channels:
            return 1.0
        return erlang_b_with_retries(channels, offered, demand.retries).blocking
    return erlang_b(channels, offered)


def staffed(demand: Demand, count: int) -> Agents:
    """How `count` agents serve the demand (Erlang C; nobody hangs up while waiting)."""
    cycle = demand.holding + demand.wrap_up
    waiting: Waiting = erlang_c(count, demand.work)
    answered = 1 - waiting.longer_than(demand.within / cycle) if waiting.slack else float(not demand.work)
    return Agents(count, answered, waiting.waits, waiting.mean * cycle, min(1.0, demand.work / count))


@dataclass(frozen=True, slots=True)
class Option:
    """One service: what is bought, how many calls it carries at once, its blocking and its monthly rent."""

    service: str
    title: str
    bought: str
    channels: int
    carries: bool
    blocking: float
    monthly: Decimal | None


_BRI, _T1, _E1 = 2, 23, 30


def options(advice: Advice, tariff: Tariff) -> list[Option]:
    """Every service of the tariff that could be bought for the demand, those that carry it first, the
    cheapest first."""
    need = advice.channels
    found = [
        _option(advice, tariff, "fixed-line", "fixed-line number", "1 line", 1, 1),
        _option(
            advice,
            tariff,
            "one-number",
            "one-number service (一号通)",
            _lines("1 virtual number", need),
            need,
            need + 1,
        ),
        _option(
            advice, tariff, "analog-group", "analog trunk group", _lines("1 pilot", need - 1), need, need
        ),
    ]
    for service, title, each in (
        ("bri", "BRI 2B+D", _BRI),
        ("t1", "T1 23B+D", _T1),
        ("e1", "E1 PRI 30B+D", _E1),
    ):
        spans = -(-need // each)
        found.append(
            _option(advice, tariff, service, title, f"{spans} × {title}", spans * each, spans * each)
        )
    there = [option for option in found if tariff.price(option.service) is not None]
    return sorted(there, key=lambda option: (not option.carries, option.monthly or 0, option.channels))


def _lines(head: str, count: int) -> str:
    return f"{head} and {count} line{'' if count == 1 else 's'}"


def _option(
    advice: Advice, tariff: Tariff, service: str, title: str, bought: str, channels: int, units: int
) -> Option:
    price = tariff.price(service)
    blocking = blocking_of(advice.demand, advice.offered, channels)
    return Option(
        service,
        title,
        bought,
        channels,
        channels >= advice.channels,
        blocking,
        None if price is None else price * units,
    )


def rent(tariff: Tariff, service: str, bound: int) -> Decimal:
    """The monthly rent of a number with `bound` lines behind it: (1 + bound) × a line's price.

    The virtual number of a one-number service and the pilot of an analog trunk group are paid for as lines
    are. Raises UsageError for a service that the tariff does not have.
    """
    price = tariff.price(service)
    if price is None or service not in ("one-number", "analog-group"):
        raise UsageError(f"{tariff.name} has no price for {service} with {bound} lines")
    return (1 + bound) * price
