"""One end of the bench: an exchange with its customers' lines, its numbers, and its trunk group.

The exchange routes what is dialled to an idle channel of its spans, or refuses it before anything is sent
(cause 34); it does with incoming calls what their number is programmed to do (`trunkbench.numbers`); and it
gives each line what a real exchange would: ringback, the trunk's channel, or the tone for a cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from trunkbench.access.legs import Leg
from trunkbench.bri.terminal import Terminal, known, terminal_named
from trunkbench.call import Call, Phase
from trunkbench.dialling import (
    Wishes,
    bearer_of,
    candidates,
    dialable,
    placed_on,
    subaddress_of,
    wish_for,
    withheld_element,
)
from trunkbench.errors import NotOnThisBench, UsageError
from trunkbench.incoming import Answering, is_clearing
from trunkbench.lines import Lines
from trunkbench.numbers import Number, Plan, PlannedNumber, configured
from trunkbench.outcome import End
from trunkbench.placing import dial_from, place
from trunkbench.reports import HANDLERS
from trunkbench.span import SpanEnd
from trunkbench.upkeep import Upkeep
from trunkwire.g711 import Law
from trunkwire.q931.call import ChannelChoice
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledSubaddressIE,
    CallingNumberIE,
    RedirectingNumberIE,
    SendingCompleteIE,
)
from trunkwire.ticks import Tick
from trunkwire.tones import (
    BUSY,
    CONGESTION,
    ToneKind,
    zone,
)

if TYPE_CHECKING:
    from trunkbench.access.switching import Switch
    from trunkbench.analog import CircuitEnd, StationEnd
    from trunkbench.bri.config import Bearer
    from trunkbench.config import BenchConfig, EndConfig, PlanConfig
    from trunkbench.pump import Pump
    from trunkbench.span import End as TrunkEnd
    from trunkbench.timeline import Timeline
    from trunkwire.q931.call import Call as Q931Call

_DISCONNECTED = frozenset({11, 12})
"""Call states N11 and U12, in which a DISCONNECT of the other side is still to be answered with RELEASE."""


class Exchange(Upkeep):
    """`bench.near` or `bench.far`."""

    def __init__(
        self,
        end: End,
        config: EndConfig,
        bench: BenchConfig,
        ends: Sequence[TrunkEnd],
        pump: Pump,
        timeline: Timeline,
    ) -> None:
        self.end: End = end
        self.other: End = "far" if end == "near" else "near"
        self.config = config
        self.ends = tuple(ends)
        self.spans = tuple(own for own in ends if isinstance(own, SpanEnd))
        self.pump = pump
        self.timeline = timeline
        self.lines = Lines(end, Law(bench.spans[0].law), zone(bench.line.zone), pump)
        self._no_circuit: ToneKind = BUSY if bench.bench.no_circuit == "busy" else CONGESTION
        self.lines.no_circuit = self._no_circuit
        self.calls: list[Call] = []
        """Every call of this end so far, in the order in which it began."""
        self.plans: dict[str, Plan] = configured(config)
        self._callers = int(config.calling)
        self._width = len(config.calling)
        self.answering = Answering(self)
        self.arrivals: Exchange = self
        """Who answers what arrives on the spans of this end: on a carrier's trunk, the far exchange."""
        self.guest = False
        """Whether this end has no trunk of its own, and answers what arrives on the other end's."""
        self.beyond: Exchange | None = None
        """The other end, where calls to it pass through somebody else's switch on their way."""
        self.dut_plan: PlanConfig | None = None
        """What a device under test at this end does with its numbers, in place of `plans`."""
        self.closed: frozenset[str] = frozenset()
        """Spans on which this end places no calls unless it is told to: trunks for the other direction."""
        self.switch: Switch | None = None
        """The number plan that it switches by, where it is the public exchange of one (`[access]`)."""
        self.analog: Mapping[str, CircuitEnd | StationEnd] = MappingProxyType({})
        """The analog lines of this end by their numbers: circuits at the near end, sets at the far end."""
        channels = {span.index: len(span.slot_of) - span.leases.away_at_first for span in self.spans}
        self.capacity = sum(channels.values())
        """How many calls this end can have up at the same time; terminals on a bus share its channels."""
        for span in self.spans:
            span.planned = self._planned
            span.sink = self._indication
            span.clearing = self._cleared_itself
            span.is_complete = lambda digits: self.arrivals.answering.is_complete(digits)

    @property
    def now(self) -> Tick:
        """The tick now, on the pump's axis."""
        return self.pump.now

    @property
    def ours(self) -> bool:
        """Whether calls to this end are answered by the bench's own hand, not by a device's or a peer's."""
        return self.dut_plan is None and (bool(self.spans) or self.guest)

    @property
    def dials(self) -> bool:
        """Whether this end has trunks of its own to dial on and to restart."""
        return self.dut_plan is None and bool(self.spans)

    def connect_lines(self, ends: Mapping[str, CircuitEnd | StationEnd]) -> None:
        """Plug the ends of analog lines in."""
        self.analog = ends
        for end in ends.values():
            end.lines = self.lines
            end.sink = self._indication

    # -- verbs --------------------------------------------------------------------------------------------

    def number(self, digits: str) -> Number | PlannedNumber:
        """One of this end's numbers, to be told what it does, or (a device's) to be checked.

        Raises UsageError for what nobody can dial, NotOnThisBench where somebody else's stack runs.
        """
        if self.dut_plan is not None:
            return PlannedNumber(self.dut_plan, dialable(digits))
        if not self.ours:
            raise NotOnThisBench(f"the {self.end} end is not ours: somebody else's stack runs there")
        return Number(self, known(dialable(digits), self.spans))

    def terminal(self, name: str) -> Terminal:
        """The terminal of that name on a bus at this end. Raises UsageError if none has it."""
        return terminal_named(self, name)

    def dial(
        self,
        called: str,
        *,
        caller: str | None = None,
        channel: int | None = None,
        choice: ChannelChoice | str | None = None,
        complete: bool = True,
        insist: bool = False,
        bearer: Bearer = "speech",
        subaddress: str | None = None,
        span: str | None = None,
        terminal: str | None = None,
        line: str | None = None,
        area: str | None = None,
        mobile: bool | None = None,
        withheld: bool = False,
    ) -> Call:
        """Dial `called` from a new line of this end; the handle comes back at once.

        `channel` asks for that B channel (by its number on the D channel); `choice` says how binding the
        channel is (exclusive, preferred, any; the config's by default). `complete=False` sends the digits
        in overlap, without sending complete. With no circuit free the call is refused here: cause 34,
        decided by this end. `insist` sends SETUP for `channel` even though this end has it in use, to see
        what the other end says. `bearer` and `subaddress` go into SETUP; `span` and `terminal`, by their
        names, say where the call is placed, `line` from which analog line.

        Where this end is the public exchange of `[access]`, the call goes the way of its number, unless it
        is given a channel, span or terminal. `area` and `mobile` say where the caller is (else the number
        does), `withheld` that the number is not to be shown.

        Raises UsageError, and dials nothing, for what cannot be dialled, a channel, span, terminal or line
        that is not there, and a choice that does not exist or contradicts the channel.
        """
        if line is not None:
            return dial_from(self, line, called, withheld=withheld)
        self._own()
        own = placed_on(self.spans, span, terminal)
        if span is None and terminal is None:
            own = [each for each in own if each.config.name not in self.closed] or own
        wish = wish_for(channel, choice, self.config.channel, own)
        wants = Wishes(bearer_of(bearer, self.lines.law), subaddress_of(subaddress), channel, wish, complete)
        anywhere = channel is None and span is None and terminal is None and not insist
        if self.switch is not None and anywhere and self.switch.takes(called):
            return self.switch.dial(called, wants, caller=caller, area=area, mobile=mobile, withheld=withheld)
        called, caller = dialable(called), caller if caller is None else dialable(caller)
        spans = candidates(own, channel, wish)
        for each in spans:
            each.may_dial(called, complete=complete)
        caller = caller or (spans or own)[0].caller or self.next_caller()
        call = self.new_call(outgoing=True, called=called, caller=caller)
        calling = withheld_element(caller) if withheld else caller
        place(self, call, spans, wants.request(called, calling), insist=insist)
        return call

    def dial_many(self, called: str, n: int) -> list[Call]:
        """Dial the same number from `n` new lines, all at this very tick. Raises UsageError for none."""
        if not isinstance(n, int) or n < 1:
            raise UsageError(f"dial_many({called!r}, {n!r}): give the number of calls, one or more")
        return [self.dial(called) for _ in range(n)]

    def hang_up_all(self) -> None:
        """Every line of this end goes on hook."""
        self.pump.check_open()
        for call in self.calls:
            if call.hung_up_at is None:
                self.hang_up(call, Cause.NORMAL_CLEARING)

    # -- what a call's handle asks for --------------------------------------------------------------------

    def answer(self, call: Call) -> None:
        """See `Call.answer`."""
        self.pump.check_open()
        self.answering.connect(call)

    def reject(self, call: Call, cause: Cause | int) -> None:
        """See `Call.reject`."""
        self.pump.check_open()
        self.answering.reject(call, cause)

    def hang_up(self, call: Call, cause: Cause | int) -> None:
        """See `Call.hang_up`."""
        if call.hung_up_at is not None:
            return
        self.pump.check_open()
        call.hung_up_at = self.now
        self.answering.cancel(call)
        self.lines.to_nothing(call)
        span, q931 = call.span, call.q931
        self.timeline.call(self.now, self.end, call.index, "hung up")
        if span is None and call.holding is not None and call.cleared_at is None:
            call.holding.give_up(call)
        if span is None or q931 is None or call.cleared_at is not None:
            return
        if is_clearing(q931):
            if call.cleared_by == self.other and q931.state.number in _DISCONNECTED:
                span.control.release(q931, self.now)
        else:
            refuses = not call.outgoing and call.active_at is None
            self._end(call, cause, decided_by=self.end if refuses else None, cleared_by=self.end)
            span.control.disconnect(q931, cause, self.now)
        span.drain()

    def more_digits(self, call: Call, digits: str, *, complete: bool) -> None:
        """See `Call.more_digits`."""
        self.pump.check_open()
        if call.span is None or call.q931 is None:
            raise UsageError(f"{call.name} has no channel: it cannot take further digits")
        if digits:  # none: only sending complete is said
            dialable(digits)
        ies = (SendingCompleteIE(),) if complete else ()
        call.span.control.information(call.q931, digits, self.now, ies=ies)
        call.called += digits
        call.span.drain()

    # -- bookkeeping --------------------------------------------------------------------------------------

    def quiet(self) -> bool:
        """Whether no call of this end is left on the trunk, nor any channel in restart.

        An end whose port has gone can come to no rest of its own: only the calls that it carried count.
        """
        if any(call.cleared_at is None for call in self.calls):
            return False
        return all(end.gone or not end.audit() for end in self.ends)

    def audit(self) -> list[str]:
        """What the ends of the spans still hold, and calls that never cleared."""
        found = [f"{call.where()}" for call in self.calls if call.cleared_at is None]
        found += self.answering.audit()
        if self.switch is not None:
            found += self.switch.audit()
        found += [row for end in self.analog.values() for row in end.audit()]
        return found + [line for end in self.ends if not end.gone for line in end.audit()]

    def reset(self) -> None:
        """Forget calls, plans and choices: a new run begins. Only when the end is quiet."""
        self.calls.clear()
        self.plans = configured(self.config)
        for span in self.spans:
            span.plans.clear()
        self.lines.no_circuit = self._no_circuit
        self.lines.identify = True
        self.answering.reset()
        self._callers = int(self.config.calling)

    # -- inside: what the trunk reports -------------------------------------------------------------------

    def _indication(self, span: SpanEnd, indication: Indication) -> None:
        q931, kind = indication.call, indication.kind
        if kind is IndicationKind.REFUSED:
            cause = None if indication.cause is None else int(indication.cause)
            self.timeline.note(self.now, span.name, f"refused an arriving call with cause {cause}")
            return
        if q931 is not None and isinstance(q931.user_data, Leg):
            q931.user_data.happened(indication)
            return
        if q931 is None:
            channels = ",".join(map(str, indication.channels)) or "all"
            self.timeline.note(self.now, span.name, f"{kind.value} channels {channels}")
            return
        if kind is IndicationKind.SETUP:
            self.arrivals._arrived(span, indication)
            return
        call = q931.user_data
        if not isinstance(call, Call):  # placed by hand on the span's call control: no line of ours has it
            self.timeline.note(self.now, span.name, f"call {q931.reference}: {kind.value}")
            return
        call.exchange.happened(call, indication)

    def _arrived(self, span: SpanEnd, indication: Indication) -> None:
        q931 = indication.call
        assert q931 is not None
        call = self.new_call(outgoing=False, called=q931.called, caller=q931.calling)
        call.q931, call.span = q931, span
        q931.user_data = call
        if indication.message is not None:
            call.calling_party = indication.message.get(CallingNumberIE)
            call.redirecting = indication.message.get(RedirectingNumberIE)
            call.bearer = indication.message.get(BearerCapabilityIE)
            call.subaddress = indication.message.get(CalledSubaddressIE)
        self.note_channel(call)
        self.timeline.call(
            self.now, self.end, call.index, "arrived", called=call.called, channel=call.channel
        )
        self.answering.arrived(call, indication)

    def happened(self, call: Call, indication: Indication) -> None:
        kind = indication.kind
        self.note_channel(call)
        if call.first_response_at is None and call.outgoing:
            call.first_response_at = self.now
        handler = HANDLERS.get(kind)
        if handler is not None:
            handler(self, call, indication)
        else:
            self.timeline.call(self.now, self.end, call.index, kind.value)

    def _cleared_itself(self, q931: Q931Call) -> None:
        """Call control has sent DISCONNECT without being asked: the call has ended here, for that cause."""
        call = q931.user_data
        if not isinstance(call, Call) or call.ended_at is not None:
            return
        exchange = call.exchange
        exchange.answering.cancel(call)
        decided_by = None if call.active_at is not None else exchange.end
        exchange._end(call, q931.cause, decided_by=decided_by, cleared_by=exchange.end)
        exchange.lines.silence(call)
        exchange.lines.to_tone_for_cause(call)

    # -- inside: what a line hears ------------------------------------------------------------------------

    def become_active(self, call: Call) -> None:
        """Both parties are connected: speak and listen."""
        call.active_at = self.now
        self.move(call, Phase.ACTIVE)
        self.lines.to_trunk(call)
        self.lines.introduce(call)

    # -- inside: states -----------------------------------------------------------------------------------

    def new_call(self, *, outgoing: bool, called: str, caller: str) -> Call:
        call = Call(self, len(self.calls) + 1, outgoing=outgoing, called=called, caller=caller, now=self.now)
        self.calls.append(call)
        return call

    def _planned(self, number: str) -> Plan | None:
        return self.plans.get(number)

    def next_caller(self) -> str:
        caller = str(self._callers).zfill(self._width)
        self._callers += 1
        return caller

    def _own(self) -> None:
        self.pump.check_open()
        if self.guest:
            raise NotOnThisBench(f"the {self.end} end has no trunk of its own: calls only arrive there")
        if not self.dials:
            raise NotOnThisBench(f"the {self.end} end is not ours: somebody else's stack runs there")

    def note_channel(self, call: Call) -> None:
        """The channel of the call is known, or another one."""
        assert call.q931 is not None
        assert call.span is not None
        channel = call.q931.channel
        if channel is not None and channel != call.channel:
            call.channel = channel
            call.slot = call.span.slot_of[channel]

    def move(self, call: Call, phase: Phase) -> None:
        """The call is in that phase now."""
        call.phase = phase
        self.timeline.call(self.now, self.end, call.index, phase.value, channel=call.channel)
        if call.holding is not None:
            call.holding.moved(call)

    def _end(
        self, call: Call, cause: Cause | int | None, *, decided_by: End | None, cleared_by: End | None
    ) -> None:
        if call.ended_at is not None:
            return
        call.ended_at = self.now
        call.cause = cause
        call.decided_by = decided_by
        call.cleared_by = cleared_by
        call.phase = Phase.CLEARING
        self.timeline.call(
            self.now,
            self.end,
            call.index,
            "ended",
            cause=None if cause is None else int(cause),
            decided_by=decided_by,
            cleared_by=cleared_by,
        )
        self.answering.ended(call)
        if call.holding is not None:
            call.holding.ended(call)

    def finish(self, call: Call, cause: Cause | int, *, decided: bool = True) -> None:
        """End a call of which nothing is on any trunk: refused here, or (not `decided`) given up."""
        self._end(call, cause, decided_by=self.end if decided else None, cleared_by=self.end)
        self._over(call)
        self.lines.to_tone_for_cause(call)

    def _over(self, call: Call) -> None:
        """The trunk holds nothing of the call any more."""
        self.lines.silence(call)
        if call.on_trunk:
            call.ear.connect(None, self.now)
        call.cleared_at = self.now
        self.move(call, Phase.CLEARED)
        self.answering.cancel(call)
