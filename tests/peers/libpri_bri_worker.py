"""The worker process of libpri's basic rate tests: a bench with libpri on a bus, or at an end of a line.

The request is `{"run": "terminals" | "network" | "line", "depth": "event" | "bits", "trace": file}`. The
trace of the bench is left in that file ("line" leaves that of its last part).
"""

from __future__ import annotations

import faulthandler
from collections.abc import Callable
from typing import Any

from clockhook import VirtualClock
from libpri import Libpri
from libpri_bri import LibpriBasic
from peerlib import worker_main
from subscriber import Behaviour, CallRecord

from trunkbench.artifacts import records
from trunkbench.bench import Bench
from trunkbench.bri.end import NetworkEnd
from trunkbench.build import Ends
from trunkbench.call import Call
from trunkbench.conditions import When, all_of
from trunkbench.config import SpanConfig, parse_config
from trunkbench.end import End
from trunkbench.trace import PcapngWriter
from trunkwire.side import Side
from trunkwire.ticks import SECOND

BUS = """
[bench]
name = "libpri-bus"
[[span]]
name = "bus"
kind = "bri"
mode = "point-to-multipoint"
[[span.terminal]]
name = "first"
msn = ["201", "200"]
[[span.terminal]]
name = "second"
msn = ["202", "200"]
[[span.terminal]]
name = "third"
msn = ["203", "200"]
"""
LINE = """
[bench]
name = "libpri-line"
[[span]]
name = "line"
kind = "bri"
mode = "point-to-point"
near = "{near}"
"""


class Peers:
    """A bench with libpri at some of its ends."""

    def __init__(self, text: str, depth: str, plans: dict[str, dict[str, Behaviour]]) -> None:
        """`plans` gives the numbers behind libpri, by terminal, or by "near" or "far"."""
        self.library = Libpri(VirtualClock())
        self.ends: dict[str, LibpriBasic] = {}

        def factory(name: str, *, multipoint: bool) -> Callable[[SpanConfig, Side], LibpriBasic]:
            def make(_span: SpanConfig, side: Side) -> LibpriBasic:
                self.ends[name] = LibpriBasic(self.library, side, multipoint=multipoint, plan=plans[name])
                return self.ends[name]

            return make

        multipoint = "multipoint" in text
        made = {name: factory(name, multipoint=multipoint) for name in plans}
        ends = Ends(near=made.pop("near", None), far=made.pop("far", None), terminals=made)
        config = parse_config(text, "libpri.toml")
        self.bench = Bench.from_config(config, ends=ends, depth="bits" if depth == "bits" else "event")

    def span_of(self, name: str) -> End:
        """The end of the bench at which that libpri is."""
        ends = self.bench.trunk.ends
        return next(end for end in ends if getattr(end, "peer", None) is self.ends[name])

    def place(self, name: str, called: str, **wishes: Any) -> CallRecord:
        """libpri dials."""
        record = self.ends[name].place(called, self.bench.pump.now, **wishes)
        self._drain(name)
        return record

    def hang_up(self, name: str, record: CallRecord) -> None:
        """libpri clears."""
        self.ends[name].hang_up(record, self.bench.pump.now)
        self._drain(name)

    def _drain(self, name: str) -> None:
        drain = getattr(self.span_of(name), "drain")  # noqa: B009 - not of the base class
        drain()

    def until(self, what: str, done: Callable[[], bool], within: str = "20s") -> None:
        """Run until something is so at libpri's end."""
        bench = self.bench
        bench.run_until(When(what, lambda: bench.pump.now if done() else None, lambda: None), within=within)

    def result(self, found: dict[str, Any], trace: str) -> dict[str, Any]:
        """What every run hands back; writes the trace, and closes the bench."""
        audit = self.bench.audit()
        crossed = records(self.bench)
        with PcapngWriter(trace) as writer:
            for record in crossed:
                writer.write(record)
        found |= {
            "audit": audit,
            "frames": len(crossed),
            "messages": self.library.messages,
            "libpri_audit": {name: end.audit() for name, end in self.ends.items()},
            "events": {name: [event.name for event in end.events] for name, end in self.ends.items()},
            "digest": self.bench.digest(),
        }
        self.bench.close()
        return found


def fate(record: CallRecord) -> dict[str, Any]:
    """What became of a call at libpri's end."""
    return {
        "answered": record.answered_at is not None,
        "channel": record.channel,
        "cause": record.cause,
        "by": record.cleared_by,
        "over": record.ended_at is not None,
    }


def verdict(call: Call) -> dict[str, Any]:
    """The bench's verdict on a call, as data."""
    outcome = call.outcome
    cause = None if outcome.cause is None else int(outcome.cause)
    return {"result": outcome.result, "cause": cause, "by": outcome.decided_by, "channel": call.channel}


def clear(bench: Bench, *calls: Call) -> None:
    """Our side clears."""
    for call in calls:
        call.hang_up()
    bench.run_until(all_of(call.cleared for call in calls), within="20s")
    bench.run_for("1s")


def terminals(depth: str, trace: str) -> dict[str, Any]:
    """Two terminals of libpri's and one of ours on our bus."""
    peers = Peers(
        BUS,
        depth,
        {
            "first": {"200": Behaviour.answers(after=SECOND), "201": Behaviour.answers()},
            "second": {"200": Behaviour.answers(after=2 * SECOND), "202": Behaviour.answers()},
        },
    )
    bench = peers.bench
    network = bench.trunk.near[0]
    assert isinstance(network, NetworkEnd)
    found: dict[str, Any] = {"teis": list(network.link.teis)}
    first, second = peers.ends["first"], peers.ends["second"]

    bench.far.terminal("third").number("200").never_answers()
    shared = bench.near.dial("200")
    bench.run_until(shared.active, within="5s")
    bench.run_for("3s")
    winner = first.records[-1]
    found["shared"] = {
        "first": fate(winner),
        "second": fate(second.records[-1]),
        "third": verdict(bench.far.calls[-1]),
    }
    other = bench.near.dial("202")
    bench.run_until(other.active, within="5s")
    found["silent"] = fate(first.records[-1]), len(bench.far.calls)
    found["two"] = sorted(call.channel or 0 for call in (shared, other))
    found["third"] = verdict(bench.near.dial("203"))
    clear(bench, shared, other)
    found["cleared"] = [fate(record) for record in (winner, second.records[-1])]

    bench.near.number("1000").answers()
    outgoing = peers.place("first", "1000")
    peers.until("libpri's call answered", lambda: outgoing.answered_at is not None)
    ours = bench.far.terminal("third").dial("1000")
    bench.run_until(ours.active, within="5s")
    refused = peers.place("second", "1000")
    peers.until("the third refused", lambda: refused.ended_at is not None)
    found["out"] = {"libpri": fate(outgoing), "ours": verdict(ours), "refused": fate(refused)}
    peers.hang_up("first", outgoing)
    peers.until("libpri's call over", lambda: outgoing.ended_at is not None)
    clear(bench, ours)
    bench.run_for("8s")  # T312 of the last offers
    found["teis_kept"] = list(network.link.teis)
    return peers.result(found, trace)


def network(depth: str, trace: str) -> dict[str, Any]:
    """Three terminals of ours on libpri's bus."""
    peers = Peers(BUS, depth, {"near": {"300": Behaviour.answers(), "301": Behaviour.busy()}})
    bench, libpri = peers.bench, peers.ends["near"]
    names = ("first", "second", "third")
    found: dict[str, Any] = {"teis": [bench.far.terminal(name).tei for name in names]}

    bench.far.number("200").answers(after="2s")
    bench.far.terminal("second").number("200").answers(after="1s")
    shared = peers.place("near", "200", channel=1, exclusive=True)
    peers.until("libpri's call answered", lambda: shared.answered_at is not None)
    bench.run_for("3s")
    found["shared"] = {
        str(call.span.station): verdict(call) for call in bench.far.calls if call.span is not None
    }
    bench.far.number("203").answers()
    other = peers.place("near", "203", channel=2, exclusive=True)
    peers.until("the second answered", lambda: other.answered_at is not None)
    found["two"] = [fate(record) for record in (shared, other)]
    out = bench.far.terminal("first").dial("300")
    bench.run_until(out.ended, within="10s")
    found["third"] = verdict(out)
    for record in (shared, other):
        peers.hang_up("near", record)
    peers.until("both over", lambda: None not in (shared.ended_at, other.ended_at))
    bench.run_for("1s")
    nobody = peers.place("near", "999", channel=1, exclusive=True)
    peers.until("nobody answers", lambda: nobody.ended_at is not None, within="30s")
    found["nobody"] = fate(nobody), len(bench.far.calls)

    calls = [bench.far.terminal(name).dial("300") for name in ("first", "second")]
    bench.run_until(all_of(call.active for call in calls), within="10s")
    found["out"] = [verdict(call) for call in calls]
    clear(bench, *calls)
    busy = bench.far.terminal("third").dial("301")
    bench.run_until(busy.ended, within="10s")
    found["busy"] = verdict(busy)
    clear(bench, busy)
    found["calls_left"] = libpri.library_calls()
    return peers.result(found, trace)


def line(depth: str, trace: str) -> dict[str, Any]:
    """libpri as the user, then as the network, of a line with TEI 0."""
    return {
        "libpri user": one_line("network", depth, trace),
        "libpri network": one_line("user", depth, trace),
    }


def one_line(near: str, depth: str, trace: str) -> dict[str, Any]:
    """A line on which our near end plays that side and libpri the other."""
    plan = {"300": Behaviour.answers(), "301": Behaviour.busy()}
    peers = Peers(LINE.format(near=near), depth, {"far": plan})
    bench = peers.bench
    calls = [bench.near.dial("300", choice="any" if near == "user" else "exclusive") for _ in range(2)]
    bench.run_until(all_of(call.active for call in calls), within="10s")
    local = bench.near.dial("300", choice="exclusive")
    third = bench.near.dial("300", choice="any")
    bench.run_until(third.ended, within="10s")
    clear(bench, *calls, third)
    busy = bench.near.dial("301")
    bench.run_until(busy.ended, within="10s")
    clear(bench, busy)
    bench.near.number("1000").answers()
    back = [peers.place("far", "1000", channel=channel, exclusive=True) for channel in (1, 2)]
    peers.until("libpri's calls answered", lambda: all(record.answered_at is not None for record in back))
    for record in back:
        peers.hang_up("far", record)
    peers.until("libpri's calls over", lambda: all(record.ended_at is not None for record in back))
    bench.run_for("1s")
    return peers.result(
        {
            "to": [verdict(call) for call in calls],
            "local": verdict(local),
            "third": verdict(third),
            "busy": verdict(busy),
            "from": [fate(record) for record in back],
        },
        trace,
    )


RUNS = {"terminals": terminals, "network": network, "line": line}


def work(request: dict[str, Any]) -> dict[str, Any]:
    """The run that was asked for."""
    faulthandler.enable()
    return RUNS[request["run"]](request["depth"], request["trace"])


if __name__ == "__main__":
    worker_main(work)
