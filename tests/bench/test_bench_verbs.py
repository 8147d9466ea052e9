"""The bench itself: opening, closing, reset, audit; dialling, numbers and what they refuse."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trunkbench import Bench, CallFailed, Cause, ConfigError, all_of
from trunkbench.bench import all_calls
from trunkbench.build import Ends
from trunkbench.clock import VirtualClock
from trunkbench.config import BenchConfig
from trunkbench.device import Event, Port
from trunkbench.errors import PeerError, PortError, UsageError
from trunkbench.numbers import Plan
from trunkbench.span import SpanEnd
from trunkwire.q931.call import ChannelChoice
from trunkwire.q931.errors import ProtocolMisuse
from trunkwire.ticks import SECOND
from trunkwire.tones import BUSY, CONGESTION, SPECIAL_DIAL

MakeBench = Callable[..., Bench]
MakeConfig = Callable[..., BenchConfig]


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    """A bench whose 300 answers."""
    bench = make_bench()
    bench.far.number("300").answers()
    return bench


def up(bench: Bench, n: int = 1) -> None:
    calls = bench.near.dial_many("300", n)
    bench.run_until(all_of(call.active for call in calls), within="5s")


# -- opening and closing -----------------------------------------------------------------------------------


class Deaf:
    """A port on which nothing ever arrives."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self.closed = 0

    def poll(self, now: int) -> Iterator[Event]:
        """Nothing; line time goes on."""
        for _ in self._port.poll(now):
            pass
        return iter(())

    def close(self) -> None:
        """Count, and close."""
        self.closed += 1
        self._port.close()

    def __getattr__(self, name: str) -> object:
        return getattr(self._port, name)


def test_a_span_that_does_not_come_up_is_named_and_given_back(make_bench: MakeBench) -> None:
    ports: list[Deaf] = []

    def wrap(port: Port) -> Port:
        ports.append(Deaf(port))
        return ports[-1]  # type: ignore[return-value]

    with pytest.raises(PeerError, match=r"span1 far \(user side\): the D channel did not come up"):
        make_bench(ends=Ends(wrap_near=wrap, wrap_far=wrap))
    assert [port.closed for port in ports] == [1, 1]


def test_line_time_begins_when_the_spans_are_in_service(bench: Bench) -> None:
    assert bench.now == 0
    assert bench.pump.now == bench.timeline.epoch > SECOND
    assert bench.timeline.entries == []
    assert bench.audit() == []
    bench.run_for("1500ms")
    assert bench.now == 3 * SECOND // 2


def test_a_bench_is_given_back_once(make_config: MakeConfig) -> None:
    with Bench(make_config()) as bench:
        ports = [end.port for end in bench.trunk.ends]
        bench.close()
        bench.close()
    for port in ports:
        with pytest.raises(PortError, match="was closed"):
            port.send(16, b"\x00\x01\x7f")


def test_a_file_is_read_and_choices_overrule_it(make_config: MakeConfig, tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    path.write_text('[bench]\nname = "b"\nseed = 5\ndepth = "bits"\n[[span]]\nname = "s"\n')
    with Bench.from_config(path) as bench:
        assert (bench.seed, bench.depth) == (5, "bits")
        assert bench.describe().endswith("depth bits, seed 5")
    with Bench.from_config(path, seed=0, depth="event") as bench:
        assert (bench.seed, bench.depth) == (0, "event")
    with Bench.from_config() as bench:
        assert "loopback" in bench.describe()
    with pytest.raises(ConfigError, match="cannot be read"):
        Bench.from_config(str(path) + "x")


def test_the_spans_of_a_bench_share_one_law(make_config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match=r"span\[1\]\.law: 'ulaw', but span\[0\] has 'alaw'"):
        make_config(more='[[span]]\nname = "span2"\nlaw = "ulaw"\n')


def test_every_timer_of_the_config_reaches_its_machine(make_bench: MakeBench) -> None:
    from trunkbench.config import TimersConfig

    names = [name for name in TimersConfig.__struct_fields__ if name.startswith("t")]
    lines = "".join(f'{name.upper()} = "{100 + n}s"\n' for n, name in enumerate(names))
    bench = make_bench(more=f"[timers]\n{lines}N200 = 5\nk = 3\n")
    for end in (*bench.near.spans, *bench.far.spans):
        assert (end.link.settings.n200, end.link.settings.k) == (5, 3)
        for n, name in enumerate(names):
            settings = end.link.settings if name.startswith("t2") else end.control.settings
            assert getattr(settings, name) == (100 + n) * SECOND


# -- what is left over -------------------------------------------------------------------------------------


def test_audit_hangs_up_what_a_test_has_left(bench: Bench) -> None:
    up(bench, 3)
    bench.near.dial("300", complete=True)
    assert not bench.quiet()
    assert bench.audit() == []
    assert bench.quiet()
    assert all(call.cleared for call in all_calls((bench.near, bench.far)))
    assert bench.who_is_where() == "  no calls"


def test_audit_names_what_cannot_be_cleared(bench: Bench) -> None:
    up(bench)
    bench.far.spans[0].control.channels.seize(9, object())
    booking = bench.pump.at(bench.pump.now + 1000 * SECOND, lambda: None)
    before = bench.now
    left = bench.audit()
    assert left == ["far: span1 far (user side): channel 9 is in use", "bench: 1 bookings left on the agenda"]
    assert 85 * SECOND < bench.now - before <= 91 * SECOND, "it was given all the time that clearing may take"
    booking.cancel()


def test_audit_finds_descriptors(bench: Bench) -> None:
    ends = os.pipe()
    sockets = socket.socketpair()
    try:
        left = bench.audit()
    finally:
        for end in ends:
            os.close(end)
        for each in sockets:
            each.close()
    assert len(left) == 2
    assert all("bench: descriptor" in line and "socket" in line for line in left)
    assert bench.audit() == []


def test_hanging_up_everything_is_a_verb_of_its_own(bench: Bench) -> None:
    up(bench, 2)
    bench.hang_up_all()
    bench.hang_up_all()
    calls = all_calls((bench.near, bench.far))
    assert [call.cleared.check(bench.pump.now) for call in calls] == [None] * 4, "it takes time"
    bench.run_until(all_of(call.cleared for call in calls), within="1s")
    assert {call.cause for call in calls} == {Cause.NORMAL_CLEARING}


def test_all_calls_come_in_the_order_in_which_they_began(bench: Bench) -> None:
    bench.near.number("400").answers()
    up(bench, 2)
    bench.far.dial("400")
    bench.run_for("1s")
    told = [(call.end, call.index) for call in all_calls((bench.far, bench.near))]
    assert told[:2] == [("near", 1), ("near", 2)]
    assert told[2:4] == [("far", 1), ("far", 2)]
    assert told[4:] == [("far", 3), ("near", 3)]


def test_reset_is_a_new_beginning(bench: Bench) -> None:
    up(bench, 2)
    first = bench.random.random()
    bench.near.lines.identify = False
    bench.near.lines.no_circuit = CONGESTION
    bench.far.answering.tamper = lambda plan: plan
    old = bench.near.calls[0]
    bench.settle()
    outcome, near = old.outcome, bench.near
    bench.reset()
    assert bench.now == 0
    assert old.outcome == outcome, "what was found out before stays"
    with pytest.raises(UsageError, match=r"has been reset since: take bench\.near and bench\.far anew"):
        near.dial("300")
    assert bench.near.calls == bench.far.calls == []
    assert bench.far.plans == {}
    assert bench.far.number("300").plan == Plan("rejects", cause=Cause.UNALLOCATED)  # type: ignore[union-attr]
    assert bench.timeline.entries == []
    assert bench.random.random() == first
    assert bench.near.lines.identify
    assert bench.near.lines.no_circuit is BUSY
    assert bench.far.answering.tamper is None
    assert old.cleared
    bench.far.number("300").answers()
    call = bench.near.dial("300")
    assert (call.caller, call.index) == (old.caller, 1), "callers are counted anew"
    bench.run_until(call.active, within="1s")
    assert bench.audit() == []


def story(bench: Bench) -> str:
    bench.far.number("300").answers(after="1s")
    calls = bench.near.dial_many("300", 3)
    bench.run_until(all_of(call.active for call in calls), within="5s")
    calls[0].hang_up()
    bench.run_until(calls[0].cleared, within="1s")
    bench.run_for("21s")  # T203 makes layer 2 speak
    return bench.digest()


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_a_story_after_a_reset_has_the_digest_of_a_new_bench(make_bench: MakeBench, depth: str) -> None:
    """Whatever has been before: V(S), call references, round robin and the phase of the flags begin anew."""
    choices = {"depth": depth, "more": '[near]\nselection = "round-robin"\n'}
    digest = story(make_bench(**choices))
    bench = make_bench(**choices)
    assert story(bench) == digest
    bench.near.dial("300")
    bench.run_for("3001ms")
    bench.reset()
    assert story(bench) == digest
    bench.reset()
    assert story(bench) == digest


def test_a_reset_leaves_the_link_of_a_bench_that_is_not_all_ours(make_bench: MakeBench) -> None:
    """With a clock of somebody else's, as with hardware, the spans stay in service and go on counting."""
    bench = make_bench(clock=VirtualClock())
    link, near = bench.near.spans[0].link, bench.near
    story(bench)
    before = bench.near.spans[0].link.counters
    bench.reset()
    assert bench.near is near
    assert bench.near.spans[0].link is link
    assert link.counters == before
    assert (bench.now, bench.near.calls, bench.timeline.entries) == (0, [], [])
    story(bench)
    assert bench.audit() == []


def test_a_bench_that_cannot_be_brought_to_rest_is_not_reset(bench: Bench) -> None:
    up(bench)
    bench.far.spans[0].control.channels.seize(9, object())
    with pytest.raises(PeerError, match="channel 9 is in use"):
        bench.reset()
    assert bench.near.calls, "nothing was forgotten"


# -- dialling and answering --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"called": ""}, "number ''"),
        ({"called": "30 0"}, "write digits"),
        ({"called": "3" * 33}, "at most 32"),
        ({"called": "300", "caller": "../up"}, r"number '\.\./up'"),
        ({"called": "300", "channel": 16}, "channel 16: no span has a B channel of that number"),
        ({"called": "300", "channel": 99}, "channel 99"),
        ({"called": "300", "choice": "prefered"}, "write exclusive, preferred, any"),
        ({"called": "300", "channel": 5, "choice": "any"}, "leave out one of the two"),
    ],
)
def test_what_cannot_be_dialled_is_refused_before_a_call_exists(
    bench: Bench, choices: dict[str, object], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        bench.near.dial(**choices)  # type: ignore[arg-type]
    assert bench.near.calls == []
    assert bench.timeline.entries == []
    assert bench.near.dial("300").caller == "1000", "no caller was used up"


def test_channels_are_chosen_as_asked_for(make_bench: MakeBench) -> None:
    bench = make_bench(more='[near]\nchannel = "any"\n')
    bench.far.number("300").answers()
    asked = [
        bench.near.dial("300"),
        bench.near.dial("300", channel=7),
        bench.near.dial("300", channel=7, choice=ChannelChoice.PREFERRED),
        bench.near.dial("300", channel=7, choice="exclusive"),
    ]
    bench.run_for("1s")
    assert [call.channel for call in asked[:2]] == [31, 7], "any: the far end's own hunting decides"
    assert asked[2].active
    assert asked[2].channel not in (None, 7)
    assert (asked[3].cause, asked[3].decided_by) == (Cause.NO_CIRCUIT, "near")


@pytest.mark.parametrize(
    ("selection", "expected"),
    [("ascending", [1, 2, 1]), ("descending", [31, 30, 31]), ("round-robin", [1, 2, 3])],
)
def test_the_end_s_selection_is_the_config_s(
    make_bench: MakeBench, selection: str, expected: list[int]
) -> None:
    bench = make_bench(more=f'[near]\nselection = "{selection}"\n')
    bench.far.number("300").answers()
    calls = bench.near.dial_many("300", 2)
    bench.run_for("500ms")
    for call in calls:
        call.hang_up()
    bench.run_for("500ms")
    assert [call.channel for call in (*calls, bench.near.dial("300"))] == expected


def test_calls_overflow_to_the_next_span_in_order(make_bench: MakeBench) -> None:
    bench = make_bench(span="b_channels = [1, 2]", more='[[span]]\nname = "span2"\nb_channels = [2, 3]\n')
    bench.far.number("300").answers()
    calls = bench.near.dial_many("300", 5)
    taken = [(call.span.index, call.channel) if call.span is not None else None for call in calls]
    assert taken == [(0, 1), (0, 2), (1, 2), (1, 3), None]
    bench.hang_up_all()
    bench.run_for("1s")
    named = bench.near.dial("300", channel=3)
    assert named.span is bench.near.spans[1], "only that span has it"


def test_callers_are_counted_with_their_zeros(make_bench: MakeBench) -> None:
    bench = make_bench(more='[near]\ncalling = "0098"\n')
    assert [call.caller for call in bench.near.dial_many("1", 3)] == ["0098", "0099", "0100"]
    assert bench.near.dial("1", caller="*7#").caller == "*7#"


def test_plans_say_what_they_do(bench: Bench) -> None:
    number = bench.far.number("5")
    changes: list[Callable[[], object]] = [
        lambda: number.answers(after="2s"),
        number.never_answers,
        number.busy,
        lambda: number.busy(tone=True, after="250ms"),
        lambda: number.rejects(21),
        number.unallocated,
        lambda: number.disconnects(34, in_band=True),
    ]
    told = []
    for change in changes:
        change()
        told.append(str(bench.far.plans["5"]))
    assert told == [
        "answers after 2 s", "alerts", "disconnects with cause 17",
        "disconnects after 0.25 s with cause 17 and in-band information", "rejects with cause 21",
        "rejects with cause 1", "disconnects with cause 34 and in-band information",
    ]  # fmt: skip


def test_answering_by_hand_takes_the_booking_back(bench: Bench) -> None:
    bench.far.number("301").answers(after="5s")
    call = bench.near.dial("301")
    bench.run_until(call.alerting, within="1s")
    (other,) = bench.far.calls
    other.answer()
    bench.run_until(call.active, within="1s")
    assert bench.pump.bookings() == 0
    with pytest.raises(ProtocolMisuse, match="does not allow"):
        other.answer()
    bench.run_for("6s")
    assert call.active


@pytest.mark.parametrize("verb", ["reject", "hang_up", "caller"])
def test_what_ends_a_call_takes_its_booking_back_at_once(bench: Bench, verb: str) -> None:
    bench.far.number("301").answers(after="5s")
    call = bench.near.dial("301")
    bench.run_until(call.alerting, within="1s")
    (other,) = bench.far.calls
    assert bench.pump.bookings() == 1
    if verb == "caller":
        call.hang_up()
        bench.run_until(other.ended, within="1s")
        assert not other.cleared.check(bench.pump.now)
    else:
        getattr(other, verb)()
    assert bench.pump.bookings() == 0


def test_a_booked_answer_spares_a_call_that_clears_of_its_own_accord(bench: Bench) -> None:
    """STATUS with an incompatible state makes call control clear (Q.931 5.8.11) without asking the bench."""
    bench.far.number("301").answers(after="50ms")
    call = bench.near.dial("301")
    bench.run_until(call.alerting, within="1s")
    (other,) = bench.far.calls
    assert isinstance(other.span, SpanEnd)
    assert other.q931 is not None
    reference = (other.q931.reference).to_bytes(2, "big")
    status = b"\x08\x02" + reference + bytes.fromhex("7d0802 80e5 14010a".replace(" ", ""))
    bench.near.spans[0].link.send(status, bench.pump.now)
    bench.near.spans[0].drain()
    bench.run_for("20ms")
    other.hang_up()
    bench.run_for("2s")
    assert call.cleared
    assert other.cleared
    assert bench.audit() == []


def test_tones_that_the_zone_lacks_are_refused(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("300").answers()
    call = bench.near.dial("300")
    bench.run_until(call.active, within="1s")
    lacking = [kind for kind in (SPECIAL_DIAL, CONGESTION, BUSY) if kind not in bench.near.lines.zone.tones]
    for kind in lacking:
        with pytest.raises(UsageError, match="has no"):
            call.play(kind)
    refused = bench.near.dial("300", channel=call.channel)
    with pytest.raises(UsageError, match="has no channel to play into"):
        refused.play(BUSY)
    with pytest.raises(UsageError, match="cannot take further digits"):
        refused.more_digits("1")


def test_who_is_where_lists_what_is_not_over(bench: Bench) -> None:
    bench.far.number("200").busy()
    up(bench)
    over = bench.near.dial("200")
    bench.run_until(over.cleared, within="1s")
    table = bench.who_is_where().splitlines()
    assert len(table) == 2
    assert "near call 1 (1000 → 300): active, span span1 near (network side) channel 1" in table[0]
    with pytest.raises(CallFailed, match="cannot ring any more: it was ended by far with cause 17"):
        bench.run_until(over.alerting, within="1s")
