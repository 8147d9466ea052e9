"""What stands before the elements: discriminator, length, call reference (5.8.1 to 5.8.3)."""

from __future__ import annotations

from collections.abc import Iterator

from trunkbench.conform.case import Case
from trunkbench.conform.layer3 import UNKNOWN_REFERENCE, Mt, Want
from trunkbench.conform.q931.inopportune import UNKNOWN_TYPE
from trunkbench.conform.q931.steps import Expect, Nothing, Send, SendOctets, State
from trunkbench.conform.q931.writing import case
from trunkwire.side import Side

DISOWNED = (Want(Mt.RELEASE_COMPLETE, (81,)), Want(Mt.RELEASE, (81,)))
"""What 5.8.3.2 a) has an unknown call reference answered by."""

_IGNORED = (
    # name, octets, in words, clause
    ("discriminator", "09020001 75", "another protocol discriminator", "5.8.1"),
    ("discriminator-national", "41020001 75", "a national protocol discriminator", "5.8.1"),
    ("one-octet", "08", "a message of one octet", "5.8.2"),
    ("two-octets", "0802", "a message of two octets", "5.8.2"),
    ("three-octets", "080200", "a message that ends in the call reference", "5.8.2"),
    ("no-message-type", "08020001", "a message without a message type", "5.8.2"),
    ("reference-length-bits", "08120001 75", "bits 5 to 8 of octet 2 not 0", "5.8.3.1"),
    ("reference-too-long", "0803000001 75", "a call reference of three octets", "5.8.3.1"),
    ("reference-far-too-long", "080f0001 75", "a call reference of fifteen octets", "5.8.3.1"),
)


_OF_A_CALL = (
    Mt.SETUP_ACKNOWLEDGE,
    Mt.CALL_PROCEEDING,
    Mt.ALERTING,
    Mt.CONNECT,
    Mt.CONNECT_ACKNOWLEDGE,
    Mt.DISCONNECT,
    Mt.INFORMATION,
    Mt.PROGRESS,
    Mt.NOTIFY,
)


def ignored(role: Side) -> Iterator[Case]:
    """What cannot be a message of a call is ignored, and the call stays as it is."""
    state = "U10" if role is Side.USER else "N10"
    for name, octets, says, clause in _IGNORED:
        yield case(
            role,
            state,
            "invalid",
            name,
            clause,
            f"In {state}, {says} is ignored.",
            SendOctets(bytes.fromhex(octets), says),
            Nothing(),
            State(10),
        )


def unknown_references(role: Side) -> Iterator[Case]:
    """Messages with a call reference that belongs to no call (5.8.3.2 a to d)."""
    null = "U0" if role is Side.USER else "N0"
    for kind in _OF_A_CALL:
        for ours in (True, False):
            name = Mt(kind).title
            whose = "tester" if ours else "IUT"
            yield case(
                role,
                null,
                "invalid",
                f"unknown-reference-of-the-{whose.lower()}-{name.lower().replace(' ', '-')}",
                "5.8.3.2 a)",
                f"{name} with an unknown call reference of the {whose} is answered by RELEASE COMPLETE or "
                "RELEASE, cause 81.",
                Send(kind, reference=UNKNOWN_REFERENCE, to_originator=not ours),
                Expect(DISOWNED),
            )


def other_references(role: Side) -> Iterator[Case]:
    """What 5.8.3.2 has other answers for, and messages of an unknown type."""
    null = "U0" if role is Side.USER else "N0"
    yield case(
        role,
        null,
        "invalid",
        "unknown-reference-unknown-type",
        "5.8.3.2 a)",
        "A message of an unknown type with an unknown call reference is answered by RELEASE COMPLETE or "
        "RELEASE, cause 81.",
        Send(UNKNOWN_TYPE, reference=UNKNOWN_REFERENCE, to_originator=False),
        Expect(DISOWNED),
    )
    yield case(
        role,
        null,
        "invalid",
        "unknown-reference-release",
        "5.8.3.2 b)",
        "RELEASE with an unknown call reference is answered by RELEASE COMPLETE, cause 81.",
        Send(Mt.RELEASE, cause=16, reference=UNKNOWN_REFERENCE, to_originator=False),
        Expect((Want(Mt.RELEASE_COMPLETE, (81,)),)),
    )
    yield case(
        role,
        null,
        "invalid",
        "unknown-reference-release-complete",
        "5.8.3.2 c)",
        "RELEASE COMPLETE with an unknown call reference is ignored.",
        Send(Mt.RELEASE_COMPLETE, cause=16, reference=UNKNOWN_REFERENCE, to_originator=False),
        Nothing(),
    )
    yield case(
        role,
        null,
        "invalid",
        "setup-to-its-originator",
        "5.8.3.2 d)",
        "SETUP with an unknown call reference and the call reference flag of an answer is ignored.",
        SendOctets(
            bytes.fromhex("0802aa5505a1 04038090a3 1803a98381 7004 80333030"), "SETUP with the flag set to 1"
        ),
        Nothing(),
    )


def cases(role: Side) -> Iterator[Case]:
    """All of a role."""
    yield from ignored(role)
    yield from unknown_references(role)
    yield from other_references(role)
