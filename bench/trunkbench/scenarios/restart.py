"""`restart`: RESTART of one channel, then of the whole interface, from either end (Q.931 5.5).

A restarted channel's call is gone at both ends and the channel can be used again; the calls on other
channels do not notice. A restart of the interface ends them all.
"""

from __future__ import annotations

from trunkbench.call import Call
from trunkbench.conditions import all_of
from trunkbench.exchange import Exchange
from trunkbench.pairing import other_half
from trunkbench.scenarios.stage import Scenario, Stage

CALLED = "300"


def play(stage: Stage) -> None:
    """From the near end, then from the far end."""
    bench = stage.bench
    bench.far.number(CALLED).answers()
    for end in (bench.near, bench.far):
        if end.dials:
            _from(stage, end)
        else:
            stage.note(f"RESTART from the {end.end} end was not played: that end is not ours to restart from")


def _from(stage: Stage, end: Exchange) -> None:
    bench = stage.bench
    calls = bench.near.dial_many(CALLED, min(3, bench.near.capacity))
    bench.run_until(all_of(call.active for call in calls), within="10s")
    victim, *others = calls
    channel = victim.channel
    assert channel is not None
    stage.show(f"RESTART of channel {channel} from the {end.end} end", 0, 2)
    end.restart([_channel_at(end, victim)])
    bench.run_until(victim.cleared, within="5s")
    bench.run_for("1s")
    stage.check(
        all(bool(call.active) for call in others),
        f"RESTART of channel {channel} from the {end.end} end: the calls on other channels live on",
        detail=bench.who_is_where(),
    )
    again = bench.near.dial(CALLED, channel=channel)
    bench.run_until(again.active, within="10s")
    stage.check(
        again.channel == channel,
        f"channel {channel} carries calls again",
        detail=f"the call is on channel {again.channel}",
    )
    stage.show(f"RESTART of the interface from the {end.end} end", 1, 2)
    end.restart()
    bench.run_until(all_of(call.cleared for call in (*others, again)), within="5s")
    bench.run_for("1s")
    stage.check_idle()
    stage.show(f"RESTART from the {end.end} end", 2, 2)


def _channel_at(end: Exchange, call: Call) -> int:
    """The call's channel on the trunk of that end: a switch in between has given it one of its own."""
    half = call if call.exchange is end else other_half(call)
    channel = call.channel if half is None else half.channel
    assert channel is not None
    return channel


RESTART = Scenario("restart", "RESTART of one channel and of the interface, from either end", play)
