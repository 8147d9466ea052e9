"""What happens in a call centre, an entry each: for tests, and as JSON lines in the artefacts.

The fields and what each entry has of them: docs/call-centre.md, "Events".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from trunkwire.ticks import Tick, seconds

What = Literal[
    "arrived",
    "menu",
    "pressed",
    "queued",
    "announced",
    "rang",
    "did not answer",
    "answered",
    "transferred",
    "sent on",
    "ended",
    "gave up",
    "turned away",
    "agent",
]
"""Kinds of entry, in the order of a call; `agent` is a state of an agent."""


class CentreEvent(msgspec.Struct, frozen=True):
    """One entry. `at` is in ticks since the spans came into service; None is what the entry does not have."""

    at: Tick
    what: What
    call: int | None = None
    """The index of the call at its end of the bench."""
    span: str | None = None
    channel: int | None = None
    line: str | None = None
    """The analog line, by its number."""
    caller: str | None = None
    called: str | None = None
    agent: str | None = None
    to: str | None = None
    """Where a transfer, or a digit of the menu, sends the call."""
    digits: str | None = None
    position: int | None = None
    """The place in the queue, from 1."""
    waited: Tick | None = None
    """Ticks since the call arrived in the queue."""
    talked: Tick | None = None
    why: str | None = None
    """Why a call was turned away, or who ended it."""
    state: str | None = None

    def row(self) -> dict[str, object]:
        """As one JSON object: times in seconds, and nothing that is None."""
        row: dict[str, object] = {"line_time_s": seconds(self.at)}
        for name in self.__struct_fields__[1:]:
            value = getattr(self, name)
            if value is None:
                continue
            if name in ("waited", "talked"):
                row[f"{name}_s"] = seconds(value)
            else:
                row[name] = value
        return row

    def __str__(self) -> str:
        given = ", ".join(f"{key} {value}" for key, value in self.row().items() if key not in _SHOWN)
        return f"{seconds(self.at):.3f} s: {self.what}" + (f" ({given})" if given else "")


_SHOWN = ("line_time_s", "what")


def json_lines(events: Iterable[CentreEvent]) -> Iterator[str]:
    """Each as a line of JSON, without its end."""
    return (json.dumps(event.row(), ensure_ascii=False) for event in events)


def save(events: Iterable[CentreEvent], path: Path) -> None:
    """Write them as JSON lines. Raises OSError naming the file."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in json_lines(events))
