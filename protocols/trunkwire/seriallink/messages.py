"""Messages of the serial card's link, each declared once (docs/serial-card.md, "Messages").

Octets are numbered from the first of the message body. Times are the card's own: a count of samples (8,000 a
second) of 48 bits, which does not wrap, or of ticks (64,000 a second) where a bit of the line is meant. A run
of timeslots or codes ends at the octet whose bit 8 is set. Octets behind what is declared are ignored, so
that a later minor version can add to a message.
"""

from __future__ import annotations

import enum
from typing import Annotated, ClassVar, TypeAlias

from trunkwire.codec import Bits, Each, Layout, Number, Record, Rest, Text, compile_layout

MAJOR, MINOR = 1, 1
"""The version of the protocol declared here. Ends of one major version understand each other."""

SLIP_SINCE = 1
"""The minor version that has SLIP: an older host is not told."""


class SlotMode(enum.IntEnum):
    """How the card runs a timeslot."""

    FRAMES = 1
    OCTETS = 2


class LoopKind(enum.IntEnum):
    """Maintenance loops (M.125): what is received is sent back, or what is sent is received."""

    OFF = 0
    LINE = 1
    LOCAL = 2


class FaultKind(enum.IntEnum):
    """Faults that a card may be able to insert into what it transmits."""

    NONE = 0
    SLOT_CROSS = 1
    SLOT_DEAD = 2
    BIT_ERRORS = 3
    BIT_ERROR_RATE = 4
    FRAME_DROP = 5
    FRAME_CORRUPT = 6
    CUT = 7
    AIS = 8


class AlarmKind(enum.IntEnum):
    """Defects of the line (G.775, G.706)."""

    NONE = 0
    LOS = 1
    LOF = 2
    AIS = 3
    RAI = 4


class FrameFault(enum.IntEnum):
    """Why an HDLC receiver did not take a frame (Q.921 2.9)."""

    ABORT = 1
    BAD_FCS = 2
    TOO_SHORT = 3
    TOO_LONG = 4
    NOT_OCTET_ALIGNED = 5
    OVERRUN = 6


class Severity(enum.IntEnum):
    """How grave a line of the firmware's log is."""

    DEBUG = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


class Hello(Record, frozen=True, kw_only=True):
    """Who speaks, and whom it has heard. Unnumbered; the same in every version up to `peer`."""

    layout: ClassVar[Layout[Hello]]

    major: Annotated[int, Bits("1", 8, 1)] = MAJOR
    minor: Annotated[int, Bits("2", 8, 1)] = MINOR
    card: Annotated[bool, Bits("3", 8, 8)]
    ready: Annotated[bool, Bits("3", 7, 7)]
    credit: Annotated[int, Bits("4", 8, 1)]
    incarnation: Annotated[int, Number("5", 4)]
    peer: Annotated[int, Number("9", 4)]


class Status(Record, frozen=True, kw_only=True):
    """Acknowledgement and credit; `gap` asks for frame N(R) again. Unnumbered."""

    layout: ClassVar[Layout[Status]]

    credit: Annotated[int, Bits("1", 8, 1)]
    gap: Annotated[bool, Bits("2", 8, 8)] = False


class AudioBlock(Record, frozen=True, kw_only=True):
    """`count` octets of each of `slots`, one slot after the other, from sample `time` on. Unnumbered.

    Open slots that are not listed carried only the idle octet. Slot 0 stands alone where none is listed.
    """

    layout: ClassVar[Layout[AudioBlock]]

    sequence: Annotated[int, Number("1", 2)]
    time: Annotated[int, Number("3", 6)]
    count: Annotated[int, Number("9", 2)]
    slots: Annotated[tuple[int, ...], Each("11")]
    octets: Annotated[bytes, Rest("12")]

    def blocks(self) -> dict[int, bytes]:
        """Timeslot -> its octets. Slots whose octets are not all there are left out."""
        if self.slots == (0,):
            return {}
        n, held = self.count, self.octets
        return {
            slot: held[at * n : (at + 1) * n]
            for at, slot in enumerate(self.slots)
            if len(held) >= (at + 1) * n
        }


class Capabilities(Record, frozen=True, kw_only=True):
    """What the card is and can do: its first numbered message in each session."""

    layout: ClassVar[Layout[Capabilities]]

    frames: Annotated[bool, Bits("1", 8, 8)]
    octets: Annotated[bool, Bits("1", 7, 7)]
    line_loop: Annotated[bool, Bits("1", 6, 6)]
    local_loop: Annotated[bool, Bits("1", 5, 5)]
    block: Annotated[int, Number("2", 2)]
    buffer: Annotated[int, Number("4", 2)]
    slots: Annotated[tuple[int, ...], Each("6")]
    alarms: Annotated[tuple[int, ...], Each("7")]
    faults: Annotated[tuple[int, ...], Each("8")]
    name: Annotated[str, Text("9")]


class Configure(Record, frozen=True, kw_only=True):
    """How the line is to be run. From the host."""

    layout: ClassVar[Layout[Configure]]

    crc4: Annotated[bool, Bits("1", 8, 8)]
    recover: Annotated[bool, Bits("1", 7, 7)]
    idle: Annotated[int, Bits("2", 8, 1)]


class OpenSlot(Record, frozen=True, kw_only=True):
    """Run this timeslot so from now on. From the host."""

    layout: ClassVar[Layout[OpenSlot]]

    slot: Annotated[int, Bits("1", 8, 1)]
    mode: Annotated[SlotMode, Bits("2", 8, 1)]


class CloseSlot(Record, frozen=True, kw_only=True):
    """Let this timeslot idle; 0 is all of them. From the host."""

    layout: ClassVar[Layout[CloseSlot]]

    slot: Annotated[int, Bits("1", 8, 1)]


class DFrame(Record, frozen=True, kw_only=True):
    """One HDLC frame without flags and FCS, to be sent or received.

    From the card `time` is the sample in which its closing flag ended; from the host it is 0.
    """

    layout: ClassVar[Layout[DFrame]]

    slot: Annotated[int, Bits("1", 8, 1)]
    time: Annotated[int, Number("2", 6)] = 0
    data: Annotated[bytes, Rest("8")]


class BadDFrame(Record, frozen=True, kw_only=True):
    """What the card's HDLC receiver got in place of a frame. From the card."""

    layout: ClassVar[Layout[BadDFrame]]

    slot: Annotated[int, Bits("1", 8, 1)]
    error: Annotated[FrameFault, Bits("2", 8, 1)]
    time: Annotated[int, Number("3", 6)]
    data: Annotated[bytes, Rest("9")] = b""


class AlarmChange(Record, frozen=True, kw_only=True):
    """A defect began or ended at sample `time`. From the card."""

    layout: ClassVar[Layout[AlarmChange]]

    on: Annotated[bool, Bits("1", 8, 8)]
    alarm: Annotated[AlarmKind, Bits("1", 7, 1)]
    time: Annotated[int, Number("2", 6)]


class SetLoop(Record, frozen=True, kw_only=True):
    """Close or open a loop of one timeslot, or of the whole line (slot 0). From the host."""

    layout: ClassVar[Layout[SetLoop]]

    slot: Annotated[int, Bits("1", 8, 1)]
    loop: Annotated[LoopKind, Bits("2", 8, 1)]


class InsertFault(Record, frozen=True, kw_only=True):
    """Insert a fault at tick `start` of card time (0: at once). `args` are decimals between spaces.

    Slot 0 is the whole line. From the host.
    """

    layout: ClassVar[Layout[InsertFault]]

    slot: Annotated[int, Bits("1", 8, 1)]
    fault: Annotated[FaultKind, Bits("2", 8, 1)]
    start: Annotated[int, Number("3", 6)]
    duration: Annotated[int, Number("9", 4)]
    args: Annotated[str, Text("13")] = ""


class Counters(Record, frozen=True, kw_only=True):
    """What the card has counted since it started. From the card, whenever one has changed."""

    layout: ClassVar[Layout[Counters]]

    underruns: Annotated[int, Number("1", 4)]
    late: Annotated[int, Number("5", 4)]
    bad_blocks: Annotated[int, Number("9", 4)]
    dropped: Annotated[int, Number("13", 4)]


class Underrun(Record, frozen=True, kw_only=True):
    """Of `count` samples from `time` on the host had given nothing in time: idle was sent. From the card."""

    layout: ClassVar[Layout[Underrun]]

    time: Annotated[int, Number("1", 6)]
    count: Annotated[int, Number("7", 4)]


class Slip(Record, frozen=True, kw_only=True):
    """The elastic buffer of a receiver slipped by `count` frames at sample `time` (G.822). From the card.

    A frame was `repeated` or else left out, on all timeslots at once; `transmit` is the buffer towards the
    line, otherwise it is the one behind it. Since minor version 1.
    """

    layout: ClassVar[Layout[Slip]]

    repeated: Annotated[bool, Bits("1", 8, 8)]
    transmit: Annotated[bool, Bits("1", 7, 7)] = False
    time: Annotated[int, Number("2", 6)]
    count: Annotated[int, Number("8", 2)] = 1


class LogLine(Record, frozen=True, kw_only=True):
    """A line of the firmware's log. From the card."""

    layout: ClassVar[Layout[LogLine]]

    severity: Annotated[Severity, Bits("1", 8, 1)]
    text: Annotated[str, Text("2")]


class Refusal(Record, frozen=True, kw_only=True):
    """A request of kind `refused` was not done, and why. From the card."""

    layout: ClassVar[Layout[Refusal]]

    refused: Annotated[int, Bits("1", 8, 1)]
    slot: Annotated[int, Bits("2", 8, 1)]
    text: Annotated[str, Text("3")]


NumberedMessage: TypeAlias = (
    Capabilities
    | Configure
    | OpenSlot
    | CloseSlot
    | DFrame
    | BadDFrame
    | AlarmChange
    | SetLoop
    | InsertFault
    | Counters
    | LogLine
    | Refusal
    | Underrun
    | Slip
)
"""Everything that carries state: acknowledged and repeated until it has arrived."""

Message: TypeAlias = Hello | Status | AudioBlock | NumberedMessage

HELLO, STATUS, AUDIO = 1, 2, 3

UNNUMBERED: dict[int, type[Message]] = {HELLO: Hello, STATUS: Status, AUDIO: AudioBlock}
"""Kind -> message, of those that are not acknowledged."""

NUMBERED: dict[int, type[NumberedMessage]] = {
    16: Capabilities,
    17: Configure,
    18: OpenSlot,
    19: CloseSlot,
    20: DFrame,
    21: BadDFrame,
    22: AlarmChange,
    23: SetLoop,
    24: InsertFault,
    25: Counters,
    26: LogLine,
    27: Refusal,
    28: Underrun,
    29: Slip,
}
"""Kind -> message, of those that are."""

KIND_OF: dict[type[Message], int] = {cls: kind for kind, cls in (*UNNUMBERED.items(), *NUMBERED.items())}

for _cls in KIND_OF:
    _cls.layout = compile_layout(_cls)  # type: ignore[assignment]  # one loop over all classes
