"""Slips that the driver of a DAHDI card has counted (G.822), as gaps.

SPANSTAT does not carry the count, sysfs neither; /proc/dahdi/N does, in a line "Timing slips: n" that is left
out while n is 0. The card's driver counts both directions in one, and begins anew when the span has an alarm.
Drivers of 2.11.1 that count: wct4xxp, wcte43x, wcte13xp.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from trunkbench.device import Gap
from trunkbench.ports.dahdi_driver import Driver
from trunkbench.slips import SLIP
from trunkwire.ticks import Tick

LOOK_EVERY_S = 0.1
"""How finely slips are dated; two clocks that G.703 allows (100 ppm apart) slip every 1.25 s."""

_COUNT = re.compile(r"^\tTiming slips: (\d+)$", re.MULTILINE | re.ASCII)


def timing_slips(status: str) -> int:
    """The count in the text of /proc/dahdi/N; 0 where it has none."""
    found = _COUNT.search(status)
    return int(found[1]) if found else 0


class SlipWatch:
    """Looks at a span's count now and then. `total` is what has come since the port was opened."""

    def __init__(self, driver: Driver, number: int, monotonic: Callable[[], float]) -> None:
        self.total = 0
        self._driver = driver
        self._number = number
        self._monotonic = monotonic
        self._looked_at = monotonic()
        self._last = timing_slips(driver.status_text(number))

    def look(self, now: Tick, slots: Iterable[tuple[int, int]]) -> list[Gap]:
        """A gap for each of the (timeslot, its next sample) if the line has slipped since the last look."""
        at = self._monotonic()
        if at - self._looked_at < LOOK_EVERY_S:
            return []
        self._looked_at = at
        count = timing_slips(self._driver.status_text(self._number))
        new = count - self._last if count >= self._last else count
        self._last = count
        self.total += new
        return [Gap(now, slot, sample, new, SLIP) for slot, sample in slots] if new else []
