"""E1 and T1 lines in packets: SAToP (RFC 4553) and CESoPSN (RFC 5086), told by what they hold.

UDP has no port for them. A flow is looked at more closely when all its packets are equally long and begin,
perhaps behind an RTP header, with a control word whose sequence number counts up. It is SAToP once the frame
alignment of an E1 or T1 shows in it, and CESoPSN once HDLC frames show in one of its timeslots, for the one
number of timeslots with which they do. Flows in which neither shows within `UNDECIDED` octets are left alone.
Both ways of a pseudowire carry the same in packets of one length (RFC 4553 5.1), so that one tells of the
other; what they hold comes merged by time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from trunkbench.trace.inputs.e1align import LEAST, find_e1
from trunkbench.trace.inputs.e1stream import E1Stream
from trunkbench.trace.inputs.merging import Merged
from trunkbench.trace.inputs.numbering import numbered
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.inputs.slotline import SlotLine
from trunkbench.trace.inputs.t1align import FRAME, find_t1
from trunkbench.trace.inputs.t1align import LEAST as LEAST_T1
from trunkbench.trace.inputs.t1stream import T1Stream
from trunkbench.trace.record import Direction, Happening
from trunkwire.carriers.pseudowire import RtpHeader, SatopWord
from trunkwire.e1.crc4 import Octets
from trunkwire.hdlc import BulkReceiver, GoodFrame
from trunkwire.hdlc.octets import FLAG_FILL

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
_PATIENCE = 16 * 1024
"""Octets in which a line that an option names ought to show its alignment."""
_PADDED = 25
"""Octets of one frame of an octet-aligned T1."""
_E1, _T1, _T1_PADDED = 0, -1, -2
"""SAToP of these; a number above 0 is CESoPSN with so many timeslots."""
_RTP = b"\x80"
_WORD = 4
_RTP_HEADER = 12
_DYNAMIC = 96
"""The first RTP payload type that is given out call by call (RFC 3551 3), as both RFCs want."""
_COUNTS = 1 << 16
_SLOTS = 31
_LOST_AT_MOST = 1000
_REFUSALS = 4
_LATE = 4
"""Packets that may overtake one."""
_AIS = b"\xff"
_FLAGS = np.frombuffer(bytes(sorted(FLAG_FILL)), np.uint8)


class Piece(NamedTuple):
    """One packet of a pseudowire behind its control word.

    `skew` is how far what may be an RTP header there is ahead in its sequence number, None if there is none.
    """

    sequence: int
    local_failure: bool
    remote_loss: bool
    octets: bytes
    number: int
    at_ns: int
    offset: int
    skew: int | None


@dataclass(slots=True)
class _Flow:
    """One direction between two UDP ports."""

    direction: Direction
    span: str
    told: int | None
    """What an option says: see `_E1`."""
    merged: Merged
    back: _Flow | None
    """The other direction."""
    size: int = 0
    """Octets of a packet behind its control word."""
    pieces: list[Piece] = field(default_factory=list)
    held: int = 0
    look_at: int = _FIRST_LOOK
    refusals: int = 0
    line: _Line | None = None


class _Unpadded:
    """The bits of a T1 whose frames take 25 octets each (RFC 4553, octet-aligned T1), octet by octet."""

    def __init__(self) -> None:
        self._left = np.zeros(0, np.uint8)

    def take(self, octets: bytes) -> bytes:
        """The next octets of the line; up to seven bits wait for the next ones."""
        bits = np.unpackbits(np.frombuffer(octets, np.uint8)).reshape(-1, 8 * _PADDED)[:, :FRAME]
        bits = np.concatenate((self._left, bits.reshape(-1)))
        whole = len(bits) - len(bits) % 8
        self._left = bits[whole:]
        return np.packbits(bits[:whole]).tobytes()


class _Line:
    """A recognised pseudowire: gaps, the L and R bits, and what is within."""

    def __init__(self, kind: str, flow: _Flow, slots: int, first: Piece, audio: bool, rtp: bool) -> None:
        self.kind = kind
        self.rtp = rtp
        self.slots = slots
        self._head = _RTP_HEADER if rtp else 0
        self._size = len(first.octets) - self._head
        self._next = first.sequence
        self._flow = flow
        self._audio = audio
        self._failed = self._remote = False
        self._early: dict[int, Piece] = {}
        self.stream: E1Stream | T1Stream | None = None
        self.timeslots: SlotLine | None = None
        if slots > 0:
            self.timeslots = SlotLine(slots, flow.span, flow.direction, first.at_ns, audio=audio)
        else:
            self._begin(first)

    def _begin(self, piece: Piece) -> None:
        span, direction, start_ns, audio = self._flow.span, self._flow.direction, piece.at_ns, self._audio
        if self.slots == _E1:
            self.stream = E1Stream(span=span, direction=direction, start_ns=start_ns, audio=audio)
        else:
            self._unpadded = _Unpadded()
            self.stream = T1Stream(span=span, direction=direction, start_ns=start_ns, audio=audio)

    def take(self, piece: Piece) -> Iterator[Item]:
        """One more packet; those that overtook it wait for it for a while."""
        away = (piece.sequence - self._next) % _COUNTS
        if away >= _COUNTS // 2 or piece.sequence in self._early:
            yield self._happening(piece, f"{self.kind}: packet {piece.sequence} came again or too late", None)
            return
        self._early[piece.sequence] = piece
        while self._early and (self._next in self._early or len(self._early) > _LATE):
            yield from self._one()

    def _one(self) -> Iterator[Item]:
        """The next of the packets that wait."""
        piece = self._early.pop(min(self._early, key=lambda one: (one - self._next) % _COUNTS))
        lost = (piece.sequence - self._next) % _COUNTS
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
        octets = piece.octets[self._head :]
        yield from self._feed(octets.ljust(self._size, _AIS)[: self._size], piece)

    @property
    def known_ns(self) -> int:
        """The time up to which the line has been worked on."""
        if self.timeslots:
            return self.timeslots.known_ns
        return self.stream.known_ns if self.stream else 0

    def finish(self) -> list[Item]:
        """What is left."""
        items: list[Item] = []
        while self._early:
            items += self._one()
        return items + self._ended()

    def _ended(self) -> list[Item]:
        return self.stream.finish() if self.stream else self.timeslots.finish() if self.timeslots else []

    def findings(self) -> list[str]:
        """What was found within."""
        found = self.timeslots.findings() if self.timeslots else self.stream.findings if self.stream else []
        return [f"{self._flow.span}: {told}" for told in found]

    def _feed(self, octets: bytes, piece: Piece) -> list[Item]:
        if self.timeslots:
            block = np.frombuffer(octets, np.uint8).reshape(-1, self.slots).T
            return self.timeslots.feed(block, piece.number, piece.offset, piece.at_ns)
        return self._stream(octets, piece.number)

    def _lose(self, lost: int, piece: Piece) -> list[Item]:
        """Stand in for lost packets with ones, as RFC 4553 6.2.1 wants; after too many begin anew."""
        if self.timeslots:
            return self.timeslots.lose(lost * self._size // self.slots)
        if self.stream and lost <= _LOST_AT_MOST:
            return self._stream(_AIS * (lost * self._size), 0)
        left = self._ended()
        self._begin(piece)
        return left

    def _stream(self, octets: bytes, number: int) -> list[Item]:
        if isinstance(self.stream, E1Stream):
            return self.stream.feed(octets, number)
        octets = self._unpadded.take(octets) if self.slots == _T1_PADDED else octets
        return self.stream.feed(octets) if self.stream else []

    def _happening(self, piece: Piece, what: str, alarm: bool | None) -> Happening:
        span = self._flow.span
        return Happening(piece.at_ns, what, span, 0, piece.number, piece.offset, alarm)


class Pseudowires:
    """All flows of one interface that may be pseudowires."""

    def __init__(self, options: InputOptions, trace: Trace) -> None:
        self._options = options
        self._trace = trace
        self._flows: dict[tuple[str, str], _Flow] = {}
        self._held = 0

    def take(
        self, payload: bytes, ends: tuple[str, str], told: Told, ports: tuple[int, ...] = ()
    ) -> Iterable[Item | str] | None:
        """What a packet between two named ends holds and completes; None if it is of no pseudowire."""
        flow = self._flows.get(ends)
        if flow is None:
            if not self._room():
                return None
            flow = self._flows[ends] = self._new(ends, told, ports)
        if flow.refusals > _REFUSALS:
            return None
        piece = split(payload, told)
        if flow.line:
            return self._follow(flow, flow.line, piece, told)
        if piece is None or not _goes_with(flow.pieces, piece):
            self._refuse(flow)
            return None
        flow.size = len(piece.octets)
        return self._look(flow, piece)

    def finish(self) -> Iterable[Item]:
        """A last look at what is undecided, and what the lines still hold."""
        for flow in self._flows.values():
            if flow.pieces and len(flow.pieces) >= _FIRST_LOOK:
                slots = self._recognise(flow)
                if slots is not None:
                    self._begin(flow, slots)
        for flow in self._flows.values():
            if flow.line:
                flow.merged.keep(flow.line.finish())
                self._trace.findings += flow.line.findings()
        for flow in self._flows.values():
            yield from flow.merged.all()

    def _room(self) -> bool:
        """Whether one more flow may be looked at; the oldest that has not shown to be any gives way."""
        if len(self._flows) < FLOWS:
            return True
        oldest = next((ends for ends, flow in self._flows.items() if flow.line is None), None)
        if oldest is None:
            return False
        self._refuse(self._flows.pop(oldest))
        return True

    def _new(self, ends: tuple[str, str], told: Told, ports: tuple[int, ...]) -> _Flow:
        back = self._flows.get((ends[1], ends[0]))
        direction = told.direction
        if direction is Direction.UNKNOWN:  # the end that is seen first counts as the recording one
            direction = Direction.IN if back else Direction.OUT
        near, far = ends[::-1] if back else ends
        slots = next((self._options.cesopsn[port] for port in ports if port in self._options.cesopsn), None)
        if slots is None and self._options.satop.intersection(ports):
            slots = _E1
        merged = back.merged if back else Merged()
        flow = _Flow(direction, f"{near} to {far}" if far else near, slots, merged, back)
        if back:
            back.back = flow
        return flow

    def _follow(self, flow: _Flow, line: _Line, piece: Piece | None, told: Told) -> Iterator[Item | str]:
        if piece is None:
            yield f"{line.kind}, broken"
            return
        yield f"{line.kind}, sequence number {piece.sequence}"
        flow.merged.keep(line.take(piece))
        yield from numbered(flow.merged.ripe(), told.number, told.offset)

    def _look(self, flow: _Flow, piece: Piece) -> Iterable[Item | str] | None:
        """Keep the packet; look at all that is kept when there is enough for another look."""
        flow.pieces.append(piece)
        flow.held += len(piece.octets)
        self._held += len(piece.octets)
        slots = _as_back(flow)
        if slots is None and len(flow.pieces) >= flow.look_at:
            flow.look_at *= 2
            slots = self._recognise(flow)
        if slots is not None:
            return self._found(flow, slots, piece)
        if flow.held > UNDECIDED or self._held > ALL_UNDECIDED:
            flow.refusals = _REFUSALS
            self._refuse(flow)
            return None
        return (f"perhaps a pseudowire, sequence number {piece.sequence}",)

    def _recognise(self, flow: _Flow) -> int | None:
        """What it is: see `_E1`. None if nothing shows."""
        head = _RTP_HEADER if _rtp_behind(flow.pieces) else 0
        size = flow.size - head
        octets = b"".join(piece.octets[head:] for piece in flow.pieces)
        if flow.told is not None and flow.told > 0:
            return None if size % flow.told else flow.told
        # The newest octets will do: a line that shows no alignment now may have had none at first.
        newest = octets[-(_PATIENCE // size + 1) * size :]
        if len(newest) >= LEAST and find_e1(newest) is not None:
            return _E1
        if len(newest) >= LEAST_T1:
            if find_t1(newest) is not None:
                return _T1
            if size % _PADDED == 0 and find_t1(_Unpadded().take(newest)) is not None:
                return _T1_PADDED
        if flow.told is not None:  # a line without alignment is an E1, as far as one can tell
            return flow.told if len(octets) >= _PATIENCE else None
        return count_slots(octets, size)

    def _found(self, flow: _Flow, slots: int, last: Piece) -> Iterator[Item | str]:
        """What came so far of a recognised pseudowire, and of its other direction."""
        line = self._begin(flow, slots)
        if flow.back and flow.back.pieces and _as_back(flow.back) is not None:
            self._begin(flow.back, slots)
        yield f"{line.kind}, sequence number {last.sequence}"
        yield from numbered(flow.merged.ripe(), last.number, last.offset)

    def _begin(self, flow: _Flow, slots: int) -> _Line:
        pieces = flow.pieces
        self._held -= flow.held
        flow.pieces, flow.held = [], 0
        kind = "CESoPSN" if slots > 0 else "SAToP"
        rtp = _rtp_behind(pieces)
        if flow.back and flow.back.line and flow.back.size == flow.size:
            rtp |= flow.back.line.rtp
        line = _Line(kind, flow, slots, pieces[0], self._options.audio, rtp)
        flow.line = line
        flow.merged.join(line)
        within = f"{slots} timeslots" if slots > 0 else "an E1" if slots == _E1 else "a T1"
        self._trace.findings.append(f"{flow.span} {flow.direction.value} is {kind} of {within}")
        for piece in pieces:
            flow.merged.keep(line.take(piece))
        return line

    def _refuse(self, flow: _Flow) -> None:
        """What is kept is no pseudowire; after some such disappointments the flow is left alone."""
        flow.refusals += 1
        self._held -= flow.held
        flow.pieces, flow.held, flow.look_at = [], 0, _FIRST_LOOK


def split(payload: bytes, told: Told) -> Piece | None:
    """A packet behind its control word, None if it has none.

    RTP's header stands before the control word over UDP and behind it over MPLS, L2TPv3 and MEF 8 (RFC 4553
    4.1, RFC 5086 4.1). Either is read over either: the octet that a packet begins with tells which it is.
    """
    rest = payload
    if payload[:1] == _RTP and len(payload) > _RTP_HEADER + _WORD:
        rest = RtpHeader.layout.reader(payload).payload
    if len(rest) < _WORD:
        return None
    word = SatopWord.layout.reader(rest)
    if word.zero or word.fragmentation:
        return None
    size = len(payload)
    if word.length and (word.length != size or size >= _SHORT):
        return None
    octets = word.payload
    skew = None
    if octets[:1] == _RTP and len(octets) > _RTP_HEADER:
        header = RtpHeader.layout.reader(octets)
        if header.payload_type >= _DYNAMIC:
            skew = (header.sequence - word.sequence) % _COUNTS
    flags = (word.local_failure, word.remote_loss)
    return Piece(word.sequence, *flags, octets, told.number, told.at_ns, told.offset, skew)


def _rtp_behind(pieces: list[Piece]) -> bool:
    """Whether an RTP header stands behind the control words: one that counts with them.

    Its sequence number ought to be that of the control word (RFC 4553 4.3.2), but may begin elsewhere.
    """
    skews = {piece.skew for piece in pieces}
    return len(skews) == 1 and (0 in skews or (None not in skews and len(pieces) >= _FIRST_LOOK))


def _as_back(flow: _Flow) -> int | None:
    """What a flow is whose other direction is known: the same, if its packets are as long."""
    back = flow.back
    if flow.told is not None or back is None or back.line is None or back.size != flow.size:
        return None
    return back.line.slots


def _goes_with(pieces: list[Piece], piece: Piece) -> bool:
    """Whether a packet continues the others: as long as they are, and counted on."""
    if not pieces:
        return bool(piece.octets)
    if len(piece.octets) != len(pieces[0].octets):
        return False
    away = (piece.sequence - pieces[-1].sequence) % _COUNTS
    return 0 < away <= _FIRST_LOOK or away >= _COUNTS - _LATE


def count_slots(octets: bytes, size: int) -> int | None:
    """How many timeslots lie interleaved in packets of `size` octets, as right HDLC frames tell.

    One frame will do where its timeslot is mostly flags; audio has a right one by chance now and then.
    """
    line = np.frombuffer(octets, np.uint8)
    best, most = 0, 0
    for slots in range(1, _SLOTS + 1):
        if size % slots == 0:
            block = np.ascontiguousarray(line.reshape(-1, slots).T)
            events = BulkReceiver(slots).receive(block)
            good = [sum(isinstance(event, GoodFrame) for event in slot) for slot in events]
            frames = sum(good)
            if frames == 1 and not _mostly_flags(block[good.index(1)]):
                frames = 0
            if frames > most:
                best, most = slots, frames
    return best or None


def _mostly_flags(slot: Octets) -> bool:
    return bool(np.isin(slot, _FLAGS).mean() > 0.5)
