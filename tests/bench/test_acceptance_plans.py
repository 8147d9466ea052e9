"""Plans at random: whatever a configuration promises, the exchange keeps, and no row is measured wrongly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.acceptance import measure, rows_of
from trunkbench.acceptance.reckoning import Expected, Paper
from trunkbench.access.calls import Caller
from trunkbench.access.config import build_network
from trunkbench.access.hunting import RingingPool
from trunkbench.access.lines import Line
from trunkbench.access.network import Attempt
from trunkbench.bench import Bench
from trunkbench.config import BenchConfig, parse_config
from trunkwire.ticks import SECOND

HEAD = """
[bench]
name = "random"
no_circuit = "{no_circuit}"
[[span]]
name = "BRI"
kind = "bri"
[[span]]
name = "E1"
b_channels = [1, 2, 3]
crc4 = false
[access]
area = "028"
starts = "{starts}"
foreign_number = "{foreign}"
"""

LINES = [f"{n}1111111" for n in range(2, 9)]
USES = st.sampled_from(["incoming", "outgoing", "bothway", "bothway"])


def table(kind: str, **keys: Any) -> str:
    """`[[access.kind]]` with those keys."""
    shown = {True: "true", False: "false"}
    rows = [
        f"{key} = {shown[value] if isinstance(value, bool) else repr(value)}" for key, value in keys.items()
    ]
    return "\n".join([f"[[access.{kind}]]", *rows]).replace("'", '"') + "\n"


@st.composite
def plans(draw: st.DrawFn) -> str:
    """Lines shared out among services, trunks for one direction or both, numbers that stand for them."""
    free = draw(st.permutations(LINES))
    text, known = "", ["62300000", "62310000"]
    cut = sorted(draw(st.lists(st.integers(1, 6), min_size=2, max_size=2)))
    bound, group, rest = free[: cut[0]], free[cut[0] : cut[1]], free[cut[1] :]
    distribution = draw(st.sampled_from(["order", "rotating", "simultaneous"]))
    text += table("one_number", number="028-86082660", lines=list(bound), distribution=distribution)
    known.append("02886082660")
    if len(group) > 1:
        hunting = draw(st.sampled_from(["linear", "circular", "uniform", "simultaneous"]))
        text += table("analog_group", pilot=group[0], members=list(group[1:]), hunting=hunting)
        known.append(group[0])
        for line in group[1:]:
            text += table("line", number=line, use=draw(USES))
    if rest:
        text += table("fixed_line", number=rest[0], use=draw(USES))
        known.append(rest[0])
    text += table("digital_trunk", number="62300000", spans=["BRI"], use=draw(USES), owns=["62300001"])
    text += table("digital_trunk", number="62310000", spans=["E1"])
    text += draw(service_numbers(known))
    if draw(st.booleans()) and rest:
        ways = draw(st.sampled_from([("busy",), ("no_answer",), ("busy", "no_answer"), ("unconditional",)]))
        to = draw(st.sampled_from([number for number in known if number != rest[0]]))
        text += table("forwarding", number=rest[0], after="15s", **dict.fromkeys(ways, to))
    return (
        HEAD.format(
            no_circuit=draw(st.sampled_from(["busy", "congestion"])),
            starts=draw(st.sampled_from(["10:00", "23:30"])),
            foreign=draw(st.sampled_from(["replace", "bar", "pass"])),
        )
        + text
    )


@st.composite
def service_numbers(draw: st.DrawFn, known: list[str]) -> str:
    """A 400 number, in order, by percentage, by area or by the hour; and perhaps a short code."""
    first, second = draw(st.permutations(known))[:2]
    how = draw(st.sampled_from(["order", "share", "area", "hours"]))
    keys: tuple[dict[str, Any], dict[str, Any]] = {
        "order": (dict[str, Any](), dict[str, Any]()),
        "share": ({"share": 70}, {"share": 30}),
        "area": ({"areas": ["021"]}, {"areas": ["010"]}),
        "hours": ({"hours": "09:00-17:00"}, {}),
    }[how]
    text = table("service_number", number="400-800-1234", no_answer_after="15s")
    text += "".join(
        table("service_number.to", number=number, **more)
        for number, more in zip((first, second), keys, strict=True)
    )
    if draw(st.booleans()):
        text += table("service_number", number="95566", short=True) + table("service_number.to", number=first)
    return text


def all_hold(config: BenchConfig) -> None:
    for row in rows_of(config):
        with Bench(config) as bench:
            result = measure(bench, row)
        assert result.verdict == "held", result.story()


@pytest.mark.long
@settings(max_examples=15)
@given(plans())
def test_whatever_is_promised_holds(text: str) -> None:
    all_hold(parse_config(text, "random.toml"))


# -- both reckonings agree where no mistake was made --------------------------------------------------------


def by_the_model(config: BenchConfig, calls: list[tuple[str, Caller]]) -> list[tuple[Any, ...]]:
    """What the exchange's model makes of calls that are answered at once and last."""
    assert config.access is not None
    network = build_network(config.access, {span.name: len(span.slots) for span in config.spans})
    told = []
    for n, (number, caller) in enumerate(calls, 1):
        attempt = network.call(number, caller, n * SECOND)
        told.append(_outcome(attempt, n))
    return told


def _outcome(attempt: Attempt, n: int) -> tuple[Any, ...]:
    places: tuple[str, ...] = ()
    if attempt.offer is not None:
        target = attempt.offer.target
        if isinstance(target, RingingPool):
            ringing = target.ringing
            places = tuple(line.number for line in ringing)
            attempt.network.answer(ringing[0], n * SECOND)
        else:
            places = (target.number if isinstance(target, Line) else target.name,)
            attempt.answered(n * SECOND)
    cause = None if attempt.refusal is None else attempt.refusal.cause
    visit = attempt.visit
    return places, cause, visit.payer, tuple(visit.path), tuple(each.number for each in visit.redirections)


def _told(expected: Expected) -> tuple[Any, ...]:
    return expected.places, expected.cause, expected.payer, expected.path, expected.redirected_from


NUMBERS = [
    "02886082660",
    "86082660",
    "62300000",
    "62300001",
    "62310000",
    "4008001234",
    "95566",
    "21111111",
    "110",
]
CALLERS = [
    Caller("0217654321", "021"),
    Caller("0107654321", "010"),
    Caller("13900001111", "028", mobile=True),
]


@settings(max_examples=15)
@given(
    plans(),
    st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(CALLERS)), max_size=20),
)
def test_tables_and_model_agree(text: str, calls: list[tuple[str, Caller]]) -> None:
    config = parse_config(text, "random.toml")
    paper = Paper(config)
    assert [_told(paper.call(*call)) for call in calls] == by_the_model(config, calls)
