"""Finding a test pattern in what was received, without knowing where it began.

Every window of a pseudo-random sequence, as long as its shift register, stands at one place of the period.
Where the places of successive windows go on bit by bit, the sequence has been found: so a receiver
synchronises by itself, from any bit on. The octets may have been altered on their way, each in the same
manner; the alterations that leave every octet recoverable are tried in turn.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

from trunkwire.prbs.sequence import Bits, FixedOctet, Octets, Pattern, Sequence

EVIDENCE = 48
"""Bits in accordance with the sequence, beyond one window, that chance does not give (2^-48)."""


def _reversed_octets() -> Octets:
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    return np.packbits(bits[:, ::-1], axis=1)[:, 0]


class Alteration(enum.Enum):
    """What was done to every octet. Each is undone by doing it again."""

    NONE = ("as sent", False, 0x00)
    INVERTED = ("every bit inverted", False, 0xFF)
    EVEN_BITS = ("the even bits inverted, as A-law has them (G.711 3.1)", False, 0x55)
    ODD_BITS = ("the odd bits inverted", False, 0xAA)
    REVERSED = ("the order of the bits reversed, bit 8 first", True, 0x00)
    REVERSED_INVERTED = ("the order of the bits reversed and every bit inverted", True, 0xFF)

    def __init__(self, text: str, turned: bool, mask: int) -> None:
        self.text = text
        octets = np.arange(256, dtype=np.uint8)
        table = (_reversed_octets() if turned else octets) ^ np.uint8(mask)
        table.setflags(write=False)
        self.table: Octets = table

    def apply(self, octets: Octets) -> Octets:
        """The octets, altered, or if they were, as they were before."""
        return octets if self is Alteration.NONE else self.table[octets]


@dataclass(frozen=True, slots=True)
class Found:
    """The pattern has been found: bit `bit` of it stands at bit 0 of what was searched.

    It was in accordance over `length` bits from bit `first` on.
    """

    alteration: Alteration
    bit: int
    first: int
    length: int


def find(pattern: Pattern, octets: Octets) -> Found | None:
    """Where the pattern is in the octets, altered or not; None where it is nowhere for long enough."""
    for alteration in Alteration:
        found = find_altered(pattern, octets, alteration)
        if found is not None:
            return found
    return None


def find_altered(pattern: Pattern, octets: Octets, alteration: Alteration) -> Found | None:
    """The same for one alteration."""
    received = np.unpackbits(alteration.apply(octets))
    run = _fixed_run(pattern, received) if isinstance(pattern, FixedOctet) else _run(pattern, received)
    return None if run is None else Found(alteration, *run)


def _run(sequence: Sequence, received: Bits) -> tuple[int, int, int] | None:
    """(bit of the sequence at bit 0, first bit, length) of the longest stretch, the last of several."""
    windows = sequence.windows(received)
    if len(windows) <= EVIDENCE:
        return None
    places = np.take(sequence.where, windows)
    begins = np.where(places < 0, -1, (places - np.arange(len(places))) % sequence.period)
    edges = np.flatnonzero(np.diff(begins)) + 1
    starts = np.concatenate([[0], edges])
    lengths = np.diff(np.concatenate([starts, [len(begins)]]))
    lengths[begins[starts] < 0] = 0
    best = len(lengths) - 1 - int(np.argmax(lengths[::-1]))
    if lengths[best] <= EVIDENCE:
        return None
    start = int(starts[best])
    return int(begins[start]), start, int(lengths[best]) + sequence.stages - 1


def _fixed_run(pattern: FixedOctet, received: Bits) -> tuple[int, int, int] | None:
    """A fixed octet fits from its own first bit on, or it was turned by some bits."""
    count = len(received) // 8
    if 8 * count <= EVIDENCE:
        return None
    for bit in range(8):
        if (received == np.unpackbits(pattern.octets(bit, count))).mean() > 0.95:
            return bit, 0, len(received)
    return None
