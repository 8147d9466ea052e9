"""The timeline: its digest tells runs apart, and its rows carry two right time columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from trunkbench import Bench
from trunkbench.timeline import CallEntry, FrameEntry, NoteEntry, Timeline
from trunkbench.trace.record import Direction
from trunkwire.side import Side
from trunkwire.ticks import SECOND

MakeBench = Callable[..., Bench]


def filled(seed: int = 1, shift: int = 0) -> Timeline:
    timeline = Timeline(seed)
    timeline.begin(1000 + shift)
    timeline.call(1000 + shift, "near", 1, "dialled", called="300", channel=1)
    timeline.frame(1064 + shift, 0, True, b"\x00\x01\x00\x00")
    timeline.note(1100 + shift, "span1", "LOS on")
    return timeline


def test_the_digest_is_over_everything_from_the_epoch_on() -> None:
    base = filled()
    assert len(base.digest()) == 16
    assert filled().digest() == base.digest()
    assert filled(shift=64000).digest() == base.digest(), "only line time counts, not when the spans came up"
    assert filled(seed=2).digest() != base.digest()


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.frame(1200, 0, True, b"\x00"),
        lambda t: t.note(1200, "span1", "x"),
        lambda t: t.entries.pop(),
        lambda t: t.entries.reverse(),
        lambda t: t.entries.__setitem__(1, FrameEntry(1064, 0, False, b"\x00\x01\x00\x00")),
        lambda t: t.entries.__setitem__(1, FrameEntry(1064, 1, True, b"\x00\x01\x00\x00")),
        lambda t: t.entries.__setitem__(1, FrameEntry(1065, 0, True, b"\x00\x01\x00\x00")),
        lambda t: t.entries.__setitem__(1, FrameEntry(1064, 0, True, b"\x00\x01\x00\x01")),
        lambda t: t.entries.__setitem__(2, NoteEntry(1100, "span2", "LOS on")),
        lambda t: t.entries.__setitem__(0, CallEntry(1000, "near", 2, "dialled", ())),
    ],
)
def test_every_detail_is_in_the_digest(change: Callable[[Timeline], None]) -> None:
    timeline = filled()
    change(timeline)
    assert timeline.digest() != filled().digest()


def test_to_begin_anew_forgets() -> None:
    timeline = filled()
    timeline.begin(5000)
    assert timeline.entries == []
    assert timeline.epoch == 5000
    timeline.call(6000, "near", 1, "dialled")
    (row,) = timeline.rows()
    assert (row["line_time_s"], row["since_setup_s"]) == (1000 / SECOND, 0.0)


def test_records_of_one_span_count_from_the_epoch() -> None:
    timeline = filled()
    timeline.frame(1128, 1, False, b"\x02\x01\x7f")
    (record,) = timeline.records(0, "span1", 16, Side.NETWORK)
    assert (record.at_ns, record.direction, record.data) == (1_000_000, Direction.OUT, b"\x00\x01\x00\x00")
    assert (record.span, record.slot, record.side) == ("span1", 16, Side.NETWORK)
    (other,) = timeline.records(1, "span2", 31, Side.USER)
    assert (other.at_ns, other.direction, other.slot) == (2_000_000, Direction.IN, 31)
    timeline.frame(900, 2, True, b"\x02\x01\x7f")
    assert timeline.records(2, "x", 16, Side.USER)[0].at_ns == 0, "the tail of what was before the run"


def test_rows_have_line_time_and_the_time_since_their_call_began(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("300").answers(after="2s")
    bench.run_for("1500ms")
    first = bench.near.dial("300")
    bench.run_for("1s")
    second = bench.near.dial("300")
    bench.run_until(second.active, within="5s")
    bench.timeline.note(bench.pump.now, "here", "noted")
    rows = list(bench.timeline.rows())
    assert [row["line_time_s"] for row in rows] == sorted(row["line_time_s"] for row in rows)  # type: ignore[type-var]
    calls = {(row["end"], row["call"], row["what"]): row for row in rows if row["kind"] == "call"}
    dialled = calls["near", 2, "dialled"]
    assert (dialled["line_time_s"], dialled["since_setup_s"]) == (2.5, 0.0)
    assert (dialled["called"], dialled["channel"]) == ("300", 2)
    for call, began in ((first, 1.5), (second, 2.5)):
        active = calls["near", call.index, "active"]
        assert active["line_time_s"] - began == pytest.approx(active["since_setup_s"])  # type: ignore[operator]
        assert active["since_setup_s"] == pytest.approx(2.02, abs=0.02)
    arrived = calls["far", 2, "arrived"]
    assert arrived["since_setup_s"] == 0.0
    assert arrived["line_time_s"] > 2.5  # type: ignore[operator]
    note = rows[-1]
    assert (note["kind"], note["where"], note["what"], note["since_setup_s"]) == (
        "note",
        "here",
        "noted",
        None,
    )


def test_frames_are_told_by_their_own_call(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.far.number("300").answers()
    for _ in range(2):
        call = bench.near.dial("300")
        bench.run_until(call.active, within="5s")
        bench.run_for("1s")
    frames = [row for row in bench.timeline.rows() if row["kind"] == "frame"]
    setups = [row for row in frames if str(row["octets"])[16:18] == "05"]
    assert [row["since_setup_s"] for row in setups] == [0.0, 0.0]
    assert [row["direction"] for row in setups] == ["out", "out"]
    connects = [row for row in frames if str(row["octets"])[16:18] == "07"]
    assert [row["direction"] for row in connects] == ["in", "in"]
    for setup, connect in zip(setups, connects, strict=True):
        passed = connect["line_time_s"] - setup["line_time_s"]  # type: ignore[operator]
        assert 0 < passed < 0.05
        assert connect["since_setup_s"] == pytest.approx(passed)
    supervisory = [row for row in frames if len(str(row["octets"])) == 8]
    assert supervisory
    assert all(row["since_setup_s"] is None for row in supervisory)


def test_it_is_saved_as_one_json_object_a_line(tmp_path: Path) -> None:
    timeline = filled()
    timeline.save(tmp_path / "timeline.jsonl")
    lines = (tmp_path / "timeline.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == list(timeline.rows())
    assert len(lines) == 3
