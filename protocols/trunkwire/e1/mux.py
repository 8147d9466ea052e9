"""Multiplexing of 32 timeslots into E1 frames and back, with timeslot 0 put on (G.704 clause 2.3). Whole
arrays.

Slots are slot-major, (32, frames): row t is timeslot t, one octet a frame. The line is (frames, 32).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trunkwire.e1.crc4 import Octets, crc4_blocks, put_checks
from trunkwire.e1.frame import FRAME_OCTETS, MULTIFRAME, SUBMULTIFRAME, timeslot0, timeslot0_basic

CHUNK = 16_384
"""Frames that are worked on at a time: what fits the processor's cache."""

_BASIC = np.array([list(timeslot0_basic(remote_alarm=alarm)) for alarm in (False, True)], np.uint8)
_MULTIFRAME = np.array(
    [
        list(timeslot0(remote_alarm=alarm, e1=e1, e2=e2))
        for alarm in (False, True)
        for e1 in (0, 1)
        for e2 in (0, 1)
    ],
    np.uint8,
)

Signals = npt.NDArray[np.uint8]
"""What timeslot 0 says in each multiframe: 4 x A + 2 x E(I) + E(II), see `signal`."""


def signal(*, remote_alarm: bool, e1: int, e2: int) -> int:
    """The entry of `Signals` for a multiframe with these A and E bits."""
    return 4 * remote_alarm + 2 * e1 + e2


CLEAR = signal(remote_alarm=False, e1=1, e2=1)
"""No remote alarm, no CRC-4 error to report."""


def frame_basic(slots: Octets, signals: Signals) -> None:
    """Write timeslot 0 without CRC-4 into row 0 of `slots` (32, 16k), whose column 0 is an even frame."""
    pairs = _BASIC[signals >> 2]
    slots[0] = np.tile(pairs, MULTIFRAME // 2).reshape(-1)


def frame_crc4(slots: Octets, signals: Signals, previous: int) -> int:
    """Write timeslot 0 with the CRC-4 multiframe into row 0 of `slots` (32, 16k), in place.

    Column 0 is frame 0 of a multiframe; `signals` has an entry for each multiframe; `previous` is the
    remainder of the sub-multiframe before. Returns the remainder of the last one, for the next call.
    """
    slots[0] = _MULTIFRAME[signals].reshape(-1)
    remainders = crc4_blocks(slots)
    put_checks(slots[0], np.concatenate((np.array([previous], np.uint8), remainders[:-1])))
    return int(remainders[-1])


def multiplex(slots: Octets) -> Octets:
    """The line (n, 32) of `slots` (32, n)."""
    return np.ascontiguousarray(slots.T)


def demultiplex(line: Octets) -> Octets:
    """The slots (32, n) of the line (n, 32), in chunks that fit the cache."""
    slots = np.empty((FRAME_OCTETS, len(line)), np.uint8)
    for first in range(0, len(line), CHUNK):
        slots[:, first : first + CHUNK] = line[first : first + CHUNK].T
    return slots


def whole_blocks(frames: int) -> int:
    """How many of `frames` make whole sub-multiframes."""
    return frames - frames % SUBMULTIFRAME
