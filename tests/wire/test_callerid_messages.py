"""Messages of caller identification: published examples, truncations, damaged octets, properties."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.callerid import (
    Absence,
    CallSetup,
    CallType,
    Forwarded,
    Moment,
    checksum,
    decode,
    decode_digits,
    encode,
    encode_digits,
)
from trunkwire.codec import DecodeError, EncodeError

# Bellcore's TR-TSY-000030, as microEngineering Labs and others print it ("Caller ID Format"); and a
# description of the Chinese service (eet-china.com, YDN 069).
SINGLE = bytes.fromhex("0412 3039333031323234 36303935353531323132 51")
CHINESE = bytes.fromhex("8016 0108 3033313731363536 020A 32313536343330313434 BA")
# Printed beside the first: these do not add up, whoever has copied them. The last octets should be 0E and 84.
PRIVATE = "0409 3039333031323234 50"
MULTIPLE = "8020 0108 3033323430393032 0708 4A4F484E20444F45 020A 38303035353531323132"
MISPRINTED = [(PRIVATE + "12", "0e"), (MULTIPLE + "7D", "84")]

GOLDEN = [
    (SINGLE, CallSetup(when=Moment(9, 30, 12, 24), calling="6095551212")),
    (CHINESE, CallSetup(when=Moment(3, 17, 16, 56), calling="2156430144")),
    (bytes.fromhex(PRIVATE + "0E"), CallSetup(when=Moment(9, 30, 12, 24), absence=Absence.PRIVATE)),
    (
        bytes.fromhex(MULTIPLE + "84"),
        CallSetup(when=Moment(3, 24, 9, 2), name="JOHN DOE", calling="8005551212"),
    ),
]

# Every parameter once, laid out by hand from the type codes of EN 300 659-3.
WHOLE = CallSetup(
    call_type=CallType.VOICE,
    when=Moment(12, 31, 23, 59),
    calling="02886082660",
    called="4001234567",
    name="Zhang",
    complementary="11111111",
    first_called="99999999",
    forwarded=Forwarded.BUSY,
    redirecting="8005550000",
    others=((0x50, b"\x00hello"), (0xE0, b"")),
)
WHOLE_OCTETS = bytes.fromhex(
    "80 5A 11 01 01 01 08 3132333132333539 02 0B 3032383836303832363630 03 0A 34303031323334353637"
    "07 05 5A68616E67 10 08 3131313131313131 12 08 3939393939393939 15 01 01 1A 0A 38303035353530303030"
    "50 06 0068656C6C6F E0 00 16"
)


def sealed(kind: int, contents: bytes) -> bytes:
    """A message with those contents that adds up."""
    octets = bytes([kind, len(contents)]) + contents
    return octets + bytes([-sum(octets) % 256])


@pytest.mark.parametrize(("octets", "message"), GOLDEN)
def test_published_examples_are_read(octets: bytes, message: CallSetup) -> None:
    assert decode(octets) == message


def test_messages_are_written_as_published() -> None:
    assert encode(GOLDEN[0][1], single=True) == SINGLE
    assert encode(GOLDEN[1][1]) == CHINESE
    assert encode(GOLDEN[2][1], single=True) == GOLDEN[2][0]


def test_every_parameter_has_its_type() -> None:
    assert encode(WHOLE) == WHOLE_OCTETS
    assert decode(WHOLE_OCTETS) == WHOLE
    read = decode(WHOLE_OCTETS)
    assert isinstance(read.call_type, CallType)
    assert isinstance(read.forwarded, Forwarded)


def test_a_private_caller_has_neither_number_nor_name() -> None:
    message = CallSetup(absence=Absence.PRIVATE, name_absence=Absence.UNAVAILABLE)
    assert encode(message) == bytes.fromhex("8006 040150 08014F CD")
    assert decode(encode(message)) == message


@pytest.mark.parametrize(("octets", "right"), MISPRINTED)
def test_a_misprint_is_told_with_what_it_should_be(octets: str, right: str) -> None:
    message = bytes.fromhex(octets)
    with pytest.raises(DecodeError, match=rf"does not fit the octets before, which make 0x{right}") as caught:
        decode(message)
    assert (caught.value.where, caught.value.offset) == ("Envelope.checksum", len(message) - 1)


@pytest.mark.parametrize("octets", [SINGLE, CHINESE, WHOLE_OCTETS])
def test_every_truncation_names_the_octet(octets: bytes) -> None:
    for end in range(len(octets)):
        with pytest.raises(DecodeError) as caught:
            decode(octets[:end])
        assert caught.value.where.startswith("Envelope.")
        assert caught.value.offset <= end
    with pytest.raises(DecodeError, match=rf"octet offset {len(octets)}: 2 octets behind the checksum"):
        decode(octets + b"\x00\x00")


def test_every_damaged_octet_is_noticed() -> None:
    for at in range(len(WHOLE_OCTETS)):
        for flip in (0x01, 0x80, 0xFF):
            damaged = bytearray(WHOLE_OCTETS)
            damaged[at] ^= flip
            with pytest.raises(DecodeError):
                decode(bytes(damaged))


@pytest.mark.parametrize(
    ("octets", "where", "offset"),
    [
        (sealed(0x82, bytes.fromhex("0B01FF")), "Envelope.type", 0),
        (sealed(0x80, bytes.fromhex("0104 30313031")), "CallSetup.when", 4),
        (sealed(0x80, bytes.fromhex("0108 3133303130303030")), "CallSetup.when", 4),
        (sealed(0x80, bytes.fromhex("110101 0202 3041")), "CallSetup.calling", 7),
        (sealed(0x80, bytes.fromhex("0401 58")), "CallSetup.absence", 4),
        (sealed(0x80, bytes.fromhex("0402 4F4F")), "CallSetup.absence", 4),
        (sealed(0x80, bytes.fromhex("1100")), "CallSetup.call_type", 4),
        (sealed(0x80, bytes.fromhex("110101 02")), "Parameter.length", 6),
        (sealed(0x80, bytes.fromhex("110101 0205 3031")), "Parameter.contents", 7),
        (sealed(0x04, bytes.fromhex("30393330")), "CallSetup.when", 2),
        (sealed(0x04, bytes.fromhex("3039333031323234 58")), "CallSetup.absence", 10),
    ],
)
def test_what_does_not_fit_is_told_with_its_octet(octets: bytes, where: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(octets)
    assert (caught.value.where, caught.value.offset) == (where, offset)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (0x06, "message waiting, in the single data message format"),
        (0x81, "a test of calling number delivery"),
        (0x82, "message waiting"),
        (0x86, "advice of charge"),
        (0x89, "short message service"),
        (0x55, "unknown"),
    ],
)
def test_another_message_is_called_by_its_name(kind: int, name: str) -> None:
    with pytest.raises(DecodeError, match=rf"{kind:#04x} \({name}\) is no call setup"):
        decode(sealed(kind, bytes.fromhex("0B01FF")))


def test_codes_are_those_of_the_standard() -> None:
    """As Dialogic's CAS API prints them for ETSI networks ("Call type", "Type of forwarded call")."""
    assert {code.name: int(code) for code in CallType} == {
        "VOICE": 0x01,
        "RING_BACK_WHEN_FREE": 0x02,
        "CALLING_NAME_DELIVERY": 0x03,
        "MESSAGE_WAITING": 0x81,
    }
    assert [code.name for code in sorted(Forwarded)] == [
        "UNKNOWN",
        "BUSY",
        "NO_REPLY",
        "UNCONDITIONAL",
        "DEFLECTED_ALERTING",
        "DEFLECTED_IMMEDIATE",
        "UNREACHABLE",
    ]
    assert [int(code) for code in sorted(Forwarded)] == list(range(7))
    assert "".join(sorted(Absence)) == "CIOPS"


def test_unknown_repeated_and_long_parameters_do_no_harm() -> None:
    long = b"1" * 30
    contents = b"\x22\x01\x07" + b"\x02\x1e" + long + b"\x02\x03123" + b"\x11\x01\x55" + b"\x07\x02\xd5\xc5"
    message = decode(sealed(0x80, contents))
    assert message.calling == "1" * 30
    assert message.others == ((0x22, b"\x07"), (0x02, b"123"))
    assert message.call_type == 0x55
    assert message.name is not None
    assert message.name.encode("latin-1").decode("gbk") == "张"


@pytest.mark.parametrize(
    ("message", "single", "where"),
    [
        (CallSetup(), False, "calling"),
        (CallSetup(calling="1", absence=Absence.PRIVATE), False, "calling"),
        (CallSetup(calling="12a"), False, "calling"),
        (CallSetup(absence="X"), False, "absence"),
        (CallSetup(calling="1" * 21), False, "calling"),
        (CallSetup(calling="1", name="李"), False, "name"),
        (CallSetup(calling="1", name="x" * 51), False, "name"),
        (CallSetup(calling="1", when=Moment(2, 32, 0, 0)), False, "when"),
        (CallSetup(calling="1", when=Moment(0, 1, 0, 0)), False, "when"),
        (CallSetup(calling="1", when=Moment(1, 1, 24, 0)), False, "when"),
        (CallSetup(calling="1", call_type=256), False, "call_type"),
        (CallSetup(calling="1"), True, "when"),
        (CallSetup(calling="1", when=Moment(1, 1, 0, 0), name="x"), True, "name"),
        (CallSetup(calling="1", when=Moment(1, 1, 0, 0), others=((1, b""),)), True, "others"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_field(message: CallSetup, single: bool, where: str) -> None:
    with pytest.raises(EncodeError) as caught:
        encode(message, single=single)
    assert caught.value.where == f"CallSetup.{where}"


def test_a_message_holds_so_much() -> None:
    full = CallSetup(calling="1", others=((0x50, bytes(250)),))
    assert decode(encode(full)) == full
    with pytest.raises(EncodeError, match="256 octets of parameters"):
        encode(CallSetup(calling="1", others=((0x50, bytes(251)),)))


NUMBERS = st.text("0123456789*#+- ", min_size=1, max_size=20)
MOMENTS = st.builds(
    Moment, st.integers(1, 12), st.integers(1, 31), st.integers(0, 23), st.integers(0, 59)
)  # fmt: skip
MESSAGES = st.builds(
    CallSetup,
    call_type=st.none() | st.integers(0, 255),
    when=st.none() | MOMENTS,
    calling=NUMBERS,
    called=st.none() | NUMBERS,
    name=st.none() | st.text(st.characters(max_codepoint=255), max_size=50),
    redirecting=st.none() | NUMBERS,
    others=st.lists(st.tuples(st.integers(0x20, 0xFF), st.binary(max_size=15)), max_size=3).map(tuple),
)


@settings(deadline=None, max_examples=40)
@given(MESSAGES)
def test_what_is_written_is_read(message: CallSetup) -> None:
    octets = encode(message)
    assert sum(octets) % 256 == 0
    assert checksum(octets[:-1]) == octets[-1]
    assert decode(octets) == message


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([0x80, 0x04]), st.binary(max_size=60))
def test_noise_is_read_or_refused_with_an_octet_of_it(kind: int, contents: bytes) -> None:
    assert 0 <= refused_at(sealed(kind, contents)) <= len(contents) + 3


def refused_at(octets: bytes) -> int:
    """The octet at which a message is refused; 0 if it is read."""
    try:
        decode(octets)
    except DecodeError as error:
        return error.offset
    return 0


DIGITS = [
    ("etsi", "A0123456789C", CallSetup(calling="0123456789")),
    ("etsi", "A0123D4567C", CallSetup(calling="0123", redirecting="4567")),
    ("etsi", "B00C", CallSetup(absence=Absence.UNAVAILABLE)),
    ("etsi", "D4567B10C", CallSetup(absence=Absence.PRIVATE, redirecting="4567")),
    ("dc", "D02812345678C", CallSetup(calling="02812345678")),
    ("hash", "A4512345678#", CallSetup(calling="4512345678")),
    ("hash", "D1#", CallSetup(absence=Absence.PRIVATE)),
    ("hash", "D2#", CallSetup(absence=Absence.INTERNATIONAL)),
    ("hash", "D3#", CallSetup(absence=Absence.UNAVAILABLE)),
]


@pytest.mark.parametrize(("form", "digits", "message"), DIGITS)
def test_digits_say_who_is_calling(form: str, digits: str, message: CallSetup) -> None:
    assert encode_digits(message, form) == digits
    assert decode_digits(digits) == message


@pytest.mark.parametrize(
    ("digits", "offset"),
    [("", 0), ("C", 0), ("A12", 3), ("A12B2C", 6), ("A1*2C", 2), ("D4#", 1), ("A1B77C", 3), ("A1D2#", 5)],
)
def test_digits_that_say_nothing_are_told_with_their_place(digits: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_digits(digits)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("message", "form"),
    [
        (CallSetup(calling="12*3"), "etsi"),
        (CallSetup(calling="1", absence=Absence.PRIVATE), "etsi"),
        (CallSetup(absence=Absence.PUBLIC), "etsi"),
        (CallSetup(absence=Absence.PRIVATE), "dc"),
        (CallSetup(calling="1", redirecting="2"), "dc"),
        (CallSetup(calling="1", redirecting="2"), "hash"),
    ],
)
def test_digits_have_no_place_for_everything(message: CallSetup, form: str) -> None:
    with pytest.raises(EncodeError):
        encode_digits(message, form)


def test_an_unknown_form_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="choose from etsi, dc, hash"):
        encode_digits(CallSetup(calling="1"), "morse")
