"""TDMoE (DAHDI's dynamic spans): from packets of some samples of every channel to frames and signalling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from trunkbench.trace.inputs.merging import Merged
from trunkbench.trace.inputs.numbering import numbered
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.inputs.slotline import SlotLine
from trunkbench.trace.record import Direction, Happening
from trunkwire.carriers.tdmoe import CHANNELS_PER_WORD, Tdmoe

if TYPE_CHECKING:
    from trunkbench.trace.inputs.network import Told
    from trunkbench.trace.inputs.opening import Trace

LARGEST_SPAN = 256
"""Channels that DAHDI allows a dynamic span."""
SPANS = 256
_COUNTS = 1 << 16


@dataclass(slots=True)
class _Way:
    """One direction of one span."""

    line: SlotLine
    counter: int
    merged: Merged
    yellow: bool = False
    signalling: list[int] = field(default_factory=list)


class TdmoeSpans:
    """All spans of one interface."""

    def __init__(self, options: InputOptions, trace: Trace) -> None:
        self._options = options
        self._trace = trace
        self._ways: dict[tuple[int, int], _Way] = {}
        self._ends: dict[int, list[int]] = {}
        self._merged: dict[str, Merged] = {}

    def take(self, payload: bytes, told: Told, source: int) -> Iterator[Item | str]:
        """What one packet holds and completes."""
        header = Tdmoe.layout.reader(payload)
        words = -(-header.channels // CHANNELS_PER_WORD) if header.signalling else 0
        size = header.channels * header.samples
        yield f"TDMoE, span {header.subaddress}, packet {header.counter}"
        if not 0 < header.channels <= LARGEST_SPAN or not header.samples:
            yield f"{header.channels} channels of {header.samples} samples: broken"
            return
        samples = header.rest[2 * words : 2 * words + size]
        if len(samples) < size:
            yield f"{size - len(samples)} of its {size} samples are missing"
            return
        way = self._way(header, told, source)
        if way is None:
            yield "too many spans"
            return
        way.merged.keep(self._changes(way, header, header.rest[: 2 * words], told))
        block = np.frombuffer(samples, np.uint8).reshape(header.channels, header.samples)
        way.merged.keep(way.line.feed(block, told.number, told.offset, told.at_ns))
        yield from numbered(way.merged.ripe(), told.number, told.offset)

    def finish(self) -> Iterable[Item]:
        """What the lines still hold."""
        for way in self._ways.values():
            way.merged.keep(way.line.finish())
            self._trace.findings += [f"{way.line.span}: {told}" for told in way.line.findings()]
        for merged in self._merged.values():
            yield from merged.all()

    def _way(self, header: Tdmoe, told: Told, source: int) -> _Way | None:
        key = (source, header.subaddress)
        way = self._ways.get(key)
        if way is None or way.line.slots != header.channels:
            if way is None and len(self._ways) >= SPANS:
                return None
            direction, span = self._name(header.subaddress, source, told)
            audio = self._options.audio
            line = SlotLine(header.channels, span, direction, told.at_ns, audio=audio)
            merged = self._merged.setdefault(span, Merged())
            merged.join(line, way.line if way else None)
            way = self._ways[key] = _Way(line, (header.counter - 1) % _COUNTS, merged)
        return way

    def _name(self, subaddress: int, source: int, told: Told) -> tuple[Direction, str]:
        """Both directions of a span have one name; the end that is seen first counts as the recording one."""
        ends = self._ends.setdefault(subaddress, [])
        if source not in ends:
            ends.append(source)
        place = ends.index(source)
        direction = told.direction
        if direction is Direction.UNKNOWN:
            direction = Direction.IN if place % 2 else Direction.OUT
        span = f"TDMoE span {subaddress}"
        return direction, span if place < 2 else f"{span}, ends {place // 2 + 1}"

    def _changes(self, way: _Way, header: Tdmoe, octets: bytes, told: Told) -> Iterator[Item]:
        """Lost packets, the yellow alarm, and the signalling bits of each channel."""

        def happening(what: str, alarm: bool | None, slot: int = 0) -> Happening:
            return Happening(told.at_ns, what, way.line.span, slot, told.number, told.offset, alarm)

        lost = (header.counter - way.counter - 1) % _COUNTS
        way.counter = header.counter
        if lost and lost < _COUNTS // 2:
            yield happening(f"TDMoE: {lost} packets lost before packet {header.counter}", True)
            yield from way.line.lose(lost * header.samples)
        elif lost:
            yield happening(f"TDMoE: packet {header.counter} came again or too late", None)
        if header.yellow != way.yellow:
            way.yellow = header.yellow
            yield happening("TDMoE: yellow alarm" + ("" if header.yellow else " ended"), header.yellow)
        nibbles = [nibble for pair in zip(*[iter(octets)] * 2, strict=True) for nibble in _nibbles(*pair)]
        before, way.signalling = way.signalling, nibbles[: header.channels]
        for slot, (old, new) in enumerate(zip(before, way.signalling, strict=False), 1):
            if old != new:
                yield happening(f"CAS channel {slot}: ABCD {old:04b} to {new:04b}", None, slot)


def _nibbles(high: int, low: int) -> tuple[int, int, int, int]:
    """The signalling bits of four channels, the lowest first."""
    return low & 15, low >> 4, high & 15, high >> 4


__all__ = ["TdmoeSpans"]
