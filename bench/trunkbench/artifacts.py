"""What a run leaves behind for people: trace, ladder, audio and event log, in one folder.

trace.pcapng      every D-channel frame as the near end sent or received it (link type LAPD, directions, ns)
ladder.txt        the calls of that trace as arrows
timeline.jsonl    every event, with two time columns: line time, and since that call's SETUP
call-centre.jsonl what happened in the call centre, where the bench has one (docs/call-centre.md)
audio/CALLER.wav  what each caller heard, 16 bit linear at 8 kHz
"""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from trunkbench.trace.ladders import ladder
from trunkbench.trace.pcapng import PcapngWriter
from trunkbench.trace.record import FrameRecord

if TYPE_CHECKING:
    from trunkbench.bench import Bench
    from trunkbench.call import Call

SAMPLE_RATE = 8000
CHUNK = 10 * SAMPLE_RATE
"""Samples fetched and written at a time."""


def records(bench: Bench) -> list[FrameRecord]:
    """The D-channel frames of every span, in the order of time."""
    found: list[FrameRecord] = []
    for end in bench.trunk.near:
        found += bench.timeline.records(end.index, end.config.name, end.config.d_channel, end.side)
    return sorted(found, key=lambda record: record.at_ns)


def ladder_text(bench: Bench, call: Call | None = None) -> str:
    """The ladder of one call, or of all.

    A call of the other end that has the same reference on the same span comes with it.
    """
    frames = records(bench)
    if call is None:
        return ladder(frames, ends=("near", "far"))
    if call.span is None or call.q931 is None:
        return f"{call.name}: nothing of it crossed a D channel.\n"
    own = [frame for frame in frames if frame.span == call.span.label]
    return ladder(own, call.q931.reference, ends=("near", "far"))


def save(bench: Bench, folder: Path) -> list[Path]:
    """Write everything to `folder`; the files written. Raises OSError naming the file."""
    folder.mkdir(parents=True, exist_ok=True)
    trace = folder / "trace.pcapng"
    with PcapngWriter(trace, comment=bench.describe()) as writer:
        for record in records(bench):
            writer.write(record)
    text = folder / "ladder.txt"
    text.write_text(ladder_text(bench), encoding="utf-8")
    timeline = folder / "timeline.jsonl"
    bench.timeline.save(timeline)
    written = [trace, text, timeline]
    if bench.call_centre is not None:
        written.append(folder / "call-centre.jsonl")
        bench.call_centre.save_events(written[-1])
    return [*written, *_save_audio(bench, folder / "audio")]


def _save_audio(bench: Bench, folder: Path) -> Iterator[Path]:
    names: set[str] = set()
    for exchange in (bench.near, bench.far):
        for call in exchange.calls:
            if not call.outgoing or call.last_sample() <= call.first_sample():
                continue
            name = call.caller if call.caller not in names else f"{call.caller}-{call.end}-{call.index}"
            names.add(name)
            folder.mkdir(exist_ok=True)
            path = folder / f"{name}.wav"
            save_wav(call, path)
            yield path


def save_wav(call: Call, path: Path) -> None:
    """What the call's line heard, from dialling until it went on hook (or until now)."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        at, end = call.first_sample(), call.last_sample()
        while at < end:
            n = min(CHUNK, end - at)
            file.writeframes(call.ear.law.decode(call.ear.octets(at, n)).astype("<i2").tobytes())
            at += n
