"""`--fields` against tshark on traces that are no captures: EyeSDN's and ISDN4BSD's, real and made."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from pathlib import Path

import fields_frames as made
import pytest
from fields_capture import CAPTURES, theirs

from trunkbench.cli import main
from trunkbench.trace.wireshark import NAMES


def ours(path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> list[str]:
    """What the command prints."""
    assert main(["decode", "--fields", ",".join(NAMES), os.fspath(path)]) == 0
    return capsysbinary.readouterr().out.decode("utf-8").split("\n")[:-1]


def real(name: str) -> bytes:
    """A real trace, to stand in front of what was made; nothing if it is not there."""
    path = CAPTURES / name
    return path.read_bytes() if path.exists() else b""


def eyesdn(records: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Records: channel, kind with direction, octets."""
    file = b""
    for number, (channel, kind, data) in enumerate(records):
        head = (number % 1_000_000).to_bytes(3, "big") + (1_233_053_260 + number).to_bytes(5, "big")
        record = head + bytes((channel, kind)) + len(data).to_bytes(2, "big") + data
        escaped = record.replace(b"\xfe", b"\xfe\xfc").replace(b"\xff", b"\xfe\xfd")
        file += b"\xff" + escaped
    return file


def test_records_of_a_probe(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    frames = [*made.layer2()][::3]
    frames += [*made.garbage(3, 200), *made.segments()]
    records = [(0, way, frame) for frame in frames for way in (0, 1)]
    records += [
        (0, 2, b"G.704 locked"),
        (0, 3, b"Layer 1 UP"),
        (0, 10, b"\x00\x01\x02"),
        (0, 6, b"\x00" * 53),
    ]
    path = tmp_path / "made.trc"
    path.write_bytes((real("e1/dpnss-eyesdn.trc") or b"EyeSDN") + eyesdn(records))
    assert ours(path, capsysbinary) == theirs(path)


def test_records_of_a_driver(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    frames = [*made.layer2()][::3]
    frames += [*made.garbage(4, 200), *made.segments()]
    octets = bytearray()
    for number, frame in enumerate(frames):
        head = (32 + len(frame), 0, 1, number % 2, 0, number, 942_000_000 + number, number)
        octets += struct.pack("<8I", *head) + frame
    path = tmp_path / "made.trace"
    path.write_bytes(real("bri/i4b.trace") + octets)
    assert ours(path, capsysbinary) == theirs(path)
