"""Calls on hold (Q.932 6): what a party asks for, and what its exchange does when the other party does.

A held call keeps its channel, and neither party hears the other in it. The exchange of the party that is
put on hold agrees at once, as it does when the call is retrieved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.call import Call, Phase
from trunkbench.errors import UsageError
from trunkwire.q931.events import Indication, IndicationKind

if TYPE_CHECKING:
    from trunkbench.exchange import Exchange


def hold(call: Call) -> None:
    """Ask for the call to be held: HOLD. See `Call.hold`."""
    exchange = call.exchange
    exchange.pump.check_open()
    if call.phase is not Phase.ACTIVE or call.q931 is None or call.span is None:
        raise UsageError(f"{call.name} is {call.phase.value}: only an active call can be put on hold")
    call.refused_with = None
    call.span.control.hold(call.q931, exchange.now)
    call.span.drain()


def retrieve(call: Call) -> None:
    """Ask for a held call back: RETRIEVE. See `Call.retrieve`."""
    exchange = call.exchange
    exchange.pump.check_open()
    if call.phase is not Phase.HELD or call.q931 is None or call.span is None:
        raise UsageError(f"{call.name} is {call.phase.value}: only a held call can be retrieved")
    call.refused_with = None
    call.span.control.retrieve(call.q931, exchange.now)
    call.span.drain()


def _asked_to_hold(exchange: Exchange, call: Call, indication: Indication) -> None:
    assert call.q931 is not None
    assert call.span is not None
    call.span.control.hold_acknowledge(call.q931, exchange.now)
    _held(exchange, call, indication)


def _held(exchange: Exchange, call: Call, indication: Indication) -> None:
    call.held_at = exchange.now
    exchange.lines.to_nothing(call)
    exchange.move(call, Phase.HELD)


def _asked_back(exchange: Exchange, call: Call, indication: Indication) -> None:
    assert call.q931 is not None
    assert call.span is not None
    call.span.control.retrieve_acknowledge(call.q931, exchange.now)
    _back(exchange, call, indication)


def _back(exchange: Exchange, call: Call, indication: Indication) -> None:
    call.retrieved_at = exchange.now
    exchange.note_channel(call)
    exchange.move(call, Phase.ACTIVE)
    exchange.lines.to_trunk(call)
    exchange.lines.introduce(call)


def _refused(exchange: Exchange, call: Call, indication: Indication) -> None:
    call.refused_with = indication.cause
    cause = None if indication.cause is None else int(indication.cause)
    exchange.timeline.call(exchange.now, exchange.end, call.index, indication.kind.value, cause=cause)


HANDLERS = {
    IndicationKind.HOLD: _asked_to_hold,
    IndicationKind.HELD: _held,
    IndicationKind.HOLD_REJECTED: _refused,
    IndicationKind.RETRIEVE: _asked_back,
    IndicationKind.RETRIEVED: _back,
    IndicationKind.RETRIEVE_REJECTED: _refused,
}
"""What happens to a call, by what call control says of it."""
