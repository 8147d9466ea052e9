"""Line faults on a basic access: those of an E1 (`trunkbench.ports.faults`), on a line of 144 kbit/s.

| kind | slot | args | what differs |
|---|---|---|---|
| `slot-cross` | – | 1, 2 | only the two B channels can be exchanged |
| `slot-dead` | the slot | [octet] | a dead D channel (3) carries ones, whatever the octet |
| `bit-errors` | the slot | positions | in ticks from `start`, also on the D channel, where a bit lasts four |
| `bit-errors` | – | positions | counted from the frame that holds `start`, 18 a frame: B1, D, B2, D |
| `bit-error-rate` | – | rate, seed | inverts bits of B1, B2 and D only: the framing is not rendered |
| `frame-corrupt` | 3 | k[, bit] | the bit is one of the D channel |
| `cut` | – | – | no signal: ones in every channel, LOS at the other end |

There is no `ais`: I.430 has no such signal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from trunkbench.bri.frame import B1, B2, NO_SIGNAL, D
from trunkbench.bri.lane import D_BIT
from trunkbench.device import LineFault
from trunkbench.errors import PortError
from trunkbench.ports import faults
from trunkbench.ports.faults import MULTIFRAME, WayFaults
from trunkbench.ports.lanes import Octets
from trunkbench.spankind import BRI
from trunkwire.ticks import SAMPLE

KINDS = faults.KINDS - {"ais"}

LINE_BITS = 18
"""Bits that a frame of 125 us carries: eight of B1, one D, eight of B2, one D (I.430 5.4)."""

Positions = npt.NDArray[np.int64]

_ONES = 3
_MILLION = 1_000_000


def check(fault: LineFault) -> None:
    """Raise PortError naming what is wrong with a fault on a basic access."""
    if fault.kind not in KINDS:
        raise PortError(
            f"fault {fault.kind!r} is unknown here; this port can insert: {', '.join(sorted(KINDS))}"
        )
    faults.check(fault, BRI)
    if fault.kind == "slot-cross" and D in fault.args:
        raise PortError(
            f"fault 'slot-cross' at tick {fault.start}, args {fault.args}: "
            "the D channel cannot take a B channel's place; args must be 1 and 2"
        )


class BasicFaults(WayFaults):
    """The faults of one direction of a basic access."""

    def touched(self, fault: LineFault) -> tuple[int, int]:
        """The frames [first, end) whose bits the fault may change: there are 18 in a frame."""
        if fault.kind == "bit-errors" and fault.slot is None:
            base = fault.start // SAMPLE
            return base + min(fault.args) // LINE_BITS, base + max(fault.args) // LINE_BITS + 1
        return super().touched(fault)

    def _carried(self, slot: int, first: int, n: int, declared: Callable[[int, int, int], bytes]) -> bytes:
        if slot == D:
            for fault in self.slot:
                begin, end = self.touched(fault)
                if fault.slot == D and begin <= first < end:
                    return bytes((_ONES,)) * n
        return super()._carried(slot, first, n, declared)

    def spoil(self, line: Octets, first: int) -> None:
        """Apply the line faults, in place, to `line` (n, 4), whose row 0 is frame `first`."""
        stop = first + len(line)
        for fault in self.line:
            begin, end = self.touched(fault)
            begin, end = max(begin, first), min(end, stop)
            if begin >= end:
                continue
            if fault.kind == "cut":
                line[begin - first : end - first] = np.frombuffer(NO_SIGNAL, np.uint8)
            elif fault.kind == "bit-errors" and fault.slot is None:
                _invert(line, np.array(fault.args, np.int64) + (fault.start // SAMPLE - first) * LINE_BITS)
            elif fault.kind == "bit-errors":
                _invert(line, _of_slot(fault, fault.slot or 0) - first * LINE_BITS)
            else:
                _spoil_at_random(line, first, begin, end, fault.args)


def _of_slot(fault: LineFault, slot: int) -> Positions:
    """The line bits, counted from frame 0, that an error in one slot inverts; each of them once."""
    ticks = np.array(fault.args, np.int64) + fault.start
    frames, within = ticks // SAMPLE, ticks % SAMPLE
    places = {B1: within, B2: within + 9, D: np.where(within < D_BIT, 8, 17)}[slot]
    return np.unique(frames * LINE_BITS + places)


def _invert(line: Octets, positions: Positions) -> None:
    """Invert line bits, counted from the first of row 0; those outside are left alone."""
    inside = positions[(positions >= 0) & (positions < len(line) * LINE_BITS)]
    rows, places = inside // LINE_BITS, inside % LINE_BITS
    for slot, begin in ((B1, 0), (B2, 9)):
        here = (places >= begin) & (places < begin + 8)
        np.bitwise_xor.at(line[:, slot], rows[here], (0x80 >> (places[here] - begin)).astype(np.uint8))
    for place, mask in ((8, 2), (17, 1)):
        np.bitwise_xor.at(line[:, D], rows[places == place], np.uint8(mask))


def _spoil_at_random(line: Octets, first: int, begin: int, end: int, args: Sequence[int]) -> None:
    """As on an E1: what is drawn depends on the seed and the number of the group of 16 frames only."""
    rate, seed = args[0] / _MILLION, args[1]
    bits = MULTIFRAME * LINE_BITS
    for group in range(begin // MULTIFRAME, -(-end // MULTIFRAME)):
        draw = np.random.Generator(np.random.Philox(key=seed, counter=group & 0xFFFFFFFFFFFFFFFF))
        positions = draw.choice(bits, draw.binomial(bits, rate), replace=False).astype(np.int64)
        positions += (group * MULTIFRAME - first) * LINE_BITS
        inside = (positions >= (begin - first) * LINE_BITS) & (positions < (end - first) * LINE_BITS)
        _invert(line, positions[inside])


def in_d_bits(error: LineFault) -> LineFault:
    """The bit error that inverts a bit of a frame, whose position was counted in ticks, in bits of the D
    channel (counted round behind the closing flag).
    """
    bits = error.duration // D_BIT
    return LineFault(error.kind, error.start, error.duration, error.slot, (error.args[0] % bits * D_BIT,))
