"""A stream of T1 octets (G.704 2.1, T1.403): alignment, alarms, CRC-6, every D channel, audio on request.

`T1Stream` is to a T1 what `E1Stream` is to an E1: fed in portions of any size, bounded in memory, either
order of the bits, any bit offset. The D channel of a primary rate interface is timeslot 24; any other slot
that carries HDLC is read too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trunkbench.trace.inputs.hdlcslots import SlotFrames
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.inputs.t1align import (
    ESF_FRAMES,
    ESF_PATTERN,
    FRAME,
    LEAST,
    SF_PATTERN,
    SLOTS,
    Bits,
    T1Found,
    find_t1,
)
from trunkbench.trace.record import Audio, Direction, FrameRecord, Happening

BIT_RATE = 1_544_000
BLOCK = 64 * 1024
PORTION = 8 * 1024
_LOST = {True: 2, False: 3}
"""Wrong alignment bits of a superframe (of 6 or of 12) that are a loss of frame alignment."""
_CRC_POLYNOMIAL = 0b1000011
"""x^6 + x + 1 (G.704 2.1.3.1.2)."""
_PIECE = 193
"""Octets in which all ones or no one at all are an alarm: 1 ms."""
_UNFRAMED = {"LOS": "loss of signal", "AIS": "alarm indication signal (all ones)"}
_YELLOW = np.array([1] * 8 + [0] * 8, np.uint8)
"""What the data link of ESF says at a remote alarm (T1.403)."""
_YELLOW_FRAMES = 256
"""Frames with bit 2 = 0 in all slots that are a remote alarm of SF."""


def _crc_weights() -> Bits:
    """What each bit of an extended superframe adds to its CRC-6 (4632, 6); F bits count as 1."""
    size = ESF_FRAMES * FRAME
    weights = np.zeros((size, 6), np.uint8)
    value = 1
    for _ in range(6):
        value = value << 1 ^ (_CRC_POLYNOMIAL if value & 0x20 else 0)
    for place in range(size - 1, -1, -1):
        weights[place] = [value >> 5 - bit & 1 for bit in range(6)]
        value = value << 1 ^ (_CRC_POLYNOMIAL if value & 0x20 else 0)
    return weights


class T1Stream:
    """The receiving end of a recorded T1; `findings` says what was found out about it."""

    def __init__(
        self,
        *,
        span: str = "",
        direction: Direction = Direction.UNKNOWN,
        start_ns: int = 0,
        audio: bool = False,
    ) -> None:
        self.findings: list[str] = []
        self.found: T1Found | None = None
        self.frames = 0
        """HDLC frames given so far."""
        self._span, self._direction, self._start_ns = span, direction, start_ns
        self._want_audio = audio
        self._waiting = bytearray()
        self._done = 0  # octets that were taken off
        self._next: int | None = None  # the first bit of the next superframe, None: to be looked for
        self._rows, self._row0, self._bit0 = 0, 0, 0  # frames so far; where those of this alignment begin
        self._slots = SlotFrames(SLOTS)
        self._weights: Bits | None = None
        self._check: Bits | None = None  # CRC-6 of the superframe before
        self._errored = [0, 0]  # second, errored superframes in it
        self._yellow = False
        self._yellow_run = 0
        self._unframed = ""
        self._audible: set[int] = set()

    def feed(self, octets: bytes) -> list[Item]:
        """Take the next octets of the line; what is known by now."""
        self._waiting += octets
        items: list[Item] = []
        while len(self._waiting) >= (BLOCK if self._next is None else PORTION):
            items += self._work(bytes(self._waiting[:BLOCK]))
        return items

    def finish(self) -> list[Item]:
        """The end of the stream: what was still held back, and the last findings."""
        items: list[Item] = []
        while self._waiting:
            before = len(self._waiting), self._next
            items += self._work(bytes(self._waiting[:BLOCK]), last=len(self._waiting) <= BLOCK)
            if before == (len(self._waiting), self._next):
                break
        items += self._errored_second(None)
        if self.found is None:
            self.findings.append("no T1 frame alignment was found")
        self.findings += self._slots.findings(range(1, SLOTS + 1))
        return items

    @property
    def known_ns(self) -> int:
        """The time up to which the line has been worked on."""
        return self._at(8 * self._done)

    def _work(self, octets: bytes, last: bool = False) -> list[Item]:
        if self._next is None:
            return self._align(octets, last)
        assert self.found is not None
        bits = np.unpackbits(
            np.frombuffer(octets, np.uint8), bitorder="little" if self.found.mirrored else "big"
        )
        begin, size = self._next - 8 * self._done, self.found.frames * FRAME
        count = max(len(bits) - begin, 0) // size
        whole = bits[begin : begin + count * size].reshape(count, size)
        good = self._good(whole)
        items = self._receive(whole[:good]) if good else []
        self._next += good * size
        if good < count:
            items.append(self._happening(self._next, "LOF: loss of frame alignment", True))
            self._next = None
        end = 8 * self._done + begin + good * size
        self._take(min(end // 8 - self._done, len(octets)))
        if last and self._next is not None:
            items += self._rest(bits[begin + good * size :])
            self._waiting.clear()
        items.sort(key=_time)
        return items

    def _take(self, count: int) -> None:
        del self._waiting[:count]
        self._done += count

    def _align(self, octets: bytes, last: bool) -> list[Item]:
        """Look for the alignment; octets before it are judged for loss of signal and AIS only."""
        found = find_t1(octets)
        if found is None:
            taken = len(octets) if last else max(len(octets) - LEAST, 1)
            items = self._unframed_alarm(octets[:taken])
            self._take(taken)
            return items
        again = self.found is not None
        where = replace(found, bit=found.bit + 8 * self._done)
        if self.found is None or (self.found.mirrored, self.found.esf) != (found.mirrored, found.esf):
            self.findings.append(where.describe())
        self.found, self._next = where, where.bit
        self._row0, self._bit0 = self._rows, where.bit - found.lead * FRAME
        self._slots.restart(self._rows)
        self._check, self._yellow_run = None, 0
        items = self._unframed_alarm(octets[: max(found.bit // 8, 0)])
        if self._unframed:
            items.append(self._happening(where.bit, f"{self._unframed} ended", False))
            self._unframed = ""
        bits = np.unpackbits(np.frombuffer(octets, np.uint8), bitorder="little" if found.mirrored else "big")
        items += self._rest(bits[found.bit - found.lead * FRAME : found.bit])
        return items + ([self._happening(where.bit, "frame alignment found", False)] if again else [])

    def _unframed_alarm(self, octets: bytes) -> list[Item]:
        """Loss of signal and AIS in octets without alignment, looked at in pieces of about a millisecond."""
        items: list[Item] = []
        for first in range(0, len(octets) - _PIECE + 1, _PIECE):
            ones = int.from_bytes(octets[first : first + _PIECE], "big").bit_count()
            told = "" if ones else "LOS"
            told = "AIS" if 8 * _PIECE - ones <= 2 else told
            if told != self._unframed:
                before, self._unframed = self._unframed, told
                bit = 8 * (self._done + first)
                items += [self._happening(bit, f"{before} ended", False)] if before else []
                items += [self._happening(bit, f"{told}: {_UNFRAMED[told]}", True)] if told else []
        return items

    def _good(self, whole: Bits) -> int:
        """How many superframes pass before alignment is lost."""
        assert self.found is not None
        f_bits = whole[:, ::FRAME]
        if self.found.esf:
            wrong = (f_bits[:, 3::4] != ESF_PATTERN).sum(axis=1)
        else:
            wrong = (f_bits != SF_PATTERN).sum(axis=1)
        lost = np.flatnonzero(wrong >= _LOST[self.found.esf])
        return int(lost[0]) if len(lost) else len(whole)

    def _receive(self, whole: Bits) -> list[Item]:
        """Superframes in order."""
        assert self.found is not None
        items: list[Item] = []
        if self.found.esf:
            items += self._checks(whole)
        frames = whole.reshape(-1, FRAME)
        items += self._remote_alarm(frames)
        items += self._octets(frames)
        return items

    def _rest(self, bits: Bits) -> list[Item]:
        """Frames that are no whole superframe: before the first, behind the last."""
        count = len(bits) // FRAME
        return self._octets(bits[: count * FRAME].reshape(count, FRAME)) if count else []

    def _octets(self, frames: Bits) -> list[Item]:
        slots = np.ascontiguousarray(np.packbits(frames[:, 1:], axis=1).T)
        first, self._rows = self._rows, self._rows + len(frames)
        seen = []
        for index, slot_bit, record in self._slots.receive(slots):
            row, within = divmod(slot_bit - 1, 8)
            seen.append((self._bit_of(row) + 1 + 8 * index + within + 1, index + 1, record))
        items: list[Item] = []
        for bit, slot, record in sorted(seen, key=lambda entry: entry[:2]):
            if isinstance(record, str):
                items.append(self._happening(bit, f"timeslot {slot}: {record}", None, slot))
                continue
            self.frames += 1
            layer, data = record
            at_ns, offset = self._at(bit), (bit - 1) // 8
            items.append(
                FrameRecord(
                    at_ns,
                    self._direction,
                    data,
                    self._span,
                    slot,
                    number=self.frames,
                    offset=offset,
                    fcs=True,
                    layer=layer,
                )
            )
        return items + (self._audio(slots, first) if self._want_audio else [])

    def _audio(self, slots: Bits, first: int) -> list[Item]:
        items: list[Item] = []
        bit = self._bit_of(first)
        sample = bit // FRAME
        for index, octets in enumerate(slots):
            if self._slots.is_hdlc(index):
                continue
            data = octets.tobytes()
            if index in self._audible or data.strip(data[:1]):
                self._audible.add(index)
                at_ns = self._at(bit + 1 + 8 * index)
                items.append(Audio(at_ns, self._span, index + 1, self._direction, sample, data, law="ulaw"))
        return items

    def _checks(self, whole: Bits) -> list[Item]:
        """CRC-6: each superframe carries that of the one before it."""
        if self._weights is None:
            self._weights = _crc_weights()
        carried = whole[:, FRAME :: 4 * FRAME]
        counted = whole.copy()
        counted[:, ::FRAME] = 1
        sums = counted.astype(np.float32) @ self._weights.astype(np.float32)
        computed = (sums.astype(np.int64) & 1).astype(np.uint8)
        items: list[Item] = []
        for number in range(len(whole)):
            before = computed[number - 1] if number else self._check
            if before is not None and (carried[number] != before).any():
                bit = self._bit_of(self._rows + ESF_FRAMES * number)
                items += self._errored_second(bit)
        self._check = computed[-1]
        return items

    def _errored_second(self, bit: int | None) -> list[Item]:
        """Count an errored superframe (None: the end); what was counted in a second that is over."""
        second = None if bit is None else bit // BIT_RATE
        items: list[Item] = []
        if self._errored[1] and second != self._errored[0]:
            count = self._errored[1]
            words = "one CRC-6 error" if count == 1 else f"{count} CRC-6 errors"
            end = (self._errored[0] + 1) * BIT_RATE
            at = min(end, self._bit_of(self._rows))
            items.append(self._happening(at, f"{words} within a second", True))
            self._errored[1] = 0
        if second is not None:
            self._errored = [second, self._errored[1] + 1]
        return items

    def _remote_alarm(self, frames: Bits) -> list[Item]:
        """The yellow alarm: on the data link of ESF, in bit 2 of every slot of SF."""
        assert self.found is not None
        if self.found.esf:
            link = frames[::2, 0]
            whole = len(link) // 16 * 16
            patterns = {np.roll(_YELLOW, turn).tobytes() for turn in range(16)}
            pieces = link[:whole].reshape(-1, 16)
            yellow = bool(len(pieces)) and all(piece.tobytes() in patterns for piece in pieces[-8:])
            yellow = yellow and len(pieces) >= 4
        else:
            loud = np.flatnonzero(frames[:, 2::8].max(axis=1))
            since = len(frames) - 1 - int(loud[-1]) if len(loud) else self._yellow_run + len(frames)
            self._yellow_run = since
            yellow = self._yellow_run >= _YELLOW_FRAMES
        if yellow is self._yellow:
            return []
        self._yellow = yellow
        what = "RAI: remote alarm indication" if yellow else "RAI ended"
        return [self._happening(self._bit_of(self._rows + len(frames)), what, yellow)]

    def _bit_of(self, row: int) -> int:
        """The F bit of that frame of the stream."""
        return self._bit0 + (row - self._row0) * FRAME

    def _at(self, bit: int) -> int:
        return self._start_ns + bit * 1_000_000_000 // BIT_RATE

    def _happening(self, bit: int, what: str, alarm: bool | None, slot: int = 0) -> Happening:
        return Happening(self._at(bit), what, self._span, slot, 0, max(bit - 1, 0) // 8, alarm)


def _time(item: Item) -> int:
    return getattr(item, "at_ns", 0)
