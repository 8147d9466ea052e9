"""The rows of a number plan: every promise that the configuration makes, in the order in which it makes them.

Pure: nothing is opened. A row names what is promised; `trunkbench.acceptance.measuring` keeps it to that.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.acceptance.promise import (
    Reason,
    callers_of,
    first_destination,
    forwarded,
    left_beside,
    on_mobile,
    overflow,
    promised,
    refused,
    stranger,
)
from trunkbench.acceptance.reckoning import Expected, Paper
from trunkbench.acceptance.row import AccessNumber, Aspect, Row
from trunkbench.acceptance.tables import LinePlan, Many, Plan
from trunkbench.access.calls import Caller
from trunkbench.access.config import (
    AnalogGroupTable,
    DigitalTrunkTable,
    ForwardingTable,
    OneNumberTable,
    ServiceNumberTable,
    digits,
    time_of_day,
)
from trunkbench.access.lines import Use
from trunkbench.config import BenchConfig
from trunkbench.errors import UsageError
from trunkbench.outcome import NO_CIRCUIT_CAUSES
from trunkwire.q931.causes import Cause
from trunkwire.tones import BUSY, CONGESTION, ToneKind

FOREIGN = "02100000000"
"""A number that no trunk of a plan owns."""


def rows_of(config: BenchConfig, *, numbers: tuple[str, ...] = ()) -> list[Row]:
    """The rows of `[access]`; `numbers` keeps those of these numbers only.

    Raises UsageError for a configuration without a plan, and for a number that it does not have.
    """
    Plan(config)
    rows = list(_all(config))
    if not rows:
        raise UsageError(
            f"{config.source}: [access] has no number, so there is nothing to accept; "
            "`trunkbench services` explains the tables that it may have"
        )
    chosen = {digits(number) for number in numbers}
    unknown = chosen - {row.digits for row in rows}
    if unknown:
        there = ", ".join(dict.fromkeys(row.number for row in rows))
        raise UsageError(
            f"{config.source}: no row is about {', '.join(sorted(unknown))}; there are rows about {there}"
        )
    return [row for row in rows if not chosen or row.digits in chosen]


def numbers_of(config: BenchConfig) -> list[AccessNumber]:
    """The numbers of `[access]`, in its order. Raises UsageError for a configuration without a plan."""
    plan = Plan(config)
    access = plan.access
    named = [(one.number, "fixed-line") for one in access.fixed_line]
    named += [(one.number, "one-number") for one in access.one_number]
    named += [(one.pilot, "analog-group") for one in access.analog_group]
    named += [(one.number, "digital-trunk") for one in access.digital_trunk]
    named += [(one.number, _service_name(one)) for one in access.service_number]
    named += [(one.number, "mobile") for one in access.mobile]
    found = []
    for number, service in named:
        lines = tuple(line.number for line in plan.lines_behind(digits(number)))
        trunks = tuple(trunk.number for trunk in plan.trunks_behind(digits(number)))
        capacity = promised(config, digits(number), callers_of(config, digits(number))[0])
        found.append(AccessNumber(number, service, capacity, lines, trunks))
    return found


def _all(config: BenchConfig) -> Iterator[Row]:
    access = config.access
    assert access is not None
    centre = _centre_numbers(config)
    for fixed in access.fixed_line:
        yield from _common(config, fixed.number, "fixed-line")
        yield from _of_lines(config, fixed.number, "fixed-line", (fixed.number,))
    for one in access.one_number:
        yield from _common(config, one.number, "one-number")
        yield from _one_number(config, one)
    for group in access.analog_group:
        yield from _common(config, group.pilot, "analog-group")
        yield from _analog_group(config, group)
    for trunk in access.digital_trunk:
        if digits(trunk.number) in centre:
            yield from _call_centre(config, trunk.number)
        else:
            yield from _common(config, trunk.number, "digital-trunk")
        yield from _digital_trunk(config, trunk)
    for service in access.service_number:
        yield from _common(config, service.number, _service_name(service))
        yield from _service_number(config, service)
    for mobile in access.mobile:
        if mobile.reachable:
            yield from _common(config, mobile.number, "mobile")
        else:
            yield Row(mobile.number, "mobile", Aspect.UNREACHABLE, "out of reach, cause 20")
    for entry in access.forwarding:
        yield from _forwarding(config, entry)
    for leased in access.leased:
        channels = ", ".join(map(str, leased.channels))
        at = "" if leased.hours is None else f" at {leased.hours}"
        promise = f"channels {channels} carry data without errors{at}"
        yield Row(leased.span, "leased", Aspect.LEASED, promise, subject=leased.span, detail=channels)


def _service_name(service: ServiceNumberTable) -> str:
    if service.short:
        return "short-code"
    prefix = digits(service.number)[:3]
    return prefix if prefix in ("400", "800") else "service-number"


def _centre_numbers(config: BenchConfig) -> frozenset[str]:
    """The numbers that the call centre answers, rather than telephones of their own."""
    centre = config.call_centre
    return frozenset() if centre is None else frozenset(centre.answered(config.access))


# -- what every number promises -----------------------------------------------------------------------------


def _common(config: BenchConfig, number: str, service: str) -> Iterator[Row]:
    """How many get through at once, what one more hears, who the premises are told calls, ringback."""
    forwarding = _forwarding_of(config, number)
    if forwarding is not None and forwarding.unconditional is not None:
        return
    for caller in callers_of(config, digits(number)):
        count = promised(config, digits(number), caller)
        there = f" from area {caller.area}" if len(callers_of(config, digits(number))) > 1 else ""
        if count == 0:
            promise = f"takes no calls{there}"
            yield Row(number, service, Aspect.USE, promise, subject=caller.area, detail="takes none")
            continue
        yield Row(
            number, service, Aspect.CAPACITY, f"capacity {count}{there}", subject=caller.area, count=count
        )
        promise = f"caller {count + 1} hears {tone_for(config, number, caller).value}{there}"
        yield Row(number, service, Aspect.ONE_MORE, promise, subject=caller.area, count=count)
        yield Row(number, service, Aspect.CALLER_ID, f"caller ID is passed on{there}", subject=caller.area)
        promise = f"a withheld number is not shown{there}"
        yield Row(number, service, Aspect.WITHHELD, promise, subject=caller.area)
        if not Paper(config).call(digits(number), caller).desk:  # agents pick up when they can
            yield Row(number, service, Aspect.RINGING, f"ringback while it rings{there}", subject=caller.area)
    if stranger(config, digits(number)) is not None:
        yield Row(number, service, Aspect.AREA, "callers of other areas are refused")


def _forwarding_of(config: BenchConfig, number: str) -> ForwardingTable | None:
    access = config.access
    assert access is not None
    wanted = digits(number)
    return next((entry for entry in access.forwarding if digits(entry.number) == wanted), None)


# -- what each kind promises --------------------------------------------------------------------------------


def _of_lines(config: BenchConfig, number: str, service: str, lines: tuple[str, ...]) -> Iterator[Row]:
    """Calls from each line, shown with its own number; lines for one direction only."""
    known = Plan(config).lines
    for line in dict.fromkeys(lines):
        if known[digits(line)].makes:
            yield Row(number, service, Aspect.SHOWN, f"a call from {line} shows {line}", subject=digits(line))
        else:
            promise = f"no calls from {line}"
            yield Row(number, service, Aspect.USE, promise, subject=digits(line), detail="makes none")
        if not known[digits(line)].takes and digits(line) != digits(number):
            promise = f"line {line} is not rung"
            yield Row(number, service, Aspect.USE, promise, subject=digits(line), detail="not rung")


def _occupied(config: BenchConfig, number: str, service: str) -> Iterator[Row]:
    """An outgoing call takes a line away from those who call in."""
    plan = Plan(config)
    entry = plan.find(digits(number))
    lines: tuple[LinePlan, ...] = entry.at(plan.starts).lines if isinstance(entry, Many) else ()
    both = next((line.number for line in lines if line.use is Use.BOTHWAY), None)
    if both is not None:
        left = left_beside(config, digits(number), callers_of(config, digits(number))[0], both)
        promise = f"a call from {both} leaves {left}"
        yield Row(number, service, Aspect.OCCUPIED, promise, subject=both, count=left)


def _one_number(config: BenchConfig, one: OneNumberTable) -> Iterator[Row]:
    yield Row(one.number, "one-number", Aspect.DISTRIBUTION, f"lines {_IN[one.distribution]}")
    for at in one.at:
        promise = f"{', '.join(at.lines)} at {at.hours}"
        if _reached(config, one.number, at.hours):
            yield Row(one.number, "one-number", Aspect.HOURS, promise, detail=at.hours)
    lines = (*one.lines, *(line for at in one.at for line in at.lines))
    yield from _of_lines(config, one.number, "one-number", lines)
    yield from _occupied(config, one.number, "one-number")


_IN = {
    "order": "in order",
    "rotating": "in rotation",
    "simultaneous": "all at once",
    "linear": "from the first",
    "circular": "after the last used",
    "uniform": "idle longest first",
}


def _analog_group(config: BenchConfig, group: AnalogGroupTable) -> Iterator[Row]:
    known = Plan(config).lines
    hunting = "all at once" if group.hunting == "simultaneous" else _IN[group.hunting]
    yield Row(group.pilot, "analog-group", Aspect.DISTRIBUTION, f"lines {hunting}")
    for member in group.members:
        if known[digits(member)].takes:
            promise = f"member {member} by itself"
            yield Row(group.pilot, "analog-group", Aspect.MEMBER, promise, subject=digits(member))
    lines = (group.pilot, *group.members)
    yield from _of_lines(config, group.pilot, "analog-group", lines)
    yield from _occupied(config, group.pilot, "analog-group")


def _digital_trunk(config: BenchConfig, trunk: DigitalTrunkTable) -> Iterator[Row]:
    access = config.access
    assert access is not None
    number, service = trunk.number, "digital-trunk"
    if trunk.use == "incoming":
        promise = f"no calls from {number}"
        yield Row(number, service, Aspect.USE, promise, subject=digits(number), detail="makes none")
        return
    for own in (number, *trunk.owns):
        yield Row(number, service, Aspect.SHOWN, f"a call may show {own}", subject=digits(own))
    rule = {"replace": f"shows {number} instead", "bar": "is barred", "pass": "is passed, not screened"}
    promise = f"a call with a number of others {rule[access.foreign_number]}"
    yield Row(number, service, Aspect.SHOWN, promise, subject=FOREIGN, detail=access.foreign_number)
    if trunk.use == "bothway":
        left = left_beside(config, digits(number), callers_of(config, digits(number))[0], digits(number))
        promise = f"a call from it leaves {left}"
        yield Row(number, service, Aspect.OCCUPIED, promise, subject=digits(number), count=left)


def _service_number(config: BenchConfig, service: ServiceNumberTable) -> Iterator[Row]:
    number, name = service.number, _service_name(service)
    for each in service.to:
        if each.hours is not None and _reached(config, number, each.hours):
            promise = f"{_written(config, each.number)} at {each.hours}"
            yield Row(number, name, Aspect.HOURS, promise, subject=digits(each.number), detail=each.hours)
    paper = Paper(config).call(digits(number), callers_of(config, digits(number))[0])
    if not paper.places:
        return
    how = "by percentage" if any(to.share for to in service.to) else "in order"
    to = ", ".join(_written(config, each.number) for each in service.to)
    yield Row(number, name, Aspect.TRANSLATION, f"goes to {to} {how}")
    yield from _overflow(config, service)
    pays = {"caller": "the caller pays", "called": "the called party pays", "shared": "the cost is shared"}
    yield Row(number, name, Aspect.PAYER, pays[paper.payer], detail=paper.payer)
    ended = on_mobile(config, digits(number), callers_of(config, digits(number))[0])
    promise = "mobiles get through" if ended.places else "mobiles are refused"
    yield Row(number, name, Aspect.MOBILES, promise)


def _reached(config: BenchConfig, number: str, hours: str) -> bool:
    """Whether a call gets through when those hours begin."""
    paper = Paper(config, time_of_day=time_of_day(hours.partition("-")[0]))
    return bool(paper.call(digits(number), callers_of(config, digits(number))[0]).places)


def _overflow(config: BenchConfig, service: ServiceNumberTable) -> Iterator[Row]:
    """Where a call goes on when its first destination does not take it, if it goes anywhere."""
    number, name = service.number, _service_name(service)
    caller = callers_of(config, digits(number))[0]
    if not first_destination(config, digits(number), caller):
        return
    if overflow(config, digits(number), caller, "busy").places:
        yield Row(number, name, Aspect.OVERFLOW, "flows over on busy", detail="busy")
    ended = overflow(config, digits(number), caller, "no answer")
    timed = service.no_answer_after is not None
    if timed and _elsewhere(config, number, caller, ended):
        yield Row(number, name, Aspect.OVERFLOW, "flows over on no answer", detail="no answer")


def _gets_through(config: BenchConfig, number: str, caller: Caller, ended: Expected, reason: Reason) -> bool:
    """Whether a call that was sent on for that reason is taken."""
    return _elsewhere(config, number, caller, ended) if reason == "no_answer" else bool(ended.places)


def _elsewhere(config: BenchConfig, number: str, caller: Caller, ended: Expected) -> bool:
    """Whether a call that nobody answers ends where somebody may: not at the same place once more."""
    return bool(ended.places) and not set(ended.places) & set(
        Paper(config).call(digits(number), caller).places
    )


def _written(config: BenchConfig, number: str) -> str:
    """A number as the plan writes it where it defines it."""
    access = config.access
    assert access is not None
    names = [one.number for one in access.one_number]
    names += [group.pilot for group in access.analog_group]
    names += [trunk.number for trunk in access.digital_trunk]
    names += [service.number for service in access.service_number]
    return next((name for name in names if digits(name) == digits(number)), number)


def _forwarding(config: BenchConfig, entry: ForwardingTable) -> Iterator[Row]:
    number, caller = entry.number, callers_of(config, digits(entry.number))[0]
    ways: tuple[Reason, ...] = ("unconditional", "busy", "no_answer")
    words = {"unconditional": "always", "busy": "on busy", "no_answer": "on no answer"}
    for reason in ways:
        to = getattr(entry, reason)
        if to is None:
            continue
        ended = forwarded(config, digits(number), caller, reason)
        if ended.cause is Cause.EXCHANGE_ROUTING_ERROR and reason == "unconditional":
            promise = "a loop of forwarding ends, cause 25"
            if ended.why == "hops":
                assert config.access is not None
                promise = f"sent on more than {config.access.hops} times it ends, cause 25"
            yield Row(number, "forwarding", Aspect.LOOP, promise, detail=ended.why)
        elif ended.redirected_from and _gets_through(config, number, caller, ended, reason):
            promise = f"{words[reason]} to {_written(config, to)}"
            yield Row(number, "forwarding", Aspect.FORWARDING, promise, subject=digits(to), detail=reason)
        if reason == "unconditional":
            yield from _chain(config, entry, to, caller)
            return  # whatever else it says, it never comes to that


def _chain(config: BenchConfig, entry: ForwardingTable, to: str, caller: Caller) -> Iterator[Row]:
    """A call that is sent on twice: always, and from there on busy."""
    onward = _forwarding_of(config, to)
    if onward is None or onward.busy is None or onward.unconditional is not None:
        return
    if forwarded(config, digits(entry.number), caller, "chain").places:
        promise = f"always to {_written(config, to)}, from there on busy to {_written(config, onward.busy)}"
        to = digits(onward.busy)
        yield Row(entry.number, "forwarding", Aspect.FORWARDING, promise, subject=to, detail="chain")


def _call_centre(config: BenchConfig, number: str) -> Iterator[Row]:
    count = promised(config, digits(number), callers_of(config, digits(number))[0])
    assert config.call_centre is not None
    talk = min(count, len(config.call_centre.at_work))
    promise = f"of {count} callers at once {talk} talk, {count - talk} wait"
    yield Row(number, "call-centre", Aspect.CALL_CENTRE, promise, count=count)
    tone = tone_for(config, number, callers_of(config, digits(number))[0]).value
    yield Row(number, "call-centre", Aspect.ONE_MORE, f"caller {count + 1} hears {tone}", count=count)


def tone_for(config: BenchConfig, number: str, caller: Caller) -> ToneKind:
    """What the first caller hears who is one too many: busy, or the exchange's tone for no circuit."""
    cause = refused(config, digits(number), caller)
    if cause in NO_CIRCUIT_CAUSES and config.bench.no_circuit == "congestion":
        return CONGESTION
    return BUSY
