"""HDLC on whole arrays: many channels and long streams at once, with the results of `Receiver` and `encode`.

The receiver looks up each octet in the tables of `trunkwire.hdlc.octets`. Octets in which a flag or an abort
ends are the marks; what lies between two marks of one channel is a frame if the first is a flag. The content
bits of all octets are moved to their places in one scatter, each frame beginning on an octet of its own. What
follows the last flag of a channel is kept and read again together with the next block, so blocks may end
anywhere.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trunkwire.hdlc import octets as table
from trunkwire.hdlc.events import BadFrame, BadKind, GoodFrame, HdlcEvent, Limits
from trunkwire.hdlc.fcs import FCS_OCTETS, MIRROR, RESIDUE, fcs_octets

Block = bytes | NDArray[np.uint8]

_STEP = 1 << 15
"""Octets that are worked on at once: what the caches hold."""

_WORTHWHILE = 16
"""Fill is taken out when it is more than one octet in this many."""

_FLAG = int(table.Mark.FLAG)
_ABORT = int(table.Mark.ABORT)
_FILLS = [bytes((octet,)) * 3 for octet in (*sorted(table.FLAG_FILL), 0xFF)]


@dataclass(slots=True)
class _Channel:
    """What one channel carries from block to block."""

    ones: int = 7
    """Ones in a row ahead of `carry`, or ahead of the next octet."""
    hunting: bool = True
    overflow: bool = False
    """The frame under way has become too long; its octets are not kept."""
    carry: bytes = b""
    """The octets from the one in which the last flag ended."""
    base: int = 0
    """How many octets of the stream lie ahead of `carry`."""


@dataclass(slots=True)
class _Batch:
    """The octets of one pass: channel after channel, fill taken out."""

    channels: list[int]
    starts: NDArray[np.intp]
    """Where each channel begins in `octets`, and the end."""
    octets: NDArray[np.uint8]
    origin: NDArray[np.intp] | None
    """Index of each octet before fill was taken out, or None if none was."""
    origin_starts: NDArray[np.intp]
    rows: NDArray[np.intp]
    """Table index of each octet."""
    meanings: NDArray[np.uint16]
    """What each octet means (`table.PACKED`)."""
    marks: NDArray[np.intp]
    """The octets in which a flag or an abort ends."""
    kinds: NDArray[np.uint8]
    owner: NDArray[np.intp]
    """Index into `channels`, a mark."""


class BulkReceiver:
    """The receiving ends of `channels` HDLC channels, fed block by block; equal to a `Receiver` for each."""

    def __init__(self, channels: int, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._channels = [_Channel() for _ in range(channels)]
        self._rows = np.empty(0, np.intp)  # memory for `_Batch.rows`, used again and again
        # More timeslot octets than this hold more content than the longest frame, whatever zeros were
        # inserted.
        self._longest_carry = self._limits.max_octets * 6 // 5 + 8

    def receive(self, blocks: Sequence[Block] | NDArray[np.uint8]) -> list[list[HdlcEvent]]:
        """Take the next octets of each channel: a sequence of blocks, or an array (channels, octets).

        Octets are as on the line, most significant bit first. Returns the events of each channel, in order of
        their end. Raises ValueError if there is not one block a channel.
        """
        if len(blocks) != len(self._channels):
            raise ValueError(
                f"{len(blocks)} blocks for {len(self._channels)} HDLC channels: give one for each"
            )
        texts = [
            block if isinstance(block, bytes) else np.asarray(block, np.uint8).tobytes() for block in blocks
        ]
        events: list[list[HdlcEvent]] = [[] for _ in texts]
        for work in _portions(texts):
            batch = self._gather(work)
            if batch is not None:
                self._settle_overflows(batch, events)
                self._frames(batch, events)
                self._keep(batch)
        return events

    def _gather(self, work: list[tuple[int, bytes]]) -> _Batch | None:
        """Join carry and block of the channels on which something may happen."""
        parts, channels = [], []
        for number, text in work:
            channel = self._channels[number]
            if self._is_fill(channel, text):
                channel.base += len(text)
                continue
            parts.append(channel.carry + text)
            channels.append(number)
        if not parts:
            return None
        origin_starts = np.concatenate(([0], np.cumsum([len(part) for part in parts]))).astype(np.intp)
        joined = b"".join(parts)
        octets = np.frombuffer(joined, np.uint8)
        origin, starts = None, origin_starts
        if any(fill in joined for fill in _FILLS):
            origin = _without_fill(octets, origin_starts)
        if origin is not None:
            octets = octets[origin]
            starts = np.searchsorted(origin, origin_starts).astype(np.intp)
        if len(self._rows) < len(octets):
            self._rows = np.empty(2 * len(octets), np.intp)
        rows = self._rows[: len(octets)]
        table.ROW.take(octets[:-1], out=rows[1:], mode="clip")
        rows[1:] += octets[1:]
        ones = np.array([self._channels[number].ones for number in channels], np.intp)
        rows[starts[:-1]] = 256 * ones + octets[starts[:-1]]
        meanings = table.PACKED.take(rows, mode="clip")
        marks = np.flatnonzero(meanings >= 1 << table.MARK_SHIFT)
        kinds = (meanings[marks] >> table.MARK_SHIFT).astype(np.uint8)
        owner = np.searchsorted(starts, marks, side="right") - 1
        return _Batch(channels, starts, octets, origin, origin_starts, rows, meanings, marks, kinds, owner)

    @staticmethod
    def _is_fill(channel: _Channel, text: bytes) -> bool:
        """Whether all of `text` goes on with the idle pattern that the channel is in."""
        if channel.hunting:
            return channel.ones == 7 and text[0] == 0xFF and not text.strip(b"\xff")
        carry = channel.carry
        return (
            len(carry) == 1 and carry[0] in table.FLAG_FILL and text[0] == carry[0] and not text.strip(carry)
        )

    def _settle_overflows(self, batch: _Batch, events: list[list[HdlcEvent]]) -> None:
        """End the frames that had become too long in an earlier block."""
        for place, number in enumerate(batch.channels):
            if not self._channels[number].overflow:
                continue
            at = int(np.searchsorted(batch.owner, place))
            if at < len(batch.owner) and batch.owner[at] == place:
                kind = BadKind.ABORT if batch.kinds[at] == _ABORT else BadKind.TOO_LONG
                end = int(self._ends(batch, np.array([at]))[0])
                events[number].append(BadFrame(kind, self._limits.max_octets + 1, end))
                self._channels[number].overflow = False

    def _ends(self, batch: _Batch, at: NDArray[np.intp]) -> NDArray[np.int64]:
        """The stream positions just behind the first end in each of the marks `at`."""
        base = np.array([self._channels[number].base for number in batch.channels], np.int64)
        marks, owner = batch.marks[at], batch.owner[at]
        octet = marks if batch.origin is None else batch.origin[marks]
        octet = octet + (base - batch.origin_starts[:-1])[owner]
        ends: NDArray[np.int64] = 8 * octet + table.FIRST_END[batch.rows[marks]]
        return ends

    def _frames(self, batch: _Batch, events: list[list[HdlcEvent]]) -> None:
        """Report what lies between each flag and the next mark of its channel."""
        marks, kinds, limits = batch.marks, batch.kinds, self._limits
        if len(marks) < 2:
            return
        counts = (batch.meanings >> table.COUNT_SHIFT).astype(np.uint8) & table.COUNT_MASK
        spans = np.add.reduceat(counts, marks, dtype=np.int64)
        aborted = kinds[1:] == _ABORT
        bits = spans[:-1] + table.BEFORE[batch.rows[marks[1:]]] - np.where(aborted, 5, 6)
        paired = (kinds[:-1] == _FLAG) & (batch.owner[1:] == batch.owner[:-1]) & (bits > 0)
        fits = (bits >= 8 * limits.min_octets) & (bits <= 8 * limits.max_octets) & ~aborted & (bits & 7 == 0)
        opening = np.flatnonzero(paired)
        if not len(opening):
            return
        content, places = _content(batch, counts, spans) if (paired & fits).any() else (b"", spans)
        good = fits[opening]
        sizes, firsts = bits[opening], places[opening]
        lasts = firsts + (sizes >> 3)
        mirrored, crc = content.translate(MIRROR), binascii.crc_hqx
        begins, stops = firsts[good].tolist(), lasts[good].tolist()
        good[good] = [crc(mirrored[a:b], 0xFFFF) == RESIDUE for a, b in zip(begins, stops, strict=True)]
        ends = self._ends(batch, opening + 1)
        if not good.all():
            begins, stops = firsts[good].tolist(), lasts[good].tolist()
        frames = zip(begins, stops, ends[good].tolist(), strict=True)
        found: list[HdlcEvent] = [GoodFrame(content[a : b - FCS_OCTETS], end) for a, b, end in frames]
        for at in np.flatnonzero(~good).tolist():
            found.insert(at, self._bad(int(sizes[at]), bool(aborted[opening[at]]), int(ends[at])))
        owner = batch.owner[opening]
        shares = np.searchsorted(owner, np.arange(len(batch.channels) + 1)).tolist()
        for number, begin, end in zip(batch.channels, shares, shares[1:], strict=False):
            events[number] += found[begin:end]

    def _bad(self, bits: int, aborted: bool, end: int) -> BadFrame:
        limits = self._limits
        whole = min(bits >> 3, limits.max_octets + 1)
        if aborted:
            return BadFrame(BadKind.ABORT, whole, end)
        if bits < 8 * limits.min_octets:
            return BadFrame(BadKind.TOO_SHORT, whole, end)
        if bits > 8 * limits.max_octets:
            return BadFrame(BadKind.TOO_LONG, limits.max_octets + 1, end)
        return BadFrame(BadKind.NOT_OCTET_ALIGNED if bits & 7 else BadKind.BAD_FCS, whole, end)

    def _keep(self, batch: _Batch) -> None:
        """Put away what the next block needs."""
        last = np.searchsorted(batch.owner, np.arange(len(batch.channels)), side="right") - 1
        for place, number in enumerate(batch.channels):
            channel = self._channels[number]
            begin, end = batch.starts[place], batch.starts[place + 1]
            length = int(batch.origin_starts[place + 1] - batch.origin_starts[place])
            mark = int(last[place])
            if mark >= 0 and batch.owner[mark] == place:
                channel.hunting = batch.kinds[mark] != _FLAG
                begin = batch.marks[mark]
            if not channel.hunting and not channel.overflow and end - begin <= self._longest_carry:
                # Fill that was taken out changes nothing, so the octets that are left will do.
                channel.ones = int(batch.rows[begin]) >> 8
                channel.carry = batch.octets[begin:end].tobytes()
            else:
                channel.overflow = not channel.hunting
                channel.ones = int(table.ROW[batch.octets[end - 1]]) >> 8
                channel.carry = b""
            channel.base += length - len(channel.carry)


def _portions(texts: list[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    """The blocks in portions of `_STEP` octets at most: many short blocks or a piece of a long one."""
    portion: list[tuple[int, bytes]] = []
    size = 0
    for number, text in enumerate(texts):
        for first in range(0, len(text), _STEP):
            piece = text[first : first + _STEP]
            if size + len(piece) > _STEP:
                yield portion
                portion, size = [], 0
            portion.append((number, piece))
            size += len(piece)
    if portion:
        yield portion


def _without_fill(octets: NDArray[np.uint8], starts: NDArray[np.intp]) -> NDArray[np.intp] | None:
    """The indexes of the octets that are not mere repetitions of idle flags or mark; None if few are.

    The first two octets of each channel stay: what is before them is another channel's.
    """
    same = octets[1:] == octets[:-1]
    repeated = same[1:] & same[:-1]
    if np.count_nonzero(repeated) < len(octets) // _WORTHWHILE:
        return None
    fill = np.zeros(len(octets), np.bool_)
    fill[2:] = repeated
    fill &= table.IS_FILL.take(octets, mode="clip")
    fill[starts[:-1]] = False
    fill[np.minimum(starts[:-1] + 1, len(octets) - 1)] = False
    return np.flatnonzero(~fill)


def _content(
    batch: _Batch, counts: NDArray[np.uint8], spans: NDArray[np.int64]
) -> tuple[bytes, NDArray[np.int64]]:
    """The content of all spans, each beginning on an octet, and at which octet each begins."""
    marks = batch.marks
    counts[marks[1:] - 1] += (-spans[:-1] & 7).astype(np.uint8)
    ends = np.cumsum(counts, dtype=np.int32)
    ends += -int(ends[marks[0]] - counts[marks[0]]) & 7
    ends -= counts  # now where each octet's bits begin
    values = (batch.meanings & table.VALUE_MASK) << (ends & 7).astype(np.uint16)
    halves = values.astype("<u2", copy=False).view(np.uint8)
    low, high = halves[0::2], halves[1::2]
    places = (ends >> 3).astype(np.intp)
    lows = np.zeros(int(places[-1]) + 2, np.uint8)
    highs = np.zeros(len(lows), np.uint8)
    lows[places] = low
    highs[1:][places] = high
    # Where inserted zeros made an octet short, two octets share a place: the assignment kept the last one.
    shared = np.flatnonzero(places[1:] == places[:-1])
    np.bitwise_or.at(lows, places[shared], low[shared])
    np.bitwise_or.at(highs, places[shared] + 1, high[shared])
    return (lows | highs).tobytes(), places[marks].astype(np.int64)


def encode_frames(frames: Sequence[bytes], flags_between: int = 1) -> NDArray[np.uint8]:
    """The line bits (0 or 1 each) of a flag and then each frame, FCS and `flags_between` flags behind it.

    Raises ValueError if `flags_between` is less than 1. Source: Q.921 2.2, 2.6, 2.7.
    """
    if flags_between < 1:
        raise ValueError(f"{flags_between} flags between frames: at least one must close each")
    gap = b"\x7e" * flags_between
    octets = b"\x7e" + b"".join([frame + fcs_octets(frame) + gap for frame in frames])
    line = np.unpackbits(np.frombuffer(octets, np.uint8), bitorder="little")
    sizes = np.array([len(frame) + 2 for frame in frames], np.intp)
    closing = 1 + np.cumsum(sizes + flags_between) - flags_between
    is_flag = np.zeros(len(octets), np.bool_)
    is_flag[0] = True
    for offset in range(flags_between):
        is_flag[closing + offset] = True
    # The ones of flags are marked 3 meanwhile, so that no zero is inserted into them.
    line[np.repeat(is_flag, 8) & (line == 1)] = 3
    stuffed = line.tobytes().replace(b"\1" * 5, b"\1" * 5 + b"\0")
    return np.bitwise_and(np.frombuffer(stuffed, np.uint8), np.uint8(1), dtype=np.uint8)
