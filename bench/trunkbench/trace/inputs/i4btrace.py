"""ISDN4BSD's `i4btrace` files (isdntrace): what the drivers of ISDN cards saw of D and B channels.

Each packet stands behind eight 32-bit integers of the recording host's byte order: length with header, unit,
channel, direction, octets left out, count, seconds, microseconds. There is no magic, so the first packets'
headers are what a file is recognised by.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkbench.trace.capture import Damage
from trunkbench.trace.inputs.hdlcframes import may_be_lapd
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.inputs.source import Source
from trunkbench.trace.record import Audio, Direction, Foreign, FrameRecord, Happening, Layer
from trunkwire.hdlc.fcs import MIRROR
from trunkwire.side import Side

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace

_LAYOUT = "8I"
_HEADER = 32
_LARGEST = 16_384
_UNITS = 16
_CUT = 65_536
_CHECKED = 8
"""Packets whose headers must be right for a file to be one."""
_LAYER_1, _D, _B2 = 0, 1, 3
_NS = 1_000_000_000
_SAMPLE_NS = 125_000
_INFOS = ("INFO 0", "INFO 1 (8)", "INFO 1 (10)", "INFO 2", "INFO 3", "INFO 4 (8)", "INFO 4 (10)")
"""I.430 6.2.2; the numbers in brackets are priority classes."""
_AUDIO_LEAST = 64
"""Octets below which a packet of a B channel is an HDLC frame."""
_SLACK = 4000
"""Samples by which the clock of the host may differ from the count of samples: half a second."""


def recognise(head: bytes) -> str | None:
    """By the headers of its first packets, in either byte order."""
    for order, words in (("<", "least"), (">", "most")):
        if _fits(head, order):
            return f"ISDN4BSD i4btrace, {words} significant octet first"
    return None


def _fits(head: bytes, order: str) -> bool:
    at = found = 0
    while found < _CHECKED and at + _HEADER <= len(head):
        fields = struct.unpack_from(order + _LAYOUT, head, at)
        if not _plausible(fields):
            return False
        found += 1
        at += fields[0]
    return found > 0


def _plausible(fields: tuple[int, ...]) -> bool:
    length, unit, channel, direction, cut, _count, _seconds, micro = fields
    return (
        _HEADER <= length <= _LARGEST
        and unit < _UNITS
        and channel <= _B2
        and direction <= 1
        and cut < _CUT
        and micro < 1_000_000
    )


@dataclass(slots=True)
class _Bearer:
    """One B channel in one direction: whether it carries frames, and how many samples have passed."""

    frames: int = 0
    audio: int = 0
    samples: int = 0


class _Reader:
    """The state of reading one file."""

    def __init__(self, source: Source, options: InputOptions) -> None:
        self._source = source
        self._options = options
        self._bearers: dict[tuple[int, int, int], _Bearer] = {}
        self._epoch: int | None = None
        self.has_audio = False

    def items(self, order: str) -> Iterator[Item]:
        """One item a packet."""
        number = 0
        while True:
            start = self._source.offset
            header = self._source.read(_HEADER)
            if not header:
                return
            if len(header) < _HEADER:
                yield _ended(start, _HEADER - len(header), "a packet header")
                return
            fields = struct.unpack(order + _LAYOUT, header)
            if not _plausible(fields):
                advice = "the next packet cannot be found; what stands before was read"
                yield Damage(start, "a packet header makes no sense", advice, True)
                return
            data = self._source.read(fields[0] - _HEADER)
            if len(data) < fields[0] - _HEADER:
                yield _ended(start, fields[0] - _HEADER - len(data), "a packet")
                return
            number += 1
            yield self._item(fields, data, number, start)

    def _item(self, fields: tuple[int, ...], data: bytes, number: int, offset: int) -> Item:
        _length, unit, channel, direction, cut, _count, seconds, micro = fields
        at_ns = seconds * _NS + micro * 1000
        self._epoch = at_ns if self._epoch is None else self._epoch
        span = f"unit {unit}" if unit else ""
        if channel == _LAYER_1:
            info = data[0] if data else -1
            what = _INFOS[info] if 0 <= info < len(_INFOS) else f"event {data.hex(' ')}"
            end = "NT" if direction else "TE"
            return Happening(at_ns, f"layer 1: {what} from the {end}", span, 0, number, offset)
        slot = channel - _D
        layer = Layer.LAPD
        if slot:
            span = f"{span} B{slot}".strip()
            layer = Layer.OTHER
            if not self._is_frame(self._bearer(unit, channel, direction), data):
                return self._audio((unit, channel, direction), data, number, offset, at_ns, span)
        if not data:
            return Foreign(number, at_ns, offset, "an empty packet")
        way = Direction.IN if direction else Direction.OUT
        original = len(data) + cut if cut else None
        return FrameRecord(at_ns, way, data, span, slot, Side.USER, number, offset, original, layer=layer)

    def _bearer(self, *key: int) -> _Bearer:
        unit, channel, direction = key
        return self._bearers.setdefault((unit, channel, direction), _Bearer())

    @staticmethod
    def _is_frame(bearer: _Bearer, data: bytes) -> bool:
        """Whether a packet of a B channel is an HDLC frame (V.120, PPP) rather than octets of audio."""
        if len(data) < _AUDIO_LEAST:
            bearer.frames += 1
            return True
        if not may_be_lapd(data) and data[:2] != b"\xff\x03":
            # A long packet that has no address: frames of an unknown kind, or audio.
            if bearer.frames <= bearer.audio:
                bearer.audio += 1
                return False
            return True
        if bearer.audio > bearer.frames:
            return False
        bearer.frames += 1
        return True

    def _audio(
        self, key: tuple[int, int, int], data: bytes, number: int, offset: int, at_ns: int, span: str
    ) -> Item:
        """Octets of a B channel as the chip has them, the least significant bit first."""
        self.has_audio = True
        slot = key[1] - _D
        if not self._options.audio:
            return Foreign(number, at_ns, offset, f"{span}, {len(data)} octets that are no frame (audio)")
        bearer = self._bearer(*key)
        # The time is that of the last octet.
        by_clock = max((at_ns - (self._epoch or 0)) // _SAMPLE_NS - len(data), 0)
        first = by_clock if abs(by_clock - bearer.samples) > _SLACK else bearer.samples
        bearer.samples = first + len(data)
        way = Direction.IN if key[2] else Direction.OUT
        return Audio(at_ns, span, slot, way, first, data.translate(MIRROR), number)


def _ended(start: int, missing: int, what: str) -> Damage:
    problem = f"the file ends inside {what}, {missing} of its octets are missing"
    advice = "it was cut off while being written or copied: copy it again, or go on with what was read"
    return Damage(start, problem, advice, True)


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """One item a packet; where a header makes no sense reading ends."""
    order = "<" if _fits(source.peek(_CHECKED * _HEADER * 8), "<") else ">"
    reader = _Reader(source, options)
    yield from reader.items(order)
    if reader.has_audio:
        trace.findings.append(
            "octets of B channels have the least significant bit first and were turned round"
        )
