"""LAPD on a D channel (Q.921): frames, the tables of links and TEI management, the machines that run them.

`LapdLink` is one end of one data link connection, all that a PRI needs. `LapdEntity` is layer 2 of one end of
a D channel: several links, broadcast, TEI management. Feed it, drain `poll_output`, ask `next_deadline`.
"""

from __future__ import annotations

from trunkwire.lapd.entity import LapdEntity
from trunkwire.lapd.events import (
    GROUP_TEI,
    AssignWanted,
    Counters,
    Data,
    EntityOutput,
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
    TeiAssigned,
    TeiRemoved,
    Transmit,
    UnitData,
)
from trunkwire.lapd.link import LapdLink

__all__ = [
    "GROUP_TEI",
    "AssignWanted",
    "Counters",
    "Data",
    "EntityOutput",
    "Error",
    "ErrorCode",
    "Established",
    "Event",
    "Exchange",
    "LapdEntity",
    "LapdLink",
    "LapdMisuse",
    "LapdSettings",
    "Output",
    "Released",
    "State",
    "TeiAssigned",
    "TeiRemoved",
    "Transmit",
    "UnitData",
]
