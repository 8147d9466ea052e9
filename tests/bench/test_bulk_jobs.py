"""`decode -j N`: several processes, the same bytes, and no process left behind when nobody reads them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bulk_captures import FRAMES, pcap

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="-j needs fork, which this system has not")

PATIENCE_S = 60


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture of several parts, cut off in its last packet."""
    path = tmp_path_factory.mktemp("jobs") / "capture.pcap"
    packets = [(frame, (n, 0), b"", 0, 0) for n, frame in enumerate(FRAMES[:20] * 700)]
    path.write_bytes(pcap(packets, "<", 0xA1B2C3D4, 203)[:-2])
    return path


def command(capture: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "trunkbench", "decode", *options, str(capture)]


@pytest.mark.parametrize("options", [("--json",), ("--fields", "frame.number,q931.call_ref,lapd.tei")])
def test_the_same_bytes_of_several_processes(capture: Path, options: tuple[str, ...]) -> None:
    one = subprocess.run(command(capture, *options), capture_output=True, timeout=PATIENCE_S)
    three = subprocess.run(command(capture, *options, "-j", "3"), capture_output=True, timeout=PATIENCE_S)
    assert (three.returncode, three.stdout, three.stderr) == (one.returncode, one.stdout, one.stderr)
    assert one.returncode == 1
    assert b"the file ends inside packet 14000" in one.stderr
    assert one.stdout.count(b"\n") == 13_999


def test_processes_end_when_nobody_reads(capture: Path) -> None:
    with subprocess.Popen(
        command(capture, "--json", "-j", "3"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""  # which ends when the last of the processes has
        assert process.wait(PATIENCE_S) == 141
