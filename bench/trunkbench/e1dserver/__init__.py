"""A server of osmo-e1d's control protocol: a span of the bench for programs that know how to use an icE1usb.

So an independent stack in another process can be the device under test, with no card between it and us.
"""

from __future__ import annotations

from trunkbench.e1dserver.line import Line, bench_line, line_pair
from trunkbench.e1dserver.offer import Offer, offer_bench, offer_pair
from trunkbench.e1dserver.server import E1dServer

__all__ = ["E1dServer", "Line", "Offer", "bench_line", "line_pair", "offer_bench", "offer_pair"]
