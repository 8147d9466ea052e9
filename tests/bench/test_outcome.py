"""The outcome of a call: results by cause, who decided, who cleared, contradictions, and the report's row."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkbench import Bench, Cause, Heard
from trunkbench.call import Call
from trunkbench.outcome import Result, contradictions, result_of
from trunkbench.scenarios.stage import call_row
from trunkwire.q931.callcontrol import CallState
from trunkwire.ticks import SECOND, seconds
from trunkwire.tones import BUSY, RINGBACK, ToneSpec

MakeBench = Callable[..., Bench]

SHORT = '[timers]\nT303 = "1s"\nT310 = "2s"\nT301 = "5s"\nT305 = "500ms"\nT308 = "250ms"\n'


def sound(kind: str, via: str = "trunk") -> Heard:
    return Heard(kind, 450.0, 350.0, 350.0, -10.0, via)  # type: ignore[arg-type]


# -- the tables --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "result"),
    [
        (17, "busy"),
        (34, "no-circuit"), (42, "no-circuit"), (44, "no-circuit"),
        (1, "unallocated"), (28, "unallocated"),
        (21, "rejected"),
        (18, "no-answer"), (19, "no-answer"), (102, "no-answer"),
        (16, "failed"), (27, "failed"), (38, "failed"), (41, "failed"), (47, "failed"), (88, "failed"),
    ],
)  # fmt: skip
def test_each_cause_has_its_result(cause: int, result: Result) -> None:
    assert result_of(over=True, answered=False, cause=cause, gave_up=False) == result
    assert result_of(over=True, answered=False, cause=Cause(cause), gave_up=False) == result
    assert result_of(over=True, answered=True, cause=cause, gave_up=False) == "answered"
    assert result_of(over=True, answered=False, cause=cause, gave_up=True) == "abandoned"


def test_results_without_a_cause() -> None:
    assert result_of(over=False, answered=False, cause=None, gave_up=False) == "in-progress"
    assert result_of(over=False, answered=True, cause=None, gave_up=False) == "answered"
    assert result_of(over=True, answered=False, cause=None, gave_up=False) == "failed"
    assert result_of(over=True, answered=False, cause=None, gave_up=True) == "abandoned"


def findings(
    *heard: Heard,
    cause: int = 17,
    answered: bool = False,
    in_band_promised: bool = True,
    listened: bool = True,
) -> tuple[str, ...]:
    return contradictions(
        cause=cause, answered=answered, in_band_promised=in_band_promised, heard=heard, listened=listened
    )


def test_what_agrees_is_no_finding() -> None:
    assert findings(sound("busy")) == ()
    assert findings(sound("ringback"), sound("busy")) == ()
    assert findings(sound("busy", "local"), in_band_promised=False) == ()
    assert findings(sound("congestion"), cause=34) == ()
    assert findings(cause=16, in_band_promised=False) == ()


def test_a_promise_that_is_not_kept() -> None:
    (finding,) = findings()
    assert "announced" in finding
    assert "the channel is silent" in finding
    assert findings(sound("busy", "local")) == (finding,), "the local exchange's tone does not count"
    assert findings(listened=False) == (), "nobody listened long enough"
    assert findings(in_band_promised=False) == ()


def test_busy_tone_that_calls_itself_normal_clearing() -> None:
    (finding,) = findings(sound("busy"), cause=16)
    assert "cause 16" in finding
    assert "cause 17" in finding
    assert findings(sound("busy", "local"), cause=16, in_band_promised=False) == ()


def test_a_busy_user_with_another_tone() -> None:
    (finding,) = findings(sound("busy", "local"), sound("ringback"))
    assert finding == "cause 17 (user busy), but the line gives ringback 450 Hz 350/350 ms (trunk)"
    (finding,) = findings(sound("ringback"), sound("unknown"))
    assert "unknown" in finding, "the last sound is what the caller is left with"
    assert findings(sound("ringback"), in_band_promised=False) == ()


def test_a_conversation_cannot_contradict_its_end() -> None:
    assert findings(answered=True) == findings(sound("busy"), cause=16, answered=True) == ()


def test_sounds_as_text() -> None:
    assert str(sound("busy")) == "busy 450 Hz 350/350 ms (trunk)"
    assert str(Heard("dial", 450.0, None, None, -10.0, "local")) == "dial 450 Hz (local)"
    assert str(Heard("speech", None, None, None, -20.0, "trunk")) == "speech (trunk)"


# -- who decided, who cleared ------------------------------------------------------------------------------


def verdict(call: Call) -> tuple[str, int | None, str | None, str | None]:
    outcome = call.outcome
    cause = None if outcome.cause is None else int(outcome.cause)
    return outcome.result, cause, outcome.decided_by, outcome.cleared_by


@pytest.mark.parametrize(
    ("who", "when", "near", "far"),
    [
        ("near", "alerting", ("abandoned", 16, None, "near"), ("abandoned", 16, "near", "near")),
        ("near", "active", ("answered", 16, None, "near"), ("answered", 16, None, "near")),
        ("far", "alerting", ("failed", 16, "far", "far"), ("failed", 16, "far", "far")),
        ("far", "active", ("answered", 16, None, "far"), ("answered", 16, None, "far")),
    ],
)
@pytest.mark.parametrize("side", ["network", "user"])
def test_whoever_hangs_up(
    make_bench: MakeBench, who: str, when: str, near: object, far: object, side: str
) -> None:
    bench = make_bench(span=f'near = "{side}"')
    bench.far.number("300").answers(after="1s")
    call = bench.near.dial("300")
    bench.run_until(getattr(call, when), within="5s")
    bench.run_for("100ms")
    other = bench.far.calls[0]
    (call if who == "near" else other).hang_up()
    bench.run_until(call.cleared, within="2s")
    bench.run_until(other.cleared, within="2s")
    assert (verdict(call), verdict(other)) == (near, far)


def test_hanging_up_can_say_why(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("300").answers()
    call = bench.near.dial("300")
    bench.run_until(call.active, within="1s")
    call.hang_up(Cause.RESOURCE_UNAVAILABLE)
    bench.run_until(bench.far.calls[0].cleared, within="1s")
    assert verdict(bench.far.calls[0]) == ("answered", 47, None, "near")


def test_refusing_before_and_after_alerting(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("300").never_answers()
    call = bench.near.dial("300")
    bench.run_until(call.alerting, within="1s")
    bench.far.calls[0].reject()
    bench.run_until(call.cleared, within="1s")
    bench.far.number("300").rejects(Cause.CALL_REJECTED)
    again = bench.near.dial("300")
    bench.run_until(again.cleared, within="1s")
    assert again.alerting_at is None
    told = ("rejected", 21, "far", "far")
    assert [verdict(each) for each in (call, again, *bench.far.calls)] == [told] * 4


def far_falls_silent(bench: Bench, after: int) -> None:
    """The far end's call control sends `after` more messages, and then none: as if it had hung."""
    link = bench.far.spans[0].link
    send = link.send
    left = [after]

    def sieve(data: bytes, now: int) -> None:
        if left[0]:
            left[0] -= 1
            send(data, now)

    link.send = sieve  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("side", "after", "last_state", "cause", "ends_at"),
    [
        # T303 twice (Q.931 5.2.5.3, 5.1.1): the call is given up without an answer to SETUP
        ("network", 0, CallState.N6, Cause.NO_USER_RESPONDING, 2.0),
        ("user", 0, CallState.U1, Cause.NO_USER_RESPONDING, 2.0),
        # T310 (5.2.5.3): the call ends for its party at once, though nothing answers the clearing
        ("network", 1, CallState.N9, Cause.NO_USER_RESPONDING, 2.0),
        ("user", 1, CallState.U3, Cause.TIMER_EXPIRY, 2.0),
        # T301 of the calling side (5.1.7, 5.2.5.3)
        ("network", 2, CallState.N7, Cause.NO_ANSWER, 5.0),
        ("user", 2, CallState.U4, Cause.NO_ANSWER, 5.0),
    ],
)
def test_a_far_end_that_falls_silent(
    make_bench: MakeBench, side: str, after: int, last_state: CallState, cause: Cause, ends_at: float
) -> None:
    bench = make_bench(span=f'near = "{side}"', more=SHORT)
    bench.far.number("300").never_answers()
    far_falls_silent(bench, after)
    call = bench.near.dial("300")
    bench.run_for("200ms")
    assert call.q931 is not None
    assert call.q931.state is last_state
    assert call.outcome.result == "in-progress"
    bench.run_until(call.ended, within="20s")
    outcome = call.outcome
    assert (outcome.cause, outcome.result) == (cause, "no-answer")
    assert (outcome.decided_by, outcome.cleared_by) == ("near", "near"), "by its own timer"
    assert call.ended_at is not None
    assert seconds(call.ended_at - call.dialled_at) == pytest.approx(ends_at, abs=0.1)


def test_a_restart_clears_for_neither_party(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("300").answers()
    call = bench.near.dial("300")
    bench.run_until(call.active, within="1s")
    bench.run_for("100ms")
    bench.far.restart([call.channel or 0])
    bench.run_until(call.cleared, within="1s")
    assert verdict(call) == verdict(bench.far.calls[0]) == ("answered", 41, None, "far")


def test_one_party_may_hang_up_while_tones_are_promised(make_bench: MakeBench) -> None:
    """DISCONNECT with progress 8 in a conversation: the channel is held until the line goes on hook."""
    for clearing, other in ((0, 1), (1, 0)):
        bench = make_bench()
        bench.far.number("300").answers()
        dialled = bench.near.dial("300")
        bench.run_until(dialled.active, within="1s")
        bench.run_for("100ms")
        parties = (dialled, bench.far.calls[0])
        leaver, stays = parties[clearing], parties[other]
        assert leaver.span is not None
        assert leaver.q931 is not None
        leaver.span.control.disconnect(leaver.q931, Cause.NORMAL_CLEARING, bench.pump.now, progress=8)
        leaver.span.drain()
        bench.run_for("1s")
        assert stays.ended_at is not None
        assert not stays.cleared
        stays.hang_up()
        bench.run_until(stays.cleared, within="1s")
        bench.run_until(leaver.cleared, within="1s")
        assert bench.audit() == []


# -- contradictions of a faulty far end, on a call -----------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "tone", "finding"),
    [
        (Cause.USER_BUSY, BUSY, None),
        (Cause.NORMAL_CLEARING, BUSY, "a busy user is cause 17"),
        (Cause.USER_BUSY, RINGBACK, "but the line gives ringback"),
        (Cause.USER_BUSY, ToneSpec.parse("425/500,0/500"), "but the line gives unknown"),
        (Cause.USER_BUSY, None, "the channel is silent"),
    ],
)
def test_signalling_and_sound_of_a_call(
    make_bench: MakeBench, cause: Cause, tone: object, finding: str | None
) -> None:
    bench = make_bench()
    bench.far.number("200").disconnects(cause, sound=tone, in_band=True)  # type: ignore[arg-type]
    call = bench.near.dial("200")
    bench.run_for("1900ms")
    if tone is None:
        assert call.outcome.findings == (), "two seconds must be listened for"
    bench.run_for("7s")
    assert call.outcome.cause is cause
    found = call.outcome.findings
    assert (found == ()) if finding is None else (finding in found[0] and len(found) == 1)


# -- the row of the report -----------------------------------------------------------------------------------


def test_the_row_of_an_answered_call(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("300").answers(after="2s")
    bench.run_for("1s")
    call = bench.near.dial("300", caller="5551234", channel=7)
    bench.run_until(call.active, within="5s")
    bench.run_for("3s")
    call.hang_up()
    bench.run_until(call.cleared, within="1s")
    row = call_row(call, bench.timeline.epoch)
    assert row.pop("heard") == [
        {
            "kind": "ident",
            "freq_hz": pytest.approx(call.outcome.heard[0].freq_hz, abs=0.1),
            "on_ms": None,
            "off_ms": None,
            "level_dbm0": pytest.approx(-13, abs=0.2),
            "via": "trunk",
        }
    ]
    begun, response, pdd = row["active_from_s"], row["t_first_response_ms"], row["pdd_ms"]
    assert begun == pytest.approx(3.02, abs=0.02)
    assert 0 < response <= pdd < 50
    assert row == {
        "caller": "5551234", "called": "300", "from": "near", "span": "span1", "channel": 7,
        "active_from_s": begun, "active_to_s": begun + 3, "outcome": "answered", "cause": 16,
        "decided_by": None, "cleared_by": "near", "t_first_response_ms": response, "pdd_ms": pdd,
        "t_connect_ms": pytest.approx((begun - 1) * 1000), "findings": [],
    }  # fmt: skip


def test_rows_of_calls_that_were_not_answered(make_bench: MakeBench) -> None:
    bench = make_bench(span="b_channels = [1]")
    bench.far.number("200").busy(tone=True, after="300ms")
    bench.far.number("300").never_answers()
    ringing = bench.near.dial("300")
    refused = bench.near.dial("300")
    bench.run_for("100ms")
    row = call_row(ringing, bench.timeline.epoch)
    assert (row["outcome"], row["cause"], row["active_from_s"], row["active_to_s"]) == (
        "in-progress", None, None, None,
    )  # fmt: skip
    assert row["pdd_ms"] > 0
    assert row["t_connect_ms"] is None
    row = call_row(refused, bench.timeline.epoch)
    assert (row["span"], row["channel"], row["t_first_response_ms"], row["pdd_ms"]) == (None, None, None, 0.0)
    assert (row["outcome"], row["cause"], row["decided_by"], row["cleared_by"]) == (
        "no-circuit", 34, "near", "near",
    )  # fmt: skip
    ringing.hang_up()
    bench.run_until(ringing.cleared, within="1s")
    busy = bench.near.dial("200")
    bench.run_until(busy.hears(BUSY), within="5s")
    row = call_row(busy, bench.timeline.epoch)
    assert row["t_first_response_ms"] < 50, "CALL PROCEEDING"
    assert row["pdd_ms"] == pytest.approx(300, abs=50), "in-band tone with DISCONNECT"
    assert [each["kind"] for each in row["heard"]] == ["busy"]
    assert [each["via"] for each in row["heard"]] == ["trunk"]


def test_hears_ends_at_a_block_and_its_level_is_the_zone_s(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("200").busy()
    call = bench.near.dial("200")
    bench.run_until(call.hears(BUSY), within="4s")
    assert bench.pump.now % (SECOND // 50) == 0
    (heard,) = call.outcome.heard
    assert heard.level_dbm0 == pytest.approx(-10, abs=0.5)
