"""spandsp's bit error rate tester reads our patterns, and our meter its own: O.151, O.152 and O.153."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from peerlib import record_result, require_library, run_worker

OCTETS = 3000
WRONG = [9000, 9001, 11_111, 17_171, 20_002, 23_002]


@pytest.fixture(scope="module")
def peer() -> dict[str, Any]:
    soname = require_library("libspandsp.so.2", "libspandsp2")
    request = {"library": soname, "octets": OCTETS, "wrong": WRONG}
    found = run_worker(Path(__file__).with_name("spandsp_bert_worker.py"), request)
    assert isinstance(found, dict)
    assert sorted(found) == ["2^11-1", "2^15-1", "2^9-1"]
    return found


def test_its_patterns_are_ours_bit_by_bit(peer: dict[str, Any]) -> None:
    for found in peer.values():
        assert found["generates"] == {
            "same": True,
            "errors": len(WRONG),
            "bits": 8 * OCTETS,
            "late": 0,
            "lost": 0,
        }


def test_it_counts_the_errors_that_we_put_into_ours(peer: dict[str, Any]) -> None:
    for found in peer.values():
        assert found["receives"]["errors"] == len(WRONG)
        assert found["receives"]["resyncs"] == 0
        assert 8 * OCTETS - 100 < found["receives"]["bits"] < 8 * OCTETS  # the rest it needs to synchronise
    record_result("spandsp-bert", {"peer": "spandsp", "patterns": sorted(peer), "errors": len(WRONG)})


def test_it_loses_the_pattern_where_an_octet_was_left_out(peer: dict[str, Any]) -> None:
    for found in peer.values():
        assert found["slips"]["resyncs"] == 1
