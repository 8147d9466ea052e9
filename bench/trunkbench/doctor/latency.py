"""How long the line takes: a message until it is acknowledged, and speech until it is heard."""

from __future__ import annotations

from collections.abc import Sequence

from trunkbench.bench import Bench
from trunkbench.call import Call
from trunkbench.doctor.listening import first_sound, heard_octets
from trunkbench.timeline import FrameEntry
from trunkwire.lapd import frames
from trunkwire.lapd.frames import InformationFrame, SupervisoryFrame
from trunkwire.ticks import SAMPLE, SECOND, Tick, seconds
from trunkwire.tones import BLOCK_SAMPLES, Ident

LONGEST: Tick = SECOND


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


def one_way(speaker: Call, listener: Call, since: Tick) -> Tick | None:
    """From the moment the party began to speak (`since`) until the other heard it; None if it never did."""
    if speaker.span is None or speaker.slot is None or listener.span is None or listener.slot is None:
        return None
    first = -(-since // SAMPLE)
    said = speaker.exchange.lines.tone_of(Ident(speaker.end, speaker.span.index, speaker.slot))
    law = listener.span.law
    begins = first_sound(law.silent(1) + said(first, BLOCK_SAMPLES), law)
    arrives = first_sound(
        law.silent(1) + heard_octets(listener.span, listener.slot, first, LONGEST // SAMPLE), law
    )
    return None if arrives is None or begins is None else max(arrives - begins, 0) * SAMPLE


def round_trip(call: Call, half: Call, since: Tick) -> Tick | None:
    """There and back: the sum of both ways, in which the two ends' axes cancel out."""
    there, back = one_way(call, half, since), one_way(half, call, since)
    return None if there is None or back is None else there + back


def percentiles(times: Sequence[Tick]) -> str:
    """p50, p99 and the longest, in milliseconds, and of how many."""
    ordered = sorted(times)
    last = len(ordered) - 1
    p50, p99, longest = (ordered[round(share * last)] for share in (0.5, 0.99, 1.0))
    ms = ", ".join(
        f"{name} {seconds(time) * 1000:.1f}" for name, time in (("p50", p50), ("p99", p99), ("max", longest))
    )
    return f"{ms} ms of {len(ordered)}"
