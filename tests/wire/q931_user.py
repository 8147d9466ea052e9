"""Conversations with the user side: every cell of `table_user`, each with the outcome that Q.931 asks for."""

from __future__ import annotations

from q931_talk import Conversation, timer_digits

from trunkwire.side import Side

# The ways into each state, from nothing.
_OUT = "do setup ch=3! called=300 => SETUP(ch3!,d300) | U1 T303 ch3"
_IN = "get SETUP ch=3! called=300 => [setup] | U6 ch3"
REACH: dict[str, tuple[str, ...]] = {
    "U0": (),
    "U1": (_OUT,),
    "U2": (_OUT, "get SETUP_ACKNOWLEDGE ch=3! => [more-info] | U2 T304 ch3"),
    "U3": (_OUT, "get CALL_PROCEEDING ch=3! => [proceeding] | U3 T310 ch3"),
    "U4": (_OUT, "get ALERTING ch=3! => [alerting] | U4 T301 ch3"),
    "U6": (_IN,),
    "U25": (_IN, "do more_info => SETUP_ACKNOWLEDGE(ch3!) | U25 T302 ch3"),
    "U9": (_IN, "do proceeding => CALL_PROCEEDING(ch3!) | U9 ch3"),
    "U7": (_IN, "do alerting => ALERTING(ch3!) | U7 ch3"),
    "U8": (_IN, "do connect => CONNECT(ch3!) | U8 T313 ch3"),
    "U10": (_OUT, "get CONNECT ch=3! => CONNECT_ACKNOWLEDGE [connect] | U10 ch3"),
    "U11": (_OUT, "do disconnect cause=16 => DISCONNECT(16) | U11 T305 ch3"),
    "U12": (_OUT, "get DISCONNECT cause=17 pi=8 => [disconnect:17-remote] | U12 ch3"),
    "U19": (_OUT, "get DISCONNECT cause=17 => RELEASE(17) [disconnect:17-remote] | U19 T308 ch3"),
}
_TIMERS = {"U1": "T303", "U2": "T304", "U3": "T310", "U4": "T301", "U25": "T302", "U8": "T313", "U11": "T305"}
_TIMERS["U19"] = "T308"
_LIVE = ("U1", "U2", "U3", "U4", "U6", "U7", "U8", "U9", "U10", "U25")
_ANY = (*_LIVE, "U11", "U12", "U19")
_OUTGOING = ("U1", "U2", "U3", "U4", "U10", "U11", "U12", "U19")


def _holds(state: str) -> str:
    return f"{state} {_TIMERS[state]} ch3" if state in _TIMERS else f"{state} ch3"


def _cause(state: str) -> str:
    """What is already known to have ended the call in that state."""
    return {"U11": "16-local", "U12": "17-remote", "U19": "17-remote"}.get(state, "")


def _expiry(name: str) -> str:
    return f"102:{timer_digits(name)}"


def _talk(name: str, start: str, *lines: str, **settings: object) -> Conversation:
    return Conversation(name, Side.USER, (*REACH[start], *lines), dict(settings))


def _ways_in() -> list[Conversation]:
    return [_talk(f"the way to {state}", state) for state in REACH]


def _first_responses() -> list[Conversation]:
    found = []
    for message in ("SETUP_ACKNOWLEDGE", "CALL_PROCEEDING", "ALERTING", "CONNECT"):
        found += [
            Conversation(
                f"any channel, and {message} names none",
                Side.USER,
                (
                    "do setup ch=* => SETUP(ch*) | U1 T303",
                    f"get {message} ch=- => STATUS(96,st1) | U1 T303",
                ),
            ),
            _talk(
                f"exclusively channel 3, and {message} names 4",
                "U1",
                f"get {message} ch=4! => RELEASE(44) | U19 T308 ch3",
                "get RELEASE_COMPLETE => [released:44-local] | U0",
            ),
            Conversation(
                f"preferably channel 3, and {message} names 16, which no one has",
                Side.USER,
                (
                    "do setup ch=3? => SETUP(ch3?) | U1 T303 ch3",
                    f"get {message} ch=16! => RELEASE(6) | U19 T308 ch3",
                ),
            ),
        ]
    moved = "get CALL_PROCEEDING ch=9! => [proceeding] | U3 T310 ch9"
    found.append(
        Conversation(
            "preferably channel 3, and the network gives 9",
            Side.USER,
            ("do setup ch=3? => SETUP(ch3?) | U1 T303 ch3", moved),
        )
    )
    found.append(
        Conversation(
            "any channel, and the network gives 9",
            Side.USER,
            ("do setup ch=* => SETUP(ch*) | U1 T303", moved),
        )
    )
    found += [
        _talk("no channel is named", "U1", "get CALL_PROCEEDING ch=- => STATUS(96,st1) | U1 T303 ch3"),
        _talk("a broken channel", "U1", "octets 08028001 02 1801a9 => STATUS(100:18,st1) | U1 T303 ch3"),
    ]
    return found


def _outgoing() -> list[Conversation]:
    complete = "get CONNECT => CONNECT_ACKNOWLEDGE [connect] | U10 ch3"
    return [
        _talk(
            "overlap sending: digits, proceeding",
            "U2",
            "do information d=12 => INFORMATION(d12) | U2 T304 ch3",
            "get CALL_PROCEEDING => [proceeding] | U3 T310 ch3",
        ),
        _talk("overlap sending: alerting", "U2", "get ALERTING => [alerting] | U4 T301 ch3"),
        _talk("overlap sending: progress stops T304", "U2", "get PROGRESS pi=8 => [progress] | U2 ch3"),
        _talk(
            "overlap sending: T304 anew with each digit",
            "U2",
            f"wait T304 => DISCONNECT({_expiry('T304')}) | U11 T305 ch3",
        ),
        _talk("proceeding: alerting", "U3", "get ALERTING => [alerting] | U4 T301 ch3"),
        _talk("proceeding: progress stops T310", "U3", "get PROGRESS pi=1 => [progress] | U3 ch3"),
        _talk("proceeding: T310", "U3", f"wait T310 => DISCONNECT({_expiry('T310')}) | U11 T305 ch3"),
        _talk("delivered: progress", "U4", "get PROGRESS pi=8 => [progress] | U4 T301 ch3"),
        _talk(
            "delivered: nobody answers",
            "U4",
            f"wait T301 => DISCONNECT({_expiry('T301')}) | U11 T305 ch3",
            "get RELEASE => RELEASE_COMPLETE [released:19-local] | U0",
        ),
        *[_talk(f"answered in {state}", state, complete) for state in ("U2", "U3", "U4")],
        _talk(
            "SETUP once more, then no one",
            "U1",
            "wait T303 => SETUP(ch3!,d300) | U1 T303 ch3",
            f"wait T303 => RELEASE_COMPLETE({_expiry('T303')}) [released:18-local] | U0",
        ),
    ]


def _incoming() -> list[Conversation]:
    t302 = {"number_complete": lambda digits: len(digits) > 3}
    found = [
        _talk(
            "refused as the first response",
            "U6",
            "do reject cause=21 => RELEASE_COMPLETE(21) [released:21-local] | U0",
        ),
        _talk(
            "digits arrive, keypad too",
            "U25",
            "get INFORMATION called=12 => [information] | U25 T302 ch3",
            "get INFORMATION keys=3 => [information] | U25 T302 ch3",
        ),
        _talk(
            "the last digits",
            "U25",
            "get INFORMATION called=12 complete => [information] | U25 ch3",
            "do proceeding => CALL_PROCEEDING | U9 ch3",
        ),
        _talk(
            "T302 with a whole number",
            "U25",
            "get INFORMATION called=12 => [information] | U25 T302 ch3",
            "wait T302 => CALL_PROCEEDING [number-complete] | U9 ch3",
            **t302,
        ),
        _talk("T302 with too few digits", "U25", "wait T302 => DISCONNECT(28) | U11 T305 ch3", **t302),
        _talk(
            "alerting answered",
            "U7",
            "do connect => CONNECT | U8 T313 ch3",
            "get CONNECT_ACKNOWLEDGE => [acknowledged] | U10 ch3",
        ),
        _talk("no CONNECT ACKNOWLEDGE", "U8", f"wait T313 => DISCONNECT({_expiry('T313')}) | U11 T305 ch3"),
        _talk("alerting in-band", "U6", "do alerting pi=8 => ALERTING(ch3!,pi8) | U7 ch3"),
    ]
    found += [
        _talk(f"alerting after {state}", state, "do alerting => ALERTING | U7 ch3") for state in ("U25", "U9")
    ]
    found += [
        _talk(f"connect after {state}", state, "do connect => CONNECT | U8 T313 ch3")
        for state in ("U25", "U9")
    ]
    for state in ("U25", "U9", "U7"):
        found.append(
            _talk(f"progress from {state}", state, f"do progress pi=8 => PROGRESS(pi8) | {_holds(state)}")
        )
    return found


def _asides() -> list[Conversation]:
    found = []
    for state in ("U3", "U4", "U7", "U8", "U9", "U10"):
        found.append(
            _talk(
                f"asides sent in {state}",
                state,
                f"do information d=5 => INFORMATION(d5) | {_holds(state)}",
                f"do notify => NOTIFY(note0) | {_holds(state)}",
            )
        )
    for state in ("U2", "U3", "U4", "U7", "U8", "U9", "U10"):
        found.append(
            _talk(
                f"asides received in {state}",
                state,
                f"get INFORMATION called=5 => [information] | {_holds(state)}",
                f"get NOTIFY note=0 => [notify] | {_holds(state)}",
            )
        )
    return found


def _clearing() -> list[Conversation]:
    found = [
        _talk(
            "clear collision",
            "U11",
            "get DISCONNECT cause=16 => RELEASE(16) | U19 T308 ch3",
            "get RELEASE => [released:16-local] | U0",
        ),
        _talk(
            "DISCONNECT is not answered",
            "U11",
            "wait T305 => RELEASE(16) | U19 T308 ch3",
            f"wait T308 => RELEASE(16,{_expiry('T308')}) | U19 T308 ch3",
            "wait T308 => [released:16-local] | U0 3:maintenance",
        ),
        _talk(
            "tones heard out",
            "U12",
            "do release => RELEASE(17) | U19 T308 ch3",
            "get RELEASE_COMPLETE => [released:17-remote] | U0",
        ),
        _talk(
            "not released by itself",
            "U10",
            "get DISCONNECT cause=16 => [disconnect:16-remote] | U12 ch3",
            "do release => RELEASE(16) | U19 T308 ch3",
            auto_release=False,
        ),
        _talk(
            "cleared without a data link",
            "U10",
            "link down => (EstablishLink) | U10 T309 ch3",
            "do disconnect cause=16 => [released:27-local] | U0",
        ),
        _talk(
            "RELEASE COMPLETE as the first response",
            "U1",
            "get RELEASE_COMPLETE cause=34 => [released:34-remote] | U0",
        ),
    ]
    for state in _LIVE:
        found.append(
            _talk(
                f"DISCONNECT in {state}",
                state,
                "get DISCONNECT cause=16 => RELEASE(16) [disconnect:16-remote] | U19 T308 ch3",
            )
        )
        found.append(
            _talk(
                f"DISCONNECT with tones in {state}",
                state,
                "get DISCONNECT cause=17 pi=8 => [disconnect:17-remote] | U12 ch3",
            )
        )
    for state in ("U1", "U2", "U3", "U4", "U7", "U8", "U9", "U10", "U25"):
        found.append(
            _talk(f"hang up in {state}", state, "do disconnect cause=16 => DISCONNECT(16) | U11 T305 ch3")
        )
    return found


def _any_state() -> list[Conversation]:
    found = []
    for state in _ANY:
        number, cause = state[1:], _cause(state)
        lost = cause or "41-remote"
        found += [
            _talk(
                f"RELEASE COMPLETE in {state}",
                state,
                f"get RELEASE_COMPLETE cause=31 => [released:{cause or '31-remote'}] | U0",
            ),
            _talk(
                f"asked for the state in {state}",
                state,
                f"get STATUS_ENQUIRY => STATUS(30,st{number}) | {_holds(state)}",
            ),
            _talk(
                f"a type that is not implemented, in {state}",
                state,
                f"get DETACH => STATUS(97:40,st{number}) | {_holds(state)}",
            ),
            _talk(
                f"an unexpected message in {state}",
                state,
                f"get RESTART_ACKNOWLEDGE class=0 => STATUS(101:4e,st{number}) | {_holds(state)}",
            ),
            _talk(
                f"a mandatory element missing in {state}",
                state,
                f"get STATUS cause=30 => STATUS(96:14,st{number}) | {_holds(state)}",
            ),
            _talk(
                f"a mandatory element broken in {state}",
                state,
                f"get STATUS cause=30 raw=14 => STATUS(100:14,st{number}) | {_holds(state)}",
            ),
            _talk(f"SETUP again in {state}", state, f"get SETUP => | {_holds(state)}"),
            _talk(
                f"the peer has lost the call in {state}",
                state,
                f"get STATUS cause=30 st=0 => [released:{lost}] | U0",
            ),
            _talk(
                f"channel restarted in {state}",
                state,
                f"get RESTART ref=0 flag=0 ch=3! class=0 => [released:{lost}] "
                "RESTART_ACKNOWLEDGE(ref=0f,ch3!,class0) [restart:3] | U0",
            ),
        ]
        if state != "U19":
            found.append(
                _talk(
                    f"RELEASE in {state}",
                    state,
                    f"get RELEASE cause=31 => RELEASE_COMPLETE [released:{cause or '31-remote'}] | U0",
                )
            )
    return found


def _while_clearing() -> list[Conversation]:
    found = []
    found.append(_talk("RELEASE in U19", "U19", "get RELEASE => [released:17-remote] | U0"))
    found.append(_talk("STATUS in U19", "U19", "get STATUS cause=101 st=11 => | U19 T308 ch3"))
    found += [
        _talk(
            f"STATUS in {state}",
            state,
            f"get STATUS cause=101 st=10 => [status:{_cause(state)}] | {_holds(state)}",
        )
        for state in ("U11", "U12")
    ]
    return found


def _status() -> list[Conversation]:
    found = []
    for state in _LIVE:
        held = _holds(state)
        timers = sorted([_TIMERS[state], "T322"] if state in _TIMERS else ["T322"])
        asking = f"{state} {' '.join(timers)} ch3"
        found += [
            _talk(
                f"state compared in {state}",
                state,
                f"do status_enquiry => STATUS_ENQUIRY | {asking}",
                f"get STATUS cause=30 st=10 => [status] | {held}",
            ),
            _talk(
                f"states differ in {state}",
                state,
                "get STATUS cause=30 st=12 => DISCONNECT(101) | U11 T305 ch3",
            ),
        ]
    for state in _LIVE:
        short = {"t301": 64000, "t302": 64000, "t303": 64000, "t304": 64000, "t310": 64000, "t313": 64000}
        slow = {name: value * 3600 for name, value in short.items()}
        asking = f"{state} {' '.join(sorted([_TIMERS[state], 'T322'] if state in _TIMERS else ['T322']))} ch3"
        found.append(
            _talk(
                f"STATUS ENQUIRY unanswered in {state}",
                state,
                f"do status_enquiry => STATUS_ENQUIRY | {asking}",
                f"wait T322 => STATUS_ENQUIRY | {asking}",
                "wait T322 => DISCONNECT(41) | U11 T305 ch3",
                **slow,
            )
        )
    return found


def _link() -> list[Conversation]:
    found = [
        _talk(
            "link lost while active, and back",
            "U10",
            "link down => (EstablishLink) | U10 T309 ch3",
            "link up => STATUS_ENQUIRY | U10 T322 ch3",
            "get STATUS cause=30 st=10 => [status] | U10 ch3",
        ),
        _talk(
            "link lost while active, for good",
            "U10",
            "link down => (EstablishLink) | U10 T309 ch3",
            "wait T309 => [released:27-local] | U0",
        ),
        _talk("link reset while active", "U10", "link up => STATUS_ENQUIRY | U10 T322 ch3"),
        *[
            _talk(f"link reset in {state}", state, "link up => DISCONNECT(41) | U11 T305 ch3")
            for state in ("U2", "U25")
        ],
        *[
            _talk(f"link reset in {state} changes nothing", state, f"link up => | {_holds(state)}")
            for state in ("U1", "U3", "U4", "U6", "U7", "U8", "U9", "U11", "U12", "U19")
        ],
    ]
    for state in _ANY:
        if state != "U10":
            cause = _cause(state) or "27-local"
            found.append(_talk(f"link lost in {state}", state, f"link down => [released:{cause}] | U0"))
    return found


def _broadcast() -> list[Conversation]:
    """One terminal of several: what comes by broadcast, and a data link that comes when it is needed."""
    several = {"point_to_multipoint": True}
    arrives = "get SETUP broadcast ch=3! => [setup] | U6 ch3"

    def terminal(name: str, *lines: str) -> Conversation:
        return Conversation(f"one of several terminals: {name}", Side.USER, lines, dict(several))

    return [
        terminal("not for this one", arrives, "do ignore => [released] | U0"),
        terminal("SETUP once more", arrives, "get SETUP broadcast ch=3! => | U6 ch3"),
        terminal("busy", arrives, "do reject cause=17 => @64:RELEASE_COMPLETE(17) [released:17-local] | U0"),
        terminal(
            "another was faster",
            arrives,
            "do alerting => @64:ALERTING(ch3!) | U7 ch3",
            "do connect => @64:CONNECT | U8 T313 ch3",
            "get RELEASE cause=26 => @64:RELEASE_COMPLETE [released:26-remote] | U0",
        ),
        terminal(
            "the answer waits for the data link",
            "link down => |",
            arrives,
            "do alerting => (EstablishLink) | U7 ch3",
            "do connect => | U8 T313 ch3",
            "link up 70 => @70:ALERTING(ch3!) @70:CONNECT | U8 T313 ch3",
        ),
        terminal(
            "the data link does not come",
            "link down => |",
            arrives,
            "do alerting => (EstablishLink) | U7 ch3",
            "link down => | U7 ch3",
            "link up 64 => | U7 ch3",
        ),
        terminal("other messages by broadcast begin nothing", "get CONNECT broadcast => |"),
        terminal("nor does RESTART", "get RESTART ref=0 broadcast class=7 => |"),
    ]


CONVERSATIONS = [
    *_ways_in(),
    *_first_responses(),
    *_outgoing(),
    *_incoming(),
    *_asides(),
    *_clearing(),
    *_any_state(),
    *_while_clearing(),
    *_status(),
    *_link(),
    *_broadcast(),
]
"""All conversations of this side, but for those about the null state (`q931_null`)."""
