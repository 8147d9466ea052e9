"""The timers of Q.931 and how long they may run (tables 9-1 and 9-2), written for the tester."""

from __future__ import annotations

from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

_S = SECOND


_VALUES: dict[str, tuple[tuple[Tick, Tick], tuple[Tick, Tick]]] = {
    # timer: (user side, table 9-2), (network side, table 9-1); shortest and longest
    "T301": ((180 * _S, 300 * _S), (180 * _S, 300 * _S)),
    "T302": ((15 * _S, 15 * _S), (10 * _S, 15 * _S)),
    "T303": ((4 * _S, 4 * _S), (4 * _S, 4 * _S)),
    "T304": ((30 * _S, 30 * _S), (20 * _S, 20 * _S)),
    "T305": ((30 * _S, 30 * _S), (30 * _S, 30 * _S)),
    "T306": ((30 * _S, 30 * _S), (30 * _S, 30 * _S)),
    "T308": ((4 * _S, 4 * _S), (4 * _S, 4 * _S)),
    "T309": ((6 * _S, 90 * _S), (6 * _S, 90 * _S)),
    "T310": ((30 * _S, 120 * _S), (10 * _S, 10 * _S)),
    "T313": ((4 * _S, 4 * _S), (4 * _S, 4 * _S)),
    "T316": ((120 * _S, 120 * _S), (120 * _S, 120 * _S)),
    "T322": ((4 * _S, 4 * _S), (4 * _S, 4 * _S)),
}


def span_of(name: str, role: Side) -> tuple[Tick, Tick]:
    """The shortest and the longest value that the Recommendation has for the timer on that side."""
    return _VALUES[name][role is Side.NETWORK]
