"""What must not hurt: garbage at every layer, from either end, while calls are up.

Nothing raises, nothing hangs, nothing grows; the calls that the garbage is not about live on and are heard;
afterwards the whole trunk can be filled, and everything is idle again.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from trunkbench import Bench, Cause, all_of
from trunkbench.call import Call
from trunkbench.device import LineFault
from trunkbench.hearing import misheard
from trunkbench.span import SpanEnd
from trunkbench.timeline import FrameEntry
from trunkwire.lapd import State
from trunkwire.ticks import SECOND, ticks

MakeBench = Callable[..., Bench]
UP = 5
D_SLOT = 16
LAPD_HEADER = 4
QUICK = '[timers]\nT200 = "200ms"\nT203 = "500ms"\nN200 = 2\nT309 = "1s"\n'
"""Timers that notice a lost link within two seconds, so that little of the line has to be rendered."""


def calls_up(bench: Bench, n: int = UP) -> list[Call]:
    bench.far.number("300").answers()
    calls = bench.near.dial_many("300", n)
    bench.run_until(all_of(call.active for call in calls), within="5s")
    bench.run_for("200ms")
    return calls


def spans(bench: Bench) -> list[SpanEnd]:
    return [*bench.near.spans, *bench.far.spans]


def recorded(bench: Bench, first_entry: int = 0) -> list[bytes]:
    return [entry.data for entry in bench.timeline.entries[first_entry:] if isinstance(entry, FrameEntry)]


def harmed(draw: random.Random, data: bytes) -> bytes:
    """Truncated, bit-flipped, lengthened somewhere inside, or replaced by noise."""
    kind = draw.choice(("cut", "flip", "insert", "noise"))
    if kind == "cut":
        return data[: draw.randrange(1, len(data) + 1)]
    if kind == "noise":
        return draw.randbytes(draw.randint(1, 80))
    at = draw.randrange(len(data))
    if kind == "insert":
        return data[:at] + draw.randbytes(draw.randint(1, 8)) + data[at:]
    flipped = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        flipped[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(flipped)


def all_is_well(bench: Bench, calls: list[Call]) -> None:
    """The calls live and are heard, the trunk can be filled, and everything is idle afterwards."""
    assert all(call.active for call in calls), bench.who_is_where()
    rest = bench.near.dial_many("300", 30 - len(calls))
    bench.run_until(all_of(call.active for call in (*calls, *rest)), within="10s")
    start = bench.pump.now
    bench.run_for("500ms")
    assert misheard([*calls, *rest], start, bench.pump.now) == []
    assert bench.audit() == []
    assert all(end.control.armed_timers() == () for end in spans(bench))


def talk_of_another_call(bench: Bench) -> list[bytes]:
    """Every Q.931 message of a call that is set up, refused, announced in-band and cleared; both ways."""
    first = len(bench.timeline.entries)
    bench.far.number("200").busy(tone=True)
    for called in ("300", "200", "999"):
        call = bench.near.dial(called)
        bench.run_for("300ms")
        call.hang_up()
        bench.run_for("300ms")
    messages = [data[LAPD_HEADER:] for data in recorded(bench, first) if len(data) > LAPD_HEADER]
    assert len(messages) >= 15
    return messages


@pytest.mark.parametrize("seed", range(6))
def test_garbage_in_q931_messages(make_bench: MakeBench, seed: int) -> None:
    draw = random.Random(seed)
    bench = make_bench()
    calls = calls_up(bench)
    kept = {call.q931.reference for call in calls if call.q931 is not None}
    corpus = talk_of_another_call(bench)
    sent = 0
    while sent < 150:
        data = harmed(draw, draw.choice(corpus))
        if len(data) > 3 and int.from_bytes(data[2:4], "big") & 0x7FFF in kept | {0}:
            continue  # it would be about one of the calls that are to live on, or about all of them
        end = draw.choice(spans(bench))
        end.link.send(data, bench.pump.now)
        end.drain()
        sent += 1
        bench.run_for(draw.choice((0, 0.002, 0.05)))
    bench.run_for("10s")
    for end in spans(bench):
        assert end.link.state is State.MULTIPLE_FRAME_ESTABLISHED
        assert len(end.control.calls) < UP + 20, "references that nobody answers for are given up"
        assert end.in_service
    all_is_well(bench, calls)


def test_calls_with_unknown_references_leave_no_trace(make_bench: MakeBench) -> None:
    bench = make_bench()
    calls = calls_up(bench)
    before = [(len(end.control.calls), end.control.armed_timers()) for end in spans(bench)]
    for reference in range(0x100, 0x100 + 60):
        for message_type in (0x45, 0x4D, 0x07, 0x7B, 0x75, 0x33):
            for end in spans(bench):
                end.link.send(
                    b"\x08\x02" + reference.to_bytes(2, "big") + bytes((message_type,)), bench.pump.now
                )
                end.drain()
        bench.run_for("150ms")
    bench.run_for("10s")
    assert [(len(end.control.calls), end.control.armed_timers()) for end in spans(bench)] == before
    all_is_well(bench, calls)


@pytest.mark.parametrize("seed", range(6))
def test_garbage_in_lapd_frames(make_bench: MakeBench, seed: int) -> None:
    """The link may be reset (Q.921 5.7) and come up again; active calls live on (Q.931 5.8.8)."""
    draw = random.Random(seed)
    bench = make_bench()
    calls = calls_up(bench)
    corpus = [data[:LAPD_HEADER] for data in recorded(bench)]
    for _ in range(150):
        kind = draw.choice(("address", "control", "truncated", "information", "unnumbered"))
        frame = bytearray(draw.choice(corpus))
        if kind == "address":
            frame[:2] = draw.randbytes(2)
        elif kind == "control":
            frame[2:4] = draw.randbytes(2)
        elif kind == "truncated":
            frame = frame[:3]
        elif kind == "information":  # not Q.931, and perhaps out of sequence
            frame += bytes((draw.randrange(0x10, 0x100),)) + draw.randbytes(draw.randint(0, 300))
        else:
            frame[2:] = bytes((draw.choice((0x6F, 0x7F, 0x43, 0x53, 0x63, 0x73, 0x0F, 0x1F, 0x87, 0x03)),))
        end = draw.choice(spans(bench))
        end.port.send(D_SLOT, bytes(frame))
        bench.run_for(draw.choice((0, 0.002, 0.05)))
    bench.run_for("15s")
    all_is_well(bench, calls)


@pytest.mark.parametrize(("rate", "seed"), [(10, 1), pytest.param(300, 2, marks=pytest.mark.long), (3000, 3)])
def test_line_bits_at_random(make_bench: MakeBench, rate: int, seed: int) -> None:
    """Errors in a million, in both directions, on every timeslot; calls are made in the middle of it."""
    bench = make_bench()
    calls = calls_up(bench)
    wire = bench.trunk.wires[0]
    for port in (wire.near, wire.far):
        port.insert(LineFault("bit-error-rate", bench.pump.now + 1, SECOND // 2, None, (rate, seed)))
    for _ in range(4):
        call = bench.near.dial("300")
        bench.run_for("125ms")
        call.hang_up()
    bench.run_for("4s")
    all_is_well(bench, calls)


@pytest.mark.long
def test_bits_of_the_d_channel(make_bench: MakeBench) -> None:
    """Bursts that hit frames and flags of the D channel: each is recovered, and every call comes about."""
    draw = random.Random(7)
    bench = make_bench()
    calls = calls_up(bench)
    wire = bench.trunk.wires[0]
    made = []
    for _ in range(8):
        positions = tuple(sorted({draw.randrange(ticks("30ms")) for _ in range(draw.randint(1, 60))}))
        port = draw.choice((wire.near, wire.far))
        port.insert(LineFault("bit-errors", bench.pump.now + 1, ticks("30ms"), D_SLOT, positions))
        made.append(bench.near.dial("300"))
        bench.run_until(made[-1].active, within="5s")
    bad = [entry for entry in bench.timeline.entries if "bad frame" in str(entry)]
    assert len(bad) >= 4, "the bursts did hit"
    all_is_well(bench, [*calls, *made])


def test_a_line_that_is_cut_for_two_seconds_loses_no_call(make_bench: MakeBench) -> None:
    bench = make_bench()
    calls = calls_up(bench)
    for port in (bench.trunk.wires[0].near, bench.trunk.wires[0].far):
        port.insert(LineFault("cut", bench.pump.now + 1, 2 * SECOND))
    waiting = bench.near.dial("300")
    bench.run_for("1s")
    noted = [str(entry) for entry in bench.timeline.entries]
    assert any("LOS on" in entry for entry in noted)
    assert not waiting.active
    bench.run_until(waiting.active, within="10s")
    assert any("LOS off" in str(entry) for entry in bench.timeline.entries)
    all_is_well(bench, [*calls, waiting])


@pytest.mark.long
def test_a_line_that_stays_cut_ends_the_calls_and_comes_back(make_bench: MakeBench) -> None:
    """The data link fails after N200 × T200 (Q.921 5.6.7); T309 then ends active calls (Q.931 5.8.9)."""
    bench = make_bench(more=QUICK)
    calls = calls_up(bench)
    for port in (bench.trunk.wires[0].near, bench.trunk.wires[0].far):
        port.insert(LineFault("cut", bench.pump.now + 1, 3 * SECOND))
    bench.run_until(all_of(call.cleared for call in (*calls, *bench.far.calls)), within="3s")
    lasted = bench.pump.now - (calls[0].active_at or 0)
    assert lasted > ticks("500ms") + 3 * ticks("200ms") + ticks("1s"), "T203, N200 + 1 times T200, T309"
    assert {call.outcome.cause for call in calls} == {Cause.DESTINATION_OUT_OF_ORDER}
    assert {call.outcome.cleared_by for call in calls} == {"near"}
    refused = bench.near.dial("300")
    assert refused.outcome.cause is Cause.NO_CIRCUIT, "no span is in service"
    assert not any(end.in_service for end in spans(bench))
    bench.run_for("3s")
    assert all(end.in_service for end in spans(bench))
    all_is_well(bench, [])


@pytest.mark.long
@pytest.mark.parametrize(
    "fault",
    ["bit-errors", pytest.param("bit-error-rate", marks=pytest.mark.long), "cut", "slot-cross", "frames"],
)
def test_both_depths_agree_about_a_faulty_line(make_bench: MakeBench, fault: str) -> None:
    told = []
    for depth in ("event", "bits"):
        bench = make_bench(depth=depth)
        calls = calls_up(bench)
        now, wire = bench.pump.now, bench.trunk.wires[0]
        if fault == "bit-errors":
            wire.near.insert(LineFault(fault, now + 9, 640, D_SLOT, (3, 77, 300, 301, 639)))
            wire.far.insert(LineFault(fault, now + SECOND, 8, None, (128 + 3, 8 * 256 + 129)))
        elif fault == "bit-error-rate":
            wire.far.insert(LineFault(fault, now + 5, SECOND, None, (2000, 5)))
        elif fault == "cut":
            wire.far.insert(LineFault(fault, now + 5, SECOND // 2))
        elif fault == "slot-cross":
            wire.far.insert(LineFault(fault, now + 5, SECOND // 2, None, (1, D_SLOT)))
        else:
            wire.near.insert(LineFault("frame-drop", now + 1, SECOND, D_SLOT, (1, 4)))
            wire.far.insert(LineFault("frame-corrupt", now + 1, SECOND, D_SLOT, (2, 40)))
        new = bench.near.dial("300")
        bench.run_until(new.active, within="10s")
        bench.run_for("1s")
        told.append((bench.digest(), bench.now, new.active_at, misheard(calls, now, bench.pump.now)))
        assert bench.audit() == []
    assert told[0] == told[1]


@pytest.mark.long
@pytest.mark.parametrize("n", [2, 4])
def test_several_spans_at_once(make_bench: MakeBench, n: int) -> None:
    more = "".join(f'[[span]]\nname = "span{index}"\n' for index in range(2, n + 1))
    bench = make_bench(more=more)
    bench.far.number("300").answers(after="1s")
    bench.near.number("400").answers(after="1s")
    up = bench.near.dial_many("300", 15 * n)
    bench.run_until(all_of(call.active for call in up), within="10s")
    up += bench.far.dial_many("400", 15 * n)
    bench.run_until(all_of(call.active for call in up), within="10s")
    start = bench.pump.now
    assert bench.near.dial("300").outcome.cause is Cause.NO_CIRCUIT
    bench.run_for("300ms")
    assert misheard([*up, *bench.near.calls[15 * n : 30 * n]], start, bench.pump.now) == []
    taken = {(call.span.name.split()[0], call.channel) for call in up if call.span is not None}
    assert len(taken) == 30 * n
    bench.hang_up_all()
    bench.run_until(all_of(call.cleared for call in up), within="10s")
    assert bench.audit() == []


@pytest.mark.long
def test_one_span_down_leaves_the_other_to_carry_on(make_bench: MakeBench) -> None:
    bench = make_bench(more='[[span]]\nname = "span2"\n' + QUICK)
    calls = calls_up(bench, 40)
    wire = bench.trunk.wires[0]
    for port in (wire.near, wire.far):
        port.insert(LineFault("cut", bench.pump.now + 1, 3 * SECOND))
    bench.run_for("2900ms")
    alive = [call for call in calls if call.active]
    assert {call.span.name for call in alive if call.span is not None} == {"span2 near (network side)"}
    assert len(alive) == 10
    fresh = bench.near.dial("300")
    bench.run_until(fresh.active, within="2s")
    assert fresh.span is bench.near.spans[1]
    bench.run_for("3s")
    assert bench.audit() == []
