"""Where independent layer 2 stacks depart from Q.921 in TEI management and beside it, each with its clause.

`evidence` names the probe of `libpri_tei_worker` or `osmo_tei_worker` that shows it; `test_lapd_deviations`
runs each, so that the list stays true.
"""

from __future__ import annotations

from dataclasses import dataclass

LIBPRI, OSMOABIS = "libpri 1.6.0", "libosmoabis 1.3.0"


@dataclass(frozen=True, slots=True)
class Deviation:
    """What a peer does, and the clause of Q.921 (09/97) that asks for something else."""

    peer: str
    what: str
    clause: str
    asked: str
    evidence: str


DEVIATIONS = (
    Deviation(
        LIBPRI,
        "as a terminal it repeats its identity request every T202 without end",
        "5.3.2.1, 5.9.4",
        "no more than N202 = 3 requests, then MDL-ERROR response",
        "never answered",
    ),
    Deviation(
        LIBPRI,
        "as a terminal it takes a TEI below 64 from an identity assigned message",
        "3.3.4.2",
        "automatic TEIs are 64 to 126",
        "assigned a fixed TEI",
    ),
    Deviation(
        LIBPRI,
        "as a network it denies an identity request whose Ai is 0 to 63",
        "5.3.2",
        "such a request is ignored",
        "request for TEI 5",
    ),
    Deviation(
        LIBPRI,
        "as a terminal it does nothing about an unsolicited UA with F = 1",
        "Appendix II, Table II.1, code C",
        "identity verify, or removal of the TEI",
        "UA with F = 1 in state 7, user",
    ),
    Deviation(
        LIBPRI,
        "as a network it does nothing about an unsolicited UA with F = 1",
        "Appendix II, Table II.1, code C",
        "TEI check, or removal of the TEI",
        "UA with F = 1 in state 7, network",
    ),
    Deviation(
        LIBPRI,
        "as a network it keeps the TEI of a terminal that answers no SABME, unchecked",
        "Appendix II, Table II.1, code G",
        "TEI check",
        "SABME unanswered",
    ),
    Deviation(
        LIBPRI,
        "it discards a frame with an undefined control field in state 7",
        "3.6.1, 5.8.5",
        "a frame rejection condition: the link is established anew",
        "undefined control field in state 7",
    ),
    Deviation(
        LIBPRI,
        "as a network it goes on checking a TEI that it has just removed as doubly used",
        "5.3.3.2",
        "the procedure ends when more than one terminal has answered",
        "two answers to a check",
    ),
    Deviation(
        OSMOABIS,
        "as a network it answers a request for any TEI with TEI 127",
        "5.3.2, 3.3.4.2",
        "a TEI of 64 to 126, or identity denied",
        "request for any TEI",
    ),
    Deviation(
        OSMOABIS,
        "as a network it sends identity assigned with Ri = 0",
        "5.3.2, 5.3.6.3",
        "the Ri of the request",
        "request for any TEI, Ri",
    ),
    Deviation(
        OSMOABIS,
        "as a network it assigns the TEI of 0 to 63 that a request names",
        "5.3.2",
        "such a request is ignored",
        "request for TEI 5",
    ),
    Deviation(
        OSMOABIS,
        "as a network it does nothing about identity verify",
        "5.3.5.2",
        "the TEI check procedure",
        "verify",
    ),
    Deviation(
        OSMOABIS,
        "as a terminal it does not answer an identity check request for its TEI",
        "5.3.3.2",
        "identity check response",
        "check of TEI 0",
    ),
    Deviation(
        OSMOABIS,
        "as a terminal it keeps a TEI that identity remove takes away",
        "5.3.4",
        "MDL-REMOVE request",
        "removal of TEI 0",
    ),
    Deviation(
        OSMOABIS,
        "as a terminal it takes a broadcast UI on SAPI 0 for TEI management and discards it",
        "5.2.3",
        "DL-UNIT DATA indication",
        "broadcast UI",
    ),
)
