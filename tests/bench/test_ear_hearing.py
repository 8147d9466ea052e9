"""Ears and listening: what a line is connected to when, which tones it heard, and whose voice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkbench import Bench, CallFailed, all_of
from trunkbench.device import LineFault
from trunkbench.ear import BLOCK, Ear, LocalFeed, TrunkFeed, first_sample
from trunkbench.hearing import misheard, own_party
from trunkbench.pairing import SETTLING
from trunkwire.g711 import Law
from trunkwire.ticks import SAMPLE, SECOND
from trunkwire.tones import BUSY, CONGESTION, DIAL, UNOBTAINABLE, Ident, ToneSpec

MakeBench = Callable[..., Bench]


# -- the ear -----------------------------------------------------------------------------------------------


class FakePort:
    """A port whose slots carry their own number; final up to `until`."""

    def __init__(self, until: int = 1 << 40) -> None:
        self.until = until

    def horizon(self, slot: int) -> int:
        """The same for all."""
        return self.until

    def heard(self, slot: int, first: int, n: int) -> bytes:
        """The slot's number, over and over."""
        return bytes((slot,)) * n


def local(name: str, octet: int) -> LocalFeed:
    return LocalFeed(lambda first, n: bytes((octet,)) * n, name)


def trunk(slot: int, port: FakePort | None = None) -> TrunkFeed:
    return TrunkFeed(port or FakePort(), slot)  # type: ignore[arg-type]


def test_samples_begin_at_or_after_a_tick() -> None:
    assert [first_sample(tick) for tick in (0, 1, 7, 8, 9, 16)] == [0, 1, 1, 1, 2, 2]


def test_an_ear_keeps_what_it_was_connected_to() -> None:
    ear = Ear(Law.ALAW)
    assert (ear.feed, ear.span) == (None, None)
    assert ear.octets(0, 3) == b"\xd5" * 3
    ringback, channel = local("ringback", 1), trunk(7)
    ear.connect(ringback, 10 * SAMPLE)
    ear.connect(channel, 20 * SAMPLE - 3)
    ear.connect(None, 30 * SAMPLE)
    assert ear.feed is None
    assert ear.span == (10, 30)
    assert ear.octets(8, 24) == b"\xd5" * 2 + b"\x01" * 10 + b"\x07" * 10 + b"\xd5" * 2
    assert ear.octets(15, 3) == b"\x01" * 3
    assert ear.segments(25, 10) == [(25, 5, channel), (30, 5, None)]
    assert ear.octets(5, 0) == b""
    assert [ear.via(sample) for sample in (0, 10, 19, 20, 29, 30)] == [
        "local", "local", "local", "trunk", "trunk", "local",
    ]  # fmt: skip
    assert [ear.quiet(first, n) for first, n in ((0, 10), (0, 11), (29, 5), (30, 99))] == [
        True, False, False, True,
    ]  # fmt: skip


def test_what_was_connected_at_the_same_sample_is_replaced() -> None:
    ear = Ear(Law.ULAW)
    ear.connect(local("a", 1), 8)
    ear.connect(local("b", 2), 5)
    assert ear.octets(0, 3) == b"\xff\x02\x02"
    again = ear.feed
    ear.connect(again, 800)
    assert ear.span == (1, 1), "the same once more is no change"


def test_what_is_final_depends_on_the_feed() -> None:
    ear = Ear(Law.ALAW)
    assert ear.final(800) == 100
    ear.connect(trunk(3, FakePort(until=400)), 0)
    assert ear.final(800) == 50
    assert ear.final(80) == 10
    ear.connect(local("x", 1), 480)
    assert ear.final(800) == 50, "samples 50 to 59 were heard from the trunk, and have not been delivered yet"


# -- tones as conditions -----------------------------------------------------------------------------------


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    """A bench whose 300 answers and whose 200 is busy."""
    bench = make_bench()
    bench.far.number("300").answers()
    bench.far.number("200").busy()
    return bench


def test_each_cause_has_its_tone(bench: Bench) -> None:
    for number, cause, tone in (
        ("601", 34, BUSY), ("602", 42, BUSY), ("603", 44, BUSY),
        ("604", 1, UNOBTAINABLE), ("605", 28, UNOBTAINABLE),
        ("606", 17, BUSY), ("607", 27, BUSY), ("608", 21, BUSY),
    ):  # fmt: skip
        bench.far.number(number).rejects(cause)
        call = bench.near.dial(number)
        bench.run_until(call.hears(tone), within="6s")
        assert call.outcome.cause == cause
        (heard,) = call.outcome.heard
        assert (heard.kind, heard.via) == (tone.value, "local")


def test_a_tone_is_heard_at_the_end_of_a_block_and_noted_once(bench: Bench) -> None:
    call = bench.near.dial("200")
    tone = call.hears(BUSY)
    bench.run_until(tone, within="4s")
    now = bench.pump.now
    assert now % BLOCK == 0
    assert tone.check(now) == now
    assert tone.check(now - 1) is None
    bench.run_for("1s")
    assert tone.check(bench.pump.now) == now, "it keeps its tick"
    noted = [entry for entry in bench.timeline.entries if "hears" in str(entry)]
    assert len(noted) == 1


def test_a_tone_counts_only_from_now_on(bench: Bench) -> None:
    call = bench.near.dial("200")
    bench.run_until(call.hears(BUSY), within="4s")
    then = bench.pump.now
    bench.run_until(call.hears(BUSY), within="4s")
    assert bench.pump.now - then > SECOND // 2, "a whole cadence was listened to again"


def test_another_tone_fails_only_once_the_call_is_over(bench: Bench) -> None:
    bench.far.number("301").answers(after="6s")
    call = bench.near.dial("301")
    with pytest.raises(CallFailed, match=r"so far: ringback.*not within 5s"):
        bench.run_until(call.hears(BUSY), within="5s")
    bench.run_until(call.active, within="6s")
    bench.far.calls[0].hang_up()
    bench.run_until(call.hears(BUSY), within="4s")


def test_a_line_on_hook_hears_nothing(bench: Bench) -> None:
    call = bench.near.dial("200")
    bench.run_for("200ms")
    wait = call.hears(BUSY)
    assert wait.failed() is None
    call.hang_up()
    with pytest.raises(CallFailed, match="is on hook and hears nothing"):
        bench.run_until(wait, within="4s")
    heard = call.outcome.heard
    bench.run_for("3s")
    assert call.outcome.heard == heard
    assert wait.next_look(bench.pump.now) is None


def test_congestion_is_told_from_busy(bench: Bench) -> None:
    bench.far.number("201").disconnects(34, sound=CONGESTION)
    call = bench.near.dial("201")
    with pytest.raises(CallFailed, match=r"hears congestion .* instead of busy"):
        bench.run_until(call.hears(BUSY), within="10s")
    assert [(sound.kind, sound.via) for sound in call.outcome.heard] == [("congestion", "trunk")]


def test_sounds_come_in_their_order_with_their_ways(bench: Bench) -> None:
    bench.far.number("301").answers(after="6s")
    call = bench.near.dial("301")
    bench.run_until(call.active, within="10s")
    bench.run_for("2s")
    bench.far.calls[0].hang_up()
    bench.run_for("3s")
    heard = [(sound.kind, sound.via) for sound in call.outcome.heard]
    assert heard == [("ringback", "local"), ("ident", "trunk"), ("busy", "local")]


def test_a_tone_that_no_zone_has_is_unknown_and_measured(bench: Bench) -> None:
    bench.far.number("201").disconnects(17, sound=ToneSpec.parse("425/500,0/500"))
    call = bench.near.dial("201")
    bench.run_for("6s")
    (sound,) = call.outcome.heard
    assert (sound.kind, sound.via) == ("unknown", "trunk")
    assert sound.freq_hz == pytest.approx(425, abs=2)
    assert sound.on_ms == pytest.approx(500, abs=15)
    assert sound.off_ms == pytest.approx(500, abs=15)


def test_a_tone_in_the_conversation_is_heard_by_the_other_party(bench: Bench) -> None:
    call = bench.near.dial("300")
    bench.run_until(call.active, within="1s")
    bench.run_for("100ms")
    call.play(DIAL)
    bench.run_until(bench.far.calls[0].hears(DIAL), within="6s")
    call.play(None)
    start = bench.pump.now // SAMPLE + 1
    bench.run_for("100ms")
    assert bench.far.calls[0].ear.octets(start, 400) == b"\xd5" * 400


# -- whose voice -------------------------------------------------------------------------------------------


def test_parties_belong_to_channels(bench: Bench) -> None:
    calls = bench.near.dial_many("300", 2)
    bench.run_until(all_of(call.active for call in (*calls, *bench.near.calls)), within="2s")
    assert own_party(calls[1]) == Ident("far", 0, 2)
    assert own_party(bench.far.calls[0]) == Ident("near", 0, 1)


def test_own_channel_takes_three_blocks_and_ends_with_the_call(bench: Bench) -> None:
    call = bench.near.dial("300")
    wait = call.hears_own_channel()
    assert wait.next_look(bench.pump.now) is None, "not on the trunk yet"
    bench.run_until(wait, within="2s")
    assert bench.pump.now % BLOCK == 0
    assert 3 * BLOCK <= bench.pump.now - (call.active_at or 0) < 6 * BLOCK
    again = call.hears_own_channel()
    assert "hears the party on its own channel" in again.describe()
    call.hang_up()
    with pytest.raises(CallFailed, match="has no channel any more"):
        bench.run_until(call.hears_own_channel(), within="5s")


def test_the_wrong_party_is_named_while_waiting(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("300").answers()
    bench.trunk.wires[0].far.insert(LineFault("slot-cross", bench.pump.now + 1, 60 * SECOND, None, (1, 2)))
    calls = bench.near.dial_many("300", 2)
    bench.run_until(all_of(call.active for call in calls), within="2s")
    with pytest.raises(CallFailed, match=r"so far: far end, span 0, channel 2\): not within 1s"):
        bench.run_until(calls[0].hears_own_channel(), within="1s")


def talk(bench: Bench, n: int = 3) -> int:
    """`n` calls up and settled; the tick since when all talk."""
    calls = bench.near.dial_many("300", n)
    bench.run_until(all_of(call.active for call in calls), within="5s")
    bench.run_for("200ms")
    return bench.pump.now


def test_everybody_hears_their_own(bench: Bench) -> None:
    since = talk(bench)
    bench.run_for("1s")
    everybody = [*bench.near.calls, *bench.far.calls]
    assert misheard(everybody, since, bench.pump.now) == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (("slot-cross", None, (1, 2)), ["1: crossed: it hears far end, span 0, channel 2",
                                        "2: crossed: it hears far end, span 0, channel 1"]),
        (("slot-dead", 3, ()), ["3: dead from the far end: nothing but silence"]),
        (("slot-dead", 3, (0x2A,)), ["3: it does not hear its party"]),
    ],
)  # fmt: skip
def test_what_is_misheard_is_named(
    bench: Bench, fault: tuple[str, int | None, tuple[int, ...]], told: list[str]
) -> None:
    since = talk(bench)
    kind, slot, args = fault
    bench.trunk.wires[0].far.insert(LineFault(kind, since + 1, 60 * SECOND, slot, args))
    bench.run_for("1s")
    found = misheard([*bench.near.calls, *bench.far.calls], since, bench.pump.now)
    assert len(found) == len(told)
    for line, expected in zip(found, told, strict=True):
        assert f"on channel {expected}" in line
        assert line.startswith("near call")
        assert line.endswith(" s")


def test_a_line_that_hears_itself_is_looped_back(bench: Bench) -> None:
    since = talk(bench)
    own = bench.near.calls[0]
    bench.far.calls[0].play(own.exchange.lines.tone_of(Ident("near", 0, 1)))
    bench.run_for("1s")
    (line,) = misheard(bench.near.calls, since, bench.pump.now)
    assert "on channel 1: looped back: it hears near end, span 0, channel 1" in line


def test_a_short_interruption_is_noticed_and_timed(bench: Bench) -> None:
    since = talk(bench)
    bench.trunk.wires[0].far.insert(LineFault("slot-dead", since + SECOND // 2, SECOND // 10, 2))
    bench.run_for("1s")
    (line,) = misheard(bench.near.calls, since, bench.pump.now)
    assert "on channel 2" in line
    assert line.rpartition("for ")[2] in ("0.10 s", "0.12 s")
    assert misheard(bench.near.calls, since + SECOND // 2 + SECOND // 5, bench.pump.now) == []
    assert misheard(bench.near.calls, since, since + SECOND // 4) == []


def test_a_party_that_begins_to_speak_late_is_noticed(bench: Bench) -> None:
    bench.far.lines.identify = False
    call = bench.near.dial("300")
    bench.run_until(call.active, within="1s")
    since = bench.pump.now
    bench.run_for("100ms")
    other = bench.far.calls[0]
    source = bench.far.lines.tone_of(Ident("far", 0, 1))
    other.play(source)
    bench.run_for("1s")
    assert misheard([call], since, bench.pump.now) == [], "100 ms are allowed for settling"
    other.play(None)
    bench.run_for("1s")
    other.play(source)
    bench.run_for("500ms")
    (line,) = misheard([call], since, bench.pump.now)
    assert "dead" not in line
    assert "does not hear its party for 1.0" in line
    assert SETTLING == SECOND // 10


def test_who_was_hardly_or_never_connected_is_told(make_bench: MakeBench) -> None:
    bench = make_bench(span="b_channels = [1]")
    bench.far.number("300").answers()
    call = bench.near.dial("300")
    refused = bench.near.dial("300")
    bench.run_until(call.active, within="1s")
    since = bench.pump.now
    bench.run_for("50ms")
    short, never = misheard([call, refused], since, bench.pump.now)
    assert short.endswith("was not connected long enough to listen")
    assert never.endswith("never had a channel to listen to")


def test_what_was_heard_hours_ago_is_not_forgotten(bench: Bench) -> None:
    call = bench.near.dial("300")
    bench.run_until(call.active, within="1s")
    bench.run_for("3h")
    call.hang_up()
    bench.run_until(call.cleared, within="1s")
    assert [sound.kind for sound in call.outcome.heard] == ["ident"]


def test_mu_law_lines_say_so_and_hear_as_well(make_bench: MakeBench) -> None:
    bench = make_bench(span='law = "ulaw"')
    bench.far.number("300").answers(after="1s")
    bench.far.number("200").busy(tone=True)
    call, busy = bench.near.dial("300"), bench.near.dial("200")
    bench.run_until(all_of([call.active, busy.hears(BUSY)]), within="5s")
    since = bench.pump.now
    bench.run_for("1s")
    assert misheard([call, bench.far.calls[0]], since, bench.pump.now) == []
    setup = next(str(row["octets"]) for row in bench.timeline.rows() if row["kind"] == "frame")
    assert "04038090a2" in setup, "bearer capability: G.711 mu-law (Q.931 4.5.5)"
