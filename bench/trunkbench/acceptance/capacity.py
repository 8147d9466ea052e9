"""How many get through at once, on which lines and channels, and what the next caller hears."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trunkbench.acceptance.promise import OUTSIDE, all_places, refusal
from trunkbench.acceptance.trial import Trial, fate, is_at, place, place_name, sounds
from trunkbench.errors import CallFailed, NotOnThisBench
from trunkbench.outcome import NO_CIRCUIT_CAUSES
from trunkwire.q931.causes import Cause
from trunkwire.ticks import Duration, seconds
from trunkwire.tones import BUSY

if TYPE_CHECKING:
    from trunkbench.call import Call

BUSY_WITHIN: Duration = "6s"
"""A busy tone is told by its cadence: 350 ms on and off, some times over, even behind an announcement."""


def capacity(trial: Trial) -> None:
    """As many callers as were promised dial at the same moment: all get through, each hears its own party."""
    count = trial.limit(trial.row.count)
    trial.answers(everybody=True)
    calls = _fill(trial, count)
    talking = trial.talking(calls)
    heard = trial.hear_each_other(talking)
    judged = f", {heard} of {2 * len(talking)} parties hear each other" if trial.bench.far.ours else ""
    trial.measured = f"{len(talking)} of {count} connected{judged}"
    _own_places(trial, talking)
    trial.figures |= {"promised": trial.row.count, "dialled": count, "reached": len(talking)}
    trial.figures |= times(calls)


def one_more(trial: Trial) -> None:
    """With every line and channel taken, one more dials: refused with the right cause, and the right tone."""
    count = trial.row.count
    if trial.carrier and trial.able <= count:
        raise NotOnThisBench(
            f"needs a line more to call from: this bench has {trial.able} calls up at most, all of which the "
            "number takes, so one more would be refused by the bench itself"
        )
    trial.answers(everybody=True)
    calls = trial.talking(_fill(trial, count))
    expected = refusal(trial.config, trial.row.digits, trial.caller)
    call = trial.dial()
    trial.settled([call])
    if expected.why == "centre" and trial.lines and not trial.trunks:
        _answered_with_busy(trial, call)
        return
    trial.check(call.active_at is None, f"caller {count + 1} does not get through", "it was connected")
    if call.active_at is not None:
        trial.measured = "connected"
        return
    cause = expected.cause
    wanted = NO_CIRCUIT_CAUSES if cause in NO_CIRCUIT_CAUSES else {cause}
    known = call.outcome.cause
    trial.check(known in wanted, f"cause {named(cause)}", named(known))
    tone = trial.bench.near.lines.no_circuit if cause in NO_CIRCUIT_CAUSES else BUSY
    text = f"caller {count + 1} hears {tone.value} tone"
    try:
        trial.bench.run_until(call.hears(tone), within=BUSY_WITHIN)
    except CallFailed:
        heard = sounds(call.outcome.heard) or "nothing"
        trial.check(False, text, f"it hears {heard}")
    else:
        trial.check(True, text)
    outcome = call.outcome
    trial.measured = f"{sounds(outcome.heard) or 'nothing'}, cause {named(known)}"
    trial.figures |= {"heard": [_figures(each) for each in outcome.heard], "cause": known and int(known)}
    trial.check(not outcome.findings, "tone and cause agree", "; ".join(outcome.findings))
    lost = [each.name for each in calls if each not in trial.talking(calls)]
    trial.check(not lost, "the others go on talking", ", ".join(lost))


def _answered_with_busy(trial: Trial, call: Call) -> None:
    """A line that rings cannot be refused: a call centre that is full answers it, and plays busy tone."""
    text = f"caller {trial.row.count + 1} hears busy tone"
    try:
        trial.bench.run_until(call.hears(BUSY), within=BUSY_WITHIN)
    except CallFailed:
        trial.check(False, text, f"it hears {sounds(call.outcome.heard) or 'nothing'}")
    else:
        trial.check(True, text)
    trial.measured = "busy tone from the call centre, which answers a line that it cannot refuse"


def occupied(trial: Trial) -> None:
    """With a call placed from one of the lines or channels, one caller fewer gets through."""
    source, count = trial.row.subject, trial.row.count
    trial.answers(everybody=True)
    trial.bench.near.number(OUTSIDE).answers()
    outgoing = trial.place_from(source)
    trial.settled([outgoing])
    if not trial.check(bool(trial.talking([outgoing])), f"a call from {source} gets through", fate(outgoing)):
        return
    calls = _fill(trial, count)
    talking = trial.talking(calls)
    call = trial.dial()
    trial.settled([call])
    trial.check(call.active_at is None, f"caller {count + 1} does not get through", "it was connected")
    trial.measured = f"{len(talking)} callers connected beside it, then cause {named(call.outcome.cause)}"
    trial.figures |= {"reached": len(talking)}


def _fill(trial: Trial, count: int) -> list[Call]:
    """That many calls at once; all of them have to get through."""
    calls = [trial.dial() for _ in range(count)]
    trial.settled(calls)
    wrong = [
        f"caller {n}: {fate(call)}" for n, call in enumerate(calls, 1) if call not in trial.talking(calls)
    ]
    plural = "s" if count != 1 else ""
    trial.check(
        not wrong,
        f"{count} caller{plural} at once get through",
        f"{count - len(wrong)} of {count}; {'; '.join(wrong[:3])}{' …' if len(wrong) > 3 else ''}",
    )
    return calls


def _own_places(trial: Trial, talking: Sequence[Call]) -> None:
    """Each call has a line or channel to itself, and no line of the number was left out."""
    halves = [half for call in talking if (half := trial.half(call)) is not None]
    where = [place(half) for half in halves]
    if not where:
        return
    twice = sorted({each for each in where if where.count(each) > 1})
    trial.check(not twice, "each call is on a line or channel of its own", ", ".join(twice))
    trial.figures["places"] = where
    expected = all_places(trial.config, trial.row.digits, trial.caller)
    known = [name for each in expected for name in each.places]
    strange = sorted({place_name(half) for half in halves if not is_at(half, known)})
    trial.check(not strange, "each call arrives where the plan says", ", ".join(strange))
    if trial.lines and not trial.trunks:
        silent = {f"line {name}" for name in known} - set(where)
        if len(talking) < trial.row.count:
            idle = ", ".join(sorted(silent))
            trial.check(not silent, "every line of the number takes a call", f"{idle} took none")


def times(calls: Sequence[Call]) -> dict[str, Any]:
    """First response, post-dial delay and time to answer in ms, the longest each; the answer-seizure ratio.

    A call that was refused before anything rang has seized nothing (E.411: answered seizures to seizures).
    """
    seized = [call for call in calls if call.alerting_at is not None or call.active_at is not None]
    answered = [call for call in seized if call.active_at is not None]
    first, delay, connect = [], [], []
    for call in seized:
        audible = [tick for tick in (call.progress_at, call.alerting_at, call.active_at) if tick is not None]
        delay.append(seconds(min(audible) - call.dialled_at))
        if call.first_response_at is not None:
            first.append(seconds(call.first_response_at - call.dialled_at))
        if call.active_at is not None:
            connect.append(seconds(call.active_at - call.dialled_at))
    found: dict[str, Any] = {"seized": len(seized), "answered": len(answered)}
    if seized:
        found["answer_seizure_ratio"] = round(len(answered) / len(seized), 4)
    for name, spans in (("first_response_ms", first), ("post_dial_delay_ms", delay), ("connect_ms", connect)):
        if spans:
            found[name] = round(max(spans) * 1000, 3)
    return found


def _figures(heard: Any) -> dict[str, Any]:
    return {
        "kind": heard.kind,
        "freq_hz": _rounded(heard.freq_hz),
        "on_ms": _rounded(heard.on_ms),
        "off_ms": _rounded(heard.off_ms),
        "level_dbm0": _rounded(heard.level_dbm0),
        "via": heard.via,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def named(cause: Cause | int | None) -> str:
    """A cause with its meaning."""
    if cause is None:
        return "none"
    return f"{int(cause)} ({cause.meaning})" if isinstance(cause, Cause) else str(cause)
