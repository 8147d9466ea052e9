"""CRC-4 of the E1 multiframe (G.704 clause 2.3.3.5): the definition bit by bit, and a kernel over whole
arrays.

The block is a sub-multiframe of 2048 bits with its own C bits taken as 0; its remainder by x^4 + x + 1
travels in the C bits of the next sub-multiframe.

How the kernel works. The CRC is linear: each bit that is 1 adds a fixed 4-bit weight, x to the power of its
distance from the end of the block, plus 4. The polynomial is primitive, so weights repeat every 15 bits; 15
timeslots are 120 bits, so slots t and t + 15 of a frame have equal weights and are added (XOR) before
anything else. What is left, 15 slots of 8 frames, is one 64-bit word a slot: one mask for each bit of the
remainder, then the parity of the word.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trunkwire.e1.frame import FRAME_OCTETS, SUBMULTIFRAME

Octets = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

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
    """(4, 15): for each bit of the remainder and slot 0 … 14, the bits of 8 frames that bear on it."""
    masks = np.zeros((DEGREE, _PERIOD, SUBMULTIFRAME), np.uint8)
    weights = _weights()
    for slot in range(_PERIOD):
        for frame in range(SUBMULTIFRAME):
            for bit in range(8):
                distance = 8 * (BLOCK_OCTETS - 1 - frame * FRAME_OCTETS - slot) + bit
                weight = weights[(distance + DEGREE) % _PERIOD]
                for place in range(DEGREE):
                    masks[place, slot, frame] |= (weight >> place & 1) << bit
    words: Words = masks.view(np.uint64)[:, :, 0]
    return words


_MASKS = _masks()
_C_BITS = np.array([0x80, 0] * (SUBMULTIFRAME // 2), np.uint8).view(np.uint64)[0]
_PARITY = np.array([bin(value).count("1") & 1 for value in range(256)], np.uint8)
_COUNTS = hasattr(np, "bitwise_count")  # numpy 2


def _parities(words: Words) -> Octets:
    """The parity of each word."""
    if _COUNTS:
        return np.bitwise_count(words).astype(np.uint8) & np.uint8(1)
    for shift in (32, 16, 8):
        words = words ^ words >> np.uint64(shift)
    return _PARITY.take((words & np.uint64(0xFF)).astype(np.intp))


def crc4_blocks(slots: Octets) -> Octets:
    """The remainders (n // 8,) of the sub-multiframes in `slots` (32, n), slot-major.

    Column 0 is the first frame of a sub-multiframe and n a multiple of 8; else ValueError. Equal to `crc4` of
    each block.
    """
    if slots.shape[0] != FRAME_OCTETS or slots.shape[1] % SUBMULTIFRAME:
        raise ValueError(f"CRC-4 wants (32, 8k) octets, slot-major, not {slots.shape}")
    words = (slots if slots.strides[1] == 1 else np.ascontiguousarray(slots)).view(np.uint64)
    folded = words[0:_PERIOD] ^ words[_PERIOD : 2 * _PERIOD]
    folded[0] ^= words[0] & _C_BITS
    folded[0:2] ^= words[2 * _PERIOD :]
    remainders = np.zeros(words.shape[1], np.uint8)
    picked, parity = np.empty_like(folded), np.empty_like(folded[0])
    for place in range(DEGREE):
        np.bitwise_and(folded, _MASKS[place][:, None], out=picked)
        np.bitwise_xor.reduce(picked, axis=0, out=parity)
        remainders |= _parities(parity) << np.uint8(place)
    return remainders


def received_checks(ts0: Octets) -> Octets:
    """C1 … C4 (C1 highest) that each sub-multiframe of `ts0` (8k,) carries, timeslot 0 from its first frame
    on."""
    bits = ts0[::2] >> np.uint8(7)
    checks = bits[0::4] << np.uint8(1)
    checks |= bits[1::4]
    for place in (2, 3):
        checks <<= np.uint8(1)
        checks |= bits[place::4]
    return checks


def put_checks(ts0: Octets, checks: Octets) -> None:
    """Write C1 … C4 into `ts0` (8k,), in place: `checks[i]` into sub-multiframe i. The C bits must be 0
    before."""
    places = ts0.reshape(-1, SUBMULTIFRAME)[:, ::2]
    places |= (checks[:, None] >> np.array([3, 2, 1, 0], np.uint8) & 1) << 7
