"""Our own `timeline.jsonl` (see `trunkbench.timeline`): one JSON object an entry of a run.

Frames come back as they were recorded: times are line time from the run's epoch, and the octets are those of
the line. What happened to calls, notes about links and faults are happenings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from trunkbench.trace.capture import Damage
from trunkbench.trace.inputs.textlines import lines_of
from trunkbench.trace.record import NS_PER_TICK, Direction, FrameRecord, Happening
from trunkwire.ticks import SECOND

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.options import InputOptions, Item
    from trunkbench.trace.inputs.source import Source

_KINDS = frozenset({"frame", "call", "note"})
_DIRECTIONS = {"out": Direction.OUT, "in": Direction.IN}
_TOLD = frozenset({"line_time_s", "since_setup_s", "kind", "end", "call", "what"})
_LATEST = 10.0**9
"""Seconds; no run is longer."""
_ALARM = re.compile(r"^(?:LOS|LOF|AIS|RAI)\S* (?P<state>on|off)$|(?P<gone>port has gone)")


def recognise(head: bytes) -> str | None:
    """The format in words, or None."""
    for line in head.splitlines()[:20]:
        if line.strip():
            return "timeline.jsonl of a Trunkbench run" if _entry(line) is not None else None
    return None


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """The entries, in their order."""
    for line in lines_of(source):
        if not line.text.strip():
            continue
        row = _entry(line.text)
        item = _item(row, line.number, line.offset) if row is not None else None
        if item is None:
            yield Damage(
                line.offset, f"line {line.number} is no entry of a timeline", "it was left out", False
            )
        else:
            yield item


def _entry(line: str | bytes) -> dict[str, Any] | None:
    """The object of a line if it is an entry."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or row.get("kind") not in _KINDS:
        return None
    at = row.get("line_time_s")
    if isinstance(at, bool) or not isinstance(at, int | float) or not abs(at) < _LATEST:
        return None
    return row


def _item(row: dict[str, Any], number: int, offset: int) -> Item | None:
    # Line time is a multiple of 1/64,000 s, which a double holds without loss for all of a run.
    at_ns = max(round(row["line_time_s"] * SECOND), 0) * NS_PER_TICK
    if row["kind"] == "frame":
        try:
            data = bytes.fromhex(row["octets"])
        except (KeyError, TypeError, ValueError):
            return None
        direction = _DIRECTIONS.get(str(row.get("direction")), Direction.UNKNOWN)
        return FrameRecord(at_ns, direction, data, f"span {row.get('span', 0)}", number=number, offset=offset)
    what = str(row.get("what", ""))
    if row["kind"] == "call":
        details = "".join(
            f", {name} {value}" for name, value in row.items() if name not in _TOLD and value is not None
        )
        text = f"{row.get('end', '')} call {row.get('call', '')}: {what}{details}"
        return Happening(at_ns, text, number=number, offset=offset)
    match = _ALARM.search(what)
    alarm = None if match is None else match["state"] != "off"
    return Happening(at_ns, what, str(row.get("where", "")), number=number, offset=offset, alarm=alarm)
