"""SCTP associations (RFC 9260): their user messages, each once and whole.

For each direction the TSNs seen are remembered, so that a chunk that was sent again is not taken twice, and
the fragments of messages wait for the others. Both are bounded: `REMEMBERED` TSNs, `WAITING` octets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from trunkwire.carriers import iua
from trunkwire.carriers.sctp import Chunk, ChunkType, DataChunk, SctpHeader

REMEMBERED = 4096
WAITING = 64 * 1024
FLOWS = 512
_TSNS = 1 << 32
_CHUNK_HEADER = 4
_DATA_HEADER = 16

PROTOCOLS = {
    1: "IUA",
    2: "M2UA",
    3: "M3UA",
    4: "SUA",
    5: "M2PA",
    6: "V5UA",
    7: "H.248",
    10: "DUA",
    46: "Diameter",
}

Address = tuple[str, int]


class UserMessage(msgspec.Struct, frozen=True, gc=False):
    """A message of the user of an association."""

    source: Address
    destination: Address
    protocol: int
    stream: int
    data: bytes


@dataclass(slots=True)
class _Flow:
    """One direction of an association."""

    seen: dict[int, None] = field(default_factory=dict)
    waiting: dict[int, DataChunk] = field(default_factory=dict)
    size: int = 0

    def is_new(self, tsn: int) -> bool:
        """Whether this TSN has not been seen, and remember it."""
        if tsn in self.seen:
            return False
        self.seen[tsn] = None
        if len(self.seen) > REMEMBERED:
            del self.seen[next(iter(self.seen))]
        return True

    def keep(self, chunk: DataChunk) -> None:
        """A fragment waits; the oldest give way when there are too many."""
        self.waiting[chunk.tsn] = chunk
        self.size += len(chunk.data) + _DATA_HEADER
        while self.size > WAITING:
            self._drop(next(iter(self.waiting)))

    def _drop(self, tsn: int) -> None:
        self.size -= len(self.waiting.pop(tsn).data) + _DATA_HEADER

    def whole(self, tsn: int) -> bytes | None:
        """The message that the fragment `tsn` belongs to, once all are there: its TSNs are consecutive
        (RFC 9260 6.9)."""
        first = tsn
        while first in self.waiting and not self.waiting[first].beginning:
            first = (first - 1) % _TSNS
            if first == tsn:
                return None
        run: list[int] = []
        at = first
        while at in self.waiting:
            run.append(at)
            if self.waiting[at].ending:
                data = b"".join(self.waiting[one].data for one in run)
                for one in run:
                    self._drop(one)
                return data
            at = (at + 1) % _TSNS
        return None


class Associations:
    """All associations of one interface."""

    def __init__(self) -> None:
        self._flows: dict[tuple[Address, Address], _Flow] = {}

    def take(self, packet: bytes, source: str, destination: str) -> Iterator[UserMessage | str]:
        """What an SCTP packet holds: user messages, and the other chunks by name.

        A chunk that breaks the packet off is named as broken; what stands before it counts.
        """
        try:
            header = SctpHeader.layout.reader(packet)
        except IndexError:
            yield "SCTP, cut off"
            return
        ends = (source, header.source), (destination, header.destination)
        rest = header.chunks
        while len(rest) >= _CHUNK_HEADER:
            chunk = Chunk.layout.reader(rest)
            if not _CHUNK_HEADER <= chunk.length <= len(rest):
                yield f"SCTP {_name(chunk.type)}, its length {chunk.length} beyond the packet"
                return
            yield self._chunk(chunk.type, rest[: chunk.length], ends)
            rest = rest[chunk.length + -chunk.length % 4 :]

    def _chunk(self, kind: int, octets: bytes, ends: tuple[Address, Address]) -> UserMessage | str:
        if kind in (ChunkType.INIT, ChunkType.INIT_ACK):
            self._flows.pop(ends, None)  # its TSNs begin anew
        if kind != ChunkType.DATA:
            return f"SCTP {_name(kind)}"
        if len(octets) < _DATA_HEADER:
            return "SCTP DATA, cut off"
        return self._data(DataChunk.layout.reader(octets), ends)

    def _data(self, chunk: DataChunk, ends: tuple[Address, Address]) -> UserMessage | str:
        flow = self._flows.get(ends)
        if flow is None:
            while len(self._flows) >= FLOWS:
                del self._flows[next(iter(self._flows))]
            flow = self._flows[ends] = _Flow()
        if not flow.is_new(chunk.tsn):
            return f"SCTP DATA sent again (TSN {chunk.tsn})"
        data: bytes | None = chunk.data
        if not (chunk.beginning and chunk.ending):
            flow.keep(chunk)
            data = flow.whole(chunk.tsn)
            if data is None:
                return f"SCTP DATA, a fragment (TSN {chunk.tsn})"
        if not is_iua(chunk.protocol, ends):
            name = PROTOCOLS.get(chunk.protocol, f"payload protocol {chunk.protocol}")
            return f"SCTP DATA, {name}"
        return UserMessage(*ends, chunk.protocol, chunk.stream, data or b"")


def is_iua(protocol: int, ends: tuple[Address, Address]) -> bool:
    """Whether a message is IUA: by its payload protocol, or by the port if none is told."""
    return protocol == iua.PPID or (protocol == 0 and iua.PORT in (ends[0][1], ends[1][1]))


def _name(kind: int) -> str:
    return ChunkType(kind).words if kind in ChunkType._value2member_map_ else f"chunk {kind}"
