"""Small print of calls: what is sent and not sent, when a party is active, and what its line is left with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkbench import Bench, Cause, all_of
from trunkbench.call import Call, Phase
from trunkbench.ear import TrunkFeed, first_sample
from trunkbench.timeline import CallEntry, FrameEntry
from trunkwire.q931.message import parse
from trunkwire.q931.messages import MessageType
from trunkwire.ticks import SAMPLE, SECOND
from trunkwire.tones import BUSY, RINGBACK

MakeBench = Callable[..., Bench]
LAPD_HEADER = 4


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    """A bench whose 300 answers after a second."""
    bench = make_bench()
    bench.far.number("300").answers(after="1s")
    return bench


def messages(bench: Bench) -> list[int]:
    """The types of the Q.931 messages that crossed, both ways."""
    crossed = [entry.data[LAPD_HEADER:] for entry in bench.timeline.entries if isinstance(entry, FrameEntry)]
    return [int(parse(data).type) for data in crossed if data]


def story_of(bench: Bench, call: Call) -> list[str]:
    """What the timeline tells of a call."""
    entries = [entry for entry in bench.timeline.entries if isinstance(entry, CallEntry)]
    return [entry.what for entry in entries if (entry.end, entry.call) == (call.end, call.index)]


def test_the_messages_of_an_answered_call_and_its_story(bench: Bench) -> None:
    call = bench.near.dial("300")
    bench.run_until(call.active, within="2s")
    bench.run_for("100ms")
    call.hang_up()
    bench.run_until(call.cleared, within="1s")
    bench.run_for("100ms")
    assert messages(bench) == [
        MessageType.SETUP, MessageType.CALL_PROCEEDING, MessageType.ALERTING, MessageType.CONNECT,
        MessageType.CONNECT_ACKNOWLEDGE, MessageType.DISCONNECT, MessageType.RELEASE,
        MessageType.RELEASE_COMPLETE,
    ]  # fmt: skip
    assert story_of(bench, call) == [
        "dialled", "proceeding", "alerting", "active", "hung up", "ended", "cleared",
    ]  # fmt: skip
    (other,) = bench.far.calls
    assert story_of(bench, other) == [
        "arrived", "proceeding", "alerting", "answered", "active", "ended", "cleared",
    ]  # fmt: skip


def test_a_number_that_rejects_answers_setup_with_release_complete_alone(bench: Bench) -> None:
    bench.far.number("201").rejects(Cause.CALL_REJECTED)
    call = bench.near.dial("201")
    bench.run_until(call.cleared, within="1s")
    assert messages(bench) == [MessageType.SETUP, MessageType.RELEASE_COMPLETE]
    assert "proceeding" not in story_of(bench, call)


def test_the_network_side_is_active_as_soon_as_it_answers(make_bench: MakeBench) -> None:
    """Q.931 5.2.8: the user that answers waits for CONNECT ACKNOWLEDGE, the network does not."""
    for side, at_once in (("user", True), ("network", False)):
        bench = make_bench(span=f'near = "{side}"')
        bench.far.number("300").never_answers()
        call = bench.near.dial("300")
        bench.run_until(call.alerting, within="1s")
        (other,) = bench.far.calls
        assert other.alerting
        other.answer()
        assert bool(other.active) == at_once
        bench.run_until(all_of([other.active, call.active]), within="1s")
        assert story_of(bench, other).count("active") == 1


def test_a_channel_falls_silent_when_its_call_is_over(bench: Bench) -> None:
    for leaver in ("near", "far"):
        call = bench.near.dial("300")
        bench.run_until(call.active, within="2s")
        bench.run_for("200ms")
        other = bench.far.calls[-1]
        (call if leaver == "near" else other).hang_up()
        gone = bench.pump.now
        bench.run_until(all_of([call.cleared, other.cleared]), within="1s")
        since = bench.pump.now
        bench.run_for("100ms")
        for party in (call, other):
            assert party.span is not None
            heard = party.span.port.heard(party.slot or 0, first_sample(since), 700)
            assert heard == bytes((party.ear.law.silence,)) * 700
        # whoever leaves says nothing from that very sample on
        stays = other if leaver == "near" else call
        assert stays.span is not None
        assert stays.span.port.heard(stays.slot or 0, first_sample(gone), 1) == b"\xd5"


def test_a_line_on_hook_is_given_no_tone(bench: Bench) -> None:
    call = bench.near.dial("300")
    bench.run_until(call.active, within="2s")
    call.hang_up()
    assert call.ear.feed is None
    bench.run_until(call.cleared, within="1s")
    bench.run_for("1s")
    assert call.ear.feed is None
    (other,) = bench.far.calls
    assert other.ear.feed is not None, "the other party hears busy until it hangs up"
    other.hang_up()
    assert other.ear.feed is None


def test_ringback_gives_way_to_the_tone_for_the_cause(bench: Bench) -> None:
    bench.far.number("301").never_answers()
    call = bench.near.dial("301")
    bench.run_until(call.hears(RINGBACK), within="6s")
    bench.far.calls[0].reject(Cause.CALL_REJECTED)
    bench.run_until(call.hears(BUSY), within="4s")
    assert [sound.kind for sound in call.outcome.heard] == ["ringback", "busy"]


def test_a_tone_that_goes_on_is_not_begun_again(bench: Bench) -> None:
    bench.far.number("200").busy()
    call = bench.near.dial("200")
    bench.run_until(call.cleared, within="1s")
    assert call.ended_at is not None
    assert call.cleared_at is not None
    assert call.cleared_at > call.ended_at
    assert call.ear.span == (first_sample(call.ended_at),) * 2


def test_the_answer_connects_the_line_to_its_channel_and_starts_its_voice(bench: Bench) -> None:
    bench.near.lines.identify = False
    call = bench.near.dial("300")
    bench.run_until(call.active, within="2s")
    bench.run_for("100ms")
    (other,) = bench.far.calls
    assert call.on_trunk
    assert isinstance(call.ear.feed, TrunkFeed)
    start = bench.pump.now // SAMPLE - 400
    assert other.ear.octets(start, 400) == b"\xd5" * 400, "near parties were told not to identify themselves"
    assert call.ear.octets(start, 400) != b"\xd5" * 400


def test_phases_follow_the_call(bench: Bench) -> None:
    bench.far.number("301").answers(after="1s")
    call = bench.near.dial("301")
    seen = [call.phase]
    while not call.cleared:
        bench.run_for("1ms")
        if call.phase is not seen[-1]:
            seen.append(call.phase)
        if call.phase is Phase.ACTIVE and bench.now > 2 * SECOND:
            call.hang_up()
    assert seen[0] is Phase.DIALLING
    assert seen[-4:] == [Phase.ALERTING, Phase.ACTIVE, Phase.CLEARING, Phase.CLEARED]
    assert call.alerting, "it did ring"
    assert not call.active
    assert call.ended


def test_every_key_of_a_telephone_can_be_dialled(bench: Bench) -> None:
    digits = "0123456789*#"
    bench.far.number(digits).answers()
    call = bench.near.dial(digits, caller=digits)
    bench.run_until(call.active, within="1s")
    assert (bench.far.calls[0].called, bench.far.calls[0].caller) == (digits, digits)
    assert bench.near.dial("3" * 32).called == "3" * 32


def test_the_first_digits_of_a_number_wait_for_the_rest_unless_they_are_all(bench: Bench) -> None:
    bench.far.number("12345").answers()
    whole = bench.near.dial("12")
    bench.run_until(whole.ended, within="1s")
    assert whole.cause is Cause.UNALLOCATED, "sending complete: nothing more will come"
    overlap = bench.near.dial("12", complete=False)
    bench.run_for("1s")
    assert not overlap.ended
    (_, arrived) = bench.far.calls
    assert arrived.phase is Phase.DIALLING
    overlap.more_digits("9")
    bench.run_until(overlap.ended, within="1s")
    assert overlap.cause is Cause.UNALLOCATED, "no number begins like that"
    assert arrived.called == "129"


def test_a_number_that_begins_another_waits_for_t302_or_sending_complete(make_bench: MakeBench) -> None:
    bench = make_bench(more='[timers]\nT302 = "2s"\n')
    bench.far.number("12").answers()
    bench.far.number("123").never_answers()
    waits = bench.near.dial("12", complete=False)
    whole = bench.near.dial("12")
    told = bench.near.dial("12", complete=False)
    bench.run_for("500ms")
    told.more_digits("", complete=True)
    bench.run_until(all_of([whole.active, told.active]), within="200ms")
    assert not waits.active
    bench.run_until(waits.active, within="2s")
    assert waits.active_at is not None
    assert waits.active_at - waits.dialled_at > 2 * SECOND
    assert story_of(bench, bench.far.calls[0]).count("proceeding") == 1
    longer = bench.near.dial("123", complete=False)
    bench.run_until(longer.alerting, within="200ms")


def test_digits_that_stay_away_are_all_there_are(make_bench: MakeBench) -> None:
    """T302 at the called side decides (Q.931 5.2.4): what has come is tried as it is."""
    bench = make_bench(more='[timers]\nT302 = "2s"\n')
    bench.far.number("12345").answers()
    call = bench.near.dial("123", complete=False)
    bench.run_until(call.ended, within="5s")
    assert call.cause is Cause.INVALID_NUMBER_FORMAT
    assert call.ended_at is not None
    assert 2 * SECOND < call.ended_at - call.dialled_at < 3 * SECOND
    bench.far.number("123").busy()
    assert bench.audit() == []
