"""Hex dumps as text2pcap reads them: generated dumps through both, and the frames compared."""

from __future__ import annotations

import io
import random
import subprocess
from pathlib import Path

import pytest
from peerlib import require_program

from trunkbench.trace.capture import Packet, read_capture
from trunkbench.trace.inputs import open_trace
from trunkbench.trace.record import Direction, FrameRecord

FIRST = "0000 00 01 7f\n"
"""A frame that makes the dump be taken for one of a D channel."""
ODD = (
    "0000 00 01\n0001 02 03\n",
    "0000 41 42\n0003 43\n0000 44\n",
    "0000 41\n\n0001 42\n",
    "x 0000 41 42\n",
    "> > 0000 aa bb\n",
    "0000: aa bb\n",
    "0000 41 42 43 44 ab cd\n0004 45\n",
    "0000  41 42 43   ABC dead beef\n",
    "0000 41 42\n0002\n0000 43\n",
    "00000000000 41 42\n",
    "0000 4 1 42\n",
    "# a comment 0000 55\n0000 56 57\n",
    "0000 abc de\n",
    "2024-02-29 10:11:12 0000 41 42\n",
    "abcd 01 02 03\nabd0 04\n",
    "0000 0xaa 0xbb\n",
    "0000 aa,bb\n",
)


@pytest.fixture
def text2pcap() -> str:
    return require_program("text2pcap", "wireshark-common")


def packets(program: str, text: str, tmp_path: Path, *options: str) -> list[Packet]:
    source, out = tmp_path / "dump.txt", tmp_path / "dump.pcapng"
    source.write_text(text)
    done = subprocess.run(
        [program, "-q", "-l", "203", *options, str(source), str(out)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [item for item in read_capture(io.BytesIO(out.read_bytes())) if isinstance(item, Packet)]


def frames(text: str) -> list[FrameRecord]:
    trace = open_trace(io.BytesIO(text.encode()), "dump.txt")
    return [item for item in trace if isinstance(item, FrameRecord)]


def compare(program: str, text: str, tmp_path: Path) -> None:
    theirs = [packet.data for packet in packets(program, text, tmp_path)]
    assert [record.data for record in frames(text)] == theirs


def test_odd_dumps(text2pcap: str, tmp_path: Path) -> None:
    """All in one dump; each begins behind a frame of its own."""
    compare(text2pcap, "".join(FIRST + odd for odd in ODD), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("odd", ODD)
def test_each_odd_dump(text2pcap: str, tmp_path: Path, odd: str) -> None:
    compare(text2pcap, FIRST + odd, tmp_path)


def frame(rng: random.Random) -> bytes:
    return bytes((0, 1, rng.choice((0, 1, 0x7F)), *rng.randbytes(rng.randrange(1, 60))))


def dump(rng: random.Random, data: bytes, base: str) -> str:
    width, text = rng.choice((4, 8, 16)), ""
    for at in range(0, len(data), width):
        row = data[at : at + width]
        offset = {"hex": f"{at:06x}", "oct": f"{at:06o}", "dec": f"{at:06d}"}[base]
        text += f"{offset}{rng.choice(('  ', ' ', ': '))}{row.hex(' ')}"
        text += rng.choice(("", "   " + "".join(chr(o) if 32 < o < 127 else "." for o in row) + "_")) + "\n"
    return text + rng.choice(("", "\n", "# nothing\n"))


@pytest.mark.parametrize("base", ["hex", "oct", "dec"])
@pytest.mark.parametrize("dumps", [1, pytest.param(8, marks=pytest.mark.long)])
def test_generated_dumps(text2pcap: str, tmp_path: Path, base: str, dumps: int) -> None:
    rng = random.Random(base)
    for _ in range(dumps):
        # The first frame is long enough for its offsets to tell the radix.
        text = dump(rng, frame(rng) + bytes(40), base) + "".join(
            dump(rng, frame(rng), base) for _ in range(rng.randrange(40, 60))
        )
        theirs = [packet.data for packet in packets(text2pcap, text, tmp_path, "-o", base)]
        assert [record.data for record in frames(text)] == theirs


def test_directions_and_times(text2pcap: str, tmp_path: Path) -> None:
    rng, text = random.Random(7), ""
    for number in range(20):
        text += f"{rng.choice('IO')} 2024-02-29 10:11:{number:02d}.{rng.randrange(10**6):06d} "
        text += f"0000 {frame(rng).hex(' ')}\n"
    theirs = packets(text2pcap, text, tmp_path, "-D", "-t", "%Y-%m-%d %H:%M:%S.%f")
    ways = {1: Direction.IN, 2: Direction.OUT}
    ours = frames(text)
    assert [(r.data, r.direction) for r in ours] == [(p.data, ways[p.direction]) for p in theirs]
    # text2pcap takes times for local ones; what lies between them is the same.
    assert [r.at_ns - ours[0].at_ns for r in ours] == [p.at_ns - theirs[0].at_ns for p in theirs]
