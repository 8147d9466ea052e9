"""Which tone the stretches of sound and pause amount to, judged against the patterns of a zone.

The judge is told each stretch that is over and asked whenever what goes on has ruled something out. Once it
has decided, it only checks that what follows fits; what does not fit begins a new tone. A tone known by a
long pause that then turns out short is taken back, and judged again by what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from trunkwire.g711 import Law
from trunkwire.tones.heard import HeardTone
from trunkwire.tones.pattern import (
    LONG_PAUSE_MS,
    SURE_PAUSE_MS,
    Pattern,
    Stretch,
    enough,
    patterns_of,
    period,
)
from trunkwire.tones.spectrum import BLOCK_MS, dbm0_to_energy, energy_to_dbm0
from trunkwire.tones.zones import Zone

SHORTEST_CONTINUOUS_MS = 1000
REMEMBERED = 24
"""Stretches kept while nothing fits."""
SAME_HZ = 25.0


class Judge:
    """The verdict about one line: what was heard of the tone at hand, and every tone decided so far."""

    def __init__(self, zone: Zone, law: Law) -> None:
        self._law = law
        self._cadence_tolerance = zone.cadence_tolerance
        self._patterns = patterns_of(zone)
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
        self._rotation = 0
        self._shortcut = False

    def pause_marks_ms(self) -> list[float]:
        """How long a pause must last to rule something out, or in."""
        pauses = [p.most(s.ms) for p in self._patterns for s in p.stretches if not s.freqs]
        return [*pauses, float(SURE_PAUSE_MS), float(LONG_PAUSE_MS)]

    def sound_marks_ms(self) -> list[float]:
        """How long a sound must last to rule something out, or in."""
        sounds = [p.most(s.ms) for p in self._patterns for s in p.stretches if s.freqs and s.ms]
        limits = [self.continuous_ms(p.stretches[0].freqs) for p in self._patterns]
        return [*sounds, *limits, self.continuous_ms(())]

    def continuous_ms(self, freqs: tuple[float, ...]) -> float:
        """From how long on a sound of those frequencies is part of no cadence of the zone."""
        longest = [
            p.most(s.ms)
            for p in self._patterns
            for s in p.stretches
            if s.ms and s.freqs and p.same_freqs(s.freqs, freqs)
        ]
        return max([*longest, SHORTEST_CONTINUOUS_MS]) + 3 * BLOCK_MS

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
        if self._pattern is not None:
            fits = self._pattern.fits(self._rotation + len(self._heard), stretch)
            if fits and not self._pattern.continuous:
                self._heard.append(stretch)
                self._starts.append(start_block)
                self._shortcut = False
                return
            if self._shortcut:
                del self._tones[self._first_block]
                self._verdict = self._pattern = None
            else:
                self.forget()
        if self._heard or stretch.freqs:
            self._heard.append(stretch)
            self._starts.append(start_block)

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
        return Pattern((), tuple(stretches), SAME_HZ / 2, self._cadence_tolerance)

    def _decided(self, pattern: Pattern, rotation: int, first: int, block: int) -> HeardTone:
        del self._heard[:first], self._starts[:first]
        self._first_block = self._starts[0]
        self._pattern, self._rotation = pattern, rotation
        self._shortcut = bool(pattern.kinds) and len(self._heard) == 1 and not pattern.continuous
        self._verdict = self._measured(block)
        self._tones[self._first_block] = self._verdict
        return self._verdict

    def _measured(self, block: int) -> HeardTone:
        """The verdict with the averages of all that was heard of it."""
        pattern = self._pattern
        if pattern is None:
            raise AssertionError("measured without a verdict")
        sounds = [s for s in self._heard if s.freqs]
        blocks = sum(s.blocks for s in sounds)
        level = energy_to_dbm0(sum(s.power * s.blocks for s in sounds) / blocks, self._law)
        return HeardTone(
            kind=pattern.kinds[0] if pattern.kinds else None,
            kinds=pattern.kinds,
            freqs=_mean_freqs(sounds),
            cadence=() if pattern.continuous else self._mean_cadence(len(pattern.stretches)),
            level_dbm0=round(level, 1),
            first_block=self._first_block,
            decided_block=block,
        )

    def _mean_cadence(self, size: int) -> tuple[int, ...]:
        """The mean length of each stretch of the cadence, in its order if all have been heard."""
        lengths: dict[int, list[float]] = {}
        for index, stretch in enumerate(self._heard):
            if stretch.whole or len(self._heard) <= size:
                lengths.setdefault((self._rotation + index) % size, []).append(stretch.ms)
        order = range(size) if len(lengths) == size else lengths
        return tuple(round(sum(lengths[i]) / len(lengths[i])) for i in order)


def _mean_freqs(sounds: Sequence[Stretch]) -> tuple[float, ...]:
    """The mean frequencies of the sounds that are like the first, weighed by their length."""
    first = sounds[0].freqs
    same = [s for s in sounds if len(s.freqs) == len(first) and abs(s.freqs[0] - first[0]) < SAME_HZ]
    weight = sum(s.blocks for s in same)
    return tuple(round(sum(s.freqs[i] * s.blocks for s in same) / weight, 1) for i in range(len(first)))
