"""One frame after another: LAPD (Q.921), Q.931, the sender, the call, and what is wrong.

The decoder keeps what is needed to say more than a frame alone tells: the sides, the calls and the send
sequence numbers of each data link. It never raises on a frame's octets: what cannot be read becomes a fault
with its offset.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from trunkbench.trace.calls import SAME_SETUP, CallWatch, End, TracedCall
from trunkbench.trace.facilities import FACILITIES, facility_of
from trunkbench.trace.h225 import signalling_end
from trunkbench.trace.layer2 import (
    BASIC,
    Layer2,
    describe_management,
    looks_basic,
    management,
    read_basic,
    read_layer2,
)
from trunkbench.trace.record import Direction, FrameRecord, Layer
from trunkbench.trace.segments import SegmentWatch, head_of
from trunkbench.trace.sequence import AGAIN, SequenceWatch
from trunkbench.trace.sides import How, SideWatch
from trunkbench.trace.telling import cause_of, channel_of, clean, facts_of, words
from trunkwire.codec.errors import DecodeError
from trunkwire.q931 import maintenance
from trunkwire.q931.maintenance import Maintenance
from trunkwire.q931.message import HeaderError, IssueKind, Message, MessageCodec
from trunkwire.q931.messages import EVERY_TABLE, OTHER_TITLES, MessageType
from trunkwire.side import Side

Q931_DISCRIMINATOR = 8
"""Q.931 clause 4.2."""
CALL_CONTROL_SAPI = 0
"""Q.921 clause 3.3.3, table 2."""

Link = tuple[str, int, int, int]
"""Span, timeslot, SAPI, TEI: one data link connection."""

_BROKEN = frozenset(
    {
        IssueKind.INVALID_MANDATORY,
        IssueKind.INVALID_OPTIONAL,
        IssueKind.UNREAD_IE,
        IssueKind.TRUNCATED,
    }
)
"""Issues of octets that cannot be read; the others are about octets that can."""
_LAYERS = {Layer.Q931: "", Layer.MTP2: "MTP2", Layer.OTHER: "-"}
"""What stands in LAPD's place where there is none."""
_CLEARING = frozenset({MessageType.DISCONNECT, MessageType.RELEASE, MessageType.RELEASE_COMPLETE})


class Fault(msgspec.Struct, frozen=True, eq=False):
    """What could not be read, and where: `offset` counts octets of the frame from 0."""

    offset: int
    text: str


class Decoded(msgspec.Struct, eq=False):
    """A frame with everything that is known about it.

    `lapd` is the summary of layer 2 ("0/0 I S=0 R=0"); `message` is None when there is no Q.931 message or
    its header cannot be read; `facts` are its telling elements, `warnings` what contradicts the frames before
    it, `remarks` what the message's own table forbids (with the clause of Q.931), `faults` what is broken in
    it. `order` counts frames from 0.
    """

    record: FrameRecord
    order: int
    layer2: Layer2
    sender: Side | None = None
    how: How = How.UNKNOWN
    message: Message | None = None
    call: TracedCall | None = None
    whole: bytes = b""
    """The octets of the message that this one, its last segment, completes."""
    signalling_end: int | None = None
    """Where in the message H.225.0's own element begins, None without one."""
    completes: Message | None = None
    """That message."""
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    channel: str = ""
    cause: str = ""
    service: str = ""
    """The name of a maintenance message, which is none of Q.931's."""
    texts: dict[str, list[str]] | None = None
    """Wireshark's fields of the frame's packet, where they are wanted."""
    repetition: tuple[str, ...] = ()
    """Those of the warnings that say that the frame or its message was sent before."""
    closed: tuple[TracedCall, ...] = ()
    """Calls to which this frame, and what comes after it, cannot belong any more."""

    @property
    def repeated(self) -> bool:
        """Whether the message was sent before."""
        return bool(self.repetition)

    @property
    def broken(self) -> bool:
        """Whether some of the frame cannot be read or was not recorded, or its FCS is wrong."""
        return bool(self.faults) or self.record.fcs is False or self.record.original is not None

    @property
    def end(self) -> End | None:
        """The end that sent the frame: its side, or where that is not known, the way that the frame went."""
        if self.sender is not None:
            return self.sender
        return None if self.record.direction is Direction.UNKNOWN else self.record.direction

    @property
    def lapd(self) -> str:
        """The layer 2 summary, with TEI management in words."""
        if self.record.layer is not Layer.LAPD:
            return _LAYERS[self.record.layer]
        command = None if self.sender is None else (self.sender is Side.NETWORK) == bool(self.layer2.c_r)
        summary = self.layer2.summary(command)
        told = management(self.layer2)
        return summary if told is None else f"{summary} {describe_management(told)}"

    @property
    def has_message(self) -> bool:
        """Whether the frame carries octets of call control (Q.931), broken or not."""
        if self.record.layer is Layer.Q931:
            return bool(self.record.data)
        layer2 = self.layer2
        return bool(layer2.information and layer2.sapi == CALL_CONTROL_SAPI and layer2.kind in ("I", "UI"))

    @property
    def name(self) -> str:
        """The message's name in Q.931's spelling, or its number; "" without a message."""
        return self.service if self.message is None else message_name(self.message.type)

    @property
    def reference(self) -> int | None:
        """The call reference value."""
        return None if self.message is None else self.message.reference

    @property
    def link(self) -> Link:
        """The data link connection that the frame belongs to."""
        return (self.record.span, self.record.slot, self.layer2.sapi, self.layer2.tei)


def message_name(kind: int) -> str:
    """A message type's name, such as "CALL PROCEEDING"; "message 0x6b" for a type without a name."""
    if isinstance(kind, MessageType):
        return kind.title
    return OTHER_TITLES.get(kind, f"message {kind:#04x}")


def judged(message: Message, start: int) -> tuple[tuple[Fault, ...], tuple[str, ...]]:
    """What of a message that begins at octet `start` of its frame cannot be read, and what its table
    forbids."""
    faults: list[Fault] = []
    remarks: list[str] = []
    for issue in message.issues:
        if issue.kind in _BROKEN:
            faults.append(Fault(start + issue.offset, issue.detail))
        else:
            remarks.append(f"{issue.detail} ({issue.kind.value.rpartition('(')[2]}")
    return tuple(faults), tuple(remarks)


def facility_faults(message: Message, octets: bytes, start: int) -> Iterator[Fault]:
    """What cannot be read of the components of a message's facilities (Q.932 8.2.3)."""
    if not any(type(element).__name__ in FACILITIES for element in message.ies):
        return
    from trunkwire.q931.view import view  # what lines need seldom is imported then

    for element in view(octets).elements:
        if not element.error and type(element.value).__name__ in FACILITIES:
            for offset, text in facility_of(element).errors:
                yield Fault(start + offset, f"facility: {text}")


def _of_a_log(record: FrameRecord) -> tuple[str, ...]:
    """What is known in words only, and whether the octets were put together from words."""
    words = (f"in words: {', '.join(clean(text)[1:-1] for text in record.words)}",) if record.words else ()
    return (*words, "octets rebuilt from words") if record.rebuilt else words


class Decoder:
    """Decodes the frames of one trace in their order."""

    def __init__(self) -> None:
        self._sides: dict[tuple[str, int], SideWatch] = {}
        self._sequences: dict[Link, SequenceWatch] = {}
        self._calls = CallWatch()
        self._codec = MessageCodec(EVERY_TABLE)
        self._count = 0
        self._segments = SegmentWatch()
        self._basic = False
        """Whether any link counts modulo 8."""

    def decode(self, record: FrameRecord) -> Decoded:
        """Everything about one frame. Never raises, whatever its octets are."""
        layer2 = self._layer2(record)
        decoded = Decoded(record, self._count, layer2)
        self._count += 1
        faults = [Fault(offset, text) for offset, text in layer2.faults]
        warnings = []
        if record.fcs is False:
            warnings.append("the FCS is wrong")
        if record.original is not None:
            warnings.append(f"the capture kept {len(record.data)} of {record.original} octets")
        if layer2.kind:
            self._follow(decoded, warnings)
        elif record.side is not None and record.direction is not Direction.UNKNOWN:
            decoded.sender = record.side if record.direction is Direction.OUT else record.side.peer
            decoded.how = How.TOLD
        if decoded.has_message:
            self._message(decoded, faults, warnings)
        decoded.faults = tuple(faults)
        decoded.warnings = tuple(warnings)
        return decoded

    def _layer2(self, record: FrameRecord) -> Layer2:
        """Layer 2 of a frame, modulo 8 where its link counts so."""
        if record.layer is not Layer.LAPD:
            return Layer2("", -1, 0, -1, information=record.data)
        layer2 = read_layer2(record.data)
        if layer2.modulus == BASIC:
            self._basic = True
        elif (self._basic or layer2.kind in ("", "I")) and (self._basic or looks_basic(record.data)):
            basic = read_basic(record.data)
            modulus = self.sequence((record.span, record.slot, basic.sapi, basic.tei)).modulus
            if modulus == BASIC or (not modulus and looks_basic(record.data)):
                self._basic = True
                return basic
        return layer2

    def finish(self) -> tuple[TracedCall, ...]:
        """The trace is over: the calls that were still open, in the order in which they began."""
        self._calls.close_all()
        left = tuple(self._calls.closed)
        self._calls.closed.clear()
        return left

    @property
    def contradictions(self) -> int:
        """How many frames bear a C/R bit that contradicts the side which the capture tells."""
        return sum(watch.contradictions for watch in self._sides.values())

    @property
    def calls(self) -> CallWatch:
        """The calls of the trace, for whoever reads some of its frames himself."""
        return self._calls

    @property
    def special(self) -> bool:
        """Whether no frame may be read in another way than by `decode` now: a link counts modulo 8, or a
        message waits for segments."""
        return self._basic or bool(self._segments)

    def read(
        self, octets: bytes, sender: Side | None, start: int
    ) -> tuple[Message, tuple[Fault, ...], tuple[str, ...]]:
        """A message that begins at octet `start` of its frame, with what is wrong with it by itself: what
        cannot be read, and what its table forbids. Raises HeaderError."""
        message = self._codec.parse(head_of(octets), sender)
        faults, remarks = judged(message, start)
        return message, (*faults, *facility_faults(message, octets, start)), remarks

    def sides(self, channel: tuple[str, int]) -> SideWatch:
        """What finds out who sends on a D channel."""
        return self._sides.setdefault(channel, SideWatch())

    def sequence(self, link: Link) -> SequenceWatch:
        """What follows the sequence numbers of a data link connection."""
        return self._sequences.setdefault(link, SequenceWatch())

    def _follow(self, decoded: Decoded, warnings: list[str]) -> None:
        """Sender and sequence numbers."""
        record, layer2 = decoded.record, decoded.layer2
        sides = self.sides((record.span, record.slot))
        address = (layer2.sapi, layer2.c_r, layer2.tei)
        decoded.sender, decoded.how = sides.sender(
            layer2.kind, address, layer2.p_f, record.direction, record.side
        )
        sequence = self.sequence(decoded.link)
        if layer2.modulus == BASIC and sequence.modulus != BASIC:
            warnings.append(
                "this link counts modulo 8, in one control octet; LAPD counts modulo 128 (Q.921 3.5.2.1)"
            )
            sequence.modulus = BASIC
        if decoded.sender is not None and (odd := sequence.follow(layer2, decoded.sender)):
            warnings.append(odd)
            if odd.endswith(AGAIN):
                decoded.repetition = (odd,)

    def _service(self, decoded: Decoded, faults: list[Fault], kind: Maintenance) -> None:
        """A maintenance message: which channel is to have which status."""
        octets = decoded.layer2.information
        decoded.service = kind.title_of(octets)
        try:
            message = maintenance.parse(kind, octets)
        except DecodeError as error:
            start = len(decoded.record.data) - len(octets)
            faults.append(Fault(start + error.offset, f"{error.where}: {error.reason}"))
            return
        which = () if message.channel is None else message.channel.channels
        channels = tuple(f"channel {number}" for number in which) or ("the interface",)
        decoded.facts = (words(message.status.status), *channels)

    def _message(self, decoded: Decoded, faults: list[Fault], warnings: list[str]) -> None:
        """The Q.931 message of an I or UI frame."""
        record, octets = decoded.record, decoded.layer2.information
        start = len(record.data) - len(octets)
        if octets[0] != Q931_DISCRIMINATOR:
            for kind in Maintenance:
                if kind.title_of(octets):
                    self._service(decoded, faults, kind)
                    return
            faults.append(Fault(start, f"protocol discriminator {octets[0]:#04x} is not Q.931's 0x08 (4.2)"))
            return
        if record.layer is Layer.Q931:
            decoded.signalling_end = end = signalling_end(octets)
            octets = octets[:end]
        try:
            message, broken, remarks = self.read(octets, decoded.sender, start)
        except HeaderError as error:
            faults.append(Fault(start + error.offset, str(error).partition(": ")[2]))
            return
        decoded.message = message
        decoded.facts = facts_of(message)
        faults += broken
        decoded.remarks += () if record.rebuilt else remarks  # a log has neither their order nor all of them
        if self._segments or message.type == MessageType.SEGMENT:
            message, octets = self._segment(decoded, message, octets, warnings)
        decoded.facts += _of_a_log(record)
        if decoded.signalling_end is not None:
            decoded.facts += (f"H.225.0 {len(record.data) - decoded.signalling_end} octets",)
        decoded.channel = channel_of(message)
        decoded.cause = cause_of(message) if message.type in _CLEARING else ""
        if message.type != MessageType.SEGMENT:  # a segment alone is not seen by call control
            self._call(decoded, message, octets, warnings)

    def _call(self, decoded: Decoded, message: Message, octets: bytes, warnings: list[str]) -> None:
        """The call that a message belongs to."""
        record = decoded.record
        channel, tei = (record.span, record.slot), decoded.layer2.tei
        decoded.call, odd = self._calls.follow(message, octets, channel, decoded.end, record.at_ns, tei)
        if self._calls.closed:
            decoded.closed = tuple(self._calls.closed)
            self._calls.closed.clear()
        if odd:
            warnings.append(odd)
            if odd == SAME_SETUP:
                decoded.repetition += (odd,)

    def _segment(
        self, decoded: Decoded, message: Message, octets: bytes, warnings: list[str]
    ) -> tuple[Message, bytes]:
        """The message that a segment completes, else the message itself; and its octets."""
        if decoded.repeated:
            return message, octets
        segment = message.type == MessageType.SEGMENT
        at_ns = decoded.record.at_ns
        whole, odd = self._segments.follow(decoded.link, decoded.end, octets, at_ns, segment)
        if odd:
            warnings.append(odd)
        if whole is None:
            return message, octets
        try:
            complete = self._codec.parse(whole, decoded.sender)
        except HeaderError:  # the header is the segment's own, which could be read
            return message, octets
        decoded.whole, decoded.completes = whole, complete
        decoded.facts += (f"completes {message_name(complete.type)}", *facts_of(complete))
        broken, remarks = judged(complete, 0)
        decoded.remarks += (*(f"octet {f.offset} of the whole message: {f.text}" for f in broken), *remarks)
        return complete, whole
