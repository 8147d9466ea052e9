"""The line faults that the Wire can insert, and what each does to the octets or bits of one direction.

A fault is inserted at a port and harms what *that* port transmits. It must be scheduled before line time
passes its start. Slot and line faults work on whole E1 frames: from the first frame that begins at or after
`start`, up to the first that begins at or after `start` + `duration`.

| kind | slot | args | what it does |
|---|---|---|---|
| `slot-cross` | – | a, b | timeslots a and b are exchanged in the multiplexer, so that CRC-4 stays right |
| `slot-dead` | the slot | [octet] | the slot carries that octet only (default: the law's silence) |
| `bit-errors` | the slot | positions | inverts the bits of the slot at `start` + position (ticks) |
| `bit-errors` | – | positions | inverts line bits, counted from the frame that holds `start` (256 a frame) |
| `bit-error-rate` | – | rate, seed | inverts `rate` line bits in a million, at random |
| `frame-drop` | the D slot | k, … | the k-th frame (from 1) handed over from `start` on vanishes |
| `frame-corrupt` | the D slot | k[, bit] | inverts a bit (default 0) of the k-th frame from `start` on |
| `cut` | – | – | no signal: all zeros, which is a loss of signal (LOS) at the other end |
| `ais` | – | – | all ones, unframed: alarm indication signal (G.704, G.775) |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from trunkbench.device import LineFault
from trunkbench.errors import PortError
from trunkbench.ports.lanes import Octets, SentFrame
from trunkbench.spankind import E1, SpanKind
from trunkwire.ticks import SAMPLE, Tick

FRAME_OCTETS = 32
FRAME_BITS = 256
MULTIFRAME = 16
"""Frames of a CRC-4 multiframe (G.704 2.3.3): faults at random are drawn multiframe by multiframe."""

SLOT_KINDS = frozenset({"slot-cross", "slot-dead"})
LINE_KINDS = frozenset({"bit-errors", "bit-error-rate", "cut", "ais"})
FRAME_KINDS = frozenset({"frame-drop", "frame-corrupt"})
KINDS = SLOT_KINDS | LINE_KINDS | FRAME_KINDS
WHOLE_LINE = frozenset({"bit-error-rate", "cut", "ais"})
"""The faults that harm whatever is on the line: they need a line whose framing is modelled."""

_MILLION = 1_000_000


def first_frame(tick: Tick) -> int:
    """The number of the first E1 frame that begins at or after `tick`."""
    return -(-tick // SAMPLE)


def check(fault: LineFault, line: SpanKind = E1) -> None:
    """Raise PortError naming what is wrong with a fault's slot, args or duration on a line of that kind."""
    args, slot = fault.args, fault.slot
    kinds = KINDS if line.framed else KINDS - WHOLE_LINE
    if fault.kind not in kinds:
        raise PortError(
            f"fault {fault.kind!r} is unknown here; this port can insert: {', '.join(sorted(kinds))}"
        )
    first, last = line.slots[0], line.slots[-1]

    def need(holds: bool, what: str) -> None:
        if not holds:
            raise PortError(f"fault {fault.kind!r} at tick {fault.start}, slot {slot}, args {args}: {what}")

    need(fault.duration >= 0, "its duration must not be negative")
    need(slot is None or slot in line.slots, f"its slot must be {first} to {last}")
    if fault.kind == "slot-cross":
        need(len(args) == 2 and args[0] != args[1], "args must be the two different slots to exchange")
        need(all(a in line.slots for a in args), f"slots are {first} to {last}")
    elif fault.kind == "slot-dead":
        need(slot is not None, "name the slot")
        need(len(args) <= 1 and all(0 <= a <= 255 for a in args), "args may hold one octet, 0 to 255")
    elif fault.kind == "bit-errors":
        need(bool(args) and min(args) >= 0, "args must be the positions to invert, from 0 up")
        need(slot is not None or line.framed, "name the slot: the framing of this line is not modelled")
    elif fault.kind == "bit-error-rate":
        need(
            len(args) == 2 and 0 <= args[0] <= _MILLION and args[1] >= 0,
            "args must be (errors in a million, seed)",
        )
    elif fault.kind == "frame-drop":
        need(
            slot is not None and bool(args) and min(args) >= 1,
            "name the slot, and in args which frames, from 1",
        )
    elif fault.kind == "frame-corrupt":
        need(
            slot is not None and 1 <= len(args) <= 2,
            "name the slot; args are the frame, from 1, and a bit of it",
        )
        need(args[0] >= 1 and min(args) >= 0, "frames count from 1 and bits from 0")
    else:
        need(not args and slot is None, "it takes neither slot nor args")


def touched(fault: LineFault) -> tuple[int, int]:
    """The E1 frames [first, end) whose line bits the slot or line fault may change."""
    if fault.kind == "bit-errors":
        first, last = min(fault.args), max(fault.args)
        if fault.slot is not None:
            return (fault.start + first) // SAMPLE, (fault.start + last) // SAMPLE + 1
        base = fault.start // SAMPLE
        return base + first // FRAME_BITS, base + last // FRAME_BITS + 1
    return first_frame(fault.start), first_frame(fault.start + fault.duration)


@dataclass(slots=True)
class _Counted:
    """A frame fault and how many frames it has counted."""

    fault: LineFault
    frames: int = 0


@dataclass(slots=True)
class WayFaults:
    """The faults of one direction of the line. `idle` is the octet of a dead slot."""

    idle: int
    slot: list[LineFault] = field(default_factory=list)
    line: list[LineFault] = field(default_factory=list)
    _frames: list[_Counted] = field(default_factory=list)

    def touched(self, fault: LineFault) -> tuple[int, int]:
        """The frames [first, end) whose line bits the slot or line fault may change."""
        return touched(fault)

    def add(self, fault: LineFault) -> None:
        """Take a checked fault in."""
        if fault.kind in SLOT_KINDS:
            self.slot.append(fault)
        elif fault.kind in LINE_KINDS:
            self.line.append(fault)
        else:
            self._frames.append(_Counted(fault))

    def judge(self, slot: int, now: Tick) -> tuple[bool, int | None]:
        """Count a frame handed over at `now`: whether it must vanish, and which bit to invert."""
        vanish, position = False, None
        for counted in self._frames:
            fault = counted.fault
            if fault.slot != slot or not fault.start <= now < fault.start + fault.duration:
                continue
            counted.frames += 1
            if fault.kind == "frame-drop":
                vanish = vanish or counted.frames in fault.args
            elif counted.frames == fault.args[0]:
                position = fault.args[1] if len(fault.args) > 1 else 0
        return vanish, position

    @property
    def counts_frames(self) -> bool:
        """Whether `judge` must be asked."""
        return bool(self._frames)

    def forget(self, before: int) -> None:
        """Drop slot and line faults that touch no frame from `before` on."""
        self.slot = [fault for fault in self.slot if self.touched(fault)[1] > before]
        self.line = [fault for fault in self.line if self.touched(fault)[1] > before]

    def multiplex(self, slot: int, first: int, n: int, declared: Callable[[int, int, int], bytes]) -> bytes:
        """What the multiplexer puts into `slot` for samples `first` … `first` + n - 1, given what is
        declared.

        `declared(slot, first, n)` gives the octets that were meant for a slot. Faults act in the order in
        which they were inserted.
        """
        stop = first + n
        cuts = {first, stop}
        for fault in self.slot:
            cuts.update(edge for edge in touched(fault) if first < edge < stop)
        pieces = pairwise(sorted(cuts))
        return b"".join(self._carried(slot, begin, end - begin, declared) for begin, end in pieces)

    def _carried(self, slot: int, first: int, n: int, declared: Callable[[int, int, int], bytes]) -> bytes:
        for fault in reversed(self.slot):
            begin, end = touched(fault)
            if not begin <= first < end:
                continue
            if fault.kind == "slot-cross" and slot in fault.args:
                slot = fault.args[1 - fault.args.index(slot)]
            elif fault.kind == "slot-dead" and slot == fault.slot:
                return bytes((fault.args[0] if fault.args else self.idle,)) * n
        return declared(slot, first, n)

    def spoil(self, line: Octets, first: int) -> None:
        """Apply the line faults, in place, to `line` (n, octets), whose row 0 is frame `first`."""
        stop = first + len(line)
        for fault in self.line:
            begin, end = touched(fault)
            begin, end = max(begin, first), min(end, stop)
            if begin >= end:
                continue
            if fault.kind == "cut":
                line[begin - first : end - first] = 0
            elif fault.kind == "ais":
                line[begin - first : end - first] = 0xFF
            elif fault.kind == "bit-errors":
                _invert(line, _positions(fault, first, line.shape[1]))
            else:
                _spoil_at_random(line, first, begin, end, fault.args)


def corruption(frame: SentFrame, slot: int, position: int) -> LineFault:
    """The bit error that inverts bit `position` of a frame (counted round behind its closing flag)."""
    length = frame.end - frame.start
    return LineFault("bit-errors", frame.start, length, slot, (position % length,))


def _positions(fault: LineFault, first: int, octets: int) -> npt.NDArray[np.int64]:
    """The line bits that the fault inverts, counted from frame `first`, at so many octets a frame."""
    args = np.array(fault.args, np.int64)
    if fault.slot is None:
        return args + (fault.start // SAMPLE - first) * FRAME_BITS
    ticks = args + fault.start
    return (ticks // SAMPLE - first) * octets * 8 + fault.slot * 8 + ticks % SAMPLE


def _invert(line: Octets, positions: npt.NDArray[np.int64]) -> None:
    inside = positions[(positions >= 0) & (positions < line.size * 8)]
    masks = (0x80 >> (inside % 8)).astype(np.uint8)
    np.bitwise_xor.at(line.reshape(-1), inside // 8, masks)


def _spoil_at_random(line: Octets, first: int, begin: int, end: int, args: Sequence[int]) -> None:
    """Draw each multiframe's errors from a generator keyed by the seed and the multiframe's number.

    So what is drawn does not depend on the portions in which the line is rendered.
    """
    rate, seed = args[0] / _MILLION, args[1]
    bits = MULTIFRAME * FRAME_BITS
    for multiframe in range(begin // MULTIFRAME, -(-end // MULTIFRAME)):
        draw = np.random.Generator(np.random.Philox(key=seed, counter=multiframe & 0xFFFFFFFFFFFFFFFF))
        positions = draw.choice(bits, draw.binomial(bits, rate), replace=False).astype(np.int64)
        positions += (multiframe * MULTIFRAME - first) * FRAME_BITS
        inside = (positions >= (begin - first) * FRAME_BITS) & (positions < (end - first) * FRAME_BITS)
        _invert(line, positions[inside])
