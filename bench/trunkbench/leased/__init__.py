"""Leased channels on the line: timeslots connected for data, and whether they carry what is sent on them.

`bench.leased` has them. `channel.test()` sends a pattern in both directions and measures what comes;
`measure_leased(bench, "10s")` does so on all of them at once and gives a verdict for each direction.
"""

from trunkbench.leased.channel import LeasedChannel
from trunkbench.leased.leasing import Leasing
from trunkbench.leased.measuring import measure_leased
from trunkbench.leased.patterntest import PatternTest
from trunkbench.leased.verdict import LeasedVerdict

__all__ = ["LeasedChannel", "LeasedVerdict", "Leasing", "PatternTest", "measure_leased"]
