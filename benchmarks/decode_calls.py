"""`decode-calls`: a row a call beside the fields pass of tshark from which one would have to make the rows.

Reference, numbers, channel and cause of every row are compared with those that tshark's fields give before
anything is timed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import capture
from benchmarks.result import Result

TARGET = 3.0
_SETUP, _DISCONNECT = "0x05", "0x45"

Call = tuple[str, str, str, str]
"""Caller, called number, channel, cause."""


def run(quick: bool = False) -> Result:
    """The figure, of 200,000 frames."""
    name = "decode-calls"
    what = "`decode --calls` against `tshark -T fields` of 12 fields, from start to end of the process"
    if not capture.tshark():
        return Result(name, what=what, target=TARGET, skipped="tshark is not installed")
    with tempfile.TemporaryDirectory() as folder:
        frames = capture.frames(capture.FEW if quick else capture.FRAMES)
        path = capture.write(Path(folder, "lapd.pcap"), frames)
        theirs = by_tshark(capture.output(capture.theirs(path, *capture.as_fields())).decode())
        ours = by_us(capture.output(capture.ours(path, "--calls", "--json")))
        if ours != theirs:
            differing = [reference for reference in theirs if ours.get(reference) != theirs[reference]]
            raise AssertionError(f"{len(differing)} calls differ, the first with reference {differing[:1]}")
        found = capture.medians(
            {
                "tshark": capture.theirs(path, *capture.as_fields()),
                "ours": capture.ours(path, "--calls", "--csv"),
            }
        )
    detail = f"{len(ours):,} calls; {len(frames) / found['ours']:,.0f} frames/s"
    return Result(name, found["tshark"] / found["ours"], what=what, target=TARGET, detail=detail)


def by_tshark(text: str) -> dict[int, Call]:
    """The calls that tshark's fields tell of, by call reference."""
    calls: dict[int, list[str]] = {}
    for line in text.splitlines():
        _, _, _, _, _, _, kind, reference, called, calling, cause, channel = line.split("\t")
        if kind == _SETUP:
            calls[int(reference, 16)] = [calling, called, channel, ""]
        elif kind == _DISCONNECT:
            calls[int(reference, 16)][3] = cause
    return {reference: (call[0], call[1], call[2], call[3]) for reference, call in calls.items()}


def by_us(octets: bytes) -> dict[int, Call]:
    """The same of our rows."""
    rows: list[dict[str, Any]] = [msgspec.json.decode(line) for line in octets.splitlines()]
    return {
        row["reference"]: (row["caller"], row["called"], _text(row["channel"]), _text(row["cause"]))
        for row in rows
    }


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
