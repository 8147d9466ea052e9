"""TEI management as tshark reads it: every field of every message of a conversation."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from lapd_bus import MULTIPOINT, Bus
from peerlib import require_program

from trunkbench.trace import Direction, PcapngWriter, record_at
from trunkwire.lapd.events import MANAGEMENT_SAPI
from trunkwire.lapd.frames import parse
from trunkwire.lapd.management import ManagementType, management_frame, read_management
from trunkwire.side import Side

FIELDS = ("lapd.sapi", "lapd.tei", "tei.entity", "tei.reference", "tei.msg", "tei.action", "tei.extend")


def management_of_a_conversation() -> list[bytes]:
    """What management sends when a terminal gets a TEI, has it checked and loses it, and one denial."""
    crossed: list[bytes] = []

    def fate(frame: bytes, now: int) -> Iterator[tuple[int, bytes]]:
        if parse(frame).sapi == MANAGEMENT_SAPI:
            crossed.append(frame)
        yield now, frame

    bus = Bus(1, settings=MULTIPOINT, fate=fate)
    bus.terminals[0].establish(0)
    bus.run()
    bus.terminals[0].verify(0)
    bus.run(2 * MULTIPOINT.t201)
    bus.network.remove(bus.now, 64)
    bus.run()
    crossed.append(management_frame(Side.NETWORK, ManagementType.IDENTITY_DENIED, 127, 7))
    return crossed


def test_tshark_reads_what_we_declare(tmp_path: Path) -> None:
    tshark = require_program("tshark", "tshark")
    crossed = management_of_a_conversation()
    messages = [message for frame in crossed if (message := read_management(frame[3:])) is not None]
    assert {message.type for message in messages} == set(ManagementType)
    path = tmp_path / "tei.pcapng"
    with PcapngWriter(str(path)) as writer:
        for number, frame in enumerate(crossed):
            direction = Direction.OUT if parse(frame).cr else Direction.IN  # commands all
            writer.write(record_at(number * 100, direction, frame, "D", side=Side.NETWORK))
    command = [tshark, "-r", str(path), "-T", "fields", *(part for name in FIELDS for part in ("-e", name))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(rows) == len(crossed)
    for row, message in zip(rows, messages, strict=True):
        wanted = [63, 127, 15, message.reference, int(message.type), message.tei, int(message.last)]
        assert [int(value, 0) for value in row] == wanted
