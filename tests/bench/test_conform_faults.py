"""Tests of the tests: our stack with one fault put in fails the case that is about it, for that reason."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from trunkbench.config import load_config
from trunkbench.conform.case import CaseResult, Verdict
from trunkbench.conform.catalogue import catalogue, select
from trunkbench.conform.session import Session
from trunkbench.conform.upper import NoUpper
from trunkbench.errors import PeerError
from trunkbench.span import SpanEnd
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import SendData
from trunkwire.q931.messages import MessageType as Mt
from trunkwire.q931.procedure import Link, Timer
from trunkwire.q931.states import CallState
from trunkwire.side import Side
from trunkwire.ticks import SECOND

pytestmark = pytest.mark.long

Fault = Callable[[SpanEnd], None]
Octets = Callable[[bytes], bytes | None]


def sending(change: Octets) -> Fault:
    """What call control sends goes through `change`; None is not sent."""

    def put_in(end: SpanEnd) -> None:
        poll = end.control.poll_output

        def poll_output() -> object:
            while isinstance(output := poll(), SendData):
                octets = change(output.data)
                if octets is not None:
                    return SendData(octets)
            return output

        end.control.poll_output = poll_output  # type: ignore[method-assign, assignment]

    return put_in


def hearing(change: Octets) -> Fault:
    """What call control receives goes through `change`; None is not heard."""

    def put_in(end: SpanEnd) -> None:
        receive = end.control.receive

        def heard(data: bytes, now: int) -> None:
            octets = change(data)
            if octets is not None:
                receive(octets, now)

        end.control.receive = heard  # type: ignore[method-assign, assignment]

    return put_in


def without(kind: int) -> Octets:
    return lambda data: None if data[4] == kind else data


def timer(name: Timer, ticks: int) -> Fault:
    def put_in(end: SpanEnd) -> None:
        end.control.timers._durations[name] = ticks

    return put_in


def swapped(kind: int, before: bytes, after: bytes) -> Octets:
    return lambda data: data.replace(before, after) if data[4] == kind else data


def wrong_state(data: bytes) -> bytes:
    """Every STATUS reports state 3."""
    return data[:-1] + b"\x03" if data[4] == Mt.STATUS else data


FAULTS: dict[str, tuple[Fault, Side, str, str]] = {
    # fault: (how, role, case, reason)
    "deaf to STATUS ENQUIRY": (
        hearing(without(Mt.STATUS_ENQUIRY)),
        Side.USER,
        "q931/user/U4/valid/status-enquiry",
        "expected STATUS, cause 30, call state 4; nothing came in 1 s",
    ),
    "wrong call state": (
        sending(wrong_state),
        Side.NETWORK,
        "q931/network/N10/valid/status-enquiry",
        "expected STATUS, cause 30, call state 10; got STATUS, cause 30, call state 3",
    ),
    "says nothing of unexpected messages": (
        sending(without(Mt.STATUS)),
        Side.USER,
        "q931/user/U10/inopportune/connect",
        "expected STATUS, cause 98 or 97 or 101 or STATUS ENQUIRY; nothing came in 1 s",
    ),
    "CONNECT without CONNECT ACKNOWLEDGE": (
        sending(without(Mt.CONNECT_ACKNOWLEDGE)),
        Side.USER,
        "q931/user/U4/valid/connect",
        "expected CONNECT ACKNOWLEDGE; nothing came in 1 s",
    ),
    "clears a missing cause with another cause": (
        sending(swapped(Mt.RELEASE, bytes((0x80 | Cause.MANDATORY_IE_MISSING,)), b"\x90")),
        Side.USER,
        "q931/user/U10/invalid/disconnect-without-cause",
        "expected RELEASE, cause 96; got RELEASE, cause 16",
    ),
    "T303 too short": (
        timer(Timer.T303, 2 * SECOND),
        Side.USER,
        "q931/user/U1/timers/t303-first",
        "expected no response; got SETUP",
    ),
    "T308 too long": (
        timer(Timer.T308, 6 * SECOND),
        Side.NETWORK,
        "q931/network/N19/timers/t308-first",
        "expected RELEASE; nothing came in 0.6 s",
    ),
    "RELEASE is not taken": (
        hearing(without(Mt.RELEASE)),
        Side.NETWORK,
        "q931/network/N4/inopportune/release",
        "expected RELEASE COMPLETE; nothing came in 1 s",
    ),
}


def judged(fault: Fault | None, role: Side, path: str) -> CaseResult:
    (case,) = select(catalogue(role), [path])
    with Session(load_config(), role, prepare=fault) as session:
        return session.run(case)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_fails_the_case_that_is_about_it(name: str) -> None:
    fault, role, path, reason = FAULTS[name]
    assert judged(None, role, path).verdict is Verdict.PASS
    result = judged(fault, role, path)
    assert (result.verdict, result.reason) == (Verdict.FAIL, reason)
    assert result.frame is not None
    assert result.decided_by


def rows_without(end: SpanEnd, state: int, event: int) -> None:
    """The table of the running machine loses one cell."""
    cells = {number: dict(row) for number, row in end.control.call_cells.items()}
    del cells[state][event]
    end.control.call_cells = cells


ROWS = (
    # state, event, the case that misses the row
    (CallState.U1, Timer.T303, "q931/user/U1/timers/t303-first"),
    (CallState.U2, Link.RESET, "q931/user/U2/valid/link-reset"),
    (CallState.U3, Mt.ALERTING, "q931/user/U3/valid/alerting"),
    (CallState.U7, Link.DOWN, "q931/user/U7/valid/link-failure"),
    (CallState.U8, Timer.T313, "q931/user/U8/timers/t313"),
    (CallState.U10, Mt.DISCONNECT, "q931/user/U10/valid/disconnect"),
    (CallState.U11, Timer.T305, "q931/user/U11/timers/t305"),
    (CallState.U19, Mt.RELEASE, "q931/user/U19/valid/release-collision"),
    (CallState.U25, Mt.SETUP, "q931/user/U25/inopportune/setup"),
    (CallState.N2, Timer.T302, "q931/network/N2/timers/t302"),
    (CallState.N4, Link.CHANNEL_RESTARTED, "q931/network/N4/valid/restart-channel"),
    (CallState.N6, Mt.CONNECT, "q931/network/N6/valid/connect"),
    (CallState.N9, Mt.STATUS, "q931/network/N9/valid/status-null"),
    (CallState.N10, Mt.STATUS_ENQUIRY, "q931/network/N10/valid/status-enquiry"),
    (CallState.N12, Timer.T306, "q931/network/N12/timers/t306"),
    (CallState.N19, Timer.T308, "q931/network/N19/timers/t308-second"),
)


@pytest.mark.parametrize(("state", "event", "path"), ROWS, ids=[row[2] for row in ROWS])
def test_a_row_that_is_gone_fails_the_case_that_is_about_it(state: CallState, event: int, path: str) -> None:
    role = Side.USER if state < CallState.N0 else Side.NETWORK
    assert judged(None, role, path).verdict is Verdict.PASS
    result = judged(lambda end: rows_without(end, state, event), role, path)
    assert result.verdict is Verdict.FAIL
    assert result.frame is not None


def test_a_preamble_that_fails_decides_nothing() -> None:
    result = judged(sending(without(Mt.CONNECT)), Side.USER, "q931/user/U10/valid/disconnect")
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason == "U10 was not reached: expected CONNECT; got DISCONNECT, cause 102"


def test_a_call_that_stays_is_told_and_the_next_case_runs() -> None:
    cases = select(catalogue(Side.USER), ["q931/user/U10/valid/disconnect", "q931/user/U4/valid/connect"])
    deaf: list[bool] = [True]

    def hears(data: bytes) -> bytes | None:
        return None if deaf[0] and data[4] in (Mt.RELEASE_COMPLETE, Mt.RELEASE) else data

    with Session(load_config(), Side.USER, prepare=hearing(hears)) as session:
        first = session.run(next(case for case in cases if case.state == "U10"))
        deaf[0] = False
        second = session.run(next(case for case in cases if case.state == "U4"))
    assert first.verdict is Verdict.FAIL
    assert any(note.startswith("postamble: ") for note in first.notes)
    assert second.verdict is Verdict.PASS


def test_a_line_that_is_dead_ends_the_run() -> None:
    case = select(catalogue(Side.USER), ["q931/user/U10/valid/disconnect"])[0]

    def dumb(end: SpanEnd) -> None:
        end._transmit = lambda frame: None  # type: ignore[method-assign]

    with Session(load_config(), Side.USER, prepare=dumb) as session:
        told = [session.run(case).reason for _ in range(2)]
        with pytest.raises(PeerError, match="did not come up within 30 s, 3 times in a row"):
            session.run(case)
    assert told == ["the data link did not come up within 30 s"] * 2


def test_without_a_stimulus_a_case_that_needs_one_gives_no_verdict() -> None:
    (case,) = select(catalogue(Side.USER), ["q931/user/U1/valid/setup"])
    with Session(load_config(), Side.USER) as session:
        session.tester.upper = NoUpper()
        result = session.run(case)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason.startswith("needs an outgoing call by the IUT")


def test_a_number_that_the_pixit_lacks_gives_no_verdict() -> None:
    (case,) = select(catalogue(Side.USER), ["q931/user/U7/valid/disconnect"])
    with Session(load_config(), Side.USER) as session:
        session.tester.pixit = msgspec.structs.replace(session.tester.pixit, rings=None)
        result = session.run(case)
    assert (result.verdict, result.reason) == (
        Verdict.INCONCLUSIVE,
        "the PIXIT names no number that rings (conform.rings)",
    )
