"""Line time: one integer clock for everything on a span.

A `Tick` is 1/64,000 s, the duration of one bit of a 64 kbit/s timeslot (G.703/G.704: 8,000 frames a second,
8 bits of each timeslot in a frame). It is an `int`, so that sums and comparisons are exact and runs agree.
"""

from __future__ import annotations

import re

Tick = int

SECOND: Tick = 64_000
MILLISECOND: Tick = 64
SAMPLE: Tick = 8
"""One octet of a timeslot, which is one audio sample and one E1 frame: 125 µs."""

_UNITS = {"ms": MILLISECOND, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h)\s*\Z")

Duration = str | int | float
"""A duration as a user writes it: "2s", "350 ms", "1.5m", "10h", or a number of seconds."""


def ticks(duration: Duration) -> Tick:
    """The duration in ticks, rounded to the nearest tick.

    `duration` is a text such as "2s", "350ms", "1.5m", "10h", or a number of seconds.
    Raises ValueError for any other text, a negative duration, or one that is not finite.
    """
    if isinstance(duration, str):
        match = _DURATION.match(duration)
        if match is None:
            raise ValueError(
                f"duration {duration!r}: write a number and a unit (ms, s, m, h), such as '350ms'"
            )
        return round(float(match[1]) * _UNITS[match[2]])
    if not 0 <= duration < float("inf"):
        raise ValueError(f"duration {duration!r}: must be a finite number of seconds, zero or more")
    return round(duration * SECOND)


def seconds(tick: Tick) -> float:
    """The tick count in seconds."""
    return tick / SECOND
