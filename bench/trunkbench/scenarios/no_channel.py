"""`no-channel`: the trunk is full, and what the caller who finds it so is told and hears, in each way there
is.

With every channel talking: one more caller is refused by its own exchange before anything is sent (cause
34), and hears busy or congestion as `no_circuit` says; a SETUP that would take any channel is refused by
the far end with 34; one that insists on a channel in use is refused by the far end with 44 (Q.931 5.2.3).
"""

from __future__ import annotations

from trunkbench.call import Call
from trunkbench.conditions import all_of
from trunkbench.outcome import End
from trunkbench.scenarios.stage import Scenario, Stage
from trunkwire.q931.call import ChannelChoice
from trunkwire.q931.causes import Cause
from trunkwire.tones import BUSY, CONGESTION, ToneKind

CALLED = "300"


def play(stage: Stage) -> None:
    """Fill the trunk, try in every way, empty it."""
    bench = stage.bench
    bench.far.number(CALLED).answers()
    full = bench.near.capacity
    calls = bench.near.dial_many(CALLED, full)
    stage.show("filling the trunk", 0, full)
    bench.run_until(all_of(call.active for call in calls), within="10s")
    stage.show("trunk full", full, full)
    configured = bench.near.lines.no_circuit
    try:
        for kind in (BUSY, CONGESTION):
            bench.near.lines.no_circuit = kind
            # Exclusive whatever the config says: with "any" the far end would be asked, and would refuse.
            call = bench.near.dial(CALLED, choice=ChannelChoice.EXCLUSIVE)
            _refused(
                stage, call, f"one more caller, no_circuit = {kind.value}", Cause.NO_CIRCUIT, "near", kind
            )
    finally:
        bench.near.lines.no_circuit = configured
    call = bench.near.dial(CALLED, choice=ChannelChoice.ANY)
    _refused(stage, call, "SETUP with any channel", Cause.NO_CIRCUIT, "far", configured)
    taken = calls[0].channel
    call = bench.near.dial(CALLED, channel=taken, choice=ChannelChoice.EXCLUSIVE, insist=True)
    what = f"SETUP with exclusive channel {taken}, which is in use"
    _refused(stage, call, what, Cause.CHANNEL_UNAVAILABLE, "far", configured)
    talking = sum(bool(call.active) for call in calls)
    stage.check(
        talking == full,
        f"all {full} calls live on",
        kind="target",
        detail=f"{talking} of {full} are still active",
    )
    for call in calls:
        call.hang_up()
    bench.run_until(all_of(call.cleared for call in calls), within="60s")
    stage.check_idle()


def _refused(stage: Stage, call: Call, which: str, cause: Cause, decided_by: End, tone: ToneKind) -> None:
    stage.show(which, 0, 1)
    stage.hears(call, tone, which, within="6s")
    outcome = call.outcome
    stage.check(
        outcome.cause == cause and outcome.decided_by == decided_by,
        f"{which}: cause {int(cause)}, decided by the {decided_by} end",
        detail=f"cause {outcome.cause}, decided by {outcome.decided_by}",
    )
    crossed = call.q931 is not None
    stage.check(
        crossed == (decided_by != call.end),
        f"{which}: " + ("SETUP crosses the D channel" if decided_by != call.end else "nothing is sent"),
        detail="SETUP was sent" if crossed else "nothing was sent",
    )
    call.hang_up()
    stage.bench.run_until(call.cleared, within="60s")
    stage.show(which, 1, 1)


NO_CHANNEL = Scenario(
    "no-channel",
    "a full trunk: refused here with 34, refused there with 34 and 44, and what the caller hears",
    play,
)
