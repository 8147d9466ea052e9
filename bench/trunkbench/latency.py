"""How long the line took in a run, by its own time: messages until acknowledged, speech there and back.

Nothing is sent for it. On the D channel every information frame is answered by a receive sequence number; of
audio the identification tones tell, which parties speak from the moment that they are connected: each is
looked for in what the other line received. Only ports that count by a card's or the host's clock have a
latency of their own; the software loopback's is exact, and nothing is measured there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkbench.device import TimeBase
from trunkbench.end import EARLY
from trunkbench.pairing import other_half
from trunkbench.timeline import FrameEntry
from trunkwire.lapd import frames
from trunkwire.lapd.frames import InformationFrame, SupervisoryFrame
from trunkwire.ticks import SAMPLE, SECOND, Tick, seconds
from trunkwire.tones import BLOCK_SAMPLES, Ident

if TYPE_CHECKING:
    from trunkbench.bench import Bench
    from trunkbench.call import Call
    from trunkbench.device import Port

LONGEST: Tick = SECOND
"""A tone that has not come by then did not cross."""

TOGETHER: Tick = 2 * SECOND
"""Two halves of a call are connected within so much of each other."""

WINDOW = 40
"""Samples, 5 ms, of a tone that are enough to know it."""

STRIDE = 8


@dataclass(frozen=True, slots=True)
class Latency:
    """What was measured: `d_channel` one time a frame, `audio` one round trip a call."""

    d_channel: tuple[Tick, ...] = ()
    audio: tuple[Tick, ...] = ()

    def lines(self) -> list[str]:
        """For people; [] where nothing was measured."""
        told = []
        if self.d_channel:
            told.append(f"D channel, until acknowledged: {percentiles(self.d_channel)}")
        if self.audio:
            told.append(f"audio, there and back: {percentiles(self.audio)}")
        return told

    def to_json(self) -> dict[str, dict[str, float]]:
        """For programs: milliseconds by percentile, and of how many; only what was measured."""
        measured = {"d_channel": self.d_channel, "audio": self.audio}
        return {
            name: {
                **{f"{share}_ms": round(ms, 3) for share, ms in _percentiles(times).items()},
                "count": len(times),
            }
            for name, times in measured.items()
            if times
        }


def measured(bench: Bench) -> Latency:
    """The latencies of a run so far."""
    if all(end.port.caps.time is TimeBase.EXACT for end in bench.trunk.ends):
        return Latency()
    acknowledged = [time for end in bench.trunk.near for time in d_channel(bench, end.index)]
    trips = (audio(call, _half(bench, call)) for call in bench.near.calls if call.active_at is not None)
    return Latency(tuple(acknowledged), tuple(trip for trip in trips if trip is not None))


def d_channel(bench: Bench, span: int) -> list[Tick]:
    """For each information frame that the bench sent on a span: how long until N(R) confirmed it."""
    waiting: dict[int, Tick] = {}
    found = []
    for entry in bench.timeline.entries:
        if not isinstance(entry, FrameEntry) or entry.span != span:
            continue
        try:
            frame = frames.parse(entry.data)
        except frames.InvalidFrame:
            continue
        if entry.out and isinstance(frame, InformationFrame):
            waiting.setdefault(frame.ns, entry.at)
        elif not entry.out and isinstance(frame, InformationFrame | SupervisoryFrame):
            for ns in [ns for ns in waiting if (frame.nr - 1 - ns) % 128 < 64]:
                found.append(entry.at - waiting.pop(ns))
    return found


def audio(call: Call, half: Call | None) -> Tick | None:
    """There and back between a call and its other half, in which the two ports' axes cancel out.

    Without other half, the call's own tone as the device sends it back. None where a tone was not heard, was
    there before it was spoken, or something was lost meanwhile.
    """
    if half is None:
        return _crossing(call, call)
    there, back = _crossing(call, half), _crossing(half, call)
    return None if there is None or back is None else there + back


def _half(bench: Bench, call: Call) -> Call | None:
    if bench.near.beyond is not None:
        return other_half(call)
    there = [
        other
        for other in bench.far.calls
        if other.span is not None
        and call.span is not None
        and (other.span.index, other.slot) == (call.span.index, call.slot)
        and other.active_at is not None
        and call.active_at is not None
        and abs(other.active_at - call.active_at) <= TOGETHER
    ]
    return there[0] if len(there) == 1 else None


def _crossing(speaker: Call, listener: Call) -> Tick | None:
    """From when a party was connected until its tone was first heard on the listener's timeslot."""
    if speaker.span is None or speaker.slot is None or listener.span is None or listener.slot is None:
        return None
    if speaker.active_at is None or not speaker.exchange.lines.identify:
        return None
    first = max(-(-speaker.active_at // SAMPLE) - EARLY, 0)
    ends = [call.ended_at for call in (speaker, listener) if call.ended_at is not None]
    last = min([speaker.active_at + LONGEST, listener.span.port.horizon(listener.slot), *ends]) // SAMPLE
    n = last - first
    if n < WINDOW or lost(listener.span.port, listener.slot, first, n):
        return None
    if speaker.span.not_sent(speaker.slot, first, n):
        return None
    octets = listener.span.port.heard(listener.slot, first, n)
    ident = Ident(speaker.end, speaker.span.index, speaker.slot)
    at = onset(octets, speaker.exchange.lines.tone_of(ident)(0, BLOCK_SAMPLES + WINDOW - 1))
    return None if not at else (first + at) * SAMPLE - speaker.active_at


def onset(octets: bytes, tone: bytes) -> int | None:
    """Where in what was heard a tone begins, of which `tone` is a period and a window; None if nowhere."""
    for at in range(0, len(octets) - WINDOW + 1, STRIDE):
        if octets[at : at + WINDOW] in tone:
            while at > 0 and octets[at - 1 : at - 1 + WINDOW] in tone:
                at -= 1
            return at
    return None


def lost(port: Port, slot: int, first: int, n: int) -> bool:
    """Whether some of those samples never arrived."""
    told = getattr(port, "lost", None)
    return told is not None and bool(told(slot, first, n))


def percentiles(times: Sequence[Tick]) -> str:
    """p50, p99 and the longest, in milliseconds, and of how many."""
    told = ", ".join(f"{name} {ms:.1f}" for name, ms in _percentiles(times).items())
    return f"{told} ms of {len(times)}"


def _percentiles(times: Iterable[Tick]) -> dict[str, float]:
    ordered = sorted(times)
    last = len(ordered) - 1
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {name: seconds(ordered[round(share * last)]) * 1000 for name, share in shares.items()}
