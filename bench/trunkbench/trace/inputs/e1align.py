"""How a stream of octets lies on an E1: order of the bits, where frames begin, CRC-4 or not (G.704, G.706).

A frame alignment signal is looked for at every bit in both orders of the bits. One that returns eight times
in a row, with bit 2 = 1 in the frames between, is believed: noise does that once in 2^64 bits. Where the
CRC-4 multiframe shows and its checks hold, the line has CRC-4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trunkwire.e1 import Framer
from trunkwire.e1.frame import FAS, FRAME_BITS, FRAME_OCTETS, MULTIFRAME
from trunkwire.hdlc.fcs import MIRROR

DOUBLE = 2 * FRAME_BITS
_BELIEVED = 8
"""Frame alignment signals in a row."""
_STEP = 64
"""Rows that are looked at before it is asked whether the multiframe has shown itself."""
LEAST = ((_BELIEVED + 1) * DOUBLE + FRAME_BITS) // 8
"""Octets in which alignment can be found wherever frames begin."""

_FAS_BITS = [int(bit) for bit in f"{FAS:07b}"]


@dataclass(frozen=True, slots=True)
class Found:
    """Where and how frames lie: `bit` is the first bit of a frame with FAS, counted from the stream's first.

    `number` is the place of that frame in the CRC-4 multiframe (0, 2 … 14), None if it is not known, 0
    without CRC-4.
    `mirrored` says that each octet has its first bit lowest; `crc4` that the CRC-4 multiframe is there;
    `errored` and `checked` count CRC-4 blocks.
    """

    mirrored: bool
    bit: int
    crc4: bool
    number: int | None = 0
    errored: int = 0
    checked: int = 0

    def describe(self) -> str:
        """One sentence for the user."""
        order = "least" if self.mirrored else "most"
        text = f"E1 octets, {order} significant bit first, frames aligned at bit {self.bit}"
        if not self.crc4:
            return f"{text}, no CRC-4"
        return f"{text}, CRC-4 multiframe ({self.errored} of {self.checked} blocks errored)"


def find_e1(octets: bytes) -> Found | None:
    """The alignment in `octets`, None if there is none; at least `LEAST` octets are needed."""
    best: tuple[int, bool] | None = None
    for mirrored in (False, True):
        place = _aligned(np.frombuffer(octets, np.uint8), mirrored)
        if place is not None and (best is None or place < best[0]):
            best = place, mirrored
    if best is None:
        return None
    bit, mirrored = best
    straight = octets.translate(MIRROR) if mirrored else octets
    rows = np.frombuffer(straight, np.uint8)[: len(straight) // FRAME_OCTETS * FRAME_OCTETS]
    # From the FAS found on, so that imitations before it do not take the time of the search.
    first = bit // FRAME_BITS
    framer = Framer(crc4=True, first_row=first)
    line, number, errored, checked = rows.reshape(-1, FRAME_OCTETS), None, 0, 0
    for begin in range(first, len(line), _STEP):
        received = framer.receive(line[begin : begin + _STEP])
        errored, checked = errored + len(received.errored), checked + received.checked
        if number is None and framer.in_service and framer.fas_at == bit % DOUBLE:
            next_bit, next_number = framer.next_frame
            number = (next_number - (next_bit - bit) // FRAME_BITS) % MULTIFRAME
    if not checked or 2 * errored > checked:
        return Found(mirrored, bit, False, 0)
    return Found(mirrored, bit, True, number, errored, checked)


def _aligned(octets: npt.NDArray[np.uint8], mirrored: bool) -> int | None:
    """The first bit of the first frame of an alignment that is believed; None if there is none."""
    bits = np.unpackbits(octets, bitorder="little" if mirrored else "big")
    places = (len(bits) - FRAME_BITS) // DOUBLE * DOUBLE
    if places < _BELIEVED * DOUBLE:
        return None
    hits = bits[:places] == _FAS_BITS[0]
    for place, bit in enumerate(_FAS_BITS[1:], 1):
        hits &= bits[place : place + places] == bit
    # The octet's bit 2 stands where the FAS begins, a frame later (G.704 table 5A).
    hits &= bits[FRAME_BITS : FRAME_BITS + places] == 1
    runs = hits.reshape(-1, DOUBLE)
    for step in (1, 2, 4):
        runs = runs[:-step] & runs[step:]
    place = int(np.argmax(runs))
    if not runs.reshape(-1)[place]:
        return None
    # That is where bit 2 of timeslot 0 stands; its frame begins one bit earlier.
    return place - 1 if place else DOUBLE - 1
