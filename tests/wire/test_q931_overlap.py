"""Overlap sending and receiving (Q.931 5.1.3, 5.2.4): digit by digit between our two sides, and when each
timer of it starts anew, to the tick.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import q931_network
import q931_user
from linkpair import LinkPair
from q931_talk import Conversation, Talk

from trunkwire.q931.call import Call, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import ProgressDescription, SendingCompleteIE
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Timer
from trunkwire.q931.settings import CallControlSettings
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

Digits = Callable[[str], bool]

RESTARTS = [
    # side, state, timer of tables 9-1 and 9-2, what starts it anew
    (Side.USER, "U2", Timer.T304, "do information d=1"),
    (Side.USER, "U25", Timer.T302, "get INFORMATION called=1"),
    (Side.NETWORK, "N2", Timer.T302, "get INFORMATION called=1"),
    (Side.NETWORK, "N25", Timer.T304, "do information d=1"),
]
LEAVES = [
    # what lets the timer run as it does
    (Side.USER, "U2", Timer.T304, "get INFORMATION called=1"),
    (Side.USER, "U2", Timer.T304, "get STATUS_ENQUIRY"),
    (Side.USER, "U25", Timer.T302, "do progress pi=8"),
    (Side.NETWORK, "N2", Timer.T302, "do progress pi=8"),
    (Side.NETWORK, "N2", Timer.T302, "do information d="),
]
STOPS = [
    # what ends the wait
    (Side.USER, "U2", Timer.T304, "get PROGRESS pi=8"),
    (Side.USER, "U2", Timer.T304, "get CALL_PROCEEDING"),
    (Side.USER, "U25", Timer.T302, "get INFORMATION called=1 complete"),
    (Side.USER, "U25", Timer.T302, "do alerting"),
    (Side.NETWORK, "N2", Timer.T302, "get INFORMATION called=1 complete"),
    (Side.NETWORK, "N2", Timer.T302, "do proceeding"),
    (Side.NETWORK, "N25", Timer.T304, "get ALERTING"),
    (Side.NETWORK, "N25", Timer.T304, "get PROGRESS pi=8"),
]


def talk_in(side: Side, state: str) -> Talk:
    """A machine with one call in that state since tick 0, five seconds ago."""
    module = q931_user if side is Side.USER else q931_network
    talk = Talk(Conversation(state, side, module.REACH[state]))
    talk.run()
    talk.now = 5 * SECOND
    talk.machine.handle_timer(talk.now)
    return talk


def deadline(talk: Talk, timer: Timer) -> Tick | None:
    assert talk.call is not None
    return talk.call.armed.get(timer)


@pytest.mark.parametrize(("side", "state", "timer", "step"), RESTARTS)
def test_each_digit_starts_the_timer_anew(side: Side, state: str, timer: Timer, step: str) -> None:
    talk = talk_in(side, state)
    duration = CallControlSettings().durations(side)[timer]
    assert deadline(talk, timer) == duration
    talk.step(step)
    assert deadline(talk, timer) == 5 * SECOND + duration


@pytest.mark.parametrize(("side", "state", "timer", "step"), LEAVES)
def test_what_brings_no_digit_lets_the_timer_run(side: Side, state: str, timer: Timer, step: str) -> None:
    talk = talk_in(side, state)
    talk.step(step)
    assert deadline(talk, timer) == CallControlSettings().durations(side)[timer]


@pytest.mark.parametrize(("side", "state", "timer", "step"), STOPS)
def test_what_ends_the_wait_stops_the_timer(side: Side, state: str, timer: Timer, step: str) -> None:
    talk = talk_in(side, state)
    talk.step(step)
    assert deadline(talk, timer) is None


class Exchange:
    """The called end: it asks for digits until it knows the number."""

    def __init__(self, known: str = "300", *, tone: bool = False) -> None:
        self.known = known
        self.tone = tone

    def __call__(self, end: CallControl, indication: Indication, now: Tick) -> None:
        call = indication.call
        if call is None or call.outgoing:
            return
        if indication.kind is IndicationKind.SETUP:
            end.more_info(call, now)
            if self.tone:
                end.progress(call, now, description=ProgressDescription.INBAND_INFORMATION)
        elif indication.kind is IndicationKind.INFORMATION and call.called == self.known:
            end.proceeding(call, now)
            end.alerting(call, now)
        elif indication.kind is IndicationKind.NUMBER_COMPLETE:
            end.alerting(call, now)


def pair_and_call(
    caller: str, exchange: Exchange, number_complete: Digits | None = None
) -> tuple[LinkPair, CallControl, Call]:
    settings = CallControlSettings()
    if number_complete is not None:
        settings = CallControlSettings(number_complete=number_complete)
    pair = LinkPair(exchange, network=settings, user=settings)
    near: CallControl = getattr(pair, caller)
    call = near.setup(SetupRequest(), 0)
    pair.settle(SECOND)
    return pair, near, call


def far_call(pair: LinkPair, near: CallControl) -> Call:
    return next(iter(pair.peer(near).calls.values()))


@pytest.mark.parametrize("caller", ["network", "user"])
def test_a_digit_every_ten_seconds_is_soon_enough(caller: str) -> None:
    pair, near, call = pair_and_call(caller, Exchange())
    for digit in "300":
        pair.settle(pair.now + 10 * SECOND)
        near.information(call, digit, pair.now)
    pair.settle(pair.now + SECOND)
    assert (call.state.number, far_call(pair, near).called) == (4 if caller == "user" else 7, "300")
    types = [message.type for _side, message in pair.sent]
    assert types.count(MessageType.INFORMATION) == 3
    assert types[-2:] == [MessageType.CALL_PROCEEDING, MessageType.ALERTING]


@pytest.mark.parametrize("caller", ["network", "user"])
def test_sending_complete_ends_the_wait_for_digits(caller: str) -> None:
    pair, near, call = pair_and_call(caller, Exchange(known=""))
    near.information(call, "3", pair.now, ies=(SendingCompleteIE(),))
    pair.settle(pair.now + SECOND // 2)
    assert far_call(pair, near).timers == ()
    assert far_call(pair, near).called == "3"


@pytest.mark.parametrize("caller", ["network", "user"])
def test_no_more_digits_and_the_number_may_be_whole(caller: str) -> None:
    pair, near, call = pair_and_call(caller, Exchange(known="3001"))
    near.information(call, "300", pair.now)
    pair.settle(pair.now + 16 * SECOND)
    assert call.state.number in (4, 7)


@pytest.mark.parametrize("caller", ["network", "user"])
def test_no_more_digits_and_the_number_is_too_short(caller: str) -> None:
    pair, near, call = pair_and_call(caller, Exchange(), lambda digits: len(digits) == 3)
    near.information(call, "30", pair.now)
    pair.settle(pair.now + 20 * SECOND)
    assert (call.cause, call.cleared_by) == (Cause.INVALID_NUMBER_FORMAT, "remote")
    assert pair.audit() == []


@pytest.mark.parametrize("caller", ["network", "user"])
def test_a_tone_in_band_stops_the_caller_s_timer_but_not_the_wait_for_digits(caller: str) -> None:
    """PROGRESS 8 in overlap: dial tone, an announcement (5.1.6, 5.4)."""
    pair, near, call = pair_and_call(caller, Exchange(tone=True))
    assert call.progress is not None
    assert call.progress.description is ProgressDescription.INBAND_INFORMATION
    assert call.timers == ()
    assert far_call(pair, near).timers == ("T302",)
    near.information(call, "300", pair.now)
    pair.settle(pair.now + SECOND)
    assert call.state.number in (4, 7)


@pytest.mark.parametrize("caller", ["network", "user"])
def test_cleared_in_the_middle_of_dialling(caller: str) -> None:
    pair, near, call = pair_and_call(caller, Exchange())
    near.information(call, "3", pair.now)
    near.disconnect(call, Cause.NORMAL_CLEARING, pair.now)
    pair.settle(pair.now + SECOND)
    assert pair.audit() == []
    assert call.cause is Cause.NORMAL_CLEARING
