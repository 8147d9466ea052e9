"""`hold`: a call is put on hold, a second one is made meanwhile, and the first is taken back (Q.932 6).

From either end, and in calls of either direction: while a call is held neither party hears the other, the
second call has another channel, and the two are exchanged once. A held call is cleared by either side.
"""

from __future__ import annotations

from trunkbench.call import Call
from trunkbench.conditions import all_of
from trunkbench.exchange import Exchange
from trunkbench.scenarios.stage import Scenario, Skip, Stage
from trunkwire.q931.causes import Cause

CALLED, CONSULTED = "300", "301"
TALK = "2s"


def play(stage: Stage) -> None:
    """The caller holds, then the called party does; near calls far, then far calls near."""
    near, far = stage.bench.near, stage.bench.far
    if any(span.config.is_bus for span in near.spans):
        raise Skip("needs a trunk with one device at each end: a bus leaves holding to its terminals")
    if near.capacity < 2:
        raise Skip("needs two channels: one for the call on hold, one for the call meanwhile")
    for caller, callee in ((near, far), (far, near)):
        callee.number(CALLED).answers()
        callee.number(CONSULTED).answers()
        for holder in ("caller", "called party"):
            _consult(stage, caller, callee, holder)
        _cleared_while_held(stage, caller, callee)


def _consult(stage: Stage, caller: Exchange, callee: Exchange, holder: str) -> None:
    """Hold, talk to somebody else, come back, and once more."""
    bench, which = stage.bench, f"{caller.end} to {callee.end}, the {holder} holds"
    stage.show(which, 0, 3)
    first, party = _talking(stage, caller, callee, CALLED)
    ours, theirs = (first, party) if holder == "caller" else (party, first)
    ours.hold()
    bench.run_until(all_of([ours.held, theirs.held]), within="10s")
    second, consulted = _talking(stage, caller, callee, CONSULTED)
    stage.show(which, 1, 3)
    stage.check(
        second.channel != first.channel,
        f"{which}: the second call has a channel of its own",
        detail=f"both are on channel {first.channel}",
    )
    _silent(stage, f"{which}: nobody hears anything in the held call", [ours, theirs])
    _heard(stage, f"{which}: the second call is heard both ways", [second, consulted])
    second.hold()
    bench.run_until(all_of([second.held, consulted.held]), within="10s")
    ours.retrieve()
    bench.run_until(all_of([ours.retrieved, theirs.retrieved]), within="10s")
    stage.show(which, 2, 3)
    stage.check(
        first.channel == party.channel,
        f"{which}: both ends have the retrieved call on the same channel",
        detail=f"{first.where()}; {party.where()}",
    )
    _heard(stage, f"{which}: the retrieved call is heard both ways again", [first, party])
    _silent(stage, f"{which}: now the second call is on hold", [second, consulted])
    for call in (first, second):
        call.hang_up()
    bench.run_until(all_of([first.cleared, second.cleared]), within="60s")
    stage.check_idle()
    stage.show(which, 3, 3)


def _cleared_while_held(stage: Stage, caller: Exchange, callee: Exchange) -> None:
    """A held call ends like any other, whoever clears."""
    bench = stage.bench
    for holder in ("who holds", "who is held"):
        which = f"{caller.end} to {callee.end}, cleared by the party {holder}"
        first, party = _talking(stage, caller, callee, CALLED)
        first.hold()
        bench.run_until(all_of([first.held, party.held]), within="10s")
        (first if holder == "who holds" else party).hang_up()
        bench.run_until(all_of([first.ended, party.ended]), within="10s")
        for call in (first, party):
            call.hang_up()
        bench.run_until(all_of([first.cleared, party.cleared]), within="60s")
        causes = {call.outcome.cause for call in (first, party)}
        stage.check(
            causes == {Cause.NORMAL_CLEARING},
            f"{which}: the held call is over at both ends, cause 16",
            detail="; ".join(f"{call.where()}, cause {call.outcome.cause}" for call in (first, party)),
        )
        stage.check_idle()


def _talking(stage: Stage, caller: Exchange, callee: Exchange, number: str) -> tuple[Call, Call]:
    """A call that talks, and the handle of its other party."""
    before = len(callee.calls)
    call = caller.dial(number)
    stage.bench.run_until(call.active, within="10s")
    party = callee.calls[before]
    stage.bench.run_until(party.active, within="10s")
    return call, party


def _heard(stage: Stage, what: str, parties: list[Call]) -> None:
    """From now on, for a while, both hear each other; judged when the play is over."""
    start = stage.bench.pump.now
    stage.bench.run_for(TALK)
    end = stage.bench.pump.now
    stage.hear_each_other(what, parties, start, end, what=what)


def _silent(stage: Stage, what: str, parties: list[Call]) -> None:
    """The parties are connected to nothing."""
    stage.bench.run_for(TALK)
    connected = [call for call in parties if call.on_trunk]
    stage.check(not connected, what, kind="media", detail="; ".join(call.where() for call in connected))


HOLD = Scenario(
    "hold", "calls on hold, consulted about, retrieved, and cleared while they are held", play, facing=True
)
