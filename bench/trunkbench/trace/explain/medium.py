"""The line below LAPD and the capture itself: alarms, FCS, broken frames, bit order, clock, which side is
which.
"""

from __future__ import annotations

import re
from collections import deque

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.explain.finding import Finding, Kind, Severity, number_of
from trunkbench.trace.explain.stories import SECOND, Story
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.layer2 import read_layer2
from trunkbench.trace.record import Direction, Happening, Layer
from trunkwire.lapd.events import MANAGEMENT_SAPI
from trunkwire.q931.message import DISCRIMINATOR
from trunkwire.q931.messages import MessageType as Type
from trunkwire.side import Side

NEAR_NS = 5 * SECOND
"""An alarm this close to a fault is told with it."""
_ALARMS_KEPT = 1000
_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
_LIKELY = 3
_BEGINNING = frozenset({Type.SETUP, Type.RESUME, Type.REGISTER})
"""Messages that a call reference begins with (Q.931 5.1, 5.6; Q.932 6.3.2)."""
_FRAMES = re.compile(r"HDLC (?:Abort|Bad FCS|Overrun|Receiver|.{0,20}overrun)|BAD FRAME", re.IGNORECASE)
"""Happenings that are about single frames."""
_LAYER_2 = re.compile(r"D-channel|LAYER2|LINEPROTO|%LINK-|Layer 2|data link", re.IGNORECASE)
"""Happenings that are about the data link (IOS: the interface of the D channel), unless they are about single
frames on it.
"""
_NAMED = re.compile(r"(?:span|interface)\s+(\S+?)[:,!]?(?:\s|$)", re.IGNORECASE)
_CHANNEL = re.compile(r"channel \d+")

ALARM = Kind(
    "alarm",
    "layer 1 was down or in alarm",
    Severity.FAULT,
    97,
    "G.704; G.706; I.431",
    "The line itself was not well. Whatever fails above it at that time is a consequence, not a cause.",
    (
        "which end reports the alarm: loss of signal is the receive pair of that end, RAI says that the "
        "other "
        "end does not hear",
        "cable, connectors, the clock source of both ends, CRC-4 on at one end and off at the other",
    ),
)
LINK_DOWN = Kind(
    "d-channel-down",
    "the D channel was down, as the trace tells",
    Severity.FAULT,
    89,
    "Q.921 5.7, 5.8; Q.931 5.8.9",
    "Layer 2 was lost or released, and whatever recorded the trace says so. Calls that are not active are "
    "cleared; active ones survive until T309 runs out.",
    (
        "alarms of layer 1 at that time: then the line is the cause and this the consequence",
        "without alarms: polls that were not answered, DISC, or the other end's restart",
    ),
)
HDLC = Kind(
    "hdlc-errors",
    "the HDLC receiver lost frames, as the trace tells",
    Severity.SUSPECT,
    59,
    "Q.921 2.7, 2.9, 2.10",
    "A frame was aborted, had a wrong FCS or was lost by the receiver. Layer 2 repeats it; a single one, as "
    "when a link goes down or comes up, means nothing.",
    (
        "slips: a wrong or missing clock source shows as errors at regular intervals",
        "the load of the machine: an overrun is the receiver's own",
    ),
)
FCS = Kind(
    "fcs-errors",
    "frames with a wrong FCS",
    Severity.FAULT,
    75,
    "Q.921 2.7",
    "The frame was damaged on the line; a receiver discards it without a word and layer 2 has to repeat it.",
    (
        "slips: a wrong or missing clock source shows as FCS errors at regular intervals",
        "bit errors: the cable, the connectors, the line termination (120 or 75 ohms)",
    ),
)
BROKEN = Kind(
    "frame-broken",
    "frames that are not valid LAPD",
    Severity.FAULT,
    62,
    "Q.921 2.9",
    "Too short, the EA bits wrong, an unknown control field, octets where none belong: a receiver discards "
    "such a frame or answers with FRMR.",
    (
        "what the timeslot really carries: it may be no D channel",
        "a driver that delivers frames with octets missing or added",
    ),
)
BIT_ORDER = Kind(
    "bit-order",
    "the octets are in the wrong bit order",
    Severity.FAULT,
    93,
    "Q.921 2.8.3",
    "As they stand the frames are no LAPD; with the bits of each octet turned round they are. HDLC sends the "
    "least significant bit first, timeslots the most significant.",
    (
        "whatever wrote the capture: it took octets from the timeslot without turning them round",
        "if a card does this to a live D channel, its driver: neither end will understand the other",
    ),
)
CONTRADICTION = Kind(
    "side-contradiction",
    "the capture has its sides the wrong way round",
    Severity.SUSPECT,
    30,
    "Q.921 3.3.2",
    "The capture file says which side recorded it, and the C/R bits on the line say the other. The C/R bit "
    "was believed here.",
    (
        "whether the capturing program was told the right side",
        "or whether that end is configured for the wrong side: then its peer will discard its commands",
    ),
)
CLOCK = Kind(
    "clock-backwards",
    "the clock of the capture went backwards",
    Severity.SUSPECT,
    28,
    "",
    "A frame has an earlier time stamp than the one before it on the same D channel. Times and timers that "
    "are judged across that place mean nothing.",
    ("the capturing machine: its clock was set (NTP), or packets of two interfaces were merged unsorted",),
)
CUT = Kind(
    "capture-cut",
    "only part of some frames was recorded",
    Severity.NOTE,
    30,
    "",
    "A capture has a snap length, a log leaves lines or octets out; what stands there cannot be judged.",
    (
        "a capture: again with the full length (-s 0)",
        "a log: whether lines are missing in it, and a debug level that prints messages whole",
    ),
)
MID_CALL = Kind(
    "begins-mid-call",
    "the trace begins in the middle of calls",
    Severity.NOTE,
    20,
    "",
    "These calls had their SETUP before the first frame. Nothing is wrong; numbers and bearer are unknown.",
    ("start the capture earlier to see how the calls began",),
)
ONE_WAY = Kind(
    "one-way-capture",
    "the capture has one direction of a data link only",
    Severity.NOTE,
    35,
    "",
    "One side answers commands that are not in the trace: a terminal hears the others on its bus only by way "
    "of the network. Silence of the side that is not seen means nothing here.",
    ("record at the network's end, or with a monitor that hears both directions",),
)
OTHER = Kind(
    "other-protocol",
    "the data link carries another protocol than Q.931",
    Severity.NOTE,
    10,
    "Q.931 4.2",
    "The protocol discriminator is not Q.931's, or the frames belong to another service point. They are not "
    "examined.",
    (
        "whether this is an ISDN D channel: Abis, V5 and DPNSS use LAPD or its like for protocols of their "
        "own",
    ),
)


class MediumTheme(Theme):
    """Watches what every frame brings with it, and the happenings between frames."""

    checked = "layer 1 alarms, FCS and frame formats"
    kinds = (
        ALARM,
        BIT_ORDER,
        LINK_DOWN,
        FCS,
        BROKEN,
        HDLC,
        CONTRADICTION,
        CLOCK,
        CUT,
        ONE_WAY,
        MID_CALL,
        OTHER,
    )

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._clock: dict[tuple[str, int], tuple[int, int]] = {}
        self._alarms: deque[Happening] = deque(maxlen=_ALARMS_KEPT)
        self._down: set[str] = set()
        """Data links that are down by the trace's own account."""
        self._turned: dict[str, list[int]] = {}
        self.unread: dict[str, int] = {}
        """Frames that are neither LAPD nor Q.931, counted by what they are."""
        self.layer2_only = 0
        """Frames whose information is not Q.931's."""

    def frame(self, frame: Decoded) -> None:
        """Any frame."""
        record = frame.record
        where = record.span or "the capture"
        self._time(frame)
        if record.fcs is False:
            self.book.add(FCS, frame, f"on {where}", key=(record.span, frame.sender), side=None)
        if record.original is not None:
            self.book.add(CUT, frame, f"{where} has frames of which only a part was recorded", key=where)
        if record.layer is Layer.LAPD and record.fcs is not False and frame.layer2.faults:
            self._broken(frame)
        if frame.sender is not None and record.side is not None:
            self._side(frame, record.side)
        self._protocol(frame)

    def _time(self, frame: Decoded) -> None:
        at_ns, place = frame.record.at_ns, (frame.record.span, frame.record.slot)
        before = self._clock.get(place)
        if before is not None and at_ns < before[0]:
            back = (before[0] - at_ns) / SECOND
            where = frame.record.span or "the capture"
            text = f"by {back:.6f} s from frame {before[1]} to frame {number_of(frame)} of {where}"
            self.book.add(CLOCK, frame, text, frames=(before[1],), key=place)
        self._clock[place] = (at_ns, number_of(frame))

    def _broken(self, frame: Decoded) -> None:
        data = frame.record.data
        if not frame.layer2.kind and _plausible(data.translate(_REVERSED)):
            turned = self._turned.setdefault(frame.record.span, [])
            turned.append(number_of(frame))
            if len(turned) < _LIKELY:
                return
            text = "frames that are LAPD only with the bits of each octet turned round"
            self.book.add(BIT_ORDER, frame, text, frames=turned, key=frame.record.span)
            del turned[_LIKELY:]
            return
        offset, text = frame.layer2.faults[0]
        self.book.add(BROKEN, frame, f"at octet {offset}: {text}", side=frame.sender)

    def _side(self, frame: Decoded, side: Side) -> None:
        direction = frame.record.direction
        if direction is Direction.UNKNOWN:
            return
        told = side if direction is Direction.OUT else side.peer
        if frame.sender is not told:
            text = f"the capture calls its own end the {side.value} side; the C/R bits say {side.peer.value}"
            self.book.add(CONTRADICTION, frame, text, key=frame.record.span)

    def _protocol(self, frame: Decoded) -> None:
        layer2 = frame.layer2
        if frame.record.layer in (Layer.MTP2, Layer.OTHER):
            where = frame.record.span or "the capture"
            what = "of MTP2" if frame.record.layer is Layer.MTP2 else "that are no LAPD"
            self.unread[what] = self.unread.get(what, 0) + 1
            text = f"{where}: frames {what}"
            self.book.add(OTHER, frame, text, key=(frame.record.span, frame.record.layer))
        if layer2.kind not in ("I", "UI") or not layer2.information or frame.message or frame.service:
            return
        if layer2.sapi == MANAGEMENT_SAPI:
            return
        if layer2.sapi == 0 and layer2.information[0] == DISCRIMINATOR and layer2.kind == "I":
            return  # a broken header of Q.931, which has a finding of its own
        self.layer2_only += 1
        text = f"SAPI {layer2.sapi}, TEI {layer2.tei}, first octet {layer2.information[0]:#04x}"
        self.book.add(OTHER, frame, text, key=(frame.record.span, layer2.sapi))

    def message(self, frame: Decoded, story: Story | None, replaced: Story | None) -> None:
        """The first message of a call that began before the trace."""
        setup = frame.message is not None and frame.message.type in _BEGINNING
        if story is not None and story.latest is None and replaced is None and not setup:
            text = "calls whose SETUP is not in the trace"
            self.book.add(MID_CALL, frame, text, call=story.name, key=story.where)

    def happening(self, happening: Happening) -> None:
        """An alarm, or its end."""
        if happening.alarm is None:
            return
        self._alarms.append(happening)
        kind = _kind_of(happening)
        where = f"{happening.span}: " if happening.span else ""
        text, numbers = f"{where}{happening.what}", (happening.number,) if happening.number else ()
        if kind is LINK_DOWN:
            link = _link_of(happening)
            again = link in self._down
            (self._down.add if happening.alarm else self._down.discard)(link)
            if happening.alarm and not again:
                self.book.note(LINK_DOWN, text, happening.at_ns, numbers, key=link)
        elif happening.alarm:
            # One alarm of a line is told for each of its channels.
            key = (happening.span, _CHANNEL.sub("channel", happening.what))
            self.book.note(kind, text, happening.at_ns, numbers, key=key)

    def end(self, at_ns: int) -> None:
        """Data links of which one side is missing."""
        for link in self.links:
            side = link.one_way()
            if side is not None:
                _, _, sapi, tei = link.link
                text = f"nothing of the {side.value} side on SAPI {sapi}, TEI {tei}"
                self.book.note(ONE_WAY, text, at_ns, side=None, known="", key=link.link)

    def around(self, finding: Finding) -> list[str]:
        """The alarms within NEAR_NS of a finding, in words."""
        if finding.kind is ALARM:
            return []
        others = [alarm for alarm in self._alarms if _kind_of(alarm) is not finding.kind]
        first, last = finding.first_ns - NEAR_NS, finding.last_ns + NEAR_NS
        near = [alarm for alarm in others if first <= alarm.at_ns <= last]
        return [
            f"{alarm.what} ({(alarm.at_ns - finding.first_ns) / SECOND:+.3f} s"
            f"{', ' + alarm.span if alarm.span else ''})"
            for alarm in near[:5]
        ]


def _kind_of(happening: Happening) -> Kind:
    """What an alarm is about: the D channel's layer 2, single frames, or the line."""
    if _FRAMES.search(happening.what):
        return HDLC
    return LINK_DOWN if _LAYER_2.search(happening.what) else ALARM


def _link_of(happening: Happening) -> str:
    """The data link that a happening names, by the span or interface that it tells."""
    named = _NAMED.search(happening.span) or _NAMED.search(happening.what)
    return named[1] if named else happening.span


def _plausible(data: bytes) -> bool:
    """Whether octets are surely LAPD: a call control or management address and no fault."""
    layer2 = read_layer2(data)
    return bool(layer2.kind) and not layer2.faults and layer2.sapi in (0, 16, MANAGEMENT_SAPI)
