"""Wireshark's fields beside the items of a trace, packet by packet.

In a capture they are those of the packet, as tshark would print them; elsewhere those of the frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from trunkbench.trace.capture import Damage, read_capture
from trunkbench.trace.inputs.opening import Trace
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.inputs.packets import Carriers
from trunkbench.trace.record import Audio, Foreign, FrameRecord, Happening
from trunkbench.trace.wireshark.names import NUMBER, TIME
from trunkbench.trace.wireshark.packets import PacketFields, PacketTexts, epoch


class Texts:
    """The fields of one trace; `items` reads it."""

    def __init__(self) -> None:
        self._fields = PacketFields()
        self._alone = PacketFields()
        self._number = -1
        self._current: PacketTexts = {}
        self._latest: object = None
        self._last: PacketTexts = {}
        self.take: Callable[[PacketTexts], None] = lambda texts: None
        """Is given the fields of each packet when it is read, or of each frame of a trace without packets."""

    def items(self, trace: Trace, name: str, options: InputOptions) -> Iterator[Item]:
        """What the trace holds, as iterating over it gives it."""
        if not trace.captured:
            for item in trace:
                if isinstance(item, FrameRecord | Foreign) or (
                    trace.recorded and isinstance(item, Happening | Audio)
                ):
                    self.take(self.texts_of(item))
                yield item
            return
        carriers = Carriers(name, options, trace)
        for packet in read_capture(cast(BinaryIO, trace.source), name):
            if isinstance(packet, Damage):
                yield packet
                continue
            self._number, self._current = packet.number, self._fields.packet(packet)
            self.take(self._current)
            yield from carriers.take(packet)
        self._number = -1
        yield from carriers.finish()
        yield from trace.source.problems
        trace.source.problems.clear()

    def texts_of(self, item: FrameRecord | Happening | Foreign | Audio) -> PacketTexts:
        """The fields of the packet or frame that was read last."""
        if item.number == self._number:
            return self._current
        if item is not self._latest:
            self._latest = item
            if isinstance(item, FrameRecord):
                self._last = self._alone.records([item])
            else:
                self._last = {NUMBER: [str(item.number)], TIME: [epoch(item.at_ns)]}
        return self._last
