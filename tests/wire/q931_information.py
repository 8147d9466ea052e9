"""Conversations about USER INFORMATION, CONGESTION CONTROL and FACILITY (Q.931 3.3, clause 7; Q.932)."""

from __future__ import annotations

import q931_network
import q931_user
from q931_talk import Conversation

from trunkwire.side import Side

_TIMERS = {
    "U2": "T304",
    "U3": "T310",
    "U4": "T301",
    "U25": "T302",
    "U8": "T313",
    "U11": "T305",
    "U19": "T308",
    "N2": "T302",
    "N7": "T301",
    "N9": "T310",
    "N12": "T305",
    "N19": "T308",
    "N25": "T304",
    "U1": "T303",
    "N6": "T303",
}
_REACH = {**q931_user.REACH, **q931_network.REACH, "N8": q931_network.REACH_N8}


def _in(state: str, name: str, *lines: str) -> Conversation:
    holds = f"{state} {_TIMERS[state]} ch3" if state in _TIMERS else f"{state} ch3"
    side = Side.USER if state[0] == "U" else Side.NETWORK
    settings = {"auto_acknowledge": False} if state == "N8" else {}
    filled = tuple(line.replace("$", holds) for line in lines)
    return Conversation(f"{name} in {state}", side, (*_REACH[state], *filled), settings)


def _user_information(state: str) -> list[Conversation]:
    return [
        _in(
            state,
            "user information",
            "do user_information d=hello => USER_INFORMATION(userhello) | $",
            "do user_information d=hel more => USER_INFORMATION(userhel,more) | $",
            "get USER_INFORMATION user=hi => [user-information] | $",
        ),
        _in(
            state,
            "congestion",
            "get CONGESTION_CONTROL level=15 cause=43 => [congestion-control] | $ congested",
            "get CONGESTION_CONTROL level=7 cause=43 => [congestion-control] | $ congested",
            "get CONGESTION_CONTROL level=0 cause=43 => [congestion-control] | $",
            "do user_information d=hello => USER_INFORMATION(userhello) | $",
            "do congestion_control level=15 => CONGESTION_CONTROL(43,level15) | $",
        ),
        _in(
            state,
            "CONGESTION CONTROL without its level",
            f"get CONGESTION_CONTROL cause=43 => STATUS(96:b0,st{state[1:]}) | $",
        ),
    ]


_SENDS = ("2", "3", "4", "7", "8", "9", "10", "11", "12", "25")
_EVERY = {"U": ("1", "6", "19"), "N": ("1", "6", "19")}


def _facility() -> list[Conversation]:
    found = []
    for letter in ("U", "N"):
        cause = {"U11": ":16-local", "U12": ":17-remote", "U19": ":17-remote"} | {
            "N11": ":17-remote",
            "N12": ":16-local",
            "N19": ":17-remote",
        }
        for number in (*_SENDS, *_EVERY[letter]):
            state = letter + number
            sends = ["do facility => FACILITY(0x1c) | $"] if number in _SENDS else []
            heard = f"get FACILITY facility => [facility{cause.get(state, '')}] | $"
            found.append(_in(state, "FACILITY", *sends, heard))
    return found


CONVERSATIONS = [
    *[
        conversation
        for state in ("U4", "U7", "U10", "N4", "N7", "N10")
        for conversation in _user_information(state)
    ],
    *_facility(),
]
"""All of them."""
