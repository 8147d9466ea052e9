"""What an explanation consists of: kinds of findings, findings, and the notebook that gathers them.

A kind is declared once, with the clause it rests on, what it means and what to look at; a finding is one
occurrence of it, or several that say the same. All of it is bounded, however long the trace is.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from trunkbench.trace.calls import End
from trunkbench.trace.decoder import Decoded
from trunkbench.trace.record import Direction
from trunkbench.trace.sides import How
from trunkwire.side import Side

FRAMES_KEPT = 40
"""How many frame numbers a finding keeps; its count goes on."""
CALLS_KEPT = 20
FINDINGS_KEPT = 2000
"""How many different findings a notebook keeps."""


class Severity(enum.Enum):
    """How bad a finding is."""

    FAULT = "fault"
    """Something failed, or broke a Recommendation."""
    SUSPECT = "suspect"
    """It worked, or may have; it is how faults begin."""
    NOTE = "note"
    """Not wrong: what a reader of the trace has to know."""


_ORDER = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding. `weight` orders kinds of the same severity, the heaviest first; `means` is for a
    reader who has not the Recommendation at hand, `look` says where to look, most likely first.
    """

    slug: str
    title: str
    severity: Severity
    weight: int
    clause: str
    means: str
    look: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Finding:
    """What was found. `text` says what happened in this trace; `side` whose doing it is (a
    direction where sides are not known), None where the trace
    does not show it, and `known` how the sides of its frames are known.

    `count` counts occurrences; `frames` (numbers from 1), `calls` ((number, call reference) pairs) and
    `nearby` (alarms at about the same time) are those of the first of them.
    """

    kind: Kind
    text: str
    side: End | None = None
    known: str = ""
    count: int = 0
    frames: list[int] = field(default_factory=list)
    calls: list[tuple[int, int]] = field(default_factory=list)
    nearby: list[str] = field(default_factory=list)
    first_ns: int = 0
    last_ns: int = 0

    @property
    def order(self) -> tuple[int, int, int, int]:
        """Sorts the worst first."""
        kind = self.kind
        return (_ORDER[kind.severity], -kind.weight, -self.count, self.frames[0] if self.frames else 0)


def number_of(frame: Decoded) -> int:
    """A frame's number as every view shows it, from 1."""
    return frame.record.number or frame.order + 1


def name_of(end: End | None, unknown: str = "the sender") -> str:
    """An end in words: its side, or where sides are not known, whether it is the one that recorded."""
    if end is None:
        return unknown
    if isinstance(end, Side):
        return f"the {end.value} side"
    return {Direction.OUT: "the recording end", Direction.IN: "the far end"}.get(end, unknown)


def known_by(frame: Decoded) -> str:
    """How the sender of a frame is known, in words."""
    return "" if frame.how is How.UNKNOWN else frame.how.value


class Notebook:
    """Gathers findings; what says the same again is counted."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Finding] = {}
        self.left_out = 0
        """Findings beyond FINDINGS_KEPT."""
        self.fresh: list[int] = []
        """Frame numbers named since `fresh` was cleared."""

    def add(
        self,
        kind: Kind,
        frame: Decoded,
        text: str,
        *,
        side: End | None = None,
        frames: Iterable[int] = (),
        call: tuple[int, int] | None = None,
        key: Hashable = None,
    ) -> None:
        """One occurrence, told by `frame`; `frames` are the earlier ones that belong to it.

        Occurrences of a kind with the same `key` are one finding; without a key, those of the same text.
        """
        numbers = [*frames, number_of(frame)]
        self.note(
            kind, text, frame.record.at_ns, numbers, side=side, known=known_by(frame), call=call, key=key
        )

    def note(
        self,
        kind: Kind,
        text: str,
        at_ns: int,
        numbers: Iterable[int] = (),
        *,
        side: End | None = None,
        known: str = "",
        call: tuple[int, int] | None = None,
        key: Hashable = None,
    ) -> None:
        """As `add`, for what no single frame tells."""
        full = (kind.slug, text if key is None else key)
        finding = self._found.get(full)
        if finding is None:
            if len(self._found) >= FINDINGS_KEPT:
                self.left_out += 1
                return
            finding = self._found[full] = Finding(kind, text, side, known, first_ns=at_ns)
        finding.count += 1
        finding.last_ns = at_ns
        for number in numbers:
            if number not in finding.frames and len(finding.frames) < FRAMES_KEPT:
                finding.frames.append(number)
                self.fresh.append(number)
        if call is not None and call not in finding.calls and len(finding.calls) < CALLS_KEPT:
            finding.calls.append(call)

    def findings(self) -> list[Finding]:
        """All of them, the worst first."""
        for finding in self._found.values():
            finding.frames.sort()
        return sorted(self._found.values(), key=lambda finding: finding.order)
