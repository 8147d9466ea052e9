"""`--fields` against tshark 4.0: all names, all packets, octet for octet, on real and on made captures."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import fields_frames as made
import pytest
from peerlib import require_program

from trunkbench.trace import Direction, FrameRecord, PcapngWriter
from trunkbench.trace.capture import Packet, read_capture
from trunkbench.trace.wireshark import NAMES, PacketFields, line

LAPD, LINUX_LAPD = 203, 177
DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
CAPTURES = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
REAL = [
    "abis/abis-accept-network.pcap",
    "bri/auroraduet.linuxlapd.pcap",
    "bri/goeller-d2gsm.linuxlapd.pcap",
    "bri/i4b-dchannel.linuxlapd.pcap",
    "e1/hp-comware.linuxlapd.pcap",
    "e1/isup_load_generator.pcap",
    "e1/libpri-e1-euroisdn.linuxlapd.pcap",
    "e1/q931-only-snippets.linuxlapd.pcap",
    "other/HDLC.pcap",
    "other/chdlc-slarp.pcap",
    "other/h323.pcap",
    "other/heapoverflow-q933_printq.pcap",
    "other/q933-heapoverflow-2.pcap",
]


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


def differences(path: Path) -> list[str]:
    """Where the two differ: packet, field, ours, tshark's."""
    mine, judge = ours(path), theirs(path)
    assert len(mine) == len(judge) > 0
    return [
        f"packet {number}: {name} is {ours!r} here and {theirs!r} in tshark"
        for number, (left, right) in enumerate(zip(mine, judge, strict=True), 1)
        if left != right
        for name, ours, theirs in zip(NAMES, left.split("\t"), right.split("\t"), strict=True)
        if ours != theirs
    ]


def compared(path: Path, frames: list[bytes], link_type: int = LAPD, lost: list[int] | None = None) -> None:
    """Write the frames and find no difference."""
    made.write_capture(path, frames, link_type, lost or ())
    told = differences(path)
    numbers = {int(text.split()[1].rstrip(":")) for text in told}
    shown = [frames[number - 1].hex(" ") for number in sorted(numbers)[:5]]
    assert not told, (len(numbers), shown, told[:12])


def test_the_names_are_those_of_tshark() -> None:
    program = require_program("tshark", "tshark")
    done = subprocess.run([program, "-G", "fields"], capture_output=True, text=True, timeout=100, check=True)
    rows = [row.split("\t") for row in done.stdout.splitlines() if row.startswith("F\t")]
    known = {row[2] for row in rows if row[2].startswith(("lapd.", "q931."))} - {"lapd.gsm_sapi"}
    assert known | {"frame.number", "frame.time_epoch"} == set(NAMES)


@pytest.mark.parametrize("name", REAL)
def test_every_field_of_a_real_capture(name: str) -> None:
    path = CAPTURES / name
    if not path.exists():
        pytest.skip(f"capture {name} is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    assert differences(path) == []


MAKERS: tuple[Callable[[], Iterator[bytes]], ...] = (
    made.truncated_elements,
    made.every_value,
    made.every_identifier,
    made.messages,
    made.segments,
    made.layer2,
    lambda: made.garbage(931, 3000),
    lambda: made.facilities(932, 3000),
)


def test_every_field_of_frames_that_were_made(tmp_path: Path) -> None:
    """One capture of everything: what went before must not tell on what follows."""
    frames = [frame for maker in MAKERS for frame in maker()]
    assert len(frames) > 10_000
    compared(tmp_path / "made.pcap", frames)


def test_directions_of_linux_lapd(tmp_path: Path) -> None:
    """Sent to us (0), to all (1), by another (3), by us (4); recorded at either side."""
    ways = list(itertools.product((0, 1, 3, 4), (False, True)))
    frames = [(frame, way) for frame in made.layer2() for way in ways]
    frames += zip(made.garbage(177, 400), itertools.cycle(ways), strict=False)
    packets = [made.cooked(frame, kind, network) for frame, (kind, network) in frames]
    compared(tmp_path / "made.pcap", packets, LINUX_LAPD)


def test_directions_of_pcapng(tmp_path: Path) -> None:
    path = tmp_path / "made.pcapng"
    frames = itertools.product([*made.layer2(), *made.garbage(5, 100)], Direction)
    with PcapngWriter(str(path)) as writer:
        for number, (frame, direction) in enumerate(frames):
            writer.write(FrameRecord(number * 1_000_000_007, direction, frame, "D", 16))
    assert differences(path) == []


def test_frames_that_the_capture_cut_off(tmp_path: Path) -> None:
    chance = random.Random(177)
    frames = [*made.truncated_elements(), *made.segments(), *made.segments(), *made.garbage(8, 500)]
    lost = [chance.choice((0, 1, 2, 30)) for _ in frames]
    kept = [frame[: max(1, len(frame) - less)] for frame, less in zip(frames, lost, strict=True)]
    compared(tmp_path / "made.pcap", kept, LAPD, lost)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(40))
def test_garbage_at_length(seed: int, tmp_path: Path) -> None:
    frames = [*made.garbage(1000 + seed, 10_000), *made.facilities(2000 + seed, 10_000)]
    compared(tmp_path / "made.pcap", frames)
