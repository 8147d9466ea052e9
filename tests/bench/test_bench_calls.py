"""Calls on the loopback: what each kind of number does, and what both parties then know and hear."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkbench import Bench, CallFailed, Cause, all_of, any_of
from trunkbench.call import Phase
from trunkbench.errors import UsageError
from trunkbench.numbers import Number
from trunkwire.q931.errors import ProtocolMisuse
from trunkwire.ticks import MILLISECOND, SECOND
from trunkwire.tones import BUSY, CONGESTION, RINGBACK, UNOBTAINABLE


def test_a_full_trunk_and_the_caller_who_finds_it_full(bench: Bench) -> None:
    bench.far.number("300").answers(after="2s")
    calls = bench.near.dial_many("300", 30)
    bench.run_until(all_of(call.active for call in calls), within="10s")
    extra = bench.near.dial("300")
    bench.run_until(extra.hears(BUSY), within="4s")
    assert extra.outcome.cause is Cause.NO_CIRCUIT
    assert extra.outcome.decided_by == "near"
    assert extra.span is None
    assert {call.channel for call in calls} == {*range(1, 16), *range(17, 32)}


def test_an_answered_call_is_one_call_at_both_ends(bench: Bench) -> None:
    bench.far.number("300").answers(after="2s")
    call = bench.near.dial("300", caller="5551234")
    bench.run_until(call.alerting, within="1s")
    (other,) = bench.far.calls
    assert (other.caller, other.called, other.channel) == ("5551234", "300", call.channel)
    assert not other.outgoing
    bench.run_until(call.active, within="3s")
    assert call.active_at is not None
    answered_after = call.active_at - call.dialled_at
    assert 2 * SECOND < answered_after < 2 * SECOND + 50 * MILLISECOND
    bench.run_until(all_of([call.hears_own_channel(), other.hears_own_channel()]), within="1s")
    other.hang_up()
    bench.run_until(call.cleared, within="5s")
    assert call.outcome.cleared_by == other.outcome.cleared_by == "far"
    assert call.outcome.cause is Cause.NORMAL_CLEARING
    assert call.outcome.result == "answered"
    assert call.outcome.decided_by is None


def test_a_caller_hears_ringback_until_the_answer(bench: Bench) -> None:
    bench.far.number("300").never_answers()
    call = bench.near.dial("300")
    bench.run_until(call.hears(RINGBACK), within="4s")
    (heard,) = call.outcome.heard
    assert (heard.kind, heard.via) == ("ringback", "local")
    assert call.outcome.result == "in-progress"
    bench.far.calls[0].answer()
    bench.run_until(call.active, within="1s")


def test_busy_without_tone_is_heard_from_the_near_exchange(bench: Bench) -> None:
    bench.far.number("200").busy()
    call = bench.near.dial("200")
    bench.run_until(call.hears(BUSY), within="4s")
    outcome = call.outcome
    assert (outcome.result, outcome.cause, outcome.decided_by) == ("busy", Cause.USER_BUSY, "far")
    (heard,) = outcome.heard
    assert heard.via == "local"
    assert heard.freq_hz == pytest.approx(450, abs=2)
    assert heard.on_ms == pytest.approx(350, abs=15)
    assert heard.off_ms == pytest.approx(350, abs=15)
    assert heard.level_dbm0 == pytest.approx(-10, abs=1)
    assert call.cleared, "without in-band tones the channel is given back at once"


def test_busy_in_band_is_heard_over_the_trunk_and_holds_the_channel(bench: Bench) -> None:
    bench.far.number("200").busy(tone=True)
    call = bench.near.dial("200")
    bench.run_until(call.hears(BUSY), within="4s")
    (heard,) = call.outcome.heard
    assert heard.via == "trunk"
    assert call.phase is Phase.CLEARING
    assert not call.cleared
    assert call.outcome.cause is Cause.USER_BUSY
    assert call.outcome.findings == ()
    call.hang_up()
    bench.run_until(call.cleared, within="1s")
    assert call.outcome.cleared_by == "far"


@pytest.mark.parametrize("cause", [Cause.CALL_REJECTED, Cause.DESTINATION_OUT_OF_ORDER, Cause.NUMBER_CHANGED])
def test_a_rejected_call_ends_with_its_cause(bench: Bench, cause: Cause) -> None:
    bench.far.number("201").rejects(cause)
    call = bench.near.dial("201")
    bench.run_until(call.cleared, within="1s")
    assert call.outcome.cause is cause
    assert call.outcome.decided_by == "far"
    assert call.q931 is not None
    assert bench.far.calls[0].outcome.decided_by == "far"


@pytest.mark.parametrize("number", ["999", "201"])
def test_an_unallocated_number_sounds_unobtainable(bench: Bench, number: str) -> None:
    bench.far.number("201").unallocated()
    call = bench.near.dial(number)
    bench.run_until(call.hears(UNOBTAINABLE), within="6s")
    assert call.outcome.cause is Cause.UNALLOCATED
    assert call.outcome.result == "unallocated"


def test_no_circuit_may_sound_congestion(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(bench='no_circuit = "congestion"', span="b_channels = [1, 2]")
    bench.far.number("300").answers()
    calls = bench.near.dial_many("300", 2)
    bench.run_until(all_of(call.active for call in calls), within="5s")
    extra = bench.near.dial("300")
    bench.run_until(extra.hears(CONGESTION), within="5s")
    assert extra.outcome.result == "no-circuit"


def test_far_calls_near_just_as_well(bench: Bench) -> None:
    bench.near.number("300").answers()
    calls = bench.far.dial_many("300", 30)
    bench.run_until(all_of(call.active for call in calls), within="5s")
    assert bench.far.dial("300").outcome.decided_by == "far"
    assert calls[0].channel == 31, "the far end hunts from the other end of the span"


def test_hanging_up_before_the_answer_is_an_abandoned_call(bench: Bench) -> None:
    bench.far.number("300").answers(after="5s")
    call = bench.near.dial("300")
    bench.run_until(call.alerting, within="1s")
    call.hang_up()
    bench.run_until(call.cleared, within="5s")
    assert call.outcome.result == "abandoned"
    assert call.outcome.cleared_by == "near"
    bench.run_for("10s")
    assert bench.far.calls[0].active_at is None, "the booked answer was taken back"


def test_overlap_digits_are_collected_until_the_number_is_whole(bench: Bench) -> None:
    bench.far.number("12345").answers()
    call = bench.near.dial("12", complete=False)
    bench.run_for("1s")
    assert not call.active
    call.more_digits("3")
    bench.run_for("1s")
    call.more_digits("45", complete=True)
    bench.run_until(call.active, within="1s")
    assert bench.far.calls[0].called == "12345"


def test_overlap_digits_that_stay_away_end_the_call(bench: Bench) -> None:
    bench.far.number("12345").answers()
    call = bench.near.dial("12", complete=False)
    bench.run_until(call.ended, within="30s")
    assert call.outcome.result in ("unallocated", "failed")
    assert not call.active


def test_a_number_can_change_its_mind_between_calls(bench: Bench) -> None:
    number = bench.far.number("300")
    assert isinstance(number, Number)
    number.busy()
    first = bench.near.dial("300")
    bench.run_until(first.ended, within="1s")
    number.answers()
    second = bench.near.dial("300")
    bench.run_until(second.active, within="1s")
    assert str(number.plan) == "answers"


def test_waiting_for_the_impossible_ends_at_once_and_says_who_is_where(bench: Bench) -> None:
    bench.far.number("200").busy()
    bench.far.number("300").answers()
    talking = bench.near.dial("300")
    call = bench.near.dial("200")
    with pytest.raises(CallFailed) as failure:
        bench.run_until(call.active, within="60s")
    assert bench.now < SECOND
    text = str(failure.value)
    assert "cannot become active: it was ended by far with cause 17" in text
    assert talking.name in text
    assert "span span1" in text


def test_hearing_another_tone_instead_ends_the_wait(bench: Bench) -> None:
    bench.far.number("999").unallocated()
    call = bench.near.dial("999")
    with pytest.raises(CallFailed, match=r"hears unobtainable .* instead of busy"):
        bench.run_until(call.hears(BUSY), within="60s")
    assert bench.now < 6 * SECOND


def test_a_wait_that_runs_out_names_what_it_waited_for(bench: Bench) -> None:
    bench.far.number("300").never_answers()
    call = bench.near.dial("300")
    with pytest.raises(CallFailed, match="active: not within 2s"):
        bench.run_until(call.active, within="2s")
    assert bench.now == 2 * SECOND


def test_any_of_stops_at_the_first(bench: Bench) -> None:
    bench.far.number("300").answers(after="1s")
    bench.far.number("301").answers(after="3s")
    slow, quick = bench.near.dial("301"), bench.near.dial("300")
    bench.run_until(any_of([slow.active, quick.active]), within="10s")
    assert quick.active
    assert not slow.active


def test_misuse_says_what_is_wrong_and_changes_nothing(bench: Bench) -> None:
    bench.far.number("300").answers()
    call = bench.near.dial("300")
    with pytest.raises(UsageError, match="only the called party answers"):
        call.answer()
    with pytest.raises(UsageError, match="write digits"):
        bench.far.number("3 00")
    bench.run_until(call.active, within="1s")
    assert call.q931 is not None
    with pytest.raises(ProtocolMisuse, match="N10"):
        bench.near.spans[0].control.alerting(call.q931, bench.pump.now)
    assert call.active
    call.hang_up()
    call.hang_up()
    bench.run_until(call.cleared, within="1s")
    with pytest.raises(UsageError, match="no channel"):
        call.play(BUSY)


def test_digits_and_sounds_cross_the_channel(bench: Bench) -> None:
    bench.far.number("300").answers()
    call = bench.near.dial("300")
    bench.run_until(call.active, within="1s")
    other = bench.far.calls[0]
    call.play(BUSY)
    bench.run_until(other.hears(BUSY), within="3s")
    call.send_digits("12#")
    start = bench.pump.now // 8
    bench.run_for("1s")
    samples = call.exchange.lines.law.decode(other.ear.octets(start, 3 * 1120))
    loud = [bool((abs(samples[at : at + 400].astype(int)) > 1000).any()) for at in range(80, 3 * 1120, 560)]
    assert loud == [True, False] * 3
    with pytest.raises(ValueError, match="DTMF digit 'x'"):
        call.send_digits("x")
