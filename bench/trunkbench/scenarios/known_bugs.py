"""Bugs that stacks in the field have, a scenario each: what is provoked, and a verdict that names the bug.

`setup-repeated-shorter`: the SETUP that T303 repeats lacks an element of the first (Q.931 5.1.1 wants the
same message). `channel-stays-busy`: after a lost data link the B channel of a call that T309 has ended
takes no call (5.8.9). `progress-without-indicator`: PROGRESS without its mandatory element (table 3-9).
`busy-as-16`: a busy subscriber is reported with cause 16, normal clearing, instead of 17 (Q.850).
`promised-tone-missing`: DISCONNECT promises a tone (progress description 8, 5.4), and the line is silent.

On our own far end they pass; `trunkbench run --far-bug NAME` lets it have the bug.
"""

from __future__ import annotations

from collections.abc import Callable

from trunkbench.bench import Bench
from trunkbench.call import Call
from trunkbench.conditions import any_of
from trunkbench.scenarios.crossed import crossed
from trunkbench.scenarios.link_loss import SETTLE, both_ends, declared, silence, t309
from trunkbench.scenarios.stage import Scenario, Skip, Stage
from trunkbench.span import SpanEnd
from trunkwire.q931.call import ChannelChoice
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import ProgressIndicatorIE, RawIE
from trunkwire.q931.message import Element, Message
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Timer
from trunkwire.ticks import SECOND, Tick, seconds
from trunkwire.tones import BUSY

Sink = Callable[[SpanEnd, Indication], None]

ANSWERS, RINGS, ENGAGED = "300", "301", "200"


def setup_repeated_shorter(stage: Stage) -> None:
    """Leave a SETUP of the far end without an answer until T303 repeats it, and compare the two."""
    bench = stage.bench
    if not bench.far.dials or not bench.near.spans:
        raise Skip("the far end has to place a call, and it is not ours to dial from")
    since = bench.pump.now
    deaf = bench.near.spans[0]
    hears = deaf.sink
    deaf.sink = _unless_setup(hears)
    try:
        call = bench.far.dial(ANSWERS)
        assert isinstance(call.span, SpanEnd)
        t303 = call.span.control.settings.durations(call.span.side)[Timer.T303]
        bench.run_for(seconds(t303 + SECOND))
        setups = _said_by_far(bench, since, MessageType.SETUP)
        bench.run_until(call.cleared, within=seconds(t303 + 10 * SECOND))
    finally:
        deaf.sink = hears
    stage.check(
        len(setups) == 2,
        "SETUP without an answer is repeated once when T303 expires",
        detail=f"it was sent {len(setups)} times",
    )
    lacking = [
        _named(element) for again in setups[1:] for element in setups[0].ies if element not in again.ies
    ]
    stage.check(
        not lacking,
        "the SETUP that T303 repeats is the first one again",
        detail=f"it lacks or changes: {', '.join(lacking)}",
    )
    call.hang_up()
    stage.check_idle()


def channel_stays_busy(stage: Stage) -> None:
    """Let T309 end a call of a lost data link, and ask for its channel when the link is back."""
    bench = stage.bench
    ends = both_ends(bench)
    bench.far.number(ANSWERS).answers()
    call = bench.near.dial(ANSWERS)
    bench.run_until(call.active, within="10s")
    channel = call.channel
    bench.run_for("1s")
    outage = max(declared(end) for end in ends) + max(t309(end) for end in ends) + SECOND
    silence(ends, outage)
    bench.run_for(seconds(outage + 2 * SETTLE))
    stage.check(call.cleared_at is not None, "the call of the lost link is over", detail=call.where())
    call.hang_up()
    again = bench.near.dial(ANSWERS, channel=channel, choice=ChannelChoice.EXCLUSIVE)
    bench.run_until(any_of([again.active, again.ended]), within="10s")
    stage.check(
        bool(again.active),
        f"channel {channel} carries calls again after the link was lost",
        detail=f"the far end still has it busy: refused with cause {again.outcome.cause}",
    )
    again.hang_up()
    bench.run_until(again.cleared, within="60s")
    stage.check_idle()


def progress_without_indicator(stage: Stage) -> None:
    """Have the far end say PROGRESS while it rings, and look at each one that comes."""
    bench = stage.bench
    since = bench.pump.now
    bench.far.number(RINGS).never_answers()
    call = bench.near.dial(RINGS)
    bench.run_until(call.alerting, within="10s")
    party = bench.far.calls[-1] if bench.far.ours and bench.far.spans else None
    if party is not None and party.span is not None and party.q931 is not None:
        party.span.control.progress(party.q931, bench.pump.now)
        party.span.drain()
    bench.run_for("2s")
    heard = _said_by_far(bench, since, MessageType.PROGRESS)
    if not heard:
        raise Skip("the far end sent no PROGRESS: there is nothing to judge")
    bare = [message for message in heard if message.get(ProgressIndicatorIE) is None]
    stage.check(
        not bare,
        "PROGRESS has its progress indicator, which is mandatory (table 3-9)",
        detail=f"{len(bare)} of {len(heard)} have none; this side answers STATUS with cause 96 (5.8.6.1)",
    )
    stage.check(not call.ended, "the call goes on", detail=call.where())
    call.hang_up()
    bench.run_until(call.cleared, within="60s")
    stage.check_idle()


def busy_as_16(stage: Stage) -> None:
    """Call a subscriber who is busy, and look at the cause."""
    bench = stage.bench
    bench.far.number(ENGAGED).busy()
    call = bench.near.dial(ENGAGED)
    bench.run_until(call.ended, within="10s")
    stage.check(
        call.outcome.cause is Cause.USER_BUSY,
        "a busy subscriber is reported with cause 17",
        detail=f"it is reported with cause {_cause(call)}: an exchange that goes by the cause cannot tell "
        "that from a call that ended as calls do",
    )
    call.hang_up()
    bench.run_until(call.cleared, within="60s")
    stage.check_idle()


def promised_tone_missing(stage: Stage) -> None:
    """Call a subscriber whose exchange announces busy tone in-band, and listen."""
    bench = stage.bench
    bench.far.number(ENGAGED).busy(tone=True)
    call = bench.near.dial(ENGAGED)
    bench.run_until(call.ended, within="10s")
    if not call.in_band_promised:
        call.hang_up()
        raise Skip(
            "the far end clears without a promise of tones (progress 8): there is nothing to listen for"
        )
    stage.hears(call, BUSY, "DISCONNECT with progress 8", within="6s")
    call.hang_up()
    bench.run_until(call.cleared, within="60s")
    stage.check_idle()


def _unless_setup(sink: Sink) -> Sink:
    """Nobody takes a call that arrives; everything else goes its way."""

    def listen(end: SpanEnd, indication: Indication) -> None:
        if indication.kind is not IndicationKind.SETUP:
            sink(end, indication)

    return listen


def _said_by_far(bench: Bench, since: Tick, kind: MessageType) -> list[Message]:
    """The messages of that type that arrived at the near end since that tick."""
    return [message for sent, message in crossed(bench, since) if not sent and message.type == kind]


def _named(element: Element) -> str:
    return f"element {element.identifier:#04x}" if isinstance(element, RawIE) else element.title


def _cause(call: Call) -> str:
    cause = call.outcome.cause
    return f"{int(cause)} ({cause.meaning})" if isinstance(cause, Cause) else str(cause)


KNOWN_BUGS = (
    Scenario(
        "setup-repeated-shorter",
        "known bug: the SETUP that T303 repeats lacks an element of the first",
        setup_repeated_shorter,
    ),
    Scenario(
        "channel-stays-busy",
        "known bug: a channel stays busy after the data link was lost",
        channel_stays_busy,
        facing=True,
    ),
    Scenario(
        "progress-without-indicator",
        "known bug: PROGRESS without its mandatory progress indicator",
        progress_without_indicator,
    ),
    Scenario("busy-as-16", "known bug: a busy subscriber is reported with cause 16", busy_as_16),
    Scenario(
        "promised-tone-missing",
        "known bug: DISCONNECT promises a tone (progress 8), and there is none",
        promised_tone_missing,
    ),
)
