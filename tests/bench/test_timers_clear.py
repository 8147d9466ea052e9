"""When a timer of call control ends a call, the caller knows at once, and hears it."""

from __future__ import annotations

from collections.abc import Callable

from trunkbench import Bench, Cause
from trunkbench.call import Phase
from trunkbench.device import LineFault
from trunkwire.ticks import SECOND
from trunkwire.tones import BUSY


def test_t310_ends_the_call_at_once_though_the_far_end_is_mute(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(more='\n[timers]\nT310 = "3s"\n')
    bench.far.number("300").disconnects(Cause.USER_BUSY, after="60s")
    call = bench.near.dial("300")
    bench.run_for("1s")
    assert call.phase is Phase.PROCEEDING
    bench.trunk.wires[0].far.insert(LineFault("cut", bench.pump.now + 1, 3 * SECOND))
    bench.run_until(call.ended, within="3s")
    assert bench.now <= 3 * SECOND + SECOND // 10, "T310, not T305 and T308 after it"
    assert (call.outcome.cause, call.outcome.decided_by) == (Cause.NO_USER_RESPONDING, "near")
    assert call.cleared_at is None
    bench.run_until(call.hears(BUSY), within="3s")
    assert call.outcome.result == "no-answer"


def test_t301_ends_a_call_that_nobody_answers(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(more='\n[timers]\nT301 = "5s"\n')
    bench.far.number("300").never_answers()
    call = bench.near.dial("300")
    bench.run_until(call.ended, within="6s")
    assert (call.outcome.cause, call.outcome.cleared_by) == (Cause.NO_ANSWER, "near")
    bench.run_until(call.hears(BUSY), within="3s")
