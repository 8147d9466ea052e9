"""libpri as the judge: the conversations of a trunk between libpri and our machines, either side calling.

Each pairing runs in one process of its own, in line time; its results are judged here. libpri against
itself comes first: what it can't do with itself is not asked of it with us. Clauses are those of Q.931.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clockhook import why_no_virtual_time
from peer_report import judged_by_tshark, publish, summary_of
from peer_runs import Once
from peer_scenarios import PLAN, SCENARIOS, SHORT, TEN_CAUSES, WITH_OURS
from peerlib import require_library, require_program, run_worker
from subscriber import E1_CHANNELS

WORKER = Path(__file__).with_name("libpri_worker.py")
SECOND = 64_000
PAIRINGS = {
    "libpri-libpri": ("libpri", "libpri"),
    "ours-libpri": ("ours", "libpri"),
    "libpri-ours": ("libpri", "ours"),
}
"""(near, far): near is the network side, far the user side."""


class Results(dict[str, Any]):
    """What a worker saw, by "scenario/caller"; one that needs virtual time skips where there is none."""

    def __missing__(self, name: str) -> Any:
        pytest.skip(f"{name} lasts too long in real time: {why_no_virtual_time()}")


class Runs:
    """The results of the pairings, each run once however the tests are ordered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paced = why_no_virtual_time() is not None
        self._once = Once()

    def trace(self, pairing: str) -> Path:
        """Where that pairing's frames are."""
        return self.folder / f"{pairing}.pcapng"

    def of(self, pairing: str) -> Results:
        """The results by scenario and caller."""
        near, far = PAIRINGS[pairing]
        every = [*SCENARIOS, *(WITH_OURS if "ours" in (near, far) else ())]
        request = {
            "near": near,
            "far": far,
            "scenarios": list(SHORT) if self.paced else every,
            "paced": self.paced,
            "trace": str(self.trace(pairing)),
        }
        return Results(self._once.of(pairing, lambda: run_worker(WORKER, request)))


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    require_library("libpri.so.1.4", "libpri1.4")
    return Runs(tmp_path_factory.mktemp("libpri"))


@pytest.fixture(params=PAIRINGS)
def pairing(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=["near", "far"])
def caller(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def results(runs: Runs, pairing: str) -> Results:
    return runs.of(pairing)


IDLE: dict[str, list[str]] = {"near": [], "far": []}


def test_glare_is_won_by_the_network_and_the_user_is_moved_or_refused(runs: Runs, pairing: str) -> None:
    result = runs.of(pairing)["glare/near"]
    assert result["down"] == [[True, 5], [True, 6], [True, 7]]
    assert [active for active, _cause, _by in result["up"]] == [True, True, True]
    assert result["channels"] == result["at_far"]
    assert len(set(result["channels"])) == 6
    assert result["audit"] == {"near": [], "far": []}
    refused = runs.of(pairing)["glare/far"]
    assert refused["down"] == [[True, 5]]
    assert refused["up"] == [[False, 44, "peer"]]
    assert refused["channels"] == refused["at_far"] == [5]
    assert refused["audit"] == {"near": [], "far": []}


def test_link_comes_up_at_once(results: Results) -> None:
    """SABME and UA, six octets of frame and flags each way (Q.921 5.5.1): up before 10 ms of line time."""
    for name, result in results.items():
        assert result["link_up"], name
        assert result["link_up_at"] < SECOND // 100, name


def test_peer_says_nothing_on_its_message_channel(results: Results) -> None:
    """libpri reports what it finds wrong with its peer as a message."""
    assert {name: result["messages"] for name, result in results.items() if result["messages"]} == {}


def test_call_is_answered_held_and_cleared_by_the_called_party(results: Results, caller: str) -> None:
    result = results[f"answered_call/{caller}"]
    first, second = result["first"], result["second"]
    assert result["answered"]
    assert first["events"][0] == "SETUP"
    assert 2 * SECOND <= first["answered_at"] - first["began_at"] < 2 * SECOND + SECOND // 10
    assert second["ended"]
    assert second["call"]["cause"] == second["party"]["cause"] == 31
    assert (second["call"]["cleared_by"], second["party"]["cleared_by"]) == ("peer", "us")
    held = second["call"]["ended_at"] - second["party"]["answered_at"]
    assert 3 * SECOND - SECOND // 100 < held < 3 * SECOND + SECOND // 10
    assert second["party"]["calling"] == "1000"
    assert second["audit"] == IDLE


def test_thirty_calls_stand_and_the_next_is_refused(results: Results, caller: str) -> None:
    """Cause 34 to a SETUP for any channel (5.1.2, 5.2.3.1)."""
    result = results[f"thirty_calls/{caller}"]
    assert result["caller_active"] == list(E1_CHANNELS)
    assert result["party_active"] == list(E1_CHANNELS)
    extra = result["extra"]
    assert (extra["cause"], extra["ended"]) == (34, True)
    assert (extra["events"][0], extra["cleared_by"]) == ("SETUP", "peer")
    assert result["still_active"] == [30, 30]
    assert result["cleared"]
    assert result["cleared_by"] == ["peer", "us"] * 15
    assert result["audit"] == IDLE


def test_channels_that_the_called_end_refuses(results: Results, caller: str) -> None:
    """Cause 44 for a busy channel wanted exclusively, 34 for any channel when none is left (5.1.2)."""
    result = results[f"refused_channels/{caller}"]
    for kind, cause in (("exclusive", 44), ("none_left", 34)):
        refused = result[kind]
        assert (refused["cause"], refused["cleared_by"], refused["ended"]) == (cause, "peer", True)
        assert refused["events"][0] == "SETUP"
    ours, theirs = result["changed_to"]
    assert ours == theirs
    assert ours in set(E1_CHANNELS) - {5}
    assert result["audit"] == IDLE


def test_exclusive_channels_are_the_ones_used(results: Results, caller: str) -> None:
    result = results[f"chosen_channels/{caller}"]
    assert result["channels"] == {"caller": [1, 15, 17, 31], "party": [1, 15, 17, 31]}
    assert result["audit"] == IDLE


@pytest.mark.parametrize("way", ["by_caller", "by_party", "rejected"])
def test_causes_arrive_as_sent(results: Results, caller: str, way: str) -> None:
    """Thirteen causes, cleared by the caller, by the called party, and before the answer (5.3)."""
    seen = dict(results[f"causes/{caller}"]["seen"][way])
    assert seen == {cause: cause for cause in TEN_CAUSES}
    assert results[f"causes/{caller}"]["audit"] == IDLE


def test_busy_party(results: Results, caller: str) -> None:
    result = results[f"busy/{caller}"]
    assert (result["call"]["cause"], result["call"]["cleared_by"]) == (17, "peer")
    assert result["call"]["answered_at"] is None
    assert result["audit"] == IDLE


def test_tone_in_band_is_announced_before_the_clearing(results: Results, caller: str) -> None:
    """PROGRESS with progress indicator 8 and cause 17 (5.1.6, 4.5.23), cleared five seconds later."""
    result = results[f"in_band/{caller}"]
    call = result["call"]
    assert call["progress"]
    assert call["cause"] == PLAN["400"].clear_cause
    assert call["ended_at"] - call["began_at"] >= 5 * SECOND
    assert result["audit"] == IDLE


def test_restart_of_a_channel_and_of_the_interface(results: Results, pairing: str, caller: str) -> None:
    """RESTART and RESTART ACKNOWLEDGE (5.5). None is the whole interface at once; libpri goes by channels."""
    result = results[f"restart/{caller}"]
    assert result["acknowledged"] == [True, True]
    by_libpri = PAIRINGS[pairing][caller == "far"] == "libpri"
    assert result["seen"] == result["sent"] == [3, *(E1_CHANNELS if by_libpri else (None,))]
    assert result["usable"]
    assert result["audit"] == IDLE


def test_setup_without_response_is_sent_twice(results: Results, caller: str) -> None:
    """T303 of 4 s, one retransmission, then the call is given up (5.1.1, 5.2.5.3)."""
    result = results[f"no_response/{caller}"]
    first, second = result["setups_at"]
    assert first == 0
    assert 4 * SECOND <= second < 4 * SECOND + SECOND // 100
    assert result["responses"] == []  # the second SETUP is for a call in progress: ignored (5.8.3.2 e)
    assert 8 * SECOND <= result["gave_up_after"] < 8 * SECOND + SECOND // 10


def test_quiet_line_is_supervised(results: Results, caller: str) -> None:
    """T203 of 10 s (Q.921 5.10): at least five polls a minute, each answered, and nothing else."""
    result = results[f"quiet_line/{caller}"]
    assert result["up"] == [True, True]
    assert 10 <= result["polls"] <= 24
    assert result["longest"] == 4


def test_lost_link_clears_the_calls_and_comes_back(results: Results, caller: str) -> None:
    """T203 at most, then N200 polls and N200 SABMEs of T200 (Q.921 5.6.7, 5.5.1.3).

    That is 10 + 4 + 4 s after the last frame; the call goes after T309 (5.8.9), 6 s later. libpri is ahead of
    the end: it says "down" when the polls have failed.
    """
    result = results[f"lost_link/{caller}"]
    assert result["down"]
    assert 4 * SECOND <= result["down_after"] <= 19 * SECOND
    assert result["cleared"]
    assert result["call"]["cause"] == 27  # destination out of order (5.8.9)
    assert 24 * SECOND - SECOND // 10 <= result["cleared_after"] <= 24 * SECOND + SECOND // 10
    assert result["back"]
    assert result["again"]["call"]["cause"] == 31
    assert result["again"]["audit"] == IDLE


def test_lost_frames_are_made_good(results: Results, caller: str) -> None:
    """Every fifth frame lost: ten calls pass as if none were (Q.921 5.6, 5.8.1)."""
    result = results[f"short_loss/{caller}"]
    assert result["lost"] >= 20
    assert [call["cause"] for call in result["calls"]] == [31] * 10
    assert all(call["answered_at"] for call in result["calls"])
    assert result["up"] == [True, True]
    assert result["audit"] == IDLE


def test_overlap_sending_and_receiving(results: Results, caller: str) -> None:
    """SETUP ACKNOWLEDGE, then INFORMATION a digit (5.1.3, 5.2.4)."""
    result = results[f"overlap/{caller}"]
    assert result["acknowledged"]
    assert result["called"] == "300"
    assert result["answered"]
    assert result["audit"] == IDLE


@pytest.mark.parametrize("pairing", ["ours-libpri", "libpri-ours"])
def test_status_enquiry_is_answered_with_the_state(results: Results, pairing: str, caller: str) -> None:
    """STATUS with cause 30 and the peer's state, while ringing and while active (5.8.10, 4.5.7)."""
    result = results[f"status_enquiry/{caller}"]
    ringing = 7 if PAIRINGS[pairing][caller == "far"] == "ours" else 4  # call received, or call delivered
    before, after, before_active, at_end = result["told"]
    assert before == []
    assert after == before_active == [[30, ringing]]
    assert at_end == [[30, ringing], [30, 10]]
    assert result["audit"] == IDLE


def test_both_ends_count_the_same(results: Results) -> None:
    """What one end says it placed, the other says it received, but for a SETUP that a dead link swallowed."""
    for name, result in results.items():
        near, far = result["tally"]["near"], result["tally"]["far"]
        assert near["placed"] == far["received"], name
        assert far["placed"] == near["received"], name


def test_nothing_that_crossed_is_malformed(
    runs: Runs, results: Results, pairing: str, pytestconfig: pytest.Config
) -> None:
    """tshark decodes every frame; the peer's result is published with its count."""
    tshark = require_program("tshark", "tshark")
    judged = judged_by_tshark(tshark, runs.trace(pairing))
    peer = "libpri with itself" if pairing == "libpri-libpri" else "libpri"
    publish(pytestconfig, summary_of(pairing, peer, results, judged))
    assert judged["malformed"] == 0, judged["malformed_frames"]
    assert judged["frames"] > 1000
    assert len(set(TEN_CAUSES) & set(summary_of(pairing, peer, results, judged)["causes_seen"])) >= 10
