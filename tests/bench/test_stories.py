"""Stories: they go on side by side in a fixed order, see the very tick, and one that fails ends all."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator

import pytest

from trunkbench import Bench, CallFailed, Cause, all_of
from trunkbench.call import Call
from trunkbench.conditions import When
from trunkbench.errors import UsageError
from trunkwire.ticks import SECOND, Tick
from trunkwire.tones import BUSY

MakeBench = Callable[..., Bench]


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    """A bench whose number 300 answers after a second."""
    bench = make_bench()
    bench.far.number("300").answers(after="1s")
    return bench


class Flag:
    """Something that one story raises and another waits for."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.at: Tick | None = None
        self.up = When("flag up", lambda: self.at, lambda: None)

    def put_up(self) -> None:
        """Now."""
        self.at = self.bench.pump.now


async def customer(bench: Bench, wait: str, talk: str) -> tuple[Call, Tick]:
    """Wait, dial, talk, hang up; the call, and when it was over."""
    await bench.sleep(wait)
    call = bench.near.dial("300")
    await bench.until(call.active, within="5s")
    await bench.sleep(talk)
    call.hang_up()
    await bench.until(call.cleared, within="5s")
    return call, bench.now


def test_stories_go_on_side_by_side_and_return_in_their_order(bench: Bench) -> None:
    told = bench.run(
        customer(bench, "3s", "1s"), customer(bench, "0s", "10s"), customer(bench, "1s", "500ms")
    )
    calls = [call for call, _ in told]
    assert [call.index for call in calls] == [3, 1, 2], "each dialled in its turn"
    over = [round(at / SECOND, 1) for _, at in told]
    assert over == [5.0, 11.0, 2.5]
    assert bench.now == told[1][1], "it ends with the last of them"
    assert bench.audit() == []


def test_no_story_at_all_is_over_at_once(bench: Bench) -> None:
    assert bench.run() == []
    assert bench.now == 0


def test_sleepers_wake_by_their_moment_and_then_by_the_order_of_waiting(bench: Bench) -> None:
    told: list[str] = []

    async def sleeper(name: str, *naps: str) -> None:
        for nap in naps:
            await bench.sleep(nap)
            told.append(f"{name} {bench.now / SECOND:g}")

    bench.run(sleeper("a", "2s", "1s"), sleeper("b", "1s", "1s"), sleeper("c", "500ms", "2500ms"))
    assert told == ["c 0.5", "b 1", "a 2", "b 2", "c 3", "a 3"]


def test_a_moment_comes_before_a_condition_and_conditions_in_the_order_of_waiting(bench: Bench) -> None:
    told: list[str] = []
    flag = Flag(bench)
    bench.pump.at(bench.pump.now + SECOND, flag.put_up)

    async def waiter(name: str) -> None:
        await bench.until(flag.up, within="2s")
        told.append(name)

    async def sleeper() -> None:
        await bench.sleep("1s")
        told.append("sleeper")

    bench.run(waiter("first"), waiter("second"), sleeper())
    assert told == ["sleeper", "first", "second"]


def test_what_holds_already_takes_neither_time_nor_turn(bench: Bench) -> None:
    told: list[str] = []
    flag = Flag(bench)
    flag.put_up()

    async def story(name: str) -> str:
        for _ in range(3):
            await bench.until(flag.up, within="0s")
            await bench.sleep(0)
            told.append(name)
        return name.upper()

    assert bench.run(story("a"), story("b")) == ["A", "B"]
    assert told == ["a"] * 3 + ["b"] * 3
    assert bench.now == 0


def test_what_one_story_does_lets_another_go_on_at_the_same_tick(bench: Bench) -> None:
    flag = Flag(bench)

    async def waits_first() -> Tick:
        await bench.until(flag.up, within="5s")
        return bench.now

    async def raises_it() -> None:
        await bench.sleep("1s")
        flag.put_up()

    assert bench.run(waits_first(), raises_it())[0] == SECOND


def test_what_came_true_on_the_last_tick_is_in_time_whoever_did_it(bench: Bench) -> None:
    flag = Flag(bench)

    async def waits_first() -> Tick:
        await bench.until(flag.up, within="1s")
        return bench.now

    async def raises_it(other: Call) -> None:
        await bench.until(other.active, within="5s")
        await bench.sleep(1 - bench.now / SECOND)
        flag.put_up()

    bench.far.number("301").answers()
    assert bench.run(waits_first(), raises_it(bench.near.dial("301")))[0] == SECOND


def test_the_first_error_ends_all_and_every_finally_runs(bench: Bench) -> None:
    told: list[str] = []

    async def patient(name: str) -> None:
        try:
            await bench.sleep("60s")
            told.append("never")
        finally:
            told.append(f"{name} ended")

    async def broken() -> None:
        await bench.sleep("1s")
        raise ZeroDivisionError("in a story")

    with pytest.raises(ZeroDivisionError, match="in a story"):
        bench.run(patient("a"), broken(), patient("b"))
    assert told == ["a ended", "b ended"]
    assert bench.now == SECOND


def test_an_error_before_all_have_begun_ends_those_that_have(bench: Bench) -> None:
    told: list[str] = []

    async def begun() -> None:
        try:
            await bench.sleep("1s")
        finally:
            told.append("ended")

    async def broken() -> None:
        raise KeyError("at once")

    async def never_begun() -> None:
        told.append("begun")

    with pytest.raises(KeyError, match="at once"):
        bench.run(begun(), broken(), never_begun())
    gc.collect()
    assert told == ["ended"]


def test_a_finally_that_breaks_does_not_hide_the_error_nor_keep_others_from_theirs(bench: Bench) -> None:
    told: list[str] = []

    async def clumsy() -> None:
        try:
            await bench.sleep("60s")
        finally:
            raise LookupError("lost my keys")

    async def waits_when_ended() -> None:
        try:
            await bench.sleep("60s")
        finally:
            await bench.sleep("1s")

    async def tidy() -> None:
        try:
            await bench.sleep("60s")
        finally:
            told.append("tidy")

    async def broken() -> None:
        raise ZeroDivisionError("first")

    with pytest.raises(ZeroDivisionError, match="first") as caught:
        bench.run(clumsy(), waits_when_ended(), tidy(), broken())
    assert told == ["tidy"]
    first, second = caught.value.__notes__
    assert "clumsy was ended" in first
    assert "lost my keys" in first
    assert "waits_when_ended was ended" in second


def test_a_wait_that_runs_out_names_its_story_and_line(bench: Bench) -> None:
    async def impatient() -> None:
        call = bench.near.dial("300")
        await bench.until(call.active, within="300ms")

    with pytest.raises(CallFailed) as failure:
        bench.run(impatient(), customer(bench, "0s", "1s"))
    first, *table = str(failure.value).splitlines()
    assert "impatient: near call 1 (1000 → 300) active: not within 300ms (at 0.300 s of line time)" in first
    assert len(table) == 4, "two calls, two ends"
    assert failure.traceback[-1].name in ("__await__", "impatient")
    assert "impatient" in [entry.name for entry in failure.traceback]


def test_an_impossible_wait_fails_in_its_story_at_once(bench: Bench) -> None:
    bench.far.number("200").busy()

    async def refused() -> Tick:
        call = bench.near.dial("200")
        with pytest.raises(CallFailed, match="cannot become active: it was ended by far with cause 17"):
            await bench.until(call.active, within="60s")
        await bench.until(call.hears(BUSY), within="4s")
        return bench.now

    assert bench.run(refused())[0] < 4 * SECOND


def test_a_story_may_live_on_after_a_wait_that_failed(bench: Bench) -> None:
    bench.far.number("301").never_answers()

    async def tries_again() -> str:
        first = bench.near.dial("301")
        try:
            await bench.until(first.active, within="2s")
        except CallFailed:
            first.hang_up()
        second = bench.near.dial("300")
        await bench.until(second.active, within="2s")
        return second.outcome.result

    result, (call, _) = bench.run(tries_again(), customer(bench, "0s", "5s"))
    assert result == "answered"
    assert call.outcome.cause is Cause.NORMAL_CLEARING
    assert bench.near.calls[0].outcome.result == "abandoned"


def test_both_of_two_waits_that_fail_at_one_tick_are_told(bench: Bench) -> None:
    bench.far.number("301").never_answers()

    async def gives_up(name: str) -> str:
        call = bench.near.dial("301")
        try:
            await bench.until(call.active, within="1s")
        except CallFailed:
            return f"{name} {bench.now / SECOND:g}"
        return "answered"

    assert bench.run(gives_up("a"), gives_up("b")) == ["a 1", "b 1"]


def test_only_the_bench_s_waits_can_be_awaited(bench: Bench) -> None:
    class Other:
        def __await__(self) -> Generator[int, None, None]:
            yield 7

    async def stranger() -> None:
        await Other()

    with pytest.raises(UsageError, match=r"stranger awaits 7: a story can await bench\.until"):
        bench.run(stranger())


def test_a_function_that_was_not_called_is_no_story(bench: Bench) -> None:
    async def story() -> None:
        await bench.sleep("1s")

    with pytest.raises(UsageError, match="is no story: call an `async def`"):
        bench.run(story(), story)  # type: ignore[arg-type]
    gc.collect()
    assert bench.now == 0


def test_waiting_inside_a_story_has_to_be_awaited(bench: Bench) -> None:
    async def blocks() -> None:
        bench.run_for("1s")

    async def nests() -> None:
        bench.run(blocks())

    for story in (blocks, nests):
        with pytest.raises(UsageError, match="waiting already"):
            bench.run(story())
    bench.run_for("1s")
    assert bench.now == SECOND


def test_thirty_stories_fill_the_trunk_and_leave_nothing(bench: Bench) -> None:
    async def meets(number: int) -> int | None:
        call = bench.near.dial("300")
        await bench.until(all_of([call.active, call.hears_own_channel()]), within="5s")
        await bench.sleep(f"{number}s")
        call.hang_up()
        await bench.until(call.cleared, within="5s")
        return call.channel

    channels = bench.run(*(meets(number) for number in range(30)))
    assert channels == [*range(1, 16), *range(17, 32)]
    assert bench.audit() == []


def test_somebody_may_watch_every_step(bench: Bench) -> None:
    seen: list[Tick] = []
    bench.progress = lambda watched: seen.append(watched.now)
    bench.run(customer(bench, "0s", "1s"))
    assert seen == sorted(seen)
    assert seen[-1] == bench.now
    steps = len(seen)
    bench.progress = None
    bench.run_for("1s")
    assert len(seen) == steps
