"""Following one line: which tone sounds, with what cadence, from the features of its 20 ms blocks.

Theory of operation. Blocks of one steady frequency are a tone once there are two in a row; a tone is over
after three blocks without it, or two of silence, so that a click does not end it. Where it begins or ends
inside a block, the block's share of the tone's energy says where, to a few milliseconds. The stretches of
sound and pause that this gives go to a judge (`verdict.py`), who is also asked whenever what goes on has
lasted long enough to rule something out. Everything happens at a definite block: feeding one block or a
thousand at a time makes no difference to what is reported, or to the block with which it is decided.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from trunkwire.g711 import Law
from trunkwire.tones.announce import SoundTracker
from trunkwire.tones.heard import Heard, HeardTone
from trunkwire.tones.pattern import Stretch
from trunkwire.tones.rows import Rows, Run
from trunkwire.tones.spectrum import BLOCK_MS, BlockFeatures, dbm0_to_energy
from trunkwire.tones.verdict import Judge
from trunkwire.tones.zones import Zone

CONFIRM_TONE = 2
CONFIRM_PAUSE = 3
QUIET_PAUSE = 2
QUIET = 0.25
"""A block with less than this share of the tone's energy is silence, or the edge of it."""
BROKEN = 0.1
"""A pause louder than this share of the tone's energy (-10 dB) is no pause."""
LOUD = 1.1
"""A block at an edge with more energy than the tone: the edge is lost in another sound."""
SOUND_FLOOR_DBM0 = -40.0


class _Gap:
    """The blocks since the last tonal one. The first and the last may be edges, the others are inside."""

    __slots__ = ("bass", "first", "inside", "last", "loud_until", "n", "start")

    def __init__(self, start: int) -> None:
        self.n = 0
        self.start = start
        self.loud_until = start  # the block after the last one with a sound in it
        self.first = self.last = self.inside = self.bass = 0.0

    def add(self, first: float, loudest_inside: float, last: float, bass: float, n: int) -> None:
        """`n` more blocks, with the energy of the first and last, and of the loudest between."""
        if self.n == 0:
            self.first = first
        elif self.n >= 2:
            self.inside = max(self.inside, self.last)
        self.inside = max(self.inside, loudest_inside)
        self.last, self.bass = last, bass
        self.n += n


class CadenceTracker:
    """Follows one line from block `first_block` on. Feed it features; it reports what it hears."""

    def __init__(self, zone: Zone, law: Law, first_block: int = 0) -> None:
        self.zone = zone
        self.law = law
        self._judge = Judge(zone, law)
        self._sounds = SoundTracker(law)
        self._sound_floor = dbm0_to_energy(SOUND_FLOOR_DBM0, law)
        self._sound_marks = sorted({int(ms // BLOCK_MS) + 1 for ms in self._judge.sound_marks_ms()})
        self._all_sound_marks = frozenset(self._sound_marks)
        continuous = self._judge.continuous_marks_ms()
        self._continuous_marks = sorted({int(ms // BLOCK_MS) + 1 for ms in continuous})
        self._pause_marks = sorted({int(ms // BLOCK_MS) + 3 for ms in self._judge.pause_marks_ms()})
        self._block = first_block
        self._tone: Run | None = None
        self._candidate: Run | None = None
        self._start_ms = 0.0  # of the tone, or of the pause if there is no tone
        self._start_known = False
        self._pause_start = first_block
        self._gap = _Gap(first_block)
        self._tone_energy = 0.0  # of a block of the tone at hand, or of the last one
        self._out: list[Heard] = []

    def feed(self, features: BlockFeatures) -> list[Heard]:
        """The next blocks of this line (arrays (blocks,) or (1, blocks)); what was decided in them."""
        return feed_lines([self], features)[0]

    def skip(self, blocks: int) -> list[Heard]:
        """The next blocks are known to be digital silence; as if fed."""
        zeros = np.zeros(blocks)
        return self.feed(BlockFeatures(zeros, zeros.astype(np.bool_), zeros, zeros, zeros))

    @property
    def next_block(self) -> int:
        """The block that is fed next."""
        return self._block

    @property
    def silent_ms(self) -> int:
        """For how long there has been nothing to hear; 0 while there is something."""
        if self._tone is not None or self._candidate is not None:
            return 0
        return BLOCK_MS * (self._block - self._gap.loud_until)

    def tones(self) -> list[HeardTone]:
        """Every tone decided so far, in order, with the figures of all that was heard of it."""
        return self._judge.tones()

    def take(self, rows: Rows, pieces: Sequence[tuple[int, int]]) -> list[Heard]:
        """Rows of this line, in pieces that are each one steady tone or no tone (see `feed_lines`)."""
        self._out = []
        index, count = 0, len(pieces)
        while index < count:
            start, stop = pieces[index]
            index += 1
            if not rows.tonal[start]:
                self._take_other(rows, start, stop)
            elif index < count and self._take_repetition(rows, start, stop, pieces[index][1]):
                index += 1
            else:
                self._take_tone(rows, start, stop)
        return self._out

    def _take_repetition(self, rows: Rows, start: int, stop: int, end: int) -> bool:
        """Take a whole sound and the pause after it, up to `end`, in one go; False if it needs a closer look.

        It needs none if the sound and the pause before it are what the verdict expects and nothing else is
        heard: most of a cadence that lasts. The result is that of `_take_tone` and `_take_other`.
        """
        gap, n = self._gap, stop - start
        if self._judge.listening or self._tone is not None or self._candidate is not None or not gap.n:
            return False
        if n < CONFIRM_TONE or end - stop <= CONFIRM_PAUSE:
            return False
        if self._sounds.first_block is not None or rows.tonal[stop]:
            return False
        first_level = sum(rows.energy[start : start + CONFIRM_TONE]) / CONFIRM_TONE
        level = sum(rows.energy[start:stop]) / n
        before, after = gap.last / first_level, rows.energy[stop] / level
        loudest = max(rows.energy[stop + 1 : end - 1])
        if loudest > self._sound_floor or loudest > BROKEN * level or gap.inside > BROKEN * first_level:
            return False
        if before > LOUD or after > LOUD:
            return False
        start_ms = BLOCK_MS * (self._block - min(before, 1.0))
        end_ms = BLOCK_MS * (self._block + n + min(after, 1.0))
        second = rows.second[start]
        mean = sum(rows.freq[start:stop]) / n
        pause = Stretch((), start_ms - self._start_ms, self._start_known)
        sound = Stretch((mean, second) if second else (mean,), end_ms - start_ms, True, level, n)
        if not self._judge.take_expected(pause, sound):
            return False
        self._start_ms, self._start_known = end_ms, True
        self._tone_energy = level
        self._pause_start = self._block + n
        self._gap = _Gap(self._pause_start)
        edge = rows.energy[end - 1]
        bass = rows.bass(end - 1, end)[0] if edge > self._sound_floor else 0.0
        self._gap.add(rows.energy[stop], loudest, edge, bass, end - stop)
        self._block += end - start
        return True

    def _take_tone(self, rows: Rows, start: int, stop: int) -> None:
        gap = self._gap
        run = self._run_for(rows, start)
        look_at = 1 if self._gap is not gap else 0  # after a click: a mark may have passed meanwhile
        while start < stop:
            lasted = self._block - run.start
            if run is self._candidate:
                more = CONFIRM_TONE - run.n
            else:
                marks = self._sound_marks if self._judge.listening else self._continuous_marks
                more = look_at or _next_mark(marks, lasted, stop - start)
            cut = min(stop, start + more)
            run.add(rows, start, cut)
            self._block += cut - start
            start = cut
            if run is not self._candidate:
                if look_at or self._block - run.start in self._all_sound_marks:
                    self._look_at_tone(run)
                look_at = 0
            elif run.n == CONFIRM_TONE:
                self._confirm_tone(run)

    def _run_for(self, rows: Rows, index: int) -> Run:
        """The run that this tonal block continues, or a new candidate."""
        freq, second = rows.freq[index], rows.second[index]
        run = self._candidate or (self._tone if not self._gap.n else None)
        if run is not None and run.continues(freq, second):
            return run
        self._absorb_candidate()
        if self._tone is not None and self._tone.same(freq, second):
            self._gap = _Gap(self._block)
            return self._tone
        self._candidate = Run(self._block, freq, second)
        return self._candidate

    def _take_other(self, rows: Rows, start: int, stop: int) -> None:
        self._absorb_candidate()
        while start < stop:
            if self._tone is not None:
                more = (CONFIRM_PAUSE if self._gap.n >= QUIET_PAUSE else QUIET_PAUSE) - self._gap.n
            elif not self._judge.listening:
                more = stop - start
            else:
                more = _next_mark(self._pause_marks, self._gap.n, stop - start)
            cut = min(stop, start + more)
            self._widen_gap(rows, start, cut)
            start = cut
            if self._tone is not None:
                if self._pause_is_certain(self._tone):
                    self._confirm_pause(self._tone)
            elif self._gap.n in self._pause_marks:
                self._look_at_pause()

    def _absorb_candidate(self) -> None:
        """A lone tonal block was none: it belongs to whatever is between tones."""
        candidate, self._candidate = self._candidate, None
        if candidate is None:
            return
        if self._gap.n == 0:
            self._gap = _Gap(candidate.start)
        self._gap.add(candidate.energy, 0.0, candidate.energy, 0.0, 1)
        if self._tone is not None and self._pause_is_certain(self._tone):
            self._confirm_pause(self._tone)

    def _pause_is_certain(self, tone: Run) -> bool:
        """Whether the gap is long enough to be no click: a quiet one sooner than one with anything in it."""
        loudest = max(self._gap.first, self._gap.last)
        quiet = self._gap.n >= QUIET_PAUSE and loudest <= QUIET * tone.energy / tone.n
        return quiet or self._gap.n >= CONFIRM_PAUSE

    def _widen_gap(self, rows: Rows, start: int, stop: int) -> None:
        """More blocks that are no tone; what is loud inside the gap may be an announcement."""
        gap = self._gap
        if gap.n == 0:
            gap = self._gap = _Gap(self._block)
        since = start + (gap.n == 0)
        inside, last = rows.energy[since : stop - 1], stop - 1
        loudest = max(inside, default=0.0)
        before = (gap.last, gap.bass) if gap.n >= 2 else None
        first_inside = self._block + since - start
        edge = rows.energy[last]
        bass = rows.bass(last, stop)[0] if edge > self._sound_floor else 0.0
        gap.add(rows.energy[start], loudest, edge, bass, stop - start)
        self._block += stop - start
        if before is not None:
            loudest = max(loudest, before[0])
        if loudest <= self._sound_floor and self._sounds.first_block is None:
            return
        energies, basses = inside, rows.bass(since, last)
        if before is not None:
            energies.insert(0, before[0])
            basses.insert(0, before[1])
            first_inside -= 1
        floor = max(self._sound_floor, BROKEN * self._tone_energy)
        self._out += self._sounds.feed(first_inside, energies, basses, floor)
        gap.loud_until = max(gap.loud_until, self._sounds.loud_until)

    def _confirm_tone(self, run: Run) -> None:
        """The candidate is a tone: what was before is over."""
        level = run.energy / run.n
        if self._tone is not None:  # another tone, straight after: the edge is somewhere in the gap
            first = self._gap.start if self._gap.n else run.start
            start_ms, known = BLOCK_MS * (first + run.start) / 2, True
            self._end_tone(self._tone, start_ms, known)
        else:
            share = self._gap.last / level
            known = self._gap.n > 0 and share <= LOUD
            start_ms = BLOCK_MS * (run.start - (min(share, 1.0) if known else 0.0))
            if self._gap.inside > BROKEN * level:
                self._judge.forget()
            else:
                pause = Stretch((), start_ms - self._start_ms, self._start_known and known)
                self._judge.append(pause, self._pause_start)
        self._tone, self._candidate = run, None
        self._tone_energy = level
        self._start_ms, self._start_known = start_ms, known
        self._gap = _Gap(self._block)
        self._out += self._sounds.end(self._block)
        self._decide()

    def _confirm_pause(self, tone: Run) -> None:
        """The tone has stopped."""
        level = tone.energy / tone.n
        share = self._gap.first / level
        known = share <= LOUD
        self._end_tone(tone, BLOCK_MS * (self._gap.start + (min(share, 1.0) if known else 0.0)), known)
        self._pause_start = self._gap.start
        if self._gap.inside > BROKEN * level:
            self._judge.forget()
        else:
            self._decide()

    def _end_tone(self, tone: Run, end_ms: float, known: bool) -> None:
        level = tone.energy / tone.n
        whole = known and self._start_known
        self._judge.append(Stretch(tone.freqs, end_ms - self._start_ms, whole, level, tone.n), tone.start)
        self._tone, self._tone_energy = None, level
        self._start_ms, self._start_known = end_ms, known

    def _look_at_tone(self, tone: Run) -> None:
        ms = BLOCK_MS * self._block - self._start_ms
        if ms > self._judge.continuous_ms(tone.freqs):
            sound = Stretch(tone.freqs, ms, False, tone.energy / tone.n, tone.n)
            verdict = self._judge.decide_continuous(sound, tone.start, self._block - 1)
            if verdict is not None:
                self._out.append(verdict)
        else:
            self._decide()

    def _look_at_pause(self) -> None:
        if self._gap.inside > BROKEN * self._tone_energy:
            self._judge.forget()
        else:
            self._decide()

    def _decide(self) -> None:
        """Ask the judge, with what is going on as far as it got."""
        if not self._judge.listening:
            return
        if self._tone is not None:
            going = Stretch(self._tone.freqs, BLOCK_MS * self._block - self._start_ms, False)
        else:  # the last block may be the edge of a tone
            going = Stretch((), max(BLOCK_MS * (self._block - 1) - self._start_ms, 0.0), False)
        verdict = self._judge.decide(going, self._block - 1)
        if verdict is not None:
            self._out.append(verdict)


def _next_mark(marks: Sequence[int], passed: int, otherwise: int) -> int:
    """How many blocks to the next mark; `otherwise` if there is none."""
    index = bisect_right(marks, passed)
    return marks[index] - passed if index < len(marks) else otherwise


def feed_lines(trackers: Sequence[CadenceTracker], features: BlockFeatures) -> list[list[Heard]]:
    """Feed one tracker a line, all with the same number of blocks; what each decided.

    Raises ValueError if there are not as many trackers as lines.
    """
    lines = 1 if features.energy.ndim == 1 else len(features.energy)
    if lines != len(trackers):
        raise ValueError(f"{len(trackers)} trackers cannot follow {lines} lines: give one tracker a line")
    rows = Rows(features)
    pieces = rows.pieces(lines)
    return [tracker.take(rows, own) for tracker, own in zip(trackers, pieces, strict=True)]
