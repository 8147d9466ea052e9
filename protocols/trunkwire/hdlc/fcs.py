"""The frame check sequence of HDLC (Q.921 clause 2.7, FCS-16) and the zero insertion count (2.6).

Timeslots are sent most significant bit first and HDLC least significant bit first (Q.921 2.8.2), so the CRC
of the standard library, which works most significant bit first, sees each octet mirrored.
"""

from __future__ import annotations

import binascii

MIRROR = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
"""Translation table that mirrors the bits of each octet."""

RESIDUE = 0x1D0F
"""What the mirrored CRC leaves over a frame with its FCS when no bit is wrong (2.7)."""

FCS_OCTETS = 2


def fcs16(data: bytes) -> int:
    """The 16-bit frame check sequence over `data` (address to end of information), low octet sent first.

    Source: Q.921 2.7, the generator x^16 + x^12 + x^5 + 1 with ones preset and a complemented remainder.
    """
    return int.from_bytes(fcs_octets(data), "little")


def fcs_octets(data: bytes) -> bytes:
    """The two octets of the FCS over `data` in the order in which they are sent (Q.921 2.7)."""
    remainder = binascii.crc_hqx(data.translate(MIRROR), 0xFFFF) ^ 0xFFFF
    return remainder.to_bytes(2, "big").translate(MIRROR)


def fcs_holds(data: bytes) -> bool:
    """Whether the last two octets of `data` are the frame check sequence of those before (Q.921 2.7)."""
    return binascii.crc_hqx(data.translate(MIRROR), 0xFFFF) == RESIDUE


def stuffed_bits(frame: bytes) -> int:
    """The number of line bits of `frame` and its FCS after zero insertion, without flags (Q.921 2.6).

    A zero follows each five ones. Whole runs are counted, so it does not matter from which end they are read.
    """
    octets = frame + fcs_octets(frame)
    return 8 * len(octets) + bin(int.from_bytes(octets, "little")).count("11111")
