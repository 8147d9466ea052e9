"""`trunkbench decode --pcapng OUT`: any trace as a pcapng capture, with directions and nanoseconds.

Each span and timeslot is an interface with its name; the link type says what its frames are (see
`trunkbench.trace.pcapng`). What happened between frames stands as a comment on the next one, and so does what
is not certain about a frame.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from trunkbench.errors import UsageError
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.pcapng import PcapngWriter
from trunkbench.trace.record import Foreign, FrameRecord, Happening

if TYPE_CHECKING:
    from trunkbench.trace.session import Session, Shown

_KEPT = 8
"""Happenings that are told beside one frame; the number of others is told."""
_LATEST_NS = (1 << 64) - 1


@dataclass(slots=True)
class Written:
    """What went into a capture."""

    frames: int = 0
    happenings: int = 0
    rebuilt: int = 0


class _Comments:
    """What is to be said beside the next frame."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._more = 0

    def add(self, what: str) -> None:
        """Something happened."""
        if len(self._told) < _KEPT:
            self._told.append(what)
        else:
            self._more += 1

    def take(self, record: FrameRecord) -> str:
        """The comment for this frame."""
        told, more = self._told, self._more
        self._told, self._more = [], 0
        told += [f"and {more} more"] if more else []
        if record.rebuilt:
            told.append("rebuilt from the words of a log: not known to be the octets of the line")
        if record.words:
            told.append(f"in words only: {'; '.join(record.words)}")
        if record.fcs is False:
            told.append("the FCS was wrong")
        return "\n".join(told)


def write_pcapng(items: Iterable[Item], file: str | Path | BinaryIO, comment: str = "") -> Written:
    """Write the frames among `items` to a capture; what went into it.

    Raises TraceWriteError, naming the file, when it cannot be made or written.
    """
    written, comments = Written(), _Comments()
    with PcapngWriter(file, comment) as writer:
        for item in items:
            if isinstance(item, FrameRecord):
                writer.write(_in_time(item), comments.take(item))
                written.frames += 1
                written.rebuilt += item.rebuilt
            elif isinstance(item, Happening):
                comments.add(item.what)
                written.happenings += 1
    return written


def show(session: Session) -> None:
    """Write the frames that the filters let through, and say how many they are."""
    out: str = session.arguments.pcapng
    _not_the_input(session, out)
    comment = f"{session.trace.format}, read from {session.name}"
    shown = session.items() if not session.filters else map(_record, session.shown())
    if out == "-":
        sys.stdout.flush()
        write_pcapng(shown, sys.stdout.buffer, comment)
        return
    written = write_pcapng(shown, out, comment)
    told = [f"{written.frames} frame{'' if written.frames == 1 else 's'}"]
    told += [f"{written.happenings} happenings as comments"] if written.happenings else []
    told += [f"{written.rebuilt} rebuilt from words"] if written.rebuilt else []
    session.say(f"{out}: {', '.join(told)}")


def _record(item: Shown) -> Item:
    """The item as it was read."""
    return item if isinstance(item, Happening | Foreign) else item.record


def _in_time(record: FrameRecord) -> FrameRecord:
    """The record with a time that a capture can hold: 1970 to 2554."""
    if 0 <= record.at_ns <= _LATEST_NS:
        return record
    import msgspec

    return msgspec.structs.replace(record, at_ns=min(max(record.at_ns, 0), _LATEST_NS))


def _not_the_input(session: Session, out: str) -> None:
    """Refuse to write over what is being read."""
    path, source = Path(out), Path(session.name)
    if out != "-" and path.exists() and source.exists() and path.samefile(source):
        raise UsageError(f"--pcapng {out}: this is the trace that is being read; name another file")
