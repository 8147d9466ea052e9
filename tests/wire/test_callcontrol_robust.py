"""Whatever arrives, nothing is raised, other calls live on, and nothing grows (Q.931 5.8)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.q931.call import Call, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import Indication, Output, SendData
from trunkwire.q931.ies import BearerCapabilityIE, CauseIE, ChannelIdentificationIE
from trunkwire.q931.message import HeaderError, Message, build, parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.settings import CallControlSettings
from trunkwire.side import Side
from trunkwire.ticks import SECOND

MINE, PEERS = 1, 9
"""The references of the call under attack (placed by us) and of the peer's."""


def in_service(side: Side, **changes: object) -> CallControl:
    """A machine whose data link is up."""
    machine = CallControl(side, CallControlSettings(**changes))  # type: ignore[arg-type]
    machine.link_established(0)
    return machine


def outputs(machine: CallControl) -> list[Output]:
    """All that the machine hands out."""
    found = []
    while (output := machine.poll_output()) is not None:
        found.append(output)
    return found


def active_call(machine: CallControl) -> Call:
    """A call of ours that was answered, on channel 31."""
    call = machine.setup(SetupRequest(channel=31), 0)
    answer = Message(call.reference, MessageType.CONNECT, (ChannelIdentificationIE.of(31),), True)
    machine.receive(build(answer), 0)
    if machine.side is Side.USER:
        machine.receive(build(Message(call.reference, MessageType.CONNECT_ACKNOWLEDGE, (), True)), 0)
    outputs(machine)
    assert call.state.number == 10
    return call


def addressed_to(data: bytes) -> tuple[int, bool] | None:
    """Call reference and flag; None for what has no usable header."""
    try:
        message = parse(data)
    except HeaderError:
        return None
    return message.reference, message.to_originator


SEEDS = [
    build(Message(PEERS, MessageType.SETUP, (BearerCapabilityIE(), ChannelIdentificationIE.of(2)))),
    build(Message(PEERS, MessageType.DISCONNECT, (CauseIE(value=Cause.USER_BUSY),))),
    build(Message(PEERS, MessageType.RELEASE)),
    build(Message(MINE, MessageType.ALERTING, (ChannelIdentificationIE.of(1),), True)),
    build(Message(MINE, MessageType.CONNECT, (), True)),
    build(Message(0, MessageType.RESTART, (ChannelIdentificationIE.of(2),))),
    bytes.fromhex("080200017d0802809e14010a"),
]

mutated = st.one_of(
    st.binary(max_size=40),
    st.builds(lambda data, cut: data[:cut], st.sampled_from(SEEDS), st.integers(0, 30)),
    st.builds(
        lambda data, at, bit: (
            data[: at % len(data)] + bytes((data[at % len(data)] ^ 1 << bit,)) + data[at % len(data) + 1 :]
        ),
        st.sampled_from(SEEDS),
        st.integers(0, 63),
        st.integers(0, 7),
    ),
    st.builds(
        lambda kind, flag, reference, body: bytes((8, 2, flag << 7, reference, kind)) + body,
        st.sampled_from([int(kind) for kind in MessageType]),
        st.booleans(),
        st.sampled_from([0, MINE, PEERS, 10]),
        st.binary(max_size=12),
    ),
)


@settings(max_examples=150)
@given(
    side=st.sampled_from(list(Side)), frames=st.lists(st.one_of(st.sampled_from(SEEDS), mutated), max_size=25)
)
def test_nothing_is_raised_and_another_call_lives_on(side: Side, frames: list[bytes]) -> None:
    machine = in_service(side)
    attacked = machine.setup(SetupRequest(channel=1), 0)
    assert attacked.reference == MINE
    other = active_call(machine)
    now = 0
    for data in frames:
        if addressed_to(data) in ((other.reference, True), (0, False), (0, True)):
            continue  # to the other call, or to the whole interface
        now += SECOND
        machine.receive(data, now)
        machine.handle_timer(now)
        for output in outputs(machine):
            if isinstance(output, SendData):
                assert parse(output.data, side).issues == ()
    assert other.state.number == 10
    assert machine.channels.owner(31) is other
    holders = {id(call) for call in (*machine.calls.values(), *machine.suspended.values())}
    holders |= {id(call.hold) for call in machine.calls.values() if call.hold is not None}
    assert {id(owner) for owner in map(machine.channels.owner, machine.channels) if owner} <= holders
    assert {id(owner) for _timer, owner, _at in machine.timers.running()} <= holders


@settings(max_examples=60)
@given(frames=st.lists(st.one_of(st.sampled_from(SEEDS), mutated), min_size=1, max_size=25))
def test_everything_ends_when_the_peer_falls_silent(frames: list[bytes]) -> None:
    machine = in_service(Side.NETWORK)
    for data in frames:
        machine.receive(data, 0)
        outputs(machine)
    for call in list(machine.calls.values()):
        if call.state.number == 1:
            machine.reject(call, Cause.CALL_REJECTED, 0)
    while (deadline := machine.next_deadline()) is not None:
        machine.handle_timer(deadline)
        outputs(machine)
    waiting = {call.state.number for call in machine.calls.values()}
    assert waiting <= {11}, "only tones that the peer promised are waited for without a timer"


@pytest.mark.parametrize("data", SEEDS, ids=bytes.hex)
@pytest.mark.parametrize("side", list(Side))
def test_every_truncation(data: bytes, side: Side) -> None:
    for end in range(len(data)):
        machine = in_service(side)
        machine.setup(SetupRequest(channel=1), 0)
        machine.receive(data[:end], 0)
        outputs(machine)
        assert len(machine.calls) <= 2


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ("", "too_short"),
        ("0802", "too_short"),
        ("09020001057d", "discriminator"),
        ("0803000001 62", "call_reference"),
        ("080062", "dummy call reference"),
        ("0802800905040380 90a3", "SETUP with the call reference flag of an answer"),
    ],
)
def test_what_has_no_call_is_counted_and_ignored(data: str, rule: str) -> None:
    machine = in_service(Side.USER)
    machine.receive(bytes.fromhex(data), 0)
    assert machine.ignored == {rule: 1}
    assert outputs(machine) == []
    assert machine.audit() == []


def test_a_thousand_calls_leave_nothing_behind() -> None:
    machine = in_service(Side.USER)
    for number in range(1, 1001):
        setup = Message(number, MessageType.SETUP, (BearerCapabilityIE(), ChannelIdentificationIE.of(1)))
        machine.receive(build(setup), number)
        machine.connect(next(iter(machine.calls.values())), number)
        machine.receive(build(Message(number, MessageType.CONNECT_ACKNOWLEDGE)), number)
        machine.receive(
            build(Message(number, MessageType.RELEASE, (CauseIE(value=Cause.NORMAL_CLEARING),))), number
        )
        assert [type(output) for output in outputs(machine)] == [
            Indication,
            SendData,
            Indication,
            SendData,
            Indication,
        ]
    assert machine.audit() == []
    assert machine.next_deadline() is None


def test_a_one_octet_reference_is_answered_in_kind() -> None:
    machine = in_service(Side.USER)
    machine.receive(bytes.fromhex("080107 05 040380 90a3 1803a98381".replace(" ", "")), 0)
    machine.alerting(next(iter(machine.calls.values())), 0)
    sent = [output.data for output in outputs(machine) if isinstance(output, SendData)]
    assert sent == [bytes.fromhex("080187011803a98381")]
