"""Which of some timeslots carry HDLC, and their frames (Q.921 2).

Audio contains flags by chance, a few a second, and once in half an hour what lies between two of them has a
right FCS. So the frames of a slot are held back until the slot has shown to be a data channel: its good
frames are not few among the bad ones, or most of it is flags.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from trunkbench.trace.inputs.hdlcframes import ChannelKind
from trunkbench.trace.record import Layer
from trunkwire.e1.crc4 import Octets
from trunkwire.hdlc import BadFrame, BadKind, BulkReceiver, GoodFrame, HdlcEvent
from trunkwire.hdlc.octets import FLAG_FILL

_HELD = 64
"""Frames that are held back of a slot that has not shown what it is."""
_BAD_TO_GOOD = 4
_FILL_SHARE = 5
"""A slot of which one octet in this many is flag fill is a data channel."""

_FILL = np.zeros(256, np.bool_)
_FILL[list(FLAG_FILL)] = True

_WORDS = {
    BadKind.ABORT: "aborted after",
    BadKind.TOO_SHORT: "too short,",
    BadKind.TOO_LONG: "too long, more than",
    BadKind.NOT_OCTET_ALIGNED: "no whole number of octets,",
    BadKind.BAD_FCS: "wrong FCS,",
}

Seen = tuple[int, int, "tuple[Layer, bytes] | str"]
"""Slot (from 0), the bit of the slot just behind it, and a frame with its layer or what was wrong."""


def describe_bad(bad: BadFrame) -> str:
    """What is wrong with an HDLC frame, in words."""
    return f"bad HDLC frame: {_WORDS[bad.kind]} {bad.octets} octets"


@dataclass(slots=True)
class _Slot:
    """What is known of one slot."""

    good: int = 0
    bad: int = 0
    fill: int = 0
    hdlc: bool = False
    held: list[HdlcEvent] = field(default_factory=list)
    kind: ChannelKind = field(default_factory=ChannelKind)
    layers: dict[Layer, int] = field(default_factory=dict)


class SlotFrames:
    """The HDLC receivers of some slots, fed block by block."""

    def __init__(self, slots: int) -> None:
        self._receiver = BulkReceiver(slots)
        self._slots = [_Slot() for _ in range(slots)]
        self._octets = self._base = 0
        self._last = np.zeros((slots, 2), np.uint8)

    def restart(self, octet: int) -> None:
        """The slots go on at that octet of theirs, nothing being known of what came before."""
        self._receiver = BulkReceiver(len(self._slots))
        self._base = 8 * octet
        for slot in self._slots:
            slot.held.clear()

    def is_hdlc(self, index: int) -> bool:
        """Whether this slot (from 0) has shown to carry HDLC."""
        return self._slots[index].hdlc

    def receive(self, block: Octets) -> list[Seen]:
        """Take the next octets of each slot (slots, octets); what was seen in those that carry HDLC."""
        self._octets += block.shape[1]
        self._count_fill(block)
        seen: list[Seen] = []
        for index, events in enumerate(self._receiver.receive(block)):
            slot = self._slots[index]
            for event in events:
                good = isinstance(event, GoodFrame)
                slot.good += good
                slot.bad += not good
            if not slot.hdlc:
                slot.held += [event for event in events if isinstance(event, GoodFrame)]
                if not self._shown(slot):
                    del slot.held[:-_HELD]
                    continue
                slot.hdlc = True
                events, slot.held = slot.held, []
            seen += [(index, self._base + event.end_bit, self._read(slot, event)) for event in events]
        return seen

    def findings(self, numbers: Sequence[int]) -> Iterator[str]:
        """What each slot that carries HDLC turned out to be; `numbers` are the slots' numbers."""
        for number, slot in zip(numbers, self._slots, strict=True):
            if slot.hdlc:
                layers = ", ".join(f"{count} {layer.value}" for layer, count in slot.layers.items())
                bad = f", {slot.bad} bad frames" if slot.bad else ""
                yield f"timeslot {number} carries HDLC: {layers} frames{bad}"
            elif self._octets and 2 * slot.fill > self._octets:
                yield f"timeslot {number} carries HDLC flags and no frame"

    def _count_fill(self, block: Octets) -> None:
        """Flags one after the other; a flag that turns up in audio stands alone."""
        joined = np.concatenate((self._last, block), axis=1)
        same = (joined[:, 2:] == joined[:, 1:-1]) & (joined[:, 1:-1] == joined[:, :-2])
        same &= _FILL.take(joined[:, 2:])
        for slot, count in zip(self._slots, same.sum(axis=1).tolist(), strict=True):
            slot.fill += count
        self._last = joined[:, -2:].copy()

    def _shown(self, slot: _Slot) -> bool:
        few_bad = slot.bad <= _BAD_TO_GOOD * slot.good
        return slot.good > 0 and (few_bad or _FILL_SHARE * slot.fill >= self._octets)

    @staticmethod
    def _read(slot: _Slot, event: HdlcEvent) -> tuple[Layer, bytes] | str:
        if isinstance(event, BadFrame):
            return describe_bad(event)
        layer = slot.kind.layer(event.data)
        slot.layers[layer] = slot.layers.get(layer, 0) + 1
        return layer, event.data
