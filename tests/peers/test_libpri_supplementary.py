"""libpri against our supplementary machines: hold and retrieve (Q.932) and SERVICE, in both roles.

Hold runs on a point-to-point EuroISDN interface, where either side may hold; SERVICE in libpri's national and
AT&T switch types, each with the maintenance protocol that belongs to it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from peer_report import judged_by_tshark
from peer_runs import SwitchRuns
from peerlib import require_library, require_program

WORKER = Path(__file__).with_name("libpri_supplementary_worker.py")
SWITCHES = {
    "NI2": (1, "NATIONAL"),
    "DMS100": (2, "ATT"),
    "LUCENT5E": (3, "ATT"),
    "ATT4ESS": (4, "ATT"),
}
"""libpri's switch types that have SERVICE messages, and the protocol that libpri speaks in them."""


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> SwitchRuns:
    require_library("libpri.so.1.4", "libpri1.4")
    folder = tmp_path_factory.mktemp("libpri-supplementary")
    return SwitchRuns(WORKER, SWITCHES, folder / "supplementary.pcapng")


@pytest.fixture(params=["kept", "given up"])
def channel(request: pytest.FixtureRequest) -> str:
    """What becomes of the channel of a held call."""
    what: str = request.param
    return what


@pytest.fixture(params=["user", "network"])
def ours(request: pytest.FixtureRequest) -> str:
    side: str = request.param
    return side


def test_libpri_lets_our_call_be_held_and_retrieved(runs: SwitchRuns, ours: str, channel: str) -> None:
    """The three of each step: what we were told, what libpri was told, our auxiliary state."""
    seen = runs.results()[f"hold/{ours}/ours/{channel}"]
    assert seen["active"] == 10
    assert seen["hold refused"] == [["HOLD_REJECTED"], ["HOLD"], "IDLE"]
    assert seen["hold"] == [["HELD"], ["HOLD"], "HELD"]
    assert seen["retrieve refused"] == [["RETRIEVE_REJECTED"], ["RETRIEVE"], "HELD"]
    assert seen["retrieve"] == [["RETRIEVED"], ["RETRIEVE"], "IDLE"]
    assert seen["channel held"] == (1 if channel == "kept" else None)
    assert (seen["channel"], seen["audit"]) == (1, [])


def test_libpri_holds_and_retrieves_the_call(runs: SwitchRuns, ours: str, channel: str) -> None:
    seen = runs.results()[f"hold/{ours}/theirs/{channel}"]
    assert seen["hold refused"] == [["HOLD"], ["HOLD_REJ"], "IDLE"]
    assert seen["hold"] == [["HOLD"], ["HOLD_ACK"], "HELD"]
    assert seen["retrieve refused"] == [["RETRIEVE"], ["RETRIEVE_REJ"], "HELD"]
    assert seen["retrieve"] == [["RETRIEVE"], ["RETRIEVE_ACK"], "IDLE"]
    assert seen["channel held"] == (1 if channel == "kept" else None)
    assert (seen["channel"], seen["audit"]) == (1, [])


@pytest.mark.parametrize("switch", SWITCHES)
def test_channels_go_out_of_service_and_come_back(runs: SwitchRuns, ours: str, switch: str) -> None:
    """What we were told, what libpri was told, and our channel's state, after each step."""
    seen = runs.results()[f"{switch}/{ours}"]
    assert seen["ours OUT_OF_SERVICE"] == [["SERVICE_CHANGED"], ["SERVICE"], "out of service here"]
    assert seen["ours IN_SERVICE"] == [["SERVICE_CHANGED"], ["SERVICE"], "idle"]
    told = [["SERVICE"], ["SERVICE_ACK"]]
    assert seen["theirs OUT_OF_SERVICE"] == [*told, "out of service at the far end", 0]
    assert seen["theirs IN_SERVICE"] == [*told, "idle", 0]
    assert seen["audit"] == []


def test_nothing_that_crossed_is_malformed(runs: SwitchRuns) -> None:
    tshark = require_program("tshark", "tshark")
    assert len(runs.results()) == 2 * (4 + len(SWITCHES))
    judged = judged_by_tshark(tshark, runs.trace)
    assert judged["malformed"] == 0, judged["malformed_frames"]
    assert judged["q931"] > 100
