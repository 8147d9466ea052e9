"""Audio whose octets tell who speaks and which sample they are, and how what was heard is compared to it."""

from __future__ import annotations

import random
from collections.abc import Sequence

from portrigs import Rig, RigEnd

from trunkwire.ticks import SAMPLE

PERIOD = 16_384
"""Two seconds: more than any delay that is looked for."""


class Voice:
    """A source of random octets, all 256 values among them, repeated only after `PERIOD` samples."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._octets = random.Random(number).randbytes(PERIOD)
        assert len(set(self._octets)) == 256

    def __repr__(self) -> str:
        return f"Voice({self.number})"

    def __call__(self, first: int, n: int) -> bytes:
        """`n` octets from sample `first` on."""
        at = first % PERIOD
        return (self._octets * ((at + n) // PERIOD + 1))[at : at + n]


Plan = Sequence[tuple[int, Voice | None]]
"""(first sample, who speaks from there on), in order."""


def planned(plan: Plan, idle: int, first: int, n: int) -> bytes:
    """What the plan means for samples `first` … `first` + n - 1."""
    starts = [*(start for start, _ in plan), first + n]
    before = min(max(starts[0] - first, 0), n)
    parts = [bytes((idle,)) * before]
    for (start, voice), end in zip(plan, starts[1:], strict=True):
        begin, stop = max(start, first), min(end, first + n)
        if begin < stop:
            count = stop - begin
            parts.append(bytes((idle,)) * count if voice is None else voice(begin, count))
    return b"".join(parts)


def delay_of(heard: bytes, plan: Plan, idle: int, first: int, most: int) -> int | None:
    """By how many samples (0 to `most`) what was heard from `first` on is late; None: it differs."""
    expected = planned(plan, idle, first - most, most + len(heard))
    for delay in range(most + 1):
        at = most - delay
        if expected[at : at + len(heard)] == heard:
            return delay
    return None


def hear(end: RigEnd, slot: int, first: int) -> bytes:
    """Everything heard on a slot from sample `first` up to the horizon."""
    return end.port.heard(slot, first, end.port.horizon(slot) // SAMPLE - first)


def assert_carried(rig: Rig, end: RigEnd, slot: int, plan: Plan, first: int, idle: int = 0xD5) -> int:
    """What `end` has heard from sample `first` on is the plan, with one delay all along; that delay."""
    heard = hear(end, slot, first)
    assert len(heard) > 400, f"timeslot {slot} at the {end.name} end: only {len(heard)} octets have come"
    most = rig.most_delay // SAMPLE
    delay = delay_of(heard, plan, idle, first, most)
    assert delay is not None, (
        f"timeslot {slot} at the {end.name} end, {len(heard)} octets from sample {first} on: "
        + _nearest(heard, plan, idle, first, most)
    )
    return delay


def _nearest(heard: bytes, plan: Plan, idle: int, first: int, most: int) -> str:
    """Where the delay that fits best stops to fit, for the message."""
    expected = planned(plan, idle, first - most, most + len(heard))

    def agrees(delay: int) -> int:
        return next(
            (k for k in range(len(heard)) if heard[k] != expected[most - delay + k]),
            len(heard),
        )

    best = max(range(most + 1), key=agrees)
    return f"with a delay of {best} samples they agree up to sample {first + agrees(best)} only"
