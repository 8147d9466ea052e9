"""The error procedures as conversations, by the clause that asks for them (Q.931 5.8.1 to 5.8.9)."""

from __future__ import annotations

from q931_talk import PEER_REFERENCE, Conversation

from trunkwire.side import Side

_ACTIVE = {
    Side.USER: (
        "do setup ch=3! => SETUP(ch3!) | U1 T303 ch3",
        "get CONNECT ch=3! => CONNECT_ACKNOWLEDGE [connect] | U10 ch3",
    ),
    Side.NETWORK: (
        "do setup ch=3! => SETUP(ch3!) | N6 T303 ch3",
        "get CONNECT ch=3! => CONNECT_ACKNOWLEDGE [connect] | N10 ch3",
    ),
}
_LETTER = {Side.USER: "U", Side.NETWORK: "N"}
_PRESENT = {Side.USER: "U6", Side.NETWORK: "N1"}
_OWN = {Side.USER: "U1", Side.NETWORK: "N6"}
_REF = f"ref={PEER_REFERENCE}f"
_BEARER = "04038090a3"
_CHANNEL = "1803a98383"
_SETUP = f"octets 0802 0007 05 {_BEARER} {_CHANNEL}"
_ACTIVE_STEP = "octets 0802 8001"
"""A message about the call that we have placed."""

Case = tuple[str, Side, tuple[str, ...]]


def header(side: Side) -> list[Case]:
    """5.8.1 to 5.8.3.1: what names no call is discarded."""
    letter = _LETTER[side]
    active, still = _ACTIVE[side], f"=> | {letter}10 ch3"

    def case(clause: str, *octets: str) -> Case:
        return clause, side, (*active, *(f"octets {each} {still}" for each in octets))

    return [
        case("5.8.1 another protocol discriminator", "0902 8001 45 0802 8090", "4302 8001 45"),
        case("5.8.2 too short for a message type", "08", "0802", "080280", "08028001"),
        case("5.8.3.1 a) bits 5 to 8 of the length of the call reference", "0812 8001 45 0802 8090"),
        case("5.8.3.1 b) a call reference longer than any", "0803 800001 45 0802 8090", "080f 8001 45"),
        case("5.8.3.1 c) the dummy call reference", "0800 45 0802 8090", "0800 62"),
    ]


def references(side: Side) -> list[Case]:
    """5.8.3.2: references that belong to no call, or to one already, and the global one."""
    letter = _LETTER[side]
    strays = ["ALERTING", "CALL_PROCEEDING", "PROGRESS pi=8", "CONNECT", "SETUP_ACKNOWLEDGE"]
    strays += ["CONNECT_ACKNOWLEDGE", "DISCONNECT cause=16", "NOTIFY note=0", "INFORMATION", "0x77"]
    cases: list[Case] = [
        (f"5.8.3.2 a) {name} of no call", side, (f"get {name} => RELEASE_COMPLETE({_REF},81) |",))
        for name in strays
    ]
    held = f"{letter}10 ch3"
    cases += [
        ("5.8.3.2 b) RELEASE of no call", side, (f"get RELEASE cause=16 => RELEASE_COMPLETE({_REF},81) |",)),
        ("5.8.3.2 c) RELEASE COMPLETE of no call", side, ("get RELEASE_COMPLETE cause=16 => |",)),
        ("5.8.3.2 d) SETUP with the flag of an answer", side, ("get SETUP flag=1 => |",)),
        (
            "5.8.3.2 e) SETUP of a call that exists",
            side,
            (
                *_ACTIVE[side],
                f"get SETUP ref=9 flag=0 ch=4! => [setup] | {held} 4:taken",
                f"get SETUP ref=9 flag=0 ch=4! => | {held} 4:taken",
            ),
        ),
        (
            "5.8.3.2 f) a call's message with the global call reference",
            side,
            (
                "get DISCONNECT ref=0 flag=0 cause=16 => STATUS(ref=0f,81,st0) |",
                "get SETUP ref=0 flag=0 => STATUS(ref=0f,81,st0) |",
                "get 0x77 ref=0 flag=1 => STATUS(ref=0,81,st0) |",
            ),
        ),
        (
            "5.8.3.2 g) STATUS of no call",
            side,
            (
                "get STATUS cause=30 st=0 => |",
                f"get STATUS cause=30 st=10 => RELEASE_COMPLETE({_REF},101) |",
            ),
        ),
        ("5.8.3.2 h) STATUS ENQUIRY of no call", side, (f"get STATUS_ENQUIRY => STATUS({_REF},30,st0) |",)),
    ]
    return cases


def sequence(side: Side) -> list[Case]:
    """5.8.4 and 5.8.5: messages out of sequence, elements out of sequence, elements repeated."""
    letter = _LETTER[side]
    active, held, null = _ACTIVE[side], f"{letter}10 ch3", f"{letter}0"
    present = _PRESENT[side]
    return [
        (
            "5.8.4 a type that is not known",
            side,
            (*active, f"get 0x77 => STATUS(97:77,st10) | {held}", f"get 0x10 => STATUS(97:10,st10) | {held}"),
        ),
        (
            "5.8.4 a message that the state does not expect",
            side,
            (
                *active,
                f"get ALERTING => STATUS(101:01,st10) | {held}",
                f"get SETUP_ACKNOWLEDGE => STATUS(101:0d,st10) | {held}",
            ),
        ),
        (
            "5.8.4 RELEASE that was not expected",
            side,
            (*active, f"get RELEASE cause=41 => RELEASE_COMPLETE [released:41-remote] | {null}"),
        ),
        (
            "5.8.4 RELEASE COMPLETE that was not expected",
            side,
            (*active, f"get RELEASE_COMPLETE cause=41 => [released:41-remote] | {null}"),
        ),
        (
            "5.8.5.1 elements out of sequence are taken",
            side,
            (f"octets 0802 0007 05 {_CHANNEL} {_BEARER} => [setup] | {present} ch3",),
        ),
        (
            "5.8.5.2 of elements repeated only the first counts",
            side,
            (f"{_SETUP} 1803a98384 => [setup] | {present} ch3",),
        ),
    ]


def mandatory(side: Side) -> list[Case]:
    """5.8.6: mandatory elements missing or broken."""
    letter = _LETTER[side]
    active, held, null = _ACTIVE[side], f"{letter}10 ch3", f"{letter}0"
    cleared = f"{letter}19 T308 ch3"
    refused = f"[refused:{{}}-local] | {null}"
    found: list[Case] = []
    for clause, cause, broken in (("5.8.6.1", 96, False), ("5.8.6.2", 100, True)):
        what = "broken" if broken else "missing"
        bearer, element = ("0400", "0800") if broken else ("", "")
        found += [
            (
                f"{clause} bearer capability {what} in SETUP",
                side,
                (
                    f"octets 0802 0007 05 {bearer} {_CHANNEL} => RELEASE_COMPLETE({_REF},{cause}:04) "
                    + refused.format(cause),
                ),
            ),
            (
                f"{clause} cause {what} in DISCONNECT",
                side,
                (
                    *active,
                    f"{_ACTIVE_STEP} 45 {element} => RELEASE({cause}:08) [disconnect:31-remote] | {cleared}",
                ),
            ),
            (
                f"{clause} cause {what} in RELEASE that begins the clearing",
                side,
                (
                    *active,
                    f"{_ACTIVE_STEP} 4d {element} => RELEASE_COMPLETE({cause}:08) "
                    f"[released:31-remote] | {null}",
                ),
            ),
            (
                f"{clause} cause {what} in RELEASE COMPLETE",
                side,
                (*active, f"{_ACTIVE_STEP} 5a {element} => [released:31-remote] | {null}"),
            ),
            (
                f"{clause} call state {what} in STATUS",
                side,
                (
                    *active,
                    f"{_ACTIVE_STEP} 7d 0802 809e {'1400' if broken else ''} "
                    f"=> STATUS({cause}:14,st10) | {held}",
                ),
            ),
            (
                f"{clause} notification indicator {what}",
                side,
                (
                    *active,
                    f"{_ACTIVE_STEP} 6e {'2700' if broken else ''} => STATUS({cause}:27,st10) | {held}",
                ),
            ),
        ]
    return found


def optional(side: Side) -> list[Case]:
    """5.8.7.1: elements that are not known."""
    letter = _LETTER[side]
    active, held, null = _ACTIVE[side], f"{letter}10 ch3", f"{letter}0"
    present = _PRESENT[side]
    number = present[1:]
    ignored = f"get INFORMATION {{}} => [information] {{}}| {held}"
    return [
        (
            "5.8.7.1 an element not known: the message counts, and STATUS gives the state after it",
            side,
            (f"{_SETUP} 3f0100 => [setup] STATUS(99:3f,st{number}) | {present} ch3",),
        ),
        (
            "5.8.7.1 several elements not known",
            side,
            (
                *active,
                ignored.format("raw=3f00", "STATUS(99:3f,st10) "),
                f"{_ACTIVE_STEP} 7b 3f00 5500 => [information] STATUS(99:3f55,st10) | {held}",
            ),
        ),
        (
            "5.8.7.1 an element that has to be understood, in SETUP",
            side,
            (
                f"octets 0802 0007 05 {_BEARER} 050100 {_CHANNEL} => RELEASE_COMPLETE({_REF},96:05) "
                f"[refused:96-local] | {null}",
            ),
        ),
        (
            "5.8.7.1 an element that has to be understood, in the middle of a call",
            side,
            (*active, f"{_ACTIVE_STEP} 7b 0500 => STATUS(96:05,st10) | {held}"),
        ),
        (
            "5.8.7.1 an element of another codeset is skipped without a word",
            side,
            (*active, f"{_ACTIVE_STEP} 7b 96 0102 0102 => [information] | {held}"),
        ),
    ]


def clearing(side: Side) -> list[Case]:
    """5.8.7.1: elements that are not known, in messages that clear."""
    letter = _LETTER[side]
    active, null = _ACTIVE[side], f"{letter}0"
    return [
        (
            "5.8.7.1 an element not known in DISCONNECT",
            side,
            (
                *active,
                f"{_ACTIVE_STEP} 45 0802 8090 3f00 => RELEASE(99:3f) [disconnect:16-remote] "
                f"| {letter}19 T308 ch3",
            ),
        ),
        (
            "5.8.7.1 an element not known in RELEASE",
            side,
            (
                *active,
                f"{_ACTIVE_STEP} 4d 0802 8090 3f00 => RELEASE_COMPLETE(99:3f) [released:16-remote] | {null}",
            ),
        ),
        (
            "5.8.7.1 an element not known in RELEASE COMPLETE",
            side,
            (*active, f"{_ACTIVE_STEP} 5a 0802 8090 3f00 => [released:16-remote] | {null}"),
        ),
    ]


def contents(side: Side) -> list[Case]:
    """5.8.7.2 and 5.8.7.3: elements that are broken, too long, or not expected."""
    active, held = _ACTIVE[side], f"{_LETTER[side]}10 ch3"
    present = _PRESENT[side]
    number = present[1:]
    return [
        (
            "5.8.7.2 an element with invalid contents",
            side,
            (f"{_SETUP} 1e00 => [setup] STATUS(100:1e,st{number}) | {present} ch3",),
        ),
        (
            "5.8.7.2 an access information element with invalid contents",
            side,
            (f"{_SETUP} 7100 => [setup] STATUS(43:71,st{number}) | {present} ch3",),
        ),
        (
            "5.8.7.2 an element that is longer than it may be",
            side,
            (f"{_SETUP} 1e03818888 => [setup] STATUS(100:1e,st{number}) | {present} ch3",),
        ),
        (
            "5.8.7.2 an access information element that is longer than it may be",
            side,
            (f"{_SETUP} 7d0491818181 => [setup] STATUS(43:7d,st{number}) | {present} ch3",),
        ),
        (
            "5.8.6.2 a mandatory element that is longer than it may be",
            side,
            (*active, f"{_ACTIVE_STEP} 7d 0802 809e 1402 0a0a => STATUS(100:14,st10) | {held}"),
        ),
        (
            "5.8.7.3 an element that the message does not carry",
            side,
            (*active, f"{_ACTIVE_STEP} 6e 2701 80 7903 800000 => [notify] STATUS(99:79,st10) | {held}"),
        ),
    ]


def link(side: Side) -> list[Case]:
    """5.8.8: the data link is reset."""
    letter, present, own = _LETTER[side], _PRESENT[side], _OWN[side]
    active = _ACTIVE[side]
    asks, given = ("U25", "U2") if side is Side.USER else ("N2", "N25")
    clearing = "U11" if side is Side.USER else "N12"
    arrives = f"get SETUP ch=3! => [setup] | {present} ch3"
    placed = f"do setup ch=3! => SETUP(ch3!) | {own} T303 ch3"
    t302, t304 = f"{asks} T302 ch3", f"{given} T304 ch3"
    return [
        (
            "5.8.8 a) reset in overlap, digits awaited",
            side,
            (
                arrives,
                f"do more_info => SETUP_ACKNOWLEDGE(ch3!) | {t302}",
                f"link up => DISCONNECT(41) | {clearing} T305 ch3",
            ),
        ),
        (
            "5.8.8 a) reset in overlap, digits being sent",
            side,
            (
                placed,
                f"get SETUP_ACKNOWLEDGE ch=3! => [more-info] | {t304}",
                f"link up => DISCONNECT(41) | {clearing} T305 ch3",
            ),
        ),
        (
            "5.8.8 b) reset while the call is cleared",
            side,
            (
                placed,
                f"do disconnect cause=16 => DISCONNECT(16) | {clearing} T305 ch3",
                f"link up => | {clearing} T305 ch3",
            ),
        ),
        ("5.8.8 c) reset while the call is set up", side, (placed, f"link up => | {own} T303 ch3")),
        (
            "5.8.8 c) reset of an active call",
            side,
            (
                *active,
                f"link up => STATUS_ENQUIRY | {letter}10 T322 ch3",
                f"get STATUS cause=30 st=10 => [status] | {letter}10 ch3",
            ),
        ),
    ]


def failure(side: Side) -> list[Case]:
    """5.8.9: the data link fails, and comes back in time or not."""
    letter, own = _LETTER[side], _OWN[side]
    active = _ACTIVE[side]
    placed = f"do setup ch=3! => SETUP(ch3!) | {own} T303 ch3"
    return [
        (
            "5.8.9 a) failure ends a call that is not active at once",
            side,
            (placed, f"link down => [released:27-local] | {letter}0"),
        ),
        (
            "5.8.9 b) an active call lives on when the data link is back in time",
            side,
            (
                *active,
                f"link down => (EstablishLink) | {letter}10 T309 ch3",
                f"link down => | {letter}10 T309 ch3",
                f"link up => STATUS_ENQUIRY | {letter}10 T322 ch3",
                f"get STATUS cause=30 st=10 => [status] | {letter}10 ch3",
            ),
        ),
        (
            "5.8.9 b) the peer has given up the call meanwhile",
            side,
            (
                *active,
                f"link down => (EstablishLink) | {letter}10 T309 ch3",
                f"link up => STATUS_ENQUIRY | {letter}10 T322 ch3",
                f"get STATUS cause=30 st=0 => [released:41-remote] | {letter}0",
            ),
        ),
        (
            "5.8.9 b) T309 ends an active call with 27",
            side,
            (
                *active,
                f"link down => (EstablishLink) | {letter}10 T309 ch3",
                f"wait T309 => [released:27-local] | {letter}0",
                f"link up => | {letter}0",
            ),
        ),
    ]


CASES: list[Case] = [
    case
    for side in Side
    for part in (header, references, sequence, mandatory, optional, clearing, contents, link, failure)
    for case in part(side)
]

CONVERSATIONS = [Conversation(clause, side, lines) for clause, side, lines in CASES]
"""All conversations of this module, named by their clause."""
