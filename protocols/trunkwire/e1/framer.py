"""The receiving end of an E1 line: alignment, demultiplexing, CRC-4 monitoring and defects, on whole arrays.

`trunkwire.e1.align` decides; this module shows it timeslot 0. While the line is in service and timeslot 0 is
right, nothing that the table could see would change its state, so whole stretches pass at once; from the
first wrong octet on the table sees frame by frame. The bit at which an array ends makes no difference.

Defects (G.775): LOS, no pulse in 255 bits; AIS, at most two zeros in each of two consecutive double frames;
LOF, alignment lost (with CRC-4: frame or multiframe); RAI, the A bit in three consecutive frames.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from trunkwire.e1.align import BLOCKS_A_SECOND, CRC_EXCESS, MFAS_END, Alignment, Sync
from trunkwire.e1.crc4 import Octets, Workspace, crc4_blocks, received_checks
from trunkwire.e1.defects import LineSignal
from trunkwire.e1.frame import FAS, FRAME_BITS, FRAME_OCTETS, MULTIFRAME, SUBMULTIFRAME
from trunkwire.e1.mux import CHUNK, demultiplex_into

FRAMES_A_SECOND = BLOCKS_A_SECOND * SUBMULTIFRAME
RAI_PERSISTENCE = 3
"""Equal A bits in a row that set or clear RAI (G.775: 2 to 5)."""
BLANK = 0xFF
"""What the timeslots give while the line is out of service."""

_FAS_BITS = np.array([int(bit) for bit in f"{FAS:07b}"], np.uint8)
_SEARCH_ROWS = 4
_SHORT_STEP = 64
_FIXED = np.array([[0x7F, 0x40], [0x40, 0x7F]], np.uint8)
"""The bits of timeslot 0 that must be right, in a pair of frames that begins with the FAS or without it."""
_DUE = np.array([[FAS, 0x40], [0x40, FAS]], np.uint8)


class Defect(NamedTuple):
    """A defect that began (`on`) or ended with the last bit of arrival row `row`."""

    row: int
    name: str
    on: bool


class ErroredBlock(NamedTuple):
    """A sub-multiframe whose CRC-4 was wrong, known in arrival row `row`; `half` 0 for I, 1 for II."""

    row: int
    half: int


@dataclass(slots=True)
class Received:
    """What came of some rows: `slots` (32, rows), slot-major, and what was noticed, in order of rows."""

    slots: Octets
    defects: list[Defect] = field(default_factory=list)
    errored: list[ErroredBlock] = field(default_factory=list)
    checked: int = 0
    """CRC-4 blocks compared."""


class Framer:
    """Takes a line in rows of 32 octets, wherever frames begin in them.

    Column r of the slots that `receive` gives is the frame whose last bit came in row r; it is all ones while
    the line is out of service. Rows count from `first_row`, at which the framer knows nothing yet.
    """

    def __init__(self, *, crc4: bool, first_row: int = 0) -> None:
        self.crc4 = crc4
        self.row = first_row
        self.alignment = Alignment(crc4)
        self.lof = True
        self.rai = False
        self.signal = LineSignal()
        self._work = Workspace()
        self._start = (
            first_row * FRAME_BITS
        )  # where the next frame begins, or the search goes on: a bit of the line
        self._tail = np.zeros(FRAME_OCTETS, np.uint8)  # the row before
        self._next_fas = True
        self._rai_count = 0
        self._number = 0  # in the multiframe, of the next frame
        self._block: Octets | None = (
            None  # the frames of the sub-multiframe so far; None: its beginning was missed
        )
        self._remainder: int | None = None  # of the sub-multiframe before
        self._second = 0
        self._errored = 0  # blocks of that second

    @classmethod
    def resumed(cls, *, crc4: bool, start: int, next_fas: bool, number: int = 0) -> Framer:
        """A framer in service that goes on where a frame begins, at bit `start` of line time.

        `next_fas` says whether that frame has the FAS, `number` is its place in the CRC-4 multiframe.
        """
        framer = cls(crc4=crc4, first_row=start // FRAME_BITS)
        framer.alignment = Alignment(crc4, Sync.MULTIFRAME if crc4 else Sync.BASIC)
        framer.lof = False
        framer._start, framer._next_fas, framer._number = start, next_fas, number
        return framer

    def copy(self) -> Framer:
        """A framer in the same state, which goes on by itself."""
        twin = copy.copy(self)
        twin.signal = copy.copy(self.signal)
        twin._work = Workspace()
        return twin

    @property
    def in_service(self) -> bool:
        """Whether the line is aligned."""
        return self.alignment.in_service

    @property
    def next_frame(self) -> tuple[int, int]:
        """Where the next frame begins (a bit of line time) and its place in the CRC-4 multiframe; means
        something only while the line is in service.
        """
        return self._start, self._number

    @property
    def fas_at(self) -> int:
        """At which bit of a double frame of line time (0 … 511, counted from bit 0 of row 0) frames with the
        FAS begin; means something only while there is frame alignment.
        """
        return (self._start + (0 if self._next_fas else FRAME_BITS)) % (2 * FRAME_BITS)

    @property
    def remainder(self) -> int | None:
        """The CRC-4 of the last sub-multiframe as it was received, which the next one is to confirm; None
        without CRC-4 or before multiframe alignment.
        """
        return self._remainder

    def undisturbed(self) -> bool:
        """Whether this is the state that a line would be in that began with row 0 and never had an error."""
        return (
            self.alignment.steady
            and self._start == self.row * FRAME_BITS
            and self._next_fas == (self.row % 2 == 0)
            and not self.rai
            and not self._rai_count
            and self.signal.undisturbed
            and (not self.crc4 or self._multiframe_undisturbed())
        )

    def _multiframe_undisturbed(self) -> bool:
        errored = self._errored if self._second == self.row // FRAMES_A_SECOND else 0
        in_phase = self._number == self.row % MULTIFRAME and self._block is not None
        return in_phase and self._remainder is not None and not errored

    def receive(self, line: Octets) -> Received:
        """Take the next rows of the line (n, 32)."""
        received = Received(np.empty((FRAME_OCTETS, len(line)), np.uint8))
        first, step = 0, _SHORT_STEP
        while first < len(line):
            # What is not in order is looked at closely: in short steps, should it soon be.
            step = CHUNK if self.alignment.steady else min(step * 2, CHUNK)
            self._receive(line[first : first + step], received, received.slots[:, first : first + step])
            first += step
        return received

    def _receive(self, line: Octets, received: Received, slots: Octets) -> None:
        defects: list[Defect] = []
        base, end = self.row, self.row + len(line)
        quiet = self.alignment.steady
        bits = _Bits(self._tail, line, base)
        sink = _Sink(slots, base)
        while True:
            sync = self.alignment.sync
            if sync is Sync.SEARCH:
                if not self._search(bits, end * FRAME_BITS):
                    break
            elif sync in (Sync.BIT2, Sync.SECOND_FAS):
                if self._start + 8 > end * FRAME_BITS:
                    break
                self._verify(bits.octet(self._start), defects)
            else:
                count = end - (self._start + FRAME_BITS - 1) // FRAME_BITS
                if count <= 0:
                    break
                frames = bits.frames(self._start, count)
                quiet = self._aligned(frames, received, defects, sink) and quiet
        sink.blank_to(end)
        quiet = quiet and self.alignment.steady
        for name, row, on in self.signal.rows(line, base, framed=quiet):
            defects.append(Defect(row, name, on))
        defects.sort(key=lambda defect: defect.row)
        received.defects += defects
        self._tail = line[-1].copy() if len(line) else self._tail
        self.row = end

    def _search(self, bits: _Bits, end: int) -> bool:
        """Look for a FAS from `_start` on (4.1.2 a); whether there is one before bit `end`."""
        while self._start + 8 <= end:
            until = min(end, self._start + _SEARCH_ROWS * FRAME_BITS)
            window = bits.bits(self._start + 1, until)
            places = len(window) - len(_FAS_BITS) + 1
            hits = window[:places] == _FAS_BITS[0]
            for place, bit in enumerate(_FAS_BITS[1:], 1):
                hits &= window[place : place + places] == bit
            found = np.flatnonzero(hits)
            if len(found):
                self._start += int(found[0]) + FRAME_BITS
                self.alignment = self.alignment.found()
                return True
            self._start = until - len(_FAS_BITS)
        return False

    def _verify(self, octet: int, defects: list[Defect]) -> None:
        """The octet at `_start` decides whether the FAS that was found is believed (4.1.2 b, c)."""
        row = (self._start + 7) // FRAME_BITS
        if self.alignment.sync is Sync.BIT2:
            self.alignment = self.alignment.bit2(bool(octet & 0x40))
            # The next thing to look at lies in frame n + 2, be it the second FAS or a new search behind the
            # first.
            self._start += FRAME_BITS + (self.alignment.sync is Sync.SEARCH)
            return
        self.alignment = self.alignment.fas(octet & 0x7F == FAS)
        self._start += self.alignment.sync is Sync.SEARCH
        self._next_fas = True
        self._note(row, defects)

    def _aligned(self, frames: _Frames, received: Received, defects: list[Defect], sink: _Sink) -> bool:
        """The frames from `_start` on; stops where alignment is lost. Whether timeslot 0 was right in
        all."""
        parity = 0 if self._next_fas else 1
        first_row = (self._start + FRAME_BITS - 1) // FRAME_BITS
        done = 0
        if ahead := self.alignment.steady:
            # Most likely all of them pass: then timeslot 0 is at hand when they have been taken apart.
            slots = sink.from_row(first_row)[:, : frames.number]
            frames.put(0, slots, self._work)
            ts0 = slots[0]
        else:
            ts0 = frames.timeslot0()
        wrong = _wrong(ts0, parity)
        while done < frames.number and self.alignment.aligned:
            until = frames.number
            if len(wrong) and wrong[-1] >= done:
                until = int(wrong[np.searchsorted(wrong, done)])
            served, passes = self.alignment.in_service, until - done
            row, is_fas = first_row + done, (done + parity) % 2 == 0
            if not self.alignment.steady or not passes:
                passes = 1
                self._show(int(ts0[done]), is_fas, row, defects)
            if served and self.alignment.in_service:
                slots = sink.from_row(row)[:, :passes]
                if not ahead:
                    frames.put(done, slots, self._work)
                passes = self._serve(ts0[done : done + passes], row, is_fas, received, defects, slots)
                sink.written = row + passes
            done += passes
        # A new search begins just behind the FAS that was wrong or spurious: at most a frame back.
        self._start += done * FRAME_BITS
        if not self.alignment.aligned:
            self._start -= FRAME_BITS - 1
        self._next_fas = (done + parity) % 2 == 0
        return not len(wrong)

    def _show(self, octet: int, is_fas: bool, row: int, defects: list[Defect]) -> None:
        """Show the table timeslot 0 of one frame."""
        alignment = self.alignment
        alignment = alignment.fas(octet & 0x7F == FAS) if is_fas else alignment.bit2(bool(octet & 0x40))
        if alignment.sync is Sync.BASIC and self.crc4:
            alignment = alignment.multiframe_frame(None if is_fas else octet >> 7)
        self.alignment = alignment
        self._note(row, defects)

    def _note(self, row: int, defects: list[Defect]) -> None:
        """Alignment may have come or gone."""
        if self.alignment.in_service is not self.lof:
            return
        self.lof = not self.lof
        defects.append(Defect(row, "LOF", self.lof))
        if not self.lof:
            self._number = (MFAS_END + 1) % MULTIFRAME
            self._block = self._remainder = None
            self._rai_count = 0

    def _serve(
        self,
        ts0: Octets,
        row: int,
        fas_first: bool,
        received: Received,
        defects: list[Defect],
        slots: Octets,
    ) -> int:
        """Frames in service, the first in row `row`: CRC-4, RAI. How many of them passed before CRC-4 took
        the line out of service."""
        passed = len(ts0)
        if self.crc4:
            passed = self._check(slots, row, received)
        self._remote_alarm(ts0[:passed], row, fas_first, defects)
        self._note(row + passed - 1, defects)
        return passed

    def _remote_alarm(self, ts0: Octets, row: int, fas_first: bool, defects: list[Defect]) -> None:
        octets = ts0[fas_first::2]
        if not self._rai_count:
            every = np.bitwise_and.reduce(octets) if self.rai else np.bitwise_or.reduce(octets)
            if bool(every & 0x20) is self.rai:
                return
        alarms = (octets & 0x20) != 0
        for index, alarm in enumerate(alarms.tolist()):
            self._rai_count = self._rai_count + 1 if alarm is not self.rai else 0
            if self._rai_count == RAI_PERSISTENCE:
                self.rai, self._rai_count = alarm, 0
                defects.append(Defect(row + fas_first + 2 * index, "RAI", alarm))

    def _check(self, slots: Octets, row: int, received: Received) -> int:
        """Compare the CRC-4 of the sub-multiframes that end in `slots` (32, n). How many frames passed."""
        length: int = slots.shape[1]
        number = self._number
        self._number = (number + length) % MULTIFRAME
        skip = 0
        if self._block is None:
            skip = -number % SUBMULTIFRAME
            if skip >= length:
                return length
            self._block = slots[:, :0]
        before: int = self._block.shape[1]
        frames = np.concatenate((self._block, slots[:, skip:]), axis=1) if before else slots[:, skip:]
        whole = frames.shape[1] - frames.shape[1] % SUBMULTIFRAME
        self._block = frames[:, whole:].copy()
        if not whole:
            return length
        remainders = crc4_blocks(frames[:, :whole], self._work)
        checks = received_checks(frames[0, :whole])
        expected = np.empty_like(remainders)
        expected[1:] = remainders[:-1]
        unknown = self._remainder is None
        expected[0] = checks[0] if self._remainder is None else self._remainder
        self._remainder = int(remainders[-1])
        received.checked += len(checks) - unknown
        # The block that a check is about lies one sub-multiframe before the one that carries it.
        first_half = ((number + skip - before) // SUBMULTIFRAME + 1) % 2
        for index in np.flatnonzero(checks != expected).tolist():
            at: int = skip - before + SUBMULTIFRAME * (index + 1) - 1
            received.errored.append(ErroredBlock(row + at, (first_half + index) % 2))
            if self._excess(row + at):
                self.alignment = self.alignment.crc_excess()
                return at + 1
        return length

    def _excess(self, row: int) -> bool:
        """Count an errored block; whether they have become too many in this second (4.3.2)."""
        second = row // FRAMES_A_SECOND
        if second != self._second:
            self._second, self._errored = second, 0
        self._errored += 1
        return self._errored >= CRC_EXCESS


class _Sink:
    """Where the slots of some rows go; rows that nothing was written for are blank."""

    __slots__ = ("_base", "_slots", "written")

    def __init__(self, slots: Octets, base: int) -> None:
        self._slots = slots
        self._base = base
        self.written = base
        """The row up to which all is written."""

    def blank_to(self, row: int) -> None:
        """Blank the rows from what is written up to that one."""
        if row > self.written:
            self._slots[:, self.written - self._base : row - self._base] = BLANK
            self.written = row

    def from_row(self, row: int) -> Octets:
        """The slots from that row on, to be written; blank before."""
        self.blank_to(row)
        return self._slots[:, row - self._base :]


def _wrong(ts0: Octets, parity: int) -> npt.NDArray[np.intp]:
    """Which octets of timeslot 0 are not as they must be; the first FAS is due in number `parity`."""
    if len(ts0) % 2 == 0:
        # All pairs are right when what they have in common is, and what any of them has.
        pairs, fixed = ts0.view(np.uint16), _FIXED[parity].view(np.uint16)[0]
        common, any_of = np.bitwise_and.reduce(pairs), np.bitwise_or.reduce(pairs)
        if common & fixed == any_of & fixed == _DUE[parity].view(np.uint16)[0]:
            return np.empty(0, np.intp)
    wrong = np.empty(len(ts0), bool)
    wrong[parity::2] = (ts0[parity::2] & 0x7F) != FAS
    wrong[1 - parity :: 2] = (ts0[1 - parity :: 2] & 0x40) == 0
    return np.flatnonzero(wrong)


class _Frames(NamedTuple):
    """`number` frames: the first begins `shift` bits into the first of `octets`."""

    octets: Octets
    shift: int
    number: int

    def timeslot0(self) -> Octets:
        """Timeslot 0 of each."""
        end = self.number * FRAME_OCTETS
        first = self.octets[:end:FRAME_OCTETS].copy()
        if self.shift:
            first <<= np.uint8(self.shift)
            first |= self.octets[1 : end + 1 : FRAME_OCTETS] >> np.uint8(8 - self.shift)
        return first

    def put(self, first: int, slots: Octets, work: Workspace) -> None:
        """Write the slots (32, n) of the frames from number `first` on."""
        demultiplex_into(slots, self.octets[first * FRAME_OCTETS :], self.shift, work)


class _Bits:
    """The bits of some rows and of the row before them, by their position on the line."""

    def __init__(self, tail: Octets, line: Octets, first_row: int) -> None:
        self._tail = tail
        self._line = np.ascontiguousarray(line).reshape(-1)
        self._base = (first_row - 1) * FRAME_BITS

    def _octets(self, begin: int, end: int) -> Octets:
        """Octets `begin` … `end` - 1, counted from the row before."""
        if begin >= FRAME_OCTETS:
            return self._line[begin - FRAME_OCTETS : end - FRAME_OCTETS]
        return np.concatenate((self._tail[begin:end], self._line[: max(0, end - FRAME_OCTETS)]))

    def bits(self, first: int, end: int) -> Octets:
        """The bits first … end - 1, one to an element."""
        begin = first - self._base
        octets = self._octets(begin // 8, -(-(end - self._base) // 8))
        return np.unpackbits(octets)[begin % 8 : begin % 8 + end - first]

    def octet(self, first: int) -> int:
        """The eight bits from `first` on."""
        return int(np.packbits(self.bits(first, first + 8))[0])

    def frames(self, first: int, count: int) -> _Frames:
        """Up to `count` frames of 256 bits from bit `first` on: one that began in the row before stands
        alone.
        """
        begin, shift = divmod(first - self._base, 8)
        if begin < FRAME_OCTETS:
            return _Frames(self._octets(begin, begin + FRAME_OCTETS + 1), shift, 1)
        return _Frames(self._line[begin - FRAME_OCTETS :], shift, count)
