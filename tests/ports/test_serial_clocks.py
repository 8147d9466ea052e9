"""Two reference cards with clocks of their own: slips on both receivers, and what the bench says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from serialstage import D_SLOT, IDLE, SABME, SerialStage, memory_line

from trunkbench.bench import Bench
from trunkbench.cli import main
from trunkbench.clock import VirtualClock
from trunkbench.config import SpanConfig, parse_config
from trunkbench.device import BadFrame, Event, Gap, Mode
from trunkbench.ports import serialcard
from trunkbench.ports.serialcard import SerialCardPort
from trunkbench.refcard import CardPlan, RefBench
from trunkbench.refcard.clocks import STEP, CardTime, ElasticBuffer, LineClocks, Slipped
from trunkbench.slips import SLIP, period
from trunkbench.timeline import NoteEntry
from trunkwire import seriallink
from trunkwire.seriallink import messages
from trunkwire.ticks import SAMPLE, SECOND, Tick

FAST = 400.0
EVERY = int(SAMPLE / FAST * 1e6)
"""Ticks between two slips of clocks so many ppm apart: 0.3125 s."""


def ramp(first: int, n: int) -> bytes:
    return bytes(sample % 251 for sample in range(first, first + n))


def slips(stage: SerialStage, port: SerialCardPort) -> list[Gap]:
    return [gap for gap in stage.gaps(port) if gap.cause == SLIP]


# -- clocks and buffers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ppm", [-300.0, 0.0, 50.0])
def test_a_count_and_its_moment_agree(ppm: float) -> None:
    time = CardTime(ppm)
    assert abs(time.count(100 * SECOND) - 100 * SECOND * (1 + ppm / 1e6)) <= 1
    time.run_at(0.0, 100 * SECOND)
    for count in (time.count(100 * SECOND), 101 * SECOND + 3, 150 * SECOND):
        at = time.when(count)
        assert time.count(at) >= count > time.count(at - 1)
    assert time.count(101 * SECOND) - time.count(100 * SECOND) in (SECOND, SECOND + 1)


@pytest.mark.parametrize(("ahead", "repeated"), [(1, False), (-1, True)])
def test_a_buffer_slips_by_a_frame_when_it_is_full_or_dry(ahead: int, repeated: bool) -> None:
    """It begins in the middle, so the first slip is due at one frame of difference."""
    buffer = ElasticBuffer()
    buffer.run(written=800 + ahead * SAMPLE, read=800)
    assert buffer.news() == []
    buffer.run(written=800 + ahead * (SAMPLE + 1), read=800)
    assert buffer.news() == [Slipped(100, repeated)]
    assert buffer.news() == []
    buffer.run(written=1600 + ahead * 2 * SAMPLE, read=1600)
    assert buffer.news() == []
    buffer.run(written=1600 + ahead * (2 * SAMPLE + 1), read=1600)
    assert buffer.news() == [Slipped(200, repeated)]
    step = -1 if repeated else 1
    assert list(buffer.pieces(50, 200)) == [(48, 50), (98 + step, 100), (198 + 2 * step, 50)]


def test_a_long_time_without_a_look_is_caught_up_with_slip_by_slip() -> None:
    clocks = LineClocks(far_ppm=FAST)
    clocks.run(4 * SECOND)
    assert [slip.repeated for slip in clocks.at_far.slips] == [True] * 12
    assert [slip.repeated for slip in clocks.at_near.slips] == [False] * 12
    apart = {b.sample - a.sample for a, b in pairwise(clocks.at_near.slips)}
    assert max(apart) - min(apart) <= 2 * STEP // SAMPLE


# -- two masters --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fast", ["near", "far"])
def test_two_masters_slip_periodically_on_both_sides(fast: str) -> None:
    stage = SerialStage(*(CardPlan(ppm=FAST if fast == end else 0.0) for end in ("near", "far")))
    stage.open(1, Mode.OCTETS)
    stage.run(3 * SECOND)
    for port in (stage.near, stage.far):
        told = slips(stage, port)
        assert len(told) in (9, 10)
        assert {gap.n for gap in told} == {1}
        every = period([gap.at for gap in told])
        assert every is not None
        assert abs(every - EVERY) <= EVERY // 20
        slow = (port is stage.near) == (fast == "far")  # more comes than it reads
        kind, other = ("left out", "repeated") if slow else ("repeated", "left out")
        assert port.stats()[f"frames {kind} in slips"] == len(told)
        assert f"frames {other} in slips" not in port.stats()
        assert stage.gaps(port) == told


def test_a_slip_repeats_a_sample_or_leaves_one_out_where_it_is_told() -> None:
    """The far card is fast: what it receives repeats a sample, what it sends lacks one."""
    stage = SerialStage(far=CardPlan(ppm=FAST))
    stage.open(1, Mode.OCTETS)
    for port in (stage.near, stage.far):
        port.play(1, ramp, 0)
    stage.run(2 * SECOND)
    for port, step in ((stage.far, 0), (stage.near, 2)):
        last = slips(stage, port)[-1].first
        heard = port.heard(1, last - 2000, 2100)
        odd = [
            last - 2000 + at
            for at in range(1, 2100)
            if (heard[at] - heard[at - 1]) % 251 != 1 and IDLE not in heard[at - 1 : at + 1]
        ]
        assert odd == [last]
        assert (heard[2000] - heard[1999]) % 251 == step


@pytest.mark.parametrize(("minor", "told"), [(0, 0), (1, 9), (7, 9)])
def test_a_host_of_an_older_minor_version_is_not_told_of_slips(
    minor: int, told: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card keeps to the lower of both minor versions (docs/serial-card.md, "Handshake")."""
    lower = min(minor, messages.MINOR)
    monkeypatch.setattr("trunkwire.seriallink.link.Up", lambda peer, _: seriallink.Up(peer, lower))
    stage = SerialStage(far=CardPlan(ppm=FAST))
    stage.open(1, Mode.OCTETS)
    stage.run(3 * SECOND)
    assert len(stage.cards.clocks.at_near.slips) >= 9
    assert len(slips(stage, stage.near)) in (told, told + told // 9)


def test_one_master_never_slips() -> None:
    """Whichever recovers runs at the other's rate, by its own count too."""
    for recover in ((False, True), (True, False)):
        stage = SerialStage(CardPlan(ppm=-FAST), CardPlan(ppm=FAST), recover=recover)
        stage.open(1, Mode.OCTETS)
        stage.run(SECOND)
        begun = len(slips(stage, stage.near)) + len(slips(stage, stage.far))
        assert begun <= 2  # until the cards had been told which of them recovers
        before = [port.counted() for port in (stage.near, stage.far)]
        stage.run(3 * SECOND)
        gone = [port.counted() - then for port, then in zip((stage.near, stage.far), before, strict=True)]
        assert gone[0] == gone[1]
        assert len(slips(stage, stage.near)) + len(slips(stage, stage.far)) == begun
        assert abs(gone[0] - 3 * SECOND) <= 160 * SAMPLE


def test_a_slip_breaks_the_frame_that_it_hits() -> None:
    stage = SerialStage(far=CardPlan(ppm=FAST))
    stage.open(D_SLOT, Mode.FRAMES)
    stage.open(1, Mode.OCTETS)
    frames = [SABME + bytes((number,)) * 250 for number in range(80)]  # 32 ms each: the line is never idle
    for frame in frames:
        stage.near.send(D_SLOT, frame)
        stage.far.send(D_SLOT, frame)
    stage.run(2 * SECOND)
    for port in (stage.near, stage.far):
        got = stage.frames(port)
        bad = [event for event in stage.events[port] if isinstance(event, BadFrame)]
        assert 4 <= len(bad) <= 8
        assert {event.error for event in bad} == {"bad-fcs"}
        assert len(bad) == len(slips(stage, port))
        assert len(got) + len(bad) >= 50
        assert got == [frame for frame in frames if frame in got]


# -- what the bench says ------------------------------------------------------------------------------------

CONFIG = """
[bench]
name = "two masters"
clock = "card"

[[span]]
name = "trunk"
port = "serial:near"
far_port = "serial:far"
clock = "internal"
far_clock = "FAR"
b_channels = [1, 2, 3]

[timing]
slack = "500ms"
"""


class OnOneCable(SerialCardPort):
    """A port on one of two cards, in the bench's time."""

    def __init__(self, cable: Cable, index: int, span: SpanConfig) -> None:
        self.cable = cable
        self.serial = cable.cards.lines[index]
        super().__init__(
            f"card {index}",
            self.serial.host,  # type: ignore[attr-defined]  # lines in memory have one
            idle=IDLE,
            recover=span.clock == "recover",
            incarnation=50 + index,
            monotonic=cable.seconds,
        )
        while self.card is None:
            cable.cards.poll()
            assert not list(super().poll(0))

    def poll(self, now: Tick) -> Iterator[Event]:
        self.cable.tick = max(self.cable.tick, now)
        self.cable.cards.poll()
        return super().poll(now)

    def next_deadline(self) -> Tick | None:
        tick = self.cable.tick
        due = tick if self.serial.busy else self.serial.next_deadline(tick)  # type: ignore[attr-defined]
        ours = super().next_deadline()
        return due if ours is None else min(due, ours)


class Cable:
    """Two cards and the cable between, whose time the bench gives."""

    def __init__(self, near_ppm: float, far_ppm: float) -> None:
        self.tick: Tick = 0
        plans = (CardPlan(ppm=near_ppm), CardPlan(ppm=far_ppm))
        self.cards = RefBench(*plans, monotonic=self.seconds, make_line=memory_line)

    def seconds(self) -> float:
        """A quarter of a tick keeps rounding from giving the cards a tick less than the bench's."""
        return (self.tick + 0.25) / SECOND if self.tick else 0.0

    def open_port(self, address: str, span: SpanConfig) -> OnOneCable:
        return OnOneCable(self, ("near", "far").index(address), span)


@pytest.fixture
def cable(monkeypatch: pytest.MonkeyPatch) -> Cable:
    cable = Cable(0.0, FAST)
    monkeypatch.setattr(serialcard, "open_port", cable.open_port)
    monkeypatch.setattr("trunkbench.bench.make_clock", lambda config, trunk: VirtualClock())
    return cable


def test_the_doctor_finds_two_masters_by_their_slips(
    cable: Cable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRUNKBENCH_LOCK_DIR", str(tmp_path))
    config = tmp_path / "masters.toml"
    config.write_text(CONFIG.replace("FAR", "internal"), encoding="utf-8")
    assert main(["doctor", "--hw", str(config), "--listen", "4s"]) == 5
    said = " ".join(capsys.readouterr().out.split())
    found = re.search(r"(\d+) slips, one every (\S+) s: the clocks differ by (\S+) ppm", said)
    assert found is not None, said
    assert int(found[1]) in (12, 13)
    assert abs(float(found[2]) - EVERY / SECOND) < 0.02
    assert abs(float(found[3]) - FAST) < 25
    assert "two masters, so the line slips" in said
    assert 'write far_clock = "recover"' in said


def test_the_doctor_finds_nothing_wrong_with_one_master(
    cable: Cable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRUNKBENCH_LOCK_DIR", str(tmp_path))
    config = tmp_path / "master.toml"
    config.write_text(CONFIG.replace("FAR", "recover"), encoding="utf-8")
    assert main(["doctor", "--hw", str(config), "--listen", "2s"]) == 0
    assert "no slip reported in 2 s" in " ".join(capsys.readouterr().out.split())


def test_calls_go_on_over_slips_and_the_run_says_why_they_click(cable: Cable) -> None:
    with Bench.from_config(parse_config(CONFIG.replace("FAR", "internal"), "masters.toml")) as bench:
        bench.far.number("300").answers()
        call = bench.near.dial("300")
        bench.run_until(call.active, within="10s")
        bench.run_for("2s")
        assert call.active
        call.hang_up()
        assert bench.audit() == []
        said = [text for text in bench.reservations() if "slip" in text]
        lost = [text for text in bench.reservations() if "were lost" in text]
        notes = [entry.what for entry in bench.timeline.entries if isinstance(entry, NoteEntry)]
    assert [text.partition(":")[0] for text in said] == ["trunk near (network side)", "trunk far (user side)"]
    for text in said:
        assert re.search(
            r"one every 0\.3\d\d? s: the clocks differ by [34]\d\d ppm; both ends are masters", text
        )
        assert text.endswith('write far_clock = "recover"')
    assert lost == []
    assert notes.count("slip of 1 frame") >= 10
