"""`--fields` against tshark on captures of every form: byte orders, resolutions, blocks, damage."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import fields_frames as made
import pytest
from fields_capture import SECTION, block, interface, option, packet, theirs

from trunkbench.cli import main
from trunkbench.trace.wireshark import NAMES

FRAMES = [made.framed(made.message(octets)) for octets in (b"\xa1", b"\x28\x01A", made.BEHIND)] + [
    b"\0\1",
    b"",
]
FRAME = FRAMES[0]
MICRO, NANO = 0xA1B2C3D4, 0xA1B23C4D


def pcap(order: str, magic: int, times: list[tuple[int, int]]) -> bytes:
    """A pcap file of link type 203, with each frame at each of the times, seconds and fraction."""
    file = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, 203)
    for stamp in times:
        for frame in FRAMES:
            file += struct.pack(order + "IIII", *stamp, len(frame), len(frame)) + frame
    return file


COOKED = made.cooked(FRAMES[1], 4, False)
_EVENT = struct.pack("<HQQIHxx", 1, 1_700_000_000_000_000_007, 5, 32, 3) + bytes(4)
COUNTED = [
    (0x0BAD, b"\1\2\3\4custom"),
    (0x4000_0BAD, b"\1\2\3\4"),
    (9, b"MESSAGE=hello\n__REALTIME_TIMESTAMP=1700000000000123\n"),
    (9, b"MESSAGE=an entry without a time\n"),
    *((kind, _EVENT) for kind in (0x204, 0x216, 0x221)),
    *((kind, bytes(40)) for kind in (4, 5, 7, 8, 11, 12, 0x201, 0x208, 0x0BAE, 0x80000BAD)),
]
"""Blocks that are no packets; the first seven have numbers."""
SECTIONS = [
    interface() + packet(10**15, FRAME) + block(3, b"\x0a\0\0\0" + FRAME) + packet(7, FRAME),
    interface(option(9, b"\x09")) + packet(10**18 + 5, FRAME),
    interface(option(9, b"\x8a")) + packet((1000 << 10) + 5, FRAME),
    interface(option(9, b"\x03")) + packet(1_000_005, FRAME),
    interface(option(9, b"\x0c")) + packet(10**12 + 1_234_567_891_234, FRAME),
    interface(option(14, struct.pack("<q", 100))) + packet(1_000_005, FRAME),
    interface() + packet(7, FRAME).join(block(*counted) for counted in COUNTED) + packet(8, FRAME),
    interface(option(13, b"\x02")) + packet(5, FRAME + b"\x12\x34"),
    interface()
    + interface(link_type=177)
    + interface(link_type=1)
    + packet(5, FRAME)
    + packet(6, COOKED, 1)
    + packet(7, bytes(14) + b"abc", 2)
    + packet(8, FRAME, options=option(2, b"\x01\0\0\0")),
]
"""A simple packet without a time; resolutions, one so fine that tshark's arithmetic overflows; an offset of
the time; blocks between packets; an FCS announced; three interfaces."""
FILES: dict[str, bytes] = {
    "packed, nanoseconds": gzip.compress(
        pcap("<", NANO, [(1_700_000_000, 123_456_789), (5, 1_500_000_000), (0xFFFFFFFF, 1)])
    ),
    "cut off, most significant first": pcap(
        ">", MICRO, [(1_700_000_000, 999_999), (1, 2), (0xFFFFFFFF, 1), (5, 1_500_000), (6, 6)]
    )[:-17],
    "pcapng": b"".join(SECTION + blocks for blocks in SECTIONS),
}
"""pcap's times: a fraction of more than a second, the last second."""


@pytest.mark.parametrize("form", FILES)
def test_the_command_prints_what_tshark_prints(
    form: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "made"
    path.write_bytes(FILES[form])
    code = main(["decode", "--fields", ",".join(NAMES), os.fspath(path)])
    assert code == (1 if form.startswith("cut off") else 0)
    lines = capsysbinary.readouterr().out.decode("utf-8").split("\n")[:-1]
    assert lines == theirs(path, code)
