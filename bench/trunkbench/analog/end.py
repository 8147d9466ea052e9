"""What both ends of an analog line share: the pair, the timers, and the calls as an exchange knows them.

The exchange speaks of calls as it does on a digital span, in the states of Q.931 2.1; an end of a line turns
that into what can be done to a pair of wires, and back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trunkbench.device import Port, Source
from trunkbench.ear import first_sample
from trunkbench.errors import NotOnThisBench
from trunkbench.numbers import Plan
from trunkwire.loopstart import LoopState, Pair
from trunkwire.loopstart.line import Machine
from trunkwire.q931.call import Call as Q931Call
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.states import CallState
from trunkwire.q931.variants import Q931, Variant
from trunkwire.ticks import SAMPLE, Tick
from trunkwire.tones import ToneKind

if TYPE_CHECKING:
    from trunkbench.analog.plant import AnalogLine
    from trunkbench.lines import Lines
    from trunkbench.pump import Booking, Pump
    from trunkbench.timeline import Timeline
    from trunkwire.g711 import Law

ANALOG: Variant = replace(Q931, name="analog", title="an analog line", overlap=False)
"""What an exchange can expect of an analog line as far as messages go: none behind the digits."""


class LineEnd(ABC):
    """One end of an analog line; a `trunkbench.path.Path` and its own `PathControl`."""

    station: str | None = None
    variant = ANALOG

    def __init__(
        self,
        line: AnalogLine,
        machine: Machine[Any, Any],
        port: Port,
        law: Law,
        pump: Pump,
        timeline: Timeline,
        role: str,
    ) -> None:
        self.pair = line
        self.machine = machine
        self.port = port
        self.law = law
        self.pump = pump
        self.timeline = timeline
        self.index = line.index
        self.slot = line.slot
        """Where on the Wire the pair ends that is plugged in here."""
        self.name = f"line {line.number} ({role})"
        self.opposite: LineEnd | None = None
        """The end that the pair leads to."""
        self.call: Q931Call | None = None
        """The call that has the pair."""
        self.sink: Callable[[Any, Indication], None] = lambda end, indication: None
        self.lines: Lines | None = None
        """The exchange's tones, once it has taken the line over."""
        self._told: deque[Indication] = deque()
        self._references = 0
        self._booking: Booking | None = None
        self._draining = False

    # -- a path -------------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """Such as "line 11111111"."""
        return f"line {self.pair.number}"

    @property
    def line(self) -> str:
        """The number of the line."""
        return self.pair.number

    @property
    def other(self) -> None:
        """Nothing is ever lost between two ends on the loopback."""
        return None

    @property
    def slot_of(self) -> Mapping[int, int]:
        """One channel: the line."""
        return {self.slot: self.slot}

    @property
    def control(self) -> Any:
        """Itself."""
        return self

    @property
    def in_line(self) -> bool:
        """Whether everything that the other end says is heard on the line itself."""
        return False

    def own_plan(self, called: str) -> Plan | None:
        """The plans of the exchange count."""
        return None

    def identified_by(self, slot: int) -> int:
        """Each line has a number of its own for identification tones, wherever its pair may lead."""
        return self.pair.slot

    def not_sent(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        """Nothing is ever sent too late on the loopback."""
        return []

    def audit(self) -> list[str]:
        """What is not at rest; [] when nothing is held."""
        found = [] if self.call is None else [f"{self.name}: call {self.call.reference} has the line"]
        if self.machine.state != 0:
            found.append(f"{self.name}: {self.machine.state.title}")
        return found

    # -- what cannot be done on a pair of wires -----------------------------------------------------------

    def more_info(self, call: Q931Call, now: Tick) -> None:
        """Every call comes with its whole number: see `trunkbench.analog.circuit`."""
        raise NotOnThisBench(f"{self.name}: an analog line has no overlap signalling")

    def information(self, call: Q931Call, digits: str, now: Tick, *, ies: object = ()) -> None:
        """Raises NotOnThisBench: digits are sound on an analog line (`Call.send_digits`)."""
        raise NotOnThisBench(f"{self.name}: send the digits as tones: call.send_digits({digits!r})")

    def hold(self, call: Q931Call, now: Tick) -> None:
        """Raises NotOnThisBench."""
        raise NotOnThisBench(f"{self.name}: an analog line cannot be put on hold by messages")

    hold_acknowledge = retrieve = retrieve_acknowledge = hold

    def notify(self, call: Q931Call, now: Tick, *, ies: object) -> None:
        """Raises NotOnThisBench."""
        raise NotOnThisBench(f"{self.name}: nobody can be notified on an analog line")

    def progress(self, call: Q931Call, now: Tick) -> None:
        """What is to be heard is heard on the line itself: it is only noted that it begins."""
        self.timeline.note(now, self.name, "progress")

    # -- running ------------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Do to the pair what the machine wants, tell what has happened, and book the next timer."""
        if self._draining:
            return
        self._draining = True
        try:
            while self.machine.outputs or self._told:
                while self.machine.outputs:
                    output = self.machine.outputs.popleft()
                    if isinstance(output, Pair | LoopState):
                        self._signal(output)
                    else:
                        self._reported(output)
                if self._told:
                    self.sink(self, self._told.popleft())
        finally:
            self._draining = False
        self._book()

    @abstractmethod
    def _reported(self, report: Any) -> None:
        """The machine has something to say."""

    def _signal(self, signal: Pair | LoopState) -> None:
        self.timeline.note(self.pump.now, self.name, signal.value)
        there = self.opposite
        if self.pair.cut or there is None or there.pair.cut:
            return
        self.pump.at(self.pump.now + SAMPLE, lambda: there.signalled(signal))

    def signalled(self, signal: Pair | LoopState) -> None:
        """The other end has done that to the pair."""
        self.machine.receive(signal, self.pump.now)  # type: ignore[attr-defined]  # each end its own kind
        self.drain()

    def _book(self) -> None:
        due = self.machine.next_deadline()
        if self._booking is not None:
            if due == self._booking.at and self._booking.action is not None:
                return
            self._booking.cancel()
        self._booking = None if due is None else self.pump.at(due, self._ran_out)

    def _ran_out(self) -> None:
        self._booking = None
        self.machine.handle_timer(self.pump.now)  # type: ignore[attr-defined]  # both kinds have it
        self.drain()

    # -- calls --------------------------------------------------------------------------------------------

    def _new_call(self, *, outgoing: bool, state: CallState, called: str, calling: str) -> Q931Call:
        self._references += 1
        call = Q931Call(self._references, outgoing, state)
        call.called, call.calling, call.channel = called, calling, self.slot
        self.call = call
        return call

    def _tell(self, call: Q931Call, kind: IndicationKind, cause: Cause | int | None = None) -> None:
        self._told.append(Indication(call, kind, cause=cause))

    def _over(self, call: Q931Call, state: CallState) -> None:
        """The call is over; the last that is told of it."""
        if self.call is call:
            self.call = None
        call.state = state
        self._tell(call, IndicationKind.RELEASED, call.cause)

    # -- sound --------------------------------------------------------------------------------------------

    def _play(self, sound: ToneKind | Source | None) -> None:
        """Say this on the line from now on."""
        assert self.lines is not None
        start = first_sample(self.pump.now)
        self.port.play(self.slot, self.lines.source(sound, start), start * SAMPLE)
