"""The supplementary requests: what is refused and changes nothing, and our two sides against each other, also
on a link that loses, doubles and swaps messages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from linkpair import LinkPair

from trunkwire.q931.call import Call, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.channels import ChannelState
from trunkwire.q931.errors import LinkNotEstablished, NoChannelAvailable, ProtocolMisuse
from trunkwire.q931.events import Indication, IndicationKind, SendData
from trunkwire.q931.ies import (
    ChannelStatus,
    CongestionLevel,
    MoreDataIE,
    NotificationIndicatorIE,
    UserUserIE,
)
from trunkwire.q931.maintenance import Maintenance
from trunkwire.q931.message import parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.segmentation import T314, TooLong
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.states import CallState, HoldState
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

Kind = IndicationKind


def party(end: CallControl, indication: Indication, now: Tick) -> None:
    """A party that takes every call, and lets the other side hold and retrieve."""
    call = indication.call
    if call is None:
        return
    if indication.kind is Kind.SETUP:
        end.connect(call, now)
    elif indication.kind is Kind.HOLD:
        end.hold_acknowledge(call, now)
    elif indication.kind is Kind.RETRIEVE:
        end.retrieve_acknowledge(call, now)
    elif indication.kind is Kind.DISCONNECT and call.state in (CallState.U12, CallState.N11):
        end.release(call, now)


def talking(pair: LinkPair) -> tuple[Call, Call]:
    """One active call, placed by the network: (its call, the user's)."""
    ours = pair.network.setup(SetupRequest(called="300"), pair.now)
    pair.settle(pair.now + SECOND)
    theirs = next(call for call in pair.user.calls.values() if call.channel == ours.channel)
    assert (ours.state, theirs.state) == (CallState.N10, CallState.U10)
    return ours, theirs


def names(pair: LinkPair, call: Call) -> list[str]:
    """What was told about a call."""
    return [indication.kind.name for _side, indication in pair.told if indication.call is call]


@pytest.mark.parametrize("reserves", [True, False])
@pytest.mark.parametrize("holder", ["network", "user"])
def test_a_call_is_held_and_retrieved(holder: str, reserves: bool) -> None:
    settings = CallControlSettings(channels=(1, 2), hold_reserves=reserves)
    pair = LinkPair(party, network=settings, user=settings)
    calls = dict(zip(("network", "user"), talking(pair), strict=True))
    end: CallControl = getattr(pair, holder)
    call = calls[holder]
    end.hold(call, pair.now)
    pair.settle(pair.now + SECOND)
    assert call.hold is not None
    assert call.hold.state is HoldState.HELD
    assert [one.channel for one in calls.values()] == [1 if reserves else None] * 2
    assert [end.channels.pick() for end in (pair.network, pair.user)] == [2 if reserves else 1] * 2
    assert f"{call.hold!r}" in end.audit()
    second = end.setup(SetupRequest(), pair.now)
    pair.settle(pair.now + SECOND)
    assert second.channel == (2 if reserves else 1)
    end.retrieve(call, pair.now)
    pair.settle(pair.now + SECOND)
    assert [one.channel for one in calls.values()] == [1 if reserves else 2] * 2
    assert names(pair, call)[-1] == "RETRIEVED"
    for one, who in ((call, end), (second, end)):
        who.disconnect(one, Cause.NORMAL_CLEARING, pair.now)
    pair.settle(pair.now + SECOND)
    assert pair.audit() == []


@pytest.mark.parametrize("retrieved", [False, True])
def test_the_other_party_of_a_held_call_is_told(retrieved: bool) -> None:
    pair = LinkPair(party)
    ours, theirs = talking(pair)
    pair.network.notify_held(ours, pair.now, retrieved=retrieved)
    pair.settle(pair.now + SECOND)
    last = pair.told[-1][1]
    assert (last.call, last.kind) == (theirs, Kind.NOTIFY)
    assert last.message is not None
    note = last.message.get(NotificationIndicatorIE)
    assert note is not None
    assert note.description == (0x7A if retrieved else 0x79)


def test_no_channel_is_left_to_retrieve_a_call_on() -> None:
    settings = CallControlSettings(channels=(1,), hold_reserves=False)
    pair = LinkPair(party, network=settings, user=settings)
    call, _other = talking(pair)
    pair.network.hold(call, pair.now)
    pair.settle(pair.now + SECOND)
    pair.network.setup(SetupRequest(), pair.now)
    pair.settle(pair.now + SECOND)
    with pytest.raises(NoChannelAvailable, match="no idle channel for the held call"):
        pair.network.retrieve(call, pair.now)
    with pytest.raises(NoChannelAvailable, match="channel 1 is in use"):
        pair.network.retrieve(call, pair.now, channel=1)
    with pytest.raises(NoChannelAvailable, match="channel 9: the interface has no such"):
        pair.network.retrieve(call, pair.now, channel=9)
    assert call.hold is not None
    assert call.hold.state is HoldState.HELD


def test_suspended_by_one_terminal_and_resumed_by_another() -> None:
    pair = LinkPair(party)
    ours, theirs = talking(pair)
    ours.user_data = "the other party"
    elsewhere, _peer = talking(pair)
    pair.user.suspend(theirs, pair.now, identity=b"\x01")
    pair.settle(pair.now + SECOND)
    assert (ours.state, theirs.state) == (CallState.N0, CallState.U0)
    assert names(pair, theirs)[-2:] == ["SUSPENDED", "RELEASED"]
    assert names(pair, ours)[-1] == "SUSPENDED"
    assert pair.network.channels.owner(1) is ours
    assert any("is suspended" in line for line in pair.network.audit())
    pair.network.notify_suspended(elsewhere, pair.now)
    again = pair.user.resume(pair.now, identity=b"\x01")
    pair.settle(pair.now + SECOND)
    resumed = next(one for side, one in pair.told if one.kind is Kind.RESUMED and side is Side.NETWORK)
    assert resumed.resumes is ours
    assert resumed.call is not None
    assert (resumed.call.state, again.state) == (CallState.N10, CallState.U10)
    assert (resumed.call.channel, again.channel) == (1, 1)
    assert (resumed.call.called, resumed.call.user_data) == ("300", "the other party")
    assert names(pair, ours).count("RELEASED") == 1
    pair.network.notify_suspended(elsewhere, pair.now, resumed=True)
    pair.settle(pair.now + SECOND)
    notes = [message.get(NotificationIndicatorIE) for _side, message in pair.sent if message.type == 0x6E]
    assert [note.description for note in notes if note] == [0, 1]
    for call in (resumed.call, elsewhere):
        pair.network.disconnect(call, Cause.NORMAL_CLEARING, pair.now)
    pair.settle(pair.now + SECOND)
    assert pair.audit() == []


def test_t307_clears_what_nobody_resumes_and_only_then() -> None:
    pair = LinkPair(party, network=CallControlSettings(t307=100 * SECOND))
    ours, theirs = talking(pair)
    pair.user.suspend(theirs, pair.now)
    pair.settle(pair.now + SECOND)
    at = pair.network.next_deadline()
    assert at is not None
    pair.network.handle_timer(at - 1)
    assert pair.network.channels.owner(1) is ours
    pair.network.handle_timer(at)
    assert pair.network.channels.idle(1)
    pair.drain()
    assert names(pair, ours)[-1] == "RELEASED"
    assert (ours.cause, ours.cleared_by) == (Cause.TIMER_EXPIRY, "local")
    assert pair.audit() == []


def test_a_reference_that_is_used_again_outlives_the_suspended_call() -> None:
    """The end of a suspended call must not touch the call that has its reference now."""
    pair = LinkPair(party, network=CallControlSettings(t307=100 * SECOND))
    first = pair.user.setup(SetupRequest(called="1"), pair.now)
    pair.settle(pair.now + SECOND)
    pair.user.suspend(first, pair.now)
    pair.settle(pair.now + SECOND)
    pair.user._last_reference = 0  # a user that begins at 1 again
    second = pair.user.setup(SetupRequest(called="2", channel=2), pair.now)
    pair.settle(pair.now + SECOND)
    assert second.reference == first.reference
    pair.settle(pair.now + 200 * SECOND)
    assert not pair.network.suspended
    assert [call.called for call in pair.network.calls.values()] == ["2"]


def test_cleared_identities_are_not_kept_for_ever() -> None:
    pair = LinkPair(party)
    for number in range(70):
        ours, theirs = talking(pair)
        pair.user.suspend(theirs, pair.now, identity=bytes((number,)))
        pair.settle(pair.now + SECOND)
        pair.network.disconnect(ours, Cause.NORMAL_CLEARING, pair.now)
    assert list(pair.network.cleared_identities) == [bytes((number,)) for number in range(6, 70)]


def test_an_identity_is_in_use_while_suspending_and_resuming_are_asked_for() -> None:
    """Two calls may not come to be suspended under one name, whenever their users are answered."""
    pair = LinkPair(party, network=CallControlSettings(auto_suspend=False))
    (first, one), (second, two) = talking(pair), talking(pair)

    def suspends(call: Call) -> list[str]:
        pair.user.suspend(call, pair.now, identity=b"\x01")
        pair.settle(pair.now + SECOND)
        return names(pair, call)[-1:]

    suspends(one)
    assert suspends(two) == ["SUSPEND_REJECTED"]
    pair.network.suspend_accept(first, pair.now)
    pair.settle(pair.now + SECOND)
    assert suspends(two) == ["SUSPEND_REJECTED"]
    pair.user.resume(pair.now, identity=b"\x01")
    pair.settle(pair.now + SECOND)
    assert suspends(two) == ["SUSPEND_REJECTED"]
    resuming = next(call for call in pair.network.calls.values() if call.resumes is first)
    pair.network.resume_reject(resuming, Cause.TEMPORARY_FAILURE, pair.now)
    pair.settle(pair.now + SECOND)
    assert suspends(two) == ["SUSPEND_REJECTED"]
    pair.network.disconnect(first, Cause.NORMAL_CLEARING, pair.now)
    suspends(two)
    pair.network.suspend_accept(second, pair.now)
    pair.settle(pair.now + SECOND)
    assert pair.network.suspended == {b"\x01": second}


def test_user_information_both_ways_and_its_brake() -> None:
    pair = LinkPair(party)
    ours, theirs = talking(pair)
    pair.user.user_information(theirs, b"hello", pair.now, protocol=4, more=True)
    pair.settle(pair.now + SECOND)
    message = pair.told[-1][1].message
    assert message is not None
    assert message.get(MoreDataIE) is not None
    assert message.get(UserUserIE) == UserUserIE(protocol=4, data=b"hello")
    pair.network.congestion_control(
        ours, CongestionLevel.RECEIVER_NOT_READY, Cause.ACCESS_INFORMATION_DISCARDED, pair.now
    )
    pair.settle(pair.now + SECOND)
    with pytest.raises(ProtocolMisuse, match="USER INFORMATION"):
        pair.user.user_information(theirs, b"more", pair.now)
    pair.network.congestion_control(ours, CongestionLevel.RECEIVER_READY, Cause.NORMAL_UNSPECIFIED, pair.now)
    pair.settle(pair.now + SECOND)
    pair.user.user_information(theirs, b"more", pair.now)


REQUESTS: list[tuple[str, Callable[[CallControl, Call], None]]] = [
    ("HOLD ACKNOWLEDGE", lambda cc, call: cc.hold_acknowledge(call, 1)),
    ("HOLD REJECT", lambda cc, call: cc.hold_reject(call, 29, 1)),
    ("RETRIEVE", lambda cc, call: cc.retrieve(call, 1)),
    ("RETRIEVE ACKNOWLEDGE", lambda cc, call: cc.retrieve_acknowledge(call, 1)),
    ("RETRIEVE REJECT", lambda cc, call: cc.retrieve_reject(call, 29, 1)),
    ("SUSPEND ACKNOWLEDGE", lambda cc, call: cc.suspend_accept(call, 1)),
    ("SUSPEND REJECT", lambda cc, call: cc.suspend_reject(call, 29, 1)),
    ("RESUME ACKNOWLEDGE", lambda cc, call: cc.resume_accept(call, 1)),
    ("RESUME REJECT", lambda cc, call: cc.resume_reject(call, 29, 1)),
]


@pytest.mark.parametrize(("name", "ask"), REQUESTS, ids=[name for name, _ask in REQUESTS])
@pytest.mark.parametrize("end", ["network", "user"])
def test_what_the_state_does_not_allow_changes_nothing(
    end: str, name: str, ask: Callable[[CallControl, Call], None]
) -> None:
    pair = LinkPair(party)
    calls = dict(zip(("network", "user"), talking(pair), strict=True))
    machine: CallControl = getattr(pair, end)
    before = machine.audit()
    with pytest.raises(ProtocolMisuse, match=f"request {name}"):
        ask(machine, calls[end])
    assert machine.audit() == before
    assert machine.poll_output() is None


def test_a_held_call_is_not_suspended_and_the_network_resumes_nothing() -> None:
    pair = LinkPair(party)
    _ours, theirs = talking(pair)
    pair.user.hold(theirs, pair.now)
    with pytest.raises(ProtocolMisuse, match=r"U10 .*SUSPEND"):
        pair.user.suspend(theirs, pair.now)
    with pytest.raises(ProtocolMisuse, match=r"N0 .*RESUME"):
        pair.network.resume(pair.now)
    with pytest.raises(ValueError, match="at most 8 octets"):
        pair.user.suspend(theirs, pair.now, identity=bytes(9))
    with pytest.raises(LinkNotEstablished):
        CallControl(Side.USER).resume(0)


@pytest.mark.parametrize("kind", list(Maintenance), ids=lambda kind: str(kind.name))
def test_service_between_our_two_sides(kind: Maintenance) -> None:
    settings = CallControlSettings(channels=(1, 2, 3), maintenance=kind)
    pair = LinkPair(party, network=settings, user=settings)
    pair.user.service([1, 2], ChannelStatus.OUT_OF_SERVICE, pair.now)
    pair.network.service([2], ChannelStatus.MAINTENANCE, pair.now)
    pair.settle(pair.now + SECOND)
    near, far = ChannelState.OUT_OF_SERVICE_NEAR, ChannelState.OUT_OF_SERVICE_FAR
    assert pair.user.channels.busy() == [(1, near), (2, near)]
    assert pair.network.channels.busy() == [(1, far), (2, near)]
    assert pair.user.channels.far(2) is ChannelStatus.MAINTENANCE
    assert pair.network.setup(SetupRequest(), pair.now).channel == 3
    with pytest.raises(NoChannelAvailable, match="channel 1 is out of service at the far end"):
        pair.network.setup(SetupRequest(channel=1), pair.now)
    refused = pair.network.setup(SetupRequest(channel=1), pair.now, insist=True)
    pair.settle(pair.now + SECOND)
    assert (refused.cause, refused.cleared_by) == (Cause.CHANNEL_UNAVAILABLE, "remote")
    pair.user.service([1, 2], ChannelStatus.IN_SERVICE, pair.now)
    pair.settle(pair.now + SECOND)
    assert pair.user.channels.state(1) is ChannelState.IDLE
    assert pair.user.channels.state(2) is ChannelState.MAINTENANCE_FAR
    kinds = [one.kind for side, one in pair.told if side is Side.USER and one.status is not None]
    assert kinds.count(Kind.SERVICE_CHANGED) == 4
    assert kinds.count(Kind.SERVICE) == 1


def test_service_requests_that_are_refused() -> None:
    machine = CallControl(Side.USER)
    machine.link_established(0)
    with pytest.raises(ValueError, match="no maintenance protocol is set"):
        machine.service([1], ChannelStatus.IN_SERVICE, 0)
    machine = CallControl(Side.USER, CallControlSettings(maintenance=Maintenance.ATT))
    with pytest.raises(LinkNotEstablished):
        machine.service([1], ChannelStatus.IN_SERVICE, 0)
    machine.link_established(0)
    with pytest.raises(ValueError, match="service of no channels"):
        machine.service([], ChannelStatus.IN_SERVICE, 0)
    with pytest.raises(NoChannelAvailable, match="channel 16"):
        machine.service([1, 16], ChannelStatus.OUT_OF_SERVICE, 0)
    machine.service([1], ChannelStatus.OUT_OF_SERVICE, 0)
    with pytest.raises(ProtocolMisuse, match=r"channel 1 .*request SERVICE"):
        machine.service([2, 1], ChannelStatus.OUT_OF_SERVICE, 0)
    with pytest.raises(ProtocolMisuse, match="CONFIRM SERVICE"):
        machine.confirm_service(2, 0)
    assert machine.channels.state(2) is ChannelState.IDLE


@pytest.mark.parametrize(
    ("octets", "rule"),
    [
        ("03 02 00 00 0f 01 01 c2 18 03 a9 83 90", "SERVICE of another channel"),
        ("03 02 80 00 07 01 01 c2 18 03 a9 83 81", "SERVICE ACKNOWLEDGE unasked"),
        ("03 02 00 00 0f 18 03 a9 83 81", "maintenance message"),
        ("43 02 00 00 07 01 01 c2 18 03 a9 83 81", "discriminator"),
    ],
)
def test_maintenance_messages_that_come_to_nothing(octets: str, rule: str) -> None:
    machine = CallControl(Side.USER, CallControlSettings(maintenance=Maintenance.ATT))
    machine.link_established(0)
    machine.receive(bytes.fromhex(octets), 0)
    assert machine.ignored == {rule: 1}
    assert machine.channels.busy() == []
    assert machine.poll_output() is None


LONG = tuple(UserUserIE(protocol=4, data=b"x" * 100) for _ in range(4))


def test_a_long_message_goes_out_in_segments_and_comes_whole() -> None:
    settings = CallControlSettings(segmentation=True, n201=100)
    pair = LinkPair(party, network=settings, user=settings)
    pair.network.setup(SetupRequest(called="300", ies=LONG[:1]), pair.now)
    pair.settle(pair.now + SECOND)
    sent = [message.type for side, message in pair.sent if side is Side.NETWORK]
    assert sent == [MessageType.SEGMENT, MessageType.SEGMENT, MessageType.CONNECT_ACKNOWLEDGE]
    assert [call.called for call in pair.user.calls.values()] == ["300"]
    setup = next(one.message for side, one in pair.told if one.kind is Kind.SETUP)
    assert setup is not None
    assert setup.get(UserUserIE) == LONG[0]


def test_what_eight_segments_cannot_hold_is_refused_and_changes_nothing() -> None:
    machine = CallControl(Side.NETWORK, CallControlSettings(segmentation=True, n201=40))
    machine.link_established(0)
    with pytest.raises(TooLong):
        machine.setup(SetupRequest(ies=LONG), 0)
    assert machine.audit() == []


def test_segments_that_do_not_come_are_waited_for_and_counted() -> None:
    sender = CallControl(Side.NETWORK, CallControlSettings(segmentation=True, n201=100))
    machine = CallControl(Side.USER, CallControlSettings(segmentation=True, t314=7 * SECOND))
    for end in (sender, machine):
        end.link_established(0)
    sender.setup(SetupRequest(ies=LONG[:1]), 0)
    first, second = (sender.poll_output() for _ in range(2))
    assert isinstance(first, SendData)
    assert isinstance(second, SendData)
    machine.receive(first.data, 10)
    assert machine.next_deadline() == 10 + 7 * SECOND
    assert machine.audit() == ["segments of TEI 0 are missing"]
    machine.handle_timer(10 + 7 * SECOND - 1)
    assert machine.audit() != []
    machine.handle_timer(10 + 7 * SECOND)
    assert machine.audit() == []
    machine.receive(second.data, 8 * SECOND)
    assert machine.ignored == {"segment: T314": 1, "segment: no first segment": 1}
    machine.receive(first.data, 9 * SECOND)
    machine.link_established(9 * SECOND)
    assert machine.next_deadline() is None
    machine.receive(first.data, 9 * SECOND)
    machine.receive(second.data, 9 * SECOND)
    assert len(machine.calls) == 1
    assert T314 == 4 * SECOND


def test_without_the_setting_nothing_is_cut() -> None:
    machine = CallControl(Side.NETWORK)
    machine.link_established(0)
    machine.setup(SetupRequest(ies=LONG), 0)
    output = machine.poll_output()
    assert isinstance(output, SendData)
    assert parse(output.data).type == MessageType.SETUP
    assert len(output.data) > 400


def ask_something(end: CallControl, call: Call, number: int, now: Tick) -> None:
    """Some request that the call's state may allow."""
    asks: tuple[Callable[[], object], ...] = (
        lambda: end.hold(call, now),
        lambda: end.retrieve(call, now),
        lambda: end.suspend(call, now, identity=bytes((number % 3,))),
        lambda: end.user_information(call, b"hi", now),
        lambda: end.resume(now, identity=bytes((number % 3,))),
        lambda: end.hold(call, now),
        lambda: end.retrieve(call, now),
    )
    with contextlib.suppress(ProtocolMisuse, NoChannelAvailable):
        asks[number % len(asks)]()


@pytest.mark.parametrize("reserves", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_lost_doubled_and_swapped_messages_leave_nothing_behind(seed: int, reserves: bool) -> None:
    settings = CallControlSettings(hold_reserves=reserves, channels=(1, 2, 3, 4))
    pair = LinkPair(party, seed=seed, fault_rate=0.2, network=settings, user=settings)
    for index in range(40):
        caller = pair.network if index % 2 else pair.user
        if index % 3 == 0 and caller.channels.pick() is not None:
            caller.setup(SetupRequest(called="300"), pair.now)
        for end in (pair.network, pair.user):
            for call in list(end.calls.values())[:3]:
                ask_something(end, call, index + seed, pair.now)
        pair.settle(pair.now + SECOND)
    pair.settle(pair.now + 300 * SECOND)
    pair.fault_rate = 0.0
    for end in (pair.network, pair.user):
        for call in [*end.calls.values(), *end.suspended.values()]:
            if call.state.number in (0, 10):
                end.disconnect(call, Cause.NORMAL_CLEARING, pair.now)
        pair.settle(pair.now + 600 * SECOND)
    for end in (pair.network, pair.user):
        assert not end.calls
        assert not end.suspended
        assert end.armed_timers() == ()
        assert {state for _number, state in end.channels.busy()} <= {ChannelState.MAINTENANCE}
        ends = [one for side, one in pair.told if side is end.side and one.kind is Kind.RELEASED]
        assert len(ends) == len({id(one.call) for one in ends}), "a call ends once"
