"""Cases of calls: unanswered messages, call references, channels, states and restarts."""

from __future__ import annotations

from explaincase import Case, Items
from tracetalk import SPEECH, Element, N, Talk, U

from trunkwire.q931.ies import (
    CalledNumberIE,
    CallStateIE,
    CallStateValue,
    CauseIE,
    ChannelIdentificationIE,
    ProgressDescription,
    ProgressIndicatorIE,
    RestartClass,
    RestartIndicatorIE,
    UserUserIE,
)
from trunkwire.q931.messages import MessageType as Type

TONES = ProgressIndicatorIE(description=ProgressDescription.INBAND_INFORMATION)
USER_DATA = UserUserIE(protocol=4, data=b"hello")


def unanswered(times: int, answer: bool) -> Items:
    talk = Talk().up()
    for _ in range(times):
        talk.setup().s(U).wait(4)
    if answer:
        return talk.answer().clear().items
    return talk.say(N, Type.RELEASE_COMPLETE, 1, CauseIE(value=102, diagnostics=b"303")).items


def unanswered_to_the_end(seconds: float) -> Items:
    return Talk().up().setup().s(U).wait(seconds).s(U).items


def changed(second: tuple[Element, ...]) -> Items:
    talk = Talk().up().setup(N, 1, 1, USER_DATA).wait(4)
    return talk.setup(N, 1, 1, *second).answer().clear().items


def stalled(seconds: float, cause: int = 18) -> Items:
    talk = Talk().up().setup().say(U, Type.CALL_PROCEEDING, 1, ChannelIdentificationIE.of(1)).wait(seconds)
    return talk.clear(N, 1, cause).items


def no_further(seconds: float) -> Items:
    """T304: digits were sent, and nothing comes after SETUP ACKNOWLEDGE."""
    talk = Talk().up().setup(U, to="03")
    talk.say(N, Type.SETUP_ACKNOWLEDGE, 1, ChannelIdentificationIE.of(1)).wait(1)
    talk.say(U, Type.INFORMATION, 1, CalledNumberIE(digits="0")).wait(seconds)
    return talk.clear(U, 1, 18).items


def overlap(seconds: float) -> Items:
    talk = Talk().up().setup(U, to="03")
    talk.say(N, Type.SETUP_ACKNOWLEDGE, 1, ChannelIdentificationIE.of(1)).wait(1)
    talk.say(U, Type.INFORMATION, 1, CalledNumberIE(digits="0")).wait(seconds)
    return talk.clear(N, 1, 28).items


def rang_out(cause: int) -> Items:
    talk = Talk().up().setup().say(U, Type.CALL_PROCEEDING, 1, ChannelIdentificationIE.of(1))
    return talk.say(U, Type.ALERTING, 1).wait(60).clear(N, 1, cause).items


def disconnect(seconds: float, *more: Element) -> Items:
    talk = Talk().up().setup().answer().wait(9)
    talk.say(N, Type.DISCONNECT, 1, CauseIE(value=16), *more).wait(seconds)
    return talk.say(N, Type.RELEASE, 1).say(U, Type.RELEASE_COMPLETE, 1).items


def release(completed: bool) -> Items:
    talk = Talk().up().setup().answer().wait(9)
    talk.say(N, Type.DISCONNECT, 1, CauseIE(value=16)).say(U, Type.RELEASE, 1).wait(4)
    talk.say(U, Type.RELEASE, 1)
    return (talk.say(N, Type.RELEASE_COMPLETE, 1) if completed else talk.wait(4).s(U)).items


def connect(seconds: float) -> Items:
    talk = Talk().up().setup().say(U, Type.ALERTING, 1, ChannelIdentificationIE.of(1)).wait(2)
    talk.say(U, Type.CONNECT, 1).wait(seconds)
    if seconds < 4:
        return talk.say(N, Type.CONNECT_ACKNOWLEDGE, 1).items
    return talk.clear(U, 1, 102).items


def enquiry(answered: bool) -> Items:
    talk = Talk().up().setup().answer().wait(9).say(N, Type.STATUS_ENQUIRY, 1).wait(1)
    if answered:
        talk.say(U, Type.STATUS, 1, CauseIE(value=30), CallStateIE(state=CallStateValue.ACTIVE))
    return talk.wait(4).say(N, Type.STATUS_ENQUIRY, 1).items


def expired(cause: int, diagnostics: bytes = b"301") -> Items:
    talk = Talk().up().setup().say(U, Type.ALERTING, 1, ChannelIdentificationIE.of(1)).wait(180)
    talk.say(N, Type.DISCONNECT, 1, CauseIE(value=cause, diagnostics=diagnostics))
    return talk.say(U, Type.RELEASE, 1).say(N, Type.RELEASE_COMPLETE, 1).items


def flag(wrong: bool) -> Items:
    talk = Talk().up().setup()
    return talk.say(U, Type.CALL_PROCEEDING, 1, ChannelIdentificationIE.of(1), flag=not wrong).items


def flag_of_setup(wrong: bool) -> Items:
    talk = Talk().up()
    talk.owner[1] = N
    bearer = (SPEECH, ChannelIdentificationIE.of(1))
    return talk.say(N, Type.SETUP, 1, *bearer, flag=wrong).items


def global_reference(kind: Type) -> Items:
    return Talk().up().say(N, kind, 0, RestartIndicatorIE(restart_class=RestartClass.SINGLE_INTERFACE)).items


def glare(channel: int) -> Items:
    return Talk().up().setup(N, 1, 5).setup(U, 1, channel).items


def reused(cleared: bool) -> Items:
    talk = Talk().up().setup(N, 1, 3).answer(U, 1, 3).wait(9)
    if cleared:
        talk.clear()
    return talk.setup(N, 2, 3).items


def after_loss(refused: bool) -> Items:
    """After an outage a channel is offered again: the other side has cleared the old call too, or not."""
    talk = Talk().up().setup(N, 1, 3).answer(U, 1, 3).wait(9)
    talk.up().wait(9).setup(N, 2, 3)
    if refused:
        return talk.say(U, Type.RELEASE_COMPLETE, 2, CauseIE(value=44)).items
    return talk.say(U, Type.CALL_PROCEEDING, 2, ChannelIdentificationIE.of(3)).items


def forgotten(seconds: float) -> Items:
    """The data link is lost while a call is being set up, and nothing more is said about it."""
    talk = Talk().up().setup(N, 1, 3).say(U, Type.ALERTING, 1, ChannelIdentificationIE.of(3)).wait(1)
    return talk.up().wait(seconds).s(U).items


def half_cleared(ended: bool) -> Items:
    talk = Talk().up().setup().answer().wait(9)
    if ended:
        talk.clear()
    talk.say(N, Type.STATUS_ENQUIRY, 1)
    return talk.say(U, Type.RELEASE_COMPLETE, 1, CauseIE(value=81)).items


def null_state(state: CallStateValue) -> Items:
    talk = Talk().up().setup().answer().wait(9).say(N, Type.STATUS_ENQUIRY, 1)
    return talk.say(U, Type.STATUS, 1, CauseIE(value=30), CallStateIE(state=state)).items


def another_channel(exclusive: bool) -> Items:
    talk = Talk().up().setup(N, 1, 4, exclusive=exclusive)
    return talk.say(U, Type.CALL_PROCEEDING, 1, ChannelIdentificationIE.of(5)).items


def link_reset(calls: bool) -> Items:
    talk = Talk().up().setup().answer().wait(9)
    return (talk if calls else talk.clear()).up().s(U).items


def restart(channel: int) -> Items:
    talk = Talk().up().setup(N, 1, 3).answer(U, 1, 3).wait(9)
    return restarted(talk, channel).items


def restarted(talk: Talk, channel: int, answered: bool = True) -> Talk:
    named = ChannelIdentificationIE.of(channel)
    indicated = RestartIndicatorIE(restart_class=RestartClass.INDICATED_CHANNELS)
    talk.say(N, Type.RESTART, 0, named, indicated, flag=False)
    if answered:
        talk.say(U, Type.RESTART_ACKNOWLEDGE, 0, named, indicated, flag=True)
    return talk.wait(30)


def restarts(channels: tuple[int, ...], answered: bool = True) -> Items:
    talk = Talk().up()
    for channel in channels:
        restarted(talk, channel, answered)
    return talk.items


def status(state: CallStateValue) -> Items:
    talk = Talk().up().setup().answer().wait(9)
    return talk.say(U, Type.STATUS, 1, CauseIE(value=30), CallStateIE(state=state)).items


def misfit(second: Type) -> Items:
    talk = Talk().up().setup().say(U, Type.ALERTING, 1, ChannelIdentificationIE.of(1))
    progress = (TONES,) if second == Type.PROGRESS else ()
    return talk.say(U, second, 1, *progress).items


OUT_OF_STATE = CallStateValue.CALL_PRESENT

CASES = (
    Case(
        "setup-unanswered",
        lambda: unanswered(2, False),
        lambda: unanswered(1, True),
        (3, 5, 7)[:2],
        U,
        "sent 2 times; its layer 2 acknowledged it",
    ),
    Case(
        "setup-unanswered",
        lambda: unanswered_to_the_end(9),
        lambda: unanswered_to_the_end(6),
        (3,),
        U,
        "once",
    ),
    Case("setup-repeated", lambda: unanswered(2, True), lambda: unanswered(1, True), (3, 5, 7), U),
    Case("setup-changed", lambda: changed(()), lambda: changed((USER_DATA,)), (3, 4), N, "lacks user user"),
    Case("call-stalled", lambda: stalled(10), lambda: stalled(10, 16), (4, 5), U, "CALL PROCEEDING"),
    Case("call-stalled", lambda: no_further(30), lambda: no_further(5), (4, 6), N, "SETUP ACKNOWLEDGE"),
    Case(
        "overlap-timeout",
        lambda: overlap(12),
        lambda: overlap(6),
        (5, 6),
        U,
        "followed the digits 030 for 12.0 s",
    ),
    Case("rang-out", lambda: rang_out(19), lambda: rang_out(16), (6,)),
    Case("disconnect-unanswered", lambda: disconnect(30), lambda: disconnect(30, TONES), (8,), U),
    Case("release-unanswered", lambda: release(False), lambda: release(True), (9, 10), N, "sent 2 times"),
    Case("connect-unacknowledged", lambda: connect(4), lambda: connect(1), (5,), N),
    Case("status-enquiry-unanswered", lambda: enquiry(False), lambda: enquiry(True), (8, 9), U),
    Case(
        "timer-expired",
        lambda: expired(102),
        lambda: expired(16),
        (4, 5),
        U,
        "T301 out: it waited for an answer",
    ),
    Case("reference-flag", lambda: flag(True), lambda: flag(False), (3, 4), U, "flag 0"),
    Case(
        "reference-flag",
        lambda: flag_of_setup(True),
        lambda: flag_of_setup(False),
        (3,),
        N,
        "SETUP with flag 1",
    ),
    Case(
        "reference-global",
        lambda: global_reference(Type.SETUP),
        lambda: global_reference(Type.RESTART),
        (3,),
        N,
    ),
    Case("glare", lambda: glare(5), lambda: glare(6), (3, 4), None, "channel 5"),
    Case("channel-reused", lambda: reused(False), lambda: reused(True), (3, 8), N, "channel 3"),
    Case(
        "channel-stuck",
        lambda: after_loss(True),
        lambda: after_loss(False),
        (3, 8, 10, 11),
        U,
        "channel 3 is",
    ),
    Case("channel-stuck", lambda: forgotten(40), lambda: forgotten(20), (4, 5), None, "nothing more is said"),
    Case(
        "channel-half-cleared", lambda: half_cleared(False), lambda: half_cleared(True), (8, 9), U, "cause 81"
    ),
    Case(
        "channel-half-cleared",
        lambda: null_state(CallStateValue.NULL),
        lambda: null_state(CallStateValue.ACTIVE),
        (8, 9),
        U,
        "call state 0; the other, on channel 1,",
    ),
    Case(
        "channel-changed",
        lambda: another_channel(True),
        lambda: another_channel(False),
        (3, 4),
        U,
        "answered 5",
    ),
    Case("link-reset-with-calls", lambda: link_reset(True), lambda: link_reset(False), (7, 8)),
    Case("restart-with-calls", lambda: restart(3), lambda: restart(4), (8,), N),
    Case(
        "restart-loop", lambda: restarts((3, 3, 3)), lambda: restarts((3, 4, 5)), (3, 5, 7), N, "channels 3"
    ),
    Case("restart-unanswered", lambda: restarts((3, 3), False), lambda: restarts((3, 3)), (3, 4), U),
    Case(
        "state-mismatch",
        lambda: status(OUT_OF_STATE),
        lambda: status(CallStateValue.ACTIVE),
        (7, 8),
        U,
        "10 active",
    ),
    Case(
        "message-out-of-state",
        lambda: misfit(Type.CALL_PROCEEDING),
        lambda: misfit(Type.PROGRESS),
        (5,),
        U,
        "CALL PROCEEDING after ALERTING",
    ),
)
