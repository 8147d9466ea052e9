"""libpri as the device under test of `trunkbench e1d-serve`: another stack in another process.

The server runs in a thread here, the worker is a process; both count line time ten times as fast as it is,
which neither of them can tell.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clockhook import why_no_virtual_time
from peerlib import absent, require_library, run_worker
from subscriber import E1_CHANNELS

from trunkbench.clock import PacedClock
from trunkbench.config import load_config
from trunkbench.device import LineFault
from trunkbench.e1dserver import Offer, offer_bench
from trunkwire.ticks import SECOND

pytestmark = pytest.mark.realtime

WORKER = Path(__file__).with_name("libpri_e1d_worker.py")
CONFIG = Path(__file__).resolve().parents[2] / "hw-config" / "e1d-serve.toml"
SPEED = 10.0
CUT = 30 * SECOND
"""Longer than T203, three times T200, and libpri's T309 (10 s) together."""


class Served:
    """An offer that a thread serves. `result` is what the worker handed back, `left` what the server held."""

    def __init__(self, path: Path, *, lost: bool) -> None:
        self.offer = offer_bench(load_config(CONFIG), path, clock=PacedClock(speed=SPEED))
        self._over = threading.Event()
        self._lost = lost
        self._thread = threading.Thread(target=self._serve)
        self.left: list[str] = ["the server never ended"]
        self.causes: list[int] = []
        self._thread.start()
        try:
            request = {"socket": str(path), "speed": SPEED, "lost": lost}
            self.result: dict[str, Any] = run_worker(WORKER, request, timeout=60)
        finally:
            self._over.set()
            self._thread.join(20)

    def _serve(self) -> None:
        offer = self.offer
        near = offer.near
        assert near is not None
        while not self._over.is_set():
            offer.run(offer.pump.now + SECOND // 10)
            active = [call for call in near.calls if call.active_at is not None and call.ended_at is None]
            if self._lost and len(active) == 2:
                self._lost = False
                cut(offer)
            answered = sum(call.active_at is not None for call in near.calls)
            if answered == len(E1_CHANNELS) + 2 and len(active) == 2:  # the two after the thirty
                near.hang_up_all()
        # The device has left: calls that it left behind are not the server's to keep for ever.
        self.causes = [int(call.cause) for call in near.calls if call.cause is not None]
        self.left = near.audit()
        offer.close()


def cut(offer: Offer) -> None:
    """No frame of the D channel arrives in either direction; the line itself stays, so nothing is told."""
    (wire,) = offer.wires
    for port in (wire.near, wire.far):
        port.insert(LineFault("frame-drop", offer.pump.now + SECOND, CUT, 16, tuple(range(1, 1000))))


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Served]:
    require_library("libpri.so.1.4", "libpri1.4")
    reason = why_no_virtual_time()
    if reason is not None:
        absent(reason)
    folder = tmp_path_factory.mktemp("e1d")
    return lambda lost: Served(folder / f"ctl{int(lost)}", lost=lost)


@pytest.fixture(scope="module")
def calls(serve: Callable[[bool], Served]) -> Served:
    return serve(False)


@pytest.fixture(scope="module")
def loss(serve: Callable[[bool], Served]) -> Served:
    return serve(True)


def test_thirty_calls(calls: Served) -> None:
    """On thirty channels at the same time, each answered after the second that the file gives to 300."""
    result = calls.result
    assert result["up"]
    assert result["thirty"]
    assert result["still_active"] == len(E1_CHANNELS) == 30
    assert all(1.0 <= seconds < 3.5 for seconds in result["answered_after"])


def test_one_too_many(calls: Served) -> None:
    refused = {name: (r["cause"], r["cleared_by"]) for name, r in calls.result["refused"].items()}
    assert refused == {"any": (34, "peer"), "taken": (44, "peer")}


def test_busy_and_unallocated_numbers(calls: Served) -> None:
    assert (calls.result["busy"]["cause"], calls.result["busy"]["cleared_by"]) == (17, "peer")
    assert (calls.result["nobody"]["cause"], calls.result["nobody"]["cleared_by"]) == (1, "peer")


def test_clearing_by_the_exchange(calls: Served) -> None:
    """Two more calls are answered and then cleared from our side (cause 16)."""
    for call in calls.result["theirs"]:
        assert call["answered_at"] is not None
        assert (call["cause"], call["cleared_by"]) == (16, "peer")


def test_clearing_leaves_nothing(calls: Served) -> None:
    assert calls.result["cleared"]
    assert calls.result["audit"] == []
    assert calls.result["messages"] == []
    assert calls.left == []


def test_link_loss(loss: Served) -> None:
    """libpri notices, clears its calls (Q.931 5.8.9), comes back when the line does, and calls again."""
    result = loss.result
    found = {name: result[name] for name in ("up", "two", "lost", "cleared", "up_again", "calls_again")}
    assert found == dict.fromkeys(found, True)
    assert [name for name, _ in result["link"]] == ["DCHAN_UP", "DCHAN_DOWN", "DCHAN_UP"]
    down = result["link"][1][1]
    assert all(abs(ended - down - 10) < 1 for ended in result["ended_at"])
    assert result["alarms"] == []
    assert result["audit"] == []


def test_server_after_the_link_loss(loss: Served) -> None:
    """Our side has cleared what libpri no longer knows."""
    assert loss.left == []
