"""Captures in pcapng for comparing `--fields` with tshark, and the comparison: many parts in one file, since
starting tshark costs more than what it does.
"""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from peerlib import require_program

from trunkbench.trace.capture import Packet, read_capture
from trunkbench.trace.wireshark import NAMES, PacketFields, line

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
CAPTURES = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
LAPD, LINUX_LAPD, ETHERNET, MTP2 = 203, 177, 1, 140
_NANOSECONDS = b"\x09"


def block(kind: int, body: bytes) -> bytes:
    """A block of pcapng."""
    body += bytes(-len(body) % 4)
    total = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + total + body + total


def option(code: int, value: bytes) -> bytes:
    """An option with the end of options behind it."""
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4) + bytes(4)


SECTION = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(options: bytes = b"", link_type: int = LAPD) -> bytes:
    """An interface description."""
    return block(1, struct.pack("<HHI", link_type, 0, 0) + options)


def packet(stamp: int, frame: bytes, number: int = 0, options: bytes = b"", lost: int = 0) -> bytes:
    """An enhanced packet block; `lost` is how many octets more there were on the line."""
    size = len(frame)
    head = struct.pack("<IIIII", number, stamp >> 32, stamp & 0xFFFFFFFF, size, size + lost)
    return block(6, head + frame + bytes(-size % 4) + options)


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet: its link type, how many octets the capture lost, 1 in, 2 out, 0 not told, and its time."""

    data: bytes
    link_type: int = LAPD
    lost: int = 0
    direction: int = 0
    at_ns: int | None = None


Parts = dict[str, list[Sent]]


def of(link_type: int, frames: Iterable[bytes]) -> list[Sent]:
    """Packets of one link type."""
    return [Sent(frame, link_type) for frame in frames]


def written(parts: Parts) -> bytes:
    """A file in which each part is a section."""
    octets = []
    for sent in parts.values():
        types = list(dict.fromkeys(one.link_type for one in sent))
        octets += [SECTION, *(interface(option(9, _NANOSECONDS), kind) for kind in types)]
        for number, one in enumerate(sent):
            stamp = number * 1_000_000_007 if one.at_ns is None else one.at_ns
            told = option(2, struct.pack("<I", one.direction)) if one.direction else b""
            octets.append(packet(stamp, one.data, types.index(one.link_type), told, one.lost))
    return b"".join(octets)


def theirs(path: Path, damaged: int = 0) -> list[str]:
    """What tshark prints for every name, a line a packet; it fails if and only if the file is damaged."""
    command = [require_program("tshark", "tshark"), "-n", "-r", str(path), "-T", "fields"]
    for name in NAMES:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, timeout=100, check=not damaged)
    assert bool(done.returncode) is bool(damaged)
    return done.stdout.decode("utf-8").split("\n")[:-1]


def ours(path: Path) -> list[str]:
    """What we print."""
    fields = PacketFields()
    with path.open("rb") as file:
        packets = [item for item in read_capture(file, path.name) if isinstance(item, Packet)]
    return [line(fields.packet(packet), NAMES) for packet in packets]


def compared(path: Path, parts: Parts) -> None:
    """Write the parts to a file and find no difference; tells at most three a part, with the octets."""
    path.write_bytes(written(parts))
    mine, judge = ours(path), theirs(path)
    sent = [(name, one.data) for name, part in parts.items() for one in part]
    assert len(mine) == len(judge) == len(sent) > 0
    told: dict[str, list[str]] = {}
    for (part, data), left, right in zip(sent, mine, judge, strict=True):
        if left != right:
            columns = zip(NAMES, left.split("\t"), right.split("\t"), strict=True)
            unlike = [
                f"{name} is {ours!r}, tshark's {theirs!r}" for name, ours, theirs in columns if ours != theirs
            ]
            told.setdefault(part, []).append(f"{data.hex(' ')}: {'; '.join(unlike[:4])}")
    assert not told, {part: [len(all_), *all_[:3]] for part, all_ in told.items()}
