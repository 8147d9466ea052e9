"""Timeslots that come octet by octet in packets (CESoPSN, TDMoE): their HDLC channels, and audio on request.

Octets are gathered and worked on together; so a frame may be told some packets after the one in which it
ended, with the time at which it ended.
"""

from __future__ import annotations

import numpy as np

from trunkbench.trace.inputs.hdlcslots import SlotFrames
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.record import Audio, Direction, FrameRecord, Happening, Layer
from trunkwire.e1.crc4 import Octets

SAMPLE_NS = 125_000
"""One octet of a timeslot: 8,000 a second."""
TOGETHER = 512
"""Octets of each slot that are worked on at once: 64 ms."""


class SlotLine:
    """Some timeslots of one direction."""

    def __init__(self, slots: int, span: str, direction: Direction, start_ns: int, *, audio: bool) -> None:
        self.slots = slots
        self.span = span
        self.direction = direction
        self._start_ns = start_ns
        self._want_audio = audio
        self._frames = SlotFrames(slots)
        self._blocks: list[Octets] = []
        self._waiting = 0
        self._done = 0
        self._number = 0
        self._offset = 0

    def feed(self, block: Octets, number: int, offset: int, at_ns: int) -> list[Item]:
        """Octets of all slots (slots, octets) that came in packet `number`; what is known by now."""
        if not self._done and not self._blocks:
            self._start_ns = at_ns
        self._number, self._offset = number, offset
        self._blocks.append(block)
        self._waiting += block.shape[1]
        return self._work() if self._waiting >= TOGETHER else []

    def lose(self, octets: int) -> list[Item]:
        """That many octets of each slot are missing: time goes on, and what was under way is lost."""
        items = self._work()
        self._done += octets
        self._frames.restart(self._done)
        return items

    def finish(self) -> list[Item]:
        """What is left."""
        return self._work()

    @property
    def known_ns(self) -> int:
        """The time up to which the line has been worked on."""
        return self._start_ns + self._done * SAMPLE_NS

    def findings(self) -> list[str]:
        """What each slot turned out to carry."""
        return list(self._frames.findings(range(1, self.slots + 1)))

    def _work(self) -> list[Item]:
        if not self._blocks:
            return []
        block = np.concatenate(self._blocks, axis=1)
        self._blocks.clear()
        self._waiting = 0
        begin = self._done
        self._done += block.shape[1]
        items: list[Item] = [self._item(*seen) for seen in self._frames.receive(block)]
        if self._want_audio:
            items += self._audio(block, begin)
        return items

    def _item(self, index: int, bit: int, seen: tuple[Layer, bytes] | str) -> Item:
        at_ns = self._start_ns + bit * SAMPLE_NS // 8
        slot = index + 1
        if isinstance(seen, str):
            what = f"timeslot {slot}: {seen}"
            return Happening(at_ns, what, self.span, slot, self._number, self._offset)
        layer, data = seen
        return FrameRecord(
            at_ns,
            self.direction,
            data,
            self.span,
            slot,
            number=self._number,
            offset=self._offset,
            fcs=True,
            layer=layer,
        )

    def _audio(self, block: Octets, begin: int) -> list[Audio]:
        at_ns = self._start_ns + begin * SAMPLE_NS
        return [
            Audio(at_ns, self.span, index + 1, self.direction, begin, block[index].tobytes(), self._number)
            for index in range(self.slots)
            if not self._frames.is_hdlc(index)
        ]
