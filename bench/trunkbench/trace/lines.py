"""One line a frame: number, two times, sender, LAPD, Q.931 and what matters of it.

The first time counts from the trace's first frame, the second from the SETUP of the frame's own call.
"""

from __future__ import annotations

from collections.abc import Iterable

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.record import UNTIMED, Direction, Foreign, FrameRecord, Happening, Layer
from trunkbench.trace.sides import How
from trunkbench.trace.telling import clean

_DIRECTION = {Direction.OUT: "out ", Direction.IN: "in  ", Direction.UNKNOWN: ""}

HEADER = f"{'frame':>6} {'time':>12} {'since SETUP':>12}  {'from, to':9}  {'LAPD':20} Q.931"
"""Column titles for `line`."""


_USUAL = (16, 24)
"""Where the D channel is on an E1 and on a T1 (Q.931 4.5.13)."""
_MOST_SPANS = 100_000
HANGING = 34
"""Columns by which the rest of a line that is too long for a terminal is set in."""


def fitted(text: str, width: int | None) -> str:
    """A text of several lines as it fits `width` columns, as it is for None."""
    return text if width is None else "\n".join(wrapped(row, width) for row in text.split("\n"))


def wrapped(text: str, width: int) -> str:
    """A line broken at blanks where it is longer than `width`."""
    if len(text) <= width:
        return text
    import textwrap

    rows = textwrap.wrap(text, width, subsequent_indent=" " * HANGING, break_on_hyphens=False)
    return "\n".join(rows)


def seconds(ns: int) -> str:
    """Nanoseconds as seconds with six decimals, exactly rounded down, without a float."""
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    return f"{sign}{ns // 1_000_000_000}.{ns % 1_000_000_000 // 1000:06d}"


def elapsed(at_ns: int, epoch_ns: int) -> str:
    """The seconds from one time to another; "-" where either is not told."""
    return "-" if at_ns == UNTIMED or epoch_ns == UNTIMED else seconds(at_ns - epoch_ns)


class Places:
    """Names D channels: by their span, and by their timeslot where that is none of the usual ones, or where
    the span has shown another one before.
    """

    def __init__(self, records: Iterable[FrameRecord] = ()) -> None:
        self._slots: dict[str, int] = {}
        self._several: set[str] = set()
        for record in records:
            self.of(record)

    def of(self, record: FrameRecord) -> str:
        """Where a frame was, "" where there is nothing to say."""
        span, slot = record.span, record.slot
        if not slot or len(self._slots) > _MOST_SPANS:
            return span
        if self._slots.setdefault(span, slot) != slot:
            self._several.add(span)
        if (slot in _USUAL and span not in self._several) or span.endswith(f":{slot}"):
            return span
        return f"{span} timeslot {slot}".lstrip()


def way(frame: Decoded) -> str:
    """Sender and receiver: "N→U" or "U→N", with "~" where supervisory frames had to be guessed from polls."""
    if frame.sender is None:
        return "?" if frame.record.direction is Direction.UNKNOWN else ""
    sender, receiver = frame.sender.value[0].upper(), frame.sender.peer.value[0].upper()
    return f"{sender}→{receiver}{'~' if frame.how is How.POLL else ''}"


def line(frame: Decoded, epoch_ns: int, places: Places | None = None) -> str:
    """The line of a frame; `epoch_ns` is the time stamp of the trace's first frame, `places` what has been
    seen before.
    """
    record = frame.record
    since = "-"
    if frame.call is not None and frame.call.setup_ns is not None:
        since = elapsed(record.at_ns, frame.call.setup_ns)
    head = f"{record.number or frame.order + 1:>6} {elapsed(record.at_ns, epoch_ns):>12} {since:>12}"
    if where := record.span if places is None else places.of(record):
        head += f"  {where}"
    head += f"  {_DIRECTION[record.direction] + way(frame):9}  {frame.lapd:20}"
    return f"{head} {tell(frame)}".rstrip()


def other_line(item: Happening | Foreign, epoch_ns: int) -> str:
    """The line of something that happened, or of a packet with nothing to decode."""
    head = f"{item.number or '':>6} {elapsed(item.at_ns, epoch_ns):>12} {'-':>12}"
    if isinstance(item, Foreign):
        return f"{head}  {'':9}  {clean(item.what)[1:-1]}"
    where = f"  {item.span}" if item.span else ""
    if item.slot:
        where += f"{' ' if item.span else '  '}timeslot {item.slot}"
    mark = {True: "! ", False: "", None: ""}[item.alarm]
    return f"{head}{where}  {mark}{clean(item.what)[1:-1]}"


def tell(frame: Decoded) -> str:
    """The Q.931 part of a line: message, call reference with flag, telling elements, what is wrong."""
    parts = []
    if frame.record.layer in (Layer.MTP2, Layer.OTHER):
        from trunkbench.trace.otherlayers import words_of

        parts.append(words_of(frame.record))
    elif frame.message is not None:
        parts.append(f"{frame.name:20} {reference(frame)}")
    elif frame.service:
        parts.append(frame.service)
    elif frame.layer2.information and not frame.layer2.managed:
        octets = frame.layer2.information
        parts.append(f"{len(octets)} octets {octets[:12].hex(' ')}{' …' if len(octets) > 12 else ''}")
    parts += frame.facts
    parts += [f"! {warning}" for warning in frame.warnings + frame.remarks]
    parts += [f"!! octet {fault.offset}: {fault.text}" for fault in frame.faults]
    return "; ".join(parts)


def reference(frame: Decoded) -> str:
    """The call reference as "ref 65 flag 0" (flag 0: sent by the side that allocated it, Q.931 4.3)."""
    message = frame.message
    if message is None:
        return ""
    if message.reference_length == 0:
        return "dummy ref"
    kind = "global ref" if message.reference == 0 else f"ref {message.reference}"
    return f"{kind} flag {int(message.to_originator)}"
