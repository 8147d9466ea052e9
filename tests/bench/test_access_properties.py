"""What holds for every plan of numbers, however it was drawn: nobody talks without a line, no line has two
calls, nothing is left over, no call shows a virtual number, and every way has an end."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trunkbench.access.calls import Caller, Failure
from trunkbench.access.config import (
    AccessConfig,
    AnalogGroupTable,
    DigitalTrunkTable,
    ForwardingTable,
    LineTable,
    OneNumberTable,
    ServiceNumberTable,
    ToTable,
    build_network,
)
from trunkbench.access.hunting import RingingPool
from trunkbench.access.lines import Line, Trunk
from trunkbench.access.network import MOST_STEPS, Attempt, Network, Outgoing
from trunkwire.q931.causes import Cause

LINES = [f"2000{n}" for n in range(8)]
PILOTS = ["30000", "30001"]
VIRTUAL = ["02840000", "02840001"]
SERVICES = ["4005", "8006", "95577"]
TRUNK = "50000"
NUMBERS = [*LINES, *PILOTS, *VIRTUAL, *SERVICES, TRUNK, "nobody"]
SPANS = {"span": 3}

some_lines = st.lists(st.sampled_from(LINES), min_size=1, max_size=5, unique=True).map(tuple)
numbers = st.sampled_from(NUMBERS[:-1])


@st.composite
def plans(draw: st.DrawFn) -> AccessConfig:
    """A plan in which anything may stand behind anything."""
    uses: st.SearchStrategy[Any] = st.sampled_from(["incoming", "outgoing", "bothway", "bothway"])
    hunting: st.SearchStrategy[Any] = st.sampled_from(["linear", "circular", "uniform", "simultaneous"])
    spread: st.SearchStrategy[Any] = st.sampled_from(["order", "rotating", "simultaneous"])

    def service(number: str) -> ServiceNumberTable:
        to = draw(st.lists(numbers, min_size=1, max_size=4))
        return ServiceNumberTable(number, tuple(ToTable(each) for each in to))

    forwards = st.one_of(st.none(), numbers)
    return AccessConfig(
        area="028",
        line=tuple(LineTable(number, draw(uses)) for number in LINES),
        one_number=tuple(OneNumberTable(number, draw(some_lines), draw(spread)) for number in VIRTUAL),
        analog_group=tuple(AnalogGroupTable(number, draw(some_lines), draw(hunting)) for number in PILOTS),
        digital_trunk=(DigitalTrunkTable(TRUNK, ("span",)),),
        service_number=tuple(service(number) for number in SERVICES),
        forwarding=tuple(
            ForwardingTable(number, draw(forwards), draw(forwards), draw(forwards))
            for number in draw(st.lists(numbers, max_size=5, unique=True))
        ),
    )


def held_by(net: Network, attempt: Attempt) -> Line | Trunk | RingingPool | None:
    return attempt.talks_on or (attempt.offer.target if attempt.offer is not None else None)


def check(net: Network, attempts: list[Attempt]) -> None:
    """What holds at every moment."""
    talking = [attempt.talks_on for attempt in attempts if attempt.talks_on is not None]
    lines = [line for line in talking if isinstance(line, Line)]
    assert len(set(map(id, lines))) == len(lines), "one line has two calls"
    for attempt in attempts:
        target = held_by(net, attempt)
        if isinstance(target, Line):
            assert target.holder is attempt
            assert target.use.takes
        elif isinstance(target, Trunk):
            assert attempt in target.holders
            assert len(target.holders) <= target.capacity
        elif isinstance(target, RingingPool):
            assert attempt in target.calls
            assert len(target.calls) <= len(target.ringing)
        else:
            assert attempt.state == "over"


def answer(net: Network, attempt: Attempt, now: int) -> None:
    """Whoever rings for the call takes it; of a pool, the last line that rings."""
    if attempt.offer is None:
        return
    target = attempt.offer.target
    if isinstance(target, RingingPool):
        net.answer(target.ringing[-1], now)
    else:
        attempt.answered(now)


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["call", "call", "answer", "fail", "clear", "place"]), st.integers(0, 99)),
    max_size=40,
)


@given(plans(), ACTIONS)
def test_at_every_moment_of_any_story(config: AccessConfig, actions: list[tuple[str, int]]) -> None:
    net = build_network(config, SPANS)
    attempts: list[Attempt] = []
    placed: list[Outgoing] = []
    for now, (what, which) in enumerate(actions):
        ringing = [attempt for attempt in attempts if attempt.state == "rings"]
        if what == "call":
            engaged = {id(line) for line in net.lines.values() if line.holder is not None}
            attempt = net.call(NUMBERS[which % len(NUMBERS)], Caller("1"), now)
            if attempt.offer is not None and isinstance(attempt.offer.target, Line):
                assert id(attempt.offer.target) not in engaged, "an engaged line rings"
            attempts.append(attempt)
        elif what == "answer" and ringing:
            answer(net, ringing[which % len(ringing)], now)
        elif what == "fail" and ringing:
            ringing[which % len(ringing)].failed(list(Failure)[which % 3], now)
        elif what == "clear" and attempts:
            attempts[which % len(attempts)].clear(now)
        elif what == "place":
            outgoing = Outgoing(net, net.lines[LINES[which % len(LINES)]], NUMBERS[which % len(NUMBERS)], now)
            assert outgoing.shown is None or outgoing.shown.number not in (*VIRTUAL, *SERVICES)
            placed.append(outgoing)
            if outgoing.attempt is not None:
                attempts.append(outgoing.attempt)
        check(net, attempts)
    for outgoing in placed:
        outgoing.clear(99)
    for attempt in attempts:
        attempt.clear(99)
    assert net.audit() == []


@given(plans(), st.sampled_from(PILOTS + VIRTUAL))
def test_n_lines_n_talk_and_the_next_hears_busy(config: AccessConfig, number: str) -> None:
    alone = build_network(
        AccessConfig(
            line=config.line, one_number=config.one_number, area="028", analog_group=config.analog_group
        ),
        SPANS,
    )
    n = alone.promised(number)
    attempts = [alone.call(number, Caller("1"), 0) for _ in range(n + 1)]
    for attempt in attempts:
        answer(alone, attempt, 1)
    assert [attempt.state for attempt in attempts] == ["talks"] * n + ["over"]
    assert attempts[-1].refusal is not None
    assert attempts[-1].refusal.cause == Cause.USER_BUSY
    attempts[0].clear(2)
    if n:
        assert alone.call(number, Caller("1"), 3).state == "rings"


@given(plans(), st.sampled_from(NUMBERS))
def test_every_way_has_an_end(config: AccessConfig, number: str) -> None:
    net = build_network(config, SPANS)
    attempt = net.call(number, Caller("1"), 0)
    tries = 0
    while attempt.state == "rings":
        attempt.failed(Failure.NO_ANSWER, tries)
        tries += 1
    assert attempt.refusal is not None
    assert attempt.visit.steps <= MOST_STEPS + 1
    assert len(attempt.visit.redirections) <= config.hops
    assert net.audit() == []
