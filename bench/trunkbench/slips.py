"""Slips: what happens when the two ends of a line run by clocks of their own (G.822), and what to do.

A line has one master: one end makes the clock, the other recovers it from what it receives. With two masters
the receiver's buffer runs over or dry by one frame of 125 microseconds again and again, at a rate that is the
difference of the clocks. A port that notices reports each slip as a `Gap` with the cause `SLIP`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Literal

from trunkwire.ticks import SAMPLE, Tick, seconds

SLIP = "slip"
"""The cause of a `Gap` that is a slip."""

STEADY = 0.25
"""Intervals that differ from their median by no more than this share of it are periodic."""


def period(slips: Sequence[Tick]) -> Tick | None:
    """The interval of slips that come periodically; None for fewer than three, and for irregular ones."""
    gaps = [later - earlier for earlier, later in pairwise(slips)]
    if len(gaps) < 2:
        return None
    middle = int(median(gaps))
    return middle if all(abs(gap - middle) <= STEADY * middle for gap in gaps) else None


def rate(slips: Sequence[Tick]) -> str:
    """How many slips there were, how often, and what that says of the clocks; "" without slips."""
    if not slips:
        return ""
    count = f"{len(slips)} slip{'s' if len(slips) > 1 else ''}"
    every = period(slips)
    if every is None:
        return f"{count} at irregular times"
    return f"{count}, one every {seconds(every):.3g} s: the clocks differ by {SAMPLE / every * 1e6:.3g} ppm"


def explain(slips: Sequence[Tick], clock: Literal["recover", "internal"], far_is_ours: bool) -> str:
    """What slips say about the clocks of a line whose near port has that clock source; "" without slips."""
    if not slips:
        return ""
    if period(slips) is None:
        return f"{rate(slips)}: the line or the card loses frames; two masters would be periodic"
    if clock == "recover":
        who = "the far port recovers too" if far_is_ours else "so does the other end"
        return (
            f"{rate(slips)}; this port recovers its clock, and {who}: nobody is master; make one end internal"
        )
    cure = 'far_clock = "recover"' if far_is_ours else 'clock = "recover"'
    return f'{rate(slips)}; both ends are masters (this port has clock = "internal"): write {cure}'
