"""libpri in each of its switch types, both roles, against our call control with the variant of that switch.

Every B channel of the interface carries a call at once, whoever calls: twenty-three of a T1, thirty of an E1.
Clauses are those of Q.931; what the variants are is in `trunkwire.q931.variants`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from peer_report import judged_by_tshark, publish, summary_of
from peer_runs import SwitchRuns
from peerlib import require_library, require_program
from subscriber import E1_CHANNELS

pytestmark = pytest.mark.long

WORKER = Path(__file__).with_name("libpri_switch_worker.py")
T1_CHANNELS = tuple(range(1, 24))
SWITCHES: dict[str, tuple[int, str, tuple[int, ...]]] = {
    "NI2": (1, "ni2", T1_CHANNELS),
    "DMS100": (2, "dms100", T1_CHANNELS),
    "LUCENT5E": (3, "5ess", T1_CHANNELS),
    "ATT4ESS": (4, "4ess", T1_CHANNELS),
    "EUROISDN_E1": (5, "euroisdn", E1_CHANNELS),
    "EUROISDN_T1": (6, "euroisdn", T1_CHANNELS),
    "NI1": (7, "ni2", T1_CHANNELS),
    "QSIG": (10, "qsig", E1_CHANNELS),
}
"""libpri's switch types (libpri.h) but for those of GR-303: number, our variant, B channels."""

SENDING_COMPLETE = 0xA1
IDLE: dict[str, list[str]] = {"near": [], "far": []}


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> SwitchRuns:
    require_library("libpri.so.1.4", "libpri1.4")
    folder = tmp_path_factory.mktemp("libpri-switches")
    return SwitchRuns(WORKER, SWITCHES, folder / "switches.pcapng")


@pytest.fixture(params=SWITCHES)
def switch(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=["user", "network"])
def ours(request: pytest.FixtureRequest) -> str:
    side: str = request.param
    return side


@pytest.fixture(params=["near", "far"])
def caller(request: pytest.FixtureRequest) -> str:
    end: str = request.param
    return end


@pytest.fixture
def result(runs: SwitchRuns, switch: str, ours: str, caller: str) -> Any:
    return runs.results()[f"{switch}/{ours}/{caller}"]


def we_call(ours: str, caller: str) -> bool:
    """Whether the calls are ours; near is the network side."""
    return (ours == "network") == (caller == "near")


def test_every_channel_carries_a_call(result: Any, switch: str) -> None:
    channels = list(SWITCHES[switch][2])
    assert result["link_up"]
    assert result["caller_active"] == result["party_active"] == channels


def test_one_more_call_is_refused_and_the_others_live_on(result: Any, switch: str) -> None:
    """Any channel: 34; one that is taken, exclusively: 44 (5.1.2, 5.2.3)."""
    assert result["refused"] == [[34, "peer"], [44, "peer"]]
    assert result["still_active"] == [len(SWITCHES[switch][2])] * 2


def test_either_end_clears_and_nothing_is_left(result: Any) -> None:
    assert result["cleared"]
    assert result["cleared_by"] == ["peer", "us"]
    assert result["audit"] == IDLE


def test_causes_pass(result: Any) -> None:
    assert result["busy"] == [17, "peer"]
    assert result["cause_102"] == [102, "peer"]


def test_libpri_has_nothing_to_say_against_it(result: Any) -> None:
    assert result["messages"] == []


def test_both_ends_count_the_same(result: Any) -> None:
    near, far = result["tally"]["near"], result["tally"]["far"]
    assert (near["placed"], far["placed"]) == (far["received"], near["received"])


def test_setup_has_the_elements_that_libpri_sends_too(
    result: Any, switch: str, ours: str, caller: str
) -> None:
    """Sending complete is European; libpri leaves it out of QSIG, where ECMA-143 has it as an option."""
    calls = we_call(ours, caller)
    setup = result["ours" if calls else "theirs"]["SETUP"]
    complete = switch.startswith("EUROISDN") or (switch == "QSIG" and calls)
    assert setup == [0x04, 0x18, 0x6C, 0x70, *([SENDING_COMPLETE] if complete else [])]


def test_what_libpri_says_of_its_calling_number(result: Any, switch: str, ours: str, caller: str) -> None:
    """Asked for "user-provided, not screened" (0), as a DMS-100 and a 4ESS it says "network provided" (3), as
    a user too; only a network provides a number (4.5.10).
    """
    if we_call(ours, caller):
        assert result["screening"] is None
    else:
        assert result["screening"] == (3 if switch in ("DMS100", "ATT4ESS") else 0)


def test_who_acknowledges_an_answer(result: Any, ours: str, caller: str) -> None:
    """Whoever placed the call; towards the network that is a choice (5.1.8), in QSIG it is not (ECMA-143)."""
    assert "CONNECT_ACKNOWLEDGE" in result["ours" if we_call(ours, caller) else "theirs"]
    assert "CONNECT_ACKNOWLEDGE" not in result["theirs" if we_call(ours, caller) else "ours"]


def test_nothing_that_crossed_is_malformed(runs: SwitchRuns, pytestconfig: pytest.Config) -> None:
    tshark = require_program("tshark", "tshark")
    results = runs.results()
    assert len(results) == len(SWITCHES) * 4
    judged = judged_by_tshark(tshark, runs.trace)
    publish(pytestconfig, summary_of("libpri-switches", "libpri, every switch type", results, judged))
    assert judged["malformed"] == 0, judged["malformed_frames"]
    assert judged["frames"] > 10_000
