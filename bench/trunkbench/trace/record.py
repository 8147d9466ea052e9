"""What a trace consists of: what every trace reader yields and every trace writer takes.

A frame's data are LAPD as in ITU-T Q.921 clause 2.2, from the address field to the end of the information
field, without flags and FCS; or what its `layer` says instead. Beside frames a trace may hold happenings
(alarms, layer 1 events), octets of B channels, and packets in which there is nothing to decode.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

import msgspec

from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

NS_PER_TICK = 1_000_000_000 // SECOND
"""Nanoseconds in one tick of line time: 15,625, without remainder."""

UNTIMED = -(1 << 80)
"""`at_ns` of a packet of which the capture tells no time (a simple packet block of pcapng has none)."""


class Direction(enum.Enum):
    """Which way a frame went, as seen by the end that recorded it."""

    OUT = "out"
    IN = "in"
    UNKNOWN = "unknown"


class Layer(enum.Enum):
    """What the octets of a frame begin with."""

    LAPD = "LAPD"
    """The address field (Q.921 3.2)."""
    Q931 = "Q.931"
    """The protocol discriminator (Q.931 4.2): the trace has no layer 2 (IUA, TPKT, most logs)."""
    MTP2 = "MTP2"
    """The backward sequence number of a signal unit (Q.703 2.2): not a D channel at all."""
    OTHER = "other"
    """Something that was on the line as an HDLC frame and is neither, such as DPNSS or PPP."""


class FrameRecord(msgspec.Struct, frozen=True, gc=False):
    """A frame on a D channel.

    `at_ns` counts nanoseconds from the trace's epoch (for the loopback: line time 0), UNTIMED where the trace
    tells no time. `span` and `slot` name
    the D channel; slot 0 means that the trace does not tell it. `side` is the side of the interface (Q.931)
    that the *recording* end is on, None where the trace does not tell it. `number` (from 1) and `offset` say
    where in its file a frame stands; 0 for frames that were not read from a file. `original` is the length on
    the line when the capture kept less of the frame than that, else None. `fcs` is True when a right FCS was
    found behind the frame and taken off, False when a wrong one was, None when the trace carries none.

    `layer` says what `data` begins with. `words` are elements that a log has only as words, one each; where
    `rebuilt` is true the octets were put together from a log's words and are not known to be those of the
    line. A packet that carries several frames gives them all its `number`.
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
    layer: Layer = Layer.LAPD
    words: tuple[str, ...] = ()
    rebuilt: bool = False


class Happening(msgspec.Struct, frozen=True, gc=False):
    """Something that a trace tells beside frames: an alarm, a layer 1 event, a timer that a log names.

    `alarm` is true when it says that the line was not well, false when it says that it is well again, None
    when it says neither.
    """

    at_ns: int
    what: str
    span: str = ""
    slot: int = 0
    number: int = 0
    offset: int = 0
    alarm: bool | None = None


class Audio(msgspec.Struct, frozen=True, gc=False):
    """Octets of one B channel in the order of the line, 8,000 a second, most significant bit first on the
    line (G.711). `first` counts samples of that channel and direction from the trace's beginning, so a gap
    shows. `law` is "alaw" or "ulaw" where the trace tells it (as a line does that is an E1 or a T1), else
    ""."""

    at_ns: int
    span: str
    slot: int
    direction: Direction
    first: int
    octets: bytes
    number: int = 0
    law: str = ""


class Foreign(msgspec.Struct, frozen=True, gc=False):
    """A packet of the capture in which there is nothing to decode, and what it is ("ARP", "SCTP SACK")."""

    number: int
    at_ns: int
    offset: int
    what: str


def record_at(
    tick: Tick, direction: Direction, data: bytes, span: str, slot: int = 16, side: Side | None = None
) -> FrameRecord:
    """The record of a frame whose closing flag ended at `tick` of line time (16: the D channel of an E1,
    Q.931 4.5.13).
    """
    return FrameRecord(tick * NS_PER_TICK, direction, data, span, slot, side)


Tap = Callable[[FrameRecord], None]
"""What a span calls for each frame that it sends or receives."""
