"""The way of one call through the public exchange, on real lines: what the network offers is rung, and when
that fails, what it offers next.

A `Route` leads a call to whoever is called; a `Transit` joins it to the line or trunk that placed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from trunkbench.access.calls import Failure, Offer, Payer, Redirection, Refusal
from trunkbench.access.hunting import RingingPool
from trunkbench.access.joining import join
from trunkbench.access.legs import Leg, failure_of, redirecting_element, refuses
from trunkbench.call import Call, Phase
from trunkbench.span import SpanEnd
from trunkwire.q931.causes import Cause
from trunkwire.q931.errors import NoChannelAvailable
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.tones import RINGBACK

if TYPE_CHECKING:
    from trunkbench.access.lines import Line, Trunk
    from trunkbench.access.network import Attempt, Outgoing
    from trunkbench.access.switching import Switch
    from trunkbench.dialling import Wishes
    from trunkbench.pump import Booking
    from trunkwire.q931.call import SetupRequest
    from trunkwire.q931.ies import CallingNumberIE


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What the exchange notes of a call: the bill and the way.

    `path` are the numbers that it passed through, `taken_on` the line or trunk that took it.
    """

    called: str
    caller: str
    path: tuple[str, ...]
    redirections: tuple[Redirection, ...]
    payer: Payer
    taken_on: str | None
    refusal: Refusal | None


class Holding(Protocol):
    """What the exchange holds for a call of its own."""

    def moved(self, call: Call) -> None:
        """The call is in another phase."""

    def ended(self, call: Call) -> None:
        """One side has begun to clear, or the call was refused."""

    def give_up(self, call: Call) -> None:
        """The caller has hung up before there was any leg."""

    def record(self) -> CallRecord:
        """The call record so far."""


class Route:
    """A call on its way to whoever is called."""

    def __init__(
        self, switch: Switch, call: Call, attempt: Attempt, wishes: Wishes, calling: CallingNumberIE
    ) -> None:
        self.switch = switch
        self.exchange = switch.exchange
        self.call = call
        self.attempt = attempt
        self.transit: Transit | None = None
        self.taken_on: Line | Trunk | None = None
        self.calling = calling
        self._wishes = wishes
        self._leg: Leg | None = None
        self._steps = 0
        self._timer: Booking | None = None
        self._dialled = False

    def begin(self) -> None:
        """Follow what the network offers first."""
        self.switch.routes[self.attempt] = self
        self.call.holding = self
        self._follow()

    def record(self) -> CallRecord:
        """The call record so far."""
        visit = self.attempt.visit
        taken = None if self.taken_on is None else self.taken_on.describe()
        return CallRecord(
            visit.called,
            visit.caller.number,
            tuple(visit.path),
            visit.redirections,
            visit.payer,
            taken,
            self.attempt.refusal,
        )

    # -- offers -------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Ring what is offered, until something rings or there is nothing left."""
        attempt = self.attempt
        while (offer := attempt.offer) is not None:
            self._steps = attempt.visit.steps
            if isinstance(offer.target, RingingPool) or self._place(offer, offer.target):
                break
            why = self.switch.out_of_reach(offer.target)
            if why:
                self.exchange.timeline.note(self.exchange.now, "network", why)
            attempt.failed(Failure.UNREACHABLE if why else Failure.BUSY, self.exchange.now)
        if offer is None:
            self._refused()
            return
        if offer.ring_for is not None:
            self._timer = self.exchange.pump.at(self.exchange.now + offer.ring_for, self._rang_too_long)
        if isinstance(offer.target, RingingPool):
            self._alert()
            self.switch.ring_pools()

    def _place(self, offer: Offer, target: Line | Trunk) -> bool:
        """A leg to that line or trunk; False when nothing of it is free after all."""
        exchange, call = self.exchange, self.call
        request = self.request(offer)
        for path in self.switch.paths(target):
            if isinstance(path, SpanEnd):
                path.may_dial(offer.dialled, complete=True)
            try:
                q931 = path.control.setup(request, exchange.now)
            except NoChannelAvailable:
                continue
            self._leg = Leg(path, q931, self._happened, lambda: exchange.now)
            q931.user_data = self._leg
            call.q931, call.span = q931, path
            exchange.note_channel(call)
            self._note_dialled()
            path.drain()
            return True
        return False

    def request(self, offer: Offer) -> SetupRequest:
        """What goes into SETUP for that offer."""
        return self._wishes.request(offer.dialled, self.calling, redirecting_element(offer.redirections))

    def _note_dialled(self) -> None:
        if not self._dialled:
            self._dialled = True
            call, exchange = self.call, self.exchange
            exchange.timeline.call(
                exchange.now, exchange.end, call.index, "dialled", called=call.called, channel=call.channel
            )

    def _alert(self) -> None:
        """Several lines ring together: the caller hears so, though no leg is its own yet."""
        self._note_dialled()
        call, exchange = self.call, self.exchange
        if call.first_response_at is None:
            call.first_response_at = exchange.now
        if call.alerting_at is None:
            call.alerting_at = exchange.now
            exchange.move(call, Phase.ALERTING)
            exchange.lines.to_tone(call, RINGBACK)

    # -- what happens -------------------------------------------------------------------------------------

    def _happened(self, leg: Leg, indication: Indication) -> None:
        call, exchange = self.call, self.exchange
        if call.ended_at is None and refuses(indication):
            self._failed(leg, indication)
            return
        if indication.kind is IndicationKind.CONNECT:
            self.attempt.answered(exchange.now)
            self.adopt(leg)
        exchange.happened(call, indication)

    def adopt(self, leg: Leg) -> None:
        """This leg has answered: it is the call's own from now on."""
        self._stop_timer()
        call = self.call
        call.q931, call.span = leg.q931, leg.path
        leg.q931.user_data = call
        self.taken_on = self.attempt.talks_on
        self.exchange.note_channel(call)

    def _failed(self, leg: Leg, indication: Indication) -> None:
        """What was rung did not take it: the next one, or what this one said is what the caller gets."""
        self._stop_timer()
        attempt, call = self.attempt, self.call
        attempt.failed(failure_of(indication.cause), self.exchange.now)
        if attempt.offer is None and attempt.visit.steps == self._steps:
            leg.q931.user_data = call
            self.exchange.happened(call, indication)
            return
        self._drop(leg)
        self._follow()

    def _drop(self, leg: Leg) -> None:
        leg.abandon(Cause.NORMAL_CLEARING)
        call = self.call
        self._leg = call.q931 = call.span = call.channel = call.slot = None

    def _rang_too_long(self) -> None:
        self._timer = None
        if self.call.ended_at is not None or self.attempt.state != "rings":
            return
        self.attempt.failed(Failure.NO_ANSWER, self.exchange.now)
        if self._leg is not None:
            self._drop(self._leg)
        self.switch.ring_pools()
        self._follow()

    def _refused(self) -> None:
        """Nobody is left to try: the exchange itself says why."""
        refusal, call, exchange = self.attempt.refusal, self.call, self.exchange
        assert refusal is not None
        self._note_dialled()
        exchange.timeline.note(exchange.now, "network", refusal.why)
        exchange.finish(call, refusal.cause)

    # -- what is held -------------------------------------------------------------------------------------

    def moved(self, call: Call) -> None:
        """The call is in another phase."""
        if call.phase is Phase.CLEARED:
            self._stop_timer()
            self.switch.routes.pop(self.attempt, None)
            self.attempt.clear(self.exchange.now)
            self.switch.ring_pools()
        if self.transit is not None:
            self.transit.out_moved(call)

    def ended(self, call: Call) -> None:
        """One side has begun to clear."""
        self._stop_timer()
        if self.attempt.state == "rings":
            self.attempt.clear(self.exchange.now)
            self.switch.ring_pools()
        if self.transit is not None:
            self.transit.out_ended(call)

    def give_up(self, call: Call) -> None:
        """The caller has hung up while lines rang together, or nothing did."""
        self.exchange.finish(call, Cause.NORMAL_CLEARING, decided=False)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Placed:
    """A call from a line or a trunk that is answered in the exchange itself: it holds its source."""

    def __init__(self, switch: Switch, outgoing: Outgoing) -> None:
        self.switch = switch
        self.outgoing = outgoing

    def record(self) -> CallRecord:
        """The call record so far."""
        outgoing = self.outgoing
        shown = "" if outgoing.shown is None else outgoing.shown.number
        return CallRecord(outgoing.called, shown, (), (), "caller", None, outgoing.refusal)

    def moved(self, call: Call) -> None:
        """The call is in another phase: when it is over its source is free."""
        if call.phase is Phase.CLEARED:
            self.outgoing.clear(self.switch.exchange.now)
            self.switch.ring_pools()

    def ended(self, call: Call) -> None:
        """One side has begun to clear: the source is held until that is done."""

    def give_up(self, call: Call) -> None:
        """It always has a leg: its own."""


class Transit(Placed):
    """A call from a line or a trunk to a number of this exchange: two calls, joined."""

    def __init__(self, switch: Switch, outgoing: Outgoing, incoming: Call, out: Call) -> None:
        super().__init__(switch, outgoing)
        self.incoming = incoming
        self.out = out
        incoming.bridged = out.bridged = True

    def record(self) -> CallRecord:
        """That of the way on."""
        assert self.out.holding is not None
        return self.out.holding.record()

    def out_moved(self, out: Call) -> None:
        """What is called rings, or has answered."""
        incoming, answering = self.incoming, self.switch.exchange.answering
        if incoming.ended_at is not None:
            return
        if out.phase is Phase.ALERTING and incoming.alerting_at is None:
            answering.ring(incoming)
        elif out.phase is Phase.ACTIVE and incoming.active_at is None:
            answering.connect(incoming)
            join(incoming, out)
            join(out, incoming)

    def out_ended(self, out: Call) -> None:
        """The other party is gone, or was never there."""
        exchange, incoming = self.switch.exchange, self.incoming
        cause = Cause.NORMAL_CLEARING if out.cause is None else out.cause
        if incoming.ended_at is None:
            exchange.hang_up(incoming, cause)
        exchange.pump.at(exchange.now, lambda: exchange.hang_up(out, Cause.NORMAL_CLEARING))

    def ended(self, call: Call) -> None:
        """Who called has gone."""
        exchange, out = self.switch.exchange, self.out
        exchange.pump.at(exchange.now, lambda: exchange.hang_up(out, Cause.NORMAL_CLEARING))
        if call.cleared_by != exchange.end:
            exchange.pump.at(exchange.now, lambda: exchange.hang_up(call, Cause.NORMAL_CLEARING))
