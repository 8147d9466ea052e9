"""Numbers that stand for others: translation, overflow, who pays, mobiles, forwarding and its loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from trunkbench.acceptance import promise
from trunkbench.acceptance.capacity import named
from trunkbench.acceptance.promise import (
    MOBILE,
    Reason,
    engaged_first,
    first_destination,
    forwarded,
    on_mobile,
    own_capacity,
)
from trunkbench.acceptance.reckoning import Expected, Paper
from trunkbench.acceptance.tables import Stands
from trunkbench.acceptance.trial import Trial, fate, is_at, place_name, sounds
from trunkbench.errors import NotOnThisBench
from trunkwire.q931.causes import Cause

if TYPE_CHECKING:
    from trunkbench.call import Call

_TURNS = 10
"""Calls by which percentages are told: of ten, tenths."""


def translation(trial: Trial) -> None:
    """Calls go to the destinations in their order, or in the shares that the plan gives them."""
    trial.answers()
    entry = trial.plan.find(trial.row.digits)
    shares = isinstance(entry, Stands) and any(each.share for each in entry.table.to)
    paper = Paper(trial.config)
    taken: list[str] = []
    wrong: list[str] = []
    for n in range(_TURNS if shares else 2):
        expected = paper.call(trial.row.digits, trial.caller)
        paper.end(n)
        call = trial.dial()
        trial.settled([call])
        half = trial.half(call) if trial.talking([call]) else None
        taken.append("none" if half is None else place_name(half))
        if not (is_at(half, expected.places) if expected.places else half is None):
            wrong.append(f"call {n + 1}: {taken[-1]} instead of {', '.join(expected.places) or 'none'}")
        trial.end([call])
    trial.check(not wrong, "each call goes where it is translated to", "; ".join(wrong[:3]))
    counts = {where: taken.count(where) for where in dict.fromkeys(taken)}
    trial.measured = ", ".join(f"{count} to {where}" for where, count in counts.items())
    trial.figures["taken"] = taken


def overflow(trial: Trial) -> None:
    """When the first destination is engaged, or nobody answers there, the next one is tried."""
    first = first_destination(trial.config, trial.row.digits, trial.caller)
    why: Literal["busy", "no answer"] = "busy" if trial.row.detail == "busy" else "no answer"
    expected = promise.overflow(trial.config, trial.row.digits, trial.caller, why)
    if why == "busy":
        trial.answers(everybody=True)
        trial.note(f"{_engage(trial, first)} calls engaged {first}")
        text = f"with {first} engaged the call flows over"
    else:
        trial.answers()
        _nobody_answers(trial)
        text = f"with no answer at {first} the call flows over"
    call = trial.dial()
    trial.settled([call], within="90s")
    _arrives(trial, call, expected, text)


def _engage(trial: Trial, number: str) -> int:
    """Callers of a number itself, until it takes no more; how many."""
    count = own_capacity(trial.config, number, trial.caller)
    calls = [trial.dial(number) for _ in range(count)]
    trial.settled(calls)
    wrong = [fate(call) for call in calls if call not in trial.talking(calls)]
    trial.check(not wrong, f"{count} callers of {number} get through", "; ".join(wrong[:3]))
    return count


def _arrives(trial: Trial, call: Call, expected: Expected, text: str) -> Call | None:
    """The call has to be connected where the plan says; the other party's handle."""
    half = trial.half(call) if trial.talking([call]) else None
    where = fate(call) if half is None else place_name(half)
    trial.check(is_at(half, expected.places), f"{text} to {', '.join(expected.places)}", where)
    trial.measured = where
    return half


def payer(trial: Trial) -> None:
    """The call record says who pays."""
    trial.answers()
    call = trial.dial()
    trial.settled([call])
    trial.check(bool(trial.talking([call])), "the call gets through", fate(call))
    record = call.record
    if record is None:
        raise NotOnThisBench("the exchange is not the bench's own: its call records are not to be seen")
    trial.measured = f"{record.payer}, by way of {' → '.join(record.path)}"
    trial.check(record.payer == trial.row.detail, trial.row.promise, f"the record says {record.payer}")
    expected = Paper(trial.config).call(trial.row.digits, trial.caller)
    trial.check(
        tuple(record.path) == expected.path,
        f"the record has its way: {' → '.join(expected.path)}",
        " → ".join(record.path),
    )


def mobiles(trial: Trial) -> None:
    """A caller from a mobile network gets through, or is refused, as the plan says."""
    trial.answers()
    expected = on_mobile(trial.config, trial.row.digits, trial.caller)
    call = trial.dial(shown=MOBILE, mobile=True)
    trial.hears_out(call)
    trial.measured = fate(call)
    if expected.cause is None:
        trial.check(bool(trial.talking([call])), "a call from a mobile gets through", fate(call))
        return
    trial.check(call.active_at is None, "a call from a mobile does not get through", fate(call))
    trial.check(call.outcome.cause == expected.cause, f"cause {named(expected.cause)}", fate(call))
    trial.check(not trial.arrived(), "nothing rings", f"{len(trial.arrived())} calls came in")


def areas(trial: Trial) -> None:
    """A caller of an area that no destination serves is refused."""
    trial.answers()
    call = trial.dial(shown=trial.caller.number)
    trial.hears_out(call)
    cause = Paper(trial.config).call(trial.row.digits, trial.caller).cause
    trial.check(call.active_at is None, "a caller of another area does not get through", fate(call))
    trial.check(call.outcome.cause == cause, f"cause {named(cause)}", fate(call))
    trial.check(not trial.arrived(), "nothing rings", f"{len(trial.arrived())} calls came in")
    trial.measured = fate(call)


def unreachable(trial: Trial) -> None:
    """A mobile that is switched off: its caller is told so."""
    trial.answers()
    call = trial.dial()
    trial.settled([call])
    trial.bench.run_for("4s")
    trial.check(call.active_at is None, "the call does not get through", fate(call))
    trial.check(call.outcome.cause is Cause.SUBSCRIBER_ABSENT, "cause 20, subscriber absent", fate(call))
    heard = sounds(call.outcome.heard)
    trial.check(bool(heard), "the caller hears a tone or an announcement", "nothing")
    trial.measured = fate(call)


def forwarding(trial: Trial) -> None:
    """The call is sent on, and carries the number that sent it on, with the reason."""
    reason: Reason = trial.row.detail  # type: ignore[assignment]  # rows are made with these only
    number, caller = trial.row.digits, trial.caller
    trial.answers()
    engaged = engaged_first(trial.config, number, reason)
    trial.settled([trial.dial(engaged) for _ in range(own_capacity(trial.config, engaged, caller))])
    if reason == "no_answer":
        _nobody_answers(trial)
    expected = forwarded(trial.config, number, caller, reason)
    call = trial.dial()
    trial.settled([call], within="90s")
    half = _arrives(trial, call, expected, "the call is sent on")
    sent_on = ", ".join(expected.redirected_from)
    record = call.record
    if record is not None:
        told = [each.number for each in record.redirections]
        trial.check(
            tuple(told) == expected.redirected_from,
            f"the call record says that {sent_on} sent it on",
            ", ".join(told) or "nobody",
        )
        said, why = (
            ", ".join(each.name.lower().replace("_", " ") for each in reasons)
            for reasons in ((each.reason for each in record.redirections), expected.reasons)
        )
        trial.check(said == why, f"the call record says why: {why}", said or "nothing")
    if half is not None and half.line is None and expected.redirected_from:
        _redirecting(trial, half, expected)
    trial.measured += f", sent on by {sent_on}"


def _redirecting(trial: Trial, half: Call, expected: Expected) -> None:
    """The redirecting number as it came in SETUP, and the reason (Q.952)."""
    got, last = half.redirecting, expected.redirected_from[-1]
    number = "" if got is None else got.digits
    trial.check(trial.same(number, last), f"the redirecting number is {last}", number or "none is carried")
    if got is not None and expected.reason is not None:
        words = expected.reason.name.lower().replace("_", " ")
        trial.check(got.reason == expected.reason, f"the reason is {words}", str(got.reason))


def loop(trial: Trial) -> None:
    """Numbers that forward to one another: the call ends, and rings nowhere."""
    trial.answers()
    call = trial.dial()
    trial.hears_out(call)
    if trial.row.detail == "hops":
        trial.note(
            f"nobody who dials {trial.row.number} ever gets through: "
            "make the chain shorter, or raise access.hops"
        )
    trial.check(call.ended_at is not None, "the call ends", call.where())
    trial.check(
        call.outcome.cause is Cause.EXCHANGE_ROUTING_ERROR, "cause 25, exchange routing error", fate(call)
    )
    trial.check(not trial.arrived(), "nothing rings", f"{len(trial.arrived())} calls came in")
    trial.measured = fate(call)


def _nobody_answers(trial: Trial) -> None:
    """Where a call to the row's number rings first, it rings in vain."""
    trunks = {trunk.name: trunk.number for trunk in trial.trunks}
    places = Paper(trial.config).call(trial.row.digits, trial.caller).places
    trial.never_answers([trunks.get(place, place) for place in places])
