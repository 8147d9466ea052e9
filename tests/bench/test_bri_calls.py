"""Calls on a basic access: a bus of terminals, and a line to one user."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trunkbench.bench import Bench
from trunkbench.bri.end import NetworkEnd, TerminalEnd
from trunkbench.call import Call
from trunkbench.conditions import all_of
from trunkbench.config import TimersConfig, packaged_config
from trunkbench.device import LineFault
from trunkbench.errors import UsageError
from trunkbench.hearing import misheard
from trunkwire.lapd import State
from trunkwire.q931.causes import Cause
from trunkwire.q931.message import parse
from trunkwire.q931.messages import MessageType
from trunkwire.ticks import SECOND

BUS = "bus"
LINE = "line"


@pytest.fixture
def bri() -> Iterator[Bench]:
    with Bench.from_config(packaged_config("bri.toml")) as bench:
        yield bench
        assert bench.audit() == []


def talk(bench: Bench, *calls: Call) -> None:
    bench.run_until(all_of(call.active for call in calls), within="10s")


def clear(bench: Bench, *calls: Call) -> None:
    for call in calls:
        call.hang_up()
    bench.run_until(all_of(call.cleared for call in calls), within="10s")


def who(call: Call) -> str | None:
    assert call.span is not None
    return call.span.station


def address(end: TerminalEnd) -> str:
    """The address field of a command of the network to the terminal: SAPI 0, C/R 1, its TEI (Q.921 3.2)."""
    assert end.tei is not None
    return f"02{2 * end.tei + 1:02x}"


def sent(bench: Bench, kind: MessageType) -> list[str]:
    """The D channel addresses (hexadecimal) of the near end's messages of that type."""
    found = []
    for record in bench.timeline.records(0, BUS, 3, bench.trunk.near[0].side):
        frame = record.data
        start = 3 if frame[1] == 0xFF else 4
        if frame[start : start + 1] == b"\x08" and parse(frame[start:]).type == kind:
            found.append(frame[:2].hex())
    return found


def test_terminals_have_their_teis_and_the_network_knows_them(bri: Bench) -> None:
    teis = [bri.far.terminal(name).tei for name in ("hall", "kitchen", "office", "modem")]
    assert teis[2] == 5
    assert sorted(tei for tei in teis if tei is not None and tei != 5) == [64, 65, 66]
    network = bri.trunk.near[0]
    assert isinstance(network, NetworkEnd)
    assert sorted(network.link.teis) == [5, 64, 65, 66]
    assert (bri.near.capacity, bri.far.capacity) == (4, 4)


def test_teis_that_come_and_go_are_told() -> None:
    with _only_bus() as bench:
        hall, network = bench.far.terminal("hall"), bench.trunk.near[0]
        assert isinstance(network, NetworkEnd)
        tei = hall.tei
        assert tei is not None
        network.link.remove(bench.pump.now, tei)
        network.drain()
        bench.run_for("100ms")
        told = [(row["where"], row["what"]) for row in bench.timeline.rows() if row["kind"] == "note"]
        assert (network.name, f"TEI {tei} removed") in told
        assert (hall.end.name, f"TEI {tei} removed") in told
        bench.near.number("1000").answers()
        talk(bench, call := hall.dial("1000"))
        told = [(row["where"], row["what"]) for row in bench.timeline.rows() if row["kind"] == "note"]
        assert (hall.end.name, f"TEI {hall.tei} assigned") in told
        clear(bench, call)


def test_the_first_to_answer_has_the_call_and_the_others_are_released_with_26(bri: Bench) -> None:
    bri.far.number("200").answers(after="2s")
    bri.far.terminal("kitchen").number("200").answers(after="1s")
    call = bri.near.dial("200", span=BUS)
    bri.run_until(call.alerting, within="1s")
    bri.run_for("500ms")
    ringing = list(bri.far.calls)
    assert sorted(str(who(each)) for each in ringing) == ["hall", "kitchen", "office"]
    assert all(each.phase.value == "alerting" for each in ringing)
    talk(bri, call)
    bri.run_until(call.hears_own_channel(), within="2s")
    [winner] = [each for each in ringing if each.active]
    assert who(winner) == "kitchen"
    bri.run_until(winner.hears_own_channel(), within="2s")
    losers = [each for each in ringing if each is not winner]
    assert all(each.cause == Cause.NON_SELECTED_USER_CLEARING for each in losers)
    assert all(each.cleared and each.outcome.decided_by == "near" for each in losers)
    released = [address(bri.far.terminal(name).end) for name in ("hall", "office")]
    assert sorted(sent(bri, MessageType.RELEASE)) == sorted(released)
    assert misheard([call, winner], bri.pump.now - 64_000, bri.pump.now) == []
    clear(bri, call)


def test_answers_at_one_tick_are_ordered_by_the_access_to_the_d_channel(bri: Bench) -> None:
    bri.far.number("200").answers(after="1s")
    call = bri.near.dial("200", span=BUS)
    talk(bri, call)
    bri.run_for("1s")
    # The three CONNECT begin at one bit: the first zero on the line wins, and the TEI goes low bits first.
    candidates = {int(bri.far.terminal(name).tei or 0): name for name in ("hall", "kitchen", "office")}
    wins = min(candidates, key=lambda tei: f"{tei:07b}"[::-1])
    [winner] = [each for each in bri.far.calls if each.active]
    assert who(winner) == candidates[wins]
    assert [each.cause for each in bri.far.calls if not each.active] == [26, 26]
    clear(bri, call)


def test_an_msn_that_nobody_has_is_answered_by_nobody(bri: Bench) -> None:
    call = bri.near.dial("999", span=BUS)
    bri.run_until(call.ended, within="9s")
    assert bri.far.calls == []
    assert call.cause == Cause.NO_USER_RESPONDING
    assert sent(bri, MessageType.SETUP) == ["02ff", "02ff"], "SETUP is repeated once (T303)"
    clear(bri, call)
    with pytest.raises(UsageError, match="999: no terminal has it"):
        _only_bus().far.number("999")


def _only_bus(**changes: object) -> Bench:
    import msgspec

    config = packaged_config("bri.toml")
    return Bench.from_config(msgspec.structs.replace(config, spans=config.spans[:1], **changes))


def test_only_the_terminal_with_the_number_rings(bri: Bench) -> None:
    bri.far.number("201").answers()
    bri.far.number("202").answers()
    call = bri.near.dial("202", span=BUS)
    talk(bri, call)
    assert [who(each) for each in bri.far.calls] == ["kitchen"]
    told = [(row["where"], row["what"]) for row in bri.timeline.rows() if row["kind"] == "note"]
    assert ("bus far terminal hall", "silent to a call to 202: number 202 is none of its own") in told
    clear(bri, call)


def test_a_number_that_nobody_was_told_about_does_not_ring(bri: Bench) -> None:
    call = bri.near.dial("201", span=BUS)
    bri.run_until(call.ended, within="9s")
    assert bri.far.calls == []
    assert call.cause == Cause.NO_USER_RESPONDING
    clear(bri, call)


@pytest.mark.parametrize(("subaddress", "expected"), [("2", {"hall", "kitchen"}), ("3", {"hall", "office"})])
def test_a_subaddress_selects_among_those_that_have_one(
    bri: Bench, subaddress: str, expected: set[str]
) -> None:
    bri.far.number("200").never_answers()
    call = bri.near.dial("200", span=BUS, subaddress=subaddress)
    bri.run_until(call.alerting, within="2s")
    bri.run_for("1s")
    assert {who(each) for each in bri.far.calls} == expected  # the hall has none, and does not look
    clear(bri, call)


@pytest.mark.parametrize(
    ("bearer", "expected"),
    [
        ("speech", {"hall", "kitchen", "office"}),
        ("3.1kHz", {"hall", "kitchen", "office"}),
        ("64k", {"modem"}),
    ],
)
def test_an_incompatible_terminal_is_silent(bri: Bench, bearer: str, expected: set[str]) -> None:
    bri.far.number("200").never_answers()
    call = bri.near.dial("200", span=BUS, bearer=bearer)  # type: ignore[arg-type]
    bri.run_until(call.alerting, within="2s")
    bri.run_for("1s")
    assert {who(each) for each in bri.far.calls} == expected
    clear(bri, call)
    ringing = [each.span for each in bri.far.calls]
    addresses = [address(each) for each in ringing if isinstance(each, TerminalEnd)]
    assert sorted(sent(bri, MessageType.RELEASE)) == sorted(addresses), "nobody else has to be released"


def test_two_talk_at_once_and_the_third_is_refused_before_anything_is_sent(bri: Bench) -> None:
    for number in ("201", "202", "203"):
        bri.far.number(number).answers()
    first = bri.near.dial("201", span=BUS)
    second = bri.near.dial("202", span=BUS)
    talk(bri, first, second)
    assert {first.channel, second.channel} == {1, 2}
    setups = len(sent(bri, MessageType.SETUP))
    third = bri.near.dial("203", span=BUS)
    assert third.outcome.cause is Cause.NO_CIRCUIT
    assert third.outcome.decided_by == "near"
    assert len(sent(bri, MessageType.SETUP)) == setups
    start = bri.pump.now
    bri.run_for("2s")
    assert misheard([first, second, *bri.far.calls], start, bri.pump.now) == []
    clear(bri, first, second, third)


def test_a_terminal_with_a_call_is_busy_to_the_next(bri: Bench) -> None:
    bri.far.number("201").answers()
    first = bri.near.dial("201", span=BUS)
    talk(bri, first)
    second = bri.near.dial("201", span=BUS)
    bri.run_until(second.ended, within="9s")
    assert second.cause == Cause.USER_BUSY
    assert second.decided_by == "far"
    assert first.active
    assert len(bri.far.calls) == 1
    clear(bri, first, second)


def test_a_busy_terminal_leaves_the_call_to_the_others(bri: Bench) -> None:
    bri.far.number("201").answers()
    first = bri.near.dial("201", span=BUS)
    talk(bri, first)
    bri.far.number("200").answers(after="1s")
    second = bri.near.dial("200", span=BUS)
    talk(bri, second)
    assert "hall" not in {who(each) for each in bri.far.calls if each.called == "200"}
    clear(bri, first, second)


def test_a_programmed_refusal_counts_when_all_have_refused(bri: Bench) -> None:
    bri.far.number("200").busy()
    bri.far.terminal("office").number("200").rejects(Cause.CALL_REJECTED)
    call = bri.near.dial("200", span=BUS)
    bri.run_until(call.ended, within="9s")
    assert call.cause == Cause.CALL_REJECTED  # which comes before user busy (Q.931 5.2.5.3)
    clear(bri, call)


def test_terminals_call_out_on_channels_that_the_network_gives(bri: Bench) -> None:
    bri.near.number("1000").answers()
    hall = bri.far.terminal("hall").dial("1000")
    office = bri.far.terminal("office").dial("1000")
    talk(bri, hall, office)
    assert {hall.channel, office.channel} == {1, 2}
    assert [each.caller for each in bri.near.calls] == ["201", "203"]
    third = bri.far.terminal("kitchen").dial("1000")
    bri.run_until(third.ended, within="5s")
    assert third.cause == Cause.NO_CIRCUIT
    assert third.decided_by == "near"
    start = bri.pump.now
    bri.run_for("2s")
    assert (
        misheard([hall, office, *(each for each in bri.near.calls if each.active)], start, bri.pump.now) == []
    )
    assert bri.far.terminal("hall").calls == [hall]
    clear(bri, hall, office, third)


def test_a_terminal_dials_digit_by_digit(bri: Bench) -> None:
    bri.near.number("1000").answers()
    call = bri.far.terminal("hall").dial("10", complete=False)
    bri.run_for("1s")
    assert [each.phase.value for each in bri.near.calls] == ["dialling"]
    call.more_digits("0")
    call.more_digits("0", complete=True)
    talk(bri, call)
    assert [each.called for each in bri.near.calls] == ["1000"]
    clear(bri, call)


def test_in_and_out_at_once(bri: Bench) -> None:
    bri.near.number("1000").answers()
    bri.far.number("202").answers()
    outgoing = bri.far.terminal("hall").dial("1000")
    talk(bri, outgoing)
    incoming = bri.near.dial("202", span=BUS)
    talk(bri, incoming)
    assert {outgoing.channel, incoming.channel} == {1, 2}
    clear(bri, outgoing, incoming)


def test_the_caller_gives_up_while_several_ring(bri: Bench) -> None:
    bri.far.number("200").never_answers()
    call = bri.near.dial("200", span=BUS)
    bri.run_until(call.alerting, within="2s")
    bri.run_for("1s")
    assert len(bri.far.calls) == 3
    clear(bri, call)
    bri.run_for("1s")
    assert all(each.cleared and each.cause == Cause.NORMAL_CLEARING for each in bri.far.calls)


def test_a_line_to_one_user_is_a_trunk_with_two_channels(bri: Bench) -> None:
    for number in ("300", "301"):
        bri.far.number(number).answers()
    calls = [bri.near.dial(number, span=LINE) for number in ("300", "301")]
    talk(bri, *calls)
    assert {call.channel for call in calls} == {1, 2}
    assert bri.near.dial("300", span=LINE).cause is Cause.NO_CIRCUIT
    setups = [
        r.data for r in bri.timeline.records(1, LINE, 3, bri.trunk.near[1].side) if b"\x05\x04" in r.data
    ]
    assert [frame[:2].hex() for frame in setups] == ["0201", "0201"], "TEI 0"
    assert setups[0][4:8].hex() == "08010105", "one octet of call reference"
    start = bri.pump.now
    bri.run_for("2s")
    assert misheard([*calls, *bri.far.calls], start, bri.pump.now) == []
    clear(bri, *calls)
    back = bri.far.dial("1000", span=LINE)
    bri.run_until(back.ended, within="5s")
    assert back.cause == Cause.UNALLOCATED
    clear(bri, back)


def test_both_depths_are_one_run() -> None:
    digests = set()
    for depth in ("event", "bits"):
        with Bench.from_config(packaged_config("bri.toml"), depth=depth) as bench:
            bench.far.number("200").answers(after="1s")
            call = bench.near.dial("200", span=BUS)
            talk(bench, call)
            bench.run_for("500ms")
            clear(bench, call)
            assert bench.audit() == []
            digests.add(bench.digest())
    assert len(digests) == 1


def test_a_cut_of_the_line_takes_the_links_and_their_calls_and_they_come_back() -> None:
    timers = TimersConfig(t200=SECOND // 2, t203=SECOND, t309=2 * SECOND)
    with _only_bus(timers=timers) as bench:
        bench.far.number("201").answers()
        call = bench.near.dial("201")
        talk(bench, call)
        for end in (bench.trunk.near[0], bench.trunk.far[0]):
            end.port.insert(LineFault("cut", bench.pump.now + 640, 9 * SECOND))
        bench.run_for("100ms")
        for refused in (bench.near.dial("202"), bench.far.terminal("kitchen").dial("1000")):
            assert refused.cause is Cause.NO_CIRCUIT, "there is no signal"
            assert refused.outcome.decided_by == refused.end
        bench.run_until(call.ended, within="8s")
        assert call.cause == Cause.DESTINATION_OUT_OF_ORDER  # T309 (Q.931 5.8.9)
        told = {row["what"] for row in bench.timeline.rows() if row["kind"] == "note"}
        assert {"LOS on", "MDL-ERROR I"} <= told
        bench.run_for("10s")
        clear(bench, call)
        again = bench.near.dial("201")
        talk(bench, again)
        clear(bench, again)
        assert bench.audit() == []


def test_a_data_link_that_was_released_comes_back_when_a_terminal_calls(bri: Bench) -> None:
    network, hall = bri.trunk.near[0], bri.far.terminal("hall")
    assert isinstance(network, NetworkEnd)
    network.link.release(bri.pump.now, hall.tei)
    network.drain()
    bri.run_for("500ms")
    assert hall.end.link.link().state is State.TEI_ASSIGNED
    told = [row["what"] for row in bri.timeline.rows() if row.get("where") == hall.end.name]
    assert f"data link of TEI {hall.tei} down" in told
    bri.near.number("1000").answers()
    call = hall.dial("1000")
    talk(bri, call)
    assert call.caller == "201"
    assert hall.end.link.link().state is State.MULTIPLE_FRAME_ESTABLISHED
    clear(bri, call)


def test_the_audit_finds_a_tei_that_only_one_side_knows() -> None:
    with _only_bus() as bench:
        network = bench.trunk.near[0]
        hall = bench.far.terminal("hall").end
        assert isinstance(network, NetworkEnd)
        lost = hall.tei
        network.link.remove(bench.pump.now, lost or 0)
        while network.link.poll_output() is not None:
            pass  # the network forgets the TEI, and says so to nobody
        assert f"{network.name}: terminal hall has TEI {lost}, unknown to the network" in network.audit()
        assert bench.audit() == [], "the poll of the terminal's link brings it out within T203"
        assert hall.tei is not None
        hall.gone = True  # as if the terminal had been unplugged
        assert f"{network.name}: TEI {hall.tei} is assigned, and no terminal has it" in network.audit()


def test_a_terminal_that_lost_its_tei_asks_for_one_again(bri: Bench) -> None:
    network, hall = bri.trunk.near[0], bri.far.terminal("hall")
    assert isinstance(network, NetworkEnd)
    before = hall.tei
    assert before is not None
    network.link.remove(bri.pump.now, before)
    network.drain()
    bri.run_for("10s")
    bri.near.number("1000").answers()
    call = hall.dial("1000")
    talk(bri, call)
    assert hall.tei is not None
    clear(bri, call)


def test_a_terminal_that_loses_its_tei_while_it_talks_loses_its_call(bri: Bench) -> None:
    bri.far.number("201").answers()
    call = bri.near.dial("201", span=BUS)
    talk(bri, call)
    network, hall = bri.trunk.near[0], bri.far.terminal("hall")
    assert isinstance(network, NetworkEnd)
    before = hall.tei
    assert before is not None
    network.link.remove(bri.pump.now, before)
    network.drain()
    bri.run_until(call.ended, within="20s")
    assert call.cause == Cause.DESTINATION_OUT_OF_ORDER
    clear(bri, call)
    bri.run_for("60s")
    assert hall.tei not in (None, before), "the terminal has asked for another"
    again = bri.near.dial("201", span=BUS)
    talk(bri, again)
    clear(bri, again)


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"span": "cellar"}, "span 'cellar': there is none here"),
        ({"bearer": "video"}, "bearer 'video'"),
        ({"subaddress": ""}, "subaddress ''"),
    ],
)
def test_wishes_that_cannot_be(bri: Bench, wishes: dict[str, str], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        bri.near.dial("200", **wishes)  # type: ignore[arg-type]
    assert bri.near.calls == []


def test_terminals_that_are_not_there(bri: Bench) -> None:
    with pytest.raises(UsageError, match="terminal 'attic' at the far end: there is none of that name"):
        bri.far.terminal("attic")
    with pytest.raises(UsageError, match="at the near end: there is none of that name; there are: none"):
        bri.near.terminal("hall")
    with pytest.raises(UsageError, match="555 is none of its numbers 201, 200"):
        bri.far.terminal("hall").number("555")
    with pytest.raises(UsageError, match="a bus has no RESTART"):
        bri.near.restart()
