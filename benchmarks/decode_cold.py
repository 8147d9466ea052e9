"""`decode-cold`: one frame from the start of the process to its end, beside tshark: what a person waits for.

Python has compiled everything before, as after any installation; tshark has its files in memory too.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import capture
from benchmarks.result import Result

TARGET = round(1 / 0.6, 2)
"""At most 0.6 of tshark's time."""
ROUNDS = 11


def run(quick: bool = False) -> Result:
    """The figure."""
    name = "decode-cold"
    what = "one frame: `trunkbench decode` against `tshark`, from start to end of the process"
    if not capture.tshark():
        return Result(name, what=what, target=TARGET, skipped="tshark is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = capture.write(Path(folder, "one.pcap"), capture.frames(1))
        ways = {
            "tshark": capture.theirs(path),
            "lines": capture.ours(path),
            "--fields": capture.ours(path, "--fields", ",".join(capture.COLUMNS)),
            "--json": capture.ours(path, "--json"),
            "--calls": capture.ours(path, "--calls"),
        }
        for command in ways.values():
            if not capture.output(command).strip():
                raise AssertionError(f"{' '.join(command)}: no output")
        found = capture.medians(ways, 3 if quick else ROUNDS)
    detail = ", ".join(f"{way} {seconds * 1000:.0f} ms" for way, seconds in found.items())
    return Result(name, found["tshark"] / found["lines"], what=what, target=TARGET, detail=detail)
