"""E1: the 2048 kbit/s frame, CRC-4 multiframe, alignment and defects (G.704, G.706, G.775).

`frame` declares the layouts, `align` the state table of alignment; `mux` and `crc4` assemble whole arrays of
frames, and `Framer` takes a line apart again. Arrays of timeslots are slot-major (32, frames); a line is
(frames, 32).
"""

from __future__ import annotations

from trunkwire.e1.align import Alignment, AlignmentMisuse, Seen, Sync
from trunkwire.e1.crc4 import crc4, crc4_blocks
from trunkwire.e1.framer import Defect, ErroredBlock, Framer, Received
from trunkwire.e1.mux import demultiplex, frame_basic, frame_crc4, multiplex, signal

__all__ = [
    "Alignment",
    "AlignmentMisuse",
    "Defect",
    "ErroredBlock",
    "Framer",
    "Received",
    "Seen",
    "Sync",
    "crc4",
    "crc4_blocks",
    "demultiplex",
    "frame_basic",
    "frame_crc4",
    "multiplex",
    "signal",
]
