"""libpri in its basic rate modes on our software wire: terminals on our bus, the network of ours, and a line.

TEIs, calls each way, the first to answer, two at once, and the third that is refused; at both depths, with
the D channel of 16 kbit/s rendered and decoded at depth "bits".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clockhook import why_no_virtual_time
from peer_report import judged_by_tshark
from peer_runs import Once
from peerlib import absent, require_library, require_program, run_worker

WORKER = Path(__file__).with_name("libpri_bri_worker.py")

TALKS = {"answered": True, "cause": None, "by": None, "over": False}
OVER = {"answered": True, "cause": 16, "over": True}


class Runs:
    """The results by (run, depth), each run once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._once = Once()

    def trace(self, run: str, depth: str) -> Path:
        """The trace that the bench recorded in that run."""
        return self._folder / f"{run}-{depth}.pcapng"

    def of(self, run: str, depth: str) -> dict[str, Any]:
        """The result of that run."""
        request = {"run": run, "depth": depth, "trace": str(self.trace(run, depth))}
        result: dict[str, Any] = self._once.of((run, depth), lambda: run_worker(WORKER, request))
        return result


@pytest.fixture(scope="session")
def bri_runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    require_library("libpri.so.1.4", "libpri1.4")
    reason = why_no_virtual_time()
    if reason is not None:
        absent(reason)
    return Runs(tmp_path_factory.mktemp("libpri-bri"))


@pytest.fixture(params=["event", pytest.param("bits", marks=pytest.mark.long)])
def depth(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def terminals(bri_runs: Runs, depth: str) -> dict[str, Any]:
    return bri_runs.of("terminals", depth)


@pytest.fixture
def network(bri_runs: Runs, depth: str) -> dict[str, Any]:
    return bri_runs.of("network", depth)


@pytest.fixture
def line(bri_runs: Runs, depth: str) -> dict[str, Any]:
    return bri_runs.of("line", depth)


def test_our_network_gives_teis_to_terminals_of_libpri(terminals: dict[str, Any]) -> None:
    assert terminals["teis"] == [64, 65, 66]
    assert terminals["teis_kept"] == [64, 65, 66]
    assert terminals["events"]["first"][0] == terminals["events"]["second"][0] == "DCHAN_UP"
    assert [events.count("DCHAN_UP") for events in terminals["events"].values()] == [1, 1], "links stay up"


def test_first_terminal_of_libpri_to_answer_has_the_call(terminals: dict[str, Any]) -> None:
    assert terminals["shared"] == {
        "first": {**TALKS, "channel": 1},
        "second": {"answered": False, "channel": 1, "cause": 26, "by": "peer", "over": True},
        "third": {"result": "failed", "cause": 26, "by": "near", "channel": 1},
    }


def test_two_calls_to_terminals_of_libpri_and_a_third_refused(terminals: dict[str, Any]) -> None:
    assert terminals["two"] == [1, 2]
    assert terminals["third"] == {"result": "no-circuit", "cause": 34, "by": "near", "channel": None}
    silent, ours = terminals["silent"]
    assert (silent["answered"], silent["over"]) == (False, True), "its number is not called"
    assert ours == 1
    assert terminals["cleared"] == [
        {**OVER, "channel": 1, "by": "peer"},
        {**OVER, "channel": 2, "by": "peer"},
    ]


def test_terminals_of_libpri_call_out(terminals: dict[str, Any]) -> None:
    out = terminals["out"]
    assert out["libpri"] == {**TALKS, "channel": 1}
    assert out["ours"] == {"result": "answered", "cause": None, "by": None, "channel": 2}
    assert out["refused"] == {"answered": False, "channel": None, "cause": 34, "by": "peer", "over": True}


def test_libpri_gives_teis_to_terminals_of_ours(network: dict[str, Any]) -> None:
    assert len(set(network["teis"])) == 3
    assert all(64 <= tei <= 126 for tei in network["teis"])


def test_first_terminal_of_ours_to_answer_has_libpris_call(network: dict[str, Any]) -> None:
    released = {"result": "failed", "cause": 26, "by": "near", "channel": 1}
    assert network["shared"] == {
        "first": released,
        "second": {"result": "answered", "cause": None, "by": None, "channel": 1},
        "third": released,
    }


def test_libpri_has_two_calls_up_and_refuses_the_third(network: dict[str, Any]) -> None:
    assert network["two"] == [{**TALKS, "channel": 1}, {**TALKS, "channel": 2}]
    assert network["third"] == {"result": "no-circuit", "cause": 34, "by": "near", "channel": None}


def test_a_number_that_no_terminal_of_ours_has_is_left_unanswered(network: dict[str, Any]) -> None:
    nobody, calls = network["nobody"]
    assert nobody == {"answered": False, "channel": 1, "cause": 18, "by": "peer", "over": True}
    assert calls == 5, "three rang for the first call, one for the second, and one had called out"


def test_terminals_of_ours_call_libpri(network: dict[str, Any]) -> None:
    assert sorted(call["channel"] for call in network["out"]) == [1, 2]
    assert {(call["result"], call["cause"]) for call in network["out"]} == {("answered", None)}
    assert (network["busy"]["result"], network["busy"]["cause"], network["busy"]["by"]) == (
        "busy",
        17,
        "near",
    )


@pytest.mark.parametrize("side", ["libpri user", "libpri network"])
def test_a_line_to_libpri(line: dict[str, Any], side: str) -> None:
    """TEI 0: two calls each way, the third refused here (34) and there (34), busy (17)."""
    run = line[side]
    assert sorted(call["channel"] for call in run["to"]) == [1, 2]
    assert {(call["result"], call["cause"], call["by"]) for call in run["to"]} == {("answered", 16, None)}
    assert run["local"] == {"result": "no-circuit", "cause": 34, "by": "near", "channel": None}
    assert run["third"] == {"result": "no-circuit", "cause": 34, "by": "far", "channel": None}
    assert (run["busy"]["result"], run["busy"]["cause"]) == ("busy", 17)
    assert run["from"] == [{**OVER, "channel": channel, "by": "us"} for channel in (1, 2)]
    assert run["audit"] == []
    assert run["libpri_audit"] == {"far": []}


def test_nothing_is_left(terminals: dict[str, Any], network: dict[str, Any]) -> None:
    """Neither by our audit, which covers TEIs and links, nor by libpri's own count."""
    assert terminals["audit"] == network["audit"] == []
    assert terminals["libpri_audit"] == {"first": [], "second": []}
    assert network["libpri_audit"] == {"near": []}
    assert network["calls_left"] == 0


@pytest.mark.parametrize("run", ["terminals", "network"])
def test_nothing_on_the_bus_is_malformed(bri_runs: Runs, run: str, depth: str) -> None:
    """tshark decodes the trace, TEI management and all; libpri has complained of nothing."""
    result = bri_runs.of(run, depth)
    judged = judged_by_tshark(require_program("tshark", "tshark"), bri_runs.trace(run, depth))
    assert judged["malformed"] == 0, judged["malformed_frames"]
    assert judged["frames"] == result["frames"] > 60
    assert judged["q931"] > 30
    assert result["messages"] == []


@pytest.mark.parametrize("run", ["terminals", "network"])
def test_the_depths_are_one_run(bri_runs: Runs, run: str) -> None:
    assert bri_runs.of(run, "event")["digest"] == bri_runs.of(run, "bits")["digest"]
