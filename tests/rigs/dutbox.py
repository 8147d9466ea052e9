"""A device under test in software: a private exchange, a tandem switch or a carrier behind E1 ports.

Each of its lines is a `Wire`: the bench gets the near end as a `Port`, as if it were a card; at the far end
our own stack plays the device on a pump of its own, with a configuration of its own, so that the two can
disagree (numbering, timeslot of the D channel, side). It switches calls through, and their audio, with a
delay of 20 ms.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import cast

import msgspec
import pytest

from trunkbench import call as bench_call
from trunkbench.clock import VirtualClock
from trunkbench.config import BenchConfig, SpanConfig, parse_config
from trunkbench.device import Caps, Event, Fds, LineFault, Mode, Port, Source
from trunkbench.exchange import Exchange
from trunkbench.numbers import Plan
from trunkbench.ports import registry
from trunkbench.ports.wire import Wire, WirePort
from trunkbench.pump import Pump
from trunkbench.span import SpanEnd
from trunkbench.timeline import Timeline
from trunkwire.g711 import Law
from trunkwire.q931.call import Call, SetupRequest
from trunkwire.q931.causes import Cause
from trunkwire.q931.errors import NoChannelAvailable
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import ProgressDescription, ProgressIndicatorIE
from trunkwire.side import Side
from trunkwire.ticks import SAMPLE, Tick

NEVER: Tick = 1 << 62
SWITCHING_SAMPLES = 160


class BoxPort:
    """What the bench holds of a line to the device: its near end, which makes the device run."""

    def __init__(self, port: WirePort, box: DutBox) -> None:
        self.port = port
        self.box = box

    @property
    def caps(self) -> Caps:
        return self.port.caps

    def fds(self) -> Fds:
        return ()

    def open(self, slot: int, mode: Mode) -> None:
        self.port.open(slot, mode)

    def send(self, slot: int, frame: bytes) -> None:
        self.port.send(slot, frame)

    def play(self, slot: int, source: Source | None, start: Tick) -> None:
        self.port.play(slot, source, start)

    def cas(self, slot: int, abcd: int) -> None:
        self.port.cas(slot, abcd)

    def insert(self, fault: LineFault) -> None:
        self.port.insert(fault)

    def horizon(self, slot: int) -> Tick:
        return self.port.horizon(slot)

    def heard(self, slot: int, first: int, n: int) -> bytes:
        return self.port.heard(slot, first, n)

    def next_deadline(self) -> Tick | None:
        soonest = min(self.port.next_deadline() or NEVER, self.box.next_deadline())
        return None if soonest == NEVER else soonest

    def poll(self, now: Tick) -> Iterator[Event]:
        self.box.serve(now)
        return self.port.poll(now)

    def close(self) -> None:
        self.port.close()


class DutBox:
    """The device. `spans` are its own idea of its lines; `side` is what it plays on all of them."""

    def __init__(self, spans: Sequence[SpanConfig], *, side: Side, law: Law = Law.ALAW) -> None:
        lines = "".join(f'[[span]]\nname = "{span.name}"\n' for span in spans)
        self.config: BenchConfig = parse_config(f'[bench]\nname = "device"\n{lines}', "device")
        self.pump = Pump(VirtualClock())
        self.timeline = Timeline(0)
        self.wires = [Wire(law=law, history=NEVER) for _ in spans]
        self.ports = [BoxPort(wire.near, self) for wire in self.wires]
        own = [msgspec.structs.replace(span, public=False) for span in spans]
        self.ends = [
            SpanEnd(index, span, side, wire.far, self.pump, self.timeline, is_near=False, bench=self.config)
            for index, (span, wire) in enumerate(zip(own, self.wires, strict=True))
        ]
        self.exchange: Exchange | None = None
        self._started = False

    # -- what it is ---------------------------------------------------------------------------------------

    def becomes_exchange(self, plans: Mapping[str, Plan], *, echo: bool = False) -> DutBox:
        """A switch with numbers of its own; with `echo`, whoever answers sends back what it hears."""
        self.exchange = Exchange("far", self.config.far, self.config, self.ends, self.pump, self.timeline)
        self.exchange.plans.update(plans)
        self.exchange.lines.identify = False
        if echo:
            self.exchange.lines.introduce = self._echo  # type: ignore[method-assign]
        return self

    def becomes_tandem(self, route: Callable[[int], int]) -> DutBox:
        """Calls that come on one line leave by the line `route` says (both by index)."""
        for end in self.ends:
            end.sink = lambda here, indication: self._switch(here, self.ends[route(here.index)], indication)
        return self

    # -- its life -----------------------------------------------------------------------------------------

    def serve(self, now: Tick) -> None:
        """Everything up to and including `now`."""
        if not self._started:
            self._started = True
            for end in self.ends:
                end.start(self.pump.now)
        self.pump.step(now)
        while self.pump.now < now:
            self.pump.step(now)

    def next_deadline(self) -> Tick:
        """When it has something to do again, `NEVER` if never."""
        return self.pump._next(NEVER) if self._started else self.pump.now

    # -- switching ----------------------------------------------------------------------------------------

    def _switch(self, here: SpanEnd, there: SpanEnd, indication: Indication) -> None:
        call = indication.call
        if call is None or indication.kind is IndicationKind.REFUSED:
            return
        if indication.kind is IndicationKind.SETUP:
            self._through(here, call, there)
            return
        if call.user_data is None:
            return
        other_end, other = cast("tuple[SpanEnd, Call]", call.user_data)
        self._pass_on(here, call, other_end, other, indication)
        other_end.drain()

    def _request(self, call: Call) -> SetupRequest | None:
        """What it asks for at the other side for that call; None refuses it."""
        return SetupRequest(called=call.called, calling=call.calling, sending_complete=True)

    def _through(self, here: SpanEnd, call: Call, there: SpanEnd) -> None:
        request = self._request(call)
        if request is None:
            here.control.reject(call, Cause.CALL_REJECTED, self.pump.now)
            return
        try:
            onward = there.control.setup(request, self.pump.now)
        except NoChannelAvailable:
            here.control.reject(call, Cause.NO_CIRCUIT, self.pump.now)
            return
        call.user_data, onward.user_data = (there, onward), (here, call)
        here.control.proceeding(call, self.pump.now)
        self._bridge(here, call, there, onward)
        self._bridge(there, onward, here, call)
        there.drain()

    def _pass_on(self, here: SpanEnd, call: Call, end: SpanEnd, other: Call, said: Indication) -> None:
        now, control = self.pump.now, end.control
        described = None
        if said.message is not None and (progress := said.message.get(ProgressIndicatorIE)) is not None:
            described = ProgressDescription(progress.description)
        match said.kind:
            case IndicationKind.ALERTING:
                control.alerting(other, now, progress=described)
            case IndicationKind.CONNECT:
                control.connect(other, now)
            case IndicationKind.DISCONNECT:
                if other.state.number not in (0, 11, 12, 19):
                    control.disconnect(other, said.cause or 16, now, progress=described)
                if described is None and call.state.number in (11, 12):
                    here.control.release(call, now)
            case IndicationKind.RELEASED:
                self._hush(here, call)
                if other.state.number in (11, 12):
                    if other.cleared_by == "remote":
                        control.release(other, now)
                elif other.state.number not in (0, 19):
                    control.disconnect(other, said.cause or 16, now)

    def _bridge(self, here: SpanEnd, call: Call, there: SpanEnd, other: Call) -> None:
        """What is heard on the other call's channel is said on this one's."""
        assert call.channel is not None
        assert other.channel is not None
        heard, idle = there.slot_of[other.channel], here.law.silence
        start = self._next_sample()

        def source(first: int, n: int) -> bytes:
            at = first - SWITCHING_SAMPLES
            before = min(max(start - at, 0), n)
            return bytes((idle,)) * before + there.port.heard(heard, at + before, n - before)

        here.port.play(here.slot_of[call.channel], source, start * SAMPLE)

    def _hush(self, here: SpanEnd, call: Call) -> None:
        if call.channel is not None:
            here.port.play(here.slot_of[call.channel], None, self._next_sample() * SAMPLE)

    def _echo(self, call: bench_call.Call) -> None:
        assert call.span is not None
        assert call.slot is not None
        port, slot, idle, start = call.span.port, call.slot, call.span.law.silence, self._next_sample()

        def source(first: int, n: int) -> bytes:
            at = first - SWITCHING_SAMPLES
            before = min(max(start - at, 0), n)
            return bytes((idle,)) * before + port.heard(slot, at + before, n - before)

        port.play(slot, source, start * SAMPLE)

    def _next_sample(self) -> int:
        return -(-self.pump.now // SAMPLE)


class Cards:
    """A back end for tests: `cards:NAME` opens what was put there under that name."""

    def __init__(self) -> None:
        self.ports: dict[str, Callable[[SpanConfig], Port]] = {}
        self.listed: list[tuple[str, str]] = []

    def open_port(self, address: str, span: SpanConfig) -> Port:
        """The port of that name."""
        return self.ports[address](span)

    def list_ports(self) -> Sequence[tuple[str, str]]:
        """What was put into `listed`."""
        return self.listed


def install(monkeypatch: pytest.MonkeyPatch) -> Cards:
    """Register the back end `cards` for one test, and let hardware run in virtual time."""
    cards = Cards()
    module = ModuleType("cards_for_tests")
    module.open_port = cards.open_port  # type: ignore[attr-defined]
    module.list_ports = cards.list_ports  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(registry.BACK_ENDS, "cards", module.__name__)
    monkeypatch.setattr("trunkbench.bench.make_clock", lambda config, trunk: VirtualClock())
    return cards
