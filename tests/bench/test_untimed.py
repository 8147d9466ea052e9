"""Frames of which a capture tells no time (simple packet blocks of pcapng): no view makes one up."""

from __future__ import annotations

import csv
import io
import json
import struct
from pathlib import Path

import pytest
from tracetalk import Talk

from trunkbench.cli import main
from trunkbench.trace.record import FrameRecord

TIME = 1_700_000_000


def block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def a_trace(path: Path, untimed: range) -> Path:
    """A whole call, a frame each tenth of a second; those frames (from 0) are in simple packet blocks."""
    octets = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    octets += block(1, struct.pack("<HHI", 203, 0, 0))
    for index, record in enumerate(Talk().up().call().items):
        assert isinstance(record, FrameRecord)
        size = len(record.data)
        if index in untimed:
            octets += block(3, struct.pack("<I", size) + record.data)
        else:
            at = TIME * 1_000_000 + index * 100_000
            octets += block(6, struct.pack("<IIIII", 0, at >> 32, at & 0xFFFFFFFF, size, size) + record.data)
    path.write_bytes(octets)
    return path


@pytest.fixture
def some(tmp_path: Path) -> Path:
    """The first frame has no time, nor has the SETUP and what follows it."""
    return a_trace(tmp_path / "some.pcapng", range(4))


def decoded(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> list[str]:
    assert main(["decode", str(path), *options]) == 0
    return capsys.readouterr().out.splitlines()


def test_lines_have_a_dash(some: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row.split() for row in decoded(capsys, some)[1:11]]
    assert [row[1:3] for row in rows[:4]] == [["-", "-"]] * 4
    assert rows[4][1:3] == ["0.000000", "-"]
    assert rows[5][1:3] == ["0.100000", "-"]
    verbose = decoded(capsys, some, "-V")
    assert not [row for row in verbose if "-1208925819614" in row]


def test_times_of_programs_are_null(some: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = [json.loads(row) for row in decoded(capsys, some, "--json")]
    assert [frame["t"] for frame in frames[:5]] == [None] * 4 + [f"{TIME}.400000000"]
    assert {frame["since_setup"] for frame in frames} == {None}
    (call,) = (json.loads(row) for row in decoded(capsys, some, "--calls", "--json"))
    assert (call["setup"], call["alerting"], call["answer"]) == (
        None,
        f"{TIME}.400000000",
        f"{TIME}.500000000",
    )
    (row,) = csv.DictReader(io.StringIO("\n".join(decoded(capsys, some, "--calls", "--csv"))))
    assert (row["setup"], row["answer"]) == ("", f"{TIME}.500000000")
    pytest.importorskip("pyarrow")
    decoded(capsys, some, "--parquet", str(tmp_path / "out.parquet"))


def test_calls_and_ladders_have_a_dash(
    some: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = decoded(capsys, some, "--calls")
    head, row = table[0], table[1]
    assert row[: head.index("setup") + 5].endswith(" -")
    ladder = decoded(capsys, some, "--ladder")
    assert {row[:12].strip() for row in ladder if "▶│" in row or "│◀" in row} == {"-"}
    page = tmp_path / "out.html"
    decoded(capsys, some, "--ladder", str(page))
    assert "SETUP" in page.read_text(encoding="utf-8")


def test_a_trace_without_any_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_trace(tmp_path / "none.pcapng", range(10))
    assert {row.split()[1] for row in decoded(capsys, path)[1:11]} == {"-"}
    (row,) = (json.loads(row) for row in decoded(capsys, path, "--calls", "--json"))
    assert (row["setup"], row["answer"], row["clear"], row["duration"]) == (None, None, None, None)
    assert decoded(capsys, path, "--since", "1")[0].startswith("No frame")


@pytest.mark.parametrize("untimed", [range(4), range(10), range(5, 7)])
def test_explain_does_not_call_it_late(
    untimed: range, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(a_trace(tmp_path / "one.pcapng", untimed))]) == 0
    assert capsys.readouterr().out.startswith("Nothing is wrong in 10 frames and 1 call")
