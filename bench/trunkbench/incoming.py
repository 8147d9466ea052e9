"""What an exchange does with the calls that arrive: each by the plan of its number (`trunkbench.numbers`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from trunkbench.call import Call, Phase
from trunkbench.errors import UsageError
from trunkbench.numbers import UNALLOCATED, Plan
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import ProgressDescription, SendingCompleteIE
from trunkwire.ticks import Tick

if TYPE_CHECKING:
    from trunkbench.exchange import Exchange
    from trunkbench.path import PathControl
    from trunkbench.pump import Booking
    from trunkwire.q931.call import Call as Q931Call

_NOTHING_SENT = frozenset({1, 6})
"""Call states N1 (call initiated) and U6 (call present): SETUP has come and was not answered."""

_PROCEEDING = frozenset({3, 9})
"""Call states N3 and U9, where CALL PROCEEDING has been sent."""

_ACTIVE = 10

_CLEARING = frozenset({11, 12, 19, 22})
"""Call states N11, N12, N19, N22 and U11, U12, U19: one side clears, perhaps call control of its own accord
(Q.931 5.8.6, 5.8.11), which the bench is told of only when the call is over.
"""


def is_clearing(q931: Q931Call) -> bool:
    """Whether the call is being cleared, by whomever."""
    return q931.state.number in _CLEARING


class Desk(Protocol):
    """Who takes the calls to some numbers of an end, in place of a plan: a call centre, say.

    It does with them what it likes, by the verbs of `Answering` (`ring`, `connect`, `reject`) and of the
    call.
    """

    def numbers(self) -> Iterable[str]:
        """The numbers that are its own."""
        ...

    def arrived(self, call: Call) -> None:
        """A call to one of them has come; nothing was answered yet."""
        ...

    def speak(self, call: Call) -> bool:
        """The call is connected, or again after a hold: say into it what there is to say. False: it is none
        of its calls."""
        ...

    def ended(self, call: Call) -> None:
        """One side has begun to clear a call of this end, perhaps not one of its own."""
        ...

    def reset(self) -> None:
        """As if newly set up: a new run begins, and no call is left."""
        ...

    def audit(self) -> list[str]:
        """What it holds although it should be idle."""
        ...


class Answering:
    """The called side of an exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._booked: dict[Call, Booking] = {}
        self.desk: Desk | None = None
        """Who takes the calls to its own numbers, unless a plan of the end is for them."""
        self.tamper: Callable[[Plan], Plan] | None = None
        """Changes every plan before it is served: a faulty exchange, to see that a test notices."""

    def arrived(self, call: Call, indication: Indication) -> None:
        """SETUP has come: serve it, or ask for the digits that are missing (overlap, Q.931 5.1.3, 5.2.4)."""
        control, q931, now = self._handles(call)
        assert call.span is not None
        asks = call.span.variant.overlap and not self._is_terminal(call)
        if asks and self._may_go_on(call.called, indication):
            control.more_info(q931, now)
            self._drain(call)
            return
        self._serve(call)

    def digits(self, call: Call, indication: Indication) -> None:
        """Further digits have come, or T302 has decided that these are all."""
        timed_out = indication.kind is IndicationKind.NUMBER_COMPLETE
        if call.phase is Phase.DIALLING and (timed_out or not self._may_go_on(call.called, indication)):
            self._serve(call)

    def is_complete(self, digits: str) -> bool:
        """Whether T302 may take these digits for all: they are a number, or begin none (5.2.4)."""
        known = digits in self._numbers() or self._is_for_desk(digits)
        return known or not self._begins_another(digits)

    def connect(self, call: Call) -> None:
        """CONNECT."""
        if call.outgoing:
            raise UsageError(f"{call.name} was dialled here: only the called party answers")
        control, q931, now = self._handles(call)
        control.connect(q931, now)
        self.cancel(call)
        exchange = self._exchange
        if (
            q931.state.number == _ACTIVE
        ):  # the network side is active at once, the user with CONNECT ACKNOWLEDGE
            exchange.become_active(call)
        else:
            exchange.timeline.call(now, exchange.end, call.index, "answered", channel=call.channel)
        self._drain(call)

    def reject(self, call: Call, cause: Cause | int) -> None:
        """Refuse with RELEASE COMPLETE where nothing was sent yet, else clear with DISCONNECT."""
        if call.outgoing:
            raise UsageError(f"{call.name} was dialled here: only the called party rejects; use hang_up()")
        exchange = self._exchange
        control, q931, now = self._handles(call)
        if q931.state.number in _NOTHING_SENT:
            control.reject(q931, cause, now)
        else:
            control.disconnect(q931, cause, now)
        self.cancel(call)
        call.hung_up_at = now
        exchange._end(call, cause, decided_by=exchange.end, cleared_by=exchange.end)
        self._drain(call)

    def cancel(self, call: Call) -> None:
        """Take back what is booked for the call."""
        booking = self._booked.pop(call, None)
        if booking is not None:
            booking.cancel()

    def ring(self, call: Call) -> None:
        """Accept the call, and alert. Nothing is sent for the caller to hear: its exchange gives ringback."""
        control, q931, now = self._handles(call)
        if q931.state.number not in _PROCEEDING:  # T302 has sent it otherwise
            control.proceeding(q931, now)
        self._exchange.move(call, Phase.PROCEEDING)
        control.alerting(q931, now)
        call.alerting_at = now
        self._exchange.move(call, Phase.ALERTING)
        self._drain(call)

    def ended(self, call: Call) -> None:
        """One side has begun to clear."""
        if self.desk is not None:
            self.desk.ended(call)

    def reset(self) -> None:
        """A new run begins."""
        self.tamper = None
        if self.desk is not None:
            self.desk.reset()

    def audit(self) -> list[str]:
        """What the desk holds although no call is left."""
        return [] if self.desk is None else self.desk.audit()

    # -- inside -------------------------------------------------------------------------------------------

    def _serve(self, call: Call) -> None:
        switch = self._exchange.switch
        if switch is not None and switch.serve(call):
            return
        if self.desk is not None and self._is_for_desk(call.called):
            self.desk.arrived(call)
            return
        assert call.span is not None
        own = call.span.own_plan(call.called)
        plan = self._exchange.plans.get(call.called, UNALLOCATED) if own is None else own
        if self.tamper is not None:
            plan = self.tamper(plan)
        if plan.kind == "rejects":
            self.reject(call, plan.cause)
            return
        if plan.kind in ("answers", "alerts"):
            self.ring(call)
            if plan.kind == "answers":
                self._book(call, plan.after, lambda: self.connect(call))
            return
        control, q931, now = self._handles(call)
        if q931.state.number not in _PROCEEDING:  # T302 has sent it otherwise
            control.proceeding(q931, now)
        self._exchange.move(call, Phase.PROCEEDING)
        self._book(call, plan.after, lambda: self._disconnect(call, plan))
        self._drain(call)

    def _disconnect(self, call: Call, plan: Plan) -> None:
        """Clear with DISCONNECT, with tones in the channel if the plan has them (Q.931 5.4)."""
        exchange = self._exchange
        control, q931, now = self._handles(call)
        exchange._end(call, plan.cause, decided_by=exchange.end, cleared_by=exchange.end)
        progress = ProgressDescription.INBAND_INFORMATION if plan.in_band else None
        if plan.sound is not None:
            exchange.lines.play(call, plan.sound)
        call.hung_up_at = now
        control.disconnect(q931, plan.cause, now, progress=progress)
        self._drain(call)

    def _is_terminal(self, call: Call) -> bool:
        """Whether the call has come to a terminal on a bus: it knows its numbers, and takes them whole."""
        return call.span is not None and call.span.station is not None

    def _may_go_on(self, digits: str, indication: Indication) -> bool:
        """Whether more may come: these were not said to be all, and there is a number that begins so."""
        message = indication.message
        complete = message is not None and message.get(SendingCompleteIE) is not None
        return not complete and self._begins_another(digits)

    def _begins_another(self, digits: str) -> bool:
        return any(number != digits and number.startswith(digits) for number in self._numbers())

    def _numbers(self) -> Iterator[str]:
        """Every number that a call which arrives here may be to."""
        yield from self._exchange.plans
        if self.desk is not None:
            yield from self.desk.numbers()
        if self._exchange.switch is not None:
            yield from self._exchange.switch.numbers()

    def _is_for_desk(self, digits: str) -> bool:
        """A number that somebody has programmed does what it was told; a device's plan only says what the
        device does, and its desk does it.
        """
        if self.desk is None or digits not in self.desk.numbers():
            return False
        return digits not in self._exchange.plans or self._exchange.dut_plan is not None

    def _book(self, call: Call, after: Tick, action: Callable[[], None]) -> None:
        exchange = self._exchange

        def act() -> None:
            if call.q931 is not None and not is_clearing(call.q931):
                action()

        self._booked[call] = exchange.pump.at(exchange.now + after, act)

    def _handles(self, call: Call) -> tuple[PathControl, Q931Call, Tick]:
        assert call.span is not None
        assert call.q931 is not None
        return call.span.control, call.q931, self._exchange.now

    def _drain(self, call: Call) -> None:
        assert call.span is not None
        call.span.drain()
