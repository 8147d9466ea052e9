"""Each check of a row by itself: what else may go wrong while the row is measured, and is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sources import ROOT

from trunkbench import leased
from trunkbench.acceptance import RowResult, capacity, measure, rows_of
from trunkbench.acceptance.faults import dead_line, virtual_shown
from trunkbench.access.calls import Refusal, Visit, Way
from trunkbench.access.hunting import Group
from trunkbench.access.legs import Leg
from trunkbench.access.lines import Line, Trunk, Use
from trunkbench.access.network import Network, Shown
from trunkbench.access.services import Destination, LineGroup, Translated
from trunkbench.bench import Bench
from trunkbench.config import BenchConfig, load_config, parse_config
from trunkbench.leased import LeasedVerdict
from trunkbench.numbers import UNALLOCATED
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import Screening
from trunkwire.ticks import SECOND

CONFIG: BenchConfig = load_config(ROOT / "hw-config" / "loopback-call-centre.toml")

Sabotage = Callable[[Bench], object]

FOUR = "028-86082660 one-number: capacity 4"
FIFTH = "028-86082660 one-number: caller 5 hears busy"
THREE = "028-86082660 one-number: a call from 11111111 leaves 3"
MEMBER = "99999999 analog-group: member 92222222 by itself"
TOGETHER = "66666666 analog-group: lines all at once"
CENTRE = "62340000 call-centre: of 30 callers at once 10 talk, 20 wait"
LEASED = "data leased: channels 1, 30, 31 carry data without errors"
FIXED = "62301234 fixed-line: "


def measured(title: str, sabotage: Sabotage, config: BenchConfig = CONFIG) -> RowResult:
    (row,) = [row for row in rows_of(config) if row.title == title]
    with Bench(config) as bench:
        sabotage(bench)
        return measure(bench, row)


def network(bench: Bench) -> Network:
    assert bench.network is not None
    return bench.network


def lines_of(bench: Bench, number: str) -> LineGroup:
    service = network(bench).services[number]
    assert isinstance(service, LineGroup)
    return service


def a_line_more(number: str) -> Sabotage:
    """The number has a line that nobody has ordered, and somebody answers there."""

    def sabotage(bench: Bench) -> None:
        group = lines_of(bench, number).lines
        group.lines = (*group.lines, network(bench).lines["62301237"])
        bench.far.number("62301237").answers(after="1s")

    return sabotage


def cut(line: str) -> Sabotage:
    def sabotage(bench: Bench) -> None:
        assert bench.plant is not None
        bench.plant.cut(line)

    return sabotage


class Refusing(LineGroup):
    """A group whose callers are told another cause when it is full."""

    def way(self, network: Network, visit: Visit) -> Way:
        yield from super().way(network, visit)
        return Refusal(Cause.CALL_REJECTED, "for no good reason")


def another_cause(bench: Bench) -> None:
    group = lines_of(bench, "02886082660")
    network(bench).services["02886082660"] = Refusing(group.number, group.lines, True)


def somebody_hangs_up(bench: Bench) -> None:
    """While the fifth listens to its busy tone, one of the four is cut off."""
    bench.pump.at(bench.pump.now + 4 * SECOND, lambda: bench.far.calls[0].hang_up())


def member_flows_over(bench: Bench) -> None:
    """Who dials an engaged member is sent to the next line."""
    lines = [network(bench).lines[number] for number in ("92222222", "93333333")]
    network(bench).services["92222222"] = LineGroup("92222222", Group(lines, "linear"), False)


def only_the_member(bench: Bench) -> None:
    """The pilot has no other line than that member."""
    lines_of(bench, "99999999").lines.lines = (network(bench).lines["92222222"],)


def nobody_answers(bench: Bench) -> None:
    bench.far.answering.tamper = lambda plan: replace(plan, kind="alerts")


def nobody_has_it(bench: Bench) -> None:
    """The premises do not know the number that they are called by."""
    bench.far.answering.tamper = lambda plan: UNALLOCATED


def nobody_vouches(bench: Bench) -> None:
    shown = network(bench).shown

    def show(source: Line | Trunk, wished: str | None = None) -> Shown | Refusal:
        told = shown(source, wished)
        return replace(told, screening=Screening.USER_NOT_SCREENED) if isinstance(told, Shown) else told

    network(bench).shown = show  # type: ignore[method-assign]


def open_to_mobiles(bench: Bench) -> None:
    service = network(bench).services["8008108888"]
    assert isinstance(service, Translated)
    service.mobiles = True


def callers_hear_nothing(bench: Bench) -> None:
    bench.near.lines.to_tone_for_cause = lambda call: None  # type: ignore[method-assign]


def long_wrap_up(bench: Bench) -> None:
    """Who has talked to a caller takes no other one for ten minutes."""
    assert bench.call_centre is not None
    centre = bench.call_centre.centre
    centre.settings = replace(centre.settings, wrap_up=600 * SECOND)


def by_a_detour(bench: Bench) -> None:
    service = network(bench).services["95566"]
    assert isinstance(service, Translated)
    service.destinations = (Destination("99999999"),)
    bench.far.number("99999999").answers()


@pytest.mark.parametrize(
    ("title", "sabotage", "told"),
    [
        (FIFTH, a_line_more("02886082660"), ["caller 5 does not get through: it was connected"]),
        (THREE, a_line_more("02886082660"), ["caller 4 does not get through: it was connected"]),
        (FIFTH, another_cause, ["cause 17 (user busy): 21 (call rejected)"]),
        (FIFTH, somebody_hangs_up, ["the others go on talking: near call 1"]),
        (THREE, cut("11111111"), ["a call from 11111111 gets through: failed, cause 27"]),
        (FOUR, dead_line, ["every line of the number takes a call: line 22222222 took none"]),
        (MEMBER, cut("92222222"), ["a caller of 92222222 gets through: in-progress"]),
        (
            MEMBER,
            member_flows_over,
            [
                "the next caller of 92222222 is told busy, cause 17: connected",
                "the next caller of 92222222 hears busy tone: it hears",
                "no line rings for a member that is engaged: 93333333",
            ],
        ),
        (MEMBER, only_the_member, ["a caller of 99999999 still finds a free line: busy, cause 17"]),
        (TOGETHER, a_line_more("66666666"), ["no other line rings for call 1: 62301237 did"]),
        (TOGETHER, cut("66666666"), ["call 1 is connected: in-progress"]),
        (
            "88888888 analog-group: no calls from 81111111",
            lambda bench: setattr(network(bench).lines["81111111"], "use", Use.BOTHWAY),
            ["nobody outside is rung: rung by 81111111"],
        ),
        (
            FIXED + "caller ID is passed on",
            cut("62301234"),
            ["the call gets through: in-progress", "the call arrives at the premises: it did not"],
        ),
        (
            "62300000 digital-trunk: ringback while it rings",
            nobody_has_it,
            ["it rings: near call 1", "ended by far with cause 1"],
        ),
        (
            "028-86082660 one-number: a call from 33333333 shows 33333333",
            virtual_shown,
            ["028-86082660 is never shown: it shows 02886082660"],
        ),
        (
            "028-86082660 one-number: a call from 33333333 shows 33333333",
            cut("33333333"),
            ["a call from line 33333333 gets through: failed, cause 27"],
        ),
        (
            "62300000 digital-trunk: a call may show 62300001",
            nobody_vouches,
            ["the number is told to be user verified passed: user not screened"],
        ),
        (
            "800-810-8888 800: flows over on busy",
            cut("92222222"),
            ["5 callers of 99999999 get through: in-progress"],
        ),
        (
            "95566 short-code: the caller pays",
            by_a_detour,
            ["the record has its way: 95566 → 62300000: 95566 → 99999999"],
        ),
        (
            "800-810-8888 800: mobiles are refused",
            open_to_mobiles,
            ["cause 21 (call rejected): connected", "nothing rings: 1 calls came in"],
        ),
        (
            "13900139000 mobile: out of reach, cause 20",
            callers_hear_nothing,
            ["the caller hears a tone or an announcement: nothing"],
        ),
        (
            "13900139000 mobile: out of reach, cause 20",
            lambda bench: setattr(network(bench).services["13900139000"], "reachable", True),
            ["cause 20, subscriber absent: connected"],
        ),
        (
            "62301237 forwarding: a loop of forwarding ends, cause 25",
            lambda bench: network(bench).forwardings.pop("62301238"),
            ["the call ends: near call 1", "nothing rings: 1 calls came in"],
        ),
        (
            "62301235 forwarding: always to 62301236",
            lambda bench: network(bench).forwardings.pop("62301235"),
            ["the call record says that 62301235 sent it on: nobody"],
        ),
        (
            CENTRE,
            lambda bench: setattr(network(bench).trunk("62340000"), "channels", 29),
            ["30 callers at once get through: no-circuit, cause 34", "20 of them wait: 19 do"],
        ),
        (CENTRE, long_wrap_up, ["who has waited longest is next: served are far call"]),
        ("95566 short-code: the caller pays", nobody_has_it, ["the call gets through: unallocated, cause 1"]),
        (FIXED + "ringback while it rings", nobody_answers, ["whoever answers is connected: in-progress"]),
    ],
)
def test_what_else_goes_wrong_is_told(title: str, sabotage: Sabotage, told: list[str]) -> None:
    result = measured(title, sabotage)
    assert result.verdict == "failed"
    for text in told:
        assert text in result.story()


def test_lines_that_go_on_ringing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Leg, "abandon", lambda leg, cause: None)
    story = measured(TOGETHER, lambda bench: None).story()
    assert "the other lines stop ringing when call 1 is answered: far call 2" in story


def test_a_tone_that_contradicts_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trunkbench.call.contradictions", lambda **told: ("they disagree",))
    assert "tone and cause agree: they disagree" in measured(FIFTH, lambda bench: None).story()


def test_two_calls_that_are_said_to_be_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "place", lambda call: "line 11111111")
    told = "each call is on a line or channel of its own: line 11111111"
    assert told in measured(FOUR, lambda bench: None).story()


def test_a_leased_channel_of_which_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, told = leased.measure_leased, "every channel is connected: 30"

    def without(bench: Bench, duration: str) -> list[LeasedVerdict]:
        return [verdict for verdict in whole(bench, duration) if verdict.channel != 30]

    monkeypatch.setattr(leased, "measure_leased", without)
    assert told in measured(LEASED, lambda bench: None).story()


OUTGOING = """
[bench]
name = "outgoing"
[[span]]
name = "BRI"
kind = "bri"
[[access.digital_trunk]]
number = "62300000"
spans = ["BRI"]
use = "outgoing"
"""


def test_a_trunk_for_outgoing_calls() -> None:
    config = parse_config(OUTGOING, "outgoing.toml")
    title = "62300000 digital-trunk: takes no calls"
    assert measured(title, lambda bench: None, config).verdict == "held"

    def bothway(bench: Bench) -> None:
        network(bench).trunk("62300000").use = Use.BOTHWAY
        bench.far.number("62300000").answers()

    story = measured(title, bothway, config).story()
    assert "a call to it does not get through: connected" in story
    assert "nothing rings: 1 calls came in" in story
