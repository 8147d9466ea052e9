"""Several data links of libosmoabis' LAPD on one D channel with ours; and a TEI that no terminal can take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from peerlib import record_result, require_library, run_worker

WORKER = Path(__file__).parent / "osmo_tei_worker.py"
TEIS = (5, 6, 7)


@pytest.fixture(autouse=True)
def _libraries() -> None:
    require_library("libosmocore.so.19", "libosmocore19")
    require_library("libosmoabis.so.10", "libosmoabis10")


def converse(scenario: str) -> dict[str, Any]:
    result: dict[str, Any] = run_worker(WORKER, {"scenario": scenario})
    record_result(f"osmoabis-tei-{scenario}", {"peer": "libosmoabis", "scenario": scenario} | result)
    return result


@pytest.mark.parametrize("scenario", ["our_network", "our_terminals"])
def test_three_links_carry_their_own_data_over_a_line_that_loses_frames(scenario: str) -> None:
    result = converse(scenario)
    wanted = {tei: [bytes((tei, number)).hex() for number in range(60)] for tei in TEIS}
    for got in (result["ours_got"], result["theirs_got"]):
        assert {tei: [data for of, data in got if of == tei] for tei in TEIS} == wanted
    assert result["states"] == [7, 7, 7]
    assert not any(result["audit"])
    assert sorted(tei for teis in result["teis"] for tei in teis) == list(TEIS)
    assert not any("Error" in notice for notice in result["notices"])


def test_an_assignment_under_another_reference_number_is_not_taken() -> None:
    """Version 1.3 gives TEI 127 under Ri 0; our terminal gives up after N202 requests, and says so."""
    result = converse("automatic")
    assert result["teis"] == [[]]
    assert result["notices"] == ["Released(requested=False, by_peer=False, tei=127)"]
    assert result["audit"] == [[]]
