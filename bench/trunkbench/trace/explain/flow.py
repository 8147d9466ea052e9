"""Numbered frames on a data link (Q.921 clause 5.6, 5.8): repeated, missing, refused, polled for in vain."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from trunkbench.trace.decoder import Decoded, Link
from trunkbench.trace.explain.finding import Kind, Severity, number_of
from trunkbench.trace.explain.stories import OPEN_LINKS, SECOND
from trunkbench.trace.explain.theme import Theme
from trunkwire.side import Side

BURST = 3
BURST_NS = 10 * SECOND
STUCK_NS = 10 * SECOND
POLLS = 2

RETRANSMISSIONS = Kind(
    "retransmissions",
    "a burst of repeated I frames",
    Severity.FAULT,
    70,
    "Q.921 5.6.7",
    f"At least {BURST} I frames were sent again within ten seconds: the other end does not get them, or its "
    "acknowledgements do not come back.",
    (
        "FCS errors and slips at the end that the repeated frames go to",
        "clocking: two masters, or none, lose octets at regular intervals",
        "an end that is too slow: compare the time from the I frame to its RR with T200 (1 s)",
    ),
)
REJECTS = Kind(
    "rej-burst",
    "a burst of REJ",
    Severity.FAULT,
    71,
    "Q.921 5.8.1",
    f"At least {BURST} REJ within ten seconds: I frames get lost on their way to the side that sends REJ.",
    (
        "the receive direction of the side that sends REJ: FCS errors, slips, its clock source",
        "a sender that ignores REJ and goes on counting",
    ),
)
LOST_ON_LINE = Kind(
    "ns-gap",
    "an I frame is missing and had to be sent again",
    Severity.SUSPECT,
    60,
    "Q.921 5.8.1",
    "N(S) jumped, and the frame that was left out came later or the receiver asked for it: the line lost it.",
    ("the bit errors of that direction; one such frame a day is nothing, one a minute is a bad clock",),
)
LOST_BY_CAPTURE = Kind(
    "capture-gap",
    "the capture misses frames",
    Severity.NOTE,
    40,
    "Q.921 5.6.3.2",
    "N(S) jumped, and the receiver acknowledged the frame that is not in the trace: it was on the line, the "
    "capture lost it. What seems to be missing in a call here need not have been missing.",
    ("the capturing machine: dropped packets, a filter, a buffer that is too small",),
)
POLL = Kind(
    "poll-unanswered",
    "polls are not answered",
    Severity.FAULT,
    80,
    "Q.921 5.6.7, 5.10",
    "A command with P bit 1 has to be answered by a response with F bit 1 within T200 (1 s). After N200 "
    "polls "
    "the data link is given up and set up anew. A poll after ten quiet seconds is T203's, one soon after "
    "an I "
    "frame is T200's.",
    (
        "whether the silent end sends anything at all: if not, its layer 1 or its power",
        "if it sends other frames, but no answer to polls: its LAPD takes them for the wrong C/R or TEI",
    ),
)
STUCK = Kind(
    "rnr-stuck",
    "one side stays not ready to receive",
    Severity.FAULT,
    78,
    "Q.921 5.6.5",
    "RNR stops all calls in the other direction until RR or REJ follows; here it did not within ten seconds.",
    ("the side that sends RNR: it is overloaded, or its layer 3 has stopped reading",),
)


@dataclass(slots=True)
class _Direction:
    """The numbered frames of one sender on one data link."""

    due: int | None = None
    sent: dict[int, bytes] = field(default_factory=dict)
    missing: dict[int, int] = field(default_factory=dict)
    """N(S) that were skipped, with the number of the frame that skipped them."""
    again: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=BURST))
    rejects: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=BURST))
    polls: list[tuple[int, str]] = field(default_factory=list)
    """Polls that wait for their answer: frame number, and which timer sent them."""
    busy: tuple[int, int] | None = None
    """Since when, and since which frame, it is not ready."""
    heard_ns: int | None = None


class FlowTheme(Theme):
    """Watches I, RR, RNR and REJ."""

    checked = "sequence numbers, polls and flow control"
    kinds = (POLL, STUCK, REJECTS, RETRANSMISSIONS, LOST_ON_LINE, LOST_BY_CAPTURE)

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._links: OrderedDict[Link, dict[Side, _Direction]] = OrderedDict()

    def frame(self, frame: Decoded) -> None:
        """Any frame."""
        kind, sender = frame.layer2.kind, frame.sender
        if sender is None or kind in ("", "UI", "XID"):
            return
        link = self._links.get(frame.link)
        if link is None:
            link = self._links[frame.link] = {side: _Direction() for side in Side}
            if len(self._links) > OPEN_LINKS:
                self._links.popitem(last=False)
        mine, theirs = link[sender], link[sender.peer]
        if kind in ("SABME", "SABM", "DISC", "UA", "DM", "FRMR"):
            established = kind in ("SABME", "SABM", "UA")
            for side in Side:
                link[side] = _Direction(due=0 if established else None)
            return
        self._polls(frame, sender, mine, theirs)
        self._ready(frame, sender, mine)
        if kind == "REJ":
            self._reject(frame, sender, mine)
        self._acknowledge(frame, sender, theirs)
        if kind == "I":
            self._numbered(frame, sender, mine)
        mine.heard_ns = frame.record.at_ns

    def _polls(self, frame: Decoded, sender: Side, mine: _Direction, theirs: _Direction) -> None:
        """P and F bits. An I frame is always a command; of the others C/R tells."""
        layer2 = frame.layer2
        command = layer2.kind == "I" or (sender is Side.NETWORK) == bool(layer2.c_r)
        if not command:
            if layer2.p_f:
                theirs.polls.clear()
            return
        if not layer2.p_f:
            return
        idle = mine.heard_ns is None or frame.record.at_ns - mine.heard_ns >= 9 * SECOND
        mine.polls.append((number_of(frame), "T203" if idle else "T200"))
        del mine.polls[:-10]
        if len(mine.polls) > POLLS and self.links.of(frame).one_way() is None:
            first = mine.polls[0][1]
            text = (
                f"the {sender.peer.value} side did not answer {POLLS + 1} polls in a row or more on SAPI "
                f"{layer2.sapi}, TEI {layer2.tei}; the first was {first}'s"
            )
            numbers = [number for number, _ in mine.polls]
            key = (frame.link, sender)
            self.book.add(POLL, frame, text, side=sender.peer, frames=numbers, key=key)

    def _ready(self, frame: Decoded, sender: Side, mine: _Direction) -> None:
        """RNR until RR, REJ or another sign of life of the same side's receiver."""
        at_ns, kind = frame.record.at_ns, frame.layer2.kind
        if kind == "RNR" and mine.busy is None:
            mine.busy = (at_ns, number_of(frame))
        elif kind in ("RR", "REJ"):
            mine.busy = None
        if mine.busy is not None and at_ns - mine.busy[0] >= STUCK_NS:
            self._stuck(frame, sender, mine.busy)

    def _stuck(self, frame: Decoded, sender: Side, busy: tuple[int, int]) -> None:
        text = f"the {sender.value} side is not ready to receive since frame {busy[1]}"
        key = (frame.link, sender, busy[1])
        self.book.add(STUCK, frame, text, side=sender, frames=(busy[1],), key=key)

    def _reject(self, frame: Decoded, sender: Side, mine: _Direction) -> None:
        mine.rejects.append((frame.record.at_ns, number_of(frame)))
        if _burst(mine.rejects):
            text = f"the {sender.value} side keeps asking for I frames that the line lost"
            numbers = [number for _, number in mine.rejects]
            self.book.add(REJECTS, frame, text, frames=numbers, key=(frame.link, sender))

    def _acknowledge(self, frame: Decoded, sender: Side, theirs: _Direction) -> None:
        """What N(R) says of the frames that the trace has not: lost on the line, or by the capture."""
        n_r, kind, modulus = frame.layer2.n_r, frame.layer2.kind, frame.layer2.modulus
        for n_s, skipped_at in list(theirs.missing.items()):
            lost = f"N(S)={n_s} of the {sender.peer.value} side, skipped in frame {skipped_at}"
            if kind == "REJ" and n_r == n_s:
                del theirs.missing[n_s]
                self.book.add(LOST_ON_LINE, frame, f"{lost}; the receiver asked for it", frames=(skipped_at,))
            elif 0 < (n_r - n_s) % modulus <= modulus // 2:
                del theirs.missing[n_s]
                self.links.of(frame).hole_ns = frame.record.at_ns
                text = f"{lost}, was acknowledged all the same"
                self.book.add(LOST_BY_CAPTURE, frame, text, frames=(skipped_at,), key=frame.link)

    def _numbered(self, frame: Decoded, sender: Side, mine: _Direction) -> None:
        n_s, number, information = frame.layer2.n_s, number_of(frame), frame.layer2.information
        modulus = frame.layer2.modulus
        behind = 0 if mine.due is None else (mine.due - n_s) % modulus
        if n_s in mine.missing:
            text = f"N(S)={n_s} of the {sender.value} side, skipped in frame {mine.missing[n_s]}, came later"
            self.book.add(LOST_ON_LINE, frame, text, frames=(mine.missing.pop(n_s),))
            mine.sent[n_s] = information
            return
        if 0 < behind <= modulus // 2 and mine.sent.get(n_s) == information:
            mine.again.append((frame.record.at_ns, number))
            if _burst(mine.again):
                text = f"the {sender.value} side repeats I frames on TEI {frame.layer2.tei}"
                numbers = [number for _, number in mine.again]
                self.book.add(RETRANSMISSIONS, frame, text, frames=numbers, key=(frame.link, sender))
            return
        ahead = (modulus - behind) % modulus
        if mine.due is not None and 0 < ahead < min(8, modulus // 2):
            for step in range(ahead):
                mine.missing[(mine.due + step) % modulus] = number
        if ahead < modulus // 2:
            mine.due = (n_s + 1) % modulus
        mine.sent[n_s] = information

    def end(self, at_ns: int) -> None:
        """Who is not ready still."""
        for link, directions in self._links.items():
            for side, direction in directions.items():
                if direction.busy is not None and at_ns - direction.busy[0] >= STUCK_NS:
                    text = f"the {side.value} side is not ready to receive since frame {direction.busy[1]}"
                    key = (link, side, direction.busy[1])
                    self.book.note(STUCK, text, at_ns, (direction.busy[1],), side=side, key=key)


def _burst(times: deque[tuple[int, int]]) -> bool:
    return len(times) == BURST and times[-1][0] - times[0][0] <= BURST_NS
