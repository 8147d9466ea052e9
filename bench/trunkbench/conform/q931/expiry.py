"""The timers of call control at the implementation (clause 9): each expires when it may, and what
it then does.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.conform.case import Case
from trunkbench.conform.layer3 import Mt, Want
from trunkbench.conform.q931.restart import RestartChannel
from trunkbench.conform.q931.states import First, Setup
from trunkbench.conform.q931.steps import (
    Ask,
    Believe,
    Expect,
    Expires,
    ExpiresSilently,
    Nothing,
    Send,
    State,
)
from trunkbench.conform.q931.writing import LIVE, case
from trunkwire.q931.ies import CallStateIE, ProgressIndicatorIE
from trunkwire.side import Side

TABLE = {Side.USER: "table 9-2", Side.NETWORK: "table 9-1"}


def clears(role: Side) -> Iterator[Case]:
    """Timers whose expiry clears the call with DISCONNECT."""
    rows: dict[Side, tuple[tuple[str, str, str, tuple[int, ...]], ...]] = {
        Side.USER: (
            ("U2", "T304", "5.1.3", ()),  # the user's cause is left to it
            ("U3", "T310", "5.1.5", ()),
            ("U4", "T301", "5.1.7", ()),
            ("U8", "T313", "5.2.8", ()),
        ),
        Side.NETWORK: (
            ("N25", "T304", "5.2.4", (102,)),
            ("N9", "T310", "5.2.5.3", (102,)),
            ("N7", "T301", "5.2.5.3", (102, 19)),
        ),
    }
    for state, timer, clause, causes in rows[role]:
        yield case(
            role,
            state,
            "timers",
            timer.lower(),
            f"{clause}, {TABLE[role]}",
            f"In {state}, the expiry of {timer} clears the call with DISCONNECT.",
            Expires(timer, (Want(Mt.DISCONNECT, causes),)),
            State(11 if role is Side.USER else 12),
        )


def setup_again(role: Side) -> Iterator[Case]:
    """T303: SETUP once more, then the end."""
    state = "U1" if role is Side.USER else "N6"
    clause = "5.1.1" if role is Side.USER else "5.2.5.3"
    again = Expires("T303", (Want(Mt.SETUP),))
    yield case(
        role,
        state,
        "timers",
        "t303-first",
        f"{clause}, {TABLE[role]}",
        f"In {state}, the first expiry of T303 sends SETUP again.",
        again,
        State(int(state[1:])),
    )
    yield case(
        role,
        state,
        "timers",
        "t303-second",
        f"{clause}, {TABLE[role]}",
        f"In {state}, the second expiry of T303 ends the call with RELEASE COMPLETE.",
        again,
        Expires("T303", (Want(Mt.RELEASE_COMPLETE),)),
        State(0),
    )
    for kind in (Mt.SETUP_ACKNOWLEDGE, Mt.CALL_PROCEEDING, Mt.ALERTING):
        name = Mt(kind).title
        yield case(
            role,
            state,
            "timers",
            f"t303-stopped-by-{name.lower().replace(' ', '-')}",
            clause,
            f"In {state}, {name} stops T303: SETUP is not sent again.",
            First(kind),
            ExpiresSilently("T303"),
        )


def digits(role: Side) -> Iterator[Case]:
    """T302: no more digits come."""
    state = "U25" if role is Side.USER else "N2"
    clause = "5.2.4" if role is Side.USER else "5.1.3"
    ends = (Mt.CALL_PROCEEDING, Mt.ALERTING, Mt.CONNECT, Mt.DISCONNECT, Mt.RELEASE, Mt.RELEASE_COMPLETE)
    yield case(
        role,
        state,
        "timers",
        "t302",
        f"{clause}, {TABLE[role]}",
        f"In {state}, the expiry of T302 completes the number or clears the call.",
        Expires("T302", tuple(Want(kind) for kind in ends)),
    )


def clearing(role: Side) -> Iterator[Case]:
    """T305 and T308, and on the network side T306."""
    asked, release = ("U11", "U19") if role is Side.USER else ("N12", "N19")
    clause = "5.3.3" if role is Side.USER else "5.3.4"
    yield case(
        role,
        asked,
        "timers",
        "t305",
        f"{clause}, {TABLE[role]}",
        f"In {asked}, the expiry of T305 sends RELEASE with the cause of DISCONNECT.",
        Expires("T305", (Want(Mt.RELEASE, (16,)),)),
        State(19),
    )
    again = Expires("T308", (Want(Mt.RELEASE),))
    yield case(
        role,
        release,
        "timers",
        "t308-first",
        f"{clause}, {TABLE[role]}",
        f"In {release}, the first expiry of T308 sends RELEASE again.",
        again,
        State(19),
    )
    yield case(
        role,
        release,
        "timers",
        "t308-second",
        f"{clause}, {TABLE[role]}",
        f"In {release}, the second expiry of T308 ends the call.",
        again,
        ExpiresSilently("T308"),
        Believe(0),
        State(0),
        postamble=(RestartChannel(),),
    )


def tones(role: Side) -> Iterator[Case]:
    """T306: the network clears with tones (5.4)."""
    if role is Side.USER:
        return
    in_band = Want(
        Mt.DISCONNECT,
        holds=lambda message: any(ie.description == 8 for ie in message.all(ProgressIndicatorIE)),
        says="progress description 8",
    )
    announced = Expect((in_band,), may=(Want(Mt.CALL_PROCEEDING), Want(Mt.PROGRESS)))
    to_tones = (Setup("announces"), announced, Believe(12))
    yield case(
        role,
        "N12",
        "timers",
        "t306",
        "5.3.4.1, table 9-1",
        "In N12 with tones, the expiry of T306 sends RELEASE.",
        Expires("T306", (Want(Mt.RELEASE),)),
        State(19),
        preamble=to_tones,
    )
    yield case(
        role,
        "N12",
        "valid",
        "release-with-tones",
        "5.3.4.1",
        "In N12 with tones, RELEASE is answered by RELEASE COMPLETE, and the call is over.",
        Send(Mt.RELEASE, cause=16),
        Expect((Want(Mt.RELEASE_COMPLETE),)),
        State(0),
        preamble=to_tones,
    )


def enquiry(role: Side) -> Iterator[Case]:
    """T322: an enquiry of the implementation without an answer."""
    ask = Want(Mt.STATUS_ENQUIRY)
    for state in LIVE[role]:
        if state == "U8":  # T313 runs as long as T322 there
            continue
        answer = (CallStateIE(state=int(state[1:])),)
        yield case(
            role,
            state,
            "timers",
            "t322",
            f"5.8.10, {TABLE[role]}",
            f"In {state}, the expiry of T322 without STATUS sends STATUS ENQUIRY again, or clears.",
            Ask("enquire"),
            Expect((ask,), answers=False),
            Expires("T322", (ask, Want(Mt.DISCONNECT, (41,)), Want(Mt.RELEASE, (41,)))),
        )
        yield case(
            role,
            state,
            "timers",
            "t322-stopped",
            "5.8.10",
            f"In {state}, STATUS stops T322: nothing more is asked.",
            Ask("enquire"),
            Expect((ask,), answers=False),
            Send(Mt.STATUS, answer, cause=30),
            ExpiresSilently("T322"),
            State(int(state[1:])),
        )


def active(role: Side) -> Iterator[Case]:
    """No timer of call establishment runs on in a call that is active."""
    state = "U10" if role is Side.USER else "N10"
    yield case(
        role,
        state,
        "timers",
        "none",
        "clause 9",
        f"In {state}, no timer clears the call: three minutes pass in peace.",
        Nothing(181 * 64_000),
        State(10),
    )


def cases(role: Side) -> Iterator[Case]:
    """All of a role."""
    yield from clears(role)
    yield from setup_again(role)
    yield from digits(role)
    yield from clearing(role)
    yield from tones(role)
    yield from enquiry(role)
    yield from active(role)
