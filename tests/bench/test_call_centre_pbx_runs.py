"""Runs of the call centre: what is written down, resets and restarts, and days on which anything happens."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from trunkbench import Bench, all_of
from trunkbench.callcentre.hears import hears_sound
from trunkbench.callcentre.pbx import CallCentrePbx, CentreFaults
from trunkbench.errors import UsageError

MakeBench = Callable[..., Bench]

NUMBER = "62300000"
KEYS = f'\n[call_centre]\nnumbers = ["{NUMBER}"]\n'


def opened(make_bench: MakeBench, keys: str, **choices: str) -> tuple[Bench, CallCentrePbx]:
    bench = make_bench(more=KEYS + keys, **choices)
    assert bench.call_centre is not None
    return bench, bench.call_centre


def test_events_are_written_as_json_lines(make_bench: MakeBench, tmp_path: Path) -> None:
    bench, centre = opened(make_bench, "agents = 1")
    calls = bench.near.dial_many(NUMBER, 2)
    bench.run_until(hears_sound(calls[1], centre.announcement), within="2s")
    bench.run_until(centre.talks(1), within="2s")
    assert bench.audit() == []
    paths = bench.save_artifacts(tmp_path)
    (path,) = [path for path in paths if path.name == "call-centre.jsonl"]
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == len(centre.events)
    assert rows[0] == {
        "line_time_s": pytest.approx(0.005, abs=0.002),
        "what": "arrived",
        "call": 1,
        "span": "span1",
        "channel": 1,
        "caller": calls[0].caller,
        "called": NUMBER,
    }
    assert [row["what"] for row in rows if row.get("call") == 2][:3] == ["arrived", "queued", "announced"]
    (answered,) = [row for row in rows if row["what"] == "answered" and row["call"] == 1]
    assert (answered["agent"], answered["waited_s"]) == ("a1", 2.0)
    assert {row["state"] for row in rows if row["what"] == "agent"} >= {"rings", "talks", "ready"}
    assert str(centre.events[0]).startswith("0.005 s: arrived (call 1, span span1, channel 1, caller")


def story(bench: Bench) -> str:
    bench.near.dial_many(NUMBER, 3)
    bench.run_for("10s")
    return bench.digest()


def test_a_run_is_the_same_after_a_reset(make_bench: MakeBench) -> None:
    bench, before = opened(make_bench, "agents = 1")
    first = story(bench)
    bench.reset()
    centre = bench.call_centre
    assert centre is not None
    assert centre is not before
    assert centre.events == []
    assert story(bench) == first
    assert bench.audit() == []
    centre.faults = CentreFaults(announces_when_full=True)
    centre.reset()  # as the far end does where the bench is not opened anew
    assert centre.faults == CentreFaults()
    assert (centre.events, [agent.ready.check(1 << 60) is not None for agent in centre.agents]) == (
        [],
        [True],
    )


def test_a_restart_of_the_interface_leaves_nothing_behind(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench, "agents = 1\nanswer_after = '1s'")
    calls = bench.near.dial_many(NUMBER, 3)
    bench.run_until(all_of([centre.talks(1), centre.waits(2)]), within="3s")
    bench.near.restart()
    bench.run_until(all_of(call.ended for call in calls), within="10s")
    bench.run_for("5s")
    assert bench.audit() == []
    assert centre.waiting == ()


def test_a_held_caller_hears_its_agent_again_when_it_comes_back(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench, "agents = 1")
    call = bench.near.dial(NUMBER)
    bench.run_until(centre.agent("a1").heard_by(call), within="4s")
    call.hold()
    bench.run_until(call.held, within="1s")
    call.retrieve()
    bench.run_until(call.retrieved, within="1s")
    bench.run_until(centre.agent("a1").heard_by(call), within="1s")
    assert bench.audit() == []


def random_day(bench: Bench, centre: CallCentrePbx, chance: random.Random, actions: int) -> None:
    """Callers and agents do whatever they can do, in no order; nobody ever talks to two."""
    for _ in range(actions):
        up = [call for call in bench.near.calls if call.hung_up_at is None]
        agent = chance.choice(centre.agents)
        action = chance.randrange(9)
        try:
            if action <= 2:
                bench.near.dial(chance.choice(PLAN))
            elif action == 3 and up:
                chance.choice(up).hang_up()
            elif action == 4 and up:
                call = chance.choice(up)
                if call.active:
                    call.send_digits(chance.choice("1259#"))
            elif action == 5:
                chance.choice([agent.pause, agent.resume, agent.log_in, agent.log_out, agent.hang_up])()
            elif action == 6:
                agent.transfer(chance.choice([None, "ann", "ben", "sales", "02812345678"]))
            elif action == 7:
                chance.choice([agent.never_answers, agent.answers])()
        except UsageError:
            pass
        bench.run_for(chance.choice(["20ms", "300ms", "2s", "7s"]))
        talking = [each.call for each in centre.agents if each.talks]
        assert len(set(talking)) == len(talking)
        assert all(call is not None and centre.serves(call) for call in talking)
    assert bench.audit() == []
    assert (centre.waiting, centre.talking) == ((), {})


MENU = """
[call_centre.groups]
sales = ["ann", "ben"]
[call_centre.menu]
timeout = "3s"
[call_centre.menu.keys]
1 = "sales"
2 = "cay"
"#" = "queue"
9 = "02812345678"
"""
PLAN = [NUMBER, "62300001", "99999999", "400-800-1234"]
ACCESS = """
[access]
[[access.analog_group]]
pilot = "99999999"
members = ["11111111", "22222222"]
[[access.digital_trunk]]
number = "62300000"
spans = ["span1"]
owns = ["62300001"]
[[access.service_number]]
number = "400-800-1234"
[[access.service_number.to]]
number = "62300000"
[[access.service_number.to]]
number = "99999999"
"""


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.long) for n in range(2, 40))])
def test_on_any_day_nothing_is_left_in_the_evening(make_bench: MakeBench, seed: int) -> None:
    chance = random.Random(seed)
    keys = f"""
[call_centre]
agents = ["ann", "ben", "cay"]
strategy = "{chance.choice(["order", "ring-all", "longest-idle", "rotating", "fewest-calls"])}"
answer_after = "1s"
queue_length = 2
longest_wait = "9s"
wrap_up = "2s"
ring_for = "4s"
[call_centre.direct]
62300001 = "sales"
22222222 = "queue"
"""
    more = ACCESS + keys + MENU
    bench = make_bench(more=more, span=f'kind = "{chance.choice(["e1", "bri"])}"')
    assert bench.call_centre is not None
    bench.near.number("02812345678").answers(after="1s")
    random_day(bench, bench.call_centre, chance, 25 if seed == 1 else 60)
