"""Segments of messages put together (Q.931 Annex H), each end of each data link for itself."""

from __future__ import annotations

from trunkbench.trace.calls import End
from trunkbench.trace.record import NS_PER_TICK
from trunkwire.q931.messages import Id, MessageType
from trunkwire.q931.segmentation import Reassembler

MOST_IN_HAND = 1024
"""Ends of which segments are kept at a time."""


class SegmentWatch:
    """What has come of each end's segmented message. Ends with nothing in hand are forgotten."""

    def __init__(self) -> None:
        self._waiting: dict[object, Reassembler] = {}

    def __bool__(self) -> bool:
        """Whether segments of any message are still missing."""
        return bool(self._waiting)

    def follow(
        self, link: object, sender: End | None, octets: bytes, at_ns: int, segment: bool
    ) -> tuple[bytes | None, str]:
        """(the whole message, if these octets end one; what is wrong, or "").

        `segment` tells whether they are a SEGMENT message at all. To be asked about every message of an end
        of which something is in hand.
        """
        key = (link, sender)
        reassembler = self._waiting.get(key)
        if reassembler is None:
            if not segment:
                return None, ""
            reassembler = self._waiting[key] = Reassembler()
            if len(self._waiting) > MOST_IN_HAND:
                del self._waiting[next(iter(self._waiting))]
        lost = dict(reassembler.lost)
        now = at_ns // NS_PER_TICK
        reassembler.handle_timer(now)
        whole = reassembler.receive(octets, now)
        if not reassembler.waiting:
            self._waiting.pop(key, None)
        new = [why for why, count in reassembler.lost.items() if count != lost.get(why)]
        odd = f"segments are lost: {', '.join(new)} (Annex H)" if new else ""
        return (whole if segment else None), odd


def head_of(octets: bytes) -> bytes:
    """Of a SEGMENT message what is its own, up to the end of the segmented message element; of an ESCAPE what
    is before the national message type; any other message as it is. The octets behind belong to elements that
    may be cut anywhere, or to a message that is not Q.931's (4.4).
    """
    at = 2 + octets[1] if len(octets) > 1 else 0
    if not at or at >= len(octets) or octets[at] not in (MessageType.SEGMENT, MessageType.ESCAPE):
        return octets
    if octets[at] == MessageType.ESCAPE:
        return octets[: at + 1]
    behind = at + 1
    return octets[: behind + 4] if octets[behind : behind + 1] == bytes((Id.SEGMENTED_MESSAGE,)) else octets
