"""Real traces: every Q.931 message builds back octet for octet, and nothing in them is called wrong.

They are found through TRUNKBENCH_CAPTURES, by default in ../shared/captures beside the checkout.
"""

from __future__ import annotations

import os
import struct
from collections import Counter
from pathlib import Path

import pytest

from trunkwire.q931.ies import (
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    FacilityIE,
    FacilityProfile,
    RawIE,
)
from trunkwire.q931.message import IssueKind, MessageCodec
from trunkwire.q931.messages import MessageType
from trunkwire.q931.view import view

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
CAPTURES = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
FIRST = "e1/libpri-e1-euroisdn.linuxlapd.pcap"
MESSAGES = {
    FIRST: 16,
    "e1/hp-comware.linuxlapd.pcap": 3,
    "e1/q931-only-snippets.linuxlapd.pcap": 8,
    "bri/i4b-dchannel.linuxlapd.pcap": 5,
    "bri/goeller-d2gsm.linuxlapd.pcap": 2,
    "bri/auroraduet.linuxlapd.pcap": 2,
}
"""Q.931 messages of each capture."""
SLL_HEADER = 16


def messages(name: str) -> list[bytes]:
    """The octets of every Q.931 message of a capture of link type 177."""
    path = CAPTURES / name
    if not path.exists():
        pytest.skip(f"capture {name} is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    data = path.read_bytes()
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    found, at = [], 24
    while at < len(data):
        (length,) = struct.unpack_from(f"{order}I", data, at + 8)
        frame = data[at + 16 + SLL_HEADER : at + 16 + length]
        at += 16 + length
        if len(frame) > 4 and not frame[2] & 1 and not frame[0] >> 2:
            found.append(frame[4:])
    return found


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_builds_back(name: str) -> None:
    codec = MessageCodec()
    found = messages(name)
    assert len(found) == MESSAGES[name]
    for data in found:
        message = codec.parse(data)
        assert codec.build(message) == data
        assert tuple(element.value for element in view(data).elements) == message.ies
        assert view(data).errors == ()


def test_the_calls_of_the_first_capture() -> None:
    codec = MessageCodec()
    parsed = [codec.parse(data) for data in messages(FIRST)]
    kinds = Counter(message.type for message in parsed)
    assert kinds[MessageType.SETUP] == 2
    assert kinds[MessageType.CONNECT] == kinds[MessageType.CONNECT_ACKNOWLEDGE] == 2
    assert kinds[MessageType.RELEASE] == kinds[MessageType.RELEASE_COMPLETE] == 2
    for setup in (message for message in parsed if message.type == MessageType.SETUP):
        channel = setup.get(ChannelIdentificationIE)
        called, calling = setup.get(CalledNumberIE), setup.get(CallingNumberIE)
        assert channel is not None
        assert len(channel.channels) == 1
        assert called is not None
        assert calling is not None
        assert called.digits.isdigit()
        assert calling.digits.isdigit()
    assert {cause.value for message in parsed for cause in message.all(CauseIE)} == {16}
    assert not [element for message in parsed for element in message.all(RawIE)]
    (facility,) = [element for message in parsed for element in message.all(FacilityIE)]
    assert facility.profile is FacilityProfile.REMOTE_OPERATIONS
    assert not [issue for message in parsed for issue in message.issues]


def test_only_known_faults_are_found_in_the_snippets() -> None:
    """One vendor's PROGRESS comes without its mandatory element."""
    codec = MessageCodec()
    issues = [
        issue
        for data in messages("e1/q931-only-snippets.linuxlapd.pcap")
        for issue in codec.parse(data).issues
    ]
    assert [(issue.kind, issue.identifier) for issue in issues] == [(IssueKind.MISSING_MANDATORY, 0x1E)]
