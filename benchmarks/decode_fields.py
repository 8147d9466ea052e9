"""`decode-fields`: twelve of Wireshark's fields beside `tshark -T fields`.

The outputs are found equal octet for octet first, on captures of link types 203 and 177 and on pcapng with
directions.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import capture
from benchmarks.result import Result

TARGET = 3.0


def run(quick: bool = False) -> Result:
    """The figure, of 200,000 frames."""
    name = "decode-fields"
    what = "`decode --fields` of 12 fields against `tshark -T fields`, from start to end of the process"
    if not capture.tshark():
        return Result(name, what=what, target=TARGET, skipped="tshark is not installed")
    with tempfile.TemporaryDirectory() as folder:
        frames = capture.frames(capture.FEW if quick else capture.FRAMES)
        paths = {
            "203": capture.write(Path(folder, "lapd.pcap"), frames),
            "177": capture.write(Path(folder, "cooked.pcap"), frames, 177),
            "pcapng": capture.write_pcapng(Path(folder, "lapd.pcapng"), frames),
        }
        names = ",".join(capture.COLUMNS)
        for path in paths.values():
            expected = capture.output(capture.theirs(path, *capture.as_fields()))
            for jobs in ("1", "2"):
                got = capture.output(capture.ours(path, "--fields", names, "-j", jobs))
                if got != expected:
                    raise AssertionError(f"{path.name}, -j {jobs}: the fields differ from tshark's")
        ways = {}
        for kind, path in paths.items():
            ways[f"tshark {kind}"] = capture.theirs(path, *capture.as_fields())
            ways[kind] = capture.ours(path, "--fields", names)
        ways["-j 2"] = capture.ours(paths["203"], "--fields", names, "-j", "2")
        found = capture.medians(ways)
    detail = (
        f"{len(frames) / found['203']:,.0f} frames/s, tshark {len(frames) / found['tshark 203']:,.0f}; "
        f"link type 177 {found['tshark 177'] / found['177']:.1f} ×, "
        f"pcapng {found['tshark pcapng'] / found['pcapng']:.1f} ×, "
        f"-j 2 {found['tshark 203'] / found['-j 2']:.1f} ×"
    )
    return Result(name, found["tshark 203"] / found["203"], what=what, target=TARGET, detail=detail)
