"""The tests are tested: a faulty far end or line fails the scenario about it, for the reason named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from trunkbench import Bench, Cause
from trunkbench.config import load_config
from trunkbench.device import LineFault
from trunkbench.numbers import Plan
from trunkbench.scenarios import SCENARIOS, Result
from trunkbench.scenarios.full_house import FULL_HOUSE
from trunkbench.scenarios.runner import play
from trunkwire.q931.message import parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Timer
from trunkwire.ticks import SECOND
from trunkwire.tones import BUSY, RINGBACK, ToneSpec

Prepare = Callable[[Bench], None]
CALL_FAILED, TARGET_NOT_REACHED, MEDIA_FAILED = 1, 3, 4


def run(name: str, prepare: Prepare) -> Result:
    return play(SCENARIOS.get(name, FULL_HOUSE), load_config(), prepare=prepare)


def line_fault(
    kind: str, *, slot: int | None = None, args: tuple[int, ...] = (), near: bool = False
) -> Prepare:
    def prepare(bench: Bench) -> None:
        wire = bench.trunk.wires[0]
        fault = LineFault(kind, bench.pump.now + 1, 3600 * SECOND, slot, args)
        (wire.near if near else wire.far).insert(fault)

    return prepare


def plan(change: Callable[[Plan], Plan]) -> Prepare:
    """The far end does something else than it was told with every call that it should refuse."""

    def prepare(bench: Bench) -> None:
        bench.far.answering.tamper = change

    return prepare


def in_band(**changes: object) -> Callable[[Plan], Plan]:
    def change(plan: Plan) -> Plan:
        return replace(plan, **changes) if plan.in_band else plan  # type: ignore[arg-type]

    return change


@pytest.mark.parametrize("near", [True, False], ids=["towards far", "towards near"])
def test_channels_crossed_at_bit_level(near: bool) -> None:
    result = run("thirty-calls", line_fault("slot-cross", args=(5, 17), near=near))
    assert (result.verdict, result.exit_code) == ("failed", MEDIA_FAILED)
    sender = "near" if near else "far"
    assert f"on channel 5: crossed: it hears {sender} end, span 0, channel 17" in result.reason
    assert f"on channel 17: crossed: it hears {sender} end, span 0, channel 5" in result.reason
    assert "on channel 6" not in result.reason


@pytest.mark.parametrize("near", [True, False], ids=["towards far", "towards near"])
def test_a_channel_that_is_dead_one_way(near: bool) -> None:
    result = run("full-house", line_fault("slot-dead", slot=9, near=near))
    assert (result.verdict, result.exit_code) == ("failed", MEDIA_FAILED)
    assert f"on channel 9: dead from the {'near' if near else 'far'} end" in result.reason
    assert result.reason.count("on channel") == 1


def test_busy_without_tone() -> None:
    result = run("busy-tone", plan(in_band(sound=None)))
    assert (result.verdict, result.exit_code) == ("failed", MEDIA_FAILED)
    assert "no tone yet" in result.reason
    assert "in-band information was announced" in result.reason
    assert "the channel is silent" in result.reason


def test_a_busy_tone_of_another_country() -> None:
    result = run("busy-tone", plan(in_band(sound=ToneSpec.parse("425/500,0/500"))))
    assert (result.verdict, result.exit_code) == ("failed", MEDIA_FAILED)
    assert re.search(r"hears unknown tone \(425 Hz, (49|50)\d/(49|50)\d ms.* instead of busy", result.reason)


def test_ringback_instead_of_busy() -> None:
    result = run("busy-tone", plan(in_band(sound=RINGBACK)))
    assert (result.verdict, result.exit_code) == ("failed", MEDIA_FAILED)
    assert "hears ringback" in result.reason
    assert "cause 17 (user busy), but the line gives ringback" in result.reason


def test_cause_16_with_busy_tone() -> None:
    result = run("busy-tone", plan(in_band(cause=Cause.NORMAL_CLEARING, sound=BUSY)))
    assert (result.verdict, result.exit_code) == ("failed", CALL_FAILED)
    assert "cause 16" in result.reason
    contradiction = [check for check in result.checks if "agree" in check.text and not check.held]
    assert "a busy user is cause 17" in contradiction[0].detail


def _swallow_release_complete(bench: Bench) -> None:
    link = bench.far.spans[0].link
    send = link.send

    def sieve(data: bytes, now: int) -> None:
        if parse(data).type != MessageType.RELEASE_COMPLETE:
            send(data, now)

    link.send = sieve  # type: ignore[method-assign]


def test_no_release_complete() -> None:
    def prepare(bench: Bench) -> None:
        _swallow_release_complete(bench)

    result = run("busy-tone", prepare)
    assert result.verdict == "failed"
    assert "channel 1 is maintenance" in result.reason


def test_a_leaked_channel_shortens_the_trunk() -> None:
    def prepare(bench: Bench) -> None:
        bench.far.spans[0].control.channels.seize(7, object())

    result = run("thirty-calls", prepare)
    assert (result.verdict, result.exit_code) == ("failed", TARGET_NOT_REACHED)
    assert "29 of 30" in result.reason
    assert "cause 44" in result.reason
    idle = [check for check in result.checks if "idle" in check.text and not check.held]
    assert "channel 7 is in use" in idle[0].detail


def test_a_channel_that_leaks_after_its_call() -> None:
    def prepare(bench: Bench) -> None:
        channels = bench.far.spans[0].control.channels
        free = channels.free

        def leak(number: int, owner: object) -> None:
            if number != 2:
                free(number, owner)

        channels.free = leak  # type: ignore[method-assign]

    result = run("full-house", prepare)
    assert (result.verdict, result.exit_code) == ("failed", CALL_FAILED)
    assert "far" in result.reason
    assert "channel 2 is in use" in result.reason


def test_a_timer_left_armed() -> None:
    def prepare(bench: Bench) -> None:
        control = bench.far.spans[0].control
        stop_all = control.timers.stop_all

        def forget_one(owner: object) -> None:
            armed = getattr(owner, "armed", {})
            if getattr(owner, "reference", 0) != 1:
                stop_all(owner)  # type: ignore[arg-type]
            elif not armed:
                control.timers.start(Timer.T301, owner, control.now)  # type: ignore[arg-type]

        control.timers.stop_all = forget_one  # type: ignore[method-assign]

    result = run("busy-tone", prepare)
    assert (result.verdict, result.exit_code) == ("failed", CALL_FAILED)
    assert "T301" in result.reason
    assert "is running" in result.reason


def test_without_a_fault_nothing_fails() -> None:
    for name in ("busy-tone", "full-house"):
        assert run(name, lambda bench: None).verdict == "passed"
