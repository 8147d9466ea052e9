"""Tests of the tests of layer 2: our data link with one row or one value changed fails the case about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec
import pytest

from trunkbench.config import SpanConfig, load_config
from trunkbench.conform.case import Case, CaseResult, Verdict
from trunkbench.conform.catalogue import catalogue, select
from trunkbench.conform.ours_link import LINK_PIXIT, OurLink, link_maker, link_upper
from trunkbench.conform.session import Implementation, Session
from trunkwire.lapd import Event, LapdLink, State, assignment, terminal
from trunkwire.lapd import procedures as do
from trunkwire.lapd.assignment import TeiEvent, TeiState
from trunkwire.lapd.table import TABLE, TRANSITIONS, Row
from trunkwire.lapd.terminal import TerminalEvent, TerminalState
from trunkwire.side import Side
from trunkwire.ticks import SECOND

pytestmark = pytest.mark.long

Fault = Callable[[OurLink], None]


def links(peer: OurLink) -> Iterator[LapdLink]:
    yield from peer.entity._links.values()


def row(state: State, event: Event, *actions: do.Procedure, to: State | None = None) -> Fault:
    """The link does this instead, and goes there; without `to` it stays."""
    return lambda peer: put(peer, changed(Row(state, event, actions, to or state, "a fault")))


def changed(new: Row) -> Mapping[State, Mapping[Event, Row]]:
    return {**TRANSITIONS, new.state: {**TRANSITIONS[new.state], new.event: new}}


def put(peer: OurLink, transitions: Mapping[State, Mapping[Event, Row]]) -> None:
    for link in links(peer):
        link._transitions = transitions


def setting(**values: int) -> Fault:
    def put_in(peer: OurLink) -> None:
        peer.entity.settings = msgspec.structs.replace(peer.entity.settings, **values)
        for link in links(peer):
            link.agree(peer.entity.settings)
        if peer.entity.terminal is not None:
            peer.entity.terminal.settings = peer.entity.settings

    return put_in


def sending(change: Callable[[bytes], bytes | None]) -> Fault:
    """What it sends goes through `change`; None is not sent."""

    def put_in(peer: OurLink) -> None:
        poll = peer.poll_output

        def poll_output() -> bytes | None:
            while (frame := poll()) is not None:
                if (octets := change(frame)) is not None:
                    return octets
            return None

        peer.poll_output = poll_output  # type: ignore[method-assign]

    return put_in


def terminal_does_nothing(state: TerminalState, event: TerminalEvent) -> Fault:
    def put_in(peer: OurLink) -> None:
        terminal = peer.entity.terminal
        assert terminal is not None
        rows = {each: dict(cells) for each, cells in terminal._transitions.items()}
        rows[state][event] = type(rows[state][event])(state, event, (), state, "a fault")
        terminal._transitions = rows

    return put_in


def point_does_nothing(state: TeiState, event: TeiEvent) -> Fault:
    def put_in(peer: OurLink) -> None:
        point = peer.entity.point
        assert point is not None
        rows = {each: dict(cells) for each, cells in point._transitions.items()}
        rows[state][event] = type(rows[state][event])(state, event, (), state, "a fault")
        point._transitions = rows

    return put_in


def other_cr(frame: bytes) -> bytes:
    """UA with the C/R bit of a command."""
    return bytes((frame[0] ^ 2,)) + frame[1:] if frame[2:] == b"\x73" else frame


S4, S50, S7, S8 = (
    State.TEI_ASSIGNED,
    State.AWAITING_ESTABLISHMENT,
    State.MULTIPLE_FRAME_ESTABLISHED,
    State.TIMER_RECOVERY,
)
U, N = Side.USER, Side.NETWORK
NOTHING = "nothing came in 0.9 s"

FAULTS: dict[str, tuple[Fault, Side, str, str]] = {
    # fault: (how, role, case, reason)
    "DISC without a link is ignored": (
        row(S4, Event.DISC),
        U,
        "4.0/valid/disc-p1",
        "4.0 was not reached: DISC got no answer",
    ),
    "DM answers SABME": (
        row(S50, Event.SABME, do.send_dm),
        N,
        "5.0/valid/sabme-collision",
        "expected UA F=1; got DM response F=1 TEI 0",
    ),
    "DM with F = 0 ends the establishment": (
        row(S50, Event.DM, do.stop_timers, to=S4),
        U,
        "5.0/inopportune/dm-f0",
        "expected SABME P=1; nothing came in 0.16 s",
    ),
    "an N(R) error is ignored": (
        row(S7, Event.NR_ERROR),
        N,
        "7.0/invalid/rr-nr",
        f"expected SABME P=1; {NOTHING}",
    ),
    "a frame that may not be is ignored": (
        row(S7, Event.FRAME_ERROR, do.report_frame_error),
        U,
        "7.0/invalid/i-too-long",
        f"expected SABME P=1; {NOTHING}",
    ),
    "DM with F = 0 is ignored": (
        row(S7, Event.DM, do.report_e),
        U,
        "7.4/inopportune/dm-f0",
        f"expected SABME P=1; {NOTHING}",
    ),
    "REJ does not make it send again": (
        row(S7, Event.REJ, do.answer_enquiry, do.take_acknowledgement_only, do.rest_timers),
        N,
        "7.0/valid/data-again-by-rej",
        f"expected I P=0 N(S)=1 N(R)=0; {NOTHING}",
    ),
    "RNR is taken for RR": (
        row(S7, Event.RNR, do.answer_enquiry, do.take_ready_acknowledgement),
        U,
        "7.4/valid/data-waits",
        "expected no frame; got I command P=0 N(S)=0 N(R)=0 TEI 0 13 octets",
    ),
    "an answer without F ends timer recovery": (
        row(S8, Event.RR, do.take_acknowledgement_only, do.rest_timers, to=S7),
        U,
        "8.0/valid/rr-f0",
        "expected RR command P=1 N(R)=0; nothing came in 0.16 s",
    ),
    "UA with the C/R bit of a command": (
        sending(other_cr),
        U,
        "7.0/valid/sabme",
        "expected UA F=1; got UA command P=1 TEI 0",
    ),
    "T200 too short": (
        setting(t200=SECOND // 2),
        U,
        "5.0/timers/t200",
        "expected SABME P=1 when T200 expires; got SABME command P=1 TEI 0 after 0.50 s",
    ),
    "T203 too long": (
        setting(t203=12 * SECOND),
        N,
        "7.0/timers/t203",
        "expected RR command P=1 N(R)=0; nothing came in 1.06 s",
    ),
    "N200 one too many": (
        setting(n200=4),
        U,
        "5.0/timers/n200",
        "expected no more SABME; got SABME command P=1 TEI 0",
    ),
    "k one too many": (
        setting(k=8),
        U,
        "7.0/valid/window",
        "k is 7: expected no frame; got I command P=0 N(S)=7 N(R)=0 TEI 0 13 octets",
    ),
    "a check of its TEI is not answered": (
        terminal_does_nothing(TerminalState.TEI_HELD, TerminalEvent.CHECK),
        U,
        "TEI/valid/check-all",
        "expect identity check response Ai=the TEI; nothing came by 0.90 s",
    ),
    "N202 one too many": (
        setting(n202=4),
        U,
        "3.0/timers/n202",
        "expected no frame; got identity request Ri=78dc Ai=127",
    ),
    "the network does not check": (
        point_does_nothing(TeiState.ASSIGNED, TeiEvent.VERIFY),
        N,
        "TEI/valid/verify",
        "expect identity check request Ai=the TEI; nothing came by 0.90 s",
    ),
}


def faulty(fault: Fault) -> Implementation:
    def make(span: SpanConfig, side: Side) -> OurLink:
        peer = link_maker({})(span, side)
        fault(peer)
        return peer

    return Implementation("ours with a fault", make, link_upper, LINK_PIXIT)


def judged(fault: Fault, role: Side, cases: tuple[Case, ...]) -> Iterator[CaseResult]:
    with Session(load_config(), role, implementation=faulty(fault)) as session:
        for case in cases:
            yield session.run(case)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_fails_the_case_that_is_about_it(name: str) -> None:
    fault, role, path, reason = FAULTS[name]
    cases = select(catalogue(role), [f"q921/{role.value}/{path}"])
    (result,) = judged(fault, role, cases)
    assert result.reason == reason
    in_preamble = " was not reached" in reason
    assert result.verdict is (Verdict.INCONCLUSIVE if in_preamble else Verdict.FAIL)
    assert in_preamble or result.decided_by


INVISIBLE = frozenset(
    action.__name__
    for action in (do.indicate_unit_data, do.pass_exchange, do.report_frame_error, do.stop_timers)
) | {f"report_{code}" for code in "ABCDEFGHIJK"}
"""What nobody at the other end of the line can see."""

UNSEEN = {
    (S4, Event.RELEASE),  # confirmed to the user, and nothing is sent
    (S4, Event.DM),  # "if able": both pass (5.5.4)
    (S50, Event.ESTABLISH),  # SABME is out already
    (State.AWAITING_REESTABLISHMENT, Event.ESTABLISH),
    (S7, Event.RR_FINAL),  # what else an F bit that nobody has asked for does is not said (5.8.7)
    (S7, Event.RNR_FINAL),
    (S7, Event.REJ_FINAL),
}
LAYER_2 = [
    each
    for each in TABLE
    if each.state.number >= S4.number
    and each.event not in (Event.DEACTIVATE, Event.REMOVE, Event.UNIT_DATA)
    and (each.next_state is not each.state or not {a.__name__ for a in each.actions} <= INVISIBLE)
]


def group_of(state: State) -> str:
    """The cases of a state: 5.0 to 5.2 are states of their own."""
    return f"5.{state.value % 10}" if state.number == S50.number else f"{state.number}.*"


@pytest.mark.parametrize("state", list(State)[3:], ids=lambda state: state.name.lower())
def test_every_row_that_shows_on_the_line_is_noticed(state: State) -> None:
    """Each row in turn does nothing and leads nowhere: a case of its state fails, or cannot be reached."""
    cases = select(catalogue(U), [f"q921/user/{group_of(state)}"])
    left = set()
    for each in LAYER_2:
        if each.state is state:
            verdicts = (result.verdict for result in judged(row(state, each.event), U, cases))
            if all(verdict is Verdict.PASS for verdict in verdicts):
                left.add((state, each.event))
    assert left == {(each, event) for each, event in UNSEEN if each is state}


UNSEEN_OF_TEIS = {
    (TerminalState.NO_TEI, TerminalEvent.WANTED_FIXED),  # a terminal with a fixed TEI asks for none
    (TerminalState.AWAITING_TEI, TerminalEvent.DEACTIVATE),  # layer 1 is not the tester's
    (TerminalState.VERIFYING_TEI, TerminalEvent.DEACTIVATE),
    (TerminalState.VERIFYING_TEI_AGAIN, TerminalEvent.DEACTIVATE),
    (TeiState.FREE, TeiEvent.STRANGER_SEEN),  # a check is not the only thing that may be done then
    (TeiState.ASSIGNED, TeiEvent.REQUESTED_AGAIN),
    (TeiState.CHECKING, TeiEvent.FIXED_SEEN),
    (TeiState.CHECKING_AGAIN, TeiEvent.FIXED_SEEN),
}


def left_of_teis(role: Side) -> set[tuple[object, object]]:
    """The rows of TEI management that can do nothing without a case failing."""
    cases = select(
        catalogue(role), [f"q921/{role.value}/{each}" for each in ("TEI", "3.0")[: 1 + (role is U)]]
    )
    faults: list[tuple[object, object, Fault]] = []
    if role is U:
        faults += [
            (r.state, r.event, terminal_does_nothing(r.state, r.event)) for r in terminal.TABLE if r.actions
        ]
    else:
        faults += [
            (r.state, r.event, point_does_nothing(r.state, r.event)) for r in assignment.TABLE if r.actions
        ]
    return {
        (state, event)
        for state, event, fault in faults
        if all(result.verdict is Verdict.PASS for result in judged(fault, role, cases))
    }


def test_every_row_of_tei_management_that_shows_on_the_line_is_noticed() -> None:
    assert left_of_teis(U) | left_of_teis(N) == UNSEEN_OF_TEIS
