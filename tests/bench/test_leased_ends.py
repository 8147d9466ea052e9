"""Leased channels whose other end is a device's, a peer's or a card's: looped back, through, and late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
import pytest
from dutbox import DutBox, install

from trunkbench.bench import Bench
from trunkbench.build import Ends
from trunkbench.config import BenchConfig, Depth, SpanConfig, parse_config
from trunkbench.device import TimeBase
from trunkbench.errors import UsageError
from trunkbench.leased import LeasedVerdict, measure_leased
from trunkbench.ports.wire import Wire
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.runner import play
from trunkbench.span import PeerEnd
from trunkwire import lapd
from trunkwire.g711 import Law
from trunkwire.side import Side
from trunkwire.ticks import SAMPLE, Tick

MakeBench = Callable[..., Bench]

PAIR = '[[access.leased]]\nspan = "span1"\nchannels = [30, 31]\n'


def by_direction(verdicts: list[LeasedVerdict]) -> dict[tuple[int, str], LeasedVerdict]:
    return {(verdict.channel, verdict.direction): verdict for verdict in verdicts}


class DataLink:
    """Somebody else's stack that has a data link and nothing to say."""

    def __init__(self, span: SpanConfig, side: Side) -> None:
        self.link = lapd.LapdLink(side)
        self.in_service = False

    def receive(self, frame: bytes, now: Tick) -> None:
        self.link.receive(frame, now)

    def handle_timer(self, now: Tick) -> None:
        self.link.handle_timer(now)

    def next_deadline(self) -> Tick | None:
        return self.link.next_deadline()

    def poll_output(self) -> bytes | None:
        while (output := self.link.poll_output()) is not None:
            if isinstance(output, lapd.Transmit):
                return output.frame
            self.in_service = self.in_service or isinstance(output, lapd.Established)
        return None

    def audit(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


def test_at_a_peer_the_timeslot_is_still_ours_and_never_offered(make_bench: MakeBench) -> None:
    bench = make_bench(more=PAIR, ends=Ends(far=DataLink))
    (far,) = bench.trunk.far
    assert isinstance(far, PeerEnd)
    assert {30, 31}.isdisjoint(far.slot_of.values())
    assert all(verdict.holds for verdict in measure_leased(bench, "500ms"))
    asked = bench.near.dial_many("300", 28)
    assert {call.channel for call in asked} == {*range(1, 16), *range(17, 30)}
    assert bench.near.dial("300").decided_by == "near"
    assert bench.network is not None  # and yet, without a number in the plan, any can be dialled


@pytest.mark.parametrize(
    ("scenario", "depth"),
    [
        ("glare", "event"),
        pytest.param("thirty-calls", "event", marks=pytest.mark.long),
        pytest.param("thirty-calls", "bits", marks=pytest.mark.long),
        pytest.param("no-channel", "event", marks=pytest.mark.long),
        pytest.param("restart", "event", marks=pytest.mark.long),
        pytest.param("restart", "bits", marks=pytest.mark.long),
        pytest.param("out-of-service", "event", marks=pytest.mark.long),
    ],
)
def test_scenarios_play_on_the_channels_that_are_left(scenario: str, depth: Depth) -> None:
    text = '[bench]\nname = "x"\n[[span]]\nname = "span1"\n' + PAIR
    text += '[[access.leased]]\nspan = "span1"\nchannels = [5]\nhours = "08:00-18:00"\n'
    result = play(SCENARIOS[scenario], parse_config(text, "test.toml"), depth=depth)
    assert result.verdict == "passed", result.reason


class LateCard:
    """A port that counts by the host's time and gives what arrived some octets late."""

    def __init__(self, port: Any, late: int) -> None:
        self._port, self._late = port, late
        self.caps = replace(port.caps, time=TimeBase.HOST)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def heard(self, slot: int, first: int, n: int) -> bytes:
        return bytes(self._port.heard(slot, first - self._late, n))


@pytest.mark.parametrize(("late", "pattern"), [(0, None), (500, None), (1999, "2^15-1"), (4000, "2^20-1")])
def test_between_cards_a_pattern_may_come_late(
    monkeypatch: pytest.MonkeyPatch, late: int, pattern: str | None
) -> None:
    cards = install(monkeypatch)
    wire = Wire(law=Law.ALAW, history=1 << 62)
    cards.ports |= {"a": lambda span: LateCard(wire.near, late), "b": lambda span: LateCard(wire.far, late)}
    text = '[bench]\nname = "rig"\nclock = "paced"\n[[span]]\nname = "span1"\nport = "cards:a"\n'
    with Bench(parse_config(text + 'far_port = "cards:b"\n' + PAIR, "rig.toml")) as bench:
        verdicts = measure_leased(bench, "3s", pattern)
    assert len(verdicts) == 4
    for verdict in verdicts:
        assert verdict.holds, verdict.describe()
        assert (verdict.delay, verdict.pattern) == (late * SAMPLE, pattern or "2^15-1")


def test_a_pattern_too_short_to_tell_channels_apart_is_measured_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cards = install(monkeypatch)
    wire = Wire(law=Law.ALAW, history=1 << 62)
    cards.ports |= {"a": lambda span: LateCard(wire.near, 7), "b": lambda span: LateCard(wire.far, 7)}
    text = '[bench]\nname = "rig"\nclock = "paced"\n[[span]]\nname = "span1"\nport = "cards:a"\n'
    with Bench(parse_config(text + 'far_port = "cards:b"\n' + PAIR, "rig.toml")) as bench:
        for verdict in measure_leased(bench, "500ms", "2^9-1"):
            assert (verdict.holds, verdict.hears, verdict.delay) == (True, "", 7 * SAMPLE)


# -- a device at the other end -----------------------------------------------------------------------------


def looping(monkeypatch: pytest.MonkeyPatch, topology: str) -> BenchConfig:
    """A device that sends back what comes on timeslot 31."""
    cards = install(monkeypatch)
    near = "network" if topology == "dut-pbx" else "user"
    text = (
        f'[bench]\nname = "rig"\nclock = "paced"\ntopology = "{topology}"\n'
        f'[[span]]\nname = "a"\nport = "cards:a"\nnear = "{near}"\n'
        '[[access.leased]]\nspan = "a"\nchannels = [31]\n'
    )
    config = parse_config(text, "rig.toml")

    def open_port(span: object) -> object:
        box = DutBox([config.spans[0]], side=Side(near).peer).becomes_exchange({})
        (end,) = box.ends
        end.port.play(
            31, lambda first, n: end.port.heard(31, first - 160, n) if first >= 160 else bytes(n), 0
        )
        return box.ports[0]

    cards.ports["a"] = open_port  # type: ignore[assignment]
    return config


@pytest.mark.parametrize("topology", ["dut-pbx", "dut-exchange"])
def test_what_the_device_loops_back_is_measured_there_and_back(
    monkeypatch: pytest.MonkeyPatch, topology: str
) -> None:
    with Bench(looping(monkeypatch, topology)) as bench:
        (channel,) = bench.leased
        with pytest.raises(UsageError, match="does not serve its far end"):
            channel.send(0x7E, end="far")
        (verdict,) = measure_leased(bench, "1s")
    assert verdict.holds, verdict.describe()
    assert (verdict.direction, verdict.pattern, verdict.hears) == ("looped back", "2^15-1", "near a:31")
    assert verdict.delay == 160 * SAMPLE
    assert verdict.describe().endswith("62,720 bits without error, 20.000 ms late")


def test_through_a_device_the_channels_of_both_spans_belong_together(monkeypatch: pytest.MonkeyPatch) -> None:
    cards = install(monkeypatch)
    spans = "".join(
        f'[[span]]\nname = "{name}"\nport = "cards:{name}"\nend = "{end}"\n'
        for name, end in (("a", "near"), ("b", "far"))
    )
    text = '[bench]\nname = "rig"\nclock = "paced"\ntopology = "through-dut"\n' + spans
    lease = '[[access.leased]]\nspan = "{}"\nchannels = {}\n'
    leases = lease.format("a", [1, 2]) + lease.format("b", [9, 10])
    config = parse_config(text + leases, "rig.toml")
    box = DutBox([msgspec.structs.replace(span) for span in config.spans], side=Side.USER)
    one, other = (end.port for end in box.ends)
    for here, there, slots in ((one, other, ((1, 9), (2, 10))), (other, one, ((10, 2), (9, 3)))):
        for come, leave in slots:
            there.play(leave, partial(here.heard, come), 0)
    cards.ports |= {"a": lambda span: box.ports[0], "b": lambda span: box.ports[1]}
    with Bench(config) as bench:
        found = by_direction(measure_leased(bench, "1s"))
    assert found[9, "near to far"].holds
    assert found[10, "near to far"].hears == "near a:2"
    assert found[2, "far to near"].hears == "far b:10"
    assert not found[1, "far to near"].holds
