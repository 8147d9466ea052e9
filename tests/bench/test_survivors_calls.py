"""What a bench refuses and what it does at once: hold and retrieve out of turn, service and restart, slips,
latencies, and a far end that is made to misbehave.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from trunkbench import Bench
from trunkbench.call import Call
from trunkbench.config import BenchConfig
from trunkbench.errors import NotOnThisBench, UsageError
from trunkbench.latency import STRIDE, WINDOW, Latency, onset
from trunkbench.misbehaviour import MISBEHAVIOURS
from trunkbench.scenarios import SCENARIOS, glare
from trunkbench.scenarios.runner import play
from trunkbench.slips import period, rate
from trunkbench.timeline import CallEntry, FrameEntry
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import CauseIE
from trunkwire.q931.message import Message, build, parse
from trunkwire.q931.messages import MessageType
from trunkwire.ticks import SECOND

MakeBench = Callable[..., Bench]
NI2 = 'kind = "t1"\nswitch = "ni2"\n'


def talking(bench: Bench) -> Call:
    bench.far.number("300").answers()
    call = bench.near.dial("300")
    bench.run_until(call.active, within="5s")
    return call


# -- hold and retrieve -------------------------------------------------------------------------------------


def test_a_call_is_held_only_while_it_is_active(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("300").never_answers()
    ringing = bench.near.dial("300")
    bench.run_for("1s")
    with pytest.raises(UsageError, match="only an active call can be put on hold"):
        ringing.hold()
    with pytest.raises(UsageError, match="only a held call can be retrieved"):
        ringing.retrieve()
    ringing.hang_up()
    bench.run_until(ringing.cleared, within="5s")
    with pytest.raises(UsageError, match="only an active call can be put on hold"):
        ringing.hold()


def test_a_held_call_is_not_held_again_and_an_active_one_not_retrieved(make_bench: MakeBench) -> None:
    bench = make_bench()
    call = talking(bench)
    with pytest.raises(UsageError, match="only a held call can be retrieved"):
        call.retrieve()
    call.hold()
    bench.run_until(call.held, within="5s")
    with pytest.raises(UsageError, match="only an active call can be put on hold"):
        call.hold()
    call.retrieve()
    bench.run_until(call.active, within="5s")
    assert call.retrieved_at is not None


@pytest.mark.parametrize("verb", ["hold", "retrieve"])
def test_nothing_is_asked_of_a_bench_that_is_closed(make_bench: MakeBench, verb: str) -> None:
    bench = make_bench()
    call = talking(bench)
    bench.close()
    with pytest.raises(UsageError, match="closed"):
        getattr(call, verb)()


def test_a_refusal_is_in_the_timeline_with_its_cause_and_forgotten_with_the_next(
    make_bench: MakeBench,
) -> None:
    bench = make_bench()
    call = talking(bench)
    far = bench.far.spans[0].control
    acknowledge = far.hold_acknowledge
    far.hold_acknowledge = lambda call, now, **_: far.hold_reject(call, 29, now)  # type: ignore[method-assign]
    call.hold()
    bench.run_for("1s")
    assert call.refused_with == 29
    refused = [
        entry
        for entry in bench.timeline.entries
        if isinstance(entry, CallEntry) and entry.what == "hold rejected"
    ]
    assert [dict(entry.details).get("cause") for entry in refused] == [29]
    far.hold_acknowledge = acknowledge  # type: ignore[method-assign]
    call.hold()
    assert call.refused_with is None
    bench.run_until(call.held, within="5s")
    call.refused_with = 29
    call.retrieve()
    assert call.refused_with is None


# -- restart and service -----------------------------------------------------------------------------------


def sent_now(bench: Bench) -> list[MessageType | int]:
    return [
        entry.data[8]
        for entry in bench.timeline.entries
        if isinstance(entry, FrameEntry) and entry.out and entry.at == bench.pump.now
    ]


@pytest.mark.parametrize(
    ("ask", "types"),
    [
        (lambda bench: bench.near.restart([1]), [MessageType.RESTART]),
        (lambda bench: bench.near.service([1], "maintenance"), [7]),
    ],
    ids=["restart", "service"],
)
def test_what_is_asked_of_a_trunk_goes_out_at_once(
    make_bench: MakeBench, ask: Callable[[Bench], None], types: list[int]
) -> None:
    bench = make_bench(span=NI2)
    bench.run_for("1s")
    ask(bench)
    assert sent_now(bench) == types


def test_service_names_what_there_is_not(make_bench: MakeBench) -> None:
    bench = make_bench(span=NI2)
    with pytest.raises(UsageError, match="service 'broken': choose in-service, maintenance, out-of-service"):
        bench.near.service([1], cast(Any, "broken"))
    with pytest.raises(NotOnThisBench, match=r"span1: EuroISDN.* has no SERVICE messages"):
        make_bench().near.service([1], "maintenance")


# -- rejecting ---------------------------------------------------------------------------------------------


def test_who_rejects_has_hung_up(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("300").rejects(Cause.CALL_REJECTED)
    call = bench.near.dial("300")
    bench.run_until(call.ended, within="5s")
    (theirs,) = bench.far.calls
    assert theirs.hung_up_at == theirs.ended_at is not None


# -- latency and slips -------------------------------------------------------------------------------------


def test_only_what_was_measured_is_told() -> None:
    assert [line.partition(":")[0] for line in Latency(audio=(SECOND,)).lines()] == ["audio, there and back"]
    assert [line.partition(",")[0] for line in Latency(d_channel=(SECOND,)).lines()] == ["D channel"]
    assert Latency().lines() == []


def test_a_tone_begins_where_a_whole_window_of_it_does() -> None:
    tone = bytes(range(1, 200)) * 2
    window = tone[:WINDOW]
    assert len(window) == WINDOW
    assert onset(window, tone) == 0
    assert onset(bytes(STRIDE) + window, tone) == STRIDE
    assert onset(bytes(STRIDE) + window[:-1], tone) is None
    assert onset(bytes(STRIDE + 3) + window + tone[WINDOW : WINDOW + STRIDE], tone) == STRIDE + 3


def test_one_slip_is_singular_and_the_limit_is_steady_still() -> None:
    assert rate([SECOND]) == "1 slip at irregular times"
    assert rate([SECOND, 2 * SECOND]) == "2 slips at irregular times"
    steady = [0, 75, 175, 275, 400]
    assert period(steady) == 100
    assert period([*steady[:-1], 401]) is None


# -- a far end that misbehaves -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_only_a_far_end_of_ours_can_be_made_to_misbehave(name: str) -> None:
    bench = SimpleNamespace(far=SimpleNamespace(spans=(), answering=SimpleNamespace(tamper=None)))
    with pytest.raises(NotOnThisBench, match="the far end is not ours"):
        MISBEHAVIOURS[name](cast(Bench, bench))
    assert bench.far.answering.tamper is None


def test_busy_alone_becomes_16(make_bench: MakeBench) -> None:
    bench = make_bench()
    MISBEHAVIOURS["busy-as-16"](bench)
    (end,) = bench.far.spans
    speak = end.spoken
    assert speak is not None
    spoken = [
        parse(speak(build(Message(1, MessageType.DISCONNECT, (CauseIE(value=cause),)))))
        for cause in (Cause.USER_BUSY, Cause.CALL_REJECTED)
    ]
    causes = [message.get(CauseIE) for message in spoken]
    assert [cause and cause.value for cause in causes] == [Cause.NORMAL_CLEARING, Cause.CALL_REJECTED]


# -- what a scenario calls right ---------------------------------------------------------------------------


class Notes:
    """A stage that keeps what is checked."""

    def __init__(self) -> None:
        self.held: list[bool] = []

    def check(self, held: bool, text: str, **_: object) -> None:
        self.held.append(held)


@pytest.mark.parametrize(
    ("channels", "held"), [((3, 4), True), ((3, 3), False), ((1, 4), False), ((3, None), False)]
)
def test_calls_that_glare_has_moved_have_channels_of_their_own(
    channels: tuple[int | None, ...], held: bool
) -> None:
    notes = Notes()
    calls = [SimpleNamespace(active=channel, channel=channel, where=str) for channel in channels]
    glare._moved(cast(Any, notes), "", cast(Any, calls), {1, 2})
    assert notes.held == [held]


def test_a_trunk_of_one_channel_has_glare_without_moves(make_config: Callable[..., BenchConfig]) -> None:
    result = play(SCENARIOS["glare"], make_config(span="b_channels = [1]"))
    assert result.verdict == "passed", result.reason
    assert {check.text.partition(":")[0] for check in result.checks if "channel" in check.text} >= {
        "one channel, exclusive"
    }
    assert not [check.text for check in result.checks if "preferred" in check.text]
