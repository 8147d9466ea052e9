"""The error procedures of Q.931 5.8, ours beside libpri's: raw messages, and what each side answers.

Every probe is octets written by hand, thrown at both stacks as user and as network side. Where libpri answers
otherwise than the Recommendation asks, the probe says so (`libpri=`), and docs/peers.md says who is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from clockhook import why_no_virtual_time
from peer_runs import Once
from peerlib import absent, require_library, run_worker

Answers = list[tuple[int, int | None]]
"""(message type, cause value or None) of each answer, in order."""

CALL_PROCEEDING, ALERTING, CONNECT, RELEASE, RELEASE_COMPLETE = 0x02, 0x01, 0x07, 0x4D, 0x5A
DISCONNECT, RESTART_ACKNOWLEDGE, STATUS = 0x45, 0x4E, 0x7D

BEARER, CHANNEL_1, CALLED_300 = "04038090a3", "1803a98381", "700480333030"
NORMAL = "08028090"
SETUP = "0802000105" + BEARER + CHANNEL_1 + CALLED_300 + "a1"
ANSWERED: Answers = [(CALL_PROCEEDING, None), (ALERTING, None), (CONNECT, None)]


@dataclass(frozen=True, slots=True)
class Probe:
    """Messages in hex, what has to come back, and what libpri sends where that is something else."""

    clause: str
    messages: tuple[str, ...]
    answers: Answers
    libpri: Answers | None = None
    calls: int = 0
    """Calls that are left afterwards."""


PROBES = {
    "call": Probe("5.2", (SETUP,), ANSWERED, calls=1),
    "same SETUP again": Probe("5.8.3.2 e)", (SETUP, SETUP), ANSWERED, calls=1),
    "other protocol discriminator": Probe("5.8.1", ("0902000105" + BEARER,), []),
    "message too short": Probe("5.8.2", ("0802",), []),
    "unknown reference, CONNECT": Probe("5.8.3.2 a)", ("0802800907",), [(RELEASE_COMPLETE, 81)]),
    "unknown reference, RELEASE": Probe("5.8.3.2 b)", ("080200094d08028090",), [(RELEASE_COMPLETE, 81)]),
    "unknown reference, RELEASE COMPLETE": Probe("5.8.3.2 c)", ("080200095a08028090",), []),
    "unknown reference, STATUS ENQUIRY": Probe(
        "5.8.3.2 h), 5.8.10", ("0802000975",), [(STATUS, 30)], libpri=[(RELEASE_COMPLETE, 81)]
    ),
    "STATUS ENQUIRY in a call": Probe("5.8.10", (SETUP, "0802000175"), [*ANSWERED, (STATUS, 30)], calls=1),
    "unknown message type in a call": Probe(
        "5.8.4", (SETUP, "0802000177"), [*ANSWERED, (STATUS, 97)], calls=1
    ),
    "unexpected message in a call": Probe(
        "5.8.4", (SETUP, "080200010d"), [*ANSWERED, (STATUS, 101)], calls=1
    ),
    "SETUP without bearer capability": Probe(
        "5.8.6.1", ("0802000105" + CHANNEL_1 + CALLED_300 + "a1",), [(RELEASE_COMPLETE, 96)]
    ),
    "SETUP with an element to be comprehended": Probe(
        "5.8.7.1",
        ("0802000105" + BEARER + CHANNEL_1 + "0f0101" + CALLED_300 + "a1",),
        [(RELEASE_COMPLETE, 96)],
    ),
    "DISCONNECT without cause": Probe("5.8.6.1", (SETUP, "0802000145"), [*ANSWERED, (RELEASE, 96)], calls=1),
    "RELEASE without cause": Probe(
        "5.8.6.1",
        (SETUP, "080200014d"),
        [*ANSWERED, (RELEASE_COMPLETE, 96)],
        libpri=[*ANSWERED, (RELEASE_COMPLETE, 16)],
    ),
    "RELEASE in a call": Probe(
        "5.3.3, 3.1.10: a cause is optional when it is not the first clearing message",
        (SETUP, "080200014d08028090"),
        [*ANSWERED, (RELEASE_COMPLETE, None)],
        libpri=[*ANSWERED, (RELEASE_COMPLETE, 16)],
    ),
    "channel as slot map": Probe(
        "4.5.13", ("0802000105" + BEARER + "1806a99300000002" + CALLED_300 + "a1",), ANSWERED, calls=1
    ),
    "channel 16": Probe(
        "Q.850, cause 82",
        ("0802000105" + BEARER + "1803a98390" + CALLED_300 + "a1",),
        [(RELEASE_COMPLETE, 82)],
        libpri=[(RELEASE_COMPLETE, 44)],  # the choice of the application above it
    ),
    "STATUS null in a call": Probe("5.8.11 a)", (SETUP, "080200017d0802809e140100"), ANSWERED),
    "length of the call reference, bits 5 to 8": Probe(
        "5.8.3.1 a)", (SETUP, "0812000145" + NORMAL), ANSWERED, calls=1, libpri=[*ANSWERED, (RELEASE, 16)]
    ),
    "call reference of three octets": Probe(
        "5.8.3.1 b)",
        (SETUP, "080300000145" + NORMAL),
        ANSWERED,
        calls=1,
        libpri=[*ANSWERED, (CALL_PROCEEDING, None)],
    ),
    "dummy call reference": Probe("5.8.3.1 c)", ("080075",), [], libpri=[(CALL_PROCEEDING, None)]),
    "SETUP with the flag of an answer": Probe(
        "5.8.3.2 d)", ("0802800105" + SETUP[10:],), [], libpri=ANSWERED
    ),
    "global reference, DISCONNECT": Probe(
        "5.8.3.2 f)", ("0802000045" + NORMAL,), [(STATUS, 81)], libpri=[(RELEASE_COMPLETE, 81)]
    ),
    "unknown reference, STATUS active": Probe(
        "5.8.3.2 g), 5.8.11", ("080200097d0802809e14010a",), [(RELEASE_COMPLETE, 101)]
    ),
    "unknown reference, STATUS null": Probe(
        "5.8.3.2 g), 5.8.11", ("080200097d0802809e140100",), [], libpri=[(RELEASE_COMPLETE, 101)]
    ),
    "unknown reference, unknown type": Probe(
        "5.8.3.2 a)", ("0802000933",), [(RELEASE_COMPLETE, 81)], libpri=[]
    ),
    "elements out of sequence": Probe(
        "5.8.5.1", ("0802000105" + CHANNEL_1 + BEARER + CALLED_300 + "a1",), ANSWERED, calls=1
    ),
    "an element repeated": Probe(
        "5.8.5.2",
        ("0802000105" + BEARER + CHANNEL_1 + CALLED_300 + "700480313131a1",),
        ANSWERED,
        calls=1,
        libpri=[(RELEASE_COMPLETE, 1)],
    ),
    "SETUP, bearer capability broken": Probe(
        "5.8.6.2",
        ("08020001050400" + CHANNEL_1 + CALLED_300 + "a1",),
        [(RELEASE_COMPLETE, 100)],
        libpri=[(RELEASE_COMPLETE, 65)],
    ),
    "NOTIFY without its indicator": Probe(
        "5.8.6.1", (SETUP, "080200016e"), [*ANSWERED, (STATUS, 96)], calls=1, libpri=ANSWERED
    ),
    "STATUS without the call state": Probe(
        "5.8.6.1", (SETUP, "080200017d0802809e"), [*ANSWERED, (STATUS, 96)], calls=1
    ),
    "DISCONNECT, cause broken": Probe(
        "5.8.6.2",
        (SETUP, "08020001450800"),
        [*ANSWERED, (RELEASE, 100)],
        calls=1,
        libpri=[*ANSWERED, (RELEASE, 16)],
    ),
    "element not known, in a call": Probe(
        "5.8.7.1 (the STATUS is an option)",
        (SETUP, "080200016e2701803f00"),
        [*ANSWERED, (STATUS, 99)],
        calls=1,
        libpri=ANSWERED,
    ),
    "element not known, DISCONNECT": Probe(
        "5.8.7.1",
        (SETUP, "0802000145" + NORMAL + "3f00"),
        [*ANSWERED, (RELEASE, 99)],
        calls=1,
        libpri=[*ANSWERED, (RELEASE, 16)],
    ),
    "element not known, RELEASE": Probe(
        "5.8.7.1",
        (SETUP, "080200014d" + NORMAL + "3f00"),
        [*ANSWERED, (RELEASE_COMPLETE, 99)],
        libpri=[*ANSWERED, (RELEASE_COMPLETE, 16)],
    ),
    "element to be comprehended, in a call": Probe(
        "5.8.7.1", (SETUP, "080200016e0500270180"), [*ANSWERED, (STATUS, 96)], calls=1, libpri=ANSWERED
    ),
    "optional element broken, in a call": Probe(
        "5.8.7.2 (the STATUS is an option)",
        (SETUP, "080200016e0400270180"),
        [*ANSWERED, (STATUS, 100)],
        calls=1,
        libpri=ANSWERED,
    ),
    "element not expected, in a call": Probe(
        "5.8.7.3 (the STATUS is an option)",
        (SETUP, "080200016e2701807903800000"),
        [*ANSWERED, (STATUS, 99)],
        calls=1,
        libpri=ANSWERED,
    ),
    "STATUS, the same state": Probe("5.8.11", (SETUP, "080200017d0802809e14010a"), ANSWERED, calls=1),
    "STATUS, a state of clearing": Probe(
        "5.8.11",
        (SETUP, "080200017d0802809e14010c"),
        [*ANSWERED, (DISCONNECT, 101)],
        calls=1,
        libpri=ANSWERED,
    ),
    "RESTART of several channels": Probe(
        "5.5.2", ("08020000461804a9830384790180",), [(RESTART_ACKNOWLEDGE, None)]
    ),
    "RESTART of a channel that does not exist": Probe(
        "5.5.2", ("08020000461803a98390790180",), [(STATUS, 82)], libpri=[(RESTART_ACKNOWLEDGE, None)]
    ),
    "RESTART of a reserved class": Probe(
        "4.5.25, 5.8.6.2", ("08020000461803a98383790183",), [(STATUS, 100)], libpri=[]
    ),
    "RESTART ACKNOWLEDGE of nothing": Probe("5.5.1", ("080280004e1803a98383790180",), []),
    "RESTART of a channel": Probe("5.5.2", ("08020000461803a98383790180",), [(RESTART_ACKNOWLEDGE, None)]),
    "RESTART of the interface": Probe("5.5.2", ("0802000046790186",), [(RESTART_ACKNOWLEDGE, None)]),
    "RESTART of all interfaces": Probe("5.5.2", ("0802000046790187",), [(RESTART_ACKNOWLEDGE, None)]),
    "RESTART without indicator": Probe("5.8.6.1", ("08020000461803a98383",), [(STATUS, 96)]),
    "RESTART of the channel of a call": Probe(
        "5.5.2",
        (SETUP, "08020000461803a98381790180"),
        [*ANSWERED, (RESTART_ACKNOWLEDGE, None)],
    ),
}


def type_and_cause(message: str) -> tuple[int, int | None]:
    """The type of a message and the value of its first cause element."""
    octets = bytes.fromhex(message)
    at = 5
    while at < len(octets):
        if octets[at] >= 0x80:  # a single octet element
            at += 1
            continue
        body = octets[at + 2 : at + 2 + octets[at + 1]]
        if octets[at] == 0x08:
            return octets[4], body[1 if body[0] >= 0x80 else 2] % 128
        at += 2 + len(body)
    return octets[4], None


@pytest.fixture(scope="session")
def once() -> Once:
    return Once()


@pytest.fixture
def results(once: Once) -> dict[str, Any]:
    require_library("libpri.so.1.4", "libpri1.4")
    reason = why_no_virtual_time()
    if reason is not None:
        absent(reason)
    request = {"probes": {name: probe.messages for name, probe in PROBES.items()}}
    worker = Path(__file__).with_name("libpri_errors_worker.py")
    answers: dict[str, Any] = once.of("errors", lambda: run_worker(worker, request))
    return answers


@pytest.mark.parametrize("side", ["user", "network"])
@pytest.mark.parametrize("name", PROBES)
def test_both_stacks_answer_by_the_clause(results: dict[str, Any], name: str, side: str) -> None:
    probe = PROBES[name]
    ours, theirs = results[f"ours/{side}/{name}"], results[f"libpri/{side}/{name}"]
    assert [type_and_cause(answer) for answer in ours["answers"]] == probe.answers, probe.clause
    expected = probe.answers if probe.libpri is None else probe.libpri
    assert [type_and_cause(answer) for answer in theirs["answers"]] == expected, probe.clause
    assert ours["calls"] == probe.calls
    assert ours["up"] == theirs["up"] == [True, True]


def test_deviations_are_real() -> None:
    """A deviation of libpri that is none would hide a change of ours."""
    assert all(probe.libpri != probe.answers for probe in PROBES.values())
