"""Each row of docs/wireshark-differences.md: tshark and `--fields` print what it says, our views do not."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import fields_frames as made
import pytest
from peerlib import require_program

from trunkbench.trace import Direction, FrameRecord
from trunkbench.trace.decoder import Decoder
from trunkbench.trace.wireshark import NAMES, PacketFields, column
from trunkwire.codec import SlotMap
from trunkwire.q931.view import view

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "wireshark-differences.md"
NOTHING = "(nothing)"
LAPD_FRAMES = "## Frames"


@dataclass(frozen=True, slots=True)
class Row:
    """One difference; `layer2` if its octets are a frame and not elements."""

    octets: bytes
    field: str
    tshark: str
    right: str
    clause: str
    layer2: bool

    @property
    def frame(self) -> bytes:
        """The frame to be read."""
        return self.octets if self.layer2 else made.framed(made.message(self.octets))


def rows() -> list[Row]:
    """The tables of the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found = []
    for part, layer2 in zip(text.split(LAPD_FRAMES), (False, True), strict=True):
        for line in part.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == 6 and cells[0].startswith("`"):
                octets, field, tshark, right, clause, _ = cells
                found.append(Row(bytes.fromhex(octets.strip("`")), field.strip("`"), tshark.strip("`"), right,
                                 clause, layer2))  # fmt: skip
    return found


ROWS = rows()


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """What tshark prints for each row's frame."""
    path = tmp_path_factory.mktemp("differences") / "made.pcap"
    made.write_capture(path, [row.frame for row in ROWS], 203)
    names = sorted({row.field for row in ROWS})
    command = [require_program("tshark", "tshark"), "-n", "-r", str(path), "-T", "fields"]
    for name in names:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return [dict(zip(names, line.split("\t"), strict=True)) for line in done.stdout.split("\n")[:-1]]


def test_the_tables_are_read() -> None:
    assert len(ROWS) > 20
    assert {row.layer2 for row in ROWS} == {True, False}
    assert all(re.match(r"(Q\.\d+ |ECMA-)?\d", row.clause) for row in ROWS)
    assert {row.field for row in ROWS} <= set(NAMES)


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_tshark_and_fields_print_what_the_row_says(number: int, theirs: list[dict[str, str]]) -> None:
    row = ROWS[number]
    told = "" if row.tshark == NOTHING else row.tshark
    assert theirs[number][row.field] == told
    record = FrameRecord(0, Direction.UNKNOWN, row.frame, number=1)
    texts = PacketFields().records([record])
    assert column(texts.get(row.field, [])) == told


def shown(value: object) -> str:
    """A value of ours as the document writes it."""
    if isinstance(value, SlotMap):
        return " ".join(map(str, value.slots))
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value if value.isalnum() and len(value) > 1 else value.encode("latin-1").hex()
    return str(int(value)) if isinstance(value, int) else str(value)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.field} {row.octets.hex()}")
def test_our_decoder_reads_what_is_right(row: Row) -> None:
    if row.layer2:
        decoder = Decoder()
        frames = [bytes.fromhex("00017f"), bytes.fromhex("000173"), row.frame]
        decoded = [decoder.decode(FrameRecord(0, Direction.UNKNOWN, frame)) for frame in frames]
        assert row.right in decoded[-1].lapd
        return
    name, _, value = row.right.partition("=")
    elements = view(row.frame[4:]).elements
    found = {field.name: shown(field.value) for element in elements for field in element.fields}
    assert found[name] == value
