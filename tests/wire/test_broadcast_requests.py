"""Requests at the network side of several terminals: what they may be, and what they leave behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkwire.codec.errors import EncodeError
from trunkwire.q931.call import BROADCAST_TEI, Call, ChannelChoice, SetupRequest
from trunkwire.q931.callcontrol import Broadcast, CallControl, EstablishLink, SendData
from trunkwire.q931.causes import Cause
from trunkwire.q931.errors import NoChannelAvailable, NoReferenceAvailable, ProtocolMisuse
from trunkwire.q931.events import Output
from trunkwire.q931.ies import BearerCapabilityIE, CauseIE, ChannelIdentificationIE, RawIE
from trunkwire.q931.message import Message, build, parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Timer
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.states import CallState
from trunkwire.side import Side
from trunkwire.ticks import SECOND

TEI = 64


@pytest.fixture
def machine() -> CallControl:
    made = CallControl(
        Side.NETWORK,
        CallControlSettings(channels=(1, 2), reference_length=1, point_to_multipoint=True, basic=True),
    )
    made.link_established(0, tei=TEI)
    return made


def drain(machine: CallControl) -> list[Output]:
    found = []
    while (output := machine.poll_output()) is not None:
        found.append(output)
    return found


def answer(
    machine: CallControl, call: Call, kind: MessageType, now: int, *, cause: int | None = None
) -> None:
    elements = () if cause is None else (CauseIE(value=cause),)
    machine.receive(build(Message(call.reference, kind, elements, True, 1)), now, tei=TEI)


@pytest.mark.parametrize("choice", list(ChannelChoice))
def test_a_broadcast_names_its_channel_exclusively(machine: CallControl, choice: ChannelChoice) -> None:
    """5.2.3.2: terminals may not choose, so that all of them mean the same channel."""
    call = machine.setup(SetupRequest(called="300", choice=choice), 0)
    (sent,) = drain(machine)
    assert isinstance(sent, Broadcast)
    element = parse(sent.data).get(ChannelIdentificationIE)
    assert element is not None
    assert (element.channels, element.exclusive) == ((1,), True)
    assert (call.tei, call.broadcast, call.channel) == (BROADCAST_TEI, True, 1)
    assert parse(sent.data).reference_length == 1


def test_to_one_terminal_the_choice_stays(machine: CallControl) -> None:
    call = machine.setup(SetupRequest(choice=ChannelChoice.PREFERRED), 0, tei=TEI)
    (sent,) = drain(machine)
    assert isinstance(sent, SendData)
    element = parse(sent.data).get(ChannelIdentificationIE)
    assert element is not None
    assert (sent.tei, element.exclusive, call.tei, call.broadcast) == (TEI, False, TEI, False)


def test_the_third_call_finds_no_channel_before_anything_is_sent(machine: CallControl) -> None:
    for _ in range(2):
        machine.setup(SetupRequest(), 0)
    drain(machine)
    with pytest.raises(NoChannelAvailable, match="no idle channel: all 2 of the interface are taken"):
        machine.setup(SetupRequest(), 0)
    assert drain(machine) == []
    assert len(machine.offers) == len(machine.calls) == 2


def test_an_element_that_does_not_fit_leaves_nothing_behind(machine: CallControl) -> None:
    with pytest.raises(EncodeError):
        machine.setup(SetupRequest(ies=(RawIE(5, 0x01),)), 0)
    assert machine.audit() == []


def test_one_octet_holds_127_references_and_offers_keep_theirs(machine: CallControl) -> None:
    call = machine.setup(SetupRequest(), 0)
    answer(machine, call, MessageType.CONNECT, 0)
    answer(machine, call, MessageType.RELEASE, SECOND, cause=16)
    assert (call.state, call.reference) == (CallState.N0, 1)
    machine._last_reference = 127
    assert machine.setup(SetupRequest(), SECOND).reference == 2, "1 may still be answered until T312"
    machine.handle_timer(7 * SECOND)
    machine._last_reference = 127
    assert machine.setup(SetupRequest(), 7 * SECOND).reference == 1
    machine.calls.update(dict.fromkeys(range(1, 128), call))
    with pytest.raises(NoReferenceAvailable, match="all 127 call references"):
        machine._free_reference()


@pytest.mark.parametrize(
    ("event", "ask"),
    [
        ("STATUS ENQUIRY", lambda cc, call: cc.status_enquiry(call, 1)),
        ("NOTIFY", lambda cc, call: cc.notify(call, 1, ies=())),
        ("ALERTING", lambda cc, call: cc.alerting(call, 1)),
        ("ACKNOWLEDGE", lambda cc, call: cc.acknowledge(call, 1)),
        ("INFORMATION", lambda cc, call: cc.information(call, "1", 1)),
        ("IGNORE", lambda cc, call: cc.ignore(call, 1)),
        ("RELEASE", lambda cc, call: cc.release(call, 1)),
    ],
)
def test_a_call_that_is_offered_allows_nothing_but_its_end(
    machine: CallControl, event: str, ask: Callable[[CallControl, Call], None]
) -> None:
    call = machine.setup(SetupRequest(), 0)
    drain(machine)
    before = machine.audit()
    with pytest.raises(ProtocolMisuse, match=rf"N6 \(call present\), which does not allow request {event}"):
        ask(machine, call)
    assert (machine.audit(), drain(machine)) == (before, [])


def test_an_ended_offer_allows_nothing_more(machine: CallControl) -> None:
    call = machine.setup(SetupRequest(), 0)
    machine.disconnect(call, Cause.NORMAL_CLEARING, 0)
    with pytest.raises(ProtocolMisuse, match=r"N22 \(call abort\), which does not allow request DISCONNECT"):
        machine.disconnect(call, Cause.NORMAL_CLEARING, 1)


@pytest.mark.parametrize("broadcast", [True, False])
def test_only_a_call_that_came_by_broadcast_may_be_ignored(broadcast: bool) -> None:
    terminal = CallControl(Side.USER)
    terminal.link_established(0)
    setup = Message(1, MessageType.SETUP, (BearerCapabilityIE(), ChannelIdentificationIE.of(3)))
    terminal.receive(build(setup), 0, broadcast=broadcast)
    (call,) = terminal.calls.values()
    if broadcast:
        terminal.ignore(call, 1)
        assert terminal.audit() == ["2 outputs have not been taken"]
    else:
        with pytest.raises(ProtocolMisuse, match="does not allow request IGNORE"):
            terminal.ignore(call, 1)
        assert call.state is CallState.U6


def test_each_digit_starts_t304_of_every_terminal_that_asks_anew(machine: CallControl) -> None:
    call = machine.setup(SetupRequest(), 0)
    answer(machine, call, MessageType.SETUP_ACKNOWLEDGE, 0)
    assert call.offer is not None
    terminal = call.offer.terminals[TEI]
    assert terminal.armed == {Timer.T304: 20 * SECOND}
    machine.handle_timer(5 * SECOND)
    machine.information(call, "1", 5 * SECOND)
    assert terminal.armed == {Timer.T304: 25 * SECOND}


def test_the_audit_names_offers_terminals_and_what_waits(machine: CallControl) -> None:
    call = machine.setup(SetupRequest(), 0)
    answer(machine, call, MessageType.ALERTING, 0)
    machine.setup(SetupRequest(), 0, tei=70)
    assert EstablishLink(70) in drain(machine)
    lines = "\n".join(machine.audit())
    for part in (
        f"<broadcast SETUP of call {call.reference}, 1 terminals answering>",
        "T312 of <broadcast SETUP",
        "T301 of <call",
        "1 messages wait for a data link",
    ):
        assert part in lines
    assert repr(call.offer.terminals[TEI] if call.offer else None).startswith("<terminal 64 of call 1 in N7")


def test_a_restart_of_all_interfaces_names_no_channels(machine: CallControl) -> None:
    with pytest.raises(ValueError, match="name no channels with it"):
        machine.restart([1], 0, all_interfaces=True)
    machine.restart(None, 0, all_interfaces=True, tei=TEI)
    (sent,) = drain(machine)
    assert isinstance(sent, SendData)
    assert (sent.tei, sent.data.hex()) == (TEI, "08010046790187")


def test_links_come_and_go_one_by_one(machine: CallControl) -> None:
    machine.link_established(0, tei=65)
    assert machine.link_up
    machine.link_released(0, tei=64)
    assert machine.link_up
    machine.link_released(0, tei=65)
    assert not machine.link_up
    machine.link_released(0, tei=65)
    assert drain(machine) == []
