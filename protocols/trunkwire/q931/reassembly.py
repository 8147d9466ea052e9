"""Segments as a trace shows them (Q.931 Annex H): put together for each call reference, without timers.

Call control has `segmentation.Reassembler`, which discards what is out of order. A trace may begin anywhere
and hold frames twice, so here each segment says which one it is and what is wrong with it. What is held is
bounded: so many messages, and of each the eight segments that a message may have.
"""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from trunkwire.codec import DecodeError
from trunkwire.q931.ies import SegmentedMessageIE
from trunkwire.q931.message import DISCRIMINATOR, MAX_REFERENCE_LENGTH
from trunkwire.q931.messages import Id, MessageType
from trunkwire.q931.segmentation import MOST_SEGMENTS

MOST_MESSAGES = 256
"""How many messages may be in hand; the oldest is given up for another."""


class Segment(msgspec.Struct, frozen=True):
    """One segment. `number` counts from 1, 0 if the first is not there; `whole` is the message if this was
    the last of its segments; `error` what is wrong, or ""."""

    message_type: int
    number: int
    remaining: int
    whole: bytes = b""
    error: str = ""


class _Parts(msgspec.Struct):
    kind: int
    remaining: int
    parts: list[bytes]


class SegmentCollector:
    """Puts together the segments of a trace; one for each direction of each D channel, or one for all with
    keys that tell these apart."""

    def __init__(self, most: int = MOST_MESSAGES) -> None:
        """Raises ValueError for a bound that leaves room for no message."""
        if most < 1:
            raise ValueError(f"{most} messages in hand: there has to be room for one")
        self._most = most
        self._held: dict[Hashable, _Parts] = {}

    def __len__(self) -> int:
        """How many messages are in hand."""
        return len(self._held)

    def feed(self, data: bytes, key: Hashable = None) -> Segment | None:
        """What the message in `data` is as a segment, or None if it is none; never raises.

        `key` names the data link connection and direction that it came by.
        """
        end = 2 + data[1] if len(data) > 2 and data[0] == DISCRIMINATOR else 0
        if not end or data[1] > MAX_REFERENCE_LENGTH or len(data) <= end:
            return None
        place = (key, data[1:end])
        if data[end] != MessageType.SEGMENT:
            self._held.pop(place, None)  # H.2 g: nothing else of the call stands between its segments
            return None
        begin = end + 1
        length = data[begin + 1] if len(data) > begin + 1 else 0
        try:
            if data[begin : begin + 1] != bytes((Id.SEGMENTED_MESSAGE,)):
                raise DecodeError("segment", begin, "no segmented message element stands first (H.2 b)")
            value = SegmentedMessageIE.layout.parse(data[begin + 2 : begin + 2 + length])
        except DecodeError as refused:
            self._held.pop(place, None)
            return Segment(-1, 0, 0, error=refused.reason)
        return self._add(place, data[:end], value, data[begin + 2 + length :])

    def _add(self, place: Hashable, header: bytes, value: SegmentedMessageIE, part: bytes) -> Segment:
        kind, remaining = value.message_type, value.remaining
        held = self._held.get(place)
        if value.first:
            error = "" if held is None else f"a first segment, where {held.remaining} were to come (H.2 e)"
            self._held.pop(place, None)
            held = self._held[place] = _Parts(kind, remaining, [])
            if len(self._held) > self._most:
                del self._held[next(iter(self._held))]
        elif held is None:
            return Segment(kind, 0, remaining, error="the first segment is not in the trace")
        elif remaining == held.remaining and part == held.parts[-1]:
            return Segment(kind, len(held.parts), remaining, error="the same segment again")
        else:
            error = ""
            if kind != held.kind:
                error = f"a segment of message type 0x{kind:02x}, where one of 0x{held.kind:02x} was due"
            elif remaining != held.remaining - 1:
                error = f"{remaining} segments to come, where {held.remaining - 1} were due"
            if error:
                del self._held[place]
                return Segment(kind, 0, remaining, error=error)
        held.parts.append(part)
        held.remaining = remaining
        number = len(held.parts)
        if remaining and number + remaining <= MOST_SEGMENTS:
            return Segment(kind, number, remaining, error=error)
        del self._held[place]
        if remaining:
            error = f"{number + remaining} segments, where {MOST_SEGMENTS} may be sent (H.2 a)"
            return Segment(kind, number, remaining, error=error)
        return Segment(kind, number, 0, header + bytes((kind,)) + b"".join(held.parts), error)
