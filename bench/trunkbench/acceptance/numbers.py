"""The numbers that are told: who calls, to those who are called; and what a caller hears while it rings."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from trunkbench.acceptance.capacity import times
from trunkbench.acceptance.promise import OUTSIDE, rings_at_most
from trunkbench.acceptance.trial import Trial, fate, place, sounds
from trunkbench.access.callingnumber import NumberingArea, judge_calling
from trunkbench.access.network import Shown
from trunkbench.errors import CallFailed, NotOnThisBench
from trunkwire.q931.ies import Presentation, Screening
from trunkwire.ticks import SECOND, Tick, seconds
from trunkwire.tones import RINGBACK

if TYPE_CHECKING:
    from trunkbench.call import Call

_SHOWN: Tick = 6 * SECOND
"""The caller ID comes after the first ring of a line: a telephone knows of the call by the fourth second."""

_RINGBACK_TOLD: Tick = 8 * SECOND
"""The cadence of ringback, 1 s and 4 s, is known when it begins again."""


def _lets_ring(trial: Trial, least: Tick) -> Tick:
    """Let whoever is called ring for a while; how long the caller can listen. Raises NotOnThisBench where the
    plan lets nobody ring as long as the measurement takes.
    """
    longest = rings_at_most(trial.config, trial.row.digits)
    if longest < least:
        told = f"rings for {seconds(longest):g} s at most before the plan sends it on"
        raise NotOnThisBench(f"a call {told}; the measurement takes {seconds(least):g} s")
    trial.answers(after=seconds(longest - 4 * SECOND))
    return min(longest - SECOND, 11 * SECOND)


def caller_id(trial: Trial) -> None:
    """A caller whose number is known calls in: the premises are shown that number."""
    expected = trial.caller.number
    shown: str | None = expected
    _lets_ring(trial, _SHOWN)
    if trial.carrier:
        shown = None
        trial.note("the caller is a trunk of the bench: the call goes out and comes back")
    call = trial.dial(shown=shown)
    expected = shown or call.caller
    trial.settled([call])
    trial.check(bool(trial.talking([call])), "the call gets through", fate(call))
    half = trial.half(call)
    if half is None:
        if not trial.bench.far.ours:
            trial.note("what a device is shown only its own display tells")
            trial.measured = "not to be seen"
            return
        trial.check(False, "the call arrives at the premises", "it did not")
        return
    trial.check(half.caller == expected, f"the premises are shown {expected}", half.caller or "no number")
    trial.measured = f"shown {half.caller or 'no number'} on {place(half)}"
    _judge(trial, half, expected, Screening.NETWORK)


def withheld(trial: Trial) -> None:
    """A caller who wants its number withheld: the premises are not shown it, and a trunk is told why."""
    _lets_ring(trial, _SHOWN)
    call = trial.dial(shown=trial.caller.number, withheld=True)
    trial.settled([call])
    trial.check(bool(trial.talking([call])), "the call gets through", fate(call))
    half = trial.half(call)
    if half is None:
        trial.check(not trial.bench.far.ours, "the call arrives at the premises", "it did not")
        trial.measured = "not to be seen"
        return
    trial.check(not half.caller, "the premises are shown no number", f"they are shown {half.caller}")
    trial.measured = f"shown {half.caller or 'no number'} on {place(half)}"
    if half.line is None:
        got = half.calling_party
        told = "nothing" if got is None else f"presentation {got.presentation}, digits {got.digits!r}"
        restricted = got is not None and got.presentation == Presentation.RESTRICTED and not got.digits
        trial.check(restricted, "SETUP says that presentation is restricted, and has no digits", told)


def ringing(trial: Trial) -> None:
    """The caller hears ringback while it rings, and talks as soon as somebody answers."""
    listens = _lets_ring(trial, _RINGBACK_TOLD)
    call = trial.dial()
    bench = trial.bench
    try:
        bench.run_until(call.alerting, within="10s")
    except CallFailed as failure:
        trial.check(False, "it rings", str(failure).partition("\n")[0])
        return
    try:
        bench.run_until(call.hears(RINGBACK), within=seconds(listens))
    except CallFailed:
        trial.check(False, "the caller hears ringback", f"it hears {sounds(call.outcome.heard) or 'nothing'}")
    else:
        trial.check(True, "the caller hears ringback")
    trial.settled([call])
    trial.check(bool(trial.talking([call])), "whoever answers is connected", fate(call))
    bench.run_for("1s")
    heard = sounds(each for each in call.outcome.heard if each.kind != "ident") or "nothing"
    trial.figures |= times([call])
    delay = trial.figures.get("post_dial_delay_ms")
    trial.measured = heard if delay is None else f"{heard}, post-dial delay {delay:.0f} ms"


def shown(trial: Trial) -> None:
    """A call is placed from a line or a trunk: the called party is shown that one's number."""
    if trial.row.service == "digital-trunk":
        _shown_by_trunk(trial)
        return
    trial.bench.near.number(OUTSIDE).answers()
    line = trial.row.subject
    call = trial.place_from(line)
    trial.settled([call])
    trial.check(bool(trial.talking([call])), f"a call from line {line} gets through", fate(call))
    told = _arrivals(trial)
    number = told[-1].caller if told else ""
    trial.measured = number or "no number"
    trial.check(trial.same(number, line), f"the called party is shown {line}", number or "no number")
    if line != trial.row.digits:
        virtual = trial.same(number, trial.row.digits)
        trial.check(not virtual, f"{trial.row.number} is never shown", f"it shows {number}")


def _shown_by_trunk(trial: Trial) -> None:
    """The trunk's own numbers may be shown; what is done with another one's the plan says."""
    own, wished, rule = trial.row.digits, trial.row.subject, trial.row.detail
    if trial.carrier:
        trial.answers(after="1s")
        call = trial.dial(shown=wished, itself=True)
    else:
        trial.bench.near.number(OUTSIDE).answers()
        call = trial.place_from(own, shown=wished)
    trial.settled([call])
    told = trial.arrived() if trial.carrier else _arrivals(trial)
    if rule == "bar":
        trial.check(not trial.talking([call]), f"a call that shows {wished} is barred", fate(call))
        trial.measured = fate(call)
        return
    trial.check(bool(trial.talking([call])), "the call gets through", fate(call))
    if not told:
        return
    number = told[-1].caller
    expected = own if rule == "replace" else wished
    trial.check(trial.same(number, expected), f"the called party is shown {expected}", number or "no number")
    trial.measured = number or "no number"
    screening = Screening.USER_NOT_SCREENED if rule == "pass" else None
    if screening is None:
        screening = Screening.NETWORK if expected == own else Screening.USER_VERIFIED_PASSED
    _judge(trial, told[-1], expected, screening, wished)


def _arrivals(trial: Trial) -> list[Call]:
    """The calls that came from the premises to outside subscribers."""
    return [call for call in trial.bench.near.calls if not call.outgoing]


def _judge(trial: Trial, call: Call, number: str, screening: Screening, wished: str | None = None) -> None:
    """Digits, type, plan, presentation and screening of the calling number, where a trunk carries them."""
    if call.shown is not None:  # at the public exchange: what it passes on, whatever SETUP asked for
        said, wanted = (each.name.lower().replace("_", " ") for each in (call.shown.screening, screening))
        trial.check(said == wanted, f"the number is told to be {wanted}", said)
        return
    if call.line is not None:
        return
    area = NumberingArea(area=trial.plan.area)
    virtual = trial.plan.virtual()
    # A carrier that has verified a number of the trunk's own may say so, or vouch for it itself.
    vouched = (Screening.NETWORK, Screening.USER_VERIFIED_PASSED)
    expected = vouched if trial.carrier and screening in vouched else (screening,)
    got = call.calling_party
    findings = min(
        (
            judge_calling(Shown(number, each), got, wished=wished, virtual=virtual, place=area)
            for each in expected
        ),
        key=len,
    )
    text = "the calling number's type, plan, presentation and screening are as promised"
    trial.check(not findings, text, "; ".join(finding.describe() for finding in findings))
    if got is not None:
        told = {name: getattr(got, name) for name in ("digits", "kind", "plan", "presentation", "screening")}
        trial.figures["calling_party"] = {
            name: value.name.lower() if isinstance(value, enum.Enum) else value
            for name, value in told.items()
        }
