"""A bus in bad weather: calls at random on a line that loses, corrupts and cuts, and nothing is left."""

from __future__ import annotations

import random

import pytest

from trunkbench.bench import Bench
from trunkbench.bri.end import NetworkEnd
from trunkbench.call import Call
from trunkbench.config import Depth, packaged_config
from trunkbench.device import LineFault
from trunkbench.stories import Story
from trunkwire.ticks import SECOND

pytestmark = pytest.mark.long

CALLS = 12
PHONES = ("hall", "kitchen", "office")
NUMBERS = ("200", "201", "202", "203", "204")


def weather(rng: random.Random, bench: Bench) -> None:
    """Faults on both directions of the bus for a minute."""
    start = bench.pump.now + SECOND
    for port in (bench.trunk.near[0].port, bench.trunk.far[0].port):
        lost = tuple(sorted(rng.sample(range(1, 200), 25)))
        port.insert(LineFault("frame-drop", start, 60 * SECOND, 3, lost))
        for _ in range(3):
            at = start + rng.randrange(40 * SECOND)
            port.insert(LineFault("bit-error-rate", at, SECOND // 2, None, (2000, rng.randrange(1000))))
        for _ in range(8):
            port.insert(LineFault("frame-corrupt", start, 60 * SECOND, 3, (rng.randrange(1, 200), 20)))
        if rng.random() < 0.5:
            lasts = rng.choice((SECOND // 50, SECOND // 2, 5 * SECOND))
            port.insert(LineFault("cut", start + rng.randrange(40 * SECOND), lasts))


def storm(seed: int, depth: Depth) -> tuple[str, list[str], list[Call]]:
    """Calls both ways at random under the faults; digest, audit, and all calls."""
    rng = random.Random(seed)
    with Bench.from_config(packaged_config("bri.toml"), depth=depth, seed=seed) as bench:
        for number in NUMBERS:
            bench.far.number(number).answers(after=rng.choice((0, 1, 3)))
        bench.far.terminal("kitchen").number("200").busy()
        bench.near.number("1000").answers(after=1)
        weather(rng, bench)

        async def one(at: float, out: bool, lasts: float) -> None:
            await bench.sleep(at)
            if out:
                call = bench.far.terminal(rng.choice(PHONES)).dial("1000")
            else:
                call = bench.near.dial(rng.choice(NUMBERS), span="bus", bearer=rng.choice(("speech", "64k")))
            await bench.sleep(lasts)
            call.hang_up()

        stories: list[Story] = [
            one(rng.uniform(0, 50), rng.random() < 0.4, rng.uniform(0.01, 15)) for _ in range(CALLS)
        ]
        bench.run(*stories)
        bench.run_for("100s")
        audit = bench.audit()
        network = bench.trunk.near[0]
        assert isinstance(network, NetworkEnd)
        calls = [*bench.near.calls, *bench.far.calls]
        again = bench.near.dial("201", span="bus")  # whatever happened, the hall can be called now
        bench.run_until(again.active, within="10s")
        again.hang_up()
        bench.run_until(again.cleared, within="10s")
        return bench.digest(), audit + bench.audit(), calls


@pytest.mark.parametrize("seed", range(4))
def test_after_a_storm_everything_is_idle_and_both_sides_agree(seed: int) -> None:
    _, audit, calls = storm(seed, "event")
    assert audit == []
    assert sum(call.outgoing for call in calls) == CALLS
    assert all(call.cleared and call.cause is not None for call in calls)


def test_a_storm_is_the_same_storm_as_bits() -> None:
    assert storm(3, "event")[:2] == storm(3, "bits")[:2]
