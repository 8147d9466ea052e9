"""Items that come out later than the packet that they came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from trunkbench.trace.inputs.options import Item
from trunkbench.trace.record import Audio, FrameRecord, Happening


def numbered(items: Iterable[Item], number: int, offset: int) -> Iterator[Item]:
    """Items as of the packet at which they came out, so that a capture's packets stay in their order."""
    for item in items:
        if isinstance(item, FrameRecord | Happening):
            yield msgspec.structs.replace(item, number=number, offset=offset)
        elif isinstance(item, Audio):
            yield msgspec.structs.replace(item, number=number)
        else:
            yield item
