"""`--fields` against tshark 4.0: all names, all packets, octet for octet, on real and on made captures."""

from __future__ import annotations

import itertools
import random
import subprocess
from pathlib import Path

import fields_frames as made
import fields_network as network
import pytest
from fields_capture import CAPTURES, ETHERNET, LAPD, LINUX_LAPD, Parts, Sent, compared, of
from peerlib import require_program

from trunkbench.trace.capture import Packet, read_capture
from trunkbench.trace.wireshark import NAMES

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


def real(name: str) -> list[Sent]:
    """The packets of a real capture."""
    with (CAPTURES / name).open("rb") as file:
        packets = [item for item in read_capture(file, name) if isinstance(item, Packet)]
    return [Sent(p.data, p.link_type, p.original - len(p.data), p.direction, p.at_ns) for p in packets]


def test_every_field_of_real_captures(tmp_path: Path) -> None:
    there = [name for name in REAL if (CAPTURES / name).exists()]
    if not there:
        pytest.skip("no real captures are there: set TRUNKBENCH_CAPTURES to their folder")
    compared(tmp_path / "real.pcapng", {name: real(name) for name in there})


def of_elements(step: int = 1) -> Parts:
    """Frames of LAPD; with a step, every so manieth of the longest rows."""
    return {
        "elements cut off": of(LAPD, made.truncated_elements()),
        "values": of(LAPD, itertools.islice(made.every_value(), 0, None, step)),
        "identifiers": of(LAPD, itertools.islice(made.every_identifier(), 0, None, step)),
        "messages": of(LAPD, made.messages()),
        "segments": of(LAPD, made.segments()),
        "layer 2": of(LAPD, made.layer2()),
        "garbage": of(LAPD, made.garbage(931, 3000 // step)),
        "facilities": of(LAPD, made.facilities(932, 3000 // step)),
    }


def of_directions() -> Parts:
    """Link type 177: sent to us (0), to all (1), by another (3), by us (4); recorded at either side. pcapng:
    in, out, not told."""
    ways = list(itertools.product((0, 1, 3, 4), (False, True)))
    frames = [*made.layer2()][::3]
    cooked = list(itertools.product(frames, ways))
    cooked += zip(made.garbage(177, 400), itertools.cycle(ways), strict=False)
    flagged = itertools.product([*frames, *made.garbage(5, 100)], (0, 1, 2))
    return {
        "directions of Linux": of(LINUX_LAPD, (made.cooked(frame, *way) for frame, way in cooked)),
        "directions of pcapng": [Sent(frame, LAPD, 0, direction) for frame, direction in flagged],
    }


def cut_off() -> Parts:
    """Frames whose ends the capture did not keep."""
    chance = random.Random(177)
    frames = [*made.truncated_elements()][::3]
    frames += [*made.segments(), *made.segments(), *made.garbage(8, 500)]
    lost = [chance.choice((0, 1, 2, 30)) for _ in frames]
    kept = zip(frames, lost, strict=True)
    return {"cut off": [Sent(frame[: max(1, len(frame) - less)], LAPD, less) for frame, less in kept]}


def test_every_field_of_packets_that_were_made(tmp_path: Path) -> None:
    """One capture of everything: what went before must not tell on what follows."""
    parts = of_elements(4) | of_directions() | cut_off() | network.parts()
    assert len(parts) == 18
    assert all(parts.values())
    compared(tmp_path / "made.pcapng", parts)


@pytest.mark.long
def test_every_frame_that_can_be_made(tmp_path: Path) -> None:
    parts = of_elements()
    assert sum(map(len, parts.values())) > 18_000
    compared(tmp_path / "made.pcapng", parts)


@pytest.mark.long
def test_the_names_are_those_of_tshark() -> None:
    """That ours exist is seen in every run of tshark, which refuses others."""
    program = require_program("tshark", "tshark")
    done = subprocess.run([program, "-G", "fields"], capture_output=True, text=True, timeout=100, check=True)
    rows = [row.split("\t") for row in done.stdout.splitlines() if row.startswith("F\t")]
    known = {row[2] for row in rows if row[2].startswith(("lapd.", "q931."))} - {"lapd.gsm_sapi"}
    assert known | {"frame.number", "frame.time_epoch"} == set(NAMES)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(40))
def test_garbage_at_length(seed: int, tmp_path: Path) -> None:
    frames = [*made.garbage(1000 + seed, 10_000), *made.facilities(2000 + seed, 10_000)]
    compared(tmp_path / "made.pcapng", {"garbage": of(LAPD, frames)})


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
def test_messages_on_tcp(seed: int, tmp_path: Path) -> None:
    again = of(ETHERNET, network.sent_again(seed, 400))
    compared(tmp_path / "made.pcapng", {"TCP": of(ETHERNET, network.on_tcp(seed)), "sent again": again})


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 65_536, 16_384))
def test_messages_on_every_port(first: int, tmp_path: Path) -> None:
    """But 1755 (MMS), whose protocol keeps short messages and declines others."""
    frames = [*network.on_ports(range(first, first + 16_384))]
    kept = [frame for frame in frames if (1755).to_bytes(2, "big") not in (frame[34:36], frame[36:38])]
    assert len(frames) - len(kept) in (0, 2)
    compared(tmp_path / "made.pcapng", {"ports": of(ETHERNET, kept)})
