"""The call centre behind the numbers people dial: analog lines, a pilot number, 一号通, a trunk, 400."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkbench import Bench, Call, Cause, all_of
from trunkbench.callcentre.hears import hears_sound
from trunkbench.callcentre.pbx import CallCentrePbx
from trunkbench.errors import NotOnThisBench
from trunkwire.ticks import SECOND
from trunkwire.tones import BUSY, RINGBACK

MakeBench = Callable[..., Bench]

ACCESS = """
[access]
area = "028"

[[access.one_number]]
number = "028-86082660"
lines = ["11111111", "22222222", "33333333", "44444444"]

[[access.analog_group]]
pilot = "99999999"
members = ["55555551", "55555552", "55555553", "55555554"]

[[access.digital_trunk]]
number = "62300000"
spans = ["span1"]
owns = ["62300001"]

[[access.service_number]]
number = "400-800-1234"
[[access.service_number.to]]
number = "62300000"

[call_centre]
agents = 3
"""


def opened(make_bench: MakeBench, more: str = "") -> tuple[Bench, CallCentrePbx]:
    bench = make_bench(more=ACCESS + more)
    assert bench.call_centre is not None
    return bench, bench.call_centre


def three_talk(bench: Bench, centre: CallCentrePbx, calls: list[Call]) -> None:
    """Three are heard to talk to an agent of their own, the others to wait."""
    bench.run_until(all_of([centre.talks(3), centre.waits(len(calls) - 3)]), within="15s")
    agents = {call.caller: agent for call, agent in centre.talking.items()}
    assert len(set(agents.values())) == 3
    talk = [call for call in calls if call.caller in agents]
    wait = [call for call in calls if call.caller not in agents]
    bench.run_until(all_of(agents[call.caller].heard_by(call) for call in talk), within="2s")
    bench.run_until(all_of(hears_sound(call, centre.music) for call in wait), within="10s")
    bench.run_until(all_of(call.hears_own_channel() for call in centre.talking), within="2s")


@pytest.mark.parametrize(
    ("number", "capacity", "on_lines"),
    [("028-86082660", 4, True), ("99999999", 5, True), ("62300000", 6, False), ("400-800-1234", 6, False)],
)
def test_behind_every_kind_of_number(
    make_bench: MakeBench, number: str, capacity: int, on_lines: bool
) -> None:
    bench, centre = opened(make_bench)
    calls = bench.near.dial_many(number, capacity)
    three_talk(bench, centre, calls)
    lines = [call.line for call in bench.far.calls]
    assert [line is not None for line in lines] == [on_lines] * capacity
    arrived = [event for event in centre.events if event.what == "arrived"]
    assert [event.line for event in arrived] == lines
    assert [event.caller for event in arrived] == [call.caller for call in calls]
    assert all((event.channel is None) is on_lines for event in arrived)
    if on_lines:
        one_more = bench.near.dial(number)
        bench.run_until(one_more.hears(BUSY), within="3s")
    assert bench.audit() == []


def test_a_call_that_ends_on_a_line_frees_its_agent(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench)
    calls = bench.near.dial_many("99999999", 4)
    bench.run_until(all_of([centre.talks(3), centre.waits(1)]), within="15s")
    (waits,) = [c for c in calls if c.caller not in {call.caller for call in centre.talking}]
    bench.run_for("1s")
    next(call for call in calls if call is not waits).hang_up()
    bench.run_until(all_of([centre.talks(3), centre.waits(0)]), within="5s")
    agents = {call.caller: agent for call, agent in centre.talking.items()}
    bench.run_until(agents[waits.caller].heard_by(waits), within="2s")
    centre.agents[0].hang_up()
    bench.run_until(centre.talks(2), within="2s")
    assert bench.audit() == []


def test_who_hangs_up_in_the_moment_of_the_answer_is_noticed_by_the_dial_tone(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench)
    call = bench.near.dial("99999999")
    bench.run_until(centre.talks(1), within="15s")
    call.hang_up()  # before the exchange has seen the loop closed
    (talks,) = centre.talking
    bench.run_for("500ms")
    assert talks.active
    bench.run_until(centre.talks(0), within="3s")
    bench.run_until(talks.cleared, within="1s")
    (ended,) = [event for event in centre.events if event.what == "ended"]
    assert ended.why == "line"
    assert bench.audit() == []


def test_who_finds_no_room_on_a_line_is_answered_with_busy_tone(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench, "queue_length = 0\n")
    calls = bench.near.dial_many("99999999", 3)
    bench.run_until(centre.talks(3), within="15s")
    one_more = bench.near.dial("99999999")
    bench.run_until(one_more.hears(BUSY), within="10s")
    assert centre.events[-1].why == "queue full"
    answered = bench.now
    bench.run_until(one_more.ended, within="6s")
    assert bench.now - answered < 5 * SECOND
    assert (one_more.outcome.cleared_by, centre.waiting) == ("far", ())
    assert all(call.active for call in calls)
    given_up = bench.near.dial("99999999")
    bench.run_until(given_up.hears(BUSY), within="10s")
    given_up.hang_up()
    assert bench.audit() == []
    assert [event.what for event in centre.events].count("gave up") == 0


def test_a_line_rings_on_where_nobody_is_logged_in(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench, "logged_in = 0\n")
    call = bench.near.dial("99999999")
    bench.run_until(call.hears(RINGBACK), within="8s")
    bench.run_for("20s")
    assert call.ended_at is None
    assert [event.why for event in centre.events if event.what == "turned away"] == ["nobody is logged in"]
    call.hang_up()
    assert call.outcome.result == "abandoned"
    assert bench.audit() == []


def test_who_has_waited_too_long_on_a_line_is_let_go(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench, 'longest_wait = "8s"\n')
    for agent in centre.agents:
        agent.pause()
    call = bench.near.dial("99999999")
    bench.run_until(hears_sound(call, centre.announcement), within="8s")
    bench.run_until(call.ended, within="10s")
    bench.run_until(call.hears(BUSY), within="3s")
    assert call.outcome.cleared_by == "far"
    assert bench.audit() == []


def test_the_menu_hears_digits_on_a_line_and_sends_the_caller_on(make_bench: MakeBench) -> None:
    menu = '[call_centre.menu.keys]\n1 = "a3"\n2 = "02812345678"\n'
    bench, centre = opened(make_bench, menu)
    bench.near.number("02812345678").answers()
    first, second = bench.near.dial_many("99999999", 2)
    bench.run_until(all_of(hears_sound(call, centre.prompt) for call in (first, second)), within="10s")
    first.send_digits("1")
    second.send_digits("2")
    bench.run_until(centre.agent("a3").heard_by(first), within="5s")
    (outside,) = [call for call in bench.near.calls if not call.outgoing and call.called == "02812345678"]
    bench.run_until(outside.active, within="5s")
    bench.run_for("1s")
    outside.hang_up()
    bench.run_until(second.ended, within="5s")
    assert bench.audit() == []


def test_as_the_device_that_a_bench_describes(make_bench: MakeBench) -> None:
    more = """
[dut]
name = "our own"
[dut.plan]
answers = ["62300000"]
[call_centre]
numbers = ["62300000"]
agents = 1
[call_centre.direct]
62300001 = "02812345678"
"""
    bench = make_bench('topology = "dut-pbx"', more=more)
    centre = bench.call_centre
    assert centre is not None
    bench.far.number("62300000").answers()  # as the plan says
    call = bench.near.dial("62300000")
    bench.run_until(centre.agent("a1").heard_by(call), within="4s")
    with pytest.raises(NotOnThisBench, match="places no calls"):
        centre.agent("a1").transfer("02812345678")
    assert centre.agent("a1").talks
    sent_on = bench.near.dial("62300001")
    bench.run_until(sent_on.ended, within="2s")
    assert sent_on.outcome.cause is Cause.NO_ROUTE_TO_DESTINATION
    assert centre.events[-1].why == "cannot be dialled"
    notes = [str(row["what"]) for row in bench.timeline.rows() if row["kind"] == "note"]
    assert any(note.startswith("02812345678: ") for note in notes)
    assert bench.audit() == []
