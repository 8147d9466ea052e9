"""The call centre on the bench: callers on a trunk, agents, a queue, and what everybody hears."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkbench import Bench, Call, Cause, all_of
from trunkbench.callcentre.agents import AgentState
from trunkbench.callcentre.hears import HearsSound, hears_sound, likeness
from trunkbench.callcentre.pbx import CallCentrePbx, CentreFaults
from trunkbench.errors import UsageError
from trunkwire.ticks import SECOND
from trunkwire.tones import BUSY, RINGBACK, HeardSound, SoundKind

MakeBench = Callable[..., Bench]

NUMBER = "62300000"
SECOND_SPAN = """
[[span]]
name = "span2"
"""


@pytest.fixture
def centre_of(make_bench: MakeBench) -> Callable[..., tuple[Bench, CallCentrePbx]]:
    """A bench with a call centre that answers 62300000, and further keys of it."""

    def make(
        keys: str, more: str = "", span: str = "", bench: str = "", **choices: object
    ) -> tuple[Bench, CallCentrePbx]:
        table = f'\n[call_centre]\nnumbers = ["{NUMBER}"]\n{keys}\n'
        opened = make_bench(bench, span, table + more, **choices)
        assert opened.call_centre is not None
        return opened, opened.call_centre

    return make


CentreOf = Callable[..., tuple[Bench, CallCentrePbx]]


def told(centre: CallCentrePbx, *what: str) -> list[str]:
    """The events of those kinds, in order: who."""
    return [f"{event.what} {event.agent or event.caller}" for event in centre.events if event.what in what]


def split(centre: CallCentrePbx, calls: list[Call]) -> tuple[list[Call], list[Call]]:
    """The callers that talk to agents, and the others."""
    talking = {call.caller for call in centre.talking}
    return [c for c in calls if c.caller in talking], [c for c in calls if c.caller not in talking]


def thirty_on_ten(bench: Bench, centre: CallCentrePbx) -> list[Call]:
    """Thirty callers on ten agents: ten talk, twenty wait and hear the announcement."""
    calls = bench.near.dial_many(NUMBER, 30)
    bench.run_until(all_of([centre.talks(10), *(call.active for call in calls)]), within="5s")
    ten, twenty = split(centre, calls)
    assert (len(ten), len(twenty)) == (10, 20)
    assert len(centre.waiting) == 20
    bench.run_until(all_of(hears_sound(call, centre.announcement) for call in twenty), within="2s")
    agents = {call.caller: agent for call, agent in centre.talking.items()}
    bench.run_until(all_of(agents[call.caller].heard_by(call) for call in ten), within="1s")
    bench.run_until(all_of(call.hears_own_channel() for call in centre.talking), within="1s")
    return calls


@pytest.mark.parametrize("depth", ["event", pytest.param("bits", marks=pytest.mark.long)])
def test_ten_talk_twenty_wait_and_hear_the_announcement_the_thirty_first_hears_busy(
    centre_of: CentreOf, depth: str
) -> None:
    bench, centre = centre_of("agents = 10\nqueue_length = 20", depth=depth)
    thirty_on_ten(bench, centre)
    before = bench.pump.now
    thirty_first = bench.near.dial(NUMBER)
    bench.run_until(thirty_first.hears(BUSY), within="3s")
    assert likeness(thirty_first, centre.announcement, before) < 0.5
    assert thirty_first.outcome.result == "no-circuit"
    assert bench.audit() == []


def test_the_thirty_first_hears_busy_even_if_it_is_the_queue_that_is_full(centre_of: CentreOf) -> None:
    bench, centre = centre_of("agents = 10\nqueue_length = 20", SECOND_SPAN)
    thirty_on_ten(bench, centre)
    thirty_first = bench.near.dial(NUMBER)
    bench.run_until(thirty_first.hears(BUSY), within="3s")
    outcome = thirty_first.outcome
    assert (outcome.result, outcome.cause, outcome.decided_by) == ("busy", Cause.USER_BUSY, "far")
    assert not outcome.findings
    assert [(event.why, event.caller) for event in centre.events if event.what == "turned away"] == [
        ("queue full", thirty_first.caller)
    ]
    assert bench.audit() == []


def test_who_is_told_busy_hears_the_announcement_if_the_call_centre_has_that_fault(
    centre_of: CentreOf,
) -> None:
    bench, centre = centre_of("agents = 1\nqueue_length = 0")
    centre.faults = CentreFaults(announces_when_full=True)
    first = bench.near.dial(NUMBER)
    bench.run_until(first.active, within="3s")
    second = bench.near.dial(NUMBER)
    with pytest.raises(AssertionError, match="busy"):
        bench.run_until(second.hears(BUSY), within="3s")
    assert likeness(second, centre.announcement, second.dialled_at) > 0.9
    assert bench.audit() == []


def test_a_dead_headset_is_heard_to_be_dead(centre_of: CentreOf) -> None:
    bench, centre = centre_of("agents = 1")
    centre.faults = CentreFaults(dead_agents=frozenset({"a1"}))
    call = bench.near.dial(NUMBER)
    bench.run_until(call.active, within="3s")
    with pytest.raises(AssertionError, match="hears agent a1"):
        bench.run_until(centre.agent("a1").heard_by(call), within="2s")
    waits = bench.near.dial(NUMBER)
    bench.run_until(hears_sound(waits, centre.announcement), within="2s")
    call.hang_up()
    bench.run_until(centre.talks(0), within="1s")
    bench.run_until(centre.talks(1), within="4s")
    answered = bench.pump.now
    bench.run_for("2s")
    assert max(likeness(waits, sound, answered) for sound in (centre.announcement, centre.music)) < 0.5


def test_one_agent_is_a_call_centre_too(centre_of: CentreOf) -> None:
    bench, centre = centre_of('agents = 1\nwrap_up = "5s"\nanswer_after = "3s"')
    agent = centre.agent("a1")
    first = bench.near.dial(NUMBER)
    bench.run_until(first.hears(RINGBACK), within="3s")
    bench.run_until(agent.heard_by(first), within="4s")
    second = bench.near.dial(NUMBER)
    bench.run_until(hears_sound(second, centre.announcement), within="2s")
    first.hang_up()
    bench.run_until(agent.wraps_up, within="1s")
    hung_up = bench.now
    bench.run_until(agent.rings, within="6s")
    assert bench.now - hung_up == 5 * SECOND
    bench.run_until(agent.heard_by(second), within="4s")
    assert agent.call is not None
    assert agent.call.caller == second.caller
    assert bench.audit() == []
    waited = [event.waited for event in centre.events if event.what == "answered"]
    assert [wait is not None and wait // SECOND for wait in waited] == [3, 8]


def test_the_announcement_is_speech_and_the_music_is_not_to_the_benchs_own_ear(centre_of: CentreOf) -> None:
    bench, centre = centre_of("agents = 1")
    hearing, law = bench.near.lines.hearing, bench.near.lines.law
    from trunkwire.tones import CadenceTracker

    for recording, kind in (
        (centre.announcement, SoundKind.SPEECH),
        (centre.prompt, SoundKind.SPEECH),
        (centre.music, SoundKind.OTHER),
    ):
        octets = recording.octets(law)
        tracker = CadenceTracker(hearing.zone, law, 0)
        heard = tracker.feed(hearing.analyser.analyse(octets[: len(octets) // 160 * 160]))
        assert tracker.tones() == []
        assert {sound.kind for sound in heard if isinstance(sound, HeardSound)} == {kind}


def test_those_who_wait_hear_music_and_the_announcement_again(centre_of: CentreOf) -> None:
    bench, centre = centre_of('agents = 1\nannounce_every = "15s"')
    bench.near.dial(NUMBER)
    bench.run_until(centre.talks(1), within="3s")
    waits = bench.near.dial(NUMBER)
    bench.run_until(hears_sound(waits, centre.announcement), within="2s")
    bench.run_for("6500ms")
    bench.run_until(hears_sound(waits, centre.music), within="2s")
    bench.run_for("5s")
    between = bench.pump.now
    bench.run_until(hears_sound(waits, centre.announcement), within="4s")
    assert bench.now > 15 * SECOND
    assert likeness(waits, centre.prompt, between) < 0.5
    positions = [event.position for event in centre.events if event.what == "announced"]
    assert positions == [1, 1]
    assert bench.audit() == []


def test_an_agent_who_does_not_answer_goes_on_a_pause_and_the_next_one_is_asked(centre_of: CentreOf) -> None:
    bench, centre = centre_of('agents = 2\nstrategy = "order"\nring_for = "8s"')
    centre.agent("a1").never_answers()
    call = bench.near.dial(NUMBER)
    bench.run_until(centre.agent("a1").paused, within="9s")
    bench.run_until(centre.agent("a2").heard_by(call), within="4s")
    assert told(centre, "rang", "did not answer", "answered") == [
        "rang a1",
        "did not answer a1",
        "rang a2",
        "answered a2",
    ]
    centre.agent("a1").resume()
    assert centre.agent("a1").ready
    assert bench.audit() == []


def test_a_caller_gives_up_in_the_queue_and_the_others_move_up(centre_of: CentreOf) -> None:
    bench, centre = centre_of('agents = 1\nanswer_after = "1s"')
    calls = [bench.near.dial(NUMBER) for _ in range(4)]
    bench.run_until(all_of([centre.talks(1), centre.waits(3)]), within="3s")
    calls[1].hang_up()
    bench.run_until(centre.waits(2), within="1s")
    assert [call.caller for call in centre.waiting] == [calls[2].caller, calls[3].caller]
    assert told(centre, "gave up") == [f"gave up {calls[1].caller}"]
    calls[0].hang_up()
    bench.run_until(centre.agent("a1").heard_by(calls[2]), within="3s")
    assert bench.audit() == []


def test_a_caller_who_gives_up_while_an_agent_rings_frees_the_agent(centre_of: CentreOf) -> None:
    bench, centre = centre_of("agents = 1")
    call = bench.near.dial(NUMBER)
    bench.run_until(centre.agent("a1").rings, within="1s")
    call.hang_up()
    bench.run_until(centre.agent("a1").ready, within="1s")
    bench.run_for("3s")
    assert told(centre, "answered") == []
    assert call.outcome.result == "abandoned"
    assert bench.audit() == []


def test_nobody_waits_longer_than_the_longest_wait(centre_of: CentreOf) -> None:
    bench, centre = centre_of('agents = 1\nlongest_wait = "10s"')
    bench.near.dial(NUMBER)
    bench.run_until(centre.talks(1), within="3s")
    waits = bench.near.dial(NUMBER)
    bench.run_until(waits.active, within="1s")
    bench.run_until(waits.ended, within="11s")
    assert (waits.outcome.cause, waits.outcome.cleared_by) == (Cause.NORMAL_CLEARING, "far")
    bench.run_until(waits.hears(BUSY), within="3s")
    (away,) = [event for event in centre.events if event.what == "turned away"]
    assert away.why == "waited too long"
    assert bench.audit() == []


@pytest.mark.parametrize(("keys", "cause"), [("logged_in = 0", Cause.SUBSCRIBER_ABSENT)])
def test_nobody_is_logged_in(centre_of: CentreOf, keys: str, cause: Cause) -> None:
    bench, centre = centre_of(f"agents = 2\n{keys}")
    call = bench.near.dial(NUMBER)
    bench.run_until(call.hears(BUSY), within="3s")
    assert (call.outcome.cause, call.active_at) == (cause, None)
    centre.agent("a2").log_in()
    again = bench.near.dial(NUMBER)
    bench.run_until(centre.agent("a2").heard_by(again), within="4s")
    assert bench.audit() == []


def test_an_agent_hangs_up_pauses_and_leaves(centre_of: CentreOf) -> None:
    bench, centre = centre_of("agents = 2")
    agent = centre.agent("a1")
    call = bench.near.dial(NUMBER)
    bench.run_until(agent.talks, within="3s")
    agent.pause()
    assert agent.state is AgentState.TALKS
    agent.hang_up()
    bench.run_until(call.ended, within="1s")
    assert agent.paused
    assert call.outcome.cleared_by == "far"
    (ended,) = [event for event in centre.events if event.what == "ended"]
    assert (ended.why, ended.agent) == ("agent", "a1")
    agent.resume()
    agent.log_out()
    assert agent.logged_out
    with pytest.raises(UsageError, match="no call to hang up"):
        agent.hang_up()
    with pytest.raises(UsageError, match="no agent 'a3'; it has a1, a2"):
        centre.agent("a3")
    assert bench.audit() == []


def test_agents_may_say_what_they_are_told(centre_of: CentreOf) -> None:
    bench, centre = centre_of("agents = 1")
    agent = centre.agent("a1").says(centre.prompt).answers(after="500ms")
    call = bench.near.dial(NUMBER)
    listens = agent.heard_by(call)
    assert isinstance(listens, HearsSound)
    bench.run_until(agent.talks, within="1s")
    bench.run_until(agent.heard_by(call), within="2s")
    call.hang_up()
    agent.says(BUSY)
    again = bench.near.dial(NUMBER)
    bench.run_until(again.hears(BUSY), within="4s")
    with pytest.raises(UsageError, match="plays a tone"):
        agent.heard_by(again)
    agent.says(None)
    assert bench.audit() == []


def test_agents_may_speak_the_tone_of_the_channel(centre_of: CentreOf) -> None:
    bench, centre = centre_of('agents = 1\nvoice = "channel"')
    first, second = (bench.near.dial(NUMBER) for _ in range(2))
    bench.run_until(first.hears_own_channel(), within="4s")
    bench.run_until(hears_sound(second, centre.announcement), within="4s")
    first.hang_up()
    bench.run_until(second.hears_own_channel(), within="4s")
    with pytest.raises(UsageError, match="hears_own_channel"):
        centre.agent("a1").heard_by(second)
    assert bench.audit() == []


def test_ring_all_rings_everybody_and_the_first_who_picks_up_has_the_caller(centre_of: CentreOf) -> None:
    bench, centre = centre_of('agents = ["ann", "ben", "cay"]\nstrategy = "ring-all"')
    centre.agent("ben").answers(after="1s")
    call = bench.near.dial(NUMBER)
    bench.run_until(all_of(agent.rings for agent in centre.agents), within="1s")
    bench.run_until(centre.agent("ben").heard_by(call), within="2s")
    bench.run_for("3s")
    assert [agent.name for agent in centre.agents if agent.talks] == ["ben"]
    assert bench.audit() == []


def test_an_agent_who_picks_up_sooner_has_the_call_sooner(centre_of: CentreOf) -> None:
    bench, centre = centre_of('agents = 1\nanswer_after = "5s"')
    call = bench.near.dial(NUMBER)
    bench.run_until(centre.agent("a1").rings, within="1s")
    centre.agent("a1").answer()
    bench.run_until(centre.agent("a1").heard_by(call), within="1s")
    bench.run_for("6s")
    assert centre.agent("a1").talks
    assert bench.audit() == []


def test_if_all_pick_up_at_the_same_tick_one_has_the_caller(centre_of: CentreOf) -> None:
    bench, centre = centre_of('agents = 3\nstrategy = "ring-all"\nanswer_after = "1s"')
    calls = [bench.near.dial(NUMBER) for _ in range(2)]
    bench.run_until(centre.talks(2), within="4s")
    assert len({agent.name for agent in centre.agents if agent.talks}) == 2
    bench.run_until(all_of(call.active for call in calls), within="1s")
    assert bench.audit() == []


def test_an_agent_who_comes_back_is_given_who_waits_at_once(centre_of: CentreOf) -> None:
    bench, centre = centre_of('agents = 2\nlogged_in = ["a2"]\nannounce_every = "0s"')
    centre.agent("a2").pause()
    call = bench.near.dial(NUMBER)
    bench.run_until(hears_sound(call, centre.announcement), within="2s")
    bench.run_for("3s")
    centre.agent("a1").log_in()
    assert [str(event).partition(": ")[2] for event in centre.events[-2:]] == [
        f"rang (call 1, span span1, channel 1, caller {call.caller}, agent a1)",
        "agent (agent a1, state rings)",
    ]
    bench.run_until(centre.agent("a1").heard_by(call), within="3s")
    assert told(centre, "announced") == [f"announced {call.caller}"]
    assert bench.audit() == []


def test_after_the_bench_is_closed_nothing_can_be_done(centre_of: CentreOf) -> None:
    bench, centre = centre_of("agents = 1")
    agent = centre.agent("a1")
    bench.near.dial(NUMBER)
    bench.run_until(agent.talks, within="3s")
    bench.close()
    for verb in (agent.pause, agent.hang_up, agent.transfer):
        with pytest.raises(UsageError, match="the bench is closed"):
            verb()
    agent.answers(after="1s")
    assert agent.state is AgentState.TALKS
    assert [event.what for event in centre.events][-2:] == ["answered", "agent"]
