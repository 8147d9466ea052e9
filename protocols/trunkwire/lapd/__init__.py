"""LAPD on a D channel (Q.921): frames, the tables of links and TEI management, the machines that run them.

`LapdLink` is one end of one data link connection, all that a PRI needs. `LapdEntity` is layer 2 of one end of
a D channel: several links, broadcast, TEI management. Feed it, drain `poll_output`, ask `next_deadline`.

The machines are imported when one is asked for, so that whoever only reads frames does not wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from trunkwire.lapd.entity import LapdEntity
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


def __getattr__(name: str) -> Any:
    """A machine, imported at its first use (PEP 562)."""
    if name == "LapdEntity":
        from trunkwire.lapd import entity

        return entity.LapdEntity
    if name == "LapdLink":
        from trunkwire.lapd import link

        return link.LapdLink
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
