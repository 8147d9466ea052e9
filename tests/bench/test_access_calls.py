"""What callers of each access number experience, on real lines and channels: the numbers are literal.

028-86082660 with four lines bound, pilot 99999999 with four members, one number with thirty channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from accesslines import BOUND, GROUP, ONE_NUMBER, OUTSIDE, TRUNK, a_bench, hears_busy, talk

from trunkbench.bench import Bench
from trunkbench.errors import UsageError
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import Presentation, RedirectionReason, Screening
from trunkwire.tones import BUSY, DIAL, RINGBACK


@pytest.fixture
def virtual() -> Iterator[Bench]:
    """028-86082660 bound to four lines."""
    with a_bench(ONE_NUMBER) as bench:
        yield bench
        assert bench.audit() == []


@pytest.fixture
def group() -> Iterator[Bench]:
    """Pilot 99999999 and four members."""
    with a_bench(GROUP) as bench:
        yield bench
        assert bench.audit() == []


def test_four_callers_of_the_one_number_are_connected_at_once_and_the_fifth_hears_busy(
    virtual: Bench,
) -> None:
    calls = [virtual.near.dial("028-86082660") for _ in range(5)]
    talk(virtual, calls[:4])
    hears_busy(virtual, calls[4])
    assert [call.line for call in calls] == [*BOUND, None]
    assert [party.called for party in virtual.far.calls] == list(BOUND)


def test_who_calls_the_one_number_is_shown_on_the_line_that_rings(virtual: Bench) -> None:
    virtual.far.number("11111111").answers(after="14s")
    call = virtual.near.dial("86082660", caller="13912345678")
    virtual.run_until(call.hears(RINGBACK), within="12s")
    virtual.run_until(call.active, within="20s")
    (party,) = virtual.far.calls
    assert party.caller == "13912345678"
    assert party.line == "11111111"


def test_a_caller_who_withholds_the_number_is_not_shown(virtual: Bench) -> None:
    call = virtual.near.dial("02886082660", caller="13912345678", withheld=True)
    virtual.run_until(call.active, within="20s")
    (party,) = virtual.far.calls
    assert party.caller == ""
    assert party.calling_party is not None
    assert party.calling_party.presentation == Presentation.RESTRICTED


def test_a_call_from_a_bound_line_shows_that_line_and_one_caller_fewer_gets_through(virtual: Bench) -> None:
    virtual.near.number(OUTSIDE).answers()
    out = virtual.far.dial(OUTSIDE, line="22222222")
    virtual.run_until(out.active, within="30s")
    outside = virtual.near.calls[-1]
    assert outside.caller == "22222222"
    virtual.run_until(outside.hears_own_channel(), within="1s")
    virtual.run_until(out.hears_own_channel(), within="1s")
    calls = [virtual.near.dial("028-86082660") for _ in range(4)]
    talk(virtual, calls[:3])
    hears_busy(virtual, calls[3])
    assert [call.line for call in calls] == ["11111111", "33333333", "44444444", None]


def test_a_line_hears_dial_tone_then_ringback_then_the_party(virtual: Bench) -> None:
    virtual.near.number(OUTSIDE).answers(after="14s")
    out = virtual.far.dial(OUTSIDE, line="11111111")
    virtual.run_until(out.active, within="30s")
    virtual.run_for("2s")
    assert [sound.kind for sound in out.outcome.heard] == [DIAL.value, RINGBACK.value, "ident"]


def test_a_line_that_dials_an_engaged_line_hears_busy(virtual: Bench) -> None:
    first = virtual.far.dial("22222222", line="11111111")
    virtual.run_until(first.active, within="15s")
    second = virtual.far.dial("22222222", line="33333333")
    virtual.run_until(second.hears(BUSY), within="15s")
    assert second.active_at is None


def test_two_lines_of_the_exchange_hear_each_other(virtual: Bench) -> None:
    out = virtual.far.dial("22222222", line="11111111")
    virtual.run_until(out.active, within="15s")
    party = virtual.far.calls[-1]
    assert (party.line, party.caller) == ("22222222", "11111111")
    virtual.run_for("1s")
    meter = virtual.far.lines.hearing.meter
    for listener, speaker in ((out, party), (party, out)):
        heard = meter.identify(listener.ear.octets(listener.last_sample() // 160 * 160 - 3200, 3200))
        assert heard is not None
        assert speaker.span is not None
        assert (heard.side, heard.channel) == ("far", speaker.slot)
    party.hang_up()
    virtual.run_until(out.ended, within="5s")


def test_five_callers_of_the_pilot_are_connected_at_once_and_the_sixth_hears_busy(group: Bench) -> None:
    calls = [group.near.dial("99999999") for _ in range(6)]
    talk(group, calls[:5])
    hears_busy(group, calls[5])
    assert [call.line for call in calls] == ["99999999", *BOUND, None]


def test_only_the_pilot_hunts(group: Bench) -> None:
    member = group.near.dial("22222222")
    group.run_until(member.active, within="20s")
    assert member.line == "22222222"
    again = group.near.dial("22222222")
    hears_busy(group, again)
    calls = [group.near.dial("99999999") for _ in range(5)]
    talk(group, calls[:4])
    hears_busy(group, calls[4])
    assert [call.line for call in calls] == ["99999999", "11111111", "33333333", "44444444", None]


@pytest.mark.parametrize(
    ("hunting", "lines"),
    [
        ("linear", ["99999999", "99999999", "99999999"]),
        ("circular", ["99999999", "11111111", "22222222"]),
        ("uniform", ["99999999", "11111111", "22222222"]),
    ],
)
def test_hunting_one_call_after_the_other(hunting: str, lines: list[str]) -> None:
    with a_bench(GROUP + f'hunting = "{hunting}"\n') as bench:
        took = []
        for _ in lines:
            call = bench.near.dial("99999999")
            bench.run_until(call.active, within="20s")
            took.append(call.line)
            bench.settle()
        assert took == lines
        assert bench.audit() == []


def test_lines_that_ring_together_each_take_the_call_that_they_showed() -> None:
    with a_bench(GROUP + 'hunting = "simultaneous"\n') as bench:
        calls = [bench.near.dial("99999999") for _ in range(6)]
        talk(bench, calls[:5])
        hears_busy(bench, calls[5])
        assert sorted(party.caller for party in bench.far.calls) == [call.caller for call in calls[:5]]
        for party in bench.far.calls:
            assert [call.line for call in calls if call.caller == party.caller] == [party.line]
        assert bench.audit() == []


def test_of_lines_that_ring_together_one_answers_and_the_others_fall_silent() -> None:
    with a_bench(GROUP + 'hunting = "simultaneous"\n', answer=None) as bench:
        bench.far.number("33333333").answers(after="14s")
        call = bench.near.dial("99999999")
        bench.run_until(call.hears(RINGBACK), within="12s")
        bench.run_until(call.active, within="20s")
        assert call.line == "33333333"
        bench.run_for("10s")
        ringing = [each for each in bench.far.calls if each.cleared_at is None]
        assert [each.line for each in ringing] == ["33333333"]
        assert len(bench.far.calls) == 5
        assert bench.audit() == []


def test_a_caller_who_gives_up_stops_the_ringing() -> None:
    with a_bench(GROUP + 'hunting = "simultaneous"\n', answer=None) as bench:
        call = bench.near.dial("99999999")
        bench.run_for("3s")
        assert len(bench.far.calls) == 5
        call.hang_up()
        bench.run_for("8s")
        assert [each.cleared_at is None for each in bench.far.calls] == [False] * 5
        assert bench.audit() == []


@pytest.mark.parametrize("use", ["incoming", "outgoing"])
def test_the_use_of_a_line_is_honoured_in_both_directions(use: str) -> None:
    with a_bench(GROUP + f'[[access.line]]\nnumber = "11111111"\nuse = "{use}"\n') as bench:
        bench.near.number(OUTSIDE).answers()
        out = bench.far.dial(OUTSIDE, line="11111111")
        if use == "incoming":
            bench.run_until(out.hears(BUSY), within="20s")
            assert out.active_at is None
        else:
            bench.run_until(out.active, within="30s")
        bench.settle()
        calls = [bench.near.dial("99999999") for _ in range(5)]
        there = 5 if use == "incoming" else 4
        talk(bench, calls[:there])
        assert ("11111111" in [call.line for call in calls]) is (use == "incoming")
        assert bench.audit() == []


SERVICE = """
[[access.service_number]]
number = "{number}"
to = [{{number = "11111111"}}, {{number = "62300000"}}]
no_answer_after = "8s"
"""


def test_thirty_callers_of_one_number_are_connected_at_once_and_the_thirty_first_hears_busy() -> None:
    with a_bench(TRUNK) as bench:
        calls = bench.near.dial_many("62300000", 31)
        talk(bench, calls[:30])
        bench.run_until(calls[30].hears(BUSY), within="5s")
        assert calls[30].cause is Cause.NO_CIRCUIT
        assert calls[30].decided_by == "near"
        assert bench.audit() == []


@pytest.mark.parametrize(("number", "payer"), [("4008001234", "shared"), ("8008001234", "called")])
def test_400_and_800_flow_over_and_the_record_says_who_pays(number: str, payer: str) -> None:
    with a_bench(
        TRUNK + '[[access.fixed_line]]\nnumber = "11111111"\n' + SERVICE.format(number=number)
    ) as bench:
        first = bench.near.dial(number, caller="02155554321")
        bench.run_until(first.active, within="20s")
        second = bench.near.dial(number)
        bench.run_until(second.active, within="20s")
        assert (first.line, second.line) == ("11111111", None)
        assert bench.far.calls[0].caller == "02155554321"
        for call in (first, second):
            assert call.record is not None
            assert (call.record.payer, call.record.path[0]) == (payer, number)
        bench.settle()
        bench.far.number("11111111").never_answers()
        late = bench.near.dial(number)
        bench.run_until(late.active, within="20s")
        assert late.line is None
        assert late.active_at is not None
        assert late.active_at - late.dialled_at >= 8 * 64_000
        assert bench.audit() == []


def test_800_cannot_be_reached_from_a_mobile() -> None:
    with a_bench(TRUNK + SERVICE.format(number="8008001234").replace("11111111", "62300000")) as bench:
        call = bench.near.dial("800-800-1234", caller="13912345678")
        bench.run_for("1s")
        assert call.cause is Cause.CALL_REJECTED
        assert not bench.far.calls


def test_forwarding_carries_the_number_and_the_reason_and_a_loop_ends() -> None:
    tables = (
        TRUNK + '[[access.fixed_line]]\nnumber = "11111111"\n[[access.fixed_line]]\nnumber = "22222222"\n'
    )
    forward = '[[access.forwarding]]\nnumber = "{}"\n{} = "{}"\nafter = "8s"\n'
    with a_bench(
        tables
        + forward.format("11111111", "busy", "62300000")
        + forward.format("22222222", "no_answer", "62300000")
    ) as bench:
        bench.far.number("22222222").never_answers()
        engaged, busy = bench.near.dial("11111111"), bench.near.dial("11111111")
        unanswered = bench.near.dial("22222222")
        for call in (engaged, busy, unanswered):
            bench.run_until(call.active, within="20s")
        arrived = {party.caller: party.redirecting for party in bench.far.calls if party.line is None}
        said = {caller: (ie.digits, ie.reason) for caller, ie in arrived.items() if ie is not None}
        assert said == {
            busy.caller: ("11111111", RedirectionReason.BUSY),
            unanswered.caller: ("22222222", RedirectionReason.NO_REPLY),
        }
        assert bench.audit() == []
    loop = forward.format("11111111", "unconditional", "22222222") + forward.format(
        "22222222", "unconditional", "11111111"
    )
    with a_bench(tables + loop) as bench:
        call = bench.near.dial("11111111")
        bench.run_for("1s")
        assert call.cause is Cause.EXCHANGE_ROUTING_ERROR
        assert call.record is not None
        assert call.record.refusal is not None
        assert "a loop: 11111111 → 22222222 → 11111111" in call.record.refusal.why


def test_a_redirected_call_to_an_analog_line_says_so_in_the_message_to_the_set() -> None:
    tables = '[[access.fixed_line]]\nnumber = "11111111"\n[[access.fixed_line]]\nnumber = "22222222"\n'
    with a_bench(
        tables + '[[access.forwarding]]\nnumber = "11111111"\nunconditional = "22222222"\n'
    ) as bench:
        call = bench.near.dial("11111111", caller="02155554321")
        bench.run_until(call.active, within="20s")
        (party,) = bench.far.calls
        assert (party.line, party.caller) == ("22222222", "02155554321")
        assert party.redirecting is not None
        assert party.redirecting.digits == "11111111"


@pytest.mark.parametrize(
    ("rule", "wished", "shown"),
    [
        ("replace", "62300001", ("62300001", Screening.USER_VERIFIED_PASSED)),
        ("replace", "55555555", ("62300000", Screening.NETWORK)),
        ("pass", "55555555", ("55555555", Screening.USER_NOT_SCREENED)),
        ("bar", "55555555", None),
    ],
)
def test_what_a_trunk_shows(rule: str, wished: str, shown: tuple[str, Screening] | None) -> None:
    with a_bench(f'foreign_number = "{rule}"\n' + TRUNK) as bench:
        bench.near.number(OUTSIDE).answers()
        out = bench.far.dial(OUTSIDE, span="pri", caller=wished)
        bench.run_for("2s")
        outside = bench.near.calls[-1]
        if shown is None:
            assert out.cause is Cause.CALL_REJECTED
        else:
            assert outside.shown is not None
            assert (outside.caller, outside.shown.number, outside.shown.screening) == (shown[0], *shown)
        assert bench.audit() == []


def test_a_line_shows_its_own_number_when_it_calls_a_trunk_of_the_exchange() -> None:
    with a_bench(TRUNK + ONE_NUMBER) as bench:
        out = bench.far.dial("62300000", line="33333333")
        bench.run_until(out.active, within="15s")
        party = bench.far.calls[-1]
        assert party.caller == "33333333"
        assert party.calling_party is not None
        assert party.calling_party.screening is Screening.NETWORK
        assert bench.audit() == []


def test_a_number_that_nobody_has_is_unallocated_and_a_private_one_still_goes_to_the_trunk() -> None:
    with a_bench(TRUNK) as bench:
        assert bench.near.dial("71234567").cause is Cause.UNALLOCATED
        bench.far.number("300").answers()
        call = bench.near.dial("300")
        bench.run_until(call.active, within="2s")


def test_a_set_that_nobody_has_and_one_that_is_off_the_hook(virtual: Bench) -> None:
    with pytest.raises(
        UsageError, match="line '55555555': the far end has no such set; it has 11111111, 2222"
    ):
        virtual.far.dial(OUTSIDE, line="55555555")
    with pytest.raises(UsageError, match="the near end has no such set"):
        virtual.near.dial(OUTSIDE, line="11111111")
    virtual.near.number(OUTSIDE).answers()
    first = virtual.far.dial(OUTSIDE, line="11111111")
    second = virtual.far.dial(OUTSIDE, line="11111111")
    assert second.cause is Cause.NO_CIRCUIT
    virtual.run_until(first.active, within="20s")


def test_the_same_seed_gives_the_same_run_and_a_reset_bench_too() -> None:
    def run(bench: Bench) -> str:
        for line in BOUND:
            bench.far.number(line).answers(after="1s")
        calls = [bench.near.dial("99999999") for _ in range(5)]
        bench.run_for("10s")
        assert sum(call.active_at is not None for call in calls) == 4
        bench.settle()
        return bench.digest()

    with a_bench(GROUP + 'hunting = "circular"\n') as bench:
        bench.far.number("99999999").never_answers()
        first = run(bench)
        bench.reset()
        bench.far.number("99999999").never_answers()
        assert run(bench) == first


def test_a_dead_line_rings_for_the_caller_and_for_nobody_else(virtual: Bench) -> None:
    assert virtual.plant is not None
    virtual.plant.cut("11111111")
    call = virtual.near.dial("02886082660")
    virtual.run_until(call.hears(RINGBACK), within="12s")
    virtual.run_for("20s")
    assert (call.active_at, virtual.far.calls) == (None, [])


def test_crossed_pairs_are_heard(virtual: Bench) -> None:
    assert virtual.plant is not None
    virtual.plant.cross("11111111", "22222222")
    call = virtual.near.dial("11111111")
    virtual.run_until(call.active, within="20s")
    assert call.line == "11111111"
    assert [party.line for party in virtual.far.calls] == ["22222222"]
    virtual.run_for("1s")
    with pytest.raises(AssertionError):
        virtual.run_until(call.hears_own_channel(), within="1s")


def test_artefacts_of_a_bench_with_lines(virtual: Bench, tmp_path: Path) -> None:
    call = virtual.near.dial("02886082660")
    virtual.run_until(call.active, within="20s")
    names = {path.name for path in virtual.save_artifacts(tmp_path)}
    assert "trace.pcapng" in names
