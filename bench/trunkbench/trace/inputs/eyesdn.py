"""EyeSDN's files (.trc, .esdn): what its USB probes saw on an S0 or E1 line, frames and layer 1 events.

The file is "EyeSDN" and then records, each behind an octet FF: microseconds (3 octets), seconds (5), channel,
kind and direction, length (2), and the frame without FCS. Within a record FE stands before FE and FF, which
are written two less; so an FF within one means that it was cut off.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from trunkbench.trace.capture import Damage
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.inputs.source import Source
from trunkbench.trace.record import Direction, Foreign, FrameRecord, Happening, Layer
from trunkwire.side import Side

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace

MAGIC = b"EyeSDN"
_FLAG = b"\xff"
_ESCAPE = 0xFE
_ESCAPED = 2
_HEADER = struct.Struct(">3s5sBBH")
_NS = 1_000_000_000
_ISDN, _EVENT = 0, 1
_KINDS = {
    2: "LAPB",
    3: "ATM cell",
    4: "MTP2",
    5: "DPNSS",
    6: "DASS 2",
    7: "BACnet",
    8: "V5 envelope",
}
_NOT_FRAMES = frozenset({3, 7})
_MTP2 = 4
_WELL = re.compile(r"\bup\b|detected|locked|activ|\bok\b|found|cleared", re.IGNORECASE)
_UNWELL = re.compile(
    r"\bdown\b|lost|loss|alarm|error|deactiv|\bAIS\b|\bLOS\b|\bRAI\b|slip|fail", re.IGNORECASE
)


def recognise(head: bytes) -> str | None:
    """By its magic."""
    return "EyeSDN trace" if head.startswith(MAGIC) else None


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """One item a record; a record that was cut off or spoilt is damage."""
    source.read(len(MAGIC))
    number = 0
    start = source.offset
    lead = source.read(1)
    while lead:
        if lead != _FLAG:
            skipped = _to_flag(source)
            yield Damage(start, f"{skipped + 1} octets that are no record", "they were left out", False)
        flags = _flags(source)
        if flags:
            yield Damage(start, f"{flags} flags without a record", "they were left out", False)
        octets, problem = _record(source)
        if problem:
            yield Damage(start, problem, "it was left out", False)
        else:
            number += 1
            yield _item(octets, number, start)
        start = source.offset
        lead = source.read(1)


def _to_flag(source: Source) -> int:
    """Take everything up to and with the next flag; how much stood before it."""
    skipped = 0
    while head := source.peek(65_536):
        place = head.find(_FLAG)
        source.read(len(head) if place < 0 else place + 1)
        skipped += len(head) if place < 0 else place
        if place >= 0:
            break
    return skipped


def _flags(source: Source) -> int:
    """Take flags that stand where a record ought to begin; how many they were."""
    count = 0
    while head := source.peek(65_536):
        run = len(head) - len(head.lstrip(_FLAG))
        source.read(run)
        count += run
        if run < len(head):
            break
    return count


def _record(source: Source) -> tuple[bytes, str]:
    """The octets of the record behind a flag, and what is wrong with it."""
    octets = bytearray()
    needed = _HEADER.size
    while len(octets) < needed:
        piece, ended = _unescaped(source, needed - len(octets))
        octets += piece
        if ended:
            missing = needed - len(octets)
            return b"", f"a record is cut off, at least {missing} of its octets are missing"
        if needed == _HEADER.size and len(octets) == needed:
            needed += _HEADER.unpack(octets)[4]
    return bytes(octets), ""


def _unescaped(source: Source, count: int) -> tuple[bytes, bool]:
    """Up to `count` octets of a record, and whether the file or the record ends there."""
    head = source.peek(count)
    flag = head.find(_FLAG)
    ended = flag >= 0 or len(head) < count
    if flag >= 0:
        head = head[:flag]
    place = head.find(_ESCAPE)
    if place < 0:
        return source.read(len(head)), ended
    if place:
        return source.read(place), False
    pair = source.peek(2)
    if len(pair) < 2 or pair[1:] == _FLAG:
        source.read(1)
        return b"", True
    source.read(2)
    return bytes(((pair[1] + _ESCAPED) & 0xFF,)), False


def _item(octets: bytes, number: int, offset: int) -> Item:
    """What one record is."""
    micro, seconds, channel, kind, _length = _HEADER.unpack_from(octets)
    data = octets[_HEADER.size :]
    at_ns = int.from_bytes(seconds, "big") * _NS + int.from_bytes(micro, "big") * 1000
    kind, from_user = divmod(kind, 2)
    end = "TE" if from_user else "NT"
    if kind == _EVENT:
        what = data.rstrip(b"\0").decode("latin-1")
        alarm = True if _UNWELL.search(what) else False if _WELL.search(what) else None
        return Happening(at_ns, f"{end} side: {what}", number=number, offset=offset, alarm=alarm)
    if kind in _NOT_FRAMES or (kind != _ISDN and kind not in _KINDS):
        what = _KINDS.get(kind, f"EyeSDN record of kind {kind}")
        return Foreign(number, at_ns, offset, f"{what}, {len(data)} octets")
    layer = Layer.MTP2 if kind == _MTP2 else Layer.OTHER
    span = _KINDS.get(kind, "")
    if kind == _ISDN:
        # Channel 0 is the D channel; what was seen on the others are frames of B channels.
        layer, span = (Layer.OTHER, f"B{channel}") if channel else (Layer.LAPD, "")
        from_user ^= bool(channel)  # the probes have it the other way round there
    return FrameRecord(
        at_ns,
        Direction.OUT if from_user else Direction.IN,
        data,
        span,
        channel if kind == _ISDN else 0,
        Side.USER,
        number,
        offset,
        layer=layer,
    )
