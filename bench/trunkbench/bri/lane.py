"""What one end of a basic access has put onto its D channel of 16 kbit/s (I.430 5.4 and 6.1, Q.921 clause 2).

Two D bits belong to each 125 us: a bit lasts four ticks, the first of a pair at ticks 0 to 3 of its frame,
the second at 4 to 7. Between frames the channel rests at one, as I.430 wants it of terminals, so that each
frame has an opening flag of its own. A frame handed over at tick `now` begins with the next D bit; behind
another frame it keeps the number of ones that the lane was told (`gap`), or any fewer that were not asked for
would read as content to a receiver: less than eight ones are never sent between two flags.
"""

from __future__ import annotations

import numpy as np

from trunkbench.ports.lanes import FrameLane, Octets, SentFrame
from trunkwire import hdlc
from trunkwire.ticks import SAMPLE, Tick

D_BIT: Tick = 4
"""Ticks of one bit of the D channel: 16 kbit/s."""

PAIR = SAMPLE // D_BIT
"""D bits in one frame of 125 us."""

D_OCTET = 8 * D_BIT // SAMPLE
"""Frames of 125 us that hold eight D bits."""

FLAG_BITS = 8

REST = 8
"""The least number of ones between two frames that do not follow each other at once."""

_FLAG = np.array([0, 1, 1, 1, 1, 1, 1, 0], np.uint8)


class DLane(FrameLane):
    """The D channel of one direction, transmit side. Ticks and frames are as in `FrameLane`, but for
    `SentFrame.before`, where the frame's opening flag begins.
    """

    __slots__ = ("gap",)

    def __init__(self, boundary: Tick, gap: int = 0) -> None:
        """From tick `boundary` on the line rests at one. `gap` ones at least follow each frame."""
        super().__init__(boundary)
        self.gap = gap

    def begin(self, now: Tick) -> Tick:
        """Where the opening flag of a frame would begin that is handed over at `now`."""
        soonest = (now // D_BIT + 1) * D_BIT
        behind = self.boundary + self.gap * D_BIT
        if soonest <= behind or not self.sent:
            return max(soonest, behind)
        return max(soonest, self.boundary + REST * D_BIT)

    def send(self, data: bytes, now: Tick) -> SentFrame:
        """Put a frame onto the line as soon as it may begin; O(1)."""
        begin = self.begin(now)
        start = begin + FLAG_BITS * D_BIT
        end = start + (hdlc.stuffed_bits(data) + FLAG_BITS) * D_BIT
        self.boundary = end
        frame = SentFrame(start, end, begin, data)
        self.sent.append(frame)
        return frame

    def flag_before(self, tick: Tick) -> Tick:
        """As `FrameLane.flag_before`, at the beginning of eight D bits."""
        octet = FLAG_BITS * D_BIT
        since = tick - 3 * octet
        for frame in reversed(self.sent):
            if frame.end <= tick:
                break
            if frame.before <= tick:
                since = min(since, frame.before)
        return since // octet * octet

    def bits(self, first: Tick, n: int) -> Octets:
        """`n` bits of the D channel from the one that begins at tick `first` on (a multiple of four)."""
        line = np.ones(n, np.uint8)
        stop = first + n * D_BIT
        for frame in reversed(self.sent):
            if frame.before < stop:
                content = np.frombuffer(hdlc.encode(frame.data), np.uint8)
                _put(line, (frame.before - first) // D_BIT, np.concatenate((_FLAG, content, _FLAG)))
            if frame.end <= first:
                break
        return line

    def octets(self, first: int, n: int, idle: int) -> Octets:
        """The D bits of frames `first` … `first` + n - 1 as numbers 0 to 3, the bit sent first as the higher
        one. Before the end was opened they are ones (`idle` is for slots of eight bits).
        """
        pairs = self.bits(first * SAMPLE, n * PAIR).reshape(n, PAIR)
        return pairs[:, 0] * np.uint8(2) + pairs[:, 1]


def _put(line: Octets, at: int, bits: Octets) -> None:
    """Copy `bits` to index `at` of `line`, as far as they fall on it."""
    skip = max(0, -at)
    length = min(len(bits), len(line) - at) - skip
    if length > 0:
        line[at + skip : at + skip + length] = bits[skip : skip + length]


def packed(pairs: bytes) -> bytes:
    """D bits as pairs, one octet 0 to 3 each, as octets of eight bits, first bit highest.

    The pairs must make whole octets: a multiple of four.
    """
    values = np.frombuffer(pairs, np.uint8)
    bits = np.empty(len(values) * PAIR, np.uint8)
    bits[0::2] = values >> 1
    bits[1::2] = values & 1
    return np.packbits(bits).tobytes()
