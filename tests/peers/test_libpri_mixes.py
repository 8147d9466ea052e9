"""Hundreds of calls at random moments between our machines and libpri: every conversation ends as it should.

Calls cross, collide for channels, are hung up before the first answer and while being cleared. Our end must
be idle at the end. (libpri may keep a record of its own where a clearing crosses another message; every
conversation on the line has ended all the same, which is what is asserted.)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clockhook import why_no_virtual_time
from peer_report import judged_by_tshark, publish, summary_of
from peerlib import absent, require_library, require_program, run_worker

WORKER = Path(__file__).with_name("libpri_mix_worker.py")
CALLS = 200


def mixed(end: str, seed: int, trace: Path) -> dict[str, Any]:
    request = {"libpri": end, "seed": seed, "calls": CALLS, "trace": str(trace)}
    result: dict[str, Any] = run_worker(WORKER, request)
    return result


pytestmark = pytest.mark.long


@pytest.mark.parametrize(("end", "seed"), [("far", 1), ("near", 2)])
def test_every_conversation_ends_and_ours_is_idle(
    end: str, seed: int, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    require_library("libpri.so.1.4", "libpri1.4")
    reason = why_no_virtual_time()
    if reason is not None:
        absent(reason)
    trace = tmp_path / "mix.pcapng"
    result = mixed(end, seed, trace)
    assert result["audit"] == []
    assert result["link_errors"] == []
    assert result["unfinished"] == []
    ours, theirs = result["tally"]["ours"], result["tally"]["libpri"]
    assert ours["placed"] + theirs["placed"] == CALLS
    assert min(ours["answered"], theirs["answered"]) > 5
    assert len(set(ours["causes_seen"]) | set(theirs["causes_seen"])) >= 10
    judged = judged_by_tshark(require_program("tshark", "tshark"), trace)
    publish(pytestconfig, summary_of(f"mix-libpri-{end}", "libpri", {f"seed {seed}": result}, judged))
    assert judged["frames"] == result["frames"]
    assert judged["malformed"] == 0, judged["malformed_frames"]
