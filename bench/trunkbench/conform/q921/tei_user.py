"""TEI management of a terminal (Q.921 5.3): how it asks for a TEI, proves it, and loses it."""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.conform.case import Case, Step
from trunkbench.conform.q921.identity import ALL, Defends, Hear, Mgt, Say, Still, Use, Wants
from trunkbench.conform.q921.making import Maker
from trunkbench.conform.q921.states import SABME, UA, in_operation
from trunkbench.conform.q921.steps import Do, Quiet, Rx, Tx
from trunkbench.conform.q921.units import Fr
from trunkwire.side import Side

TEI = 70
OTHER = 71
ASKED: tuple[Step, ...] = (Wants(), Use(TEI))
UP: tuple[Step, ...] = (*ASKED, Say(Mgt.ASSIGNED), Rx(SABME), Tx(UA))
GONE: tuple[Step, ...] = (Tx(SABME), Quiet())
"""The TEI is gone: nobody answers under it."""


def cases(role: Side) -> Iterator[Case]:
    """Of the user side only."""
    if role is Side.USER:
        yield from _asking()
        yield from _asking_invalid()
        yield from _holding()
        yield from _holding_invalid()
        yield from _verifying()


def _asking() -> Iterator[Case]:
    case = Maker(Side.USER, "3.0", "valid", ASKED, basic=True)
    yield case(
        "assigned",
        "Identity assigned with the Ri of the request: SABME with that TEI, and the link comes up.",
        "5.3.2",
        Say(Mgt.ASSIGNED),
        Rx(SABME),
        Tx(UA),
        *in_operation(),
    )
    yield case("lowest", "TEI 64 is taken.", "3.3.4.2", Say(Mgt.ASSIGNED, 64), Use(64), Rx(SABME))
    yield case("highest", "TEI 126 is taken.", "3.3.4.2", Say(Mgt.ASSIGNED, 126), Use(126), Rx(SABME))
    yield case(
        "other-reference",
        "Identity assigned with another Ri is for another terminal.",
        "5.3.2",
        Say(Mgt.ASSIGNED, off=1),
        Still(),
        *GONE,
    )
    yield case(
        "denied-other-reference",
        "Identity denied with another Ri is for another terminal: the request is repeated.",
        "5.3.2",
        Say(Mgt.DENIED, ALL, off=1),
        Hear(Mgt.REQUEST, ALL, timer="t202"),
    )
    yield case(
        "check-without-tei",
        "A terminal without a TEI answers no identity check request.",
        "5.3.3.2",
        Say(Mgt.CHECK_REQUEST, ALL, 0),
        Still(),
    )
    yield from _asking_timers()


def _asking_timers() -> Iterator[Case]:
    timers = Maker(Side.USER, "3.0", "timers", ASKED, basic=True)
    again = Hear(Mgt.REQUEST, ALL, timer="t202", new_reference=True)
    yield timers(
        "t202", "Without an answer, the request is repeated at T202 under a new Ri.", "5.3.2.1", again
    )
    yield timers(
        "denied",
        "After identity denied, the request is repeated at T202 under a new Ri.",
        "5.3.2.1",
        Say(Mgt.DENIED, ALL),
        again,
    )
    yield timers(
        "t202-answered",
        "The answer to the second request is as good as one to the first.",
        "5.3.2.1",
        again,
        Say(Mgt.ASSIGNED),
        Rx(SABME),
    )
    yield timers(
        "t202-old-reference",
        "After the second request the first one's Ri is no longer valid.",
        "5.3.2, 5.3.2.1",
        Hear(Mgt.REQUEST, ALL, timer="t202", new_reference=True),
        Say(Mgt.ASSIGNED, off=1),
        Still(),
    )
    yield timers(
        "n202",
        "After N202 requests without an answer there is no other, until the terminal wants a TEI again.",
        "5.3.2.1, 5.9.4",
        again,
        again,
        Still("t202", 2),
        Do("establish_link"),
        Hear(Mgt.REQUEST, ALL, new_reference=True),
    )


def _asking_invalid() -> Iterator[Case]:
    case = Maker(Side.USER, "3.0", "invalid", ASKED, basic=True)
    for tei, what in ((5, "one that is fixed in terminals"), (127, "the group TEI")):
        yield case(
            f"assigned-{tei}",
            f"Identity assigned with TEI {tei}, {what}, is not taken.",
            "3.3.4.2, 5.3.2",
            Say(Mgt.ASSIGNED, tei),
            Use(tei),
            Still(),
        )
    yield case(
        "entity",
        "A message of another management entity is ignored.",
        "5.3.6.2",
        Say(Mgt.ASSIGNED, entity=0x0E),
        Still(),
    )
    yield case(
        "short",
        "A message that lacks its action indicator is ignored.",
        "5.3.6",
        Say(Mgt.ASSIGNED, cut=1),
        Still(),
    )
    yield case("unknown-type", "A message of an unknown type is ignored.", "5.3.6.4", Say(9), Still())
    inopportune = Maker(Side.USER, "3.0", "inopportune", ASKED, basic=True)
    yield inopportune(
        "request", "Another terminal's identity request is ignored.", "5.3.2", Say(Mgt.REQUEST, ALL), Still()
    )
    yield inopportune(
        "remove",
        "Identity remove to a terminal without a TEI changes nothing: it goes on asking.",
        "5.3.4",
        Say(Mgt.REMOVE, ALL, 0),
        Hear(Mgt.REQUEST, ALL, timer="t202"),
    )


def _holding() -> Iterator[Case]:
    case = Maker(Side.USER, "TEI", "valid", UP, basic=True)
    response = Hear(Mgt.CHECK_RESPONSE, of_test=True)
    yield case(
        "check-own",
        "Identity check request for its TEI is answered.",
        "5.3.3.2",
        Say(Mgt.CHECK_REQUEST, reference=0),
        response,
    )
    yield case(
        "check-all",
        "Identity check request for all TEIs is answered with its own.",
        "5.3.3.2",
        Say(Mgt.CHECK_REQUEST, ALL, 0),
        response,
    )
    yield case(
        "check-other",
        "Identity check request for another TEI is not answered.",
        "5.3.3.2",
        Say(Mgt.CHECK_REQUEST, OTHER, 0),
        Still(),
    )
    yield from _removed_or_not()


def _removed_or_not() -> Iterator[Case]:
    case = Maker(Side.USER, "TEI", "valid", UP, basic=True)
    yield case(
        "remove-own",
        "Identity remove takes the TEI away: nobody answers under it.",
        "5.3.4, 5.3.4.1",
        Say(Mgt.REMOVE, reference=0),
        *GONE,
    )
    yield case(
        "remove-all",
        "Identity remove for all TEIs takes it away too.",
        "5.3.4, 5.3.6.5",
        Say(Mgt.REMOVE, ALL, 0),
        *GONE,
    )
    yield case(
        "remove-other",
        "Identity remove for another TEI changes nothing.",
        "5.3.4",
        Say(Mgt.REMOVE, OTHER, 0),
        Still(),
        *in_operation(),
    )
    yield case(
        "broadcast",
        "A broadcast UI is not answered on the data link.",
        "5.2.3",
        Tx(Fr("UI", tei=127)),
        Still(),
        *in_operation(),
    )
    yield case(
        "other-tei",
        "A frame for another terminal is not answered.",
        "3.3.4",
        Tx(Fr("SABME", pf=True, tei=OTHER)),
        Still(),
        *in_operation(),
    )


def _holding_invalid() -> Iterator[Case]:
    case = Maker(Side.USER, "TEI", "invalid", UP, basic=True)
    yield case(
        "check-entity",
        "A check request of another management entity is not answered.",
        "5.3.6.2",
        Say(Mgt.CHECK_REQUEST, reference=0, entity=0x0E),
        Still(),
    )
    yield case(
        "check-short",
        "A check request that lacks its action indicator is not answered.",
        "5.3.6",
        Say(Mgt.CHECK_REQUEST, reference=0, cut=1),
        Still(),
    )
    inopportune = Maker(Side.USER, "TEI", "inopportune", UP, basic=True)
    yield inopportune(
        "verify",
        "Identity verify is the network's to answer.",
        "5.3.5",
        Say(Mgt.VERIFY, reference=0),
        Still(),
    )
    yield inopportune(
        "assigned-twice",
        "Its own TEI is assigned to another terminal: it has it checked, or gives it up.",
        "5.3.2, 5.3.4.2",
        Say(Mgt.ASSIGNED, off=1),
        Defends(),
    )
    yield inopportune(
        "assigned-to-other",
        "Identity assigned to another terminal changes nothing.",
        "5.3.2",
        Say(Mgt.ASSIGNED, OTHER, off=1),
        Still(),
        *in_operation(),
    )


def _verifying() -> Iterator[Case]:
    verify = Hear(Mgt.VERIFY, of_test=True)
    case = Maker(Side.USER, "TEI", "valid", (*UP, Do("verify_tei")), basic=True)
    yield case(
        "verify",
        "The terminal asks the network to check its TEI; the check ends that.",
        "5.3.5.2",
        verify,
        Say(Mgt.CHECK_REQUEST, reference=0),
        Hear(Mgt.CHECK_RESPONSE, of_test=True),
        Still("t202", 1.5),
    )
    timers = Maker(Side.USER, "TEI", "timers", (*UP, Do("verify_tei"), verify), basic=True)
    yield timers(
        "verify-t202",
        "Without a check, identity verify is repeated once at T202.",
        "5.3.5.3",
        Hear(Mgt.VERIFY, of_test=True, timer="t202"),
    )
    yield timers(
        "verify-in-vain",
        "Without a check after the second identity verify the TEI is given up.",
        "5.3.5.3",
        Hear(Mgt.VERIFY, of_test=True, timer="t202"),
        Still("t202", 1.1),
        *GONE,
    )
    again = Hear(Mgt.VERIFY, of_test=True, timer="t202")
    yield timers(
        "verify-late-check",
        "A check after the second identity verify saves the TEI.",
        "5.3.5.3, 5.3.3.2",
        again,
        Say(Mgt.CHECK_REQUEST, reference=0),
        Hear(Mgt.CHECK_RESPONSE, of_test=True),
        Still("t202", 1.5),
        *in_operation(),
    )
    yield timers(
        "verify-removed",
        "Identity remove while identity verify is out takes the TEI away.",
        "5.3.4",
        Say(Mgt.REMOVE, reference=0),
        *GONE,
    )
    yield timers(
        "verify-again-removed",
        "Identity remove after the second identity verify takes the TEI away.",
        "5.3.4",
        again,
        Say(Mgt.REMOVE, reference=0),
        *GONE,
    )
