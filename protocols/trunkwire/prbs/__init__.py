"""Pattern tests of data channels at 64 kbit/s (O.150 to O.153): send a known sequence, count what comes back.

`pattern_source` sends, a `PatternMeter` receives: it finds the pattern by itself and counts bit errors,
slips and losses of synchronisation second by second (G.821); `altered` names what was done to the octets.
"""

from trunkwire.prbs.meter import BLOCK, OCTETS_A_SECOND, PatternMeter, Slip
from trunkwire.prbs.performance import Performance, Second, availability, performance
from trunkwire.prbs.search import Alteration, find
from trunkwire.prbs.sequence import (
    O151_15,
    O152_11,
    O153_9,
    O153_20,
    SEQUENCES,
    FixedOctet,
    Pattern,
    Sequence,
    pattern_named,
    pattern_source,
)
from trunkwire.prbs.transparency import altered, story

__all__ = [
    "BLOCK",
    "O151_15",
    "O152_11",
    "O153_9",
    "O153_20",
    "OCTETS_A_SECOND",
    "SEQUENCES",
    "Alteration",
    "FixedOctet",
    "Pattern",
    "PatternMeter",
    "Performance",
    "Second",
    "Sequence",
    "Slip",
    "altered",
    "availability",
    "find",
    "pattern_named",
    "pattern_source",
    "performance",
    "story",
]
