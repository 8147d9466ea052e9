"""Access numbers in detail: the caller's number on a line, calls joined in the exchange, trunks for one
direction, forwarding of a full trunk, R2."""

from __future__ import annotations

from typing import Literal

import pytest
from accesslines import ONE_NUMBER, OUTSIDE, TRUNK, a_bench

from trunkwire.q931.causes import Cause


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
