"""The error procedures of Q.931 5.8, clause by clause, for both sides (`q931_errors`), and the comparison of
call states (5.8.10, 5.8.11): for every state of ours and every state that the peer may report.
"""

from __future__ import annotations

import pytest
import q931_errors
import q931_network
import q931_user
from q931_talk import Conversation, Talk

from trunkwire.q931.errors import ProtocolMisuse
from trunkwire.q931.faults import fault_of, remark_of
from trunkwire.q931.message import IssueKind, parse
from trunkwire.side import Side
from trunkwire.ticks import SECOND

SETTING_UP = {1, 2, 3, 4, 6, 7, 8, 9, 25}
CLEARING = {11, 12, 15, 17, 19, 22}
REPORTED = sorted({0, 10} | SETTING_UP | CLEARING)
"""Call states of table 4-8 that a STATUS of a call may report."""

OURS = [
    (side, state)
    for side, module in ((Side.USER, q931_user), (Side.NETWORK, q931_network))
    for state in (*module.REACH, *(("N8",) if side is Side.NETWORK else ()))
    if state not in ("U0", "N0")
]


def talk_in(side: Side, state: str) -> Talk:
    """A machine with one call in that state."""
    if state == "N8":
        talk = Talk(Conversation(state, side, q931_network.REACH_N8, dict(q931_network.WAITS)))
    else:
        module = q931_user if side is Side.USER else q931_network
        talk = Talk(Conversation(state, side, module.REACH[state]))
    talk.run()
    return talk


def is_compatible(state: str, reported: int) -> bool:
    """Whether both states may hold at once, messages under way included (5.8.11)."""
    if state == "U10":  # CONNECT ACKNOWLEDGE was sent or received: the network can only wait for it
        return reported in (8, 10, 15)
    if state == "N10":  # CONNECT is on its way, or an answer to SUSPEND or RESUME
        return reported in SETTING_UP - {6, 25} | {10, 15, 17}
    return reported in SETTING_UP | {10}


@pytest.mark.parametrize(
    "conversation",
    q931_errors.CONVERSATIONS,
    ids=lambda conversation: f"{conversation.side.value}: {conversation.name}",
)
def test_clause(conversation: Conversation) -> None:
    Talk(conversation).run()


def test_every_clause_of_5_8_1_to_5_8_9_has_a_case_on_either_side() -> None:
    clauses = [f"5.8.{number}" for number in ("1", "2", "5.1", "5.2", "6.1", "6.2", "7.1", "7.2", "7.3", "4")]
    clauses += [f"5.8.3.1 {letter})" for letter in "abc"] + [f"5.8.3.2 {letter})" for letter in "abcdefgh"]
    clauses += [f"5.8.8 {letter})" for letter in "abc"] + [f"5.8.9 {letter})" for letter in "ab"]
    for side in Side:
        names = [each.name for each in q931_errors.CONVERSATIONS if each.side is side]
        assert [clause for clause in clauses if not any(name.startswith(clause) for name in names)] == []


@pytest.mark.parametrize("reported", REPORTED)
@pytest.mark.parametrize(("side", "state"), OURS)
def test_5_8_11_states_compared(side: Side, state: str, reported: int) -> None:
    if reported == 0:
        expected = "gone"
    elif int(state[1:]) in CLEARING:
        expected = "kept"
    else:
        expected = "kept" if is_compatible(state, reported) else "cleared"
    talk = talk_in(side, state)
    assert talk.call is not None
    talk.step(f"get STATUS cause=30 st={reported}")
    outputs = talk.drain()
    if expected == "gone":
        assert talk.call.state.number == 0
        assert outputs[-1].startswith("[released")
    elif expected == "cleared":
        assert outputs == ["DISCONNECT(101)"]
        assert talk.call.state.name == {Side.USER: "U11", Side.NETWORK: "N12"}[side]
    else:
        assert talk.call.state.name == state
        assert all(output.startswith("[status") for output in outputs)


@pytest.mark.parametrize(("side", "state"), OURS)
def test_5_8_10_status_enquiry_is_answered_in_every_state_and_changes_none(side: Side, state: str) -> None:
    talk = talk_in(side, state)
    before = talk.status()
    talk.step("get STATUS_ENQUIRY")
    assert talk.drain() == [f"STATUS(30,st{state[1:]})"]
    assert talk.status() == before


@pytest.mark.parametrize("side", list(Side))
def test_5_8_10_one_enquiry_at_a_time(side: Side) -> None:
    talk = talk_in(side, f"{'U' if side is Side.USER else 'N'}10")
    talk.step("do status_enquiry")
    with pytest.raises(ProtocolMisuse, match=r"\(active\), which does not allow request STATUS ENQUIRY"):
        talk.step("do status_enquiry")
    talk.step("get STATUS cause=30 st=10")
    talk.step("do status_enquiry")
    assert talk.drain() == ["STATUS_ENQUIRY", "[status]", "STATUS_ENQUIRY"]


@pytest.mark.parametrize("enquiries", [1, 2, 5])
@pytest.mark.parametrize("side", list(Side))
def test_5_8_10_as_many_enquiries_as_set_and_then_cause_41(side: Side, enquiries: int) -> None:
    letter = "U" if side is Side.USER else "N"
    module = q931_user if side is Side.USER else q931_network
    talk = Talk(Conversation("", side, module.REACH[f"{letter}10"], {"enquiries": enquiries}))
    talk.run()
    talk.step("do status_enquiry")
    assert talk.drain() == ["STATUS_ENQUIRY"]
    for _ in range(enquiries - 1):
        talk.step("wait T322")
        assert talk.drain() == ["STATUS_ENQUIRY"]
    talk.step("wait T322")
    assert talk.drain() == ["DISCONNECT(41)"]


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("message", ["DISCONNECT cause=16", "RELEASE cause=16", "RELEASE_COMPLETE cause=16"])
def test_5_8_10_a_clearing_message_ends_the_enquiry(side: Side, message: str) -> None:
    talk = talk_in(side, f"{'U' if side is Side.USER else 'N'}10")
    talk.step("do status_enquiry")
    talk.step(f"get {message}")
    assert talk.call is not None
    assert "T322" not in talk.call.timers
    assert talk.call.state.number in (0, 19)


@pytest.mark.parametrize(
    ("octets", "fault", "remark"),
    [
        ("08020007 05 1803a98383 3f00", (96, "04"), (99, "3f")),
        ("08020007 05 0400 1803a98383 7100", (100, "04"), (43, "71")),
        ("08020007 05 04038090a3 1803a98383 1e00 7100", None, (100, "1e")),
        ("08020007 05 04038090a3 1803a98383 7100 7e00", None, (43, "717e")),
    ],
)
def test_which_cause_comes_first_when_several_things_are_wrong(
    octets: str, fault: tuple[int, str] | None, remark: tuple[int, str]
) -> None:
    issues = parse(bytes.fromhex(octets), Side.NETWORK).issues
    assert all(issue.kind is not IssueKind.TRUNCATED for issue in issues)
    found = fault_of(issues)
    assert (None if found is None else (found[0], found[1].hex())) == fault
    cause, diagnostics = remark_of(issues) or (0, b"")
    assert (cause, diagnostics.hex()) == remark


@pytest.mark.parametrize("outage", [SECOND, 5 * SECOND, 6 * SECOND - 1])
def test_5_8_9_calls_outlive_outages_shorter_than_t309(outage: int) -> None:
    """And each again: T309 starts anew with every outage."""
    talk = talk_in(Side.NETWORK, "N10")
    for _ in range(3):
        talk.step("link down")
        talk.now += outage
        talk.machine.handle_timer(talk.now)
        talk.step("link up")
        talk.step("get STATUS cause=30 st=10")
        assert talk.drain() == ["(EstablishLink)", "STATUS_ENQUIRY", "[status]"]
    assert talk.status() == "N10 ch3"


def test_the_location_of_cause_27_is_our_own() -> None:
    """Whose data link has failed is told by this side (Q.850 2.2.3)."""
    for side, location in ((Side.USER, 0), (Side.NETWORK, 2)):
        talk = talk_in(side, f"{'U' if side is Side.USER else 'N'}10")
        talk.step("link down")
        assert talk.drain() == ["(EstablishLink)"]
        talk.step("wait T309")
        assert talk.call is not None
        assert (talk.call.cause, talk.call.cause_location) == (27, location)
