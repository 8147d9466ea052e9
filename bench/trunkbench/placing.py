"""Placing a call of an exchange: on the first span that has a channel for it, or from an analog line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trunkbench.dialling import dialable
from trunkbench.errors import NotOnThisBench, UsageError
from trunkwire.q931.call import SetupRequest
from trunkwire.q931.causes import Cause
from trunkwire.q931.errors import NoChannelAvailable

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.exchange import Exchange
    from trunkbench.path import Path
    from trunkbench.span import SpanEnd
    from trunkwire.q931.call import Call as Q931Call


def place(
    exchange: Exchange, call: Call, spans: Sequence[SpanEnd], request: SetupRequest, *, insist: bool
) -> None:
    """SETUP on the first of the spans that has room; with no circuit free the call ends here (cause 34)."""
    for each in spans:
        try:
            q931 = each.control.setup(request, exchange.now, insist=insist)
        except NoChannelAvailable:
            continue
        _begin(exchange, call, each, q931)
        each.drain()
        return
    exchange.timeline.call(exchange.now, exchange.end, call.index, "no circuit", called=call.called)
    exchange.finish(call, Cause.NO_CIRCUIT)


def dial_from(exchange: Exchange, line: str, called: str, *, withheld: bool) -> Call:
    """Dial from an analog line: off hook, and as soon as there is dial tone, the digits.

    Raises UsageError for a line that this end has no set on, NotOnThisBench for a number to be withheld: the
    exchange has no code for that. The call of a line that is off the hook already
    ends here, with cause 34.
    """
    exchange.pump.check_open()
    end = exchange.analog.get(line)
    if end is None or exchange.end == "near":
        there = ", ".join(exchange.analog) if exchange.end == "far" and exchange.analog else "none"
        raise UsageError(f"line {line!r}: the {exchange.end} end has no such set; it has {there}")
    if withheld:
        raise NotOnThisBench(f"line {line}: the exchange has no code by which a line withholds its number")
    called = dialable(called)
    call = exchange.new_call(outgoing=True, called=called, caller=line)
    try:
        q931 = end.control.setup(SetupRequest(called=called, calling=line), exchange.now)
    except NoChannelAvailable as error:
        exchange.timeline.note(exchange.now, end.name, str(error))
        exchange.finish(call, Cause.NO_CIRCUIT)
        return call
    _begin(exchange, call, end, q931)
    exchange.lines.to_trunk(call)
    end.drain()
    return call


def _begin(exchange: Exchange, call: Call, path: Path, q931: Q931Call) -> None:
    call.q931, call.span = q931, path
    q931.user_data = call
    exchange.note_channel(call)
    exchange.timeline.call(
        exchange.now, exchange.end, call.index, "dialled", called=call.called, channel=call.channel
    )
