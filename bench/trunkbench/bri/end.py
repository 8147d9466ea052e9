"""The ends of a point-to-multipoint access that run our own stack: the network, and each terminal on the bus.

Both are a `SpanEnd` on layer 2 with TEI management (`LapdEntity`, Q.921 5.3). The network offers calls by
broadcast (Q.931 5.2) and has a data link for each terminal. A terminal takes the calls that are for it
(`trunkbench.bri.compatibility`) and does with them what its numbers are programmed to do.
"""

from __future__ import annotations

import random
from dataclasses import replace

import msgspec

from trunkbench.bri.compatibility import mismatch, same_number
from trunkbench.bri.config import TerminalConfig
from trunkbench.config import BenchConfig
from trunkbench.device import Port
from trunkbench.numbers import Plan
from trunkbench.pump import Pump
from trunkbench.span import SpanEnd, link_settings
from trunkbench.spanconfig import SpanConfig
from trunkbench.timeline import Timeline
from trunkwire import lapd
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import Broadcast, EstablishLink, Indication, IndicationKind, ReleaseLink, SendData
from trunkwire.q931.settings import CallControlSettings
from trunkwire.side import Side
from trunkwire.ticks import Tick

_ON_ITS_WAY = frozenset({lapd.State.ESTABLISH_AWAITING_TEI, lapd.State.AWAITING_RELEASE})
"""States of a link that is to come up already, or first has to go down, of which call control is told."""

LOST = "LOS"
"""The alarm of a line without signal."""


class BusEnd(SpanEnd):
    """Our stack at either side of a point-to-multipoint access."""

    link: lapd.LapdEntity  # type: ignore[assignment]  # the verbs of one link, for several
    _fixed_tei: int | None = None

    def _layer_2(  # type: ignore[override]  # as `link`
        self, side: Side, config: SpanConfig, bench: BenchConfig, timeline: Timeline
    ) -> lapd.LapdEntity:
        draw = random.Random(f"Ri of {self.drawn_for(config)}, seed {timeline.seed}")
        settings = msgspec.structs.replace(link_settings(config, bench), tei=self._fixed_tei)
        return lapd.LapdEntity(side, settings, random=lambda: draw.randrange(0x10000))

    def _layer_3(self, bench: BenchConfig) -> CallControlSettings:
        return replace(super()._layer_3(bench), point_to_multipoint=True)

    def drawn_for(self, config: SpanConfig) -> str:
        """Whose reference numbers of TEI management (Ri) are drawn: each end has a series of its own."""
        return config.name

    def _drain_link(self, now: Tick) -> None:
        while (output := self.link.poll_output()) is not None:
            if isinstance(output, lapd.Transmit):
                self._transmit(output.frame)
            elif isinstance(output, lapd.Data | lapd.UnitData):
                self._message(output.data, output.tei, now)
            elif isinstance(output, lapd.TeiAssigned | lapd.TeiRemoved):
                what = "assigned" if isinstance(output, lapd.TeiAssigned) else "removed"
                self.timeline.note(now, self.name, f"TEI {output.tei} {what}")
            else:
                self._link_changed(output, now)

    def _message(self, data: bytes, tei: int, now: Tick) -> None:
        self.control.receive(data, now, tei=tei, broadcast=tei == lapd.GROUP_TEI)
        self._tell_clearing()

    def _link_changed(self, output: lapd.Output | lapd.EntityOutput, now: Tick) -> None:
        if isinstance(output, lapd.Established):
            self._up = True  # for good: a link that is lost comes back when it is needed
            word = "reset" if output.reset else "up"
            self.timeline.note(now, self.name, f"data link of TEI {output.tei} {word}")
            self.control.link_established(now, tei=output.tei)
        elif isinstance(output, lapd.Released):
            self.timeline.note(now, self.name, f"data link of TEI {output.tei} down")
            self.control.link_released(now, tei=output.tei)
        else:
            super()._link_changed(output, now)

    def _drain_control(self, now: Tick) -> bool:
        any_output = False
        while (output := self.control.poll_output()) is not None:
            any_output = True
            if isinstance(output, Indication):
                self._indicate(output)
            elif isinstance(output, Broadcast):
                self.link.broadcast(output.data, now)
            else:
                self._to_link(output, now)
        return any_output

    def _to_link(self, output: SendData | EstablishLink | ReleaseLink, now: Tick) -> None:
        try:
            link = self.link.link(self._tei_for(output.tei))
        except LookupError:  # the terminal has lost its TEI, and call control has something for it
            self.timeline.note(now, self.name, f"no data link has TEI {output.tei}")
            self.control.link_released(now, tei=output.tei)
            return
        if isinstance(output, SendData):
            self.link.send(output.data, now, link.tei)
        elif isinstance(output, ReleaseLink):
            self.link.release(now, link.tei)
        elif link.state not in _ON_ITS_WAY:
            self.link.establish(now, link.tei)

    def _tei_for(self, tei: int) -> int | None:
        return tei

    def _indicate(self, indication: Indication) -> None:
        self.sink(self, indication)


class NetworkEnd(BusEnd):
    """The network side of a bus. It is in service as soon as layer 1 is: the links are the terminals' to set
    up.
    """

    def __init__(
        self,
        index: int,
        config: SpanConfig,
        side: Side,
        port: Port,
        pump: Pump,
        timeline: Timeline,
        *,
        is_near: bool,
        bench: BenchConfig,
    ) -> None:
        super().__init__(index, config, side, port, pump, timeline, is_near=is_near, bench=bench)
        self.terminals: tuple[TerminalEnd, ...] = ()
        """The terminals on the bus that run our own stack."""
        self.all_ours = False
        """Whether no others are there."""

    @property
    def in_service(self) -> bool:
        """As long as there is a signal: no terminal need be there."""
        return LOST not in self.alarms

    def start(self, now: Tick) -> None:
        """Nothing to do: terminals ask for a TEI and for their data link."""

    def audit(self) -> list[str]:
        """What is not at rest, and TEIs of which the two sides do not think alike."""
        return [*super().audit(), *(f"{self.name}: {line}" for line in self._tei_differences())]

    def _tei_differences(self) -> list[str]:
        ours = set(self.link.teis)
        theirs: dict[int, str] = {}
        found = []
        for terminal in self.terminals:
            if terminal.gone or terminal.tei is None:
                continue
            if terminal.tei in theirs:
                other = theirs[terminal.tei]
                found.append(f"TEI {terminal.tei} is held by {other} and {terminal.terminal.name}")
            theirs[terminal.tei] = terminal.terminal.name
            if terminal.tei not in ours:
                name = terminal.terminal.name
                found.append(f"terminal {name} has TEI {terminal.tei}, unknown to the network")
        if self.all_ours:
            found += [f"TEI {tei} is assigned, and no terminal has it" for tei in sorted(ours - set(theirs))]
        return found


class TerminalEnd(BusEnd):
    """One terminal on the bus, the user side. Programme it by `trunkbench.bri.terminal.Terminal`."""

    def __init__(
        self,
        index: int,
        config: SpanConfig,
        side: Side,
        port: Port,
        pump: Pump,
        timeline: Timeline,
        *,
        is_near: bool,
        bench: BenchConfig,
        terminal: TerminalConfig,
    ) -> None:
        self.terminal = terminal
        self._fixed_tei = None if terminal.tei == "auto" else int(terminal.tei)
        super().__init__(index, config, side, port, pump, timeline, is_near=is_near, bench=bench)
        self.name = f"{config.name} {'near' if is_near else 'far'} terminal {terminal.name}"

    def drawn_for(self, config: SpanConfig) -> str:
        """Terminals draw their reference numbers independently."""
        return f"{config.name} {self.terminal.name}"

    @property
    def in_service(self) -> bool:
        """Whether it has had its data link, and there is a signal."""
        return self._up and LOST not in self.alarms

    @property
    def tei(self) -> int | None:
        """The TEI that it has; None when it has none."""
        return next(iter(self.link.teis), None)

    @property
    def station(self) -> str:
        """Its name."""
        return self.terminal.name

    @property
    def default_choice(self) -> str:
        """Any: it cannot know which channels other terminals have (Q.931 5.1.2)."""
        return "any"

    @property
    def caller(self) -> str | None:
        """The number that it calls from."""
        return self.terminal.msn[0] if self.terminal.msn else None

    def own_plan(self, called: str) -> Plan | None:
        """What it does with a call to that number: its own plan, or the number's; None if there is none."""
        own = [msn for msn in self.terminal.msn if not called or same_number(called, msn)]
        for number in (called, *own, ""):
            if number in self.plans:
                return self.plans[number]
        return next((plan for number in (called, *own) if (plan := self.planned(number)) is not None), None)

    def audit(self) -> list[str]:
        """What is not at rest, the own TEI included."""
        return [*super().audit(), *([] if self.tei is not None else [f"{self.name}: has no TEI"])]

    def _tei_for(self, tei: int) -> int | None:
        return None  # a terminal has one link only, perhaps without a TEI so far

    def _indicate(self, indication: Indication) -> None:
        if indication.kind is not IndicationKind.SETUP:
            self.sink(self, indication)
            return
        call, message, now = indication.call, indication.message, self.pump.now
        assert call is not None
        assert message is not None
        mine, number = self.terminal, call.called or "any number"
        reason = mismatch(message, call.called, mine.msn, mine.subaddress, mine.bearer)
        if reason is None and len(self.control.calls) > mine.calls:
            self.timeline.note(now, self.name, f"busy to a call to {number}")
            self.control.reject(call, Cause.USER_BUSY, now)
        elif reason is None and self.own_plan(call.called) is not None:
            self.sink(self, indication)
        elif call.broadcast:
            reason = reason or "nothing says what to do with it"
            self.timeline.note(now, self.name, f"silent to a call to {number}: {reason}")
            self.control.ignore(call, now)
        else:
            self.control.reject(call, Cause.INCOMPATIBLE_DESTINATION, now)
