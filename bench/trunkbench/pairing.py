"""Who is at the other end of a call that has passed through somebody else's switch.

Where a device or a carrier stands between the two ends (topologies `through-dut` and `carrier`), a call is on
one channel here and on another there. Its other half is found by the calling number, and where the switch
does not pass that on, by what the two parties hear: each the identification tone of the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkwire.ticks import SAMPLE, SECOND, Tick
from trunkwire.tones import BLOCK_SAMPLES, Ident

if TYPE_CHECKING:
    from trunkbench.call import Call

SETTLING: Tick = SECOND // 10
"""How long after it was connected a line may take to hear its party: 100 ms."""

LISTENED_BLOCKS = 25


def other_half(call: Call) -> Call | None:
    """The handle of the other end on the same call; None if there is none, or it cannot be told."""
    beyond = call.exchange.beyond
    if beyond is None:
        return None
    there = [
        other for other in beyond.calls if other.outgoing is not call.outgoing and other.slot is not None
    ]
    by_number = [other for other in there if _same_number(other.caller, call.caller)]
    if len(by_number) == 1:
        return by_number[0]
    heard = _heard(call)
    mine = _own_tone(call)
    mutual = [other for other in there if heard is not None and _own_tone(other) == heard]
    mutual = [other for other in mutual if _heard(other) == mine]
    return mutual[0] if len(mutual) == 1 else None


def _same_number(one: str, other: str) -> bool:
    """Whether a switch may have made one number of the other, by adding or taking away a prefix."""
    return bool(one) and bool(other) and (one.endswith(other) or other.endswith(one))


def _own_tone(call: Call) -> Ident | None:
    if call.span is None or call.slot is None:
        return None
    return Ident(call.end, call.span.index, call.span.identified_by(call.slot))


def _heard(call: Call) -> Ident | None:
    """The identification tone that the line hears soon after it was connected."""
    if call.active_at is None:
        return None
    first = -(-(call.active_at + SETTLING) // SAMPLE // BLOCK_SAMPLES)
    n = min(call.last_sample() // BLOCK_SAMPLES - first, LISTENED_BLOCKS)
    if n <= 0:
        return None
    octets = call.ear.octets(first * BLOCK_SAMPLES, n * BLOCK_SAMPLES)
    return call.exchange.lines.hearing.meter.identify(octets)
