"""Switch variants: causes, locations, progress, timers, and who follows which side's procedures."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from variant_talk import (
    ALL,
    DISPLAY,
    NETWORK,
    NORTH_AMERICAN,
    SIGNAL,
    TNS,
    USER,
    UUI,
    Talk,
    incoming,
    machine,
    outputs,
    sent,
)

from trunkwire.q931.callcontrol import (
    CallControlSettings,
    Indication,
    IndicationKind,
    SetupRequest,
)
from trunkwire.q931.dialect import Dialect
from trunkwire.q931.errors import NotInVariant
from trunkwire.q931.ies import (
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    NumberingPlan,
    NumberType,
    ProgressIndicatorIE,
)
from trunkwire.q931.message import parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Timer
from trunkwire.q931.states import CallState
from trunkwire.q931.variants import (
    EUROISDN,
    NI2,
    Q931,
    QSIG,
    Numbering,
    Variant,
    unspecified,
)
from trunkwire.side import Side
from trunkwire.ticks import SECOND

# causes, locations, progress

HISTORIC = (16, 17, 18, 21, 27, 31, 34, 41, 42, 44, 47, 58, 63, 65, 79, 81, 88, 95, 96, 102, 111, 127)
NEWER = {4: 31, 8: 31, 20: 31, 25: 31, 39: 47, 46: 47, 53: 63, 62: 63, 87: 95, 90: 95, 103: 111, 110: 111}


def refused_with(variant: Variant, cause: int, side: Side) -> CauseIE:
    control = machine(variant, side)
    call = incoming(control)
    control.reject(call, cause, 0)
    assert call.cause == cause, "what our own user is told stays"
    (data,) = sent(control)
    element = parse(data).get(CauseIE)
    assert element is not None
    return element


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.name)
def test_causes_that_a_variant_lacks_go_as_unspecified(variant: Variant) -> None:
    every = variant in (Q931, EUROISDN)
    for cause in HISTORIC:
        assert refused_with(variant, cause, NETWORK).value == cause
    for cause, instead in NEWER.items():
        assert unspecified(cause) == instead
        assert refused_with(variant, cause, NETWORK).value == (cause if every else instead)


@given(st.integers(1, 127))
def test_the_unspecified_cause_is_the_last_of_its_class(cause: int) -> None:
    last = unspecified(cause)
    assert last in (31, 47, 63, 79, 95, 111, 127)
    assert cause <= last
    assert last == 31 or last // 16 == cause // 16


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.name)
def test_who_reports(variant: Variant) -> None:
    private = variant is QSIG
    assert refused_with(variant, 17, USER).location == (1 if private else 0)
    assert refused_with(variant, 17, NETWORK).location == (1 if private else 2)
    control = machine(variant, NETWORK)
    call = incoming(control)
    control.alerting(call, 0, progress=8)
    indicator = parse(sent(control)[0]).get(ProgressIndicatorIE)
    assert indicator is not None
    assert indicator.location == (1 if private else 2)


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.name)
def test_progress_descriptions(variant: Variant) -> None:
    told = set()
    for description in (1, 2, 3, 4, 5, 8, 10):
        control = machine(variant, NETWORK)
        call = incoming(control)
        control.alerting(call, 0, progress=description)
        if parse(sent(control)[0]).get(ProgressIndicatorIE) is not None:
            told.add(description)
        control = machine(variant, NETWORK)
        call = incoming(control)
        control.proceeding(call, 0)
        outputs(control)
        if description in told:
            control.progress(call, 0, description=description)
            assert sent(control)
        else:
            said = f"{variant.title} has no progress description {description} in PROGRESS"
            with pytest.raises(NotInVariant, match=said):
                control.progress(call, 0, description=description)
            assert sent(control) == []
    older = {1, 2, 3, 4, 8}
    expected = {NI2.name: older | {10}, **dict.fromkeys(("4ess", "5ess", "dms100"), older)}
    assert told == expected.get(variant.name, older | {5, 10})


# timers


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.name)
def test_timers(variant: Variant) -> None:
    standard = {side: CallControlSettings().durations(side) for side in Side}
    found = {side: CallControlSettings(variant=variant).durations(side) for side in Side}
    differ = {
        timer.name: (found[USER][timer] // SECOND, found[NETWORK][timer] // SECOND)
        for timer in Timer
        if timer in found[USER] and any(found[side][timer] != standard[side][timer] for side in Side)
    }
    expected = {"T309": (90, 90)} if variant in NORTH_AMERICAN else {}
    if variant is QSIG:
        expected = {"T302": (15, 15), "T304": (30, 30), "T310": (120, 120)}
    assert differ == expected
    assert CallControlSettings(variant=variant, t309=SECOND).durations(USER)[Timer.T309] == SECOND


def test_a_lost_link_holds_calls_as_long_as_the_variant_says() -> None:
    for variant, seconds in ((EUROISDN, 6), (NI2, 90)):
        control = machine(variant, NETWORK)
        call = incoming(control)
        control.connect(call, 0)
        control.link_released(0)
        assert control.next_deadline() == seconds * SECOND


# symmetric procedures


@pytest.mark.parametrize("caller", [USER, NETWORK])
def test_qsig_is_the_same_from_either_side(caller: Side) -> None:
    talk = Talk(QSIG)
    out, call = talk.call(caller)
    callee = talk.ends[caller.peer]
    assert [out.state, call.state] == [CallState.U1, CallState.U6]
    callee.alerting(call, 0)
    talk.settle()
    assert [out.state, call.state] == [CallState.U4, CallState.U7]
    callee.connect(call, 0)
    assert call.timers == ("T313",)
    assert talk.settle() == [
        (caller.peer, MessageType.CONNECT),
        (caller, MessageType.CONNECT_ACKNOWLEDGE),
    ]
    assert [out.state, call.state] == [CallState.U10, CallState.U10]
    assert call.armed == {}
    talk.ends[caller].disconnect(out, 16, 0)
    talk.settle()
    assert [control.audit() for control in talk.ends.values()] == [[], []]


@pytest.mark.parametrize("variant", [v for v in ALL if v is not QSIG], ids=lambda variant: variant.name)
def test_elsewhere_the_network_is_active_as_soon_as_it_has_answered(variant: Variant) -> None:
    control = machine(variant, NETWORK)
    call = incoming(control)
    before = call.state
    control.connect(call, 0)
    assert [before, call.state] == [CallState.N1, CallState.N10]


@pytest.mark.parametrize("variant", [EUROISDN, QSIG], ids=lambda variant: variant.name)
@pytest.mark.parametrize("side", [USER, NETWORK])
def test_which_side_may_send_what_matters_where_the_sides_differ(variant: Variant, side: Side) -> None:
    """Display comes from networks, transit network selection from users (3.1.14), unless both are alike."""
    control = machine(variant, side)
    other = machine(Q931, side.peer)
    other.setup(SetupRequest(called="300", ies=(DISPLAY, TNS)), 0)
    control.receive(sent(other)[0], 0)
    answers = sent(control)
    if variant is QSIG:
        assert answers == []
    else:
        (status,) = answers
        cause = parse(status).get(CauseIE)
        unexpected = TNS if side is USER else DISPLAY
        assert cause is not None
        assert (cause.value, cause.diagnostics) == (99, bytes((unexpected.identifier,)))


def test_tolerance_is_that_of_q931_whatever_the_variant() -> None:
    for variant in ALL:
        control = machine(variant, USER)
        call = incoming(control, SIGNAL, UUI)
        assert call.state is CallState.U6


@given(
    st.sampled_from(ALL), st.sampled_from(list(Side)), st.integers(1, 31), st.sampled_from(["", "5", "123"])
)
@settings(max_examples=60, deadline=None)
def test_what_one_variant_sends_any_side_understands(
    variant: Variant, side: Side, channel: int, digits: str
) -> None:
    if channel == 16:
        channel = 17
    control, other = machine(variant, side), machine(variant, side.peer)
    control.setup(SetupRequest(called=digits, channel=channel, sending_complete=True), 0)
    other.receive(sent(control)[0], 0)
    (told,) = [told for told in outputs(other) if isinstance(told, Indication)]
    assert told.kind is IndicationKind.SETUP
    assert told.call is not None
    assert (told.call.called, told.call.channel) == (digits, channel)


def test_a_cause_that_is_put_otherwise_loses_its_diagnostics() -> None:
    """They belong to the cause that was meant (Q.850 table 1)."""
    absent = CauseIE(value=20, diagnostics=b"\x01")
    busy = CauseIE(value=17, diagnostics=b"\x02")
    kept = Dialect(NI2).elements(MessageType.RELEASE_COMPLETE, (absent, busy))
    assert kept == (CauseIE(value=31), busy)


def test_called_and_calling_numbers_have_numberings_of_their_own() -> None:
    called, calling = Numbering(NumberType.NATIONAL, NumberingPlan.PRIVATE), Numbering(NumberType.SUBSCRIBER)
    dialect = Dialect(dataclasses.replace(Q931, called=called, calling=calling))
    assert dialect.called("3") == CalledNumberIE(kind=2, plan=9, digits="3")
    assert dialect.calling("3") == CallingNumberIE(kind=4, plan=1, digits="3")
