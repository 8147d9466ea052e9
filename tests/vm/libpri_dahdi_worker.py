"""Worker of the guest: libpri is the device under test on span 2 of the real driver, our bench on span 1.

The request: `{"config": file}`. What crosses is real: our frames, the driver's HDLC, libpri's answers.
"""

from __future__ import annotations

import faulthandler
from typing import Any

from clockhook import VirtualClock
from libpri import Libpri, LibpriEnd
from peerlib import worker_main
from subscriber import Behaviour

from trunkbench.bench import Bench
from trunkbench.build import Ends
from trunkbench.call import Call
from trunkbench.conditions import all_of
from trunkbench.config import SpanConfig, load_config
from trunkwire.side import Side

PLAN = {"300": Behaviour.answers(after=32_000), "200": Behaviour.busy()}


def verdict(call: Call) -> list[object]:
    """Result, cause, and who decided."""
    outcome = call.outcome
    cause = None if outcome.cause is None else int(outcome.cause)
    return [outcome.result, cause, outcome.decided_by]


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Thirty calls at once, one too many, a busy number, clearing by either side."""
    faulthandler.enable()
    library = Libpri(VirtualClock())
    made: list[LibpriEnd] = []

    def make(_span: SpanConfig, side: Side) -> LibpriEnd:
        made.append(LibpriEnd(library, side, plan=PLAN))
        return made[-1]

    with Bench.from_config(load_config(request["config"]), ends=Ends(far=make)) as bench:
        [end] = made
        calls = bench.near.dial_many("300", 30)
        bench.run_until(all_of(call.active for call in calls), within="10s")
        bench.run_for("1s")
        result: dict[str, Any] = {
            "version": library.version,
            "active": [len(end.active()), sum(bool(call.active) for call in calls)],
            "channels": sorted(call.channel or 0 for call in calls),
        }
        extra = bench.near.dial("300", choice="any", insist=True)
        bench.run_until(extra.cleared, within="5s")
        result["extra"] = verdict(extra)
        for record in end.active()[:15]:
            end.hang_up(record, bench.pump.now)
        getattr(bench.trunk.far[0], "drain")()  # noqa: B009 - what libpri has to send; the base has no such method
        bench.run_for("500ms")
        for call in calls:
            call.hang_up()
        bench.run_until(all_of(call.cleared for call in calls), within="10s")
        result["cleared"] = sorted({str(verdict(call)) for call in calls})
        busy = bench.near.dial("200")
        bench.run_until(busy.cleared, within="5s")
        result["busy"] = verdict(busy)
        bench.run_for("500ms")
        result["audits"] = [bench.audit(), end.audit()]
        result["malformed"] = [line for line in library.messages if "alformed" in line or "nknown" in line]
    return result


if __name__ == "__main__":
    worker_main(work)
