"""The public exchange at the near end: what people dial, and what customers' lines and trunks dial, goes the
way that the network's model says (`trunkbench.access.network`), on lines and trunks that are really there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from trunkbench.access.calls import Caller
from trunkbench.access.classify import area_of, is_mobile
from trunkbench.access.config import digits
from trunkbench.access.hunting import RingingPool
from trunkbench.access.legs import Leg, refuses
from trunkbench.access.lines import Line, Trunk
from trunkbench.access.network import Attempt, Outgoing, Shown
from trunkbench.access.routes import Placed, Route, Transit
from trunkbench.call import Call
from trunkbench.dialling import Wishes, bearer_of, dialable
from trunkwire.q931.call import ChannelChoice
from trunkwire.q931.causes import Cause
from trunkwire.q931.errors import NoChannelAvailable
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import CallingNumberIE, Presentation, Screening

if TYPE_CHECKING:
    from trunkbench.access.network import Network
    from trunkbench.analog import CircuitEnd, LinePlant
    from trunkbench.exchange import Exchange
    from trunkbench.path import Path
    from trunkbench.span import SpanEnd


class Switch:
    """What the near exchange does by its number plan. `trunks` are the spans behind each trunk's number."""

    def __init__(
        self,
        exchange: Exchange,
        network: Network,
        trunks: Mapping[str, Sequence[SpanEnd]],
        plant: LinePlant | None,
        *,
        country: str,
    ) -> None:
        """`country` is the one whose numbering plan tells a mobile's number."""
        self.exchange = exchange
        self.network = network
        self.trunks = dict(trunks)
        self.plant = plant
        self.country = country
        self.routes: dict[Attempt, Route] = {}
        self.private: Callable[[str], bool] = lambda digits: False
        """Numbers of the premises that the plan does not have: a call to one goes to any trunk, as on a bench
        without a plan."""
        self._ringing: dict[Line, tuple[Leg, Route]] = {}
        self._off_hook: dict[Line, object] = {}
        if plant is not None:
            for circuit in plant.circuits.values():
                circuit.is_whole = self.is_whole
                circuit.seized = self._seized
                circuit.rested = self._rested

    # -- numbers ------------------------------------------------------------------------------------------

    def numbers(self) -> Iterator[str]:
        """Every number that a customer can dial."""
        yield from self.network.numbers()

    def is_whole(self, dialled: str) -> bool:
        """Whether digits are a number, and none that is longer begins with them."""
        known = {*self.exchange.plans, *self.numbers()}
        longer = any(number != dialled and number.startswith(dialled) for number in known)
        return dialled in known and not longer

    def paths(self, target: Line | Trunk) -> Sequence[Path]:
        """Where a line or a trunk is reached; nowhere while it cannot be (`out_of_reach`)."""
        if isinstance(target, Line):
            return () if self.plant is None else (self.plant.circuits[target.number],)
        if target.signalling == "r2":
            return ()
        return [span for span in self.trunks[target.number] if span.in_service]

    def out_of_reach(self, target: Line | Trunk) -> str:
        """Why nothing leads to a line or a trunk; "" when something does."""
        if self.paths(target):
            return ""
        if isinstance(target, Line):
            return f"{target.describe()} is not there: analog lines are played on the loopback only"
        if target.signalling == "r2":
            return f"{target.describe()} has R2, which the bench does not play yet"
        return f"{target.describe()} is out of service"

    def takes(self, called: str) -> bool:
        """Whether a call to what was dialled goes by the plan."""
        called = _digits(called)
        return self.network.find(called) is not None or not self.private(called)

    # -- calls to the numbers -----------------------------------------------------------------------------

    def dial(
        self,
        called: str,
        wishes: Wishes,
        *,
        caller: str | None,
        area: str | None,
        mobile: bool | None,
        withheld: bool,
    ) -> Call:
        """An outside subscriber dials a number of the exchange."""
        called = _digits(called)
        number = _digits(caller) if caller is not None else self.exchange.next_caller()
        where = area_of(number, self.network.areas()) if area is None else area
        is_one = is_mobile(number, self.country) if mobile is None else mobile
        call = self.exchange.new_call(outgoing=True, called=called, caller=number)
        attempt = self.network.call(called, Caller(number, where, is_one), self.exchange.now)
        shown = Shown(number, Screening.NETWORK, withheld)
        Route(self, call, attempt, wishes, _element(shown)).begin()
        return call

    # -- lines that ring together -------------------------------------------------------------------------

    def ring_pools(self) -> None:
        """Something has changed: see to the groups at this tick, when everything that happens at it has."""
        if self._ringing or self.network.pools():
            self.exchange.pump.at(self.exchange.now, self._ring_pools)

    def _ring_pools(self) -> None:
        """Ring the lines that are to ring for a group, and let those rest that are not wanted any more.

        Calls that wait share the lines that are idle, so that each line shows who calls it.
        """
        wanted = {line: pool for pool in self.network.pools() for line in pool.ringing}
        for line, (leg, _route) in list(self._ringing.items()):
            if line not in wanted:
                del self._ringing[line]
                leg.abandon(Cause.NORMAL_CLEARING)
        for line, pool in wanted.items():
            waiting = [self.routes[each] for each in pool.calls if isinstance(each, Attempt)]
            if line not in self._ringing and waiting:
                shown = [route for _leg, route in self._ringing.values()]
                self._ring(line, min(waiting, key=shown.count))

    def _ring(self, line: Line, route: Route) -> None:
        """A leg that is nobody's own yet, for the call that the fewest lines ring for."""
        exchange = self.exchange
        assert route.attempt.offer is not None
        request = route.request(route.attempt.offer)
        for path in self.paths(line):
            try:
                q931 = path.control.setup(request, exchange.now)
            except NoChannelAvailable:
                return
            leg = Leg(
                path,
                q931,
                lambda leg, indication: self._pool_leg(line, leg, indication),
                lambda: exchange.now,
            )
            q931.user_data = leg
            self._ringing[line] = leg, route
            path.drain()

    def _pool_leg(self, line: Line, leg: Leg, indication: Indication) -> None:
        pool = line.holder
        if indication.kind is IndicationKind.CONNECT and not (isinstance(pool, RingingPool) and pool.calls):
            # The caller has gone at this very tick: whoever answered hears that there is nobody.
            self._ringing.pop(line, None)
            leg.abandon(Cause.NORMAL_CLEARING)
        elif indication.kind is IndicationKind.CONNECT:
            rung_for = self._ringing.pop(line)[1]
            attempt = self.network.answer(line, self.exchange.now, rung_for.attempt)
            route = self.routes[attempt]
            route.adopt(leg)
            self.exchange.happened(route.call, indication)
            self.ring_pools()
        elif refuses(indication):
            self._ringing.pop(line, None)
            leg.abandon(Cause.NORMAL_CLEARING)

    # -- calls from lines and trunks ----------------------------------------------------------------------

    def serve(self, call: Call) -> bool:
        """A call from a customer's line or trunk: show what may be shown, and pass it on. False leaves it to
        the plan of an outside number."""
        source = self._source(call)
        if source is None:
            return False
        exchange, now = self.exchange, self.exchange.now
        if isinstance(source, Line) and self._off_hook.pop(source, None) is not None:
            source.holder = None
        outside = call.called in exchange.plans
        wished = call.caller or None if isinstance(source, Trunk) else None
        outgoing = Outgoing(self.network, source, call.called, now, wished, outside=outside)
        if outgoing.refusal is not None:
            exchange.timeline.note(now, "network", outgoing.refusal.why)
            if isinstance(source, Line) and source.holder is None:
                self._off_hook[source] = source.holder = call
            call.holding = Placed(self, outgoing)
            exchange.answering.reject(call, outgoing.refusal.cause)
            return True
        assert outgoing.shown is not None
        party = call.calling_party
        withheld = party is not None and party.presentation == Presentation.RESTRICTED
        shown = call.shown = replace(outgoing.shown, withheld=withheld)
        call.caller = shown.number
        if outside:
            call.holding = Placed(self, outgoing)
            return False
        self._pass_on(call, outgoing, shown)
        return True

    def _pass_on(self, call: Call, outgoing: Outgoing, shown: Shown) -> None:
        exchange = self.exchange
        assert outgoing.attempt is not None
        assert call.span is not None
        assert call.q931 is not None
        call.span.control.proceeding(call.q931, exchange.now)
        out = exchange.new_call(outgoing=True, called=call.called, caller=shown.number)
        transit = Transit(self, outgoing, call, out)
        call.holding = transit
        calling = _element(shown)
        bearer = call.bearer or bearer_of("speech", exchange.lines.law)
        wishes = Wishes(bearer, call.subaddress, None, ChannelChoice.EXCLUSIVE, True)
        route = Route(self, out, outgoing.attempt, wishes, calling)
        route.transit = transit
        route.begin()

    def _source(self, call: Call) -> Line | Trunk | None:
        path = call.span
        if path is None:
            return None
        if path.line is not None:
            return self.network.lines[path.line]
        for number, spans in self.trunks.items():
            if any(span is path for span in spans):
                return self.network.trunk(number)
        return None

    # -- lines that are off the hook ----------------------------------------------------------------------

    def _seized(self, circuit: CircuitEnd) -> None:
        line = self.network.lines[circuit.pair.number]
        if line.holder is None:
            self._off_hook[line] = line.holder = circuit

    def _rested(self, circuit: CircuitEnd) -> None:
        line = self.network.lines[circuit.pair.number]
        if self._off_hook.pop(line, None) is not None:
            line.release(self.exchange.now)
            self.network.settle(line, self.exchange.now)
            self.ring_pools()

    # -- upkeep -------------------------------------------------------------------------------------------

    def audit(self) -> list[str]:
        """What is held although every call is over."""
        return [f"network: {row}" for row in self.network.audit()]


def _digits(number: str) -> str:
    """A number as it is dialled, however it is written. Raises UsageError for what no telephone can dial."""
    return dialable(digits(number) if isinstance(number, str) else number)


def _element(shown: Shown) -> CallingNumberIE:
    """The calling party number as whoever is called is told it: withheld digits stay in the exchange."""
    return CallingNumberIE(
        presentation=Presentation.RESTRICTED if shown.withheld else Presentation.ALLOWED,
        screening=shown.screening,
        digits="" if shown.withheld else shown.number,
    )
