"""Conversations about hold and retrieve (Q.932 6): each call state that has them, each auxiliary state."""

from __future__ import annotations

import q931_network
import q931_user
from q931_talk import Conversation

from trunkwire.side import Side

_SIDES = {
    Side.USER: ("U", q931_user.REACH, {"U4": "T301", "U3": "T310", "U8": "T313"}),
    Side.NETWORK: ("N", {**q931_network.REACH, "N8": q931_network.REACH_N8}, {"N7": "T301", "N9": "T310"}),
}
_STATES = ("3", "4", "10", "7", "8", "9")
_GIVES: dict[str, object] = {"hold_reserves": False}
_SLOW = dict.fromkeys(("t301", "t310", "t313"), 64000 * 3600)


def _in(side: Side, number: str, name: str, *lines: str, **settings: object) -> Conversation:
    letter, reach, timers = _SIDES[side]
    state = letter + number
    timer = f" {timers[state]}" if state in timers else ""
    filled = tuple(line.replace("$", f"{state}{timer}") for line in lines)
    waits = {"auto_acknowledge": False} if state == "N8" else {}
    return Conversation(f"{name} in {state}", side, (*reach[state], *filled), {**_SLOW, **waits, **settings})


HELD = ("do hold => HOLD | $ ch3 HOLD_REQUEST T_HOLD", "get HOLD_ACKNOWLEDGE => [held] | $ ch3 HELD")
HELD_BY_PEER = (
    "get HOLD => [hold] | $ ch3 HOLD_INDICATION",
    "do hold_acknowledge => HOLD_ACKNOWLEDGE | $ ch3 HELD",
)
ASKED = (*HELD, "do retrieve => RETRIEVE(ch3?) | $ ch3 RETRIEVE_REQUEST T_RETRIEVE")
ASKED_BY_PEER = (*HELD_BY_PEER, "get RETRIEVE ch=3! => [retrieve] | $ ch3 RETRIEVE_INDICATION")


def _every_state(side: Side) -> list[Conversation]:
    found = []
    for number in _STATES:
        found += [
            _in(
                side,
                number,
                "held, refused once, retrieved",
                *ASKED,
                "get RETRIEVE_REJECT cause=34 => [retrieve-rejected:34] | $ ch3 HELD",
                "do retrieve => RETRIEVE(ch3?) | $ ch3 RETRIEVE_REQUEST T_RETRIEVE",
                "get RETRIEVE_ACKNOWLEDGE ch=3! => [retrieved] | $ ch3",
            ),
            _in(
                side,
                number,
                "hold refused",
                HELD[0],
                "get HOLD_REJECT cause=29 => [hold-rejected:29] | $ ch3",
            ),
            _in(
                side,
                number,
                "held by the peer, refused once, retrieved",
                *ASKED_BY_PEER,
                "do retrieve_reject cause=34 => RETRIEVE_REJECT(34) | $ ch3 HELD",
                "get RETRIEVE ch=3! => [retrieve] | $ ch3 RETRIEVE_INDICATION",
                "do retrieve_acknowledge => RETRIEVE_ACKNOWLEDGE(ch3!) | $ ch3",
            ),
            _in(
                side,
                number,
                "hold refused to the peer",
                HELD_BY_PEER[0],
                "do hold_reject cause=29 => HOLD_REJECT(29) | $ ch3",
            ),
        ]
    return found


_GIVES_UP = (HELD[0], "get HOLD_ACKNOWLEDGE => [held] | $ HELD")
_PEER_GIVES_UP = (HELD_BY_PEER[0], "do hold_acknowledge => HOLD_ACKNOWLEDGE | $ HELD")
_ONLY: dict[str, object] = {"channels": (3,), **_GIVES}

_Talks = tuple[tuple[str, dict[str, object], tuple[str, ...]], ...]

_CHANNELS: _Talks = (
    (
        "the channel is given up, and another taken",
        _GIVES,
        (
            *_GIVES_UP,
            "do retrieve ch=5! => RETRIEVE(ch5!) | $ ch5 RETRIEVE_REQUEST T_RETRIEVE wish5",
            "get RETRIEVE_ACKNOWLEDGE ch=5! => [retrieved] | $ ch5",
        ),
    ),
    (
        "the peer grants another channel than asked for",
        _GIVES,
        (
            *_GIVES_UP,
            "do retrieve => RETRIEVE(ch1?) | $ ch1 RETRIEVE_REQUEST T_RETRIEVE wish1",
            "get RETRIEVE_ACKNOWLEDGE ch=9! => [retrieved] | $ ch9",
        ),
    ),
    (
        "a reserved channel is changed for another",
        {},
        (
            *HELD,
            "do retrieve ch=5! => RETRIEVE(ch5!) | $ ch3 ch5 RETRIEVE_REQUEST T_RETRIEVE wish5",
            "get RETRIEVE_ACKNOWLEDGE => [retrieved] | $ ch5",
        ),
    ),
    (
        "a channel granted that we do not have",
        {},
        (
            *ASKED,
            "get RETRIEVE_ACKNOWLEDGE ch=16! => STATUS(100:18,st10) | $ ch3 RETRIEVE_REQUEST T_RETRIEVE",
            "wait T_RETRIEVE => [retrieve-rejected:102] | $ ch3 HELD",
        ),
    ),
    (
        "the peer wants another channel",
        _GIVES,
        (
            *_PEER_GIVES_UP,
            "get RETRIEVE ch=5! => [retrieve] | $ ch5 RETRIEVE_INDICATION wish5",
            "do retrieve_acknowledge => RETRIEVE_ACKNOWLEDGE(ch5!) | $ ch5",
        ),
    ),
    (
        "the peer leaves the channel to us",
        _GIVES,
        (
            *_PEER_GIVES_UP,
            "get RETRIEVE => [retrieve] | $ ch1 RETRIEVE_INDICATION wish1",
            "do retrieve_reject cause=41 => RETRIEVE_REJECT(41) | $ HELD",
        ),
    ),
    (
        "the peer wants a channel exclusively that it cannot have",
        _GIVES,
        (
            *_PEER_GIVES_UP,
            "get RETRIEVE ch=16! => RETRIEVE_REJECT(44) | $ HELD",
        ),
    ),
    (
        "the peer prefers a channel that it cannot have",
        _GIVES,
        (
            *_PEER_GIVES_UP,
            "get RETRIEVE ch=16? => [retrieve] | $ ch1 RETRIEVE_INDICATION wish1",
        ),
    ),
    (
        "no channel is left for the peer's call",
        _ONLY,
        (
            *_PEER_GIVES_UP,
            "get SETUP ref=9 flag=0 ch=3! => [setup] | $ HELD 3:taken",
            "get RETRIEVE => RETRIEVE_REJECT(34) | $ HELD 3:taken",
        ),
    ),
    (
        "cleared while it is being retrieved",
        _GIVES,
        (
            *_GIVES_UP,
            "do retrieve ch=5! => RETRIEVE(ch5!) | $ ch5 RETRIEVE_REQUEST T_RETRIEVE wish5",
            "get RELEASE_COMPLETE cause=31 => [released:31-remote] | %0",
        ),
    ),
)
"""What becomes of the B-channel (Q.932 6: reserved, or given up)."""


_CROSSING_OURS: _Talks = (
    (
        "HOLD crosses ours",
        {},
        (
            HELD[0],
            "get HOLD => | $ ch3 HOLD_REQUEST T_HOLD",
            HELD[1],
        ),
    ),
    (
        "RETRIEVE crosses ours",
        {},
        (
            *ASKED,
            "get RETRIEVE => | $ ch3 RETRIEVE_REQUEST T_RETRIEVE",
            "get RETRIEVE_ACKNOWLEDGE => [retrieved] | $ ch3",
        ),
    ),
)
"""Requests that cross: the network's goes on."""

_TAKEN = (
    "get HOLD_ACKNOWLEDGE => [held] | $ HELD",
    "do retrieve ch=5? => RETRIEVE(ch5?) | $ ch5 RETRIEVE_REQUEST T_RETRIEVE wish5",
)
_CROSSING_THEIRS: _Talks = (
    (
        "HOLD crosses ours",
        {},
        (
            HELD[0],
            "get HOLD => [hold] | $ ch3 HOLD_INDICATION",
            HELD_BY_PEER[1],
        ),
    ),
    (
        "RETRIEVE crosses ours",
        {},
        (
            *ASKED,
            "get RETRIEVE ch=3! => [retrieve] | $ ch3 RETRIEVE_INDICATION",
            "do retrieve_acknowledge => RETRIEVE_ACKNOWLEDGE(ch3!) | $ ch3",
        ),
    ),
    (
        "RETRIEVE for another channel crosses ours",
        _GIVES,
        (
            HELD[0],
            *_TAKEN,
            "get RETRIEVE ch=6! => [retrieve] | $ ch6 RETRIEVE_INDICATION wish6",
            "do retrieve_acknowledge => RETRIEVE_ACKNOWLEDGE(ch6!) | $ ch6",
        ),
    ),
    (
        "RETRIEVE for a channel that is no more crosses ours",
        _GIVES,
        (
            HELD[0],
            *_TAKEN,
            "get RESTART ref=0 flag=0 ch=7! class=0 => RESTART_ACKNOWLEDGE(ref=0f,ch7!,class0) [restart:7] "
            "| $ ch5 RETRIEVE_REQUEST T_RETRIEVE wish5",
            "get RETRIEVE ch=16! => RETRIEVE_REJECT(44) | $ HELD",
        ),
    ),
    (
        "RETRIEVE for any channel crosses ours",
        _GIVES,
        (
            HELD[0],
            *_TAKEN,
            "get RETRIEVE => [retrieve] | $ ch5 RETRIEVE_INDICATION wish5",
            "get RESTART ref=0 flag=0 ch=5! class=0 => RESTART_ACKNOWLEDGE(ref=0f,ch5!,class0) [restart:5] "
            "| $ RETRIEVE_INDICATION wish5",
            "do retrieve_acknowledge => RETRIEVE_ACKNOWLEDGE(ch5!) | $ ch5",
        ),
    ),
    (
        "RETRIEVE crosses ours, and the channel is being restarted",
        {"channels": (3,), "auto_restart": False, **_GIVES},
        (
            HELD[0],
            "get HOLD_ACKNOWLEDGE => [held] | $ HELD",
            "do retrieve => RETRIEVE(ch3?) | $ ch3 RETRIEVE_REQUEST T_RETRIEVE wish3",
            "get RESTART ref=0 flag=0 ch=3! class=0 => [restart:3] "
            "| $ RETRIEVE_REQUEST T_RETRIEVE wish3 R2 T317 3:restarting",
            "get RETRIEVE => RETRIEVE_REJECT(34) | $ HELD R2 T317 3:restarting",
        ),
    ),
)
"""The user drops its own request for the network's."""


def _active(side: Side) -> list[Conversation]:
    crossing = _CROSSING_OURS if side is Side.NETWORK else _CROSSING_THEIRS
    null = _SIDES[side][0] + "0"
    return [
        _in(side, "10", name, *(line.replace("%0", null) for line in lines), **settings)
        for name, settings, lines in (*crossing, *_CHANNELS)
    ]


def _unexpected(side: Side) -> list[Conversation]:
    """What the auxiliary state does not allow."""
    found = []
    reach = {
        "idle": ((), "$ ch3"),
        "hold indication": (HELD_BY_PEER[:1], "$ ch3 HOLD_INDICATION"),
        "held": (HELD, "$ ch3 HELD"),
        "retrieve request": (ASKED, "$ ch3 RETRIEVE_REQUEST T_RETRIEVE"),
        "retrieve indication": (ASKED_BY_PEER, "$ ch3 RETRIEVE_INDICATION"),
        "hold request": (HELD[:1], "$ ch3 HOLD_REQUEST T_HOLD"),
    }
    for name, (lines, status) in reach.items():
        if name not in ("idle", "hold request"):
            found.append(
                _in(side, "10", f"HOLD in {name}", *lines, f"get HOLD => HOLD_REJECT(101) | {status}")
            )
        if name not in ("held", "retrieve request"):
            line = f"get RETRIEVE ch=3! => RETRIEVE_REJECT(101) | {status}"
            found.append(_in(side, "10", f"RETRIEVE in {name}", *lines, line))
        for kind, octet in (("HOLD_ACKNOWLEDGE", "28"), ("RETRIEVE_ACKNOWLEDGE", "33")):
            if (kind, name) in (
                ("HOLD_ACKNOWLEDGE", "hold request"),
                ("RETRIEVE_ACKNOWLEDGE", "retrieve request"),
            ):
                continue
            line = f"get {kind} => STATUS(101:{octet},st10) | {status}"
            found.append(_in(side, "10", f"{kind} in {name}", *lines, line))
    found.append(_in(side, "10", "T-HOLD", HELD[0], "wait T_HOLD => [hold-rejected:102] | $ ch3"))
    found.append(
        _in(
            side,
            "10",
            "HOLD REJECT without its cause",
            HELD[0],
            "get HOLD_REJECT => STATUS(96:08,st10) | $ ch3 HOLD_REQUEST T_HOLD",
        )
    )
    return found


_GRANTS = {"auto_hold": True}
_HELD_AT_ONCE = "get HOLD => HOLD_ACKNOWLEDGE [hold] | $ ch3 HELD"


def _at_once(side: Side) -> list[Conversation]:
    """The peer may hold and retrieve without asking (`auto_hold`)."""
    found = [
        _in(
            side,
            "10",
            "held and retrieved at once",
            _HELD_AT_ONCE,
            "get RETRIEVE ch=5! => RETRIEVE_ACKNOWLEDGE(ch5!) [retrieve] | $ ch5",
            "get HOLD => HOLD_ACKNOWLEDGE [hold] | $ ch5 HELD",
            "get RETRIEVE => RETRIEVE_ACKNOWLEDGE(ch5!) [retrieve] | $ ch5",
            **_GRANTS,
        ),
        _in(
            side,
            "10",
            "a channel that cannot be had is not granted at once",
            _HELD_AT_ONCE,
            "get RETRIEVE ch=16! => RETRIEVE_REJECT(44) | $ ch3 HELD",
            **_GRANTS,
        ),
    ]
    if side is Side.USER:
        found += [
            _in(side, "10", "HOLD crosses ours and is granted", HELD[0], _HELD_AT_ONCE, **_GRANTS),
            _in(
                side,
                "10",
                "RETRIEVE crosses ours and is granted",
                *ASKED,
                "get RETRIEVE ch=3! => RETRIEVE_ACKNOWLEDGE(ch3!) [retrieve] | $ ch3",
                **_GRANTS,
            ),
        ]
    return found


def _several_terminals() -> list[Conversation]:
    """Behind one interface with several terminals only the user holds (Q.932 6)."""
    several = {"point_to_multipoint": True}
    placed = "get SETUP tei=64 ch=3! => [setup] | N1 ch3"
    return [
        Conversation(
            "several terminals: the network does not hold",
            Side.USER,
            (
                "do setup ch=3! => @64:SETUP(ch3!) | U1 T303 ch3",
                "get CONNECT ch=3! => @64:CONNECT_ACKNOWLEDGE [connect] | U10 ch3",
                "get HOLD => @64:STATUS(101:24,st10) | U10 ch3",
                "do hold => @64:HOLD | U10 ch3 HOLD_REQUEST T_HOLD",
            ),
            several,
        ),
        Conversation(
            "several terminals: the user holds",
            Side.NETWORK,
            (
                placed,
                "do connect => @64:CONNECT(ch3!) | N10 ch3",
                "get HOLD tei=64 => [hold] | N10 ch3 HOLD_INDICATION",
            ),
            several,
        ),
    ]


CONVERSATIONS = [
    *[
        conversation
        for side in Side
        for part in (_every_state, _active, _at_once, _unexpected)
        for conversation in part(side)
    ],
    *_several_terminals(),
]
"""All of them; those about the crossing of requests differ by side."""
