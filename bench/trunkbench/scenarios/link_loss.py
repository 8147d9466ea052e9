"""`link-loss`: the D channel falls silent for a while, and what becomes of the calls (Q.931 5.8.9, Q.921
5.6, 5.8).

Three outages. A short one, while nobody has anything to send: neither end notices. One that lasts until
both data links have failed, and ends before T309 does: active calls survive, and both ends ask each other
with STATUS ENQUIRY whether they mean the same; the call that was only ringing is cleared at once. And one
that outlasts T309: every call is cleared with cause 27.
"""

from __future__ import annotations

from trunkbench.bench import Bench
from trunkbench.call import Call
from trunkbench.conditions import all_of
from trunkbench.device import LineFault
from trunkbench.scenarios.crossed import crossed
from trunkbench.scenarios.stage import Scenario, Skip, Stage
from trunkbench.span import SpanEnd
from trunkbench.timeline import NoteEntry
from trunkwire.q931.causes import Cause
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Timer
from trunkwire.ticks import SAMPLE, SECOND, Tick, seconds

ANSWERS, RINGS = "300", "301"
SHORT: Tick = 3 * SECOND
SETTLE: Tick = 5 * SECOND
_EVERY_FRAME = tuple(range(1, 1000))
_OUTAGES = (("frame-drop", _EVERY_FRAME), ("slot-dead", ()), ("cut", ()))
"""The faults that silence a D channel, the gentlest first, with their arguments."""


def play(stage: Stage) -> None:
    """The three outages, each with calls of its own."""
    ends = both_ends(stage.bench)
    stage.bench.far.number(ANSWERS).answers()
    stage.bench.far.number(RINGS).never_answers()
    plays = (_short, _restored, _expired)
    for done, outage in enumerate(plays):
        stage.show((outage.__doc__ or "").partition(":")[0], done, len(plays))
        outage(stage, ends)
    stage.show("idle again", len(plays), len(plays))


def both_ends(bench: Bench) -> list[SpanEnd]:
    """Both ends of every span. Raises Skip where one cannot be silenced."""
    ends = [end for end in bench.trunk.ends if isinstance(end, SpanEnd)]
    for end in ends:
        if not any(kind in end.port.caps.faults for kind, _args in _OUTAGES):
            raise Skip(f"{end.name}: its port has no fault that silences the D channel")
    return ends


def silence(ends: list[SpanEnd], ticks: Tick) -> None:
    """From now on, and for so long, no frame gets across, in either direction."""
    for end in ends:
        kind, args = next(each for each in _OUTAGES if each[0] in end.port.caps.faults)
        slot = None if kind == "cut" else end.config.d_channel
        end.port.insert(LineFault(kind, end.pump.now + SAMPLE, ticks, slot, args))


def declared(end: SpanEnd) -> Tick:
    """How long an idle link takes to notice that its peer is silent and to give it up: T203, the enquiries
    of timer recovery, and then as many SABME (Q.921 5.6.7, 5.8.7, 5.5.1.3).
    """
    settings = end.link.settings
    return settings.t203 + 2 * (settings.n200 + 1) * settings.t200


def t309(end: SpanEnd) -> Tick:
    """How long that end keeps its active calls without a data link."""
    return end.control.settings.durations(end.side)[Timer.T309]


def _calls(stage: Stage, *, ringing: bool) -> list[Call]:
    """Two calls that talk and one that rings, or as many as there are channels for, those that talk first.

    The links have just said so and are idle.
    """
    bench = stage.bench
    room = bench.near.capacity
    talking = max(1, min(2, room - ringing))
    numbers = [ANSWERS] * talking + [RINGS] * (ringing and room > talking)
    calls = [bench.near.dial(number) for number in numbers]
    bench.run_until(
        all_of(call.active if call.called == ANSWERS else call.alerting for call in calls), within="10s"
    )
    bench.run_for("1s")
    return calls


def _resets(bench: Bench, since: Tick) -> list[str]:
    return [
        f"{entry.where}: {entry.what}"
        for entry in bench.timeline.entries
        if isinstance(entry, NoteEntry) and entry.at >= since and entry.what.startswith("data link")
    ]


def _short(stage: Stage, ends: list[SpanEnd]) -> None:
    """An outage shorter than T203: nothing is released, nobody has noticed."""
    bench = stage.bench
    calls = _calls(stage, ringing=True)
    since = bench.pump.now
    silence(ends, SHORT)
    bench.run_for(seconds(SHORT + max(declared(end) for end in ends)))
    what = f"{seconds(SHORT):g} s without a frame"
    left = [call for call in calls if call.cleared_at is not None]
    stage.check(
        not left,
        f"{what}: nothing is released",
        detail="; ".join(call.where() for call in left),
    )
    noticed = _resets(bench, since)
    stage.check(not noticed, f"{what}: both data links go on", detail="; ".join(noticed))
    _hang_up(stage, calls)


def _restored(stage: Stage, ends: list[SpanEnd]) -> None:
    """An outage that is over before T309: active calls survive, the others are cleared at once."""
    bench = stage.bench
    calls = _calls(stage, ringing=True)
    failed = max(declared(end) for end in ends)
    back = failed + min(t309(end) for end in ends) // 4
    since = bench.pump.now
    silence(ends, back)
    bench.run_for(seconds(failed + (back - failed) // 2))
    what = "data link lost"
    down = [end.name for end in ends if end.in_service]
    stage.check(not down, f"{what}: both ends have declared it", detail=f"still up: {', '.join(down)}")
    both = [*calls, *bench.far.calls[-len(calls) :]]
    active = [call for call in both if call.called == ANSWERS]
    ringing = [call for call in both if call.called == RINGS]
    if not ringing:
        stage.note("the trunk has one channel: no call rings while another talks")
    wrong = [call for call in ringing if not _failed(call)]
    stage.check(
        not wrong,
        f"{what}: the ringing call is cleared at once at both ends, cause 27",
        detail="; ".join(f"{call.where()}, cause {call.outcome.cause}" for call in wrong),
    )
    stage.check(
        all(bool(call.active) for call in active),
        f"{what}: active calls wait for T309",
        detail=bench.who_is_where(),
    )
    bench.run_for(seconds(back - (bench.pump.now - since) + SETTLE))
    what = "back before T309"
    stage.check(
        all(end.in_service for end in ends) and all(bool(call.active) for call in active),
        f"{what}: active calls survive",
        detail=bench.who_is_where(),
    )
    asked = {message.type for _sent, message in crossed(bench, since + back)}
    missing = {MessageType.STATUS_ENQUIRY, MessageType.STATUS} - asked
    stage.check(
        not missing,
        f"{what}: the ends compare their states with STATUS ENQUIRY and STATUS",
        detail=f"not seen: {', '.join(sorted(kind.name for kind in missing))}",
    )
    bench.run_for(seconds(max(t309(end) for end in ends)))
    stage.check(
        all(bool(call.active) for call in active),
        f"{what}: T309 is stopped",
        detail=bench.who_is_where(),
    )
    _hang_up(stage, both)


def _expired(stage: Stage, ends: list[SpanEnd]) -> None:
    """An outage that outlasts T309: every call is cleared with cause 27."""
    bench = stage.bench
    calls = _calls(stage, ringing=False)
    failed = max(declared(end) for end in ends)
    longest = max(t309(end) for end in ends)
    silence(ends, failed + longest + SETTLE)
    bench.run_for(seconds(failed + longest + SECOND))
    what = "T309 expires"
    wrong = [call for call in (*calls, *bench.far.calls[-len(calls) :]) if not _failed(call)]
    stage.check(
        not wrong,
        f"{what}: the calls are cleared at both ends, cause 27",
        detail="; ".join(f"{call.where()}, cause {call.outcome.cause}" for call in wrong),
    )
    bench.run_for(seconds(2 * SETTLE))
    again = _calls(stage, ringing=False)
    stage.check(
        all(bool(call.active) for call in again),
        f"{what}: when the link is back, new calls get through",
        detail=bench.who_is_where(),
    )
    _hang_up(stage, [*calls, *again])


def _failed(call: Call) -> bool:
    """Whether the call has ended as one whose data link has failed (5.8.9)."""
    return call.cleared_at is not None and call.outcome.cause is Cause.DESTINATION_OUT_OF_ORDER


def _hang_up(stage: Stage, calls: list[Call]) -> None:
    for call in calls:
        call.hang_up()
    stage.bench.run_until(all_of(call.cleared for call in calls), within="60s")
    stage.check_idle()


LINK_LOSS = Scenario(
    "link-loss",
    "the D channel falls silent: unnoticed; noticed and back before T309; longer than T309",
    play,
    facing=True,
)
