"""`busy-tone`: the called party is busy, and the caller hears it, wherever the tone comes from.

Twice: the far end sends cause 17 and the caller's own exchange plays busy tone; then the far end announces
in-band information (progress description 8) and plays the tone in the channel itself.
"""

from __future__ import annotations

from trunkbench.outcome import Via
from trunkbench.scenarios.stage import Scenario, Stage
from trunkwire.q931.causes import Cause
from trunkwire.tones import BUSY

CALLED = "200"


def play(stage: Stage) -> None:
    """Local tone, then in-band tone."""
    bench = stage.bench
    bench.far.number(CALLED).busy()
    if not bench.far.ours:
        _busy(stage, "the device finds its party busy", None)
        stage.note("only one way of being busy was played: where the tone comes from is the device's affair")
        stage.check_idle()
        return
    _busy(stage, "the near exchange plays the tone after cause 17", "local")
    bench.far.number(CALLED).busy(tone=True)
    _busy(stage, "the far end plays the tone in-band", "trunk")
    stage.check_idle()


def _busy(stage: Stage, which: str, via: Via | None) -> None:
    bench = stage.bench
    call = bench.near.dial(CALLED)
    stage.show(which, 0, 1)
    if not stage.hears(call, BUSY, which, within="6s"):
        call.hang_up()
        bench.run_until(call.cleared, within="60s")
        return
    outcome = call.outcome
    stage.check(
        outcome.cause == Cause.USER_BUSY and outcome.decided_by == "far",
        f"{which}: cause 17, decided by the far end",
        detail=f"cause {outcome.cause}, decided by {outcome.decided_by}",
    )
    tones = [sound for sound in outcome.heard if sound.kind == BUSY.value]
    if via is not None and not tones and call.lost_audio():
        stage.note(f"{which}: where the tone came from was not judged: audio was lost while it was played")
    elif via is not None:
        stage.check(
            bool(tones) and tones[-1].via == via,
            f"{which}: busy tone comes from the {'trunk' if via == 'trunk' else 'local exchange'}",
            kind="media",
            detail=f"heard {', '.join(map(str, outcome.heard)) or 'nothing'}",
        )
    stage.check(
        not outcome.findings,
        f"{which}: what is signalled and what is heard agree",
        kind="media",
        detail="; ".join(outcome.findings),
    )
    call.hang_up()
    bench.run_until(call.cleared, within="60s")
    stage.show(which, 1, 1)


BUSY_TONE = Scenario(
    "busy-tone",
    "a busy party: tone from the near exchange after cause 17, and in-band from the far end",
    play,
)
