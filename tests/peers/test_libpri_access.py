"""libpri as the customer behind every access number that rides on a digital trunk, on events and on bits.

Thirty (twenty-three on a T1, two on a BRI) are connected at once and heard in both directions, one more hears
busy tone; libpri is told who calls and who has sent the call on, and cannot show a number that the trunk does
not own.
The same with our PBX: `tests/bench/test_access_bits.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from accessplans import FOREIGN, OWNED, SECOND_TRUNK, SERVICES, TRUNK, outside
from clockhook import why_no_virtual_time
from peer_runs import Once
from peerlib import absent, record_result, require_library, run_worker

WORKER = Path(__file__).with_name("libpri_access_worker.py")
RUNS = (*SERVICES, "replace", "bar", "pass", "overflow", "sent_on", "withheld")

# Octet 3a of the calling number (Q.931 4.5.10): presentation in bits 7 and 6, screening in bits 2 and 1.
ALLOWED_BY_NETWORK, RESTRICTED_BY_NETWORK = 0x03, 0x23
# Screening of what the called subscriber is shown.
NOT_SCREENED, VERIFIED_AND_PASSED, NETWORK_PROVIDED = 0, 1, 3
# Reason for redirection (Q.952, octet 3b).
ON_BUSY, UNCONDITIONAL = 1, 15
CALL_REJECTED, NO_CIRCUIT = 21, 34

BITS = pytest.param("bits", marks=pytest.mark.long)


@pytest.fixture(scope="session")
def once() -> Once:
    require_library("libpri.so.1.4", "libpri1.4")
    reason = why_no_virtual_time()
    if reason is not None:
        absent(reason)
    return Once()


@pytest.fixture(params=["event", BITS])
def runs(once: Once, request: pytest.FixtureRequest) -> dict[str, Any]:
    """All runs of that depth, made together and once."""
    depth: str = request.param
    result: dict[str, Any] = once.of(
        ("access", depth), lambda: run_worker(WORKER, {"depth": depth, "runs": RUNS})
    )
    return result


@pytest.fixture(params=SERVICES)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def test_all_channels_are_connected_and_heard_in_both_directions(runs: dict[str, Any], name: str) -> None:
    """The callers' ears were asked in the worker; these are libpri's counts."""
    count = SERVICES[name].channels
    run = runs[name]
    assert len(run["channels"]) == len(set(run["channels"])) == count
    assert run["callers"] == [outside(index) for index in range(count)]
    assert run["heard_at_libpri"] == count
    assert run["again"], "a caller who rang when one had gone did not get that channel"
    record_result(f"libpri-access-{name}", {"peer": "libpri", "calls at once": count})


def test_one_more_hears_busy(runs: dict[str, Any], name: str) -> None:
    """Measured: 450 Hz, 350 ms on and off (GB/T 3380)."""
    refused = runs[name]["refused"]
    assert (refused["cause"], refused["decided_by"]) == (NO_CIRCUIT, "near")
    ((kind, freq_hz, on_ms, off_ms),) = refused["heard"]
    assert (kind, freq_hz) == ("busy", pytest.approx(450, abs=2))
    assert (on_ms, off_ms) == (pytest.approx(350, abs=10), pytest.approx(350, abs=10))


def test_libpri_is_told_who_calls_and_who_sent_the_call_on(runs: dict[str, Any], name: str) -> None:
    sent_on_by = SERVICES[name].sent_on_by
    told = runs[name]["told"]
    assert told == {
        "called": TRUNK,
        "calling": outside(0),
        "presentation": ALLOWED_BY_NETWORK,
        "redirecting": sent_on_by,
        "reason": UNCONDITIONAL if sent_on_by else 0,
    }


def test_the_exchange_writes_down_the_way_and_who_pays(runs: dict[str, Any], name: str) -> None:
    service = SERVICES[name]
    assert runs[name]["noted"] == {
        "path": list(service.passes),
        "payer": service.payer,
        "caller": outside(0),
        "on": "trunk trunk",
    }


def test_libpri_shows_the_numbers_of_its_trunk_only(runs: dict[str, Any]) -> None:
    placed = runs["replace"]["placed"]
    assert {wished: one["shown"] for wished, one in placed.items()} == {
        TRUNK: [[TRUNK, NETWORK_PROVIDED]],
        OWNED: [[OWNED, VERIFIED_AND_PASSED]],
        FOREIGN: [[TRUNK, NETWORK_PROVIDED]],
        "4008001234": [[TRUNK, NETWORK_PROVIDED]],
    }


def test_a_foreign_number_of_libpri_is_barred_or_passed_unscreened(runs: dict[str, Any]) -> None:
    barred, passed = runs["bar"]["placed"], runs["pass"]["placed"]
    assert barred[FOREIGN] == {"shown": [], "cause": CALL_REJECTED}
    assert passed[FOREIGN]["shown"] == [[FOREIGN, NOT_SCREENED]]
    for run in (barred, passed):
        assert run[TRUNK]["shown"] == [[TRUNK, NETWORK_PROVIDED]]
        assert run[OWNED]["shown"] == [[OWNED, VERIFIED_AND_PASSED]]


def test_a_call_from_libpri_takes_the_place_of_one_to_it(runs: dict[str, Any]) -> None:
    """Twenty-nine get through, the thirtieth hears busy."""
    refused = runs["replace"]["one_fewer"]
    assert refused["cause"] == NO_CIRCUIT
    assert [heard[0] for heard in refused["heard"]] == ["busy"]


def test_a_400_number_flows_over_to_the_second_trunk(runs: dict[str, Any]) -> None:
    run = runs["overflow"]
    assert run["taken"] == [30, 3]
    assert run["heard_at_libpri"] == 3
    assert (run["told"]["called"], run["told"]["redirecting"]) == (SECOND_TRUNK, "")


def test_a_busy_pbx_has_its_calls_sent_on_with_its_number(runs: dict[str, Any]) -> None:
    told, noted = runs["sent_on"]["told"], runs["sent_on"]["noted"]
    assert (told["called"], told["calling"]) == (SECOND_TRUNK, outside(1))
    assert (told["redirecting"], told["reason"]) == (TRUNK, ON_BUSY)
    assert noted["path"] == [TRUNK, SECOND_TRUNK]


def test_a_withheld_number_does_not_reach_libpri(runs: dict[str, Any]) -> None:
    run = runs["withheld"]
    assert (run["told"]["calling"], run["told"]["presentation"]) == ("", RESTRICTED_BY_NETWORK)
    assert run["noted"]["caller"] == outside(1)


def test_nothing_is_left_by_either_count(runs: dict[str, Any]) -> None:
    for name in RUNS:
        run = runs[name]
        assert (run["audit"], run["libpri_audit"], run["messages"]) == ([], [], []), name


@pytest.mark.long
def test_bits_and_events_give_the_same_timelines(once: Once) -> None:
    digests = []
    for depth in ("event", "bits"):
        request = {"depth": depth, "runs": RUNS}
        made = once.of(("access", depth), lambda request=request: run_worker(WORKER, request))  # type: ignore[misc]
        digests.append({name: run["digest"] for name, run in made.items()})
    assert digests[0] == digests[1]
