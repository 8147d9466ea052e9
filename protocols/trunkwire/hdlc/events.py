"""What an HDLC receiver reports: good frames, and bad ones under the name of what is wrong (Q.921 2.9).

Positions count line bits from the first bit that the receiver was ever fed, which is bit 0.
"""

from __future__ import annotations

import enum

import msgspec


class BadKind(enum.Enum):
    """Why a frame is invalid, in the order in which the reasons are tried (Q.921 2.9, 2.10)."""

    ABORT = "abort"
    """Seven ones in a row inside a frame (2.10)."""
    TOO_SHORT = "too-short"
    """Fewer octets between the flags than the limit (2.9 b)."""
    TOO_LONG = "too-long"
    """More octets between the flags than the limit."""
    NOT_OCTET_ALIGNED = "not-octet-aligned"
    """Not an integral number of octets after the inserted zeros were removed (2.9 c)."""
    BAD_FCS = "bad-fcs"
    """The frame check sequence does not match (2.9 d)."""


class GoodFrame(msgspec.Struct, frozen=True, gc=False):
    """A frame whose FCS holds.

    `data` is without the FCS; `end_bit` is just behind the closing flag's last bit.
    """

    data: bytes
    end_bit: int


class BadFrame(msgspec.Struct, frozen=True, gc=False):
    """An invalid frame.

    `octets` counts the whole octets between flag and flag (or abort), the FCS included, and stops at the
    limit plus one. `end_bit` is just behind the last bit of the closing flag, or of the seven ones of an
    abort.
    """

    kind: BadKind
    octets: int
    end_bit: int


HdlcEvent = GoodFrame | BadFrame


class Limits(msgspec.Struct, frozen=True):
    """The shortest and the longest frame that a receiver accepts, in octets between the flags, FCS included.

    The shortest of LAPD has two octets of address, one of control, two of FCS (Q.921 2.9 b). The longest is
    well above N201 + 6, so that a frame whose information is too long reaches LAPD, which must act on it
    (5.8.5).
    """

    min_octets: int = 5
    max_octets: int = 2048

    def __post_init__(self) -> None:
        if not 3 <= self.min_octets <= self.max_octets:
            raise ValueError(
                f"HDLC limits {self.min_octets} to {self.max_octets} octets: "
                "the shortest must be 3 or more (the FCS and an octet) and not above the longest"
            )
