"""Our two sides against each other: calls en bloc and overlap, both ways, glare, and a link that
misbehaves.
"""

from __future__ import annotations

import pytest
from linkpair import LinkPair

from trunkwire.q931.call import Call, ChannelChoice, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.channels import ChannelState
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.states import CallState
from trunkwire.ticks import SECOND, Tick

REQUEST = SetupRequest(called="300", calling="1000", sending_complete=True)
BASIC = [
    "SETUP",
    "CALL_PROCEEDING",
    "ALERTING",
    "CONNECT",
    "CONNECT_ACKNOWLEDGE",
    "DISCONNECT",
    "RELEASE",
    "RELEASE_COMPLETE",
]


def answers(end: CallControl, indication: Indication, now: Tick) -> None:
    """A party that takes every call at once, and goes on hook when it hears a tone."""
    call = indication.call
    if call is None:
        return
    if indication.kind is IndicationKind.SETUP:
        end.proceeding(call, now)
        end.alerting(call, now)
        end.connect(call, now)
    elif indication.kind is IndicationKind.DISCONNECT and call.state in (CallState.U12, CallState.N11):
        end.release(call, now)


def told(pair: LinkPair, call: Call) -> list[IndicationKind]:
    """What was said about a call."""
    return [indication.kind for _side, indication in pair.told if indication.call is call]


@pytest.mark.parametrize("caller", ["network", "user"])
@pytest.mark.parametrize("clears", ["caller", "called"])
def test_a_call_has_eight_messages_and_leaves_nothing(caller: str, clears: str) -> None:
    pair = LinkPair(answers)
    near: CallControl = getattr(pair, caller)
    far = pair.peer(near)
    call = near.setup(REQUEST, 0)
    pair.settle(SECOND)
    other = next(iter(far.calls.values()))
    assert (call.state.number, other.state.number) == (10, 10)
    assert call.channel == other.channel == 1
    assert (other.called, other.calling) == ("300", "1000")
    who, whose = (near, call) if clears == "caller" else (far, other)
    who.disconnect(whose, Cause.NORMAL_CLEARING, pair.now)
    pair.settle(2 * SECOND)
    assert [message.type.name for _side, message in pair.sent] == BASIC  # type: ignore[attr-defined]
    assert pair.audit() == []
    assert {call.cause, other.cause} == {Cause.NORMAL_CLEARING}
    assert {call.cleared_by, other.cleared_by} == {"local", "remote"}
    assert told(pair, call)[-1] is IndicationKind.RELEASED
    assert pair.network.next_deadline() is pair.user.next_deadline() is None


@pytest.mark.parametrize("caller", ["network", "user"])
def test_overlap_digit_by_digit(caller: str) -> None:
    def collects(end: CallControl, indication: Indication, now: Tick) -> None:
        call = indication.call
        assert call is not None
        if indication.kind is IndicationKind.SETUP:
            end.more_info(call, now)
        elif indication.kind is IndicationKind.INFORMATION and call.called == "300":
            end.alerting(call, now)
        elif indication.kind is IndicationKind.MORE_INFO:
            for digit in "300":
                end.information(call, digit, now)

    pair = LinkPair(collects)
    call = getattr(pair, caller).setup(SetupRequest(), 0)
    pair.settle(SECOND)
    assert call.state.title in ("call delivered", "call received")
    assert call.timers == ("T301",)


def test_thirty_calls_and_the_thirty_first() -> None:
    pair = LinkPair(answers)
    calls = [pair.network.setup(REQUEST, 0) for _ in range(30)]
    pair.settle(SECOND)
    assert sorted(call.channel or 0 for call in calls) == [*range(1, 16), *range(17, 32)]
    assert all(call.state is CallState.N10 for call in calls)
    extra = pair.user.setup(SetupRequest(choice=ChannelChoice.ANY), pair.now)
    pair.settle(2 * SECOND)
    assert (extra.cause, extra.cleared_by, extra.state) == (Cause.NO_CIRCUIT, "remote", CallState.U0)
    taken = pair.user.setup(SetupRequest(channel=5), pair.now, insist=True)
    pair.settle(3 * SECOND)
    assert (taken.cause, taken.cleared_by) == (Cause.CHANNEL_UNAVAILABLE, "remote")
    assert len(pair.network.calls) == len(pair.user.calls) == 30


@pytest.mark.parametrize("choice", [ChannelChoice.EXCLUSIVE, ChannelChoice.PREFERRED])
def test_glare_on_the_last_channel_and_on_the_first(choice: ChannelChoice) -> None:
    pair = LinkPair(
        answers, network=CallControlSettings(channels=(1, 2)), user=CallControlSettings(channels=(1, 2))
    )
    down = pair.network.setup(SetupRequest(channel=1), 0)
    up = pair.user.setup(SetupRequest(channel=1, choice=choice), 0)
    pair.settle(SECOND)
    assert (down.state, down.channel) == (CallState.N10, 1)
    if choice is ChannelChoice.PREFERRED:
        assert (up.state, up.channel) == (CallState.U10, 2)
    else:
        assert (up.state, up.cause) == (CallState.U0, Cause.CHANNEL_UNAVAILABLE)


def test_restart_clears_the_calls_at_both_ends() -> None:
    pair = LinkPair(answers)
    calls = [pair.network.setup(REQUEST, 0) for _ in range(4)]
    pair.settle(SECOND)
    pair.user.restart([2, 3], pair.now)
    pair.settle(2 * SECOND)
    assert [call.state.number for call in calls] == [10, 0, 0, 10]
    pair.network.restart(None, pair.now)
    pair.settle(3 * SECOND)
    assert pair.audit() == []


def test_link_lost_and_back_keeps_active_calls_only() -> None:
    def quiet(end: CallControl, indication: Indication, now: Tick) -> None:
        if indication.call is not None and indication.kind is IndicationKind.SETUP:
            end.alerting(indication.call, now)

    pair = LinkPair(quiet)
    active, ringing = (pair.network.setup(REQUEST, 0) for _ in range(2))
    pair.settle(SECOND)
    answered = next(call for call in pair.user.calls.values() if call.channel == active.channel)
    pair.user.connect(answered, pair.now)
    pair.settle(2 * SECOND)
    for end in (pair.network, pair.user):
        end.link_released(pair.now)
    assert (active.state, ringing.state) == (CallState.N10, CallState.N0)
    assert active.timers == ("T309",)
    pair.now += SECOND
    for end in (pair.network, pair.user):
        end.link_established(pair.now)
    pair.settle(pair.now + SECOND)
    assert (active.state, answered.state) == (CallState.N10, CallState.U10)
    assert pair.network.armed_timers() == pair.user.armed_timers() == ()


@pytest.mark.parametrize("seed", range(12))
def test_messages_lost_doubled_and_swapped_leave_no_call_behind(seed: int) -> None:
    pair = LinkPair(answers, seed=seed, fault_rate=0.25)
    for index in range(30):
        caller = pair.network if index % 2 else pair.user
        choice = list(ChannelChoice)[index % 3]
        idle = caller.channels.pick()
        if idle is not None:
            caller.setup(SetupRequest(called="300", choice=choice), pair.now)
        pair.settle(pair.now + SECOND // 4)
        for end in (pair.network, pair.user):
            for call in [call for call in end.calls.values() if call.state.number == 10][:2]:
                end.disconnect(call, Cause.NORMAL_CLEARING, pair.now)
    pair.settle(pair.now + 600 * SECOND)
    pair.fault_rate = 0.0
    for end in (pair.network, pair.user):
        for call in list(end.calls.values()):
            if call.state.number == 10:
                end.disconnect(call, Cause.NORMAL_CLEARING, pair.now)
        pair.settle(pair.now + 600 * SECOND)
    assert not pair.network.calls
    assert not pair.user.calls
    assert pair.network.armed_timers() == pair.user.armed_timers() == ()
    for end in (pair.network, pair.user):
        assert {state for _number, state in end.channels.busy()} <= {ChannelState.MAINTENANCE}
        ends = [one for side, one in pair.told if side is end.side and one.kind is IndicationKind.RELEASED]
        assert len(ends) == len({id(one.call) for one in ends}), "a call ends once"
    pair.network.restart(None, pair.now)
    pair.user.restart(None, pair.now)
    pair.settle(pair.now + SECOND)
    assert pair.audit() == []
