"""Timer recovery, states 8.0 to 8.7 (Q.921 5.6.7, 5.8): an enquiry is out, and the answer ends it."""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.conform.case import Case
from trunkbench.conform.q921.making import Maker
from trunkbench.conform.q921.operation import information, with_conditions
from trunkbench.conform.q921.states import CONDITIONS, NO_LINK, NORMAL, SABME, UA, Conditions, in_operation
from trunkbench.conform.q921.steps import Do, Expires, Quiet, Repeats, Rx, Tx
from trunkbench.conform.q921.units import Fr, command, response
from trunkwire.side import Side

_S_FRAMES = ("RR", "RNR", "REJ")


def cases(role: Side) -> Iterator[Case]:
    """All eight states; frames that the conditions do nothing to, in state 8.0 only."""
    for conditions in CONDITIONS:
        yield from _valid(role, conditions)
        yield from _inopportune(role, conditions)
    yield from _own_busy(role)
    yield from _timers(role)


def _valid(role: Side, conditions: Conditions) -> Iterator[Case]:
    told, status = with_conditions(conditions), conditions.status
    case = Maker(role, f"8.{conditions.number}", "valid")
    enquiry = command(status, p=True)
    for kind in ("RR", "REJ"):
        yield case(
            f"{kind.lower()}-f1",
            f"In state 8{told}, {kind} with F = 1 ends timer recovery: no enquiry at T200, one at T203.",
            "5.6.7, 5.10.3",
            Tx(response(kind, f=True)),
            Expires("t203", enquiry),
        )
    yield case(
        "rnr-f1",
        f"In state 8{told}, RNR with F = 1 ends timer recovery: the busy tester is asked again at T200.",
        "5.6.7, 5.6.5",
        Tx(response("RNR", f=True)),
        Expires("t200", enquiry),
    )
    for kind in _S_FRAMES if conditions is NORMAL else ("RR",):
        yield case(
            f"{kind.lower()}-p1",
            f"In state 8{told}, {kind} with P = 1 gets {status} with F = 1; the IUT goes on asking.",
            "5.1.2, 5.6.7",
            Tx(command(kind, p=True)),
            Rx(response(status, f=True)),
            Expires("t200", enquiry),
        )
        yield case(
            f"{kind.lower()}-f0",
            f"In state 8{told}, {kind} with F = 0 does not end timer recovery: the IUT goes on asking.",
            "5.6.7",
            Tx(response(kind)),
            Expires("t200", enquiry),
        )
    yield from _valid_with_other_frames(role, conditions)


def _valid_with_other_frames(role: Side, conditions: Conditions) -> Iterator[Case]:
    told, status = with_conditions(conditions), conditions.status
    case = Maker(role, f"8.{conditions.number}", "valid")
    yield case(
        "sabme",
        f"In state 8{told}, SABME is answered by UA and the link is as after establishment.",
        "5.7.2, 5.5.1.2",
        Tx(SABME),
        Rx(UA),
        *in_operation(),
        Quiet("t200", 1.5),
    )
    yield case(
        "disc",
        f"In state 8{told}, DISC is answered by UA, and there is no link any more.",
        "5.5.3.2",
        Tx(Fr("DISC", pf=True)),
        Rx(UA),
        *NO_LINK,
    )
    for in_sequence in (True, False):
        answer, received, clause = information(conditions, p=True, in_sequence=in_sequence)
        yield case(
            f"i-{'in' if in_sequence else 'out-of'}-sequence-p1",
            f"In state 8{told}, an I frame {'in' if in_sequence else 'out of'} sequence with P = 1 is "
            "dealt with as in state 7.",
            clause,
            Tx(Fr("I", pf=True, ns=0 if in_sequence else 1)),
            *answer,
            Expires("t200", command(status, p=True, nr=received)),
        )


def _inopportune(role: Side, conditions: Conditions) -> Iterator[Case]:
    told = with_conditions(conditions)
    case = Maker(role, f"8.{conditions.number}", "inopportune")
    for f in (False, True):
        yield case(
            f"dm-f{int(f)}",
            f"In state 8{told}, DM with F = {int(f)} makes the IUT establish the link anew.",
            "5.8.7, Table 9",
            Tx(Fr("DM", pf=f)),
            Rx(SABME),
        )
    for f in (False, True) if conditions is NORMAL else ():
        yield case(
            f"ua-f{int(f)}",
            f"In state 8, UA with F = {int(f)} is not answered, and the IUT goes on asking.",
            "5.8.7, Table 9",
            Tx(Fr("UA", pf=f)),
            Expires("t200", command("RR", p=True)),
        )


def _own_busy(role: Side) -> Iterator[Case]:
    """The implementation's receiver, while an answer is awaited."""
    yield Maker(role, "8.0", "valid")(
        "busy",
        "In timer recovery too, own receiver busy is told by RNR, and the next enquiry is RNR.",
        "5.6.6, 5.6.7",
        Do("busy"),
        Rx(response("RNR")),
        Expires("t200", command("RNR", p=True)),
    )
    yield Maker(role, "8.2", "valid")(
        "ready",
        "In timer recovery too, the end of own receiver busy is told by RR, and the next enquiry is RR.",
        "5.6.6, 5.6.7",
        Do("ready"),
        Rx(response("RR")),
        Expires("t200", command("RR", p=True)),
    )


def _timers(role: Side) -> Iterator[Case]:
    case = Maker(role, "8.0", "timers")
    yield case(
        "n200",
        "Without an answer, the enquiry that T203 has begun is repeated N200 times; then the link is "
        "established anew.",
        "5.6.7, 5.9.2",
        Repeats(command("RR", p=True), ends_in=(SABME,)),
    )
    yield case(
        "late-answer",
        "The answer to the last enquiry ends timer recovery, and the next one begins its count anew.",
        "5.6.7, 5.10.3",
        Repeats(command("RR", p=True), less=1, ends_in=(command("RR", p=True),)),
        Tx(response("RR", f=True)),
        Expires("t203", command("RR", p=True)),
        Repeats(command("RR", p=True), ends_in=(SABME,)),
    )
    yield case(
        "own-enquiry-crosses",
        "An enquiry of the tester is answered while the IUT's own is out, and is not taken for its answer.",
        "5.1.2, 5.6.7",
        Tx(command("RR", p=True)),
        Rx(response("RR", f=True)),
        Expires("t200", command("RR", p=True)),
        Tx(response("RR", f=True)),
        Quiet("t200", 1.5),
    )
