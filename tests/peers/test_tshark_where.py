"""`--where` lets the same packets through as tshark's display filter of the same words."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from made_traces import decode

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
CAPTURES = ("e1/libpri-e1-euroisdn.linuxlapd.pcap", "bri/i4b-dchannel.linuxlapd.pcap")

pytestmark = [
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
    pytest.mark.skipif(
        not (FOLDER / CAPTURES[0]).exists(), reason="no real captures: set TRUNKBENCH_CAPTURES"
    ),
]

SHORT = (
    "q931.cause_value != 16",
    "q931.information_element != 24 and not lapd.cr == 1",
    'q931.called_party_number.digits contains "85" or lapd.control.s_ftype',
)
LONG = (
    "q931.cause_value == 16",
    "!(q931.cause_value == 16)",
    "lapd.tei == 0 and q931.disc == 8",
    "q931.message_type in {0x05, 0x07}",
    'q931.called_party_number.digits == "8580"',
    'q931.called_party_number.digits matches "^3"',
    "q931.information_element == 24 || lapd.control.ftype == 1",
    "not q931",
    "frame.number >= 5 && frame.number < 9",
    "frame.time_epoch > 1246900000.55",
    "q931.call_ref == 00:41",
    "q931.channel.number gt 1",
    "q931.progress_indicator.description >= 3",
    'q931.calling_party_number.digits > "4"',
    "q931.call_ref_flag == 0",
    "q931.display_information",
    "not q931.cause_value != 16",
)


@pytest.mark.parametrize("name", CAPTURES)
@pytest.mark.parametrize(
    "expression", [*SHORT, *(pytest.param(text, marks=pytest.mark.long) for text in LONG)]
)
def test_the_same_packets(name: str, expression: str) -> None:
    path = FOLDER / name
    command = ["tshark", "-n", "-r", str(path), "-Y", expression, "-T", "fields", "-e", "frame.number"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    code, out, err = decode(path.read_bytes(), "--fields", "frame.number", "--where", expression)
    assert (code, err) == (0, "")
    assert out == done.stdout
