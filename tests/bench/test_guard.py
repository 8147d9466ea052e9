"""Ways around a public port's guard, each tried: nothing that the allowlist does not name leaves the port."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from attacker import (
    ALLOWED,
    Attacker,
    M,
    called,
    en_bloc,
    information,
    refused,
    setup,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.config import SafetyConfig
from trunkbench.emergency import EMERGENCY_NUMBERS, emergency_in
from trunkbench.errors import ConfigError
from trunkbench.ports.guard import DialRefused, Guard
from trunkwire.q931.call import SPEECH_A_LAW
from trunkwire.q931.ies import (
    CallingSubaddressIE,
    ChannelIdentificationIE,
    KeypadIE,
    NetworkFacilitiesIE,
    NumberingPlan,
    NumberType,
    RawIE,
    RedirectingNumberIE,
    RepeatIndicatorIE,
    SendingCompleteIE,
    ShiftIE,
    TransitNetworkIE,
)
from trunkwire.q931.message import Element, Message, build


@pytest.fixture
def attacker() -> Attacker:
    return Attacker()


def test_what_the_allowlist_names_goes_out(attacker: Attacker) -> None:
    attacker.send(en_bloc(ALLOWED))
    attacker.send(setup(called("300"), reference=2))
    assert len(attacker.line.sent) == 2


@pytest.mark.parametrize(
    "number", ["", "30", "3000", "301", "0300", "30*", "30#", "300#", "*300", "#31#300", "3 00"]
)
def test_other_numbers_do_not(attacker: Attacker, number: str) -> None:
    refused(attacker, en_bloc(number), match="not on its allowlist")


@pytest.mark.parametrize("number", sorted(EMERGENCY_NUMBERS))
@pytest.mark.parametrize("prefix", ["", "0", "9", "*31#", "#31#", "*", "**21*"])
def test_emergency_numbers_are_never_dialled(number: str, prefix: str) -> None:
    attacker = Attacker()
    refused(attacker, en_bloc(prefix + number), match="may reach the emergency number")
    with pytest.raises(ConfigError, match="may reach"):
        Guard(SafetyConfig(allow=(prefix + number,)), "trunk")
    assert emergency_in(prefix + number) is not None


@pytest.mark.parametrize(
    "number", ["10086", "95588", ALLOWED, "300", "01134960000", "2110", "#31#10086", "", "*#"]
)
def test_ordinary_numbers_are_no_emergencies(number: str) -> None:
    assert emergency_in(number) is None


@pytest.mark.parametrize("number", ["110", "112", "120"])
def test_emergency_digits_one_by_one(attacker: Attacker, number: str) -> None:
    """The first that leads nowhere is refused: the number is never complete."""
    attacker.send(setup())
    for digit in number:
        try:
            attacker.send(information(called(digit)))
        except DialRefused:
            break
    else:
        pytest.fail("all digits went out")
    assert len(attacker.line.sent) == 1


def test_overlap_digits_may_lead_to_an_allowed_number_only(attacker: Attacker) -> None:
    attacker.send(setup(called("0106")))
    for digit in "230123":
        attacker.send(information(called(digit)))
    refused(attacker, information(called("5")))
    refused(attacker, information(called("4")), information(called("5")))


def test_sending_complete_makes_a_part_of_a_number_a_number(attacker: Attacker) -> None:
    refused(attacker, setup(called("0106")), information(called("2"), SendingCompleteIE()))
    refused(attacker, en_bloc("0106", reference=2))


@pytest.mark.parametrize(
    "ies",
    [
        (called("300"), KeypadIE(keys="1")),
        (KeypadIE(keys="30"), called("0")),
        (called("300"), called("110")),
        (KeypadIE(keys="110"),),
        (KeypadIE(keys="*21*110#"),),
        (called("300"), ShiftIE(non_locking=False, codeset=6), RawIE(6, 0x70, b"\x81110")),
        (called("300"), ShiftIE(non_locking=True, codeset=5), RawIE(5, 0x2C, b"110")),
        (RawIE(0, 0x1C, b"\x91\xa1\x07\x02\x01\x01\x02\x01\x0d\x80"), called("300")),
        (called("300"), RawIE(0, 0x71, b"\x80\x50110")),
        (RedirectingNumberIE(digits="110"), called("300")),
        (called("300"), TransitNetworkIE(network="110")),
        (NetworkFacilitiesIE(facility=b"\xe3"), called("300")),
        (called("300"), CallingSubaddressIE(address=b"\x50110")),
        (called("300"), RepeatIndicatorIE()),
        (called("300", NumberType.INTERNATIONAL),),
        (called("300", NumberType.SUBSCRIBER, NumberingPlan.PRIVATE),),
        (RawIE(0, 0x70, b""),),
    ],
    ids=lambda ies: "+".join(type(ie).__name__ for ie in ies),
)
def test_numbers_hidden_in_setup(attacker: Attacker, ies: Sequence[Element]) -> None:
    refused(attacker, setup(*ies))


@pytest.mark.parametrize(
    "message",
    [
        Message(1, M.FACILITY, (RawIE(0, 0x1C, b"\x91\xa1\x00"),)),
        Message(1, M.REGISTER, ()),
        Message(1, M.HOLD, ()),
        Message(1, M.SEGMENT, (RawIE(0, 0x00, b"\x80\x05"),)),
        Message(1, M.USER_INFORMATION, ()),
        Message(1, 0x55, ()),
        Message(1, M.ESCAPE, ()),
        Message(1, M.ALERTING, (KeypadIE(keys="110"),)),
        Message(1, M.NOTIFY, (called("110"),)),
        Message(1, M.INFORMATION, (KeypadIE(keys="110"),), to_originator=True),
        Message(9, M.INFORMATION, (called("0"),)),
        Message(0, M.SETUP, (SPEECH_A_LAW, ChannelIdentificationIE.of(1), called("110"))),
        Message(0, M.INFORMATION, (called("300"),)),
        setup(called("300"), to_originator=True),
    ],
    ids=lambda message: f"{message.type!r}/{message.reference}",
)
def test_other_messages(attacker: Attacker, message: Message) -> None:
    attacker.send(en_bloc("300"))
    refused(attacker, message)


def test_octets_that_are_no_q931(attacker: Attacker) -> None:
    good = build(en_bloc("300"))
    for octets in (
        b"\x43" + good[1:],
        b"\x08\x00" + good[4:],
        b"\x08\x03\x00\x00\x01" + good[4:],
        b"",
        b"\x08",
        good[:-3],
    ):
        with pytest.raises(DialRefused):
            attacker.raw(octets)
    assert attacker.line.sent == []


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60))
def test_no_octets_at_all_dial_what_is_not_allowed(octets: bytes) -> None:
    attacker = Attacker(SafetyConfig(allow=()))
    with pytest.raises(DialRefused):
        attacker.raw(
            octets if len(octets) < 4 or octets[3:4] != b"\x05" else b"\x08\x02\x00\x01\x05" + octets
        )
