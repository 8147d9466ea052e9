"""`out-of-service`: channels are taken out of service and put back, from either end (SERVICE, SERVICE
ACKNOWLEDGE).

A call on such a channel goes on until it ends; after that no call takes the channel: the trunk carries that
many fewer, one more caller is refused, and who insists on the channel is refused by the other end with
cause 44. Back in service the trunk carries as many as before. EuroISDN has no such messages: the scenario
needs a switch that has.
"""

from __future__ import annotations

from trunkbench.call import Call
from trunkbench.conditions import all_of
from trunkbench.exchange import Exchange
from trunkbench.scenarios.stage import Scenario, Skip, Stage
from trunkbench.upkeep import STATUS, Service
from trunkwire.q931.call import ChannelChoice
from trunkwire.q931.causes import Cause

CALLED = "300"
ANSWER = "500ms"
"""How long SERVICE and its acknowledgement may take."""


def play(stage: Stage) -> None:
    """Taken out by the near end, then by the far end; for maintenance, and for good."""
    near, far = stage.bench.near, stage.bench.far
    if not (near.dials and far.dials):
        raise Skip("both ends have to be ours: channels are taken out at either")
    for end in (near, far):
        end.number(CALLED).answers()
    cases: tuple[tuple[Exchange, Exchange, Service], ...] = (
        (near, far, "out-of-service"),
        (far, near, "out-of-service"),
        (near, far, "maintenance"),
    )
    for done, (taker, other, status) in enumerate(cases):
        stage.show(f"{status} by the {taker.end} end", done, len(cases))
        _taken_out(stage, taker, other, status)
    stage.show("in service again", len(cases), len(cases))


def _taken_out(stage: Stage, taker: Exchange, other: Exchange, status: Service) -> None:
    bench, which = stage.bench, f"{status} by the {taker.end} end"
    full = taker.capacity
    going_on = taker.dial(CALLED)
    bench.run_until(going_on.active, within="10s")
    busy = going_on.channel
    assert busy is not None
    idle = next(number for number in taker.spans[0].control.channels if number != busy)
    taker.service([idle, busy], status)
    bench.run_for(ANSWER)
    _both_know(stage, which, taker, other, (idle, busy), status)
    stage.check(
        bool(going_on.active), f"{which}: the call on channel {busy} goes on", detail=going_on.where()
    )
    going_on.hang_up()
    bench.run_until(going_on.cleared, within="60s")
    calls = _fill(stage, f"{which}: without channels {idle} and {busy}", taker, full - 2)
    extra = taker.dial(CALLED, choice=ChannelChoice.EXCLUSIVE)
    stage.check(
        extra.outcome.cause is Cause.NO_CIRCUIT and extra.outcome.decided_by == taker.end,
        f"{which}: one more caller is refused here, cause 34",
        detail=f"cause {extra.outcome.cause}, decided by {extra.outcome.decided_by}",
    )
    _hang_up(stage, [*calls, extra])
    _insisted(stage, which, other, idle)
    taker.service([idle, busy], "in-service")
    bench.run_for(ANSWER)
    which = f"{which}, and put back"
    _both_know(stage, which, taker, other, (idle, busy), "in-service")
    _hang_up(stage, _fill(stage, which, taker, full))
    stage.check_idle()


def _both_know(
    stage: Stage, which: str, taker: Exchange, other: Exchange, channels: tuple[int, ...], status: Service
) -> None:
    here, there = taker.spans[0].control.channels, other.spans[0].control.channels
    wanted = STATUS[status]
    differing = [f"channel {number} here" for number in channels if here.near(number) is not wanted]
    differing += [f"channel {number} there" for number in channels if there.far(number) is not wanted]
    stage.check(
        not differing,
        f"{which}: both ends have channels {channels[0]} and {channels[1]} as {status}",
        detail="; ".join(differing),
    )


def _fill(stage: Stage, which: str, caller: Exchange, wanted: int) -> list[Call]:
    calls = caller.dial_many(CALLED, wanted)
    stage.bench.run_until(all_of(call.active for call in calls), within="10s")
    talking = sum(bool(call.active) for call in calls)
    stage.check(
        talking == wanted,
        f"{which}: {wanted} calls get through",
        kind="target",
        detail=f"{talking} of {wanted} are active",
    )
    return calls


def _insisted(stage: Stage, which: str, other: Exchange, channel: int) -> None:
    """Somebody at the other end asks for that channel all the same."""
    call = other.dial(CALLED, channel=channel, choice=ChannelChoice.EXCLUSIVE, insist=True)
    stage.bench.run_until(call.ended, within="10s")
    stage.check(
        call.outcome.cause is Cause.CHANNEL_UNAVAILABLE and call.outcome.decided_by != other.end,
        f"{which}: SETUP for channel {channel} is refused with 44",
        detail=f"cause {call.outcome.cause}, decided by {call.outcome.decided_by}",
    )
    _hang_up(stage, [call])


def _hang_up(stage: Stage, calls: list[Call]) -> None:
    for call in calls:
        call.hang_up()
    stage.bench.run_until(all_of(call.cleared for call in calls), within="60s")


OUT_OF_SERVICE = Scenario(
    "out-of-service",
    "channels taken out of service and put back: who gets through meanwhile",
    play,
    kind="t1",
    maintenance=True,
)
