"""The same rows where somebody else is the exchange: a carrier that keeps its word, and some that do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from dutbox import BoxPort, Cards, DutBox, install

from trunkbench.acceptance import RowResult, measure, rows_of
from trunkbench.acceptance.measuring import missing
from trunkbench.bench import Bench
from trunkbench.config import BenchConfig, SpanConfig, parse_config
from trunkbench.errors import NotOnThisBench
from trunkbench.numbers import Plan
from trunkwire.q931.call import Call as Q931Call
from trunkwire.q931.call import SetupRequest
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import CallingNumberIE, Presentation, Screening
from trunkwire.side import Side

TRUNK = "62300000"
OWNED = "62300001"

PLAN = """
[bench]
name = "rig"
clock = "paced"
topology = "{topology}"
[[span]]
name = "a"
port = "cards:a"
near = "{near}"
{more}
[access]
foreign_number = "{foreign}"
[[access.digital_trunk]]
number = "62300000"
spans = ["a"]
owns = ["62300001"]
[[access.service_number]]
number = "400-800-1234"
[[access.service_number.to]]
number = "62300000"
[[access.fixed_line]]
number = "62301234"
"""

Rule = Callable[[str], str | None]
"""What becomes of a number; None: the call is barred."""


class Carrier(DutBox):
    """Brings calls back on the trunk that they came on; what it does with numbers is its own affair."""

    def __init__(self, spans: Sequence[SpanConfig]) -> None:
        super().__init__(spans, side=Side.NETWORK)
        self.called: Rule = lambda number: {"4008001234": TRUNK}.get(number, number)
        self.calling: Rule = lambda number: number if number in (TRUNK, OWNED) else TRUNK
        self.says = Screening.NETWORK
        """Who vouches for the number that is shown."""

    def _request(self, call: Q931Call) -> SetupRequest | None:
        shown, called = self.calling(call.calling), self.called(call.called)
        if shown is None or called is None:
            return None
        vouched = CallingNumberIE(presentation=Presentation.ALLOWED, screening=self.says, digits=shown)
        return SetupRequest(called=called, calling=vouched, sending_complete=True)


def plan(
    topology: str = "carrier", near: str = "user", foreign: str = "replace", more: str = ""
) -> BenchConfig:
    return parse_config(PLAN.format(topology=topology, near=near, foreign=foreign, more=more), "rig.toml")


def carried(cards: Cards, config: BenchConfig, promise: str, **rules: Rule | Screening) -> RowResult:
    """That row of the trunk's, with a carrier of those rules."""

    def open_port(span: SpanConfig) -> BoxPort:
        box = Carrier(config.spans)
        for name, rule in rules.items():
            setattr(box, name, rule)
        return box.becomes_tandem(lambda line: line).ports[0]

    cards.ports["a"] = open_port
    (row,) = [each for each in rows_of(config) if each.title == promise]
    assert missing(config, row) == ""
    with Bench(config) as bench:
        return measure(bench, row)


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> Cards:
    return install(monkeypatch)


@pytest.mark.parametrize(
    ("promise", "measured"),
    [
        ("62300000 digital-trunk: capacity 30", "15 of 15 connected, 30 of 30 parties hear each other"),
        ("62300000 digital-trunk: caller ID is passed on", "shown 62300000 on a channel 31"),
        ("62300000 digital-trunk: a call may show 62300001", "62300001"),
        ("62300000 digital-trunk: a call with a number of others shows 62300000 instead", "62300000"),
        ("400-800-1234 400: goes to 62300000 in order", "2 to a"),
    ],
)
def test_a_carrier_that_keeps_its_word(cards: Cards, promise: str, measured: str) -> None:
    result = carried(cards, plan(), promise)
    assert (result.verdict, result.reason) == ("held", "")
    assert result.measured == measured


def test_half_the_channels_is_what_a_call_to_oneself_can_show(cards: Cards) -> None:
    result = carried(cards, plan(), "62300000 digital-trunk: capacity 30")
    assert result.notes[0].startswith("15 of 30: a call that the carrier brings back takes two channels")
    assert (result.figures["promised"], result.figures["reached"]) == (30, 15)


def test_one_more_needs_a_caller_on_another_line(cards: Cards) -> None:
    with pytest.raises(NotOnThisBench, match="needs a line more to call from: this bench has 15 calls up"):
        carried(cards, plan(), "62300000 digital-trunk: caller 31 hears busy")


OUTSIDE = """
[[span]]
name = "b"
port = "cards:b"
near = "user"
[[access.digital_trunk]]
number = "63300000"
spans = ["b"]
"""


def two_lines(cards: Cards, promise: str, route: Callable[[int], int], more: str = "") -> RowResult:
    """A row of the first trunk's, with a second one to call from."""
    config = parse_config(
        PLAN.format(topology="carrier", near="user", foreign="replace", more=more) + OUTSIDE, "rig.toml"
    )

    def open_port(span: SpanConfig) -> BoxPort:
        box = Carrier(config.spans)
        box.calling = lambda number: number
        box.becomes_tandem(route)
        cards.ports["b"] = lambda span: box.ports[1]
        return box.ports[0]

    cards.ports["a"] = open_port
    (row,) = [each for each in rows_of(config) if each.title == promise]
    with Bench(config) as bench:
        return measure(bench, row)


def test_callers_on_another_line_show_the_whole_trunk(cards: Cards) -> None:
    promise = "62300000 digital-trunk: capacity 30"
    result = two_lines(cards, promise, lambda line: 0)
    assert (result.verdict, result.reason, result.notes) == ("held", "", ())
    assert result.measured == "30 of 30 connected, 60 of 60 parties hear each other"
    assert result.places[0].place == "a channel 31"


def test_one_more_who_calls_on_another_line_hears_what_the_carrier_says(cards: Cards) -> None:
    promise = "62300000 digital-trunk: caller 4 hears busy"
    result = two_lines(cards, promise, lambda line: 0, "b_channels = [1, 2, 3]\n")
    assert (result.verdict, result.reason) == ("held", "")
    assert {call["decided_by"] for call in result.calls if call["cause"] == 34} == {"far"}


def test_a_caller_on_another_line_is_shown(cards: Cards) -> None:
    result = two_lines(cards, "62300000 digital-trunk: caller ID is passed on", lambda line: 0)
    assert (result.verdict, result.measured) == ("held", "shown 63300000 on a channel 31")


def test_what_a_trunk_shows_it_is_asked_itself(cards: Cards) -> None:
    result = two_lines(cards, "62300000 digital-trunk: a call may show 62300001", lambda line: 0)
    assert (result.verdict, result.measured) == ("held", "62300001")
    assert result.calls[0]["span"] == "a"


def test_a_carrier_that_replaces_a_number_which_the_trunk_owns(cards: Cards) -> None:
    promise = "62300000 digital-trunk: a call may show 62300001"
    result = carried(cards, plan(), promise, calling=lambda number: TRUNK)
    assert "the called party is shown 62300001: 62300000" in result.story()


def test_a_carrier_that_bars_a_number_which_the_trunk_owns(cards: Cards) -> None:
    promise = "62300000 digital-trunk: a call may show 62300001"
    result = carried(cards, plan(), promise, calling=lambda number: number if number == TRUNK else None)
    assert "the call gets through: rejected, cause 21" in result.story()


def test_a_carrier_that_vouches_for_nothing(cards: Cards) -> None:
    promise = "62300000 digital-trunk: a call may show 62300001"
    assert carried(cards, plan(), promise, says=Screening.USER_VERIFIED_PASSED).verdict == "held"
    result = carried(cards, plan(), promise, says=Screening.USER_NOT_SCREENED)
    assert "octet 3a: screening says user provided, not screened" in result.story()


def test_a_carrier_that_lets_any_number_pass(cards: Cards) -> None:
    promise = "62300000 digital-trunk: a call with a number of others shows 62300000 instead"
    result = carried(cards, plan(), promise, calling=lambda number: number)
    assert "the called party is shown 62300000: 02100000000" in result.story()


def test_a_carrier_that_bars_other_numbers_as_was_ordered(cards: Cards) -> None:
    promise = "62300000 digital-trunk: a call with a number of others is barred"
    held = carried(cards, plan(foreign="bar"), promise, calling=lambda n: n if n == TRUNK else None)
    assert held.verdict == "held"
    assert carried(cards, plan(foreign="bar"), promise).verdict == "failed"


def test_a_carrier_that_does_not_know_the_400_number(cards: Cards) -> None:
    result = carried(cards, plan(), "400-800-1234 400: capacity 30", called=lambda number: number)
    assert "15 callers at once get through: 0 of 15; caller 1: unallocated, cause 1" in result.story()


# -- a device under test behind the trunk -------------------------------------------------------------------


def behind(cards: Cards, promise: str, plans: dict[str, Plan], more: str) -> RowResult:
    """A row with a private exchange at the other end, whose numbers do as told."""
    config = plan("dut-pbx", "network")
    config = parse_config(
        PLAN.format(topology="dut-pbx", near="network", foreign="replace", more="") + more, "rig.toml"
    )

    def open_port(span: SpanConfig) -> BoxPort:
        return DutBox(config.spans, side=Side.USER).becomes_exchange(plans).ports[0]

    cards.ports["a"] = open_port
    (row,) = [each for each in rows_of(config) if each.title == promise]
    with Bench(config) as bench:
        return measure(bench, row)


ANSWERS = '[dut.plan]\nanswers = ["62300000"]\n'


def test_a_device_is_called_thirty_times_at_once(cards: Cards) -> None:
    plans = {TRUNK: Plan("answers")}
    result = behind(cards, "62300000 digital-trunk: capacity 30", plans, ANSWERS)
    assert (result.verdict, result.measured) == ("held", "30 of 30 connected")
    assert "audio was not judged: the device's parties speak no identification tone" in result.notes
    more = behind(cards, "62300000 digital-trunk: caller 31 hears busy", plans, ANSWERS)
    assert more.measured.startswith("busy 450 Hz")


def test_a_device_that_takes_fewer_calls(cards: Cards) -> None:
    plans = {TRUNK: Plan("disconnects", cause=Cause.USER_BUSY)}
    result = behind(cards, "62300000 digital-trunk: capacity 30", plans, ANSWERS)
    assert "30 callers at once get through: 0 of 30; caller 1: busy, cause 17" in result.story()


def test_a_device_whose_plan_does_not_name_the_number(cards: Cards) -> None:
    with pytest.raises(NotOnThisBench, match="the device's plan names no number under answers"):
        behind(cards, "62300000 digital-trunk: capacity 30", {}, '[dut]\nname = "x"\n')
