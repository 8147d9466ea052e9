"""LAPD on a D channel (Q.921): frames, the connection's table, and the machine that runs it.

`LapdLink` is one end of one data link connection. Feed it, drain `poll_output`, ask `next_deadline`.
"""

from __future__ import annotations

from trunkwire.lapd.events import (
    AssignWanted,
    Counters,
    Data,
    Error,
    ErrorCode,
    Established,
    Event,
    Exchange,
    LapdMisuse,
    LapdSettings,
    Output,
    Released,
    State,
    Transmit,
    UnitData,
)
from trunkwire.lapd.link import LapdLink

__all__ = [
    "AssignWanted",
    "Counters",
    "Data",
    "Error",
    "ErrorCode",
    "Established",
    "Event",
    "Exchange",
    "LapdLink",
    "LapdMisuse",
    "LapdSettings",
    "Output",
    "Released",
    "State",
    "Transmit",
    "UnitData",
]
