"""The worker process of the libpri tests: runs scenarios between two ends and hands back what was seen.

The request names what plays each side: `{"near": "libpri" | "ours", "far": …, "scenarios": […], "paced":
bool, "trace": path or null}`. Each scenario runs twice, called from near and from far, on a fresh pair.
Before each its name goes to the standard error, so that a crash of the library is reported with the
conversation that led to it.
"""

from __future__ import annotations

import faulthandler
import sys
import time
from typing import Any

from clockhook import PacedClock, VirtualClock
from libpri import Libpri, LibpriEnd
from peer_report import write_trace
from peer_scenarios import PLAN, SCENARIOS, WITH_OURS, Pair, TrunkEnd
from peerlib import worker_main
from trunk_link import Crossed, TrunkLink

from trunkwire.side import Side

_LINK_UP_WITHIN = 10 * 64_000


def make_end(kind: str, library: Libpri, side: Side, *, overlap: bool) -> TrunkEnd:
    """One end at tick 0. Raises ValueError for an unknown kind."""
    if kind == "libpri":
        return LibpriEnd(library, side, plan=PLAN, overlap=overlap)
    if kind == "ours":
        from our_end import OurEnd

        return OurEnd(side, plan=PLAN, overlap=overlap)
    raise ValueError(f"no end of the kind {kind!r}: 'libpri' or 'ours'")


def run_one(request: dict[str, Any], name: str, from_near: bool) -> tuple[dict[str, Any], list[Crossed]]:
    """One scenario on a fresh pair: its result and the frames that crossed."""
    library = Libpri(PacedClock() if request.get("paced") else VirtualClock())
    far = make_end(request["far"], library, Side.USER, overlap=name == "overlap")
    near = make_end(request["near"], library, Side.NETWORK, overlap=name == "overlap")
    link = TrunkLink(near, far)
    up = link.run_until(lambda: near.up and far.up, _LINK_UP_WITHIN)
    up_at = link.now
    link.settle()
    result = (SCENARIOS | WITH_OURS)[name](Pair(near, far, link), from_near=from_near)
    result |= {
        "link_up": up,
        "link_up_at": up_at,
        "version": library.version,
        "messages": library.messages,
        "digest": link.digest(),
        "line_time_s": link.now / 64_000,
        "frames": len(link.frames),
        "tally": {"near": near.tally.summary(), "far": far.tally.summary()},
    }
    return result, link.frames


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Run the scenarios asked for; the results by "scenario/near" and "scenario/far"."""
    faulthandler.enable()
    results: dict[str, Any] = {}
    crossed: list[Crossed] = []
    for name in request["scenarios"]:
        for from_near in (True, False):
            caller = "near" if from_near else "far"
            print(
                f"{request['near']} (near) and {request['far']} (far): {name}, called from {caller}",
                file=sys.stderr,
            )
            started = time.perf_counter()
            result, frames = run_one(request, name, from_near)
            result["wall_s"] = time.perf_counter() - started
            results[f"{name}/{caller}"] = result
            offset = crossed[-1].sent_at + 64_000 if crossed else 0
            crossed += [Crossed(f.sent_at + offset, f.delivered_at, f.from_near, f.frame) for f in frames]
    if request.get("trace"):
        write_trace(request["trace"], crossed)
    return results


if __name__ == "__main__":
    worker_main(work)
