"""Files that hold the octets or bits of a whole line, E1 or T1: what their readers have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeVar

from trunkbench.trace.inputs.bitdump import POLARITY, Form, find_form, packing_of, raw_octets
from trunkbench.trace.inputs.leading import HEAD, behind_lead

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.options import Item
    from trunkbench.trace.inputs.source import Source

F = TypeVar("F")


class LineStream(Protocol):
    """The receiving end of a recorded line (`e1stream`, `t1stream`)."""

    findings: list[str]

    def feed(self, octets: bytes) -> list[Item]:
        """Take the next octets; what is known by now."""

    def finish(self) -> list[Item]:
        """The end: what was held back."""


def read_line(
    source: Source, trace: Trace, stream: LineStream, look: Callable[[bytes], F | None]
) -> Iterator[Item]:
    """What the line says, through `stream`; `look` finds the line in octets, to tell the form of the file."""
    trace.findings = stream.findings
    head = behind_lead(source.waiting[:HEAD], source)
    seen = find_form(head, look)
    form = seen[0] if seen else Form(packing_of(head))
    if form.inverted:
        trace.findings.append(POLARITY)
    for octets in raw_octets(source, form):
        if isinstance(octets, bytes):
            yield from stream.feed(octets)
        else:
            yield octets
    yield from stream.finish()
