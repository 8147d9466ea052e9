"""The call centre over two serial cards in virtual time: audio comes late, in blocks, through buffers."""

from __future__ import annotations

import pytest
from serialstage import CardedPort

from trunkbench import Bench, all_of
from trunkbench.build import Ends
from trunkbench.callcentre.hears import hears_sound
from trunkbench.callcentre.pbx import CallCentrePbx
from trunkbench.config import parse_config
from trunkbench.ear import first_sample
from trunkwire.tones import BUSY, Ident
from trunkwire.tones.dtmfreceiver import DtmfReceiver

SLOTS = (1, 2, 3, 4, 5, 16)
CONFIG = """
[bench]
name = "serial cards on lines in memory"
[[span]]
name = "span1"
[timing]
slack = "500ms"
[call_centre]
numbers = ["62300000"]
agents = 2
[call_centre.direct]
62300001 = "queue"
[call_centre.menu.keys]
1 = "a1"
9 = "02812345678"
"""


def opened() -> tuple[Bench, CallCentrePbx]:
    ends = Ends(
        wrap_near=lambda port: CardedPort(port, slots=SLOTS, seed=1),
        wrap_far=lambda port: CardedPort(port, slots=SLOTS, seed=2),
    )
    bench = Bench(parse_config(CONFIG, "test"), ends=ends)
    assert bench.call_centre is not None
    return bench, bench.call_centre


def test_five_callers_on_two_agents_hear_what_they_should() -> None:
    bench, centre = opened()
    with bench:
        calls = bench.near.dial_many("62300001", 5)
        bench.run_until(all_of([centre.talks(2), *(call.active for call in calls)]), within="6s")
        agents = {call.caller: agent for call, agent in centre.talking.items()}
        two = [call for call in calls if call.caller in agents]
        three = [call for call in calls if call.caller not in agents]
        bench.run_until(all_of(agents[call.caller].heard_by(call) for call in two), within="2s")
        bench.run_until(all_of(hears_sound(call, centre.announcement) for call in three), within="2s")
        bench.run_until(all_of(call.hears_own_channel() for call in centre.talking), within="1s")
        sixth = bench.near.dial("62300001")
        bench.run_until(sixth.hears(BUSY), within="3s")
        bench.run_until(all_of(hears_sound(call, centre.music) for call in three), within="8s")
        assert bench.audit() == []


def test_the_menu_hears_a_digit_and_joins_the_caller_to_a_number() -> None:
    bench, centre = opened()
    bench.near.number("02812345678").answers()
    with bench:
        talks, sent_on = bench.near.dial_many("62300000", 2)
        bench.run_until(all_of(hears_sound(call, centre.prompt) for call in (talks, sent_on)), within="3s")
        talks.send_digits("1")
        sent_on.send_digits("9")
        bench.run_until(centre.agent("a1").heard_by(talks), within="5s")
        (outside,) = [call for call in bench.near.calls if not call.outgoing]
        bench.run_until(outside.active, within="2s")
        assert outside.slot is not None
        said = bench.near.lines.tone_of(Ident("near", 0, outside.slot))
        bench.run_until(hears_sound(sent_on, said), within="3s")
        outside.hang_up()
        bench.run_until(sent_on.ended, within="2s")
        assert bench.audit() == []


@pytest.mark.parametrize("digits", ["7", "0123456789*#"])
def test_all_the_digits_that_are_sent_arrive(digits: str) -> None:
    bench, _centre = opened()
    with bench:
        bench.far.number("300").answers()
        call = bench.near.dial("300")
        bench.run_until(call.active, within="2s")
        call.send_digits(digits)
        bench.run_for("3s")
        (far,) = bench.far.calls
        first = first_sample(call.active_at or 0)
        receiver = DtmfReceiver(far.ear.law, first)
        receiver.feed(far.ear.octets(first, far.last_sample() - first))
        assert receiver.digits == digits
