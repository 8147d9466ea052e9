"""libosmocore reads what the Wire renders: every CRC-4 is right and the D channel holds the frames sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from peerlib import record_result, require_library, run_worker

WORKER = Path(__file__).parent / "osmo_e1_worker.py"
CLEAN = {"wrong_crc4": [], "same_frames": True}


@pytest.fixture(autouse=True)
def _library() -> None:
    require_library("libosmocore.so.19", "libosmocore19")


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_a_rendered_line_is_right_for_libosmocore(depth: str) -> None:
    result = run_worker(WORKER, {"seed": 704, "depth": depth, "spoil": []})
    assert result["frames"] > 100
    assert (result["FAR"], result["NEAR"]) == (CLEAN, CLEAN)
    record_result(f"osmocore-e1-{depth}", {"peer": "libosmocore", **result})


def test_a_spoiled_block_is_wrong_for_libosmocore_too() -> None:
    # Frame 1600 begins sub-multiframe 200; the check of the bit's block travels in the next.
    result = run_worker(WORKER, {"seed": 706, "depth": "event", "spoil": [24]})
    assert result["FAR"]["wrong_crc4"] == [201]
    assert result["NEAR"] == CLEAN
