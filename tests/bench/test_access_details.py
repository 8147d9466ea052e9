"""Access numbers in detail: the caller's number on a line, calls joined in the exchange, trunks for one
direction, forwarding of a full trunk, R2."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from accesslines import BOUND, GROUP, ONE_NUMBER, OUTSIDE, TRUNK, a_bench

from trunkbench.dialling import bearer_of, subaddress_of
from trunkbench.errors import UsageError
from trunkbench.timeline import CallEntry
from trunkwire.q931.causes import Cause
from trunkwire.tones import BUSY, RINGBACK, UNOBTAINABLE, CadenceTracker


@pytest.mark.parametrize(
    ("standard", "shown"), [("v23", "02155554321"), ("bell202", "02155554321"), ("none", "")]
)
def test_how_a_line_is_told_who_calls(standard: str, shown: str) -> None:
    with a_bench(f'[line]\ncaller_id = "{standard}"\n{ONE_NUMBER}') as bench:
        call = bench.near.dial("86082660", caller="02155554321")
        bench.run_until(call.active, within="20s")
        assert [party.caller for party in bench.far.calls] == [shown]
        assert bench.audit() == []


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_a_line_and_a_trunk_and_two_channels_of_a_trunk_hear_each_other(
    depth: Literal["event", "bits"],
) -> None:
    with a_bench(TRUNK + ONE_NUMBER, depth=depth) as bench:
        meter = bench.far.lines.hearing.meter
        for line in ("11111111", None):
            out = bench.far.dial("62300000", line=line, span=None if line else "pri")
            bench.run_until(out.active, within="20s")
            party = bench.far.calls[-1]
            bench.run_for("1s")
            for listener, speaker in ((out, party), (party, out)):
                heard = meter.identify(listener.ear.octets(listener.last_sample() // 160 * 160 - 3200, 3200))
                assert heard is not None
                assert speaker.span is not None
                assert (heard.side, heard.span, heard.channel) == ("far", speaker.span.index, speaker.slot)
        assert bench.audit() == []


def test_a_trunk_that_is_full_is_busy_to_forwarding() -> None:
    forward = '[[access.forwarding]]\nnumber = "62300000"\nbusy = "11111111"\n'
    with a_bench(TRUNK + ONE_NUMBER + forward) as bench:
        calls = bench.near.dial_many("62300000", 31)
        bench.run_until(calls[30].active, within="20s")
        assert [call.line for call in calls] == [None] * 30 + ["11111111"]
        assert bench.audit() == []


def test_a_trunk_for_incoming_calls_places_none_unless_told_and_is_refused_then() -> None:
    with a_bench(TRUNK + 'use = "incoming"\n') as bench:
        bench.near.number(OUTSIDE).answers()
        assert (bench.near.capacity, bench.far.capacity) == (30, 0)
        out = bench.far.dial(OUTSIDE, span="pri")
        bench.run_until(out.ended, within="2s")
        assert out.cause is Cause.NO_CIRCUIT
        assert bench.audit() == []


def test_r2_can_be_planned_and_reaches_nobody() -> None:
    with a_bench(TRUNK.replace("owns", 'signalling = "r2"\nowns')) as bench:
        assert bench.network is not None
        assert bench.network.promised("62300000") == 30
        call = bench.near.dial("62300000")
        assert call.cause is Cause.DESTINATION_OUT_OF_ORDER
        assert bench.audit() == []


def test_a_dead_line_has_no_dial_tone_and_the_set_gives_up_after_five_seconds() -> None:
    with a_bench(ONE_NUMBER) as bench:
        assert bench.plant is not None
        bench.plant.cut("11111111")
        out = bench.far.dial(OUTSIDE, line="11111111")
        bench.run_for("4900ms")
        assert out.ended_at is None
        bench.run_until(out.ended, within="400ms")
        assert out.cause is Cause.DESTINATION_OUT_OF_ORDER
        assert not bench.near.calls
        assert bench.audit() == []


@pytest.mark.parametrize("how", ["busy", "rejects"])
def test_a_leg_that_is_refused_is_cleared_at_once_when_the_call_goes_elsewhere(how: str) -> None:
    to = '[{number = "62300000"}, {number = "11111111"}]'
    service = f'[[access.service_number]]\nnumber = "4008001234"\nto = {to}\n'
    with a_bench(TRUNK + ONE_NUMBER + service) as bench:
        getattr(bench.far.number("62300000"), how)(**({} if how == "busy" else {"cause": Cause.USER_BUSY}))
        calls = [bench.near.dial("4008001234") for _ in range(2)]
        bench.run_until(calls[0].active, within="20s")
        assert [call.line for call in calls] == ["11111111", None]
        assert calls[1].cause is Cause.USER_BUSY
        bench.far.calls[0].hang_up()
        bench.far.calls[1].hang_up()
        bench.run_for("2s")
        assert [end.control.calls for end in (*bench.near.spans, *bench.far.spans)] == [{}, {}]
        assert bench.audit() == []


def test_loop_start_glare_connects_the_caller_to_somebody_who_wanted_to_dial() -> None:
    with a_bench(ONE_NUMBER, answer=None) as bench:
        call = bench.near.dial("11111111")
        bench.run_for("500ms")  # the line rings; its set does not know who calls
        out = bench.far.dial(OUTSIDE, line="11111111")
        bench.run_for("300ms")
        assert call.active_at is not None
        bench.run_until(out.ended, within="6s")
        assert out.cause is Cause.DESTINATION_OUT_OF_ORDER  # what it heard was no dial tone
        bench.run_until(call.ended, within="2s")
        assert bench.audit() == []


def test_when_a_caller_in_the_exchange_leaves_both_calls_are_cleared() -> None:
    with a_bench(TRUNK + ONE_NUMBER) as bench:
        bench.far.dial("11111111", span="pri")
        bench.run_for("9s")
        caller, called = bench.far.calls
        assert called.active_at is not None
        caller.hang_up()
        bench.run_for("3s")
        assert [call.cleared_at is not None for call in (*bench.near.calls, caller, called)] == [True] * 4
        assert bench.audit() == []


def test_a_line_on_hook_is_silent_whatever_it_heard_before() -> None:
    with a_bench(ONE_NUMBER) as bench:
        out = bench.far.dial("71234567", line="11111111")
        bench.run_until(out.hears(UNOBTAINABLE), within="20s")
        out.hang_up()
        bench.run_for("2s")
        assert out.slot is not None
        assert bench.plant is not None
        port, now = bench.plant.sets["11111111"].port, bench.pump.now // 8
        assert port.heard(out.slot, now - 8000, 8000) == bench.far.lines.law.silent(8000)


def test_a_line_tells_its_calls_apart_and_the_timeline_names_them() -> None:
    with a_bench(ONE_NUMBER) as bench:
        references = []
        for _ in range(2):
            call = bench.near.dial("11111111")
            bench.run_until(call.active, within="20s")
            assert call.q931 is not None
            references.append(call.q931.reference)
            bench.settle()
        assert references == [1, 2]
        told = [entry for entry in bench.timeline.entries if isinstance(entry, CallEntry)]
        dialled = [dict(each.details) for each in told if (each.end, each.what) == ("near", "dialled")]
        assert [each["called"] for each in dialled] == ["11111111", "11111111"]


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_what_a_party_says_later_is_passed_on_too(depth: Literal["event", "bits"]) -> None:
    with a_bench(TRUNK + ONE_NUMBER, depth=depth) as bench:
        out = bench.far.dial("11111111", span="pri")
        bench.run_until(out.active, within="20s")
        bench.run_for("700ms")
        party = bench.far.calls[-1]
        for kind in (UNOBTAINABLE, RINGBACK):
            party.play(kind)
            bench.run_until(out.hears(kind), within="12s")
            party.play(None)
            bench.run_for("6s")
        assert bench.audit() == []


def test_a_set_that_has_hung_up_says_nothing_more() -> None:
    with a_bench(ONE_NUMBER) as bench:
        call = bench.near.dial("11111111")
        bench.run_until(call.active, within="20s")
        bench.far.calls[0].hang_up()
        bench.run_for("1s")
        assert bench.plant is not None
        port, now = bench.plant.circuits["11111111"].port, bench.pump.now // 8
        slot = bench.plant.circuits["11111111"].slot
        assert port.heard(slot, now - 4000, 4000) == bench.far.lines.law.silent(4000)


def test_mobiles_are_told_by_the_numbering_plan_of_the_country() -> None:
    pytest.importorskip("phonenumbers", reason="the extra 'numbers' is not installed")
    service = '[[access.service_number]]\nnumber = "8008001234"\nto = [{number = "62300000"}]\n'
    with a_bench('country = "DE"\n' + TRUNK + service) as bench:
        causes = [
            bench.near.dial("8008001234", caller=caller).cause for caller in ("015112345678", "13912345678")
        ]
        assert causes == [Cause.CALL_REJECTED, None]
        assert bench.audit() == []


def test_a_line_that_dials_nothing_is_parked_with_busy_tone_and_free_when_it_hangs_up() -> None:
    with a_bench(ONE_NUMBER) as bench:
        assert bench.plant is not None
        station = bench.plant.sets["11111111"]
        station.machine.lift(bench.pump.now)
        station.drain()
        bench.run_for("1s")
        assert bench.network is not None
        assert bench.network.lines["11111111"].holder is not None
        bench.run_for("22s")
        octets = station.port.heard(station.slot, bench.pump.now // 8 - 16000, 16000)
        tracker = CadenceTracker(bench.far.lines.zone, bench.far.lines.law)
        tracker.feed(bench.far.lines.hearing.analyser.analyse(octets))
        assert [tone.kind for tone in tracker.tones()] == [BUSY]
        station.machine.hang_up(bench.pump.now)
        station.drain()
        bench.run_for("1s")
        assert bench.network.lines["11111111"].holder is None
        assert bench.audit() == []


def test_a_group_rings_a_line_as_soon_as_it_is_on_hook_again() -> None:
    with a_bench(GROUP + 'hunting = "simultaneous"\n', answer=None) as bench:
        assert bench.plant is not None
        for number in BOUND:
            bench.plant.sets[number].machine.lift(bench.pump.now)
            bench.plant.sets[number].drain()
        bench.run_for("1s")
        bench.near.dial("99999999")
        bench.run_for("3s")
        assert [call.line for call in bench.far.calls] == ["99999999"]
        bench.plant.sets["22222222"].machine.hang_up(bench.pump.now)
        bench.plant.sets["22222222"].drain()
        bench.run_for("3s")
        assert [call.line for call in bench.far.calls] == ["99999999", "22222222"]
        for number in BOUND:
            bench.plant.sets[number].machine.hang_up(bench.pump.now)
            bench.plant.sets[number].drain()
        assert bench.audit() == []


def test_what_a_trunk_asks_for_beside_the_number_is_passed_on() -> None:
    with a_bench(TRUNK + ONE_NUMBER) as bench:
        out = bench.far.dial("62300000", span="pri", bearer="64k", subaddress="42")
        bench.run_until(out.active, within="5s")
        party = bench.far.calls[-1]
        assert party.bearer == bearer_of("64k", bench.far.lines.law)
        assert party.subaddress == subaddress_of("42")
        line = bench.far.dial("62300000", line="11111111")
        bench.run_until(line.active, within="15s")
        assert bench.far.calls[-1].bearer == bearer_of("speech", bench.far.lines.law)
        assert bench.audit() == []


def test_a_number_that_is_no_text_is_a_mistake_of_whoever_dials() -> None:
    with a_bench(TRUNK) as bench:
        wrong: Any = 62300000
        with pytest.raises(UsageError, match="write it as a string"):
            bench.near.dial(wrong)
        with pytest.raises(UsageError, match="write it as a string"):
            bench.near.dial("62300000", caller=wrong)
        assert not bench.near.calls
