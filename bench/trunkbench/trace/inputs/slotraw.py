"""Files that hold the octets or bits of one timeslot: HDLC, TRAU frames, audio; either order of the bits.

HDLC is looked for on all 64 kbit/s, on 56 kbit/s and on sub-slots of 32, 16 and 8 kbit/s (I.460), at any bit
offset, which HDLC does not mind, and at last with inverted polarity. Sub-slots of 16 kbit/s may carry TRAU
frames. Else, octets that behave like sound are audio; there is no D channel in it, but `--wav` makes it
audible. Noise is none of these.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from trunkbench.trace.inputs.audioguess import Coding, guess
from trunkbench.trace.inputs.bitdump import INVERTED, POLARITY, Form, Packing, packed, packing_of, raw_octets
from trunkbench.trace.inputs.hdlcframes import ChannelKind
from trunkbench.trace.inputs.hdlcslots import describe_bad
from trunkbench.trace.inputs.leading import HEAD, behind_lead
from trunkbench.trace.inputs.seen import what_is
from trunkbench.trace.inputs.subslots import RESTRICTED, WHOLE, Octets, Stream, sub_slots
from trunkbench.trace.inputs.trau import TrauWatch, count_frames
from trunkbench.trace.record import Audio, Direction, FrameRecord, Happening
from trunkwire.g711 import Law
from trunkwire.hdlc import BadFrame, BulkReceiver, GoodFrame
from trunkwire.hdlc.octets import FLAG_FILL

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.options import InputOptions, Item
    from trunkbench.trace.inputs.source import Source

_BAD_TO_GOOD = 4
_FILL_SHARE = 0.2
_FLAGS_ONLY = 0.95
_LEAST_FLAGS = 64
_LEAST_TRAU = 3
_SAMPLE_NS = 125_000
_STEP = 8
"""Octets in which every stream has whole octets."""


def recognise(head: bytes) -> str | None:
    """The format in words, or None."""
    octets = _octets_of(head)
    if octets is None:
        return None
    found = _find(octets)
    return None if found is None else f"raw timeslot: {found.words}"


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """Frames, changes of what is on the sub-slots, and audio if it is asked for."""
    head = behind_lead(source.waiting[:HEAD], source)
    found = _find(_octets_of(head) or b"")
    if found is None:
        return
    trace.findings.append(found.words)
    if found.inverted:
        trace.findings.append(POLARITY)
    for octets in raw_octets(source, Form(packing_of(head), found.inverted)):
        if isinstance(octets, bytes):
            yield from found.feed(octets, options.audio)
        else:
            yield octets
    yield from found.finish(options.audio)
    trace.findings += found.findings


def _octets_of(head: bytes) -> bytes | None:
    """The octets of a dump, None for what is plainly something else."""
    packing = packing_of(head)
    if packing is not Packing.OCTETS:
        return packed(head, packing)
    seen = what_is(head)
    return head if seen.startswith("of no known format") else None


class _Found(ABC):
    """What was found on the timeslot."""

    words = ""
    inverted = False
    """Whether it was found once every bit had been turned round."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self._waiting = b""

    def feed(self, octets: bytes, audio: bool) -> Iterator[Item]:
        """Take the next octets."""
        self._waiting += octets
        size = len(self._waiting) // _STEP * _STEP
        ready, self._waiting = self._waiting[:size], self._waiting[size:]
        if ready:
            yield from self.work(ready, audio)

    def finish(self, audio: bool) -> Iterator[Item]:
        """The end of the dump."""
        if self._waiting:
            yield from self.work(self._waiting, audio)

    @abstractmethod
    def work(self, octets: bytes, audio: bool) -> Iterator[Item]:
        """Read some octets, all of whole streams but the last."""


class _Hdlc(_Found):
    """HDLC on one or more streams."""

    def __init__(self, streams: Sequence[Stream], frames: bool = True, inverted: bool = False) -> None:
        super().__init__()
        self.inverted = inverted
        self._streams = streams
        self._receiver = BulkReceiver(len(streams))
        self._kinds = [ChannelKind() for _ in streams]
        self._good, self._bad, self._count = [0] * len(streams), [0] * len(streams), 0
        where = ", ".join(filter(None, (stream.name for stream in streams)))
        self.words = f"HDLC{' flags' if not frames else ''} {f'on {where}' if where else 'on 64 kbit/s'}"
        self.words += f", {streams[0].order}{', polarity inverted' if inverted else ''}"

    def work(self, octets: bytes, audio: bool) -> Iterator[Item]:
        array = np.frombuffer(octets, np.uint8)
        blocks = [np.packbits(_padded(stream.bits(array))) for stream in self._streams]
        seen = [
            (self._streams[index].ns_of(event.end_bit), index, event)
            for index, events in enumerate(self._receiver.receive(blocks))
            for event in events
        ]
        for _at_ns, index, event in sorted(seen, key=lambda entry: entry[:2]):
            yield self._item(index, event)

    def finish(self, audio: bool) -> Iterator[Item]:
        yield from super().finish(audio)
        for stream, good, bad in zip(self._streams, self._good, self._bad, strict=True):
            where = f"{stream.name}: " if stream.name else ""
            self.findings.append(f"{where}{good} HDLC frames" + (f", {bad} bad ones" if bad else ""))

    def _item(self, index: int, event: GoodFrame | BadFrame) -> Item:
        stream = self._streams[index]
        at_ns = stream.ns_of(event.end_bit)
        offset = max(event.end_bit - 1, 0) // stream.width
        if isinstance(event, BadFrame):
            self._bad[index] += 1
            return Happening(at_ns, describe_bad(event), stream.name, offset=offset)
        self._good[index] += 1
        self._count += 1
        layer = self._kinds[index].layer(event.data)
        return FrameRecord(
            at_ns,
            Direction.UNKNOWN,
            event.data,
            stream.name,
            number=self._count,
            offset=offset,
            fcs=True,
            layer=layer,
        )


class _Trau(_Found):
    """TRAU frames on sub-slots of 16 kbit/s."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        super().__init__()
        self._streams = streams
        self._watches = [TrauWatch() for _ in streams]
        self._bits = [0] * len(streams)
        self.words = f"TRAU frames (GSM 08.60) on sub-slots of 16 kbit/s, {streams[0].order}"

    def work(self, octets: bytes, audio: bool) -> Iterator[Item]:
        array = np.frombuffer(octets, np.uint8)
        items: list[Item] = []
        for stream, watch in zip(self._streams, self._watches, strict=True):
            for bit, what in watch.receive(stream.bits(array)):
                offset = bit // stream.width
                items.append(Happening(stream.ns_of(bit + 1), what, stream.name, offset=offset))
        yield from sorted(items, key=_time)

    def finish(self, audio: bool) -> Iterator[Item]:
        yield from super().finish(audio)
        for stream, watch in zip(self._streams, self._watches, strict=True):
            if watch.frames:
                seconds = watch.frames * 0.02
                self.findings.append(
                    f"{stream.name}: {watch.frames} TRAU frames ({seconds:.2f} s), no D channel"
                )


class _Sound(_Found):
    """Audio, and nothing to decode."""

    def __init__(self, coding: Coding) -> None:
        super().__init__()
        self._coding = coding
        self._samples = 0
        self.words = f"audio, {coding.describe()}, no D channel"

    def work(self, octets: bytes, audio: bool) -> Iterator[Item]:
        samples = self._coding.octets(octets)
        first, self._samples = self._samples, self._samples + len(samples)
        if audio and samples:
            law = (self._coding.law or Law.ALAW).value
            yield Audio(first * _SAMPLE_NS, "", 0, Direction.UNKNOWN, first, samples, law=law)

    def finish(self, audio: bool) -> Iterator[Item]:
        yield from super().finish(audio)
        seconds = self._samples / 8000
        self.findings.append(f"{seconds:.1f} s of audio ({self._coding.describe()}): --wav makes it audible")
        yield Happening(
            0, f"{seconds:.1f} s of audio, {self._coding.describe()}; no D channel in this timeslot"
        )


def _time(item: Item) -> int:
    return getattr(item, "at_ns", 0)


def _padded(bits: Octets) -> Octets:
    """Whole octets; at the end of the dump ones are put behind, as on an idle line."""
    missing = -len(bits) % 8
    return np.concatenate((bits, np.ones(missing, np.uint8))) if missing else bits


def _find(octets: bytes) -> _Found | None:
    """What is on the timeslot whose first octets these are."""
    array = np.frombuffer(octets, np.uint8)
    if not len(array):
        return None
    for streams in (*((stream,) for stream in WHOLE), *((stream,) for stream in RESTRICTED)):
        if _carries_hdlc(array, streams):
            return _Hdlc(streams)
    if len(array) >= _LEAST_FLAGS and _fill(array) >= _FLAGS_ONLY:
        return _Hdlc(WHOLE[:1], frames=False)
    for width in (4, 2, 1):
        best = [_carries_hdlc(array, streams) for streams in sub_slots(width)]
        if any(best):
            return _Hdlc(max(best, key=len))
    for stream in (*WHOLE, *RESTRICTED):
        if _carries_hdlc(np.frombuffer(octets.translate(INVERTED), np.uint8), (stream,)):
            return _Hdlc((stream,), inverted=True)
    trau = [[stream for stream in streams if _trau(array, stream)] for streams in sub_slots(2)]
    if any(trau):
        return _Trau(max(trau, key=len))
    coding = guess(octets)
    return None if coding is None else _Sound(coding)


def _carries_hdlc(array: Octets, streams: Sequence[Stream]) -> list[Stream]:
    """Those of the streams that carry HDLC frames: right ones are not few among the others."""
    found = []
    blocks = [np.packbits(_padded(stream.bits(array))) for stream in streams]
    for stream, block, events in zip(streams, blocks, BulkReceiver(len(blocks)).receive(blocks), strict=True):
        good = sum(isinstance(event, GoodFrame) for event in events)
        bad = len(events) - good
        if good and (bad <= _BAD_TO_GOOD * good or _fill(block) >= _FILL_SHARE):
            found.append(stream)
    return found


def _fill(octets: Octets) -> float:
    """The share of octets that are flags one after the other."""
    if len(octets) < 3:
        return 0.0
    same = (octets[2:] == octets[1:-1]) & (octets[1:-1] == octets[:-2])
    return float((same & np.isin(octets[2:], list(FLAG_FILL))).mean())


def _trau(array: Octets, stream: Stream) -> int:
    """Whether TRAU frames follow one another on a sub-slot."""
    frames = count_frames(stream.bits(array))
    return frames if frames >= _LEAST_TRAU else 0
