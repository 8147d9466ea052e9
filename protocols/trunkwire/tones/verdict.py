"""Which tone the stretches of sound and pause amount to, judged against the patterns of a zone.

The judge is told each stretch that is over and asked whenever what goes on has ruled something out. Once it
has decided, it only checks that what follows fits; what does not fit begins a new tone. A tone known by a
long pause that then turns out short is taken back, and judged again by what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from trunkwire.g711 import Law
from trunkwire.tones.figures import Figures
from trunkwire.tones.heard import HeardTone
from trunkwire.tones.pattern import (
    LONG_PAUSE_MS,
    SURE_PAUSE_MS,
    Pattern,
    Stretch,
    enough,
    period,
)
from trunkwire.tones.spectrum import BLOCK_MS, dbm0_to_energy, energy_to_dbm0
from trunkwire.tones.zones import Zone

SHORTEST_CONTINUOUS_MS = 1060.0
UNKNOWN_TOLERANCE_HZ = 12.0
REMEMBERED = 24
"""Stretches kept while nothing fits."""


class Judge:
    """The verdict about one line: what was heard of the tone at hand, and every tone decided so far."""

    def __init__(self, zone: Zone, law: Law) -> None:
        self._law = law
        self._cadence_tolerance = zone.cadence_tolerance
        self._patterns = zone.patterns
        self._limits = self._continuous_limits()
        self._min_energy = dbm0_to_energy(zone.min_level_dbm0, law)
        self._tones: dict[int, HeardTone] = {}
        self._heard: list[Stretch] = []
        self._first_block = 0
        self._clear()

    def _clear(self) -> None:
        self._heard = []
        self._starts: list[int] = []  # the block in which each heard stretch began
        self._verdict: HeardTone | None = None
        self._pattern: Pattern | None = None
        self._figures: Figures | None = None
        self._shortcut = False

    def pause_marks_ms(self) -> list[float]:
        """How long a pause must last to rule something out, or in."""
        pauses = [p.most(s.ms) for p in self._patterns for s in p.stretches if not s.freqs]
        return [*pauses, float(SURE_PAUSE_MS), float(LONG_PAUSE_MS)]

    def sound_marks_ms(self) -> list[float]:
        """How long a sound must last to rule something out, or in."""
        sounds = [p.most(s.ms) for p in self._patterns for s in p.stretches if s.freqs and s.ms]
        return [*sounds, *self.continuous_marks_ms()]

    def continuous_marks_ms(self) -> list[float]:
        """How long a sound must last to be part of no cadence, whatever its frequency."""
        return [*(limit for _, _, limit in self._limits), SHORTEST_CONTINUOUS_MS]

    def continuous_ms(self, freqs: tuple[float, ...]) -> float:
        """From how long on a sound of those frequencies is part of no cadence of the zone."""
        longest = SHORTEST_CONTINUOUS_MS
        for wanted, pattern, limit in self._limits:
            if limit > longest and pattern.same_freqs(wanted, freqs):
                longest = limit
        return longest

    def _continuous_limits(self) -> list[tuple[tuple[float, ...], Pattern, float]]:
        """For each sound that a cadence of the zone has: its frequencies and the length it never has."""
        limits: dict[tuple[float, ...], tuple[Pattern, float]] = {}
        for pattern in self._patterns:
            for sound in (s for s in pattern.stretches if s.freqs and s.ms):
                limit = pattern.most(sound.ms) + 3 * BLOCK_MS
                if limit > limits.get(sound.freqs, (pattern, 0.0))[1]:
                    limits[sound.freqs] = (pattern, limit)
        return [(freqs, pattern, limit) for freqs, (pattern, limit) in limits.items()]

    def tones(self) -> list[HeardTone]:
        """Every tone decided so far, in order, with the figures of all that was heard of it."""
        self._settle()
        return [self._tones[first] for first in sorted(self._tones)]

    def _settle(self) -> None:
        if self._verdict is not None:
            self._tones[self._first_block] = self._measured(self._verdict.decided_block)

    @property
    def listening(self) -> bool:
        """Whether something was heard that is not decided yet."""
        return bool(self._heard) and self._verdict is None

    def forget(self) -> None:
        """Nothing of what was heard belongs to what comes."""
        self._settle()
        self._clear()

    def append(self, stretch: Stretch, start_block: int) -> None:
        """A stretch that began in that block is over: check it against the verdict, if there is one."""
        if self._pattern is not None and self._figures is not None:
            if self._pattern.fits(self._figures.position, stretch) and not self._pattern.continuous:
                self._figures.add(stretch)
                self._shortcut = False
                return
            if self._shortcut:
                del self._tones[self._first_block]
                self._verdict = self._pattern = self._figures = None
            else:
                self.forget()
        if self._heard or stretch.freqs:
            self._heard.append(stretch)
            self._starts.append(start_block)

    def take_expected(self, pause: Stretch, sound: Stretch) -> bool:
        """Take a pause and a sound if they are what the verdict expects next; otherwise take nothing."""
        pattern, figures = self._pattern, self._figures
        if pattern is None or figures is None or pattern.continuous:
            return False
        if not pattern.fits(figures.position, pause) or not pattern.fits(figures.position + 1, sound):
            return False
        figures.add(pause)
        figures.add(sound)
        self._shortcut = False
        return True

    def decide(self, going: Stretch, block: int) -> HeardTone | None:
        """Hold what was heard, or the later part of it, against the patterns; `block` is the last one."""
        if not self.listening or max(s.power for s in self._heard) < self._min_energy:
            return None
        for first, stretch in enumerate(self._heard):
            if not stretch.freqs:
                continue
            heard = self._heard[first:]
            fits = [(p, r) for p in self._patterns if (r := p.rotation(heard, going)) is not None]
            if len(fits) == 1 and enough(fits[0][0], heard, going) and self._follows(fits[0][0], first):
                return self._decided(*fits[0], first, block)
            if fits and first == 0:
                return None
            own = None if fits else self._own_pattern(heard, going)
            if own is not None:
                return self._decided(own, 0, first, block)
        if len(self._heard) > REMEMBERED:
            del self._heard[:2], self._starts[:2]
        return None

    def _follows(self, pattern: Pattern, first: int) -> bool:
        """Whether a sound known by half a pause may follow what is before it: only another such pause."""
        lone = first == len(self._heard) - 1 and first > 0
        return not lone or pattern.fits(1, self._heard[first - 1])

    def decide_continuous(self, sound: Stretch, start_block: int, block: int) -> HeardTone | None:
        """The sound going on since that block is longer than any cadence; None if that is no news."""
        known = self._pattern is not None and self._pattern.continuous
        if sound.power < self._min_energy or known:
            return None
        self.forget()
        steady = (p for p in self._patterns if p.continuous)
        fitting = (p for p in steady if p.same_freqs(p.stretches[0].freqs, sound.freqs))
        pattern = next(fitting, self._unknown([Stretch(sound.freqs, 0, True)]))
        self._heard, self._starts = [sound], [start_block]
        return self._decided(pattern, 0, 0, block)

    def _own_pattern(self, heard: Sequence[Stretch], going: Stretch) -> Pattern | None:
        """A cadence that the zone does not have, once it has repeated; or one lone beep."""
        size = period(heard, going)
        if size is not None and len(heard) >= max(4, size + 1):
            return self._unknown(heard[:size])
        if len(self._heard) == 1 and not going.freqs and going.ms > self._over_ms(heard[0].freqs):
            return self._unknown(heard)
        return None

    def _over_ms(self, freqs: tuple[float, ...]) -> float:
        """After how long a pause a lone sound of those frequencies is not coming again."""
        fitting = [p for p in self._patterns if p.same_freqs(p.stretches[0].freqs, freqs)]
        pauses = [p.most(s.ms) for p in fitting for s in p.stretches if not s.freqs]
        return max([*pauses, float(LONG_PAUSE_MS)])

    def _unknown(self, stretches: Sequence[Stretch]) -> Pattern:
        return Pattern((), tuple(stretches), UNKNOWN_TOLERANCE_HZ, self._cadence_tolerance)

    def _decided(self, pattern: Pattern, rotation: int, first: int, block: int) -> HeardTone:
        del self._heard[:first], self._starts[:first]
        self._first_block = self._starts[0]
        self._pattern = pattern
        self._figures = Figures(len(pattern.stretches), rotation, self._heard)
        self._shortcut = bool(pattern.kinds) and len(self._heard) == 1 and not pattern.continuous
        self._verdict = self._measured(block)
        self._tones[self._first_block] = self._verdict
        return self._verdict

    def _measured(self, block: int) -> HeardTone:
        """The verdict with the averages of all that was heard of it."""
        pattern, figures = self._pattern, self._figures
        if pattern is None or figures is None:
            raise AssertionError("measured without a verdict")
        return HeardTone(
            kind=pattern.kinds[0] if pattern.kinds else None,
            kinds=pattern.kinds,
            freqs=figures.freqs,
            cadence=() if pattern.continuous else figures.cadence(),
            level_dbm0=round(energy_to_dbm0(figures.energy, self._law), 1),
            first_block=self._first_block,
            decided_block=block,
        )
