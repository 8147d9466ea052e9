"""Call control where two rules meet: faults in messages that end a call, glare on the last channel, and the
order of call references.
"""

from __future__ import annotations

import pytest

from trunkwire.q931.call import ChannelChoice, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import EstablishLink, ReleaseLink, SendData
from trunkwire.q931.ies import BearerCapabilityIE, CauseIE, ChannelIdentificationIE, RawIE
from trunkwire.q931.message import Issue, IssueKind, Message, build, parse
from trunkwire.q931.messages import Id, MessageType
from trunkwire.q931.settings import CallControlSettings
from trunkwire.side import Side

UNKNOWN = RawIE(codeset=0, identifier=0x55, body=b"\x01")
TO_BE_UNDERSTOOD = RawIE(codeset=0, identifier=0x0F, body=b"\x01")
"""Its upper four bits are 0: who does not know it must not go on (4.5.1, 5.8.7.1)."""


def in_service(side: Side, **changes: object) -> CallControl:
    machine = CallControl(side, CallControlSettings(**changes))  # type: ignore[arg-type]
    machine.link_established(0)
    return machine


def sent(machine: CallControl) -> list[Message]:
    """The messages that the machine hands out; its indications are dropped."""
    found = []
    while (output := machine.poll_output()) is not None:
        if isinstance(output, SendData):
            found.append(parse(output.data))
    return found


def setup_for(channel: int, *more: RawIE, exclusive: bool = True) -> bytes:
    wish = ChannelIdentificationIE.of(channel, exclusive=exclusive)
    return build(Message(9, MessageType.SETUP, (BearerCapabilityIE(), wish, *more)))


@pytest.mark.parametrize("side", list(Side))
def test_what_was_skipped_in_a_setup_is_not_told_once_that_is_refused(side: Side) -> None:
    """STATUS for the element would come after RELEASE COMPLETE and belong to no call (5.8.7.2)."""
    machine = in_service(side, report_ignored=True)
    machine.channels.seize(3, machine)
    machine.receive(setup_for(3, UNKNOWN), 0)
    assert [message.type for message in sent(machine)] == [MessageType.RELEASE_COMPLETE]
    machine.receive(setup_for(4, UNKNOWN), 0)
    assert [message.type for message in sent(machine)] == [MessageType.STATUS]


def test_an_element_to_be_understood_comes_before_the_cause_that_is_missing() -> None:
    """RELEASE that begins the clearing has both faults (3.1.9, 5.8.6, 5.8.7.1): the diagnostics name the
    element.
    """
    machine = in_service(Side.USER)
    call = machine.setup(SetupRequest(channel=1), 0)
    sent(machine)
    machine.receive(build(Message(call.reference, MessageType.RELEASE, (TO_BE_UNDERSTOOD,), True)), 0)
    (answer,) = sent(machine)
    cause = answer.get(CauseIE)
    assert answer.type == MessageType.RELEASE_COMPLETE
    assert cause is not None
    assert (cause.value, cause.diagnostics) == (Cause.MANDATORY_IE_MISSING, bytes((0x0F,)))


@pytest.mark.parametrize("exclusive", [True, False])
def test_glare_on_the_only_channel_gives_it_to_the_call_of_the_network(exclusive: bool) -> None:
    """5.7, with no other channel to move to: the preferred channel may be taken from our own call too."""
    user = in_service(Side.USER, channels=(1,))
    ours = user.setup(SetupRequest(channel=1, choice=ChannelChoice.PREFERRED), 0)
    sent(user)
    user.receive(setup_for(1, exclusive=exclusive), 0)
    assert sent(user) == []
    (theirs,) = (call for call in user.calls.values() if not call.outgoing)
    assert (theirs.channel, ours.channel) == (1, None)
    assert user.channels.owner(1) is theirs


def test_no_channel_gives_way_at_the_network() -> None:
    network = in_service(Side.NETWORK, channels=(1,))
    ours = network.setup(SetupRequest(channel=1, choice=ChannelChoice.PREFERRED), 0)
    sent(network)
    network.receive(setup_for(1, exclusive=False), 0)
    (answer,) = sent(network)
    cause = answer.get(CauseIE)
    assert cause is not None
    assert (answer.type, cause.value, ours.channel) == (
        MessageType.RELEASE_COMPLETE,
        Cause.NO_CIRCUIT,
        1,
    )


@pytest.mark.parametrize("side", list(Side))
def test_a_call_reference_is_not_given_again_at_once(side: Side) -> None:
    """A late message of the call before must find a reference that is not in use (5.8.3.2)."""
    machine = in_service(side)
    references = []
    for _ in range(3):
        call = machine.setup(SetupRequest(), 0)
        references.append(call.reference)
        cause = CauseIE(value=Cause.USER_BUSY)
        machine.receive(build(Message(call.reference, MessageType.RELEASE_COMPLETE, (cause,), True)), 0)
        assert not machine.calls
    assert references == [1, 2, 3]


def test_broken_mandatory_contents_are_told_with_element_codeset_and_place() -> None:
    data = bytes.fromhex("0802000145") + bytes.fromhex("08 01 80".replace(" ", ""))
    issue = Issue(IssueKind.INVALID_MANDATORY, Id.CAUSE, 0, 5, "")
    (found,) = parse(data).issues
    assert (found.kind, found.identifier, found.codeset) == (issue.kind, issue.identifier, issue.codeset)
    assert found.offset >= issue.offset
    assert found.detail


def test_the_user_of_the_machine_may_ask_for_the_link_and_its_release() -> None:
    machine = CallControl(Side.USER)
    machine.establish_link(5)
    assert isinstance(machine.poll_output(), EstablishLink)
    machine.link_established(6)
    machine.release_link(7)
    assert isinstance(machine.poll_output(), ReleaseLink)
    assert machine.now == 7
    assert machine.audit() == []


def test_an_exclusive_call_that_lost_its_channel_to_glare_takes_what_the_network_gives() -> None:
    """It has no channel any more that it could insist on (5.7)."""
    user = in_service(Side.USER)
    ours = user.setup(SetupRequest(channel=1), 0)
    user.receive(setup_for(1), 0)
    sent(user)
    assert user.channels.owner(1) is not ours
    given = (ChannelIdentificationIE.of(2),)
    user.receive(build(Message(ours.reference, MessageType.CALL_PROCEEDING, given, True)), 0)
    assert sent(user) == []
    assert (ours.channel, ours.state.number) == (2, 3)
    assert user.channels.owner(2) is ours
