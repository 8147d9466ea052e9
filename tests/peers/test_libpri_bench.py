"""A whole bench against libpri: over the software wire, at either end, on events and on bits.

`far`: our near end calls numbers behind libpri. `near`: libpri calls numbers behind our far end. The bits
depth carries every frame through rendered E1 octets, our framer and HDLC receiver.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clockhook import why_no_virtual_time
from peer_report import judged_by_tshark, publish, summary_of
from peer_runs import Once
from peer_scenarios import TEN_CAUSES
from peerlib import absent, require_library, require_program, run_worker
from subscriber import E1_CHANNELS

WORKER = Path(__file__).with_name("libpri_bench_worker.py")


class Runs:
    """The results by (end that libpri plays, depth), each run once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._once = Once()

    def trace(self, end: str, depth: str) -> Path:
        """The trace that the bench recorded in that run."""
        return self._folder / f"{end}-{depth}.pcapng"

    def of(self, end: str, depth: str) -> dict[str, Any]:
        """The result of that run."""
        request = {"libpri": end, "depth": depth, "trace": str(self.trace(end, depth))}
        result: dict[str, Any] = self._once.of((end, depth), lambda: run_worker(WORKER, request))
        return result


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    require_library("libpri.so.1.4", "libpri1.4")
    reason = why_no_virtual_time()
    if reason is not None:
        absent(reason)
    return Runs(tmp_path_factory.mktemp("libpri-bench"))


@pytest.fixture(params=["event", pytest.param("bits", marks=pytest.mark.long)])
def depth(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def far(runs: Runs, depth: str) -> dict[str, Any]:
    return runs.of("far", depth)


@pytest.fixture
def near(runs: Runs, depth: str) -> dict[str, Any]:
    return runs.of("near", depth)


def test_thirty_calls_to_libpri(far: dict[str, Any]) -> None:
    """On thirty channels, for ten seconds; the bench and libpri count the same."""
    assert far["channels"] == list(E1_CHANNELS)
    assert far["still_active"] == 30
    assert far["tally"]["bench"]["answered"] == far["tally"]["libpri"]["answered"] == 30
    assert far["tally"]["bench"]["placed"] == far["tally"]["libpri"]["received"]


def test_thirty_calls_from_libpri(near: dict[str, Any]) -> None:
    assert near["channels"] == near["far_channels"] == list(E1_CHANNELS)
    assert near["still_active"] == 30
    assert near["tally"]["bench"]["answered"] == near["tally"]["libpri"]["answered"] == 30


def test_verdict_says_who_refused_the_thirty_first(far: dict[str, Any]) -> None:
    """Locally before anything is sent (34), by libpri for any channel (34) and for a busy one (44)."""
    verdicts = {name: (v["result"], v["cause"], v["decided_by"]) for name, v in far["refused"].items()}
    assert verdicts == {
        "local": ("no-circuit", 34, "near"),
        "any": ("no-circuit", 34, "far"),
        "exclusive": ("no-circuit", 44, "far"),
    }


def test_libpri_is_refused_its_thirty_first(near: dict[str, Any]) -> None:
    refused = near["refused"]
    assert {name: (r["cause"], r["cleared_by"]) for name, r in refused.items()} == {
        "any": (34, "peer"),
        "exclusive": (44, "peer"),
    }


def test_causes_of_libpri_in_the_verdicts(far: dict[str, Any]) -> None:
    """Fifteen active calls cleared by libpri, thirteen rejected: each verdict names cause and end."""
    assert len(far["cleared_by_libpri"]) == 15
    for cause, verdict in far["cleared_by_libpri"]:
        assert (verdict["result"], verdict["cause"], verdict["cleared_by"]) == ("answered", cause, "far")
    assert [cause for cause, _ in far["rejected"]] == list(TEN_CAUSES)
    for cause, verdict in far["rejected"]:
        assert (verdict["cause"], verdict["decided_by"]) == (cause, "far")
    assert (far["busy"]["result"], far["busy"]["cause"]) == ("busy", 17)


def test_causes_of_the_bench_at_libpri(near: dict[str, Any]) -> None:
    assert len(near["cleared_by_far"]) == 15
    assert all(sent == seen for sent, seen in near["cleared_by_far"])
    assert [seen for _, seen in near["rejected"]] == [*TEN_CAUSES, 17]


def test_restart(far: dict[str, Any], near: dict[str, Any]) -> None:
    """A channel, then the whole interface, from our side; a channel from libpri's (5.5)."""
    assert far["restarted"] == [3, None]
    assert near["restarted"] == [3]


@pytest.mark.parametrize("end", ["far", "near"])
def test_nothing_is_left_by_either_count(runs: Runs, end: str, depth: str) -> None:
    result = runs.of(end, depth)
    assert result["audit"] == []
    assert result["libpri_audit"] == []
    assert result["messages"] == []


@pytest.mark.parametrize("end", ["far", pytest.param("near", marks=pytest.mark.long)])
def test_bits_and_events_give_the_same_timeline(runs: Runs, end: str) -> None:
    assert runs.of(end, "bits")["digest"] == runs.of(end, "event")["digest"]


@pytest.mark.parametrize("end", ["far", "near"])
def test_nothing_on_the_wire_is_malformed(
    runs: Runs, end: str, depth: str, pytestconfig: pytest.Config
) -> None:
    """tshark decodes the trace that the bench recorded."""
    result = runs.of(end, depth)
    judged = judged_by_tshark(require_program("tshark", "tshark"), runs.trace(end, depth))
    summary = summary_of(f"bench-{depth}-libpri-{end}", "libpri", {f"bench {depth}": result}, judged)
    publish(pytestconfig, summary)
    assert judged["malformed"] == 0, judged["malformed_frames"]
    assert judged["frames"] == result["frames"] > 500
    assert len(set(TEN_CAUSES) & set(summary["causes_seen"])) >= 10
