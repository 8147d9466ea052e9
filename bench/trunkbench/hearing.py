"""Listening: tones as conditions, everything a line has heard, and whether it heard the party on its own
channel.

All detection is on whole blocks of 20 ms on an absolute grid, so a tone is decided at the end of a definite
block, however the listening was cut into pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from trunkbench.device import TimeBase
from trunkbench.ear import BLOCK, BLOCK_SAMPLES
from trunkbench.outcome import Heard
from trunkbench.pairing import SETTLING, other_half
from trunkwire.g711 import Law
from trunkwire.ticks import SAMPLE, SECOND, Tick, seconds
from trunkwire.tones import (
    Analyser,
    CadenceTracker,
    HeardSound,
    HeardTone,
    Ident,
    IdentMeter,
    ToneKind,
    Zone,
)

if TYPE_CHECKING:
    from trunkbench.call import Call

CONTEXT: Tick = SECOND // 5
"""How much of what a line has just heard counts as "from now on": 200 ms, too little to decide a cadence."""

LATEST: Tick = SECOND // 2
"""A party on a card is heard by then: a quarter of a second through both jitter buffers, as `ACROSS` has it,
and as much for the message that lets it speak."""

IDENT_SAMPLE_BLOCKS = 50
"""How much of a conversation is looked at to name the party in `Outcome.heard`: the first second."""


class Hearing:
    """What listens for one end: the tables for its law and zone, made when somebody first listens."""

    def __init__(self, law: Law, zone: Zone) -> None:
        self.law = law
        self.zone = zone
        self._analyser: Analyser | None = None
        self._meter: IdentMeter | None = None

    @property
    def analyser(self) -> Analyser:
        """Tells what a block contains."""
        if self._analyser is None:
            self._analyser = Analyser(self.law, self.zone)
        return self._analyser

    @property
    def meter(self) -> IdentMeter:
        """Recognises identification tones."""
        if self._meter is None:
            self._meter = IdentMeter(self.law)
        return self._meter


class _Listener:
    """Follows one line from a block on."""

    def __init__(self, call: Call, first_block: int) -> None:
        self._call = call
        hearing = call.exchange.lines.hearing
        self.tracker = CadenceTracker(hearing.zone, hearing.law, first_block)

    def listen(self, until_block: int) -> list[HeardTone | HeardSound]:
        """What was decided in the blocks up to (not including) `until_block`."""
        first = self.tracker.next_block
        n = until_block - first
        if n <= 0:
            return []
        ear = self._call.ear
        lost = ear.lost(first * BLOCK_SAMPLES, n * BLOCK_SAMPLES)
        if lost:
            # A cadence with a hole in it is no evidence: listen anew behind the last hole.
            hearing = self._call.exchange.lines.hearing
            resume = -(-max(at + count for at, count in lost) // BLOCK_SAMPLES)
            self.tracker = CadenceTracker(hearing.zone, hearing.law, min(resume, until_block))
            return self.listen(until_block) if resume < until_block else []
        if ear.quiet(first * BLOCK_SAMPLES, n * BLOCK_SAMPLES):
            return self.tracker.skip(n)
        octets = ear.octets(first * BLOCK_SAMPLES, n * BLOCK_SAMPLES)
        return self.tracker.feed(self._call.exchange.lines.hearing.analyser.analyse(octets))


class Hears:
    """The line of a call hears a tone of its zone: true from the end of the block with which that is
    decided.
    """

    def __init__(self, call: Call, kind: ToneKind) -> None:
        self._call = call
        self._kind = kind
        # With the moment before, a tone that has just begun is heard from its beginning.
        first_block = max(call.dialled_at, call.exchange.now - CONTEXT) // BLOCK
        self._listener = _Listener(call, first_block)
        self._since: Tick | None = None
        self._latest: HeardTone | None = None

    def check(self, upto: Tick) -> Tick | None:
        """The end of the block with which the tone was decided."""
        if self._since is None:
            for sound in self._listener.listen(min(self._call.last_sample() // BLOCK_SAMPLES, upto // BLOCK)):
                if isinstance(sound, HeardTone):
                    self._latest = sound
                    if self._kind in sound.kinds:
                        self._since = (sound.decided_block + 1) * BLOCK
                        call = self._call
                        call.exchange.timeline.call(
                            self._since, call.end, call.index, "hears", tone=self._kind.value
                        )
                        break
        return self._since if self._since is not None and self._since <= upto else None

    def failed(self) -> str | None:
        """It cannot be heard on hook, nor when the call is over and the line settled on another tone."""
        call = self._call
        if call.hung_up_at is not None:
            return f"{call.name} is on hook and hears nothing"
        latest = self._latest
        if latest is None or call.ended_at is None or latest.first_block * BLOCK < call.ended_at:
            return None
        return f"{call.name} hears {latest.describe()} instead of {self._kind.value}"

    def describe(self) -> str:
        """Who is to hear what, and what it hears."""
        hears = self._latest.describe() if self._latest is not None else "no tone yet"
        return f"{self._call.name} hears {self._kind.value} (so far: {hears})"

    def next_look(self, now: Tick) -> Tick | None:
        """The end of the block that is going on; nothing to listen to while the line is connected to
        nothing.
        """
        if self._call.ear.feed is None:
            return None
        return (now // BLOCK + 1) * BLOCK


class HearsVoice:
    """The line hears the identification tone of a party, three blocks in a row: of whoever `wanted` says at
    each of them. `whose` is that party in words.
    """

    def __init__(self, call: Call, wanted: Callable[[], Ident | None], whose: str) -> None:
        self._call = call
        self._wanted, self._whose = wanted, whose
        self._block = -(-call.exchange.now // BLOCK)
        self._since: Tick | None = None
        self._other: Ident | None = None
        self._run = 0

    def check(self, upto: Tick) -> Tick | None:
        """The end of the third block."""
        call = self._call
        until = min(call.last_sample() // BLOCK_SAMPLES, upto // BLOCK)
        while self._since is None and self._block < until:
            octets = call.ear.octets(self._block * BLOCK_SAMPLES, BLOCK_SAMPLES)
            index = int(call.exchange.lines.hearing.meter.blocks(octets)[0, 0])
            heard = None if index < 0 else Ident.of(index)
            self._block += 1
            self._run = self._run + 1 if heard is not None and heard == self._wanted() else 0
            self._other = heard
            if self._run == 3:
                self._since = self._block * BLOCK
        return self._since if self._since is not None and self._since <= upto else None

    def failed(self) -> str | None:
        """Not on hook, and not after the call."""
        call = self._call
        if call.hung_up_at is not None or call.cleared_at is not None:
            return f"{call.name} has no channel any more"
        return None

    def describe(self) -> str:
        """Who is to be heard, and who is."""
        hears = f" (so far: {self._other})" if self._other is not None else ""
        return f"{self._call.name} hears {self._whose}{hears}"

    def next_look(self, now: Tick) -> Tick | None:
        """The end of the block that is going on, once the line is on the trunk."""
        return (now // BLOCK + 1) * BLOCK if self._call.on_trunk else None


class HearsOwnChannel(HearsVoice):
    """The line hears the identification tone of the party on its own channel, three blocks in a row."""

    def __init__(self, call: Call) -> None:
        super().__init__(call, lambda: own_party(call), "the party on its own channel")


def own_party(call: Call) -> Ident | None:
    """The identification tone that belongs on the call's channel; None if nobody is known to be there."""
    if call.span is None or call.slot is None:
        return None
    if call.exchange.beyond is not None:
        half = other_half(call)
        if half is None or half.span is None or half.slot is None:
            return None
        return Ident(half.end, half.span.index, half.slot)
    return Ident(call.exchange.other, call.span.index, call.slot)


def sounds_on(call: Call) -> tuple[Heard, ...]:
    """Everything that the line has heard: tones and announcements outside the conversation, and the party
    in it.
    """
    end = call.last_sample()
    talk_from = end if call.active_at is None else min(end, call.active_at // SAMPLE)
    talk_to = end if call.active_at is None or call.ended_at is None else min(end, call.ended_at // SAMPLE)
    found = _tones(call, call.first_sample(), talk_from)
    if call.active_at is not None:
        found += _party(call, talk_from, talk_to)
        if call.ended_at is not None:
            found += _tones(call, talk_to, end)
    return tuple(found)


def _tones(call: Call, first: int, end: int) -> list[Heard]:
    """The tones and announcements between two samples, each feed of the line by itself.

    What a port lost in between breaks no cadence. Nor does what the other end did not send in time, of which
    it is not known where it would have been heard; but a tone whose cadence is whole across one such stretch
    was there, since one hole makes no cadence.
    """
    found: list[Heard] = []
    for begin, length, _ in call.ear.segments(first, max(end - first, 0)):
        lost, missing = call.ear.lost(begin, length), call.ear.missing(begin, length)
        heard = _between(call, begin, begin + length, lost)
        if len(_merged(lost)) == 1 and not missing and not any(_known(sound) for sound in heard):
            through = [sound for sound in _between(call, begin, begin + length, missing) if _known(sound)]
            heard = through or heard
        found += heard
    return found


def _between(call: Call, first: int, end: int, holes: list[tuple[int, int]]) -> list[Heard]:
    found: list[Heard] = []
    for at, count in holes:
        found += _whole_tones(call, first, min(at, end))
        first = max(first, at + count)
    return found + _whole_tones(call, first, end)


def _merged(holes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that touch or overlap, as one."""
    merged: list[tuple[int, int]] = []
    for at, count in holes:
        if merged and at <= sum(merged[-1]):
            before = merged[-1][0]
            merged[-1] = (before, max(sum(merged[-1]), at + count) - before)
        else:
            merged.append((at, count))
    return merged


def _known(sound: Heard) -> bool:
    """Whether it is a tone of the zone, cadence and all."""
    return sound.kind in {kind.value for kind in ToneKind}


def listened(call: Call) -> Tick:
    """The longest time since the other side began to clear in which the line was listened to, and nothing was
    lost: what was not heard in it was not there.
    """
    if call.ended_at is None:
        return 0
    first = call.ended_at // SAMPLE
    end = max(call.last_sample(), first)
    longest = 0
    for at, count in [*call.ear.lost(first, end - first), (end, 0)]:
        longest = max(longest, min(at, end) - first)
        first = max(first, at + count)
    return longest * SAMPLE


def _whole_tones(call: Call, first: int, end: int) -> list[Heard]:
    first_block, end_block = first // BLOCK_SAMPLES, end // BLOCK_SAMPLES
    if end_block <= first_block:
        return []
    hearing = call.exchange.lines.hearing
    tracker = CadenceTracker(hearing.zone, hearing.law, first_block)
    if call.ear.quiet(first, end_block * BLOCK_SAMPLES - first):
        return []
    # What came before belongs to somebody else: to this ear it is silence.
    octets = call.ear.law.silent(first - first_block * BLOCK_SAMPLES)
    octets += call.ear.octets(first, end_block * BLOCK_SAMPLES - first)
    sounds = tracker.feed(hearing.analyser.analyse(octets))
    found: list[tuple[int, Heard]] = []
    for tone in tracker.tones():
        via = call.ear.via(tone.first_block * BLOCK_SAMPLES + BLOCK_SAMPLES)
        heard = Heard(
            tone.kind.value if tone.kind is not None else "unknown",
            tone.freq_hz,
            float(tone.on_ms) if tone.on_ms else None,
            float(tone.off_ms) if tone.off_ms else None,
            tone.level_dbm0,
            via,
        )
        found.append((tone.first_block, heard))
    speech = {sound.first_block: sound for sound in sounds if isinstance(sound, HeardSound)}
    for block, sound in speech.items():
        via = call.ear.via(block * BLOCK_SAMPLES + BLOCK_SAMPLES)
        found.append((block, Heard(sound.kind.value, None, None, None, sound.level_dbm0, via)))
    return [heard for _, heard in sorted(found, key=lambda pair: pair[0])]


def _party(call: Call, first: int, end: int) -> list[Heard]:
    """Who is heard in the first second of the conversation."""
    first_block = -(-first // BLOCK_SAMPLES)
    n = min(end // BLOCK_SAMPLES - first_block, IDENT_SAMPLE_BLOCKS)
    if n <= 0:
        return []
    octets = call.ear.octets(first_block * BLOCK_SAMPLES, n * BLOCK_SAMPLES)
    party = call.exchange.lines.hearing.meter.identify(octets)
    if party is None:
        return []
    features = call.exchange.lines.hearing.analyser.analyse(octets)
    level = float(np.median(features.level_dbm0(call.ear.law)))
    return [Heard("ident", float(party.freqs[0]), None, None, level, "trunk")]


def misheard(calls: Iterable[Call], start: Tick, end: Tick) -> list[str]:
    """For each connected line that did not hear its own party all the time from `start` to `end`: what it
    heard.

    Ticks are the pump's. Empty when every line heard the party on its channel and nobody else.
    """
    found = []
    for call in calls:
        expected = own_party(call)
        if expected is None:
            connected = call.slot is not None
            lacks = "is connected to nobody" if connected else "never had a channel to listen to"
            found.append(f"{call.name}: {lacks}")
            continue
        begin = start if call.active_at is None else max(start, call.active_at)
        first_block = -(-(begin + SETTLING) // BLOCK)
        n = min(end // BLOCK, call.last_sample() // BLOCK_SAMPLES) - first_block
        if n <= 0:
            found.append(f"{call.name}: was not connected long enough to listen")
            continue
        octets = call.ear.octets(first_block * BLOCK_SAMPLES, n * BLOCK_SAMPLES)
        if octets == call.exchange.lines.tone_of(expected)(first_block * BLOCK_SAMPLES, n * BLOCK_SAMPLES):
            continue  # octet for octet what its party says: the usual case on a loopback
        wanted = expected.index
        row = call.exchange.lines.hearing.meter.blocks(octets)[0]
        for at, count in call.ear.lost(first_block * BLOCK_SAMPLES, n * BLOCK_SAMPLES):
            hole = slice(
                max(at // BLOCK_SAMPLES - first_block, 0), -(-(at + count) // BLOCK_SAMPLES) - first_block
            )
            row[hole] = wanted  # what was lost on the way to us says nothing about the channel
        row[: _late_start(call, row.tolist(), first_block)] = wanted
        if (row == wanted).all():
            continue
        where = f"channel {call.channel}" if call.line is None else f"line {call.line}"
        found.append(f"{call.name} on {where}: {_story(call, row.tolist(), wanted, octets)}")
    return found


def _late_start(call: Call, indices: list[int], first_block: int) -> int:
    """How many blocks from the first on a line may have heard nothing, since its party comes late on a card:
    when the other end has been told that it is connected, or again after a hold, and then through both
    jitter buffers. How late it was the run tells as its latency.
    """
    if call.span is None or call.active_at is None or call.span.port.caps.time is TimeBase.EXACT:
        return 0
    connected = max(call.active_at, call.retrieved_at or 0)
    most = max((connected + LATEST) // BLOCK - first_block, 0)
    return next((at for at, index in enumerate(indices) if index >= 0 or at >= most), 0)


def _told(call: Call, ident: Ident) -> str:
    """Who speaks an identification tone: an analog line by its number."""
    for number, end in call.exchange.analog.items():
        if end.index == ident.span and ident.channel in (end.slot_of or {}).values():
            return f"line {number}"
    return str(ident)


def _story(call: Call, indices: list[int], wanted: int, octets: bytes) -> str:
    """What a line heard that should have heard its own party, the longest stretch of it."""
    runs = [(index, len(list(group))) for index, group in groupby(indices) if index != wanted]
    index, blocks = max(runs, key=lambda run: run[1])
    lasted = seconds(blocks * BLOCK)
    if index >= 0:
        other = Ident.of(index)
        kind = "crossed" if other.side == call.exchange.other else "looped back"
        return f"{kind}: it hears {_told(call, other)} for {lasted:.2f} s"
    silent = octets.count(call.ear.law.silence)
    if silent >= len(octets) - len(octets) // 50:
        return f"dead from the {call.exchange.other} end: nothing but silence for {lasted:.2f} s"
    return f"it does not hear its party for {lasted:.2f} s"
