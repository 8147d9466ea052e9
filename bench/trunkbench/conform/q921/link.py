"""Establishment and release, states 4.0 to 6.0 (Q.921 5.5): who asks, who answers, collisions, timers."""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.conform.case import Case
from trunkbench.conform.q921.making import Maker
from trunkbench.conform.q921.states import DM, NO_LINK, SABME, UA, in_operation
from trunkbench.conform.q921.steps import Do, Ended, Expires, Perhaps, Quiet, Repeats, Rx, Tx
from trunkbench.conform.q921.units import Fr, command, response
from trunkwire.side import Side

DISC = Fr("DISC", pf=True)
_AWAITING = ("5.0", "5.1", "5.2")
_NUMBERED = (Fr("I", pf=True), command("RR", p=True), command("RNR", p=True), command("REJ", p=True))


def cases(role: Side) -> Iterator[Case]:
    """States 4.0, 5.0, 5.1, 5.2 and 6.0."""
    yield from _assigned(role)
    yield from _assigned_inopportune(role)
    for state in _AWAITING:
        yield from _awaiting(role, state)
        yield from _awaiting_inopportune(role, state)
        yield from _awaiting_timers(role, state)
    yield from _requests(role)
    yield from _releasing(role)
    yield from _releasing_inopportune(role)


def _assigned(role: Side) -> Iterator[Case]:
    case = Maker(role, "4.0", "valid")
    yield case(
        "sabme-p1",
        "SABME with P = 1 is answered by UA with F = 1; the link is up.",
        "5.5.1.2",
        Tx(SABME),
        Rx(UA),
        *in_operation(),
    )
    yield case(
        "sabme-p0",
        "SABME with P = 0 is answered by UA with F = 0; the link is up.",
        "5.5.1.2, 5.1.2",
        Tx(Fr("SABME")),
        Rx(Fr("UA")),
        *in_operation(),
    )
    yield case(
        "disc-p1", "Without a link, DISC with P = 1 is answered by DM with F = 1.", "5.5.4", Tx(DISC), Rx(DM)
    )
    yield case(
        "disc-p0",
        "Without a link, DISC with P = 0 is answered by DM with F = 0.",
        "5.5.4, 5.1.2",
        Tx(Fr("DISC")),
        Rx(Fr("DM")),
    )
    yield from _assigned_by_its_user(role)


def _assigned_by_its_user(role: Side) -> Iterator[Case]:
    case = Maker(role, "4.0", "valid")
    yield case(
        "establish",
        "DL-ESTABLISH request: SABME with P = 1, and with UA the link is up.",
        "5.5.1.2",
        Do("establish_link"),
        Rx(SABME),
        Tx(UA),
        Quiet("t200", 1.5),
        *in_operation(),
    )
    yield case("ui", "A UI command is not answered.", "5.2.3", Tx(Fr("UI")), Quiet(), *NO_LINK)
    yield case(
        "send-unit",
        "DL-UNIT DATA request: a UI command with P = 0, without a link.",
        "5.2.2",
        Do("send_unit"),
        Rx(Fr("UI"), Fr("UI", tei=127)),
        Quiet(),
    )
    yield case(
        "release",
        "DL-RELEASE request without a link: nothing is sent.",
        "5.5.3.1",
        Do("release_link"),
        Quiet(),
        *NO_LINK,
    )
    yield case(
        "again",
        "The link is established, released and established again; numbers begin at 0 each time.",
        "5.5.1.2, 5.5.3.2",
        Tx(SABME),
        Rx(UA),
        Tx(Fr("I")),
        Rx(response("RR", nr=1)),
        Tx(DISC),
        Rx(UA),
        Tx(SABME),
        Rx(UA),
        *in_operation(),
    )


def _assigned_inopportune(role: Side) -> Iterator[Case]:
    case = Maker(role, "4.0", "inopportune")
    for frame in (*_NUMBERED, Fr("UA"), UA, DM, Fr("FRMR", info=bytes(5)), response("RR", f=True)):
        yield case(
            _name(frame),
            f"Without a link, {frame} is not answered.",
            "5.5.4",
            Tx(frame),
            Quiet(),
            *NO_LINK,
        )
    yield case(
        "dm-f0",
        "Without a link, DM with F = 0 asks for one: the IUT may send SABME, and no other frame.",
        "5.5.4",
        Tx(Fr("DM")),
        Perhaps(SABME),
    )


def _name(frame: Fr) -> str:
    return f"{frame.kind.lower()}-{'p' if frame.is_command else 'f'}{int(frame.pf)}"


def _awaiting(role: Side, state: str) -> Iterator[Case]:
    case = Maker(role, state, "valid")
    if state == "5.2":
        yield case(
            "ua-f1",
            "UA with F = 1 completes the establishment, and the pending release follows: DISC.",
            "5.5.3.2, Annex D",
            Tx(UA),
            Rx(DISC),
            Tx(UA),
            *NO_LINK,
        )
    else:
        yield case(
            "ua-f1",
            "UA with F = 1 completes the establishment; T200 is stopped.",
            "5.5.1.2",
            Tx(UA),
            Quiet("t200", 1.5),
            *in_operation(),
        )
    yield case(
        "dm-f1",
        "DM with F = 1 ends the establishment: SABME is not sent again.",
        "5.5.1.2",
        Quiet("t200", 0.4),
        Tx(DM),
        Ended("SABME"),
    )
    yield from _awaiting_collisions(role, state)


def _awaiting_collisions(role: Side, state: str) -> Iterator[Case]:
    case = Maker(role, state, "valid")
    yield case(
        "sabme-collision",
        "SABME of both sides: it is answered by UA, and with the tester's UA the link is up.",
        "5.5.5.1",
        Tx(SABME),
        Rx(UA),
        Tx(UA),
        *((Rx(DISC),) if state == "5.2" else in_operation()),
    )
    yield case(
        "disc-collision",
        "DISC while SABME is out is answered by DM with F = 1, and SABME is sent again.",
        "5.5.5.2",
        Tx(DISC),
        Rx(DM),
        Expires("t200", SABME),
    )
    yield case(
        "ui",
        "A UI command is not answered, and SABME is sent again.",
        "5.2.3",
        Tx(Fr("UI")),
        Expires("t200", SABME),
    )
    if state == "5.0":
        yield case(
            "disc-p0",
            "DISC with P = 0 while SABME is out is answered by DM with F = 0.",
            "5.5.5.2, 5.1.2",
            Tx(Fr("DISC")),
            Rx(Fr("DM")),
        )
        yield case(
            "sabme-p0",
            "SABME with P = 0 while SABME is out is answered by UA with F = 0.",
            "5.5.5.1, 5.1.2",
            Tx(Fr("SABME")),
            Rx(Fr("UA")),
        )
        yield case(
            "release",
            "DL-RELEASE request while SABME is out: with UA the link is there, and is released.",
            "Annex D",
            Do("release_link"),
            Quiet(),
            Tx(UA),
            Rx(DISC),
        )


def _requests(role: Side) -> Iterator[Case]:
    """What the user asks for while something is under way."""
    case = Maker(role, "5.1", "valid")
    yield case(
        "release",
        "DL-RELEASE request while the link is being re-established: with UA it is there, and is released.",
        "Annex D",
        Do("release_link"),
        Tx(UA),
        Rx(DISC),
    )
    yield case(
        "data",
        "DL-DATA request while the link is being re-established: the I frame is sent when it is there.",
        "Annex B, state 5",
        Do("send_data"),
        Quiet(),
        Tx(UA),
        Rx(Fr("I")),
    )
    for state in ("7.0", "8.0"):
        case = Maker(role, state, "valid")
        yield case(
            "establish-again",
            f"DL-ESTABLISH request in state {state}: the link is established anew.",
            "5.7.1",
            Do("establish_link"),
            Rx(SABME),
            Tx(UA),
            *in_operation(),
        )
        yield case(
            "release",
            f"DL-RELEASE request in state {state}: DISC with P = 1, and with UA there is no link.",
            "5.5.3.2",
            Do("release_link"),
            Rx(DISC),
            Tx(UA),
            *NO_LINK,
        )


def _awaiting_inopportune(role: Side, state: str) -> Iterator[Case]:
    case = Maker(role, state, "inopportune")
    ignored = [Fr("UA"), Fr("DM")]
    if state == "5.0":
        ignored += [*_NUMBERED, response("RR", f=True), Fr("FRMR", info=bytes(5))]
    for frame in ignored:
        yield case(
            _name(frame),
            f"{frame} does not end the establishment, and is not answered: SABME is sent again.",
            "5.5.6" if frame.kind == "DM" else "5.5.1.2",
            Tx(frame),
            Expires("t200", SABME),
        )


def _awaiting_timers(role: Side, state: str) -> Iterator[Case]:
    case = Maker(role, state, "timers")
    yield case(
        "t200",
        "Without an answer, SABME is sent again when T200 expires; the second is as good as the first.",
        "5.5.1.3",
        Expires("t200", SABME),
        Tx(UA),
        *((Rx(DISC),) if state == "5.2" else in_operation()),
    )
    yield case(
        "n200",
        "Without an answer, SABME is sent again N200 times and then no more.",
        "5.5.1.3, 5.9.2",
        Repeats(SABME),
        Tx(SABME),
        Rx(UA),
        *in_operation(),
    )


def _releasing(role: Side) -> Iterator[Case]:
    case = Maker(role, "6.0", "valid")
    yield case(
        "ua-f1",
        "UA with F = 1 completes the release; T200 is stopped.",
        "5.5.3.2",
        Quiet("t200", 0.4),
        Tx(UA),
        Ended("DISC"),
        *NO_LINK,
    )
    yield case(
        "dm-f1",
        "DM with F = 1 completes the release; T200 is stopped.",
        "5.5.3.2",
        Quiet("t200", 0.4),
        Tx(DM),
        Ended("DISC"),
        *NO_LINK,
    )
    yield case(
        "disc-collision",
        "DISC of both sides is answered by UA; DISC is sent again until UA comes.",
        "5.5.5.1",
        Tx(DISC),
        Rx(UA),
        Expires("t200", DISC),
        Tx(UA),
        *NO_LINK,
    )
    yield case(
        "sabme-collision",
        "SABME while DISC is out is answered by DM with F = 1.",
        "5.5.5.2",
        Tx(SABME),
        Rx(DM),
        Expires("t200", DISC),
    )
    yield case(
        "sabme-p0",
        "SABME with P = 0 while DISC is out is answered by DM with F = 0.",
        "5.5.5.2, 5.1.2",
        Tx(Fr("SABME")),
        Rx(Fr("DM")),
    )
    yield case(
        "ui",
        "A UI command is not answered, and DISC is sent again.",
        "5.2.3",
        Tx(Fr("UI")),
        Expires("t200", DISC),
    )
    yield from _releasing_timers(role)


def _releasing_timers(role: Side) -> Iterator[Case]:
    case = Maker(role, "6.0", "timers")
    yield case(
        "t200",
        "Without an answer, DISC is sent again when T200 expires.",
        "5.5.3.3",
        Expires("t200", DISC),
        Tx(UA),
        *NO_LINK,
    )
    yield case(
        "n200",
        "Without an answer, DISC is sent again N200 times and then no more.",
        "5.5.3.3, 5.9.2",
        Repeats(DISC),
        *NO_LINK,
    )


def _releasing_inopportune(role: Side) -> Iterator[Case]:
    case = Maker(role, "6.0", "inopportune")
    for frame in (Fr("UA"), Fr("DM"), *_NUMBERED, Fr("FRMR", info=bytes(5))):
        yield case(
            _name(frame),
            f"{frame} does not end the release, and is not answered: DISC is sent again.",
            "5.5.6" if frame.kind == "DM" else "5.5.3.2",
            Tx(frame),
            Expires("t200", DISC),
        )
