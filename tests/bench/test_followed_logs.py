"""Logs, dumps and raw lines that grow while they are read: what is whole does not wait for more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from trunkbench.trace.inputs import InputOptions, open_trace
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.record import FrameRecord
from trunkwire.e1 import frame_crc4, multiplex
from trunkwire.e1.mux import CLEAR
from trunkwire.hdlc import BitEncoder

SABME, UA = bytes.fromhex("00017f"), bytes.fromhex("000173")


class Growing:
    """A file to which a part is added whenever its end is waited at; then it is left alone."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts, self.there, self.at = parts, b"", 0
        self.seen: list[int] = []

    def read(self, size: int) -> bytes:
        data = self.there[self.at : self.at + size]
        self.at += len(data)
        return data

    def wait(self) -> bool:
        if not self.parts:
            return False
        self.there += self.parts.pop(0)
        return True


def follow(parts: list[bytes]) -> Iterator[tuple[Item, int]]:
    """Each item, and how many parts were still to come when it was given."""
    file = Growing(parts)
    trace = open_trace(file, "growing", InputOptions(wait=file.wait))  # type: ignore[arg-type]
    for item in trace:
        yield item, len(file.parts)


def frames(parts: list[bytes]) -> list[tuple[bytes, int]]:
    return [(item.data, left) for item, left in follow(parts) if isinstance(item, FrameRecord)]


@pytest.mark.parametrize(
    ("lines", "behind"),
    [
        ((b"< [ 00 01 7f ]\n", b"> [ 00 01 73 ]\n"), 0),
        ((b"0000 00 01 7f\n", b"0000 00 01 73\n"), 1),
        ((b"00 01 7f\n", b"00 01 73\n"), 0),
        ((b"ISDN BR0: Q921: User TX -> SABMEp sapi=0 tei=0\n", b"ISDN BR0: RX <- UAf sapi=0 tei=0\n"), 0),
    ],
)
def test_lines_are_read_as_they_come(lines: tuple[bytes, bytes], behind: int) -> None:
    found = frames([lines[0], lines[1], b"\n", b"\n"])
    assert [data for data, _left in found] == [SABME, UA]
    # A dump with offsets cannot know that a frame is whole before the next begins.
    assert found[0][1] == 3 - behind


def line(octets: int = 4096) -> bytes:
    encoder = BitEncoder()
    slots = np.random.default_rng(1).integers(0, 256, (32, octets), dtype=np.uint8)
    parts = []
    for number in range(octets // 128):
        encoder.queue((SABME, UA)[number % 2])
        parts.append(encoder.octets(128))
    slots[16] = np.frombuffer(b"".join(parts), np.uint8)
    frame_crc4(slots, np.full(octets // 16, CLEAR, np.uint8), 0)
    return multiplex(slots).tobytes()


def test_raw_line_is_read_as_it_comes() -> None:
    octets = line()
    parts = [octets[at : at + 8192] for at in range(0, len(octets), 8192)]
    found = frames(list(parts))
    assert len(found) == 32
    assert found[0][1] >= len(parts) // 4
    assert [data for data, _left in found[:2]] == [SABME, UA]


def test_raw_timeslot_is_read_as_it_comes() -> None:
    encoder = BitEncoder()
    parts = []
    for number in range(10):
        encoder.queue((SABME, UA)[number % 2])
        parts.append(encoder.octets(80))
    found = frames(parts)
    assert [data for data, _left in found] == [SABME, UA] * 5
    assert [left for _data, left in found] == list(range(9, -1, -1))
