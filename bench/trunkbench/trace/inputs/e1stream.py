"""A stream of E1 octets (G.703, G.704): its alignment, its alarms, every D channel, the audio on request.

`E1Stream` takes octets in portions of any size, as they come off a line: from a file, a pipe or the payloads
of packets. Neither the order of the bits nor where frames begin need be known. What it gives is bounded in
memory: it keeps no more than a block of octets and the frames under way.

Times count from `start_ns` by the bits of the line, 2,048,000 a second. A frame's time is that of the last
bit of its closing flag.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from trunkbench.trace.inputs.cas import CasWatch
from trunkbench.trace.inputs.e1align import LEAST, Found, find_e1
from trunkbench.trace.inputs.hdlcslots import SlotFrames
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.record import Audio, Direction, FrameRecord, Happening, Layer
from trunkwire.e1 import Framer, Received
from trunkwire.e1.crc4 import Octets
from trunkwire.e1.defects import LineSignal
from trunkwire.e1.frame import FRAME_BITS, FRAME_OCTETS, MULTIFRAME
from trunkwire.hdlc.fcs import MIRROR

BIT_RATE = 2_048_000
BLOCK = 64 * 1024
"""Octets that are worked on at once, and in which alignment is looked for: a quarter of a second."""
PORTION = 8 * 1024
"""Octets that are waited for once the stream is aligned: 32 ms."""
_SEARCH_AGAIN = 8 * BLOCK
"""Octets without alignment after which order and place of the bits are looked for anew."""
_SLOTS = range(1, FRAME_OCTETS)
_CAS_SLOT = 16

_ALARMS = {
    "LOS": "loss of signal",
    "AIS": "alarm indication signal (all ones)",
    "LOF": "loss of frame alignment",
    "RAI": "remote alarm indication",
}


def ns_of(bit: int) -> int:
    """The time of a bit of the line, in nanoseconds from its first."""
    return bit * 1_000_000_000 // BIT_RATE


class E1Stream:
    """The receiving end of a recorded E1; `findings` says what was found out about it."""

    def __init__(
        self,
        *,
        span: str = "",
        direction: Direction = Direction.UNKNOWN,
        start_ns: int = 0,
        audio: bool = False,
    ) -> None:
        self.findings: list[str] = []
        self.found: Found | None = None
        self.frames = 0
        """HDLC frames given so far."""
        self._span, self._direction, self._start_ns = span, direction, start_ns
        self._want_audio = audio
        self._waiting = bytearray()
        self._marks: list[tuple[int, int]] = []
        self._taken = 0  # octets handed to `feed`
        self._done = 0  # octets that have been worked on
        self._framer: Framer | None = None
        self._signal = LineSignal()
        self._slots = SlotFrames(FRAME_OCTETS - 1)
        self._cas = CasWatch()
        self._audible: set[int] = set()
        self._lost_since: int | None = None
        self._fas_at = 0
        self._whole_from = 0  # the row in which the first whole frame ends
        self._errors: tuple[int, int, int] = (0, 0, 0)  # second, errored blocks, row of the last

    def feed(self, octets: bytes, number: int = 0) -> list[Item]:
        """Take the next octets of the line; what is known by now. `number` is that of their packet."""
        if number:
            self._marks.append((self._taken, number))
        self._waiting += octets
        self._taken += len(octets)
        items: list[Item] = []
        while len(self._waiting) >= (BLOCK if self._framer is None else PORTION):
            items += self._work(min(len(self._waiting), BLOCK))
        self._marks = self._marks[max(bisect_right(self._marks, (self._done, 1 << 62)) - 1, 0) :]
        return items

    def finish(self) -> list[Item]:
        """The end of the stream: what was still held back, and the last findings."""
        items: list[Item] = []
        while len(self._waiting) >= FRAME_OCTETS:
            items += self._work(min(len(self._waiting), BLOCK))
        items += self._errored_blocks(None)
        if self.found is None:
            self.findings.append("no E1 frame alignment was found")
        self.findings += self._slots.findings(_SLOTS)
        self.findings += self._cas.findings()
        return items

    @property
    def known_ns(self) -> int:
        """The time up to which the line has been worked on."""
        return self._start_ns + ns_of(8 * self._done)

    def _work(self, size: int) -> list[Item]:
        """Work on up to `size` of the waiting octets, whole rows of them."""
        if self._framer is None:
            return self._align(size)
        size -= size % FRAME_OCTETS
        return self._receive(self._take(size))

    def _take(self, size: int) -> bytes:
        octets = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._done += size
        return octets

    def _align(self, size: int) -> list[Item]:
        """Look for the alignment; octets before it are judged for loss of signal and AIS only."""
        found = find_e1(bytes(self._waiting[:size]))
        if found is None:
            # What may be the beginning of an alignment stays for the next look.
            rows = max((size - LEAST) // FRAME_OCTETS, 1)
            return self._alarms_of(self._take(rows * FRAME_OCTETS))
        # What came before the alignment shows itself is no frame, but for one frame without FAS.
        start = found.bit - FRAME_BITS if FRAME_BITS <= found.bit < 2 * FRAME_BITS else found.bit
        items = self._alarms_of(self._take(start // FRAME_BITS * FRAME_OCTETS))
        base = 8 * self._done - start // FRAME_BITS * FRAME_BITS
        before, self.found = self.found, replace(found, bit=found.bit + base)
        if before is None or (before.mirrored, before.crc4) != (found.mirrored, found.crc4):
            self.findings.append(self.found.describe())
        if found.number is None:
            self._framer = Framer(crc4=found.crc4, first_row=(start + base) // FRAME_BITS)
        else:
            number = (found.number - (found.bit - start) // FRAME_BITS) % MULTIFRAME
            self._framer = Framer.resumed(
                crc4=found.crc4, start=start + base, next_fas=start == found.bit, number=number
            )
        self._framer.signal = self._signal
        self._slots.restart(self._framer.row)
        self._whole_from = (start + base + FRAME_BITS - 1) // FRAME_BITS
        self._fas_at = self.found.bit % (2 * FRAME_BITS)
        return items

    def _alarms_of(self, octets: bytes) -> list[Item]:
        """Loss of signal and AIS in octets that have no alignment."""
        rows = np.frombuffer(octets, np.uint8).reshape(-1, FRAME_OCTETS)
        told = self._signal.rows(rows, self._done // FRAME_OCTETS - len(rows), framed=False)
        return [self._alarm(name, on, _bit_of(row)) for name, row, on in told]

    def _receive(self, octets: bytes) -> list[Item]:
        """Whole rows of the line, aligned or to be aligned again."""
        assert self._framer is not None
        assert self.found is not None
        if self.found.mirrored:
            octets = octets.translate(MIRROR)
        line = np.frombuffer(octets, np.uint8).reshape(-1, FRAME_OCTETS)
        first = self._framer.row
        received = self._framer.receive(line)
        items = self._defects(received)
        items += self._realigned(received)
        items += self._errored_blocks(received)
        items += self._frames(received.slots)
        if not self._slots.is_hdlc(_CAS_SLOT - 1):
            items += self._signalling(received.slots[_CAS_SLOT], first)
        if self._want_audio:
            items += self._audio(received, first)
        items.sort(key=_time)
        self._give_up(first, len(line))
        return items

    def _begin_of(self, row: int) -> int:
        """The bit of the stream at which the frame begins that ends in that row."""
        within = (self._framer.fas_at if self._framer else 0) % FRAME_BITS
        return max(row * FRAME_BITS - (FRAME_BITS - within if within else 0), 0)

    def _at(self, bit: int) -> int:
        return self._start_ns + ns_of(bit)

    def _number(self, bit: int) -> int:
        """The packet in which that bit came, 0 where there are none."""
        index = bisect_right(self._marks, (max(bit - 1, 0) // 8, 1 << 62)) - 1
        return self._marks[index][1] if index >= 0 else 0

    def _happening(self, bit: int, what: str, alarm: bool | None, slot: int = 0) -> Happening:
        return Happening(
            self._at(bit), what, self._span, slot, self._number(bit), max(bit - 1, 0) // 8, alarm
        )

    def _alarm(self, name: str, on: bool, bit: int) -> Happening:
        what = f"{name}: {_ALARMS[name]}" if on else f"{name} ended"
        if name == "LOF" and not on:
            what = "frame alignment found" + (", with CRC-4" if self._framer and self._framer.crc4 else "")
        return self._happening(bit, what, on)

    def _defects(self, received: Received) -> list[Item]:
        return [self._alarm(name, on, _bit_of(row)) for row, name, on in received.defects]

    def _realigned(self, received: Received) -> list[Item]:
        """Whether frames lie elsewhere than they did: octets or bits were lost or put in (a slip)."""
        assert self._framer is not None
        if not self._framer.in_service:
            return []
        before, self._fas_at = self._fas_at, self._framer.fas_at
        if before == self._fas_at:
            return []
        moved = (self._fas_at - before + FRAME_BITS) % (2 * FRAME_BITS) - FRAME_BITS
        number, unit = divmod(abs(moved), 8)
        bits = f"{abs(moved)} bit" if unit else f"{number} octet"
        bits = bits if abs(moved) in (1, 8) else f"{bits}s"
        bits = "one frame" if abs(moved) == FRAME_BITS else bits
        what = f"slip: frames lie {bits} {'later' if moved > 0 else 'earlier'} than before"
        rows = [row for row, name, on in received.defects if name == "LOF" and not on]
        return [self._happening(_bit_of(rows[-1] if rows else self._framer.row - 1), what, True)]

    def _errored_blocks(self, received: Received | None) -> list[Item]:
        """One happening for each second with CRC-4 errors, told when the second is over; None: at the end."""
        items: list[Item] = []
        second, count, last = self._errors
        for block in received.errored if received else ():
            now = block.row * FRAME_BITS // BIT_RATE
            if now != second and count:
                items.append(self._errored_second(count, last))
                count = 0
            second, count, last = now, count + 1, block.row
        now = self._framer.row * FRAME_BITS // BIT_RATE if self._framer else 0
        if count and (received is None or now != second):
            items.append(self._errored_second(count, last))
            count = 0
        self._errors = (second, count, last)
        return items

    def _errored_second(self, count: int, last: int) -> Happening:
        blocks = "one errored CRC-4 block" if count == 1 else f"{count} errored CRC-4 blocks"
        return self._happening(_bit_of(last), f"{blocks} within a second", True)

    def _frames(self, slots: Octets) -> list[Item]:
        seen = []
        for index, slot_bit, record in self._slots.receive(slots[1:]):
            octet, within = divmod(slot_bit - 1, 8)
            seen.append((self._begin_of(octet) + 8 * (index + 1) + within + 1, index + 1, record))
        seen.sort(key=lambda entry: entry[:2])
        return [self._frame(*entry) for entry in seen]

    def _frame(self, bit: int, slot: int, record: tuple[Layer, bytes] | str) -> Item:
        """A frame whose closing flag ended just before that bit of the line, or what was wrong with it."""
        if isinstance(record, str):
            return self._happening(bit, f"timeslot {slot}: {record}", None, slot)
        self.frames += 1
        layer, data = record
        number, offset = self._number(bit) or self.frames, (bit - 1) // 8
        return FrameRecord(
            self._at(bit),
            self._direction,
            data,
            self._span,
            slot,
            number=number,
            offset=offset,
            fcs=True,
            layer=layer,
        )

    def _signalling(self, octets: Octets, first_row: int) -> list[Item]:
        """Changes of the signalling bits of channel associated signalling in timeslot 16."""
        items: list[Item] = []
        for row, channel, what in self._cas.receive(octets.tobytes(), first_row):
            bit = self._begin_of(row) + 8 * (_CAS_SLOT + 1)
            items.append(self._happening(bit, what, None, channel))
        return items

    def _audio(self, received: Received, first: int) -> Iterable[Item]:
        """The octets of the other timeslots while the line is aligned."""
        for begin, end in self._served(received, first):
            for slot in _SLOTS:
                if self._slots.is_hdlc(slot - 1) or (slot == _CAS_SLOT and self._cas.found):
                    continue
                octets = received.slots[slot, begin - first : end - first].tobytes()
                if slot not in self._audible and octets.strip(octets[:1]):
                    self._audible.add(slot)
                if slot in self._audible:
                    at = self._begin_of(begin) + 8 * slot
                    number = self._number(at + 8)
                    yield Audio(
                        self._at(at), self._span, slot, self._direction, begin, octets, number, "alaw"
                    )

    def _served(self, received: Received, first: int) -> list[tuple[int, int]]:
        """The runs of rows in which the line was aligned."""
        end = first + received.slots.shape[1]
        first = max(first, self._whole_from)
        edges = [(row, on) for row, name, on in received.defects if name == "LOF"]
        runs = []
        begin = first if not (self._framer is not None and self._framer.lof) else None
        if edges:
            begin = None if not edges[0][1] else first
        for row, lost in edges:
            if lost and begin is not None and row > begin:
                runs.append((begin, row))
            begin = None if lost else row + 1
        if begin is not None and end > begin:
            runs.append((begin, end))
        return runs

    def _give_up(self, first: int, rows: int) -> None:
        """Begin from nothing when alignment has been missing for long: the line may be wired anew."""
        assert self._framer is not None
        if self._framer.in_service:
            self._lost_since = None
            return
        self._lost_since = first if self._lost_since is None else self._lost_since
        if (first + rows - self._lost_since) * FRAME_OCTETS >= _SEARCH_AGAIN:
            self._signal = self._framer.signal
            self._framer, self._lost_since = None, None


def _bit_of(row: int) -> int:
    """The bit of the stream just behind that row."""
    return (row + 1) * FRAME_BITS


def _time(item: Item) -> int:
    return getattr(item, "at_ns", 0)
