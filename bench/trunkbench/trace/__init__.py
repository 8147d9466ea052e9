"""Traces of D channels: records, pcap and pcapng files, decode lines and trees, call ladders.

`PcapngWriter` writes what a bench records; `read_frames` reads it back, and other programs' captures of link
types 203 (LAPD) and 177 (Linux LAPD); `ladder` draws the calls as text. The command line over them is
`trunkbench decode`.

Names are imported when first asked for, so that a writer costs no decoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.pcapng import PcapngWriter, TraceWriteError
from trunkbench.trace.record import NS_PER_TICK, Direction, FrameRecord, Tap, record_at

if TYPE_CHECKING:
    from trunkbench.trace.capture import Damage, NotACapture
    from trunkbench.trace.frames import read_frames
    from trunkbench.trace.ladders import ladder

__all__ = [
    "NS_PER_TICK",
    "Damage",
    "Direction",
    "FrameRecord",
    "NotACapture",
    "PcapngWriter",
    "Tap",
    "TraceWriteError",
    "ladder",
    "read_frames",
    "record_at",
]

_LATER = {"Damage": "capture", "NotACapture": "capture", "read_frames": "frames", "ladder": "ladders"}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
