"""Multiplexing of 32 timeslots into E1 frames and back, with timeslot 0 put on (G.704 clause 2.3). Whole
arrays.

Slots are slot-major, (32, frames): row t is timeslot t, one octet a frame. The line is (frames, 32).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trunkwire.e1.crc4 import Octets, Workspace, crc4_blocks, put_checks
from trunkwire.e1.frame import FRAME_OCTETS, MULTIFRAME, timeslot0, timeslot0_basic

CHUNK = 49_920
"""Frames that are worked on at a time: a whole number of multiframes, and of `PIECE`."""

PIECE = 12_480
"""Frames that are demultiplexed at a time: what fits the processor's second cache. No power of two, so that
the rows of an array do not compete for the same lines of it."""

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

Words = npt.NDArray[np.uint32]

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
    octets = np.ascontiguousarray(line).reshape(-1)
    work = Workspace()
    for first in range(0, len(line), CHUNK):
        chunk = slots[:, first : first + CHUNK]
        demultiplex_into(chunk, octets[first * FRAME_OCTETS :], 0, work)
    return slots


def demultiplex_into(slots: Octets, octets: Octets, shift: int, work: Workspace) -> None:
    """Write the slots (32, n) of n frames that begin `shift` bits (0 to 7) into the first of `octets`.

    `octets` is contiguous and holds the frames whole; `work` is used up. Four neighbouring slots are
    transposed as one 32-bit word, which is then taken apart into its halves, and those into octets: a quarter
    of the strided moves.
    """
    for first in range(0, slots.shape[1], PIECE):
        _transpose(slots[:, first : first + PIECE], octets[first * FRAME_OCTETS :], shift, work)


def _transpose(slots: Octets, octets: Octets, shift: int, work: Workspace) -> None:
    """`demultiplex_into` for frames that fit the cache."""
    count = slots.shape[1]
    size = FRAME_OCTETS * count
    room = work.words(10 if shift else 6, count).reshape(-1).view(np.uint8)
    words: Words = room[:size].view(np.uint32).reshape(8, count)
    halves = room[size : size + size // 2].view(np.uint16).reshape(8, count)
    if shift:
        np.copyto(words, octets[:size].view(">u4").reshape(count, 8).T)
        behind = room[size + size // 2 :].view(np.uint32).reshape(8, count)
        np.right_shift(words, np.uint32(32 - shift), out=behind)
        words <<= np.uint32(shift)
        words[:-1] |= behind[1:]
        words[-1, :-1] |= behind[0, 1:]
        words[-1, -1] |= np.uint32(int(octets[size]) >> 8 - shift)
        places = (3, 2, 1, 0)
    else:
        np.copyto(words, octets[:size].view("<u4").reshape(count, 8).T)
        places = (0, 1, 2, 3)
    for first in (0, 2):
        np.copyto(halves, words, casting="unsafe")
        np.copyto(slots[places[first] :: 4], halves, casting="unsafe")
        halves >>= np.uint16(8)
        np.copyto(slots[places[first + 1] :: 4], halves, casting="unsafe")
        if not first:
            words >>= np.uint32(16)
