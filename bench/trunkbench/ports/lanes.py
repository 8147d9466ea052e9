"""What one end of the Wire has put onto its timeslots: the event trace from which octets and bits are
rendered.

A lane is the transmit side of one timeslot. A `FrameLane` carries HDLC frames (ISO/IEC 13239) between idle
flags; an `AudioLane` carries octets, declared as pure sources. Neither holds rendered bits: those follow from
the trace.

Where a frame lies. Idle flags run freely from before tick 0. A frame handed over at tick `now` begins at the
first flag boundary after `now` (the bit at `now` is on the line already), right behind the flag that ends
there. Its closing flag is the opening flag of the frame behind it: back-to-back frames share one flag. The
idle flags behind a frame follow its closing flag without a gap, so that they need not be aligned to octets.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator

import msgspec
import numpy as np
import numpy.typing as npt

from trunkbench.device import Source
from trunkwire import hdlc
from trunkwire.ticks import SAMPLE, Tick

FLAG_BITS = 8
"""Ticks of one flag."""

ALWAYS: Tick = -(1 << 62)
"""A tick before everything: since the run-in."""

NEVER: Tick = 1 << 62
"""A tick behind everything."""

Octets = npt.NDArray[np.uint8]

_FLAG = np.array([0, 1, 1, 1, 1, 1, 1, 0], np.uint8)


class SentFrame(msgspec.Struct, frozen=True, gc=False):
    """A frame on a lane: its first bit is at tick `start`, the last bit of its closing flag at `end` - 1.

    `before` is the flag boundary at which the frame ahead of it ended: the idle flags between the two count
    from there.
    """

    start: Tick
    end: Tick
    before: Tick
    data: bytes


class FrameLane:
    """A timeslot opened as FRAMES, transmit side: what was sent, and the phase of the idle flags."""

    __slots__ = ("boundary", "first_boundary", "sent")

    def __init__(self, boundary: Tick) -> None:
        """Flags begin to run at tick `boundary`; the first frame may begin one flag later."""
        self.boundary = boundary
        self.first_boundary = boundary
        self.sent: deque[SentFrame] = deque()

    def send(self, data: bytes, now: Tick) -> SentFrame:
        """Put a frame onto the line at the next flag boundary; O(1)."""
        before = self.boundary
        start = before if before > now else before + ((now - before) // FLAG_BITS + 1) * FLAG_BITS
        end = start + hdlc.stuffed_bits(data) + FLAG_BITS
        self.boundary = end
        frame = SentFrame(start, end, before, data)
        self.sent.append(frame)
        return frame

    def holds(self, most: int, now: Tick) -> bool:
        """Whether at least that many frames have bits after tick `now`; O(1)."""
        return len(self.sent) >= most and self.sent[-most].end > now + 1

    def flag_before(self, tick: Tick) -> Tick:
        """A tick from which a receiver must have listened to know at `tick` what it would have known anyway.

        That is where the opening flag of the frame on its way begins, or a few flags back when there is none.
        """
        for frame in reversed(self.sent):
            if frame.end <= tick:
                break
            if frame.start <= tick:
                return frame.start - FLAG_BITS
        return tick - 3 * FLAG_BITS

    def forget(self, before: Tick) -> None:
        """Drop the trace of frames that ended before that tick."""
        sent = self.sent
        while sent and sent[0].end < before:
            sent.popleft()

    def bits(self, first: Tick, n: int) -> Octets:
        """The `n` line bits (values 0 and 1) of this lane from tick `first` on, should nothing more be
        sent."""
        line = np.ones(n, np.uint8)
        stop = first + n
        idle_until, idle_from = stop, self.boundary
        for frame in reversed(self.sent):
            if frame.start < stop:
                _put(line, frame.end - FLAG_BITS - first, _FLAG)
                _put(line, frame.start - first, np.frombuffer(hdlc.encode(frame.data), np.uint8))
            _flags(line, idle_from, min(idle_until, stop), first)
            idle_from, idle_until = frame.before, frame.start
            if frame.end <= first:
                break
        else:
            _flags(line, idle_from, min(idle_until, stop), first)
        return line

    def octets(self, first: int, n: int, idle: int) -> Octets:
        """The octets of samples `first` … `first` + n - 1; the MSB is the bit at tick 8 x sample.

        Before the flags began to run the slot carried the octet `idle`.
        """
        octets = np.packbits(self.bits(first * SAMPLE, n * SAMPLE))
        octets[: max(0, self.first_boundary // SAMPLE - first)] = idle
        return octets


def _put(line: Octets, at: int, bits: Octets) -> None:
    """Copy `bits` to index `at` of `line`, as far as they fall on it."""
    skip = max(0, -at)
    length = min(len(bits), len(line) - at) - skip
    if length > 0:
        line[at + skip : at + skip + length] = bits[skip : skip + length]


def _flags(line: Octets, since: Tick, until: Tick, first: Tick) -> None:
    """Fill ticks since … until - 1 of `line` (whose index 0 is tick `first`) with flags that began at
    `since`."""
    begin = max(since, first)
    length = min(until, first + len(line)) - begin
    if length > 0:
        phase = (begin - since) % FLAG_BITS
        line[begin - first : begin - first + length] = np.resize(np.roll(_FLAG, -phase), length)


class AudioLane:
    """A timeslot that carries octets, transmit side: which source plays from which sample on."""

    __slots__ = ("_idle", "_sources", "_starts")

    def __init__(self, idle: int) -> None:
        """`idle` is the octet sent while nothing plays."""
        self._idle = bytes((idle,))
        self._starts: list[int] = []
        self._sources: list[Source | None] = []

    def play(self, source: Source | None, start: int) -> None:
        """From sample `start` on `source` plays; what was planned for that sample or later is replaced."""
        while self._starts and self._starts[-1] >= start:
            self._starts.pop()
            self._sources.pop()
        self._starts.append(start)
        self._sources.append(source)

    def forget(self, before: int) -> None:
        """Drop what stopped playing before that sample."""
        keep = bisect_right(self._starts, before) - 1
        if keep > 0:
            del self._starts[:keep]
            del self._sources[:keep]

    def octets(self, first: int, n: int) -> bytes:
        """The octets of samples `first` … `first` + n - 1, should nothing else be played."""
        if not self._starts:
            return self._idle * n
        return b"".join(self._pieces(first, first + n))

    def _pieces(self, first: int, stop: int) -> Iterator[bytes]:
        index = bisect_right(self._starts, first) - 1
        while first < stop:
            until = stop if index + 1 >= len(self._starts) else min(stop, self._starts[index + 1])
            source = self._sources[index] if index >= 0 else None
            if until > first:
                piece = self._idle * (until - first) if source is None else source(first, until - first)
                if len(piece) != until - first:
                    raise ValueError(
                        f"source {source!r} gave {len(piece)} octets for samples {first} to {until - 1}: "
                        f"a source must give exactly as many as it is asked for"
                    )
                yield piece
            first = until
            index += 1
