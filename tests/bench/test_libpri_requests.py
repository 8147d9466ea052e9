"""What libpri announces by "DL-DATA request": dropped when it is sent, kept and marked when it is not."""

from __future__ import annotations

import io

import pytest

from trunkbench.trace.inputs import open_trace
from trunkbench.trace.inputs.libprirequests import LINES, NOT_SEEN_SENT
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.record import Direction, FrameRecord, Happening

SETUP = "0802000c0504038090a31803a98381700481313233"
SETUP_HEAD = [
    "Protocol Discriminator: Q.931 (8)  len=21",
    "TEI=0 Call Ref: len= 2 (reference 12/0xC) (Sent from originator)",
    "Message Type: SETUP (5)",
]
SETUP_LINES = [*SETUP_HEAD, "[04 03 80 90 a3]", "[18 03 a9 83 81]", "[70 04 81 31 32 33]"]
RELEASED = "0802800c5a08028291"
RELEASED_LINES = [
    "Protocol Discriminator: Q.931 (8)  len=9",
    "TEI=0 Call Ref: len= 2 (reference 12/0xC) (Sent to originator)",
    "Message Type: RELEASE COMPLETE (90)",
    "[08 02 82 91]",
]
REQUEST = ["DL-DATA request", *SETUP_LINES]
ANNOUNCED = ["DL-DATA request", *SETUP_HEAD]
SENT = {
    "message": [*SETUP_LINES],
    "octets": [f"[ 00 01 06 04 {bytes.fromhex(SETUP).hex(' ')} ]"],
    "octets of a UI frame": [f"[ 02 ff 03 {bytes.fromhex(SETUP).hex(' ')} ]"],
    "frame in words": [
        "Informational frame:",
        "SAPI: 00  C/R: 0 EA: 0",
        " TEI: 000        EA: 1",
        "N(S): 003   0: 0",
        "N(R): 002   P: 0",
        "21 bytes of data",
        *SETUP_LINES,
    ],
}
EVENT = "T200 timed out\n"


def said(mark: str, lines: list[str], span: int = 1) -> str:
    return "".join(f"PRI Span: {span} {mark} {line}\n" for line in lines)


def read(text: str) -> tuple[list[Item], list[str]]:
    trace = open_trace(io.BytesIO(text.encode()), "log")
    return list(trace), trace.findings


def messages(text: str) -> list[tuple[str, bool]]:
    """Each frame's octets and whether it was only requested."""
    items, _findings = read(text)
    return [(item.data.hex(), NOT_SEEN_SENT in item.words) for item in items if isinstance(item, FrameRecord)]


@pytest.mark.parametrize("request_lines", [REQUEST, ANNOUNCED])
@pytest.mark.parametrize("sent", SENT)
def test_request_that_was_sent_stands_once(request_lines: list[str], sent: str) -> None:
    text = said(">", request_lines) + "\n" + EVENT + said(">", SENT[sent]) + said("<", RELEASED_LINES)
    (setup, requested), released = messages(text)
    assert setup.endswith(SETUP)
    assert not requested
    assert released == (RELEASED, False)
    assert read(text)[1] == ["the log has no time stamps: every time is 0"]


def test_request_that_is_printed_once_is_kept_where_it_stands() -> None:
    text = EVENT + said(">", REQUEST) + EVENT + said("<", RELEASED_LINES) + EVENT
    items, findings = read(text)
    assert [type(item) for item in items] == [Happening, FrameRecord, Happening, FrameRecord, Happening]
    request, answer = items[1], items[3]
    assert isinstance(request, FrameRecord)
    assert (request.data.hex(), request.words, request.number) == (SETUP, (NOT_SEEN_SENT,), 3)
    assert request.direction is Direction.OUT
    assert not request.rebuilt
    assert isinstance(answer, FrameRecord)
    assert answer.words == ()
    assert f"1 messages were {NOT_SEEN_SENT}" in findings
    assert not any("rebuilt" in finding for finding in findings)


def test_announcement_alone_says_how_long_the_message_was() -> None:
    items, _findings = read(said(">", ANNOUNCED))
    (record,) = items
    assert isinstance(record, FrameRecord)
    assert (record.data.hex(), record.original) == (SETUP[:10], 21)


def test_what_is_sent_is_another_message() -> None:
    other = [SETUP_LINES[0], "TEI=0 Call Ref: len= 2 (reference 13/0xD) (Sent from originator)"]
    other += SETUP_LINES[2:]
    longer = ["Protocol Discriminator: Q.931 (8)  len=22", *SETUP_LINES[1:], "[a1]"]
    for lines, octets in ((other, SETUP.replace("000c", "000d", 1)), (longer, f"{SETUP}a1")):
        assert messages(said(">", REQUEST) + said(">", lines)) == [(SETUP, True), (octets, False)]
    both = said(">", REQUEST) + said(">", SETUP_LINES, span=2)
    assert messages(both) == [(SETUP, True), (SETUP, False)]


def test_two_requests_and_one_transmission() -> None:
    text = said(">", REQUEST) * 2 + said(">", SETUP_LINES)
    assert messages(text) == [(SETUP, True), (SETUP, False)]


def test_answer_ends_the_waiting_and_nothing_is_lost_behind_it() -> None:
    """What is sent after all stands there too."""
    text = said(">", REQUEST) + said("<", RELEASED_LINES) + said(">", SETUP_LINES)
    assert messages(text) == [(SETUP, True), (RELEASED, False), (SETUP, False)]


def test_waiting_is_bounded() -> None:
    """A reader that follows a log sees the request after some lines, without the end of the log."""
    between = "x\n" * (LINES - len(SETUP_LINES) - 2)
    for more, expected in ((0, [(SETUP, False)]), (20, [(SETUP, True), (SETUP, False)])):
        text = said(">", REQUEST) + between + "x\n" * more + said(">", SETUP_LINES)
        assert messages(text) == expected
    asked = iter(open_trace(io.BytesIO((said(">", REQUEST) + "x\n" * 10 * LINES).encode()), "log"))
    assert isinstance(next(asked), FrameRecord)
