"""`decode-memory`: the memory that streaming outputs take for a capture of two million frames."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import capture
from benchmarks.result import Result

LIMIT_MB = 200.0
TIMES = 10


def run(quick: bool = False) -> Result:
    """How often the greatest of the peaks goes into the limit."""
    name = "decode-memory"
    with tempfile.TemporaryDirectory() as folder:
        frames = capture.frames(capture.FEW if quick else capture.FRAMES)
        path = capture.write(Path(folder, "lapd.pcap"), frames, times=TIMES)
        peaks = {
            view[0]: capture.peak_mb(capture.ours(path, *view))
            for view in (("--fields", ",".join(capture.COLUMNS)), ("--json",), ("--calls", "--csv"))
        }
    return Result(
        name,
        LIMIT_MB / max(peaks.values()),
        what=f"{LIMIT_MB:.0f} MB against the most that an output of {len(frames) * TIMES:,} frames takes",
        target=1.0,
        detail=", ".join(f"{view} {peak:.0f} MB" for view, peak in peaks.items()),
    )
