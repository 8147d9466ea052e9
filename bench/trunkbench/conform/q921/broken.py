"""Syntactically invalid behaviour on a data link (Q.921 2.9, 3.6.1, 3.6.11, 5.8.2 to 5.8.6).

An invalid frame (2.9) is discarded; a frame that is one and may not be (5.8.5) makes the IUT establish the
link anew where there is one, and is ignored where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trunkbench.conform.case import Case, Step
from trunkbench.conform.q921.making import Maker
from trunkbench.conform.q921.states import CONDITIONS, ESTABLISHED, NO_LINK, SABME, in_operation
from trunkbench.conform.q921.steps import Do, Expires, Octets, Perhaps, Quiet, Rx, Tx
from trunkbench.conform.q921.units import Fr, command, response
from trunkbench.conform.tester import Tester
from trunkwire.side import Side

N201 = 260
_ONE = b"\x00"

REJECTED: tuple[tuple[str, Step, str, str], ...] = (
    # name, frame, what is wrong, clause
    (
        "undefined-command",
        Octets(b"\xef", "an undefined command"),
        "an undefined control field",
        "3.6.11 a), 5.8.5",
    ),
    ("sabm", Octets(b"\x3f", "SABM P=1"), "SABM, which modulo 128 does not have", "3.6.11 a), 5.8.5"),
    (
        "reserved-supervisory",
        Octets(b"\x0d\x00", "an S frame of the fourth kind"),
        "an undefined S frame",
        "3.6.11 a), 5.8.5",
    ),
    (
        "undefined-response",
        Octets(b"\xef", "an undefined response", is_command=False),
        "an undefined response",
        "3.6.11 a), 5.8.5",
    ),
    ("rr-information", Tx(Fr("RR", info=_ONE)), "RR with an information field", "3.6.11 b), 5.8.5"),
    (
        "rej-information",
        Tx(Fr("REJ", info=_ONE, command=False)),
        "REJ with an information field",
        "3.6.11 b), 5.8.5",
    ),
    (
        "sabme-information",
        Tx(Fr("SABME", pf=True, info=_ONE)),
        "SABME with an information field",
        "3.6.11 b), 5.8.5",
    ),
    (
        "disc-information",
        Tx(Fr("DISC", pf=True, info=_ONE)),
        "DISC with an information field",
        "3.6.11 b), 5.8.5",
    ),
    ("ua-information", Tx(Fr("UA", info=_ONE)), "UA with an information field", "3.6.11 b), 5.8.5"),
    ("i-too-long", Tx(Fr("I", info=b"\x55" * (N201 + 1))), "an I frame longer than N201", "3.6.11 d), 5.8.5"),
    ("sabme-response", Tx(Fr("SABME", pf=True, command=False)), "SABME as a response", "3.6.1, 5.8.5"),
    ("disc-response", Tx(Fr("DISC", pf=True, command=False)), "DISC as a response", "3.6.1, 5.8.5"),
    ("i-response", Tx(Fr("I", command=False)), "an I frame as a response", "3.6.1, 5.8.5"),
    ("ua-command", Tx(Fr("UA", pf=True, command=True)), "UA as a command", "3.6.1, 5.8.5"),
    ("dm-command", Tx(Fr("DM", command=True)), "DM as a command", "3.6.1, 5.8.5"),
)

DISCARDED: tuple[tuple[str, Step, str, str], ...] = (
    (
        "half-a-control-field",
        Octets(b"\x01", "RR with one octet of control"),
        "an S frame that lacks N(R)",
        "2.9 b)",
    ),
    (
        "half-an-i-frame",
        Octets(b"\x00", "an I frame with one octet of control"),
        "an I frame that lacks N(R)",
        "2.9 b)",
    ),
    ("other-tei", Tx(Fr("SABME", pf=True, tei=63)), "a frame for another TEI", "3.3.4"),
    (
        "other-sapi",
        Tx(Fr("SABME", pf=True, sapi=32)),
        "a frame for a SAPI that is not supported",
        "2.9, 3.3.3",
    ),
    ("group-sabme", Tx(Fr("SABME", pf=True, tei=127)), "SABME on the broadcast link", "3.3.4.1, 5.2"),
)


@dataclass(frozen=True, slots=True)
class OneOctetAddress:
    """Send SABME behind an address whose first octet says that it is the last."""

    def run(self, tester: Tester) -> None:
        """Send it."""
        octets = Fr("SABME", pf=True).octets(tester.station.side, tester.tei, 0)
        tester.send_frame(bytes((octets[0] + 1,)) + octets[1:])

    def __str__(self) -> str:
        return "send SABME behind an address of one octet"


def cases(role: Side) -> Iterator[Case]:
    """All frames in state 7.0; what asks for re-establishment in the other states too."""
    yield from _established(role)
    yield from _acknowledging_too_much(role)
    yield from _elsewhere(role)
    yield from _exchange(role)


def _established(role: Side) -> Iterator[Case]:
    case = Maker(role, "7.0", "invalid")
    for name, step, what, clause in REJECTED:
        yield case(name, f"With a link, {what} makes the IUT establish it anew.", clause, step, Rx(SABME))
    for name, step, what, clause in (
        *DISCARDED,
        ("one-octet-address", OneOctetAddress(), "a frame with an address of one octet", "2.9, 3.3.1"),
    ):
        if name == "other-tei" and role is Side.NETWORK:
            continue  # a network may take a fixed TEI as it comes (5.3.1)
        yield case(
            name,
            f"{what[0].upper()}{what[1:]} is discarded; the link stays.",
            clause,
            step,
            Quiet(),
            *in_operation(),
        )
    yield case(
        "i-too-long-not-delivered",
        "An I frame longer than N201 is not acknowledged before the link is established anew.",
        "5.8.5, 5.9.3",
        Tx(Fr("I", pf=True, info=b"\x55" * (N201 + 1))),
        Rx(SABME),
        Tx(Fr("UA", pf=True)),
        *in_operation(),
    )


def _acknowledging_too_much(role: Side) -> Iterator[Case]:
    for conditions in CONDITIONS:
        for state in (f"7.{conditions.number}", f"8.{conditions.number}"):
            case = Maker(role, state, "invalid")
            yield case(
                "frmr",
                f"In state {state}, FRMR makes the IUT establish the link anew.",
                "5.8.6",
                Tx(Fr("FRMR", info=bytes(5))),
                Rx(SABME),
            )
            yield case(
                "rr-nr",
                f"In state {state}, RR that acknowledges what was never sent: the link is established anew.",
                "5.8.2",
                Tx(command("RR", nr=1)),
                Rx(SABME),
            )
    case = Maker(role, "7.0", "invalid")
    for kind in ("RNR", "REJ"):
        yield case(
            f"{kind.lower()}-nr",
            f"{kind} that acknowledges what was never sent makes the IUT establish the link anew.",
            "5.8.2",
            Tx(response(kind, nr=1)),
            Rx(SABME),
        )
    yield case(
        "i-nr",
        "An I frame that acknowledges what was never sent makes the IUT establish the link anew.",
        "5.8.2",
        Tx(Fr("I", nr=1)),
        Rx(SABME),
    )
    yield case(
        "rr-nr-behind",
        "RR whose N(R) lies before what is acknowledged makes the IUT establish the link anew.",
        "5.8.2",
        Do("send_data"),
        Rx(Fr("I")),
        Tx(response("RR", nr=1)),
        Tx(response("RR", nr=0)),
        Rx(SABME),
    )
    yield case(
        "rr-nr-with-data",
        "RR one beyond what is outstanding makes the IUT establish the link anew.",
        "5.8.2",
        Do("send_data"),
        Rx(Fr("I")),
        Tx(response("RR", nr=2)),
        Rx(SABME),
    )


def _elsewhere(role: Side) -> Iterator[Case]:
    for name, step, what, clause in REJECTED:
        if name in ("i-too-long", "rr-information", "undefined-command", "disc-response", "ua-command"):
            case = Maker(role, "4.0", "invalid")
            yield case(name, f"Without a link, {what} is not answered.", clause, step, Quiet(), *NO_LINK)
        if name in ("undefined-command", "rr-information", "i-too-long", "sabme-response"):
            case = Maker(role, "8.0", "invalid")
            yield case(
                name,
                f"In timer recovery, {what} makes the IUT establish the link anew.",
                clause,
                step,
                Rx(SABME),
            )
        if name in ("undefined-command", "rr-information", "i-too-long"):
            case = Maker(role, "5.0", "invalid")
            yield case(
                name,
                f"While SABME is out, {what} is not answered, and SABME is sent again.",
                clause,
                step,
                Expires("t200", SABME),
            )
            case = Maker(role, "6.0", "invalid")
            yield case(
                name,
                f"While DISC is out, {what} is not answered, and DISC is sent again.",
                clause,
                step,
                Expires("t200", Fr("DISC", pf=True)),
            )


def _exchange(role: Side) -> Iterator[Case]:
    case = Maker(role, "7.0", "valid", ESTABLISHED)
    yield case(
        "xid",
        "An XID command is answered by XID or not at all; the link stays.",
        "5.4, 3.6.12",
        Tx(Fr("XID", pf=True, info=b"\x82\x80\x00\x00")),
        Perhaps(Fr("XID", pf=True, command=False)),
        *in_operation(),
    )
    yield case(
        "xid-empty",
        "An XID command without information is answered by XID or not at all; the link stays.",
        "5.4, 3.6.12",
        Tx(Fr("XID", info=b"")),
        Perhaps(Fr("XID", command=False)),
        *in_operation(),
    )
    yield case(
        "ui",
        "A UI command on the link is not answered and moves no number.",
        "5.2.3",
        Tx(Fr("UI")),
        Quiet(),
        *in_operation(),
    )
    yield case(
        "broadcast-ui",
        "A UI command on the broadcast link is not answered; the data link stays.",
        "5.2.3",
        Tx(Fr("UI", tei=127)),
        Quiet(),
        *in_operation(),
    )
