"""Supervision by tone: how a PBX on an analog line notices that nobody is there.

An exchange lets go of a line by opening the feed (GR-506-CORE), which the set sees by itself. A caller who
hangs up in the moment of the answer is gone before the exchange has seen the loop closed: then the line has
seized the exchange, and hears dial tone, later busy tone. Whoever hears such a tone from the exchange talks
to nobody (ITU-T E.180).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.ear import BLOCK, BLOCK_SAMPLES
from trunkwire.ticks import SECOND, Tick
from trunkwire.tones import BUSY, CONGESTION, DIAL, HOWLER, UNOBTAINABLE, CadenceTracker, HeardTone

if TYPE_CHECKING:
    from trunkbench.call import Call

WATCH_EVERY: Tick = SECOND // 2
"""How often the line is listened to: a cadence takes longer than that."""

RELEASE_TONES = frozenset({DIAL, BUSY, CONGESTION, UNOBTAINABLE, HOWLER})


class ToneWatch:
    """Listens to the line of a call from now on."""

    def __init__(self, call: Call) -> None:
        self._call = call
        hearing = call.exchange.lines.hearing
        self._tracker = CadenceTracker(hearing.zone, hearing.law, -(-call.exchange.now // BLOCK))

    def heard_nobody(self) -> bool:
        """Whether the line has heard a tone since this was asked last that says that nobody is there."""
        call = self._call
        first = self._tracker.next_block
        n = call.last_sample() // BLOCK_SAMPLES - first
        if n <= 0:
            return False
        octets = call.ear.octets(first * BLOCK_SAMPLES, n * BLOCK_SAMPLES)
        heard = self._tracker.feed(call.exchange.lines.hearing.analyser.analyse(octets))
        return any(
            isinstance(sound, HeardTone) and RELEASE_TONES.intersection(sound.kinds) for sound in heard
        )
