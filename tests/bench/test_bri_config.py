"""A basic access in the configuration, and the scenario that plays it."""

from __future__ import annotations

from pathlib import Path

import pytest

from trunkbench.bench import Bench
from trunkbench.config import load_config, packaged_config, parse_config
from trunkbench.device import LineFault
from trunkbench.errors import ConfigError
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.runner import play
from trunkwire.ticks import SECOND

ROOT = Path(__file__).parents[2]
SCENARIO = SCENARIOS["bri-terminals"]

BUS = """
[bench]
name = "test"

[[span]]
name = "s0"
kind = "bri"
mode = "point-to-multipoint"
{span}
{terminals}
"""
ONE = '[[span.terminal]]\nname = "one"\n{more}\n'


def bus(span: str = "", *terminals: str) -> str:
    return BUS.format(span=span, terminals="\n".join(terminals or (ONE.format(more=""),)))


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "test.toml")
    return str(caught.value)


def test_the_packaged_bench_is_the_one_in_hw_config() -> None:
    packaged = ROOT / "bench" / "trunkbench" / "data" / "bri.toml"
    assert (ROOT / "hw-config" / "bri.toml").read_bytes() == packaged.read_bytes()
    config = load_config(ROOT / "hw-config" / "bri.toml")
    bus, line = config.spans
    assert (bus.is_bus, line.is_bus) == (True, False)
    assert bus.slots == line.slots == (1, 2)
    assert (bus.d_channel, bus.law, bus.crc4) == (3, "alaw", False)
    assert [terminal.name for terminal in bus.terminals] == ["hall", "kitchen", "office", "modem"]


def test_a_terminal_is_a_plain_telephone_by_default() -> None:
    [terminal] = parse_config(bus(), "test.toml").spans[0].terminals
    assert terminal.msn == ()
    assert terminal.subaddress is None
    assert terminal.tei == "auto"
    assert terminal.bearer == ("speech", "3.1kHz")
    assert terminal.calls == 1


def test_a_tei_is_a_number_or_auto() -> None:
    config = parse_config(bus("", ONE.format(more="tei = 63")), "test.toml")
    assert config.spans[0].terminals[0].tei == 63
    with Bench.from_config(parse_config(bus("", ONE.format(more="tei = 0")), "test.toml")) as bench:
        assert bench.far.terminal("one").tei == 0
    assert "span[0].terminal[0].tei" in refused(bus("", ONE.format(more="tei = 64")))
    assert "span[0].terminal[0].tei" in refused(bus("", ONE.format(more='tei = "manual"')))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (bus().replace('kind = "bri"\n', ""), 'span[0].mode: belongs to a basic access; write kind = "bri"'),
        (bus().replace('kind = "bri"\n', ""), "span[0].terminal: belongs to a basic access"),
        (bus().replace("multipoint", "point"), "span[0].terminal: several terminals share a bus"),
        (BUS.format(span="", terminals=""), "span[0].terminal: is missing"),
        (bus('near = "user"'), "span[0].near: the terminals of a bus are at the far end"),
        (
            bus("", *[ONE.format(more="").replace("one", f"t{n}") for n in range(9)]),
            "there are 9; a bus has 8",
        ),
        (bus("", ONE.format(more=""), ONE.format(more="")), "terminal[1].name: 'one' is the name of another"),
        (
            bus("", ONE.format(more="tei = 5"), ONE.format(more="tei = 5").replace("one", "two")),
            "terminal[1].tei: 5 is the TEI of another",
        ),
        (bus("", ONE.format(more="bearer = []")), "terminal[0].bearer: is empty"),
        (bus("", ONE.format(more='bearer = ["video"]')), "span[0].terminal[0].bearer"),
        (bus("", ONE.format(more="calls = 3")), "span[0].terminal[0].calls"),
        (bus("", ONE.format(more='msm = ["1"]')), "terminal[0].msm: unknown key; did you mean 'msn'?"),
        (bus("d_channel = 2"), "span[0].d_channel: a BRI has its D channel on timeslot 3, not 2"),
        (bus("b_channels = [1, 3]"), "span[0].b_channels: timeslot 3 carries the D channel"),
        (bus("b_channels = [4]"), "there is no timeslot 4 on a BRI of 3; its B channels are 1 to 2"),
        (bus("crc4 = true"), "span[0].crc4: is a matter of E1 framing"),
        (bus('port = "dahdi:1"'), "span[0].kind: 'bri' is on the loopback only"),
    ],
)
def test_what_a_basic_access_cannot_be(text: str, problem: str) -> None:
    assert problem in refused(text)


def test_eight_terminals_are_a_full_bus() -> None:
    names = [f"t{number}" for number in range(8)]
    text = bus("", *[ONE.format(more="").replace("one", name) for name in names])
    with Bench.from_config(parse_config(text, "test.toml")) as bench:
        teis = {bench.far.terminal(name).tei for name in names}
        assert len(teis) == 8
        assert None not in teis


def test_a_bus_without_numbers_and_with_one_channel() -> None:
    config = parse_config(bus("b_channels = [2]"), "test.toml")
    with Bench.from_config(config) as bench:
        assert bench.near.capacity == bench.far.capacity == 1
        bench.far.number("12345").answers()
        call = bench.near.dial("12345")
        bench.run_until(call.active, within="5s")
        assert call.channel == 2
        assert bench.near.dial("12345").outcome.decided_by == "near"
        assert bench.audit() == []


def test_the_scenario_passes_alike_at_both_depths() -> None:
    results = [play(SCENARIO, packaged_config("bri.toml"), depth=depth) for depth in ("event", "bits")]
    for result in results:
        assert result.verdict == "passed", result.reason
        texts = [check.text for check in result.checks]
        assert "200 rings at hall, kitchen, office" in texts
        assert "modem cannot serve the call and stays silent" in texts
        assert "kitchen is released with cause 26" in texts
        assert "a third call on the bus: cause 34, decided by the near end" in texts
        assert "line: near calls 300 on any channel: cause 34, decided by the far end" in texts
        assert "line: far calls 1000 twice at once: each hears the other party" in texts
        assert len(texts) == 22
    assert results[0].digest == results[1].digest


def test_on_a_bench_without_one_it_is_played_on_the_packaged_one() -> None:
    result = play(SCENARIO, load_config())
    assert result.verdict == "passed"
    assert result.notes == (
        "played on the packaged bri.toml: packaged loopback.toml has no span of kind 'bri'",
    )


@pytest.mark.parametrize(
    "name", ["thirty-calls", "busy-tone", "no-channel", "restart", "overlap", "hold", "glare", "link-loss"]
)
def test_a_line_plays_what_a_trunk_plays(name: str) -> None:
    config = parse_config('[bench]\nname = "line"\n[[span]]\nname = "line"\nkind = "bri"\n', "line.toml")
    event, bits = (play(SCENARIOS[name], config, depth=depth) for depth in ("event", "bits"))
    assert (event.verdict, event.reason) == ("passed", "")
    assert (bits.verdict, bits.digest) == ("passed", event.digest)


def _unplug(bench: Bench) -> None:
    kitchen = bench.far.terminal("kitchen").end
    kitchen.port.close()
    kitchen.gone = True


def _deaf(bench: Bench) -> None:
    channels = (1, 2)
    bench.trunk.near[0].port.insert(
        LineFault("slot-cross", bench.pump.now + SECOND, 60 * SECOND, None, channels)
    )


def _compatible(bench: Bench) -> None:
    import msgspec

    modem = bench.far.terminal("modem").end
    modem.terminal = msgspec.structs.replace(modem.terminal, bearer=("speech",))


@pytest.mark.parametrize(
    ("prepare", "failed", "exit_code"),
    [
        (_unplug, "200 rings at hall, kitchen, office: it rang at hall, office", 1),
        (_compatible, "200 rings at hall, kitchen, office: it rang at hall, kitchen, modem, office", 1),
        (_deaf, "bus: two calls at once: each hears the other party", 4),
    ],
)
def test_it_fails_when_the_bus_is_not_what_it_should_be(prepare: object, failed: str, exit_code: int) -> None:
    result = play(SCENARIO, packaged_config("bri.toml"), prepare=prepare)  # type: ignore[arg-type]
    assert result.verdict == "failed"
    assert result.reason.startswith(failed)
    assert result.exit_code == exit_code


def test_a_bus_of_one_telephone_is_too_small_for_it() -> None:
    result = play(SCENARIO, parse_config(bus(), "test.toml"))
    assert result.verdict == "skipped"
    assert result.reason == "span s0: needs two terminals for speech with numbers of their own"
