"""`glare`: both ends seize the same channel in the same moment, one channel and then all of them (Q.931 5.7).

The network's call wins the channel. A call of the user's that only prefers it is moved to another, and both
live; one that insists on it is cleared with cause 44. On the whole trunk: both ends ask for the same half
of the channels and fill all of it; and both insist on every channel, so that the user's calls are all
cleared.
"""

from __future__ import annotations

from trunkbench.bench import Bench
from trunkbench.call import Call
from trunkbench.conditions import all_of, any_of
from trunkbench.exchange import Exchange
from trunkbench.scenarios.stage import Scenario, Stage
from trunkwire.q931.call import ChannelChoice
from trunkwire.q931.causes import Cause
from trunkwire.side import Side

CALLED = "300"
TALK = "1s"
PREFERRED, EXCLUSIVE = ChannelChoice.PREFERRED, ChannelChoice.EXCLUSIVE


def play(stage: Stage) -> None:
    """One channel preferred, one exclusive; half of the trunk preferred, all of it exclusive."""
    bench = stage.bench
    network, user = _sides(bench)
    for end in (network, user):
        end.number(CALLED).answers()
    channels = list(network.spans[0].control.channels)
    one, half = channels[len(channels) // 2], channels[: len(channels) // 2]
    plays = [
        ("one channel, preferred", [one], PREFERRED),
        ("one channel, exclusive", [one], EXCLUSIVE),
        (f"{len(half)} channels, preferred", half, PREFERRED),
        (f"all {len(channels)} channels, exclusive", channels, EXCLUSIVE),
    ]
    if not half:
        stage.note("the trunk has one channel: there is none to which a call could be moved")
        plays = plays[1:2]
    for done, (which, contested, choice) in enumerate(plays):
        stage.show(which, done, len(plays))
        _collide(stage, which, contested, choice)
    stage.show("idle again", len(plays), len(plays))


def _sides(bench: Bench) -> tuple[Exchange, Exchange]:
    """The exchange at the network side of the first span, and the one at the user side."""
    near, far = bench.near, bench.far
    return (near, far) if near.spans[0].side is Side.NETWORK else (far, near)


def _collide(stage: Stage, which: str, channels: list[int], choice: ChannelChoice) -> None:
    """Both ends dial on these channels at the same tick."""
    bench = stage.bench
    network, user = _sides(bench)
    before = {end: len(end.calls) for end in (network, user)}
    winners = [network.dial(CALLED, channel=channel, choice=EXCLUSIVE) for channel in channels]
    losers = [user.dial(CALLED, channel=channel, choice=choice) for channel in channels]
    calls = [*winners, *losers]
    bench.run_until(all_of(any_of([call.active, call.ended]) for call in calls), within="10s")
    _network_wins(stage, which, winners, channels)
    if choice is PREFERRED:
        _moved(stage, which, losers, set(channels))
    else:
        _cleared(stage, which, losers)
    start = bench.pump.now
    bench.run_for(TALK)
    end = bench.pump.now
    parties = [call for side, first in before.items() for call in side.calls[first:] if call.active]
    stage.check(
        len(parties) == 2 * sum(bool(call.active) for call in calls),
        f"{which}: both ends have the same calls",
        detail=bench.who_is_where(),
    )
    stage.hear_each_other(which, parties, start, end)
    for call in calls:
        call.hang_up()
    bench.run_until(all_of(call.cleared for call in calls), within="60s")
    stage.check_idle()


def _network_wins(stage: Stage, which: str, winners: list[Call], channels: list[int]) -> None:
    kept = [
        call
        for call, channel in zip(winners, channels, strict=True)
        if call.active and call.channel == channel
    ]
    stage.check(
        len(kept) == len(winners),
        f"{which}: the network's calls have their channels",
        detail="; ".join(call.where() for call in winners if call not in kept),
    )


def _moved(stage: Stage, which: str, losers: list[Call], contested: set[int]) -> None:
    moved = [call for call in losers if call.active and call.channel not in contested]
    stage.check(
        len(moved) == len(losers) and len({call.channel for call in moved}) == len(moved),
        f"{which}: the user's calls live on other channels",
        detail="; ".join(call.where() for call in losers if call not in moved),
    )


def _cleared(stage: Stage, which: str, losers: list[Call]) -> None:
    wrong = [call for call in losers if call.outcome.cause is not Cause.CHANNEL_UNAVAILABLE]
    stage.check(
        not wrong,
        f"{which}: the user's calls are cleared with cause 44",
        detail="; ".join(f"{call.where()}, cause {call.outcome.cause}" for call in wrong),
    )


GLARE = Scenario(
    "glare",
    "both ends seize the same channels at the same moment: who keeps one, who is moved, who is cleared",
    play,
    facing=True,
)
