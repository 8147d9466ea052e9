"""One recorded D-channel frame: what every trace reader yields and every trace writer takes.

Data are LAPD frames as in ITU-T Q.921 clause 2.2: from the address field to the end of the information field,
without flags and FCS.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

import msgspec

from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

NS_PER_TICK = 1_000_000_000 // SECOND
"""Nanoseconds in one tick of line time: 15,625, without remainder."""


class Direction(enum.Enum):
    """Which way a frame went, as seen by the end that recorded it."""

    OUT = "out"
    IN = "in"
    UNKNOWN = "unknown"


class FrameRecord(msgspec.Struct, frozen=True, gc=False):
    """A frame on a D channel.

    `at_ns` counts nanoseconds from the trace's epoch (for the loopback: line time 0). `span` and `slot` name
    the D channel; slot 0 means that the trace does not tell it. `side` is the side of the interface (Q.931)
    that the *recording* end is on, None where the trace does not tell it. `number` (from 1) and `offset` say
    where in its file a frame stands; 0 for frames that were not read from a file. `original` is the length on
    the line when the capture kept less of the frame than that, else None. `fcs` is True when a right FCS was
    found behind the frame and taken off, False when a wrong one was, None when the trace carries none.
    """

    at_ns: int
    direction: Direction
    data: bytes
    span: str = ""
    slot: int = 0
    side: Side | None = None
    number: int = 0
    offset: int = 0
    original: int | None = None
    fcs: bool | None = None


def record_at(
    tick: Tick, direction: Direction, data: bytes, span: str, slot: int = 16, side: Side | None = None
) -> FrameRecord:
    """The record of a frame whose closing flag ended at `tick` of line time (16: the D channel of an E1,
    Q.931 4.5.13).
    """
    return FrameRecord(tick * NS_PER_TICK, direction, data, span, slot, side)


Tap = Callable[[FrameRecord], None]
"""What a span calls for each frame that it sends or receives."""
