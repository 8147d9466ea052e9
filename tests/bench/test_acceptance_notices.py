"""Every kind of row notices when what it is about is not so: only the exchange is made to do otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sources import ROOT

from trunkbench.acceptance import Aspect, RowResult, measure, rows_of
from trunkbench.access import routes
from trunkbench.access.hunting import Group
from trunkbench.access.lines import Use
from trunkbench.access.network import Network
from trunkbench.access.services import LineGroup, Mobile, Translated
from trunkbench.bench import Bench
from trunkbench.callcentre.pbx import CentreFaults
from trunkbench.config import BenchConfig, load_config
from trunkbench.device import LineFault
from trunkwire.q931.ies import Presentation, RedirectingNumberIE, RedirectionReason, Screening

CONFIG: BenchConfig = load_config(ROOT / "hw-config" / "loopback-call-centre.toml")
ROWS = {row.title: row for row in rows_of(CONFIG)}
FOR_GOOD = 1 << 50

Sabotage = Callable[[Bench], object]


def measured(title: str, sabotage: Sabotage) -> RowResult:
    with Bench(CONFIG) as bench:
        sabotage(bench)
        return measure(bench, ROWS[title])


def network(bench: Bench) -> Network:
    assert bench.network is not None
    return bench.network


def lines_of(bench: Bench, number: str) -> LineGroup:
    service = network(bench).services[number]
    assert isinstance(service, LineGroup)
    return service


def translated(bench: Bench, number: str) -> Translated:
    service = network(bench).services[number]
    assert isinstance(service, Translated)
    return service


def hunts(number: str, hunting: str) -> Sabotage:
    def sabotage(bench: Bench) -> None:
        group = lines_of(bench, number).lines
        assert isinstance(group, Group)
        group.hunting = hunting  # type: ignore[assignment]

    return sabotage


def member_hunts(bench: Bench) -> None:
    """Whoever dials the member reaches the whole group."""
    group = lines_of(bench, "99999999")
    network(bench).services["92222222"] = LineGroup("92222222", group.lines, False)


def rings_one(bench: Bench) -> None:
    """Of the lines that should ring together only the first one does."""
    group = lines_of(bench, "66666666")
    group.lines = Group(group.lines.lines, "linear")


def ignores_hours(bench: Bench) -> None:
    lines_of(bench, "02886082660").by_hours = ()


def line_is(number: str, use: Use) -> Sabotage:
    def sabotage(bench: Bench) -> None:
        network(bench).lines[number].use = use

    return sabotage


def a_line_short(bench: Bench) -> None:
    """The last of the lines gets no calls of the number."""
    group = lines_of(bench, "02886082660").lines
    group.lines = group.lines[:-1]


def goes_only_to(number: str, *to: str) -> Sabotage:
    def sabotage(bench: Bench) -> None:
        service = translated(bench, number)
        service.destinations = tuple(each for each in service.destinations if each.number in to)

    return sabotage


def shares(bench: Bench) -> None:
    service = translated(bench, "4008001234")
    service.destinations = tuple(replace(each, share=50) for each in service.destinations)


def paid_by_caller(bench: Bench) -> None:
    translated(bench, "8008108888").payer = "caller"


def open_to_mobiles(bench: Bench) -> None:
    translated(bench, "8008108888").mobiles = True


def closed_to_mobiles(bench: Bench) -> None:
    translated(bench, "95566").mobiles = False


def open_to_every_area(bench: Bench) -> None:
    service = translated(bench, "4006001000")
    service.destinations = tuple(replace(each, areas=()) for each in service.destinations)


def shows_all(bench: Bench) -> None:
    switch = bench.near.switch
    assert switch is not None
    dial = switch.dial

    def shown(*arguments: Any, withheld: bool, **more: Any) -> Any:
        return dial(*arguments, withheld=False, **more)

    switch.dial = shown  # type: ignore[method-assign]


def reachable(bench: Bench) -> None:
    service = network(bench).services["13900139000"]
    assert isinstance(service, Mobile)
    service.reachable = True


def not_forwarded(number: str) -> Sabotage:
    return lambda bench: network(bench).forwardings.pop(number)


def passes_any_number(bench: Bench) -> None:
    network(bench).foreign = "pass"


def timeslot_dead(bench: Bench) -> None:
    end = next(span for span in bench.far.spans if span.config.name == "data")
    end.port.insert(LineFault("slot-dead", bench.pump.now + 1, FOR_GOOD, slot=30))


def agents_silent(bench: Bench) -> None:
    assert bench.call_centre is not None
    bench.call_centre.faults = CentreFaults(dead_agents=frozenset({"a3"}))


def agents_away(bench: Bench) -> None:
    assert bench.call_centre is not None
    bench.call_centre.agent("a1").pause()


def caller_not_told(bench: Bench) -> None:
    """The exchange rings the line, and says nothing between the first two rings."""
    circuit = bench.near.analog["62301234"]
    circuit._reported = _mute(circuit._reported)  # type: ignore[method-assign]


def _mute(reported: Callable[..., None]) -> Callable[..., None]:
    return lambda report: None if report.name == "PRESENT_CALLER" else reported(report)


def something_left(bench: Bench) -> None:
    bench.audit = lambda: ["near: E1: timer T305"]  # type: ignore[method-assign]


NOTICED: dict[str, tuple[str, Sabotage, str]] = {
    "lines from the first": (
        "99999999 analog-group: lines from the first",
        hunts("99999999", "circular"),
        "call 3: 92222222 instead of 99999999",
    ),
    "after the last used": (
        "88888888 analog-group: lines after the last used",
        hunts("88888888", "linear"),
        "call 3: 88888888 instead of 83333333",
    ),
    "idle longest first": (
        "77777777 analog-group: lines idle longest first",
        hunts("77777777", "linear"),
        "call 3: 77777777 instead of 72222222",
    ),
    "all at once": (
        "66666666 analog-group: lines all at once",
        rings_one,
        "every idle line rings for call 1: 67777777, 68888888 did not",
    ),
    "member": (
        "99999999 analog-group: member 92222222 by itself",
        member_hunts,
        "line 92222222 rings, and no other: 99999999",
    ),
    "hours": (
        "028-86082660 one-number: 44444444 at 18:00-08:00",
        ignores_hours,
        "at 18:00-08:00 the call goes to 44444444: 11111111",
    ),
    "incoming only": (
        "88888888 analog-group: no calls from 81111111",
        line_is("81111111", Use.BOTHWAY),
        "no call can be placed from 81111111: connected",
    ),
    "outgoing only": (
        "88888888 analog-group: line 82222222 is not rung",
        line_is("82222222", Use.BOTHWAY),
        "line 82222222 is for outgoing calls: it rang",
    ),
    "outgoing call": (
        "028-86082660 one-number: a call from 11111111 leaves 3",
        a_line_short,
        "3 callers at once get through: 2 of 3; caller 3: busy, cause 17",
    ),
    "order": (
        "800-810-8888 800: goes to 99999999, 62320000 in order",
        goes_only_to("8008108888", "62320000"),
        "call 1: BRI instead of 99999999",
    ),
    "percentage": (
        "400-800-1234 400: goes to 62300000, 99999999 by percentage",
        shares,
        "each call goes where it is translated to",
    ),
    "overflow on busy": (
        "800-810-8888 800: flows over on busy",
        goes_only_to("8008108888", "99999999"),
        "with 99999999 engaged the call flows over to BRI: busy, cause 17",
    ),
    "overflow on no answer": (
        "800-810-8888 800: flows over on no answer",
        goes_only_to("8008108888", "99999999"),
        "with no answer at 99999999 the call flows over to BRI: no-answer, cause 19",
    ),
    "payer": ("800-810-8888 800: the called party pays", paid_by_caller, "the record says caller"),
    "mobiles refused": (
        "800-810-8888 800: mobiles are refused",
        open_to_mobiles,
        "a call from a mobile does not get through: connected",
    ),
    "mobiles admitted": (
        "95566 short-code: mobiles get through",
        closed_to_mobiles,
        "a call from a mobile gets through: rejected, cause 21",
    ),
    "area": (
        "400-600-1000 400: callers of other areas are refused",
        open_to_every_area,
        "a caller of another area does not get through: connected",
    ),
    "withheld on a line": (
        "62301234 fixed-line: a withheld number is not shown",
        shows_all,
        "the premises are shown no number: they are shown 02187654321",
    ),
    "withheld on a trunk": (
        "62320000 digital-trunk: a withheld number is not shown",
        shows_all,
        "SETUP says that presentation is restricted, and has no digits: presentation 0, digits '02187654321'",
    ),
    "unreachable": (
        "13900139000 mobile: out of reach, cause 20",
        reachable,
        "the call does not get through: connected",
    ),
    "forwarded always": (
        "62301235 forwarding: always to 62301236",
        not_forwarded("62301235"),
        "the call is sent on to 62301236: 62301235",
    ),
    "forwarded on busy": (
        "62301236 forwarding: on busy to 62310000",
        not_forwarded("62301236"),
        "the call is sent on to T1: busy, cause 17",
    ),
    "forwarded in a chain": (
        "62301235 forwarding: always to 62301236, from there on busy to 62310000",
        not_forwarded("62301236"),
        "the call is sent on to T1: busy, cause 17",
    ),
    "loop": (
        "62301237 forwarding: a loop of forwarding ends, cause 25",
        not_forwarded("62301238"),
        "cause 25, exchange routing error: ",
    ),
    "foreign number": (
        "62300000 digital-trunk: a call with a number of others shows 62300000 instead",
        passes_any_number,
        "the called party is shown 62300000: 02100000000",
    ),
    "leased": (
        "data leased: channels 1, 30, 31 carry data without errors",
        timeslot_dead,
        "timeslot 30 of data, far to near, carries what is sent",
    ),
    "dead agent": (
        "62340000 call-centre: of 30 callers at once 10 talk, 20 wait",
        agents_silent,
        "each of those who talk hears an agent of its own",
    ),
    "absent agent": (
        "62340000 call-centre: of 30 callers at once 10 talk, 20 wait",
        agents_away,
        "10 of them talk to agents: 9 do",
    ),
    "caller ID": (
        "62301234 fixed-line: caller ID is passed on",
        caller_not_told,
        "the premises are shown 02187654321: no number",
    ),
    "left over": (
        "62301234 fixed-line: capacity 1",
        something_left,
        "nothing is left over: near: E1: timer T305",
    ),
}


@pytest.mark.parametrize("what", NOTICED)
def test_a_row_notices(what: str) -> None:
    title, sabotage, told = NOTICED[what]
    result = measured(title, sabotage)
    assert result.verdict == "failed"
    assert told in result.story()


WRONG_REASON = RedirectingNumberIE(
    presentation=Presentation.ALLOWED,
    screening=Screening.NETWORK,
    reason=RedirectionReason.NO_REPLY,
    digits="62301236",
)


@pytest.mark.parametrize(
    ("carried", "told"),
    [
        ((), "the redirecting number is 62301236: none is carried"),
        ((WRONG_REASON,), "the reason is busy: "),
    ],
)
def test_a_redirecting_number_that_is_not_as_it_should_be(
    monkeypatch: pytest.MonkeyPatch, carried: tuple[RedirectingNumberIE, ...], told: str
) -> None:
    monkeypatch.setattr(routes, "redirecting_element", lambda redirections: carried)
    result = measured("62301236 forwarding: on busy to 62310000", lambda bench: None)
    assert told in result.story()


def test_every_kind_of_row_is_broken_here_or_by_a_deliberate_fault() -> None:
    broken = {ROWS[title].aspect for title, _sabotage, _told in NOTICED.values()}
    faults = {Aspect.CAPACITY, Aspect.ONE_MORE, Aspect.RINGING, Aspect.SHOWN}  # test_acceptance_faults.py
    assert broken | faults == set(Aspect)
