"""Whatever terminals send, in whatever order, nothing is raised at the network side of several of them, and
when they fall silent everything ends.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.q931.call import SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import BearerCapabilityIE, CallStateIE, CauseIE, ChannelIdentificationIE
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.states import CallState
from trunkwire.side import Side
from trunkwire.ticks import SECOND

TEIS = (64, 65, 66)
OURS = 1
"""The call reference of the call that is offered to all."""

KINDS = [kind for kind in MessageType if kind not in (MessageType.ESCAPE, MessageType.RESTART)]

messages = st.builds(
    lambda kind, ours, elements: build(Message(OURS, kind, elements, ours, 1)),
    st.sampled_from(KINDS),
    st.booleans(),
    st.sampled_from(
        [
            (),
            (CauseIE(value=17),),
            (CauseIE(value=21),),
            (CauseIE(value=30), CallStateIE(state=0)),
            (CauseIE(value=30), CallStateIE(state=7)),
            (ChannelIdentificationIE.of_basic(1),),
            (ChannelIdentificationIE.of_basic(2),),
            (BearerCapabilityIE(), ChannelIdentificationIE.of_basic(2)),
        ]
    ),
)
likely = st.builds(
    lambda kind: build(Message(OURS, kind, (CauseIE(value=17),) if kind >= 0x45 else (), True, 1)),
    st.sampled_from(
        [
            MessageType.SETUP_ACKNOWLEDGE,
            MessageType.CALL_PROCEEDING,
            MessageType.ALERTING,
            MessageType.CONNECT,
            MessageType.DISCONNECT,
            MessageType.RELEASE,
            MessageType.RELEASE_COMPLETE,
        ]
    ),
)
steps = st.lists(
    st.tuples(
        st.one_of(messages, likely, likely, st.binary(max_size=12)),
        st.sampled_from(TEIS),
        st.sampled_from([0, 1, SECOND, 3 * SECOND, 7 * SECOND]),
        st.sampled_from(["message"] * 8 + ["hang up", "digits", "link lost", "link back"]),
    ),
    max_size=14,
)


def drain(machine: CallControl, told: list[Indication]) -> None:
    while (output := machine.poll_output()) is not None:
        if isinstance(output, Indication):
            told.append(output)


def act(machine: CallControl, what: str, data: bytes, tei: int, now: int) -> None:
    call = machine.calls.get(OURS)
    if what == "message":
        machine.receive(data, now, tei=tei)
    elif what == "link lost":
        machine.link_released(now, tei=tei)
    elif what == "link back":
        machine.link_established(now, tei=tei)
    elif call is not None and what == "hang up" and call.state.number in (6, 7, 8, 9, 10, 25):
        machine.disconnect(call, 16, now)
    elif call is not None and what == "digits" and call.state is CallState.N25:
        machine.information(call, "1", now)


@settings(max_examples=150, deadline=None)
@given(script=steps, by_hand=st.booleans())
def test_nothing_is_raised_and_everything_ends(
    script: list[tuple[bytes, int, int, str]], by_hand: bool
) -> None:
    machine = CallControl(
        Side.NETWORK,
        CallControlSettings(
            channels=(1, 2),
            basic=True,
            reference_length=1,
            point_to_multipoint=True,
            auto_acknowledge=not by_hand,
        ),
    )
    for tei in TEIS:
        machine.link_established(0, tei=tei)
    told: list[Indication] = []
    call = machine.setup(SetupRequest(called="300"), 0)
    now = 0
    for data, tei, later, what in script:
        now += later
        machine.handle_timer(now)
        act(machine, what, data, tei, now)
        drain(machine, told)
        offer = machine.offers.get(OURS)
        if offer is not None:
            assert all(each.state.number for each in offer.terminals.values()), "a terminal that is gone"
    for left in tuple(machine.calls.values()):
        number = left.state.number
        if number == 1:
            machine.reject(left, 21, now)
        elif number in (8, 10, 3, 4, 2):
            machine.disconnect(left, 16, now)
        elif number == 11:
            machine.release(left, now)
    while (deadline := machine.next_deadline()) is not None:
        machine.handle_timer(deadline)
        drain(machine, told)
    drain(machine, told)
    assert call.state is CallState.N0
    assert not machine.calls
    assert not machine.offers
    released = [each for each in told if each.call is call and each.kind is IndicationKind.RELEASED]
    assert len(released) == 1
    holders = {machine.channels.owner(number) for number in machine.channels} - {None}
    assert holders == set()
