"""What libpri prints about its frames, read back: the octets that crossed, at every level of debugging."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from peerlib import require_library, run_worker

from trunkbench.trace.inputs import open_trace
from trunkbench.trace.record import Direction, FrameRecord, Layer

WORKER = Path(__file__).parent / "libpri_log_worker.py"
RAW, DUMP, STATE, Q931_DUMP, Q931_STATE, ANOMALY, APDU = (1 << bit for bit in (0, 1, 2, 5, 6, 7, 8))
LEVELS = {
    "on": STATE | Q931_DUMP | Q931_STATE | ANOMALY | APDU,
    "intense": DUMP | STATE | Q931_DUMP | Q931_STATE | ANOMALY | APDU,
    "hex": RAW | STATE | Q931_DUMP | Q931_STATE | ANOMALY | APDU,
    "everything": RAW | DUMP | STATE | Q931_DUMP | Q931_STATE | ANOMALY | APDU,
    "octets of frames": RAW,
    "messages": Q931_DUMP,
    "frames and messages": DUMP | Q931_DUMP,
}
"""What Asterisk's `pri set debug` stands for, and other combinations of libpri's bits."""
LAYER_2 = RAW | DUMP
PREFIXES = ("", "[2024-02-29 10:11:12.250] VERBOSE[1234][C-0000001a] chan_dahdi.c: PRI Span: 2 ")


Spoken = tuple[str, list[tuple[bool, bytes]]]
"""What libpri printed, and the frames that crossed meanwhile."""


@pytest.fixture(scope="module")
def spoken() -> dict[str, Spoken]:
    """A few calls at every level, and more of them with words of both layers."""
    require_library("libpri.so.1.4", "libpri1.4")
    runs = [{"level": level, "calls": 6, "seed": 1} for level in LEVELS.values()]
    results: list[dict[str, Any]] = run_worker(
        WORKER, {"runs": [*runs, {"level": LEVELS["intense"], "calls": 15, "seed": 2}]}
    )
    return {
        name: (result["text"], [(out, bytes.fromhex(frame)) for out, frame in result["crossed"]])
        for name, result in zip((*LEVELS, "long"), results, strict=True)
    }


def frames(text: str) -> list[FrameRecord]:
    trace = open_trace(io.BytesIO(text.encode("latin-1")), "pri debug")
    return [item for item in trace if isinstance(item, FrameRecord)]


def messages(crossed: list[tuple[bool, bytes]]) -> list[tuple[bool, bytes]]:
    """The messages in the I frames."""
    return [(out, frame[4:]) for out, frame in crossed if len(frame) > 4 and not frame[2] & 1]


def seen(records: list[FrameRecord]) -> list[tuple[bool, bytes]]:
    return [(record.direction is Direction.OUT, record.data) for record in records]


@pytest.mark.parametrize("name", LEVELS)
def test_octets_that_crossed_come_back(name: str, spoken: dict[str, Spoken]) -> None:
    level = LEVELS[name]
    text, crossed = spoken[name]
    for prefix in PREFIXES if name in ("on", "everything") else PREFIXES[1:]:
        found = frames("".join(f"{prefix}{line}\n" for line in text.splitlines()))
        if level & LAYER_2:
            assert seen(found) == crossed
            assert {record.layer for record in found} == {Layer.LAPD}
        else:
            assert seen(found) == messages(crossed)
            assert {record.layer for record in found} == {Layer.Q931}
        assert len(found) > 20
        assert not any(record.rebuilt or record.words or record.original for record in found)


def test_words_without_octets_come_back_too(spoken: dict[str, Spoken]) -> None:
    """libpri's words give every octet of the elements that it sends."""
    text, crossed = spoken["long"]
    words = "".join(
        f"{line}\n" for line in text.splitlines() if not re.match(r"[<>] \[[0-9a-f]{2}[ \]]", line)
    )
    assert len(words) < len(text)
    found = frames(words)
    assert seen(found) == crossed
    assert sum(record.rebuilt for record in found) > 30
