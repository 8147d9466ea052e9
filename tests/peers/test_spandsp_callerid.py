"""Caller identification: spandsp reads what we send, we read what it sends, by V.23, Bell 202 and DTMF.

Where they disagree:

- spandsp's mark before a message on the hook is 80 bits unless it is told otherwise; EN 300 659-1 has
  180 ± 25 there, and 80 ± 25 during a call only. We read both, and send 180.
- `adsi_add_field` writes the length octet of a field of sixteen octets twice, as if it were the DLE of the
  Japanese standard, and so a message that cannot be taken apart. Ours has it once (EN 300 659-3 clause 5.1).
- Its receiver ends at -30 dBm0, ours reads messages at -36 dBm0 and below (`test_callerid_sound.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from peerlib import record_result, require_library, run_worker


@pytest.fixture(scope="module")
def peer() -> dict[str, Any]:
    soname = require_library("libspandsp.so.2", "libspandsp2")
    found = run_worker(Path(__file__).with_name("spandsp_callerid_worker.py"), {"library": soname})
    assert isinstance(found, dict)
    return found


def test_spandsp_reads_what_we_send(peer: dict[str, Any]) -> None:
    assert len(peer["spandsp_reads"]) == 2 * 2 * 6 * 3
    assert [case["what"] for case in peer["spandsp_reads"] if not case["right"]] == []


def test_we_read_what_it_sends(peer: dict[str, Any]) -> None:
    assert len(peer["we_read"]) == 2 * 2 * 6 * 2
    assert [case["what"] for case in peer["we_read"] if not case["right"]] == []
    record_result(
        "spandsp-callerid",
        {"peer": "spandsp", "spandsp reads": len(peer["spandsp_reads"]), "we read": len(peer["we_read"])},
    )


def test_its_mark_is_short_unless_it_is_told(peer: dict[str, Any]) -> None:
    for case in peer["we_read"]:
        ((mark_bits, level, mark_hz),) = case["figures"]
        assert mark_bits == pytest.approx(180 if case["mark"] == 180 else 80, abs=1)
        assert level == pytest.approx(-14, abs=0.3)
        assert mark_hz == pytest.approx(1300 if "v23" in case["what"] else 1200, abs=5)


def test_digits_are_understood_both_ways(peer: dict[str, Any]) -> None:
    assert len(peer["digits"]) == 12
    assert [case["what"] for case in peer["digits"] if not (case["spandsp"] and case["we"])] == []


def test_fields_are_the_same_both_ways(peer: dict[str, Any]) -> None:
    assert peer["fields"]["built"]
    assert peer["fields"]["taken"] == [
        [0x80, ""],
        [0x11, "01"],
        [0x01, b"12312359".hex()],
        [0x02, b"02886082660".hex()],
        [0x03, b"4001234567".hex()],
        [0x07, b"Chan Dai Man".hex()],
        [0x12, b"99999999".hex()],
        [0x15, "01"],
        [0x1A, b"8005550000".hex()],
    ]


def test_its_field_of_sixteen_octets_has_its_length_twice(peer: dict[str, Any]) -> None:
    digits = b"1234567890123456".hex()
    assert peer["fields"]["ours"] == "8012" + "0210" + digits
    assert peer["fields"]["sixteen"] == "8000" + "021010" + digits


def test_its_receiver_ends_at_30_below(peer: dict[str, Any]) -> None:
    for level in peer["faintest"].values():
        assert -32 <= level <= -29
