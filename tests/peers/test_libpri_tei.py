"""TEI management with libpri on a basic rate D channel: our terminals on its network, its terminal on
ours. Everything crosses in virtual time, in a process of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clockhook import why_no_virtual_time
from peerlib import record_result, require_library, run_worker

WORKER = Path(__file__).parent / "libpri_tei_worker.py"


@pytest.fixture(autouse=True)
def _library() -> None:
    require_library("libpri.so.1.4", "libpri1.4")
    if reason := why_no_virtual_time():
        pytest.skip(reason)


def converse(scenario: str) -> dict[str, Any]:
    result: dict[str, Any] = run_worker(WORKER, {"scenario": scenario})
    name = scenario.replace(" ", "-").replace(",", "")
    record_result(f"libpri-tei-{name}", {"peer": "libpri", "scenario": scenario} | result)
    return result


def test_three_terminals_of_ours_on_the_network_of_libpri() -> None:
    result = converse("three terminals")
    crossed = result["crossed"]
    assert result["teis"] == [[64], [65], [66]]
    assert result["states"] == [7, 7, 7]
    assert result["audit"] == [[], [], []]
    verified = crossed.index("ours: identity verify ai=64")
    assert crossed[verified + 1] == "libpri: identity check request ai=127"
    answers = [line for line in crossed if "check response" in line]
    assert answers == [f"ours: identity check response ai={tei}" for tei in (64, 65, 66)] * 2
    assert not any("Error" in output or "Removed" in output for output in result["outputs"])
    assert sum(line.startswith("ours: 0083bf8280") for line in crossed) == 3  # XID, NM20 times in vain


def test_a_terminal_of_libpri_on_our_network() -> None:
    result = converse("libpri terminal")
    management = [line for line in result["crossed"] if "identity" in line]
    assert management == [
        "libpri: identity request ai=127",
        "ours: identity assigned ai=64",
        *["ours: identity check request ai=64", "libpri: identity check response ai=64"] * 2,
        *["ours: identity remove ai=64"] * 2,
        "libpri: identity request ai=127",
        "ours: identity assigned ai=65",
        *["ours: identity check request ai=127", "libpri: identity check response ai=65"] * 2,
    ]
    assert (result["teis"], result["states"], result["audit"]) == ([[65]], [7], [[]])
    assert result["outputs"] == [
        "0 TeiAssigned(tei=64)",
        "0 Established(by_peer=True, tei=64)",
        "0 Established(by_peer=False, tei=64)",
        "0 Released(requested=False, by_peer=False, tei=64)",
        "0 TeiRemoved(tei=64)",
        "0 TeiAssigned(tei=65)",
        "0 Established(by_peer=True, tei=65)",
    ]


def test_after_an_outage_the_terminal_of_libpri_gets_another_tei() -> None:
    result = converse("libpri terminal after an outage")
    assert "0 TeiRemoved(tei=64)" in result["outputs"]
    assert (result["teis"], result["states"], result["audit"]) == ([[65]], [7], [[]])


def test_after_an_outage_our_terminals_come_back() -> None:
    result = converse("terminals after an outage")
    assert any("TeiRemoved" in output for output in result["outputs"])
    assert len({tuple(teis) for teis in result["teis"]}) == 2
    assert (result["states"], result["audit"]) == ([7, 7], [[], []])


@pytest.mark.parametrize("side", ["user", "network"])
def test_point_to_point_needs_no_management(side: str) -> None:
    result = converse(f"point to point, we are the {side}")
    assert not any("identity" in line for line in result["crossed"])
    assert (result["teis"], result["states"], result["audit"]) == ([[0]], [7], [[]])
