"""Conversations about the null state and the global call reference: references of no call, arrivals,
restart.
"""

from __future__ import annotations

from functools import partial

from q931_talk import PEER_REFERENCE, Conversation

from trunkwire.side import Side

_CHANNELS = {"channels": (1, 2, 3)}
_REF = f"ref={PEER_REFERENCE}f"
_SIDES = (Side.USER, Side.NETWORK)
_PRESENT = {Side.USER: "U6", Side.NETWORK: "N1"}
_OWN = {Side.USER: "U1", Side.NETWORK: "N6"}
_NULL = {Side.USER: "U0", Side.NETWORK: "N0"}


def _arrives(side: Side, name: str, *lines: str, **settings: object) -> Conversation:
    return Conversation(f"arrival, {side.value} side: {name}", side, lines, dict(settings))


def _refused(side: Side, cause: str) -> str:
    return f"RELEASE_COMPLETE({_REF},{cause}) [refused:{cause.partition(':')[0]}-local] | {_NULL[side]}"


def _arrivals(side: Side) -> list[Conversation]:
    arrives, refused = partial(_arrives, side), partial(_refused, side)
    present = _PRESENT[side]
    taken = f"do setup ch=3! => SETUP(ch3!) | {_OWN[side]} T303 ch3"
    answered = {
        Side.USER: "CONNECT ch=3! => CONNECT_ACKNOWLEDGE [connect] | U10 ch3",
        Side.NETWORK: "CONNECT ch=3! => CONNECT_ACKNOWLEDGE [connect] | N10 ch3",
    }[side]
    return [
        arrives("exclusive and free", f"get SETUP ch=3! => [setup] | {present} ch3"),
        arrives("preferred and free", f"get SETUP ch=3? => [setup] | {present} ch3"),
        arrives("any", f"get SETUP ch=* => [setup] | {present} ch1"),
        arrives("a channel that does not exist", f"get SETUP ch=16! => {refused('82')}"),
        arrives("several channels", f"get SETUP ch=1,2! => {refused('82')}"),
        arrives("no channel", f"get SETUP ch=none => {refused('34')}"),
        arrives("preferred, which does not exist", f"get SETUP ch=16? => [setup] | {present} ch1"),
        arrives(
            "exclusive and taken",
            taken,
            f"get {answered}",
            "get SETUP ref=9 flag=0 ch=3! => RELEASE_COMPLETE(ref=9f,44) [refused:44-local] "
            f"| {answered[-7:].strip()}",
        ),
        arrives(
            "preferred and taken",
            taken,
            f"get {answered}",
            f"get SETUP ref=9 flag=0 ch=3? => [setup] | {answered[-7:].strip()} 1:taken",
        ),
        arrives(
            "any, and none is left",
            taken,
            f"get {answered}",
            "get SETUP ref=9 flag=0 ch=* => RELEASE_COMPLETE(ref=9f,34) [refused:34-local] "
            f"| {answered[-7:].strip()}",
            channels=(3,),
        ),
    ]


def _faulty_arrivals(side: Side) -> list[Conversation]:
    arrives, refused = partial(_arrives, side), partial(_refused, side)
    present = _PRESENT[side]
    number = present[1:]
    return [
        arrives("bearer capability missing", f"get SETUP bare ch=3! => {refused('96:04')}"),
        arrives("bearer capability broken", f"get SETUP bare raw=04 ch=3! => {refused('100:04')}"),
        arrives("comprehension required", f"get SETUP ch=3! raw=0501 => {refused('96:05')}"),
        arrives(
            "an element not known",
            f"get SETUP ch=3! raw=3f01 => [setup] STATUS(99:3f,st{number}) | {present} ch3",
        ),
        arrives(
            "an element not known, not reported",
            f"get SETUP ch=3! raw=3f01 => [setup] | {present} ch3",
            report_ignored=False,
        ),
        arrives(
            "an optional element broken",
            f"get SETUP ch=3! raw=1e => [setup] STATUS(100:1e,st{number}) | {present} ch3",
        ),
    ]


def _glare_user() -> list[Conversation]:
    mine = "do setup ch=3! => SETUP(ch3!) | U1 T303 ch3"
    return [
        Conversation(
            "glare, user side: the network's call takes the channel, ours is given another",
            Side.USER,
            (
                "do setup ch=3? => SETUP(ch3?) | U1 T303 ch3",
                "get SETUP ref=9 flag=0 ch=3! => [setup] | U1 T303 3:taken",
                "get CALL_PROCEEDING ch=4! => [proceeding] | U3 T310 ch4 3:taken",
            ),
        ),
        Conversation(
            "glare, user side: exclusive, and the network refuses",
            Side.USER,
            (
                mine,
                "get SETUP ref=9 flag=0 ch=3! => [setup] | U1 T303 3:taken",
                "get RELEASE_COMPLETE cause=44 => [released:44-remote] | U0 3:taken",
            ),
        ),
        Conversation(
            "glare, user side: the network gives one of our calls the channel that another has asked for",
            Side.USER,
            (
                "do setup ch=4? => SETUP(ch4?) | U1 T303 ch4",
                "do setup ch=3? => SETUP(ch3?) | U1 T303 ch3 4:taken",
                "get CALL_PROCEEDING ch=4! => [proceeding] | U3 T310 ch4",
                "get CALL_PROCEEDING ref=1 flag=1 ch=5! => [proceeding] | U3 T310 ch4 5:taken",
            ),
        ),
        Conversation(
            "a channel of a call that goes on is not given again",
            Side.USER,
            (
                "do setup ch=4? => SETUP(ch4?) | U1 T303 ch4",
                "get CALL_PROCEEDING ch=4! => [proceeding] | U3 T310 ch4",
                "do setup ch=3? => SETUP(ch3?) | U1 T303 ch3 4:taken",
                "get CALL_PROCEEDING ch=4! => RELEASE(6) | U19 T308 ch3 4:taken",
            ),
        ),
    ]


def _glare_network() -> list[Conversation]:
    asked = "do setup ch=3! => SETUP(ch3!) | N6 T303 ch3"
    return [
        Conversation(
            "glare, network side: the user gives one of our calls the channel that another has asked for",
            Side.NETWORK,
            (
                "do setup ch=4! => SETUP(ch4!) | N6 T303 ch4",
                "do setup ch=3? => SETUP(ch3?) | N6 T303 ch3 4:taken",
                "get ALERTING ch=4! => [alerting] | N7 T301 ch4",
                "get RELEASE_COMPLETE ref=1 flag=1 cause=44 => [released:44-remote] | N7 T301 ch4",
            ),
        ),
        Conversation(
            "glare, network side: exclusive",
            Side.NETWORK,
            (
                asked,
                "get SETUP ref=9 flag=0 ch=3! => RELEASE_COMPLETE(ref=9f,44) [refused:44-local]"
                " | N6 T303 ch3",
            ),
        ),
        Conversation(
            "glare, network side: preferred, moved to another",
            Side.NETWORK,
            (asked, "get SETUP ref=9 flag=0 ch=3? => [setup] | N6 T303 ch3 1:taken"),
        ),
    ]


def _strays(side: Side) -> list[Conversation]:
    def stray(name: str, *lines: str) -> Conversation:
        return Conversation(f"reference of no call, {side.value} side: {name}", side, lines)

    number = {Side.USER: 12, Side.NETWORK: 11}[side]
    return [
        stray("RELEASE", f"get RELEASE cause=16 => RELEASE_COMPLETE({_REF},81) |"),
        stray("RELEASE COMPLETE", "get RELEASE_COMPLETE cause=16 => |"),
        stray("STATUS null", "get STATUS cause=30 st=0 => |"),
        stray("STATUS not null", f"get STATUS cause=30 st={number} => RELEASE_COMPLETE({_REF},101) |"),
        stray("STATUS without its elements", "get STATUS => |"),
        stray("STATUS ENQUIRY", f"get STATUS_ENQUIRY => STATUS({_REF},30,st0) |"),
        stray("CONNECT", f"get CONNECT => RELEASE_COMPLETE({_REF},81) |"),
        stray("a type not implemented", f"get DETACH => RELEASE_COMPLETE({_REF},81) |"),
        stray("a type unknown", f"get 0x77 => RELEASE_COMPLETE({_REF},81) |"),
        stray("SETUP with the flag of an answer", "get SETUP flag=1 => |"),
        stray("our reference, which we never gave", "get CONNECT flag=1 => RELEASE_COMPLETE(ref=7,81) |"),
    ]


def _faults_while_clearing(side: Side) -> list[Conversation]:
    letter = "U" if side is Side.USER else "N"
    own, held = _OWN[side], f"{letter}19 T308 ch3"
    start = f"do setup ch=3! => SETUP(ch3!) | {own} T303 ch3"

    def clears(name: str, *lines: str) -> Conversation:
        return Conversation(f"fault while clearing, {side.value} side: {name}", side, (start, *lines))

    return [
        clears(
            "DISCONNECT without cause", f"get DISCONNECT => RELEASE(96:08) [disconnect:31-remote] | {held}"
        ),
        clears(
            "DISCONNECT, cause broken",
            f"get DISCONNECT raw=08 => RELEASE(100:08) [disconnect:31-remote] | {held}",
        ),
        clears(
            "DISCONNECT, element not known",
            f"get DISCONNECT cause=16 raw=3f01 => RELEASE(99:3f) [disconnect:16-remote] | {held}",
        ),
        clears(
            "RELEASE without cause",
            f"get RELEASE => RELEASE_COMPLETE(96:08) [released:31-remote] | {letter}0",
        ),
        clears(
            "RELEASE, cause broken",
            f"get RELEASE raw=08 => RELEASE_COMPLETE(100:08) [released:31-remote] | {letter}0",
        ),
        clears(
            "RELEASE, element not known",
            f"get RELEASE cause=16 raw=3f01 => RELEASE_COMPLETE(99:3f) [released:16-remote] | {letter}0",
        ),
        clears(
            "RELEASE COMPLETE, cause broken",
            f"get RELEASE_COMPLETE raw=08 => [released:31-remote] | {letter}0",
        ),
    ]


def _restart(side: Side) -> list[Conversation]:
    def restart(name: str, *lines: str, **settings: object) -> Conversation:
        return Conversation(f"restart, {side.value} side: {name}", side, lines, {**_CHANNELS, **settings})

    one = "do restart 3 => RESTART(ref=0,ch3!,class0) | R1 T316 3:restarting"
    return [
        restart("one channel", one, "get RESTART_ACKNOWLEDGE ref=0 flag=1 ch=3! class=0 => [restarted:3] |"),
        restart(
            "the interface",
            "do restart all => RESTART(ref=0,class6) | R1 T316 1:restarting 2:restarting 3:restarting",
            "get RESTART_ACKNOWLEDGE ref=0 flag=1 class=6 => [restarted:1+2+3] |",
        ),
        restart(
            "all interfaces",
            "do restart interfaces => RESTART(ref=0,class7) | R1 T316 1:restarting 2:restarting 3:restarting",
            "get RESTART_ACKNOWLEDGE ref=0 flag=1 class=6 => | R1 T316 "
            "1:restarting 2:restarting 3:restarting",
            "get RESTART_ACKNOWLEDGE ref=0 flag=1 class=7 => [restarted:1+2+3] |",
        ),
        restart(
            "another channel is acknowledged, or another class",
            one,
            "get RESTART_ACKNOWLEDGE ref=0 flag=1 ch=2! class=0 => | R1 T316 3:restarting",
            "get RESTART_ACKNOWLEDGE ref=0 flag=1 class=6 => | R1 T316 3:restarting",
            "get RESTART_ACKNOWLEDGE ref=0 flag=1 ch=3,2! class=0 => [restarted:3] |",
        ),
    ]


def _restart_attempts(side: Side) -> list[Conversation]:
    def restart(name: str, *lines: str, **settings: object) -> Conversation:
        return Conversation(f"restart, {side.value} side: {name}", side, lines, {**_CHANNELS, **settings})

    own, null = _OWN[side], _NULL[side]
    one = "do restart 3 => RESTART(ref=0,ch3!,class0) | R1 T316 3:restarting"
    both = "do restart 1,3 => RESTART(ref=0,ch1+3!,class0) | R1 T316 1:restarting 3:restarting"
    return [
        restart(
            "three attempts",
            one,
            "wait T316 => RESTART(ref=0,ch3!,class0) | R1 T316 3:restarting",
            "wait T316 => RESTART(ref=0,ch3!,class0) | R1 T316 3:restarting",
            "wait T316 => [restart-failed:3] | 3:maintenance",
            restarts=3,
        ),
        restart("one attempt", one, "wait T316 => [restart-failed:3] | 3:maintenance", restarts=1),
        restart(
            "a call on the channel",
            f"do setup ch=3! => SETUP(ch3!) | {own} T303 ch3",
            f"do restart 3 => RESTART(ref=0,ch3!,class0) [released:41-local] | {null} R1 T316 3:restarting",
        ),
        restart(
            "acknowledged in part",
            both,
            "get RESTART_ACKNOWLEDGE ref=0 flag=1 ch=1! class=0 => "
            "[restarted:1] [restart-failed:3] | 3:maintenance",
        ),
        restart(
            "not acknowledged",
            one,
            "wait T316 => RESTART(ref=0,ch3!,class0) | R1 T316 3:restarting",
            "wait T316 => [restart-failed:3] | 3:maintenance",
        ),
        restart(
            "acknowledged the second time",
            one,
            "wait T316 => RESTART(ref=0,ch3!,class0) | R1 T316 3:restarting",
            "get RESTART_ACKNOWLEDGE ref=0 flag=1 ch=3! class=0 => [restarted:3] |",
        ),
    ]


def _restarted_by_peer(side: Side) -> list[Conversation]:
    def restart(name: str, *lines: str, **settings: object) -> Conversation:
        return Conversation(f"restart, {side.value} side: {name}", side, lines, {**_CHANNELS, **settings})

    one = "do restart 3 => RESTART(ref=0,ch3!,class0) | R1 T316 3:restarting"
    asked = "get RESTART ref=0 flag=0 ch=3! class=0 => [restart:3] | R2 T317 3:restarting"
    by_hand = {"auto_restart": False}
    return [
        restart(
            "STATUS while asking",
            one,
            "get STATUS ref=0 flag=1 cause=97 st=0 => [status:3] | R1 T316 3:restarting",
        ),
        restart(
            "asked, by hand",
            asked,
            "do confirm_restart => RESTART_ACKNOWLEDGE(ref=0f,ch3!,class0) |",
            **by_hand,
        ),
        restart(
            "asked, the interface",
            "get RESTART ref=0 flag=0 class=7 => RESTART_ACKNOWLEDGE(ref=0f,class7) [restart:1+2+3] |",
        ),
        restart(
            "asked, too slow by hand", asked, "wait T317 => [restart-failed:3] | 3:maintenance", **by_hand
        ),
        restart(
            "asked twice",
            asked,
            "get RESTART ref=0 flag=0 ch=3! class=0 => | R2 T317 3:restarting",
            "do confirm_restart => RESTART_ACKNOWLEDGE(ref=0f,ch3!,class0) |",
            **by_hand,
        ),
        restart(
            "both at once",
            one,
            "get RESTART ref=0 flag=0 ch=3! class=0 => RESTART_ACKNOWLEDGE(ref=0f,ch3!,class0) [restart:3] "
            "| R1 T316 3:restarting",
            "get RESTART_ACKNOWLEDGE ref=0 flag=1 ch=3! class=0 => [restarted:3] |",
        ),
        restart(
            "out of maintenance",
            one,
            "wait T316 => RESTART(ref=0,ch3!,class0) | R1 T316 3:restarting",
            "wait T316 => [restart-failed:3] | 3:maintenance",
            "get RESTART ref=0 flag=0 ch=3! class=0 => RESTART_ACKNOWLEDGE(ref=0f,ch3!,class0) [restart:3] |",
        ),
    ]


def _restart_errors(side: Side) -> list[Conversation]:
    def restart(name: str, *lines: str, **settings: object) -> Conversation:
        return Conversation(f"restart, {side.value} side: {name}", side, lines, {**_CHANNELS, **settings})

    one = "do restart 3 => RESTART(ref=0,ch3!,class0) | R1 T316 3:restarting"
    asked = "get RESTART ref=0 flag=0 ch=3! class=0 => [restart:3] | R2 T317 3:restarting"
    by_hand = {"auto_restart": False}
    r1, r2 = "R1 T316 3:restarting", "R2 T317 3:restarting"
    return [
        restart("a reserved class", "get RESTART ref=0 flag=0 ch=3! class=3 => STATUS(ref=0f,100,st0) |"),
        restart("no channel named", "get RESTART ref=0 flag=0 class=0 => STATUS(ref=0f,96,st0) |"),
        restart("no such channel", "get RESTART ref=0 flag=0 ch=1,16! class=0 => STATUS(ref=0f,82,st0) |"),
        restart("no indicator", "get RESTART ref=0 flag=0 ch=3! => STATUS(ref=0f,96:79,st0) |"),
        restart("stray acknowledgement", "get RESTART_ACKNOWLEDGE ref=0 flag=1 ch=3! class=0 => |"),
        restart("stray STATUS", "get STATUS ref=0 flag=1 cause=30 st=0 => |"),
        restart(
            "a call's message",
            "get CONNECT ref=0 flag=0 => STATUS(ref=0f,81,st0) |",
            "get DETACH ref=0 flag=0 => STATUS(ref=0f,81,st0) |",
        ),
        restart(
            "a call's message while asking",
            one,
            f"get CONNECT ref=0 flag=1 => STATUS(ref=0,81,st61) | {r1}",
            f"get DETACH ref=0 flag=1 => STATUS(ref=0,81,st61) | {r1}",
            f"get RESTART_ACKNOWLEDGE ref=0 flag=1 => STATUS(ref=0,96:79,st61) | {r1}",
        ),
        restart(
            "a call's message while asked",
            asked,
            f"get CONNECT ref=0 flag=0 => STATUS(ref=0f,81,st62) | {r2}",
            f"get DETACH ref=0 flag=0 => STATUS(ref=0f,81,st62) | {r2}",
            f"get RESTART ref=0 flag=0 ch=3! => STATUS(ref=0f,96:79,st62) | {r2}",
            f"get STATUS ref=0 flag=0 cause=30 st=0 => | {r2}",
            f"get RESTART_ACKNOWLEDGE ref=0 flag=0 ch=3! class=0 => | {r2}",
            **by_hand,
        ),
    ]


_PARTS = (
    _arrivals,
    _faulty_arrivals,
    _strays,
    _faults_while_clearing,
    _restart,
    _restart_attempts,
    _restarted_by_peer,
    _restart_errors,
)

CONVERSATIONS = [conversation for side in _SIDES for part in _PARTS for conversation in part(side)] + [
    *_glare_user(),
    *_glare_network(),
]
"""All conversations of this module, for both sides."""
