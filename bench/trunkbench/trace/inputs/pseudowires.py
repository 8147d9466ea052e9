"""E1 lines in UDP packets: SAToP (RFC 4553) and CESoPSN (RFC 5086), told by what they hold.

UDP has no port for them. A flow is looked at more closely when all its packets are equally long and begin,
perhaps behind an RTP header, with a control word whose sequence number counts up. It is SAToP once an E1's
frame alignment shows in it, and CESoPSN once HDLC frames show in one of its timeslots, for the one number of
timeslots with which they do. Flows in which neither shows within `UNDECIDED` octets are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from trunkbench.trace.inputs.e1align import LEAST, find_e1
from trunkbench.trace.inputs.e1stream import E1Stream
from trunkbench.trace.inputs.numbering import numbered
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.inputs.slotline import SlotLine
from trunkbench.trace.record import Direction, Happening
from trunkwire.carriers.pseudowire import RtpHeader, SatopWord
from trunkwire.hdlc import BulkReceiver, GoodFrame

if TYPE_CHECKING:
    from trunkbench.trace.inputs.network import Told
    from trunkbench.trace.inputs.opening import Trace

FLOWS = 256
UNDECIDED = 256 * 1024
"""Octets of a flow that are kept until it is known what it is."""
ALL_UNDECIDED = 8 * 1024 * 1024
_FIRST_LOOK = 8
"""Packets after which a flow is first looked at; then at twice as many, and so on."""
_SHORT = 64
"""Octets below which a packet tells its length in the control word (RFC 4553 4.3, RFC 5086 4.3)."""
_RTP = 0x80
_WORD = 4
_RTP_HEADER = 12
_COUNTS = 1 << 16
_SLOTS = 31
_LOST_AT_MOST = 1000
_FRAMES_BELIEVED = 2
_AIS = b"\xff"


class Piece(NamedTuple):
    """One packet of a pseudowire behind its headers."""

    sequence: int
    local_failure: bool
    remote_loss: bool
    octets: bytes
    number: int
    at_ns: int
    offset: int


@dataclass(slots=True)
class _Flow:
    """One direction between two UDP ports."""

    direction: Direction
    span: str
    kind: str = ""
    pieces: list[Piece] = field(default_factory=list)
    held: int = 0
    look_at: int = _FIRST_LOOK
    refused: bool = False
    line: _Line | None = None


class _Line:
    """A recognised pseudowire: gaps, the L and R bits, and what is within."""

    def __init__(self, kind: str, flow: _Flow, slots: int, first: Piece, audio: bool) -> None:
        self.kind = kind
        self._size = len(first.octets)
        self._next = first.sequence
        self._flow = flow
        self._audio = audio
        self._slots = slots
        self._failed = self._remote = False
        self.e1: E1Stream | None = None
        self.timeslots: SlotLine | None = None
        if slots:
            self.timeslots = SlotLine(slots, flow.span, flow.direction, first.at_ns, audio=audio)
        else:
            self._begin(first)

    def _begin(self, piece: Piece) -> None:
        self.e1 = E1Stream(
            span=self._flow.span, direction=self._flow.direction, start_ns=piece.at_ns, audio=self._audio
        )

    def take(self, piece: Piece) -> Iterator[Item]:
        """One more packet."""
        lost = (piece.sequence - self._next) % _COUNTS
        if lost >= _COUNTS // 2:
            yield self._happening(piece, f"{self.kind}: packet {piece.sequence} came again or too late", None)
            return
        self._next = (piece.sequence + 1) % _COUNTS
        if lost:
            what = f"{self.kind}: {lost} packets lost before sequence number {piece.sequence}"
            yield self._happening(piece, what, True)
            yield from self._lose(lost, piece)
        if piece.local_failure != self._failed:
            self._failed = piece.local_failure
            state = "has failed" if self._failed else "works again"
            yield self._happening(piece, f"{self.kind}: the line at the sender {state} (L bit)", self._failed)
        if piece.remote_loss != self._remote:
            self._remote = piece.remote_loss
            state = "loses packets" if self._remote else "loses no packets any more"
            yield self._happening(piece, f"{self.kind}: the sender {state} (R bit)", self._remote)
        yield from self._feed(piece.octets.ljust(self._size, _AIS)[: self._size], piece)

    def finish(self) -> list[Item]:
        """What is left."""
        return self.e1.finish() if self.e1 else self.timeslots.finish() if self.timeslots else []

    def findings(self) -> list[str]:
        """What was found within."""
        if self.timeslots:
            return self.timeslots.findings()
        return [f"{self._flow.span}: {told}" for told in self.e1.findings] if self.e1 else []

    def _feed(self, octets: bytes, piece: Piece) -> list[Item]:
        if self.timeslots:
            block = np.frombuffer(octets, np.uint8).reshape(-1, self._slots).T
            return self.timeslots.feed(block, piece.number, piece.offset, piece.at_ns)
        return self.e1.feed(octets, piece.number) if self.e1 else []

    def _lose(self, lost: int, piece: Piece) -> list[Item]:
        """Stand in for lost packets with ones, as RFC 4553 6.2.1 wants; after too many begin anew."""
        if self.timeslots:
            return self.timeslots.lose(lost * self._size // self._slots)
        if self.e1 and lost <= _LOST_AT_MOST:
            return self.e1.feed(_AIS * (lost * self._size))
        left = self.finish()
        self._begin(piece)
        return left

    def _happening(self, piece: Piece, what: str, alarm: bool | None) -> Happening:
        span = self._flow.span
        return Happening(piece.at_ns, what, span, 0, piece.number, piece.offset, alarm)


class Pseudowires:
    """All UDP flows of one interface that may be pseudowires."""

    def __init__(self, options: InputOptions, trace: Trace) -> None:
        self._options = options
        self._trace = trace
        self._flows: dict[tuple[str, int, str, int], _Flow] = {}
        self._held = 0

    def take(
        self, payload: bytes, ends: tuple[str, str], ports: tuple[int, int], told: Told
    ) -> Iterable[Item | str] | None:
        """What a packet holds and completes; None if it is of no pseudowire."""
        key = (ends[0], ports[0], ends[1], ports[1])
        flow = self._flows.get(key)
        if flow is None:
            if len(self._flows) >= FLOWS:
                return None
            flow = self._flows[key] = self._new(key, told)
        if flow.refused:
            return None
        piece = split(payload, told)
        if flow.line:
            return self._follow(flow.line, piece, told)
        if piece is None or not _goes_with(flow.pieces, piece):
            self._refuse(flow)
            return None
        return self._look(flow, piece)

    def finish(self) -> Iterable[Item]:
        """What the lines still hold."""
        for flow in self._flows.values():
            if flow.line:
                yield from flow.line.finish()
                self._trace.findings += flow.line.findings()

    def _new(self, key: tuple[str, int, str, int], told: Told) -> _Flow:
        near, far = key[:2], key[2:]
        back = self._flows.get((*far, *near))
        direction = told.direction
        if direction is Direction.UNKNOWN:  # the end that is seen first counts as the recording one
            direction = Direction.IN if back else Direction.OUT
        near, far = (far, near) if back else (near, far)
        return _Flow(direction, f"{near[0]}:{near[1]} to {far[0]}:{far[1]}")

    def _follow(self, line: _Line, piece: Piece | None, told: Told) -> Iterator[Item | str]:
        if piece is None:
            yield f"{line.kind}, broken"
            return
        yield f"{line.kind}, sequence number {piece.sequence}"
        yield from numbered(line.take(piece), told.number, told.offset)

    def _look(self, flow: _Flow, piece: Piece) -> Iterable[Item | str] | None:
        """Keep the packet; look at all that is kept when there is enough for another look."""
        flow.pieces.append(piece)
        flow.held += len(piece.octets)
        self._held += len(piece.octets)
        if len(flow.pieces) >= flow.look_at:
            flow.look_at *= 2
            slots = self._recognise(flow)
            if slots is not None:
                return self._begin(flow, slots)
        if flow.held > UNDECIDED or self._held > ALL_UNDECIDED:
            self._refuse(flow)
            return None
        return (f"UDP, perhaps a pseudowire, sequence number {piece.sequence}",)

    def _recognise(self, flow: _Flow) -> int | None:
        """0 for SAToP, the number of timeslots for CESoPSN, None if neither shows."""
        octets = b"".join(piece.octets for piece in flow.pieces)
        ports = {int(end.rpartition(":")[2]) for end in flow.span.split(" to ")}
        if ports & self._options.satop:
            return 0
        if len(octets) >= LEAST and find_e1(octets) is not None:
            return 0
        return count_slots(octets, len(flow.pieces[0].octets))

    def _begin(self, flow: _Flow, slots: int) -> Iterator[Item | str]:
        pieces = flow.pieces
        self._held -= flow.held
        flow.pieces, flow.held = [], 0
        kind = "CESoPSN" if slots else "SAToP"
        flow.line = _Line(kind, flow, slots, pieces[0], self._options.audio)
        within = f"{slots} timeslots" if slots else "an E1"
        self._trace.findings.append(f"UDP {flow.span} {flow.direction.value} is {kind} of {within}")
        last = pieces[-1]
        yield f"{kind}, sequence number {last.sequence}"
        for piece in pieces:
            yield from numbered(flow.line.take(piece), last.number, last.offset)

    def _refuse(self, flow: _Flow) -> None:
        flow.refused = True
        self._held -= flow.held
        flow.pieces, flow.held = [], 0


def split(payload: bytes, told: Told) -> Piece | None:
    """A packet behind its RTP header, if there is one, and its control word; None if there is none."""
    rest = payload
    if payload[:1] == bytes((_RTP,)) and len(payload) > _RTP_HEADER + _WORD:
        rest = RtpHeader.layout.reader(payload).payload
    if len(rest) < _WORD:
        return None
    word = SatopWord.layout.reader(rest)
    if word.zero or word.fragmentation:
        return None
    size = len(payload)
    if word.length and (word.length != size or size >= _SHORT):
        return None
    return Piece(
        word.sequence,
        word.local_failure,
        word.remote_loss,
        word.payload,
        told.number,
        told.at_ns,
        told.offset,
    )


def _goes_with(pieces: list[Piece], piece: Piece) -> bool:
    """Whether a packet continues the others: as long as they are, and counted on."""
    if not pieces:
        return bool(piece.octets)
    if len(piece.octets) != len(pieces[0].octets):
        return False
    return 0 < (piece.sequence - pieces[-1].sequence) % _COUNTS <= _FIRST_LOOK


def count_slots(octets: bytes, size: int) -> int | None:
    """How many timeslots lie interleaved in packets of `size` octets, as right HDLC frames tell."""
    line = np.frombuffer(octets, np.uint8)
    found: dict[int, int] = {}
    for slots in range(1, _SLOTS + 1):
        if size % slots == 0:
            block = np.ascontiguousarray(line.reshape(-1, slots).T)
            events = BulkReceiver(slots).receive(block)
            found[slots] = sum(isinstance(event, GoodFrame) for slot in events for event in slot)
    best = max(found, key=lambda slots: found[slots], default=0)
    return best if best and found[best] >= _FRAMES_BELIEVED else None
