"""Files that hold the octets or bits of a whole T1 (G.704 2.1), at any bit offset and in either bit order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trunkbench.trace.inputs.bitdump import BitText, is_bit_text, raw_octets
from trunkbench.trace.inputs.leading import HEAD
from trunkbench.trace.inputs.t1align import find_t1
from trunkbench.trace.inputs.t1stream import T1Stream

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.options import InputOptions, Item
    from trunkbench.trace.inputs.source import Source


def recognise(head: bytes) -> str | None:
    """The format in words, or None."""
    text = is_bit_text(head)
    found = find_t1(BitText().octets(head) if text else head)
    if found is None:
        return None
    order = (
        "bits as text" if text else f"octets, {'least' if found.mirrored else 'most'} significant bit first"
    )
    return f"raw T1 {order}, {'ESF' if found.esf else 'SF'}"


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """Every D channel and alarm of the line; its other timeslots if audio is asked for."""
    stream = T1Stream(audio=options.audio)
    trace.findings = stream.findings
    text = is_bit_text(source.waiting[:HEAD])
    for octets in raw_octets(source, text):
        if isinstance(octets, bytes):
            yield from stream.feed(octets)
        else:
            yield octets
    yield from stream.finish()
