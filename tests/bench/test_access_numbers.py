"""Who may call, who pays, what is shown, and what a number is worth, where services stand behind others."""

from __future__ import annotations

import pytest
from accesslines import ONE_NUMBER, OUTSIDE, TRUNK, a_bench

from trunkbench.errors import NotOnThisBench
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import Presentation
from trunkwire.ticks import SECOND

HOUR = 3600 * SECOND


def service(number: str, *to: str, more: str = "") -> str:
    """A 400 or 800 number that leads to these; each is a TOML table, or a number alone."""
    tables = ", ".join(each if each.startswith("{") else f'{{number = "{each}"}}' for each in to)
    return f'[[access.service_number]]\nnumber = "{number}"\nto = [{tables}]\n{more}'


def forwarding(number: str, **to: str) -> str:
    """Where a number's calls are sent on to."""
    return f'[[access.forwarding]]\nnumber = "{number}"\n' + "".join(f'{k} = "{v}"\n' for k, v in to.items())


@pytest.mark.parametrize(
    ("number", "payer", "mobile"),
    [("4008001234", "shared", None), ("8008001234", "called", Cause.CALL_REJECTED)],
)
def test_what_the_number_says_holds_also_where_it_is_sent_on(
    number: str, payer: str, mobile: Cause | None
) -> None:
    plan = TRUNK + ONE_NUMBER + service(number, "62300000") + forwarding(number, unconditional="11111111")
    with a_bench(plan) as bench:
        call = bench.near.dial(number, caller="02155554321")
        bench.run_until(call.active, within="20s")
        assert call.line == "11111111"
        assert call.record is not None
        assert call.record.payer == payer
        bench.settle()
        assert bench.near.dial(number, caller="13912345678").cause == mobile
        assert bench.audit() == []


def test_the_number_that_was_dialled_says_who_pays() -> None:
    inner = '[[access.service_number]]\nnumber = "8008001234"\nto = [{number = "11111111"}]\nmobiles = true\n'
    with a_bench(TRUNK + ONE_NUMBER + inner + service("4008001234", "8008001234", "62300000")) as bench:
        calls = [bench.near.dial("4008001234") for _ in range(2)]
        for call in calls:
            bench.run_until(call.active, within="20s")
            assert call.record is not None
            assert call.record.payer == "shared"
        assert [call.line for call in calls] == ["11111111", None]
        bench.settle()
        through = bench.near.dial("8008001234")
        bench.run_until(through.active, within="20s")
        assert through.record is not None
        assert through.record.payer == "called"
        assert bench.audit() == []


@pytest.mark.parametrize("wished", ["62300001", "02862300001"])
@pytest.mark.parametrize("owns", ["62300001", "028-62300001"])
@pytest.mark.parametrize("rule", ["bar", "replace"])
def test_a_number_is_owned_with_and_without_the_code_of_the_area(wished: str, owns: str, rule: str) -> None:
    with a_bench(f'foreign_number = "{rule}"\n' + TRUNK.replace("62300001", owns)) as bench:
        bench.near.number(OUTSIDE).answers()
        bench.far.dial(OUTSIDE, span="pri", caller=wished)
        bench.run_for("2s")
        assert bench.near.calls[-1].caller.removeprefix("028") == "62300001"
        own = bench.far.dial(OUTSIDE, span="pri", caller="02862300000")
        bench.run_until(own.active, within="5s")
        assert bench.near.calls[-1].caller == "62300000"
        assert bench.audit() == []


@pytest.mark.parametrize("dialled", ["62300001", "028-62300001"])
def test_a_number_that_a_trunk_owns_is_dialled_in_to_and_told(dialled: str) -> None:
    with a_bench(TRUNK) as bench:
        bench.far.number("62300001").answers()
        call = bench.near.dial(dialled)
        bench.run_until(call.active, within="5s")
        assert [party.called for party in bench.far.calls] == ["62300001"]
        assert bench.audit() == []


def test_a_customer_may_withhold_the_number() -> None:
    with a_bench(TRUNK + ONE_NUMBER) as bench:
        bench.near.number(OUTSIDE).answers()
        out = bench.far.dial(OUTSIDE, span="pri", caller="62300001", withheld=True)
        bench.run_until(out.active, within="5s")
        outside = bench.near.calls[-1]
        assert outside.shown is not None
        assert (outside.shown.number, outside.shown.withheld) == ("62300001", True)
        inside = bench.far.dial("11111111", span="pri", caller="62300001", withheld=True)
        bench.run_until(inside.active, within="20s")
        party = bench.far.calls[-1]
        assert (party.line, party.caller) == ("11111111", "")
        assert party.calling_party is not None
        assert party.calling_party.presentation == Presentation.RESTRICTED
        with pytest.raises(NotOnThisBench, match="no code by which a line withholds"):
            bench.far.dial(OUTSIDE, line="22222222", withheld=True)
        assert bench.audit() == []


@pytest.mark.parametrize(
    ("cause", "goes_on"),
    [
        (Cause.USER_BUSY, True),
        (Cause.NO_CIRCUIT, True),
        (Cause.NO_ANSWER, True),
        (Cause.DESTINATION_OUT_OF_ORDER, True),
        (Cause.CALL_REJECTED, False),
        (Cause.UNALLOCATED, False),
        (Cause.INCOMPATIBLE_DESTINATION, False),
        (Cause.NORMAL_UNSPECIFIED, False),
    ],
)
def test_which_causes_flow_over(cause: Cause, goes_on: bool) -> None:
    with a_bench(TRUNK + ONE_NUMBER + service("4008001234", "62300000", "11111111")) as bench:
        bench.far.number("62300000").rejects(cause)
        call = bench.near.dial("4008001234")
        bench.run_for("9s")
        assert (call.active_at is not None) is goes_on
        assert call.cause == (None if goes_on else cause)
        assert bench.audit() == []


def test_a_redirecting_number_is_presented() -> None:
    with a_bench(TRUNK + ONE_NUMBER + forwarding("11111111", unconditional="62300000")) as bench:
        call = bench.near.dial("11111111")
        bench.run_until(call.active, within="5s")
        redirecting = bench.far.calls[-1].redirecting
        assert redirecting is not None
        assert (redirecting.digits, redirecting.presentation) == ("11111111", Presentation.ALLOWED)


def test_what_a_number_is_worth_to_whom_and_when() -> None:
    by_area = service(
        "4001000000",
        '{number = "62300000", areas = ["021"]}',
        '{number = "02886082660", areas = ["028"]}',
    )
    shared = service("4002000000", "11111111", "02886082660")
    night = service("4003000000", '{number = "62300000", hours = "08:00-18:00"}', "11111111")
    away = forwarding("22222222", unconditional="62300000")
    with a_bench(TRUNK + ONE_NUMBER + by_area + shared + night + away) as b:
        network = b.network
        assert network is not None
        assert [network.promised("4001000000", area=area) for area in ("021", "028", "010")] == [30, 4, 0]
        assert network.promised("4001000000") == 30
        assert network.promised("4002000000") == 4
        assert [network.promised("4003000000", time_of_day=n * HOUR) for n in (7, 8, 17, 18)] == [
            1,
            31,
            31,
            1,
        ]
        assert network.promised("4003000000") == 31
        assert network.promised("22222222") == 30
        assert network.promised("71234567") == 0
