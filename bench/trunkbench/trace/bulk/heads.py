"""What is remembered of layer 2 by the octets that a frame begins with, for views that follow calls.

Who sent a frame, which sequence numbers were due and which call a message belongs to depends on the frames
before it: that is asked of the decoder's own watches for every frame, in the trace's order.
"""

from __future__ import annotations

import msgspec

from trunkbench.trace.bulk.batches import Tap
from trunkbench.trace.decoder import CALL_CONTROL_SAPI, Decoder
from trunkbench.trace.layer2 import BASIC, Layer2, read_layer2
from trunkbench.trace.record import FrameRecord
from trunkbench.trace.sequence import SequenceWatch
from trunkbench.trace.sides import How
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side

MOST_HEADS = 65_536
MOST_MESSAGES = 16_384
NS = 1_000_000_000
FLAG = 1 << 15
"""The call reference flag, in front of a call reference of two octets."""
SEGMENT = int(MessageType.SEGMENT)
BEGINS = b"\x08\x02"
"""Protocol discriminator and length of the call reference (Q.931 4.2, 4.3)."""
HEADER = BEGINS + b"\x00\x01"
"""What a message stands behind; which call it is of makes no difference to it."""


class FollowedTap(Tap):
    """The frames of one kind of packet, of one D channel."""

    __slots__ = ("channel", "sides")

    def __init__(self, pattern: FrameRecord, decoder: Decoder) -> None:
        super().__init__(pattern)
        self.channel = (self.span, self.slot)
        self.sides = decoder.sides(self.channel)


class Head(msgspec.Struct, eq=False):
    """The first four octets of an I frame, or a whole shorter frame."""

    layer2: Layer2
    address: tuple[int, int, int]
    n_s: int
    sequence: SequenceWatch
    usable: bool
    """Whether it is a frame that nothing is wrong with, on a link that counts modulo 128."""
    carries: bool
    """Whether a frame that begins so carries call control."""
    fixed: bool
    """Whether the sender is the same for each of these frames."""
    certain: bool = False
    """Whether the sender of such an I frame is, if one only wants to know who it is."""
    sender: Side | None = None
    how: How | None = None

    def follow(self, tap: FollowedTap) -> Side | None:
        """Who sent a frame; the decoder's watch learns of it."""
        layer2 = self.layer2
        self.sender, self.how = tap.sides.sender(
            layer2.kind, self.address, layer2.p_f, tap.direction, tap.side
        )
        return self.sender


def read_head(decoder: Decoder, tap: FollowedTap, octets: bytes) -> Head:
    """The head of frames that begin with these octets."""
    layer2 = read_layer2(octets)
    address = (layer2.sapi, layer2.c_r, layer2.tei)
    sequence = decoder.sequence((*tap.channel, layer2.sapi, layer2.tei))
    usable = bool(layer2.kind) and layer2.modulus != BASIC and not layer2.faults and not layer2.information
    carries = usable and layer2.kind == "I" and layer2.sapi == CALL_CONTROL_SAPI
    fixed = tap.sides.fixed(layer2.kind, address, layer2.p_f, tap.direction, tap.side)
    certain = tap.sides.certain(layer2.kind, address, layer2.p_f, tap.direction, tap.side)
    head = Head(layer2, address, layer2.n_s, sequence, usable, carries, fixed, certain)
    if usable and fixed:
        head.follow(tap)
    return head
