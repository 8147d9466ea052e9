"""`--fields` against tshark on captures of every form: byte orders, resolutions, blocks, damage."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import fields_frames as made
import pytest
from test_tshark_fields import theirs

from trunkbench.cli import main
from trunkbench.trace.wireshark import NAMES

FRAMES = [made.framed(made.message(octets)) for octets in (b"\xa1", b"\x28\x01A", made.BEHIND)] + [b"\0\1"]
MICRO, NANO = 0xA1B2C3D4, 0xA1B23C4D


def pcap(order: str, magic: int, seconds: int, fraction: int, frames: list[bytes] = FRAMES) -> bytes:
    """A pcap file of link type 203."""
    file = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, 203)
    for frame in frames:
        file += struct.pack(order + "IIII", seconds, fraction, len(frame), len(frame)) + frame
    return file


def block(kind: int, body: bytes) -> bytes:
    """A block of pcapng."""
    body += bytes(-len(body) % 4)
    total = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + total + body + total


def option(code: int, value: bytes) -> bytes:
    """An option with the end of options behind it."""
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4) + bytes(4)


SECTION = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(options: bytes = b"", link_type: int = 203) -> bytes:
    """An interface description."""
    return block(1, struct.pack("<HHI", link_type, 0, 0) + options)


def packet(stamp: int, frame: bytes = FRAMES[0], number: int = 0, options: bytes = b"") -> bytes:
    """An enhanced packet block."""
    size = len(frame)
    head = struct.pack("<IIIII", number, stamp >> 32, stamp & 0xFFFFFFFF, size, size)
    return block(6, head + frame + bytes(-size % 4) + options)


COOKED = made.cooked(FRAMES[1], 4, False)
SECTIONS = [
    interface() + packet(10**15) + block(3, b"\x0a\0\0\0" + FRAMES[0]) + packet(7),
    interface(option(9, b"\x09")) + packet(10**18 + 5),
    interface(option(9, b"\x8a")) + packet((1000 << 10) + 5),
    interface(option(9, b"\x03")) + packet(1_000_005),
    interface(option(9, b"\x0c")) + packet(10**12 + 1_234_567_891_234),
    interface(option(14, struct.pack("<q", 100))) + packet(1_000_005),
    interface(option(13, b"\x02")) + packet(5, FRAMES[0] + b"\x12\x34"),
    interface()
    + interface(link_type=177)
    + interface(link_type=1)
    + packet(5)
    + packet(6, COOKED, 1)
    + packet(7, bytes(14) + b"abc", 2)
    + packet(8, options=option(2, b"\x01\0\0\0")),
]
"""A simple packet without a time; resolutions, one so fine that tshark's arithmetic overflows; an offset of
the time; an FCS announced; three interfaces."""
FILES: dict[str, bytes] = {
    "nanoseconds": pcap("<", NANO, 1_700_000_000, 123_456_789),
    "most significant first": pcap(">", MICRO, 1_700_000_000, 999_999),
    "an empty packet": pcap("<", MICRO, 1, 2, [*FRAMES, b"", *FRAMES]),
    "the last second": pcap("<", MICRO, 0xFFFFFFFF, 1),
    "more than a second of microseconds": pcap("<", MICRO, 5, 1_500_000),
    "more than a second of nanoseconds": pcap("<", NANO, 5, 1_500_000_000),
    "packed": gzip.compress(pcap("<", NANO, 1_700_000_000, 5)),
    "cut off": pcap("<", NANO, 1_700_000_000, 5)[:-3],
    "pcapng": b"".join(SECTION + blocks for blocks in SECTIONS),
}


@pytest.mark.parametrize("form", FILES)
def test_the_command_prints_what_tshark_prints(
    form: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "made"
    path.write_bytes(FILES[form])
    code = main(["decode", "--fields", ",".join(NAMES), os.fspath(path)])
    assert code == (1 if form == "cut off" else 0)
    lines = capsysbinary.readouterr().out.decode("utf-8").split("\n")[:-1]
    assert lines == theirs(path, code)
