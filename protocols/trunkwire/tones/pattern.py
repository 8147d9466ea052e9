"""Cadences as patterns: does what was heard so far fit a tone of the zone, and is that enough to say so?

Heard segments may begin anywhere in a cadence, so a pattern is tried at each of its rotations that begins
with sound. What is still going on has a lower bound only, and rules out whatever would have ended by now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from trunkwire.tones.kinds import ToneKind

if TYPE_CHECKING:
    from trunkwire.tones.zones import Zone

MIN_TOLERANCE_MS = 20.0
"""Edges are measured to some milliseconds, so short segments get at least this much."""
LONG_PAUSE_MS = 2000
"""A pause at least this long is not waited for, if the sound before it fits nothing else."""
SURE_PAUSE_MS = 1000
"""How much of a long pause must have passed."""
LONGEST_PERIOD = 8


class Stretch(msgspec.Struct, frozen=True):
    """A segment as it was heard: its frequencies (none is a pause), how long, and its mean power.

    `whole`: both ends were heard, so `ms` is its length and not a lower bound. `blocks` weighs the averages.
    """

    freqs: tuple[float, ...]
    ms: float
    whole: bool
    power: float = 0.0
    blocks: int = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """A cadence with the tolerances of its zone; `kinds` are all those that sound like it."""

    kinds: tuple[ToneKind, ...]
    stretches: tuple[Stretch, ...]
    freq_tolerance_hz: float
    cadence_tolerance: float
    tolerances_ms: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        tolerances = (max(s.ms * self.cadence_tolerance, MIN_TOLERANCE_MS) for s in self.stretches)
        object.__setattr__(self, "tolerances_ms", tuple(tolerances))  # the way to derive a frozen field

    @property
    def continuous(self) -> bool:
        """Whether it never ends."""
        return not self.stretches[0].ms

    @property
    def shortcut(self) -> bool:
        """One sound and one long pause: known by the sound and the beginning of the pause."""
        return len(self.stretches) == 2 and self.stretches[1].ms >= LONG_PAUSE_MS

    def same_freqs(self, wanted: tuple[float, ...], heard: tuple[float, ...]) -> bool:
        """Whether those are the same frequencies within tolerance."""
        if len(wanted) == len(heard) == 1:
            return abs(wanted[0] - heard[0]) <= self.freq_tolerance_hz
        return len(wanted) == len(heard) and all(
            abs(w - h) <= self.freq_tolerance_hz for w, h in zip(wanted, heard, strict=True)
        )

    def most(self, ms: float) -> float:
        """The longest that still counts as `ms`."""
        return ms + max(ms * self.cadence_tolerance, MIN_TOLERANCE_MS)

    def fits(self, position: int, heard: Stretch) -> bool:
        """Whether what was heard can be the stretch at that position (counted on through the repetitions)."""
        position %= len(self.stretches)
        wanted, tolerance = self.stretches[position], self.tolerances_ms[position]
        if not wanted.freqs:
            if heard.freqs:
                return False
        elif not self.same_freqs(wanted.freqs, heard.freqs):
            return False
        return heard.ms - wanted.ms <= tolerance and (not heard.whole or wanted.ms - heard.ms <= tolerance)

    def rotation(self, heard: Sequence[Stretch], going: Stretch | None) -> int | None:
        """Where in the cadence the first heard stretch is, if all of them fit; None if they do not."""
        for start, first in enumerate(self.stretches):
            if not first.freqs:
                continue
            for position, stretch in enumerate(heard, start):
                if not self.fits(position, stretch):
                    break
            else:
                if going is None or self.fits(start + len(heard), going):
                    return start
        return None


def patterns_of(zone: Zone) -> tuple[Pattern, ...]:
    """The distinct patterns of a zone, in its order."""
    patterns: list[Pattern] = []
    seen: set[ToneKind] = set()
    for kind, spec in zone.tones.items():
        if kind not in seen:
            kinds = zone.alike(kind)
            seen.update(kinds)
            stretches = tuple(Stretch(s.freqs, s.ms, True) for s in spec.segments)
            patterns.append(Pattern(kinds, stretches, zone.freq_tolerance_hz, zone.cadence_tolerance))
    return tuple(patterns)


def _alike(first: Stretch, second: Stretch) -> bool:
    """Whether two heard stretches can be the same part of a cadence of any kind."""
    if len(first.freqs) != len(second.freqs):
        return False
    if any(abs(a - b) > 12 for a, b in zip(first.freqs, second.freqs, strict=True)):
        return False
    slack = max(0.1 * max(first.ms, second.ms), MIN_TOLERANCE_MS)
    longer = (not first.whole and first.ms <= second.ms) or (not second.whole and second.ms <= first.ms)
    return longer or abs(first.ms - second.ms) <= slack


def period(
    heard: Sequence[Stretch], going: Stretch | None, shorter_than: int = LONGEST_PERIOD + 1
) -> int | None:
    """After how many stretches what was heard repeats; None if it does not, or did not get that far."""
    everything = [*heard, going] if going is not None else list(heard)
    for n in range(2, shorter_than):
        if len(heard) > n and all(_alike(a, b) for a, b in zip(everything, everything[n:], strict=False)):
            return n
    return None


def enough(pattern: Pattern, heard: Sequence[Stretch], going: Stretch | None) -> bool:
    """Whether stretches that fit only this pattern are evidence of it.

    A plain on/off cadence needs on, off, on; one with a long pause the sound and some of the pause. A longer
    cadence needs all but one of its stretches, and must have shown that it is not a plain one.
    """
    size = len(pattern.stretches)
    if size == 2:
        if len(heard) >= 3:
            return True
        paused = going is not None and not going.freqs and going.ms >= SURE_PAUSE_MS
        return pattern.shortcut and len(heard) == 1 and heard[0].whole and paused
    return len(heard) >= size - 1 and period(heard, going, size) is None
