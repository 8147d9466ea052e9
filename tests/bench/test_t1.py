"""A T1 with 23B+D: its slots, its law, both depths of its line, and twenty-three calls at once."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from trunkbench import Bench, all_of
from trunkbench.config import BenchConfig, load_config, packaged_config, parse_config
from trunkbench.device import Frame, LineFault, Mode
from trunkbench.e1dserver.offer import offer_bench
from trunkbench.errors import ConfigError, PortError
from trunkbench.ports.wire import Depth, Toward, Wire
from trunkbench.scenarios import SCENARIOS, Result
from trunkbench.scenarios.runner import play
from trunkbench.spankind import E1, KINDS, T1
from trunkbench.trace.frames import read_frames
from trunkbench.trace.record import FrameRecord
from trunkwire.g711 import Law
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import BearerCapabilityIE, ChannelIdentificationIE, Layer1
from trunkwire.q931.message import parse
from trunkwire.tones import CONGESTION, Ident, identify

ROOT = Path(__file__).resolve().parents[2]
SABME = bytes.fromhex("00017f")
T1_SPAN = '[bench]\nname = "b"\n[[span]]\nname = "s"\nkind = "t1"\n'
SCENARIO = SCENARIOS["t1-twenty-three"]


@pytest.fixture
def t1() -> BenchConfig:
    return packaged_config("t1.toml")


# what a kind says


def test_the_kinds() -> None:
    assert set(KINDS) >= {"e1", "t1"}
    assert (E1.slots, E1.d_slot, E1.law, E1.octets) == (tuple(range(1, 32)), 16, "alaw", 32)
    assert (T1.slots, T1.d_slot, T1.law, T1.octets) == (tuple(range(1, 25)), 24, "ulaw", 25)
    assert E1.b_slots == (*range(1, 16), *range(17, 32))
    assert T1.b_slots == tuple(range(1, 24))
    assert (E1.d_bits, T1.d_bits) == (8, 8)
    assert (E1.framed, E1.crc4, T1.framed, T1.crc4) == (True, True, False, False)
    assert (E1.d_slot_fixed, T1.d_slot_fixed) == (False, True)


def test_the_defaults_of_a_span_are_those_of_its_kind() -> None:
    t1 = parse_config(T1_SPAN, "b.toml").spans[0]
    assert (t1.law, t1.crc4, t1.d_channel, t1.slots) == ("ulaw", False, 24, tuple(range(1, 24)))
    e1 = parse_config(T1_SPAN.replace("t1", "e1"), "b.toml").spans[0]
    assert (e1.law, e1.crc4, e1.d_channel, len(e1.slots)) == ("alaw", True, 16, 30)
    given = parse_config(T1_SPAN + 'law = "alaw"\nb_channels = [23, 1]\n', "b.toml").spans[0]
    assert (given.law, given.slots) == ("alaw", (23, 1))


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        (
            "b_channels = [23, 25]\n",
            "span[0].b_channels: there is no timeslot 25 on a T1 of 24; its B channels are 1 to 23",
        ),
        ("b_channels = [1, 24]\n", "span[0].b_channels: timeslot 24 carries the D channel (d_channel)"),
        (
            "d_channel = 16\n",
            "span[0].d_channel: a T1 has its D channel on timeslot 24, not 16; leave the key out",
        ),
        ("d_channel = 0\n", "span[0].d_channel: expected `int` >= 1 (given: 0)"),
        (
            "crc4 = true\n",
            "span[0].crc4: is a matter of E1 framing; a T1 has none, leave the key out",
        ),
        ('kind = "t2"\n', "span[0].kind: must be one of"),
        (
            '[[span]]\nname = "e"\n',
            "span[1].law: 'alaw', but span[0] has 'ulaw': use one law for all",
        ),
    ],
)
def test_what_cannot_be_is_named(extra: str, problem: str) -> None:
    text = T1_SPAN.replace('kind = "t1"\n', "") if extra.startswith("kind") else T1_SPAN
    with pytest.raises(ConfigError) as caught:
        parse_config(text + extra, "b.toml")
    first, found = str(caught.value).splitlines()
    assert first == "b.toml: the configuration is unusable:"
    assert found.strip().startswith(problem)


def test_hardware_and_osmo_e1d_have_e1_only(tmp_path: Path, t1: BenchConfig) -> None:
    text = (
        '[bench]\nname = "b"\nclock = "card"\ntopology = "carrier"\n[[span]]\nname = "s"\nport = "dahdi:1"\n'
    )
    assert parse_config(text, "b.toml").spans[0].kind == "e1"
    with pytest.raises(ConfigError, match="'t1' is on the loopback only"):
        parse_config(text + 'kind = "t1"\n', "b.toml")
    with pytest.raises(ConfigError, match="osmo-e1d has E1 lines only"):
        offer_bench(t1, tmp_path / "socket")


# the line


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_the_wire_has_twenty_four_slots(depth: Depth) -> None:
    wire = Wire(law=Law.ULAW, kind=T1, depth=depth)
    assert wire.near.caps.slots == tuple(range(1, 25))
    assert wire.near.caps.alarms == frozenset()
    for end in (wire.near, wire.far):
        end.open(24, Mode.FRAMES)
        end.open(1, Mode.OCTETS)
        for slot in (0, 25, 31):
            with pytest.raises(PortError, match=f"no timeslot {slot} to open; choose 1 to 24"):
                end.open(slot, Mode.OCTETS)
    wire.advance(0)
    wire.near.send(24, SABME)
    wire.near.play(1, lambda first, n: bytes((first + i) & 0xFF for i in range(n)), 0)
    deadline = wire.far.next_deadline()
    while deadline is not None and deadline < 800 and not (events := list(wire.far.poll(deadline))):
        deadline = wire.far.next_deadline()
    assert events == [Frame(56, 24, SABME)]
    wire.advance(8 * 100)
    line = wire.render(Toward.FAR, 0, 100)
    assert line.shape == (100, 25)
    assert set(line[:, 0].tolist()) == {0xFF}, "the F bit is constant: its framing is not modelled"
    assert line[:, 1].tolist() == list(range(100))
    assert set(line[:, 2:24].reshape(-1).tolist()) == {Law.ULAW.silence}
    assert line[0, 24] == 0x7E, "an idle flag"
    assert wire.far.heard(1, 5, 3) == bytes((5, 6, 7))


def test_crc4_is_not_for_a_line_without_that_framing() -> None:
    with pytest.raises(PortError, match="wire of kind 't1': it has no CRC-4"):
        Wire(law=Law.ULAW, kind=T1, crc4=True)
    assert Wire(law=Law.ULAW, kind=T1).crc4 is False
    assert Wire(law=Law.ALAW).crc4 is True


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (LineFault("cut", 8, 80), "fault 'cut' is unknown here"),
        (LineFault("ais", 8, 80), "fault 'ais' is unknown here"),
        (LineFault("bit-error-rate", 8, 80, None, (1, 1)), "fault 'bit-error-rate' is unknown here"),
        (LineFault("bit-errors", 8, 80, None, (1,)), "name the slot"),
        (LineFault("slot-dead", 8, 80, 25), "its slot must be 1 to 24"),
        (LineFault("slot-cross", 8, 80, None, (3, 25)), "slots are 1 to 24"),
    ],
)
def test_faults_of_a_framing_that_is_not_there(fault: LineFault, problem: str) -> None:
    wire = Wire(law=Law.ULAW, kind=T1)
    assert wire.near.caps.faults == {"slot-cross", "slot-dead", "bit-errors", "frame-drop", "frame-corrupt"}
    with pytest.raises(PortError, match=problem):
        wire.near.insert(fault)


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_bit_errors_hit_the_slot_that_they_name(depth: Depth) -> None:
    wire = Wire(law=Law.ULAW, kind=T1, depth=depth)
    for end in (wire.near, wire.far):
        for slot in (23, 24):
            end.open(slot, Mode.OCTETS)
    wire.near.insert(LineFault("bit-errors", 80, 0, 24, (0, 15)))
    wire.near.insert(LineFault("slot-cross", 160, 80, None, (23, 24)))
    wire.advance(0)
    wire.near.play(23, lambda first, n: b"\x11" * n, 0)
    wire.advance(400)
    assert wire.far.heard(24, 9, 4) == bytes((0xFF, 0x7F, 0xFE, 0xFF))
    assert wire.far.heard(24, 19, 12) == b"\xff" + b"\x11" * 10 + b"\xff"
    assert wire.far.heard(23, 19, 12) == b"\x11" + b"\xff" * 10 + b"\x11"


@pytest.mark.parametrize("bit", range(0, 80, 7))
def test_a_corrupted_frame_is_the_same_at_both_depths(bit: int) -> None:
    """From the event trace and, since a bit is wrong, from bits on demand; or from bits all the time."""
    seen = []
    for depth in ("event", "bits"):
        wire = Wire(law=Law.ULAW, kind=T1, depth=depth)
        for end in (wire.near, wire.far):
            end.open(24, Mode.FRAMES)
        wire.near.insert(LineFault("frame-corrupt", 8, 8000, 24, (2, bit)))
        wire.advance(10)
        for _ in range(3):
            wire.near.send(24, SABME + bytes(5))
        events = []
        deadline = wire.far.next_deadline()
        while deadline is not None and deadline <= 4000:
            events += [(deadline, event) for event in wire.far.poll(deadline)]
            deadline = wire.far.next_deadline()
        seen.append(events)
        wire.advance(16_000)
        assert wire.bits.wanted is (depth == "bits"), "a line that is as it would have been needs no bits"
    assert seen[0] == seen[1]
    good = [event for _at, event in seen[0] if isinstance(event, Frame)]
    assert len(good) < 3
    assert all(event.data == SABME + bytes(5) for event in good)


# the bench


def test_calls_have_channels_1_to_23_in_mu_law_and_leave_whole_artefacts(
    t1: BenchConfig, tmp_path: Path
) -> None:
    with Bench.from_config(t1) as bench:
        bench.far.number("300").answers()
        assert bench.near.capacity == bench.far.capacity == 23
        calls = bench.near.dial_many("300", 23)
        bench.run_until(all_of(call.active for call in calls), within="5s")
        assert [call.channel for call in calls] == list(range(1, 24))
        start = bench.pump.now // 8 + 800
        bench.run_for("500ms")
        octets = bench.trunk.near[0].port.heard(23, start, 1600)
        assert identify(octets, Law.ULAW) == Ident("far", 0, 23)
        assert identify(octets, Law.ALAW) is None
        for call in calls:
            call.hang_up()
        bench.run_until(all_of(call.cleared for call in calls), within="10s")
        assert bench.audit() == []
        bench.save_artifacts(tmp_path)
    with (tmp_path / "trace.pcapng").open("rb") as file:
        records = [item for item in read_frames(file, "t") if isinstance(item, FrameRecord)]
    setups = [parse(record.data[4:]) for record in records if record.data[8:9] == b"\x05"]
    assert len(setups) == 23
    for number, setup in enumerate(setups, 1):
        bearer, channel = setup.get(BearerCapabilityIE), setup.get(ChannelIdentificationIE)
        assert bearer is not None
        assert bearer.layer1 is Layer1.G711_MU_LAW
        assert channel is not None
        assert channel.channels == (number,)
    assert {record.slot for record in records} == {24}
    files = sorted((tmp_path / "audio").glob("*.wav"))
    assert len(files) == 23
    with wave.open(str(files[0])) as heard:
        samples = np.frombuffer(heard.readframes(heard.getnframes()), "<i2")
    loud = samples[-1600:-800].astype(float)
    assert np.sqrt((loud**2).mean()) > 1000, "decoded by the law of the line"


def test_the_twenty_fourth_is_refused_here_and_hears_the_zone_s_congestion(t1: BenchConfig) -> None:
    with Bench.from_config(t1) as bench:
        bench.far.number("300").answers()
        calls = bench.near.dial_many("300", 24)
        bench.run_until(all_of(call.active for call in calls[:23]), within="5s")
        bench.run_until(calls[23].hears(CONGESTION), within="5s")
        outcome = calls[23].outcome
        assert (outcome.cause, outcome.decided_by) == (Cause.NO_CIRCUIT, "near")
        heard = outcome.heard[-1]
        assert heard.on_ms == pytest.approx(250, abs=25)
    assert heard.off_ms == pytest.approx(250, abs=25)


# the scenario


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    """By event jump on the packaged T1; as bits from an E1's config, which makes way for that T1."""
    e1 = parse_config('[bench]\nname = "e"\ndepth = "bits"\n[[span]]\nname = "s"\n', "e1.toml")
    return {"event": play(SCENARIO, packaged_config("t1.toml")), "bits": play(SCENARIO, e1)}


@pytest.mark.long
def test_both_depths_leave_the_same_timeline(results: dict[str, Result]) -> None:
    event, bits = results["event"], results["bits"]
    assert event.verdict == bits.verdict == "passed", (event.reason, bits.reason)
    assert (event.depth, bits.depth) == ("event", "bits")
    assert event.digest == bits.digest
    assert event.calls == bits.calls


def test_twenty_three_each_way_and_two_refused(results: dict[str, Result]) -> None:
    calls = results["event"].calls
    assert results["event"].notes == ()
    for end in ("near", "far"):
        mine = [call for call in calls if call["from"] == end]
        *talked, last = mine
        assert sorted(call["channel"] for call in talked) == list(range(1, 24))
        assert all([sound["kind"] for sound in call["heard"]] == ["ident"] for call in talked)
        assert (last["cause"], last["decided_by"], last["channel"]) == (34, end, None)
        assert [(sound["kind"], sound["via"]) for sound in last["heard"]] == [("congestion", "local")]


@pytest.mark.parametrize("name", ["thirty-calls", "busy-tone", "no-channel", "restart"])
def test_the_other_scenarios_pass_on_a_t1(name: str, t1: BenchConfig) -> None:
    result = play(SCENARIOS[name], t1)
    assert result.verdict == "passed", result.reason


def test_an_e1_loopback_makes_way_for_a_t1_of_its_own() -> None:
    e1 = load_config()
    result = play(SCENARIO, e1, seed=7)
    assert (result.verdict, result.seed) == ("passed", 7)
    assert result.notes == (
        "played on the packaged t1.toml: packaged loopback.toml has no span of kind 't1'",
    )
    assert len(result.calls) == 48


def test_what_the_bench_says_of_itself_stays(results: dict[str, Result]) -> None:
    assert results["bits"].depth == "bits"
    note = "played on the packaged t1.toml: e1.toml has no span of kind 't1'"
    assert results["bits"].notes == (note,)


def test_seed_and_clock_are_those_of_the_bench_given() -> None:
    class Seen(Exception):
        """What was to be seen has been."""

    def look(bench: Bench) -> None:
        raise Seen(bench.seed, bench.config.bench.clock, bench.config.spans[0].kind)

    for clock in ("virtual", "paced"):
        text = f'[bench]\nname = "e"\nseed = 9\nclock = "{clock}"\n[[span]]\nname = "s"\n'
        with pytest.raises(Seen) as seen:
            play(SCENARIO, parse_config(text, "e1.toml"), prepare=look)
        assert seen.value.args == (9, clock, "t1")


@pytest.mark.parametrize("end", ["near", "far"])
def test_a_channel_that_is_dead_one_way_is_noticed(t1: BenchConfig, end: str) -> None:
    def harm(bench: Bench) -> None:
        wire = bench.trunk.wires[0]
        port = wire.near if end == "near" else wire.far
        port.insert(LineFault("slot-dead", bench.pump.now + 1, 1 << 30, 9))

    result = play(SCENARIO, t1, prepare=harm)
    assert (result.verdict, result.exit_code) == ("failed", 4)
    assert "on channel 9: dead" in result.reason
    failed = [check.text for check in result.checks if not check.held]
    assert failed == [
        "near to far: each of 46 parties hears the other on its channel",
        "far to near: each of 46 parties hears the other on its channel",
    ]


def test_the_file_in_hw_config_is_the_packaged_one() -> None:
    packaged = ROOT / "bench" / "trunkbench" / "data" / "t1.toml"
    assert (ROOT / "hw-config" / "t1.toml").read_bytes() == packaged.read_bytes()
