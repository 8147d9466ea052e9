"""A case of layer 2 as a ladder: every frame that crossed, with its bits and its numbers as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkbench.conform.q921.identity import message_in
from trunkbench.conform.q921.units import Fr, read
from trunkbench.trace.record import Direction, FrameRecord
from trunkwire.side import Side

_TIME = 12
_ARROW = 44
_PAUSE_NS = 500_000_000
"""A pause of this length or more is marked between two arrows."""


def rungs(records: Sequence[FrameRecord], tester: Side, decided: int | None = None) -> str:
    """The frames as arrows, the tester at the left; the deciding one is marked. Ends with a newline."""
    names = f"tester ({tester.value})", f"IUT ({tester.peer.value})"
    head = f"{'time':>{_TIME}}  {names[0]}{names[1]:>{_ARROW + 2 - len(names[0])}}"
    return "\n".join([head, *_lines(records, tester, decided)]) + "\n"


def _lines(records: Sequence[FrameRecord], tester: Side, decided: int | None) -> Iterator[str]:
    before: int | None = None
    for number, record in enumerate(records):
        if before is not None and record.at_ns - before >= _PAUSE_NS:
            yield f"{'':{_TIME}}  │{'⋮':^{_ARROW}}│"
        before = record.at_ns
        out = record.direction is Direction.OUT
        name = f" {named(record.data, tester if out else tester.peer)} "[: _ARROW - 2]
        shaft = name.center(_ARROW - 1, "─")
        arrow = f"│{shaft}▶│" if out else f"│◀{shaft}│"
        yield f"{record.at_ns / 1e9:{_TIME}.6f}  {arrow}{'  ← decided by this' if number == decided else ''}"


def named(octets: bytes, sender: Side) -> str:
    """A frame in words: an S, U or I frame, or the message of TEI management in it."""
    frame = read(octets, sender, 0)
    if frame is None:
        return f"no frame: {octets.hex(' ')}"
    message = message_in(frame)
    return str(message) if message is not None else _plain(frame)


def _plain(frame: Fr) -> str:
    """What a kind of frame is by nature is not said, nor TEI 0."""
    natural = Fr(frame.kind).is_command is frame.is_command and frame.kind not in ("RR", "RNR", "REJ")
    told = Fr(
        frame.kind,
        frame.pf,
        frame.nr,
        frame.ns,
        frame.info,
        None if natural else frame.command,
        frame.tei or None,
        frame.sapi,
    )
    return str(told)
