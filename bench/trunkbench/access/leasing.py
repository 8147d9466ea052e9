"""Leased channels by the configuration: which timeslots of which span, and at which hours.

`[[access.leased]]` says so. Without hours a channel is connected for good (nailed up); with them it is
semi-permanent: connected at those hours of line time, which begins at `[access] starts`, and for calls at all
others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from trunkbench.access.config import AccessConfig, LeasedTable, hours_of, time_of_day
from trunkbench.access.services import Hours
from trunkwire.ticks import Tick

if TYPE_CHECKING:
    from trunkbench.spanconfig import SpanConfig


@dataclass(frozen=True, slots=True)
class Leases:
    """The leased timeslots of one span: their hours, or None for those that are connected for good."""

    hours: Mapping[int, Hours | None] = field(default_factory=lambda: MappingProxyType({}))
    starts: Tick = 0
    """The time of day at which line time begins."""

    @property
    def permanent(self) -> frozenset[int]:
        """The timeslots that never carry a call."""
        return frozenset(slot for slot, hours in self.hours.items() if hours is None)

    @property
    def away_at_first(self) -> int:
        """How many of the others are connected when line time begins."""
        return sum(hours is not None and hours.holds(self.starts) for hours in self.hours.values())


NONE = Leases()


def leases_on(access: AccessConfig | None, span: str) -> Leases:
    """The leased timeslots of a span."""
    tables = () if access is None else [table for table in access.leased if table.span == span]
    if access is None or not tables:
        return NONE
    hours = {slot: _hours(table) for table in tables for slot in table.channels}
    return Leases(MappingProxyType(dict(sorted(hours.items()))), time_of_day(access.starts))


def lease_contradictions(access: AccessConfig, spans: Sequence[SpanConfig]) -> Iterator[str]:
    """What the leases say against the spans and against each other; spans that are not there are told of
    elsewhere.
    """
    by_name = {span.name: span for span in spans}
    counted = Counter((table.span, slot) for table in access.leased for slot in table.channels)
    for index, table in enumerate(access.leased):
        path, span = f"leased[{index}]", by_name.get(table.span)
        if table.hours is not None and (hours := hours_of(table.hours)).begin == hours.end:
            yield f"{path}.hours: {table.hours} is no time at all; leave the key out to connect it for good"
        for slot in dict.fromkeys(table.channels):
            if counted[table.span, slot] > 1:
                yield f"{path}.channels: timeslot {slot} of {table.span!r} is leased more than once"
            if span is not None and slot not in span.slots:
                what = "carries its D channel" if slot == span.d_channel else "is none of its B channels"
                yield f"{path}.channels: timeslot {slot} of span {table.span!r} {what}"
        if span is not None and span.is_bus:
            yield f"{path}.span: {table.span!r} is a bus: its terminals share the channels"
    for span in spans:
        permanent = leases_on(access, span.name).permanent
        if permanent and permanent >= set(span.slots):
            yield f"leased: every channel of span {span.name!r} is leased for good: none is left for calls"


def _hours(table: LeasedTable) -> Hours | None:
    return None if table.hours is None else hours_of(table.hours)
