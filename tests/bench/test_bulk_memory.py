"""Streaming outputs of a capture of two million frames take no more memory than those of a small one."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from bulk_captures import FRAMES

FRAMES_EACH, TIMES = 100_000, 20
LIMIT_MB = 200
PATIENCE_S = 600
WATCH = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A process starts with the peak of the one that it was forked from, so that one has to be small."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(PATIENCE_S),
    pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read as Linux counts it"),
]


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Calls with other references and digits each, an hour and more of them."""
    setup, others = FRAMES[2], [frame for frame in FRAMES[6:18] if len(frame) > 7]
    rr = FRAMES[17]
    path = tmp_path_factory.mktemp("memory") / "capture.pcap"
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 203))
        number = 0
        for _ in range(TIMES):
            packets = []
            for _ in range(FRAMES_EACH // 2):
                number += 1
                call, step = divmod(number, len(others) + 1)
                frame = bytearray(
                    others[step - 1] if step else setup.replace(b"12345", b"%05d" % (call % 10**5))
                )
                frame[6] = frame[6] & 0x80 | call >> 8 & 0x7F
                frame[7] = call & 0xFF
                for data in (bytes(frame), rr):
                    head = struct.pack("<IIII", number // 50, number % 50 * 20_000, len(data), len(data))
                    packets.append(head + data)
            file.write(b"".join(packets))
    return path


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--json",),
        ("--fields", "frame.number,frame.time_epoch,q931.call_ref,q931.calling_party_number.digits"),
        ("--calls", "--csv"),
        ("--json", "-j", "2"),
    ],
    ids=" ".join,
)
def test_two_million_frames_in_constant_memory(capture: Path, options: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "trunkbench", "decode", *options, str(capture)]
    watched = [sys.executable, "-S", "-c", WATCH, *command]
    done = subprocess.run(watched, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert int(done.stdout) * 1024 / 1e6 <= LIMIT_MB
