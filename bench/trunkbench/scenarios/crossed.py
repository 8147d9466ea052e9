"""The Q.931 messages that crossed the D channels while a scenario played, from the bench's timeline."""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.bench import Bench
from trunkbench.timeline import FrameEntry
from trunkwire.lapd.frames import InformationFrame, InvalidFrame, parse
from trunkwire.q931.message import HeaderError, Message
from trunkwire.q931.message import parse as parse_message
from trunkwire.ticks import Tick


def crossed(bench: Bench, since: Tick) -> Iterator[tuple[bool, Message]]:
    """(whether the traced end sent it, message) of each that crossed since that tick, in their order.

    A message whose frame LAPD repeated comes once.
    """
    seen: set[tuple[int, bool, int, bytes]] = set()
    for entry in bench.timeline.entries:
        if not isinstance(entry, FrameEntry) or entry.at < since:
            continue
        try:
            frame = parse(entry.data)
            if not isinstance(frame, InformationFrame):
                continue
            message = parse_message(frame.information)
        except (InvalidFrame, HeaderError):
            continue
        key = (entry.span, entry.out, frame.ns, frame.information)
        if key not in seen:
            seen.add(key)
            yield entry.out, message
