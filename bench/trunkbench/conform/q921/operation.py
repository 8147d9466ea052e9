"""Multiple frame established, states 7.0 to 7.7 (Q.921 5.6 to 5.8): what each frame is answered with."""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.conform.case import Case, Step
from trunkbench.conform.q921.making import Maker
from trunkbench.conform.q921.states import (
    CONDITIONS,
    NO_LINK,
    NORMAL,
    SABME,
    UA,
    Conditions,
    in_operation,
)
from trunkbench.conform.q921.steps import Quiet, Rx, Tx
from trunkbench.conform.q921.units import Fr, command, response
from trunkwire.side import Side

_S_FRAMES = ("RR", "RNR", "REJ")


def cases(role: Side) -> Iterator[Case]:
    """All eight states."""
    for conditions in CONDITIONS:
        yield from _valid(role, conditions)
        yield from _inopportune(role, conditions)


def with_conditions(conditions: Conditions) -> str:
    """ " with ..." for a purpose, nothing in the normal condition."""
    found = conditions.told()
    return f" with {found}" if found else ""


def information(conditions: Conditions, *, p: bool, in_sequence: bool) -> tuple[tuple[Step, ...], int, str]:
    """What an I frame is answered with, V(R) after it, and the clause."""
    if conditions.own_busy:
        answer: Step = Rx(response("RNR", f=True)) if p else Quiet()
        return (answer,), 0, "5.6.6"
    if in_sequence:
        return (Rx(response("RR", f=p, nr=1)),), 1, "5.6.2"
    if not conditions.reject:
        return (Rx(response("REJ", f=p)),), 0, "5.8.1"
    return ((Rx(response("RR", f=True)) if p else Quiet()),), 0, "5.8.1"


def _valid(role: Side, conditions: Conditions) -> Iterator[Case]:
    state, told = f"7.{conditions.number}", with_conditions(conditions)
    case = Maker(role, state, "valid")
    status = conditions.status
    yield case(
        "sabme",
        f"In state 7{told}, SABME is answered by UA; all is as after establishment.",
        "5.7.2, 5.5.1.2",
        Tx(SABME),
        Rx(UA),
        *in_operation(),
        Tx(Fr("I", ns=1)),
        Rx(response("REJ")),
    )
    yield case(
        "disc",
        f"In state 7{told}, DISC is answered by UA, and there is no link any more.",
        "5.5.3.2",
        Tx(Fr("DISC", pf=True)),
        Rx(UA),
        *NO_LINK,
    )
    for kind in _S_FRAMES:
        yield case(
            f"{kind.lower()}-p1",
            f"In state 7{told}, {kind} with P = 1 is answered by {status} with F = 1.",
            "5.1.2, 5.6.5" if kind == "RNR" else "5.1.2",
            Tx(command(kind, p=True)),
            Rx(response(status, f=True)),
        )
        yield case(
            f"{kind.lower()}-p0",
            f"In state 7{told}, {kind} with P = 0 that acknowledges nothing is not answered.",
            "5.6.5" if kind == "RNR" else "5.6.3",
            Tx(command(kind)),
            Quiet(),
            *in_operation(status),
        )
    for p in (False, True):
        for in_sequence in (True, False):
            answer, received, clause = information(conditions, p=p, in_sequence=in_sequence)
            name = f"i-{'in' if in_sequence else 'out-of'}-sequence-p{int(p)}"
            purpose = (
                f"In state 7{told}, an I frame {'in' if in_sequence else 'out of'} sequence, P = {int(p)}"
            )
            shown = "the next enquiry shows V(R)"
            yield case(
                name,
                f"{purpose}: {', '.join(str(step) for step in answer)}; {shown}.",
                clause,
                Tx(Fr("I", pf=p, ns=0 if in_sequence else 1)),
                *answer,
                *in_operation(status, nr=received),
            )


def _inopportune(role: Side, conditions: Conditions) -> Iterator[Case]:
    state, told = f"7.{conditions.number}", with_conditions(conditions)
    case = Maker(role, state, "inopportune")
    yield case(
        "dm-f0",
        f"In state 7{told}, DM with F = 0 makes the IUT establish the link anew.",
        "5.8.7, Table 9",
        Tx(Fr("DM")),
        Rx(SABME),
    )
    ignored = [("ua-f1", UA), ("ua-f0", Fr("UA")), ("dm-f1", Fr("DM", pf=True))]
    if conditions is NORMAL:
        ignored += [(f"{kind.lower()}-f0", response(kind)) for kind in _S_FRAMES]
        ignored += [(f"{kind.lower()}-f1", response(kind, f=True)) for kind in _S_FRAMES]
    for name, frame in ignored:
        yield case(
            name,
            f"In state 7{told}, {frame} that nobody has asked for is not answered, and the link stays.",
            "5.6.3" if name.endswith("f0") and name[0] == "r" else "5.8.7, Table 9",
            Tx(frame),
            Quiet(),
            *in_operation(conditions.status),
        )
