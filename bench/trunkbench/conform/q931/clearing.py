"""Clearing (5.3), in every state by each of the ways there are, with its collisions (5.3.5)."""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.conform.case import Case
from trunkbench.conform.layer3 import Mt, Want
from trunkbench.conform.q931.steps import Ask, Believe, Expect, Nothing, Send, State
from trunkbench.conform.q931.writing import CLEARING, LETTER, LIVE, TAKEN, case
from trunkwire.side import Side

RELEASE = Expect((Want(Mt.RELEASE),))
RELEASE_COMPLETE = Expect((Want(Mt.RELEASE_COMPLETE),))


def by_disconnect(role: Side) -> Iterator[Case]:
    """The tester sends DISCONNECT."""
    first = "U6" if role is Side.USER else "N1"  # SETUP has come from the side that clears
    for state in (first, *LIVE[role]):
        yield case(
            role,
            state,
            "valid",
            "disconnect",
            "5.3.4" if role is Side.USER else "5.3.3",
            f"In {state}, DISCONNECT is answered by RELEASE, and after RELEASE COMPLETE the call is over.",
            Send(Mt.DISCONNECT, cause=16),
            RELEASE,
            Believe(19),
            Send(Mt.RELEASE_COMPLETE),
            State(0),
        )


def by_release(role: Side) -> Iterator[Case]:
    """The tester sends RELEASE without DISCONNECT before it."""
    for state in TAKEN[role]:
        yield case(
            role,
            state,
            "inopportune",
            "release",
            "5.8.4",
            f"In {state}, an unexpected RELEASE is answered by RELEASE COMPLETE, and the call is over.",
            Send(Mt.RELEASE, cause=16),
            RELEASE_COMPLETE,
            State(0),
        )


def by_release_complete(role: Side) -> Iterator[Case]:
    """The tester sends RELEASE COMPLETE, which ends any call at once."""
    answers = {"U1", "N6"}  # there it refuses the SETUP
    for state in (*TAKEN[role], *CLEARING[role]):
        expected = state in answers or state.endswith("19")
        clause = "5.3.2" if state in answers else "5.3.3" if state.endswith("19") else "5.8.4"
        yield case(
            role,
            state,
            "valid" if expected else "inopportune",
            "release-complete",
            clause,
            f"In {state}, RELEASE COMPLETE ends the call, and nothing is sent.",
            Send(Mt.RELEASE_COMPLETE, cause=17 if state in answers else 16),
            Nothing(),
            State(0),
        )


def by_the_user(role: Side) -> Iterator[Case]:
    """The implementation's own user clears."""
    first = ("U1",) if role is Side.USER else ()
    for state in (*first, *LIVE[role]):
        yield case(
            role,
            state,
            "valid",
            "cleared-by-the-iut",
            "5.3.3" if role is Side.USER else "5.3.4",
            f"In {state}, the IUT clears with DISCONNECT, and answers RELEASE with RELEASE COMPLETE.",
            Ask("hang_up"),
            Expect((Want(Mt.DISCONNECT, (16,)),)),
            Believe(11 if role is Side.USER else 12),
            Send(Mt.RELEASE),
            RELEASE_COMPLETE,
            State(0),
        )


def while_clearing(role: Side) -> Iterator[Case]:
    """In the three states of clearing."""
    letter = LETTER[role]
    asked, told = ("U11", "U12") if role is Side.USER else ("N12", "N11")
    yield case(
        role,
        asked,
        "valid",
        "disconnect-collision",
        "5.3.5",
        f"In {asked}, DISCONNECT (a collision) is answered by RELEASE, and RELEASE COMPLETE ends the call.",
        Send(Mt.DISCONNECT, cause=16),
        RELEASE,
        Believe(19),
        Send(Mt.RELEASE_COMPLETE),
        State(0),
    )
    for state in (asked, told):
        yield case(
            role,
            state,
            "valid",
            "release",
            "5.3.3" if state == asked else "5.8.4",
            f"In {state}, RELEASE is answered by RELEASE COMPLETE, and the call is over.",
            Send(Mt.RELEASE, cause=16),
            RELEASE_COMPLETE,
            State(0),
        )
    yield case(
        role,
        told,
        "valid",
        "released-by-the-iut",
        "5.3.4" if role is Side.USER else "5.3.3",
        f"In {told}, the IUT releases after the tones with RELEASE; RELEASE COMPLETE ends the call.",
        Ask("hang_up"),
        RELEASE,
        Believe(19),
        Send(Mt.RELEASE_COMPLETE),
        State(0),
    )
    yield case(
        role,
        f"{letter}19",
        "valid",
        "release-collision",
        "5.3.5",
        f"In {letter}19, RELEASE (a collision) ends the call, and RELEASE COMPLETE is not sent.",
        Send(Mt.RELEASE, cause=16),
        Nothing(),
        State(0),
    )


def cases(role: Side) -> Iterator[Case]:
    """All of a role."""
    yield from by_disconnect(role)
    yield from by_release(role)
    yield from by_release_complete(role)
    yield from by_the_user(role)
    yield from while_clearing(role)
