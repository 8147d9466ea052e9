"""Files that hold the octets or bits of a whole E1 (G.704): any bit offset, order of bits and polarity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trunkbench.trace.inputs.bitdump import find_form
from trunkbench.trace.inputs.e1align import find_e1
from trunkbench.trace.inputs.e1stream import E1Stream
from trunkbench.trace.inputs.rawline import read_line

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.options import InputOptions, Item
    from trunkbench.trace.inputs.source import Source


def recognise(head: bytes) -> str | None:
    """The format in words, or None."""
    seen = find_form(head, find_e1)
    if seen is None:
        return None
    form, found = seen
    return f"raw E1 {form.describe(found.mirrored)}"


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """Every D channel, alarm and signalling change of the line; its other timeslots if audio is asked for."""
    return read_line(source, trace, E1Stream(audio=options.audio), find_e1)
