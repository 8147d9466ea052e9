"""Our HDLC beside spandsp and libosmocore: the same FCS, the same frames on clean lines and on hurt ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from peerlib import record_result, require_library, run_worker

WORKER = Path(__file__).parent / "hdlc_worker.py"


@pytest.fixture(autouse=True)
def _libraries() -> None:
    require_library("libspandsp.so.2", "libspandsp2")
    require_library("libosmocore.so.19", "libosmocore19")


def test_the_fcs_of_spandsp_is_ours() -> None:
    result = run_worker(WORKER, {"what": "fcs", "seed": 16})
    assert result["ours"][0] == "6454"
    assert len(result["ours"]) == 501
    assert result["ours"] == result["theirs"]


def test_lines_of_each_are_read_by_the_others() -> None:
    result = run_worker(WORKER, {"what": "lines", "seed": 921})
    assert result == {
        "spandsp": {"decodes": True, "is_decoded": True},
        "libosmocore": {"decodes": True, "is_decoded": True},
    }


def test_the_rendered_d_channel_of_a_basic_access_is_read_by_the_others() -> None:
    assert run_worker(WORKER, {"what": "basic", "seed": 16}) == {"spandsp": True, "libosmocore": True}


def test_all_take_the_same_frames_from_lines_with_bit_errors() -> None:
    result = run_worker(WORKER, {"what": "errors", "seed": 703, "lines": 60})
    record_result("hdlc", result)
    assert result["taken"] > 1000
    assert result["differing"] == {"spandsp": 0, "libosmocore": 0, "bulk": 0}
