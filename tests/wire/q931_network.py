"""Conversations with the network side: every cell of `table_network`, each with the outcome that Q.931 asks
for.
"""

from __future__ import annotations

from q931_talk import Conversation, timer_digits

from trunkwire.side import Side

# The ways into each state, from nothing.
_OUT = "do setup ch=3! called=300 => SETUP(ch3!,d300) | N6 T303 ch3"
_IN = "get SETUP ch=3! called=300 => [setup] | N1 ch3"
REACH: dict[str, tuple[str, ...]] = {
    "N0": (),
    "N1": (_IN,),
    "N2": (_IN, "do more_info => SETUP_ACKNOWLEDGE(ch3!) | N2 T302 ch3"),
    "N3": (_IN, "do proceeding => CALL_PROCEEDING(ch3!) | N3 ch3"),
    "N4": (_IN, "do alerting => ALERTING(ch3!) | N4 ch3"),
    "N6": (_OUT,),
    "N25": (_OUT, "get SETUP_ACKNOWLEDGE ch=3! => [more-info] | N25 T304 ch3"),
    "N9": (_OUT, "get CALL_PROCEEDING ch=3! => [proceeding] | N9 T310 ch3"),
    "N7": (_OUT, "get ALERTING ch=3! => [alerting] | N7 T301 ch3"),
    "N10": (_IN, "do connect => CONNECT(ch3!) | N10 ch3"),
    "N11": (_OUT, "get DISCONNECT cause=17 pi=8 => [disconnect:17-remote] | N11 ch3"),
    "N12": (_OUT, "do disconnect cause=16 => DISCONNECT(16) | N12 T305 ch3"),
    "N19": (_OUT, "get DISCONNECT cause=17 => RELEASE(17) [disconnect:17-remote] | N19 T308 ch3"),
}
WAITS = {"auto_acknowledge": False}
REACH_N8 = (_OUT, "get CONNECT ch=3! => [connect] | N8 ch3")
_TIMERS = {
    "N2": "T302",
    "N6": "T303",
    "N7": "T301",
    "N9": "T310",
    "N12": "T305",
    "N19": "T308",
    "N25": "T304",
}
_LIVE = ("N1", "N2", "N3", "N4", "N6", "N7", "N8", "N9", "N10", "N25")
_ANY = (*_LIVE, "N11", "N12", "N19")


def _holds(state: str) -> str:
    return f"{state} {_TIMERS[state]} ch3" if state in _TIMERS else f"{state} ch3"


def _cause(state: str) -> str:
    """What is already known to have ended the call in that state."""
    return {"N12": "16-local", "N11": "17-remote", "N19": "17-remote"}.get(state, "")


def _expiry(name: str) -> str:
    return f"102:{timer_digits(name)}"


def _talk(name: str, start: str, *lines: str, **settings: object) -> Conversation:
    if start == "N8":
        return Conversation(name, Side.NETWORK, (*REACH_N8, *lines), {**WAITS, **settings})
    return Conversation(name, Side.NETWORK, (*REACH[start], *lines), dict(settings))


def _ways_in() -> list[Conversation]:
    return [_talk(f"the way to {state}", state) for state in (*REACH, "N8")]


def _first_responses() -> list[Conversation]:
    found = []
    for message in ("SETUP_ACKNOWLEDGE", "CALL_PROCEEDING", "ALERTING", "CONNECT"):
        found += [
            Conversation(
                f"any channel, and {message} names none",
                Side.NETWORK,
                ("do setup ch=* => SETUP(ch*) | N6 T303", f"get {message} ch=- => STATUS(96,st6) | N6 T303"),
            ),
            _talk(
                f"exclusively channel 3, and {message} names 4",
                "N6",
                f"get {message} ch=4! => RELEASE(44) | N19 T308 ch3",
                "get RELEASE_COMPLETE => [released:44-local] | N0",
            ),
            Conversation(
                f"preferably channel 3, and {message} names 16, which no one has",
                Side.NETWORK,
                (
                    "do setup ch=3? => SETUP(ch3?) | N6 T303 ch3",
                    f"get {message} ch=16! => RELEASE(6) | N19 T308 ch3",
                ),
            ),
        ]
    for choice, sent, held in (("3?", "ch3?", " ch3"), ("*", "ch*", "")):
        found.append(
            Conversation(
                f"the user chooses, asked for {choice}",
                Side.NETWORK,
                (
                    f"do setup ch={choice} => SETUP({sent}) | N6 T303{held}",
                    "get CALL_PROCEEDING ch=9! => [proceeding] | N9 T310 ch9",
                ),
            )
        )
    return found


def _outgoing() -> list[Conversation]:
    answered = "get CONNECT => CONNECT_ACKNOWLEDGE [connect] | N10 ch3"
    waiting = "get CONNECT => [connect] | N8 ch3"
    found = [
        _talk(
            "overlap receiving: digits, proceeding",
            "N25",
            "do information d=12 => INFORMATION(d12) | N25 T304 ch3",
            "get CALL_PROCEEDING => [proceeding] | N9 T310 ch3",
        ),
        _talk("overlap receiving: progress stops T304", "N25", "get PROGRESS pi=8 => [progress] | N25 ch3"),
        _talk("overlap receiving: T304", "N25", f"wait T304 => DISCONNECT({_expiry('T304')}) | N12 T305 ch3"),
        _talk("proceeding: progress stops T310", "N9", "get PROGRESS pi=8 => [progress] | N9 ch3"),
        _talk(
            "proceeding: T310",
            "N9",
            f"wait T310 => DISCONNECT({_expiry('T310')}) | N12 T305 ch3",
            "get RELEASE => RELEASE_COMPLETE [released:18-local] | N0",
        ),
        _talk("alerting: progress", "N7", "get PROGRESS pi=8 => [progress] | N7 T301 ch3"),
        _talk(
            "alerting: nobody answers",
            "N7",
            f"wait T301 => DISCONNECT({_expiry('T301')}) | N12 T305 ch3",
            "get RELEASE => RELEASE_COMPLETE [released:19-local] | N0",
        ),
        _talk("answered at once", "N6", "get CONNECT ch=3! => CONNECT_ACKNOWLEDGE [connect] | N10 ch3"),
        _talk("connected by hand", "N8", "do acknowledge => CONNECT_ACKNOWLEDGE | N10 ch3"),
        _talk(
            "SETUP once more, then no one",
            "N6",
            "wait T303 => SETUP(ch3!,d300) | N6 T303 ch3",
            f"wait T303 => RELEASE_COMPLETE({_expiry('T303')}) [released:18-local] | N0",
        ),
        _talk(
            "the caller's CONNECT ACKNOWLEDGE", "N10", "get CONNECT_ACKNOWLEDGE => [acknowledged] | N10 ch3"
        ),
    ]
    for state in ("N25", "N9"):
        found.append(_talk(f"alerting after {state}", state, "get ALERTING => [alerting] | N7 T301 ch3"))
    for state in ("N25", "N9", "N7"):
        found.append(_talk(f"answered in {state}", state, answered))
        found.append(_talk(f"answered in {state}, not yet connected", state, waiting, **WAITS))
    return found


def _incoming() -> list[Conversation]:
    t302 = {"number_complete": lambda digits: len(digits) > 3}
    found = [
        _talk(
            "refused as the first response",
            "N1",
            "do reject cause=1 => RELEASE_COMPLETE(1) [released:1-local] | N0",
        ),
        _talk(
            "digits arrive",
            "N2",
            "get INFORMATION called=12 => [information] | N2 T302 ch3",
            "get INFORMATION keys=3 => [information] | N2 T302 ch3",
        ),
        _talk(
            "the last digits",
            "N2",
            "get INFORMATION called=12 complete => [information] | N2 ch3",
            "do proceeding => CALL_PROCEEDING | N3 ch3",
        ),
        _talk(
            "T302 with a whole number",
            "N2",
            "get INFORMATION called=12 => [information] | N2 T302 ch3",
            "wait T302 => CALL_PROCEEDING [number-complete] | N3 ch3",
            **t302,
        ),
        _talk("a word to the caller who dials", "N2", "do information => INFORMATION | N2 T302 ch3"),
        _talk("T302 with too few digits", "N2", "wait T302 => DISCONNECT(28) | N12 T305 ch3", **t302),
        _talk("alerting answered", "N4", "do connect => CONNECT | N10 ch3"),
    ]
    found += [
        _talk(f"alerting after {state}", state, "do alerting => ALERTING | N4 ch3") for state in ("N2", "N3")
    ]
    found += [
        _talk(f"connect after {state}", state, "do connect => CONNECT | N10 ch3") for state in ("N2", "N3")
    ]
    for state in ("N2", "N3", "N4"):
        found.append(
            _talk(f"progress from {state}", state, f"do progress pi=8 => PROGRESS(pi8) | {_holds(state)}")
        )
    return found


def _asides() -> list[Conversation]:
    return [
        _talk(
            f"asides in {state}",
            state,
            f"do information d=5 => INFORMATION(d5) | {_holds(state)}",
            f"do notify => NOTIFY(note0) | {_holds(state)}",
            f"get INFORMATION called=5 => [information] | {_holds(state)}",
            f"get NOTIFY note=0 => [notify] | {_holds(state)}",
        )
        for state in ("N3", "N4", "N7", "N8", "N9", "N10")
    ]


def _clearing() -> list[Conversation]:
    tones = "do disconnect cause=17 pi=8 => DISCONNECT(17,pi8) | N12 T306 ch3"
    found = [
        _talk(
            "clear collision",
            "N12",
            "get DISCONNECT cause=16 => RELEASE(16) | N19 T308 ch3",
            "get RELEASE => [released:16-local] | N0",
        ),
        _talk(
            "DISCONNECT is not answered",
            "N12",
            "wait T305 => RELEASE(16) | N19 T308 ch3",
            f"wait T308 => RELEASE(16,{_expiry('T308')}) | N19 T308 ch3",
            "wait T308 => [released:16-local] | N0 3:maintenance",
        ),
        _talk("the tone ends with T306", "N3", tones, "wait T306 => RELEASE(17) | N19 T308 ch3"),
        _talk("the tone ends by hand", "N3", tones, "do release => RELEASE(17) | N19 T308 ch3"),
        _talk(
            "tones heard out",
            "N11",
            "do release => RELEASE(17) | N19 T308 ch3",
            "get RELEASE_COMPLETE => [released:17-remote] | N0",
        ),
        _talk(
            "not released by itself",
            "N10",
            "get DISCONNECT cause=16 => [disconnect:16-remote] | N11 ch3",
            "do release => RELEASE(16) | N19 T308 ch3",
            auto_release=False,
        ),
        _talk(
            "cleared without a data link",
            "N10",
            "link down => (EstablishLink) | N10 T309 ch3",
            "do disconnect cause=16 => [released:27-local] | N0",
        ),
    ]
    for state in _LIVE:
        found += [
            _talk(
                f"DISCONNECT in {state}",
                state,
                "get DISCONNECT cause=16 => RELEASE(16) [disconnect:16-remote] | N19 T308 ch3",
            ),
            _talk(
                f"DISCONNECT with tones in {state}",
                state,
                "get DISCONNECT cause=17 pi=8 => [disconnect:17-remote] | N11 ch3",
            ),
        ]
        if state != "N1":
            found += [
                _talk(
                    f"hang up in {state}", state, "do disconnect cause=16 => DISCONNECT(16) | N12 T305 ch3"
                ),
                _talk(f"hang up with tones in {state}", state, tones),
            ]
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
                f"get RELEASE_COMPLETE cause=31 => [released:{cause or '31-remote'}] | N0",
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
                f"get STATUS cause=30 st=0 => [released:{lost}] | N0",
            ),
            _talk(
                f"channel restarted in {state}",
                state,
                f"get RESTART ref=0 flag=0 ch=3! class=0 => [released:{lost}] "
                "RESTART_ACKNOWLEDGE(ref=0f,ch3!,class0) [restart:3] | N0",
            ),
        ]
        if state != "N19":
            found.append(
                _talk(
                    f"RELEASE in {state}",
                    state,
                    f"get RELEASE cause=31 => RELEASE_COMPLETE [released:{cause or '31-remote'}] | N0",
                )
            )
    return found


def _while_clearing() -> list[Conversation]:
    found = []
    found.append(_talk("RELEASE in N19", "N19", "get RELEASE => [released:17-remote] | N0"))
    found.append(_talk("STATUS in N19", "N19", "get STATUS cause=101 st=11 => | N19 T308 ch3"))
    found += [
        _talk(
            f"STATUS in {state}",
            state,
            f"get STATUS cause=101 st=10 => [status:{_cause(state)}] | {_holds(state)}",
        )
        for state in ("N11", "N12")
    ]
    return found


def _status() -> list[Conversation]:
    found = []
    slow = dict.fromkeys(("t301", "t302", "t303", "t304", "t310"), 64000 * 3600)
    for state in _LIVE:
        held = _holds(state)
        asking = f"{state} {' '.join(sorted([_TIMERS[state], 'T322'] if state in _TIMERS else ['T322']))} ch3"
        ask = f"do status_enquiry => STATUS_ENQUIRY | {asking}"
        found += [
            _talk(
                f"state compared in {state}", state, ask, f"get STATUS cause=30 st=10 => [status] | {held}"
            ),
            _talk(
                f"states differ in {state}",
                state,
                "get STATUS cause=30 st=12 => DISCONNECT(101) | N12 T305 ch3",
            ),
            _talk(
                f"STATUS ENQUIRY unanswered in {state}",
                state,
                ask,
                f"wait T322 => STATUS_ENQUIRY | {asking}",
                "wait T322 => DISCONNECT(41) | N12 T305 ch3",
                **slow,
            ),
        ]
    return found


def _link() -> list[Conversation]:
    found = [
        _talk(
            "link lost while active, and back",
            "N10",
            "link down => (EstablishLink) | N10 T309 ch3",
            "link up => STATUS_ENQUIRY | N10 T322 ch3",
            "get STATUS cause=30 st=10 => [status] | N10 ch3",
        ),
        _talk(
            "link lost while active, for good",
            "N10",
            "link down => (EstablishLink) | N10 T309 ch3",
            "wait T309 => [released:27-local] | N0",
        ),
        _talk("link reset while active", "N10", "link up => STATUS_ENQUIRY | N10 T322 ch3"),
        *[
            _talk(f"link reset in {state}", state, "link up => DISCONNECT(41) | N12 T305 ch3")
            for state in ("N2", "N25")
        ],
        *[
            _talk(f"link reset in {state} changes nothing", state, f"link up => | {_holds(state)}")
            for state in ("N1", "N3", "N4", "N6", "N7", "N8", "N9", "N11", "N12", "N19")
        ],
    ]
    for state in _ANY:
        if state != "N10":
            cause = _cause(state) or "27-local"
            found.append(_talk(f"link lost in {state}", state, f"link down => [released:{cause}] | N0"))
    return found


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
]
"""All conversations of this side, but for those about the null state (`q931_null`)."""
