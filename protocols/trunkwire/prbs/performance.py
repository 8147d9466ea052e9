"""Error performance of a 64 kbit/s channel: errored and severely errored seconds, available time (G.821).

G.826 (2002) takes the same events for channels below the primary rate. A second is errored with one bit
error or more; severely errored when one bit in a thousand is wrong, or the pattern was lost. Ten severely
errored seconds in a row begin unavailable time, and ten in a row that are not end it; both tens belong to
what they begin (G.821 Annex A).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SEVERE = 1e-3
"""The bit error ratio from which on a second is severely errored."""

TURN = 10
"""Seconds in a row that begin, or end, unavailable time."""


@dataclass(slots=True)
class Second:
    """What happened in one second: bits compared, errors among them, bits without the pattern, slips."""

    bits: int = 0
    errors: int = 0
    lost: int = 0
    slips: int = 0

    @property
    def measured(self) -> bool:
        """Whether anything is known of it."""
        return self.bits + self.lost > 0

    @property
    def errored(self) -> bool:
        """Whether not everything came as it was sent."""
        return bool(self.errors or self.lost or self.slips)

    @property
    def severely_errored(self) -> bool:
        """Whether the bit error ratio reached one in a thousand, or the pattern was lost."""
        return self.lost > 0 or (self.errors > 0 and self.errors >= SEVERE * self.bits)


@dataclass(frozen=True, slots=True)
class Performance:
    """Counts of seconds. Errored and severely errored ones are those of available time only."""

    seconds: int
    errored: int
    severely_errored: int
    unavailable: int

    @property
    def available(self) -> int:
        """Seconds of available time."""
        return self.seconds - self.unavailable

    @property
    def errored_ratio(self) -> float:
        """ESR: errored seconds to available seconds; 0 when there were none."""
        return self.errored / self.available if self.available else 0.0

    @property
    def severely_errored_ratio(self) -> float:
        """SESR: severely errored seconds to available seconds; 0 when there were none."""
        return self.severely_errored / self.available if self.available else 0.0


def performance(seconds: Iterable[Second]) -> Performance:
    """The counts over seconds in a row; those of which nothing is known do not count."""
    known = [second for second in seconds if second.measured]
    available = availability([second.severely_errored for second in known])
    counted = [second for second, there in zip(known, available, strict=True) if there]
    return Performance(
        seconds=len(known),
        errored=sum(second.errored for second in counted),
        severely_errored=sum(second.severely_errored for second in counted),
        unavailable=len(known) - len(counted),
    )


def availability(severe: Sequence[bool]) -> list[bool]:
    """For each second, severely errored or not, whether it belongs to available time."""
    state = True
    found: list[bool] = []
    run = 0
    for second in severe:
        found.append(state)
        run = run + 1 if second is state else 0
        if run == TURN:
            state = not state
            found[-TURN:] = [state] * TURN
            run = 0
    return found
