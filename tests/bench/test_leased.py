"""Leased channels: calls never touch them, and a pattern shows what they carry, fault by fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trunkbench.bench import Bench
from trunkbench.build import Ends
from trunkbench.conditions import all_of
from trunkbench.device import LineFault
from trunkbench.ear import Ear, TrunkFeed
from trunkbench.errors import CallFailed, UsageError
from trunkbench.leased import LeasedVerdict, measure_leased
from trunkbench.leased.patterntest import LOOK
from trunkbench.timeline import NoteEntry
from trunkwire.g711 import Law
from trunkwire.prbs import Slip, pattern_source
from trunkwire.q931.causes import Cause
from trunkwire.ticks import SAMPLE, SECOND, Tick
from trunkwire.tones import BUSY

NUMBER = "62300000"
MakeBench = Callable[..., Bench]

TRUNK = '[[access.digital_trunk]]\nnumber = "62300000"\nspans = ["span1"]\n'
PAIR = '[[access.leased]]\nspan = "span1"\nchannels = [30, 31]\n' + TRUNK
HOURS = (
    '[access]\nstarts = "17:59"\n[[access.leased]]\nspan = "span1"\nchannels = [5]\nhours = "{}"\n' + TRUNK
)
DEPTHS = pytest.mark.parametrize("depth", ["event", "bits"])


def by_direction(verdicts: list[LeasedVerdict]) -> dict[tuple[int, str], LeasedVerdict]:
    return {(verdict.channel, verdict.direction): verdict for verdict in verdicts}


def test_a_bench_without_leases_has_none(make_bench: MakeBench) -> None:
    bench = make_bench()
    assert bench.leased == ()
    assert measure_leased(bench, "10ms") == []


# -- call control knows nothing of them --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("depth", "span", "slots"),
    [("event", "", (*range(1, 16), *range(17, 30))), ("bits", "b_channels = [4, 29, 30, 31]", (4, 29))],
)
def test_twenty_eight_callers_get_through_and_the_twenty_ninth_hears_busy(
    make_bench: MakeBench, depth: str, span: str, slots: tuple[int, ...]
) -> None:
    bench = make_bench(span=span, more=PAIR, depth=depth)
    bench.far.number(NUMBER).answers()
    assert (bench.near.capacity, bench.far.capacity) == (len(slots), len(slots))
    tests = [channel.test() for channel in bench.leased]
    callers = bench.near.dial_many(NUMBER, len(slots))
    bench.run_until(all_of(call.active for call in callers), within="5s")
    late = bench.near.dial(NUMBER)
    bench.run_until(late.hears(BUSY), within="3s")
    assert late.cause == Cause.NO_CIRCUIT
    assert sorted(call.slot for call in callers if call.slot) == list(slots)
    assert all(verdict.holds for test in tests for verdict in test.stop())
    assert bench.audit() == []


def test_no_end_offers_one_and_none_can_be_asked_for(make_bench: MakeBench) -> None:
    bench = make_bench(more=PAIR)
    for end in (bench.near, bench.far):
        with pytest.raises(UsageError, match="channel 31: no span has a B channel"):
            end.dial(NUMBER, channel=31)
        assert set(end.spans[0].slot_of.values()) == {*range(1, 16), *range(17, 30)}


def test_channels_counted_without_a_gap_keep_their_numbers(make_bench: MakeBench) -> None:
    more = '[[access.leased]]\nspan = "span1"\nchannels = [2, 17]\n'
    span = make_bench(span='channel_numbering = "logical"', more=more).near.spans[0]
    assert (span.slot_of[1], span.slot_of[3], span.slot_of[17]) == (1, 3, 18)
    assert {2, 16}.isdisjoint(span.slot_of)


@pytest.mark.parametrize("by", ["near", "far"])
def test_the_restart_of_the_whole_interface_leaves_them_alone(make_bench: MakeBench, by: str) -> None:
    bench = make_bench(more=PAIR)
    test = bench.leased[0].test()
    end = bench.near if by == "near" else bench.far
    end.restart()
    bench.run_for("1s")
    assert [verdict.describe() for verdict in test.stop()] == [
        "span1:30 near to far, 2^11-1: 64,000 bits without error",
        "span1:30 far to near, 2^11-1: 64,000 bits without error",
    ]
    assert len(bench.near.spans[0].control.channels.numbers) == 28


# -- what they carry ---------------------------------------------------------------------------------------


@DEPTHS
@pytest.mark.parametrize(
    ("span", "channels", "pattern"),
    [
        ('kind = "e1"', "[1, 31]", None),
        ('kind = "t1"', "[23]", "2^15-1"),
        ('kind = "bri"', "[2]", "2^9-1"),
        ('law = "ulaw"', "[7]", "7E"),
    ],
)
def test_every_octet_comes_as_it_was_sent(
    make_bench: MakeBench, depth: str, span: str, channels: str, pattern: str | None
) -> None:
    more = f'[[access.leased]]\nspan = "span1"\nchannels = {channels}\n'
    bench = make_bench(span=span, more=more, depth=depth)
    verdicts = measure_leased(bench, "2s", pattern)
    assert len(verdicts) == 2 * len(bench.leased)
    for verdict in verdicts:
        assert verdict.holds, verdict.describe()
        assert 127_992 <= verdict.bits <= 128_000  # a basic access has a frame of two octets under way
        assert verdict.ratio == 0
        assert (verdict.performance.seconds, verdict.performance.errored) == (2, 0)
        if pattern != "7E":
            assert (verdict.delay, verdict.hears) == (
                0,
                f"{verdict.direction[:4].strip()} span1:{verdict.channel}",
            )


def fault(bench: Bench, kind: str, after: Tick, duration: Tick, *args: int, slot: int | None = None) -> None:
    bench.trunk.near[0].port.insert(LineFault(kind, bench.pump.now + after, duration, slot, args))


@DEPTHS
def test_each_fault_is_seen_on_its_channel_and_direction_only(make_bench: MakeBench, depth: str) -> None:
    bench = make_bench(more=PAIR, depth=depth)
    fault(bench, "bit-errors", SECOND // 2, 0, 1, 2, slot=31)
    fault(bench, "bit-errors", SECOND + SECOND // 2, 0, 5, slot=31)
    fault(bench, "slot-dead", SECOND, SECOND // 4, 0xFF, slot=30)
    found = by_direction(measure_leased(bench, "2s"))
    errored, dead = found[31, "near to far"], found[30, "near to far"]
    assert (errored.errors, errored.losses, errored.slips) == (3, 0, ())
    assert (errored.performance.errored, errored.performance.severely_errored) == (2, 0)
    assert "3 bit errors in 128,000 bits (2.3e-05)" in errored.findings
    assert (dead.errors, dead.losses, dead.lost) == (0, 1, SECOND // 4)
    assert (dead.performance.errored, dead.performance.severely_errored) == (1, 1)
    assert "lost once, first after 1.000 s, for 0.250 s in all: nothing but ones" in dead.findings[0]
    assert "(G.821)" in dead.findings[1]
    assert found[31, "far to near"].holds
    assert found[30, "far to near"].holds


def test_a_cut_line_is_severely_errored_seconds(make_bench: MakeBench) -> None:
    bench = make_bench(more=PAIR)
    fault(bench, "cut", SECOND // 2, SECOND)
    found = by_direction(measure_leased(bench, "3s"))
    for channel in (30, 31):
        cut = found[channel, "near to far"].performance
        assert (cut.seconds, cut.errored, cut.severely_errored, cut.unavailable) == (3, 2, 2, 0)
        assert found[channel, "far to near"].holds


def test_twelve_seconds_without_signal_are_unavailable_time(make_bench: MakeBench) -> None:
    bench = make_bench(more=PAIR)
    fault(bench, "slot-dead", SECOND, 12 * SECOND, slot=30)
    dead = by_direction(measure_leased(bench, "25s"))[30, "near to far"]
    assert (dead.performance.seconds, dead.performance.unavailable) == (25, 12)
    assert dead.findings[1] == "of 25 seconds 0 errored, 0 severely, 12 unavailable (G.821)"


def test_crossed_channels_are_named_while_they_are_crossed(make_bench: MakeBench) -> None:
    bench = make_bench(more=PAIR)
    fault(bench, "slot-cross", SECOND, SECOND, 30, 31)
    found = by_direction(measure_leased(bench, "3s"))
    assert found[30, "near to far"].findings[:2] == (
        "after 1.000 s crossed: it hears near span1:31",
        "after 2.000 s it hears near span1:30 again",
    )
    assert found[30, "near to far"].slips == ()
    assert found[30, "far to near"].holds
    fault(bench, "slot-cross", 0 + SAMPLE, 3 * SECOND, 30, 31)
    bench.run_for("10ms")
    found = by_direction(measure_leased(bench, "1s"))
    assert found[31, "near to far"].findings == ("crossed: it hears near span1:30",)
    assert found[31, "near to far"].hears == "near span1:30"


def test_a_channel_crossed_with_a_call_hears_something_else(make_bench: MakeBench) -> None:
    bench = make_bench(more=PAIR)
    bench.far.number(NUMBER).answers()
    call = bench.near.dial(NUMBER, channel=4)
    bench.run_until(call.active, within="5s")
    fault(bench, "slot-cross", SAMPLE, 5 * SECOND, 4, 30)
    bench.run_for("10ms")
    verdict = by_direction(measure_leased(bench, "1s"))[30, "near to far"]
    assert verdict.findings == ("the pattern never came: something in which the pattern is not to be found",)
    assert (verdict.hears, verdict.bits, verdict.delay) == ("", 0, None)


class Treated:
    """A port that does something to the octets of one timeslot that arrive."""

    def __init__(self, port: Any, treat: Callable[[Any, int, int], bytes]) -> None:
        self._port, self._treat = port, treat

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def heard(self, slot: int, first: int, n: int) -> bytes:
        heard = self._port.heard
        return (
            self._treat(lambda at, m: heard(slot, at, m), first, n) if slot == 30 else heard(slot, first, n)
        )


def table(change: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]) -> Callable[[Any, int, int], bytes]:
    return lambda heard, first, n: change(np.frombuffer(heard(first, n), np.uint8)).tobytes()


def late(octets: int, since: Callable[[int], bool] = lambda _first: True) -> Callable[[Any, int, int], bytes]:
    def treat(heard: Any, first: int, n: int) -> bytes:
        return b"".join(heard(at - octets if since(at) else at, 1) for at in range(first, first + n))

    return treat


@pytest.mark.parametrize(
    ("treat", "finding", "delay"),
    [
        (table(lambda x: x ^ np.uint8(0xFF)), "not transparent: every bit inverted", 0),
        (
            table(lambda x: x ^ np.uint8(0x55)),
            "not transparent: the even bits inverted, as A-law has them",
            0,
        ),
        (
            table(lambda x: Law.ULAW.encode(Law.ALAW.decode(x))),
            "the pattern never came: converted from A-law to µ-law (G.711 3.2)",
            None,
        ),
        (table(lambda x: x | np.uint8(1)), "not transparent: bit 8 is always one: a channel of 56 kbit/s", 0),
        (late(3), "", 3 * SAMPLE),
        (late(500), "crossed: it hears", 0),
    ],
)
def test_what_the_path_does_is_named(
    make_bench: MakeBench, treat: Callable[[Any, int, int], bytes], finding: str, delay: Tick | None
) -> None:
    ends = Ends(wrap_far=lambda port: Treated(port, treat))
    bench = make_bench(more=PAIR, ends=ends)
    found = by_direction(measure_leased(bench, "500ms"))
    verdict = found.pop((30, "near to far"))
    assert all(other.holds for other in found.values())
    if finding.startswith("crossed"):  # too late for this line: there is no telling it from another's
        assert not verdict.holds
        return
    assert verdict.delay == delay
    assert verdict.holds if not finding else verdict.findings[0].startswith(finding)


def test_a_slip_is_told_with_its_moment(make_bench: MakeBench) -> None:
    since: list[int] = []
    treat = late(1, lambda at: bool(since) and at >= since[0])
    bench = make_bench(more=PAIR, ends=Ends(wrap_far=lambda port: Treated(port, treat)))
    since.append(bench.pump.now // SAMPLE + 3001)
    verdict = by_direction(measure_leased(bench, "1s"))[30, "near to far"]
    assert verdict.slips in ((Slip(3000, 1),), (Slip(3001, 1),))  # the last octet sent twice is either one
    assert verdict.findings[0] == "1 octet repeated after 0.375 s"
    assert (verdict.delay, verdict.errors, verdict.performance.errored) == (SAMPLE, 0, 1)


def test_what_a_port_lost_is_not_judged(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(more=PAIR)
    begin = bench.pump.now // SAMPLE

    def lost(ear: Ear, first: int, n: int) -> list[tuple[int, int]]:
        feed = ear.feed
        assert isinstance(feed, TrunkFeed)
        holes = [(begin + 1000, 500), (begin + 4000, 1)] if feed.slot == 30 else [(0, 1 << 60)]
        return [(at, count) for at, count in holes if at < first + n and at + count > first]

    monkeypatch.setattr(Ear, "lost", lost)
    found = by_direction(measure_leased(bench, "1s"))
    assert found[30, "near to far"].describe() == "span1:30 near to far, 2^11-1: 59,992 bits without error"
    assert found[31, "near to far"].findings == ("nothing was measured: the ports lost all of it",)


# -- in a story --------------------------------------------------------------------------------------------


def test_a_test_can_be_waited_for(make_bench: MakeBench) -> None:
    bench = make_bench(more=PAIR)
    begun = bench.pump.now
    test = bench.leased[0].test("2^15-1")
    bench.run_until(test.synchronised, within="100ms")
    assert bench.pump.now - begun <= 2 * LOOK
    fault(bench, "bit-errors", SECOND, 0, 77, slot=30)
    harmed = bench.pump.now + SECOND
    with pytest.raises(CallFailed, match="a disturbance on leased channel span1:30"):
        bench.run_until(test.disturbed, within="900ms")
    bench.run_until(test.disturbed, within="1s")
    assert harmed <= bench.pump.now <= harmed + 3 * LOOK
    there, back = test.stop()
    assert (there.errors, back.errors) == (1, 0)
    assert test.stop() == [there, back]
    other = bench.leased[1].test()
    other.stop()
    with pytest.raises(CallFailed, match="the test of span1:31 was stopped"):
        bench.run_until(other.disturbed, within="1s")


def test_octets_of_ones_own(make_bench: MakeBench) -> None:
    bench = make_bench(more=PAIR)
    channel = bench.leased[1]
    assert (channel.name, channel.span, channel.channel, bool(channel.connected)) == (
        "span1:31",
        "span1",
        31,
        True,
    )
    first = -(-bench.pump.now // SAMPLE)
    channel.send(0x7E)
    channel.send(pattern_source(bench.leasing.plan(None).pattern), end="far")  # type: ignore[union-attr]
    bench.run_for("1s")
    assert channel.heard(first, 100) == b"\x7e" * 100
    channel.send(None)
    bench.run_for("10ms")
    assert channel.heard(bench.pump.now // SAMPLE - 10, 10) == bytes((Law.ALAW.silence,)) * 10


def test_misuse_is_told(make_bench: MakeBench) -> None:
    bench = make_bench(more=PAIR)
    channel = bench.leased[0]
    with pytest.raises(UsageError, match=r"pattern '2\^10': write"):
        channel.test("2^10")
    test = channel.test()
    with pytest.raises(UsageError, match="under test already"):
        channel.test()
    test.stop()
    channel.test().stop()
    test = channel.test()
    bench.close()
    with pytest.raises(UsageError, match="closed"):
        test.stop()
    with pytest.raises(UsageError, match="closed"):
        channel.send(0x7E)


def test_a_reset_bench_has_new_ones(make_bench: MakeBench) -> None:
    bench = make_bench(more=PAIR)
    bench.leased[0].test()
    bench.reset()
    assert [len(bench.leased), bool(bench.leased[0].connected)] == [2, True]
    assert all(verdict.holds for verdict in measure_leased(bench, "100ms"))


# -- semi-permanent ----------------------------------------------------------------------------------------


def test_at_its_hours_it_is_connected_and_otherwise_for_calls(make_bench: MakeBench) -> None:
    bench = make_bench(more=HOURS.format("18:00-18:01"))
    bench.far.number(NUMBER).answers()
    (channel,) = bench.leased
    assert not channel.connected
    assert bench.network is not None
    assert bench.near.capacity == bench.network.promised(NUMBER) == 30
    with pytest.raises(UsageError, match="certain hours only"):
        channel.test()
    call = bench.near.dial(NUMBER, channel=5)
    bench.run_until(call.active, within="5s")
    call.hang_up()
    bench.run_until(channel.connected, within="2m")
    assert bench.now == 60 * SECOND
    assert bench.network.promised(NUMBER) == 29
    refused = bench.near.dial(NUMBER, channel=5)
    assert (refused.cause, refused.decided_by) == (Cause.NO_CIRCUIT, "near")
    test = channel.test()
    bench.run_for("70s")
    assert not channel.connected
    assert bench.network.promised(NUMBER) == 30
    assert test.stopped
    assert [(verdict.bits, verdict.holds) for verdict in test.verdicts] == [(60 * 64_000, True)] * 2
    again = bench.near.dial(NUMBER, channel=5)
    bench.run_until(again.active, within="5s")
    again.hang_up()
    notes = [entry for entry in bench.timeline.entries if isinstance(entry, NoteEntry)]
    told = [entry.what for entry in notes if entry.where == "leased span1:5"]
    assert told == ["connected for data", "for calls again"]
    assert bench.audit() == []


def test_a_call_that_is_up_when_the_hours_begin_goes_on(make_bench: MakeBench) -> None:
    bench = make_bench(more=HOURS.format("18:00-08:00"))
    bench.far.number(NUMBER).answers()
    (channel,) = bench.leased
    call = bench.near.dial(NUMBER, channel=5)
    bench.run_for("61s")
    assert call.active
    assert not channel.connected
    with pytest.raises(UsageError, match="a call still has it"):
        channel.must_be_connected()
    (verdict,) = measure_leased(bench, "10ms")
    assert verdict.findings == ("not connected: a call still has it",)
    call.hang_up()
    bench.run_until(channel.connected, within="1s")
    assert all(verdict.holds for verdict in measure_leased(bench, "1s"))


def test_hours_that_hold_from_the_beginning(make_bench: MakeBench) -> None:
    bench = make_bench(more=HOURS.format("08:00-18:00"))
    assert bench.near.capacity == bench.far.capacity == 29
    assert bench.leased[0].connected
    assert all(verdict.holds for verdict in measure_leased(bench, "1s"))
    bench.run_for("1m")
    assert not bench.leased[0].connected
    assert measure_leased(bench, "10ms") == []
