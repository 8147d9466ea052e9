"""The worker process of the bench-level libpri tests: a whole `Bench`, with libpri at one end of the wire.

Every frame takes the ticks that its bits take; `depth` "bits" renders and decodes them. The request:
`{"libpri": "near" | "far", "depth": "event" | "bits", "trace": file}`.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Callable
from typing import Any

from clockhook import VirtualClock
from libpri import Libpri, LibpriEnd
from peer_scenarios import TEN_CAUSES
from peerlib import worker_main
from subscriber import E1_CHANNELS, Behaviour, CallRecord

from trunkbench.artifacts import records
from trunkbench.bench import Bench
from trunkbench.build import Ends
from trunkbench.call import Call
from trunkbench.conditions import When, all_of
from trunkbench.config import SpanConfig
from trunkbench.trace import PcapngWriter
from trunkwire.side import Side

PLAN = {
    "300": Behaviour.answers(after=2 * 64_000),
    "200": Behaviour.busy(),
    **{f"1{cause:03}": Behaviour.rejects(cause) for cause in TEN_CAUSES},
}
"""The numbers behind libpri when it is the far end."""


class Peer:
    """libpri at one end of a bench."""

    def __init__(self, *, near: bool, depth: str) -> None:
        self.library = Libpri(VirtualClock())
        self._made: list[LibpriEnd] = []
        ends = Ends(near=self._make) if near else Ends(far=self._make)
        self.bench = Bench.from_config(ends=ends, depth="bits" if depth == "bits" else "event")
        self.end = self._made[0]
        self._span = (self.bench.trunk.near if near else self.bench.trunk.far)[0]

    def _make(self, _span: SpanConfig, side: Side) -> LibpriEnd:
        self._made.append(LibpriEnd(self.library, side, plan=PLAN))
        return self._made[-1]

    @property
    def now(self) -> int:
        """The tick that libpri's end counts in."""
        return self.bench.pump.now

    def place(self, called: str, *, channel: int | None = None, exclusive: bool = False) -> CallRecord:
        """libpri dials."""
        record = self.end.place(called, self.now, channel=channel, exclusive=exclusive)
        self._drain()
        return record

    def hang_up(self, record: CallRecord, cause: int = 16) -> None:
        """libpri clears."""
        self.end.hang_up(record, self.now, cause)
        self._drain()

    def _drain(self) -> None:
        drain = getattr(self._span, "drain")  # noqa: B009 - an end of our own has it too, but not the base class
        drain()

    def run_until(self, what: str, done: Callable[[], bool], within: str = "20s") -> None:
        """Run the bench until something is so at libpri's end."""
        self.bench.run_until(When(what, lambda: self.now if done() else None, lambda: None), within=within)

    def _tally(self) -> dict[str, Any]:
        """The bench's own count, in the words of a peer's."""
        calls = [*self.bench.near.calls, *self.bench.far.calls]
        outcomes = [call.outcome for call in calls]
        return {
            "placed": sum(call.outgoing and call.q931 is not None for call in calls),
            "received": sum(not call.outgoing for call in calls),
            "answered": sum(outcome.result == "answered" for outcome in outcomes),
            "causes_seen": sorted({int(o.cause) for o in outcomes if o.cause is not None and o.cleared_by}),
        }

    def common(self, trace: str) -> dict[str, Any]:
        """What every run hands back; closes the bench."""
        audit = self.bench.audit()
        crossed = records(self.bench)
        with PcapngWriter(trace) as writer:
            for record in crossed:
                writer.write(record)
        result = {
            "version": self.library.version,
            "messages": self.library.messages,
            "audit": audit,
            "libpri_audit": self.end.audit(),
            "digest": self.bench.digest(),
            "line_time_s": self.bench.now / 64_000,
            "frames": len(crossed),
            "tally": {"libpri": self.end.tally.summary(), "bench": self._tally()},
        }
        self.bench.close()
        return result


def verdict(call: Call) -> dict[str, Any]:
    """The bench's verdict on a call, as data."""
    outcome = call.outcome
    cause = None if outcome.cause is None else int(outcome.cause)
    return {
        "result": outcome.result,
        "cause": cause,
        "decided_by": outcome.decided_by,
        "cleared_by": outcome.cleared_by,
    }


def far(request: dict[str, Any]) -> dict[str, Any]:
    """Our near end calls numbers behind libpri."""
    peer = Peer(near=False, depth=request["depth"])
    bench = peer.bench
    calls = bench.near.dial_many("300", 30)
    bench.run_until(all_of(call.active for call in calls), within="10s")
    on_channel = {call.channel: call for call in calls}
    result: dict[str, Any] = {"channels": sorted(channel or 0 for channel in on_channel)}
    peer.run_until("thirty calls active at libpri", lambda: len(peer.end.active()) == 30)
    local = bench.near.dial("300")
    anywhere = bench.near.dial("300", choice="any", insist=True)
    exclusive = bench.near.dial("300", channel=5, choice="exclusive", insist=True)
    bench.run_until(all_of((anywhere.cleared, exclusive.cleared)), within="5s")
    result["refused"] = {
        "local": verdict(local),
        "any": verdict(anywhere),
        "exclusive": verdict(exclusive),
    }
    bench.run_for("10s")
    result["still_active"] = len(peer.end.active())
    by_libpri = list(zip(peer.end.active()[:15], TEN_CAUSES * 2, strict=False))
    for record, cause in by_libpri:
        peer.hang_up(record, cause)
    bench.run_for("1s")
    result["cleared_by_libpri"] = [
        (cause, verdict(on_channel[record.channel])) for record, cause in by_libpri
    ]
    for call in calls:
        call.hang_up()
    bench.run_until(all_of(call.cleared for call in calls), within="10s")
    result["rejected"] = []
    for cause in TEN_CAUSES:
        call = bench.near.dial(f"1{cause:03}")
        bench.run_until(call.cleared, within="5s")
        result["rejected"].append((cause, verdict(call)))
    busy = bench.near.dial("200")
    bench.run_until(busy.cleared, within="5s")
    result["busy"] = verdict(busy)
    bench.near.restart([3])
    bench.run_for("1s")
    bench.near.restart()
    bench.run_for("1s")
    result["restarted"] = peer.end.restarted()
    return result | peer.common(request["trace"])


def near(request: dict[str, Any]) -> dict[str, Any]:
    """libpri calls numbers behind our far end."""
    peer = Peer(near=True, depth=request["depth"])
    bench = peer.bench
    bench.far.number("300").answers(after="2s")
    bench.far.number("200").busy()
    for cause in TEN_CAUSES:
        bench.far.number(f"1{cause:03}").rejects(cause)
    records = [peer.place("300", channel=channel, exclusive=True) for channel in E1_CHANNELS]
    peer.run_until("thirty calls active at libpri", lambda: len(peer.end.active()) == 30)
    result: dict[str, Any] = {
        "channels": sorted(record.channel or 0 for record in peer.end.active()),
        "far_channels": sorted(call.channel or 0 for call in bench.far.calls),
    }
    anywhere, exclusive = peer.place("300"), peer.place("300", channel=5, exclusive=True)
    peer.run_until("both refused", lambda: None not in (anywhere.ended_at, exclusive.ended_at))
    result["refused"] = {"any": anywhere.summary(), "exclusive": exclusive.summary()}
    bench.run_for("10s")
    result["still_active"] = len(peer.end.active())
    for call, cause in zip(bench.far.calls[:15], TEN_CAUSES * 2, strict=False):
        call.hang_up(cause)
    bench.run_for("1s")
    result["cleared_by_far"] = [
        (cause, record.cause) for record, cause in zip(records[:15], TEN_CAUSES * 2, strict=False)
    ]
    for record in records[15:]:
        peer.hang_up(record)
    peer.run_until("all over", lambda: all(record.ended_at is not None for record in records))
    result["rejected"] = []
    for called, cause in [*((f"1{cause:03}", cause) for cause in TEN_CAUSES), ("200", 17)]:
        call_record = peer.place(called)
        peer.run_until(f"{called} over", lambda call=call_record: call.ended_at is not None)  # type: ignore[misc]
        result["rejected"].append((cause, call_record.cause))
    peer.end.restart(3, peer.now)
    peer._drain()
    bench.run_for("1s")
    result["restarted"] = peer.end.restarts_acknowledged()
    return result | peer.common(request["trace"])


def work(request: dict[str, Any]) -> dict[str, Any]:
    """libpri at the end named."""
    faulthandler.enable()
    return near(request) if request["libpri"] == "near" else far(request)


if __name__ == "__main__":
    worker_main(work)
