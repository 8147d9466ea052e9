"""Where findings about calls, causes and numbers begin and end, each limit on its either side."""

from __future__ import annotations

import msgspec
import pytest
from explain_links import records
from explaincase import Items, explained, found
from tracetalk import SPEECH, N, Talk, U

from trunkwire.q931.ies import (
    CalledNumberIE,
    CallingNumberIE,
    CallStateIE,
    CallStateValue,
    CauseIE,
    ChannelIdentificationIE,
    KeypadIE,
    Location,
    NumberType,
    SendingCompleteIE,
    UserUserIE,
)
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType as Type
from trunkwire.q931.segmentation import segments_of

CHANNEL, ON_3 = ChannelIdentificationIE.of(1), ChannelIdentificationIE.of(3)


def slugs(items: Items) -> list[str]:
    return [finding.kind.slug for finding in explained(items).findings]


def text(items: Items, slug: str) -> str:
    (finding,) = found(items, slug)
    return finding.text


def state(value: CallStateValue = CallStateValue.ACTIVE) -> CallStateIE:
    return CallStateIE(state=value)


# Calls


def test_the_called_side_was_there_but_its_call_control_not() -> None:
    talk = Talk().up().setup().gap(4)
    talk.setup().gap(4).say(N, Type.RELEASE_COMPLETE, 1, CauseIE(value=18))
    assert text(talk.items, "setup-unanswered").endswith("not even its layer 2 acknowledged it")


@pytest.mark.parametrize(("seconds", "silent"), [(4, True), (3.5, False)])
def test_a_caller_that_gives_up_early_was_no_timer(seconds: float, silent: bool) -> None:
    talk = Talk().up().setup().gap(seconds).say(N, Type.RELEASE_COMPLETE, 1, CauseIE(value=16))
    assert ("setup-unanswered" in slugs(talk.items)) is silent


@pytest.mark.parametrize(("seconds", "silent"), [(8, True), (7.99, False)])
def test_the_end_of_a_trace_is_no_timer(seconds: float, silent: bool) -> None:
    talk = Talk().up().setup().gap(seconds).s(U)
    assert ("setup-unanswered" in slugs(talk.items)) is silent
    repeated = Talk().up().setup().gap(4).setup().gap(seconds - 4).s(U)
    assert ("setup-unanswered" in slugs(repeated.items)) is silent


@pytest.mark.parametrize(("seconds", "late"), [(10, True), (10.01, False)])
def test_another_setup_much_later_is_another_call(seconds: float, late: bool) -> None:
    talk = Talk().up().setup(N, 1, 1).gap(seconds).setup(N, 1, 2)
    assert ("setup-changed" in slugs(talk.items)) is late


def test_what_a_changed_setup_adds() -> None:
    talk = Talk().up().setup(N, 1, 1).gap(4).setup(N, 1, 1, SendingCompleteIE())
    assert text(talk.items, "setup-changed") == "the second SETUP adds sending complete"
    other = Talk().up().setup(N, 1, 1).gap(4).setup(N, 1, 2)
    assert text(other.items, "setup-changed") == "the second SETUP has other contents than the first"


@pytest.mark.parametrize(
    ("kind", "answer", "seconds", "slug"),
    [
        (Type.DISCONNECT, "", 30, "disconnect-unanswered"),
        (Type.CONNECT, "", 4, "connect-unacknowledged"),
    ],
)
def test_unanswered_at_the_end_of_the_trace(kind: Type, answer: str, seconds: float, slug: str) -> None:
    for waited, expected in ((seconds, [slug]), (seconds - 0.01, [])):
        talk = Talk().up().setup().say(U, Type.ALERTING, 1, CHANNEL).wait(1)
        if kind == Type.DISCONNECT:
            talk.say(U, Type.CONNECT, 1).say(N, Type.CONNECT_ACKNOWLEDGE, 1).wait(1)
            talk.say(U, kind, 1, CauseIE(value=16))
        else:
            talk.say(U, kind, 1)
        assert slugs(talk.gap(waited).s(U).items) == expected


def test_the_networks_connect_needs_no_confirmation() -> None:
    talk = Talk().up().setup(U).say(N, Type.ALERTING, 1, CHANNEL).say(N, Type.CONNECT, 1).wait(30).s(U)
    assert slugs(talk.items) == []


def test_releases_that_cross_complete_each_other() -> None:
    talk = Talk().up().setup().answer().wait(1)
    talk.say(U, Type.RELEASE, 1, CauseIE(value=16)).say(N, Type.RELEASE, 1, CauseIE(value=16)).wait(60).s(U)
    assert slugs(talk.items) == []


def test_a_release_is_judged_when_its_reference_is_used_again() -> None:
    talk = Talk().up().setup().answer().wait(1).say(U, Type.RELEASE, 1, CauseIE(value=16)).gap(4)
    assert slugs(talk.setup(N, 1, 2).items) == ["release-unanswered"]
    quick = Talk().up().setup().answer().wait(1).say(U, Type.RELEASE, 1, CauseIE(value=16)).gap(1)
    assert slugs(quick.setup(N, 1, 2).items) == []


@pytest.mark.parametrize(
    ("diagnostics", "said"),
    [
        (b"310", "the network side ran T310 out: it waited for ALERTING, CONNECT or PROGRESS after CALL PRO"),
        (b"399", "the network side ran T399 out"),
        (b"\x00\x01", "the network side ran a timer that is not named out"),
        (b"", "the network side ran a timer that is not named out"),
    ],
)
def test_the_timer_of_cause_102(diagnostics: bytes, said: str) -> None:
    talk = Talk().up().setup().say(U, Type.CALL_PROCEEDING, 1, CHANNEL).wait(3)
    talk.say(N, Type.DISCONNECT, 1, CauseIE(value=102, diagnostics=diagnostics))
    (finding,) = found(talk.items, "timer-expired")
    assert finding.text.startswith(said)
    assert finding.side is (U if diagnostics == b"310" else None)


@pytest.mark.parametrize(("state_value", "wrong"), [(0x0A, True), (0x0B, False)])
def test_states_while_clearing(state_value: int, wrong: bool) -> None:
    for gap, expected in ((1.0, wrong), (0.5, False)):
        talk = Talk().up().setup().answer().wait(5).say(N, Type.DISCONNECT, 1, CauseIE(value=16)).gap(gap)
        talk.say(U, Type.STATUS, 1, CauseIE(value=30), state(CallStateValue(state_value)))
        assert ("state-mismatch" in slugs(talk.items)) is expected


def test_states_before_the_answer() -> None:
    talk = Talk().up().setup().say(U, Type.ALERTING, 1, CHANNEL).wait(3)
    talk.say(U, Type.STATUS, 1, CauseIE(value=30), state())
    assert text(talk.items, "state-mismatch").endswith("where the messages lead to a state before the answer")
    ringing = Talk().up().setup().say(U, Type.ALERTING, 1, CHANNEL).wait(3)
    ringing.say(U, Type.STATUS, 1, CauseIE(value=30), state(CallStateValue.CALL_RECEIVED))
    assert slugs(ringing.items) == []


def restart(talk: Talk, sender: object, *channels: int, answered: bool = True) -> Talk:
    from trunkwire.q931.ies import RestartClass, RestartIndicatorIE

    klass = RestartClass.INDICATED_CHANNELS if channels else RestartClass.SINGLE_INTERFACE
    ies = (
        *((ChannelIdentificationIE.of(*channels),) if channels else ()),
        RestartIndicatorIE(restart_class=klass),
    )
    talk.say(N, Type.RESTART, 0, *ies, flag=False)
    return talk.say(U, Type.RESTART_ACKNOWLEDGE, 0, *ies[-1:], flag=True) if answered else talk


def test_restarts_of_the_interface_and_their_answers() -> None:
    talk = Talk().up()
    for gap in (1.0, 299.99, 299.99):
        restart(talk.gap(gap), N)
    (finding,) = found(talk.items, "restart-loop")
    assert (finding.text, finding.frames) == ("the interface within ten minutes", [3, 5, 7])
    slow = Talk().up()
    for gap in (1.0, 299.99, 300.0):
        restart(slow.gap(gap), N)
    assert slugs(slow.items) == []
    short = Talk().up()
    for _ in range(2):  # the acknowledgement names no channel
        restart(short.wait(1), N, 3)
    assert slugs(short.items) == []


# Channels


def test_glare_needs_two_sides_and_two_unanswered_setups() -> None:
    one_side = Talk().up().setup(N, 1, 5).setup(N, 2, 5)
    assert slugs(one_side.items) == ["channel-reused"]
    answered = Talk().up().setup(N, 1, 5).say(U, Type.ALERTING, 1, ChannelIdentificationIE.of(5))
    assert slugs(answered.setup(U, 1, 5).items) == ["channel-reused"]


def test_a_channel_that_was_changed_is_free() -> None:
    talk = Talk().up().setup(N, 1, 5, exclusive=False)
    talk.say(U, Type.CALL_PROCEEDING, 1, ChannelIdentificationIE.of(6))
    assert slugs(talk.setup(N, 2, 5).items) == []
    talk.setup(N, 3, 6)
    assert slugs(talk.items) == ["channel-reused"]


def test_a_channel_is_not_called_busy_across_a_hole_of_the_capture() -> None:
    talk = Talk().up().setup(N, 1, 3).answer(U, 1, 3).wait(5)
    for kind in (Type.RELEASE, Type.RELEASE_COMPLETE):
        talk.say(N, kind, 1, CauseIE(value=16)).items.pop()
    talk.say(N, Type.STATUS_ENQUIRY, 9).s(U)
    talk.setup(N, 2, 3)
    assert slugs(talk.items) == ["capture-gap", "begins-mid-call"]


def test_cause_81_to_a_setup_means_no_lost_call() -> None:
    talk = Talk().up().setup().say(U, Type.RELEASE_COMPLETE, 1, CauseIE(value=81))
    assert "channel-half-cleared" not in slugs(talk.items)


def test_an_answer_on_the_exclusive_channel() -> None:
    talk = Talk().up().setup(N, 1, 4).say(U, Type.CALL_PROCEEDING, 1, ChannelIdentificationIE.of(4))
    assert slugs(talk.items) == []


def test_a_held_or_suspended_call_has_no_channel() -> None:
    held = Talk().up().setup(N, 1, 3).answer(U, 1, 3).say(U, Type.HOLD, 1).say(N, Type.HOLD_ACKNOWLEDGE, 1)
    assert slugs(held.setup(N, 2, 3).items) == []
    kept = Talk().up().setup(N, 1, 3).answer(U, 1, 3).say(U, Type.HOLD, 1)
    assert slugs(kept.setup(N, 2, 3).items) == ["channel-reused"]
    gone = Talk().up().setup(N, 1, 3).answer(U, 1, 3).say(U, Type.SUSPEND, 1)
    gone.say(N, Type.SUSPEND_ACKNOWLEDGE, 1).wait(90).setup(N, 2, 3).say(U, Type.ALERTING, 2, ON_3).s(N)
    assert slugs(gone.items) == []


def test_a_call_may_begin_with_resume_or_register() -> None:
    talk = Talk().up()
    talk.owner[5] = U
    assert slugs(talk.say(U, Type.RESUME, 5).say(N, Type.RESUME_ACKNOWLEDGE, 5, CHANNEL).items) == []
    assert slugs(Talk().up().say(U, Type.FACILITY, 5).items) != []


def test_channels_of_two_interfaces_are_two() -> None:
    def on(interface: int) -> ChannelIdentificationIE:
        one = ChannelIdentificationIE.of(3)
        return msgspec.structs.replace(one, interface_given=True, interface=(interface,))

    talk = Talk().up().say(N, Type.SETUP, 1, SPEECH, on(0)).say(U, Type.ALERTING, 1, on(0))
    assert slugs(talk.say(N, Type.SETUP, 2, SPEECH, on(1)).items) == []
    assert slugs(talk.say(N, Type.SETUP, 3, SPEECH, on(0)).items) == ["channel-reused"]


def test_silence_across_a_hole_of_the_capture_is_no_silence() -> None:
    talk = Talk().up().setup(U, 1, 3)
    talk.say(N, Type.ALERTING, 1, ON_3).items.pop()
    talk.say(N, Type.STATUS_ENQUIRY, 9).s(U).wait(60).s(N)
    assert set(slugs(talk.items)) == {"capture-gap", "begins-mid-call"}


# Causes and numbers


@pytest.mark.parametrize(
    ("cause", "diagnostics", "slug", "said"),
    [
        (96, b"\x04", "cause-protocol", "the element bearer capability (0x04)"),
        (99, b"\x7e", "cause-protocol", "the element user user (0x7e)"),
        (43, b"\x7d", "cause-protocol", "the element high layer compatibility (0x7d)"),
        (98, b"\x0f", "cause-protocol", "the message CONNECT ACKNOWLEDGE (0x0f)"),
        (101, b"\x6b", "cause-protocol", "the message an unknown message (0x6b)"),
        (82, b"\xa9\x83\x9f", "cause-protocol", "channel identification a9 83 9f"),
        (1, b"\x80", "cause-provisioning", "It names: 80"),
        (88, b"", "cause-provisioning", "far party's equipment. The called equipment"),
        (47, b"", "cause-network", "DSP, codec, licence"),
    ],
)
def test_causes_and_diagnostics(cause: int, diagnostics: bytes, slug: str, said: str) -> None:
    talk = Talk().up().setup(U)
    ie = CauseIE(value=cause, location=Location.USER, diagnostics=diagnostics)
    told = text(talk.say(N, Type.RELEASE_COMPLETE, 1, ie).items, slug)
    assert said in told
    assert f"cause {cause} " in told


@pytest.mark.parametrize(
    ("location", "said"),
    [
        (Location.PUBLIC_LOCAL, "the carrier's exchange that serves this line"),
        (Location.PUBLIC_REMOTE, "the far carrier's exchange"),
        (Location.PRIVATE_REMOTE, "the PBX at the far end"),
        (Location.INTERNATIONAL, "an international exchange"),
        (12, "location 12, which is not defined"),
    ],
)
def test_who_said_it(location: int, said: str) -> None:
    talk = Talk().up().setup(U).say(N, Type.RELEASE_COMPLETE, 1, CauseIE(value=34, location=location))
    assert f"by the network side; it arose in {said}" in text(talk.items, "cause-network")


def test_a_status_with_an_error_is_told_though_the_call_lives() -> None:
    talk = Talk().up().setup().answer().wait(1)
    talk.say(U, Type.STATUS, 1, CauseIE(value=99, diagnostics=b"\x28"), state()).wait(1).clear()
    (finding,) = found(talk.items, "cause-protocol")
    assert (finding.side, finding.frames) == (N, [7, 8])
    assert (
        slugs(Talk().up().setup().answer().wait(1).say(U, Type.STATUS, 1, CauseIE(value=30), state()).items)
        == []
    )


def test_only_the_first_cause_of_a_call_counts() -> None:
    talk = Talk().up().setup().answer().wait(1).say(N, Type.DISCONNECT, 1, CauseIE(value=16))
    assert slugs(talk.say(U, Type.RELEASE, 1, CauseIE(value=34)).items) == []


def test_cause_16_of_the_caller_or_after_ringing() -> None:
    caller = Talk().up().setup().say(U, Type.CALL_PROCEEDING, 1, CHANNEL).clear(N)
    assert slugs(caller.items) == []
    plain = Talk().up().setup().say(U, Type.CALL_PROCEEDING, 1, CHANNEL).clear(U)
    assert text(plain.items, "busy-as-16") == "the user side cleared before it rang"


def numbered(*called: tuple[str, NumberType, int]) -> Items:
    talk = Talk().up()
    for ref, (digits, kind, cause) in enumerate(called, 1):
        by = CallingNumberIE(digits="1")
        talk.say(U, Type.SETUP, ref, SPEECH, CHANNEL, by, CalledNumberIE(digits=digits, kind=kind))
        if cause:
            talk.say(N, Type.RELEASE_COMPLETE, ref, CauseIE(value=cause, location=Location.PUBLIC_LOCAL))
        else:
            talk.answer(N, ref).clear(U, ref)
    return talk.items


NATIONAL, UNKNOWN, SUBSCRIBER = NumberType.NATIONAL, NumberType.UNKNOWN, NumberType.SUBSCRIBER
INTERNATIONAL = NumberType.INTERNATIONAL


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        (
            (("30123456", NATIONAL, 0), ("30123456", UNKNOWN, 1)),
            "30123456 (unknown) is refused, 30123456 (national)",
        ),
        (
            (("30123456", NATIONAL, 1), ("030123456", UNKNOWN, 0)),
            "30123456 (national) is refused, 030123456 (unk",
        ),
        ((("30123456", UNKNOWN, 1), ("30123456", UNKNOWN, 0)), ""),
        ((("30123456", NATIONAL, 0), ("30123456", SUBSCRIBER, 17)), ""),
        ((("40123456", NATIONAL, 0), ("30123456", UNKNOWN, 1)), ""),
        ((("23456", NATIONAL, 0), ("023456", UNKNOWN, 1)), ""),
        (
            (("030123456", UNKNOWN, 0), ("4930123456", UNKNOWN, 1)),
            "4930123456 (unknown) is refused, 030123456 (unknown)",
        ),
        (
            (("4930123456", INTERNATIONAL, 1), ("30123456", NATIONAL, 0)),
            "4930123456 (international) is refused, 30123456 (national)",
        ),
        ((("30123456", UNKNOWN, 0), ("4930123456", UNKNOWN, 1)), ""),
        ((("0123456", UNKNOWN, 0), ("49123456", UNKNOWN, 1)), ""),
        ((("030123456", UNKNOWN, 0), ("493130123456", UNKNOWN, 1)), ""),
        ((("0030123456", UNKNOWN, 0), ("4930123456", UNKNOWN, 1)), ""),
    ],
)
def test_the_forms_of_a_number(calls: tuple[tuple[str, NumberType, int], ...], said: str) -> None:
    findings = found(numbered(*calls), "number-two-forms")
    assert [finding.text.startswith(said) for finding in findings] == ([True] if said else [])


def test_digits_in_overlap_belong_to_the_number() -> None:
    talk = Talk().up().setup(U, 1, 1, to="50").say(N, Type.SETUP_ACKNOWLEDGE, 1, CHANNEL)
    talk.say(U, Type.INFORMATION, 1, CalledNumberIE(digits="00")).say(
        U, Type.INFORMATION, 1, KeypadIE(keys="1")
    )
    talk.clear(N, 1, 28).setup(U, 2, 1, to="5000123").answer(N, 2).clear(U, 2)
    assert text(talk.items, "number-truncated") == "50001 is refused, 5000123 works"


def test_digits_after_proceeding_but_not_keys() -> None:
    def after(element: CalledNumberIE | KeypadIE) -> Items:
        talk = Talk().up().setup(U).say(N, Type.CALL_PROCEEDING, 1, CHANNEL)
        return talk.say(U, Type.INFORMATION, 1, element).items

    assert text(after(CalledNumberIE(digits="9")), "digits-after-complete") == '"9" after CALL PROCEEDING'
    assert slugs(after(KeypadIE(keys="*"))) == []


def legs(gap: float, first: tuple[str, str], second: tuple[str, str], same_side: bool = False) -> Items:
    from trunkwire.q931.ies import BearerCapabilityIE, TransferCapability

    data = BearerCapabilityIE(capability=TransferCapability.UNRESTRICTED_DIGITAL)
    talk = Talk().up()
    by, to = CallingNumberIE(digits=first[0]), CalledNumberIE(digits=first[1])
    talk.say(N, Type.SETUP, 1, data, CHANNEL, by, to).gap(gap)
    by, to = CallingNumberIE(digits=second[0]), CalledNumberIE(digits=second[1])
    talk.say(N if same_side else U, Type.SETUP, 2, SPEECH, ChannelIdentificationIE.of(2), by, to)
    return talk.items


@pytest.mark.parametrize(
    ("items", "one_call"),
    [
        (legs(5, ("301234", "4711000"), ("301234", "4711000")), True),
        (legs(5.01, ("301234", "4711000"), ("301234", "4711000")), False),
        (legs(1, ("301234", "4711000"), ("0301234", "1000")), True),
        (legs(1, ("301234", "1000"), ("301234", "4711000")), True),
        (legs(1, ("301234", "4711000"), ("301234", "000")), False),
        (legs(1, ("301234", "4711000"), ("301235", "4711000")), False),
        (legs(1, ("301234", "4711000"), ("301234", "4711001")), False),
        (legs(1, ("301", "4711000"), ("301", "4711000")), False),
        (legs(1, ("301234", "4711000"), ("301234", "4711000"), same_side=True), False),
    ],
)
def test_what_are_legs_of_one_call(items: Items, one_call: bool) -> None:
    assert ("bearer-changed" in slugs(items)) is one_call


def test_a_message_in_segments_is_judged_as_a_whole() -> None:
    """What the last segment completes counts: here a SETUP without a channel identification."""
    data = UserUserIE(protocol=4, data=b"x" * 100)
    setup = build(Message(1, Type.SETUP, (SPEECH, data, data, data)))
    talk = Talk().up()
    for octets in segments_of(setup):
        talk.carry(N, octets)
    assert len(records(talk)) == 4
    assert "SETUP has no channel identification" in [f.text for f in explained(talk.items).findings]
