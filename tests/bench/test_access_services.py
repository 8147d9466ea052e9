"""The access services by their numeric examples: when N people call at once, who gets through and who hears
busy."""

from __future__ import annotations

import itertools

import pytest

from trunkbench.access.calls import Caller, Failure
from trunkbench.access.config import (
    AccessConfig,
    AnalogGroupTable,
    AtTable,
    DigitalTrunkTable,
    FixedLineTable,
    ForwardingTable,
    LeasedTable,
    LineTable,
    MobileTable,
    OneNumberTable,
    ServiceNumberTable,
    ToTable,
    build_network,
)
from trunkbench.access.contradictions import plan_contradictions
from trunkbench.access.hunting import Hunting
from trunkbench.access.lines import Line
from trunkbench.access.network import Attempt, Network, Outgoing
from trunkbench.access.services import DigitalTrunk, LineGroup, Mobile
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import RedirectionReason, Screening
from trunkwire.ticks import SECOND

SPANS = {"E1": 30, "BRI": 2, "T1": 23}
BOUND = ("11111111", "22222222", "33333333", "44444444")
PILOT = "99999999"
CALLER = Caller("13900000000", area="010")
HOUR = 3600 * SECOND


def network(**tables: object) -> Network:
    config = AccessConfig(**tables)  # type: ignore[arg-type]
    assert list(plan_contradictions(config, SPANS)) == []
    return build_network(config, SPANS)


def one_number(distribution: str = "order", **more: object) -> Network:
    table = OneNumberTable("028-86082660", BOUND, distribution, **more)  # type: ignore[arg-type]
    return network(one_number=(table,), area="028")


def pilot_group(hunting: Hunting = "linear", *lines: LineTable) -> Network:
    return network(analog_group=(AnalogGroupTable(PILOT, BOUND, hunting),), line=lines)


def calls(net: Network, number: str, n: int, caller: Caller = CALLER) -> list[Attempt]:
    """`n` calls to the number at the same tick, each answered at once if it rings on a line of its own."""
    placed = []
    for _ in range(n):
        attempt = net.call(number, caller, 0)
        placed.append(attempt)
        if attempt.offer is not None and not hasattr(attempt.offer.target, "calls"):
            attempt.answered(0)
    return placed


def talking(placed: list[Attempt]) -> list[str]:
    return [attempt.talks_on.number for attempt in placed if attempt.talks_on is not None]


def cause(attempt: Attempt) -> Cause:
    assert attempt.refusal is not None
    return attempt.refusal.cause


def test_a_fixed_line_takes_one_call_and_the_second_caller_hears_busy() -> None:
    net = network(fixed_line=(FixedLineTable("62301234"),))
    first, second = calls(net, "62301234", 2)
    assert first.state == "talks"
    assert second.state == "over"
    assert cause(second) == Cause.USER_BUSY
    first.clear(SECOND)
    assert calls(net, "62301234", 1)[0].state == "talks"


@pytest.mark.parametrize("dialled", ["02886082660", "86082660"])
def test_one_number_four_callers_are_connected_at_once_and_the_fifth_hears_busy(dialled: str) -> None:
    """028-86082660 bound to 11111111, 22222222, 33333333, 44444444."""
    net = one_number()
    placed = calls(net, dialled, 5)
    assert talking(placed) == list(BOUND)
    assert cause(placed[4]) == Cause.USER_BUSY
    assert net.promised(dialled) == 4


def test_one_number_all_lines_ring_and_whoever_answers_takes_the_oldest_call() -> None:
    net = one_number("simultaneous")
    placed = calls(net, "02886082660", 5)
    assert [attempt.state for attempt in placed] == ["rings"] * 4 + ["over"]
    assert cause(placed[4]) == Cause.USER_BUSY
    answered = [net.answer(net.lines[number], SECOND) for number in reversed(BOUND)]
    assert answered == placed[:4]
    assert talking(placed) == list(reversed(BOUND))
    placed[0].clear(2 * SECOND)
    again = net.call("02886082660", CALLER, 2 * SECOND)
    assert net.lines["44444444"].holder is again.offer.target  # type: ignore[union-attr]
    again.clear(3 * SECOND)
    assert net.lines["44444444"].holder is None


def test_one_number_in_rotation_begins_behind_the_line_taken_last() -> None:
    net = one_number("rotating")
    taken = []
    for n in range(6):
        (attempt,) = calls(net, "02886082660", 1)
        taken += talking([attempt])
        attempt.clear(n * SECOND)
    assert taken == [*BOUND, *BOUND[:2]]


def test_one_number_by_time_of_day() -> None:
    night = AtTable("18:00-08:00", ("44444444",))
    net = one_number(at=(night,))
    by_day = net.call("02886082660", CALLER, 0)  # 10:00
    by_night = net.call("02886082660", CALLER, 8 * HOUR)
    early = net.call("02886082660", CALLER, 21 * HOUR + 59 * 60 * SECOND)  # 07:59
    again = net.call("02886082660", CALLER, 22 * HOUR)  # 08:00
    assert [a.offer and a.offer.dialled for a in (by_day, by_night, early, again)] == [
        "11111111",
        "44444444",
        None,
        "22222222",
    ]
    assert net.promised("02886082660") == 4


def test_calls_from_a_bound_line_show_its_own_number_and_occupy_it() -> None:
    net = one_number()
    outgoing = Outgoing(net, net.lines["33333333"], "02886082660", 0)
    assert outgoing.shown is not None
    assert (outgoing.shown.number, outgoing.shown.screening) == ("33333333", Screening.NETWORK)
    assert outgoing.attempt is not None
    assert outgoing.attempt.visit.caller.number == "33333333"
    outgoing.attempt.clear(0)
    placed = calls(net, "02886082660", 4)
    assert talking(placed) == ["11111111", "22222222", "44444444"]  # one caller fewer
    outgoing.clear(SECOND)
    assert talking(calls(net, "02886082660", 1)) == ["33333333"]


def test_pilot_five_callers_are_connected_at_once_and_the_sixth_hears_busy() -> None:
    net = pilot_group()
    placed = calls(net, PILOT, 6)
    assert talking(placed) == [PILOT, *BOUND]
    assert cause(placed[5]) == Cause.USER_BUSY


def test_only_the_pilot_hunts() -> None:
    net = pilot_group()
    (direct,) = calls(net, "22222222", 1)
    assert talking([direct]) == ["22222222"]
    assert cause(calls(net, "22222222", 1)[0]) == Cause.USER_BUSY
    assert talking(calls(net, PILOT, 5)) == [PILOT, "11111111", "33333333", "44444444"]


def test_linear_circular_and_uniform_choose_as_their_names_say() -> None:
    def taken(net: Network, n: int) -> list[str]:
        found = []
        for at in range(n):
            attempt = net.call(PILOT, CALLER, at * SECOND)
            attempt.answered(at * SECOND)
            found += talking([attempt])
            attempt.clear(at * SECOND + 1)
        return found

    assert taken(pilot_group("linear"), 3) == [PILOT] * 3
    assert taken(pilot_group("circular"), 6) == [PILOT, *BOUND, PILOT]
    assert taken(pilot_group("uniform"), 6) == [PILOT, *BOUND, PILOT]
    net = pilot_group("uniform")
    net.lines[PILOT].idle_since = 5  # the others have been idle longer
    assert taken(net, 1) == ["11111111"]


def test_each_line_is_for_incoming_or_outgoing_calls_or_both() -> None:
    net = pilot_group("linear", LineTable("11111111", "outgoing"), LineTable("22222222", "incoming"))
    assert talking(calls(net, PILOT, 5)) == [PILOT, "22222222", "33333333", "44444444"]
    assert cause(net.call("11111111", CALLER, 0)) == Cause.CALL_REJECTED
    refused = Outgoing(pilot_group("linear", LineTable("22222222", "incoming")), Line("x"), PILOT, 0)
    assert refused.refusal is None
    net = pilot_group("linear", LineTable("22222222", "incoming"))
    refused = Outgoing(net, net.lines["22222222"], PILOT, 0)
    assert refused.refusal is not None
    assert "incoming calls only" in refused.refusal.why
    assert net.promised(PILOT) == 5


@pytest.mark.parametrize(("span", "channels"), SPANS.items())
def test_a_digital_trunk_takes_as_many_calls_as_channels(span: str, channels: int) -> None:
    """Thirty at once on an E1 and the thirty-first busy; two on a BRI, twenty-three on a T1."""
    net = network(digital_trunk=(DigitalTrunkTable("62300000", (span,)),))
    placed = calls(net, "62300000", channels + 1)
    assert len(talking(placed)) == channels == net.promised("62300000")
    assert cause(placed[-1]) == Cause.NO_CIRCUIT
    placed[1].clear(SECOND)
    assert calls(net, "62300000", 1)[0].state == "talks"


def test_leased_channels_carry_no_calls() -> None:
    trunk = DigitalTrunkTable("62300000", ("E1",))
    net = network(digital_trunk=(trunk,), leased=(LeasedTable("E1", (30, 31)),))
    assert len(talking(calls(net, "62300000", 30))) == 28


def test_a_trunk_shows_what_it_owns_and_the_carrier_does_the_rest() -> None:
    def shown(rule: str, wished: str | None) -> object:
        table = DigitalTrunkTable("62300000", ("E1",), owns=("62300001",))
        net = network(digital_trunk=(table,), foreign_number=rule)
        service = net.find("62300000")
        assert isinstance(service, DigitalTrunk)
        return net.shown(service.trunk, wished)

    assert shown("replace", "62300001") == shown("bar", "62300001")
    assert getattr(shown("bar", "62300001"), "screening", None) is Screening.USER_VERIFIED_PASSED
    assert getattr(shown("replace", "110000"), "number", None) == "62300000"
    assert getattr(shown("pass", "110000"), "screening", None) is Screening.USER_NOT_SCREENED
    assert getattr(shown("bar", "110000"), "cause", None) == Cause.CALL_REJECTED
    assert getattr(shown("pass", None), "number", None) == "62300000"


def translated(number: str, *to: ToTable, **more: object) -> Network:
    return network(
        service_number=(ServiceNumberTable(number, to, **more),),  # type: ignore[arg-type]
        fixed_line=tuple(FixedLineTable(line) for line in BOUND),
    )


def test_400_and_800_say_who_pays_and_800_is_not_for_mobiles() -> None:
    to = ToTable("11111111")
    mobile = Caller("13900000000", mobile=True)
    (shared,) = calls(translated("400-800-1234", to), "4008001234", 1, mobile)
    assert (shared.visit.payer, talking([shared])) == ("shared", ["11111111"])
    (paid,) = calls(translated("8008001234", to), "8008001234", 1)
    assert (paid.visit.payer, paid.visit.caller) == ("called", CALLER)
    (barred,) = calls(translated("8008001234", to), "8008001234", 1, mobile)
    assert cause(barred) == Cause.CALL_REJECTED
    (opened,) = calls(translated("8008001234", to, mobiles=True), "8008001234", 1, mobile)
    assert opened.state == "talks"


def test_400_flows_over_on_busy_and_on_no_answer() -> None:
    net = translated("4008001234", *(ToTable(number) for number in BOUND[:3]), no_answer_after=15 * SECOND)
    (busy,) = calls(net, "11111111", 1)
    attempt = net.call("4008001234", CALLER, 0)
    assert attempt.offer is not None
    assert (attempt.offer.dialled, attempt.offer.ring_for) == ("22222222", 15 * SECOND)
    attempt.failed(Failure.NO_ANSWER, 15 * SECOND)
    assert net.lines["22222222"].holder is None
    assert attempt.offer is not None
    assert attempt.offer.dialled == "33333333"
    attempt.failed(Failure.NO_ANSWER, 30 * SECOND)
    assert cause(attempt) == Cause.NO_ANSWER
    busy.clear(31 * SECOND)
    assert net.audit() == []


def test_400_by_percentage_is_exact() -> None:
    net = translated("4008001234", ToTable("11111111", 70), ToTable("22222222", 30))
    taken = []
    for _ in range(100):
        (attempt,) = calls(net, "4008001234", 1)
        taken += talking([attempt])
        attempt.clear(0)
    assert (taken.count("11111111"), taken.count("22222222")) == (70, 30)


def test_400_by_the_callers_area_and_by_time_of_day() -> None:
    net = translated(
        "4008001234",
        ToTable("11111111", areas=("021",)),
        ToTable("22222222", hours="18:00-09:00"),
        ToTable("33333333"),
    )

    def goes(area: str, at: int) -> str | None:
        attempt = net.call("4008001234", Caller("1", area), at)
        attempt.clear(at)
        (last,) = attempt.visit.path[-1:]
        return last

    assert goes("021", 0) == "11111111"
    assert goes("010", 0) == "33333333"
    assert goes("010", 9 * HOUR) == "22222222"


def test_short_codes_and_mobiles() -> None:
    net = network(
        service_number=(ServiceNumberTable("95566", (ToTable("62300000"),), short=True),),
        digital_trunk=(DigitalTrunkTable("62300000", ("E1",)),),
        mobile=(MobileTable("13800138000", "55555555"),),
    )
    assert len(talking(calls(net, "95566", 31))) == 30
    first, second = calls(net, "13800138000", 2)
    assert first.talks_on is net.lines["55555555"]
    assert cause(second) == Cause.USER_BUSY
    service = net.find("13800138000")
    assert isinstance(service, Mobile)
    service.reachable = False
    assert cause(net.call("13800138000", CALLER, 0)) == Cause.SUBSCRIBER_ABSENT


def forwarded(*entries: ForwardingTable, hops: int = 5) -> Network:
    return network(fixed_line=tuple(FixedLineTable(line) for line in BOUND), forwarding=entries, hops=hops)


def test_forwarding_carries_the_number_that_sent_the_call_on() -> None:
    net = forwarded(
        ForwardingTable("11111111", unconditional="22222222"),
        ForwardingTable("22222222", busy="33333333"),
        ForwardingTable("33333333", no_answer="44444444", after=7 * SECOND),
    )
    calls(net, "22222222", 1)
    attempt = net.call("11111111", CALLER, 0)
    assert attempt.offer is not None
    assert (attempt.offer.dialled, attempt.offer.ring_for) == ("33333333", 7 * SECOND)
    attempt.failed(Failure.NO_ANSWER, 7 * SECOND)
    assert attempt.offer is not None
    assert attempt.offer.dialled == "44444444"
    assert [(r.number, r.reason) for r in attempt.offer.redirections] == [
        ("11111111", RedirectionReason.UNCONDITIONAL),
        ("22222222", RedirectionReason.BUSY),
        ("33333333", RedirectionReason.NO_REPLY),
    ]


def test_loops_end_and_so_do_long_ways() -> None:
    around = forwarded(
        ForwardingTable("11111111", unconditional="22222222"),
        ForwardingTable("22222222", unconditional="11111111"),
    )
    attempt = around.call("11111111", CALLER, 0)
    assert cause(attempt) == Cause.EXCHANGE_ROUTING_ERROR
    assert attempt.refusal is not None
    assert "11111111 → 22222222 → 11111111" in attempt.refusal.why
    chain = [ForwardingTable(a, unconditional=b) for a, b in itertools.pairwise(BOUND)]
    assert forwarded(*chain, hops=3).call("11111111", CALLER, 0).state == "rings"
    assert cause(forwarded(*chain, hops=2).call("11111111", CALLER, 0)) == Cause.EXCHANGE_ROUTING_ERROR


def test_what_no_table_names_is_unallocated() -> None:
    assert cause(pilot_group().call("12345678", CALLER, 0)) == Cause.UNALLOCATED


def test_the_number_of_a_group_is_virtual_only_where_no_line_has_it() -> None:
    one, group = one_number().find("02886082660"), pilot_group().find(PILOT)
    assert isinstance(one, LineGroup)
    assert isinstance(group, LineGroup)
    assert one.virtual
    assert not group.virtual
