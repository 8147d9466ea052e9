"""Exported captures as tshark and capinfos read them: octets, directions, times, interfaces, comments."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from peerlib import require_program

from trunkbench.cli import main
from trunkbench.trace.export.pcapng import write_pcapng
from trunkbench.trace.record import Direction, FrameRecord, Happening, Layer
from trunkwire.side import Side

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
LAPD, MESSAGE = bytes.fromhex("00010000080200010504038090a3"), bytes.fromhex("08020001" + "4508028091")


def tshark(path: Path, *fields: str) -> list[list[str]]:
    """The fields of every packet, as tshark prints them."""
    command = [require_program("tshark", "tshark"), "-r", str(path), "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_layers_directions_and_comments(tmp_path: Path) -> None:
    out = tmp_path / "out.pcapng"
    second = 1_700_000_000_000_000_000
    cut = len(MESSAGE)
    items: list[FrameRecord | Happening] = [
        FrameRecord(second + 1, Direction.OUT, LAPD, "a", 16, Side.NETWORK),
        Happening(2, "LOS: loss of signal", alarm=True),
        FrameRecord(second + 2, Direction.IN, MESSAGE, "b", 16, Side.USER, layer=Layer.Q931),
        FrameRecord(second + 3, Direction.UNKNOWN, bytes.fromhex("81a200"), "a", layer=Layer.MTP2),
        FrameRecord(
            second + 4, Direction.IN, MESSAGE[:7], "b", 16, Side.USER, original=cut, layer=Layer.Q931
        ),
    ]
    write_pcapng(items, out)
    rows = tshark(
        out,
        "frame.time_epoch",
        "frame.interface_name",
        "frame.packet_flags_direction",
        "lapd.tei",
        "q931.message_type",
        "q931.cause_value",
        "mtp2.li",
        "frame.comment",
        "frame.len",
    )
    assert rows == [
        ["1700000000.000000001", "a", "0x00000002", "0", "0x05", "", "", "", "14"],
        ["1700000000.000000002", "b", "0x00000001", "", "0x45", "17", "", "LOS: loss of signal", "21"],
        ["1700000000.000000003", "a", "0x00000000", "", "", "", "0", "", "3"],
        ["1700000000.000000004", "b", "0x00000001", "", "0x45", "", "", "", "21"],
    ]
    done = subprocess.run(
        [require_program("capinfos", "wireshark-common"), "-M", str(out)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert "Number of packets:   4" in done.stdout


FIELDS = (
    *("frame.time_epoch", "lapd.address", "lapd.control", "q931.call_ref", "q931.message_type"),
    *("q931.called_party_number.digits", "q931.cause_value"),
)
E1 = "e1/libpri-e1-euroisdn.linuxlapd.pcap"


@pytest.fixture(scope="module")
def e1_rows() -> list[list[str]]:
    """What tshark says about the capture of a line, of which there is a log, too."""
    if not (FOLDER / E1).exists():
        pytest.skip(f"capture {E1} is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    return tshark(FOLDER / E1, *FIELDS)


def exported(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """What tshark says about a trace that was exported."""
    source, out = FOLDER / name, tmp_path / "out.pcapng"
    if not source.exists():
        pytest.skip(f"{name} is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    assert main(["decode", str(source), "--pcapng", str(out)]) == 0
    capsys.readouterr()
    return tshark(out, *FIELDS)


def test_capture_says_the_same_before_and_after(
    e1_rows: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exported(E1, tmp_path, capsys) == e1_rows


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [
        "bri/i4b-dchannel.linuxlapd.pcap",
        "abis/abis-accept-network.pcap",
    ],
)
def test_other_captures_say_the_same(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exported(name, tmp_path, capsys) == tshark(FOLDER / name, *FIELDS)


def test_log_becomes_a_capture(
    e1_rows: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A message of the log and the frame of the line say the same, times and layer 2 apart."""
    rows = exported("text/libpri-e1-euroisdn-pri-debug.txt", tmp_path, capsys)
    assert [row[3:] for row in rows] == [row[3:] for row in e1_rows]
