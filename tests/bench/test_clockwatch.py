"""The clocks of several ports beside the reference."""

from __future__ import annotations

import pytest

from trunkbench.clockwatch import ClockWatch
from trunkbench.ports.audio import Drift
from trunkwire.ticks import SAMPLE, SECOND


class Card:
    """A port that counts, `fast` millionths too fast, from sample `begin` on."""

    def __init__(self, name: str, fast: float = 0.0, begin: int = 0) -> None:
        self.name = name
        self._fast = fast
        self._begin = begin
        self.now = 0

    def counted(self) -> int:
        samples = int(self.now / SAMPLE * (1 + self._fast / 1e6)) + self._begin
        return samples // 160 * 160 * SAMPLE  # cards count in blocks

    def lost(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        return []


def watch_for(seconds: int, *cards: Card) -> ClockWatch:
    watch = ClockWatch(cards)
    for second in range(1, seconds + 1):
        for card in cards:
            card.now = second * SECOND
        deadline = watch.next_deadline()
        if deadline is not None and deadline <= second * SECOND:
            watch.handle_timer(second * SECOND)
    return watch


def test_one_port_has_nobody_to_be_compared_with() -> None:
    watch = watch_for(5, Card("only"))
    assert watch.next_deadline() is None
    assert watch.report() == []
    assert ClockWatch([object()]).report() == []


def test_the_offset_and_the_rate_of_each_port_beside_the_first() -> None:
    watch = watch_for(4000, Card("a"), Card("b", begin=320), Card("c", fast=-250.0))
    assert watch.drifts[0].offset == 320
    rate = watch.drifts[1].ppm
    assert rate is not None
    assert rate[0] == pytest.approx(-250, abs=rate[1])
    same, slow = watch.report()
    assert same == "clock of b: +320 samples beside the reference, +0 ± 10 ppm"
    assert slow.startswith("clock of c: -")
    assert "let one end recover its clock from the line" in slow


def test_a_short_comparison_accuses_nobody() -> None:
    (line,) = watch_for(3, Card("a"), Card("b", fast=20_000.0)).report()
    assert "recover" not in line


def test_a_drift_that_has_not_been_watched_for_a_second_is_not_told() -> None:
    drift = Drift()
    assert drift.ppm is None
    drift.note(0, 5)
    drift.note(7999, 8004)
    assert drift.ppm is None
    assert drift.offset == 5
    drift.note(8000, 8085)
    assert drift.ppm == (80 / 8000 * 1e6, 320 / 8000 * 1e6)
