"""A card delivers late: what it has not delivered yet is not final, wherever the line is by then."""

from __future__ import annotations

from typing import Any, cast

from trunkbench.device import Port
from trunkbench.ear import Ear, TrunkFeed
from trunkwire.g711 import Law


class LatePort:
    """Has delivered `delivered` samples of every slot."""

    def __init__(self, delivered: int) -> None:
        self.delivered = delivered

    def horizon(self, slot: int) -> int:
        return self.delivered * 8

    def heard(self, slot: int, first: int, n: int) -> bytes:
        assert first + n <= self.delivered, "asked for what is not here"
        return b"\x2a" * n


def test_a_line_off_the_trunk_still_waits_for_the_last_samples() -> None:
    port = LatePort(700)
    ear = Ear(Law.ALAW)
    ear.connect(TrunkFeed(cast(Port, port), 1), 100 * 8)
    assert ear.final(900 * 8) == 700
    ear.connect(None, 800 * 8)
    assert ear.final(900 * 8) == 700
    assert len(ear.octets(0, ear.final(900 * 8))) == 700
    port.delivered = 799
    assert ear.final(900 * 8) == 799
    port.delivered = 800
    assert ear.final(900 * 8) == 900


def test_nothing_delivered_yet_is_final_up_to_the_connection() -> None:
    ear = Ear(Law.ALAW)
    ear.connect(TrunkFeed(cast(Port, LatePort(0)), 1), 100 * 8)
    ear.connect(None, 200 * 8)
    assert ear.final(300 * 8) == 100


def test_two_stretches_on_the_trunk_wait_for_the_earlier_one_too() -> None:
    late: Any = LatePort(150)
    ear = Ear(Law.ALAW)
    ear.connect(TrunkFeed(late, 1), 100 * 8)
    ear.connect(None, 200 * 8)
    ear.connect(TrunkFeed(cast(Port, LatePort(500)), 2), 300 * 8)
    assert ear.final(400 * 8) == 150
