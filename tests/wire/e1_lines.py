"""What the E1 tests share: framed lines made of random slots, and a receiver that works frame by frame.

The reference receiver shows every timeslot 0 to the state table, reads it through the construct declarations,
and computes each CRC-4 by its definition. The array kernels must agree with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from construct import ConstError

from trunkwire.e1 import Alignment, Defect, ErroredBlock, Sync, crc4, frame_basic, frame_crc4, multiplex
from trunkwire.e1.align import BLOCKS_A_SECOND, CRC_EXCESS
from trunkwire.e1.crc4 import Octets
from trunkwire.e1.frame import FasOctet, Multiframe, NfasOctet
from trunkwire.e1.mux import CLEAR

FRAME = 256


def framed(frames: int, seed: int, *, crc4: bool = True, signal: int = CLEAR) -> tuple[Octets, Octets]:
    """Random slots (32, frames) with timeslot 0 on, and their line (frames, 32); whole multiframes."""
    slots = np.random.default_rng(seed).integers(0, 256, (32, frames), dtype=np.uint8)
    signals = np.full(frames // 16, signal, np.uint8)
    if crc4:
        frame_crc4(slots, signals, 0)
    else:
        frame_basic(slots, signals)
    return slots, multiplex(slots)


def as_rows(bits: Octets) -> Octets:
    """Bits as rows of 32 octets; what does not fill a row is left away."""
    return np.packbits(bits[: len(bits) // FRAME * FRAME]).reshape(-1, 32)


@dataclass
class Reference:
    """Slots, changes of LOF and errored blocks of a whole line, frame by frame."""

    crc4: bool
    slots: Octets = field(init=False)
    lof: list[Defect] = field(default_factory=list)
    errored: list[ErroredBlock] = field(default_factory=list)
    _alignment: Alignment = field(init=False)
    _frames: list[bytes] = field(default_factory=list)
    _number: int = 0
    _remainder: int | None = None
    _in_second: dict[int, int] = field(default_factory=dict)

    def receive(self, line: Octets) -> None:
        """Take the whole line."""
        self.slots = np.full((32, len(line)), 0xFF, np.uint8)
        self._alignment = Alignment(self.crc4)
        bits = "".join(f"{octet:08b}" for octet in line.tobytes())
        at, is_fas = 0, True
        while True:
            sync = self._alignment.sync
            if sync is Sync.SEARCH:
                found = bits.find("0011011", at + 1)
                if found < 0:
                    return
                self._alignment = self._alignment.found()
                at = found - 1 + FRAME
            elif at + (FRAME if self._alignment.aligned else 8) > len(bits):
                return
            elif sync is Sync.BIT2:
                self._alignment = self._alignment.bit2(bits[at + 1] == "1")
                at += FRAME + (self._alignment.sync is Sync.SEARCH)
            elif sync is Sync.SECOND_FAS:
                self._show(int(bits[at : at + 8], 2), True, (at + 7) // FRAME, counts=False)
                at += self._alignment.sync is Sync.SEARCH
                is_fas = True
            else:
                self._frame(bits[at : at + FRAME], is_fas, (at + FRAME - 1) // FRAME)
                at, is_fas = at + FRAME, not is_fas
                if not self._alignment.aligned:
                    at -= FRAME - 1

    def _show(self, octet: int, is_fas: bool, row: int, *, counts: bool = True) -> None:
        served = self._alignment.in_service
        ts0 = bytes((octet,))
        try:
            si = int((FasOctet if is_fas else NfasOctet).parse(ts0).si)
            right = True
        except ConstError:
            si, right = octet >> 7, False
        after = self._alignment.fas(right) if is_fas else self._alignment.bit2(right)
        if counts and self.crc4 and after.sync is Sync.BASIC:
            after = after.multiframe_frame(None if is_fas else si)
        self._alignment = after
        self._note(served, row)

    def _note(self, served: bool, row: int) -> None:
        now = self._alignment.in_service
        if now is not served:
            self.lof.append(Defect(row, "LOF", served))
        if now and not served:
            self._frames, self._number, self._remainder = [], 12, None

    def _frame(self, bits: str, is_fas: bool, row: int) -> None:
        served = self._alignment.in_service
        frame = int(bits, 2).to_bytes(32, "big")
        self._show(frame[0], is_fas, row)
        if not (served and self._alignment.in_service):
            return
        self.slots[:, row] = list(frame)
        if self.crc4:
            self._check(frame, row)

    def _check(self, frame: bytes, row: int) -> None:
        if self._frames or self._number % 8 == 0:
            self._frames.append(frame)
        self._number = (self._number + 1) % 16
        if len(self._frames) < 8:
            return
        block = b"".join(self._frames)
        self._frames = []
        carried = int("".join(str(block[64 * place] >> 7) for place in range(4)), 2)
        if self._remainder is not None and carried != self._remainder:
            # The carrying sub-multiframe has just ended; the block that it is about is the other half.
            self.errored.append(ErroredBlock(row, 1 if self._number == 8 else 0))
            second = row // (8 * BLOCKS_A_SECOND)
            self._in_second[second] = self._in_second.get(second, 0) + 1
            if self._in_second[second] >= CRC_EXCESS:
                self._alignment = self._alignment.crc_excess()
                self._note(True, row)
        self._remainder = crc4(block)


def parsed_multiframes(line: Octets) -> list[object]:
    """Each 16 rows of the line read through the construct declaration of the multiframe."""
    return [Multiframe.parse(line[first : first + 16].tobytes()) for first in range(0, len(line), 16)]
