"""What an exchange does when call control tells it something of a call (the indications of Q.931 Annex A)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from trunkbench import holding
from trunkbench.call import Call, Phase
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import ProgressDescription, ProgressIndicatorIE
from trunkwire.tones import RINGBACK

if TYPE_CHECKING:
    from trunkbench.exchange import Exchange

IN_BAND = frozenset({ProgressDescription.NOT_END_TO_END_ISDN, ProgressDescription.INBAND_INFORMATION})
"""Progress descriptions that connect the caller to the channel before an answer (Q.931 4.5.23, 5.4)."""


def proceeding(exchange: Exchange, call: Call, indication: Indication) -> None:
    exchange.move(call, Phase.PROCEEDING)
    in_band(exchange, call, indication)


def progress(exchange: Exchange, call: Call, indication: Indication) -> None:
    exchange.timeline.call(exchange.now, exchange.end, call.index, "progress")
    in_band(exchange, call, indication)


def alerting(exchange: Exchange, call: Call, indication: Indication) -> None:
    call.alerting_at = exchange.now
    exchange.move(call, Phase.ALERTING)
    if not in_band(exchange, call, indication) and not call.on_trunk:
        exchange.lines.to_tone(call, RINGBACK)


def connected(exchange: Exchange, call: Call, indication: Indication) -> None:
    if call.phase is not Phase.ACTIVE:
        exchange.become_active(call)


def digits(exchange: Exchange, call: Call, indication: Indication) -> None:
    assert call.q931 is not None
    call.called = call.q931.called
    exchange.timeline.call(exchange.now, exchange.end, call.index, "digits", called=call.called)
    exchange.answering.digits(call, indication)


def disconnected(exchange: Exchange, call: Call, indication: Indication) -> None:
    """The other side clears. What it promised in-band is listened to until the line goes on hook."""
    was_active = call.active_at is not None
    exchange.answering.cancel(call)
    exchange._end(
        call,
        indication.cause,
        decided_by=None if was_active else exchange.other,
        cleared_by=exchange.other,
    )
    exchange.lines.silence(call)
    if in_band(exchange, call, indication) and call.hung_up_at is None:
        call.in_band_promised = True
    else:
        exchange.lines.to_tone_for_cause(call)


def released(exchange: Exchange, call: Call, indication: Indication) -> None:
    assert call.q931 is not None
    if call.ended_at is None:
        remote = call.q931.cleared_by != "local"
        exchange._end(
            call,
            indication.cause,
            decided_by=None if call.active_at is not None else (exchange.other if remote else exchange.end),
            cleared_by=exchange.other if remote else exchange.end,
        )
    exchange._over(call)
    if call.hung_up_at is None:
        exchange.lines.to_tone_for_cause(call)


def in_band(exchange: Exchange, call: Call, indication: Indication) -> bool:
    """Connect the line to its channel if the message announces something to hear there."""
    message = indication.message
    if call.outgoing and call.span is not None and call.span.in_line:
        return True
    if message is None or not call.outgoing:
        return False
    if any(ie.description in IN_BAND for ie in message.all(ProgressIndicatorIE)):
        exchange.lines.to_trunk(call)
        if call.progress_at is None:
            call.progress_at = exchange.now
        return True
    return False


HANDLERS: Mapping[IndicationKind, Callable[[Exchange, Call, Indication], None]] = MappingProxyType(
    {
        **holding.HANDLERS,
        IndicationKind.PROCEEDING: proceeding,
        IndicationKind.PROGRESS: progress,
        IndicationKind.ALERTING: alerting,
        IndicationKind.CONNECT: connected,
        IndicationKind.ACKNOWLEDGED: connected,
        IndicationKind.INFORMATION: digits,
        IndicationKind.NUMBER_COMPLETE: digits,
        IndicationKind.DISCONNECT: disconnected,
        IndicationKind.RELEASED: released,
    }
)
