"""Every access number that rides on a digital trunk, on a trunk: our PBX behind it, on events and on bits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from accessplans import (
    FOREIGN,
    OWNED,
    SECOND_TRUNK,
    SERVICE_400,
    SERVICES,
    SUBSCRIBER,
    TRUNK,
    Service,
    all_over,
    all_talk,
    one_more,
    open_bench,
    outside,
    plan,
    two_trunks,
)

from trunkbench.bench import Bench
from trunkbench.conditions import all_of
from trunkbench.config import Depth
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import Presentation, RedirectionReason, Screening

BITS = pytest.param("bits", marks=pytest.mark.long)


@pytest.fixture(params=["event", BITS])
def depth(request: pytest.FixtureRequest) -> Depth:
    name: Depth = request.param
    return name


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Service:
    return SERVICES[request.param]


@pytest.fixture
def bench(service: Service, depth: Depth) -> Iterator[Bench]:
    with open_bench(service.config(), depth) as opened:
        yield opened


def check_full_house(bench: Bench, service: Service) -> None:
    """N callers talk, the one behind them hears busy, and when one has gone another gets through."""
    count = service.channels
    calls = all_talk(bench, service.dialled, count)
    assert sorted(call.channel or 0 for call in calls) == sorted(
        call.channel or 0 for call in bench.far.calls
    )
    assert len({call.channel for call in calls}) == count
    refused = one_more(bench, service.dialled)
    (heard,) = refused.outcome.heard
    assert (heard.kind, refused.outcome.decided_by) == ("busy", "near")
    refused.hang_up()
    gone = calls[count // 2]
    gone.hang_up()
    bench.run_until(gone.cleared, within="5s")
    again = bench.near.dial(service.dialled, caller=outside(7))
    bench.run_until(again.active, within="5s")
    assert again.channel == gone.channel
    all_over(bench, [*calls, again])
    assert bench.audit() == []


def check_who_is_calling(bench: Bench, service: Service) -> None:
    """What the PBX is told of the caller, and what the exchange writes down."""
    call = bench.near.dial(service.dialled, caller=outside(1))
    bench.run_until(call.active, within="5s")
    (taken,) = bench.far.calls
    assert (taken.called, taken.caller, taken.line) == (TRUNK, outside(1), None)
    assert taken.calling_party is not None
    assert taken.calling_party.presentation is Presentation.ALLOWED
    assert taken.calling_party.screening is Screening.NETWORK
    redirecting = taken.redirecting
    assert ("" if redirecting is None else redirecting.digits) == service.sent_on_by
    if redirecting is not None:
        assert redirecting.reason is RedirectionReason.UNCONDITIONAL
    record = call.record
    assert record is not None
    assert (record.path, record.payer, record.caller) == (service.passes, service.payer, outside(1))
    assert record.taken_on == "trunk trunk"


def test_all_channels_are_connected_and_heard_and_one_more_hears_busy(bench: Bench, service: Service) -> None:
    check_full_house(bench, service)


def test_the_trunk_is_told_who_is_calling(bench: Bench, service: Service) -> None:
    check_who_is_calling(bench, service)


def test_thirty_on_bits() -> None:
    """The plain trunk's full house, on rendered bits, in every run of the suite."""
    with open_bench(plan(), "bits") as bench:
        check_full_house(bench, SERVICES["trunk"])


def test_a_withheld_number_does_not_reach_the_trunk(depth: Depth) -> None:
    with open_bench(plan(), depth) as bench:
        call = bench.near.dial(TRUNK, caller=outside(1), withheld=True)
        bench.run_until(call.active, within="5s")
        (taken,) = bench.far.calls
        assert taken.caller == ""
        assert taken.calling_party is not None
        assert taken.calling_party.presentation is Presentation.RESTRICTED
        assert call.record is not None
        assert call.record.caller == outside(1)


def test_800_is_closed_to_mobiles_and_400_is_not() -> None:
    with open_bench(plan()) as bench:
        barred = bench.near.dial(SERVICES["800"].dialled, caller="13900000001")
        bench.run_for("1s")
        assert barred.outcome.decided_by == "near"
        assert bench.far.calls == []
        call = bench.near.dial(SERVICES["400"].dialled, caller="13900000001")
        bench.run_until(call.active, within="5s")


@pytest.mark.parametrize(
    ("wished", "shown", "screening"),
    [
        (TRUNK, TRUNK, Screening.NETWORK),
        (OWNED, OWNED, Screening.USER_VERIFIED_PASSED),
        (FOREIGN, TRUNK, Screening.NETWORK),
        ("4008001234", TRUNK, Screening.NETWORK),
    ],
)
def test_a_call_from_the_trunk_shows_a_number_that_is_its_own(
    wished: str, shown: str, screening: Screening, depth: Depth
) -> None:
    with open_bench(plan(), depth) as bench:
        bench.near.number(SUBSCRIBER).answers()
        call = bench.far.dial(SUBSCRIBER, caller=wished)
        bench.run_until(call.active, within="5s")
        (rung,) = [one for one in bench.near.calls if not one.outgoing]
        assert rung.caller == shown
        assert rung.shown is not None
        assert (rung.shown.number, rung.shown.screening) == (shown, screening)
        all_over(bench, [call])
        assert bench.audit() == []


def test_a_carrier_may_bar_a_foreign_number_or_pass_it_unscreened() -> None:
    with open_bench(plan(foreign="bar")) as bench:
        bench.near.number(SUBSCRIBER).answers()
        call = bench.far.dial(SUBSCRIBER, caller=FOREIGN)
        bench.run_until(call.cleared, within="5s")
        assert (call.outcome.cause, call.outcome.decided_by) == (Cause.CALL_REJECTED, "near")
    with open_bench(plan(foreign="pass")) as bench:
        bench.near.number(SUBSCRIBER).answers()
        call = bench.far.dial(SUBSCRIBER, caller=FOREIGN)
        bench.run_until(call.active, within="5s")
        (rung,) = [one for one in bench.near.calls if not one.outgoing]
        assert rung.shown is not None
        assert (rung.shown.number, rung.shown.screening) == (FOREIGN, Screening.USER_NOT_SCREENED)


def test_calls_from_the_trunk_take_the_place_of_calls_to_it(depth: Depth) -> None:
    with open_bench(plan(), depth) as bench:
        bench.near.number(SUBSCRIBER).answers()
        out = bench.far.dial(SUBSCRIBER, caller=TRUNK)
        bench.run_until(out.active, within="5s")
        calls = all_talk(bench, TRUNK, 29)
        one_more(bench, TRUNK).hang_up()
        all_over(bench, [*calls, out])
        assert bench.audit() == []


def test_a_400_number_flows_over_to_the_second_trunk(depth: Depth) -> None:
    with open_bench(two_trunks(sent_on=False), depth) as bench:
        calls = all_talk(bench, SERVICE_400, 60 if depth == "event" else 33)
        assert [call.span.index for call in calls if call.span] == [0] * 30 + [1] * (len(calls) - 30)
        over = [call for call in bench.far.calls if call.span and call.span.index == 1]
        assert {call.called for call in over} == {SECOND_TRUNK}
        assert {call.redirecting for call in bench.far.calls} == {None}
        bench.run_until(all_of(call.hears_own_channel() for call in over), within="1s")
        if depth == "event":
            one_more(bench, SERVICE_400).hang_up()
        all_over(bench, calls)
        assert bench.audit() == []


def test_a_busy_trunk_sends_its_calls_on_with_its_number() -> None:
    with open_bench(two_trunks(sent_on=True)) as bench:
        bench.far.number(TRUNK).busy()
        call = bench.near.dial(TRUNK, caller=outside(1))
        bench.run_until(call.active, within="5s")
        bench.run_until(call.hears_own_channel(), within="1s")
        (taken,) = [one for one in bench.far.calls if one.active_at is not None]
        assert (taken.called, taken.caller) == (SECOND_TRUNK, outside(1))
        assert taken.redirecting is not None
        assert (taken.redirecting.digits, taken.redirecting.reason) == (TRUNK, RedirectionReason.BUSY)
        assert call.record is not None
        assert call.record.path == (TRUNK, SECOND_TRUNK)
        all_over(bench, [call])
        assert bench.audit() == []
