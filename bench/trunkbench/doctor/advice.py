"""What a failure means and what to do: alarms, clocks, a D channel that stays down, a refused call."""

from __future__ import annotations

from trunkbench.bench import SERVICE_LIMIT, Bench
from trunkbench.call import Call
from trunkbench.config import BenchConfig
from trunkbench.doctor.listening import d_channels, side_of
from trunkbench.span import End
from trunkbench.timeline import FrameEntry, NoteEntry
from trunkwire.q931.causes import Cause
from trunkwire.ticks import Tick, seconds

ALARMS = {
    "LOS": "LOS: no signal arrives. Is the cable plugged in at both ends, the other end powered? A "
    "crossover cable joins pins 1-2 of one end with 4-5 of the other",
    "LOF": "LOF: there is a signal, and no frame alignment in it. Compare crc4 here with the framing of the "
    "other end",
    "AIS": "AIS: the other end, or equipment in between, sends all ones: it is not configured, or its "
    "own line is down",
    "RAI": "RAI: the other end does not receive us. Check our transmit pair (pins 4-5), and crc4 at "
    "the other end",
}

_NUMBERING_CAUSES = {Cause.CHANNEL_UNAVAILABLE, Cause.CHANNEL_DOES_NOT_EXIST}


def other_clock(config: BenchConfig) -> str:
    """What is known of the clock at an end that is not ours."""
    return (
        "the carrier is the master"
        if config.bench.topology == "carrier"
        else "the device's is its own affair"
    )


def clock_problem(config: BenchConfig, here: str, there: str, both_ours: bool) -> tuple[str, tuple[str, ...]]:
    """What the configuration alone says is wrong with the clocks, and what to do about it, slips or not."""
    if both_ours and here == there:
        if here == "internal":
            cure = 'write far_clock = "recover", or leave far_clock out'
            return "two masters, so the line slips", (cure,)
        return "no master: both run after each other", ('write clock = "internal" for this span',)
    if config.bench.topology == "carrier" and here == "internal":
        return "two masters: a carrier never follows", ('write clock = "recover" for this span',)
    if here == "internal":
        return "", (
            'write clock = "recover" for this span, or set the device to recover its clock from the line',
        )
    return "", ("set one of the two ends to make the clock itself",)


def why_down(end: End, bench: Bench, since: Tick) -> tuple[str, tuple[str, ...]]:
    """Why a D channel did not come up, by what is heard on its timeslot and on the others."""
    now, slot = bench.pump.now, end.config.d_channel
    elsewhere = d_channels(end, since, now)
    heard = [
        entry.data
        for entry in bench.timeline.entries
        if isinstance(entry, FrameEntry) and entry.span == end.index and not entry.out
    ]
    bad = [
        entry
        for entry in bench.timeline.entries
        if isinstance(entry, NoteEntry) and entry.where == end.name and entry.what.startswith("bad frame")
    ]
    waited = f"no data link on timeslot {slot} within {seconds(SERVICE_LIMIT):g} s"
    if elsewhere:
        found = max(elsewhere, key=lambda there: elsewhere[there])
        return (
            f"{waited}; there are LAPD frames on timeslot {found} ({elsewhere[found]} heard)",
            (f"write d_channel = {found} for this span, if the other end is meant to have it there",),
        )
    sides = {side_of(frame) for frame in heard} - {None}
    if end.side in sides:
        return (
            f"{waited}; the other end plays the {end.side.value} side too",
            (f'write near = "{end.side.peer.value}" for this span, or change the side at the other end',),
        )
    if heard:
        return (
            f"{waited}; {len(heard)} frames came, and no answer to ours",
            ("the other end may not receive us, or its link may be blocked: look at its own log",),
        )
    if bad:
        return (
            f"{waited}; {len(bad)} broken frames came ({bad[-1].what.partition(': ')[2]})",
            ("bits are lost or inverted: check clock source, cable, and HDLC settings of the other end",),
        )
    return (
        f"{waited}; nothing that looks like a D channel is on any timeslot in use",
        (
            "is the other end's D channel enabled, and its data link set to come up?",
            "does it expect to be the one to follow? PRI links are started by both sides",
        ),
    )


def call_advice(call: Call) -> tuple[str, ...]:
    """What to do about a call that was refused, or never answered."""
    if call.cause in _NUMBERING_CAUSES:
        return ("the other end has no such channel: compare channel_numbering and b_channels with its setup",)
    if call.cause in (Cause.UNALLOCATED, Cause.INVALID_NUMBER_FORMAT):
        return ("the other end does not know the number: correct [dut.plan] or its own routing",)
    if call.cause is None:
        return ("the other end did not answer the SETUP at all: is its call control running?",)
    return (f"the other end refused with cause {int(call.cause)}: see its own log",)
