"""Both ends dial in the same tick (Q.931 5.7): the network's call has the channel; the user's is moved when
its channel was only preferred, and refused with 44 when it was not. On one channel, and on all thirty.
"""

from __future__ import annotations

import random

import pytest
from linkpair import LinkPair

from trunkwire.q931.call import Call, ChannelChoice, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.channels import Selection
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.settings import E1_CHANNELS, CallControlSettings
from trunkwire.q931.states import CallState
from trunkwire.ticks import SECOND, Tick

ALL = len(E1_CHANNELS)


def answers(end: CallControl, indication: Indication, now: Tick) -> None:
    """A party that takes every call at once."""
    if indication.call is not None and indication.kind is IndicationKind.SETUP:
        end.proceeding(indication.call, now)
        end.connect(indication.call, now)


def dial(end: CallControl, channels: range | tuple[int, ...], choice: ChannelChoice) -> list[Call]:
    return [end.setup(SetupRequest(called="300", channel=channel, choice=choice), 0) for channel in channels]


def agreed(pair: LinkPair) -> int:
    """How many calls live, the same ones on the same channels at both ends; both ends' tables say so too."""
    seen = []
    for end in (pair.network, pair.user):
        assert end.armed_timers() == ()
        held = {end.channels.owner(number) for number in end.channels} - {None}
        assert held == set(end.calls.values()), "a channel for each call, and no other is taken"
        seen.append({(call.reference, call.outgoing, call.channel) for call in end.calls.values()})
        assert {call.state.number for call in end.calls.values()} <= {10}
    network, user = seen
    assert network == {(reference, not outgoing, channel) for reference, outgoing, channel in user}
    return len(network)


def ended(calls: list[Call]) -> set[tuple[object, str | None]]:
    return {(call.cause, call.cleared_by) for call in calls if call.state.number == 0}


@pytest.mark.parametrize("choice", list(ChannelChoice))
def test_on_all_thirty_the_network_wins_every_channel(choice: ChannelChoice) -> None:
    pair = LinkPair(answers)
    down = dial(pair.network, E1_CHANNELS, ChannelChoice.EXCLUSIVE)
    wished = (None,) * ALL if choice is ChannelChoice.ANY else E1_CHANNELS
    up = [pair.user.setup(SetupRequest(channel=channel, choice=choice), 0) for channel in wished]
    pair.settle(2 * SECOND)
    assert agreed(pair) == ALL
    assert [call.channel for call in down] == list(E1_CHANNELS)
    assert {call.state for call in down} == {CallState.N10}
    refused = Cause.CHANNEL_UNAVAILABLE if choice is ChannelChoice.EXCLUSIVE else Cause.NO_CIRCUIT
    assert ended(up) == {(refused, "remote")}
    assert len({id(call) for call in up if call.state is CallState.U0}) == ALL


def test_fifteen_each_on_the_same_channels_and_all_thirty_live() -> None:
    pair = LinkPair(answers)
    down = dial(pair.network, range(1, 16), ChannelChoice.EXCLUSIVE)
    up = dial(pair.user, range(1, 16), ChannelChoice.PREFERRED)
    pair.settle(2 * SECOND)
    assert agreed(pair) == ALL
    assert [call.channel for call in down] == list(range(1, 16))
    assert sorted(call.channel or 0 for call in up) == list(range(17, 32))


def test_fifteen_each_exclusively_and_only_the_network_s_live() -> None:
    pair = LinkPair(answers)
    down = dial(pair.network, range(1, 16), ChannelChoice.EXCLUSIVE)
    up = dial(pair.user, range(1, 16), ChannelChoice.EXCLUSIVE)
    pair.settle(2 * SECOND)
    assert agreed(pair) == 15
    assert {call.state for call in down} == {CallState.N10}
    assert ended(up) == {(Cause.CHANNEL_UNAVAILABLE, "remote")}


def test_moved_onto_a_channel_that_our_next_call_has_asked_for() -> None:
    """The user has asked for 1 to 20, the network for 1 to 10: the user's first call is moved to a channel
    that one of its later SETUPs, still under way, names too.
    """
    pair = LinkPair(answers)
    dial(pair.network, range(1, 11), ChannelChoice.EXCLUSIVE)
    up = dial(pair.user, tuple(E1_CHANNELS[:20]), ChannelChoice.PREFERRED)
    pair.settle(2 * SECOND)
    assert agreed(pair) == ALL
    assert all(call.state is CallState.U10 for call in up)


@pytest.mark.parametrize("seed", range(20))
def test_any_mixture_of_wishes_leaves_both_ends_agreeing(seed: int) -> None:
    draw = random.Random(seed)
    few = tuple(E1_CHANNELS[: draw.choice((1, 2, 5, 30))])
    pair = LinkPair(
        answers,
        network=CallControlSettings(channels=few, selection=draw.choice(list(Selection))),
        user=CallControlSettings(channels=few, selection=draw.choice(list(Selection))),
    )
    calls: list[Call] = []
    for end in draw.choices((pair.network, pair.user), k=3 * len(few)):
        choice = draw.choice(list(ChannelChoice))
        if choice is ChannelChoice.ANY or end.channels.pick() is not None:
            calls.append(end.setup(SetupRequest(choice=choice), 0))
        if draw.random() < 0.3:
            pair.settle(pair.now + draw.choice((0, SECOND // 100, SECOND // 40)))
    pair.settle(pair.now + 30 * SECOND)
    live = agreed(pair)
    down = [call for call in calls if call.state is CallState.N10]
    assert live >= min(len(down), len(few))
    causes = {cause for cause, _by in ended(calls)}
    assert causes <= {Cause.CHANNEL_UNAVAILABLE, Cause.NO_CIRCUIT, Cause.CHANNEL_UNACCEPTABLE}
    assert live >= len(few) - sum(call.choice is ChannelChoice.EXCLUSIVE for call in calls)
