"""What the local user may ask for, what it is told when it may not, and that nothing has changed then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkwire.codec.errors import EncodeError
from trunkwire.q931.call import ChannelChoice, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.errors import LinkNotEstablished, NoChannelAvailable, NoReferenceAvailable, ProtocolMisuse
from trunkwire.q931.events import Output, SendData
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    ChannelIdentificationIE,
    DisplayIE,
    RawIE,
    ShiftIE,
)
from trunkwire.q931.message import Message, build, parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.states import CallState, RestartState
from trunkwire.side import Side
from trunkwire.ticks import SECOND


@pytest.fixture(params=list(Side), ids=lambda side: str(side.value))
def machine(request: pytest.FixtureRequest) -> CallControl:
    """A machine of either side whose data link is up."""
    made = CallControl(request.param, CallControlSettings(channels=(1, 2, 3)))
    made.link_established(0)
    return made


def drain(machine: CallControl) -> list[Output]:
    """All that the machine hands out."""
    found = []
    while (output := machine.poll_output()) is not None:
        found.append(output)
    return found


def snapshot(machine: CallControl) -> object:
    """Everything that a refused request must leave alone."""
    calls = [(key, call.state, call.channel, call.timers) for key, call in machine.calls.items()]
    return calls, machine.channels.busy(), machine.armed_timers(), machine.asking.state


REQUESTS: list[tuple[str, Callable[[CallControl], None]]] = [
    ("MORE INFO", lambda cc: cc.more_info(next(iter(cc.calls.values())), 1)),
    ("PROCEEDING", lambda cc: cc.proceeding(next(iter(cc.calls.values())), 1)),
    ("ALERTING", lambda cc: cc.alerting(next(iter(cc.calls.values())), 1)),
    ("CONNECT", lambda cc: cc.connect(next(iter(cc.calls.values())), 1)),
    ("ACKNOWLEDGE", lambda cc: cc.acknowledge(next(iter(cc.calls.values())), 1)),
    ("PROGRESS", lambda cc: cc.progress(next(iter(cc.calls.values())), 1)),
    ("INFORMATION", lambda cc: cc.information(next(iter(cc.calls.values())), "1", 1)),
    ("NOTIFY", lambda cc: cc.notify(next(iter(cc.calls.values())), 1, ies=())),
    ("RELEASE", lambda cc: cc.release(next(iter(cc.calls.values())), 1)),
    ("REJECT", lambda cc: cc.reject(next(iter(cc.calls.values())), Cause.CALL_REJECTED, 1)),
    ("CONFIRM RESTART", lambda cc: cc.confirm_restart(1)),
]


@pytest.mark.parametrize(("event", "ask"), REQUESTS, ids=[event for event, _ask in REQUESTS])
def test_a_forbidden_request_names_state_and_event_and_changes_nothing(
    machine: CallControl, event: str, ask: Callable[[CallControl], None]
) -> None:
    call = machine.setup(SetupRequest(), 0)
    drain(machine)
    before = snapshot(machine)
    with pytest.raises(ProtocolMisuse, match=f"does not allow request {event}") as caught:
        ask(machine)
    state = RestartState.R0 if event == "CONFIRM RESTART" else call.state
    assert caught.value.state == str(state)
    assert caught.value.event == f"request {event}"
    assert snapshot(machine) == before
    assert drain(machine) == []


def test_a_call_that_is_over_allows_nothing(machine: CallControl) -> None:
    call = machine.setup(SetupRequest(), 0)
    machine.receive(build(Message(call.reference, MessageType.RELEASE_COMPLETE, (), True)), 0)
    with pytest.raises(ProtocolMisuse, match=r"0 \(null\)"):
        machine.disconnect(call, Cause.NORMAL_CLEARING, 1)
    with pytest.raises(ProtocolMisuse, match=r"0 \(null\)"):
        machine.status_enquiry(call, 1)


def test_an_element_that_does_not_fit_leaves_the_call_as_it_was(machine: CallControl) -> None:
    before = snapshot(machine)
    with pytest.raises(EncodeError):
        machine.setup(SetupRequest(ies=(RawIE(5, 0x01),)), 0)
    assert snapshot(machine) == before
    setup = Message(9, MessageType.SETUP, (BearerCapabilityIE(), ChannelIdentificationIE.of(2)))
    machine.receive(build(setup), 0)
    drain(machine)
    before = snapshot(machine)
    call = next(iter(machine.calls.values()))
    with pytest.raises(EncodeError):
        machine.alerting(call, 1, ies=(DisplayIE(text="\u4e00"),))
    assert (snapshot(machine), drain(machine)) == (before, [])
    machine.alerting(call, 2)
    (sent,) = drain(machine)
    assert isinstance(sent, SendData)
    assert parse(sent.data).get(ChannelIdentificationIE) is not None, "still the first response"


def test_without_a_link_nothing_is_asked() -> None:
    machine = CallControl(Side.USER)
    with pytest.raises(LinkNotEstablished):
        machine.setup(SetupRequest(), 0)
    with pytest.raises(LinkNotEstablished):
        machine.restart(None, 0)
    assert machine.audit() == []
    machine.link_established(0)
    call = machine.setup(SetupRequest(), 0)
    answer = Message(call.reference, MessageType.CONNECT, (ChannelIdentificationIE.of(1),), True)
    machine.receive(build(answer), 0)
    machine.link_released(1)
    with pytest.raises(LinkNotEstablished):
        machine.notify(call, 2, ies=())
    assert call.state is CallState.U10


def test_no_channel(machine: CallControl) -> None:
    for number in (1, 2, 3):
        assert machine.setup(SetupRequest(), 0).channel == number
    before = snapshot(machine)
    with pytest.raises(NoChannelAvailable, match="no idle channel: all 3"):
        machine.setup(SetupRequest(), 0)
    with pytest.raises(NoChannelAvailable, match="channel 2 is in use, and no other would do"):
        machine.setup(SetupRequest(channel=2), 0)
    with pytest.raises(NoChannelAvailable, match="channel 16: the interface has no such channel") as caught:
        machine.setup(SetupRequest(channel=16, choice=ChannelChoice.PREFERRED), 0)
    assert caught.value.channel == 16
    with pytest.raises(NoChannelAvailable, match="no such channel"):
        machine.restart([1, 16], 0)
    assert snapshot(machine) == before


def test_contradictions_are_refused(machine: CallControl) -> None:
    with pytest.raises(ValueError, match="channel 2 with the choice ANY"):
        machine.setup(SetupRequest(channel=2, choice=ChannelChoice.ANY), 0)
    with pytest.raises(ValueError, match="restart of no channels"):
        machine.restart([], 0)
    with pytest.raises(ValueError, match=r"T303 = 0 ticks"):
        CallControl(Side.USER, CallControlSettings(t303=0))


def test_a_preferred_channel_that_is_taken_gives_way(machine: CallControl) -> None:
    machine.setup(SetupRequest(channel=2), 0)
    assert machine.setup(SetupRequest(channel=2, choice=ChannelChoice.PREFERRED), 0).channel == 1


def test_one_restart_at_a_time(machine: CallControl) -> None:
    machine.restart([1], 0)
    with pytest.raises(ProtocolMisuse, match=r"the restart of ours is in state R1 \(restart request\)"):
        machine.restart([2], 1)
    assert len(drain(machine)) == 1


def test_references_count_on_wrap_and_skip_those_in_use(machine: CallControl) -> None:
    kept = machine.setup(SetupRequest(), 0)
    machine._last_reference = 0x7FFE
    last = machine.setup(SetupRequest(), 0)
    after = machine.setup(SetupRequest(), 0)
    assert (kept.reference, last.reference, after.reference) == (1, 0x7FFF, 2)
    machine.calls.update(dict.fromkeys(range(1, 0x8000), kept))
    machine.link_up = True
    with pytest.raises(NoReferenceAvailable):
        machine.setup(SetupRequest(choice=ChannelChoice.ANY), 0)


def test_setup_has_its_elements_in_order(machine: CallControl) -> None:
    request = SetupRequest(
        called=CalledNumberIE(digits="300"),
        calling=CallingNumberIE(digits="1000"),
        sending_complete=True,
        ies=(DisplayIE(text="Anna"), ShiftIE(codeset=6), RawIE(6, 0x01, b"\x55")),
    )
    call = machine.setup(request, 0)
    assert (call.called, call.calling) == ("300", "1000")
    (sent,) = drain(machine)
    assert isinstance(sent, SendData)
    elements = [getattr(element, "identifier", 0) for element in parse(sent.data).ies]
    assert elements == [0x04, 0x18, 0x28, 0x6C, 0x70, 0xA1, 0x90, 0x01]


def test_causes_and_their_location() -> None:
    for side, settings, location in (
        (Side.USER, CallControlSettings(), 0),
        (Side.NETWORK, CallControlSettings(), 2),
        (Side.NETWORK, CallControlSettings(location=1), 1),
    ):
        machine = CallControl(side, settings)
        machine.link_established(0)
        call = machine.setup(SetupRequest(), 0)
        machine.disconnect(call, Cause.NORMAL_CLEARING, SECOND)
        assert (call.cause, call.cause_location, call.cleared_by) == (
            Cause.NORMAL_CLEARING,
            location,
            "local",
        )


def test_audit_names_all_that_is_left(machine: CallControl) -> None:
    machine.setup(SetupRequest(channel=3), 0)
    machine.restart([1], 0)
    lines = "\n".join(machine.audit())
    for part in (
        "call 1 (ours)",
        "channel 3 is in use",
        "channel 1 is restarting",
        "T303 of",
        "T316 of",
        "R1",
        "outputs",
    ):
        assert part in lines
