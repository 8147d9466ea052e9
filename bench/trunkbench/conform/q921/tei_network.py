"""TEI management of the network side (Q.921 5.3): requests, checks, removal, several terminals at once."""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.conform.case import Case, Step
from trunkbench.conform.q921.identity import ALL, Calm, Fill, Hear, Mgt, Say, Still, TheOther, Use
from trunkbench.conform.q921.making import Maker
from trunkbench.conform.q921.states import SABME, UA, in_operation
from trunkbench.conform.q921.steps import Do, Quiet, Rx, Tx
from trunkbench.conform.q921.units import Fr, response
from trunkwire.side import Side

RI = 0x1234
OTHER_RI = 0x4321
HELD: tuple[Step, ...] = (Say(Mgt.REQUEST, ALL, RI), Hear(Mgt.ASSIGNED, reference=RI))
UP: tuple[Step, ...] = (Calm(), *HELD, Tx(SABME), Rx(UA))
CHECK = Hear(Mgt.CHECK_REQUEST, of_test=True)
REMOVED: tuple[Step, ...] = (Hear(Mgt.REMOVE, of_test=True), Hear(Mgt.REMOVE, of_test=True))


def cases(role: Side) -> Iterator[Case]:
    """Of the network side only."""
    if role is Side.NETWORK:
        yield from _assigning()
        yield from _checking()
        yield from _checking_again()
        yield from _free()
        yield from _removing()
        yield from _several()
        yield from _invalid()


def _assigning() -> Iterator[Case]:
    case = Maker(Side.NETWORK, "TEI", "valid", (Calm(),), basic=True)
    yield case(
        "request",
        "Identity request for any TEI: identity assigned, 64 to 126, with the Ri of the request.",
        "5.3.2",
        *HELD,
    )
    yield case(
        "request-and-link",
        "The TEI that was assigned has a data link.",
        "5.3.2, 5.5.1.2",
        *HELD,
        Tx(SABME),
        Rx(UA),
        *in_operation(),
    )
    yield case(
        "fixed",
        "A terminal with a fixed TEI asks for none: its SABME is answered.",
        "5.3.1, 3.3.4.2",
        Use(5),
        Tx(SABME),
        Rx(UA),
        *in_operation(),
    )
    yield case(
        "two-requests",
        "Two requests under two Ri get two TEIs.",
        "5.3.2",
        *HELD,
        Say(Mgt.REQUEST, ALL, OTHER_RI),
        Hear(Mgt.ASSIGNED, reference=OTHER_RI, other=True),
    )
    yield case(
        "exhausted", "There are 63 TEIs to be given out; there is none for the next request.", "5.3.2", Fill()
    )


def _checking() -> Iterator[Case]:
    case = Maker(Side.NETWORK, "TEI", "valid", UP, basic=True)
    answer = Say(Mgt.CHECK_RESPONSE, reference=RI)
    verify = Say(Mgt.VERIFY, reference=0)
    yield case(
        "verify",
        "Identity verify is answered by a check of that TEI.",
        "5.3.5.2, 5.3.3",
        verify,
        CHECK,
        answer,
    )
    yield case(
        "check-one-answer",
        "One terminal answers: the TEI stays, and so does its link.",
        "5.3.3.2",
        verify,
        CHECK,
        answer,
        Hear(Mgt.CHECK_REQUEST, of_test=True, timer="t201"),
        answer,
        Still("t201", 1.5),
        *in_operation(),
    )
    yield case(
        "check-two-answers",
        "Two terminals answer: the TEI is taken away, twice in succession.",
        "5.3.3.2, 5.3.4",
        verify,
        CHECK,
        answer,
        Say(Mgt.CHECK_RESPONSE, reference=OTHER_RI),
        *REMOVED,
        Tx(SABME),
        Quiet(),
    )
    yield case(
        "check-asked",
        "A check by the network itself: identity check request.",
        "5.3.3.2",
        Do("check_tei"),
        CHECK,
    )
    yield from _checking_timers()


def _checking_timers() -> Iterator[Case]:
    answer = Say(Mgt.CHECK_RESPONSE, reference=RI)
    verify = Say(Mgt.VERIFY, reference=0)
    timers = Maker(Side.NETWORK, "TEI", "timers", (*UP, verify, CHECK), basic=True)
    yield timers(
        "t201",
        "Without an answer, the check is repeated at T201.",
        "5.3.3.2, 5.9.6",
        Hear(Mgt.CHECK_REQUEST, of_test=True, timer="t201"),
    )
    yield timers(
        "t201-second",
        "Without an answer to the second check, there is no other, and the TEI has no link.",
        "5.3.3.2",
        Hear(Mgt.CHECK_REQUEST, of_test=True, timer="t201"),
        Still("t201", 1.5, but=Mgt.REMOVE),
        Tx(SABME),
        Quiet(),
    )
    yield timers(
        "t201-answered-late",
        "An answer to the second check saves the TEI.",
        "5.3.3.2",
        Hear(Mgt.CHECK_REQUEST, of_test=True, timer="t201"),
        answer,
        Still("t201", 1.5),
        *in_operation(),
    )


def _checking_again() -> Iterator[Case]:
    answer, verify = Say(Mgt.CHECK_RESPONSE, reference=RI), Say(Mgt.VERIFY, reference=0)
    second = Hear(Mgt.CHECK_REQUEST, of_test=True, timer="t201")
    case = Maker(Side.NETWORK, "TEI", "valid", (*UP, verify, CHECK), basic=True)
    yield case(
        "check-two-answers-late",
        "Two terminals answer the second check: the TEI is taken away.",
        "5.3.3.2, 5.3.4",
        second,
        answer,
        Say(Mgt.CHECK_RESPONSE, reference=OTHER_RI),
        *REMOVED,
    )
    yield case(
        "check-after-check",
        "A TEI that was checked and is held can be checked again.",
        "5.3.3.2, 5.3.5.2",
        answer,
        second,
        answer,
        Still("t201", 1.5),
        verify,
        CHECK,
    )
    yield case(
        "remove-while-checked",
        "A TEI can be taken away while it is being checked; the check is over.",
        "5.3.4",
        Do("remove_tei"),
        *REMOVED,
        Still("t201", 1.5),
    )
    yield case(
        "remove-while-checked-again",
        "A TEI can be taken away during the second check too.",
        "5.3.4",
        second,
        Do("remove_tei"),
        *REMOVED,
        Still("t201", 1.5),
    )


def _free() -> Iterator[Case]:
    """A TEI that nobody was given."""
    case = Maker(Side.NETWORK, "TEI", "valid", (Calm(), Use(80)), basic=True)
    yield case("check-free", "A TEI that is free can be checked.", "5.3.3", Do("check_tei"), CHECK)
    yield case("remove-free", "A TEI that is free can be taken away.", "5.3.4", Do("remove_tei"), *REMOVED)
    yield case(
        "verify-free",
        "Identity verify for a TEI that is free is answered by a check.",
        "5.3.5.2",
        Say(Mgt.VERIFY, reference=0),
        CHECK,
    )


def _removing() -> Iterator[Case]:
    case = Maker(Side.NETWORK, "TEI", "valid", UP, basic=True)
    yield case(
        "remove",
        "Removal of a TEI: identity remove, twice in succession; its link is gone.",
        "5.3.4",
        Do("remove_tei"),
        *REMOVED,
        Tx(SABME),
        Quiet(),
    )


def _several() -> Iterator[Case]:
    second = Hear(Mgt.ASSIGNED, reference=OTHER_RI, other=True)
    preamble = (*UP, Say(Mgt.REQUEST, ALL, OTHER_RI), second, Tx(SABME), Rx(UA))
    case = Maker(Side.NETWORK, "TEI", "valid", preamble, basic=True)
    yield case(
        "two-links",
        "Two terminals have two links: each counts for itself.",
        "3.3.4, 5.5.1.2",
        Tx(Fr("I")),
        Rx(response("RR", nr=1)),
        TheOther(),
        *in_operation(),
        TheOther(),
        *in_operation(nr=1),
    )
    yield case(
        "two-links-one-released",
        "DISC of one terminal leaves the other's link alone.",
        "3.3.4, 5.5.3.2",
        Tx(Fr("DISC", pf=True)),
        Rx(UA),
        TheOther(),
        *in_operation(),
    )
    yield case(
        "two-links-broadcast",
        "A broadcast goes to all terminals in one UI command on TEI 127.",
        "5.2.2, 3.3.4.1",
        Do("send_unit"),
        Rx(Fr("UI", tei=127)),
    )


def _invalid() -> Iterator[Case]:
    case = Maker(Side.NETWORK, "TEI", "invalid", (Calm(),), basic=True)
    yield case(
        "request-fixed",
        "An identity request for a TEI of 0 to 63 is ignored.",
        "5.3.2",
        Say(Mgt.REQUEST, 5, RI),
        Still(),
    )
    yield case(
        "entity",
        "A request of another management entity is ignored.",
        "5.3.6.2",
        Say(Mgt.REQUEST, ALL, RI, entity=0x0E),
        Still(),
    )
    yield case(
        "short",
        "A request that lacks its action indicator is ignored.",
        "5.3.6",
        Say(Mgt.REQUEST, ALL, RI, cut=1),
        Still(),
    )
    yield case(
        "unknown-type", "A message of an unknown type is ignored.", "5.3.6.4", Say(9, ALL, RI), Still()
    )
    inopportune = Maker(Side.NETWORK, "TEI", "inopportune", (Calm(),), basic=True)
    yield inopportune(
        "assigned",
        "Identity assigned is the network's own message, and is ignored.",
        "5.3.2",
        Say(Mgt.ASSIGNED, 70, RI),
        Still(),
    )
    yield inopportune(
        "check-request",
        "Identity check request is the network's own message, and is ignored.",
        "5.3.3",
        Say(Mgt.CHECK_REQUEST, ALL, 0),
        Still(),
    )
    yield inopportune(
        "stray-check-response",
        "Identity check response for a TEI that is free is not answered, or the TEI is removed.",
        "5.3.3.2",
        Say(Mgt.CHECK_RESPONSE, 70, RI),
        Still(but=Mgt.REMOVE),
    )
    yield inopportune(
        "unassigned-tei",
        "SABME under a TEI that was never given out is not answered by UA or DM.",
        "5.3.3.1, 5.3.2",
        Use(100),
        Tx(SABME),
        Quiet(),
    )
