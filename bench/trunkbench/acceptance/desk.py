"""What callers hear where a call centre answers: an agent's voice, or the announcement for those who wait."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from trunkbench.conditions import all_of
from trunkbench.errors import CallFailed
from trunkwire.ticks import Duration

if TYPE_CHECKING:
    from trunkbench.acceptance.trial import Trial
    from trunkbench.call import Call
    from trunkbench.callcentre.pbx import CallCentrePbx
    from trunkbench.conditions import Condition

PICKED_UP: Duration = "60s"
"""How long agents may take to answer whom they can, a menu that nobody presses a key in included."""

HEARD: Duration = "8s"
"""How long an announcement may last before it says anything that can be recognised."""


def served(trial: Trial, calls: int) -> None:
    """Give the agents time to answer as many of the calls as they can."""
    pbx, centre = trial.bench.call_centre, trial.config.call_centre
    if pbx is not None and centre is not None:
        with suppress(CallFailed):
            trial.bench.run_until(pbx.talks(min(calls, len(centre.at_work))), within=PICKED_UP)


def desk_hears(trial: Trial, calls: Sequence[Call]) -> dict[Call, str]:
    """For each of those calls that is in the call centre what its caller hears amiss: "" for nothing."""
    pbx = trial.bench.call_centre
    if pbx is None:
        return {}
    halves = {call: trial.half(call) for call in calls}
    inside = [call for call, half in halves.items() if half is not None and pbx.serves(half)]
    if not inside:
        return {}
    served(trial, len(inside))
    listening = {call: _expected(pbx, call, halves[call]) for call in inside}
    conditions = [each for each in listening.values() if each is not None]
    with suppress(CallFailed):
        trial.bench.run_until(all_of(conditions), within=HEARD)
    now = trial.bench.pump.now
    return {
        call: ""
        if each is not None and each.check(now) is not None
        else f"{call.name}: neither an agent nor the announcement is heard"
        for call, each in listening.items()
    }


def _expected(pbx: CallCentrePbx, call: Call, half: Call | None) -> Condition | None:
    from trunkbench.callcentre.hears import hears_sound

    agent = None if half is None else pbx.talking.get(half)
    if agent is None:
        return hears_sound(call, pbx.announcement) if half in pbx.waiting else None
    return call.hears_own_channel() if agent.ident is None else agent.heard_by(call)
