"""IP packets put together again (RFC 791 3.2, RFC 8200 4.5), within bounds.

At most `DATAGRAMS` are under way at a time; the oldest gives way. Where fragments overlap, the one that
begins first counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

DATAGRAMS = 64
PIECES = 1024
"""Fragments of one datagram; no network cuts them shorter than 64 octets."""
LARGEST = 65_535

Key = tuple[object, ...]


@dataclass(slots=True)
class _Datagram:
    pieces: dict[int, bytes] = field(default_factory=dict)
    end: int | None = None


class Fragments:
    """The datagrams under way on one interface."""

    def __init__(self) -> None:
        self._waiting: dict[Key, _Datagram] = {}

    def add(self, key: Key, offset: int, more: bool, data: bytes) -> bytes | None:
        """One fragment at octet `offset`; the whole datagram once every piece is there."""
        if offset + len(data) > LARGEST:
            return None
        datagram = self._waiting.get(key)
        if datagram is None:
            while len(self._waiting) >= DATAGRAMS:
                del self._waiting[next(iter(self._waiting))]
            datagram = self._waiting[key] = _Datagram()
        if len(datagram.pieces) < PIECES:
            datagram.pieces.setdefault(offset, data)
        if not more:
            datagram.end = offset + len(data)
        if datagram.end is None:
            return None
        whole = _join(datagram.pieces, datagram.end)
        if whole is not None:
            del self._waiting[key]
        return whole


def _join(pieces: dict[int, bytes], end: int) -> bytes | None:
    """The octets from 0 to `end`, or None while some are missing."""
    joined = bytearray()
    for offset in sorted(pieces):
        if offset > len(joined):
            return None
        joined += pieces[offset][len(joined) - offset :]
        if len(joined) >= end:
            return bytes(joined[:end])
    return None
