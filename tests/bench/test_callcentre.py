"""The call centre's machine: agents, queue, strategies, transfer, and what always holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkbench.callcentre.agents import AgentState, Strategy
from trunkbench.callcentre.centre import (
    Announce,
    CallCentre,
    CentreOutput,
    CentreSettings,
    Connect,
    Ended,
    Ring,
    StopRinging,
    TurnAway,
    Wait,
)
from trunkbench.errors import UsageError
from trunkwire.ticks import SECOND


def drained(centre: CallCentre) -> list[CentreOutput]:
    found = []
    while (output := centre.poll_output()) is not None:
        found.append(output)
    return found


def staffed(n: int, **settings: Any) -> CallCentre:
    """`n` agents a, b, c …, all logged in at 0."""
    centre = CallCentre([chr(ord("a") + k) for k in range(n)], CentreSettings(**settings))
    for name in centre.agents:
        centre.log_in(name, 0)
    return centre


def answer_all(centre: CallCentre, now: int) -> None:
    for name, agent in centre.agents.items():
        if agent.state is AgentState.RINGS:
            centre.answer(name, now)


def test_thirty_callers_on_ten_agents_ten_talk_and_twenty_wait_and_hear_the_announcement() -> None:
    centre = staffed(10)
    for call in range(30):
        centre.arrive(call, 0)
        answer_all(centre, 0)
    outputs = drained(centre)
    assert len(centre.talking) == 10
    assert centre.waiting == tuple(range(10, 30))
    assert [each.call for each in outputs if isinstance(each, Announce)] == list(range(10, 30))
    assert [each.position for each in outputs if isinstance(each, Wait)] == list(range(1, 21))


def test_one_agent_is_a_call_centre_too() -> None:
    centre = staffed(1, wrap_up=5 * SECOND)
    centre.arrive("first", 0)
    centre.answer("a", SECOND)
    centre.arrive("second", 2 * SECOND)
    centre.hang_up("first", 10 * SECOND)
    assert drained(centre) == [
        Ring("first", "a"),
        Connect("first", "a", SECOND),
        Wait("second", 1),
        Announce("second", 1),
        Ended("first", "a"),
    ]
    assert centre.next_deadline() == 15 * SECOND
    centre.handle_timer(15 * SECOND - 1)
    assert drained(centre) == []
    centre.handle_timer(15 * SECOND)
    assert drained(centre) == [Ring("second", "a")]
    centre.answer("a", 16 * SECOND)
    assert drained(centre) == [Connect("second", "a", 14 * SECOND)]


def test_a_full_queue_turns_the_next_one_away() -> None:
    centre = staffed(1, queue_length=2)
    for call in range(4):
        centre.arrive(call, call)
    assert TurnAway(3, "queue full") in drained(centre)
    assert centre.waiting == (0, 1, 2)  # the first rings, two wait


def test_nobody_waits_longer_than_the_longest_wait() -> None:
    centre = staffed(1, longest_wait=30 * SECOND, ring_for=60 * SECOND)
    centre.arrive(0, 0)
    centre.answer("a", 0)
    centre.arrive(1, SECOND)
    assert centre.next_deadline() == 31 * SECOND
    drained(centre)
    centre.handle_timer(31 * SECOND)
    assert drained(centre) == [TurnAway(1, "waited too long")]
    assert centre.waiting == ()


def test_nobody_logged_in_is_told_at_once() -> None:
    centre = CallCentre(["a"])
    centre.arrive(0, 0)
    assert drained(centre) == [TurnAway(0, "nobody is logged in")]


def test_announcements_come_again_with_the_place_in_the_queue() -> None:
    centre = staffed(1, announce_every=20 * SECOND)
    for call in range(3):
        centre.arrive(call, 0)
        answer_all(centre, 0)
    drained(centre)
    centre.hang_up(1, 5 * SECOND)
    centre.handle_timer(20 * SECOND)
    assert drained(centre) == [Announce(2, 1)]
    assert centre.next_deadline() == 40 * SECOND


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        ("order", "aaaa"),
        ("rotating", "abca"),
        ("longest-idle", "abca"),
        ("fewest-calls", "abca"),
    ],
)
def test_strategies_ask_in_their_order(strategy: Strategy, order: str) -> None:
    centre = staffed(3, strategy=strategy)
    asked = ""
    for n in range(4):
        centre.arrive(n, n * SECOND)
        (ring,) = drained(centre)
        assert isinstance(ring, Ring)
        asked += ring.agent
        centre.answer(ring.agent, n * SECOND)
        centre.hang_up(n, n * SECOND + 1)
        drained(centre)
    assert asked == order


def test_fewest_calls_and_longest_idle_differ() -> None:
    def asked(strategy: Strategy) -> str:
        centre = staffed(2, strategy=strategy)
        centre.pause("b", 0)
        for n in range(2):
            centre.arrive(n, n)
            centre.answer("a", n)
            centre.hang_up(n, n)
        centre.resume("b", 5)
        drained(centre)
        centre.arrive(9, 6)
        (ring,) = drained(centre)
        assert isinstance(ring, Ring)
        return ring.agent

    assert (asked("fewest-calls"), asked("longest-idle")) == ("b", "a")


def test_ring_all_rings_everybody_and_the_first_takes_it() -> None:
    centre = staffed(3, strategy="ring-all")
    centre.arrive(0, 0)
    assert drained(centre) == [Ring(0, "a"), Ring(0, "b"), Ring(0, "c")]
    centre.answer("b", SECOND)
    assert drained(centre) == [StopRinging(0, "a"), StopRinging(0, "c"), Connect(0, "b", SECOND)]
    centre.arrive(1, 2 * SECOND)
    assert drained(centre) == [Ring(1, "a"), Ring(1, "c")]


def test_an_agent_who_does_not_answer_is_paused_and_the_next_one_rings() -> None:
    centre = staffed(2, ring_for=10 * SECOND, strategy="order")
    centre.arrive(0, 0)
    centre.handle_timer(10 * SECOND)
    assert drained(centre) == [Ring(0, "a"), StopRinging(0, "a"), Wait(0, 1), Announce(0, 1), Ring(0, "b")]
    assert centre.agents["a"].state is AgentState.PAUSED
    centre.answer("b", 11 * SECOND)
    assert drained(centre) == [Connect(0, "b", 11 * SECOND)]


def test_pause_and_log_out_wait_for_the_end_of_the_call() -> None:
    centre = staffed(2, wrap_up=SECOND, strategy="order")
    for call in range(2):
        centre.arrive(call, 0)
        answer_all(centre, 0)
    centre.pause("a", 1)
    centre.log_out("b", 1)
    assert [agent.state for agent in centre.agents.values()] == [AgentState.TALKS] * 2
    centre.hang_up(0, SECOND)
    centre.hang_up(1, SECOND)
    centre.handle_timer(2 * SECOND)
    assert [agent.state for agent in centre.agents.values()] == [AgentState.PAUSED, AgentState.LOGGED_OUT]
    centre.log_in("b", 3 * SECOND)
    centre.resume("a", 3 * SECOND)
    assert [agent.state for agent in centre.agents.values()] == [AgentState.READY] * 2


def test_an_agent_who_pauses_while_it_rings_gives_the_call_on() -> None:
    centre = staffed(2, strategy="order")
    centre.arrive(0, 0)
    drained(centre)
    centre.pause("a", SECOND)
    assert [each for each in drained(centre) if not isinstance(each, Wait | Announce)] == [
        StopRinging(0, "a"),
        Ring(0, "b"),
    ]
    assert centre.agents["a"].state is AgentState.PAUSED


def test_transfer_to_an_agent_and_back_to_the_queue() -> None:
    centre = staffed(3, strategy="order")
    centre.arrive(0, 0)
    centre.answer("a", 0)
    drained(centre)
    centre.transfer(0, SECOND, "c")
    assert drained(centre) == [Ended(0, "a"), Ring(0, "c")]
    centre.answer("c", 2 * SECOND)
    assert drained(centre) == [Connect(0, "c", SECOND)]
    centre.pause("b", 2 * SECOND)
    centre.arrive(1, 2 * SECOND)
    centre.answer("a", 2 * SECOND)
    centre.arrive(2, 2 * SECOND)
    drained(centre)
    centre.transfer(0, 3 * SECOND)
    assert centre.waiting[0] == 0  # before the one who came later
    with pytest.raises(UsageError, match="nothing to transfer"):
        centre.transfer(2, 3 * SECOND)
    with pytest.raises(UsageError, match="paused"):
        centre.transfer(1, 3 * SECOND, "b")


def test_a_call_for_some_agents_waits_for_them_and_the_next_one_overtakes_it() -> None:
    centre = staffed(3, strategy="order")
    centre.arrive(0, 0, among=["c"])
    centre.arrive(1, 0, among=["c"])
    centre.arrive(2, 0)
    rings = [output for output in drained(centre) if isinstance(output, Ring)]
    assert rings == [Ring(0, "c"), Ring(2, "a")]
    centre.answer("c", SECOND)
    centre.answer("a", SECOND)
    centre.hang_up(2, 2 * SECOND)
    assert centre.waiting == (1,)  # a and b are ready, and it is not for them
    drained(centre)
    centre.transfer(0, 3 * SECOND, among=["b"])
    assert drained(centre) == [Ended(0, "c"), Wait(0, 1), Announce(0, 1), Ring(0, "b"), Ring(1, "c")]
    centre.log_out("a", 4 * SECOND)
    centre.arrive(3, 4 * SECOND, among=["a"])
    assert drained(centre) == [TurnAway(3, "nobody is logged in")]
    for unknown in (["x"], ["b", "z"]):
        with pytest.raises(UsageError, match="there is no agent"):
            centre.arrive(4, 0, among=unknown)
    assert centre.poll_output() is None


def test_misuse_is_named() -> None:
    centre = staffed(1)
    centre.arrive(0, 0)
    for wrong, said in (
        (lambda: centre.arrive(0, 0), "already"),
        (lambda: centre.answer("b", 0), "no agent 'b'"),
        (lambda: centre.log_in("a", 0), "already"),
        (lambda: centre.resume("a", 0), "no pause"),
        (lambda: CallCentre([]), "one agent or more"),
        (lambda: CallCentre(["a", "a"]), "one agent or more"),
    ):
        with pytest.raises(UsageError, match=said):
            wrong()
    centre.answer("a", 0)
    with pytest.raises(UsageError, match="no call to answer"):
        centre.answer("a", 0)


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "arrive", "answer", "answer", "hang_up", "pause", "resume", "out", "in"])
        | st.sampled_from(["transfer", "wait", "wait"]),
        st.integers(0, 9),
    ),
    max_size=60,
)
SETTINGS = st.builds(
    CentreSettings,
    strategy=st.sampled_from(["ring-all", "longest-idle", "rotating", "fewest-calls", "order"]),
    queue_length=st.none() | st.integers(0, 3),
    longest_wait=st.none() | st.integers(1, 20),
    ring_for=st.integers(1, 9),
    wrap_up=st.integers(0, 5),
    announce_every=st.integers(0, 5),
)


class Watch:
    """Follows the outputs: a caller talks to one agent at most, and every call comes to an end."""

    def __init__(self) -> None:
        self.rings: set[tuple[object, str]] = set()
        self.talks: dict[object, str] = {}
        self.gone: set[object] = set()

    def take(self, output: CentreOutput) -> None:
        assert output.call not in self.gone, "something happens to a call that was turned away"
        if isinstance(output, Ring):
            assert output.agent not in self.talks.values()
            assert all(agent != output.agent for _call, agent in self.rings), "one agent rings for two calls"
            self.rings.add((output.call, output.agent))
        elif isinstance(output, StopRinging):
            self.rings.remove((output.call, output.agent))
        elif isinstance(output, Connect):
            self.rings.remove((output.call, output.agent))
            assert all(call != output.call for call, _agent in self.rings), "it still rings elsewhere"
            assert output.call not in self.talks
            self.talks[output.call] = output.agent
        elif isinstance(output, Ended):
            assert self.talks.pop(output.call) == output.agent
        elif isinstance(output, TurnAway):
            assert all(call != output.call for call, _agent in self.rings)
            self.gone.add(output.call)


def act(centre: CallCentre, what: str, which: int, now: int, calls: list[list[str]]) -> None:
    """One action, where it is possible; `calls` has the agents whom each call so far is for."""
    names = list(centre.agents)
    name = names[which % len(names)]
    known = [*centre.waiting, *centre.talking]
    if what == "arrive":
        some = 0 < which < len(names)
        calls.append(names[:which] if some else names)
        centre.arrive(len(calls) - 1, now, among=names[:which] if some else None)
    elif what == "hang_up" and known:
        centre.hang_up(known[which % len(known)], now)
    elif what == "transfer" and centre.talking:
        call = next(iter(centre.talking))
        assert isinstance(call, int)
        try:
            centre.transfer(call, now, None if which % 2 else name)
        except UsageError:
            return
        calls[call] = names
    elif what in ("answer", "pause", "resume", "out", "in"):
        verb = {"out": "log_out", "in": "log_in"}.get(what, what)
        try:
            getattr(centre, verb)(name, now)
        except UsageError:
            return


@given(SETTINGS, st.integers(1, 4), ACTIONS)
def test_in_any_story(settings: CentreSettings, n: int, actions: list[tuple[str, int]]) -> None:
    centre = CallCentre([str(k) for k in range(n)], settings)
    for name in centre.agents:
        centre.log_in(name, 0)
    watch, now = Watch(), 0
    calls: list[list[str]] = []
    for what, which in actions:
        if what == "wait":
            now += which
            while (deadline := centre.next_deadline()) is not None and deadline <= now:
                centre.handle_timer(deadline)
        act(centre, what, which, now, calls)
        for output in drained(centre):
            watch.take(output)
        assert watch.talks == centre.talking
        ready = {a.name for a in centre.agents.values() if a.state is AgentState.READY}
        ringing = {call for call, _agent in watch.rings}
        for call in centre.waiting:
            assert isinstance(call, int)
            assert call in ringing or not ready.intersection(calls[call]), "somebody waits for a free agent"
        deadline = centre.next_deadline()
        assert deadline is None or deadline > now or what != "wait"
    for call in [*centre.waiting, *centre.talking]:
        centre.hang_up(call, now)
    for output in drained(centre):
        watch.take(output)
    assert (watch.rings, watch.talks, centre.waiting, centre.talking) == (set(), {}, (), {})
