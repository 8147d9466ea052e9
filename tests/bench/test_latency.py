"""Latency of a run: of messages until acknowledged, of speech there and back, by the line's own time."""

from __future__ import annotations

import dataclasses
import json

import pytest

from pytest_trunkbench.keeping import latency_lines
from trunkbench.bench import Bench
from trunkbench.build import Ends
from trunkbench.cli import main
from trunkbench.config import load_config
from trunkbench.device import Caps, TimeBase
from trunkbench.latency import WINDOW, Latency, d_channel, measured, onset
from trunkbench.ports.wire import WirePort
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.runner import play
from trunkbench.timeline import FrameEntry
from trunkwire.g711 import Law
from trunkwire.ticks import MILLISECOND, SAMPLE, Tick
from trunkwire.tones import BLOCK_SAMPLES, Ident
from trunkwire.tones.ident import ident_source

LATE = 296
"""Samples, 37 ms."""

OCTET: Tick = SAMPLE


class Late:
    """A port that hears everything so many samples late, and has a clock of its own."""

    def __init__(self, port: WirePort, late: int = LATE, gap: tuple[int, int] | None = None) -> None:
        self.port = port
        self._late = late
        self._gap = gap

    def __getattr__(self, name: str) -> object:
        return getattr(self.port, name)

    @property
    def caps(self) -> Caps:
        return dataclasses.replace(self.port.caps, time=TimeBase.CARD)

    def heard(self, slot: int, first: int, n: int) -> bytes:
        before = min(max(self._late - first, 0), n)
        octets = bytes((Law.ALAW.silence,)) * before
        return octets + (
            self.port.heard(slot, first + before - self._late, n - before) if n > before else b""
        )

    def lost(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        gaps = [self._gap] if self._gap is not None else []
        return [gap for gap in gaps if gap[0] < first + n and gap[0] + gap[1] > first]


def talk(near: int, far: int | None = None, gap: tuple[int, int] | None = None) -> Latency:
    """What is measured of three calls where the near end hears so late, and perhaps the far end."""
    ends = Ends(
        wrap_near=lambda port: Late(port, near, gap),  # type: ignore[arg-type, return-value]
        wrap_far=None if far is None else lambda port: Late(port, far),  # type: ignore[arg-type, return-value]
    )
    with Bench.from_config(load_config(), ends=ends) as bench:
        bench.far.number("300").answers()
        calls = bench.near.dial_many("300", 3)
        for call in calls:
            bench.run_until(call.active, within="10s")
        bench.run_for("1s")
        found = measured(bench)
        sent = sum(entry.out for entry in bench.timeline.entries if isinstance(entry, FrameEntry))
        assert 0 < len(found.d_channel) <= sent
        assert list(found.d_channel) == d_channel(bench, 0)
    return found


@pytest.mark.parametrize(("near", "far"), [(LATE, None), (LATE, 80), (1, 640)])
def test_audio_is_as_late_as_both_ports_make_it(near: int, far: int | None) -> None:
    found = talk(near, far)
    assert len(found.audio) == 3
    for trip in found.audio:
        assert abs(trip - (near + (far or 0)) * SAMPLE) <= 2 * OCTET


def test_of_audio_that_was_lost_meanwhile_nothing_is_said() -> None:
    assert talk(LATE, gap=(0, 1 << 40)).audio == ()


def test_the_d_channel_takes_the_bits_of_both_frames_at_least() -> None:
    """An RR is four octets, FCS and a flag; the message before it is longer."""
    found = talk(LATE)
    assert min(found.d_channel) >= 2 * 7 * 8
    assert max(found.d_channel) <= 100 * MILLISECOND


def test_the_loopback_is_exact_and_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    with Bench.from_config(load_config()) as bench:
        assert measured(bench) == Latency()
    assert main(["run", "busy-tone", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["latency"] == {}


def test_a_scenario_tells_of_it() -> None:
    ends = Ends(wrap_near=lambda port: Late(port))  # type: ignore[arg-type, return-value]
    result = play(SCENARIOS["thirty-calls"], load_config(), ends=ends)
    told = result.to_json()["latency"]
    assert told["audio"]["count"] == 60  # thirty, and thirty more when those have cleared
    assert told["audio"]["p50_ms"] == pytest.approx(37.0, abs=0.25)
    assert 0 < told["d_channel"]["p50_ms"] <= told["d_channel"]["p99_ms"] <= told["d_channel"]["max_ms"]
    line = next(line for line in result.latency.lines() if line.startswith("audio, there and back: p50 3"))
    assert line.endswith("ms of 60")


# -- onset --------------------------------------------------------------------------------------------------


def tone(channel: int, first: int, n: int) -> bytes:
    return ident_source(Ident("near", 0, channel), Law.ALAW)(first, n)


@pytest.mark.parametrize("begins", [0, 1, 7, 8, 9, 500, 960])
def test_a_tone_is_found_where_it_begins(begins: int) -> None:
    period = tone(5, 0, BLOCK_SAMPLES + WINDOW - 1)
    heard = Law.ALAW.silent(begins) + tone(5, 12345, 1000 - begins)
    at = onset(heard, period)
    assert at is not None
    assert begins - 2 <= at <= begins + 2  # an octet of silence may be one of the tone


def test_other_tones_and_too_little_of_it_are_not_it() -> None:
    period = tone(5, 0, BLOCK_SAMPLES + WINDOW - 1)
    assert onset(tone(6, 0, 1000), period) is None
    assert onset(Law.ALAW.silent(1000), period) is None
    assert onset(tone(5, 0, WINDOW - 1), period) is None
    assert onset(b"", period) is None


# -- the summary of a pytest run ----------------------------------------------------------------------------


def test_the_worst_of_all_tests_is_told() -> None:
    def properties(**figures: float) -> list[tuple[str, object]]:
        told = {name.replace("__", "."): value for name, value in figures.items()}
        return [("trunkbench.seed", "1"), *((f"trunkbench.latency.{key}", told[key]) for key in told)]

    one = properties(d_channel__p50_ms=3.0, d_channel__p99_ms=4.0, d_channel__max_ms=5.0, d_channel__count=10)
    two = properties(d_channel__p50_ms=2.0, d_channel__p99_ms=8.0, d_channel__max_ms=9.0, d_channel__count=7)
    assert latency_lines([one, [("other", 1)], two]) == [
        "D channel, until acknowledged: p50 up to 3.0, p99 up to 8.0, max 9.0 ms of 17 in 2 tests"
    ]
    assert latency_lines([[("trunkbench.seed", "1")], []]) == []
