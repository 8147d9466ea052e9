"""The topologies with a device in software at the other end: each scenario plays, or is skipped with its
reason.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from dutbox import Cards, DutBox, install
from sources import ROOT

from trunkbench import Bench, Cause
from trunkbench.conditions import all_of
from trunkbench.config import BenchConfig, SpanConfig, load_config, parse_config
from trunkbench.errors import NotOnThisBench
from trunkbench.numbers import Plan
from trunkbench.ports.wire import Wire
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.known_bugs import KNOWN_BUGS
from trunkbench.scenarios.runner import play
from trunkbench.timeline import FrameEntry
from trunkwire.g711 import Law
from trunkwire.side import Side
from trunkwire.tones import BUSY

HEAD = '[bench]\nname = "rig"\nclock = "paced"\ntopology = "{}"\n'
PLAN = '[dut.plan]\nanswers = ["300"]\nbusy = ["200"]\n'
DEVICE = {"300": Plan("answers"), "200": Plan("disconnects", cause=Cause.USER_BUSY)}


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> Cards:
    return install(monkeypatch)


def span(name: str, **keys: str) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in keys.items())
    return f'[[span]]\nname = "{name}"\nport = "cards:{name}"\n{lines}'


def crossover(cards: Cards) -> BenchConfig:
    def near(span: SpanConfig) -> object:
        cards.ports["b"] = lambda span: wire.far
        return wire.near

    wire = Wire(law=Law.ALAW, history=1 << 62)
    cards.ports["a"] = near  # type: ignore[assignment]
    return parse_config(HEAD.format("crossover") + span("a", far_port='"cards:b"'), "rig.toml")


def dut(cards: Cards, topology: str, more: str = PLAN, **box: object) -> BenchConfig:
    """A private exchange (or a public one) behind one span."""
    near = "network" if topology == "dut-pbx" else "user"
    config = parse_config(HEAD.format(topology) + span("a", near=f'"{near}"') + more, "rig.toml")
    theirs = msgspec.structs.replace(config.spans[0], **box)

    def open_port(span: SpanConfig) -> object:
        return DutBox([theirs], side=span.near.peer).becomes_exchange(DEVICE).ports[0]

    cards.ports["a"] = open_port  # type: ignore[assignment]
    return config


def through(cards: Cards, more: str = "") -> BenchConfig:
    """A tandem switch between two spans."""
    spans = span("a", near='"network"') + span("b", near='"network"', end='"far"')
    config = parse_config(HEAD.format("through-dut") + spans + more, "rig.toml")

    def near(span: SpanConfig) -> object:
        box = DutBox(config.spans, side=Side.USER).becomes_tandem(lambda line: 1 - line)
        cards.ports["b"] = lambda span: box.ports[1]
        return box.ports[0]

    cards.ports["a"] = near  # type: ignore[assignment]
    return config


def carrier(cards: Cards, more: str = "", public: str = "false") -> BenchConfig:
    """A carrier that brings every call back on the trunk that it came on."""
    config = parse_config(HEAD.format("carrier") + span("a", near='"user"', public=public) + more, "rig.toml")

    def open_port(span: SpanConfig) -> object:
        return DutBox(config.spans, side=Side.NETWORK).becomes_tandem(lambda line: line).ports[0]

    cards.ports["a"] = open_port  # type: ignore[assignment]
    return config


def dut_pbx(cards: Cards) -> BenchConfig:
    return dut(cards, "dut-pbx")


def dut_exchange(cards: Cards) -> BenchConfig:
    return dut(cards, "dut-exchange")


BUGS = [each.name for each in KNOWN_BUGS]
ON_ANY_TRUNK = [
    name for name, each in SCENARIOS.items() if each.kind is None and not each.facing and name not in BUGS
]
FACING = [name for name, each in SCENARIOS.items() if each.facing]
RIGS: list[Callable[[Cards], BenchConfig]] = [crossover, dut_pbx, dut_exchange, through, carrier]


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize("name", ON_ANY_TRUNK)
def test_every_scenario_passes(cards: Cards, rig: Callable[[Cards], BenchConfig], name: str) -> None:
    result = play(SCENARIOS[name], rig(cards))
    assert (result.verdict, result.reason) == ("passed", "")


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize("name", FACING)
def test_what_needs_both_ends_passes_where_they_are_ours(
    cards: Cards, rig: Callable[[Cards], BenchConfig], name: str
) -> None:
    result = play(SCENARIOS[name], rig(cards))
    if rig is crossover:
        assert (result.verdict, result.reason) == ("passed", "")
        return
    assert result.verdict == "skipped"
    assert "both ends of each span have to be ours, with nothing but the line between them" in result.reason
    assert (result.exit_code, result.calls) == (0, ())


NOT_TO_BE_HAD = {
    ("setup-repeated-shorter", "dut_pbx"): "the far end has to place a call",
    ("setup-repeated-shorter", "dut_exchange"): "the far end has to place a call",
    ("setup-repeated-shorter", "carrier"): "the far end has to place a call",
    ("progress-without-indicator", "dut_pbx"): "names no number under never_answers",
    ("progress-without-indicator", "dut_exchange"): "names no number under never_answers",
    ("progress-without-indicator", "through"): "the far end sent no PROGRESS",
    ("progress-without-indicator", "carrier"): "the far end sent no PROGRESS",
    ("promised-tone-missing", "dut_pbx"): "without a promise of tones",
    ("promised-tone-missing", "dut_exchange"): "without a promise of tones",
}


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize("name", [name for name in BUGS if name not in FACING])
def test_known_bugs_are_looked_for_where_they_can_show(
    cards: Cards, rig: Callable[[Cards], BenchConfig], name: str
) -> None:
    result = play(SCENARIOS[name], rig(cards))
    missing = NOT_TO_BE_HAD.get((name, rig.__name__))
    assert result.verdict == ("passed" if missing is None else "skipped"), result.reason
    assert (missing or "") in result.reason


def test_a_device_without_the_numbers_skips_every_scenario_with_the_reason(cards: Cards) -> None:
    config = dut(cards, "dut-pbx", '[dut.plan]\nanswers = ["301"]\n')
    for name in ON_ANY_TRUNK:
        result = play(SCENARIOS[name], config)
        wish = "busy" if name == "busy-tone" else "answers"
        has = "no number" if name == "busy-tone" else "301"
        assert result.verdict == "skipped"
        assert f"the device's plan names {has} under {wish}, not " in result.reason
        assert "to [dut.plan]" in result.reason
        assert result.exit_code == 0


@pytest.mark.parametrize("rig", RIGS)
def test_what_is_about_another_kind_of_span_is_skipped_on_hardware(
    cards: Cards, rig: Callable[[Cards], BenchConfig]
) -> None:
    config = rig(cards)
    result = play(SCENARIOS["t1-twenty-three"], config)
    assert result.verdict == "skipped"
    assert result.reason == f"needs a span of kind 't1'; bench {config.bench.name!r} has none"
    assert result.exit_code == 0
    assert result.calls == ()


def test_what_no_plan_can_name_is_not_on_this_bench(cards: Cards) -> None:
    with Bench(dut(cards, "dut-pbx")) as bench:
        number = bench.far.number("300")
        assert number.answers(after="1s") is number
        for wish in (number.busy, number.rejects, number.never_answers, number.unallocated):
            with pytest.raises(NotOnThisBench, match=r"\[dut.plan\]"):
                wish()
        with pytest.raises(NotOnThisBench, match="cannot be told to clear with cause 38"):
            number.disconnects(38)
        with pytest.raises(NotOnThisBench, match="the far end is not ours"):
            bench.far.dial("1000")
        with pytest.raises(NotOnThisBench, match="the far end is not ours"):
            bench.far.restart()


def test_on_the_loopback_our_far_end_plays_the_device_again_after_a_reset() -> None:
    text = '[bench]\nname = "b"\ntopology = "dut-pbx"\n[[span]]\nname = "s"\n' + PLAN
    with Bench(parse_config(text, "b.toml")) as bench:
        for _ in range(2):
            call = bench.near.dial("300")
            bench.run_until(call.active, within="1s")
            busy = bench.near.dial("200")
            bench.run_until(busy.hears(BUSY), within="4s")
            assert busy.outcome.cause is Cause.USER_BUSY
            bench.reset()


def test_through_the_device_each_party_is_found_on_the_channel_that_it_was_given(cards: Cards) -> None:
    with Bench(through(cards)) as bench:
        bench.far.number("300").answers()
        calls = bench.near.dial_many("300", 5)
        bench.run_until(all_of(call.active for call in calls), within="5s")
        bench.run_until(all_of(call.hears_own_channel() for call in (*calls, *bench.far.calls)), within="1s")
        assert [call.channel for call in calls] == [1, 2, 3, 4, 5]
        assert [call.channel for call in bench.far.calls] == [31, 30, 29, 28, 27]
        frames = [entry for entry in bench.timeline.entries if isinstance(entry, FrameEntry)]
        assert {frame.span for frame in frames} == {0, 1}


def test_a_device_that_crosses_two_calls_is_found_out(cards: Cards) -> None:
    config = through(cards)
    inner = cards.ports["a"]

    def crossing(span: SpanConfig) -> object:
        port = inner(span)
        box = port.box  # type: ignore[attr-defined]
        bridge = box._bridge

        def cross(here, call, there, other):  # type: ignore[no-untyped-def]
            bridge(here, call, there, other)
            if here.index == 0 and call.channel in (3, 4):
                wrong = there.slot_of[other.channel] + (1 if call.channel == 4 else -1)
                here.port.play(
                    here.slot_of[call.channel],
                    lambda first, n: there.port.heard(wrong, first - 160, n),
                    (box._next_sample() + 160) * 8,
                )

        box._bridge = cross
        return port

    cards.ports["a"] = crossing  # type: ignore[assignment]
    result = play(SCENARIOS["thirty-calls"], config)
    assert (result.verdict, result.exit_code) == ("failed", 4)
    assert "on channel 3: crossed: it hears far end, span 1, channel 28" in result.reason


def test_a_carrier_brings_calls_back_to_the_far_numbers(cards: Cards) -> None:
    with Bench(carrier(cards)) as bench:
        assert bench.near.capacity == 15
        bench.far.number("300").answers(after="1s")
        call = bench.near.dial("300")
        bench.run_until(call.active, within="5s")
        (arrived,) = bench.far.calls
        assert (call.channel, arrived.channel) == (1, 31)
        bench.run_until(all_of([call.hears_own_channel(), arrived.hears_own_channel()]), within="1s")
        with pytest.raises(NotOnThisBench, match="no trunk of its own"):
            bench.far.dial("1000")


@pytest.mark.parametrize("topology", ["through-dut", "carrier"])
def test_what_needs_hardware_says_so_on_the_loopback(topology: str) -> None:
    text = f'[bench]\nname = "b"\ntopology = "{topology}"\n[[span]]\nname = "s"\n'
    with pytest.raises(Exception, match=f"topology '{topology}' needs hardware ports"):
        Bench(parse_config(text, "b.toml"))


def test_the_device_may_count_its_channels_logically(cards: Cards) -> None:
    config = dut(cards, "dut-pbx", 'channel_numbering = "logical"\n' + PLAN, channel_numbering="logical")
    assert play(SCENARIOS["thirty-calls"], config).verdict == "passed"


def test_a_run_takes_the_lock_of_its_ports(
    cards: Cards, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("TRUNKBENCH_LOCK_DIR", str(tmp_path))
    held: list[str] = []
    config = crossover(cards)

    def prepare(bench: Bench) -> None:
        from trunkbench.lock import lock_path

        held.extend(port for port in config.hardware_ports if lock_path(port).read_text())

    assert play(SCENARIOS["busy-tone"], config, prepare=prepare).verdict == "passed"
    assert held == ["cards:a", "cards:b"]


@pytest.mark.parametrize("topology", ["dut-pbx", "dut-exchange", "through-dut", "carrier"])
def test_each_topology_has_a_config_to_begin_with(topology: str) -> None:
    config = load_config(ROOT / "hw-config" / f"{topology}.toml")
    assert config.bench.topology == topology
    assert all(span.public for span in config.spans) == (topology == "carrier")


def seen_clocks(cards: Cards, keys: dict[str, str]) -> list[str]:
    """The clock sources with which near and far port were opened."""
    seen: list[str] = []
    wire = Wire(law=Law.ALAW, history=1 << 62)
    for name, port in (("a", wire.near), ("b", wire.far)):

        def open_port(span: SpanConfig, port: object = port) -> object:
            seen.append(span.clock)
            return port

        cards.ports[name] = open_port  # type: ignore[assignment]
    text = HEAD.format("crossover") + span("a", far_port='"cards:b"', **keys)
    Bench(parse_config(text, "rig.toml")).close()
    return seen


def test_a_crossover_has_one_master(cards: Cards) -> None:
    assert seen_clocks(cards, {}) == ["internal", "recover"]
    assert seen_clocks(cards, {"clock": '"recover"'}) == ["recover", "internal"]
    assert seen_clocks(cards, {"far_clock": '"internal"'}) == ["internal", "internal"]
