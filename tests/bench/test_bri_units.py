"""A basic access in detail: whose call it is, what a terminal does with it, and the frames' rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from trunkbench.bench import Bench
from trunkbench.bri.compatibility import (
    bearer_element,
    mismatch,
    same_number,
    subaddress_element,
    subaddress_text,
)
from trunkbench.bri.config import Bearer
from trunkbench.bri.end import BusEnd, NetworkEnd
from trunkbench.bri.frame import Aligner
from trunkbench.bri.lane import DLane, packed
from trunkbench.config import packaged_config, parse_config
from trunkbench.numbers import Plan
from trunkwire.g711 import Law
from trunkwire.q931.callcontrol import SetupRequest
from trunkwire.q931.causes import Cause
from trunkwire.q931.elements import cause_element
from trunkwire.q931.ies import CalledSubaddressIE, CallStateIE, SubaddressType
from trunkwire.q931.message import Element, Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.ticks import SECOND

SPEECH: tuple[Bearer, ...] = ("speech", "3.1kHz")

ONE = """
[bench]
name = "one"
[[span]]
name = "bus"
kind = "bri"
mode = "point-to-multipoint"
[[span.terminal]]
name = "phone"
{phone}
"""


def setup(*elements: Element, bearer: Bearer = "speech") -> Message:
    return Message(1, MessageType.SETUP, (bearer_element(bearer, Law.ALAW), *elements))


# -- whose call it is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bearer", "octets"), [("speech", "8090a3"), ("3.1kHz", "9090a3"), ("64k", "8890")])
def test_bearers_as_octets(bearer: Bearer, octets: str) -> None:
    """Q.931 4.5.5: capability, 64 kbit/s circuit mode, and the law where there is one."""
    request = SetupRequest(bearer=bearer_element(bearer, Law.ALAW))
    length = len(octets) // 2
    assert f"04{length:02x}{octets}" in build(Message(1, MessageType.SETUP, (request.bearer,))).hex()


def test_mu_law_is_named_in_the_bearer() -> None:
    assert "04038090a2" in build(Message(1, MessageType.SETUP, (bearer_element("speech", Law.ULAW),))).hex()


def test_a_subaddress_as_octets_and_back() -> None:
    element = subaddress_element("12")
    # Q.931 4.5.9: octet 3 is NSAP, even; the AFI 50 says that IA5 characters follow.
    assert "71048050" + "3132" in build(Message(1, MessageType.SETUP, (element,))).hex()
    assert subaddress_text(element) == "12"
    other = CalledSubaddressIE(kind=SubaddressType.USER_SPECIFIED, address=b"\x21\x43")
    assert subaddress_text(other) == "2143"
    assert subaddress_text(CalledSubaddressIE(address=b"\x50\xff")) == "50ff"
    for wrong in ("", "1" * 20, "é"):
        with pytest.raises(ValueError, match="1 to 19 ASCII"):
            subaddress_element(wrong)
    assert subaddress_text(subaddress_element("1" * 19)) == "1" * 19


@pytest.mark.parametrize(
    ("called", "msn", "same"),
    [
        ("201", "201", True),
        ("5550201", "201", True),
        ("01", "201", True),
        ("202", "201", False),
        ("2", "201", False),
    ],
)
def test_numbers_are_compared_from_their_ends(called: str, msn: str, same: bool) -> None:
    assert same_number(called, msn) is same


def test_what_is_compared_and_what_is_not() -> None:
    two = subaddress_element("2")
    assert mismatch(setup(), "201", ("201",), None, SPEECH) is None
    assert mismatch(setup(), "", ("201",), None, SPEECH) is None, "no number: for every terminal"
    assert mismatch(setup(), "999", (), None, SPEECH) is None, "no MSN: every number"
    assert mismatch(setup(two), "201", ("201",), "2", SPEECH) is None
    assert mismatch(setup(two), "201", ("201",), None, SPEECH) is None, "no subaddress of its own"
    assert mismatch(setup(), "201", ("201",), "2", SPEECH) is None, "no subaddress called"
    assert mismatch(setup(), "999", ("201", "200"), None, SPEECH) == "number 999 is none of its own"
    assert mismatch(setup(two), "201", ("201",), "3", SPEECH) == "subaddress 2 is not its own"
    assert mismatch(setup(bearer="64k"), "201", ("201",), None, SPEECH) == "bearer 64k is none that it serves"
    assert mismatch(setup(bearer="64k"), "201", ("201",), None, ("64k",)) is None
    assert mismatch(Message(1, MessageType.SETUP, ()), "201", (), None, SPEECH) is None


# -- what a terminal does with it ---------------------------------------------------------------------------


@pytest.fixture
def packaged() -> Iterator[Bench]:
    with Bench.from_config(packaged_config("bri.toml")) as bench:
        yield bench
        assert bench.audit() == []


def one(phone: str = "") -> Bench:
    return Bench.from_config(parse_config(ONE.format(phone=phone), "one.toml"))


def test_plans_of_a_terminal_go_before_those_of_the_number() -> None:
    with one('msn = ["201", "202"]') as bench:
        phone = bench.far.terminal("phone")
        end = phone.end
        assert end.own_plan("201") is None
        bench.far.number("201").busy()
        assert end.own_plan("201") == Plan("disconnects", cause=Cause.USER_BUSY)
        assert end.own_plan("555201") == end.own_plan("201"), "with a prefix in front"
        assert end.own_plan("202") is None
        phone.number().never_answers()
        assert end.own_plan("202") == end.own_plan("201") == end.own_plan("") == Plan("alerts")
        phone.number("201").answers()
        assert end.own_plan("201") == Plan("answers")
        assert end.own_plan("202") == Plan("alerts")
        assert phone.number("201").plan == Plan("answers")
        bench.far.reset()
        assert end.own_plan("201") is None


def test_a_call_without_a_number_reaches_whatever_is_programmed() -> None:
    with one('msn = ["201"]') as bench:
        bench.far.number("201").answers()
        network = bench.trunk.near[0]
        assert isinstance(network, NetworkEnd)
        call = network.control.setup(SetupRequest(), bench.pump.now)
        network.drain()
        bench.run_for("1s")
        assert [each.phase.value for each in bench.far.calls] == ["active"]
        network.control.disconnect(call, Cause.NORMAL_CLEARING, bench.pump.now)
        network.drain()
        assert bench.audit() == []


@pytest.mark.parametrize(
    ("request_", "cause"),
    [
        (SetupRequest(called="999"), Cause.INCOMPATIBLE_DESTINATION),
        (SetupRequest(called="201", bearer=bearer_element("64k", Law.ALAW)), Cause.INCOMPATIBLE_DESTINATION),
        (SetupRequest(called="202"), Cause.INCOMPATIBLE_DESTINATION),  # nobody has said what it does
    ],
)
def test_a_call_to_one_terminal_alone_is_refused(request_: SetupRequest, cause: Cause) -> None:
    """Silence is for broadcasts (Q.931 5.2.5.1); over its own data link a terminal says 88."""
    with one('msn = ["201", "202"]') as bench:
        bench.far.number("201").answers()
        network, phone = bench.trunk.near[0], bench.far.terminal("phone")
        assert isinstance(network, NetworkEnd)
        call = network.control.setup(request_, bench.pump.now, tei=phone.tei)
        network.drain()
        bench.run_for("1s")
        assert call.cause == cause
        assert network.control.calls == {}
        assert bench.audit() == []


def test_a_telephone_of_two_lines_takes_two_calls_and_is_busy_to_a_third() -> None:
    with one("calls = 2") as bench:
        bench.far.number("1").answers()
        first, second = bench.near.dial("1"), bench.near.dial("1")
        bench.run_until(first.active, within="2s")
        bench.run_until(second.active, within="2s")
        network, phone = bench.trunk.near[0], bench.far.terminal("phone")
        assert isinstance(network, NetworkEnd)
        assert phone.calls == bench.far.calls
        third = network.control.setup(
            SetupRequest(called="1", channel=1), bench.pump.now, insist=True, tei=phone.tei
        )
        network.drain()
        bench.run_for("500ms")
        assert third.cause in (Cause.USER_BUSY, Cause.CHANNEL_UNAVAILABLE)
        for call in (first, second):
            call.hang_up()
        assert bench.audit() == []


def test_a_status_that_cannot_be_clears_the_call_at_once(packaged: Bench) -> None:
    """The network clears of its own accord (Q.931 5.8.11); the bench knows before the terminal answers."""
    packaged.far.number("201").answers()
    call = packaged.near.dial("201", span="bus")
    packaged.run_until(call.active, within="3s")
    packaged.run_for("100ms")
    hall = packaged.far.terminal("hall").end
    assert call.q931 is not None
    elements = (cause_element(Cause.MESSAGE_NOT_COMPATIBLE, 0), CallStateIE(state=6))
    status = Message(call.q931.reference, MessageType.STATUS, elements, True, 1)
    hall.link.send(build(status), packaged.pump.now)
    hall.drain()
    packaged.run_until(call.ended, within="20ms")
    assert (call.cause, call.cleared_by, call.phase.value) == (101, "near", "clearing")
    packaged.run_for("1s")


def test_what_a_terminal_shows(packaged: Bench) -> None:
    office = packaged.far.terminal("office")
    assert (office.name, office.msn, office.subaddress, office.tei) == ("office", ("203", "200"), "3", 5)
    assert office.end.name == "bus far terminal office"
    assert office.calls == []
    assert office.number("200").digits == "200"
    with pytest.raises(Exception, match="none of its numbers"):
        office.number("201")


def test_whoever_calls_is_known_by_the_first_number(packaged: Bench) -> None:
    packaged.near.number("1000").answers()
    call = packaged.far.terminal("kitchen").dial("1000")
    other = packaged.far.terminal("office").dial("1000", caller="200")
    packaged.run_for("1s")
    assert [each.caller for each in packaged.near.calls] == ["202", "200"]
    assert {each.span.station for each in (call, other) if each.span} == {"kitchen", "office"}
    for each in (call, other):
        each.hang_up()


def test_the_reference_numbers_of_tei_requests_differ_and_follow_the_seed() -> None:
    def references(seed: int) -> list[int | None]:
        with Bench.from_config(packaged_config("bri.toml"), seed=seed) as bench:
            ends = [bench.far.terminal(name).end for name in ("hall", "kitchen", "modem")]
            return [end.link.terminal.reference for end in ends if end.link.terminal is not None]

    assert len(set(references(1))) == 3
    assert references(1) == references(1)
    assert references(1) != references(2)


def test_terminals_keep_one_frame_outstanding_unless_told_otherwise() -> None:
    """k is 1 for call control on a basic access (Q.921 5.9.5)."""
    with one() as bench:
        for end in bench.trunk.ends:
            assert isinstance(end, BusEnd)
            assert end.link.settings.k == 1
            assert end.control.settings.basic
            assert end.control.settings.reference_length == 1
            assert end.control.settings.point_to_multipoint
    text = ONE.format(phone="") + "\n[timers]\nk = 3\n"
    with Bench.from_config(parse_config(text, "one.toml")) as bench:
        assert [end.link.settings.k for end in bench.trunk.ends if isinstance(end, BusEnd)] == [3, 3]


def test_a_terminal_without_a_tei_is_found_by_the_audit() -> None:
    with one() as bench:
        phone, network = bench.far.terminal("phone"), bench.trunk.near[0]
        assert isinstance(network, NetworkEnd)
        assert phone.end.audit() == []
        tei = phone.tei
        assert tei is not None
        network.link.remove(bench.pump.now, tei)
        network.drain()
        bench.run_for("50ms")
        assert phone.tei is None
        assert "bus far terminal phone: has no TEI" in phone.end.audit()


def test_two_terminals_with_one_tei_are_found_by_the_audit(packaged: Bench) -> None:
    network, hall = packaged.trunk.near[0], packaged.far.terminal("hall").end
    assert isinstance(network, NetworkEnd)
    terminals = network.terminals
    network.terminals = (*terminals, hall)
    assert f"{network.name}: TEI {hall.tei} is held by hall and hall" in network.audit()
    network.terminals = terminals


# -- rows and lanes -----------------------------------------------------------------------------------------


def rows(*present: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.array([[one, 1, 2, 0] for one in present], np.uint8)


def test_alignment_is_lost_with_the_fourth_frame_and_found_with_the_sixth() -> None:
    aligner = Aligner(100)
    assert aligner.undisturbed()
    received = aligner.receive(rows(1, 0, 0, 0, 1, 0, 0, 0, 0, 0))
    assert [(defect.row, defect.name, defect.on) for defect in received.defects] == [(108, "LOS", True)]
    assert not aligner.undisturbed()
    assert received.slots[3].tolist() == [0] * 9 + [3], "ones from the row on that follows the loss"
    received = aligner.receive(rows(1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1))
    assert received.defects == []
    assert received.slots[1].tolist() == [0xFF] * 11
    twin = aligner.copy()
    received = aligner.receive(rows(1, 1))
    assert [(defect.row, defect.on) for defect in received.defects] == [(121, False)]
    assert received.slots[2].tolist() == [0xFF, 2]
    assert aligner.undisturbed()
    assert not twin.undisturbed()
    assert aligner.receive(rows(1, 1, 1)).defects == []
    assert aligner.row == 126


def test_frames_are_counted_anew_from_the_loss() -> None:
    aligner = Aligner(0)
    received = aligner.receive(rows(0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0))
    assert [(defect.row, defect.on) for defect in received.defects] == [(3, True), (9, False), (13, True)]


def test_a_single_missing_frame_is_forgotten() -> None:
    aligner = Aligner(0)
    aligner.receive(rows(0, 0, 0))
    assert not aligner.undisturbed()
    aligner.receive(rows(1))
    assert aligner.undisturbed()


def test_pairs_make_octets() -> None:
    assert packed(bytes((1, 3, 3, 2, 0, 0, 0, 3))) == bytes((0b01111110, 0b00000011))


def test_a_lane_knows_how_many_frames_wait_and_forgets_what_is_over() -> None:
    lane = DLane(0)
    sent = [lane.send(b"\x00\x01\x7f", 0) for _ in range(3)]
    assert lane.holds(3, 0)
    assert not lane.holds(4, 0)
    assert lane.holds(2, sent[0].end - 1)
    assert not lane.holds(3, sent[0].end - 1)
    lane.forget(sent[0].end + 1)
    assert list(lane.sent) == sent[1:]
    assert lane.flag_before(sent[1].before + 40) <= sent[1].before
    assert lane.flag_before(sent[1].before + 40) % 32 == 0
    assert lane.flag_before(10 * SECOND) == 10 * SECOND - 96
    assert lane.flag_before(sent[1].end - 1) <= sent[1].before
    last = sent[2].end
    assert lane.flag_before(last) == (last - 96) // 32 * 32 > sent[2].before
