"""The verdict on one direction of a leased channel: what was measured, and all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trunkwire.prbs import (
    OCTETS_A_SECOND,
    Alteration,
    Performance,
    Sequence,
    Slip,
    altered,
    performance,
    story,
)
from trunkwire.ticks import SAMPLE, Tick, seconds

if TYPE_CHECKING:
    from trunkbench.leased.channel import LeasedChannel
    from trunkbench.leased.leasing import Leasing
    from trunkbench.leased.patterntest import Direction

MOST_TOLD = 3
"""Slips and interruptions that are told one by one."""


@dataclass(frozen=True, slots=True)
class LeasedVerdict:
    """What one direction of a channel carried. `findings` is empty when everything came as it was sent."""

    span: str
    channel: int
    """The timeslot."""
    direction: str
    """"near to far", "far to near", or "looped back"."""
    pattern: str
    bits: int
    errors: int
    slips: tuple[Slip, ...]
    losses: int
    """How often synchronisation was lost."""
    lost: Tick
    """For how long, together."""
    performance: Performance
    """Errored and severely errored seconds, unavailable time (G.821)."""
    delay: Tick | None
    """How late the pattern came, by the ports' own axes; looped back, there and back."""
    hears: str
    """Whose pattern came: "far E1:31"; "" when that is not known."""
    alteration: str
    """What was done to the octets on the way, in words; "" for nothing."""
    findings: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the channel carried every octet as it was sent, and to where it should."""
        return not self.findings

    @property
    def ratio(self) -> float:
        """The bit error ratio; 0 when nothing was compared."""
        return self.errors / self.bits if self.bits else 0.0

    def describe(self) -> str:
        """One line for people."""
        where = f"{self.span}:{self.channel} {self.direction}, {self.pattern}"
        if self.findings:
            return f"{where}: {'; '.join(self.findings)}"
        late = "" if not self.delay else f", {seconds(self.delay) * 1000:.3f} ms late"
        return f"{where}: {self.bits:,} bits without error{late}"


def not_connected(channel: LeasedChannel) -> LeasedVerdict:
    """The verdict on a channel that should be connected and is not."""
    finding = f"not connected: {channel.why_not()}"
    return LeasedVerdict(
        channel.span,
        channel.channel,
        "both ways",
        "",
        0,
        0,
        (),
        0,
        0,
        performance(()),
        None,
        "",
        "",
        (finding,),
    )


def judge(direction: Direction) -> LeasedVerdict:
    """The verdict, once everything has arrived and the meter was flushed."""
    meter, channel = direction.meter, direction.test.channel
    places = _Places(direction)
    alteration = meter.alteration.text if meter.alteration is not Alteration.NONE else ""
    alteration = alteration or altered(list(meter.errored)) or ""
    findings = [f"not transparent: {alteration}"] if alteration else []
    slips: list[Slip] = []
    findings += [*places.findings(slips), *_findings(direction)]
    return LeasedVerdict(
        span=channel.span,
        channel=channel.ends[direction.end][1],
        direction=direction.name,
        pattern=meter.pattern.name,
        bits=meter.bits,
        errors=meter.errors,
        slips=tuple(slips),
        losses=len(meter.losses),
        lost=meter.lost * SAMPLE,
        performance=meter.performance(),
        delay=places.last.delay,
        hears=places.last.whose,
        alteration=alteration,
        findings=tuple(findings),
    )


def _findings(direction: Direction) -> Iterator[str]:
    """What is wrong beside the place of the pattern."""
    meter = direction.meter
    unknown = story(meter.pattern, np.concatenate(list(meter.unmatched))) if meter.unmatched else ""
    if meter.origin is None:
        if not meter.position:
            yield "nothing was measured"
        elif direction.missing >= meter.position:
            yield "nothing was measured: the ports lost all of it"
        else:
            yield f"the pattern never came: {unknown or 'too little was received'}"
        return
    if meter.errors:
        word = "error" if meter.errors == 1 else "errors"
        yield f"{meter.errors:,} bit {word} in {meter.bits:,} bits ({meter.errors / meter.bits:.1e})"
    if meter.losses:
        first = meter.losses[0] / OCTETS_A_SECOND
        lasted = meter.lost / OCTETS_A_SECOND
        times = "once" if len(meter.losses) == 1 else f"{len(meter.losses)} times"
        back = "" if meter.in_sync else ", and it has not come back"
        yield (
            f"the pattern was lost {times}, first after {first:.3f} s, for {lasted:.3f} s in all{back}: "
            f"{unknown or 'something else was received'}"
        )
    found = meter.performance()
    if found.errored or found.unavailable:
        away = f", {found.unavailable} unavailable" if found.unavailable else ""
        yield (
            f"of {found.seconds} seconds {found.errored} errored, "
            f"{found.severely_errored} severely{away} (G.821)"
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the pattern stood: whose it is by that (a mark; None is unknown), and how late it came."""

    mark: int | None
    whose: str
    delay: Tick | None
    turned: int = 0


class _Places:
    """Where the pattern stood, first and after each slip."""

    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        meter = direction.meter
        late = meter.late
        self.places: list[_Place] = []
        if late is not None and isinstance(meter.pattern, Sequence):
            # On the line's own axis: there all sources begin at sample 0.
            late += direction.start
            self.places.append(self._place(late))
            for slip in reversed(meter.slips):
                late -= slip.octets + slip.bits * meter.pattern.eighth
                self.places.insert(0, self._place(late))

    @property
    def last(self) -> _Place:
        """Where it stood in the end."""
        return self.places[-1] if self.places else _Place(None, "", None)

    def findings(self, slips: list[Slip]) -> Iterator[str]:
        """What is wrong with the places; `slips` gets the moves that were slips, not another's pattern."""
        direction = self._direction
        meter, channel = direction.meter, direction.test.channel
        if not isinstance(meter.pattern, Sequence):
            slips += meter.slips
            if meter.late:
                yield f"the octets were turned by {meter.late} bits"
            return
        wanted = 2 * channel.index + (direction.speaker == "far")
        if self.places and direction.test.plan.spacing and self.places[0].mark != wanted:
            yield self._foreign(self.places[0])
        for slip, before, after in zip(meter.slips, self.places, self.places[1:], strict=False):
            when = f"after {slip.at / OCTETS_A_SECOND:.3f} s"
            if before.mark == after.mark or after.mark is None or before.mark is None:
                slips.append(slip)
                if len(slips) <= MOST_TOLD:
                    yield f"{slip.describe()} {when}"
            elif after.mark == wanted:
                yield f"{when} it hears {after.whose} again"
            else:
                yield f"{when} {self._foreign(after)}"
        if len(slips) > MOST_TOLD:
            yield f"{len(slips)} slips in all"
        if self.last.turned:
            yield f"the octets are not where they were: moved by {self.last.turned} bits"

    def _foreign(self, place: _Place) -> str:
        if place.mark is None:
            return "the pattern comes at a place that no channel has"
        channel, end = self._leasing.whose(place.mark)
        own = channel is self._direction.test.channel and end == self._direction.end
        return "looped back: it hears itself" if own else f"crossed: it hears {place.whose}"

    @property
    def _leasing(self) -> Leasing:
        return self._direction.test.channel.leasing

    def _place(self, late: int) -> _Place:
        plan, pattern = self._direction.test.plan, self._direction.meter.pattern
        assert isinstance(pattern, Sequence)
        if not plan.spacing:
            return _Place(None, "", late % pattern.period * SAMPLE)
        for turned in range(8):
            begun = (late + plan.early - turned * pattern.eighth) % pattern.period
            mark, delay = divmod(begun, plan.spacing)
            if delay <= plan.room and mark < 2 * len(self._leasing.channels):
                channel, end = self._leasing.whose(mark)
                return _Place(mark, channel.party(end), (delay - plan.early) * SAMPLE, turned)
        return _Place(None, "", None)
