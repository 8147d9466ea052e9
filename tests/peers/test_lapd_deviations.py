"""The list of where libpri and libosmoabis depart from Q.921: each entry is seen to be so, by its probe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clockhook import why_no_virtual_time
from lapd_deviations import DEVIATIONS, LIBPRI, OSMOABIS, Deviation
from peer_runs import Once
from peerlib import require_library, run_worker

HERE = Path(__file__).parent
ENQUIRIES = ["02810101"] * 4
SABMES = ["02817f"] * 4

# What the probe shows today. What the Recommendation asks for would fail each of them.
LIBPRI_SHOWS: dict[str, Callable[[list[str]], bool]] = {
    "never answered": lambda sent: len(sent) > 10 and set(sent) == {"identity request ai=127"},
    "assigned a fixed TEI": lambda sent: sent[0] == "000b7f",
    "request for TEI 5": lambda sent: sent == ["identity denied ai=5"],
    "UA with F = 1 in state 7, user": lambda sent: sent == [],
    "UA with F = 1 in state 7, network": lambda sent: sent == [],
    "SABME unanswered": lambda sent: sent == ["008173", *ENQUIRIES, *SABMES],
    "undefined control field in state 7": lambda sent: sent == [],
    "two answers to a check": lambda sent: (
        sent == ["identity remove ai=64", "identity remove ai=64", "identity check request ai=127"]
    ),
}
OSMOABIS_SHOWS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "request for any TEI": lambda seen: seen["sent"][0].endswith("02ff"),
    "request for any TEI, Ri": lambda seen: seen["sent"][0].startswith("feff030f0000"),
    "request for TEI 5": lambda seen: seen["sent"][0].endswith("020b"),
    "verify": lambda seen: seen["sent"] == [],
    "check of TEI 0": lambda seen: seen["sent"] == [],
    "removal of TEI 0": lambda seen: seen["establishes"] == ["00017f"],
    "broadcast UI": lambda seen: seen["handed"] == [],
}


@pytest.fixture(scope="module")
def runs() -> Once:
    """The probes of each peer, run once."""
    return Once()


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda entry: f"{entry.peer}: {entry.evidence}")
def test_the_peer_does_what_the_list_says(deviation: Deviation, runs: Once) -> None:
    shows: Callable[[Any], bool]
    if deviation.peer == LIBPRI:
        require_library("libpri.so.1.4", "libpri1.4")
        if reason := why_no_virtual_time():
            pytest.skip(reason)
        seen = runs.of(LIBPRI, lambda: run_worker(HERE / "libpri_tei_worker.py"))
        shows = LIBPRI_SHOWS[deviation.evidence]
    else:
        require_library("libosmocore.so.19", "libosmocore19")
        require_library("libosmoabis.so.10", "libosmoabis10")
        seen = runs.of(OSMOABIS, lambda: run_worker(HERE / "osmo_tei_worker.py"))
        shows = OSMOABIS_SHOWS[deviation.evidence]
    found = seen[deviation.evidence.removesuffix(", Ri")]
    assert shows(found), f"{deviation.peer} no longer does so ({deviation.clause}): {found}"


def test_every_entry_has_evidence_and_every_probe_an_entry() -> None:
    for peer, shows in ((LIBPRI, set(LIBPRI_SHOWS)), (OSMOABIS, set(OSMOABIS_SHOWS))):
        assert {entry.evidence for entry in DEVIATIONS if entry.peer == peer} == shows
    assert all(entry.clause and entry.asked for entry in DEVIATIONS)
