"""Conditions: when they came true, why they no longer can, when to look again; and how waits use them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkbench import Bench, CallFailed, Condition, all_of, any_of
from trunkbench.conditions import Elapsed, When
from trunkwire.ticks import MILLISECOND, SECOND, Tick

MakeBench = Callable[..., Bench]


class Part:
    """A condition that does what it is told."""

    def __init__(
        self, name: str, since: Tick | None = None, *, reason: str | None = None, look: Tick | None = None
    ) -> None:
        self.name = name
        self.since = since
        self.reason = reason
        self.look = look
        self.asked = 0

    def check(self, upto: Tick) -> Tick | None:
        """`since`, once it is there."""
        self.asked += 1
        return self.since if self.since is not None and self.since <= upto else None

    def failed(self) -> str | None:
        """`reason`."""
        return self.reason

    def describe(self) -> str:
        """`name`."""
        return self.name

    def next_look(self, now: Tick) -> Tick | None:
        """`look`."""
        return self.look


def test_all_holds_since_the_last_of_its_parts() -> None:
    parts = [Part("a", 30), Part("b", 10), Part("c", 20)]
    condition = all_of(parts)
    assert [condition.check(upto) for upto in (29, 30, 99)] == [None, 30, 30]
    parts[1].since = None
    assert condition.check(99) is None, "a part may cease to hold"


def test_all_asks_one_missing_part_a_step_and_not_all_of_them() -> None:
    parts = [Part(str(n), 0) for n in range(20)]
    parts[13].since = None
    condition = all_of(parts)
    assert condition.check(5) is None
    before = sum(part.asked for part in parts)
    assert condition.check(5) is None
    assert sum(part.asked for part in parts) == before + 1


def test_all_fails_with_the_first_part_that_can_no_longer_hold() -> None:
    assert (
        all_of([Part("a"), Part("b", reason="b is over"), Part("c", reason="c too")]).failed() == "b is over"
    )
    assert all_of([Part("a"), Part("b")]).failed() is None
    assert all_of([Part("a"), Part("b", 5, reason="b holds already")]).failed() is None


def test_all_says_what_is_missing_and_shortens_a_long_list() -> None:
    assert all_of([Part("only")]).describe() == "only"
    assert all_of([Part("a", 1), Part("b"), Part("c")]).describe() == "all of 3 (missing: b, c)"
    assert all_of([Part("a", 1), Part("b", 2)]).describe() == "all of 2"
    many = all_of([Part(str(n)) for n in range(7)])
    assert many.describe() == "all of 7 (missing: 0, 1, 2, 3 and 3 more)"


def test_any_holds_since_the_first_of_its_parts() -> None:
    condition = any_of([Part("a", 30), Part("b"), Part("c", 20)])
    assert [condition.check(upto) for upto in (19, 20, 30)] == [None, 20, 20]
    assert condition.describe() == "any of: a, b, c"


def test_any_fails_when_every_part_has() -> None:
    assert any_of([Part("a", reason="x"), Part("b")]).failed() is None
    assert any_of([Part("a", reason="x"), Part("b", reason="y")]).failed() == "x; y"


@pytest.mark.parametrize("make", [all_of, any_of])
def test_the_next_look_is_the_earliest_of_the_parts(make: Callable[[list[Part]], Condition]) -> None:
    assert make([Part("a"), Part("b", look=30), Part("c", look=20)]).next_look(5) == 20
    assert make([Part("a"), Part("b")]).next_look(5) is None


@pytest.mark.parametrize("make", [all_of, any_of])
def test_of_nothing_is_a_mistake(make: Callable[[list[Part]], Condition]) -> None:
    with pytest.raises(ValueError, match="of nothing"):
        make([])


def test_generators_are_taken_once() -> None:
    assert all_of(Part(str(n), n) for n in range(3)).check(9) == 2
    assert any_of(Part(str(n), n + 1) for n in range(3)).check(9) == 1


def test_elapsed_is_a_moment() -> None:
    moment = Elapsed(SECOND)
    assert [moment.check(tick) for tick in (SECOND - 1, SECOND, 2 * SECOND)] == [None, SECOND, SECOND]
    assert (moment.failed(), moment.next_look(0)) == (None, SECOND)
    assert moment.describe() == "1.000 s of line time"


def test_when_is_a_truth_and_a_condition() -> None:
    since: list[Tick | None] = [None]
    when = When("x active", lambda: since[0], lambda: "never")
    assert not when
    assert isinstance(when, Condition)
    assert repr(when) == "<x active: False>"
    since[0] = 7
    assert when
    assert [when.check(6), when.check(7)] == [None, 7]
    assert (when.failed(), when.next_look(0), when.describe()) == ("never", None, "x active")


def test_a_wait_stops_at_the_very_tick(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("300").answers(after="2s")
    call = bench.near.dial("300")
    bench.run_until(call.active, within="10s")
    assert call.active_at == bench.pump.now
    bench.run_until(call.active, within="0s")
    assert call.active_at == bench.pump.now, "what holds already takes no time"


def test_within_includes_its_last_tick_and_the_config_s_slack(make_bench: MakeBench) -> None:
    bench = make_bench()
    start = bench.pump.now
    bench.run_until(Part("in time", start + SECOND, look=start + SECOND), within="1s")
    with pytest.raises(CallFailed, match=r"too late: not within 1s \(at 2\.000 s of line time\)"):
        bench.run_until(Part("too late", start + 2 * SECOND + 1), within="1s")
    assert bench.now == 2 * SECOND
    patient = make_bench(more='[timing]\nslack = "30ms"')
    start = patient.pump.now
    at = start + SECOND + 30 * MILLISECOND
    patient.run_until(Part("within the slack", at, look=at), within="1s")
    with pytest.raises(CallFailed, match="not within 1s"):
        patient.run_until(Part("never"), within="1s")
    assert patient.pump.now - at == SECOND + 30 * MILLISECOND


def test_a_wait_looks_again_when_the_condition_asks_for_it(make_bench: MakeBench) -> None:
    bench = make_bench()
    part = Part("seen", bench.pump.now + 777, look=bench.pump.now + 777)
    bench.run_until(part, within="5s")
    assert bench.now == 777


def test_an_impossible_wait_ends_at_once_without_time_passing(make_bench: MakeBench) -> None:
    bench = make_bench()
    with pytest.raises(CallFailed, match=r"hopeless: it is gone \(at 0\.000 s of line time\)\n  no calls"):
        bench.run_until(Part("hopeless", reason="it is gone"), within="60s")
    assert bench.now == 0
