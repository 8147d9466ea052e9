"""The bit streams that a timeslot of 64 kbit/s may carry: the whole of it, 56 kbit/s, or sub-slots.

A dump of a timeslot may have the bits of each octet in either order. Sub-slots of 32, 16 and 8 kbit/s are
numbered from the first bit on the line (I.460); 56 kbit/s leaves the last bit of each octet unused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Octets = npt.NDArray[np.uint8]
BIT_NS = 15_625
"""Nanoseconds of one bit of 64 kbit/s."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Some bits of each octet: `first` … `first` + `width` - 1 in the order of the line.

    `mirrored` says that the first bit is the lowest of the octet.
    """

    mirrored: bool
    first: int
    width: int

    @property
    def rate(self) -> int:
        """Bits a second."""
        return 8000 * self.width

    @property
    def name(self) -> str:
        """For the user; "" for the whole timeslot."""
        if self.width == 8:
            return ""
        number = f" sub-slot {self.first // self.width}" if self.width < 7 else ""
        return f"{self.rate // 1000} kbit/s{number}"

    @property
    def order(self) -> str:
        """The order of the bits, in words."""
        return f"{'least' if self.mirrored else 'most'} significant bit first"

    def bits(self, octets: Octets) -> Octets:
        """Its bits out of the octets of the dump, one to an element."""
        every = np.unpackbits(octets, bitorder="little" if self.mirrored else "big").reshape(-1, 8)
        return every[:, self.first : self.first + self.width].reshape(-1)

    def ns_of(self, bit: int) -> int:
        """The time just behind its bit number `bit` - 1, from the beginning of the dump."""
        octet, place = divmod(max(bit - 1, 0), self.width)
        return (8 * octet + self.first + place + 1) * BIT_NS


WHOLE = (Stream(False, 0, 8), Stream(True, 0, 8))
RESTRICTED = (Stream(False, 0, 7), Stream(True, 0, 7))


def sub_slots(width: int) -> tuple[tuple[Stream, ...], ...]:
    """The sub-slots of that many bits, in both orders of the bits (one where it makes no difference)."""
    orders = (False, True) if width > 1 else (False,)
    return tuple(tuple(Stream(order, first, width) for first in range(0, 8, width)) for order in orders)
