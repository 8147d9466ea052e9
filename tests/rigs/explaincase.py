"""What a case of an explanation is: a trace that triggers one kind of finding, and a near miss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trunkbench.trace.calls import End
from trunkbench.trace.decoder import Decoder
from trunkbench.trace.explain import Finding, Report, explain
from trunkbench.trace.record import FrameRecord, Happening

Items = Sequence[FrameRecord | Happening]


@dataclass(frozen=True, slots=True)
class Case:
    """`frames` are those that the finding names (from 1), `side` whose doing it is, `says` a piece of it."""

    slug: str
    trigger: Callable[[], Items]
    near: Callable[[], Items]
    frames: tuple[int, ...]
    side: End | None = None
    says: str = ""


def explained(items: Items) -> Report:
    """The report on a trace."""
    decoder = Decoder()
    return explain(decoder.decode(item) if isinstance(item, FrameRecord) else item for item in items)


def found(items: Items, slug: str) -> list[Finding]:
    """The findings of one kind."""
    return [finding for finding in explained(items).findings if finding.kind.slug == slug]
