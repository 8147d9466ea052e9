"""Hearing where things really are: the D channel, and the two directions of one call.

A bench may be told the wrong timeslot, or number its channels otherwise than the device. Both show when every
timeslot is listened to: HDLC frames give away a D channel, and with an identification tone of its own on each
timeslot, one single call shows on which timeslot it is switched through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trunkbench.bench import Bench
from trunkbench.call import Call
from trunkbench.path import Path
from trunkbench.span import End, SpanEnd
from trunkwire.g711 import Law
from trunkwire.hdlc import GoodFrame, Receiver
from trunkwire.lapd import frames
from trunkwire.lapd.frames import UnnumberedFrame, UnnumberedFunction
from trunkwire.side import Side
from trunkwire.ticks import SAMPLE, SECOND, Tick, seconds
from trunkwire.tones import BLOCK_SAMPLES, Ident, IdentMeter

AUDIBLE_RMS = 160.0
"""In 16-bit samples: about -40 dBm0 (G.711: 0 dBm0 is 3.14 dB below the largest sine)."""

LOOK_BACK: Tick = 5 * SECOND
"""How much of the audio is searched for a D channel: a peer that wants its link sends SABME each T200."""

LISTEN: Tick = SECOND // 2


def heard_octets(end: End | Path, slot: int, first: int, n: int) -> bytes:
    """Those octets of a timeslot, as many as there are by now."""
    last = min(first + n, end.port.horizon(slot) // SAMPLE)
    return end.port.heard(slot, first, last - first) if last > first else b""


def d_channels(end: End, since: Tick, now: Tick) -> dict[int, int]:
    """Timeslots opened as audio that carry LAPD frames in fact -> how many of them."""
    first = max(since, now - LOOK_BACK) // SAMPLE
    found = {}
    for slot in end.slot_of.values():
        octets = heard_octets(end, slot, first, now // SAMPLE - first)
        if not octets.strip(octets[:1]):  # one octet all the time: idle, or flags and nothing between them
            continue
        events = Receiver().receive(octets)
        good = sum(isinstance(event, GoodFrame) and _is_lapd(event.data) for event in events)
        if good:
            found[slot] = good
    return found


def side_of(frame: bytes) -> Side | None:
    """The side that the sender of a SABME plays: the C/R bit of a command says it (Q.921 3.3.2)."""
    try:
        parsed = frames.parse(frame)
    except frames.InvalidFrame:
        return None
    if isinstance(parsed, UnnumberedFrame) and parsed.function is UnnumberedFunction.SABME:
        return Side.NETWORK if parsed.cr else Side.USER
    return None


def _is_lapd(frame: bytes) -> bool:
    try:
        return frames.parse(frame).sapi in (0, 63)
    except frames.InvalidFrame:
        return False


@dataclass(frozen=True, slots=True)
class Heard:
    """What one timeslot carried: somebody's identification tone, or how loud it was."""

    ident: Ident | None
    rms: float

    @property
    def audible(self) -> bool:
        """Whether there was anything at all: a constant octet, whichever, is a silent card."""
        return self.ident is not None or self.rms > AUDIBLE_RMS


def listen(end: End, meter: IdentMeter, first: int, n: int) -> dict[int, Heard]:
    """What every timeslot of an end carries in those samples (whole blocks)."""
    found = {}
    for slot in end.slot_of.values():
        octets = heard_octets(end, slot, first, n)
        octets = octets[: len(octets) // BLOCK_SAMPLES * BLOCK_SAMPLES]
        if octets:
            found[slot] = Heard(meter.identify(octets), float(np.std(end.law.decode(octets).astype(float))))
    return found


def speak_everywhere(end: SpanEnd, bench: Bench, who: str) -> None:
    """Each timeslot of an end gets its own identification tone, call or no call."""
    start = -(-bench.pump.now // SAMPLE) * SAMPLE
    for slot in end.slot_of.values():
        end.port.play(slot, bench.near.lines.tone_of(Ident(who, end.index, slot)), start)


def hush(end: SpanEnd, bench: Bench) -> None:
    """Silence on every timeslot."""
    start = -(-bench.pump.now // SAMPLE) * SAMPLE
    for slot in end.slot_of.values():
        end.port.play(slot, None, start)


def shift_of(bench: Bench, call: Call) -> tuple[int, int] | None:
    """(timeslot the call has here, timeslot on which it is heard); None where they agree, or none is heard.

    Runs the bench for a moment, with a tone of its own on each timeslot.
    """
    end = call.span
    assert isinstance(end, SpanEnd)
    assert call.slot is not None
    speak_everywhere(end, bench, "near")
    bench.run_for(seconds(LISTEN))
    first = bench.pump.now // SAMPLE // BLOCK_SAMPLES + 1
    bench.run_for(seconds(LISTEN))
    n = int(LISTEN // SAMPLE) // BLOCK_SAMPLES * BLOCK_SAMPLES - BLOCK_SAMPLES
    meter = bench.near.lines.hearing.meter
    heard = listen(end, meter, first * BLOCK_SAMPLES, n)
    hush(end, bench)
    elsewhere = [slot for slot, what in heard.items() if what.audible and slot != call.slot]
    here = heard.get(call.slot)
    if here is not None and not here.audible and len(elsewhere) == 1:
        return call.slot, elsewhere[0]
    half = next((each for each in bench.far.calls if each.active_at is not None and not each.ended_at), None)
    if (
        half is None
        or not isinstance(half.span, SpanEnd)
        or half.slot is None
        or bench.near.beyond is not None
    ):
        return None
    there = listen(half.span, meter, first * BLOCK_SAMPLES, n).get(half.slot)
    if there is None or there.ident is None or there.ident.channel == call.slot:
        return None
    return call.slot, there.ident.channel


def first_sound(octets: bytes, law: Law) -> int | None:
    """The index of the first octet that is no silence; None if all is quiet. It begins with silence."""
    if not octets:
        return None
    samples = law.decode(octets).astype(np.int32)
    loud = np.flatnonzero(np.abs(samples - samples[0]) > AUDIBLE_RMS)
    return int(loud[0]) if len(loud) else None
