"""Message segmentation (Q.931 Annex H): a sublayer between the data link and call control.

A message that does not fit one frame of the data link is cut into SEGMENT messages, each with the call
reference of the message, and put together again at the other end, guarded by T314. What is lost or out of
order is discarded and counted; nothing that is received raises.
"""

from __future__ import annotations

from trunkwire.q931.ies import SegmentedMessageIE
from trunkwire.q931.message import DISCRIMINATOR, MAX_REFERENCE_LENGTH
from trunkwire.q931.messages import Id, MessageType
from trunkwire.ticks import SECOND, Tick

N201 = 260
"""The most octets of an information field of the data link (Q.921 5.9.3)."""

MOST_SEGMENTS = 8
"""How many segments a message may have (H.2 a)."""

T314 = 4 * SECOND
"""How long the next segment may take (tables 9-1, 9-2)."""

_ELEMENT = 4  # identifier, length and two octets


class TooLong(ValueError):
    """The message would need more than eight segments (H.2 a)."""


def segments_of(data: bytes, limit: int = N201) -> list[bytes]:
    """The message as it is sent in information fields of `limit` octets: itself, or its segments (H.2).

    Raises TooLong for a message that eight segments cannot hold, ValueError for a `limit` that leaves no room
    behind the header of a segment.
    """
    if len(data) <= limit:
        return [data]
    header = 2 + data[1]
    room = limit - header - 1 - _ELEMENT
    if room < 1:
        raise ValueError(f"a limit of {limit} octets leaves no room in a segment with {header + 5} of header")
    kind, rest = data[header], data[header + 1 :]
    parts = [rest[at : at + room] for at in range(0, len(rest), room)]
    if len(parts) > MOST_SEGMENTS:
        raise TooLong(
            f"{len(data)} octets need {len(parts)} segments of {limit}, where {MOST_SEGMENTS} may be sent"
        )
    return [
        data[:header] + bytes((MessageType.SEGMENT,)) + _element(index, len(parts), kind) + part
        for index, part in enumerate(parts)
    ]


def _element(index: int, of: int, kind: int) -> bytes:
    value = SegmentedMessageIE(first=index == 0, remaining=of - 1 - index, message_type=kind)
    body = SegmentedMessageIE.layout.build(value)
    return bytes((Id.SEGMENTED_MESSAGE, len(body))) + body


class Reassembler:
    """Puts the segments of one data link connection together (H.3).

    `receive` takes every message and gives those that are whole; `lost` counts by reason what was discarded.
    Its only timer is T314: ask `next_deadline`, call `handle_timer`.
    """

    def __init__(self, t314: Tick = T314) -> None:
        """Raises ValueError for a T314 that is not positive."""
        if t314 <= 0:
            raise ValueError(f"T314 = {t314} ticks: a timer must be positive")
        self.t314 = t314
        self.lost: dict[str, int] = {}
        self._header = b""  # discriminator and call reference of the message in hand; empty: none
        self._kind = 0
        self._parts: list[bytes] = []
        self._remaining = 0
        self._deadline: Tick | None = None

    def receive(self, data: bytes, now: Tick) -> bytes | None:
        """A message from the data link; the message to be handled, or None while segments are missing.

        A message that is no segment ends a reassembly (H.2 g: nothing stands between segments), and passes.
        """
        header = _header_of(data)
        if header is None or data[len(header)] != MessageType.SEGMENT:
            self._abandon("another message between segments")
            return data
        segment = _segment_of(data, len(header) + 1)
        if segment is None:
            self._abandon("")
            self._discard("no segmented message element")
            return None
        if segment.first:
            self._abandon("a first segment before the last")
            self._header, self._kind, self._parts = header, segment.message_type, []
        elif not self._header:
            self._discard("no first segment")
            return None
        elif not self._follows(header, segment):
            self._abandon("segments out of order")
            return None
        self._parts.append(data[len(header) + 1 + _ELEMENT :])
        self._remaining = segment.remaining
        if not segment.remaining:
            whole = header + bytes((self._kind,)) + b"".join(self._parts)
            self.reset()
            return whole
        if len(self._parts) >= MOST_SEGMENTS:
            self._abandon("more than eight segments")
            return None
        self._deadline = now + self.t314
        return None

    def _follows(self, header: bytes, segment: SegmentedMessageIE) -> bool:
        same = header == self._header and segment.message_type == self._kind
        return same and segment.remaining == self._remaining - 1

    def next_deadline(self) -> Tick | None:
        """When T314 expires; None while no segments are missing."""
        return self._deadline

    def handle_timer(self, now: Tick) -> None:
        """T314: the segments that have come are discarded (H.3 d)."""
        if self._deadline is not None and now >= self._deadline:
            self._abandon("T314")

    def reset(self) -> None:
        """The data link was established anew or released: what is in hand is forgotten."""
        self._header, self._parts, self._deadline = b"", [], None

    @property
    def waiting(self) -> bool:
        """Whether segments of a message are still missing."""
        return bool(self._header)

    def _abandon(self, reason: str) -> None:
        if self._header:
            self.reset()
            if reason:
                self._discard(reason)

    def _discard(self, reason: str) -> None:
        self.lost[reason] = self.lost.get(reason, 0) + 1


def _header_of(data: bytes) -> bytes | None:
    """Discriminator and call reference, if these and a message type are there."""
    if len(data) < 3 or data[0] != DISCRIMINATOR or data[1] > MAX_REFERENCE_LENGTH:
        return None
    end = 2 + data[1]
    return data[:end] if len(data) > end else None


def _segment_of(data: bytes, at: int) -> SegmentedMessageIE | None:
    """The segmented message element, which stands first (H.2 b, c)."""
    whole = len(data) >= at + _ELEMENT and data[at : at + 2] == bytes((Id.SEGMENTED_MESSAGE, 2))
    if not whole:
        return None
    value: SegmentedMessageIE = SegmentedMessageIE.layout.parse(data[at + 2 : at + _ELEMENT])
    return value
