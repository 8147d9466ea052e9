"""Establishment and release of data links (Q.921 clause 5.5, 5.7, 5.8): who does not answer, who refuses."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from trunkbench.trace.decoder import Decoded, Link
from trunkbench.trace.explain.finding import Kind, Severity, known_by, number_of
from trunkbench.trace.explain.stories import OPEN_LINKS, SECOND
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.layer2 import BASIC
from trunkbench.trace.record import Direction
from trunkwire.side import Side

UNANSWERED = 3
"""So many SABME or DISC in a row without answer are no lost frame any more (N200 is 3, Q.921 5.9.2)."""
LOOP = 3
LOOP_NS = 60 * SECOND
CROSSING_NS = 2 * SECOND
"""Two establishments closer than this are one (T200, N200)."""
STARTING_NS = 60 * SECOND
"""A link that comes up within this after a single DM was starting."""

SILENT = Kind(
    "link-unanswered",
    "SABME is not answered",
    Severity.FAULT,
    98,
    "Q.921 5.5.1.3",
    "One side asks for the data link again and again (T200, N200) and hears neither UA nor DM. Without a "
    "data "
    "link no call is possible in either direction.",
    (
        "layer 1 in the direction that is silent: alarms, a cable with one pair open, Rx and Tx crossed",
        "whether the silent end has a D channel configured at all, on this timeslot (16 on an E1, 24 on a "
        "T1)",
        "whether it hears garbage: inverted D channel, wrong line code or CRC-4 setting, wrong bit order",
    ),
)
LOOPS = Kind(
    "link-loop",
    "the data link comes up again and again",
    Severity.FAULT,
    96,
    "Q.921 5.7",
    "SABME and UA are exchanged, and soon after one side starts over. One direction works only partly, or "
    "one "
    "end takes the other for something that it is not.",
    (
        "both ends set to the same side (user or network): each discards the other's commands",
        "frames that are lost in one direction: FCS errors, slips, a clock that both ends or neither provide",
        "a modulo, window or TEI setting in which the two ends differ",
    ),
)
REFUSED = Kind(
    "link-refused",
    "SABME is answered by DM",
    Severity.FAULT,
    94,
    "Q.921 5.5.1.2",
    "The other end hears the request and refuses the data link: its layer 3 does not want it.",
    (
        "the refusing end: D channel or signalling group taken out of service by its operator",
        "whether its call control process runs (a PBX that is starting, a module not loaded)",
    ),
)
REFUSED_ONCE = Kind(
    "link-refused-once",
    "one SABME was answered by DM, then the link came up",
    Severity.NOTE,
    22,
    "Q.921 5.5.1.2",
    "The other end was not ready at the first request and took the next one: so does an end that starts.",
    ("nothing, unless it happens again and again: then what restarts at the refusing end",),
)
RELEASED = Kind(
    "link-released",
    "a data link is released while it has calls",
    Severity.FAULT,
    90,
    "Q.921 5.5.3; Q.931 5.8.9",
    "DISC takes the data link down under calls that are up. Calls that are not active are cleared by each "
    "side "
    "alone, active ones survive only until T309 has run out.",
    (
        "the side that sent DISC: restart, reload of its configuration, D channel taken out of service",
        "B channels that only one side has cleared afterwards; RESTART brings them back",
    ),
)
DISC_SILENT = Kind(
    "disc-unanswered",
    "DISC is not answered",
    Severity.SUSPECT,
    50,
    "Q.921 5.5.3.2",
    "One side releases the data link and hears neither UA nor DM.",
    ("whether the other end is still there: layer 1, power, the cable",),
)
FRAME_REJECT = Kind(
    "frmr",
    "FRMR: a frame was refused for good",
    Severity.FAULT,
    92,
    "Q.921 5.8.6",
    "The sender of FRMR got a frame that it cannot accept and no repetition would help. The data link is set "
    "up anew.",
    (
        "the frame before it: an unknown control field, an information field where none belongs, N(R) out of "
        "range, or more than N201 (260) octets",
    ),
)
MODULO_8 = Kind(
    "modulo-8",
    "the data link counts modulo 8",
    Severity.FAULT,
    95,
    "Q.921 3.5.2.1",
    "LAPD counts modulo 128, in two control octets, and begins with SABME; SABM belongs to LAPB or HDLC "
    "with one control octet. The "
    "two ends cannot understand each other.",
    ("the sender of SABM: its channel runs LAPB, X.25 or PPP instead of LAPD",),
)
SAME_SIDE = Kind(
    "same-side",
    "both ends believe that they are the same side",
    Severity.FAULT,
    99,
    "Q.921 3.3.2",
    "The C/R bit of SABME is 1 from the network side and 0 from the user side. Here both ends send the same.",
    ("the signalling setting of both ends: one has to be network (pri_net), the other user (pri_cpe)",),
)


@dataclass(slots=True)
class _Link:
    """What a data link has been through. The dictionaries are by sender."""

    asked: dict[Side, list[int]] = field(default_factory=dict)
    released: dict[Side, list[int]] = field(default_factory=dict)
    established: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=LOOP))
    refused: _Refusal | None = None
    """A DM to a SABME, while it is not known whether the link comes up after it."""
    refusing: bool = False
    """Whether there was a DM since the link was up."""


@dataclass(slots=True)
class _Refusal:
    """A DM that answers SABME: by whom, when, and the frames of both."""

    side: Side
    at_ns: int
    numbers: tuple[int, ...]
    known: str


class LinkTheme(Theme):
    """Watches SABME, DISC and what answers them."""

    checked = "data links"
    kinds = (SAME_SIDE, SILENT, LOOPS, MODULO_8, REFUSED, FRAME_REJECT, RELEASED, DISC_SILENT, REFUSED_ONCE)

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._links: OrderedDict[Link, _Link] = OrderedDict()
        self._asked_by: dict[tuple[str, int], dict[Direction, tuple[int, int]]] = {}

    def frame(self, frame: Decoded) -> None:
        """Any frame; those without a kind may be SABM."""
        kind, sender = frame.layer2.kind, frame.sender
        if frame.layer2.modulus == BASIC:
            self._basic(frame)
        if sender is None or kind in ("", "UI", "XID"):
            return
        link = self._links.get(frame.link)
        if link is None:
            link = self._links[frame.link] = _Link()
            if len(self._links) > OPEN_LINKS:
                forgotten, old = self._links.popitem(last=False)
                self._refused(forgotten, old)
        if kind in ("SABME", "SABM"):
            self._sabme(frame, sender, link)
        elif kind == "DISC":
            self._disc(frame, sender, link)
        else:
            self._answer(frame, sender, link)

    def _basic(self, frame: Decoded) -> None:
        """SABM, or a frame that can only be one of a link which counts modulo 8."""
        what = "SABM" if frame.layer2.kind == "SABM" else "frames with a single control octet"
        asked = frame.sender if frame.layer2.kind == "SABM" else None
        self.book.add(MODULO_8, frame, f"{what} on {_where(frame.link)}", side=asked, key=frame.link)

    def _sabme(self, frame: Decoded, sender: Side, link: _Link) -> None:
        asked = link.asked.setdefault(sender, [])
        asked.append(number_of(frame))
        del asked[:-10]
        link.released.clear()
        self._compare(frame)
        if len(asked) >= UNANSWERED and self.links.of(frame).one_way() is None:
            silent = f"the {sender.peer.value} side answers none of the SABME on {_where(frame.link)}"
            self.book.add(SILENT, frame, silent, side=sender.peer, frames=asked, key=(frame.link, sender))

    def _compare(self, frame: Decoded) -> None:
        """SABME of both directions must differ in C/R."""
        direction = frame.record.direction
        if direction is Direction.UNKNOWN:
            return
        heard = self._asked_by.setdefault((frame.record.span, frame.record.slot), {})
        heard[direction] = (frame.layer2.c_r, number_of(frame))
        both = [heard.get(Direction.OUT), heard.get(Direction.IN)]
        if both[0] and both[1] and both[0][0] == both[1][0]:
            side = "network" if both[0][0] else "user"
            text = f"the SABME sent and the SABME received both have C/R {both[0][0]}: two {side} sides"
            self.book.add(SAME_SIDE, frame, text, frames=(both[0][1], both[1][1]), key=frame.record.span)

    def _disc(self, frame: Decoded, sender: Side, link: _Link) -> None:
        link.asked.clear()
        sent = link.released.setdefault(sender, [])
        sent.append(number_of(frame))
        del sent[:-10]
        if len(sent) >= UNANSWERED and self.links.of(frame).one_way() is None:
            text = f"the {sender.peer.value} side answers none of the DISC on {_where(frame.link)}"
            self.book.add(DISC_SILENT, frame, text, side=sender.peer, frames=sent, key=(frame.link, sender))
        place = (frame.record.span, frame.record.slot, frame.layer2.tei)
        up = self.stories.up(place) if len(sent) == 1 else []
        if up:
            calls = "one call" if len(up) == 1 else f"{len(up)} calls"
            text = f"the {sender.value} side released {_where(frame.link)} with {calls} up"
            for story in up:
                self.book.add(RELEASED, frame, text, side=sender, call=story.name)

    def _answer(self, frame: Decoded, sender: Side, link: _Link) -> None:
        asked = link.asked.pop(sender.peer, None)
        link.asked.pop(sender, None)
        link.released.clear()
        kind, number = frame.layer2.kind, number_of(frame)
        if kind == "FRMR":
            text = f"the {sender.value} side refused a frame of the {sender.peer.value} side"
            self.book.add(FRAME_REJECT, frame, text + _reason(frame.layer2.information), side=sender.peer)
        elif asked and kind == "DM":
            self._refused(frame.link, link)  # the one before was no matter of starting, nor is this
            link.refused = _Refusal(sender, frame.record.at_ns, (*asked, number), known_by(frame))
            if link.refusing:
                self._refused(frame.link, link)
            link.refusing = True
        elif asked and kind == "UA":
            self._accepted(frame, link)
            if link.established and frame.record.at_ns - link.established[-1][0] < CROSSING_NS:
                link.established.pop()  # both sides asked, and both answered
            link.established.append((frame.record.at_ns, number))
            first = link.established[0][0]
            if len(link.established) == LOOP and frame.record.at_ns - first <= LOOP_NS:
                text = f"{_where(frame.link)} was established {LOOP} times and more within a minute"
                numbers = [number for _, number in link.established]
                self.book.add(LOOPS, frame, text, frames=numbers, key=frame.link)

    def _refused(self, where: Link, link: _Link) -> None:
        """A DM that was not a matter of starting."""
        refusal, link.refused = link.refused, None
        if refusal is not None:
            text = f"the {refusal.side.value} side refuses {_where(where)}"
            named = refusal.numbers
            self.book.note(REFUSED, text, refusal.at_ns, named, side=refusal.side, known=refusal.known)

    def _accepted(self, frame: Decoded, link: _Link) -> None:
        """UA: whether it follows a single DM."""
        refusal = link.refused
        if refusal is not None and frame.record.at_ns - refusal.at_ns <= STARTING_NS:
            text = f"the {refusal.side.value} side refused {_where(frame.link)} once"
            self.book.add(REFUSED_ONCE, frame, text, side=refusal.side, frames=refusal.numbers)
            link.refused = None
        self._refused(frame.link, link)
        link.refusing = False

    def end(self, at_ns: int) -> None:
        """Links that were refused and did not come up."""
        for where, link in self._links.items():
            self._refused(where, link)


def _where(link: Link) -> str:
    span, slot, sapi, tei = link
    place = f" of {span}" if span else ""
    return f"the data link SAPI {sapi}, TEI {tei}{place}{f' timeslot {slot}' if slot else ''}"


def _reason(information: bytes) -> str:
    """What the information field of FRMR says (Q.921 3.6.11, figure 6)."""
    if len(information) < 5:
        return ""
    names = (
        "undefined control field",
        "information not permitted",
        "information field too long",
        "invalid N(R)",
    )
    said = [name for bit, name in enumerate(names) if information[4] >> bit & 1]
    return f": {', '.join(said)}" if said else ""
