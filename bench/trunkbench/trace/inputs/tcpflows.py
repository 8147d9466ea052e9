"""TCP connections (RFC 9293) that carry Q.931 messages in TPKT (H.225.0, RFC 1006): each message once.

Segments are put in order, what was sent again is dropped, and what is missing is waited for while no more
than `WAITING` octets in `SEGMENTS` segments have come after it; then it is given up and said. A connection is
one of H.323 if one of its ports is 1720 or its first octets are a TPKT with a Q.931 message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from trunkbench.trace.inputs.sctpflows import Address
from trunkwire.carriers.internet import TcpHeader
from trunkwire.carriers.tpkt import HEADER, PORT, VERSION, Tpkt

WAITING = 64 * 1024
SEGMENTS = 256
FLOWS = 512
_NUMBERS = 1 << 32
_HALF = 1 << 31
_DISCRIMINATOR = 8
"""Q.931 4.2; H.225.0 uses the same."""
_LEAST_Q931 = 5


@dataclass(slots=True)
class _Flow:
    """One direction of a connection."""

    expected: int | None = None
    later: dict[int, bytes] = field(default_factory=dict)
    size: int = 0
    """Octets of those that came too early."""
    buffer: bytearray = field(default_factory=bytearray)
    h323: bool | None = None
    dropping: bool = False

    def put(self, sequence: int, data: bytes) -> Iterator[bytes | int]:
        """Octets in their order; an integer tells how many are missing before the next ones."""
        if self.expected is None:
            self.expected = sequence
        late = (self.expected - sequence) % _NUMBERS
        if 0 < late < _HALF:
            data = data[late:]
            sequence = self.expected
        if not data:
            return
        if sequence != self.expected:
            before = len(self.later.get(sequence, b""))
            if before < len(data):
                self.later[sequence] = data
                self.size += len(data) - before
            if len(self.later) > SEGMENTS or self.size > WAITING:
                yield from self.close()
            return
        self.expected = (sequence + len(data)) % _NUMBERS
        yield data
        yield from self._catch_up()

    def _catch_up(self) -> Iterator[bytes | int]:
        """What had come too early and fits now."""
        while self.later:
            here = self.expected or 0
            oldest = max(self.later, key=lambda one: (here - one + _HALF) % _NUMBERS)
            late = (here - oldest) % _NUMBERS
            if late >= _HALF:
                return
            data = self.later.pop(oldest)
            self.size -= len(data)
            if data := data[late:]:
                self.expected = (here + len(data)) % _NUMBERS
                yield data

    def close(self) -> Iterator[bytes | int]:
        """Give up what is missing: everything that waits, in its order, and the gaps before it."""
        here = self.expected or 0
        waiting, self.later, self.size = self.later, {}, 0
        for sequence in sorted(waiting, key=lambda one: (one - here) % _NUMBERS):
            away = (sequence - here) % _NUMBERS
            data = waiting[sequence]
            if away >= _HALF:
                data = data[_NUMBERS - away :]
            elif away:
                yield away
                here = sequence
            if data:
                here = (here + len(data)) % _NUMBERS
                yield data
        self.expected = here


Ends = tuple[Address, Address]


class Connections:
    """All TCP connections of one interface."""

    def __init__(self) -> None:
        self._flows: dict[Ends, _Flow] = {}
        self.callers: set[Ends] = set()
        """Directions that go from the end that connected."""

    def take(self, packet: bytes, source: str, destination: str) -> tuple[Ends | None, list[bytes | str]]:
        """The ends of a segment; the Q.931 messages that it completes, and what else it is in words."""
        try:
            header = TcpHeader.layout.reader(packet)
        except IndexError:
            return None, ["TCP, cut off"]
        ends = ((source, header.source), (destination, header.destination))
        start = 4 * header.header_words
        if start < 20 or start > len(packet):
            return ends, ["TCP with a broken header length"]
        flow = self._flow(ends)
        sequence = header.sequence
        if header.syn:
            flow.expected = (sequence + 1) % _NUMBERS
            flow.later.clear()
            flow.size = 0
            flow.buffer.clear()
            flow.dropping = False
            sequence = flow.expected
            if not header.ack:
                self.callers.add(ends)
        data = packet[start:]
        found: list[bytes | str] = []
        before = flow.expected, len(flow.later)
        if flow.h323 is not False:
            for piece in flow.put(sequence, data):
                found += self._feed(flow, piece, ends)
        if header.fin or header.reset:
            for piece in flow.close():
                found += self._feed(flow, piece, ends)
        if found or not (data and flow.h323):
            return ends, found or [_describe(header, len(data))]
        fate = "again" if before == (flow.expected, len(flow.later)) else "before what they follow"
        fate = "as part of a message" if before[0] != flow.expected else fate
        return ends, [f"TCP, {len(data)} octets that came {fate}"]

    def from_caller(self, ends: Ends) -> bool | None:
        """Whether this direction is from the end that connected; by H.225.0's port if that was not seen."""
        if ends in self.callers or (ends[1], ends[0]) in self.callers:
            return ends in self.callers
        if PORT in (ends[0][1], ends[1][1]):
            return ends[1][1] == PORT
        return None

    def _flow(self, ends: Ends) -> _Flow:
        flow = self._flows.get(ends)
        if flow is None:
            while len(self._flows) >= FLOWS:
                old = next(iter(self._flows))
                del self._flows[old]
                self.callers.discard(old)
            flow = self._flows[ends] = _Flow(h323=True if PORT in (ends[0][1], ends[1][1]) else None)
        return flow

    def _feed(self, flow: _Flow, piece: bytes | int, ends: Ends) -> list[bytes | str]:
        if isinstance(piece, int):
            flow.buffer.clear()
            flow.dropping = True
            return [f"TCP, {piece} octets are missing"] if flow.h323 else []
        if flow.h323 is False:
            return []
        if flow.dropping:
            if not _is_h225(piece):
                return []  # the middle of a message whose beginning is lost
            flow.dropping = False
        flow.buffer += piece
        if flow.h323 is None:
            if len(flow.buffer) < HEADER + 1 and flow.buffer[0] == VERSION:
                return []
            flow.h323 = _is_h225(bytes(flow.buffer[: HEADER + _LEAST_Q931]))
            if not flow.h323:
                flow.buffer.clear()
                flow.later.clear()
                flow.size = 0
                return []
        return list(_messages(flow))


def _is_h225(octets: bytes) -> bool:
    """Whether a TPKT with a Q.931 message begins here."""
    if len(octets) < HEADER + 1:
        return False
    envelope = Tpkt.layout.reader(octets)
    return (
        envelope.version == VERSION
        and envelope.length >= HEADER + _LEAST_Q931
        and octets[HEADER] == _DISCRIMINATOR
    )


def _messages(flow: _Flow) -> Iterator[bytes | str]:
    """The whole TPKTs at the beginning of the buffer."""
    while len(flow.buffer) >= HEADER:
        envelope = Tpkt.layout.reader(bytes(flow.buffer[:HEADER]))
        if envelope.version != VERSION or envelope.length < HEADER:
            yield f"TPKT, broken: version {envelope.version}, length {envelope.length}"
            flow.buffer.clear()
            flow.dropping = True
            return
        if len(flow.buffer) < envelope.length:
            return
        payload = bytes(flow.buffer[HEADER : envelope.length])
        del flow.buffer[: envelope.length]
        if payload[:1] == bytes((_DISCRIMINATOR,)):
            yield payload
        elif payload:
            yield f"TPKT, {len(payload)} octets that are not Q.931"
        else:
            yield "TPKT, empty (keep-alive)"


def _describe(header: TcpHeader, size: int) -> str:
    flags = [
        name
        for name, is_set in (
            ("SYN", header.syn),
            ("FIN", header.fin),
            ("RST", header.reset),
            ("ACK", header.ack),
        )
        if is_set
    ]
    return f"TCP{' ' + ' '.join(flags) if flags else ''}" + (f", {size} octets" if size else "")
