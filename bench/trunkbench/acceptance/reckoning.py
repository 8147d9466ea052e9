"""Calls on paper: where each goes and why it is refused, reckoned from the tables of a plan.

A second, plain reckoning beside the exchange's model (`trunkbench.access`), which it shares nothing with but
the tables: what the exchange does is compared with this one, so a fault in the model shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from trunkbench.acceptance.tables import Choice, Digital, LinePlan, Many, OneLine, Plan, Stands, holds
from trunkbench.access.calls import Caller, Failure, Payer
from trunkbench.access.config import digits
from trunkbench.config import BenchConfig
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import RedirectionReason
from trunkwire.ticks import Tick

Why = Literal["", "loop", "hops", "centre"]
"""What a refused call met: a circle of numbers, the limit of forwardings, a call centre that is full."""

_CAUSES = {
    Failure.BUSY: Cause.USER_BUSY,
    Failure.NO_ANSWER: Cause.NO_ANSWER,
    Failure.UNREACHABLE: Cause.DESTINATION_OUT_OF_ORDER,
    Failure.REFUSED: Cause.CALL_REJECTED,
}
_FLOWS_OVER = {
    Cause.USER_BUSY,
    Cause.NO_ANSWER,
    Cause.NO_CIRCUIT,
    Cause.DESTINATION_OUT_OF_ORDER,
    Cause.SUBSCRIBER_ABSENT,
}
_ENGAGED = {Cause.USER_BUSY, Cause.NO_CIRCUIT}
_NUMBERS = 100
"""After so many the exchange gives up."""

Places = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What becomes of one call. `places` are the lines that may ring (one, unless several ring together), or
    the trunk; without any it is refused with `cause`.
    """

    places: Places
    cause: Cause | None
    payer: Payer
    path: tuple[str, ...]
    redirected_from: tuple[str, ...]
    reasons: tuple[RedirectionReason, ...] = ()
    """Why each of those sent it on."""
    why: Why = ""
    desk: bool = False
    """Whether the call centre answers, rather than a telephone of its own."""

    @property
    def reason(self) -> RedirectionReason | None:
        """Why it was sent on last."""
        return self.reasons[-1] if self.reasons else None


@dataclass(slots=True)
class _Journey:
    """One call on its way."""

    caller: Caller
    fails: list[Failure]
    path: list[str] = field(default_factory=list)
    sent_on: tuple[tuple[str, RedirectionReason], ...] = ()
    payer: Payer = "caller"
    steps: int = 0
    line: str = ""
    trunk: str = ""
    desk: bool = False
    why: Why = ""


class Paper:
    """Calls on paper: each is answered at once by what it is offered to, and lasts until it is ended.

    `sent_on` says whether numbers send calls on that they cannot take; `centre` whether what the call centre
    has room for counts.
    """

    def __init__(
        self,
        config: BenchConfig,
        *,
        time_of_day: Tick | None = None,
        sent_on: bool = True,
        centre: bool = True,
    ) -> None:
        self.plan = Plan(config)
        self.time_of_day = self.plan.starts if time_of_day is None else time_of_day
        self._sent_on = sent_on
        desk = config.call_centre
        self._desk = frozenset() if desk is None else frozenset(desk.answered(config.access))
        room = None if desk is None else desk.queue_length
        self._room = None if desk is None or room is None or not centre else len(desk.at_work) + room
        self._calls: list[_Journey] = []
        self._engaged: set[str] = set()
        self._idle_since: dict[str, int] = {}
        self._last: dict[Choice, int] = {}
        self._owed: dict[tuple[str, str], int] = {}
        self._now = 0

    def call(self, number: str, caller: Caller, *, fails: Sequence[Failure] = ()) -> Expected:
        """One more call; the first targets offered fail as told, the next one answers."""
        self._now += 1
        journey = _Journey(caller, list(fails))
        found = self._way(number, journey)
        self._calls.append(journey)
        taken = isinstance(found, tuple)
        return Expected(
            found if isinstance(found, tuple) else (),
            None if isinstance(found, tuple) else found,
            journey.payer,
            tuple(journey.path),
            tuple(number for number, _reason in journey.sent_on),
            tuple(reason for _number, reason in journey.sent_on),
            "" if taken else journey.why,
            journey.desk,
        )

    def placed(self, source: str) -> None:
        """A call is placed from a line, or from a trunk by its number: it lasts."""
        journey = _Journey(Caller(""), [])
        if any(trunk.number == source for trunk in self.plan.trunks):
            journey.trunk = source
        else:
            journey.line = source
            self._engaged.add(source)
        self._calls.append(journey)

    def end(self, index: int) -> None:
        """The call of that place in the order of dialling is over."""
        self._now += 1
        journey = self._calls[index]
        if journey.line:
            self._engaged.discard(journey.line)
            self._idle_since[journey.line] = self._now
        journey.line, journey.trunk, journey.desk = "", "", False

    # -- numbers ------------------------------------------------------------------------------------------

    def _way(self, number: str, journey: _Journey) -> Places | Cause:
        entry = self.plan.find(number)
        if entry is None:
            return Cause.UNALLOCATED
        own = entry.number
        journey.steps += 1
        if own in journey.path or journey.steps > _NUMBERS:
            journey.why = "loop"
            return Cause.EXCHANGE_ROUTING_ERROR
        journey.path.append(own)
        if isinstance(entry, Stands):
            if journey.caller.mobile and not entry.mobiles:
                return Cause.CALL_REJECTED
            if journey.path == [own]:
                journey.payer = entry.payer
        forwarding = self.plan.forwardings.get(own)
        if forwarding is not None and forwarding.unconditional is not None:
            return self._forward(own, forwarding.unconditional, RedirectionReason.UNCONDITIONAL, journey)
        found = self._service(entry, journey)
        if forwarding is None or isinstance(found, tuple) or not self._sent_on:
            return found
        if found in _ENGAGED and forwarding.busy is not None:
            return self._forward(own, forwarding.busy, RedirectionReason.BUSY, journey)
        if found is Cause.NO_ANSWER and forwarding.no_answer is not None:
            return self._forward(own, forwarding.no_answer, RedirectionReason.NO_REPLY, journey)
        return found

    def _forward(self, own: str, to: str, reason: RedirectionReason, journey: _Journey) -> Places | Cause:
        if len(journey.sent_on) >= self.plan.access.hops:
            journey.why = "hops"
            return Cause.EXCHANGE_ROUTING_ERROR
        journey.sent_on += ((own, reason),)
        return self._way(digits(to), journey)

    def _service(self, entry: OneLine | Many | Digital | Stands, journey: _Journey) -> Places | Cause:
        if isinstance(entry, Stands):
            return self._destinations(entry, journey)
        if isinstance(entry, Digital):
            return self._trunk(entry, journey)
        if isinstance(entry, Many):
            return self._lines(entry.at(self.time_of_day), journey)
        if not entry.reachable:
            return Cause.SUBSCRIBER_ABSENT
        if not entry.line.takes:
            return Cause.USER_BUSY if entry.mobile else Cause.CALL_REJECTED
        return self._lines(Choice((entry.line,), "linear"), journey)

    def _destinations(self, entry: Stands, journey: _Journey) -> Places | Cause:
        """The numbers that it stands for, in their order or by their shares, as area and hour allow."""
        area, at = journey.caller.area, self.time_of_day
        serving = [to for to in entry.table.to if (not to.areas or area in to.areas) and holds(to.hours, at)]
        order = [digits(to.number) for to in serving]
        if any(to.share for to in serving):
            # Each call is owed to everybody by share; who is owed most gets it, and owes a whole call for it.
            for to in serving:
                key = (entry.number, digits(to.number))
                self._owed[key] = self._owed.get(key, 0) + to.share
            order.sort(key=lambda number: -self._owed[entry.number, number])
            self._owed[entry.number, order[0]] -= sum(to.share for to in serving)
        found: Places | Cause = Cause.CALL_REJECTED
        path, sent_on = list(journey.path), journey.sent_on
        for number in order:
            journey.path[:], journey.sent_on = path, sent_on
            found = self._way(number, journey)
            if isinstance(found, tuple) or found not in _FLOWS_OVER:
                break
        return found

    # -- lines and trunks ---------------------------------------------------------------------------------

    def _trunk(self, entry: Digital, journey: _Journey) -> Places | Cause:
        trunk = entry.trunk
        if not trunk.use.value.startswith(("in", "both")):
            return Cause.CALL_REJECTED
        if sum(each.trunk == trunk.number for each in self._calls) >= trunk.channels:
            return Cause.NO_CIRCUIT
        if journey.fails:
            return _CAUSES[journey.fails.pop(0)]
        if not self._room_at_desk(entry.number, journey):
            return Cause.USER_BUSY
        journey.trunk = trunk.number
        return (trunk.name,)

    def _lines(self, choice: Choice, journey: _Journey) -> Places | Cause:
        idle = [line for line in choice.lines if line.takes and line.number not in self._engaged]
        if not idle:
            return Cause.USER_BUSY
        line = idle[0] if choice.order == "simultaneous" else self._turn(choice, idle)
        if journey.fails:
            self._idle_since[line.number] = self._now
            return _CAUSES[journey.fails.pop(0)]
        if not self._room_at_desk(line.number, journey):
            return Cause.USER_BUSY
        self._engaged.add(line.number)
        journey.line = line.number
        return tuple(each.number for each in idle) if choice.order == "simultaneous" else (line.number,)

    def _turn(self, choice: Choice, idle: list[LinePlan]) -> LinePlan:
        """Whose turn it is: the first line; the next one behind the line taken last; the one idle longest."""
        chosen = idle[0]
        if choice.order == "circular":
            last = self._last.get(choice, -1)
            chosen = next((line for line in idle if choice.lines.index(line) > last), idle[0])
        elif choice.order == "uniform":
            chosen = min(idle, key=lambda line: self._idle_since.get(line.number, 0))
        self._last[choice] = choice.lines.index(chosen)
        return chosen

    def _room_at_desk(self, number: str, journey: _Journey) -> bool:
        """Whether a call centre that answers there has an agent or a place in its queue left."""
        if number not in self._desk:
            return True
        if self._room is not None and sum(each.desk for each in self._calls) >= self._room:
            journey.why = "centre"
            return False
        journey.desk = True
        return True
