"""Leased channels, and a number that a call centre answers: rows that are not about telephones."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from trunkbench.acceptance.capacity import times
from trunkbench.acceptance.desk import HEARD, PICKED_UP
from trunkbench.acceptance.trial import Trial, fate
from trunkbench.conditions import all_of
from trunkbench.errors import CallFailed, NotOnThisBench
from trunkwire.ticks import Duration

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.callcentre.pbx import CallCentrePbx
    from trunkbench.conditions import Condition

_TESTED_FOR: Duration = "10s"
"""Ten seconds of 64 kbit/s: 640,000 bits, of which one error is told."""


def leased(trial: Trial) -> None:
    """The channels carry a pseudo-random pattern, both ways, without an error."""
    from trunkbench.leased import measure_leased

    channels = {int(each) for each in trial.row.detail.split(",")}
    verdicts = [
        verdict
        for verdict in measure_leased(trial.bench, _TESTED_FOR)
        if verdict.span == trial.row.subject and verdict.channel in channels
    ]
    if not verdicts:
        raise NotOnThisBench(f"leased channels of {trial.row.subject}: none is connected at this hour")
    for verdict in verdicts:
        text = f"timeslot {verdict.channel} of {verdict.span}, {verdict.direction}, carries what is sent"
        trial.check(verdict.holds, text, "; ".join(verdict.findings))
    tested = {verdict.channel for verdict in verdicts}
    lacking = channels - tested
    trial.check(not lacking, "every channel is connected", ", ".join(map(str, sorted(lacking))))
    bits, errors = (sum(getattr(verdict, name) for verdict in verdicts) for name in ("bits", "errors"))
    trial.measured = f"{errors} of {bits:,} bits wrong in {len(verdicts)} directions"
    trial.figures |= {
        "bits": bits,
        "errors": errors,
        "slips": sum(len(verdict.slips) for verdict in verdicts),
        "directions": [verdict.describe() for verdict in verdicts],
    }


def call_centre(trial: Trial) -> None:
    """Everybody who was promised gets through: agents talk, the others wait and hear so; then one by one
    they are served in their order.
    """
    pbx, centre = trial.bench.call_centre, trial.config.call_centre
    if pbx is None or centre is None:
        raise NotOnThisBench("the call centre is not the bench's own: who talks and who waits is not known")
    count, agents = trial.limit(trial.row.count), len(centre.at_work)
    talk = min(count, agents)
    calls = [trial.dial() for _ in range(count)]
    with suppress(CallFailed):
        trial.bench.run_until(pbx.talks(talk), within=PICKED_UP)
    trial.settled(calls)
    wrong = [fate(call) for call in calls if call not in trial.talking(calls)]
    trial.check(not wrong, f"{count} callers at once get through", "; ".join(wrong[:3]))
    talking = [call for call in calls if trial.half(call) in pbx.talking]
    waiting = [call for call in calls if trial.half(call) in pbx.waiting]
    trial.check(len(talking) == talk, f"{talk} of them talk to agents", f"{len(talking)} do")
    trial.check(len(waiting) == count - talk, f"{count - talk} of them wait", f"{len(waiting)} do")
    _by_ear(trial, pbx, talking, waiting)
    trial.figures |= {"promised": count, "reached": len(trial.talking(calls)), **times(calls)}
    trial.measured = f"{len(talking)} talk to agents, {len(waiting)} wait and hear so"
    if waiting:
        _next_one(trial, pbx, waiting[0])


def _by_ear(trial: Trial, pbx: CallCentrePbx, talking: list[Call], waiting: list[Call]) -> None:
    from trunkbench.callcentre.hears import hears_sound

    def listen(conditions: list[Condition], text: str) -> None:
        if not conditions:
            return
        try:
            trial.bench.run_until(all_of(conditions), within=HEARD)
        except CallFailed as failure:
            trial.check(False, text, str(failure).partition("\n")[0])
        else:
            trial.check(True, text)

    heard: list[Condition] = [hears_sound(call, pbx.announcement) for call in waiting]
    agents = pbx.talking
    voices: list[Condition] = []
    for call in talking:
        half = trial.half(call)
        assert half is not None
        agent = agents[half]
        voices.append(call.hears_own_channel() if agent.ident is None else agent.heard_by(call))
    listen(heard, "those who wait hear the announcement")
    listen(voices, "each of those who talk hears an agent of its own")


def _next_one(trial: Trial, pbx: CallCentrePbx, first: Call) -> None:
    """An agent hangs up: who has waited longest is next."""
    talk = len(pbx.talking)
    next(iter(pbx.talking.values())).hang_up()
    with suppress(CallFailed):
        trial.bench.run_until(pbx.talks(talk), within=PICKED_UP)
    served = ", ".join(call.name for call in pbx.talking)
    trial.check(trial.half(first) in pbx.talking, "who has waited longest is next", f"served are {served}")
