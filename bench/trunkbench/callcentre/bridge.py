"""Joining two calls of one exchange: what the party of one says is played into the channel of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.device import TimeBase
from trunkbench.ear import Ear
from trunkbench.end import ACROSS
from trunkwire.ticks import Tick

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkbench.call import Call

DELAY = 160
"""Samples, 20 ms: what a switch that works in blocks takes."""


class Overheard:
    """What an ear hears, `delay` samples later: a source. What is not final yet by then is silence, as from
    any device that gets its audio too late.
    """

    def __init__(self, ear: Ear, now: Callable[[], Tick], delay: int = DELAY) -> None:
        self._ear, self._now, self._delay = ear, now, delay

    def __call__(self, first: int, n: int) -> bytes:
        """`n` octets from sample `first` (on the line's axis) on."""
        begin = first - self._delay
        ready = max(min(begin + n, self._ear.final(self._now())) - begin, 0)
        return self._ear.octets(begin, ready) + self._ear.law.silent(n - ready)


def join(one: Call, other: Call) -> None:
    """Each party hears the other from now on. Both calls are active, and of one exchange."""
    exchange = one.exchange
    delay = max(_delay(one), _delay(other))
    exchange.lines.play(one, Overheard(other.ear, lambda: exchange.now, delay))
    exchange.lines.play(other, Overheard(one.ear, lambda: exchange.now, delay))


def _delay(call: Call) -> int:
    """A card hears late, and is given early what it is to say."""
    exact = call.span is None or call.span.port.caps.time is TimeBase.EXACT
    return DELAY if exact else ACROSS
