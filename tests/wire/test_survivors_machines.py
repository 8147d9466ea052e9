"""Call control where its machines meet: identities of several suspended calls, channels named beside an
interface, segments on several data links, and what a request hands on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from q931_extras import service_octets
from q931_network import REACH as NETWORK_REACH
from q931_talk import Conversation, Talk, timer_digits
from q931_user import REACH as USER_REACH

from trunkwire.codec.errors import DecodeError
from trunkwire.q931 import maintenance
from trunkwire.q931.broadcast import preferred_cause
from trunkwire.q931.call import Call
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.dialect import Dialect
from trunkwire.q931.errors import LinkNotEstablished
from trunkwire.q931.events import Indication, IndicationKind, SendData
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CallIdentityIE,
    CauseIE,
    ChangeStatusIE,
    ChannelIdentificationIE,
    ChannelStatus,
    CongestionLevel,
    RawIE,
    UserUserIE,
)
from trunkwire.q931.maintenance import Maintenance, ServiceMessage
from trunkwire.q931.message import Element, Message, build, parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Timer
from trunkwire.q931.segmentation import T314, Reassembler, segments_of
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.variants import VARIANTS
from trunkwire.side import Side
from trunkwire.ticks import SECOND

EXTRA = RawIE(codeset=0, identifier=0x7E, body=b"\x04hello")
LONG = build(Message(7, MessageType.SETUP, (UserUserIE(protocol=4, data=b"x" * 100),)))
PIECES = segments_of(LONG, 40)


def drained(machine: CallControl) -> list[Any]:
    found = []
    while (output := machine.poll_output()) is not None:
        found.append(output)
    return found


def messages(machine: CallControl) -> list[Message]:
    return [parse(output.data) for output in drained(machine) if isinstance(output, SendData)]


# suspend and resume


def suspending(machine: CallControl, reference: int, identity: bytes) -> None:
    """A call of the user becomes active, and the user asks to suspend it."""
    wish = ChannelIdentificationIE.of(reference)
    machine.receive(build(Message(reference, MessageType.SETUP, (BearerCapabilityIE(), wish))), 0)
    machine.connect(machine.calls[reference | 0x8000], 0)
    drained(machine)
    machine.receive(build(Message(reference, MessageType.SUSPEND, (CallIdentityIE(identity=identity),))), 0)


@pytest.mark.parametrize(("other", "answers"), [(b"\x02", []), (b"\x01", [MessageType.SUSPEND_REJECT])])
def test_a_call_about_to_be_suspended_keeps_its_own_identity_only(
    other: bytes, answers: list[MessageType]
) -> None:
    """While our user thinks about one SUSPEND, a second call may ask with another identity (5.6.3)."""
    machine = CallControl(Side.NETWORK, CallControlSettings(auto_suspend=False))
    machine.link_established(0)
    suspending(machine, 1, b"\x01")
    drained(machine)
    suspending(machine, 2, other)
    assert [message.type for message in messages(machine)] == answers


def test_the_release_after_t318_is_repeated_once() -> None:
    """RELEASE for RESUME without an answer counts as the first of the two that T308 allows (5.3.3)."""
    Talk(
        Conversation(
            "RESUME unanswered, RELEASE too",
            Side.USER,
            (
                "do resume id=0102 => RESUME(id0102) | U17 T318",
                f"wait T318 => RELEASE(102:{timer_digits('T318')}) | U19 T308",
                f"wait T308 => RELEASE(102,102:{timer_digits('T308')}) | U19 T308",
                "wait T308 => [released:102-local] | U0",
            ),
        )
    ).run()


def test_t318_runs_from_the_request() -> None:
    machine = CallControl(Side.USER)
    machine.link_established(0)
    machine.resume(5 * SECOND)
    ((timer, _call, at),) = machine.timers.running()
    assert (timer, at) == (Timer.T318, 5 * SECOND + machine.settings.durations(Side.USER)[Timer.T318])


# what a request hands on


Asks = Callable[[CallControl, Call, Sequence[Element]], object]
_USER: dict[str, Asks] = {
    "suspend": lambda machine, call, ies: machine.suspend(call, 0, identity=b"\x01", ies=ies),
    "resume": lambda machine, _call, ies: machine.resume(0, identity=b"\x01", ies=ies),
    "hold": lambda machine, call, ies: machine.hold(call, 0, ies=ies),
    "user information": lambda machine, call, ies: machine.user_information(call, b"hi", 0, ies=ies),
    "congestion control": lambda machine, call, ies: machine.congestion_control(
        call, CongestionLevel.RECEIVER_READY, 43, 0, ies=ies
    ),
    "facility": lambda machine, call, ies: machine.facility(call, 0, ies=ies),
}
_HELD = ("get HOLD", "do hold_acknowledge")
_PARKED = ("get SUSPEND id=01", "do suspend_accept")
_ANSWERS: dict[str, tuple[tuple[str, ...], Asks]] = {
    "hold acknowledge": (
        ("get HOLD",),
        lambda machine, call, ies: machine.hold_acknowledge(call, 0, ies=ies),
    ),
    "hold reject": (("get HOLD",), lambda machine, call, ies: machine.hold_reject(call, 29, 0, ies=ies)),
    "retrieve acknowledge": (
        (*_HELD, "get RETRIEVE ch=1!"),
        lambda machine, call, ies: machine.retrieve_acknowledge(call, 0, ies=ies),
    ),
    "retrieve reject": (
        (*_HELD, "get RETRIEVE ch=1!"),
        lambda machine, call, ies: machine.retrieve_reject(call, 29, 0, ies=ies),
    ),
    "suspend accept": (_PARKED[:1], lambda machine, call, ies: machine.suspend_accept(call, 0, ies=ies)),
    "suspend reject": (_PARKED[:1], lambda machine, call, ies: machine.suspend_reject(call, 29, 0, ies=ies)),
}


def reached(side: Side, lines: Sequence[str], **settings: Any) -> Talk:
    talk = Talk(Conversation("", side, tuple(lines), settings))
    talk.run()
    return talk


@pytest.mark.parametrize("name", _USER)
def test_elements_given_with_a_request_are_sent(name: str) -> None:
    talk = reached(Side.USER, USER_REACH["U10"])
    assert talk.call is not None
    _USER[name](talk.machine, talk.call, (EXTRA,))
    (sent,) = messages(talk.machine)
    assert EXTRA.identifier in [element.identifier for element in sent.ies]


@pytest.mark.parametrize("name", _ANSWERS)
def test_elements_given_with_an_answer_are_sent(name: str) -> None:
    asked, ask = _ANSWERS[name]
    talk = reached(Side.NETWORK, NETWORK_REACH["N10"], auto_suspend=False)
    for line in asked:
        talk.step(line)
        drained(talk.machine)
    assert talk.call is not None
    ask(talk.machine, talk.call, (EXTRA,))
    (sent,) = messages(talk.machine)
    assert EXTRA.identifier in [element.identifier for element in sent.ies]


# the service of channels


def serving(**settings: Any) -> CallControl:
    machine = CallControl(
        Side.NETWORK, CallControlSettings(channels=(1, 2), maintenance=Maintenance.NATIONAL, **settings)
    )
    machine.link_established(0)
    return machine


def test_nothing_runs_once_a_service_is_acknowledged() -> None:
    machine = serving()
    machine.service([1], ChannelStatus.OUT_OF_SERVICE, 0)
    assert [name.partition(" ")[0] for name in machine.armed_timers()] == ["T_SERVICE"]
    machine.receive(
        service_octets(Maintenance.NATIONAL, "SERVICE_ACKNOWLEDGE", {"ch": "1!", "status": "2"}), 0
    )
    assert machine.armed_timers() == ()
    assert machine.next_deadline() is None


def test_a_status_of_the_interface_is_not_one_of_the_channel_beside_it() -> None:
    """The preference of the change status element says what is meant, not the channel identification."""
    machine = serving()
    status = ChangeStatusIE(channel=False, status=ChannelStatus.OUT_OF_SERVICE)
    machine.receive(
        maintenance.build(Maintenance.NATIONAL, ServiceMessage(False, status, ChannelIdentificationIE.of(1))),
        0,
    )
    told = [output for output in drained(machine) if isinstance(output, Indication)]
    assert [(each.kind, each.channels) for each in told] == [(IndicationKind.SERVICE, (1, 2))]


def test_a_service_is_not_confirmed_without_a_data_link() -> None:
    machine = serving(auto_service=False)
    machine.receive(service_octets(Maintenance.NATIONAL, "SERVICE", {"ch": "1!", "status": "2"}), 0)
    machine.link_released(0)
    drained(machine)
    with pytest.raises(LinkNotEstablished):
        machine.confirm_service(1, 0)
    assert drained(machine) == []
    machine.link_established(0)
    machine.confirm_service(1, 0)
    assert len(messages_of_service(machine)) == 1


def messages_of_service(machine: CallControl) -> list[ServiceMessage]:
    return [
        maintenance.parse(Maintenance.NATIONAL, output.data)
        for output in drained(machine)
        if isinstance(output, SendData)
    ]


def octets_of(text: str) -> bytes:
    return bytes.fromhex("43 02 00 00 07 " + text)


def test_other_elements_of_a_service_message_are_skipped_whole() -> None:
    """Also the highest identifier with a length; what begins with bit 8 has none (4.5.1)."""
    message = maintenance.parse(Maintenance.NATIONAL, octets_of("7f 01 01 a1 01 01 80"))
    assert message.status == ChangeStatusIE(channel=False, status=ChannelStatus.IN_SERVICE)


@pytest.mark.parametrize(
    ("octets", "offset"),
    [
        ("01 01 80 28 03 41", 8),
        ("01 01 80 28 01", 8),
        ("01 01 80 28", 8),
    ],
)
def test_an_element_that_is_cut_off_is_no_maintenance_message(octets: str, offset: int) -> None:
    with pytest.raises(DecodeError) as refused:
        maintenance.parse(Maintenance.NATIONAL, octets_of(octets))
    assert (refused.value.offset, "within an element" in str(refused.value)) == (offset, True)


def test_a_message_type_of_no_service_is_named_with_its_offset() -> None:
    with pytest.raises(DecodeError) as refused:
        maintenance.parse(Maintenance.NATIONAL, bytes.fromhex("43 02 00 00 05 01 01 80"))
    assert (refused.value.offset, "0x05" in str(refused.value)) == (4, True)


# segments


def test_the_last_segment_may_be_empty() -> None:
    reassembler = Reassembler()
    first, last = bytearray(PIECES[0]), bytearray(PIECES[1][:9])
    first[7] = 0x81  # first, one more to come
    last[7] = 0x00
    assert reassembler.receive(bytes(first), 0) is None
    assert reassembler.receive(bytes(last), 0) == LONG[:5] + PIECES[0][9:]


def test_what_was_lost_is_counted_once_while_more_is_awaited() -> None:
    machine = CallControl(Side.USER, CallControlSettings(segmentation=True))
    machine.link_established(0)
    for piece in (PIECES[0], PIECES[0], PIECES[1]):
        machine.receive(piece, 0)
    assert machine.ignored == {"segment: a first segment before the last": 1}


def test_segments_of_two_data_links_are_waited_for_apart() -> None:
    """Each data link has its own T314; the first to expire is the next deadline (H.3)."""
    machine = CallControl(
        Side.NETWORK,
        CallControlSettings(segmentation=True, point_to_multipoint=True, basic=True, reference_length=1),
    )
    for tei, at in ((64, SECOND), (65, 0), (66, 2 * SECOND)):
        machine.link_established(at, tei=tei)
        machine.receive(PIECES[0], at, tei=tei)
    assert machine.next_deadline() == T314
    machine.handle_timer(T314)
    assert machine.next_deadline() == T314 + SECOND
    assert machine.audit() == [f"segments of TEI {tei} are missing" for tei in (64, 66)]


# the rest


def test_causes_that_are_all_incompatible_are_that() -> None:
    incompatible = Cause.INCOMPATIBLE_DESTINATION
    assert preferred_cause([incompatible, incompatible], False) == incompatible
    assert preferred_cause([incompatible, 34, 41], False) == 34  # of others, the first to come


def test_a_restart_under_way_is_not_at_rest() -> None:
    machine = CallControl(Side.USER, CallControlSettings(channels=(1,)))
    machine.link_established(0)
    machine.restart([1], 0)
    drained(machine)
    assert repr(machine.asking) in machine.audit()


def test_a_channel_of_this_interface_is_read_as_an_implicit_one() -> None:
    dialect = Dialect(VARIANTS["ni2"], 0)
    plain = ChannelIdentificationIE.of(3)
    message = Message(1, MessageType.CALL_PROCEEDING, (dialect.channel(plain),))
    assert message.ies != (plain,)
    assert dialect.received(message).ies == (plain,)


def test_causes_pass_where_only_the_interface_is_put_otherwise() -> None:
    dialect = Dialect(replace(VARIANTS["ni2"], causes=None), 0)
    cause = CauseIE(value=Cause.TIMER_EXPIRY)
    assert dialect.elements(MessageType.DISCONNECT, (cause,)) == (cause,)
