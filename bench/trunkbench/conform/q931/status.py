"""Status enquiry and STATUS (5.8.10, 5.8.11)."""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.conform.case import Case
from trunkbench.conform.layer3 import UNKNOWN_REFERENCE, Mt, Want
from trunkbench.conform.q931.states import number, states_of
from trunkbench.conform.q931.steps import Expect, Nothing, Send, State
from trunkbench.conform.q931.writing import CLEARING, LIVE, TAKEN, case
from trunkwire.q931.ies import CallStateIE
from trunkwire.side import Side


def _reports(state: int) -> tuple[CallStateIE, ...]:
    return (CallStateIE(state=state),)


def enquiries(role: Side) -> Iterator[Case]:
    """Every state tells its number."""
    for state in states_of(role)[1:]:
        yield case(
            role,
            state,
            "valid",
            "status-enquiry",
            "5.8.10",
            f"In {state}, STATUS ENQUIRY is answered by STATUS with cause 30 and call state {state[1:]}.",
            State(number(state), strictly=True),
        )


def null_reported(role: Side) -> Iterator[Case]:
    """The tester has no such call: neither has the implementation, from then on."""
    for state in (*TAKEN[role], *CLEARING[role]):
        yield case(
            role,
            state,
            "valid",
            "status-null",
            "5.8.11",
            f"In {state}, STATUS reporting call state 0 ends the call at once, and nothing is sent.",
            Send(Mt.STATUS, _reports(0), cause=30),
            Nothing(),
            State(0),
        )


def compatible(role: Side) -> Iterator[Case]:
    """The tester reports the state in which it should be."""
    for state in LIVE[role]:
        yield case(
            role,
            state,
            "valid",
            "status-compatible",
            "5.8.11",
            f"In {state}, STATUS with cause 30 reporting the compatible state gets no answer.",
            Send(Mt.STATUS, _reports(number(state)), cause=30),
            Nothing(),
            State(number(state)),
        )


def release_requested(role: Side) -> Iterator[Case]:
    """In release request only null matters."""
    state = "U19" if role is Side.USER else "N19"
    yield case(
        role,
        state,
        "valid",
        "status-active",
        "5.8.11",
        f"In {state}, STATUS reporting a state other than null gets no answer and changes nothing.",
        Send(Mt.STATUS, _reports(10), cause=101),
        Nothing(),
        State(19),
    )


def without_a_call(role: Side) -> Iterator[Case]:
    """Call references that belong to no call."""
    null = "U0" if role is Side.USER else "N0"
    yield case(
        role,
        null,
        "valid",
        "status-enquiry",
        "5.8.10, 5.8.3.2 h)",
        "STATUS ENQUIRY for an unknown call reference is answered by STATUS, cause 30, call state 0.",
        Send(Mt.STATUS_ENQUIRY, reference=UNKNOWN_REFERENCE, to_originator=False),
        Expect((Want(Mt.STATUS, (30,), 0),)),
    )
    yield case(
        role,
        null,
        "valid",
        "status-null",
        "5.8.11, 5.8.3.2 g)",
        "STATUS reporting call state 0 for an unknown call reference gets no answer.",
        Send(Mt.STATUS, _reports(0), cause=30, reference=UNKNOWN_REFERENCE, to_originator=False),
        Nothing(),
    )
    yield case(
        role,
        null,
        "valid",
        "status-active",
        "5.8.11, 5.8.3.2 g)",
        "STATUS reporting a call for an unknown call reference is answered by RELEASE or RELEASE COMPLETE, "
        "cause 101.",
        Send(Mt.STATUS, _reports(10), cause=30, reference=UNKNOWN_REFERENCE, to_originator=False),
        Expect((Want(Mt.RELEASE_COMPLETE, (101,)), Want(Mt.RELEASE, (101,)))),
    )


def cases(role: Side) -> Iterator[Case]:
    """All of a role."""
    yield from without_a_call(role)
    yield from enquiries(role)
    yield from null_reported(role)
    yield from compatible(role)
    yield from release_requested(role)
