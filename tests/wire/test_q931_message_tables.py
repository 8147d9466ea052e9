"""The element tables of clause 3.1, held against a second writing of them.

A letter after the identifier says which side must send the element (M either, N the network), or which alone
may (n the network, u the user); a number says how often it may stand, where that is not once.
"""

from __future__ import annotations

import pytest

from trunkwire.q931.messages import EVERY_TABLE, TABLES, Id, MessageType, Row
from trunkwire.side import Side

EVERYWHERE = "0d*99 1c*99 28n"
CLAUSE_3_1 = {
    MessageType.ALERTING: "04 18 1e*2 27 34 4c 76 7d 7e",
    MessageType.CALL_PROCEEDING: "04 18 1e*2 27 7d",
    MessageType.CONNECT: "04 18 1e*2 27 29n 34 4c 4d 7c 7d 7e",
    MessageType.CONNECT_ACKNOWLEDGE: "34n",
    MessageType.DISCONNECT: "08M*2 1e*2 27 34n 7e",
    MessageType.INFORMATION: "08n 2c 32n 34n 38u 39n 70 a1",
    MessageType.NOTIFY: "04 27M*9 76",
    MessageType.PROGRESS: "04 08 1eM*2 27 7d 7e",
    MessageType.RELEASE: "08*2 34n 7e",
    MessageType.RELEASE_COMPLETE: "08*2 34n 7e",
    MessageType.SETUP: (
        "04M*2 18N 1e*2 20*4 27*2 29n 2c 34n 40 42 43 44 45 46 47 4a 6c 6d 70 71 74 78u*4 7c*2 7d*2 7e a1 d0"
    ),
    MessageType.SETUP_ACKNOWLEDGE: "18 1e*2 34n",
    MessageType.STATUS: "08M 14M",
    MessageType.STATUS_ENQUIRY: "",
    MessageType.RESUME: "10",
    MessageType.RESUME_ACKNOWLEDGE: "18M",
    MessageType.RESUME_REJECT: "08M",
    MessageType.SUSPEND: "10",
    MessageType.SUSPEND_ACKNOWLEDGE: "",
    MessageType.SUSPEND_REJECT: "08M",
    MessageType.CONGESTION_CONTROL: "08M b0M",
    MessageType.USER_INFORMATION: "7eM a0",
    MessageType.HOLD: "",
    MessageType.HOLD_ACKNOWLEDGE: "",
    MessageType.HOLD_REJECT: "08M",
    MessageType.RETRIEVE: "18",
    MessageType.RETRIEVE_ACKNOWLEDGE: "18",
    MessageType.RETRIEVE_REJECT: "08M",
    MessageType.RESTART: "18 79M",
    MessageType.RESTART_ACKNOWLEDGE: "18 79M",
}


def spelled(identifier: int, row: Row) -> str:
    """A row of ours in the spelling above."""
    both = frozenset(Side)
    must = {both: "M", frozenset({Side.NETWORK}): "N", frozenset(): ""}[row.mandatory_from]
    may = {both: "", frozenset({Side.NETWORK}): "n", frozenset({Side.USER}): "u"}[row.sent_by]
    return f"{identifier:02x}{must}{may}" + (f"*{row.most}" if row.most != 1 else "")


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: MessageType(kind).name)
def test_a_table_is_what_the_clause_lists(kind: int) -> None:
    expected = sorted(f"{EVERYWHERE} {CLAUSE_3_1[MessageType(kind)]}".split())
    assert sorted(spelled(identifier, row) for identifier, row in TABLES[kind].items()) == expected


def test_a_trace_is_held_against_a_table_for_every_message() -> None:
    assert set(EVERY_TABLE) == set(MessageType) - {MessageType.ESCAPE}
    assert {kind: EVERY_TABLE[kind] for kind in TABLES} == TABLES
    assert [spelled(*row) for row in EVERY_TABLE[MessageType.SEGMENT].items()] == ["00M"]
    assert spelled(Id.FACILITY, EVERY_TABLE[MessageType.FACILITY][Id.FACILITY]) == "1cM*99"
    for kind in (MessageType.FACILITY, MessageType.REGISTER):
        table = EVERY_TABLE[kind]
        assert set(table) == set(Id)
        assert {spelled(0, row) for identifier, row in table.items() if identifier != Id.FACILITY} == {
            "00*99"
        }
    for kind in (MessageType.DETACH, MessageType.DETACH_ACKNOWLEDGE):
        assert sorted(spelled(*row) for row in EVERY_TABLE[kind].items()) == ["08", "0d*99", "1c*99", "28n"]


TYPES = """
    00 ESCAPE 01 ALERTING 02 CALL_PROCEEDING 03 PROGRESS 05 SETUP 07 CONNECT 0d SETUP_ACKNOWLEDGE
    0f CONNECT_ACKNOWLEDGE 20 USER_INFORMATION 21 SUSPEND_REJECT 22 RESUME_REJECT 24 HOLD 25 SUSPEND 26 RESUME
    28 HOLD_ACKNOWLEDGE 2d SUSPEND_ACKNOWLEDGE 2e RESUME_ACKNOWLEDGE 30 HOLD_REJECT 31 RETRIEVE
    33 RETRIEVE_ACKNOWLEDGE 37 RETRIEVE_REJECT 40 DETACH 45 DISCONNECT 46 RESTART 48 DETACH_ACKNOWLEDGE
    4d RELEASE 4e RESTART_ACKNOWLEDGE 5a RELEASE_COMPLETE 60 SEGMENT 62 FACILITY 64 REGISTER 6e NOTIFY
    75 STATUS_ENQUIRY 79 CONGESTION_CONTROL 7b INFORMATION 7d STATUS
"""
"""Q.931 table 4-2 and Q.932."""
IDENTIFIERS = """
    00 SEGMENTED_MESSAGE 04 BEARER_CAPABILITY 08 CAUSE 0d EXTENDED_FACILITY 10 CALL_IDENTITY 14 CALL_STATE
    18 CHANNEL_IDENTIFICATION 1c FACILITY 1e PROGRESS_INDICATOR 20 NETWORK_SPECIFIC_FACILITIES
    27 NOTIFICATION_INDICATOR 28 DISPLAY 29 DATE_TIME 2c KEYPAD_FACILITY 32 INFORMATION_REQUEST 34 SIGNAL
    36 SWITCHHOOK 38 FEATURE_ACTIVATION 39 FEATURE_INDICATION 3a SERVICE_PROFILE_IDENTIFICATION
    3b ENDPOINT_IDENTIFIER 40 INFORMATION_RATE 42 END_TO_END_TRANSIT_DELAY 43 TRANSIT_DELAY
    44 PACKET_LAYER_BINARY_PARAMETERS 45 PACKET_LAYER_WINDOW_SIZE 46 PACKET_SIZE 47 CLOSED_USER_GROUP
    4a REVERSE_CHARGING 4c CONNECTED_NUMBER 4d CONNECTED_SUBADDRESS 6c CALLING_NUMBER 6d CALLING_SUBADDRESS
    70 CALLED_NUMBER 71 CALLED_SUBADDRESS 74 REDIRECTING_NUMBER 76 REDIRECTION_NUMBER
    78 TRANSIT_NETWORK_SELECTION 79 RESTART_INDICATOR 7c LOW_LAYER_COMPATIBILITY 7d HIGH_LAYER_COMPATIBILITY
    7e USER_USER 7f ESCAPE 90 SHIFT a0 MORE_DATA a1 SENDING_COMPLETE b0 CONGESTION_LEVEL d0 REPEAT_INDICATOR
"""
"""Q.931 table 4-3 and Q.932."""


def test_message_types_and_identifiers_have_their_code_points() -> None:
    assert [f"{kind:02x} {kind.name}" for kind in MessageType] == _pairs(TYPES)
    assert [f"{identifier:02x} {identifier.name}" for identifier in Id] == _pairs(IDENTIFIERS)


def _pairs(table: str) -> list[str]:
    words = table.split()
    return [f"{code} {name}" for code, name in zip(words[::2], words[1::2], strict=True)]
