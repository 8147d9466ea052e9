"""What a run leaves behind: a trace equal to the timeline, a ladder, what callers heard, and the events."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from trunkbench import Bench, all_of
from trunkbench.artifacts import ladder_text, records
from trunkbench.call import Call
from trunkbench.timeline import FrameEntry
from trunkbench.trace.frames import read_frames
from trunkbench.trace.record import NS_PER_TICK, Direction, FrameRecord
from trunkwire.side import Side
from trunkwire.tones import BUSY, Ident

MakeBench = Callable[..., Bench]


def samples(path: Path) -> npt.NDArray[np.float64]:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)


def frequency(heard: npt.NDArray[np.float64]) -> float:
    """The strongest frequency, in Hz; 0 for silence."""
    if np.abs(heard).max() < 100:
        return 0.0
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    return float(np.argmax(spectrum) * 8000 / len(heard))


@pytest.fixture
def played(make_bench: MakeBench) -> tuple[Bench, Call, Call]:
    """One call that talked for two seconds, one that found its party busy, both over."""
    bench = make_bench()
    bench.far.number("300").answers(after="1s")
    bench.far.number("200").busy(tone=True)
    talker = bench.near.dial("300")
    refused = bench.near.dial("200")
    bench.run_until(all_of([talker.active, refused.hears(BUSY)]), within="5s")
    bench.run_for("2s")
    for call in (talker, refused):
        call.hang_up()
    bench.run_until(all_of([talker.cleared, refused.cleared]), within="2s")
    bench.run_for("3s")
    return bench, talker, refused


def test_everything_is_written_and_named(played: tuple[Bench, Call, Call], tmp_path: Path) -> None:
    bench, *_ = played
    folder = tmp_path / "a" / "b"
    written = bench.save_artifacts(folder)
    names = ["audio/1000.wav", "audio/1001.wav", "ladder.txt", "timeline.jsonl", "trace.pcapng"]
    assert sorted(str(path.relative_to(folder)) for path in written) == names
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == names
    again = bench.save_artifacts(folder)
    assert again == written, "an older run's files are replaced"


def test_the_trace_holds_exactly_the_frames_of_the_timeline(
    played: tuple[Bench, Call, Call], tmp_path: Path
) -> None:
    bench, *_ = played
    bench.save_artifacts(tmp_path)
    with (tmp_path / "trace.pcapng").open("rb") as file:
        read = [item for item in read_frames(file, "trace") if isinstance(item, FrameRecord)]
    crossed = [entry for entry in bench.timeline.entries if isinstance(entry, FrameEntry)]
    assert len(read) == len(crossed) > 20
    for frame, entry in zip(read, crossed, strict=True):
        assert frame.at_ns == (entry.at - bench.timeline.epoch) * NS_PER_TICK
        assert frame.direction is (Direction.OUT if entry.out else Direction.IN)
        assert frame.data == entry.data
        assert (frame.span, frame.slot, frame.side) == ("span1", 16, Side.NETWORK)
    lines = [json.loads(line) for line in (tmp_path / "timeline.jsonl").read_text().splitlines()]
    assert [bytes.fromhex(line["octets"]) for line in lines if line["kind"] == "frame"] == [
        frame.data for frame in read
    ]


def test_spans_are_merged_by_time(make_bench: MakeBench) -> None:
    bench = make_bench(span="b_channels = [1]", more='[[span]]\nname = "span2"\nb_channels = [1]\n')
    bench.far.number("300").answers()
    calls = bench.near.dial_many("300", 2)
    bench.run_until(all_of(call.active for call in calls), within="5s")
    found = records(bench)
    assert [record.at_ns for record in found] == sorted(record.at_ns for record in found)
    assert {record.span for record in found} == {"span1", "span2"}


def test_the_ladder_shows_all_calls_or_one(played: tuple[Bench, Call, Call], tmp_path: Path) -> None:
    bench, talker, refused = played
    bench.save_artifacts(tmp_path)
    whole = (tmp_path / "ladder.txt").read_text(encoding="utf-8")
    assert whole == ladder_text(bench)
    one, other = ladder_text(bench, talker), ladder_text(bench, refused)
    assert "near" in one
    assert "far" in one
    assert " CONNECT " in one
    assert " CONNECT " not in other
    assert "progress 8" in other
    assert [text.count("─ SETUP ─") for text in (whole, one, other)] == [2, 1, 1]


def test_the_ladder_of_a_call_is_of_its_own_span(make_bench: MakeBench) -> None:
    bench = make_bench(span="b_channels = [1]", more='[[span]]\nname = "span2"\nb_channels = [1]\n')
    bench.far.number("300").answers()
    calls = [bench.near.dial("300", caller=caller) for caller in ("11", "22", "33")]
    bench.run_until(all_of(call.active for call in calls[:2]), within="5s")
    first, second, refused = (ladder_text(bench, call) for call in calls)
    assert ("11" in first, "22" in first) == (True, False)
    assert ("11" in second, "22" in second) == (False, True)
    assert "nothing of it crossed" in refused


def test_each_caller_s_audio_is_what_it_heard(played: tuple[Bench, Call, Call], tmp_path: Path) -> None:
    bench, talker, refused = played
    bench.save_artifacts(tmp_path)
    talked = samples(tmp_path / "audio" / "1000.wav")
    answered = ((talker.active_at or 0) - talker.dialled_at) // 8
    party = Ident("far", 0, talker.slot or 0)
    heard = talked[answered + 1600 : answered + 1600 + 8000]
    assert min(abs(frequency(heard) - freq) for freq in party.freqs) < 2
    ringing = ((talker.alerting_at or 0) - talker.dialled_at) // 8
    assert frequency(talked[ringing : ringing + 4000]) == pytest.approx(450, abs=2), "ringback at first"
    tone = samples(tmp_path / "audio" / "1001.wav")
    begins = ((refused.progress_at or 0) - refused.dialled_at) // 8
    period = tone[begins + 8 : begins + 8 + 5600]
    assert frequency(period[400:2400]) == pytest.approx(450, abs=2)
    assert frequency(period[3200:5200]) == 0, "350 ms on, 350 ms off"
    assert frequency(tone[:begins]) == 0, "silence until the far end had something to say"


def test_audio_ends_when_the_line_goes_on_hook(played: tuple[Bench, Call, Call], tmp_path: Path) -> None:
    bench, *calls = played
    bench.save_artifacts(tmp_path)
    for call in calls:
        heard = samples(tmp_path / "audio" / f"{call.caller}.wav")
        assert call.hung_up_at is not None
        assert len(heard) == -(-call.hung_up_at // 8) - call.dialled_at // 8
        assert call.hung_up_at < bench.pump.now - 3 * 64000 + 64000


def test_two_callers_with_one_number_keep_their_own_audio(make_bench: MakeBench, tmp_path: Path) -> None:
    bench = make_bench()
    bench.far.number("300").answers()
    bench.near.number("300").answers()
    first = bench.near.dial("300", caller="55")
    bench.run_for("1s")
    second = bench.near.dial("300", caller="55")
    third = bench.far.dial("300", caller="55")
    bench.run_for("500ms")
    written = [path.name for path in bench.save_artifacts(tmp_path) if path.suffix == ".wav"]
    assert written == ["55.wav", f"55-near-{second.index}.wav", f"55-far-{third.index}.wav"]
    lengths = [len(samples(tmp_path / "audio" / name)) for name in written]
    assert lengths == [12000, 4000, 4000]
    assert first.index == 1


def test_a_run_without_calls_leaves_an_empty_trace_and_no_audio(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    bench = make_bench()
    written = bench.save_artifacts(tmp_path)
    assert not (tmp_path / "audio").exists()
    assert len(written) == 3
    with (tmp_path / "trace.pcapng").open("rb") as file:
        assert [item for item in read_frames(file, "trace") if isinstance(item, FrameRecord)] == []


def test_a_folder_that_cannot_be_made_is_named(make_bench: MakeBench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        make_bench().save_artifacts(tmp_path / "file")
