"""Whole messages (Q.931 4): header rules, elements in wire order, shifts, building back octet for octet."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trunkwire.codec import EncodeError
from trunkwire.q931.causes import Cause
from trunkwire.q931.faults import fault_of, remark_of
from trunkwire.q931.ies import (
    IE,
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    DisplayIE,
    Layer1,
    RawIE,
    RestartClass,
    RestartIndicatorIE,
    SendingCompleteIE,
    ShiftIE,
)
from trunkwire.q931.ies.golden import GOLDEN
from trunkwire.q931.message import HeaderError, IssueKind, Message, MessageCodec, build, parse, reveal
from trunkwire.q931.messages import TABLES, MessageType
from trunkwire.q931.view import view
from trunkwire.side import Side

SETUP = Message(
    65,
    MessageType.SETUP,
    (
        BearerCapabilityIE(layer1=Layer1.G711_A_LAW),
        ChannelIdentificationIE.of(1),
        DisplayIE(text="Bench"),
        CallingNumberIE(digits="8001"),
        CalledNumberIE(digits="300"),
        SendingCompleteIE(),
    ),
)
SETUP_OCTETS = bytes.fromhex(
    "08 02 0041 05 04 03 8090a3 18 03 a98381 28 05 42656e6368 6c 05 81 38303031 70 04 81 333030 a1"
)

ELEMENTS = st.one_of(
    st.sampled_from(
        [
            golden.value
            for golden in GOLDEN
            if golden.value.identifier != ShiftIE.identifier and golden.value.of_codeset == 0
        ]
    ),
    st.builds(CalledNumberIE, digits=st.text("0123456789*#", max_size=20)),
    st.builds(RawIE, st.just(0), st.sampled_from([0x02, 0x37, 0x41, 0x55, 0x77]), st.binary(max_size=20)),
)
MESSAGES = st.builds(
    Message,
    st.integers(0, 0x7FFF),
    st.sampled_from(MessageType),
    st.lists(ELEMENTS, max_size=6).map(tuple),
    st.booleans(),
)
TAILS = st.one_of(
    st.binary(max_size=40),
    st.lists(st.sampled_from(bytes.fromhex("96959d9ea10408181e2870017c00020380a9839081")), max_size=40).map(
        bytes
    ),
)

WITH_ELEMENTS = [kind for kind in MessageType if kind not in (MessageType.ESCAPE, MessageType.SEGMENT)]
"""What stands behind the type of the other two is no list of elements: a national type, a part of one."""


def test_a_setup_reads_and_builds() -> None:
    assert parse(SETUP_OCTETS) == SETUP
    assert build(SETUP) == SETUP_OCTETS
    assert SETUP.get(CalledNumberIE) == CalledNumberIE(digits="300")
    assert SETUP.get(CauseIE) is None
    assert SETUP.all(DisplayIE) == (DisplayIE(text="Bench"),)


def test_a_restart_as_libpri_sends_it() -> None:
    octets = bytes.fromhex("0802 0000 46 1803a98383 790180")
    expected = (
        ChannelIdentificationIE.of(3),
        RestartIndicatorIE(restart_class=RestartClass.INDICATED_CHANNELS),
    )
    message = parse(octets)
    assert (message.reference, message.type, message.ies) == (0, MessageType.RESTART, expected)
    assert message.issues == ()
    assert build(message) == octets


@pytest.mark.parametrize(
    ("octets", "reference", "to_originator", "length"),
    [
        ("08 02 8041 0f", 0x41, True, 2),
        ("08 02 7fff 0f", 0x7FFF, False, 2),
        ("08 01 84 0f", 4, True, 1),
        ("08 01 04 0f", 4, False, 1),
        ("08 00 62", 0, False, 0),
    ],
)
def test_call_references(octets: str, reference: int, to_originator: bool, length: int) -> None:
    message = parse(bytes.fromhex(octets))
    assert (message.reference, message.to_originator, message.reference_length) == (
        reference,
        to_originator,
        length,
    )
    assert build(message) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("octets", "rule", "offset"),
    [
        ("", "too_short", 0),
        ("09 02 0041 05", "discriminator", 0),
        ("03", "discriminator", 0),
        ("08", "too_short", 1),
        ("08 02", "too_short", 2),
        ("08 02 00 41", "too_short", 4),
        ("08 03 000041 05", "call_reference", 1),
        ("08 12 0041 05", "call_reference", 1),
    ],
)
def test_a_header_that_is_to_be_ignored_raises(octets: str, rule: str, offset: int) -> None:
    with pytest.raises(HeaderError) as refused:
        parse(bytes.fromhex(octets))
    assert (refused.value.rule, refused.value.offset) == (rule, offset)


def test_shifts_set_the_codeset_of_what_follows() -> None:
    octets = bytes.fromhex("08020001 7b 9e 32 01 aa 28 01 41 96 28 01 42 9d 29 00 76 01 00")
    message = parse(octets)
    assert message.ies == (
        ShiftIE(non_locking=True, codeset=6),
        RawIE(6, 0x32, b"\xaa"),
        DisplayIE(text="A"),
        ShiftIE(codeset=6),
        RawIE(6, 0x28, b"B"),
        ShiftIE(non_locking=True, codeset=5),
        RawIE(5, 0x29),
        RawIE(6, 0x76, b"\0"),
    )
    assert build(message) == octets


def test_a_locking_shift_to_a_lower_codeset_has_no_effect() -> None:
    message = parse(bytes.fromhex("08020001 7b 96 95 28 01 41"))
    assert message.ies[-1] == RawIE(6, 0x28, b"A")
    assert [(issue.kind, issue.offset) for issue in message.issues] == [(IssueKind.INVALID_OPTIONAL, 6)]
    assert build(message) == bytes.fromhex("08020001 7b 96 95 28 01 41")


@pytest.mark.parametrize(
    ("message", "where"),
    [
        (Message(0x8000, 5), "Message.reference"),
        (Message(-1, 5), "Message.reference"),
        (Message(128, 5, reference_length=1), "Message.reference"),
        (Message(1, 5, reference_length=3), "Message.reference_length"),
        (Message(1, 256), "Message.type"),
        (Message(1, 5, (CauseIE(value=128),)), "CauseIE.value"),
        (Message(1, 5, (SendingCompleteIE(), RawIE(6, 1))), "Message.ies[1]"),
        (Message(1, 5, (ShiftIE(codeset=6), CauseIE(value=16))), "Message.ies[1]"),
        (Message(1, 5, (RawIE(0, 0x1C, bytes(256)),)), "Message.ies[0]"),
        (Message(1, 5, (RawIE(0, 0xB1, b"x"),)), "Message.ies[0]"),
        (Message(1, 5, (RawIE(0, 0x96),)), "Message.ies[0]"),
        (Message(1, 5, (RawIE(0, 300),)), "Message.ies[0]"),
    ],
)
def test_what_cannot_be_built_is_named(message: Message, where: str) -> None:
    with pytest.raises(EncodeError) as refused:
        build(message)
    assert refused.value.where == where


@settings(deadline=None, max_examples=150)
@given(message=MESSAGES)
def test_what_is_built_reads_back(message: Message) -> None:
    octets = build(message)
    again = parse(octets)
    assert again.ies == message.ies
    assert (again.reference, again.to_originator, again.type) == (
        message.reference,
        message.to_originator,
        message.type,
    )
    assert build(again) == octets


@pytest.mark.parametrize("value", [g.value for g in GOLDEN if g.value.of_codeset], ids=lambda v: v.title)
def test_elements_of_other_codesets_are_built_and_revealed(value: IE) -> None:
    """A message keeps them as bytes: what they mean is up to the network (4.5.3)."""
    octets = build(Message(1, MessageType.SETUP, (ShiftIE(codeset=value.of_codeset), value)))
    _shift, kept = parse(octets).ies
    assert kept == RawIE(value.of_codeset, value.identifier, value.layout.build(value))
    assert reveal(kept) == value
    assert reveal(value) is value
    unknown, broken = RawIE(7, 1, b"1"), RawIE(6, 0x01, b"")
    assert (reveal(unknown), reveal(broken)) == (unknown, broken)


def test_broken_contents_of_what_call_control_does_not_act_upon() -> None:
    """Such an element is an issue of its own kind, which no error procedure of call control answers."""
    message = parse(bytes.fromhex("08020001 05 0403 8090a3 1c00 4302 0281"), Side.USER)
    assert message.ies[1:] == (RawIE(0, 0x1C), RawIE(0, 0x43, b"\x02\x81"))
    assert [(issue.kind, issue.offset) for issue in message.issues] == [
        (IssueKind.UNREAD_IE, 10),
        (IssueKind.UNREAD_IE, 12),
    ]
    assert "octet 3 is one of 2 octets, not of 3" in message.issues[1].detail
    assert fault_of(message.issues) is None
    assert remark_of(message.issues) is None


@settings(deadline=None, max_examples=300)
@given(tail=TAILS, kind=st.sampled_from([*WITH_ELEMENTS, 0x77]))
@example(tail=bytes.fromhex("96 96 0100 97 96 08 01 80"), kind=0x45)
def test_random_octets_build_back_and_the_view_tells_the_same(tail: bytes, kind: int) -> None:
    data = bytes([8, 2, 0, 1, kind]) + tail
    message = parse(data)
    seen = view(data)
    assert b"".join(element.octets for element in seen.elements) == tail
    assert tuple(element.value for element in seen.elements) == message.ies
    if not any(issue.kind in (IssueKind.TRUNCATED, IssueKind.INVALID_MANDATORY) for issue in message.issues):
        assert build(message) == data
    contents = (
        IssueKind.TRUNCATED,
        IssueKind.INVALID_MANDATORY,
        IssueKind.INVALID_OPTIONAL,
        IssueKind.UNREAD_IE,
    )
    broken = [issue.offset for issue in message.issues if issue.kind in contents]
    assert broken == [element.offset for element in seen.elements if element.error]


@settings(deadline=None, max_examples=200)
@given(data=st.binary(max_size=12))
def test_the_view_takes_any_octets(data: bytes) -> None:
    seen = view(data)
    try:
        message = parse(data)
    except HeaderError:
        assert seen.errors
    else:
        assert (seen.reference, seen.to_originator, seen.type) == (
            message.reference,
            message.to_originator,
            message.type,
        )


def test_every_truncation_of_a_setup_is_told() -> None:
    for length in range(len(SETUP_OCTETS)):
        part = SETUP_OCTETS[:length]
        seen = view(part)
        assert seen.data == part
        if length < 5:
            with pytest.raises(HeaderError):
                parse(part)
            assert seen.errors
        else:
            message = parse(part)
            assert tuple(element.value for element in seen.elements) == message.ies
            broken = [issue for issue in message.issues if issue.kind is not IssueKind.MISSING_MANDATORY]
            assert [issue.offset for issue in broken] == [offset for offset, _ in seen.errors]


def test_a_codec_remembers_without_changing_results() -> None:
    codec = MessageCodec()
    first = codec.parse(SETUP_OCTETS)
    again = codec.parse(SETUP_OCTETS)
    assert first == again == SETUP
    assert again.ies[0] is first.ies[0]
    assert codec.build(SETUP) == codec.build(SETUP) == SETUP_OCTETS
    busy = bytes.fromhex("08028041 45 0802 8091")
    assert codec.parse(busy) == codec.parse(busy) == parse(busy)
    faulty = bytes.fromhex("08028041 45")
    assert codec.parse(faulty).issues == codec.parse(faulty).issues == parse(faulty).issues != ()


def test_a_codec_forgets_rather_than_grows() -> None:
    codec = MessageCodec()
    for value in range(0x3000):
        body = bytes([0x08, 4, 0x80, 0x80 | Cause.USER_BUSY, value >> 8, value & 0xFF])
        octets = bytes([8, 2, 0, 1, 0x45]) + body
        assert codec.build(codec.parse(octets)) == octets
    channels = [bytes([0x18, 4, 0xA9, 0x83, n, 0x80 | m]) for n in range(80) for m in range(80)]
    for body in channels:
        assert codec.build(codec.parse(bytes([8, 2, 0, 1, 0x07]) + body))[5:] == body
    assert max(len(held) for held in (codec._parsed, codec._built, codec._clean)) <= 4096


def test_every_message_of_call_control_has_a_table() -> None:
    names = (
        "SETUP, SETUP ACKNOWLEDGE, CALL PROCEEDING, PROGRESS, ALERTING, CONNECT, CONNECT ACKNOWLEDGE, "
        "DISCONNECT, RELEASE, RELEASE COMPLETE, INFORMATION, STATUS, STATUS ENQUIRY, RESTART, "
        "RESTART ACKNOWLEDGE, NOTIFY, SUSPEND, SUSPEND ACKNOWLEDGE, SUSPEND REJECT, RESUME, "
        "RESUME ACKNOWLEDGE, RESUME REJECT, HOLD, HOLD ACKNOWLEDGE, HOLD REJECT, RETRIEVE, "
        "RETRIEVE ACKNOWLEDGE, RETRIEVE REJECT, USER INFORMATION, CONGESTION CONTROL"
    )
    assert {MessageType(kind).title for kind in TABLES} == set(names.split(", "))
