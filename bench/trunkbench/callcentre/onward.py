"""Callers who are sent on to a number: the PBX dials it, and joins the two calls when it is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trunkbench.access.config import digits
from trunkbench.callcentre.bridge import join
from trunkbench.errors import NotOnThisBench, UsageError
from trunkwire.q931.causes import Cause

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.callcentre.journal import Journal
    from trunkbench.callcentre.visits import Visit
    from trunkbench.exchange import Exchange

TurnAway = Callable[["Visit", "Cause | int", str], None]


class Onward:
    """The calls that the PBX has placed for its callers."""

    def __init__(
        self, exchange: Exchange, journal: Journal, *, answer: Callable[[Visit], None], turn_away: TurnAway
    ) -> None:
        self._exchange = exchange
        self._journal = journal
        self._answer = answer
        self._turn_away = turn_away
        self._legs: dict[Call, Visit] = {}

    def check(self, number: str) -> None:
        """Raises NotOnThisBench where this end cannot dial."""
        if not self._exchange.dials:
            raise NotOnThisBench(
                f"the call centre cannot dial {number}: its end of the bench places no calls"
            )

    def send(self, visit: Visit, number: str) -> None:
        """Dial for that caller. Where it cannot be dialled the caller is turned away."""
        exchange = self._exchange
        if not visit.answered and visit.call.alerting_at is None and not visit.gone:
            exchange.answering.ring(visit.call)
        try:
            leg = exchange.dial(digits(number))
        except UsageError as error:
            self._exchange.timeline.note(self._exchange.now, "call centre", f"{number}: {error}")
            self._turn_away(visit, Cause.NO_ROUTE_TO_DESTINATION, "cannot be dialled")
            return
        visit.onward = leg
        if leg.ended_at is not None:
            leg.hang_up()
            self._turn_away(visit, leg.cause or Cause.NO_CIRCUIT, "no circuit")
            return
        self._legs[leg] = visit

    def speaks(self, call: Call) -> bool:
        """A call is connected: whether it is one of these, which is joined to its caller now."""
        visit = self._legs.get(call)
        if visit is None:
            return False
        visit.talks_since = self._exchange.now
        waited = self._exchange.now - visit.arrived_at
        self._journal.call("answered", visit.call, to=call.called, waited=waited)
        if visit.call.active:
            join(visit.call, call)
        else:
            self._answer(visit)
        return True

    def joins(self, visit: Visit) -> bool:
        """A caller is connected: whether it is joined to the call that was placed for it."""
        leg = visit.onward
        if leg is None or not leg.active:
            return False
        join(visit.call, leg)
        return True

    def ended(self, call: Call) -> bool:
        """A call is over: whether it is one of these. Its caller is told with the same cause."""
        visit = self._legs.pop(call, None)
        if visit is None:
            return False
        visit.onward = None
        if visit.talks_since is not None:
            self._over(visit, call, "called party")
            visit.call.hang_up()
        else:
            self._turn_away(visit, call.cause or Cause.NORMAL_UNSPECIFIED, "not put through")
        return True

    def give_up(self, visit: Visit) -> Call | None:
        """The caller has gone: the call that was placed for it, which nobody needs any more."""
        leg, visit.onward = visit.onward, None
        if leg is not None:
            self._legs.pop(leg, None)
            if visit.talks_since is not None:
                self._over(visit, leg, visit.why)
        return leg

    def audit(self) -> list[str]:
        """Calls that were placed and are not over."""
        return [
            f"call centre: {leg.name} was placed for {visit.call.name}" for leg, visit in self._legs.items()
        ]

    def _over(self, visit: Visit, leg: Call, why: str) -> None:
        talked = self._exchange.now - (visit.talks_since or self._exchange.now)
        self._journal.call("ended", visit.call, to=leg.called, talked=talked, why=why)
