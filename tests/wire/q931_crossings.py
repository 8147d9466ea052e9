"""Conversations in which two things meet: a timer that ends the call while STATUS ENQUIRY is out, a channel
that each of the first responses may move, a request while the timer of the state still runs.
"""

from __future__ import annotations

import q931_network
import q931_user
from q931_talk import Conversation, timer_digits

from trunkwire.side import Side

_REACH = {Side.USER: q931_user.REACH, Side.NETWORK: q931_network.REACH}
_SLOW = {"t322": 64000 * 3600}
_CLEARED = {Side.USER: "U11 T305 ch3", Side.NETWORK: "N12 T305 ch3"}

_ENDS = {
    # side -> state, the timer that ends the call in it, the cause in DISCONNECT (None: 102)
    Side.USER: (
        ("U2", "T304", None),
        ("U3", "T310", None),
        ("U4", "T301", None),
        ("U25", "T302", "28"),
        ("U8", "T313", None),
    ),
    Side.NETWORK: (("N2", "T302", "28"), ("N25", "T304", None), ("N9", "T310", None), ("N7", "T301", None)),
}
_MOVED = {
    # side -> the first response, what it means, and the state after it
    Side.USER: (
        ("SETUP_ACKNOWLEDGE", "[more-info]", "U2 T304"),
        ("CALL_PROCEEDING", "[proceeding]", "U3 T310"),
        ("ALERTING", "[alerting]", "U4 T301"),
        ("CONNECT", "CONNECT_ACKNOWLEDGE [connect]", "U10"),
    ),
    Side.NETWORK: (
        ("SETUP_ACKNOWLEDGE", "[more-info]", "N25 T304"),
        ("CALL_PROCEEDING", "[proceeding]", "N9 T310"),
        ("ALERTING", "[alerting]", "N7 T301"),
        ("CONNECT", "CONNECT_ACKNOWLEDGE [connect]", "N10"),
    ),
}


def _enquiring(side: Side) -> list[Conversation]:
    """5.8.10: the enquiry ends with the call."""
    found = []
    for state, timer, cause in _ENDS[side]:
        both = " ".join(sorted((timer, "T322")))
        said = cause or f"102:{timer_digits(timer)}"
        found.append(
            Conversation(
                f"{timer} while the state is asked for in {state}",
                side,
                (
                    *_REACH[side][state],
                    f"do status_enquiry => STATUS_ENQUIRY | {state} {both} ch3",
                    f"wait {timer} => DISCONNECT({said}) | {_CLEARED[side]}",
                ),
                {"number_complete": lambda digits: len(digits) > 3, **_SLOW},
            )
        )
    active = "U10" if side is Side.USER else "N10"
    found.append(
        Conversation(
            "the data link is lost while the state is asked for",
            side,
            (
                *_REACH[side][active],
                f"do status_enquiry => STATUS_ENQUIRY | {active} T322 ch3",
                f"link down => (EstablishLink) | {active} T309 ch3",
            ),
        )
    )
    return found


def _moved(side: Side) -> list[Conversation]:
    """5.1.2, 5.2.3.1: a channel that was only preferred is moved by whichever first response comes."""
    own = "U1" if side is Side.USER else "N6"
    found = [
        Conversation(
            f"preferably channel 3, and {message} names 9",
            side,
            (
                f"do setup ch=3? => SETUP(ch3?) | {own} T303 ch3",
                f"get {message} ch=9! => {told} | {after} ch9",
            ),
        )
        for message, told, after in _MOVED[side]
    ]
    if side is Side.NETWORK:
        found.append(
            Conversation(
                "preferably channel 3, and CONNECT names 9, to be acknowledged by hand",
                side,
                (
                    "do setup ch=3? => SETUP(ch3?) | N6 T303 ch3",
                    "get CONNECT ch=9! => [connect] | N8 ch9",
                ),
                {"auto_acknowledge": False},
            )
        )
    return found


def _before_the_last_digit(side: Side) -> list[Conversation]:
    """5.1.5, 5.2.5.2: the number is whole before anyone has said so."""
    state, after = ("U25", "U9") if side is Side.USER else ("N2", "N3")
    return [
        Conversation(
            "the number is whole before sending complete",
            side,
            (
                *_REACH[side][state],
                f"get INFORMATION called=12 => [information] | {state} T302 ch3",
                f"do proceeding => CALL_PROCEEDING | {after} ch3",
            ),
        )
    ]


CONVERSATIONS = [
    conversation
    for side in Side
    for part in (_enquiring, _moved, _before_the_last_digit)
    for conversation in part(side)
]
"""All conversations of this module, for both sides."""
