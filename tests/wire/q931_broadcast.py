"""Conversations with the network side of several terminals: a call offered to all of them (Q.931 5.2)."""

from __future__ import annotations

from q931_talk import Conversation, timer_digits

from trunkwire.side import Side

_SEVERAL = {"point_to_multipoint": True, "channels": (1, 2), "reference_length": 1}
_BY_HAND = {**_SEVERAL, "auto_acknowledge": False}

_OUT = "do setup ch=1! called=300 => @all:SETUP(ch1!,d300) | N6 T303 ch1 T312"
_LATER = "wait T312 => | {}"
REACH: dict[str, tuple[str, ...]] = {
    "N6": (_OUT,),
    "N25": (_OUT, "get SETUP_ACKNOWLEDGE tei=64 => [more-info] | N25 ch1 @64:N25 T304 T312"),
    "N9": (_OUT, "get CALL_PROCEEDING tei=64 ch=1! => [proceeding] | N9 T310 ch1 @64:N9 T312"),
    "N7": (_OUT, "get ALERTING tei=64 => [alerting] | N7 T301 ch1 @64:N7 T312"),
    "N8": (_OUT, "get CONNECT tei=64 => [connect] | N8 ch1 @64:N8 T312"),
    "N19": (
        _OUT,
        "get ALERTING tei=64 => [alerting] | N7 T301 ch1 @64:N7 T312",
        "get DISCONNECT tei=64 cause=17 => @64:RELEASE(17) | N7 T301 ch1 @64:N19 T308 T312",
    ),
}
"""What has happened when terminal 64 is in that state."""

_HELD = {
    "N6": "N6 T303 ch1 T312",
    "N25": "N25 ch1 @64:N25 T304 T312",
    "N9": "N9 T310 ch1 @64:N9 T312",
    "N7": "N7 T301 ch1 @64:N7 T312",
    "N8": "N8 ch1 @64:N8 T312",
    "N19": "N7 T301 ch1 @64:N19 T308 T312",
}
_ALONE = {"N25": "N25 ch1", "N9": "N9 T310 ch1", "N7": "N7 T301 ch1", "N8": "N8 ch1"}
"""The call when its only terminal is gone while T312 runs."""

_ANSWERED = ("N25", "N9", "N7", "N8")
_FIRST = ("SETUP_ACKNOWLEDGE", "CALL_PROCEEDING", "ALERTING", "CONNECT")


def _talk(name: str, start: str, *lines: str, by_hand: bool = False, **settings: object) -> Conversation:
    chosen = _BY_HAND if by_hand or start == "N8" else _SEVERAL
    return Conversation(f"to all: {name}", Side.NETWORK, (*REACH[start], *lines), {**chosen, **settings})


def _late(state: str) -> str:
    return f"wait T312 => | {_HELD[state].removesuffix(' T312')}"


def _expired(timer: str) -> str:
    return f"102:{timer_digits(timer)}"


def _offered() -> list[Conversation]:
    found = [_talk(f"the way to {state}", state) for state in REACH]
    found += [
        _talk(
            "nobody answers",
            "N6",
            "wait T303 => @all:SETUP(ch1!,d300) | N6 T303 ch1 T312",
            "wait T303 => [disconnect:18-local] | N22 ch1 T312",
            "wait T312 => [released:18-local] | N0",
        ),
        _talk(
            "somebody is busy, and rejected has preference",
            "N6",
            "get RELEASE_COMPLETE tei=64 cause=17 => | N6 T303 ch1 T312",
            "get RELEASE_COMPLETE tei=65 cause=21 => | N6 T303 ch1 T312",
            "get RELEASE_COMPLETE tei=66 cause=88 => | N6 T303 ch1 T312",
            "wait T303 => [disconnect:21-remote] | N22 ch1 T312",
            "wait T312 => [released:21-remote] | N0",
        ),
        _talk(
            "incompatible only is as if nobody had answered",
            "N6",
            "get RELEASE_COMPLETE tei=64 cause=88 => | N6 T303 ch1 T312",
            "wait T303 => @all:SETUP(ch1!,d300) | N6 T303 ch1 T312",
        ),
        _talk(
            "digits to those who ask, and what they missed to those who ask later",
            "N25",
            "do information d=12 => @64:INFORMATION(d12) | N25 ch1 @64:N25 T304 T312",
            "get SETUP_ACKNOWLEDGE tei=65 => @65:INFORMATION(d12) | N25 ch1 @64:N25 @65:N25 T304 T304 T312",
            "do information d=3 => @64:INFORMATION(d3) @65:INFORMATION(d3) "
            "| N25 ch1 @64:N25 @65:N25 T304 T304 T312",
            "get CALL_PROCEEDING tei=64 => [proceeding] | N9 T310 ch1 @64:N9 @65:N25 T304 T312",
        ),
    ]
    for state, name, after in (
        ("N25", "CALL_PROCEEDING", "[proceeding] | N9 T310 ch1 @64:N9 T312"),
        ("N25", "ALERTING", "[alerting] | N7 T301 ch1 @64:N7 T312"),
        ("N9", "ALERTING", "[alerting] | N7 T301 ch1 @64:N7 T312"),
    ):
        found.append(_talk(f"{name} after {state}", state, f"get {name} tei=64 => {after}"))
    return found


def _timed_out() -> list[Conversation]:
    """Timers that end the call when a terminal has answered (5.2.4, 5.2.5.4)."""
    return [
        _talk(
            "no digits in time",
            "N25",
            _late("N25"),
            f"wait T304 => @64:RELEASE({_expired('T304')}) [disconnect:102-remote] | N22 ch1 @64:N19 T308",
            "get RELEASE_COMPLETE tei=64 => [released:102-remote] | N0",
        ),
        _talk(
            "proceeding and no more",
            "N9",
            _late("N9"),
            f"wait T310 => @64:RELEASE({_expired('T310')}) [disconnect:18-local] | N22 ch1 @64:N19 T308",
            "get RELEASE_COMPLETE tei=64 => [released:18-local] | N0",
        ),
        _talk(
            "two are alerting and nobody answers",
            "N7",
            "get ALERTING tei=65 => | N7 T301 ch1 @64:N7 @65:N7 T312",
            "wait T312 => | N7 T301 ch1 @64:N7 @65:N7",
            f"wait T301 => @64:RELEASE({_expired('T301')}) @65:RELEASE({_expired('T301')}) "
            "[disconnect:19-local] | N22 ch1 @64:N19 @65:N19 T308 T308",
            "get RELEASE_COMPLETE tei=64 => | N22 ch1 @65:N19 T308",
            "get RELEASE_COMPLETE tei=65 => [released:19-local] | N0",
        ),
    ]


def _connected() -> list[Conversation]:
    found = []
    for state in ("N6", "N25", "N9", "N7"):
        found += [
            _talk(
                f"answered in {state}",
                state,
                "get CONNECT tei=64 => @64:CONNECT_ACKNOWLEDGE [connect] | N10 ch1 T312",
                "wait T312 => | N10 ch1",
                "get ALERTING tei=65 => @65:RELEASE_COMPLETE(81) | N10 ch1",
                "get DISCONNECT tei=64 cause=16 => @64:RELEASE(16) [disconnect:16-remote] | N19 T308 ch1",
                "get RELEASE_COMPLETE tei=64 => [released:16-remote] | N0",
            ),
            _talk(
                f"answered in {state}, not yet connected",
                state,
                "get CONNECT tei=64 => [connect] | N8 ch1 @64:N8 T312",
                by_hand=True,
            ),
        ]
    return found


def _selected() -> list[Conversation]:
    """The first to answer has the call, by itself or by hand; what becomes of the others (5.2.8, 5.2.9)."""
    return [
        _talk(
            "the first to answer wins, the others are released",
            "N7",
            "get CALL_PROCEEDING tei=65 => | N7 T301 ch1 @64:N7 @65:N9 T312",
            "get CONNECT tei=65 => @65:CONNECT_ACKNOWLEDGE @64:RELEASE(26) [connect] "
            "| N10 ch1 @64:N19 T308 T312",
            "get CONNECT tei=64 => @64:STATUS(101:07,st19) | N10 ch1 @64:N19 T308 T312",
            "get RELEASE_COMPLETE tei=64 => | N10 ch1 T312",
        ),
        _talk(
            "connected by hand; the second to answer is released",
            "N8",
            "get CONNECT tei=65 => | N8 ch1 @64:N8 @65:N8 T312",
            "do acknowledge => @64:CONNECT_ACKNOWLEDGE @65:RELEASE(26) | N10 ch1 @65:N19 T308 T312",
        ),
        _talk(
            "the first to answer withdraws before it is connected",
            "N8",
            "get RELEASE_COMPLETE tei=64 cause=16 => [disconnect:16-remote] | N22 ch1 T312",
            "wait T312 => [released:16-remote] | N0",
        ),
        _talk(
            "the first to answer withdraws, and nobody may answer any more",
            "N8",
            _late("N8"),
            "get RELEASE_COMPLETE tei=64 cause=16 => [released:16-remote] | N0",
        ),
        _talk(
            "the call ends before T312: its reference is kept for those who answer late",
            "N6",
            "get CONNECT tei=64 => @64:CONNECT_ACKNOWLEDGE [connect] | N10 ch1 T312",
            "get RELEASE tei=64 cause=16 => @64:RELEASE_COMPLETE [released:16-remote] | N0 T312",
            "get ALERTING tei=65 => @65:RELEASE(26) | N0 @65:N19 T308 T312",
            "get RELEASE_COMPLETE tei=65 => | N0 T312",
            "wait T312 => | N0",
        ),
    ]


def _late_answers() -> list[Conversation]:
    found = []
    for name in _FIRST:
        found += [
            _talk(
                f"{name} when another has the call",
                "N6",
                "get CONNECT tei=64 => @64:CONNECT_ACKNOWLEDGE [connect] | N10 ch1 T312",
                f"get {name} tei=65 => @65:RELEASE(26) | N10 ch1 @65:N19 T308 T312",
            ),
            _talk(
                f"{name} names another channel",
                "N6",
                f"get {name} tei=64 ch=2! => @64:RELEASE(6) | N6 T303 ch1 @64:N19 T308 T312",
            ),
            _talk(
                f"{name} after the caller has hung up",
                "N6",
                "do disconnect cause=16 => | N22 ch1 T312",
                f"get {name} tei=64 => @64:RELEASE(16) | N22 ch1 @64:N19 T308 T312",
                "get RELEASE_COMPLETE tei=64 => | N22 ch1 T312",
                "wait T312 => [released:16-local] | N0",
            ),
        ]
    return found


def _not_taken() -> list[Conversation]:
    """Terminals that clear: the cause is kept while T312 runs, and then decides (5.2.5.3)."""
    found = []
    for state in _ANSWERED:
        held = f"{_ALONE[state]} T312" if state != "N8" else ""
        for name, answer in (("RELEASE_COMPLETE", ""), ("RELEASE", "@64:RELEASE_COMPLETE ")):
            told = f"{answer}[disconnect:17-remote] | N22 ch1 T312"
            kept = told if state == "N8" else f"{answer}| {held}"
            lines = [f"get {name} tei=64 cause=17 => {kept}"]
            if state != "N8":
                lines.append("wait T312 => [released:17-remote] | N0")
            found.append(_talk(f"{name} in {state}", state, *lines))
        cleared = f"{_ALONE[state]} @64:N19 T308 T312"
        if state == "N8":
            cleared = "[disconnect:17-remote] | N22 ch1 @64:N19 T308 T312"
        else:
            cleared = f"| {cleared}"
            found += [
                _talk(
                    f"DISCONNECT in {state} after T312",
                    state,
                    _late(state),
                    "get DISCONNECT tei=64 cause=17 => @64:RELEASE(17) [disconnect:17-remote] "
                    "| N22 ch1 @64:N19 T308",
                    "get RELEASE_COMPLETE tei=64 => [released:17-remote] | N0",
                ),
                _talk(
                    f"RELEASE COMPLETE in {state} after T312",
                    state,
                    _late(state),
                    "get RELEASE_COMPLETE tei=64 cause=17 => [released:17-remote] | N0",
                ),
            ]
        found.append(
            _talk(
                f"DISCONNECT in {state}",
                state,
                f"get DISCONNECT tei=64 cause=17 => @64:RELEASE(17) {cleared}",
            )
        )
    return found


def _merged() -> list[Conversation]:
    """Several terminals that do not take the call: whose cause the calling user is told (5.2.5.3)."""
    return [
        _talk(
            "RELEASE as the first answer",
            "N6",
            "get RELEASE tei=64 cause=17 => @64:RELEASE_COMPLETE | N6 T303 ch1 T312",
        ),
        _talk(
            "DISCONNECT as the first answer",
            "N6",
            "get DISCONNECT tei=64 cause=17 => @64:RELEASE(17) | N6 T303 ch1 @64:N19 T308 T312",
        ),
        _talk(
            "one clears and the other still alerts",
            "N7",
            "get ALERTING tei=65 => | N7 T301 ch1 @64:N7 @65:N7 T312",
            "wait T312 => | N7 T301 ch1 @64:N7 @65:N7",
            "get RELEASE_COMPLETE tei=64 cause=21 => | N7 T301 ch1 @65:N7",
            "get RELEASE_COMPLETE tei=65 cause=17 => [released:21-remote] | N0",
        ),
        _talk(
            "after ALERTING the first cause to come counts, busy or not",
            "N7",
            "get CALL_PROCEEDING tei=65 => | N7 T301 ch1 @64:N7 @65:N9 T312",
            "get RELEASE_COMPLETE tei=64 cause=27 => | N7 T301 ch1 @65:N9 T312",
            "get RELEASE_COMPLETE tei=65 cause=17 => | N7 T301 ch1 T312",
            "wait T312 => [released:27-remote] | N0",
        ),
        _talk(
            "before ALERTING busy has preference",
            "N9",
            "get CALL_PROCEEDING tei=65 => | N9 T310 ch1 @64:N9 @65:N9 T312",
            "get RELEASE_COMPLETE tei=64 cause=27 => | N9 T310 ch1 @65:N9 T312",
            "get RELEASE_COMPLETE tei=65 cause=17 => | N9 T310 ch1 T312",
            "wait T312 => [released:17-remote] | N0",
        ),
    ]


def _called_off() -> list[Conversation]:
    """The calling user clears, or the channel is restarted, while terminals have answered (5.3.2 e)."""
    restart = "get RESTART ref=0 flag=0 tei=66 ch=1! class=0 =>"
    done = "[disconnect:41-remote] @66:RESTART_ACKNOWLEDGE(ref=0f,ch1!,class0) [restart:1]"
    found = [
        _talk("called off in N6", "N6", "do disconnect cause=16 => | N22 ch1 T312"),
        _talk("channel restarted in N6", "N6", f"{restart} {done} | N22 T312"),
    ]
    for state in _ANSWERED:
        found += [
            _talk(
                f"called off in {state}",
                state,
                "do disconnect cause=16 => @64:RELEASE(16) | N22 ch1 @64:N19 T308 T312",
                "get RELEASE_COMPLETE tei=64 => | N22 ch1 T312",
                "wait T312 => [released:16-local] | N0",
            ),
            _talk(
                f"called off in {state} after T312",
                state,
                _late(state),
                "do disconnect cause=16 => @64:RELEASE(16) | N22 ch1 @64:N19 T308",
                "get RELEASE tei=64 => [released:16-local] | N0",
            ),
            _talk(
                f"channel restarted in {state}",
                state,
                f"{restart} @64:RELEASE(41) {done} | N22 @64:N19 T308 T312",
            ),
        ]
    return found


def _asides() -> list[Conversation]:
    found = []
    for state in (*_ANSWERED, "N19"):
        number, held = state[1:], _HELD[state]
        found.append(
            _talk(
                f"what is wrong from a terminal in {state}",
                state,
                f"get STATUS_ENQUIRY tei=64 => @64:STATUS(30,st{number}) | {held}",
                f"get STATUS tei=64 cause=30 st=7 => | {held}",
                f"get 0x77 tei=64 => @64:STATUS(97:77,st{number}) | {held}",
                f"get RESTART_ACKNOWLEDGE tei=64 class=0 => @64:STATUS(101:4e,st{number}) | {held}",
                f"get STATUS tei=64 cause=30 => @64:STATUS(96:14,st{number}) | {held}",
            )
        )
    for state in _ANSWERED:
        alone = f"{_ALONE[state]} T312" if state != "N8" else "N22 ch1 T312"
        told = "[disconnect:{}-remote] " if state == "N8" else ""
        found += [
            _talk(
                f"asides of a terminal in {state}",
                state,
                f"get INFORMATION tei=64 called=5 => [information] | {_HELD[state]}",
                f"get NOTIFY tei=64 note=0 => [notify] | {_HELD[state]}",
            ),
            _talk(
                f"a terminal in {state} has lost the call",
                state,
                f"get STATUS tei=64 cause=30 st=0 => {told.format(41)}| {alone}",
            ),
            _talk(
                f"the data link of a terminal in {state} is lost",
                state,
                f"link down 64 => {told.format(27)}| {alone}",
            ),
        ]
    found += [
        _talk(f"progress of a terminal in {state}", state, f"get PROGRESS tei=64 pi=8 => [progress] | {held}")
        for state, held in (("N25", "N25 ch1 @64:N25 T312"), ("N9", _HELD["N9"]), ("N7", _HELD["N7"]))
    ]
    return found


def _first_is_wrong() -> list[Conversation]:
    """A terminal whose first message is no answer is not counted among those that answer."""
    held = _HELD["N6"]
    return [
        _talk(f"first of all, {name}", "N6", f"get {what} => {answer}| {held}")
        for name, what, answer in (
            ("STATUS ENQUIRY", "STATUS_ENQUIRY tei=64", "@64:STATUS(30,st6) "),
            ("STATUS", "STATUS tei=64 cause=30 st=0", ""),
            ("a type not known", "0x77 tei=64", "@64:STATUS(97:77,st6) "),
            ("INFORMATION", "INFORMATION tei=64", "@64:STATUS(101:7b,st6) "),
            ("STATUS without state", "STATUS tei=64 cause=30", "@64:STATUS(96:14,st6) "),
        )
    ]


def _released() -> list[Conversation]:
    held = "N7 T301 ch1 T312"
    return [
        _talk(
            "RELEASE is not answered",
            "N19",
            f"wait T308 => @64:RELEASE(17,{_expired('T308')}) | {_HELD['N19']}",
            "wait T312 => [disconnect:17-remote] | N22 ch1 @64:N19 T308",
            "wait T308 => [released:17-remote] | N0",
        ),
        _talk(
            "DISCONNECT after RELEASE",
            "N19",
            f"get DISCONNECT tei=64 cause=16 => @64:STATUS(101:45,st19) | {_HELD['N19']}",
        ),
        _talk("RELEASE after RELEASE", "N19", f"get RELEASE tei=64 => | {held}"),
        _talk("RELEASE COMPLETE after RELEASE", "N19", f"get RELEASE_COMPLETE tei=64 => | {held}"),
        _talk("the call is lost after RELEASE", "N19", f"get STATUS tei=64 cause=30 st=0 => | {held}"),
        _talk("the data link is lost after RELEASE", "N19", f"link down 64 => | {held}"),
    ]


def _beside() -> list[Conversation]:
    """Calls that are not offered to all, on the same interface."""

    def beside(name: str, *lines: str) -> Conversation:
        return Conversation(f"several terminals: {name}", Side.NETWORK, lines, dict(_SEVERAL))

    return [
        beside(
            "two terminals use one call reference",
            "get SETUP tei=64 ch=1! => [setup] | N1 ch1",
            "get SETUP tei=65 ch=2! flag=0 => [setup] | N1 ch1 2:taken",
            "get RELEASE tei=65 cause=16 flag=0 => @65:RELEASE_COMPLETE [released:16-remote] | N1 ch1",
        ),
        beside(
            "a call to one terminal",
            "do setup ch=1! tei=65 => @65:SETUP(ch1!) | N6 T303 ch1",
            "get ALERTING tei=65 => [alerting] | N7 T301 ch1",
            "get CONNECT tei=64 => @64:RELEASE_COMPLETE(81) | N7 T301 ch1",
            "link down 64 => | N7 T301 ch1",
            "link down 65 => [released:27-local] | N0",
        ),
        beside(
            "the data link is established when there is something to say",
            "do setup ch=1! tei=70 => (EstablishLink) | N6 T303 ch1",
            "link up 71 => | N6 T303 ch1",
            "link up 70 => @70:SETUP(ch1!) | N6 T303 ch1",
        ),
        beside(
            "the data link of an active call is lost, and back",
            "do setup ch=1! tei=65 => @65:SETUP(ch1!) | N6 T303 ch1",
            "get CONNECT tei=65 => @65:CONNECT_ACKNOWLEDGE [connect] | N10 ch1",
            "link down 65 => (EstablishLink) | N10 T309 ch1",
            "link up 64 => | N10 T309 ch1",
            "link up 65 => @65:STATUS_ENQUIRY | N10 T322 ch1",
        ),
        beside("a broadcast from a terminal is nothing", "get SETUP broadcast tei=64 ch=1! => |"),
    ]


CONVERSATIONS = [
    *_offered(),
    *_timed_out(),
    *_connected(),
    *_selected(),
    *_late_answers(),
    *_not_taken(),
    *_merged(),
    *_called_off(),
    *_asides(),
    *_first_is_wrong(),
    *_released(),
    *_beside(),
]
"""All conversations of this module."""
