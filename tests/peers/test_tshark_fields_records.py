"""`--fields` against tshark on traces that are no captures: EyeSDN's and ISDN4BSD's, real and made."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from pathlib import Path

import fields_frames as made
import pytest
from test_tshark_fields import CAPTURES, theirs

from trunkbench.cli import main
from trunkbench.trace.wireshark import NAMES


def ours(path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> list[str]:
    """What the command prints."""
    assert main(["decode", "--fields", ",".join(NAMES), os.fspath(path)]) == 0
    return capsysbinary.readouterr().out.decode("utf-8").split("\n")[:-1]


@pytest.mark.parametrize("name", ["bri/i4b.trace", "e1/dpnss-eyesdn.trc"])
def test_every_field_of_a_real_trace(name: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    path = CAPTURES / name
    if not path.exists():
        pytest.skip(f"trace {name} is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    assert ours(path, capsysbinary) == theirs(path)


def eyesdn(records: Iterable[tuple[int, int, bytes]]) -> bytes:
    """A file of records: channel, kind with direction, octets."""
    file = b"EyeSDN"
    for number, (channel, kind, data) in enumerate(records):
        head = (number % 1_000_000).to_bytes(3, "big") + (1_233_053_260 + number).to_bytes(5, "big")
        record = head + bytes((channel, kind)) + len(data).to_bytes(2, "big") + data
        escaped = record.replace(b"\xfe", b"\xfe\xfc").replace(b"\xff", b"\xfe\xfd")
        file += b"\xff" + escaped
    return file


def test_records_of_a_probe(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    frames = [*made.layer2(), *made.garbage(3, 200), *made.segments()]
    records = [(0, way, frame) for frame in frames for way in (0, 1)]
    records += [
        (0, 2, b"G.704 locked"),
        (0, 3, b"Layer 1 UP"),
        (0, 10, b"\x00\x01\x02"),
        (0, 6, b"\x00" * 53),
    ]
    path = tmp_path / "made.trc"
    path.write_bytes(eyesdn(records))
    assert ours(path, capsysbinary) == theirs(path)


def test_records_of_a_driver(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    frames = [*made.layer2(), *made.garbage(4, 200), *made.segments()]
    octets = bytearray()
    for number, frame in enumerate(frames):
        head = (32 + len(frame), 0, 1, number % 2, 0, number, 942_000_000 + number, number)
        octets += struct.pack("<8I", *head) + frame
    path = tmp_path / "made.trace"
    path.write_bytes(octets)
    assert ours(path, capsysbinary) == theirs(path)
