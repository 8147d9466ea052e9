"""Both ways of every channel: who is heard where, and how long it takes."""

from __future__ import annotations

from contextlib import suppress

from trunkbench.bench import Bench
from trunkbench.call import Call
from trunkbench.conditions import all_of, any_of
from trunkbench.doctor import latency
from trunkbench.doctor.findings import Findings, ranges
from trunkbench.doctor.listening import heard_octets, listen
from trunkbench.errors import CallFailed
from trunkbench.hearing import misheard
from trunkbench.latency import LONGEST, d_channel, percentiles
from trunkbench.pairing import other_half
from trunkbench.ports.guard import DialRefused
from trunkbench.span import End
from trunkwire.ticks import SAMPLE, SECOND, Tick
from trunkwire.tones import BLOCK_SAMPLES, Ident

TALK: Tick = SECOND

_SHOWN = 4
"""So many channels are told about one by one."""


def check_audio(bench: Bench, number: str | None, findings: Findings) -> None:
    """A call on every channel at once, and what each of them hears."""
    if number is None:
        return
    calls = _fill(bench, number)
    missing = bench.near.capacity - len(calls)
    refused = [call for call in calls if not call.active]
    if refused:
        findings.failed(
            "audio",
            f"{len(refused)} of {len(calls)} channels carry no call: {refused[0].where()}",
            "compare b_channels on both sides, and how many calls the device takes at once",
        )
        bench.settle()
        return
    since = bench.pump.now
    bench.run_for(f"{TALK / SECOND:g}s")
    if bench.far.ours:
        _both_ends(bench, calls, since, findings)
    else:
        _one_end(bench, calls, since, findings)
    if missing:
        findings.not_tried(
            "audio", f"{missing} channels were left alone: [safety] does not allow more calls now"
        )
    _latency(bench, calls, findings)
    left = bench.audit()
    if left:
        findings.failed(
            "call", f"all have hung up, and something is left: {left[0]}", "see the other end's log"
        )


def _fill(bench: Bench, number: str) -> list[Call]:
    """One call on every channel, as far as the safety rules allow."""
    calls: list[Call] = []
    try:
        bench.far.number(number).answers()
        while len(calls) < bench.near.capacity:
            calls.append(bench.near.dial(number))
    except DialRefused:
        pass
    with suppress(CallFailed):
        bench.run_until(all_of(any_of([call.active, call.ended]) for call in calls), within="20s")
    return calls


def _both_ends(bench: Bench, calls: list[Call], since: Tick, findings: Findings) -> None:
    halves = [call for call in bench.far.calls if call.active]
    wrong = misheard([*calls, *halves], since, bench.pump.now)
    if not wrong:
        findings.ok("audio", f"{len(calls)} channels, both ways, each hears its own party")
        return
    more = f" (and {len(wrong) - _SHOWN} more)" if len(wrong) > _SHOWN else ""
    crossed = any("crossed" in line for line in wrong)
    findings.failed(
        "audio",
        "; ".join(wrong[:_SHOWN]) + more,
        "timeslots are swapped on the way: compare channel_numbering and the order of timeslots on both sides"
        if crossed
        else "one direction is dead: check the pair of that direction, and what is between the two ends",
    )


def _one_end(bench: Bench, calls: list[Call], since: Tick, findings: Findings) -> None:
    """A device that we do not see the inside of: what it says, and whether it sends back what we say."""
    meter = bench.near.lines.hearing.meter
    first = (since // SAMPLE // BLOCK_SAMPLES + 1) * BLOCK_SAMPLES
    n = (bench.pump.now // SAMPLE - first) // BLOCK_SAMPLES * BLOCK_SAMPLES
    heard = {span.index: listen(span, meter, first, n) for span in bench.near.spans}
    echoed, audible, crossed = 0, 0, []
    for call in calls:
        assert call.span is not None
        assert call.slot is not None
        what = heard[call.span.index].get(call.slot)
        if what is None or not what.audible:
            continue
        audible += 1
        if what.ident == Ident("near", call.span.index, call.slot):
            echoed += 1
        elif what.ident is not None:
            crossed.append(f"channel {call.channel} carries what was said on timeslot {what.ident.channel}")
    if crossed:
        findings.failed("audio", "; ".join(crossed[:_SHOWN]), "compare the order of timeslots on both sides")
    elif echoed == len(calls):
        findings.ok("audio", f"{echoed} channels, both ways: the device sends back what it hears")
    elif audible:
        findings.ok(
            "audio",
            f"the device is heard on {audible} of {len(calls)} channels; whether it hears us is not known",
            "program a number that echoes, to have the other way examined too",
        )
    else:
        findings.ok(
            "audio",
            f"{len(calls)} calls, and the device is silent on all of them: nothing can be said of the audio",
            "program a number that echoes or plays something",
        )


def _latency(bench: Bench, calls: list[Call], findings: Findings) -> None:
    told = []
    frames = [time for span in bench.near.spans for time in d_channel(bench, span.index)]
    if frames:
        told.append(f"D channel, until acknowledged: {percentiles(frames)}")
    since = _speak_at_once(bench, calls)
    trips = [trip for call in calls if (trip := _trip(bench, call, since)) is not None]
    if trips:
        told.append(f"audio, there and back: {percentiles(trips)}")
    else:
        told.append("audio: not measured, nothing comes back")
    told += [_lost(end) for end in bench.trunk.ends if any(end.lost_samples.values())]
    findings.ok("latency", "\n".join(told))


def _lost(end: End) -> str:
    lost = {slot: count for slot, count in end.lost_samples.items() if count}
    return f"{end.name}: {sum(lost.values()) / 8:.0f} ms of audio were lost, on timeslots {ranges(lost)}"


def _speak_at_once(bench: Bench, calls: list[Call]) -> Tick:
    """After a silence, every party speaks from one moment on, which is returned."""
    parties = [*calls, *(call for call in bench.far.calls if call.active)]
    for party in parties:
        party.exchange.lines.silence(party)
    bench.run_for(f"{LONGEST / SECOND:g}s")
    since = bench.pump.now
    for party in parties:
        party.exchange.lines.introduce(party)
    bench.run_for(f"{LONGEST / SECOND:g}s")
    return since


def _trip(bench: Bench, call: Call, since: Tick) -> Tick | None:
    if bench.far.ours:
        half = other_half(call) if bench.near.beyond is not None else _same_channel(bench, call)
        return None if half is None else latency.round_trip(call, half, since)
    assert call.span is not None
    assert call.slot is not None
    first = -(-since // SAMPLE)
    octets = heard_octets(call.span, call.slot, first, LONGEST // SAMPLE)
    meter = bench.near.lines.hearing.meter
    whole = octets[: len(octets) // BLOCK_SAMPLES * BLOCK_SAMPLES]
    if not whole or meter.identify(whole) != Ident("near", call.span.index, call.slot):
        return None
    return latency.one_way(call, call, since)


def _same_channel(bench: Bench, call: Call) -> Call | None:
    return next(
        (
            half
            for half in bench.far.calls
            if half.active
            and half.slot == call.slot
            and half.span is not None
            and call.span is not None
            and half.span.index == call.span.index
        ),
        None,
    )
