"""`[conform]`: what a tester is told of a device, and what it makes of a device that it is told little
about.
"""

from __future__ import annotations

import pytest

from trunkbench.config import load_config, parse_config
from trunkbench.conform.case import Verdict
from trunkbench.conform.catalogue import catalogue, select
from trunkbench.conform.pixit import ConformConfig
from trunkbench.conform.session import Session
from trunkbench.conform.upper import NotPossible, NoUpper, OperatorUpper
from trunkbench.errors import ConfigError, UsageError
from trunkwire.side import Side
from trunkwire.ticks import MILLISECOND, SECOND

BENCH = '[bench]\nname = "b"\n[[span]]\nname = "s"\n'


def test_it_is_read_with_the_rest() -> None:
    config = parse_config(
        BENCH + '[conform]\nanswers = "300"\nwait = "700ms"\nstimulus = "operator"\n', "b.toml"
    )
    assert config.conform == ConformConfig(answers="300", wait=700 * MILLISECOND, stimulus="operator")
    assert parse_config(BENCH, "b.toml").conform is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('answer = "300"', "conform.answer: unknown key; did you mean 'answers'?"),
        ('answers = "3OO"', "conform.answers: "),
        ('stimulus = "operater"', "did you mean 'operator'?"),
        ('answers = "300"\nbusy = "300"', "conform.busy: 300 is the number of answers already"),
        (
            'answers = "300"\noverlap = "31"',
            "conform.overlap: 31 must be the first digits of answers (300)",
        ),
        ('answers = "300"\noverlap = "300"', "conform.overlap: 300 must be the first digits"),
        ("tolerance = 2", "conform.tolerance: "),
    ],
)
def test_mistakes_are_told(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"{BENCH}[conform]\n{text}\n", "b.toml")
    assert problem in str(caught.value)


def test_the_device_s_plan_fills_what_is_not_given() -> None:
    plan = {"answers": ("300", "301"), "busy": ("200",), "never_answers": ("500",), "rejects": ()}
    told = ConformConfig(answers="310").with_plan(plan)
    assert (told.answers, told.busy, told.rings, told.silent) == ("310", "200", "500", None)


def test_a_public_port_is_refused() -> None:
    text = BENCH.replace('name = "s"', 'name = "s"\nport = "e1d:0:0"\npublic = true').replace(
        'name = "b"', 'name = "b"\ntopology = "carrier"\nclock = "paced"'
    )
    with pytest.raises(UsageError, match="broken messages are not for the public network"):
        Session(parse_config(text, "b.toml"), Side.USER)


def test_a_case_of_the_other_role_is_refused() -> None:
    (case,) = select(catalogue(Side.USER), ["q931/user/U4/valid/connect"])
    with (
        Session(load_config(), Side.NETWORK) as session,
        pytest.raises(UsageError, match="for the user role"),
    ):
        session.run(case)


def test_an_operator_is_asked_and_waited_for() -> None:
    asked: list[str] = []
    (case,) = select(catalogue(Side.USER), ["q931/user/U4/valid/connect"])
    with Session(load_config(), Side.USER) as session:
        ours = session.tester.upper

        def tell(request: str) -> None:
            asked.append(request)
            session.pump.at(session.pump.now + 5 * SECOND, lambda: ours.place("500", complete=True))

        session.tester.upper = OperatorUpper(tell)
        result = session.run(case)
    assert asked == ["make the device call 500"]
    assert result.verdict is Verdict.PASS
    assert result.line_time_s > 5


@pytest.mark.parametrize("verb", ["hang_up", "enquire", "release_link", "establish_link"])
def test_what_nobody_can_be_asked_for_is_not_possible(verb: str) -> None:
    with pytest.raises(NotPossible):
        getattr(NoUpper(), verb)()


@pytest.mark.parametrize("key", ['kind = "bri"', 'switch = "ni2"', 'switch = "qsig"'])
def test_a_span_that_the_cases_are_not_for_gives_no_verdict(key: str) -> None:
    (case,) = select(catalogue(Side.USER), ["q931/user/U4/valid/connect"])
    with Session(parse_config(f"{BENCH}{key}\n", "b.toml"), Side.USER) as session:
        result = session.run(case)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason.startswith("the cases of Q.931 are ")


@pytest.mark.parametrize(("kind", "channel"), [("e1", 16), ("t1", 24)])
def test_a_span_of_another_kind_is_tested_as_what_it_is(kind: str, channel: int) -> None:
    config = parse_config(BENCH + f'kind = "{kind}"\nswitch = "euroisdn"\n', "b.toml")
    paths = ["q931/user/U0/valid/channel-none-such", "q931/user/U0/valid/call-answered"]
    with Session(config, Side.USER) as session:
        assert session.tester.d_channel == channel
        results = [session.run(case) for case in select(catalogue(Side.USER), paths)]
    assert {result.verdict for result in results} == {Verdict.PASS}
