"""The maintenance messages: golden vectors, every truncation, what is no such message, and round trips."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.codec.errors import DecodeError
from trunkwire.q931.ies import ChangeStatusIE, ChannelIdentificationIE, ChannelStatus
from trunkwire.q931.maintenance import Maintenance, ServiceMessage, build, parse
from trunkwire.q931.view import view

ATT, NATIONAL = Maintenance.ATT, Maintenance.NATIONAL
OUT = ChangeStatusIE(status=ChannelStatus.OUT_OF_SERVICE)
WHOLE = ChangeStatusIE(channel=False, status=ChannelStatus.IN_SERVICE)
FIVE = ChannelIdentificationIE.of(5)

GOLDEN = [
    # octets as libpri 1.6.0 sends them as a 4ESS, 5ESS or DMS-100, and for National ISDN
    (ATT, ServiceMessage(False, OUT, FIVE), "03 02 00 00 0f 01 01 c2 18 03 a9 83 85"),
    (ATT, ServiceMessage(True, OUT, FIVE), "03 02 80 00 07 01 01 c2 18 03 a9 83 85"),
    (NATIONAL, ServiceMessage(False, OUT, FIVE), "43 02 00 00 07 01 01 c2 18 03 a9 83 85"),
    (NATIONAL, ServiceMessage(True, OUT, FIVE), "43 02 80 00 0f 01 01 c2 18 03 a9 83 85"),
    (ATT, ServiceMessage(False, WHOLE), "03 02 00 00 0f 01 01 80"),
]


@pytest.mark.parametrize(("kind", "message", "octets"), GOLDEN)
def test_golden_vectors(kind: Maintenance, message: ServiceMessage, octets: str) -> None:
    data = bytes.fromhex(octets)
    assert build(kind, message) == data
    assert parse(kind, data) == message
    assert kind.discriminator == data[0]


@pytest.mark.parametrize(("kind", "_message", "octets"), GOLDEN)
def test_every_truncation_is_refused_with_its_offset(
    kind: Maintenance, _message: ServiceMessage, octets: str
) -> None:
    data = bytes.fromhex(octets)
    for length in range(len(data)):
        with pytest.raises(DecodeError) as refused:
            parse(kind, data[:length])
        assert 0 <= refused.value.offset <= length


@pytest.mark.parametrize(("kind", "message", "octets"), GOLDEN)
def test_the_view_tells_the_same(kind: Maintenance, message: ServiceMessage, octets: str) -> None:
    data = bytes.fromhex(octets)
    seen = view(data)
    assert seen.title == ("SERVICE ACKNOWLEDGE" if message.acknowledge else "SERVICE") == kind.title_of(data)
    assert (seen.type, seen.reference, seen.to_originator, seen.errors) == (None, 0, message.acknowledge, ())
    assert [element.value for element in seen.elements] == [
        element for element in (message.status, message.channel) if element is not None
    ]
    assert b"".join(element.octets for element in seen.elements) == data[5:]
    for length in range(5, len(data)):
        assert view(data[:length]).title == seen.title


@pytest.mark.parametrize(
    ("octets", "reference", "title", "errors"),
    [
        ("03 02 00 00", None, "no message type", [(4, "the message ends before its message type")]),
        ("03 02 00 01 0f", 1, "SERVICE", []),
        ("43 01 82 0f 01 01 c2", 2, "SERVICE ACKNOWLEDGE", []),
        ("03 00 07", 0, "SERVICE ACKNOWLEDGE", []),
        (
            "03 02 00 00 05",
            0,
            "maintenance message 0x05",
            [(4, "maintenance message type 0x05 is not known")],
        ),
        ("43 03 000000 07", 0, "SERVICE", [(1, "a call reference length octet of 0x03 is not allowed")]),
        ("04 02 00 00 0f", None, "no message type", [(0, "protocol discriminator 0x04 is not Q.931's 0x08")]),
    ],
)
def test_the_view_tells_other_messages_of_these_protocols(
    octets: str, reference: int | None, title: str, errors: list[tuple[int, str]]
) -> None:
    seen = view(bytes.fromhex(octets))
    assert (seen.reference, seen.title, list(seen.errors)) == (reference, title, errors)
    names = {kind.title_of(seen.data) for kind in Maintenance}
    assert names == ({"", title} if title != "no message type" else {""})
    assert seen.type is None


def test_elements_stand_in_any_order_and_others_are_skipped() -> None:
    data = bytes.fromhex("03 02 00 00 0f a1 28 01 41 18 03 a9 83 85 01 01 c2")
    assert parse(ATT, data) == ServiceMessage(False, OUT, FIVE)


@pytest.mark.parametrize(
    ("octets", "where", "offset"),
    [
        ("08 02 00 00 0f 01 01 c2 18 03 a9 83 85", "discriminator", 0),
        ("03 02 00 01 0f 01 01 c2 18 03 a9 83 85", "call reference", 1),
        ("03 02 00 00 05 01 01 c2 18 03 a9 83 85", "message type", 4),
        ("03 02 00 00 0f 18 03 a9 83 85", "change status", 10),
        ("03 02 00 00 0f 01 01 c7 18 03 a9 83 85", "change status", 5),
        ("03 02 00 00 0f 01 01 c2", "channel identification", 8),
    ],
)
def test_what_is_no_maintenance_message(octets: str, where: str, offset: int) -> None:
    with pytest.raises(DecodeError) as refused:
        parse(ATT, bytes.fromhex(octets))
    assert (refused.value.where, refused.value.offset) == (where, offset)


messages = st.builds(
    lambda acknowledge, status, channel: ServiceMessage(
        acknowledge,
        ChangeStatusIE(channel=channel is not None, status=status),
        None if channel is None else ChannelIdentificationIE.of(channel),
    ),
    st.booleans(),
    st.sampled_from(ChannelStatus),
    st.one_of(st.none(), st.integers(1, 127)),
)


@settings(deadline=None)
@given(kind=st.sampled_from(Maintenance), message=messages)
def test_what_is_built_reads_back(kind: Maintenance, message: ServiceMessage) -> None:
    assert parse(kind, build(kind, message)) == message


@settings(deadline=None)
@given(kind=st.sampled_from(Maintenance), tail=st.binary(max_size=12))
def test_nothing_but_a_decode_error(kind: Maintenance, tail: bytes) -> None:
    data = build(kind, ServiceMessage(False, WHOLE))[:5] + tail
    try:
        message = parse(kind, data)
    except DecodeError as refused:
        offset = refused.offset
    else:
        offset = 0
        assert parse(kind, build(kind, message)) == message
    assert 0 <= offset <= len(data)
