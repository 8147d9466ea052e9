"""Files that hold the octets or bits of a whole T1 (G.704 2.1): any bit offset, order of bits and polarity.

Inverted, the F bits of an SF line are those of one that is not, six frames later: polarity shows in ESF only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trunkbench.trace.inputs.bitdump import find_form
from trunkbench.trace.inputs.rawline import read_line
from trunkbench.trace.inputs.t1align import find_t1
from trunkbench.trace.inputs.t1stream import T1Stream

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.options import InputOptions, Item
    from trunkbench.trace.inputs.source import Source


def recognise(head: bytes) -> str | None:
    """The format in words, or None."""
    seen = find_form(head, find_t1)
    if seen is None:
        return None
    form, found = seen
    return f"raw T1 {form.describe(found.mirrored)}, {'ESF' if found.esf else 'SF'}"


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """Every D channel and alarm of the line; its other timeslots if audio is asked for."""
    return read_line(source, trace, T1Stream(audio=options.audio), find_t1)
