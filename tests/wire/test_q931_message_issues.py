"""What is wrong with a message, told for the error procedures (Q.931 5.8.4 to 5.8.7)."""

from __future__ import annotations

import pytest

from trunkwire.q931.ies import CauseIE, DisplayIE, RawIE
from trunkwire.q931.message import Issue, IssueKind, MessageCodec, build, parse
from trunkwire.q931.messages import EVERY_TABLE, TABLES, Id, MessageType
from trunkwire.side import Side

BEARER = "0403 8090a3"
CHANNEL = "1803 a98381"
CAUSE = "0802 8090"
PROGRESS = "1e02 8488"
STATE = "1401 0a"
RESTART = "7901 80"
NOTE = "2701 80"

MANDATORY = {
    MessageType.SETUP: {Id.BEARER_CAPABILITY: BEARER},
    MessageType.DISCONNECT: {Id.CAUSE: CAUSE},
    MessageType.PROGRESS: {Id.PROGRESS_INDICATOR: PROGRESS},
    MessageType.STATUS: {Id.CAUSE: CAUSE, Id.CALL_STATE: STATE},
    MessageType.RESTART: {Id.RESTART_INDICATOR: RESTART},
    MessageType.RESTART_ACKNOWLEDGE: {Id.RESTART_INDICATOR: RESTART},
    MessageType.NOTIFY: {Id.NOTIFICATION_INDICATOR: NOTE},
    MessageType.RESUME_ACKNOWLEDGE: {Id.CHANNEL_IDENTIFICATION: CHANNEL},
    MessageType.RESUME_REJECT: {Id.CAUSE: CAUSE},
    MessageType.SUSPEND_REJECT: {Id.CAUSE: CAUSE},
    MessageType.CONGESTION_CONTROL: {Id.CONGESTION_LEVEL: "b0", Id.CAUSE: CAUSE},
    MessageType.USER_INFORMATION: {Id.USER_USER: "7e02 0441"},
    MessageType.HOLD_REJECT: {Id.CAUSE: CAUSE},
    MessageType.RETRIEVE_REJECT: {Id.CAUSE: CAUSE},
}
"""What either side must send, by clauses 3.1 and 3.3 and Q.932 7.1."""


def octets(kind: int, *elements: str) -> bytes:
    """A message with call reference 1."""
    return bytes([8, 2, 0, 1, kind]) + bytes.fromhex("".join(elements))


def told(data: bytes, sender: Side | None = None) -> list[tuple[IssueKind, int, int]]:
    """(kind, identifier, offset) of each issue; the same from a codec that has met the message before."""
    issues = parse(data, sender).issues
    codec = MessageCodec()
    assert codec.parse(data, sender).issues == issues == codec.parse(data, sender).issues
    assert build(parse(data, sender)) == data or any("octets, " in issue.detail for issue in issues)
    return [(issue.kind, issue.identifier, issue.offset) for issue in issues]


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: MessageType(kind).name)
def test_mandatory_elements_of_either_direction(kind: int) -> None:
    needed = MANDATORY.get(MessageType(kind), {})
    assert told(octets(kind, *needed.values())) == []
    missing = [(IssueKind.MISSING_MANDATORY, int(identifier), 5) for identifier in needed]
    assert told(octets(kind)) == missing


def test_the_channel_is_mandatory_from_the_network_only() -> None:
    setup = octets(MessageType.SETUP, BEARER)
    assert told(setup, Side.USER) == []
    assert told(setup, Side.NETWORK) == [(IssueKind.MISSING_MANDATORY, 0x18, 10)]
    assert told(octets(MessageType.SETUP, BEARER, CHANNEL), Side.NETWORK) == []


@pytest.mark.parametrize(
    ("kind", "elements", "expected"),
    [
        (MessageType.DISCONNECT, ["0801 80"], [(IssueKind.INVALID_MANDATORY, 0x08, 5)]),
        (MessageType.RELEASE, ["0801 80"], [(IssueKind.INVALID_OPTIONAL, 0x08, 5)]),
        (MessageType.SETUP, [BEARER, "1802 a983"], [(IssueKind.INVALID_OPTIONAL, 0x18, 10)]),
        (MessageType.DISCONNECT, ["0804 8090"], [(IssueKind.INVALID_MANDATORY, 0x08, 5)]),
        (MessageType.CONNECT, ["2805 41"], [(IssueKind.TRUNCATED, 0x28, 5)]),
        (MessageType.CONNECT, ["28"], [(IssueKind.TRUNCATED, 0x28, 5)]),
    ],
)
def test_contents(kind: int, elements: list[str], expected: list[tuple[IssueKind, int, int]]) -> None:
    data = octets(kind, *elements)
    assert [(i.kind, i.identifier, i.offset) for i in parse(data).issues] == expected
    identifier = expected[0][1]
    kept = [element for element in parse(data).ies if element.identifier == identifier]
    assert all(isinstance(element, RawIE) for element in kept)


def test_bad_contents_of_a_channel_are_mandatory_ones_from_the_network() -> None:
    data = octets(MessageType.SETUP, BEARER, "1802 a983")
    assert told(data, Side.NETWORK) == [(IssueKind.INVALID_MANDATORY, 0x18, 10)]
    (issue,) = parse(data, Side.NETWORK).issues
    assert issue.detail == "ChannelIdentificationIE.numbers, octet offset 2: octet 3.3 is missing"


def test_out_of_sequence() -> None:
    assert told(octets(MessageType.SETUP, CHANNEL, BEARER)) == [(IssueKind.OUT_OF_SEQUENCE, 0x04, 10)]
    assert told(octets(MessageType.SETUP, "a1", BEARER, CHANNEL)) == []
    assert told(octets(MessageType.SETUP, BEARER, "1e028488 1e028483")) == []


def test_codesets_have_sequences_of_their_own() -> None:
    assert told(octets(MessageType.SETUP, BEARER, "9e 760100", CHANNEL)) == []
    twice = octets(MessageType.SETUP, BEARER, "96 760100 320100")
    (issue,) = parse(twice).issues
    assert issue == Issue(IssueKind.OUT_OF_SEQUENCE, 0x32, 6, 14, "element 0x32 stands behind 0x76")


def test_duplicates_beyond_what_the_message_allows() -> None:
    assert told(octets(MessageType.CONNECT, CHANNEL, CHANNEL)) == [(IssueKind.DUPLICATE, 0x18, 10)]
    assert told(octets(MessageType.DISCONNECT, CAUSE, CAUSE)) == []
    third = [(IssueKind.DUPLICATE, 0x1E, 13)]
    assert told(octets(MessageType.ALERTING, PROGRESS, PROGRESS, PROGRESS)) == third


def test_unknown_elements_by_whether_they_must_be_understood() -> None:
    assert told(octets(MessageType.CONNECT, "0501 00")) == [(IssueKind.COMPREHENSION_REQUIRED, 0x05, 5)]
    assert told(octets(MessageType.CONNECT, "5501 00")) == [(IssueKind.UNRECOGNISED_IE, 0x55, 5)]
    assert told(octets(MessageType.CONNECT, "e3")) == [(IssueKind.UNRECOGNISED_IE, 0xE3, 5)]


def test_known_elements_in_the_wrong_message_or_direction() -> None:
    assert told(octets(MessageType.CONNECT_ACKNOWLEDGE, CHANNEL)) == [(IssueKind.UNEXPECTED_IE, 0x18, 5)]
    display = octets(MessageType.CONNECT, "2801 41")
    assert told(display) == told(display, Side.NETWORK) == []
    assert told(display, Side.USER) == [(IssueKind.UNEXPECTED_IE, 0x28, 5)]
    assert parse(display, Side.USER).get(DisplayIE) == DisplayIE(text="A")


def test_facility_is_welcome_in_every_message() -> None:
    for kind, needed in MANDATORY.items():
        ordered = sorted([*needed.values(), "1c03 91a100"])
        assert told(octets(kind, *ordered)) == []


def test_single_octet_elements_are_known_by_their_upper_half() -> None:
    assert told(octets(MessageType.SETUP, "d2", BEARER)) == []
    assert told(octets(MessageType.STATUS_ENQUIRY, "b4")) == [(IssueKind.UNEXPECTED_IE, 0xB4, 5)]


def test_an_unknown_message_is_told_first_and_its_elements_are_kept() -> None:
    data = octets(0x77, CAUSE)
    assert told(data) == [(IssueKind.UNKNOWN_MESSAGE, 0, 0)]
    assert parse(data).type == 0x77
    assert parse(data).get(CauseIE) is not None


def test_a_known_message_without_table_is_checked_for_unknown_elements_only() -> None:
    assert told(octets(MessageType.DETACH, RESTART)) == []
    assert told(octets(MessageType.DETACH, "0501 00")) == [(IssueKind.COMPREHENSION_REQUIRED, 0x05, 5)]


def test_every_kind_of_issue_names_its_clause() -> None:
    assert all("5.8." in kind.value for kind in IssueKind if kind is not IssueKind.TRUNCATED)


@pytest.mark.parametrize(
    ("kind", "elements", "expected"),
    [
        (MessageType.FACILITY, [], [(IssueKind.MISSING_MANDATORY, 0x1C, 5)]),
        (MessageType.FACILITY, ["1c01 91", "2701 f9", "7602 8131"], []),
        (MessageType.FACILITY, ["0d01 91"], []),
        (MessageType.FACILITY, ["1c00"], [(IssueKind.INVALID_MANDATORY, 0x1C, 5)]),
        (MessageType.REGISTER, [], []),
        (MessageType.SEGMENT, [], [(IssueKind.MISSING_MANDATORY, 0x00, 5)]),
        (MessageType.SEGMENT, ["0002 8005"], []),
        (MessageType.DETACH, ["0802 8090"], []),
    ],
)
def test_a_trace_is_judged_by_the_tables_of_all_messages(
    kind: MessageType, elements: list[str], expected: list[tuple[IssueKind, int, int]]
) -> None:
    message = MessageCodec(EVERY_TABLE).parse(octets(kind, *elements))
    assert [(issue.kind, issue.identifier, issue.offset) for issue in message.issues] == expected
    left = [issue for issue in expected if issue[0] is IssueKind.INVALID_MANDATORY]
    assert len(parse(octets(kind, *elements)).issues) == len(left), "call control leaves them to others"
