"""The worker process of the access tests: libpri is the customer behind the numbers that people dial.

Our near end is the public exchange of the number plan (`accessplans`). What libpri answers gets sound as a
PBX gives it: the identification tone of its channel is played into it, and the caller's is listened for.
The request: `{"depth": "event" | "bits", "runs": [name, ...]}`; the result is by the names of `RUNS`.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Callable
from typing import Any

import libpri_binding as binding
from accessplans import (
    FOREIGN,
    OWNED,
    SECOND_TRUNK,
    SERVICE_400,
    SERVICES,
    SUBSCRIBER,
    TRUNK,
    Service,
    all_over,
    all_talk,
    one_more,
    open_bench,
    outside,
    plan,
    two_trunks,
)
from clockhook import VirtualClock
from libpri import Libpri, LibpriEnd
from libpri_library import Event
from peerlib import worker_main
from subscriber import Behaviour, CallRecord

from trunkbench.bench import Bench
from trunkbench.build import Ends
from trunkbench.call import Call
from trunkbench.conditions import When
from trunkbench.config import BenchConfig, Depth, SpanConfig
from trunkbench.peerend import PeerEnd
from trunkwire.g711 import Law
from trunkwire.side import Side
from trunkwire.ticks import SAMPLE, SECOND
from trunkwire.tones import Ident, ident_source, identify

SWITCH_NI2 = 1
"""libpri's National ISDN 2, which a T1 speaks here; the others speak EuroISDN."""
LISTENED = 1600


class Customer(LibpriEnd):
    """libpri as a customer's PBX, with a sound card's worth of tones behind it."""

    def __init__(self, library: Libpri, span: SpanConfig, side: Side, answers: dict[str, Behaviour]) -> None:
        self._kind = span.kind
        slots = [slot for slot in span.slots if slot != span.d_channel]
        super().__init__(library, side, plan=answers, channels=slots)
        self.law = Law(span.law)
        self.on_span: PeerEnd | None = None

    def _new_handle(self, node: int) -> Any:
        functions = self.library.functions
        if self._kind == "bri":
            line = binding.POINT_TO_POINT
            return functions.pri_new_bri_cb(
                -1, line, node, binding.SWITCH_EUROISDN_E1, self._read, self._write, None
            )
        switch = SWITCH_NI2 if self._kind == "t1" else binding.SWITCH_EUROISDN_E1
        return functions.pri_new_cb(-1, node, switch, self._read, self._write, None)

    def _answered(self, record: CallRecord, now: int) -> None:
        super()._answered(record, now)
        self._speak(record, now)

    def _ended(self, record: CallRecord, now: int) -> None:
        if record.answered_at is not None and self.on_span is not None and record.channel is not None:
            self.on_span.port.play(record.channel, None, -(-now // SAMPLE) * SAMPLE)
        super()._ended(record, now)

    def _speak(self, record: CallRecord, now: int) -> None:
        assert self.on_span is not None
        assert record.channel is not None
        who = Ident("far", self.on_span.index, record.channel)
        start = -(-now // SAMPLE)
        self.on_span.port.play(record.channel, ident_source(who, self.law, start), start * SAMPLE)

    def hears(self, record: CallRecord, now: int) -> bool:
        """Whether the channel has carried the caller's own tone for the last 200 ms."""
        assert self.on_span is not None
        assert record.channel is not None
        heard = self.on_span.port.heard(record.channel, now // SAMPLE - LISTENED, LISTENED)
        return identify(heard, self.law) == Ident("near", self.on_span.index, record.channel)

    def ring_of(self, record: CallRecord) -> Event:
        """What libpri said of the call when it came."""
        return next(
            e
            for e in self.events
            if e.name == "RING" and e.tick == record.began_at and e.call == record.handle
        )

    def drain(self) -> None:
        """Send what libpri has ready."""
        assert self.on_span is not None
        self.on_span.drain()


class Premises:
    """A bench whose customer is libpri, on every span."""

    def __init__(self, config: BenchConfig, depth: Depth, **answers: Behaviour) -> None:
        self.library = Libpri(VirtualClock())
        self.customers: list[Customer] = []
        script = Behaviour.answers(after=SECOND)
        self._answers = {TRUNK: script, SECOND_TRUNK: script} | {k.strip("_"): v for k, v in answers.items()}
        self.bench: Bench = open_bench(config, depth, Ends(far=self._make))
        for customer, end in zip(self.customers, self.bench.trunk.far, strict=True):
            assert isinstance(end, PeerEnd)
            customer.on_span = end

    def _make(self, span: SpanConfig, side: Side) -> Customer:
        self.customers.append(Customer(self.library, span, side, self._answers))
        return self.customers[-1]

    @property
    def customer(self) -> Customer:
        """That of the first span."""
        return self.customers[0]

    def until(self, what: str, done: Callable[[], bool], within: str = "10s") -> None:
        """Run until something is so at libpri's end."""
        now = self.bench.pump
        self.bench.run_until(When(what, lambda: now.now if done() else None, lambda: None), within=within)

    def place(self, called: str, calling: str) -> CallRecord:
        """libpri dials."""
        record = self.customer.place(called, self.bench.pump.now, calling=calling)
        self.customer.drain()
        return record

    def hang_up(self, record: CallRecord) -> None:
        """libpri clears."""
        self.customer.hang_up(record, self.bench.pump.now)
        self.customer.drain()

    def close(self, calls: list[Call]) -> dict[str, Any]:
        """Everybody hangs up: what is left, by every count."""
        all_over(self.bench, calls)
        result = {
            "audit": self.bench.audit(),
            "libpri_audit": [row for customer in self.customers for row in customer.audit()],
            "messages": self.library.messages,
            "digest": self.bench.digest(),
        }
        self.bench.close()
        return result


def verdict(call: Call) -> dict[str, Any]:
    """What a caller was refused with, and heard."""
    outcome = call.outcome
    return {
        "cause": None if outcome.cause is None else int(outcome.cause),
        "decided_by": outcome.decided_by,
        "heard": [[heard.kind, heard.freq_hz, heard.on_ms, heard.off_ms] for heard in outcome.heard],
    }


def told(customer: Customer, record: CallRecord) -> dict[str, Any]:
    """What libpri was told of a call."""
    ring = customer.ring_of(record)
    return {
        "called": record.called,
        "calling": record.calling,
        "presentation": ring.calling_presentation,
        "redirecting": ring.redirecting,
        "reason": ring.redirecting_reason,
    }


def noted(call: Call) -> dict[str, Any]:
    """What the exchange wrote down of a call."""
    record = call.record
    assert record is not None
    return {"path": record.path, "payer": record.payer, "caller": record.caller, "on": record.taken_on}


def full_house(service: Service, depth: Depth) -> dict[str, Any]:
    """N callers, one more, and one in the place of one that has gone."""
    premises = Premises(service.config(), depth)
    bench, customer = premises.bench, premises.customer
    calls = all_talk(bench, service.dialled, service.channels)
    refused = one_more(bench, service.dialled)
    active = customer.active()
    result: dict[str, Any] = {
        "channels": sorted(record.channel or 0 for record in active),
        "callers": sorted(record.calling for record in active),
        "heard_at_libpri": sum(customer.hears(record, bench.pump.now) for record in active),
        "refused": verdict(refused),
        "told": told(customer, active[0]),
        "noted": noted(calls[0]),
    }
    refused.hang_up()
    gone = calls[service.channels // 2]
    gone.hang_up()
    bench.run_until(gone.cleared, within="5s")
    again = bench.near.dial(service.dialled, caller=outside(7))
    bench.run_until(again.active, within="5s")
    bench.run_until(again.hears_own_channel(), within="1s")
    result["again"] = again.channel == gone.channel
    return result | premises.close([*calls, again])


def outgoing(foreign: str, depth: Depth) -> dict[str, Any]:
    """libpri calls a subscriber outside, showing its own number, one it owns, and one it does not own."""
    premises = Premises(plan("e1", foreign), depth)
    bench = premises.bench
    bench.near.number(SUBSCRIBER).answers()
    result: dict[str, Any] = {"placed": {}}
    for wished in (TRUNK, OWNED, FOREIGN, "4008001234"):
        rung = len(bench.near.calls)
        record = premises.place(SUBSCRIBER, wished)
        premises.until("the call is decided", lambda r=record: r.active or r.ended_at is not None)  # type: ignore[misc]
        shown = [call.shown for call in bench.near.calls[rung:] if call.shown is not None]
        result["placed"][wished] = {
            "shown": [[one.number, int(one.screening)] for one in shown],
            "cause": record.cause,
        }
        premises.hang_up(record)
        premises.until("the call is over", lambda r=record: r.ended_at is not None)  # type: ignore[misc]
    if foreign == "replace":
        record = premises.place(SUBSCRIBER, TRUNK)
        premises.until("the call is answered", lambda: record.active)
        calls = all_talk(bench, TRUNK, 29)
        result["one_fewer"] = verdict(one_more(bench, TRUNK))
        premises.hang_up(record)
        return result | premises.close([*calls, bench.near.calls[-1]])
    return result | premises.close([])


def overflow(depth: Depth) -> dict[str, Any]:
    """A 400 number fills the first trunk, then the second."""
    premises = Premises(two_trunks(sent_on=False), depth)
    calls = all_talk(premises.bench, SERVICE_400, 33)
    first, second = (customer.active() for customer in premises.customers)
    customer = premises.customers[1]
    result: dict[str, Any] = {
        "taken": [len(first), len(second)],
        "heard_at_libpri": sum(customer.hears(record, premises.bench.pump.now) for record in second),
        "told": told(customer, second[0]),
    }
    return result | premises.close(calls)


def sent_on(depth: Depth) -> dict[str, Any]:
    """The first trunk's PBX says busy; the exchange sends the call on to the second one."""
    premises = Premises(two_trunks(sent_on=True), depth, **{TRUNK: Behaviour.busy()})
    call = premises.bench.near.dial(TRUNK, caller=outside(1))
    premises.bench.run_until(call.active, within="5s")
    premises.bench.run_until(call.hears_own_channel(), within="1s")
    (record,) = premises.customers[1].active()
    result = {"told": told(premises.customers[1], record), "noted": noted(call)}
    return result | premises.close([call])


def withheld(depth: Depth) -> dict[str, Any]:
    """A caller who does not show the number."""
    premises = Premises(plan(), depth)
    call = premises.bench.near.dial(TRUNK, caller=outside(1), withheld=True)
    premises.until("the call is answered", lambda: len(premises.customer.active()) == 1)
    (record,) = premises.customer.active()
    result = {"told": told(premises.customer, record), "noted": noted(call)}
    return result | premises.close([call])


def _house(name: str) -> Callable[[Depth], dict[str, Any]]:
    return lambda depth: full_house(SERVICES[name], depth)


def _outgoing(foreign: str) -> Callable[[Depth], dict[str, Any]]:
    return lambda depth: outgoing(foreign, depth)


RUNS: dict[str, Callable[[Depth], dict[str, Any]]] = {
    **{name: _house(name) for name in SERVICES},
    **{foreign: _outgoing(foreign) for foreign in ("replace", "bar", "pass")},
    "overflow": overflow,
    "sent_on": sent_on,
    "withheld": withheld,
}


def work(request: dict[str, Any]) -> dict[str, Any]:
    """The runs asked for, each on a bench of its own."""
    faulthandler.enable()
    return {name: RUNS[name](request["depth"]) for name in request["runs"]}


if __name__ == "__main__":
    worker_main(work)
