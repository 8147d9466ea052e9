"""The main job: one caller more than the trunk has channels. All but the last talk; the last hears busy
tone.
"""

from __future__ import annotations

from trunkbench.conditions import all_of
from trunkbench.hearing import misheard
from trunkbench.scenarios.stage import Scenario, Stage
from trunkwire.q931.causes import Cause

CALLED = "300"


def play(stage: Stage) -> None:
    """Dial, talk, be refused, hang up."""
    bench = stage.bench
    channels = bench.near.capacity
    bench.far.number(CALLED).answers(after="2s")
    calls = bench.near.dial_many(CALLED, channels)
    stage.show("dialling", 0, channels)
    bench.run_until(all_of(call.active for call in calls), within="10s")
    stage.show("talking", channels, channels)
    talking_since = bench.pump.now
    extra = bench.near.dial(CALLED)
    stage.hears(extra, bench.near.lines.no_circuit, f"customer {channels + 1}", within="4s")
    stage.check(
        extra.outcome.cause is Cause.NO_CIRCUIT and extra.outcome.decided_by == "near",
        f"customer {channels + 1} finds the trunk full (cause 34)",
        detail=str(extra.outcome),
    )
    bench.run_for("10s")
    active = sum(bool(call.active) for call in calls)
    stage.check(
        active == channels,
        f"{channels} customers talk at once",
        kind="target",
        detail=f"{active} of {channels} are active",
    )
    talked_until = bench.pump.now
    stage.show("hanging up", 0, channels)
    for call in (*calls, extra):
        call.hang_up()
    bench.run_until(all_of(call.cleared for call in calls), within="60s")
    stage.check_idle()
    wrong = misheard([*calls, *bench.far.calls], talking_since, talked_until)
    stage.check(not wrong, "each hears the party on its own channel", kind="media", detail="; ".join(wrong))
    stage.show("idle", channels, channels)


FULL_HOUSE = Scenario("full-house", "one caller more than the trunk has channels", play)
