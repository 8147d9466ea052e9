"""The harness that drives libpri, judged first: its clock, its isolation, its repeatability."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from clockhook import PacedClock, TimeVal, VirtualClock, why_no_virtual_time
from peer_report import gather, judged_by_tshark, write_trace
from peerlib import absent, require_library, require_program, run_worker
from subscriber import E1_CHANNELS
from trunk_link import Crossed

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
CONVERSATIONS = HERE / "libpri_worker.py"
CLOCK = HERE / "libpri_clock_worker.py"
SECOND = 64_000


@pytest.fixture(autouse=True)
def _libpri() -> None:
    require_library("libpri.so.1.4", "libpri1.4")


@pytest.fixture
def _virtual() -> None:
    reason = why_no_virtual_time()
    if reason is not None:
        absent(reason)


def conversations(**more: Any) -> dict[str, Any]:
    request = {"near": "libpri", "far": "libpri", "scenarios": ["thirty_calls", "lost_link"], **more}
    results: dict[str, Any] = run_worker(CONVERSATIONS, request)
    return results


@pytest.mark.usefixtures("_virtual")
def test_same_frames_at_the_same_ticks_in_any_process(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        digests.append({name: result["digest"] for name, result in conversations().items()})
    assert digests[0] == digests[1]
    assert len(set(digests[0].values())) == 4  # and no two conversations are alike


def test_paced_conversation_has_the_same_outcome() -> None:
    """Where the clock can't be hooked, real time passes: the same calls, at times that are only near."""
    paced = conversations(scenarios=["chosen_channels", "restart"], paced=True)
    for result in paced.values():
        assert result["link_up"]
        assert result["audit"] == {"near": [], "far": []}
        assert result["messages"] == []
    assert paced["chosen_channels/near"]["channels"] == {"caller": [1, 15, 17, 31], "party": [1, 15, 17, 31]}
    assert paced["restart/far"]["seen"] == [3, *E1_CHANNELS]


@pytest.mark.usefixtures("_virtual")
def test_timers_of_the_library_run_on_line_time() -> None:
    """SABME again after each T200 (Q.921 5.5.1.3), to the tick; the first one ran before it could be set."""
    seen = run_worker(CLOCK, {"what": "timers"})
    sabmes = [at for at, frame in seen["sent"] if frame == "00017f"]
    assert sabmes[:3] == [0, SECOND, SECOND * 3 // 2]
    assert seen["deadline_when_closed"] is None
    backwards, no_import, not_loaded, closed = seen["refused"]
    assert "time runs backwards" in backwards
    assert "no_such_import" in no_import
    assert "libnothing.so is not loaded" in not_loaded
    assert "closed" in closed


@pytest.mark.usefixtures("_virtual")
def test_error_in_a_callback_comes_back_as_an_exception() -> None:
    assert "5000 octets" in run_worker(CLOCK, {"what": "too_long"})


@pytest.mark.usefixtures("_virtual")
def test_library_prints_nothing() -> None:
    assert run_worker(CLOCK, {"what": "silence"}) == 0


@pytest.mark.usefixtures("_virtual")
def test_crash_of_the_library_is_a_failed_test_with_its_signal() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"(?s)exit status -11.*Segmentation fault"):
        run_worker(CLOCK, {"what": "crash"})


@pytest.mark.parametrize("clock", [VirtualClock, PacedClock])
def test_ticks_and_microseconds_agree(clock: type[VirtualClock] | type[PacedClock]) -> None:
    """The tick of a moment is the first at which the library's clock, rounded down, has reached it."""
    made = clock()
    epoch = made._epoch if isinstance(made, PacedClock) else 1_700_000_000 * 1_000_000
    for microseconds in (0, 1, 15, 16, 999_999, 1_000_000, 1_234_567):
        whole, rest = divmod(epoch + microseconds, 1_000_000)
        tick = made.tick_of(TimeVal(whole, rest))
        assert tick * 1000 // 64 >= microseconds
        assert tick == 0 or (tick - 1) * 1000 // 64 < microseconds


def test_back_to_back_measurement_completes_every_call() -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "libpri_calls.py"), "60"], capture_output=True, text=True, check=True
    )
    result = json.loads(done.stdout)
    assert (result["calls"], result["answered"], result["cleared"]) == (60, 60, 60)
    assert result["frames"] >= 60 * 8
    assert result["calls_per_second"] > 0


def test_results_of_all_peers_are_gathered(tmp_path: Path) -> None:
    """A file that another process is still writing is left to that process."""
    folder = tmp_path / "peers"
    folder.mkdir()
    (folder / "a.json").write_text('{"name": "a", "calls": 3}')
    (folder / "b.json").write_text('{"name": "b", "cal')
    gather(folder, tmp_path / "all.json")
    assert json.loads((tmp_path / "all.json").read_text()) == [{"name": "a", "calls": 3}]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.json", "peers"]


def test_tshark_names_the_frame_that_is_malformed(tmp_path: Path) -> None:
    """The judge can say no: an element that claims more octets than the message has."""
    tshark = require_program("tshark", "tshark")
    good, bad = "0000 0000 0802 0001 45 0802 8090", "0000 0200 0802 0001 45 0809 8090"
    frames = [Crossed(at, at + 100, False, bytes.fromhex(text)) for at, text in ((0, good), (200, bad))]
    write_trace(str(tmp_path / "t.pcapng"), frames)
    judged = judged_by_tshark(tshark, tmp_path / "t.pcapng")
    assert (judged["frames"], judged["q931"], judged["malformed"]) == (2, 2, 1)
    assert judged["malformed_frames"][0].startswith("frame 2")
