"""CRC-4 of the E1 multiframe (G.704 clause 2.3.3.5): the definition bit by bit, and a kernel over whole
arrays.

The block is a sub-multiframe of 2048 bits with its own C bits taken as 0; its remainder by x^4 + x + 1
travels in the C bits of the next sub-multiframe.

How the kernel works. The CRC is linear: each bit that is 1 adds a fixed 4-bit weight, x to the power of its
distance from the end of the block, plus 4. The polynomial is primitive, so weights repeat every 15 bits. 15
timeslots are 120 bits, so slots t and t + 15 of a frame have equal weights and are added (XOR) before
anything else. A frame is 256 bits, 1 more than 17 x 15: the octet of slot t in frame f weighs as that of slot
t + 1 in frame f - 8 would. So the 120 octets that are left, slot by slot with the 8 frames of each in one
64-bit word, are one run in which weights repeat every 15 octets; it is folded to 60, to 30 and to 15 octets.
What is left are two words: one mask for each bit of the remainder, then the parity.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trunkwire.e1.frame import FRAME_OCTETS, SUBMULTIFRAME

Octets = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
WORD = np.dtype("<u8")
"""Eight octets; the first is the lowest, so that a shift to the right moves towards the first."""

POLYNOMIAL = 0b10011
"""x^4 + x + 1 (G.704 2.3.3.5.1)."""
DEGREE = 4
BLOCK_OCTETS = FRAME_OCTETS * SUBMULTIFRAME

_PERIOD = 15  # the order of x modulo the primitive polynomial


def crc4(block: bytes) -> int:
    """The remainder of a sub-multiframe of 256 octets, bit by bit; C1 is the highest of the four bits.

    Its C bits (bit 1 of timeslot 0 in each frame with a FAS) are taken as 0. Raises ValueError for another
    length.
    """
    if len(block) != BLOCK_OCTETS:
        raise ValueError(f"a CRC-4 block has {BLOCK_OCTETS} octets, not {len(block)} (G.704 2.3.3.1)")
    remainder = 0
    for place, octet in enumerate(block):
        if place % (2 * FRAME_OCTETS) == 0:
            octet &= 0x7F
        for bit in range(7, -1, -1):
            remainder = remainder << 1 ^ octet >> bit & 1
            if remainder >> DEGREE:
                remainder ^= POLYNOMIAL
    for _ in range(DEGREE):
        remainder <<= 1
        if remainder >> DEGREE:
            remainder ^= POLYNOMIAL
    return remainder


def _weights() -> list[int]:
    """x to the power 0 … 14 modulo the polynomial."""
    weights, value = [], 1
    for _ in range(_PERIOD):
        weights.append(value)
        value <<= 1
        if value >> DEGREE:
            value ^= POLYNOMIAL
    return weights


def _masks() -> Words:
    """(4, 2): for each bit of the remainder, the bits of the last 15 octets that bear on it."""
    masks = np.zeros((DEGREE, 2 * SUBMULTIFRAME), np.uint8)
    weights = _weights()
    for octet in range(_PERIOD):
        slot, frame = divmod(octet, SUBMULTIFRAME)
        for bit in range(8):
            distance = 8 * (BLOCK_OCTETS - 1 - frame * FRAME_OCTETS - slot) + bit
            weight = weights[(distance + DEGREE) % _PERIOD]
            for place in range(DEGREE):
                masks[place, octet] |= (weight >> place & 1) << bit
    words: Words = masks.view(WORD)
    return words


_MASKS = _masks()
_C_BITS = np.array([0x80, 0] * (SUBMULTIFRAME // 2), np.uint8).view(WORD)[0]
_PARITY = np.array([bin(value).count("1") & 1 for value in range(256)], np.uint8)
_GATHER = np.uint64(1 << 63 - 7 | 1 << 62 - 23 | 1 << 61 - 39 | 1 << 60 - 55)
_PLACES = np.array([[1], [2], [4], [8]], np.uint8)
_COUNTS = hasattr(np, "bitwise_count")  # numpy 2


class Workspace:
    """Room for what the kernels leave behind on the way, kept from call to call: fresh memory costs more than
    the work that is done in it. Belongs to one user at a time.
    """

    def __init__(self) -> None:
        self._room: Words = np.empty(0, WORD)

    def words(self, rows: int, columns: int) -> Words:
        """(rows, columns) words with anything in them, until the next call."""
        size = rows * columns
        if self._room.size < size:
            self._room = np.empty(size, WORD)
        return self._room[:size].reshape(rows, columns)


def _parities(words: Words) -> Octets:
    """The parity of each word."""
    if _COUNTS:
        counts: Octets = np.bitwise_count(words)
        counts &= np.uint8(1)
        return counts
    for shift in (32, 16, 8):
        words = words ^ words >> np.uint64(shift)
    return _PARITY.take((words & np.uint64(0xFF)).astype(np.intp))


def crc4_blocks(slots: Octets, work: Workspace | None = None) -> Octets:
    """The remainders (n // 8,) of the sub-multiframes in `slots` (32, n), slot-major.

    Column 0 is the first frame of a sub-multiframe and n a multiple of 8; else ValueError. Equal to `crc4` of
    each block. `work` is used up.
    """
    if slots.shape[0] != FRAME_OCTETS or slots.shape[1] % SUBMULTIFRAME:
        raise ValueError(f"CRC-4 wants (32, 8k) octets, slot-major, not {slots.shape}")
    words: Words = (slots if slots.strides[1] == 1 else np.ascontiguousarray(slots)).view(WORD)
    blocks = words.shape[1]
    room = (work or Workspace()).words(_PERIOD + 16, blocks)
    folded, ours, other = room[:_PERIOD], room[_PERIOD : _PERIOD + 8], room[_PERIOD + 8 :]
    np.bitwise_xor(words[0:_PERIOD], words[_PERIOD : 2 * _PERIOD], out=folded)
    np.bitwise_and(words[0], _C_BITS, out=ours[0])
    folded[0] ^= ours[0]
    folded[0:2] ^= words[2 * _PERIOD :]
    _fold(folded, 60, ours, other)
    _fold(ours, 30, folded, other)
    _fold(folded[:4], 15, ours, other)
    np.bitwise_and(ours[0], _MASKS[:, :1], out=other[:DEGREE])
    np.bitwise_and(ours[1], _MASKS[:, 1:], out=other[DEGREE:])
    other[:DEGREE] ^= other[DEGREE:]
    parities = _parities(other[:DEGREE])
    parities *= _PLACES
    remainders: Octets = np.bitwise_or.reduce(parities, axis=0)
    return remainders


def _fold(words: Words, octets: int, into: Words, spare: Words) -> None:
    """Fold `words`, a run of 2 x `octets` octets, so that its second half lies on the first, `into` others.

    The first rows of `into` are the run of `octets` octets, the rest of its last word 0. The second half
    begins within a word: what comes down from a word and what goes up from the next make one.
    """
    whole, odd = divmod(octets, 8)
    down, up = np.uint64(8 * odd), np.uint64(64 - 8 * odd)
    folded, spare = into[: whole + 1], spare[: whole + 1]
    np.right_shift(words[whole : 2 * whole + 1], down, out=folded)
    np.left_shift(words[whole + 1 : 2 * whole + 2], up, out=spare[: len(words) - whole - 1])
    folded[: len(words) - whole - 1] ^= spare[: len(words) - whole - 1]
    folded[:whole] ^= words[:whole]
    np.bitwise_and(words[whole], np.uint64((1 << 8 * odd) - 1), out=spare[0])
    folded[whole] ^= spare[0]


def received_checks(ts0: Octets) -> Octets:
    """C1 … C4 (C1 highest) that each sub-multiframe of `ts0` (8k,) carries, timeslot 0 from its first frame
    on.
    """
    words: Words = np.ascontiguousarray(ts0).view(WORD) & _C_BITS
    # Bits 7, 23, 39 and 55 of a word meet in its bits 63 to 60, and no two products meet in one place.
    words *= _GATHER
    words >>= np.uint64(60)
    return words.astype(np.uint8)


def put_checks(ts0: Octets, checks: Octets) -> None:
    """Write C1 … C4 into `ts0` (8k,), in place: `checks[i]` into sub-multiframe i. The C bits must be 0
    before."""
    places = ts0.reshape(-1, SUBMULTIFRAME)[:, ::2]
    places |= (checks[:, None] >> np.array([3, 2, 1, 0], np.uint8) & 1) << 7
