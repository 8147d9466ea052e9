"""Conversations about suspending and resuming a call (Q.931 5.6): U15, U17, N15, N17, T307, T318, T319."""

from __future__ import annotations

import q931_network
import q931_user
from q931_talk import Conversation, timer_digits

from trunkwire.side import Side

_ASKS = {"auto_suspend": False}
_T318, _T307 = timer_digits("T318"), timer_digits("T307")
_U15 = (*q931_user.REACH["U10"], "do suspend id=0102 => SUSPEND(id0102) | U15 T319 ch3")
_U17 = ("do resume id=0102 => RESUME(id0102) | U17 T318",)
_N15 = (*q931_network.REACH["N10"], "get SUSPEND id=0102 => [suspend] | N15 ch3")
_KEPT = "N0 T307 ch3 id0102:suspended"
_PARKED = (*_N15, f"do suspend_accept => SUSPEND_ACKNOWLEDGE | {_KEPT}")
_N17 = (*_PARKED, "get RESUME ref=9 flag=0 id=0102 => [resume] | N17 ch3")
_LEFT = "N0 id0102:suspended T307 3:taken"
"""What is left when a call that was to be resumed ends: the suspended call, as before."""


class _Place:
    """A state of these procedures: the way to it, what it holds, and what is left after it."""

    def __init__(self, state: str, way: tuple[str, ...], holds: str, left: str, channel: str) -> None:
        self.state, self.way, self.holds, self.left = state, way, holds, left
        self.letter, self.number = state[0], state[1:]
        self.channel = channel
        self.side = Side.USER if state[0] == "U" else Side.NETWORK

    def talk(self, name: str, *lines: str) -> Conversation:
        settings = {} if self.side is Side.USER else _ASKS
        return Conversation(f"{name} in {self.state}", self.side, (*self.way, *lines), settings)


PLACES = (
    _Place("U15", _U15, "U15 T319 ch3", "U0", " ch3"),
    _Place("U17", _U17, "U17 T318", "U0", ""),
    _Place("N15", _N15, "N15 ch3", "N0", " ch3"),
    _Place("N17", _N17, "N17 ch3", _LEFT, " ch3"),
)


def _any_state() -> list[Conversation]:
    """What holds in every state of a call, here too (5.8)."""
    found = []
    for at in PLACES:
        held, left = at.holds, at.left
        found += [
            at.talk("RELEASE COMPLETE", f"get RELEASE_COMPLETE cause=31 => [released:31-remote] | {left}"),
            at.talk("RELEASE", f"get RELEASE cause=31 => RELEASE_COMPLETE [released:31-remote] | {left}"),
            at.talk("asked for the state", f"get STATUS_ENQUIRY => STATUS(30,st{at.number}) | {held}"),
            at.talk("an unknown type", f"get DETACH => STATUS(97:40,st{at.number}) | {held}"),
            at.talk("an unexpected message", f"get PROGRESS pi=8 => STATUS(101:03,st{at.number}) | {held}"),
            at.talk("an element missing", f"get STATUS cause=30 => STATUS(96:14,st{at.number}) | {held}"),
            at.talk("SETUP again", f"get SETUP => | {held}"),
            at.talk(
                "the peer has lost the call", f"get STATUS cause=30 st=0 => [released:41-remote] | {left}"
            ),
        ]
    return found


def _elsewhere_too() -> list[Conversation]:
    """The data link, clearing by the peer, and comparing states, in these states too."""
    found = []
    for at in PLACES:
        held, left, request = at.holds, at.left, "U11" if at.letter == "U" else "N12"
        found += [
            at.talk("link lost", f"link down => [released:27-local] | {left}"),
            at.talk("link reset changes nothing", f"link up => | {held}"),
            at.talk("FACILITY", f"get FACILITY facility => [facility] | {held}"),
            at.talk(
                "DISCONNECT",
                f"get DISCONNECT cause=16 => RELEASE(16) [disconnect:16-remote] "
                f"| {at.letter}19 T308{at.channel}",
                f"get RELEASE_COMPLETE => [released:16-remote] | {left}",
            ),
            at.talk(
                "DISCONNECT with tones",
                f"get DISCONNECT cause=17 pi=8 => [disconnect:17-remote] | "
                f"{'U12' if at.letter == 'U' else 'N11'}{at.channel}",
            ),
            at.talk(
                "states compared",
                f"do status_enquiry => STATUS_ENQUIRY | {_with_enquiry(held)}",
                f"get STATUS cause=30 st={at.number} => [status] | {held}",
            ),
            at.talk(
                "states differ",
                f"get STATUS cause=30 st=4 => DISCONNECT(101) | {request} T305{at.channel}",
            ),
        ]
    return found


def _by_state() -> list[Conversation]:
    """What differs between these states."""
    found = []
    for at in PLACES:
        held, left, request = at.holds, at.left, "U11" if at.letter == "U" else "N12"
        found.append(
            Conversation(
                f"STATUS ENQUIRY unanswered in {at.state}",
                at.side,
                (
                    *at.way,
                    f"do status_enquiry => STATUS_ENQUIRY | {_with_enquiry(held)}",
                    f"wait T322 => STATUS_ENQUIRY | {_with_enquiry(held)}",
                    f"wait T322 => DISCONNECT(41) | {request} T305{at.channel}",
                ),
                {**dict.fromkeys(("t307", "t318", "t319"), 64000 * 3600), **_ASKS},
            )
        )
        if at.state != "U17":
            found.append(
                at.talk(
                    "channel restarted",
                    "get RESTART ref=0 flag=0 ch=3! class=0 => [released:41-remote] "
                    f"RESTART_ACKNOWLEDGE(ref=0f,ch3!,class0) [restart:3] | {left.replace(' 3:taken', '')}",
                )
            )
        if at.number == "15":
            found += [
                at.talk("hang up", f"do disconnect cause=16 => DISCONNECT(16) | {request} T305 ch3"),
                at.talk("a display", f"get INFORMATION keys=1 => [information] | {held}"),
                at.talk("a notification", f"get NOTIFY note=1 => [notify] | {held}"),
            ]
    return found


def _with_enquiry(held: str) -> str:
    state, *rest = held.split()
    timers = sorted([word for word in rest if word.startswith("T")] + ["T322"])
    return " ".join([state, *timers, *(word for word in rest if not word.startswith("T"))])


def _user() -> list[Conversation]:
    def talk(name: str, *lines: str) -> Conversation:
        return Conversation(name, Side.USER, lines)

    return [
        talk("suspended", *_U15, "get SUSPEND_ACKNOWLEDGE => [suspended] [released] | U0"),
        talk(
            "suspended without an identity",
            *q931_user.REACH["U10"],
            "do suspend => SUSPEND | U15 T319 ch3",
            "get SUSPEND_REJECT cause=84 => [suspend-rejected:84] | U10 ch3",
        ),
        talk("SUSPEND unanswered", *_U15, "wait T319 => [suspend-rejected:102] | U10 ch3"),
        talk(
            "SUSPEND unanswered, and the network still at it",
            *_U15,
            "wait T319 => [suspend-rejected:102] | U10 ch3",
            "get STATUS cause=30 st=15 => [status] | U10 ch3",
        ),
        talk("resumed", *_U17, "get RESUME_ACKNOWLEDGE ch=5! => [resumed] | U10 ch5"),
        talk(
            "resumed on a channel that we do not have",
            *_U17,
            "get RESUME_ACKNOWLEDGE ch=16! => RELEASE(6) | U19 T308",
        ),
        talk(
            "RESUME ACKNOWLEDGE without a channel",
            *_U17,
            "get RESUME_ACKNOWLEDGE => STATUS(96:18,st17) | U17 T318",
        ),
        talk(
            "RESUME refused",
            *_U17,
            "get RESUME_REJECT cause=85 => [resume-rejected:85-remote] [released:85-remote] | U0",
        ),
        talk(
            "RESUME unanswered",
            *_U17,
            f"wait T318 => RELEASE(102:{_T318}) | U19 T308",
            "get RELEASE_COMPLETE => [released:102-local] | U0",
        ),
    ]


def asks(name: str, *lines: str) -> Conversation:
    """The user of the network side is asked."""
    return Conversation(name, Side.NETWORK, lines, _ASKS)


def answers(name: str, *lines: str, **settings: object) -> Conversation:
    """The network side answers itself."""
    return Conversation(name, Side.NETWORK, (*q931_network.REACH["N10"], *lines), dict(settings))


_SUSPENDED = f"get SUSPEND id=0102 => SUSPEND_ACKNOWLEDGE [suspended] | {_KEPT}"
NETWORK = (
    answers(
        "suspended and resumed at once",
        _SUSPENDED,
        "get RESUME ref=9 flag=0 id=0102 => RESUME_ACKNOWLEDGE(ref=9f,ch3!) [resumed] [released] | N10 ch3",
    ),
    answers(
        "eight octets of an identity",
        "get SUSPEND id=0102030405060708 => SUSPEND_ACKNOWLEDGE [suspended] "
        "| N0 T307 ch3 id0102030405060708:suspended",
    ),
    answers(
        "an identity that is too long is none",
        "get SUSPEND id=010203040506070809 => SUSPEND_ACKNOWLEDGE [suspended] | N0 T307 ch3 id:suspended",
    ),
    answers(
        "the null identity",
        "get SUSPEND => SUSPEND_ACKNOWLEDGE [suspended] | N0 T307 ch3 id:suspended",
        "get RESUME ref=9 flag=0 => RESUME_ACKNOWLEDGE(ref=9f,ch3!) [resumed] [released] | N10 ch3",
    ),
    answers(
        "no call is suspended",
        "get RESUME ref=9 flag=0 id=0102 => RESUME_REJECT(ref=9f,85) | N10 ch3",
    ),
    answers(
        "another call is suspended",
        _SUSPENDED,
        f"get RESUME ref=9 flag=0 id=03 => RESUME_REJECT(ref=9f,83) | {_KEPT}",
    ),
    answers(
        "T307: the call is cleared, and its identity says so",
        _SUSPENDED,
        "wait T307 => [released:102-local] | N0",
        "get RESUME ref=9 flag=0 id=0102 => RESUME_REJECT(ref=9f,86) | N0",
    ),
    answers(
        "the other party hangs up while the call is suspended",
        _SUSPENDED,
        "do disconnect cause=16 => [released:16-local] | N0",
        "get RESUME ref=9 flag=0 id=0102 => RESUME_REJECT(ref=9f,86) | N0",
    ),
    answers(
        "the channel of a suspended call is restarted",
        _SUSPENDED,
        "get RESTART ref=0 flag=0 ch=3! class=0 => [released:41-remote] "
        "RESTART_ACKNOWLEDGE(ref=0f,ch3!,class0) [restart:3] | N0",
    ),
    answers(
        "the identity is in use",
        _SUSPENDED,
        "get SETUP ref=8 flag=0 ch=4! => [setup] | N1 ch4 id0102:suspended T307 3:taken",
        "do connect => CONNECT(ch4!) | N10 ch4 id0102:suspended T307 3:taken",
        "get SUSPEND id=0102 => SUSPEND_REJECT(84) | N10 ch4 id0102:suspended T307 3:taken",
        "get SUSPEND id=03 => SUSPEND_ACKNOWLEDGE [suspended] "
        "| N0 T307 ch4 id0102:suspended T307 id03:suspended 3:taken",
    ),
    answers(
        "not offered",
        "get SUSPEND id=0102 => SUSPEND_REJECT(29) | N10 ch3",
        suspension=False,
    ),
    answers(
        "RESUME with an element that must be understood",
        _SUSPENDED,
        f"get RESUME ref=9 flag=0 id=0102 raw=0f => RESUME_REJECT(ref=9f,96:0f) | {_KEPT}",
    ),
    asks(
        "STATUS with an element missing, for no call",
        "get STATUS cause=30 ref=9 flag=0 => |",
    ),
    asks(
        "suspension refused by the network's user",
        *_N15,
        "do suspend_reject cause=29 => SUSPEND_REJECT(29) | N10 ch3",
    ),
    asks("suspension accepted by the network's user", *_PARKED),
    asks(
        "resumed by the network's user",
        *_N17,
        "do resume_accept => RESUME_ACKNOWLEDGE(ch3!) [resumed] [released] | N10 ch3",
    ),
    asks(
        "not resumed by the network's user",
        *_N17,
        f"do resume_reject cause=83 => RESUME_REJECT(83) [released] | {_LEFT}",
    ),
    answers(
        "a held call is not suspended",
        "get HOLD => [hold] | N10 ch3 HOLD_INDICATION",
        "get SUSPEND => SUSPEND_REJECT(29) | N10 ch3 HOLD_INDICATION",
    ),
    answers("the user still suspends", "get STATUS cause=30 st=15 => [status] | N10 ch3"),
)


_BUS = {"point_to_multipoint": True, "basic": True, "channels": (1, 2), "reference_length": 1}

BUS = (
    Conversation(
        "suspended at one terminal, resumed at another",
        Side.NETWORK,
        (
            "get SETUP tei=64 b=1! => [setup] | N1 ch1",
            "do connect => @64:CONNECT(ch1!) | N10 ch1",
            "get SUSPEND tei=64 id=01 => @64:SUSPEND_ACKNOWLEDGE [suspended] | N0 T307 ch1 id01:suspended",
            "get SUSPEND tei=64 ref=9 flag=0 id=01 => @64:RELEASE_COMPLETE(ref=9f,81) "
            "| N0 T307 ch1 id01:suspended",
            "get RESUME tei=65 ref=9 flag=0 id=01 => @65:RESUME_ACKNOWLEDGE(ref=9f,ch1!) "
            "[resumed] [released] | N10 ch1",
            "get HOLD tei=65 => [hold] | N10 ch1 HOLD_INDICATION",
            "do hold_acknowledge => @65:HOLD_ACKNOWLEDGE | N10 ch1 HELD",
            "get RETRIEVE tei=65 b=2! => [retrieve] | N10 ch1 ch2 RETRIEVE_INDICATION wish2",
            "do retrieve_acknowledge => @65:RETRIEVE_ACKNOWLEDGE(ch2!) | N10 ch2",
        ),
        dict(_BUS),
    ),
    Conversation(
        "a terminal suspends and resumes",
        Side.USER,
        (
            "do setup ch=1! => @64:SETUP(ch1!) | U1 T303 ch1",
            "get CONNECT b=1! => @64:CONNECT_ACKNOWLEDGE [connect] | U10 ch1",
            "do suspend id=01 => @64:SUSPEND(id01) | U15 T319 ch1",
            "get SUSPEND_ACKNOWLEDGE => [suspended] [released] | U0",
            "do resume id=01 => @64:RESUME(id01) | U17 T318",
            "get RESUME_ACKNOWLEDGE b=2! => [resumed] | U10 ch2",
        ),
        dict(_BUS),
    ),
)
"""On a basic interface with several terminals (5.6 is about these): B1 and B2, references of one octet."""

CONVERSATIONS = [*_any_state(), *_elsewhere_too(), *_by_state(), *_user(), *NETWORK, *BUS]
"""All of them."""
