"""Errors in the elements: missing, broken, unknown, out of sequence, repeated (5.8.5 to 5.8.7).

The elements stand as octets, since many of them are what a codec would not build. A SETUP is taken to
the number that answers, so that one whose error is to be passed over is seen to be served.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trunkbench.conform.case import Case, Step
from trunkbench.conform.layer3 import CallTester, Mt, Want
from trunkbench.conform.q931.setup import ACCEPTED
from trunkbench.conform.q931.steps import Believe, Expect, Nothing, Send, State, number_of
from trunkbench.conform.q931.writing import CLEARING, LIVE, TAKEN, case
from trunkbench.conform.tester import Tester
from trunkwire.side import Side

CAUSE_16 = bytes.fromhex("08028090")
BROKEN_CAUSE = bytes.fromhex("080180")
"""A cause element that ends before its value."""
BROKEN_PROGRESS = bytes.fromhex("1e0182")
"""A progress indicator that ends before its description."""
UNKNOWN = bytes.fromhex("3a020102")
"""An element of codeset 0 that the Recommendation does not have (table 4-3)."""
REQUIRED = bytes.fromhex("0a020102")
"""The same with an identifier that asks for comprehension: bits 8 to 5 are 0000 (4.5.1)."""
OTHER_CODESET = bytes.fromhex("96 3a020102")
"""A locking shift to codeset 6, and an element of it."""

REMARK = (Want(Mt.STATUS, (99, 100, 43)),)
"""What may be said about an element that was passed over (5.8.7.1, 5.8.7.2)."""

BEARER = bytes.fromhex("04038090a3")


@dataclass(frozen=True, slots=True)
class RawSetup:
    """SETUP of the tester to the number that answers, its elements as octets. `%c` and `%n` stand for the
    channel identification and the called number.
    """

    parts: tuple[bytes | str, ...]
    says: str

    def run(self, tester: Tester) -> None:
        """Send it with a new call reference."""
        assert isinstance(tester, CallTester)
        tester.reference, tester.ours = tester.new_reference(), True
        number = number_of(tester, "answers").encode("ascii")
        known = {
            "%c": bytes((0x18, 3, 0xA9, 0x83, 0x80 | tester.channel)),
            "%n": bytes((0x70, 1 + len(number), 0x80)) + number,
        }
        body = b"".join(known[part] if isinstance(part, str) else part for part in self.parts)
        tester.send_octets(tester.header(Mt.SETUP) + b"\xa1" + body)

    def __str__(self) -> str:
        return f"send SETUP {self.says}"


_SETUPS_REFUSED: tuple[tuple[str, str, tuple[bytes | str, ...], str, tuple[int, ...]], ...] = (
    ("setup-without-bearer", "5.8.6.1", ("%c", "%n"), "without bearer capability", (96,)),
    (
        "setup-empty-bearer",
        "4.5.1, 5.8.6",
        (b"\x04\x00", "%c", "%n"),
        "with an empty bearer capability",
        (96, 100),
    ),
    ("setup-broken-bearer", "5.8.6.2", (b"\x04\x01\x80", "%c", "%n"), "with a bearer of one octet", (100,)),
    (
        "setup-comprehension",
        "5.8.7.1",
        (BEARER, REQUIRED, "%c", "%n"),
        "with an element to be comprehended",
        (96,),
    ),
)
_TO_USER_ONLY: tuple[tuple[str, str, tuple[bytes | str, ...], str, tuple[int, ...]], ...] = (
    ("setup-without-channel", "5.8.6.1, 3.1.14", (BEARER, "%n"), "without channel identification", (96,)),
    (
        "setup-broken-channel",
        "5.8.6.2",
        (BEARER, b"\x18\x01\xa9", "%n"),
        "with a channel of one octet",
        (100,),
    ),
)
"""The channel is mandatory towards the user."""
_SETUPS_SERVED: tuple[tuple[str, str, tuple[bytes | str, ...], str], ...] = (
    ("setup-unknown-element", "5.8.7.1", (BEARER, "%c", UNKNOWN, "%n"), "with an unknown element"),
    ("setup-other-codeset", "5.8.7.1, 4.5.3", (BEARER, "%c", "%n", OTHER_CODESET), "with another codeset"),
    (
        "setup-broken-progress",
        "5.8.7.2",
        (BEARER, "%c", BROKEN_PROGRESS, "%n"),
        "with a broken progress indicator",
    ),
    ("setup-empty-optional", "4.5.1", (BEARER, "%c", b"\x6c\x00", "%n"), "with an empty calling number"),
    (
        "setup-out-of-sequence",
        "5.8.5.1",
        (BEARER, "%c", "%n", b"\x28\x01A"),
        "with a display out of sequence",
    ),
    (
        "setup-repeated-element",
        "5.8.5.2",
        (BEARER, "%c", "%n", b"\x70\x02\x809"),
        "with a second called number",
    ),
)


def setups(role: Side) -> Iterator[Case]:
    """SETUP: refused for what is mandatory, served in spite of what is not."""
    null = "U0" if role is Side.USER else "N0"
    refused = _SETUPS_REFUSED + (_TO_USER_ONLY if role is Side.USER else ())
    for name, clause, parts, says, causes in refused:
        told = " or ".join(map(str, causes))
        purpose = f"SETUP {says} is refused with RELEASE COMPLETE, cause {told}."
        refusal = Expect((Want(Mt.RELEASE_COMPLETE, causes),))
        yield case(role, null, "invalid", name, clause, purpose, RawSetup(parts, says), refusal, State(0))
    for name, clause, parts, says in _SETUPS_SERVED:
        purpose = f"SETUP {says} is served as if that were not there."
        accepted = Expect(ACCEPTED, may=REMARK)
        yield case(role, null, "invalid", name, clause, purpose, RawSetup(parts, says), accepted)


def disconnects(role: Side) -> Iterator[Case]:
    """DISCONNECT: clears whatever is wrong with it, and RELEASE says what was."""
    probes = (
        ("disconnect-without-cause", "5.8.6.1", b"", "without cause", (96,)),
        ("disconnect-broken-cause", "5.8.6.2", BROKEN_CAUSE, "with a cause of one octet", (100,)),
        (
            "disconnect-comprehension",
            "5.8.7.1",
            CAUSE_16 + REQUIRED,
            "with an element to be comprehended",
            (96,),
        ),
        ("disconnect-unknown-element", "5.8.7.1", CAUSE_16 + UNKNOWN, "with an unknown element", (99, 16)),
    )
    for state in LIVE[role]:
        for name, clause, tail, says, causes in probes:
            told = " or ".join(map(str, causes))
            yield case(
                role,
                state,
                "invalid",
                name,
                clause,
                f"In {state}, DISCONNECT {says} is answered by RELEASE with cause {told}.",
                _send(Mt.DISCONNECT, tail, says),
                Expect((Want(Mt.RELEASE, causes),)),
                Believe(19),
                Send(Mt.RELEASE_COMPLETE),
                State(0),
            )


def releases(role: Side) -> Iterator[Case]:
    """RELEASE and RELEASE COMPLETE: end the call whatever is wrong with them."""
    probes = (
        ("release-without-cause", "5.8.6.1, 3.1.9", b"", "without cause", (96,)),
        ("release-broken-cause", "5.8.6.2", BROKEN_CAUSE, "with a cause of one octet", (100,)),
        (
            "release-comprehension",
            "5.8.7.1",
            CAUSE_16 + REQUIRED,
            "with an element to be comprehended",
            (96,),
        ),
        ("release-unknown-element", "5.8.7.1", CAUSE_16 + UNKNOWN, "with an unknown element", ()),
    )
    active = "U10" if role is Side.USER else "N10"
    alerted = "U4" if role is Side.USER else "N4"
    for state in (active, alerted):
        for name, clause, tail, says, causes in probes:
            told = f" with cause {causes[0]}" if causes else ""
            yield case(
                role,
                state,
                "invalid",
                name,
                clause,
                f"In {state}, RELEASE {says} is answered by RELEASE COMPLETE{told}.",
                _send(Mt.RELEASE, tail, says),
                Expect((Want(Mt.RELEASE_COMPLETE, causes),)),
                State(0),
            )
    for state in (*LIVE[role], *CLEARING[role]):
        for name, clause, tail, says in (
            ("release-complete-without-cause", "5.8.6.1", b"", "without cause"),
            ("release-complete-broken-cause", "5.8.6.2", BROKEN_CAUSE, "with a cause of one octet"),
        ):
            yield case(
                role,
                state,
                "invalid",
                name,
                clause,
                f"In {state}, RELEASE COMPLETE {says} ends the call, and nothing is sent.",
                _send(Mt.RELEASE_COMPLETE, tail, says),
                Nothing(),
                State(0),
            )


def _send(kind: int, tail: bytes, says: str) -> Send:
    return Send(kind, tail=tail, says=says)


def statuses(role: Side) -> Iterator[Case]:
    """STATUS that lacks what is mandatory in it."""
    probes = (
        ("status-without-cause", bytes.fromhex("14010a"), "without cause"),
        ("status-without-call-state", bytes.fromhex("0802809e"), "without call state"),
    )
    for state in (*TAKEN[role], *CLEARING[role]):
        for name, tail, says in probes:
            yield case(
                role,
                state,
                "invalid",
                name,
                "5.8.6.1",
                f"In {state}, STATUS {says} is answered by STATUS with cause 96 and changes nothing.",
                _send(Mt.STATUS, tail, says),
                Expect((Want(Mt.STATUS, (96,), None),)),
                State(int(state[1:])),
            )


def notifications(role: Side) -> Iterator[Case]:
    """NOTIFY and PROGRESS, which change nothing when they are right, and nothing when they are wrong."""
    notified = {Side.USER: ("U4", "U7", "U10"), Side.NETWORK: ("N4", "N7", "N10")}[role]
    for state in notified:
        yield _reported(
            role, state, "notify-without-indicator", "5.8.6.1", Mt.NOTIFY, b"", "without indicator", 96
        )
        tail = bytes.fromhex("2701f1") + REQUIRED
        says = "with an element to be comprehended"
        yield _reported(role, state, "notify-comprehension", "5.8.7.1", Mt.NOTIFY, tail, says, 96)
    announced = {Side.USER: ("U3", "U4"), Side.NETWORK: ("N9", "N7")}[role]
    for state in announced:
        yield _reported(
            role,
            state,
            "progress-without-indicator",
            "5.8.6.1",
            Mt.PROGRESS,
            b"",
            "without progress indicator",
            96,
        )
        says = "with a progress indicator of one octet"
        yield _reported(
            role, state, "progress-broken-indicator", "5.8.6.2", Mt.PROGRESS, BROKEN_PROGRESS, says, 100
        )


def _reported(
    role: Side, state: str, name: str, clause: str, kind: int, tail: bytes, says: str, cause: int
) -> Case:
    return case(
        role,
        state,
        "invalid",
        name,
        clause,
        f"In {state}, {Mt(kind).title} {says} is answered by STATUS with cause {cause} and changes nothing.",
        _send(kind, tail, says),
        Expect((Want(Mt.STATUS, (cause,)),)),
        State(int(state[1:])),
    )


def responses(role: Side) -> Iterator[Case]:
    """The messages that take a call further, with what is passed over and what is not."""
    steps = {
        Side.USER: (("U3", Mt.ALERTING, 4), ("U4", Mt.CONNECT, 10), ("U2", Mt.CALL_PROCEEDING, 3)),
        Side.NETWORK: (("N9", Mt.ALERTING, 7), ("N7", Mt.CONNECT, 10), ("N25", Mt.CALL_PROCEEDING, 9)),
    }
    passed_over = (
        ("unknown-element", "5.8.7.1", UNKNOWN, "with an unknown element"),
        ("broken-optional", "5.8.7.2", BROKEN_PROGRESS, "with a broken progress indicator"),
        ("other-codeset", "5.8.7.1, 4.5.3", OTHER_CODESET, "with an element of another codeset"),
    )
    for state, kind, after in steps[role]:
        stem, title = Mt(kind).title.lower().replace(" ", "-"), Mt(kind).title
        answer: tuple[Step, ...] = (Nothing(may=REMARK),)
        if kind == Mt.CONNECT:
            answer = (Expect((Want(Mt.CONNECT_ACKNOWLEDGE),), may=REMARK), Nothing(may=REMARK))
        for name, clause, tail, says in passed_over:
            yield case(
                role,
                state,
                "invalid",
                f"{stem}-{name}",
                clause,
                f"In {state}, {title} {says} takes the call to state {after} all the same.",
                _send(kind, tail, says),
                *answer,
                State(after),
            )
        says = "with an element to be comprehended"
        yield _reported(role, state, f"{stem}-comprehension", "5.8.7.1", kind, REQUIRED, says, 96)


def first_responses(role: Side) -> Iterator[Case]:
    """The first response to a SETUP of the user side has to name the channel (3.1.2, 3.1.3, 3.1.15)."""
    broken = bytes.fromhex("1801a9")
    state = "U1" if role is Side.USER else "N6"
    for kind in (Mt.SETUP_ACKNOWLEDGE, Mt.CALL_PROCEEDING, Mt.ALERTING):
        stem = Mt(kind).title.lower().replace(" ", "-")
        if role is Side.USER:
            yield _reported(
                role,
                state,
                f"{stem}-without-channel",
                "5.8.6.1",
                kind,
                b"",
                "without channel identification",
                96,
            )
            says = "with a channel identification of one octet"
            yield _reported(role, state, f"{stem}-broken-channel", "5.8.6.2", kind, broken, says, 100)


def cases(role: Side) -> Iterator[Case]:
    """All of a role."""
    yield from setups(role)
    yield from disconnects(role)
    yield from releases(role)
    yield from statuses(role)
    yield from notifications(role)
    yield from responses(role)
    yield from first_responses(role)
