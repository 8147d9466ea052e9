"""The timeline: everything that happened on a bench, in the order in which it happened, by line time.

An entry is a tick, a kind and its details. The digest of a run is taken over all entries, so two runs with
the same seed are the same run exactly when their digests are equal, in any process, on any clock, at any
depth.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trunkbench.trace.record import Direction, FrameRecord, record_at
from trunkwire.side import Side
from trunkwire.ticks import Tick, seconds

if TYPE_CHECKING:
    from trunkbench.trace.decoder import Decoder


class FrameEntry(NamedTuple):
    """A D-channel frame, as the near end of a span sent it (`out`) or received it."""

    at: Tick
    span: int
    out: bool
    data: bytes


class CallEntry(NamedTuple):
    """Something that happened to a call: `what` (dialled, proceeding, …) and its details."""

    at: Tick
    end: str
    call: int
    what: str
    details: tuple[tuple[str, str | int | float | None], ...]


class NoteEntry(NamedTuple):
    """Something that concerns a span or the bench: a link, an alarm, a fault, a restart."""

    at: Tick
    where: str
    what: str


Entry = FrameEntry | CallEntry | NoteEntry


class Timeline:
    """The entries of one run, and their digest."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.epoch: Tick = 0
        self.entries: list[Entry] = []
        self._dialled: dict[tuple[str, int], Tick] = {}

    def begin(self, now: Tick) -> None:
        """Forget what was and count line time from here: the spans are in service."""
        self.epoch = now
        self.entries.clear()
        self._dialled.clear()

    def frame(self, at: Tick, span: int, out: bool, data: bytes) -> None:
        """A D-channel frame crossed."""
        self.entries.append(FrameEntry(at, span, out, data))

    def call(self, at: Tick, end: str, call: int, what: str, **details: str | int | float | None) -> None:
        """Something happened to a call of that end."""
        if (end, call) not in self._dialled:
            self._dialled[end, call] = at
        self.entries.append(CallEntry(at, end, call, what, tuple(details.items())))

    def note(self, at: Tick, where: str, what: str) -> None:
        """Something happened to a span or the bench."""
        self.entries.append(NoteEntry(at, where, what))

    def digest(self) -> str:
        """SHA-256 over the seed and every entry, times counted from the epoch; 16 hexadecimal digits."""
        total = hashlib.sha256(f"seed {self.seed}\n".encode())
        for entry in self.entries:
            total.update(repr((entry.at - self.epoch, *entry[1:])).encode())
        return total.hexdigest()[:16]

    def records(self, span: int, name: str, slot: int, side: Side) -> list[FrameRecord]:
        """The D-channel frames of one span, for a trace file; times from the epoch."""
        return [
            record_at(
                max(entry.at - self.epoch, 0),
                Direction.OUT if entry.out else Direction.IN,
                entry.data,
                name,
                slot,
                side,
            )
            for entry in self.entries
            if isinstance(entry, FrameEntry) and entry.span == span
        ]

    def rows(self) -> Iterator[dict[str, object]]:
        """One JSON object an entry, with two time columns: line time, and since this call's first event."""
        from trunkbench.trace.decoder import Decoder

        decoder = Decoder()
        for entry in self.entries:
            row: dict[str, object] = {"line_time_s": seconds(entry.at - self.epoch)}
            match entry:
                case FrameEntry():
                    row["since_setup_s"] = _since_setup(decoder, entry)
                    row |= {"kind": "frame", "span": entry.span, "direction": "out" if entry.out else "in"}
                    row["octets"] = entry.data.hex()
                case CallEntry():
                    row["since_setup_s"] = seconds(entry.at - self._dialled[entry.end, entry.call])
                    row |= {"kind": "call", "end": entry.end, "call": entry.call, "what": entry.what}
                    row |= dict(entry.details)
                case NoteEntry():
                    row["since_setup_s"] = None
                    row |= {"kind": "note", "where": entry.where, "what": entry.what}
            yield row

    def save(self, path: Path) -> None:
        """Write `rows` as JSON lines."""
        with path.open("w", encoding="utf-8") as file:
            for row in self.rows():
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _since_setup(decoder: Decoder, entry: FrameEntry) -> float | None:
    """Seconds since the SETUP of the call that the frame belongs to; None for frames of no call."""
    direction = Direction.OUT if entry.out else Direction.IN
    record = record_at(entry.at, direction, entry.data, str(entry.span))
    call = decoder.decode(record).call
    if call is None or call.setup_ns is None:
        return None
    return (record.at_ns - call.setup_ns) / 1e9
