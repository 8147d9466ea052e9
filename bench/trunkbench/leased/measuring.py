"""Measuring every leased channel of a bench at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.leased.verdict import LeasedVerdict, not_connected
from trunkwire.ticks import Duration

if TYPE_CHECKING:
    from trunkbench.bench import Bench
    from trunkwire.prbs import Pattern


def measure_leased(
    bench: Bench, duration: Duration = "10s", pattern: Pattern | str | None = None
) -> list[LeasedVerdict]:
    """Test every leased channel for that long, in every direction; line time goes on meanwhile.

    Channels whose hours these are not are left out; one that a call keeps from being connected is told as
    such. Raises UsageError for a pattern that there is not.
    """
    due = [channel for channel in bench.leased if channel.wanted]
    tests = {channel.index: channel.test(pattern) for channel in due if channel.since is not None}
    bench.run_for(duration)
    verdicts: list[LeasedVerdict] = []
    for channel in due:
        if channel.index in tests:
            verdicts += tests[channel.index].stop()
        else:
            verdicts.append(not_connected(channel))
    return verdicts
