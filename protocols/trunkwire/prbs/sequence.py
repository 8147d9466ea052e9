"""Test patterns for data channels: pseudo-random sequences (ITU-T O.150 to O.153) and fixed octets.

A sequence comes from a shift register of `stages` stages: the outputs of its last stage and of stage `tap`
are added modulo two and fed back. Its bits stand in the order of the line, bit 1 of a timeslot first
(G.704). A pattern is a pure function of the bit position, which may be any integer: the sequence repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
"""One bit an element, 0 or 1, in the order of the line."""

Octets = NDArray[np.uint8]


@dataclass(frozen=True)
class Sequence:
    """A pseudo-random sequence with a period of 2^stages - 1 bits."""

    name: str
    stages: int
    tap: int
    inverted: bool
    """Whether the line carries the complement of what the last stage puts out."""
    clause: str

    @property
    def period(self) -> int:
        """In bits, and since it is odd, in octets too."""
        return (1 << self.stages) - 1

    @cached_property
    def bits(self) -> Bits:
        """One period as it is on the line; it begins with the register all ones."""
        register = np.ones(self.stages, np.uint8)
        bits = np.empty(self.period, np.uint8)
        bits[: self.stages] = register
        known = self.stages
        while known < self.period:
            # a[n] = a[n - stages] + a[n - tap]; squared, it holds at every power of two's distance
            step = 1 << ((known // self.stages).bit_length() - 1)
            count = min(self.tap * step, self.period - known)
            older, newer = known - self.stages * step, known - self.tap * step
            bits[known : known + count] = bits[older : older + count] ^ bits[newer : newer + count]
            known += count
        return bits ^ np.uint8(self.inverted)

    @cached_property
    def cycle(self) -> Octets:
        """The octets of eight periods, in which each of them begins at another bit: then it starts again."""
        return np.packbits(np.tile(self.bits, 8))

    def octets(self, bit: int, n: int) -> Octets:
        """`n` octets from bit position `bit` on."""
        first = (
            bit * self.eighth % self.period
        )  # the octet that begins there: 8 divides any place of the period
        return np.take(self.cycle, np.arange(first, first + n), mode="wrap")

    def windows(self, bits: Bits) -> NDArray[np.int32]:
        """What the register holds at each bit: as many as `bits` has, less one window."""
        plain = (bits ^ np.uint8(self.inverted)).astype(np.int32)
        count = max(len(bits) - self.stages + 1, 0)
        found = np.zeros(count, np.int32)
        for n in range(self.stages):
            found = (found << 1) | plain[n : n + count]
        return found

    @cached_property
    def where(self) -> NDArray[np.int32]:
        """The bit position at which the register holds a value; -1 for zero, which it never does."""
        found = np.full(1 << self.stages, -1, np.int32)
        whole = np.concatenate([self.bits, self.bits[: self.stages - 1]])
        found[self.windows(whole)] = np.arange(self.period)
        return found

    @cached_property
    def eighth(self) -> int:
        """So many bits, eight times, are one bit round the period: it turns bits into octets."""
        return pow(8, -1, self.period)


@dataclass(frozen=True)
class FixedOctet:
    """The same octet in every frame."""

    octet: int

    def __post_init__(self) -> None:
        if not 0 <= self.octet <= 255:
            raise ValueError(f"fixed octet {self.octet}: an octet is 0 to 255")

    @property
    def name(self) -> str:
        """Such as "octet 7E"."""
        return f"octet {self.octet:02X}"

    @property
    def period(self) -> int:
        """Eight bits."""
        return 8

    def octets(self, bit: int, n: int) -> Octets:
        """`n` octets from bit position `bit` on."""
        rolled = np.roll(np.unpackbits(np.array([self.octet], np.uint8)), -(bit % 8))
        return np.repeat(np.packbits(rolled), n)


Pattern = Sequence | FixedOctet

O153_9 = Sequence("2^9-1", 9, 5, False, "O.150 5.1, O.153")
O152_11 = Sequence("2^11-1", 11, 9, False, "O.150 5.2, O.152")
O151_15 = Sequence("2^15-1", 15, 14, True, "O.150 5.3, O.151")
O153_20 = Sequence("2^20-1", 20, 3, False, "O.150 5.4, O.153")

SEQUENCES: Mapping[str, Sequence] = MappingProxyType(
    {each.name: each for each in (O153_9, O152_11, O151_15, O153_20)}
)
"""The pseudo-random sequences by their names."""


def pattern_named(name: str) -> Pattern:
    """A pattern by its name: "2^11-1", or a fixed octet in hexadecimal ("7E").

    Raises ValueError for any other text.
    """
    if name in SEQUENCES:
        return SEQUENCES[name]
    try:
        return FixedOctet(int(name, 16))
    except ValueError:
        raise ValueError(
            f"pattern {name!r}: write {', '.join(SEQUENCES)}, or an octet in hexadecimal"
        ) from None


def pattern_source(pattern: Pattern, ahead: int = 0) -> Callable[[int, int], bytes]:
    """The pattern as a source of the line: sample n carries its bits 8(n + ahead) to 8(n + ahead) + 7."""

    def source(first: int, n: int) -> bytes:
        return pattern.octets(8 * (first + ahead), n).tobytes()

    return source
